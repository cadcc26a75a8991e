//! What benchmarks are made of: the same numbers in every run, processes, signals and their deliveries.

#![allow(dead_code)] // each benchmark uses some of it

use sigtop::event::{Action, DeliverEvent, Disposition, Name, Party, ProcKey, SignalEvent};

/// xorshift64*: the same history in every run.
pub struct Random(pub u64);

impl Random {
    /// A number from 0 up to, but not, `n`.
    pub fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) * u64::from(n)) >> 32) as u32
    }
}

/// A process, by its first thread.
pub fn party(pid: u32, start_ns: u64, uid: u32, name: &str) -> Party {
    Party { key: ProcKey { pid, start_ns }, tid: pid, uid, name: Name::from(name) }
}

/// Its target takes it so much later, by a handler.
pub fn handled(sent: &SignalEvent, latency_ns: u64) -> DeliverEvent {
    DeliverEvent {
        id: Some(sent.id),
        mono_ns: sent.mono_ns + latency_ns,
        signal: sent.signal,
        target: sent.target,
        disposition: Disposition::Handler,
        action: Action::None,
        latency_ns: Some(latency_ns),
    }
}
