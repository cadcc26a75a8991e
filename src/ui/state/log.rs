//! The signal log: which rows are shown, whether it follows the newest, which row is selected.
//!
//! An index of the sequence numbers that are shown (those not hidden) is kept up as rows come and go, so that a
//! picture costs the same whether one row in two or one in a thousand is shown.

use super::marks::Marks;
use super::{Frozen, filters};
use crate::event::Event;
use crate::filter::{Filter, eval};
use crate::model::{Entry, Model};
use crate::signal::{Signal, SignalSet};
use crate::ui::list::{Step, Window};
use crate::ui::people::ModelPeople;
use std::collections::VecDeque;

/// The rows that there are, and the filter that says which of them are shown.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// Where they are kept.
    pub model: &'a Model,
    /// Where those are that are shown while the picture stands still.
    pub frozen: Option<&'a Frozen>,
    /// The view.
    pub view: &'a Filter,
}

impl Rows<'_> {
    /// Whether the view shows this row. Rows about the stream itself are always shown.
    fn fits(&self, entry: Option<Entry>) -> bool {
        match entry {
            Some(entry) if entry.is_of_stream() => true,
            Some(entry) => self.shows(&entry.event()),
            None => true,
        }
    }
}

impl Rows<'_> {
    fn shows(&self, event: &Event) -> bool {
        eval::matches(self.view, event, &ModelPeople(&self.model.procs))
    }
}

/// State of the log panel.
pub struct LogState {
    /// Sequence numbers of the rows that are not hidden, rising.
    pub index: VecDeque<u64>,
    /// What part of the index is shown.
    pub window: Window,
    /// How many rows are kept, shown or not, once older ones had to go.
    pub kept: Option<u64>,
    /// Whether the newest row is always shown. Then no row is selected.
    pub follow: bool,
    /// The signals whose rows are hidden.
    pub hidden: SignalSet,
    /// Whether those of probes are: who only asks whether somebody is there sends nothing.
    pub hides_probes: bool,
    /// The rows that the user marked.
    pub marks: Marks,
    selected: Option<u64>,
    scanned: u64,
    /// Those rows of the index that are about the stream itself.
    notes: VecDeque<u64>,
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
            kept: None,
            follow: true,
            hidden: LogState::noise(),
            hides_probes: true,
            marks: Marks::default(),
            selected: None,
            scanned: 0,
            notes: VecDeque::new(),
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

    /// How many rows the view shows: not those about the stream itself, that always are.
    pub fn viewed(&self) -> usize {
        self.index.len() - self.notes.len()
    }

    /// Selects the row with this sequence number. Whether it is shown.
    pub fn select(&mut self, seq: u64, height: usize) -> bool {
        let Ok(at) = self.index.binary_search(&seq) else { return false };
        self.follow = false;
        self.window.at = at;
        self.settle(height);
        true
    }

    /// Where the log follows, it stops, and its newest row is selected.
    pub fn stop_at_newest(&mut self, height: usize) {
        if self.follow && !self.index.is_empty() {
            self.follow = false;
            self.window.at = self.index.len() - 1;
            self.settle(height);
        }
    }

    /// The nearest marked row that is shown, after the selected one or before it.
    pub fn next_mark(&self, forward: bool) -> Option<u64> {
        let is_shown = |seq: &u64| self.index.binary_search(seq).is_ok();
        match (self.selected(), forward) {
            (Some(at), true) => self.marks.after(at).find(is_shown),
            (None, true) => None,
            (at, false) => self.marks.before(at.unwrap_or(u64::MAX)).find(is_shown),
        }
    }

