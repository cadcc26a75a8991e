//! What was counted instead of sent: keys and counts of the maps `unsent_*`.

use super::plain::read;
use super::signals::ORIGINS;
use super::{Malformed, abi, lookup};
use crate::event::{CountEvent, Kind, ProcKey, SendResult, SenderKey};
use crate::signal::Signal;

const KINDS: [(u32, Kind); 13] = [
    (abi::sigtop_kind::SIGTOP_SIGNAL.0, Kind::Signal),
    (abi::sigtop_kind::SIGTOP_DELIVER.0, Kind::Deliver),
    (abi::sigtop_kind::SIGTOP_FORK.0, Kind::Fork),
    (abi::sigtop_kind::SIGTOP_EXEC.0, Kind::Exec),
    (abi::sigtop_kind::SIGTOP_EXIT.0, Kind::Exit),
    (abi::sigtop_kind::SIGTOP_RENAME.0, Kind::Rename),
    (abi::sigtop_kind::SIGTOP_CGROUP.0, Kind::Cgroup),
    (abi::sigtop_kind::SIGTOP_ATTEMPT.0, Kind::Signal),
    (abi::sigtop_kind::SIGTOP_EXEC_FAILED.0, Kind::Exec),
    (abi::sigtop_kind::SIGTOP_OPEN.0, Kind::Open),
    (abi::sigtop_kind::SIGTOP_CHMOD.0, Kind::Chmod),
    (abi::sigtop_kind::SIGTOP_MOVE.0, Kind::Move),
    (abi::sigtop_kind::SIGTOP_CONNECT.0, Kind::Connect),
];

/// Entries of `unsent_rest` for each reason (SIGTOP_REST in bpf/sigtop.h).
pub const REST_ENTRIES: u32 = 80;
/// A number that is no signal's and no probe's (SIGTOP_NO_SIGNAL in bpf/sigtop.h).
pub(super) const NO_SIGNAL: u8 = 255;
/// Where the kinds of records other than signals begin in it.
const REST_KINDS: u8 = 64;

/// What was counted instead of sent, from a key of `unsent_a` or `unsent_b`: whether it was lost (else filtered),
/// and the event.
pub fn decode_unsent(key: &[u8], count: u64, mono_ns: u64) -> Result<(bool, CountEvent), Malformed> {
    let key: abi::sigtop_unsent_key = read(key)?;
    let origin = lookup(&ORIGINS, key.origin);
    let sender = match (key.pid, origin) {
        (_, None) => None,
        (0, Some(origin)) => Some(SenderKey::Kernel(origin)),
        (pid, Some(_)) => Some(SenderKey::Process(ProcKey { pid, start_ns: key.start_ns })),
    };
    let kind = lookup(&KINDS, key.kind);
    let lost = u32::from(key.why) == abi::sigtop_why::SIGTOP_LOST.0;
    let (signal, result) = (Signal::new(key.signal), tried(key.kind, key.signal));
    Ok((lost, CountEvent { mono_ns, kind, count, signal, sender, result, since_ns: None }))
}

/// The same, from one processor's recent counts: those that are not empty. What cannot be read is no count.
pub fn decode_recent(bytes: &[u8], mono_ns: u64) -> impl Iterator<Item = (bool, CountEvent)> {
    const KEY: usize = size_of::<abi::sigtop_unsent_key>();
    bytes.chunks_exact(KEY + size_of::<u64>()).filter_map(move |place| {
        let (key, count) = place.split_at(KEY);
        let count = u64::from_ne_bytes(count.try_into().ok()?);
        (count > 0).then(|| decode_unsent(key, count, mono_ns).ok()).flatten()
    })
}

/// The same, from an index of `unsent_rest`, where senders are not told apart.
pub fn decode_rest(index: u32, count: u64, mono_ns: u64) -> (bool, CountEvent) {
    let lost = index < REST_ENTRIES;
    let within = (index % REST_ENTRIES) as u8;
    let signal = Signal::new(within).filter(|_| within < 64 + 1);
    let record = within.wrapping_sub(REST_KINDS);
    let (kind, result) = match signal {
        Some(_) => (Some(Kind::Signal), None),
        None => (lookup(&KINDS, record), tried(record, NO_SIGNAL)),
    };
    let sender = signal.map(|_| SenderKey::Others);
    (lost, CountEvent { mono_ns, kind, count, signal, sender, result, since_ns: None })
}

/// What the records of this kind and signal would have told, of something that was tried in vain.
fn tried(kind: u8, signal: u8) -> Option<SendResult> {
    match abi::sigtop_kind(u32::from(kind)) {
        abi::sigtop_kind::SIGTOP_ATTEMPT if signal == 0 => Some(SendResult::Probe),
        abi::sigtop_kind::SIGTOP_ATTEMPT | abi::sigtop_kind::SIGTOP_EXEC_FAILED => Some(SendResult::Failed),
        _ => None,
    }
}
