//! What is told of a process, in the detail panel and on its page: who it is, what it runs, where it is at home, how it
//! treats signals. What is not known is left out.

use super::detail::{Line, chain, flowed, line, set, styled, wrapped};
use super::log::clock;
use super::tree::end_role;
use crate::clock::Clock;
use crate::event::ProcKey;
use crate::filter::cgroup;
use crate::model::why::Teller;
use crate::model::{Model, Proc, death};
use crate::ui::theme::Role;
use crate::ui::{Ui, text};

/// A day: what began longer ago is not told by the time of day.
const DAY_NS: u64 = 86_400_000_000_000;
/// The most lines that a long text takes: in the panel, and on a page, where all of it fits that is kept.
const IN_PANEL: usize = 8;
const ON_PAGE: usize = 200;

/// For the detail panel: the most important first, for it has few lines.
pub fn panel(ui: &Ui, model: &Model, proc: &Proc, room: usize) -> Vec<Line> {
    let mut out = Vec::new();
    if let Some(fate) = death::of(proc) {
        let when = proc.death.as_ref().map_or(String::new(), |death| format!("{}, ", ago(ui, death.mono_ns)));
        wrapped(&mut out, "ended", &format!("{when}{fate}"), end_role(proc), room, IN_PANEL);
    }
    out.push(line("from", chain(ui, model, &proc.key, room)));
    who(&mut out, ui, model, proc, room, IN_PANEL);
    counts(&mut out, None, proc);
    at_home(&mut out, ui, proc, room, IN_PANEL);
    masks(&mut out, ui, proc, room);
    program(&mut out, ui, proc, room, IN_PANEL);
    if let Some(last) = proc.last {
        let role = if last.fatal { Role::Fatal } else { Role::Signal };
        out.push(styled("last", last.signal.name(), role).and(format!("  {}", ago(ui, last.mono_ns)), Role::Dim));
    }
    out
}

/// For its page: all.
pub fn page(ui: &Ui, model: &Model, proc: &Proc, room: usize) -> Vec<Line> {
    let mut out = Vec::new();
    flowed(&mut out, "from", &[(chain(ui, model, &proc.key, usize::MAX), Role::Text)], room);
    who(&mut out, ui, model, proc, room, ON_PAGE);
    // Below it are the dead children of those that are forgotten, too.
    let is_its_own =
        |key: &ProcKey| model.procs.get(key).is_some_and(|child| child.is_alive() || child.born_of == Some(proc.key));
    let children = model.procs.children(&proc.key).filter(is_its_own).count();
    counts(&mut out, Some(children).filter(|_| ui.frozen.is_none() && proc.is_alive()), proc);
    program(&mut out, ui, proc, room, ON_PAGE);
    if proc.is_alive() {
        at_home(&mut out, ui, proc, room, ON_PAGE);
    }
    wrapped(&mut out, "cgroup", cgroup_of(ui, proc), Role::Dim, room, ON_PAGE);
    masks(&mut out, ui, proc, room);
    let unread = match ui.frozen {
        Some(_) if ui.facts(proc).is_none() && proc.is_alive() && ui.look.is_here() => {
            Some("masks, threads and directory are read while the picture moves")
        }
        _ => ui.facts.error(&proc.key).filter(|_| proc.is_alive()),
    };
    out.extend(unread.map(|why| styled("/proc", why, Role::Dim)));
    out
}

/// `2s ago`, `now`.
pub fn ago(ui: &Ui, ns: u64) -> String {
    match text::age(ui.now_ns.saturating_sub(ns), ui.look.glyphs()) {
        age if age == "now" => age,
        age => format!("{age} ago"),
    }
}

fn who(out: &mut Vec<Line>, ui: &Ui, model: &Model, proc: &Proc, room: usize, lines: usize) {
    let glyphs = ui.look.glyphs();
    let age = match &proc.death {
        Some(death) => text::duration(death.mono_ns.saturating_sub(proc.key.start_ns), glyphs),
        None => text::age(ui.now_ns.saturating_sub(proc.key.start_ns), glyphs),
    };
    let tty = if proc.tty.is_some() { format!("  {}", proc.tty) } else { String::new() };
    let mut said = format!("{}{tty}  {} {age}", ui.user(proc.uid), if proc.is_alive() { "up" } else { "lived" });
    if lines == ON_PAGE && ui.now_ns.saturating_sub(proc.key.start_ns) < DAY_NS {
        said.push_str(", since ");
        clock(ui, model).write_short(&mut said, proc.key.start_ns);
    }
    if let Some(facts) = ui.facts(proc) {
        // That it waits for something to do is no news.
        if lines == ON_PAGE || !matches!(facts.state, "sleeping" | "running" | "idle") {
            said.push_str(&format!("  {}", facts.state));
        }
        if facts.thread_count > 1 {
            said.push_str(&format!("  {} threads", text::thousands(facts.thread_count)));
        }
    } else if proc.threads > 0 {
        said.push_str(&format!("  {} threads", proc.threads + 1));
    }
    wrapped(out, "who", &said, Role::Text, room, lines);
}

