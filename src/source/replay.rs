//! A recording, read again: a file, a directory of them, or `-` for standard input. As fast as its reader takes it;
//! the reader has the clock.
//!
//! Two threads: one reads and unpacks, the other reads events out of the bytes and narrows them. Whatever stands in the
//! file is untrusted: what cannot be read is counted (a `lost` event without a kind) and told in words, and the rest is
//! used. Nothing grows with the input.

mod chain;
mod frames;
mod input;
pub mod names;
mod player;
mod reading;
mod shelf;
mod span;
mod words;

pub use input::PERMITTED;
pub use shelf::{Shelf, Stream, streams};
pub use span::span;

use super::narrow::{Narrow, placement};
use super::{Answer, Control, QUEUED_BATCHES, Source};
use crate::error::Error;
use crate::event::Header;
use crate::filter::sieve::Narrows;
use crate::filter::{Filter, Placement, Wanted};
use input::{Chunk, Input, name};
use player::Player;
use reading::Reading;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use tokio::sync::{mpsc, oneshot};
use words::Words;

/// What is replayed, and what of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The recording: a file (of a flight recorder: and the parts behind it), a directory whose newest stream is meant, or
    /// `-` for standard input.
    pub path: PathBuf,
    /// Report threads that begin and end too, if the recording has them.
    pub threads: bool,
    /// What passes one by one; signals that it does not show are only counted.
    pub filter: Filter,
    /// Whether it narrows events of processes too.
    pub narrows: Narrows,
    /// What is told beside that only on request: of kinds that the filter does not name, too.
    pub facts: Wanted,
}

/// Opens a recording and reads its header; the rest is read by threads of its own. It ends when its control is dropped.
///
/// # Errors
/// What is wrong with the file, and what to do.
pub fn open(options: Options) -> Result<Source, Error> {
    let shelf::Found { files, mut problems, older } = shelf::find(&options.path)?;
    if let Some(left_out) = shelf::left_out(&older) {
        problems.insert(0, left_out); // of many problems the first are told
    }
    open_files(files, problems, options)
}

/// Opens one stream of a directory: `options.path` does not matter.
///
/// # Errors
/// What is wrong with its first file, and what to do.
pub fn open_stream(stream: Stream, options: Options) -> Result<Source, Error> {
    open_files(stream.files, Vec::new(), options)
}

fn open_files(files: Vec<PathBuf>, mut told: Vec<String>, options: Options) -> Result<Source, Error> {
    let mut files = files.into_iter();
    let first = files.next().unwrap_or_default();
    let (input, header) = Input::open(&first)?;
    told.extend(before(&first, &header));
    let (words, problems) = Words::new(name(&first), told);
    let (batch_sender, batches) = mpsc::channel(QUEUED_BATCHES);
    let (news, inbox) = channel();
    let (returned, reading) = Reading::new(files, news.clone());
    start("sigtop-reading", move || reading.run(input))?;
    let narrow =
        Narrow::new(options.filter, options.narrows, options.threads, header.mono_ns).requesting(&options.facts);
    let player = Player::new(&header, narrow, words, batch_sender);
    start("sigtop-replay", move || player.run(&inbox, &returned))?;
    Ok(Source { header, batches, control: Box::new(Remote(news)), problems })
}

/// Of a recording that begins with a later part: where the one before is, if it is there.
fn before(path: &Path, header: &Header) -> Option<String> {
    let Header { boot_id, began_ns, part, .. } = header;
    let earlier = if *part > 0 { names::earlier(path) } else { None }?;
    let (_, other) = Input::open(&earlier).ok()?;
    let is_its = other.boot_id == *boot_id && other.began_ns == *began_ns && other.part.checked_add(1) == Some(*part);
    let (name, earlier) = (name(path), earlier.display());
    is_its
        .then(|| format!("{name} goes on from {earlier}, which is not played: --replay of their directory plays both"))
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let started = thread::Builder::new().name(name.into()).spawn(work);
    started.map(drop).map_err(|e| Error::environment("cannot start a thread", e))
}

/// What the player is told.
enum News {
    /// More of the recording.
    Bytes(Chunk),
    /// At about this byte something cannot be decoded.
    Damage(u64),
    /// Reading failed, in words.
    Broken(String),
    /// The file ends, perhaps in the middle of something.
    FileEnd { torn: bool },
    /// What comes now is in this file, behind this header.
    File(String, Box<Header>),
    /// That was all.
    End,
    /// A filter that is asked for, and where to answer.
    Wish(Filter, oneshot::Sender<Result<Placement, String>>),
    /// Nobody wants more.
    Stop,
}

struct Remote(Sender<News>);

impl Control for Remote {
    fn set_filter(&mut self, filter: Filter) -> Answer {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.send(News::Wish(filter, reply)); // where nobody reads any more, nobody answers
        answer
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let _ = self.0.send(News::Stop); // it may have ended by itself
    }
}

#[cfg(test)]
mod tests;
