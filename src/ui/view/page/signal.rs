//! The page of a signal, sent or tried: all that its event holds and all that is known of its two ends.
//!
//! Facts only, in groups: what came of it, from whom, to whom, by which road, how its target stood to it. What is not
//! known is left out.

use super::super::attempt;
use super::super::detail::{Line, carried, chain, line, styled, wrapped};
use super::super::log::{Said, clock};
use super::super::tally::by_default;
use crate::event::{AttemptEvent, Errno, FilterEvent, Ignored, Origin, Party, Scope, SendResult, SignalEvent, Tty};
use crate::filter::cgroup;
use crate::model::{Model, Outcome, Proc, Row, death};
use crate::signal::{Signal, code_name};
use crate::ui::theme::Role;
use crate::ui::{Ui, text};

/// The most lines that one long text is wrapped to.
const LINES: usize = 8;
/// Cells for all ancestors: they are wrapped, not left out.
const ALL: usize = 10_000;

/// What a page is made with.
struct Sheet<'a> {
    ui: &'a Ui,
    model: &'a Model,
    room: usize,
    out: Vec<Line>,
}

/// All about a signal, in lines of at most `room` cells behind their labels.
pub fn lines(ui: &Ui, model: &Model, row: &Row, room: usize) -> Vec<Line> {
    let e = &row.event;
    let mut sheet = Sheet { ui, model, room, out: Vec::new() };
    sheet.which(e.signal);
    sheet.outcome(row);
    sheet.when(e.mono_ns);
    sheet.gap();
    match &e.sender {
        Some(party) => sheet.party("from", party, e.sender_tty),
        None => wrapped(&mut sheet.out, "from", &death::sender(None, e.origin, e.detail), Role::Kernel, room, LINES),
    }
    sheet.gap();
    sheet.party("to", &e.target, Tty::NONE);
    sheet.gap();
    sheet.road(e);
    sheet.gap();
    sheet.masks(e);
    sheet.number(e.id, e.generation);
    sheet.out
}

/// All about one that failed, or a probe.
pub fn tried(ui: &Ui, model: &Model, e: &AttemptEvent, room: usize) -> Vec<Line> {
    let mut sheet = Sheet { ui, model, room, out: Vec::new() };
    match e.signal() {
        Some(signal) => sheet.which(signal),
        None if e.is_probe() => sheet.out.push(line("signal", "0").and("  only asks whether it may send", Role::Dim)),
        None => sheet.out.push(line("signal", e.number.to_string()).and("  there is no such signal", Role::Dim)),
    }
    let meaning = e.errno.and_then(meaning).map_or(String::new(), |meaning| format!("  {meaning}"));
    sheet.out.push(styled("outcome", attempt::outcome(e, usize::MAX), attempt::role(e)).and(meaning, Role::Dim));
    sheet.when(e.mono_ns);
    sheet.gap();
    sheet.party("from", &e.sender, e.sender_tty);
    sheet.gap();
    match &e.target {
        Some(target) => sheet.party("to", target, Tty::NONE),
        None => sheet.out.push(line("to", attempt::aim(e))),
    }
    if e.nested {
        sheet.out.push(styled("", "as numbered in the sender's own pid namespace", Role::Dim));
    }
    sheet.gap();
    sheet.out.push(line("by", format!("{}()", e.call.word())));
    sheet.out.push(line("for", scope(e.scope(), e.target.map(|target| target.tid))));
    sheet.number(e.id, e.generation);
    sheet.out
}

/// All of a new filter, however long it is.
pub fn filter(ui: &Ui, model: &Model, e: &FilterEvent, room: usize) -> Vec<Line> {
    let mut sheet = Sheet { ui, model, room, out: Vec::new() };
    sheet.out.push(line("filter", "from here on").and(format!("  number {}", e.generation), Role::Dim));
    sheet.when(e.mono_ns);
    sheet.gap();
    let text = if e.text.is_empty() { "everything".into() } else { crate::escape::plain(&e.text) };
    let lines = text::wrap(&text, room, usize::MAX, "");
    let label = |at| if at == 0 { "shows" } else { "" };
    sheet.out.extend(lines.into_iter().enumerate().map(|(at, text)| styled(label(at), text, Role::Notice)));
    sheet.out
}

