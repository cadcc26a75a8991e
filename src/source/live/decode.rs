//! Bytes of one record in the ring buffer -> [`Record`]. Layouts and numbers are those of the skeleton, made from
//! bpf/sigtop.h. A record of a wrong size, or with a number that no table has, is an error, never a panic.
//!
//! [`decode`] says which function reads which kind; these are by what they tell of: [`signals`], [`processes`],
//! [`deeds`]. What was counted instead of sent is read by [`counts`].

mod counts;
mod deeds;
#[allow(unsafe_code)]
mod plain;
mod processes;
mod signals;
mod text;

pub use counts::{REST_ENTRIES, decode_recent, decode_rest, decode_unsent};
pub use plain::{bytes_of, read};
pub use processes::decode_snapshot;
pub use signals::{MAYBE_OOM, ORIGINS};

use super::skel::types as abi;
use super::watches::Stat;
use crate::event::{
    AttemptEvent, ConnectEvent, DeliverEvent, ExecEvent, ExitEvent, FailedExecEvent, FileEvent, ForkEvent, Name, Oom,
    Party, ProcKey, RenameEvent, SignalEvent,
};
use deeds::{connect, file};
use processes::{exec, exec_failed, exit, fork};
use signals::{attempt, deliver, signal};
use text::text;

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
    /// The file at the path that it wrote, once that was followed.
    pub stat: Option<Stat>,
    /// The file of the descriptor that is meant, where what a caller wrote looks like its link in a /proc.
    pub linked: Option<String>,
}

/// A record that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

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

/// The word of a small enum with this number.
fn lookup<T: Copy>(table: &[(u32, T)], number: u8) -> Option<T> {
    table.iter().find(|(n, _)| *n == u32::from(number)).map(|(_, word)| *word)
}

fn party(p: &abi::sigtop_party) -> Party {
    let key = ProcKey { pid: p.pid, start_ns: p.start_ns };
    Party { key, tid: p.tid, uid: p.uid, name: Name::from_kernel(&p.comm) }
}

/// One end of a signal in a hot record, which has no names: [`super::link`] fills them in.
fn nameless(start_ns: u64, pid: u32, tid: u32, uid: u32) -> Party {
    Party { key: ProcKey { pid, start_ns }, tid, uid, name: Name::default() }
}

#[cfg(test)]
mod tests;
