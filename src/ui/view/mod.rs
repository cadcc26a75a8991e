//! Pictures of the state: one panel a file, each a function of the state and the model that changes neither.
//!
//! Cells are written straight into the buffer; only rows that can be seen are looked at. What a process chose itself
//! is escaped where it becomes text (`ui::text`) and once more by the pen, so that nothing slips by.

pub mod alerts;
pub mod attempt;
pub mod bar;
pub mod checklist;
pub mod chooser;
pub mod deed;
pub mod detail;
pub mod drill;
pub mod field;
pub mod footer;
pub mod frames;
pub mod header;
pub mod help;
pub mod log;
pub mod page;
pub mod process;
pub mod prompt;
pub mod send;
pub mod senders;
pub mod signals;
pub mod table;
pub mod tally;
pub mod time;
pub mod tree;

use crate::escape;
use crate::model::Model;
use crate::ui::layout::{MIN, Panel, Place};
use crate::ui::theme::{Glyphs, Palette, Role};
use crate::ui::{Popup, Ui, text};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::ops::Range;

/// Draws the whole screen into a buffer.
pub fn draw(buffer: &mut Buffer, ui: &Ui, model: &Model) {
    let area = buffer.area;
    let palette = &ui.look.palette;
    if let Some(screen) = palette.screen() {
        buffer.set_style(area, Style::new().bg(screen));
    }
    let mut canvas = Canvas { buffer, palette, glyphs: ui.look.glyphs() };
    if area.width < MIN.0 || area.height < MIN.1 {
        return too_small(&mut canvas, area);
    }
    let layout = ui.layout(area.width, area.height);
    header::render(&mut canvas, layout.header, ui, model);
    frames::render(&mut canvas, &layout, ui, model);
    for place in &layout.places {
        match place.panel {
            Panel::Tree => tree::render(&mut canvas, place, ui, model),
            Panel::Log => log::render(&mut canvas, place, ui, model),
            Panel::Signals => signals::render(&mut canvas, place, ui),
            Panel::Senders => senders::render(&mut canvas, place, ui, model),
            Panel::Detail => detail::render(&mut canvas, place, ui, model),
            Panel::Alerts => alerts::render(&mut canvas, place, ui, model),
        }
    }
    time::render(&mut canvas, layout.time, ui, model);
    footer::render(&mut canvas, layout.footer, ui);
    match &ui.popup {
        Some(Popup::Help(top)) => help::render(&mut canvas, area, *top, ui, model),
        Some(Popup::Prompt(prompt)) => prompt::render(&mut canvas, layout.footer, prompt),
        Some(Popup::Page(page)) => page::render(&mut canvas, area, page, ui, model),
        Some(Popup::Checklist(list)) => checklist::render(&mut canvas, area, list, ui),
        Some(Popup::Chooser(chooser)) => chooser::render(&mut canvas, area, chooser, ui),
        Some(Popup::Send(sending)) => send::render(&mut canvas, area, sending, ui, model),
        Some(Popup::Bar(text)) => bar::render(&mut canvas, layout.bar, text, ui),
        None => {}
    }
}

/// The column of a panel's list that stands at this column of the screen.
pub fn column_at(place: &Place, x: u16, ui: &Ui) -> Option<usize> {
    let x = x.checked_sub(place.inner().x)?;
    match place.panel {
        Panel::Tree => tree::table(place, ui).column_at(x),
        Panel::Log => log::table(place).column_at(x),
        Panel::Signals => signals::table(place).column_at(x),
        Panel::Senders => senders::column_at(place, x, ui),
        Panel::Alerts => alerts::table(place).column_at(x),
        Panel::Detail => None,
    }
}

/// The columns of a panel's list that are shown.
pub fn columns(place: &Place, ui: &Ui) -> Vec<usize> {
    match place.panel {
        Panel::Tree => tree::table(place, ui).kept().collect(),
        Panel::Log => log::table(place).kept().collect(),
        Panel::Signals => signals::table(place).kept().collect(),
        Panel::Senders => senders::columns(place, ui),
        Panel::Alerts => alerts::table(place).kept().collect(),
        Panel::Detail => Vec::new(),
    }
}

/// One polite line, as far as it fits.
fn too_small(canvas: &mut Canvas, area: Rect) {
    let text = format!("sigtop needs {}x{}, this is {}x{}", MIN.0, MIN.1, area.width, area.height);
    if area.height > 0 {
        let x = area.width.saturating_sub(text.len() as u16) / 2;
        canvas.pen(Rect { x, y: area.height / 2, width: area.width - x, height: 1 }).text(&text, Role::Text);
    }
}

/// Where to draw, and what with.
pub struct Canvas<'a> {
    /// The cells.
    pub buffer: &'a mut Buffer,
    /// The styles.
    pub palette: &'a Palette,
    /// The signs.
    pub glyphs: &'static Glyphs,
}

