use super::*;
use crate::event::wire::{Wire, tests::any_event};
use crate::source::lines::{self, Item};
use proptest::prelude::*;

const TIME: &str = "2026-11-20T17:00:00.123456789Z";

fn line(event: &Event) -> Vec<u8> {
    let mut line = serde_json::to_vec(&Wire::from_event(event, TIME)).unwrap();
    line.push(b'\n');
    line
}

/// What the general way reads.
fn general(line: &[u8]) -> Option<Event> {
    match lines::read(line.strip_suffix(b"\n")?) {
        Ok(Item::Event(event)) => Some(event),
        _ => None,
    }
}

/// Whether it is one of those that come by the million.
fn is_hot(event: &Event) -> bool {
    let is_usual = match event {
        Event::Signal(signal) => !matches!(signal.detail, Detail::Oom(_) | Detail::Reason(_)),
        event => matches!(event, Event::Deliver(_)),
    };
    is_usual && !line(event).contains(&b'\\')
}

proptest! {
    #[test]
    fn what_the_sink_writes_is_read_by_hand(events in proptest::collection::vec(any_event(), 64)) {
        let mut hot = Hot::default();
        for event in events.iter().chain(&events) {
            let line = line(event);
            match hot.read(&line) {
                Some(read) => prop_assert_eq!(read, (event.clone(), line.len())),
                None => prop_assert!(!is_hot(event), "{}", String::from_utf8_lossy(&line)),
            }
        }
    }

    /// Whatever became of a line, what is read by hand is what the general way reads.
    #[test]
    fn a_damaged_line_is_read_alike(
        events in proptest::collection::vec(any_event(), 8),
        damages in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..4u8), 64),
    ) {
        let mut hot = Hot::default();
        for event in &events {
            hot.read(&line(event)); // so that there is something to compare with
        }
        for event in events.iter().filter(|event| matches!(event, Event::Signal(_) | Event::Deliver(_))) {
            for (at, byte, how) in &damages {
                let mut line = line(event);
                let at = at.index(line.len());
                match how {
                    0 => line[at] = *byte,
                    1 => line[at] ^= 1 << (byte % 8),
                    2 => line.insert(at, *byte),
                    _ => drop(line.remove(at)),
                }
                if let Some((read, len)) = hot.read(&line) {
                    prop_assert_eq!(Some(read), general(&line[..len]), "{}", String::from_utf8_lossy(&line));
                }
            }
        }
    }
}

/// Changed where changes are likeliest to slip by: numbers, and the text that is compared with what was read before.
#[test]
fn a_neighbour_of_a_remembered_line_is_not_taken_for_it() {
    let signal = concat!(
        r#"{"v":1,"type":"signal","time":"2026-11-20T17:00:00.123456789Z","mono_ns":8123456789,"id":42,"pid":5678,"#,
        r#""signr":15,"signal":"SIGTERM","sender":{"pid":1234,"tid":1234,"uid":1000,"comm":"bash","start_ns":7000000000,"#,
        r#""tty":"pts/3"},"target":{"pid":5678,"tid":5678,"uid":1000,"comm":"myapp","start_ns":7100000000},"#,
        r#""origin":"user","call":"kill","code":0,"code_name":"SI_USER","scope":"process","result":"queued","#,
        r#""blocked":["SIGINT","SIGRTMIN+2"],"pending":["SIGTERM"],"generation":3}"#,
        "\n"
    );
    let mut hot = Hot::default();
    assert_eq!(hot.read(signal.as_bytes()).map(|(event, _)| event), general(signal.as_bytes()));
    for at in 0..signal.len() {
        for byte in 0..=255u8 {
            let mut line = signal.as_bytes().to_vec();
            line[at] = byte;
            if let Some((event, len)) = hot.read(&line) {
                assert_eq!(Some(event), general(&line[..len]), "{}", String::from_utf8_lossy(&line));
            }
        }
    }
}
