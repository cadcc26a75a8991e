//! The socket's file: made so that at no moment more may connect than should, and taken away again by whom it belongs to.

use crate::error::Error;
use rustix::fs::{FlockOperation, Mode, flock};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid, umask};
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

/// How long a daemon that may live there may take to accept.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a lock is tried, within twice as long.
const LOCK_TRIES: u32 = 50;
/// The permission bits of a directory in which anybody may write, and those of a group may.
const OTHERS_WRITE: u32 = 0o002;
const GROUP_WRITES: u32 = 0o020;
/// In such a directory, only the owner of a file may take it away.
const STICKY: u32 = 0o1000;

/// A socket that listens; its file is removed when this is dropped, if it is still the same.
pub struct Bound {
    /// Where clients come in. Taken by the thread that serves them.
    pub listener: Option<UnixListener>,
    path: PathBuf,
    file: Identity,
}

/// Makes it: for the owner alone, or for this group too.
///
/// # Errors
/// Why there can be none, and what to do.
pub async fn bind(path: &Path, group: Option<u32>) -> Result<Bound, Error> {
    let name = path.display();
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    check_directory(directory)?;
    let _alone = lock(directory).await?; // of two that find it stale, one at a time
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(Error::usage(
                format!("{name} is there and is no socket: it is left alone"),
                "name another file with --socket",
            ));
        }
        Ok(_) => replace_stale(path).await?,
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(Error::environment(format!("cannot look at {name}: {e}"), "")),
    }
    // Nobody but the owner from its first moment on, whatever the mask of whoever started this.
    let before = umask(Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(path);
    umask(before);
    let refused = |e: std::io::Error| {
        let hint = if e.kind() == ErrorKind::PermissionDenied {
            "run it with sudo, or name a socket in a directory of your own with --socket"
        } else {
            ""
        };
        Error::environment(format!("cannot make the socket {name}: {e}"), hint)
    };
    let listener = bound.map_err(refused)?;
    let file = identity(&fs::symlink_metadata(path).map_err(refused)?);
    let bound = Bound { listener: Some(listener), path: path.into(), file };
    if let Some(gid) = group {
        chown(path, None, Some(gid)).map_err(|e| {
            Error::environment(
                format!("cannot give {name} to group {gid}: {e}"),
                "only root and members of a group can do that",
            )
        })?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o660)).map_err(refused)?;
    }
    Ok(bound)
}

impl Drop for Bound {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|now| identity(&now) == self.file) {
            let _ = fs::remove_file(&self.path); // else it is stale, and the next daemon replaces it
        }
    }
}

/// Device, number and time of making: a number is soon given to another file.
type Identity = (u64, u64, i64, i64);

fn identity(file: &Metadata) -> Identity {
    (file.dev(), file.ino(), file.mtime(), file.mtime_nsec())
}

/// Where others could put a socket of their own in place of ours, ours would be worth nothing.
fn check_directory(directory: &Path) -> Result<(), Error> {
    let name = directory.display();
    let found = fs::metadata(directory).map_err(|e| match e.kind() {
        ErrorKind::NotFound => Error::usage(
            format!("there is no directory {name} for the socket"),
            format!("make it first: mkdir -p {name}"),
        ),
        _ => Error::environment(format!("cannot look at {name}: {e}"), ""),
    })?;
    if !found.is_dir() {
        return Err(Error::usage(format!("{name} is no directory"), "name another file with --socket"));
    }
    if found.uid() != 0 && found.uid() != geteuid().as_raw() {
        return Err(Error::usage(
            format!("{name} is another user's, who could put a socket of theirs in place of this one"),
            "name a socket in a directory that is yours or root's with --socket",
        ));
    }
    let by_group = found.mode() & GROUP_WRITES != 0 && found.gid() != 0 && found.gid() != getegid().as_raw();
    if found.mode() & STICKY == 0 && (found.mode() & OTHERS_WRITE != 0 || by_group) {
        return Err(Error::usage(
            format!("others may write to {name}, and could put a socket of theirs in place of this one"),
            "name a socket in a directory that is yours alone with --socket",
        ));
    }
    Ok(())
}

/// Of all who make sockets in a directory, one at a time: a lock on the directory itself leaves no file behind.
async fn lock(directory: &Path) -> Result<File, Error> {
    let name = directory.display();
    let refused = |e: std::io::Error| Error::environment(format!("cannot lock {name}: {e}"), "");
    let file = File::open(directory).map_err(refused)?;
    for _ in 0..LOCK_TRIES {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(Errno::WOULDBLOCK | Errno::INTR) => sleep(PATIENCE / LOCK_TRIES * 2).await,
            Err(e) => return Err(refused(e.into())),
        }
    }
    Err(Error::environment(
        format!("somebody else holds a lock on {name}"),
        "find out who with lslocks, or name a socket in another directory with --socket",
    ))
}

/// Removes it if nobody listens.
async fn replace_stale(path: &Path) -> Result<(), Error> {
    let name = path.display();
    let alive = || {
        Error::usage(
            format!("somebody serves {name} already"),
            "look with `sigtop --connect`, or name another file with --socket",
        )
    };
    match timeout(PATIENCE, UnixStream::connect(path)).await {
        Ok(Err(e)) if e.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path).map_err(|e| {
            Error::environment(format!("nobody serves {name} any more, and it cannot be removed: {e}"), "")
        }),
        Ok(Err(e)) if e.kind() == ErrorKind::NotFound => Ok(()),
        Ok(Err(e)) if e.kind() == ErrorKind::PermissionDenied => {
            Err(Error::environment(format!("{name} is another user's socket"), "name another file with --socket"))
        }
        _ => Err(alive()),
    }
}

/// The number of a group, by its name in /etc/group or as a number.
///
/// # Errors
/// That there is none.
pub fn group(name: &str) -> Result<u32, Error> {
    let groups = fs::read("/etc/group").unwrap_or_default();
    let groups = String::from_utf8_lossy(&groups);
    let known = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    });
    known.or_else(|| name.parse().ok()).ok_or_else(|| {
        let name = crate::escape::Quoted(name);
        Error::usage(
            format!("there is no group {name}"),
            "give a name that /etc/group knows, or a number; make one with groupadd",
        )
    })
}
