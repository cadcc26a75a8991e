//! The filter in the kernel: writes the maps that bpf/filter.bpf.h reads.
//!
//! A filter is written to a slot that nobody looks into, and put in force by one store. Whoever descends from a watched
//! process must be in the slot before that; so its trees begin to grow in the kernel first, and then the processes that
//! are known are put in, again and again until no new one was born in between.

use super::decode::{MAYBE_OOM, ORIGINS, bytes_of, read};
use super::seed;
use super::skel::{SigtopSkel, types as abi};
use crate::event::{Origin, ProcKey};
use crate::filter::Filter;
use crate::filter::kernel::{Clause, Member, NameTest, Place, Program};
use abi::sigtop_member_kind as Kind;
use libbpf_rs::{ErrorKind, MapCore, MapFlags};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// The filters in the kernel.
pub struct Slots<'a> {
    /// One more than the slot that is being filled.
    preparing: &'a AtomicU32,
    /// Rises by one with each change; each record has that of the filter it passed.
    generation: u32,
    /// The kernel's own: by slot, and by the low bits of a pid, whether such a one may be in it.
    pids_in: Vec<&'a [AtomicU8]>,
    /// Descendants in the slot that is being filled, and for which bits.
    filled: HashSet<(ProcKey, u32)>,
}

impl<'a> Slots<'a> {
    /// Generation 0 is in force ([`write_first`]).
    pub fn new(preparing: &'a AtomicU32, pids_in: Vec<&'a [AtomicU8]>) -> Slots<'a> {
        Slots { preparing, generation: 0, pids_in, filled: HashSet::new() }
    }

    /// Writes the filter of the next generation, but for the descendants of watched processes, who are in it from their
    /// birth from now on. Which generation that is.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn prepare(&mut self, skel: &SigtopSkel<'_>, program: &Program) -> Result<u32, String> {
        let slot = self.next_slot(skel);
        self.filled.clear();
        self.write(skel, slot, program).inspect_err(|_| clear(skel, slot))?;
        self.preparing.store(slot + 1, Ordering::SeqCst);
        put_cgroups(skel, slot, program)?; // those that are made from now on are put in by the kernel
        Ok(self.generation + 1)
    }

    /// Puts in descendants that are alive already. How many were not in it yet.
    ///
    /// # Errors
    /// Where they are too many.
    pub fn add(
        &mut self,
        skel: &SigtopSkel<'_>,
        descendants: impl Iterator<Item = ProcKey>,
        bits: u32,
    ) -> Result<usize, String> {
        let slot = self.next_slot(skel);
        let mut added = 0;
        for process in descendants {
            if self.filled.insert((process, bits)) {
                let key = self.pid_key(process.pid, slot);
                put(skel, &key, abi::sigtop_member { bits: 0, inherited: bits, start_ns: process.start_ns })?;
                added += 1;
            }
        }
        Ok(added)
    }

    /// Puts the prepared filter in force: for the kernel, one 4-byte store.
    ///
    /// # Errors
    /// Where the kernel would not.
    pub fn put_in_force(&mut self, skel: &SigtopSkel<'_>) -> Result<(), String> {
        let next = self.generation + 1;
        let store = skel.maps.generation.update(&0u32.to_ne_bytes(), &next.to_ne_bytes(), MapFlags::ANY);
        self.preparing.store(0, Ordering::SeqCst);
        store.map_err(|e| format!("the kernel refused the filter ({e})"))?;
        self.generation = next;
        Ok(())
    }

    /// Forgets what was prepared.
    pub fn give_up(&mut self, skel: &SigtopSkel<'_>) {
        self.preparing.store(0, Ordering::SeqCst);
        clear(skel, self.next_slot(skel));
    }

    /// Empties the slots that are not in force any more. Not right after a change: a program may still look into one.
    pub fn clear_old(&self, skel: &SigtopSkel<'_>) {
        let current = self.generation % skel.maps.filters.max_entries();
        retain(skel, |slot| slot == current);
    }

    fn next_slot(&self, skel: &SigtopSkel<'_>) -> u32 {
        (self.generation + 1) % skel.maps.filters.max_entries()
    }

    /// Writes a whole filter into a slot.
    fn write(&self, skel: &SigtopSkel<'_>, slot: u32, program: &Program) -> Result<(), String> {
        clear(skel, slot);
        self.pids_in(slot).iter().for_each(|is_in| is_in.store(0, Ordering::Relaxed));
        for (member, bits) in &program.members {
            let key = match member {
                Member::Pid(pid) => self.pid_key(*pid, slot),
                Member::Uid(uid) => member_key(Kind::SIGTOP_BY_UID, u64::from(*uid), slot),
                Member::Tty(tty) => member_key(Kind::SIGTOP_BY_TTY, u64::from(tty.0), slot),
            };
            put(skel, &key, abi::sigtop_member { bits: *bits, ..Default::default() })?;
        }
        put_filter(skel, slot, program)
    }

    /// The key of a pid that is about to be put in: from here on the kernel looks for it.
    fn pid_key(&self, pid: u32, slot: u32) -> abi::sigtop_member_key {
        let pids = self.pids_in(slot);
        if let Some(is_in) = pids.get(pid as usize % pids.len().max(1)) {
            is_in.store(1, Ordering::SeqCst);
        }
        member_key(Kind::SIGTOP_BY_PID, pid.into(), slot)
    }

    fn pids_in(&self, slot: u32) -> &[AtomicU8] {
        self.pids_in.get(slot as usize).copied().unwrap_or_default()
    }
}

