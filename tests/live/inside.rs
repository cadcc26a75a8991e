//! The live source without the program around it: for what must be counted exactly, by the million.

use crate::harness::GUARD;
use crate::zoo::sigzoo;
use libbpf_rs::query::{LinkInfoIter, ProgInfoIter};
use sigtop::event::{CountEvent, Event, SenderKey};
use sigtop::filter::sieve::Narrows;
use sigtop::filter::{Filter, Wanted};
use sigtop::signal::Signal;
use sigtop::source::{Batch, Control, live};
use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// The size that `sigtop` has by default.
pub const DEFAULT_BUFFER: u32 = 16 << 20;

/// How many BPF programs of such names this process has attached.
pub fn attached(is_such: impl Fn(&str) -> bool) -> usize {
    let infos = fs::read_dir("/proc/self/fdinfo").unwrap();
    let infos = infos.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok());
    let id = |info: &str| info.lines().find_map(|line| line.strip_prefix("prog_id:")?.trim().parse().ok());
    let ours: Vec<u32> = infos.filter_map(|info| id(&info)).collect();
    let linked: Vec<u32> = LinkInfoIter::default().map(|link| link.prog_id).collect();
    ProgInfoIter::default()
        .filter(|program| ours.contains(&program.id) && linked.contains(&program.id))
        .filter(|program| is_such(&program.name.to_string_lossy()))
        .count()
}

/// An attached source. Its batches wait until they are asked for.
pub struct Watch {
    control: Option<Box<dyn Control>>,
    batches: tokio::sync::mpsc::Receiver<Batch>,
    /// As the header has them.
    pub roads: Vec<String>,
}

impl Watch {
    /// Everything of processes, and of signals what the filter shows.
    pub fn open(buffer: u32, filter: impl Into<Filter>) -> Watch {
        Watch::narrowed(buffer, filter, Narrows::Signals)
    }

    /// Everything of processes and signals, and this of what is told only on request.
    pub fn asking(facts: Wanted) -> Watch {
        Watch::with(DEFAULT_BUFFER, Filter::EVERYTHING, Narrows::Signals, facts)
    }

    /// Of everything what the filter shows.
    pub fn narrowed(buffer: u32, filter: impl Into<Filter>, narrows: Narrows) -> Watch {
        Watch::with(buffer, filter.into(), narrows, Wanted::default())
    }

    /// All of it said. The kernel obeys the filter when this returns: a source that was opened is not there yet.
    pub fn with(buffer: u32, filter: Filter, narrows: Narrows, facts: Wanted) -> Watch {
        let options = live::Options { buffer, threads: false, filter, narrows, facts: facts.clone() };
        let mut source = live::open(options).unwrap();
        assert_eq!(source.header.missing, Vec::<String>::new());
        source.control.ask(facts).blocking_recv().unwrap().unwrap();
        Watch { control: Some(source.control), batches: source.batches, roads: source.header.roads }
    }

    /// Its end of the back-edge, away from the batches.
    pub fn take_control(&mut self) -> Option<Box<dyn Control>> {
        self.control.take()
    }

    /// Hands every event to `see`, on a thread of its own, until the source ends.
    pub fn read(mut self, mut see: impl FnMut(Event) + Send + 'static) -> Reading {
        let control = self.control.take().unwrap();
        let (sender, done) = channel();
        std::thread::spawn(move || {
            while let Some(batch) = self.batches.blocking_recv() {
                batch.into_iter().for_each(&mut see);
            }
            drop(see); // what it holds is the caller's again
            let _ = sender.send(());
        });
        Reading { control: Some(control), done }
    }
}

/// A source that is being read.
pub struct Reading {
    pub control: Option<Box<dyn Control>>,
    done: Receiver<()>,
}

impl Reading {
    /// Ends the source; returns once its last event was seen.
    pub fn stop(mut self) {
        drop(self.control.take());
        self.done.recv_timeout(GUARD).expect("the source ends when its control does");
    }
}

/// How many signals there were, whatever way they were told: one by one, lost or filtered.
#[derive(Default, Debug)]
pub struct Totals {
    pub told: HashMap<(Signal, SenderKey), u64>,
    pub lost: HashMap<(Signal, SenderKey), u64>,
    pub skipped: HashMap<(Signal, SenderKey), u64>,
    /// Lost records of other kinds, and those that could not be read.
    pub others: Vec<CountEvent>,
}

impl Totals {
    pub fn add(&mut self, event: &Event) {
        let counted = |e: &CountEvent| Some((e.signal?, e.sender?)).map(|key| (key, e.count));
        match event {
            Event::Signal(e) => *self.told.entry((e.signal, e.sender_key())).or_default() += 1,
            Event::Lost(e) => match counted(e) {
                Some((key, count)) => *self.lost.entry(key).or_default() += count,
                None => self.others.push(*e),
            },
            Event::Skipped(e) => {
                let (key, count) = counted(e).unwrap();
                *self.skipped.entry(key).or_default() += count;
            }
            _ => {}
        }
    }

    /// (one by one, lost, filtered)
    pub fn of(&self, signal: Signal, sender: SenderKey) -> (u64, u64, u64) {
        let of = |map: &HashMap<_, u64>| map.get(&(signal, sender)).copied().unwrap_or(0);
        (of(&self.told), of(&self.lost), of(&self.skipped))
    }
}

/// A process that does nothing, and minds no signal that is ignored by default.
pub struct Idle(pub Child);

impl Idle {
    pub fn start() -> Idle {
        Idle(Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap())
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `sigzoo handle SIG`: a process that tells the value of each signal that it handled.
pub struct Handler {
    child: Child,
    values: ChildStdout,
}

impl Handler {
    pub fn start(signal: Signal) -> Handler {
        let number = signal.number().to_string();
        let mut child = sigzoo().args(["handle", &number]).stdout(Stdio::piped()).spawn().unwrap();
        let values = child.stdout.take().unwrap();
        let mut handler = Handler { child, values };
        assert_eq!(handler.value(), -1, "ready");
        handler
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn value(&mut self) -> i32 {
        let mut bytes = [0; 4];
        self.values.read_exact(&mut bytes).unwrap();
        i32::from_ne_bytes(bytes)
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
