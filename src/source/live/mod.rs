//! This kernel, live: the BPF objects, and the thread that owns them whole (open, load, attach, read).
//!
//! The only room with libbpf-rs and `unsafe`. Records become events here ([`decode`], then [`link`]); they
//! leave in batches over the bounded channel of [`super::Source`]. If the reader of that channel is behind, this
//! thread waits, the ring buffer fills, and the kernel counts what does not fit.

#[allow(unsafe_code)]
mod access;
#[allow(unsafe_code)]
mod attached;
mod attempts;
mod clocks;
mod control;
mod decode;
mod filters;
mod lent;
mod link;
mod load;
mod looker;
#[allow(unsafe_code)]
mod number;
#[allow(unsafe_code)]
mod reader;
mod seed;
mod unsent;
mod watches;
mod written;

pub use load::{check_btf, check_privileges};
pub use number::number;
pub use seed::boot_id;

use super::{QUEUED_BATCHES, Source};
use crate::error::Error;
use crate::event::Header;
use crate::filter::{Filter, Wanted, sieve::Narrows};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use tokio::sync::mpsc;

/// The skeleton that build.rs makes from bpf/: layouts, maps, programs.
#[allow(unsafe_code, missing_docs, unused_imports, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#[rustfmt::skip]
mod skel {
    include!(concat!(env!("OUT_DIR"), "/sigtop.skel.rs"));
}

/// The same of bpf/attempts.bpf.c.
#[allow(unsafe_code, missing_docs, unused_imports, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#[rustfmt::skip]
mod attempts_skel {
    include!(concat!(env!("OUT_DIR"), "/attempts.skel.rs"));
}

/// The same of bpf/access.bpf.c.
#[allow(unsafe_code, missing_docs, unused_imports, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#[rustfmt::skip]
mod access_skel {
    include!(concat!(env!("OUT_DIR"), "/access.skel.rs"));
}

/// The ABI's types, for the test that holds their layout.
#[doc(hidden)]
pub mod abi {
    pub use super::skel::types::*;
}

/// The road that is left where the kernel closes its own functions: a sentence of a header that has this word is about
/// it.
pub const LAST_ROAD: &str = "(sys_exit)";

/// The most problems that wait to be told.
const QUEUED_PROBLEMS: usize = 16;

/// What a live source is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Size of the ring buffer in bytes: a power of two, and a multiple of the page size.
    pub buffer: u32,
    /// Report forks, exits and names of threads too.
    pub threads: bool,
    /// What is sent one by one from the start; signals that it does not show are only counted.
    pub filter: Filter,
    /// Whether it narrows events of processes too.
    pub narrows: Narrows,
    /// What is told beside that only on request: of kinds that the filter does not name, too.
    pub facts: Wanted,
}

/// Attaches to this kernel. Returns once the hooks are in place and the processes alive are being read.
///
/// # Errors
/// What is missing here, and what to do.
pub fn open(options: Options) -> Result<Source, Error> {
    check_privileges()?;
    check_btf()?;
    let (batch_sender, batches) = mpsc::channel(QUEUED_BATCHES);
    let (problem_sender, problems) = mpsc::channel(QUEUED_PROBLEMS);
    let out = reader::Out { batches: batch_sender, problems: problem_sender };
    let (ready_sender, ready) = std::sync::mpsc::channel();
    let (stop, stopped) = control::stop_pair()?;
    thread::Builder::new()
        .name("sigtop-bpf".into())
        .spawn(move || reader::run(options, out, ready_sender, stopped))
        .map_err(|e| Error::environment("cannot start a thread", e))?;
    match ready.recv() {
        Ok(Ok(ready)) => {
            let control = control::LiveControl::new(ready.words, stop, ready.turns);
            Ok(Source { header: ready.header, batches, control: Box::new(control), problems })
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(Error::environment("the capture thread ended before it began", "see the lines above")),
    }
}

/// What the thread says once it has attached.
struct Ready {
    header: Header,
    words: std::sync::mpsc::Sender<control::Word>,
    /// Counts how often it goes round.
    turns: Arc<AtomicU64>,
}
