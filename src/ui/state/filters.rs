//! The two filters, and how each came to be what it is: what can be undone, redone, and called up again.
//!
//! *Capture* is what the source sends from now on: a change is asked for and holds once the source says so. *View* is
//! what is shown of what was captured: it holds at once. Answers come in the order of the questions.

use crate::event::SendResult;
use crate::filter::{Expr, Filter, Placement, Term};
use crate::signal::SignalSet;
use std::collections::VecDeque;

/// One of the two filters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// What the source sends.
    Capture,
    /// What of it is shown.
    View,
}

impl Which {
    /// Its name on the screen.
    pub const fn word(self) -> &'static str {
        match self {
            Which::Capture => "capture",
            Which::View => "view",
        }
    }

    /// The other one.
    pub const fn other(self) -> Which {
        match self {
            Which::Capture => Which::View,
            Which::View => Which::Capture,
        }
    }
}

/// What was done, so that it can be undone.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Change {
    which: Which,
    from: Filter,
    to: Filter,
}

/// Why a filter was asked for.
#[derive(Debug)]
enum Why {
    New,
    Undo(Change),
    Redo(Change),
}

/// What came of a wish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// The source is to be asked for this capture.
    Ask(Filter),
    /// It holds; what to say of it.
    Done(String),
    /// It is so already, or cannot be; what to say of it.
    Nothing(&'static str),
}

/// Both filters and their history.
#[derive(Debug, Default)]
pub struct FilterState {
    /// What the source sends.
    pub capture: Filter,
    /// Which of its terms are decided where.
    pub placement: Placement,
    /// What of it is shown.
    pub view: Filter,
    asked: VecDeque<(Filter, Why)>,
    done: VecDeque<Change>,
    undone: Vec<Change>,
    recent: VecDeque<String>,
}

/// How many changes can be undone, and how many filters can be called up again.
const KEPT: usize = 100;

impl FilterState {
    /// With this capture in force, nothing hidden.
    pub fn new(placement: Placement, capture: Filter) -> FilterState {
        let mut state = FilterState { capture, placement, ..FilterState::default() };
        state.remember(&state.capture.clone());
        state
    }

    /// One of the two, as it holds.
    pub fn get(&self, which: Which) -> &Filter {
        match which {
            Which::Capture => &self.capture,
            Which::View => &self.view,
        }
    }

    /// Filters that held, as they would be typed, the newest first, none twice.
    pub fn recent(&self) -> &VecDeque<String> {
        &self.recent
    }

    /// The signals that the capture can let pass.
    pub fn signals(&self) -> SignalSet {
        signals(&self.capture)
    }

    /// Another filter is wished for.
    pub fn change(&mut self, which: Which, to: Filter) -> Reply {
        if self.asked.is_empty() && *self.get(which) == to {
            return Reply::Nothing("it is so already");
        }
        match which {
            Which::Capture => self.ask(to, Why::New),
            Which::View => {
                let from = self.put(which, to.clone());
                self.record(Change { which, from, to });
                Reply::Done(String::new())
            }
        }
    }

    /// Undoes the last change.
    pub fn undo(&mut self) -> Reply {
        if self.is_being_made() {
            return Reply::Nothing(UNDER_WAY);
        }
        let Some(change) = self.done.pop_back() else { return Reply::Nothing("nothing to undo") };
        match change.which {
            Which::Capture => self.ask(change.from.clone(), Why::Undo(change)),
            Which::View => {
                self.put(Which::View, change.from.clone());
                self.undone.push(change);
                Reply::Done(said("undone", Which::View, &self.view))
            }
        }
    }

    /// Does again what was undone last.
    pub fn redo(&mut self) -> Reply {
        if self.is_being_made() {
            return Reply::Nothing(UNDER_WAY);
        }
        let Some(change) = self.undone.pop() else { return Reply::Nothing("nothing to redo") };
        match change.which {
            Which::Capture => self.ask(change.to.clone(), Why::Redo(change)),
            Which::View => {
                self.put(Which::View, change.to.clone());
                self.done.push_back(change);
                Reply::Done(said("redone", Which::View, &self.view))
            }
        }
    }

    /// The source obeys this one. What to say of it; empty where it is what was asked for.
    pub fn in_force(&mut self, filter: Filter, placement: Placement) -> String {
        self.placement = placement;
        let from = self.put(Which::Capture, filter.clone());
        match self.asked.pop_front() {
            None => String::new(),
            Some((_, Why::New)) => {
                self.record(Change { which: Which::Capture, from, to: filter });
                String::new()
            }
            Some((_, Why::Undo(change))) => {
                self.undone.push(change);
                said("undone", Which::Capture, &filter)
            }
            Some((_, Why::Redo(change))) => {
                self.done.push_back(change);
                said("redone", Which::Capture, &filter)
            }
        }
    }

