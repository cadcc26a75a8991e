//! What is copied, as text: events in the very lines that `sigtop log` would print.

use crate::event::{Event, Header};
use crate::model::Model;
use crate::sink::{Sink, json::Json, line::Line};
use crate::ui::{Copied, Ui};
use std::io;

/// The longest text that is given to a terminal, in bytes: some take no more (xterm: 100,000 as base64).
const TEXT_MAX: usize = 64 << 10;
/// How much of it is said.
const SAID: usize = 120;

/// What to give to the terminal; why that cannot be, in words.
pub fn text(what: Copied, ui: &Ui, model: &Model) -> Result<String, String> {
    let text = match what {
        Copied::Text(text) => text,
        Copied::Events { events, json } => {
            printed(&events, json, ui, model).map_err(|e| format!("it cannot be copied: {e}"))?
        }
    };
    if text.len() > TEXT_MAX {
        return Err(format!("too long to be copied: {} KiB", text.len() >> 10));
    }
    Ok(text)
}

/// `copied: [22:33:49.123] SIGNAL: ...`
pub fn said(text: &str) -> String {
    let first = text.lines().next().unwrap_or("");
    let more = if text.lines().nth(1).is_some() { " ..." } else { "" };
    format!("copied: {}{more}", first.chars().take(SAID).collect::<String>())
}

/// The stream's header, with the time of day as it is now.
pub fn header(model: &Model) -> Header {
    Header { offset_ns: model.stream.offset_ns, ..model.stream.header.clone() }
}

/// These events as `sigtop log` prints them, without the last line's end.
fn printed(events: &[Event], json: bool, ui: &Ui, model: &Model) -> io::Result<String> {
    let mut out = Vec::new();
    let mut sink: Box<dyn Sink + '_> =
        if json { Box::new(Json::new(&mut out)) } else { Box::new(Line::new(&mut out, ui.look.time)) };
    sink.header(&header(model))?;
    events.iter().try_for_each(|event| sink.event(event))?;
    drop(sink);
    let text = String::from_utf8_lossy(&out);
    // A sink learns the time of day from the header, which in JSON is a line of its own: it is not copied.
    let text = if json { text.split_once('\n').map_or("", |(_, rest)| rest) } else { &text };
    Ok(text.trim_end_matches('\n').into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::wire::tests::any_event;
    use crate::model::Limits;
    use crate::ui::{Look, Start};
    use proptest::prelude::*;

    fn log(events: &[Event], json: bool) -> String {
        let mut out = Vec::new();
        let mut sink: Box<dyn Sink + '_> = match json {
            true => Box::new(Json::new(&mut out)),
            false => Box::new(Line::new(&mut out, Look::default().time)),
        };
        sink.header(&Header::default()).unwrap();
        events.iter().for_each(|event| sink.event(event).unwrap());
        drop(sink);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_copied_is_what_the_log_prints(event in any_event(), json: bool) {
            prop_assume!(!matches!(event, Event::Clock(_) | Event::Skipped(_)));
            let (ui, model) = (Ui::new(Look::default(), Start::default()), Model::new(Header::default(), Limits::default()));
            let copied = text(Copied::Events { events: vec![event.clone()], json }, &ui, &model).unwrap();
            let printed = log(&[event], json);
            prop_assert_eq!(printed.lines().last(), Some(copied.as_str()));
            prop_assert_eq!(copied.lines().count(), 1);
            prop_assert!(json || !copied.contains(|c: char| c.is_control()), "a line is safe to print");
        }
    }

    #[test]
    fn what_is_too_long_is_not_copied() {
        let (ui, model) =
            (Ui::new(Look::default(), Start::default()), Model::new(Header::default(), Limits::default()));
        let copy = |len| text(Copied::Text("x".repeat(len)), &ui, &model);
        assert_eq!(copy(TEXT_MAX).map(|text| text.len()), Ok(TEXT_MAX));
        assert_eq!(copy(TEXT_MAX + 1024), Err("too long to be copied: 65 KiB".into()));
        assert_eq!((said("one"), said("one\ntwo")), ("copied: one".into(), "copied: one ...".into()));
    }
}
