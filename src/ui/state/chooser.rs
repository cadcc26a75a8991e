//! The chooser that `o` and `x` open: what of the selected row is to be shown only, or not at all.
//!
//! Each choice is a term of the filter language, in the words in which it would be typed.

use super::Subject;
use super::drill::Flow;
use super::filters::Which;
use crate::event::{Name, Party, ProcKey, SenderKey};
use crate::filter::{Expr, Filter, Side, Term, Who};
use crate::model::{Entry, Model, TargetKey};
use crate::signal::{Signal, SignalSet};
use crate::ui::Ui;
use crate::ui::layout::popup_width;
use crate::ui::list::Step;
use ratatui::layout::{Position, Rect};

/// A term to add to a filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What it is about.
    pub what: &'static str,
    /// The term.
    pub term: Expr,
    /// Whose pid the term has.
    pub name: Option<Name>,
}

/// The choices for a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chooser {
    /// Whether all but what is chosen is to be shown, not only that.
    pub is_not: bool,
    /// To which filter it is added.
    pub which: Which,
    /// The choices, at least one.
    pub choices: Vec<Choice>,
    /// Which one the keys are on.
    pub at: usize,
}

impl Chooser {
    /// For a row; none where no term tells it from others.
    pub fn new(is_not: bool, subject: Option<Subject>, ui: &Ui, model: &Model) -> Option<Chooser> {
        let choices = choices(subject?, ui, model);
        (!choices.is_empty()).then_some(Chooser { is_not, which: Which::Capture, choices, at: 0 })
    }

    /// The filter with the choice that the keys are on.
    pub fn result(&self, filter: &Filter) -> Filter {
        let Some(choice) = self.choices.get(self.at) else { return filter.clone() };
        let term = if self.is_not { Expr::not(choice.term.clone()) } else { choice.term.clone() };
        if filter.0.parts().contains(&term) {
            return filter.clone();
        }
        Filter(Expr::all(vec![filter.0.clone(), term]))
    }

    /// Moves by rows.
    pub fn step(&mut self, step: Step) {
        let last = self.choices.len().saturating_sub(1);
        self.at = match step {
            Step::Up => self.at.saturating_sub(1),
            Step::Down => (self.at + 1).min(last),
            Step::First | Step::PageUp => 0,
            Step::Last | Step::PageDown => last,
        };
    }

    /// Goes to the choice with this number, from 1. Whether there is one.
    pub fn pick(&mut self, number: usize) -> bool {
        let at = number.checked_sub(1).filter(|at| *at < self.choices.len());
        self.at = at.unwrap_or(self.at);
        at.is_some()
    }

    /// Goes to the choice at this cell. Whether there is one.
    pub fn click(&mut self, column: u16, row: u16, width: u16, height: u16) -> bool {
        let area = self.area(width, height);
        let is_inside = area.contains(Position { x: column, y: row });
        is_inside && self.pick(usize::from(row.saturating_sub(area.y)))
    }

    /// The popup with its frame on a screen of this size.
    pub fn area(&self, width: u16, height: u16) -> Rect {
        let (w, h) = (popup_width(WIDTH, width), (self.choices.len() as u16 + 5).min(height));
        Rect { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h }
    }
}

/// Cells of the popup.
const WIDTH: u16 = 64;

fn choices(subject: Subject, ui: &Ui, model: &Model) -> Vec<Choice> {
    let mut out = Vec::new();
    let name = |key: &ProcKey| ui.proc(model, key).map(|proc| proc.name);
    match subject {
        Subject::Process(key) => {
            out.push(party("sent by or to it", Side::Either, key, name(&key)));
            out.push(party("sent by it", Side::From, key, name(&key)));
            out.push(party("sent to it", Side::To, key, name(&key)));
            out.push(tree("its subtree", key, name(&key)));
        }
        Subject::Row(seq) => {
            let Some(entry) = ui.entry(model, seq) else { return out };
            out.extend(entry.doer().into_iter().flat_map(doer));
            let Entry::Signal(row) = entry else { return out };
            let e = row.event;
            out.push(signal(e.signal));
            out.extend(sender(e.sender_key(), e.sender.map(|sender| sender.name)));
            out.push(party("this target", Side::To, e.target.key, Some(e.target.name)));
            if let Some(sender) = e.sender.filter(|sender| sender.key != e.target.key) {
                out.push(tree("the sender's subtree", sender.key, Some(sender.name)));
            }
            out.push(tree("the target's subtree", e.target.key, Some(e.target.name)));
        }
        Subject::Signal(Some(key)) => out.push(signal(key)),
        Subject::Signal(None) => {}
        Subject::Sender(SenderKey::Process(key)) => {
            out.push(party("this sender", Side::From, key, name(&key)));
            out.push(tree("its subtree", key, name(&key)));
        }
        Subject::Sender(key) => out.extend(sender(key, None)),
        Subject::Flow(flow) => out = flow_choices(&flow, name),
        Subject::Alert(number) => {
            out.extend(ui.alerts.get(number).and_then(|alert| alert.event.who).into_iter().flat_map(doer));
        }
        Subject::Refusal => {}
    }
    out
}

/// All that is said of it together, then each part of that.
fn flow_choices(flow: &Flow, name: impl Fn(&ProcKey) -> Option<Name>) -> Vec<Choice> {
    let from = match flow.from {
        SenderKey::Process(key) => name(&key),
        _ => None,
    };
    let target = match flow.to {
        Some(TargetKey::Process(key)) => Some(key),
        _ => None,
    };
    let mut parts: Vec<Choice> = flow.signal.map(signal).into_iter().chain(sender(flow.from, from)).collect();
    parts.extend(target.map(|key| party("this target", Side::To, key, name(&key))));
    if parts.len() > 1 {
        let term = Expr::all(parts.iter().map(|choice| choice.term.clone()).collect());
        parts.insert(0, Choice { what: "all of this", term, name: None });
    }
    let tree_of = target.map(|key| ("the target's subtree", key)).or(match flow.from {
        SenderKey::Process(key) => Some(("the sender's subtree", key)),
        _ => None,
    });
    parts.extend(tree_of.map(|(what, key)| tree(what, key, name(&key))));
    parts
}

/// Who did what is no signal.
fn doer(who: Party) -> [Choice; 2] {
    [party("this process", Side::Either, who.key, Some(who.name)), tree("its subtree", who.key, Some(who.name))]
}

fn signal(signal: Signal) -> Choice {
    let set: SignalSet = [signal].into_iter().collect();
    Choice { what: "this signal", term: Expr::Term(Term::Signal(set)), name: None }
}

/// A process that sent, or for what reason the kernel did; no term is about all those that are counted together.
fn sender(key: SenderKey, name: Option<Name>) -> Option<Choice> {
    match key {
        SenderKey::Process(key) => Some(party("this sender", Side::From, key, name)),
        SenderKey::Kernel(origin) => {
            Some(Choice { what: "this origin", term: Expr::Term(Term::Origin(vec![origin])), name: None })
        }
        SenderKey::Others => None,
    }
}

fn party(what: &'static str, side: Side, key: ProcKey, name: Option<Name>) -> Choice {
    Choice { what, term: Expr::Term(Term::Party(side, vec![Who::Pid(key.pid)])), name }
}

fn tree(what: &'static str, key: ProcKey, name: Option<Name>) -> Choice {
    Choice { what, term: Expr::Term(Term::Tree(vec![key.pid])), name }
}
