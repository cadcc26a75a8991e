//! Rows of the log that are neither signals nor about the stream: files opened, changed and moved, connections, alerts.
//!
//! They are told only on request and carry texts, so they are kept beside the rows: a row has the place, the time and
//! the face, the event stands here by the row's number. Bounded by their bytes: the log lets old rows go early for it.

use super::log::Entry;
use crate::event::{AlertEvent, ConnectEvent, Event, FileEvent, Party};
use std::collections::VecDeque;
use std::sync::Arc;

/// The most bytes of such events.
pub(super) const BYTES_MAX: usize = 8 << 20;

/// What was done.
#[derive(Clone)]
pub(super) enum Told {
    File(Arc<FileEvent>),
    Connect(Arc<ConnectEvent>),
    Alert(Arc<AlertEvent>),
}

impl Told {
    /// When, and by whom if that is one process.
    pub(super) fn of(&self) -> (u64, Option<&Party>) {
        match self {
            Told::File(e) => (e.mono_ns, Some(&e.who)),
            Told::Connect(e) => (e.mono_ns, Some(&e.who)),
            Told::Alert(e) => (e.mono_ns, e.who.as_ref()),
        }
    }

    fn entry(&self) -> Entry {
        match self {
            Told::File(e) => Entry::File(Arc::clone(e)),
            Told::Connect(e) => Entry::Connect(Arc::clone(e)),
            Told::Alert(e) => Entry::Alert(Arc::clone(e)),
        }
    }

    fn bytes(&self) -> usize {
        size_of::<(u64, Told)>()
            + match self {
                Told::File(e) => file_bytes(e),
                Told::Connect(_) => size_of::<ConnectEvent>() + 128,
                Told::Alert(e) => alert_bytes(e),
            }
    }
}

/// Those that are kept, by the numbers of their rows.
#[derive(Default)]
pub(super) struct Deeds {
    kept: VecDeque<(u64, Told)>,
    bytes: usize,
}

impl Deeds {
    /// The one of this row, which is newer than all others.
    pub(super) fn push(&mut self, seq: u64, deed: Told) {
        self.bytes += deed.bytes();
        self.kept.push_back((seq, deed));
    }

    /// That of this row.
    pub(super) fn get(&self, seq: u64) -> Option<Entry> {
        let at = self.kept.binary_search_by_key(&seq, |(seq, _)| *seq).ok()?;
        self.kept.get(at).map(|(_, deed)| deed.entry())
    }

    /// The oldest goes with its row.
    pub(super) fn drop_first(&mut self) {
        if let Some((_, deed)) = self.kept.pop_front() {
            self.bytes -= deed.bytes();
        }
    }

    /// Whether old ones have to go.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > BYTES_MAX
    }
}

fn file_bytes(e: &FileEvent) -> usize {
    let from = if let crate::event::Deed::Move { from } = &e.deed { from.len() } else { 0 };
    size_of::<FileEvent>() + e.path.len() + e.same_as.len() + from
}

/// About how many bytes an alert takes, what it was made by included.
pub(super) fn alert_bytes(e: &AlertEvent) -> usize {
    let rule = &e.rule;
    let words = rule.name.len() + rule.description.len() + rule.tags.iter().map(|tag| tag.len() + 24).sum::<usize>();
    let words = words + rule.false_alarms.len() + e.exe.len() + e.argv.iter().map(|arg| arg.len() + 24).sum::<usize>();
    let by = match e.event.as_deref() {
        Some(Event::File(e)) => file_bytes(e),
        Some(Event::Exec(e)) => e.filename.len() + e.cwd.len() + e.argv.iter().map(|arg| arg.len() + 24).sum::<usize>(),
        Some(_) => 256,
        None => 0,
    };
    size_of::<AlertEvent>() + size_of::<Event>() + words + e.by.len() + e.ancestors.len() * size_of::<Party>() + by
}
