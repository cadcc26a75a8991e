//! A recording, read again: a file, or `-` for standard input. As fast as its reader takes it; the reader has the clock.
//!
//! Whatever stands in the file is untrusted: what cannot be read is counted (a `lost` event without a kind), told in
//! words, and the rest is used.

use super::lines::{self, Item};
use super::narrow::{Narrow, placement};
use super::{Answer, BATCH_EVENTS, Batch, Control, QUEUED_BATCHES, Source};
use crate::error::Error;
use crate::event::{CountEvent, Event, Header};
use crate::filter::sieve::Narrows;
use crate::filter::{Filter, Placement};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use tokio::sync::{mpsc, oneshot};

/// The most problems that wait to be told.
const QUEUED_PROBLEMS: usize = 64;

/// How much of the end is looked at to find the last event.
const TAIL: u64 = 1 << 16;

/// What is replayed, and what of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The recording; `-` for standard input.
    pub path: PathBuf,
    /// Report threads that begin and end too, if the recording has them.
    pub threads: bool,
    /// What passes one by one; signals that it does not show are only counted.
    pub filter: Filter,
    /// Whether it narrows events of processes too.
    pub narrows: Narrows,
}

/// Opens a recording and reads its header; the rest is read by a thread of its own.
///
/// # Errors
/// What is wrong with the file, and what to do.
pub fn open(options: Options) -> Result<Source, Error> {
    let name = options.path.display().to_string();
    let mut input = open_file(&options.path).map_err(|e| Error::usage(format!("cannot read {name}: {e}"), ""))?;
    let header = header(&mut input).map_err(|why| {
        Error::usage(
            format!("{name} is no recording of sigtop: line 1 is {why}"),
            "make one with `sigtop record -o FILE`",
        )
    })?;
    let (batch_sender, batches) = mpsc::channel(QUEUED_BATCHES);
    let (problem_sender, problems) = mpsc::channel(QUEUED_PROBLEMS);
    let (words, wishes) = channel();
    let narrow = Narrow::new(options.filter, options.narrows, options.threads, header.mono_ns);
    let player = Player { input, narrow, wishes, line: 1, now_ns: header.mono_ns, problems: problem_sender };
    thread::Builder::new()
        .name("sigtop-replay".into())
        .spawn(move || player.play(&batch_sender))
        .map_err(|e| Error::environment("cannot start a thread", e))?;
    Ok(Source { header, batches, control: Box::new(Remote(words)), problems })
}

/// From when to when a recording tells, as far as that can be known without reading it: nothing for pipes.
pub fn span(path: &Path) -> Option<(u64, u64)> {
    if path == Path::new("-") {
        return None;
    }
    let mut file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|meta| meta.is_file()))?;
    let begin = header(&mut BufReader::new(&mut file)).ok()?.mono_ns;
    let size = file.seek(SeekFrom::End(0)).ok()?;
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL))).ok()?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).ok()?;
    let last = tail.split(|byte| *byte == b'\n').rev().find_map(|line| match lines::read(line).ok()? {
        Item::Event(event) => Some(event.mono_ns()),
        Item::Header(_) | Item::Unknown => None,
    });
    Some((begin, last.unwrap_or(begin)))
}

fn open_file(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    Ok(Box::new(BufReader::new(File::open(path)?)))
}

fn header(input: &mut dyn BufRead) -> Result<Header, String> {
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line).map_err(|e| e.to_string())?;
    match lines::read(line.trim_ascii_end())? {
        Item::Header(header) => Ok(*header),
        Item::Event(_) | Item::Unknown => Err("no header".into()),
    }
}

/// A filter that is asked for, and where to answer.
type Wish = (Filter, oneshot::Sender<Result<Placement, String>>);

struct Remote(Sender<Wish>);

impl Control for Remote {
    fn set_filter(&mut self, filter: Filter) -> Answer {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.send((filter, reply)); // where nobody reads any more, nobody answers
        answer
    }
}

struct Player {
    input: Box<dyn BufRead + Send>,
    narrow: Narrow,
    wishes: Receiver<Wish>,
    line: u64,
    now_ns: u64,
    problems: mpsc::Sender<String>,
}

impl Player {
    /// Until the end of the recording, or of whoever reads.
    fn play(mut self, out: &mpsc::Sender<Batch>) {
        let mut batch = Batch::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            match self.input.read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => self.take(&line, &mut batch),
                Err(e) => {
                    self.tell(format!("reading ends after line {}: {e}", self.line));
                    break;
                }
            }
            while let Ok((filter, reply)) = self.wishes.try_recv() {
                let placement = placement(&filter);
                batch.extend(self.narrow.set_filter(filter, self.now_ns));
                let _ = reply.send(Ok(placement)); // whoever asks may have gone
            }
            if batch.len() >= BATCH_EVENTS && out.blocking_send(std::mem::take(&mut batch)).is_err() {
                return;
            }
        }
        batch.extend(self.narrow.count(self.now_ns));
        let _ = out.blocking_send(batch); // nobody may read any more
    }

    fn take(&mut self, line: &[u8], batch: &mut Batch) {
        self.line += 1;
        match lines::read(line.trim_ascii_end()) {
            Ok(Item::Event(event)) => {
                self.now_ns = self.now_ns.max(event.mono_ns());
                self.narrow.take(event, batch);
            }
            Ok(Item::Header(_) | Item::Unknown) => {}
            Err(why) => {
                self.tell(format!("line {}: {why}", self.line));
                let (mono_ns, kind, count) = (self.now_ns, None, 1);
                batch.push(Event::Lost(CountEvent { mono_ns, kind, count, signal: None, sender: None, result: None }));
            }
        }
    }

    fn tell(&self, problem: String) {
        let _ = self.problems.try_send(problem); // of very many, the first are enough
    }
}
