//! How many signals, of which kind, from whom, how fast.
//!
//! Totals are exact: every signal event counts one, and what the kernel only counted (skipped by the filter, or lost)
//! is added as it is reported, so the sum over signals, the sum over senders and the total are always the same.
//! What failed and what was a probe never became a signal: it is counted beside the totals, not in them. So is what came
//! of signals: handlers that ran, processes that ended.
//! Rates are over event time, in whole seconds: the caller says what second it is.

pub use super::minute::SPARK_SECONDS;
use super::minute::{Minute, Pace};
use super::proc::Proc;
use crate::event::{AttemptEvent, Cause, Name, ProcKey, SendResult, SenderKey, SignalEvent};
use crate::signal::{self, Signal};
use rustc_hash::FxHashMap;

/// Why signals are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tally {
    /// A signal event.
    Sent(SendResult),
    /// Their records did not fit.
    Lost,
    /// The filter kept them in the kernel.
    Skipped,
    /// No signals: they failed, or were probes.
    Tried(SendResult),
}

/// Some signals to count.
pub(super) struct Counted {
    pub signal: Option<Signal>,
    pub sender: SenderKey,
    pub name: Name,
    pub uid: u32,
    pub mono_ns: u64,
    pub count: u64,
    pub tally: Tally,
}

impl Counted {
    /// A signal event, from a sender without a name.
    pub(super) fn one(e: &SignalEvent) -> Counted {
        Counted {
            signal: Some(e.signal),
            sender: e.sender_key(),
            name: Name::default(),
            uid: 0,
            mono_ns: e.mono_ns,
            count: 1,
            tally: Tally::Sent(e.result),
        }
    }

    /// An attempt of this process.
    pub(super) fn tried(e: &AttemptEvent, by: &Proc) -> Counted {
        Counted {
            signal: e.signal(),
            sender: SenderKey::Process(by.key),
            name: by.name,
            uid: by.uid,
            mono_ns: e.mono_ns,
            count: 1,
            tally: Tally::Tried(e.result()),
        }
    }
}

/// How many of each of a few signals: most senders send no more than these, next to their other counts.
#[derive(Clone, Debug, Default)]
struct BySignal {
    few: [Option<Signal>; 4],
    counts: [u64; 4],
    more: Vec<(Signal, u64)>,
}

impl BySignal {
    fn add(&mut self, signal: Signal, count: u64) {
        let cell = match self.few.iter().position(|s| s.is_none_or(|s| s == signal)) {
            Some(at) => {
                self.few[at] = Some(signal);
                &mut self.counts[at]
            }
            None => self.more_of(signal),
        };
        *cell = cell.saturating_add(count);
    }

    #[cold]
    fn more_of(&mut self, signal: Signal) -> &mut u64 {
        let known = self.more.iter().position(|(s, _)| *s == signal);
        let at = known.unwrap_or_else(|| {
            self.more.push((signal, 0));
            self.more.len() - 1
        });
        &mut self.more[at].1
    }

    fn iter(&self) -> impl Iterator<Item = (Signal, u64)> {
        let few = self.few.iter().zip(self.counts).filter_map(|(signal, count)| Some(((*signal)?, count)));
        few.chain(self.more.iter().copied())
    }
}

/// The counts of one signal.
#[derive(Clone, Debug)]
pub struct SignalCount {
    /// All of them: events, skipped and lost.
    pub total: u64,
    /// Those whose records did not fit.
    pub lost: u64,
    /// Those that the filter kept in the kernel.
    pub skipped: u64,
    /// The events by what became of them, in the order of [`SendResult::ALL`]. Those that failed are not in `total`.
    pub results: [u64; 7],
    /// How often a handler ran for it, as far as deliveries were told.
    pub handled: u64,
    /// How many processes it ended, whatever is filtered.
    pub killed: u64,
    minute: Minute,
}

impl SignalCount {
    const NONE: SignalCount =
        SignalCount { total: 0, lost: 0, skipped: 0, results: [0; 7], handled: 0, killed: 0, minute: Minute::NONE };

