//! What a filter costs where it is decided in user space: nanoseconds a signal and its delivery, for some shapes of
//! filters, beside the cost of telling none apart; and what the census of 10,000 processes holds and costs.
//! Making the events is not timed. No pass or fail.

mod made;

use sigtop::event::{End, Event, ExitEvent, ForkEvent, Party, ProcKey, SeenEvent, SignalEvent, Tty};
use sigtop::filter::{Census, Filter, Narrows, Sieve};
use sigtop::signal::Signal;
use std::hint::black_box;
use std::time::Instant;

const PROCESSES: u32 = 10_000;
const SIGNALS: u64 = 65_536;
const ROUNDS: usize = 9;

const FILTERS: [&str; 10] = [
    "",
    "sig:KILL,TERM",
    "!sig:CHLD",
    "from:worker-17",
    "pid:worker-1*,77",
    "tree:9000",
    "uid:3 tty:-",
    "unit:worker-17",
    "from:worker-1* (sig:TERM or result:ignored) !to:77",
    "nginx",
];

fn key(n: u32) -> ProcKey {
    ProcKey { pid: n + 1, start_ns: 1_000_000 * u64::from(n + 1) }
}

fn party(n: u32) -> Party {
    made::party(n + 1, key(n).start_ns, n % 7, &format!("worker-{n}"))
}

/// One in four runs a program of its own, the others are forks of such a one; eight children each.
fn seen(n: u32) -> Event {
    let program = n / 4 * 4;
    Event::Seen(Box::new(SeenEvent {
        mono_ns: 1,
        who: party(n),
        parent: (n > 0).then(|| key(if n == program { n / 8 } else { program })),
        tty: Tty::NONE,
        exe: "/usr/lib/postgresql/17/bin/postgres".into(),
        argv: ["postgres", "-D", "/var/lib/postgresql/17/main", &format!("-p{program}")].map(String::from).to_vec(),
        cgroup_id: u64::from(program),
        cgroup: format!("/system.slice/worker-{program}.service"),
        zombie: false,
    }))
}

fn signals() -> Vec<Event> {
    let mut events = Vec::new();
    for id in 1..=SIGNALS {
        // Odd factors: every process in its turn, none beside its neighbour.
        let sender = (id * 7919 % u64::from(PROCESSES)) as u32;
        let target = party((id * 104_729 % u64::from(PROCESSES)) as u32);
        let signal = [Signal::TERM, Signal::CHLD, Signal::URG, Signal::USR1][(id % 4) as usize];
        let sent = SignalEvent::kill(id, id, signal, party(sender), target);
        events.extend([Event::Signal(sent), Event::Deliver(made::handled(&sent, 1))]);
    }
    events
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Nanoseconds a signal with its delivery, and how many in a hundred pass.
fn shape(text: &str, people: &[Event], signals: &[Event]) -> Option<(f64, f64)> {
    let mut sieve = Sieve::new(Filter::parse(text, &|_| None).ok()?, Narrows::All);
    people.iter().for_each(|event| _ = sieve.pass(event));
    let mut passed = 0;
    let mut figures = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        passed = signals.iter().filter(|event| sieve.pass(black_box(event))).count();
        figures.push(start.elapsed().as_nanos() as f64 / SIGNALS as f64);
        black_box(sieve.skipped(1));
    }
    Some((median(figures), passed as f64 * 50.0 / SIGNALS as f64))
}

/// Nanoseconds for a fork and an exit.
fn life(census: &mut Census) -> f64 {
    const LIVES: u32 = 200_000;
    let events: Vec<Event> = (PROCESSES..PROCESSES + LIVES)
        .flat_map(|n| {
            let who = party(n);
            [
                Event::Fork(ForkEvent { mono_ns: 1, child: who, parent: key(n % PROCESSES) }),
                Event::Exit(ExitEvent { mono_ns: 1, who, thread: false, end: End::Code(0), cause: None }),
            ]
        })
        .collect();
    let start = Instant::now();
    events.iter().for_each(|event| census.apply(black_box(event)));
    start.elapsed().as_nanos() as f64 / f64::from(LIVES)
}

/// Resident memory in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

fn main() {
    let mut census = Census::default();
    let before = resident_kib();
    (0..PROCESSES).for_each(|n| census.apply(&seen(n)));
    let held = resident_kib() - before;
    println!("census  {:.1} MiB resident for {PROCESSES} processes", held as f64 / 1024.0);
    println!("census  {:.0} ns for a fork and an exit", life(&mut census));
    let start = Instant::now();
    let found = census.descendants(&[1]).count();
    println!("census  {:.2} ms to find {found} descendants", start.elapsed().as_secs_f64() * 1e3);
    let (people, signals): (Vec<Event>, _) = ((0..PROCESSES).map(seen).collect(), signals());
    for text in FILTERS {
        match shape(text, &people, &signals) {
            Some((ns, passed)) => println!("filter  {ns:4.0} ns a signal, {passed:5.1} % pass: {text:?}"),
            None => println!("filter  {text:?} is none"),
        }
    }
}
