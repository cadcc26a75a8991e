//! The text format: one event, one line, for eyes, `grep` and `awk`.
//!
//! `[time] KIND: ...`. The heads of the lines are a contract: scripts cut them apart. So nothing that a process
//! says of itself may add a line, end a bracket or look like another field: see [`Label`].
//! Plain text, no terminal, no clock but the stream's own; alerts in colour only where that is asked for.

mod access;
mod alert;
mod attempt;

use super::Sink;
use crate::clock::{Clock, TimeStyle};
use crate::escape::{self, Quoted};
use crate::event::{
    Call, Cause, CountEvent, DeliverEvent, Detail, Disposition, End, Event, ExecEvent, ExitEvent, FilterEvent, Header,
    Name, Origin, Party, ProcKey, Scope, SeenEvent, SenderKey, Severity, SignalEvent,
};
use crate::signal::code_name;
use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// Writes events as text to `W`.
pub struct Line<W> {
    out: W,
    style: TimeStyle,
    clock: Clock,
    offset_ns: i64,
    recent: Recent,
    line: String,
    is_coloured: bool,
}

impl<W: Write> Line<W> {
    /// Text to `out`, with times as `style` says.
    pub fn new(out: W, style: TimeStyle) -> Line<W> {
        let clock = Clock::new(style, 0, 0);
        Line { out, style, clock, offset_ns: 0, recent: Recent::default(), line: String::new(), is_coloured: false }
    }

    /// The same, and how bad an alert is in colour, for a terminal.
    pub fn coloured(self, is_coloured: bool) -> Line<W> {
        Line { is_coloured, ..self }
    }

    /// What it writes to.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }
}

impl<W: Write> Sink for Line<W> {
    /// Takes the clock from it; writes nothing.
    fn header(&mut self, header: &Header) -> io::Result<()> {
        self.offset_ns = header.offset_ns;
        self.clock = Clock::new(self.style, header.mono_ns, header.offset_ns);
        Ok(())
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        let by_ns = self.prepare(event);
        if matches!(event, Event::Skipped(_)) {
            return Ok(());
        }
        self.line.clear();
        self.line.push('[');
        self.clock.write_short(&mut self.line, event.mono_ns());
        self.line.push_str("] ");
        let words = self.line.len();
        // Writing to a String cannot fail.
        let _ = write_event(&mut self.line, event, &self.recent, by_ns);
        if let (Event::Alert(e), true) = (event, self.is_coloured) {
            // The first words alone: a whole line of it is hard to read, and hides what is worse.
            let end = words + "ALERT: ".len() + e.rule.severity.word().len();
            self.line.insert_str(end, PLAIN);
            self.line.insert_str(words, colour(e.rule.severity));
        }
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W> Line<W> {
    /// Remembers what later lines need; returns by how much the wall clock was set.
    fn prepare(&mut self, event: &Event) -> i64 {
        match event {
            Event::Signal(e) => self.recent.keep(e.sender.as_ref()),
            Event::Attempt(e) => self.recent.keep(Some(&e.sender)),
            Event::Clock(e) => {
                let before = std::mem::replace(&mut self.offset_ns, e.offset_ns);
                self.clock.set_offset(e.offset_ns);
                return e.offset_ns.saturating_sub(before);
            }
            _ => {}
        }
        0
    }
}

/// Back to the terminal's own colours.
const PLAIN: &str = "\x1b[0m";

/// Of the 16 colours that every terminal has.
fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "\x1b[1;97;41m",
        Severity::High => "\x1b[1;31m",
        Severity::Medium => "\x1b[33m",
        Severity::Low => "\x1b[36m",
        Severity::Info => "\x1b[2m",
    }
}

/// Everything after the time.
fn write_event(out: &mut String, event: &Event, recent: &Recent, by_ns: i64) -> fmt::Result {
    match event {
        Event::Signal(e) => signal(out, e),
        Event::Attempt(e) => attempt::attempt(out, e),
        Event::Deliver(e) => deliver(out, e),
        Event::Fork(e) => {
            let (pid, tgid, ppid) = (e.child.tid, e.child.key.pid, e.parent.pid);
            write!(out, "FORK: {} (pid={pid}, tgid={tgid}, ppid={ppid})", Label(e.child.name))
        }
        Event::Exec(e) => exec(out, e),
        Event::FailedExec(e) => attempt::failed_exec(out, e),
        Event::Exit(e) => exit(out, e),
        Event::Rename(e) => write!(out, "RENAME: {}", Ids(&e.who)),
        Event::Seen(e) => seen(out, e),
        Event::Cgroup(e) => write!(out, "CGROUP: {} cgroup={}", Ids(&e.who), Quoted(&e.cgroup)),
        Event::File(e) => access::file(out, e),
        Event::Connect(e) => access::connect(out, e),
        Event::Alert(e) => alert::alert(out, e),
        Event::Lost(e) => lost(out, e, recent),
        Event::Filter(e) => filter(out, e),
        Event::Clock(_) => {
            let sign = if by_ns < 0 { '-' } else { '+' };
            write!(out, "CLOCK: the wall clock was set by {sign}{}", Span(by_ns.unsigned_abs()))
        }
        Event::Skipped(_) => Ok(()),
    }
}