    fn add(&mut self, counted: &Counted) {
        let part = match counted.tally {
            Tally::Sent(result) => &mut self.results[result as usize],
            Tally::Lost => &mut self.lost,
            Tally::Skipped => &mut self.skipped,
            Tally::Tried(_) => return,
        };
        *part = part.saturating_add(counted.count);
        self.total = self.total.saturating_add(counted.count);
        self.minute.add(counted.mono_ns, counted.count);
    }

    fn tried(&mut self, result: SendResult, count: u64) {
        let part = &mut self.results[result as usize];
        *part = part.saturating_add(count);
    }

    /// Whether there is anything to tell of it.
    pub fn is_used(&self) -> bool {
        self.total > 0 || self.killed > 0 || self.results.iter().any(|count| *count > 0)
    }

    /// How many in the last whole second.
    pub fn rate(&self, now_ns: u64) -> f64 {
        self.minute.rate(now_ns)
    }

    /// How many in each of the last 60 whole seconds, the newest last.
    pub fn spark(&self, now_ns: u64) -> [u32; SPARK_SECONDS] {
        self.minute.spark(now_ns)
    }
}

/// The counts of one sender.
#[derive(Clone, Debug)]
pub struct SenderCount {
    /// Who.
    pub key: SenderKey,
    /// The process's name when it last sent; empty for the kernel, and where it was never told.
    pub name: Name,
    /// Its effective user id then.
    pub uid: u32,
    /// How many it sent, with those that were only counted in the kernel.
    pub total: u64,
    /// How many it tried to send, in vain; not in `total`.
    pub failed: u64,
    /// How often it only asked, by signal 0; not in `total`.
    pub probes: u64,
    /// How many processes ended by what it sent.
    pub killed: u64,
    by_signal: BySignal,
    pace: Pace,
}

impl SenderCount {
    fn new(key: SenderKey) -> SenderCount {
        SenderCount {
            key,
            name: Name::default(),
            uid: 0,
            total: 0,
            failed: 0,
            probes: 0,
            killed: 0,
            by_signal: BySignal::default(),
            pace: Pace::default(),
        }
    }

    fn add(&mut self, counted: &Counted) {
        self.total = self.total.saturating_add(counted.count);
        self.is_called(counted);
        if let Some(signal) = counted.signal {
            self.by_signal.add(signal, counted.count);
        }
        self.pace.add(counted.mono_ns, counted.count);
    }

    fn tried(&mut self, result: SendResult, counted: &Counted) {
        let part = if result == SendResult::Probe { &mut self.probes } else { &mut self.failed };
        *part = part.saturating_add(counted.count);
        self.is_called(counted);
    }

    fn is_called(&mut self, counted: &Counted) {
        if !counted.name.is_empty() {
            (self.name, self.uid) = (counted.name, counted.uid);
        }
    }

    /// Takes over what `other` counted.
    fn swallow(&mut self, other: &SenderCount) {
        self.total = self.total.saturating_add(other.total);
        self.failed = self.failed.saturating_add(other.failed);
        self.probes = self.probes.saturating_add(other.probes);
        self.killed = self.killed.saturating_add(other.killed);
        other.by_signal.iter().for_each(|(signal, n)| self.by_signal.add(signal, n));
    }

    /// How many in the last whole second.
    pub fn rate(&self, now_ns: u64) -> f64 {
        self.pace.rate(now_ns)
    }

    /// How many in each of the last 60 whole seconds, the newest last; to a 256th, but for the last two in which it sent.
    pub fn spark(&self, now_ns: u64) -> [u32; SPARK_SECONDS] {
        self.pace.spark(now_ns)
    }

    /// How many of each signal, in no order. Fewer than `total` where the kernel did not say which.
    pub fn by_signal(&self) -> impl Iterator<Item = (Signal, u64)> {
        self.by_signal.iter()
    }

    /// The signal it sent most.
    pub fn top(&self) -> Option<Signal> {
        self.by_signal().max_by_key(|(signal, n)| (*n, std::cmp::Reverse(*signal))).map(|(signal, _)| signal)
    }
}

/// All counts.
pub struct Counters {
    total: u64,
    failed: u64,
    probes: u64,
    /// By number; the first is for those whose number is not known.
    signals: Box<[SignalCount; signal::MAX as usize + 1]>,
    senders: Vec<SenderCount>,
    index: FxHashMap<SenderKey, u32>,
    senders_max: usize,
}

