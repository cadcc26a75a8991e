//! Files that are written for the user: whose they are under sudo, and why one cannot be written, in words.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::fchown;

/// Under sudo, the file is the caller's.
///
/// # Errors
/// Where the file system knows no owners.
pub fn give_to_caller(file: &File) -> io::Result<()> {
    let id = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    match (id("SUDO_UID"), id("SUDO_GID")) {
        (Some(uid), Some(gid)) if rustix::process::geteuid().is_root() => fchown(file, Some(uid), Some(gid)),
        _ => Ok(()),
    }
}

/// An error in words; what is not foreseen, as the system says it.
pub fn why(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull => "the disk is full".into(),
        ErrorKind::QuotaExceeded => "the quota is used up".into(),
        ErrorKind::FileTooLarge => "the file is as large as this process may make it (ulimit -f)".into(),
        ErrorKind::PermissionDenied => "not allowed there".into(),
        ErrorKind::NotFound => "no such directory".into(),
        ErrorKind::NotADirectory => "a part of the path is no directory".into(),
        ErrorKind::IsADirectory => "that is a directory".into(),
        ErrorKind::ReadOnlyFilesystem => "the disk can only be read".into(),
        ErrorKind::InvalidFilename => "that is no plain file".into(),
        _ => without_code(error),
    }
}

/// As the system says it, without its number for it.
pub fn without_code(error: &io::Error) -> String {
    let said = error.to_string();
    said.split(" (os error ").next().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_of_an_error_is_told() {
        let said = |code| why(&io::Error::from_raw_os_error(code));
        assert_eq!([said(28), said(32), said(104)], ["the disk is full", "Broken pipe", "Connection reset by peer"]);
        assert_eq!(why(&io::Error::other("so")), "so");
    }
}
