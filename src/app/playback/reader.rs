//! One reading of a recording, from its beginning on: its events one by one into a model, as far as is wanted.
//!
//! What was read and not yet wanted is one batch here and what the source's bounded channel holds.

use super::super::feed::{Problems, fold};
use crate::app::rules::Guard;
use crate::error::Error;
use crate::event::{Event, Header, ProcKey};
use crate::model::{Limits, Model};
use crate::plan::Asked;
use crate::source::replay::{self, Options};
use crate::source::{BATCH_EVENTS, Batch, Control, Source};
use crate::ui::head::{self, Deaths};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Where to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// To this moment: all events up to it.
    Time(u64),
    /// To this death, counted from 1.
    Death(u64),
    /// To the next signal that is shown, at this moment or later.
    Signal(u64),
    /// To where the log has had so many rows.
    Rows(u64),
    /// To the end.
    End,
}

/// How much there is of a recording: how many files, and how long they are together. Another one, and it has grown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark(usize, u64);

impl Mark {
    /// Of a file, or of all in a directory.
    pub fn of(path: &Path) -> Mark {
        let len = |path: PathBuf| path.metadata().ok().filter(|meta| meta.is_file()).map(|meta| meta.len());
        let files = match path.read_dir() {
            Ok(entries) => entries.filter_map(|entry| len(entry.ok()?.path())).collect(),
            Err(_) => Vec::from_iter(len(path.into())),
        };
        Mark(files.len(), files.iter().sum())
    }
}

/// Whether two headers are of one stream.
pub fn is_same(one: &Header, other: &Header) -> bool {
    (&one.boot_id, one.began_ns) == (&other.boot_id, other.began_ns)
}

fn stream_of(header: &Header, directory: &Path) -> Result<replay::Stream, Error> {
    let found = replay::streams(directory)?.streams.into_iter().find(|stream| is_same(&stream.header, header));
    found.ok_or_else(|| Error::usage("what was played here is no longer in the directory", ""))
}

/// A reading.
pub struct Reader {
    /// What the recording says of itself.
    pub header: Header,
    /// How many processes were killed so far.
    pub deaths: u64,
    /// The last of them, and when.
    pub died: Option<(ProcKey, u64)>,
    /// The time of the newest event so far.
    pub last_ns: u64,
    /// What could not be read.
    pub problems: Problems,
    /// What is still to come.
    pub input: Input,
    /// What the recording was like when it was opened.
    pub mark: Mark,
    /// Kept, for the source may end with it.
    _control: Box<dyn Control>,
}

/// What is still to come of a reading.
pub struct Input {
    batches: mpsc::Receiver<Batch>,
    batch: Batch,
    at: usize,
    is_closed: bool,
}

impl Input {
    /// Waits until the next event is there, or it is known that there is none. Giving up loses nothing.
    pub async fn fill(&mut self) {
        while self.batch.len() <= self.at && !self.is_closed {
            (self.batch, self.at) = match self.batches.recv().await {
                Some(batch) => (batch, 0),
                None => {
                    self.is_closed = true;
                    (Batch::new(), 0)
                }
            };
        }
    }

    /// When the next event is, if it is there.
    pub fn next_ns(&self) -> Option<u64> {
        self.batch.get(self.at).map(Event::mono_ns)
    }

    /// Whether there is no other event.
    pub fn is_over(&self) -> bool {
        self.is_closed && self.batch.len() <= self.at
    }
}

impl Reader {
    /// Opens the recording, with nothing in the model yet: in a directory the newest one, or, once it is being played,
    /// the same.
    pub fn open(options: Options, same: Option<&Header>, guard: Option<&Guard>) -> Result<(Reader, Model), Error> {
        let mark = Mark::of(&options.path); // before it is read: what comes from here on makes another one
        let asked = Asked { filter: options.filter.clone(), narrows: options.narrows, facts: options.facts.clone() };
        let Asked { filter, narrows, facts } = guard.map_or_else(|| asked.clone(), |guard| guard.asking(&asked));
        let options = Options { filter, narrows, facts, ..options };
        let source = match same.filter(|_| options.path.is_dir()) {
            Some(header) => replay::open_stream(stream_of(header, &options.path)?, options)?,
            None => replay::open(options)?,
        };
        let source = match guard {
            Some(guard) => guard.stand(source, asked, false)?,
            None => source,
        };
        let Source { header, batches, control, problems } = source;
        let model = Model::new(header.clone(), Limits::default());
        let reader = Reader {
            deaths: 0,
            died: None,
            last_ns: header.mono_ns,
            problems: Problems::new(problems),
            input: Input { batches, batch: Batch::new(), at: 0, is_closed: false },
            mark,
            _control: control,
            header,
        };
        Ok((reader, model))
    }

    /// Goes on towards the goal, with what is there and not for long. Whether that is the goal, or the end.
    pub fn go(
        &mut self,
        goal: Goal,
        model: &mut Model,
        deaths: &mut Deaths,
        shows: &dyn Fn(&Event, &Model) -> bool,
    ) -> bool {
        for _ in 0..BATCH_EVENTS {
            let is_there = match goal {
                Goal::Rows(rows) => model.log.end() >= rows,
                Goal::Death(count) => self.deaths >= count,
                Goal::Time(_) | Goal::Signal(_) | Goal::End => false,
            };
            let input = &mut self.input;
            let Some(event) = input.batch.get(input.at).filter(|_| !is_there) else {
                return is_there || input.is_closed;
            };
            if matches!(goal, Goal::Time(moment) if event.mono_ns() > moment) {
                return true;
            }
            input.at += 1;
            self.last_ns = self.last_ns.max(event.mono_ns());
            fold(model, event);
            if let Some(key) = head::killed(event) {
                self.deaths += 1;
                self.died = Some((key, self.last_ns));
                deaths.put(self.last_ns);
            }
            if matches!(goal, Goal::Signal(from) if event.mono_ns() >= from) && shows(event, model) {
                return true;
            }
        }
        false
    }
}
