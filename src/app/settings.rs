//! The files of settings: where they are, and what is in them. What they mean is `config`.

use crate::app::problems;
use crate::config::{self, Config, File, MOST_BYTES, MOST_THEMES, Problem};
use crate::error::Error;
use std::env;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where a machine has settings for everybody.
const FOR_ALL: &str = "/etc/sigtop";
const NAME: &str = "config.toml";

/// The settings as they were read.
pub struct Settings {
    /// What holds.
    pub config: Config,
    problems: Vec<Problem>,
    /// Where the files are.
    directory: PathBuf,
}

impl Settings {
    /// What was not understood, one a line, with the whole path.
    pub fn problems(&self) -> Vec<String> {
        self.problems.iter().map(Problem::to_string).collect()
    }
}

/// A directory that the environment names: `$XDG_...`, or one below the home. What is no whole path does not count.
pub(super) fn below_home(variable: &str, otherwise: &str) -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    named(variable).or_else(|| Some(named("HOME")?.join(otherwise))).map(|path| path.join("sigtop"))
}

/// Reads the settings: those of the file that was asked for, of the user, or of the machine.
///
/// # Errors
/// Where the file that was asked for cannot be read.
pub fn read(asked: Option<&Path>) -> Result<Settings, Error> {
    let mut problems = Vec::new();
    let (directory, main) = match asked {
        Some(path) => {
            let text = text(path).map_err(|e| Error::usage(format!("cannot read {}: {e}", path.display()), ""))?;
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            (path.parent().unwrap_or(Path::new("")).to_path_buf(), Some(File { name, text }))
        }
        None => usual(&mut problems),
    };
    let themes = themes(&directory.join("themes"), &mut problems);
    let (config, more) = config::read(main.as_ref(), &themes);
    problems.extend(more);
    Ok(Settings { config, problems, directory })
}

/// The first file that is there of those that are looked for.
fn usual(problems: &mut Vec<Problem>) -> (PathBuf, Option<File>) {
    let user = below_home("XDG_CONFIG_HOME", ".config");
    for directory in user.iter().map(PathBuf::as_path).chain([Path::new(FOR_ALL)]) {
        let path = directory.join(NAME);
        match text(&path) {
            Ok(text) => return (directory.into(), Some(File { name: NAME.into(), text })),
            // A home that may not even be looked into is another's, left over from who started this.
            Err(_) if path.metadata().is_err() => {}
            Err(e) => {
                problems.push(Problem::of_file(NAME, &format!("cannot be read: {e}")));
                return (directory.into(), None);
            }
        }
    }
    (user.unwrap_or_else(|| FOR_ALL.into()), None)
}

/// The themes that have files of their own, by name.
fn themes(directory: &Path, problems: &mut Vec<Problem>) -> Vec<(String, File)> {
    let Ok(found) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = found.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    let mut files = Vec::new();
    for path in paths.into_iter().take(MOST_THEMES) {
        let theme = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("themes/{theme}.toml");
        match text(&path) {
            Ok(text) => files.push((theme, File { name, text })),
            Err(e) => problems.push(Problem::of_file(&name, &format!("cannot be read: {e}"))),
        }
    }
    files
}

/// What is in a file, if that is not too much. A pipe that somebody names may be read, a directory not.
pub(super) fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("it has more than {} KiB", MOST_BYTES >> 10)));
    }
    Ok(text)
}

/// `sigtop config`: the settings that hold on standard output, what was not understood on standard error.
///
/// # Errors
/// Where standard output is full or gone.
pub fn print(merged: &Config, settings: &Settings, is_check: bool) -> Result<ExitCode, Error> {
    for problem in &settings.problems {
        problems::print(settings.directory.join(problem.to_string()).display());
    }
    match io::stdout().write_all(config::write(merged).as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Error::environment(format!("cannot write to standard output: {e}"), ""));
        }
        _ => {}
    }
    Ok(if is_check && !settings.problems.is_empty() { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
