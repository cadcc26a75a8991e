//! The process tree: who there is, under whom, how many signals each sent and got, and how the dead ended.

use super::table::{Column, NICE, Row, Table, number, text as column};
use super::{Canvas, Pen};
use crate::escape;
use crate::event::End;
use crate::model::tree::{Kind, Rest, TreeRow};
use crate::model::{Model, Proc, death};
use crate::ui::layout::{Panel, Place};
use crate::ui::state::sort::Sort;
use crate::ui::state::tree_order::{self, column::*};
use crate::ui::theme::{Glyphs, Role};
use crate::ui::{Ui, text};
use ratatui::layout::Rect;

const COLUMNS: [Column; 8] = [
    number("PID", [5; 3], 2),
    column("NAME", [12, 24, 36], 0),
    number("SENT", [5, 5, 8], 1),
    number("RECV", [5, 5, 8], 0),
    column("LAST", [7, 7, 9], 3),
    number("AGO", [5, 5, 6], NICE),
    column("USER", [8, 8, 12], NICE + 1),
    column("COMMAND", [15, 20, 90], NICE + 2),
];

/// A last signal is bright for so long, then dim.
const FRESH_NS: u64 = 3_000_000_000;
/// The lines before a name give way before less than so much of the name is left.
const NAME_CELLS: usize = 10;
/// What a long name of a dead one leaves for how it ended.
const FATE_CELLS: u16 = 16;

/// The columns that fit, that of the pid as wide as the longest.
pub fn table(place: &Place, ui: &Ui) -> Table<8> {
    let mut columns = COLUMNS;
    let digits = u32::checked_ilog10(ui.tree.rows.highest_pid).unwrap_or(0) as u16 + 1;
    let digits = digits.max(columns[PID].min);
    (columns[PID].min, columns[PID].want, columns[PID].max) = (digits, digits, digits);
    Table::fit(&columns, place.area.width - 2)
}

