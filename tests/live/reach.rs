//! Connections of every family and every outcome, as lines of JSON; each by a process of its own (tests/zoo/deed.c).

use crate::deeds::Place;
use crate::harness::{self, Line, Sigtop};
use crate::zoo::sigzoo;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::Stdio;

/// Whether an error is seen here at all: not where the security hook sees connections.
fn are_errors_seen(lines: &[Line]) -> bool {
    let roads = lines[0].json["roads"].to_string();
    assert!(roads.contains("connections are seen"), "{roads}");
    !roads.contains("a connect that then fails is told as done")
}

/// What a connect of this process says, without what stands in every line.
fn told(lines: &[Line], pid: u32) -> Value {
    let mut of_it = lines.iter().filter(|line| line.json["type"] == "connect" && line.json["pid"] == pid);
    let mut told = of_it.next().unwrap_or_else(|| panic!("no connect of {pid}")).json.clone();
    assert!(of_it.next().is_none(), "told twice: {told}");
    let object = told.as_object_mut().unwrap();
    let everywhere = ["v", "type", "time", "mono_ns", "pid", "tid", "uid", "comm", "start_ns"];
    everywhere.iter().for_each(|key| assert!(object.remove(*key).is_some(), "no {key}"));
    told
}

#[test]
fn every_family_and_every_outcome_is_told() {
    let Some(_leave) = harness::beside_others("every_family_and_every_outcome_is_told") else { return };
    const NOT_THERE: (i32, &str) = (2, "ENOENT");
    const REFUSED: (i32, &str) = (111, "ECONNREFUSED");
    const LATER: (i32, &str) = (115, "EINPROGRESS");
    const DONE: (i32, &str) = (0, "");
    let place = Place::new("reach");
    let (path, absent) = (place.path("socket"), place.path("absent"));
    let name = format!("sigtop-reach-{}", std::process::id());
    let _by_path = UnixListener::bind(&path).unwrap();
    let _by_name = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let port_of = |listener: &TcpListener| listener.local_addr().unwrap().port();
    let (four, six) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("[::1]:0").unwrap());
    let closed = port_of(&TcpListener::bind("127.0.0.1:0").unwrap());
    let (four, six) = (port_of(&four), port_of(&six));
    let unix = |path: &str| json!({"family": "unix", "address": path});
    let inet = |ip: &str, port: u16| json!({"family": if ip.contains(':') { "inet6" } else { "inet" }, "address": ip, "port": port});
    let sigtop = Sigtop::start(&["--events", "signal,connect", "-s", "URG"]);
    let mut done = Vec::new();
    for (kind, to, port, (errno, in_words), mut expected) in [
        ("unix", path.as_str(), 0, DONE, unix(&path)),
        ("unix", absent.as_str(), 0, NOT_THERE, unix(&absent)),
        ("abstract", name.as_str(), 0, DONE, unix(&format!("@{name}"))),
        ("abstract", "sigtop-nobody", 0, REFUSED, unix("@sigtop-nobody")),
        ("tcp", "127.0.0.1", four, DONE, inet("127.0.0.1", four)),
        ("tcp", "127.0.0.1", closed, REFUSED, inet("127.0.0.1", closed)),
        ("tcp-later", "127.0.0.1", four, LATER, inet("127.0.0.1", four)),
        ("tcp", "::1", six, DONE, inet("::1", six)),
        ("tcp-later", "::1", six, LATER, inet("::1", six)),
    ] {
        let child = sigzoo().args(["deed", "reach", kind, to, &port.to_string()]).stdin(Stdio::null()).spawn().unwrap();
        let pid = child.id();
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(errno), "{kind} {to}");
        if errno != 0 {
            expected["errno"] = in_words.into();
        }
        done.push((pid, expected));
    }
    let lines = sigtop.stop();
    let are_errors_seen = are_errors_seen(&lines);
    for (pid, mut expected) in done {
        if !are_errors_seen {
            expected.as_object_mut().unwrap().remove("errno");
        }
        assert_eq!(told(&lines, pid), expected);
    }
}
