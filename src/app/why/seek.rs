//! One stream, read for the deaths that are asked for.
//!
//! A death is explained a second after it came, for what was lost before it is told up to so much later; and only if it is
//! still among those that will be printed, for to explain one takes a walk through the log. All is bounded.

use crate::clock::{Offset, offset_at};
use crate::event::{Cause, End, Event, Header, Name, Party, ProcKey, Tty};
use crate::filter::{Pattern, Who};
use crate::model::why::{self, LATE_NS, Why};
use crate::model::{Limits, Model, Proc, Program};
use crate::plan::Question;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// More room than the dashboard has: what matters may be minutes before.
const LIMITS: Limits = Limits {
    log_rows: 300_000,
    alerts_max: 1,
    dead_keep_ns: 600_000_000_000,
    dead_max: 20_000,
    procs_max: 200_000,
    senders_max: 1000,
};
/// The most deaths that are kept, and the most of them that are explained where all are printed.
const DEATHS: usize = 1000;
/// However busy the machine is, a death waits no longer to be explained: its story is forgotten in time.
const PATIENT_NS: u64 = 20_000_000_000;
/// The most names that are remembered, to find what may have been meant, and the most processes by their earlier names.
const NAMES: usize = 1 << 14;

/// A death that is asked for.
pub struct Found {
    /// Who, under its last name.
    pub party: Party,
    /// When.
    pub mono_ns: u64,
    /// How.
    pub end: End,
    /// By which signal.
    pub cause: Option<Cause>,
    /// The name by which it was found, where that is not its last.
    pub once: Option<Name>,
    /// Its terminal.
    pub tty: Tty,
    /// What it ran.
    pub program: Arc<Program>,
    /// Why, of those that are printed whole.
    pub why: Option<Why>,
}

/// What one stream had.
pub struct Looked {
    /// Where it came from.
    pub name: String,
    /// The stream, and the time until which it was looked.
    pub header: Header,
    /// The end of it, monotonic.
    pub end_ns: u64,
    /// How far real time was ahead of monotonic time, and from when on.
    pub offsets: Vec<Offset>,
    /// The deaths that were asked for, oldest first.
    pub found: VecDeque<Found>,
    /// How many older ones there were that were not kept.
    pub forgotten: u64,
    /// How many processes and deaths there were.
    pub processes: u64,
    /// See `processes`.
    pub deaths: u64,
    /// Those who are asked for and live.
    pub alive: Vec<Party>,
    /// All names, as far as they are kept.
    pub names: BTreeSet<Name>,
    /// Records that did not fit.
    pub lost: u64,
    /// Something could not be read.
    pub is_damaged: bool,
}

impl Looked {
    /// A time of the stream, in nanoseconds since the epoch.
    pub fn real_ns(&self, mono_ns: u64) -> i128 {
        i128::from(mono_ns) + i128::from(offset_at(&self.offsets, mono_ns))
    }
}

/// Looks through a stream.
pub struct Seeker {
    model: Model,
    who: Who,
    /// How many of the newest are explained.
    keep: usize,
    /// Those after the first do not matter.
    is_only_first: bool,
    looked: Looked,
    /// The first of `found` that is not explained yet; those before it are, or will not be.
    next: usize,
    /// The log must have come so far before another is explained: who explains walks through all of it.
    next_row: u64,
    once: HashMap<ProcKey, Name>,
    /// Something could not be read.
    pub is_damaged: bool,
}

impl Seeker {
    /// Nothing read yet of this stream.
    pub fn new(name: String, header: Header, question: &Question) -> Seeker {
        let looked = Looked {
            name,
            header: header.clone(),
            end_ns: header.mono_ns,
            offsets: Vec::new(),
            found: VecDeque::new(),
            forgotten: 0,
            processes: 0,
            deaths: 0,
            alive: Vec::new(),
            names: BTreeSet::new(),
            lost: 0,
            is_damaged: false,
        };
        Seeker {
            model: Model::new(header, LIMITS),
            who: question.who.clone(),
            is_only_first: question.wait,
            keep: if question.all || question.json { DEATHS } else { 1 },
            looked,
            next: 0,
            next_row: 0,
            once: HashMap::new(),
            is_damaged: false,
        }
    }