/// What the panel shows, in words: `Processes · /ngin 3 · following nginx 881 · level 2`.
pub fn title(ui: &Ui, model: &Model) -> String {
    let glyphs = ui.look.glyphs();
    let (_, flat) = ui.tree.arrangement();
    let followed = ui.tree.followed().and_then(|key| ui.proc(model, &key));
    let follows = |proc: &Proc| format!("following {}", text::process(&proc.name, proc.key.pid, 24, glyphs.cut));
    let parts = [
        Some(if flat { "Processes, one list".into() } else { "Processes".into() }),
        found(ui),
        followed.map(follows),
        ui.tree.level().map(|level| format!("level {level}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(&format!(" {} ", glyphs.dot))
}

/// What is looked for, and how many fit: `/ngin 3`.
pub fn found(ui: &Ui) -> Option<String> {
    let find = ui.tree.find()?;
    let what = text::cut(&escape::plain(&find.text), 24, ui.look.glyphs().cut).into_owned();
    Some(format!("/{what} {}", text::thousands(ui.tree.rows.fitting as u64)))
}

/// Among tabs there is no title to say it: what is looked for, or who is followed, stands behind the head of the names.
fn narrowed(canvas: &mut Canvas, place: &Place, table: &Table<8>, ui: &Ui) {
    let following = || ui.tree.followed().map(|key| format!("follows {}", key.pid));
    let said = found(ui).or_else(following).filter(|_| place.sharing.len() > 1);
    if let (Some(said), Some((x, width))) = (said, table.slots[NAME]) {
        let area = place.inner();
        let from = "NAME  ".len() as u16;
        let area = Rect { x: area.x + x + from, width: width.saturating_sub(from), ..area };
        canvas.pen(area).text(&said, Role::Notice);
    }
}

/// The order as the heads show it: a mark that points down where the most, last or newest is on top.
fn sort(ui: &Ui) -> Sort {
    let (sort, _) = ui.tree.arrangement();
    Sort { reversed: tree_order::falls(sort) != COLUMNS[sort.column.min(COMMAND)].right, ..sort }
}

/// Draws the rows.
pub fn render(canvas: &mut Canvas, place: &Place, ui: &Ui, model: &Model) {
    let table = table(place, ui);
    table.heads(canvas, place.inner(), Some(sort(ui)));
    narrowed(canvas, place, &table, ui);
    let (state, area) = (&ui.tree, place.rows());
    if state.rows.list.is_empty() {
        canvas.say(
            area,
            if state.find().is_some() { "No process fits. Esc shows all again." } else { "No process is known yet." },
        );
    }
    // What is said of one that is no more stands over the columns of counts.
    let end = table.slots[..USER].iter().flatten().map(|(x, width)| area.x + x + width).max();
    for at in state.window.shown(state.rows.list.len(), area.height) {
        let node = &state.rows.list[at];
        let line = Line { node, ui, end };
        let row = Row::new(area, state.window, at, Panel::Tree, ui);
        match node.kind {
            Kind::Process => {
                let Some(proc) = ui.proc(model, &node.key) else { continue };
                table.row(canvas, row, |column, pen| line.process(pen, column, proc));
            }
            Kind::Thread(tid) => {
                let name = state.thread_name(&node.key, tid);
                let name = text::name(&name);
                table.row(canvas, row, |column, pen| match column {
                    PID => pen.put(&tid.to_string(), Role::Dim),
                    NAME => line.lead(pen).put(&name, Role::Dim),
                    _ => {}
                });
            }
            Kind::Rest(which) => table.row(canvas, row, |column, pen| {
                if let (NAME, Some(rest)) = (column, state.rows.rests.get(which as usize)) {
                    line.rest(pen, rest);
                }
            }),
        }
    }
}

/// A row, and where it is drawn.
struct Line<'a> {
    node: &'a TreeRow,
    ui: &'a Ui,
    /// Behind the columns of counts.
    end: Option<u16>,
}

impl Line<'_> {
    fn process(&self, pen: &mut Pen, column: usize, proc: &Proc) {
        // Of one that is there only for those below it, all is dim.
        let role = |role| if self.node.fits { role } else { Role::Dim };
        let count = |pen: &mut Pen, value: u64| {
            pen.put(&text::number(value, pen.room()), role(if value > 0 { Role::Text } else { Role::Dim }));
        };
        let (ui, is_alive) = (self.ui, proc.is_alive());
        match column {
            PID => self.marked(pen, &proc.key.pid.to_string(), Role::Dim),
            NAME => {
                self.name(pen, proc);
                if !is_alive {
                    self.fate(pen, proc);
                }
            }
            USER => match tree_order::user(proc.uid, ui.users()) {
                Some(name) => self.marked(pen, &escape::plain(name), Role::Dim),
                None => pen.put(&proc.uid.to_string(), Role::Dim),
            },
            COMMAND => self.marked(pen, &escape::plain(&command(proc)), Role::Dim),
            _ if !is_alive => {}
            SENT => count(pen, proc.sent),
            RECEIVED => count(pen, proc.received),
            LAST => last(pen, proc, ui),
            _ => {
                let age = |ns: u64| text::age(ui.now_ns.saturating_sub(ns), ui.look.glyphs());
                pen.put(&proc.last.map_or(String::new(), |last| age(last.mono_ns)), Role::Dim);
            }
        }
    }

    /// Writes a text, with what was looked for marked in it.
    fn marked(&self, pen: &mut Pen, text: &str, role: Role) {
        let find = self.ui.tree.find().filter(|_| self.node.fits);
        pen.put_marked(text, role, &find.map_or_else(Vec::new, |find| find.marks(text)));
    }

    /// The lines that lead to a name. What is too deep stands where the deepest stands that fits, whatever its name:
    /// so no child stands to the left of its parent.
    fn lead<'p, 'b>(&self, pen: &'p mut Pen<'b>) -> &'p mut Pen<'b> {
        let room = pen.room().saturating_sub(NAME_CELLS);
        pen.text(&guides(self.node, self.ui.look.glyphs(), room), Role::Dim)
    }

    /// Guides, signs, the name, and how many are folded away.
    fn name(&self, pen: &mut Pen, proc: &Proc) {
        let (node, glyphs) = (self.node, self.ui.look.glyphs());
        let (is_alive, name) = (proc.is_alive(), text::name(&proc.name));
        self.lead(pen);
        if node.folded {
            pen.text(glyphs.folded, Role::Notice);
        }
        if !is_alive {
            pen.text(glyphs.dead, end_role(proc)).skip(1);
            // It has no counts: their cells are the name's as well, but for what is said of its end.
            pen.end = pen.end.max(self.end.unwrap_or(0).saturating_sub(FATE_CELLS));
        }
        let (below, dead) = self.folded_away(pen.room().saturating_sub(text::width(&name).min(NAME_CELLS)));
        let end = pen.end;
        pen.end = end.saturating_sub((text::width(&below) + text::width(&dead)) as u16).max(pen.x);
        self.marked(pen, &name, if is_alive && node.fits { Role::Text } else { Role::Dim });
        pen.end = end;
        pen.text(&below, Role::Dim).text(&dead, Role::Fatal);
    }

    /// How many are folded away, and how many of these are dead; where there is no room for it only that some are.
    fn folded_away(&self, room: usize) -> (String, String) {
        let (node, mark) = (self.node, self.ui.look.glyphs().dead);
        if !node.folded {
            return Default::default();
        }
        let below = format!(" +{}", text::thousands(node.below.into()));
        let dead = match node.dead_below {
            0 => String::new(),
            dead => format!(" {mark}{}", text::thousands(dead.into())),
        };
        match text::width(&below) + text::width(&dead) > room && !dead.is_empty() {
            true => (below, mark.into()),
            false => (below, dead),
        }
    }

    /// How a dead one ended, and at the end of the columns of counts how long ago.
    fn fate(&self, pen: &mut Pen, proc: &Proc) {
        pen.end = self.end.unwrap_or(pen.end).max(pen.x);
        pen.skip(2);
        let cause = death::of(proc).unwrap_or_default();
        let cause = cause.strip_prefix("SIG").unwrap_or(&cause);
        let age = |ns: u64| text::age(self.ui.now_ns.saturating_sub(ns), self.ui.look.glyphs());
        let age = proc.death.as_ref().map_or(String::new(), |death| age(death.mono_ns));
        let room = pen.room().saturating_sub(age.len() + 1);
        pen.left(&text::cut_before_pid(cause, room, self.ui.look.glyphs().cut), end_role(proc), room);
        pen.skip(1).text(&age, Role::Dim);
    }

    /// Those that ended by themselves: how many, how many of them in vain, who they were.
    fn rest(&self, pen: &mut Pen, rest: &Rest) {
        let glyphs = self.ui.look.glyphs();
        let text = format!("{} exited", text::thousands(rest.count.into()));
        self.lead(pen);
        pen.end = self.end.unwrap_or(pen.end);
        pen.text(glyphs.dead, Role::Dim).skip(1).text(&text, Role::Dim);
        if rest.failed > 0 {
            pen.text(&format!(", {} failed", text::thousands(rest.failed.into())), Role::Notice);
        }
        let name = |(name, count): &(_, u32)| match count {
            1 => text::name(name).into_owned(),
            count => format!("{} {}", text::name(name), text::thousands((*count).into())),
        };
        let names: Vec<String> = rest.names.iter().map(name).collect();
        pen.skip(2).text(&names.join(", "), Role::Dim);
    }
}

/// The lines that lead to a row, in at most `room` cells: of a deep row the nearest ones.
fn guides(node: &TreeRow, glyphs: &Glyphs, room: usize) -> String {
    let depth = usize::from(node.depth);
    // Where only the last cell is missing, the name stands right behind its branch.
    let most = room.div_ceil(2);
    let mut out = String::new();
    let mut from = 1;
    if depth > most {
        match most {
            0 => return out,
            1 => return format!("{} ", glyphs.cut),
            _ => out = format!("{} ", glyphs.cut),
        }
        from = depth + 2 - most;
    }
    for level in from..depth {
        let goes_on = level < 64 && node.guides & (1 << level) != 0;
        out.push_str(if goes_on { glyphs.pipe } else { "  " });
    }
    if depth > 0 {
        out.push_str(if node.last { glyphs.corner } else { glyphs.tee });
    }
    if text::width(&out) > room {
        out.pop();
    }
    out
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
