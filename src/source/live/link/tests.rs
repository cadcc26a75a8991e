//! The fold, record by record: what is joined to what, what never is, and that it stays bounded.

use super::*;
use crate::event::{Detail, Name, Party};
use crate::source::live::filters::Word;
use proptest::prelude::*;
use std::sync::mpsc::{Sender, channel};

const BOB: u32 = 20;

fn key(pid: u32) -> ProcKey {
    ProcKey { pid, start_ns: u64::from(pid) * 1000 }
}

/// The thread `tid` of process `pid`, as a hot record has it: without a name.
fn thread(pid: u32, tid: u32) -> Party {
    Party { key: key(pid), tid, ..Party::default() }
}

fn process(pid: u32) -> Party {
    thread(pid, pid)
}

fn named(who: Party, name: &str) -> Party {
    Party { name: Name::from(name), ..who }
}

fn rt(n: u8) -> Signal {
    Signal::new(34 + n).unwrap()
}

/// From process 10 to `target`, queued.
fn sent(at: u64, signal: Signal, target: Party, scope: Scope) -> SignalEvent {
    SignalEvent {
        id: 0,
        mono_ns: at,
        signal,
        code: 0,
        sender: Some(process(10)),
        target,
        origin: Origin::User,
        call: Some(Call::Kill),
        scope,
        result: SendResult::Queued,
        ignored: None,
        continued: false,
        detail: Detail::None,
        generation: 0,
    }
}

fn taken(at: u64, signal: Signal, target: Party, disposition: Disposition) -> DeliverEvent {
    let action = if disposition == Disposition::Default { signal.default_action().into() } else { Action::None };
    DeliverEvent { id: None, mono_ns: at, signal, target, disposition, action, latency_ns: None }
}

fn exited(at: u64, who: Party, end: End) -> ExitEvent {
    ExitEvent { mono_ns: at, who, thread: who.tid != who.key.pid, end, cause: None }
}

fn by_signal(signal: Signal) -> End {
    End::Signal { signal, core: false }
}

/// A linker, and what came out of it so far.
struct Fold {
    linker: Linker,
    now: u64,
    words: Sender<Word>,
}

impl Default for Fold {
    fn default() -> Fold {
        let (words, said) = channel();
        Fold { linker: Linker::new(Filters::new(said), SignalSet::ALL), now: 0, words }
    }
}

impl Fold {
    fn send(&mut self, event: SignalEvent) -> u64 {
        self.linker.record(Record::Signal { event, ran: 10, alone: false, maybe_oom: false });
        self.linker.last_id
    }

    /// To the whole process, at the next nanosecond.
    fn kill(&mut self, pid: u32, signal: Signal) -> u64 {
        self.now += 1;
        self.send(sent(self.now, signal, process(pid), Scope::Process))
    }

    fn tkill(&mut self, pid: u32, tid: u32, signal: Signal) -> u64 {
        self.now += 1;
        self.send(sent(self.now, signal, thread(pid, tid), Scope::Thread))
    }

    fn result(&mut self, pid: u32, signal: Signal, result: SendResult) -> u64 {
        self.now += 1;
        self.send(SignalEvent { result, ..sent(self.now, signal, process(pid), Scope::Process) })
    }

    /// A SIGKILL of the kernel's own, made by the thread `ran`.
    fn kernel_kill(&mut self, ran: u32, pid: u32) -> u64 {
        self.now += 1;
        let event = SignalEvent {
            sender: None,
            call: None,
            origin: Origin::Kernel,
            ..sent(self.now, Signal::KILL, process(pid), Scope::Process)
        };
        self.linker.record(Record::Signal { event, ran, alone: false, maybe_oom: true });
        self.linker.last_id
    }

    fn oom_mark(&mut self, ran: u32) {
        self.now += 1;
        self.linker.record(Record::Oom { mono_ns: self.now, ran });
    }

    /// The handler of `tid` runs: the id of the signal that it is said to be.
    fn handle(&mut self, pid: u32, tid: u32, signal: Signal) -> Option<u64> {
        self.now += 1;
        let event = taken(self.now, signal, thread(pid, tid), Disposition::Handler);
        self.deliver(event, false).unwrap().id
    }

