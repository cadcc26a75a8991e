//! What happened: the one type on every arrow of the picture in `lib.rs`.
//!
//! Plain, owned data. The hot kinds (signal, deliver) are of fixed size and hold no heap; everything long (command
//! line, cgroup, exe) comes once, with `seen`, `fork` and `exec`, and is found again by [`ProcKey`].
//! Pids and uids are the host's (initial namespaces). Times are nanoseconds of `CLOCK_MONOTONIC`.
//! [`wire`] has the JSON of each kind. This module reads no clock and does no I/O.

#[macro_use]
pub(crate) mod words;
mod access;
mod alert;
mod attempt;
mod errno;
pub mod flags;
mod oom;
pub mod wire;

pub use access::{Address, ConnectEvent, Deed, FileEvent};
pub use alert::{AlertEvent, RuleInfo, Severity};
pub use attempt::{Aim, AttemptEvent, ExecCall, FailedExecEvent};
pub use errno::Errno;
pub use flags::OpenFlags;
pub use oom::Oom;

use crate::signal::{DefaultAction, Signal, SignalSet};
use std::borrow::Cow;
use std::fmt;

/// A process for ever: its pid, and when it started, for pids are used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ProcKey {
    /// The process id (thread group id), in the initial pid namespace.
    pub pid: u32,
    /// When its first thread started, in nanoseconds of `CLOCK_MONOTONIC` (`task_struct::start_time`).
    pub start_ns: u64,
}

/// A process or thread name: at most 15 bytes of UTF-8 (`TASK_COMM_LEN` - 1).
/// Bytes that are not UTF-8 were replaced by `?` when it was read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name {
    len: u8,
    bytes: [u8; 15],
}

impl Name {
    /// The longest name, in bytes.
    pub const MAX: usize = 15;

    /// The name in the kernel's `comm`: up to the first NUL, at most 15 bytes.
    pub fn from_kernel(comm: &[u8; 16]) -> Name {
        let len = comm.iter().position(|b| *b == 0).unwrap_or(Self::MAX).min(Self::MAX);
        let mut name = Name { len: len as u8, bytes: [0; 15] };
        name.bytes[..len].copy_from_slice(&comm[..len]);
        if !name.bytes.is_ascii() {
            name.replace_invalid();
        }
        name
    }

    /// Every byte that is not part of a UTF-8 character becomes `?`.
    #[cold]
    fn replace_invalid(&mut self) {
        let len = self.len as usize;
        let mut at = 0;
        while let Err(error) = std::str::from_utf8(&self.bytes[at..len]) {
            let bad = at + error.valid_up_to();
            let end = error.error_len().map_or(len, |n| bad + n);
            self.bytes[bad..end].fill(b'?');
            at = end;
        }
    }

