//! The chooser: what of the selected row is to be shown only, or not at all, and what the filter is then.

use super::{Canvas, header};
use crate::filter::Filter;
use crate::ui::state::chooser::Chooser;
use crate::ui::state::filters::Which;
use crate::ui::theme::Role;
use crate::ui::{Ui, text};
use ratatui::layout::Rect;

/// Draws the popup.
pub fn render(canvas: &mut Canvas, screen: Rect, chooser: &Chooser, ui: &Ui) {
    let area = chooser.area(screen.width, screen.height);
    let other = ui
        .keys
        .first("chooser-other")
        .map(|key| format!("{}: {}", key.name(ui.look.ascii), chooser.which.other().word()));
    canvas.popup(area, title(chooser), &other.unwrap_or_default());
    let inner = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height.saturating_sub(2) };
    let widest = chooser.choices.iter().map(|choice| choice.what.len()).max().unwrap_or(0);
    for (at, choice) in chooser.choices.iter().enumerate() {
        let mut pen = canvas.line(inner, at as u16, at == chooser.at);
        pen.skip(1).text(&(at + 1).to_string(), Role::Key).skip(1).left(choice.what, Role::Text, widest).skip(2);
        let not = if chooser.is_not { "!" } else { "" };
        pen.text(&format!("{not}{}", Filter(choice.term.clone())), Role::Strong).skip(2);
        if let Some(name) = &choice.name {
            pen.text(&text::name(name), Role::Dim);
        }
    }
    let now = ui.filters.get(chooser.which);
    let then = chooser.result(now);
    let place = match chooser.which {
        Which::Capture => header::place(&ui.place(&then), canvas.glyphs),
        Which::View => String::new(),
    };
    let after = Rect { y: inner.y + chooser.choices.len() as u16 + 1, ..inner };
    canvas.line(after, 0, false).skip(1).left("now", Role::Dim, 5).text(&in_words(now), Role::Dim);
    let mut pen = canvas.line(after, 1, false);
    let room = usize::from(inner.width).saturating_sub(7 + text::width(&place));
    pen.skip(1).left("then", Role::Dim, 5).cell(&in_words(&then), Role::Narrowed, room).text(&place, Role::Narrowed);
}

fn title(chooser: &Chooser) -> &'static str {
    match (chooser.which, chooser.is_not) {
        (Which::Capture, false) => "Capture only",
        (Which::Capture, true) => "Capture all but",
        (Which::View, false) => "View only",
        (Which::View, true) => "View all but",
    }
}

fn in_words(filter: &Filter) -> String {
    if filter.is_everything() { "everything".into() } else { filter.to_string() }
}
