//! The process tree: who there is, under whom, how many signals each sent and got, and how the dead ended.

use super::table::{Column, NICE, Row, Table, number, text as column};
use super::{Canvas, Pen};
use crate::event::End;
use crate::model::tree::TreeRow;
use crate::model::{Model, Proc, death};
use crate::ui::layout::{Panel, Place};
use crate::ui::theme::{Glyphs, Role};
use crate::ui::{Ui, text};

const COLUMNS: [Column; 6] = [
    number("PID", [5; 3], 2),
    column("NAME", [12, 24, 36], 0),
    number("SENT", [5, 5, 8], 1),
    number("RECV", [5, 5, 8], 0),
    column("LAST", [7, 7, 9], 3),
    column("COMMAND", [15, 20, 90], NICE),
];
const NAME: usize = 1;
const COMMAND: usize = 5;

/// A last signal is bright for so long, then dim.
const FRESH_NS: u64 = 3_000_000_000;

/// The columns that fit, that of the pid as wide as the longest.
pub fn table(place: &Place, ui: &Ui) -> Table<6> {
    let mut columns = COLUMNS;
    let digits = ui.tree.pid_digits.max(columns[0].min);
    (columns[0].min, columns[0].want, columns[0].max) = (digits, digits, digits);
    Table::fit(&columns, place.area.width - 2)
}

/// Draws the rows.
pub fn render(canvas: &mut Canvas, place: &Place, ui: &Ui, model: &Model) {
    let table = table(place, ui);
    table.heads(canvas, place.inner(), None);
    let (state, area) = (&ui.tree, place.rows());
    if state.rows.is_empty() {
        canvas.say(area, "No process is known yet.");
    }
    for at in state.window.shown(state.rows.len(), area.height) {
        let node = &state.rows[at];
        let Some(proc) = ui.proc(model, &node.key) else { continue };
        let row = Row::new(area, state.window, at, Panel::Tree, ui);
        let fate_end = table.slots[..COMMAND].iter().flatten().map(|(x, width)| area.x + x + width).max();
        table.row(canvas, row, |column, pen| match column {
            0 => pen.put(&proc.key.pid.to_string(), Role::Dim),
            NAME => {
                name(pen, node, proc, ui.look.glyphs());
                if !proc.is_alive() {
                    let end = fate_end.unwrap_or(pen.end);
                    fate(pen, proc, ui, end);
                }
            }
            COMMAND => pen.put(&command(proc), Role::Dim),
            _ if proc.is_alive() => cell(pen, column, proc, ui),
            _ => {}
        });
    }
}

/// Guides, marks and the name.
fn name(pen: &mut Pen, node: &TreeRow, proc: &Proc, glyphs: &Glyphs) {
    pen.text(&guides(node, glyphs, pen.room() * 2 / 3), Role::Dim);
    if node.folded {
        pen.text(glyphs.folded, Role::Notice);
    }
    if proc.is_alive() {
        pen.text(&text::name(&proc.name), Role::Text);
    } else {
        pen.text(glyphs.dead, end_role(proc)).skip(1).text(&text::name(&proc.name), Role::Dim);
    }
    if node.folded {
        pen.text(&format!(" +{}", node.children), Role::Dim);
    }
}

/// The lines that lead to a row, in at most `room` cells: of a deep row the nearest ones.
fn guides(node: &TreeRow, glyphs: &Glyphs, room: usize) -> String {
    let depth = usize::from(node.depth);
    let most = (room / 2).max(2);
    let mut out = String::new();
    let mut from = 1;
    if depth > most {
        out = format!("{} ", glyphs.cut);
        from = depth + 2 - most;
    }
    for level in from..depth {
        let goes_on = level < 64 && node.guides & (1 << level) != 0;
        out.push_str(if goes_on { glyphs.pipe } else { "  " });
    }
    if depth > 0 {
        out.push_str(if node.last { glyphs.corner } else { glyphs.tee });
    }
    out
}

fn cell(pen: &mut Pen, column: usize, proc: &Proc, ui: &Ui) {
    let count = |pen: &mut Pen, value: u64| {
        pen.put(&text::number(value, pen.room()), if value > 0 { Role::Text } else { Role::Dim });
    };
    match column {
        2 => count(pen, proc.sent),
        3 => count(pen, proc.received),
        _ => last(pen, proc, ui),
    }
}

/// The last signal, bright while it is fresh, marked while one is waited for.
fn last(pen: &mut Pen, proc: &Proc, ui: &Ui) {
    let Some(last) = proc.last else { return };
    let is_fresh = ui.now_ns.saturating_sub(last.mono_ns) < FRESH_NS;
    let role = match (last.fatal, is_fresh) {
        (true, _) => Role::Fatal,
        (false, true) => Role::Signal,
        (false, false) => Role::Dim,
    };
    pen.text(last.signal.short_name(), role);
    if proc.waiting > 0 && pen.room() >= 2 {
        pen.skip(1).text(ui.look.glyphs().waiting, Role::Pending);
    }
}

/// The arguments as one line, or the executable where there are none.
fn command(proc: &Proc) -> String {
    let mut out = String::new();
    for arg in proc.program.argv() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(arg);
        if out.len() > 400 {
            break;
        }
    }
    if out.is_empty() { proc.program.exe.to_string() } else { out }
}

/// How bad an end is.
pub fn end_role(proc: &Proc) -> Role {
    match proc.death.as_ref().map(|death| death.end) {
        Some(End::Signal { .. }) => Role::Fatal,
        Some(End::Code(0)) | None => Role::Dim,
        Some(End::Code(_)) => Role::Notice,
    }
}

/// How a dead one ended and when: from behind its name over the columns of counts, up to the cell `end`.
fn fate(pen: &mut Pen, proc: &Proc, ui: &Ui, end: u16) {
    pen.end = end.max(pen.x);
    pen.skip(2);
    let cause = death::of(proc).unwrap_or_default();
    let cause = cause.strip_prefix("SIG").unwrap_or(&cause);
    let mut age = proc
        .death
        .as_ref()
        .map_or(String::new(), |death| text::age(ui.now_ns.saturating_sub(death.mono_ns), ui.look.glyphs()));
    let room = pen.room();
    if age.ends_with(|c: char| c != 'w') && text::width(cause) + age.len() + 6 <= room {
        age.push_str(" ago");
    }
    pen.left(cause, end_role(proc), room.saturating_sub(age.len() + 1));
    pen.skip(1).text(&age, Role::Dim);
}
