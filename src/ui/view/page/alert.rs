//! The page of an alert: what the rule means, what made it fire, whose deed it was and who made that process, in which
//! time, and how much was folded into it. The detail panel and the alert's row in the log say the same.

use super::super::alerts::role;
use super::super::deed;
use super::super::detail::{Line, bare, flowed, line, styled, wrapped};
use super::super::log::clock;
use crate::clock::Clock;
use crate::event::{AlertEvent, Event, Party};
use crate::model::{Alert, Entry, Model, death};
use crate::ui::theme::Role;
use crate::ui::{Ui, text};
use std::sync::Arc;

/// The most lines that one long text is wrapped to.
const LINES: usize = 12;
/// The most lines of a command, which may be as long as anybody likes.
const COMMAND: usize = 4;
/// The most lines of what is wrong with rules.
const REFUSAL: usize = 500;

/// `Alert sensitive-file`.
pub fn title(ui: &Ui, number: u64) -> String {
    let name = ui.alerts.get(number).map(|alert| crate::escape::plain(&alert.event.rule.name));
    name.map_or("Alert".into(), |name| format!("Alert {}", text::cut(&name, 40, ui.look.glyphs().cut)))
}

/// All about an alert, in lines of at most `room` cells behind their labels.
pub fn lines(ui: &Ui, model: &Model, alert: &Alert, room: usize) -> Vec<Line> {
    let mut out = lines_of(ui, model, &alert.event, room);
    if let (Some(last_ns), false) = (alert.folded_ns, alert.event.is_folded()) {
        out.push(folded(alert.folded, alert.other_users, &moment(&mut clock(ui, model), last_ns)));
    }
    let all = model.alerts.rule(&alert.event.rule.name);
    if all.alerts > 1 && ui.frozen.is_none() {
        let folded = if all.folded > 0 { format!(", {} folded", text::thousands(all.folded)) } else { String::new() };
        out.push(styled("in all", format!("{} alerts of this rule{folded}", text::thousands(all.alerts)), Role::Dim));
    }
    out
}

/// All that the event itself says.
pub fn lines_of(ui: &Ui, model: &Model, e: &AlertEvent, room: usize) -> Vec<Line> {
    let (mut out, mut clock) = (Vec::new(), clock(ui, model));
    let rule = &e.rule;
    let tags: Vec<&str> = rule.tags.iter().map(String::as_str).collect();
    let name = [
        (format!("{} ", rule.severity.word()), role(rule.severity)),
        (format!(" {}  ", crate::escape::plain(&rule.name)), Role::Strong),
        (crate::escape::plain(&tags.join(" ")).into_owned(), Role::Dim),
    ];
    flowed(&mut out, "rule", &name, room);
    wrapped(&mut out, "means", &rule.description, Role::Text, room, LINES);
    if !rule.false_alarms.is_empty() {
        wrapped(&mut out, "", &format!("harmless: {}", rule.false_alarms), Role::Dim, room, LINES);
    }
    did(&mut out, ui, e, room);
    if let Some(who) = &e.who {
        let born = family(ui, e, who);
        let name = death::process(who.name.as_str(), who.key.pid);
        let who = [(format!("{name}  "), Role::Strong), (ui.user(who.uid), Role::Text)];
        flowed(&mut out, "who", &who, room);
        flowed(&mut out, "from", &[(born, Role::Text)], room);
    }
    let (exe, argv) = match e.event.as_deref() {
        Some(Event::Exec(exec)) if e.argv.is_empty() => (exec.runs(), &exec.argv),
        _ => (e.exe.as_str(), &e.argv),
    };
    wrapped(&mut out, "runs", exe, Role::Text, room, LINES);
    wrapped(&mut out, "command", &argv.join(" "), Role::Text, room, COMMAND);
    wrapped(&mut out, "by", &by(ui, &e.by), Role::Text, room, LINES);
    if e.is_folded() {
        out.push(line("since", moment(&mut clock, e.since_ns)));
        out.push(folded(e.folded, e.other_users, &moment(&mut clock, e.mono_ns)));
        return out;
    }
    out.push(line("when", moment(&mut clock, e.mono_ns)));
    if e.count > 1 || e.distinct.is_some() {
        let took = text::duration(e.mono_ns.saturating_sub(e.since_ns), ui.look.glyphs());
        let distinct = e.distinct.map_or(String::new(), |count| format!(", {} different", text::thousands(count)));
        let said = format!("{} events{distinct} in {took}", text::thousands(e.count));
        out.push(line("window", said).and(format!("  since {}", moment(&mut clock, e.since_ns)), Role::Dim));
    }
    out
}

/// What the rule counts by; a user by name too.
fn by(ui: &Ui, by: &str) -> String {
    let user = by.strip_prefix("user ").and_then(|uid| uid.parse().ok());
    user.map_or_else(|| by.into(), |uid| ui.user(uid).replacen("uid", "user", 1))
}

/// The event that made it fire.
fn did(out: &mut Vec<Line>, ui: &Ui, e: &AlertEvent, room: usize) {
    let Some(event) = e.event.as_deref() else { return };
    let glyphs = ui.look.glyphs();
    let entry = match event {
        Event::File(e) => Some(Entry::File(Arc::new(e.as_ref().clone()))),
        Event::Connect(e) => Some(Entry::Connect(Arc::new(e.as_ref().clone()))),
        _ => None,
    };
    let errno = deed::failed(event);
    let tried = if errno.is_some() { "tried to " } else { "" };
    let word = match event {
        Event::Attempt(_) if errno.is_some() => "send",
        event => entry.as_ref().map_or(event.kind().word(), deed::word),
    };
    let word = format!("{tried}{}  ", word.to_lowercase());
    let mut parts = vec![(word, Role::Signal), (deed::subject(event, usize::MAX, glyphs), Role::Text)];
    parts.extend(match (entry, errno) {
        (Some(entry), _) => {
            let (said, role) = deed::came_of(&entry, glyphs);
            Some((format!("  {said}"), role))
        }
        (None, Some(errno)) => Some((format!("  failed {errno}"), Role::Fatal)),
        (None, None) => None,
    });
    flowed(out, "event", &parts, room);
    if let Event::File(e) = event {
        wrapped(out, "same as", &e.same_as, Role::Text, room, LINES);
    }
}

/// Who made whom, the first of all first, as the alert has it.
fn family(ui: &Ui, e: &AlertEvent, who: &Party) -> String {
    let link = format!(" {} ", ui.look.glyphs().arrow);
    let line = e.ancestors.iter().rev().chain([who]);
    line.map(|party| death::process(party.name.as_str(), party.key.pid)).collect::<Vec<_>>().join(&link)
}

fn folded(count: u64, other_users: bool, until: &str) -> Line {
    let others = if other_users { ", other users too" } else { "" };
    styled("folded", format!("+{}", text::thousands(count)), Role::Notice)
        .and(format!(" more, held back until {until}{others}"), Role::Text)
}

fn moment(clock: &mut Clock, ns: u64) -> String {
    let mut out = String::new();
    clock.write_short(&mut out, ns);
    out
}

/// Why rules that were read again do not hold: whole, for it has the place of every mistake.
pub fn refusal(why: &str, width: usize) -> Vec<Line> {
    let mut out = Vec::new();
    for one in why.lines().take(REFUSAL) {
        let plain = crate::escape::plain(one);
        let mut parts = text::wrap(&plain, width, LINES, "~");
        if parts.is_empty() {
            parts.push(String::new());
        }
        out.extend(parts.into_iter().map(|part| bare().and(part, Role::Text)));
    }
    out
}
