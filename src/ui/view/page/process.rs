//! The page of a process: why it ended if it did, all that is known of it, its signals in order of time, its threads.
//!
//! Rows come from the story that the state keeps: nothing is searched here.

use super::super::detail::{LABEL, Line, bare, flowed};
use super::super::log::{Said, clock, time};
use super::super::process::{self, Screen};
use super::super::tree::end_role;
use super::super::{alerts, attempt, deed};
use crate::event::ProcKey;
use crate::model::why::{self, Tone};
use crate::model::{Entry, Model, Proc};
use crate::ui::facts::THREADS_MAX;
use crate::ui::theme::Role;
use crate::ui::{Ui, text};

/// A pause this long between two signals is said.
const PAUSE_NS: u64 = 1_000_000_000;
/// Cells of the columns of the timeline: time and branch, signal, outcome; who takes what is left.
const TIME: usize = 16;
const SIGNAL: usize = 9;
const OUTCOME: usize = 24;
/// Who needs no more than this.
const WHO: usize = 34;
/// Cells of a thread.
const THREAD: usize = 25;

/// All lines, for this many cells behind the labels.
pub fn lines(ui: &Ui, model: &Model, proc: &Proc, room: usize) -> Vec<Line> {
    let mut out = Vec::new();
    if !proc.is_alive() {
        death_card(&mut out, ui, model, proc, room);
        out.push(bare());
    }
    out.extend(process::page(ui, model, proc, room));
    timeline(&mut out, ui, model, proc, room);
    threads(&mut out, ui, proc, room);
    out
}

/// Why it ended.
fn death_card(out: &mut Vec<Line>, ui: &Ui, model: &Model, proc: &Proc, room: usize) {
    let Some(why) = ui.story.why.as_ref().filter(|why| why.key == proc.key) else { return };
    let role = |tone| match tone {
        Tone::Plain => Role::Text,
        Tone::Strong => Role::Strong,
        Tone::Fate => end_role(proc),
        Tone::Quiet => Role::Dim,
        Tone::Gap => Role::Notice,
    };
    for line in why::lines(why, &mut Screen { ui, clock: clock(ui, model) }) {
        let parts: Vec<(String, Role)> = line.parts.into_iter().map(|(text, tone)| (text, role(tone))).collect();
        flowed(out, line.label, &parts, room);
    }
}

/// Its signals: a line down the time, with a branch for each, from it or to it.
fn timeline(out: &mut Vec<Line>, ui: &Ui, model: &Model, proc: &Proc, room: usize) {
    let glyphs = ui.look.glyphs();
    let who = (room + LABEL).saturating_sub(TIME + SIGNAL + OUTCOME + 1).clamp(10, WHO);
    let rows: Vec<Entry> = ui.story.rows.iter().filter_map(|seq| ui.entry(model, *seq)).collect();
    out.push(bare());
    let hidden = match (ui.log.hides_noise(), ui.log.hidden.is_empty()) {
        (false, _) => String::new(),
        (true, true) => "  (probes hidden)".into(),
        (true, false) => format!("  ({}{} hidden)", ui.log.hidden, if ui.log.hides_probes { ",probes" } else { "" }),
    };
    let title = if rows.iter().all(Entry::is_signal) { "Signals" } else { "Signals and more" };
    let count = match rows.len() {
        0 => "none that is kept".to_string(),
        n if ui.story.has_older => format!("the newest {n}"),
        n => n.to_string(),
    };
    out.push(bare().and(title, Role::Strong).and(format!("  {count}{hidden}"), Role::Dim));
    let mut clock = clock(ui, model);
    let mut before: Option<u64> = None;
    for (at, entry) in rows.iter().enumerate() {
        let at_ns = entry.mono_ns();
        let pause = before.map_or(0, |before| at_ns.saturating_sub(before));
        if pause >= PAUSE_NS {
            let said = format!("{} {} {}", glyphs.cut, text::duration(pause, glyphs), glyphs.cut);
            let line = bare().and(format!("{:13}{}   ", "", glyphs.lines[5]), Role::Frame);
            out.push(line.and(said, Role::Dim));
        }
        before = Some(at_ns);
        let branch = if at + 1 == rows.len() && !proc.is_alive() { glyphs.lines[3] } else { glyphs.lines[7] };
        let line =
            bare().and(format!("{} ", pad(&time(&mut clock, at_ns, 12), 12)), Role::Dim).and(branch, Role::Frame);
        out.push(event(line, entry, &proc.key, who, ui));
    }
}

