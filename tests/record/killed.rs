//! A recorder that is killed, or asked to end, in the middle of a flood.

use crate::harness;
use crate::{Recorder, Scratch, Target, read, until};
use rustix::process::Signal;
use sigtop::source::synth::{Synth, header};

/// What was on the disk stays there; the flood goes on while it dies.
#[test]
fn what_was_written_outlives_the_recorder() {
    let Some(_leave) = harness::alone("what_was_written_outlives_the_recorder") else { return };
    for name in ["x.jsonl.zst", "x.jsonl"] {
        let scratch = Scratch::new("killed");
        let file = scratch.join(name);
        let recorder = Recorder::start(&file, &[]);
        until("header", || !read(&file).headers.is_empty());
        let target = Target::start();
        target.send(Signal::URG, 20_000);
        target.send(Signal::WINCH, 1); // the mark
        until("mark on the disk", || target.count(&read(&file).events, Signal::WINCH) == 1);
        target.send(Signal::URG, 20_000);
        target.send(Signal::CHILD, 1);
        recorder.send(Signal::KILL);
        target.send(Signal::URG, 1000);
        let (status, _) = recorder.wait();
        assert!(!status.success());
        let left = read(&file);
        let mark = left.events.iter().position(|event| target.count(std::slice::from_ref(event), Signal::WINCH) == 1);
        let before = &left.events[..mark.unwrap()];
        assert_eq!(target.count(before, Signal::URG) + crate::lost(before, Signal::URG), 20_000, "{name}");
        assert_eq!(left.headers.len(), 1);
    }
}

#[test]
fn asked_to_end_it_writes_everything() {
    let Some(_leave) = harness::alone("asked_to_end_it_writes_everything") else { return };
    for (name, signal) in [("x.jsonl.zst", Signal::TERM), ("y.jsonl.zst", Signal::INT), ("z.jsonl", Signal::HUP)] {
        let scratch = Scratch::new("asked");
        let file = scratch.join(name);
        let recorder = Recorder::start(&file, &[]);
        until("header", || !read(&file).headers.is_empty());
        let target = Target::start();
        target.send(Signal::URG, 10_000);
        recorder.send(signal);
        let (status, said) = recorder.wait();
        assert!(status.success(), "{said:#?}");
        let all = read(&file);
        assert!(all.is_whole);
        assert_eq!(target.count(&all.events, Signal::URG) + crate::lost(&all.events, Signal::URG), 10_000, "{name}");
        assert!(said[0].contains("^C ends it, `sigtop --replay"), "{said:#?}");
        assert!(said[1].contains("nothing lost") || crate::lost(&all.events, Signal::URG) > 0, "{said:#?}");
    }
}

/// Without root: the demo tells always the same, so a torn recording must be how it begins.
#[test]
fn a_torn_recording_is_the_beginning_of_the_whole() {
    let scratch = Scratch::new("torn");
    let file = scratch.join("x.jsonl.zst");
    let recorder = Recorder::start(&file, &["--demo=5"]);
    until("events", || read(&file).events.len() > 2000);
    recorder.send(Signal::KILL);
    recorder.wait();
    let left = read(&file);
    let whole: Vec<_> = Synth::new(5).filter(|event| !is_of_thread(event)).take(left.events.len()).collect();
    assert!(left.events == whole);
    assert_eq!(left.headers, [header()]);
}

pub fn is_of_thread(event: &sigtop::event::Event) -> bool {
    use sigtop::event::Event;
    match event {
        Event::Fork(e) => e.is_thread(),
        Event::Rename(e) => e.who.tid != e.who.key.pid,
        Event::Exit(e) => e.thread,
        _ => false,
    }
}
