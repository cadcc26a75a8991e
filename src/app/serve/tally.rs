//! What the daemon counts, for its status line and its log. Each number has one writer.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Numbers that several threads look at.
#[derive(Default)]
pub struct Tally {
    /// Connected now.
    pub clients: AtomicU64,
    /// Of the stream, so far.
    pub events: AtomicU64,
    /// That the capture could not take in.
    pub lost: AtomicU64,
    /// That slow clients did not get, each counted.
    pub missed: AtomicU64,
    /// That the threads of the outputs were too slow for.
    pub late: AtomicU64,
}

impl Tally {
    /// For the status line.
    pub fn words(&self) -> String {
        let clients = self.clients.load(Relaxed);
        let events = self.events.load(Relaxed);
        let lost = self.lost.load(Relaxed);
        let s = if clients == 1 { "" } else { "s" };
        format!("{clients} client{s}, {events} events, {lost} lost")
    }
}
