//! The signals that end sigtop itself, as every mode obeys them: buffers flushed, terminal restored.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for them. To be made inside the runtime.
pub struct Endings {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Endings {
    /// From now on SIGINT, SIGTERM and SIGHUP do not kill but are told.
    ///
    /// # Errors
    /// Where no handler can be installed.
    pub fn new() -> io::Result<Endings> {
        Ok(Endings {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Returns when one that ends a program comes.
    pub async fn asked_to_end(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
