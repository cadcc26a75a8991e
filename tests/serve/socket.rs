//! The socket's file: who may, what is replaced and what is not.

use crate::daemon::{Client, Daemon, Room, SIGTOP};
use crate::harness;
use rustix::process::{Signal, geteuid};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

fn serve(socket: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(SIGTOP);
    command.args(["serve", "--demo", "--socket"]).arg(socket).args(more).stdin(Stdio::null());
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn options(socket: &Path) -> [&str; 3] {
    ["--demo", "--socket", socket.to_str().unwrap()]
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o777
}

#[test]
fn it_is_its_owners_alone_and_is_gone_at_the_end() {
    let room = Room::new("mode");
    let socket = room.at("s");
    for signal in [Signal::TERM, Signal::INT] {
        let mut daemon = Daemon::start(&options(&socket));
        assert_eq!(mode(&socket), 0o600);
        daemon.signal(signal);
        assert!(daemon.child.wait().unwrap().success());
        assert!(!socket.exists());
    }
}

#[test]
fn a_group_may_too_if_that_is_asked_for() {
    let room = Room::new("group");
    let socket = room.at("s");
    let own = rustix::process::getegid().as_raw().to_string();
    let _daemon = Daemon::start(&[&options(&socket)[..], &["--socket-group", &own]].concat());
    assert_eq!(mode(&socket), 0o660);
    assert_eq!(fs::metadata(&socket).unwrap().gid().to_string(), own);
    let (code, said) = serve(&room.at("t"), &["--socket-group", "no-such-group"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("no-such-group"), "{said}");
    assert!(!room.at("t").exists());
}

#[test]
fn a_stale_one_is_replaced() {
    let room = Room::new("stale");
    let socket = room.at("s");
    drop(UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    let daemon = Daemon::start(&options(&socket));
    assert_eq!(Client::connect(&socket).object()["type"], "header");
    // Killed, it leaves its own, which the next one replaces.
    daemon.signal(Signal::KILL);
    drop(daemon);
    assert!(socket.exists());
    let _daemon = Daemon::start(&options(&socket));
    assert_eq!(Client::connect(&socket).object()["type"], "header");
}

#[test]
fn a_live_one_is_refused_and_goes_on() {
    let room = Room::new("live");
    let socket = room.at("s");
    let _daemon = Daemon::start(&options(&socket));
    let (code, said) = serve(&socket, &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("somebody serves"), "{said}");
    assert_eq!(Client::connect(&socket).object()["type"], "header");
}

#[test]
fn what_is_no_socket_is_left_alone() {
    let room = Room::new("file");
    let (file, link) = (room.at("f"), room.at("l"));
    fs::write(&file, "precious").unwrap();
    std::os::unix::fs::symlink(room.at("nowhere"), &link).unwrap();
    for path in [&file, &link] {
        let (code, said) = serve(path, &[]);
        assert_eq!(code, Some(2));
        assert!(said.contains("no socket"), "{said}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    assert!(fs::symlink_metadata(&link).is_ok());
}

#[test]
fn directories_that_will_not_do_are_said() {
    let room = Room::new("dir");
    let (code, said) = serve(&room.at("none/s"), &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("no directory") && said.contains("mkdir"), "{said}");
    let open = room.at("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let (code, said) = serve(&open.join("s"), &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("others may write"), "{said}");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
    let _daemon = Daemon::start(&options(&open.join("s"))); // as /tmp is
    let long = room.at(&"x".repeat(200));
    let (code, said) = serve(&long, &[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("cannot make the socket"), "{said}");
}

#[test]
fn what_is_another_daemons_by_now_is_not_removed() {
    let room = Room::new("other");
    let socket = room.at("s");
    let daemon = Daemon::start(&options(&socket));
    fs::remove_file(&socket).unwrap();
    let other = Daemon::start(&options(&socket));
    assert!(daemon.end().0.success());
    assert_eq!(Client::connect(&socket).object()["type"], "header");
    assert!(other.end().0.success());
    assert!(!socket.exists());
}

#[test]
fn its_mode_is_never_wider_whatever_the_mask() {
    let room = Room::new("mask");
    let socket = room.at("s");
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" serve --demo --socket \"$1\"", SIGTOP]).arg(&socket);
    let _daemon = Daemon::start_by(command);
    assert_eq!(mode(&socket), 0o600);
    assert!(geteuid().is_root() || fs::metadata(&socket).unwrap().uid() == geteuid().as_raw());
}

/// As two that a service manager and a person start at the same moment: one serves, the others are refused.
#[test]
fn of_many_that_find_a_stale_one_one_serves() {
    let room = Room::new("race");
    let socket = room.at("s");
    for _ in 0..5 {
        drop(UnixListener::bind(&socket).unwrap());
        let start = || {
            let mut command = Command::new(SIGTOP);
            command.args(["serve"]).args(options(&socket)).stdin(Stdio::null()).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let mut starters: Vec<_> = (0..6).map(|_| start()).collect();
        let winner = loop {
            let mut living =
                starters.iter_mut().enumerate().filter_map(|(i, starter)| match starter.try_wait().unwrap() {
                    Some(status) => {
                        assert_eq!(status.code(), Some(2));
                        None
                    }
                    None => Some(i),
                });
            let first = living.next().expect("one of them serves");
            if living.next().is_none() {
                break first;
            }
            std::thread::yield_now();
        };
        assert_eq!(Client::connect(&socket).object()["type"], "header");
        starters[winner].kill().unwrap();
        starters[winner].wait().unwrap();
        fs::remove_file(&socket).unwrap();
    }
}

#[test]
fn a_directory_of_another_user_will_not_do() {
    let room = Room::new("theirs");
    let theirs = room.at("d");
    fs::create_dir(&theirs).unwrap();
    if std::os::unix::fs::chown(&theirs, Some(12_345), None).is_err() {
        assert!(!geteuid().is_root(), "only root can give it away");
        return harness::tell("SKIPPED (needs root): a_directory_of_another_user_will_not_do");
    }
    let (code, said) = serve(&theirs.join("s"), &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("another user's"), "{said}");
}
