//! Processes as they are told: at the start, when they execute, and by name in every signal.

use crate::harness::{self, Line, Sigtop};
use crate::inside::Idle;
use crate::laws;
use crate::zoo::sigzoo;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use sigtop::event::{Event, ExecEvent, SeenEvent};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn executions(lines: &[Line], pid: u32) -> Vec<&ExecEvent> {
    let all =
        lines.iter().filter_map(|line| if let Some(Event::Exec(e)) = &line.event { Some(e.as_ref()) } else { None });
    all.filter(|e| e.who.key.pid == pid).collect()
}

fn seen(lines: &[Line]) -> Vec<&SeenEvent> {
    lines
        .iter()
        .filter_map(|line| if let Some(Event::Seen(e)) = &line.event { Some(e.as_ref()) } else { None })
        .collect()
}

/// Everybody alive at the start is in the stream, with parent, arguments and program, and the dead as what they are.
#[test]
fn the_start_names_everybody_alive() {
    let Some(_leave) = harness::beside_others("the_start_names_everybody_alive") else { return };
    let idle = Idle::start();
    let mut zombie = Command::new("true").spawn().unwrap();
    let stat = |pid: u32| fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    while !stat(zombie.id()).contains(") Z ") {
        std::thread::yield_now();
    }
    let alive: HashSet<u32> =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok()).collect();
    let lines = Sigtop::start(&["--events", "seen,signal"]).stop();
    let seen = seen(&lines);
    let of = |pid: u32| seen.iter().find(|e| e.who.key.pid == pid).copied();
    let me = std::process::id();

    let cat = of(idle.pid()).expect("the idle one");
    assert_eq!((cat.who.name.as_str(), cat.argv.as_slice()), ("cat", ["cat".to_string()].as_slice()));
    assert_eq!(cat.parent.map(|p| p.pid), Some(me));
    assert_eq!(cat.parent, of(me).map(|e| e.who.key));
    assert_eq!(PathBuf::from(&cat.exe), fs::read_link(format!("/proc/{}/exe", idle.pid())).unwrap());
    assert!(!cat.zombie && of(zombie.id()).is_some_and(|e| e.zombie));
    zombie.wait().unwrap();

    let still_alive = |pid: &&u32| Path::new(&format!("/proc/{pid}")).exists();
    let missing: Vec<_> = alive.iter().filter(|pid| of(**pid).is_none()).filter(still_alive).collect();
    assert!(missing.is_empty(), "alive and not named: {missing:?}");
    for event in &seen {
        if let Some(parent) = event.parent {
            assert!(seen.iter().any(|e| e.who.key == parent), "its parent is named too: {event:?}");
        }
    }
}

/// Whoever sends or gets a signal has a name, however short its life.
#[test]
fn nobody_is_nameless() {
    let Some(_leave) = harness::beside_others("nobody_is_nameless") else { return };
    let sigtop = Sigtop::start(&[]);
    let arguments = ["crowd".to_string(), "300".into(), "23".into(), std::process::id().to_string()];
    assert!(sigzoo().args(arguments).status().unwrap().success());
    let lines = sigtop.stop();
    laws::hold(&lines);
    let mut senders = HashSet::new();
    for e in laws::signals(&lines) {
        for who in e.sender.iter().chain([&e.target]) {
            assert!(!who.name.is_empty() && who.key.start_ns > 0, "{e:?}");
        }
        senders.extend(e.sender.filter(|s| s.name.as_str() == "sigzoo").map(|s| s.key));
    }
    assert!(senders.len() >= 300, "{}", senders.len());
}

/// A directory that is gone with the value.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_execution_says_where() {
    let Some(_leave) = harness::beside_others("an_execution_says_where") else { return };
    let top = std::env::temp_dir().canonicalize().unwrap().join(format!("sigtop-where-{}", std::process::id()));
    let scratch = Scratch(top.clone());
    let deep = (0..30).fold(top, |path, n| path.join(format!("level{n}")));
    fs::create_dir_all(&deep).unwrap();
    let near = scratch.0.join("level0/level1");
    let places = [Path::new("/"), Path::new("/proc"), Path::new("/sys/kernel"), &near, &deep];
    let sigtop = Sigtop::start(&[]);
    let run = |place: &&Path| {
        let mut child = Command::new("true").current_dir(place).spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        pid
    };
    let pids: Vec<u32> = places.iter().map(run).collect();
    let lines = sigtop.stop();
    let told: Vec<&str> = pids.iter().map(|pid| executions(&lines, *pid)[0].cwd.as_str()).collect();
    for (told, place) in told.iter().zip(places).take(4) {
        assert_eq!(Path::new(told), place);
    }
    let end = told[4].strip_prefix("...").expect("too deep to tell whole");
    assert!(deep.to_str().unwrap().ends_with(end) && end.ends_with("/level28/level29"), "{end}");
}

/// What is too long is cut, and said to be.
#[test]
fn arguments_are_cut_and_said_to_be() {
    let Some(_leave) = harness::beside_others("arguments_are_cut_and_said_to_be") else { return };
    let sigtop = Sigtop::start(&[]);
    let run = |arguments: &[String]| {
        let mut child = Command::new("true").args(arguments).spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        pid
    };
    let long = "é".repeat(5000);
    let whole = "x".repeat(4096 - "true".len() - 2); // with both NULs just 4096
    let cases = [vec![], vec![whole.clone()], vec![whole + "y"], vec!["a".into(), long.clone()], vec!["b".into(); 64]];
    let pids: Vec<u32> = cases.iter().map(|arguments| run(arguments)).collect();
    let lines = sigtop.stop();
    let cut: Vec<bool> = pids.iter().map(|pid| executions(&lines, *pid)[0].argv_cut).collect();
    assert_eq!(cut, [false, false, true, true, true]);
    let argv = |n: usize| &executions(&lines, pids[n])[0].argv;
    assert_eq!(argv(0), &["true"]);
    assert_eq!(argv(1)[1..], cases[1]);
    assert_eq!(argv(3)[1], "a");
    assert!(long.starts_with(argv(3)[2].trim_end_matches('\u{fffd}')) && argv(3)[2].len() > 4000);
    assert_eq!(argv(4).len(), 64);
}

/// The terminal by its usual name, and the ids of who executes.
#[test]
fn an_execution_on_a_terminal_says_which() {
    let Some(_leave) = harness::beside_others("an_execution_on_a_terminal_says_which") else { return };
    let sigtop = Sigtop::start(&[]);
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut child = pty.slave.spawn_command(CommandBuilder::new("true")).unwrap();
    let pid = child.process_id().unwrap();
    let name = pty.master.tty_name().unwrap();
    child.wait().unwrap();
    let lines = sigtop.stop();
    let exec = executions(&lines, pid)[0];
    assert_eq!(Path::new("/dev").join(exec.tty.to_string()), name);
    assert_eq!((exec.who.name.as_str(), exec.who.uid, exec.gid), ("true", 0, 0));
    assert!(exec.filename.ends_with("/true"), "{}", exec.filename);
}
