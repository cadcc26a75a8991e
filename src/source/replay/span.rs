//! From when to when a recording tells, without reading all of it: the header has the beginning, and the end is found
//! from behind. For frames of zstd that is the last place from which lines of a recording can be decoded: the magic
//! number alone may stand anywhere.

use super::frames::{Frames, MAGIC, Step};
use super::input::{Chunk, Input, is_stdin};
use super::shelf::find;
use crate::source::lines::{self, Item};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How much of the end is looked at first, and how much at most.
const TAIL: u64 = 256 << 10;
const TAIL_MAX: u64 = 64 << 20;

/// How many places that look like the beginning of a frame are tried, and how much is decoded of all.
const TRIES: usize = 1024;
const DECODED_MAX: usize = 1 << 30;

/// The first and the last time in a recording, as far as that can be known without reading it: nothing for pipes.
pub fn span(path: &Path) -> Option<(u64, u64)> {
    if is_stdin(path) {
        return None;
    }
    let files = find(path).ok()?.files;
    if !files.iter().all(|file| file.is_file()) {
        return None;
    }
    let begin = Input::open(files.first()?).ok()?.1.mono_ns;
    Some((begin, end(&files).map_or(begin, |end| end.max(begin))))
}

/// The time of the last event in these files.
pub fn end(files: &[PathBuf]) -> Option<u64> {
    files.iter().rev().find_map(|file| last(file).transpose())?.ok()
}

/// The time of the last event in a file.
fn last(path: &Path) -> io::Result<Option<u64>> {
    let mut file = File::open(path)?;
    let mut first = Vec::new();
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut first)?;
    let size = file.seek(SeekFrom::End(0))?;
    let mut len = TAIL;
    loop {
        file.seek(SeekFrom::Start(size.saturating_sub(len)))?;
        let mut tail = Vec::new();
        file.by_ref().take(len).read_to_end(&mut tail)?;
        let found = if first == MAGIC { last_in_frames(&tail)? } else { last_in(&tail) };
        if found.is_some() || len >= size || len >= TAIL_MAX {
            return Ok(found);
        }
        len *= 4;
    }
}

/// The last time in lines of which the first may be cut.
fn last_in(tail: &[u8]) -> Option<u64> {
    tail.split(|byte| *byte == b'\n').rev().find_map(|line| match lines::read(line).ok()? {
        Item::Event(event) => Some(event.mono_ns()),
        Item::Header(_) | Item::Unknown => None,
    })
}

/// The same, of lines in frames of which the first may be cut.
fn last_in_frames(tail: &[u8]) -> io::Result<Option<u64>> {
    let begins = tail.windows(MAGIC.len()).enumerate().filter(|(_, bytes)| *bytes == MAGIC).map(|(at, _)| at);
    let mut budget = DECODED_MAX;
    for at in begins.collect::<Vec<_>>().into_iter().rev().take(TRIES) {
        let found = last_decoded(tail.get(at..).unwrap_or_default(), &mut budget)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The last time in what can be decoded of this: only the end of it is held.
fn last_decoded(compressed: &[u8], budget: &mut usize) -> io::Result<Option<u64>> {
    let mut frames = Frames::new(compressed)?;
    let mut bytes = vec![0; Chunk::SIZE];
    let (mut held, mut found) = (Vec::new(), None);
    while let Step::Bytes(count) = frames.step(&mut bytes)? {
        *budget = budget.checked_sub(count).ok_or_else(|| io::Error::other("too much to decode"))?;
        held.extend_from_slice(bytes.get(..count).unwrap_or_default());
        found = last_in(&held).or(found);
        let from = held.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        held.drain(..from);
        if held.len() > lines::LINE_MAX {
            held.clear();
        }
    }
    Ok(found)
}
