//! What is no signal and yet a row of the log: files opened, changed and moved, connections, and alerts; and any event
//! in a few words, for alerts say by which they were made.
//!
//! Paths and names are what processes chose: they are escaped here, and of a long path its end is kept.

use super::Pen;
use super::detail::{Line, WRAPPED, chain, ids, line, styled, wrapped};
use super::log::{self, time};
use super::{alerts, attempt};
use crate::clock::Clock;
use crate::event::{Address, ConnectEvent, Deed, Errno, Event, ExecEvent, FileEvent, Party};
use crate::model::{Entry, Model};
use crate::ui::theme::{Glyphs, Role};
use crate::ui::{Ui, text};
use std::borrow::Cow;

/// A cell of its row; the column of what came of it begins behind `end`, the row ends at `edge`.
pub fn cell(pen: &mut Pen, column: usize, (end, edge): (u16, u16), entry: &Entry, clock: &mut Clock, ui: &Ui) {
    let glyphs = ui.look.glyphs();
    match column {
        0 => pen.put(&time(clock, entry.mono_ns(), pen.room()), Role::Dim),
        1 => pen.put(word(entry), role(entry)),
        2 => {
            if let Some(who) = entry.doer() {
                pen.put(&text::process(&who.name, who.key.pid, pen.room(), glyphs.cut), Role::Text);
            }
        }
        3 => {
            let (room, from) = (usize::from(pen.end.max(end).saturating_sub(pen.x)), end + 2);
            pen.end = edge.max(pen.end);
            match entry {
                Entry::File(e) => whole(pen, (room, from), |room| file(e, room, glyphs), came_of(entry, glyphs)),
                Entry::Connect(e) => {
                    let address = address(e);
                    whole(
                        pen,
                        (room, from),
                        |room| text::cut(&address, room, glyphs.cut).into_owned(),
                        came_of(entry, glyphs),
                    );
                }
                Entry::Alert(e) => {
                    pen.text(e.rule.severity.word(), role(entry)).skip(1);
                    let title = alerts::title(e, pen.room(), glyphs);
                    pen.put(&title, Role::Text);
                }
                _ => {}
            }
        }
        _ => {} // all of it is said by then
    }
}

/// What it was done to, and what came of it: in its column, behind these cells. What is too long for them takes what the
/// other column does not need.
fn whole(pen: &mut Pen, (room, from): (usize, u16), what: impl Fn(usize) -> String, (said, role): (String, Role)) {
    let fits = text::width(&what(usize::MAX)) <= room;
    let behind = if said.is_empty() { 0 } else { text::width(&said) + GAP };
    let room = if fits { room } else { room.max(pen.room().saturating_sub(behind)) };
    pen.left(&what(room), Role::Text, room);
    pen.skip(usize::from(from.saturating_sub(pen.x)).max(if fits { 0 } else { GAP })).text(&said, role);
}

/// Between two columns.
const GAP: usize = 2;

/// What it is, in one word.
pub fn word(entry: &Entry) -> &'static str {
    match entry {
        Entry::File(e) => match e.deed {
            Deed::Open { .. } => "OPEN",
            Deed::Chmod { .. } => "CHMOD",
            Deed::Move { .. } => "MOVE",
        },
        Entry::Connect(_) => "CONNECT",
        Entry::Alert(_) => "ALERT",
        _ => "",
    }
}

/// How that word looks.
pub fn role(entry: &Entry) -> Role {
    if let Entry::Alert(e) = entry { alerts::role(e.rule.severity) } else { Role::Notice }
}

/// What came of it.
pub fn came_of(entry: &Entry, glyphs: &Glyphs) -> (String, Role) {
    let result = |errno: Option<Errno>, said: String| match errno {
        Some(errno) if errno.name() == Some("EINPROGRESS") => ("in progress".into(), Role::Pending),
        Some(errno) => (format!("failed {errno}"), Role::Fatal),
        None => (said, Role::Dim),
    };
    match entry {
        Entry::File(e) => result(e.errno, of_file(&e.deed, glyphs)),
        Entry::Connect(e) => result(e.errno, String::new()),
        Entry::Alert(e) => (e.rule.severity.word().into(), alerts::role(e.rule.severity)),
        _ => (String::new(), Role::Dim),
    }
}

fn of_file(deed: &Deed, glyphs: &Glyphs) -> String {
    match deed {
        Deed::Open { created: true, .. } => "created".into(),
        Deed::Open { flags, .. } => access(*flags).into(),
        Deed::Chmod { before: Some(before), mode } => format!("{before:04o}{}{mode:04o}", glyphs.arrow),
        Deed::Chmod { before: None, mode } => format!("{mode:04o}"),
        Deed::Move { .. } => String::new(),
    }
}