    /// The SIGKILL of a dying process's thread: what is told, if anything.
    fn group_exit(&mut self, pid: u32, tid: u32, signal: Signal) -> Option<DeliverEvent> {
        self.now += 1;
        self.deliver(taken(self.now, signal, thread(pid, tid), Disposition::Default), true)
    }

    fn deliver(&mut self, event: DeliverEvent, group_exit: bool) -> Option<DeliverEvent> {
        let before = self.linker.out.len();
        self.linker.record(Record::Deliver { event, group_exit });
        match self.linker.out.get(before..) {
            Some([Event::Deliver(event)]) => Some(*event),
            Some([]) => None,
            more => panic!("{more:?}"),
        }
    }

    fn exit(&mut self, pid: u32, end: End) -> Option<ExitEvent> {
        self.now += 1;
        let before = self.linker.out.len();
        self.linker.record(Record::Exit(exited(self.now, process(pid), end)));
        match self.linker.out.get(before..) {
            Some([Event::Exit(event)]) => Some(*event),
            Some([]) => None,
            more => panic!("{more:?}"),
        }
    }

    fn cause(&mut self, pid: u32, signal: Signal) -> Option<u64> {
        self.exit(pid, by_signal(signal)).unwrap().cause.map(|cause| cause.id)
    }

    fn fork(&mut self, parent: u32, child: Party) {
        self.now += 1;
        self.linker.record(Record::Fork(ForkEvent { mono_ns: self.now, child, parent: key(parent) }));
    }

    fn rename(&mut self, who: Party) {
        self.now += 1;
        self.linker.record(Record::Rename(RenameEvent { mono_ns: self.now, who }));
    }

    fn exec(&mut self, who: Party, tty: Tty) {
        self.now += 1;
        let event = ExecEvent {
            mono_ns: self.now,
            who,
            gid: 0,
            tty,
            filename: String::new(),
            argv: Vec::new(),
            argv_cut: false,
            cwd: String::new(),
        };
        self.linker.record(Record::Exec(Box::new(event)));
    }

    fn seen(&mut self, who: Party, tty: Tty) {
        let event = SeenEvent {
            mono_ns: self.now,
            who,
            parent: None,
            tty,
            exe: String::new(),
            argv: Vec::new(),
            cgroup_id: 0,
            cgroup: String::new(),
            zombie: false,
        };
        self.linker.seen(event);
    }

    fn signals(&mut self) -> Vec<SignalEvent> {
        let events = self.linker.take(self.now + OOM_WAIT_NS);
        events.into_iter().filter_map(|e| if let Event::Signal(e) = e { Some(e) } else { None }).collect()
    }

    /// The last signal event, with its names filled in.
    fn last_signal(&mut self) -> SignalEvent {
        self.signals().pop().unwrap()
    }
}

mod deliveries {
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
        fold.linker.record(Record::Signal { event, ran: 10, alone: true, maybe_oom: false });
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
}

mod deaths {
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
}

mod oom {
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
}

mod filters {
    use super::*;

    fn set(signals: &[Signal]) -> SignalSet {
        signals.iter().copied().collect()
    }

    impl Fold {
        fn expect(&mut self, generation: u32, signals: SignalSet) {
            let text = format!("number {generation}");
            self.words.send(Word::Expect(Filter { generation, signals, text })).unwrap();
        }

        /// A signal that passed the filter of `generation`.
        fn pass(&mut self, generation: u32, signal: Signal) -> u64 {
            self.linker.stamp(Stamp { generation, gap: 0 });
            self.kill(BOB, signal)
        }

        /// What came out, in short: the generation of a filter, or the number of a signal.
        fn told(&mut self) -> Vec<Result<u32, u8>> {
            let short = |event: Event| match event {
                Event::Filter(e) => Ok(e.generation),
                Event::Signal(e) => Err(e.signal.number()),
                other => panic!("{other:?}"),
            };
            self.linker.take(self.now).into_iter().map(short).collect()
        }
    }

