//! All about what is selected: a process, a row of the log, a signal or a sender.
//!
//! Each is a list of lines with a label; long ones are wrapped. What is not known is left out, not shown empty.

use super::log::{Said, clock};
use super::{Canvas, Pen, attempt, deed, page, process, tally};
use crate::event::{Detail, Party, ProcKey, SenderKey, SignalEvent};
use crate::model::{Entry, Model, Row, death, why};
use crate::signal::{Signal, SignalSet, code_name};
use crate::ui::layout::Place;
use crate::ui::state::Subject;
use crate::ui::state::counters::SenderLine;
use crate::ui::theme::Role;
use crate::ui::{Ui, text};
use ratatui::layout::Rect;

/// A line: a label, and parts in their styles.
pub struct Line {
    label: &'static str,
    parts: Vec<(String, Role)>,
    /// A graph of the last minute behind the parts.
    graph: Option<[u32; 60]>,
    /// Without the column of labels.
    is_bare: bool,
}

/// A line without a label, that begins at the edge.
pub fn bare() -> Line {
    Line { label: "", parts: Vec::new(), graph: None, is_bare: true }
}

/// A line of plain text.
pub fn line(label: &'static str, text: impl Into<String>) -> Line {
    styled(label, text, Role::Text)
}

/// A line of text in this style.
pub fn styled(label: &'static str, text: impl Into<String>, role: Role) -> Line {
    Line { label, parts: vec![(text.into(), role)], graph: None, is_bare: false }
}

impl Line {
    /// The last minute as a graph.
    pub fn minute(spark: [u32; 60]) -> Line {
        Line { graph: Some(spark), ..line("minute", "") }
    }

    /// Whether it has this label.
    pub fn is(&self, label: &str) -> bool {
        self.label == label
    }

    /// More text behind it.
    pub fn and(mut self, text: impl Into<String>, role: Role) -> Line {
        self.parts.push((text.into(), role));
        self
    }
}

/// Cells of the labels.
pub const LABEL: usize = 8;
/// The most processes in a line of ancestors.
const CHAIN: usize = 32;
/// The most lines that one long text is wrapped to.
pub const WRAPPED: usize = 8;

/// Draws the lines.
pub fn render(canvas: &mut Canvas, place: &Place, ui: &Ui, model: &Model) {
    let area = place.rows();
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let shown = lines(ui.subject(), ui, model, area.width.into());
    if shown.is_empty() {
        canvas.say(place.rows(), "Nothing is selected.");
    }
    for (at, line) in shown.iter().skip(ui.detail_top).take(area.height.into()).enumerate() {
        let mut pen = canvas.line(area, at as u16, false);
        write(&mut pen, line);
    }
}

/// Draws a line.
pub fn write(pen: &mut Pen, line: &Line) {
    if !line.is_bare {
        pen.left(line.label, Role::Dim, LABEL);
    }
    for (text, role) in &line.parts {
        pen.text(text, *role);
    }
    if let Some(graph) = &line.graph {
        pen.end = pen.end.min(pen.x + graph.len() as u16);
        pen.minute(graph, Role::Graph);
    }
}

/// A line as text, without its graph.
pub fn text(line: &Line) -> String {
    let parts: String = line.parts.iter().map(|(text, _)| text.as_str()).collect();
    if line.is_bare { parts } else { format!("{:<LABEL$}{parts}", line.label) }
}

/// How many lines there are for this place.
pub fn line_count(ui: &Ui, model: &Model, place: &Place) -> usize {
    lines(ui.subject(), ui, model, place.rows().width.saturating_sub(2).into()).len()
}

/// What it is about, in a few words.
pub fn title(subject: Option<Subject>, ui: &Ui, model: &Model) -> String {
    let cut = ui.look.glyphs().cut;
    match subject {
        Some(Subject::Process(key)) => {
            let name = ui.proc(model, &key).map(|proc| proc.name).unwrap_or_default();
            format!("Process {}", text::process(&name, key.pid, 30, cut))
        }
        Some(Subject::Row(seq)) => match ui.entry(model, seq) {
            Some(Entry::Signal(row)) => format!("Signal {}", row.event.signal),
            Some(Entry::Attempt(e)) => attempt::title(&e),
            Some(entry) => deed::title(&entry),
            None => "Note".into(),
        },
        Some(Subject::Signal(Some(signal))) => format!("All {signal} ({})", signal.number()),
        Some(Subject::Signal(None)) => "Signals not known".into(),
        Some(Subject::Sender(key)) => {
            let name = sender_line(ui, key).map(|line| line.figures.name).unwrap_or_default();
            format!("All from {}", text::counted(key, &name, 30, cut))
        }
        Some(Subject::Flow(flow)) => tally::title(ui, &flow),
        Some(Subject::Alert(number)) => page::alert::title(ui, number),
        Some(Subject::Refusal) => "Rules".into(),
        None => "Selected".into(),
    }
}

