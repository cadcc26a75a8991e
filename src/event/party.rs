//! Who: a process for ever, one end of a signal, whom a count is about.

use super::{Name, Origin};

/// A process for ever: its pid, and when it started, for pids are used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ProcKey {
    /// The process id (thread group id), in the initial pid namespace.
    pub pid: u32,
    /// When its first thread started, in nanoseconds of `CLOCK_MONOTONIC` (`task_struct::start_time`).
    pub start_ns: u64,
}

/// One end of a signal: a thread, its process, whose it is and what it is called at that moment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Party {
    /// The process.
    pub key: ProcKey,
    /// The thread. For a signal to a whole process: the thread the kernel looked at first, its leader.
    pub tid: u32,
    /// Real user id, in the initial user namespace.
    pub uid: u32,
    /// What it is called: in a live signal or delivery the process's name, elsewhere the thread's.
    pub name: Name,
}

/// Who a count in the kernel is about: a process, or the kernel itself for this reason.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SenderKey {
    /// A process.
    Process(ProcKey),
    /// No process: the kernel, for this reason.
    Kernel(Origin),
    /// More senders than can be told apart.
    Others,
}
