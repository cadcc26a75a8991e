//! The process tree: which rows there are, which is selected, what is folded.
//!
//! The rows are built anew only when the tree or the folds changed. The selection is a process, not a line: it stays
//! with its process whatever comes and goes around it.

use super::Frozen;
use crate::event::ProcKey;
use crate::model::Procs;
use crate::model::tree::{Fold, TreeRow, rows};
use crate::ui::list::{Step, Window};

/// State of the tree panel.
#[derive(Default)]
pub struct TreeState {
    /// The rows that are not folded away.
    pub rows: Vec<TreeRow>,
    /// What part of them is shown.
    pub window: Window,
    selected: Option<ProcKey>,
    fold: Fold,
    built: Option<u64>,
}

impl TreeState {
    /// The selected process.
    pub fn selected(&self) -> Option<ProcKey> {
        self.selected
    }

    /// Builds the rows anew if the processes changed. Of a picture that stands still, only its processes are shown.
    pub fn refresh(&mut self, procs: &Procs, frozen: Option<&Frozen>, height: usize) {
        if self.built == Some(procs.version()) {
            return;
        }
        self.fold.forget(procs);
        self.rows = rows(procs, &self.fold);
        if let Some(frozen) = frozen {
            self.rows.retain(|row| frozen.proc(&row.key).is_some());
        }
        self.built = Some(procs.version());
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
    pub fn toggle(&mut self, procs: &Procs, frozen: Option<&Frozen>, height: usize) {
        if let Some(row) = self.row().filter(|row| row.children > 0) {
            self.fold.toggle(row.key);
            self.built = None;
            self.refresh(procs, frozen, height);
        }
    }

    /// Hides the children; where there is nothing to hide, goes to the parent.
    pub fn fold_in(&mut self, procs: &Procs, frozen: Option<&Frozen>, height: usize) {
        let Some(row) = self.row() else { return };
        if row.children > 0 && !row.folded {
            self.toggle(procs, frozen, height);
        } else if let Some(at) = self.rows[..self.window.at].iter().rposition(|above| above.depth < row.depth) {
            self.window.at = at;
            self.settle(height);
        }
    }

    /// Shows the children; where they are shown, goes to the first.
    pub fn fold_out(&mut self, procs: &Procs, frozen: Option<&Frozen>, height: usize) {
        let Some(row) = self.row() else { return };
        if row.folded {
            self.toggle(procs, frozen, height);
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
