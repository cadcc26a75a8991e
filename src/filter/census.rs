//! Who lives, who made whom, and what each runs: what the terms `tree:`, `tty:`, `unit:`, `exe:` and `arg:` ask about.
//! A fold of process events. It knows less than the model and keeps it longer: a filter must know the ancestors.
//!
//! Bounded, whatever the events. The dead are kept while a living process descends from them, beside the
//! [`DEAD_MAX`] that died last. What is forgotten: of a line of more than [`LINE_MAX`] ancestors (a daemon that forks
//! itself anew and anew), the dead that have one heir: `tree:` no longer finds the heirs by the pids of these, but by
//! those above and below. A pid that the filter in force names is never forgotten so. Beyond [`HELD_MAX`] dead ancestors (more
//! than any sane system has), the oldest are forgotten in the same way. Beyond [`LIVING_MAX`] processes, nothing is
//! known of further ones.

use super::{Args, Facts, People, eval::ANCESTORS_MAX, eval::ancestors};
use crate::event::{Event, ExecEvent, ForkEvent, Name, Party, ProcKey, SeenEvent, Tty};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;

/// The most dead without living descendants.
pub const DEAD_MAX: usize = 4096;
/// The most ancestors of which none is forgotten.
pub const LINE_MAX: u16 = 128;
/// The most dead with living descendants; more if more processes live.
pub const HELD_MAX: usize = 8192;
/// The most living processes.
pub const LIVING_MAX: usize = 1 << 18;

/// All processes of a stream, living and dead, as far as they matter to a filter.
pub struct Census {
    procs: FxHashMap<ProcKey, Proc>,
    /// When the living process with this pid started.
    living: FxHashMap<u32, u64>,
    /// The dead that nobody descends from, in the order in which they died; and some that got heirs after all.
    graves: VecDeque<ProcKey>,
    /// Pids that are not forgotten, ascending.
    named: Vec<u32>,
    /// What is said of a process of which nothing is known.
    nothing: Arc<Traits>,
}

/// 56 bytes: there may be many.
struct Proc {
    /// As of the fork; [`NOBODY`] where it is not known.
    parent: ProcKey,
    name: Name,
    /// As of its birth, or of its last exec.
    uid: u32,
    traits: Arc<Traits>,
    /// How many children are alive or have heirs themselves.
    heirs: u32,
    /// How many ancestors there are, or were: some may have been forgotten.
    depth: u16,
    alive: bool,
    /// It is in `graves`.
    buried: bool,
}

/// What a child has from its parent, and exec changes: shared as long as it is the same.
#[derive(Clone, PartialEq)]
struct Traits {
    tty: Tty,
    exe: Box<str>,
    argv: Box<[String]>,
    cgroup: Arc<str>,
}

/// A living process.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Living<'a> {
    /// Which.
    pub key: ProcKey,
    /// Its name.
    pub name: Name,
    /// What is known of it.
    pub facts: Facts<'a>,
}

const NOBODY: ProcKey = ProcKey { pid: 0, start_ns: 0 };

impl Default for Census {
    fn default() -> Census {
        Census {
            procs: FxHashMap::default(),
            living: FxHashMap::default(),
            graves: VecDeque::new(),
            named: Vec::new(),
            nothing: Arc::new(Traits { tty: Tty::NONE, exe: "".into(), argv: [].into(), cgroup: "".into() }),
        }
    }
}

impl People for Census {
    fn facts(&self, key: &ProcKey) -> Option<Facts<'_>> {
        self.procs.get(key).map(Proc::facts)
    }

    fn parent(&self, key: &ProcKey) -> Option<ProcKey> {
        self.procs.get(key).and_then(Proc::parent)
    }
}

