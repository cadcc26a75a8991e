//! Bytes of one record in the ring buffer -> [`Record`]. Layouts and numbers are those of the skeleton, made from
//! bpf/sigtop.h. A record of a wrong size, or with a number that no table has, is an error, never a panic.

use super::skel::types as abi;
use crate::event::*;
use crate::signal::{Signal, SignalSet};
use core::net::{Ipv4Addr, Ipv6Addr}; // plain data

/// A record, read but not yet joined with others ([`super::link`]).
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// `id` is 0; a sender without start time is a child that is known by pid alone; `ran` is the thread that ran,
    /// sender or not; `alone`: nothing else waits in its queue; `maybe_oom`: the OOM killer's if its mark follows.
    Signal { event: SignalEvent, mark: Mark, ran: u32, alone: bool, maybe_oom: bool },
    /// `id` and `latency_ns` are empty. Without mark: the kernel's SIGKILL to each thread of a dying process.
    Deliver { event: DeliverEvent, mark: Option<Mark> },
    /// A process or thread began, in this cgroup.
    Fork(ForkEvent, u64),
    /// Another program.
    Exec(Box<ExecEvent>),
    /// `cause` is empty.
    Exit(ExitEvent),
    /// Another name.
    Rename(RenameEvent),
    /// A cgroup was made, or `moved` was moved into it.
    Cgroup { mono_ns: u64, id: u64, path: String, moved: Option<Party> },
    /// A call that sent nothing; `id` is 0, and `target` is not known.
    Attempt(AttemptEvent),
    /// No other program.
    FailedExec(Box<FailedExecEvent>),
    /// A file; what was looked for is still to be named.
    File(Box<Met>),
    /// A socket was connected.
    Connect(Box<ConnectEvent>),
    /// The OOM killer's mark: the thread that ran short of memory, the victim, and what was found, where that is known.
    Oom { mono_ns: u64, ran: u32, pid: u32, found: Option<Oom> },
}

/// What a signal's siginfo begins with, which tells it from another of the same number: `si_code`, and who or what sent
/// it, as the target sees it; 0 where the kernel made none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// `si_code`.
    pub code: i32,
    /// The first word of its union: a pid, a timer's id, half of an address.
    pub word: u32,
}

/// What was done to a file, and why the kernel tells of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Met {
    /// `same_as` is empty.
    pub event: FileEvent,
    /// Which of what is looked for it is, or is below of; 0: it was not found by its inode.
    pub watch: u32,
    /// Its path below that, whatever is mounted where; empty where it is that itself.
    pub below: String,
    /// Its paths are what the caller wrote.
    pub is_written: bool,
    /// A symlink at their end is meant itself.
    pub last_link: bool,
}

/// A record that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The records of the ring buffer and of the snapshot: `repr(C)`, integers and byte arrays only, so that any bytes
/// of the right number are a value.
pub trait Plain: Copy {}
impl Plain for abi::sigtop_header {}
impl Plain for abi::sigtop_signal {}
impl Plain for abi::sigtop_deliver {}
impl Plain for abi::sigtop_fork {}
impl Plain for abi::sigtop_exit {}
impl Plain for abi::sigtop_rename {}
impl Plain for abi::sigtop_oom {}
impl Plain for abi::sigtop_cgroup {}
impl Plain for abi::sigtop_seen {}
impl Plain for abi::sigtop_unsent_key {}
impl Plain for abi::sigtop_filter {}
impl Plain for abi::sigtop_member_key {}
impl Plain for abi::sigtop_member {}
impl Plain for abi::sigtop_attempt {}
impl Plain for abi::sigtop_connect {}
impl Plain for abi::sigtop_watch_key {}
impl Plain for abi::sigtop_watched {}
impl Plain for abi::sigtop_watches {}
impl Plain for abi::sigtop_inode {}

