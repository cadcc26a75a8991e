//! A gap in a stream: what an output could not take, in numbers, so that it is never silent and totals stay exact.
//!
//! Events are counted by kind; signals by signal, sender and what came of a mere attempt. Counts that were in the
//! stream already are added up. Not lost are the deaths of processes that were there before the gap: they are kept,
//! for nothing else tells that somebody is gone; and the newest filter and clock, for they hold on. Bounded.

use super::roster::{Roster, is_life};
use crate::event::{CountEvent, Event, Kind, SendResult, SenderKey};
use crate::signal::Signal;
use rustc_hash::FxHashMap;

/// The most counts that are kept apart: of further senders it is only said that there were others.
const COUNTS_MAX: usize = 4096;
/// The most deaths that are kept.
const DEATHS_MAX: usize = 1 << 16;

/// What is counted apart.
type Counted = (Option<Kind>, Option<SendResult>, Option<Signal>, Option<SenderKey>);
type Counts = FxHashMap<Counted, u64>;

/// What did not fit since it began.
pub struct Gap {
    began_ns: u64,
    last_ns: u64,
    lost: Counts,
    skipped: Counts,
    deaths: Vec<Event>,
    filter: Option<Event>,
    clock: Option<Event>,
    has_lives: bool,
    total: u64,
}

impl Gap {
    /// A gap that begins at this time.
    pub fn new(began_ns: u64) -> Gap {
        Gap {
            began_ns,
            last_ns: began_ns,
            lost: Counts::default(),
            skipped: Counts::default(),
            deaths: Vec::new(),
            filter: None,
            clock: None,
            has_lives: false,
            total: 0,
        }
    }

    /// When it began.
    pub fn began_ns(&self) -> u64 {
        self.began_ns
    }

    /// How many events it swallowed so far.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How long it is, in nanoseconds.
    pub fn length_ns(&self) -> u64 {
        self.last_ns.saturating_sub(self.began_ns)
    }

    /// Whether something of the life of processes fell into it: who is alive must be told anew.
    pub fn has_lives(&self) -> bool {
        self.has_lives
    }

    /// This event falls into it.
    pub fn lose(&mut self, event: &Event) {
        self.last_ns = self.last_ns.max(event.mono_ns());
        self.has_lives |= is_life(event);
        match event {
            Event::Lost(e) => add(&mut self.lost, (e.kind, e.result, e.signal, e.sender), e.count),
            Event::Skipped(e) => add(&mut self.skipped, (e.kind, e.result, e.signal, e.sender), e.count),
            Event::Filter(_) => self.filter = Some(event.clone()),
            Event::Clock(_) => self.clock = Some(event.clone()),
            Event::Seen(_) => {} // a snapshot tells of it again
            Event::Exit(e) if !e.thread && e.who.key.start_ns < self.began_ns && self.deaths.len() < DEATHS_MAX => {
                self.deaths.push(event.clone());
            }
            _ => {
                self.total += 1;
                add(&mut self.lost, counted(event), 1);
            }
        }
    }

    /// A later gap of the same stream falls into it: as if its events did, one by one.
    pub fn lose_all(&mut self, later: &Gap) {
        self.last_ns = self.last_ns.max(later.last_ns);
        self.has_lives |= later.has_lives;
        self.total += later.total;
        later.deaths.iter().for_each(|death| self.lose(death));
        later.lost.iter().for_each(|(what, count)| add(&mut self.lost, *what, *count));
        later.skipped.iter().for_each(|(what, count)| add(&mut self.skipped, *what, *count));
        self.filter = later.filter.clone().or(self.filter.take());
        self.clock = later.clock.clone().or(self.clock.take());
    }

    /// What the stream goes on with: what was kept, what was lost, and who is alive now. The roster knows all of the gap.
    pub fn end(&self, roster: &Roster) -> Vec<Event> {
        let mut events = self.told();
        events.extend(roster.snapshot(self.last_ns));
        events
    }

    /// The same, but for who is alive.
    pub fn told(&self) -> Vec<Event> {
        let mut events: Vec<Event> = self.deaths.iter().chain(&self.filter).chain(&self.clock).cloned().collect();
        events.sort_by_key(Event::mono_ns);
        events.extend(told(&self.lost, self.began_ns, self.last_ns).map(Event::Lost));
        events.extend(told(&self.skipped, self.began_ns, self.last_ns).map(Event::Skipped));
        events
    }
}

fn counted(event: &Event) -> Counted {
    let kind = Some(event.kind());
    match event {
        Event::Signal(e) => (kind, None, Some(e.signal), Some(e.sender_key())),
        Event::Attempt(e) => (kind, Some(e.result()), e.signal(), Some(SenderKey::Process(e.sender.key))),
        Event::FailedExec(_) => (kind, Some(SendResult::Failed), None, None),
        _ => (kind, None, None, None),
    }
}

fn add(counts: &mut Counts, what: Counted, count: u64) {
    let (kind, result, signal, sender) = what;
    let is_known = counts.len() < COUNTS_MAX || counts.contains_key(&what);
    let sender = if is_known { sender } else { sender.map(|_| SenderKey::Others) };
    let sum = counts.entry((kind, result, signal, sender)).or_default();
    *sum = sum.saturating_add(count);
}

