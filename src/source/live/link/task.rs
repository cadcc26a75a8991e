//! What is remembered of one process, and of the signals that were sent to it and not yet taken: which of them a delivery
//! takes, as the kernel chooses (its dequeue_signal(), collect_signal(), prepare_signal()). Bounded.

use crate::event::{Cause, Detail, Name, Origin, Tty};
use crate::signal::{DefaultAction, Signal, SignalSet};
use crate::source::live::decode::Mark;
use std::collections::VecDeque;

/// How many sent and not yet taken signals of one process are remembered one by one.
pub const PENDING_MAX: usize = 4096;

/// A signal that was sent and not yet taken.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub signal: Signal,
    /// The thread that alone may take it; 0 where any thread may.
    pub tid: u32,
    pub mark: Mark,
    pub mono_ns: u64,
    pub cause: Cause,
}

/// What is remembered of one process.
#[derive(Debug, Default)]
pub struct Task {
    pub start_ns: u64,
    pub name: Name,
    pub dead: bool,
    pub pending: VecDeque<Sent>,
    /// Real-time signals that found no room in `pending`.
    pub untracked: u32,
    /// After how many gaps `pending` was last looked at: what waited before another is not known any more.
    pub gaps: u64,
    /// The signal it is dying of.
    pub dying: Option<(Signal, Option<Cause>)>,
    pub tty: Tty,
    pub cgroup_id: u64,
    /// Its user, as last told.
    pub uid: u32,
}

impl Sent {
    /// Whether a signal that was taken with this siginfo can be this one. The kernel may have made the siginfo only when
    /// it was taken (PIPE, cgroup.kill: `SEND_SIG_NOINFO`), or have had no memory for it: then it tells nothing.
    fn has(&self, taken: Mark) -> bool {
        self.mark.word == 0 || taken.word == 0 || self.mark == taken
    }
}

impl Task {
    /// Forgets what waits of other signals than these: more may have been sent, and taken, unseen.
    pub fn keep(&mut self, signals: SignalSet) {
        self.pending.retain(|sent| signals.contains(sent.signal));
        if signals != SignalSet::ALL {
            self.untracked = 0;
        }
    }

    /// A SIGCONT, whatever becomes of it, throws away the stops that wait, and a stop the SIGCONTs: prepare_signal().
    pub fn cancel(&mut self, sent: Signal) {
        let cancelled = match sent.default_action() {
            DefaultAction::Stop => DefaultAction::Continue,
            DefaultAction::Continue => DefaultAction::Stop,
            _ => return,
        };
        self.pending.retain(|s| s.signal.default_action() != cancelled);
    }

    /// All that waited in this queue was taken: also by signalfd or sigwait, unseen.
    pub fn forget_queue(&mut self, tid: u32) {
        self.pending.retain(|sent| sent.tid != tid);
        self.untracked = 0;
    }

    /// `bare`: it found no room in the kernel's queue.
    pub fn remember(&mut self, sent: Sent, bare: bool) {
        let real_time = sent.signal.is_real_time();
        let like = |s: &Sent| s.signal == sent.signal && s.tid == sent.tid;
        let same = if real_time && !bare { None } else { self.pending.iter().position(like) };
        match same {
            // At most one of each can wait: if there is another, signalfd or sigwait took it, unseen.
            Some(at) if !real_time => self.pending[at] = sent,
            Some(_) => {} // only a mark that there is one, which it adds nothing to: collect_signal()
            None if real_time && (self.untracked > 0 || self.pending.len() >= PENDING_MAX) => {
                self.untracked = self.untracked.saturating_add(u32::from(!bare));
            }
            None => self.pending.push_back(sent),
        }
    }

    /// The oldest of this mark that `tid` may take, its own before its process's, as dequeue_signal() does: another
    /// mark is another's signal, whose sending the filter left out. Without a mark, another thread's will do: its
    /// signal kills them all.
    pub fn take(&mut self, signal: Signal, tid: u32, mark: Option<Mark>) -> Option<Sent> {
        let of = |s: &Sent, t: u32| s.signal == signal && s.tid == t && mark.is_none_or(|mark| s.has(mark));
        let at = self
            .pending
            .iter()
            .position(|s| of(s, tid))
            .or_else(|| self.pending.iter().position(|s| of(s, 0)))
            .or_else(|| if mark.is_none() { self.pending.iter().position(|s| s.signal == signal) } else { None });
        if at.is_none() && signal.is_real_time() {
            self.untracked = self.untracked.saturating_sub(1);
        }
        self.pending.remove(at?)
    }

    pub fn correct_cause(&mut self, id: u64, origin: Origin, detail: Detail) {
        let dying = self.dying.iter_mut().filter_map(|(_, cause)| cause.as_mut());
        let pending = self.pending.iter_mut().map(|sent| &mut sent.cause);
        for cause in dying.chain(pending).filter(|cause| cause.id == id) {
            (cause.origin, cause.detail) = (origin, detail);
        }
    }
}
