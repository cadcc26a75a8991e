//! What a client gets, and what it may ask for.

use crate::daemon::{Client, Daemon, GUARD, Room, installed_with};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

fn demo(room: &Room) -> (Daemon, std::path::PathBuf) {
    let socket = room.at("s");
    (Daemon::start(&["--demo=7", "--socket", socket.to_str().unwrap()]), socket)
}

#[test]
fn the_stream_begins_with_a_header_and_who_is_alive() {
    let room = Room::new("begin");
    let (daemon, socket) = demo(&room);
    let mut client = Client::connect(&socket);
    let header = client.object();
    assert_eq!(
        (header["type"].as_str(), header["v"].as_u64(), header["host"].as_str()),
        (Some("header"), Some(1), Some("demo"))
    );
    let mut seen = 0;
    loop {
        let object = client.object();
        assert!(object["time"].is_string() && object["mono_ns"].is_u64(), "{object}");
        if object["type"] != "seen" {
            break;
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
    assert!(daemon.end().0.success());
    assert!(!client.rest().is_empty() || !socket.exists());
}

/// One who knows only `{"pid":671,"signr":9}`.
#[test]
fn an_older_client_that_takes_only_pid_and_signr_works_unchanged() {
    let room = Room::new("older");
    let (_daemon, socket) = demo(&room);
    #[derive(serde::Deserialize)]
    struct Older {
        pid: u32,
        signr: u8,
    }
    let stream = UnixStream::connect(&socket).unwrap();
    stream.set_read_timeout(Some(GUARD)).unwrap();
    let objects = BufReader::new(stream).lines().map_while(Result::ok);
    let mut signals = objects.filter_map(|line| serde_json::from_str::<Older>(&line).ok());
    for _ in 0..5 {
        let older = signals.next().unwrap();
        assert!(older.pid > 0 && (1..=64).contains(&older.signr));
    }
}

#[test]
fn a_line_of_filter_text_narrows_the_stream_of_this_client_alone() {
    let room = Room::new("filter");
    let (_daemon, socket) = demo(&room);
    let (mut one, mut other) = (Client::connect(&socket), Client::connect(&socket));
    let told = one.filter("sig:URG");
    assert_eq!((told["filter"].as_str(), told["generation"].as_u64()), (Some("sig:URG"), Some(1)));
    for _ in 0..3 {
        let object = one.object();
        assert_eq!(object["signr"], 23, "{object}");
    }
    other.until("fork"); // which has no signal
    let wrong = one.filter("sig:KILL form:bash");
    assert_eq!(
        (wrong["type"].as_str(), wrong["column"].as_u64(), wrong["v"].as_u64()),
        (Some("error"), Some(10), Some(1))
    );
    assert!(wrong["message"].as_str().unwrap().contains("from:") && wrong["expected"].is_string(), "{wrong}");
    assert_eq!(one.object()["signr"], 23, "the filter before stays in force");
    let told = one.filter("sig:CHLD");
    assert_eq!(told["generation"], 2);
    // What was sent before may still be taken.
    assert_eq!(one.until("signal")["signr"], 17);
}

#[test]
fn an_object_asks_as_a_dashboard_does() {
    let room = Room::new("object");
    let (_daemon, socket) = demo(&room);
    let mut client = Client::connect(&socket);
    let told = client.filter(r#"{"filter":"sig:KILL","narrows":"signals"}"#);
    assert_eq!(told["filter"], "sig:KILL");
    client.until("fork");
    let skipped = client.until("skipped");
    assert!(skipped["count"].as_u64() > Some(0) && skipped["signr"].is_u64(), "{skipped}");
}

#[test]
fn whatever_bytes_come_are_answered_in_words() {
    let room = Room::new("bytes");
    let (daemon, socket) = demo(&room);
    let mut client = Client::connect(&socket);
    for (bytes, said) in [
        (&b"sig:\xff\xfe\n"[..], "not UTF-8"),
        (&b"{\"filter\":7}\n"[..], "no request"),
        (&b"((((\n"[..], "no filter"),
        (&[b"a".repeat(70_000), b"\n".to_vec()].concat()[..], "longer than 64 KiB"),
        (&b"\0\0\0\n"[..], ""),
    ] {
        client.stream.write_all(bytes).unwrap();
        let object = loop {
            let object = client.object();
            if object["type"] == "error" || object["type"] == "filter" {
                break object;
            }
        };
        assert!(said.is_empty() || object["message"].as_str().unwrap().contains(said), "{object}");
    }
    assert_eq!(client.filter("sig:URG")["filter"], "sig:URG");
    // One that goes in the middle of a line, and one that goes without having read.
    Client::connect(&socket).stream.write_all(b"sig:").unwrap();
    Client::connect(&socket).ask("sig:KILL");
    assert_eq!(client.object()["signr"], 23);
    assert!(daemon.end().0.success());
}

#[test]
fn who_closes_its_own_side_goes_on_receiving() {
    let room = Room::new("half");
    let (mut daemon, socket) = demo(&room);
    let mut client = Client::connect(&socket);
    client.ask("sig:URG");
    client.stream.shutdown(Shutdown::Write).unwrap();
    client.until("filter");
    for _ in 0..30 {
        assert_eq!(client.object()["signr"], 23);
    }
    daemon.until("client 1 connected");
    drop(client);
    daemon.until("client 1 disconnected");
}

/// nc and socat as people use them, also with nothing to say.
#[test]
fn clients_that_people_have_get_the_stream() {
    let room = Room::new("real");
    let (_daemon, socket) = demo(&room);
    let socket = socket.to_str().unwrap();
    let address = format!("UNIX-CONNECT:{socket}");
    for (program, options, says) in [
        ("nc", &["-U", socket][..], "sig:URG\n"),
        ("nc", &["-N", "-U", socket][..], "sig:URG\n"),
        ("socat", &["-", &address][..], "sig:URG\n"),
        ("socat", &["-u", &address, "-"][..], ""),
        ("ncat", &["-U", socket][..], "sig:URG\n"),
    ] {
        let Some(program) = installed_with(program, options) else { continue };
        let mut command = Command::new(&program);
        let mut child = command.args(options).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(says.as_bytes()).unwrap();
        // nc with -N tells the daemon that nothing more will be said; socat would end.
        let kept = if options[0] == "-N" { None } else { Some(stdin) };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.next().unwrap().contains(r#""type":"header""#), "{program:?}");
        if says.is_empty() {
            lines.find(|line| line.contains(r#""type":"signal""#)).unwrap();
        } else {
            lines.find(|line| line.contains(r#""type":"filter""#)).unwrap();
            lines.by_ref().take(3).for_each(|line| assert!(line.contains(r#""signr":23"#), "{program:?}: {line}"));
        }
        drop(kept);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn there_is_an_end_to_clients() {
    let room = Room::new("many");
    let (_daemon, socket) = demo(&room);
    let mut clients: Vec<Client> = (0..256).map(|_| Client::knock(&socket)).collect();
    clients.iter_mut().for_each(|client| assert_eq!(client.object()["type"], "header"));
    let mut one_more = Client::connect(&socket);
    let said = one_more.object();
    assert_eq!(said["type"], "error");
    assert!(said["message"].as_str().unwrap().contains("256 clients"), "{said}");
    assert_eq!(one_more.line(), None);
    let mut first = clients.swap_remove(0);
    assert!(first.stream.read(&mut []).is_ok());
    first.until("signal");
}
