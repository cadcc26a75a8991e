//! `--alert-log FILE`: every alert appended as a line of JSON, by the thread `sigtop-alerts`. A full disk stops nobody: it is
//! said once, what is lost is counted, and it goes on when there is room. Opened anew on SIGHUP, for logrotate.
//!
//! A line has the host before the fields that it has elsewhere: logs of many machines go to one place. It is whole or not
//! there. The file is its owner's alone, and is not opened through a link.

use super::outlets::{Item, Outlet};
use super::queue::Queue;
use super::voice::Voice;
use crate::app::files::{give_to_caller, why};
use crate::error::Error;
use crate::event::{Event, Header};
use crate::sink::webhook::{Bodies, Format};
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// How many alerts may wait for the disk.
const QUEUED: usize = 4096;

/// Opens it, and starts its thread.
///
/// # Errors
/// Why it cannot be written.
pub fn open(path: &Path, voice: Arc<Voice>) -> Result<Outlet, Error> {
    let name = path.display().to_string();
    let file = file(path).map_err(|e| refused(&name, &e))?;
    let left = Arc::new(AtomicU64::new(0));
    let writer = Writer {
        path: path.into(),
        file: Some(file),
        bodies: Bodies::new(Format::Json, &Header::default()),
        lost: 0,
        dropped: 0,
        left: left.clone(),
        is_torn: false,
        voice: voice.clone(),
    };
    let late = |name: &str, left: u64| format!("{name} takes no more: {left} {} not in it", are(left));
    let log = Outlet { name, queue: Arc::new(Queue::new(QUEUED)), voice, left, late };
    log.start("sigtop-alerts", |from| writer.run(from))
}

/// To append; made if it is not there.
fn file(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY; // a pipe that nobody reads is not waited for
    let mut options = OpenOptions::new();
    options.append(true).mode(0o600).custom_flags(flags.bits() as i32);
    let (file, is_new) = match options.clone().create_new(true).open(path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => (options.open(path)?, false),
        opened => (opened?, true),
    };
    if is_new {
        let _ = give_to_caller(&file); // a courtesy, which some file systems do not know
    }
    let kind = file.metadata()?.file_type();
    if kind.is_file() || kind.is_fifo() || kind.is_char_device() {
        return Ok(file);
    }
    Err(ErrorKind::InvalidFilename.into())
}

fn refused(name: &str, e: &io::Error) -> Error {
    let why = match e.raw_os_error() {
        Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => "a symbolic link, and none is followed".into(),
        Some(code) if code == rustix::io::Errno::NXIO.raw_os_error() => "nobody reads it".into(),
        _ => why(e),
    };
    Error::environment(format!("cannot write the alert log {name}: {why}"), "")
}

/// Takes so much off its end again, if that is what was written last: whether it did.
fn cut_back(file: &mut File, written: u64) -> bool {
    let Ok(meta) = file.metadata() else { return false };
    let is_last = file.stream_position().is_ok_and(|end| end == meta.len());
    meta.is_file() && is_last && file.set_len(meta.len().saturating_sub(written)).is_ok()
}

fn are(count: u64) -> &'static str {
    if count == 1 { "alert is" } else { "alerts are" }
}

struct Writer {
    path: PathBuf,
    /// Nothing where it could not be opened anew.
    file: Option<File>,
    bodies: Bodies,
    /// Since the disk took the last one.
    lost: u64,
    /// What did not fit into the queue since it was empty.
    dropped: u64,
    left: Arc<AtomicU64>,
    /// The file ends in the middle of a line, and could not be cut back to its beginning.
    is_torn: bool,
    voice: Arc<Voice>,
}

impl Writer {
    fn run(mut self, from: &Queue<Item>) {
        while let Some(item) = from.next() {
            match item {
                Item::Begin(header) => self.bodies = Bodies::new(Format::Json, &header),
                Item::Event(event) if matches!(event, Event::Alert(_)) => {
                    let line = self.bodies.body(&[event], 0);
                    self.line(&line);
                }
                Item::Event(event) => self.bodies.clock(&event),
                Item::Reopen => self.reopen(),
            }
            self.keep_up(from);
        }
        let missing = self.lost + self.dropped;
        if missing > 0 {
            self.voice.say(format!("{missing} {} not in {}", are(missing), self.path.display()));
        }
    }

