//! The signals that end sigtop itself, as every mode obeys them: buffers flushed, terminal restored.
//!
//! A hang-up that was ignored at the start, as `nohup` has it, stays ignored. SIGINT does not: shells ignore it for what
//! scripts run in the background, and it is how a script asks a recorder to end.

use procfs::process::Process;
use std::future::poll_fn;
use std::io;
use std::task::Poll;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for them. To be made inside the runtime.
pub struct Endings(Vec<Signal>);

impl Endings {
    /// From now on SIGINT, SIGTERM and, if it is heeded here, SIGHUP do not kill but are told.
    ///
    /// # Errors
    /// Where no handler can be installed.
    pub fn new() -> io::Result<Endings> {
        let hangup = Some(SignalKind::hangup()).filter(|_| !is_hangup_ignored());
        Endings::of([SignalKind::interrupt(), SignalKind::terminate()].into_iter().chain(hangup))
    }

    /// From now on these are told.
    ///
    /// # Errors
    /// Where no handler can be installed.
    pub fn of(kinds: impl IntoIterator<Item = SignalKind>) -> io::Result<Endings> {
        Ok(Endings(kinds.into_iter().map(signal).collect::<io::Result<_>>()?))
    }

    /// Returns when one that ends a program comes.
    pub async fn asked_to_end(&mut self) {
        poll_fn(|context| match self.0.iter_mut().any(|signal| signal.poll_recv(context).is_ready()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }
}

/// Whether this process ignores SIGHUP, signal 1 and so bit 0, as the kernel says.
fn is_hangup_ignored() -> bool {
    Process::myself().and_then(|myself| myself.status()).is_ok_and(|status| status.sigign & 1 != 0)
}