    /// Takes in what happened next.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Seen(e) => {
                self.looked.processes += u64::from(self.model.procs.get(&e.who.key).is_none());
                self.hear(&e.who, &e.exe);
            }
            Event::Fork(e) => self.looked.processes += u64::from(!e.is_thread()),
            Event::Exec(e) => self.hear(&e.who, &e.filename),
            Event::Rename(e) if e.who.tid == e.who.key.pid => self.hear(&e.who, ""),
            _ => {}
        }
        self.model.apply(event);
        if let Event::Exit(e) = event
            && !e.thread
        {
            self.looked.deaths += 1;
            self.remember(&e.who.name);
            self.died(e);
        }
        if self.next < self.looked.found.len() {
            self.explain(event.mono_ns());
        }
    }

    /// A process got this name, or runs this file. What it only has from its parent is heard of when it dies.
    fn hear(&mut self, who: &Party, file: &str) {
        self.remember(&who.name);
        let Who::Name(pattern) = &self.who else { return };
        if (pattern.fits_name(&who.name) || fits_file(pattern, file)) && self.once.len() < NAMES {
            self.once.insert(who.key, who.name);
        }
    }

    fn remember(&mut self, name: &Name) {
        if self.looked.names.len() < NAMES {
            self.looked.names.insert(*name);
        }
    }

    fn died(&mut self, e: &crate::event::ExitEvent) {
        let key = e.who.key;
        let once = self.once.remove(&key);
        let Some(proc) = self.model.procs.get(&key) else { return };
        // Its name is the one it died with; that of its last thread may be another.
        let party = Party { name: proc.name, tid: key.pid, ..e.who };
        let is_it = match &self.who {
            Who::Pid(pid) => key.pid == *pid,
            Who::Name(pattern) => {
                once.is_some() || pattern.fits_name(&proc.name) || fits_file(pattern, &proc.program.exe)
            }
        };
        let is_again = self.looked.found.back().is_some_and(|found| found.party.key == key);
        if !is_it || is_again || self.is_only_first && self.has_found() {
            return;
        }
        self.looked.found.push_back(Found {
            party,
            mono_ns: e.mono_ns,
            end: e.end,
            cause: e.cause,
            once: once.filter(|once| *once != proc.name),
            tty: proc.tty,
            program: Arc::clone(&proc.program),
            why: None,
        });
        if self.looked.found.len() > DEATHS {
            self.looked.found.pop_front();
            self.looked.forgotten += 1;
            self.next = self.next.saturating_sub(1);
        }
        self.next = self.next.max(self.looked.found.len().saturating_sub(self.keep));
    }

    /// Explains those that are due, as far as that does not cost more than to read.
    fn explain(&mut self, now_ns: u64) {
        let rows = self.model.log.end();
        let is_due = |found: &Found| {
            let age_ns = now_ns.saturating_sub(found.mono_ns);
            age_ns > LATE_NS && (rows >= self.next_row || age_ns > PATIENT_NS)
        };
        if !self.looked.found.get(self.next).is_some_and(is_due) {
            return;
        }
        self.explain_next();
        self.next_row = rows + (rows - self.model.log.first()) / 256;
        self.model.advance(now_ns);
    }

    fn explain_next(&mut self) {
        if let Some(found) = self.looked.found.get_mut(self.next) {
            found.why = why::explain(&self.model, &found.party.key);
            self.next += 1;
        }
    }

    /// Whether somebody died who is asked for.
    pub fn has_found(&self) -> bool {
        !self.looked.found.is_empty()
    }

    /// Whether such a death is explained.
    pub fn is_explained(&self) -> bool {
        self.next > 0
    }

    /// How many records did not fit so far.
    pub fn lost(&self) -> u64 {
        self.model.stream.lost
    }

    /// Those who are asked for and live, as far as was seen, in no order.
    pub fn alive(&self) -> impl Iterator<Item = Party> {
        self.model.procs.iter().filter(|proc| proc.is_alive() && self.is_asked_for(proc)).map(|proc| Party {
            key: proc.key,
            tid: proc.key.pid,
            uid: proc.uid,
            name: proc.name,
        })
    }

    fn is_asked_for(&self, proc: &Proc) -> bool {
        match &self.who {
            Who::Pid(pid) => proc.key.pid == *pid,
            Who::Name(pattern) => {
                pattern.fits_name(&proc.name)
                    || self.once.contains_key(&proc.key)
                    || fits_file(pattern, &proc.program.exe)
            }
        }
    }

    /// What was found, all of it explained that will be printed whole.
    pub fn finish(mut self) -> Looked {
        while self.next < self.looked.found.len() {
            self.explain_next();
        }
        let mut alive: Vec<Party> = self.alive().collect();
        alive.sort_by_key(|party| party.key);
        let stream = &self.model.stream;
        let mut looked = self.looked;
        looked.names.extend(self.model.procs.iter().take(NAMES).map(|proc| proc.name));
        Looked {
            end_ns: stream.last_ns,
            offsets: stream.offsets.clone(),
            alive,
            lost: stream.lost,
            is_damaged: self.is_damaged || stream.malformed > 0,
            ..looked
        }
    }
}

fn fits_file(pattern: &Pattern, file: &str) -> bool {
    !file.is_empty() && pattern.fits_file(file)
}
