//! What is joined to what, where the kernel's records have gaps or bystanders run: never a guess.

use crate::harness::{self, GUARD};
use crate::inside::{DEFAULT_BUFFER, Handler, Idle, Watch};
use crate::zoo::sigzoo;
use rustix::process::{Pid, kill_process};
use sigtop::event::{Event, Origin};
use sigtop::signal::{Signal, SignalSet};
use std::sync::mpsc::channel;
use std::time::Duration;

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
    loop {
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
