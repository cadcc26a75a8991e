//! What the stream has told so far: processes, the signal log, counters and the state of the stream itself.
//!
//! A pure fold over [`Event`]: the same events give the same model, live, replayed or made up. Nothing here reads a
//! clock, a file or a terminal; time arrives in events, and "now" is handed in by whoever asks. Every part is bounded,
//! so that a stream may run for ever. Times are nanoseconds of `CLOCK_MONOTONIC`.

pub mod alerts;
pub mod counters;
pub mod death;
mod deeds;
mod faces;
mod graves;
mod kin;
pub mod log;
mod minute;
mod packed;
mod proc;
pub mod procs;
mod row;
pub mod targets;
#[cfg(test)]
pub(crate) mod tests;
pub mod tree;
pub mod why;

pub use alerts::{Alert, Alerts};
pub use counters::{Counters, SenderCount, SignalCount};
pub use log::{Entry, Log, Outcome, Row};
pub use procs::{Death, LastSignal, Proc, Procs, Program};
pub use targets::{TargetCount, TargetKey};

use crate::event::{
    AlertEvent, AttemptEvent, ClockEvent, CountEvent, DeliverEvent, Disposition, End, Event, ExitEvent, Header, Kind,
    SenderKey, SignalEvent, Tty,
};
use counters::{Counted, Tally};
use deeds::Told;
use std::sync::Arc;

/// How much is kept. Totals are exact whatever these say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Rows of the log.
    pub log_rows: usize,
    /// Alerts, apart from their rows in the log.
    pub alerts_max: usize,
    /// How long the dead keep their place in the tree, in nanoseconds.
    pub dead_keep_ns: u64,
    /// The most dead that are kept, however young.
    pub dead_max: usize,
    /// The most living processes that are kept: the longest unheard of make room.
    pub procs_max: usize,
    /// The most senders that are counted apart: the least used are folded into [`SenderKey::Others`].
    pub senders_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            log_rows: 100_000,
            alerts_max: 1000,
            dead_keep_ns: 60_000_000_000,
            dead_max: 2000,
            procs_max: 100_000,
            senders_max: 10_000,
        }
    }
}

/// How often the clock may be set until the first of it is forgotten.
const OFFSETS_MAX: usize = 64;

/// What is known of the stream as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StreamState {
    /// What the stream said of itself.
    pub header: Header,
    /// The time of the newest event.
    pub last_ns: u64,
    /// `CLOCK_REALTIME` is this many nanoseconds ahead of `CLOCK_MONOTONIC`, as of now.
    pub offset_ns: i64,
    /// The same, and from when on: each time that the clock was set. The newest [`OFFSETS_MAX`], ascending.
    pub offsets: Vec<(u64, i64)>,
    /// The filter in force, as it would be typed; empty: everything.
    pub filter: String,
    /// Its number.
    pub generation: u32,
    /// Records that did not fit, of any kind.
    pub lost: u64,
    /// Signals that a filter kept out: they are only counted.
    pub skipped: u64,
    /// Those of them that the filter in force kept out.
    pub kept_out: u64,
    /// Records that could not be read.
    pub malformed: u64,
}

impl StreamState {
    fn set_clock(&mut self, e: &ClockEvent) {
        self.offset_ns = e.offset_ns;
        // Times of a damaged recording may run backwards.
        self.offsets.retain(|(since, _)| *since < e.mono_ns);
        self.offsets.push((e.mono_ns, e.offset_ns));
        if self.offsets.len() > OFFSETS_MAX {
            self.offsets.remove(0);
        }
    }
}

/// Everything the screen and the outputs know.
pub struct Model {
    /// The processes, living and lately dead.
    pub procs: Procs,
    /// The signals, one by one.
    pub log: Log,
    /// Totals and rates.
    pub counters: Counters,
    /// What rules found.
    pub alerts: Alerts,
    /// The stream itself.
    pub stream: StreamState,
}

impl Model {
    /// An empty model of the stream with this header.
    pub fn new(header: Header, limits: Limits) -> Model {
        Model {
            procs: Procs::new(limits),
            log: Log::new(limits.log_rows),
            counters: Counters::new(limits.senders_max),
            alerts: Alerts::new(limits.alerts_max),
            stream: StreamState {
                last_ns: header.mono_ns,
                offset_ns: header.offset_ns,
                offsets: vec![(header.mono_ns, header.offset_ns)],
                filter: String::new(),
                generation: 0,
                lost: 0,
                skipped: 0,
                kept_out: 0,
                malformed: 0,
                header,
            },
        }
    }

    /// Takes in what happened next.
    pub fn apply(&mut self, event: &Event) {
        self.stream.last_ns = self.stream.last_ns.max(event.mono_ns());
        match event {
            Event::Signal(e) => self.signal(e),
            Event::Attempt(e) => self.attempt(e),
            Event::Deliver(e) => self.deliver(e),
            Event::Fork(e) => self.procs.fork(e),
            Event::Exec(e) => self.procs.exec(e),
            Event::Exit(e) => self.exit(e),
            Event::Rename(e) => self.procs.rename(e),
            Event::Seen(e) => self.procs.seen(e),
            Event::Cgroup(e) => self.procs.cgroup(e),
            Event::Lost(e) => self.lost(e),
            Event::Skipped(e) => {
                self.stream.skipped = self.stream.skipped.saturating_add(e.count);
                self.stream.kept_out = self.stream.kept_out.saturating_add(e.count);
                self.count_unseen(e, Tally::Skipped);
            }
            Event::Filter(e) => {
                self.stream.filter.clone_from(&e.text);
                self.stream.generation = e.generation;
                self.stream.kept_out = 0;
                self.log.push_filter(e);
            }
            Event::Clock(e) => self.stream.set_clock(e),
            Event::FailedExec(_) => {} // it is what it was
            Event::File(e) => self.deed(Told::File(Arc::new(e.as_ref().clone()))),
            Event::Connect(e) => self.deed(Told::Connect(Arc::new(e.as_ref().clone()))),
            Event::Alert(e) => self.alert(Arc::new(e.as_ref().clone())),
        }
    }

