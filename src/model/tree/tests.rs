//! Rows by hand, and rows of any tree, fold, find and order against a plain recursion.

use super::build::goes_at;
use super::*;
use crate::event::{End, Event, ExitEvent, Header};
use crate::model::tests::{exit, key, party, seen};
use crate::model::{Limits, Model};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

const S: u64 = 1_000_000_000;

/// 1 has 2 and 5; 2 has 3 and 4; 9 stands alone.
fn family() -> Model {
    let mut model = Model::new(Header::default(), Limits::default());
    for (pid, parent) in [(9, 0), (5, 1), (4, 2), (3, 2), (2, 1), (1, 0)] {
        model.apply(&Event::Seen(Box::new(seen(at(pid), (parent > 0).then(|| at(parent)), 1))));
    }
    model
}

fn at(pid: u32) -> ProcKey {
    key(pid, u64::from(pid))
}

fn end(model: &mut Model, pid: u32, code: u8, mono_ns: u64) {
    let e = ExitEvent { end: End::Code(code), ..exit(at(pid), mono_ns) };
    model.apply(&Event::Exit(e));
}

fn kill(model: &mut Model, pid: u32, mono_ns: u64) {
    let signal = crate::signal::Signal::KILL;
    model.apply(&Event::Exit(ExitEvent { end: End::Signal { signal, core: false }, ..exit(at(pid), mono_ns) }));
}

fn line(row: &TreeRow, rests: &[Rest]) -> String {
    let mut out: String = (1..row.depth).map(|d| if row.guides >> d & 1 == 1 { "│ " } else { "  " }).collect();
    out.push_str(match (row.depth, row.last) {
        (0, _) => "",
        (_, true) => "└ ",
        (_, false) => "├ ",
    });
    out + &match row.kind {
        Kind::Process if row.folded => format!("{} +{} x{}", row.key.pid, row.below, row.dead_below),
        Kind::Process => row.key.pid.to_string(),
        Kind::Thread(tid) => format!("thread {tid}"),
        Kind::Rest(at) => format!("+{} x{}", rests[at as usize].count, rests[at as usize].failed),
    }
}

fn drawn(procs: &Procs, wanted: &Wanted) -> Vec<String> {
    let mut out = Rows::default();
    out.build(procs, wanted);
    out.list.iter().map(|row| line(row, &out.rests)).collect()
}

#[test]
fn rows_draw_the_tree() {
    let fold = Fold::default();
    let wanted = Wanted::all(&fold);
    assert_eq!(drawn(&family().procs, &wanted), ["1", "├ 2", "│ ├ 3", "│ └ 4", "└ 5", "9"]);
    let rank = |proc: &Proc| u128::from(!proc.key.pid);
    assert_eq!(drawn(&family().procs, &Wanted { rank: &rank, ..wanted }), ["9", "1", "├ 5", "└ 2", "  ├ 4", "  └ 3"]);
    assert_eq!(drawn(&family().procs, &Wanted { rank: &rank, flat: true, ..wanted }), ["9", "5", "4", "3", "2", "1"]);
    let odd = |proc: &Proc| u128::from(proc.key.pid % 2);
    let ties = |a: &Proc, b: &Proc| b.key.cmp(&a.key);
    let both = Wanted { rank: &odd, ties: Some(&ties), flat: true, ..wanted };
    assert_eq!(drawn(&family().procs, &both), ["4", "2", "9", "5", "3", "1"]);
}

#[test]
fn folds_hide_and_show() {
    let mut model = family();
    let mut fold = Fold::default();
    fold.toggle(at(2));
    assert_eq!(drawn(&model.procs, &Wanted::all(&fold)), ["1", "├ 2 +2 x0", "└ 5", "9"]);
    kill(&mut model, 3, S);
    assert_eq!(drawn(&model.procs, &Wanted::all(&fold)), ["1", "├ 2 +2 x1", "└ 5", "9"]);
    fold.toggle(at(2));
    fold.toggle(at(5));
    assert_eq!(drawn(&model.procs, &Wanted::all(&fold)).len(), 6, "who has no children cannot be folded");
    fold.to_level(Some(1));
    assert_eq!(drawn(&model.procs, &Wanted::all(&fold)), ["1 +4 x1", "9"]);
    fold.toggle(at(1));
    assert_eq!(drawn(&model.procs, &Wanted::all(&fold)), ["1", "├ 2 +2 x1", "└ 5", "9"], "one level at a time");
    fold.to_level(Some(1));
    fold.reveal(&model.procs, &at(3));
    assert_eq!(drawn(&model.procs, &Wanted::all(&fold)).len(), 6);
    fold.to_level(Some(2));
    assert_eq!(drawn(&model.procs, &Wanted::all(&fold)), ["1", "├ 2 +2 x1", "└ 5", "9"]);
    model.apply(&Event::Seen(Box::new(seen(at(50), Some(at(5)), 2))));
    assert_eq!(drawn(&model.procs, &Wanted::all(&fold)).len(), 4, "who comes later obeys the level");
    fold.to_level(None);
    assert_eq!(drawn(&model.procs, &Wanted::all(&fold)).len(), 7);
}

