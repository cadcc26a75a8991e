//! How many in each second of the last minute: exactly for the few signals, roughly for the many senders.
//!
//! Seconds are those of event time, and the caller says which one is now: the newest that is shown is the last whole
//! one. What comes later than a minute is in no second.

const SECOND: u64 = 1_000_000_000;

/// How many seconds a sparkline shows.
pub const SPARK_SECONDS: usize = 60;

/// The second before the one that `now_ns` is in: the last whole one.
fn last_whole_second(now_ns: u64) -> Option<u64> {
    (now_ns / SECOND).checked_sub(1)
}

/// The last 60 whole seconds, the newest last, each as `at` says.
fn spark(now_ns: u64, at: impl Fn(u64) -> u32) -> [u32; SPARK_SECONDS] {
    let mut out = [0; SPARK_SECONDS];
    for (ago, cell) in out.iter_mut().rev().enumerate() {
        *cell = (now_ns / SECOND).checked_sub(1 + ago as u64).map_or(0, &at);
    }
    out
}

fn add(cell: &mut u32, count: u64) {
    *cell = cell.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
}

/// A cell for each of the last 64 seconds.
#[derive(Clone, Debug)]
struct Ring<C> {
    newest: u64,
    cells: [C; LEN],
}

const LEN: usize = 64;

impl<C: Copy> Ring<C> {
    /// The cell of a second, which may be newer than all before; none if it is too old.
    fn cell(&mut self, second: u64, empty: C) -> Option<&mut C> {
        if second > self.newest {
            let gone = (second - self.newest).min(LEN as u64);
            (second - gone + 1..=second).for_each(|s| self.cells[s as usize % LEN] = empty);
            self.newest = second;
        }
        (self.newest - second < LEN as u64).then(|| &mut self.cells[second as usize % LEN])
    }

    fn at(&self, second: u64) -> Option<C> {
        let ago = self.newest.checked_sub(second)?;
        (ago < LEN as u64).then(|| self.cells[second as usize % LEN])
    }
}

/// Every second exactly.
#[derive(Clone, Debug)]
pub(super) struct Minute(Ring<u32>);

impl Minute {
    pub(super) const NONE: Minute = Minute(Ring { newest: 0, cells: [0; LEN] });

    pub(super) fn add(&mut self, mono_ns: u64, count: u64) {
        if let Some(cell) = self.0.cell(mono_ns / SECOND, 0) {
            add(cell, count);
        }
    }

    fn at(&self, second: u64) -> u32 {
        self.0.at(second).unwrap_or(0)
    }

    /// How many in the last whole second.
    pub(super) fn rate(&self, now_ns: u64) -> f64 {
        last_whole_second(now_ns).map_or(0.0, |s| f64::from(self.at(s)))
    }

    pub(super) fn spark(&self, now_ns: u64) -> [u32; SPARK_SECONDS] {
        spark(now_ns, |second| self.at(second))
    }
}

/// A number as it takes two bytes: the upper half of a float, right to a 256th.
#[derive(Clone, Copy, Debug)]
struct Rough(u16);

impl Rough {
    const NONE: Rough = Rough(0);

    fn of(number: u32) -> Rough {
        Rough(((number as f32).to_bits() >> 16) as u16)
    }

    fn number(self) -> u32 {
        f32::from_bits(u32::from(self.0) << 16) as u32
    }
}

/// The last two seconds in which something came exactly, those before roughly. For one of ten thousand senders, of
/// which most send once in their lives: seconds before those two take memory only where there are any.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    second: u64,
    in_second: u32,
    in_second_before: u32,
    past: Option<Box<Ring<Rough>>>,
}

impl Pace {
    pub(super) fn add(&mut self, mono_ns: u64, count: u64) {
        let second = mono_ns / SECOND;
        if second > self.second {
            self.turn(second);
        }
        match self.second - second {
            0 => add(&mut self.in_second, count),
            1 => add(&mut self.in_second_before, count),
            _ => {}
        }
    }

