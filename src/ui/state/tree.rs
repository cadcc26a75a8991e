//! The process tree: which rows there are, in which order, what is found and followed; which is selected: [`selection`].
//!
//! The rows are built anew only when the tree or what is wanted of it changed, and of very many processes a few times
//! a second.

mod folds;
mod selection;
mod threads;

use super::find::Find;
use super::sort::{Sort, Turn};
use super::tree_order::{self, BY_PID, column};
use crate::event::ProcKey;
use crate::model::tree::{Fold, Rows, Threads, TreeRow, Wanted};
use crate::model::{Proc, Procs};
use crate::ui::language::Accounts;
use crate::ui::list::Window;
use rustc_hash::FxHashMap;
use selection::RowId;

/// State of the tree panel.
pub struct TreeState {
    /// The rows that are not folded away.
    pub rows: Rows,
    /// What part of them is shown.
    pub window: Window,
    /// How many live.
    pub alive: usize,
    sort: Sort,
    flat: bool,
    fold: Fold,
    find: Option<Find>,
    /// What is folded of that which is found: at first nothing.
    found_fold: Fold,
    followed: Option<ProcKey>,
    threads: Threads,
    /// Whose threads are wanted, and when they were asked for.
    asked: FxHashMap<ProcKey, u64>,
    selected: Option<RowId>,
    /// Whether a row was chosen. Until then the first one is selected, whichever that is.
    is_chosen: bool,
    /// The pids that are chosen as soon as one of them is there, unless the user was quicker.
    asked_for: Vec<u32>,
    users: Accounts,
    /// Of which version of the processes the rows are, and when they were built.
    built: Option<(u64, u64)>,
}

/// The processes that are shown, when, and on how many lines.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// All that there are in the picture.
    pub procs: &'a Procs,
    /// The time of the picture.
    pub now_ns: u64,
    /// Lines for rows.
    pub height: usize,
}

/// The most of one parent's children that ended by themselves, with all below them, and have a row each.
const ENDED_ROWS: u32 = 3;
/// The rows are not built more often than so, for each process: 50,000 are four times a second.
const PER_PROCESS_NS: u64 = 5_000;
/// Nor, where they are in the order of counts, than so.
const BY_COUNTS_NS: u64 = 400_000_000;

impl TreeState {
    /// With the users of this machine, and the pids that the user came for.
    pub fn new(users: Accounts, asked_for: Vec<u32>) -> TreeState {
        TreeState {
            rows: Rows::default(),
            window: Window::default(),
            alive: 0,
            sort: BY_PID,
            flat: false,
            fold: Fold::default(),
            find: None,
            found_fold: Fold::default(),
            followed: None,
            threads: Threads::default(),
            asked: FxHashMap::default(),
            selected: None,
            is_chosen: false,
            asked_for,
            users,
            built: None,
        }
    }

    /// The process that is followed.
    pub fn followed(&self) -> Option<ProcKey> {
        self.followed
    }

    /// What is looked for.
    pub fn find(&self) -> Option<&Find> {
        self.find.as_ref()
    }

    /// How many levels are shown, where not all are.
    pub fn level(&self) -> Option<u16> {
        self.fold_now().level().filter(|_| !self.flat)
    }

    /// The order, and whether all are in one list.
    pub fn arrangement(&self) -> (Sort, bool) {
        (self.sort, self.flat)
    }

    /// Puts the rows in this order, as a tree or as one list. An order that there is not is by pid.
    pub fn arrange(&mut self, sort: Sort, flat: bool) {
        self.sort = if column::SORTED.contains(&sort.column) { sort } else { BY_PID };
        self.flat = flat;
        self.built = None;
    }

    /// Another order, by one of the columns that are shown.
    pub fn turn(&mut self, turn: Turn, shown: &[usize], view: View) {
        self.arrange(tree_order::turned(self.sort, turn, shown), self.flat);
        self.show_the_first(view);
    }

