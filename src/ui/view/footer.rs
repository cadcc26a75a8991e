//! The last line: the keys that work now, from the table of keys, or what there is to say.

use super::{Canvas, drill};
use crate::ui::keys::Bound;
use crate::ui::theme::Role;
use crate::ui::{Action, Popup, Ui};
use ratatui::layout::Rect;

/// The word for an action as things stand: where a completion is chosen, Enter takes it first; in the counters it goes
/// to what is counted.
fn now(ui: &Ui, action: &Action, word: &'static str) -> &'static str {
    match (&ui.popup, action) {
        (Some(Popup::Bar(bar)), Action::Apply) if bar.offer.as_ref().is_some_and(|offer| offer.is_chosen) => "take",
        (None, Action::Open) => drill::word(ui).unwrap_or(word),
        _ => word,
    }
}

/// Draws the line.
pub fn render(canvas: &mut Canvas, area: Rect, ui: &Ui) {
    if let Some(message) = &ui.message {
        canvas.pen(area).skip(1).text(&message.text, message.role);
        return;
    }
    let entry = |bound: &Bound| {
        let ((word, rank), key) = (bound.row.footer?, bound.keys.first()?);
        Some((key.name(ui.look.ascii), now(ui, &bound.row.action, word), rank))
    };
    let offered = ui.keys.active(ui.contexts()).filter(|bound| ui.offers(&bound.row.action));
    let mut shown: Vec<(String, &str, u8)> = offered.filter_map(entry).collect();
    let needed = |shown: &[(String, &str, u8)]| shown.iter().map(|(key, word, _)| key.len() + word.len() + 3).sum();
    while usize::from(area.width) < needed(&shown) {
        let last = shown.iter().enumerate().max_by_key(|(_, (.., rank))| *rank).map(|(i, _)| i);
        last.map(|i| shown.remove(i));
    }
    let mut pen = canvas.pen(area);
    for (key, word, _) in &shown {
        pen.skip(1).text(key, Role::Key).skip(1).text(word, Role::Dim).skip(1);
    }
}