impl Counters {
    pub(super) fn new(senders_max: usize) -> Counters {
        Counters {
            total: 0,
            failed: 0,
            probes: 0,
            signals: Box::new([SignalCount::NONE; signal::MAX as usize + 1]),
            senders: Vec::new(),
            index: FxHashMap::default(),
            senders_max: senders_max.max(16),
        }
    }

    /// Every signal that there ever was: events, skipped and lost.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Every send that failed, whatever its number.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Every probe.
    pub fn probes(&self) -> u64 {
        self.probes
    }

    /// How many in the last whole second.
    pub fn rate(&self, now_ns: u64) -> f64 {
        self.signals.iter().map(|count| count.rate(now_ns)).sum()
    }

    /// How many in each of the last 60 whole seconds, the newest last.
    pub fn spark(&self, now_ns: u64) -> [u32; SPARK_SECONDS] {
        let mut sum = [0u32; SPARK_SECONDS];
        for count in self.signals.iter().filter(|count| count.total > 0) {
            let seconds = sum.iter_mut().zip(count.spark(now_ns));
            seconds.for_each(|(sum, n)| *sum = sum.saturating_add(n));
        }
        sum
    }

    /// The counts of a signal.
    pub fn by_signal(&self, signal: Signal) -> &SignalCount {
        &self.signals[signal.number() as usize]
    }

    /// The counts of signals whose number is not known: lost, and not told apart in the kernel.
    pub fn unknown_signal(&self) -> &SignalCount {
        &self.signals[0]
    }

    /// The signals that were seen, counted or tried, by number.
    pub fn signals(&self) -> impl Iterator<Item = (Signal, &SignalCount)> {
        Signal::all().map(|s| (s, self.by_signal(s))).filter(|(_, count)| count.is_used())
    }

    /// The senders, in no order.
    pub fn senders(&self) -> impl Iterator<Item = &SenderCount> {
        self.senders.iter()
    }

    /// The counts of a sender.
    pub fn by_sender(&self, key: &SenderKey) -> Option<&SenderCount> {
        self.index.get(key).and_then(|at| self.senders.get(*at as usize))
    }

    /// Counts. `hint` is where the sender's counts were the last time, and is kept right.
    pub(super) fn add(&mut self, counted: &Counted, hint: &mut u32) {
        if let Tally::Tried(result) = counted.tally {
            return self.tried(result, counted, hint);
        }
        self.total = self.total.saturating_add(counted.count);
        self.signals[counted.signal.map_or(0, Signal::number) as usize].add(counted);
        self.sender(counted.sender, hint).add(counted);
    }

    #[cold]
    fn tried(&mut self, result: SendResult, counted: &Counted, hint: &mut u32) {
        let part = if result == SendResult::Probe { &mut self.probes } else { &mut self.failed };
        *part = part.saturating_add(counted.count);
        if let Some(signal) = counted.signal {
            self.signals[signal.number() as usize].tried(result, counted.count);
        }
        self.sender(counted.sender, hint).tried(result, counted);
    }

    /// A handler ran.
    pub(super) fn handled(&mut self, signal: Signal) {
        self.signals[signal.number() as usize].handled += 1;
    }

    /// A process ended by a signal, and who sent that, where it is known.
    pub(super) fn killed(&mut self, signal: Signal, cause: Option<&Cause>) {
        self.signals[signal.number() as usize].killed += 1;
        let Some(cause) = cause else { return };
        let sender = self.sender(cause.sender_key(), &mut 0);
        sender.killed += 1;
        if let (Some(party), true) = (&cause.sender, sender.name.is_empty()) {
            (sender.name, sender.uid) = (party.name, party.uid);
        }
    }

    fn sender(&mut self, key: SenderKey, hint: &mut u32) -> &mut SenderCount {
        if self.senders.get(*hint as usize).is_none_or(|sender| sender.key != key) {
            *hint = self.place(key);
        }
        &mut self.senders[*hint as usize]
    }

    fn place(&mut self, key: SenderKey) -> u32 {
        *self.index.entry(key).or_insert_with(|| {
            self.senders.push(SenderCount::new(key));
            self.senders.len() as u32 - 1
        })
    }

