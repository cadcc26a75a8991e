//! A page: all that is known of one thing, in a popup as large as the screen allows.
//!
//! Its lines are those of the detail panel and more; each kind of subject has a file of its own for what it adds.

pub mod alert;
mod process;
mod signal;

use super::Canvas;
use super::detail::{self, LABEL, Line};
use crate::model::{Entry, Model};
use crate::ui::layout::popup_width;
use crate::ui::state::Subject;
use crate::ui::{Page, Ui, text};
use ratatui::layout::Rect;

/// The most cells that a page is wide: longer lines are hard to read.
const WIDTH: u16 = 110;

/// The popup on a screen of this size, for so many lines.
fn area(width: u16, height: u16, lines: usize) -> Rect {
    let w = popup_width(WIDTH.min(width), width);
    let h = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2).min(height.saturating_sub(2));
    Rect { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h }
}

/// Cells for text on a screen this wide.
fn room(width: u16) -> usize {
    popup_width(WIDTH.min(width), width).saturating_sub(4).into()
}

/// How many lines fit on a screen of this height.
pub fn height(screen: u16) -> usize {
    usize::from(screen.saturating_sub(4))
}

/// All that there is to tell, in lines of at most `width` cells.
fn lines(page: &Page, ui: &Ui, model: &Model, width: usize) -> Vec<Line> {
    match page.subject {
        Subject::Process(key) => ui
            .told(model, &key)
            .map(|proc| process::lines(ui, model, proc, width.saturating_sub(LABEL)))
            .unwrap_or_default(),
        Subject::Row(seq) => match ui.entry(model, seq) {
            Some(Entry::Signal(row)) => signal::lines(ui, model, &row, width.saturating_sub(LABEL)),
            Some(Entry::Attempt(e)) => signal::tried(ui, model, &e, width.saturating_sub(LABEL)),
            Some(Entry::Filter(e)) => signal::filter(ui, model, &e, width.saturating_sub(LABEL)),
            _ => detail::lines(Some(page.subject), ui, model, width),
        },
        subject => detail::lines(Some(subject), ui, model, width),
    }
}

fn title(page: &Page, ui: &Ui, model: &Model) -> String {
    match page.subject {
        Subject::Process(key) => {
            let name = ui.told(model, &key).map(|proc| proc.name).unwrap_or_default();
            format!("Process {}", text::process(&name, key.pid, 30, ui.look.glyphs().cut))
        }
        subject => detail::title(Some(subject), ui, model),
    }
}

/// Cells of a line of a page that is copied: nothing is cut but what is absurdly long.
const COPIED: usize = 1000;

/// The page as text, without colours and graphs.
pub fn text(page: &Page, ui: &Ui, model: &Model) -> String {
    let title = title(page, ui, model);
    let lines = lines(page, ui, model, COPIED);
    let lines = lines.iter().map(|line| crate::escape::plain(&detail::text(line)).trim_end().to_string());
    std::iter::once(title).chain(lines).collect::<Vec<_>>().join("\n")
}

/// The last first line that still fills the popup.
pub fn last_top(page: &Page, width: u16, screen: u16, ui: &Ui, model: &Model) -> usize {
    lines(page, ui, model, room(width)).len().saturating_sub(height(screen))
}

/// Draws the popup.
pub fn render(canvas: &mut Canvas, screen: Rect, page: &Page, ui: &Ui, model: &Model) {
    let lines = lines(page, ui, model, room(screen.width));
    let area = area(screen.width, screen.height, lines.len().max(1));
    let inner = Rect { x: area.x + 2, y: area.y + 1, width: area.width - 4, height: area.height.saturating_sub(2) };
    let more = lines.len().saturating_sub(page.top + usize::from(inner.height));
    let status = if more > 0 { format!("{more} more {}", canvas.glyphs.down) } else { String::new() };
    canvas.popup(area, &title(page, ui, model), &status);
    if lines.is_empty() {
        canvas.say(inner, "It is gone: too old to be remembered.");
    }
    for (at, line) in lines.iter().skip(page.top).take(inner.height.into()).enumerate() {
        let mut pen = canvas.line(inner, at as u16, false);
        detail::write(&mut pen, line);
    }
}
