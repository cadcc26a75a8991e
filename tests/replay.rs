//! Recordings and the real program: files, pipes that are slow, directories, what is foreign or damaged; what is
//! printed, what is said on standard error, and the exit codes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sigtop::event::{Event, Header};
use sigtop::sink::{Sink, json::Json};
use sigtop::source::synth::{self, Synth};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Against waiting for ever; nothing is measured by it.
const GUARD: Duration = Duration::from_secs(60);

fn lines(header: &Header, events: &[Event]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut sink = Json::new(&mut out);
    sink.header(header).unwrap();
    events.iter().for_each(|event| sink.event(event).unwrap());
    out
}

/// A recording of so many events, as lines.
fn recording(count: usize) -> Vec<u8> {
    lines(&synth::header(), &Synth::new(7).take(count).collect::<Vec<_>>())
}

fn packed(text: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    lines.chunks(100).flat_map(|lines| zstd::encode_all(&lines.concat()[..], 1).unwrap()).collect()
}

/// A directory of a test's own, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("replay-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn log(replay: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    let kinds = "signal,deliver,fork,exec,exit,rename,seen,cgroup";
    command.args(["log", "--format", "json", "--threads", "--events", kinds, "--replay"]).arg(replay);
    command.stdin(Stdio::null());
    command
}

/// Exit code, standard output, standard error.
fn run(command: &mut Command) -> (i32, Vec<u8>, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap_or(-1), output.stdout, String::from_utf8(output.stderr).unwrap())
}

/// `sigtop log --replay -`, and its lines as they come.
struct Piped {
    child: Child,
    lines: Receiver<String>,
}

impl Piped {
    fn start() -> Piped {
        let mut command = log(Path::new("-"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || stdout.lines().try_for_each(|line| sender.send(line.unwrap())));
        Piped { child, lines }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.child.stdin.as_mut().unwrap().write_all(bytes).unwrap();
    }

    fn expect(&self, line: &[u8]) {
        let come = self.lines.recv_timeout(GUARD).expect("a line comes at once");
        assert_eq!(come.as_bytes(), line.strip_suffix(b"\n").unwrap_or(line));
    }

    fn end(mut self) -> (i32, String) {
        drop(self.child.stdin.take());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), said)
    }
}

#[test]
fn a_recording_is_printed_as_it_was_whatever_holds_it() {
    let scratch = Scratch::new("whole");
    let text = recording(3000);
    for (name, bytes) in [("plain", text.clone()), ("packed", packed(&text)), ("misnamed.zst", text.clone())] {
        let path = scratch.write(name, &bytes);
        let (code, out, said) = run(&mut log(&path));
        assert!(code == 0 && out == text && said.is_empty(), "{name}: {code} {said}");
        let (code, out, said) = run(log(Path::new("-")).stdin(std::fs::File::open(&path).unwrap()));
        assert!(code == 0 && out == text && said.is_empty(), "{name} from standard input: {code} {said}");
    }
}

#[test]
fn a_slow_pipe_is_followed_line_by_line() {
    let text = recording(60);
    let mut piped = Piped::start();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        piped.write(line); // the next is not written before this one has come
        piped.expect(line);
    }
    assert_eq!(piped.end(), (0, String::new()));
}

#[test]
fn a_slow_pipe_is_followed_frame_by_frame() {
    let text = recording(60);
    let mut piped = Piped::start();
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    for lines in lines.chunks(3) {
        piped.write(&zstd::encode_all(&lines.concat()[..], 1).unwrap());
        lines.iter().for_each(|line| piped.expect(line));
    }
    assert_eq!(piped.end(), (0, String::new()));
}

#[test]
fn a_signal_ends_it_while_the_pipe_is_silent() {
    let text = recording(3);
    let mut piped = Piped::start();
    piped.write(&text);
    text.split_inclusive(|byte| *byte == b'\n').for_each(|line| piped.expect(line));
    let pid = rustix::process::Pid::from_child(&piped.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let stdin = piped.child.stdin.take();
    assert_eq!(piped.end(), (0, String::new()));
    drop(stdin);
}

#[test]
fn a_reader_that_leaves_is_a_normal_end() {
    let scratch = Scratch::new("closed");
    let mut command = log(&scratch.write("a", &recording(20_000)));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("\"type\":\"header\""));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), &said[..]), (Some(0), ""));
}

