//! Who there is: every process by (pid, start time), and what events tell of each.
//!
//! Facts about a process come in any order and more than once: a snapshot fills gaps and never undoes what an event
//! told later. Who is whose child is kept by [`super::kin`].

use super::Limits;
use super::graves::Graves;
use super::kin::is_older;
pub use super::proc::{Death, LastSignal, Proc, Program};
use super::proc::{Table, cut};
use crate::event::{
    CgroupEvent, DeliverEvent, End, ExecEvent, ExitEvent, ForkEvent, Ignored, Name, Origin, Party, ProcKey,
    RenameEvent, SeenEvent, SignalEvent,
};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// All processes, living and lately dead.
#[derive(Clone)]
pub struct Procs {
    pub(super) known: Table,
    /// The living ones by pid.
    pub(super) alive: FxHashMap<u32, ProcKey>,
    /// The children of each parent, whether the parent is known or not.
    pub(super) children: FxHashMap<ProcKey, BTreeSet<ProcKey>>,
    /// Those whose parent is not known.
    pub(super) roots: BTreeSet<ProcKey>,
    /// The dead, in the order in which they died.
    pub(super) graves: Graves,
    pub(super) version: u64,
    pub(super) limits: Limits,
}

// Reading.
impl Procs {
    pub(super) fn new(limits: Limits) -> Procs {
        Procs {
            known: Table::default(),
            alive: FxHashMap::default(),
            children: FxHashMap::default(),
            roots: BTreeSet::new(),
            graves: Graves::default(),
            version: 0,
            limits: Limits { procs_max: limits.procs_max.max(16), ..limits },
        }
    }

    /// The process, if it is known.
    pub fn get(&self, key: &ProcKey) -> Option<&Proc> {
        self.known.get(key)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, key: &ProcKey) -> Option<&mut Proc> {
        self.known.get_mut(key)
    }

    /// The living process that has this pid.
    pub fn alive(&self, pid: u32) -> Option<ProcKey> {
        self.alive.get(&pid).copied()
    }

    /// All, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Proc> {
        self.known.iter()
    }

    /// How many live.
    pub fn alive_count(&self) -> usize {
        self.alive.len()
    }

    /// How many dead are kept.
    pub fn dead_count(&self) -> usize {
        self.known.len() - self.alive.len()
    }

    /// The children of a process, by pid and start time.
    pub fn children(&self, key: &ProcKey) -> impl ExactSizeIterator<Item = ProcKey> {
        static NONE: BTreeSet<ProcKey> = BTreeSet::new();
        self.children.get(key).unwrap_or(&NONE).iter().copied()
    }

    /// Those whose parent is not known, by pid and start time.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = ProcKey> {
        self.roots.iter().copied()
    }

    /// The ancestors of a process, nearest first: who made it, who made that, and so on; where a maker is forgotten,
    /// its stand-in.
    pub fn ancestors(&self, key: &ProcKey) -> impl Iterator<Item = &Proc> {
        let up = |proc: &Proc| [proc.born_of, proc.parent].iter().flatten().find_map(|key| self.get(key));
        std::iter::successors(self.get(key).and_then(up), move |proc| up(proc))
    }

    /// That nothing is kept of processes that are not.
    #[cfg(test)]
    pub(super) fn check_bounds(&self) {
        assert!(self.children.values().flatten().chain(&self.roots).all(|key| self.known.contains(key)));
        assert!(self.children.values().all(|children| !children.is_empty()));
        assert!(self.graves.keys().all(|key| self.known.contains(key)));
        assert_eq!(self.graves.len(), self.dead_count());
    }

    /// Another number whenever the tree has another shape, or one in it another name or fate. Counts do not change it.
    pub fn version(&self) -> u64 {
        self.version
    }
}

// What events tell.
impl Procs {
    /// A signal was sent to its target.
    pub(super) fn sent_to(&mut self, e: &SignalEvent) -> &mut Proc {
        let proc = self.named(&e.target, e.mono_ns, e.ignored == Some(Ignored::Zombie));
        proc.received += 1;
        proc.last = Some(LastSignal { signal: e.signal, mono_ns: e.mono_ns, fatal: false });
        proc
    }

    /// This party sent a signal. If it is the SIGCHLD of a child that ended, that child is dead, seen or not.
    pub(super) fn sent_by(&mut self, party: &Party, e: &SignalEvent) -> &mut Proc {
        let ended = e.origin == Origin::Child && matches!(e.code, 1..=3) && party.tid == party.key.pid;
        if ended {
            self.end_unseen(&party.key, e.mono_ns);
        }
        let proc = self.named(party, e.mono_ns, ended);
        proc.sent += 1;
        proc
    }

    /// This process sent `count` signals that the stream does not have. Its name and user, if it is known.
    pub(super) fn sent_unseen(&mut self, key: &ProcKey, count: u64) -> (Name, u32) {
        let Some(proc) = self.known.get_mut(key) else { return Default::default() };
        proc.sent = proc.sent.saturating_add(count);
        (proc.name, proc.uid)
    }

    /// A signal was taken.
    pub(super) fn taken_by(&mut self, e: &DeliverEvent) -> &mut Proc {
        let proc = self.named(&e.target, e.mono_ns, false);
        let fatal = e.action.is_fatal();
        match &mut proc.last {
            Some(last) if last.signal == e.signal => last.fatal = fatal,
            Some(_) if !fatal => {}
            last => *last = Some(LastSignal { signal: e.signal, mono_ns: e.mono_ns, fatal }),
        }
        proc
    }

