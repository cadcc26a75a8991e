//! Collects what the kernel counted instead of sending: records that did not fit, signals that the filter keeps.
//!
//! The kernel counts in one of two maps, `unsent_epoch` says in which. Once a second this side flips the epoch, and
//! empties the map that was flipped away a second ago: by then no program still counts in it. So nothing is lost
//! between reading and deleting.

use super::decode::{REST_ENTRIES, decode_recent, decode_rest, decode_unsent};
use super::skel::SigtopSkel;
use crate::event::{CountEvent, Event};
use libbpf_rs::{MapCore, MapFlags};
use std::sync::atomic::{AtomicU32, Ordering};

/// The three words that both sides write (`.bss.shared` of the object).
pub struct Flags<'a> {
    /// Set by the reader before it blocks.
    pub reader_asleep: &'a AtomicU32,
    /// Set by the kernel whenever it counts.
    pub unsent_any: &'a AtomicU32,
    /// Which map the kernel counts in.
    pub unsent_epoch: &'a AtomicU32,
}

/// Remembers what was collected.
pub struct Collector {
    epoch: u32,
    rest: Vec<u64>,
    /// Turns for which maps may still hold something.
    turns: u8,
    /// When the last two turns were: what is taken now was counted since the older one.
    taken_ns: [Option<u64>; 2],
}

impl Collector {
    /// Nothing collected yet.
    pub fn new() -> Collector {
        Collector { epoch: 0, rest: vec![0; 2 * REST_ENTRIES as usize], turns: 0, taken_ns: [None; 2] }
    }

    /// One turn: empties the map that is not counted in, then lets the kernel count in it.
    pub fn collect(&mut self, skel: &SigtopSkel<'_>, flags: &Flags<'_>, mono_ns: u64) -> Vec<Event> {
        if flags.unsent_any.swap(0, Ordering::Relaxed) != 0 {
            self.turns = 2;
        }
        let [since_ns, last_ns] = self.taken_ns;
        self.taken_ns = [last_ns, Some(mono_ns)];
        if self.turns == 0 {
            return Vec::new();
        }
        self.turns -= 1;
        let mut events = Vec::new();
        let maps = &skel.maps;
        let (recent, idle): (&dyn MapCore, &dyn MapCore) =
            if self.epoch & 1 == 0 { (&maps.recent_b, &maps.unsent_b) } else { (&maps.recent_a, &maps.unsent_a) };
        drain(recent, idle, mono_ns, &mut events);
        self.collect_rest(skel, mono_ns, &mut events);
        date(&mut events, since_ns);
        self.epoch = self.epoch.wrapping_add(1);
        flags.unsent_epoch.store(self.epoch, Ordering::Relaxed);
        events
    }

    /// After detaching: both maps, for nobody counts any more.
    pub fn collect_all(&mut self, skel: &SigtopSkel<'_>, mono_ns: u64) -> Vec<Event> {
        let mut events = Vec::new();
        drain(&skel.maps.recent_a, &skel.maps.unsent_a, mono_ns, &mut events);
        drain(&skel.maps.recent_b, &skel.maps.unsent_b, mono_ns, &mut events);
        self.collect_rest(skel, mono_ns, &mut events);
        date(&mut events, self.taken_ns[0]);
        events
    }

    fn collect_rest(&mut self, skel: &SigtopSkel<'_>, mono_ns: u64, events: &mut Vec<Event>) {
        for (index, before) in (0u32..).zip(self.rest.iter_mut()) {
            let values = skel.maps.unsent_rest.lookup_percpu(&index.to_ne_bytes(), MapFlags::ANY);
            let total = sum(values.ok().flatten());
            if total > *before {
                events.push(to_event(decode_rest(index, total - *before, mono_ns)));
                *before = total;
            }
        }
    }
}

/// Takes all counts out of a map, and of the recent ones before it, in which nobody counts now. A pair may be in both,
/// and in the recent ones of several processors.
fn drain(recent: &dyn MapCore, map: &dyn MapCore, mono_ns: u64, events: &mut Vec<Event>) {
    let first = 0u32.to_ne_bytes();
    let places = recent.lookup_percpu(&first, MapFlags::ANY).ok().flatten().unwrap_or_default();
    let counts = places.iter().flat_map(|bytes| decode_recent(bytes, mono_ns));
    events.extend(counts.map(to_event));
    let empty: Vec<Vec<u8>> = places.iter().map(|bytes| vec![0; bytes.len()]).collect();
    let _ = recent.update_percpu(&first, &empty, MapFlags::ANY); // the map takes what it gave

    let keys: Vec<Vec<u8>> = map.keys().collect();
    for key in keys {
        let count = sum(map.lookup_percpu(&key, MapFlags::ANY).ok().flatten());
        if let Ok(counted) = decode_unsent(&key, count, mono_ns) {
            events.push(to_event(counted));
        }
        let _ = map.delete(&key); // it was there a moment ago, and nobody else deletes
    }
}

/// Losses are told with when the time began in which they were.
fn date(events: &mut [Event], since_ns: Option<u64>) {
    for event in events {
        if let Event::Lost(lost) = event {
            lost.since_ns = since_ns;
        }
    }
}

fn to_event((lost, event): (bool, CountEvent)) -> Event {
    if lost { Event::Lost(event) } else { Event::Skipped(event) }
}

/// The sum over processors of a per-CPU value of 8 bytes.
fn sum(values: Option<Vec<Vec<u8>>>) -> u64 {
    let numbers = values.into_iter().flatten().filter_map(|v| Some(u64::from_ne_bytes(v.get(..8)?.try_into().ok()?)));
    numbers.sum()
}
