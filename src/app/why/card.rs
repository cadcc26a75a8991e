//! Deaths as text: a card for the newest, a line for each of the others. Everything a process chose is made harmless; what
//! is too long for the terminal goes on below, under what it belongs to.

use super::seek::{Found, Looked};
use crate::clock::{Clock, TimeStyle, offset_at};
use crate::escape::plain;
use crate::event::{Cause, Detail, Name};
use crate::filter::cgroup;
use crate::model::death;
use crate::model::why::{self, Line, Teller, Tone};
use crate::plan::Question;
use crate::ui::text;
use rustix::termios::tcgetwinsize;
use std::fmt::Write;

/// The most deaths in the list below the card.
const LISTED: usize = 20;
/// Where texts begin: behind a blank and a label.
const INDENT: usize = 12;
/// No terminal is too narrow: from here on lines may be cut by it.
const NARROW: usize = 40;

const S: u64 = 1_000_000_000;

/// How this output writes, whatever the stream.
pub struct Manner<'a> {
    /// What was asked.
    pub question: &'a Question,
    /// The users of this machine.
    pub users: &'a [(String, u32)],
    /// The time of day, in nanoseconds since the epoch.
    pub now_ns: i128,
}

impl Manner<'_> {
    /// For this stream.
    pub fn of<'p>(&'p self, looked: &'p Looked) -> Printer<'p> {
        Printer::new(looked, self)
    }
}

/// How it writes times, users and places of one stream.
pub struct Printer<'a> {
    clock: Clock,
    looked: &'a Looked,
    users: &'a [(String, u32)],
    /// The wall clock; nothing where the stream has one of its own.
    now_ns: Option<i128>,
    /// The day that need not be said.
    day: String,
    time: TimeStyle,
    is_ascii: bool,
}

impl<'a> Printer<'a> {
    fn new(looked: &'a Looked, manner: &'a Manner<'a>) -> Printer<'a> {
        let question = manner.question;
        let here = rustix::system::uname();
        // Who has which number elsewhere is not known here.
        let is_here = looked.header.host.as_bytes() == here.nodename().to_bytes();
        let mut printer = Printer {
            clock: Clock::over(question.time, looked.header.mono_ns, &looked.offsets),
            looked,
            users: if is_here { manner.users } else { &[] },
            now_ns: (!question.is_made_up).then_some(manner.now_ns),
            day: String::new(),
            time: question.time,
            is_ascii: question.ascii,
        };
        let now = printer
            .now_ns
            .map(|now| u64::try_from(now - i128::from(offset_at(&looked.offsets, u64::MAX))).unwrap_or(0));
        printer.day = printer.day_of(now.unwrap_or(looked.end_ns));
        printer
    }

    fn full(&mut self, mono_ns: u64) -> String {
        let mut out = String::new();
        self.clock.write_full(&mut out, mono_ns);
        out
    }

    fn day_of(&mut self, mono_ns: u64) -> String {
        self.full(mono_ns).split(' ').next().unwrap_or_default().into()
    }

    /// Date and time to the millisecond, whatever day it is.
    pub fn date(&mut self, mono_ns: u64) -> String {
        if self.time == TimeStyle::Relative {
            return self.time(mono_ns);
        }
        let full = self.full(mono_ns);
        full.get(..full.len().saturating_sub(6)).unwrap_or(&full).into()
    }

    /// What stands behind a time whose zone is not that of here.
    pub fn zone(&self) -> &'static str {
        if self.time == TimeStyle::Utc { " UTC" } else { "" }
    }

    /// How long before now, or before the end of the stream.
    fn age(&self, mono_ns: u64) -> Option<String> {
        let now = self.now_ns.unwrap_or_else(|| self.looked.real_ns(self.looked.end_ns));
        let ns = u64::try_from(now - self.looked.real_ns(mono_ns)).ok()?;
        Some(if ns < S { "just now".into() } else { format!("{} ago", rounded(ns / S)) })
    }

