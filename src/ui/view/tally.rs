//! The detail of what is counted: a signal, a sender, and what one sender sent to another. How many, the last minute,
//! what came of them and who has most of it, each with its share as a bar.

use super::detail::{Line, WRAPPED, line, styled, wrapped};
use super::drill::{bar, fates, name};
use super::process;
use super::senders::is_process;
use crate::event::{SendResult, SenderKey};
use crate::model::{Model, TargetKey};
use crate::signal::{DefaultAction, Signal};
use crate::ui::state::counters::{CountersState, SenderFigures, SenderLine, SignalLine};
use crate::ui::state::drill::Flow;
use crate::ui::state::filters;
use crate::ui::theme::Role;
use crate::ui::{Ui, text};

/// Cells of the numbers before words.
const NUMBER: usize = 9;
/// The most cells of a bar.
const BAR: usize = 30;

/// A part of something: how many, what, and how that is written.
type Share = (u64, String, Role);

/// A line for each part, with its share of `all` as a bar behind it, where there is room for one.
fn shares(out: &mut Vec<Line>, label: &'static str, parts: &[Share], all: u64, ui: &Ui, room: usize) {
    let glyphs = ui.look.glyphs();
    let widest = parts.iter().map(|(_, what, _)| text::width(what)).max().unwrap_or(0);
    let wide = widest.min(room.saturating_sub(NUMBER + 3 + 6)).max(8);
    let bar_room = room.saturating_sub(NUMBER + 3 + wide).min(BAR);
    for (at, (count, what, role)) in parts.iter().enumerate() {
        let what = text::cut(what, wide, glyphs.cut);
        let gap = " ".repeat(wide.saturating_sub(text::width(&what)) + 1);
        let number = format!("{:>NUMBER$} ", text::number(*count, NUMBER));
        let line = line(if at == 0 { label } else { "" }, number).and(what, *role).and(gap, Role::Text);
        out.push(line.and(bar(*count, all, bar_room, glyphs), Role::Graph));
    }
}

fn total(total: u64, rate: f64) -> Line {
    line("total", text::thousands(total)).and(format!("  {}/s", text::rate(rate, usize::MAX)), Role::Text)
}

fn killed(out: &mut Vec<Line>, count: u64) {
    if count > 0 {
        let s = if count == 1 { "" } else { "es" };
        out.push(styled("killed", format!("{} process{s}", text::thousands(count)), Role::Fatal));
    }
}

/// How a result is written.
fn role_of(result: SendResult) -> Role {
    match result {
        SendResult::Queued => Role::Text,
        SendResult::Ignored | SendResult::Coalesced | SendResult::Probe => Role::Ignored,
        SendResult::InfoLost => Role::Pending,
        SendResult::Overflow | SendResult::Failed => Role::Fatal,
    }
}

/// All about a signal.
pub fn signal(ui: &Ui, counts: &SignalLine, room: usize) -> Vec<Line> {
    let mut out = vec![total(counts.total, counts.rate), Line::minute(counts.spark)];
    killed(&mut out, counts.killed);
    let results = SendResult::ALL.iter().zip(counts.results);
    let mut results: Vec<Share> = results.map(|(r, count)| (count, r.word().to_string(), role_of(*r))).collect();
    results.push((counts.skipped, "only counted".into(), Role::Dim));
    results.push((counts.lost, "lost".into(), Role::Alarm));
    results.retain(|(count, ..)| *count > 0);
    let all = results.iter().map(|(count, ..)| count).sum();
    shares(&mut out, "results", &results, all, ui, room);
    if counts.handled > 0 {
        out.push(line("handled", format!("{:>NUMBER$} by a handler", text::number(counts.handled, NUMBER))));
    }
    let cut = ui.look.glyphs().cut;
    let senders = ui.counters.top(counts.key).iter().map(|part| {
        let role = if is_process(part.key) { Role::Text } else { Role::Kernel };
        (part.count, text::counted(part.key, &part.name, 26, cut), role)
    });
    let senders: Vec<Share> = senders.collect();
    shares(&mut out, "senders", &senders, counts.total, ui, room);
    if let Some(signal) = counts.key {
        settings(&mut out, ui, signal, room);
    }
    out
}

/// What happens where a process set nothing else.
pub fn by_default(signal: Signal) -> &'static str {
    match signal.default_action() {
        DefaultAction::Terminate => "ends the process",
        DefaultAction::Core => "ends the process, with a core dump",
        DefaultAction::Ignore => "nothing happens",
        DefaultAction::Stop => "stops the process",
        DefaultAction::Continue => "a stopped process goes on",
    }
}

/// What a signal does by default, and whether it is captured and shown.
fn settings(out: &mut Vec<Line>, ui: &Ui, signal: Signal, room: usize) {
    let default = by_default(signal);
    wrapped(out, "default", default, Role::Text, room, WRAPPED);
    let is_captured = ui.filters.signals().contains(signal);
    let capture = if is_captured { "yes, one by one" } else { "no: only counted (s, f)" };
    out.push(styled("capture", capture, if is_captured { Role::Text } else { Role::Notice }));
    let (view, role) = match (ui.log.hidden.contains(signal), filters::signals(&ui.filters.view).contains(signal)) {
        (_, false) => ("not in the view (F)", Role::Notice),
        (true, true) => ("hidden in the log (n)", Role::Notice),
        (false, true) => ("shown in the log", Role::Text),
    };
    out.push(styled("view", view, role));
}

