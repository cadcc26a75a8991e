//! What the stage of rules costs between a source and its reader: signals a second through one rule, and through those
//! that come with the program, where the reader wants everything and where it wants alerts alone. Both channels are part
//! of it, and so is the reader, who throws away what comes. Making the events is not timed. No pass or fail.

mod made;

use sigtop::app::rules::Guard;
use sigtop::event::{Event, Kind, SignalEvent};
use sigtop::filter::{Filter, Narrows, Wanted};
use sigtop::plan::{Alerting, Asked};
use sigtop::signal::Signal;
use sigtop::source::synth::header;
use sigtop::source::{Answer, Control, QUEUED_BATCHES, Source};
use std::path::{Path, PathBuf};
use std::time::Instant;

const SIGNALS: u64 = 2_000_000;
/// As many as a source reads at once when it is behind.
const BATCH: usize = 1024;
const ROUNDS: usize = 5;
const ONE: &str = "rules: [{name: one, on: signal, where: 'sig:KILL from:nobody'}]\n";

/// A source that is asked nothing.
struct Deaf;

impl Control for Deaf {
    fn set_filter(&mut self, _: Filter) -> Answer {
        tokio::sync::oneshot::channel().1
    }
}

/// Between few processes, so that a storm is one: alerts and what is folded into them are part of it.
fn batches() -> Vec<Vec<Event>> {
    let mut random = made::Random(7);
    let party = |pid| made::party(pid, u64::from(pid), pid % 7, "worker");
    let signal = |id| {
        let signal = [Signal::TERM, Signal::CHLD, Signal::URG, Signal::USR1][random.below(4) as usize];
        let [from, to] = [0; 2].map(|_| party(100 + random.below(50)));
        Event::Signal(SignalEvent::kill(id, id * 2000, signal, from, to))
    };
    let events: Vec<Event> = (1..=SIGNALS).map(signal).collect();
    events.chunks(BATCH).map(<[Event]>::to_vec).collect()
}

/// Seconds of a round, and how many alerts there were.
fn round(guard: Option<&Guard>, asked: &Asked, batches: Vec<Vec<Event>>) -> (f64, usize) {
    let (to, from) = tokio::sync::mpsc::channel(QUEUED_BATCHES);
    let source = Source::new(header(), from, Deaf);
    let mut source = match guard {
        None => source,
        Some(guard) => guard.stand(source, asked.clone(), false).unwrap_or_else(|e| stop(&e.to_string())),
    };
    let start = Instant::now();
    let alerts = std::thread::scope(|scope| {
        scope.spawn(move || batches.into_iter().for_each(|batch| drop(to.blocking_send(batch))));
        let mut alerts = 0;
        while let Some(batch) = source.batches.blocking_recv() {
            alerts += batch.iter().filter(|event| event.kind() == Kind::Alert).count();
        }
        alerts
    });
    (start.elapsed().as_secs_f64(), alerts)
}

fn stop(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(2)
}

fn guard(rules: &Path) -> Guard {
    let alerting = Alerting { rules: vec![rules.into()], log: None, webhook: None, is_failure: false };
    Guard::new(&alerting, false).unwrap_or_else(|e| stop(&e.to_string()))
}

fn main() {
    let one = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("one.yaml");
    if let Err(e) = std::fs::write(&one, ONE) {
        stop(&e.to_string());
    }
    let batches = batches();
    let (one, builtin) = (guard(&one), guard(Path::new("builtin")));
    let alerts = Filter::parse("kind:alert", &|_| None).unwrap_or_else(|e| stop(&e.to_string()));
    for (name, guard, filter) in [
        ("stage-none", None, Filter::EVERYTHING),
        ("stage-1", Some(&one), Filter::EVERYTHING),
        ("stage-builtin", Some(&builtin), Filter::EVERYTHING),
        ("stage-builtin-alerts", Some(&builtin), alerts),
    ] {
        let asked = Asked { filter, narrows: Narrows::Signals, facts: Wanted::default() };
        let mut rounds: Vec<(f64, usize)> = (0..ROUNDS).map(|_| round(guard, &asked, batches.clone())).collect();
        rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (seconds, alerts) = rounds[ROUNDS / 2];
        let each = seconds * 1e9 / SIGNALS as f64;
        println!("{name:<21} {each:>6.1} ns a signal, {:.2} M a second, {alerts} alerts", 1e3 / each);
    }
}
