//! The model under any sequence of events, hostile ones too: it never panics, stays within its limits, keeps the tree
//! whole and its totals exact. Histories with a plot are in `tests/scenarios`.

use super::*;
use crate::event::*;
use crate::signal::{Signal, SignalSet};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const SECOND: u64 = 1_000_000_000;

const SMALL: Limits =
    Limits { log_rows: 12, alerts_max: 5, dead_keep_ns: 5 * SECOND, dead_max: 3, procs_max: 16, senders_max: 16 };

pub(crate) fn key(pid: u32, start_ns: u64) -> ProcKey {
    ProcKey { pid, start_ns }
}

pub(crate) fn party(key: ProcKey) -> Party {
    Party { key, tid: key.pid, uid: 1000, name: Name::from(format!("p{}", key.pid).as_str()) }
}

pub(crate) fn signal(id: u64, signal: Signal, sender: Option<ProcKey>, target: ProcKey) -> SignalEvent {
    SignalEvent {
        sender: sender.map(party),
        origin: if sender.is_some() { Origin::User } else { Origin::Timer },
        call: None,
        ..SignalEvent::kill(id, id * 1000, signal, Party::default(), party(target))
    }
}

pub(crate) fn taken(id: u64, signal: Signal, target: ProcKey) -> DeliverEvent {
    DeliverEvent {
        id: Some(id),
        mono_ns: id * 1000 + 12,
        signal,
        target: party(target),
        disposition: Disposition::Handler,
        action: Action::None,
        latency_ns: Some(12),
    }
}

pub(crate) fn seen(who: ProcKey, parent: Option<ProcKey>, mono_ns: u64) -> SeenEvent {
    SeenEvent {
        mono_ns,
        who: party(who),
        parent,
        tty: Tty::NONE,
        exe: "/bin/seen".into(),
        argv: vec!["seen".into()],
        cgroup_id: 7,
        cgroup: "/c".into(),
        zombie: false,
    }
}

pub(crate) fn exit(who: ProcKey, mono_ns: u64) -> ExitEvent {
    ExitEvent { mono_ns, who: party(who), thread: false, end: End::Code(0), cause: None }
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> proptest::sample::Select<T> {
    proptest::sample::select(all)
}

/// Few processes, so that they meet often; more than the limits allow, so that some must go.
fn any_key() -> impl Strategy<Value = ProcKey> {
    (1u32..30, 0u64..3).prop_map(|(pid, start_ns)| key(pid, start_ns))
}

fn any_party() -> impl Strategy<Value = Party> {
    (any_key(), 0u32..4, "[ab]{0,2}").prop_map(|(key, thread, name)| Party {
        tid: key.pid + thread / 3,
        uid: thread,
        name: Name::from(name.as_str()),
        key,
    })
}

fn any_ns() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 0..100 * SECOND, 1 => any::<u64>()]
}

fn any_sig() -> impl Strategy<Value = Signal> {
    prop_oneof![
        Just(Signal::TERM),
        Just(Signal::KILL),
        Just(Signal::CHLD),
        (1u8..=64).prop_map(|n| Signal::new(n).unwrap())
    ]
}

/// What becomes of signals.
const SENT: &[SendResult] = SendResult::ALL.split_at(5).0;

prop_compose! {
    fn any_attempt()(
        (id, mono_ns, number) in (0u64..60, any_ns(), -1i32..70),
        (sender, tty, target) in (any_party(), 0u32..3, proptest::option::of(any_party())),
        aim in prop_oneof![
            any::<i32>().prop_map(Aim::Process),
            (any::<i32>(), any::<i32>()).prop_map(|(tgid, tid)| Aim::Thread { tgid, tid }),
            any::<u32>().prop_map(Aim::Group),
            Just(Aim::All),
            any::<i32>().prop_map(Aim::Fd),
        ],
        (nested, errno) in (any::<bool>(), 1u16..200),
        (call, found) in (one_of(Call::ALL), any::<bool>()),
    ) -> AttemptEvent {
        let errno = (number != 0 || !found).then_some(Errno(errno));
        let (sender_tty, generation) = (Tty(tty), 3);
        AttemptEvent { id, mono_ns, number, sender, sender_tty, aim, nested, target, call, errno, generation }
    }
}

