//! The first line: whether the picture moves, which machine, how much comes, what is lost, captured and shown.
//!
//! Capture and view are two things and are kept apart: what is not captured the source does not send, what is not
//! viewed is there and only not shown. Parts are cut or give way by rank; that a filter is in force always stays.

use super::{Canvas, alerts, log};
use crate::filter::Placement;
use crate::model::Model;
use crate::ui::head::State;
use crate::ui::theme::{Glyphs, Role};
use crate::ui::{Ui, text};
use ratatui::layout::Rect;

/// A part of the line.
struct Part {
    /// What may be cut.
    text: String,
    /// To how many cells.
    least: usize,
    /// What follows and is not cut.
    tail: String,
    role: Role,
    /// The higher, the sooner it goes.
    rank: u8,
    /// Whether it is a graph of this width.
    graph: usize,
}

fn part(rank: u8, role: Role, text: impl Into<String>) -> Part {
    let text = text.into();
    Part { least: text::width(&text), text, tail: String::new(), role, rank, graph: 0 }
}

impl Part {
    fn width(&self) -> usize {
        text::width(&self.text) + text::width(&self.tail) + self.graph
    }

    fn least_width(&self) -> usize {
        self.width() - text::width(&self.text) + self.least.min(text::width(&self.text))
    }
}

/// Cells between parts.
const GAP: usize = 3;

/// Draws the line.
pub fn render(canvas: &mut Canvas, area: Rect, ui: &Ui, model: &Model) {
    let room = usize::from(area.width.saturating_sub(2));
    let parts = fitting(parts(ui, model, area.width < SHORT), room, ui.look.glyphs());
    // What there is to spare stands before the last parts, capture and view, so that they keep to the right.
    let spare = (room + GAP).saturating_sub(parts.iter().map(|p| p.width() + GAP).sum());
    let right = parts.iter().position(|p| p.text.starts_with("capture") || p.text.starts_with("view"));
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
            pen.text(&part.text, part.role).text(&part.tail, part.role);
        }
    }
}

/// Parts up to this rank are shortened before they go.
const LASTING: u8 = 3;

/// The most cells of its text that a part takes from those of a higher rank.
const ENOUGH: usize = 40;

/// The parts that fit, in their order. Those that last come first, at their shortest, then as long as they should be;
/// then the others by rank; what is left makes the cut ones longer.
fn fitting(mut parts: Vec<Part>, room: usize, glyphs: &Glyphs) -> Vec<Part> {
    let mut by_rank: Vec<usize> = (0..parts.len()).collect();
    by_rank.sort_by_key(|i| parts[*i].rank);
    let (lasting, others) = by_rank.split_at(by_rank.partition_point(|i| parts[*i].rank <= LASTING));
    let mut left = room + GAP;
    let mut cells: Vec<Option<usize>> = vec![None; parts.len()];
    let grow = |cells: &mut [Option<usize>], left: &mut usize, most: usize| {
        for i in lasting {
            if let Some(cells) = &mut cells[*i] {
                let rest = parts[*i].width() - text::width(&parts[*i].text);
                let more = parts[*i].width().min(most.saturating_add(rest)).saturating_sub(*cells).min(*left);
                (*cells, *left) = (*cells + more, *left - more);
            }
        }
    };
    // Where one does not fit, none behind it is shown either: else they would come and go in turn as widths change.
    let fit = |cells: &mut [Option<usize>], left: &mut usize, ranks: &[usize]| {
        for i in ranks {
            let least = parts[*i].least_width();
            if least + GAP > *left {
                break;
            }
            (cells[*i], *left) = (Some(least), *left - least - GAP);
        }
    };
    fit(&mut cells, &mut left, lasting);
    grow(&mut cells, &mut left, ENOUGH);
    fit(&mut cells, &mut left, others);
    grow(&mut cells, &mut left, usize::MAX);
    for (part, cells) in parts.iter_mut().zip(&cells) {
        let room = cells.unwrap_or(0).saturating_sub(part.width() - text::width(&part.text));
        part.text = text::cut(&part.text, room, glyphs.cut).into_owned();
    }
    parts.into_iter().zip(cells).filter(|(_, cells)| cells.is_some()).map(|(part, _)| part).collect()
}

/// On a screen that is narrower, alerts are told in few words.
const SHORT: u16 = 100;

fn parts(ui: &Ui, model: &Model, is_short: bool) -> Vec<Part> {
    let stream = &model.stream;
    let mut parts = vec![part(0, Role::Brand, "sigtop"), mode(ui, model)];
    parts.extend(ended(ui, model).filter(|_| ui.frozen.is_some()));
    parts.extend(alerts::badge(ui, model, is_short).map(|(said, role)| part(0, role, said)));
    for (rank, text) in [(7, &stream.header.host), (8, &stream.header.kernel)] {
        if !text.is_empty() {
            parts.push(part(rank, Role::Dim, text::cut(&crate::escape::plain(text), 24, ui.look.glyphs().cut)));
        }
    }
    parts.push(part(2, Role::Strong, format!("{} sig/s", text::rate(ui.counters.rate, usize::MAX))));
    parts.push(Part { graph: 12, ..part(6, Role::Graph, "") });
    let (rank, role) = if stream.lost > 0 { (0, Role::Alarm) } else { (4, Role::Dim) };
    parts.push(part(rank, role, format!("lost {}", text::thousands(stream.lost))));
    if stream.malformed > 0 {
        parts.push(part(1, Role::Alarm, format!("unreadable {}", text::thousands(stream.malformed))));
    }
    let missing = stream.header.missing.len();
    let help = ui.keys.first("help").map_or(String::new(), |key| format!(" ({})", key.name(ui.look.ascii)));
    if missing > 0 {
        parts.push(part(5, Role::Alarm, format!("{missing} missing{help}")));
    } else if !stream.header.roads.is_empty() {
        let notes = stream.header.roads.len();
        parts.push(part(9, Role::Dim, format!("{notes} {}{help}", if notes == 1 { "note" } else { "notes" })));
    }
    parts.push(capture(ui, model));
    parts.extend(view(ui));
    parts
}