    /// The source would not have the one that was asked for: what was to be undone or redone still can be.
    pub fn refused(&mut self) {
        match self.asked.pop_front() {
            Some((_, Why::Undo(change))) => self.done.push_back(change),
            Some((_, Why::Redo(change))) => self.undone.push(change),
            Some((_, Why::New)) | None => {}
        }
    }

    fn ask(&mut self, filter: Filter, why: Why) -> Reply {
        self.asked.push_back((filter.clone(), why));
        Reply::Ask(filter)
    }

    /// Whether a change is under way that is not in the history yet.
    fn is_being_made(&self) -> bool {
        self.asked.iter().any(|(_, why)| matches!(why, Why::New))
    }

    /// The filter that held until now.
    fn put(&mut self, which: Which, filter: Filter) -> Filter {
        self.remember(&filter);
        let slot = match which {
            Which::Capture => &mut self.capture,
            Which::View => &mut self.view,
        };
        std::mem::replace(slot, filter)
    }

    fn record(&mut self, change: Change) {
        self.undone.clear();
        if self.done.len() == KEPT {
            self.done.pop_front();
        }
        self.done.push_back(change);
    }

    fn remember(&mut self, filter: &Filter) {
        if filter.is_everything() {
            return;
        }
        let text = filter.to_string();
        self.recent.retain(|other| *other != text);
        self.recent.truncate(KEPT - 1);
        self.recent.push_front(text);
    }
}

const UNDER_WAY: &str = "the last change is still on its way";

/// `undone: the view is again sig:TERM`.
fn said(what: &str, which: Which, now: &Filter) -> String {
    let again = if what == "undone" { "again " } else { "" };
    if now.is_everything() {
        format!("{what}: {} {again}everything", which.word())
    } else {
        format!("{what}: {} {again}{now}", which.word())
    }
}

/// The set of signals that a part of a filter asks for, if that is all it asks for.
fn only_signals(part: &Expr) -> Option<SignalSet> {
    match part {
        Expr::Term(Term::Signal(set)) => Some(*set),
        Expr::Not(part) => only_signals(part).map(SignalSet::complement),
        _ => None,
    }
}

/// The signals that a filter can let pass, by those of its parts that are about nothing else.
pub fn signals(filter: &Filter) -> SignalSet {
    let sets = filter.0.parts().iter().filter_map(only_signals);
    sets.fold(SignalSet::ALL, |all, set| SignalSet::from_bits(all.bits() & set.bits()))
}

/// The signals that a filter asks for by name.
pub fn named(filter: &Filter) -> SignalSet {
    let sets = filter.0.parts().iter().filter_map(|part| match part {
        Expr::Term(Term::Signal(set)) => Some(*set),
        _ => None,
    });
    sets.fold(SignalSet::EMPTY, |all, set| SignalSet::from_bits(all.bits() | set.bits()))
}

/// Whether a filter asks for probes by name.
pub fn names_probes(filter: &Filter) -> bool {
    let names = |part: &Expr| matches!(part, Expr::Term(Term::Result(results)) if results.contains(&SendResult::Probe));
    filter.0.parts().iter().any(names)
}

