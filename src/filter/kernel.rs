//! What of a filter the kernel can decide: [`Program`], the contents of its maps in plain data.
//!
//! The kernel only ever narrows to more than the filter shows; `eval` decides the rest. So every step here may leave
//! a condition out, and none may add one. A filter becomes up to [`CLAUSES`] clauses, one of which must fit (a
//! disjunctive normal form); what has no place in them is left out. bpf/filter.bpf.h applies them.

use super::{Expr, Filter, Pattern, Placement, Side, Term, Who, cgroup};
use crate::event::{Kind, Name, Origin, SendResult, Tty};
use crate::signal::SignalSet;

/// The most clauses: SIGTOP_CLAUSES in bpf/sigtop.h.
pub const CLAUSES: usize = 8;
/// The most names: SIGTOP_NAMES.
pub const NAMES: usize = 16;
/// The most cgroups: SIGTOP_PLACES.
pub const PLACES: usize = 4;
/// The longest path or name of a cgroup, in bytes: SIGTOP_PLACE - 1.
const PLACE_MAX: usize = 127;
/// The most that is asked of processes: bits of a word.
const BITS: usize = 32;

/// One way to pass. A bit stands for something asked of a process: see [`Program::members`] and [`Program::names`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clause {
    /// Signals that fit.
    pub signals: SignalSet,
    /// Origins that fit, by their place in [`Origin::ALL`].
    pub origins: u32,
    /// Results that fit, by their place in [`SendResult::ALL`].
    pub results: u32,
    /// What the sender must be.
    pub from_need: u32,
    /// What the sender must not be.
    pub from_not: u32,
    /// What the target must be.
    pub to_need: u32,
    /// What the target must not be.
    pub to_not: u32,
    /// What the sender or the target must be, for each bit on its own.
    pub any_need: u32,
}

/// What is looked up to know whether a process has a bit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Member {
    /// Its pid.
    Pid(u32),
    /// Its real user id.
    Uid(u32),
    /// Its controlling terminal.
    Tty(Tty),
}

/// A name, or how it begins, that gives bits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameTest {
    /// The name, or its beginning: at most 15 bytes.
    pub text: String,
    /// Only the beginning.
    pub prefix: bool,
    /// What it gives.
    pub bits: u32,
}

/// A cgroup that gives bits to whoever is in it, or below it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Its path, or its name: the last component of the path.
    pub text: String,
    /// It is a name.
    pub by_name: bool,
    /// What it gives.
    pub bits: u32,
}

impl Place {
    /// Whether the cgroup with this path is it, or is below it.
    pub fn holds(&self, path: &str) -> bool {
        if self.by_name { path.split('/').any(|name| name == self.text) } else { cgroup::is_within(path, &self.text) }
    }
}

/// What the kernel is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// One of them must fit; of none, nothing passes.
    pub clauses: Vec<Clause>,
    /// Who has which bits.
    pub members: Vec<(Member, u32)>,
    /// The same, by names.
    pub names: Vec<NameTest>,
    /// Pids whose descendants have these bits too.
    pub trees: Vec<(u32, u32)>,
    /// Cgroups whose processes have bits.
    pub places: Vec<Place>,
    /// Which terms are decided where.
    pub placement: Placement,
}

impl Clause {
    /// Lets everything pass.
    pub const EVERYTHING: Clause = Clause {
        signals: SignalSet::ALL,
        origins: u32::MAX,
        results: u32::MAX,
        from_need: 0,
        from_not: 0,
        to_need: 0,
        to_not: 0,
        any_need: 0,
    };

    /// Both.
    fn and(self, other: Clause) -> Clause {
        Clause {
            signals: SignalSet::from_bits(self.signals.bits() & other.signals.bits()),
            origins: self.origins & other.origins,
            results: self.results & other.results,
            from_need: self.from_need | other.from_need,
            from_not: self.from_not | other.from_not,
            to_need: self.to_need | other.to_need,
            to_not: self.to_not | other.to_not,
            any_need: self.any_need | other.any_need,
        }
    }