    /// The name as text. It may hold control characters: `escape::plain` before it is shown.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..(self.len as usize).min(Self::MAX)]).unwrap_or("?")
    }

    /// Whether the name has no letter at all.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl From<&str> for Name {
    /// Cuts at 15 bytes, between characters.
    fn from(text: &str) -> Name {
        let text = text.split('\0').next().unwrap_or("");
        let len = (0..=text.len().min(Self::MAX)).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
        let mut name = Name { len: len as u8, bytes: [0; 15] };
        name.bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
        name
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
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

words! {
    /// By which road a signal came: a process asked for it, or why the kernel made it.
    Origin {
        /// A process called kill, tkill, tgkill, sigqueue, tgsigqueue or pidfd_send_signal.
        User = "user",
        /// The processor met a fault in the target's own code (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP).
        Fault = "fault",
        /// A child died, stopped or went on; the sender is that child.
        Child = "child",
        /// A timer of the target ran out.
        Timer = "timer",
        /// The terminal: a key (^C, ^\, ^Z), hang-up, window size, background read or write.
        Tty = "tty",
        /// The target wrote to a pipe or socket that nobody reads.
        Pipe = "pipe",
        /// A file, socket or message queue is ready and the target had asked to be told.
        Io = "io",
        /// The target went over its CPU time or file size limit.
        Rlimit = "rlimit",
        /// The out-of-memory killer chose the target.
        Oom = "oom",
        /// A seccomp filter forbids the target's system call.
        Seccomp = "seccomp",
        /// The target's parent died and it had asked to be told (`PR_SET_PDEATHSIG`); the sender is that parent.
        Pdeath = "pdeath",
        /// Somebody wrote to `cgroup.kill`; the sender is who wrote.
        CgroupKill = "cgroup-kill",
        /// Another reason of the kernel's: ptrace, the end of a pid namespace, power failure.
        Kernel = "kernel",
    }
}

words! {
    /// Why the kernel itself killed ([`Origin::Kernel`]).
    Reason {
        /// The init of the target's pid namespace ended, and all of the namespace with it.
        NamespaceEnd = "namespace-end",
        /// Its tracer ended, and had asked for that (`PTRACE_O_EXITKILL`).
        TracerLeft = "tracer-left",
        /// Its tracer killed it (`PTRACE_KILL`).
        PtraceKill = "ptrace-kill",
    }
}

words! {
    /// The system call that sent a signal.
    Call {
        /// kill(2): to a process, a process group, or all.
        Kill = "kill",
        /// tkill(2): to a thread.
        Tkill = "tkill",
        /// tgkill(2): to a thread of a given process; raise(3), abort(3), pthread_kill(3).
        Tgkill = "tgkill",
        /// rt_sigqueueinfo(2), sigqueue(3): to a process, with a value.
        Sigqueue = "sigqueue",
        /// rt_tgsigqueueinfo(2), pthread_sigqueue(3): to a thread, with a value.
        Tgsigqueue = "tgsigqueue",
        /// pidfd_send_signal(2).
        Pidfd = "pidfd_send_signal",
    }
}

words! {
    /// Whom a signal is for.
    Scope {
        /// One thread.
        Thread = "thread",
        /// The process: any of its threads may take it.
        Process = "process",
    }
}

words! {
    /// What became of a signal when it was sent.
    SendResult {
        /// It waits for the target, or woke it.
        Queued = "queued",
        /// It was thrown away: see [`Ignored`].
        Ignored = "ignored",
        /// The same signal was waiting already; this one adds nothing.
        Coalesced = "coalesced",
        /// The target's queue of pending signals is full (`RLIMIT_SIGPENDING`); the sender got EAGAIN.
        Overflow = "overflow",
        /// It was queued, but for want of memory without its code and value.
        InfoLost = "info-lost",
        /// It never got as far as a signal: the call failed, with an errno.
        Failed = "failed",
        /// Signal 0: only a question whether the target is there, and may be sent to.
        Probe = "probe",
    }
}

words! {
    /// Why a signal was ignored.
    Ignored {
        /// The target set `SIG_IGN`.
        SigIgn = "SIG_IGN",
        /// The target left it at its default, which is to ignore.
        Default = "default",
        /// The target is the init of its pid namespace and has no handler for it.
        Init = "init",
        /// The target is dead already and only waits for its parent.
        Zombie = "zombie",
        /// The target is about to die.
        Exiting = "exiting",
    }
}

words! {
    /// Who decides what a signal does when it is taken.
    Disposition {
        /// The target's own handler runs.
        Handler = "handler",
        /// The kernel's default.
        Default = "default",
        /// It is thrown away.
        Ignored = "ignored",
    }
}

words! {
    /// What a signal that was taken did.
    Action {
        /// A handler ran, or nothing happened.
        None = "none",
        /// The process dies.
        Terminate = "terminate",
        /// The process dies and may leave a core file.
        Core = "core",
        /// The process stops.
        Stop = "stop",
        /// A stopped process goes on.
        Continue = "continue",
    }
}

words! {
    /// Kinds of events, as `--events` and JSON's `type` name them.
    Kind {
        /// A signal was sent.
        Signal = "signal",
        /// A signal was taken.
        Deliver = "deliver",
        /// A process (or, on request, a thread) began.
        Fork = "fork",
        /// A process started another program.
        Exec = "exec",
        /// A process (or, on request, a thread) ended.
        Exit = "exit",
        /// A process changed its name.
        Rename = "rename",
        /// A process was alive when the stream began.
        Seen = "seen",
        /// A process was moved into another cgroup, or was born in another than its parent's.
        Cgroup = "cgroup",
        /// A process opened a file. Told on request.
        Open = "open",
        /// A process changed the mode of a file. Told on request.
        Chmod = "chmod",
        /// A process moved a file: gave it another name. Told on request.
        Move = "move",
        /// A process connected a socket. Told on request.
        Connect = "connect",
        /// A rule fired.
        Alert = "alert",
        /// Records did not fit.
        Lost = "lost",
        /// Signals that the filter kept in the kernel, counted there.
        Skipped = "skipped",
        /// From here on another filter holds.
        Filter = "filter",
        /// The wall clock was set: from here on times are converted anew.
        Clock = "clock",
    }
}

impl From<DefaultAction> for Action {
    fn from(default: DefaultAction) -> Action {
        match default {
            DefaultAction::Terminate => Action::Terminate,
            DefaultAction::Core => Action::Core,
            DefaultAction::Ignore => Action::None,
            DefaultAction::Stop => Action::Stop,
            DefaultAction::Continue => Action::Continue,
        }
    }
}

impl Action {
    /// Whether the target dies of it.
    pub const fn is_fatal(self) -> bool {
        matches!(self, Action::Terminate | Action::Core)
    }
}

impl SendResult {
    /// Whether no signal came of it: only an [`AttemptEvent`] says so.
    pub const fn is_attempt(self) -> bool {
        matches!(self, SendResult::Failed | SendResult::Probe)
    }
}

impl Origin {
    /// Whether [`SignalEvent::sender`] names a process for this origin: one that asked, or whose own end it was.
    pub const fn has_sender(self) -> bool {
        matches!(self, Origin::User | Origin::Child | Origin::Pdeath | Origin::CgroupKill)
    }
}

/// A controlling terminal: the device number as `/proc/PID/stat` has it (`new_encode_dev`), 0 for none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Tty(pub u32);

impl Tty {
    /// No controlling terminal.
    pub const NONE: Tty = Tty(0);

    /// Whether there is one.
    pub const fn is_some(self) -> bool {
        self.0 != 0
    }

    /// The terminal with this device number.
    pub const fn from_device(major: u32, minor: u32) -> Tty {
        Tty(((major & 0xfff) << 8) | (minor & 0xff) | ((minor & 0xfff00) << 12))
    }

    /// Reads a terminal's name as people type it: `/dev/pts/9`, `pts/9`, `pts9`, `tty1`, `ttyS0`, `tty(4:70)`.
    pub fn parse(text: &str) -> Option<Tty> {
        let name = text.strip_prefix("/dev/").unwrap_or(text);
        let number = |prefix: &str| name.strip_prefix(prefix).and_then(|n| n.parse::<u32>().ok());
        if let Some(n) = number("pts/").or_else(|| number("pts")).filter(|n| *n < 8 * 256) {
            return Some(Tty::from_device(136 + n / 256, n % 256));
        }
        let numbered = [
            ("ttyS", 4, 64, 192),
            ("ttyUSB", 188, 0, 256),
            ("ttyAMA", 204, 64, 16),
            ("hvc", 229, 0, 8),
            ("tty", 4, 0, 64),
        ];
        for (prefix, major, first, count) in numbered {
            if let Some(n) = number(prefix).filter(|n| *n < count) {
                return Some(Tty::from_device(major, first + n));
            }
        }
        match name {
            "tty" => Some(Tty::from_device(5, 0)),
            "console" => Some(Tty::from_device(5, 1)),
            _ => {
                let (major, minor) = name.strip_prefix("tty(")?.strip_suffix(')')?.split_once(':')?;
                Some(Tty::from_device(major.parse().ok()?, minor.parse().ok()?))
            }
        }
    }

    /// Major and minor device number.
    pub const fn device(self) -> (u32, u32) {
        ((self.0 >> 8) & 0xfff, (self.0 & 0xff) | ((self.0 >> 12) & 0xfff00))
    }
}

impl fmt::Display for Tty {
    /// `pts/3`, `tty1`, `ttyS0`, `console`, else `tty(4:70)`; `-` for none.
    /// Majors are those of Documentation/admin-guide/devices.txt.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_some() {
            return f.pad("-");
        }
        let text = match self.device() {
            (major @ 136..=143, minor @ 0..256) => format!("pts/{}", (major - 136) * 256 + minor),
            (4, minor @ 0..=63) => format!("tty{minor}"),
            (4, minor @ 64..256) => format!("ttyS{}", minor - 64),
            (5, 0) => "tty".into(),
            (5, 1) => "console".into(),
            (188, minor @ 0..256) => format!("ttyUSB{minor}"),
            (204, minor @ 64..80) => format!("ttyAMA{}", minor - 64),
            (229, minor @ 0..8) => format!("hvc{minor}"),
            (major, minor) => format!("tty({major}:{minor})"),
        };
        f.pad(&text)
    }
}

