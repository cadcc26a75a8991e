//! What a line of the counters says, taken out of the model, and by which columns two lines are compared.

use super::counters::CountersState;
use super::sort::Sort;
use crate::event::{Name, SendResult, SenderKey};
use crate::model::{Model, SenderCount, SignalCount};
use crate::signal::{self, Signal};
use std::cmp::{Ordering, Reverse};

/// How many seconds the graphs reach back.
pub const SECONDS: usize = 60;

/// A line of the panel by signal.
#[derive(Clone, Debug)]
pub struct SignalLine {
    /// Which; `None` for those whose number is not known.
    pub key: Option<Signal>,
    /// All that were counted.
    pub total: u64,
    /// Per second, now.
    pub rate: f64,
    /// Per second, in the last minute, the newest last.
    pub spark: [u32; SECONDS],
    /// Those that came one by one, in the order of [`SendResult::ALL`].
    pub results: [u64; 7],
    /// How often a handler ran.
    pub handled: u64,
    /// How many processes it ended.
    pub killed: u64,
    /// Those whose records did not fit.
    pub lost: u64,
    /// Those that the kernel did not send.
    pub skipped: u64,
}

impl SignalLine {
    /// Those with this result.
    pub fn of(&self, result: SendResult) -> u64 {
        self.results[result as usize]
    }

    /// Those that were counted in the kernel only.
    pub fn unseen(&self) -> u64 {
        self.skipped.saturating_add(self.lost)
    }
}

/// What is counted of a sender in numbers.
#[derive(Clone, Copy, Debug)]
pub struct SenderFigures {
    /// Who.
    pub key: SenderKey,
    /// Its name, if it is a process.
    pub name: Name,
    /// Its user.
    pub uid: u32,
    /// All that it sent.
    pub total: u64,
    /// What it tried to send, in vain.
    pub failed: u64,
    /// How often it only asked.
    pub probes: u64,
    /// How many processes ended by what it sent.
    pub killed: u64,
    /// Per second, now.
    pub rate: f64,
    /// The signal that it sent most.
    pub most: Option<Signal>,
    /// How many in the last minute.
    lately: u64,
}

/// A line of the panel by sender.
#[derive(Clone, Debug)]
pub struct SenderLine {
    /// Its numbers.
    pub figures: SenderFigures,
    /// How many of each signal, the most first.
    pub by_signal: Vec<(Signal, u64)>,
    /// Per second, in the last minute, the newest last.
    pub spark: [u32; SECONDS],
}

/// A sender's part of one signal.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Who.
    pub key: SenderKey,
    /// Its name, if it is a process.
    pub name: Name,
    /// Its user.
    pub uid: u32,
    /// How many of that signal.
    pub count: u64,
    /// All that it sent.
    pub total: u64,
}

/// The columns of the panel by signal, as the view numbers them.
pub mod signal_column {
    /// The name; in the order of numbers.
    pub const SIGNAL: usize = 0;
    /// All that were counted.
    pub const TOTAL: usize = 1;
    /// Per second.
    pub const RATE: usize = 2;
    /// Processes that it ended.
    pub const KILLED: usize = 3;
    /// Handlers that ran.
    pub const HANDLED: usize = 4;
    /// Thrown away.
    pub const IGNORED: usize = 5;
    /// One with another that waited.
    pub const COALESCED: usize = 6;
    /// Sends that failed.
    pub const FAILED: usize = 7;
    /// Counted in the kernel only.
    pub const UNSEEN: usize = 8;
    /// The last minute.
    pub const TREND: usize = 9;
}

/// The columns of the panel by sender, as the view numbers them.
pub mod sender_column {
    /// The name.
    pub const SENDER: usize = 0;
    /// The user.
    pub const UID: usize = 1;
    /// All that were sent.
    pub const TOTAL: usize = 2;
    /// Per second.
    pub const RATE: usize = 3;
    /// The signal that it sent most.
    pub const MOST: usize = 4;
    /// Processes that it ended.
    pub const KILLED: usize = 5;
    /// Sends that failed.
    pub const FAILED: usize = 6;
    /// The last minute.
    pub const TREND: usize = 7;
}

pub(super) fn signal_order(column: usize, a: &SignalLine, b: &SignalLine) -> Ordering {
    use signal_column::{COALESCED, FAILED, HANDLED, IGNORED, KILLED, RATE, SIGNAL, TREND, UNSEEN};
    // A signal whose number is not known comes last.
    let number = |line: &SignalLine| line.key.map_or(u8::MAX, Signal::number);
    let most = |of: fn(&SignalLine) -> u64| of(b).cmp(&of(a));
    let first = match column {
        SIGNAL => return number(a).cmp(&number(b)),
        RATE => b.rate.total_cmp(&a.rate),
        KILLED => most(|line| line.killed),
        HANDLED => most(|line| line.handled),
        IGNORED => most(|line| line.of(SendResult::Ignored)),
        COALESCED => most(|line| line.of(SendResult::Coalesced)),
        FAILED => most(|line| line.of(SendResult::Failed)),
        UNSEEN => most(SignalLine::unseen),
        TREND => most(|line| in_minute(&line.spark)),
        _ => Ordering::Equal,
    };
    first.then(most(|line| line.total)).then_with(|| number(a).cmp(&number(b)))
}

