//! A filter at work on a stream: what passes, and what is counted instead.
//!
//! The verdict is [`eval`](super::eval)'s; here is only what it needs beside the event: who the processes are, and
//! what was decided of the signal that a delivery belongs to. Nothing is allocated for an event that is no news of a
//! process. Bounded, whatever the stream.

use super::eval::View;
use super::{Census, Expr, Filter, Term};
use crate::event::{CountEvent, DeliverEvent, Event, Kind, SenderKey, SignalEvent};
use crate::signal::Signal;
use rustc_hash::FxHashMap;

/// For how many signals the verdict is remembered.
pub const VERDICTS: usize = 1 << 17;
/// The most (signal, sender) pairs that are counted apart between two calls of [`Sieve::skipped`].
pub const PAIRS_MAX: usize = 4096;

/// Which events a filter narrows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Narrows {
    /// All: what passes is what was asked for.
    All,
    /// Signals, what was tried in vain to send, and deliveries. Process events pass: whoever reads keeps the process tree.
    Signals,
}

/// The filter in force, and what must be remembered of the stream.
pub struct Sieve {
    filter: Filter,
    narrows: Narrows,
    census: Census,
    verdicts: Verdicts,
    skipped: FxHashMap<(Signal, SenderKey), u64>,
    /// Worked out of the filter.
    is_everything: bool,
    /// The filter asks for the kind of an event: then a delivery may pass where its signal does not.
    asks_kind: bool,
}

impl Sieve {
    /// At the beginning of a stream.
    pub fn new(filter: Filter, narrows: Narrows) -> Sieve {
        let mut sieve = Sieve {
            filter: Filter::EVERYTHING,
            narrows,
            census: Census::default(),
            verdicts: Verdicts::default(),
            skipped: FxHashMap::default(),
            is_everything: true,
            asks_kind: false,
        };
        sieve.set(filter);
        sieve
    }

    /// From here on another filter holds. Deliveries of signals that came before it still follow their signals.
    pub fn set(&mut self, filter: Filter) {
        self.is_everything = filter.is_everything();
        self.asks_kind = filter.0.any_term(&|term| matches!(term, Term::Kind(_)));
        let mut pids = Vec::new();
        filter.0.each_term(&mut |term| {
            if let Term::Tree(more) = term {
                pids.extend(more);
            }
        });
        self.census.remember(pids);
        self.filter = filter;
    }

    /// The filter in force.
    pub fn filter(&self) -> &Filter {
        &self.filter
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
            && !self.asks_kind
        {
            exit.cause = exit.cause.filter(|cause| self.verdicts.get(cause.id) != Some(false));
        }
        passes
    }

    /// The same, but for the causes of exits.
    pub fn pass(&mut self, event: &Event) -> bool {
        match event {
            Event::Signal(signal) => self.pass_signal(event, signal),
            Event::Attempt(_) => self.shows(event, Kind::Signal),
            Event::Deliver(deliver) => self.pass_delivery(event, deliver),
            _ => {
                self.census.apply(event);
                self.narrows == Narrows::Signals || self.shows(event, event.kind())
            }
        }
    }

    /// What did not pass of signals since the last call, counted: so totals stay exact. In a fixed order.
    pub fn skipped(&mut self, mono_ns: u64) -> Vec<Event> {
        let mut skipped: Vec<_> = self.skipped.drain().collect();
        skipped.sort_unstable();
        let count = |((signal, sender), count)| {
            let (signal, sender) = (Some(signal), Some(sender));
            Event::Skipped(CountEvent { mono_ns, kind: Some(Kind::Signal), count, signal, sender, result: None })
        };
        skipped.into_iter().map(count).collect()
    }

    fn shows(&self, event: &Event, kind: Kind) -> bool {
        self.is_everything
            || View::of(event).is_none_or(|view| View { kind, ..view }.shows(&self.filter.0, &self.census))
    }

    fn pass_signal(&mut self, event: &Event, signal: &SignalEvent) -> bool {
        if self.is_everything {
            self.verdicts.put(signal.id, true);
            return true;
        }
        let passes = self.shows(event, Kind::Signal);
        let delivery_passes = if self.asks_kind { self.shows(event, Kind::Deliver) } else { passes };
        self.verdicts.put(signal.id, delivery_passes);
        if !passes {
            self.count(signal.signal, signal.sender_key());
        }
        passes
    }

    fn pass_delivery(&self, event: &Event, deliver: &DeliverEvent) -> bool {
        let verdict = deliver.id.and_then(|id| self.verdicts.get(id));
        verdict.unwrap_or_else(|| self.shows(event, Kind::Deliver))
    }

    fn count(&mut self, signal: Signal, sender: SenderKey) {
        if let Some(count) = self.skipped.get_mut(&(signal, sender)) {
            *count += 1;
            return;
        }
        let sender = if self.skipped.len() < PAIRS_MAX { sender } else { SenderKey::Others };
        *self.skipped.entry((signal, sender)).or_default() += 1;
    }
}

impl Expr {
    /// Hands over every term.
    pub(crate) fn each_term<'a>(&'a self, to: &mut impl FnMut(&'a Term)) {
        match self {
            Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| part.each_term(to)),
            Expr::Not(part) => part.each_term(to),
            Expr::Term(term) => to(term),
        }
    }

    /// Whether a term is one of these.
    fn any_term(&self, is: &impl Fn(&Term) -> bool) -> bool {
        let mut found = false;
        self.each_term(&mut |term| found |= is(term));
        found
    }
}

/// Verdicts by id, for the newest [`VERDICTS`] ids.
#[derive(Default)]
pub(super) struct Verdicts {
    /// Two bits for each id: decided, and passed. Empty until the first is put in.
    words: Box<[u64]>,
    newest: u64,
}

impl Verdicts {
    const IN_WORD: u64 = 32;

    /// Where the bits of an id are: the word, and how far they are shifted.
    fn place(id: u64) -> (usize, u64) {
        let slot = id % VERDICTS as u64;
        ((slot / Self::IN_WORD) as usize, slot % Self::IN_WORD * 2)
    }

    pub(super) fn put(&mut self, id: u64, passed: bool) {
        if self.words.is_empty() {
            self.words = vec![0; VERDICTS / Self::IN_WORD as usize].into();
        }
        if id > self.newest {
            if id - self.newest >= VERDICTS as u64 {
                self.words.fill(0);
            } else {
                self.clear(self.newest + 1, id);
            }
            self.newest = id;
        } else if self.newest - id >= VERDICTS as u64 {
            return;
        }
        self.write(id, 0b01 | u64::from(passed) << 1);
    }

    /// Nothing is decided of the ids from `from` up to, but not, `to`.
    fn clear(&mut self, mut from: u64, to: u64) {
        while from < to {
            let (word, shift) = Self::place(from);
            if shift == 0 && to - from >= Self::IN_WORD {
                self.words.get_mut(word).into_iter().for_each(|word| *word = 0);
                from += Self::IN_WORD;
            } else {
                self.write(from, 0);
                from += 1;
            }
        }
    }

    fn write(&mut self, id: u64, bits: u64) {
        let (word, shift) = Self::place(id);
        if let Some(word) = self.words.get_mut(word) {
            *word = *word & !(0b11 << shift) | bits << shift;
        }
    }

    pub(super) fn get(&self, id: u64) -> Option<bool> {
        if id > self.newest || self.newest - id >= VERDICTS as u64 {
            return None;
        }
        let (word, shift) = Self::place(id);
        match self.words.get(word)? >> shift & 0b11 {
            0b01 => Some(false),
            0b11 => Some(true),
            _ => None,
        }
    }
}