/// What more a signal carries, by its origin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// The value of sigqueue, mq_notify or a timer (`si_value`, all 64 bits).
    Value(u64),
    /// Where the fault was (`si_addr`).
    Address(u64),
    /// A child's exit code, or the number of the signal that changed it (`si_status`).
    Status(i32),
    /// The forbidden system call's number (`si_syscall`).
    Syscall(i32),
    /// The terminal it came from.
    Tty(Tty),
    /// What the OOM killer found.
    Oom(Oom),
    /// Why the kernel killed.
    Reason(Reason),
}

/// The masks of a target, once it was settled what becomes of the signal that was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Masks {
    /// What the target thread had blocked. Of a signal to a whole process, another thread may take it.
    pub blocked: SignalSet,
    /// What waited for that thread, or for its whole process: the new one too where it was queued, and SIGKILL where it
    /// was clear already that the new one kills.
    pub pending: SignalSet,
}

/// A signal was sent: one per `signal_generate` of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignalEvent {
    /// Its number in the stream, from 1, rising.
    pub id: u64,
    /// When.
    pub mono_ns: u64,
    /// Which.
    pub signal: Signal,
    /// `si_code`.
    pub code: i32,
    /// Who sent it. `None` where no process did: the task that happened to run is not blamed.
    pub sender: Option<Party>,
    /// The sender's controlling terminal, at that moment.
    pub sender_tty: Tty,
    /// Whom to.
    pub target: Party,
    /// By which road.
    pub origin: Origin,
    /// By which system call, for [`Origin::User`].
    pub call: Option<Call>,
    /// To a thread or to a process.
    pub scope: Scope,
    /// What became of it.
    pub result: SendResult,
    /// Why it was ignored.
    pub ignored: Option<Ignored>,
    /// A SIGCONT that made a stopped target go on, whatever else becomes of it.
    pub continued: bool,
    /// What more it carries.
    pub detail: Detail,
    /// What the target had blocked, and what waited for it, where that is known.
    pub masks: Option<Masks>,
    /// The generation of the filter that let it pass.
    pub generation: u32,
}

