//! Of a process that had been asked to end, in words: by what, what came of it, and who asked.

use super::lines::{Line, Teller, Tone, name, whence, word};
use super::{Asked, Blame, Then, Why, how};
use crate::event::{Cause, Detail, Ignored};
use crate::model::{Outcome, death};

/// `it was still alive 10.0s after SIGTERM (17:31:02.114, handled: the handler ran, the process stayed)`, and who asked.
pub fn because(asked: &Asked, why: &Why, teller: &mut dyn Teller) -> Vec<Line> {
    let e = &asked.row.event;
    let (signal, lasted) = (e.signal, teller.lasted(asked.before_ns));
    let came = format!("({}, {})", teller.time(e.mono_ns), came_of(asked));
    let line = match asked.then {
        Then::Stayed => Line::new("because")
            .and(format!("it was still alive {lasted} after "), Tone::Plain)
            .and(signal.name(), Tone::Strong)
            .and(format!(" {came}"), Tone::Plain),
        Then::Left => {
            Line::new("after").and(signal.name(), Tone::Strong).and(format!(", {lasted} before {came}"), Tone::Plain)
        }
        Then::Raised(_) => Line::new("because")
            .and("it raised again the ", Tone::Plain)
            .and(signal.name(), Tone::Strong)
            .and(format!(" that had come {lasted} before {came}"), Tone::Plain),
    };
    vec![line, from(asked, why, teller)]
}

/// `that SIGTERM came from bash(1234) uid 1000 ← sshd(812)`.
fn from(asked: &Asked, why: &Why, teller: &mut dyn Teller) -> Line {
    let e = &asked.row.event;
    let line = Line::new("").and(format!("that {} came from ", e.signal), Tone::Plain);
    let killer = why.blame.as_ref().and_then(|blame| blame.sender.as_ref());
    let Some(sender) = &asked.sender else {
        // It has the same signal, so that its reason can be told as that of a death.
        let cause = Cause { id: e.id, origin: e.origin, sender: None, detail: e.detail };
        let reason = || how(&Blame { cause, sender: None, event: Some(*e) }, why);
        return match asked.then {
            Then::Raised(_) => line
                .and(death::sender(None, e.origin, Detail::None), Tone::Strong)
                .and(format!(": {}", reason()), Tone::Plain),
            Then::Stayed | Then::Left => line.and(death::sender(None, e.origin, e.detail), Tone::Strong),
        };
    };
    let who = if sender.party.key == why.key { "itself".into() } else { name(&sender.party, teller) };
    let line = line.and(who, Tone::Strong);
    if sender.party.key == why.key {
        return line;
    }
    if killer.is_some_and(|killer| killer.party.key == sender.party.key) {
        return line.and(" too", Tone::Plain);
    }
    let line = line.and(format!(" {}", teller.user(sender.party.uid)), Tone::Plain);
    match whence(sender, teller) {
        Some(whence) => line.and(format!(" {whence}"), Tone::Quiet),
        None => line,
    }
}

/// What came of a request to end.
pub fn came_of(asked: &Asked) -> &'static str {
    let e = &asked.row.event;
    let is_blocked = e.masks.is_some_and(|masks| masks.blocked.contains(e.signal));
    match asked.then {
        Then::Stayed => stayed(asked.row.outcome, is_blocked),
        Then::Left | Then::Raised(_) => taken(asked.row.outcome, is_blocked),
    }
}

/// What came of it, where the process did not end.
fn stayed(outcome: Outcome, is_blocked: bool) -> &'static str {
    match outcome {
        Outcome::Handled { .. } => "handled: the handler ran, the process stayed",
        Outcome::Ignored(Some(Ignored::SigIgn)) => "ignored: it had set SIG_IGN",
        Outcome::Ignored(Some(Ignored::Init)) => "ignored: an init without a handler for it",
        Outcome::Ignored(_) => "ignored",
        Outcome::Coalesced if is_blocked => "one was waiting already: it had blocked it",
        Outcome::Coalesced => "one was waiting already",
        Outcome::Taken => "taken through a signalfd or sigwait",
        Outcome::Pending | Outcome::Unanswered | Outcome::InfoLost if is_blocked => "queued: it had blocked it",
        Outcome::Pending | Outcome::Unanswered | Outcome::InfoLost => "queued, and not seen to be taken",
        Outcome::Killed { .. } => "which was to kill it",
        outcome => word(outcome),
    }
}

/// What came of it, where the process ended by itself then.
fn taken(outcome: Outcome, is_blocked: bool) -> &'static str {
    match outcome {
        Outcome::Pending | Outcome::Unanswered | Outcome::InfoLost if is_blocked => {
            "queued: it had blocked it; a signalfd or sigwait may have taken it, which is not seen"
        }
        Outcome::Pending | Outcome::Unanswered | Outcome::InfoLost => {
            "queued: a signalfd or sigwait may have taken it, which is not seen"
        }
        outcome => word(outcome),
    }
}
