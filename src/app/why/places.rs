//! Where it is looked: a recording, standard input, or every stream of a flight recorder's directory.

use crate::error::Error;
use crate::plan::FLIGHT_RECORDER;
use crate::source::{Source, replay};
use std::fs;
use std::path::PathBuf;

/// What to do where nobody recorded anything.
const HINT: &str = "let `sigtop serve --record` run as a service, so that there is something to look into next time; \
                    watch this machine with --wait, or name a recording with --replay";

/// One stream that can be read.
pub struct Place {
    name: String,
    options: replay::Options,
}

impl Place {
    /// Begins to read it. What it is called comes along.
    pub fn open(self) -> Result<(String, Source), Error> {
        Ok((self.name, replay::open(self.options)?))
    }
}

/// The streams of a place. `is_usual`: nobody named it.
///
/// # Errors
/// Where there is none, and what to do.
pub fn of(options: &replay::Options, is_usual: bool) -> Result<Vec<Place>, Error> {
    let path = &options.path;
    let place = |path: PathBuf| Place {
        name: path.display().to_string(),
        options: replay::Options { path, ..options.clone() },
    };
    if !path.is_dir() {
        return match is_usual {
            true => Err(Error::usage(format!("there is no flight recorder's directory {FLIGHT_RECORDER}"), HINT)),
            false => Ok(vec![place(path.clone())]),
        };
    }
    let shown = path.display();
    let entries = fs::read_dir(path).map_err(|e| Error::environment(format!("cannot read {shown}: {e}"), ""))?;
    let is_recording = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".jsonl") || name.ends_with(".jsonl.zst")
    };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_recording).collect();
    files.sort();
    if files.is_empty() {
        return Err(Error::usage(format!("there are no recordings in {shown}"), HINT));
    }
    Ok(files.into_iter().map(place).collect())
}
