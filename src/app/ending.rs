//! The signals that end sigtop itself, as every mode obeys them: buffers flushed, terminal restored.
//!
//! What was ignored when it started stays ignored: by `nohup` a hang-up, by a shell ^C for what runs in the background.

use procfs::process::Process;
use std::future::poll_fn;
use std::io;
use std::task::Poll;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for them. To be made inside the runtime.
pub struct Endings(Vec<Signal>);

impl Endings {
    /// From now on SIGINT, SIGTERM and SIGHUP do not kill but are told.
    ///
    /// # Errors
    /// Where no handler can be installed.
    pub fn new() -> io::Result<Endings> {
        Endings::of([SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()])
    }

    /// From now on these are told.
    ///
    /// # Errors
    /// Where no handler can be installed.
    pub fn of(kinds: impl IntoIterator<Item = SignalKind>) -> io::Result<Endings> {
        let ignored = ignored();
        let heeded = kinds.into_iter().filter(|kind| ignored & bit(*kind) == 0);
        Ok(Endings(heeded.map(signal).collect::<io::Result<_>>()?))
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

/// The signals that this process ignores, as the kernel says: bit 0 is signal 1. Where it does not say, none.
fn ignored() -> u64 {
    Process::myself().and_then(|myself| myself.status()).map_or(0, |status| status.sigign)
}

fn bit(kind: SignalKind) -> u64 {
    u32::try_from(kind.as_raw_value() - 1).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0)
}
