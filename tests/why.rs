//! `sigtop why` as people use it: recordings with a plot (`tests/why/*.jsonl`) in, cards out (`tests/why/*.snap`). What
//! depends on when it runs, how long ago somebody died, is blanked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests: a wrong test stops here

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::{self, JoinHandle};

fn scene(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/why").join(name)
}

/// A place of this test's own, empty.
fn scratch(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("why-{name}"));
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    place
}

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.arg("why").args(args).args(["--config", "/dev/null"]);
    command.env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR").output().unwrap()
}

/// `why` of this recording: what it prints, what it says on standard error, how it ends.
fn why(who: &str, place: &Path, more: &[&str]) -> String {
    let place = place.to_str().unwrap();
    let output = run(&[&[who, "--replay", place, "--time", "utc"], more].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let text = format!("{told}---\n{said}exit code {}\n", output.status.code().unwrap());
    blanked(&text).replace(place, "PLACE")
}

/// `3 s ago` as `AGO`.
fn blanked(text: &str) -> String {
    let line = |line: &str| match (line.find(" ago, after"), line.contains("  died ")) {
        (Some(end), true) => format!("{}, AGO{}", &line[..line[..end].rfind(", ").unwrap()], &line[end + 4..]),
        _ => line.to_string(),
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("why");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn the_last_step_of_an_escalation_is_told_with_those_before() {
    check("escalation", &why("nginx", &scene("nginx.jsonl"), &[]));
    check("escalation_ascii", &why("881", &scene("nginx.jsonl"), &["--ascii"]));
    check("each", &why("nginx", &scene("nginx.jsonl"), &["--all"]));
}

/// What `timeout -k` does, and a shell that raises again what it has handled; as this kernel told it.
#[test]
fn of_several_requests_the_one_that_was_taken_is_told() {
    check("timeout", &why("*", &scene("timeout.jsonl"), &["--all"]));
    let output = run(&["*", "--json", "--replay", scene("timeout.jsonl").to_str().unwrap()]);
    let deaths: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let then: Vec<&Value> = deaths.iter().map(|death| &death["asked"]["then"]).collect();
    assert_eq!(then, [&"raised".into(), &Value::Null, &"stayed".into()]);
}

#[test]
fn what_was_not_seen_is_said() {
    check("gaps", &why("*", &scene("late.jsonl"), &["--all"]));
}

#[test]
fn a_death_before_the_clock_was_set_keeps_its_time() {
    let place = scene("suspended.jsonl");
    let card = why("web", &place, &[]);
    assert!(card.contains("died 2026-11-20 17:37:50.000"), "{card}");
    let json: Value =
        serde_json::from_slice(&run(&["web", "--json", "--replay", place.to_str().unwrap()]).stdout).unwrap();
    assert_eq!(json[0]["time"], "2026-11-20T17:37:50.000000000Z");
}

#[test]
fn names_are_those_of_a_life() {
    check("many", &why("java", &scene("names.jsonl"), &[]));
    check("reused_pid", &why("100", &scene("names.jsonl"), &["--all"]));
    check("once", &why("start.sh", &scene("names.jsonl"), &[]));
    check("hostile", &why("201", &scene("names.jsonl"), &[]));
    // Its file's name, and a path.
    for who in ["/opt/jdk/bin/java", "jav*"] {
        assert!(why(who, &scene("names.jsonl"), &[]).starts_with("java[100]  died "), "{who}");
    }
    // Who is only called so after its parent is not found by that name.
    assert!(why("bash", &scene("names.jsonl"), &[]).contains("exit code 1"));
}

#[test]
fn where_nothing_is_found_it_says_where_it_looked() {
    check("lives", &why("bash", &scene("names.jsonl"), &[]));
    check("near", &why("ngixn", &scene("nginx.jsonl"), &[]));
    check("nobody", &why("4711", &scene("late.jsonl"), &[]));
}

#[test]
fn json_says_all_that_the_card_says() {
    let output = run(&["nginx", "--json", "--replay", scene("nginx.jsonl").to_str().unwrap()]);
    let deaths: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let pids: Vec<u64> = deaths.as_array().unwrap().iter().map(|death| death["pid"].as_u64().unwrap()).collect();
    assert_eq!(pids, [881, 885, 883, 882, 884]);
    let first = &deaths[0];
    assert_eq!(first["time"], "2026-11-20T17:31:12.121000000Z");
    assert_eq!((&first["end"], &first["unit"]), (&"SIGKILL".into(), &"nginx.service".into()));
    assert_eq!(first["cause"]["sender"]["comm"], "systemd");
    assert_eq!(first["cause"]["event"]["type"], "signal");
    let asker = &first["asked"]["sender"];
    assert_eq!((&asker["comm"], &asker["uid"], &asker["tty"]), (&"deploy.sh".into(), &1000.into(), &"pts/3".into()));
    let ancestors: Vec<&str> =
        asker["ancestors"].as_array().unwrap().iter().map(|process| process["comm"].as_str().unwrap()).collect();
    assert_eq!((ancestors, &asker["ancestors_complete"]), (vec!["bash", "sshd", "systemd"], &true.into()));
    assert_eq!(first["asked"]["before_ns"], 10_007_000_000_u64);
    assert_eq!(first["before"][0]["targets"].as_array().unwrap().len(), 3);
    assert_eq!(first["unseen"], Value::Array(Vec::new()));
    assert_eq!(deaths[4]["exit"]["address"], "0x10");
    // Events in it are those of the wire.
    let event = first["asked"]["event"].to_string();
    let wire: sigtop::event::wire::Wire = serde_json::from_str(&event).unwrap();
    assert!(wire.to_event().is_ok());
    let nobody = run(&["nobody", "--json", "--replay", scene("nginx.jsonl").to_str().unwrap()]);
    assert_eq!((nobody.stdout.as_slice(), nobody.status.code()), (&b"[]\n"[..], Some(1)));
    let late = run(&["881", "--json", "--replay", scene("late.jsonl").to_str().unwrap()]);
    let late: Value = serde_json::from_slice(&late.stdout).unwrap();
    assert_eq!(late[0]["unseen"].as_array().unwrap().len(), 4);
    assert_eq!(late[0]["cause"]["sender"]["ancestors_complete"], false);
}

/// A recorder that was killed, and a damaged disk: what is there is used, and what may be missing is said.
#[test]
fn torn_recordings_are_said_to_be_torn() {
    let place = scratch("torn");
    let text = fs::read_to_string(scene("nginx.jsonl")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    // A line shortly before the end, and the end itself.
    let term =
        lines.iter().position(|line| line.contains("\"comm\":\"deploy.sh\"") && line.contains("SIGTERM")).unwrap();
    lines[term] = &lines[term][..40];
    let damaged = place.join("damaged.jsonl");
    fs::write(&damaged, lines.join("\n") + "\n").unwrap();
    let said = why("881", &damaged, &[]);
    assert!(said.contains("unseen    1 line of the recording that cannot be read"), "{said}");
    assert!(said.contains("sent by   systemd[1]") && !said.contains("because"), "{said}");
    assert!(said.contains("sigtop: ") && said.contains("exit code 0"), "{said}");
    let death = text.find("{\"v\":1,\"type\":\"exit\",\"time\":\"2026-11-20T17:31:12").unwrap();
    let torn = place.join("torn.jsonl");
    fs::write(&torn, &text[..death + 60]).unwrap();
    let said = why("881", &torn, &[]);
    assert!(said.contains("exit code 1") && said.contains("nginx[881] lives, as far as was seen"), "{said}");
    assert!(said.contains("not all of it could be read"), "{said}");
}

/// The flight recorder's directory: every stream in it, and parts that belong together.
#[test]
fn every_stream_of_a_directory_is_looked_through() {
    let place = scratch("directory");
    for name in ["nginx.jsonl", "late.jsonl", "names.jsonl"] {
        fs::copy(scene(name), place.join(name)).unwrap();
    }
    check("directory", &why("nginx", &place, &[]));
    // The part before the last is gone: what was sent then is not known.
    let place = scratch("parts");
    let text = fs::read_to_string(scene("late.jsonl")).unwrap();
    fs::write(place.join("part.jsonl"), text.replace("\"part\":0", "\"part\":3")).unwrap();
    assert!(why("881", &place, &[]).contains("17:35:00.000: that part of the recording is gone"));
    let said = why("nginx", &scratch("empty"), &[]);
    assert!(said.contains("there is no recording in PLACE") && said.contains("--wait"), "{said}");
    assert!(said.contains("exit code 2"), "{said}");
}

#[test]
fn colours_are_for_terminals_or_on_request() {
    let place = scene("nginx.jsonl");
    let plain = why("881", &place, &[]);
    let coloured = why("881", &place, &["--color", "always"]);
    assert!(!plain.contains('\x1b') && coloured.contains("\x1b[1mnginx[881]\x1b[0m"), "{coloured}");
    let mut bare = String::new();
    let mut rest = coloured.as_str();
    while let Some((text, more)) = rest.split_once("\x1b[") {
        bare.push_str(text);
        rest = more.split_once('m').unwrap().1;
    }
    assert_eq!(bare + rest, plain);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let place = scene("nginx.jsonl");
    let said = why("881", &place, &["-s", "KILL"]);
    assert!(said.contains("looks at everything") && said.contains("exit code 2"), "{said}");
    let said = why("881", &place, &["--wait"]);
    assert!(said.contains("cannot be used with") && said.contains("exit code 2"), "{said}");
}

/// A made-up machine: it waits for the next death there.
#[test]
fn the_demo_can_be_asked_too() {
    let output = run(&["*", "--demo=7", "--time", "utc"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && told.contains("]  died 17:3"), "{told}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("waiting for the next process, whichever, to die"));
}

/// Of the options of every mode only those are in its help that mean something to it.
#[test]
fn its_help_is_its_own() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for option in ["--wait", "--replay", "--connect", "--color", "--ascii", "--buffer", "--config"] {
        assert!(help.contains(option), "{option}: {help}");
    }
    for option in ["--signal", "--pid", "--user", "--tty", "--comm", "--failed", "--theme", "--no-mouse", "--state"] {
        assert!(!help.contains(option), "{option}: {help}");
    }
}

/// A daemon of this test: says to who comes first what `talk` says. Its socket; what `talk` returns lives until it is
/// asked for.
fn daemon<T: Send + 'static>(
    name: &str,
    talk: impl FnOnce(UnixStream) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let socket = scratch(name).join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    (socket.to_str().unwrap().into(), thread::spawn(move || talk(listener.accept().unwrap().0)))
}

/// A daemon that goes before anybody died says nothing of deaths: that it went is said.
#[test]
fn the_end_of_the_daemon_is_said() {
    for more in [&[][..], &["--wait"]] {
        let text = fs::read_to_string(scene("nginx.jsonl")).unwrap();
        let snapshot: Vec<String> = text.lines().take(5).map(|line| line.to_string() + "\n").collect();
        let (socket, daemon) = daemon("daemon", move |mut stream| stream.write_all(snapshot.concat().as_bytes()));
        let output = run(&[&["nginx", "--connect", &socket], more].concat());
        daemon.join().unwrap().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("has ended"), "{said}");
        let words = "sigtop: the daemon ended; the next process called \"nginx\" was not seen to die\n";
        assert!(said.ends_with(words), "{said}");
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    }
}

/// Others' recordings: this is no wrong usage, and there is a way.
#[test]
fn what_may_not_be_read_is_said() {
    let place = scratch("others");
    let file = place.join("part.jsonl");
    fs::copy(scene("nginx.jsonl"), &file).unwrap();
    for (path, mode) in [(&file, 0o000), (&place, 0o000)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let said = unprivileged(&["nginx", "--replay", place.to_str().unwrap()]);
        assert!(said.contains("may not be read by you\n  run it with sudo"), "{said}");
        assert!(said.ends_with("exit code 3"), "{said}");
    }
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Standard error and exit code, of one who has no right but those of the files' modes.
fn unprivileged(args: &[&str]) -> String {
    let sigtop = env!("CARGO_BIN_EXE_sigtop");
    let mut command = match rustix::process::geteuid().is_root() {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--bounding-set=-all", "--inh-caps=-all", sigtop]);
            command
        }
        false => Command::new(sigtop),
    };
    let output = command.arg("why").args(args).args(["--config", "/dev/null"]).output().unwrap();
    format!("{}exit code {}", String::from_utf8(output.stderr).unwrap(), output.status.code().unwrap())
}

/// Who waits for a process whose end was lost would wait for ever.
#[test]
fn an_end_that_was_lost_is_no_reason_to_wait() {
    use sigtop::event::{CountEvent, Event, Kind, Name, Party, ProcKey, SeenEvent, Tty};
    use sigtop::sink::{Sink, json::Json};
    // In another pid namespace than the kernel's first nobody can say who has ended.
    if fs::read_link("/proc/self/ns/pid").unwrap().as_os_str() != "pid:[4026531836]" {
        let _ = std::io::stderr().write_all(b"SKIPPED (pid namespace): an_end_that_was_lost_is_no_reason_to_wait\n");
        return;
    }
    let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
    let stat = procfs::process::Process::new(child.id() as i32).unwrap().stat().unwrap();
    let start_ns = stat.starttime * 1_000_000_000 / procfs::ticks_per_second();
    let who = Party { key: ProcKey { pid: child.id(), start_ns }, tid: child.id(), uid: 0, name: Name::from("yslept") };
    let (mono_ns, kind, count) = (2, Some(Kind::Exit), 1);
    let (signal, sender, result) = (None, None, None);
    let lost = Event::Lost(CountEvent { mono_ns, kind, count, signal, sender, result, since_ns: None });
    let (exe, argv, cgroup) = (String::new(), Vec::new(), String::new());
    let (parent, tty, cgroup_id, zombie) = (None, Tty::NONE, 0, false);
    let seen = SeenEvent { mono_ns: 1, who, parent, tty, exe, argv, cgroup_id, cgroup, zombie };
    let (socket, daemon) = daemon("lost", move |stream| {
        let mut json = Json::new(&stream);
        json.header(&sigtop::source::synth::header()).unwrap();
        [Event::Seen(Box::new(seen)), lost].iter().for_each(|event| json.event(event).unwrap());
        json.flush().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        stream // and it goes on
    });
    let output = run(&["--wait", "yslept", "--connect", &socket]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("] has ended, and why is not known: its end was lost"), "{said}");
    assert_eq!(output.status.code(), Some(1));
    daemon.join().unwrap();
}
