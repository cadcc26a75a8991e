//! The filter bar: the text, below it what is wrong with it or where its terms are decided, above it what could come
//! next.

use super::field::Field;
use super::{Canvas, frames};
use crate::escape;
use crate::filter::Placement;
use crate::ui::state::bar::{Bar, Offer};
use crate::ui::state::filters::Which;
use crate::ui::theme::{Glyphs, Role};
use crate::ui::{Ui, text};
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use std::ops::Range;

/// Cells before the text: a margin, the longer of the two names, a gap and the edge.
const LABEL: u16 = 10;

/// The most lines of what is said below the text.
const SAID_LINES: usize = 3;

fn field(bar: &Bar, area: Rect) -> Field<'_> {
    let area = Rect { x: area.x + LABEL, width: area.width.saturating_sub(LABEL + 1), height: 1, ..area };
    Field::new(&bar.input, area)
}

/// How many lines the bar takes on a screen of this width.
pub fn lines(bar: &Bar, ui: &Ui, width: u16) -> u16 {
    let area = Rect { x: 0, y: 0, width, height: 1 };
    1 + said(bar, &field(bar, area), ui).len().max(1) as u16
}

/// Draws the bar, and the list above it.
pub fn render(canvas: &mut Canvas, area: Rect, bar: &Bar, ui: &Ui) {
    let field = field(bar, area);
    let edge = if field.skipped == 0 { canvas.glyphs.edge } else { canvas.glyphs.cut };
    for line in 0..area.height {
        canvas.line(area, line, false).text(&" ".repeat(area.width.into()), Role::Text);
    }
    canvas
        .pen(area)
        .skip(1)
        .left(bar.which.word(), Role::TitleFocus, usize::from(LABEL) - 3)
        .skip(1)
        .text(edge, Role::Mark);
    field.render(canvas);
    if let Err(wrong) = &bar.parsed
        && let Some(cells) = field.cells(&wrong.place)
    {
        let style = canvas.palette.style(how_wrong(bar)).add_modifier(Modifier::UNDERLINED);
        canvas.buffer.set_style(cells, style);
    }
    field.cursor(canvas);
    for (line, parts) in said(bar, &field, ui).iter().enumerate() {
        let mut pen = canvas.line(area, 1 + line as u16, false);
        for (text, role) in parts {
            pen.text(text, *role);
        }
    }
    if let Some(offer) = &bar.offer {
        list(canvas, offer_area(offer, &field, area), offer);
    }
}

/// What is being typed at this moment may become right: no alarm, and no hint yet.
fn how_wrong(bar: &Bar) -> Role {
    if bar.is_unfinished() { Role::Notice } else { Role::Alarm }
}

/// A line of parts in their styles.
type Line = Vec<(String, Role)>;

/// What stands below the text.
fn said(bar: &Bar, field: &Field, ui: &Ui) -> Vec<Line> {
    let glyphs = ui.look.glyphs();
    let room = usize::from((field.area.right() + 1).saturating_sub(2));
    let wrapped = |text: &str, role: Role| -> Vec<Line> {
        let lines = text::wrap(&escape::plain(text), room, SAID_LINES, glyphs.cut);
        lines.into_iter().map(|line| vec![(format!(" {line}"), role)]).collect()
    };
    if let Some(why) = &bar.refusal {
        return wrapped(&format!("refused: {why}"), Role::Alarm);
    }
    let filter = match &bar.parsed {
        Err(wrong) => {
            let role = how_wrong(bar);
            let hint = if role == Role::Alarm { format!("; {}", wrong.hint) } else { String::new() };
            let why = format!("{}{hint}", wrong.why);
            let why = escape::plain(&why);
            let pointed = field.cell(wrong.place.start).and_then(|cell| pointed(&why, cell, room));
            return pointed.map_or_else(|| wrapped(&why, role), |line| vec![vec![(line, role)]]);
        }
        Ok(filter) => filter,
    };
    if bar.is_asking {
        return wrapped("on its way to the source", Role::Notice);
    }
    match bar.which {
        Which::View => wrapped("what fits is shown, of the signals that were captured and are kept", Role::Dim),
        Which::Capture if filter.is_everything() => wrapped("every signal is captured", Role::Dim),
        Which::Capture if *filter == ui.filters.capture => vec![placed(&ui.filters.placement, room, glyphs)],
        Which::Capture => vec![placed(&bar.placement, room, glyphs)],
    }
}

