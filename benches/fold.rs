//! How fast the model takes in signals, and how much memory it holds: 10,000 processes, 1,000,000 signals, each taken
//! soon after it was sent, senders and targets at random. Prints nanoseconds an event (median of several rounds) and
//! resident memory. Making the events is not timed. No pass or fail: SPEC section 7 has the promises.

mod made;

use made::Random;
use sigtop::event::{End, Event, ExecEvent, ExitEvent, ForkEvent, Header, Party, ProcKey, SeenEvent, SignalEvent};
use sigtop::model::{Limits, Model, tree};
use sigtop::signal::Signal;
use std::hint::black_box;
use std::time::{Duration, Instant};

const PROCESSES: u32 = 10_000;
const SIGNALS: u64 = 1_000_000;
const BATCH: u64 = 512;
const ROUNDS: usize = 7;

fn key(n: u32) -> ProcKey {
    ProcKey { pid: n + 1, start_ns: 1_000_000 * u64::from(n + 1) }
}

fn party(n: u32) -> Party {
    made::party(n + 1, key(n).start_ns, n % 7, &format!("worker-{n}"))
}

fn seen(n: u32) -> Event {
    Event::Seen(Box::new(SeenEvent {
        mono_ns: 20_000_000_000,
        who: party(n),
        parent: (n > 0).then(|| key(n / 8)),
        tty: Default::default(),
        exe: "/usr/lib/postgresql/17/bin/postgres".into(),
        argv: ["postgres", "-D", "/var/lib/postgresql/17/main", "-c", "config_file=/etc/postgresql/17/main/x.conf"]
            .map(String::from)
            .to_vec(),
        cgroup_id: u64::from(n),
        cgroup: format!("/system.slice/worker-{n}.service"),
        zombie: false,
    }))
}

fn signal(id: u64, random: &mut Random, parties: &[Party]) -> [Event; 2] {
    let mono_ns = 20_000_000_000 + id * 2_000;
    let signal = [Signal::TERM, Signal::CHLD, Signal::URG, Signal::USR1][random.below(4) as usize];
    let [sender, target] = [random.below(PROCESSES), random.below(PROCESSES)].map(|n| parties[n as usize]);
    let sent = SignalEvent::kill(id, mono_ns, signal, sender, target);
    [Event::Signal(sent), Event::Deliver(made::handled(&sent, 12_000))]
}

/// One batch as a live source gives it: each signal's delivery a few signals later.
fn batch(first: u64, random: &mut Random, parties: &[Party]) -> Vec<Event> {
    let mut events = Vec::with_capacity(2 * BATCH as usize);
    let mut waiting = Vec::new();
    for id in first..first + BATCH {
        let [sent, taken] = signal(id, random, parties);
        events.push(sent);
        waiting.push(taken);
        if waiting.len() == 8 {
            events.append(&mut waiting);
        }
    }
    events.append(&mut waiting);
    events
}

fn round(parties: &[Party]) -> (Duration, u64, Model) {
    let mut model = Model::new(Header::default(), Limits::default());
    (0..PROCESSES).for_each(|n| model.apply(&seen(n)));
    let (mut random, mut spent, mut events) = (Random(42), Duration::ZERO, 0);
    for first in (1..=SIGNALS).step_by(BATCH as usize) {
        let batch = batch(first, &mut random, parties);
        let start = Instant::now();
        batch.iter().for_each(|event| model.apply(black_box(event)));
        spent += start.elapsed();
        events += batch.len() as u64;
    }
    (spent, events, model)
}

/// Short lives among many: nanoseconds for a fork, an exec and an exit, with 2000 dead kept.
fn lives(model: &mut Model) -> f64 {
    const LIVES: u32 = 100_000;
    let now = |n: u32| 30_000_000_000 + u64::from(n) * 10_000;
    let argv = vec!["sh".to_string(), "-c".to_string(), "true".to_string()];
    let mut spent = Duration::ZERO;
    for n in 0..LIVES {
        let key = ProcKey { pid: 20_000 + n, start_ns: now(n) };
        let who = Party { key, tid: key.pid, ..party(n) };
        let exec = ExecEvent {
            mono_ns: now(n),
            who,
            gid: 0,
            tty: Default::default(),
            filename: "/bin/sh".into(),
            argv: argv.clone(),
            argv_cut: false,
            cwd: "/".into(),
            exe: String::new(),
        };
        let events = [
            Event::Fork(ForkEvent { mono_ns: now(n), child: who, parent: self::key(n % PROCESSES) }),
            Event::Exec(Box::new(exec)),
            Event::Exit(ExitEvent { mono_ns: now(n), who, thread: false, end: End::Code(0), cause: None }),
        ];
        let start = Instant::now();
        events.iter().for_each(|event| model.apply(black_box(event)));
        spent += start.elapsed();
    }
    spent.as_nanos() as f64 / f64::from(LIVES)
}

/// Resident memory in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

fn main() {
    let parties: Vec<Party> = (0..PROCESSES).map(party).collect();
    let before = resident_kib();
    let (spent, events, mut model) = round(&parties);
    let memory = resident_kib() - before;
    let mut figures = vec![spent.as_nanos() as f64 / events as f64];
    let start = Instant::now();
    let rows = tree::rows(&model.procs, &tree::Fold::default()).len();
    let walk = start.elapsed();
    let life = lives(&mut model);
    drop(model);
    figures.extend((1..ROUNDS).map(|_| {
        let (spent, events, model) = round(&parties);
        black_box(model.counters.total());
        spent.as_nanos() as f64 / events as f64
    }));
    figures.sort_by(f64::total_cmp);
    println!(
        "fold  {:.0} ns/event (best {:.0}, worst {:.0}; {events} events)",
        figures[ROUNDS / 2],
        figures[0],
        figures[ROUNDS - 1]
    );
    println!("memory  {:.1} MiB resident for {PROCESSES} processes and {SIGNALS} signals", memory as f64 / 1024.0);
    println!("life  {life:.0} ns for a fork, an exec and an exit");
    println!("tree  {:.2} ms for {rows} rows", walk.as_secs_f64() * 1e3);
}
