//! Cut, flipped, foreign and absurd bytes: what is good is used, what is not is counted and told, nothing panics.

use super::*;
use crate::clock::TimeStyle;
use crate::event::wire::tests::any_event;
use crate::model::{self, Limits, Model};
use crate::sink::line::Line;
use crate::source::lines::{self as reader, Item, LINE_MAX};
use proptest::prelude::*;

/// What lines hold, read one by one in the general way: events, and how many lines are of no use. The last line may be
/// torn.
fn by_the_book(text: &[u8]) -> (Vec<Event>, u64) {
    let (mut events, mut bad) = (Vec::new(), 0);
    for line in text.split_inclusive(|byte| *byte == b'\n').skip(1) {
        match reader::read(line.trim_ascii_end()) {
            _ if line.trim_ascii_end().is_empty() => {}
            Ok(Item::Event(event)) => events.push(event),
            Ok(_) => {}
            Err(_) => bad += u64::from(line.ends_with(b"\n")),
        }
    }
    (events, bad)
}

fn any_history() -> impl Strategy<Value = Vec<Event>> {
    let known = |event: &Event| !matches!(event, Event::Lost(lost) if lost.kind.is_none());
    let synthetic = (any::<u64>(), 0..150usize).prop_map(|(seed, count)| history(seed, count).1);
    let any = proptest::collection::vec(any_event().prop_filter("counted apart", known), 0..40);
    prop_oneof![synthetic, any]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_written_is_read(events in any_history(), most in 1..5000usize, each in 1..50usize) {
        let text = lines(&synth::header(), &events);
        for bytes in [text.clone(), frames(&text, each).concat(), zstd::encode_all(&text[..], 3).unwrap()] {
            let played = play(&bytes, most).unwrap();
            prop_assert_eq!(&played.events, &events);
            prop_assert_eq!((played.lost, played.problems), (0, Vec::<String>::new()));
        }
    }

    #[test]
    fn lines_cut_and_changed_anywhere(
        events in any_history(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut: prop::sample::Index,
        most in 1..5000usize,
    ) {
        let mut text = lines(&synth::header(), &events);
        let header = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let len = text.len() - header;
        text.truncate(header + cut.index(len + 1));
        let len = text.len() - header;
        for (at, byte) in changes.iter().filter(|_| len > 0) {
            text[header + at.index(len)] = *byte;
        }
        let (good, bad) = by_the_book(&text);
        let played = play(&text, most).unwrap();
        prop_assert_eq!(&played.events, &good);
        prop_assert_eq!(played.lost, bad, "{:?}", played.problems);
        prop_assert!(played.problems.len() as u64 >= bad.min(16));
    }

    #[test]
    fn frames_cut_anywhere(seed: u64, each in 1..40usize, cut: prop::sample::Index, most in 1..5000usize) {
        let (header, events) = history(seed, 120);
        let frames = frames(&lines(&header, &events), each);
        let bytes = frames.concat();
        let cut = frames[0].len() + cut.index(bytes.len() - frames[0].len() + 1);
        let played = play(&bytes[..cut], most).unwrap();
        let (mut end, mut whole, mut torn) = (0, 0, true);
        for frame in &frames {
            end += frame.len();
            if end <= cut {
                (whole, torn) = (whole + each, end != cut);
            }
        }
        prop_assert!(played.events.len() + 1 >= whole.min(121));
        prop_assert_eq!(&played.events[..], &events[..played.events.len()]);
        prop_assert_eq!(played.lost, 0);
        prop_assert_eq!(played.problems.len(), usize::from(torn), "{:?}", played.problems);
    }

    #[test]
    fn a_frame_changed_anywhere(
        seed: u64,
        each in 1..40usize,
        which: prop::sample::Index,
        at: prop::sample::Index,
        bit in 0..8u8,
        most in 1..5000usize,
    ) {
        let (header, events) = history(seed, 120);
        let mut frames = frames(&lines(&header, &events), each);
        let which = 1 + which.index(frames.len() - 1);
        let at = at.index(frames[which].len());
        frames[which][at] ^= 1 << bit;
        let played = play(&frames.concat(), most).unwrap();
        let before = each * which - 1;
        let after = events.len().saturating_sub(before + each);
        prop_assert!(played.events.len() >= before + after, "{:?}", played.problems);
        prop_assert_eq!(&played.events[..before], &events[..before], "everything before it");
        prop_assert_eq!(&played.events[played.events.len() - after..], &events[events.len() - after..], "everything after it");
        // There are bits that mean nothing.
        let is_told = played.problems.iter().any(|problem| problem.contains("damaged") || problem.contains("ends in"));
        prop_assert!(is_told || played.events == events);
    }

    /// Times that go backwards, ids that repeat, pids that no kernel gives: whoever reads them lives.
    #[test]
    fn absurd_events_harm_nobody(
        events in proptest::collection::vec(any_event(), 0..60),
        (offset_ns, mono_ns) in any::<(i64, u64)>(),
        filter in proptest::sample::select(&["", "tree:1 !from:a*", "unit:x or uid:0", "kind:exit sig:KILL"][..]),
    ) {
        let header = Header { offset_ns, mono_ns, ..synth::header() };
        let mut played = play(&lines(&header, &events), 4096).unwrap();
        let mut narrow = Narrow::new(Filter::parse(filter, &|_| None).unwrap(), Narrows::All, true, mono_ns);
        let mut model = Model::new(header.clone(), Limits::default());
        let mut sink = Line::new(std::io::sink(), TimeStyle::Relative);
        sink.header(&header).unwrap();
        let mut passed = Batch::new();
        played.events.drain(..).for_each(|event| narrow.take(event, &mut passed));
        for event in &passed {
            model.apply(event);
            sink.event(event).unwrap();
            if let Event::Exit(exit) = event {
                let _ = model::why::explain(&model, &exit.who.key);
            }
        }
        let _ = model::tree::rows(&model.procs, &model::tree::Fold::default());
    }

    #[test]
    fn any_bytes_at_all(bytes in proptest::collection::vec(any::<u8>(), 0..2000), most in 1..100usize) {
        let (header, events) = history(1, 3);
        let mut text = lines(&header, &events);
        for start in [&b""[..], &frames::MAGIC, b"{\"v\":1,\"type\":\"header\"}\n", &text] {
            let _ = play(&[start, &bytes].concat(), most);
        }
        let known = frame(&text);
        text.extend(&bytes);
        let played = play(&[&known[..], &bytes, &frame(&text)].concat(), most).unwrap();
        prop_assert_eq!(&played.events[..3], &events[..]);
    }
}

fn error(bytes: &[u8]) -> String {
    play(bytes, 4096).unwrap_err().to_string()
}

#[test]
fn what_is_no_recording_is_said_to_be_what_it_is() {
    for (bytes, said) in [
        (&b""[..], "test is empty"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "compressed by gzip"),
        (b"\xfd7zXZ\0\0\x04", "compressed by xz"),
        (b"\x7fELF\x02\x01\x01\0", "is a program"),
        (b"Nov 21 15:00:01 web-1 CRON[1]: pam_unix\n", "some other text"),
        (b"{\"level\":\"info\",\"msg\":\"started\"}\n{}\n", "JSON, but its first line is not the header"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not even text"),
        (b"{\"v\":1,\"type\":\"exit\",\"mono_ns\":1,\"pid\":1,\"code\":0}\n", "begins in the middle"),
        (b"{\"v\":1,\"type\":\"hea", "its first line, the header, cannot be read"),
        (
            b"{\"v\":2,\"type\":\"header\",\"version\":\"9.0.0\",\"mono_ns\":\"soon\"}\n",
            "made by a newer sigtop (\"9.0.0\"): its format is 2, and this one reads up to 1",
        ),
        (b"\x28\xb5\x2f\xfdnonsense", "damaged around byte"),
    ] {
        assert!(error(bytes).contains(said), "{}", error(bytes));
        assert!(error(bytes).contains("\n  "), "says what to do: {}", error(bytes));
    }
}

#[test]
fn a_gzip_says_how_it_is_read() {
    assert!(error(b"\x1f\x8b\x08\0\0\0").contains("`zcat test | sigtop --replay -`"));
}

#[test]
fn bad_lines_are_told_one_by_one_at_first_and_then_counted() {
    let (header, events) = history(3, 40);
    let text = lines(&header, &events);
    let mut bad = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        bad.extend_from_slice(line);
        bad.extend_from_slice(b"{\"v\":1,\"type\":\"exit\",\"pid\":7}\n");
    }
    let played = play(&bad, 4096).unwrap();
    assert_eq!((played.events, played.lost), (events, 41));
    assert_eq!(played.problems[0], "test: line 2: field \"code\" is missing");
    assert_eq!(played.problems[15], "test: line 32: field \"code\" is missing");
    assert_eq!(played.problems[16..], ["test: and 25 more like these"]);
}

#[test]
fn later_versions_may_add_kinds_and_fields() {
    let (header, events) = history(3, 2);
    let mut text = lines(&header, &events[..1]);
    text.extend_from_slice(b"{\"v\":1,\"type\":\"mount\",\"path\":\"/\"}\n");
    let more = String::from_utf8(lines(&header, &events[1..])).unwrap();
    let line = more.lines().nth(1).unwrap();
    text.extend_from_slice(format!("{},\"colour\":{{\"of\":\"it\"}}}}\n", &line[..line.len() - 1]).as_bytes());
    let played = play(&text, 4096).unwrap();
    assert_eq!((played.events, played.lost), (events, 0));
    assert_eq!(played.problems, ["test: one line is of a kind that only later versions know: passed over"]);
}

#[test]
fn a_line_without_end_is_bounded() {
    let (header, events) = history(3, 10);
    let text = lines(&header, &events);
    let middle = text.len() - text.iter().rev().skip(1).position(|byte| *byte == b'\n').unwrap() - 1;
    for len in [LINE_MAX, 3 * LINE_MAX] {
        let mut long = text[..middle].to_vec();
        long.resize(long.len() + len, b'x');
        long.push(b'\n');
        long.extend_from_slice(&text[middle..]);
        let played = play(&long, 60_000).unwrap();
        assert_eq!((played.events, played.lost), (events.clone(), 1));
    }
    let mut endless = text.clone();
    endless.resize(endless.len() + 3 * LINE_MAX, b'x');
    let played = play(&endless, 60_000).unwrap();
    assert_eq!((&played.events, played.lost), (&events, 0));
    assert_eq!(played.problems, ["test: ends in the middle of line 12: what came there and after it is missing"]);
}

/// Hundreds of MiB from a few bytes: neither held nor a line.
#[test]
fn a_bomb_goes_off_in_a_small_room() {
    let (header, events) = history(3, 10);
    let text = lines(&header, &events);
    let zeros = zstd::encode_all(std::io::repeat(0).take(200 << 20), 3).unwrap();
    let played = play(&[frame(&text), zeros, frame(b"\n"), frame(&text)].concat(), 4096).unwrap();
    assert!(played.events == events, "the header of the same part again is passed over, and what is behind it");
    assert_eq!(played.lost, 1);
}

#[test]
fn two_damaged_frames_are_two_damages() {
    let (header, events) = history(5, 200);
    let mut frames = frames(&lines(&header, &events), 20);
    for which in [3, 6] {
        let middle = frames[which].len() / 2;
        frames[which][middle] ^= 0x55;
    }
    let at = frames[..3].concat().len();
    let played = play(&frames.concat(), 4096).unwrap();
    let told: Vec<&String> = played.problems.iter().filter(|problem| problem.contains("damaged around byte")).collect();
    assert_eq!(told.len(), 2, "{:?}", played.problems);
    let byte: usize = told[0].split(' ').find_map(|word| word.trim_end_matches(':').parse().ok()).unwrap();
    assert!((at..=at + frames[3].len()).contains(&byte), "{told:?}, {at}");
}

/// Bytes at random and changes at random, for hundreds of rounds. `SIGTOP_SEED=N` tries others.
#[test]
fn storms() {
    let seed = std::env::var("SIGTOP_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261u64);
    println!("SIGTOP_SEED={seed}");
    let mut dice = seed | 1;
    let mut below = move |limit: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice % limit as u64) as usize
    };
    let (header, events) = history(seed, 300);
    let text = lines(&header, &events);
    let packed = frames(&text, 25).concat();
    for _ in 0..500 {
        let mut bytes = if below(2) == 0 { text.clone() } else { packed.clone() };
        for _ in 0..=below(6) {
            let at = below(bytes.len());
            let len = below(200).min(bytes.len() - at);
            match below(5) {
                0 => bytes[at] = below(256) as u8,
                1 => bytes[at..at + len].iter_mut().for_each(|byte| *byte = below(256) as u8),
                2 => drop(bytes.drain(at..at + len)),
                3 => {
                    let copy = bytes[at..at + len].to_vec();
                    let to = below(bytes.len());
                    bytes.splice(to..to, copy);
                }
                _ => bytes.truncate(at + 1),
            }
        }
        if let Ok(played) = play(&bytes, 1 + below(4096)) {
            assert!(played.problems.len() <= 18, "{:?}", played.problems);
        }
    }
}