/// What a file was opened for: `O_ACCMODE` of its flags.
pub fn access(flags: u32) -> &'static str {
    match flags & 3 {
        0 => "read",
        1 => "write",
        _ => "read write",
    }
}

/// Why it failed, of a deed that did.
pub fn failed(event: &Event) -> Option<Errno> {
    match event {
        Event::Attempt(e) => e.errno,
        Event::FailedExec(e) => Some(e.errno),
        Event::File(e) => e.errno,
        Event::Connect(e) => e.errno.filter(|_| e.failed()),
        _ => None,
    }
}

/// An event in at most `room` cells, without who did it: what to, where to, which file. Of what failed why, or where that
/// does not fit that it did.
pub fn what(event: &Event, room: usize, glyphs: &Glyphs) -> String {
    let Some(errno) = failed(event) else { return subject(event, room, glyphs) };
    let whole = format!("{} {errno}", subject(event, usize::MAX, glyphs));
    if text::width(&whole) <= room {
        return whole;
    }
    let mark = format!("{} ", glyphs.dead);
    format!("{mark}{}", subject(event, room.saturating_sub(text::width(&mark)), glyphs))
}

/// The same, but for why it failed.
pub fn subject(event: &Event, room: usize, glyphs: &Glyphs) -> String {
    let cut = glyphs.cut;
    let to = |word: &str, target: &Party| {
        let head = format!("{word} {} ", glyphs.arrow);
        let left = room.saturating_sub(text::width(&head));
        format!("{head}{}", text::process(&target.name, target.key.pid, left, cut))
    };
    let said = match event {
        Event::Signal(e) => to(e.signal.short_name(), &e.target),
        Event::Attempt(e) => {
            let whom =
                e.target.as_ref().map_or_else(|| attempt::aim(e), |t| text::process(&t.name, t.key.pid, 24, cut));
            format!("{} {} {whom}", attempt::signal(e), glyphs.arrow)
        }
        Event::Deliver(e) => to(e.signal.short_name(), &e.target),
        Event::File(e) => return file(e, room, glyphs),
        Event::Connect(e) => address(e),
        Event::Fork(e) if e.is_thread() => format!("thread {}", e.child.tid),
        Event::Fork(e) => to("fork", &e.child),
        Event::Exec(e) => return exec(e, room, cut),
        Event::FailedExec(e) => return tail(&path(&e.filename), room, cut),
        Event::Exit(_) => "ended".into(),
        Event::Rename(e) => format!("now called {}", text::name(&e.who.name)),
        Event::Alert(e) => return alerts::title(e, room, glyphs),
        event => event.kind().word().into(),
    };
    text::cut(&said, room, cut).into_owned()
}

/// The file as the caller named it, and where there is room the one that runs.
fn exec(e: &ExecEvent, room: usize, cut: &str) -> String {
    let named = e.named();
    let named = path(&named);
    let via = e.instead().map_or(String::new(), |exe| format!(" via {}", path(exe)));
    if text::width(&named) + text::width(&via) <= room { format!("{named}{via}") } else { tail(&named, room, cut) }
}

fn path(path: &str) -> Cow<'_, str> {
    crate::escape::plain(path)
}

/// A file; of one that was moved, from where to where.
fn file(e: &FileEvent, room: usize, glyphs: &Glyphs) -> String {
    let Deed::Move { from } = &e.deed else { return tail(&path(&e.path), room, glyphs.cut) };
    let (from, to, between) = (path(from), path(&e.path), format!(" {} ", glyphs.arrow));
    let left = room.saturating_sub(text::width(&between));
    // In the same directory the new name says it all.
    let short = match from.rsplit_once('/') {
        Some((directory, _)) => to.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/')),
        None => None,
    };
    let to = short.filter(|name| !name.contains('/')).unwrap_or(&to);
    // What it is now matters more; a few letters of what it was say nothing.
    match left.checked_sub(text::width(to)) {
        Some(rest) if rest >= text::width(&from).min(OLD_NAME) => {
            format!("{}{between}{to}", tail(&from, rest, glyphs.cut))
        }
        _ => {
            let head = between.trim_start();
            format!("{head}{}", tail(to, room.saturating_sub(text::width(head)), glyphs.cut))
        }
    }
}

/// The fewest cells in which the old name of a file that was moved is worth saying.
const OLD_NAME: usize = 12;

