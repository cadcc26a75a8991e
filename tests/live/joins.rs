//! What is joined to what, where the kernel's records have gaps or bystanders run: never a guess.

use crate::harness::{self, GUARD};
use crate::inside::{DEFAULT_BUFFER, Handler, Idle, Watch};
use crate::witness::{Fact, Witness};
use crate::zoo::sigzoo;
use rustix::process::{Pid, kill_process};
use sigtop::event::{Event, Origin};
use sigtop::signal::{Signal, SignalSet};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

fn queue(count: u32, signal: Signal, pid: u32) {
    let arguments = [count, signal.number().into(), pid].map(|n: u32| n.to_string());
    assert!(sigzoo().arg("queue").args(arguments).status().unwrap().success());
}

/// Records are lost while thousands of real-time signals are handled. The next one, sent when all is calm again, is
/// joined to its own sending, not to one whose delivery was lost.
#[test]
fn after_a_gap_nothing_is_joined_wrongly() {
    let Some(_leave) = harness::alone("after_a_gap_nothing_is_joined_wrongly") else { return };
    const MANY: u32 = 60_000;
    let signal = Signal::new(40).unwrap();
    let mut handler = Handler::start(signal);
    let pid = handler.pid();
    let idle = Idle::start();
    let watch = Watch::open(64 << 10, SignalSet::ALL);
    let flood = std::thread::spawn(move || queue(MANY, signal, pid));
    for n in 0..MANY {
        assert_eq!(handler.value(), n as i32, "the kernel keeps their order");
    }
    flood.join().unwrap();

    let (sender, events) = channel();
    let reading = watch.read(move |event| drop(sender.send(event)));
    let (mut told, mut lost) = (Vec::new(), 0);
    // Until a mark comes through, there may be no room for it.
    let began = Instant::now();
    loop {
        assert!(began.elapsed() < GUARD, "there is room again, and no mark comes through");
        kill_process(Pid::from_child(&idle.0), rustix::process::Signal::WINCH).unwrap();
        let new: Vec<Event> = std::iter::from_fn(|| events.recv_timeout(Duration::from_millis(20)).ok()).collect();
        let is_mark = |e: &Event| matches!(e, Event::Signal(e) if e.target.key.pid == idle.pid());
        let marked = new.iter().any(is_mark);
        told.extend(new);
        if marked {
            break;
        }
    }
    queue(1, signal, pid);
    assert_eq!(handler.value(), 0);
    reading.stop();
    told.extend(events);

    let mut sent = None;
    let mut taken = None;
    for event in &told {
        match event {
            Event::Signal(e) if e.signal == signal && e.target.key.pid == pid => sent = Some(e.id),
            Event::Deliver(e) if e.signal == signal && e.target.key.pid == pid => taken = Some((e.id, e.latency_ns)),
            Event::Lost(e) => lost += e.count,
            _ => {}
        }
    }
    assert!(lost > 1000, "only {lost} lost: this says nothing");
    let (id, latency) = taken.unwrap();
    assert_eq!(id, sent, "the last one sent is the last one taken; latency {latency:?}");
    assert!(latency.unwrap() < GUARD.as_nanos() as u64);
}

/// Timers of another process run out while all processors are busy with rt_sigqueueinfo(2), whose callers may fill
/// the siginfo as they like. They are in the middle of that call, and yet did not send the timer's signal.
#[test]
fn a_timer_is_nobodys_whoever_is_interrupted() {
    let Some(_leave) = harness::alone("a_timer_is_nobodys_whoever_is_interrupted") else { return };
    const TICKS: usize = 3000;
    let (idle, timer) = (Idle::start(), Signal::new(41).unwrap());
    let (sender, events) = channel();
    let watch = Watch::open(DEFAULT_BUFFER, SignalSet::from_iter([timer]));
    let reading = watch.read(move |event| drop(sender.send(event)));
    let busy = || {
        let arguments = [100_000_000, Signal::WINCH.number().into(), idle.pid()].map(|n: u32| n.to_string());
        sigzoo().arg("queue").args(arguments).spawn().unwrap()
    };
    let processors = std::thread::available_parallelism().unwrap().get();
    let mut senders: Vec<_> = (0..processors).map(|_| busy()).collect();
    let witness = Witness::start(&["sigzoo"]);
    let mut ticks = sigzoo();
    ticks.arg("ticks").args([usize::from(timer.number()), TICKS].map(|n| n.to_string()));
    let mut ticking = ticks.spawn().unwrap();
    let pid = ticking.id();
    assert!(ticking.wait().unwrap().success());
    for sender in &mut senders {
        sender.kill().unwrap();
        sender.wait().unwrap();
    }
    let facts = witness.stop();
    reading.stop();
    let is_tick = |event: Event| match event {
        Event::Signal(e) if e.signal == timer && e.target.key.pid == pid => Some(e),
        _ => None,
    };
    let told: Vec<_> = events.iter().filter_map(is_tick).collect();
    // Only who this test started, and the idle task: some hardened kernels run no BPF program while a thread of init
    // runs, and what interrupts that is not seen there.
    let ours: Vec<u32> = senders.iter().map(|s| s.id()).chain([0, pid]).collect();
    let there_were = |fact: &&Fact| matches!(fact, Fact::Generate { by, tid, .. } if *tid == pid && ours.contains(by));
    let least = facts.iter().filter(there_were).count();
    let blamed = told.iter().filter(|e| e.origin != Origin::Timer || e.sender.is_some() || e.call.is_some()).count();
    assert!(told.len() >= least && told.len() > TICKS / 2, "{} of {least}", told.len());
    assert_eq!(blamed, 0, "of {}", told.len());
}
