//! Every event is read back as it was written; the bytes are those that were promised. [`any_event`] is for the tests of
//! whatever writes and reads events.

use super::{Wire, WireError, access, alert};
use crate::event::*;
use crate::signal::{Signal, SignalSet};
use proptest::prelude::*;

fn any_name() -> impl Strategy<Value = Name> {
    ".{0,15}".prop_map(|s| Name::from(s.as_str()))
}

prop_compose! {
    pub(super) fn any_party()(pid in 1u32.., tid in 1u32.., uid: u32, start_ns: u64, name in any_name()) -> Party {
        Party { key: ProcKey { pid, start_ns }, tid, uid, name }
    }
}

fn any_signal() -> impl Strategy<Value = Signal> {
    (1u8..=64).prop_map(|n| Signal::new(n).unwrap())
}

pub(super) fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> proptest::sample::Select<T> {
    proptest::sample::select(all)
}

/// What becomes of signals.
const SENT: &[SendResult] = SendResult::ALL.split_at(5).0;

fn any_detail() -> impl Strategy<Value = Detail> {
    prop_oneof![
        Just(Detail::None),
        any::<u32>().prop_map(|v| Detail::Value(u64::from(v))),
        (1u64 << 32..1 << 62).prop_map(Detail::Value),
        any::<u64>().prop_map(Detail::Address),
        any::<i32>().prop_map(Detail::Status),
        any::<i32>().prop_map(Detail::Syscall),
        (1u32..4096, 0u32..1 << 20).prop_map(|(major, minor)| Detail::Tty(Tty::from_device(major, minor))),
        one_of(Reason::ALL).prop_map(Detail::Reason),
        (any::<u64>(), any::<u64>(), 0u32..99).prop_map(|(rss, limit, level)| Detail::Oom(Oom::new(rss, limit, level))),
    ]
}

prop_compose! {
    fn any_signal_event()(
        (id, mono_ns, signal, code) in (any::<u64>(), any::<u64>(), any_signal(), any::<i32>()),
        (sender, target) in (proptest::option::of(any_party()), any_party()),
        tty in (0u32..4096, 0u32..1 << 20).prop_map(|(major, minor)| Tty::from_device(major, minor)),
        (origin, call) in (one_of(Origin::ALL), proptest::option::of(one_of(Call::ALL))),
        (scope, result) in (one_of(Scope::ALL), one_of(SENT)),
        ignored in proptest::option::of(one_of(Ignored::ALL)),
        (continued, detail, generation) in (any::<bool>(), any_detail(), any::<u32>()),
        masks in proptest::option::of(any_masks()),
    ) -> SignalEvent {
        SignalEvent {
            id, mono_ns, signal, code, sender, target,
            sender_tty: sender.map_or(Tty::NONE, |_| tty), origin, call, scope, result, ignored, continued, detail, masks, generation,
        }
    }
}

fn any_masks() -> impl Strategy<Value = Masks> {
    let set = || any::<u64>().prop_map(SignalSet::from_bits);
    (set(), set()).prop_map(|(blocked, pending)| Masks { blocked, pending })
}

/// The aims that go with a call.
fn any_aim() -> impl Strategy<Value = (Call, Aim)> {
    let group = prop_oneof![Just(0), 2u32..].prop_map(Aim::Group);
    let to_thread = one_of(&[Call::Tgkill, Call::Tgsigqueue]);
    prop_oneof![
        (1i32..).prop_map(|pid| (Call::Kill, Aim::Process(pid))),
        prop_oneof![group, Just(Aim::All)].prop_map(|aim| (Call::Kill, aim)),
        any::<i32>().prop_map(|pid| (Call::Sigqueue, Aim::Process(pid))),
        any::<i32>().prop_map(|tid| (Call::Tkill, Aim::Thread { tgid: 0, tid })),
        (to_thread, any::<i32>(), any::<i32>()).prop_map(|(call, tgid, tid)| (call, Aim::Thread { tgid, tid })),
        any::<i32>().prop_map(|fd| (Call::Pidfd, Aim::Fd(fd))),
    ]
}