/// Writes what a filter asks, without who is known to be asked for.
fn put_filter(skel: &SigtopSkel<'_>, slot: u32, program: &Program) -> Result<(), String> {
    let refused = |e| format!("the kernel refused the filter ({e})");
    skel.maps.filters.update(&slot.to_ne_bytes(), bytes_of(&to_abi(program)), MapFlags::ANY).map_err(refused)
}

/// Who is in a cgroup that is asked for, or below it, has its bits.
fn put_cgroups(skel: &SigtopSkel<'_>, slot: u32, program: &Program) -> Result<(), String> {
    if program.places.is_empty() {
        return Ok(());
    }
    for (id, path) in seed::cgroups() {
        let bits = program.places.iter().filter(|place| place.holds(&path)).fold(0, |bits, place| bits | place.bits);
        if bits != 0 {
            let more = abi::sigtop_member { bits, ..Default::default() };
            put(skel, &member_key(Kind::SIGTOP_BY_CGROUP, id, slot), more)?;
        }
    }
    Ok(())
}

/// Generation 0 lets everything pass. To be written before anything is attached.
///
/// # Errors
/// Why not, in words.
pub fn write_first(skel: &SigtopSkel<'_>) -> Result<(), String> {
    put_filter(skel, 0, &Program::new(&Filter::EVERYTHING))
}

fn member_key(kind: Kind, value: u64, slot: u32) -> abi::sigtop_member_key {
    abi::sigtop_member_key { value, kind: kind.0, slot }
}

/// Adds to what is there. If the kernel puts in the same process in between, it is asked again what is there.
fn put(skel: &SigtopSkel<'_>, key: &abi::sigtop_member_key, more: abi::sigtop_member) -> Result<(), String> {
    let known = skel.maps.members.lookup(bytes_of(key), MapFlags::ANY).ok().flatten();
    let known = known.and_then(|bytes| read::<abi::sigtop_member>(&bytes).ok());
    let how = if known.is_some() { MapFlags::ANY } else { MapFlags::NO_EXIST };
    let mut member = known.unwrap_or_default();
    member.bits |= more.bits;
    if more.inherited != 0 {
        let others = if member.start_ns == more.start_ns { member.inherited } else { 0 };
        (member.inherited, member.start_ns) = (others | more.inherited, more.start_ns);
    }
    let done = skel.maps.members.update(bytes_of(key), bytes_of(&member), how);
    if known.is_none() && done.as_ref().is_err_and(|e| e.kind() == ErrorKind::AlreadyExists) {
        return put(skel, key, more);
    }
    done.map_err(|e| match e.kind() {
        ErrorKind::TooBig | ErrorKind::OutOfMemory => {
            format!("too many processes for the kernel to watch: at most {}", skel.maps.members.max_entries())
        }
        _ => format!("the kernel refused the filter ({e})"),
    })
}

