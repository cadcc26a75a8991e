//! Nanoseconds per event of the JSON sink, for the kinds that come by the million: the median of many short rounds,
//! into a writer that throws everything away.
//! It prints and decides nothing: SPEC section 7 wants 0.8 µs a signal of all user space, JSON being about half.

use sigtop::event::*;
use sigtop::signal::Signal;
use sigtop::sink::{Sink, json::Json};
use std::hint::black_box;
use std::time::Instant;

const EVENTS: u64 = 2_000;
const ROUNDS: usize = 301;

fn party(pid: u32, name: &str) -> Party {
    let key = ProcKey { pid, start_ns: 7_000_000_000 + u64::from(pid) * 1_000_003 };
    Party { key, tid: pid, uid: 1000, name: Name::from(name) }
}

fn signal(n: u64) -> Event {
    Event::Signal(SignalEvent {
        id: 1_000_000 + n,
        mono_ns: 8_123_456_789_012 + n * 1_003,
        signal: Signal::TERM,
        code: 0,
        sender: Some(party(1234 + n as u32 % 7, "bash")),
        target: party(5678 + n as u32 % 5, "myapp"),
        origin: Origin::User,
        call: Some(Call::Kill),
        scope: Scope::Process,
        result: SendResult::Queued,
        ignored: None,
        continued: false,
        detail: Detail::None,
        masks: Some(sigtop::event::Masks {
            blocked: [Signal::CHLD].into_iter().collect(),
            pending: [Signal::TERM].into_iter().collect(),
        }),
        generation: 1,
        sender_tty: sigtop::event::Tty::NONE,
    })
}

fn deliver(n: u64) -> Event {
    Event::Deliver(DeliverEvent {
        id: Some(1_000_000 + n),
        mono_ns: 8_123_456_789_012 + n * 1_003,
        signal: Signal::TERM,
        target: party(5678 + n as u32 % 5, "myapp"),
        disposition: Disposition::Handler,
        action: Action::None,
        latency_ns: Some(12_345),
    })
}

fn main() {
    for (name, make) in [("signal", signal as fn(u64) -> Event), ("deliver", deliver)] {
        let events: Vec<Event> = (0..EVENTS).map(make).collect();
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