// Reading.
impl Census {
    /// The living processes, in no order.
    pub fn living(&self) -> impl Iterator<Item = Living<'_>> {
        self.living.iter().filter_map(|(pid, start_ns)| {
            let key = ProcKey { pid: *pid, start_ns: *start_ns };
            self.procs.get(&key).map(|proc| Living { key, name: proc.name, facts: proc.facts() })
        })
    }

    /// The process, living or dead, as it is known: by its first thread. Its user is that of its birth or last exec.
    pub fn party(&self, key: &ProcKey) -> Option<Party> {
        self.procs.get(key).map(|proc| Party { key: *key, tid: key.pid, uid: proc.uid, name: proc.name })
    }

    /// The living process with this pid.
    pub fn alive(&self, pid: u32) -> Option<ProcKey> {
        self.living.get(&pid).map(|start_ns| ProcKey { pid, start_ns: *start_ns })
    }

    /// The living processes for which `tree:` with one of these pids is true.
    pub fn descendants(&self, pids: &[u32]) -> impl Iterator<Item = ProcKey> {
        self.family(pids).filter(|key| self.alive(key.pid) == Some(*key))
    }

    /// The same, and the dead among them as far as they are known: some may be zombies, which signals are sent to yet.
    pub fn family(&self, pids: &[u32]) -> impl Iterator<Item = ProcKey> {
        self.procs.keys().copied().filter(|key| {
            pids.contains(&key.pid) || ancestors(self.parent(key), self).any(|ancestor| pids.contains(&ancestor.pid))
        })
    }
}

// Folding.
impl Census {
    /// From now on ancestors with these pids are not forgotten.
    pub fn remember(&mut self, mut pids: Vec<u32>) {
        pids.sort_unstable();
        pids.dedup();
        self.named = pids;
    }

