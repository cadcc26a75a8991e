//! Lines of alerts: how bad, which rule, whose deed, what it was, after whom, and what that means.

use super::{At, Span};
use crate::escape::Quoted;
use crate::event::{Address, AlertEvent, Deed, End, Event, FileEvent, Party};
use std::fmt::{self, Write as _};

/// The most ancestors of a line.
const ANCESTORS: usize = 6;

/// The most characters of a command.
const COMMAND: usize = 200;

/// `ALERT: high sensitive-file [cat/123] uid=0 cmd="cat link" open "/etc/shadow" by [sudo/122] < [bash/99] "someone read
/// a credential file"`
pub(super) fn alert(out: &mut String, e: &AlertEvent) -> fmt::Result {
    write!(out, "ALERT: {} {}", e.rule.severity.word(), Word(&e.rule.name))?;
    if let Some(who) = &e.who {
        write!(out, " [{}] uid={}", At(who), who.uid)?;
        command(out, e)?;
    }
    if e.is_folded() {
        let others = if e.other_users { ", other users too," } else { "" };
        write!(out, " and {} more{others} in {}", e.folded, Span(e.mono_ns.saturating_sub(e.since_ns)))?;
    } else {
        e.event.as_deref().map_or(Ok(()), |event| deed(out, event))?;
        counted(out, e)?;
    }
    if !e.by.is_empty() {
        write!(out, " of {}", Source(&e.by))?;
    }
    ancestors(out, &e.ancestors)?;
    match e.rule.description.as_str() {
        "" => Ok(()),
        description => write!(out, " {}", Quoted(description)),
    }
}

/// What it runs: with its arguments, or the file alone where they are not known.
fn command(out: &mut String, e: &AlertEvent) -> fmt::Result {
    let said = if e.argv.is_empty() { e.exe.clone() } else { e.argv.join(" ") };
    match said.char_indices().nth(COMMAND) {
        None if said.is_empty() => Ok(()),
        None => write!(out, " cmd={}", Quoted(&said)),
        Some((end, _)) => write!(out, " cmd={}...", Quoted(&said[..end])),
    }
}

/// What was done last, in few words.
fn deed(out: &mut String, event: &Event) -> fmt::Result {
    match event {
        Event::Signal(e) => write!(out, " {} -> [{}]", e.signal, At(&e.target)),
        Event::Attempt(e) => {
            match e.signal() {
                Some(signal) => write!(out, " {signal}")?,
                None => write!(out, " signal {}", e.number)?,
            }
            e.target.as_ref().map_or(Ok(()), |target| write!(out, " -> [{}]", At(target)))?;
            e.errno.map_or(Ok(()), |errno| write!(out, " failed {errno}"))
        }
        Event::Deliver(e) => write!(out, " took {}", e.signal),
        Event::Fork(_) => write!(out, " fork"),
        Event::Exec(e) => {
            write!(out, " exec {}", Quoted(&e.named()))?;
            e.instead().map_or(Ok(()), |exe| write!(out, " via {}", Quoted(exe)))
        }
        Event::FailedExec(e) => write!(out, " exec {} failed {}", Quoted(&e.filename), e.errno),
        Event::Exit(e) => match e.end {
            End::Code(code) => write!(out, " exited {code}"),
            End::Signal { signal, .. } => write!(out, " killed by {signal}"),
        },
        Event::File(e) => file(out, e),
        Event::Connect(e) => {
            match &e.address {
                Address::Inet(address) => write!(out, " connect {address}")?,
                Address::Unix(path) => write!(out, " connect {}", Quoted(path))?,
                Address::Other(family) => write!(out, " connect family {family}")?,
            }
            let failed = if e.failed() { " failed" } else { "" };
            e.errno.map_or(Ok(()), |errno| write!(out, "{failed} {errno}"))
        }
        _ => Ok(()),
    }
}

fn file(out: &mut String, e: &FileEvent) -> fmt::Result {
    match &e.deed {
        Deed::Open { created: true, .. } => write!(out, " create {}", Quoted(&e.path))?,
        Deed::Open { .. } => write!(out, " open {}", Quoted(&e.path))?,
        Deed::Chmod { mode, .. } => write!(out, " chmod {mode:04o} {}", Quoted(&e.path))?,
        Deed::Move { from } => write!(out, " move {} to {}", Quoted(from), Quoted(&e.path))?,
    }
    if !e.same_as.is_empty() {
        write!(out, " same as {}", Quoted(&e.same_as))?;
    }
    e.errno.map_or(Ok(()), |errno| write!(out, " failed {errno}"))
}

