//! Plays the demo in real time: the past at once, then each event when its time has come.
//!
//! What the filter does not show is kept back as a live source keeps it back: counted by signal and sender, and told
//! once a second. The clock is read in [`spawn`]'s task only.

use super::{HISTORY_NS, START_NS, Synth, header};
use crate::event::Event;
use crate::filter::sieve::Narrows;
use crate::filter::{Filter, Placement, Wanted};
use crate::source::narrow::{Narrow, placement};
use crate::source::{Answer, BATCH_EVENTS, Batch, Control, QUEUED_BATCHES, Source};
use std::iter::Peekable;
use std::time::Duration;
use tokio::sync::mpsc::{self, error::SendError};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// Batches are at least this far apart: nobody sees less, and each one is a wake-up.
const PACE: Duration = Duration::from_millis(20);

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
    /// What is told beside that only on request: of kinds that the filter does not name, too.
    pub facts: Wanted,
}

/// Plays a history. To be called in a tokio runtime; ends when its control or its reader is dropped.
pub fn spawn(options: Options) -> Source {
    let (out, batches) = mpsc::channel(QUEUED_BATCHES);
    let (wish, wishes) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        // The only error is that nobody reads any more: the end.
        let _ = play(Player::new(options), out, wishes).await;
    });
    Source::new(header(), batches, Remote(wish))
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
    narrow: Narrow,
}

impl Player {
    pub(super) fn new(options: Options) -> Player {
        Player {
            events: Synth::with_facts(options.seed).peekable(),
            narrow: Narrow::new(options.filter, options.narrows, options.threads, START_NS).requesting(&options.facts),
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
            self.narrow.take(event, &mut batch);
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// From now on this filter: what was kept back so far, then the change.
    pub(super) fn set_filter(&mut self, filter: Filter, mono_ns: u64) -> Batch {
        self.narrow.set_filter(filter, mono_ns)
    }

    /// What was kept back since it was last told.
    pub(super) fn count(&mut self, mono_ns: u64) -> Batch {
        self.narrow.count(mono_ns)
    }
}
