//! Why a process ended: every fact of it that the stream had, put together, and what was not seen.
//!
//! Facts only, each of an event or of a process as it was; nothing is guessed, and a gap is said. Pure data: [`lines`]
//! puts it into words, for the screen and for whoever prints it. Looks at the rows of one process, not at all rows.

mod asked;
mod because;
mod before;
mod gaps;
mod lines;
mod roads;
mod syscalls;
#[cfg(test)]
mod tests;

pub use because::came_of;
pub use gaps::{Gap, LATE_NS};
pub use lines::{Line, Teller, Tone, in_a_shell, lines, reasons, unseen, word};
pub use roads::{found, how, memory, reason};

use super::procs::Proc;
use super::{Entry, Model, Row};
use crate::event::{Cause, End, Header, Name, Party, ProcKey, SignalEvent, Tty};
use crate::signal::Signal;

/// How far back a request to end is still the reason for what came after it: more than anybody's patience (systemd's is
/// 90 s).
const PATIENCE_NS: u64 = 300_000_000_000;
/// How soon after such a request an exit is told together with it.
const SOON_NS: u64 = 60_000_000_000;
/// The most rows that are looked at, and the most ancestors.
const ROWS: usize = 2000;
const ANCESTORS: usize = 64;

/// Where facts are looked up: the model, or a picture of it that stands still.
pub trait Past {
    /// A process.
    fn proc(&self, key: &ProcKey) -> Option<&Proc>;
    /// The rows of signals from or to a process, newest first.
    fn about<'a>(&'a self, key: &'a ProcKey) -> Box<dyn Iterator<Item = Entry> + 'a>;
    /// The rows about the stream itself, newest first.
    fn notes(&self) -> Box<dyn Iterator<Item = &Entry> + '_>;
    /// What the stream said of itself.
    fn header(&self) -> &Header;
    /// Signals that a filter kept out: they are only counted.
    fn skipped(&self) -> u64;
    /// The time of the oldest row, where there were older ones.
    fn kept_from_ns(&self) -> Option<u64>;
}

impl Past for Model {
    fn proc(&self, key: &ProcKey) -> Option<&Proc> {
        self.procs.get(key)
    }

    fn about<'a>(&'a self, key: &'a ProcKey) -> Box<dyn Iterator<Item = Entry> + 'a> {
        let signals = self.log.about(key).filter(|seq| !self.log.is_no_signal(*seq));
        Box::new(signals.filter_map(|seq| self.log.get(seq)))
    }

    fn notes(&self) -> Box<dyn Iterator<Item = &Entry> + '_> {
        Box::new(self.log.notes().rev())
    }

    fn header(&self) -> &Header {
        &self.stream.header
    }

    fn skipped(&self) -> u64 {
        self.stream.skipped
    }

    fn kept_from_ns(&self) -> Option<u64> {
        let first = self.log.first();
        self.log.get(first).filter(|_| first > 0).map(|entry| entry.mono_ns())
    }
}

/// Who sent something, as it was then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sender {
    /// Who.
    pub party: Party,
    /// Its terminal.
    pub tty: Tty,
    /// Path of its cgroup; empty where it is not known.
    pub cgroup: Box<str>,
    /// Who made it, who made that, and so on: names and pids.
    pub ancestors: Vec<(Name, u32)>,
    /// Whether these are all, up to the first of all processes.
    pub is_whole: bool,
}

/// The signal that ended it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blame {
    /// By which road, with what.
    pub cause: Cause,
    /// Who sent it, where a process did.
    pub sender: Option<Sender>,
    /// The signal itself, where its row is still kept.
    pub event: Option<SignalEvent>,
}

/// What a process did that was asked to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Then {
    /// It stayed, and was killed.
    Stayed,
    /// It went by itself.
    Left,
    /// It sent the same signal, which is this, to itself, and died of that.
    Raised(Signal),
}

/// It had been asked to end before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// By this signal, of which that came.
    pub row: Row,
    /// What it did then.
    pub then: Then,
    /// Who sent it, where a process did.
    pub sender: Option<Sender>,
    /// So long before its end.
    pub before_ns: u64,
}

/// Signals of one kind that were sent at about the same time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The first of them.
    pub row: Row,
    /// Whom to; more than one only of those that the dead one sent.
    pub targets: Vec<Party>,
    /// How all of these ended, where that came of it.
    pub end: Option<End>,
}

