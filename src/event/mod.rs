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
mod fate;
pub mod flags;
mod kind;
mod name;
mod oom;
mod origin;
mod party;
mod path;
mod process;
mod signal;
mod stream;
mod tty;
pub mod wire;

pub use access::{Address, ConnectEvent, Deed, FileEvent};
pub use alert::{AlertEvent, RuleInfo, Severity};
pub use attempt::{Aim, AttemptEvent, ExecCall, FailedExecEvent};
pub use errno::Errno;
pub use fate::{Action, Disposition, Ignored, SendResult};
pub use flags::OpenFlags;
pub use kind::Kind;
pub use name::Name;
pub use oom::Oom;
pub use origin::{Call, Origin, Reason, Scope};
pub use party::{Party, ProcKey, SenderKey};
pub use path::absolute;
pub use process::{Cause, CgroupEvent, End, ExecEvent, ExitEvent, ForkEvent, RenameEvent, SeenEvent};
pub use signal::{DeliverEvent, Detail, Masks, SignalEvent};
pub use stream::{ClockEvent, CountEvent, FilterEvent, Header, Told};
pub use tty::Tty;

#[cfg(test)]
pub(crate) use alert::tests::{a_rule, an_alert};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hot_events_stay_small() {
        assert!(size_of::<Event>() <= 176, "{}", size_of::<Event>());
    }
}