impl Canvas<'_> {
    /// A pen at the beginning of the first line of `area`, which does not write beyond it.
    pub fn pen(&mut self, area: Rect) -> Pen<'_> {
        let area = area.intersection(self.buffer.area);
        Pen {
            palette: self.palette,
            glyphs: self.glyphs,
            x: area.x,
            y: area.y,
            end: if area.height == 0 { area.x } else { area.right() },
            one_style: None,
            align_right: false,
            buffer: self.buffer,
        }
    }

    /// A pen on line `line` of `area`; on a selected line it writes everything in the style of selected rows.
    pub fn line(&mut self, area: Rect, line: u16, is_selected: bool) -> Pen<'_> {
        let area = Rect { y: area.y.saturating_add(line), height: u16::from(line < area.height), ..area };
        if is_selected && area.height > 0 {
            self.buffer.set_style(area, self.palette.style(Role::Selected));
        }
        let one_style = is_selected.then(|| self.palette.style(Role::Selected));
        Pen { one_style, ..self.pen(area) }
    }

    /// Says something where a panel has nothing to show.
    pub fn say(&mut self, area: Rect, what: &str) {
        let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let lines = text::wrap(what, area.width.into(), area.height.into(), self.glyphs.cut);
        for (line, text) in lines.iter().enumerate() {
            self.line(area, line as u16, false).text(text, Role::Dim);
        }
    }

    /// Empties an area above the panels, which are dimmed, and frames it.
    pub fn popup(&mut self, area: Rect, title: &str, status: &str) {
        let all = self.buffer.area;
        let behind = Rect { y: all.y + 1, height: all.height.saturating_sub(2), ..all };
        self.buffer.set_style(behind, Style::new().add_modifier(Modifier::DIM));
        self.window(area);
        frames::title(self, area, title, Role::TitleFocus, status, Role::Dim);
    }

    /// Empties an area above the panels, and frames it.
    pub fn window(&mut self, area: Rect) {
        let empty = Style { bg: self.palette.screen(), ..Style::new() };
        for position in area.intersection(self.buffer.area).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(empty);
            }
        }
        frames::frame(self, area, Role::FrameFocus);
    }
}

/// Writes from left to right within one line.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    palette: &'a Palette,
    glyphs: &'static Glyphs,
    x: u16,
    y: u16,
    end: u16,
    one_style: Option<Style>,
    align_right: bool,
}

impl Pen<'_> {
    /// Cells left.
    pub fn room(&self) -> usize {
        self.end.saturating_sub(self.x).into()
    }

    /// Writes text as the column wants it: to the left, or to the right.
    pub fn put(&mut self, text: &str, role: Role) {
        if self.align_right {
            self.right(text, role, self.room());
        } else {
            self.text(text, role);
        }
    }

    /// Writes text that is plain already, as the column wants it, and marks parts of it.
    pub fn put_marked(&mut self, plain: &str, role: Role, marks: &[Range<usize>]) {
        let empty = if self.align_right { self.room().saturating_sub(text::width(plain)) } else { 0 };
        let from = self.x + empty as u16;
        self.put(plain, role);
        let style = self.palette.style(Role::Found);
        let cell = |end: usize| from.saturating_add(plain.get(..end).map_or(0, text::width).min(1 << 14) as u16);
        for mark in marks {
            let (x, end) = (cell(mark.start).min(self.x), cell(mark.end).min(self.x));
            self.buffer.set_style(Rect { x, y: self.y, width: end - x, height: 1 }, style);
        }
    }

    /// Leaves cells empty.
    pub fn skip(&mut self, cells: usize) -> &mut Self {
        self.x = self.x.saturating_add(u16::try_from(cells).unwrap_or(u16::MAX)).min(self.end);
        self
    }

    /// Writes text, cut if there is no room for all of it.
    pub fn text(&mut self, text: &str, role: Role) -> &mut Self {
        self.cell(text, role, self.room())
    }

    /// Writes text in at most `width` cells; what follows goes right behind it.
    pub fn cell(&mut self, text: &str, role: Role, width: usize) -> &mut Self {
        let plain = escape::plain(text);
        let room = width.min(self.room());
        let fitting = text::cut(&plain, room, self.glyphs.cut);
        if !fitting.is_empty() {
            // What the cell was before, the line of a frame say, shall not show through.
            let style = self.one_style.unwrap_or_else(|| Style::reset().patch(self.palette.style(role)));
            self.x = self.buffer.set_stringn(self.x, self.y, fitting, room, style).0;
        }
        self
    }

    /// Writes text at the end of the next `width` cells.
    pub fn right(&mut self, text: &str, role: Role, width: usize) -> &mut Self {
        let end = self.x + width.min(self.room()) as u16;
        let empty = usize::from(end - self.x).saturating_sub(text::width(text));
        self.skip(empty).cell(text, role, width - empty.min(width));
        self.x = end;
        self
    }

    /// Writes text at the beginning of the next `width` cells.
    pub fn left(&mut self, text: &str, role: Role, width: usize) -> &mut Self {
        let end = self.x + width.min(self.room()) as u16;
        self.cell(text, role, width);
        self.x = end;
        self
    }

    /// Draws the last minute as bars in the room that is left, the newest at its end: where there is no cell for every
    /// second, one for several together.
    pub fn minute(&mut self, seconds: &[u32; 60], role: Role) {
        let each = seconds.len().div_ceil(self.room().max(1));
        let sum = |few: &[u32]| few.iter().fold(0u32, |sum, n| sum.saturating_add(*n));
        let mut sums: Vec<u32> = seconds.rchunks_exact(each).map(sum).collect();
        sums.reverse();
        self.bars(&sums, role);
    }

    /// Draws the newest of `values` as bars in the room that is left, the newest at its end. The largest fills its
    /// cell, none leaves it empty.
    pub fn bars(&mut self, values: &[u32], role: Role) {
        let width = self.room();
        let shown = &values[values.len().saturating_sub(width)..];
        let most = shown.iter().copied().max().unwrap_or(0).max(1);
        let levels = self.glyphs.bars.len() as u64;
        self.skip(width - shown.len());
        for value in shown {
            let level = (u64::from(*value) * levels).div_ceil(u64::from(most));
            match level.checked_sub(1) {
                Some(bar) => self.cell(self.glyphs.bars[bar as usize], role, 1),
                None => self.skip(1),
            };
        }
    }
}
