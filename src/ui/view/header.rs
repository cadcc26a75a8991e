//! The first line: whether the picture moves, which machine, how much comes, what is lost, hidden or not captured.
//!
//! Capture and view are two things and are kept apart: what is not captured the kernel does not send, what is hidden
//! is there and only not shown. Parts give way by rank.

use super::Canvas;
use crate::model::Model;
use crate::signal::SignalSet;
use crate::ui::theme::Role;
use crate::ui::{Ui, text};
use ratatui::layout::Rect;

/// A part of the line: its text, the higher its rank the sooner it goes, and whether it is a graph of this width.
struct Part {
    text: String,
    role: Role,
    rank: u8,
    graph: usize,
}

fn part(rank: u8, role: Role, text: impl Into<String>) -> Part {
    Part { text: text.into(), role, rank, graph: 0 }
}

impl Part {
    fn width(&self) -> usize {
        text::width(&self.text) + self.graph
    }
}

/// Cells between parts.
const GAP: usize = 3;

/// Draws the line.
pub fn render(canvas: &mut Canvas, area: Rect, ui: &Ui, model: &Model) {
    let room = usize::from(area.width.saturating_sub(2));
    let parts = fitting(parts(ui, model), room);
    // What there is to spare stands before the last two parts, capture and view, so that they keep to the right.
    let spare = (room + GAP).saturating_sub(parts.iter().map(|p| p.width() + GAP).sum());
    let right = parts.iter().position(|p| p.rank == CAPTURE || p.rank == VIEW);
    let mut pen = canvas.pen(area);
    pen.skip(1);
    for (i, part) in parts.iter().enumerate() {
        pen.skip(if i > 0 { GAP } else { 0 } + if right == Some(i) { spare } else { 0 });
        if part.graph > 0 {
            let end = pen.end;
            pen.end = end.min(pen.x + part.graph as u16);
            pen.bars(&ui.counters.spark, part.role);
            pen.end = end;
        } else {
            pen.text(&part.text, part.role);
        }
    }
}

/// The parts that fit, those of low rank before others; in their order.
fn fitting(parts: Vec<Part>, room: usize) -> Vec<Part> {
    let mut by_rank: Vec<usize> = (0..parts.len()).collect();
    by_rank.sort_by_key(|i| parts[*i].rank);
    let mut left = room + GAP;
    let mut fits = vec![false; parts.len()];
    for i in by_rank {
        let needed = parts[i].width() + GAP;
        if needed <= left {
            (fits[i], left) = (true, left - needed);
        }
    }
    parts.into_iter().zip(fits).filter(|(_, fits)| *fits).map(|(part, _)| part).collect()
}

const CAPTURE: u8 = 3;
const VIEW: u8 = 2;

fn parts(ui: &Ui, model: &Model) -> Vec<Part> {
    let stream = &model.stream;
    let mut parts = vec![part(0, Role::Brand, "sigtop"), mode(ui, model)];
    for (rank, text) in [(7, &stream.header.host), (8, &stream.header.kernel)] {
        if !text.is_empty() {
            parts.push(part(rank, Role::Dim, text::cut(&crate::escape::plain(text), 24, ui.look.glyphs().cut)));
        }
    }
    parts.push(part(1, Role::Strong, format!("{} sig/s", text::rate(ui.counters.rate, usize::MAX))));
    parts.push(Part { graph: 12, ..part(6, Role::Graph, "") });
    let (rank, role) = if stream.lost > 0 { (0, Role::Alarm) } else { (5, Role::Dim) };
    parts.push(part(rank, role, format!("lost {}", text::thousands(stream.lost))));
    if stream.malformed > 0 {
        parts.push(part(1, Role::Alarm, format!("unreadable {}", text::thousands(stream.malformed))));
    }
    let missing = stream.header.missing.len();
    if missing > 0 {
        parts.push(part(4, Role::Alarm, format!("{missing} missing (?)")));
    }
    parts.push(capture(ui.capture));
    parts.push(view(ui));
    parts
}

fn mode(ui: &Ui, model: &Model) -> Part {
    let glyphs = ui.look.glyphs();
    match &ui.frozen {
        Some(frozen) => {
            let since = model.counters.total().saturating_sub(frozen.total);
            part(0, Role::Paused, format!("{} PAUSED +{}", glyphs.paused, text::thousands(since)))
        }
        None if ui.look.demo => part(0, Role::Notice, format!("{} DEMO", glyphs.demo)),
        None => part(0, Role::Live, format!("{} LIVE", glyphs.live)),
    }
}

/// Which signals the kernel sends one by one.
fn capture(set: SignalSet) -> Part {
    let off = set.complement();
    match (off.len(), set.len()) {
        (0, _) => part(CAPTURE, Role::Dim, "capture: all"),
        (_, 0) => part(1, Role::Notice, "capture: none"),
        (1..=3, _) => part(1, Role::Notice, format!("capture: not {off}")),
        (_, 1..=3) => part(1, Role::Notice, format!("capture: {set}")),
        (_, on) => part(1, Role::Notice, format!("capture: {on} of 64")),
    }
}

/// Which of the captured signals the log does not show.
fn view(ui: &Ui) -> Part {
    let hidden = ui.log.hidden;
    if hidden.is_empty() {
        return part(VIEW, Role::Notice, "view: all");
    }
    part(VIEW, Role::Dim, format!("view: hides {hidden} ({})", text::thousands(ui.counters.total_of(hidden))))
}
