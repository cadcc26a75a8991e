//! What waits for one client: whole lines, so many bytes at most. What does not fit is lost to it, and it is told how
//! much when it has read what came before.

use super::lines::Chunk;
use crate::sink::gap::Gap;
use std::collections::VecDeque;
use std::rc::Rc;
use tokio::sync::Notify;

/// The most bytes that wait for all clients together, and for one of few.
pub const ALL_BYTES: usize = 64 << 20;
const ONE_BYTES: usize = 16 << 20;

/// What each of so many clients may have waiting.
pub fn room(clients: usize) -> usize {
    (ALL_BYTES / clients.max(1)).min(ONE_BYTES)
}

/// The lines for one client, in order.
#[derive(Default)]
pub struct Queue {
    chunks: VecDeque<Rc<Chunk>>,
    bytes: usize,
    /// How much of the first chunk is written.
    written: usize,
    /// How many of the chunks are snapshots.
    snapshots: usize,
    /// What was lost behind the last chunk.
    gap: Option<Gap>,
    /// Nothing more will come.
    is_ended: bool,
    /// Something came, or it ended.
    pub filled: Rc<Notify>,
    /// Something was written.
    pub drained: Rc<Notify>,
}

impl Queue {
    /// Puts it in, whatever there is already: what the client asked for.
    pub fn push(&mut self, chunk: Rc<Chunk>) {
        if !chunk.bytes.is_empty() {
            self.bytes += weight(&chunk);
            self.snapshots += usize::from(chunk.is_snapshot);
            self.chunks.push_back(chunk);
            self.filled.notify_one();
        }
    }

    /// Whether it takes chunks: there is room, and no gap that is still to be told of.
    pub fn takes(&self, room: usize) -> bool {
        self.gap.is_none() && self.bytes <= room
    }

    /// Where it takes no chunk: what would have been in it. How many events more are lost.
    pub fn lose(&mut self, lost: &Gap) -> u64 {
        let gap = self.gap.get_or_insert_with(|| Gap::new(lost.began_ns()));
        let before = gap.total();
        gap.lose_all(lost);
        gap.total() - before
    }

    /// The gap that is to be told of: half of the room is free again, and no snapshot waits to be read.
    pub fn due_gap(&self, room: usize) -> Option<&Gap> {
        let is_due = self.is_ended || (self.bytes <= room / 2 && self.snapshots == 0);
        self.gap.as_ref().filter(|_| is_due)
    }

    /// It is told of by these.
    pub fn end_gap(&mut self, chunks: impl IntoIterator<Item = Rc<Chunk>>) {
        self.gap = None;
        chunks.into_iter().for_each(|chunk| self.push(chunk));
    }

    /// How much is lost that was not told of yet.
    #[cfg(test)]
    pub fn lost(&self) -> u64 {
        self.gap.as_ref().map_or(0, Gap::total)
    }

    /// How many bytes wait.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.bytes
    }

    /// Whether it has more than it should.
    pub fn is_over(&self, room: usize) -> bool {
        self.gap.is_some() || self.bytes > room / 2
    }

    /// What is to be written next: a chunk, and from where on.
    pub fn front(&self) -> Option<(Rc<Chunk>, usize)> {
        self.chunks.front().map(|chunk| (chunk.clone(), self.written))
    }

    /// So many bytes more of the first chunk are written.
    pub fn advance(&mut self, bytes: usize) {
        self.written += bytes;
        let is_written = self.chunks.front().is_some_and(|chunk| self.written >= chunk.bytes.len());
        if is_written && let Some(chunk) = self.chunks.pop_front() {
            self.bytes -= weight(&chunk);
            self.snapshots -= usize::from(chunk.is_snapshot);
            self.written = 0;
            self.drained.notify_one();
        }
    }

    /// Nothing more will come.
    pub fn end(&mut self) {
        self.is_ended = true;
        self.filled.notify_one();
    }

    /// Whether all is written that ever will be.
    pub fn is_done(&self) -> bool {
        self.is_ended && self.gap.is_none() && self.chunks.is_empty()
    }
}

/// What it takes of the room. Of snapshots at most one waits, beside the first.
fn weight(chunk: &Chunk) -> usize {
    if chunk.is_snapshot { 0 } else { chunk.bytes.len() }
}
