//! The OOM killer's mark: it comes after its signal, and makes of a SIGKILL of the kernel's own one of the OOM killer's. So
//! such a SIGKILL, and all that comes behind it, waits for a moment.

use super::Linker;
use crate::event::{Detail, Event, ExitEvent, Oom, Origin, SignalEvent};

/// The OOM killer's mark comes within microseconds of its signal, unless the (virtual) processor is taken away between
/// the two, which was seen to take more than 5 ms; after this long it does not come. Kernel SIGKILLs are rare.
pub const OOM_WAIT_NS: u64 = 100_000_000;

/// A SIGKILL of the kernel's own that may turn out to be the OOM killer's.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    pub index: usize,
    pub id: u64,
    pub ran: u32,
    pub pid: u32,
    pub mono_ns: u64,
}

impl Linker {
    /// The signal that this thread sends may turn out to be the OOM killer's.
    pub(super) fn hold(&mut self, event: &mut SignalEvent, ran: u32) {
        if self.marks.iter().any(|(tid, ns)| *tid == ran && event.mono_ns < ns + OOM_WAIT_NS) {
            event.origin = Origin::Oom; // it also kills those that share the victim's memory, or its whole cgroup
        }
        let (index, id, mono_ns, pid) = (self.out.len(), event.id, event.mono_ns, event.target.key.pid);
        self.held.push_back(Held { index, id, ran, pid, mono_ns });
    }

    /// No longer waits for marks that cannot come any more.
    pub(super) fn release(&mut self, now_ns: u64) {
        while self.held.front().is_some_and(|held| held.mono_ns.saturating_add(OOM_WAIT_NS) <= now_ns) {
            self.held.pop_front();
        }
    }

    /// Whether something waits for the OOM killer's mark.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// The mark: what this thread just sent to `pid` was the OOM killer's, and what it found.
    pub(super) fn oom(&mut self, mono_ns: u64, ran: u32, pid: u32, found: Option<Oom>) {
        self.marks.retain(|(_, ns)| mono_ns < ns + OOM_WAIT_NS);
        self.marks.push_back((ran, mono_ns));
        let is_its = |held: &Held| held.ran == ran && held.pid == pid;
        // Before 6.9 the pid may be that of a thread.
        let at = self.held.iter().rposition(is_its).or_else(|| self.held.iter().rposition(|held| held.ran == ran));
        let Some(held) = at.and_then(|at| self.held.remove(at)) else { return };
        let detail = found.filter(|_| held.pid == pid).map_or(Detail::None, Detail::Oom);
        let mut target = None;
        for event in self.out.iter_mut().skip(held.index) {
            match event {
                Event::Signal(e) if e.id == held.id => {
                    (e.origin, e.detail) = (Origin::Oom, detail);
                    target = Some(e.target.key.pid);
                }
                Event::Exit(ExitEvent { cause: Some(cause), .. }) if cause.id == held.id => {
                    (cause.origin, cause.detail) = (Origin::Oom, detail);
                }
                _ => {}
            }
        }
        if let Some(task) = target.and_then(|pid| self.tasks.get_mut(&pid)) {
            task.correct_cause(held.id, Origin::Oom, detail);
        }
    }
}
