//! The signal log: when, which, from whom, to whom, and what came of it; gaps and new filters as rows of their own, and
//! what was done to files and addresses.

use super::table::{Column, NICE, Row, Table, number, text as column};
use super::{Canvas, Pen, attempt, deed};
use crate::clock::Clock;
use crate::event::{Call, CountEvent, FilterEvent, Ignored, Kind, Origin, SignalEvent};
use crate::model::{Entry, Model, Outcome};
use crate::ui::layout::{Panel, Place};
use crate::ui::theme::{Glyphs, Role};
use crate::ui::{Ui, text};

const COLUMNS: [Column; 7] = [
    column("TIME", [8, 12, 12], 1),
    column("SIGNAL", [7, 8, 9], 0),
    column("FROM", [8, 18, 26], 0),
    column("TO", [8, 16, 23], 0),
    column("VIA", [6, 8, 12], NICE),
    number("UID", [5, 5, 8], NICE + 1),
    column("OUTCOME", [10, 16, 20], 0),
];

/// The column of what came of it.
const OUTCOME: usize = 6;

/// The columns that fit.
pub fn table(place: &Place) -> Table<7> {
    Table::fit(&COLUMNS, place.area.width - 2)
}

/// Draws the rows.
pub fn render(canvas: &mut Canvas, place: &Place, ui: &Ui, model: &Model) {
    let table = table(place);
    table.heads(canvas, place.inner(), None);
    let mut clock = clock(ui, model);
    let (state, area) = (&ui.log, place.rows());
    if state.index.is_empty() {
        let so_far = text::thousands(ui.counters.total);
        let said = match (ui.counters.total, ui.filters.view.is_everything()) {
            (1.., _) if model.log.is_empty() => {
                format!("{so_far} signals so far, and nothing yet that the capture lets through: f changes it.")
            }
            (0, _) => "No signal yet. Every one that is sent will stand here.".into(),
            (_, true) => format!("{so_far} signals so far, none shown here: n shows the hidden ones."),
            (_, false) => {
                format!("{so_far} signals so far, none of those kept is in the view: F changes it, u undoes.")
            }
        };
        canvas.say(area, &said);
    }
    for at in state.window.shown(state.index.len(), area.height) {
        let row = Row::new(area, state.window, at, Panel::Log, ui);
        let sign = state.marks.contains(state.index[at]).then_some(canvas.glyphs.flag);
        let row = Row { is_selected: row.is_selected && !state.follow, sign, ..row };
        match ui.entry(model, state.index[at]) {
            Some(Entry::Signal(signal)) => table.row(canvas, row, |column, pen| {
                cell(pen, column, &signal.event, signal.outcome, &mut clock, ui);
            }),
            Some(Entry::Attempt(e)) => table.row(canvas, row, |column, pen| {
                attempt::cell(pen, column, &e, &mut clock, ui);
            }),
            Some(entry @ (Entry::File(_) | Entry::Connect(_) | Entry::Alert(_))) => {
                let ends =
                    (table.from(OUTCOME).map_or(0, |x| (area.x + x).saturating_sub(2)), area.right().saturating_sub(1));
                table.row(canvas, row, |column, pen| deed::cell(pen, column, ends, &entry, &mut clock, ui));
            }
            Some(Entry::Lost(e)) => table.row(canvas, row, |column, pen| {
                note(pen, column, area.right(), (e.mono_ns, &lost(&e), Role::Alarm), &mut clock);
            }),
            Some(Entry::Filter(e)) => table.row(canvas, row, |column, pen| {
                note(pen, column, area.right(), (e.mono_ns, &filter(&e), Role::Notice), &mut clock);
            }),
            None => {}
        }
    }
}

/// The clock of the stream.
pub fn clock(ui: &Ui, model: &Model) -> Clock {
    Clock::over(ui.look.time, model.stream.header.mono_ns, &model.stream.offsets)
}

fn cell(pen: &mut Pen, column: usize, e: &SignalEvent, outcome: Outcome, clock: &mut Clock, ui: &Ui) {
    let (glyphs, room) = (ui.look.glyphs(), pen.room());
    match column {
        0 => pen.put(&time(clock, e.mono_ns, room), Role::Dim),
        1 => pen.put(e.signal.short_name(), Role::Signal),
        2 => {
            let role = if e.sender.is_some() { Role::Text } else { Role::Kernel };
            pen.put(&text::sender(e, room, glyphs.cut), role);
        }
        3 => pen.put(&text::process(&e.target.name, e.target.key.pid, room, glyphs.cut), Role::Text),
        4 => pen.put(via(e), Role::Dim),
        5 => pen.put(&e.sender.map_or(String::new(), |s| s.uid.to_string()), Role::Dim),
        _ => {
            let said = Said::new(outcome, ui.now_ns.saturating_sub(e.mono_ns), glyphs);
            // The word at the left, how long at the right, so that both can be read down the column.
            let time = if said.word.len() + said.time.len() < room { text::width(&said.time) } else { 0 };
            pen.left(said.word, said.role, room.min(OUTCOME_CELLS).saturating_sub(time));
            if time > 0 {
                pen.text(&said.time, said.role);
            }
        }
    }
}