/// Why a process ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Why {
    /// Which process.
    pub key: ProcKey,
    /// When and how it ended, if that was seen.
    pub end: Option<(u64, End)>,
    /// The signal that ended it, if one did and it was seen.
    pub blame: Option<Blame>,
    /// That it had been asked to end before.
    pub asked: Option<Asked>,
    /// What else it sent and was sent in its last seconds, oldest first.
    pub before: Vec<Group>,
    /// Path of its cgroup.
    pub cgroup: Box<str>,
    /// Of which architecture system calls are.
    pub arch: Box<str>,
    /// What was not seen.
    pub gaps: Vec<Gap>,
}

/// Puts together why a process ended; nothing for one that lives or is not known.
pub fn explain(past: &dyn Past, key: &ProcKey) -> Option<Why> {
    let proc = past.proc(key).filter(|proc| !proc.is_alive())?;
    let death = proc.death.as_deref();
    let cause = death.and_then(|death| death.cause);
    let rows = rows(past, key, death.map_or(u64::MAX, |death| death.mono_ns));
    let event = cause.and_then(|cause| rows.iter().find(|row| row.event.id == cause.id)).map(|row| row.event);
    let blame = cause.map(|cause| Blame {
        cause,
        sender: cause.sender.map(|party| sender(past, party, event.map_or(Tty::NONE, |e| e.sender_tty))),
        event,
    });
    let asked = death.and_then(|death| asked::asked(past, key, (death.mono_ns, death.end), cause.as_ref(), &rows));
    let told: Vec<u64> = cause.iter().map(|c| c.id).chain(asked.iter().map(|a| a.row.event.id)).collect();
    let before = death.map(|death| before::before(past, key, death.mono_ns, &told, &rows)).unwrap_or_default();
    let mut why = Why {
        key: *key,
        end: death.map(|death| (death.mono_ns, death.end)),
        blame,
        asked,
        before,
        cgroup: proc.program.cgroup.clone(),
        arch: past.header().arch.as_str().into(),
        gaps: Vec::new(),
    };
    why.gaps = gaps::gaps(past, &why);
    let last = rows.last().filter(|_| rows.len() == ROWS && why.asked.is_none());
    why.gaps.extend(last.map(|row| Gap::Forgotten(row.event.mono_ns)));
    Some(why)
}

/// The signals from and to it up to its end that may have a part in it, newest first.
fn rows(past: &dyn Past, key: &ProcKey, end_ns: u64) -> Vec<Row> {
    let from_ns = end_ns.saturating_sub(PATIENCE_NS);
    let near = past.about(key).take_while(|entry| entry.mono_ns() >= from_ns);
    let signals = near.filter_map(|entry| if let Entry::Signal(row) = entry { Some(row) } else { None });
    signals.filter(|row| row.event.mono_ns <= end_ns && !before::is_noise(row)).take(ROWS).collect()
}

fn sender(past: &dyn Past, party: Party, tty: Tty) -> Sender {
    let up = |proc: &Proc| [proc.born_of, proc.parent].iter().flatten().find_map(|key| past.proc(key));
    let proc = past.proc(&party.key);
    let ancestors = || std::iter::successors(proc.and_then(up), |proc| up(proc)).take(ANCESTORS);
    let first = ancestors().last().or(proc);
    // Those of the start are told with their parents, and of init and the first kernel thread there are none.
    let is_first = |proc: &Proc| proc.key.pid <= 2 || proc.told && proc.parent.is_none() && proc.born_of.is_none();
    // Above whom the maker is forgotten stands somebody else.
    let has_lost_its_maker = |proc: &Proc| proc.born_of.is_some_and(|maker| past.proc(&maker).is_none());
    Sender {
        is_whole: first.is_some_and(is_first) && !proc.into_iter().chain(ancestors()).any(has_lost_its_maker),
        party,
        tty: if tty.is_some() { tty } else { proc.map_or(Tty::NONE, |proc| proc.tty) },
        cgroup: proc.map(|proc| proc.program.cgroup.clone()).unwrap_or_default(),
        ancestors: ancestors().map(|proc| (proc.name, proc.key.pid)).collect(),
    }
}
