//! Moving about: which panel has the keys, which row is selected, how lists are sorted, and that all of it stays within
//! its bounds whatever changed.

use super::layout::Panel;
use super::list::Step;
use super::state::checklist::{Checklist, Grid};
use super::state::chooser::Chooser;
use super::state::ranking::Listed;
use super::state::sort::Turn;
use super::{Page, Popup, Ui, view};
use crate::model::Model;

impl Ui {
    pub(super) fn look_at(&mut self, panel: Panel) {
        let at = self.recent.iter().position(|p| *p == panel).unwrap_or(0);
        self.recent[..=at].rotate_right(1);
    }

    /// To the panel beside, past the alerts where there are none.
    pub(super) fn look_beside(&mut self, beside: impl Fn(Panel) -> Panel) {
        let panel = beside(self.focus());
        let is_there = panel != Panel::Alerts || self.shape.has_alerts;
        self.look_at(if is_there { panel } else { beside(panel) });
    }

    /// How many rows of its list a panel shows.
    pub(super) fn rows(&self, panel: Panel) -> usize {
        let layout = self.layout(self.width, self.height);
        layout.place(panel).map_or(0, |place| self.list_area(place).height.into())
    }

    pub(super) fn step(&mut self, step: Step) {
        let grid = Grid::new(self.width, self.height);
        match &mut self.popup {
            Some(Popup::Checklist(list)) => return list.step(step, &grid),
            Some(Popup::Chooser(chooser)) => return chooser.step(step),
            Some(Popup::Send(sending)) => return sending.step(step, (self.width, self.height)),
            Some(Popup::Bar(bar)) => return bar.step(step, self.filters.recent()),
            Some(Popup::Help(top)) => {
                let height = view::help::height(self.height);
                *top = moved(*top, step, height);
                return;
            }
            Some(Popup::Page(page)) => {
                page.top = moved(page.top, step, view::page::height(self.height));
                return;
            }
            Some(Popup::Prompt(prompt)) if !prompt.is_of_tree() => return,
            Some(Popup::Prompt(_)) | None => {}
        }
        let rows = self.rows(self.focus());
        match self.focus() {
            Panel::Tree => self.tree.step(step, rows),
            Panel::Log => self.log.step(step, rows),
            Panel::Signals => self.counters.signals.step(step, rows),
            Panel::Senders => self.counters.senders_list().step(step, rows),
            Panel::Alerts => self.alerts.list.step(step, rows),
            Panel::Detail => self.detail_top = moved(self.detail_top, step, rows),
        }
    }

    /// Sorts a panel's list, if it can be sorted, by one of the columns that are shown.
    pub(super) fn sort(&mut self, panel: Panel, turn: Turn, model: &Model) {
        let layout = self.layout(self.width, self.height);
        let columns = layout.place(panel).map_or(Vec::new(), |place| view::columns(place, self));
        match panel {
            Panel::Signals => self.counters.sort_signals(turn, &columns),
            Panel::Senders => {
                self.counters.sort_senders(turn, &columns, model, self.now_ns, self.frozen.is_some());
            }
            Panel::Tree => self.sort_tree(turn, model),
            Panel::Alerts => self.alerts.sort(turn, &columns),
            Panel::Log | Panel::Detail => {}
        }
    }

    pub(super) fn chooser(&mut self, change: impl FnOnce(&mut Chooser)) {
        if let Some(Popup::Chooser(chooser)) = &mut self.popup {
            change(chooser);
        }
    }

    pub(super) fn checklist(&mut self, change: impl FnOnce(&mut Checklist, &Grid)) {
        let grid = Grid::new(self.width, self.height);
        if let Some(Popup::Checklist(list)) = &mut self.popup {
            change(list, &grid);
        }
    }

    /// Closes what is open; of the bar, first its list.
    pub(super) fn close(&mut self) {
        if self.leave_send() {
            return;
        }
        let is_list_closed = if let Some(Popup::Bar(bar)) = &mut self.popup { bar.close_offer() } else { false };
        if !is_list_closed {
            self.popup = None;
        }
    }

    /// Brings every list within its bounds, whatever changed.
    pub(super) fn settle(&mut self, model: &Model) {
        self.settle_alerts();
        let layout = self.layout(self.width, self.height);
        self.tree.settle(layout.height(Panel::Tree));
        self.log.settle(layout.height(Panel::Log));
        self.counters.signals.settle(layout.height(Panel::Signals));
        self.alerts.list.settle(layout.height(Panel::Alerts));
        let senders = self.rows(Panel::Senders);
        self.counters.senders_list().settle(senders);
        let grid = Grid::new(self.width, self.height);
        match &mut self.popup {
            Some(Popup::Checklist(list)) => list.settle(&grid),
            Some(Popup::Send(sending)) => sending.settle((self.width, self.height)),
            _ => {}
        }
        self.settle_text(model);
        let subject = self.subject();
        if self.detail_of != subject {
            (self.detail_of, self.detail_top) = (subject, 0);
        }
        if self.detail_top > 0 {
            let lines = layout.place(Panel::Detail).map_or(0, |place| view::detail::line_count(self, model, place));
            self.detail_top = self.detail_top.min(lines.saturating_sub(layout.height(Panel::Detail)));
        }
    }

    /// Texts that are scrolled end at their last line.
    fn settle_text(&mut self, model: &Model) {
        let last = match &self.popup {
            Some(Popup::Help(_)) => view::help::last_top(self.width, self.height, self, model),
            Some(Popup::Page(page)) => view::page::last_top(page, self.width, self.height, self, model),
            _ => return,
        };
        if let Some(Popup::Help(top) | Popup::Page(Page { top, .. })) = &mut self.popup {
            *top = (*top).min(last);
        }
    }
}

/// The new first line of a text that is scrolled; its end is seen to by `settle`.
fn moved(top: usize, step: Step, height: usize) -> usize {
    let page = height.saturating_sub(1).max(1);
    match step {
        Step::Up => top.saturating_sub(1),
        Step::Down => top.saturating_add(1),
        Step::PageUp => top.saturating_sub(page),
        Step::PageDown => top.saturating_add(page),
        Step::First => 0,
        Step::Last => usize::MAX,
    }
}
