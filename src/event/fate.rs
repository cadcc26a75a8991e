//! What becomes of a signal: when it is sent ([`SendResult`], [`Ignored`]), and when it is taken ([`Disposition`],
//! [`Action`]). One table of words each.

use crate::signal::DefaultAction;

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

impl SendResult {
    /// Whether no signal came of it: only an [`AttemptEvent`](super::AttemptEvent) says so.
    pub const fn is_attempt(self) -> bool {
        matches!(self, SendResult::Failed | SendResult::Probe)
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
