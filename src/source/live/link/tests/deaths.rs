//! Deaths and what they are of; and what is forgotten.

use super::*;

#[test]
fn a_process_of_many_threads_dies_once() {
    let mut fold = Fold::default();
    let id = fold.kill(BOB, Signal::TERM);
    let told = fold.group_exit(BOB, 23, Signal::TERM).unwrap();
    assert_eq!((told.id, told.signal, told.action), (Some(id), Signal::TERM, Action::Terminate));
    for tid in [BOB, 21, 22] {
        assert_eq!(fold.group_exit(BOB, tid, Signal::TERM), None);
    }
    assert_eq!(fold.cause(BOB, Signal::TERM), Some(id));
}

#[test]
fn one_to_a_thread_kills_all_of_them() {
    let mut fold = Fold::default();
    let id = fold.tkill(BOB, 22, Signal::TERM);
    let told = fold.group_exit(BOB, 23, Signal::TERM).unwrap();
    assert_eq!(told.id, Some(id));
    assert_eq!(fold.cause(BOB, Signal::TERM), Some(id));
}

/// A signal that dumps core is delivered in one thread; the others get the kernel's SIGKILL.
#[test]
fn a_core_dump_is_told_once() {
    let mut fold = Fold::default();
    let id = fold.kill(BOB, Signal::QUIT);
    let event = taken(9, Signal::QUIT, thread(BOB, 22), Disposition::Default);
    assert_eq!(fold.deliver(event, false).unwrap().action, Action::Core);
    assert_eq!(fold.group_exit(BOB, BOB, Signal::QUIT), None);
    let end = End::Signal { signal: Signal::QUIT, core: true };
    let cause = fold.exit(BOB, end).unwrap().cause.unwrap();
    assert_eq!((cause.id, cause.sender.map(|s| s.key)), (id, Some(key(10))));
}

/// Without the deliver hook, or where the record was lost.
#[test]
fn a_death_without_a_delivery_still_has_its_cause() {
    let mut fold = Fold::default();
    fold.kill(BOB, Signal::HUP);
    let id = fold.tkill(BOB, 22, Signal::KILL);
    assert_eq!(fold.cause(BOB, Signal::KILL), Some(id));
}

#[test]
fn a_dump_that_is_killed_dies_of_the_kill() {
    let mut fold = Fold::default();
    fold.kill(BOB, Signal::QUIT);
    fold.deliver(taken(9, Signal::QUIT, process(BOB), Disposition::Default), false).unwrap();
    let kill = fold.kill(BOB, Signal::KILL);
    assert_eq!(fold.cause(BOB, Signal::KILL), Some(kill));
}

#[test]
fn one_that_was_handled_is_no_cause() {
    let mut fold = Fold::default();
    fold.kill(BOB, Signal::TERM);
    fold.handle(BOB, BOB, Signal::TERM);
    assert_eq!(fold.cause(BOB, Signal::TERM), None);
}

#[test]
fn an_ordinary_end_has_no_cause() {
    let mut fold = Fold::default();
    fold.kill(BOB, Signal::TERM);
    assert_eq!(fold.exit(BOB, End::Code(0)).unwrap().cause, None);
}

#[test]
fn two_last_threads_are_one_death() {
    let mut fold = Fold::default();
    assert!(fold.exit(BOB, End::Code(3)).is_some());
    assert_eq!(fold.exit(BOB, End::Code(3)), None);
}

#[test]
fn threads_end_without_their_process() {
    let mut fold = Fold::default();
    let id = fold.kill(BOB, Signal::TERM);
    fold.linker.record(Record::Exit(exited(5, thread(BOB, 22), End::Code(0))));
    fold.group_exit(BOB, BOB, Signal::TERM).unwrap();
    assert_eq!(fold.cause(BOB, Signal::TERM), Some(id));
}

#[test]
fn a_reused_pid_is_another_process() {
    let mut fold = Fold::default();
    fold.rename(named(process(BOB), "first"));
    fold.kill(BOB, rt(0));
    fold.kill(BOB, Signal::KILL);
    fold.cause(BOB, Signal::KILL).unwrap();

    let second = Party { key: ProcKey { pid: BOB, start_ns: 99_999 }, ..named(process(BOB), "second") };
    fold.fork(10, second);
    assert_eq!(fold.deliver(taken(7, rt(0), second, Disposition::Handler), false).unwrap().id, None);
    let id = fold.send(sent(8, Signal::KILL, Party { name: Name::default(), ..second }, Scope::Process));
    assert_eq!(fold.last_signal().target.name.as_str(), "second");
    fold.linker.record(Record::Exit(exited(9, second, by_signal(Signal::KILL))));
    let Some(Event::Exit(event)) = fold.linker.out.last() else { panic!() };
    assert_eq!(event.cause.map(|cause| cause.id), Some(id));
}

/// Bounded: a machine that forks for ever is not remembered for ever, and the living are not forgotten for it.
#[test]
fn the_dead_are_forgotten() {
    let mut fold = Fold::default();
    fold.rename(named(process(BOB), "living"));
    for pid in 1000..1000 + 3 * DEAD_MAX as u32 {
        fold.fork(BOB, named(process(pid), "short"));
        fold.exit(pid, End::Code(0));
    }
    assert!(fold.linker.tasks.len() <= DEAD_MAX + 2, "{}", fold.linker.tasks.len());
    fold.kill(BOB, Signal::TERM);
    assert_eq!(fold.last_signal().target.name.as_str(), "living");
}

/// Exits that were lost leave their processes behind; the table is bounded all the same.
#[test]
fn those_whose_exit_was_lost_are_forgotten_too() {
    let mut fold = Fold::default();
    for pid in 1..=TASKS_MAX as u32 + 10 {
        fold.fork(1, named(process(pid), "lost"));
        if pid % 4096 == 0 {
            fold.signals();
        }
    }
    assert!(fold.linker.tasks.len() <= TASKS_MAX, "{}", fold.linker.tasks.len());
}
