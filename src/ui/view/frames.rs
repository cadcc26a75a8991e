//! The lines around and between panels, and what is written on them: titles, tabs, counts.
//!
//! Neighbours share their line, so a line's corner depends on all that meet there: frames are drawn together, the one
//! with the keys last, titles after that.

use super::{Canvas, alerts, detail, drill, tree};
use crate::model::Model;
use crate::ui::Ui;
use crate::ui::layout::{Layout, Panel, Place};
use crate::ui::list::Window;
use crate::ui::state::drill::Level;
use crate::ui::text;
use crate::ui::theme::Role;
use ratatui::layout::{Position, Rect};

/// Draws all frames and titles.
pub fn render(canvas: &mut Canvas, layout: &Layout, ui: &Ui, model: &Model) {
    let areas: Vec<Rect> = layout.places.iter().map(|place| place.area).collect();
    let focus = layout.places.iter().filter(|place| place.panel == ui.focus());
    for place in &layout.places {
        border(canvas, place.area, &areas, Role::Frame);
    }
    focus.for_each(|place| border(canvas, place.area, &areas, Role::FrameFocus));
    for place in &layout.places {
        let has_keys = place.panel == ui.focus();
        thumb(canvas, place, ui, if has_keys { Role::FrameFocus } else { Role::Frame });
        let role = if has_keys { Role::TitleFocus } else { Role::Title };
        let (status, status_role) = status(ui, place);
        if place.sharing.len() > 1 && !has_path(place, ui) {
            let mut end = tabs(canvas, place, role);
            if ui.shape.is_zoomed {
                end = zoomed(canvas, place, end);
            }
            let rest = Rect { x: end, width: place.area.right().saturating_sub(end), ..place.area };
            title(canvas, rest, "", role, &status, status_role);
        } else {
            title(canvas, place.area, &name(ui, model, place.panel), role, &status, status_role);
        }
    }
}

/// Draws on the right line of a place which part of its list is shown, where that is not all.
fn thumb(canvas: &mut Canvas, place: &Place, ui: &Ui, role: Role) {
    let rows = ui.list_area(place);
    let height = usize::from(rows.height);
    let Some((Window { top, .. }, len)) = ui.list(place.panel) else { return };
    if len > height && height > 0 {
        let long = (height * height / len).max(1);
        let from = (top * (height - long)).div_ceil(len - height).min(height - long);
        let thumb = canvas.glyphs.thumb;
        for line in from..from + long {
            let area = Rect { x: place.area.right() - 1, y: rows.y + line as u16, width: 1, height: 1 };
            canvas.pen(area).text(thumb, role);
        }
    }
}

/// Draws one frame by itself.
pub fn frame(canvas: &mut Canvas, area: Rect, role: Role) {
    border(canvas, area, &[area], role);
}

/// Draws the border of `area` with the corners that it makes with all `areas`.
fn border(canvas: &mut Canvas, area: Rect, areas: &[Rect], role: Role) {
    let style = canvas.palette.style(role);
    let lines = &canvas.glyphs.lines;
    for position in area.positions().filter(|p| arms(area, *p) != 0) {
        let arms = areas.iter().fold(0, |sum, other| sum | arms(*other, position));
        if let Some(cell) = canvas.buffer.cell_mut(position) {
            cell.set_symbol(lines[arms]).set_style(style);
        }
    }
}

/// Where the border of `area` goes on from this cell: the sum of up 1, right 2, down 4, left 8; 0 off the border.
fn arms(area: Rect, Position { x, y }: Position) -> usize {
    if !area.contains(Position { x, y }) {
        return 0;
    }
    let (left, right) = (x == area.x, x + 1 == area.right());
    let (top, bottom) = (y == area.y, y + 1 == area.bottom());
    let vertical = usize::from(!top) + 4 * usize::from(!bottom);
    let horizontal = 2 * usize::from(!right) + 8 * usize::from(!left);
    vertical * usize::from(left || right) + horizontal * usize::from(top || bottom)
}

/// Writes a title at the beginning of the upper line, and a status at its end if there is room for both.
pub fn title(canvas: &mut Canvas, area: Rect, title: &str, role: Role, status: &str, status_role: Role) {
    let line = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: 1, ..area };
    let room = usize::from(line.width);
    let mut taken = 0;
    if !title.is_empty() {
        let title = text::cut(title, room.saturating_sub(2), canvas.glyphs.cut);
        taken = text::width(&title) + 2;
        canvas.pen(line).text(&format!(" {title} "), role);
    }
    let width = text::width(status) + 2;
    if !status.is_empty() && taken + width < room {
        let x = line.right() - width as u16 - 1;
        canvas.pen(Rect { x, width: width as u16, ..line }).text(&format!(" {status} "), status_role);
    }
}

/// The names of the panels that share a place, and where each is written on its upper line.
fn tab_places(place: &Place) -> Vec<(Panel, &'static str, Rect)> {
    let room = usize::from(place.area.width.saturating_sub(2));
    let wide =
        |name: fn(Panel) -> &'static str| place.sharing.iter().map(|panel| name(*panel).len() + 3).sum::<usize>();
    let name = if wide(long_name) + 8 <= room { long_name } else { short_name };
    // Where there is little room, neighbours share the space between them.
    let apart = if wide(name) + 8 <= room { 1 } else { 0 };
    let mut x = place.area.x + 1;
    let mut out = Vec::new();
    for panel in place.sharing {
        let width = name(*panel).len() as u16 + 2;
        out.push((*panel, name(*panel), Rect { x, width, height: 1, ..place.area }));
        x += width - 1 + 2 * apart;
    }
    out
}

