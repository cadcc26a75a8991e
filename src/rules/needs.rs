//! What rules must be told: one filter for all of them, as narrow as it may be.

use super::RuleSet;
use super::rule::Rule;
use crate::event::Kind;
use crate::filter::wanted::ON_REQUEST;
use crate::filter::{Expr, Filter, Term, Want, Wanted};

/// The longest filter of all rules together, as text: the user's own stands beside it.
const TEXT_MAX: usize = 2048;
/// The most terms of it.
const TERMS_MAX: usize = 96;

/// What rules must be told to do their work.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    /// The events that at least one rule looks at, but for what is told only on request.
    pub filter: Filter,
    /// What is told only on request: opens and the like, and what failed.
    pub facts: Wanted,
}

impl RuleSet {
    /// What these rules must be told. That processes begin, run programs and end is told anyway.
    pub fn needs(&self) -> Needs {
        let steps = || self.enabled().flat_map(|rule| steps(rule));
        let mut facts = Wanted::by(&any(steps().map(|(on, filter)| Expr::all(vec![kinds(on), filter.0.clone()]))));
        if self.wants_moves() {
            facts.moves = facts.moves.or(Want::ALL); // whatever a file is called that a note is about
        }
        // Of what is told only on request, whoever wants it beside a filter gets what it wants: no filter has to say it.
        let told = || steps().map(|(on, filter)| (told_anyway(on), filter)).filter(|(on, _)| !on.is_empty());
        let exact = any(told().map(|(on, filter)| Expr::all(vec![kinds(&on), filter.0.clone()])));
        // Many rules, long filters: then by kind and signal alone. That is more than they look at and never less.
        let filter = if is_short(&exact) { exact } else { any(told().map(|(on, filter)| coarse(&on, filter))) };
        Needs { filter, facts }
    }

    /// The pids that are named by rules: who they are must not be forgotten.
    pub(super) fn pids(&self) -> Vec<u32> {
        let mut pids = Vec::new();
        for (_, filter) in self.enabled().flat_map(|rule| steps(rule)) {
            pids.extend(filter.trees());
        }
        pids
    }
}

/// What a rule looks at: once, or twice.
fn steps(rule: &Rule) -> impl Iterator<Item = (&[Kind], &Filter)> {
    let second = rule.then.as_ref().map(|then| (then.on.as_slice(), &then.filter));
    std::iter::once((rule.on.as_slice(), &rule.filter)).chain(second)
}

fn kinds(on: &[Kind]) -> Expr {
    Expr::Term(Term::Kind(on.to_vec()))
}

/// Those kinds that need no request.
fn told_anyway(on: &[Kind]) -> Vec<Kind> {
    on.iter().copied().filter(|kind| !ON_REQUEST.contains(kind)).collect()
}

fn coarse(on: &[Kind], filter: &Filter) -> Expr {
    match on {
        [Kind::Signal] => Expr::all(vec![kinds(on), Expr::signals(filter.signals())]),
        _ => kinds(on),
    }
}

/// One of these; of none: nothing.
fn any(parts: impl Iterator<Item = Expr>) -> Filter {
    let mut different: Vec<Expr> = Vec::new();
    for part in parts {
        if !different.contains(&part) {
            different.push(part);
        }
    }
    if different.is_empty() { Filter::nothing() } else { Filter(Expr::any(different)) }
}

fn is_short(filter: &Filter) -> bool {
    let mut terms = 0;
    filter.0.each_term(&mut |_| terms += 1);
    terms <= TERMS_MAX && filter.to_string().len() <= TEXT_MAX
}
