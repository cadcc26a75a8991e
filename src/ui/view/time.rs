//! The line of time, where a recording is played: where the picture is in it, where processes were killed, where it
//! ends, and whether it plays and how fast. A click on it goes there.

use super::{Canvas, log};
use crate::clock::Clock;
use crate::model::Model;
use crate::ui::head::{Head, State};
use crate::ui::theme::{Glyphs, Role};
use crate::ui::{Ui, text};
use ratatui::layout::{Position, Rect};

/// What stands around the bar.
struct Line {
    sign: &'static str,
    role: Role,
    /// The time of the picture.
    now: String,
    /// That of the end.
    end: String,
    /// What the head does.
    state: String,
    /// Where the bar is, if there is room for it and the end is known.
    bar: Rect,
}

/// The shortest bar, and the cells of what the head does.
const BAR: usize = 8;
const STATE: usize = 12;

fn line(area: Rect, head: &Head, clock: &mut Clock, glyphs: &Glyphs) -> Line {
    let (sign, role) = match head.state {
        State::Playing => (glyphs.play, Role::Live),
        State::Paused => (glyphs.paused, Role::Paused),
        State::End => (glyphs.stop, Role::Paused),
        State::Reading(_) => (glyphs.step, Role::Live),
    };
    let state = match head.state {
        State::Playing => head.speed.name().to_string(),
        State::Paused => format!("paused {}", head.speed.name()),
        State::End => "END".into(),
        State::Reading(Some(percent)) => format!("reading {percent} %, Esc stops"),
        State::Reading(None) => "reading, Esc stops".into(),
    };
    let end = head.end_ns.map(|end| clock.full_second(end)).unwrap_or_default();
    let begin = clock.full_second(head.begin_ns);
    let has_days = area.width >= 100 && begin.split(' ').next() != end.split(' ').next() && !end.is_empty();
    let mut now = String::new();
    clock.write_short(&mut now, head.at_ns);
    let mut end = if end.is_empty() { end } else { short(clock, head.end_ns.unwrap_or(0)) };
    if has_days {
        let day = |ns: u64| clock.full_second(ns).split(' ').next().unwrap_or_default().to_string();
        (now, end) = (format!("{} {now}", day(head.at_ns)), format!("{} {end}", day(head.end_ns.unwrap_or(0))));
    }
    let left = 1 + text::width(glyphs.paused) + 1 + text::width(&now) + 1;
    let right = 1 + text::width(&end) + 2 + text::width(&state).max(STATE) + 1;
    let room = usize::from(area.width).saturating_sub(left + right);
    let width = if head.end_ns.is_some() && room >= BAR { room as u16 } else { 0 };
    Line { sign, role, now, end, state, bar: Rect { x: area.x + left as u16, width, ..area } }
}

/// `17:31:12`, without what is behind the point.
fn short(clock: &mut Clock, ns: u64) -> String {
    let mut out = String::new();
    clock.write_short(&mut out, ns);
    out.truncate(out.find('.').unwrap_or(out.len()));
    out
}

/// Draws the line.
pub fn render(canvas: &mut Canvas, area: Rect, ui: &Ui, model: &Model) {
    let Some(head) = ui.head.filter(|_| area.height > 0) else { return };
    let glyphs = canvas.glyphs;
    let line = line(area, &head, &mut log::clock(ui, model), glyphs);
    let mut pen = canvas.pen(area);
    pen.skip(1).left(line.sign, line.role, text::width(glyphs.paused)).skip(1).text(&line.now, Role::Strong).skip(1);
    if line.bar.width > 0 {
        let at = cell_of(&head, line.bar, head.at_ns);
        for cell in 0..line.bar.width {
            let (from, to) = (moment_of(&head, line.bar, cell), moment_of(&head, line.bar, cell + 1));
            let is_last = cell + 1 == line.bar.width;
            let (sign, role) = match cell {
                _ if cell == at => (glyphs.head, line.role),
                _ if head.deaths.has(from, if is_last { to.saturating_add(1) } else { to }) => {
                    (glyphs.dead, Role::Fatal)
                }
                _ if cell < at => (glyphs.played, Role::Graph),
                _ => (glyphs.rule, Role::Frame),
            };
            pen.cell(sign, if role == Role::Paused { Role::Strong } else { role }, 1);
        }
        pen.skip(1).text(&line.end, Role::Dim);
    }
    pen.skip(2).text(&line.state, if line.role == Role::Paused { Role::Notice } else { Role::Text });
}

/// The cell of the bar that a moment is in.
fn cell_of(head: &Head, bar: Rect, at_ns: u64) -> u16 {
    let length = head.end_ns.unwrap_or(0).saturating_sub(head.begin_ns);
    let since = at_ns.saturating_sub(head.begin_ns).min(length);
    let last = u128::from(bar.width.saturating_sub(1));
    (u128::from(since) * u128::from(bar.width)).checked_div(u128::from(length)).unwrap_or(0).min(last) as u16
}

/// The first moment of a cell of the bar.
fn moment_of(head: &Head, bar: Rect, cell: u16) -> u64 {
    let length = u128::from(head.end_ns.unwrap_or(0).saturating_sub(head.begin_ns));
    let since = (length * u128::from(cell)).div_ceil(u128::from(bar.width.max(1)));
    head.begin_ns.saturating_add(since as u64)
}

/// The moment that a cell of the screen stands for, if it is one of the bar's: its last one is the end.
pub fn moment_at(ui: &Ui, model: &Model, area: Rect, column: u16, row: u16) -> Option<u64> {
    let head = ui.head.filter(|_| area.height > 0)?;
    let bar = line(area, &head, &mut log::clock(ui, model), ui.look.glyphs()).bar;
    let cell = bar.contains(Position { x: column, y: row }).then(|| column - bar.x)?;
    Some(if cell + 1 == bar.width { head.end_ns? } else { moment_of(&head, bar, cell) })
}
