//! The request to end that a death is told with: the newest one that the process could still take, before what killed it
//! was sent. One that was merged into another is that other one.

use super::{Asked, PATIENCE_NS, Past, SOON_NS, Then, sender};
use crate::event::{Cause, End, Ignored, Origin, ProcKey, Scope, SendResult, SignalEvent};
use crate::model::{Outcome, Row};
use crate::signal::Signal;

/// So many rows further back it is looked for the one that another was merged into.
const NEAR: usize = 200;

/// Whether a signal asks a process to end, and leaves to it how: those that people and supervisors send for that, and
/// a hang-up where it is the terminal's (from others it means "read your settings").
fn asks(e: &SignalEvent) -> bool {
    match e.signal {
        Signal::TERM | Signal::INT | Signal::QUIT => e.origin != Origin::Fault,
        Signal::HUP => e.origin == Origin::Tty,
        _ => false,
    }
}

/// The newest request that came before its end: whether it was killed later, went by itself, or raised it again.
pub fn asked(
    past: &dyn Past,
    key: &ProcKey,
    (at, end): (u64, End),
    cause: Option<&Cause>,
    rows: &[Row],
) -> Option<Asked> {
    let is_own = cause.and_then(|cause| cause.sender).is_some_and(|sender| sender.key == *key);
    let by_kernel = cause.is_some_and(|c| c.origin != Origin::User && c.origin != Origin::CgroupKill);
    let request = |then: Then| request(key, then, cause, rows).map(|row| (then, row));
    let (then, row) = match end {
        End::Signal { .. } if by_kernel => None,
        End::Signal { signal, .. } if is_own => {
            let raised = request(Then::Raised(signal)).filter(|(_, row)| is_within(row, at, SOON_NS));
            raised.or_else(|| request(Then::Left))
        }
        End::Signal { .. } => request(Then::Stayed),
        End::Code(_) => request(Then::Left),
    }?;
    let patience_ns = if then == Then::Stayed { PATIENCE_NS } else { SOON_NS };
    let from = row.event.sender.map(|party| sender(past, party, row.event.sender_tty));
    let asked = Asked { row, then, sender: from, before_ns: at.saturating_sub(row.event.mono_ns) };
    is_within(&row, at, patience_ns).then_some(asked)
}

fn is_within(row: &Row, at: u64, ns: u64) -> bool {
    at.saturating_sub(row.event.mono_ns) <= ns
}

/// The newest that came before the signal that ended it and that may have to do with it in this way.
fn request(key: &ProcKey, then: Then, cause: Option<&Cause>, rows: &[Row]) -> Option<Row> {
    let is_it = |row: &Row| {
        let e = &row.event;
        let is_request = match then {
            Then::Raised(signal) => e.signal == signal && e.sender.is_none_or(|sender| sender.key != *key),
            Then::Left | Then::Stayed => asks(e),
        };
        // Who went by itself may have done so because it took it, but not because it was thrown away.
        let may_matter = then == Then::Stayed && !came_too_late(row) || !matches!(row.outcome, Outcome::Ignored(_));
        e.target.key == *key && is_request && may_matter && cause.is_none_or(|cause| e.id < cause.id)
    };
    let at = rows.iter().position(is_it)?;
    Some(merged_into(rows.get(at..)?).unwrap_or(*rows.get(at)?))
}

/// Whether its target was about to die already, or dead.
pub fn came_too_late(row: &Row) -> bool {
    matches!(row.outcome, Outcome::Ignored(Some(Ignored::Exiting | Ignored::Zombie)))
}

/// The one that was waiting already when the first of these came, newest first.
pub fn merged_into(rows: &[Row]) -> Option<Row> {
    let (second, older) = rows.split_first()?;
    if second.outcome != Outcome::Coalesced {
        return None;
    }
    let e = &second.event;
    let waited = |row: &&Row| {
        let first = &row.event;
        let is_queued = matches!(first.result, SendResult::Queued | SendResult::InfoLost);
        let same_queue = first.scope == e.scope && (e.scope == Scope::Process || first.target.tid == e.target.tid);
        is_queued && first.signal == e.signal && first.target.key == e.target.key && same_queue
    };
    let first = older.iter().take(NEAR).find(waited)?;
    first.delivery().is_none_or(|taken| taken.mono_ns >= e.mono_ns).then_some(*first)
}
