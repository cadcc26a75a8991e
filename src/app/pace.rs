//! When the next picture is due: what a key changes is seen at once, what the stream changes soon, and never are there
//! more than [`FRAMES`] pictures in a second.
//!
//! Reads no clock: moments are handed in.

use std::time::Duration;
use tokio::time::Instant;

/// The most pictures in any second.
pub const FRAMES: usize = 30;

/// What the stream changed is drawn so long after the picture before: a few pictures a second are left for keys.
const APART: Duration = Duration::from_millis(40);

/// When pictures were drawn, and when the next one is due.
pub struct Pace {
    /// The last of them, in a ring.
    drawn: [Option<Instant>; FRAMES],
    next: usize,
    due: Option<Instant>,
}

impl Pace {
    /// Nothing was drawn yet, and nothing is due.
    pub fn new() -> Pace {
        Pace { drawn: [None; FRAMES], next: 0, due: None }
    }

    /// When the next picture is due, if one is.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Something changed that nobody waits for.
    pub fn soon(&mut self, now: Instant) {
        let last = self.drawn[(self.next + FRAMES - 1) % FRAMES];
        self.by(last.map_or(now, |last| last + APART).max(now));
    }

    /// Somebody waits for what changed.
    pub fn at_once(&mut self, now: Instant) {
        self.by(now);
    }

    /// By then, or as soon as there may be another picture in this second.
    fn by(&mut self, moment: Instant) {
        let second_over = self.drawn[self.next].map(|oldest| oldest + Duration::from_secs(1));
        let moment = second_over.map_or(moment, |over| moment.max(over));
        self.due = Some(self.due.map_or(moment, |due| due.min(moment)));
    }

    /// A picture was drawn: all that changed before is in it.
    pub fn drawn(&mut self, now: Instant) {
        self.drawn[self.next] = Some(now);
        self.next = (self.next + 1) % FRAMES;
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_answered_at_once_and_the_stream_waits() {
        let (mut pace, start) = (Pace::new(), Instant::now());
        assert_eq!(pace.due(), None);
        pace.soon(start);
        assert_eq!(pace.due(), Some(start), "the first picture");
        pace.drawn(start);
        let later = start + Duration::from_millis(1);
        pace.soon(later);
        assert_eq!(pace.due(), Some(start + APART));
        pace.at_once(later);
        assert_eq!(pace.due(), Some(later));
        pace.soon(later);
        assert_eq!(pace.due(), Some(later), "what is due does not become later");
    }

    proptest! {
        #[test]
        fn there_are_never_more_pictures_in_a_second(wishes in proptest::collection::vec((0u64..60, any::<bool>()), 1..400)) {
            let (mut pace, mut now) = (Pace::new(), Instant::now());
            let mut drawn: Vec<Instant> = Vec::new();
            for (millis, is_key) in wishes {
                let then = now + Duration::from_millis(millis);
                while let Some(due) = pace.due().filter(|due| *due <= then) {
                    now = due.max(now);
                    pace.drawn(now);
                    drawn.push(now);
                }
                now = then;
                if is_key { pace.at_once(now) } else { pace.soon(now) }
                prop_assert!(pace.due().is_some());
            }
            let second = Duration::from_secs(1);
            prop_assert!(drawn.windows(FRAMES + 1).all(|few| few[FRAMES] - few[0] >= second));
        }
    }
}
