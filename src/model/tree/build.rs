//! How the rows of the tree are built: what is known of each process by itself, their order, who is below whom, who is
//! shown, and last the rows.
//!
//! Each step is one pass over arrays that are indexed by a process's place in the table. They are kept from one time
//! to the next, for their memory and for the order, which changes little.

use super::{Fold, Kind, Rest, TreeRow, Wanted};
use crate::event::{End, Name, ProcKey};
use crate::model::procs::{Proc, Procs};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

/// How long one is shown that ended by itself, in nanoseconds: those that were killed are what one looks for.
const ENDED_NS: u64 = 5_000_000_000;
/// The most names that a [`Rest`] tells.
const REST_NAMES: usize = 6;

/// The rows, and what was counted while they were built. To be kept, so that its memory is used again.
#[derive(Default)]
pub struct Rows {
    /// The rows, from top to bottom.
    pub list: Vec<TreeRow>,
    /// What [`Kind::Rest`] stands for.
    pub rests: Vec<Rest>,
    /// How many dead have a row, or would have one if nothing were folded.
    pub dead: usize,
    /// How many fit.
    pub fitting: usize,
    /// How many levels there are, folded away or not.
    pub levels: u16,
    /// The highest pid there is.
    pub highest_pid: u32,
    /// When the next row goes without a change of the processes.
    pub due_ns: Option<u64>,
    /// Whether one would have gone, were it not kept.
    pub keeps: bool,
    /// By place in the table of processes.
    own: Vec<Own>,
    /// The same, and behind the last place the root above all.
    nodes: Vec<Node>,
    /// In the order of siblings; kept, for the next time most will be in order already.
    order: Vec<Ordered>,
    /// By place: where the parent was the last time.
    parents: Vec<u32>,
    /// The children of each, one after another.
    children: Vec<u32>,
    /// Those of the first level, those of the second, and so on.
    by_level: Vec<u32>,
    /// Whether further down, under the same ancestors, there is a row at this depth.
    later: Vec<bool>,
}

/// What puts a process in order.
#[derive(Clone, Copy, Default)]
struct Own {
    rank: u128,
    key: ProcKey,
}

/// What is found out of a process and those around it. Small, for all of these are gone through many times.
#[derive(Clone, Copy, Default)]
struct Node {
    parent: u32,
    /// Where its children are.
    first: u32,
    end: u32,
    depth: u16,
    marks: u8,
    /// What is below it and is shown.
    below: u32,
    dead_below: u32,
    /// Children that could be taken together.
    ended: u32,
    /// How many of those below it could be, at any depth.
    ended_below: u32,
}

impl Node {
    const fn is(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }
}

const DEAD: u8 = 2;
/// It ended by itself and could be one of many.
const ENDED: u8 = 4;
/// It is what is wanted, and not past its time.
const FITS: u8 = 8;
/// It, or one below it, is shown.
const SHOWN: u8 = 16;
/// One of those that could be taken together: it ended by itself, and so did all that is shown below it.
const ONE_OF_MANY: u8 = 32;
/// There is a process at this place, and it is not in order yet.
const NEW: u8 = 64;

struct Ordered {
    own: Own,
    place: u32,
}

impl Rows {
    /// Builds the rows.
    pub fn build(&mut self, procs: &Procs, wanted: &Wanted) {
        self.gather(procs, wanted);
        self.sort(procs, wanted);
        self.link();
        self.weigh();
        self.emit(procs, wanted);
        self.draw_lines();
    }

