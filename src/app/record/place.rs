//! Where a recording goes: one file, one file after the other, a directory of bounded size, or a stream.
//!
//! What is written is whole or not there: a frame that does not fit is cut off again. Files are their owner's alone,
//! are not opened through links, and are locked, so that no two recorders write to one place. Nothing is deleted but
//! what a recorder made: by name here, of its own recording or of an earlier one in the same directory.

use crate::app::files::give_to_caller;
use crate::clock::{Clock, TimeStyle};
use crate::event::Header;
use crate::source::replay::names;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FlockOperation, OFlags, flock};
use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A directory holds about so many files: each time the oldest goes, a part this large of the history goes.
const DIRECTORY_FILES: u64 = 16;
/// Where a recording goes.
pub enum Place {
    /// Standard output or another stream: lines, written as they come.
    Stream {
        /// It.
        file: File,
        /// When there is enough.
        limits: Limits,
    },
    /// A file, and those after it.
    File {
        /// The file that is written; a name that ends in `.zst` is compressed, in `.ZST` too.
        path: PathBuf,
        /// When it is full.
        limits: Limits,
        /// What then: nothing more, or another one, and this many are kept in all.
        keep: Option<u32>,
        /// Write over one that is there.
        force: bool,
    },
    /// A flight recorder: always the newest, as much as there is room for.
    Directory {
        /// The directory; made if it is not there.
        dir: PathBuf,
        /// How large its recordings may be together.
        max_bytes: u64,
    },
}

/// When a file is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// In bytes.
    pub max_bytes: Option<u64>,
    /// In nanoseconds from its first event to its last.
    pub max_age_ns: Option<u64>,
}

/// The files of a recording: which one comes next.
pub(super) enum Files {
    Stream,
    Single { path: PathBuf },
    Rotating { path: PathBuf, keep: u32 },
    Directory(Directory),
}

/// What a place is when it is opened.
pub(super) struct Opened {
    pub(super) files: Files,
    pub(super) out: Out,
    pub(super) limits: Limits,
    pub(super) is_compressed: bool,
}

/// Opens the first file.
///
/// # Errors
/// Why it cannot be, with the path that it is about.
pub(super) fn open(place: Place, header: &Header) -> Result<Opened, (PathBuf, io::Error)> {
    match place {
        Place::Stream { file, limits } => {
            let out = Out::stream(file).map_err(|e| (PathBuf::from("standard output"), e))?;
            Ok(Opened { files: Files::Stream, out, limits, is_compressed: false })
        }
        Place::File { path, limits, keep, force } => {
            let out = first_file(&path, keep, force)?;
            let is_compressed = names::ends_with(path.as_os_str().as_bytes(), ".zst");
            let files = match keep {
                Some(keep) => Files::Rotating { path, keep },
                None => Files::Single { path },
            };
            Ok(Opened { files, out, limits, is_compressed })
        }
        Place::Directory { dir, max_bytes } => {
            let mut directory = Directory::open(dir.clone(), max_bytes, header).map_err(|e| (dir.clone(), e))?;
            let out = directory.first(header.part).map_err(|e| (dir, e))?;
            let limits = Limits { max_bytes: Some(max_bytes / DIRECTORY_FILES), max_age_ns: None };
            Ok(Opened { files: Files::Directory(directory), out, limits, is_compressed: true })
        }
    }
}

fn first_file(path: &Path, keep: Option<u32>, force: bool) -> Result<Out, (PathBuf, io::Error)> {
    let older = older(path, keep.unwrap_or(1));
    let there = |path: &&PathBuf| path.symlink_metadata().is_ok();
    if let Some(path) = older.iter().find(there).filter(|_| !force) {
        return Err((path.clone(), ErrorKind::AlreadyExists.into()));
    }
    let kind = path.symlink_metadata().map(|meta| meta.file_type()).ok();
    let is_stream = kind.is_some_and(|kind| kind.is_char_device() || kind.is_fifo());
    let out = match (kind, is_stream) {
        (Some(kind), _) if kind.is_dir() => Err(ErrorKind::IsADirectory.into()),
        (_, true) if keep.is_some() => Err(ErrorKind::InvalidFilename.into()), // no device is renamed
        (_, true) => open_stream(path),
        _ => create(path, force),
    };
    let out = out.map_err(|e| (path.to_path_buf(), e))?;
    for path in older.iter().filter(there) {
        fs::remove_file(path).map_err(|e| (path.clone(), e))?; // of an earlier recording; and nobody writes it now
    }
    Ok(out)
}

