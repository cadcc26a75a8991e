//! What the kernel is told never hides what the filter shows: the clauses are applied here as bpf/filter.bpf.h applies
//! them, to thousands of random filters and histories. That the kernel does so too is a live test (parity).

use super::events::any_stream;
use super::{any_filter, users};
use crate::event::{Event, Origin, Party, SendResult, SignalEvent, Tty};
use crate::filter::census::Census;
use crate::filter::eval::matches;
use crate::filter::kernel;
use crate::filter::kernel::{Clause, Member, Program, placement};
use crate::filter::{Filter, People};
use crate::signal::SignalSet;
use proptest::prelude::*;

/// The bits that a process has for the kernel.
fn bits(program: &Program, who: &Party, tty: Option<Tty>, people: &Census) -> u32 {
    let has = |member: &Member| match member {
        Member::Pid(pid) => who.key.pid == *pid,
        Member::Uid(uid) => tty.is_some() && who.uid == *uid,
        Member::Tty(of) => tty == Some(*of),
    };
    let descends = |pid: u32| {
        let above = std::iter::successors(people.parent(&who.key), |key| people.parent(key));
        above.take(1024).any(|key| key.pid == pid)
    };
    let name = who.name.as_str();
    let members = program.members.iter().filter(|(member, _)| has(member)).map(|(_, bits)| *bits);
    let trees = program.trees.iter().filter(|(pid, _)| descends(*pid)).map(|(_, bits)| *bits);
    let names =
        program.names.iter().filter(|test| if test.prefix { name.starts_with(&test.text) } else { name == test.text });
    let cgroup = people.facts(&who.key).map_or("", |facts| facts.cgroup);
    let places = program.places.iter().filter(|place| !cgroup.is_empty() && place.holds(cgroup));
    members
        .chain(trees)
        .chain(names.map(|test| test.bits))
        .chain(places.map(|place| place.bits))
        .fold(0, |all, bits| all | bits)
}

/// Whether the kernel lets it pass.
fn passes(program: &Program, event: &SignalEvent, people: &Census) -> bool {
    let from = event.sender.map_or(0, |who| bits(program, &who, Some(event.sender_tty), people));
    let to = bits(program, &event.target, None, people);
    let place = |at: Option<usize>| 1u32 << at.unwrap();
    let origin = place(Origin::ALL.iter().position(|o| *o == event.origin));
    let result = place(SendResult::ALL.iter().position(|r| *r == event.result));
    let fits = |c: &Clause| {
        c.signals.contains(event.signal)
            && c.origins & origin != 0
            && c.results & result != 0
            && c.from_need & !from == 0
            && c.to_need & !to == 0
            && c.any_need & !(from | to) == 0
            && c.from_not & from == 0
            && c.to_not & to == 0
    };
    program.clauses.iter().any(fits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// And where all of a filter is said to be the kernel's, the kernel decides it alone.
    #[test]
    fn the_kernel_hides_nothing_that_is_shown(filter in any_filter(), stream in any_stream()) {
        let program = Program::new(&filter);
        let alone = program.placement.here.is_empty();
        let mut people = Census::default();
        for event in &stream {
            people.apply(event);
            let Event::Signal(signal) = event else { continue };
            let (shown, passed) = (matches(&filter, event, &people), passes(&program, signal, &people));
            prop_assert!(passed || !shown, "{} hides {:?}: {:?}", filter, signal, program);
            prop_assert!(!alone || passed == shown, "{} shows {:?}: {:?}", filter, signal, program);
        }
    }

    #[test]
    fn a_program_fits_into_the_kernel(filter in any_filter()) {
        let program = Program::new(&filter);
        prop_assert!(program.clauses.len() <= kernel::CLAUSES && program.names.len() <= kernel::NAMES && program.places.len() <= kernel::PLACES);
        prop_assert!(program.names.iter().all(|test| test.text.len() <= 15));
        let parts = if filter.is_everything() { 0 } else { filter.0.parts().len() };
        prop_assert_eq!(program.placement.kernel.len() + program.placement.here.len(), parts);
    }
}

fn parse(text: &str) -> Filter {
    Filter::parse(text, &users).unwrap()
}

#[test]
fn terms_are_said_to_be_decided_where_they_are() {
    for (text, kernel, here) in [
        ("", "", ""),
        ("sig:KILL from:bash !to:1", "sig:KILL|from:bash|!to:1", ""),
        ("uid:0 tty:pts/3 origin:user result:ignored tree:7", "uid:0|tty:pts/3|origin:user|result:ignored|tree:7", ""),
        ("from:deploy* from:*deploy", "from:deploy*", "from:*deploy"),
        ("from:7,*a or to:9", "", "from:7,*a or to:9"),
        ("nginx exe:/bin/sh kind:signal", "kind:signal", "nginx|exe:/bin/sh"),
        ("from:na?e", "", "from:na?e"),
        ("cgroup:/system.slice !unit:nginx unit:a*", "cgroup:/system.slice|!unit:nginx", "unit:a*"),
    ] {
        let placement = placement(&parse(text));
        assert_eq!((placement.kernel.join("|"), placement.here.join("|")), (kernel.into(), here.into()), "{text}");
    }
}

#[test]
fn what_is_too_long_for_the_kernel_is_decided_here() {
    let names: Vec<String> = (0..20).map(|n| format!("name{n}")).collect();
    let program = Program::new(&parse(&format!("from:{} sig:KILL", names.join(","))));
    assert_eq!(program.placement.kernel, ["sig:KILL"]);
    let many: Vec<String> = (0..9).map(|n| format!("(from:{n} sig:{})", n + 1)).collect();
    let program = Program::new(&parse(&many.join(" or ")));
    assert!(program.is_everything(), "{program:?}");
    let signals: Vec<String> = (1..30).map(|n| format!("sig:{n}")).collect();
    assert_eq!(Program::new(&parse(&signals.join(" or "))).clauses.len(), 1, "those that differ in signals are one");
}

#[test]
fn signals_that_pass_whoever_sends_them_are_known() {
    let certain = |text: &str| Program::new(&parse(text)).unconditional().to_string();
    assert_eq!(certain("sig:KILL,TERM"), "KILL,TERM");
    assert_eq!(certain("sig:KILL or (sig:TERM from:bash)"), "KILL");
    assert_eq!(Program::new(&parse("from:bash")).unconditional(), SignalSet::EMPTY);
    assert_eq!(Program::new(&parse("")).unconditional(), SignalSet::ALL);
}
