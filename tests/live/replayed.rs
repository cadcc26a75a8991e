//! What this kernel told, recorded and replayed: the same lines, byte for byte.

use crate::harness::{self, GUARD, Sigtop, scratch};
use sigtop::clock::TimeStyle;
use sigtop::event::{Event, Header};
use sigtop::filter::Filter;
use sigtop::filter::sieve::Narrows;
use sigtop::sink::{Sink, json::Json, line::Line};
use sigtop::source::{Source, live};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

/// Every kind there is.
const KINDS: &str = "signal,deliver,fork,exec,exit,rename,seen,cgroup";

/// Signals of several kinds, a pipe that nobody reads, deaths.
const STORY: &str = "for s in TERM USR1 HUP KILL; do sleep 100 & kill -$s $!; wait $!; done
    kill -0 $$; kill -CONT $$; yes | head -n 1; sh -c 'kill -SEGV $$'; kill -URG 1; true";

fn happen() {
    let mut shell = Command::new("sh");
    shell.args(["-c", STORY]).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(shell.status().unwrap().success());
}

fn text(header: &Header, events: &[Event]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut sink = Line::new(&mut out, TimeStyle::Utc);
    sink.header(header).unwrap();
    events.iter().for_each(|event| sink.event(event).unwrap());
    out
}

fn json(header: &Header, events: &[Event]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut sink = Json::new(&mut out);
    sink.header(header).unwrap();
    events.iter().for_each(|event| sink.event(event).unwrap());
    out
}

/// What `sigtop log` prints of a recording.
fn printed(path: &Path, format: &str) -> Vec<u8> {
    let mut sigtop = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    sigtop.args(["log", "--format", format, "--time", "utc", "--threads", "--events", KINDS, "--replay"]).arg(path);
    let output = sigtop.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn a_live_stream_replays_to_the_same_lines() {
    let Some(_leave) = harness::beside_others("a_live_stream_replays_to_the_same_lines") else { return };
    let options = live::Options {
        buffer: 16 << 20,
        threads: true,
        filter: Filter::EVERYTHING,
        narrows: Narrows::All,
        facts: Default::default(),
    };
    let Source { header, mut batches, control, .. } = live::open(options).unwrap();
    let (sender, told) = channel();
    std::thread::spawn(move || {
        let mut events = Vec::new();
        while let Some(batch) = batches.blocking_recv() {
            events.extend(batch);
        }
        let _ = sender.send(events);
    });
    happen();
    drop(control);
    let events = told.recv_timeout(GUARD).expect("the source ends when its control does");
    assert!(events.iter().any(|event| matches!(event, Event::Exit(exit) if exit.cause.is_some())), "{}", events.len());
    let recording = json(&header, &events);
    let (plain, packed) = (scratch("replayed.jsonl"), scratch("replayed.zst"));
    std::fs::write(&plain, &recording).unwrap();
    let lines: Vec<&[u8]> = recording.split_inclusive(|byte| *byte == b'\n').collect();
    let frames = lines.chunks(50).map(|lines| zstd::encode_all(&lines.concat()[..], 1).unwrap());
    std::fs::write(&packed, frames.collect::<Vec<_>>().concat()).unwrap();
    for path in [&plain, &packed] {
        assert!(printed(path, "json") == recording);
        assert!(printed(path, "text") == text(&header, &events));
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn the_lines_of_log_are_a_recording_too() {
    let Some(_leave) = harness::beside_others("the_lines_of_log_are_a_recording_too") else { return };
    let sigtop = Sigtop::start(&["--threads", "--events", KINDS]);
    happen();
    let lines: Vec<String> = sigtop.stop().into_iter().map(|line| line.text + "\n").collect();
    let path = scratch("log.jsonl");
    std::fs::write(&path, lines.concat()).unwrap();
    assert!(printed(&path, "json") == lines.concat().as_bytes());
    std::fs::remove_file(&path).unwrap();
}