/// The value in exactly these bytes.
pub fn read<T: Plain>(bytes: &[u8]) -> Result<T, Malformed> {
    if bytes.len() != size_of::<T>() {
        return Err(Malformed);
    }
    // SAFETY: the length is right, any bits are a T (Plain), and the read does not ask for alignment.
    Ok(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}

/// The bytes of a value, as a map takes them.
pub fn bytes_of<T: Plain>(value: &T) -> &[u8] {
    // SAFETY: the ABI structs have no padding (tests/abi.rs), so every byte is initialised.
    unsafe { std::slice::from_raw_parts(std::ptr::from_ref(value).cast(), size_of::<T>()) }
}

/// The word of a small enum with this number.
fn lookup<T: Copy>(table: &[(u32, T)], number: u8) -> Option<T> {
    table.iter().find(|(n, _)| *n == u32::from(number)).map(|(_, word)| *word)
}

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

const EXEC_CALLS: [(u32, ExecCall); 2] = [
    (abi::sigtop_exec_call::SIGTOP_EXECVE.0, ExecCall::Execve),
    (abi::sigtop_exec_call::SIGTOP_EXECVEAT.0, ExecCall::Execveat),
];

const KINDS: [(u32, Kind); 13] = [
    (abi::sigtop_kind::SIGTOP_SIGNAL.0, Kind::Signal),
    (abi::sigtop_kind::SIGTOP_DELIVER.0, Kind::Deliver),
    (abi::sigtop_kind::SIGTOP_FORK.0, Kind::Fork),
    (abi::sigtop_kind::SIGTOP_EXEC.0, Kind::Exec),
    (abi::sigtop_kind::SIGTOP_EXIT.0, Kind::Exit),
    (abi::sigtop_kind::SIGTOP_RENAME.0, Kind::Rename),
    (abi::sigtop_kind::SIGTOP_CGROUP.0, Kind::Cgroup),
    (abi::sigtop_kind::SIGTOP_ATTEMPT.0, Kind::Signal),
    (abi::sigtop_kind::SIGTOP_EXEC_FAILED.0, Kind::Exec),
    (abi::sigtop_kind::SIGTOP_OPEN.0, Kind::Open),
    (abi::sigtop_kind::SIGTOP_CHMOD.0, Kind::Chmod),
    (abi::sigtop_kind::SIGTOP_MOVE.0, Kind::Move),
    (abi::sigtop_kind::SIGTOP_CONNECT.0, Kind::Connect),
];

/// The most arguments kept of an exec.
const MAX_ARGS: usize = 64;

/// What every record says beside itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Of the filter that it passed.
    pub generation: u32,
    /// Differs from the record's before if a signal or a delivery between the two did not fit.
    pub gap: u16,
}

/// Reads one record of the ring buffer.
pub fn decode(bytes: &[u8]) -> Result<(Stamp, Record), Malformed> {
    let header: abi::sigtop_header = read(bytes.get(..size_of::<abi::sigtop_header>()).ok_or(Malformed)?)?;
    let record = match abi::sigtop_kind(u32::from(header.kind)) {
        abi::sigtop_kind::SIGTOP_SIGNAL => signal(&read(bytes)?)?,
        abi::sigtop_kind::SIGTOP_DELIVER => deliver(&read(bytes)?)?,
        abi::sigtop_kind::SIGTOP_FORK => {
            let r: abi::sigtop_fork = read(bytes)?;
            Record::Fork(fork(&r), r.cgroup_id)
        }
        abi::sigtop_kind::SIGTOP_EXEC => Record::Exec(Box::new(exec(bytes)?)),
        abi::sigtop_kind::SIGTOP_EXIT => Record::Exit(exit(&read(bytes)?)?),
        abi::sigtop_kind::SIGTOP_RENAME => {
            let r: abi::sigtop_rename = read(bytes)?;
            Record::Rename(RenameEvent { mono_ns: header.time_ns, who: party(&r.who) })
        }
        abi::sigtop_kind::SIGTOP_CGROUP => {
            let r: abi::sigtop_cgroup = read(bytes)?;
            let moved = (r.pid != 0).then(|| nameless(r.start_ns, r.pid, r.pid, r.uid));
            Record::Cgroup { mono_ns: header.time_ns, id: r.id, path: text(&r.path), moved }
        }
        abi::sigtop_kind::SIGTOP_ATTEMPT => Record::Attempt(attempt(&read(bytes)?)?),
        abi::sigtop_kind::SIGTOP_EXEC_FAILED => Record::FailedExec(Box::new(exec_failed(bytes)?)),
        abi::sigtop_kind::SIGTOP_OPEN | abi::sigtop_kind::SIGTOP_CHMOD | abi::sigtop_kind::SIGTOP_MOVE => {
            Record::File(Box::new(file(bytes)?))
        }
        abi::sigtop_kind::SIGTOP_CONNECT => Record::Connect(Box::new(connect(&read(bytes)?)?)),
        abi::sigtop_kind::SIGTOP_OOM => {
            let r: abi::sigtop_oom = read(bytes)?;
            let bytes = |pages: u64| pages.saturating_mul(rustix::param::page_size() as u64);
            let found = (r.known != 0).then(|| Oom::new(bytes(r.rss), bytes(r.limit), r.level));
            Record::Oom { mono_ns: header.time_ns, ran: r.tid, pid: r.pid, found }
        }
        _ => return Err(Malformed),
    };
    Ok((Stamp { generation: header.generation, gap: header.gap }, record))
}