    /// What is to be known of each process by itself.
    fn gather(&mut self, procs: &Procs, wanted: &Wanted) {
        let root = procs.known.places_end();
        (self.fitting, self.highest_pid, self.due_ns, self.keeps) = (0, 0, None, false);
        self.nodes.clear();
        self.nodes.resize(root as usize + 1, Node::default());
        self.parents.resize(root as usize, root);
        self.own.resize(root as usize, Own::default());
        for (place, proc) in procs.known.by_place() {
            let is_followed = wanted.followed == Some(proc.key);
            let is_kept = is_followed || wanted.kept == Some(proc.key);
            let goes_ns = goes_at(proc).filter(|_| !is_kept);
            self.keeps |= is_kept && goes_at(proc).is_some();
            let mut marks = NEW | if proc.is_alive() { 0 } else { DEAD };
            if goes_ns.is_none_or(|goes| wanted.now_ns < goes) {
                marks |= if goes_ns.is_some() { ENDED } else { 0 };
                self.due_ns = goes_ns.into_iter().chain(self.due_ns).min();
                if wanted.fits.is_none_or(|fits| fits(place as usize, proc)) {
                    (marks, self.fitting) = (marks | FITS, self.fitting + 1);
                } else if is_followed {
                    marks |= FITS;
                }
            }
            let hint = self.parents[place as usize];
            let parent = proc.parent.filter(|_| !wanted.flat).and_then(|key| procs.known.place_near(&key, hint));
            let parent = parent.unwrap_or(root);
            self.parents[place as usize] = parent;
            self.own[place as usize] = Own { rank: (wanted.rank)(proc), key: proc.key };
            self.nodes[place as usize] = Node { parent, marks, ..Node::default() };
            self.highest_pid = self.highest_pid.max(proc.key.pid);
        }
    }

    /// Those that were there the last time are in order but for what changed; the new ones are put behind them, and
    /// a sort that makes use of that does the rest.
    fn sort(&mut self, procs: &Procs, wanted: &Wanted) {
        let (nodes, own) = (&mut self.nodes, &self.own);
        self.order.retain_mut(|one| match own.get(one.place as usize) {
            Some(own) if own.key == one.own.key && nodes[one.place as usize].is(NEW) => {
                nodes[one.place as usize].marks &= !NEW;
                one.own = *own;
                true
            }
            _ => false,
        });
        for (place, own) in own.iter().enumerate().filter(|(place, _)| nodes[*place].is(NEW)) {
            self.order.push(Ordered { own: *own, place: place as u32 });
        }
        let proc = |one: &Ordered| procs.known.at_place(one.place);
        let ties = |a: &Ordered, b: &Ordered| wanted.ties.map_or(Ordering::Equal, |ties| ties(proc(a), proc(b)));
        self.order.sort_by(|a, b| a.own.rank.cmp(&b.own.rank).then_with(|| ties(a, b)).then(a.own.key.cmp(&b.own.key)));
    }

    /// Puts the children of each one after another, in order.
    fn link(&mut self) {
        for one in &self.order {
            let parent = self.nodes[one.place as usize].parent;
            self.nodes[parent as usize].end += 1;
        }
        let mut at = 0;
        for node in &mut self.nodes {
            let count = node.end;
            (node.first, node.end) = (at, at);
            at += count;
        }
        self.children.clear();
        self.children.resize(self.order.len(), 0);
        for one in &self.order {
            let parent = self.nodes[one.place as usize].parent;
            let parent = &mut self.nodes[parent as usize];
            self.children[parent.end as usize] = one.place;
            parent.end += 1;
        }
    }

    /// From the leaves up: who is shown, and how many are below each.
    fn weigh(&mut self) {
        let root = self.nodes.len() - 1;
        self.by_level.clear();
        self.by_level.extend(&self.children[self.nodes[root].first as usize..]);
        let mut at = 0;
        while let Some(place) = self.by_level.get(at).copied() {
            at += 1;
            let Node { first, end, depth, .. } = self.nodes[place as usize];
            for child in first..end {
                let child = self.children[child as usize];
                self.nodes[child as usize].depth = depth.saturating_add(1);
                self.by_level.push(child);
            }
        }
        (self.dead, self.levels) = (0, 0);
        for place in self.by_level.iter().rev() {
            let node = &mut self.nodes[*place as usize];
            if !node.is(FITS) && node.below == 0 {
                continue;
            }
            node.marks |= SHOWN;
            if node.is(ENDED) && node.below == node.ended_below {
                node.marks |= ONE_OF_MANY;
            }
            let node = *node;
            self.dead += usize::from(node.is(DEAD));
            self.levels = self.levels.max(node.depth.saturating_add(1));
            let parent = &mut self.nodes[node.parent as usize];
            parent.below += node.below + 1;
            parent.dead_below += node.dead_below + u32::from(node.is(DEAD));
            parent.ended += u32::from(node.is(ONE_OF_MANY));
            parent.ended_below += node.ended_below + u32::from(node.is(ONE_OF_MANY));
        }
    }

