//! The signals one by one, each with what came of it: a ring of the newest, with gaps and changes of the filter
//! as rows of their own.
//!
//! What happens to a signal later (it is taken, or its target ends) changes its row, found by its id. Rows that still
//! wait for a target are chained through it, so that an exit settles just those. Rows are not searched here: readers
//! walk them by sequence number.

use super::row::{Faces, Packed, RowKind};
pub use super::row::{Outcome, Row};
use crate::event::{AttemptEvent, CountEvent, DeliverEvent, Event, FilterEvent, ProcKey, SignalEvent};
use crate::signal::Signal;
use std::collections::VecDeque;
use std::sync::Arc;

/// A row of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// A signal.
    Signal(Row),
    /// A send that failed, or a probe.
    Attempt(AttemptEvent),
    /// A gap: records that did not fit.
    Lost(CountEvent),
    /// From here on another filter holds.
    Filter(Arc<FilterEvent>),
}

impl Entry {
    /// When it happened.
    pub fn mono_ns(&self) -> u64 {
        match self {
            Entry::Signal(row) => row.event.mono_ns,
            Entry::Attempt(e) => e.mono_ns,
            Entry::Lost(e) => e.mono_ns,
            Entry::Filter(e) => e.mono_ns,
        }
    }

    /// Whether it is from or to this process.
    pub fn is_about(&self, key: &ProcKey) -> bool {
        let (sender, target) = match self {
            Entry::Signal(row) => (row.event.sender, Some(row.event.target)),
            Entry::Attempt(e) => (Some(e.sender), e.target),
            Entry::Lost(_) | Entry::Filter(_) => (None, None),
        };
        sender.into_iter().chain(target).any(|party| party.key == *key)
    }

    /// The event that made it.
    pub fn event(&self) -> Event {
        match self {
            Entry::Signal(row) => Event::Signal(row.event),
            Entry::Attempt(e) => Event::Attempt(*e),
            Entry::Lost(e) => Event::Lost(*e),
            Entry::Filter(e) => Event::Filter(Box::new(e.as_ref().clone())),
        }
    }

    /// Whether it is about a signal, sent or tried, and not about the stream itself.
    pub fn is_signal(&self) -> bool {
        matches!(self, Entry::Signal(_) | Entry::Attempt(_))
    }
}

/// The newest rows. Each has a sequence number that it keeps, rising by one from 0.
pub struct Log {
    /// Rows by sequence number; ids rise with it.
    rows: VecDeque<Packed>,
    faces: Faces,
    /// The rows that are no signals, with their sequence numbers.
    notes: VecDeque<(u64, Entry)>,
    note_bytes: usize,
    rows_max: usize,
    first: u64,
}

/// The most bytes of filter texts in the log: where there is more, old rows go early.
const NOTE_BYTES_MAX: usize = 1 << 20;

/// How many rows of a chain are looked at for one that a signalfd took: more than there are standard signals.
const CHAIN_MAX: u32 = 64;

/// How far from its place a row is looked for, should ids not rise strictly.
const ID_SLACK: usize = 16;

// Reading.
impl Log {
    /// The sequence number of the oldest row that is kept.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// One past the sequence number of the newest row: how many rows there ever were.
    pub fn end(&self) -> u64 {
        self.first + self.rows.len() as u64
    }

    /// How many rows are kept.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many rows there ever were.
    pub fn total(&self) -> u64 {
        self.end()
    }

    /// The row with this sequence number, if it is kept.
    pub fn get(&self, seq: u64) -> Option<Entry> {
        let row = self.rows.get(self.place(seq)?)?;
        let entry = match row.kind() {
            RowKind::Signal => row.row(&self.faces).map(Entry::Signal),
            RowKind::Attempt => row.attempt(&self.faces).map(Entry::Attempt),
            RowKind::Note => None,
        };
        if entry.is_some() {
            return entry;
        }
        let at = self.notes.binary_search_by_key(&seq, |(seq, _)| *seq).ok()?;
        self.notes.get(at).map(|(_, note)| note.clone())
    }

    /// The signal of the row with this sequence number, if it is kept and one of a signal, sent or tried. Cheaper than
    /// [`Log::get`], for those who look for the next row that they show.
    pub fn signal(&self, seq: u64) -> Option<Signal> {
        self.rows.get(self.place(seq)?)?.signal
    }

    /// Whether the row with this sequence number is kept and about the stream itself, no signal's. Cheap likewise.
    pub fn is_note(&self, seq: u64) -> bool {
        self.place(seq).and_then(|at| self.rows.get(at)).is_some_and(|row| row.kind() == RowKind::Note)
    }

    /// Whether the row with this sequence number is kept and a probe's. Cheap likewise.
    pub fn is_probe(&self, seq: u64) -> bool {
        self.place(seq).and_then(|at| self.rows.get(at)).is_some_and(Packed::is_probe)
    }

    /// The sequence numbers of the rows from or to this process, newest first. Looks at who is named in a row, and
    /// unpacks none.
    pub fn about(&self, key: &ProcKey) -> impl Iterator<Item = u64> {
        let is_about = |row: &Packed| row.faces().into_iter().any(|at| self.faces.is_of(at, key));
        let rows = self.rows.iter().enumerate().rev();
        rows.filter(move |(_, row)| is_about(row)).map(|(at, _)| self.first + at as u64)
    }

    /// The rows that are neither signals nor attempts, oldest first.
    pub fn notes(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.notes.iter().map(|(_, note)| note)
    }

