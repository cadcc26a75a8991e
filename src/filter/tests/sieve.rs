//! A filter on a stream: what passes is what `eval` says, deliveries follow their signals, and nothing is uncounted.

use super::super::*;
use super::events::*;
use super::{any_filter, users};
use crate::event::*;
use crate::signal::Signal;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

fn filter(text: &str) -> Filter {
    Filter::parse(text, &users).unwrap()
}

fn sieve(text: &str) -> Sieve {
    Sieve::new(filter(text), Narrows::All)
}

fn sent(id: u64, number: Signal, from: u32) -> Event {
    Event::Signal(signal(id, number, Some(party(from, 0, "a")), party(9, 0, "b")))
}

fn taken(id: u64, number: Signal) -> Event {
    Event::Deliver(deliver(Some(id), number, party(9, 0, "b")))
}

#[test]
fn a_delivery_follows_its_signal() {
    let mut sieve = sieve("from:1");
    assert!(sieve.pass(&sent(1, Signal::TERM, 1)));
    assert!(!sieve.pass(&sent(2, Signal::TERM, 2)));
    assert!(sieve.pass(&taken(1, Signal::TERM)));
    assert!(!sieve.pass(&taken(2, Signal::TERM)));
    // What is alone is judged alone: it has no sender.
    assert!(!sieve.pass(&taken(77, Signal::TERM)));
    assert!(!sieve.pass(&Event::Deliver(deliver(None, Signal::TERM, party(9, 0, "b")))));
    sieve.set(filter("to:b"));
    assert!(sieve.pass(&taken(77, Signal::TERM)));
    assert!(!sieve.pass(&taken(2, Signal::TERM)), "it was sent under the old filter");
}

#[test]
fn kinds_are_asked_of_the_delivery_itself() {
    let passes = |text: &str| {
        let mut sieve = sieve(text);
        (sieve.pass(&sent(1, Signal::TERM, 1)), sieve.pass(&taken(1, Signal::TERM)))
    };
    assert_eq!(passes("kind:deliver"), (false, true));
    assert_eq!(passes("kind:signal from:1"), (true, false));
    assert_eq!(passes("kind:deliver from:1"), (false, true));
    assert_eq!(passes("!kind:deliver from:2"), (false, false));
}

#[test]
fn verdicts_are_remembered_for_a_while() {
    let newest = judge::VERDICTS as u64;
    let mut sieve = sieve("from:1");
    sieve.pass(&sent(1, Signal::TERM, 1));
    sieve.pass(&sent(2, Signal::TERM, 1));
    sieve.pass(&sent(newest, Signal::TERM, 2));
    assert!(sieve.pass(&taken(1, Signal::TERM)));
    sieve.pass(&sent(newest + 1, Signal::TERM, 2));
    assert!(!sieve.pass(&taken(1, Signal::TERM)), "judged alone");
    assert!(sieve.pass(&taken(2, Signal::TERM)));
    sieve.set(filter("to:9"));
    assert!(sieve.pass(&taken(3, Signal::TERM)), "never decided, judged alone");
    assert!(!sieve.pass(&taken(newest, Signal::TERM)));
    sieve.set(filter("from:1"));
    sieve.pass(&sent(newest + 3, Signal::TERM, 1));
    sieve.pass(&sent(newest + 100, Signal::TERM, 1));
    sieve.pass(&sent(2 * newest + 5, Signal::TERM, 2));
    assert!(!sieve.pass(&taken(2 * newest + 3, Signal::TERM)), "another id had its place");
    sieve.set(filter("to:9"));
    sieve.pass(&sent(10 * newest, Signal::TERM, 2));
    assert!(sieve.pass(&taken(2 * newest + 5, Signal::TERM)), "forgotten");
    sieve.pass(&sent(u64::MAX, Signal::TERM, 2));
    assert!(sieve.pass(&taken(0, Signal::TERM)));
}

#[test]
fn process_events_pass_or_are_narrowed() {
    let begun = fork(key(1), party(2, 0, "a"));
    for (narrows, passes) in [(Narrows::All, false), (Narrows::Signals, true)] {
        let mut sieve = Sieve::new(filter("tree:5"), narrows);
        assert_eq!(sieve.pass(&begun), passes);
        assert!(sieve.pass(&fork(key(5), party(6, 0, "a"))));
        assert!(sieve.pass(&sent(1, Signal::TERM, 6)), "a child is in the tree before its first signal");
        assert!(of_the_stream().iter().all(|event| sieve.pass(event)));
    }
}

