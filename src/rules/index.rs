//! Which rules an event meets: those of its kind, and of its signal. All others cost it nothing.

use super::rule::{By, Rule};
use crate::event::{Event, Kind, SendResult};
use crate::filter::Filter;
use crate::filter::wanted::asks_for;
use crate::signal::Signal;

/// Which rules an event meets.
#[derive(Default)]
pub struct Index {
    kinds: Vec<Vec<Meeting>>,
    /// By the number of the signal; at 0 those that have none of the 64.
    signals: Vec<Vec<Meeting>>,
    /// Rules that note paths, which moves change.
    pub follow_paths: Vec<usize>,
    /// Some rule counts by tree.
    pub asks_tree: bool,
}

/// A rule that an event meets.
#[derive(Clone, Copy)]
pub struct Meeting {
    /// Its place.
    pub rule: usize,
    /// It is the second step of the rule.
    pub is_then: bool,
    /// It asks for what failed by name.
    pub asks_failed: bool,
}

impl Index {
    /// Of rules in their order.
    pub fn of<'r>(rules: impl Iterator<Item = &'r Rule>) -> Index {
        let (kinds, signals) = (vec![Vec::new(); Kind::ALL.len()], vec![Vec::new(); 65]);
        let mut index = Index { kinds, signals, ..Index::default() };
        for (place, rule) in rules.enumerate() {
            // What follows comes first: an event may be the second step of what was, and the first of what comes.
            if let Some(then) = &rule.then {
                index.asks_tree |= then.same == By::Tree;
                index.add((place, true), &then.on, &then.filter);
            }
            index.asks_tree |= rule.folds_by() == Some(By::Tree);
            if rule.follows_paths() {
                index.follow_paths.push(place);
            }
            index.add((place, false), &rule.on, &rule.filter);
        }
        index
    }

    fn add(&mut self, (rule, is_then): (usize, bool), on: &[Kind], filter: &Filter) {
        for kind in on {
            let asks_failed = asks_for(filter, *kind, &[SendResult::Failed, SendResult::Probe]);
            let meeting = Meeting { rule, is_then, asks_failed };
            if *kind != Kind::Signal {
                self.kinds[*kind as usize].push(meeting);
                continue;
            }
            let signals = filter.signals();
            for (number, meetings) in self.signals.iter_mut().enumerate() {
                let signal = u8::try_from(number).ok().and_then(Signal::new);
                if signal.is_none_or(|signal| signals.contains(signal)) {
                    meetings.push(meeting);
                }
            }
        }
    }

    /// Those that this event meets, in their order; of one rule its second step first.
    pub fn meetings(&self, event: &Event) -> &[Meeting] {
        let of_signal = |number: usize| self.signals.get(number).map_or(&[][..], Vec::as_slice);
        match event {
            Event::Signal(signal) => of_signal(usize::from(signal.signal.number())),
            Event::Attempt(attempt) => of_signal(attempt.signal().map_or(0, |signal| usize::from(signal.number()))),
            // Threads are told only to those who ask for them: rules must not depend on that.
            Event::Fork(fork) if fork.is_thread() => &[],
            Event::Exit(exit) if exit.thread => &[],
            _ => self.kinds.get(event.kind() as usize).map_or(&[][..], Vec::as_slice),
        }
    }
}
