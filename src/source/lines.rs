//! Lines of a recording or a socket into events: what is in one line, or in words why it cannot be.

use crate::event::wire::{VERSION, Wire};
use crate::event::{Event, Header};

/// What a line holds.
pub enum Item {
    /// The beginning of a stream, or of another part of it.
    Header(Box<Header>),
    /// Something that happened.
    Event(Event),
    /// Nothing that this version knows: of another one, which only added to the format.
    Unknown,
}

/// Reads one line, without its line feed.
///
/// # Errors
/// What is wrong with it, in words.
pub fn read(line: &[u8]) -> Result<Item, String> {
    let wire: Wire = serde_json::from_slice(line).map_err(|e| format!("no object of a recording ({e})"))?;
    if wire.v > VERSION {
        return Err(format!("made by a newer sigtop: format {}, and this one reads up to {VERSION}", wire.v));
    }
    if let Some(header) = wire.to_header() {
        return Ok(Item::Header(Box::new(header)));
    }
    if !wire.is_known() {
        return Ok(Item::Unknown);
    }
    wire.to_event().map(Item::Event).map_err(|e| e.to_string())
}
