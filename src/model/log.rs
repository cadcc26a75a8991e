//! The signals one by one, each with what came of it: a ring of the newest, with gaps and changes of the filter
//! as rows of their own, and what was done to files and addresses.
//!
//! What happens to a signal later (it is taken, or its target ends) changes its row, found by its id. Rows that still
//! wait for a target are chained through it, so that an exit settles just those. Rows are not searched here: readers
//! walk them by sequence number.

use super::deeds::{Deeds, Told};
use super::faces::Faces;
use super::packed::{Packed, RowKind};
pub use super::row::{Outcome, Row};
use crate::event::{
    AlertEvent, AttemptEvent, ConnectEvent, CountEvent, DeliverEvent, Event, FileEvent, FilterEvent, Party, ProcKey,
    SignalEvent,
};
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
    /// A file was opened, or its mode changed, or it was moved.
    File(Arc<FileEvent>),
    /// A socket was connected.
    Connect(Arc<ConnectEvent>),
    /// A rule found something.
    Alert(Arc<AlertEvent>),
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
            Entry::File(e) => e.mono_ns,
            Entry::Connect(e) => e.mono_ns,
            Entry::Alert(e) => e.mono_ns,
            Entry::Lost(e) => e.mono_ns,
            Entry::Filter(e) => e.mono_ns,
        }
    }

    /// Whether it is from or to this process, or it did it.
    pub fn is_about(&self, key: &ProcKey) -> bool {
        let (sender, target) = match self {
            Entry::Signal(row) => (row.event.sender, Some(row.event.target)),
            Entry::Attempt(e) => (Some(e.sender), e.target),
            Entry::File(e) => (Some(e.who), None),
            Entry::Connect(e) => (Some(e.who), None),
            Entry::Alert(e) => (e.who, None),
            Entry::Lost(_) | Entry::Filter(_) => (None, None),
        };
        sender.into_iter().chain(target).any(|party| party.key == *key)
    }

    /// Whose deed it was, if it is no signal's row and one process did it.
    pub fn doer(&self) -> Option<Party> {
        match self {
            Entry::File(e) => Some(e.who),
            Entry::Connect(e) => Some(e.who),
            Entry::Alert(e) => e.who,
            Entry::Signal(_) | Entry::Attempt(_) | Entry::Lost(_) | Entry::Filter(_) => None,
        }
    }

    /// The event that made it.
    pub fn event(&self) -> Event {
        match self {
            Entry::Signal(row) => Event::Signal(row.event),
            Entry::Attempt(e) => Event::Attempt(*e),
            Entry::File(e) => Event::File(Box::new(e.as_ref().clone())),
            Entry::Connect(e) => Event::Connect(Box::new(e.as_ref().clone())),
            Entry::Alert(e) => Event::Alert(Box::new(e.as_ref().clone())),
            Entry::Lost(e) => Event::Lost(*e),
            Entry::Filter(e) => Event::Filter(Box::new(e.as_ref().clone())),
        }
    }

    /// Whether it is about a signal, sent or tried.
    pub fn is_signal(&self) -> bool {
        matches!(self, Entry::Signal(_) | Entry::Attempt(_))
    }

    /// Whether it is about the stream itself, and no event of a process.
    pub fn is_of_stream(&self) -> bool {
        matches!(self, Entry::Lost(_) | Entry::Filter(_))
    }
}

/// The newest rows. Each has a sequence number that it keeps, rising by one from 0.
pub struct Log {
    /// Rows by sequence number; ids rise with it.
    rows: VecDeque<Packed>,
    faces: Faces,
    deeds: Deeds,
    /// The rows about the stream itself, with their sequence numbers.
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
            RowKind::Deed => self.deeds.get(seq),
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

    /// Whether the row with this sequence number is kept and no signal's, sent or tried. Cheap likewise.
    pub fn is_no_signal(&self, seq: u64) -> bool {
        let row = self.place(seq).and_then(|at| self.rows.get(at));
        row.is_some_and(|row| matches!(row.kind(), RowKind::Note | RowKind::Deed))
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

    /// The rows about the stream itself, oldest first.
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
            deeds: Deeds::default(),
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
        while self.rows.len() >= self.rows_max || self.note_bytes > NOTE_BYTES_MAX || self.deeds.is_full() {
            self.drop_first();
        }
        self.rows.push_back(row);
    }

    fn drop_first(&mut self) {
        let Some(row) = self.rows.pop_front() else { return };
        self.first += 1;
        row.faces().into_iter().for_each(|at| self.faces.release(at));
        match row.kind() {
            RowKind::Signal | RowKind::Attempt => {}
            RowKind::Deed => self.deeds.drop_first(),
            RowKind::Note => {
                if let Some((_, Entry::Filter(e))) = self.notes.pop_front() {
                    self.note_bytes -= e.text.len();
                }
            }
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

    /// A new row of something that is no signal, by whoever has this face.
    pub(super) fn push_deed(&mut self, deed: Told, face: Option<u32>) {
        let (id, (mono_ns, who)) = (self.last_id(), deed.of());
        self.push(Packed::deed(id, mono_ns, face, who.map_or(0, |who| who.tid)));
        self.deeds.push(self.end() - 1, deed);
    }

    /// The id of the newest signal.
    fn last_id(&self) -> u64 {
        self.rows.back().map_or(0, |row| row.id)
    }

    pub(super) fn push_lost(&mut self, e: &CountEvent) {
        self.push_note(Entry::Lost(*e));
    }

    pub(super) fn push_filter(&mut self, e: &FilterEvent) {
        self.push_note(Entry::Filter(Arc::new(e.clone())));
        self.note_bytes += e.text.len();
    }

    fn push_note(&mut self, note: Entry) {
        let id = self.last_id();
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
