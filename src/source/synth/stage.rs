//! Where the plans of all stories come together: one order of time, one numbering of signals, one supply of pids,
//! one stream of chance.

use super::scene::Scene;
use crate::event::Event;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A story, with what it remembers from one telling to the next.
pub type Play = Box<dyn FnMut(&mut Scene) + Send>;

/// The number of a signal, which it gets when it comes out: a long story is planned long before others happen.
pub type Number = Arc<AtomicU64>;

/// splitmix64: small, and good enough for stories.
pub struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// `ns`, give or take 30 %.
    pub fn about(&mut self, ns: u64) -> u64 {
        self.between(ns - ns * 3 / 10, ns + ns * 3 / 10)
    }
}

/// Process and thread ids: rising, and after the last from the start again, leaving out those in use.
struct Pids {
    next: u32,
    used: HashSet<u32>,
}

impl Pids {
    const FIRST: u32 = super::cast::FIRST_PID;
    /// As on a small machine, so that a demo that runs for an hour shows pids that are used again.
    const LAST: u32 = 32_768;

    /// `count` ids in a row; the first of them.
    fn take(&mut self, count: u32) -> u32 {
        loop {
            if self.next + count > Self::LAST {
                self.next = Self::FIRST;
            }
            let row = self.next..self.next + count;
            self.next += 1;
            if row.clone().all(|pid| !self.used.contains(&pid)) {
                self.next = row.end;
                self.used.extend(row.clone());
                return row.start;
            }
        }
    }
}

/// What is planned and not yet told.
pub struct Stage {
    /// The chance of all stories.
    pub rng: Rng,
    /// The chance of what is told only on request, where it is told.
    pub facts: Option<Rng>,
    pids: Pids,
    /// By time, and of equal times by when it was planned. A signal, and what refers to one, with its number.
    plan: BTreeMap<(u64, u64), (Event, Option<Number>)>,
    planned: u64,
    signals: u64,
}

impl Stage {
    /// An empty stage with the chance of this seed.
    pub fn new(seed: u64) -> Stage {
        let pids = Pids { next: Pids::FIRST, used: HashSet::new() };
        Stage { rng: Rng(seed), facts: None, pids, plan: BTreeMap::new(), planned: 0, signals: 0 }
    }

    /// From now on what is told only on request is told.
    pub fn tell_facts(&mut self, seed: u64) {
        self.facts = Some(Rng(!seed));
    }

    /// Plans an event; `number` is that of the signal that it is or refers to.
    pub fn plan(&mut self, event: Event, number: Option<&Number>) {
        self.planned += 1;
        self.plan.insert((event.mono_ns(), self.planned), (event, number.cloned()));
    }

    /// When the earliest planned event happens.
    pub fn next_ns(&self) -> Option<u64> {
        self.plan.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes out the earliest event: a signal gets its number, and what refers to it knows it then.
    pub fn take(&mut self) -> Option<Event> {
        let (_, (mut event, number)) = self.plan.pop_first()?;
        let number = number.as_deref();
        match &mut event {
            Event::Signal(e) => {
                self.signals += 1;
                e.id = self.signals;
                if let Some(number) = number {
                    number.store(e.id, Relaxed);
                }
            }
            Event::Deliver(e) => e.id = number.map(|n| n.load(Relaxed)),
            Event::Exit(e) => {
                if let (Some(cause), Some(number)) = (&mut e.cause, number) {
                    cause.id = number.load(Relaxed);
                }
            }
            _ => {}
        }
        Some(event)
    }

    /// `count` new ids in a row; the first of them.
    pub fn take_pids(&mut self, count: u32) -> u32 {
        self.pids.take(count)
    }

    /// A process or thread is gone.
    pub fn give_back(&mut self, pid: u32) {
        self.pids.used.remove(&pid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pids_are_used_again_but_never_while_in_use() {
        let mut pids = Pids { next: Pids::LAST - 3, used: HashSet::from([Pids::FIRST + 1]) };
        assert_eq!(pids.take(2), Pids::LAST - 3);
        assert_eq!(pids.take(2), Pids::FIRST + 2, "a row that fits neither before nor around the one in use");
        assert_eq!(pids.take(1), Pids::FIRST + 4);
    }
}
