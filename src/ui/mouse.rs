//! What the mouse does: a click chooses what is under it, the wheel scrolls it, whatever has the keys.

use super::action::Effect;
use super::layout::Panel;
use super::list::Step;
use super::state::checklist::Grid;
use super::state::ranking::Listed;
use super::state::sort::Turn;
use super::{Popup, Ui, view};
use crate::model::Model;

/// How many rows a turn of the wheel is.
const WHEEL_ROWS: isize = 3;

impl Ui {
    /// The mouse was pressed on this cell.
    pub(super) fn click(&mut self, column: u16, row: u16, model: &Model) -> Option<Effect> {
        let (width, height) = (self.width, self.height);
        let bar = self.layout(width, height).bar;
        match &mut self.popup {
            None => self.click_panel(column, row, model),
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

    fn click_panel(&mut self, column: u16, row: u16, model: &Model) {
        let layout = self.layout(self.width, self.height);
        let Some(place) = layout.at(column, row) else { return };
        self.look_at(view::frames::tab_at(place, column, row, self).unwrap_or(place.panel));
        let rows = self.list_area(place);
        if row + 1 == rows.y
            && let Some(head) = view::column_at(place, column, self)
        {
            return self.sort(place.panel, Turn::Column(head), model);
        }
        if row < rows.y || row >= rows.bottom() {
            return;
        }
        let (line, height) = (usize::from(row - rows.y), usize::from(rows.height));
        match place.panel {
            Panel::Tree => self.tree.click(line, height),
            Panel::Log => self.log.click(line, height),
            Panel::Signals => self.counters.signals.click(line, height),
            Panel::Senders => self.counters.senders_list().click(line, height),
            Panel::Detail => {}
        }
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
            Panel::Detail => self.detail_top = self.detail_top.saturating_add_signed(by),
        }
    }
}
