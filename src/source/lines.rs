//! Lines of a recording or a socket into events: what is in one line, or in words why it cannot be.

pub mod hot;

use crate::event::wire::{VERSION, Wire};
use crate::event::{Event, Header};
use serde::Deserialize;
use std::fmt;

/// The longest line, in bytes: many times what the longest event takes.
pub const LINE_MAX: usize = 1 << 20;

/// The most of an error's words that is told.
const WORDS_MAX: usize = 160;

/// What a line holds.
pub enum Item {
    /// The beginning of a stream, or of another part of it.
    Header(Box<Header>),
    /// Something that happened.
    Event(Event),
    /// Nothing that this version knows: of another one, which only added to the format.
    Unknown,
}

/// Why there is nothing in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// A later format, which this version cannot read, and the sigtop that made it, where it says so.
    Newer(u64, Option<String>),
    /// It is no line of a recording: in words, why.
    Wrong(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Newer(format, version) => {
                write!(f, "made by a newer sigtop")?;
                version.as_ref().map_or(Ok(()), |version| write!(f, " ({version:?})"))?;
                write!(f, ": its format is {format}, and this one reads up to {VERSION}")
            }
            Trouble::Wrong(words) => f.write_str(words),
        }
    }
}

/// What any version says of itself, whatever else it changes.
#[derive(Deserialize)]
struct Maker {
    v: u64,
    #[serde(default)]
    version: Option<String>,
}

/// Reads one line, without its line feed.
///
/// # Errors
/// What is wrong with it.
pub fn read(line: &[u8]) -> Result<Item, Trouble> {
    let wire: Wire = match serde_json::from_slice(line) {
        Ok(wire) => wire,
        Err(e) => return Err(newer(line).unwrap_or_else(|| Trouble::Wrong(no_object(&e)))),
    };
    if wire.v > VERSION {
        return Err(newer(line).unwrap_or(Trouble::Newer(wire.v.into(), None)));
    }
    if let Some(header) = wire.to_header() {
        return Ok(Item::Header(Box::new(header)));
    }
    if !wire.is_known() && !wire.r#type.is_empty() {
        return Ok(Item::Unknown);
    }
    wire.to_event().map(Item::Event).map_err(|e| Trouble::Wrong(clipped(e.to_string())))
}

#[cold]
fn newer(line: &[u8]) -> Option<Trouble> {
    let maker: Maker = serde_json::from_slice(line).ok()?;
    (maker.v > VERSION.into()).then(|| Trouble::Newer(maker.v, maker.version.map(clipped)))
}

/// Where in the line, and what: its own count of lines means nothing here.
#[cold]
fn no_object(e: &serde_json::Error) -> String {
    let words = e.to_string();
    let what = words.rsplit_once(" at line ").map_or(words.as_str(), |(what, _)| what);
    clipped(format!("no object of a recording ({what}, at byte {})", e.column()))
}

fn clipped(mut words: String) -> String {
    if let Some((at, _)) = words.char_indices().nth(WORDS_MAX) {
        words.truncate(at);
        words.push_str("...");
    }
    words
}