    /// `nginx[881]`.
    fn called(&self, name: &Name, pid: u32) -> String {
        format!("{}[{pid}]", if name.is_empty() { "?".into() } else { plain(name.as_str()) })
    }

    fn by(&self, cause: &Cause) -> String {
        match &cause.sender {
            Some(sender) => self.called(&sender.name, sender.key.pid),
            None => death::sender(None, cause.origin, Detail::None),
        }
    }
}

impl Teller for Printer<'_> {
    /// With its date, where that is not the day that need not be said.
    fn time(&mut self, mono_ns: u64) -> String {
        let mut out = String::new();
        if self.time != TimeStyle::Relative && self.day_of(mono_ns) != self.day {
            out = self.day_of(mono_ns);
            out.push(' ');
        }
        self.clock.write_short(&mut out, mono_ns);
        out
    }

    fn ago(&self, mono_ns: u64) -> String {
        self.age(mono_ns).unwrap_or_else(|| "in the future of this clock".into())
    }

    fn lasted(&self, ns: u64) -> String {
        lasted(ns)
    }

    fn user(&self, uid: u32) -> String {
        match self.users.iter().find(|(_, known)| *known == uid) {
            Some((name, _)) => format!("uid {uid} {}", plain(name)),
            None if uid == 0 => "uid 0 root".into(), // everywhere
            None => format!("uid {uid}"),
        }
    }

    fn home(&self, path: &str) -> Option<String> {
        let home = cgroup::home(path).map(|home| home.to_string());
        home.or_else(|| Some(path.into()).filter(|path: &String| !matches!(path.as_str(), "" | "/")))
    }

    fn from(&self) -> &'static str {
        if self.is_ascii { "<-" } else { "←" }
    }

    fn around_pid(&self) -> (&'static str, &'static str) {
        ("[", "]")
    }
}

/// `12 µs`, `3.4 ms`, `10.0 s`, `4 min 05 s`, `4:12:09`, `3d 04:12:09`.
fn lasted(ns: u64) -> String {
    let seconds = ns / S;
    let (minutes, hours) = (seconds / 60 % 60, seconds / 3600 % 24);
    match seconds {
        0 if ns < 1_000_000 => format!("{} µs", ns / 1000),
        0 => format!("{}.{} ms", ns / 1_000_000, ns / 100_000 % 10),
        1..60 => format!("{seconds}.{} s", ns % S / (S / 10)),
        60..3600 => format!("{minutes} min {:02} s", seconds % 60),
        3600..86_400 => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
        _ => format!("{}d {hours:02}:{minutes:02}:{:02}", seconds / 86_400, seconds % 60),
    }
}

