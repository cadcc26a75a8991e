//! The JSON of every event: one object, one line. What stands here is the contract with everybody who reads
//! `sigtop log --format json`, a socket or a recording; it is changed only by adding.
//!
//! One flat struct serves every kind, writing and reading: a kind uses some of the fields and leaves out the rest.
//! Text is UTF-8; what was not, holds `?` (names) or U+FFFD (paths, arguments).

mod access;
mod alert;
mod attempt;
mod read;
mod write;

pub use alert::Nested;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// The version in every object's `v`. A reader refuses a larger one.
pub const VERSION: u32 = 1;

/// One JSON object. Which kinds use a field is said first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wire<'a> {
    /// all: [`VERSION`]
    pub v: u32,
    /// all: `header`, or a word of [`Kind`](super::Kind)
    #[serde(borrow)]
    pub r#type: Cow<'a, str>,
    /// all: RFC 3339, UTC, nanoseconds
    pub time: Cow<'a, str>,
    /// all: nanoseconds of `CLOCK_MONOTONIC`
    pub mono_ns: u64,

    /// header: the sigtop that made the stream
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Cow<'a, str>>,
    /// header: host name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Cow<'a, str>>,
    /// header: kernel release
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<Cow<'a, str>>,
    /// header: processor architecture
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch: Option<Cow<'a, str>>,
    /// header: which start of the machine: `/proc/sys/kernel/random/boot_id`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<Cow<'a, str>>,
    /// header: when the stream began of which this is a part, monotonic
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began_ns: Option<u64>,
    /// header: number of the part, from 0: a recording may go on in another file
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    /// header: when the machine was started, RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot_time: Option<Cow<'a, str>>,
    /// header, clock: real time is this many nanoseconds ahead of `mono_ns`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset_ns: Option<i64>,
    /// header: what could not be had here, one sentence each
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<Cow<'a, str>>>,
    /// header: how things are seen that can be seen in several ways, and what that means, one sentence each
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roads: Option<Vec<Cow<'a, str>>>,
    /// header: kinds told in full of those that are told only on request
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<Vec<Cow<'a, str>>>,
    /// header: those of which is told what rules or a filter look for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_some: Option<Vec<Cow<'a, str>>>,

    /// signal, deliver: number of the signal in the stream
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// signal: the target's, as the caller gave it where none came of it; others: the process's own
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<i64>,
    /// deliver, fork, exec, exit, rename, open, chmod, move, connect: the thread's; signal, failed or probe: the thread meant
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tid: Option<i64>,
    /// fork, seen: the parent's
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ppid: Option<u32>,
    /// signal, failed or probe: the process group meant, 0 for the sender's own
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
    /// signal, failed or probe: true where all processes were meant
    #[serde(skip_serializing_if = "is_false")]
    pub all: bool,
    /// signal, failed or probe: the sender's descriptor that stands for the target
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fd: Option<i32>,
    /// signal, failed or probe: true where `pid`, `tid` and `group` count in a pid namespace of the sender's own
    #[serde(skip_serializing_if = "is_false")]
    pub nested: bool,
    /// signal, deliver, lost, skipped; exit by a signal: its number. Failed or probe: any number, 0 for a probe
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signr: Option<i32>,
    /// the same: its name, where it has one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<Cow<'a, str>>,
    /// signal, lost, skipped: who sent, `null` where no process did
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<Option<WireParty<'a>>>,
    /// signal: whom to; `null` where that is not known, of one that failed or was a probe
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Option<WireParty<'a>>>,
    /// signal, exit with a cause, lost, skipped: a word of [`Origin`](super::Origin); `others` where senders could not be
    /// told apart
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Cow<'a, str>>,
    /// signal: a word of [`Call`](super::Call); exec that failed: of [`ExecCall`](super::ExecCall)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Cow<'a, str>>,
    /// signal: `si_code`; exit: the exit code
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// signal: the name of `code`, where it has one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_name: Option<Cow<'a, str>>,
    /// signal: `thread` or `process`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Cow<'a, str>>,
    /// signal: a word of [`SendResult`](super::SendResult); lost: `failed` or `probe` for what would have been told as
    /// such
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Cow<'a, str>>,
    /// signal, exec, open, chmod, move, connect: why the call failed, by name (`EPERM`), or the number of one without
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errno: Option<Cow<'a, str>>,
    /// signal, ignored: a word of [`Ignored`](super::Ignored)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Cow<'a, str>>,
    /// deliver: a word of [`Disposition`](super::Disposition)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Cow<'a, str>>,
    /// deliver: a word of [`Action`](super::Action); signal: `continue` for a SIGCONT that made its target go on
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Cow<'a, str>>,
    /// deliver: nanoseconds since it was sent
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ns: Option<u64>,
    /// signal: the sigqueue value: as an `int` where the upper half is empty, else all 64 bits
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// signal, exit with a cause: the fault's address, `0x` and hexadecimal; connect: where to, or the socket's path
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Cow<'a, str>>,
    /// signal: the child's exit code or signal
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// signal, exit with a cause: the forbidden system call's number
    #[serde(skip_serializing_if = "Option::is_none")]
    pub syscall: Option<i32>,
    /// signal, exit with a cause, of the kernel itself: a word of [`Reason`](super::Reason)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'a, str>>,
    /// signal, exit with a cause, of the OOM killer: bytes of the victim that were resident, about; 0 where not known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_rss: Option<u64>,
    /// the same: the limit in bytes that a memory cgroup of the victim was at; left out where none was
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_limit: Option<u64>,
    /// the same: how many components of the path of the victim's cgroup name that one, where that is known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_level: Option<u32>,

    /// deliver, fork, exec, exit, rename, seen, open, chmod, move, connect: real user id
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// exec: real group id
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// deliver, fork, exec, exit, rename, seen, open, chmod, move, connect: name of the thread
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comm: Option<Cow<'a, str>>,
    /// deliver, fork, exec, exit, rename, seen, open, chmod, move, connect: when the process started, monotonic
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_ns: Option<u64>,
    /// fork, seen: when the parent started
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_start_ns: Option<u64>,
    /// fork, exit: true for a thread, left out for a process
    #[serde(skip_serializing_if = "is_false")]
    pub thread: bool,
    /// exec: the file as the caller named it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<Cow<'a, str>>,
    /// exec, seen: arguments
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argv: Option<Vec<Cow<'a, str>>>,
    /// exec: whether there were more arguments than these
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argv_cut: Option<bool>,
    /// exec, seen, signal of the terminal: `pts/3`; left out where there is none
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tty: Option<Cow<'a, str>>,
    /// exec: current directory
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<Cow<'a, str>>,
    /// seen: executable; exec: the file that runs, as the kernel knows it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exe: Option<Cow<'a, str>>,
    /// seen, cgroup: id of the cgroup in the unified hierarchy
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroup_id: Option<u64>,
    /// seen, cgroup: path of the cgroup
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroup: Option<Cow<'a, str>>,
    /// seen: dead already, left out for the living
    #[serde(skip_serializing_if = "is_false")]
    pub zombie: bool,
    /// exit by a signal: whether a core was dumped
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core: Option<bool>,
    /// exit by a signal: the id of that signal's event
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<u64>,
    /// exit with a cause: the sender of that signal, where a process sent it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<WireParty<'a>>,
    /// lost: what kind of record, or `malformed`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Cow<'a, str>>,
    /// lost, skipped: how many; alert: how many events made the rule fire
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// lost, skipped: from when on, monotonic; left out where only the time of counting is known. alert: when the first
    /// event was; of a folded one, when its alert was
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_ns: Option<u64>,
    /// signal: what the target thread had blocked, by name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Vec<Cow<'a, str>>>,
    /// signal: what waited for it then, by name: this signal too where it was queued, and SIGKILL where this one kills
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<Vec<Cow<'a, str>>>,
    /// filter: the filter from here on, empty for everything
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Cow<'a, str>>,
    /// filter, signal: the filter's number
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,

    /// open, chmod, move: the file, as the kernel knows it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Cow<'a, str>>,
    /// open, chmod, move: another path that was watched for and is the same file
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<Cow<'a, str>>,
    /// move: where it was
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Cow<'a, str>>,
    /// open: words of [`OpenFlags`](super::OpenFlags); bits without a word in hexadecimal
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<Vec<Cow<'a, str>>>,
    /// open: true where the file was not there before
    #[serde(skip_serializing_if = "is_false")]
    pub created: bool,
    /// chmod: the permission bits before, octal, where they are known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode_before: Option<Cow<'a, str>>,
    /// chmod: the permission bits that were asked for: `0755`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Cow<'a, str>>,
    /// connect: `inet`, `inet6`, `unix`, or the number of another
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<Cow<'a, str>>,
    /// connect: of inet and inet6
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,

    /// alert: the rule
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Cow<'a, str>>,
    /// alert: a word of [`Severity`](super::Severity)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Cow<'a, str>>,
    /// alert: what the rule means
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Cow<'a, str>>,
    /// alert: when the rule fires without harm
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_alarms: Option<Cow<'a, str>>,
    /// alert: what its author sorts rules by
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Cow<'a, str>>>,
    /// alert: what the rule counts by, and whose it was: `process bash/1234`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Cow<'a, str>>,
    /// alert: of a rule that counts distinct values, how many
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct: Option<u64>,
    /// alert: how often it would have fired again while it was held back; left out in the alert itself
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folded: Option<u64>,
    /// alert: true where some of that was another user's deed than the alert
    #[serde(skip_serializing_if = "is_false")]
    pub other_users: bool,
    /// alert: whose deed it was, where that is one process's
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<WireParty<'a>>,
    /// alert: its parent, the parent of that one, and so on
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ancestors: Option<Vec<WireParty<'a>>>,
    /// alert: the object of the event that made the rule fire
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(borrow)]
    pub event: Option<Nested<'a>>,
}

/// One end of a signal. Only `pid` and `start_ns` in lost and skipped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WireParty<'a> {
    /// process id
    pub pid: u32,
    /// thread id
    pub tid: u32,
    /// real user id
    pub uid: u32,
    /// name of the thread
    #[serde(borrow)]
    pub comm: Cow<'a, str>,
    /// when the process started, monotonic
    pub start_ns: u64,
    /// a signal's sender: its controlling terminal, if it has one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tty: Option<Cow<'a, str>>,
    /// the process of an alert: the file that it ran then, where that is known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exe: Option<Cow<'a, str>>,
    /// the process of an alert: its arguments then, where they are known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argv: Option<Vec<Cow<'a, str>>>,
}

/// An object that is no event: which field, and what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    /// The field.
    pub field: &'static str,
    /// Its text, if it had one.
    pub found: Option<String>,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Some(found) => write!(f, "field {:?} cannot be {found:?}", self.field),
            None => write!(f, "field {:?} is missing", self.field),
        }
    }
}

impl std::error::Error for WireError {}

fn is_false(b: &bool) -> bool {
    !*b
}

#[cfg(test)]
pub(crate) mod tests;
