//! The counters in the order in which they are shown: by total, the largest first.
//!
//! They are taken out of the model once in a while, not for every picture: ten thousand senders are a long list.

use super::sort::{Sort, Turn};
use crate::event::{Name, SenderKey};
use crate::model::{Model, SenderCount, SignalCount};
use crate::signal::{Signal, SignalSet};
use crate::ui::list::{Step, Window};
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
    /// Those that came one by one, in the order of [`crate::event::SendResult::ALL`].
    pub results: [u64; 7],
    /// Those whose records did not fit.
    pub lost: u64,
    /// Those that the kernel did not send.
    pub skipped: u64,
}

/// A line of the panel by sender.
#[derive(Clone, Debug)]
pub struct SenderLine {
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
    /// Per second, now.
    pub rate: f64,
    /// How many of each signal, the most first.
    pub by_signal: Vec<(Signal, u64)>,
}

/// The columns of the panel by signal, as the view numbers them.
pub mod signal_column {
    /// The name; in the order of numbers.
    pub const SIGNAL: usize = 0;
    /// All that were counted.
    pub const TOTAL: usize = 1;
    /// Per second.
    pub const RATE: usize = 2;
    /// Those that can be sorted by.
    pub const ALL: [usize; 3] = [SIGNAL, TOTAL, RATE];
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
    /// Those that can be sorted by.
    pub const ALL: [usize; 4] = [SENDER, UID, TOTAL, RATE];
}

fn signal_order(column: usize, a: &SignalLine, b: &SignalLine) -> Ordering {
    // A signal whose number is not known comes last.
    let number = |line: &SignalLine| line.key.map_or(u8::MAX, Signal::number);
    let first = match column {
        signal_column::SIGNAL => Ordering::Equal,
        signal_column::RATE => b.rate.total_cmp(&a.rate),
        _ => b.total.cmp(&a.total),
    };
    first.then_with(|| number(a).cmp(&number(b)))
}

fn sender_order(column: usize, a: &SenderLine, b: &SenderLine) -> Ordering {
    let first = match column {
        sender_column::SENDER => a.name.as_str().cmp(b.name.as_str()),
        sender_column::UID => b.uid.cmp(&a.uid),
        sender_column::RATE => b.rate.total_cmp(&a.rate),
        _ => Ordering::Equal,
    };
    first.then(b.total.cmp(&a.total)).then(a.key.cmp(&b.key))
}

/// A list in rank order. Until a row is chosen the first one is selected, whichever that is.
#[derive(Debug)]
pub struct Ranking<L, K> {
    /// The lines, largest first.
    pub lines: Vec<L>,
    /// What part of them is shown.
    pub window: Window,
    /// How they are sorted.
    pub sort: Sort,
    chosen: Option<K>,
    key: fn(&L) -> K,
}

impl<L, K: Copy + PartialEq> Ranking<L, K> {
    fn new(sort: Sort, key: fn(&L) -> K) -> Ranking<L, K> {
        Ranking { lines: Vec::new(), window: Window::default(), sort, chosen: None, key }
    }

    fn put_in_order(&mut self, order: fn(usize, &L, &L) -> Ordering) {
        let Sort { column, reversed } = self.sort;
        self.lines.sort_by(|a, b| if reversed { order(column, b, a) } else { order(column, a, b) });
    }

    /// The selected line's key.
    pub fn selected(&self) -> Option<K> {
        self.lines.get(self.window.at).map(self.key)
    }

    /// Moves the selection.
    pub fn step(&mut self, step: Step, height: usize) {
        self.window.step(step, self.lines.len(), height);
        self.chosen = self.selected();
    }

    /// Moves the window.
    pub fn scroll(&mut self, rows: isize, height: usize) {
        self.window.scroll(rows, self.lines.len(), height);
        self.chosen = self.selected();
    }

    /// Selects the line at this position.
    pub fn choose(&mut self, at: usize) {
        self.window.at = at;
        self.chosen = self.selected();
    }

    /// Selects the row on this line of the panel.
    pub fn click(&mut self, line: usize, height: usize) {
        self.window.at = self.window.top + line;
        self.window.settle(self.lines.len(), height);
        self.chosen = self.selected();
    }

    /// After the size or the lines changed: the selection stays with what was chosen, whatever rank it has now.
    pub fn settle(&mut self, height: usize) {
        let chosen = |key| self.lines.iter().position(|line| (self.key)(line) == key);
        if let Some(at) = self.chosen.and_then(chosen) {
            self.window.at = at;
        }
        self.window.settle(self.lines.len(), height);
    }
}