fn signal(out: &mut String, e: &SignalEvent) -> fmt::Result {
    write!(out, "SIGNAL: {} ({}) ", e.signal, e.signal.number())?;
    match &e.sender {
        Some(sender) => write!(out, "[{}] -> [{}] uid={}", At(sender), At(&e.target), sender.uid)?,
        None => write!(out, "[{}] -> [{}]", Kernel(e.origin, e.detail), At(&e.target))?,
    }
    write!(out, " {}", e.result.word())?;
    if let Some(why) = e.ignored {
        write!(out, " ({})", why.word())?;
    }
    if e.continued {
        out.push_str(" continue");
    }
    if e.scope == Scope::Thread {
        thread(out, &e.target)?;
    }
    if e.sender.is_some() && e.origin != Origin::User {
        write!(out, " {}", e.origin.word())?;
    }
    code(out, e)?;
    detail(out, e.detail, e.sender.is_some())
}

/// The thread, where it is not the one that its process is named after.
fn thread(out: &mut String, who: &Party) -> fmt::Result {
    if who.tid == who.key.pid { Ok(()) } else { write!(out, " thread {}", who.tid) }
}

/// `si_code`, where it is not what this road always has.
fn code(out: &mut String, e: &SignalEvent) -> fmt::Result {
    let usual: &[i32] = match e.call {
        Some(Call::Kill | Call::Pidfd) => &[0],
        Some(Call::Tkill | Call::Tgkill) => &[-6],
        Some(Call::Sigqueue | Call::Tgsigqueue) => &[-1],
        None => &[0, 0x80],
    };
    match code_name(e.signal, e.code) {
        _ if usual.contains(&e.code) => Ok(()),
        Some(name) => write!(out, " {name}"),
        None => write!(out, " code={}", e.code),
    }
}

/// What more a signal carries. The terminal stands with the kernel, unless a process sent (`named`).
fn detail(out: &mut String, detail: Detail, named: bool) -> fmt::Result {
    match detail {
        Detail::Value(v) if v >> 32 == 0 => write!(out, " value={}", v as u32 as i32),
        Detail::Value(v) => write!(out, " value={}", v as i64),
        Detail::Address(a) => write!(out, " at {a:#x}"),
        Detail::Status(s) => write!(out, " status={s}"),
        Detail::Syscall(n) => write!(out, " syscall={n}"),
        Detail::Tty(tty) if named => write!(out, " tty={tty}"),
        Detail::Reason(reason) => write!(out, " {}", reason.word()),
        Detail::Oom(oom) => {
            oom.rss().map_or(Ok(()), |bytes| write!(out, " rss={}K", bytes >> 10))?;
            oom.limit().map_or(Ok(()), |bytes| write!(out, " limit={}K", bytes >> 10))
        }
        Detail::None | Detail::Tty(_) => Ok(()),
    }
}

fn deliver(out: &mut String, e: &DeliverEvent) -> fmt::Result {
    write!(out, "DELIVER: {} ({}) [{}] {}", e.signal, e.signal.number(), At(&e.target), e.disposition.word())?;
    if e.disposition == Disposition::Default {
        write!(out, " {}", e.action.word())?;
    }
    if let Some(ns) = e.latency_ns {
        write!(out, " {}", Span(ns))?;
    }
    thread(out, &e.target)
}

fn exec(out: &mut String, e: &ExecEvent) -> fmt::Result {
    let (pid, tid, uid, gid) = (e.who.key.pid, e.who.tid, e.who.uid, e.gid);
    write!(out, "EXEC: pid={pid} tid={tid} uid={uid} gid={gid} comm={}", Quoted(e.who.name.as_str()))?;
    write!(out, " filename={} argv={}", Quoted(&e.filename), List(&e.argv, e.argv_cut))
}

fn exit(out: &mut String, e: &ExitEvent) -> fmt::Result {
    write!(out, "EXIT: {} ", Ids(&e.who))?;
    match e.end {
        End::Code(code) => write!(out, "exited {code}")?,
        End::Signal { signal, core } => {
            write!(out, "killed by {signal}{}", if core { " (core dumped)" } else { "" })?;
        }
    }
    e.cause.as_ref().map_or(Ok(()), |c| cause(out, c))
}

fn cause(out: &mut String, c: &Cause) -> fmt::Result {
    detail(out, c.detail, c.sender.is_some())?;
    match &c.sender {
        Some(sender) if c.origin == Origin::User => write!(out, " from {}", At(sender)),
        Some(sender) => write!(out, " from {} ({})", At(sender), c.origin.word()),
        None => write!(out, " from {}", Kernel(c.origin, c.detail)),
    }
}

fn seen(out: &mut String, e: &SeenEvent) -> fmt::Result {
    let (pid, tgid, ppid) = (e.who.tid, e.who.key.pid, e.parent.map_or(0, |p| p.pid));
    write!(out, "SEEN: {} (pid={pid}, tgid={tgid}, ppid={ppid}) uid={}", Label(e.who.name), e.who.uid)?;
    if e.tty.is_some() {
        write!(out, " tty={}", e.tty)?;
    }
    if e.zombie {
        out.push_str(" zombie");
    }
    write!(out, " exe={} argv={} cgroup={}", Quoted(&e.exe), List(&e.argv, false), Quoted(&e.cgroup))
}

