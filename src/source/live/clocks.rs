//! The monotonic clock, by which every event has its time, and how far the wall clock is ahead of it. That is looked up
//! once a second, for somebody may set it.

use rustix::time::{ClockId, clock_gettime};

/// So often both clocks are read.
const READINGS: usize = 4;

/// The monotonic clock, in nanoseconds.
pub fn mono_ns() -> u64 {
    read(ClockId::Monotonic) as u64
}

/// How far the wall clock is ahead of it, in nanoseconds.
pub fn offset_ns() -> i64 {
    quickest(read)
}

fn read(clock: ClockId) -> i64 {
    let now = clock_gettime(clock);
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// Of some readings the one that took least: who is held up between two clocks would take that for a clock that was set.
fn quickest(mut read: impl FnMut(ClockId) -> i64) -> i64 {
    let readings = [(); READINGS].map(|()| {
        let (before, real, after) = (read(ClockId::Monotonic), read(ClockId::Realtime), read(ClockId::Monotonic));
        (after - before, real - before)
    });
    readings.into_iter().min().map_or(0, |(_, offset)| offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn being_held_up_between_two_clocks_sets_none() {
        for held_up in 0..3 * READINGS - 1 {
            let (mut now, mut reads) = (1_000_000_i64, 0..);
            let offset = quickest(|clock| {
                now += if reads.next() == Some(held_up) { 50_000_000 } else { 20 };
                if clock == ClockId::Realtime { now + 7_000 } else { now }
            });
            assert_eq!(offset, 7_020, "held up before reading {held_up}");
        }
    }
}
