//! The recorder from within: floods faster than any kernel's, directories, and a reader that stops reading.

use crate::{Scratch, read};
use sigtop::app::record::{Limits, Place, Recorder, recorder::QUEUED_EVENTS};
use sigtop::event::{Event, Kind};
use sigtop::source::synth::{Synth, header};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BATCH: usize = 1024;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn batches(events: usize) -> impl Iterator<Item = Arc<Vec<Event>>> {
    let mut all = Synth::new(11).take(events);
    std::iter::from_fn(move || Some(all.by_ref().take(BATCH).collect::<Vec<_>>()).filter(|batch| !batch.is_empty()))
        .map(Arc::new)
}

fn directory(dir: &Path, max_bytes: u64) -> Place {
    Place::Directory { dir: dir.into(), max_bytes }
}

/// Its own files in a directory, by name.
fn recordings(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.to_str().is_some_and(|path| path.ends_with(".jsonl.zst") && !path.ends_with("mine.jsonl.zst"))
    });
    paths.sort();
    paths
}

fn sum(dir: &Path) -> u64 {
    // Between the list and the look at a file it may be gone. The newest first: it grows where the oldest goes, and both
    // are not to be counted.
    recordings(dir).iter().rev().filter_map(|path| path.metadata().ok()).map(|meta| meta.len()).sum()
}

#[test]
fn a_directory_keeps_the_newest_and_never_grows_over_its_bound() {
    const BOUND: u64 = 1 << 20;
    let scratch = Scratch::new("directory");
    let dir = scratch.join("a/b");
    runtime().block_on(async {
        let mut recorder = Recorder::open(directory(&dir, BOUND), header(), Box::new(|said| panic!("{said}"))).unwrap();
        assert_eq!(dir.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        for name in ["mine.jsonl.zst", "sigtop-2026-mine.jsonl.zst"] {
            std::fs::write(dir.join(name), "mine".repeat(1000)).unwrap();
        }
        for (n, batch) in batches(150_000).enumerate() {
            recorder.room().await;
            recorder.take(&batch);
            if n % 8 == 0 {
                assert!(sum(&dir) <= BOUND, "{}", sum(&dir));
            }
        }
        let done = recorder.finish(crate::GUARD).await.unwrap();
        assert!(done.summary.files > 18 && done.summary.lost == 0, "{done:?}");
    });
    let left = recordings(&dir);
    assert!(sum(&dir) <= BOUND && sum(&dir) > BOUND / 2, "{}", sum(&dir));
    assert!(left.iter().all(|path| path.metadata().unwrap().permissions().mode() & 0o777 == 0o600));
    assert!(dir.join("mine.jsonl.zst").exists() && dir.join("sigtop-2026-mine.jsonl.zst").exists());
    let parts: Vec<u32> = left.iter().map(|path| read(path).headers[0].part).collect();
    assert!(parts.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{parts:?}");
    let newest = read(left.last().unwrap()).events.last().cloned();
    assert_eq!(newest, Synth::new(11).take(150_000).last());
    assert!(left[0].file_name().unwrap().to_str().unwrap().starts_with("sigtop-20261120-173100-000"), "{left:?}");
}

#[test]
fn a_directory_has_one_recorder_and_goes_on_with_the_next() {
    let scratch = Scratch::new("one");
    let dir = scratch.join("d");
    let quiet = || Box::new(|_: &str| {});
    runtime().block_on(async {
        let record = || Recorder::open(directory(&dir, 1 << 20), header(), quiet());
        let mut first = record().unwrap();
        let refused = record().map(drop).unwrap_err();
        assert!(refused.what.contains("another sigtop records to"), "{refused}");
        batches(2000).for_each(|batch| first.take(&batch));
        first.finish(crate::GUARD).await.unwrap();
        let mut second = record().unwrap();
        batches(1000).for_each(|batch| second.take(&batch));
        second.finish(crate::GUARD).await.unwrap();
    });
    let lens: Vec<usize> = recordings(&dir).iter().map(|path| read(path).events.len()).collect();
    assert_eq!(lens, [2000, 1000], "streams that begin in the same second have names of their own, in order");
}

/// How many there are of each kind, one by one or counted; without what is told again after a gap.
fn kinds<'a>(events: impl Iterator<Item = &'a Event>) -> BTreeMap<Kind, u64> {
    let mut kinds = BTreeMap::new();
    for event in events.filter(|event| event.kind() != Kind::Seen) {
        let (kind, count) = match event {
            Event::Lost(e) => (e.kind.unwrap(), e.count),
            event => (event.kind(), 1),
        };
        *kinds.entry(kind).or_default() += count;
    }
    kinds
}

/// As a disk that hangs: events are taken without waiting, and what did not fit is counted.
#[test]
fn a_reader_that_stops_reading_holds_up_nobody() {
    let scratch = Scratch::new("stuck");
    let file = scratch.join("x.jsonl");
    let (reader, writer) = std::io::pipe().unwrap();
    let events = QUEUED_EVENTS * 2;
    runtime().block_on(async {
        let place = Place::Stream { file: File::from(std::os::fd::OwnedFd::from(writer)), limits: Limits::default() };
        let mut recorder = Recorder::open(place, header(), Box::new(|said| panic!("{said}"))).unwrap();
        batches(events).for_each(|batch| recorder.take(&batch)); // nobody reads: to come this far is the test
        let copy = file.clone();
        let reads = std::thread::spawn(move || {
            let mut all = Vec::new();
            { reader }.read_to_end(&mut all).unwrap();
            std::fs::write(copy, all).unwrap();
        });
        recorder.room().await;
        let more: Vec<_> = batches(events + 5000).skip(events / BATCH).collect();
        more.iter().for_each(|batch| recorder.take(batch));
        let done = recorder.finish(crate::GUARD).await.unwrap();
        assert!(done.summary.lost > 0);
        reads.join().unwrap();
    });
    let all = read(&file);
    assert!(all.is_whole);
    let sent: Vec<Event> = Synth::new(11).take(events + 5000).collect();
    assert_eq!(kinds(all.events.iter()), kinds(sent.iter()));
    assert_eq!(all.events.last(), sent.last());
}
