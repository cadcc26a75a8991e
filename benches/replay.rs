//! How fast a recording is read again: into the model, as the dashboard does, and into lines of text, as `sigtop log`
//! does; from frames of zstd and from plain lines. The recording is made first, of some millions of events as a busy
//! machine gives them: signals with masks, their deliveries, and short lives (fork, exec, exit) among them.
//! Prints events a second, the median of several rounds. No pass or fail: SPEC section 7 has the promises.

mod made;

use made::Random;
use sigtop::clock::TimeStyle;
use sigtop::event::{End, Event, ExecEvent, ExitEvent, ForkEvent, Header, Masks, Party, ProcKey, SignalEvent, Tty};
use sigtop::filter::Filter;
use sigtop::filter::sieve::Narrows;
use sigtop::model::{Limits, Model};
use sigtop::signal::Signal;
use sigtop::sink::{Sink, json::Json, line::Line};
use sigtop::source::replay::{self, Options};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

const PROCESSES: u32 = 2_000;
const SIGNALS: u64 = 2_000_000;
/// A short life begins every so many signals.
const LIFE_EVERY: u64 = 40;
const FRAME: usize = 1 << 20;
const ROUNDS: usize = 5;

fn party(pid: u32, start_ns: u64) -> Party {
    made::party(pid, start_ns, pid % 7, &format!("worker-{pid}"))
}

fn set(signals: &[Signal]) -> sigtop::signal::SignalSet {
    signals.iter().copied().collect()
}

/// A signal and its delivery.
fn signal(id: u64, random: &mut Random) -> [Event; 2] {
    let mono_ns = 20_000_000_000 + id * 2_017;
    let signal = [Signal::TERM, Signal::CHLD, Signal::URG, Signal::USR1][random.below(4) as usize];
    // Most signals go between few processes.
    let few = if random.below(4) > 0 { 50 } else { PROCESSES };
    let [sender, target] = [random.below(few), random.below(few)].map(|n| party(n + 1, 1_000_000 * u64::from(n + 1)));
    let blocked = [set(&[]), set(&[Signal::INT, Signal::CHLD]), set(&[Signal::PIPE])];
    let sent = SignalEvent {
        sender_tty: if sender.key.pid.is_multiple_of(3) { Tty::from_device(136, 3) } else { Tty::NONE },
        masks: Some(Masks { blocked: blocked[target.key.pid as usize % 3], pending: set(&[signal]) }),
        ..SignalEvent::kill(id, mono_ns, signal, sender, target)
    };
    let taken = made::handled(&sent, 1_200 + u64::from(random.below(9_000)));
    [Event::Signal(sent), Event::Deliver(taken)]
}

/// A process that lives for a moment.
fn life(id: u64, random: &mut Random) -> [Event; 3] {
    let mono_ns = 20_000_000_000 + id * 2_017;
    let who = party(10_000 + (id / LIFE_EVERY % 100_000) as u32, mono_ns);
    let parent = random.below(PROCESSES) + 1;
    let exec = ExecEvent {
        mono_ns: mono_ns + 100,
        who,
        gid: 0,
        tty: Tty::NONE,
        filename: "/usr/bin/sh".into(),
        argv: ["sh", "-c", "test -e /var/run/worker.pid && exit 0"].map(String::from).to_vec(),
        argv_cut: false,
        cwd: "/var/lib/worker".into(),
        exe: String::new(),
    };
    [
        Event::Fork(ForkEvent {
            mono_ns,
            child: who,
            parent: ProcKey { pid: parent, start_ns: 1_000_000 * u64::from(parent) },
        }),
        Event::Exec(Box::new(exec)),
        Event::Exit(ExitEvent { mono_ns: mono_ns + 900, who, thread: false, end: End::Code(0), cause: None }),
    ]
}

/// Writes the recording twice, plain and in frames; says how many events it has.
fn record(plain: &Path, frames: &Path) -> io::Result<u64> {
    let (mut plain, mut frames) = (BufWriter::new(File::create(plain)?), BufWriter::new(File::create(frames)?));
    let mut packer = zstd::bulk::Compressor::new(1)?;
    packer.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
    let (mut random, mut text, mut count) = (Random(42), Vec::new(), 0);
    let mut sink = Json::new(&mut text);
    sink.header(&Header { mono_ns: 20_000_000_000, began_ns: 20_000_000_000, ..Header::default() })?;
    plain.write_all(&text)?;
    let mut waiting = Vec::new();
    for id in 1..=SIGNALS {
        let mut events = Vec::new();
        if id % LIFE_EVERY == 0 {
            events.extend(life(id, &mut random));
        }
        let [sent, taken] = signal(id, &mut random);
        events.push(sent);
        waiting.push(taken);
        if waiting.len() == 8 {
            events.append(&mut waiting);
        }
        count += events.len() as u64;
        let mut lines = Vec::new();
        let mut sink = Json::new(&mut lines);
        events.iter().try_for_each(|event| sink.event(event))?;
        plain.write_all(&lines)?;
        text.extend(lines);
        if text.len() >= FRAME || id == SIGNALS {
            frames.write_all(&packer.compress(&text)?)?;
            text.clear();
        }
    }
    plain.flush()?;
    frames.flush()?;
    Ok(count)
}

/// Takes batches of events.
type Taker = Box<dyn FnMut(&[Event])>;
/// Makes one, for a stream with this header.
type Make = fn(&Header) -> Taker;

/// Events a second of one replay, into what `make` makes.
fn round(path: &Path, make: Make) -> Result<f64, sigtop::error::Error> {
    let start = Instant::now();
    let (filter, narrows) = (Filter::EVERYTHING, Narrows::All);
    let mut source =
        replay::open(Options { path: path.into(), threads: true, filter, narrows, facts: Default::default() })?;
    let (mut take, mut count) = (make(&source.header), 0);
    while let Some(batch) = source.batches.blocking_recv() {
        take(&batch);
        count += batch.len();
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

fn into_model(header: &Header) -> Taker {
    let mut model = Model::new(header.clone(), Limits::default());
    Box::new(move |batch| batch.iter().for_each(|event| model.apply(event)))
}

fn into_text(header: &Header) -> Taker {
    let mut sink = Line::new(BufWriter::with_capacity(64 << 10, io::sink()), TimeStyle::Utc);
    let _ = sink.header(header);
    Box::new(move |batch| batch.iter().for_each(|event| drop(sink.event(event))))
}

fn into_nothing(_: &Header) -> Taker {
    Box::new(|_| ())
}

/// Removes its file in the end.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scratch = |end: &str| Scratch(std::env::temp_dir().join(format!("sigtop-bench-{}{end}", std::process::id())));
    let (plain, frames) = (scratch(".jsonl"), scratch(".jsonl.zst"));
    let count = record(&plain.0, &frames.0)?;
    let size = |file: &Scratch| file.0.metadata().map(|meta| meta.len() >> 20);
    println!("recording  {count} events, {} MiB, {} MiB in frames", size(&plain)?, size(&frames)?);
    let takers: [(&str, Make); 3] = [("nothing", into_nothing), ("model", into_model), ("text", into_text)];
    for (kind, file) in [("frames", &frames), ("plain", &plain)] {
        for (name, make) in takers {
            let mut figures = (0..ROUNDS).map(|_| round(&file.0, make)).collect::<Result<Vec<f64>, _>>()?;
            figures.sort_by(f64::total_cmp);
            let (median, best) = (figures[ROUNDS / 2], figures[ROUNDS - 1]);
            println!("replay-{kind}-{name}  {median:.0} events/s (best {best:.0})");
        }
    }
    Ok(())
}
