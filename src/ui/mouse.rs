//! What the mouse does: a click chooses what is under it, a second one opens it, the wheel scrolls it, whatever has the
//! keys; on the footer, a click does what the key does.

use super::action::{Action, Effect};
use super::head::Play;
use super::layout::Panel;
use super::list::Step;
use super::state::Subject;
use super::state::checklist::Grid;
use super::state::ranking::Listed;
use super::state::sort::Turn;
use super::{Popup, Ui, view};
use crate::model::Model;

/// How many rows a turn of the wheel is.
const WHEEL_ROWS: isize = 3;

/// Two clicks on a row within so long are one that opens it.
const DOUBLE_NS: u64 = 400_000_000;

/// The last click on a row, and when the next one is.
#[derive(Default)]
pub(super) struct Clicks {
    pub(super) now_ns: Option<u64>,
    last: Option<(Panel, Subject, u64)>,
}

impl Clicks {
    /// Whether this is the second click on what is now selected in the panel.
    fn is_second(&mut self, panel: Panel, subject: Option<Subject>) -> bool {
        let (Some(subject), Some(now_ns)) = (subject, self.now_ns.take()) else { return false };
        let before = self.last.take().filter(|before| (before.0, before.1) == (panel, subject));
        let is_second = before.is_some_and(|(.., when)| now_ns.saturating_sub(when) <= DOUBLE_NS);
        self.last = (!is_second).then_some((panel, subject, now_ns));
        is_second
    }
}

impl Ui {
    /// Whether the action is a click on the last line.
    pub(super) fn is_on_footer(&self, action: &Action) -> bool {
        matches!(action, Action::Click { row, .. } if *row + 1 == self.height)
    }

    /// The mouse was pressed on this cell.
    pub(super) fn click(&mut self, column: u16, row: u16, model: &Model) -> Option<Effect> {
        let (width, height) = (self.width, self.height);
        let footer = self.layout(width, height).footer;
        if let Some(action) = view::footer::action_at(self, footer, column, row) {
            return self.perform(action, model);
        }
        let bar = self.layout(width, height).bar;
        match &mut self.popup {
            None => return self.click_panel(column, row, model),
            Some(Popup::Help(_) | Popup::Page(_) | Popup::Prompt(_)) => {}
            Some(Popup::Checklist(list)) => list.click(column, row, &Grid::new(width, height)),
            Some(Popup::Chooser(chooser)) => {
                if chooser.click(column, row, width, height) {
                    return self.apply(model);
                }
            }
            Some(Popup::Send(sending)) => {
                if sending.click(column, row, (width, height)) {
                    return self.apply(model);
                }
            }
            Some(Popup::Bar(text)) => {
                if let Some(at) = view::bar::candidate_at(text, bar, column, row) {
                    text.click(at);
                }
            }
        }
        None
    }

    fn click_panel(&mut self, column: u16, row: u16, model: &Model) -> Option<Effect> {
        let layout = self.layout(self.width, self.height);
        if let Some(moment) = view::time::moment_at(self, model, layout.time, column, row) {
            return self.play(Play::To(moment), model);
        }
        let place = layout.at(column, row)?;
        self.look_at(view::frames::tab_at(place, column, row, self).unwrap_or(place.panel));
        let rows = self.list_area(place);
        if row + 1 == rows.y
            && let Some(head) = view::column_at(place, column, self)
        {
            self.sort(place.panel, Turn::Column(head), model);
            return None;
        }
        if row < rows.y || row >= rows.bottom() {
            return None;
        }
        let (line, height) = (usize::from(row - rows.y), usize::from(rows.height));
        match place.panel {
            Panel::Tree => self.tree.click(line, height),
            Panel::Log => self.log.click(line, height),
            Panel::Signals => self.counters.signals.click(line, height),
            Panel::Senders => self.counters.senders_list().click(line, height),
            Panel::Alerts => self.alerts.list.click(line, height),
            Panel::Detail => {}
        }
        let is_row = self.list(place.panel).is_some_and(|(window, len)| window.top + line < len);
        let is_second = is_row && self.clicks.is_second(place.panel, self.selection(place.panel));
        if is_second { self.perform(Action::Open, model) } else { None }
    }

    /// The wheel was turned over this cell.
    pub(super) fn wheel(&mut self, column: u16, row: u16, down: bool) {
        let by = if down { WHEEL_ROWS } else { -WHEEL_ROWS };
        if let Some(Popup::Bar(bar)) = &mut self.popup {
            if bar.offer.is_some() {
                return bar.scroll(by);
            }
        } else if self.popup.is_some() {
            let step = if down { Step::Down } else { Step::Up };
            (0..WHEEL_ROWS).for_each(|_| self.step(step));
            return;
        }
        let Some(place) = self.layout(self.width, self.height).at(column, row).copied() else { return };
        let height = self.list_area(&place).height.into();
        match place.panel {
            Panel::Tree => self.tree.scroll(by, height),
            Panel::Log => self.log.scroll(by, height),
            Panel::Signals => self.counters.signals.scroll(by, height),
            Panel::Senders => self.counters.senders_list().scroll(by, height),
            Panel::Alerts => self.alerts.list.scroll(by, height),
            Panel::Detail => self.detail_top = self.detail_top.saturating_add_signed(by),
        }
    }
}
