//! JSON Lines: one event, one object, one line. What is in an object is said in [`crate::event::wire`].
//!
//! Signals and deliveries come by the million, so they are written by hand ([`hot`]), in the very bytes that the
//! wire's own description gives: a test holds the two together. Everything else goes the general way.

mod hot;

use super::Sink;
use crate::clock::{Clock, TimeStyle};
use crate::event::{Event, Header, wire::Wire};
use std::io::{self, Write};

/// Writes events as JSON Lines to `W`.
pub struct Json<W> {
    out: W,
    clock: Clock,
    time: String,
    line: Vec<u8>,
}

impl<W: Write> Json<W> {
    /// JSON Lines to `out`.
    pub fn new(out: W) -> Json<W> {
        Json { out, clock: Clock::new(TimeStyle::Utc, 0, 0), time: String::new(), line: Vec::new() }
    }

    /// What it writes to.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}

impl<W: Write> Sink for Json<W> {
    fn header(&mut self, header: &Header) -> io::Result<()> {
        self.clock = Clock::new(TimeStyle::Utc, header.mono_ns, header.offset_ns);
        let (mut time, mut boot_time) = (String::new(), String::new());
        self.clock.write_rfc3339(&mut time, header.mono_ns);
        self.clock.write_rfc3339(&mut boot_time, 0);
        self.line.clear();
        serde_json::to_writer(&mut self.line, &Wire::from_header(header, &time, &boot_time))?;
        self.end_line()
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Clock(e) = event {
            self.clock.set_offset(e.offset_ns);
        }
        self.time.clear();
        self.clock.write_rfc3339(&mut self.time, event.mono_ns());
        self.line.clear();
        match event {
            Event::Signal(e) => hot::signal(&mut self.line, e, &self.time),
            Event::Deliver(e) => hot::deliver(&mut self.line, e, &self.time),
            _ => serde_json::to_writer(&mut self.line, &Wire::from_event(event, &self.time))?,
        }
        self.end_line()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ClockEvent, wire::tests::any_event};
    use proptest::prelude::*;

    const NOON: i64 = 1_795_176_000_000_000_000; // 2026-11-20T12:00:00Z

    fn lines(header: &Header, events: &[Event]) -> String {
        let mut out = Vec::new();
        let mut sink = Json::new(&mut out);
        sink.header(header).unwrap();
        events.iter().for_each(|e| sink.event(e).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_stream_begins_with_its_header_and_follows_the_clock() {
        let header = Header { host: "web-1".into(), mono_ns: 7, began_ns: 7, offset_ns: NOON, ..Header::default() };
        let clock = Event::Clock(ClockEvent { mono_ns: 1_000_000_000, offset_ns: NOON + 1 });
        assert_eq!(
            lines(&header, &[clock]),
            concat!(
                r#"{"v":1,"type":"header","time":"2026-11-20T12:00:00.000000007Z","mono_ns":7,"version":"","host":"web-1","#,
                r#""kernel":"","arch":"","boot_id":"","began_ns":7,"part":0,"boot_time":"2026-11-20T12:00:00.000000000Z","#,
                r#""offset_ns":1795176000000000000,"#,
                r#""missing":[],"roads":[]}"#,
                "\n",
                r#"{"v":1,"type":"clock","time":"2026-11-20T12:00:01.000000001Z","mono_ns":1000000000,"#,
                r#""offset_ns":1795176000000000001}"#,
                "\n"
            )
        );
    }

    proptest! {
        #[test]
        fn every_line_reads_back_as_its_event(events in proptest::collection::vec(any_event(), 0..20)) {
            let shown = lines(&Header::default(), &events);
            prop_assert!(shown.ends_with('\n'));
            let read: Vec<Event> = shown
                .lines()
                .skip(1)
                .map(|line| serde_json::from_str::<Wire>(line).unwrap().to_event().unwrap())
                .collect();
            prop_assert_eq!(read, events);
        }
    }
}
