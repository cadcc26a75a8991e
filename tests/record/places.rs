//! Where nothing can be recorded, and what is said then.

use crate::harness;
use crate::{Recorder, Scratch, read, until};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

fn refused(file: &Path, options: &[&str]) -> (i32, String) {
    let (status, said) = Recorder::start(file, &[&["--demo"], options].concat()).wait();
    (status.code().unwrap(), said.join("\n"))
}

#[test]
fn what_is_there_stays_there() {
    let scratch = Scratch::new("there");
    let file = scratch.join("x.jsonl");
    std::fs::write(&file, "mine").unwrap();
    let (code, said) = refused(&file, &[]);
    assert!(code == 2 && said.contains("exists already") && said.contains("--force"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    // An older part is what would be lost next.
    let (code, said) = refused(&scratch.join("y.jsonl"), &["--rotate", "2"]);
    assert!(code == 2 && said.contains("--max-size"), "{said}");
    std::fs::write(scratch.join("y.1.jsonl"), "mine").unwrap();
    let (code, said) = refused(&scratch.join("y.jsonl"), &["--rotate", "2", "--max-age", "1h"]);
    assert!(code == 2 && said.contains("y.1.jsonl exists already"), "{said}");
    let link = scratch.join("z.jsonl");
    std::os::unix::fs::symlink(scratch.join("elsewhere"), &link).unwrap();
    let (code, said) = refused(&link, &["--force"]);
    assert!(code == 2 && said.contains("is a symbolic link"), "{said}");
    assert_eq!(refused(&scratch.join(""), &["--force"]).0, 2, "a directory");
    assert_eq!(scratch.names(), ["x.jsonl", "y.1.jsonl", "z.jsonl"]);
}

#[test]
fn with_force_it_is_written_over_and_is_its_owners_alone() {
    let scratch = Scratch::new("force");
    let file = scratch.join("x.jsonl");
    std::fs::write(&file, "mine".repeat(1 << 20)).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let recorder = Recorder::start(&file, &["--demo", "--force"]);
    until("header", || !read(&file).headers.is_empty());
    recorder.stop();
    assert!(read(&file).is_whole && read(&file).headers.len() == 1);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

/// Under sudo it is the caller's; and a file that may not grow is a disk that is full.
#[test]
fn it_belongs_to_who_called_sudo_and_obeys_ulimit() {
    let Some(_leave) = harness::beside_others("it_belongs_to_who_called_sudo_and_obeys_ulimit") else { return };
    let scratch = Scratch::new("sudo");
    let file = scratch.join("x.jsonl");
    let mut command = Command::new("bash"); // 64 blocks of 1 KiB
    command.args(["-c", "ulimit -f 64; exec \"$0\" record --demo -o \"$1\""]);
    command.arg(env!("CARGO_BIN_EXE_sigtop")).arg(&file).env("SUDO_UID", "1234").env("SUDO_GID", "2345");
    let mut recorder = Recorder::run(command);
    recorder.wait_for("the file is as large as this process may make it (ulimit -f)");
    recorder.send(rustix::process::Signal::TERM);
    let (status, said) = recorder.wait();
    // Whether a first frame fitted before is a matter of its size.
    assert!(matches!(status.code(), Some(0 | 3)) && said.iter().any(|line| line.contains("events lost")), "{said:#?}");
    let meta = file.metadata().unwrap();
    assert_eq!((meta.uid(), meta.gid(), meta.len() <= 64 << 10), (1234, 2345, true));
    assert!(read(&file).is_whole);
}

#[test]
fn with_rotation_force_takes_the_older_parts_too_but_not_from_another_recorder() {
    let scratch = Scratch::new("older");
    let (file, older) = (scratch.join("x.jsonl"), scratch.join("x.1.jsonl"));
    let options = ["--force", "--rotate", "3", "--max-age", "1h"];
    std::fs::write(&older, "mine").unwrap();
    let recorder = Recorder::start(&file, &[&["--demo"], &options[..]].concat());
    until("header", || !read(&file).headers.is_empty());
    assert!(!older.exists());
    std::fs::write(&older, "a part").unwrap();
    let (code, said) = refused(&file, &options);
    assert!(code == 2 && said.contains("another sigtop records to"), "{said}");
    assert!(older.exists());
    recorder.stop();
}

#[test]
fn two_do_not_write_to_one_file() {
    let scratch = Scratch::new("two");
    let file = scratch.join("x.jsonl");
    let recorder = Recorder::start(&file, &["--demo"]);
    until("header", || !read(&file).headers.is_empty());
    let (code, said) = refused(&file, &["--force"]);
    assert!(code == 2 && said.contains("another sigtop records to"), "{said}");
    recorder.stop();
    assert!(read(&file).is_whole && read(&file).headers.len() == 1);
}

#[test]
fn a_place_that_cannot_be_written_is_said_and_devices_stay_where_they_are() {
    for (place, why) in [
        ("/nowhere/x.jsonl", "no such directory"),
        ("/proc/x.jsonl", "no such directory"),
        ("/dev/null/x.jsonl", "a part of the path is no directory"),
    ] {
        let (code, said) = refused(Path::new(place), &[]);
        assert!(code == 3 && said.contains(why), "{place}: {said}");
    }
    let (code, said) = refused(Path::new("/dev/null"), &["--rotate", "2", "--max-size", "1M"]);
    assert!(code == 3 && said.contains("no plain file"), "{said}");
    assert!(Path::new("/dev/null").exists());
    let (code, said) = refused(Path::new("-"), &["--rotate", "2", "--max-size", "1M"]);
    assert!(code == 2 && said.contains("cannot be rotated"), "{said}");
}

/// It says so once, counts, and ends as it should.
#[test]
fn a_full_device_is_told_once() {
    let mut recorder = Recorder::start(Path::new("/dev/full"), &["--demo"]);
    recorder.wait_for("the disk is full; what comes is counted");
    recorder.send(rustix::process::Signal::TERM);
    let (status, said) = recorder.wait();
    assert_eq!(said.iter().filter(|line| line.contains("disk is full")).count(), 1, "{said:#?}");
    assert_eq!(status.code(), Some(3), "there is nothing: {said:#?}");
    assert!(said[said.len() - 2].contains("nothing could be written to /dev/full: all"), "{said:#?}");
}

#[test]
fn a_flight_recorder_needs_a_directory() {
    let scratch = Scratch::new("no-directory");
    let file = scratch.join("x.jsonl");
    std::fs::write(&file, "mine").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.args(["serve", "--demo", "--record"]).arg(&file);
    let (status, said) = Recorder::run(command).wait();
    let said = said.join("\n");
    assert!(status.code() == Some(2) && said.contains("x.jsonl is there, and is no directory"), "{said}");
    assert!(!said.contains("--force"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_name_says_what_is_in_the_file() {
    let scratch = Scratch::new("names");
    for name in ["x.jsonl.gz", "x.XZ", "x.tgz"] {
        let (code, said) = refused(&scratch.join(name), &[]);
        assert!(
            code == 2 && said.contains(": no .") && said.contains("is written here, only plain lines and zstd"),
            "{said}"
        );
    }
    let file = scratch.join("X.JSONL.ZST");
    let recorder = Recorder::start(&file, &["--demo"]);
    until("header", || std::fs::read(&file).unwrap_or_default().starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    recorder.stop();
    assert_eq!(scratch.names(), ["X.JSONL.ZST"]);
}

#[test]
fn a_reader_that_goes_is_a_normal_end() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.args(["record", "-o", "-", "--demo"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("\"type\":\"header\""), "{line}");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(said, "", "a remote dashboard has the terminal");
}

/// A recording that is read is not recorded to, whatever it is called: nothing of it is cut.
#[test]
fn what_is_read_is_not_written_over() {
    let scratch = Scratch::new("own");
    std::fs::create_dir(scratch.join("d")).unwrap();
    let (file, other) = (scratch.join("d/x.1.jsonl"), scratch.join("link.jsonl"));
    let (status, said) = Recorder::start(&file, &["--demo", "--max-age", "10s"]).wait();
    assert!(status.success(), "{said:#?}");
    std::fs::hard_link(&file, &other).unwrap();
    let before = std::fs::read(&file).unwrap();
    let (replay, dir) = (file.to_str().unwrap(), scratch.join("d"));
    let dir = dir.to_str().unwrap();
    for (from, to, more) in [
        (replay, &file, &[][..]),
        (replay, &other, &[]),
        (dir, &file, &[]),
        (replay, &scratch.join("d/x.jsonl"), &["--rotate", "3", "--max-age", "1h"]),
    ] {
        let (status, said) = Recorder::start(to, &[&["--force", "--replay", from], more].concat()).wait();
        let said = said.join("\n");
        assert!(status.code() == Some(2) && said.contains("is what is read"), "{from} to {to:?}: {said}");
        assert!(std::fs::read(&file).unwrap() == before, "{from} to {to:?}");
    }
    // Through redirections, at its end: it would never come to it.
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" record --replay - -o - < \"$1\" >> \"$1\""]);
    let (status, said) = Recorder::run({
        shell.arg(env!("CARGO_BIN_EXE_sigtop")).arg(&file);
        shell
    })
    .wait();
    assert!(status.code() == Some(2) && said.join("\n").contains("standard output is what is read"), "{said:#?}");
    // A flight recorder deletes what is there.
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    daemon.args(["serve", "--replay", dir, "--record", dir]);
    let (status, said) = Recorder::run(daemon).wait();
    assert!(status.code() == Some(2) && said.join("\n").contains("is what is read"), "{said:#?}");
    assert!(std::fs::read(&file).unwrap() == before);
}

/// A root that may not give files away, as on file systems that know no owners; and not change what is another's.
#[test]
fn ownership_is_a_courtesy_and_privacy_is_not() {
    let Some(_leave) = harness::beside_others("ownership_is_a_courtesy_and_privacy_is_not") else { return };
    let scratch = Scratch::new("courtesy");
    let start = |file: &Path, option: &str| {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set", "-chown,-fowner", "--inh-caps", "-chown,-fowner"]);
        command.arg(env!("CARGO_BIN_EXE_sigtop")).args(["record", "--demo", option, "-o"]).arg(file);
        Recorder::run({
            command.env("SUDO_UID", "1234").env("SUDO_GID", "2345");
            command
        })
    };
    let file = scratch.join("x.jsonl");
    let recorder = start(&file, "--force");
    until("header", || recorder.is_over() || !read(&file).headers.is_empty());
    recorder.stop();
    assert_eq!((file.metadata().unwrap().uid(), read(&file).is_whole), (0, true));
    let others = scratch.join("y.jsonl");
    std::fs::write(&others, "mine").unwrap();
    std::fs::set_permissions(&others, std::fs::Permissions::from_mode(0o666)).unwrap();
    std::os::unix::fs::chown(&others, Some(1234), None).unwrap();
    let (status, said) = start(&others, "--force").wait();
    assert!(status.code() == Some(3) && said.join("\n").contains("cannot write to"), "{said:#?}");
    assert_eq!(std::fs::read_to_string(&others).unwrap(), "mine");
}
