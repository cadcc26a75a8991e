//! Events as JSON Lines, each turned into text at most once, however many clients get it.

use crate::clock::{Clock, TimeStyle};
use crate::event::{Event, ExitEvent, Header};
use crate::sink::{Sink, json::Json};
use std::borrow::Cow;
use std::rc::Rc;

/// Whole lines that go to a client together.
#[derive(Default)]
pub struct Chunk {
    /// The lines.
    pub bytes: Vec<u8>,
    /// They say who is alive: made once for many, they take no room of a client's own.
    pub is_snapshot: bool,
}

/// Turns events into lines.
pub struct Lines {
    json: Json<Vec<u8>>,
    clock: Clock,
    /// Where the line of each event of the batch is; from 0 to 0: not made yet.
    places: Vec<(usize, usize)>,
}

impl Lines {
    /// For a stream with this header.
    pub fn new(header: &Header) -> Lines {
        let clock = Clock::new(TimeStyle::Utc, header.mono_ns, header.offset_ns);
        let mut lines = Lines { json: Json::new(Vec::new()), clock, places: Vec::new() };
        lines.header(header);
        lines
    }

    /// The line of a header; from here on, times are by its clock.
    pub fn header(&mut self, header: &Header) -> Rc<Chunk> {
        let kept = std::mem::take(self.json.get_mut());
        let _ = self.json.header(header); // a vector takes everything
        Rc::new(Chunk { bytes: std::mem::replace(self.json.get_mut(), kept), is_snapshot: false })
    }

    /// A time as lines have it.
    pub fn time(&mut self, mono_ns: u64) -> String {
        let mut time = String::new();
        self.clock.write_rfc3339(&mut time, mono_ns);
        time
    }

    /// Of these events, which are not of the batch.
    pub fn of(&mut self, events: &[Event]) -> Rc<Chunk> {
        let kept = std::mem::take(self.json.get_mut());
        for event in events {
            let _ = self.json.event(event); // into memory: it cannot fail
        }
        let bytes = std::mem::replace(self.json.get_mut(), kept);
        Rc::new(Chunk { bytes, is_snapshot: false })
    }

    /// From here on, lines are those of this batch.
    pub fn begin(&mut self, batch: &[Event]) {
        self.json.get_mut().clear();
        self.places.clear();
        self.places.resize(batch.len(), (0, 0));
        if let Some(offset_ns) = set_clock(batch) {
            self.clock.set_offset(offset_ns);
            // The time of a line depends on whether it stands before or behind the setting of the clock.
            batch.iter().enumerate().for_each(|(i, event)| {
                self.line(i, event);
            });
        }
    }

    /// Where the line of the batch's event number `i` is.
    fn line(&mut self, i: usize, event: &Event) -> (usize, usize) {
        let Some(place) = self.places.get_mut(i) else { return (0, 0) };
        if place.1 == 0 {
            let start = self.json.get_mut().len();
            let _ = self.json.event(event); // into memory: it cannot fail
            *place = (start, self.json.get_mut().len());
        }
        *place
    }

    /// The lines of those events of the batch that `which` names.
    pub fn some(&mut self, batch: &[Event], which: &[Shown]) -> Rc<Chunk> {
        let mut chunk = Chunk::default();
        for shown in which {
            match shown.of(batch) {
                None => {}
                Some(Cow::Owned(changed)) => chunk.bytes.extend_from_slice(&self.of(&[changed]).bytes),
                Some(Cow::Borrowed(event)) => {
                    let (start, end) = self.line(shown.at as usize, event);
                    chunk.bytes.extend_from_slice(self.json.get_mut().get(start..end).unwrap_or_default());
                }
            }
        }
        Rc::new(chunk)
    }
}

/// How far the clock was set ahead in this batch.
pub fn set_clock(batch: &[Event]) -> Option<i64> {
    batch.iter().rev().find_map(|event| if let Event::Clock(set) = event { Some(set.offset_ns) } else { None })
}

/// An event of a batch that a filter shows.
#[derive(Clone, Copy)]
pub struct Shown {
    /// Its number in the batch.
    pub at: u32,
    /// An exit's cause is not one that the filter kept back.
    pub with_cause: bool,
}

impl Shown {
    /// As it is shown.
    pub fn of<'a>(&self, batch: &'a [Event]) -> Option<Cow<'a, Event>> {
        let event = batch.get(self.at as usize)?;
        Some(match event {
            Event::Exit(exit) if !self.with_cause => Cow::Owned(Event::Exit(ExitEvent { cause: None, ..*exit })),
            _ => Cow::Borrowed(event),
        })
    }
}