prop_compose! {
    fn any_signal_event()(
        (id, mono_ns, signal, code) in (0u64..60, any_ns(), any_sig(), -1i32..5),
        (sender, target) in (proptest::option::of((any_party(), 0u32..3)), any_party()),
        (origin, result) in (one_of(Origin::ALL), one_of(SENT)),
        ignored in proptest::option::of(one_of(Ignored::ALL)),
        (continued, detail) in (any::<bool>(), any_detail()),
        masks in proptest::option::of(any_masks()),
    ) -> SignalEvent {
        SignalEvent {
            id, mono_ns, signal, code, target, origin,
            sender: sender.map(|(party, _)| party),
            sender_tty: sender.map_or(Tty::NONE, |(_, tty)| Tty(tty)),
            result, ignored, continued, detail, masks,
            call: Some(Call::Kill), scope: Scope::Thread, generation: 3,
        }
    }
}

fn any_masks() -> impl Strategy<Value = Masks> {
    let set = || any::<u64>().prop_map(SignalSet::from_bits);
    (set(), set()).prop_map(|(blocked, pending)| Masks { blocked, pending })
}

fn any_detail() -> impl Strategy<Value = Detail> {
    prop_oneof![
        Just(Detail::None),
        any::<u64>().prop_map(Detail::Value),
        any::<u64>().prop_map(Detail::Address),
        any::<i32>().prop_map(Detail::Status),
        any::<i32>().prop_map(Detail::Syscall),
        any::<u32>().prop_map(|nr| Detail::Tty(Tty(nr))),
    ]
}

fn any_count() -> impl Strategy<Value = CountEvent> {
    let sender = prop_oneof![
        any_key().prop_map(SenderKey::Process),
        one_of(Origin::ALL).prop_map(SenderKey::Kernel),
        Just(SenderKey::Others),
    ];
    let kind = prop_oneof![Just(Some(Kind::Signal)), proptest::option::of(one_of(Kind::ALL))];
    let result = prop_oneof![3 => Just(None), 1 => Just(Some(SendResult::Failed)), 1 => Just(Some(SendResult::Probe))];
    (any_ns(), kind, 0..1u64 << 40, proptest::option::of(any_sig()), proptest::option::of(sender), result).prop_map(
        |(mono_ns, kind, count, signal, sender, result)| CountEvent {
            mono_ns,
            kind,
            count,
            signal,
            sender,
            result,
            since_ns: None,
        },
    )
}

fn any_process_event() -> impl Strategy<Value = Event> {
    let end = prop_oneof![
        any::<u8>().prop_map(End::Code),
        (any_sig(), any::<bool>()).prop_map(|(signal, core)| End::Signal { signal, core }),
    ];
    let cause = (0u64..60, one_of(Origin::ALL), proptest::option::of(any_party()), any_detail())
        .prop_map(|(id, origin, sender, detail)| Cause { id, origin, sender, detail });
    prop_oneof![
        4 => (any_ns(), any_party(), any_key())
            .prop_map(|(mono_ns, child, parent)| Event::Fork(ForkEvent { mono_ns, child, parent })),
        2 => (any_ns(), any_party(), any::<bool>(), end, proptest::option::of(cause)).prop_map(
            |(mono_ns, who, thread, end, cause)| Event::Exit(ExitEvent { mono_ns, who, thread, end, cause })),
        1 => (any_ns(), any_party(), "\\PC{0,9}", vec(".{0,5}", 0..3)).prop_map(|(mono_ns, who, filename, argv)| {
            let (gid, tty, cwd) = (0, Tty(5), filename.clone());
            Event::Exec(Box::new(ExecEvent { mono_ns, who, gid, tty, filename, argv, argv_cut: false, cwd, exe: String::new() }))
        }),
        1 => (any_ns(), any_party(), any::<u16>()).prop_map(|(mono_ns, who, errno)| {
            let (gid, tty, call, filename, errno) = (0, Tty(5), ExecCall::Execve, "/no".into(), Errno(errno));
            Event::FailedExec(Box::new(FailedExecEvent { mono_ns, who, gid, tty, call, filename, errno }))
        }),
        1 => (any_ns(), any_party()).prop_map(|(mono_ns, who)| Event::Rename(RenameEvent { mono_ns, who })),
        2 => (any_ns(), any_party(), proptest::option::of(any_key()), any::<bool>())
            .prop_map(|(mono_ns, who, parent, zombie)| {
                Event::Seen(Box::new(SeenEvent { who, zombie, ..seen(who.key, parent, mono_ns) }))
            }),
    ]
}

