//! The signal log: which rows are shown, whether it follows the newest, which row is selected.
//!
//! An index of the sequence numbers that are shown (those not hidden) is kept up as rows come and go, so that a
//! picture costs the same whether one row in two or one in a thousand is shown.

use super::Frozen;
use crate::model::{Entry, Log};
use crate::signal::{Signal, SignalSet};
use crate::ui::list::{Step, Window};
use std::collections::VecDeque;

/// State of the log panel.
pub struct LogState {
    /// Sequence numbers of the rows that are not hidden, rising.
    pub index: VecDeque<u64>,
    /// What part of the index is shown.
    pub window: Window,
    /// Whether the newest row is always shown. Then no row is selected.
    pub follow: bool,
    /// The signals whose rows are hidden.
    pub hidden: SignalSet,
    selected: Option<u64>,
    scanned: u64,
}

impl LogState {
    /// What is noise to most: children that end, and the Go runtime preempting its threads.
    pub fn noise() -> SignalSet {
        [Signal::CHLD, Signal::URG].into_iter().collect()
    }

    /// Follows the newest row; noise is hidden.
    pub fn new() -> LogState {
        LogState {
            index: VecDeque::new(),
            window: Window::default(),
            follow: true,
            hidden: LogState::noise(),
            selected: None,
            scanned: 0,
        }
    }

    /// The selected row's sequence number; none while the log follows.
    pub fn selected(&self) -> Option<u64> {
        self.selected.filter(|_| !self.follow)
    }

    /// How many rows that are shown come after the last one on the screen.
    pub fn newer(&self, height: usize) -> usize {
        self.index.len().saturating_sub(self.window.top + height)
    }

    /// Takes in the rows that came, and lets go of those that went.
    pub fn refresh(&mut self, log: &Log, height: usize) {
        while self.index.front().is_some_and(|seq| *seq < log.first()) {
            self.index.pop_front();
        }
        for seq in self.scanned.max(log.first())..log.end() {
            if log.signal(seq).is_none_or(|signal| !self.hidden.contains(signal)) {
                self.index.push_back(seq);
            }
        }
        self.scanned = log.end();
        self.find_selected();
        self.settle(height);
    }

    /// Hides these signals' rows and no others.
    pub fn hide(&mut self, hidden: SignalSet, log: &Log, frozen: Option<&Frozen>, height: usize) {
        self.hidden = hidden;
        self.rebuild(log, frozen, height);
    }

    /// Makes the index anew, from what is frozen if the picture stands still.
    pub fn rebuild(&mut self, log: &Log, frozen: Option<&Frozen>, height: usize) {
        self.index.clear();
        self.scanned = 0;
        if let Some(frozen) = frozen {
            let shown = frozen.entries().filter(|(_, entry)| self.shows(entry)).map(|(seq, _)| seq);
            self.index = shown.collect();
            self.find_selected();
            self.settle(height);
        } else {
            self.refresh(log, height);
        }
    }

    fn shows(&self, entry: &Entry) -> bool {
        !matches!(entry, Entry::Signal(row) if self.hidden.contains(row.event.signal))
    }

    /// Up to `most` sequence numbers of the rows that are shown on the screen and before and after it.
    pub fn around(&self, most: usize) -> impl Iterator<Item = u64> {
        let from = self.window.top.saturating_sub(most / 2).min(self.index.len().saturating_sub(most));
        self.index.iter().skip(from).take(most).copied()
    }

    /// Moves the selection. Upwards ends following; to the end, or down from the newest row, begins it again.
    pub fn step(&mut self, step: Step, height: usize) {
        let last = self.index.len().saturating_sub(1);
        match step {
            Step::Last => self.follow = true,
            Step::Down | Step::PageDown if self.follow || self.window.at == last => self.follow = true,
            _ if self.index.is_empty() => {}
            Step::Up if self.follow => {
                self.follow = false;
                self.window.at = last;
            }
            _ => {
                self.follow = false;
                self.window.step(step, self.index.len(), height);
            }
        }
        self.settle(height);
    }

    /// Moves the window; down to the newest row it follows again.
    pub fn scroll(&mut self, rows: isize, height: usize) {
        self.window.scroll(rows, self.index.len(), height);
        self.follow = rows > 0 && self.newer(height) == 0 || self.index.len() <= height && self.follow;
        self.settle(height);
    }

    /// Selects the row on this line of the panel.
    pub fn click(&mut self, line: usize, height: usize) {
        if self.window.top + line < self.index.len() {
            self.follow = false;
            self.window.at = self.window.top + line;
        }
        self.settle(height);
    }

    /// The selected row, or the next one after it that is still shown, is now somewhere else in the index.
    fn find_selected(&mut self) {
        if let Some(seq) = self.selected {
            self.window.moved(self.index.partition_point(|s| *s < seq));
        }
    }

    /// After the size or the rows changed.
    pub fn settle(&mut self, height: usize) {
        if self.follow {
            self.window.at = usize::MAX;
        }
        self.window.settle(self.index.len(), height);
        self.selected = self.index.get(self.window.at).copied().filter(|_| !self.follow);
    }
}

impl Default for LogState {
    fn default() -> LogState {
        LogState::new()
    }
}
