//! The panel by sender where it has gone into something: who sent one signal, whom one sender sent to and what came of
//! it; and the way there, as its title.

use super::senders::is_process;
use super::table::{Column, NICE, Row, Table, graph, number, text as column};
use super::{Canvas, Pen};
use crate::event::{Name, SenderKey};
use crate::model::{Model, TargetCount, TargetKey};
use crate::signal::Signal;
use crate::ui::layout::{Panel, Place};
use crate::ui::state::drill::{Level, part_column, target_column};
use crate::ui::theme::{Glyphs, Role};
use crate::ui::{Ui, text};
use ratatui::layout::Rect;

const SENDERS: [Column; 5] = [
    column("SENDER", [12, 20, 26], 0),
    number("UID", [5, 5, 8], NICE),
    number("TOTAL", [7, 7, 11], 0),
    graph("SHARE", [5, 12, 60], 1),
    number("ALL IT SENT", [11, 11, 12], NICE + 1),
];

const TARGETS: [Column; 4] = [
    column("TARGET", [12, 16, 26], 0),
    number("TOTAL", [6, 7, 11], 0),
    number("LAST", [5, 6, 8], 1),
    graph("OUTCOME", [12, 18, 80], 0),
];

/// The columns of the senders of one signal that fit.
pub fn senders_table(place: &Place) -> Table<5> {
    Table::fit(&SENDERS, place.area.width - 2)
}

/// The columns of the targets that fit.
pub fn targets_table(place: &Place) -> Table<4> {
    Table::fit(&TARGETS, place.area.width - 2)
}

/// The way there, if it has gone into anything: `TERM › deploy.sh 9931 › targets`.
pub fn path(ui: &Ui) -> Option<String> {
    let (drill, Glyphs { cut, step, .. }) = (&ui.counters.drill, ui.look.glyphs());
    let signal = |signal: Option<Signal>| signal.map_or("not known", |signal| signal.short_name());
    match drill.level() {
        Level::All => None,
        Level::Senders(key) => Some(format!("{} {step} senders", signal(key))),
        Level::Targets(key, from) => {
            let way = key.map_or(String::new(), |key| format!("{} {step} ", signal(Some(key))));
            Some(format!("{way}{} {step} targets", text::counted(from, &drill.name, 24, cut)))
        }
    }
}

/// How many senders or targets there are.
pub fn count(ui: &Ui) -> usize {
    match ui.counters.drill.level() {
        Level::All => ui.counters.senders.count,
        Level::Senders(_) => ui.counters.drill.senders.count,
        Level::Targets(..) => ui.counters.drill.targets.count,
    }
}

/// What Enter leads to in the panel that has the keys, in the footer.
pub fn word(ui: &Ui) -> Option<&'static str> {
    match (ui.focus(), ui.counters.drill.level()) {
        (Panel::Signals, _) => Some("senders"),
        (Panel::Senders, Level::All | Level::Senders(_)) => Some("targets"),
        _ => None,
    }
}

/// A sender in its cell.
pub fn sender(pen: &mut Pen, key: SenderKey, name: &Name, ui: &Ui) {
    let role = if is_process(key) { Role::Text } else { Role::Kernel };
    pen.put(&text::counted(key, name, pen.room(), ui.look.glyphs().cut), role);
}

/// Its user, if it has one.
pub fn user(pen: &mut Pen, key: SenderKey, uid: u32) {
    if is_process(key) {
        pen.put(&uid.to_string(), Role::Dim);
    }
}

/// Draws who sent a signal.
pub fn senders(canvas: &mut Canvas, place: &Place, ui: &Ui, signal: Option<Signal>) {
    let (table, list, area) = (senders_table(place), &ui.counters.drill.senders, place.rows());
    table.heads(canvas, place.inner(), Some(list.sort));
    if list.lines.is_empty() {
        canvas.say(area, "Nobody has sent it: all that was tried failed.");
    }
    let all = ui.counters.signals.lines.iter().find(|line| line.key == signal).map_or(0, |line| line.total);
    for at in list.window.shown(list.lines.len(), area.height) {
        let part = &list.lines[at];
        let row = Row::new(area, list.window, at, Panel::Senders, ui);
        table.row(canvas, row, |column, pen| match column {
            part_column::SENDER => sender(pen, part.key, &part.name, ui),
            part_column::UID => user(pen, part.key, part.uid),
            part_column::TOTAL => pen.put(&text::number(part.count, pen.room()), Role::Text),
            part_column::SHARE => {
                pen.right(&percent(part.count, all), Role::Text, 4).skip(1);
                pen.text(&bar(part.count, all, pen.room(), ui.look.glyphs()), Role::Graph);
            }
            _ => pen.put(&text::number(part.total, pen.room()), Role::Dim),
        });
    }
}

