//! The filter language: one for the command line, the filter bar, socket clients and rules.
//!
//! [`Filter`] is what was asked for; its `Display` parses back to it. `parse` makes it from text, `eval` is the
//! definition of what it means, `kernel` turns a part of it into what the kernel can decide, and `judge` applies it to
//! a stream, whose processes `census` knows; `sieve` is both. `wanted` says what must be looked for that is not told
//! otherwise. `complete` helps to type it. Nothing here reads a clock, a file or the environment: what must be looked up
//! (user names) is handed in.
//!
//! ```text
//! filter := any | nothing                       nothing at all, or (): everything
//! any    := all ("or" all)*                     all := not (["and"] not)*
//! not    := "!" not | "(" filter ")" | term     term := key ":" value ("," value)* | word | number
//! ```
//! A number alone is `tree:number`; a word alone: a name contains it. `and` and `or` are reserved, in any case. Double
//! quotes keep blanks, commas, colons and parentheses together and make a name of a number; within them `\"`, `\\` and
//! the escapes of [`crate::escape::Quoted`] are read, so that a name can be typed as it is shown.
//!
//! Opens, changed modes, moves and connections are told only to whoever names their kind: `kind:open path:/etc/shadow`.
//! `path:` is about paths as the kernel has them, from the root on, whatever the caller wrote; `/root/**` is all that is
//! below `/root`, and `/root,/root/**` the directory too. A mode is what chmod made of it: `mode:+x` where a file can be
//! executed that could not be, `mode:0755` where it is exactly that. Addresses of IPv4 within IPv6 are those of IPv4.

pub mod access;
pub mod census;
pub mod cgroup;
pub mod complete;
mod display;
mod ends;
pub mod eval;
pub mod judge;
pub mod kernel;
mod keys;
mod parse;
mod parse_error;
mod pattern;
pub mod sieve;
#[cfg(test)]
pub(crate) mod tests;
mod values;
pub mod wanted;
mod watch;

pub use access::{Access, ModeTest, Net, Ports};
pub use census::Census;
pub use complete::{Completion, Known, complete};
pub use ends::Alike;
pub use eval::matches;
pub use judge::Judge;
pub use keys::{KEYS, Key};
pub use keys::{help, readme_table};
pub use parse::TEXT_MAX;
pub use parse_error::ParseError;
pub(crate) use parse_error::nearest;
pub use sieve::{Narrows, Sieve};
pub use wanted::{Want, Wanted};
pub use watch::Watch;

use crate::event::{Errno, Kind, Origin, ProcKey, SendResult, Tty};
use crate::signal::SignalSet;

/// What is shown: everything for which this is true.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter(pub Expr);

/// A filter, or a part of one. Built by [`Expr::all`], [`Expr::any`] and [`Expr::not`], which keep it in the form that
/// the parser gives: no list of one, no list right inside a list of the same kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expr {
    /// All of them; of none: everything.
    All(Vec<Expr>),
    /// At least one of them.
    Any(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// A term.
    Term(Term),
}

