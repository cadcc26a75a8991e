//! What a source that no kernel helps does with a filter: what it does not show is kept back, counted by signal and
//! sender as the kernel counts it, and told once a second of the stream's own time.

use crate::event::{Event, FilterEvent};
use crate::filter::sieve::{Narrows, Sieve};
use crate::filter::{Filter, Placement, Wanted};
use crate::source::Batch;

/// How often kept back signals are told of, in nanoseconds.
const COUNT_NS: u64 = 1_000_000_000;

/// The filter in force on a stream that has everything.
pub struct Narrow {
    threads: bool,
    sieve: Sieve,
    /// That of the newest filter of the stream.
    generation: u32,
    /// A filter was set on the way: from here on signals are stamped with its number.
    is_set: bool,
    counted_ns: u64,
}

impl Narrow {
    /// Nothing but what `filter` shows of a stream that begins at `began_ns`, and threads only on request.
    pub fn new(filter: Filter, narrows: Narrows, threads: bool, began_ns: u64) -> Narrow {
        let sieve = Sieve::new(filter, narrows);
        Narrow { threads, sieve, generation: 0, is_set: false, counted_ns: began_ns }
    }

    /// The same, and what is wanted here of what is told only on request passes though the filter does not name it.
    pub fn requesting(self, wanted: &Wanted) -> Narrow {
        Narrow { sieve: self.sieve.requesting(wanted), ..self }
    }

    /// Puts in what the reader gets of this event: counts that are due, and the event if it passes.
    pub fn take(&mut self, mut event: Event, batch: &mut Batch) {
        if matches!(event, Event::File(_) | Event::Connect(_)) {
            // Most are for nobody: what is not told moves nothing.
            if self.sieve.pass_mut(&mut event) {
                batch.push(event);
            }
            return;
        }
        let now = event.mono_ns();
        if now >= self.counted_ns.saturating_add(COUNT_NS) {
            self.counted_ns = now;
            batch.extend(self.sieve.skipped(now));
        }
        match &mut event {
            Event::Signal(e) if self.is_set => e.generation = self.generation,
            Event::Filter(e) => self.generation = self.generation.max(e.generation),
            event if !self.threads && is_of_thread(event) => return,
            _ => {}
        }
        if self.sieve.pass_mut(&mut event) {
            batch.push(event);
        }
    }

    /// From now on this filter: what was kept back so far, then the change.
    pub fn set_filter(&mut self, filter: Filter, mono_ns: u64) -> Batch {
        let mut batch = self.count(mono_ns);
        (self.generation, self.is_set) = (self.generation.saturating_add(1), true);
        let text = filter.to_string();
        self.sieve.set(filter);
        batch.push(Event::Filter(Box::new(FilterEvent { mono_ns, generation: self.generation, text })));
        batch
    }

    /// What was kept back since it was last told.
    pub fn count(&mut self, mono_ns: u64) -> Batch {
        self.counted_ns = mono_ns;
        self.sieve.skipped(mono_ns)
    }
}

/// Whether it is of a thread's life, not of a process's.
pub fn is_of_thread(event: &Event) -> bool {
    match event {
        Event::Fork(e) => e.is_thread(),
        Event::Rename(e) => e.who.tid != e.who.key.pid,
        Event::Exit(e) => e.thread,
        _ => false,
    }
}

/// All terms are decided here: no kernel helps.
pub fn placement(filter: &Filter) -> Placement {
    let here = if filter.is_everything() { &[] } else { filter.0.parts() };
    Placement { kernel: Vec::new(), here: here.iter().map(ToString::to_string).collect() }
}