fn address(e: &ConnectEvent) -> String {
    match &e.address {
        Address::Inet(address) => address.to_string(),
        Address::Unix(socket) => format!("unix {}", path(socket)),
        Address::Other(family) => format!("address family {family}"),
    }
}

/// The end of a text that is plain already, and before it the mark of a cut.
pub fn tail(plain: &str, room: usize, mark: &str) -> String {
    if text::width(plain) <= room {
        return plain.into();
    }
    let left = room.saturating_sub(text::width(mark));
    let from = plain.char_indices().map(|(at, _)| at).find(|at| text::width(&plain[*at..]) <= left);
    format!("{}{}", if room == 0 { "" } else { mark }, from.map_or("", |from| &plain[from..]))
}

/// All about it, in lines of at most `room` cells behind their labels; of an alert, what is on its page.
pub fn lines(ui: &Ui, model: &Model, entry: &Entry, room: usize) -> Vec<Line> {
    let mut when = String::new();
    log::clock(ui, model).write_short(&mut when, entry.mono_ns());
    let mut out = Vec::new();
    let (said, role) = came_of(entry, ui.look.glyphs());
    let wide = |out: &mut Vec<Line>, label, text: &str| wrapped(out, label, text, Role::Text, room, WRAPPED);
    match entry {
        Entry::File(e) => {
            match &e.deed {
                Deed::Open { flags, created } => {
                    wide(&mut out, "file", &e.path);
                    let created = if *created { ", and made it" } else { "" };
                    let flags_said = if *flags == 0 { String::new() } else { format!("  flags 0{flags:o}") };
                    out.push(line("for", format!("{}{created}", access(*flags))).and(flags_said, Role::Dim));
                }
                Deed::Chmod { .. } => {
                    wide(&mut out, "file", &e.path);
                    out.push(line("mode", of_file(&e.deed, ui.look.glyphs())));
                }
                Deed::Move { from } => {
                    wide(&mut out, "was", from);
                    wide(&mut out, "is now", &e.path);
                }
            }
            wide(&mut out, "same as", &e.same_as);
            out.extend(e.errno.map(|_| styled("outcome", said, role)));
        }
        Entry::Connect(e) => {
            wide(&mut out, "to", &address(e));
            out.extend(e.errno.map(|_| styled("outcome", said, role)));
        }
        _ => {}
    }
    out.push(line("when", when));
    if let Some(who) = entry.doer() {
        out.push(line("who", chain(ui, model, &who.key, room)));
        out.push(line("", ids(&who)));
    }
    out
}

/// What it is, as a title.
pub fn title(entry: &Entry) -> String {
    if failed(&entry.event()).is_some() {
        return format!("Tried to {}", word(entry).to_lowercase());
    }
    match entry {
        Entry::File(e) => match e.deed {
            Deed::Open { .. } => "File opened".into(),
            Deed::Chmod { .. } => "Mode changed".into(),
            Deed::Move { .. } => "File moved".into(),
        },
        Entry::Connect(_) => "Connection".into(),
        Entry::Alert(e) => format!("Alert {}", path(&e.rule.name)),
        _ => "Note".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Name;
    use crate::ui::theme::{ASCII, UNICODE};

    fn moved(from: &str, to: &str) -> FileEvent {
        let who = Party { name: Name::from("mv"), ..Party::default() };
        let deed = Deed::Move { from: from.into() };
        FileEvent { mono_ns: 1, who, deed, path: to.into(), same_as: String::new(), errno: None }
    }

    #[test]
    fn of_a_long_path_the_end_is_kept() {
        assert_eq!(tail("/etc/shadow", 11, "…"), "/etc/shadow");
        assert_eq!(tail("/etc/shadow", 7, "…"), "…shadow");
        assert_eq!(tail("/日本/日", 4, "~"), "~/日");
        assert_eq!(tail("/etc/shadow", 0, "…"), "");
    }

    #[test]
    fn a_move_says_what_changed_and_keeps_to_its_room() {
        assert_eq!(file(&moved("/tmp/a.txt", "/tmp/a.enc"), 40, &UNICODE), "/tmp/a.txt → a.enc");
        assert_eq!(file(&moved("/tmp/a", "/home/b"), 40, &ASCII), "/tmp/a > /home/b");
        for room in 0..60 {
            let said = file(&moved("/a/very/long/directory/name.txt", "/b/another/long/one/name.txt"), room, &UNICODE);
            assert!(room < 8 || text::width(&said) <= room, "{room}: {said}");
        }
    }
}