/// Opens, moves, connections, and what rules say of them; paths long enough that some must go.
fn any_deed() -> impl Strategy<Value = Event> {
    let file = (any_ns(), any_party(), "[/a-c日]{0,9}", 0usize..3).prop_map(|(mono_ns, who, path, which)| {
        let path = path.repeat(if which == 2 { 4000 } else { 1 });
        let deed = match which {
            0 => Deed::Open { flags: 0, created: false },
            1 => Deed::Chmod { before: None, mode: 0o755 },
            _ => Deed::Move { from: path.clone() },
        };
        Event::File(Box::new(FileEvent { mono_ns, who, deed, path, same_as: String::new(), errno: None }))
    });
    let connect = (any_ns(), any_party(), any::<u16>()).prop_map(|(mono_ns, who, family)| {
        Event::Connect(Box::new(ConnectEvent { mono_ns, who, address: Address::Other(family), errno: None }))
    });
    let deed = prop_oneof![file, connect];
    (deed.clone(), proptest::option::of(any_party()), "[ab]", 0u64..3, any::<bool>()).prop_map(
        |(event, who, by, folded, is_alert)| {
            if !is_alert {
                return event;
            }
            let rule = a_rule(&by, Severity::Low);
            let rule = RuleInfo { description: by.clone(), false_alarms: by.clone(), ..rule };
            let plain = an_alert(rule, event.mono_ns());
            Event::Alert(Box::new(AlertEvent {
                by,
                since_ns: 0,
                folded,
                who,
                exe: "/usr/bin/x".into(),
                argv: vec!["x".into(); 3],
                event: Some(Box::new(event)),
                ..plain
            }))
        },
    )
}

fn any_event() -> impl Strategy<Value = Event> {
    let deliver = (
        (proptest::option::of(0u64..60), any_ns(), any_sig(), any_party()),
        (one_of(Disposition::ALL), one_of(Action::ALL), proptest::option::of(any::<u64>())),
    )
        .prop_map(|((id, mono_ns, signal, target), (disposition, action, latency_ns))| {
            Event::Deliver(DeliverEvent { id, mono_ns, signal, target, disposition, action, latency_ns })
        });
    prop_oneof![
        6 => any_signal_event().prop_map(Event::Signal),
        4 => deliver,
        3 => any_attempt().prop_map(Event::Attempt),
        8 => any_process_event(),
        3 => any_deed(),
        1 => any_count().prop_map(Event::Lost),
        1 => any_count().prop_map(Event::Skipped),
        1 => (any_ns(), any::<u32>(), ".{0,9}").prop_map(|(mono_ns, generation, text)| {
            Event::Filter(Box::new(FilterEvent { mono_ns, generation, text }))
        }),
        1 => (any_ns(), any::<i64>()).prop_map(|(mono_ns, offset_ns)| Event::Clock(ClockEvent { mono_ns, offset_ns })),
    ]
}