    /// A process or thread began. The new process has all from its parent until it changes it.
    pub(super) fn fork(&mut self, e: &ForkEvent) {
        let key = e.child.key;
        if e.is_thread() {
            if let Some(proc) = self.known.get_mut(&key) {
                proc.threads = proc.threads.saturating_add(1);
            }
            return;
        }
        self.named(&e.child, e.mono_ns, false);
        let inherited = self.get(&e.parent).map(|parent| (parent.tty, Arc::clone(&parent.program)));
        let Some(proc) = self.known.get_mut(&key) else { return };
        if let Some(inherited) = inherited.filter(|_| !proc.told) {
            (proc.tty, proc.program) = inherited;
        }
        proc.told = true;
        if is_older(&e.parent, &key) {
            proc.born_of = Some(e.parent);
            if proc.parent.is_none() {
                self.put_under(&key, Some(e.parent));
            }
        }
    }

    /// A process runs another program.
    pub(super) fn exec(&mut self, e: &ExecEvent) {
        let proc = self.named(&e.who, e.mono_ns, false);
        (proc.told, proc.program_ns, proc.tty) = (true, e.mono_ns, e.tty);
        let before = &proc.program;
        let cwd = if e.cwd.is_empty() { before.cwd.clone() } else { cut(&e.cwd) };
        let cgroup = before.cgroup.clone();
        let mut program =
            Program { exe: cut(e.runs()), cwd, cgroup, cgroup_id: before.cgroup_id, ..Default::default() };
        program.set_argv(&e.argv);
        proc.program = Arc::new(program);
        self.rename_to(&e.who);
    }

    /// A process changed its name. A thread's name is its own.
    pub(super) fn rename(&mut self, e: &RenameEvent) {
        if e.who.tid == e.who.key.pid {
            self.named(&e.who, e.mono_ns, false);
            self.rename_to(&e.who);
        }
    }

    /// A process is in another cgroup. It may be one of those that are known by this alone.
    pub(super) fn cgroup(&mut self, e: &CgroupEvent) {
        let program = &mut self.named(&e.who, e.mono_ns, false).program;
        let program = Arc::make_mut(program);
        (program.cgroup, program.cgroup_id) = (cut(&e.cgroup), e.cgroup_id);
    }

    fn rename_to(&mut self, who: &Party) {
        if let Some(proc) = self.known.get_mut(&who.key)
            && proc.name != who.name
        {
            proc.name = who.name;
            self.version += 1;
        }
    }

    /// A process was there when somebody looked. What events told since then stands.
    pub(super) fn seen(&mut self, e: &SeenEvent) {
        let key = e.who.key;
        let proc = self.named(&e.who, e.mono_ns, e.zombie);
        let is_news = e.mono_ns >= proc.program_ns;
        if is_news {
            (proc.tty, proc.program_ns) = (e.tty, e.mono_ns);
        }
        proc.program = Arc::new(seen_program(e, &proc.program, is_news));
        proc.told = true;
        proc.born_of = proc.born_of.or(e.parent.filter(|parent| is_older(parent, &key)));
        let orphan = proc.parent.is_none();
        if is_news {
            self.rename_to(&e.who);
        }
        if e.zombie {
            self.end_unseen(&key, e.mono_ns);
        }
        if let Some(parent) = e.parent.filter(|_| is_news || orphan) {
            self.put_under(&key, Some(parent));
        }
    }

    /// A process or thread ended. The process, if it is one that was not known to be dead.
    pub(super) fn exit(&mut self, e: &ExitEvent) -> Option<&mut Proc> {
        let key = e.who.key;
        if e.thread {
            if let Some(proc) = self.known.get_mut(&key) {
                proc.threads = proc.threads.saturating_sub(1);
            }
            return None;
        }
        let proc = self.named(&e.who, e.mono_ns, false);
        if proc.death.is_some() {
            return None;
        }
        let was_alive = proc.is_alive();
        proc.death = Some(Box::new(Death { mono_ns: e.mono_ns, end: e.end, cause: e.cause }));
        proc.zombie = false;
        if let (End::Signal { signal, .. }, Some(last)) = (e.end, &mut proc.last) {
            last.fatal = last.signal == signal;
        }
        if was_alive {
            self.bury(&key, e.mono_ns);
        }
        self.version += 1;
        self.known.get_mut(&key)
    }

    /// Forgets the dead that are past keeping at `now_ns`.
    pub(super) fn forget_before(&mut self, now_ns: u64) {
        let Some(time_ns) = now_ns.checked_sub(self.limits.dead_keep_ns) else { return };
        while let Some(key) = self.graves.pop_before(time_ns) {
            self.forget(&key);
        }
    }
}

/// What a snapshot tells of a program: all, or, where it is older than what is known, what fills gaps.
fn seen_program(e: &SeenEvent, known: &Program, is_news: bool) -> Program {
    let text =
        |seen: &str, known: &str| cut(if seen.is_empty() || !(is_news || known.is_empty()) { known } else { seen });
    let mut program = Program {
        exe: text(&e.exe, &known.exe),
        cgroup: text(&e.cgroup, &known.cgroup),
        cgroup_id: if e.cgroup_id != 0 && (is_news || known.cgroup_id == 0) { e.cgroup_id } else { known.cgroup_id },
        ..known.clone()
    };
    if !e.argv.is_empty() && (is_news || known.argv().next().is_none()) {
        program.set_argv(&e.argv);
    }
    program
}
