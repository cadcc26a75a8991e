//! Records -> events: numbers each signal, and joins to it what comes later: its delivery, the death it causes, the
//! OOM killer's mark. A fold without clock or I/O; what it remembers is bounded.
//!
//! The kernel writes a signal's record and its delivery's under the same lock (`siglock`), so they come in order. Here are
//! the signals and what the stream says beside its records; processes are in [`lives`], what waits for one of them in
//! [`task`], the OOM killer's mark in [`oom`].

mod lives;
mod oom;
mod task;

use super::decode::{Malformed, Mark, Met, Record, Stamp, decode};
use super::watches::LookedFor;
use crate::event::*;
use crate::signal::SignalSet;
use oom::Held;
pub use oom::OOM_WAIT_NS;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use task::{Sent, Task};

/// A filter that the kernel will obey, of which the stream does not tell yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// Rises by one with each change.
    pub generation: u32,
    /// The filter, as it would be typed; `None` for the one that the stream begins with, of which nothing is told.
    pub text: Option<String>,
    /// The signals that pass it whoever sends them to whom.
    pub certain: SignalSet,
}

/// The fold. Feed it with [`Linker::record`], take what is ready with [`Linker::take`].
#[derive(Debug)]
pub struct Linker {
    out: Vec<Event>,
    last_id: u64,
    tasks: FxHashMap<u32, Task>,
    /// In the order of `out`.
    held: VecDeque<Held>,
    /// Paths by id.
    cgroups: FxHashMap<u64, String>,
    /// The OOM killer's last marks: which thread, when.
    marks: VecDeque<(u32, u64)>,
    dead: VecDeque<ProcKey>,
    expected: VecDeque<Expected>,
    generation: u32,
    /// Those that pass the filter in force whoever sends them to whom.
    certain: SignalSet,
    malformed: u64,
    last_ns: u64,
    /// The last record's, and how often it changed.
    gap: u16,
    gaps: u64,
    /// What files the kernel looks for.
    looked_for: LookedFor,
}

impl Linker {
    /// Nothing folded yet; `certain` are the signals that pass the first filter whoever sends them to whom.
    pub fn new(certain: SignalSet) -> Linker {
        Linker {
            out: Vec::new(),
            last_id: 0,
            tasks: FxHashMap::default(),
            held: VecDeque::new(),
            cgroups: FxHashMap::default(),
            marks: VecDeque::new(),
            dead: VecDeque::new(),
            expected: VecDeque::new(),
            generation: 0,
            certain,
            malformed: 0,
            last_ns: 0,
            gap: 0,
            gaps: 0,
            looked_for: LookedFor::default(),
        }
    }

    /// From now on the kernel looks for these files.
    pub fn look_for(&mut self, files: LookedFor) {
        self.looked_for = files;
    }

    /// One record of the ring buffer; where a path leads that somebody wrote, `follow` knows.
    pub fn bytes(&mut self, bytes: &[u8], follow: &dyn Fn(&mut Met)) {
        match decode(bytes) {
            Ok((stamp, mut record)) => {
                self.stamp(stamp);
                if let Record::File(met) = &mut record {
                    follow(met);
                    self.looked_for.name(met);
                }
                self.record(record);
            }
            Err(Malformed) => {
                self.malformed += 1;
                self.gaps += 1;
            }
        }
    }

    /// What the next record says beside itself. A filter is told before its first record.
    fn stamp(&mut self, stamp: Stamp) {
        if stamp.generation > self.generation {
            self.tell_filters(stamp.generation, self.last_ns);
        }
        if stamp.gap != self.gap {
            self.gap = stamp.gap;
            self.gaps += 1;
        }
    }

    /// The kernel is about to obey this filter. It is told before its first record.
    pub fn expect(&mut self, filter: Expected) {
        self.expected.push_back(filter);
    }

    /// The kernel would not obey what was expected last.
    pub fn expect_not(&mut self) {
        self.expected.pop_back();
    }

    /// Tells the filters up to this generation, as far as no record of them did.
    pub fn tell_filters(&mut self, up_to: u32, mono_ns: u64) {
        while self.expected.front().is_some_and(|filter| filter.generation <= up_to) {
            let Some(Expected { generation, certain, text }) = self.expected.pop_front() else { return };
            // Of the others, more may have been sent or taken, unseen.
            let seen_before_and_after = SignalSet::from_bits(self.certain.bits() & certain.bits());
            self.tasks.values_mut().for_each(|task| task.keep(seen_before_and_after));
            self.generation = generation;
            self.certain = certain;
            let event = |text| Event::Filter(Box::new(FilterEvent { mono_ns, generation, text }));
            self.out.extend(text.map(event));
        }
    }

    /// Something that needs no joining.
    pub fn push(&mut self, event: Event) {
        self.out.push(event);
    }

    /// So many records could not be read.
    pub fn count_malformed(&mut self, count: u64) {
        self.malformed += count;
    }

