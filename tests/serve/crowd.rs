//! A hundred clients at once, ten of which never read, while signals flood: the others get every mark, the capture
//! loses nothing, and who reads at last is told what it missed.

use crate::daemon::{Client, Daemon, Room};
use crate::harness;
use rustix::process::{Pid, Signal, kill_process};
use std::io::Write;
use std::process::{Command, Stdio};

const READING: usize = 90;
const STUCK: usize = 10;
/// Marks, each behind a piece of the flood.
const MARKS: usize = 20;
const PIECE: usize = 50_000;

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
                let mut marks = 0;
                while marks < MARKS {
                    let object = reader.object();
                    assert_ne!(object["type"], "lost", "{object}");
                    marks += usize::from(object["type"] == "signal" && object["signr"] == 12);
                }
            })
        })
        .collect();
    let mut took = std::time::Duration::ZERO;
    for _ in 0..MARKS {
        let begun = std::time::Instant::now();
        let mut piece = Command::new(&flood);
        piece.args(["flood", &PIECE.to_string(), "10", &target.id().to_string()]);
        assert!(piece.status().unwrap().success());
        took += begun.elapsed();
        kill_process(Pid::from_child(&marked), Signal::USR2).unwrap();
    }
    reading.into_iter().for_each(|reader| reader.join().unwrap());
    let memory = daemon.memory();
    let rate = (MARKS * PIECE) as f64 / took.as_secs_f64();
    let words = format!("crowd: {rate:.0} signals a second, at most {before} KiB before, {memory} KiB then\n");
    std::io::stderr().write_all(words.as_bytes()).unwrap();
    assert!(memory < 256 << 10, "{memory} KiB");
    // Who reads at last: whole lines, what was lost in its place, and then it goes on.
    for mut client in stuck {
        let (mut told, mut signals) = (0, 0);
        while told == 0 {
            let object = client.object();
            signals += u64::from(object["type"] == "signal");
            if object["type"] == "lost" && object["kind"] == "signal" {
                told = object["count"].as_u64().unwrap();
            }
        }
        assert!(told + signals >= (MARKS * PIECE) as u64, "{told} + {signals}");
        client.filter(&mark);
        kill_process(Pid::from_child(&marked), Signal::USR2).unwrap();
        client.until("signal");
    }
    let (status, said) = daemon.end();
    assert!(status.success());
    assert!(
        !said.iter().any(|line| line.contains("lost so far") && !line.contains("lost so far: 0 in the kernel")),
        "{said:?}"
    );
    for mut child in [target, marked] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