/// The target took a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeliverEvent {
    /// The id of the signal; `None` where its sending was not seen (lost, filtered, or before the start).
    pub id: Option<u64>,
    /// When.
    pub mono_ns: u64,
    /// The signal that was sent, even where the kernel delivers it as SIGKILL.
    pub signal: Signal,
    /// Who took it.
    pub target: Party,
    /// Who decides what it does.
    pub disposition: Disposition,
    /// What it did.
    pub action: Action,
    /// Nanoseconds since it was sent, where that was seen.
    pub latency_ns: Option<u64>,
}

/// A process or thread began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ForkEvent {
    /// When.
    pub mono_ns: u64,
    /// The new one. For a thread, `key` is its process and `tid` the thread.
    pub child: Party,
    /// Its parent.
    pub parent: ProcKey,
}

/// A process started another program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExecEvent {
    /// When.
    pub mono_ns: u64,
    /// Who, under its new name.
    pub who: Party,
    /// Real group id.
    pub gid: u32,
    /// Controlling terminal.
    pub tty: Tty,
    /// The file, as the caller named it (a script's own name, not its interpreter's).
    pub filename: String,
    /// Up to 64 arguments, 4096 bytes in all.
    pub argv: Vec<String>,
    /// Whether there were more.
    pub argv_cut: bool,
    /// Current directory; empty where it could not be read.
    pub cwd: String,
    /// The file that runs, as the kernel knows it: of a script, its interpreter. Empty where it could not be read.
    pub exe: String,
}

