//! The last line: the keys that work now, from the table of keys, or what there is to say. A click on a key is the key.

use super::{Canvas, drill};
use crate::ui::head::State;
use crate::ui::keys::Bound;
use crate::ui::state::Subject;
use crate::ui::theme::Role;
use crate::ui::{Action, Popup, Ui, text};
use ratatui::layout::Rect;

/// The word for an action as things stand: where a completion is chosen, Enter takes it first; in the counters it goes
/// to what is counted.
fn now(ui: &Ui, action: &Action, word: &'static str) -> &'static str {
    match (&ui.popup, action) {
        (Some(Popup::Bar(bar)), Action::Apply) if bar.offer.as_ref().is_some_and(|offer| offer.is_chosen) => "take",
        (None, Action::Pause) => match ui.head.map(|head| head.state) {
            Some(State::Paused) => "play",
            Some(State::End) => "again",
            _ => word,
        },
        (Some(Popup::Page(page)), Action::ToSender) if matches!(page.subject, Subject::Alert(_)) => "process",
        (None, Action::Open) => drill::word(ui).unwrap_or(word),
        _ => word,
    }
}

/// A key, its word, and what it does.
struct Entry<'a> {
    key: String,
    word: &'static str,
    rank: u8,
    bound: &'a Bound,
}

impl Entry<'_> {
    /// With a gap between, and a cell before and behind.
    fn width(&self) -> usize {
        text::width(&self.key) + self.word.len() + 3
    }
}

/// The entries that fit into the line.
fn entries<'a>(ui: &'a Ui, width: u16) -> Vec<Entry<'a>> {
    let entry = |bound: &'a Bound| {
        let ((word, rank), key) = (bound.row.footer?, bound.keys.first()?);
        Some(Entry { key: key.name(ui.look.ascii), word: now(ui, &bound.row.action, word), rank, bound })
    };
    let offered = ui.keys.active(ui.contexts()).filter(|bound| ui.offers(&bound.row.action));
    let mut shown: Vec<Entry<'a>> = offered.filter_map(entry).collect();
    while usize::from(width) < shown.iter().map(Entry::width).sum() {
        let last = shown.iter().enumerate().max_by_key(|(_, entry)| entry.rank).map(|(i, _)| i);
        last.map(|i| shown.remove(i));
    }
    shown
}

/// What the key does whose entry is at this cell.
pub fn action_at(ui: &Ui, area: Rect, column: u16, row: u16) -> Option<Action> {
    if row != area.y || ui.message.is_some() {
        return None;
    }
    let mut end = usize::from(area.x);
    let entry = entries(ui, area.width).into_iter().find(|entry| {
        end += entry.width();
        usize::from(column) < end
    })?;
    Some(entry.bound.row.action.clone())
}

/// Draws the line.
pub fn render(canvas: &mut Canvas, area: Rect, ui: &Ui) {
    if let Some(message) = &ui.message {
        canvas.pen(area).skip(1).text(&message.text, message.role);
        return;
    }
    let mut pen = canvas.pen(area);
    for Entry { key, word, .. } in entries(ui, area.width) {
        pen.skip(1).text(&key, Role::Key).skip(1).text(word, Role::Dim).skip(1);
    }
}
