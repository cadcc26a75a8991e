//! From a signal to its sender or target in the tree, and back again.
//!
//! Where a jump began is kept on a small pile: the panel, the row, the page that was open. What is gone by then is said,
//! not guessed.

use super::layout::Panel;
use super::state::Subject;
use super::{Page, Popup, Ui};
use crate::event::{AlertEvent, Event, Party, ProcKey};
use crate::model::{Entry, Model, death};
use std::collections::VecDeque;
use std::sync::Arc;

/// Which end of a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Who sent it.
    Sender,
    /// Who it was sent to.
    Target,
}

/// Where a jump began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stop {
    panel: Panel,
    /// The row of the log, or the alert.
    from: Subject,
    /// The page that was open.
    page: Option<Page>,
}

/// Where jumps began, the last one last.
#[derive(Debug, Default)]
pub struct Trail(VecDeque<Stop>);

/// Why there is no way to a row.
const GONE: &str = "it is gone: too old to be remembered";

/// The most jumps that are remembered.
const MOST: usize = 32;

impl Ui {
    /// To one end of the signal whose page is open, or whose row is selected.
    pub(super) fn jump(&mut self, end: End, model: &Model) {
        let (from, page) = match self.jump_from() {
            Ok(from) => from,
            Err(why) => return self.say(why),
        };
        let entry = match from {
            Subject::Row(seq) => self.entry(model, seq),
            Subject::Alert(number) => self.alerts.get(number).map(|alert| Entry::Alert(Arc::clone(&alert.event))),
            _ => return self.say("only a signal has a sender and a target"),
        };
        let party = match entry.as_ref().map(|entry| end_of(entry, end)) {
            Some(Ok(party)) => party,
            Some(Err(why)) => return self.say(why),
            None => return self.say(GONE),
        };
        if let Some(why) = self.reach(&party.key, model) {
            return self.say(format!("{} {why}", death::process(party.name.as_str(), party.key.pid)));
        }
        self.leave_for(Panel::Tree, from, page);
        self.say(match end {
            _ if matches!(from, Subject::Alert(_)) => "whose deed it was; Backspace goes back to the alert",
            End::Sender => "the sender; Backspace goes back to the signal",
            End::Target => "the target; Backspace goes back to the signal",
        });
    }

    /// To the row in the log of the alert whose page is open, or that is selected.
    pub(super) fn jump_to_row(&mut self, model: &Model) {
        let (Subject::Alert(number), page) = (match self.jump_from() {
            Ok(from) => from,
            Err(why) => return self.say(why),
        }) else {
            return self.say("select an alert first");
        };
        let row = self.alerts.get(number).map(|alert| alert.row);
        let Some(row) = row.filter(|row| self.entry(model, *row).is_some()) else { return self.say(GONE) };
        if self.log.index.binary_search(&row).is_err() {
            return self.say("its row is not in the view: F changes that");
        }
        self.leave_for(Panel::Log, Subject::Alert(number), page);
        let height = self.rows(Panel::Log);
        self.log.select(row, height);
        self.say("the alert's row; Backspace goes back to the alert");
    }

    /// Whether an alert was made by a signal that had a target.
    pub(super) fn has_target(&self, number: u64) -> bool {
        self.alerts.get(number).is_some_and(|alert| target_of(&alert.event).is_some())
    }

    /// From where a jump goes: the page that is open, else what is selected among the alerts or in the log.
    fn jump_from(&self) -> Result<(Subject, Option<Page>), &'static str> {
        if let Some(Popup::Page(page)) = &self.popup {
            return Ok((page.subject, Some(*page)));
        }
        let panel = if self.focus() == Panel::Alerts { Panel::Alerts } else { Panel::Log };
        self.selection(panel).map(|subject| (subject, None)).ok_or("select a row first")
    }

    /// To another panel, from where Backspace comes back.
    fn leave_for(&mut self, panel: Panel, from: Subject, page: Option<Page>) {
        self.trail.0.push_back(Stop { panel: self.focus(), from, page });
        if self.trail.0.len() > MOST {
            self.trail.0.pop_front();
        }
        self.popup = None;
        self.look_at(panel);
    }

    /// Selects a process in the tree; why that cannot be.
    pub(super) fn reach(&mut self, key: &ProcKey, model: &Model) -> Option<&'static str> {
        let Some(proc) = self.proc(model, key) else { return Some("ended, and is forgotten") };
        let is_alive = proc.is_alive();
        if self.tree.find().is_some() {
            self.end_find(model);
        }
        let is_there = self.in_tree(model, |tree, view| tree.select(*key, view));
        match (is_there, is_alive) {
            (true, _) => None,
            (false, true) => Some("is not shown in the tree"),
            (false, false) => Some("has ended, and left the tree"),
        }
    }

    /// Back to where the last jump began.
    pub(super) fn jump_back(&mut self, model: &Model) {
        let Some(stop) = self.trail.0.pop_back() else { return self.say("nowhere to go back to") };
        self.popup = None;
        self.look_at(stop.panel);
        match stop.from {
            Subject::Row(seq) if self.entry(model, seq).is_none() => return self.say(GONE),
            Subject::Row(seq) => {
                let height = self.rows(Panel::Log);
                if !self.log.select(seq, height) {
                    self.say("the row is not in the view any more");
                }
            }
            Subject::Alert(number) => {
                let height = self.rows(Panel::Alerts);
                if !self.alerts.select(number, height) {
                    return self.say(GONE);
                }
            }
            _ => {}
        }
        self.popup = stop.page.map(Popup::Page);
    }
}

/// The target of the signal that made a rule fire, if it was one.
fn target_of(e: &AlertEvent) -> Option<Party> {
    match e.event.as_deref()? {
        Event::Signal(e) => Some(e.target),
        Event::Attempt(e) => e.target,
        Event::Deliver(e) => Some(e.target),
        _ => None,
    }
}

/// One end of a row; why it has none.
fn end_of(entry: &Entry, end: End) -> Result<Party, String> {
    match (entry, end) {
        (Entry::Signal(row), End::Target) => Ok(row.event.target),
        (Entry::Signal(row), End::Sender) => {
            let e = &row.event;
            e.sender.ok_or_else(|| format!("no process sent it: {}", death::sender(None, e.origin, e.detail)))
        }
        (Entry::Attempt(e), End::Sender) => Ok(e.sender),
        (Entry::Attempt(e), End::Target) => e.target.ok_or_else(|| "who was meant is not known".into()),
        (Entry::Alert(e), End::Target) => target_of(e).ok_or_else(|| "only a signal has a target".into()),
        (entry, End::Sender) => entry.doer().ok_or_else(|| "no one process did it".into()),
        (_, End::Target) => Err("only a signal has a target".into()),
    }
}
