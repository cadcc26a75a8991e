//! One reading of a recording, from its beginning on: its events one by one into a model, as far as is wanted.
//!
//! What was read and not yet wanted is one batch here and what the source's bounded channel holds.

use super::super::feed::{Problems, fold};
use crate::error::Error;
use crate::event::{Event, Header, ProcKey};
use crate::model::{Limits, Model};
use crate::source::replay::{self, Options};
use crate::source::{BATCH_EVENTS, Batch, Control, Source};
use crate::ui::head::{self, Deaths};
use tokio::sync::mpsc;

/// Where to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// To this moment: all events up to it.
    Time(u64),
    /// To this death, counted from 1.
    Death(u64),
    /// To the next signal that is shown.
    Signal,
    /// To where the log has had so many rows.
    Rows(u64),
    /// To the end.
    End,
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
    /// Opens the recording, with nothing in the model yet.
    pub fn open(options: Options) -> Result<(Reader, Model), Error> {
        let Source { header, batches, control, problems } = replay::open(options)?;
        let model = Model::new(header.clone(), Limits::default());
        let reader = Reader {
            deaths: 0,
            died: None,
            last_ns: header.mono_ns,
            problems: Problems::new(problems),
            input: Input { batches, batch: Batch::new(), at: 0, is_closed: false },
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
                Goal::Time(_) | Goal::Signal | Goal::End => false,
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
            if goal == Goal::Signal && shows(event, model) {
                return true;
            }
        }
        false
    }
}
