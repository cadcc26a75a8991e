//! What is said on the way of a stream that others wrote.

use crate::{Recorder, Scratch, read};
use sigtop::event::{Event, Header};
use sigtop::sink::{Sink, json::Json};
use sigtop::source::synth::{self, Synth};
use std::path::Path;
use std::process::{Command, Output};

fn header(header: &Header) -> Vec<u8> {
    let mut out = Vec::new();
    Json::new(&mut out).header(header).unwrap();
    out
}

fn event(event: &Event) -> Vec<u8> {
    let mut out = Vec::new();
    Json::new(&mut out).event(event).unwrap();
    out
}

/// A recording, into another one; what was said without the lines about where to and how much.
fn recorded(from: &Path, to: &Path) -> Vec<String> {
    let (status, said) = Recorder::start(to, &["--force", "--replay", from.to_str().unwrap()]).wait();
    assert!(status.success(), "{said:#?}");
    said[1..said.len() - 1].to_vec()
}

/// Problems that come with the last batch are told too, each of them.
#[test]
fn the_last_words_are_not_lost() {
    let scratch = Scratch::new("words");
    let file = scratch.join("x.jsonl");
    let events: Vec<Event> = Synth::new(7).take(40).collect();
    let mut bytes = header(&synth::header());
    for one in &events {
        bytes.extend(event(one));
        bytes.extend(b"{\"type\":\n"); // no line
    }
    bytes.extend(b"{\"type\":\"sig"); // and torn
    std::fs::write(&file, &bytes).unwrap();
    let mut log = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    let Output { stderr, .. } = log.args(["log", "--replay"]).arg(&file).output().unwrap();
    let logged: Vec<String> = String::from_utf8(stderr).unwrap().lines().map(String::from).collect();
    assert!(logged.len() > 1, "{logged:#?}");
    // Which comes first, the end or the words, is chance.
    for _ in 0..40 {
        assert_eq!(recorded(&file, &scratch.join("y.jsonl")), logged);
    }
}

/// Names in a recording are whatever who wrote it liked.
#[test]
fn what_a_recording_says_is_escaped() {
    let scratch = Scratch::new("hostile");
    let file = scratch.join("x.jsonl");
    let other = Header { host: "\u{1b}]0;pwned\u{7}".into(), boot_id: "other".into(), ..synth::header() };
    let first = Synth::new(7).next().unwrap();
    std::fs::write(&file, [header(&synth::header()), event(&first), header(&other), event(&first)].concat()).unwrap();
    let said = recorded(&file, &scratch.join("y.jsonl"));
    assert!(said.iter().any(|line| line.contains("\\x1b]0;pwned\\x07")), "{said:#?}");
    let named = scratch.join("\u{1b}[31mx\u{202e}.jsonl");
    let (_, said) = Recorder::start(&named, &["--replay", scratch.join("none\u{1b}[2J").to_str().unwrap()]).wait();
    assert!(said.iter().all(|line| !line.contains(['\u{1b}', '\u{202e}'])), "{said:?}");
    let (_, said) = Recorder::start(&named, &["--replay", file.to_str().unwrap()]).wait();
    assert!(said.iter().all(|line| !line.contains(['\u{1b}', '\u{202e}'])), "{said:?}");
}

/// What was kept out is told with by which filter: first of all, and in each part.
#[test]
fn a_recording_says_by_which_filter_it_was_made() {
    let scratch = Scratch::new("filter");
    let filters = |file: &Path| -> Vec<(usize, String)> {
        let events = read(file).events.into_iter().enumerate();
        let filter = |(at, event)| if let Event::Filter(e) = event { Some((at, e.text)) } else { None };
        events.filter_map(filter).collect()
    };
    let file = scratch.join("x.jsonl");
    let (status, said) = Recorder::start(&file, &["--demo", "sig:KILL", "--max-age", "20s"]).wait();
    assert!(status.success(), "{said:#?}");
    assert_eq!(filters(&file), [(0, "sig:KILL".into())]);
    let parts = scratch.join("y.jsonl");
    let more = ["--replay", file.to_str().unwrap(), "--rotate", "9", "--max-age", "15s"];
    let (status, said) = Recorder::start(&parts, &more).wait();
    assert!(status.success(), "{said:#?}");
    for part in [scratch.join("y.1.jsonl"), parts] {
        assert_eq!(filters(&part).len(), 1, "{part:?}");
    }
    let mut log = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    let Output { stdout, .. } = log.args(["log", "--events", "signal", "--replay"]).arg(&file).output().unwrap();
    assert!(String::from_utf8(stdout).unwrap().lines().next().unwrap().contains("sig:KILL"));
}