fn check_tree(procs: &Procs) {
    let known: BTreeSet<ProcKey> = procs.iter().map(|proc| proc.key).collect();
    let rows = tree::rows(procs, &tree::Fold::default());
    assert_eq!(rows.len(), known.len(), "every process has one row");
    assert_eq!(rows.iter().map(|row| row.key).collect::<BTreeSet<_>>(), known);
    let mut path: Vec<&tree::TreeRow> = Vec::new();
    for row in &rows {
        path.truncate(row.depth as usize);
        let proc = procs.get(&row.key).unwrap();
        let above = path.last().map(|row| row.key);
        assert_eq!(above, proc.parent.filter(|parent| known.contains(parent)), "a row stands under its parent");
        for (depth, ancestor) in path.iter().enumerate() {
            assert_eq!(row.guides >> depth & 1 == 1, !ancestor.last, "a guide where more siblings follow");
        }
        let siblings: Vec<ProcKey> =
            above.map_or_else(|| procs.roots().collect(), |key| procs.children(&key).collect());
        assert!(siblings.is_sorted());
        assert_eq!(row.last, siblings.last() == Some(&row.key));
        assert_eq!(row.below > 0, procs.children(&row.key).len() > 0);
        if let Some(parent) = proc.parent.and_then(|parent| procs.get(&parent)) {
            assert!(parent.is_alive() || !proc.is_alive(), "the living are not under the dead");
        }
        assert!(procs.ancestors(&row.key).count() <= known.len());
        path.push(row);
    }
}

fn check_limits(model: &Model, limits: &Limits) {
    let procs = &model.procs;
    let alive = procs.iter().filter(|proc| proc.is_alive()).count();
    assert_eq!((alive, procs.iter().count() - alive), (procs.alive_count(), procs.dead_count()));
    assert!(alive <= limits.procs_max && procs.dead_count() <= limits.dead_max);
    procs.iter().for_each(|proc| {
        assert!(!proc.is_alive() || procs.alive(proc.key.pid) == Some(proc.key), "one living process a pid");
    });
    procs.check_bounds();
    assert!(model.log.len() <= limits.log_rows);
    assert_eq!(model.log.iter().count(), model.log.len());
    assert!(model.counters.senders().count() <= limits.senders_max + 1);
    assert!(model.alerts.iter().len() <= limits.alerts_max);
    assert!(model.log.faces_read().held() <= 2 * limits.log_rows);
}

