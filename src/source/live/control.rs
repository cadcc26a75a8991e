//! The back-edge: what the user side asks of the thread that reads, on a channel of its own, with a bell that wakes it.
//! That thread alone touches the kernel's maps, so that no lock is shared.

use crate::error::Error;
use crate::filter::{Filter, Placement, Wanted};
use crate::source::{Answer, Asked, Control};
use rustix::event::{EventfdFlags, eventfd};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use tokio::sync::oneshot;

/// What the control side says. That nobody is left to say anything means: end.
#[derive(Debug)]
pub enum Word {
    /// From now on this filter.
    SetFilter(Filter, oneshot::Sender<Result<Placement, String>>),
    /// From now on this of what is told only on request, beside what the filter names.
    Ask(Wanted, oneshot::Sender<Result<Vec<String>, String>>),
}

/// An event descriptor that wakes the reading thread: one end to ring, one to listen.
pub fn stop_pair() -> Result<(Arc<OwnedFd>, Arc<OwnedFd>), Error> {
    let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
        .map_err(|e| Error::environment("cannot make an event descriptor", e))?;
    let fd = Arc::new(fd);
    Ok((fd.clone(), fd))
}

/// [`Control`] of the live kernel. Dropping it ends the thread, which detaches everything, hands over what it still
/// has, and closes the channel. Nobody waits for it here: it may itself be waiting for one who reads no more.
pub struct LiveControl {
    words: Option<Sender<Word>>,
    bell: Arc<OwnedFd>,
    turns: Arc<AtomicU64>,
}

impl LiveControl {
    /// For a thread that listens to these words and to this bell, and counts its turns here.
    pub fn new(words: Sender<Word>, bell: Arc<OwnedFd>, turns: Arc<AtomicU64>) -> LiveControl {
        LiveControl { words: Some(words), bell, turns }
    }

    /// Where nobody listens any more, nobody answers.
    fn say(&self, word: Word) {
        if let Some(words) = &self.words {
            let _ = words.send(word);
        }
        self.ring();
    }

    fn ring(&self) {
        // It can only fail where the counter is full, and then the thread is awake already.
        let _ = rustix::io::write(&*self.bell, &1u64.to_ne_bytes());
    }
}

impl Control for LiveControl {
    fn set_filter(&mut self, filter: Filter) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.say(Word::SetFilter(filter, answer));
        answered
    }

    fn ask(&mut self, wanted: Wanted) -> Asked {
        let (answer, answered) = oneshot::channel();
        self.say(Word::Ask(wanted, answer));
        answered
    }

    fn turns(&self) -> Option<u64> {
        Some(self.turns.load(Ordering::Relaxed))
    }
}

impl Drop for LiveControl {
    fn drop(&mut self) {
        self.words = None; // which is how the thread knows that it shall end
        self.ring();
    }
}