/// All that there is to tell, in lines of at most `width` cells.
pub fn lines(subject: Option<Subject>, ui: &Ui, model: &Model, width: usize) -> Vec<Line> {
    let room = width.saturating_sub(LABEL);
    let found = match subject {
        Some(Subject::Process(key)) => ui.proc(model, &key).map(|proc| process::panel(ui, model, proc, room)),
        Some(Subject::Row(seq)) => ui.entry(model, seq).map(|entry| row(ui, model, &entry, room)),
        Some(Subject::Signal(key)) => {
            ui.counters.signals.lines.iter().find(|line| line.key == key).map(|line| tally::signal(ui, line, room))
        }
        Some(Subject::Sender(key)) => sender_line(ui, key).map(|line| tally::sender(ui, model, line, room)),
        Some(Subject::Flow(flow)) => Some(tally::flow(ui, model, &flow, room)),
        Some(Subject::Alert(number)) => ui.alerts.get(number).map(|alert| page::alert::lines(ui, model, alert, room)),
        Some(Subject::Refusal) => ui.alerts.refusal.as_deref().map(|why| page::alert::refusal(why, width)),
        None => None,
    };
    found.unwrap_or_default()
}

fn sender_line(ui: &Ui, key: SenderKey) -> Option<&SenderLine> {
    ui.counters.senders.lines.iter().find(|line| line.figures.key == key)
}

/// A long text on as many lines as it takes; none if it is empty.
pub fn wrapped(out: &mut Vec<Line>, label: &'static str, long: &str, role: Role, room: usize, lines: usize) {
    let long = crate::escape::plain(long);
    for (i, part) in text::wrap(&long, room, lines, "~").into_iter().enumerate() {
        out.push(styled(if i == 0 { label } else { "" }, part, role));
    }
}

/// Texts one behind the other, on as many lines as they take, broken between words.
pub fn flowed(out: &mut Vec<Line>, label: &'static str, parts: &[(String, Role)], room: usize) {
    let mut line = Line { label, parts: Vec::new(), graph: None, is_bare: false };
    let mut used = 0;
    let words = parts.iter().flat_map(|(text, role)| text.split_inclusive(' ').map(|word| (word, *role)));
    for (word, role) in words {
        let wide = text::width(word.trim_end());
        if used > 0 && used + wide > room {
            out.push(std::mem::replace(&mut line, styled("", "", role)));
            used = 0;
        }
        // The blank behind the last word of a line needs no room.
        let word = if used + text::width(word) > room { word.trim_end() } else { word };
        // A word that is longer than a line goes on in the next.
        let pieces = if wide > room { text::wrap(word, room, WRAPPED, "~") } else { vec![word.to_string()] };
        for (i, piece) in pieces.into_iter().enumerate() {
            if i > 0 {
                out.push(std::mem::replace(&mut line, styled("", "", role)));
                used = 0;
            }
            used += text::width(&piece);
            line = line.and(piece, role);
        }
    }
    out.push(line);
}

/// A set of signals, by those that are in it or, where that is shorter, by those that are not.
pub fn set(out: &mut Vec<Line>, label: &'static str, set: SignalSet, role: Role, room: usize) {
    let role = if set.is_empty() { Role::Text } else { role };
    let said = match set.len() {
        64 => "all".into(),
        0..=32 => set.to_string(),
        _ => format!("all but {}", set.complement()),
    };
    // Lines are broken at blanks only.
    let said = if text::width(&said) <= room { said } else { said.replace(',', ", ") };
    wrapped(out, label, &said, role, room, WRAPPED);
}