proptest! {
    #[test]
    fn any_history_keeps_the_limits_and_the_tree(events in vec((any_event(), 0u8..20), 0..120)) {
        let mut model = Model::new(Header::default(), SMALL);
        for (event, then) in &events {
            model.apply(event);
            if *then == 0 {
                model.advance(event.mono_ns());
            }
            check_limits(&model, &SMALL);
        }
        check_tree(&model.procs);
    }

    #[test]
    fn totals_are_exact(events in vec(any_event(), 0..200)) {
        let mut model = Model::new(Header::default(), SMALL);
        let (mut total, mut failed, mut probes) = (0, 0, 0);
        for event in &events {
            model.apply(event);
            let (count, result) = match event {
                Event::Signal(_) => (1, None),
                Event::Attempt(e) => (1, Some(e.result())),
                Event::Skipped(e) => (e.count, e.result),
                Event::Lost(e) if e.kind == Some(Kind::Signal) => (e.count, e.result),
                _ => (0, None),
            };
            match result {
                None => total += count,
                Some(SendResult::Probe) => probes += count,
                Some(_) => failed += count,
            }
        }
        let counters = &model.counters;
        let unknown = counters.unknown_signal();
        let signals: Vec<&SignalCount> = counters.signals().map(|(_, count)| count).chain([unknown]).collect();
        prop_assert_eq!(counters.total(), total);
        prop_assert_eq!(signals.iter().map(|count| count.total).sum::<u64>(), total);
        prop_assert_eq!(counters.senders().map(|count| count.total).sum::<u64>(), total);
        for count in signals {
            prop_assert_eq!(count.total, count.lost + count.skipped + count.results[..SENT.len()].iter().sum::<u64>());
        }
        prop_assert_eq!((counters.failed(), counters.probes()), (failed, probes));
        prop_assert_eq!(counters.senders().map(|count| count.failed).sum::<u64>(), failed);
        prop_assert_eq!(counters.senders().map(|count| count.probes).sum::<u64>(), probes);
        let by_signal: u64 = counters.senders().flat_map(SenderCount::by_signal).map(|(_, n)| n).sum();
        prop_assert_eq!(by_signal, total - unknown.total);
    }

    #[test]
    fn targets_are_what_the_rows_say(
        events in vec(any_event(), 0..200),
        signal in proptest::option::of(any_sig()),
        least in 0u64..60,
    ) {
        let mut model = Model::new(Header::default(), Limits { log_rows: 60, ..SMALL });
        events.iter().for_each(|event| model.apply(event));
        let end = model.log.first() + least;
        let mut plain: BTreeMap<String, BTreeMap<String, (u64, u64)>> = BTreeMap::new();
        let mut senders: BTreeSet<SenderKey> = BTreeSet::new();
        for (_, entry) in model.log.iter().take_while(|(seq, _)| *seq < end) {
            let (from, to, sent, is_signal, mono_ns) = match entry {
                Entry::Signal(row) => {
                    let to = TargetKey::Process(row.event.target.key);
                    (row.event.sender_key(), to, Some(row.event.signal), true, row.event.mono_ns)
                }
                Entry::Attempt(e) => {
                    let to = e.target.map_or(TargetKey::Aim(e.aim), |party| TargetKey::Process(party.key));
                    (SenderKey::Process(e.sender.key), to, e.signal(), false, e.mono_ns)
                }
                _ => continue,
            };
            senders.insert(from);
            if signal.is_none() || sent == signal {
                let cell = plain.entry(format!("{from:?}")).or_default().entry(format!("{to:?}")).or_default();
                *cell = (cell.0 + u64::from(is_signal), cell.1.max(mono_ns));
            }
        }
        for from in senders {
            let found = model.log.targets(from, signal, end);
            let walked: BTreeMap<String, (u64, u64)> =
                found.iter().map(|t| (format!("{:?}", t.key), (u64::from(t.total), t.last_ns))).collect();
            prop_assert_eq!(found.len(), walked.len(), "each target once");
            prop_assert_eq!(walked, plain.remove(&format!("{from:?}")).unwrap_or_default());
            for t in found {
                prop_assert_eq!(t.killed + t.handled + t.stopped + t.pending + t.ignored + t.overflow, t.total);
            }
        }
        prop_assert!(plain.is_empty());
        prop_assert!(model.log.targets(SenderKey::Others, signal, end).is_empty());
    }

    #[test]
    fn every_row_says_what_was_put_in(events in vec(any_signal_event(), 1..40)) {
        let mut model = Model::new(Header::default(), SMALL);
        for (id, e) in events.iter().enumerate() {
            model.apply(&Event::Signal(SignalEvent { id: id as u64, ..*e }));
        }
        let kept = model.log.iter().rev().zip(events.iter().enumerate().rev());
        for ((seq, entry), (id, e)) in kept {
            prop_assert_eq!(seq, id as u64);
            let Entry::Signal(Row { outcome, .. }) = entry else { panic!("{entry:?}") };
            let said = Outcome::at_send(e);
            prop_assert!(outcome == said || (outcome == Outcome::Taken && said.is_waiting()), "{:?}", outcome);
            prop_assert_eq!(entry, Entry::Signal(Row { event: SignalEvent { id: seq, ..*e }, outcome }));
            prop_assert_eq!(model.log.signal(seq), Some(e.signal));
        }
        prop_assert!(model.log.faces().held() <= 2 * SMALL.log_rows);
    }

    #[test]
    fn every_deed_is_kept_as_it_was(deeds in vec(any_deed(), 1..40)) {
        let mut model = Model::new(Header::default(), SMALL);
        deeds.iter().for_each(|event| model.apply(event));
        for ((seq, entry), event) in model.log.iter().rev().zip(deeds.iter().rev()) {
            prop_assert_eq!(&entry.event(), event);
            prop_assert!(model.log.is_no_signal(seq) && model.log.signal(seq).is_none() && !entry.is_of_stream());
            if let Some(who) = entry.doer() {
                prop_assert!(model.log.about(&who.key).any(|about| about == seq));
            }
        }
        let fired = |event: &&Event| matches!(event, Event::Alert(e) if !e.is_folded());
        prop_assert_eq!(model.alerts.total(), deeds.iter().filter(fired).count() as u64);
        for alert in model.alerts.iter().filter(|alert| model.log.first() <= alert.row) {
            let row = model.log.get(alert.row).map(|entry| entry.event());
            prop_assert_eq!(row, Some(Event::Alert(Box::new(alert.event.as_ref().clone()))));
        }
    }

    #[test]
    fn every_attempt_is_kept_as_it_was(attempts in vec(any_attempt(), 1..40)) {
        let mut model = Model::new(Header::default(), SMALL);
        attempts.iter().for_each(|e| model.apply(&Event::Attempt(*e)));
        for ((seq, entry), e) in model.log.iter().rev().zip(attempts.iter().rev()) {
            prop_assert_eq!(entry, Entry::Attempt(*e));
            prop_assert_eq!((model.log.signal(seq), model.log.is_probe(seq)), (e.signal(), e.is_probe()));
            prop_assert_eq!(model.log.find(e.id), None, "nothing more comes of it");
        }
        prop_assert!(model.log.faces().held() <= 2 * SMALL.log_rows);
        let targets = attempts.iter().filter_map(|e| e.target).filter(|t| attempts.iter().all(|e| e.sender.key != t.key));
        targets.for_each(|target| assert!(model.procs.get(&target.key).is_none(), "nobody is made by being aimed at"));
    }

    /// Against the plainest way to do it: a map of all rows, and a walk over all of them at each exit.
    #[test]
    fn outcomes_find_their_rows(steps in vec((0u8..6, 0u64..12, 1u32..4, 1u64..4), 0..150)) {
        let mut model = Model::new(Header::default(), Limits { log_rows: 30, ..Limits::default() });
        let mut plain: BTreeMap<u64, (ProcKey, Outcome)> = BTreeMap::new();
        let mut dead = BTreeSet::new();
        let mut next = 1;
        for (what, back, pid, gap) in steps {
            let target = key(pid, 1);
            match what {
                0..=2 => {
                    next += gap;
                    // At most one SIGTERM waits: the newest that still does was taken unseen.
                    let before = plain.values_mut().rev().find(|(key, outcome)| *key == target && outcome.is_waiting());
                    before.into_iter().for_each(|(_, outcome)| *outcome = Outcome::Taken);
                    model.apply(&Event::Signal(signal(next, Signal::TERM, None, target)));
                    plain.insert(next, (target, Outcome::Pending));
                }
                3 => {
                    let id = next.saturating_sub(back);
                    if let Some((target, outcome)) = plain.get_mut(&id) {
                        model.apply(&Event::Deliver(taken(id, Signal::TERM, *target)));
                        *outcome = Outcome::Handled { latency_ns: Some(12) };
                    }
                }
                4 => {
                    let count = CountEvent { mono_ns: 0, kind: None, count: 1, signal: None, sender: None, result: None, since_ns: None };
                    model.apply(&Event::Lost(count));
                }
                _ if dead.insert(target) => {
                    model.apply(&Event::Exit(exit(target, next)));
                    let waiting = plain.values_mut().filter(|(key, outcome)| *key == target && outcome.is_waiting());
                    waiting.for_each(|(_, outcome)| *outcome = Outcome::Unanswered);
                }
                _ => {}
            }
        }
        let mut rows = 0;
        for (seq, entry) in model.log.iter() {
            if let Entry::Signal(row) = entry {
                prop_assert_eq!(row.outcome, plain[&row.event.id].1);
                prop_assert_eq!(model.log.find(row.event.id), Some(seq));
                rows += 1;
            }
        }
        prop_assert_eq!(rows, plain.len().min(rows));
    }

    /// However a process is told of first, the same is known in the end.
    #[test]
    fn order_and_repetition_do_not_matter(order in Just(vec![0, 1, 2]).prop_shuffle(), again in 0usize..3) {
        let (parent, child) = (key(10, 10), key(20, 20));
        let facts = [
            Event::Seen(Box::new(seen(parent, None, 100))),
            Event::Fork(ForkEvent { mono_ns: 20, child: party(child), parent }),
            Event::Seen(Box::new(seen(child, Some(parent), 100))),
        ];
        let mut model = Model::new(Header::default(), Limits::default());
        order.iter().chain([&again]).for_each(|at| model.apply(&facts[*at]));
        let proc = model.procs.get(&child).unwrap();
        prop_assert_eq!((proc.parent, proc.born_of, &*proc.program.exe), (Some(parent), Some(parent), "/bin/seen"));
        prop_assert_eq!(model.procs.roots().collect::<Vec<_>>(), vec![parent]);
        prop_assert_eq!(model.procs.children(&parent).collect::<Vec<_>>(), vec![child]);
    }
}

