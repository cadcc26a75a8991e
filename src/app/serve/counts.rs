//! How many events of which kind: what is said of those that somebody did not get.

use super::lines::Shown;
use crate::event::{CountEvent, Event, Kind};

/// Few kinds, in the order in which they were met.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Counts(Vec<(Option<Kind>, u64)>);

impl Counts {
    /// One more; what counts others stands for those.
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::Lost(others) | Event::Skipped(others) => self.add_many(others.kind, others.count),
            _ => self.add_many(Some(event.kind()), 1),
        }
    }

    /// All of these too.
    pub fn add_all(&mut self, other: &Counts) {
        other.0.iter().for_each(|(kind, count)| self.add_many(*kind, *count));
    }

    fn add_many(&mut self, kind: Option<Kind>, count: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, known)) => *known = known.saturating_add(count),
            None => self.0.push((kind, count)),
        }
    }

    /// What is left if these, which are a part of it, are taken away.
    pub fn without(&self, part: &Counts) -> Counts {
        let of = |kind| part.0.iter().find(|(known, _)| *known == kind).map_or(0, |(_, count)| *count);
        let left = self.0.iter().map(|(kind, count)| (*kind, count.saturating_sub(of(*kind))));
        Counts(left.filter(|(_, count)| *count > 0).collect())
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of all kinds.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |total, (_, count)| total.saturating_add(*count))
    }

    /// Tells of them, and begins anew.
    pub fn take(&mut self, mono_ns: u64) -> Vec<Event> {
        let lost =
            |(kind, count)| Event::Lost(CountEvent { mono_ns, kind, count, signal: None, sender: None, result: None, since_ns: None });
        std::mem::take(&mut self.0).into_iter().map(lost).collect()
    }
}

/// Of these events of a batch.
pub fn of(batch: &[Event], which: &[Shown]) -> Counts {
    let mut counts = Counts::default();
    which.iter().filter_map(|shown| batch.get(shown.at as usize)).for_each(|event| counts.add(event));
    counts
}

/// Whether it is one of those that come by the million. All others are kept where there is too little room: who does
/// not know of a process's life misjudges all that comes after.
pub fn is_bulk(event: &Event) -> bool {
    matches!(event, Event::Signal(_) | Event::Attempt(_) | Event::Deliver(_))
}
