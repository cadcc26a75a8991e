//! Opens, changed modes, moves, connections: opens bpf/access.bpf.c by the best road that this kernel leaves ([`open`], by
//! the [`ways`] that there are), puts in what is looked for, and attaches what is asked for. What nobody asks for any more
//! is detached.
//!
//! An object beside the main one, as [`super::attempts`] has one: it writes into the same ring and the same counts, and
//! a kernel that refuses it refuses nothing else.

mod calls;
mod open;
mod ways;

use super::access_skel::AccessSkel;
use super::access_skel::types::bss as Memory;
use super::attached::{Attached, attach};
use super::decode::{bytes_of, read};
use super::lent::Lent;
use super::load::{self, refused};
use super::looker::{Found, Looker};
use super::skel::types::{self as abi, sigtop_facts as Fact};
use super::watches::{Inode, LookedFor, There, Watches, facts};
use super::written::stat_of;
use crate::error::Error;
use crate::event::{CountEvent, Event, Kind};
use crate::filter::Wanted;
use libbpf_rs::skel::Skel;
use libbpf_rs::{MapCore, MapFlags, ProgramInput, libbpf_sys};
use open::{open_every_call, open_functions};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use ways::{ALL_FACTS, WAYS, Ways, every_call_sentences, function_sentences};

const EVERY_CALL: &str = "on_sys_exit";
const LOOK_UP: &str = "look_up";