#[test]
fn matches_stand_under_their_ancestors() {
    let model = family();
    let fold = Fold::default();
    let fits = |_: usize, proc: &Proc| proc.key.pid == 4;
    let mut out = Rows::default();
    out.build(&model.procs, &Wanted { fits: Some(&fits), ..Wanted::all(&fold) });
    let rows: Vec<_> = out.list.iter().map(|row| (row.key.pid, row.fits, row.last)).collect();
    assert_eq!(rows, [(1, false, true), (2, false, true), (4, true, true)]);
    assert_eq!((out.fitting, out.levels), (1, 3));
    out.build(&model.procs, &Wanted { fits: Some(&fits), followed: Some(at(9)), ..Wanted::all(&fold) });
    assert_eq!(out.list.last().map(|row| (row.key.pid, row.fits)), Some((9, true)), "the followed stays in sight");
    assert_eq!(out.fitting, 1);
    out.build(&model.procs, &Wanted { fits: Some(&fits), flat: true, ..Wanted::all(&fold) });
    assert_eq!(out.list.len(), 1);
}

#[test]
fn those_that_ended_by_themselves_go_after_a_while() {
    let mut model = family();
    end(&mut model, 4, 0, S);
    kill(&mut model, 5, S);
    let fold = Fold::default();
    let mut out = Rows::default();
    let mut built = |now_ns, kept: Option<u32>| {
        out.build(&model.procs, &Wanted { now_ns, kept: kept.map(at), ..Wanted::all(&fold) });
        (out.list.iter().map(|row| row.key.pid).collect::<Vec<_>>(), out.dead, out.due_ns)
    };
    assert_eq!(built(S, None), (vec![1, 2, 3, 4, 5, 9], 2, Some(6 * S)));
    assert_eq!(built(6 * S, None), (vec![1, 2, 3, 5, 9], 1, None));
    assert_eq!(built(6 * S, Some(4)), (vec![1, 2, 3, 4, 5, 9], 2, None), "the selected one stays");
}

#[test]
fn many_that_ended_are_taken_together() {
    let mut model = family();
    for pid in 10..15 {
        model.apply(&Event::Seen(Box::new(seen(at(pid), Some(at(2)), 1))));
        end(&mut model, pid, u8::from(pid == 12), S);
    }
    let fold = Fold::default();
    let few = Wanted { ended_rows: 3, now_ns: S, ..Wanted::all(&fold) };
    assert_eq!(drawn(&model.procs, &few), ["1", "├ 2", "│ ├ 3", "│ ├ 4", "│ └ +5 x1", "└ 5", "9"]);
    let kept = Wanted { kept: Some(at(12)), ..few };
    assert_eq!(drawn(&model.procs, &kept)[2..6], ["│ ├ 3", "│ ├ 4", "│ ├ 12", "│ └ +4 x0"]);
    let all = Wanted { ended_rows: 5, ..few };
    assert_eq!(drawn(&model.procs, &all).len(), 11);
    let mut out = Rows::default();
    out.build(&model.procs, &Wanted { flat: true, ..few });
    assert_eq!(out.list.last().map(|row| (row.kind, row.key)), Some((Kind::Rest(0), ProcKey::default())));
    assert_eq!(out.rests[0].names, (10..15).map(|pid| (party(at(pid)).name, 1)).collect::<Vec<_>>());
}

