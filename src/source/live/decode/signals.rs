//! Records of signals: one that was sent, one that was taken, and a call that sent nothing.

use super::{Malformed, Mark, Record, abi, lookup, nameless};
use crate::event::{
    Action, Aim, AttemptEvent, Call, DeliverEvent, Detail, Disposition, Errno, Ignored, Masks, Origin, Reason, Scope,
    SendResult, SignalEvent, Tty,
};
use crate::signal::{Signal, SignalSet};

/// Numbers of the kernel side.
pub const ORIGINS: [(u32, Origin); 13] = [
    (abi::sigtop_origin::SIGTOP_USER.0, Origin::User),
    (abi::sigtop_origin::SIGTOP_FAULT.0, Origin::Fault),
    (abi::sigtop_origin::SIGTOP_CHILD.0, Origin::Child),
    (abi::sigtop_origin::SIGTOP_TIMER.0, Origin::Timer),
    (abi::sigtop_origin::SIGTOP_TTY.0, Origin::Tty),
    (abi::sigtop_origin::SIGTOP_PIPE.0, Origin::Pipe),
    (abi::sigtop_origin::SIGTOP_IO.0, Origin::Io),
    (abi::sigtop_origin::SIGTOP_RLIMIT.0, Origin::Rlimit),
    (abi::sigtop_origin::SIGTOP_SECCOMP.0, Origin::Seccomp),
    (abi::sigtop_origin::SIGTOP_PDEATH.0, Origin::Pdeath),
    (abi::sigtop_origin::SIGTOP_CGROUP_KILL.0, Origin::CgroupKill),
    (abi::sigtop_origin::SIGTOP_KERNEL.0, Origin::Kernel),
    (MAYBE_OOM, Origin::Kernel),
];
/// A SIGKILL that may turn out to be the OOM killer's.
pub const MAYBE_OOM: u32 = abi::sigtop_origin::SIGTOP_MAYBE_OOM.0;

const REASONS: [(u32, Reason); 3] = [
    (abi::sigtop_reason::SIGTOP_NAMESPACE_END.0, Reason::NamespaceEnd),
    (abi::sigtop_reason::SIGTOP_TRACER_LEFT.0, Reason::TracerLeft),
    (abi::sigtop_reason::SIGTOP_PTRACE_KILL.0, Reason::PtraceKill),
];

const CALLS: [(u32, Call); 6] = [
    (abi::sigtop_call::SIGTOP_KILL.0, Call::Kill),
    (abi::sigtop_call::SIGTOP_TKILL.0, Call::Tkill),
    (abi::sigtop_call::SIGTOP_TGKILL.0, Call::Tgkill),
    (abi::sigtop_call::SIGTOP_SIGQUEUE.0, Call::Sigqueue),
    (abi::sigtop_call::SIGTOP_TGSIGQUEUE.0, Call::Tgsigqueue),
    (abi::sigtop_call::SIGTOP_PIDFD.0, Call::Pidfd),
];

/// TRACE_SIGNAL_* of include/trace/events/signal.h.
const RESULTS: [SendResult; 5] =
    [SendResult::Queued, SendResult::Ignored, SendResult::Coalesced, SendResult::Overflow, SendResult::InfoLost];

const IGNORED: [(u32, Ignored); 5] = [
    (abi::sigtop_ignored::SIGTOP_SIG_IGN.0, Ignored::SigIgn),
    (abi::sigtop_ignored::SIGTOP_DEFAULT_IGNORE.0, Ignored::Default),
    (abi::sigtop_ignored::SIGTOP_INIT.0, Ignored::Init),
    (abi::sigtop_ignored::SIGTOP_ZOMBIE.0, Ignored::Zombie),
    (abi::sigtop_ignored::SIGTOP_EXITING.0, Ignored::Exiting),
];

pub(super) fn signal(r: &abi::sigtop_signal) -> Result<Record, Malformed> {
    let signal = Signal::new(r.header.signal).ok_or(Malformed)?;
    let origin = lookup(&ORIGINS, r.origin).ok_or(Malformed)?;
    let has = |flag: abi::sigtop_signal_flags| u32::from(r.flags) & flag.0 != 0;
    let by_proxy = has(abi::sigtop_signal_flags::SIGTOP_BY_PROXY);
    let sender_tid = if by_proxy { r.sender_pid } else { r.sender_tid };
    let has_sender = origin.has_sender() && r.sender_pid != 0;
    let sender = || nameless(r.sender_start_ns, r.sender_pid, sender_tid, r.sender_uid);
    let event = SignalEvent {
        id: 0,
        mono_ns: r.header.time_ns,
        signal,
        code: r.code,
        sender: has_sender.then(sender),
        target: nameless(r.target_start_ns, r.target_pid, r.target_tid, r.target_uid),
        origin,
        call: lookup(&CALLS, r.call),
        scope: if has(abi::sigtop_signal_flags::SIGTOP_TO_PROCESS) { Scope::Process } else { Scope::Thread },
        result: *RESULTS.get(usize::from(r.result & 0xf)).ok_or(Malformed)?,
        ignored: lookup(&IGNORED, r.result >> 4),
        continued: has(abi::sigtop_signal_flags::SIGTOP_CONTINUED),
        detail: detail(origin, r.code, r.value),
        masks: Some(Masks { blocked: SignalSet::from_bits(r.blocked), pending: SignalSet::from_bits(r.pending) }),
        generation: r.header.generation,
        sender_tty: if has_sender && !by_proxy { Tty(r.sender_tty) } else { Tty::NONE },
    };
    let mark = Mark { code: r.code, word: r.word };
    let maybe_oom = u32::from(r.origin) == MAYBE_OOM;
    let alone = has(abi::sigtop_signal_flags::SIGTOP_ALONE);
    Ok(Record::Signal { event: settle_continue(event), mark, ran: r.sender_tid, alone, maybe_oom })
}

