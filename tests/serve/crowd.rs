//! A hundred clients at once, ten of which never read, while signals flood: the others get every mark, the capture
//! goes on, and who takes everything, at once or at last, gets each signal or is told of its loss, exactly.

use crate::daemon::{Client, Daemon, GUARD, Room};
use crate::harness;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::collections::HashSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

const READING: usize = 90;
const STUCK: usize = 10;
/// Marks, each behind a piece of the flood.
const MARKS: usize = 20;
const PIECE: usize = 50_000;
/// Pieces for who takes everything.
const PIECES: usize = 4;
const SENT: u64 = ((MARKS + PIECES) * PIECE) as u64;

/// Of what was lost in very great numbers it is not told who sent it.
const UNKNOWN: u64 = 0;

/// Who sent what a line may stand for of the flood, and how many signals: one, or so many that are lost. Others on this
/// machine may send SIGUSR1 too.
fn flooded(line: &str) -> Option<(u64, u64)> {
    if !line.contains(r#""signr":10,"#) || line.contains(r#""type":"deliver""#) {
        return None;
    }
    let object: Value = serde_json::from_str(line).unwrap();
    let sender = object["sender"]["pid"].as_u64().unwrap_or(UNKNOWN);
    match object["type"].as_str() {
        Some("signal") => Some((sender, 1)),
        Some("lost") if object["kind"] == "signal" => Some((sender, object["count"].as_u64().unwrap())),
        _ => None,
    }
}

#[test]
fn a_hundred_clients_ten_of_them_stuck() {
    let Some(_leave) = harness::alone("a_hundred_clients_ten_of_them_stuck") else { return };
    let room = Room::new("crowd");
    let socket = room.at("s");
    let flood = harness::compiled("sigzoo", "tests/zoo", &[]);
    let daemon = Daemon::start(&["--socket", socket.to_str().unwrap()]);
    let before = daemon.memory();
    // They ignore what they are sent.
    let idle = || {
        Command::new("sh")
            .args(["-c", "trap '' USR1 USR2; echo; exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (mut target, mut marked) = (idle(), idle());
    for child in [&mut target, &mut marked] {
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
    }
    let mut floods = HashSet::from([UNKNOWN]);
    let mark = format!("sig:USR2 to:{}", marked.id());
    let stuck: Vec<Client> = (0..STUCK).map(|_| Client::connect(&socket)).collect();
    let mut readers: Vec<Client> = (0..READING).map(|_| Client::connect(&socket)).collect();
    for reader in &mut readers {
        assert_eq!(reader.filter(&mark)["type"], "filter");
    }
    let reading: Vec<_> = readers
        .into_iter()
        .map(|mut reader| {
            std::thread::spawn(move || {
                let (mut marks, mut lost) = (0, 0);
                while marks + lost < MARKS {
                    let object = reader.object();
                    match object["type"].as_str() {
                        Some("lost") if object["kind"] != "signal" => {} // of what a flood's own process did
                        Some("lost") => lost += object["count"].as_u64().unwrap() as usize,
                        kind => marks += usize::from(kind == Some("signal") && object["signr"] == 12),
                    }
                }
                lost
            })
        })
        .collect();
    let mut took = std::time::Duration::ZERO;
    let send_piece = || {
        let mut piece = Command::new(&flood);
        let mut piece = piece.args(["flood", &PIECE.to_string(), "10", &target.id().to_string()]).spawn().unwrap();
        assert!(piece.wait().unwrap().success());
        u64::from(piece.id())
    };
    for _ in 0..MARKS {
        let begun = std::time::Instant::now();
        floods.insert(send_piece());
        took += begun.elapsed();
        kill_process(Pid::from_child(&marked), Signal::USR2).unwrap();
    }
    // What did not fit into the kernel's buffer is missing for all; nobody misses anything for others' sake.
    let lost: HashSet<usize> = reading.into_iter().map(|reader| reader.join().unwrap()).collect();
    assert!(lost.len() == 1 && lost.iter().all(|lost| *lost < MARKS / 2), "{lost:?}");
    let memory = daemon.memory();
    let rate = (MARKS * PIECE) as f64 / took.as_secs_f64();
    let words = format!("crowd: {rate:.0} signals a second, at most {before} KiB before, {memory} KiB then\n");
    std::io::stderr().write_all(words.as_bytes()).unwrap();
    assert!(memory < 256 << 10, "{memory} KiB");
    // Who takes everything, on a machine that may be too slow for that.
    let mut whole = Client::connect(&socket);
    let (counted, counts) = channel();
    let whole = std::thread::spawn(move || {
        while let Some(line) = whole.line() {
            if flooded(&line).is_some_and(|told| counted.send(told).is_err()) {
                return; // it has it all
            }
        }
    });
    let last: HashSet<u64> = (0..PIECES).map(|_| send_piece()).chain([UNKNOWN]).collect();
    floods.extend(&last);
    // A daemon that ends does not wait long for who is slow.
    let mut sum = 0;
    while sum < (PIECES * PIECE) as u64 {
        let (sender, count) =
            counts.recv_timeout(GUARD).unwrap_or_else(|e| panic!("{sum} of the last pieces, and {e}"));
        sum += if last.contains(&sender) { count } else { 0 };
    }
    assert_eq!(sum, (PIECES * PIECE) as u64);
    drop(counts);
    // Who reads at last: whole lines, what was lost in its place, and then it goes on.
    for mut client in stuck {
        let mut sum = 0;
        while sum < SENT {
            let line = client.line().unwrap();
            sum += flooded(&line).filter(|(sender, _)| floods.contains(sender)).map_or(0, |(_, count)| count);
        }
        assert_eq!(sum, SENT);
        client.filter(&mark);
        kill_process(Pid::from_child(&marked), Signal::USR2).unwrap();
        client.until("signal");
    }
    let (status, said) = daemon.end();
    assert!(status.success());
    whole.join().unwrap();
    // A slow machine may lose some in the kernel; a capture that waits for who is stuck loses nearly all.
    let lost = said.iter().find_map(|line| line.split_once("events; lost: ")?.1.split_once(" in the kernel"));
    assert!(lost.unwrap().0.parse::<u64>().unwrap() < SENT / 2, "{said:?}");
    for mut child in [target, marked] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