#[test]
fn what_the_filter_keeps_is_counted_within_bounds() {
    let mut sieve = sieve("!()");
    let senders = judge::PAIRS_MAX as u32 + 100;
    for id in 1..=2 * u64::from(senders) {
        assert!(!sieve.pass(&sent(id, Signal::TERM, id as u32 % senders + 1)));
    }
    let skipped = sieve.skipped(7);
    assert_eq!(skipped.len(), judge::PAIRS_MAX + 1);
    let counts = skipped.iter().map(|event| match event {
        Event::Skipped(CountEvent {
            mono_ns: 7, kind: Some(Kind::Signal), count, signal: Some(Signal::TERM), ..
        }) => *count,
        other => panic!("{other:?}"),
    });
    assert_eq!(counts.sum::<u64>(), 2 * u64::from(senders));
    assert!(
        skipped
            .iter()
            .any(|event| matches!(event, Event::Skipped(c) if c.sender == Some(SenderKey::Others) && c.count == 200))
    );
    assert!(sieve.skipped(8).is_empty());
}

#[test]
fn a_sieve_may_be_handed_to_another_thread() {
    fn sendable<T: Send>(_: &T) {}
    sendable(&sieve(""));
}

type Totals = BTreeMap<(Signal, SenderKey), u64>;

fn totals<'a>(events: impl IntoIterator<Item = &'a Event>) -> Totals {
    let mut totals = Totals::new();
    for event in events {
        match event {
            Event::Signal(s) => *totals.entry((s.signal, s.sender_key())).or_default() += 1,
            Event::Skipped(CountEvent { count, signal: Some(signal), sender: Some(sender), .. }) => {
                *totals.entry((*signal, *sender)).or_default() += count;
            }
            _ => {}
        }
    }
    totals
}

/// From one id to the next.
fn any_gap() -> impl Strategy<Value = u64> {
    let ring = judge::VERDICTS as u64;
    prop_oneof![4 => 1u64..3, 2 => 1u64..200, 1 => 1..ring + 2, 1 => ring - 2..ring + 2]
}

proptest! {
    /// The sieve is nothing but the pure function, applied in order.
    #[test]
    fn what_passes_is_what_the_filter_means(stream in any_stream(), before in any_filter(), after in any_filter(), flip in 0usize..60) {
        let mut sieve = Sieve::new(before.clone(), Narrows::All);
        let mut people = Census::default();
        let mut decided = HashMap::new();
        let mut out = Vec::new();
        for (at, event) in stream.iter().enumerate() {
            if at == flip {
                sieve.set(after.clone());
            }
            let filter = if at < flip { &before } else { &after };
            people.apply(event);
            let alone = matches(filter, event, &people);
            let expected = match event {
                Event::Signal(signal) => {
                    let as_delivery = eval::View { kind: Kind::Deliver, ..eval::View::of(event).unwrap() };
                    decided.insert(signal.id, as_delivery.shows(&filter.0, &people));
                    alone
                }
                Event::Deliver(delivery) => delivery.id.and_then(|id| decided.get(&id).copied()).unwrap_or(alone),
                Event::File(_) | Event::Connect(_) => alone && wanted::asked(filter).contains(&event.kind()),
                _ => alone,
            };
            prop_assert_eq!(sieve.pass(event), expected, "{:?}", event);
            out.extend(expected.then(|| event.clone()));
        }
        out.extend(sieve.skipped(1));
        prop_assert_eq!(totals(&out), totals(&stream));
    }

    #[test]
    fn everything_lets_everything_pass(stream in any_stream()) {
        for narrows in [Narrows::All, Narrows::Signals] {
            let mut sieve = Sieve::new(Filter::EVERYTHING, narrows);
            let is_fact = |event: &Event| matches!(event, Event::File(_) | Event::Connect(_));
            prop_assert!(stream.iter().all(|event| sieve.pass(event) != is_fact(event)), "facts are asked for by name");
            let mut all = Sieve::new(Filter::EVERYTHING, narrows).requesting(&Wanted::EVERYTHING);
            prop_assert!(stream.iter().all(|event| all.pass(event)));
            prop_assert!(sieve.skipped(1).is_empty());
        }
    }

    /// Of the newest ids every verdict is known, and of no other id there is one.
    #[test]
    fn verdicts_are_those_that_were_put_in(steps in prop::collection::vec((any_gap(), any::<bool>()), 1..40)) {
        let mut verdicts = judge::Verdicts::default();
        let mut model = BTreeMap::new();
        let mut id = 0;
        for (gap, passed) in steps {
            id += gap;
            verdicts.put(id, passed);
            model.insert(id, passed);
        }
        for near in model.keys().flat_map(|id| [*id, id + judge::VERDICTS as u64]).flat_map(|id| id.saturating_sub(70)..id + 70) {
            let known = model.get(&near).copied().filter(|_| id - near < judge::VERDICTS as u64);
            prop_assert_eq!(verdicts.get(near), known, "{}", near);
        }
    }

    /// Numbers that no source gives.
    #[test]
    fn any_numbers_are_survived(ids in prop::collection::vec(any::<u64>(), 0..20)) {
        let mut sieve = sieve("from:1");
        for id in ids {
            prop_assert!(sieve.pass(&sent(id, Signal::TERM, 1)));
            sieve.pass(&taken(id, Signal::TERM));
        }
    }
}
