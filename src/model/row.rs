//! One row of the log, as it is read: a signal, and what came of it. How rows are kept is [`super::packed`]'s.

use crate::event::{Action, DeliverEvent, Disposition, Ignored, SendResult, SignalEvent};

/// What came of a signal. Latencies are nanoseconds since it was sent, where that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It waits for its target, as far as is known: a signalfd or sigwait may have taken it, of which the kernel
    /// gives no sign.
    Pending,
    /// A signalfd or sigwait took it: the next of its kind was queued, which it is only where none waits.
    Taken,
    /// It waits, but without its code and value.
    InfoLost,
    /// The target's own handler ran.
    Handled {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// The target took it and the default was to do nothing.
    Default {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// The target died of it.
    Killed {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// The target stopped.
    Stopped {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// The target went on.
    Continued {
        /// How long it waited.
        latency_ns: Option<u64>,
    },
    /// It was thrown away, and why.
    Ignored(Option<Ignored>),
    /// The same signal was waiting already.
    Coalesced,
    /// The target's queue was full.
    Overflow,
    /// The target ended, and until then was not seen to take it.
    Unanswered,
}

impl Outcome {
    /// What is known when it is sent.
    pub(super) fn at_send(e: &SignalEvent) -> Outcome {
        match e.result {
            SendResult::Queued | SendResult::Ignored if e.continued => Outcome::Continued { latency_ns: None },
            SendResult::Queued => Outcome::Pending,
            SendResult::Ignored => Outcome::Ignored(e.ignored),
            SendResult::Coalesced => Outcome::Coalesced,
            SendResult::Overflow => Outcome::Overflow,
            SendResult::InfoLost => Outcome::InfoLost,
            SendResult::Failed | SendResult::Probe => Outcome::Unanswered,
        }
    }

    /// What is known when it is taken.
    pub(super) fn at_delivery(e: &DeliverEvent) -> Outcome {
        let latency_ns = e.latency_ns;
        match (e.disposition, e.action) {
            (Disposition::Ignored, _) => Outcome::Ignored(None),
            (Disposition::Handler, _) => Outcome::Handled { latency_ns },
            (Disposition::Default, Action::Terminate | Action::Core) => Outcome::Killed { latency_ns },
            (Disposition::Default, Action::Stop) => Outcome::Stopped { latency_ns },
            (Disposition::Default, Action::Continue) => Outcome::Continued { latency_ns },
            (Disposition::Default, Action::None) => Outcome::Default { latency_ns },
        }
    }

    /// Whether its target may still take it.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Outcome::Pending | Outcome::InfoLost)
    }

    /// How long it waited, where it was taken and that is known.
    pub const fn latency_ns(self) -> Option<u64> {
        match self {
            Outcome::Handled { latency_ns }
            | Outcome::Default { latency_ns }
            | Outcome::Killed { latency_ns }
            | Outcome::Stopped { latency_ns }
            | Outcome::Continued { latency_ns } => latency_ns,
            _ => None,
        }
    }
}

/// A signal and what came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The signal.
    pub event: SignalEvent,
    /// What came of it so far.
    pub outcome: Outcome,
}

impl Row {
    /// The delivery that its outcome tells of, as far as a row keeps it: where it was taken, and when is known.
    pub fn delivery(&self) -> Option<DeliverEvent> {
        let e = &self.event;
        let (disposition, action) = match self.outcome {
            Outcome::Handled { .. } => (Disposition::Handler, Action::None),
            Outcome::Default { .. } => (Disposition::Default, Action::None),
            Outcome::Killed { .. } => (Disposition::Default, e.signal.default_action().into()),
            Outcome::Stopped { .. } => (Disposition::Default, Action::Stop),
            Outcome::Continued { .. } => (Disposition::Default, Action::Continue),
            _ => return None,
        };
        let latency_ns = self.outcome.latency_ns()?;
        Some(DeliverEvent {
            id: Some(e.id),
            mono_ns: e.mono_ns.saturating_add(latency_ns),
            signal: e.signal,
            target: e.target,
            disposition,
            action,
            latency_ns: Some(latency_ns),
        })
    }
}