prop_compose! {
    fn any_attempt()(
        (id, mono_ns, number) in (any::<u64>(), any::<u64>(), prop_oneof![-3..70i32, any::<i32>()]),
        (sender, target) in (any_party(), proptest::option::of(any_party())),
        sender_tty in (0u32..4096, 0u32..1 << 20).prop_map(|(major, minor)| Tty::from_device(major, minor)),
        (call, aim) in any_aim(),
        (nested, generation) in (any::<bool>(), any::<u32>()),
        errno in 1u16..600,
        found in any::<bool>(),
    ) -> AttemptEvent {
        let errno = (number != 0 || !found).then_some(Errno(errno));
        AttemptEvent { id, mono_ns, number, sender, sender_tty, aim, nested, target, call, errno, generation }
    }
}

fn any_failed_exec() -> impl Strategy<Value = FailedExecEvent> {
    let tty = (0u32..4096, 0u32..1 << 20).prop_map(|(major, minor)| Tty::from_device(major, minor));
    let errno = (1u16..600).prop_map(Errno);
    (any::<u64>(), any_party(), any::<u32>(), tty, one_of(ExecCall::ALL), ".*", errno).prop_map(
        |(mono_ns, who, gid, tty, call, filename, errno)| FailedExecEvent {
            mono_ns,
            who,
            gid,
            tty,
            call,
            filename,
            errno,
        },
    )
}

pub(crate) fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![9 => any_but_alert(), 1 => alert::tests::any_alert()]
}

/// What an alert may be about.
pub(super) fn any_but_alert() -> impl Strategy<Value = Event> {
    let end = prop_oneof![
        any::<u8>().prop_map(End::Code),
        (any_signal(), any::<bool>()).prop_map(|(signal, core)| End::Signal { signal, core }),
    ];
    let cause = (any::<u64>(), one_of(Origin::ALL), proptest::option::of(any_party()), any_detail())
        .prop_map(|(id, origin, sender, detail)| Cause { id, origin, sender, detail });
    let key = (1u32.., any::<u64>()).prop_map(|(pid, start_ns)| ProcKey { pid, start_ns });
    let tty = (0u32..4096, 0u32..1 << 20).prop_map(|(major, minor)| Tty::from_device(major, minor));
    let sender = prop_oneof![
        key.clone().prop_map(SenderKey::Process),
        one_of(Origin::ALL).prop_map(SenderKey::Kernel),
        Just(SenderKey::Others),
    ];
    let count = (
        any::<u64>(),
        proptest::option::of(one_of(Kind::ALL)),
        any::<u64>(),
        proptest::option::of(any_signal()),
        proptest::option::of(sender),
        proptest::option::of(one_of(&[SendResult::Failed, SendResult::Probe])),
        proptest::option::of(any::<u64>()),
    )
        .prop_map(|(mono_ns, kind, count, signal, sender, result, since_ns)| CountEvent {
            mono_ns,
            kind,
            count,
            signal,
            sender,
            result,
            since_ns,
        })
        .boxed();
    let argv = proptest::collection::vec(".{0,9}", 0..4);
    prop_oneof![
        any_signal_event().prop_map(Event::Signal),
        any_attempt().prop_map(Event::Attempt),
        any_failed_exec().prop_map(|e| Event::FailedExec(Box::new(e))),
        (
            proptest::option::of(any::<u64>()),
            any::<u64>(),
            any_signal(),
            any_party(),
            one_of(Disposition::ALL),
            one_of(Action::ALL),
            proptest::option::of(any::<u64>())
        )
            .prop_map(|(id, mono_ns, signal, target, disposition, action, latency_ns)| {
                Event::Deliver(DeliverEvent { id, mono_ns, signal, target, disposition, action, latency_ns })
            }),
        (any::<u64>(), any_party(), key.clone()).prop_map(|(mono_ns, child, parent)| Event::Fork(ForkEvent {
            mono_ns,
            child,
            parent
        })),
        (any::<u64>(), any_party(), any::<u32>(), tty.clone(), ".*", argv.clone(), any::<bool>(), (".*", ".*"))
            .prop_map(|(mono_ns, who, gid, tty, filename, argv, argv_cut, (cwd, exe))| {
                Event::Exec(Box::new(ExecEvent { mono_ns, who, gid, tty, filename, argv, argv_cut, cwd, exe }))
            }),
        (any::<u64>(), any_party(), any::<bool>(), end, proptest::option::of(cause))
            .prop_map(|(mono_ns, who, thread, end, cause)| Event::Exit(ExitEvent { mono_ns, who, thread, end, cause })),
        (any::<u64>(), any_party()).prop_map(|(mono_ns, who)| Event::Rename(RenameEvent { mono_ns, who })),
        (any::<u64>(), any_party(), proptest::option::of(key), tty, ".*", argv, (any::<u64>(), ".*"), any::<bool>())
            .prop_map(|(mono_ns, who, parent, tty, exe, argv, (cgroup_id, cgroup), zombie)| {
                Event::Seen(Box::new(SeenEvent { mono_ns, who, parent, tty, exe, argv, cgroup_id, cgroup, zombie }))
            }),
        (any::<u64>(), any_party(), any::<u64>(), ".*").prop_map(|(mono_ns, who, cgroup_id, cgroup)| {
            Event::Cgroup(Box::new(CgroupEvent { mono_ns, who, cgroup_id, cgroup }))
        }),
        access::tests::any_file().prop_map(|e| Event::File(Box::new(e))),
        access::tests::any_connect().prop_map(|e| Event::Connect(Box::new(e))),
        count.clone().prop_map(Event::Lost),
        count.prop_map(Event::Skipped),
        (any::<u64>(), any::<u32>(), ".*").prop_map(|(mono_ns, generation, text)| {
            Event::Filter(Box::new(FilterEvent { mono_ns, generation, text }))
        }),
        (any::<u64>(), any::<i64>()).prop_map(|(mono_ns, offset_ns)| Event::Clock(ClockEvent { mono_ns, offset_ns })),
    ]
}