    /// Once it does again, how many are missing: that it does not was said by who hands over.
    fn keep_up(&mut self, from: &Queue<Item>) {
        self.dropped += from.dropped();
        if self.dropped > 0 && from.waiting() == 0 {
            from.close_gap();
            let (missing, name) = (std::mem::take(&mut self.dropped), self.path.display());
            self.voice.say(format!("{name} keeps up again: {missing} {} not in it", are(missing)));
        }
    }

    fn line(&mut self, line: &[u8]) {
        let name = self.path.display().to_string();
        match self.write(line) {
            Ok(()) => {
                self.left.fetch_sub(1, Relaxed);
                let lost = std::mem::take(&mut self.lost);
                if lost > 0 {
                    self.voice.say(format!("{name} is written again: {lost} {} not in it", are(lost)));
                }
            }
            Err(e) => {
                if self.lost == 0 {
                    self.voice.say(format!("cannot write to {name}: {}; alerts go on elsewhere", why(&e)));
                }
                self.lost += 1;
            }
        }
    }

    /// The whole line, or nothing of it.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(file(&self.path)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        if std::mem::take(&mut self.is_torn) {
            self.is_torn = file.write(b"\n").inspect_err(|_| self.is_torn = true)? == 0;
        }
        let mut rest = line;
        while !rest.is_empty() {
            match file.write(rest) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Ok(written) if written > 0 => rest = rest.get(written..).unwrap_or_default(),
                failed => {
                    let written = line.len() - rest.len();
                    self.is_torn = written > 0 && !cut_back(file, written as u64);
                    return Err(failed.err().unwrap_or(ErrorKind::WriteZero.into()));
                }
            }
        }
        Ok(())
    }

    fn reopen(&mut self) {
        match file(&self.path) {
            Ok(file) => (self.file, self.is_torn) = (Some(file), false),
            // It may be there again for the next alert.
            Err(e) => {
                self.file = None;
                let (name, why) = (self.path.display(), why(&e));
                self.voice.say(format!("{name} cannot be opened anew: {why}; alerts go on elsewhere until it can"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::rules::tests::alert;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};

    fn lines(path: &Path) -> usize {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().filter(|line| line.contains(r#""type":"alert""#) && line.ends_with('}')).count()
    }

    #[test]
    fn alerts_are_appended_and_a_file_that_was_moved_away_is_made_anew() {
        let dir = std::env::temp_dir().join(format!("sigtop-{}-alert-log", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (path, old) = (dir.join("alerts.jsonl"), dir.join("alerts.jsonl.1"));
        let voice = Arc::new(Voice::default());
        for _ in 0..2 {
            let log = open(&path, voice.clone()).unwrap();
            log.take(&alert("a"));
            log.finish(Instant::now() + Duration::from_secs(60));
        }
        assert_eq!(lines(&path), 2);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let log = open(&path, voice.clone()).unwrap();
        std::fs::rename(&path, &old).unwrap();
        log.take(&alert("a"));
        log.reopen();
        log.take(&alert("b"));
        log.finish(Instant::now() + Duration::from_secs(60));
        assert_eq!((lines(&old), lines(&path)), (3, 1));
        assert_eq!(voice.unsaid(), [""; 0]);
        let log = open(&path, voice.clone()).unwrap();
        std::fs::rename(&path, &old).unwrap();
        std::fs::create_dir(&path).unwrap();
        log.reopen();
        log.take(&alert("nowhere"));
        log.finish(Instant::now() + Duration::from_secs(60));
        let (name, directory) = (path.display(), "that is a directory; alerts go on elsewhere");
        let said = [
            format!("{name} cannot be opened anew: {directory} until it can"),
            format!("cannot write to {name}: {directory}"),
            format!("1 alert is not in {name}"),
        ];
        assert_eq!(voice.unsaid(), said);
        let link = dir.join("link");
        std::os::unix::fs::symlink(&old, &link).unwrap();
        assert!(open(&link, voice).err().unwrap().what.ends_with("a symbolic link, and none is followed"));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_full_disk_is_said_once_with_what_is_not_there() {
        let voice = Arc::new(Voice::default());
        let log = open(Path::new("/dev/full"), voice.clone()).unwrap();
        (0..3).for_each(|_| log.take(&alert("a")));
        log.finish(Instant::now() + Duration::from_secs(60));
        let said = voice.unsaid();
        assert_eq!(
            said,
            ["cannot write to /dev/full: the disk is full; alerts go on elsewhere", "3 alerts are not in /dev/full"]
        );
    }
}