    /// Whether nothing at all can fit.
    fn is_empty(&self) -> bool {
        self.signals.is_empty()
            || self.origins == 0
            || self.results == 0
            || self.from_need & self.from_not != 0
            || self.to_need & self.to_not != 0
            || self.any_need & self.from_not & self.to_not != 0
    }
}

impl Program {
    /// The program of a filter, which lets pass at least what the filter shows.
    pub fn new(filter: &Filter) -> Program {
        Program::with(filter, true)
    }

    /// The same for a machine whose `cgroups` are those of the unified hierarchy alone, or not: then the kernel goes by
    /// others than people do.
    pub fn with(filter: &Filter, cgroups: bool) -> Program {
        let mut compiler = Compiler { cgroups, ..Compiler::default() };
        let mut clauses = vec![Clause::EVERYTHING];
        let mut placement = Placement::default();
        for part in filter.0.parts() {
            let (ways, exact) = compiler.compile(part, true);
            let both = product(&clauses, &ways);
            let kept = both.len() <= CLAUSES;
            if kept {
                clauses = both;
            }
            let place = if exact && kept { &mut placement.kernel } else { &mut placement.here };
            place.push(Filter(part.clone()).to_string());
        }
        let Compiler { mut members, names, trees, places, .. } = compiler;
        members.sort_unstable();
        members.dedup_by(|(next, more), (member, bits)| {
            let is_same = next == member;
            *bits |= if is_same { *more } else { 0 };
            is_same
        });
        Program { clauses, members, names, trees, places, placement }
    }

    /// Whether everything passes.
    pub fn is_everything(&self) -> bool {
        self.clauses.contains(&Clause::EVERYTHING)
    }

    /// The signals of all clauses.
    pub fn signals(&self) -> SignalSet {
        SignalSet::from_bits(self.clauses.iter().fold(0, |bits, clause| bits | clause.signals.bits()))
    }

    /// The signals that pass whoever sends them to whom, with whatever result.
    pub fn unconditional(&self) -> SignalSet {
        let free = |c: &&Clause| Clause { signals: SignalSet::ALL, ..**c } == Clause::EVERYTHING;
        let bits = self.clauses.iter().filter(free).fold(0, |bits, clause| bits | clause.signals.bits());
        SignalSet::from_bits(bits)
    }

    /// The bits that the sender is asked for.
    pub fn from_bits(&self) -> u32 {
        self.clauses.iter().fold(0, |bits, c| bits | c.from_need | c.from_not | c.any_need)
    }

    /// The bits that the target is asked for.
    pub fn to_bits(&self) -> u32 {
        self.clauses.iter().fold(0, |bits, c| bits | c.to_need | c.to_not | c.any_need)
    }
}

/// What becomes of a send that sent nothing, and has an errno.
const TRIED: [SendResult; 2] = [SendResult::Failed, SendResult::Probe];

/// Which terms of a filter would be decided where.
pub fn placement(filter: &Filter) -> Placement {
    Program::new(filter).placement
}

/// Either of `a` together with either of `b`, without those that nothing can fit.
fn product(a: &[Clause], b: &[Clause]) -> Vec<Clause> {
    let mut both: Vec<Clause> = Vec::new();
    for clause in a.iter().flat_map(|a| b.iter().map(|b| a.and(*b))).filter(|clause| !clause.is_empty()) {
        if !both.contains(&clause) {
            both.push(clause);
        }
    }
    both
}

/// The ways to make an expression true, and whether they say all of it.
type Ways = (Vec<Clause>, bool);

/// What the kernel cannot decide: it lets everything pass.
fn unknown() -> Ways {
    (vec![Clause::EVERYTHING], false)
}

#[derive(Default)]
struct Compiler {
    bits: usize,
    members: Vec<(Member, u32)>,
    names: Vec<NameTest>,
    trees: Vec<(u32, u32)>,
    places: Vec<Place>,
    cgroups: bool,
    /// Terms about processes that have their bit already.
    known: Vec<(Term, u32)>,
}

impl Compiler {
    /// The ways to make `expr` true, or with `wanted` false, not true.
    fn compile(&mut self, expr: &Expr, wanted: bool) -> Ways {
        match (expr, wanted) {
            (Expr::Not(inner), _) => self.compile(inner, !wanted),
            (Expr::Term(term), _) => self.term(term, wanted),
            (Expr::All(parts), true) | (Expr::Any(parts), false) => self.every(parts, wanted),
            (Expr::Any(parts), true) | (Expr::All(parts), false) => self.either(parts, wanted),
        }
    }

