//! What every live test needs: leave to run, the real sigtop watching, and a mark in the stream instead of a sleep.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use serde_json::Value;
use sigtop::event::Event;
use sigtop::event::wire::Wire;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Against waiting for ever; nothing is measured by it.
pub const GUARD: Duration = Duration::from_secs(60);

/// Leave to run a live test. While one is [`alone`], no other runs, in this program or beside it.
pub struct Leave {
    _lock: File,
}

/// For tests that only look at processes of their own. `None`, and said so, where not root.
pub fn beside_others(name: &str) -> Option<Leave> {
    leave(name, FlockOperation::LockShared)
}

/// For tests that flood the kernel or change what the whole machine shares.
pub fn alone(name: &str) -> Option<Leave> {
    leave(name, FlockOperation::LockExclusive)
}

fn leave(name: &str, how: FlockOperation) -> Option<Leave> {
    if !geteuid().is_root() {
        tell(&format!("SKIPPED (needs root): {name}"));
        return None;
    }
    let lock = File::create(scratch("live.lock")).unwrap();
    flock(&lock, how).unwrap();
    Some(Leave { _lock: lock })
}

/// Says what was not tried. Not by a macro: the test runner would keep that to itself.
pub fn tell(what: &str) {
    let line = format!("{what}\n");
    let _ = std::io::stderr().write_all(line.as_bytes()); // at once: tests speak at the same time
}

/// A file of the tests' own, below target/.
pub fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Copies a program. By another process: a descriptor that writes, and that a child of another test inherits for a
/// moment, would make the copy a busy file, which nobody may execute.
pub fn copy_program(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg(from).arg(to).status().unwrap().success());
}

/// Writes a script, as [`copy_program`] does a program, and for the same reason.
pub fn write_script(to: &Path, text: &str) {
    let written = to.with_extension("text");
    std::fs::write(&written, text).unwrap();
    let _ = std::fs::remove_file(to);
    copy_program(&written, to);
    std::fs::remove_file(written).unwrap();
}

/// The file of a C program in tests/, compiled: anew only where a source is newer.
pub fn compiled(name: &str, directory: &str, flags: &[&str]) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut sources: Vec<PathBuf> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "c" || e == "h"))
        .collect();
    sources.sort();
    let program = scratch(name);
    let changed = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    if changed(&program).is_some_and(|made| sources.iter().all(|source| changed(source) < Some(made))) {
        return program;
    }
    let new = program.with_extension(format!("new{}", std::process::id()));
    let units = sources.iter().filter(|path| path.extension().is_some_and(|e| e == "c"));
    let mut cc = Command::new("cc");
    cc.args(["-O1", "-g", "-Wall", "-Wextra", "-pthread"]).args(flags).arg("-o").arg(&new).args(units);
    assert!(cc.status().unwrap().success(), "{cc:?}");
    std::fs::rename(&new, &program).unwrap();
    program
}

/// One line of `sigtop log --format json`.
#[derive(Clone, Debug)]
pub struct Line {
    /// As it was printed.
    pub text: String,
    /// The object in it.
    pub json: Value,
    /// What it says; the header says nothing.
    pub event: Option<Event>,
}

impl Line {
    fn read(text: String) -> Line {
        let json: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("no JSON ({e}): {text}"));
        let wire: Wire = serde_json::from_str(&text).unwrap_or_else(|e| panic!("not as wire has it ({e}): {text}"));
        let event = match wire.to_header() {
            Some(_) => None,
            None => Some(wire.to_event().unwrap_or_else(|e| panic!("no event ({e}): {text}"))),
        };
        Line { text, json, event }
    }
}

/// `sigtop log --format json`, attached and watching.
pub struct Sigtop {
    child: Child,
    stderr: ChildStderr,
    stdout: Receiver<String>,
    seen: Vec<String>,
    /// Does nothing; a signal to it is a mark in the stream.
    marked: Child,
}

impl Sigtop {
    /// Starts it, with options for `sigtop log`, and returns once it has attached.
    pub fn start(options: &[&str]) -> Sigtop {
        Sigtop::start_by(Command::new(env!("CARGO_BIN_EXE_sigtop")), options)
    }

    /// The same by `command`, whose last argument so far is the program.
    pub fn start_by(mut command: Command, options: &[&str]) -> Sigtop {
        let marked = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        command.args(["log", "--format", "json"]).args(options);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = child.stderr.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                if sender.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut sigtop = Sigtop { child, stderr, stdout: lines, seen: Vec::new(), marked };
        sigtop.until(|line| line.contains("\"type\":\"header\""));
        sigtop
    }

    /// Reads on to the first line like this.
    pub fn until(&mut self, is: impl Fn(&str) -> bool) {
        loop {
            match self.stdout.recv_timeout(GUARD) {
                Ok(line) => {
                    let found = is(&line);
                    self.seen.push(line);
                    if found {
                        return;
                    }
                }
                Err(e) => {
                    let _ = self.child.kill();
                    let mut said = String::new();
                    self.stderr.read_to_string(&mut said).unwrap();
                    panic!("{e} after {} lines; sigtop said: {said}", self.seen.len());
                }
            }
        }
    }

    /// Reads on until everything that happened before this call is there. By a SIGURG, which a filter must let pass.
    pub fn until_now(&mut self) {
        let pid = self.marked.id();
        kill_process(Pid::from_child(&self.marked), Signal::URG).unwrap();
        let mark = format!("\"pid\":{pid},\"signr\":23,");
        self.until(|line| {
            assert!(!line.contains("\"type\":\"lost\""), "somebody floods this machine: {line}");
            line.contains(&mark) && line.contains("\"type\":\"signal\"")
        });
    }

    /// The next line that it says on standard error, where [`Sigtop::end`] wants to find nothing.
    pub fn said(&mut self) -> String {
        let mut line = Vec::new();
        let patience = Timespec { tv_sec: GUARD.as_secs() as i64, tv_nsec: 0 };
        while line.last() != Some(&b'\n') {
            let mut ready = [PollFd::new(&self.stderr, PollFlags::IN)];
            assert!(poll(&mut ready, Some(&patience)).unwrap() > 0, "it says nothing");
            let mut byte = [0];
            assert!(self.stderr.read(&mut byte).unwrap() > 0, "it has ended: {}", String::from_utf8_lossy(&line));
            line.extend(byte);
        }
        String::from_utf8_lossy(&line).trim_end().into()
    }

    /// Everything that happened before this call, once sigtop has ended as it should.
    pub fn stop(mut self) -> Vec<Line> {
        self.until_now();
        self.end()
    }

    /// The same without a mark: what is there when it ends.
    pub fn end(mut self) -> Vec<Line> {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        while let Ok(line) = self.stdout.recv_timeout(GUARD) {
            self.seen.push(line);
        }
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        assert!(status.success() && said.is_empty(), "{status}: {said}");
        std::mem::take(&mut self.seen).into_iter().map(Line::read).collect()
    }
}

impl Drop for Sigtop {
    fn drop(&mut self) {
        for child in [&mut self.child, &mut self.marked] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