#[test]
fn what_came_of_signals_is_counted_by_signal_and_sender() {
    let mut model = Model::new(Header::default(), SMALL);
    let (a, b) = (key(1, 1), key(2, 1));
    model.apply(&Event::Signal(signal(1, Signal::USR1, Some(a), b)));
    model.apply(&Event::Deliver(taken(1, Signal::USR1, b)));
    model.apply(&Event::Signal(signal(2, Signal::KILL, Some(a), b)));
    let cause = Cause { id: 2, origin: Origin::User, sender: Some(party(a)), detail: Detail::None };
    let died = |cause| {
        let end = End::Signal { signal: Signal::KILL, core: false };
        Event::Exit(ExitEvent { end, cause, ..exit(b, 9000) })
    };
    model.apply(&died(Some(cause)));
    model.apply(&died(Some(cause))); // told twice: it died once
    let counts = |signal| (model.counters.by_signal(signal).handled, model.counters.by_signal(signal).killed);
    assert_eq!((counts(Signal::USR1), counts(Signal::KILL)), ((1, 0), (0, 1)));
    assert_eq!(model.counters.by_sender(&SenderKey::Process(a)).map(|s| (s.total, s.killed)), Some((2, 1)));
}

#[test]
fn long_paths_make_old_rows_go_early() {
    let mut model = Model::new(Header::default(), Limits::default());
    let who = party(key(7, 1));
    let path = "x".repeat(4096);
    for mono_ns in 0..10_000 {
        let deed = Deed::Open { flags: 0, created: false };
        let (path, same_as) = (path.clone(), String::new());
        model.apply(&Event::File(Box::new(FileEvent { mono_ns, who, deed, path, same_as, errno: None })));
    }
    let bytes = model.log.len() * path.len();
    assert!(bytes < deeds::BYTES_MAX && bytes > deeds::BYTES_MAX / 2, "{bytes}");
    assert_eq!((model.log.end(), model.log.faces().held()), (10_000, 1));
}

