//! What keys fold and unfold. What is found has folds of its own, so that those of the whole tree stay as they were.

use super::{TreeState, View};
use crate::event::ProcKey;
use crate::model::tree::Fold;
use crate::ui::list::Step;

impl TreeState {
    pub(super) fn fold_now(&self) -> &Fold {
        if self.find.is_some() { &self.found_fold } else { &self.fold }
    }

    pub(super) fn fold_mut(&mut self) -> &mut Fold {
        if self.find.is_some() { &mut self.found_fold } else { &mut self.fold }
    }

    fn toggle(&mut self, key: ProcKey, view: View) {
        self.fold_mut().toggle(key);
        self.rebuild(view);
    }

    /// Hides the children; where there is nothing to hide, goes to the parent.
    pub fn fold_in(&mut self, view: View) {
        let Some(row) = self.row() else { return };
        if row.below > 0 && !row.folded && !self.flat {
            self.is_chosen = true;
            self.toggle(row.key, view);
        } else if let Some(at) = self.rows.list[..self.window.at].iter().rposition(|above| above.depth < row.depth) {
            self.window.at = at;
            self.chosen(view.height);
        }
    }

    /// Shows the children; where they are shown, goes to the first.
    pub fn fold_out(&mut self, view: View) {
        let Some(row) = self.row() else { return };
        if row.folded {
            self.is_chosen = true;
            self.toggle(row.key, view);
        } else if row.below > 0 {
            self.step(Step::Down, view.height);
        }
    }

    /// Folds all; unfolds all if something is folded. Whether all is unfolded now.
    pub fn fold_all(&mut self, view: View) -> bool {
        let unfolds = self.rows.list.iter().any(|row| row.folded);
        self.fold_mut().to_level(if unfolds { None } else { Some(1) });
        self.rebuild(view);
        unfolds
    }

    /// Shows one level more or less of every process.
    pub fn change_level(&mut self, more: bool, view: View) {
        let levels = self.rows.levels;
        let shown = self.fold_now().level().unwrap_or(levels).min(levels);
        let wanted = if more { shown.saturating_add(1) } else { shown.saturating_sub(1).max(1) };
        self.fold_mut().to_level(Some(wanted).filter(|wanted| *wanted < levels));
        self.rebuild(view);
    }
}
