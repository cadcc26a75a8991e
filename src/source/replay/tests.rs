//! Recordings as they should be, and as they should not.

mod alike;
mod chains;
mod damage;

use super::*;
use crate::event::Event;
use crate::sink::{Sink, json::Json};
use crate::source::Batch;
use crate::source::synth::{self, Synth};
use std::io::{Cursor, Read};
use std::path::Path;

/// What a replay gave.
#[derive(Debug, PartialEq)]
pub(super) struct Played {
    pub events: Vec<Event>,
    /// How much could not be read.
    pub lost: u64,
    pub problems: Vec<String>,
}

/// Bytes that come in pieces.
pub(super) struct Pieces {
    pub bytes: Cursor<Vec<u8>>,
    pub most: usize,
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let len = out.len().min(self.most);
        self.bytes.read(&mut out[..len])
    }
}

/// Everything of `bytes`, both threads' work watched: a panic in one is a panic here.
pub(super) fn play(bytes: &[u8], most: usize) -> Result<Played, Error> {
    let (input, header) = Input::of(Box::new(Pieces { bytes: Cursor::new(bytes.to_vec()), most }), "test")?;
    let (words, problems) = Words::new("test".into(), Vec::new());
    let (batch_sender, batches) = mpsc::channel(QUEUED_BATCHES);
    let (news, inbox) = channel();
    let (returned, reading) = Reading::new(Vec::new().into_iter(), news);
    let narrow = Narrow::new(Filter::EVERYTHING, Narrows::All, true, header.mono_ns).requesting(&Wanted::EVERYTHING);
    let player = Player::new(&header, narrow, words, batch_sender);
    Ok(thread::scope(|scope| {
        scope.spawn(move || reading.run(input));
        scope.spawn(move || player.run(&inbox, &returned));
        collect(batches, problems)
    }))
}

pub(super) fn collect(mut batches: mpsc::Receiver<Batch>, mut problems: mpsc::Receiver<String>) -> Played {
    let mut played = Played { events: Vec::new(), lost: 0, problems: Vec::new() };
    while let Some(batch) = batches.blocking_recv() {
        for event in batch {
            match event {
                Event::Lost(lost) if lost.kind.is_none() => played.lost = played.lost.saturating_add(lost.count),
                event => played.events.push(event),
            }
        }
    }
    while let Some(problem) = problems.blocking_recv() {
        played.problems.push(problem);
    }
    played
}

/// Everything of a file or directory.
pub(super) fn play_path(path: &Path) -> Result<(Header, Played), Error> {
    let (filter, narrows) = (Filter::EVERYTHING, Narrows::All);
    let Source { header, batches, control, problems } =
        open(Options { path: path.into(), threads: true, filter, narrows, facts: Wanted::EVERYTHING })?;
    let played = collect(batches, problems);
    drop(control);
    Ok((header, played))
}

/// These events as lines, behind a header.
pub(super) fn lines(header: &Header, events: &[Event]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut sink = Json::new(&mut out);
    sink.header(header).unwrap();
    events.iter().for_each(|event| sink.event(event).unwrap());
    out
}

/// A frame as a recorder writes it.
pub(super) fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut packer = zstd::bulk::Compressor::new(1).unwrap();
    packer.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
    packer.compress(bytes).unwrap()
}

/// The beginning of the history of a seed.
pub(super) fn history(seed: u64, count: usize) -> (Header, Vec<Event>) {
    (synth::header(), Synth::new(seed).take(count).collect())
}

/// Lines in frames of so many lines each.
pub(super) fn frames(text: &[u8], each: usize) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    lines.chunks(each).map(|lines| frame(&lines.concat())).collect()
}

/// A directory of a test's own, gone with it.
pub(super) struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("sigtop-replay-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
