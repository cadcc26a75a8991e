//! The back-edge: what the user side changes in the kernel while the stream runs, through duplicated map handles,
//! so that no lock is shared with the thread that reads.

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
    /// Two slots of filters.
    pub filters: MapHandle,
}

/// What the reading thread is told.
pub enum Command {
    /// This filter is in force from this generation on.
    Filter(u32, String),
}

/// Writes `signals` into the slot of `generation`, then makes it the one in force: for the kernel the change is
/// one 4-byte store.
pub fn write_filter(handles: &Handles, generation: u32, signals: SignalSet) -> libbpf_rs::Result<()> {
    let slot = generation & 1;
    handles.filters.update(&slot.to_ne_bytes(), &signals.bits().to_ne_bytes(), MapFlags::ANY)?;
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
    commands: Option<Sender<Command>>,
    bell: Arc<OwnedFd>,
}

impl LiveControl {
    /// For a thread that has attached and holds generation 0.
    pub fn new(handles: Handles, commands: Sender<Command>, bell: Arc<OwnedFd>) -> LiveControl {
        LiveControl { handles, generation: 0, commands: Some(commands), bell }
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
        if let Some(commands) = &self.commands {
            // First the announcement, so that no record of the new generation can come before it.
            let _ = commands.send(Command::Filter(generation, text));
        }
        write_filter(&self.handles, generation, signals).map_err(refused)?;
        self.generation = generation;
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
        self.commands = None; // which is how the thread knows that it shall end
        self.ring();
    }
}
