//! What rules must be told: one filter for all of them, as narrow as it may be.

use super::RuleSet;
use super::rule::Rule;
use crate::event::{Kind, SendResult};
use crate::filter::wanted::asks_for;
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
        // Many rules, long filters: then without what they leave out, by which the kernel still knows what to look for;
        // or at last by kind and signal alone. That is more than they look at and never less.
        let wide = any(steps().map(|(on, filter)| Expr::all(vec![kinds(on), wide(&filter.0)])));
        let coarse = || any(steps().map(|(on, filter)| coarse(on, filter)));
        let filter = [exact, wide].into_iter().find(is_short).unwrap_or_else(coarse);
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

/// True wherever `expr` is: what it asks for of a signal, a file or an address, and nothing of who is to be left out.
fn wide(expr: &Expr) -> Expr {
    match expr {
        Expr::All(parts) => Expr::all(parts.iter().map(wide).collect()),
        Expr::Any(parts) => Expr::any(parts.iter().map(wide).collect()),
        Expr::Term(
            Term::Signal(_)
            | Term::Result(_)
            | Term::Origin(_)
            | Term::Errno(_)
            | Term::Path(_)
            | Term::Mode(_)
            | Term::Access(_)
            | Term::Port(_)
            | Term::Addr(_),
        ) => expr.clone(),
        Expr::Term(_) | Expr::Not(_) => Expr::default(),
    }
}

fn coarse(on: &[Kind], filter: &Filter) -> Expr {
    let of_kind = match on {
        [Kind::Signal] => Expr::all(vec![kinds(on), Expr::signals(filter.signals())]),
        _ => kinds(on),
    };
    // Nobody looks for what failed unless it is named.
    let tried = [SendResult::Failed, SendResult::Probe];
    match [Kind::Signal, Kind::Exec].iter().any(|kind| asks_for(filter, *kind, &tried)) {
        true => Expr::any(vec![of_kind, Expr::all(vec![kinds(on), Expr::Term(Term::Result(tried.to_vec()))])]),
        false => of_kind,
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
