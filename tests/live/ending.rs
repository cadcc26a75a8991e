//! However it is asked to end, and whatever its reader does: sigtop ends, and nothing of it is left in the kernel.

use crate::harness::{self, GUARD};
use crate::inside::{DEFAULT_BUFFER, Idle, Watch};
use crate::zoo::sigzoo;
use rustix::process::{Pid, Signal, kill_process};
use sigtop::signal::SignalSet;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;

/// How it ended; guarded, for whether it does is the question.
fn ended(mut child: Child) -> ExitStatus {
    let pid = Pid::from_child(&child);
    let (sender, receiver) = channel();
    std::thread::spawn(move || sender.send(child.wait().unwrap()));
    receiver.recv_timeout(GUARD / 2).unwrap_or_else(|_| {
        kill_process(pid, Signal::KILL).unwrap();
        panic!("it does not end")
    })
}

fn flood(count: u32) {
    let target = Idle::start();
    let arguments = [count, 23, target.pid()].map(|n| n.to_string());
    assert!(sigzoo().arg("flood").args(arguments).status().unwrap().success());
}

#[test]
fn a_reader_that_stops_reading_does_not_keep_it_from_ending() {
    let Some(_leave) = harness::alone("a_reader_that_stops_reading_does_not_keep_it_from_ending") else { return };
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    let mut sigtop = command.args(["log", "--format", "json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = sigtop.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 16]).unwrap(); // it has begun; and no byte more
    flood(200_000);
    kill_process(Pid::from_child(&sigtop), Signal::TERM).unwrap();
    assert!(ended(sigtop).success());
    drop(stdout);
}

#[test]
fn a_source_that_nobody_reads_ends_with_its_control() {
    let Some(_leave) = harness::alone("a_source_that_nobody_reads_ends_with_its_control") else { return };
    let mut watch = Watch::open(DEFAULT_BUFFER, SignalSet::ALL);
    flood(100_000);
    let control = watch.take_control();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        drop(control);
        sender.send(()).unwrap();
    });
    assert!(receiver.recv_timeout(GUARD / 2).is_ok(), "dropping the control waits for a reader");
    drop(watch);
}

/// The ring is never empty, for the senders are faster than the reader, who takes his time with each event.
#[test]
fn a_flood_does_not_keep_a_source_from_ending() {
    let Some(_leave) = harness::alone("a_flood_does_not_keep_a_source_from_ending") else { return };
    let target = Idle::start();
    let watch = Watch::open(1 << 20, SignalSet::ALL);
    let endless = || sigzoo().args(["flood", "1000000000", "23", &target.pid().to_string()]).spawn().unwrap();
    let mut senders = [endless(), endless()];
    let (sender, events) = channel();
    let reading = watch.read(move |event| {
        let slow = format!("{event:?}{event:?}");
        let _ = sender.send(slow.len());
    });
    for _ in 0..50_000 {
        events.recv_timeout(GUARD).unwrap();
    }
    reading.stop();
    for sender in &mut senders {
        assert_eq!(sender.try_wait().unwrap(), None, "the flood goes on");
        sender.kill().unwrap();
        sender.wait().unwrap();
    }
}
