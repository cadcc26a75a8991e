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
    /// Nothing more comes.
    is_over: bool,
    /// The thread that takes out has ended.
    is_done: bool,
}

impl<T> Queue<T> {
    /// For so many.
    pub fn new(max: usize) -> Queue<T> {
        let state = State { items: VecDeque::new(), dropped: 0, is_over: false, is_done: false };
        Queue { state: Mutex::new(state), bell: Condvar::new(), max }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts it in, if there is room.
    pub fn push(&self, item: T) {
        let mut state = self.lock();
        if state.items.len() >= self.max {
            state.dropped += 1;
            return;
        }
        state.items.push_back(item);
        drop(state);
        self.bell.notify_all();
    }

    /// Puts it in whether there is room or not: for what is seldom.
    pub fn push_surely(&self, item: T) {
        self.lock().items.push_back(item);
        self.bell.notify_all();
    }

    /// The oldest; waits for it. Nothing: there will be nothing more.
    pub fn next(&self) -> Option<T> {
        let state = self.lock();
        let waits = |state: &mut State<T>| state.items.is_empty() && !state.is_over;
        self.bell.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner).items.pop_front()
    }

    /// The oldest, if it is there and is one of those.
    pub fn next_if(&self, is_one: impl FnOnce(&T) -> bool) -> Option<T> {
        let mut state = self.lock();
        let is_one = state.items.front().is_some_and(is_one);
        if is_one { state.items.pop_front() } else { None }
    }

    /// Waits so long, or until nothing more comes.
    pub fn pause(&self, at_most: Duration) {
        let state = self.lock();
        drop(self.bell.wait_timeout_while(state, at_most, |state| !state.is_over));
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// How many did not fit since this was last asked.
    pub fn dropped(&self) -> u64 {
        std::mem::take(&mut self.lock().dropped)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.lock().items.len()
    }

    /// Nothing more comes.
    pub fn end(&self) {
        self.lock().is_over = true;
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
        (1..=4).for_each(|n| queue.push(n));
        queue.push_surely(5);
        assert_eq!((queue.dropped(), queue.dropped(), queue.waiting()), (2, 0, 3));
        queue.end();
        assert_eq!(std::iter::from_fn(|| queue.next()).collect::<Vec<_>>(), [1, 2, 5]);
        assert!(!queue.is_done_by(Instant::now()));
        queue.done();
        assert!(queue.is_done_by(Instant::now()));
    }
}
