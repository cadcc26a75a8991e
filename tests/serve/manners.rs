//! How it gets on with a service manager: what is told when, and what its signals do.

use crate::daemon::{Client, Daemon, GUARD, Room, SIGTOP};
use crate::harness;
use rustix::process::Signal;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

/// A service manager's end of sd_notify.
struct Manager(UnixDatagram);

impl Manager {
    fn new(path: &Path) -> Manager {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_read_timeout(Some(GUARD)).unwrap();
        Manager(socket)
    }

    /// The next message that holds this.
    fn until(&self, words: &str) -> String {
        let mut bytes = [0; 4096];
        loop {
            let count = match self.0.recv(&mut bytes) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue, // some test's child has ended
                received => received.unwrap_or_else(|e| panic!("{e}: no {words}")),
            };
            let said = String::from_utf8(bytes[..count].to_vec()).unwrap();
            if said.contains(words) {
                return said;
            }
        }
    }
}

fn start(room: &Room, more: &[&str]) -> (Manager, Daemon) {
    let manager = Manager::new(&room.at("n"));
    let mut command = Command::new(SIGTOP);
    command.args(["serve", "--demo", "--socket"]).arg(room.at("s")).args(more);
    command.env("NOTIFY_SOCKET", room.at("n")).env("WATCHDOG_USEC", "400000").env_remove("WATCHDOG_PID");
    (manager, Daemon::start_by(command))
}

#[test]
fn the_manager_is_told_how_it_goes() {
    let room = Room::new("notify");
    let (manager, daemon) = start(&room, &[]);
    manager.until("READY=1");
    let _client = Client::connect(&room.at("s"));
    manager.until("WATCHDOG=1");
    manager.until("WATCHDOG=1");
    let status = manager.until("1 client,");
    assert!(status.starts_with("STATUS=") && status.contains("events") && status.contains("lost"), "{status}");
    assert!(daemon.end().0.success());
    manager.until("STOPPING=1");
}

/// Of a capture that really goes round, in which nothing need happen.
#[test]
fn the_watchdog_hears_of_a_live_capture() {
    let Some(_leave) = harness::beside_others("the_watchdog_hears_of_a_live_capture") else { return };
    let room = Room::new("pulse");
    let manager = Manager::new(&room.at("n"));
    let mut command = Command::new(SIGTOP);
    command.args(["serve", "--socket"]).arg(room.at("s")).env("NOTIFY_SOCKET", room.at("n"));
    command.env("WATCHDOG_USEC", "2400000").env_remove("WATCHDOG_PID");
    let daemon = Daemon::start_by(command);
    (0..3).for_each(|_| drop(manager.until("WATCHDOG=1")));
    assert!(daemon.end().0.success());
}

#[test]
fn a_hangup_without_a_recorder_reloads_nothing_and_says_so() {
    let room = Room::new("hup");
    let (manager, mut daemon) = start(&room, &[]);
    manager.until("READY=1");
    let mut client = Client::connect(&room.at("s"));
    daemon.signal(Signal::HUP);
    let said = manager.until("RELOADING=1");
    assert!(said.contains("MONOTONIC_USEC="), "{said}");
    manager.until("READY=1");
    daemon.until("nothing to reload without a flight recorder");
    client.until("signal");
    let (status, said) = daemon.end();
    assert!(status.success(), "{said:?}");
    assert!(said.iter().any(|line| line.contains("lost: 0 in the kernel")), "{said:?}");
}

/// So that a service manager starts it again. Asked for, the same end is no error.
#[test]
fn a_stream_that_ends_of_itself_is_an_error() {
    let room = Room::new("ends");
    let (_manager, daemon) = start(&room, &[]);
    let (first, second) = (room.at("s"), room.at("t"));
    let start = |at| Daemon::start(&["--connect", first.to_str().unwrap(), "--socket", at]);
    assert!(start(second.to_str().unwrap()).end().0.success());
    let mut remote = start(second.to_str().unwrap());
    assert!(daemon.end().0.success());
    remote.until("has ended");
    remote.until("the stream has ended of itself");
    assert_eq!(remote.child.wait().unwrap().code(), Some(3));
}

#[test]
fn at_its_end_clients_get_what_waits_for_them() {
    let room = Room::new("end");
    let (_manager, daemon) = start(&room, &[]);
    let mut client = Client::connect(&room.at("s"));
    client.until("signal");
    let rest = std::thread::spawn(move || client.rest());
    let (status, said) = daemon.end();
    assert!(status.success(), "{said:?}");
    assert!(rest.join().unwrap().ends_with('\n'), "whole lines to the last");
}

/// Whoever reads nothing keeps it from ending for a bounded time only.
#[test]
fn a_client_that_is_stuck_does_not_keep_it_from_ending() {
    let room = Room::new("stuck");
    let (_manager, daemon) = start(&room, &[]);
    let _client = Client::connect(&room.at("s"));
    let (status, said) = daemon.end();
    assert!(status.success(), "{said:?}");
    assert!(!room.at("s").exists());
}

#[test]
fn clients_and_the_flight_recorder_are_served_at_once_and_a_hangup_begins_a_file() {
    let room = Room::new("both");
    let dir = room.at("d");
    let (_manager, mut daemon) = start(&room, &["--record", dir.to_str().unwrap()]);
    let mut client = Client::connect(&room.at("s"));
    client.until("signal");
    daemon.signal(Signal::HUP);
    daemon.until("goes on in another file");
    client.until("signal");
    let (status, said) = daemon.end();
    assert!(status.success(), "{said:?}");
    assert!(said.iter().any(|line| line.contains("in 2 files")), "{said:?}");
    let files: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|file| file.unwrap().path()).collect();
    let recorded = files.iter().filter(|file| file.to_str().unwrap().ends_with(".jsonl.zst"));
    assert_eq!(recorded.count(), 2, "{files:?}");
}

#[test]
fn a_recording_is_served_whole_to_who_waits_for_it() {
    let room = Room::new("replay");
    let (recording, socket) = (room.at("r.jsonl"), room.at("s"));
    // The demo's first minute, at once.
    let mut child = Command::new(SIGTOP).args(["--demo=3", "record", "-o"]).arg(&recording).spawn().unwrap();
    let begun = std::time::Instant::now();
    while std::fs::metadata(&recording).map_or(0, |file| file.len()) < 2_000_000 {
        assert!(begun.elapsed() < GUARD);
        std::thread::yield_now();
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::INT).unwrap();
    child.wait().unwrap();
    let replayed = |args: &[&str]| {
        let output = Command::new(SIGTOP).args(args).args(["log", "--format", "json"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let expected = replayed(&["--replay", recording.to_str().unwrap()]);
    let mut daemon = Daemon::start(&["--replay", recording.to_str().unwrap(), "--socket", socket.to_str().unwrap()]);
    let got = replayed(&["--connect", socket.to_str().unwrap()]);
    assert!(daemon.child.wait().unwrap().success());
    assert!(expected.lines().count() > 1000);
    let different = expected.lines().zip(got.lines()).find(|(a, b)| a != b);
    assert_eq!((different, expected.lines().count()), (None, got.lines().count()));
}
