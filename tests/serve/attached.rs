//! `--connect`: every mode as a client of a daemon, without privileges of its own.

use crate::daemon::{Client, Daemon, Room, SIGTOP};
use crate::harness;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

fn connect(socket: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(SIGTOP).args(more).args(["--connect", socket]).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn where_no_daemon_is_that_is_said_with_what_to_do() {
    let room = Room::new("none");
    let (code, _, said) = connect(room.at("none").to_str().unwrap(), &["log"]);
    assert_eq!(code, Some(3));
    assert!(said.contains("no socket") && said.contains("sigtop serve"), "{said}");
    drop(UnixListener::bind(room.at("dead")).unwrap());
    let (code, _, said) = connect(room.at("dead").to_str().unwrap(), &["log"]);
    assert_eq!(code, Some(3));
    assert!(said.contains("nobody serves"), "{said}");
    let other = UnixListener::bind(room.at("other")).unwrap();
    let speaking = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"220 mail.example ESMTP\n").unwrap();
        let _ = stream.read(&mut [0; 100]);
    });
    let (code, _, said) = connect(room.at("other").to_str().unwrap(), &["log"]);
    assert_eq!(code, Some(3));
    assert!(said.contains("does not speak as"), "{said}");
    speaking.join().unwrap();
}

/// Whatever comes from a socket is read as far as it can be, and what cannot be is said.
#[test]
fn what_a_daemon_says_that_cannot_be_read_is_counted_and_said() {
    let room = Room::new("hostile");
    let socket = room.at("s");
    let header =
        Command::new(SIGTOP).args(["--demo", "log", "--format", "json", "kind:lost"]).stdout(Stdio::piped()).spawn();
    let mut header = header.unwrap();
    let mut first = String::new();
    BufReader::new(header.stdout.take().unwrap()).read_line(&mut first).unwrap();
    header.wait().unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    let speaking = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut said = first.into_bytes();
        said.extend_from_slice(
            b"no line\n\xff\xfe\n{\"v\":1,\"type\":\"later\",\"mono_ns\":1}\n{\"v\":9,\"type\":\"signal\"}\n\n",
        );
        said.extend_from_slice(b"{\"v\":1,\"type\":\"filter\",\"mono_ns\":5,\"filter\":\"sig:9\",\"generation\":7}\n");
        said.extend(std::iter::repeat_n(b'x', 3 << 20));
        let _ = std::io::Write::write_all(&mut stream, &said); // it may hang up before the end of that
        let _ = stream.read(&mut [0; 100]);
    });
    let (code, out, said) = connect(socket.to_str().unwrap(), &["log", "--format", "json"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("line 2:") && said.contains("line 3:") && said.contains("newer sigtop"), "{said}");
    assert!(said.contains("a line has no end"), "{said}");
    assert_eq!(out.matches(r#""type":"lost""#).count(), 4, "{out}");
    speaking.join().unwrap();
}

/// What a client records is a recording like any other.
#[test]
fn what_a_daemon_says_can_be_recorded() {
    let room = Room::new("record");
    let (socket, file) = (room.at("s"), room.at("r.jsonl.zst"));
    let daemon = Daemon::start(&["--demo=7", "--socket", socket.to_str().unwrap()]);
    let mut record = Command::new(SIGTOP);
    record.args(["record", "-o"]).arg(&file).arg("--connect").arg(&socket).stderr(Stdio::piped());
    let mut record = record.spawn().unwrap();
    let mut said = BufReader::new(record.stderr.take().unwrap()).lines().map(Result::unwrap);
    said.next().unwrap();
    Client::connect(&socket).until("signal");
    assert!(daemon.end().0.success());
    assert!(record.wait().unwrap().success());
    let said: Vec<String> = said.collect();
    assert!(said.iter().any(|line| line.contains("the daemon at") && line.contains("has ended")), "{said:#?}");
    let replay = Command::new(SIGTOP)
        .args(["log", "--format", "json", "--events", "seen", "--replay"])
        .arg(&file)
        .output()
        .unwrap();
    let seen = String::from_utf8(replay.stdout).unwrap();
    assert!(seen.matches(r#""type":"seen""#).count() > 20, "{seen}");
}

#[test]
fn lines_of_a_daemon_are_narrowed_from_the_first_on_and_end_with_it() {
    let room = Room::new("log");
    let socket = room.at("s");
    let daemon = Daemon::start(&["--demo=7", "--socket", socket.to_str().unwrap()]);
    let mut log = Command::new(SIGTOP)
        .args(["log", "--format", "json", "sig:URG,CHLD", "--events", "signal", "--connect"])
        .arg(&socket)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(log.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains(r#""type":"header""#));
    for line in lines.by_ref().take(30) {
        assert!(line.contains(r#""signr":23"#) || line.contains(r#""signr":17"#), "{line}");
    }
    assert!(daemon.end().0.success());
    lines.for_each(drop);
    assert!(log.wait().unwrap().success());
    let mut said = String::new();
    log.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("the daemon at") && said.contains("has ended"), "{said}");
}

/// A program that anybody may run: the build directory may be closed to others.
fn open_copy(room: &Room) -> std::path::PathBuf {
    std::fs::set_permissions(&room.0, std::fs::Permissions::from_mode(0o755)).unwrap();
    let copy = room.at("sigtop");
    harness::copy_program(SIGTOP.as_ref(), &copy);
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap(); // whatever the mask
    copy
}

/// This kernel, seen by one who may nothing but use the socket.
#[test]
fn who_is_in_the_group_sees_this_kernel_and_who_is_not_does_not() {
    let name = "who_is_in_the_group_sees_this_kernel_and_who_is_not_does_not";
    let Some(_leave) = harness::beside_others(name) else { return };
    let room = Room::new("user");
    let (socket, program) = (room.at("s"), open_copy(&room));
    let daemon = Daemon::start(&["--socket", socket.to_str().unwrap(), "--socket-group", "65533"]);
    let run = |group: &str| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", group, "--clear-groups"]).arg(&program);
        command.args(["log", "sig:USR2", "--format", "json", "--connect"]).arg(&socket);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let refused = run("65534").output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("not permitted") && said.contains("--socket-group"), "{said}");

    let mut log = run("65533").spawn().unwrap();
    let mut lines = BufReader::new(log.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains(r#""type":"header""#));
    let mut idle = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    kill_process(Pid::from_child(&idle), Signal::USR2).unwrap();
    let pid = format!(r#""pid":{},"signr":12,"#, idle.id());
    let found =
        lines.find(|line| line.contains(r#""type":"signal""#) && line.contains(&pid)).expect("the signal is told");
    assert!(found.contains(r#""origin":"user""#), "{found}");
    idle.wait().unwrap();
    kill_process(Pid::from_child(&log), Signal::INT).unwrap();
    assert!(log.wait().unwrap().success());
    assert!(daemon.end().0.success());
}

/// Not root: a user with the capabilities that the unit gives, and no more.
#[test]
fn a_user_with_the_units_capabilities_can_serve() {
    let Some(_leave) = harness::beside_others("a_user_with_the_units_capabilities_can_serve") else { return };
    let room = Room::new("caps");
    let program = open_copy(&room);
    std::fs::create_dir(room.at("d")).unwrap();
    std::fs::set_permissions(room.at("d"), std::fs::Permissions::from_mode(0o755)).unwrap(); // whatever the mask
    std::os::unix::fs::chown(room.at("d"), Some(65534), Some(65534)).unwrap();
    let socket = room.at("d/s");
    let caps = crate::unit::capabilities();
    let caps: Vec<String> =
        caps.iter().map(|cap| format!("+{}", cap.trim_start_matches("CAP_").to_lowercase())).collect();
    let caps = caps.join(",");
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs"]);
    command.args([
        "--bounding-set",
        &format!("-all,{caps}"),
        "--inh-caps",
        &format!("-all,{caps}"),
        "--ambient-caps",
        &format!("-all,{caps}"),
    ]);
    command.arg(&program).args(["serve", "--socket"]).arg(&socket);
    let daemon = Daemon::start_by(command);
    let mut client = Client::connect(&socket);
    let header = client.object();
    assert_eq!(header["missing"], serde_json::json!([]), "nothing is missing to it: {header}");
    // What only root's own /proc says of root's processes: the program of this very test, and its cgroup.
    let own = loop {
        let object = client.object();
        assert_eq!(object["type"], "seen", "it is among those who are alive");
        if object["pid"] == std::process::id() {
            break object;
        }
    };
    let exe = std::env::current_exe().unwrap();
    assert_eq!(own["exe"].as_str(), exe.to_str(), "{own}");
    assert!(own["argv"].is_array(), "{own}");
    let mut idle = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    kill_process(Pid::from_child(&idle), Signal::USR1).unwrap();
    while client.until("exit")["pid"] != idle.id() {}
    idle.wait().unwrap();
    assert!(daemon.end().0.success());
}
