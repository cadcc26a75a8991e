//! What headers on the way mean: another part of the stream goes on with it, another stream does not belong here.
//!
//! A part begins with a snapshot of who is alive. Where nothing is missing before it, that says nothing new, and is
//! kept from the reader: so a recording in parts reads as the one stream that it was.

use crate::event::{Event, Header};

/// Where we are in a stream.
pub struct Chain {
    boot_id: String,
    began_ns: u64,
    part: u32,
    /// What comes is not of the stream.
    is_other: bool,
    /// Nothing is missing so far.
    is_whole: bool,
    /// What comes is the snapshot of a part that goes on.
    in_snapshot: bool,
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
        Chain { boot_id, began_ns, part, is_other: false, is_whole: true, in_snapshot: false }
    }

    /// Something is missing.
    pub fn damaged(&mut self) {
        self.is_whole = false;
        self.in_snapshot = false;
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
        (self.part, self.is_other) = (part, false);
        if missing.is_empty() {
            self.in_snapshot = self.is_whole;
            self.is_whole = true;
            return Turn::On;
        }
        (self.is_whole, self.in_snapshot) = (true, false);
        Turn::Gap(match missing.len() {
            1 => format!("part {} of the recording is missing before this", missing.start),
            _ => format!("parts {} to {} of the recording are missing before this", missing.start, missing.end - 1),
        })
    }

    /// Whether this event is of the stream, and says something new.
    #[inline]
    pub fn wants(&mut self, event: &Event) -> bool {
        if self.in_snapshot {
            self.in_snapshot = matches!(event, Event::Seen(_));
            return !self.in_snapshot;
        }
        !self.is_other
    }
}