/// ` 200 events in 812ms`, ` 100 different in 8.2s`.
fn counted(out: &mut String, e: &AlertEvent) -> fmt::Result {
    let span = Span(e.mono_ns.saturating_sub(e.since_ns));
    match e.distinct {
        Some(distinct) => write!(out, " {distinct} different in {span}"),
        None if e.count > 1 => write!(out, " {} events in {span}", e.count),
        None => Ok(()),
    }
}

/// ` by [sudo/122] < [bash/99]`, the nearest first.
fn ancestors(out: &mut String, ancestors: &[Party]) -> fmt::Result {
    for (at, above) in ancestors.iter().take(ANCESTORS).enumerate() {
        write!(out, "{}[{}]", if at == 0 { " by " } else { " < " }, At(above))?;
    }
    if ancestors.len() > ANCESTORS {
        out.push_str(" < ...");
    }
    Ok(())
}

/// A word as it is; anything else between quotes.
struct Word<'a>(&'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !self.0.is_empty() && self.0.chars().all(is_plain) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Quoted(self.0))
        }
    }
}

/// `user 0`, `path /etc/shadow`: two words as they are, anything else between quotes.
struct Source<'a>(&'a str);

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |word: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+,".contains(c);
            !word.is_empty() && word.chars().all(is_plain)
        };
        match self.0.split_once(' ') {
            Some((word, of)) if is_plain(word) && is_plain(of) => f.write_str(self.0),
            _ => write!(f, "{}", Quoted(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{
        FileEvent, ForkEvent, Name, ProcKey, RuleInfo, Severity, a_rule, an_alert, wire::tests::any_event,
    };
    use proptest::prelude::*;
    use std::sync::Arc;

    fn party(pid: u32, name: &str) -> Party {
        Party { key: ProcKey { pid, start_ns: 1 }, tid: pid, uid: 0, name: Name::from(name) }
    }

    fn found() -> AlertEvent {
        let deed = Deed::Open { flags: 0, created: false };
        let (who, path, same_as) = (party(123, "cat"), "/etc/shadow".to_string(), String::new());
        let event = FileEvent { mono_ns: 812_000_000, who, deed, path, same_as, errno: None };
        let rule = RuleInfo {
            description: "someone read a credential file".into(),
            tags: vec!["T1003".into()],
            ..a_rule("sensitive-file", Severity::High)
        };
        AlertEvent {
            since_ns: 0,
            who: Some(who),
            exe: "/usr/bin/cat".into(),
            argv: vec!["cat".into(), "link".into()],
            ancestors: vec![party(122, "sudo"), party(99, "bash")],
            event: Some(Box::new(Event::File(Box::new(event)))),
            ..an_alert(rule, 812_000_000)
        }
    }

    fn line(e: &AlertEvent) -> String {
        let mut out = String::new();
        let _ = alert(&mut out, e);
        out
    }

    #[test]
    fn an_alert_is_one_line_that_says_who_did_what_after_whom() {
        assert_eq!(
            line(&found()),
            "ALERT: high sensitive-file [cat/123] uid=0 cmd=\"cat link\" open \"/etc/shadow\" by [sudo/122] < [bash/99] \
             \"someone read a credential file\""
        );
        let folded = AlertEvent {
            folded: 37,
            mono_ns: 10_000_000_000,
            event: None,
            argv: vec![],
            exe: String::new(),
            ..found()
        };
        let folded = AlertEvent { ancestors: vec![], ..folded };
        assert_eq!(
            line(&folded),
            "ALERT: high sensitive-file [cat/123] uid=0 and 37 more in 10s \"someone read a credential file\""
        );
        let shared = AlertEvent { other_users: true, ..folded };
        assert!(line(&shared).contains(" uid=0 and 37 more, other users too, in 10s "), "{}", line(&shared));
        let fork = ForkEvent { mono_ns: 1, child: party(7, "sh"), parent: ProcKey { pid: 6, start_ns: 1 } };
        let bomb = AlertEvent {
            by: "tree sh/5".into(),
            count: 200,
            event: Some(Box::new(Event::Fork(fork))),
            ancestors: vec![party(1, "init"); 9],
            ..found()
        };
        let line = line(&bomb);
        assert!(line.contains("fork 200 events in 812ms of tree sh/5 by [init/1] < [init/1]"), "{line}");
        assert!(line.contains("< [init/1] < ... \"someone"), "{line}");
    }

    proptest! {
        #[test]
        fn whatever_it_holds_an_alert_is_one_plain_line(name in ".*", by in ".*", description in ".*", arg in ".*", event in any_event()) {
            let rule = RuleInfo { description, ..a_rule(&name, Severity::Low) };
            let shown = line(&AlertEvent { rule: Arc::new(rule), by, argv: vec![arg], event: Some(Box::new(event)), ..found() });
            prop_assert_eq!(crate::escape::plain(&shown), shown.as_str());
        }
    }
}
