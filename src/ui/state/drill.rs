//! How deep the panel by sender has gone: from a signal to its senders, from a sender to its targets.
//!
//! Who sent a signal, the model counts. Whom a sender sent to, it does not: that is found in the rows of the log that
//! are kept, a few times a second and only if something happened since. In a picture that stands still it is found
//! once, among the rows that came before.

use super::counted::{Part, part};
use super::ranking::Ranking;
use super::{Frozen, Subject};
use crate::event::{Name, SenderKey};
use crate::model::{Model, TargetCount, TargetKey};
use crate::signal::Signal;
use std::cmp::Ordering;

/// What one sender sent: of one signal or of all, to one target or to all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flow {
    /// Only of this signal.
    pub signal: Option<Signal>,
    /// Who sent.
    pub from: SenderKey,
    /// Only to this one.
    pub to: Option<TargetKey>,
}

/// What the panel by sender shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// All senders.
    All,
    /// Those of one signal; `None` for those whose number is not known.
    Senders(Option<Signal>),
    /// Whom one sender sent to, of one signal or of all.
    Targets(Option<Signal>, SenderKey),
}

/// The columns of the senders of one signal, as the view numbers them.
pub mod part_column {
    /// The name.
    pub const SENDER: usize = 0;
    /// The user.
    pub const UID: usize = 1;
    /// How many of that signal.
    pub const TOTAL: usize = 2;
    /// What part of all of them that is.
    pub const SHARE: usize = 3;
    /// How many of all signals.
    pub const ALL: usize = 4;
}

/// The columns of the targets, as the view numbers them.
pub mod target_column {
    /// The name.
    pub const TARGET: usize = 0;
    /// How many.
    pub const TOTAL: usize = 1;
    /// When the newest was sent.
    pub const LAST: usize = 2;
    /// What came of them; the worst first.
    pub const OUTCOME: usize = 3;
}

fn part_order(column: usize, a: &Part, b: &Part) -> Ordering {
    let first = match column {
        part_column::SENDER => a.name.as_str().cmp(b.name.as_str()),
        part_column::UID => b.uid.cmp(&a.uid),
        part_column::ALL => b.total.cmp(&a.total),
        _ => Ordering::Equal,
    };
    first.then(b.count.cmp(&a.count)).then(a.key.cmp(&b.key))
}

fn target_order(column: usize, a: &TargetCount, b: &TargetCount) -> Ordering {
    let worst = |t: &TargetCount| (t.killed, t.failed + t.overflow, t.pending, t.stopped, t.handled);
    let first = match column {
        target_column::TARGET => a.name.as_str().cmp(b.name.as_str()),
        target_column::LAST => b.last_ns.cmp(&a.last_ns),
        target_column::OUTCOME => worst(b).cmp(&worst(a)),
        _ => Ordering::Equal,
    };
    let most = (b.total + b.failed + b.probes).cmp(&(a.total + a.failed + a.probes));
    first.then(most).then_with(|| place(&a.key).cmp(&place(&b.key)))
}

/// Some order among targets that are alike otherwise.
fn place(key: &TargetKey) -> (u32, u64, String) {
    match key {
        TargetKey::Process(key) => (key.pid, key.start_ns, String::new()),
        TargetKey::Aim(aim) => (u32::MAX, 0, aim.to_string()),
    }
}

/// The panel by sender, where it has gone into something.
pub struct Drill {
    level: Level,
    /// Whether it came to the targets by way of a signal.
    by_signal: bool,
    /// The name of the sender whose targets are shown.
    pub name: Name,
    /// The senders of one signal.
    pub senders: Ranking<Part, SenderKey>,
    /// The targets of one sender.
    pub targets: Ranking<TargetCount, TargetKey>,
    /// In how many rows of the log the targets were found.
    pub rows: u64,
    /// When they were looked for, and the newest event then.
    walked: Option<(u64, u64)>,
}

impl Drill {
    /// How often targets are looked for.
    const WALK_NS: u64 = 250_000_000;

    pub(super) fn new() -> Drill {
        Drill {
            level: Level::All,
            by_signal: false,
            name: Name::default(),
            senders: Ranking::new(part_column::TOTAL, |part| part.key, part_order),
            targets: Ranking::new(target_column::TOTAL, |target| target.key, target_order),
            rows: 0,
            walked: None,
        }
    }

    /// What is shown.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Lines of the panel that are taken from its list, to say where it comes from.
    pub fn note_lines(&self) -> usize {
        usize::from(matches!(self.level, Level::Targets(..)))
    }

    /// What is selected.
    pub fn selected(&self) -> Option<Subject> {
        let flow = match self.level {
            Level::All => return None,
            Level::Senders(None) => return self.senders.selected().map(Subject::Sender),
            Level::Senders(signal) => Flow { signal, from: self.senders.selected()?, to: None },
            Level::Targets(signal, from) => Flow { signal, from, to: Some(self.targets.selected()?) },
        };
        Some(Subject::Flow(flow))
    }

    pub(super) fn enter_signal(&mut self, signal: Option<Signal>) {
        self.level = Level::Senders(signal);
        self.senders.clear();
    }

    /// Goes into a sender: to whom it sent to.
    pub fn enter_sender(&mut self, from: SenderKey, name: Name, model: &Model, now_ns: u64, frozen: Option<&Frozen>) {
        let (signal, by_signal) = match self.level {
            Level::Senders(signal) => (signal, true),
            _ => (None, false),
        };
        (self.level, self.by_signal, self.name) = (Level::Targets(signal, from), by_signal, name);
        self.targets.clear();
        self.walk(model, now_ns, frozen.map_or(u64::MAX, |frozen| frozen.log_end));
        if frozen.is_some() {
            self.walked = None; // anew as soon as the picture goes on
        }
    }

    /// One step back. Whether that leads out to the panel by signal.
    pub fn step_out(&mut self) -> bool {
        let is_out = matches!(self.level, Level::Senders(_));
        self.level = match self.level {
            Level::Targets(signal, _) if self.by_signal => Level::Senders(signal),
            _ => Level::All,
        };
        is_out
    }

    /// Time has passed.
    pub(super) fn refresh(&mut self, model: &Model, now_ns: u64) {
        let news = (now_ns, model.stream.last_ns);
        let is_due = |(then, last): (u64, u64)| now_ns.abs_diff(then) >= Self::WALK_NS && last != news.1;
        if !matches!(self.level, Level::Targets(..)) || self.walked.is_none_or(is_due) {
            self.refresh_now(model, now_ns);
        }
    }

    pub(super) fn refresh_now(&mut self, model: &Model, now_ns: u64) {
        match self.level {
            Level::All => {}
            Level::Senders(signal) => {
                self.senders.fill(model.counters.senders().filter_map(|count| part(count, signal)).collect());
            }
            Level::Targets(..) => self.walk(model, now_ns, u64::MAX),
        }
    }

    fn walk(&mut self, model: &Model, now_ns: u64, end: u64) {
        let Level::Targets(signal, from) = self.level else { return };
        self.walked = Some((now_ns, model.stream.last_ns));
        self.rows = end.min(model.log.end()).saturating_sub(model.log.first());
        self.targets.fill(model.log.targets(from, signal, end));
    }
}
