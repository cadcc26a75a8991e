//! What a client may ask for: a line of filter text, or an object with the same and how it is meant.
//!
//! Whatever stands in it is untrusted, and answered with what is wrong.

use crate::escape::Quoted;
use crate::event::Kind;
use crate::filter::wanted::ON_REQUEST;
use crate::filter::{Filter, Narrows, ParseError, Users};
use serde::Deserialize;

/// The most bytes of a line.
pub const LINE_MAX: usize = 64 << 10;

/// From now on these events.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// What passes.
    pub filter: Filter,
    /// Whether it narrows events of processes too.
    pub narrows: Narrows,
    /// What is told only on request and is wanted though the filter does not name it.
    pub tell: Vec<Kind>,
}

/// Why a line is no request.
#[derive(Clone, PartialEq, Debug)]
pub struct Wrong {
    /// In words.
    pub message: String,
    /// Where in the filter.
    pub place: Option<ParseError>,
}

impl Wrong {
    /// Something else than a wrong filter.
    pub fn words(message: impl Into<String>) -> Wrong {
        Wrong { message: message.into(), place: None }
    }
}

/// `{"filter":"sig:KILL","narrows":"signals"}`: process events always flow, and what is kept back is counted.
/// `"tell":["open"]` beside it: opens flow too, if the daemon tells them.
#[derive(Deserialize)]
struct Object {
    filter: String,
    #[serde(default)]
    narrows: Word,
    #[serde(default)]
    tell: Vec<String>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Word {
    #[default]
    All,
    Signals,
}

/// Reads one line, without its line feed.
///
/// # Errors
/// What is wrong with it.
pub fn read(line: &[u8], users: Users<'_>) -> Result<Request, Wrong> {
    let line = std::str::from_utf8(line)
        .map_err(|e| Wrong::words(format!("this is no text: byte {} is not UTF-8", e.valid_up_to() + 1)))?
        .trim();
    if line.starts_with('{') {
        let object: Object = serde_json::from_str(line).map_err(|e| {
            Wrong::words(format!(
                "this is no request ({e}): send a filter, or {{\"filter\":\"sig:KILL\",\"narrows\":\"signals\"}}"
            ))
        })?;
        let narrows = match object.narrows {
            Word::All => Narrows::All,
            Word::Signals => Narrows::Signals,
        };
        let known = |word: &String| {
            let kind = Kind::from_word(word).filter(|kind| ON_REQUEST.contains(kind));
            kind.ok_or_else(|| Wrong::words(format!("{} is no kind that is told on request", Quoted(word))))
        };
        let tell = object.tell.iter().map(known).collect::<Result<Vec<Kind>, Wrong>>()?;
        return Ok(Request { filter: parse(&object.filter, users)?, narrows, tell });
    }
    Ok(Request { filter: parse(line, users)?, narrows: Narrows::All, tell: Vec::new() })
}

fn parse(text: &str, users: Users<'_>) -> Result<Filter, Wrong> {
    Filter::parse(text, users).map_err(|e| Wrong { message: format!("this is no filter: {e}"), place: Some(e) })
}

/// Bytes as they come, into lines that are not too long.
#[derive(Default)]
pub struct Splitter {
    line: Vec<u8>,
    /// The line at hand is too long: the rest of it is passed over.
    is_over: bool,
}

impl Splitter {
    /// Takes bytes up to the end of a line, and that line if it ends in them. How many bytes it took.
    pub fn take(&mut self, bytes: &[u8]) -> (usize, Option<Result<Vec<u8>, Wrong>>) {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        if self.line.len() + part.len() > LINE_MAX {
            self.is_over = true;
            self.line = Vec::new();
        }
        if !self.is_over {
            self.line.extend_from_slice(part);
        }
        let Some(end) = end else { return (bytes.len(), None) };
        let line = std::mem::take(&mut self.line);
        let is_over = std::mem::take(&mut self.is_over);
        let too_long = || Wrong::words(format!("the line is longer than {} KiB", LINE_MAX >> 10));
        (end + 1, Some(if is_over { Err(too_long()) } else { Ok(line) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request(line: &str) -> Result<Request, Wrong> {
        read(line.as_bytes(), &|name| (name == "alice").then_some(1000))
    }

    #[test]
    fn a_line_is_a_filter_and_an_object_says_how_it_is_meant() {
        let filter = |text: &str| Filter::parse(text, &|_| Some(1000)).unwrap();
        let all = |text| Ok(Request { filter: filter(text), narrows: Narrows::All, tell: Vec::new() });
        assert_eq!(request("sig:KILL from:bash\r"), all("sig:KILL from:bash"));
        assert_eq!(request("user:alice"), all("user:alice"));
        assert_eq!(request(""), all(""));
        assert_eq!(request(r#"{"filter":"sig:KILL"}"#), all("sig:KILL"));
        let signals = Ok(Request { filter: filter("sig:9"), narrows: Narrows::Signals, tell: vec![Kind::Open] });
        assert_eq!(request(r#"{"filter":"sig:9","narrows":"signals","tell":["open"],"more":1}"#), signals);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = request("sig:KILL form:bash").unwrap_err();
        assert_eq!(wrong.place.as_ref().map(|place| place.column), Some(10));
        assert!(wrong.message.contains("column 10"), "{}", wrong.message);
        assert!(request(r#"{"filter":"#).unwrap_err().message.contains("no request"));
        assert!(request(r#"{"filter":"","tell":["exec"]}"#).unwrap_err().message.contains("told on request"));
        assert!(request(r#"{"filter":"","narrows":"much"}"#).unwrap_err().message.contains("no request"));
        assert!(read(b"sig:\xff", &|_| None).unwrap_err().message.contains("byte 5"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, &|_| None);
        }

        #[test]
        fn lines_are_lines_however_they_come(
            text in proptest::collection::vec(any::<u8>(), 0..300), cut in 1usize..50,
        ) {
            let mut splitter = Splitter::default();
            let mut lines = Vec::new();
            for mut part in text.chunks(cut) {
                while !part.is_empty() {
                    let (taken, line) = splitter.take(part);
                    lines.extend(line.map(Result::unwrap));
                    part = &part[taken..];
                }
            }
            let mut expected: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            expected.pop();
            prop_assert_eq!(lines, expected);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_refused_and_the_next_is_read() {
        let mut splitter = Splitter::default();
        for _ in 0..100 {
            assert_eq!(splitter.take(&[b'a'; 4096]), (4096, None));
            assert!(splitter.line.len() <= LINE_MAX);
        }
        assert!(splitter.take(b"a\nb\n").1.unwrap().is_err());
        assert_eq!(splitter.take(b"b\n"), (2, Some(Ok(b"b".to_vec()))));
    }
}