    #[test]
    fn a_filter_is_told_before_its_first_record() {
        let mut fold = Fold::default();
        fold.pass(0, Signal::TERM);
        fold.expect(1, SignalSet::ALL);
        fold.pass(0, Signal::HUP); // the kernel does not obey yet
        fold.pass(1, Signal::INT);
        fold.pass(1, Signal::USR1);
        assert_eq!(fold.told(), [Err(15), Err(1), Ok(1), Err(2), Err(10)]);
    }

    #[test]
    fn a_filter_that_nothing_passes_is_told_once_it_holds() {
        let mut fold = Fold::default();
        fold.expect(1, SignalSet::EMPTY);
        assert_eq!(fold.linker.listen().due, None);
        fold.words.send(Word::InForce(1)).unwrap();
        assert_eq!(fold.linker.listen().due, Some(1));
        fold.linker.tell_filters(1, 7);
        assert_eq!(fold.told(), [Ok(1)]);
        assert_eq!(fold.linker.listen().due, None);
    }

    #[test]
    fn filters_that_came_and_went_unseen_are_told_too() {
        let mut fold = Fold::default();
        for generation in 1..=3 {
            fold.expect(generation, SignalSet::ALL);
        }
        fold.pass(2, Signal::TERM);
        fold.pass(1, Signal::HUP); // of another processor, a moment late
        fold.pass(3, Signal::INT);
        assert_eq!(fold.told(), [Ok(1), Ok(2), Err(15), Err(1), Ok(3), Err(2)]);
    }

    #[test]
    fn that_the_control_side_is_gone_is_heard() {
        let mut fold = Fold::default();
        assert!(!fold.linker.listen().ended);
        fold.words = channel().0;
        assert!(fold.linker.listen().ended);
    }

    /// While a signal is filtered, more of it may be sent and taken unseen: what waited then is no longer known.
    #[test]
    fn what_was_filtered_in_between_is_not_joined() {
        let mut fold = Fold::default();
        let term = fold.pass(0, Signal::TERM);
        fold.pass(0, rt(0));
        fold.expect(1, set(&[Signal::TERM]));
        fold.expect(2, SignalSet::ALL);
        fold.linker.stamp(Stamp { generation: 2, gap: 0 });
        assert_eq!(fold.handle(BOB, BOB, rt(0)), None);
        assert_eq!(fold.handle(BOB, BOB, Signal::TERM), Some(term));
    }
}

mod gaps {
    use super::*;

    #[test]
    fn what_waited_before_a_gap_is_not_joined_after_it() {
        let mut fold = Fold::default();
        fold.kill(BOB, rt(0));
        fold.kill(BOB, Signal::USR1);
        fold.kill(21, Signal::USR1);
        fold.linker.stamp(Stamp { generation: 0, gap: 1 });
        let after = fold.kill(BOB, rt(0));
        assert_eq!(fold.handle(BOB, BOB, rt(0)), Some(after));
        assert_eq!(fold.handle(BOB, BOB, Signal::USR1), None);
        assert_eq!(fold.handle(21, 21, Signal::USR1), None);
    }

    /// A death that was told before the gap is what it was.
    #[test]
    fn who_is_dying_still_dies_of_it() {
        let mut fold = Fold::default();
        let id = fold.kill(BOB, Signal::TERM);
        fold.group_exit(BOB, BOB, Signal::TERM).unwrap();
        fold.linker.stamp(Stamp { generation: 0, gap: 1 });
        assert_eq!(fold.cause(BOB, Signal::TERM), Some(id));
    }

    #[test]
    fn who_waited_through_a_gap_dies_of_something_unknown() {
        let mut fold = Fold::default();
        fold.kill(BOB, Signal::TERM);
        fold.linker.stamp(Stamp { generation: 0, gap: 65_535 });
        assert_eq!(fold.cause(BOB, Signal::TERM), None);
    }
}

mod names {
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
        fold.linker.record(Record::Fork(ForkEvent { mono_ns: 1, child: named(process(BOB), "new"), parent }));
        fold.send(SignalEvent {
            sender: None,
            origin: Origin::Tty,
            detail: Detail::Tty(Tty::NONE),
            ..sent(9, Signal::HUP, process(BOB), Scope::Process)
        });
        assert_eq!(fold.last_signal().detail, Detail::Tty(Tty::NONE));
    }
}

