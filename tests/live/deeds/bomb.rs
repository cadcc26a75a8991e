//! A fork bomb of 5,000 processes in a cgroup that holds no more: the alert comes while it goes on, what does not fit is
//! said, and the machine lives.

use super::{BUILTIN, Group, Kept, PRINTED, alerts};
use crate::harness::{self, Sigtop};
use crate::zoo::sigzoo;
use sigtop::event::{Event, Kind};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// How many processes the cgroup may hold.
const LIMIT: u64 = 5000;

#[test]
fn a_fork_bomb_is_told_while_it_goes_on() {
    let Some(_leave) = harness::alone("a_fork_bomb_is_told_while_it_goes_on") else { return };
    let Some(group) = Group::new(&format!("sigtop-bomb-{}", std::process::id())) else { panic!("no cgroups here") };
    fs::write(group.paths[0].join("pids.max"), LIMIT.to_string()).unwrap();
    let options = [&["--rules", BUILTIN][..], &PRINTED, &["--events", "fork"]].concat();
    let mut sigtop = Sigtop::start(&options);
    let mut command = sigzoo();
    command.args(["deed", "bomb"]).args(&group.paths).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut bomb = Kept(command.spawn().unwrap());
    let mut said = BufReader::new(bomb.0.stdout.take().unwrap());
    let mut line = String::new();

    // It is read while the processes live: none of them ends before this test says so.
    sigtop.until(|line| line.contains("\"type\":\"alert\"") && line.contains("\"fork-bomb\""));
    said.read_line(&mut line).unwrap();
    let first: u32 = line.split(' ').next().unwrap().parse().unwrap();
    sigtop.until_now();
    bomb.0.stdin.take().unwrap().write_all(b"!").unwrap();
    line.clear();
    said.read_line(&mut line).unwrap();
    assert_eq!(line.trim(), format!("{LIMIT} reaped"));
    assert!(bomb.0.wait().unwrap().success());

    let lines = sigtop.stop();
    let bombs: Vec<_> = alerts(&lines).into_iter().filter(|alert| alert.rule.name == "fork-bomb").collect();
    let whose = |pid: u32| bombs[0].who.iter().chain(&bombs[0].ancestors).any(|party| party.key.pid == pid);
    assert!(whose(first) && whose(bomb.0.id()), "{:?}", bombs[0]);
    let told = lines
        .iter()
        .filter(|line| matches!(&line.event, Some(Event::Fork(fork)) if fork.child.name.as_str() == "sigzoo"));
    let lost: u64 = lines
        .iter()
        .filter_map(|line| match &line.event {
            Some(Event::Lost(lost)) if lost.kind.is_none_or(|kind| kind == Kind::Fork) => Some(lost.count),
            _ => None,
        })
        .sum();
    let told = told.count() as u64;
    assert!(told <= LIMIT + 10 && told + lost >= LIMIT, "{told} told, {lost} said to be lost, of {LIMIT}");
}
