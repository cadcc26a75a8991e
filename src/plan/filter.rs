//! What is asked for, by options and words, as one filter.

use super::{NEED_SIGNALS, Output, Surroundings};
use crate::cli::{self, Args, Command};
use crate::error::Error;
use crate::escape::Quoted;
use crate::event::{Kind, SendResult};
use crate::filter::wanted::ON_REQUEST;
use crate::filter::{Expr, Filter, ParseError, Pattern, Side, Term, User, Users, Who};

/// What is asked for, as one filter: each option is a term, and so is each word. What it names, `log` prints.
pub(super) fn asked_for(args: &Args, output: &mut Output, surroundings: &Surroundings) -> Result<Filter, Error> {
    let users = |name: &str| surroundings.users.iter().find(|(known, _)| known == name).map(|(_, uid)| *uid);
    let (pids, words) = bare_pids(match &args.command {
        Some(Command::Log(log)) => &log.filter,
        Some(Command::Record(record)) => &record.filter,
        Some(Command::Serve(serve)) => &serve.filter,
        Some(Command::Why(_) | Command::Rules(_)) => &[],
        Some(Command::Config(_) | Command::Doctor) | None => &args.filter,
    });
    let mut parts = options(&args.select, pids, &users)?;
    if !args.select.signal.is_empty() {
        parts.push(signals(&args.select, output));
    }
    if !args.select.events.is_empty() && !matches!(output, Output::Log { .. }) {
        parts.extend(kinds(&args.select.events, output).map(Expr::Term));
    }
    if let (None, Some(command)) = (&args.command, words.first().and_then(|word| cli::nearest_command(word))) {
        let what = format!("there is no command {}; did you mean `sigtop {command}`?", Quoted(words[0]));
        return Err(Error::usage(what, "to look for it in names, write it between quotes of its own: '\"word\"'"));
    }
    if let (None, Some(word)) = (&args.command, words.first().filter(|word| cli::TO_COME.contains(word))) {
        let hint = format!("to look for it in names, write it between quotes of its own: '\"{word}\"'");
        return Err(Error::usage(format!("`sigtop {word}` is not there yet"), hint));
    }
    let text = words.join(" "); // so that parentheses and `or` may be words of their own
    let wrong = |e: ParseError| Error::usage(format!("this is no filter: {e}"), e.marked(&text).replace('\n', "\n  "));
    let typed = Filter::parse(&text, &users).map_err(wrong)?;
    let is_alerts_only = matches!(&args.command, Some(Command::Log(log)) if log.alerts_only);
    if let Output::Log { events, .. } = output
        && args.select.events.is_empty()
        && !is_alerts_only
    {
        named(&typed.0, events);
    }
    parts.push(if args.select.no_watch_children { without_children(typed.0) } else { typed.0 });
    if let Output::Log { events, .. } = output
        && !events.iter().any(|kind| NEED_SIGNALS.contains(kind))
    {
        parts.push(Expr::not(Expr::Term(Term::Kind(vec![Kind::Signal, Kind::Deliver, Kind::Exit]))));
    }
    if let Output::Log { events, .. } = output
        && !events.contains(&Kind::Exec)
    {
        parts.push(Expr::not(Expr::Term(Term::Kind(vec![Kind::Exec])))); // those that fail are looked for only if asked for
    }
    Ok(Filter(Expr::all(parts)))
}

/// What `--events` selects, where it does not say what is printed. Who records or serves adds by it what is told only on
/// request, beside everything else; other kinds select there too.
fn kinds(events: &[Kind], output: &Output) -> Option<Term> {
    let adds = matches!(output, Output::Record(_) | Output::Serve(_));
    let only: Vec<Kind> = events.iter().copied().filter(|kind| !(adds && ON_REQUEST.contains(kind))).collect();
    (!only.is_empty()).then_some(Term::Kind(only))
}