impl ExecEvent {
    /// What runs from now on: the file as the kernel knows it, or else as the caller named it.
    pub fn runs(&self) -> &str {
        if self.exe.is_empty() { &self.filename } else { &self.exe }
    }

    /// The path that the caller gave, from the root: without a look at links.
    pub fn named(&self) -> Cow<'_, str> {
        if self.filename.starts_with('/') || !self.cwd.starts_with('/') {
            return Cow::Borrowed(&self.filename);
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in self.cwd.split('/').chain(self.filename.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        Cow::Owned(format!("/{}", parts.join("/")))
    }

    /// The file that runs, where it has another name than the one that the caller gave: the interpreter of a script,
    /// the end of a link. `/bin/ls` and `/usr/bin/ls` are the same.
    pub fn instead(&self) -> Option<&str> {
        Some(self.exe.as_str()).filter(|exe| !exe.is_empty() && !exe.ends_with(&*self.named()))
    }
}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It exited with this code, 0..=255.
    Code(u8),
    /// This signal killed it.
    Signal {
        /// The signal that was sent.
        signal: Signal,
        /// Whether a core was dumped.
        core: bool,
    },
}

/// The signal that ended a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause {
    /// The id of the signal event.
    pub id: u64,
    /// Its origin.
    pub origin: Origin,
    /// Its sender, where a process sent it.
    pub sender: Option<Party>,
    /// What more it carried.
    pub detail: Detail,
}

impl Cause {
    /// Who sent it, as it is counted.
    pub fn sender_key(&self) -> SenderKey {
        self.sender.map_or(SenderKey::Kernel(self.origin), |s| SenderKey::Process(s.key))
    }
}

/// A process or thread ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitEvent {
    /// When.
    pub mono_ns: u64,
    /// Who. For a thread, `key` is its process and `tid` the thread.
    pub who: Party,
    /// Whether only a thread ended, and its process lives on.
    pub thread: bool,
    /// How.
    pub end: End,
    /// By which signal, where that was seen.
    pub cause: Option<Cause>,
}

/// A process changed its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RenameEvent {
    /// When.
    pub mono_ns: u64,
    /// Who, under its new name.
    pub who: Party,
}

/// A process that was alive when the stream began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenEvent {
    /// When it was looked at.
    pub mono_ns: u64,
    /// Who.
    pub who: Party,
    /// Its parent; `None` for the first processes.
    pub parent: Option<ProcKey>,
    /// Controlling terminal.
    pub tty: Tty,
    /// Executable; empty where it has none (a kernel thread) or it could not be read.
    pub exe: String,
    /// Arguments.
    pub argv: Vec<String>,
    /// Id of its cgroup in the unified hierarchy.
    pub cgroup_id: u64,
    /// Path of its cgroup.
    pub cgroup: String,
    /// Dead already: only its parent has not asked yet.
    pub zombie: bool,
}

/// A process is from here on in another cgroup.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CgroupEvent {
    /// When.
    pub mono_ns: u64,
    /// Who.
    pub who: Party,
    /// Id of the cgroup in the unified hierarchy.
    pub cgroup_id: u64,
    /// Its path; empty where it is not known.
    pub cgroup: String,
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

/// Signals that the stream does not have one by one, but that the kernel counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CountEvent {
    /// When they were counted.
    pub mono_ns: u64,
    /// From when on it may have been, where that is known: a gap has a beginning.
    pub since_ns: Option<u64>,
    /// What kind of record; `None` for records that could not be read.
    pub kind: Option<Kind>,
    /// How many.
    pub count: u64,
    /// Which signal, for signals.
    pub signal: Option<Signal>,
    /// Who sent them, for signals.
    pub sender: Option<SenderKey>,
    /// For those that never became one (signals, programs): [`SendResult::Failed`] or [`SendResult::Probe`], the former
    /// also where the two cannot be told apart.
    pub result: Option<SendResult>,
}

