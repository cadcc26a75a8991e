//! Requests to end: which of several is told, and what came of it.

use super::*;

impl Town {
    /// A signal that this came of at once.
    fn settled(&mut self, at: u64, from: u32, what: Signal, to: u32, came: (SendResult, Option<Ignored>)) {
        let (result, ignored) = came;
        let e = SignalEvent { result, ignored, ..self.sent(at, from, what, to) };
        self.model.apply(&Event::Signal(e));
    }

    fn coalesced(&mut self, at: u64, from: u32, what: Signal, to: u32) {
        self.settled(at, from, what, to, (SendResult::Coalesced, None));
    }

    fn too_late(&mut self, at: u64, from: u32, what: Signal, to: u32) {
        self.settled(at, from, what, to, (SendResult::Ignored, Some(Ignored::Exiting)));
    }

    /// From `sent by` to before `unit`.
    fn told(&self) -> Vec<String> {
        let lines = self.why(SERVICE);
        lines.into_iter().skip(1).take_while(|line| !line.starts_with("unit")).collect()
    }
}

const BY_JOB: &str = "sent by p3(3) uid 1000, kill(), si_code SI_USER";
const OF_JOB: &str = "        < p2(2) < p1(1), tty pts/3, session-4.scope";

/// As `timeout -k` does: TERM to the child and to its group, then KILL to both.
#[test]
fn of_two_that_were_merged_the_one_that_was_taken_is_told() {
    let mut town = Town::new();
    let term = town.send(798, JOB, Signal::TERM, SERVICE);
    town.coalesced(798, JOB, Signal::TERM, SERVICE);
    town.settled(798, JOB, Signal::CONT, SERVICE, (SendResult::Ignored, Some(Ignored::Default)));
    town.handled(term);
    let e = town.send(800, JOB, Signal::KILL, SERVICE);
    town.too_late(800, JOB, Signal::KILL, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), Some(e));
    assert_eq!(
        town.told(),
        [
            BY_JOB,
            OF_JOB,
            "because it was still alive 2s after SIGTERM (798.0, handled: the handler ran, the process stayed)",
            "        that SIGTERM came from p3(3) too",
        ]
    );
}

/// What came after the one that killed it, or met a process that was about to die, was no request.
#[test]
fn what_came_too_late_is_no_reason() {
    for kills in [Signal::TERM, Signal::KILL] {
        let mut town = Town::new();
        let e = town.send(800, JOB, kills, SERVICE);
        town.too_late(800, JOB, Signal::TERM, SERVICE);
        town.settled(800, JOB, Signal::TERM, SERVICE, (SendResult::Queued, None));
        town.ends(800, SERVICE, killed(kills), Some(e));
        assert!(!town.told().join("\n").contains("because"), "{:#?}", town.told());
    }
    // Where the one that killed it was not seen, too.
    let mut town = Town::new();
    town.too_late(800, JOB, Signal::TERM, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), None);
    assert_eq!(town.told(), [""; 0]);
}

/// Of a second one that does not belong to the first one that is known: the one in between was not seen.
#[test]
fn one_that_was_taken_before_was_not_merged_into() {
    let mut town = Town::new();
    let term = town.send(790, JOB, Signal::TERM, SERVICE);
    town.handled(term);
    town.coalesced(798, JOB, Signal::TERM, SERVICE);
    let e = town.send(800, JOB, Signal::KILL, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), Some(e));
    assert_eq!(town.told()[2], "because it was still alive 2s after SIGTERM (798.0, one was waiting already)");
}

