//! What holds in every stream, whatever happened: ids, joins, who may be a sender; and the witness's comparison.

use crate::harness::Line;
use crate::witness::Fact;
use sigtop::event::wire::Wire;
use sigtop::event::{DeliverEvent, Disposition, End, Event, ExitEvent, ProcKey, Scope, SendResult, SignalEvent};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The signals of a stream, in order.
pub fn signals(lines: &[Line]) -> impl Iterator<Item = &SignalEvent> {
    lines.iter().filter_map(|line| if let Some(Event::Signal(e)) = &line.event { Some(e) } else { None })
}

/// The deliveries.
pub fn deliveries(lines: &[Line]) -> impl Iterator<Item = &DeliverEvent> {
    lines.iter().filter_map(|line| if let Some(Event::Deliver(e)) = &line.event { Some(e) } else { None })
}

/// The ends.
pub fn exits(lines: &[Line]) -> impl Iterator<Item = &ExitEvent> {
    lines.iter().filter_map(|line| if let Some(Event::Exit(e)) = &line.event { Some(e) } else { None })
}

/// Panics where a stream without losses breaks a law.
pub fn hold(lines: &[Line]) {
    assert!(lines[0].event.is_none() && lines[0].json["type"] == "header", "{}", lines[0].text);
    assert_eq!(lines[0].json["missing"], serde_json::json!([]), "this kernel lacks a hook");
    let mut sent: HashMap<u64, SignalEvent> = HashMap::new();
    let mut last_id = 0;
    let mut joined: HashSet<u64> = HashSet::new();
    let mut dead: HashSet<ProcKey> = HashSet::new();
    for line in &lines[1..] {
        let said = &line.text;
        let event = line.event.as_ref().unwrap_or_else(|| panic!("a second header: {said}"));
        let time = line.json["time"].as_str().unwrap();
        assert_eq!(line.json, serde_json::to_value(Wire::from_event(event, time)).unwrap(), "reads back: {said}");
        match event {
            Event::Signal(e) => {
                assert_eq!(e.id, last_id + 1, "ids rise by one: {said}");
                last_id = e.id;
                assert_eq!(e.sender.is_some(), e.origin.has_sender(), "a sender only where one sent: {said}");
                assert_eq!(e.result == SendResult::Ignored, e.ignored.is_some(), "ignored has its why: {said}");
                sent.insert(e.id, *e);
            }
            Event::Attempt(e) => {
                assert_eq!(e.id, last_id + 1, "ids rise by one: {said}");
                last_id = e.id;
                assert!(e.is_probe() || e.errno.is_some(), "who failed was told why: {said}");
                assert!(!e.sender.name.is_empty(), "its sender is known: {said}");
            }
            Event::Deliver(e) => {
                assert_eq!(e.id.is_some(), e.latency_ns.is_some(), "{said}");
                let Some(id) = e.id else { continue };
                let s = sent.get(&id).unwrap_or_else(|| panic!("delivered before it was sent: {said}"));
                assert_eq!((s.signal, s.target.key), (e.signal, e.target.key), "its own signal: {said}");
                assert!(joined.insert(id), "delivered once: {said}");
                assert!(matches!(s.result, SendResult::Queued | SendResult::InfoLost), "{said}");
            }
            Event::Exit(e) if !e.thread => {
                assert!(dead.insert(e.who.key), "dies once: {said}");
                let Some(cause) = e.cause else { continue };
                let s = sent.get(&cause.id).unwrap_or_else(|| panic!("died of what was not sent: {said}"));
                assert!(matches!(e.end, End::Signal { signal, .. } if signal == s.signal), "{said}");
                assert_eq!((s.target.key, s.sender, s.origin), (e.who.key, cause.sender, cause.origin), "{said}");
            }
            Event::Lost(_) => panic!("the machine is flooded, or the buffer far too small: {said}"),
            _ => {}
        }
    }
}

/// A signal as both can tell it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Told {
    sig: i64,
    code: i64,
    group: bool,
    result: i64,
}

