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
        let parent = self.get(key).and_then(|proc| proc.born_of);
        self.graves.push(*key, parent, mono_ns);
        if self.graves.len() > self.limits.dead_max.max(1)
            && let Some(gone) = self.graves.pop()
        {
            self.forget(&gone);
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

    /// Takes a process out. Its living children go where orphans go, the others to its parent.
    pub(super) fn forget(&mut self, key: &ProcKey) {
        if let Some(proc) = self.known.get_mut(key) {
            proc.zombie = true;
        }
        if self.alive.get(&key.pid) == Some(key) {
            self.alive.remove(&key.pid);
        }
        let children: Vec<ProcKey> = self.children(key).collect();
        let above = self.get(key).and_then(|proc| proc.parent);
        for child in children {
            let parent = if self.is_alive(&child) { Some(*key) } else { above };
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

#[cfg(test)]
mod tests {
    use crate::event::{Event, ForkEvent, Header, ProcKey};
    use crate::model::tests::{exit, key, party, seen, signal};
    use crate::model::{Limits, Model};
    use crate::signal::Signal;

    /// Who is told of, each with its parent; older ones have smaller pids.
    fn model(limits: Limits, who: &[(u32, u32)]) -> Model {
        let mut model = Model::new(Header::default(), limits);
        for (pid, parent) in who {
            let parent = (*parent > 0).then(|| at(*parent));
            model.apply(&Event::Seen(Box::new(seen(at(*pid), parent, u64::from(*pid)))));
        }
        model
    }

    fn at(pid: u32) -> ProcKey {
        key(pid, u64::from(pid))
    }

    fn parent(model: &Model, pid: u32) -> Option<u32> {
        model.procs.get(&at(pid)).and_then(|proc| proc.parent).map(|key| key.pid)
    }

    #[test]
    fn orphans_go_to_init_where_it_is_known() {
        let mut model = model(Limits::default(), &[(1, 0), (2, 1), (3, 2), (4, 3), (5, 4)]);
        model.apply(&Event::Exit(exit(at(4), 100)));
        assert_eq!(parent(&model, 5), Some(1));
        assert_eq!(parent(&model, 4), Some(3), "the dead keep their place");
        assert_eq!(model.procs.get(&at(5)).unwrap().born_of, Some(at(4)));
        assert_eq!(model.procs.ancestors(&at(5)).map(|proc| proc.key.pid).collect::<Vec<_>>(), [4, 3, 2, 1]);
    }

    #[test]
    fn orphans_go_to_the_nearest_living_ancestor_else() {
        let mut model = model(Limits::default(), &[(2, 0), (3, 2), (4, 3), (5, 4), (6, 5)]);
        model.apply(&Event::Exit(exit(at(4), 100)));
        assert_eq!(parent(&model, 5), Some(3));
        model.apply(&Event::Exit(exit(at(2), 101)));
        assert_eq!(parent(&model, 3), None);
        assert!(model.procs.roots().eq([at(2), at(3)]));
    }

    #[test]
    fn a_child_of_the_dead_is_an_orphan_at_once() {
        let mut model = model(Limits::default(), &[(1, 0), (2, 1), (3, 2)]);
        model.apply(&Event::Exit(exit(at(3), 100)));
        model.apply(&Event::Fork(ForkEvent { mono_ns: 101, child: party(at(4)), parent: at(3) }));
        assert_eq!(parent(&model, 4), Some(1));
    }

    #[test]
    fn the_dead_are_forgotten_in_time_and_their_children_found_again() {
        let mut model = model(Limits::default(), &[(1, 0), (2, 1), (3, 2)]);
        model.apply(&Event::Exit(exit(at(2), 1_000_000_000)));
        model.advance(60_999_999_999);
        assert_eq!((model.procs.dead_count(), model.procs.alive_count()), (1, 2));
        let before = model.procs.version();
        model.advance(61_000_000_000);
        assert_eq!((model.procs.dead_count(), model.procs.alive_count()), (0, 2));
        assert_ne!(model.procs.version(), before);
        assert_eq!(model.procs.ancestors(&at(3)).map(|proc| proc.key.pid).collect::<Vec<_>>(), [1]);
    }

    /// Of a crowd the dead go early, what died below them goes later.
    #[test]
    fn the_dead_below_the_forgotten_stay_where_they_were() {
        let mut model = model(Limits::default(), &[(1, 0), (2, 1), (3, 2), (4, 3), (5, 4)]);
        for (pid, seconds) in [(3, 1), (5, 2), (4, 3)] {
            model.apply(&Event::Exit(exit(at(pid), seconds * 1_000_000_000)));
        }
        model.advance(61_500_000_000);
        assert!(model.procs.get(&at(3)).is_none());
        assert_eq!(
            (parent(&model, 4), parent(&model, 5)),
            (Some(1), Some(4)),
            "each below whom it was, or who was above that"
        );
        model.procs.forget(&at(4));
        assert_eq!((parent(&model, 5), model.procs.roots().count()), (Some(1), 1));
    }

    #[test]
    fn nobody_is_its_own_ancestor() {
        let mut model = model(Limits::default(), &[(2, 0), (3, 2)]);
        for (child, parent) in [(2, 3), (3, 3), (2, 2)] {
            model.apply(&Event::Fork(ForkEvent { mono_ns: 101, child: party(at(child)), parent: at(parent) }));
            model.apply(&Event::Seen(Box::new(seen(at(child), Some(at(parent)), 102))));
        }
        assert_eq!((parent(&model, 2), model.procs.ancestors(&at(3)).count()), (None, 1));
    }

    #[test]
    fn with_too_many_those_known_only_from_signals_go_first() {
        let who: Vec<(u32, u32)> = (1..=15).map(|pid| (pid, pid - 1)).collect();
        let mut model = model(Limits { procs_max: 16, ..Limits::default() }, &who);
        model.apply(&Event::Signal(signal(100, Signal::TERM, None, at(50))));
        assert_eq!(model.procs.alive_count(), 16);
        model.apply(&Event::Seen(Box::new(seen(at(51), None, 200))));
        assert!(model.procs.get(&at(50)).is_none(), "known only from a signal");
        assert!(model.procs.get(&at(2)).is_none(), "unheard of for longest, but for init");
        assert_eq!((parent(&model, 3), model.procs.alive_count()), (Some(1), 15));
    }

    #[test]
    fn counts_do_not_change_the_shape() {
        let mut model = model(Limits::default(), &[(1, 0), (2, 1)]);
        let before = model.procs.version();
        model.apply(&Event::Signal(signal(100, Signal::TERM, Some(at(1)), at(2))));
        assert_eq!(model.procs.version(), before);
        assert_eq!(model.procs.get(&at(2)).map(|proc| (proc.received, proc.waiting)), Some((1, 1)));
    }
}
