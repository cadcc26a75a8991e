//! Whom one sender sent to, and what came of it: found in the rows of the log that are kept.
//!
//! Targets are not counted as signals come: there would be as many counts as pairs of processes. A walk over 100,000
//! packed rows takes about a millisecond, for only those of the sender are looked into: a row names its sender by a
//! number, and which numbers are his is found out first.

use super::log::Log;
use super::packed::{Packed, RowKind};
use super::row::Outcome;
use crate::event::{Aim, Name, ProcKey, SenderKey};
use crate::signal::Signal;
use rustc_hash::FxHashMap;

/// Whom something was meant for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TargetKey {
    /// A process.
    Process(ProcKey),
    /// Nobody who is known: a send that failed, as it was aimed.
    Aim(Aim),
}

/// What was sent to one target, in as many rows as are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TargetCount {
    /// To whom.
    pub key: TargetKey,
    /// Its name when the newest was sent; empty where not known.
    pub name: Name,
    /// Signals. Those that failed and probes are none.
    pub total: u32,
    /// When the newest was sent or tried.
    pub last_ns: u64,
    /// It died of these.
    pub killed: u32,
    /// Its handler ran, or a signalfd or sigwait took them.
    pub handled: u32,
    /// These stopped it, or made it go on.
    pub stopped: u32,
    /// These still wait.
    pub pending: u32,
    /// Nothing came of these: ignored, one with another that waited, or still waiting when it ended.
    pub ignored: u32,
    /// Its queue was full.
    pub overflow: u32,
    /// Sends that failed.
    pub failed: u32,
    /// Probes.
    pub probes: u32,
}

impl TargetCount {
    fn new(key: TargetKey) -> TargetCount {
        TargetCount {
            key,
            name: Name::default(),
            total: 0,
            last_ns: 0,
            killed: 0,
            handled: 0,
            stopped: 0,
            pending: 0,
            ignored: 0,
            overflow: 0,
            failed: 0,
            probes: 0,
        }
    }

    fn part(&mut self, outcome: Outcome) -> &mut u32 {
        match outcome {
            Outcome::Killed { .. } => &mut self.killed,
            Outcome::Handled { .. } | Outcome::Taken => &mut self.handled,
            Outcome::Stopped { .. } | Outcome::Continued { .. } => &mut self.stopped,
            Outcome::Pending | Outcome::InfoLost => &mut self.pending,
            Outcome::Default { .. } | Outcome::Ignored(_) | Outcome::Coalesced | Outcome::Unanswered => {
                &mut self.ignored
            }
            Outcome::Overflow => &mut self.overflow,
        }
    }

    fn add(&mut self, row: &Packed) {
        let part = match row.kind() {
            RowKind::Signal => {
                self.total += 1;
                self.part(row.outcome())
            }
            _ if row.is_probe() => &mut self.probes,
            _ => &mut self.failed,
        };
        *part += 1;
        self.last_ns = self.last_ns.max(row.mono_ns);
    }
}

impl Log {
    /// Whom `from` sent to, of one signal or of all, in the rows that are kept and come before `end`. In no order.
    pub fn targets(&self, from: SenderKey, signal: Option<Signal>, end: u64) -> Vec<TargetCount> {
        let faces = self.faces_read();
        let is_sender: Vec<bool> = match from {
            SenderKey::Process(key) => faces.keys().map(|face| face == key).collect(),
            SenderKey::Kernel(_) | SenderKey::Others => Vec::new(),
        };
        let is_from = |row: &Packed| match from {
            SenderKey::Process(_) => is_sender.get(row.sender_face()).copied().unwrap_or(false),
            SenderKey::Kernel(origin) => row.is_from_kernel(origin),
            SenderKey::Others => false,
        };
        let mut found = Found::default();
        let count = usize::try_from(end.saturating_sub(self.first())).unwrap_or(usize::MAX);
        for row in self.packed().take(count) {
            if signal.is_none_or(|signal| row.signal == Some(signal)) && is_from(row) && row.is_sent() {
                found.add(row);
            }
        }
        found.by_process(|face| faces.who(face))
    }
}

/// What was found so far: by the target's number in the rows, of which a process may have several.
#[derive(Default)]
struct Found {
    counts: Vec<TargetCount>,
    of_face: FxHashMap<u32, u32>,
    of_aim: FxHashMap<Aim, u32>,
}

impl Found {
    fn add(&mut self, row: &Packed) {
        let next = self.counts.len() as u32;
        let at = match row.target_face() {
            Some(face) => *self.of_face.entry(face).or_insert(next),
            None => match row.aim() {
                Some(aim) => *self.of_aim.entry(aim).or_insert(next),
                None => return,
            },
        };
        if at == next {
            self.counts.push(TargetCount::new(TargetKey::Aim(row.aim().unwrap_or(Aim::All))));
        }
        self.counts[at as usize].add(row);
    }

    /// The same by process: of several numbers the newest gives the name.
    fn by_process(self, who: impl Fn(u32) -> Option<(ProcKey, Name)>) -> Vec<TargetCount> {
        let mut counts = self.counts;
        for (face, at) in self.of_face {
            let count = &mut counts[at as usize];
            if let Some((key, name)) = who(face) {
                (count.key, count.name) = (TargetKey::Process(key), name);
            }
        }
        counts.sort_unstable_by_key(|count| match count.key {
            TargetKey::Process(key) => (key.pid, key.start_ns, count.last_ns),
            TargetKey::Aim(_) => (u32::MAX, u64::MAX, 0),
        });
        counts.dedup_by(|newer, count| {
            let is_same = matches!(count.key, TargetKey::Process(_)) && newer.key == count.key;
            if is_same {
                *count = merged(count, newer);
            }
            is_same
        });
        counts
    }
}

/// Both counts as one, with the newer's name.
fn merged(older: &TargetCount, newer: &TargetCount) -> TargetCount {
    TargetCount {
        total: older.total + newer.total,
        killed: older.killed + newer.killed,
        handled: older.handled + newer.handled,
        stopped: older.stopped + newer.stopped,
        pending: older.pending + newer.pending,
        ignored: older.ignored + newer.ignored,
        overflow: older.overflow + newer.overflow,
        failed: older.failed + newer.failed,
        probes: older.probes + newer.probes,
        ..*newer
    }
}