    fn every(&mut self, parts: &[Expr], wanted: bool) -> Ways {
        let mut all = vec![Clause::EVERYTHING];
        let mut exact = true;
        for part in parts {
            let (ways, said) = self.compile(part, wanted);
            let both = product(&all, &ways);
            exact &= said && both.len() <= CLAUSES;
            if both.len() <= CLAUSES {
                all = both;
            }
        }
        (all, exact)
    }

    fn either(&mut self, parts: &[Expr], wanted: bool) -> Ways {
        let mut any: Vec<Clause> = Vec::new();
        let mut exact = true;
        for part in parts {
            let (ways, said) = self.compile(part, wanted);
            exact &= said;
            ways.into_iter().for_each(|way| merge(&mut any, way));
            if any.len() > CLAUSES {
                return unknown();
            }
        }
        (any, exact)
    }

    fn term(&mut self, term: &Term, wanted: bool) -> Ways {
        let all = Clause::EVERYTHING;
        let one = |clause: Clause| (if clause.is_empty() { Vec::new() } else { vec![clause] }, true);
        match term {
            Term::Signal(set) => one(Clause { signals: if wanted { *set } else { set.complement() }, ..all }),
            Term::Result(results) => one(Clause { results: mask(SendResult::ALL, results, wanted), ..all }),
            Term::Origin(origins) => one(Clause { origins: mask(Origin::ALL, origins, wanted), ..all }),
            Term::Kind(kinds) => of_kind(kinds, wanted),
            Term::Party(..) | Term::Tree(_) | Term::User(_) | Term::Tty(_) | Term::Cgroup(_) | Term::Unit(_) => {
                self.bit(term).map_or_else(unknown, |bit| (about(side(term), bit, wanted), true))
            }
            Term::Container(_) | Term::Exe(_) | Term::Arg(_) | Term::Word(_) => unknown(),
            Term::Of(..) | Term::Same(_) => unknown(),
            Term::Path(_) | Term::Port(_) | Term::Addr(_) | Term::Mode(_) | Term::Access(_) => of_no_signal(wanted),
            Term::Errno(_) if wanted => (vec![Clause { results: mask(SendResult::ALL, &TRIED, true), ..all }], false),
            Term::Errno(_) => unknown(),
        }
    }

    /// The bit that stands for what a term asks of a process; none where the kernel cannot know it.
    fn bit(&mut self, term: &Term) -> Option<u32> {
        let about = match term {
            Term::Party(_, who) => Term::Party(Side::Either, who.clone()), // the question is the same on each side
            other => other.clone(),
        };
        if let Some((_, bit)) = self.known.iter().find(|(known, _)| *known == about) {
            return Some(*bit);
        }
        if self.bits == BITS {
            return None;
        }
        let bit = 1 << self.bits;
        match term {
            Term::Party(_, who) => self.party(who, bit)?,
            Term::Tree(pids) => {
                self.trees.extend(pids.iter().map(|pid| (*pid, bit)));
                pids.iter().for_each(|pid| self.member(Member::Pid(*pid), bit));
            }
            Term::User(users) => users.iter().for_each(|user| self.member(Member::Uid(user.uid), bit)),
            Term::Tty(ttys) => ttys.iter().for_each(|tty| self.member(Member::Tty(*tty), bit)),
            Term::Cgroup(paths) => self.add_places(paths.iter().map(|path| (path.clone(), false)).collect(), bit)?,
            Term::Unit(units) => self.add_places(unit_names(units)?, bit)?,
            _ => return None,
        }
        self.bits += 1;
        self.known.push((about, bit));
        Some(bit)
    }

    fn party(&mut self, who: &[Who], bit: u32) -> Option<()> {
        let mut tests = Vec::new();
        for who in who {
            if let Who::Name(pattern) = who {
                tests.push(name_test(pattern, bit)?);
            }
        }
        if self.names.len() + tests.len() > NAMES {
            return None;
        }
        self.names.extend(tests);
        for who in who {
            if let Who::Pid(pid) = who {
                self.member(Member::Pid(*pid), bit);
            }
        }
        Some(())
    }