impl Sheet<'_> {
    fn gap(&mut self) {
        self.out.push(line("", ""));
    }

    fn which(&mut self, signal: Signal) {
        let which = styled("signal", format!("{signal} ({})", signal.number()), Role::Signal);
        self.out.push(which.and(format!("  by default: {}", by_default(signal)), Role::Dim));
    }

    fn outcome(&mut self, row: &Row) {
        let (e, glyphs) = (&row.event, self.ui.look.glyphs());
        let said = Said::new(row.outcome, self.ui.now_ns.saturating_sub(e.mono_ns), glyphs);
        let mut outcome = styled("outcome", said.word, said.role).and(format!("  {}", said.time), said.role);
        if let Some(ns) = row.outcome.latency_ns() {
            let exact = if ns < 1000 { String::new() } else { format!(" ({} ns)", text::thousands(ns)) };
            outcome = outcome.and(format!(" after it was sent{exact}"), Role::Dim);
        }
        self.out.push(outcome);
        let why = e.ignored.map(|why| format!("{}: {}", e.result.word(), ignored(why)));
        let result = why.unwrap_or_else(|| result(e.result, row.outcome).into());
        if !result.is_empty() {
            wrapped(&mut self.out, "", &result, Role::Dim, self.room, LINES);
        }
    }

    fn when(&mut self, mono_ns: u64) {
        let mut when = String::new();
        clock(self.ui, self.model).write_full(&mut when, mono_ns);
        self.out.push(line("when", when).and(format!("  {}", self.ago(mono_ns)), Role::Dim));
    }

    fn ago(&self, mono_ns: u64) -> String {
        match text::age(self.ui.now_ns.saturating_sub(mono_ns), self.ui.look.glyphs()) {
            age if age == "now" => "just now".into(),
            age => format!("{age} ago"),
        }
    }

    /// One end: as it was called and whose it was then; what else is known of the process.
    fn party(&mut self, label: &'static str, party: &Party, tty: Tty) {
        let (ui, model) = (self.ui, self.model);
        let proc = ui.proc(model, &party.key);
        let name = text::process(&party.name, party.key.pid, self.room, ui.look.glyphs().cut);
        let mut who = String::new();
        if party.tid != party.key.pid {
            who.push_str(&format!("  tid {}", party.tid));
        }
        who.push_str(&format!("  {}", ui.user(party.uid)));
        let tty = if tty.is_some() { tty } else { proc.map_or(Tty::NONE, |proc| proc.tty) };
        if tty.is_some() {
            who.push_str(&format!("  tty {tty}"));
        }
        self.out.push(styled(label, name, Role::Strong).and(who, Role::Text));
        match proc {
            Some(proc) => self.proc(proc),
            None => self.out.push(styled("", "ended, and is forgotten", Role::Dim)),
        }
    }

    fn proc(&mut self, proc: &Proc) {
        let (program, room) = (&proc.program, self.room);
        wrapped(&mut self.out, "", &chain(self.ui, self.model, &proc.key, ALL), Role::Text, room, LINES);
        let args: Vec<&str> = program.argv().collect();
        wrapped(&mut self.out, "", &args.join(" "), Role::Text, room, LINES);
        let home = cgroup::home(&program.cgroup).map_or(String::new(), |home| home.to_string());
        wrapped(&mut self.out, "", &home, Role::Dim, room, LINES);
        if let Some(fate) = death::of(proc) {
            let when = proc.death.as_ref().map_or(String::new(), |death| format!(", {}", self.ago(death.mono_ns)));
            wrapped(
                &mut self.out,
                "",
                &format!("ended: {fate}{when}"),
                super::super::tree::end_role(proc),
                room,
                LINES,
            );
        }
    }

    fn road(&mut self, e: &SignalEvent) {
        let by = e.call.map_or(e.origin.word().to_string(), |call| format!("{}()", call.word()));
        self.out.push(line("by", by).and(format!("  {}", origin(e.origin)), Role::Dim));
        let code = code_name(e.signal, e.code).map_or(e.code.to_string(), |name| format!("{name} ({})", e.code));
        self.out.push(line("si_code", code));
        self.out.push(line("for", scope(e.scope, Some(e.target.tid))));
        self.out.extend(carried(e).map(|carried| line("with", carried)));
        if e.continued {
            self.out.push(line("", "its target was stopped, and goes on"));
        }
    }

    /// What the target had blocked then, and what waited for it.
    fn masks(&mut self, e: &SignalEvent) {
        let Some(masks) = e.masks else { return };
        let too = if masks.blocked.contains(e.signal) { ", this one too" } else { "" };
        self.set("blocked", masks.blocked.to_string(), &format!("then, by thread {}{too}", e.target.tid));
        // The new one and the kernel's SIGKILL for who is certain to die are said apart: they were not there before.
        let is_new = masks.pending.contains(e.signal) && e.result == SendResult::Queued;
        let kills = masks.pending.contains(Signal::KILL) && e.signal != Signal::KILL;
        let mut others = masks.pending;
        if is_new {
            others.remove(e.signal);
        }
        if kills {
            others.remove(Signal::KILL);
        }
        let new = is_new.then(|| "this one".to_string());
        let all: Vec<String> = (!others.is_empty()).then(|| others.to_string()).into_iter().chain(new).collect();
        let pending = if all.is_empty() { "-".into() } else { all.join(", ") };
        self.set("pending", pending, if kills { "then, and it was certain to die" } else { "then" });
    }

    fn set(&mut self, label: &'static str, names: String, dim: &str) {
        if text::width(&names) + 2 + text::width(dim) <= self.room {
            self.out.push(line(label, names).and(format!("  {dim}"), Role::Dim));
        } else {
            wrapped(&mut self.out, label, &names.replace(',', ", ").replace(",  ", ", "), Role::Text, self.room, LINES);
            self.out.push(styled("", dim, Role::Dim));
        }
    }

    fn number(&mut self, id: u64, generation: u32) {
        let filter = if generation > 0 { format!("  passed filter {generation}") } else { String::new() };
        self.out.push(line("event", id.to_string()).and(filter, Role::Dim));
    }
}

