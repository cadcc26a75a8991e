//! A filter as text that parses back to it: as short as it can be said, with quotes and parentheses only where the
//! parser needs them. What a process chose (names) is escaped, so that it can be printed as it is.

use super::*;
use crate::escape::{Quoted, plain};
use crate::signal::SignalSet;
use std::borrow::Cow;
use std::fmt::{Display, Formatter, Result};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.0 {
            Expr::All(parts) if parts.is_empty() => Ok(()),
            expr => expr.fmt(f),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Expr::All(parts) if parts.is_empty() => f.write_str("()"),
            Expr::All(parts) => joined(f, parts, " ", |part| matches!(part, Expr::Any(_))),
            Expr::Any(parts) => joined(f, parts, " or ", |_| false),
            Expr::Not(part) => {
                f.write_str("!")?;
                let grouped = matches!(&**part, Expr::Any(_)) || matches!(&**part, Expr::All(all) if !all.is_empty());
                operand(f, part, grouped)
            }
            Expr::Term(term) => term.fmt(f),
        }
    }
}

fn joined(f: &mut Formatter<'_>, parts: &[Expr], by: &str, grouped: impl Fn(&Expr) -> bool) -> Result {
    for (i, part) in parts.iter().enumerate() {
        f.write_str(if i > 0 { by } else { "" })?;
        operand(f, part, grouped(part))?;
    }
    Ok(())
}

fn operand(f: &mut Formatter<'_>, part: &Expr, grouped: bool) -> Result {
    if grouped { write!(f, "({part})") } else { part.fmt(f) }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Term::Signal(set) => write!(f, "sig:{}", signals(*set)),
            Term::Party(side, who) => list(f, side.key(), who),
            Term::Of(side, term) => write!(f, "{}.{term}", side.key().word()),
            Term::Same(alike) => list(f, Key::Same, alike.iter().map(|alike| alike.word())),
            Term::Tree(pids) => list(f, Key::Tree, pids),
            Term::User(users) if users.iter().all(|user| user.name.is_none()) => list(f, Key::Uid, users),
            Term::User(users) => list(f, Key::User, users),
            Term::Tty(ttys) => list(f, Key::Tty, ttys.iter().map(|tty| value(&tty.to_string()).into_owned())),
            Term::Unit(units) => list(f, Key::Unit, units),
            Term::Container(ids) => list(f, Key::Container, ids.iter().map(|id| value(id))),
            Term::Cgroup(paths) => list(f, Key::Cgroup, paths.iter().map(|path| value(path))),
            Term::Result(results) => list(f, Key::Result, results.iter().map(|result| result.word())),
            Term::Origin(origins) => list(f, Key::Origin, origins.iter().map(|origin| origin.word())),
            Term::Kind(kinds) => list(f, Key::Kind, kinds.iter().map(|kind| kind.word())),
            Term::Exe(patterns) => list(f, Key::Exe, patterns),
            Term::Arg(patterns) => list(f, Key::Arg, patterns),
            Term::Path(patterns) => list(f, Key::Path, patterns),
            Term::Port(ports) => list(f, Key::Port, ports),
            Term::Addr(nets) => list(f, Key::Addr, nets),
            Term::Mode(tests) => list(f, Key::Mode, tests),
            Term::Access(ways) => list(f, Key::Access, ways.iter().map(|way| way.word())),
            Term::Errno(errnos) => list(f, Key::Errno, errnos),
            Term::Word(text) => f.write_str(&word(text)),
        }
    }
}

fn list(f: &mut Formatter<'_>, key: Key, values: impl IntoIterator<Item = impl Display>) -> Result {
    write!(f, "{}:", key.word())?;
    for (i, value) in values.into_iter().enumerate() {
        write!(f, "{}{value}", if i > 0 { "," } else { "" })?;
    }
    Ok(())
}

fn signals(set: SignalSet) -> String {
    match set {
        SignalSet::ALL => "all".into(),
        SignalSet::EMPTY => "none".into(),
        some => some.to_string(),
    }
}

impl Display for Who {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Who::Pid(pid) => pid.fmt(f),
            Who::Name(name) => f.write_str(&name_value(&name.0)),
        }
    }
}

impl Display for User {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.name {
            Some(name) => f.write_str(&name_value(name)),
            None => self.uid.fmt(f),
        }
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&value(&self.0))
    }
}

/// A value, between quotes if it would not be read as one without.
pub(super) fn value(text: &str) -> Cow<'_, str> {
    quoted_if(text, text.is_empty() || text.starts_with('!') || text.contains(parse::ends_bare))
}

/// A value where a number means something else.
pub(super) fn name_value(text: &str) -> Cow<'_, str> {
    if parse::is_number(text) { quoted_if(text, true) } else { value(text) }
}

/// A bare word.
pub(super) fn word(text: &str) -> Cow<'_, str> {
    let reserved = parse::RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
    if reserved || text.contains(':') { quoted_if(text, true) } else { name_value(text) }
}

fn quoted_if(text: &str, needed: bool) -> Cow<'_, str> {
    if needed || matches!(plain(text), Cow::Owned(_)) {
        Cow::Owned(Quoted(text).to_string())
    } else {
        Cow::Borrowed(text)
    }
}
