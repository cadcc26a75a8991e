//! The state of each panel, one file each, named as its view in `view/`.
//!
//! What is costly to find out anew for every picture is kept here, and brought up to date when time passes: the rows
//! of the tree, which rows of the log are shown, the counters in order. While the picture is paused it is left alone.

pub mod alerts;
pub mod bar;
pub mod checklist;
pub mod chooser;
mod counted;
pub mod counters;
pub mod drill;
pub mod filters;
pub mod find;
pub mod log;
pub mod marks;
pub mod prompt;
pub mod ranking;
pub mod send;
pub mod sort;
pub mod story;
pub mod tree;
pub mod tree_order;

use crate::event::{ProcKey, SenderKey};
use crate::model::{Entry, Model, Proc, Procs};
use crate::signal::Signal;

/// What the detail is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A process of the tree.
    Process(ProcKey),
    /// The row of the log with this sequence number.
    Row(u64),
    /// A signal; `None` for those whose number is not known.
    Signal(Option<Signal>),
    /// A sender.
    Sender(SenderKey),
    /// What a sender sent of a signal, or to a target.
    Flow(drill::Flow),
    /// The alert with this number.
    Alert(u64),
    /// Why rules that were read again did not hold.
    Refusal,
}

/// A picture that stands still, while the model goes on.
///
/// Frozen are: the time, and with it every age; all processes with their counts, last signals and fates; up to
/// [`Frozen::ROWS`] rows of the log around those shown, with their outcomes; the counters by signal and sender, the
/// rate, the graphs; the targets of a sender that were found. Not frozen are the number of signals that came meanwhile and of records lost, which are about now.
/// Folding, scrolling, selecting and hiding noise work within what is frozen; rows that were hidden are not in it.
pub struct Frozen {
    /// All signals counted before.
    pub total: u64,
    /// All processes.
    pub procs: Procs,
    /// One past the newest row of the log.
    pub log_end: u64,
    rows: Vec<(u64, Entry)>,
}

impl Frozen {
    /// The most rows of the log that are kept for a picture that stands still: about 2 MB.
    pub const ROWS: usize = 10_000;

    /// The model as it is now, as far as `log` shows it.
    pub fn new(model: &Model, log: &log::LogState) -> Frozen {
        Frozen {
            total: model.counters.total(),
            log_end: model.log.end(),
            rows: log.around(Frozen::ROWS).filter_map(|seq| Some((seq, model.log.get(seq)?))).collect(),
            procs: model.procs.clone(),
        }
    }

    /// A row of the log.
    pub fn entry(&self, seq: u64) -> Option<&Entry> {
        let at = self.rows.binary_search_by_key(&seq, |(seq, _)| *seq).ok()?;
        Some(&self.rows[at].1)
    }

    /// The rows of the log, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (u64, &Entry)> {
        self.rows.iter().map(|(seq, entry)| (*seq, entry))
    }

    /// The rows from or to a process, newest first.
    pub fn about(&self, key: &ProcKey) -> impl Iterator<Item = (u64, &Entry)> {
        self.entries().rev().filter(|(_, entry)| entry.is_about(key))
    }

    /// A process.
    pub fn proc(&self, key: &ProcKey) -> Option<&Proc> {
        self.procs.get(key)
    }
}