fn scope(scope: Scope, tid: Option<u32>) -> String {
    match (scope, tid) {
        (Scope::Process, _) => "the process: any of its threads may take it".into(),
        (Scope::Thread, Some(tid)) => format!("thread {tid} alone"),
        (Scope::Thread, None) => "one thread alone".into(),
    }
}

/// What became of it when it was sent, where the outcome does not say so already.
fn result(result: SendResult, outcome: Outcome) -> &'static str {
    match (result, outcome) {
        (SendResult::Coalesced, _) => "the same signal waited already: this one adds nothing",
        (SendResult::Overflow, _) => "the target's queue is full (RLIMIT_SIGPENDING): the sender got EAGAIN",
        (SendResult::InfoLost, _) => "queued without its code and value, for want of memory",
        (_, Outcome::Taken) => "taken by signalfd or sigwait: the next one was queued",
        (_, Outcome::Pending) => "not taken yet, as far as is seen: signalfd and sigwait give no sign",
        (_, Outcome::Unanswered) => "the target ended and was not seen to take it",
        _ => "",
    }
}

fn ignored(why: Ignored) -> &'static str {
    match why {
        Ignored::SigIgn => "the target had set SIG_IGN",
        Ignored::Default => "the target left it at its default, which is to ignore it",
        Ignored::Init => "the target is the init of its pid namespace and has no handler for it",
        Ignored::Zombie => "the target is dead already, and waits for its parent",
        Ignored::Exiting => "the target is about to die",
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::User => "a process asked for it",
        Origin::Fault => "a fault in the target's own code",
        Origin::Child => "a child ended, stopped or went on",
        Origin::Timer => "a timer of the target ran out",
        Origin::Tty => "the target's terminal",
        Origin::Pipe => "the target wrote to a pipe or socket that nobody reads",
        Origin::Io => "a file, socket or queue is ready, as the target wished to be told",
        Origin::Rlimit => "the target went over its limit of time or file size",
        Origin::Oom => "memory ran out, and the kernel chose the target",
        Origin::Seccomp => "a seccomp filter forbids the target's system call",
        Origin::Pdeath => "the target's parent died, as it wished to be told",
        Origin::CgroupKill => "somebody wrote to cgroup.kill",
        Origin::Kernel => "a reason of the kernel's own",
    }
}

/// What an error of the calls that send means: kill(2), tgkill(2), sigqueue(3), pidfd_send_signal(2).
fn meaning(errno: Errno) -> Option<&'static str> {
    Some(match errno.name()? {
        "EPERM" => "the sender may not signal it",
        "ESRCH" => "there is no such process",
        "EINVAL" => "no such signal, or arguments that cannot be",
        "EAGAIN" => "the target's queue is full",
        "EBADF" => "the descriptor stands for no process",
        "EFAULT" => "a wrong address",
        _ => return None,
    })
}
