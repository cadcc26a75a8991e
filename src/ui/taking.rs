//! What is taken away from the screen: copied to the terminal's clipboard, or written to a file.
//!
//! What is taken is decided here; how an event is written as text or JSON the sinks know, so the main loop does that.

use super::action::{Copied, Effect, Export};
use super::state::Subject;
use super::state::drill::Level;
use super::state::prompt::{Prompt, Wanted};
use super::{Message, Popup, Ui, text, view};
use crate::event::{Event, ExitEvent, Party, SeenEvent};
use crate::model::{Entry, Model, Proc, TargetKey};
use crate::signal::Signal;

impl Ui {
    /// Copies the page that is open, or what is selected in the panel that has the keys.
    pub(super) fn copy(&mut self, json: bool, model: &Model) -> Option<Effect> {
        let page = if let Some(Popup::Page(page)) = &self.popup { Some(*page) } else { None };
        let Some(subject) = page.map(|page| page.subject).or_else(|| self.chosen()) else {
            self.say("select a row first");
            return None;
        };
        if let Some(page) = page.filter(|_| !json) {
            return Some(Effect::Copy(Copied::Text(view::page::text(&page, self, model))));
        }
        let events = match subject {
            Subject::Row(seq) => self.entry(model, seq).map(|entry| events(&entry, json)),
            Subject::Alert(number) => {
                self.alerts.get(number).map(|alert| vec![Event::Alert(Box::new(alert.event.as_ref().clone()))])
            }
            Subject::Process(key) => self.proc(model, &key).map(|proc| told(proc, json, self.now_ns)),
            Subject::Signal(_) | Subject::Sender(_) if json => {
                self.say("a count is no event: y copies it as text");
                return None;
            }
            Subject::Refusal => return None,
            Subject::Signal(_) | Subject::Sender(_) | Subject::Flow(_) => {
                return self.counted(subject).map(|text| Effect::Copy(Copied::Text(text)));
            }
        };
        if events.is_none() {
            self.say("it is gone: too old to be remembered");
        }
        Some(Effect::Copy(Copied::Events { events: events?, json }))
    }

    /// A row of the counters.
    fn counted(&self, subject: Subject) -> Option<String> {
        let (name, total, rate) = match subject {
            Subject::Signal(key) => {
                let line = self.counters.signals.lines.iter().find(|line| line.key == key)?;
                (key.map_or("?", |signal| signal.name()).to_string(), line.total, line.rate)
            }
            Subject::Sender(key) => {
                let line = self.counters.senders.lines.iter().find(|line| line.figures.key == key)?;
                let figures = &line.figures;
                (text::counted(key, &figures.name, usize::MAX, ""), figures.total, figures.rate)
            }
            Subject::Flow(_) => return self.drilled(),
            _ => return None,
        };
        Some(format!("{name}: {total} in all, {}/s", text::rate(rate, usize::MAX)))
    }

    /// A row of what was drilled into.
    fn drilled(&self) -> Option<String> {
        let drill = &self.counters.drill;
        let of = |signal: Option<Signal>| signal.map_or(String::new(), |signal| format!(" {signal}"));
        Some(match drill.level() {
            Level::All => return None,
            Level::Senders(signal) => {
                let part = drill.senders.selected_line()?;
                let name = text::counted(part.key, &part.name, usize::MAX, "");
                format!("{name}: {}{} of {} in all", part.count, of(signal), part.total)
            }
            Level::Targets(signal, from) => {
                let target = drill.targets.selected_line()?;
                let from = text::counted(from, &drill.name, usize::MAX, "");
                let to = match &target.key {
                    TargetKey::Process(key) => text::process(&target.name, key.pid, usize::MAX, ""),
                    TargetKey::Aim(aim) => aim.to_string(),
                };
                format!("{from} to {to}: {}{}", target.total, of(signal))
            }
        })
    }

    /// Asks where to write to what the log shows.
    pub(super) fn ask_file(&mut self, model: &Model) {
        if self.log.index.is_empty() {
            return self.say("the log shows no row to write");
        }
        let name = format!("sigtop-{}.log", view::log::clock(self, model).stamp(self.now_ns));
        let mut prompt = Prompt::new(Wanted::File, &name);
        prompt.said = self.how_many(&name);
        self.popup = Some(Popup::Prompt(prompt));
    }

    /// While the name is typed: how many rows it will be, and in which format.
    pub(super) fn typed_file(&mut self) {
        let Some(Popup::Prompt(Prompt { wanted: Wanted::File, input, .. })) = &self.popup else { return };
        let said = self.how_many(input.value());
        self.told_file(said);
    }

    fn how_many(&self, name: &str) -> String {
        let format = if is_json(name) { "JSON Lines" } else { "text" };
        format!("{} as {format}", rows(self.log.index.len()))
    }

    /// The name is given.
    pub(super) fn given_file(&mut self, name: &str) -> Option<Effect> {
        let path = name.trim();
        if path.is_empty() {
            self.told_file("a name is needed".into());
            return None;
        }
        let rows = self.log.index.iter().copied().collect();
        Some(Effect::Write(Export { path: path.into(), json: is_json(path), rows }))
    }

    /// Says something of the file that is asked for; if it is not asked for any more, in the footer.
    pub(super) fn told_file(&mut self, said: String) {
        match &mut self.popup {
            Some(Popup::Prompt(prompt)) if prompt.wanted == Wanted::File => prompt.said = said,
            _ => self.message = Some(Message::alarm(said)),
        }
    }

    /// What was asked for is done: a file that was asked for is asked for no more.
    pub(super) fn done(&mut self, what: String) {
        if matches!(&self.popup, Some(Popup::Prompt(prompt)) if prompt.wanted == Wanted::File) {
            self.popup = None;
        }
        self.say(what);
    }
}

/// `1 row`, `1,204 rows`.
pub fn rows(count: usize) -> String {
    format!("{} row{}", text::thousands(count as u64), if count == 1 { "" } else { "s" })
}

/// Whether a file of this name holds JSON Lines.
fn is_json(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    [".json", ".jsonl", ".ndjson"].iter().any(|end| name.ends_with(end))
}

/// The events of a row: the signal and, as text, its delivery.
fn events(entry: &Entry, json: bool) -> Vec<Event> {
    let delivery = if let Entry::Signal(row) = entry { row.delivery() } else { None };
    std::iter::once(entry.event()).chain(delivery.filter(|_| !json).map(Event::Deliver)).collect()
}

/// A process as an event: that it was seen, or how it ended; as text both.
fn told(proc: &Proc, json: bool, now_ns: u64) -> Vec<Event> {
    let (program, pid) = (&proc.program, proc.key.pid);
    let who = Party { key: proc.key, tid: pid, uid: proc.uid, name: proc.name };
    let seen = Event::Seen(Box::new(SeenEvent {
        mono_ns: now_ns,
        who,
        parent: if proc.is_alive() { proc.parent } else { proc.born_of.or(proc.parent) },
        tty: proc.tty,
        exe: program.exe.to_string(),
        argv: program.argv().map(String::from).collect(),
        cgroup_id: program.cgroup_id,
        cgroup: program.cgroup.to_string(),
        zombie: !proc.is_alive(),
    }));
    let exit = proc.death.as_ref().map(|death| {
        let (mono_ns, end, cause) = (death.mono_ns, death.end, death.cause);
        Event::Exit(ExitEvent { mono_ns, who, thread: false, end, cause })
    });
    match (exit, json) {
        (Some(exit), true) => vec![exit],
        (exit, _) => std::iter::once(seen).chain(exit).collect(),
    }
}