fn lost(out: &mut String, e: &CountEvent, recent: &Recent) -> fmt::Result {
    let plural = if e.count == 1 { "" } else { "s" };
    write!(out, "LOST: {} ", e.count)?;
    match e.kind {
        Some(kind) => {
            let tried = e.result.map_or(String::new(), |result| format!("{} ", result.word()));
            write!(out, "{tried}{} record{plural} did not fit", kind.word())?;
        }
        None => write!(out, "record{plural} could not be read")?,
    }
    let from = match e.sender {
        Some(SenderKey::Process(key)) => match recent.name(key) {
            Some(name) => format!("from {}/{}", Label(name), key.pid),
            None => format!("from pid {}", key.pid),
        },
        Some(SenderKey::Kernel(origin)) => format!("from {}", Kernel(origin, Detail::None)),
        Some(SenderKey::Others) => "from several".to_string(),
        None => String::new(),
    };
    match (e.signal, from.as_str()) {
        (None, "") => Ok(()),
        (None, from) => write!(out, " ({from})"),
        (Some(signal), "") => write!(out, " ({signal})"),
        (Some(signal), from) => write!(out, " ({signal} {from})"),
    }
}

fn filter(out: &mut String, e: &FilterEvent) -> fmt::Result {
    match e.text.as_str() {
        "" => write!(out, "FILTER: everything (generation {})", e.generation),
        text => write!(out, "FILTER: {} (generation {})", Quoted(text), e.generation),
    }
}

/// A name in a line. Escaped are what would harm a terminal, and what ends a name in this format: brackets, and an
/// opening parenthesis after a blank. The backslash is escaped too, so that every name reads back.
/// So `[name/pid]` ends at its first `]`, `name (pid=` at its first ` (`, and the pid begins after the last `/`.
struct Label(Name);

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.as_str();
        let is_usual = |b: u8| b.is_ascii_graphic() && !matches!(b, b'[' | b']' | b'(' | b'\\');
        if name.bytes().all(is_usual) {
            return f.write_str(name);
        }
        let mut before = None;
        for c in name.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '[' | ']' => write!(f, "\\x{:02x}", c as u32)?,
                '(' if before == Some(' ') => f.write_str("\\x28")?,
                c => f.write_str(&escape::plain(c.encode_utf8(&mut [0; 4])))?,
            }
            before = Some(c);
        }
        Ok(())
    }
}

/// A process as one end of a signal: `name/pid`.
struct At<'a>(&'a Party);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Label(self.0.name), self.0.key.pid)
    }
}

/// A thread and its process: `name (pid=TID, tgid=PID)`.
struct Ids<'a>(&'a Party);

impl fmt::Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid={}, tgid={})", Label(self.0.name), self.0.tid, self.0.key.pid)
    }
}

/// The kernel as sender: `kernel (timer)`, `kernel (tty pts/3)`.
struct Kernel(Origin, Detail);

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Detail::Tty(tty) => write!(f, "kernel ({} {tty})", self.0.word()),
            _ => write!(f, "kernel ({})", self.0.word()),
        }
    }
}

/// Arguments: `["ls","-l"]`, and `["ls",...]` where there were more.
struct List<'a>(&'a [String], bool);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('[')?;
        for (i, text) in self.0.iter().enumerate() {
            write!(f, "{}{}", if i > 0 { "," } else { "" }, Quoted(text))?;
        }
        f.write_str(match (self.1, self.0.is_empty()) {
            (false, _) => "]",
            (true, true) => "...]",
            (true, false) => ",...]",
        })
    }
}

/// Nanoseconds for eyes, two digits or more, cut and not rounded: `812ns`, `1.5µs`, `41µs`, `8.2s`.
struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0..1_000 => return write!(f, "{}ns", self.0),
            1_000..1_000_000 => (1_000, "µs"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => (1_000_000_000, "s"),
        };
        match self.0 / unit {
            whole @ 0..10 => write!(f, "{whole}.{}{name}", self.0 % unit * 10 / unit),
            whole => write!(f, "{whole}{name}"),
        }
    }
}

/// The names of those who sent last: a `lost` has only the key of a sender, who was busy just before.
struct Recent(Box<[(ProcKey, Name); Recent::SIZE]>);

impl Recent {
    /// One place for each pid modulo this.
    const SIZE: usize = 256;

    fn keep(&mut self, sender: Option<&Party>) {
        if let Some(sender) = sender {
            self.0[sender.key.pid as usize % Self::SIZE] = (sender.key, sender.name);
        }
    }

    fn name(&self, key: ProcKey) -> Option<Name> {
        let (kept, name) = self.0[key.pid as usize % Self::SIZE];
        (kept == key).then_some(name)
    }
}

impl Default for Recent {
    fn default() -> Recent {
        Recent(Box::new([Default::default(); Self::SIZE]))
    }
}

#[cfg(test)]
mod tests;
