//! Plays the demo in real time: the past at once, then each event when its time has come.
//!
//! What the filter does not show is kept back as a live source keeps it back: counted by signal and sender, and told
//! once a second. The clock is read in [`spawn`]'s task only.

use super::{HISTORY_NS, START_NS, Synth, header, words::secs};
use crate::event::{Event, FilterEvent};
use crate::filter::sieve::{Narrows, Sieve};
use crate::filter::{Filter, Placement};
use crate::source::{Answer, BATCH_EVENTS, Batch, Control, QUEUED_BATCHES, Source};
use std::iter::Peekable;
use std::time::Duration;
use tokio::sync::mpsc::{self, error::SendError};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// Batches are at least this far apart: nobody sees less, and each one is a wake-up.
const PACE: Duration = Duration::from_millis(20);

/// How often kept back signals are told of, in nanoseconds.
const COUNT_NS: u64 = secs(1);

/// What a demo is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which history.
    pub seed: u64,
    /// Report forks, exits and names of threads too.
    pub threads: bool,
    /// What is sent one by one from the start; signals that it does not show are only counted.
    pub filter: Filter,
    /// Whether it narrows events of processes too.
    pub narrows: Narrows,
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

/// A filter that is asked for, and where to answer.
type Wish = (Filter, oneshot::Sender<Result<Placement, String>>);

struct Remote(mpsc::UnboundedSender<Wish>);

impl Control for Remote {
    fn set_filter(&mut self, filter: Filter) -> Answer {
        let (reply, answer) = oneshot::channel();
        if let Err(SendError((_, reply))) = self.0.send((filter, reply)) {
            let _ = reply.send(Err("the demo has ended".into())); // whoever asks may have gone
        }
        answer
    }
}

async fn play(
    mut player: Player,
    out: mpsc::Sender<Batch>,
    mut wishes: mpsc::UnboundedReceiver<Wish>,
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
                let Some((filter, reply)) = wish else { return out.send(player.count(now)).await };
                let placement = placement(&filter);
                out.send(player.set_filter(filter, now)).await?;
                let _ = reply.send(Ok(placement)); // whoever asks may have gone
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
    sieve: Sieve,
    generation: u32,
    counted_ns: u64,
}

impl Player {
    pub(super) fn new(options: Options) -> Player {
        Player {
            events: Synth::new(options.seed).peekable(),
            threads: options.threads,
            sieve: Sieve::new(options.filter, options.narrows),
            generation: 0,
            counted_ns: START_NS,
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

    /// From now on this filter: what was kept back so far, then the change.
    pub(super) fn set_filter(&mut self, filter: Filter, mono_ns: u64) -> Batch {
        let mut batch = self.count(mono_ns);
        self.generation += 1;
        let text = filter.to_string();
        self.sieve.set(filter);
        batch.push(Event::Filter(Box::new(FilterEvent { mono_ns, generation: self.generation, text })));
        batch
    }

    /// What was kept back since it was last told.
    pub(super) fn count(&mut self, mono_ns: u64) -> Batch {
        self.counted_ns = mono_ns;
        self.sieve.skipped(mono_ns)
    }

    /// What the reader gets of this event.
    fn filter(&mut self, mut event: Event) -> Option<Event> {
        match &mut event {
            Event::Signal(e) => e.generation = self.generation,
            Event::Fork(e) if e.is_thread() && !self.threads => return None,
            Event::Rename(e) if e.who.tid != e.who.key.pid && !self.threads => return None,
            Event::Exit(e) if e.thread && !self.threads => return None,
            _ => {}
        }
        self.sieve.pass_mut(&mut event).then_some(event)
    }
}

/// All terms are decided here: no kernel helps.
pub fn placement(filter: &Filter) -> Placement {
    let here = if filter.is_everything() { &[] } else { filter.0.parts() };
    Placement { kernel: Vec::new(), here: here.iter().map(ToString::to_string).collect() }
}
