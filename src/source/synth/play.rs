//! Plays the demo in real time: the past at once, then each event when its time has come.
//!
//! Signals that are switched off are kept back as the kernel keeps them back: counted by signal and sender, told
//! once a second, and nothing that still comes refers to them. The clock is read in [`spawn`]'s task only.

use super::{HISTORY_NS, START_NS, Synth, header, words::secs};
use crate::event::{CountEvent, Event, FilterEvent, Kind, SenderKey};
use crate::signal::{Signal, SignalSet};
use crate::source::{BATCH_EVENTS, Batch, Control, QUEUED_BATCHES, Source};
use std::collections::{BTreeMap, VecDeque};
use std::iter::Peekable;
use std::time::Duration;
use tokio::sync::mpsc::{self, error::SendError};
use tokio::time::{Instant, sleep_until};

/// Batches are at least this far apart: nobody sees less, and each one is a wake-up.
const PACE: Duration = Duration::from_millis(20);

/// How often kept back signals are told of, in nanoseconds.
const COUNT_NS: u64 = secs(1);

/// How many of the latest kept back signals are remembered, for what may still refer to them.
const REMEMBERED: usize = 4096;

/// What a demo is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which history.
    pub seed: u64,
    /// Report forks, exits and names of threads too.
    pub threads: bool,
    /// The signals that are sent one by one from the start; the others are only counted.
    pub signals: SignalSet,
}

/// Plays a history. To be called in a tokio runtime; ends when its control or its reader is dropped.
pub fn spawn(options: Options) -> Source {
    let (out, batches) = mpsc::channel(QUEUED_BATCHES);
    let (wish, wishes) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        // The only error is that nobody reads any more: the end.
        let _ = play(Player::new(options), out, wishes).await;
    });
    Source { header: header(), batches, control: Box::new(Remote(wish)) }
}

struct Remote(mpsc::UnboundedSender<SignalSet>);

impl Control for Remote {
    fn set_signals(&mut self, signals: SignalSet) -> Result<(), String> {
        self.0.send(signals).map_err(|_| "the demo has ended".to_string())
    }
}

async fn play(
    mut player: Player,
    out: mpsc::Sender<Batch>,
    mut wishes: mpsc::UnboundedReceiver<SignalSet>,
) -> Result<(), SendError<Batch>> {
    let first_look = Instant::now();
    let now_ns = || START_NS + HISTORY_NS + first_look.elapsed().as_nanos() as u64;
    loop {
        send_due(&mut player, now_ns(), &out).await?;
        let due = first_look + Duration::from_nanos(player.next_ns().saturating_sub(START_NS + HISTORY_NS));
        tokio::select! {
            () = sleep_until(due.max(Instant::now() + PACE)) => {}
            wish = wishes.recv() => {
                let now = now_ns();
                send_due(&mut player, now, &out).await?;
                match wish {
                    Some(signals) => out.send(player.set_signals(signals, now)).await?,
                    None => return out.send(player.count(now)).await,
                }
            }
            () = out.closed() => return Ok(()),
        }
    }
}

async fn send_due(player: &mut Player, mono_ns: u64, out: &mpsc::Sender<Batch>) -> Result<(), SendError<Batch>> {
    while let Some(batch) = player.batch_until(mono_ns) {
        out.send(batch).await?;
    }
    Ok(())
}

/// The history and how far it was told, with the filter in force.
pub(super) struct Player {
    events: Peekable<Synth>,
    threads: bool,
    on: SignalSet,
    generation: u32,
    kept_back: BTreeMap<(Signal, SenderKey), u64>,
    counted_ns: u64,
    /// Ids of kept back signals, rising.
    hidden: VecDeque<u64>,
}

impl Player {
    pub(super) fn new(options: Options) -> Player {
        Player {
            events: Synth::new(options.seed).peekable(),
            threads: options.threads,
            on: options.signals,
            generation: 0,
            kept_back: BTreeMap::new(),
            counted_ns: START_NS,
            hidden: VecDeque::new(),
        }
    }

    /// When the next event happens.
    fn next_ns(&mut self) -> u64 {
        self.events.peek().map_or(u64::MAX, Event::mono_ns)
    }

    /// The next events, up to and with this time; `None` if there is none.
    pub(super) fn batch_until(&mut self, mono_ns: u64) -> Option<Batch> {
        let mut batch = Batch::new();
        while batch.len() < BATCH_EVENTS {
            let Some(event) = self.events.next_if(|e| e.mono_ns() <= mono_ns) else { break };
            let now = event.mono_ns();
            if now >= self.counted_ns + COUNT_NS {
                batch.extend(self.count(now));
            }
            batch.extend(self.filter(event));
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// From now on only these signals: what was kept back so far, then the change.
    pub(super) fn set_signals(&mut self, on: SignalSet, mono_ns: u64) -> Batch {
        let mut batch = self.count(mono_ns);
        self.on = on;
        self.generation += 1;
        batch.push(Event::Filter(Box::new(FilterEvent { mono_ns, generation: self.generation, text: text(on) })));
        batch
    }

    /// What was kept back since it was last told.
    pub(super) fn count(&mut self, mono_ns: u64) -> Batch {
        self.counted_ns = mono_ns;
        let counts = std::mem::take(&mut self.kept_back).into_iter();
        let skipped = |((signal, sender), count)| {
            let (kind, signal, sender) = (Some(Kind::Signal), Some(signal), Some(sender));
            Event::Skipped(CountEvent { mono_ns, kind, count, signal, sender })
        };
        counts.map(skipped).collect()
    }

    /// What the reader gets of this event.
    fn filter(&mut self, mut event: Event) -> Option<Event> {
        match &mut event {
            Event::Signal(e) if self.on.contains(e.signal) => e.generation = self.generation,
            Event::Signal(e) => {
                *self.kept_back.entry((e.signal, e.sender_key())).or_default() += 1;
                self.hide(e.id);
                return None;
            }
            Event::Deliver(e) if !self.on.contains(e.signal) => return None,
            Event::Deliver(e) if e.id.is_some_and(|id| self.is_hidden(id)) => (e.id, e.latency_ns) = (None, None),
            Event::Fork(e) if e.is_thread() && !self.threads => return None,
            Event::Rename(e) if e.who.tid != e.who.key.pid && !self.threads => return None,
            Event::Exit(e) if e.thread && !self.threads => return None,
            Event::Exit(e) if e.cause.is_some_and(|cause| self.is_hidden(cause.id)) => e.cause = None,
            _ => {}
        }
        Some(event)
    }

    fn hide(&mut self, id: u64) {
        if self.hidden.len() == REMEMBERED {
            self.hidden.pop_front();
        }
        self.hidden.push_back(id);
    }

    fn is_hidden(&self, id: u64) -> bool {
        self.hidden.binary_search(&id).is_ok()
    }
}

/// The set as a filter: the shorter of what is shown and what is not.
fn text(on: SignalSet) -> String {
    match on.len() {
        64 => String::new(),
        33.. => format!("!sig:{}", on.complement()),
        _ => format!("sig:{on}"),
    }
}
