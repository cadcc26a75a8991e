//! The signals one by one, each with what came of it: a ring of the newest, with gaps and changes of the filter
//! as rows of their own.
//!
//! What happens to a signal later (it is taken, or its target ends) changes its row, found by its id. Rows that still
//! wait for a target are chained through it, so that an exit settles just those. Rows are not searched here: readers
//! walk them by sequence number.

use crate::event::{Action, CountEvent, DeliverEvent, Disposition, FilterEvent, Ignored, SendResult, SignalEvent};
use std::collections::VecDeque;

/// What came of a signal. Latencies are nanoseconds since it was sent, where that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It waits for its target. (Also where a signalfd or sigwait took it, for which the kernel gives no sign.)
    Pending,
    /// It waits, but without its code and value.
    InfoLost,
    /// The target's own handler ran.
    Handled {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// The target took it and the default was to do nothing.
    Default {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// The target died of it.
    Killed {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// The target stopped.
    Stopped {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// The target went on.
    Continued {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// It was thrown away, and why.
    Ignored(Option<Ignored>),
    /// The same signal was waiting already.
    Coalesced,
    /// The target's queue was full.
    Overflow,
    /// The target ended, and until then was not seen to take it.
    Unanswered,
}

impl Outcome {
    /// What is known when it is sent.
    pub(super) fn at_send(e: &SignalEvent) -> Outcome {
        match e.result {
            SendResult::Queued | SendResult::Ignored if e.continued => Outcome::Continued { latency_ns: None },
            SendResult::Queued => Outcome::Pending,
            SendResult::Ignored => Outcome::Ignored(e.ignored),
            SendResult::Coalesced => Outcome::Coalesced,
            SendResult::Overflow => Outcome::Overflow,
            SendResult::InfoLost => Outcome::InfoLost,
        }
    }

    fn at_delivery(e: &DeliverEvent) -> Outcome {
        let latency_ns = e.latency_ns;
        match (e.disposition, e.action) {
            (Disposition::Ignored, _) => Outcome::Ignored(None),
            (Disposition::Handler, _) => Outcome::Handled { latency_ns },
            (Disposition::Default, Action::Terminate | Action::Core) => Outcome::Killed { latency_ns },
            (Disposition::Default, Action::Stop) => Outcome::Stopped { latency_ns },
            (Disposition::Default, Action::Continue) => Outcome::Continued { latency_ns },
            (Disposition::Default, Action::None) => Outcome::Default { latency_ns },
        }
    }

    /// Whether its target may still take it.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Outcome::Pending | Outcome::InfoLost)
    }
}

/// A signal and what came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The signal.
    pub event: SignalEvent,
    /// What came of it so far.
    pub outcome: Outcome,
    /// How many rows back the row is that waited for the same target before; 0: none.
    back: u32,
}

impl Row {
    pub(super) fn new(event: SignalEvent, outcome: Outcome, back: u32) -> Row {
        Row { event, outcome, back }
    }
}

/// A row of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// A signal.
    Signal(Row),
    /// A gap: records that did not fit.
    Lost(CountEvent),
    /// From here on another filter holds.
    Filter(Box<FilterEvent>),
}

impl Entry {
    /// When it happened.
    pub fn mono_ns(&self) -> u64 {
        match self {
            Entry::Signal(row) => row.event.mono_ns,
            Entry::Lost(e) => e.mono_ns,
            Entry::Filter(e) => e.mono_ns,
        }
    }
}

/// The newest rows. Each has a sequence number that it keeps, rising by one from 0.
pub struct Log {
    entries: VecDeque<Entry>,
    /// For each entry the highest signal id so far: sorted, to find a row by its id.
    ids: VecDeque<u64>,
    rows_max: usize,
    first: u64,
    text_bytes: usize,
}

/// The most bytes of filter text in the log: old rows go early where there is more.
const TEXT_MAX: usize = 1 << 20;

/// How far from its place a row is looked for, should ids not rise strictly.
const ID_SLACK: usize = 16;

impl Log {
    pub(super) fn new(rows_max: usize) -> Log {
        let rows_max = rows_max.max(1);
        Log {
            entries: VecDeque::with_capacity(rows_max),
            ids: VecDeque::with_capacity(rows_max),
            rows_max,
            first: 0,
            text_bytes: 0,
        }
    }

    /// The sequence number of the oldest row that is kept.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// One past the sequence number of the newest row.
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// How many rows are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many rows there ever were.
    pub fn total(&self) -> u64 {
        self.end()
    }

    /// The row with this sequence number, if it is kept.
    pub fn get(&self, seq: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(seq.checked_sub(self.first)?).ok()?)
    }

    /// The sequence number of the row of the signal with this id.
    pub fn find(&self, id: u64) -> Option<u64> {
        self.position(id).map(|at| self.first + at as u64)
    }

    /// The rows that are kept, oldest first, with their sequence numbers. Also walks backwards.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, &Entry)> {
        self.entries.iter().enumerate().map(|(at, entry)| (self.first + at as u64, entry))
    }

    fn position(&self, id: u64) -> Option<usize> {
        // Most signals are taken soon: look near the end first, then twice as far back each time.
        let len = self.ids.len();
        let mut reach = 1;
        while reach < len && self.ids[len - reach] >= id {
            reach *= 2;
        }
        let (mut from, mut to) = (len.saturating_sub(reach), len - reach / 2);
        while from < to {
            let middle = (from + to) / 2;
            if self.ids[middle] < id { from = middle + 1 } else { to = middle }
        }
        (from..len.min(from + ID_SLACK))
            .find(|at| matches!(&self.entries[*at], Entry::Signal(row) if row.event.id == id))
    }

    fn push(&mut self, entry: Entry, id: u64) {
        let last = self.ids.back().copied().unwrap_or(0);
        while self.entries.len() >= self.rows_max || self.text_bytes > TEXT_MAX {
            self.drop_first();
        }
        self.entries.push_back(entry);
        self.ids.push_back(id.max(last));
    }

    fn drop_first(&mut self) {
        if let Some(Entry::Filter(e)) = self.entries.pop_front() {
            self.text_bytes -= e.text.len();
        }
        self.ids.pop_front();
        self.first += 1;
    }

    pub(super) fn push_signal(&mut self, row: Row) {
        self.push(Entry::Signal(row), row.event.id);
    }

    pub(super) fn push_lost(&mut self, e: &CountEvent) {
        self.push(Entry::Lost(*e), 0);
    }

    pub(super) fn push_filter(&mut self, e: &FilterEvent) {
        self.push(Entry::Filter(Box::new(e.clone())), 0);
        self.text_bytes += e.text.len();
    }

    fn row_mut(&mut self, at: usize) -> Option<&mut Row> {
        match self.entries.get_mut(at) {
            Some(Entry::Signal(row)) => Some(row),
            _ => None,
        }
    }

    /// Signal `id` was taken. Whether it was waiting for that, as far as is known.
    pub(super) fn delivered(&mut self, id: u64, e: &DeliverEvent) -> bool {
        let Some(row) = self.position(id).and_then(|at| self.row_mut(at)) else {
            return self.ids.front().is_some_and(|oldest| id < *oldest);
        };
        let waited = row.outcome.is_waiting();
        row.outcome = Outcome::at_delivery(e);
        waited
    }

    /// Signal `id` ended its target at `mono_ns`, if that was not seen before.
    pub(super) fn killed(&mut self, id: u64, mono_ns: u64) {
        if let Some(row) = self.position(id).and_then(|at| self.row_mut(at))
            && row.outcome.is_waiting()
        {
            row.outcome = Outcome::Killed { latency_ns: mono_ns.checked_sub(row.event.mono_ns) };
        }
    }

    /// The target of the row `seq` and those chained to it ended: `waiting` of them wait in vain.
    pub(super) fn unanswered(&mut self, mut seq: u64, mut waiting: u32) {
        while waiting > 0 {
            let Some(at) = seq.checked_sub(self.first).and_then(|at| usize::try_from(at).ok()) else { return };
            let Some(row) = self.row_mut(at) else { return };
            if row.outcome.is_waiting() {
                row.outcome = Outcome::Unanswered;
                waiting -= 1;
            }
            if row.back == 0 {
                return;
            }
            seq = seq.saturating_sub(u64::from(row.back));
        }
    }
}