/// Against the kernel's own queues, as signal(7) and dequeue_signal() have them.
mod queues {
    use super::*;
    use std::collections::{HashMap, VecDeque};

    const THREADS: [u32; 2] = [BOB, 22];

    /// One step: a signal sent to the process (0) or a thread, or taken by a thread.
    #[derive(Clone, Debug)]
    enum Step {
        Send { signal: u8, tid: u32 },
        Take { signal: u8, tid: u32 },
    }

    fn step() -> impl Strategy<Value = Step> {
        let signal = prop::sample::select(vec![10u8, 12, 34, 35]);
        let tid = prop::sample::select(vec![0, THREADS[0], THREADS[1]]);
        (any::<bool>(), signal, tid).prop_map(|(send, signal, tid)| match (send, tid) {
            (true, tid) => Step::Send { signal, tid },
            (false, 0) => Step::Take { signal, tid: THREADS[0] },
            (false, tid) => Step::Take { signal, tid },
        })
    }

    /// What waits: for the process under 0, for each thread under its own number.
    #[derive(Default)]
    struct Kernel {
        waiting: HashMap<u32, VecDeque<(u8, u64)>>,
    }

    impl Kernel {
        fn is_coalesced(&self, signal: u8, tid: u32) -> bool {
            signal < 32 && self.waiting.get(&tid).is_some_and(|queue| queue.iter().any(|(s, _)| *s == signal))
        }

        fn take(&mut self, signal: u8, tid: u32) -> Option<u64> {
            [tid, 0].into_iter().find_map(|of| {
                let queue = self.waiting.get_mut(&of)?;
                let at = queue.iter().position(|(s, _)| *s == signal)?;
                Some(queue.remove(at)?.1)
            })
        }
    }

    proptest! {
        #[test]
        fn every_delivery_is_joined_as_the_kernel_took_it(steps in prop::collection::vec(step(), 0..200)) {
            let mut fold = Fold::default();
            let mut kernel = Kernel::default();
            for step in steps {
                match step {
                    Step::Send { signal, tid } => {
                        let coalesced = kernel.is_coalesced(signal, tid);
                        let who = thread(BOB, if tid == 0 { BOB } else { tid });
                        let scope = if tid == 0 { Scope::Process } else { Scope::Thread };
                        let result = if coalesced { SendResult::Coalesced } else { SendResult::Queued };
                        fold.now += 1;
                        let event = sent(fold.now, Signal::new(signal).unwrap(), who, scope);
                        let id = fold.send(SignalEvent { result, ..event });
                        if !coalesced {
                            kernel.waiting.entry(tid).or_default().push_back((signal, id));
                        }
                    }
                    Step::Take { signal, tid } => {
                        // Only what waits can be taken.
                        if let Some(id) = kernel.take(signal, tid) {
                            let told = fold.handle(BOB, tid, Signal::new(signal).unwrap());
                            prop_assert_eq!(told, Some(id));
                        }
                    }
                }
            }
        }

        /// Any records in any order: numbers rise, nothing panics, nothing is left behind.
        #[test]
        fn any_order_is_folded(records in prop::collection::vec((0u8..6, 1u32..5, 1u8..65), 0..300)) {
            let mut fold = Fold::default();
            for (kind, pid, number) in records {
                let signal = Signal::new(number).unwrap();
                match kind {
                    0 => { fold.kill(pid, signal); }
                    1 => { fold.handle(pid, pid, signal); }
                    2 => { fold.group_exit(pid, pid, signal); }
                    3 => { fold.exit(pid, by_signal(signal)); }
                    4 => { fold.kernel_kill(pid, pid); }
                    _ => fold.oom_mark(pid),
                }
            }
            let ids: Vec<u64> = fold.signals().iter().map(|e| e.id).collect();
            prop_assert!(ids.windows(2).all(|w| w[0] < w[1]));
            prop_assert!(fold.linker.out.is_empty() && !fold.linker.holds());
        }
    }
}