/// `key:value,value`: true if one of the values fits. What an event does not have fits no value: a fork has no signal,
/// so that `sig:KILL` is false for it, and `!sig:KILL` true.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Term {
    /// `sig:`
    Signal(SignalSet),
    /// `from:`, `to:`, `pid:`: who sent, whom to, or either. A process event is about its process: `to:` and `pid:`.
    Party(Side, Vec<Who>),
    /// `tree:`: sender or target is the process with this pid, or descends from one that had it, by who made whom.
    Tree(Vec<u32>),
    /// `from.unit:`, `to.exe:`: a term about sender or target, of this one alone.
    Of(Side, Box<Term>),
    /// `same:`: sender and target have one of these in common.
    Same(Vec<Alike>),
    /// `uid:`, `user:`: whose the sender is, or the process of a process event.
    User(Vec<User>),
    /// `tty:`: the controlling terminal of the sender, or of the process of a process event; [`Tty::NONE`] is `tty:-`.
    Tty(Vec<Tty>),
    /// `unit:`: systemd unit of sender or target, `.service` may be left out; `*` fits any characters.
    Unit(Vec<Pattern>),
    /// `container:`: how the id of the container of sender or target begins, or of one around it.
    Container(Vec<String>),
    /// `cgroup:`: sender or target is in this cgroup or below it: the first components of its path.
    Cgroup(Vec<String>),
    /// `result:`
    Result(Vec<SendResult>),
    /// `origin:`
    Origin(Vec<Origin>),
    /// `kind:`
    Kind(Vec<Kind>),
    /// `exe:`: the executable of sender or target: whole path, or its last component where the pattern has no `/`. It
    /// is the file that runs: of a script its interpreter.
    Exe(Vec<Pattern>),
    /// `arg:`: any argument of sender or target, or of an exec.
    Arg(Vec<Pattern>),
    /// `path:`: a file that something was done to, whole or its last component as with `exe:`; `*` stops at `/`, `**`
    /// does not. Of a file by two paths either, of a move both ends; of a connection a socket's path; of an exec both
    /// what the caller named, made absolute without a look at the file system (a script), and what runs (its
    /// interpreter).
    Path(Vec<Pattern>),
    /// `port:`: where a socket was connected to.
    Port(Vec<Ports>),
    /// `addr:`: the same, by its IP address.
    Addr(Vec<Net>),
    /// `mode:`: what a chmod changed.
    Mode(Vec<ModeTest>),
    /// `access:`: how a file was opened.
    Access(Vec<Access>),
    /// `errno:`: why something failed: a send, an exec, an open, a chmod, a move, a connection.
    Errno(Vec<Errno>),
    /// A bare word: any name contains it, whatever the case of its letters.
    Word(String),
}

/// Which end of a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// `from:`
    From,
    /// `to:`
    To,
    /// `pid:`
    Either,
}

/// A process, as a filter names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// By its pid.
    Pid(u32),
    /// By its name: what `comm` says, at most 15 bytes; without `*` the pattern is cut there, too.
    Name(Pattern),
}

/// A user: the number that counts, and the name that was typed, if it was a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Real user id in the initial user namespace.
    pub uid: u32,
    /// As typed.
    pub name: Option<String>,
}

/// Text in which `*` stands for any characters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern(pub String);

/// Looks up a user's id by name; what the parser is given, for it reads no files.
pub type Users<'a> = &'a dyn Fn(&str) -> Option<u32>;

/// What is known of a process beside what an event says of it. Empty where it is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Facts<'a> {
    /// Who made it: not who its parent is by now.
    pub parent: Option<ProcKey>,
    /// Controlling terminal.
    pub tty: Tty,
    /// Executable, a path.
    pub exe: &'a str,
    /// Arguments.
    pub argv: Args<'a>,
    /// Path of its cgroup.
    pub cgroup: &'a str,
}

/// The arguments of a process, however they are kept.
#[derive(Clone, Copy, Debug)]
pub enum Args<'a> {
    /// One by one.
    List(&'a [String]),
    /// Each with a NUL after it.
    Packed(&'a str),
}

impl<'a> Args<'a> {
    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        let (list, packed) = match self {
            Args::List(list) => (list, ""),
            Args::Packed(packed) => (&[][..], packed),
        };
        list.iter().map(String::as_str).chain(packed.split_terminator('\0'))
    }
}

impl Default for Args<'_> {
    fn default() -> Self {
        Args::List(&[])
    }
}

impl PartialEq for Args<'_> {
    fn eq(&self, other: &Args<'_>) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Args<'_> {}

/// Whoever knows the processes of a stream.
pub trait People {
    /// What is known of this one.
    fn facts(&self, key: &ProcKey) -> Option<Facts<'_>>;

    /// Who made it: [`Facts::parent`], asked for alone and often.
    fn parent(&self, key: &ProcKey) -> Option<ProcKey> {
        self.facts(key)?.parent
    }
}

/// Which terms of a filter are decided where, for people to read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Placement {
    /// Terms that the kernel decides.
    pub kernel: Vec<String>,
    /// Terms that are decided here, of what the kernel lets pass.
    pub here: Vec<String>,
}

