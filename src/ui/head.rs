//! The play head of a recording, as the screen is told of it: where it stands, how fast it moves, where deaths were; and
//! what may be wished of it.
//!
//! Plain values. Who reads the recording and knows the time of day is the main loop.

use crate::event::{End, Event, ExitEvent, ProcKey};

/// The play head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Where the recording begins, in nanoseconds of `CLOCK_MONOTONIC`, as all moments here.
    pub begin_ns: u64,
    /// Where it ends, if that is known.
    pub end_ns: Option<u64>,
    /// Where the head stands.
    pub at_ns: u64,
    /// What it does.
    pub state: State,
    /// How fast it moves when it does.
    pub speed: Speed,
    /// Where processes were killed, as far as was read.
    pub deaths: Deaths,
}

/// What the play head does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It moves as time does.
    Playing,
    /// It stands.
    Paused,
    /// It stands at the end.
    End,
    /// It goes elsewhere as fast as can be read: how far it is, in percent, if that can be known.
    Reading(Option<u8>),
}

/// How fast recorded time passes: a place in the list of speeds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Speed(usize);

/// Every speed: its name, and recorded time for each moment of ours.
const SPEEDS: [(&str, f64); 9] = [
    ("0.1x", 0.1),
    ("0.25x", 0.25),
    ("0.5x", 0.5),
    ("1x", 1.0),
    ("2x", 2.0),
    ("5x", 5.0),
    ("10x", 10.0),
    ("60x", 60.0),
    ("600x", 600.0),
];

impl Default for Speed {
    fn default() -> Speed {
        Speed::USUAL
    }
}

impl Speed {
    /// As it happened.
    pub const USUAL: Speed = Speed(3);

    /// As it is written: `0.5x`.
    pub const fn name(self) -> &'static str {
        SPEEDS[self.0].0
    }

    /// Recorded time for each moment of ours.
    pub const fn factor(self) -> f64 {
        SPEEDS[self.0].1
    }

    /// The next one, if there is one.
    #[must_use]
    pub fn turned(self, turn: Pace) -> Speed {
        match turn {
            Pace::Slower => Speed(self.0.saturating_sub(1)),
            Pace::Faster => Speed((self.0 + 1).min(SPEEDS.len() - 1)),
            Pace::Usual => Speed::USUAL,
        }
    }

    /// The speed of this name, with the `x` or without.
    ///
    /// # Errors
    /// Which there are.
    pub fn parse(text: &str) -> Result<Speed, String> {
        let name = text.trim().trim_end_matches(['x', 'X']);
        let known = SPEEDS.iter().position(|(speed, _)| speed.trim_end_matches('x') == name);
        let names = || SPEEDS.map(|(name, _)| name).join(", ");
        known.map(Speed).ok_or_else(|| format!("there are {}", names()))
    }
}

/// Another speed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// The next slower one.
    Slower,
    /// The next faster one.
    Faster,
    /// As it happened.
    Usual,
}

/// What may be wished of the play head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Play {
    /// Play, or pause; at the end, play again from the beginning.
    Toggle,
    /// To the next signal that is shown, or back to the one before.
    Step {
        /// The next.
        forward: bool,
    },
    /// To where the log has had so many rows.
    Rows(u64),
    /// To the next process that was killed, or to the one before.
    Death {
        /// The next.
        forward: bool,
    },
    /// Another speed.
    Speed(Pace),
    /// So many seconds on, or back.
    By(i64),
    /// To this moment.
    To(u64),
    /// To the beginning.
    Begin,
    /// To the end.
    End,
    /// Goes no further, where it is under way.
    Stop,
}

/// The process that was killed, if this event tells of one: by a signal, and the whole process.
pub fn killed(event: &Event) -> Option<ProcKey> {
    match event {
        Event::Exit(ExitEvent { who, thread: false, end: End::Signal { .. }, .. }) => Some(who.key),
        _ => None,
    }
}

/// Where processes were killed: rough, and of fixed size however many they are and however long it takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deaths {
    begin_ns: u64,
    /// How long one bit is: as long as is needed, doubled whenever time goes beyond the last.
    each_ns: u64,
    bits: [u64; WORDS],
}

const WORDS: usize = 16;
const BITS: u64 = 64 * WORDS as u64;

impl Deaths {
    /// None yet in what begins then.
    pub fn new(begin_ns: u64) -> Deaths {
        Deaths { begin_ns, each_ns: 1_000_000, bits: [0; WORDS] }
    }

    /// There was one then.
    pub fn put(&mut self, at_ns: u64) {
        let since = at_ns.saturating_sub(self.begin_ns);
        while since / self.each_ns >= BITS {
            self.halve();
        }
        self.set(since / self.each_ns);
    }

    /// Whether there was one from the first moment on and before the second.
    pub fn has(&self, from_ns: u64, to_ns: u64) -> bool {
        let (from, to) = (from_ns.saturating_sub(self.begin_ns), to_ns.saturating_sub(self.begin_ns));
        // A bit belongs to the cell that its beginning is in, so that a death is seen once.
        let (first, end) = (from.div_ceil(self.each_ns), to.div_ceil(self.each_ns).min(BITS));
        (first..end).any(|bit| self.bits[bit as usize / 64] & (1 << (bit % 64)) != 0)
    }

    fn set(&mut self, bit: u64) {
        self.bits[bit as usize / 64] |= 1 << (bit % 64);
    }

    fn halve(&mut self) {
        let before = std::mem::replace(&mut self.bits, [0; WORDS]);
        self.each_ns = self.each_ns.saturating_mul(2);
        (0..BITS).filter(|bit| before[*bit as usize / 64] & (1 << (bit % 64)) != 0).for_each(|bit| self.set(bit / 2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn speeds_are_named_and_end_somewhere() {
        let mut speed = Speed::USUAL;
        (0..20).for_each(|_| speed = speed.turned(Pace::Faster));
        assert_eq!((speed.name(), speed.factor()), ("600x", 600.0));
        (0..20).for_each(|_| speed = speed.turned(Pace::Slower));
        assert_eq!((speed.name(), speed.turned(Pace::Usual)), ("0.1x", Speed::USUAL));
        assert_eq!((Speed::parse("10"), Speed::parse("1x")), (Ok(Speed(6)), Ok(Speed::USUAL)));
        assert!(Speed::parse("3x").unwrap_err().contains("2x, 5x"));
    }

    proptest! {
        #[test]
        fn every_death_is_in_one_cell(times in proptest::collection::vec(0u64..1 << 50, 1..50), cells in 1u64..200) {
            const BEGIN: u64 = 12_345;
            let mut deaths = Deaths::new(BEGIN);
            times.iter().for_each(|time| deaths.put(BEGIN + time));
            let end = 1u64 << 50;
            let cell = |n: u64| BEGIN + n * (end / cells + 1);
            let marked = (0..cells).filter(|n| deaths.has(cell(*n), cell(n + 1))).count();
            prop_assert!((1..=times.len()).contains(&marked));
            // To the resolution of the marks, it stands where it was.
            let is_marked = |time: &u64| {
                let n = time / (end / cells + 1);
                (n.saturating_sub(1)..=n).any(|n| deaths.has(cell(n), cell(n + 1)))
            };
            prop_assert!(times.iter().all(is_marked));
        }
    }
}
