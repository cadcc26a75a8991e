//! What the daemon says of itself, one line each, on standard error: for journald. A thread of its own writes it, so that
//! a full pipe stops nobody; and what clients can cause is told so often and no more.

use crate::clock::{Clock, TimeStyle};
use crate::escape::plain;
use crate::event::{Event, Header, Severity};
use crate::sink::{Sink, line::Line};
use std::io::Write;
use std::os::linux::fs::MetadataExt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How many lines may wait.
const QUEUED: usize = 256;
/// So many lines that clients cause in each [`SPAN`].
const OFTEN: u32 = 20;
const SPAN: Duration = Duration::from_secs(60);

/// Priorities of syslog(3), as the journal reads them.
const WARNING: u8 = 4;
const INFO: u8 = 6;

/// Where to say it.
#[derive(Clone)]
pub struct Log {
    to: SyncSender<String>,
    /// The journal reads it: lines may begin with how important they are.
    is_journal: bool,
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
    Ok((Log { to, is_journal: is_journal(), often: Arc::new(Mutex::new(often)) }, writer))
}

fn write(from: &Receiver<String>) {
    while let Ok(line) = from.recv() {
        let _ = std::io::stderr().write_all(line.as_bytes()); // where nobody hears, nothing is said
    }
}

impl Log {
    /// Says it. Names and what a source says may be in it.
    pub fn say(&self, words: impl AsRef<str>) {
        self.put(INFO, words.as_ref());
    }

    /// Says what somebody should see to.
    pub fn alarm(&self, words: impl AsRef<str>) {
        self.put(WARNING, words.as_ref());
    }

    fn put(&self, priority: u8, words: &str) {
        let mark = if self.is_journal { format!("<{priority}>") } else { String::new() };
        let _ = self.to.try_send(format!("{mark}sigtop: {}\n", plain(words))); // more than fits is not worth waiting for
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

/// Whether standard error is the journal's, as it says itself: `JOURNAL_STREAM=device:inode`.
fn is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let meta = std::fs::metadata("/proc/self/fd/2");
    meta.is_ok_and(|meta| stream == format!("{}:{}", meta.st_dev(), meta.st_ino()))
}

/// Alerts as lines of the log: with their time, but in the journal, which has its own.
pub struct AlertLines {
    line: Line<Vec<u8>>,
    clock: Clock,
}

impl AlertLines {
    /// Of a stream.
    pub fn new(header: &Header) -> AlertLines {
        let mut line = Line::new(Vec::new(), TimeStyle::Utc);
        let _ = line.header(header); // into memory: it cannot fail
        AlertLines { line, clock: Clock::new(TimeStyle::Utc, header.mono_ns, header.offset_ns) }
    }

    /// Says the alerts of a batch. How many there were.
    pub fn take(&mut self, batch: &[Event], log: &Log) -> u64 {
        let mut count = 0;
        for event in batch {
            if let Event::Clock(set) = event {
                self.clock.set_offset(set.offset_ns);
            }
            let Event::Alert(alert) = event else { continue };
            count += 1;
            let _ = self.line.event(event); // into memory
            let line = std::mem::take(self.line.get_mut());
            let line = String::from_utf8_lossy(&line);
            let words = line.split_once("] ").map_or(&*line, |(_, words)| words);
            let mut said = String::new();
            if !log.is_journal {
                self.clock.write_rfc3339(&mut said, alert.mono_ns);
                said.push(' ');
            }
            said.push_str(words.trim_end());
            log.put(priority(alert.rule.severity), &said);
        }
        count
    }
}

fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 2,
        Severity::High => 3,
        Severity::Medium => WARNING,
        Severity::Low => 5,
        Severity::Info => INFO,
    }
}
