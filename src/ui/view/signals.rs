//! Counters by signal: how many, how fast, and the last minute as a graph.

use super::Canvas;
use super::table::{Column, Row, Table, number, text as column};
use crate::ui::layout::{Panel, Place};
use crate::ui::state::filters;
use crate::ui::theme::Role;
use crate::ui::{Ui, text};

const COLUMNS: [Column; 4] = [
    column("SIGNAL", [9, 9, 12], 0),
    number("TOTAL", [7, 7, 11], 0),
    number("RATE", [5, 5, 8], 1),
    column("TREND", [5, 8, 60], 2),
];

/// The columns that fit.
pub fn table(place: &Place) -> Table<4> {
    Table::fit(&COLUMNS, place.area.width - 2)
}

/// Draws the rows.
pub fn render(canvas: &mut Canvas, place: &Place, ui: &Ui) {
    let table = table(place);
    table.heads(canvas, place.inner(), Some(ui.counters.signals.sort));
    let (list, area) = (&ui.counters.signals, place.rows());
    if list.lines.is_empty() {
        canvas.say(area, "No signal yet.");
    }
    let (captured, viewed) = (ui.filters.signals(), filters::signals(&ui.filters.view));
    for at in list.window.shown(list.lines.len(), area.height) {
        let signal = &list.lines[at];
        let row = Row::new(area, list.window, at, Panel::Signals, ui);
        let is_off = signal.key.is_some_and(|s| !captured.contains(s));
        let is_hidden = signal.key.is_some_and(|s| ui.log.hidden.contains(s) || !viewed.contains(s));
        let role = if is_off || is_hidden { Role::Dim } else { Role::Text };
        table.row(canvas, row, |column, pen| match column {
            0 => {
                let name = signal.key.map_or("not known", |s| s.short_name());
                pen.text(name, if is_off || is_hidden { Role::Dim } else { Role::Signal });
                if (is_off || is_hidden) && pen.room() > "off".len() {
                    pen.skip(1).text(if is_off { "off" } else { "hid" }, Role::Notice);
                }
            }
            1 => pen.put(&text::number(signal.total, pen.room()), role),
            2 => pen.put(&text::rate(signal.rate, pen.room()), if signal.rate > 0.0 { role } else { Role::Dim }),
            _ => pen.bars(&signal.spark, Role::Graph),
        });
    }
}
