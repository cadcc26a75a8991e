//! The arithmetic of a list on the screen: which row is selected, which is the first one shown.
//!
//! Knows positions and nothing else: no rows, no keys, no terminal.

use std::ops::Range;

/// A move within a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One screenful up.
    PageUp,
    /// One screenful down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

/// What part of a list is shown, and which row is selected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Window {
    /// Position of the first row shown.
    pub top: usize,
    /// Position of the selected row.
    pub at: usize,
}

impl Window {
    /// Moves the selection; the window follows.
    pub fn step(&mut self, step: Step, len: usize, height: usize) {
        let page = height.saturating_sub(1).max(1);
        self.at = match step {
            Step::Up => self.at.saturating_sub(1),
            Step::Down => self.at + 1,
            Step::PageUp => self.at.saturating_sub(page),
            Step::PageDown => self.at + page,
            Step::First => 0,
            Step::Last => usize::MAX,
        };
        self.settle(len, height);
    }

    /// Moves the window by so many rows; the selection stays where it is, but within the window.
    pub fn scroll(&mut self, rows: isize, len: usize, height: usize) {
        self.top = self.top.saturating_add_signed(rows).min(len.saturating_sub(height));
        self.at = self.at.clamp(self.top, self.top + height.saturating_sub(1));
        self.settle(len, height);
    }

    /// The selected row is now at `at`: it stays on its line of the screen, unless the list's beginning is shown.
    pub fn moved(&mut self, at: usize) {
        if self.top > 0 {
            self.top = (self.top + at).saturating_sub(self.at);
        }
        self.at = at;
    }

    /// The positions that are shown.
    pub fn shown(&self, len: usize, height: u16) -> Range<usize> {
        self.top.min(len)..(self.top + usize::from(height)).min(len)
    }

    /// Brings both within a list of `len` rows of which `height` are shown, the selected one among them.
    /// With no height the list is not on the screen: it keeps its place for when it is.
    pub fn settle(&mut self, len: usize, height: usize) {
        self.at = self.at.min(len.saturating_sub(1));
        if height == 0 {
            self.top = self.top.min(self.at);
            return;
        }
        self.top = self.top.clamp((self.at + 1).saturating_sub(height), self.at).min(len.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_window_follows_the_selection() {
        let mut window = Window::default();
        window.step(Step::Last, 100, 10);
        assert_eq!(window, Window { top: 90, at: 99 });
        window.step(Step::PageUp, 100, 10);
        assert_eq!(window, Window { top: 90, at: 90 });
        window.step(Step::Up, 100, 10);
        assert_eq!(window, Window { top: 89, at: 89 });
        window.scroll(-3, 100, 10);
        assert_eq!(window, Window { top: 86, at: 89 });
        window.scroll(20, 100, 10);
        assert_eq!(window, Window { top: 90, at: 90 });
    }

    #[test]
    fn a_row_that_moved_stays_on_its_line() {
        let mut window = Window { top: 20, at: 25 };
        window.moved(28);
        assert_eq!(window, Window { top: 23, at: 28 });
        let mut window = Window { top: 0, at: 5 };
        window.moved(6);
        assert_eq!(window, Window { top: 0, at: 6 });
    }

    proptest! {
        #[test]
        fn the_selection_is_always_shown(top: u16, at: u16, len in 0usize..100, height in 0usize..20, rows in -40isize..40) {
            let mut window = Window { top: top.into(), at: at.into() };
            window.scroll(rows, len, height);
            prop_assert!(len == 0 || window.at < len);
            prop_assert!(window.top <= window.at);
            prop_assert!(height == 0 || window.at < window.top + height);
            prop_assert!(height == 0 || window.top <= len.saturating_sub(height));
        }
    }
}
