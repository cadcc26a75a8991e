//! What failed and what only asked, as a filter sees it; and when somebody must look for it.

use super::super::sieve::{Narrows, Sieve};
use super::super::wanted::asks_for;
use super::super::*;
use super::events::*;
use crate::event::*;
use SendResult::{Failed, Probe};

const PTS3: Tty = Tty::from_device(136, 3);

fn filter(text: &str) -> Filter {
    Filter::parse(text, &|_| None).unwrap()
}

fn check(event: &Event, fit: &[&str], unfit: &[&str]) {
    for (text, expected) in fit.iter().map(|t| (t, true)).chain(unfit.iter().map(|t| (t, false))) {
        assert_eq!(matches(&filter(text), event, &Census::default()), expected, "{text} {event:?}");
    }
}

fn denied() -> AttemptEvent {
    AttemptEvent {
        id: 1,
        mono_ns: 1,
        number: 15,
        sender: party(100, 1000, "bash"),
        sender_tty: PTS3,
        aim: Aim::Process(201),
        nested: false,
        target: Some(party(201, 33, "nginx")),
        call: Call::Kill,
        errno: Some(Errno::PERM),
        generation: 0,
    }
}

#[test]
fn what_failed_is_a_signal_that_was_not_sent() {
    let fit = ["result:failed", "kind:signal", "sig:TERM", "from:bash", "to:201", "to:nginx", "tree:201", "uid:1000"];
    check(&Event::Attempt(denied()), &fit, &["result:probe,queued", "sig:KILL", "to:100", "uid:33", "origin:timer"]);
    check(&Event::Attempt(denied()), &["origin:user", "tty:pts/3", "ngin"], &["kind:deliver", "path:x"]);
}

#[test]
fn a_probe_has_no_signal() {
    let probe = Event::Attempt(AttemptEvent { number: 0, errno: None, ..denied() });
    check(&probe, &["result:probe", "!sig:TERM", "to:201"], &["result:failed", "sig:TERM", "sig:all"]);
    let invalid = Event::Attempt(AttemptEvent { number: 99, ..denied() });
    check(&invalid, &["result:failed"], &["sig:all"]);
}

/// Also where nobody has that pid: who looks for it by number finds what was meant for it.
#[test]
fn a_pid_that_nobody_has_is_still_meant() {
    let gone = AttemptEvent { target: None, errno: Some(Errno::SRCH), ..denied() };
    check(&Event::Attempt(gone), &["to:201", "pid:201", "tree:201", "201"], &["from:201", "to:nginx", "to:200"]);
    let others = [AttemptEvent { nested: true, ..gone }, AttemptEvent { aim: Aim::Group(201), ..gone }];
    others.into_iter().for_each(|e| check(&Event::Attempt(e), &["from:100"], &["to:201", "pid:201", "tree:201"]));
}

fn no_such_program() -> Event {
    Event::FailedExec(Box::new(FailedExecEvent {
        mono_ns: 1,
        who: party(100, 1000, "bash"),
        gid: 100,
        tty: PTS3,
        call: ExecCall::Execve,
        filename: "/usr/local/bin/gone".into(),
        errno: Errno::NOENT,
    }))
}

#[test]
fn an_exec_that_failed_is_about_the_file_and_whoever_tried() {
    let fit = ["kind:exec", "result:failed", "path:/usr/local/**", "gone", "pid:bash", "uid:1000", "tty:pts/3"];
    check(&no_such_program(), &fit, &["result:probe", "exe:gone", "kind:signal", "from:bash"]);
}

#[test]
fn it_runs_what_it_ran_before() {
    let mut census = Census::default();
    let who = seen(party(100, 1000, "bash"), None, PTS3, "/bin/bash", &["bash"], "/");
    census.apply(&Event::Seen(Box::new(who)));
    census.apply(&no_such_program());
    assert_eq!(census.facts(&key(100)).map(|facts| facts.exe), Some("/bin/bash"));
}

#[test]
fn signals_alone_are_narrowed_with_what_was_tried() {
    for (narrows, exec_passes) in [(Narrows::Signals, true), (Narrows::All, false)] {
        let mut sieve = Sieve::new(filter("result:queued"), narrows);
        assert!(!sieve.pass(&Event::Attempt(denied())));
        assert_eq!(sieve.pass(&no_such_program()), exec_passes);
        assert!(sieve.skipped(1).is_empty(), "no signal was sent, so none is counted");
    }
}

#[test]
fn who_names_it_asks_for_it() {
    for (text, failed, probe) in [
        ("", false, false),
        ("result:failed", true, false),
        ("result:probe", false, true),
        ("sig:TERM (to:7 or result:failed,probe)", true, true),
        ("!result:failed", false, false),
        ("result:queued", false, false),
    ] {
        let asks = |result| asks_for(&filter(text), Kind::Signal, &[result]);
        assert_eq!((asks(Failed), asks(Probe)), (failed, probe), "{text}");
    }
    for (text, sends, execs) in [
        ("errno:EPERM", true, true),
        ("kind:open result:failed", false, false),
        ("kind:exec,open errno:ENOENT", false, true),
        ("sig:KILL or kind:open (result:failed or errno:EACCES)", false, false),
        ("kind:open or sig:KILL result:failed", true, false),
        ("port:22 result:failed", false, false),
        ("path:/x result:failed", false, true),
        ("!kind:exec result:failed", true, false),
    ] {
        let asks = |kind| asks_for(&filter(text), kind, &[Failed]);
        assert_eq!((asks(Kind::Signal), asks(Kind::Exec)), (sends, execs), "{text}");
    }
}
