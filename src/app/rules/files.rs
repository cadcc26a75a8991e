//! Files of rules: read, and what is wrong with them in words.

use crate::app::files::why;
use crate::app::users;
use crate::error::Error;
use crate::escape::plain;
use crate::filter::Users;
use crate::rules::{File, Problem, RuleSet};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// No file of rules is larger.
const MAX_BYTES: u64 = 4 << 20;
/// The word for the rules that come with the program.
const BUILTIN: &str = "builtin";
/// The word for standard input, which can be checked.
const STDIN: &str = "-";
const HOW_BY_PIPE: &str = "`sigtop rules check -` checks what comes on standard input";
/// The most problems that are told.
const MAX_PROBLEMS: usize = 20;

/// Why there are no rules.
pub enum Wrong {
    /// A file cannot be read.
    File(Error),
    /// All that is wrong in them.
    Rules(Vec<Problem>),
}

impl From<Wrong> for Error {
    fn from(wrong: Wrong) -> Error {
        match wrong {
            Wrong::File(error) => error,
            Wrong::Rules(problems) => self::wrong(&problems),
        }
    }
}

/// Reads rules.
///
/// # Errors
/// A file that cannot be read, or everything that is wrong in them.
pub fn read(paths: &[PathBuf]) -> Result<RuleSet, Wrong> {
    let files = files(paths, file).map_err(Wrong::File)?;
    with_users(|users| RuleSet::read(&files, users)).map_err(Wrong::Rules)
}

/// With the users of this machine.
pub fn with_users<T>(read: impl FnOnce(Users<'_>) -> T) -> T {
    let users = users::read();
    read(&|name: &str| users.iter().find(|(known, _)| known == name).map(|(_, uid)| *uid))
}

/// The same on the way.
///
/// # Errors
/// That the old rules stay, all that is wrong in the new ones, a line each, and what to do about it.
pub fn again(paths: &[PathBuf]) -> Result<RuleSet, String> {
    let in_line = |problem: &Problem| plain(&problem.to_string()).into_owned();
    read(paths).map_err(|wrong| {
        let why = match wrong {
            Wrong::File(error) => error.what,
            Wrong::Rules(problems) => match &*problems {
                [one] => in_line(one),
                many => format!("{} mistakes in them\n{}", many.len(), listed(many, in_line)),
            },
        };
        let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let then = if why.contains('\n') { "\n" } else { "; " };
        format!("the rules stay as they were: {why}{then}try: sigtop rules check {}", paths.join(" "))
    })
}

/// What holds after that, in words.
pub fn reloaded(before: &RuleSet, rules: &RuleSet) -> String {
    let names = |rules: &RuleSet| rules.enabled().map(|rule| rule.info.name.clone()).collect::<Vec<String>>();
    let changed = rules
        .enabled()
        .filter(|rule| before.enabled().any(|other| other.info.name == rule.info.name && other != *rule));
    let (old, new) = (names(before), names(rules));
    let added = new.iter().filter(|name| !old.contains(name)).count();
    let removed = old.iter().filter(|name| !new.contains(name)).count();
    let parts = [(added, "new"), (changed.count(), "changed"), (removed, "gone")];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let s = if new.len() == 1 { "" } else { "s" };
    let what = if parts.is_empty() { "nothing changed".into() } else { parts.join(", ") };
    format!("rules read again: {} rule{s} in force, {what}", new.len())
}

/// What stands in them; what is none of the built-in ones, `read` reads.
///
/// # Errors
/// Why one cannot be read.
pub fn files(paths: &[PathBuf], read: fn(&Path) -> Result<File, Error>) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        if paths[..at].contains(path) {
            return Err(Error::usage(format!("{} is named twice", path.display()), ""));
        }
        if path.as_os_str() == BUILTIN {
            files.extend(RuleSet::builtin());
        } else {
            files.push(read(path)?);
        }
    }
    Ok(files)
}

/// A file, or standard input.
///
/// # Errors
/// Why it cannot be read.
pub fn file_or_stdin(path: &Path) -> Result<File, Error> {
    if path.as_os_str() != STDIN {
        return file(path);
    }
    text("standard input".into(), io::stdin().lock())
}

/// A file, for a run: there are no others to be read again.
fn file(path: &Path) -> Result<File, Error> {
    let name = path.display().to_string();
    // A pipe would keep us waiting for whoever writes.
    let is_pipe = || fs::metadata(path).map(|file| file.file_type().is_fifo());
    if path.as_os_str() == STDIN {
        return Err(Error::usage("rules are read from files: a reload reads them again", HOW_BY_PIPE));
    }
    if is_pipe().map_err(|e| cannot(&name, &e))? {
        return Err(Error::usage(format!("{name} is a pipe: rules are read from files"), HOW_BY_PIPE));
    }
    let file = fs::File::open(path).map_err(|e| cannot(&name, &e))?;
    text(name, file)
}

/// All of it, if it is not too much.
fn text(name: String, from: impl Read) -> Result<File, Error> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| cannot(&name, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::usage(format!("{name} is larger than 4 MiB: no file of rules is"), ""));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(File { name, text }),
        Err(_) => Err(Error::usage(format!("{name} is no text: not UTF-8"), "")),
    }
}

fn cannot(name: &str, e: &io::Error) -> Error {
    let (what, hint) = match e.kind() {
        io::ErrorKind::NotFound => ("no such file".into(), "builtin: the rules that come with the program"),
        _ => (why(e), ""),
    };
    Error::usage(format!("cannot read the rules in {name}: {what}"), hint)
}

/// All of them, each with its place: the first is what is said, if it is the only one.
fn wrong(problems: &[Problem]) -> Error {
    let with_snippet = |problem: &Problem| match problem.snippet.trim_end() {
        "" => problem.to_string(),
        snippet => format!("{problem}\n{snippet}"),
    };
    match problems {
        [one] => Error::usage(one, one.snippet.trim_end()),
        many => {
            let said = listed(many, with_snippet).replace('\n', "\n  ");
            Error::usage(format!("{} mistakes in the rules", many.len()), said)
        }
    }
}

/// The first of them, below each other, and how many more there are.
fn listed(problems: &[Problem], in_words: impl Fn(&Problem) -> String) -> String {
    let mut said: Vec<String> = problems.iter().take(MAX_PROBLEMS).map(in_words).collect();
    let more = problems.len() - said.len();
    said.extend((more > 0).then(|| format!("and {more} more")));
    said.join("\n")
}