    /// Whether there are more senders than may be counted apart.
    pub(super) fn is_crowded(&self) -> bool {
        self.senders.len() > self.senders_max
    }

    /// Folds the least used eighth of the processes into [`SenderKey::Others`], the dead first.
    pub(super) fn fold_least(&mut self, is_alive: impl Fn(&ProcKey) -> bool) {
        let worth = |s: &SenderCount| match s.key {
            SenderKey::Process(key) => (1 + u8::from(is_alive(&key)), s.total),
            _ => (3, s.total),
        };
        let mut senders = std::mem::take(&mut self.senders);
        senders.sort_by_cached_key(worth);
        let least = senders.len() - self.senders_max + self.senders_max / 8;
        let kept = senders.split_off(least);
        self.index = kept.iter().enumerate().map(|(at, s)| (s.key, at as u32)).collect();
        self.senders = kept;
        let others = self.place(SenderKey::Others) as usize;
        let others = &mut self.senders[others];
        senders.iter().for_each(|s| others.swallow(s));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn counted(sender: SenderKey, signal: Signal, mono_ns: u64, count: u64) -> Counted {
        let tally = Tally::Skipped;
        Counted { signal: Some(signal), sender, name: Name::default(), uid: 0, mono_ns, count, tally }
    }

    fn process(pid: u32) -> SenderKey {
        SenderKey::Process(ProcKey { pid, start_ns: 1 })
    }

    #[test]
    fn rates_are_of_the_last_whole_second_and_fall_to_nothing() {
        let mut counters = Counters::new(100);
        let at = |tenths: u64| tenths * SECOND / 10;
        for (time, count) in [(at(100), 3), (at(109), 4), (at(111), 2)] {
            counters.add(&counted(process(1), Signal::TERM, time, count), &mut 0);
        }
        let sender = counters.by_sender(&process(1)).unwrap();
        for (now, rate) in [(at(105), 0.0), (at(112), 7.0), (at(120), 2.0), (at(130), 0.0), (at(9999), 0.0), (0, 0.0)] {
            assert_eq!(counters.rate(now), rate, "at {now}");
            assert_eq!(counters.by_signal(Signal::TERM).rate(now), rate);
            assert_eq!(sender.rate(now), rate);
            assert_eq!(counters.by_signal(Signal::KILL).rate(now), 0.0);
        }
        let spark = counters.spark(at(135));
        assert_eq!(spark[SPARK_SECONDS - 4..], [0, 7, 2, 0]);
        assert_eq!(spark.iter().sum::<u32>(), 9);
    }

    #[test]
    fn the_least_used_dead_are_folded_and_the_total_stays() {
        let mut counters = Counters::new(16);
        for pid in 1..=17 {
            counters.add(&counted(process(pid), Signal::TERM, 0, 100 - u64::from(pid)), &mut 0);
        }
        counters.add(&counted(SenderKey::Kernel(crate::event::Origin::Oom), Signal::KILL, 0, 1), &mut 0);
        assert!(counters.is_crowded());
        counters.fold_least(|key| key.pid > 8);
        let kept = |pid| counters.by_sender(&process(pid)).is_some();
        assert!((1..=4).all(kept) && (9..=17).all(kept), "the most used dead and the living stay");
        assert_eq!(counters.by_sender(&SenderKey::Others).map(|s| s.total), Some(95 + 94 + 93 + 92));
        assert_eq!(counters.by_sender(&SenderKey::Others).and_then(SenderCount::top), Some(Signal::TERM));
        assert!(counters.by_sender(&SenderKey::Kernel(crate::event::Origin::Oom)).is_some());
        assert_eq!(counters.senders().map(|s| s.total).sum::<u64>(), counters.total);
    }

    #[test]
    fn a_sender_of_many_signals_keeps_them_apart() {
        let mut counters = Counters::new(16);
        for signal in Signal::all() {
            counters.add(&counted(process(1), signal, 0, u64::from(signal.number())), &mut 0);
        }
        let sender = counters.by_sender(&process(1)).unwrap();
        assert_eq!(
            sender.by_signal().map(|(signal, n)| u64::from(signal.number()) == n).filter(|same| *same).count(),
            64
        );
        assert_eq!(sender.top(), Signal::new(64));
    }
}