/// In a fixed order.
fn told(counts: &Counts, since_ns: u64, mono_ns: u64) -> impl Iterator<Item = CountEvent> + use<> {
    let mut counts: Vec<(Counted, u64)> = counts.iter().map(|(what, count)| (*what, *count)).collect();
    counts.sort_unstable();
    counts.into_iter().map(move |((kind, result, signal, sender), count)| CountEvent {
        mono_ns,
        kind,
        count,
        signal,
        sender,
        result,
        since_ns: Some(since_ns),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ClockEvent, FilterEvent, ProcKey};
    use crate::model::tests::{exit, key, seen, signal};
    use crate::model::{Limits, Model};
    use crate::source::synth::{Synth, header};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// The stream with a gap from one event to another.
    fn with_gap(events: &[Event], from: usize, to: usize) -> Vec<Event> {
        let mut roster = Roster::default();
        let mut told = events[..from].to_vec();
        events[..from].iter().for_each(|event| roster.apply(event));
        let mut gap = Gap::new(events[from].mono_ns());
        for event in &events[from..to] {
            roster.apply(event);
            gap.lose(event);
        }
        told.extend(gap.end(&roster));
        told.extend_from_slice(&events[to..]);
        told
    }

    fn model(events: &[Event]) -> Model {
        let mut model = Model::new(header(), Limits::default());
        events.iter().for_each(|event| model.apply(event));
        model
    }

    fn living(model: &Model) -> BTreeSet<(ProcKey, Option<ProcKey>)> {
        model.procs.iter().filter(|proc| proc.is_alive()).map(|proc| (proc.key, proc.parent)).collect()
    }

    /// How many there are of each kind, one by one or counted; what a gap need not count is left out.
    fn kinds(events: &[Event]) -> BTreeMap<Kind, u64> {
        let mut kinds = BTreeMap::new();
        for event in events.iter().filter(|event| event.kind() != Kind::Seen) {
            let (kind, count) = match event {
                Event::Lost(e) | Event::Skipped(e) => (e.kind.unwrap(), e.count),
                event => (event.kind(), 1),
            };
            *kinds.entry(kind).or_default() += count;
        }
        kinds
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn nothing_is_silent_and_nobody_forgotten(seed: u64, a in 0..7_999usize, b in 0..8_000usize) {
            let events: Vec<Event> = Synth::new(seed).take(8_000).collect();
            let told = with_gap(&events, a, b.max(a + 1));
            prop_assert_eq!(kinds(&told), kinds(&events));
            let (whole, gapped) = (model(&events), model(&told));
            prop_assert_eq!(living(&gapped), living(&whole));
            let total = |model: &Model| model.counters.total();
            prop_assert_eq!(total(&gapped), total(&whole));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// However it is cut into smaller ones.
        #[test]
        fn gaps_add_up(seed: u64, size in 1..999usize) {
            let events: Vec<Event> = Synth::new(seed).take(8_000).collect();
            let mut roster = Roster::default();
            let (mut whole, mut sum) = (Gap::new(events[4_000].mono_ns()), Gap::new(events[4_000].mono_ns()));
            for part in events[4_000..].chunks(size) {
                let mut gap = Gap::new(part[0].mono_ns());
                for event in part {
                    roster.apply(event);
                    whole.lose(event);
                    gap.lose(event);
                }
                sum.lose_all(&gap);
            }
            prop_assert_eq!((sum.end(&roster), sum.total()), (whole.end(&roster), whole.total()));
        }
    }

    #[test]
    fn counts_are_added_up_and_bounded() {
        let mut gap = Gap::new(0);
        for pid in 1..=10_000 {
            gap.lose(&Event::Signal(signal(1, Signal::TERM, Some(key(pid, 1)), key(1, 1))));
        }
        let before = CountEvent {
            mono_ns: 5,
            kind: Some(Kind::Signal),
            count: 7,
            signal: Some(Signal::TERM),
            sender: Some(SenderKey::Process(key(1, 1))),
            result: None,
            since_ns: None,
        };
        gap.lose(&Event::Lost(before));
        gap.lose(&Event::Skipped(before));
        let events = gap.end(&Roster::default());
        let sum = |is: fn(&Event) -> Option<u64>| events.iter().filter_map(is).sum::<u64>();
        assert_eq!(sum(|event| if let Event::Lost(e) = event { Some(e.count) } else { None }), 10_007);
        assert_eq!(sum(|event| if let Event::Skipped(e) = event { Some(e.count) } else { None }), 7);
        assert!(events.len() <= COUNTS_MAX + 2, "{}", events.len());
        assert_eq!(gap.total(), 10_000);
        let first = events.iter().find_map(|event| if let Event::Lost(e) = event { Some(e.count) } else { None });
        assert_eq!(first, Some(8), "the same signal of the same sender");
    }

    #[test]
    fn deaths_filter_and_clock_outlast_it() {
        let mut gap = Gap::new(100);
        let filter =
            |generation| Event::Filter(Box::new(FilterEvent { mono_ns: 120, generation, text: "sig:KILL".into() }));
        let clock = |offset_ns| Event::Clock(ClockEvent { mono_ns: 110, offset_ns });
        let (old, new) = (exit(key(7, 7), 130), exit(key(8, 105), 131));
        let known = Event::Seen(Box::new(seen(key(9, 9), None, 101)));
        let told = [filter(1), clock(5), filter(2), clock(6), Event::Exit(old), Event::Exit(new), known];
        told.iter().for_each(|event| gap.lose(event));
        let lost = CountEvent {
            mono_ns: 131,
            kind: Some(Kind::Exit),
            count: 1,
            signal: None,
            sender: None,
            result: None,
            since_ns: Some(100),
        };
        assert_eq!(gap.end(&Roster::default()), [clock(6), filter(2), Event::Exit(old), Event::Lost(lost)]);
        assert_eq!(gap.length_ns(), 31);
    }
}
