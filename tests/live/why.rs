//! `sigtop why` against the kernel: deaths of every kind, died for real by the zoo (tests/zoo), told from a recording of
//! them and, by `--wait`, as they happen. Numbers and times are blanked.

use crate::harness::{self, GUARD};
use crate::zoo::sigzoo;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

/// A way of the zoo, and what must be said of one that died in it: how, then the lines that say why.
const KINDS: [(&str, &[&str]); 30] = [
    ("term", &["SIGTERM", "sent by NAME[N] USER, kill(), si_code SI_USER"]),
    ("pidfd", &["SIGHUP", "sent by NAME[N] USER, pidfd_send_signal(), si_code SI_USER"]),
    ("suicide", &["SIGKILL", "sent by itself, kill(), si_code SI_USER"]),
    ("abort", &["SIGABRT", "sent by itself, tgkill(), si_code SI_TKILL: abort(), as after a failed assertion"]),
    ("exit", &["exited N", "asked by nobody: it exited by itself"]),
    ("segv", &["SIGSEGV", "sent by kernel (fault): a fault of its own at address 0xN: a null pointer (SEGV_MAPERR)"]),
    (
        "segv-protected",
        &[
            "SIGSEGV",
            "sent by kernel (fault): a fault of its own at address 0xN: what is mapped there may not be used so (SEGV_ACCERR)",
        ],
    ),
    (
        "bus",
        &[
            "SIGBUS",
            "sent by kernel (fault): a fault of its own at address 0xN: behind the end of a mapped file, or no memory (BUS_ADRERR)",
        ],
    ),
    #[cfg(target_arch = "x86_64")]
    (
        "fpe",
        &["SIGFPE", "sent by kernel (fault): a fault of its own at instruction 0xN: a division by zero (FPE_INTDIV)"],
    ),
    #[cfg(not(target_arch = "x86_64"))]
    ("term", &["SIGTERM", "sent by NAME[N] USER, kill(), si_code SI_USER"]), // there, no division is a fault
    ("pipe", &["SIGPIPE", "sent by kernel (pipe): it wrote to a pipe or socket that nobody reads"]),
    ("pipe-socket", &["SIGPIPE", "sent by kernel (pipe): it wrote to a pipe or socket that nobody reads"]),
    ("file-size", &["SIGXFSZ", "sent by kernel (rlimit): it went over its file size limit (RLIMIT_FSIZE)"]),
    ("cpu-time", &["SIGXCPU", "sent by kernel (rlimit): it went over its CPU time limit (RLIMIT_CPU)"]),
    ("cpu-time-hard", &["SIGKILL", "sent by kernel (rlimit): it went over its hard CPU time limit (RLIMIT_CPU)"]),
    ("seccomp-kill", &["SIGSYS", "sent by kernel (seccomp): its seccomp filter forbids system call N (getppid)"]),
    (
        "itimer-kills",
        &[
            "SIGALRM",
            "sent by kernel (timer): a timer of its own ran out (alarm() or setitimer()), and it had no handler",
        ],
    ),
    (
        "itimer-virtual-kills",
        &[
            "SIGVTALRM",
            "sent by kernel (timer): a timer of its CPU time ran out (ITIMER_VIRTUAL), and it had no handler",
        ],
    ),
    (
        "itimer-prof-kills",
        &["SIGPROF", "sent by kernel (timer): a timer of its CPU time ran out (ITIMER_PROF), and it had no handler"],
    ),
    (
        "parent-kills",
        &["SIGTERM", "sent by NAME[N] USER, its parent, which died: it had asked for that (PR_SET_PDEATHSIG)"],
    ),
    ("cgroup-kill", &["SIGKILL", "sent by NAME[N] USER, by a write to cgroup.kill"]),
    ("cgroup-suicide", &["SIGKILL", "sent by itself, by a write to cgroup.kill"]),
    (
        "namespace",
        &["SIGKILL", "sent by kernel: the init of its pid namespace ended, and all of the namespace with it"],
    ),
    (
        "oom",
        &[
            "SIGKILL",
            "sent by kernel (oom): memory cgroup was at its limit of N.N MiB; its resident memory, shared pages included, was about N.N MiB",
        ],
    ),
    ("tty-interrupt-kills", &["SIGINT", "sent by kernel (tty): ^C was typed on pts/N"]),
    ("tty-quit-kills", &["SIGQUIT", "sent by kernel (tty): ^\\ was typed on pts/N"]),
    ("tty-hangup-kills", &["SIGHUP", "sent by kernel (tty): hang-up of the terminal it was on"]),
    (
        "tty-hangup",
        &[
            "SIGKILL",
            "sent by NAME[N] USER, kill(), si_code SI_USER",
            "because it was still alive D after SIGHUP (T, handled: the handler ran, the process stayed)",
            "that SIGHUP came from kernel (tty)",
        ],
    ),
    ("ptrace-kill", &["SIGKILL", "sent by kernel: its tracer killed it (PTRACE_KILL)"]),
    ("ptrace-leaves", &["SIGKILL", "sent by kernel: its tracer ended, and had asked for that (PTRACE_O_EXITKILL)"]),
    ("threads-quit", &["SIGQUIT", "sent by NAME[N] USER, kill(), si_code SI_USER"]),
];

