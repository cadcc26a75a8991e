//! What is wrong in a file of settings, and where.

use crate::escape;
use crate::signal::edit_distance;
use std::fmt;
use std::ops::Range;

/// The most letters of what is wrong: names in a file may be of any length.
const MOST_LETTERS: usize = 240;

/// An entry that was not understood. Its default holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// In which file.
    pub file: String,
    /// In which line and column, from 1; 0 if it is about the file itself.
    pub place: (usize, usize),
    /// What is wrong, and what was expected. No control characters.
    pub what: String,
}

impl Problem {
    /// About a file itself.
    pub fn of_file(file: &str, what: &str) -> Problem {
        Problem { file: file.into(), place: (0, 0), what: escape::plain(what).into_owned() }
    }

    /// About a part of a text.
    pub(super) fn at(file: &str, text: &str, span: Range<usize>, what: &str) -> Problem {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        // What was expected may be told over several lines.
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        let what: String = what.chars().take(MOST_LETTERS).collect();
        Problem { place: (line, column), ..Problem::of_file(file, &what) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            (0, _) => write!(f, "{}: {}", self.file, self.what),
            (line, column) => write!(f, "{}:{line}:{column}: {}", self.file, self.what),
        }
    }
}

/// The word that was probably meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let short: String = word.chars().take(64).collect(); // the distance costs the square of it
    let most = if short.chars().count() < 4 { 1 } else { 2 };
    let near = known.into_iter().map(|known| (edit_distance(&short, known), known));
    near.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// `; did you mean "this"?`, or what there is.
pub(super) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("; did you mean {near:?}?"),
        None => {
            let all: Vec<&str> = known.into_iter().collect();
            if all.len() > 8 { String::new() } else { format!("; there are {}", all.join(", ")) }
        }
    }
}