/// `systemd(1) → sshd(812) → bash(1234)`: the process and who made it, as many as fit, the nearest surely.
pub fn chain(ui: &Ui, model: &Model, key: &ProcKey, room: usize) -> String {
    let glyphs = ui.look.glyphs();
    let link = format!(" {} ", glyphs.arrow);
    let more = format!("{}{link}", glyphs.cut);
    let line = ui.proc(model, key).into_iter().chain(ui.ancestors(model, key)).take(CHAIN);
    let mut names: Vec<String> = line.map(|proc| death::process(proc.name.as_str(), proc.key.pid)).collect();
    names.reverse();
    let wide = |names: &[String]| names.iter().map(|name| text::width(name) + text::width(&link)).sum::<usize>();
    let mut from = 0;
    while from + 1 < names.len()
        && wide(&names[from..]) + usize::from(from > 0) > room.saturating_add(usize::from(from == 0) * 3)
    {
        from += 1;
    }
    format!("{}{}", if from > 0 { more.as_str() } else { "" }, names[from..].join(&link))
}

fn row(ui: &Ui, model: &Model, entry: &Entry, room: usize) -> Vec<Line> {
    let mut when = String::new();
    clock(ui, model).write_short(&mut when, entry.mono_ns());
    let mut out = Vec::new();
    match entry {
        Entry::Signal(row) => signal_row(&mut out, ui, model, row, when, room),
        Entry::Attempt(e) => out = attempt::lines(ui, model, e, when, room),
        Entry::File(_) | Entry::Connect(_) => out = deed::lines(ui, model, entry, room),
        Entry::Alert(e) => out = page::alert::lines_of(ui, model, e, room),
        Entry::Lost(e) => {
            out.push(line("when", when));
            wrapped(&mut out, "what", &super::log::lost(e), Role::Alarm, room, WRAPPED);
        }
        Entry::Filter(e) => {
            out.push(line("when", when));
            wrapped(&mut out, "what", &super::log::filter(e), Role::Notice, room, WRAPPED);
        }
    }
    out
}

fn signal_row(out: &mut Vec<Line>, ui: &Ui, model: &Model, row: &Row, when: String, room: usize) {
    let (e, glyphs) = (&row.event, ui.look.glyphs());
    let said = Said::new(row.outcome, ui.now_ns.saturating_sub(e.mono_ns), glyphs);
    out.push(styled("outcome", said.word, said.role).and(format!("  {}", said.time), said.role));
    out.push(line("when", when).and(format!("  event {}", e.id), Role::Dim));
    match &e.sender {
        Some(party) => {
            out.push(line("from", chain(ui, model, &party.key, room)));
            out.push(line("", ids(party)));
        }
        None => wrapped(out, "from", &death::sender(None, e.origin, e.detail), Role::Kernel, room, WRAPPED),
    }
    out.push(line("to", chain(ui, model, &e.target.key, room)));
    out.push(line("", format!("{}  for the {}", ids(&e.target), e.scope.word())));
    let by = e.call.map_or(e.origin.word().to_string(), |call| format!("{}()", call.word()));
    let code = code_name(e.signal, e.code).map_or(e.code.to_string(), |name| format!("{name} ({})", e.code));
    out.push(line("by", by).and(format!("  si_code {code}"), Role::Text));
    if let Some(carried) = carried(e) {
        out.push(line("with", carried));
    }
    let why = e.ignored.map_or(String::new(), |why| format!(": {}", why.word()));
    out.push(line("result", format!("{}{why}", e.result.word())));
}

/// Thread and user, the thread only where it is not the first.
pub fn ids(party: &Party) -> String {
    let tid = if party.tid == party.key.pid { String::new() } else { format!("tid {}   ", party.tid) };
    format!("{tid}uid {}", party.uid)
}

/// What more a signal carried.
pub fn carried(e: &SignalEvent) -> Option<String> {
    match e.detail {
        Detail::None => None,
        Detail::Value(value) => Some(format!("value {value} ({value:#x})")),
        Detail::Address(address) => Some(format!("address {address:#x}")),
        Detail::Status(status) => Some(match e.code {
            1 => format!("exit code {status}"),
            _ => {
                let signal = u8::try_from(status).ok().and_then(Signal::new);
                signal.map_or(format!("status {status}"), |signal| format!("child's {signal}"))
            }
        }),
        Detail::Syscall(number) => Some(format!("system call {number}")),
        Detail::Tty(tty) => Some(format!("terminal {tty}")),
        Detail::Reason(reason) => Some(why::reason(reason).into()),
        Detail::Oom(oom) => why::found(oom),
    }
}
