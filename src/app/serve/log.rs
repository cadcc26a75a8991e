//! What the daemon says of itself, one line each, on standard error: for journald. A thread of its own writes it, so that
//! a full pipe stops nobody; and what clients can cause is told so often and no more.

use crate::escape::plain;
use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How many lines may wait.
const QUEUED: usize = 256;
/// So many lines that clients cause in each [`SPAN`].
const OFTEN: u32 = 20;
const SPAN: Duration = Duration::from_secs(60);

/// Where to say it.
#[derive(Clone)]
pub struct Log {
    to: SyncSender<String>,
    often: Arc<Mutex<Often>>,
}

struct Often {
    since: Instant,
    told: u32,
    untold: u64,
}

/// Starts the thread; it ends with the last [`Log`].
pub fn spawn() -> std::io::Result<(Log, JoinHandle<()>)> {
    let (to, from) = sync_channel(QUEUED);
    let writer = thread::Builder::new().name("sigtop-log".into()).spawn(move || write(&from))?;
    let often = Often { since: Instant::now(), told: 0, untold: 0 };
    Ok((Log { to, often: Arc::new(Mutex::new(often)) }, writer))
}

fn write(from: &Receiver<String>) {
    while let Ok(line) = from.recv() {
        let _ = std::io::stderr().write_all(line.as_bytes()); // where nobody hears, nothing is said
    }
}

impl Log {
    /// Says it. Names and what a source says may be in it.
    pub fn say(&self, words: impl AsRef<str>) {
        let _ = self.to.try_send(format!("sigtop: {}\n", plain(words.as_ref()))); // more than fits is not worth waiting for
    }

    /// Says it, unless much was said already.
    pub fn often(&self, words: impl AsRef<str>) {
        let mut often = self.often.lock().unwrap_or_else(PoisonError::into_inner);
        if often.since.elapsed() >= SPAN {
            if often.untold > 0 {
                self.say(format!("{} more lines about clients were left out", often.untold));
            }
            *often = Often { since: Instant::now(), told: 0, untold: 0 };
        }
        if often.told >= OFTEN {
            often.untold += 1;
            return;
        }
        often.told += 1;
        drop(often);
        self.say(words);
    }
}
