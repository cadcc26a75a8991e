//! The process tree: which rows there are, which is selected, what is folded.
//!
//! The rows are built anew only when the tree or the folds changed. The selection is a process, not a line: it stays
//! with its process whatever comes and goes around it.

use super::Frozen;
use crate::event::{End, ProcKey};
use crate::model::tree::{Fold, TreeRow, rows};
use crate::model::{Proc, Procs};
use crate::ui::list::{Step, Window};

/// State of the tree panel.
#[derive(Default)]
pub struct TreeState {
    /// The rows that are not folded away.
    pub rows: Vec<TreeRow>,
    /// What part of them is shown.
    pub window: Window,
    /// How many live.
    pub alive: usize,
    /// How many dead are shown.
    pub dead: usize,
    /// How many digits the longest pid has.
    pub pid_digits: u16,
    selected: Option<ProcKey>,
    fold: Fold,
    built: Option<u64>,
    /// When the next row goes without a change of the processes.
    due_ns: Option<u64>,
}

/// How long one is shown that ended by itself, in nanoseconds: those that were killed are what one looks for.
const ENDED_NS: u64 = 5_000_000_000;

/// When the row of a process goes, before the model forgets it.
fn goes_at(proc: &Proc) -> Option<u64> {
    let death = proc.death.as_ref()?;
    matches!(death.end, End::Code(_)).then(|| death.mono_ns.saturating_add(ENDED_NS))
}

/// Takes out rows, and mends the guides of the others. `keep` is asked from the last row to the first, and told whether
/// a row below that belongs to it is kept; it says whether the row stays for its own sake, or `None` if it must go.
fn prune(rows: &mut Vec<TreeRow>, mut keep: impl FnMut(&TreeRow, bool) -> Option<bool>) {
    let mut kept: Vec<TreeRow> = Vec::with_capacity(rows.len());
    // Bit d: further down, under the same ancestors, there is a row at depth d.
    let mut later = 0u64;
    for row in rows.drain(..).rev() {
        let has_below = kept.last().is_some_and(|next| next.depth > row.depth);
        if keep(&row, has_below).is_some_and(|stays| stays || has_below) {
            let bit = 1u64 << row.depth.min(63);
            kept.push(TreeRow { last: later & bit == 0, guides: later & (bit - 1), ..row });
            later = later & (bit - 1) | bit;
        }
    }
    kept.reverse();
    *rows = kept;
}

impl TreeState {
    /// The selected process.
    pub fn selected(&self) -> Option<ProcKey> {
        self.selected
    }

    /// Unfolds what is above this process and selects it. Whether it has a row.
    pub fn select(
        &mut self,
        key: &ProcKey,
        procs: &Procs,
        frozen: Option<&Frozen>,
        now_ns: u64,
        height: usize,
    ) -> bool {
        self.fold.reveal(procs, key);
        self.built = None;
        self.refresh(procs, frozen, now_ns, height);
        let Some(at) = self.rows.iter().position(|row| row.key == *key) else { return false };
        self.window.at = at;
        self.settle(height);
        true
    }

    /// Builds the rows anew if the processes changed, or if one is to go that ended by itself. Of a picture that
    /// stands still, only its processes are shown.
    pub fn refresh(&mut self, procs: &Procs, frozen: Option<&Frozen>, now_ns: u64, height: usize) {
        if self.built == Some(procs.version()) && self.due_ns.is_none_or(|due| now_ns < due) {
            return;
        }
        self.built = Some(procs.version());
        self.fold.forget(procs);
        self.rows = rows(procs, &self.fold);
        (self.alive, self.dead, self.due_ns) = (0, 0, None);
        let mut highest = 0;
        prune(&mut self.rows, |row, has_below| {
            let proc = frozen.map_or_else(|| procs.get(&row.key), |frozen| frozen.proc(&row.key))?;
            let goes_ns = goes_at(proc);
            let stays = goes_ns.is_none_or(|goes| now_ns < goes);
            if stays || has_below {
                self.due_ns = goes_ns.filter(|_| stays).into_iter().chain(self.due_ns).min();
                self.dead += usize::from(!proc.is_alive());
                highest = highest.max(row.key.pid);
            }
            Some(stays)
        });
        self.pid_digits = u32::checked_ilog10(highest).unwrap_or(0) as u16 + 1;
        self.alive = frozen.map_or_else(|| procs.alive_count(), Frozen::alive_count);
        if let Some(at) = self.selected.and_then(|key| self.rows.iter().position(|row| row.key == key)) {
            self.window.moved(at);
        }
        self.settle(height);
    }

