//! What was tried and did not become a signal, or another program: sends that failed, probes, execs that failed.
//!
//! Numbers are kept as the caller gave them: they may be no signal and no process at all, and a caller in a pid
//! namespace of its own counts processes as it is seen from there.

use super::{Call, Errno, Party, Scope, SendResult, Tty};
use crate::signal::Signal;
use std::fmt;

/// Whom a send was meant for, as the caller said.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Aim {
    /// The process with this pid.
    Process(i32),
    /// One thread.
    Thread {
        /// Of the process with this pid; 0 for tkill(2), which does not say.
        tgid: i32,
        /// With this id.
        tid: i32,
    },
    /// Every process of the process group with this id; 0: of the sender's own.
    Group(u32),
    /// Every process that the sender may send to: `kill(-1, ...)`.
    All,
    /// What this descriptor of the sender's stands for, a pidfd.
    Fd(i32),
}

impl fmt::Display for Aim {
    /// `pid 671`, `thread 672`, `group 671`, `own group`, `all`, `fd 5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aim::Process(pid) => write!(f, "pid {pid}"),
            Aim::Thread { tid, .. } => write!(f, "thread {tid}"),
            Aim::Group(0) => f.write_str("own group"),
            Aim::Group(pgid) => write!(f, "group {pgid}"),
            Aim::All => f.write_str("all"),
            Aim::Fd(fd) => write!(f, "fd {fd}"),
        }
    }
}

/// A call that sent no signal: it failed, or was only to find out whether it would (signal 0).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttemptEvent {
    /// Its number in the stream, among those of the signals.
    pub id: u64,
    /// When.
    pub mono_ns: u64,
    /// The signal as the caller gave it: 0 for a probe, and it may be no signal's number.
    pub number: i32,
    /// Who called.
    pub sender: Party,
    /// The sender's controlling terminal.
    pub sender_tty: Tty,
    /// Whom it was meant for, in the sender's pid namespace.
    pub aim: Aim,
    /// Whether that is another namespace than the initial one, so that the numbers in `aim` say nothing here.
    pub nested: bool,
    /// The process meant, where that is one and is known: the last one that had this pid. Its user is the last told.
    pub target: Option<Party>,
    /// By which system call.
    pub call: Call,
    /// Why it failed; `None` for a probe that found its target.
    pub errno: Option<Errno>,
    /// The generation of the filter in force.
    pub generation: u32,
}

impl AttemptEvent {
    /// The signal, where the number is one's.
    pub fn signal(&self) -> Option<Signal> {
        u8::try_from(self.number).ok().and_then(Signal::new)
    }

    /// The pid of the process meant, where that is one that everybody knows by it.
    pub fn pid(&self) -> Option<u32> {
        match self.aim {
            _ if self.nested => None,
            Aim::Process(pid) | Aim::Thread { tgid: 0, tid: pid } | Aim::Thread { tgid: pid, .. } => {
                u32::try_from(pid).ok()
            }
            Aim::Group(_) | Aim::All | Aim::Fd(_) => None,
        }
    }

    /// Whether it was signal 0: only a question, answered or not.
    pub const fn is_probe(&self) -> bool {
        self.number == 0
    }

    /// What became of it.
    pub const fn result(&self) -> SendResult {
        if self.is_probe() { SendResult::Probe } else { SendResult::Failed }
    }

    /// Whether it was for one thread.
    pub const fn scope(&self) -> Scope {
        if matches!(self.aim, Aim::Thread { .. }) { Scope::Thread } else { Scope::Process }
    }
}

/// A process tried to start another program, and goes on with the old one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailedExecEvent {
    /// When.
    pub mono_ns: u64,
    /// Who.
    pub who: Party,
    /// Real group id.
    pub gid: u32,
    /// Controlling terminal.
    pub tty: Tty,
    /// By which system call.
    pub call: ExecCall,
    /// The file, as the caller named it; empty where that could not be read, or the file was given by descriptor.
    pub filename: String,
    /// Why it failed.
    pub errno: Errno,
}

words! {
    /// The system call that starts another program.
    ExecCall {
        /// execve(2).
        Execve = "execve",
        /// execveat(2): relative to a directory, or what a descriptor stands for.
        Execveat = "execveat",
    }
}
