//! One row of the log, as it is kept: 88 bytes for what takes twice that unpacked, for 100,000 of them are most of the
//! program's memory. What a row says is [`super::row`]'s.
//!
//! Who sent and who was meant are kept once in [`Faces`], as long as they stay the same, and shared by their rows.

mod detail;

use super::faces::Faces;
use super::row::{Outcome, Row};
use crate::event::{Aim, AttemptEvent, Call, Errno, Ignored, Masks, Origin, Scope, SendResult, SignalEvent, Tty};
use crate::signal::{Signal, SignalSet};
use detail::{DetailKind, pack_aim, pack_detail};

/// [`Outcome`] without its latency.
#[derive(Clone, Copy)]
enum Fate {
    Pending,
    Taken,
    InfoLost,
    Handled,
    Default,
    Killed,
    Stopped,
    Continued,
    Ignored,
    Coalesced,
    Overflow,
    Unanswered,
}

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    Signal,
    Attempt,
    /// Something else that a process did, kept in `deeds`.
    Deed,
    /// Something about the stream itself, kept elsewhere.
    Note,
}

/// No latency, or one that nobody lives to see.
const NO_LATENCY: u64 = u64::MAX;

/// No face: the kernel.
const NO_FACE: u32 = u32::MAX;

/// A row as it is kept.
#[derive(Clone, Copy)]
pub(super) struct Packed {
    pub id: u64,
    pub mono_ns: u64,
    /// How many rows back the row is that waited for the same target before; 0: none.
    pub back: u32,
    /// Of an attempt its errno, 0 for none.
    latency_ns: u64,
    detail: u64,
    /// Of the target, if they are known.
    blocked: SignalSet,
    pending: SignalSet,
    /// Of an attempt, the number of its signal.
    code: i32,
    generation: u32,
    sender: u32,
    target: u32,
    sender_tid: u32,
    target_tid: u32,
    /// `None`: a note, or an attempt with a number that is no signal's.
    pub signal: Option<Signal>,
    detail_kind: DetailKind,
    origin: Origin,
    call: Option<Call>,
    scope: Scope,
    result: SendResult,
    ignored: Option<Ignored>,
    continued: bool,
    nested: bool,
    fate: Fate,
    has_masks: bool,
}

impl Packed {
    /// The place of a row that is kept elsewhere, after the signal with this id.
    pub(super) fn note(id: u64, mono_ns: u64) -> Packed {
        Packed {
            id,
            mono_ns,
            back: 0,
            latency_ns: NO_LATENCY,
            detail: 0,
            blocked: SignalSet::EMPTY,
            pending: SignalSet::EMPTY,
            code: 0,
            generation: 0,
            sender: NO_FACE,
            target: NO_FACE,
            sender_tid: 0,
            target_tid: 0,
            signal: None,
            detail_kind: DetailKind::None,
            origin: Origin::Kernel,
            call: None,
            scope: Scope::Process,
            result: SendResult::Ignored,
            ignored: None,
            continued: false,
            nested: false,
            fate: Fate::Ignored,
            has_masks: false,
        }
    }

    /// The place of what somebody with this face did.
    pub(super) fn deed(id: u64, mono_ns: u64, face: Option<u32>, tid: u32) -> Packed {
        let (sender, detail_kind) = (face.unwrap_or(NO_FACE), DetailKind::Deed);
        Packed { sender, sender_tid: tid, detail_kind, ..Packed::note(id, mono_ns) }
    }

    /// Packs an attempt whose sender and target, if one is known, have these faces.
    pub(super) fn tried(e: &AttemptEvent, sender: u32, target: Option<u32>) -> Packed {
        let (detail_kind, detail) = pack_aim(e.aim);
        Packed {
            detail,
            detail_kind,
            code: e.number,
            generation: e.generation,
            latency_ns: e.errno.map_or(0, |errno| errno.0.into()),
            sender,
            target: target.unwrap_or(NO_FACE),
            sender_tid: e.sender.tid,
            target_tid: e.target.map_or(0, |target| target.tid),
            signal: e.signal(),
            call: Some(e.call),
            nested: e.nested,
            result: e.result(),
            ..Packed::note(e.id, e.mono_ns)
        }
    }

    /// Packs a signal whose sender and target have these faces.
    pub(super) fn new(e: &SignalEvent, sender: Option<u32>, target: u32, back: u32) -> Packed {
        let (detail_kind, detail) = pack_detail(e.detail);
        let mut packed = Packed {
            id: e.id,
            mono_ns: e.mono_ns,
            back,
            latency_ns: NO_LATENCY,
            detail,
            blocked: e.masks.map_or(SignalSet::EMPTY, |masks| masks.blocked),
            pending: e.masks.map_or(SignalSet::EMPTY, |masks| masks.pending),
            code: e.code,
            generation: e.generation,
            sender: sender.unwrap_or(NO_FACE),
            target,
            sender_tid: e.sender.map_or(0, |s| s.tid),
            target_tid: e.target.tid,
            signal: Some(e.signal),
            detail_kind,
            origin: e.origin,
            call: e.call,
            scope: e.scope,
            result: e.result,
            ignored: e.ignored,
            continued: e.continued,
            nested: false,
            fate: Fate::Pending,
            has_masks: e.masks.is_some(),
        };
        packed.set_outcome(Outcome::at_send(e));
        packed
    }

