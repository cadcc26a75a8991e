//! The real recorder: what is on the disk, whatever happens to it. Live tests need root.
//!
//! Nothing here sleeps to be in time: who waits looks again and again for what must come, and the only time is a guard.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests: a wrong test stops here

#[path = "record/disk.rs"]
mod disk;
#[path = "record/ends.rs"]
mod ends;
#[allow(dead_code)] // the live tests use the rest
#[path = "live/harness.rs"]
mod harness;
#[path = "record/inside.rs"]
mod inside;
#[path = "record/killed.rs"]
mod killed;
#[path = "record/limits.rs"]
mod limits;
#[path = "record/places.rs"]
mod places;
#[path = "record/said.rs"]
mod said;

use harness::GUARD;
use rustix::process::{Pid, Signal, kill_process};
use sigtop::event::wire::Wire;
use sigtop::event::{Event, Header, SenderKey};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A directory of the test's own, gone in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = harness::scratch(&format!("record-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What is there, by name.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `sigtop record`, running.
struct Recorder {
    child: Child,
    stderr: Receiver<String>,
    said: Vec<String>,
}

impl Recorder {
    fn start(file: &Path, options: &[&str]) -> Recorder {
        let mut command = Command::new("env");
        command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_sigtop")]); // the tests may run under nohup
        command.arg("record").arg("-o").arg(file).args(options);
        Recorder::run(command)
    }

    fn run(command: Command) -> Recorder {
        Recorder::fed(command, Stdio::null())
    }

    fn fed(mut command: Command, stdin: Stdio) -> Recorder {
        let mut child = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, stderr) = channel();
        std::thread::spawn(move || lines.for_each(|line| drop(sender.send(line.unwrap()))));
        Recorder { child, stderr, said: Vec::new() }
    }

    /// Whether it has said this by now.
    fn has_said(&mut self, what: &str) -> bool {
        self.said.extend(self.stderr.try_iter());
        self.said.iter().any(|line| line.contains(what))
    }

    fn wait_for(&mut self, what: &str) {
        until(what, || self.has_said(what));
    }

    /// Whether it has ended, even if nobody has asked yet.
    fn is_over(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z'))
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// How it ended, and all that it said.
    fn wait(mut self) -> (ExitStatus, Vec<String>) {
        let mut status = None;
        until("its end", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        self.said.extend(self.stderr.iter());
        let mut data = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut data).unwrap();
        assert_eq!(data, "", "standard output is for data");
        (status.unwrap(), std::mem::take(&mut self.said))
    }

    /// Ends it as a user does.
    fn stop(self) -> Vec<String> {
        self.send(Signal::TERM);
        let (status, said) = self.wait();
        assert!(status.success(), "{status}: {said:#?}");
        said
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until it is so; the pause only leaves the processor to others.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < GUARD, "no {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// What is in a recording.
struct Recording {
    headers: Vec<Header>,
    events: Vec<Event>,
    /// Whether it ends with a whole frame and a whole line.
    is_whole: bool,
}

/// Reads what is whole of a file, or of the beginning of one.
fn read(path: &Path) -> Recording {
    let bytes = std::fs::read(path).unwrap_or_default();
    let (text, mut is_whole) = match path.extension().is_some_and(|e| e == "zst") {
        true => unpack(&bytes),
        false => (bytes, true),
    };
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    is_whole &= end == text.len();
    let mut read = Recording { headers: Vec::new(), events: Vec::new(), is_whole };
    for line in String::from_utf8(text[..end].to_vec()).unwrap().lines() {
        let wire: Wire = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        match wire.to_header() {
            Some(header) => read.headers.push(header),
            None => read.events.push(wire.to_event().unwrap()),
        }
    }
    read
}

/// All whole frames, and whether there is nothing else.
fn unpack(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut text = Vec::new();
    while !bytes.is_empty() {
        let mut frame = Vec::new();
        let mut decoder = zstd::Decoder::with_buffer(&mut bytes).unwrap().single_frame();
        if decoder.read_to_end(&mut frame).is_err() {
            return (text, false);
        }
        text.extend(frame);
    }
    (text, true)
}

/// Does nothing, and ignores what it is sent: its default for SIGURG, SIGCHLD and SIGWINCH.
struct Target(Child);

impl Target {
    fn start() -> Target {
        Target(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap())
    }

    fn send(&self, signal: Signal, count: u32) {
        for _ in 0..count {
            kill_process(Pid::from_child(&self.0), signal).unwrap();
        }
    }

    /// How many signals of this number that this test sent it are there one by one.
    fn count(&self, events: &[Event], signal: Signal) -> u64 {
        let is_one = |event: &&Event| {
            matches!(event, Event::Signal(e) if i32::from(e.signal.number()) == signal.as_raw()
                && e.target.key.pid == self.0.id() && e.sender.is_some_and(|s| s.key.pid == std::process::id()))
        };
        events.iter().filter(is_one).count() as u64
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many signals of this number from this test are told as lost.
fn lost(events: &[Event], signal: Signal) -> u64 {
    let count = |event: &Event| match event {
        Event::Lost(e)
            if e.signal.is_some_and(|s| i32::from(s.number()) == signal.as_raw())
                && matches!(e.sender, Some(SenderKey::Process(key)) if key.pid == std::process::id()) =>
        {
            e.count
        }
        _ => 0,
    };
    events.iter().map(count).sum()
}