/// Adds the kinds that are asked for by name: not those that are excluded.
fn named(expr: &Expr, kinds: &mut Vec<Kind>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| named(part, kinds)),
        Expr::Term(Term::Kind(more)) => {
            more.iter().for_each(|kind| {
                if !kinds.contains(kind) {
                    kinds.push(*kind)
                }
            });
        }
        Expr::Not(_) | Expr::Term(_) => {}
    }
}

/// Words that are numbers are watched processes as those of `-p` are, alternatives; but not within an expression.
fn bare_pids(words: &[String]) -> (Vec<u32>, Vec<&str>) {
    let is_sign = |word: &String| word.contains(['(', ')', '!']) || word.eq_ignore_ascii_case("or");
    if words.iter().any(is_sign) {
        return (Vec::new(), words.iter().map(String::as_str).collect());
    }
    let pids = words.iter().filter_map(|word| word.parse().ok()).collect();
    (pids, words.iter().map(String::as_str).filter(|word| word.parse::<u32>().is_err()).collect())
}

/// What `-s` says: of signals only these. Lines about processes are left as they are.
fn signals(select: &cli::Select, output: &Output) -> Expr {
    let only = Expr::signals(select.signal.iter().copied().collect());
    match output {
        Output::Dashboard(_) | Output::Record(_) | Output::Why(_) | Output::Serve(_) => only,
        Output::Log { .. } | Output::Rules(_) => {
            Expr::any(vec![only, Expr::not(Expr::Term(Term::Kind(vec![Kind::Signal, Kind::Deliver])))])
        }
    }
}

/// The terms that the other options stand for. Watched pids and terminals are alternatives; all else must hold too.
fn options(select: &cli::Select, mut pids: Vec<u32>, users: Users<'_>) -> Result<Vec<Expr>, Error> {
    let mut parts = Vec::new();
    let mut term = |is_asked: bool, term: Term| parts.extend(is_asked.then_some(Expr::Term(term)));
    let users = select.user.iter().map(|name| user(name, users)).collect::<Result<Vec<User>, Error>>()?;
    term(!users.is_empty(), Term::User(users));
    let names = select.comm.iter().map(|name| Who::Name(Pattern(name.clone()))).collect();
    term(!select.comm.is_empty(), Term::Party(Side::Either, names));
    term(select.failed, Term::Result(vec![SendResult::Overflow, SendResult::Failed]));

    let mut watched = Vec::new();
    pids.splice(0..0, select.pid.iter().copied());
    if !pids.is_empty() {
        watched.push(Expr::Term(match select.no_watch_children {
            true => Term::Party(Side::Either, pids.into_iter().map(Who::Pid).collect()),
            false => Term::Tree(pids),
        }));
    }
    if !select.tty.is_empty() {
        watched.push(Expr::Term(Term::Tty(select.tty.clone())));
    }
    if !watched.is_empty() {
        parts.push(Expr::any(watched));
    }
    Ok(parts)
}

fn user(name: &str, users: Users<'_>) -> Result<User, Error> {
    let by_number = || Some(User { uid: name.parse().ok()?, name: None });
    let by_name = || Some(User { uid: users(name)?, name: Some(name.into()) });
    let unknown = || {
        Error::usage(format!("there is no user {}", Quoted(name)), "give a name that this machine knows, or a number")
    };
    by_number().or_else(by_name).ok_or_else(unknown)
}

/// The same, but every `tree:` is the process alone.
fn without_children(expr: Expr) -> Expr {
    match expr {
        Expr::All(parts) => Expr::All(parts.into_iter().map(without_children).collect()),
        Expr::Any(parts) => Expr::Any(parts.into_iter().map(without_children).collect()),
        Expr::Not(part) => Expr::Not(Box::new(without_children(*part))),
        Expr::Term(Term::Tree(pids)) => Expr::Term(Term::Party(Side::Either, pids.into_iter().map(Who::Pid).collect())),
        other => other,
    }
}
