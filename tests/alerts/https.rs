//! The webhook by TLS: delivered to whom the given authority vouches for, and to nobody else. The server is openssl's, with
//! certificates made here.

use super::{EXECS, Room, SIGTOP, rules};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{Permissions, set_permissions, write};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

/// A server that any client may talk to once, and what it hears.
struct Server {
    child: Child,
    heard: BufReader<std::process::ChildStdout>,
    port: u16,
}

fn openssl(room: &Room, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(&room.0).output().unwrap();
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// An authority, and a certificate of its for this host.
fn certify(room: &Room, authority: &str) {
    const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(
        room,
        &format!("req -x509 {KEY} -keyout {authority}.key -out {authority}.pem -days 2 -subj /CN={authority}"),
    );
    openssl(room, &format!("req {KEY} -keyout host.key -out host.csr -subj /CN=localhost"));
    write(room.at("host.ext"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    let by = format!("-CA {authority}.pem -CAkey {authority}.key -CAcreateserial");
    openssl(room, &format!("x509 -req -in host.csr {by} -out host.pem -days 2 -extfile host.ext"));
}

impl Server {
    fn start(room: &Room) -> Server {
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-key", "host.key", "-cert", "host.pem"]);
        command.current_dir(&room.0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut heard = BufReader::new(child.stdout.take().unwrap());
        let accepts = until(&mut heard, "ACCEPT ");
        let port = accepts.trim().rsplit_once(':').unwrap().1.parse().unwrap();
        Server { child, heard, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next line that holds this.
fn until(from: &mut impl BufRead, words: &str) -> String {
    let mut before = String::new();
    loop {
        let mut line = String::new();
        assert!(from.read_line(&mut line).unwrap() > 0, "no {words:?} in {before}");
        if line.contains(words) {
            return line;
        }
        before.push_str(&line);
    }
}

/// A run whose first exec is an alert for this server; this authority is trusted, and no other.
fn run(room: &Room, server: &Server, trusted: &str) -> Child {
    let (file, url) = (rules(room, EXECS), room.at("url"));
    write(&url, format!("https://127.0.0.1:{}/hooks/S3CRET\n", server.port)).unwrap();
    set_permissions(&url, Permissions::from_mode(0o600)).unwrap();
    let mut command = Command::new(SIGTOP);
    command.args(["log", "--demo=7", "--alerts-only", "--rules", &file, "--webhook", &format!("@{}", url.display())]);
    command.env("SSL_CERT_FILE", room.at(trusted)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Ends it, and what else it said.
fn end(mut child: Child, said: &mut impl Read) -> String {
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "{rest}");
    rest
}

#[test]
fn an_alert_goes_by_tls_to_whom_a_given_authority_vouches_for() {
    let room = Room::new("tls");
    certify(&room, "authority");
    let mut server = Server::start(&room);
    let mut child = run(&room, &server, "authority.pem");
    until(&mut server.heard, "POST /hooks/S3CRET HTTP/1.1");
    let body = until(&mut server.heard, r#""type":"alert""#);
    assert!(body.contains(r#""rule":"execs""#), "{body}");
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    server.child.stdin.as_mut().unwrap().write_all(answer).unwrap();
    let mut said = child.stderr.take().unwrap();
    let rest = end(child, &mut said); // of more alerts, perhaps, which nobody answers
    assert!(!rest.contains("certificate") && !rest.contains("S3CRET"), "{rest}");
}

/// Whoever answers there learns nothing, and the user learns why.
#[test]
fn nothing_goes_to_whom_nobody_vouches_for() {
    let room = Room::new("tls-unknown");
    certify(&room, "trusted");
    certify(&room, "stranger"); // whose certificate the host has now
    let mut server = Server::start(&room);
    let mut child = run(&room, &server, "trusted.pem");
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let why = until(&mut said, "takes no alerts");
    assert!(why.contains("TLS: invalid peer certificate: UnknownIssuer") && why.contains("they are kept"), "{why}");
    let rest = end(child, &mut said);
    assert!(rest.contains("not delivered to https://127.0.0.1:"), "{rest}");
    assert!(!why.contains("S3CRET") && !rest.contains("S3CRET"), "{why}{rest}");
    server.child.kill().unwrap();
    let mut heard = String::new();
    server.heard.read_to_string(&mut heard).unwrap();
    assert!(!heard.contains("POST") && !heard.contains("alert\""), "{heard}");
}

/// Who names authorities wants these and no others: where there are none, nothing begins.
#[test]
fn authorities_that_cannot_be_read_are_said_at_once() {
    let room = Room::new("tls-none");
    let file = rules(&room, EXECS);
    write(room.at("empty.pem"), "no certificate\n").unwrap();
    for (name, why) in [("absent.pem", "no such file"), ("empty.pem", "there is no certificate in it")] {
        let mut command = Command::new(SIGTOP);
        command.args(["log", "--demo", "--rules", &file, "--webhook", "https://127.0.0.1:1/"]);
        let output = command.env("SSL_CERT_FILE", room.at(name)).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{said}");
        assert!(said.contains(name) && said.contains(why) && said.contains("SSL_CERT_FILE"), "{said}");
    }
}