/// What is counted, as of one moment.
pub struct CountersState {
    /// All signals.
    pub total: u64,
    /// All probes, which are none.
    pub probes: u64,
    /// Per second, now.
    pub rate: f64,
    /// Per second, in the last minute, the newest last.
    pub spark: [u32; SECONDS],
    /// By signal.
    pub signals: Ranking<SignalLine, Option<Signal>>,
    /// By sender: those that sent most.
    pub senders: Ranking<SenderLine, SenderKey>,
    /// How many senders there are in all.
    pub senders_count: usize,
    senders_ns: Option<u64>,
}

impl CountersState {
    /// The most senders that are listed.
    pub const SENDERS: usize = 500;
    /// How often the senders are put in order anew.
    const SENDERS_NS: u64 = 250_000_000;

    /// Nothing counted.
    pub fn new() -> CountersState {
        CountersState {
            total: 0,
            probes: 0,
            rate: 0.0,
            spark: [0; SECONDS],
            signals: Ranking::new(Sort::by(signal_column::TOTAL), |line| line.key),
            senders: Ranking::new(Sort::by(sender_column::TOTAL), |line| line.key),
            senders_count: 0,
            senders_ns: None,
        }
    }

    /// Takes the counts out of the model.
    pub fn refresh(&mut self, model: &Model, now_ns: u64) {
        let counters = &model.counters;
        self.total = counters.total();
        self.probes = counters.probes();
        self.rate = counters.rate(now_ns);
        self.spark = counters.spark(now_ns);
        self.signals.lines.clear();
        let known = counters.signals().map(|(signal, count)| (Some(signal), count));
        let unknown = Some((None, counters.unknown_signal())).filter(|(_, count)| count.total > 0);
        self.signals.lines.extend(known.chain(unknown).map(|(key, count)| signal_line(key, count, now_ns)));
        self.signals.put_in_order(signal_order);
        let due = self.senders_ns.is_none_or(|then| now_ns.abs_diff(then) >= Self::SENDERS_NS);
        if due || self.senders.lines.len() < Self::SENDERS {
            self.senders_ns = Some(now_ns);
            self.refresh_senders(model, now_ns);
        }
    }

    fn refresh_senders(&mut self, model: &Model, now_ns: u64) {
        let mut all: Vec<&SenderCount> = model.counters.senders().collect();
        self.senders_count = all.len();
        let rank = |count: &&SenderCount| (Reverse(count.total), count.key);
        if all.len() > Self::SENDERS {
            all.select_nth_unstable_by_key(Self::SENDERS, rank);
            all.truncate(Self::SENDERS);
        }
        all.sort_unstable_by_key(rank);
        self.senders.lines.clear();
        self.senders.lines.extend(all.into_iter().map(|count| sender_line(count, now_ns)));
        self.senders.put_in_order(sender_order);
    }

    /// Sorts the signals anew.
    pub fn sort_signals(&mut self, turn: Turn) {
        self.signals.sort = self.signals.sort.turned(turn, &signal_column::ALL);
        self.signals.put_in_order(signal_order);
    }

    /// Sorts the senders anew. They are the 500 that sent most, in whatever order.
    pub fn sort_senders(&mut self, turn: Turn) {
        self.senders.sort = self.senders.sort.turned(turn, &sender_column::ALL);
        self.senders.put_in_order(sender_order);
    }

    /// How many of these signals came one by one.
    pub fn came(&self, signals: SignalSet) -> u64 {
        let among = |line: &&SignalLine| line.key.is_some_and(|signal| signals.contains(signal));
        self.signals.lines.iter().filter(among).map(|line| line.results.iter().sum::<u64>()).sum()
    }
}

impl Default for CountersState {
    fn default() -> CountersState {
        CountersState::new()
    }
}

fn signal_line(key: Option<Signal>, count: &SignalCount, now_ns: u64) -> SignalLine {
    let SignalCount { total, lost, skipped, results, .. } = *count;
    SignalLine { key, total, rate: count.rate(now_ns), spark: count.spark(now_ns), results, lost, skipped }
}

fn sender_line(count: &SenderCount, now_ns: u64) -> SenderLine {
    let mut by_signal: Vec<(Signal, u64)> = count.by_signal().collect();
    by_signal.sort_unstable_by_key(|(signal, count)| (Reverse(*count), *signal));
    let SenderCount { key, name, uid, total, failed, probes, .. } = *count;
    SenderLine { key, name, uid, total, failed, probes, rate: count.rate(now_ns), by_signal }
}
