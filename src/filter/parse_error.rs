//! What is wrong with a filter: where, what was found, what was expected, and the nearest word.
//!
//! It is shown on terminals and sent to clients, and quotes what they typed: escaped, and not more than a few words.

use crate::escape::{Quoted, plain};
use crate::signal::edit_distance;
use std::fmt;
use unicode_width::UnicodeWidthStr;

/// Why a text is no filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Where, in characters from 1.
    pub column: usize,
    /// How many characters are wrong, at least 1: the column may be right behind the text.
    pub len: usize,
    /// What is wrong.
    pub message: String,
    /// What would have been right.
    pub expected: String,
    /// What was probably meant, if something is near.
    pub nearest: Option<String>,
}

impl ParseError {
    /// At these bytes of `text`, which are between characters.
    pub(super) fn at(
        text: &str,
        span: (usize, usize),
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> ParseError {
        let count = |from: usize, to: usize| text.get(from..to).map_or(0, |part| part.chars().count());
        ParseError {
            column: count(0, span.0) + 1,
            len: count(span.0, span.1).max(1),
            message: message.into(),
            expected: expected.into(),
            nearest: None,
        }
    }

    /// With the word that was probably meant.
    pub(super) fn or_rather(mut self, nearest: Option<impl Into<String>>) -> ParseError {
        self.nearest = nearest.map(Into::into);
        self
    }

    /// The text, and below it marks under what is wrong: two lines. It is the text that was parsed.
    pub fn marked(&self, text: &str) -> String {
        let byte = |characters: usize| text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
        let start = byte(self.column - 1);
        let end = byte(self.column - 1 + self.len);
        let width = |part: &str| plain(part).width();
        let marks = width(&text[start..end]).max(1);
        format!("{}\n{}{}", plain(text), " ".repeat(width(&text[..start])), "^".repeat(marks))
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}; ", self.column, self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, "did you mean {}?", Quoted(nearest)),
            None => write!(f, "expected {}", self.expected),
        }
    }
}

impl std::error::Error for ParseError {}

/// What was typed, between quotes, and not too long to be read.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}...", Quoted(&text[..cut])),
        None => Quoted(text).to_string(),
    }
}

/// The word that was probably meant: within two edits, and fewer than it has letters.
pub(crate) fn nearest<'a>(typed: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    let letters = typed.chars().count();
    if letters > 32 {
        return None;
    }
    let (distance, word) =
        words.map(|word| (edit_distance(&typed, word), word)).min_by_key(|(distance, _)| *distance)?;
    let is_near = distance <= 2 && distance < letters;
    (is_near || letters >= 3 && word.starts_with(&typed)).then_some(word)
}
