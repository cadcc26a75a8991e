//! Filters that no event of a rule fits: the rule would never fire, and nobody would know.
//!
//! Only what is certain is refused: a term that is about something that no event of the kind has, and a path that
//! begins nowhere.

use super::read::KINDS;
use crate::event::Kind;
use crate::filter::{Expr, Filter, Side, Term};

/// Why a filter fits nothing, and the part of its text to point at.
pub struct Misfit {
    /// A part of the filter, as it is written in its short form.
    pub part: String,
    /// Why.
    pub reason: String,
}

/// Why no event of these kinds fits, if that is so; or a path in it fits none.
pub fn misfit(filter: &Filter, on: &[Kind]) -> Option<Misfit> {
    let mut misfits = on.iter().map(|kind| impossible(&filter.0, *kind));
    let first = misfits.next().flatten();
    if let Some(term) = first.filter(|_| misfits.all(|misfit| misfit.is_some())) {
        return Some(said(term, on));
    }
    let mut wrong = None;
    filter.0.each_term(&mut |term| wrong = wrong.take().or_else(|| relative(term)));
    wrong
}

/// The term for which nothing of this kind fits; nothing if something may.
fn impossible(expr: &Expr, kind: Kind) -> Option<&Term> {
    match expr {
        Expr::All(parts) => parts.iter().find_map(|part| impossible(part, kind)),
        Expr::Any(parts) => {
            let mut terms = parts.iter().map(|part| impossible(part, kind));
            let first = terms.next().flatten();
            first.filter(|_| terms.all(|term| term.is_some()))
        }
        Expr::Not(part) => match &**part {
            Expr::Term(term @ Term::Kind(kinds)) if kinds.contains(&kind) => Some(term),
            _ => None,
        },
        Expr::Term(term) => (!may_fit(term, kind)).then_some(term),
    }
}

/// Whether a term may be true of an event of this kind: see `View::of` and `fits` of `filter::eval`.
fn may_fit(term: &Term, kind: Kind) -> bool {
    let is_sent = matches!(kind, Kind::Signal | Kind::Exit);
    let is_file = matches!(kind, Kind::Open | Kind::Chmod | Kind::Move);
    let may_fail = is_file || matches!(kind, Kind::Signal | Kind::Exec | Kind::Connect);
    match term {
        Term::Kind(kinds) => kinds.contains(&kind),
        Term::Signal(_) => is_sent || kind == Kind::Deliver,
        Term::Party(Side::From, _) | Term::Of(Side::From, _) | Term::Same(_) | Term::Origin(_) => is_sent,
        Term::Result(_) | Term::Errno(_) => may_fail,
        Term::Path(_) => is_file || matches!(kind, Kind::Exec | Kind::Connect),
        Term::Mode(_) => kind == Kind::Chmod,
        Term::Access(_) => kind == Kind::Open,
        Term::Port(_) | Term::Addr(_) => kind == Kind::Connect,
        Term::User(_) | Term::Tty(_) => kind != Kind::Deliver,
        _ => true,
    }
}

fn said(term: &Term, on: &[Kind]) -> Misfit {
    let text = Filter(Expr::Term(term.clone())).to_string();
    let key = text.split_once(':').map_or("", |(key, _)| key);
    let words = |kinds: &mut dyn Iterator<Item = Kind>| kinds.map(Kind::word).collect::<Vec<&str>>().join(", ");
    let (on, fit) = (words(&mut on.iter().copied()), words(&mut KINDS.into_iter().filter(|kind| may_fit(term, *kind))));
    let rather = match term {
        Term::Party(Side::From, _) | Term::Of(Side::From, _) => "; who did it is pid: or exe:".into(),
        Term::Kind(_) => String::new(),
        _ => format!("; {key}: is for {fit}"),
    };
    Misfit {
        part: format!("{key}:"),
        reason: format!("{key}: fits no event of the kind {on}, so nothing fires{rather}"),
    }
}

/// A path that begins neither at the root nor anywhere: nothing is ever called so.
fn relative(term: &Term) -> Option<Misfit> {
    let patterns = match term {
        Term::Path(patterns) | Term::Exe(patterns) => patterns,
        Term::Of(_, term) => return relative(term),
        _ => return None,
    };
    let wrong = patterns
        .iter()
        .map(|pattern| &pattern.0)
        .find(|text| text.contains('/') && !text.starts_with(['/', '*', '@']))?;
    let reason = format!("no path begins so: {} fits nothing; a path begins with / or *", super::fields::quoted(wrong));
    Some(Misfit { part: wrong.clone(), reason })
}
