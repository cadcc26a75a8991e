//! Deliveries and the signals they are of.

use super::*;

#[test]
fn a_delivery_is_joined_to_its_signal() {
    let mut fold = Fold::default();
    let first = fold.send(sent(100, Signal::USR1, process(BOB), Scope::Process));
    let other = fold.send(sent(150, Signal::USR2, process(BOB), Scope::Process));
    let elsewhere = fold.send(sent(160, Signal::USR1, process(21), Scope::Process));
    let event = fold.deliver(taken(400, Signal::USR1, process(BOB), Disposition::Handler), false).unwrap();
    assert_eq!((event.id, event.latency_ns), (Some(first), Some(300)));
    assert_eq!(fold.handle(BOB, BOB, Signal::USR2), Some(other));
    assert_eq!(fold.handle(21, 21, Signal::USR1), Some(elsewhere));
    assert_eq!((first, other, elsewhere), (1, 2, 3));
}

#[test]
fn a_delivery_whose_sending_was_not_seen_says_so() {
    let mut fold = Fold::default();
    let event = fold.deliver(taken(1, Signal::TERM, process(BOB), Disposition::Handler), false).unwrap();
    assert_eq!((event.id, event.latency_ns), (None, None));
}

#[test]
fn one_to_a_thread_is_not_another_threads() {
    let mut fold = Fold::default();
    let to_thread = fold.tkill(BOB, 22, Signal::USR1);
    assert_eq!(fold.handle(BOB, 23, Signal::USR1), None);
    assert_eq!(fold.handle(BOB, 22, Signal::USR1), Some(to_thread));
}

#[test]
fn a_thread_takes_its_own_before_its_processes() {
    let mut fold = Fold::default();
    let to_process = fold.kill(BOB, Signal::USR1);
    let to_thread = fold.tkill(BOB, 22, Signal::USR1);
    assert_eq!(fold.handle(BOB, 22, Signal::USR1), Some(to_thread));
    assert_eq!(fold.handle(BOB, 22, Signal::USR1), Some(to_process));
}

#[test]
fn any_thread_takes_its_processes() {
    let mut fold = Fold::default();
    let id = fold.kill(BOB, Signal::TERM);
    assert_eq!(fold.handle(BOB, 25, Signal::TERM), Some(id));
    assert_eq!(fold.handle(BOB, 26, Signal::TERM), None);
}

#[test]
fn coalesced_ones_are_the_first_ones_delivery() {
    let mut fold = Fold::default();
    let first = fold.kill(BOB, Signal::USR1);
    fold.result(BOB, Signal::USR1, SendResult::Coalesced);
    assert_eq!(fold.handle(BOB, BOB, Signal::USR1), Some(first));
    assert_eq!(fold.handle(BOB, BOB, Signal::USR1), None);
}

#[test]
fn ignored_and_refused_ones_have_no_delivery() {
    for result in [SendResult::Ignored, SendResult::Overflow] {
        let mut fold = Fold::default();
        fold.result(BOB, rt(0), result);
        assert_eq!(fold.handle(BOB, BOB, rt(0)), None, "{result:?}");
    }
}

/// signalfd and sigwait take a signal unseen; only one of each can wait, so the second is the one delivered.
#[test]
fn one_taken_unseen_does_not_stand_in_for_the_next() {
    let mut fold = Fold::default();
    fold.kill(BOB, Signal::USR1);
    let second = fold.kill(BOB, Signal::USR1);
    assert_eq!(fold.handle(BOB, BOB, Signal::USR1), Some(second));
    assert_eq!(fold.handle(BOB, BOB, Signal::USR1), None);
}

#[test]
fn real_time_signals_come_in_the_order_they_were_sent() {
    let mut fold = Fold::default();
    let ids: Vec<u64> = (0..5).map(|_| fold.kill(BOB, rt(1))).collect();
    let taken: Vec<Option<u64>> = (0..6).map(|_| fold.handle(BOB, BOB, rt(1))).collect();
    assert_eq!(taken, ids.into_iter().map(Some).chain([None]).collect::<Vec<_>>());
}

/// One that finds its queue empty: those before it were taken, by signalfd or sigwait if it was not seen.
#[test]
fn what_was_taken_unseen_is_not_joined_to_the_next() {
    let mut fold = Fold::default();
    let to_thread = fold.tkill(BOB, 22, rt(1));
    for _ in 0..PENDING_MAX + 5 {
        fold.kill(BOB, rt(1));
    }
    let event = sent(99, rt(1), process(BOB), Scope::Process);
    fold.linker.record(Record::Signal { event, mark: Mark::default(), ran: 10, alone: true, maybe_oom: false });
    let alone = fold.linker.last_id;
    assert_eq!(fold.handle(BOB, BOB, rt(1)), Some(alone));
    assert_eq!(fold.handle(BOB, 22, rt(1)), Some(to_thread));
    assert_eq!(fold.handle(BOB, BOB, rt(1)), None);
}

/// Beyond what is remembered there is no guess; and once those are through, it is exact again.
#[test]
fn a_long_queue_is_never_joined_wrongly() {
    let mut fold = Fold::default();
    let count = PENDING_MAX + 100;
    let ids: Vec<u64> = (0..count).map(|_| fold.kill(BOB, rt(0))).collect();
    for (n, id) in ids.iter().enumerate() {
        let late = fold.kill(BOB, rt(0)); // the queue stays as long as it is
        let expected = (n < PENDING_MAX).then_some(*id);
        assert_eq!(fold.handle(BOB, BOB, rt(0)), expected, "number {n}, while {late} is sent");
    }
    for _ in 0..count {
        assert_eq!(fold.handle(BOB, BOB, rt(0)), None);
    }
    let id = fold.kill(BOB, rt(0));
    assert_eq!(fold.handle(BOB, BOB, rt(0)), Some(id));
}

/// The kernel throws waiting stops away when a process is continued, and the other way round: prepare_signal().
#[test]
fn stop_and_continue_cancel_each_other() {
    for (first, second) in [(Signal::TSTP, Signal::CONT), (Signal::CONT, Signal::TSTP)] {
        let mut fold = Fold::default();
        fold.kill(BOB, first);
        fold.kill(BOB, second);
        let fresh = fold.tkill(BOB, BOB, first);
        fold.handle(BOB, BOB, first).unwrap();
        assert_eq!(fold.handle(BOB, BOB, first), None, "{first} of before {second}, not {fresh}");
    }
    let mut fold = Fold::default();
    fold.kill(BOB, Signal::TSTP);
    fold.result(BOB, Signal::CONT, SendResult::Ignored); // stops are gone all the same
    assert_eq!(fold.handle(BOB, BOB, Signal::TSTP), None);
}

/// What found no room in the kernel's queue is only a mark: many make one, and none where one is queued.
#[test]
fn bare_real_time_signals_are_delivered_once() {
    let mut fold = Fold::default();
    let bare = fold.result(BOB, rt(0), SendResult::InfoLost);
    fold.result(BOB, rt(0), SendResult::InfoLost);
    assert_eq!(fold.handle(BOB, BOB, rt(0)), Some(bare));
    assert_eq!(fold.handle(BOB, BOB, rt(0)), None);

    let queued = fold.kill(BOB, rt(0));
    fold.result(BOB, rt(0), SendResult::InfoLost);
    assert_eq!(fold.handle(BOB, BOB, rt(0)), Some(queued));
    let next = fold.kill(BOB, rt(0));
    assert_eq!(fold.handle(BOB, BOB, rt(0)), Some(next));
}