    /// The tree, or all in one list.
    pub fn toggle_flat(&mut self, view: View) {
        self.arrange(self.sort, !self.flat);
        self.show_the_first(view);
    }

    /// Who asks for another order wants to see who is first in it, unless one is followed.
    fn show_the_first(&mut self, view: View) {
        self.asked_for.clear();
        self.is_chosen = self.followed.is_some();
        self.rebuild(view);
    }

    /// Builds the rows anew if the processes changed, or if one is to go that ended by itself.
    pub fn refresh(&mut self, view: View) {
        if self.is_due(&view) {
            self.rebuild(view);
        }
    }

    fn is_due(&self, view: &View) -> bool {
        let Some((version, built_ns)) = self.built else { return true };
        let is_by_counts = tree_order::is_by_counts(self.sort);
        let count = (view.procs.alive_count() + view.procs.dead_count()) as u64;
        let pause = (PER_PROCESS_NS * count).max(if is_by_counts { BY_COUNTS_NS } else { 0 });
        let has_news =
            is_by_counts || version != view.procs.version() || self.rows.due_ns.is_some_and(|due| due <= view.now_ns);
        has_news && view.now_ns.abs_diff(built_ns) >= pause
    }

    /// Builds the rows anew.
    pub fn rebuild(&mut self, view: View) {
        let View { procs, now_ns, height } = view;
        self.built = Some((procs.version(), now_ns));
        self.fold.forget(procs);
        self.found_fold.forget(procs);
        let lives = |key: &ProcKey| procs.get(key).is_some_and(Proc::is_alive);
        self.asked.retain(|key, _| lives(key));
        self.threads.retain(|key, _| lives(key));
        if let Some(key) = self.followed {
            self.fold_mut().reveal(procs, &key);
        }
        let (sort, users, find) = (self.sort, &self.users, &self.find);
        let fits = |place, proc: &Proc| find.as_ref().is_none_or(|find| find.fits(place, proc));
        let ties = |a: &Proc, b: &Proc| tree_order::ties(sort, a, b);
        let wanted = Wanted {
            now_ns,
            fold: if find.is_some() { &self.found_fold } else { &self.fold },
            flat: self.flat,
            rank: &|proc| tree_order::rank(sort, proc, users),
            ties: if sort.column == column::COMMAND { Some(&ties) } else { None },
            fits: if find.is_some() { Some(&fits) } else { None },
            kept: self.selected.filter(|_| self.is_chosen).map(|(key, ..)| key),
            followed: self.followed,
            ended_rows: ENDED_ROWS,
            threads: Some(&self.threads).filter(|_| find.is_none()),
        };
        self.rows.build(procs, &wanted);
        self.alive = procs.alive_count();
        self.choose_whom_it_is_about();
        match self.position(procs) {
            Some(at) => self.window.moved(at),
            None if !self.is_chosen => self.window = Window::default(),
            None => {}
        }
        self.settle(height);
    }

    /// Follows the selected process, or no longer. Who that is.
    pub fn toggle_follow(&mut self) -> Option<ProcKey> {
        let selected = self.selected()?;
        self.followed = if self.followed.is_some() { None } else { Some(selected) };
        (self.is_chosen, self.built) = (true, None);
        Some(selected)
    }

    /// Follows nobody any more. The selection stays.
    pub fn unfollow(&mut self) {
        self.followed = None;
    }

    /// Looks for this among the processes, or for nothing. How many fit.
    pub fn look_for(&mut self, text: &str, view: View) -> usize {
        let find = Find::new(text, &self.users, self.find.take());
        if find.is_none()
            && let Some((key, ..)) = self.selected.filter(|_| self.is_chosen)
        {
            self.fold.reveal(view.procs, &key);
        }
        self.found_fold = Fold::default();
        self.find = find;
        self.rebuild(view);
        if let Some(at) = self.best(view.procs) {
            self.followed = None; // who looks for another looks at that one
            self.window = Window { top: 0, at };
            self.chosen(view.height);
        }
        self.rows.fitting
    }