impl Files {
    /// Whether there is another one after the one that is full.
    pub(super) fn go_on(&self) -> bool {
        matches!(self, Files::Rotating { .. } | Files::Directory(_))
    }

    /// The file that is written, as it is called in messages.
    pub(super) fn name(&self) -> String {
        match self {
            Files::Stream => "standard output".into(),
            Files::Single { path } | Files::Rotating { path, .. } => path.display().to_string(),
            Files::Directory(directory) => directory.path.display().to_string(),
        }
    }

    /// Opens the file of this part. It may be asked for again where that failed.
    pub(super) fn next(&mut self, part: u32) -> io::Result<Out> {
        match self {
            Files::Stream | Files::Single { .. } => Err(ErrorKind::Unsupported.into()),
            Files::Rotating { path, keep } => {
                shift(path, *keep)?;
                create(path, false)
            }
            Files::Directory(directory) => directory.next(part),
        }
    }

    /// Makes room for a file that grows to this size.
    pub(super) fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        match self {
            Files::Directory(directory) => directory.make_room(bytes),
            _ => Ok(()),
        }
    }
}

/// The names of the older files, where this many are kept in all.
pub(super) fn older(path: &Path, keep: u32) -> Vec<PathBuf> {
    (1..keep).map(|number| names::numbered(path, number)).collect()
}

/// Each file gets the next number, and the last of those that are kept is gone.
fn shift(path: &Path, keep: u32) -> io::Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(()); // done before, and then there was no room for a new one
    }
    if keep <= 1 {
        return fs::remove_file(path);
    }
    for number in (1..keep).rev() {
        let from = if number == 1 { path.to_path_buf() } else { names::numbered(path, number - 1) };
        match fs::rename(&from, names::numbered(path, number)) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

/// A file for its owner alone; one that is there is emptied, if it may be.
fn create(path: &Path, force: bool) -> io::Result<Out> {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits() as i32);
    let (file, is_new) = match options.clone().create_new(true).open(path) {
        Err(e) if force && e.kind() == ErrorKind::AlreadyExists => (options.open(path)?, false),
        opened => (opened?, true),
    };
    if !file.metadata()?.is_file() {
        return Err(ErrorKind::InvalidFilename.into());
    }
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    match begin(&file) {
        Ok(()) => Ok(Out { file, is_regular: true, size: 0, begun: 0 }),
        Err(e) => {
            if is_new {
                let _ = fs::remove_file(path); // else the next try finds that it exists already
            }
            Err(e)
        }
    }
}

/// Its owner's alone before anything is in it, and empty after that.
fn begin(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600))?;
    let _ = give_to_caller(file); // a courtesy, which some file systems do not know
    file.set_len(0)
}

/// A device or a named pipe: nothing that could be cut.
fn open_stream(path: &Path) -> io::Result<Out> {
    // A pipe that nobody reads is refused, and not waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::NONBLOCK;
    Out::stream(OpenOptions::new().write(true).custom_flags(flags.bits() as i32).open(path)?)
}

/// An open file, and how much of it is whole frames.
pub(super) struct Out {
    file: File,
    is_regular: bool,
    size: u64,
    /// How large it was when it had said its beginning.
    begun: u64,
}

impl Out {
    fn stream(mut file: File) -> io::Result<Out> {
        let is_regular = file.metadata()?.is_file();
        let size = if is_regular { file.seek(SeekFrom::End(0))? } else { 0 };
        Ok(Out { file, is_regular, size, begun: 0 })
    }

