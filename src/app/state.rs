//! What outlives the dashboard, in a file: read at the start, written at the end. What fails here fails silently: a
//! layout is not worth a word, and never harms.

use crate::app::settings;
use crate::config;
use crate::plan::State;
use crate::ui::kept::Kept;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown, lchown};
use std::path::{Path, PathBuf};

const NAME: &str = "state.toml";

/// Where it is.
pub fn path(state: &State) -> Option<PathBuf> {
    match state {
        State::Usual => Some(settings::below_home("XDG_STATE_HOME", ".local/state")?.join(NAME)),
        State::File(path) => Some(path.clone()),
        State::Nowhere => None,
    }
}

/// What is there; nothing where it cannot be read.
pub fn read(path: &Path) -> Kept {
    settings::text(path).map_or_else(|_| Kept::default(), |text| config::read_state(&text))
}

/// Writes it, whole or not at all.
pub fn write(path: &Path, kept: &Kept) {
    let _ = try_write(path, kept);
}

fn try_write(path: &Path, kept: &Kept) -> io::Result<()> {
    let path = &std::path::absolute(path)?;
    let directory = path.parent().unwrap_or(Path::new("/"));
    make(directory)?;
    let owner = fs::metadata(directory)?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}", std::process::id()));
    let fresh = path.with_file_name(name);
    // Nobody else's file is opened, nor one behind a link.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    let written = file.write_all(config::write_state(kept).as_bytes());
    let _ = fchown(&file, Some(owner.uid()), Some(owner.gid())); // root leaves no file of its own in another's home
    let done = written.and_then(|()| fs::rename(&fresh, path));
    if done.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    done
}

/// Makes a directory and those above it; they belong to whom the one belongs that was there.
fn make(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let above = directory.parent().ok_or(io::ErrorKind::NotFound)?;
    make(above)?;
    DirBuilder::new().mode(0o700).create(directory)?;
    let owner = fs::metadata(above)?;
    let _ = lchown(directory, Some(owner.uid()), Some(owner.gid()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_written_is_read_and_nobody_else_may() {
        let home = std::env::temp_dir().join(format!("sigtop-state-{}", std::process::id()));
        let path = home.join("a/b/state.toml");
        let mut kept = Kept::default();
        kept.choose("layout", "log", "default");
        assert_eq!(read(&path), Kept::default());
        write(&path, &kept);
        write(&path, &kept);
        assert_eq!(read(&path), kept);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left behind");
        // A file where a directory should be does no harm.
        write(&path.join("c/state.toml"), &kept);
        fs::remove_dir_all(home).unwrap();
    }
}
