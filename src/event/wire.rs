//! The JSON of every event: one object, one line. What stands here is the contract with everybody who reads
//! `sigtop log --format json`, a socket or a recording; it is changed only by adding.
//!
//! One flat struct serves every kind, writing and reading: a kind uses some of the fields and leaves out the rest.
//! Text is UTF-8; what was not, holds `?` (names) or U+FFFD (paths, arguments).

mod access;
mod alert;
mod attempt;

pub use alert::Nested;

use super::*;
use crate::signal::{Signal, SignalSet, code_name};
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
    /// all: `header`, or a word of [`Kind`]
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
    /// signal, exit with a cause, lost, skipped: a word of [`Origin`]; `others` where senders could not be told apart
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Cow<'a, str>>,
    /// signal: a word of [`Call`]; exec that failed: of [`ExecCall`]
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
    /// signal: a word of [`SendResult`]; lost: `failed` or `probe` for what would have been told as such
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Cow<'a, str>>,
    /// signal, exec, open, chmod, move, connect: why the call failed, by name (`EPERM`), or the number of one without
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errno: Option<Cow<'a, str>>,
    /// signal, ignored: a word of [`Ignored`]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Cow<'a, str>>,
    /// deliver: a word of [`Disposition`]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Cow<'a, str>>,
    /// deliver: a word of [`Action`]; signal: `continue` for a SIGCONT that made its target go on
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
    /// signal, exit with a cause, of the kernel itself: a word of [`Reason`]
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
    /// open: words of [`OpenFlags`]; bits without a word in hexadecimal
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
    /// alert: a word of [`Severity`]
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

fn text(s: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(s))
}

fn names(set: SignalSet) -> Vec<Cow<'static, str>> {
    set.iter().map(|signal| Cow::Borrowed(signal.name())).collect()
}

fn texts(list: &[String]) -> Option<Vec<Cow<'_, str>>> {
    Some(list.iter().map(|s| Cow::Borrowed(s.as_str())).collect())
}

impl<'a> Wire<'a> {
    fn new(kind: &'a str, mono_ns: u64, time: &'a str) -> Wire<'a> {
        Wire { v: VERSION, r#type: Cow::Borrowed(kind), time: Cow::Borrowed(time), mono_ns, ..Wire::default() }
    }

    /// The object of a stream's header. `time` and `boot_time` are RFC 3339.
    pub fn from_header(header: &'a Header, time: &'a str, boot_time: &'a str) -> Wire<'a> {
        Wire {
            version: text(&header.version),
            host: text(&header.host),
            kernel: text(&header.kernel),
            arch: text(&header.arch),
            boot_id: text(&header.boot_id),
            began_ns: Some(header.began_ns),
            part: Some(header.part),
            boot_time: text(boot_time),
            offset_ns: Some(header.offset_ns),
            missing: texts(&header.missing),
            roads: texts(&header.roads),
            told: kind_words(&header.told.all),
            told_some: kind_words(&header.told.some),
            ..Wire::new("header", header.mono_ns, time)
        }
    }

    /// The object of an event; `time` is its time in RFC 3339.
    pub fn from_event(event: &'a Event, time: &'a str) -> Wire<'a> {
        let wire = Wire::new(event.kind().word(), event.mono_ns(), time);
        match event {
            Event::Signal(e) => wire.with_signal(e),
            Event::Attempt(e) => wire.with_attempt(e),
            Event::Deliver(e) => Wire {
                id: e.id,
                disposition: text(e.disposition.word()),
                action: text(e.action.word()),
                latency_ns: e.latency_ns,
                ..wire.with_number(e.signal).with_who(&e.target)
            },
            Event::Fork(e) => Wire { thread: e.is_thread(), ..wire.with_who(&e.child).with_parent(Some(e.parent)) },
            Event::Exec(e) => Wire {
                gid: Some(e.gid),
                filename: text(&e.filename),
                argv: texts(&e.argv),
                argv_cut: Some(e.argv_cut),
                tty: tty_name(e.tty),
                cwd: text(&e.cwd),
                exe: text(&e.exe).filter(|exe| !exe.is_empty()),
                ..wire.with_who(&e.who)
            },
            Event::FailedExec(e) => wire.with_failed_exec(e),
            Event::Exit(e) => wire.with_who(&e.who).with_end(e),
            Event::Rename(e) => wire.with_who(&e.who),
            Event::Seen(e) => Wire {
                tty: tty_name(e.tty),
                exe: text(&e.exe),
                argv: texts(&e.argv),
                cgroup_id: Some(e.cgroup_id),
                cgroup: text(&e.cgroup),
                zombie: e.zombie,
                ..wire.with_who(&e.who).with_parent(e.parent)
            },
            Event::Cgroup(e) => Wire { cgroup_id: Some(e.cgroup_id), cgroup: text(&e.cgroup), ..wire.with_who(&e.who) },
            Event::File(e) => wire.with_file(e),
            Event::Connect(e) => wire.with_connect(e),
            Event::Alert(e) => wire.with_alert(e, time),
            Event::Lost(e) | Event::Skipped(e) => wire.with_count(e),
            Event::Filter(e) => Wire { filter: text(&e.text), generation: Some(e.generation), ..wire },
            Event::Clock(e) => Wire { offset_ns: Some(e.offset_ns), ..wire },
        }
    }