    /// Takes in what an event says of processes.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Fork(fork) if !fork.is_thread() => self.fork(fork),
            Event::Exec(exec) => self.exec(exec),
            Event::Exit(exit) if !exit.thread => self.die(&exit.who.key),
            Event::Seen(seen) => self.seen(seen),
            Event::Cgroup(moved) => self.move_to(&moved.who.key, &moved.cgroup),
            Event::Rename(rename) if rename.who.tid == rename.who.key.pid => {
                if let Some(proc) = self.procs.get_mut(&rename.who.key) {
                    proc.name = rename.who.name;
                }
            }
            _ => {}
        }
    }

    fn fork(&mut self, fork: &ForkEvent) {
        let child = fork.child.key;
        let is_new = !self.procs.contains_key(&child);
        self.put_under(&child, fork.parent);
        let traits = self.procs.get(&fork.parent).map(|parent| parent.traits.clone());
        if let (Some(proc), true) = (self.procs.get_mut(&child), is_new) {
            (proc.name, proc.uid) = (fork.child.name, fork.child.uid);
            proc.traits = traits.unwrap_or_else(|| self.nothing.clone());
        }
        if self.procs.get(&child).is_some_and(|proc| proc.depth > LINE_MAX) {
            self.shorten(child);
        }
    }

    fn exec(&mut self, exec: &ExecEvent) {
        self.admit(&exec.who.key);
        let Some(proc) = self.procs.get_mut(&exec.who.key) else { return };
        (proc.name, proc.uid) = (exec.who.name, exec.who.uid);
        proc.traits = Arc::new(Traits {
            tty: exec.tty,
            exe: exec.runs().into(),
            argv: exec.argv.as_slice().into(),
            cgroup: proc.traits.cgroup.clone(),
        });
    }

    fn move_to(&mut self, key: &ProcKey, cgroup: &str) {
        self.admit(key);
        let Some(proc) = self.procs.get_mut(key) else { return };
        let Traits { tty, exe, argv, .. } = (*proc.traits).clone();
        proc.traits = Arc::new(Traits { tty, exe, argv, cgroup: cgroup.into() });
    }

    fn seen(&mut self, seen: &SeenEvent) {
        let key = seen.who.key;
        match seen.parent {
            Some(parent) => self.put_under(&key, parent),
            None => self.admit(&key),
        }
        let parent = self.procs.get(&key).and_then(|proc| self.procs.get(&proc.parent));
        let above = parent.map_or(&self.nothing, |parent| &parent.traits);
        let cgroup = if *above.cgroup == *seen.cgroup { above.cgroup.clone() } else { seen.cgroup.as_str().into() };
        let own = Traits { tty: seen.tty, exe: seen.exe.as_str().into(), argv: seen.argv.as_slice().into(), cgroup };
        let traits = if own == **above { above.clone() } else { Arc::new(own) };
        if let Some(proc) = self.procs.get_mut(&key) {
            (proc.name, proc.uid, proc.traits) = (seen.who.name, seen.who.uid, traits);
        }
        if seen.zombie {
            self.die(&key);
        }
    }

    /// Makes sure that the process is known; who is heard of first is alive.
    fn admit(&mut self, key: &ProcKey) {
        if self.procs.contains_key(key) || self.living.len() >= LIVING_MAX {
            return;
        }
        let traits = self.nothing.clone();
        let name = Name::default();
        let new = Proc { parent: NOBODY, name, uid: 0, traits, heirs: 0, depth: 0, alive: true, buried: false };
        self.procs.insert(*key, new);
        // A pid has one living process: of two, the older one's exit was lost.
        if let Some(other) = self.alive(key.pid) {
            self.die(if is_older(&other, key) { &other } else { key });
        }
        if self.procs.get(key).is_some_and(|proc| proc.alive) {
            self.living.insert(key.pid, key.start_ns);
        }
    }

    /// Says whose child it is, if that is not known yet: both are known then.
    fn put_under(&mut self, child: &ProcKey, parent: ProcKey) {
        if parent == NOBODY || !is_older(&parent, child) {
            return self.admit(child);
        }
        self.admit(&parent);
        self.admit(child);
        let Some(depth) = self.procs.get(&parent).map(|parent| parent.depth.saturating_add(1)) else { return };
        let Some(proc) = self.procs.get_mut(child).filter(|proc| proc.parent == NOBODY) else { return };
        (proc.parent, proc.depth) = (parent, depth);
        if proc.alive || proc.heirs > 0 {
            self.gain_heir(parent);
        }
    }

    fn die(&mut self, key: &ProcKey) {
        let Some(proc) = self.procs.get_mut(key).filter(|proc| proc.alive) else { return };
        proc.alive = false;
        let (parent, heirs) = (proc.parent, proc.heirs);
        if self.alive(key.pid) == Some(*key) {
            self.living.remove(&key.pid);
        }
        if heirs == 0 {
            self.bury(key);
            self.lose_heir(parent);
        }
        if self.procs.len() - self.living.len() > self.graves.len() + HELD_MAX.max(self.living.len()) {
            self.forget_oldest();
        }
    }

    /// A child lives, or has got heirs. So has a dead parent, then, which is news to its own parent.
    fn gain_heir(&mut self, parent: ProcKey) {
        let mut next = parent;
        while let Some(proc) = self.procs.get_mut(&next) {
            proc.heirs += 1;
            if proc.alive || proc.heirs > 1 {
                break;
            }
            next = proc.parent;
        }
    }

    /// The opposite.
    fn lose_heir(&mut self, parent: ProcKey) {
        let mut next = parent;
        while let Some(proc) = self.procs.get_mut(&next).filter(|proc| proc.heirs > 0) {
            proc.heirs -= 1;
            if proc.alive || proc.heirs > 0 {
                break;
            }
            let above = proc.parent;
            self.bury(&next);
            next = above;
        }
    }

    /// The last of its line is dead: it is kept a while.
    fn bury(&mut self, key: &ProcKey) {
        let Some(proc) = self.procs.get_mut(key).filter(|proc| !proc.buried) else { return };
        proc.buried = true;
        self.graves.push_back(*key);
        if self.graves.len() <= DEAD_MAX {
            return;
        }
        let Some(oldest) = self.graves.pop_front() else { return };
        match self.procs.get_mut(&oldest) {
            Some(proc) if proc.heirs > 0 => proc.buried = false,
            _ => drop(self.procs.remove(&oldest)),
        }
    }

    /// Takes the dead that have one heir out of a long line.
    fn shorten(&mut self, youngest: ProcKey) {
        let mut below = youngest;
        let mut depth = 0;
        let mut kept = Vec::new();
        for _ in 0..ANCESTORS_MAX + usize::from(LINE_MAX) {
            let Some(above) = self.procs.get(&below).map(|proc| proc.parent) else { break };
            let Some(proc) = self.procs.get_mut(&above) else { break };
            let is_named = self.named.binary_search(&above.pid).is_ok() && !kept.contains(&above.pid);
            if proc.alive || proc.heirs > 1 || is_named {
                if is_named {
                    kept.push(above.pid);
                }
                depth += 1;
                below = above;
                continue;
            }
            // The heir takes its place among its parent's.
            proc.heirs = 0;
            let parent = proc.parent;
            self.bury(&above);
            if let Some(heir) = self.procs.get_mut(&below) {
                heir.parent = parent;
            }
        }
        if let Some(proc) = self.procs.get_mut(&youngest) {
            proc.depth = depth;
        }
    }

    /// Forgets the older half of the dead that have heirs, the named ones last: the heirs are their parents' then.
    #[cold]
    fn forget_oldest(&mut self) {
        let held = self.procs.iter().filter(|(_, proc)| !proc.alive && proc.heirs > 0);
        let mut held: Vec<(bool, ProcKey)> =
            held.map(|(key, _)| (self.named.binary_search(&key.pid).is_ok(), *key)).collect();
        held.sort_unstable_by_key(|(is_named, key)| (*is_named, key.start_ns, key.pid));
        held.truncate(held.len().div_ceil(2));
        let forgotten: FxHashMap<ProcKey, ProcKey> =
            held.iter().filter_map(|(_, key)| self.procs.remove(key).map(|proc| (*key, proc.parent))).collect();
        let mut parents = Vec::new();
        for proc in self.procs.values_mut() {
            proc.heirs = 0;
            while let Some(above) = forgotten.get(&proc.parent) {
                proc.parent = *above;
            }
            if proc.alive {
                parents.push(proc.parent);
            }
        }
        parents.into_iter().for_each(|parent| self.gain_heir(parent));
    }
}