fn mode(ui: &Ui, model: &Model) -> Part {
    let glyphs = ui.look.glyphs();
    if let (Some(ended), None) = (ended(ui, model), &ui.frozen) {
        return ended;
    }
    match &ui.frozen {
        Some(frozen) => {
            let since = model.counters.total().saturating_sub(frozen.total);
            part(0, Role::Paused, format!("{} PAUSED +{}", glyphs.paused, text::thousands(since)))
        }
        None if ui.is_waiting => part(0, Role::Paused, format!("{} ATTACHING", glyphs.paused)),
        None if ui.look.replay => replay(ui),
        None if ui.look.demo => part(0, Role::Notice, format!("{} DEMO", glyphs.demo)),
        None if ui.look.attached => part(0, Role::Live, format!("{} ATTACHED", glyphs.live)),
        None => part(0, Role::Live, format!("{} LIVE", glyphs.live)),
    }
}

/// That the stream has ended, and when.
fn ended(ui: &Ui, model: &Model) -> Option<Part> {
    let mut when = String::new();
    log::clock(ui, model).write_short(&mut when, ui.ended_ns?);
    when.truncate(when.find('.').unwrap_or(when.len()));
    Some(part(0, Role::Alarm, format!("{} ENDED {when}", ui.look.glyphs().stop)))
}

/// That it is a recording, and whether it plays: as wide whatever it does.
fn replay(ui: &Ui) -> Part {
    let glyphs = ui.look.glyphs();
    let (sign, role) = match ui.head.map(|head| head.state) {
        None => (glyphs.live, Role::Live),
        Some(State::Playing) => (glyphs.play, Role::Live),
        Some(State::Reading(_)) => (glyphs.step, Role::Live),
        Some(State::Paused) => (glyphs.paused, Role::Paused),
        Some(State::End) => (glyphs.stop, Role::Paused),
    };
    let room = text::width(glyphs.paused);
    part(0, role, format!("{sign:room$} REPLAY"))
}

/// The fewest letters of a filter that are shown.
const LETTERS: usize = 8;

/// What the source sends, where that is decided, and how many signals that kept out.
fn capture(ui: &Ui, model: &Model) -> Part {
    let filter = &ui.filters.capture;
    if filter.is_everything() {
        return part(3, Role::Dim, "capture: all");
    }
    let out = match model.stream.kept_out {
        0 => String::new(),
        count => format!(" {} out", text::number(count, 6)),
    };
    let tail = format!("{}{out}", place(&ui.filters.placement, ui.look.glyphs()));
    let text = format!("capture: {filter}");
    Part { least: "capture: ".len() + LETTERS, tail, ..part(0, Role::Narrowed, text) }
}

/// ` ⚡` where all of a filter is decided in the kernel, ` ⚡+here` where a part of it is.
pub fn place(placement: &Placement, glyphs: &Glyphs) -> String {
    match (placement.kernel.is_empty(), placement.here.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!(" {}", glyphs.kernel),
        (false, false) => format!(" {}+here", glyphs.kernel),
        (true, false) => " (here)".into(),
    }
}

/// What of it is shown, and which noise is not.
fn view(ui: &Ui) -> Vec<Part> {
    let (filter, noise) = (&ui.filters.view, noise(ui));
    match (filter.is_everything(), noise.is_empty()) {
        (true, true) => vec![part(3, Role::Notice, "view: all")],
        (true, false) => vec![Part { least: "view: hides".len() + 1, ..part(3, Role::Dim, format!("view: {noise}")) }],
        (false, _) => {
            let view = format!("view: {filter}");
            let view = Part { least: "view: ".len() + LETTERS, ..part(1, Role::Narrowed, view) };
            let short = |noise| Part { least: "hides".len() + 1, ..part(3, Role::Dim, noise) };
            let noise = (!noise.is_empty()).then(|| short(noise));
            std::iter::once(view).chain(noise).collect()
        }
    }
}

/// `hides CHLD,URG,probes (1,073)`; probes are named once there are any.
fn noise(ui: &Ui) -> String {
    let (hidden, probes) = (ui.log.hidden, if ui.log.hides_probes { ui.counters.probes } else { 0 });
    let words = match (hidden.is_empty(), probes) {
        (true, 0) => return String::new(),
        (false, 0) => hidden.to_string(),
        (true, _) => "probes".into(),
        (false, _) => format!("{hidden},probes"),
    };
    format!("hides {words} ({})", text::thousands(ui.counters.came(hidden) + probes))
}
