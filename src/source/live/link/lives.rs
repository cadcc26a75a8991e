//! The lives of processes, as far as signals are joined to them: who is there, what it is called, which cgroup it is in, and
//! of which signal it died. Of those that are gone, and of what was lost, only so much is remembered.

use super::Linker;
use super::task::Task;
use crate::event::{
    CgroupEvent, End, Event, ExecEvent, ExitEvent, ForkEvent, Party, ProcKey, RenameEvent, SeenEvent, Tty,
};
use std::collections::VecDeque;

/// How many processes are remembered. Only exits that were lost let the table grow beyond those alive.
pub const TASKS_MAX: usize = 1 << 18;
/// How many of the dead are still remembered: their SIGCHLD is yet to come, and signals to zombies.
pub const DEAD_MAX: usize = 8192;
/// How many cgroups have their path remembered. Those of machines that make many are mostly gone.
const CGROUPS_MAX: usize = 1 << 14;

impl Linker {
    /// A process of the start snapshot.
    pub fn seen(&mut self, event: SeenEvent) {
        let task = self.learn(&event.who);
        (task.tty, task.cgroup_id) = (event.tty, event.cgroup_id);
        if !event.cgroup.is_empty() {
            self.learn_cgroup(event.cgroup_id, event.cgroup.clone());
        }
        self.out.push(Event::Seen(Box::new(event)));
    }

    /// What is remembered of this process; of an older one with its pid, nothing is.
    pub(super) fn task(&mut self, key: ProcKey) -> &mut Task {
        if self.tasks.len() >= TASKS_MAX && !self.tasks.contains_key(&key.pid) {
            self.forget();
        }
        let task = self.tasks.entry(key.pid).or_default();
        if task.start_ns != key.start_ns {
            *task = Task { start_ns: key.start_ns, ..Task::default() };
        }
        if task.gaps != self.gaps {
            task.gaps = self.gaps;
            task.pending.clear();
            task.untracked = 0;
        }
        task
    }

    /// The same, and what it is called now, if `who` is not just one of its threads.
    pub(super) fn learn(&mut self, who: &Party) -> &mut Task {
        let task = self.task(who.key);
        task.uid = who.uid;
        if who.tid == who.key.pid {
            task.name = who.name;
        }
        task
    }

    /// Fills in what the kernel left out: the name, and the start time of one that is known by its pid alone.
    pub(super) fn known(&mut self, mut who: Party) -> Option<Party> {
        if who.key.start_ns == 0 {
            who.key.start_ns = self.tasks.get(&who.key.pid)?.start_ns;
        }
        let task = self.task(who.key);
        who.name = task.name;
        task.uid = who.uid;
        Some(who)
    }

    /// Only lost exits let the table grow this large: forget those that nothing waits for, or else all.
    #[cold]
    fn forget(&mut self) {
        self.tasks.retain(|_, task| !task.dead && !task.pending.is_empty());
        if self.tasks.len() >= TASKS_MAX {
            self.tasks.clear();
        }
    }

    pub(super) fn fork(&mut self, event: ForkEvent, cgroup_id: u64) {
        self.push_at(event.mono_ns, Event::Fork(event));
        if event.is_thread() {
            return;
        }
        let parent = self.tasks.get(&event.parent.pid).filter(|parent| parent.start_ns == event.parent.start_ns);
        let (tty, parents_id) = parent.map_or((Tty::NONE, 0), |parent| (parent.tty, parent.cgroup_id));
        let task = self.learn(&event.child);
        (task.tty, task.cgroup_id) = (tty, cgroup_id);
        if cgroup_id != parents_id {
            self.tell_cgroup(event.mono_ns, event.child, cgroup_id); // clone3() with CLONE_INTO_CGROUP
        }
    }

    /// A cgroup has this path, and the process that was moved is in it.
    pub(super) fn cgroup(&mut self, mono_ns: u64, id: u64, path: String, moved: Option<Party>) {
        self.learn_cgroup(id, path);
        let Some(who) = moved else { return };
        let task = self.task(who.key);
        task.cgroup_id = id;
        let who = Party { name: task.name, ..who };
        self.tell_cgroup(mono_ns, who, id);
    }

    fn tell_cgroup(&mut self, mono_ns: u64, who: Party, cgroup_id: u64) {
        let cgroup = self.cgroups.get(&cgroup_id).cloned().unwrap_or_default();
        self.push_at(mono_ns, Event::Cgroup(Box::new(CgroupEvent { mono_ns, who, cgroup_id, cgroup })));
    }

    /// Ids are not used again, so of those that are gone only the memory is to be kept small.
    pub fn learn_cgroup(&mut self, id: u64, path: String) {
        if self.cgroups.len() >= CGROUPS_MAX {
            self.cgroups.clear();
        }
        self.cgroups.insert(id, path);
    }

    pub(super) fn exec(&mut self, event: Box<ExecEvent>) {
        let task = self.task(event.who.key);
        task.name = event.who.name; // whichever thread called, it is the process now
        task.uid = event.who.uid;
        task.tty = event.tty;
        self.push_at(event.mono_ns, Event::Exec(event));
    }

    pub(super) fn rename(&mut self, event: RenameEvent) {
        self.learn(&event.who);
        self.push_at(event.mono_ns, Event::Rename(event));
    }

    pub(super) fn exit(&mut self, mut event: ExitEvent) {
        if event.thread {
            return self.push_at(event.mono_ns, Event::Exit(event));
        }
        let task = self.learn(&event.who);
        if task.dead {
            return; // two threads ended at once, and each saw itself as the last
        }
        task.dead = true;
        if let End::Signal { signal, .. } = event.end {
            event.cause = match task.dying {
                Some((dying, cause)) if dying == signal => cause,
                _ => task.take(signal, event.who.tid, None).map(|sent| sent.cause),
            };
        }
        task.pending = VecDeque::new();
        self.bury(event.who.key);
        self.push_at(event.mono_ns, Event::Exit(event));
    }

    /// Remembers one more of the dead, and forgets the one that is dead longest.
    fn bury(&mut self, key: ProcKey) {
        self.dead.push_back(key);
        if self.dead.len() > DEAD_MAX {
            let oldest = self.dead.pop_front().unwrap_or_default();
            if self.tasks.get(&oldest.pid).is_some_and(|task| task.start_ns == oldest.start_ns) {
                self.tasks.remove(&oldest.pid);
            }
        }
    }
}
