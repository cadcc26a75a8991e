//! What is looked for lies on a file system that never answers (tests/zoo/deaf.c), from the start or from some moment on:
//! the capture goes on, and it is said.

use crate::deeds::Place;
use crate::harness::{self, Line, Sigtop};
use crate::zoo::sigzoo;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

/// A file system that does not answer, once it is mounted.
struct Deaf {
    child: Child,
}

impl Deaf {
    /// Its mount namespace, and nothing mounted yet.
    fn new(directory: &str) -> Deaf {
        let mut command = sigzoo();
        command.args(["deaf", directory]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut deaf = Deaf { child: command.spawn().unwrap() };
        assert_eq!(deaf.word(), -1, "its namespace");
        deaf
    }

    fn mount(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b".").unwrap();
        assert_eq!(self.word(), 0, "mounted");
    }

    /// The next thing that it says; of a question that it does not answer, which it is.
    fn word(&mut self) -> i32 {
        let mut word = [0; 4];
        self.child.stdout.as_mut().unwrap().read_exact(&mut word).unwrap();
        i32::from_ne_bytes(word)
    }

    /// A program that sees what it mounted.
    fn inside(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--mount=/proc/{}/ns/mnt", self.child.id())).arg(program);
        command
    }

    /// `sigtop log` that looks for this file.
    fn watch(&self, files: &[&str]) -> Sigtop {
        let program = self.inside(env!("CARGO_BIN_EXE_sigtop"));
        let files = files.join(",");
        Sigtop::start_by(program, &["--events", "signal,open", &format!("(kind:open path:{files}) or sig:URG")])
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The files that were opened.
fn opened(lines: &[Line]) -> Vec<&str> {
    lines.iter().filter(|line| line.json["type"] == "open").filter_map(|line| line.json["path"].as_str()).collect()
}

fn open(mut command: Command, path: &str) {
    assert!(command.arg(path).stdout(Stdio::null()).status().unwrap().success(), "{path}");
}

fn silent(path: &str) -> String {
    format!("sigtop: {path} does not answer: until it does, it is looked for by its names alone")
}

/// It was there when it was looked up first, and is so no more.
#[test]
fn a_path_that_answers_no_more_stops_no_capture() {
    let Some(_leave) = harness::beside_others("a_path_that_answers_no_more_stops_no_capture") else { return };
    let place = Place::new("hanging-later");
    let (file, beside) = (place.file("far/secret"), place.file("beside"));
    let mut deaf = Deaf::new(&place.path("far"));
    let mut sigtop = deaf.watch(&[&file, &beside]);
    deaf.mount();
    deaf.word(); // somebody asks: it looks again
    open(deaf.inside("cat"), &beside);
    sigtop.until_now();
    assert_eq!(sigtop.said(), silent(&file));
    // What was there before is still looked for, as whoever does not see the mount meets it.
    open(Command::new("cat"), &file);
    sigtop.until_now();
    drop(deaf);
    assert_eq!(sigtop.said(), format!("sigtop: {file} answers again"));
    assert_eq!(opened(&sigtop.stop()), [beside, file]);
}

/// It is so from the start.
#[test]
fn a_path_that_never_answered_stops_no_start() {
    let Some(_leave) = harness::beside_others("a_path_that_never_answered_stops_no_start") else { return };
    let place = Place::new("hanging-first");
    let (file, beside) = (place.file("far/secret"), place.file("beside"));
    let mut deaf = Deaf::new(&place.path("far"));
    deaf.mount();
    let mut sigtop = deaf.watch(&[&file, &beside]);
    open(deaf.inside("cat"), &beside);
    sigtop.until_now();
    assert_eq!(sigtop.said(), silent(&file));
    sigtop.until_now();
    drop(deaf);
    assert_eq!(sigtop.said(), format!("sigtop: {file} answers again"));
    assert_eq!(opened(&sigtop.stop()), [beside]);
}