/// The kernel calls a SIGCONT without a handler ignored, although it made its target go on: that is not ignored.
fn settle_continue(mut event: SignalEvent) -> SignalEvent {
    if event.continued && event.result == SendResult::Ignored {
        event.result = SendResult::Queued;
        event.ignored = None;
    }
    event
}

/// What `value` is, by the rule of `read_value()` in bpf/origin.bpf.h.
fn detail(origin: Origin, code: i32, value: u64) -> Detail {
    const SI_TIMER: i32 = -2;
    const SI_TKILL: i32 = -6;
    const SI_KERNEL: i32 = 0x80;
    match origin {
        Origin::Fault if code == SI_KERNEL => Detail::None, // force_sig(): the kernel does not say where
        Origin::Fault => Detail::Address(value),
        Origin::Child => Detail::Status(value as i32),
        Origin::Seccomp => Detail::Syscall(value as i32),
        Origin::Tty => Detail::Tty(Tty(value as u32)),
        Origin::Kernel => {
            u8::try_from(value).ok().and_then(|n| lookup(&REASONS, n)).map_or(Detail::None, Detail::Reason)
        }
        Origin::Timer if code == SI_TIMER => Detail::Value(value),
        Origin::Io | Origin::User if code < 0 && code != SI_TKILL => Detail::Value(value),
        _ => Detail::None,
    }
}

pub(super) fn deliver(r: &abi::sigtop_deliver) -> Result<Record, Malformed> {
    let signal = Signal::new(r.header.signal).ok_or(Malformed)?;
    let (disposition, group_exit) = match abi::sigtop_disposition(u32::from(r.disposition)) {
        abi::sigtop_disposition::SIGTOP_HANDLER => (Disposition::Handler, false),
        abi::sigtop_disposition::SIGTOP_DEFAULT => (Disposition::Default, false),
        abi::sigtop_disposition::SIGTOP_IGNORED => (Disposition::Ignored, false),
        abi::sigtop_disposition::SIGTOP_GROUP_EXIT => (Disposition::Default, true),
        _ => return Err(Malformed),
    };
    let action = match disposition {
        // What comes from outside its namespace, and nobody can catch, an init obeys as well.
        Disposition::Default if r.unkillable != 0 && !matches!(signal, Signal::KILL | Signal::STOP) && !group_exit => {
            Action::None
        }
        Disposition::Default => signal.default_action().into(),
        _ => Action::None,
    };
    let (mono_ns, target) = (r.header.time_ns, nameless(r.start_ns, r.pid, r.tid, r.uid));
    let event = DeliverEvent { id: None, mono_ns, signal, target, disposition, action, latency_ns: None };
    Ok(Record::Deliver { event, mark: (!group_exit).then_some(Mark { code: r.code, word: r.word }) })
}

pub(super) fn attempt(r: &abi::sigtop_attempt) -> Result<AttemptEvent, Malformed> {
    let call = lookup(&CALLS, r.call).ok_or(Malformed)?;
    let aim = match (call, r.aim) {
        (Call::Kill, -1) => Aim::All,
        (Call::Kill, ..=0) => Aim::Group(r.aim.unsigned_abs()),
        (Call::Kill | Call::Sigqueue, pid) => Aim::Process(pid),
        (Call::Tkill, tid) => Aim::Thread { tgid: 0, tid },
        (Call::Tgkill | Call::Tgsigqueue, tgid) => Aim::Thread { tgid, tid: r.aim_tid },
        (Call::Pidfd, fd) => Aim::Fd(fd),
    };
    let errno = (r.error != 0).then_some(Errno(r.error));
    if r.number != 0 && errno.is_none() {
        return Err(Malformed);
    }
    Ok(AttemptEvent {
        id: 0,
        mono_ns: r.header.time_ns,
        number: r.number,
        sender: nameless(r.start_ns, r.pid, r.tid, r.uid),
        sender_tty: Tty(r.tty),
        aim,
        nested: r.nested != 0,
        target: None,
        call,
        errno,
        generation: r.header.generation,
    })
}
