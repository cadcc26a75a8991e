//! The program as people run it: what it needs, what it prints, what it narrows.

use crate::harness::{self, GUARD, Sigtop};
use crate::inside::Idle;
use crate::laws;
use crate::witness::{Fact, Witness, family};
use crate::zoo::sigzoo;
use rustix::process::{Pid, Signal, kill_process};
use sigtop::event::{Event, Kind};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const NOBODY: u32 = 65534;

/// A directory that everybody may enter, gone with the value.
pub struct Place(pub PathBuf);

impl Place {
    pub fn new(name: &str) -> Place {
        let path = std::env::temp_dir().join(format!("sigtop-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path); // of one that was killed, and had this number
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap(); // whatever the umask
        Place(fs::canonicalize(path).unwrap())
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().into()
    }

    /// The program, where nobody may run it too.
    fn sigtop(&self) -> PathBuf {
        let copy = self.0.join("sigtop");
        harness::copy_program(env!("CARGO_BIN_EXE_sigtop").as_ref(), &copy);
        fs::set_permissions(&copy, Permissions::from_mode(0o755)).unwrap();
        copy
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn mark(idle: &Idle) {
    kill_process(Pid::from_child(&idle.0), Signal::URG).unwrap();
}

#[test]
fn without_capabilities_it_says_what_it_needs() {
    let Some(_leave) = harness::beside_others("without_capabilities_it_says_what_it_needs") else { return };
    let place = Place::new("none");
    let output = Command::new(place.sigtop()).arg("log").uid(NOBODY).gid(NOBODY).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("CAP_BPF") && said.contains("CAP_PERFMON") && said.contains("sudo"), "{said}");
    assert!(output.stdout.is_empty() && said.lines().count() <= 2, "{said}");
}

/// One of the two is not enough, and is answered the same way.
#[test]
fn with_half_of_them_it_says_so_too() {
    let Some(_leave) = harness::beside_others("with_half_of_them_it_says_so_too") else { return };
    let place = Place::new("half");
    for capability in [CAP_BPF, CAP_PERFMON] {
        let output = as_nobody_with(&place.sigtop(), &[capability]).arg("log").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains("CAP_BPF"), "{said}");
    }
}

#[test]
fn two_capabilities_are_enough() {
    let Some(_leave) = harness::beside_others("two_capabilities_are_enough") else { return };
    let place = Place::new("two");
    let sigtop = Sigtop::start_by(as_nobody_with(&place.sigtop(), &[CAP_BPF, CAP_PERFMON]), &[]);
    let zoo = sigzoo().arg("term").stdout(Stdio::null()).spawn().unwrap();
    let pid = zoo.id();
    assert!(zoo.wait_with_output().unwrap().status.success());
    let lines = sigtop.stop();
    laws::hold(&lines);
    let child = laws::signals(&lines).find(|e| e.signal.number() == 15 && e.sender.is_some_and(|s| s.key.pid == pid));
    let child = child.expect("the zoo's TERM").target.key;
    let death = laws::exits(&lines).find(|e| e.who.key == child).expect("its death");
    assert!(death.cause.is_some());
}

/// What it says of the roads is what a stream that asks for all of it says.
#[test]
fn doctor_tries_what_it_tells() {
    let Some(_leave) = harness::beside_others("doctor_tries_what_it_tells") else { return };
    let doctor = Command::new(env!("CARGO_BIN_EXE_sigtop")).arg("doctor").output().unwrap();
    let said = String::from_utf8(doctor.stdout).unwrap();
    assert_eq!(doctor.status.code(), Some(0), "{said}");
    assert!(said.contains("\nyes  capture     signals,") && !said.contains("\nno "), "{said}");
    let lines = Sigtop::start(&["--failed", "--events", "signal,exec,open,chmod,move,connect"]).end();
    let roads = lines.iter().find_map(|line| line.json["roads"].as_array()).unwrap();
    let roads: Vec<&str> = roads.iter().map(|road| road.as_str().unwrap()).collect();
    let words: Vec<&str> = said.split_whitespace().collect();
    let words = words.join(" ");
    assert!(roads.len() >= 4, "{roads:?}");
    for road in roads {
        assert!(words.contains(&format!("on request {road}")), "{road}\n{said}");
    }
}

const CAP_PERFMON: &str = "+cap_38";
const CAP_BPF: &str = "+cap_39";

fn as_nobody_with(program: &Path, capabilities: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    let list = capabilities.join(",");
    command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".into()]);
    command.args([format!("--inh-caps={list}"), format!("--ambient-caps={list}")]).arg(program);
    command
}

/// Names, files and arguments that would clear the screen, forge a line or break UTF-8: none reaches the terminal.
#[test]
fn hostile_names_never_reach_the_terminal() {
    let Some(_leave) = harness::beside_others("hostile_names_never_reach_the_terminal") else { return };
    let place = Place::new("hostile");
    let evil = OsStr::from_bytes(b"\x1b[2J\x1b]0;owned\x07\n[00:00:00.000] SIGNAL: \xff\xc2\x9b31m\r\x7f");
    let program = place.0.join(evil);
    harness::copy_program(sigzoo().get_program().as_ref(), &program);
    let idle = Idle::start();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.args(["log", "--events", "signal,deliver,fork,exec,exit,rename"]);
    let mut sigtop = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(sigtop.stdout.take().unwrap());
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        let mut line = Vec::new();
        while stdout.read_until(b'\n', &mut line).unwrap() > 0 {
            if sender.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    let is_mark = |line: &[u8]| String::from_utf8_lossy(line).contains(&format!("-> [cat/{}]", idle.pid()));
    // Text has no header: it is there when it tells a mark.
    let mut told: Vec<Vec<u8>> = Vec::new();
    let began = Instant::now();
    while !told.last().is_some_and(|line| is_mark(line)) {
        assert!(began.elapsed() < GUARD, "it tells no mark: {} lines", told.len());
        mark(&idle);
        told.extend(lines.recv_timeout(Duration::from_millis(20)));
    }
    assert!(sigzoo().arg("hostile-name").stdout(Stdio::null()).status().unwrap().success());
    let mut child = Command::new(&program).arg("exit").arg("0").arg(evil).current_dir(&place.0).spawn().unwrap();
    let pid = child.id();
    child.wait().unwrap();
    // The marks that were too many come first.
    while lines.recv_timeout(GUARD).is_ok_and(|line| {
        let exec = String::from_utf8_lossy(&line).contains("EXIT: ")
            && String::from_utf8_lossy(&line).contains(&format!("pid={pid},"));
        told.push(line);
        !exec
    }) {}
    kill_process(Pid::from_child(&sigtop), Signal::INT).unwrap();
    assert!(sigtop.wait().unwrap().success());
    told.extend(lines);
    for line in &told {
        let text = std::str::from_utf8(line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        let text = text.strip_suffix('\n').unwrap();
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!(text.starts_with('['), "a line of its own: {text}");
    }
    let all = told.concat();
    let all = String::from_utf8(all).unwrap();
    assert!(all.contains("[2J"), "the names were there: {all}");
    assert!(all.contains(&format!("EXEC: pid={pid}")), "{all}");
}

#[test]
fn only_the_signals_asked_for_are_told() {
    let Some(_leave) = harness::beside_others("only_the_signals_asked_for_are_told") else { return };
    let sigtop = Sigtop::start(&["-s", "USR1,urg", "-s", "RTMIN+3"]);
    let mut zoo = sigzoo();
    zoo.args(["term", "handler", "tgsigqueue", "segv", "exit"]);
    assert!(zoo.stdout(Stdio::null()).status().unwrap().success());
    let lines = sigtop.stop();
    let told: HashSet<u8> = lines.iter().filter_map(|line| line.json["signr"].as_u64()).map(|n| n as u8).collect();
    let signals: HashSet<u8> = laws::signals(&lines).map(|e| e.signal.number()).collect();
    // Others take some too: of a program in Go each thread is sent SIGURG, and has a handler.
    let ours = laws::deliveries(&lines).filter(|e| e.target.name.as_str() == "sigzoo");
    let taken: HashSet<u8> = ours.map(|e| e.signal.number()).collect();
    assert_eq!(signals, HashSet::from([10, 23, 37]));
    assert_eq!(taken, HashSet::from([10, 37]));
    assert!(told.contains(&15) && told.contains(&11), "deaths are told whatever they are of");
}

#[test]
fn only_the_kinds_asked_for_are_told() {
    let Some(_leave) = harness::beside_others("only_the_kinds_asked_for_are_told") else { return };
    let mut sigtop = Sigtop::start(&["--events", "exec,exit"]);
    let mut zoo = sigzoo();
    zoo.args(["term", "exec"]);
    assert!(zoo.stdout(Stdio::null()).status().unwrap().success());
    let last = Command::new("true").spawn().unwrap();
    let pid = last.id();
    last.wait_with_output().unwrap();
    sigtop.until(|line| line.contains("\"type\":\"exit\"") && line.contains(&format!("\"pid\":{pid},")));
    let lines = sigtop.end();
    let mut kinds: HashSet<Kind> = lines.iter().filter_map(|line| line.event.as_ref().map(Event::kind)).collect();
    kinds.remove(&Kind::Clock); // that somebody set it is told always
    assert_eq!(kinds, HashSet::from([Kind::Exec, Kind::Exit]));
}

/// Every thread begins and ends once, as the kernel's own record has it.
#[test]
fn threads_are_told_on_request() {
    let Some(_leave) = harness::beside_others("threads_are_told_on_request") else { return };
    let mut sigtop = Sigtop::start(&["--threads"]);
    let witness = Witness::start(&["sigzoo"]);
    let mut zoo = sigzoo();
    zoo.args(["threads", "threads-term", "leader-first", "exec-thread", "exit"]).stdout(Stdio::null());
    let zoo = zoo.spawn().unwrap();
    let first = zoo.id();
    assert!(zoo.wait_with_output().unwrap().status.success());
    sigtop.until_now();
    let facts = witness.stop();
    let lines = sigtop.end();
    laws::hold(&lines);

    let members = family(&facts, first);
    let begun = facts.iter().filter(|f| matches!(f, Fact::Fork { by, .. } if members.contains(by))).count();
    let ended = facts.iter().filter(|f| matches!(f, Fact::Exit { by } if members.contains(by))).count();
    let forks: Vec<_> = lines
        .iter()
        .filter_map(|line| if let Some(Event::Fork(e)) = &line.event { Some(e) } else { None })
        .filter(|e| members.contains(&e.child.tid) && e.child.tid != first)
        .collect();
    let exits = laws::exits(&lines).filter(|e| members.contains(&e.who.tid)).count();
    assert_eq!((forks.len(), exits), (begun, ended), "(begun, ended)");
    assert!(forks.iter().filter(|e| e.is_thread()).count() > 5 + 4 + 1);
    for fork in forks {
        let parent = if fork.is_thread() { fork.child.key.pid } else { fork.parent.pid };
        assert!(members.contains(&parent), "{fork:?}");
    }
}