#[test]
fn a_directory_plays_its_newest_stream_and_says_what_it_passes_over() {
    let scratch = Scratch::new("directory");
    let events: Vec<Event> = Synth::new(7).take(2000).collect();
    let header = synth::header();
    let older = Header { began_ns: header.began_ns - 5, ..header.clone() };
    let split = 900;
    let later = Header { part: 1, mono_ns: events[split - 1].mono_ns(), ..header.clone() };
    scratch.write("sigtop-20261120-173100-0.jsonl.zst", &packed(&lines(&header, &events[..split])));
    scratch.write("sigtop-20261120-173200-1.jsonl.zst", &packed(&lines(&later, &events[split..])));
    scratch.write("older.jsonl", &lines(&older, &events[..10]));
    scratch.write("shopping.txt", b"milk\n");
    let (code, out, said) = run(&mut log(&scratch.0));
    assert!(code == 0 && out == lines(&header, &events), "{code} {said}");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains("older.jsonl plays an older recording that is there"), "{said}");
    assert!(said.contains("shopping.txt is no recording of sigtop: it is some other text (passed over)"), "{said}");
}

/// A stream that the recorder cut into many files, each with a snapshot, comes out as it went in.
#[test]
fn what_is_recorded_in_parts_is_read_as_one_stream() {
    let scratch = Scratch::new("parts");
    let parts = Scratch::new("parts-recorded");
    let text = recording(12_000);
    let whole = scratch.write("whole.jsonl", &text);
    for (name, size) in [("r.jsonl.zst", "64K"), ("r.jsonl", "300K")] {
        let mut record = Command::new(env!("CARGO_BIN_EXE_sigtop"));
        record.args(["record", "--threads", "--max-size", size, "--rotate", "99", "--replay"]).arg(&whole);
        let (code, _, said) = run(record.arg("-o").arg(parts.0.join(name)).stdin(Stdio::null()));
        assert_eq!(code, 0, "{said}");
        assert!(std::fs::read_dir(&parts.0).unwrap().count() > 2, "{said}");
        let (code, out, said) = run(&mut log(&parts.0));
        assert!(code == 0 && said.is_empty(), "{code} {said}");
        assert!(out == text, "{name}: {} lines", out.split(|byte| *byte == b'\n').count());
        std::fs::read_dir(&parts.0).unwrap().for_each(|file| std::fs::remove_file(file.unwrap().path()).unwrap());
    }
}

#[test]
fn what_is_no_recording_ends_with_2_and_advice() {
    let scratch = Scratch::new("foreign");
    let gzip = scratch.write("a.gz", b"\x1f\x8b\x08\0\0\0\0\0\0");
    let empty = scratch.write("empty", b"");
    let newer = scratch.write("newer", b"{\"v\":2,\"type\":\"header\",\"version\":\"3.1\"}\n");
    let json = scratch.write("json", b"{\"msg\":\"hello\"}\n");
    for (path, said) in [
        (Path::new(env!("CARGO_BIN_EXE_sigtop")), "is a program"),
        (&gzip, "is compressed by gzip"),
        (&empty, "is empty"),
        (&newer, "made by a newer sigtop (\"3.1\")"),
        (&json, "is JSON, but its first line is not the header"),
        (Path::new("/nowhere/at.all"), "there is no file /nowhere/at.all"),
        (Path::new("/dev/null"), "is empty"),
        (&scratch.0.join("none"), "there is no file"),
    ] {
        let (code, out, err) = run(&mut log(path));
        assert_eq!((code, out.len()), (2, 0), "{err}");
        assert!(err.contains(said) && err.lines().count() == 2, "{err}");
        let advice = err.lines().nth(1).unwrap();
        assert!(
            !advice.contains(&format!("-o {}", path.display())),
            "no command there may write over a user's file: {err}"
        );
    }
}

#[test]
fn damage_is_told_on_standard_error_and_the_rest_is_printed() {
    let scratch = Scratch::new("damaged");
    let text = recording(500);
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let mut bad = lines.clone();
    bad.insert(300, b"{\"v\":1,\"type\":\"signal\",\"mono_ns\":12,\"i\n");
    bad.push(b"{\"v\":1,\"type\":\"exi");
    let path = scratch.write("a.jsonl", &bad.concat());
    let (code, out, said) = run(&mut log(&path));
    assert_eq!(code, 0);
    let printed: Vec<&[u8]> = out.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(printed.len(), lines.len() + 1);
    assert!(printed[..300] == lines[..300] && printed[301..] == lines[300..]);
    assert!(printed[300].ends_with(b"\"kind\":\"malformed\",\"count\":1}\n"));
    let name = path.display();
    let said: Vec<&str> = said.lines().collect();
    assert!(said[0].starts_with(&format!("sigtop: {name}: line 301: no object of a recording (")), "{said:?}");
    assert_eq!(
        said[1..],
        [format!("sigtop: {name}: ends in the middle of line 503: what came there and after it is missing")]
    );
}
