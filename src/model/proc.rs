//! One process: who it is, what it runs, what it sent and was sent, and how it ended.
//!
//! What it runs is shared with its parent until it runs another program, so that a fork costs no copy of long texts.

use crate::event::{Cause, End, Name, Party, ProcKey, Tty};
use crate::signal::Signal;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Death {
    /// When.
    pub mono_ns: u64,
    /// How.
    pub end: End,
    /// By which signal and whose, where that was seen.
    pub cause: Option<Cause>,
}

/// The newest signal that a process was sent or took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastSignal {
    /// Which.
    pub signal: Signal,
    /// When it was sent; where that was not seen, when it was taken.
    pub mono_ns: u64,
    /// Whether the process dies of it.
    pub fatal: bool,
}

/// What a process runs, and where. Empty where not known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Program {
    /// Executable, or the file as it was named at exec.
    pub exe: Box<str>,
    /// Directory at exec.
    pub cwd: Box<str>,
    /// Path of its cgroup.
    pub cgroup: Box<str>,
    /// Id of its cgroup in the unified hierarchy; 0 where not known.
    pub cgroup_id: u64,
    /// Arguments, each with a NUL after it.
    pub(super) args: Box<str>,
}

/// The longest text that is kept of a path, and of all arguments together, in bytes.
const TEXT_MAX: usize = 4096;

/// `text`, as much as is kept of it.
pub(super) fn cut(text: &str) -> Box<str> {
    let end = (0..=text.len().min(TEXT_MAX)).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    text[..end].into()
}

impl Program {
    /// Its arguments, the first being the name by which it was called.
    pub fn argv(&self) -> impl Iterator<Item = &str> {
        self.args.split_terminator('\0')
    }

    /// The same, packed: each with a NUL after it.
    pub fn packed_argv(&self) -> &str {
        &self.args
    }

    pub(super) fn set_argv(&mut self, argv: &[String]) {
        let mut args = String::new();
        for arg in argv {
            if args.len() < TEXT_MAX {
                args.push_str(&cut(arg));
                args.push('\0');
            }
        }
        self.args = cut(&args);
    }
}

/// A process.
#[derive(Clone, Debug)]
pub struct Proc {
    /// Which.
    pub key: ProcKey,
    /// Its parent as of now; of one that is dead, who was above that if the parent is forgotten. It may be unknown to
    /// [`super::Procs`].
    pub parent: Option<ProcKey>,
    /// The parent that made it.
    pub born_of: Option<ProcKey>,
    /// Its name.
    pub name: Name,
    /// Real user id.
    pub uid: u32,
    /// Controlling terminal.
    pub tty: Tty,
    /// What it runs.
    pub program: Arc<Program>,
    /// Threads that were seen to begin and not to end, beside the first. 0 where the stream tells of no threads.
    pub threads: u32,
    /// Signals it sent.
    pub sent: u64,
    /// Signals it was sent, one by one.
    pub received: u64,
    /// How many of these wait for it, as far as was seen.
    pub waiting: u32,
    /// The newest of these.
    pub last: Option<LastSignal>,
    /// How it ended, if that was seen.
    pub death: Option<Box<Death>>,
    /// Dead, but how was not seen: it was dead when the stream began, or its exit was lost.
    pub zombie: bool,
    /// The newest of the log's rows that waited for it.
    pub(super) last_row: u64,
    /// Where the log keeps its face as a sender.
    pub(super) sender_face: u32,
    /// And as a target.
    pub(super) target_face: u32,
    /// Where its counts as a sender are.
    pub(super) count_at: u32,
    /// Whether it was told of for its own sake, not only as one end of a signal.
    pub(super) told: bool,
    /// When it was last heard of.
    pub(super) heard_ns: u64,
    /// When its program was told.
    pub(super) program_ns: u64,
}