    /// What is ready: everything up to a signal for which the OOM killer's mark may still come; `now_ns` says when it
    /// cannot any more. How many records could not be read comes along, once.
    pub fn take(&mut self, now_ns: u64) -> Vec<Event> {
        self.release(now_ns);
        if self.malformed > 0 {
            let count = std::mem::take(&mut self.malformed);
            let (mono_ns, kind, signal, sender, result) = (now_ns, None, None, None, None);
            self.out.push(Event::Lost(CountEvent { mono_ns, kind, count, signal, sender, result, since_ns: None }));
        }
        let ready = self.held.front().map_or(self.out.len(), |held| held.index);
        if ready == 0 {
            return Vec::new();
        }
        self.held.iter_mut().for_each(|held| held.index -= ready);
        let mut waiting = self.out.split_off(ready);
        waiting.reserve(ready.next_power_of_two());
        std::mem::replace(&mut self.out, waiting)
    }

    /// Folds one record.
    pub fn record(&mut self, record: Record) {
        match record {
            Record::Signal { event, mark, ran, alone, maybe_oom } => self.signal(event, mark, ran, alone, maybe_oom),
            Record::Deliver { event, mark } => self.deliver(event, mark),
            Record::Fork(event, cgroup_id) => self.fork(event, cgroup_id),
            Record::Cgroup { mono_ns, id, path, moved } => self.cgroup(mono_ns, id, path, moved),
            Record::Exec(event) => self.exec(event),
            Record::Attempt(event) => self.attempt(event),
            Record::FailedExec(event) => self.push_at(event.mono_ns, Event::FailedExec(event)),
            Record::File(met) => self.push_at(met.event.mono_ns, Event::File(Box::new(met.event))),
            Record::Connect(event) => self.push_at(event.mono_ns, Event::Connect(event)),
            Record::Exit(event) => self.exit(event),
            Record::Rename(event) => self.rename(event),
            Record::Oom { mono_ns, ran, pid, found } => self.oom(mono_ns, ran, pid, found),
        }
    }

    fn push_at(&mut self, mono_ns: u64, event: Event) {
        self.last_ns = mono_ns;
        self.out.push(event);
    }

    fn signal(&mut self, mut event: SignalEvent, mark: Mark, ran: u32, alone: bool, maybe_oom: bool) {
        self.last_id += 1;
        event.id = self.last_id;
        event.sender = event.sender.and_then(|sender| self.known(sender));
        if maybe_oom {
            self.hold(&mut event, ran);
        }
        let task = self.task(event.target.key);
        event.target.name = task.name;
        task.uid = event.target.uid;
        if event.detail == Detail::Tty(Tty::NONE) {
            event.detail = Detail::Tty(task.tty); // at hang-up the kernel has cut it off already
        }
        task.cancel(event.signal);
        if matches!(event.result, SendResult::Queued | SendResult::InfoLost) {
            let cause = Cause { id: event.id, origin: event.origin, sender: event.sender, detail: event.detail };
            let tid = if event.scope == Scope::Thread { event.target.tid } else { 0 };
            if alone {
                task.forget_queue(tid);
            }
            let sent = Sent { signal: event.signal, tid, mark, mono_ns: event.mono_ns, cause };
            task.remember(sent, event.result == SendResult::InfoLost);
        }
        self.push_at(event.mono_ns, Event::Signal(event));
    }

    fn attempt(&mut self, mut event: AttemptEvent) {
        self.last_id += 1;
        event.id = self.last_id;
        event.sender = self.known(event.sender).unwrap_or(event.sender);
        event.target = self.meant(&event);
        self.push_at(event.mono_ns, Event::Attempt(event));
    }

    /// Whom an attempt was meant for: the last process that had this pid. Of threads only the first is known by its id.
    fn meant(&self, e: &AttemptEvent) -> Option<Party> {
        let pid = e.pid()?;
        let tid = if let Aim::Thread { tid, .. } = e.aim { u32::try_from(tid).ok()? } else { pid };
        let task = self.tasks.get(&pid)?;
        Some(Party { key: ProcKey { pid, start_ns: task.start_ns }, tid, uid: task.uid, name: task.name })
    }

    fn deliver(&mut self, mut event: DeliverEvent, mark: Option<Mark>) {
        let task = self.task(event.target.key);
        if mark.is_none() && task.dying.is_some() {
            return; // another thread of a process whose death is told already
        }
        event.target.name = task.name;
        let sent = task.take(event.signal, event.target.tid, mark);
        if event.action.is_fatal() {
            task.dying = Some((event.signal, sent.map(|s| s.cause)));
        }
        event.id = sent.map(|s| s.cause.id);
        event.latency_ns = sent.map(|s| event.mono_ns.saturating_sub(s.mono_ns));
        self.push_at(event.mono_ns, Event::Deliver(event));
    }
}

#[cfg(test)]
mod tests;
