//! A list in the order of one of its columns, of which a few hundred lines are kept: a sort never hides who matters,
//! for the lines that are kept are chosen by the same order.

use super::sort::{Sort, Turn};
use crate::ui::list::{Step, Window};
use std::cmp::Ordering;

/// How two lines stand to each other by a column, the one first that is looked for first.
pub type Order<L> = fn(usize, &L, &L) -> Ordering;

/// A list in rank order. Until a row is chosen the first one is selected, whichever that is.
#[derive(Debug)]
pub struct Ranking<L, K> {
    /// The lines, in order.
    pub lines: Vec<L>,
    /// What part of them is shown.
    pub window: Window,
    /// How they are sorted.
    pub sort: Sort,
    /// How many there are in all, kept or not.
    pub count: usize,
    chosen: Option<K>,
    key: fn(&L) -> K,
    order: Order<L>,
}

impl<L, K: Copy + PartialEq> Ranking<L, K> {
    /// The most lines that are kept.
    pub const MOST: usize = 500;

    /// An empty list that is sorted by this column.
    pub(super) fn new(column: usize, key: fn(&L) -> K, order: Order<L>) -> Ranking<L, K> {
        let (lines, window, sort) = (Vec::new(), Window::default(), Sort::by(column));
        Ranking { lines, window, sort, count: 0, chosen: None, key, order }
    }

    /// Empty again, sorted as it was.
    pub(super) fn clear(&mut self) {
        self.lines.clear();
        (self.window, self.count, self.chosen) = (Window::default(), 0, None);
    }

    /// The first of these lines instead.
    pub(super) fn fill(&mut self, mut lines: Vec<L>) {
        self.count = lines.len();
        let (order, sort) = (self.order, self.sort);
        choose(&mut lines, |a, b| sorted(sort, order, a, b));
        self.lines.clear(); // and keeps its memory: that of all lines is given back
        self.lines.append(&mut lines);
    }

    /// In another order.
    pub(super) fn turn(&mut self, turn: Turn, columns: &[usize]) {
        self.sort = self.sort.turned(turn, columns);
        let (order, sort) = (self.order, self.sort);
        self.lines.sort_by(|a, b| sorted(sort, order, a, b));
    }

    /// Selects the line at this position.
    pub fn choose(&mut self, at: usize) {
        self.window.at = at;
        self.chosen = self.selected();
    }

    /// The selected line.
    pub fn selected_line(&self) -> Option<&L> {
        self.lines.get(self.window.at)
    }

    /// The selected line's key.
    pub fn selected(&self) -> Option<K> {
        self.selected_line().map(self.key)
    }
}

/// Which of two comes first.
pub(super) fn sorted<L>(sort: Sort, order: Order<L>, a: &L, b: &L) -> Ordering {
    if sort.reversed { order(sort.column, b, a) } else { order(sort.column, a, b) }
}

/// The first of all in this order, and in it.
pub(super) fn choose<T>(all: &mut Vec<T>, order: impl Fn(&T, &T) -> Ordering) {
    const MOST: usize = Ranking::<(), ()>::MOST;
    if all.len() > MOST {
        all.select_nth_unstable_by(MOST, &order);
        all.truncate(MOST);
    }
    all.sort_by(order);
}

/// What can be done to a list, whatever its lines are.
pub trait Listed {
    /// What part of it is shown, and how many lines it has.
    fn shown(&self) -> (Window, usize);
    /// Moves the selection.
    fn step(&mut self, step: Step, height: usize);
    /// Moves the window.
    fn scroll(&mut self, rows: isize, height: usize);
    /// Selects the row on this line of the panel.
    fn click(&mut self, line: usize, height: usize);
    /// After the size or the lines changed: the selection stays with what was chosen, whatever rank it has now.
    fn settle(&mut self, height: usize);
    /// Another order, among these columns.
    fn sort(&mut self, turn: Turn, columns: &[usize]);
}

impl<L, K: Copy + PartialEq> Listed for Ranking<L, K> {
    fn shown(&self) -> (Window, usize) {
        (self.window, self.lines.len())
    }

    fn step(&mut self, step: Step, height: usize) {
        self.window.step(step, self.lines.len(), height);
        self.chosen = self.selected();
    }

    fn scroll(&mut self, rows: isize, height: usize) {
        self.window.scroll(rows, self.lines.len(), height);
        self.chosen = self.selected();
    }

    fn click(&mut self, line: usize, height: usize) {
        self.window.at = self.window.top + line;
        self.window.settle(self.lines.len(), height);
        self.chosen = self.selected();
    }

    fn settle(&mut self, height: usize) {
        let chosen = |key| self.lines.iter().position(|line| (self.key)(line) == key);
        if let Some(at) = self.chosen.and_then(chosen) {
            self.window.at = at;
        }
        self.window.settle(self.lines.len(), height);
    }

    fn sort(&mut self, turn: Turn, columns: &[usize]) {
        self.turn(turn, columns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_chosen_by_the_order() {
        let order: Order<(u32, u32)> = |column, a, b| if column == 0 { a.0.cmp(&b.0) } else { b.1.cmp(&a.1) };
        let mut list: Ranking<(u32, u32), u32> = Ranking::new(0, |line| line.0, order);
        let all = || (0..2000).map(|n| (n, n * 7 % 2000)).collect();
        list.fill(all());
        assert_eq!((list.lines.len(), list.count, list.lines[0].0, list.lines[499].0), (500, 2000, 0, 499));
        list.turn(Turn::Column(1), &[0, 1]);
        list.fill(all());
        assert_eq!((list.lines[0].1, list.lines[499].1), (1999, 1500));
        list.turn(Turn::Reverse, &[0, 1]);
        list.fill(all());
        assert_eq!((list.lines[0].1, list.lines[499].1), (0, 499));
        list.click(3, 10);
        let chosen = list.selected();
        list.turn(Turn::Column(0), &[0, 1]);
        list.settle(10);
        assert_eq!(list.selected(), chosen, "the selection stays with its row");
    }
}