impl Proc {
    pub(super) fn new(party: &Party, mono_ns: u64) -> Proc {
        Proc {
            key: party.key,
            parent: None,
            born_of: None,
            name: party.name,
            uid: party.uid,
            tty: Tty::NONE,
            program: Arc::default(),
            threads: 0,
            sent: 0,
            received: 0,
            waiting: 0,
            last: None,
            death: None,
            zombie: false,
            last_row: 0,
            sender_face: 0,
            target_face: 0,
            count_at: 0,
            told: false,
            heard_ns: mono_ns,
            program_ns: 0,
        }
    }

    /// Whether it lives.
    pub fn is_alive(&self) -> bool {
        self.death.is_none() && !self.zombie
    }

    /// Row `seq` of the log waits for it. How many rows before that the last such row is; 0: there is none.
    pub(super) fn wait_for(&mut self, seq: u64) -> u32 {
        let back = if self.waiting > 0 { seq.saturating_sub(self.last_row) } else { 0 };
        self.waiting = self.waiting.saturating_add(1);
        self.last_row = seq;
        u32::try_from(back).unwrap_or(0)
    }
}

/// Processes by key, and by place: a place stays right until its process is removed.
#[derive(Clone, Default)]
pub(super) struct Table {
    slots: Vec<Proc>,
    /// Which of them have a process.
    taken: Vec<bool>,
    free: Vec<u32>,
    index: FxHashMap<ProcKey, u32>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn contains(&self, key: &ProcKey) -> bool {
        self.index.contains_key(key)
    }

    pub(super) fn get(&self, key: &ProcKey) -> Option<&Proc> {
        self.index.get(key).map(|at| &self.slots[*at as usize])
    }

    pub(super) fn get_mut(&mut self, key: &ProcKey) -> Option<&mut Proc> {
        self.index.get(key).map(|at| &mut self.slots[*at as usize])
    }

    pub(super) fn place(&self, key: &ProcKey) -> Option<usize> {
        self.index.get(key).map(|at| *at as usize)
    }

    pub(super) fn at(&mut self, place: usize) -> &mut Proc {
        &mut self.slots[place]
    }

    /// Puts in a process whose key is not there yet. Its place.
    pub(super) fn insert(&mut self, proc: Proc) -> usize {
        let key = proc.key;
        let place = match self.free.pop() {
            Some(at) => at as usize,
            None => self.slots.len(),
        };
        match self.slots.get_mut(place) {
            Some(slot) => {
                *slot = proc;
                self.taken[place] = true;
            }
            None => {
                self.slots.push(proc);
                self.taken.push(true);
            }
        }
        self.index.insert(key, place as u32);
        place
    }

    pub(super) fn remove(&mut self, key: &ProcKey) -> Option<Proc> {
        let at = self.index.remove(key)?;
        self.free.push(at);
        self.taken[at as usize] = false;
        Some(std::mem::replace(&mut self.slots[at as usize], Proc::new(&Party::default(), 0)))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Proc> {
        self.index.values().map(|at| &self.slots[*at as usize])
    }

    /// All in the order of their places, which is the order of memory.
    pub(super) fn by_place(&self) -> impl Iterator<Item = (u32, &Proc)> {
        let places = self.slots.iter().zip(&self.taken).enumerate();
        places.filter(|(_, (_, taken))| **taken).map(|(place, (proc, _))| (place as u32, proc))
    }

    /// The process at a place that has one.
    pub(super) fn at_place(&self, place: u32) -> &Proc {
        &self.slots[place as usize]
    }

    /// The place of a process that may still be at `hint`, where to look is cheaper than to search.
    pub(super) fn place_near(&self, key: &ProcKey, hint: u32) -> Option<u32> {
        let at = hint as usize;
        let is_there = self.slots.get(at).is_some_and(|proc| proc.key == *key) && self.taken[at];
        if is_there { Some(hint) } else { self.index.get(key).copied() }
    }

    /// The first place behind all.
    pub(super) fn places_end(&self) -> u32 {
        self.slots.len() as u32
    }
}
