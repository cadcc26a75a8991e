//! Records byte by byte: what is read of them, and that no bytes at all make it panic.

use super::counts::NO_SIGNAL;
use super::processes::arguments;
use super::text::directory;
use super::*;
use crate::event::*;
use crate::signal::Signal;
use proptest::prelude::*;

fn a_signal() -> abi::sigtop_signal {
    let header = abi::sigtop_header { time_ns: 7, generation: 3, kind: 1, signal: 15, gap: 0 };
    let (sender_pid, target_pid) = (1234, 5678);
    abi::sigtop_signal { header, sender_pid, target_pid, origin: 1, call: 1, flags: 1, ..Default::default() }
}

#[test]
fn a_signal_is_read() {
    let (stamp, record) = decode(bytes_of(&a_signal())).unwrap();
    let Record::Signal { event, maybe_oom, .. } = record else { panic!("{record:?}") };
    assert_eq!((stamp.generation, event.mono_ns, event.signal, maybe_oom), (3, 7, Signal::TERM, false));
    assert_eq!(event.sender.map(|s| s.key.pid), Some(1234));
    assert_eq!((event.target.key.pid, event.call, event.scope), (5678, Some(Call::Kill), Scope::Process));
}

#[test]
fn masks_are_read() {
    let r = abi::sigtop_signal { blocked: 1 << 9, pending: 1 << 14, ..a_signal() };
    let Ok((_, Record::Signal { event, .. })) = decode(bytes_of(&r)) else { panic!() };
    let set = |signal| [signal].into_iter().collect();
    assert_eq!(event.masks, Some(Masks { blocked: set(Signal::USR1), pending: set(Signal::TERM) }));
}

#[test]
fn a_timer_has_no_sender() {
    let r = abi::sigtop_signal { origin: 4, call: 0, ..a_signal() };
    let Ok((_, Record::Signal { event, .. })) = decode(bytes_of(&r)) else { panic!() };
    assert_eq!((event.origin, event.sender), (Origin::Timer, None));
}

/// force_sig(): a breakpoint, an address that cannot be. The kernel does not say where.
#[test]
fn a_fault_without_an_address_shows_none() {
    let fault = |code| abi::sigtop_signal { origin: 2, call: 0, code, value: 0x10, ..a_signal() };
    for (code, expected) in [(1, Detail::Address(0x10)), (0x80, Detail::None)] {
        let Ok((_, Record::Signal { event, .. })) = decode(bytes_of(&fault(code))) else { panic!() };
        assert_eq!(event.detail, expected, "{code}");
    }
}

#[test]
fn what_the_tables_do_not_have_is_refused() {
    let numbered =
        |signal| abi::sigtop_signal { header: abi::sigtop_header { signal, ..a_signal().header }, ..a_signal() };
    for wrong in [
        numbered(0),
        numbered(65),
        abi::sigtop_signal { origin: 99, ..a_signal() },
        abi::sigtop_signal { result: 5, ..a_signal() },
    ] {
        assert_eq!(decode(bytes_of(&wrong)), Err(Malformed));
    }
    assert_eq!(decode(&bytes_of(&a_signal())[1..]), Err(Malformed));
    assert_eq!(decode(&[]), Err(Malformed));
}

fn an_attempt() -> abi::sigtop_attempt {
    let header = abi::sigtop_header { time_ns: 7, kind: 10, signal: 15, ..Default::default() };
    abi::sigtop_attempt { header, pid: 1234, tid: 1234, aim: 671, number: 15, error: 1, call: 1, ..Default::default() }
}