    /// The rows that are kept, oldest first, with their sequence numbers. Walks backwards too.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, Entry)> {
        (self.first..self.end()).filter_map(|seq| Some((seq, self.get(seq)?)))
    }

    /// The sequence number of the row of the signal with this id.
    pub fn find(&self, id: u64) -> Option<u64> {
        self.place_of(id).map(|at| self.first + at as u64)
    }

    /// The rows as they are kept, oldest first.
    pub(super) fn packed(&self) -> impl Iterator<Item = &Packed> {
        self.rows.iter()
    }

    /// The faces that rows hold, for those who read rows.
    pub(super) fn faces_read(&self) -> &Faces {
        &self.faces
    }

    fn place(&self, seq: u64) -> Option<usize> {
        usize::try_from(seq.checked_sub(self.first)?).ok()
    }

    /// Most signals are taken soon: looks near the end first, then twice as far back each time.
    fn place_of(&self, id: u64) -> Option<usize> {
        let len = self.rows.len();
        let mut reach = 1;
        while reach < len && self.rows[len - reach].id >= id {
            reach *= 2;
        }
        let (mut from, mut to) = (len.saturating_sub(reach), len - reach / 2);
        while from < to {
            let middle = (from + to) / 2;
            if self.rows[middle].id < id { from = middle + 1 } else { to = middle }
        }
        let is_it = |row: &Packed| row.id == id && row.kind() == RowKind::Signal;
        (from..len.min(from + ID_SLACK)).find(|at| is_it(&self.rows[*at]))
    }
}

// Writing.
impl Log {
    pub(super) fn new(rows_max: usize) -> Log {
        let rows_max = rows_max.max(1);
        Log {
            // Memory that is not used yet costs nothing, and growing by doubling would take more than is used.
            rows: VecDeque::with_capacity(rows_max.min(1 << 20)),
            faces: Faces::default(),
            notes: VecDeque::new(),
            note_bytes: 0,
            rows_max,
            first: 0,
        }
    }

    /// The faces that rows hold, for those who make rows.
    pub(super) fn faces(&mut self) -> &mut Faces {
        &mut self.faces
    }

    fn push(&mut self, row: Packed) {
        while self.rows.len() >= self.rows_max || self.note_bytes > NOTE_BYTES_MAX {
            self.drop_first();
        }
        self.rows.push_back(row);
    }

    fn drop_first(&mut self) {
        let Some(row) = self.rows.pop_front() else { return };
        self.first += 1;
        if row.kind() != RowKind::Note {
            row.faces().into_iter().for_each(|at| self.faces.release(at));
        } else if let Some((_, Entry::Filter(e))) = self.notes.pop_front() {
            self.note_bytes -= e.text.len();
        }
    }

    /// A new row; see [`Packed::new`].
    pub(super) fn push_signal(&mut self, e: &SignalEvent, sender: Option<u32>, target: u32, back: u32) {
        self.push(Packed::new(e, sender, target, back));
    }

    /// A new row; see [`Packed::tried`].
    pub(super) fn push_attempt(&mut self, e: &AttemptEvent, sender: u32, target: Option<u32>) {
        self.push(Packed::tried(e, sender, target));
    }

    pub(super) fn push_lost(&mut self, e: &CountEvent) {
        self.push_note(Entry::Lost(*e));
    }

    pub(super) fn push_filter(&mut self, e: &FilterEvent) {
        self.push_note(Entry::Filter(Arc::new(e.clone())));
        self.note_bytes += e.text.len();
    }

    fn push_note(&mut self, note: Entry) {
        let id = self.rows.back().map_or(0, |row| row.id);
        self.push(Packed::note(id, note.mono_ns()));
        self.notes.push_back((self.end() - 1, note));
    }

    /// Signal `id` was taken. Whether it was waiting for that, as far as is known.
    pub(super) fn delivered(&mut self, id: u64, e: &DeliverEvent) -> bool {
        let Some(at) = self.place_of(id) else { return self.rows.front().is_some_and(|oldest| id < oldest.id) };
        let waited = self.rows[at].is_waiting();
        self.rows[at].set_outcome(Outcome::at_delivery(e));
        waited
    }

    /// Signal `id` ended its target at `mono_ns`, if its delivery was not seen.
    pub(super) fn killed(&mut self, id: u64, mono_ns: u64) {
        if let Some(row) = self.place_of(id).and_then(|at| self.rows.get_mut(at))
            && row.is_waiting()
        {
            row.set_outcome(Outcome::Killed { latency_ns: mono_ns.checked_sub(row.mono_ns) });
        }
    }

    /// `next` was queued for the target of the row `seq` and of those chained to it, of which `waiting` wait: one that
    /// cannot wait beside it has been taken. Whether there was one.
    pub(super) fn taken_before(&mut self, next: &SignalEvent, mut seq: u64, mut waiting: u32) -> bool {
        for _ in 0..CHAIN_MAX {
            let Some(row) = self.place(seq).and_then(|at| self.rows.get_mut(at)) else { return false };
            if row.is_waiting() {
                if row.excludes(next) {
                    row.set_outcome(Outcome::Taken);
                    return true;
                }
                waiting -= 1;
            }
            if row.back == 0 || waiting == 0 {
                return false;
            }
            seq = seq.saturating_sub(u64::from(row.back));
        }
        false
    }

    /// The target of the row `seq` and of those chained to it ended: `waiting` of them wait in vain.
    pub(super) fn unanswered(&mut self, mut seq: u64, mut waiting: u32) {
        while waiting > 0 {
            let Some(row) = self.place(seq).and_then(|at| self.rows.get_mut(at)) else { return };
            if row.is_waiting() {
                row.set_outcome(Outcome::Unanswered);
                waiting -= 1;
            }
            if row.back == 0 {
                return;
            }
            seq = seq.saturating_sub(u64::from(row.back));
        }
    }
}