    fn with_signal(self, e: &'a SignalEvent) -> Wire<'a> {
        Wire {
            id: Some(e.id),
            pid: Some(e.target.key.pid.into()),
            sender: Some(e.sender.as_ref().map(|s| WireParty { tty: tty_name(e.sender_tty), ..WireParty::from(s) })),
            target: Some(Some(WireParty::from(&e.target))),
            origin: text(e.origin.word()),
            call: e.call.and_then(|c| text(c.word())),
            code: Some(e.code),
            code_name: code_name(e.signal, e.code).and_then(text),
            scope: text(e.scope.word()),
            result: text(e.result.word()),
            why: e.ignored.and_then(|w| text(w.word())),
            action: if e.continued { text(Action::Continue.word()) } else { None },
            blocked: e.masks.map(|masks| names(masks.blocked)),
            pending: e.masks.map(|masks| names(masks.pending)),
            generation: (e.generation != 0).then_some(e.generation),
            ..self.with_number(e.signal).with_detail(e.detail)
        }
    }

    fn with_number(self, signal: Signal) -> Wire<'a> {
        Wire { signr: Some(signal.number().into()), signal: text(signal.name()), ..self }
    }

    fn with_who(self, who: &'a Party) -> Wire<'a> {
        Wire {
            pid: Some(who.key.pid.into()),
            tid: Some(who.tid.into()),
            uid: Some(who.uid),
            comm: text(who.name.as_str()),
            start_ns: Some(who.key.start_ns),
            ..self
        }
    }

    fn with_parent(self, parent: Option<ProcKey>) -> Wire<'a> {
        Wire { ppid: parent.map(|p| p.pid), parent_start_ns: parent.map(|p| p.start_ns), ..self }
    }

