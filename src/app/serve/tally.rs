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
    /// That rules gave.
    pub alerts: AtomicU64,
    /// That the capture could not take in.
    pub lost: AtomicU64,
    /// That slow clients did not get, each counted.
    pub missed: AtomicU64,
    /// That the threads of the outputs were too slow for.
    pub late: AtomicU64,
    /// That the flight recorder could not take.
    pub unrecorded: AtomicU64,
}

impl Tally {
    /// For the status line.
    pub fn words(&self) -> String {
        let clients = self.clients.load(Relaxed);
        let events = self.events.load(Relaxed);
        let lost = self.all_lost();
        let s = if clients == 1 { "" } else { "s" };
        let alerts = match self.alerts.load(Relaxed) {
            0 => String::new(),
            1 => "1 alert, ".into(),
            alerts => format!("{alerts} alerts, "),
        };
        let losses = if lost > 0 { format!(": {}", self.losses()) } else { String::new() };
        format!("{clients} client{s}, {events} events, {alerts}{lost} lost{losses}")
    }

    /// Lost on which way.
    pub fn losses(&self) -> String {
        let [lost, missed, late, unrecorded] = self.numbers();
        format!(
            "{lost} in the kernel, {missed} to clients that read too slowly, {late} to all clients, {unrecorded} to the recorder"
        )
    }

    /// On all of them together.
    pub fn all_lost(&self) -> u64 {
        self.numbers().into_iter().fold(0, u64::saturating_add)
    }

    fn numbers(&self) -> [u64; 4] {
        [&self.lost, &self.missed, &self.late, &self.unrecorded].map(|number| number.load(Relaxed))
    }
}