/// `   ^ why`, or `why ^   `, with the mark at this cell; none where the words do not fit beside it.
fn pointed(why: &str, cell: u16, room: usize) -> Option<String> {
    let (cell, width) = (usize::from(cell), text::width(why));
    if cell + 2 + width <= room {
        Some(format!("{}^ {why}", " ".repeat(cell)))
    } else if width + 2 <= cell {
        Some(format!("{}{why} ^", " ".repeat(cell - width - 1)))
    } else {
        None
    }
}

/// Which terms are decided where, in so many cells: what is decided here always has some of them.
fn placed(placement: &Placement, room: usize, glyphs: &Glyphs) -> Line {
    let part = |word: &str, terms: &[String], role: Role, room: usize| -> Line {
        let word = format!(" {word}: ");
        let terms = escape::plain(&terms.join(" ")).into_owned();
        let terms = text::cut(&terms, room.saturating_sub(text::width(&word)), glyphs.cut).into_owned();
        if terms.is_empty() { Line::new() } else { vec![(word, role), (terms, Role::Text)] }
    };
    let cells = |line: &Line| line.iter().map(|(text, _)| text::width(text)).sum::<usize>();
    let here = part("here", &placement.here, Role::Notice, room);
    let kernel = part(glyphs.kernel_word, &placement.kernel, Role::Live, room - cells(&here).min(room / 2));
    let here = part("here", &placement.here, Role::Notice, room.saturating_sub(cells(&kernel) + 2));
    let gap = (!kernel.is_empty() && !here.is_empty()).then(|| ("  ".into(), Role::Text));
    kernel.into_iter().chain(gap).chain(here).collect()
}

/// Where the list stands: above the letters in whose place its candidates would be.
fn offer_area(offer: &Offer, field: &Field, bar: Rect) -> Rect {
    let (texts, notes) = offer.widths();
    let width = ((texts + 2 + notes).clamp(16, 70) as u16 + 4).min(bar.width);
    let height = (offer.lines() + 2).min(bar.y.saturating_sub(1));
    let x = field.cell(offer.place.start).unwrap_or(field.area.x).saturating_sub(2).min(bar.right() - width);
    Rect { x, y: bar.y - height, width, height }
}

/// The candidates that are shown in so many lines.
fn shown(offer: &Offer, lines: u16) -> Range<usize> {
    let (mut window, len) = (offer.window, offer.candidates.len());
    window.settle(len, lines.into());
    window.shown(len, lines)
}

fn list(canvas: &mut Canvas, area: Rect, offer: &Offer) {
    let inner = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height.saturating_sub(2) };
    let (len, shown) = (offer.candidates.len(), shown(offer, inner.height));
    let status = if len > shown.len() { format!("{len}") } else { String::new() };
    canvas.window(area);
    frames::title(canvas, area, "", Role::TitleFocus, &status, Role::Dim);
    let texts = offer.widths().0;
    for (line, at) in shown.enumerate() {
        let candidate = &offer.candidates[at];
        let is_chosen = offer.is_chosen && at == offer.window.at;
        let mut pen = canvas.line(inner, line as u16, is_chosen);
        pen.skip(1).left(&candidate.text, Role::Strong, texts.min(usize::from(inner.width))).skip(2);
        pen.text(&candidate.note, Role::Dim);
    }
}

/// The candidate at this cell, if the list is there.
pub fn candidate_at(bar: &Bar, area: Rect, column: u16, row: u16) -> Option<usize> {
    let offer = bar.offer.as_ref()?;
    let list = offer_area(offer, &field(bar, area), area);
    let is_inside = list.contains(Position { x: column, y: row }) && row > list.y && row + 1 < list.bottom();
    let line = usize::from(row.checked_sub(list.y + 1)?);
    shown(offer, list.height.saturating_sub(2)).nth(line).filter(|_| is_inside)
}
