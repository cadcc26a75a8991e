//! A daemon of a test's own, and a client that reads lines.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Against waiting for ever; nothing is measured by it.
pub const GUARD: Duration = Duration::from_secs(60);

/// Where that is longer, it is not used: of a socket's path, 107 bytes may be.
const TEMPORARY_MAX: usize = 60;

pub const SIGTOP: &str = env!("CARGO_BIN_EXE_sigtop");

/// A directory of a test's own, and nobody else may write there, whatever the mask. Short, for a socket's path is short.
pub struct Room(pub PathBuf);

impl Room {
    pub fn new(name: &str) -> Room {
        let temporary = Some(std::env::temp_dir()).filter(|path| path.as_os_str().len() <= TEMPORARY_MAX);
        let path = temporary.unwrap_or("/tmp".into()).join(format!("sigtop-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path); // of one that was killed and had this pid
        std::fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
        Room(path)
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `sigtop serve`, ready.
pub struct Daemon {
    pub child: Child,
    said: Receiver<String>,
}

impl Daemon {
    /// Starts it with these options, and returns once it serves.
    pub fn start(options: &[&str]) -> Daemon {
        let mut command = Command::new(SIGTOP);
        command.arg("serve").args(options);
        Daemon::start_by(command)
    }

    /// The same by a command that is complete.
    pub fn start_by(mut command: Command) -> Daemon {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines() {
                let _ = sender.send(line.unwrap()); // the test may have ended
            }
        });
        let mut daemon = Daemon { child, said };
        daemon.until("serving ");
        daemon
    }

    /// Waits until it says a line that holds this.
    pub fn until(&mut self, words: &str) -> String {
        let mut before = Vec::new();
        loop {
            match self.said.recv_timeout(GUARD) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => before.push(line),
                Err(e) => panic!("{e}: it did not say {words:?}, but {before:?}"),
            }
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it, and says how it ended and what it said at last.
    pub fn end(mut self) -> (ExitStatus, Vec<String>) {
        self.signal(Signal::TERM);
        let status = self.child.wait().unwrap();
        (status, self.said.iter().collect())
    }

    /// The most memory that it ever had, in KiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads and writes lines.
pub struct Client {
    pub stream: UnixStream,
    pub lines: BufReader<UnixStream>,
}

impl Client {
    /// Comes, and returns once the daemon has said its first word: a connection alone waits in the kernel, and what
    /// happens before it is taken up is not told to it.
    pub fn connect(path: &Path) -> Client {
        let mut client = Client::knock(path);
        // With a time limit, a wait ends early where some test's child has ended.
        while client.lines.fill_buf().is_err_and(|e| match e.kind() {
            ErrorKind::Interrupted => true,
            _ => panic!("the daemon says nothing: {e}"),
        }) {}
        client
    }

    /// Comes, and may not have been taken up yet.
    pub fn knock(path: &Path) -> Client {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(GUARD)).unwrap();
        Client { lines: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    pub fn ask(&mut self, line: &str) {
        self.stream.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// The next line, or nothing at the end.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.lines.read_line(&mut line).unwrap();
        (count > 0).then(|| line.trim_end().to_string())
    }

    pub fn object(&mut self) -> Value {
        serde_json::from_str(&self.line().expect("the stream goes on")).unwrap()
    }

    /// Reads on to an object of this type.
    pub fn until(&mut self, kind: &str) -> Value {
        loop {
            let object = self.object();
            if object["type"] == kind {
                return object;
            }
        }
    }

    /// Asks, and reads on to the answer.
    pub fn filter(&mut self, text: &str) -> Value {
        self.ask(text);
        loop {
            let object = self.object();
            if object["type"] == "filter" || object["type"] == "error" {
                return object;
            }
        }
    }

    /// Everything up to the end.
    pub fn rest(mut self) -> String {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        rest
    }
}

/// Where a program is, if it is installed. A test that needs it says loudly that it is not.
pub fn installed(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).map(|dir| dir.join(program)).find(|file| file.exists());
    if found.is_none() {
        skipped(&format!("{program} is not installed"));
    }
    found
}

/// The same of one whose help knows these options: there are several programs called nc.
pub fn installed_with(program: &str, options: &[&str]) -> Option<PathBuf> {
    let found = installed(program)?;
    let help = Command::new(&found).arg("-h").stdin(Stdio::null()).output().unwrap();
    let help = String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).into_owned();
    match options.iter().find(|option| option.len() > 1 && option.starts_with('-') && !help.contains(**option)) {
        Some(option) => {
            skipped(&format!("{program} has no {option}"));
            None
        }
        None => Some(found),
    }
}

fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED ({why}): its part of a test\n").as_bytes());
}
