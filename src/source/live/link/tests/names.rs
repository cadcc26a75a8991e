//! Names and terminals, which hot records leave out.

use super::*;

fn name_of(fold: &mut Fold, pid: u32) -> String {
    fold.kill(pid, Signal::USR1);
    fold.last_signal().target.name.as_str().to_string()
}

#[test]
fn a_process_is_called_what_it_was_called_last() {
    let mut fold = Fold::default();
    fold.seen(named(process(10), "bash"), Tty::NONE);
    fold.fork(10, named(process(BOB), "bash"));
    assert_eq!(name_of(&mut fold, BOB), "bash");
    fold.exec(named(process(BOB), "sleep"), Tty::NONE);
    assert_eq!(name_of(&mut fold, BOB), "sleep");
    fold.rename(named(process(BOB), "renamed"));
    fold.kill(BOB, Signal::USR1);
    let event = fold.last_signal();
    assert_eq!(event.target.name.as_str(), "renamed");
    assert_eq!(event.sender.unwrap().name.as_str(), "bash");
}

#[test]
fn threads_do_not_name_their_process() {
    let mut fold = Fold::default();
    fold.fork(10, named(process(BOB), "main"));
    fold.fork(10, named(thread(BOB, 22), "main"));
    fold.rename(named(thread(BOB, 22), "worker"));
    assert_eq!(name_of(&mut fold, BOB), "main");
}

/// Whichever thread calls exec becomes the process.
#[test]
fn a_thread_that_executes_does_name_it() {
    let mut fold = Fold::default();
    fold.fork(10, named(process(BOB), "main"));
    fold.exec(named(process(BOB), "other"), Tty::NONE);
    assert_eq!(name_of(&mut fold, BOB), "other");
}

#[test]
fn the_dead_keep_their_name_for_their_childs_signal() {
    let mut fold = Fold::default();
    fold.fork(10, named(process(BOB), "child"));
    fold.linker.record(Record::Exit(exited(5, named(process(BOB), "child"), End::Code(0))));
    let event = sent(6, Signal::CHLD, process(10), Scope::Process);
    fold.send(SignalEvent { sender: Some(process(BOB)), origin: Origin::Child, ..event });
    assert_eq!(fold.last_signal().sender.unwrap().name.as_str(), "child");
}

/// A dying parent hands its dead children over: of those only the pid is told.
#[test]
fn a_child_known_by_its_pid_alone_is_found() {
    let mut fold = Fold::default();
    fold.fork(10, named(process(BOB), "child"));
    fold.linker.record(Record::Exit(exited(5, named(process(BOB), "child"), End::Code(0))));
    let chld = |pid| {
        let sender = Party { key: ProcKey { pid, start_ns: 0 }, tid: pid, ..Party::default() };
        let event = sent(6, Signal::CHLD, process(10), Scope::Process);
        SignalEvent { sender: Some(sender), origin: Origin::Child, ..event }
    };
    fold.send(chld(BOB));
    let sender = fold.last_signal().sender.unwrap();
    assert_eq!((sender.key, sender.name.as_str()), (key(BOB), "child"));
    fold.send(chld(99));
    assert_eq!(fold.last_signal().sender, None);
}

#[test]
fn a_terminal_that_hung_up_is_remembered() {
    let pts = Tty::from_device(136, 3);
    let hangup = |pid| SignalEvent {
        sender: None,
        origin: Origin::Tty,
        detail: Detail::Tty(Tty::NONE),
        ..sent(9, Signal::HUP, process(pid), Scope::Process)
    };
    let mut fold = Fold::default();
    fold.seen(named(process(10), "bash"), pts);
    fold.fork(10, named(process(BOB), "bash"));
    for pid in [10, BOB] {
        fold.send(hangup(pid));
        assert_eq!(fold.last_signal().detail, Detail::Tty(pts), "{pid}");
    }
    fold.exec(named(process(BOB), "daemon"), Tty::NONE);
    fold.send(hangup(BOB));
    assert_eq!(fold.last_signal().detail, Detail::Tty(Tty::NONE));
}

/// The parent of a fork is told by pid and start time; another process with its pid has another terminal.
#[test]
fn no_terminal_comes_from_an_older_process_with_the_parents_pid() {
    let mut fold = Fold::default();
    fold.seen(named(process(10), "old"), Tty::from_device(136, 3));
    let parent = ProcKey { pid: 10, start_ns: 77_777 };
    fold.linker.record(Record::Fork(ForkEvent { mono_ns: 1, child: named(process(BOB), "new"), parent }, 0));
    fold.send(SignalEvent {
        sender: None,
        origin: Origin::Tty,
        detail: Detail::Tty(Tty::NONE),
        ..sent(9, Signal::HUP, process(BOB), Scope::Process)
    });
    assert_eq!(fold.last_signal().detail, Detail::Tty(Tty::NONE));
}
