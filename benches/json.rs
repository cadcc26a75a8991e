//! Nanoseconds per event of the JSON sink, for the kinds that come by the million: the median of many short rounds,
//! into a writer that throws everything away.
//! It prints and decides nothing: SPEC section 7 wants 0.8 µs a signal of all user space, JSON being about half.

mod made;

use sigtop::event::*;
use sigtop::signal::Signal;
use sigtop::sink::{Sink, json::Json};
use std::hint::black_box;
use std::time::Instant;

const EVENTS: u64 = 2_000;
const ROUNDS: usize = 301;

fn party(pid: u32, name: &str) -> Party {
    made::party(pid, 7_000_000_000 + u64::from(pid) * 1_000_003, 1000, name)
}

fn signal(n: u64) -> SignalEvent {
    let (sender, target) = (party(1234 + n as u32 % 7, "bash"), party(5678 + n as u32 % 5, "myapp"));
    let masks = Masks { blocked: [Signal::CHLD].into_iter().collect(), pending: [Signal::TERM].into_iter().collect() };
    let (id, mono_ns) = (1_000_000 + n, 8_123_456_789_012 + n * 1_003);
    SignalEvent { masks: Some(masks), generation: 1, ..SignalEvent::kill(id, mono_ns, Signal::TERM, sender, target) }
}

fn main() {
    let signals = (0..EVENTS).map(|n| Event::Signal(signal(n))).collect();
    let deliveries = (0..EVENTS).map(|n| Event::Deliver(made::handled(&signal(n), 12_345))).collect();
    let all: [(&str, Vec<Event>); 2] = [("signal", signals), ("deliver", deliveries)];
    for (name, events) in all {
        let mut sink = Json::new(std::io::sink());
        let mut ns: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                for event in &events {
                    let _ = black_box(sink.event(black_box(event)));
                }
                start.elapsed().as_nanos() as f64 / EVENTS as f64
            })
            .collect();
        ns.sort_by(f64::total_cmp);
        println!("{name:8} {:6.0} ns/event (median; best {:.0})", ns[ROUNDS / 2], ns[0]);
    }
}