    /// The row that fits best what is looked for; of those that do alike, the first.
    fn best(&self, procs: &Procs) -> Option<usize> {
        let find = self.find.as_ref()?;
        let fitting = self.rows.list.iter().enumerate().filter(|(_, row)| row.fits);
        let rank = |row: &TreeRow| procs.get(&row.key).map_or(u8::MAX, |proc| find.rank(proc));
        fitting.min_by_key(|(_, row)| rank(row)).map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, ForkEvent, Header, Party};
    use crate::model::{Limits, Model};
    use crate::ui::list::Step;

    const MS: u64 = 1_000_000;

    fn fork(model: &mut Model, pid: u32) {
        let key = ProcKey { pid, start_ns: u64::from(pid) };
        let child = Party { key, tid: pid, ..Party::default() };
        let parent = ProcKey { pid: 1, start_ns: 1 };
        model.apply(&Event::Fork(ForkEvent { mono_ns: 1, child, parent }));
    }

    /// The more there are, the less often; what the user asks for is there at once.
    #[test]
    fn very_many_rows_are_not_built_for_every_picture() {
        let mut model = Model::new(Header::default(), Limits::default());
        (1..=10_000).for_each(|pid| fork(&mut model, pid));
        let mut tree = TreeState::new([].into(), Vec::new());
        let at = |tree: &mut TreeState, model: &Model, ms: u64| {
            tree.refresh(View { procs: &model.procs, now_ns: ms * MS, height: 9 });
            tree.rows.list.len()
        };
        assert_eq!(at(&mut tree, &model, 1000), 10_000);
        fork(&mut model, 10_001);
        assert_eq!(at(&mut tree, &model, 1033), 10_000);
        assert_eq!(at(&mut tree, &model, 1066), 10_001);
        fork(&mut model, 10_002);
        tree.toggle_flat(View { procs: &model.procs, now_ns: 1067 * MS, height: 9 });
        assert_eq!(tree.rows.list.len(), 10_002);
        // The selection stays with its process though the rows in between are old.
        tree.step(Step::Last, 9);
        assert_eq!(tree.selected().map(|key| key.pid), Some(10_002));
    }

    #[test]
    fn whom_the_user_came_for_is_selected_once() {
        let mut model = Model::new(Header::default(), Limits::default());
        (1..=9).for_each(|pid| fork(&mut model, pid));
        let mut tree = TreeState::new([].into(), vec![10]);
        let selected = |tree: &mut TreeState, model: &Model, rebuild: bool| {
            if rebuild {
                tree.rebuild(View { procs: &model.procs, now_ns: MS, height: 9 });
            }
            tree.selected().map(|key| key.pid)
        };
        assert_eq!(selected(&mut tree, &model, true), Some(1), "it is not there yet");
        fork(&mut model, 10);
        fork(&mut model, 11);
        assert_eq!(selected(&mut tree, &model, true), Some(10));
        tree.step(Step::Last, 9);
        assert_eq!(selected(&mut tree, &model, false), Some(11));
        tree.turn(Turn::Reverse, &[0], View { procs: &model.procs, now_ns: MS, height: 9 });
        assert_eq!(selected(&mut tree, &model, false), Some(1), "who asks for another order wants the first");

        let mut tree = TreeState::new([].into(), vec![12]);
        selected(&mut tree, &model, true);
        tree.step(Step::Last, 9);
        selected(&mut tree, &model, true);
        tree.turn(Turn::Reverse, &[0], View { procs: &model.procs, now_ns: MS, height: 9 });
        fork(&mut model, 12);
        assert_eq!(selected(&mut tree, &model, true), Some(1), "the user was quicker");
    }

    #[test]
    fn an_order_that_there_is_not_is_by_pid() {
        let mut tree = TreeState::new([].into(), Vec::new());
        tree.arrange(Sort::by(99), true);
        assert_eq!(tree.arrangement(), (BY_PID, true));
        tree.arrange(Sort::by(column::SENT), false);
        assert_eq!(tree.arrangement(), (Sort::by(column::SENT), false));
    }
}
