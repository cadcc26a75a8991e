//! What rules cost: events a second on one core, by the number of rules, over a mixed stream such as a busy machine
//! makes: signals, forks, programs that start and end, files, connections. Making the events is not timed. No pass or
//! fail; scripts/bench.sh holds the line of 50 rules against what is promised.

mod made;

use sigtop::event::{
    Address, ConnectEvent, Deed, End, Event, ExecEvent, ExitEvent, FileEvent, ForkEvent, Party, ProcKey, SignalEvent,
    Tty,
};
use sigtop::rules::{Engine, File, RuleSet};
use sigtop::signal::Signal;
use std::hint::black_box;
use std::time::Duration;

const EVENTS: u64 = 400_000;
const ROUNDS: usize = 7;

/// Rules as people write them, of every kind, in turn; `#` is their number.
const SHAPES: [&str; 10] = [
    "on: open, where: 'path:/etc/shadow-#,/root-#/** !exe:/usr/bin/passwd'",
    "on: fork, count: 2000, within: 1s, by: tree, where: '!arg:j#'",
    "on: connect, count: 500, within: 10s, distinct: ports, by: process, where: '!port:#'",
    "on: signal, where: 'sig:KILL,STOP unit:worker-# !from:systemd'",
    "on: exec, count: 3000, within: 1s, by: user, where: '!path:/opt/#/*'",
    "on: signal, count: 60000, within: 1s, by: target, where: '!sig:CHLD !tty:pts/#'",
    "on: open, where: 'path:*.enc#'",
    "on: chmod, where: 'path:/tmp/#/**', then: {on: exec, same: path, within: 1h}",
    "on: exit, where: 'sig:SEGV,BUS exe:worker-#', count: 50, within: 1m, by: parent",
    "on: move, where: 'path:*.locked#', count: 100, within: 10s, by: tree",
];

fn rules(count: usize) -> RuleSet {
    let rule = |n: usize| format!("  - {{name: r{n}, {}}}\n", SHAPES[n % SHAPES.len()].replace('#', &n.to_string()));
    let text = format!("rules:\n{}", (0..count).map(rule).collect::<String>());
    let text = if count == 0 { "rules: []".into() } else { text };
    match RuleSet::read(&[File { name: "bench.yaml".into(), text }], &|_| None) {
        Ok(rules) => rules,
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}\n{}", problem.snippet));
            std::process::exit(2);
        }
    }
}

fn party(pid: u32) -> Party {
    made::party(pid, u64::from(pid), pid % 7, "worker")
}

/// Somebody of a thousand processes; a few of them are busy, as on any machine: three events of four are theirs.
fn somebody(random: &mut made::Random) -> Party {
    let of = if random.below(4) > 0 { 32 } else { 1000 };
    party(100 + random.below(of))
}

/// Of a hundred: 40 signals, 25 files, 10 connections, and five lives of a process.
fn events() -> Vec<Event> {
    let mut random = made::Random(7);
    let mut events = Vec::new();
    let mut newest = 2000;
    for id in 1..=EVENTS {
        let mono_ns = id * 2000;
        let who = somebody(&mut random);
        events.push(match id % 20 {
            0..8 => {
                let signal = [Signal::TERM, Signal::CHLD, Signal::URG, Signal::USR1][random.below(4) as usize];
                Event::Signal(SignalEvent::kill(id, mono_ns, signal, who, somebody(&mut random)))
            }
            n @ 8..13 => {
                let path = format!("/usr/share/zoneinfo/Europe/city-{}", random.below(5000));
                let deed = match n {
                    8 => Deed::Chmod { before: Some(0o644), mode: 0o600 },
                    9 => Deed::Move { from: "/var/tmp/file".into() },
                    _ => Deed::Open { flags: 0, created: false },
                };
                Event::File(Box::new(FileEvent { mono_ns, who, deed, path, same_as: String::new(), errno: None }))
            }
            13 | 14 => {
                let address = Address::Inet(([10, 0, 0, random.below(200) as u8], 443).into());
                Event::Connect(Box::new(ConnectEvent { mono_ns, who, address, errno: None }))
            }
            15 | 16 => {
                newest += 1;
                Event::Fork(ForkEvent { mono_ns, child: party(newest), parent: who.key })
            }
            17 => Event::Exec(Box::new(ExecEvent {
                mono_ns,
                who: party(newest),
                gid: 0,
                tty: Tty::NONE,
                filename: "/usr/bin/gcc".into(),
                argv: ["gcc", "-O2", "-c", "main.c"].map(String::from).to_vec(),
                argv_cut: false,
                cwd: "/home/user/project".into(),
                exe: "/usr/bin/x86_64-linux-gnu-gcc-14".into(),
            })),
            n => {
                let key = ProcKey { pid: newest + 18 - n as u32, ..party(newest + 18 - n as u32).key };
                let who = Party { key, ..party(key.pid) };
                Event::Exit(ExitEvent { mono_ns, who, thread: false, end: End::Code(0), cause: None })
            }
        });
    }
    events
}

/// Processor time of this thread: others on the machine do not count.
fn spent() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Events a second, of the best round.
fn speed(rules: &RuleSet, events: &[Event]) -> (f64, usize) {
    let mut best = f64::MAX;
    let mut fired = 0;
    for _ in 0..ROUNDS {
        let mut engine = Engine::new(rules.clone());
        let mut alerts = Vec::new();
        let start = spent();
        for event in events {
            engine.take(black_box(event), &mut alerts);
        }
        best = best.min((spent() - start).as_secs_f64());
        fired = alerts.len();
    }
    (events.len() as f64 / best, fired)
}

fn main() {
    let events = events();
    for count in [0, 1, 10, 50, 200] {
        tell(&format!("rules-{count}"), &rules(count), &events);
    }
    match RuleSet::read(&RuleSet::builtin(), &|_| None) {
        Ok(rules) => tell("rules-builtin", &rules, &events),
        Err(problems) => eprintln!("{problems:?}"),
    }
}

fn tell(name: &str, rules: &RuleSet, events: &[Event]) {
    let (speed, fired) = speed(rules, events);
    println!("{name:<13} {:>8.1} ns an event, {:.2} M a second, {fired} alerts", 1e9 / speed, speed / 1e6);
}
