//! Sends that failed, and probes: their row of the log, and all about one of them. Same columns, same labels as those
//! of signals; whom one was meant for stands there as the sender said it where it is not known who that is.

use super::Pen;
use super::detail::{Line, chain, ids, line, styled};
use super::log::{call_word, time};
use crate::clock::Clock;
use crate::event::{Aim, AttemptEvent};
use crate::model::Model;
use crate::ui::theme::Role;
use crate::ui::{Ui, text};

/// A cell of its row.
pub fn cell(pen: &mut Pen, column: usize, e: &AttemptEvent, clock: &mut Clock, ui: &Ui) {
    let (cut, room) = (ui.look.glyphs().cut, pen.room());
    match column {
        0 => pen.put(&time(clock, e.mono_ns, room), Role::Dim),
        1 => pen.put(&signal(e), Role::Signal),
        2 => pen.put(&text::process(&e.sender.name, e.sender.key.pid, room, cut), Role::Text),
        3 => match &e.target {
            Some(target) => pen.put(&text::process(&target.name, target.key.pid, room, cut), Role::Text),
            None => pen.put(&text::cut(&aim(e), room, cut), Role::Text),
        },
        4 => pen.put(call_word(e.call), Role::Dim),
        5 => pen.put(&e.sender.uid.to_string(), Role::Dim),
        _ => {
            let (said, role) = said(e, room);
            pen.put(&said, role);
        }
    }
}

/// All about it.
pub fn lines(ui: &Ui, model: &Model, e: &AttemptEvent, when: String, room: usize) -> Vec<Line> {
    let mut out = vec![
        styled("outcome", outcome(e, usize::MAX), role(e)),
        line("when", when).and(format!("  event {}", e.id), Role::Dim),
        line("from", chain(ui, model, &e.sender.key, room)),
        line("", ids(&e.sender)),
    ];
    match &e.target {
        Some(target) => {
            let to = line("to", chain(ui, model, &target.key, room));
            out.extend([to, line("", format!("{}  for the {}", ids(target), e.scope().word()))]);
        }
        None => out.push(line("to", aim(e))),
    }
    let number = if e.signal().is_some() { String::new() } else { format!("  signal {}", e.number) };
    out.push(line("by", format!("{}(){number}", e.call.word())));
    out
}

/// What it is, in two words.
pub fn title(e: &AttemptEvent) -> String {
    match e.signal() {
        Some(signal) => format!("Signal {signal}"),
        None if e.is_probe() => "Probe".into(),
        None => format!("Signal {}", e.number),
    }
}

/// Its signal, or the number that is none.
pub fn signal(e: &AttemptEvent) -> String {
    e.signal().map_or(e.number.to_string(), |signal| signal.short_name().into())
}

/// What came of it, and how that looks.
pub fn said(e: &AttemptEvent, room: usize) -> (String, Role) {
    (outcome(e, room), role(e))
}

/// `failed EPERM`, `probe`, `probe ESRCH`; where that does not fit, only why.
pub fn outcome(e: &AttemptEvent, room: usize) -> String {
    let Some(errno) = e.errno else { return e.result().word().into() };
    let said = format!("{} {errno}", e.result().word());
    if said.len() <= room { said } else { errno.to_string() }
}

/// The style of its outcome.
pub fn role(e: &AttemptEvent) -> Role {
    if e.is_probe() { Role::Ignored } else { Role::Fatal }
}

/// Whom it was meant for, as the sender said.
pub fn aim(e: &AttemptEvent) -> String {
    match e.aim {
        Aim::All => "all processes".into(),
        aim if e.nested => format!("{aim} (nested)"),
        aim => aim.to_string(),
    }
}
