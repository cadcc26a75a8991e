//! Sizes, ages and rotation.

use crate::killed::is_of_thread;
use crate::{Recorder, Scratch, read, until};
use rustix::process::Signal;
use sigtop::event::{Event, Kind};
use sigtop::sink::{Sink, json::Json};
use sigtop::source::synth::{Synth, header};
use std::io::Write;
use std::path::Path;
use std::process::Command;

fn size(path: &Path) -> u64 {
    path.metadata().unwrap().len()
}

fn history(seed: u64) -> impl Iterator<Item = Event> {
    Synth::new(seed).filter(|event| !is_of_thread(event))
}

#[test]
fn a_recording_ends_when_its_file_is_full() {
    let scratch = Scratch::new("full");
    for name in ["x.jsonl", "x.jsonl.zst"] {
        let file = scratch.join(name);
        let (status, said) = Recorder::start(&file, &["--demo=5", "--max-size", "64K"]).wait();
        assert!(status.success(), "{said:#?}");
        assert!(said[1].contains("would grow beyond --max-size 64 KiB: the recording ends"), "{said:#?}");
        let all = read(&file);
        assert!(all.is_whole && size(&file) <= 64 << 10 && size(&file) > 32 << 10, "{name}: {}", size(&file));
        assert!(all.events == history(5).take(all.events.len()).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_recording_ends_when_it_is_old() {
    let scratch = Scratch::new("old");
    let file = scratch.join("x.jsonl");
    let (status, said) = Recorder::start(&file, &["--demo=5", "--max-age", "30s"]).wait();
    assert!(status.success(), "{said:#?}");
    assert!(said[1].contains("has reached --max-age 30 s: the recording ends"), "{said:#?}");
    let last = read(&file).events.last().map(Event::mono_ns).unwrap() - header().mono_ns;
    assert!((20_000_000_000..40_000_000_000).contains(&last), "{last}");
}

#[test]
fn of_rotated_files_so_many_are_kept_and_each_can_be_read_alone() {
    let scratch = Scratch::new("rotated");
    let file = scratch.join("x.jsonl");
    let recorder = Recorder::start(&file, &["--demo=5", "--max-size", "128K", "--rotate", "3"]);
    until("fifth part", || read(&file).headers.first().is_some_and(|header| header.part >= 5));
    let said = recorder.stop();
    assert_eq!(scratch.names(), ["x.1.jsonl", "x.2.jsonl", "x.jsonl"]);
    assert!(
        said[1].contains("files, of which the newest 3 are kept, up to") && said[1].ends_with("nothing else lost"),
        "{said:#?}"
    );
    let parts: Vec<_> = ["x.2.jsonl", "x.1.jsonl", "x.jsonl"].map(|name| scratch.join(name)).into();
    let read: Vec<_> = parts.iter().map(|path| read(path)).collect();
    let first = read[0].headers[0].part;
    let mut told = Vec::new();
    for (n, (part, path)) in read.iter().zip(&parts).enumerate() {
        assert!(part.is_whole && size(path) <= 128 << 10, "{}", size(path));
        let [header] = &part.headers[..] else { panic!("{:#?}", part.headers) };
        assert_eq!((header.part, header.began_ns), (first + n as u32, sigtop::source::synth::header().began_ns));
        let (seen, rest): (Vec<&Event>, Vec<&Event>) = part.events.iter().partition(|e| e.kind() == Kind::Seen);
        assert!(seen.len() > 20 && seen.iter().all(|event| event.mono_ns() == header.mono_ns));
        assert!(rest.iter().all(|event| event.mono_ns() >= header.mono_ns));
        told.extend(rest.into_iter().cloned());
    }
    let whole: Vec<Event> = history(5).filter(|event| event.kind() != Kind::Seen).take(400_000).collect();
    let from = whole.iter().position(|event| *event == told[0]).unwrap();
    assert!(told == whole[from..from + told.len()], "nothing is missing between the parts, nothing there twice");
}

#[test]
fn a_filter_narrows_signals_and_counts_the_rest() {
    let scratch = Scratch::new("narrowed");
    let file = scratch.join("x.jsonl");
    let recorder = Recorder::start(&file, &["--demo=5", "sig:KILL"]);
    until("events", || read(&file).events.len() > 1000);
    recorder.send(Signal::TERM);
    recorder.wait();
    let events = read(&file).events;
    let kinds = |kind| events.iter().filter(|event| event.kind() == kind).count();
    assert!(events.iter().all(|e| !matches!(e, Event::Signal(e) if e.signal != sigtop::signal::Signal::KILL)));
    for kind in [Kind::Signal, Kind::Skipped, Kind::Seen, Kind::Fork, Kind::Exec, Kind::Exit] {
        assert!(kinds(kind) > 0, "no {}", kind.word());
    }
}

/// However large the first frame is, a file that is followed by another holds more than its header.
#[test]
fn no_part_holds_only_its_header() {
    let scratch = Scratch::new("large");
    let file = scratch.join("x.jsonl");
    let mut events: Vec<Event> = history(5).take(50).collect();
    let Some(Event::Seen(first)) = events.iter_mut().find(|event| event.kind() == Kind::Seen) else { panic!("nobody") };
    first.argv = vec!["x".repeat(200 << 10)];
    let mut text = Json::new(Vec::new());
    text.header(&header()).unwrap();
    let header_len = text.get_mut().len();
    events.iter().for_each(|event| text.event(event).unwrap());
    let text = std::mem::take(text.get_mut());
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.args(["record", "--max-size", "64K", "--rotate", "9", "--replay", "-", "-o"]).arg(&file);
    let (input, mut pipe) = std::io::pipe().unwrap();
    let recorder = Recorder::fed(command, input.into());
    pipe.write_all(&text[..header_len]).unwrap();
    until("header", || !read(&file).headers.is_empty());
    pipe.write_all(&text[header_len..]).unwrap();
    drop(pipe);
    let (status, said) = recorder.wait();
    assert!(status.success(), "{said:#?}");
    for name in scratch.names() {
        assert!(!read(&scratch.join(&name)).events.is_empty(), "{name}: {said:#?}");
    }
}
