//! Records of the life of processes: fork, exec, an exec that failed, exit; and those of the snapshot.

use super::plain::{read, read_cut};
use super::text::{directory, text};
use super::{Malformed, abi, lookup, party};
use crate::event::{End, Errno, ExecCall, ExecEvent, ExitEvent, FailedExecEvent, ForkEvent, ProcKey, SeenEvent, Tty};
use crate::signal::Signal;

const EXEC_CALLS: [(u32, ExecCall); 2] = [
    (abi::sigtop_exec_call::SIGTOP_EXECVE.0, ExecCall::Execve),
    (abi::sigtop_exec_call::SIGTOP_EXECVEAT.0, ExecCall::Execveat),
];

/// The most arguments kept of an exec.
const MAX_ARGS: usize = 64;

pub(super) fn fork(r: &abi::sigtop_fork) -> ForkEvent {
    let parent = ProcKey { pid: r.parent_pid, start_ns: r.parent_start_ns };
    ForkEvent { mono_ns: r.header.time_ns, child: party(&r.child), parent }
}

pub(super) fn exec(bytes: &[u8]) -> Result<ExecEvent, Malformed> {
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

/// At most 64 arguments, and whether there were more.
pub(super) fn arguments(bytes: &[u8], cut: bool) -> (Vec<String>, bool) {
    if bytes.is_empty() {
        return (Vec::new(), cut);
    }
    let mut parts = bytes.strip_suffix(&[0]).unwrap_or(bytes).split(|b| *b == 0);
    let argv = parts.by_ref().take(MAX_ARGS).map(text).collect();
    (argv, cut || parts.next().is_some())
}

pub(super) fn exec_failed(bytes: &[u8]) -> Result<FailedExecEvent, Malformed> {
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

pub(super) fn exit(r: &abi::sigtop_exit) -> Result<ExitEvent, Malformed> {
    let end = match r.code & 0x7f {
        0 => End::Code((r.code >> 8) as u8),
        number => End::Signal { signal: Signal::new(number as u8).ok_or(Malformed)?, core: r.code & 0x80 != 0 },
    };
    let thread = r.flags & abi::sigtop_exit_flags::SIGTOP_GROUP_DEAD.0 == 0;
    Ok(ExitEvent { mono_ns: r.header.time_ns, who: party(&r.who), thread, end, cause: None })
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
