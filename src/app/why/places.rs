//! Where it is looked: a recording, standard input, or every stream of a flight recorder's directory.

use crate::error::Error;
use crate::plan::FLIGHT_RECORDER;
use crate::source::replay::{self, PERMITTED, Shelf, Stream};
use crate::source::{Source, replay::Options};
use std::fs;
use std::io::ErrorKind;

/// What to do where nobody recorded anything.
const HINT: &str = "for next time, let `sigtop serve --record` run as a service; now, watch with --wait, or name a recording with --replay";

/// One stream that can be read.
pub struct Place {
    name: String,
    stream: Option<Stream>,
    options: Options,
}

impl Place {
    /// Begins to read it. What it is called comes along.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(self) -> Result<(String, Source), Error> {
        let source = match self.stream {
            Some(stream) => replay::open_stream(stream, self.options)?,
            None => replay::open(self.options)?,
        };
        Ok((self.name, source))
    }
}

/// The streams of a place, the newest first, and what is said of those that are of no use. `is_usual`: nobody named it.
///
/// # Errors
/// Where there is none, and what to do.
pub fn of(options: &Options, is_usual: bool) -> Result<(Vec<Place>, Vec<String>), Error> {
    let path = &options.path;
    let shown = path.display();
    if is_usual && fs::metadata(path).is_err_and(|e| e.kind() == ErrorKind::NotFound) {
        let what = format!("nothing was recorded here: there is no directory {FLIGHT_RECORDER}");
        return Err(Error::environment(what, HINT));
    }
    if !path.is_dir() {
        let (name, options) = (shown.to_string(), options.clone());
        return Ok((vec![Place { name, stream: None, options }], Vec::new()));
    }
    let Shelf { streams, problems, is_forbidden } = replay::streams(path)?;
    if streams.is_empty() {
        let hint = match problems.first() {
            _ if is_forbidden => PERMITTED.into(),
            Some(problem) => format!("of what is there: {problem}"),
            None => HINT.into(),
        };
        return Err(match is_forbidden {
            true => Error::environment(format!("what was recorded in {shown} may not be read by you"), hint),
            false if is_usual => Error::environment(format!("there is no recording in {shown}"), hint),
            false => Error::usage(format!("there is no recording in {shown}"), hint),
        });
    }
    let place = |stream: Stream| Place {
        name: match stream.files.len() {
            1 => stream.files[0].display().to_string(),
            parts => format!("{shown}, a stream in {parts} parts"),
        },
        stream: Some(stream),
        options: options.clone(),
    };
    Ok((streams.into_iter().rev().map(place).collect(), problems))
}
