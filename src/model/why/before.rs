//! What else a process sent and was sent in its last seconds, in groups: signals of one kind, from the same sender, at about
//! the same time, of which the same came. What says nothing is left out.

use super::asked::{came_too_late, merged_into};
use super::{Group, Past, SOON_NS, lines};
use crate::event::{End, Origin, ProcKey, SignalEvent};
use crate::model::{Outcome, Row};
use crate::signal::{DefaultAction, Signal};

/// How far back other signals are told.
const BEFORE_NS: u64 = 30_000_000_000;
/// Signals that are so near are told as one.
const TOGETHER_NS: u64 = 100_000_000;
/// The most of these, and the most targets in one.
pub const GROUPS: usize = 5;
const TARGETS: usize = 8;

/// All but those that are told already.
pub fn before(past: &dyn Past, key: &ProcKey, end_ns: u64, told: &[u64], rows: &[Row]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let from_ns = end_ns.saturating_sub(BEFORE_NS);
    // Newest first, and the newest are kept.
    for (at, row) in rows.iter().enumerate().take_while(|(_, row)| row.event.mono_ns >= from_ns) {
        let e = &row.event;
        if told.contains(&e.id) || is_again(rows.get(at..).unwrap_or_default()) {
            continue;
        }
        let end = Some(row).filter(|_| e.target.key != *key).and_then(|row| ended_after(past, row));
        let fits = |group: &&mut Group| {
            let first = &group.row.event;
            let both_sent = (first.target.key != *key) == (e.target.key != *key);
            let same = first.signal == e.signal && sent_by(first) == sent_by(e) && both_sent;
            let same_fate = group.end == end && (end.is_some() || word(group) == lines::word(row.outcome));
            same && same_fate && first.mono_ns.saturating_sub(e.mono_ns) <= TOGETHER_NS
        };
        let is_full = groups.len() == GROUPS;
        match groups.iter_mut().rev().find(fits) {
            Some(group) => {
                group.row = *row;
                if group.targets.len() < TARGETS && group.targets.iter().all(|target| target.key != e.target.key) {
                    group.targets.insert(0, e.target);
                }
            }
            None if is_full => break,
            None => groups.push(Group { row: *row, targets: vec![e.target], end }),
        }
    }
    groups.sort_by_key(|group| group.row.event.id);
    groups
}

fn word(group: &Group) -> &'static str {
    lines::word(group.row.outcome)
}

fn sent_by(e: &SignalEvent) -> Option<ProcKey> {
    e.sender.map(|sender| sender.key)
}

/// Nothing came of it, or it only tells of a child: such are sent all the time, and must not crowd out what matters.
pub fn is_noise(row: &Row) -> bool {
    let e = &row.event;
    let did_nothing = e.signal == Signal::CONT && matches!(row.outcome, Outcome::Ignored(_));
    let is_news = e.signal.default_action() == DefaultAction::Ignore || e.origin == Origin::Child;
    is_news || did_nothing || came_too_late(row)
}

/// Whether the first of these was merged into one from the same sender, which tells of both.
fn is_again(rows: &[Row]) -> bool {
    let first = merged_into(rows).map(|first| sent_by(&first.event));
    first.is_some() && first == rows.first().map(|row| sent_by(&row.event))
}

/// How its target ended, where that is what came of it: by it, or soon after by itself.
fn ended_after(past: &dyn Past, row: &Row) -> Option<End> {
    let death = past.proc(&row.event.target.key)?.death.as_deref()?;
    let is_of_it = match death.end {
        End::Signal { .. } => death.cause.is_some_and(|cause| cause.id == row.event.id),
        End::Code(_) => {
            !matches!(row.outcome, Outcome::Ignored(_)) && death.mono_ns.saturating_sub(row.event.mono_ns) <= SOON_NS
        }
    };
    is_of_it.then_some(death.end)
}