/// A build: each child has children of its own, and all ended by themselves.
#[test]
fn families_that_ended_are_taken_together_too() {
    let mut model = family();
    for pid in [10, 20, 30, 40] {
        for (pid, parent) in [(pid, 2), (pid + 1, pid), (pid + 2, pid + 1)] {
            model.apply(&Event::Seen(Box::new(seen(at(pid), Some(at(parent)), 1))));
        }
        (pid..pid + 3).rev().for_each(|pid| end(&mut model, pid, u8::from(pid == 22), S));
    }
    let fold = Fold::default();
    let few = Wanted { ended_rows: 3, now_ns: S, ..Wanted::all(&fold) };
    assert_eq!(drawn(&model.procs, &few), ["1", "├ 2", "│ ├ 3", "│ ├ 4", "│ └ +12 x1", "└ 5", "9"]);
    let kept = Wanted { kept: Some(at(31)), ..few };
    assert_eq!(drawn(&model.procs, &kept)[3..9], ["│ ├ 4", "│ ├ 10", "│ │ └ 11", "│ │   └ 12", "│ ├ 20", "│ │ └ 21"]);
    let fits = |_: usize, proc: &Proc| proc.key.pid % 10 == 2;
    let mut out = Rows::default();
    out.build(&model.procs, &Wanted { fits: Some(&fits), ..few });
    assert_eq!(out.rests.first().map(|rest| (rest.count, rest.failed)), Some((4, 1)), "of those that are looked for");
}

#[test]
fn threads_stand_right_below_their_process() {
    let model = family();
    let threads: Threads = [(at(2), vec![(20, Name::from("io")), (21, Name::from("gc"))])].into_iter().collect();
    let mut fold = Fold::default();
    let wanted = Wanted { threads: Some(&threads), ..Wanted::all(&fold) };
    assert_eq!(
        drawn(&model.procs, &wanted),
        ["1", "├ 2", "│ ├ thread 20", "│ ├ thread 21", "│ ├ 3", "│ └ 4", "└ 5", "9"]
    );
    fold.toggle(at(2));
    assert_eq!(drawn(&model.procs, &Wanted { threads: Some(&threads), ..Wanted::all(&fold) }).len(), 4);
}

#[test]
fn a_tree_may_be_deeper_than_its_guides() {
    let mut model = Model::new(Header::default(), Limits::default());
    for n in (1..=70_000u32).rev() {
        model.apply(&Event::Seen(Box::new(seen(at(n), (n > 1).then(|| at(n - 1)), 1))));
    }
    let rows = rows(&model.procs, &Fold::default());
    assert_eq!(rows.len(), 70_000);
    assert_eq!(rows.last().map(|row| (row.depth, row.guides, row.last)), Some((u16::MAX, 0, true)));
    assert!(rows[1..65_000].iter().all(|row| row.last), "each is an only child");
}

/// What the property is about: each process's parent, whether and how it ended, and what is wanted.
#[derive(Clone, Debug)]
struct Case {
    parents: Vec<usize>,
    ended: Vec<u8>,
    folds: Vec<usize>,
    level: Option<u16>,
    found: Option<u32>,
    flat: bool,
    falling: bool,
    late: bool,
    ended_rows: u32,
}

fn any_case() -> impl Strategy<Value = Case> {
    let shape = (2usize..40).prop_flat_map(|n| {
        let parents = (1..n).map(|i| 0..=i).collect::<Vec<_>>();
        (parents, vec(0u8..8, n), btree_set(1..=n, 0..6))
    });
    let wanted = (prop::option::of(1u16..5), prop::option::of(2u32..5), any::<[bool; 3]>(), 0u32..4);
    (shape, wanted).prop_map(|((parents, ended, folds), (level, found, [flat, falling, late], ended_rows))| Case {
        parents,
        ended,
        folds: folds.into_iter().collect(),
        level,
        found,
        flat,
        falling,
        late,
        ended_rows,
    })
}

/// The rows by plain recursion: (row as text, pids that it stands for).
struct Naive<'a> {
    procs: &'a Procs,
    wanted: &'a Wanted<'a>,
    out: Vec<(u16, String)>,
}