#[test]
fn whom_an_attempt_was_for_depends_on_the_call() {
    let aim = |call, aim, aim_tid| {
        let r = abi::sigtop_attempt { call, aim, aim_tid, ..an_attempt() };
        match decode(bytes_of(&r)) {
            Ok((_, Record::Attempt(e))) => e.aim,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(aim(1, 671, 0), Aim::Process(671));
    assert_eq!((aim(1, -1, 0), aim(1, 0, 0), aim(1, -671, 0)), (Aim::All, Aim::Group(0), Aim::Group(671)));
    assert_eq!(aim(1, i32::MIN, 0), Aim::Group(1 << 31));
    assert_eq!(aim(2, 672, 0), Aim::Thread { tgid: 0, tid: 672 });
    assert_eq!(aim(3, 671, 672), Aim::Thread { tgid: 671, tid: 672 });
    assert_eq!(aim(4, -1, 0), Aim::Process(-1));
    assert_eq!(aim(5, 671, 672), Aim::Thread { tgid: 671, tid: 672 });
    assert_eq!(aim(6, 5, 0), Aim::Fd(5));
}

#[test]
fn only_a_probe_may_have_found_its_target() {
    let errno = |number, error| {
        let r = abi::sigtop_attempt { number, error, ..an_attempt() };
        decode(bytes_of(&r)).map(|(_, record)| match record {
            Record::Attempt(e) => e.errno,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(errno(0, 0), Ok(None));
    assert_eq!(errno(0, 3), Ok(Some(Errno::SRCH)));
    assert_eq!(errno(99, 22), Ok(Some(Errno::INVAL)));
    assert_eq!(errno(15, 0), Err(Malformed));
}

#[test]
fn a_failed_exec_ends_where_its_file_name_ends() {
    let header = abi::sigtop_header { kind: 11, ..Default::default() };
    let mut r = abi::sigtop_exec_failed { header, error: 2, filename_len: 4, call: 2, ..Default::default() };
    r.filename[..4].copy_from_slice(b"/no\0");
    let fixed = std::mem::offset_of!(abi::sigtop_exec_failed, filename);
    let read = |len: usize| match decode(&bytes_of(&r)[..len]) {
        Ok((_, Record::FailedExec(e))) => Some((e.filename, e.errno, e.call)),
        _ => None,
    };
    assert_eq!(read(fixed + 4), Some(("/no".into(), Errno::NOENT, ExecCall::Execveat)));
    assert_eq!((read(fixed + 3), read(fixed - 1)), (None, None));
}

#[test]
fn lost_attempts_are_told_from_lost_signals() {
    let lost = |kind, signal| {
        let key = abi::sigtop_unsent_key { pid: 7, kind, signal, origin: 1, why: 1, ..Default::default() };
        let (_, e) = decode_unsent(bytes_of(&key), 1, 0).unwrap();
        (e.kind, e.signal, e.result)
    };
    assert_eq!(lost(1, 15), (Some(Kind::Signal), Some(Signal::TERM), None));
    assert_eq!(lost(10, 15), (Some(Kind::Signal), Some(Signal::TERM), Some(SendResult::Failed)));
    assert_eq!(lost(10, 0), (Some(Kind::Signal), None, Some(SendResult::Probe)));
    assert_eq!(lost(10, NO_SIGNAL), (Some(Kind::Signal), None, Some(SendResult::Failed)));
    assert_eq!(lost(11, 0), (Some(Kind::Exec), None, Some(SendResult::Failed)));
    let rest = decode_rest(64 + 10, 1, 0).1;
    assert_eq!((rest.kind, rest.result), (Some(Kind::Signal), Some(SendResult::Failed)));
}

#[test]
fn exit_codes_are_those_of_wait() {
    let end = |code| {
        let r = abi::sigtop_exit {
            code,
            flags: 1,
            header: abi::sigtop_header { kind: 5, ..Default::default() },
            ..Default::default()
        };
        exit(&r).unwrap().end
    };
    assert_eq!(end(3 << 8), End::Code(3));
    assert_eq!(end(15), End::Signal { signal: Signal::TERM, core: false });
    assert_eq!(end(11 | 0x80), End::Signal { signal: Signal::SEGV, core: true });
    assert_eq!(end(64), End::Signal { signal: Signal::new(64).unwrap(), core: false });
}

#[test]
fn arguments_are_split_and_bounded() {
    assert_eq!(arguments(b"ls\0-l\0", false), (vec!["ls".into(), "-l".into()], false));
    assert_eq!(arguments(b"a\0\0b\0", false), (vec!["a".into(), "".into(), "b".into()], false));
    let many = b"x\0".repeat(65);
    assert_eq!((arguments(&many, false).0.len(), arguments(&many, false).1), (64, true));
    assert!(!arguments(&b"x\0".repeat(64), false).1);
    assert_eq!(directory(b"bin\0usr\0", false), "/usr/bin");
    assert_eq!(directory(b"", false), "/");
    assert_eq!(directory(b"deep\0", true), ".../deep");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..9000), kind in 0u8..12) {
        if let Some(at) = bytes.get_mut(12) {
            *at = kind;
        }
        let _ = decode(&bytes);
        decode_snapshot(&bytes);
        let _ = decode_unsent(&bytes, 1, 0);
    }

    #[test]
    fn any_bytes_of_the_right_size_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 96), kind in 0u8..12) {
        let mut bytes = bytes;
        bytes[12] = kind;
        let _ = decode(&bytes);
    }

    #[test]
    fn every_index_of_the_rest_is_a_count(index in 0..2 * REST_ENTRIES) {
        let (lost, event) = decode_rest(index, 9, 1);
        prop_assert_eq!(lost, index < REST_ENTRIES);
        prop_assert_eq!(event.count, 9);
    }
}