fn counts(out: &mut Vec<Line>, children: Option<usize>, proc: &Proc) {
    let mut counts = line("signals", format!("{} sent  ", text::thousands(proc.sent)));
    counts = counts.and(format!("{} received", text::thousands(proc.received)), Role::Text);
    if proc.waiting > 0 {
        counts = counts.and(format!("  {} pending", proc.waiting), Role::Pending);
    }
    if let Some(children) = children {
        let word = if children == 1 { "child" } else { "children" };
        counts = counts.and(format!("  {} {word}", text::thousands(children as u64)), Role::Text);
    }
    out.push(counts);
}

/// The path of its cgroup.
fn cgroup_of<'a>(ui: &'a Ui, proc: &'a Proc) -> &'a str {
    let path = match (&*proc.program.cgroup, ui.facts(proc)) {
        ("", Some(facts)) => &facts.cgroup,
        (known, _) => known,
    };
    if path == "/" { "" } else { path } // the root says nothing
}

/// The unit or container in words; where the path tells of none, the path.
fn at_home(out: &mut Vec<Line>, ui: &Ui, proc: &Proc, room: usize, lines: usize) {
    let path = cgroup_of(ui, proc);
    match cgroup::home(path) {
        Some(home) => wrapped(out, "unit", &home.to_string(), Role::Text, room, lines),
        None if lines == IN_PANEL => wrapped(out, "cgroup", path, Role::Text, room, lines),
        None => {}
    }
}

fn program(out: &mut Vec<Line>, ui: &Ui, proc: &Proc, room: usize, lines: usize) {
    let (program, facts) = (&proc.program, ui.facts(proc));
    let args: Vec<&str> = program.argv().collect();
    wrapped(out, "args", &args.join(" "), Role::Text, room, lines);
    for (label, known, read) in
        [("exe", &*program.exe, facts.map(|f| &f.exe)), ("cwd", &*program.cwd, facts.map(|f| &f.cwd))]
    {
        match read {
            Some(Ok(now)) => wrapped(out, label, now, Role::Text, room, lines),
            Some(Err(why)) if known.is_empty() => out.push(styled(label, *why, Role::Dim)),
            _ => wrapped(out, label, known, Role::Text, room, lines),
        }
    }
}

/// What it does with signals, as /proc has it.
fn masks(out: &mut Vec<Line>, ui: &Ui, proc: &Proc, room: usize) {
    let Some(masks) = ui.facts(proc).map(|facts| facts.masks) else { return };
    set(out, "caught", masks.caught, Role::Text, room);
    let small = [masks.blocked, masks.ignored, masks.pending, masks.pending_own].map(|set| set.to_string());
    let [blocked, ignored, pending, own] = &small;
    let own = if masks.pending_own.is_empty() { String::new() } else { format!("   first thread {own}") };
    let wide = text::width(blocked) + text::width(ignored) + text::width(pending) + text::width(&own);
    if wide + "   ignored    pending ".len() <= room {
        let label = |text: &str| (format!("   {text} "), Role::Dim);
        let role = |is_empty: bool| if is_empty { Role::Text } else { Role::Pending };
        let mut line = styled("blocked", blocked, role(masks.blocked.is_empty()));
        for (text, role) in [label("ignored"), (ignored.clone(), Role::Text), label("pending")] {
            line = line.and(text, role);
        }
        out.push(line.and(pending, role(masks.pending.is_empty())).and(own, Role::Pending));
        return;
    }
    set(out, "blocked", masks.blocked, Role::Pending, room);
    set(out, "ignored", masks.ignored, Role::Text, room);
    set(out, "pending", masks.pending, Role::Pending, room);
    if !masks.pending_own.is_empty() {
        set(out, "1st thr", masks.pending_own, Role::Pending, room);
    }
}

/// How the screen writes times, users and places.
pub struct Screen<'a> {
    /// The state.
    pub ui: &'a Ui,
    /// Its clock.
    pub clock: Clock,
}

impl Teller for Screen<'_> {
    fn time(&mut self, mono_ns: u64) -> String {
        let mut out = String::new();
        self.clock.write_short(&mut out, mono_ns);
        out
    }

    fn ago(&self, mono_ns: u64) -> String {
        ago(self.ui, mono_ns)
    }

    fn lasted(&self, ns: u64) -> String {
        text::duration(ns, self.ui.look.glyphs())
    }

    fn user(&self, uid: u32) -> String {
        self.ui.user(uid)
    }

    fn home(&self, path: &str) -> Option<String> {
        cgroup::home(path).map(|home| home.to_string())
    }

    fn from(&self) -> &'static str {
        self.ui.look.glyphs().from
    }
}