    /// Another second has begun.
    fn turn(&mut self, second: u64) {
        self.remember(self.second.saturating_sub(1), self.in_second_before, second);
        self.in_second_before = if second == self.second + 1 {
            self.in_second
        } else {
            self.remember(self.second, self.in_second, second);
            0
        };
        (self.second, self.in_second) = (second, 0);
    }

    fn remember(&mut self, second: u64, count: u32, now: u64) {
        if count == 0 || now - second >= LEN as u64 {
            return;
        }
        let past = self.past.get_or_insert_with(|| Box::new(Ring { newest: second, cells: [Rough::NONE; LEN] }));
        if let Some(cell) = past.cell(second, Rough::NONE) {
            *cell = Rough::of(count);
        }
    }

    fn at(&self, second: u64) -> u32 {
        match self.second.checked_sub(second) {
            Some(0) => self.in_second,
            Some(1) => self.in_second_before,
            Some(_) => self.past.as_ref().and_then(|past| past.at(second)).map_or(0, Rough::number),
            None => 0,
        }
    }

    /// How many in the last whole second.
    pub(super) fn rate(&self, now_ns: u64) -> f64 {
        last_whole_second(now_ns).map_or(0.0, |s| f64::from(self.at(s)))
    }

    pub(super) fn spark(&self, now_ns: u64) -> [u32; SPARK_SECONDS] {
        spark(now_ns, |second| self.at(second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_sender_is_small_until_it_has_a_past() {
        assert_eq!(size_of::<Pace>(), 24);
        assert!(size_of::<Ring<Rough>>() <= 136);
        let mut pace = Pace::default();
        for second in [4, 5, 500, 501] {
            pace.add(second * SECOND, 3);
            assert!(pace.past.is_none(), "nothing of the last minute is older than the two seconds, at {second}");
        }
        pace.add(502 * SECOND, 3);
        assert!(pace.past.is_some());
    }

    #[test]
    fn rough_numbers_are_right_to_a_256th() {
        assert!((0..=256).all(|n| Rough::of(n).number() == n));
        for n in [1000, 65_537, 500_123, u32::MAX] {
            let rough = Rough::of(n).number();
            assert!(n.abs_diff(rough) <= n / 128, "{n} as {rough}");
        }
    }

    proptest! {
        #[test]
        fn a_minute_is_what_was_counted_in_each_second(adds in proptest::collection::vec((0u64..200, 1u64..9), 0..60)) {
            let mut minute = Minute::NONE;
            let mut plain: BTreeMap<u64, u32> = BTreeMap::new();
            let mut newest = 0;
            for (second, count) in adds {
                newest = second.max(newest);
                minute.add(second * SECOND + 5, count);
                // What comes later than a minute is in no second.
                if newest - second < LEN as u64 {
                    *plain.entry(second).or_default() += count as u32;
                }
            }
            for (ago, cell) in minute.spark((newest + 1) * SECOND).iter().rev().enumerate() {
                let second = newest.checked_sub(ago as u64);
                prop_assert_eq!(*cell, second.and_then(|s| plain.get(&s).copied()).unwrap_or(0));
            }
        }

        #[test]
        fn a_pace_is_a_minute(steps in proptest::collection::vec((0u64..5, any::<bool>(), 1u64..99), 0..90), ahead in 0u64..3) {
            let (mut minute, mut pace, mut newest) = (Minute::NONE, Pace::default(), 1);
            for (step, late, count) in steps {
                newest += step * step * step;
                let second = newest - u64::from(late);
                minute.add(second * SECOND, count);
                pace.add(second * SECOND, count);
            }
            let now = (newest + ahead) * SECOND;
            let most = minute.spark(now).into_iter().max().unwrap_or(0);
            for (exact, rough) in minute.spark(now).into_iter().zip(pace.spark(now)) {
                prop_assert!(exact.abs_diff(rough) <= most / 128, "{exact} is not {rough}");
            }
            prop_assert_eq!(minute.rate(now), pace.rate(now));
        }
    }
}
