//! A signal that was sent, and one that was taken: the hot kinds, of fixed size and without heap.

use super::{Action, Call, Disposition, Ignored, Oom, Origin, Party, Reason, Scope, SendResult, SenderKey, Tty};
use crate::signal::{Signal, SignalSet};

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

impl SignalEvent {
    /// A kill(2) that was queued. What is made up says of a signal only how it differs from this one.
    pub fn kill(id: u64, mono_ns: u64, signal: Signal, sender: Party, target: Party) -> SignalEvent {
        SignalEvent {
            id,
            mono_ns,
            signal,
            code: 0,
            sender: Some(sender),
            sender_tty: Tty::NONE,
            target,
            origin: Origin::User,
            call: Some(Call::Kill),
            scope: Scope::Process,
            result: SendResult::Queued,
            ignored: None,
            continued: false,
            detail: Detail::None,
            masks: None,
            generation: 0,
        }
    }

    /// Who is counted as its sender.
    pub fn sender_key(&self) -> SenderKey {
        self.sender.map_or(SenderKey::Kernel(self.origin), |s| SenderKey::Process(s.key))
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