    /// How large it is.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether nothing stands behind its beginning.
    pub(super) fn is_bare(&self) -> bool {
        self.size <= self.begun
    }

    /// Whether a frame fits into a file that may be this large. One frame always fits behind the beginning.
    pub(super) fn fits(&self, frame: usize, max: u64) -> bool {
        self.is_bare() || self.size + frame as u64 <= max
    }

    /// What is there by now is its beginning.
    pub(super) fn has_begun(&mut self) {
        self.begun = self.size;
    }

    /// Writes a frame, whole or not at all.
    pub(super) fn write(&mut self, frame: &[u8]) -> io::Result<()> {
        let written = self.push(frame);
        match written {
            Ok(()) => self.size += frame.len() as u64,
            Err(_) if self.is_regular => {
                // If this fails too, the next frame is written over what is left of this one.
                let _ = self.file.seek(SeekFrom::Start(self.size)).and_then(|_| self.file.set_len(self.size));
            }
            Err(_) => {}
        }
        written
    }

    fn push(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => bytes = &bytes[n..],
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                // A pipe that somebody else made so.
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], None)?;
                }
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// A directory with recordings, of which the oldest make room for the newest.
pub(super) struct Directory {
    path: PathBuf,
    max_bytes: u64,
    /// When the stream began, as its files are called.
    stamp: String,
    /// What is there beside the file that is written, and how large each is: the next to go first.
    older: VecDeque<(PathBuf, u64)>,
    current: Option<PathBuf>,
    _lock: File,
}

impl Directory {
    fn open(path: PathBuf, max_bytes: u64, header: &Header) -> io::Result<Directory> {
        if path.exists() && !path.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        if !path.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
            let _ = give_to_caller(&File::open(&path)?); // a courtesy
        }
        let lock = File::open(&path)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        let mut older = Vec::new();
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            let meta = entry.metadata()?;
            if meta.is_file() && names::part(&entry.file_name()).is_some() {
                older.push((entry.path(), meta.len()));
            }
        }
        older.sort();
        let mut directory =
            Directory { path, max_bytes, stamp: String::new(), older: older.into(), current: None, _lock: lock };
        directory.stamp = directory.free_stamp(header);
        Ok(directory)
    }

    /// The time at which the stream begins; a little later where a stream of that second is there already.
    fn free_stamp(&self, header: &Header) -> String {
        let clock = Clock::new(TimeStyle::Utc, header.mono_ns, header.offset_ns);
        let stamps = (0..3600).map(|second| clock.stamp(header.mono_ns.saturating_add(second * 1_000_000_000)));
        let is_free = |stamp: &String| {
            let start = format!("sigtop-{stamp}-");
            !self
                .older
                .iter()
                .any(|(path, _)| path.file_name().is_some_and(|n| n.as_bytes().starts_with(start.as_bytes())))
        };
        stamps.into_iter().find(is_free).unwrap_or_else(|| clock.stamp(header.mono_ns))
    }

    fn first(&mut self, part: u32) -> io::Result<Out> {
        let path = self.path.join(format!("sigtop-{}-{part:06}.jsonl.zst", self.stamp));
        let out = create(&path, false)?;
        self.current = Some(path);
        Ok(out)
    }

    fn next(&mut self, part: u32) -> io::Result<Out> {
        if let Some(path) = self.current.take() {
            let size = path.symlink_metadata().map_or(0, |meta| meta.len());
            self.older.push_back((path, size));
        }
        self.first(part)
    }

    fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        let mut sum: u64 = self.older.iter().map(|(_, size)| size).sum();
        while sum.saturating_add(bytes) > self.max_bytes {
            let Some((path, size)) = self.older.front() else { break };
            match fs::remove_file(path) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
                _ => sum -= size,
            }
            self.older.pop_front();
        }
        Ok(())
    }
}
