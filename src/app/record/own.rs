//! No recording goes where it is read from: it would cut its own input off, or delete it to make room.
//!
//! Files are told apart by device and number, for one file may have many names.

use super::place::older;
use crate::error::Error;
use crate::plan::{Origin, Recording};
use std::fs::{self, Metadata};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Insists that this recording is another than what it is read from.
///
/// # Errors
/// Which file is both.
pub fn insist_on_another(origin: &Origin, recording: &Recording) -> Result<(), Error> {
    let mut written = vec![recording.path.clone()];
    if let Some(keep) = recording.rotate {
        written.extend(older(&recording.path, keep));
    }
    insist(origin, &written)
}

/// Insists that a flight recorder in this directory makes no room by what it is read from.
///
/// # Errors
/// Which file is both.
pub fn insist_on_elsewhere(origin: &Origin, dir: &Path) -> Result<(), Error> {
    insist(origin, &files_of(dir))
}

fn insist(origin: &Origin, written: &[PathBuf]) -> Result<(), Error> {
    let read: Vec<Id> = match origin {
        Origin::Live(_) | Origin::Demo(_) => return Ok(()),
        Origin::Replay(options) => {
            files_of(&options.path).iter().filter_map(|path| id(path, rustix::stdio::stdin())).collect()
        }
        Origin::Connect(options) => id(&options.path, rustix::stdio::stdin()).into_iter().collect(),
    };
    let is_read = |path: &&PathBuf| id(path, rustix::stdio::stdout()).is_some_and(|id| read.contains(&id));
    match written.iter().find(is_read) {
        Some(path) => Err(Error::usage(
            format!("{} is what is read: recording to it would destroy it", super::words::name(path)),
            "choose another place",
        )),
        None => Ok(()),
    }
}

/// What is in a directory, or the file itself.
fn files_of(path: &Path) -> Vec<PathBuf> {
    match fs::read_dir(path) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => vec![path.to_path_buf()],
    }
}

/// Device and number.
type Id = (u64, u64);

/// Of a file or a socket, or of what is meant by `-`; nothing where nothing can be destroyed.
fn id(path: &Path, stream: impl AsFd) -> Option<Id> {
    let meta: Metadata = if path == Path::new("-") {
        fs::File::from(stream.as_fd().try_clone_to_owned().ok()?).metadata().ok()?
    } else {
        path.metadata().ok()?
    };
    let kind = meta.file_type();
    (kind.is_file() || kind.is_socket()).then(|| (meta.dev(), meta.ino()))
}
