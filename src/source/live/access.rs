//! Opens, changed modes, moves, connections: opens bpf/access.bpf.c by the best road that this kernel leaves, puts in what
//! is looked for, and attaches what is asked for. What nobody asks for any more is detached.
//!
//! An object beside the main one, as [`super::attempts`] has one: it writes into the same ring and the same counts, and
//! a kernel that refuses it refuses nothing else.

use super::access_skel::types::bss as Memory;
use super::access_skel::{AccessSkel, AccessSkelBuilder, OpenAccessSkel};
use super::attempts::{Attached, Lent, are_exits_forbidden};
use super::decode::{bytes_of, read};
use super::load::{self, refused};
use super::skel::types::{self as abi, sigtop_access_call as Call, sigtop_facts as Fact};
use super::watches::{Inode, LookedFor, Watches, facts};
use crate::error::Error;
use crate::event::{CountEvent, Event, Kind};
use crate::filter::Wanted;
use libbpf_rs::btf::types::{Func, FuncProto};
use libbpf_rs::btf::{Btf, ReferencesType};
use libbpf_rs::skel::{OpenSkel, Skel, SkelBuilder};
use libbpf_rs::{Link, MapCore, MapFlags, OpenObject, ProgramInput, libbpf_sys};
use rustix::fs::{Mode, OFlags, open as open_file};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// The calls with their numbers in 64-bit and 32-bit programs; 0: there is none.
#[cfg(target_arch = "x86_64")]
const CALLS: [(Call, u16, u16); 14] = [
    (Call::SIGTOP_CALL_OPEN, 2, 5),
    (Call::SIGTOP_CALL_CREAT, 85, 8),
    (Call::SIGTOP_CALL_OPENAT, 257, 295),
    (Call::SIGTOP_CALL_OPENAT2, 437, 437),
    (Call::SIGTOP_CALL_OPEN_BY_HANDLE, 304, 342),
    (Call::SIGTOP_CALL_CHMOD, 90, 15),
    (Call::SIGTOP_CALL_FCHMOD, 91, 94),
    (Call::SIGTOP_CALL_FCHMODAT, 268, 306),
    (Call::SIGTOP_CALL_FCHMODAT2, 452, 452),
    (Call::SIGTOP_CALL_RENAME, 82, 38),
    (Call::SIGTOP_CALL_RENAMEAT, 264, 302),
    (Call::SIGTOP_CALL_RENAMEAT2, 316, 353),
    (Call::SIGTOP_CALL_CONNECT, 42, 362),
    (Call::SIGTOP_CALL_SOCKETCALL, 0, 102),
];
/// The same for arm64 and its 32-bit programs.
#[cfg(target_arch = "aarch64")]
const CALLS: [(Call, u16, u16); 14] = [
    (Call::SIGTOP_CALL_OPEN, 0, 5),
    (Call::SIGTOP_CALL_CREAT, 0, 8),
    (Call::SIGTOP_CALL_OPENAT, 56, 322),
    (Call::SIGTOP_CALL_OPENAT2, 437, 437),
    (Call::SIGTOP_CALL_OPEN_BY_HANDLE, 265, 371),
    (Call::SIGTOP_CALL_CHMOD, 0, 15),
    (Call::SIGTOP_CALL_FCHMOD, 52, 94),
    (Call::SIGTOP_CALL_FCHMODAT, 53, 333),
    (Call::SIGTOP_CALL_FCHMODAT2, 452, 452),
    (Call::SIGTOP_CALL_RENAME, 0, 38),
    (Call::SIGTOP_CALL_RENAMEAT, 38, 329),
    (Call::SIGTOP_CALL_RENAMEAT2, 276, 382),
    (Call::SIGTOP_CALL_CONNECT, 203, 283),
    (Call::SIGTOP_CALL_SOCKETCALL, 0, 102),
];

const EVERY_CALL: &str = "on_sys_exit";
const LOOK_UP: &str = "look_up";
const OPEN_ROOT: &str = "do_file_open_root";
/// Since 5.12 (commit cc440e8738e5) a worker of io_uring is a thread of the process that it works for.
const OWN_WORKERS: &str = "create_io_thread";

/// By what a fact is seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    /// The exit of the kernel's own function (fexit).
    Exit,
    /// The security hook, as a program of an LSM.
    Lsm,
    /// The function that calls all LSMs (fentry).
    Hook,
}

