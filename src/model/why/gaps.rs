//! What of a death was not seen: said, so that nobody takes what is there for all that was.

use super::{PATIENCE_NS, Past, SOON_NS, Why};
use crate::event::{End, Party};
use crate::model::Entry;
use crate::signal::Signal;

/// What is lost is told up to this much later: the kernel's counts are collected once a second.
pub const LATE_NS: u64 = 1_000_000_000;

/// What was not seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gap {
    /// The process's end.
    End,
    /// The sending of the signal that ended it.
    Cause(Signal),
    /// Who made this sender, or one of its ancestors.
    Ancestors(Party),
    /// So many records that did not fit, in the time that matters.
    Lost(u64),
    /// So many lines of a recording that could not be read, in that time.
    Unread(u64),
    /// What this filter kept out.
    Filter(String),
    /// So many signals that a filter kept out: they are only counted.
    Skipped(u64),
    /// What was sent before the stream began.
    Began(u64),
    /// What was sent before this part of the stream: those before it are gone.
    Parts(u64),
    /// What is too long ago to be kept: all before this time.
    Forgotten(u64),
}

/// What of the time that matters was not seen.
pub fn gaps(past: &dyn Past, why: &Why) -> Vec<Gap> {
    let Some((end_ns, end)) = why.end else { return vec![Gap::End] };
    let mut gaps = Vec::new();
    let by_signal = if let End::Signal { signal, .. } = end { Some(signal) } else { None };
    let unseen = by_signal.filter(|_| why.blame.is_none());
    gaps.extend(unseen.map(Gap::Cause));
    let senders = [why.blame.as_ref().and_then(|blame| blame.sender.as_ref()), asker(why)];
    for sender in senders.into_iter().flatten().filter(|sender| !sender.is_whole && sender.party.key != why.key) {
        let gap = Gap::Ancestors(sender.party);
        gaps.extend((!gaps.contains(&gap)).then_some(gap));
    }
    // A death that the kernel explains whole has no story before it.
    let by_kernel = why.blame.as_ref().is_some_and(|blame| blame.sender.is_none());
    if by_kernel {
        return gaps;
    }
    let patience_ns = if by_signal.is_some() { PATIENCE_NS } else { SOON_NS };
    let from_ns = end_ns.saturating_sub(patience_ns).max(why.key.start_ns);
    gaps.extend(of_the_stream(past, from_ns, end_ns));
    if why.asked.is_none() {
        let header = past.header();
        let began = if header.part == 0 { Gap::Began(header.mono_ns) } else { Gap::Parts(header.mono_ns) };
        gaps.extend((header.mono_ns > from_ns).then_some(began));
        gaps.extend(past.kept_from_ns().filter(|from| *from > from_ns).map(Gap::Forgotten));
    }
    gaps
}

fn asker(why: &Why) -> Option<&super::Sender> {
    why.asked.as_ref().and_then(|asked| asked.sender.as_ref())
}

/// What the stream itself lacks of this time.
fn of_the_stream(past: &dyn Past, from_ns: u64, end_ns: u64) -> Vec<Gap> {
    let (mut lost, mut unread) = (0_u64, 0_u64);
    let mut filter = None;
    let late_ns = end_ns.saturating_add(LATE_NS);
    for note in past.notes() {
        let at = note.mono_ns();
        match note {
            // A gap counts from its beginning on; a mere count may be of the time before it was taken.
            Entry::Lost(e)
                if at >= from_ns && e.since_ns.map_or(at <= late_ns, |since| since <= end_ns) && e.result.is_none() =>
            {
                let count = if e.kind.is_some() { &mut lost } else { &mut unread };
                *count = count.saturating_add(e.count);
            }
            Entry::Filter(e) if filter.is_none() && at <= end_ns => filter = Some(e.text.clone()),
            _ => {}
        }
        if at < from_ns && filter.is_some() {
            break;
        }
    }
    let filter = filter.filter(|text| !text.is_empty());
    let skipped = Some(past.skipped()).filter(|count| *count > 0 && filter.is_none());
    let lost = (lost > 0).then_some(Gap::Lost(lost));
    let unread = (unread > 0).then_some(Gap::Unread(unread));
    [lost, unread, filter.map(Gap::Filter), skipped.map(Gap::Skipped)].into_iter().flatten().collect()
}
