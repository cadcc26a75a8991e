//! Counters by sender: who sends most, how fast, and which signal most.

use super::Canvas;
use super::table::{Column, NICE, Row, Table, number, text as column};
use crate::event::SenderKey;
use crate::ui::layout::{Panel, Place};
use crate::ui::theme::Role;
use crate::ui::{Ui, text};

const COLUMNS: [Column; 5] = [
    column("SENDER", [12, 20, 26], 0),
    number("UID", [5, 5, 8], NICE),
    number("TOTAL", [7, 7, 11], 0),
    number("RATE", [5, 5, 8], 2),
    column("MOST", [6, 7, 9], 1),
];

/// The columns that fit.
pub fn table(place: &Place) -> Table<5> {
    Table::fit(&COLUMNS, place.area.width - 2)
}

/// Draws the rows.
pub fn render(canvas: &mut Canvas, place: &Place, ui: &Ui) {
    let table = table(place);
    table.heads(canvas, place.inner(), Some(ui.counters.senders.sort));
    let (list, area, cut) = (&ui.counters.senders, place.rows(), canvas.glyphs.cut);
    if list.lines.is_empty() {
        canvas.say(area, "Nobody has sent a signal yet.");
    }
    for at in list.window.shown(list.lines.len(), area.height) {
        let sender = &list.lines[at];
        let row = Row::new(area, list.window, at, Panel::Senders, ui);
        let is_process = matches!(sender.key, SenderKey::Process(_));
        table.row(canvas, row, |column, pen| match column {
            0 => {
                let role = if is_process { Role::Text } else { Role::Kernel };
                pen.put(&text::counted(sender.key, &sender.name, pen.room(), cut), role);
            }
            1 if is_process => pen.put(&sender.uid.to_string(), Role::Dim),
            1 => {}
            2 => pen.put(&text::number(sender.total, pen.room()), Role::Text),
            3 => pen.put(&text::rate(sender.rate, pen.room()), if sender.rate > 0.0 { Role::Text } else { Role::Dim }),
            _ => pen.put(sender.by_signal.first().map_or("", |(s, _)| s.short_name()), Role::Signal),
        });
    }
}
