//! Attempts are numbered with the signals, and get the names that the kernel left out; of whom they were meant for
//! nothing is said that is not known.

use super::*;
use crate::event::{Aim, Errno};

fn attempt(aim: Aim, number: i32) -> AttemptEvent {
    AttemptEvent {
        id: 0,
        mono_ns: 1,
        number,
        sender: process(10),
        sender_tty: Tty::NONE,
        aim,
        nested: false,
        target: None,
        call: Call::Kill,
        errno: Some(Errno::PERM),
        generation: 0,
    }
}

impl Fold {
    fn attempt(&mut self, event: AttemptEvent) -> Option<AttemptEvent> {
        self.linker.record(Record::Attempt(event));
        match self.linker.take(u64::MAX).pop() {
            Some(Event::Attempt(e)) => Some(e),
            _ => None,
        }
    }

    fn meant(&mut self, aim: Aim) -> Option<(u32, u32, u32, String)> {
        let target = self.attempt(attempt(aim, 15)).unwrap().target?;
        Some((target.key.pid, target.tid, target.uid, target.name.as_str().into()))
    }
}

fn known() -> Fold {
    let mut fold = Fold::default();
    fold.seen(named(process(10), "alice"), Tty::NONE);
    fold.seen(Party { uid: 33, ..named(process(BOB), "bob") }, Tty::NONE);
    fold
}

#[test]
fn the_names_are_filled_in() {
    let mut fold = known();
    let e = fold.attempt(attempt(Aim::Process(BOB as i32), 15)).unwrap();
    assert_eq!((e.sender.name.as_str(), e.target.map(|t| t.key)), ("alice", Some(key(BOB))));
    let bob = Some((BOB, BOB, 33, "bob".to_string()));
    assert_eq!(fold.meant(Aim::Process(BOB as i32)), bob);
    assert_eq!(fold.meant(Aim::Thread { tgid: 0, tid: BOB as i32 }), bob);
    assert_eq!(fold.meant(Aim::Thread { tgid: BOB as i32, tid: 21 }), Some((BOB, 21, 33, "bob".to_string())));
}

#[test]
fn who_is_not_known_is_not_guessed() {
    let mut fold = known();
    for aim in [
        Aim::Process(99),
        Aim::Process(-20),
        Aim::Thread { tgid: 0, tid: 99 },
        Aim::Thread { tgid: BOB as i32, tid: -1 },
        Aim::Group(BOB),
        Aim::All,
        Aim::Fd(BOB as i32),
    ] {
        assert_eq!(fold.meant(aim), None, "{aim:?}");
    }
    let nested = AttemptEvent { nested: true, ..attempt(Aim::Process(BOB as i32), 15) };
    assert_eq!(fold.attempt(nested).unwrap().target, None, "its numbers are others");
}

/// Until somebody else has its pid, it is the last one who had it.
#[test]
fn the_dead_are_still_meant() {
    let mut fold = known();
    fold.linker.record(Record::Exit(exited(2, named(process(BOB), "bob"), End::Code(0))));
    assert_eq!(fold.meant(Aim::Process(BOB as i32)).map(|(pid, .., name)| (pid, name)), Some((BOB, "bob".into())));
    let next = Party { key: ProcKey { pid: BOB, start_ns: 77 }, ..named(process(BOB), "carol") };
    fold.fork(10, next);
    assert_eq!(fold.meant(Aim::Process(BOB as i32)).map(|(.., name)| name), Some("carol".into()));
}

#[test]
fn the_user_is_the_last_told() {
    let mut fold = known();
    let target = Party { uid: 44, ..process(BOB) };
    fold.send(sent(5, Signal::TERM, target, Scope::Process));
    assert_eq!(fold.meant(Aim::Process(BOB as i32)).map(|(_, _, uid, _)| uid), Some(44));
}

#[test]
fn they_are_numbered_among_the_signals_and_joined_to_nothing() {
    let mut fold = known();
    let first = fold.kill(BOB, Signal::TERM);
    let second = fold.attempt(attempt(Aim::Process(BOB as i32), 15)).unwrap().id;
    let third = fold.kill(BOB, Signal::HUP);
    assert_eq!([first, second, third], [1, 2, 3]);
    assert_eq!(fold.handle(BOB, BOB, Signal::TERM), Some(first), "what failed does not wait");
}
