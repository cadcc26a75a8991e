//! What waits for one client: whole lines, so many bytes at most. What does not fit is lost to it, and it is told how
//! much when it has read what came before.

use super::counts::Counts;
use super::lines::Chunk;
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
    /// What was lost behind the last chunk.
    lost: Counts,
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
            self.bytes += chunk.bytes.len();
            self.chunks.push_back(chunk);
            self.filled.notify_one();
        }
    }

    /// Whether it takes chunks: there is room, and no gap that is still to be told of.
    pub fn takes(&self, room: usize) -> bool {
        self.lost.is_empty() && self.bytes <= room
    }

    /// Where it takes no whole chunk: of it only this part, which has more room, and what all of it was.
    pub fn lose(&mut self, all: &Counts, lives: &Rc<Chunk>, room: usize) {
        if self.bytes + lives.bytes.len() <= room.saturating_mul(2) {
            self.push(lives.clone());
            self.lost.add_all(&all.without(&lives.counts));
        } else {
            self.lost.add_all(all);
        }
    }

    /// What is to be told of a gap, once half of the room is free again.
    pub fn gap(&mut self, room: usize) -> Option<Counts> {
        let is_due = !self.lost.is_empty() && (self.bytes <= room / 2 || self.is_ended);
        is_due.then(|| std::mem::take(&mut self.lost))
    }

    /// How much is lost that was not told of yet.
    pub fn lost(&self) -> u64 {
        self.lost.total()
    }

    /// How many bytes wait.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.bytes
    }

    /// Whether it has more than it should.
    pub fn is_over(&self, room: usize) -> bool {
        !self.lost.is_empty() || self.bytes > room / 2
    }

    /// What is to be written next: a chunk, and from where on.
    pub fn front(&self) -> Option<(Rc<Chunk>, usize)> {
        self.chunks.front().map(|chunk| (chunk.clone(), self.written))
    }

    /// So many bytes more of the first chunk are written.
    pub fn advance(&mut self, bytes: usize) {
        self.written += bytes;
        if self.chunks.front().is_some_and(|chunk| self.written >= chunk.bytes.len()) {
            self.bytes -= self.written;
            self.written = 0;
            self.chunks.pop_front();
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
        self.is_ended && self.chunks.is_empty()
    }
}