/// Word and duration stand at most this far apart.
const OUTCOME_CELLS: usize = 20;

/// The time, without fractions of a second where there is no room for them.
pub(super) fn time(clock: &mut Clock, mono_ns: u64, room: usize) -> String {
    let mut out = String::with_capacity(16);
    clock.write_short(&mut out, mono_ns);
    if out.len() > room {
        out.truncate(out.find('.').unwrap_or(out.len()));
    }
    out
}

/// By which road: the system call, or the kernel's reason.
fn via(e: &SignalEvent) -> &'static str {
    match (e.origin, e.call) {
        (Origin::User, Some(call)) => call_word(call),
        (origin, _) => origin.word(),
    }
}

/// A system call, in a narrow column.
pub(super) fn call_word(call: Call) -> &'static str {
    if call == Call::Pidfd { "pidfd" } else { call.word() }
}

/// An outcome in words.
pub struct Said {
    /// One or two words, that tell the fates apart without colour.
    pub word: &'static str,
    /// How long it took or takes; empty where that is not known or says nothing.
    pub time: String,
    /// Its fate's style.
    pub role: Role,
}

impl Said {
    /// The words for this outcome of a signal that was sent `age_ns` ago.
    pub fn new(outcome: Outcome, age_ns: u64, glyphs: &Glyphs) -> Said {
        let took = |ns: Option<u64>| ns.map_or(String::new(), |ns| text::duration(ns, glyphs));
        let (word, time, role) = match outcome {
            Outcome::Pending => ("pending", text::duration(age_ns, glyphs), Role::Pending),
            Outcome::Taken => ("queued", String::new(), Role::Handled),
            Outcome::InfoLost => ("pending, bare", text::duration(age_ns, glyphs), Role::Pending),
            Outcome::Handled { latency_ns } => ("handled", took(latency_ns), Role::Handled),
            Outcome::Default { latency_ns } => ("no effect", took(latency_ns), Role::Ignored),
            Outcome::Killed { latency_ns } => ("killed", took(latency_ns), Role::Fatal),
            Outcome::Stopped { latency_ns } => ("stopped", took(latency_ns), Role::Stopped),
            Outcome::Continued { latency_ns } => ("continued", took(latency_ns), Role::Stopped),
            Outcome::Ignored(why) => (ignored(why), String::new(), Role::Ignored),
            Outcome::Coalesced => ("coalesced", String::new(), Role::Ignored),
            Outcome::Overflow => ("queue full", String::new(), Role::Fatal),
            Outcome::Unanswered => ("queued", String::new(), Role::Ignored),
        };
        Said { word, time, role }
    }
}

fn ignored(why: Option<Ignored>) -> &'static str {
    match why {
        None => "ignored",
        Some(Ignored::SigIgn) => "ignored SIG_IGN",
        Some(Ignored::Default) => "ignored default",
        Some(Ignored::Init) => "ignored by init",
        Some(Ignored::Zombie) => "ignored zombie",
        Some(Ignored::Exiting) => "ignored exiting",
    }
}

/// A row that is no signal: its time, and a line of text over the other columns up to the cell `end`.
fn note(pen: &mut Pen, column: usize, end: u16, (mono_ns, text, role): (u64, &str, Role), clock: &mut Clock) {
    match column {
        0 => pen.put(&time(clock, mono_ns, pen.room()), Role::Dim),
        1 => {
            pen.end = end;
            pen.put(text, role);
        }
        _ => {}
    }
}

/// A gap, in words.
pub fn lost(e: &CountEvent) -> String {
    let count = text::thousands(e.count);
    let count = e.result.map_or(count.clone(), |result| format!("{count} {}", result.word()));
    match (e.kind, e.signal) {
        (Some(Kind::Signal), Some(signal)) => format!("{count} {} lost here: only counted", signal.short_name()),
        (Some(Kind::Signal), None) => format!("{count} signals lost here: only counted"),
        (Some(kind), _) => format!("{count} {} records lost here", kind.word()),
        (None, _) => format!("{count} records could not be read"),
    }
}

/// A new filter, in words.
pub fn filter(e: &FilterEvent) -> String {
    if e.text.is_empty() { "from here on: everything".into() } else { format!("from here on: {}", e.text) }
}
