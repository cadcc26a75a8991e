//! Which row is selected. It is a process, not a line: it stays with its process whatever comes and goes around it.

use super::{TreeState, View};
use crate::event::ProcKey;
use crate::model::Procs;
use crate::model::tree::{Kind, TreeRow};
use crate::ui::list::{Step, Window};

/// What a row is, wherever it stands.
pub(super) type RowId = (ProcKey, Option<u32>, bool);

fn id(row: &TreeRow) -> RowId {
    match row.kind {
        Kind::Process => (row.key, None, false),
        Kind::Thread(tid) => (row.key, Some(tid), false),
        Kind::Rest(_) => (row.key, None, true),
    }
}

impl TreeState {
    /// The selected process: of a thread its process, of those that ended their parent.
    pub fn selected(&self) -> Option<ProcKey> {
        self.row().filter(|row| row.kind == Kind::Process || row.key != ProcKey::default()).map(|row| row.key)
    }

    /// Selects one of the pids that the user came for, if nothing was chosen yet.
    pub(super) fn choose_whom_it_is_about(&mut self) {
        if self.is_chosen {
            return;
        }
        if let Some(row) = self.rows.list.iter().find(|row| self.asked_for.contains(&row.key.pid)) {
            (self.selected, self.is_chosen) = (Some(id(row)), true);
            self.asked_for.clear();
        }
    }

    /// Where the selection is now; where it is folded away, below whom.
    pub(super) fn position(&self, procs: &Procs) -> Option<usize> {
        let followed = self.followed.map(|key| (key, None, false));
        let wanted = followed.or(self.selected.filter(|_| self.is_chosen))?;
        let at = self.rows.list.iter().position(|row| id(row) == wanted);
        at.or_else(|| {
            let parent = |key: &ProcKey| procs.get(key).and_then(|proc| proc.parent);
            let above: Vec<ProcKey> = std::iter::successors(Some(wanted.0), parent).collect();
            self.rows.list.iter().rposition(|row| row.folded && above.contains(&row.key))
        })
    }

    /// Moves the selection.
    pub fn step(&mut self, step: Step, height: usize) {
        self.window.step(step, self.rows.list.len(), height);
        self.chosen(height);
    }

    /// Moves the window.
    pub fn scroll(&mut self, by: isize, height: usize) {
        let before = self.window.at;
        self.window.scroll(by, self.rows.list.len(), height);
        if self.window.at != before {
            self.chosen(height);
        }
    }

    /// Selects the row on this line of the panel.
    pub fn click(&mut self, line: usize, height: usize) {
        self.window.at = self.window.top + line;
        self.chosen(height);
    }

    /// Selects a process and brings its row in sight, whatever hides it but what is looked for.
    pub fn select(&mut self, key: ProcKey, view: View) -> bool {
        self.fold_mut().reveal(view.procs, &key);
        (self.selected, self.is_chosen) = (Some((key, None, false)), true);
        self.asked_for.clear();
        self.followed = self.followed.filter(|followed| *followed == key);
        self.rebuild(view);
        self.selected() == Some(key)
    }

    /// After the user moved: who moves away from what is followed, follows no more.
    pub(super) fn chosen(&mut self, height: usize) {
        let before = self.selected;
        self.settle(height);
        self.is_chosen = true;
        self.asked_for.clear();
        if self.rows.keeps && self.selected != before {
            self.built = None;
        }
        self.followed = self.followed.filter(|key| self.selected() == Some(*key));
    }

    /// The processes are others now: who was selected and is not among them is not any more.
    pub fn anew(&mut self, view: View) {
        if self.selected.is_some_and(|(key, ..)| view.procs.get(&key).is_none()) {
            (self.selected, self.is_chosen, self.window) = (None, false, Window::default());
        }
        self.rebuild(view);
    }

    pub(super) fn row(&self) -> Option<TreeRow> {
        self.rows.list.get(self.window.at).copied()
    }

    /// After the size or the rows changed.
    pub fn settle(&mut self, height: usize) {
        self.window.settle(self.rows.list.len(), height);
        // With no row at all, it is remembered who was selected.
        self.selected = self.row().as_ref().map(id).or(self.selected);
    }
}