    /// Moves the selection.
    pub fn step(&mut self, step: Step, height: usize) {
        self.window.step(step, self.rows.len(), height);
        self.settle(height);
    }

    /// Moves the window.
    pub fn scroll(&mut self, by: isize, height: usize) {
        self.window.scroll(by, self.rows.len(), height);
        self.settle(height);
    }

    /// Selects the row on this line of the panel.
    pub fn click(&mut self, line: usize, height: usize) {
        self.window.at = self.window.top + line;
        self.settle(height);
    }

    /// Shows the children of the selected process, or hides them.
    pub fn toggle(&mut self, procs: &Procs, frozen: Option<&Frozen>, now_ns: u64, height: usize) {
        if let Some(row) = self.row().filter(|row| row.children > 0) {
            self.fold.toggle(row.key);
            self.built = None;
            self.refresh(procs, frozen, now_ns, height);
        }
    }

    /// Hides the children; where there is nothing to hide, goes to the parent.
    pub fn fold_in(&mut self, procs: &Procs, frozen: Option<&Frozen>, now_ns: u64, height: usize) {
        let Some(row) = self.row() else { return };
        if row.children > 0 && !row.folded {
            self.toggle(procs, frozen, now_ns, height);
        } else if let Some(at) = self.rows[..self.window.at].iter().rposition(|above| above.depth < row.depth) {
            self.window.at = at;
            self.settle(height);
        }
    }

    /// Shows the children; where they are shown, goes to the first.
    pub fn fold_out(&mut self, procs: &Procs, frozen: Option<&Frozen>, now_ns: u64, height: usize) {
        let Some(row) = self.row() else { return };
        if row.folded {
            self.toggle(procs, frozen, now_ns, height);
        } else if row.children > 0 {
            self.step(Step::Down, height);
        }
    }

    fn row(&self) -> Option<TreeRow> {
        self.rows.get(self.window.at).copied()
    }

    /// After the size or the rows changed.
    pub fn settle(&mut self, height: usize) {
        self.window.settle(self.rows.len(), height);
        self.selected = self.row().map(|row| row.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pid: u32, depth: u16) -> TreeRow {
        let key = ProcKey { pid, start_ns: 0 };
        TreeRow { key, depth, last: false, guides: u64::MAX, children: 0, folded: false }
    }

    #[test]
    fn what_is_left_has_the_right_lines() {
        // 1 ┬ 2 ─ 3, 1 ┼ 4 ─ 5, 1 └ 6; then 7: without 3, 5, 6.
        let mut rows: Vec<TreeRow> =
            [(1, 0), (2, 1), (3, 2), (4, 1), (5, 2), (6, 1), (7, 0)].map(|(p, d)| row(p, d)).into();
        prune(&mut rows, |row, _| Some(![3, 5, 6].contains(&row.key.pid)));
        let lines: Vec<_> = rows.iter().map(|row| (row.key.pid, row.last, row.guides)).collect();
        assert_eq!(lines, [(1, false, 0), (2, false, 1), (4, true, 1), (7, true, 0)]);
    }

    #[test]
    fn one_that_goes_stays_for_those_below_it() {
        let mut rows = vec![row(1, 0), row(2, 1), row(3, 2)];
        prune(&mut rows, |row, _| Some(row.key.pid == 3));
        assert_eq!(rows.len(), 3);
        prune(&mut rows, |row, _| if row.key.pid == 2 { None } else { Some(true) });
        assert_eq!(rows.len(), 2);
    }
}
