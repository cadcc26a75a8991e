//! Rules at work in every mode, by the real program: what is printed, logged, posted, served and recorded, and what a reload
//! does. The engine itself is tested in src/rules, the webhook's manners in src/app/rules/post/tests.rs.
//!
//! Nothing here sleeps: who waits, waits for a line, a process or a byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests: a wrong test stops here

#[path = "alerts/https.rs"]
mod https;

#[path = "alerts/disk.rs"]
mod disk;

#[path = "serve/daemon.rs"]
#[allow(dead_code)] // of what tests of serve need, a part
mod daemon;

use daemon::{Client, Daemon, GUARD, Room, SIGTOP};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sigtop::source::synth::{HISTORY_NS, header};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

const KILLS: &str = "rules:\n  - name: kills\n    on: signal\n    where: sig:KILL\n    severity: high\n";
const EXECS: &str = "rules:\n  - name: execs\n    on: exec\n    severity: critical\n    debounce: 1h\n";
const NEVER: &str = "rules:\n  - name: never\n    on: signal\n    where: sig:KILL from:nobody-is-called-so\n";
const WRONG: &str = "rules:\n  - name: kills\n    on: sginal\n";

fn rules(room: &Room, text: &str) -> String {
    let path = room.at("rules.yaml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().into()
}

fn run(args: &[&str]) -> Output {
    Command::new(SIGTOP).args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A minute of a made-up machine, recorded: what is read from it ends by itself.
fn recording(room: &Room) -> String {
    recording_with(room, &[])
}

fn recording_with(room: &Room, more: &[&str]) -> String {
    let path = room.at("demo.jsonl").to_str().unwrap().to_string();
    let mut child = Command::new(SIGTOP)
        .args(["record", "--demo=7", "-o", &path])
        .args(more)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut lines = stderr.lines();
    lines.next().unwrap().unwrap(); // it has begun: the past comes at once, and all of it is waited for
    let is_past = |line: &str| {
        let object: Option<Value> = serde_json::from_str(line).ok(); // the last may be torn
        object.and_then(|object| object["mono_ns"].as_u64()).is_some_and(|ns| ns >= header().mono_ns + HISTORY_NS)
    };
    while !std::fs::read_to_string(&path).is_ok_and(|text| text.lines().rev().take(2).any(is_past)) {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert!(child.wait().unwrap().success());
    path
}

struct Running {
    child: Child,
    out: Receiver<String>,
}

impl Running {
    fn log(args: &[&str]) -> Running {
        let mut command = Command::new("env");
        command.args(["--default-signal=HUP", SIGTOP, "log"]).args(args); // the tests may run under nohup
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, out) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        thread::spawn(move || lines.map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        Running { child, out }
    }

    fn line(&mut self) -> String {
        self.out.recv_timeout(GUARD).expect("the stream goes on")
    }

    /// The demo goes on for ever: what is waited for must come soon.
    fn until(&mut self, words: &str) -> String {
        let began = Instant::now();
        loop {
            let line = self.line();
            if line.contains(words) {
                return line;
            }
            assert!(began.elapsed() < GUARD, "no {words:?} yet");
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it; its exit code and what it said.
    fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        self.signal(signal);
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (status.code(), said)
    }
}

#[test]
fn alerts_stand_among_the_other_lines_behind_their_events() {
    let room = Room::new("among");
    let (file, recording) = (rules(&room, KILLS), recording(&room));
    let all = text(&run(&["log", "--replay", &recording, "--rules", &file]).stdout);
    let lines: Vec<&str> = all.lines().collect();
    let at = lines.iter().position(|line| line.contains("] ALERT: high kills")).expect("a process is killed");
    assert!(lines[at - 1].contains("] SIGNAL: SIGKILL"), "{}", lines[at - 1]);
    assert!(!all.contains('\x1b'), "no terminal, no colour");
    let alerts = all.lines().filter(|line| line.contains("] ALERT: "));
    let only = text(&run(&["log", "--replay", &recording, "--rules", &file, "--alerts-only"]).stdout);
    assert!(alerts.eq(only.lines()), "{only}");
    let coloured =
        text(&run(&["log", "--replay", &recording, "--rules", &file, "--alerts-only", "--color", "always"]).stdout);
    assert_eq!(coloured.lines().count(), only.lines().count());
    assert!(coloured.lines().all(|line| line.contains("] \x1b[1;31mALERT: high\x1b[0m kills ")), "{coloured}");
}

/// What the user narrows, rules see all the same.
#[test]
fn a_filter_of_the_user_hides_nothing_from_the_rules() {
    let room = Room::new("hides");
    let (file, recording) = (rules(&room, KILLS), recording(&room));
    let json = |more: &[&str]| {
        let args = [&["log", "--replay", &recording, "--rules", &file, "--format", "json"], more].concat();
        let lines = text(&run(&args).stdout);
        let alerts: Vec<String> =
            lines.lines().filter(|line| line.contains(r#""type":"alert""#)).map(Into::into).collect();
        (alerts, lines)
    };
    let ((all, _), (narrowed, lines)) = (json(&[]), json(&["sig:USR1"]));
    assert!(!all.is_empty());
    assert_eq!(all, narrowed);
    let objects = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let signals: Vec<Value> = objects.filter(|object| object["type"] == "signal").collect();
    assert!(!signals.is_empty() && signals.iter().all(|object| object["signal"] == "SIGUSR1"), "{signals:?}");
}

#[test]
fn an_alert_makes_the_exit_code_one_however_it_ends() {
    let room = Room::new("fails");
    let recording = recording(&room);
    let code = |rules: &str| {
        run(&["log", "--replay", &recording, "--rules", rules, "--alerts-only", "--fail-on-alert"]).status.code()
    };
    assert_eq!(code(&rules(&room, KILLS)), Some(1));
    assert_eq!(code(&rules(&room, NEVER)), Some(0));
    let file = rules(&room, EXECS);
    for signal in [Signal::INT, Signal::TERM] {
        let mut running = Running::log(&["--demo=7", "--rules", &file, "--alerts-only", "--fail-on-alert"]);
        running.until("ALERT: critical execs");
        assert_eq!(running.end(signal).0, Some(1));
    }
    let out = room.at("r.jsonl");
    let code =
        run(&["record", "--replay", &recording, "--rules", &file, "--fail-on-alert", "-o", out.to_str().unwrap()]);
    assert_eq!(code.status.code(), Some(1), "{}", text(&code.stderr));
}

/// A recording that was made with rules gives the same alerts by the same rules, and those that it holds are not told
/// twice.
#[test]
fn the_same_rules_find_the_same_in_what_was_recorded_with_them() {
    let room = Room::new("same");
    let (file, demo) = (rules(&room, &format!("{KILLS}{}", EXECS.trim_start_matches("rules:\n"))), recording(&room));
    let out = room.at("with.jsonl").to_str().unwrap().to_string();
    // Narrowed by the user: the recording still holds what the rules saw.
    assert!(run(&["record", "--replay", &demo, "--rules", &file, "-o", &out, "sig:USR1"]).status.success());
    let alerts = |text: String| -> Vec<String> {
        text.lines().filter(|line| line.contains(r#""type":"alert""#)).map(Into::into).collect()
    };
    let recorded = alerts(std::fs::read_to_string(&out).unwrap());
    assert!(recorded.len() > 1);
    let again = alerts(text(&run(&["log", "--format", "json", "--replay", &out, "--rules", &file]).stdout));
    assert_eq!(recorded, again);
}

#[test]
fn a_wrong_file_is_told_whole_and_nothing_begins() {
    let room = Room::new("wrong");
    let file = rules(&room, WRONG);
    for mode in
        [&["log", "--demo"][..], &["serve", "--demo", "--socket", "/nonexistent/s"], &["record", "--demo", "-o", "-"]]
    {
        let output = run(&[mode, &["--rules", &file]].concat());
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
        assert!(
            said.contains("rules.yaml:3:9: ") && said.contains("did you mean signal?") && said.contains('^'),
            "{said}"
        );
    }
}

#[test]
fn the_alert_log_is_appended_to_and_its_owners_alone() {
    let room = Room::new("log");
    let (file, recording) = (rules(&room, KILLS), recording(&room));
    let log = room.at("alerts.jsonl");
    let args =
        ["log", "--replay", &recording, "--rules", &file, "--alert-log", log.to_str().unwrap(), "--format", "json"];
    let printed = text(&run(&args).stdout);
    let printed: Vec<&str> = printed.lines().filter(|line| line.contains(r#""type":"alert""#)).collect();
    run(&args);
    let logged = std::fs::read_to_string(&log).unwrap();
    let named = |line: &&str| line.replacen('{', r#"{"host":"demo","#, 1);
    let expected: Vec<String> = printed.iter().chain(&printed).map(named).collect();
    assert_eq!(logged.lines().collect::<Vec<_>>(), expected);
    assert_eq!(log.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let nowhere = run(&["log", "--demo", "--rules", &file, "--alert-log", "/nonexistent/x"]);
    assert!(text(&nowhere.stderr).contains("cannot write the alert log /nonexistent/x: no such directory"));
}

/// SIGHUP: other rules hold; wrong ones do not, and that is said; the run goes on.
#[test]
fn rules_are_read_again_on_sighup_and_a_wrong_file_changes_nothing() {
    let room = Room::new("again");
    let file = rules(&room, EXECS);
    let mut running = Running::log(&["--demo=7", "--rules", &file, "--alerts-only"]);
    let mut said = BufReader::new(running.child.stderr.take().unwrap()).lines();
    running.until("ALERT: critical execs");
    rules(&room, WRONG);
    running.signal(Signal::HUP);
    let line = said.next().unwrap().unwrap();
    assert!(line.contains("the rules stay as they were: ") && line.contains("rules.yaml:3:9: "), "{line}");
    rules(&room, &format!("{WRONG}  - name: sends\n    on: signal\n    severty: low\n"));
    running.signal(Signal::HUP);
    for part in [
        "the rules stay as they were: 2 mistakes in them",
        "rules.yaml:3:9: ",
        "rules.yaml:6:5: ",
        "try: sigtop rules check ",
    ] {
        let line = said.next().unwrap().unwrap();
        assert!(line.starts_with("sigtop: ") && line.contains(part), "{line}");
    }
    rules(&room, &EXECS.replace("execs", "others"));
    running.signal(Signal::HUP);
    assert_eq!(said.next().unwrap().unwrap(), "sigtop: rules read again: 1 rule in force, 1 new, 1 gone");
    running.until("ALERT: critical others");
    running.signal(Signal::TERM);
    assert!(running.child.wait().unwrap().success());
}

/// They go on: what happens after the refusal is held against them.
#[test]
fn the_old_rules_fire_after_a_wrong_file_was_refused() {
    let room = Room::new("goes-on");
    let file = rules(&room, &EXECS.replace("1h", "0s"));
    let began = std::time::Instant::now();
    let mut running = Running::log(&["--demo=7", "--rules", &file, "--format", "json", "--events", "exec,alert"]);
    let mut said = BufReader::new(running.child.stderr.take().unwrap()).lines();
    let mono_ns = |line: String| serde_json::from_str::<Value>(&line).unwrap()["mono_ns"].as_u64().unwrap();
    let header = mono_ns(running.until(r#""type":"header""#));
    rules(&room, WRONG);
    running.signal(Signal::HUP);
    assert!(said.next().unwrap().unwrap().contains("the rules stay as they were: "));
    // The demo's time goes as ours does, once its past was told; and it began after this clock.
    let refused = header + HISTORY_NS + u64::try_from(began.elapsed().as_nanos()).unwrap();
    while mono_ns(running.until(r#""type":"exec""#)) <= refused {}
    let next = running.line();
    assert!(next.contains(r#""rule":"execs""#), "no alert behind an exec: {next}");
    running.signal(Signal::TERM);
    assert!(running.child.wait().unwrap().success());
}

#[test]
fn a_daemon_tells_its_clients_its_log_and_its_alert_log() {
    let room = Room::new("daemon");
    let (file, log, socket) = (rules(&room, EXECS), room.at("alerts.jsonl"), room.at("s"));
    let options = ["--demo=7", "--socket", socket.to_str().unwrap(), "--rules", &file];
    let mut daemon = Daemon::start(&[&options[..], &["--alert-log", log.to_str().unwrap()]].concat());
    let line = daemon.until("ALERT: critical execs");
    let time = line.strip_prefix("sigtop: ").and_then(|line| line.split_once(" ALERT: ")).unwrap().0;
    let is_time = time.chars().all(|c| c.is_ascii_digit() || "-T:.Z".contains(c));
    assert!(is_time && time.contains('T') && time.ends_with('Z'), "only the journal has its own: {line}");
    let mut client = Client::connect(&socket);
    client.until("header");
    client.filter("sig:USR1"); // alerts pass whatever a client asked for
    rules(&room, &EXECS.replace("execs", "others"));
    std::fs::rename(&log, room.at("alerts.jsonl.1")).unwrap();
    daemon.signal(Signal::HUP);
    assert!(daemon.until("SIGHUP: ").ends_with("the alert log is opened anew; the rules are read again"));
    daemon.until("rules read again: 1 rule in force, 1 new, 1 gone");
    while client.until("alert")["rule"] != "others" {}
    rules(&room, WRONG);
    daemon.signal(Signal::HUP);
    let why = daemon.until("the rules stay as they were: ");
    assert!(why.contains("rules.yaml:3:9: "), "{why}");
    let (status, _) = daemon.end();
    assert!(status.success());
    let of = |path: &Path, name: &str| std::fs::read_to_string(path).unwrap().contains(&format!(r#""rule":"{name}""#));
    assert!(of(&room.at("alerts.jsonl.1"), "execs") && of(&log, "others"));
}

/// The next that connects; nobody is waited for without end.
fn accepted(listener: &TcpListener) -> TcpStream {
    let patience = Timespec { tv_sec: GUARD.as_secs() as i64, tv_nsec: 0 };
    assert!(poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&patience)).unwrap() > 0, "nobody comes");
    listener.accept().unwrap().0
}

/// The secrets are in files and in the environment: they reach the webhook, and nobody who lists processes.
#[test]
fn the_webhook_gets_alerts_and_no_process_list_gets_secrets() {
    let room = Room::new("hook");
    let file = rules(&room, EXECS);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, headers) = (room.at("url"), room.at("headers"));
    std::fs::write(&url, format!("http://{}/hooks/S3CRETPATH\n", listener.local_addr().unwrap())).unwrap();
    std::fs::write(&headers, "X-Key: S3CRETKEY\n").unwrap();
    let private = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    private(&url);
    private(&headers);
    let at_url = format!("@{}", url.display());
    let mut child = Command::new(SIGTOP)
        .args(["log", "--demo=7", "--alerts-only", "--rules", &file, "--webhook", &at_url, "--webhook-headers"])
        .arg(&headers)
        .env("SIGTOP_WEBHOOK_TOKEN", "S3CRETTOKEN")
        .env("HTTP_PROXY", "http://127.0.0.1:9") // no proxy has to do with this machine's own servers
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stream = accepted(&listener);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let head = head.to_lowercase();
    let length = head.split_once("content-length: ").unwrap().1.split_once("\r\n").unwrap().0.parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let shown = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(!text(&shown).contains("S3CRET"));
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    assert!(head.starts_with("post /hooks/s3cretpath "));
    assert!(head.contains("x-key: s3cretkey\r\n") && head.contains("authorization: bearer s3crettoken\r\n"), "{head}");
    let alert: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&alert["rule"], &alert["host"]), (&"execs".into(), &"demo".into()));
    drop(listener);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success() && !said.contains("S3CRET"), "{said}");
}

#[test]
fn what_makes_no_sense_of_webhooks_is_said() {
    let room = Room::new("nonsense");
    let file = rules(&room, EXECS);
    let said = |more: &[&str]| {
        let output = run(&[&["log", "--demo", "--rules", &file], more].concat());
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        text(&output.stderr)
    };
    assert!(said(&["--webhook", "example.org"]).contains("it is a URL"));
    let headers = room.at("headers");
    std::fs::write(&headers, "X: S3CRET\n").unwrap();
    std::fs::set_permissions(&headers, std::fs::Permissions::from_mode(0o644)).unwrap();
    let with = ["--webhook", "http://127.0.0.1:1/", "--webhook-headers", headers.to_str().unwrap()];
    let open = said(&with);
    assert!(open.contains("everybody can read it") && !open.contains("S3CRET"), "{open}");
    assert!(said(&with[2..]).contains("headers, but no webhook"));
    for format in ["alertmanager", "json"] {
        assert!(said(&["--webhook-format", format]).contains("a format, but no webhook"));
    }
}

#[test]
fn the_alert_log_is_no_stream_of_the_shells() {
    let room = Room::new("stream");
    let file = rules(&room, EXECS);
    for stream in ["-", "/dev/stdout", "/dev/stderr"] {
        let mut command = Command::new(SIGTOP);
        command.args(["log", "--demo", "--rules", &file, "--alert-log", stream]).current_dir(&room.0);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("the alert log is a file, not {stream}\n")), "{said}");
        assert!(said.contains("sigtop log --alerts-only --format json"), "{said}");
    }
    assert!(!room.at("-").exists());
}

/// Rules look for some of it: what the user asked for is printed whole all the same.
#[test]
fn rules_narrow_nothing_of_what_events_asks_for() {
    let room = Room::new("whole");
    let recording = recording_with(&room, &["--events", "open,chmod,connect"]);
    let all = std::fs::read_to_string(&recording).unwrap();
    assert!(all.contains(r#""type":"signal""#), "they are told beside all else");
    let file =
        rules(&room, "rules:\n  - name: shadow\n    on: open\n    where: path:/etc/shadow\n    severity: high\n");
    let log = |more: &[&str]| text(&run(&[&["log", "--replay", &recording], more].concat()).stdout);
    for asked in [&["--events", "open,chmod,connect,alert"][..], &["kind:open,chmod"], &["kind:open path:/etc/**"], &[]]
    {
        let without = log(asked);
        let with = log(&[asked, &["--rules", &file]].concat());
        let but_alerts: Vec<&str> = with.lines().filter(|line| !line.contains("] ALERT: ")).collect();
        assert_eq!(but_alerts, without.lines().collect::<Vec<&str>>(), "{asked:?}");
        let told = ["] OPEN: ", "] CHMOD: "].map(|word| without.contains(word));
        assert_eq!(told, [!asked.is_empty(), asked.concat().contains("chmod")], "{asked:?}");
    }
}

/// What rules need beside what the user asks for is no filter of the user's.
#[test]
fn what_rules_need_is_told_to_nobody_as_a_filter() {
    let room = Room::new("unfiltered");
    let (file, demo) = (rules(&room, KILLS), recording(&room));
    let out = room.at("with.jsonl").to_str().unwrap().to_string();
    let filters = |more: &[&str]| -> Vec<Value> {
        let args = [&["record", "--replay", &demo, "--rules", &file, "--force", "-o", &out], more].concat();
        assert!(run(&args).status.success());
        let recorded = std::fs::read_to_string(&out).unwrap();
        let objects = recorded.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        objects.filter(|object| object["type"] == "filter").map(|object| object["filter"].clone()).collect()
    };
    assert_eq!(filters(&[]), [""; 0]);
    assert_eq!(filters(&["sig:USR1"]), ["sig:USR1"]);
}

/// A daemon that looks for no opens tells none: that is said, and what it tells is told.
#[test]
fn who_attaches_hears_what_the_daemon_does_not_tell() {
    let room = Room::new("untold");
    let (plain, telling) = (room.at("s"), room.at("t"));
    let _plain = Daemon::start(&["--demo=7", "--socket", plain.to_str().unwrap()]);
    let _telling = Daemon::start(&["--demo=7", "--events", "open", "--socket", telling.to_str().unwrap()]);
    let file = rules(&room, "rules:\n  - name: opens\n    on: open\n");
    let untold = "sigtop: start the daemon with --events open for all of it: it tells no open";
    for asked in [&["--events", "open,fork"][..], &["kind:open,fork"], &["--rules", &file]] {
        let mut running = Running::log(&[&["--connect", plain.to_str().unwrap()], asked].concat());
        running.line();
        let (_, said) = running.end(Signal::TERM);
        assert_eq!(said.trim_end(), untold, "{asked:?}");
        let mut running = Running::log(&[&["--connect", telling.to_str().unwrap()], asked].concat());
        running.until(if asked[0] == "--rules" { "] ALERT: " } else { "] OPEN: " });
        let (_, said) = running.end(Signal::TERM);
        assert_eq!(said, "", "{asked:?}");
    }
}

#[test]
fn rules_that_fire_over_a_recording_fail_if_they_shall() {
    let room = Room::new("tested");
    let (file, recording) = (rules(&room, KILLS), recording(&room));
    let code = |more: &[&str]| run(&[&["rules", "test", &file, "--replay", &recording], more].concat()).status.code();
    assert_eq!((code(&[]), code(&["--fail-on-alert"])), (Some(0), Some(1)));
    rules(&room, NEVER);
    assert_eq!(code(&["--fail-on-alert"]), Some(0));
}