    pub(super) fn kind(&self) -> RowKind {
        match (self.result, self.signal) {
            (result, _) if result.is_attempt() => RowKind::Attempt,
            (_, Some(_)) => RowKind::Signal,
            (_, None) if matches!(self.detail_kind, DetailKind::Deed) => RowKind::Deed,
            (_, None) => RowKind::Note,
        }
    }

    /// Whether it is a signal's, sent or tried.
    pub(super) fn is_sent(&self) -> bool {
        matches!(self.kind(), RowKind::Signal | RowKind::Attempt)
    }

    pub(super) fn is_probe(&self) -> bool {
        self.result == SendResult::Probe
    }

    /// Unpacks an attempt.
    pub(super) fn attempt(&self, faces: &Faces) -> Option<AttemptEvent> {
        let sender = faces.get(self.sender)?;
        Some(AttemptEvent {
            id: self.id,
            mono_ns: self.mono_ns,
            number: self.code,
            sender: sender.party(self.sender_tid),
            sender_tty: sender.tty,
            aim: self.aim()?,
            nested: self.nested,
            target: faces.get(self.target).map(|face| face.party(self.target_tid)),
            call: self.call?,
            errno: u16::try_from(self.latency_ns).ok().filter(|errno| *errno != 0).map(Errno),
            generation: self.generation,
        })
    }

    /// Unpacks a signal.
    pub(super) fn row(&self, faces: &Faces) -> Option<Row> {
        let event = SignalEvent {
            id: self.id,
            mono_ns: self.mono_ns,
            signal: self.signal?,
            code: self.code,
            sender: faces.get(self.sender).map(|face| face.party(self.sender_tid)),
            sender_tty: faces.get(self.sender).map_or(Tty::NONE, |face| face.tty),
            target: faces.get(self.target).map(|face| face.party(self.target_tid)).unwrap_or_default(),
            origin: self.origin,
            call: self.call,
            scope: self.scope,
            result: self.result,
            ignored: self.ignored,
            continued: self.continued,
            detail: self.detail_kind.detail(self.detail),
            masks: self.has_masks.then_some(Masks { blocked: self.blocked, pending: self.pending }),
            generation: self.generation,
        };
        Some(Row { event, outcome: self.outcome() })
    }

    /// The place of the sender's face; beyond all of them for the kernel.
    pub(super) fn sender_face(&self) -> usize {
        self.sender as usize
    }

    /// The place of the target's face, where it is known who it is.
    pub(super) fn target_face(&self) -> Option<u32> {
        Some(self.target).filter(|face| *face != NO_FACE)
    }

    /// Whether the kernel sent it, for this reason.
    pub(super) fn is_from_kernel(&self, origin: Origin) -> bool {
        self.sender == NO_FACE && self.origin == origin
    }

    /// The faces that this row holds.
    pub(super) fn faces(&self) -> [u32; 2] {
        [self.sender, self.target]
    }

    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.fate, Fate::Pending | Fate::InfoLost)
    }

    /// Whether `next`, to the same target, can only be queued where this one waits no more.
    pub(super) fn excludes(&self, next: &SignalEvent) -> bool {
        let same_queue =
            self.scope == next.scope && (next.scope == Scope::Process || self.target_tid == next.target.tid);
        same_queue && self.signal == Some(next.signal) && !next.signal.is_real_time()
    }

    pub(super) fn outcome(&self) -> Outcome {
        let latency_ns = (self.latency_ns != NO_LATENCY).then_some(self.latency_ns);
        match self.fate {
            Fate::Pending => Outcome::Pending,
            Fate::Taken => Outcome::Taken,
            Fate::InfoLost => Outcome::InfoLost,
            Fate::Handled => Outcome::Handled { latency_ns },
            Fate::Default => Outcome::Default { latency_ns },
            Fate::Killed => Outcome::Killed { latency_ns },
            Fate::Stopped => Outcome::Stopped { latency_ns },
            Fate::Continued => Outcome::Continued { latency_ns },
            Fate::Ignored => Outcome::Ignored(self.ignored),
            Fate::Coalesced => Outcome::Coalesced,
            Fate::Overflow => Outcome::Overflow,
            Fate::Unanswered => Outcome::Unanswered,
        }
    }

    pub(super) fn set_outcome(&mut self, outcome: Outcome) {
        self.latency_ns = outcome.latency_ns().unwrap_or(NO_LATENCY);
        self.fate = match outcome {
            Outcome::Pending => Fate::Pending,
            Outcome::Taken => Fate::Taken,
            Outcome::InfoLost => Fate::InfoLost,
            Outcome::Handled { .. } => Fate::Handled,
            Outcome::Default { .. } => Fate::Default,
            Outcome::Killed { .. } => Fate::Killed,
            Outcome::Stopped { .. } => Fate::Stopped,
            Outcome::Continued { .. } => Fate::Continued,
            Outcome::Ignored(_) => Fate::Ignored,
            Outcome::Coalesced => Fate::Coalesced,
            Outcome::Overflow => Fate::Overflow,
            Outcome::Unanswered => Fate::Unanswered,
        };
    }

    /// Of an attempt, at what it was aimed.
    pub(super) fn aim(&self) -> Option<Aim> {
        self.detail_kind.aim(self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::faces::Face;

    #[test]
    fn rows_stay_small() {
        assert_eq!(size_of::<Packed>(), 88);
        assert_eq!(size_of::<(Face, u32)>(), 48);
    }
}