/// As shells do: trap "trap - TERM; kill $$" TERM.
#[test]
fn a_signal_that_is_raised_again_is_that_of_who_sent_it_first() {
    let mut town = Town::new();
    let term = town.send(798, JOB, Signal::TERM, SERVICE);
    town.handled(term);
    let e = town.send(800, SERVICE, Signal::TERM, SERVICE);
    town.ends(800, SERVICE, killed(Signal::TERM), Some(e));
    assert_eq!(
        town.told(),
        [
            "sent by itself, kill(), si_code SI_USER",
            "because it raised again the SIGTERM that had come 2s before (798.0, handled)",
            "        that SIGTERM came from p3(3) uid 1000 < p2(2) < p1(1), tty pts/3, session-4.scope",
        ]
    );
    // A reporter of crashes.
    let mut town = Town::new();
    let (origin, detail) = (Origin::Fault, Detail::Address(16));
    let fault = SignalEvent { origin, detail, code: 1, ..town.sent(799, 0, Signal::SEGV, SERVICE) };
    town.model.apply(&Event::Signal(fault));
    town.handled(fault);
    let e = town.send(800, SERVICE, Signal::SEGV, SERVICE);
    town.ends(800, SERVICE, killed(Signal::SEGV), Some(e));
    assert_eq!(
        town.told()[1..],
        [
            "because it raised again the SIGSEGV that had come 1s before (799.0, handled)",
            "        that SIGSEGV came from kernel (fault): a fault of its own at address 0x10: a null pointer (SEGV_MAPERR)",
        ]
    );
    // Another signal: it did not stay either.
    let mut town = Town::new();
    let term = town.send(799, JOB, Signal::TERM, SERVICE);
    town.handled(term);
    let e = town.send(800, SERVICE, Signal::ABRT, SERVICE);
    town.ends(800, SERVICE, killed(Signal::ABRT), Some(e));
    assert_eq!(town.told()[1], "after   SIGTERM, 1s before (799.0, handled)");
}

#[test]
fn what_it_had_blocked_is_said() {
    let mut blocked = crate::signal::SignalSet::default();
    blocked.insert(Signal::TERM);
    let masks = Some(Masks { blocked, pending: blocked });
    let mut town = Town::new();
    let term = SignalEvent { masks, ..town.sent(798, JOB, Signal::TERM, SERVICE) };
    town.model.apply(&Event::Signal(term));
    let e = town.send(800, JOB, Signal::KILL, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), Some(e));
    assert_eq!(town.told()[2], "because it was still alive 2s after SIGTERM (798.0, queued: it had blocked it)");
}

/// One that dies of it and one that stays are not told as one, nor is a later death told as its work.
#[test]
fn only_what_came_out_the_same_is_told_together() {
    let mut town = Town::new();
    let first = town.send(790, SERVICE, Signal::TERM, 5);
    let second = town.send(790, SERVICE, Signal::TERM, 6);
    let last = town.send(790, SERVICE, Signal::TERM, JOB);
    town.coalesced(790, SERVICE, Signal::TERM, 6);
    town.too_late(790, SERVICE, Signal::TERM, 5);
    town.handled(second);
    town.handled(last);
    town.ends(790, 5, killed(Signal::TERM), Some(first));
    let kill = town.send(795, SERVICE, Signal::KILL, 6);
    town.ends(795, 6, killed(Signal::KILL), Some(kill));
    let e = town.send(800, INIT, Signal::KILL, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), Some(e));
    assert_eq!(
        town.told()[2..],
        [
            "before  790.0 TERM to p5(5) (SIGTERM)",
            "        790.0 TERM to p6(6), p3(3) (handled)",
            "        795.0 KILL to p6(6) (SIGKILL)",
        ]
    );
}

/// Who lived shortly did so by nothing "in its last 60 s", and signals that came are not passed over.
#[test]
fn who_exits_unasked_went_by_itself() {
    let mut town = Town::new();
    let newborn = key(9, 799 * S);
    town.model.apply(&Event::Seen(Box::new(seen(newborn, Some(who(1)), 799 * S))));
    town.model.apply(&Event::Exit(ExitEvent { end: End::Code(0), ..exit(newborn, 800 * S) }));
    let why = explain(&town.model, &newborn).unwrap();
    assert_eq!(lines(&why, &mut Plainly)[1].text(), "by nobody: it exited by itself");
    let mut town = Town::new();
    let usr = town.send(799, JOB, Signal::USR1, SERVICE);
    town.handled(usr);
    town.ends(800, SERVICE, End::Code(1), None);
    assert_eq!(
        town.told(),
        ["asked   by no request to end that it took; what else came is below", "before  799.0 USR1 by p3(3) (handled)",]
    );
    // Not all was seen.
    let mut town = Town::new();
    town.ends(410, SERVICE, End::Code(0), None);
    assert_eq!(town.told(), ["asked   by no signal that was seen"]);
}
