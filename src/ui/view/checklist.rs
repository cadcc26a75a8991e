//! The checklist of signals: which ones the kernel is to send one by one.

use super::Canvas;
use crate::signal::Signal;
use crate::ui::state::checklist::{Checklist, Grid, NOTES};
use crate::ui::theme::Role;
use crate::ui::{Ui, text};
use ratatui::layout::Rect;

const NOTE: &str = "Off: the kernel does not send it, which costs next to nothing, and goes on counting it.";

/// Draws the popup.
pub fn render(canvas: &mut Canvas, screen: Rect, list: &Checklist, ui: &Ui) {
    let grid = Grid::new(screen.width, screen.height);
    canvas.popup(grid.area, "Signals to capture", &format!("{} of 64", list.set.len()));
    for (at, signal) in Signal::all().enumerate() {
        if let Some(place) = grid.place(at, list.top) {
            let area = Rect { x: place.x, y: place.y, width: grid.pitch - 2, height: 1 };
            entry(canvas, area, signal, at == list.at, list, ui);
        }
    }
    let room = usize::from(grid.boxes.width);
    let below = Rect { y: grid.boxes.bottom(), height: NOTES, ..grid.boxes };
    let lines = text::wrap(NOTE, room, usize::from(below.height), canvas.glyphs.cut);
    for (line, text) in lines.iter().enumerate() {
        canvas.line(below, line as u16, false).text(text, Role::Dim);
    }
}

fn entry(canvas: &mut Canvas, area: Rect, signal: Signal, is_selected: bool, list: &Checklist, ui: &Ui) {
    let (is_on, check) = (list.set.contains(signal), canvas.glyphs.check);
    let line = ui.counters.signals.lines.iter().find(|line| line.key == Some(signal));
    let mut pen = canvas.line(area, 0, is_selected);
    pen.text("[", Role::Dim).text(if is_on { check } else { " " }, Role::Handled).text("]", Role::Dim).skip(1);
    pen.right(&signal.number().to_string(), Role::Dim, 2).skip(1);
    pen.left(signal.short_name(), if is_on { Role::Text } else { Role::Dim }, 8);
    if let Some(line) = line.filter(|_| pen.room() >= 8) {
        pen.skip(1).right(&text::number(line.total, 7), Role::Dim, 7);
    }
}