impl Proc {
    fn parent(&self) -> Option<ProcKey> {
        Some(self.parent).filter(|parent| *parent != NOBODY)
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            parent: self.parent(),
            tty: self.traits.tty,
            exe: &self.traits.exe,
            argv: Args::List(&self.traits.argv),
            cgroup: &self.traits.cgroup,
        }
    }
}

/// Whether `a` can be an ancestor of `b`: so no line of ancestors can go round in a circle.
fn is_older(a: &ProcKey, b: &ProcKey) -> bool {
    (a.start_ns, a.pid) < (b.start_ns, b.pid)
}

#[cfg(test)]
impl Census {
    /// How many are known, living and dead.
    pub(super) fn known(&self) -> usize {
        self.procs.len()
    }

    /// That it counts right.
    pub(super) fn check(&self) {
        let counted = |proc: &&Proc| proc.alive || proc.heirs > 0;
        for (key, proc) in &self.procs {
            let heirs = self.procs.values().filter(counted).filter(|child| child.parent == *key).count();
            assert_eq!(proc.heirs as usize, heirs, "{key:?}");
            assert_eq!(proc.buried, self.graves.contains(key), "{key:?}");
            assert!(proc.alive || proc.heirs > 0 || proc.buried, "{key:?} is forgotten in time");
            assert_eq!(proc.alive, self.alive(key.pid) == Some(*key), "{key:?}");
        }
    }
}