    fn emit(&mut self, procs: &Procs, wanted: &Wanted) {
        self.list.clear();
        self.rests.clear();
        let root = self.nodes.len() - 1;
        // One level a frame: whose children, and those still to come.
        let mut frames = vec![(root as u32, self.nodes[root].first)];
        while let Some((parent, next)) = frames.last_mut() {
            let above = self.nodes[*parent as usize];
            let are_many = above.ended > wanted.ended_rows;
            if *next == above.end {
                if are_many {
                    let rest = self.rest(procs, *parent);
                    self.list.push(rest);
                }
                frames.pop();
                continue;
            }
            let place = self.children[*next as usize];
            *next += 1;
            let node = self.nodes[place as usize];
            if !node.is(SHOWN) || are_many && node.is(ONE_OF_MANY) {
                continue;
            }
            let key = self.own[place as usize].key;
            let row = row(key, &node, wanted.fold);
            self.list.push(row);
            if !row.folded {
                let threads = wanted.threads.and_then(|threads| threads.get(&key)).into_iter().flatten();
                self.list.extend(threads.map(|(tid, _)| below(&row, Kind::Thread(*tid))));
                if row.below > 0 {
                    frames.push((place, node.first));
                }
            }
        }
    }

    /// One row for the children that ended by themselves, and for what ended below them.
    fn rest(&mut self, procs: &Procs, parent: u32) -> TreeRow {
        let above = self.nodes[parent as usize];
        let mut rest = Rest::default();
        let mut names: FxHashMap<Name, u32> = FxHashMap::default();
        let children = |node: &Node| self.children[node.first as usize..node.end as usize].iter().copied();
        let is_one = |place: &u32| self.nodes[*place as usize].is(ONE_OF_MANY);
        let mut places: Vec<u32> = children(&above).filter(is_one).collect();
        while let Some(place) = places.pop() {
            let node = &self.nodes[place as usize];
            places.extend(children(node).filter(is_one));
            if !node.is(FITS) {
                continue;
            }
            let proc = procs.known.at_place(place);
            rest.count += 1;
            rest.failed += u32::from(proc.death.as_ref().is_some_and(|death| death.end != End::Code(0)));
            *names.entry(proc.name).or_default() += 1;
        }
        rest.names.extend(names);
        rest.names.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        rest.names.truncate(REST_NAMES);
        self.rests.push(rest);
        let kind = Kind::Rest(self.rests.len() as u32 - 1);
        let is_root = parent as usize + 1 == self.nodes.len();
        let depth = if is_root { 0 } else { above.depth.saturating_add(1) };
        let key = self.own.get(parent as usize).map_or(ProcKey::default(), |own| own.key);
        TreeRow { key, kind, depth, last: false, guides: 0, folded: false, fits: true, below: 0, dead_below: 0 }
    }

    /// Which rows are the last of their siblings, and where lines go on: both follow from the depths of the rows below.
    fn draw_lines(&mut self) {
        self.later.clear();
        let mut guides = 0u64;
        for row in self.list.iter_mut().rev() {
            let depth = usize::from(row.depth);
            row.last = !self.later.get(depth).is_some_and(|later| *later);
            self.later.resize(depth + 1, false);
            self.later[depth] = true;
            let bit = 1u64.checked_shl(depth as u32).unwrap_or(0);
            guides &= bit.wrapping_sub(1);
            row.guides = guides;
            guides |= bit;
        }
    }
}

/// The row of a process.
fn row(key: ProcKey, node: &Node, fold: &Fold) -> TreeRow {
    TreeRow {
        key,
        kind: Kind::Process,
        depth: node.depth,
        last: false,
        guides: 0,
        folded: node.below > 0 && fold.is_folded(&key, node.depth),
        fits: node.is(FITS),
        below: node.below,
        dead_below: node.dead_below,
    }
}

/// A row right below this one that belongs to the same process.
fn below(row: &TreeRow, kind: Kind) -> TreeRow {
    TreeRow { kind, depth: row.depth.saturating_add(1), folded: false, below: 0, dead_below: 0, ..*row }
}

/// When the row of a process goes, before the model forgets it.
pub(super) fn goes_at(proc: &Proc) -> Option<u64> {
    let death = proc.death.as_ref()?;
    matches!(death.end, End::Code(_)).then(|| death.mono_ns.saturating_add(ENDED_NS))
}
