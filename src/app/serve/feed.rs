//! From the capture to one output that has a thread of its own: a bounded queue that never makes the capture wait.
//!
//! What does not fit is lost to that output, and told there. The life of processes is held back instead, within a bound,
//! and handed in when there is room, so that the output still knows everyone.

use super::counts::{Counts, is_bulk};
use crate::source::Batch;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// How many batches may wait.
pub const QUEUED: usize = 64;

/// The most events that are held back.
const HELD_MAX: usize = 1 << 16;

/// The capture's end of the queue.
pub struct Feed {
    to: mpsc::Sender<Arc<Batch>>,
    held: Batch,
    lost: Counts,
}

impl Feed {
    /// A queue, and the output's end of it.
    pub fn new() -> (Feed, mpsc::Receiver<Arc<Batch>>) {
        let (to, from) = mpsc::channel(QUEUED);
        (Feed { to, held: Vec::new(), lost: Counts::default() }, from)
    }

    /// Hands in a batch, or holds back what must not be lost of it. How many events were lost.
    pub fn offer(&mut self, batch: &Arc<Batch>) -> u64 {
        self.flush(batch.first().map_or(0, |event| event.mono_ns()));
        if self.has_all() && self.to.try_send(batch.clone()).is_ok() {
            return 0;
        }
        let before = self.lost.total();
        for event in batch.iter() {
            if is_bulk(event) || self.held.len() >= HELD_MAX {
                self.lost.add(event);
            } else {
                self.held.push(event.clone());
            }
        }
        self.lost.total() - before
    }

    /// Hands in what was held back, if there is room by now.
    pub fn flush(&mut self, mono_ns: u64) {
        if self.has_all() || self.to.capacity() == 0 {
            return;
        }
        let mono_ns = self.held.last().map_or(mono_ns, |event| event.mono_ns());
        let mut batch = std::mem::take(&mut self.held);
        batch.extend(self.lost.take(mono_ns));
        if let Err(TrySendError::Full(batch)) = self.to.try_send(Arc::new(batch)) {
            self.held = Arc::unwrap_or_clone(batch); // with what is lost, which is told of as it stands there
        }
    }

    fn has_all(&self) -> bool {
        self.held.is_empty() && self.lost.is_empty()
    }

    /// Waits for room, where the origin can wait; false where nobody reads any more.
    pub async fn is_ready(&self) -> bool {
        self.to.reserve().await.is_ok()
    }

    /// Whether the output has ended.
    pub fn is_closed(&self) -> bool {
        self.to.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ClockEvent, Event, Kind};
    use crate::source::synth::Synth;

    fn bulk(n: usize) -> Batch {
        Synth::new(1).filter(is_bulk).take(n).collect()
    }

    #[test]
    fn what_does_not_fit_is_told_and_lives_are_held() {
        let (mut feed, mut from) = Feed::new();
        for _ in 0..QUEUED {
            assert_eq!(feed.offer(&Arc::new(bulk(1))), 0);
        }
        let life = Event::Clock(ClockEvent { mono_ns: 7, offset_ns: 1 });
        let mut batch = bulk(5);
        batch.push(life.clone());
        assert_eq!(feed.offer(&Arc::new(batch)), 5);
        assert_eq!(feed.offer(&Arc::new(bulk(2))), 2);
        while from.try_recv().is_ok() {}
        let last = Arc::new(bulk(1));
        assert_eq!(feed.offer(&last), 0);
        let told = from.try_recv().unwrap();
        assert_eq!(told.first(), Some(&life));
        let count = |kind| {
            told.iter()
                .map(|e| {
                    if let Event::Lost(l) = e
                        && l.kind == Some(kind)
                    {
                        l.count
                    } else {
                        0
                    }
                })
                .sum::<u64>()
        };
        assert_eq!(count(Kind::Signal) + count(Kind::Deliver), 7);
        assert_eq!(from.try_recv().unwrap(), last);
    }

    #[test]
    fn what_is_held_is_bounded() {
        let (mut feed, _from) = Feed::new();
        let lives: Arc<Batch> =
            Arc::new((0..1000).map(|n| Event::Clock(ClockEvent { mono_ns: n, offset_ns: 1 })).collect());
        for _ in 0..QUEUED + 100 {
            feed.offer(&lives);
        }
        assert_eq!(feed.held.len(), HELD_MAX);
        assert_eq!(feed.lost.total() as usize, 100_000 - HELD_MAX);
    }
}