    fn with_detail(self, detail: Detail) -> Wire<'a> {
        match detail {
            Detail::None => self,
            Detail::Value(v) if v >> 32 == 0 => Wire { value: Some(i64::from(v as u32 as i32)), ..self },
            Detail::Value(v) => Wire { value: Some(v as i64), ..self },
            Detail::Address(a) => Wire { address: Some(format!("{a:#x}").into()), ..self },
            Detail::Status(s) => Wire { status: Some(s), ..self },
            Detail::Syscall(n) => Wire { syscall: Some(n), ..self },
            Detail::Tty(tty) => Wire { tty: tty_name(tty), ..self },
            Detail::Reason(reason) => Wire { reason: text(reason.word()), ..self },
            Detail::Oom(oom) => {
                Wire { oom_rss: Some(oom.rss().unwrap_or(0)), oom_limit: oom.limit(), oom_level: oom.level(), ..self }
            }
        }
    }

    fn with_end(self, e: &'a ExitEvent) -> Wire<'a> {
        let wire = match e.end {
            End::Code(code) => Wire { code: Some(i32::from(code)), ..self },
            End::Signal { signal, core } => Wire { core: Some(core), ..self.with_number(signal) },
        };
        let wire = Wire { thread: e.thread, ..wire };
        match &e.cause {
            Some(cause) => Wire {
                cause: Some(cause.id),
                by: cause.sender.as_ref().map(WireParty::from),
                origin: text(cause.origin.word()),
                ..wire.with_detail(cause.detail)
            },
            None => wire,
        }
    }

    fn with_count(self, e: &'a CountEvent) -> Wire<'a> {
        let wire = match e.signal {
            Some(signal) => self.with_number(signal),
            None => self,
        };
        let (kind, result) = (text(e.kind.map_or("malformed", Kind::word)), e.result.and_then(|r| text(r.word())));
        let wire = Wire { kind, result, count: Some(e.count), since_ns: e.since_ns, ..wire };
        match e.sender {
            Some(SenderKey::Process(key)) => Wire { sender: Some(Some(WireParty::from(key))), ..wire },
            Some(SenderKey::Kernel(origin)) => Wire { sender: Some(None), origin: text(origin.word()), ..wire },
            Some(SenderKey::Others) => Wire { sender: Some(None), origin: text("others"), ..wire },
            None => wire,
        }
    }
}

fn tty_name(tty: Tty) -> Option<Cow<'static, str>> {
    tty.is_some().then(|| tty.to_string().into())
}

impl<'a> From<&'a Party> for WireParty<'a> {
    fn from(p: &'a Party) -> WireParty<'a> {
        let (pid, start_ns) = (p.key.pid, p.key.start_ns);
        WireParty {
            pid,
            tid: p.tid,
            uid: p.uid,
            comm: Cow::Borrowed(p.name.as_str()),
            start_ns,
            ..WireParty::default()
        }
    }
}

impl From<ProcKey> for WireParty<'_> {
    fn from(key: ProcKey) -> Self {
        WireParty { pid: key.pid, tid: key.pid, start_ns: key.start_ns, ..WireParty::default() }
    }
}

/// Reading: a field that must be there.
fn need<T>(field: &'static str, value: Option<T>) -> Result<T, WireError> {
    value.ok_or(WireError { field, found: None })
}

fn bad_number(field: &'static str, found: i64) -> WireError {
    WireError { field, found: Some(found.to_string()) }
}

/// Reading: a field whose number is of this type.
fn fitting<T: TryFrom<i64>>(field: &'static str, value: Option<i64>) -> Result<Option<T>, WireError> {
    value.map(|n| T::try_from(n).map_err(|_| bad_number(field, n))).transpose()
}

/// Reading: a field that holds a word of a table.
fn word<T>(field: &'static str, value: &Option<Cow<str>>, read: fn(&str) -> Option<T>) -> Result<Option<T>, WireError> {
    match value {
        Some(found) => read(found).map(Some).ok_or_else(|| WireError { field, found: Some(found.to_string()) }),
        None => Ok(None),
    }
}

/// Reading: signals by name.
fn set(field: &'static str, names: &[Cow<str>]) -> Result<SignalSet, WireError> {
    let signal = |name: &Cow<str>| Signal::parse(name).map_err(|e| WireError { field, found: Some(e.text) });
    names.iter().map(signal).collect()
}

/// Words of kinds; nothing of none.
fn kind_words(kinds: &[Kind]) -> Option<Vec<Cow<'static, str>>> {
    (!kinds.is_empty()).then(|| kinds.iter().map(|kind| kind.word().into()).collect())
}

/// Later versions may know more.
fn kinds(words: &Option<Vec<Cow<str>>>) -> Vec<Kind> {
    words.iter().flatten().filter_map(|word| Kind::from_word(word)).collect()
}

