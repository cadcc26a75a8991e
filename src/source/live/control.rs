//! The back-edge: what the user side changes in the kernel while the stream runs, through duplicated map handles,
//! so that no lock is shared with the thread that reads.

use super::filters::{Filter, Word};
use crate::error::Error;
use crate::signal::SignalSet;
use crate::source::Control;
use libbpf_rs::{MapCore, MapFlags, MapHandle};
use rustix::event::{EventfdFlags, eventfd};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// Maps that the control side writes.
pub struct Handles {
    /// Generation of the filter in force.
    pub generation: MapHandle,
    /// Slots of filters, each in force in its turn.
    pub filters: MapHandle,
}

/// Writes `signals` into the slot of `generation`, which nobody looks into yet.
pub fn write_filter(handles: &Handles, generation: u32, signals: SignalSet) -> libbpf_rs::Result<()> {
    let slot = generation % handles.filters.max_entries();
    handles.filters.update(&slot.to_ne_bytes(), &signals.bits().to_ne_bytes(), MapFlags::ANY)
}

/// Makes the filter of `generation` the one in force: for the kernel, one 4-byte store.
pub fn put_in_force(handles: &Handles, generation: u32) -> libbpf_rs::Result<()> {
    handles.generation.update(&0u32.to_ne_bytes(), &generation.to_ne_bytes(), MapFlags::ANY)
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
    handles: Handles,
    generation: u32,
    words: Option<Sender<Word>>,
    bell: Arc<OwnedFd>,
}

impl LiveControl {
    /// For a thread that has attached and holds generation 0.
    pub fn new(handles: Handles, words: Sender<Word>, bell: Arc<OwnedFd>) -> LiveControl {
        LiveControl { handles, generation: 0, words: Some(words), bell }
    }

    fn say(&self, word: Word) {
        if let Some(words) = &self.words {
            let _ = words.send(word); // where nobody listens any more, nobody needs to know
        }
    }

    fn ring(&self) {
        // It can only fail where the counter is full, and then the thread is awake already.
        let _ = rustix::io::write(&*self.bell, &1u64.to_ne_bytes());
    }
}

impl Control for LiveControl {
    fn set_signals(&mut self, signals: SignalSet) -> Result<(), String> {
        let generation = self.generation + 1;
        let refused = |e: libbpf_rs::Error| format!("the kernel refused the filter ({e}); the old one stays");
        let text = if signals == SignalSet::ALL { String::new() } else { describe(signals) };
        write_filter(&self.handles, generation, signals).map_err(refused)?;
        // Said before it holds, so that no record of the new generation can come before it.
        self.say(Word::Expect(Filter { generation, signals, text }));
        if let Err(error) = put_in_force(&self.handles, generation) {
            self.say(Word::Refused(generation));
            return Err(refused(error));
        }
        self.generation = generation;
        self.say(Word::InForce(generation));
        self.ring();
        Ok(())
    }
}

/// The set as a filter, the shorter way round.
fn describe(signals: SignalSet) -> String {
    let off = signals.complement();
    if off.len() < signals.len() { format!("!sig:{off}") } else { format!("sig:{signals}") }
}

impl Drop for LiveControl {
    fn drop(&mut self) {
        self.words = None; // which is how the thread knows that it shall end
        self.ring();
    }
}
