//! Where events come from: this kernel ([`live`]), a recording ([`replay`]), or a seeded synthetic history ([`synth`]).
//!
//! Whatever the origin, what comes out is the same: a header, then batches of events in order, over a bounded
//! channel. If the reader is behind, the source waits; a live source then lets the kernel's ring buffer fill, and
//! what does not fit there is counted. Nothing here knows who reads.

pub mod connect;
mod lines;
mod narrow;
pub mod replay;
pub mod synth;

pub use narrow::placement;

use crate::event::{Event, Header};
use crate::filter::{Filter, Placement, Wanted};
use tokio::sync::{mpsc, oneshot};

/// Events in order, handed over together: one channel operation for many.
pub type Batch = Vec<Event>;

/// The most events in one batch.
pub const BATCH_EVENTS: usize = 1024;

/// How many batches may wait for the reader before the source waits.
pub const QUEUED_BATCHES: usize = 32;

/// A stream of events.
pub struct Source {
    /// What the stream says of itself.
    pub header: Header,
    /// The events. The end of the channel is the end of the stream.
    pub batches: mpsc::Receiver<Batch>,
    /// The back-edge.
    pub control: Box<dyn Control>,
    /// What in a recording could not be read, in words, as it is met. Nothing where nothing is read.
    pub problems: mpsc::Receiver<String>,
}

impl Source {
    /// A stream without problems.
    pub fn new(header: Header, batches: mpsc::Receiver<Batch>, control: impl Control + 'static) -> Source {
        let (_, none) = mpsc::channel(1);
        Source { header, batches, control: Box::new(control), problems: none }
    }
}

/// What a source says to a filter that it was asked to obey: which terms are decided where; or why not, in words, and
/// then the filter in force stays. Answers come in the order of the questions.
pub type Answer = oneshot::Receiver<Result<Placement, String>>;

/// What becomes of a wish for other rules, in words.
pub type Reloaded = oneshot::Receiver<Result<String, String>>;

/// What a source says to what it was asked to tell on request: a sentence for each road by which it is seen; or why it is
/// not seen, in words, and then all stays as it was.
pub type Asked = oneshot::Receiver<Result<Vec<String>, String>>;

/// What may be asked of a source while it runs.
pub trait Control: Send {
    /// From now on send one by one only what this filter shows; signals that it does not show are counted. The change is
    /// seen in the stream as a `filter` event. Without an answer the source has ended.
    fn set_filter(&mut self, filter: Filter) -> Answer;

    /// Reads again the rules that are held against the stream; what becomes of that comes in words: what changed, or why
    /// the old ones stay. Without an answer the stream has ended.
    fn reload_rules(&mut self) -> Reloaded {
        let (reply, answer) = oneshot::channel();
        let _ = reply.send(Err("there are no rules here: --rules FILE|builtin gives some".into())); // it waits there
        answer
    }

    /// From now on tell this too of what is told only on request, beside what the filter names. Where that is no question,
    /// because the stream has what it has, nothing is to be done, and there is nothing to say of roads.
    fn ask(&mut self, wanted: Wanted) -> Asked {
        drop(wanted);
        let (answer, answered) = oneshot::channel();
        let _ = answer.send(Ok(Vec::new())); // its other end is here
        answered
    }

    /// How often the capture has gone round, at least once a second while all is well; of what needs no watching: nothing.
    fn turns(&self) -> Option<u64> {
        None
    }
}

pub mod live;