    fn add_places(&mut self, places: Vec<(String, bool)>, bits: u32) -> Option<()> {
        let fit = self.places.len() + places.len() <= PLACES && places.iter().all(|(text, _)| text.len() <= PLACE_MAX);
        if !fit || !self.cgroups {
            return None;
        }
        self.places.extend(places.into_iter().map(|(text, by_name)| Place { text, by_name, bits }));
        Some(())
    }

    fn member(&mut self, member: Member, bit: u32) {
        self.members.push((member, bit));
    }
}

/// One more way. Two that differ in their signals alone are one.
fn merge(ways: &mut Vec<Clause>, way: Clause) {
    let alike = |other: &&mut Clause| Clause { signals: way.signals, ..**other } == way;
    match ways.iter_mut().find(alike) {
        Some(other) => other.signals = SignalSet::from_bits(other.signals.bits() | way.signals.bits()),
        None => ways.push(way),
    }
}

/// The ends that a term is about.
fn side(term: &Term) -> Side {
    match term {
        Term::Party(side, _) => *side,
        Term::User(_) | Term::Tty(_) => Side::From,
        _ => Side::Either,
    }
}

/// The ways in which the ends have this bit, or have it not.
fn about(side: Side, bit: u32, wanted: bool) -> Vec<Clause> {
    let all = Clause::EVERYTHING;
    let clause = match (side, wanted) {
        (Side::From, true) => Clause { from_need: bit, ..all },
        (Side::From, false) => Clause { from_not: bit, ..all },
        (Side::To, true) => Clause { to_need: bit, ..all },
        (Side::To, false) => Clause { to_not: bit, ..all },
        (Side::Either, true) => Clause { any_need: bit, ..all },
        (Side::Either, false) => Clause { from_not: bit, to_not: bit, ..all },
    };
    vec![clause]
}

/// The places of `chosen`, or of all others, in the table `all`.
fn mask<T: PartialEq>(all: &[T], chosen: &[T], wanted: bool) -> u32 {
    (0..).zip(all).filter(|(_, word)| chosen.contains(word) == wanted).fold(0, |bits, (at, _)| bits | 1 << at)
}

/// What no signal fits, and no delivery.
fn of_no_signal(wanted: bool) -> Ways {
    (if wanted { Vec::new() } else { vec![Clause::EVERYTHING] }, false)
}

/// Signals are needed for their deliveries as well, and where exits are asked for, for what killed whom.
fn of_kind(kinds: &[Kind], wanted: bool) -> Ways {
    let has = |kind: &Kind| kinds.contains(kind) == wanted;
    let needs = has(&Kind::Signal) || has(&Kind::Deliver) || wanted && has(&Kind::Exit);
    (if needs { vec![Clause::EVERYTHING] } else { Vec::new() }, kinds.contains(&Kind::Signal) == wanted)
}

/// The names that cgroups of these units have; none where a pattern leaves them open.
fn unit_names(units: &[Pattern]) -> Option<Vec<(String, bool)>> {
    let mut names = Vec::new();
    for Pattern(text) in units {
        if text.contains('*') || text.contains('/') {
            return None;
        }
        names.extend(cgroup::units(text).map(|unit| (unit.to_string(), true)));
        names.push((format!("{text}.service"), true));
    }
    Some(names)
}

/// A pattern that the kernel can compare: a name, or how it begins. Bytes of a name that are not UTF-8 are `?` here,
/// and something else there.
fn name_test(pattern: &Pattern, bits: u32) -> Option<NameTest> {
    let text = pattern.0.as_str();
    let (text, prefix) = text.strip_suffix('*').map_or((text, false), |text| (text, true));
    let fits = !text.contains('*') && text.is_ascii() && !text.contains('?');
    match prefix {
        true => (fits && text.len() <= Name::MAX).then(|| NameTest { text: text.into(), prefix, bits }),
        false => fits.then(|| NameTest { text: text.chars().take(Name::MAX).collect(), prefix, bits }),
    }
}
