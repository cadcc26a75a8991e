//! What is folded away: everything from some level of the tree on, and processes for which it is the other way round.
//!
//! So that whatever comes new obeys the level without being asked.

use crate::event::ProcKey;
use crate::model::procs::Procs;
use rustc_hash::FxHashSet;

/// Whose children are folded away.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    /// How many levels are shown; `None`: all.
    level: Option<u16>,
    /// For these it is the other way round.
    but: FxHashSet<ProcKey>,
}

impl Fold {
    /// Shows so many levels, or all, of every process.
    pub fn to_level(&mut self, level: Option<u16>) {
        self.level = level;
        self.but.clear();
    }

    /// How many levels are shown; `None`: all.
    pub const fn level(&self) -> Option<u16> {
        self.level
    }

    /// Folds, or unfolds.
    pub fn toggle(&mut self, key: ProcKey) {
        if !self.but.remove(&key) {
            self.but.insert(key);
        }
    }

    /// Whether the children of this process, which has so many ancestors, are folded away.
    pub fn is_folded(&self, key: &ProcKey, depth: u16) -> bool {
        let is_beyond = self.level.is_some_and(|level| depth >= level.saturating_sub(1));
        is_beyond != (!self.but.is_empty() && self.but.contains(key))
    }

    /// Unfolds every ancestor of `key`, so that it has a row.
    pub fn reveal(&mut self, procs: &Procs, key: &ProcKey) {
        let parent = |key: &ProcKey| procs.get(key).and_then(|proc| procs.get(&proc.parent?)).map(|proc| proc.key);
        let above: Vec<ProcKey> = std::iter::successors(parent(key), parent).collect();
        for (depth, key) in above.iter().rev().enumerate() {
            if self.is_folded(key, u16::try_from(depth).unwrap_or(u16::MAX)) {
                self.toggle(*key);
            }
        }
    }

    /// Drops the processes that are forgotten.
    pub fn forget(&mut self, procs: &Procs) {
        self.but.retain(|key| procs.get(key).is_some());
    }
}
