//! A filter at work: what passes, and what is counted instead.
//!
//! The verdict is [`eval`](super::eval)'s; here is only what it needs beside the event: what was decided of the signal
//! that a delivery belongs to. Who the processes are it is told by a [`Census`], which many judges of one stream may
//! share. Nothing is allocated for an event. Bounded, whatever the stream.

use super::eval::View;
use super::wanted::{self, ON_REQUEST};
use super::{Census, Expr, Filter, Term, Want, Wanted};
use crate::event::{CountEvent, DeliverEvent, Event, ExitEvent, Kind, SenderKey, SignalEvent};
use crate::signal::Signal;
use rustc_hash::FxHashMap;

/// For how many signals the verdict is remembered.
pub const VERDICTS: usize = 1 << 17;
/// The most (signal, sender) pairs that are counted apart between two calls of [`Judge::skipped`].
pub const PAIRS_MAX: usize = 4096;

/// Which events a filter narrows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Narrows {
    /// All: what passes is what was asked for.
    All,
    /// Signals, what was tried in vain to send, and deliveries. Process events pass: whoever reads keeps the process tree.
    Signals,
}

/// The filter in force, and what must be remembered of signals.
#[derive(Clone)]
pub struct Judge {
    filter: Filter,
    narrows: Narrows,
    verdicts: Verdicts,
    skipped: FxHashMap<(Signal, SenderKey), u64>,
    /// Worked out of the filter.
    is_everything: bool,
    /// Kinds that are told only on request and that were asked for: by the filter's own words, and beside it.
    named: Vec<Kind>,
    requested: Vec<Kind>,
    /// The filter asks for the kind of an event: then a delivery may pass where its signal does not.
    asks_kind: bool,
}

impl Judge {
    /// At the beginning of a stream.
    pub fn new(filter: Filter, narrows: Narrows) -> Judge {
        let mut judge = Judge {
            filter: Filter::EVERYTHING,
            narrows,
            verdicts: Verdicts::default(),
            skipped: FxHashMap::default(),
            is_everything: true,
            named: Vec::new(),
            requested: Vec::new(),
            asks_kind: false,
        };
        judge.set(filter);
        judge
    }

    /// The same, and what is wanted here of what is told only on request passes though the filter does not name it.
    pub fn requesting(mut self, wanted: &Wanted) -> Judge {
        self.request(wanted);
        self
    }

    /// From here on this is what is wanted beside the filter of what is told only on request.
    pub fn request(&mut self, wanted: &Wanted) {
        self.requested = ON_REQUEST.into_iter().filter(|kind| *wanted.of(*kind) != Want::Nothing).collect();
    }

    /// From here on another filter holds. Deliveries of signals that came before it still follow their signals.
    pub fn set(&mut self, filter: Filter) {
        self.is_everything = filter.is_everything();
        self.asks_kind = filter.0.any_term(&|term| matches!(term, Term::Kind(_)));
        self.named = wanted::asked(&filter);
        self.filter = filter;
    }

    /// The same reader with another filter: deliveries still follow the signals of before.
    pub fn followed_by(mut self, filter: Filter, narrows: Narrows) -> Judge {
        (self.narrows, self.skipped) = (narrows, FxHashMap::default());
        self.set(filter);
        self
    }

    /// The filter in force.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The pids that a census must not forget while this filter is in force.
    pub fn pids(&self) -> Vec<u32> {
        self.filter.trees()
    }

    /// Whether the event passes. Every event of the stream goes through here, in order, and the census knows it already.
    pub fn pass(&mut self, event: &Event, census: &Census) -> bool {
        match event {
            Event::Signal(signal) => self.pass_signal(event, signal, census),
            Event::Attempt(_) => self.shows(event, Kind::Signal, census),
            Event::File(_) | Event::Connect(_) => self.pass_fact(event, census),
            Event::Deliver(deliver) => self.pass_delivery(event, deliver, census),
            _ => self.narrows == Narrows::Signals || self.shows(event, event.kind(), census),
        }
    }

    /// Whether this exit was caused by a signal that did not pass: then it is told without its cause, as if the kernel
    /// had kept that back.
    pub fn hides_cause(&self, exit: &ExitEvent) -> bool {
        !self.asks_kind && exit.cause.is_some_and(|cause| self.verdicts.get(cause.id) == Some(false))
    }

    /// What did not pass of signals since the last call, counted: so totals stay exact. In a fixed order.
    pub fn skipped(&mut self, mono_ns: u64) -> Vec<Event> {
        let mut skipped: Vec<_> = self.skipped.drain().collect();
        skipped.sort_unstable();
        let count = |((signal, sender), count)| {
            let (signal, sender) = (Some(signal), Some(sender));
            Event::Skipped(CountEvent {
                mono_ns,
                kind: Some(Kind::Signal),
                count,
                signal,
                sender,
                result: None,
                since_ns: None,
            })
        };
        skipped.into_iter().map(count).collect()
    }

    fn shows(&self, event: &Event, kind: Kind, census: &Census) -> bool {
        self.is_everything || View::of(event).is_none_or(|view| View { kind, ..view }.shows(&self.filter.0, census))
    }

    /// Only what was asked for: elsewhere nobody would look for it. What was asked for beside a filter that is about
    /// signals is none of the filter's business; whoever asked takes what there is.
    fn pass_fact(&self, event: &Event, census: &Census) -> bool {
        let kind = event.kind();
        match self.requested.contains(&kind) {
            true if self.narrows == Narrows::Signals => true,
            is_requested => (is_requested || self.named.contains(&kind)) && self.shows(event, kind, census),
        }
    }

    fn pass_signal(&mut self, event: &Event, signal: &SignalEvent, census: &Census) -> bool {
        if self.is_everything {
            self.verdicts.put(signal.id, true);
            return true;
        }
        let passes = self.shows(event, Kind::Signal, census);
        let delivery_passes = if self.asks_kind { self.shows(event, Kind::Deliver, census) } else { passes };
        self.verdicts.put(signal.id, delivery_passes);
        if !passes {
            self.count(signal.signal, signal.sender_key());
        }
        passes
    }

    fn pass_delivery(&self, event: &Event, deliver: &DeliverEvent, census: &Census) -> bool {
        let verdict = deliver.id.and_then(|id| self.verdicts.get(id));
        verdict.unwrap_or_else(|| self.shows(event, Kind::Deliver, census))
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
#[derive(Clone, Default)]
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
