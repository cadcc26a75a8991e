//! From the capture to one output that has a thread of its own: a bounded queue that never makes the capture wait.
//!
//! What does not fit is a gap of that output, told there as the recorder tells its own: what was lost, who died, and
//! who is alive once there is room again.

use crate::sink::gap::Gap;
use crate::sink::roster::Roster;
use crate::source::Batch;
use std::sync::Arc;
use tokio::sync::mpsc;

/// How many batches may wait.
pub const QUEUED: usize = 64;

/// The capture's end of the queue.
pub struct Outlet {
    to: mpsc::Sender<Arc<Batch>>,
    gap: Option<Gap>,
    /// Who is alive, for what a gap ends with.
    roster: Roster,
}

impl Outlet {
    /// A queue, and the output's end of it.
    pub fn new() -> (Outlet, mpsc::Receiver<Arc<Batch>>) {
        let (to, from) = mpsc::channel(QUEUED);
        (Outlet { to, gap: None, roster: Roster::default() }, from)
    }

    /// Hands in a batch, if there is room. How many events were lost.
    pub fn offer(&mut self, batch: &Arc<Batch>) -> u64 {
        let Some(first) = batch.first() else { return 0 };
        self.flush();
        let is_taken = self.gap.is_none() && self.to.try_send(batch.clone()).is_ok();
        let mut lost = 0;
        if !is_taken {
            let gap = self.gap.get_or_insert_with(|| Gap::new(first.mono_ns()));
            let before = gap.total();
            batch.iter().for_each(|event| gap.lose(event));
            lost = gap.total() - before;
        }
        batch.iter().for_each(|event| self.roster.apply(event));
        lost
    }

    /// Tells of a gap, if half of the room is free again.
    pub fn flush(&mut self) {
        if self.to.capacity() >= QUEUED / 2
            && let Some(gap) = self.gap.take()
        {
            let _ = self.to.try_send(Arc::new(gap.end(&self.roster))); // there is room, or nobody who reads
        }
    }

    /// Waits for room, where the origin can wait; false where nobody reads any more.
    pub async fn is_ready(&self) -> bool {
        self.to.reserve().await.is_ok()
    }

    /// The end of the queue: what is still to be told is, where the output takes it.
    pub async fn end(mut self) {
        if let Some(gap) = self.gap.take() {
            let _ = self.to.send(Arc::new(gap.end(&self.roster))).await; // an output that has failed takes nothing
        }
    }

    /// Whether the output has ended.
    pub fn is_closed(&self) -> bool {
        self.to.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Kind};
    use crate::model::tests::{exit, key, seen};
    use crate::source::synth::Synth;

    fn bulk(n: usize) -> Batch {
        Synth::new(1).filter(|event| event.kind() == Kind::Signal).take(n).collect()
    }

    fn full() -> (Outlet, mpsc::Receiver<Arc<Batch>>) {
        let (mut outlet, from) = Outlet::new();
        outlet.offer(&Arc::new(vec![
            Event::Seen(Box::new(seen(key(7, 1), None, 1))),
            Event::Seen(Box::new(seen(key(8, 1), None, 1))),
        ]));
        (1..QUEUED).for_each(|_| assert_eq!(outlet.offer(&Arc::new(bulk(1))), 0));
        (outlet, from)
    }

    #[test]
    fn a_gap_tells_what_was_lost_who_died_and_who_is_alive() {
        let (mut outlet, mut from) = full();
        let death = Event::Exit(exit(key(7, 1), 50));
        let mut batch = bulk(5);
        batch.push(death.clone());
        assert_eq!(outlet.offer(&Arc::new(batch)), 5);
        assert_eq!(outlet.offer(&Arc::new(bulk(2))), 2);
        while from.try_recv().is_ok() {}
        let last = Arc::new(bulk(1));
        assert_eq!(outlet.offer(&last), 0);
        let told = from.try_recv().unwrap();
        assert!(told.contains(&death));
        let lost = told.iter().map(|event| if let Event::Lost(lost) = event { lost.count } else { 0 });
        assert_eq!(lost.sum::<u64>(), 7);
        let alive: Vec<_> =
            told.iter().filter_map(|event| if let Event::Seen(e) = event { Some(e.who.key) } else { None }).collect();
        assert_eq!(alive, [key(8, 1)]);
        assert_eq!(from.try_recv().unwrap(), last);
    }

    /// A full queue at the end is waited for, and its gap still told.
    #[tokio::test]
    async fn the_last_gap_is_told_too() {
        let (mut outlet, mut from) = full();
        assert_eq!(outlet.offer(&Arc::new(bulk(3))), 3);
        let reading = async {
            let mut last = None;
            while let Some(batch) = from.recv().await {
                last = Some(batch);
            }
            last.unwrap()
        };
        let ((), last) = tokio::join!(outlet.end(), reading);
        assert!(matches!(last.first(), Some(Event::Lost(_))), "{last:?}");
    }
}
