//! Floods of what is told on request: each open, connection and changed mode is a line or was counted as lost, by kind.

use crate::deeds::Kept;
use crate::harness;
use crate::inside::Watch;
use crate::program::Place;
use crate::zoo::sigzoo;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sigtop::event::{CountEvent, Event, Kind};
use sigtop::filter::sieve::Narrows;
use sigtop::filter::{Filter, Want, Wanted, Watch as LookFor};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;

/// The smallest buffer that `--buffer` takes.
const SMALLEST: u32 = 64 << 10;
/// What each of several processes opens: all of them at once.
const FLOODS: [u64; 4] = [60_000, 40_000, 20_000, 30_000];

/// One that opens this file so often.
fn opens(count: u64, path: &str) -> Child {
    sigzoo().args(["opens", &count.to_string(), path]).spawn().unwrap()
}

/// Nobody reads while several processes open the file, and one of them a file that is not there.
#[test]
fn opens_that_do_not_fit_are_counted() {
    let Some(_leave) = harness::alone("opens_that_do_not_fit_are_counted") else { return };
    let place = Place::new("losses");
    let (here, gone) = (place.path("here"), place.path("gone"));
    fs::write(&here, "").unwrap();
    let these = vec![LookFor::File(here.clone()), LookFor::File(gone.clone())];
    let wanted = Wanted { open: Want::These(these), ..Wanted::default() };
    let watch = Watch::with(SMALLEST, Filter::EVERYTHING, Narrows::Signals, wanted);
    let mut children: Vec<Child> = FLOODS.iter().map(|count| opens(*count, &here)).collect();
    children.push(opens(50_000, &gone));
    children.iter_mut().for_each(|child| assert!(child.wait().unwrap().success()));
    let (sender, events) = channel();
    watch.read(move |event| drop(sender.send(event))).stop();
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    let mut lost = 0;
    for event in events {
        match event {
            Event::File(e) => *told.entry(e.path.clone()).or_default() += 1,
            Event::Lost(CountEvent { kind: Some(Kind::Open), count, signal: None, sender: None, .. }) => lost += count,
            Event::Lost(e) => {
                assert!(![Some(Kind::Chmod), Some(Kind::Move), Some(Kind::Connect)].contains(&e.kind), "{e:?}");
            }
            _ => {}
        }
    }
    assert!(told.keys().all(|path| [&here, &gone].contains(&path)), "{told:?}");
    let sum = told.values().sum::<u64>() + lost;
    assert!(is_sum(sum, FLOODS.iter().sum::<u64>() + 50_000), "{told:?} told, {lost} lost");
    assert!(lost > 100_000, "64 KiB and a full channel cannot hold them: only {lost} lost");
}

/// None is missing. A few of others may be among the lost: of an open whose path was gone from memory, or whose file
/// another thread closed at once, the kernel cannot say whether it is looked for.
fn is_sum(sum: u64, many: u64) -> bool {
    (many..many + 50).contains(&sum)
}

/// The same through the program: lines, and lines that say how many are missing, while somebody reads.
#[test]
fn lines_of_opens_and_lost_lines_add_up() {
    let Some(_leave) = harness::alone("lines_of_opens_and_lost_lines_add_up") else { return };
    let place = Place::new("adding-up");
    let path = place.path("watched");
    fs::write(&path, "").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.args(["log", "--format", "json", "--events", "open", "--buffer", "64K", &format!("path:{path}")]);
    let mut sigtop = Kept(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::with_capacity(256, sigtop.0.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("\"header\""));
    let mut children: Vec<Child> = FLOODS.iter().map(|count| opens(*count, &path)).collect();
    children.iter_mut().for_each(|child| assert!(child.wait().unwrap().success()));
    let (sender, rest) = channel(); // and only now somebody reads
    thread::spawn(move || lines.map_while(Result::ok).all(|line| sender.send(line).is_ok()));
    let many: u64 = FLOODS.iter().sum();
    let (mut told, mut lost) = (0, 0);
    let mut add = |line: String| {
        let json: Value = serde_json::from_str(&line).unwrap();
        match (json["type"].as_str(), json["kind"].as_str()) {
            (Some("open"), _) => told += u64::from(json["path"] == path.as_str()),
            (Some("lost"), Some("open")) => lost += json["count"].as_u64().unwrap(),
            (Some("lost"), _) => {} // of what happens elsewhere
            other => panic!("{other:?}: {line}"),
        }
        told + lost
    };
    while add(rest.recv_timeout(harness::GUARD).expect("all are told or counted")) < many {}
    kill_process(Pid::from_child(&sigtop.0), Signal::TERM).unwrap();
    for line in rest {
        add(line);
    }
    assert!(sigtop.0.wait().unwrap().success());
    assert!(is_sum(told + lost, many), "{told} told, {lost} lost");
    assert!(told > 0 && lost > 0, "{told} told, {lost} lost: this says nothing");
}
