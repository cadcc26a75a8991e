//! The part of a stream that one file holds: how it begins, and how the next one would.
//!
//! A part is read without those before it: its header has the clock's offset of that moment, and then it tells who is
//! alive and which filter is in force. All that has the header's own time, so that whoever read the part before can
//! tell it from news.

use super::roster::Roster;
use crate::event::{Event, FilterEvent, Header};

/// How far a stream has come.
pub struct Part {
    header: Header,
    roster: Roster,
    filter: Option<Box<FilterEvent>>,
    last_ns: u64,
}

impl Part {
    /// The part that begins a stream, or what is left of it.
    pub fn first(header: Header) -> Part {
        Part { last_ns: header.mono_ns, header, roster: Roster::default(), filter: None }
    }

    /// What the file begins with.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Who is alive.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The time of the newest event.
    pub fn last_ns(&self) -> u64 {
        self.last_ns
    }

    /// Takes in what happened next.
    pub fn apply(&mut self, event: &Event) {
        self.last_ns = self.last_ns.max(event.mono_ns());
        match event {
            Event::Signal(_) | Event::Deliver(_) => {}
            Event::Filter(e) => self.filter = Some(e.clone()),
            // The next header's. This one's is told already: what is read after it follows the clock.
            Event::Clock(e) => self.header.offset_ns = e.offset_ns,
            event => self.roster.apply(event),
        }
    }

    /// From here on it is another part: its header, and what it tells first.
    pub fn begin_next(&mut self) -> (&Header, Vec<Event>) {
        self.header.part = self.header.part.saturating_add(1);
        self.header.mono_ns = self.last_ns;
        let filter = self.filter.clone().map(|filter| FilterEvent { mono_ns: self.last_ns, ..*filter });
        let mut events = self.roster.snapshot(self.last_ns);
        events.extend(filter.map(|filter| Event::Filter(Box::new(filter))));
        (&self.header, events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ClockEvent;
    use crate::model::tests::{key, seen};

    #[test]
    fn the_next_part_knows_what_this_one_knew() {
        let mut part = Part::first(Header { mono_ns: 5, began_ns: 5, offset_ns: 100, ..Header::default() });
        let filter = FilterEvent { mono_ns: 10, generation: 3, text: "sig:KILL".into() };
        part.apply(&Event::Seen(Box::new(seen(key(7, 7), None, 8))));
        part.apply(&Event::Filter(Box::new(filter.clone())));
        part.apply(&Event::Clock(ClockEvent { mono_ns: 20, offset_ns: 200 }));
        let (header, events) = part.begin_next();
        assert_eq!((header.part, header.began_ns, header.mono_ns, header.offset_ns), (1, 5, 20, 200));
        assert!(events.iter().all(|event| event.mono_ns() == 20));
        assert!(matches!(&events[..], [Event::Seen(who), Event::Filter(told)]
            if who.who.key == key(7, 7) && **told == FilterEvent { mono_ns: 20, ..filter }));
        assert_eq!(part.begin_next().0.part, 2);
    }
}
