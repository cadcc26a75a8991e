//! What a test does not say of an event, made up: who does it to whom, by which call, with which outcome. What is given
//! stays; a process is as old as its pid is high, so that the same pid is the same process in all of a test.

use crate::event::Kind;
use serde_json::{Map, Value as Json, json};

/// Who does what nobody is named for, and whom it is done to.
pub(super) const ACTOR: u64 = 100;
pub(super) const TARGET: u64 = 200;
/// Children are numbered from here.
const CHILDREN: u64 = 10_000;

/// What is not given, made up.
pub(super) fn fill(map: &mut Map<String, Json>, kind: Kind, now_ns: u64, made: u64) {
    let mut or = |field: &str, value: Json| {
        map.entry(field).or_insert(value);
    };
    or("v", crate::event::wire::VERSION.into());
    or("type", kind.word().into());
    or("mono_ns", now_ns.into());
    match kind {
        Kind::Signal => fill_signal(map, made),
        Kind::Lost | Kind::Skipped => {
            or("kind", "signal".into());
            or("count", 1.into());
        }
        Kind::Clock => or("offset_ns", 0.into()),
        _ => {
            or("pid", if kind == Kind::Fork { CHILDREN + made } else { ACTOR }.into());
            fill_process(map, kind);
        }
    }
}

fn fill_process(map: &mut Map<String, Json>, kind: Kind) {
    let text = |map: &Map<String, Json>, field: &str| map.get(field).and_then(Json::as_str).unwrap_or("").to_string();
    fill_party(map, ACTOR);
    signal_number(map);
    let (filename, exe, address) = (text(map, "filename"), text(map, "exe"), text(map, "address"));
    let mut or = |field: &str, value: Json| {
        map.entry(field).or_insert(value);
    };
    match kind {
        Kind::Fork => or("ppid", ACTOR.into()),
        Kind::Seen => or("ppid", 1.into()),
        Kind::Exec => {
            or("gid", 0.into());
            or("filename", if exe.is_empty() { "/usr/bin/true".into() } else { exe.into() });
            or("exe", filename.into());
            or("cwd", "/".into());
        }
        Kind::Exit => or("code", 0.into()),
        Kind::Deliver => {
            or("signr", 15.into());
            or("disposition", "default".into());
            or("action", "terminate".into());
        }
        Kind::Open => {
            or("flags", json!([]));
            or("path", "/tmp/file".into());
        }
        Kind::Chmod => {
            or("mode", "0644".into());
            or("path", "/tmp/file".into());
        }
        Kind::Move => {
            or("from", "/tmp/before".into());
            or("path", "/tmp/file".into());
        }
        Kind::Connect => {
            let family = match address.chars().next() {
                Some('/' | '@') => "unix",
                _ if address.contains(':') => "inet6",
                _ => "inet",
            };
            or("family", family.into());
            if family != "unix" {
                or("address", "192.0.2.1".into());
                or("port", 80.into());
            }
        }
        _ => {}
    }
    if let Some(ppid) = map.get("ppid").and_then(Json::as_u64) {
        map.entry("parent_start_ns").or_insert(ppid.into());
    }
}

fn fill_signal(map: &mut Map<String, Json>, made: u64) {
    signal_number(map);
    let is_failed = map.contains_key("errno") || map.get("result").is_some_and(|result| result == "failed");
    let is_from_user = map.get("origin").is_none_or(|origin| origin == "user");
    let mut or = |field: &str, value: Json| {
        map.entry(field).or_insert(value);
    };
    or("id", made.into());
    or("signr", 15.into());
    or("origin", "user".into());
    or("scope", "process".into());
    if is_from_user {
        or("call", "kill".into());
        or("sender", json!({}));
    }
    or("result", if is_failed { "failed" } else { "queued" }.into());
    if is_failed {
        or("errno", "EPERM".into());
    }
    or("target", json!({}));
    for (field, pid) in [("sender", ACTOR), ("target", TARGET)] {
        if let Some(Json::Object(party)) = map.get_mut(field) {
            party.retain(|_, value| !value.is_null());
            fill_party(party, pid);
        }
    }
    let target = map.get("target").and_then(|target| target.get("pid")).cloned();
    map.entry("pid").or_insert(target.unwrap_or(TARGET.into()));
}

/// A process that is as old as its pid is high.
pub(super) fn fill_party(party: &mut Map<String, Json>, pid: u64) {
    let pid = party.entry("pid").or_insert(pid.into()).clone();
    for (field, value) in [("tid", pid.clone()), ("uid", 1000.into()), ("comm", "test".into()), ("start_ns", pid)] {
        party.entry(field).or_insert(value);
    }
}

/// `signal: KILL` says the number too.
fn signal_number(map: &mut Map<String, Json>) {
    let named = map.get("signal").and_then(Json::as_str).and_then(|name| crate::signal::Signal::parse(name).ok());
    if let Some(signal) = named {
        map.entry("signr").or_insert(signal.number().into());
    }
}
