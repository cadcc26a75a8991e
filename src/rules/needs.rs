//! What rules must be told: one filter for all of them, as narrow as it may be.

use super::RuleSet;
use super::rule::Rule;
use crate::event::Kind;
use crate::filter::wanted::ON_REQUEST;
use crate::filter::{Expr, Filter, Term, Wanted};

/// The longest filter of all rules together, as text: the user's own stands beside it.
const TEXT_MAX: usize = 2048;
/// The most terms of it.
const TERMS_MAX: usize = 96;

/// What rules must be told to do their work.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    /// The events that at least one rule looks at.
    pub filter: Filter,
    /// What is told only on request.
    pub facts: Wanted,
}

impl RuleSet {
    /// What these rules must be told. That processes begin, run programs and end is told anyway.
    pub fn needs(&self) -> Needs {
        let steps = || self.enabled().flat_map(|rule| steps(rule));
        let exact = any(steps().map(|(on, filter)| Expr::all(vec![kinds(on), filter.0.clone()])));
        let facts = Wanted::by(&exact);
        // Many rules, long filters: then by kind and signal alone, which is more than they look at and never less. What
        // is told only on request last: by its filter the kernel knows what to look for.
        let coarse = |all| any(steps().map(|(on, filter)| coarse(on, filter, all)));
        let filter = [exact, coarse(false)].into_iter().find(is_short).unwrap_or_else(|| coarse(true));
        Needs { filter, facts }
    }

    /// The pids that are named by rules: who they are must not be forgotten.
    pub(super) fn pids(&self) -> Vec<u32> {
        let mut pids = Vec::new();
        for (_, filter) in self.enabled().flat_map(|rule| steps(rule)) {
            filter.0.each_term(&mut |term| {
                if let Term::Tree(more) = term {
                    pids.extend(more);
                }
            });
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

fn coarse(on: &[Kind], filter: &Filter, all: bool) -> Expr {
    match on {
        _ if !all && on.iter().any(|kind| ON_REQUEST.contains(kind)) => Expr::all(vec![kinds(on), filter.0.clone()]),
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
