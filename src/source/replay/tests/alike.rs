//! A recording shows what live showed, byte for byte: the same lines from what is recorded and replayed as from the
//! stream itself, whatever the filter.

use super::*;
use crate::clock::TimeStyle;
use crate::filter::sieve::Narrows;
use crate::sink::line::Line;

/// The lines of these events, as text and as JSON.
fn shown(header: &Header, events: &[Event]) -> (String, String) {
    let mut text = Vec::new();
    let mut sink = Line::new(&mut text, TimeStyle::Utc);
    sink.header(header).unwrap();
    events.iter().for_each(|event| sink.event(event).unwrap());
    (String::from_utf8(text).unwrap(), String::from_utf8(lines(header, events)).unwrap())
}

#[test]
fn any_filter_on_a_recording_is_that_filter_on_the_stream() {
    let dir = Scratch::new("alike");
    for seed in [1, 7, 42] {
        let (header, events) = history(seed, 2000);
        let recording = lines(&header, &events);
        let paths = [
            dir.write(&format!("{seed}.jsonl"), &recording),
            dir.write(&format!("{seed}.zst"), &frames(&recording, 200).concat()),
        ];
        for text in
            ["", "sig:TERM,KILL", "!sig:CHLD", "from:java", "kind:exit,fork", "tree:1 !origin:child", "result:ignored"]
        {
            for (narrows, threads) in [(Narrows::All, false), (Narrows::Signals, true)] {
                let filter = || Filter::parse(text, &|_| None).unwrap();
                let mut narrow = Narrow::new(filter(), narrows, threads, header.mono_ns);
                let mut direct = Batch::new();
                events.iter().for_each(|event| narrow.take(event.clone(), &mut direct));
                direct.extend(narrow.count(events.last().unwrap().mono_ns()));
                for path in &paths {
                    let options =
                        Options { path: path.clone(), threads, filter: filter(), narrows, facts: Default::default() };
                    let mut source = open(options).unwrap();
                    let mut replayed = Batch::new();
                    while let Some(batch) = source.batches.blocking_recv() {
                        replayed.extend(batch);
                    }
                    assert!(shown(&source.header, &replayed) == shown(&header, &direct), "{seed} {text:?}");
                    assert_eq!(source.problems.blocking_recv(), None);
                }
            }
        }
    }
}

#[test]
fn a_filter_set_on_the_way_is_seen_in_the_stream() {
    let (header, events) = history(2, 100);
    let dir = Scratch::new("wish");
    let (narrows, filter) = (Narrows::All, Filter::EVERYTHING);
    let path = dir.write("a", &lines(&header, &events));
    let mut source = open(Options { path, threads: true, filter, narrows, facts: Default::default() }).unwrap();
    let answer = source.control.set_filter(Filter::parse("sig:KILL", &|_| None).unwrap());
    let mut all = Batch::new();
    while let Some(batch) = source.batches.blocking_recv() {
        all.extend(batch);
    }
    let is_answered = answer.blocking_recv().is_ok_and(|placement| placement.is_ok());
    let is_seen = all.iter().any(|event| matches!(event, Event::Filter(e) if e.text == "sig:KILL"));
    assert_eq!(is_answered, is_seen, "it may have ended before");
}