impl CountEvent {
    /// Whether these are signals that the kernel made, and no mere attempts.
    pub fn is_of_signals(&self) -> bool {
        self.kind == Some(Kind::Signal) && self.result.is_none()
    }
}

/// From here on another filter holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterEvent {
    /// When.
    pub mono_ns: u64,
    /// Its number: each [`SignalEvent`] carries the number of the filter that let it pass.
    pub generation: u32,
    /// The filter, as it would be typed; empty: everything.
    pub text: String,
}

/// The wall clock was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockEvent {
    /// When.
    pub mono_ns: u64,
    /// From here on `CLOCK_REALTIME` is this many nanoseconds ahead of `CLOCK_MONOTONIC`.
    pub offset_ns: i64,
}

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A signal was sent.
    Signal(SignalEvent),
    /// A call sent no signal: it failed, or was a probe.
    Attempt(AttemptEvent),
    /// A signal was taken.
    Deliver(DeliverEvent),
    /// A process or thread began.
    Fork(ForkEvent),
    /// A process started another program.
    Exec(Box<ExecEvent>),
    /// A process tried to, and could not.
    FailedExec(Box<FailedExecEvent>),
    /// A process or thread ended.
    Exit(ExitEvent),
    /// A process changed its name.
    Rename(RenameEvent),
    /// A process was alive when the stream began.
    Seen(Box<SeenEvent>),
    /// A process is in another cgroup.
    Cgroup(Box<CgroupEvent>),
    /// A process opened, moved, or changed the mode of a file.
    File(Box<FileEvent>),
    /// A process connected a socket.
    Connect(Box<ConnectEvent>),
    /// A rule fired.
    Alert(Box<AlertEvent>),
    /// Records did not fit: a gap, never silent.
    Lost(CountEvent),
    /// Signals that the filter kept in the kernel: no gap, but counted in the totals.
    Skipped(CountEvent),
    /// From here on another filter holds.
    Filter(Box<FilterEvent>),
    /// The wall clock was set.
    Clock(ClockEvent),
}

impl Event {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Event::Signal(_) | Event::Attempt(_) => Kind::Signal,
            Event::Deliver(_) => Kind::Deliver,
            Event::Fork(_) => Kind::Fork,
            Event::Exec(_) | Event::FailedExec(_) => Kind::Exec,
            Event::Exit(_) => Kind::Exit,
            Event::Rename(_) => Kind::Rename,
            Event::Seen(_) => Kind::Seen,
            Event::Cgroup(_) => Kind::Cgroup,
            Event::File(e) => match e.deed {
                Deed::Open { .. } => Kind::Open,
                Deed::Chmod { .. } => Kind::Chmod,
                Deed::Move { .. } => Kind::Move,
            },
            Event::Connect(_) => Kind::Connect,
            Event::Alert(_) => Kind::Alert,
            Event::Lost(_) => Kind::Lost,
            Event::Skipped(_) => Kind::Skipped,
            Event::Filter(_) => Kind::Filter,
            Event::Clock(_) => Kind::Clock,
        }
    }

    /// When it happened, in nanoseconds of `CLOCK_MONOTONIC`.
    pub const fn mono_ns(&self) -> u64 {
        match self {
            Event::Signal(e) => e.mono_ns,
            Event::Attempt(e) => e.mono_ns,
            Event::Deliver(e) => e.mono_ns,
            Event::Fork(e) => e.mono_ns,
            Event::Exec(e) => e.mono_ns,
            Event::FailedExec(e) => e.mono_ns,
            Event::Exit(e) => e.mono_ns,
            Event::Rename(e) => e.mono_ns,
            Event::Seen(e) => e.mono_ns,
            Event::Cgroup(e) => e.mono_ns,
            Event::File(e) => e.mono_ns,
            Event::Connect(e) => e.mono_ns,
            Event::Alert(e) => e.mono_ns,
            Event::Lost(e) | Event::Skipped(e) => e.mono_ns,
            Event::Filter(e) => e.mono_ns,
            Event::Clock(e) => e.mono_ns,
        }
    }
}