fn party(p: &abi::sigtop_party) -> Party {
    let key = ProcKey { pid: p.pid, start_ns: p.start_ns };
    Party { key, tid: p.tid, uid: p.uid, name: Name::from_kernel(&p.comm) }
}

/// One end of a signal in a hot record, which has no names: [`super::link`] fills them in.
fn nameless(start_ns: u64, pid: u32, tid: u32, uid: u32) -> Party {
    Party { key: ProcKey { pid, start_ns }, tid, uid, name: Name::default() }
}

fn signal(r: &abi::sigtop_signal) -> Result<Record, Malformed> {
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

fn deliver(r: &abi::sigtop_deliver) -> Result<Record, Malformed> {
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

fn fork(r: &abi::sigtop_fork) -> ForkEvent {
    let parent = ProcKey { pid: r.parent_pid, start_ns: r.parent_start_ns };
    ForkEvent { mono_ns: r.header.time_ns, child: party(&r.child), parent }
}

fn exit(r: &abi::sigtop_exit) -> Result<ExitEvent, Malformed> {
    let end = match r.code & 0x7f {
        0 => End::Code((r.code >> 8) as u8),
        number => End::Signal { signal: Signal::new(number as u8).ok_or(Malformed)?, core: r.code & 0x80 != 0 },
    };
    let thread = r.flags & abi::sigtop_exit_flags::SIGTOP_GROUP_DEAD.0 == 0;
    Ok(ExitEvent { mono_ns: r.header.time_ns, who: party(&r.who), thread, end, cause: None })
}

impl Plain for abi::sigtop_exec {}
impl Plain for abi::sigtop_exec_failed {}
impl Plain for abi::sigtop_file {}

/// A record of no fixed size: it ends where its parts end, at least `fixed` bytes. What is not there is 0.
fn read_cut<T: Plain + Default>(bytes: &[u8], fixed: usize) -> Result<T, Malformed> {
    if bytes.len() < fixed || bytes.len() > size_of::<T>() {
        return Err(Malformed);
    }
    let mut whole = T::default();
    // SAFETY: any bits are a T (Plain), and the length was checked to fit.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), std::ptr::from_mut(&mut whole).cast::<u8>(), bytes.len()) };
    Ok(whole)
}

fn exec(bytes: &[u8]) -> Result<ExecEvent, Malformed> {
    const FIXED: usize = std::mem::offset_of!(abi::sigtop_exec, data);
    let whole: abi::sigtop_exec = read_cut(bytes, FIXED)?;
    let mut rest = &bytes[FIXED..];
    let mut part = |len: u16| -> Result<&[u8], Malformed> {
        let (head, tail) = rest.split_at_checked(usize::from(len)).ok_or(Malformed)?;
        rest = tail;
        Ok(head)
    };
    let filename = part(whole.filename_len)?;
    let args = part(whole.args_len)?;
    let cwd = part(whole.cwd_len)?;
    let exe = part(whole.exe_len)?;
    let (argv, argv_cut) = arguments(args, whole.args_cut != 0);
    Ok(ExecEvent {
        mono_ns: whole.header.time_ns,
        who: party(&whole.who),
        gid: whole.gid,
        tty: Tty(whole.tty),
        filename: text(filename),
        argv,
        argv_cut,
        cwd: directory(cwd, whole.cwd_cut != 0),
        exe: if exe.is_empty() { String::new() } else { directory(exe, whole.exe_cut != 0) },
    })
}

fn file(bytes: &[u8]) -> Result<Met, Malformed> {
    use abi::sigtop_file_marks as marks;
    const FIXED: usize = std::mem::offset_of!(abi::sigtop_file, data);
    let whole: abi::sigtop_file = read_cut(bytes, FIXED)?;
    let mut rest = &bytes[FIXED..];
    let mut part = |len: u16| -> Result<&[u8], Malformed> {
        let (head, tail) = rest.split_at_checked(usize::from(len)).ok_or(Malformed)?;
        rest = tail;
        Ok(head)
    };
    let has = |mark: marks| u32::from(whole.marks) & mark.0 != 0;
    let cut = has(marks::SIGTOP_CUT);
    let path = place(part(whole.walked_len)?, part(whole.written_len)?, cut);
    let from = place(part(whole.from_walked_len)?, part(whole.from_written_len)?, cut);
    let below = part(whole.below_len)?;
    let mode = (whole.flags & 0o7777) as u16;
    let deed = match abi::sigtop_kind(u32::from(whole.header.kind)) {
        abi::sigtop_kind::SIGTOP_OPEN => Deed::Open { flags: whole.flags, created: has(marks::SIGTOP_CREATED) },
        abi::sigtop_kind::SIGTOP_CHMOD => {
            Deed::Chmod { before: has(marks::SIGTOP_BEFORE_KNOWN).then_some(whole.before & 0o7777), mode }
        }
        _ => Deed::Move { from },
    };
    let errno = (whole.error != 0).then_some(Errno(whole.error));
    let who = party(&whole.who);
    Ok(Met {
        event: FileEvent { mono_ns: whole.header.time_ns, who, deed, path, same_as: String::new(), errno },
        watch: whole.watch,
        below: match (directory(below, false), has(marks::SIGTOP_BELOW_CUT)) {
            _ if below.is_empty() => String::new(),
            (path, true) => format!("/...{path}"),
            (path, false) => path,
        },
        is_written: whole.written_len != 0,
        last_link: has(marks::SIGTOP_LAST_LINK),
    })
}

/// A path: components that were walked, and below them what a caller wrote.
fn place(walked: &[u8], written: &[u8], cut: bool) -> String {
    let base = directory(walked, cut);
    match text(written).as_str() {
        "" => base,
        written if base == "/" => format!("/{}", written.trim_start_matches('/')),
        written => format!("{base}/{}", written.trim_start_matches('/')),
    }
}

fn connect(r: &abi::sigtop_connect) -> Result<ConnectEvent, Malformed> {
    let bytes = r.address.get(..usize::from(r.len)).ok_or(Malformed)?;
    let errno = (r.error != 0).then_some(Errno(r.error));
    Ok(ConnectEvent { mono_ns: r.header.time_ns, who: party(&r.who), address: address(bytes), errno })
}

/// A `struct sockaddr_*` as a caller gave it. What is too short for its family has no more than that.
fn address(bytes: &[u8]) -> Address {
    const AF_UNIX: u16 = 1;
    const AF_INET: u16 = 2;
    const AF_INET6: u16 = 10;
    let array = |at: usize| bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map(u16::from_be_bytes);
    let family = bytes.get(..2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_ne_bytes);
    let v4 = || Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?));
    let v6 = || Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?));
    match (family, array(2)) {
        (AF_UNIX, _) => Address::Unix(match bytes.get(2..).unwrap_or_default() {
            [0, name @ ..] => format!("@{}", String::from_utf8_lossy(name)),
            path => text(path),
        }),
        (AF_INET, Some(port)) => v4().map_or(Address::Other(family), |ip| Address::Inet((ip, port).into())),
        (AF_INET6, Some(port)) => v6().map_or(Address::Other(family), |ip| Address::Inet((ip, port).into())),
        _ => Address::Other(family),
    }
}

