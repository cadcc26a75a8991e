//! What headers on the way mean: another part of the stream goes on with it, another stream does not belong here.
//!
//! A part begins with a snapshot: who is alive, and which filter holds. All of it has the header's time. Where nothing
//! is missing before it, it says nothing new, and is kept from the reader: so a recording in parts reads as the one
//! stream that it was.

use crate::event::{Event, Header, ProcKey};
use rustc_hash::FxHashSet;

/// The most processes that are remembered of a snapshot.
const SEEN_MAX: usize = 1 << 18;

/// Where we are in a stream.
pub struct Chain {
    boot_id: String,
    began_ns: u64,
    part: u32,
    /// What comes is not of the stream.
    is_other: bool,
    /// Nothing is missing so far.
    is_whole: bool,
    /// The time of a snapshot that may still go on.
    snapshot_ns: Option<u64>,
    /// Its processes are known.
    is_repeated: bool,
    /// Who was seen in the snapshot that is being told: of one that the next part cuts in two, the rest is news.
    seen: FxHashSet<ProcKey>,
    is_cut: bool,
    /// Nothing was told yet.
    is_fresh: bool,
    /// The number of the filter in force, if any was told.
    filter: Option<u32>,
}

/// What a header means.
pub enum Turn {
    /// It goes on.
    On,
    /// It goes on, but something is missing: in words, what.
    Gap(String),
    /// What follows is passed over: in words, why.
    Over(String),
}

impl Chain {
    /// At the beginning of this stream.
    pub fn new(header: &Header) -> Chain {
        let Header { boot_id, began_ns, part, .. } = header.clone();
        Chain {
            boot_id,
            began_ns,
            part,
            is_other: false,
            is_whole: true,
            snapshot_ns: None,
            is_repeated: false,
            seen: FxHashSet::default(),
            is_cut: false,
            is_fresh: true,
            filter: None,
        }
    }

    /// Something is missing.
    pub fn damaged(&mut self) {
        (self.is_whole, self.is_repeated) = (false, false);
    }

    /// Whether what comes is not of the stream.
    pub fn is_other(&self) -> bool {
        self.is_other
    }

    /// Another header.
    pub fn header(&mut self, header: &Header) -> Turn {
        let is_ours = header.boot_id == self.boot_id && header.began_ns == self.began_ns;
        let part = header.part;
        if !is_ours || part <= self.part {
            self.is_other = true;
            return Turn::Over(if is_ours {
                format!(
                    "part {part} of the recording, behind part {}: what follows was told, and is passed over",
                    self.part
                )
            } else {
                format!(
                    "another recording begins ({}, {}): what follows is passed over; replay it by itself",
                    if header.host.is_empty() { "of some host" } else { &header.host },
                    if header.boot_id == self.boot_id { "another run" } else { "another boot" },
                )
            });
        }
        let missing = self.part + 1..part;
        (self.part, self.is_other, self.snapshot_ns) = (part, false, Some(header.mono_ns));
        self.is_repeated = self.is_whole && missing.is_empty();
        self.is_cut = self.is_fresh || !self.seen.is_empty();
        self.is_whole = true;
        if missing.is_empty() {
            return Turn::On;
        }
        Turn::Gap(match missing.len() {
            1 => format!("part {} of the recording is missing before this", missing.start),
            _ => format!("parts {} to {} of the recording are missing before this", missing.start, missing.end - 1),
        })
    }

    /// Whether this event is of the stream, and says something new.
    #[inline]
    pub fn wants(&mut self, event: &Event) -> bool {
        if self.is_other {
            return false;
        }
        self.is_fresh = false;
        match event {
            Event::Seen(e) => return self.is_news(e.mono_ns, e.who.key),
            Event::Filter(e) => {
                let before = self.filter.replace(e.generation);
                let is_snapshot = self.snapshot_ns.take() == Some(e.mono_ns);
                return !is_snapshot || before != self.filter;
            }
            _ => {
                self.snapshot_ns = None;
                if !self.seen.is_empty() {
                    self.seen.clear();
                }
            }
        }
        true
    }

    fn is_news(&mut self, mono_ns: u64, key: ProcKey) -> bool {
        let is_new = self.seen.len() >= SEEN_MAX || self.seen.insert(key);
        let is_repeated = self.is_repeated && self.snapshot_ns == Some(mono_ns);
        !is_repeated || self.is_cut && is_new
    }
}
