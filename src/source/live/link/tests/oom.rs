//! The OOM killer's marks.

use super::*;

#[test]
fn the_mark_names_the_killer() {
    let mut fold = Fold::default();
    let id = fold.kernel_kill(77, BOB);
    assert!(fold.linker.take(fold.now).is_empty(), "it is not known yet what it is");
    fold.oom_mark(77);
    assert!(!fold.linker.holds());
    let event = fold.last_signal();
    assert_eq!((event.id, event.origin), (id, Origin::Oom));
}

#[test]
fn without_a_mark_it_is_the_kernels_own() {
    let mut fold = Fold::default();
    fold.kernel_kill(77, BOB);
    fold.kill(21, Signal::TERM);
    assert!(fold.linker.take(fold.now).is_empty());
    let events = fold.linker.take(fold.now + OOM_WAIT_NS);
    assert_eq!(events.len(), 2);
    assert!(matches!(events[0], Event::Signal(SignalEvent { origin: Origin::Kernel, .. })));
    assert!(!fold.linker.holds());
}

#[test]
fn anothers_mark_is_not_its_own() {
    let mut fold = Fold::default();
    fold.kernel_kill(77, BOB);
    fold.oom_mark(78);
    assert_eq!(fold.last_signal().origin, Origin::Kernel);
}

/// It also kills those that share the victim's memory, after the mark.
#[test]
fn what_follows_the_mark_is_its_too() {
    let mut fold = Fold::default();
    fold.kernel_kill(77, 30);
    fold.oom_mark(77);
    fold.kernel_kill(77, 31);
    let origins: Vec<Origin> = fold.signals().iter().map(|e| e.origin).collect();
    assert_eq!(origins, [Origin::Oom, Origin::Oom]);
}

#[test]
fn a_death_before_the_mark_learns_its_cause_all_the_same() {
    let mut fold = Fold::default();
    let id = fold.kernel_kill(77, BOB);
    fold.group_exit(BOB, BOB, Signal::KILL).unwrap();
    fold.exit(BOB, by_signal(Signal::KILL)).unwrap();
    fold.oom_mark(77);
    let events = fold.linker.take(fold.now);
    let Some(Event::Exit(exit)) = events.last() else { panic!("{events:?}") };
    assert_eq!(exit.cause.map(|cause| (cause.id, cause.origin)), Some((id, Origin::Oom)));
}

#[test]
fn a_death_after_the_mark_knows_it() {
    let mut fold = Fold::default();
    fold.kernel_kill(77, BOB);
    fold.oom_mark(77);
    fold.group_exit(BOB, BOB, Signal::KILL).unwrap();
    let cause = fold.exit(BOB, by_signal(Signal::KILL)).unwrap().cause.unwrap();
    assert_eq!(cause.origin, Origin::Oom);
}

#[test]
fn two_at_once_have_each_their_own_mark() {
    let mut fold = Fold::default();
    fold.kernel_kill(77, 30);
    fold.kernel_kill(78, 31);
    fold.kernel_kill(79, 32);
    fold.oom_mark(78);
    fold.oom_mark(77);
    let origins: Vec<Origin> = fold.signals().iter().map(|e| e.origin).collect();
    assert_eq!(origins, [Origin::Oom, Origin::Oom, Origin::Kernel]);
}

/// A debugger that kills one tracee after another must not keep the stream waiting.
#[test]
fn nothing_waits_for_ever() {
    let mut fold = Fold::default();
    let mut longest = 0;
    for _ in 0..100 {
        fold.kernel_kill(77, BOB);
        fold.now += OOM_WAIT_NS / 4;
        fold.linker.take(fold.now);
        longest = longest.max(fold.linker.out.len());
    }
    assert!(longest <= 8, "{longest} events wait");
}

/// memory.oom.group: the whole cgroup, one after the other, each with a mark of its own.
#[test]
fn what_was_found_is_of_the_one_that_was_marked() {
    let mut fold = Fold::default();
    let found = |rss| Oom::new(rss << 20, 8 << 20, 1);
    for pid in [30, 31] {
        fold.kernel_kill(77, pid);
        fold.oom_found(77, pid, found(u64::from(pid)));
    }
    fold.kernel_kill(77, 32); // shares memory with the last
    fold.group_exit(31, 31, Signal::KILL).unwrap();
    let cause = fold.exit(31, by_signal(Signal::KILL)).unwrap().cause.unwrap();
    assert_eq!(cause.detail, Detail::Oom(found(31)));
    let signals: Vec<_> = fold.signals().iter().map(|e| (e.origin, e.detail)).collect();
    let oom = |rss| (Origin::Oom, Detail::Oom(found(rss)));
    assert_eq!(signals, [oom(30), oom(31), (Origin::Oom, Detail::None)]);
}