fn attempt(r: &abi::sigtop_attempt) -> Result<AttemptEvent, Malformed> {
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

fn exec_failed(bytes: &[u8]) -> Result<FailedExecEvent, Malformed> {
    const FIXED: usize = std::mem::offset_of!(abi::sigtop_exec_failed, filename);
    let whole: abi::sigtop_exec_failed = read_cut(bytes, FIXED)?;
    let filename = bytes.get(FIXED..FIXED + usize::from(whole.filename_len)).ok_or(Malformed)?;
    Ok(FailedExecEvent {
        mono_ns: whole.header.time_ns,
        who: party(&whole.who),
        gid: whole.gid,
        tty: Tty(whole.tty),
        call: lookup(&EXEC_CALLS, whole.call).ok_or(Malformed)?,
        filename: text(filename),
        errno: Errno(whole.error),
    })
}

/// What the records of this kind and signal would have told, of something that was tried in vain.
fn tried(kind: u8, signal: u8) -> Option<SendResult> {
    match abi::sigtop_kind(u32::from(kind)) {
        abi::sigtop_kind::SIGTOP_ATTEMPT if signal == 0 => Some(SendResult::Probe),
        abi::sigtop_kind::SIGTOP_ATTEMPT | abi::sigtop_kind::SIGTOP_EXEC_FAILED => Some(SendResult::Failed),
        _ => None,
    }
}

/// Text up to the first NUL.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// At most 64 arguments, and whether there were more.
fn arguments(bytes: &[u8], cut: bool) -> (Vec<String>, bool) {
    if bytes.is_empty() {
        return (Vec::new(), cut);
    }
    let mut parts = bytes.strip_suffix(&[0]).unwrap_or(bytes).split(|b| *b == 0);
    let argv = parts.by_ref().take(MAX_ARGS).map(text).collect();
    (argv, cut || parts.next().is_some())
}

/// Components, innermost first, each ended by NUL, to a path. The root of a file system that is mounted nowhere is one too.
fn directory(bytes: &[u8], cut: bool) -> String {
    let names: Vec<&[u8]> = bytes.split(|b| *b == 0).filter(|name| !matches!(name, [] | [b'/'])).collect();
    let mut path = String::from(if cut { "..." } else { "" });
    for name in names.iter().rev() {
        path.push('/');
        path.push_str(&String::from_utf8_lossy(name));
    }
    if path.is_empty() { "/".into() } else { path }
}

/// The processes of a snapshot, from what `iter/task` wrote: those that can be read, and how many could not.
pub fn decode_snapshot(bytes: &[u8]) -> (Vec<SeenEvent>, u64) {
    let mut seen = Vec::new();
    let mut malformed = 0;
    for chunk in bytes.chunks(size_of::<abi::sigtop_seen>()) {
        match read::<abi::sigtop_seen>(chunk) {
            Ok(r) => seen.push(SeenEvent {
                mono_ns: r.header.time_ns,
                who: party(&r.who),
                parent: (r.parent_pid != 0).then_some(ProcKey { pid: r.parent_pid, start_ns: r.parent_start_ns }),
                tty: Tty(r.tty),
                exe: String::new(),
                argv: Vec::new(),
                cgroup_id: r.cgroup_id,
                cgroup: String::new(),
                zombie: r.zombie != 0,
            }),
            Err(Malformed) => malformed += 1,
        }
    }
    (seen, malformed)
}

/// What was counted instead of sent, from a key of `unsent_a` or `unsent_b`: whether it was lost (else filtered),
/// and the event.
pub fn decode_unsent(key: &[u8], count: u64, mono_ns: u64) -> Result<(bool, CountEvent), Malformed> {
    let key: abi::sigtop_unsent_key = read(key)?;
    let origin = lookup(&ORIGINS, key.origin);
    let sender = match (key.pid, origin) {
        (_, None) => None,
        (0, Some(origin)) => Some(SenderKey::Kernel(origin)),
        (pid, Some(_)) => Some(SenderKey::Process(ProcKey { pid, start_ns: key.start_ns })),
    };
    let kind = lookup(&KINDS, key.kind);
    let lost = u32::from(key.why) == abi::sigtop_why::SIGTOP_LOST.0;
    let (signal, result) = (Signal::new(key.signal), tried(key.kind, key.signal));
    Ok((lost, CountEvent { mono_ns, kind, count, signal, sender, result, since_ns: None }))
}

/// The same, from one processor's recent counts: those that are not empty. What cannot be read is no count.
pub fn decode_recent(bytes: &[u8], mono_ns: u64) -> impl Iterator<Item = (bool, CountEvent)> {
    const KEY: usize = size_of::<abi::sigtop_unsent_key>();
    bytes.chunks_exact(KEY + size_of::<u64>()).filter_map(move |place| {
        let (key, count) = place.split_at(KEY);
        let count = u64::from_ne_bytes(count.try_into().ok()?);
        (count > 0).then(|| decode_unsent(key, count, mono_ns).ok()).flatten()
    })
}

/// The same, from an index of `unsent_rest`, where senders are not told apart.
pub fn decode_rest(index: u32, count: u64, mono_ns: u64) -> (bool, CountEvent) {
    let lost = index < REST_ENTRIES;
    let within = (index % REST_ENTRIES) as u8;
    let signal = Signal::new(within).filter(|_| within < 64 + 1);
    let record = within.wrapping_sub(REST_KINDS);
    let (kind, result) = match signal {
        Some(_) => (Some(Kind::Signal), None),
        None => (lookup(&KINDS, record), tried(record, NO_SIGNAL)),
    };
    let sender = signal.map(|_| SenderKey::Others);
    (lost, CountEvent { mono_ns, kind, count, signal, sender, result, since_ns: None })
}

/// Entries of `unsent_rest` for each reason (SIGTOP_REST in bpf/sigtop.h).
pub const REST_ENTRIES: u32 = 80;
/// A number that is no signal's and no probe's (SIGTOP_NO_SIGNAL in bpf/sigtop.h).
const NO_SIGNAL: u8 = 255;
/// Where the kinds of records other than signals begin in it.
const REST_KINDS: u8 = 64;

#[cfg(test)]
mod tests {
    use super::*;
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
        abi::sigtop_attempt {
            header,
            pid: 1234,
            tid: 1234,
            aim: 671,
            number: 15,
            error: 1,
            call: 1,
            ..Default::default()
        }
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
}
