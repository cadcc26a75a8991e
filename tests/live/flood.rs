//! Floods: nothing is lost without being counted, by signal and by sender, whatever the buffer and the filter.

use crate::harness;
use crate::inside::{DEFAULT_BUFFER, Idle, Totals, Watch};
use crate::zoo::sigzoo;
use rustix::process::{Pid, kill_process};
use sigtop::event::{Event, ProcKey, SenderKey};
use sigtop::signal::{Signal, SignalSet};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// Both are ignored by default.
const URG: Signal = Signal::URG;
const WINCH: Signal = Signal::WINCH;

/// `sigzoo flood`: these many of each signal, to one process.
fn flood(target: u32, counts: &[(u64, Signal)]) -> Command {
    let mut command = sigzoo();
    command.arg("flood");
    for (count, signal) in counts {
        command.args([count.to_string(), signal.number().to_string(), target.to_string()]);
    }
    command
}

/// What a flood of several senders came to.
struct Outcome {
    totals: Totals,
    /// Those whose fork was told.
    senders: HashMap<u32, ProcKey>,
}

/// Lets these floods loose at once. With `read_late`, nobody reads before they are over.
fn run(buffer: u32, signals: SignalSet, floods: &[&[(u64, Signal)]], read_late: bool) -> (Outcome, Vec<u32>) {
    let target = Idle::start();
    let watch = Watch::open(buffer, signals);
    let outcome = Arc::new(Mutex::new(Outcome { totals: Totals::default(), senders: HashMap::new() }));
    let shared = outcome.clone();
    let see = move |event: Event| {
        let mut outcome = shared.lock().unwrap();
        if let Event::Fork(e) = &event {
            outcome.senders.insert(e.child.key.pid, e.child.key);
        }
        outcome.totals.add(&event);
    };
    let mut waiting = Some((watch, see));
    let mut reading = None;
    if !read_late {
        reading = waiting.take().map(|(watch, see)| watch.read(see));
    }
    let children: Vec<_> = floods.iter().map(|counts| flood(target.pid(), counts).spawn().unwrap()).collect();
    let pids = children.iter().map(|child| child.id()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    reading.or_else(|| waiting.take().map(|(watch, see)| watch.read(see))).unwrap().stop();
    let outcome = Arc::into_inner(outcome).unwrap().into_inner().unwrap();
    (outcome, pids)
}

#[test]
fn a_million_signals_are_all_accounted_for() {
    let Some(_leave) = harness::alone("a_million_signals_are_all_accounted_for") else { return };
    const MANY: u64 = 1_000_000;
    let (outcome, pids) = run(DEFAULT_BUFFER, SignalSet::ALL, &[&[(MANY, URG)]], false);
    let sender = SenderKey::Process(outcome.senders[&pids[0]]);
    let (told, lost, skipped) = outcome.totals.of(URG, sender);
    assert_eq!((told + lost, skipped), (MANY, 0), "{told} told, {lost} lost");
}

/// Nobody reads while four senders flood: what does not fit is counted, by signal and by sender, to the last one.
#[test]
fn what_does_not_fit_is_counted_by_signal_and_sender() {
    let Some(_leave) = harness::alone("what_does_not_fit_is_counted_by_signal_and_sender") else { return };
    let floods: [&[(u64, Signal)]; 4] =
        [&[(60_000, URG)], &[(30_000, WINCH), (20_000, URG)], &[(1, URG), (50_000, WINCH)], &[(40_000, URG)]];
    let (outcome, pids) = run(64 << 10, SignalSet::ALL, &floods, true);
    let mut lost_in_all = 0;
    for (pid, counts) in pids.iter().zip(floods) {
        // The fork of a sender may itself be lost: then it is known by its counts.
        let key = outcome.senders.get(pid).copied().or_else(|| lost_key(&outcome.totals, *pid)).unwrap();
        for (count, signal) in counts {
            let (told, lost, skipped) = outcome.totals.of(*signal, SenderKey::Process(key));
            assert_eq!((told + lost, skipped), (*count, 0), "{signal} by {pid}: {told} told, {lost} lost");
            lost_in_all += lost;
        }
    }
    assert!(lost_in_all > 50_000, "64 KiB and a full channel cannot hold them: only {lost_in_all} lost");
}

fn lost_key(totals: &Totals, pid: u32) -> Option<ProcKey> {
    totals.lost.keys().find_map(|(_, sender)| match sender {
        SenderKey::Process(key) if key.pid == pid => Some(*key),
        _ => None,
    })
}

#[test]
fn what_is_filtered_stays_in_the_kernel_and_is_counted() {
    let Some(_leave) = harness::alone("what_is_filtered_stays_in_the_kernel_and_is_counted") else { return };
    let only: SignalSet = [WINCH].into_iter().collect();
    let (outcome, pids) = run(DEFAULT_BUFFER, only, &[&[(1000, WINCH), (300_000, URG)], &[(200_000, URG)]], false);
    let key = |n: usize| SenderKey::Process(outcome.senders[&pids[n]]);
    assert_eq!(outcome.totals.of(WINCH, key(0)), (1000, 0, 0));
    assert_eq!(outcome.totals.of(URG, key(0)), (0, 0, 300_000));
    assert_eq!(outcome.totals.of(URG, key(1)), (0, 0, 200_000));
    assert!(outcome.totals.told.keys().all(|(signal, _)| *signal == WINCH));
}

/// More senders than the kernel's table of 8192 holds: they are counted all the same, only not told apart.
#[test]
fn more_senders_than_can_be_told_apart_are_counted() {
    let Some(_leave) = harness::alone("more_senders_than_can_be_told_apart_are_counted") else { return };
    const SENDERS: u64 = 9000;
    let target = Idle::start();
    let watch = Watch::open(64 << 10, SignalSet::from_iter([WINCH]));
    // Nobody reads: the channel fills, the source waits, and empties no table meanwhile.
    assert!(flood(target.pid(), &[(100_000, WINCH)]).status().unwrap().success());
    let mut crowd = sigzoo();
    crowd.arg("crowd").args([SENDERS, URG.number().into(), target.pid().into()].map(|n| n.to_string()));
    assert!(crowd.status().unwrap().success());
    let totals = Arc::new(Mutex::new(Totals::default()));
    let shared = totals.clone();
    watch.read(move |event| shared.lock().unwrap().add(&event)).stop();
    let totals = Arc::into_inner(totals).unwrap().into_inner().unwrap();
    let of = |others: bool| -> u64 {
        let counts = totals.skipped.iter().filter(|((s, who), _)| *s == URG && (*who == SenderKey::Others) == others);
        counts.map(|(_, count)| count).sum()
    };
    // Idle processes elsewhere may add a few of their own.
    assert!(of(false) + of(true) >= SENDERS, "{} told apart, {} not", of(false), of(true));
    assert!(of(true) >= SENDERS - 8192 && of(false) > 4000, "{} told apart, {} not", of(false), of(true));
}

/// The filter is changed some thousand times while two senders flood. Every record obeys the filter of its own
/// generation, which was told before it; a sender's records never go back to an older one; and nothing is missing.
#[test]
fn a_filter_changes_between_two_records() {
    let Some(_leave) = harness::alone("a_filter_changes_between_two_records") else { return };
    const EACH: u64 = 300_000;
    let sets: [SignalSet; 3] =
        [SignalSet::ALL, [URG].into_iter().collect::<SignalSet>(), [WINCH].into_iter().collect::<SignalSet>()];
    let target = Idle::start();
    let watch = Watch::open(DEFAULT_BUFFER, sets[0]);
    let (sender, events) = std::sync::mpsc::channel();
    let mut reading = watch.read(move |event| sender.send(event).unwrap());
    let mut floods = [URG, WINCH].map(|signal| flood(target.pid(), &[(EACH, signal)]).spawn().unwrap());
    let pids = floods.each_ref().map(|child| child.id());
    let mut flips = 0;
    while floods.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        flips += 1;
        let answer = reading.control.as_mut().unwrap().set_filter(sets[flips % 3].into());
        if flips % 64 == 0 {
            let placement = answer.blocking_recv().unwrap().unwrap();
            assert_eq!(placement.here, Vec::<String>::new());
        }
    }
    reading.stop();

    let mut told = 0; // the newest generation that a filter event told
    let mut totals = Totals::default();
    let mut newest: HashMap<ProcKey, u32> = HashMap::new();
    let mut senders: HashMap<u32, ProcKey> = HashMap::new();
    let (mut backwards, mut late) = (0, 0);
    for event in events {
        totals.add(&event);
        match event {
            Event::Filter(e) => {
                assert_eq!(e.generation, told + 1, "each change is told once, in order");
                told = e.generation;
            }
            Event::Fork(e) => drop(senders.insert(e.child.key.pid, e.child.key)),
            Event::Signal(e) => {
                let set = sets[e.generation as usize % 3];
                assert!(set.contains(e.signal), "{} in generation {}", e.signal, e.generation);
                assert!(e.generation <= told, "generation {} was not told yet: {told}", e.generation);
                let Some(sender) = e.sender.filter(|sender| pids.contains(&sender.key.pid)) else { continue };
                let newest = newest.entry(sender.key).or_default();
                backwards += u32::from(e.generation < *newest);
                late += u32::from(e.generation < told);
                *newest = e.generation;
            }
            _ => {}
        }
    }
    assert_eq!(told as usize, flips, "the last change is told too");
    assert!(flips > 100, "{flips} changes while the flood lasted");
    assert_eq!(backwards, 0, "of {flips} changes");
    // The two processors do not change at the same instant: each may have one record under way.
    assert!(late as usize <= 2 * flips, "{late} records of a filter that was said to be over, of {flips} changes");
    for (pid, signal) in pids.iter().zip([URG, WINCH]) {
        let (told, lost, skipped) = totals.of(signal, SenderKey::Process(senders[pid]));
        assert_eq!(told + lost + skipped, EACH, "{signal}: {told} told, {lost} lost, {skipped} filtered");
        assert!(told > 0 && skipped > 0);
    }
}