/// Draws whom a sender sent to, and where that comes from.
pub fn targets(canvas: &mut Canvas, place: &Place, ui: &Ui, model: &Model) {
    let (table, drill, area) = (targets_table(place), &ui.counters.drill, ui.list_area(place));
    table.heads(canvas, place.inner(), Some(drill.targets.sort));
    let rows = format!("in the last {} rows of the log", text::thousands(drill.rows));
    let list = &drill.targets;
    if list.lines.is_empty() {
        canvas.say(area, "None of what it sent is among them.");
    }
    let (cut, now) = (canvas.glyphs.cut, ui.now_ns);
    for at in list.window.shown(list.lines.len(), area.height) {
        let target = &list.lines[at];
        let row = Row::new(area, list.window, at, Panel::Senders, ui);
        table.row(canvas, row, |column, pen| match column {
            target_column::TARGET => {
                let is_dead = matches!(target.key, TargetKey::Process(key)
                    if ui.proc(model, &key).is_none_or(|proc| !proc.is_alive()));
                let role = if is_dead { Role::Dim } else { Role::Text };
                pen.put(&name(target, pen.room(), cut), role);
            }
            target_column::TOTAL => pen.put(&text::number(target.total.into(), pen.room()), Role::Text),
            target_column::LAST => {
                pen.put(&text::age(now.saturating_sub(target.last_ns), ui.look.glyphs()), Role::Dim);
            }
            _ => outcomes(pen, target, cut),
        });
    }
    let note = Rect { y: area.bottom(), height: place.rows().bottom().saturating_sub(area.bottom()), ..area };
    canvas.line(note, 0, false).skip(1).text(&rows, Role::Dim);
}

/// A target: a process, or at what a send was aimed that failed.
pub fn name(target: &TargetCount, room: usize, cut: &str) -> String {
    match target.key {
        TargetKey::Process(key) => text::process(&target.name, key.pid, room, cut),
        TargetKey::Aim(aim) => text::cut(&aim.to_string(), room, cut).into_owned(),
    }
}

/// What came of signals, the worst first: how many, the word, its style. What did not happen is left out.
pub fn fates(t: &TargetCount) -> impl Iterator<Item = (u32, &'static str, Role)> {
    let all = [
        (t.killed, "killed", Role::Fatal),
        (t.failed, "failed", Role::Fatal),
        (t.overflow, "queue full", Role::Fatal),
        (t.pending, "pending", Role::Pending),
        (t.stopped, "stopped", Role::Stopped),
        (t.handled, "handled", Role::Handled),
        (t.ignored, "ignored", Role::Ignored),
        (t.probes, "probed", Role::Ignored),
    ];
    all.into_iter().filter(|(count, ..)| *count > 0)
}

/// The fates in a cell, as many as fit and at least the worst: only the word where all had the same.
fn outcomes(pen: &mut Pen, target: &TargetCount, cut: &str) {
    let all = fates(target).count();
    for (at, (count, word, role)) in fates(target).enumerate() {
        let said = if all == 1 { word.to_string() } else { format!("{} {word}", text::number(count.into(), 4)) };
        let gap = if at > 0 { 2 } else { 0 };
        let mark = if at + 1 < all { text::width(cut) } else { 0 };
        if at > 0 && gap + said.len() + mark > pen.room() {
            pen.text(cut, Role::Dim);
            return;
        }
        let room = pen.skip(gap).room().saturating_sub(mark);
        pen.cell(&said, role, room);
    }
}

/// `62%`; of what is not nothing at least `<1%`.
pub fn percent(part: u64, all: u64) -> String {
    match part.saturating_mul(100).checked_div(all) {
        Some(0) if part > 0 => "<1%".into(),
        percent => format!("{}%", percent.unwrap_or(0).min(100)),
    }
}

/// A bar as long as the part is of all, in at most `room` cells; of what is not nothing at least one.
pub fn bar(part: u64, all: u64, room: usize, glyphs: &Glyphs) -> String {
    let cells = (u128::from(part) * room as u128).div_ceil(u128::from(all.max(1)));
    glyphs.bars[glyphs.bars.len() - 1].repeat(usize::try_from(cells).unwrap_or(room).min(room))
}