pub(super) fn sender_order(column: usize, a: &SenderFigures, b: &SenderFigures) -> Ordering {
    use sender_column::{FAILED, KILLED, MOST, RATE, SENDER, TREND, UID};
    let first = match column {
        SENDER => a.name.as_str().cmp(b.name.as_str()),
        UID => b.uid.cmp(&a.uid),
        RATE => b.rate.total_cmp(&a.rate),
        MOST => a.most.map_or(u8::MAX, Signal::number).cmp(&b.most.map_or(u8::MAX, Signal::number)),
        KILLED => b.killed.cmp(&a.killed),
        FAILED => b.failed.cmp(&a.failed),
        TREND => b.lately.cmp(&a.lately),
        _ => Ordering::Equal,
    };
    first.then(b.total.cmp(&a.total)).then(a.key.cmp(&b.key))
}

fn in_minute(spark: &[u32; SECONDS]) -> u64 {
    spark.iter().map(|n| u64::from(*n)).sum()
}

pub(super) fn signal_line(key: Option<Signal>, count: &SignalCount, now_ns: u64) -> SignalLine {
    let SignalCount { total, lost, skipped, results, handled, killed, .. } = *count;
    let (rate, spark) = (count.rate(now_ns), count.spark(now_ns));
    SignalLine { key, total, rate, spark, results, handled, killed, lost, skipped }
}

/// What is counted of a sender; what takes long to find out only if that is what the list is sorted by.
pub(super) fn figures(count: &SenderCount, now_ns: u64, sort: Sort) -> SenderFigures {
    let SenderCount { key, name, uid, total, failed, probes, killed, .. } = *count;
    let lately = if sort.column == sender_column::TREND { in_minute(&count.spark(now_ns)) } else { 0 };
    let most = if sort.column == sender_column::MOST { count.top() } else { None };
    SenderFigures { key, name, uid, total, failed, probes, killed, rate: count.rate(now_ns), most, lately }
}

pub(super) fn sender_line(figures: SenderFigures, count: &SenderCount, now_ns: u64) -> SenderLine {
    let mut by_signal: Vec<(Signal, u64)> = count.by_signal().collect();
    by_signal.sort_unstable_by_key(|(signal, count)| (Reverse(*count), *signal));
    let most = by_signal.first().map(|(signal, _)| *signal);
    SenderLine { figures: SenderFigures { most, ..figures }, by_signal, spark: count.spark(now_ns) }
}

/// A sender's part of a signal, where it has one; of those whose number is not known, what no number accounts for.
pub(super) fn part(count: &SenderCount, signal: Option<Signal>) -> Option<Part> {
    let SenderCount { key, name, uid, total, .. } = *count;
    part_in(Part { key, name, uid, count: 0, total }, count.by_signal(), signal)
}

/// The same of a line.
pub(super) fn part_of(line: &SenderLine, signal: Option<Signal>) -> Option<Part> {
    let SenderFigures { key, name, uid, total, .. } = line.figures;
    part_in(Part { key, name, uid, count: 0, total }, line.by_signal.iter().copied(), signal)
}

fn part_in(part: Part, mut by_signal: impl Iterator<Item = (Signal, u64)>, signal: Option<Signal>) -> Option<Part> {
    let count = match signal {
        Some(signal) => by_signal.find(|(s, _)| *s == signal).map_or(0, |(_, n)| n),
        None => part.total.saturating_sub(by_signal.map(|(_, n)| n).sum()),
    };
    (count > 0).then_some(Part { count, ..part })
}

/// By the number of each signal, who sent most of it.
pub(super) fn top_senders(model: &Model) -> Vec<Vec<Part>> {
    let mut top: Vec<Vec<Part>> = vec![Vec::new(); usize::from(signal::MAX) + 1];
    for sender in model.counters.senders() {
        let SenderCount { key, name, uid, total, .. } = *sender;
        let mut rest = total;
        let mut put = |number: u8, count: u64| {
            let top = &mut top[usize::from(number)];
            let at = top.iter().position(|part| part.count < count).unwrap_or(top.len());
            if count > 0 && at < CountersState::TOP {
                top.truncate(CountersState::TOP - 1);
                top.insert(at, Part { key, name, uid, count, total });
            }
        };
        for (signal, count) in sender.by_signal() {
            put(signal.number(), count);
            rest = rest.saturating_sub(count);
        }
        put(0, rest);
    }
    top
}