impl Naive<'_> {
    fn children(&self, parent: Option<ProcKey>) -> Vec<ProcKey> {
        let known = |key: &ProcKey| self.procs.get(key).is_some();
        let above = |proc: &Proc| if self.wanted.flat { None } else { proc.parent.filter(known) };
        let mut keys: Vec<ProcKey> =
            self.procs.iter().filter(|proc| above(proc) == parent).map(|proc| proc.key).collect();
        keys.sort_by_key(|key| ((self.wanted.rank)(self.procs.get(key).unwrap()), *key));
        keys
    }

    /// By itself, and by itself or for one below it.
    fn is_shown(&self, key: &ProcKey) -> bool {
        let proc = self.procs.get(key).unwrap();
        let stays = goes_at(proc).is_none_or(|goes| self.wanted.now_ns < goes);
        stays && self.wanted.fits.is_none_or(|fits| fits(0, proc)) || self.below(key) > 0
    }

    fn below(&self, key: &ProcKey) -> u32 {
        if self.wanted.flat {
            return 0;
        }
        let shown = self.children(Some(*key)).into_iter().filter(|key| self.is_shown(key));
        shown.map(|key| 1 + self.below(&key)).sum()
    }

    fn visit(&mut self, parent: Option<ProcKey>, depth: u16) {
        let shown: Vec<ProcKey> = self.children(parent).into_iter().filter(|key| self.is_shown(key)).collect();
        let is_ended = |key: &ProcKey| self.below(key) == 0 && goes_at(self.procs.get(key).unwrap()).is_some();
        let (ended, others): (Vec<ProcKey>, Vec<ProcKey>) = shown.iter().copied().partition(is_ended);
        let are_many = ended.len() > self.wanted.ended_rows as usize;
        for key in if are_many { others } else { shown } {
            let below = self.below(&key);
            let is_folded = below > 0 && self.wanted.fold.is_folded(&key, depth);
            self.out.push((depth, format!("{}{}", key.pid, if is_folded { format!(" +{below}") } else { "".into() })));
            if !is_folded && below > 0 {
                self.visit(Some(key), depth + 1);
            }
        }
        if are_many {
            self.out.push((depth, format!("{} ended", ended.len())));
        }
    }
}

proptest! {
    #[test]
    fn rows_are_those_of_a_plain_recursion(case in any_case()) {
        let mut model = Model::new(Header::default(), Limits::default());
        let pid = |i: usize| i as u32 + 1;
        for i in 0..case.ended.len() {
            let parent = if i == 0 { 0 } else { case.parents[i - 1] };
            // The number of processes that there are before it stands for none.
            let parent = (i > 0 && parent < i).then(|| at(pid(parent)));
            model.apply(&Event::Seen(Box::new(seen(at(pid(i)), parent, 1))));
        }
        for (i, how) in case.ended.iter().enumerate() {
            match how {
                0 => kill(&mut model, pid(i), S),
                1..=3 => end(&mut model, pid(i), *how - 1, S + u64::from(*how)),
                _ => {}
            }
        }
        let mut fold = Fold::default();
        fold.to_level(case.level);
        case.folds.iter().for_each(|i| fold.toggle(at(pid(*i))));
        let rank = |proc: &Proc| if case.falling { u128::from(!proc.key.pid) } else { u128::from(proc.key.pid % 3) };
        let fits = |_: usize, proc: &Proc| case.found.is_none_or(|found| proc.key.pid.is_multiple_of(found));
        let wanted = Wanted {
            now_ns: if case.late { 6 * S + 2 } else { S },
            flat: case.flat,
            rank: &rank,
            fits: case.found.is_some().then_some(&fits),
            ended_rows: case.ended_rows,
            ..Wanted::all(&fold)
        };
        let mut naive = Naive { procs: &model.procs, wanted: &wanted, out: Vec::new() };
        naive.visit(None, 0);
        let mut built = Rows::default();
        built.build(&model.procs, &wanted);
        let text = |row: &TreeRow| match row.kind {
            Kind::Rest(at) => format!("{} ended", built.rests[at as usize].count),
            _ if row.folded => format!("{} +{}", row.key.pid, row.below),
            _ => row.key.pid.to_string(),
        };
        let rows: Vec<(u16, String)> = built.list.iter().map(|row| (row.depth, text(row))).collect();
        prop_assert_eq!(&rows, &naive.out);
        let mut seen = std::collections::BTreeSet::new();
        let processes = built.list.iter().filter(|row| row.kind == Kind::Process);
        prop_assert!(processes.map(|row| row.key).all(|key| seen.insert(key)), "nobody twice");
        // Lines: a row is the last if no row of its depth comes before one that is higher up.
        for (i, row) in built.list.iter().enumerate() {
            let rest = &built.list[i + 1..];
            let goes_on = |depth: u16| rest.iter().find(|r| r.depth <= depth).is_some_and(|r| r.depth == depth);
            prop_assert_eq!(row.last, !goes_on(row.depth));
            prop_assert_eq!(row.guides, (0..row.depth).filter(|d| goes_on(*d)).map(|d| 1 << d).sum::<u64>());
        }
        // Built again in the same memory it is the same.
        let before = built.list.clone();
        built.build(&model.procs, &wanted);
        prop_assert_eq!(before, built.list);
    }
}