/// `3 s`, `4 min`, `22 h 53 min`, `3 d 4 h`: so long ago that less does not matter.
fn rounded(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// A card for the newest, or for each, and a list of the others.
pub fn cards(found: &[(&Looked, &Found)], uncounted: u64, manner: &Manner<'_>) -> String {
    let question = manner.question;
    let mut out = String::new();
    let paper = Paper { room: question.terminal.then(columns), colour: question.colour };
    let whole = if question.all { found.len() } else { 1 };
    for (at, (looked, found)) in found.iter().take(whole).enumerate() {
        out.push_str(if at > 0 { "\n" } else { "" });
        card(&mut out, found, &mut manner.of(looked), &paper);
    }
    let rest = found.get(whole..).unwrap_or_default();
    if !rest.is_empty() {
        out.push_str("\nbefore that\n");
    }
    for (looked, found) in rest.iter().take(LISTED) {
        let line = listed(found, &mut manner.of(looked));
        paper.write(&mut out, "  ", 4, &[(line, Tone::Plain)]);
    }
    let more = rest.len().saturating_sub(LISTED) as u64 + uncounted;
    if more > 0 {
        let hint = if question.all { "too many to be kept" } else { "--all prints every card" };
        let _ = writeln!(out, "  and {more} more ({hint})");
    } else if !rest.is_empty() {
        let _ = writeln!(out, "  (--all prints every card)");
    }
    out
}

/// `nginx[881] 17:31:12.121 SIGKILL by systemd[1]`.
fn listed(found: &Found, teller: &mut Printer<'_>) -> String {
    let name = teller.called(&found.party.name, found.party.key.pid);
    let by = found.cause.as_ref().map_or(String::new(), |cause| format!(" by {}", teller.by(cause)));
    format!("{name} {} {}{by}", teller.time(found.mono_ns), death::end(&found.end))
}

fn card(out: &mut String, found: &Found, teller: &mut Printer<'_>, paper: &Paper) {
    let name = teller.called(&found.party.name, found.party.key.pid);
    let lived = teller.lasted(found.mono_ns.saturating_sub(found.party.key.start_ns));
    let when = format!("  died {}{}, ", teller.time(found.mono_ns), teller.zone());
    let mut head = vec![
        (name, Tone::Strong),
        (when, Tone::Plain),
        (death::end(&found.end), Tone::Fate),
        (format!(", {}, after {lived}", teller.ago(found.mono_ns)), Tone::Plain),
    ];
    head.extend(why::in_a_shell(&found.end).map(|note| (format!(" ({note})"), Tone::Quiet)));
    paper.write(out, "", 4, &head);
    paper.line(out, "was", &[(was(found, teller), Tone::Plain)]);
    // What comes below is of about the same time: only another day is said.
    let day = teller.day_of(found.mono_ns);
    let usual = std::mem::replace(&mut teller.day, day);
    match &found.why {
        Some(why) => why::reasons(why, teller).iter().for_each(|Line { label, parts }| paper.line(out, label, parts)),
        None => paper.line(out, "unseen", &[("its story: too long ago to be kept".into(), Tone::Gap)]),
    }
    teller.day = usual;
}

/// What it ran, as whom and where: `nginx -g daemon off;, uid 0 root, tty pts/3`.
fn was(found: &Found, teller: &Printer<'_>) -> String {
    let args: Vec<&str> = found.program.argv().collect();
    let ran = if args.is_empty() { found.program.exe.to_string() } else { args.join(" ") };
    let ran = Some(text::cut(&plain(&ran), 200, if teller.is_ascii { "..." } else { "…" }).into_owned());
    let tty = found.tty.is_some().then(|| format!("tty {}", found.tty));
    let once = found.once.map(|name| format!("called {} before", plain(name.as_str())));
    let parts = [ran.filter(|ran| !ran.is_empty()), Some(teller.user(found.party.uid)), tty, once];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn columns() -> usize {
    room(tcgetwinsize(rustix::stdio::stdout()).map_or(0, |size| usize::from(size.ws_col)))
}

/// For a terminal that says so; one whose size nobody told it says 0.
fn room(columns: usize) -> usize {
    if columns == 0 { 80 } else { columns.max(NARROW) }
}

/// What is written on.
struct Paper {
    /// Columns; none where lines may be as long as they are.
    room: Option<usize>,
    colour: bool,
}

impl Paper {
    fn line(&self, out: &mut String, label: &str, parts: &[(String, Tone)]) {
        self.write(out, &format!("  {label:<0$}", INDENT - 2), INDENT, parts);
    }

    /// Word by word; what does not fit goes on below, `indent` cells from the left.
    fn write(&self, out: &mut String, first: &str, indent: usize, parts: &[(String, Tone)]) {
        out.push_str(first);
        let mut at = text::width(first);
        let mut is_fresh = true;
        for (words, tone) in parts {
            let words = plain(words);
            for word in pieces(&words) {
                let wide = text::width(word.trim_end());
                if self.room.is_some_and(|room| at + wide > room) && !is_fresh {
                    out.truncate(out.trim_end_matches(' ').len());
                    out.push('\n');
                    out.push_str(&" ".repeat(indent));
                    at = indent;
                }
                self.word(out, word, *tone);
                at += text::width(word);
                is_fresh = false;
            }
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }

    fn word(&self, out: &mut String, word: &str, tone: Tone) {
        let sgr = match tone {
            _ if !self.colour => "",
            Tone::Plain => "",
            Tone::Strong => "1",
            Tone::Fate => "1;31",
            Tone::Quiet => "2",
            Tone::Gap => "33",
        };
        let bare = word.trim_end_matches(' ');
        if sgr.is_empty() || bare.is_empty() {
            out.push_str(word);
        } else {
            let _ = write!(out, "\x1b[{sgr}m{bare}\x1b[0m{}", &word[bare.len()..]);
        }
    }
}

/// Words, each with the blanks behind it; a number stays with its unit, and an arrow with what it points from.
fn pieces(words: &str) -> Vec<&str> {
    let stays = |piece: &str| {
        let bare = piece.trim_end();
        matches!(bare, "←" | "<-") || !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    let (mut out, mut from, mut at) = (Vec::new(), 0, 0);
    for word in words.split_inclusive(' ') {
        at += word.len();
        if !stays(&words[from..at]) || at == words.len() {
            out.push(&words[from..at]);
            from = at;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(room: Option<usize>, colour: bool, parts: &[(&str, Tone)]) -> String {
        let mut out = String::new();
        let parts: Vec<_> = parts.iter().map(|(text, tone)| (text.to_string(), *tone)).collect();
        Paper { room, colour }.line(&mut out, "sent by", &parts);
        out
    }

    #[test]
    fn a_terminal_without_a_size_is_no_narrow_one() {
        assert_eq!([0, 1, 40, 120].map(room), [80, 40, 40, 120]);
    }

    #[test]
    fn what_does_not_fit_goes_on_below() {
        let parts = [("systemd[1]", Tone::Strong), (" uid 0 root, kill(), si_code SI_USER", Tone::Plain)];
        assert_eq!(written(None, false, &parts), "  sent by   systemd[1] uid 0 root, kill(), si_code SI_USER\n");
        let below = "  sent by   systemd[1] uid 0 root, kill(),\n            si_code SI_USER\n";
        assert_eq!(written(Some(44), false, &parts), below);
        let alone = "a-word-that-is-longer-than-the-terminal";
        assert_eq!(written(Some(20), false, &[(alone, Tone::Plain)]), format!("  sent by   {alone}\n"));
    }

    #[test]
    fn what_belongs_together_is_not_parted() {
        assert_eq!(pieces("after 17 min 51 s, ← bash[2] ←"), ["after ", "17 min ", "51 s, ", "← bash[2] ", "←"]);
        assert_eq!(pieces("a  12"), ["a ", " ", "12"]);
        assert_eq!(pieces("7 "), ["7 "]);
    }

    #[test]
    fn colours_and_text_of_others_do_not_mix() {
        assert_eq!(
            written(None, true, &[("a b", Tone::Fate), (" c", Tone::Plain)]),
            "  sent by   \x1b[1;31ma\x1b[0m \x1b[1;31mb\x1b[0m c\n"
        );
        assert!(!written(None, false, &[("\x1b[2J\n", Tone::Strong)]).contains('\x1b'));
    }

    #[test]
    fn durations_are_told_as_people_do() {
        for (ns, said) in [
            (12_000, "12 µs"),
            (3_400_000, "3.4 ms"),
            (10 * S, "10.0 s"),
            (245 * S, "4 min 05 s"),
            (15_129 * S, "4:12:09"),
            (274_329 * S, "3d 04:12:09"),
        ] {
            assert_eq!(lasted(ns), said);
        }
        for (seconds, said) in [(3, "3 s"), (245, "4 min"), (82_380, "22 h 53 min"), (274_329, "3 d 4 h")] {
            assert_eq!(rounded(seconds), said);
        }
    }
}
