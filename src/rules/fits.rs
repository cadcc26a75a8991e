//! Filters that no event of a rule fits: the rule would never fire, and nobody would know.
//!
//! Only what is certain is refused: a term that is about something that no event of the kind has, and a path that
//! begins nowhere or that the kernel writes otherwise.

use super::fields::quoted;
use super::read::KINDS;
use crate::escape::plain;
use crate::event::{Kind, absolute};
use crate::filter::{Expr, Filter, Key, Pattern, Side, Term};

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
    if let Some(expr) = first.filter(|_| misfits.all(|misfit| misfit.is_some())) {
        return Some(said(expr, on));
    }
    let mut wrong = None;
    filter.0.each_term(&mut |term| wrong = wrong.take().or_else(|| unreal(term, on)));
    wrong
}

/// The term, or the negation of one, that nothing of this kind fits; nothing if something may.
fn impossible(expr: &Expr, kind: Kind) -> Option<&Expr> {
    match expr {
        Expr::All(parts) => parts.iter().find_map(|part| impossible(part, kind)),
        Expr::Any(parts) => {
            let mut terms = parts.iter().map(|part| impossible(part, kind));
            let first = terms.next().flatten();
            first.filter(|_| terms.all(|term| term.is_some()))
        }
        Expr::Not(part) => match &**part {
            Expr::Term(Term::Kind(kinds)) if kinds.contains(&kind) => Some(expr),
            _ => None,
        },
        Expr::Term(term) => (!may_fit(term, kind)).then_some(expr),
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

fn said(expr: &Expr, on: &[Kind]) -> Misfit {
    let text = Filter(expr.clone()).to_string();
    let key = text.trim_start_matches('!').split_once(':').map_or("", |(key, _)| key);
    let words = |kinds: &mut dyn Iterator<Item = Kind>| kinds.map(Kind::word).collect::<Vec<&str>>().join(", ");
    let on = words(&mut on.iter().copied());
    let otherwise = |rather: String| format!("{key}: fits no event of the kind {on}, so nothing fires{rather}");
    let reason = match expr {
        Expr::Term(Term::Party(Side::From, _) | Term::Of(Side::From, _)) => {
            otherwise("; who did it is pid: or exe:".into())
        }
        Expr::Term(term) if key != Key::Kind.word() => {
            let fit = words(&mut KINDS.into_iter().filter(|kind| may_fit(term, *kind)));
            otherwise(format!("; {key}: is for {fit}"))
        }
        _ => format!("on: is {on} already, so {text} is never true, and nothing fires"),
    };
    Misfit { part: format!("{key}:"), reason }
}

/// A path that nothing is ever called: one that begins neither at the root nor anywhere, or that the kernel writes
/// otherwise. Where connections are meant it may be that of a socket, which is as its caller wrote it.
fn unreal(term: &Term, on: &[Kind]) -> Option<Misfit> {
    let patterns = match term {
        Term::Path(_) if on.contains(&Kind::Connect) => return None,
        Term::Path(patterns) | Term::Exe(patterns) => patterns,
        Term::Of(_, term) => return unreal(term, on),
        _ => return None,
    };
    patterns.iter().find_map(|Pattern(text)| {
        let reason = if text.starts_with('@') {
            return None;
        } else if text.contains('/') && !text.starts_with(['/', '*']) {
            format!("no path begins so: {} fits nothing; a path begins with / or *", quoted(text))
        } else {
            format!("no path is written {} by the kernel{}", quoted(text), rather(text)?)
        };
        Some(Misfit { part: text.clone(), reason })
    })
}

/// What was probably meant by a path with an empty part, `.` or `..`; nothing where it has none.
fn rather(text: &str) -> Option<String> {
    let is_below = text.len() > 1 && text.ends_with('/');
    let is_usual = |part: &str| !matches!(part, "" | "." | "..");
    if !is_below && text.strip_prefix('/').unwrap_or(text).split('/').all(is_usual) || text == "/" {
        return None;
    }
    let clean = absolute("/", text);
    let clean = if text.starts_with('/') { &clean } else { clean.trim_start_matches('/') };
    Some(match plain(clean) {
        clean if clean.is_empty() => String::new(),
        clean if is_below && !clean.ends_with('*') => {
            format!("; did you mean {clean}, or {clean}/** for what is below?")
        }
        clean => format!("; did you mean {clean}?"),
    })
}
