//! The dead in the order in which they died, and who of them makes room.
//!
//! Where a parent's children die in crowds, it is they who go first, the oldest before the others: the one that somebody
//! looks for seldom is one of thousands. All operations take the same time however many there are.

use crate::event::ProcKey;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// So many dead children of one parent are no crowd yet.
const FEW: u32 = 64;

/// A dead process.
#[derive(Clone, Copy, Debug)]
struct Grave {
    died_ns: u64,
    key: ProcKey,
    parent: Option<ProcKey>,
}

/// All that are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Graves {
    few: VecDeque<Grave>,
    crowd: VecDeque<Grave>,
    /// How many dead children of each parent there are.
    children: FxHashMap<ProcKey, u32>,
}

impl Graves {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.few.len() + self.crowd.len()
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = &ProcKey> {
        self.few.iter().chain(&self.crowd).map(|grave| &grave.key)
    }

    /// Another has died.
    pub(super) fn push(&mut self, key: ProcKey, parent: Option<ProcKey>, died_ns: u64) {
        let siblings = parent.map_or(0, |parent| {
            let siblings = self.children.entry(parent).or_insert(0);
            *siblings += 1;
            *siblings
        });
        let graves = if siblings > FEW { &mut self.crowd } else { &mut self.few };
        graves.push_back(Grave { died_ns, key, parent });
    }

    /// Who makes room, if somebody has to.
    pub(super) fn pop(&mut self) -> Option<ProcKey> {
        let grave = self.crowd.pop_front().or_else(|| self.few.pop_front())?;
        Some(self.gone(grave))
    }

    /// One who died before that time, if there is one.
    pub(super) fn pop_before(&mut self, time_ns: u64) -> Option<ProcKey> {
        let is_old = |graves: &&mut VecDeque<Grave>| graves.front().is_some_and(|grave| grave.died_ns <= time_ns);
        let grave = [&mut self.few, &mut self.crowd].into_iter().find(is_old)?.pop_front()?;
        Some(self.gone(grave))
    }

    fn gone(&mut self, grave: Grave) -> ProcKey {
        if let Some(parent) = grave.parent
            && let Some(count) = self.children.get_mut(&parent)
        {
            *count -= 1;
            if *count == 0 {
                self.children.remove(&parent);
            }
        }
        grave.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(pid: u32) -> ProcKey {
        ProcKey { pid, start_ns: 1 }
    }

    #[test]
    fn a_crowd_makes_room_before_all_others() {
        let mut graves = Graves::default();
        graves.push(key(7), Some(key(1)), 10);
        (100..300).for_each(|pid| graves.push(key(pid), Some(key(2)), 20));
        graves.push(key(8), None, 30);
        let first: Vec<u32> = std::iter::from_fn(|| graves.pop()).map(|key| key.pid).collect();
        assert_eq!(first[..136], (164..300).collect::<Vec<_>>()[..], "the crowd first, the oldest first");
        assert_eq!(first[136..], [[7].to_vec(), (100..164).collect(), [8].to_vec()].concat());
        assert!(graves.children.is_empty() && graves.len() == 0);
    }

    #[test]
    fn time_takes_all_alike() {
        let mut graves = Graves::default();
        (0..200).for_each(|pid| graves.push(key(pid), Some(key(1000)), u64::from(pid)));
        let gone = std::iter::from_fn(|| graves.pop_before(149)).count();
        assert_eq!((gone, graves.len()), (150, 50));
        assert!(graves.keys().all(|key| key.pid >= 150));
    }
}
