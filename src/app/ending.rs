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

/// What a signal asks a run for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// To end.
    End,
    /// To read its rules again.
    Reload,
}

/// The same signals for a run that has rules: SIGHUP has them read again, unless the terminal hung up, which ends a run
/// as ever.
pub struct Orders {
    endings: Endings,
    hangup: Option<Signal>,
    has_terminal: bool,
}

impl Orders {
    /// From now on they are told. Without rules, as [`Endings`] has them.
    ///
    /// # Errors
    /// Where no handler can be installed.
    pub fn new(has_rules: bool) -> io::Result<Orders> {
        if !has_rules {
            return Ok(Orders { endings: Endings::new()?, hangup: None, has_terminal: false });
        }
        let is_heeded = !is_hangup_ignored();
        let hangup = is_heeded.then(|| signal(SignalKind::hangup())).transpose()?;
        let endings = Endings::of([SignalKind::interrupt(), SignalKind::terminate()])?;
        Ok(Orders { endings, hangup, has_terminal: has_terminal() })
    }

    /// Returns when one comes.
    pub async fn next(&mut self) -> Order {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.endings.asked_to_end() => Order::End,
            _ = hangup => if self.has_terminal && !has_terminal() { Order::End } else { Order::Reload },
        }
    }
}

/// Whether there is a terminal that controls this process, and that has not hung up.
fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}

/// Whether this process ignores SIGHUP, signal 1 and so bit 0, as the kernel says.
fn is_hangup_ignored() -> bool {
    Process::myself().and_then(|myself| myself.status()).is_ok_and(|status| status.sigign & 1 != 0)
}
