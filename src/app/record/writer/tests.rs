//! When things are on the disk, by a clock that stands still until all is done that is to be done.

use super::*;
use crate::app::record::place::{self, Place};
use crate::source::synth::{Synth, header};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::sleep;

/// The promise; not the writer's own figure.
const SECOND: Duration = Duration::from_secs(1);
/// So little longer that what is due then is done.
const MOMENT: Duration = Duration::from_millis(1);

/// A directory of its own, gone in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("sigtop-writer-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How many events whoever looks finds there: whole lines without the header.
fn on_disk(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap();
    let lines =
        if path.extension().is_some_and(|end| end == "zst") { zstd::decode_all(&bytes[..]).unwrap() } else { bytes };
    lines.iter().filter(|byte| **byte == b'\n').count().checked_sub(1).unwrap()
}

/// What a recorder that is killed loses at most: what came within the last second.
#[test]
fn nothing_waits_for_longer_than_a_second() {
    let scratch = Scratch::new("second");
    for name in ["x.jsonl", "x.jsonl.zst"] {
        let path = scratch.0.join(name);
        let place = Place::File { path: path.clone(), limits: Limits::default(), keep: None, force: false };
        let opened = place::open(place, &header()).map_err(|(_, e)| e).unwrap();
        let writer = Writer::new(opened, header(), Box::new(|said| panic!("{said}"))).unwrap();
        let mut events = Synth::new(7);
        let mut some = |count| Arc::new(events.by_ref().take(count).collect::<Vec<Event>>());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let done = runtime.block_on(async {
            let (queue, batches) = unbounded_channel();
            let (room, heard) = (Semaphore::new(0), AtomicBool::new(false));
            let feeding = async {
                sleep(MOMENT).await;
                assert_eq!(on_disk(&path), 0, "the header is there at once");
                for taken in [0, 30, 60] {
                    queue.send(some(10)).unwrap();
                    sleep(SECOND / 2).await;
                    queue.send(some(20)).unwrap(); // goes with them, and puts nothing off
                    sleep(SECOND / 2 + MOMENT).await;
                    assert_eq!(on_disk(&path), taken + 30, "{name}");
                }
                sleep(10 * SECOND).await;
                drop(queue);
            };
            tokio::join!(writer.run(batches, &room, &heard), feeding).0
        });
        assert_eq!((done.summary.events, on_disk(&path)), (90, 90));
    }
}
