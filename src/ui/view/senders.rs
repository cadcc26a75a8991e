//! Counters by sender: who sends most, how fast, which signal most, what it killed, and the last minute as a graph.
//! Where it has gone into a signal or a sender, `drill` draws.

use super::signals::some;
use super::table::{Column, NICE, Row, Table, graph, number, text as column};
use super::{Canvas, drill};
use crate::event::SenderKey;
use crate::model::Model;
use crate::ui::layout::{Panel, Place};
use crate::ui::state::counters::sender_column as is;
use crate::ui::state::drill::Level;
use crate::ui::theme::Role;
use crate::ui::{Ui, text};

const COLUMNS: [Column; 8] = [
    column("SENDER", [12, 20, 26], 0),
    number("UID", [5, 5, 8], NICE + 3),
    number("TOTAL", [7, 7, 11], 0),
    number("RATE", [5, 5, 8], 2),
    column("MOST", [6, 7, 9], 1),
    number("KILLED", [6, 6, 9], NICE + 1),
    number("FAILED", [6, 6, 9], NICE + 2),
    graph("TREND", [5, 10, 60], NICE),
];

/// The columns that fit, of all senders.
fn table(place: &Place) -> Table<8> {
    Table::fit(&COLUMNS, place.area.width - 2)
}

/// The columns that are shown.
pub fn columns(place: &Place, ui: &Ui) -> Vec<usize> {
    match ui.counters.drill.level() {
        Level::All => table(place).kept().collect(),
        Level::Senders(_) => drill::senders_table(place).kept().collect(),
        Level::Targets(..) => drill::targets_table(place).kept().collect(),
    }
}

/// The column at this cell of the table, from its left.
pub fn column_at(place: &Place, x: u16, ui: &Ui) -> Option<usize> {
    match ui.counters.drill.level() {
        Level::All => table(place).column_at(x),
        Level::Senders(_) => drill::senders_table(place).column_at(x),
        Level::Targets(..) => drill::targets_table(place).column_at(x),
    }
}

/// Draws the rows.
pub fn render(canvas: &mut Canvas, place: &Place, ui: &Ui, model: &Model) {
    match ui.counters.drill.level() {
        Level::All => all(canvas, place, ui),
        Level::Senders(signal) => drill::senders(canvas, place, ui, signal),
        Level::Targets(..) => drill::targets(canvas, place, ui, model),
    }
}

fn all(canvas: &mut Canvas, place: &Place, ui: &Ui) {
    let table = table(place);
    table.heads(canvas, place.inner(), Some(ui.counters.senders.sort));
    let (list, area) = (&ui.counters.senders, place.rows());
    if list.lines.is_empty() {
        canvas.say(area, "Nobody has sent a signal yet.");
    }
    for at in list.window.shown(list.lines.len(), area.height) {
        let line = &list.lines[at];
        let sender = &line.figures;
        let row = Row::new(area, list.window, at, Panel::Senders, ui);
        table.row(canvas, row, |column, pen| match column {
            is::SENDER => drill::sender(pen, sender.key, &sender.name, ui),
            is::UID => drill::user(pen, sender.key, sender.uid),
            is::TOTAL => pen.put(&text::number(sender.total, pen.room()), Role::Text),
            is::RATE => {
                let role = if sender.rate > 0.0 { Role::Text } else { Role::Dim };
                pen.put(&text::rate(sender.rate, pen.room()), role);
            }
            is::MOST => pen.put(sender.most.map_or("", |s| s.short_name()), Role::Signal),
            is::KILLED => some(pen, sender.killed, Role::Fatal),
            is::FAILED => some(pen, sender.failed, Role::Fatal),
            _ => pen.minute(&line.spark, Role::Graph),
        });
    }
}

/// Whether a sender is a process.
pub fn is_process(key: SenderKey) -> bool {
    matches!(key, SenderKey::Process(_))
}
