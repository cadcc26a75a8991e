//! Where events go, one line each: text for people ([`line`]), JSON for programs ([`json`]), frames of it for
//! recordings ([`record`]); what a stream that begins in the middle says first ([`roster`], [`part`]), and one that
//! was interrupted ([`gap`]); requests of alerts ([`webhook`]).
//!
//! A sink turns events into bytes and hands them to the writer it was given, one `write_all` an event. It does not
//! open, choose, buffer or filter: that is for whoever made it. Errors of the writer are returned as they are, so
//! that a closed pipe can be told from a full disk.

pub mod gap;
pub mod json;
pub mod line;
pub mod part;
pub mod record;
pub mod roster;
pub mod webhook;

use crate::event::{Event, Header};
use std::io;

/// Takes a stream: its header once, then its events in order.
pub trait Sink {
    /// What the stream says of itself. Comes before the first event.
    ///
    /// # Errors
    /// Those of the writer.
    fn header(&mut self, header: &Header) -> io::Result<()>;

    /// One event.
    ///
    /// # Errors
    /// Those of the writer.
    fn event(&mut self, event: &Event) -> io::Result<()>;

    /// Makes sure that everything so far has left the program.
    ///
    /// # Errors
    /// Those of the writer.
    fn flush(&mut self) -> io::Result<()>;
}

#[cfg(test)]
mod tests {
    use super::{Sink, json::Json, line::Line};
    use crate::clock::TimeStyle;
    use crate::event::{Event, FilterEvent, Header};
    use std::io::{self, Write};

    const EPIPE: i32 = 32;

    /// A pipe whose reader is gone.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(EPIPE))
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::Error::from_raw_os_error(EPIPE))
        }
    }

    #[test]
    fn a_closed_pipe_is_said_as_it_is() {
        let event = Event::Filter(Box::new(FilterEvent { mono_ns: 0, generation: 1, text: String::new() }));
        let sinks: [Box<dyn Sink>; 2] = [Box::new(Json::new(Closed)), Box::new(Line::new(Closed, TimeStyle::Utc))];
        for mut sink in sinks {
            for result in [sink.event(&event), sink.flush()] {
                assert_eq!(result.map_err(|e| e.raw_os_error()), Err(Some(EPIPE)));
            }
        }
        assert!(Json::new(Closed).header(&Header::default()).is_err());
    }
}
