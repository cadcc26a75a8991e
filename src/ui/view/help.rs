//! The list of keys, from the table of keys, what this machine does not allow, and by which roads it is seen.

use super::Canvas;
use crate::model::Model;
use crate::ui::keys::{Binding, Bound, Group};
use crate::ui::layout::popup_width;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::{Action, Ui};
use ratatui::layout::Rect;

/// Cells of the keys, and of a column.
const KEY_CELLS: usize = 14;
const COLUMN: u16 = KEY_CELLS as u16 + 40;
/// The most columns.
const COLUMNS: u16 = 3;

/// A line of the list: keys and text, or a heading with no keys.
struct Line {
    keys: String,
    text: String,
    role: Role,
}

/// What a key does as things stand: a recording is played, and nothing is captured.
fn now(ui: &Ui, row: &Binding) -> &'static str {
    if row.action == Action::Pause && ui.head.is_some() { "play, or pause" } else { row.help }
}

/// What stands below each other under one heading: keys of a group, what is missing here, by which roads it is seen.
fn sections(room: usize, ui: &Ui, model: &Model) -> Vec<Vec<Line>> {
    let heading = |text: &str| Line { keys: String::new(), text: text.into(), role: Role::Strong };
    let mut sections = Vec::new();
    for group in Group::ALL {
        let mut section = vec![heading(group.title())];
        if group == Group::Move {
            let (keys, text) = ("Mouse".into(), "click, double click, wheel; keys below".into());
            section.push(Line { keys, text, role: Role::Text });
        }
        let is_here =
            |bound: &&Bound| bound.row.group == group && !bound.keys.is_empty() && ui.offers(&bound.row.action);
        let rows: Vec<&Bound> = ui.keys.rows().iter().filter(is_here).collect();
        for (at, bound) in rows.iter().enumerate() {
            // A key that does the same in several places is said once.
            if !rows[..at].iter().any(|b| b.row.action == bound.row.action && b.keys == bound.keys) {
                let (keys, text) = (bound.names(ui.look.ascii), now(ui, bound.row).into());
                section.push(Line { keys, text, role: Role::Text });
            }
        }
        sections.extend(Some(section).filter(|section| section.len() > 1));
    }
    let header = &model.stream.header;
    for (title, said, role) in [
        ("Settings that were not understood", &ui.problems, Role::Alarm),
        ("Not to be had here", &header.missing, Role::Alarm),
        ("How it is seen here", &header.roads, Role::Text),
    ] {
        let lines = said.iter().flat_map(|why| text::wrap(&crate::escape::plain(why), room, 4, "~"));
        let lines = lines.map(|text| Line { keys: String::new(), text, role });
        sections.extend((!said.is_empty()).then(|| std::iter::once(heading(title)).chain(lines).collect()));
    }
    sections
}

/// The lines of each column: as many columns as there is room for, of about the same height.
fn columns(width: u16, ui: &Ui, model: &Model) -> Vec<Vec<Line>> {
    let count = usize::from((1..=COLUMNS).rev().find(|count| width >= count * (COLUMN + 1) + 4).unwrap_or(1));
    let sections = sections(COLUMN.min(width.saturating_sub(6)).into(), ui, model);
    let all: usize = sections.iter().map(|section| section.len() + 1).sum();
    let mut columns: Vec<Vec<Line>> = vec![Vec::new()];
    let mut before = 0;
    for section in sections {
        // A section goes where most of it would be, were the columns cut from one long list.
        let at = (before + section.len() / 2) * count / all.max(1);
        before += section.len() + 1;
        columns.resize_with(columns.len().max(at + 1), Vec::new);
        let Some(column) = columns.last_mut() else { continue };
        if !column.is_empty() {
            column.push(Line { keys: String::new(), text: String::new(), role: Role::Text });
        }
        column.extend(section);
    }
    columns
}

/// The popup on a screen of this size, and how many lines the longest column has.
fn popup(width: u16, height: u16, columns: &[Vec<Line>]) -> (Rect, usize) {
    let lines = columns.iter().map(Vec::len).max().unwrap_or(0);
    let w = popup_width(COLUMN * columns.len() as u16 + 5, width);
    let h = (lines as u16).saturating_add(2).min(height.saturating_sub(2));
    (Rect { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h }, lines)
}

/// How many lines fit on a screen of this height.
pub fn height(screen: u16) -> usize {
    usize::from(screen.saturating_sub(4))
}

/// The last first line that still fills the popup.
pub fn last_top(width: u16, screen: u16, ui: &Ui, model: &Model) -> usize {
    let (area, lines) = popup(width, screen, &columns(width, ui, model));
    lines.saturating_sub(usize::from(area.height.saturating_sub(2)))
}

/// Draws the popup from line `top` on.
pub fn render(canvas: &mut Canvas, screen: Rect, top: usize, ui: &Ui, model: &Model) {
    let columns = columns(screen.width, ui, model);
    let (area, lines) = popup(screen.width, screen.height, &columns);
    let shown = usize::from(area.height.saturating_sub(2));
    let more = if lines > top + shown { format!("more {}", canvas.glyphs.down) } else { String::new() };
    canvas.popup(area, "Keys", &more);
    for (i, column) in columns.iter().enumerate() {
        let x = area.x + 2 + i as u16 * (COLUMN + 1);
        let inner =
            Rect { x, y: area.y + 1, width: COLUMN.min(area.right().saturating_sub(x + 2)), height: shown as u16 };
        for (line, text) in column.iter().skip(top).take(shown).enumerate() {
            let mut pen = canvas.line(inner, line as u16, false);
            if !text.keys.is_empty() {
                pen.left(&text.keys, Role::Key, KEY_CELLS - 1).skip(1);
            }
            pen.text(&text.text, text.role);
        }
    }
}
