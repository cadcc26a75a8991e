//! What fails, asked for and no more asked for: the programs that see it come and go, and nothing of it is lost unsaid.
//! What is told of each failure is the zoo's ("try-").

use crate::harness;
use crate::inside::{self, DEFAULT_BUFFER, Watch};
use crate::zoo::{Mark, sigzoo};
use sigtop::event::{CountEvent, Event, Kind, SendResult, SenderKey};
use sigtop::filter::Filter;
use sigtop::filter::sieve::Narrows;
use sigtop::signal::Signal;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

/// No process has this pid.
const NOBODY: u32 = 2_000_000_000;

/// Everything; what failed is asked for by name.
const ALL: &str = "result:failed,probe or !result:failed,probe";
/// Everything of processes, execs that failed too.
const EXECS: &str = "(result:failed or !result:failed) !kind:signal,deliver,exit";
/// Everything of processes.
const NO_SIGNALS: &str = "!kind:signal,deliver,exit";

fn filter(text: &str) -> Filter {
    Filter::parse(text, &|_| None).unwrap()
}

/// How many of the programs for what fails this process has attached; of several alike, one.
fn attached() -> usize {
    inside::attached(|name| ["on_sys_exit", "on_kill", "on_execve"].contains(&name))
}

/// A kill(2) that fails, and an exec that does.
fn fail() {
    let status = sigzoo().args(["vain", "1", "15", &NOBODY.to_string()]).status().unwrap();
    assert!(status.success());
    assert!(Command::new("/no/such/program").status().is_err());
}

/// How much was told of it until a mark: sends and execs.
fn told(events: &Receiver<Event>) -> (usize, usize) {
    let mark = Mark::new();
    let (mut sends, mut execs) = (0, 0);
    loop {
        match events.recv_timeout(harness::GUARD).expect("the mark") {
            Event::Attempt(e) => sends += usize::from(e.pid() == Some(NOBODY)),
            Event::FailedExec(e) => execs += usize::from(e.filename == "/no/such/program"),
            event if mark.is(&event) => return (sends, execs),
            Event::Lost(lost) if lost.kind == Some(Kind::Exec) => panic!("somebody floods this machine: {lost:?}"),
            _ => {}
        }
    }
}

#[test]
fn what_sees_failures_is_there_while_it_is_asked_for() {
    let Some(_leave) = harness::alone("what_sees_failures_is_there_while_it_is_asked_for") else { return };
    let watch = Watch::narrowed(DEFAULT_BUFFER, Filter::EVERYTHING, Narrows::All);
    let is_free = watch.roads.iter().any(|road| road.contains("(fexit)"));
    let (sender, events) = channel();
    let mut reading = watch.read(move |event| drop(sender.send(event)));
    let mut asked = |text: &str| {
        reading.control.as_mut().unwrap().set_filter(filter(text)).blocking_recv().unwrap().unwrap();
        let there = attached();
        fail();
        (there, told(&events))
    };
    for _ in 0..3 {
        if is_free {
            assert_eq!(asked(""), (1, (1, 0)), "what is free is there, but for execs");
            assert_eq!(asked(ALL), (2, (1, 1)));
            assert_eq!(asked(EXECS), (2, (0, 1)));
            assert_eq!(asked(NO_SIGNALS), (2, (0, 0)), "it stays, and is silent");
            return; // the first of these is not so any more
        }
        assert_eq!(asked(""), (0, (0, 0)), "what costs others is not there unasked");
        assert_eq!(asked(ALL), (1, (1, 1)));
        assert_eq!(asked(ALL), (1, (1, 1)), "asked twice, told once");
        assert_eq!(asked(EXECS), (1, (0, 1)));
        assert_eq!(asked(NO_SIGNALS), (0, (0, 0)));
    }
    asked(ALL);
    reading.stop();
}

/// What `-x` asks for: nothing that did not fail.
#[test]
fn only_what_failed_is_told_where_that_is_asked_for() {
    let Some(_leave) = harness::beside_others("only_what_failed_is_told_where_that_is_asked_for") else { return };
    let watch = Watch::narrowed(DEFAULT_BUFFER, filter("result:failed"), Narrows::All);
    let (sender, events) = channel();
    let reading = watch.read(move |event| drop(sender.send(event)));
    fail();
    let (mut sends, mut execs) = (0, 0);
    while sends + execs < 2 {
        match events.recv_timeout(harness::GUARD).expect("both of them") {
            Event::Attempt(e) => sends += usize::from(e.pid() == Some(NOBODY)),
            Event::FailedExec(e) => execs += usize::from(e.filename == "/no/such/program"),
            Event::Lost(_) | Event::Skipped(_) | Event::Filter(_) | Event::Clock(_) => {}
            other => panic!("this did not fail: {other:?}"),
        }
    }
    assert_eq!((sends, execs), (1, 1));
    reading.stop();
}

/// Nobody reads while they fail: what does not fit is counted, by signal and by sender, apart from signals.
#[test]
fn failures_that_do_not_fit_are_counted() {
    let Some(_leave) = harness::alone("failures_that_do_not_fit_are_counted") else { return };
    let watch = Watch::narrowed(64 << 10, filter(ALL), Narrows::All);
    let vain = |number: &str, times: &str| {
        let mut child = sigzoo().args(["vain", times, number, &NOBODY.to_string()]).spawn().unwrap();
        assert!(child.wait().unwrap().success());
        child.id()
    };
    let pids = [vain("15", "100000"), vain("0", "50000"), vain("99", "30000")];
    let (sender, events) = channel();
    watch.read(move |event| drop(sender.send(event))).stop();
    let (mut told, mut lost) = ([0u64; 3], [0u64; 3]);
    for event in events {
        match event {
            Event::Attempt(e) => {
                if let Some(at) = pids.iter().position(|pid| *pid == e.sender.key.pid) {
                    told[at] += 1;
                }
            }
            Event::Lost(CountEvent { sender: Some(SenderKey::Process(key)), signal, result, count, .. }) => {
                let Some(at) = pids.iter().position(|pid| *pid == key.pid) else { continue }; // others fail too
                let (failed, probe) = (Some(SendResult::Failed), Some(SendResult::Probe));
                let tried = [(Some(Signal::TERM), failed), (None, probe), (None, failed)];
                if (signal, result) == tried[at] {
                    lost[at] += count;
                } else {
                    assert_eq!((signal, result), (Some(Signal::CHLD), None), "by its end alone a signal was sent");
                }
            }
            _ => {}
        }
    }
    let sum: Vec<u64> = told.iter().zip(lost).map(|(told, lost)| told + lost).collect();
    assert_eq!(sum, [100_000, 50_000, 30_000], "{told:?} told, {lost:?} lost");
    assert!(lost.iter().sum::<u64>() > 10_000, "64 KiB and a full channel cannot hold them: {lost:?} lost");
}
