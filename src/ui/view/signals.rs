//! Counters by signal: how many, how fast, what came of them, and the last minute as a graph.
//!
//! What came of them gives way first where there is little room, the deaths last of it.

use super::table::{Column, NICE, Row, Table, graph, number, text as column};
use super::{Canvas, Pen};
use crate::event::SendResult;
use crate::ui::layout::{Panel, Place};
use crate::ui::state::counters::signal_column as is;
use crate::ui::state::filters;
use crate::ui::theme::Role;
use crate::ui::{Ui, text};

const COLUMNS: [Column; 10] = [
    column("SIGNAL", [9, 9, 12], 0),
    number("TOTAL", [7, 7, 11], 0),
    number("RATE", [5, 5, 8], 1),
    number("KILLED", [6, 7, 9], NICE),
    number("HANDLED", [7, 8, 10], NICE + 2),
    number("IGNORED", [7, 8, 10], NICE + 3),
    number("COALESCED", [9, 10, 10], NICE + 4),
    number("FAILED", [6, 7, 9], NICE + 1),
    number("UNSEEN", [6, 7, 9], NICE + 5),
    graph("TREND", [5, 15, 60], 2),
];

/// The columns that fit.
pub fn table(place: &Place) -> Table<10> {
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
            is::SIGNAL => {
                let name = signal.key.map_or("not known", |s| s.short_name());
                pen.text(name, if is_off || is_hidden { Role::Dim } else { Role::Signal });
                if (is_off || is_hidden) && pen.room() > "off".len() {
                    pen.skip(1).text(if is_off { "off" } else { "hid" }, Role::Notice);
                }
            }
            is::TOTAL => pen.put(&text::number(signal.total, pen.room()), role),
            is::RATE => pen.put(&text::rate(signal.rate, pen.room()), if signal.rate > 0.0 { role } else { Role::Dim }),
            is::KILLED => some(pen, signal.killed, Role::Fatal),
            is::HANDLED => some(pen, signal.handled, role),
            is::IGNORED => some(pen, signal.of(SendResult::Ignored), Role::Dim),
            is::COALESCED => some(pen, signal.of(SendResult::Coalesced), Role::Dim),
            is::FAILED => some(pen, signal.of(SendResult::Failed), Role::Fatal),
            is::UNSEEN => some(pen, signal.unseen(), if signal.lost > 0 { Role::Alarm } else { Role::Dim }),
            _ => pen.minute(&signal.spark, Role::Graph),
        });
    }
}

/// A number where there is something: a column of noughts hides the others.
pub fn some(pen: &mut Pen, count: u64, role: Role) {
    if count > 0 {
        pen.put(&text::number(count, pen.room()), role);
    }
}
