//! Why a process ended, in words: labels and texts. How they look, and how times and users are written, is for the one
//! who shows them.

use super::{Blame, Gap, Group, SOON_NS, Sender, Why, because};
use crate::escape::plain;
use crate::event::{Detail, End, Name, Party};
use crate::model::{Outcome, death};
use crate::signal::Signal;

/// How a piece of text is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// As it is.
    Plain,
    /// Who, or which signal.
    Strong,
    /// How it ended.
    Fate,
    /// Beside the point.
    Quiet,
    /// What was not seen.
    Gap,
}

/// A line: a label, empty where it goes on with what the line before says, and texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// What it is about, in at most seven letters.
    pub label: &'static str,
    /// Texts, one behind the other.
    pub parts: Vec<(String, Tone)>,
}

/// How the one who shows it writes times, users and places.
pub trait Teller {
    /// A time of day.
    fn time(&mut self, mono_ns: u64) -> String;
    /// How long ago that was.
    fn ago(&self, mono_ns: u64) -> String;
    /// A duration.
    fn lasted(&self, ns: u64) -> String;
    /// `uid 1000 alice`.
    fn user(&self, uid: u32) -> String;
    /// What a cgroup's path says, in words.
    fn home(&self, cgroup: &str) -> Option<String>;
    /// An arrow to the left.
    fn from(&self) -> &'static str;
    /// What stands around a pid behind a name.
    fn around_pid(&self) -> (&'static str, &'static str) {
        ("(", ")")
    }
}

impl Line {
    pub(super) fn new(label: &'static str) -> Line {
        Line { label, parts: Vec::new() }
    }

    pub(super) fn and(mut self, text: impl Into<String>, tone: Tone) -> Line {
        self.parts.push((text.into(), tone));
        self
    }

    /// All of it, without tones.
    pub fn text(&self) -> String {
        self.parts.iter().map(|(text, _)| text.as_str()).collect()
    }
}

/// The explanation, line by line.
pub fn lines(why: &Why, teller: &mut dyn Teller) -> Vec<Line> {
    let mut out = vec![ended(why, teller)];
    out.extend(reasons(why, teller));
    out
}

/// The same without how and when it ended.
pub fn reasons(why: &Why, teller: &mut dyn Teller) -> Vec<Line> {
    let mut out = Vec::new();
    if let Some(blame) = &why.blame {
        out.extend(sent_by(blame, why, teller));
    }
    if let Some(asked) = &why.asked {
        out.extend(because::because(asked, why, teller));
    } else if let Some((_, End::Code(_))) = why.end {
        out.push(Line::new("asked").and(nobody(why), Tone::Plain));
    }
    for (at, group) in why.before.iter().enumerate() {
        out.push(before(group, why, if at == 0 { "before" } else { "" }, teller));
    }
    if let Some(home) = teller.home(&why.cgroup) {
        out.push(Line::new("unit").and(home, Tone::Plain));
    }
    for (at, gap) in why.gaps.iter().enumerate() {
        out.push(Line::new(if at == 0 { "unseen" } else { "" }).and(unseen(gap, teller), Tone::Gap));
    }
    out
}

/// Nobody asked it to end, as far as all was seen.
fn nobody(why: &Why) -> String {
    let lived_ns = why.end.map_or(0, |(at, _)| at.saturating_sub(why.key.start_ns));
    let is_sent = |group: &Group| group.row.event.target.key == why.key;
    match why.gaps.is_empty() {
        false => "by no signal that was seen".into(),
        true if why.before.iter().any(is_sent) => "by no request to end that it took; what else came is below".into(),
        true if lived_ns > SOON_NS => {
            format!("by nobody in its last {} s: it exited by itself", SOON_NS / 1_000_000_000)
        }
        true => "by nobody: it exited by itself".into(),
    }
}

/// `SIGKILL  17:31:12.121, 2s ago, after 3d04h`.
fn ended(why: &Why, teller: &mut dyn Teller) -> Line {
    let Some((at, end)) = why.end else { return Line::new("ended").and("unseen", Tone::Gap) };
    let when = format!(
        "  {}, {}, after {}",
        teller.time(at),
        teller.ago(at),
        teller.lasted(at.saturating_sub(why.key.start_ns))
    );
    let line = Line::new("ended").and(death::end(&end), Tone::Fate).and(when, Tone::Plain);
    match in_a_shell(&end) {
        Some(note) => line.and(format!("  ({note})"), Tone::Quiet),
        None => line,
    }
}

/// What an exit code may stand for: `143 is what shells say for SIGTERM`.
pub fn in_a_shell(end: &End) -> Option<String> {
    let End::Code(code @ 129..=192) = end else { return None };
    Some(format!("{code} is what shells say for {}", Signal::new(code - 128)?))
}

