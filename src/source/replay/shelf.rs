//! A directory of recordings: which streams it holds. A flight recorder leaves one stream in many files, and another
//! with each start; the headers say which belong together, whatever the files are called.

use super::input::{Input, PERMITTED};
use crate::error::{Error, Kind};
use crate::event::Header;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

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
                if let Some((_, first)) = parts.get(&header.part) {
                    let (file, first) = (file.display(), first.display());
                    shelf.problems.push(format!("{file} is passed over: it is the same part as {first}"));
                } else {
                    parts.insert(header.part, (header, file));
                }
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

fn stream(parts: BTreeMap<u32, (Header, PathBuf)>) -> Option<Stream> {
    let (headers, files): (Vec<Header>, Vec<PathBuf>) = parts.into_values().unzip();
    Some(Stream { header: headers.into_iter().next()?, files })
}

/// When a stream began, in real time: monotonic times of two boots cannot be compared.
fn began(header: &Header) -> i128 {
    i128::from(header.began_ns) + i128::from(header.offset_ns)
}

/// There is nothing to replay in `dir`.
pub fn empty(dir: &Path, problems: &[String]) -> Error {
    let hint = match problems.first() {
        Some(problem) => format!("of what is there: {problem}"),
        None => "`sigtop serve --record DIR` keeps a flight recorder in a directory".into(),
    };
    Error::usage(format!("there is no recording in {}", dir.display()), hint)
}