/// Draws the tabs, the one that is shown last; the first cell behind them.
fn tabs(canvas: &mut Canvas, place: &Place, role: Role) -> u16 {
    let mut tabs = tab_places(place);
    let end = tabs.iter().map(|(.., area)| area.right()).max().unwrap_or(place.area.x);
    tabs.sort_by_key(|(panel, ..)| *panel == place.panel);
    for (panel, name, area) in tabs {
        let role = if panel == place.panel { role } else { Role::Dim };
        canvas.pen(area).text(&format!(" {name} "), role);
    }
    end
}

/// Says behind the tabs that the panel hides the others; the first cell behind that, if there was room.
fn zoomed(canvas: &mut Canvas, place: &Place, from: u16) -> u16 {
    const WORD: &str = " zoomed ";
    let end = from + 1 + WORD.len() as u16;
    if end >= place.area.right() {
        return from;
    }
    canvas.pen(Rect { x: from + 1, width: WORD.len() as u16, height: 1, ..place.area }).text(WORD, Role::Notice);
    end
}

/// Whether the way that led there stands where tabs would.
fn has_path(place: &Place, ui: &Ui) -> bool {
    place.panel == Panel::Senders && ui.counters.drill.level() != Level::All
}

/// The panel whose tab is at this cell.
pub fn tab_at(place: &Place, column: u16, row: u16, ui: &Ui) -> Option<Panel> {
    let tabs = if place.sharing.len() > 1 && !has_path(place, ui) { tab_places(place) } else { Vec::new() };
    tabs.into_iter().find(|(.., area)| area.contains(Position { x: column, y: row })).map(|(panel, ..)| panel)
}

fn long_name(panel: Panel) -> &'static str {
    match panel {
        Panel::Tree => "Processes",
        Panel::Log => "Signals",
        Panel::Signals => "By signal",
        Panel::Senders => "By sender",
        Panel::Detail => "Selected",
        Panel::Alerts => "Alerts",
    }
}

fn short_name(panel: Panel) -> &'static str {
    match panel {
        Panel::Tree => "Tree",
        Panel::Log => "Log",
        Panel::Signals => "Signal",
        Panel::Senders => "Sender",
        Panel::Detail => "Detail",
        Panel::Alerts => "Alerts",
    }
}

/// The title of a panel that has its place to itself.
fn name(ui: &Ui, model: &Model, panel: Panel) -> String {
    match panel {
        Panel::Tree => tree::title(ui, model),
        Panel::Detail => detail::title(ui.subject(), ui, model),
        Panel::Log => log_name(ui),
        Panel::Alerts => alerts::name(ui),
        Panel::Senders => drill::path(ui).unwrap_or_else(|| long_name(panel).into()),
        panel => long_name(panel).into(),
    }
}

/// `Signals 48,210 · 312 in view · 2 marks`: all that were counted, how many of the rows the view shows.
fn log_name(ui: &Ui) -> String {
    let dot = ui.look.glyphs().dot;
    let mut name = format!("Signals {}", text::thousands(ui.counters.total));
    if ui.counters.failed > 0 {
        name.push_str(&format!(" {dot} {} failed", text::thousands(ui.counters.failed)));
    }
    if let Some(kept) = ui.log.kept {
        name.push_str(&format!(" {dot} last {} kept", text::short_number(kept)));
    }
    if !ui.filters.view.is_everything() {
        name.push_str(&format!(" {dot} {} in view", text::thousands(ui.log.viewed() as u64)));
    }
    match ui.log.marks.len() {
        0 => {}
        1 => name.push_str(&format!(" {dot} 1 mark")),
        marks => name.push_str(&format!(" {dot} {} marks", text::thousands(marks as u64))),
    }
    name
}

/// What stands at the end of a panel's upper line.
fn status(ui: &Ui, place: &Place) -> (String, Role) {
    let glyphs = ui.look.glyphs();
    match place.panel {
        Panel::Tree if ui.tree.rows.dead > 0 => {
            let (alive, dead) = (text::thousands(ui.tree.alive as u64), text::thousands(ui.tree.rows.dead as u64));
            (format!("{alive} {} {dead} {}", glyphs.dot, glyphs.dead), Role::Dim)
        }
        Panel::Tree => (text::thousands(ui.tree.alive as u64), Role::Dim),
        Panel::Signals => (text::thousands(ui.counters.signals.lines.len() as u64), Role::Dim),
        Panel::Senders => (text::thousands(drill::count(ui) as u64), Role::Dim),
        Panel::Detail => (String::new(), Role::Dim),
        Panel::Alerts => (alerts::status(ui), Role::Dim),
        Panel::Log if ui.log.follow && ui.frozen.is_none() => (format!("following {}", glyphs.down), Role::Live),
        Panel::Log => match ui.log.newer(place.rows().height.into()) {
            0 => ("newest".into(), Role::Dim),
            newer => (format!("{} newer {}", text::thousands(newer as u64), glyphs.down), Role::Notice),
        },
    }
}