fn sent_by(blame: &Blame, why: &Why, teller: &mut dyn Teller) -> Vec<Line> {
    let how = super::how(blame, why);
    let Some(sender) = &blame.sender else {
        let said = death::sender(None, blame.cause.origin, Detail::None);
        return vec![Line::new("sent by").and(said, Tone::Strong).and(format!(": {how}"), Tone::Plain)];
    };
    let mut line = Line::new("sent by");
    line = if sender.party.key == why.key {
        line.and("itself", Tone::Strong)
    } else {
        line.and(name(&sender.party, teller), Tone::Strong)
            .and(format!(" {}", teller.user(sender.party.uid)), Tone::Plain)
    };
    line = line.and(format!(", {how}"), Tone::Plain);
    match whence(sender, teller) {
        Some(whence) if sender.party.key != why.key => vec![line, Line::new("").and(whence, Tone::Quiet)],
        _ => vec![line],
    }
}

/// `← bash(1234) ← sshd(812), tty pts/3, session-4.scope`.
pub(super) fn whence(sender: &Sender, teller: &mut dyn Teller) -> Option<String> {
    let arrow = teller.from();
    let step = |(name, pid): &(Name, u32)| format!("{arrow} {}", called(name, &pid.to_string(), teller));
    let chain: Vec<String> = sender.ancestors.iter().map(step).collect();
    let tty = sender.tty.is_some().then(|| format!("tty {}", sender.tty));
    let chain = Some(chain.join(" ")).filter(|chain| !chain.is_empty());
    let parts: Vec<String> = [chain, tty, teller.home(&sender.cgroup)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// An outcome in one word.
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending | Outcome::InfoLost | Outcome::Taken | Outcome::Unanswered => "queued",
        Outcome::Handled { .. } => "handled",
        Outcome::Default { .. } => "no effect",
        Outcome::Killed { .. } => "killed",
        Outcome::Stopped { .. } => "stopped",
        Outcome::Continued { .. } => "continued",
        Outcome::Ignored(_) => "ignored",
        Outcome::Coalesced => "coalesced",
        Outcome::Overflow => "queue full",
    }
}

/// `17:31:02.114 QUIT to nginx(882, 883, 884) (exited 0)`, `17:31:02.114 HUP by bash(1234) (handled)`.
fn before(group: &Group, why: &Why, label: &'static str, teller: &mut dyn Teller) -> Line {
    let e = &group.row.event;
    let line = Line::new(label).and(format!("{} ", teller.time(e.mono_ns)), Tone::Quiet);
    let line = line.and(e.signal.short_name(), Tone::Strong);
    let sends = e.sender.is_some_and(|sender| sender.key == why.key);
    let whom = match sends {
        true if e.target.key == why.key => " to itself".into(),
        true => format!(" to {}", names(&group.targets, teller)),
        false => match &e.sender {
            Some(sender) => format!(" by {}", name(sender, teller)),
            None => format!(" by {}", death::sender(None, e.origin, e.detail)),
        },
    };
    let fate = group.end.map_or(word(group.row.outcome).into(), |end| death::end(&end));
    line.and(whom, Tone::Plain).and(format!(" ({fate})"), Tone::Quiet)
}

/// `nginx(882, 883)`, or each with its name where they differ.
fn names(targets: &[Party], teller: &dyn Teller) -> String {
    match targets {
        [first, .., last] if targets.iter().all(|target| target.name == first.name) && first.key != last.key => {
            let pids: Vec<String> = targets.iter().map(|target| target.key.pid.to_string()).collect();
            called(&first.name, &pids.join(", "), teller)
        }
        _ => targets.iter().map(|target| name(target, teller)).collect::<Vec<_>>().join(", "),
    }
}

pub(super) fn name(party: &Party, teller: &dyn Teller) -> String {
    called(&party.name, &party.key.pid.to_string(), teller)
}

/// `nginx(881)`; `?(881)` where the name was never told.
fn called(name: &Name, pids: &str, teller: &dyn Teller) -> String {
    let (open, close) = teller.around_pid();
    format!("{}{open}{pids}{close}", if name.is_empty() { "?".into() } else { plain(name.as_str()) })
}

/// A gap in words.
pub fn unseen(gap: &Gap, teller: &mut dyn Teller) -> String {
    match gap {
        Gap::End => "how it ended: it was dead when it was first looked at, or the record was lost".into(),
        Gap::Cause(signal) => format!("who sent that {signal}, and when"),
        Gap::Ancestors(party) => {
            format!("who started {}, or who was before: not known to sigtop", name(party, teller))
        }
        Gap::Lost(count) => format!("{}: one of them may matter here", counted(*count, "record that did not fit")),
        Gap::Unread(count) => {
            format!("{}: one of them may matter here", counted(*count, "line of the recording that cannot be read"))
        }
        Gap::Filter(text) => format!("what the filter kept out: {}", plain(text)),
        Gap::Skipped(count) => {
            format!("{}: one of them may matter here", counted(*count, "signal that a filter kept out"))
        }
        Gap::Began(at) => format!("what was sent before {}, when sigtop began", teller.time(*at)),
        Gap::Parts(at) => format!("what was sent before {}: that part of the recording is gone", teller.time(*at)),
        Gap::Forgotten(at) => format!("what was sent before {}: too long ago to be kept", teller.time(*at)),
    }
}

/// `12 records that did not fit`: the first word is made one of many.
fn counted(count: u64, what: &str) -> String {
    match what.split_once(' ') {
        Some((noun, rest)) if count != 1 => format!("{count} {noun}s {rest}"),
        _ => format!("{count} {what}"),
    }
}