impl Wire<'_> {
    /// The header, if this object is one.
    pub fn to_header(&self) -> Option<Header> {
        let owned = |t: &Option<Cow<str>>| t.as_deref().unwrap_or("").to_string();
        (self.r#type == "header").then(|| Header {
            version: owned(&self.version),
            host: owned(&self.host),
            kernel: owned(&self.kernel),
            arch: owned(&self.arch),
            boot_id: owned(&self.boot_id),
            mono_ns: self.mono_ns,
            began_ns: self.began_ns.unwrap_or(self.mono_ns),
            part: self.part.unwrap_or(0),
            offset_ns: self.offset_ns.unwrap_or(0),
            missing: self.missing.iter().flatten().map(|m| m.to_string()).collect(),
            roads: self.roads.iter().flatten().map(|r| r.to_string()).collect(),
            told: Told { all: kinds(&self.told), some: kinds(&self.told_some) },
        })
    }

    /// Whether its type is one of this version: later ones may add some.
    pub fn is_known(&self) -> bool {
        Kind::from_word(&self.r#type).is_some()
    }

    /// The event in this object.
    ///
    /// # Errors
    /// The first field that is missing or holds what it cannot.
    pub fn to_event(&self) -> Result<Event, WireError> {
        let unknown = || WireError { field: "type", found: Some(self.r#type.to_string()) };
        let mono_ns = self.mono_ns;
        Ok(match Kind::from_word(&self.r#type).ok_or_else(unknown)? {
            Kind::Signal if self.result()?.is_some_and(SendResult::is_attempt) => Event::Attempt(self.to_attempt()?),
            Kind::Signal => Event::Signal(self.to_signal()?),
            Kind::Deliver => Event::Deliver(DeliverEvent {
                id: self.id,
                mono_ns,
                signal: need("signr", self.number()?)?,
                target: self.who()?,
                disposition: need("disposition", word("disposition", &self.disposition, Disposition::from_word)?)?,
                action: need("action", word("action", &self.action, Action::from_word)?)?,
                latency_ns: self.latency_ns,
            }),
            Kind::Fork => Event::Fork(ForkEvent { mono_ns, child: self.who()?, parent: need("ppid", self.parent())? }),
            Kind::Exec if self.errno.is_some() => Event::FailedExec(Box::new(self.to_failed_exec()?)),
            Kind::Exec => Event::Exec(Box::new(ExecEvent {
                mono_ns,
                who: self.who()?,
                gid: need("gid", self.gid)?,
                tty: self.tty()?,
                filename: self.filename.as_deref().unwrap_or("").to_string(),
                argv: self.argv.iter().flatten().map(|a| a.to_string()).collect(),
                argv_cut: self.argv_cut.unwrap_or(false),
                cwd: self.cwd.as_deref().unwrap_or("").to_string(),
                exe: self.exe.as_deref().unwrap_or("").to_string(),
            })),
            Kind::Exit => Event::Exit(self.to_exit()?),
            Kind::Rename => Event::Rename(RenameEvent { mono_ns, who: self.who()? }),
            Kind::Seen => Event::Seen(Box::new(SeenEvent {
                mono_ns,
                who: self.who()?,
                parent: self.parent(),
                tty: self.tty()?,
                exe: self.exe.as_deref().unwrap_or("").to_string(),
                argv: self.argv.iter().flatten().map(|a| a.to_string()).collect(),
                cgroup_id: self.cgroup_id.unwrap_or(0),
                cgroup: self.cgroup.as_deref().unwrap_or("").to_string(),
                zombie: self.zombie,
            })),
            Kind::Cgroup => Event::Cgroup(Box::new(CgroupEvent {
                mono_ns,
                who: self.who()?,
                cgroup_id: self.cgroup_id.unwrap_or(0),
                cgroup: self.cgroup.as_deref().unwrap_or("").to_string(),
            })),
            Kind::Open => Event::File(Box::new(self.to_open()?)),
            Kind::Chmod => Event::File(Box::new(self.to_chmod()?)),
            Kind::Move => Event::File(Box::new(self.to_move()?)),
            Kind::Connect => Event::Connect(Box::new(self.to_connect()?)),
            Kind::Alert => Event::Alert(Box::new(self.to_alert()?)),
            Kind::Lost => Event::Lost(self.to_count()?),
            Kind::Skipped => Event::Skipped(self.to_count()?),
            Kind::Filter => Event::Filter(Box::new(FilterEvent {
                mono_ns,
                generation: self.generation.unwrap_or(0),
                text: self.filter.as_deref().unwrap_or("").to_string(),
            })),
            Kind::Clock => Event::Clock(ClockEvent { mono_ns, offset_ns: need("offset_ns", self.offset_ns)? }),
        })
    }

    fn to_signal(&self) -> Result<SignalEvent, WireError> {
        Ok(SignalEvent {
            id: need("id", self.id)?,
            mono_ns: self.mono_ns,
            signal: need("signr", self.number()?)?,
            code: self.code.unwrap_or(0),
            sender: self.sender.iter().flatten().next().map(WireParty::to_party),
            sender_tty: self.sender.iter().flatten().next().map_or(Ok(Tty::NONE), WireParty::to_tty)?,
            target: need("target", self.target.iter().flatten().next())?.to_party(),
            origin: need("origin", word("origin", &self.origin, Origin::from_word)?)?,
            call: word("call", &self.call, Call::from_word)?,
            scope: need("scope", word("scope", &self.scope, Scope::from_word)?)?,
            result: need("result", self.result()?)?,
            ignored: word("why", &self.why, Ignored::from_word)?,
            continued: word("action", &self.action, Action::from_word)? == Some(Action::Continue),
            detail: self.detail()?,
            masks: self.masks()?,
            generation: self.generation.unwrap_or(0),
        })
    }

    /// Both or none: streams of older versions have none.
    fn masks(&self) -> Result<Option<Masks>, WireError> {
        let (Some(blocked), Some(pending)) = (&self.blocked, &self.pending) else { return Ok(None) };
        Ok(Some(Masks { blocked: set("blocked", blocked)?, pending: set("pending", pending)? }))
    }

    fn to_exit(&self) -> Result<ExitEvent, WireError> {
        let end = match (self.number()?, self.code) {
            (Some(signal), _) => End::Signal { signal, core: self.core.unwrap_or(false) },
            (None, Some(code)) => {
                let bad = |_| WireError { field: "code", found: Some(code.to_string()) };
                End::Code(u8::try_from(code).map_err(bad)?)
            }
            (None, None) => return Err(WireError { field: "code", found: None }),
        };
        let cause = match self.cause {
            Some(id) => Some(Cause {
                id,
                origin: need("origin", word("origin", &self.origin, Origin::from_word)?)?,
                sender: self.by.as_ref().map(WireParty::to_party),
                detail: self.detail()?,
            }),
            None => None,
        };
        Ok(ExitEvent { mono_ns: self.mono_ns, who: self.who()?, thread: self.thread, end, cause })
    }

    fn to_count(&self) -> Result<CountEvent, WireError> {
        let kind = match self.kind.as_deref() {
            Some("malformed") => None,
            _ => Some(need("kind", word("kind", &self.kind, Kind::from_word)?)?),
        };
        let sender = match (&self.sender, self.origin.as_deref()) {
            (Some(Some(p)), _) => Some(SenderKey::Process(p.to_party().key)),
            (_, Some("others")) => Some(SenderKey::Others),
            _ => word("origin", &self.origin, Origin::from_word)?.map(SenderKey::Kernel),
        };
        let count = need("count", self.count)?;
        let result = self.result()?.filter(|result| result.is_attempt());
        Ok(CountEvent {
            mono_ns: self.mono_ns,
            kind,
            count,
            since_ns: self.since_ns,
            signal: self.number()?,
            sender,
            result,
        })
    }

    fn result(&self) -> Result<Option<SendResult>, WireError> {
        word("result", &self.result, SendResult::from_word)
    }

    fn number(&self) -> Result<Option<Signal>, WireError> {
        let signal = |n: i32| u8::try_from(n).ok().and_then(Signal::new);
        self.signr.map(|n| signal(n).ok_or_else(|| bad_number("signr", n.into()))).transpose()
    }

    fn who(&self) -> Result<Party, WireError> {
        let pid = need("pid", fitting("pid", self.pid)?)?;
        Ok(Party {
            key: ProcKey { pid, start_ns: self.start_ns.unwrap_or(0) },
            tid: fitting("tid", self.tid)?.unwrap_or(pid),
            uid: self.uid.unwrap_or(0),
            name: Name::from(self.comm.as_deref().unwrap_or("")),
        })
    }

    fn parent(&self) -> Option<ProcKey> {
        self.ppid.map(|pid| ProcKey { pid, start_ns: self.parent_start_ns.unwrap_or(0) })
    }

    fn tty(&self) -> Result<Tty, WireError> {
        Ok(word("tty", &self.tty, Tty::parse)?.unwrap_or_default())
    }

    fn detail(&self) -> Result<Detail, WireError> {
        let hex = |t: &str| u64::from_str_radix(t.strip_prefix("0x")?, 16).ok();
        Ok(if let Some(address) = word("address", &self.address, hex)? {
            Detail::Address(address)
        } else if let Some(value) = self.value {
            let int = i32::try_from(value).map(|i| u64::from(i as u32));
            Detail::Value(int.unwrap_or(value as u64))
        } else if let Some(status) = self.status {
            Detail::Status(status)
        } else if let Some(number) = self.syscall {
            Detail::Syscall(number)
        } else if let Some(reason) = word("reason", &self.reason, Reason::from_word)? {
            Detail::Reason(reason)
        } else if let Some(rss) = self.oom_rss {
            Detail::Oom(Oom::new(rss, self.oom_limit.unwrap_or(0), self.oom_level.unwrap_or(0)))
        } else if self.tty.is_some() {
            Detail::Tty(self.tty()?)
        } else {
            Detail::None
        })
    }
}

impl WireParty<'_> {
    fn to_party(&self) -> Party {
        Party {
            key: ProcKey { pid: self.pid, start_ns: self.start_ns },
            tid: self.tid,
            uid: self.uid,
            name: Name::from(self.comm.as_ref()),
        }
    }

    fn to_tty(&self) -> Result<Tty, WireError> {
        Ok(word("tty", &self.tty, Tty::parse)?.unwrap_or_default())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
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
            (any::<u64>(), any::<u64>(), 0u32..99)
                .prop_map(|(rss, limit, level)| Detail::Oom(Oom::new(rss, limit, level))),
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
            (any::<u64>(), any_party(), any::<bool>(), end, proptest::option::of(cause)).prop_map(
                |(mono_ns, who, thread, end, cause)| Event::Exit(ExitEvent { mono_ns, who, thread, end, cause })
            ),
            (any::<u64>(), any_party()).prop_map(|(mono_ns, who)| Event::Rename(RenameEvent { mono_ns, who })),
            (
                any::<u64>(),
                any_party(),
                proptest::option::of(key),
                tty,
                ".*",
                argv,
                (any::<u64>(), ".*"),
                any::<bool>()
            )
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
            (any::<u64>(), any::<i64>())
                .prop_map(|(mono_ns, offset_ns)| Event::Clock(ClockEvent { mono_ns, offset_ns })),
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
            id: 42,
            mono_ns: 8_123_456_789,
            signal: Signal::TERM,
            code: 0,
            sender: Some(party(1234, "bash", 7_000_000_000)),
            target: party(5678, "myapp", 7_100_000_000),
            origin: Origin::User,
            call: Some(Call::Kill),
            scope: Scope::Process,
            result: SendResult::Queued,
            ignored: None,
            continued: false,
            detail: Detail::None,
            masks: Some(Masks {
                blocked: [Signal::INT, Signal::TERM].into_iter().collect(),
                pending: [Signal::TERM].into_iter().collect(),
            }),
            generation: 0,
            sender_tty: Tty::NONE,
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
}