/// Panics where sigtop's signals to these threads are not exactly the witness's, or its deliveries are not those that
/// the witness's mean.
pub fn agree(lines: &[Line], facts: &[Fact], threads: &HashSet<u32>) {
    let mut differences = Vec::new();
    let (mut ours, mut theirs): (BTreeMap<u32, Vec<Told>>, BTreeMap<u32, Vec<Told>>) = Default::default();
    for e in signals(lines).filter(|e| threads.contains(&e.target.tid)) {
        let told = Told {
            sig: i64::from(e.signal.number()),
            code: i64::from(e.code),
            group: e.scope == Scope::Process,
            result: SendResult::ALL.iter().position(|r| *r == e.result).unwrap() as i64,
        };
        ours.entry(e.target.tid).or_default().push(told);
    }
    for fact in facts {
        if let Fact::Generate { sig, code, tid, group, result, .. } = *fact
            && threads.contains(&tid)
        {
            theirs.entry(tid).or_default().push(Told { sig, code, group, result });
        }
    }
    for tid in threads {
        let empty = Vec::new();
        let (ours, theirs) = (ours.get(tid).unwrap_or(&empty), theirs.get(tid).unwrap_or(&empty));
        // The kernel calls a SIGCONT to a default process ignored; one that woke it, sigtop calls queued.
        let same = |(a, b): (&Told, &Told)| a == b || (a.sig == 18 && b.result == 1 && Told { result: 1, ..*a } == *b);
        if ours.len() != theirs.len() || !ours.iter().zip(theirs).all(same) {
            differences.push(format!("signals to {tid}:\n  sigtop  {ours:?}\n  witness {theirs:?}"));
        }
    }
    differences.extend(deliveries_differ(lines, facts, threads));
    let theirs = facts.iter().filter_map(|fact| if let Fact::Exec { by } = fact { Some(*by) } else { None });
    let theirs: Vec<u32> = theirs.filter(|tid| threads.contains(tid)).collect();
    let ours =
        lines.iter().filter_map(|line| if let Some(Event::Exec(e)) = &line.event { Some(e.who.tid) } else { None });
    let ours: Vec<u32> = ours.filter(|tid| threads.contains(tid)).collect();
    if ours != theirs {
        differences.push(format!("executions: sigtop {ours:?}, witness {theirs:?}"));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A delivery as both can tell it: thread, signal, 0 default, 1 ignored, 2 handler.
type Taken = (u32, i64, u64);

/// The kernel's rules (KERNEL-FACTS 4): under its own number a delivery is told as it is; the SIGKILLs without siginfo
/// of a dying process are told once, by the first, under the number that killed it; those of exec and exit not at all.
fn deliveries_differ(lines: &[Line], facts: &[Fact], threads: &HashSet<u32>) -> Vec<String> {
    let of_process: HashMap<u32, u32> = deliveries(lines).map(|e| (e.target.tid, e.target.key.pid)).collect();
    let mut ours: Vec<(Taken, bool)> = Vec::new();
    for e in deliveries(lines).filter(|e| threads.contains(&e.target.tid)) {
        let handler = [Disposition::Default, Disposition::Ignored, Disposition::Handler];
        let by = handler.iter().position(|d| *d == e.disposition).unwrap() as u64;
        ours.push(((e.target.tid, i64::from(e.signal.number()), by), e.action.is_fatal()));
    }
    let mut differences = Vec::new();
    let mut dying: HashSet<u32> = HashSet::new();
    for fact in facts {
        let Fact::Deliver { by, sig, code, handler } = *fact else { continue };
        if !threads.contains(&by) {
            continue;
        }
        let found = if (sig, code) == (9, 0) {
            // One told delivery for the first thread; `dying` is known by it.
            ours.iter().position(|((tid, ..), fatal)| *tid == by && *fatal)
        } else {
            ours.iter().position(|(taken, _)| *taken == (by, sig, handler.min(2)))
        };
        match found {
            Some(at) => {
                let ((tid, ..), fatal) = ours.remove(at);
                if fatal {
                    dying.insert(of_process[&tid]);
                }
            }
            None if (sig, code) == (9, 0) => {} // another thread's, or the end of exec or exit: judged by the zoo
            None => differences.push(format!("not told: {fact:?}")),
        }
    }
    let kills = |pid: u32| signals(lines).any(|e| e.target.key.pid == pid);
    differences.extend(dying.iter().filter(|pid| !kills(**pid)).map(|pid| format!("{pid} died of nothing")));
    differences.extend(ours.iter().map(|(taken, _)| format!("told, but it was not: {taken:?}")));
    differences
}
