//! The bytes of a recording, as they come: a file or standard input, plain or in frames of zstd, told apart by what is
//! in it and never by its name.

use super::frames::{Frames, MAGIC, Step};
use crate::error::Error;
use crate::event::Header;
use crate::event::wire::Wire;
use crate::source::lines::{self, Item, LINE_MAX, Trouble};
use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read};
use std::path::Path;

/// So many bytes tell what a file is.
const FIRST: u64 = 6;

/// How other files begin that people have at hand, what they are, and what to do with them. Advice may be
/// pasted: a command that writes never names the user's file.
const OTHERS: [(&[u8], &str, &str); 6] = [
    (&[0x1f, 0x8b], "is compressed by gzip", "`zcat FILE | sigtop --replay -` unpacks it on the way"),
    (b"BZh", "is compressed by bzip2", "`bzcat FILE | sigtop --replay -` unpacks it on the way"),
    (b"\xfd7zXZ\0", "is compressed by xz", "`xzcat FILE | sigtop --replay -` unpacks it on the way"),
    (&[0x04, 0x22, 0x4d, 0x18], "is compressed by lz4", "`lz4cat FILE | sigtop --replay -` unpacks it on the way"),
    (b"PK\x03\x04", "is a ZIP archive", "unpack it first"),
    (b"\x7fELF", "is a program", MAKE_ONE),
];

const NO_HEADER: &str = "without it nobody knows when and where the rest happened";
/// What to do where it is others' to read.
pub const PERMITTED: &str = "run it with sudo, or ask whoever owns it";
const MAKE_ONE: &str = "`sigtop record -o NEW.jsonl.zst` makes a recording";

/// Room for bytes: used again and again.
pub struct Chunk {
    bytes: Vec<u8>,
    len: usize,
}

impl Chunk {
    /// Bytes handed on at once.
    pub const SIZE: usize = 256 << 10;

    /// Nothing yet.
    pub fn new() -> Chunk {
        Chunk { bytes: vec![0; Chunk::SIZE], len: 0 }
    }

    /// What was read last.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// A file that is read.
pub struct Input {
    bytes: Bytes,
    /// What was read beyond the header.
    ahead: Vec<u8>,
}

enum Bytes {
    Plain(Box<dyn Read + Send>),
    Frames(Box<Frames<Box<dyn Read + Send>>>),
}

impl Input {
    /// Opens a recording, `-` for standard input, and reads its header.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn open(path: &Path) -> Result<(Input, Header), Error> {
        let name = name(path);
        let bytes: Box<dyn Read + Send> = if is_stdin(path) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(|e| unreadable(&name, &e))?)
        };
        Input::of(bytes, &name)
    }

    /// The same of these bytes.
    ///
    /// # Errors
    /// What is wrong with them, and what to do.
    pub fn of(bytes: Box<dyn Read + Send>, name: &str) -> Result<(Input, Header), Error> {
        let (bytes, first) = Bytes::of(bytes).map_err(|e| unreadable(name, &e))?;
        if first.is_empty() {
            return Err(Error::usage(format!("{name} is empty"), "whoever was to write it may not have begun"));
        }
        if let Some((_, what, hint)) = OTHERS.iter().find(|(magic, ..)| first.starts_with(magic)) {
            return Err(Error::usage(format!("{name} {what}, and no recording of sigtop"), hint.replace("FILE", name)));
        }
        let mut input = Input { bytes, ahead: Vec::new() };
        let line = input.first_line().map_err(|e| unreadable(name, &e))?;
        let header = header(&line).map_err(|(what, hint)| Error::usage(format!("{name} {what}"), hint))?;
        Ok((input, header))
    }

    /// Up to the first line feed, or as much as a line may have.
    fn first_line(&mut self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let mut chunk = Chunk::new();
        loop {
            let seen = text.len();
            match self.step(&mut chunk)? {
                Step::Bytes(_) => text.extend_from_slice(chunk.bytes()),
                Step::Damage(at) => {
                    return Err(io::Error::new(
                        ErrorKind::InvalidData,
                        format!("damaged around byte {at}, in its header"),
                    ));
                }
                Step::End { .. } => return Ok(text),
            }
            if let Some(end) = text.iter().skip(seen).position(|byte| *byte == b'\n') {
                self.ahead = text.split_off(seen + end + 1);
                return Ok(text);
            }
            if text.len() > LINE_MAX {
                return Ok(text);
            }
        }
    }

    /// The next bytes, into `chunk`.
    ///
    /// # Errors
    /// Those of the file.
    pub fn step(&mut self, chunk: &mut Chunk) -> io::Result<Step> {
        if !self.ahead.is_empty() {
            chunk.len = self.ahead.len().min(Chunk::SIZE);
            for (to, from) in chunk.bytes.iter_mut().zip(self.ahead.drain(..chunk.len)) {
                *to = from;
            }
            return Ok(Step::Bytes(chunk.len));
        }
        let step = self.bytes.step(&mut chunk.bytes)?;
        chunk.len = if let Step::Bytes(count) = step { count } else { 0 };
        Ok(step)
    }
}

