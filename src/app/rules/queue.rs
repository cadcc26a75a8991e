//! A bounded queue before a thread that may be slow. Who puts in never waits: what does not fit is dropped and counted,
//! the newest first, for of many alerts the first say most.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The queue. One side puts in, the other, which is one thread, takes out.
pub struct Queue<T> {
    state: Mutex<State<T>>,
    bell: Condvar,
    max: usize,
}

struct State<T> {
    items: VecDeque<T>,
    /// What did not fit since that was last asked.
    dropped: u64,
    /// Something did not fit since the gap before was closed.
    has_gap: bool,
    /// Nothing more comes; until then there is time for what waits.
    over: Option<Instant>,
    /// The thread that takes out has ended.
    is_done: bool,
}

/// What became of a pause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pause {
    /// It is over.
    Passed,
    /// Nothing more came, and there was no time for the rest of it.
    CutShort,
    /// There was no time for it from the beginning.
    TooLong,
}

impl<T> Queue<T> {
    /// For so many.
    pub fn new(max: usize) -> Queue<T> {
        let state = State { items: VecDeque::new(), dropped: 0, has_gap: false, over: None, is_done: false };
        Queue { state: Mutex::new(state), bell: Condvar::new(), max }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts it in, if there is room. Whether a gap begins with it.
    pub fn push(&self, item: T) -> bool {
        let mut state = self.lock();
        if state.items.len() >= self.max {
            state.dropped += 1;
            return !std::mem::replace(&mut state.has_gap, true);
        }
        state.items.push_back(item);
        drop(state);
        self.bell.notify_all();
        false
    }

    /// What does not fit from here on is another gap.
    pub fn close_gap(&self) {
        self.lock().has_gap = false;
    }

    /// Puts it in whether there is room or not: for what is seldom.
    pub fn push_surely(&self, item: T) {
        self.lock().items.push_back(item);
        self.bell.notify_all();
    }

    /// The oldest; waits for it. Nothing: there will be nothing more.
    pub fn next(&self) -> Option<T> {
        let state = self.lock();
        let waits = |state: &mut State<T>| state.items.is_empty() && state.over.is_none();
        self.bell.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner).items.pop_front()
    }

    /// The oldest, if it is there and is one of those.
    pub fn next_if(&self, is_one: impl FnOnce(&T) -> bool) -> Option<T> {
        let mut state = self.lock();
        let is_one = state.items.front().is_some_and(is_one);
        if is_one { state.items.pop_front() } else { None }
    }

    /// Waits so long, if there is time for it.
    pub fn pause(&self, time: Duration) -> Pause {
        let (mut state, end) = (self.lock(), Instant::now() + time);
        let has_time = |state: &mut State<T>| state.over.is_none_or(|until| end <= until);
        if !has_time(&mut state) {
            return Pause::TooLong;
        }
        let waited = self.bell.wait_timeout_while(state, time, has_time).unwrap_or_else(PoisonError::into_inner);
        if waited.1.timed_out() { Pause::Passed } else { Pause::CutShort }
    }

    /// How many did not fit since this was last asked.
    pub fn dropped(&self) -> u64 {
        std::mem::take(&mut self.lock().dropped)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.lock().items.len()
    }

    /// Nothing more comes; until then there is time for what waits.
    pub fn end(&self, until: Instant) {
        self.lock().over = Some(until);
        self.bell.notify_all();
    }

    /// The thread that takes out says that it has ended.
    pub fn done(&self) {
        self.lock().is_done = true;
        self.bell.notify_all();
    }

    /// Whether it has, by then.
    pub fn is_done_by(&self, until: Instant) -> bool {
        let (state, at_most) = (self.lock(), until.saturating_duration_since(Instant::now()));
        let waited = self.bell.wait_timeout_while(state, at_most, |state| !state.is_done);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_the_newest_and_is_counted() {
        let queue = Queue::new(2);
        assert_eq!([1, 2, 3, 4].map(|n| queue.push(n)), [false, false, true, false]);
        queue.push_surely(5);
        assert_eq!((queue.dropped(), queue.dropped(), queue.waiting()), (2, 0, 3));
        queue.end(Instant::now());
        assert_eq!(std::iter::from_fn(|| queue.next()).collect::<Vec<_>>(), [1, 2, 5]);
        assert!(!queue.is_done_by(Instant::now()));
        queue.done();
        assert!(queue.is_done_by(Instant::now()));
    }

    #[test]
    fn a_gap_begins_once_until_it_is_closed() {
        let queue = Queue::new(1);
        assert_eq!([1, 2, 3].map(|n| queue.push(n)), [false, true, false]);
        assert_eq!((queue.dropped(), queue.push(4)), (2, false), "who counts does not close it");
        queue.close_gap();
        assert_eq!([5, 6].map(|n| queue.push(n)), [true, false]);
    }

    /// No test waits for these times.
    #[test]
    fn at_the_end_a_pause_has_no_longer_than_there_is() {
        let (hour, queue) = (Duration::from_secs(3600), Queue::<u8>::new(1));
        assert_eq!(queue.pause(Duration::ZERO), Pause::Passed);
        std::thread::scope(|scope| {
            let pause = scope.spawn(|| queue.pause(hour));
            queue.end(Instant::now() + hour / 2);
            assert_ne!(pause.join().unwrap(), Pause::Passed);
        });
        assert_eq!((queue.pause(hour), queue.pause(Duration::ZERO)), (Pause::TooLong, Pause::Passed));
    }
}