impl SignalEvent {
    /// Who is counted as its sender.
    pub fn sender_key(&self) -> SenderKey {
        self.sender.map_or(SenderKey::Kernel(self.origin), |s| SenderKey::Process(s.key))
    }
}

impl ForkEvent {
    /// Whether only a thread began.
    pub const fn is_thread(&self) -> bool {
        self.child.tid != self.child.key.pid
    }
}

/// What a stream says of itself before its first event.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Header {
    /// The sigtop that made the stream.
    pub version: String,
    /// Host name.
    pub host: String,
    /// Kernel release.
    pub kernel: String,
    /// Processor architecture.
    pub arch: String,
    /// Which start of the machine: `CLOCK_MONOTONIC` and pids count anew with each. Empty where it is not known.
    pub boot_id: String,
    /// When this began: the stream, or this part of it.
    pub mono_ns: u64,
    /// When the stream began of which this is a part. Two headers tell of one stream where boot and this are the same.
    pub began_ns: u64,
    /// Number of the part, from 0: a recording may go on in another file.
    pub part: u32,
    /// `CLOCK_REALTIME` is this many nanoseconds ahead of `CLOCK_MONOTONIC`.
    pub offset_ns: i64,
    /// What this kernel or these privileges do not allow, and what is lost by it: one sentence each.
    pub missing: Vec<String>,
    /// Where there are several roads to see something: which one is taken here, what it costs and what it cannot see.
    pub roads: Vec<String>,
    /// What is told of what is told only on request.
    pub told: Told,
}

/// Kinds that are told only on request, and were asked for where the stream was made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// All of these.
    pub all: Vec<Kind>,
    /// Of these, what somebody looks for.
    pub some: Vec<Kind>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ttys_have_their_usual_names() {
        for (nr, name) in [(0x8803, "pts/3"), (0x401, "tty1"), (0x440, "ttyS0"), (0x501, "console"), (0, "-")] {
            assert_eq!(Tty(nr).to_string(), name);
        }
        assert_eq!(Tty::from_device(137, 0).to_string(), "pts/256");
        for text in ["/dev/pts/9", "pts/9", "pts9"] {
            assert_eq!(Tty::parse(text), Some(Tty::from_device(136, 9)));
        }
        for text in ["pts/", "pts/99999999999", "tty64x", "", "-", "tty(1:"] {
            assert_eq!(Tty::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_that_is_not_utf8_loses_only_the_bad_bytes() {
        let name = Name::from_kernel(b"caf\xc3\xa9\xff\xfex\0garbage");
        assert_eq!(name.as_str(), "café??x");
        assert_eq!(Name::from_kernel(b"0123456789abcde\0").as_str(), "0123456789abcde");
        assert_eq!(Name::from_kernel(b"0123456789abcdef").as_str(), "0123456789abcde");
        assert_eq!(Name::from_kernel(b"cut in \xe6\x97\xa5\xe6\x97\xa5\xe6\x97\0").as_str(), "cut in 日日??");
    }

    #[test]
    fn hot_events_stay_small() {
        assert!(size_of::<Event>() <= 176, "{}", size_of::<Event>());
    }

    proptest! {
        #[test]
        fn every_tty_reads_back(major in 0u32..4096, minor in 0u32..1 << 20) {
            let tty = Tty::from_device(major, minor);
            prop_assert_eq!(tty.device(), (major, minor));
            prop_assume!(tty.is_some());
            prop_assert_eq!(Tty::parse(&tty.to_string()), Some(tty));
        }

        #[test]
        fn any_sixteen_bytes_are_a_name(comm in any::<[u8; 16]>()) {
            let name = Name::from_kernel(&comm);
            prop_assert!(name.as_str().len() <= Name::MAX);
            prop_assert_eq!(Name::from(name.as_str()), name);
        }

        #[test]
        fn any_text_is_a_name(text in ".*") {
            prop_assert!(text.starts_with(Name::from(text.as_str()).as_str()));
        }
    }
}