/// The filter with these signals in place of those it has; its other parts stay as they are.
pub fn with_signals(filter: &Filter, set: SignalSet) -> Filter {
    let rest = filter.0.parts().iter().filter(|part| only_signals(part).is_none()).cloned();
    Filter(Expr::all(std::iter::once(Expr::signals(set)).chain(rest).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Which::{Capture, View};

    fn filter(text: &str) -> Filter {
        Filter::parse(text, &|_| None).unwrap()
    }

    /// Asks, and answers at once.
    fn capture(state: &mut FilterState, text: &str) {
        assert_eq!(state.change(Capture, filter(text)), Reply::Ask(filter(text)));
        assert_eq!(state.in_force(filter(text), Placement::default()), "");
    }

    fn now(state: &FilterState) -> [String; 2] {
        [state.capture.to_string(), state.view.to_string()]
    }

    #[test]
    fn changes_of_both_are_undone_in_the_order_in_which_they_were_made() {
        let mut state = FilterState::default();
        capture(&mut state, "sig:TERM");
        assert_eq!(state.change(View, filter("from:1")), Reply::Done(String::new()));
        capture(&mut state, "sig:KILL");
        assert_eq!(state.undo(), Reply::Ask(filter("sig:TERM")));
        assert_eq!(now(&state), ["sig:KILL", "from:1"], "not before the source says so");
        assert_eq!(state.in_force(filter("sig:TERM"), Placement::default()), "undone: capture again sig:TERM");
        assert_eq!(state.undo(), Reply::Done("undone: view again everything".into()));
        assert_eq!(state.undo(), Reply::Ask(filter("")));
        state.in_force(filter(""), Placement::default());
        assert_eq!((now(&state), state.undo()), (["".into(), "".into()], Reply::Nothing("nothing to undo")));
        assert_eq!(state.redo(), Reply::Ask(filter("sig:TERM")));
        assert_eq!(state.in_force(filter("sig:TERM"), Placement::default()), "redone: capture sig:TERM");
        assert_eq!(state.redo(), Reply::Done("redone: view from:1".into()));
        state.change(View, filter("to:2"));
        assert_eq!(state.redo(), Reply::Nothing("nothing to redo"), "what was undone is gone with a new change");
    }

    #[test]
    fn what_is_refused_is_no_change() {
        let mut state = FilterState::default();
        capture(&mut state, "sig:TERM");
        state.change(Capture, filter("sig:KILL"));
        state.refused();
        assert_eq!(now(&state), ["sig:TERM", ""]);
        assert_eq!(state.undo(), Reply::Ask(filter("")));
        state.refused();
        assert_eq!(state.undo(), Reply::Ask(filter("")), "it can be tried again");
        state.in_force(filter(""), Placement::default());
        assert_eq!(state.redo(), Reply::Ask(filter("sig:TERM")));
    }

    #[test]
    fn answers_are_waited_for_but_steps_back_may_be_taken_at_once() {
        let mut state = FilterState::default();
        for text in ["sig:1", "sig:2", "sig:3"] {
            capture(&mut state, text);
        }
        assert_eq!([state.undo(), state.undo()], [Reply::Ask(filter("sig:2")), Reply::Ask(filter("sig:1"))]);
        state.in_force(filter("sig:2"), Placement::default());
        state.in_force(filter("sig:1"), Placement::default());
        assert_eq!(state.redo(), Reply::Ask(filter("sig:2")));
        state.in_force(filter("sig:2"), Placement::default());
        assert_eq!(state.redo(), Reply::Ask(filter("sig:3")));
        state.in_force(filter("sig:3"), Placement::default());
        state.change(Capture, filter("sig:4"));
        assert_eq!(state.undo(), Reply::Nothing(UNDER_WAY));
    }

    #[test]
    fn the_last_of_several_wishes_wins_and_all_are_remembered() {
        let mut state = FilterState::default();
        state.change(Capture, filter("sig:1"));
        state.change(Capture, filter("sig:2"));
        state.in_force(filter("sig:1"), Placement::default());
        state.in_force(filter("sig:2"), Placement::default());
        assert_eq!(now(&state)[0], "sig:INT");
        assert_eq!(state.undo(), Reply::Ask(filter("sig:1")));
        assert_eq!(state.recent(), &["sig:INT", "sig:HUP"]);
        state.in_force(filter("sig:1"), Placement::default());
        assert_eq!(state.recent(), &["sig:HUP", "sig:INT"], "none twice");
    }

    #[test]
    fn the_history_is_bounded() {
        let mut state = FilterState::default();
        for pid in 1..=3 * KEPT {
            state.change(View, filter(&format!("from:{pid}")));
        }
        assert_eq!(state.recent().len(), KEPT);
        let undone = std::iter::from_fn(|| Some(state.undo()).filter(|reply| matches!(reply, Reply::Done(_)))).count();
        assert_eq!((undone, state.view.to_string()), (KEPT, "from:200".into()));
    }

    #[test]
    fn the_checklist_changes_the_signals_and_nothing_else() {
        let set = |names: &str| match filter(&format!("sig:{names}")).0 {
            Expr::Term(Term::Signal(set)) => set,
            other => panic!("{other:?}"),
        };
        for (before, signals_before, after) in [
            ("", "all", "sig:TERM"),
            ("from:bash", "all", "sig:TERM from:bash"),
            ("sig:HUP,INT !sig:INT uid:0", "HUP", "sig:TERM uid:0"),
            ("!sig:KILL", "all", "sig:TERM"),
            ("sig:HUP or uid:0", "all", "sig:TERM (sig:HUP or uid:0)"),
        ] {
            let mut expected = set(signals_before);
            if before.starts_with('!') {
                expected.remove(crate::signal::Signal::KILL);
            }
            assert_eq!(signals(&filter(before)), expected, "{before}");
            assert_eq!(with_signals(&filter(before), set("TERM")).to_string(), after, "{before}");
        }
        assert_eq!(with_signals(&filter("sig:TERM uid:0"), SignalSet::ALL).to_string(), "uid:0");
        assert_eq!(with_signals(&filter("uid:0"), set("TERM").complement()).to_string(), "!sig:TERM uid:0");
        assert_eq!(with_signals(&filter(""), SignalSet::EMPTY).to_string(), "sig:none");
    }
}
