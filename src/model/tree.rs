//! The process tree as rows: what is to be seen of it, in order, with what is needed to draw its lines.
//!
//! Knows nothing of screens: what is wanted comes as a [`Wanted`], rows are plain data. Building them passes over all
//! processes a few times, in arrays and without a look-up for each step, for there may be 50,000 of them.

mod build;
mod fold;
#[cfg(test)]
mod tests;

use super::procs::{Proc, Procs};
use crate::event::{Name, ProcKey};
pub use build::Rows;
pub use fold::Fold;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

/// One visible row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TreeRow {
    /// Which process; of a thread its process, of [`Kind::Rest`] the parent, none (`ProcKey::default()`) at the top.
    pub key: ProcKey,
    /// What the row is.
    pub kind: Kind,
    /// How many ancestors are above it.
    pub depth: u16,
    /// Whether it is the last child of its parent.
    pub last: bool,
    /// Bit `d`: its ancestor at depth `d` has later siblings, so a line goes on there. Depths from 64 have none.
    pub guides: u64,
    /// Whether what is below it is folded away.
    pub folded: bool,
    /// Whether it is there for its own sake, not only for what is below it.
    pub fits: bool,
    /// How many processes are below it at any depth, shown or folded away.
    pub below: u32,
    /// How many of these are dead.
    pub dead_below: u32,
}

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A process.
    Process,
    /// A thread of it, beside the first: its id.
    Thread(u32),
    /// Its children that ended by themselves with all that was below them, too many for a row each: the number in
    /// [`Rows::rests`].
    Rest(u32),
}

/// Children that ended by themselves and what ended below them, taken together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rest {
    /// How many, at any depth; of those that are looked for.
    pub count: u32,
    /// How many of them with another code than 0.
    pub failed: u32,
    /// Their names and how many had each, the most first; not more than a few.
    pub names: Vec<(Name, u32)>,
}

/// The threads of some processes, beside the first of each.
pub type Threads = FxHashMap<ProcKey, Vec<(u32, Name)>>;

/// The order of two processes.
pub type Ties<'a> = &'a dyn Fn(&Proc, &Proc) -> Ordering;

/// Whether the process at this place is wanted.
pub type Fits<'a> = &'a dyn Fn(usize, &Proc) -> bool;

/// What of the processes is to be seen, and in which order.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The time, for those that go after a while.
    pub now_ns: u64,
    /// What is folded away.
    pub fold: &'a Fold,
    /// All in one list, not children below their parents.
    pub flat: bool,
    /// Siblings are in the order of this number, then as `ties` says, then by pid and start time.
    pub rank: &'a dyn Fn(&Proc) -> u128,
    /// The order of those that have the same rank.
    pub ties: Option<Ties<'a>>,
    /// Only these and their ancestors. It is told a number, too, that a process keeps as long as it is known, and that
    /// no other has at the same time: for those who remember what they found.
    pub fits: Option<Fits<'a>>,
    /// This one has its row as long as it is known, though it ended by itself.
    pub kept: Option<ProcKey>,
    /// And this one even where it does not fit.
    pub followed: Option<ProcKey>,
    /// The most of one parent's children that ended by themselves, with all below them, and have a row each. More have
    /// one row together.
    pub ended_rows: u32,
    /// Whose threads are to be seen.
    pub threads: Option<&'a Threads>,
}

impl<'a> Wanted<'a> {
    /// All that is not folded away, each with a row of its own, by pid.
    pub fn all(fold: &'a Fold) -> Wanted<'a> {
        Wanted {
            now_ns: 0,
            fold,
            flat: false,
            rank: &|_| 0,
            ties: None,
            fits: None,
            kept: None,
            followed: None,
            ended_rows: u32::MAX,
            threads: None,
        }
    }
}

/// Every process that is not folded away, parents before children, siblings by pid and start time.
/// The dead stay where they were.
pub fn rows(procs: &Procs, fold: &Fold) -> Vec<TreeRow> {
    let mut out = Rows::default();
    out.build(procs, &Wanted::all(fold));
    out.list
}