    /// Lets time pass: the dead that are past keeping are forgotten.
    pub fn advance(&mut self, now_ns: u64) {
        self.procs.forget_before(now_ns);
    }

    fn signal(&mut self, e: &SignalEvent) {
        let proc = self.procs.sent_to(e);
        let waits = Outcome::at_send(e).is_waiting();
        if waits && proc.waiting > 0 && self.log.taken_before(e, proc.last_row, proc.waiting) {
            proc.waiting -= 1;
        }
        let back = if waits { proc.wait_for(self.log.end()) } else { 0 };
        let target = self.log.faces().hold(&e.target, Tty::NONE, &mut proc.target_face);
        let mut sender = None;
        let mut counted = Counted::one(e);
        match &e.sender {
            Some(party) => {
                let proc = self.procs.sent_by(party, e);
                sender = Some(self.log.faces().hold(party, e.sender_tty, &mut proc.sender_face));
                (counted.name, counted.uid) = (proc.name, proc.uid);
                self.counters.add(&counted, &mut proc.count_at);
            }
            None => self.counters.add(&counted, &mut 0),
        }
        self.log.push_signal(e, sender, target, back);
        self.fold_senders();
    }

    /// Somebody tried. The target may be long gone: it is named in the row, and nothing is changed by it.
    fn attempt(&mut self, e: &AttemptEvent) {
        let target = e.target.as_ref().map(|party| {
            let mut nowhere = u32::MAX;
            let hint = self.procs.get_mut(&party.key).map_or(&mut nowhere, |proc| &mut proc.target_face);
            self.log.faces().hold(party, Tty::NONE, hint)
        });
        let proc = self.procs.named(&e.sender, e.mono_ns, false);
        let sender = self.log.faces().hold(&e.sender, e.sender_tty, &mut proc.sender_face);
        self.counters.add(&Counted::tried(e, proc), &mut proc.count_at);
        self.log.push_attempt(e, sender, target);
        self.fold_senders();
    }

    /// Something was done to a file or an address.
    fn deed(&mut self, deed: Told) {
        let (mono_ns, Some(who)) = deed.of() else { return };
        let proc = self.procs.named(who, mono_ns, false);
        let face = self.log.faces().hold(who, Tty::NONE, &mut proc.target_face);
        self.log.push_deed(deed, Some(face));
    }

    /// A rule found something. Who did it may be long gone, as with attempts.
    fn alert(&mut self, e: Arc<AlertEvent>) {
        let face = e.who.as_ref().map(|who| {
            let mut nowhere = u32::MAX;
            let hint = self.procs.get_mut(&who.key).map_or(&mut nowhere, |proc| &mut proc.target_face);
            self.log.faces().hold(who, Tty::NONE, hint)
        });
        self.log.push_deed(Told::Alert(Arc::clone(&e)), face);
        self.alerts.take(&e, self.log.end() - 1);
    }

    fn deliver(&mut self, e: &DeliverEvent) {
        if e.id.is_some() && e.disposition == Disposition::Handler {
            self.counters.handled(e.signal);
        }
        let target = self.procs.taken_by(e);
        if let Some(id) = e.id
            && self.log.delivered(id, e)
        {
            target.waiting = target.waiting.saturating_sub(1);
        }
    }

    fn exit(&mut self, e: &ExitEvent) {
        let Some(proc) = self.procs.exit(e) else { return };
        if let Some(cause) = &e.cause {
            self.log.killed(cause.id, e.mono_ns);
        }
        self.log.unanswered(proc.last_row, proc.waiting);
        proc.waiting = 0;
        if let End::Signal { signal, .. } = e.end {
            self.counters.killed(signal, e.cause.as_ref());
            self.fold_senders();
        }
    }

    fn lost(&mut self, e: &CountEvent) {
        match e.kind {
            None => self.stream.malformed = self.stream.malformed.saturating_add(e.count),
            Some(_) => self.stream.lost = self.stream.lost.saturating_add(e.count),
        }
        self.log.push_lost(e);
        if e.kind == Some(Kind::Signal) {
            self.count_unseen(e, Tally::Lost);
        }
    }

    /// Signals, or attempts, that are known only by their number: who sent them may be known from elsewhere.
    fn count_unseen(&mut self, e: &CountEvent, tally: Tally) {
        let sender = e.sender.unwrap_or(SenderKey::Others);
        let (name, uid) = match sender {
            SenderKey::Process(key) => self.procs.sent_unseen(&key, if e.is_of_signals() { e.count } else { 0 }),
            _ => Default::default(),
        };
        let tally = e.result.map_or(tally, Tally::Tried);
        let counted = Counted { signal: e.signal, sender, name, uid, mono_ns: e.mono_ns, count: e.count, tally };
        self.counters.add(&counted, &mut 0);
        self.fold_senders();
    }

    fn fold_senders(&mut self) {
        if self.counters.is_crowded() {
            self.counters.fold_least(|key| self.procs.get(key).is_some_and(Proc::is_alive));
        }
    }
}