/// The event in a line of JSON.
pub(super) fn read_line(line: &str) -> Result<Event, WireError> {
    serde_json::from_str::<Wire>(line).unwrap().to_event()
}

proptest! {
    #[test]
    fn every_event_reads_back(event in any_event()) {
        let line = serde_json::to_string(&Wire::from_event(&event, "2026-11-20T17:00:00.000000000Z")).unwrap();
        prop_assert!(!line.contains('\n'));
        let wire: Wire = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(wire.to_event(), Ok(event), "{}", line);
    }

    #[test]
    fn any_object_is_an_event_or_an_error(line in r#"\{("(type|pid|signr|sender|tty|code)":("signal"|"exit"|null|-1|"x"|99),?){0,4}\}"#) {
        if let Ok(wire) = serde_json::from_str::<Wire>(&line) {
            let _ = wire.to_event();
        }
    }
}

#[test]
fn a_signal_is_written_as_promised() {
    let party = |pid: u32, name: &str, start_ns| Party {
        key: ProcKey { pid, start_ns },
        tid: pid,
        uid: 1000,
        name: Name::from(name),
    };
    let event = Event::Signal(SignalEvent {
        masks: Some(Masks {
            blocked: [Signal::INT, Signal::TERM].into_iter().collect(),
            pending: [Signal::TERM].into_iter().collect(),
        }),
        ..SignalEvent::kill(
            42,
            8_123_456_789,
            Signal::TERM,
            party(1234, "bash", 7_000_000_000),
            party(5678, "myapp", 7_100_000_000),
        )
    });
    let wire = Wire::from_event(&event, "2026-11-20T17:00:00.123456789Z");
    assert_eq!(
        serde_json::to_string(&wire).unwrap(),
        concat!(
            r#"{"v":1,"type":"signal","time":"2026-11-20T17:00:00.123456789Z","mono_ns":8123456789,"id":42,"pid":5678,"#,
            r#""signr":15,"signal":"SIGTERM","sender":{"pid":1234,"tid":1234,"uid":1000,"comm":"bash","start_ns":7000000000},"#,
            r#""target":{"pid":5678,"tid":5678,"uid":1000,"comm":"myapp","start_ns":7100000000},"origin":"user","call":"kill","#,
            r#""code":0,"code_name":"SI_USER","scope":"process","result":"queued","#,
            r#""blocked":["SIGINT","SIGTERM"],"pending":["SIGTERM"]}"#
        )
    );
}

#[test]
fn what_is_wrong_is_said() {
    let read = |line: &str| read_line(line).map_err(|e| e.to_string());
    assert_eq!(read(r#"{"type":"exit","pid":1}"#), Err("field \"code\" is missing".into()));
    assert_eq!(read(r#"{"type":"banana"}"#), Err("field \"type\" cannot be \"banana\"".into()));
    assert_eq!(read(r#"{"type":"exit","pid":1,"code":999}"#), Err("field \"code\" cannot be \"999\"".into()));
}