fn clear(skel: &SigtopSkel<'_>, emptied: u32) {
    retain(skel, |slot| slot != emptied);
}

/// Deletes the members of slots that are not to be kept.
fn retain(skel: &SigtopSkel<'_>, keep: impl Fn(u32) -> bool) {
    let keys: Vec<Vec<u8>> = skel.maps.members.keys().collect();
    for key in keys {
        let slot = read::<abi::sigtop_member_key>(&key).map_or(u32::MAX, |key| key.slot);
        if !keep(slot) {
            let _ = skel.maps.members.delete(&key); // gone already: its process was reaped
        }
    }
}

fn to_abi(program: &Program) -> abi::sigtop_filter {
    let mut filter = abi::sigtop_filter {
        signals: program.signals().bits(),
        everything: program.is_everything().into(),
        from_kinds: kinds(program, program.from_bits()),
        to_kinds: kinds(program, program.to_bits()),
        trees: program.trees.iter().fold(0, |bits, (_, bit)| bits | bit),
        clause_count: program.clauses.len() as u32,
        name_count: program.names.len() as u32,
        place_count: program.places.len() as u32,
        ..Default::default()
    };
    filter.clauses.iter_mut().zip(&program.clauses).for_each(|(to, from)| *to = clause(from));
    filter.places.iter_mut().zip(&program.places).for_each(|(to, from)| *to = place_to_abi(from));
    filter.names.iter_mut().zip(&program.names).for_each(|(to, from)| *to = name(from));
    filter
}

/// What must be looked at to know these bits.
fn kinds(program: &Program, bits: u32) -> u32 {
    let of_member = |member: &Member| match member {
        Member::Pid(_) => Kind::SIGTOP_BY_PID,
        Member::Uid(_) => Kind::SIGTOP_BY_UID,
        Member::Tty(_) => Kind::SIGTOP_BY_TTY,
    };
    let members = program.members.iter().map(|(member, has)| (of_member(member), *has));
    let names = program.names.iter().map(|name| (Kind::SIGTOP_BY_NAME, name.bits));
    let places = program.places.iter().map(|place| (Kind::SIGTOP_BY_CGROUP, place.bits));
    members.chain(names).chain(places).filter(|(_, has)| has & bits != 0).fold(0, |kinds, (kind, _)| kinds | kind.0)
}

fn clause(from: &Clause) -> abi::sigtop_clause {
    abi::sigtop_clause {
        signals: from.signals.bits(),
        origins: origins(from.origins),
        results: from.results, // in the order of the kernel's numbers
        from_need: from.from_need,
        from_not: from.from_not,
        to_need: from.to_need,
        to_not: from.to_not,
        any_need: from.any_need,
        pad: 0,
    }
}

/// Bits by the kernel side's numbers, from bits by the places in [`Origin::ALL`].
fn origins(places: u32) -> u32 {
    let has = |at: usize| places >> at & 1 == 1;
    let numbers = ORIGINS.iter().filter(|(number, origin)| {
        let maybe_oom = *number == MAYBE_OOM && has(place(Origin::Oom));
        has(place(*origin)) || maybe_oom
    });
    numbers.fold(0, |bits, (number, _)| bits | 1 << number)
}

