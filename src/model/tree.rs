//! The process tree as rows: what is to be seen of it, in order, with what is needed to draw its lines.
//!
//! Knows nothing of screens: folds are a set of processes, rows are plain data. Building them walks the tree once.

use super::procs::Procs;
use crate::event::ProcKey;
use rustc_hash::FxHashSet;

/// One visible process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TreeRow {
    /// Which.
    pub key: ProcKey,
    /// How many ancestors are above it.
    pub depth: u16,
    /// Whether it is the last child of its parent.
    pub last: bool,
    /// Bit `d`: its ancestor at depth `d` has later siblings, so a line goes on there. Depths from 64 have none.
    pub guides: u64,
    /// How many children it has, shown or folded away.
    pub children: u32,
    /// Whether they are folded away.
    pub folded: bool,
}

/// Whose children are folded away.
#[derive(Clone, Debug, Default)]
pub struct Fold(FxHashSet<ProcKey>);

impl Fold {
    /// Folds, or unfolds.
    pub fn toggle(&mut self, key: ProcKey) {
        if !self.0.remove(&key) {
            self.0.insert(key);
        }
    }

    /// Folds every process that has children.
    pub fn fold_all(&mut self, procs: &Procs) {
        self.0.extend(procs.iter().map(|proc| proc.key).filter(|key| procs.children(key).len() > 0));
    }

    /// Unfolds all.
    pub fn unfold_all(&mut self) {
        self.0.clear();
    }

    /// Whether this one's children are folded away.
    pub fn is_folded(&self, key: &ProcKey) -> bool {
        self.0.contains(key)
    }

    /// Unfolds every ancestor of `key`, so that it has a row.
    pub fn reveal(&mut self, procs: &Procs, key: &ProcKey) {
        let parent = |key: &ProcKey| procs.get(key).and_then(|proc| proc.parent);
        std::iter::successors(parent(key), parent).for_each(|parent| {
            self.0.remove(&parent);
        });
    }

    /// Drops the processes that are forgotten.
    pub fn forget(&mut self, procs: &Procs) {
        self.0.retain(|key| procs.get(key).is_some());
    }
}

/// Every process that is not folded away, parents before children, siblings by pid and start time.
/// The dead stay where they were.
pub fn rows(procs: &Procs, fold: &Fold) -> Vec<TreeRow> {
    let mut rows = Vec::with_capacity(procs.alive_count() + procs.dead_count());
    // One level a frame: the siblings still to come, and the guides of their parent's row with its own line.
    let mut frames = vec![(procs.roots().collect::<Vec<_>>().into_iter(), 0u64)];
    while let Some((siblings, guides)) = frames.last_mut() {
        let Some(key) = siblings.next() else {
            frames.pop();
            continue;
        };
        let (last, guides) = (siblings.len() == 0, *guides);
        let depth = frames.len() - 1;
        let children = procs.children(&key);
        let folded = children.len() > 0 && fold.is_folded(&key);
        let depth_shown = u16::try_from(depth).unwrap_or(u16::MAX);
        rows.push(TreeRow { key, depth: depth_shown, last, guides, children: children.len() as u32, folded });
        if children.len() > 0 && !folded {
            let line = if last || depth >= 64 { 0 } else { 1 << depth };
            frames.push((children.collect::<Vec<_>>().into_iter(), guides | line));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Header};
    use crate::model::tests::{key, seen};
    use crate::model::{Limits, Model};

    /// 1 has 2 and 5; 2 has 3 and 4; 9 stands alone.
    fn family() -> Model {
        let mut model = Model::new(Header::default(), Limits::default());
        for (pid, parent) in [(9, 0), (5, 1), (4, 2), (3, 2), (2, 1), (1, 0)] {
            let parent = (parent > 0).then(|| key(parent, u64::from(parent)));
            model.apply(&Event::Seen(Box::new(seen(key(pid, u64::from(pid)), parent, 1))));
        }
        model
    }

    fn drawn(procs: &Procs, fold: &Fold) -> Vec<String> {
        let line = |row: &TreeRow| {
            let guides: String = (1..row.depth).map(|d| if row.guides >> d & 1 == 1 { "│ " } else { "  " }).collect();
            let branch = if row.depth == 0 {
                ""
            } else if row.last {
                "└ "
            } else {
                "├ "
            };
            format!(
                "{guides}{branch}{}{}",
                row.key.pid,
                if row.folded { format!(" +{}", row.children) } else { "".into() }
            )
        };
        rows(procs, fold).iter().map(line).collect()
    }

    #[test]
    fn rows_draw_the_tree() {
        assert_eq!(drawn(&family().procs, &Fold::default()), ["1", "├ 2", "│ ├ 3", "│ └ 4", "└ 5", "9"]);
    }

    #[test]
    fn folds_hide_and_show() {
        let model = family();
        let mut fold = Fold::default();
        fold.toggle(key(2, 2));
        assert_eq!(drawn(&model.procs, &fold), ["1", "├ 2 +2", "└ 5", "9"]);
        fold.toggle(key(2, 2));
        fold.toggle(key(5, 5));
        assert_eq!(drawn(&model.procs, &fold).len(), 6, "who has no children cannot be folded");
        fold.fold_all(&model.procs);
        assert_eq!(drawn(&model.procs, &fold), ["1 +2", "9"]);
        fold.reveal(&model.procs, &key(3, 3));
        assert_eq!(drawn(&model.procs, &fold).len(), 6);
        fold.unfold_all();
        assert!(!fold.is_folded(&key(5, 5)));
    }

    #[test]
    fn a_tree_may_be_deeper_than_its_guides() {
        let mut model = Model::new(Header::default(), Limits::default());
        for n in (1..=70_000u32).rev() {
            let parent = (n > 1).then(|| key(n - 1, u64::from(n - 1)));
            model.apply(&Event::Seen(Box::new(seen(key(n, u64::from(n)), parent, 1))));
        }
        let rows = rows(&model.procs, &Fold::default());
        assert_eq!(rows.len(), 70_000);
        assert_eq!(rows.last().map(|row| (row.depth, row.guides)), Some((u16::MAX, 0)));
    }
}
