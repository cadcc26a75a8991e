//! Rules: what is read, what is refused, and what fires.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod builtin;
mod exact;
mod fires;
mod refused;
mod tried;

use super::*;
use crate::event::*;

/// The rules in this text, which are right.
fn set(text: &str) -> RuleSet {
    read(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn read(text: &str) -> Result<RuleSet, Vec<Problem>> {
    let file = File { name: "test.yaml".into(), text: text.into() };
    RuleSet::read(&[file], &|name| (name == "root").then_some(0))
}

const S: u64 = 1_000_000_000;
const MS: u64 = 1_000_000;

fn key(pid: u32) -> ProcKey {
    ProcKey { pid, start_ns: u64::from(pid) }
}

fn party(pid: u32) -> Party {
    Party { key: key(pid), tid: pid, uid: 1000, name: Name::from("p") }
}

fn fork(mono_ns: u64, parent: u32, child: u32) -> Event {
    Event::Fork(ForkEvent { mono_ns, child: party(child), parent: key(parent) })
}

fn open(mono_ns: u64, pid: u32, path: &str) -> Event {
    file(mono_ns, pid, path, Deed::Open { flags: 0, created: false })
}

fn chmod(mono_ns: u64, pid: u32, path: &str) -> Event {
    file(mono_ns, pid, path, Deed::Chmod { before: Some(0o644), mode: 0o755 })
}

fn file(mono_ns: u64, pid: u32, path: &str, deed: Deed) -> Event {
    let who = party(pid);
    Event::File(Box::new(FileEvent { mono_ns, who, deed, path: path.into(), same_as: String::new(), errno: None }))
}

fn exec(mono_ns: u64, pid: u32, filename: &str, exe: &str) -> Event {
    Event::Exec(Box::new(ExecEvent {
        mono_ns,
        who: party(pid),
        gid: 0,
        tty: Tty::NONE,
        filename: filename.into(),
        argv: Vec::new(),
        argv_cut: false,
        cwd: "/home/u".into(),
        exe: exe.into(),
    }))
}

fn connect(mono_ns: u64, pid: u32, address: &str) -> Event {
    let address = Address::Inet(address.parse().unwrap());
    Event::Connect(Box::new(ConnectEvent { mono_ns, who: party(pid), address, errno: None }))
}

fn moved(mono_ns: u64, pid: u32, cgroup: &str) -> Event {
    Event::Cgroup(Box::new(CgroupEvent { mono_ns, who: party(pid), cgroup_id: 1, cgroup: cgroup.into() }))
}

/// All alerts of a stream, in a line each: `name@ms[xfolded][ by]`.
fn alerts(rules: &str, events: &[Event]) -> Vec<String> {
    let mut engine = Engine::new(set(rules));
    let mut alerts = Vec::new();
    events.iter().for_each(|event| engine.take(event, &mut alerts));
    engine.finish(&mut alerts);
    alerts.iter().map(line).collect()
}

fn line(alert: &AlertEvent) -> String {
    let folded = if alert.is_folded() { format!(" x{}", alert.folded) } else { String::new() };
    let by = if alert.by.is_empty() { String::new() } else { format!(" {}", alert.by) };
    format!("{}@{}{folded}{by}", alert.rule.name, alert.mono_ns / MS)
}

#[test]
fn the_built_in_rules_are_right() {
    RuleSet::read(&RuleSet::builtin(), &|_| Some(0)).unwrap();
    for file in RuleSet::builtin() {
        let checked = trial::check(&file, &|_| Some(0)).unwrap();
        assert!(checked.failed.is_empty(), "{checked:#?}");
    }
}