fn place(origin: Origin) -> usize {
    Origin::ALL.iter().position(|o| *o == origin).unwrap_or(31)
}

fn place_to_abi(from: &Place) -> abi::sigtop_place {
    let mut text = [0u8; 128];
    let len = from.text.len().min(text.len() - 1);
    text[..len].copy_from_slice(&from.text.as_bytes()[..len]);
    let word = |at: usize| u64::from_ne_bytes(std::array::from_fn(|i| text[8 * at + i]));
    abi::sigtop_place { text: std::array::from_fn(word), bits: from.bits, by_name: from.by_name.into() }
}

fn name(from: &NameTest) -> abi::sigtop_name {
    let mut value = [0u8; 16];
    let mut mask = [0u8; 16];
    let len = from.text.len().min(15);
    value[..len].copy_from_slice(&from.text.as_bytes()[..len]);
    let compared = if from.prefix { len } else { len + 1 }; // the NUL behind it too
    mask[..compared].fill(0xff);
    let word = |bytes: &[u8; 16], at: usize| u64::from_ne_bytes(std::array::from_fn(|i| bytes[at + i]));
    abi::sigtop_name {
        value: [word(&value, 0), word(&value, 8)],
        mask: [word(&mask, 0), word(&mask, 8)],
        bits: from.bits,
        pad: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SendResult;
    use crate::filter::{Expr, Filter, Pattern, Side, Term, Who};

    #[test]
    fn results_have_the_kernels_numbers() {
        use SendResult::*;
        assert_eq!(SendResult::ALL[..5], [Queued, Ignored, Coalesced, Overflow, InfoLost]);
    }

    #[test]
    fn a_kernels_sigkill_may_become_the_oom_killers() {
        let oom = origins(1 << place(Origin::Oom));
        let kernel = origins(1 << place(Origin::Kernel));
        let maybe = 1 << MAYBE_OOM;
        assert!(oom & maybe != 0 && kernel & maybe != 0);
        assert_eq!(origins(1 << place(Origin::User)), 1 << 1);
    }

    #[test]
    fn names_are_compared_whole_or_from_the_start() {
        let test = |text: &str, prefix| name(&NameTest { text: text.into(), prefix, bits: 1 });
        let fits = |name: &abi::sigtop_name, comm: &[u8; 16]| {
            let word = |at: usize| u64::from_ne_bytes(std::array::from_fn(|i| comm[at + i]));
            (0..2).all(|i| word(8 * i) & name.mask[i] == name.value[i])
        };
        // What stands behind the NUL is left from an earlier name.
        assert!(fits(&test("bash", false), b"bash\0garbage\0\0\0\0"));
        assert!(!fits(&test("bash", false), b"bashful\0\0\0\0\0\0\0\0\0"));
        assert!(fits(&test("bash", true), b"bashful\0\0\0\0\0\0\0\0\0"));
        assert!(fits(&test("0123456789abcde", false), b"0123456789abcde\0"));
        assert!(!fits(&test("0123456789abcde", false), b"0123456789abcdf\0"));
        assert!(fits(&test("", true), b"anything\0\0\0\0\0\0\0\0"));
    }

    #[test]
    fn only_what_is_asked_for_is_looked_at() {
        let who = |side, who| Expr::Term(Term::Party(side, who));
        let name = Who::Name(Pattern("bash".into()));
        let filter = Filter(Expr::all(vec![who(Side::From, vec![name]), who(Side::To, vec![Who::Pid(7)])]));
        let abi = to_abi(&Program::new(&filter));
        assert_eq!((abi.from_kinds, abi.to_kinds), (Kind::SIGTOP_BY_NAME.0, Kind::SIGTOP_BY_PID.0));
        assert_eq!((abi.everything, abi.clause_count, abi.trees), (0, 1, 0));
        let everything = to_abi(&Program::new(&Filter::EVERYTHING));
        assert_eq!((everything.everything, everything.from_kinds), (1, 0));
    }
}