/// The same through the program: a reader that is late gets lines and `lost` lines that add up.
#[test]
fn lines_and_lost_lines_add_up() {
    let Some(_leave) = harness::alone("lines_and_lost_lines_add_up") else { return };
    const MANY: u64 = 200_000;
    let target = Idle::start();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.args(["log", "--format", "json", "-s", "URG", "--events", "signal", "--buffer", "64K"]);
    let mut sigtop = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::with_capacity(256, sigtop.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("\"header\""));
    let mut sender = flood(target.pid(), &[(MANY, URG)]).spawn().unwrap();
    let pid = format!("\"sender\":{{\"pid\":{},", sender.id());
    // Its end is a signal of its own, which may be lost before the kernel obeys the filter.
    let is_of_flood = |line: &str| line.contains(&pid) && line.contains("\"signr\":23,");
    assert!(sender.wait().unwrap().success()); // and only now somebody reads
    let (mut told, mut lost) = (0, 0);
    while told + lost < MANY {
        let line = lines.next().expect("all of them before it ends").unwrap();
        if !is_of_flood(&line) {
            continue;
        }
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        match json["type"].as_str() {
            Some("signal") => told += 1,
            Some("lost") => lost += json["count"].as_u64().unwrap(),
            other => panic!("{other:?}: {line}"),
        }
    }
    assert_eq!(told + lost, MANY, "{told} told, {lost} lost");
    assert!(lost > 0, "nothing was lost: this says nothing");
    kill_process(Pid::from_child(&sigtop), rustix::process::Signal::TERM).unwrap();
    let more = lines.filter(|line| line.as_ref().is_ok_and(|line| is_of_flood(line))).count();
    assert_eq!(more, 0, "and no more than were sent");
    assert!(sigtop.wait().unwrap().success());
}