/// Arrow, signal, who at the other end, and what came of it.
fn event(line: Line, entry: &Entry, key: &ProcKey, room: usize, ui: &Ui) -> Line {
    let glyphs = ui.look.glyphs();
    let (signal, is_sent, who, kernel, (word, time, role)) = match entry {
        Entry::Signal(row) => {
            let e = &row.event;
            let is_sent = e.sender.is_some_and(|sender| sender.key == *key);
            let who = match is_sent {
                true if e.target.key == *key => "itself".into(),
                true => text::process(&e.target.name, e.target.key.pid, room, glyphs.cut),
                false => text::sender(e, room, glyphs.cut),
            };
            let said = Said::new(row.outcome, ui.now_ns.saturating_sub(e.mono_ns), glyphs);
            let said = (said.word.to_string(), said.time, said.role);
            (e.signal.short_name().to_string(), is_sent, who, e.sender.is_none(), said)
        }
        Entry::Attempt(e) => {
            let is_sent = e.sender.key == *key;
            let who = match (is_sent, &e.target) {
                (true, Some(target)) => text::process(&target.name, target.key.pid, room, glyphs.cut),
                (true, None) => text::cut(&attempt::aim(e), room, glyphs.cut).into_owned(),
                (false, _) => text::process(&e.sender.name, e.sender.key.pid, room, glyphs.cut),
            };
            let (word, role) = attempt::said(e, OUTCOME);
            (attempt::signal(e), is_sent, who, false, (word, String::new(), role))
        }
        Entry::File(_) | Entry::Connect(_) | Entry::Alert(_) => {
            let (word, role) = deed::came_of(entry, glyphs);
            let what = match entry {
                Entry::Alert(e) => alerts::title(e, room, glyphs),
                entry => deed::subject(&entry.event(), room, glyphs),
            };
            return line
                .and(format!("{} ", glyphs.arrow), Role::Dim)
                .and(pad(deed::word(entry), SIGNAL), deed::role(entry))
                .and(pad(&what, room), Role::Text)
                .and(format!(" {word}"), role);
        }
        Entry::Lost(_) | Entry::Filter(_) => return line,
    };
    let arrow = if is_sent { glyphs.arrow } else { glyphs.from };
    line.and(format!("{arrow} "), if is_sent { Role::Dim } else { Role::Strong })
        .and(pad(&signal, SIGNAL), Role::Signal)
        .and(pad(&who, room), if kernel { Role::Kernel } else { Role::Text })
        .and(format!(" {}{time:>7}", pad(&word, OUTCOME - 7)), role)
}

/// Its threads, as many beside each other as fit.
fn threads(out: &mut Vec<Line>, ui: &Ui, proc: &Proc, room: usize) {
    let Some(facts) = ui.facts(proc).filter(|facts| facts.threads.len() > 1) else { return };
    out.push(bare());
    let first =
        if facts.thread_count > THREADS_MAX as u64 { format!("the first {THREADS_MAX} of ") } else { String::new() };
    let count = format!("  {first}{}", text::thousands(facts.thread_count));
    out.push(bare().and("Threads", Role::Strong).and(count, Role::Dim));
    let beside = ((room + LABEL) / THREAD).max(1);
    for row in facts.threads.chunks(beside) {
        out.push(row.iter().fold(bare(), |line, (tid, name)| {
            let name = text::cut(&crate::escape::plain(name), THREAD - 9, ui.look.glyphs().cut).into_owned();
            line.and(format!("{tid:>7} "), Role::Dim).and(pad(&name, THREAD - 8), Role::Text)
        }));
    }
}

/// Text with blanks behind it, up to this many cells.
fn pad(text: &str, cells: usize) -> String {
    format!("{text}{:1$}", "", cells.saturating_sub(text::width(text)))
}
