//! Signals and deliveries as JSON, by hand: a fraction of the time that the general way takes.
//!
//! Same fields, same order, same bytes as [`crate::event::wire::Wire`] gives: change that first, then this, until
//! the test below is content again. Only appends to a buffer: no allocation but the buffer's own growth.

use crate::event::{Action, DeliverEvent, Detail, Party, SignalEvent, Tty, wire::VERSION};
use crate::signal::{Signal, SignalSet, code_name};

/// Appends the object of a signal; `time` is its time in RFC 3339.
pub fn signal(out: &mut Vec<u8>, e: &SignalEvent, time: &str) {
    head(out, "signal", time, e.mono_ns);
    number(out, r#","id":"#, e.id);
    number(out, r#","pid":"#, e.target.key.pid);
    which(out, e.signal);
    match &e.sender {
        Some(sender) => {
            party(out, r#","sender":"#, sender);
            tty(out, e.sender_tty);
        }
        None => push(out, r#","sender":null"#),
    }
    party(out, r#","target":"#, &e.target);
    out.push(b'}');
    word(out, r#","origin":""#, Some(e.origin.word()));
    word(out, r#","call":""#, e.call.map(|c| c.word()));
    signed(out, r#","code":"#, e.code);
    word(out, r#","code_name":""#, code_name(e.signal, e.code));
    word(out, r#","scope":""#, Some(e.scope.word()));
    word(out, r#","result":""#, Some(e.result.word()));
    word(out, r#","why":""#, e.ignored.map(|why| why.word()));
    word(out, r#","action":""#, e.continued.then_some(Action::Continue.word()));
    detail(out, e.detail);
    if let Some(masks) = e.masks {
        names(out, r#","blocked":["#, masks.blocked);
        names(out, r#","pending":["#, masks.pending);
    }
    if e.generation != 0 {
        number(out, r#","generation":"#, e.generation);
    }
    out.push(b'}');
}

/// Appends the object of a delivery; `time` is its time in RFC 3339.
pub fn deliver(out: &mut Vec<u8>, e: &DeliverEvent, time: &str) {
    head(out, "deliver", time, e.mono_ns);
    if let Some(id) = e.id {
        number(out, r#","id":"#, id);
    }
    number(out, r#","pid":"#, e.target.key.pid);
    number(out, r#","tid":"#, e.target.tid);
    which(out, e.signal);
    word(out, r#","disposition":""#, Some(e.disposition.word()));
    word(out, r#","action":""#, Some(e.action.word()));
    if let Some(ns) = e.latency_ns {
        number(out, r#","latency_ns":"#, ns);
    }
    number(out, r#","uid":"#, e.target.uid);
    text(out, r#","comm":""#, e.target.name.as_str());
    number(out, r#","start_ns":"#, e.target.key.start_ns);
    out.push(b'}');
}

fn head(out: &mut Vec<u8>, kind: &str, time: &str, mono_ns: u64) {
    number(out, r#"{"v":"#, VERSION);
    word(out, r#","type":""#, Some(kind));
    word(out, r#","time":""#, Some(time));
    number(out, r#","mono_ns":"#, mono_ns);
}

fn which(out: &mut Vec<u8>, signal: Signal) {
    number(out, r#","signr":"#, signal.number());
    word(out, r#","signal":""#, Some(signal.name()));
}

/// `key` ends with its opening bracket.
fn names(out: &mut Vec<u8>, key: &str, set: SignalSet) {
    push(out, key);
    for (i, signal) in set.iter().enumerate() {
        push(out, if i > 0 { ",\"" } else { "\"" });
        push(out, signal.name());
        out.push(b'"');
    }
    out.push(b']');
}

/// Without its closing brace.
fn party(out: &mut Vec<u8>, key: &str, party: &Party) {
    push(out, key);
    number(out, r#"{"pid":"#, party.key.pid);
    number(out, r#","tid":"#, party.tid);
    number(out, r#","uid":"#, party.uid);
    text(out, r#","comm":""#, party.name.as_str());
    number(out, r#","start_ns":"#, party.key.start_ns);
}

/// The last of a sender's fields.
fn tty(out: &mut Vec<u8>, tty: Tty) {
    if tty.is_some() {
        word(out, r#","tty":""#, Some(&tty.to_string()));
    }
    out.push(b'}');
}

fn detail(out: &mut Vec<u8>, detail: Detail) {
    match detail {
        Detail::None => {}
        Detail::Value(v) if v >> 32 == 0 => signed(out, r#","value":"#, v as u32 as i32),
        Detail::Value(v) => signed(out, r#","value":"#, v as i64),
        Detail::Address(a) => word(out, r#","address":""#, Some(&format!("{a:#x}"))),
        Detail::Status(s) => signed(out, r#","status":"#, s),
        Detail::Syscall(n) => signed(out, r#","syscall":"#, n),
        Detail::Tty(tty) => word(out, r#","tty":""#, tty.is_some().then(|| tty.to_string()).as_deref()),
        Detail::Reason(reason) => word(out, r#","reason":""#, Some(reason.word())),
        Detail::Oom(oom) => {
            number(out, r#","oom_rss":"#, oom.rss().unwrap_or(0));
            oom.limit().into_iter().for_each(|bytes| number(out, r#","oom_limit":"#, bytes));
            oom.level().into_iter().for_each(|level| number(out, r#","oom_level":"#, level));
        }
    }
}

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// A word of ours, which needs no escapes; `key` ends with its opening quote.
fn word(out: &mut Vec<u8>, key: &str, word: Option<&str>) {
    if let Some(word) = word {
        push(out, key);
        push(out, word);
        out.push(b'"');
    }
}

/// Text of a process; `key` ends with its opening quote.
fn text(out: &mut Vec<u8>, key: &str, text: &str) {
    push(out, key);
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => push(out, "\\n"),
            b'\r' => push(out, "\\r"),
            b'\t' => push(out, "\\t"),
            0x08 => push(out, "\\b"),
            0x0c => push(out, "\\f"),
            0..0x20 => push(out, &format!("\\u{byte:04x}")),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

fn signed(out: &mut Vec<u8>, key: &str, number: impl Into<i64>) {
    let number = number.into();
    push(out, key);
    if number < 0 {
        out.push(b'-');
    }
    digits(out, number.unsigned_abs());
}

fn number(out: &mut Vec<u8>, key: &str, number: impl Into<u64>) {
    push(out, key);
    digits(out, number.into());
}

/// Decimal, two digits at a time.
fn digits(out: &mut Vec<u8>, mut number: u64) {
    let mut text = [0; 20];
    let mut at = text.len();
    while number >= 100 {
        at -= 2;
        text[at..at + 2].copy_from_slice(&PAIRS[(number % 100) as usize]);
        number /= 100;
    }
    if number >= 10 {
        at -= 2;
        text[at..at + 2].copy_from_slice(&PAIRS[number as usize]);
    } else {
        at -= 1;
        text[at] = b'0' + number as u8;
    }
    out.extend_from_slice(&text[at..]);
}

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + n as u8 / 10, b'0' + n as u8 % 10];
        n += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::event::wire::{Wire, tests::any_event};
    use proptest::prelude::*;

    const TIME: &str = "2026-11-20T17:00:00.123456789Z";

    proptest! {
        #[test]
        fn the_bytes_are_those_of_the_wire(events in proptest::collection::vec(any_event(), 32)) {
            for event in &events {
                let mut line = Vec::new();
                match event {
                    Event::Signal(e) => signal(&mut line, e, TIME),
                    Event::Deliver(e) => deliver(&mut line, e, TIME),
                    _ => continue,
                }
                let wire = serde_json::to_string(&Wire::from_event(event, TIME)).unwrap();
                prop_assert_eq!(String::from_utf8(line).unwrap(), wire);
            }
        }

        #[test]
        fn every_byte_of_text_is_escaped_alike(name in "[\\x01-\\x7f]{0,15}") {
            let mut line = Vec::new();
            text(&mut line, "\"", &name);
            prop_assert_eq!(String::from_utf8(line).unwrap(), serde_json::to_string(&name).unwrap());
        }

        #[test]
        fn numbers_are_written_in_full(number: u64, negative: i64) {
            let mut line = Vec::new();
            digits(&mut line, number);
            signed(&mut line, " ", negative);
            prop_assert_eq!(String::from_utf8(line).unwrap(), format!("{number} {negative}"));
        }
    }
}
