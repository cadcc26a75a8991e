//! Which filter holds from which record on, as the reading side knows it.
//!
//! The control side says each change twice on one channel: before the kernel may obey it, and once it does. So a
//! record of a new filter finds that filter announced, and a filter that no record passes is told all the same.

use crate::signal::SignalSet;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, TryRecvError};

/// A filter, and its number: each record has the number of the filter that it passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Rises by one with each change.
    pub generation: u32,
    /// The signals that are sent one by one.
    pub signals: SignalSet,
    /// As it would be typed; empty: everything.
    pub text: String,
}

/// What the control side says. That nobody is left to say anything means: end.
#[derive(Debug)]
pub enum Word {
    /// It will hold.
    Expect(Filter),
    /// The kernel obeys the one with this number.
    InForce(u32),
    /// The kernel would not have the one with this number: it was never expected.
    Refused(u32),
}

/// What was said and not yet told in the stream.
#[derive(Debug)]
pub struct Filters {
    words: Receiver<Word>,
    expected: VecDeque<Filter>,
    in_force: u32,
    ended: bool,
}

impl Filters {
    /// Nothing said yet: generation 0 holds.
    pub fn new(words: Receiver<Word>) -> Filters {
        Filters { words, expected: VecDeque::new(), in_force: 0, ended: false }
    }

    /// Hears everything said so far.
    pub fn listen(&mut self) {
        loop {
            match self.words.try_recv() {
                Ok(Word::Expect(filter)) => self.expected.push_back(filter),
                Ok(Word::InForce(generation)) => self.in_force = generation,
                Ok(Word::Refused(generation)) => self.expected.retain(|filter| filter.generation != generation),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.ended = true;
                    return;
                }
            }
        }
    }

    /// Whether the control side is gone.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The newest that the kernel is known to obey.
    pub fn in_force(&self) -> u32 {
        self.in_force
    }

    /// Whether there is one to tell, of those up to `generation`.
    pub fn is_due(&self, generation: u32) -> bool {
        self.expected.front().is_some_and(|filter| filter.generation <= generation)
    }

    /// The next to tell, of those up to `generation`.
    pub fn next(&mut self, generation: u32) -> Option<Filter> {
        if self.is_due(generation) { self.expected.pop_front() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    fn filter(generation: u32) -> Filter {
        Filter { generation, signals: SignalSet::EMPTY, text: generation.to_string() }
    }

    #[test]
    fn each_is_told_once_and_in_order() {
        let (sender, words) = channel();
        let mut filters = Filters::new(words);
        for generation in 1..=3 {
            sender.send(Word::Expect(filter(generation))).unwrap();
        }
        sender.send(Word::InForce(2)).unwrap();
        filters.listen();
        assert_eq!(filters.in_force(), 2);
        assert_eq!(filters.next(2), Some(filter(1)));
        assert_eq!(filters.next(2), Some(filter(2)));
        assert_eq!(filters.next(2), None);
        assert_eq!(filters.next(3), Some(filter(3)));
        assert!(!filters.ended());
    }

    #[test]
    fn one_that_was_refused_is_never_told() {
        let (sender, words) = channel();
        let mut filters = Filters::new(words);
        for word in [Word::Expect(filter(1)), Word::Refused(1), Word::Expect(filter(1)), Word::InForce(1)] {
            sender.send(word).unwrap();
        }
        drop(sender);
        filters.listen();
        assert_eq!(filters.next(1), Some(filter(1)));
        assert_eq!(filters.next(1), None);
        assert!(filters.ended());
    }
}
