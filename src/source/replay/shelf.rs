//! A directory of recordings: which streams it holds. A flight recorder leaves one stream in many files, and another
//! with each start; the headers say which belong together, whatever the files are called.

use super::frames::Step;
use super::input::{Chunk, Input, PERMITTED, is_stdin};
use super::{names, span};
use crate::clock::{Clock, TimeStyle};
use crate::error::{Error, Kind};
use crate::event::Header;
use crate::source::lines::{self, Item};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// So much of each of two copies is looked at.
const LOOKED_AT: usize = 64 << 20;

/// A stream in a directory.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Of its first file there. Where `part` is not 0, what was before is gone.
    pub header: Header,
    /// Its files, by their parts.
    pub files: Vec<PathBuf>,
}

/// What a directory holds.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// The streams, the newest last.
    pub streams: Vec<Stream>,
    /// Which files are of no use, in words.
    pub problems: Vec<String>,
    /// Some of them are others' to read.
    pub is_forbidden: bool,
}

/// What a path stands for.
pub struct Found {
    /// The files of one stream, by their parts.
    pub files: Vec<PathBuf>,
    /// Which files beside them are of no use, in words.
    pub problems: Vec<String>,
    /// Streams that are in the directory too, the newest last.
    pub older: Vec<Stream>,
}

/// Finds the recording that is meant by `path`: the newest stream of a directory, or a file; where a flight recorder gave
/// that its name, with the parts behind it.
///
/// # Errors
/// Where there is none.
pub fn find(path: &Path) -> Result<Found, Error> {
    if is_stdin(path) || !path.is_dir() {
        let files = std::iter::once(path.to_path_buf()).chain(names::later(path)).collect();
        return Ok(Found { files, problems: Vec::new(), older: Vec::new() });
    }
    let Shelf { streams: mut older, problems, .. } = streams(path)?;
    match older.pop() {
        Some(newest) => Ok(Found { files: newest.files, problems, older }),
        None => Err(empty(path, &problems)),
    }
}

/// What is left out where the newest of several streams is played, and how it can be seen.
pub fn left_out(older: &[Stream]) -> Option<String> {
    let (first, last) = (older.first()?, older.last()?);
    let time = |header: &Header, mono_ns| Clock::new(TimeStyle::Local, mono_ns, header.offset_ns).full_second(mono_ns);
    let end_ns = span::end(&last.files).unwrap_or(last.header.mono_ns);
    let (from, to) = (time(&first.header, first.header.mono_ns), time(&last.header, end_ns));
    let name = last.files.first()?.display();
    // What to type comes first, for a status line may be too short for all of it.
    Some(match older.len() {
        1 => format!("--replay {name} plays an older recording that is there, from {from} to {to}"),
        n => format!("--replay {name} plays the newest of {n} older recordings that are there, from {from} to {to}"),
    })
}

/// Looks into the header of each file in `dir`.
///
/// # Errors
/// Where the directory cannot be read.
pub fn streams(dir: &Path) -> Result<Shelf, Error> {
    let refused = |e: io::Error| match e.kind() {
        ErrorKind::PermissionDenied => {
            Error::environment(format!("{} may not be read by you", dir.display()), PERMITTED)
        }
        _ => Error::usage(format!("cannot look into {}: {e}", dir.display()), ""),
    };
    let entries = fs::read_dir(dir).map_err(refused)?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|p| p.is_file()).collect();
    files.sort();
    let mut shelf = Shelf::default();
    let mut found: BTreeMap<(String, u64), BTreeMap<u32, (Header, PathBuf)>> = BTreeMap::new();
    for file in files {
        match Input::open(&file) {
            Ok((_, header)) => {
                let parts = found.entry((header.boot_id.clone(), header.began_ns)).or_default();
                shelf.problems.extend(put(parts, header, file));
            }
            Err(e) => {
                shelf.is_forbidden |= e.kind == Kind::Environment;
                shelf.problems.push(format!("{} (passed over)", e.what));
            }
        }
    }
    shelf.streams = found.into_values().filter_map(stream).collect();
    shelf.streams.sort_by_key(|stream| began(&stream.header));
    Ok(shelf)
}

/// Adds a part. Of two copies the one stays of which more can be read; in words, which does not.
fn put(parts: &mut BTreeMap<u32, (Header, PathBuf)>, header: Header, file: PathBuf) -> Option<String> {
    let part = header.part;
    let Some((_, kept)) = parts.get_mut(&part) else {
        parts.insert(part, (header, file));
        return None;
    };
    let over = if legible(&file) > legible(kept) { std::mem::replace(kept, file) } else { file };
    let (over, kept) = (over.display(), kept.display());
    let why = format!("it is the same part as {kept}, of which no less can be read");
    Some(format!("{over} is passed over: {why}; --replay {over} plays it"))
}

/// How many events can be read of a file; of a very large one, of its beginning.
fn legible(path: &Path) -> u64 {
    let Ok((mut input, _)) = Input::open(path) else { return 0 };
    let (mut chunk, mut begun, mut looked, mut events) = (Chunk::new(), Vec::new(), 0, 0);
    let mut count = |line: &[u8]| events += u64::from(matches!(lines::read(line), Ok(Item::Event(_))));
    while looked < LOOKED_AT {
        match input.step(&mut chunk) {
            Ok(Step::Bytes(len)) => looked += len,
            Ok(Step::Damage(_)) => continue,
            Ok(Step::End { .. }) | Err(_) => break,
        }
        let mut lines = chunk.bytes().split(|byte| *byte == b'\n');
        begun.extend_from_slice(lines.next().unwrap_or_default());
        for line in lines {
            count(&begun);
            begun.clear();
            begun.extend_from_slice(line);
        }
        if begun.len() > lines::LINE_MAX {
            begun.clear();
        }
    }
    count(&begun);
    events
}

fn stream(parts: BTreeMap<u32, (Header, PathBuf)>) -> Option<Stream> {
    let (headers, files): (Vec<Header>, Vec<PathBuf>) = parts.into_values().unzip();
    Some(Stream { header: headers.into_iter().next()?, files })
}

/// When a stream began, in real time: monotonic times of two boots cannot be compared.
fn began(header: &Header) -> i128 {
    i128::from(header.began_ns) + i128::from(header.offset_ns)
}

/// There is nothing to replay in `dir`.
fn empty(dir: &Path, problems: &[String]) -> Error {
    let hint = match problems.first() {
        Some(problem) => format!("of what is there: {problem}"),
        None => "`sigtop serve --record DIR` keeps a flight recorder in a directory".into(),
    };
    Error::usage(format!("there is no recording in {}", dir.display()), hint)
}