/// A way to see a fact: a program, and the function of the kernel that it is for: the first of these that there is.
type Way = (Fact, By, &'static str, &'static [&'static str]);

/// The ways that were taken.
#[derive(Debug)]
struct Ways {
    taken: Vec<Way>,
    /// Whether io_uring's workers are threads of the processes that they work for.
    own_workers: bool,
}

/// By preference: what is first found for a fact is taken, with all that follow by the same means.
const WAYS: [Way; 11] = [
    (Fact::SIGTOP_OF_OPEN, By::Exit, "on_open_end", &["do_filp_open", "do_file_open"]), // renamed in 7.0
    (Fact::SIGTOP_OF_OPEN, By::Exit, "on_open_root_end", &[OPEN_ROOT]),
    (Fact::SIGTOP_OF_OPEN, By::Lsm, "on_lsm_file_open", &["bpf_lsm_file_open"]),
    (Fact::SIGTOP_OF_OPEN, By::Hook, "on_hook_file_open", &["security_file_open"]),
    (Fact::SIGTOP_OF_CHMOD, By::Lsm, "on_lsm_path_chmod", &["bpf_lsm_path_chmod"]),
    (Fact::SIGTOP_OF_CHMOD, By::Hook, "on_hook_path_chmod", &["security_path_chmod"]),
    (Fact::SIGTOP_OF_MOVE, By::Lsm, "on_lsm_path_rename", &["bpf_lsm_path_rename"]),
    (Fact::SIGTOP_OF_MOVE, By::Hook, "on_hook_path_rename", &["security_path_rename"]),
    (Fact::SIGTOP_OF_CONNECT, By::Exit, "on_connect_end", &["__sys_connect_file"]),
    (Fact::SIGTOP_OF_CONNECT, By::Lsm, "on_lsm_socket_connect", &["bpf_lsm_socket_connect"]),
    (Fact::SIGTOP_OF_CONNECT, By::Hook, "on_hook_socket_connect", &["security_socket_connect"]),
];

const ALL_FACTS: [Fact; 4] =
    [Fact::SIGTOP_OF_OPEN, Fact::SIGTOP_OF_CHMOD, Fact::SIGTOP_OF_MOVE, Fact::SIGTOP_OF_CONNECT];

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

/// The programs for what is told on request, and those of them that are attached.
pub struct Access {
    lent: Lent,
    state: State,
    /// For each fact; on the road of every call one for all.
    attached: BTreeMap<u32, Attached>,
    wanted: Wanted,
    watches: Watches,
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
        if self.wanted.is_nothing() || !self.watches.are_stale() {
            return false;
        }
        self.write_watches(&self.wanted.clone()).is_ok()
    }

    /// What was done while a program could not run, by kind. A kernel that takes the processor away from one (PREEMPT)
    /// leaves it out for whoever comes next on that processor (since 5.12), and counts that.
    pub fn missed(&mut self, mono_ns: u64) -> Vec<Event> {
        let (State::Functions(skel, _) | State::EveryCall(skel)) = &self.state else { return Vec::new() };
        let mut lost = Vec::new();
        for program in skel.object().progs().filter(|program| program.autoload()) {
            let name = program.name().to_string_lossy().into_owned();
            let kind = WAYS.iter().find(|way| way.2 == name).map(|way| kind_of(way.0));
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
            self.state = open_functions(&self.lent).unwrap_or(State::Refused);
        }
        if let State::Functions(..) = self.state
            && let Some(roads) = self.tell_by_functions(wanted, bits)
        {
            return Ok(roads);
        }
        if let State::Refused = self.state {
            self.state = State::EveryCall(Box::new(open_every_call(&self.lent)?));
        }
        self.write_watches(wanted)?;
        if let State::EveryCall(skel) = &self.state
            && self.attached.is_empty()
        {
            let links = attach(skel, &|name| name == EVERY_CALL).map_err(|e| refused("attach", &e))?;
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
                self.state = open_functions(&self.lent).unwrap_or(State::Refused);
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
                let links = attach(skel, &|name| ways.taken.iter().any(|way| way.0 == *fact && way.2 == name))?;
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
        let watches = Watches::new(wanted, &mut |path| inode_of(skel, path));
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

/// Which inode is at this path, in the kernel's own words.
fn inode_of(skel: &AccessSkel<'_>, path: &str) -> Option<Inode> {
    let file = open_file(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut context = (file.as_raw_fd() as u64).to_ne_bytes();
    let input = ProgramInput { context_in: Some(&mut context), ..ProgramInput::default() };
    let program = skel.object().progs_mut().find(|program| program.name() == LOOK_UP)?;
    program.test_run(input).ok()?;
    let memory = skel.maps.bss.lookup(&0u32.to_ne_bytes(), MapFlags::ANY).ok()??;
    let at = std::mem::offset_of!(Memory, looked_up);
    let found: abi::sigtop_inode = read(memory.get(at..at + size_of::<abi::sigtop_inode>())?).ok()?;
    (found.known != 0).then_some(Inode { ino: found.ino, dev: found.dev })
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

/// Attaches those that were loaded and have such a name: all, or none.
fn attach(skel: &AccessSkel<'_>, is: &dyn Fn(&str) -> bool) -> libbpf_rs::Result<Vec<Link>> {
    let mut chosen: Vec<_> = skel
        .object()
        .progs_mut()
        .filter(|program| program.autoload() && is(&program.name().to_string_lossy()))
        .collect();
    chosen.iter_mut().map(|program| program.attach()).collect()
}

/// With the programs for the functions that this kernel has: as an LSM's where it is one, then without. `None` where
/// the kernel lacks or forbids them.
fn open_functions(lent: &Lent) -> Option<State> {
    if are_exits_forbidden() {
        return None;
    }
    let btf = Btf::from_vmlinux().ok()?;
    let has = |name: &str| btf.type_by_name::<Func<'_>>(name).is_some();
    let lists_bpf =
        fs::read_to_string("/sys/kernel/security/lsm").is_ok_and(|list| list.trim().split(',').any(|lsm| lsm == "bpf"));
    let found = [true, false].into_iter().skip(usize::from(!lists_bpf)).find_map(|with_lsm| {
        let ways = Ways { taken: choose(&has, with_lsm)?, own_workers: has(OWN_WORKERS) };
        let mut open = open(lent).ok()?;
        if let Some(rodata) = open.maps.rodata_data.as_deref_mut() {
            rodata.open_root_arguments = arguments_of(&btf, OPEN_ROOT).unwrap_or(rodata.open_root_arguments);
        }
        for mut program in open.open_object_mut().progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            let Some((_, by, _, functions)) = ways.taken.iter().find(|way| way.2 == name) else { continue };
            let function = functions.iter().find(|function| has(function))?;
            if *by != By::Lsm {
                program.set_attach_target(0, Some((*function).into())).ok()?;
            }
            program.set_autoload(true);
        }
        Some(State::Functions(Box::new(open.load().ok()?), ways))
    });
    load::forget_what_was_said();
    found
}

/// How many arguments a function has.
fn arguments_of(btf: &Btf<'_>, name: &str) -> Option<u32> {
    let prototype = FuncProto::try_from(btf.type_by_name::<Func<'_>>(name)?.referenced_type()).ok()?;
    Some(prototype.len() as u32)
}

/// The ways for every fact, or `None` where one has none.
fn choose(has: &dyn Fn(&str) -> bool, with_lsm: bool) -> Option<Vec<Way>> {
    let usable = |way: &&Way| (with_lsm || way.1 != By::Lsm) && way.3.iter().any(|function| has(function));
    let mut chosen = Vec::new();
    for fact in ALL_FACTS {
        let of_fact = || WAYS.iter().filter(|way| way.0 == fact).filter(usable);
        let best = of_fact().next()?.1;
        chosen.extend(of_fact().filter(|way| way.1 == best));
    }
    Some(chosen)
}

fn open_every_call(lent: &Lent) -> Result<AccessSkel<'static>, Error> {
    let mut open = open(lent).map_err(|e| refused("open", &e))?;
    open.progs.on_sys_exit.set_autoload(true);
    open.load().map_err(|e| refused("load", &e))
}

fn open(lent: &Lent) -> libbpf_rs::Result<OpenAccessSkel<'static>> {
    // A few bytes, as often as a road is looked for: the skeleton wants to borrow them for as long as it lives.
    let object: &'static mut MaybeUninit<OpenObject> = Box::leak(Box::new(MaybeUninit::uninit()));
    let mut open = AccessSkelBuilder::default().open(object)?;
    if let Some(rodata) = open.maps.rodata_data.as_deref_mut() {
        rodata.config.stack_size = load::STACK_SIZE;
        rodata.own_pid = std::process::id();
        for (call, native, compat) in CALLS {
            for (numbers, nr) in [(&mut rodata.calls.of, native), (&mut rodata.calls.of_compat, compat)] {
                if nr != 0 {
                    numbers[usize::from(nr)] = call.0 as u8;
                }
            }
        }
    }
    open.progs.look_up.set_autoload(true);
    let maps = &mut open.maps;
    for (map, lent) in [
        (&mut maps.events, &lent.events),
        (&mut maps.generation, &lent.generation),
        (&mut maps.unsent_a, &lent.unsent_a),
        (&mut maps.unsent_b, &lent.unsent_b),
        (&mut maps.recent_a, &lent.recent_a),
        (&mut maps.recent_b, &lent.recent_b),
        (&mut maps.unsent_rest, &lent.unsent_rest),
        (&mut maps.bss_shared, &lent.words),
    ] {
        map.reuse_fd(lent.as_fd())?;
    }
    Ok(open)
}

/// What a stream's header says of the functions.
fn function_sentences(ways: &Ways, bits: u32) -> Vec<String> {
    let uring = if ways.own_workers { "io_uring's too" } else { "io_uring's too, as the deeds of the kernel's worker" };
    let asked =
        |fact: Fact| ways.taken.iter().filter(move |way| way.0 == fact && way.0.0 & bits != 0).map(|way| way.1).next();
    let mut said = Vec::new();
    for (fact, what, refused) in [
        (Fact::SIGTOP_OF_OPEN, "opens", "an open that then fails"),
        (Fact::SIGTOP_OF_CHMOD, "changed modes", "a chmod that is then refused"),
        (Fact::SIGTOP_OF_MOVE, "moves", "a rename that is then refused"),
        (Fact::SIGTOP_OF_CONNECT, "connections", "a connect that then fails"),
    ] {
        let Some(by) = asked(fact) else { continue };
        said.push(match by {
            By::Exit => {
                format!("{what} are seen where the kernel has done them (fexit), {uring}, with their errors")
            }
            By::Lsm => format!("{what} are seen at the security hook (LSM), {uring}; {refused} is told as done"),
            By::Hook => {
                format!("{what} are seen at the security hook (fentry), {uring}; {refused} is told as done")
            }
        });
    }
    if let Some(last) = said.last_mut().filter(|_| bits & Fact::SIGTOP_OF_CONNECT.0 != 0) {
        *last = format!("{last}; {CONNECT_ALONE}");
    }
    said
}

/// What is no connection to those who see them.
const CONNECT_ALONE: &str = "what is sent without connect(2) is not (UDP by sendto, MSG_FASTOPEN)";

/// What it says of every call.
fn every_call_sentences(bits: u32) -> Vec<String> {
    const COST: &str = "which costs each of them 20 to 50 ns";
    [
        (
            Fact::SIGTOP_OF_OPEN,
            "opens are seen at the exit of every system call (sys_exit)",
            "io_uring's are not seen, nor what another thread replaces at once (dup2)",
        ),
        (
            Fact::SIGTOP_OF_CHMOD.or(Fact::SIGTOP_OF_MOVE),
            "changed modes and moves are seen at the exit of every system call (sys_exit)",
            "io_uring's are not seen; a path is what the caller wrote, followed a moment later",
        ),
        (
            Fact::SIGTOP_OF_CONNECT,
            "connections are seen at the exit of every system call (sys_exit)",
            "io_uring's are not seen, nor what is sent without connect(2) (UDP by sendto, MSG_FASTOPEN)",
        ),
    ]
    .into_iter()
    .filter(|(fact, ..)| fact.0 & bits != 0)
    .map(|(_, how, but)| format!("{how}, {COST}; {but}"))
    .collect()
}

/// Bits of two.
trait Or {
    /// Either's.
    fn or(self, other: Self) -> Self;
}

impl Or for Fact {
    fn or(self, other: Fact) -> Fact {
        abi::sigtop_facts(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_way_that_the_kernel_has_is_taken() {
        let names = |has: &dyn Fn(&str) -> bool, lsm| {
            choose(has, lsm).map(|ways| ways.iter().map(|way| way.2).collect::<Vec<_>>())
        };
        let all = names(&|_| true, true).unwrap();
        assert_eq!(
            all,
            ["on_open_end", "on_open_root_end", "on_lsm_path_chmod", "on_lsm_path_rename", "on_connect_end"]
        );
        let hooks = names(&|name| name.starts_with("security_"), false).unwrap();
        assert!(hooks.len() == 4 && hooks.iter().all(|name| name.starts_with("on_hook_")), "{hooks:?}");
        assert_eq!(names(&|name| name != "security_path_chmod", false), None);
    }
}
