//! Why a process ended, in words: labels and texts. How they look, and how times and users are written, is for the one
//! who shows them.

use super::{Asked, Blame, Gap, Group, Sender, Why};
use crate::escape::plain;
use crate::event::{Detail, End, Ignored, Oom, Origin, Party, Reason};
use crate::model::{Outcome, death};
use crate::signal::{Signal, code_name};

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
}

impl Line {
    fn new(label: &'static str) -> Line {
        Line { label, parts: Vec::new() }
    }

    fn and(mut self, text: impl Into<String>, tone: Tone) -> Line {
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
    if let Some(blame) = &why.blame {
        out.extend(sent_by(blame, why, teller));
    }
    if let Some(asked) = &why.asked {
        out.extend(because(asked, why, teller));
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
    match end {
        End::Code(code @ 129..=192) => match Signal::new(code - 128) {
            Some(signal) => line.and(format!("  ({code} is what shells say for {signal})"), Tone::Quiet),
            None => line,
        },
        _ => line,
    }
}

fn sent_by(blame: &Blame, why: &Why, teller: &mut dyn Teller) -> Vec<Line> {
    let how = how(blame, why);
    let Some(sender) = &blame.sender else {
        let said = death::sender(None, blame.cause.origin, Detail::None);
        return vec![Line::new("sent by").and(said, Tone::Strong).and(format!(": {how}"), Tone::Plain)];
    };
    let mut line = Line::new("sent by");
    line = if sender.party.key == why.key {
        line.and("itself", Tone::Strong)
    } else {
        line.and(name(&sender.party), Tone::Strong).and(format!(" {}", teller.user(sender.party.uid)), Tone::Plain)
    };
    line = line.and(format!(", {how}"), Tone::Plain);
    match whence(sender, teller) {
        Some(whence) if sender.party.key != why.key => vec![line, Line::new("").and(whence, Tone::Quiet)],
        _ => vec![line],
    }
}

/// By which call, or for which reason of the kernel's.
fn how(blame: &Blame, why: &Why) -> String {
    let signal = match why.end {
        Some((_, End::Signal { signal, .. })) => Some(signal),
        _ => None,
    };
    let code = blame.event.and_then(|e| code_name(e.signal, e.code).map(|name| format!(" {name}"))).unwrap_or_default();
    match (blame.cause.origin, blame.cause.detail) {
        (Origin::User, detail) => {
            let call = blame.event.and_then(|e| e.call).map_or("a call".into(), |call| format!("{}()", call.word()));
            let value = if let Detail::Value(value) = detail { format!(", value {value}") } else { String::new() };
            let number = blame.event.filter(|_| code.is_empty()).map_or(String::new(), |e| format!(" {}", e.code));
            let code = if blame.event.is_some() { format!(", si_code{code}{number}") } else { String::new() };
            format!("{call}{code}{value}")
        }
        (Origin::Fault, Detail::Address(address)) => format!("a fault of its own at address {address:#x}{code}"),
        (Origin::Fault, _) => format!("a fault of its own{code}"),
        (Origin::Timer, _) => "a timer of its own ran out, and it had no handler".into(),
        (Origin::Tty, Detail::Tty(tty)) if tty.is_some() => format!("{} {tty}", typed(signal)),
        (Origin::Tty, _) => format!("{} it is on", typed(signal)),
        (Origin::Pipe, _) => "it wrote to a pipe or socket that nobody reads".into(),
        (Origin::Io, _) => "a file that it watches was ready, and it had no handler".into(),
        (Origin::Rlimit, _) if signal == Some(Signal::XFSZ) => "it went over its file size limit".into(),
        (Origin::Rlimit, _) => "it went over its CPU time limit".into(),
        (Origin::Oom, _) => "memory ran out, and it was chosen".into(),
        (Origin::Seccomp, Detail::Syscall(number)) => format!("its seccomp filter forbids system call {number}"),
        (Origin::Seccomp, _) => "its seccomp filter forbids a system call that it made".into(),
        (Origin::Pdeath, _) => "its parent, which died: it had asked for that (PR_SET_PDEATHSIG)".into(),
        (Origin::CgroupKill, _) => "by a write to cgroup.kill".into(),
        (Origin::Child, _) => "a child of its changed".into(),
        (Origin::Kernel, _) => "no reason is told: ptrace, the end of a pid namespace, or the like".into(),
    }
}

/// Why the kernel itself killed.
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NamespaceEnd => "the init of its pid namespace ended, and all of the namespace with it",
        Reason::TracerLeft => "its tracer ended, and had asked for that (PTRACE_O_EXITKILL)",
        Reason::PtraceKill => "its tracer killed it (PTRACE_KILL)",
    }
}

/// What the OOM killer found: `held about 498 MiB, limit 512 MiB`.
pub fn found(oom: Oom) -> Option<String> {
    let held = oom.rss().map(|bytes| format!("held about {}", memory(bytes)));
    let limit = oom.limit().map(|bytes| format!("limit {}", memory(bytes)));
    let parts: Vec<String> = [held, limit].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `8.0 MiB`, `512 MiB`, `1.5 GiB`.
pub fn memory(bytes: u64) -> String {
    let mut unit = "KiB";
    let mut tenths = bytes.saturating_mul(10) >> 10;
    for next in ["MiB", "GiB", "TiB"] {
        if tenths < 10_240 {
            break;
        }
        (tenths, unit) = (tenths >> 10, next);
    }
    if tenths < 1000 { format!("{}.{} {unit}", tenths / 10, tenths % 10) } else { format!("{} {unit}", tenths / 10) }
}

fn typed(signal: Option<Signal>) -> &'static str {
    match signal {
        Some(Signal::INT) => "^C was typed on",
        Some(Signal::QUIT) => "^\\ was typed on",
        Some(Signal::HUP) => "hang-up of the terminal",
        _ => "the terminal",
    }
}