/// Those of which the one that dies is the first of its name, and which are waited for as well.
const AWAITED: [&str; 8] =
    ["term", "segv", "pipe", "oom", "seccomp-kill", "tty-interrupt-kills", "cpu-time-hard", "itimer-kills"];

/// What all processes of a way are called: `y`, and for the test that waits for them `w`, for both run at a time.
fn called(first: char, way: &str) -> String {
    let short = way.replace("itimer", "it").replace("kills", "k").replace("-", "");
    [first].into_iter().chain(short.chars()).take(15).collect()
}

fn name(way: &str) -> String {
    called('y', way)
}

fn awaited(way: &str) -> String {
    called('w', way)
}

/// The zoo under this name, in this way, so that its deaths are found by name.
fn zoo_called(name: &str, way: &str) -> Command {
    let link = harness::scratch(name);
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(sigzoo().get_program(), &link).unwrap();
    let mut command = Command::new(link);
    command.arg(way).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

fn why(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.arg("why").args(args).args(["--time", "relative", "--config", "/dev/null"]).stdin(Stdio::null());
    command.env("LC_ALL", "C.UTF-8"); // else arrows are of ASCII
    command
}

/// Cards, each reduced to how somebody died and the lines that say why.
fn cards(text: &str, way: &str) -> Vec<Vec<String>> {
    let mut cards: Vec<Vec<String>> = Vec::new();
    let mut label = "";
    for line in text.lines() {
        if let Some((_, ended)) = line.split_once("  died ") {
            let how = ended.split(", ").nth(1).unwrap();
            cards.push(vec![blanked(how.trim_end_matches(" (core)"), way)]);
            continue;
        }
        let Some(card) = cards.last_mut() else { continue };
        let (said, text) = (line.get(2..12).unwrap_or("").trim(), line.get(12..).unwrap_or(""));
        if said == "before" && text.is_empty() {
            break;
        }
        label = if said.is_empty() { label } else { said };
        match (label, said.is_empty()) {
            ("sent by" | "because" | "asked" | "after" | "unseen", false) => {
                card.push(blanked(&format!("{label} {text}"), way));
            }
            ("because" | "after" | "unseen", true) if !text.is_empty() => card.push(blanked(text, way)),
            _ => {}
        }
    }
    cards
}

/// Without what differs from machine to machine and from time to time.
fn blanked(text: &str, way: &str) -> String {
    let text = text
        .split(" ←")
        .next()
        .unwrap()
        .replace(&name(way), "NAME")
        .replace(&awaited(way), "NAME")
        .replace("uid 0 root", "USER");
    let between = |text: String, from: &str, to: &str, with: &str| match text.split_once(from) {
        Some((head, rest)) => match rest.split_once(to) {
            Some((_, tail)) => format!("{head}{from}{with}{to}{tail}"),
            None => format!("{head}{from}{rest}"),
        },
        None => text,
    };
    let text = between(text, "still alive ", " after", "D");
    let text = between(text, " (", ", handled", "T");
    let text = between(text, "memory cgroup ", "was at its limit", "");
    let text = text.replace(": a memory", ": memory");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        let hex = rest[at..].strip_prefix("0x");
        out.push_str(if hex.is_some() { "0xN" } else { "N" });
        let is_in = |c: char| if hex.is_some() { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
        rest = hex.unwrap_or(&rest[at..]).trim_start_matches(is_in);
    }
    out + rest
}

/// A `sigtop` that works until it is told to end, and who reads what it writes.
struct Working(Child, Option<JoinHandle<()>>);

impl Working {
    fn end(mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.0), Signal::INT).unwrap();
        let status = self.0.wait().unwrap();
        self.1.take().into_iter().for_each(|reader| reader.join().unwrap());
        status
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Records into a file, from when it has attached.
fn recording(file: &Path) -> Working {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.args(["record", "-o", "-"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut header = Vec::new();
    lines.read_until(b'\n', &mut header).unwrap();
    let mut file = File::create(file).unwrap();
    file.write_all(&header).unwrap();
    let reader = std::thread::spawn(move || {
        std::io::copy(&mut lines, &mut file).unwrap();
    });
    Working(child, Some(reader))
}

/// `why --wait`, from when it has attached.
fn waiting(args: &[&str]) -> (Working, BufReader<std::process::ChildStderr>) {
    let mut child = why(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("waiting for"), "{line}");
    (Working(child, None), stderr)
}

/// What it printed in the end, and how it ended.
fn answer(mut working: Working) -> (String, ExitStatus) {
    let mut stdout = working.0.stdout.take().unwrap();
    let (sender, read) = channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        let _ = sender.send(text);
    });
    let text = read.recv_timeout(GUARD).expect("an answer in time");
    (text, working.0.wait().unwrap())
}

fn expected(way: &str) -> Vec<String> {
    let (_, lines) = KINDS.iter().find(|(kind, _)| *kind == way).unwrap();
    lines.iter().map(|line| line.to_string()).collect()
}

#[test]
fn every_kind_of_death_is_explained_afterwards() {
    let Some(_leave) = harness::beside_others("every_kind_of_death_is_explained_afterwards") else { return };
    let file: PathBuf = harness::scratch("why.jsonl");
    let recorder = recording(&file);
    let mut skipped = Vec::new();
    for (way, _) in KINDS {
        let told = zoo_called(&name(way), way).output().unwrap();
        assert!(told.status.success(), "{way}");
        skipped.extend(String::from_utf8(told.stdout).unwrap().contains("\nskip ").then_some(way));
    }
    assert!(recorder.end().success());
    let file = file.to_str().unwrap();
    for (way, _) in KINDS.iter().filter(|(way, _)| !skipped.contains(way)) {
        let output = why(&[&name(way), "--all", "--replay", file]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(cards(&text, way).contains(&expected(way)), "{way}: {:#?}\n{text}", expected(way));
    }
    skipped.iter().for_each(|way| harness::tell(&format!("SKIPPED (not on this kernel): why {way}")));
    if !skipped.contains(&"oom") {
        let output = why(&[&name("oom"), "--json", "--replay", file]).output().unwrap();
        let deaths: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let death = deaths.iter().find(|death| death["end"] == "SIGKILL").unwrap();
        assert_eq!(death["exit"]["oom_limit"], 8 << 20);
        // What it held is counted roughly, but it had all of that cgroup.
        assert!((4 << 20..64 << 20).contains(&death["exit"]["oom_rss"].as_u64().unwrap()), "{death}");
    }
}

#[test]
fn deaths_are_explained_as_they_happen() {
    let Some(_leave) = harness::beside_others("deaths_are_explained_as_they_happen") else { return };
    let waiters: Vec<_> =
        AWAITED.iter().map(|way| (way, waiting(&["--wait", &awaited(way), "--buffer", "1M"]).0)).collect();
    for (way, waiter) in waiters {
        let told = zoo_called(&awaited(way), way).output().unwrap();
        if String::from_utf8(told.stdout).unwrap().contains("\nskip ") {
            harness::tell(&format!("SKIPPED (not on this kernel): why --wait {way}"));
            continue;
        }
        let (text, status) = answer(waiter);
        assert!(status.success(), "{way}: {status}");
        assert_eq!(cards(&text, way), [expected(way)], "{text}");
    }
}

/// A supervisor's way: it asks, it waits, it kills.
#[test]
fn an_escalation_is_told_from_its_beginning() {
    let Some(_leave) = harness::beside_others("an_escalation_is_told_from_its_beginning") else { return };
    let mut stubborn = Command::new("sh");
    stubborn.args(["-c", "trap 'echo took' TERM; echo ready; while :; do read x; done"]);
    let mut child = stubborn.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "ready");
    let (waiter, _stderr) = waiting(&["--wait", &child.id().to_string()]);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(said.next().unwrap().unwrap(), "took");
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    let (text, status) = answer(waiter);
    child.wait().unwrap();
    assert!(status.success());
    let lines = &cards(&text, "none")[0];
    assert_eq!(lines[0], "SIGKILL");
    let because = "because it was still alive D after SIGTERM (T, handled: the handler ran, the process stayed)";
    assert_eq!(lines[2], because, "{text}");
    assert!(lines[1].ends_with("USER, kill(), si_code SI_USER") && lines[3].ends_with(" too"), "{text}");
    assert_eq!(lines.len(), 4, "nothing that matters was missed: {text}");
}

/// A script of this name, that can be run.
fn script(name: &str, text: &str) -> PathBuf {
    let file = harness::scratch(name);
    harness::write_script(&file, &format!("#!/bin/bash\n{text}\n"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

/// `timeout` asks the child and its group, so that of two requests one comes to nothing.
#[test]
fn what_timeout_ends_is_told_by_the_request_that_was_taken() {
    let Some(_leave) = harness::beside_others("what_timeout_ends_is_told_by_the_request_that_was_taken") else {
        return;
    };
    // It hands on what it gets itself as it does when the time is over.
    let ended = |name: &str, text: &str| {
        let mut command = Command::new("timeout");
        command.args(["-k", "2", "1000"]).arg(script(name, text)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let (waiter, _stderr) = waiting(&["--wait", name]);
        let mut timeout = command.spawn().unwrap();
        let mut said = BufReader::new(timeout.stdout.take().unwrap()).lines();
        assert_eq!(said.next().unwrap().unwrap(), "ready");
        // It starts the program first and its clock then: a SIGTERM in between is followed by a SIGKILL 1000 s later.
        let process = procfs::process::Process::new(timeout.id() as i32).unwrap();
        while process.stat().unwrap().state != 'S' {
            std::thread::yield_now();
        }
        kill_process(Pid::from_child(&timeout), Signal::TERM).unwrap();
        let (text, _) = answer(waiter);
        timeout.wait().unwrap();
        (cards(&text, "none").remove(0), text)
    };
    let (lines, text) = ended("ystubborn", "trap 'echo took' TERM; echo ready; while :; do read x; done");
    let because = "because it was still alive D after SIGTERM (T, handled: the handler ran, the process stayed)";
    assert_eq!(
        (lines[0].as_str(), &lines[2..]),
        ("SIGKILL", &[because, "that SIGTERM came from timeout[N] too"].map(String::from)[..]),
        "{text}"
    );
    // One that dies of the first.
    let (lines, text) = ended("ymeek", "echo ready; read x");
    assert_eq!((lines[0].as_str(), lines.len()), ("SIGTERM", 2), "{text}");
    assert!(lines[1].starts_with("sent by timeout[N] USER, kill()") && !text.contains("before  "), "{text}");
}

/// As shells should do that clean up first.
#[test]
fn who_raises_again_what_it_was_sent_did_not_stay() {
    let Some(_leave) = harness::beside_others("who_raises_again_what_it_was_sent_did_not_stay") else { return };
    let raiser = script("yraiser", "trap 'trap - TERM; kill $$' TERM; echo ready; while :; do read x; done");
    let mut child = Command::new(&raiser).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "ready");
    let (waiter, _stderr) = waiting(&["--wait", &child.id().to_string()]);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    child.wait().unwrap();
    let (text, _) = answer(waiter);
    let lines = &cards(&text, "none")[0];
    assert_eq!(lines[..2], ["SIGTERM", "sent by itself, kill(), si_code SI_USER"], "{text}");
    assert!(lines[2].starts_with("because it raised again the SIGTERM that had come N"), "{text}");
    assert!(lines[2].ends_with(", handled)"), "{text}");
    assert!(lines[3].starts_with("that SIGTERM came from live-") && lines[3].ends_with("] USER"), "{text}");
}

#[test]
fn who_cannot_be_waited_for_is_said() {
    let Some(_leave) = harness::beside_others("who_cannot_be_waited_for_is_said") else { return };
    let mut child = Command::new("true").spawn().unwrap();
    let pid = child.id().to_string();
    // Dead, and not waited for: a zombie.
    let siginfo = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
    rustix::process::waitid(rustix::process::WaitId::Pid(Pid::from_child(&child)), siginfo).unwrap();
    let refused = |pid: &str, words: &str| {
        let output = why(&["--wait", pid]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(words) && said.contains("leave out --wait"), "{said}");
        assert_eq!(output.status.code(), Some(2));
    };
    refused(&pid, "is dead already");
    child.wait().unwrap();
    refused("4194305", "there is no process 4194305");
}

#[test]
fn waiting_can_be_ended() {
    let Some(_leave) = harness::beside_others("waiting_can_be_ended") else { return };
    let (waiter, mut stderr) = waiting(&["--wait", &std::process::id().to_string()]);
    let status = waiter.end();
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(said.starts_with("sigtop: ended; live-") && said.trim_end().ends_with("was not seen to die"), "{said}");
}