#[test]
fn targets_have_their_outcomes_and_newest_name() {
    let mut model = Model::new(Header::default(), Limits { log_rows: 60, ..SMALL });
    let (a, b, c) = (key(1, 1), key(2, 1), key(3, 1));
    for (id, to, name) in [(1, b, "old"), (2, b, "new"), (3, c, "c")] {
        let e = signal(id, Signal::TERM, Some(a), to);
        model.apply(&Event::Signal(SignalEvent { target: Party { name: Name::from(name), ..e.target }, ..e }));
    }
    model.apply(&Event::Deliver(taken(2, Signal::TERM, b)));
    model.apply(&Event::Signal(signal(4, Signal::HUP, Some(a), b)));
    let mut found = model.log.targets(SenderKey::Process(a), Some(Signal::TERM), u64::MAX);
    found.sort_by_key(|t| t.last_ns);
    let told: Vec<_> = found.iter().map(|t| (t.name.as_str(), t.total, t.handled, t.pending)).collect();
    assert_eq!(
        told,
        [("new", 2, 2, 0), ("c", 1, 0, 1)],
        "the first must have been taken, or the second had not been queued"
    );
    assert_eq!(model.log.targets(SenderKey::Process(a), None, u64::MAX).iter().map(|t| t.total).sum::<u32>(), 4);
    assert_eq!(model.log.targets(SenderKey::Process(a), None, 1).iter().map(|t| t.total).sum::<u32>(), 1);
}