/// `← bash(1234) ← sshd(812), tty pts/3, session-4.scope`.
fn whence(sender: &Sender, teller: &mut dyn Teller) -> Option<String> {
    let arrow = teller.from();
    let chain: Vec<String> =
        sender.ancestors.iter().map(|(name, pid)| format!("{arrow} {}", death::process(name.as_str(), *pid))).collect();
    let tty = sender.tty.is_some().then(|| format!("tty {}", sender.tty));
    let chain = Some(chain.join(" ")).filter(|chain| !chain.is_empty());
    let parts: Vec<String> = [chain, tty, teller.home(&sender.cgroup)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `it was still alive 10.0s after SIGTERM (17:31:02.114, handled: the handler ran, the process stayed)`.
fn because(asked: &Asked, why: &Why, teller: &mut dyn Teller) -> Vec<Line> {
    let e = &asked.row.event;
    let (signal, lasted) = (e.signal, teller.lasted(asked.before_ns));
    let is_killed = matches!(why.end, Some((_, End::Signal { .. })));
    let line = if is_killed {
        let line = Line::new("because").and(format!("it was still alive {lasted} after "), Tone::Plain);
        let came = format!(" ({}, {})", teller.time(e.mono_ns), stayed(asked.row.outcome));
        line.and(signal.name(), Tone::Strong).and(came, Tone::Plain)
    } else {
        let line = Line::new("after").and(signal.name(), Tone::Strong);
        let came = format!(", {lasted} before ({}, {})", teller.time(e.mono_ns), taken(asked.row.outcome));
        line.and(came, Tone::Plain)
    };
    let mut from = Line::new("").and(format!("that {signal} came from "), Tone::Plain);
    match &asked.sender {
        Some(sender) if sender.party.key == why.key => from = from.and("itself", Tone::Strong),
        Some(sender) => {
            from = from.and(name(&sender.party), Tone::Strong);
            from = from.and(format!(" {}", teller.user(sender.party.uid)), Tone::Plain);
            if let Some(whence) = whence(sender, teller) {
                from = from.and(format!(" {whence}"), Tone::Quiet);
            }
        }
        None => from = from.and(death::sender(None, e.origin, e.detail), Tone::Strong),
    }
    vec![line, from]
}

/// What came of a request to end, where the process did not.
fn stayed(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Handled { .. } => "handled: the handler ran, the process stayed",
        Outcome::Ignored(Some(Ignored::SigIgn)) => "ignored: it had set SIG_IGN",
        Outcome::Ignored(Some(Ignored::Init)) => "ignored: an init without a handler for it",
        Outcome::Ignored(_) => "ignored",
        Outcome::Coalesced => "one was waiting already",
        Outcome::Taken => "taken through a signalfd or sigwait",
        Outcome::Pending | Outcome::Unanswered | Outcome::InfoLost => "queued, and not seen to be taken",
        Outcome::Killed { .. } => "which was to kill it",
        outcome => word(outcome),
    }
}

/// What came of it, where the process ended by itself then.
fn taken(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending | Outcome::Unanswered | Outcome::InfoLost => {
            "queued: a signalfd or sigwait may have taken it, which is not seen"
        }
        outcome => word(outcome),
    }
}

/// An outcome in one word.
fn word(outcome: Outcome) -> &'static str {
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
        true => format!(" to {}", names(&group.targets)),
        false => format!(" by {}", death::sender(e.sender.as_ref(), e.origin, e.detail)),
    };
    let fate = group.end.map_or(word(group.row.outcome).into(), |end| death::end(&end));
    line.and(whom, Tone::Plain).and(format!(" ({fate})"), Tone::Quiet)
}

/// `nginx(882, 883)`, or each with its name where they differ.
fn names(targets: &[Party]) -> String {
    match targets {
        [first, .., last] if targets.iter().all(|target| target.name == first.name) && first.key != last.key => {
            let pids: Vec<String> = targets.iter().map(|target| target.key.pid.to_string()).collect();
            format!("{}({})", plain(first.name.as_str()), pids.join(", "))
        }
        _ => targets.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

fn name(party: &Party) -> String {
    death::process(party.name.as_str(), party.key.pid)
}

fn unseen(gap: &Gap, teller: &mut dyn Teller) -> String {
    match gap {
        Gap::End => "how it ended: it was dead when it was first looked at, or the record was lost".into(),
        Gap::Cause(signal) => format!("who sent that {signal}, and when"),
        Gap::Lost(count) => format!("{count} records that did not fit: one of them may matter here"),
        Gap::Filter(text) => format!("what the filter kept out: {}", plain(text)),
        Gap::Began(at) => format!("what was sent before {}, when sigtop began", teller.time(*at)),
        Gap::Forgotten(at) => format!("what was sent before {}: too long ago to be kept", teller.time(*at)),
    }
}
