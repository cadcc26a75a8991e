//! Filters: what the kernel decides together with what is decided here is what the filter says, and nothing else.
//!
//! Two sources watch the same storms (tests/zoo/storm.c). One has no filter: of what it told, the pure function says
//! what the filter shows. The other has the filter, in the kernel as far as it can be, changed between any two storms.

use crate::harness;
use crate::inside::{DEFAULT_BUFFER, Reading, Watch};
use crate::zoo::sigzoo;
use sigtop::event::{Event, ProcKey, SignalEvent};
use sigtop::filter::sieve::{Narrows, Sieve};
use sigtop::filter::{Filter, Placement};
use sigtop::signal::SignalSet;
use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};

const STORMS: u64 = 120;

/// A source that is being read, and its events.
struct Watcher {
    reading: Reading,
    events: Receiver<Event>,
}

impl Watcher {
    fn start() -> Watcher {
        let (sender, events) = channel();
        let reading = Watch::open(DEFAULT_BUFFER, SignalSet::ALL).read(move |event| drop(sender.send(event)));
        Watcher { reading, events }
    }

    fn set(&mut self, filter: &Filter) -> Placement {
        self.reading.control.as_mut().unwrap().set_filter(filter.clone()).blocking_recv().unwrap().unwrap()
    }

    /// Everything up to the end of this process.
    fn until_exit(&self, pid: u32) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.events.recv_timeout(harness::GUARD).unwrap();
            let is_end = matches!(&event, Event::Exit(e) if e.who.key.pid == pid && !e.thread);
            events.push(event);
            if is_end {
                return events;
            }
        }
    }
}

/// A family that waits for its byte.
struct Storm {
    child: Child,
    stdin: ChildStdin,
    /// Its own pid first, then children and grandchildren in turn.
    pids: Vec<u32>,
}

impl Storm {
    fn brew(seed: u64) -> Storm {
        let mut child = sigzoo();
        child.args(["storm", &seed.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut pids = Vec::new();
        while pids.len() < 11 {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "only {pids:?}");
            pids.extend(line.split_whitespace().map(|pid| pid.parse::<u32>().unwrap()));
        }
        Storm { stdin: child.stdin.take().unwrap(), child, pids }
    }

    fn rage(mut self) {
        self.stdin.write_all(b"!").unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

/// Chance, from a seed.
struct Dice(u64);

impl Dice {
    fn draw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.draw(of.len())]
    }

    /// A term about this family, or one that the kernel knows nothing of.
    fn term(&mut self, pids: &[u32]) -> String {
        let pid = pids[self.draw(pids.len())];
        let other = pids[self.draw(pids.len())];
        let names = ["storm-a", "storm-bb", "rain", "hail*", "storm*", "s*a", "hail-stones-15", "storm-late", "nobody"];
        let side = self.one(&["from", "to", "pid"]);
        match self.draw(10) {
            0 => format!("sig:{}", self.one(&["USR1", "USR1,RTMIN+1", "TERM,INT,CHLD", "PIPE,ALRM", "KILL"])),
            1 => format!("{side}:{pid}"),
            2 => format!("{side}:{pid},{other}"),
            3 => format!("{side}:{}", self.one(&names)),
            4 => format!("{side}:{pid},{}", self.one(&names)),
            5 => format!("tree:{pid}"),
            6 => format!("uid:{}", self.one(&["0", "1000", "65534", "0,1000", "77"])),
            7 => format!("tty:{}", self.one(&["-", "pts/0,pts/1,pts/2,pts/3,pts/4,pts/5", "tty1"])),
            8 => format!("result:{}", self.one(&["queued", "ignored", "coalesced,overflow", "queued,ignored"])),
            _ => format!("origin:{}", self.one(&["user", "child", "pipe", "timer,pipe", "user,child"])),
        }
    }

    fn filter(&mut self, pids: &[u32], depth: usize) -> String {
        match self.draw(if depth == 0 { 2 } else { 6 }) {
            0 | 1 => self.term(pids),
            2 => format!("!{}", self.group(pids, depth)),
            3 => format!("{} or {}", self.group(pids, depth), self.group(pids, depth)),
            _ => format!("{} {}", self.group(pids, depth), self.group(pids, depth)),
        }
    }

    fn group(&mut self, pids: &[u32], depth: usize) -> String {
        format!("({})", self.filter(pids, depth - 1))
    }
}

/// What two watchers can agree on of a signal: not its number in their stream, nor the moment they saw it.
type Seen = BTreeMap<String, usize>;

fn seen<'a>(events: impl Iterator<Item = &'a SignalEvent>, family: &HashSet<ProcKey>) -> Seen {
    let mut seen = Seen::new();
    let of_family =
        |e: &&SignalEvent| family.contains(&e.target.key) && e.sender.is_none_or(|sender| family.contains(&sender.key));
    for event in events.filter(of_family) {
        let same = SignalEvent { id: 0, mono_ns: 0, generation: 0, ..*event };
        *seen.entry(format!("{same:?}")).or_default() += 1;
    }
    seen
}

/// The storm's process, and all that descend from it.
fn family(events: &[Event], root: u32) -> HashSet<ProcKey> {
    let mut family = HashSet::new();
    for event in events {
        if let Event::Fork(e) = event
            && (e.child.key.pid == root || family.contains(&e.parent))
        {
            family.insert(e.child.key);
        }
    }
    family
}

fn signals(events: &[Event]) -> impl Iterator<Item = &SignalEvent> {
    events.iter().filter_map(|event| if let Event::Signal(e) = event { Some(e) } else { None })
}

#[test]
fn kernel_and_rest_are_the_filter() {
    let Some(_leave) = harness::alone("kernel_and_rest_are_the_filter") else { return };
    let (all, mut some) = (Watcher::start(), Watcher::start());
    let mut truth = Sieve::new(Filter::EVERYTHING, Narrows::Signals);
    let mut dice = Dice(20);
    let (mut shown, mut hidden, mut in_kernel) = (0, 0, 0);
    for seed in 0..STORMS {
        let storm = Storm::brew(seed);
        let (root, pids) = (storm.pids[0], storm.pids.clone());
        let text = dice.filter(&pids, 2);
        let filter = Filter::parse(&text, &|_| None).unwrap();
        let placement = some.set(&filter);
        in_kernel += usize::from(placement.here.is_empty());
        storm.rage();

        let (all, some) = (all.until_exit(root), some.until_exit(root));
        let family = family(&all, root);
        assert!(family.len() >= 11, "{} of the family", family.len());
        truth.set(filter.clone());
        let expected: Vec<Event> = all.iter().filter(|event| truth.pass(event)).cloned().collect();
        let in_force = some.iter().position(|e| matches!(e, Event::Filter(e) if e.text == filter.to_string()));
        let found = &some[in_force.expect("the filter is told")..];
        let (expected, found) = (seen(signals(&expected), &family), seen(signals(found), &family));
        assert_eq!(found, expected, "storm {seed}, filter {text:?}, {placement:?}");
        shown += expected.values().sum::<usize>();
        hidden += signals(&all).count() - expected.values().sum::<usize>();
    }
    all.reading.stop();
    some.reading.stop();
    assert!(shown > 5000 && hidden > 5000, "{shown} shown, {hidden} hidden: this says nothing");
    assert!(in_kernel > STORMS as usize / 2, "only {in_kernel} of {STORMS} filters were the kernel's alone");
}
