//! A filter on a stream that has one reader: a [`Judge`], and the [`Census`] that tells it who the processes are.

use super::{Census, Filter, Judge, Wanted};
use crate::event::Event;

pub use super::judge::Narrows;

/// The filter in force, and what must be remembered of the stream.
pub struct Sieve {
    census: Census,
    judge: Judge,
}

impl Sieve {
    /// At the beginning of a stream.
    pub fn new(filter: Filter, narrows: Narrows) -> Sieve {
        let mut sieve = Sieve { census: Census::default(), judge: Judge::new(Filter::EVERYTHING, narrows) };
        sieve.set(filter);
        sieve
    }

    /// The same, and what is wanted here of what is told only on request passes though the filter does not name it.
    pub fn requesting(self, wanted: &Wanted) -> Sieve {
        Sieve { judge: self.judge.requesting(wanted), ..self }
    }

    /// From here on this is what is wanted beside the filter of what is told only on request.
    pub fn request(&mut self, wanted: &Wanted) {
        self.judge.request(wanted);
    }

    /// From here on another filter holds. Deliveries of signals that came before it still follow their signals.
    pub fn set(&mut self, filter: Filter) {
        self.judge.set(filter);
        self.census.remember(self.judge.pids());
    }

    /// The filter in force.
    pub fn filter(&self) -> &Filter {
        self.judge.filter()
    }

    /// The processes of the stream.
    pub fn census(&self) -> &Census {
        &self.census
    }

    /// Takes in the event, and says whether it passes. Every event of the stream goes through here, in order. From an
    /// exit the cause is taken that did not pass: as if the kernel had kept it back.
    pub fn pass_mut(&mut self, event: &mut Event) -> bool {
        let passes = self.pass(event);
        if let Event::Exit(exit) = event
            && self.judge.hides_cause(exit)
        {
            exit.cause = None;
        }
        passes
    }

    /// The same, but for the causes of exits.
    pub fn pass(&mut self, event: &Event) -> bool {
        self.census.apply(event);
        self.judge.pass(event, &self.census)
    }

    /// What did not pass of signals since the last call, counted: so totals stay exact. In a fixed order.
    pub fn skipped(&mut self, mono_ns: u64) -> Vec<Event> {
        self.judge.skipped(mono_ns)
    }
}
