//! Who is whose child: keeps the tree whole while processes come, end and are forgotten.
//!
//! Parents are always older than their children, which is so in the kernel, and is demanded here of hostile input
//! too: so no walk from child to parent can go round in a circle. The living are never under the dead.
//!
//! When a process dies its living children need another parent, and no tracepoint tells which. The kernel takes the
//! nearest living ancestor that asked for orphans (`PR_SET_CHILD_SUBREAPER`), else the init of the pid namespace. Who
//! asked is not known here, so init is taken, which is right for daemons; where it is not known, the nearest living
//! ancestor. A later snapshot puts right what was wrong.

use super::proc::Proc;
use super::procs::Procs;
use crate::event::{Party, ProcKey};

/// Whether `a` can be an ancestor of `b`.
pub(super) fn is_older(a: &ProcKey, b: &ProcKey) -> bool {
    (a.start_ns, a.pid) < (b.start_ns, b.pid)
}

impl Procs {
    /// The process of this party, made if it is new; one that is named because it is dead is made dead.
    pub(super) fn named(&mut self, party: &Party, mono_ns: u64, dead: bool) -> &mut Proc {
        let place = match self.known.place(&party.key) {
            Some(place) => place,
            None => self.admit(party, mono_ns, dead),
        };
        let proc = self.known.at(place);
        (proc.heard_ns, proc.uid) = (mono_ns, party.uid);
        proc
    }

    #[cold]
    fn admit(&mut self, party: &Party, mono_ns: u64, dead: bool) -> usize {
        self.make_room();
        let key = party.key;
        let place = self.known.insert(Proc::new(party, mono_ns));
        self.roots.insert(key);
        for child in self.children.get(&key).into_iter().flatten() {
            self.roots.remove(child);
        }
        self.version += 1;
        // A pid has one living process: of two, the older one's exit was lost.
        match self.alive.insert(key.pid, key) {
            Some(other) if is_older(&other, &key) => self.end_unseen(&other, mono_ns),
            Some(other) => {
                self.end_unseen(&key, mono_ns);
                self.alive.insert(key.pid, other);
            }
            None => {}
        }
        if dead {
            self.end_unseen(&key, mono_ns);
        }
        place
    }

    /// The process is dead, and nobody saw how.
    pub(super) fn end_unseen(&mut self, key: &ProcKey, mono_ns: u64) {
        if let Some(proc) = self.known.get_mut(key)
            && proc.is_alive()
        {
            proc.zombie = true;
            self.bury(key, mono_ns);
        }
    }

    /// The process has just died: it keeps its place for a while, and its living children are put elsewhere.
    pub(super) fn bury(&mut self, key: &ProcKey, mono_ns: u64) {
        if self.alive.get(&key.pid) == Some(key) {
            self.alive.remove(&key.pid);
        }
        self.version += 1;
        let children: Vec<ProcKey> = self.children(key).filter(|child| self.is_alive(child)).collect();
        for child in children {
            self.put_under(&child, Some(*key));
        }
        self.graves.push_back((mono_ns, *key));
        if self.graves.len() > self.limits.dead_max.max(1)
            && let Some((_, oldest)) = self.graves.pop_front()
        {
            self.forget(&oldest);
        }
    }

    pub(super) fn is_alive(&self, key: &ProcKey) -> bool {
        self.get(key).is_some_and(Proc::is_alive)
    }

    /// Gives a process another parent. The living are not put under the dead.
    pub(super) fn put_under(&mut self, key: &ProcKey, parent: Option<ProcKey>) {
        let mut parent = parent.filter(|parent| is_older(parent, key));
        if let Some(dead) = parent.and_then(|parent| self.get(&parent)).filter(|p| !p.is_alive())
            && self.is_alive(key)
        {
            parent = self.adopter(dead, key);
        }
        let Some(proc) = self.known.get_mut(key) else { return };
        let old = std::mem::replace(&mut proc.parent, parent);
        if old == parent {
            return;
        }
        if let Some(old) = old {
            self.unlink(key, &old);
        }
        if let Some(parent) = parent {
            self.children.entry(parent).or_default().insert(*key);
        }
        if parent.is_some_and(|parent| self.known.contains(&parent)) {
            self.roots.remove(key);
        } else {
            self.roots.insert(*key);
        }
        self.version += 1;
    }

    fn unlink(&mut self, key: &ProcKey, parent: &ProcKey) {
        if let Some(siblings) = self.children.get_mut(parent) {
            siblings.remove(key);
            if siblings.is_empty() {
                self.children.remove(parent);
            }
        }
    }

    /// Who takes the orphan `child` of `dead`.
    fn adopter(&self, dead: &Proc, child: &ProcKey) -> Option<ProcKey> {
        let init = self.alive(1).filter(|init| is_older(init, child));
        let parent = |proc: &&Proc| self.get(&proc.parent?);
        let mut ancestors = std::iter::successors(Some(dead), parent);
        init.or_else(|| ancestors.find(|proc| proc.is_alive()).map(|proc| proc.key))
    }

    /// Takes a process out. Its living children go where orphans go, the others become roots.
    pub(super) fn forget(&mut self, key: &ProcKey) {
        if let Some(proc) = self.known.get_mut(key) {
            proc.zombie = true;
        }
        if self.alive.get(&key.pid) == Some(key) {
            self.alive.remove(&key.pid);
        }
        let children: Vec<ProcKey> = self.children(key).collect();
        for child in children {
            let parent = self.is_alive(&child).then_some(*key);
            self.put_under(&child, parent);
        }
        if let Some(parent) = self.known.remove(key).and_then(|proc| proc.parent) {
            self.unlink(key, &parent);
        }
        self.roots.remove(key);
        self.version += 1;
    }

    /// With too many living ones, an eighth goes: first those known only from signals, then the longest unheard.
    /// That happens only where many exits were lost, or on machines larger than the limit.
    fn make_room(&mut self) {
        let max = self.limits.procs_max;
        if self.alive.len() < max {
            return;
        }
        let mut living: Vec<(bool, u64, ProcKey)> = self
            .iter()
            .filter(|proc| proc.is_alive() && proc.key.pid != 1)
            .map(|proc| (proc.told, proc.heard_ns, proc.key))
            .collect();
        living.sort_unstable();
        for (_, _, key) in living.iter().take(max / 8) {
            self.forget(key);
        }
    }
}