impl Filter {
    /// Everything.
    pub const EVERYTHING: Filter = Filter(Expr::All(Vec::new()));

    /// Nothing: what a filter says that nobody needs anything by.
    pub fn nothing() -> Filter {
        Filter(Expr::Not(Box::default()))
    }

    /// The signals that a signal must be one of to pass, as far as that can be told at once: there may be fewer.
    pub fn signals(&self) -> SignalSet {
        let of = |part: &Expr| match part {
            Expr::Term(Term::Signal(set)) => *set,
            Expr::Not(part) => match &**part {
                Expr::Term(Term::Signal(set)) => set.complement(),
                _ => SignalSet::ALL,
            },
            _ => SignalSet::ALL,
        };
        self.0.parts().iter().map(of).fold(SignalSet::ALL, |all, set| SignalSet::from_bits(all.bits() & set.bits()))
    }

    /// The pids that it asks for: not those that it excludes.
    pub fn asked_for(&self) -> Vec<u32> {
        fn collect(expr: &Expr, pids: &mut Vec<u32>) {
            match expr {
                Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| collect(part, pids)),
                Expr::Not(_) => {}
                Expr::Term(Term::Tree(tree)) => pids.extend(tree),
                Expr::Term(Term::Party(_, who)) => {
                    pids.extend(who.iter().filter_map(|who| if let Who::Pid(pid) = who { Some(pid) } else { None }))
                }
                Expr::Term(_) => {}
            }
        }
        let mut pids = Vec::new();
        collect(&self.0, &mut pids);
        pids
    }

    /// The pids whose descendants must be known, excluded ones too.
    pub fn trees(&self) -> Vec<u32> {
        let mut pids = Vec::new();
        self.0.each_term(&mut |term| {
            if let Term::Tree(more) = term {
                pids.extend(more);
            }
        });
        pids
    }

    /// Whether it lets everything pass.
    pub fn is_everything(&self) -> bool {
        *self == Filter::EVERYTHING
    }
}

impl From<SignalSet> for Filter {
    /// Only these signals; of all signals: everything.
    fn from(signals: SignalSet) -> Filter {
        if signals == SignalSet::ALL { Filter::EVERYTHING } else { Filter(Expr::signals(signals)) }
    }
}

impl Default for Expr {
    fn default() -> Expr {
        Expr::All(Vec::new())
    }
}

impl Expr {
    /// All of these.
    pub fn all(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Expr::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match <[Expr; 1]>::try_from(flat) {
            Ok([one]) => one,
            Err(many) => Expr::All(many),
        }
    }

    /// At least one of these. Of none, or where one is everything: everything.
    pub fn any(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Expr::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.is_empty() || flat.contains(&Expr::default()) {
            return Expr::default();
        }
        match <[Expr; 1]>::try_from(flat) {
            Ok([one]) => one,
            Err(many) => Expr::Any(many),
        }
    }

    /// These signals. Of more than half of them: not the others, which is shorter, and lets process events pass.
    pub fn signals(set: SignalSet) -> Expr {
        match set.complement() {
            SignalSet::EMPTY => Expr::default(),
            others if others.len() < set.len() => Expr::not(Expr::Term(Term::Signal(others))),
            _ => Expr::Term(Term::Signal(set)),
        }
    }

    /// Not this; what is denied twice is not denied.
    #[allow(clippy::should_implement_trait)] // it is no operator on values, it makes the expression
    pub fn not(part: Expr) -> Expr {
        match part {
            Expr::Not(inner) => *inner,
            other => Expr::Not(Box::new(other)),
        }
    }

    /// The parts that must all be true.
    pub fn parts(&self) -> &[Expr] {
        match self {
            Expr::All(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }
}