/// How far the search for a road has come.
enum State {
    /// Nobody has asked yet.
    Unknown,
    /// The kernel's own functions can be looked at.
    Functions(Box<AccessSkel<'static>>, Ways),
    /// They cannot.
    Refused,
    /// They cannot, and somebody asked all the same.
    EveryCall(Box<AccessSkel<'static>>),
}

impl State {
    /// Whether they can is seen by trying.
    fn found(lent: &Lent) -> State {
        open_functions(lent).map_or(State::Refused, |(skel, ways)| State::Functions(skel, ways))
    }
}

/// The programs for what is told on request, and those of them that are attached.
pub struct Access {
    lent: Lent,
    state: State,
    /// For each fact; on the road of every call one for all.
    attached: BTreeMap<u32, Attached>,
    wanted: Wanted,
    watches: Watches,
    looker: Looker,
    /// How often the kernel has left out each program, as last told.
    missed: BTreeMap<String, u64>,
}

impl Access {
    /// Nothing opened yet.
    pub fn new(lent: Lent) -> Access {
        Access {
            lent,
            state: State::Unknown,
            attached: BTreeMap::new(),
            wanted: Wanted::default(),
            watches: Watches::default(),
            looker: Looker::default(),
            missed: BTreeMap::new(),
        }
    }

    /// What is told now.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// The files that are looked for.
    pub fn looked_for(&self) -> LookedFor {
        self.watches.files.clone()
    }

    /// From now on tells what is wanted and nothing more, and says by which roads.
    ///
    /// # Errors
    /// Why it cannot be told, in words; then what was told before goes on.
    pub fn ask(&mut self, wanted: Wanted) -> Result<Vec<String>, String> {
        match self.tell(&wanted) {
            Ok(roads) => {
                self.wanted = wanted;
                Ok(roads)
            }
            Err(error) => {
                let before = self.wanted.clone();
                let _ = self.tell(&before); // as it could be told before
                Err(error.what)
            }
        }
    }

    /// Once a second: whether what is looked for is still where it was. Whether it is not.
    pub fn look_again(&mut self) -> bool {
        self.looker.begin();
        let (State::Functions(skel, _) | State::EveryCall(skel)) = &self.state else { return false };
        let mut now = |path: &str| self.looker.file(path).map(|file| inode_of(skel, file?.as_fd()));
        if self.wanted.is_nothing() || !self.watches.are_stale(&mut now) {
            return false;
        }
        self.write_watches(&self.wanted.clone()).is_ok()
    }

    /// Which paths did not answer, and which do again, in words.
    pub fn unsaid(&mut self) -> Vec<String> {
        self.looker.unsaid()
    }

    /// What was done while a program could not run, by kind. A kernel that takes the processor away from one (PREEMPT)
    /// leaves it out for whoever comes next on that processor (since 5.12), and counts that.
    pub fn missed(&mut self, mono_ns: u64) -> Vec<Event> {
        let (State::Functions(skel, _) | State::EveryCall(skel)) = &self.state else { return Vec::new() };
        let mut lost = Vec::new();
        for program in skel.object().progs().filter(|program| program.autoload()) {
            let name = program.name().to_string_lossy().into_owned();
            let kind = WAYS.iter().find(|way| way.program == name).map(|way| kind_of(way.fact));
            let now = misses(program.as_fd());
            let before = self.missed.insert(name, now).unwrap_or(0);
            if now > before {
                let (signal, sender, result) = (None, None, None);
                let count = now - before;
                lost.push(Event::Lost(CountEvent { mono_ns, kind, count, signal, sender, result, since_ns: None }));
            }
        }
        lost
    }

    /// Detaches everything.
    pub fn be_silent(&mut self) {
        self.attached.clear();
    }

    fn tell(&mut self, wanted: &Wanted) -> Result<Vec<String>, Error> {
        let bits = facts(wanted);
        if bits == 0 {
            self.be_silent();
            self.watches = Watches::default();
            return Ok(Vec::new());
        }
        if let State::Unknown = self.state {
            self.state = State::found(&self.lent);
        }
        if let State::Functions(..) = self.state
            && let Some(roads) = self.tell_by_functions(wanted, bits)
        {
            return Ok(roads);
        }
        if let State::Refused = self.state {
            self.state = State::EveryCall(open_every_call(&self.lent)?);
        }
        self.write_watches(wanted)?;
        if let State::EveryCall(skel) = &self.state
            && self.attached.is_empty()
        {
            let links = attach(&**skel, |name| name == EVERY_CALL).map_err(|e| refused("attach", &e))?;
            self.attached.insert(0, Attached::held(links));
        }
        Ok(every_call_sentences(bits))
    }

    /// By the kernel's own functions, or `None`, and then they are given up. Not every kernel attaches a program again
    /// that was detached (before 5.13, commit f3a95075549e); a new one it does.
    fn tell_by_functions(&mut self, wanted: &Wanted, bits: u32) -> Option<Vec<String>> {
        for is_new in [false, true] {
            if is_new {
                self.attached.clear();
                self.state = State::found(&self.lent);
                self.missed.clear();
            }
            if self.write_watches(wanted).is_ok() && self.attach_functions(bits).is_ok() {
                let State::Functions(_, ways) = &self.state else { return None };
                return Some(function_sentences(ways, bits));
            }
        }
        self.attached.clear();
        self.state = State::Refused;
        None
    }

    fn attach_functions(&mut self, bits: u32) -> libbpf_rs::Result<()> {
        self.attached.retain(|fact, _| fact & bits != 0);
        let State::Functions(skel, ways) = &self.state else { return Ok(()) };
        for fact in ALL_FACTS.iter().filter(|fact| fact.0 & bits != 0) {
            if let Entry::Vacant(place) = self.attached.entry(fact.0) {
                let links =
                    attach(&**skel, |name| ways.taken.iter().any(|way| way.fact == *fact && way.program == name))?;
                place.insert(Attached::in_drawer(links));
            }
        }
        load::forget_what_was_said();
        Ok(())
    }

    /// Looks up what is looked for, and tells the kernel: what is new first, then the short form, then what is no more.
    fn write_watches(&mut self, wanted: &Wanted) -> Result<(), Error> {
        let (State::Functions(skel, _) | State::EveryCall(skel)) = &self.state else { return Ok(()) };
        let refuse = |e: libbpf_rs::Error| refused("tell what to look for to", &e);
        self.looker.begin();
        let (looker, before) = (&mut self.looker, &self.watches);
        let watches = Watches::new(wanted, &mut |path| match looker.look(path) {
            Some(found) => there(skel, found),
            None => before.known(path),
        });
        let map = &skel.maps.watched;
        for ((tag, dev, value), entry) in &watches.entries {
            let key = abi::sigtop_watch_key { value: *value, dev: *dev, tag: *tag };
            map.update(bytes_of(&key), bytes_of(entry), MapFlags::ANY).map_err(refuse)?;
        }
        let bss = &skel.maps.bss;
        let mut memory = bss.lookup(&0u32.to_ne_bytes(), MapFlags::ANY).map_err(refuse)?.unwrap_or_default();
        let short = bytes_of(&watches.short);
        let at = std::mem::offset_of!(Memory, watches);
        if let Some(place) = memory.get_mut(at..at + short.len()) {
            place.copy_from_slice(short);
        }
        bss.update(&0u32.to_ne_bytes(), &memory, MapFlags::ANY).map_err(refuse)?;
        for key in map.keys().collect::<Vec<_>>() {
            let known = read::<abi::sigtop_watch_key>(&key).map(|key| (key.tag, key.dev, key.value));
            if !known.is_ok_and(|key| watches.entries.contains_key(&key)) {
                let _ = map.delete(&key); // it was there a moment ago, and nobody else deletes
            }
        }
        self.watches = watches;
        Ok(())
    }
}

/// What was found, with its inode in the kernel's own words.
fn there(skel: &AccessSkel<'_>, found: Found) -> There {
    let inode = found.file.as_ref().and_then(|file| inode_of(skel, file.as_fd()));
    let stat = found.file.and_then(|file| stat_of(file.as_fd()));
    There { inode, real: found.real, stat }
}

fn inode_of(skel: &AccessSkel<'_>, file: BorrowedFd<'_>) -> Option<Inode> {
    let mut context = (file.as_raw_fd() as u64).to_ne_bytes();
    let input = ProgramInput { context_in: Some(&mut context), ..ProgramInput::default() };
    let program = skel.object().progs_mut().find(|program| program.name() == LOOK_UP)?;
    program.test_run(input).ok()?;
    let memory = skel.maps.bss.lookup(&0u32.to_ne_bytes(), MapFlags::ANY).ok()??;
    let at = std::mem::offset_of!(Memory, looked_up);
    let found: abi::sigtop_inode = read(memory.get(at..at + size_of::<abi::sigtop_inode>())?).ok()?;
    (found.known != 0).then_some(Inode { ino: found.ino, dev: found.dev, generation: found.generation })
}

/// How often the kernel has left out this program.
fn misses(program: BorrowedFd<'_>) -> u64 {
    let mut info = libbpf_sys::bpf_prog_info::default();
    let mut size = size_of::<libbpf_sys::bpf_prog_info>() as u32;
    let place = std::ptr::from_mut(&mut info).cast();
    // SAFETY: the kernel writes at most `size` bytes, all of them integers.
    let error = unsafe { libbpf_sys::bpf_obj_get_info_by_fd(program.as_raw_fd(), place, &mut size) };
    if error == 0 { info.recursion_misses } else { 0 }
}

fn kind_of(fact: Fact) -> Kind {
    match fact {
        Fact::SIGTOP_OF_OPEN => Kind::Open,
        Fact::SIGTOP_OF_CHMOD => Kind::Chmod,
        Fact::SIGTOP_OF_MOVE => Kind::Move,
        _ => Kind::Connect,
    }
}
