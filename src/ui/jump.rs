//! From a signal to its sender or target in the tree, and back again.
//!
//! Where a jump began is kept on a small pile: the panel, the row, the page that was open. What is gone by then is said,
//! not guessed.

use super::layout::Panel;
use super::state::Subject;
use super::{Page, Popup, Ui};
use crate::event::{Party, ProcKey};
use crate::model::{Entry, Model, death};
use std::collections::VecDeque;

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
    /// The row of the log.
    seq: u64,
    /// The page that was open.
    page: Option<Page>,
}

/// Where jumps began, the last one last.
#[derive(Debug, Default)]
pub struct Trail(VecDeque<Stop>);

/// The most jumps that are remembered.
const MOST: usize = 32;

impl Ui {
    /// To one end of the signal whose page is open, or whose row is selected.
    pub(super) fn jump(&mut self, end: End, model: &Model) {
        let page = if let Some(Popup::Page(page)) = &self.popup { Some(*page) } else { None };
        let subject = page.map_or_else(|| self.selection(Panel::Log), |page| Some(page.subject));
        let Some(Subject::Row(seq)) = subject else {
            let why = if page.is_some() { "only a signal has a sender and a target" } else { "select a row first" };
            return self.say(why);
        };
        let party = match self.entry(model, seq).as_ref().map(|entry| end_of(entry, end)) {
            Some(Ok(party)) => party,
            Some(Err(why)) => return self.say(why),
            None => return self.say("the row is gone: too old to be remembered"),
        };
        if let Some(why) = self.reach(&party.key, model) {
            return self.say(format!("{} {why}", death::process(party.name.as_str(), party.key.pid)));
        }
        let stop = Stop { panel: self.focus(), seq, page };
        self.trail.0.push_back(stop);
        if self.trail.0.len() > MOST {
            self.trail.0.pop_front();
        }
        self.popup = None;
        self.look_at(Panel::Tree);
        self.say(match end {
            End::Sender => "the sender; Backspace goes back to the signal",
            End::Target => "the target; Backspace goes back to the signal",
        });
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
        let height = self.rows(Panel::Log);
        if self.entry(model, stop.seq).is_none() {
            return self.say("the row is gone: too old to be remembered");
        }
        if !self.log.select(stop.seq, height) {
            self.say("the row is not in the view any more");
        }
        self.popup = stop.page.map(Popup::Page);
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
        _ => Err("this row is no signal's".into()),
    }
}