    /// Takes in the rows that came, and lets go of those that went. Each row is asked once whether it is shown.
    pub fn refresh(&mut self, rows: Rows, height: usize) {
        let log = &rows.model.log;
        while self.index.front().is_some_and(|seq| *seq < log.first()) {
            self.index.pop_front();
        }
        while self.notes.front().is_some_and(|seq| *seq < log.first()) {
            self.notes.pop_front();
        }
        self.marks.forget_before(log.first());
        let shown = self.shown(rows.view);
        let asks = !rows.view.is_everything();
        for seq in self.scanned.max(log.first())..log.end() {
            let is_shown = log.signal(seq).is_none_or(|signal| shown.contains(signal));
            let is_shown = is_shown && !(self.hides_probes && log.is_probe(seq));
            if is_shown && (!asks || rows.fits(log.get(seq))) {
                self.index.push_back(seq);
                if log.is_no_signal(seq) && log.get(seq).is_some_and(|entry| entry.is_of_stream()) {
                    self.notes.push_back(seq);
                }
            }
        }
        self.scanned = log.end();
        self.kept = (log.first() > 0).then_some(log.len() as u64);
        self.find_selected();
        self.settle(height);
    }

    /// Whether a row of this event would be shown. Not every event has one.
    pub fn would_show(&self, event: &Event, rows: Rows) -> bool {
        let (signal, is_probe) = match event {
            Event::Signal(e) => (Some(e.signal), false),
            Event::Attempt(e) => (e.signal(), e.is_probe()),
            Event::File(_) | Event::Connect(_) | Event::Alert(_) => (None, false),
            _ => return false,
        };
        signal.is_none_or(|signal| self.shown(rows.view).contains(signal))
            && !(self.hides_probes && is_probe)
            && (rows.view.is_everything() || rows.shows(event))
    }

    /// The model is another one. Where its rows have other numbers, nothing of the rows that were is kept.
    pub fn anew(&mut self, same_rows: bool, rows: Rows, height: usize) {
        if !same_rows {
            (self.selected, self.follow, self.marks) = (None, true, Marks::default());
        }
        if self.selected.is_some_and(|seq| seq >= rows.model.log.end()) {
            (self.selected, self.follow) = (None, true);
        }
        self.rebuild(rows, height);
    }

    /// The signals whose rows may be shown.
    fn shown(&self, view: &Filter) -> SignalSet {
        SignalSet::from_bits(filters::signals(view).bits() & !self.hidden.bits())
    }

    /// Whether some noise is hidden.
    pub fn hides_noise(&self) -> bool {
        !self.hidden.is_empty() || self.hides_probes
    }

    /// Shows all noise; where none is hidden, hides it.
    pub fn toggle_noise(&mut self) {
        let hides = !self.hides_noise();
        (self.hidden, self.hides_probes) = (if hides { LogState::noise() } else { SignalSet::EMPTY }, hides);
    }

    /// What this filter asks for by name is no noise. Whether some of it was hidden.
    pub fn unhide(&mut self, filter: &Filter) -> bool {
        let hidden = SignalSet::from_bits(self.hidden.bits() & !filters::named(filter).bits());
        let hides_probes = self.hides_probes && !filters::names_probes(filter);
        let were_hidden = (self.hidden, self.hides_probes) != (hidden, hides_probes);
        (self.hidden, self.hides_probes) = (hidden, hides_probes);
        were_hidden
    }

    /// Makes the index anew, from what is frozen if the picture stands still.
    pub fn rebuild(&mut self, rows: Rows, height: usize) {
        self.index.clear();
        self.notes.clear();
        self.scanned = 0;
        let Some(frozen) = rows.frozen else { return self.refresh(rows, height) };
        let shown = self.shown(rows.view);
        let is_shown = |entry: &Entry| match entry {
            Entry::Signal(row) => shown.contains(row.event.signal) && rows.fits(Some(entry.clone())),
            Entry::Attempt(e) => {
                e.signal().is_none_or(|signal| shown.contains(signal))
                    && !(self.hides_probes && e.is_probe())
                    && rows.fits(Some(entry.clone()))
            }
            _ => rows.view.is_everything() || rows.fits(Some(entry.clone())),
        };
        for (seq, entry) in frozen.entries().filter(|(_, entry)| is_shown(entry)) {
            self.index.push_back(seq);
            if entry.is_of_stream() {
                self.notes.push_back(seq);
            }
        }
        self.find_selected();
        self.settle(height);
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