impl Bytes {
    /// Looks at the first bytes, which it gives too.
    fn of(mut bytes: Box<dyn Read + Send>) -> io::Result<(Bytes, Vec<u8>)> {
        let mut first = Vec::new();
        bytes.by_ref().take(FIRST).read_to_end(&mut first)?;
        let whole: Box<dyn Read + Send> = Box::new(Cursor::new(first.clone()).chain(bytes));
        Ok((
            if first.starts_with(&MAGIC) { Bytes::Frames(Box::new(Frames::new(whole)?)) } else { Bytes::Plain(whole) },
            first,
        ))
    }

    fn step(&mut self, out: &mut [u8]) -> io::Result<Step> {
        match self {
            Bytes::Frames(frames) => frames.step(out),
            Bytes::Plain(bytes) => loop {
                match bytes.read(out) {
                    Ok(0) => return Ok(Step::End { torn: false }),
                    Ok(count) => return Ok(Step::Bytes(count)),
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            },
        }
    }
}

/// The header in the first line; else what the file is, and what to do.
fn header(line: &[u8]) -> Result<Header, (String, &'static str)> {
    let no = |what: &str| Err((format!("is no recording of sigtop: {what}"), MAKE_ONE));
    match lines::read(line.trim_ascii_end()) {
        Ok(Item::Header(header)) => Ok(*header),
        Ok(Item::Event(_)) => Err((
            "has no header: it begins in the middle of a recording".into(),
            "give the whole file; its first line says when and where it was made",
        )),
        Ok(Item::Unknown) => no("it begins with another line than a header"),
        Err(trouble @ Trouble::Newer(..)) => {
            Err((format!("cannot be read: {trouble}"), "replay it with a sigtop as new as the one that made it"))
        }
        Err(Trouble::Wrong(_)) if line.starts_with(br#"{"v":"#) => {
            Err(("is damaged: its first line, the header, cannot be read".into(), NO_HEADER))
        }
        Err(Trouble::Wrong(_)) if line.starts_with(b"{") && serde_json::from_slice::<Wire>(line).is_ok() => {
            no("it is JSON, but its first line is not the header of one")
        }
        Err(Trouble::Wrong(_)) if std::str::from_utf8(line).is_ok() => no("it is some other text"),
        Err(Trouble::Wrong(_)) => no("it is not even text"),
    }
}

fn unreadable(name: &str, e: &io::Error) -> Error {
    match e.kind() {
        ErrorKind::NotFound => Error::usage(format!("there is no file {name}"), MAKE_ONE),
        ErrorKind::PermissionDenied => Error::environment(format!("{name} may not be read by you"), PERMITTED),
        ErrorKind::InvalidData => Error::usage(format!("{name} is {e}"), NO_HEADER),
        _ => Error::usage(format!("cannot read {name}: {e}"), ""),
    }
}

/// Whether standard input is meant.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// What a recording is called in messages.
pub fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".into() } else { path.display().to_string() }
}
