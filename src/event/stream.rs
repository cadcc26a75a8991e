//! What a stream says of itself: its header, and what it counted instead of telling it, under which filter, and how its
//! times are to be converted.

use super::{Kind, SendResult, SenderKey};
use crate::signal::Signal;

/// What a stream says of itself before its first event.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Header {
    /// The sigtop that made the stream.
    pub version: String,
    /// Host name.
    pub host: String,
    /// Kernel release.
    pub kernel: String,
    /// Processor architecture.
    pub arch: String,
    /// Which start of the machine: `CLOCK_MONOTONIC` and pids count anew with each. Empty where it is not known.
    pub boot_id: String,
    /// When this began: the stream, or this part of it.
    pub mono_ns: u64,
    /// When the stream began of which this is a part. Two headers tell of one stream where boot and this are the same.
    pub began_ns: u64,
    /// Number of the part, from 0: a recording may go on in another file.
    pub part: u32,
    /// `CLOCK_REALTIME` is this many nanoseconds ahead of `CLOCK_MONOTONIC`.
    pub offset_ns: i64,
    /// What this kernel or these privileges do not allow, and what is lost by it: one sentence each.
    pub missing: Vec<String>,
    /// Where there are several roads to see something: which one is taken here, what it costs and what it cannot see.
    pub roads: Vec<String>,
    /// What is told of what is told only on request.
    pub told: Told,
}

/// Kinds that are told only on request, and were asked for where the stream was made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// All of these.
    pub all: Vec<Kind>,
    /// Of these, what somebody looks for.
    pub some: Vec<Kind>,
}

/// Signals that the stream does not have one by one, but that the kernel counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CountEvent {
    /// When they were counted.
    pub mono_ns: u64,
    /// From when on it may have been, where that is known: a gap has a beginning.
    pub since_ns: Option<u64>,
    /// What kind of record; `None` for records that could not be read.
    pub kind: Option<Kind>,
    /// How many.
    pub count: u64,
    /// Which signal, for signals.
    pub signal: Option<Signal>,
    /// Who sent them, for signals.
    pub sender: Option<SenderKey>,
    /// For those that never became one (signals, programs): [`SendResult::Failed`] or [`SendResult::Probe`], the former
    /// also where the two cannot be told apart.
    pub result: Option<SendResult>,
}

impl CountEvent {
    /// Whether these are signals that the kernel made, and no mere attempts.
    pub fn is_of_signals(&self) -> bool {
        self.kind == Some(Kind::Signal) && self.result.is_none()
    }
}

/// From here on another filter holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterEvent {
    /// When.
    pub mono_ns: u64,
    /// Its number: each [`SignalEvent`](super::SignalEvent) carries the number of the filter that let it pass.
    pub generation: u32,
    /// The filter, as it would be typed; empty: everything.
    pub text: String,
}

/// The wall clock was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockEvent {
    /// When.
    pub mono_ns: u64,
    /// From here on `CLOCK_REALTIME` is this many nanoseconds ahead of `CLOCK_MONOTONIC`.
    pub offset_ns: i64,
}