/// All about a sender.
pub fn sender(ui: &Ui, model: &Model, counts: &SenderLine, room: usize) -> Vec<Line> {
    let figures = &counts.figures;
    let mut out = vec![total(figures.total, figures.rate), Line::minute(counts.spark)];
    killed(&mut out, figures.killed);
    let mut parts: Vec<Share> =
        counts.by_signal.iter().map(|(s, count)| (*count, s.short_name().to_string(), Role::Signal)).collect();
    let rest = parts.split_off(parts.len().min(CountersState::TOP));
    if !rest.is_empty() {
        parts.push((rest.iter().map(|(count, ..)| count).sum(), format!("{} others", rest.len()), Role::Dim));
    }
    shares(&mut out, "signals", &parts, figures.total, ui, room);
    let tried = [(figures.failed, "failed"), (figures.probes, "probes")].into_iter().filter(|(count, _)| *count > 0);
    let tried: Vec<String> = tried.map(|(count, word)| format!("{word} {}", text::thousands(count))).collect();
    wrapped(&mut out, "in vain", &tried.join(", "), Role::Text, room, WRAPPED);
    who(&mut out, ui, model, figures, room);
    out
}

fn who(out: &mut Vec<Line>, ui: &Ui, model: &Model, figures: &SenderFigures, room: usize) {
    match figures.key {
        SenderKey::Process(key) => match ui.proc(model, &key) {
            Some(proc) => out.extend(process::panel(ui, model, proc, room).into_iter().filter(|l| !l.is("signals"))),
            None => out.push(line("who", format!("uid {}, ended and forgotten", figures.uid))),
        },
        SenderKey::Kernel(_) => wrapped(out, "who", "no process: the kernel itself", Role::Kernel, room, WRAPPED),
        SenderKey::Others => wrapped(out, "who", "those who sent least, taken together", Role::Dim, room, WRAPPED),
    }
}

/// What a flow is of, in a few words.
pub fn title(ui: &Ui, flow: &Flow) -> String {
    let (drill, cut, arrow) = (&ui.counters.drill, ui.look.glyphs().cut, ui.look.glyphs().arrow);
    let signal = flow.signal.map_or(String::new(), |signal| format!("{} ", signal.short_name()));
    let find = |to| drill.targets.lines.iter().find(|target| target.key == to);
    match flow.to.and_then(find) {
        Some(target) => {
            let (from, to) = (text::counted(flow.from, &drill.name, 20, cut), name(target, 20, cut));
            format!("{signal}{from} {arrow} {to}")
        }
        None => {
            let part = drill.senders.lines.iter().find(|part| part.key == flow.from);
            let name = part.map_or(drill.name, |part| part.name);
            format!("{signal}from {}", text::counted(flow.from, &name, 24, cut))
        }
    }
}

/// All about a flow: to one target, or a sender's part of a signal.
pub fn flow(ui: &Ui, model: &Model, flow: &Flow, room: usize) -> Vec<Line> {
    let (drill, mut out) = (&ui.counters.drill, Vec::new());
    match flow.to {
        Some(to) => {
            let Some(target) = drill.targets.lines.iter().find(|target| target.key == to) else { return out };
            let ago = text::age(ui.now_ns.saturating_sub(target.last_ns), ui.look.glyphs());
            let ago = if ago == "now" { ago } else { format!("{ago} ago") };
            out.push(line("total", text::thousands(target.total.into())).and(format!("  the last {ago}"), Role::Dim));
            let parts: Vec<Share> =
                fates(target).map(|(count, word, role)| (count.into(), word.into(), role)).collect();
            let all = parts.iter().map(|(count, ..)| count).sum();
            shares(&mut out, "outcome", &parts, all, ui, room);
            match to {
                TargetKey::Process(key) => match ui.proc(model, &key) {
                    Some(proc) => out.extend(process::panel(ui, model, proc, room)),
                    None => out.push(line("to", "ended and forgotten")),
                },
                TargetKey::Aim(aim) => out.push(line("to", format!("{aim}: nobody who is known"))),
            }
        }
        None => {
            let Some(part) = drill.senders.lines.iter().find(|part| part.key == flow.from) else { return out };
            let all =
                ui.counters.signals.lines.iter().find(|line| line.key == flow.signal).map_or(0, |line| line.total);
            let what = flow.signal.map_or(String::new(), |signal| signal.short_name().to_string());
            shares(&mut out, "share", &[(part.count, what, Role::Signal)], all, ui, room);
            match ui.counters.senders.lines.iter().find(|line| line.figures.key == part.key) {
                Some(counts) => out.extend(sender(ui, model, counts, room)),
                None => out.push(line("total", text::thousands(part.total))),
            }
        }
    }
    out
}
