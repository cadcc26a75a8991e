//! What is said where nobody died who is asked for: from when to when it was looked, what was there, what may have been
//! meant.

use super::card::Manner;
use super::seek::Looked;
use crate::escape::{Quoted, plain};
use crate::event::Name;
use crate::filter::{Pattern, Who};
use crate::plan::Question;
use crate::signal::edit_distance;
use std::fmt::Write;

/// The most names and processes that are named.
const SHOWN: usize = 5;
/// A recording that ends so shortly before now is still written.
const GROWING_NS: i128 = 2_000_000_000;

/// Whom a question is about: `nginx[881]`, `the next process called "nginx"`.
pub fn whom(question: &Question, name: Option<&str>) -> String {
    match (&question.who, name) {
        (Who::Pid(pid), Some(name)) => format!("{}[{pid}]", plain(name)),
        (Who::Pid(pid), None) => format!("process {pid}"),
        (Who::Name(pattern), _) if pattern.0 == "*" => "the next process, whichever,".into(),
        (Who::Name(pattern), _) => format!("the next process called {}", Quoted(&pattern.0)),
    }
}

/// What is said.
pub fn words(looked: &[Looked], manner: &Manner<'_>) -> String {
    let question = manner.question;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = match &question.who {
        Who::Pid(pid) => writeln!(out, "sigtop: no process {pid} was seen to die"),
        Who::Name(pattern) => writeln!(out, "sigtop: no process called {} was seen to die", Quoted(&pattern.0)),
    };
    for one in looked {
        let mut teller = manner.of(one);
        let (from, to, zone) = (teller.date(one.header.mono_ns), teller.date(one.end_ns), teller.zone());
        let (name, processes, deaths) = (plain(&one.name), one.processes, one.deaths);
        let _ = writeln!(out, "  looked from {from} to {to}{zone}: {processes} processes, {deaths} deaths ({name})");
        for party in one.alive.iter().take(SHOWN) {
            let (name, pid) = (shown(&party.name), party.key.pid);
            let _ =
                writeln!(out, "  {name}[{pid}] lives, as far as was seen, since {}", teller.date(party.key.start_ns));
        }
        if one.alive.len() > SHOWN {
            let _ = writeln!(out, "  and {} more of that name live", one.alive.len() - SHOWN);
        }
        if !question.wait && is_growing(one.real_ns(one.end_ns), manner.now_ns) {
            let _ = writeln!(out, "  it is still written: what is younger than a second may not be in it yet");
        }
        if one.is_damaged {
            let _ = writeln!(out, "  not all of it could be read: it may have been in the rest");
        }
        if one.lost > 0 {
            let _ = writeln!(out, "  {} records did not fit: it may have been one of them", one.lost);
        }
    }
    if let Who::Name(pattern) = &question.who {
        let near = near(pattern, looked);
        if !near.is_empty() {
            let _ = writeln!(out, "  did you mean {}?", near.join(" or "));
        }
    }
    out
}

/// Whether somebody still writes it, as it seems: it ends about now.
fn is_growing(end_ns: i128, now_ns: i128) -> bool {
    (0..GROWING_NS).contains(&(now_ns - end_ns))
}

fn shown(name: &Name) -> String {
    if name.is_empty() { "?".into() } else { plain(name.as_str()).into_owned() }
}

/// Names that are nearly the one that was typed, the nearest first.
fn near(pattern: &Pattern, looked: &[Looked]) -> Vec<String> {
    let Some(typed) = pattern.exact_name().filter(|name| name.as_str().chars().count() > 2) else { return Vec::new() };
    let typed = typed.as_str().to_lowercase();
    let distance = |name: &Name| {
        let name = name.as_str().to_lowercase();
        let is_part = name.contains(&typed) || name.len() > 2 && typed.contains(&name);
        if is_part { 1 } else { edit_distance(&typed, &name) }
    };
    let names = looked.iter().flat_map(|one| &one.names).filter(|name| !name.is_empty());
    let mut near: Vec<(usize, &Name)> = names.map(|name| (distance(name), name)).filter(|(far, _)| *far <= 2).collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().filter(|(_, name)| name.as_str() != typed).take(SHOWN).map(|(_, name)| shown(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_about_now_is_still_written() {
        const S: i128 = 1_000_000_000;
        let ended = |ago_ns: i128| is_growing(1_700_000_000 * S - ago_ns, 1_700_000_000 * S);
        assert!(ended(0) && ended(S) && !ended(2 * S) && !ended(86_400 * S) && !ended(-S));
    }
}
