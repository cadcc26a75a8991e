//! Reading what stands in fields: texts, numbers, durations, words of a table. What is wrong is noted and reading goes
//! on, so that a file is told all its errors at once.

use super::Problem;
use super::yaml::{At, Entry, Node, Source, Value};
use crate::escape::Quoted;
use crate::filter::nearest;
use std::ops::RangeInclusive;

/// The most errors that are told of one file.
pub const PROBLEMS_MAX: usize = 50;

/// A file that is read, and what is wrong with it so far.
pub struct Reader<'a> {
    /// The file.
    pub source: &'a Source<'a>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// The fields of a map: all of them are known ones.
#[derive(Clone, Copy)]
pub struct Fields<'n> {
    entries: &'n [Entry],
    /// Where the map stands.
    pub at: &'n At,
}

impl<'n> Fields<'n> {
    /// What this field holds, if it is there and holds anything.
    pub fn get(&self, name: &str) -> Option<&'n Node> {
        self.entry(name).map(|entry| &entry.value).filter(|node| !node.is_nothing())
    }

    /// The field.
    pub fn entry(&self, name: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == name)
    }

    /// All of them.
    pub fn entries(&self) -> &'n [Entry] {
        self.entries
    }

    /// Where to point for the whole: its first field.
    pub fn head(&self) -> &'n At {
        self.entries.first().map_or(self.at, |entry| &entry.at)
    }
}

/// Text between quotes, and not too long to be read.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((cut, _)) => format!("{}...", Quoted(&text[..cut])),
        None => Quoted(text).to_string(),
    }
}

/// What was probably meant, or what there is.
pub fn rather(typed: &str, words: &[&str]) -> String {
    match nearest(typed, words.iter().copied()) {
        Some(word) => format!("did you mean {word}?"),
        None => format!("there are: {}", words.join(", ")),
    }
}

impl<'a> Reader<'a> {
    /// Notes what is wrong.
    pub fn wrong(&mut self, at: &At, reason: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(self.source.problem(at, reason));
        }
    }

    /// The fields of a map, which may be these.
    pub fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let fields = self.any_fields(node, what)?;
        for entry in fields.entries {
            if !known.contains(&entry.key.as_str()) {
                let key = quoted(&entry.key);
                self.wrong(&entry.at, format!("{what} has no field {key}; {}", rather(&entry.key, known)));
            }
        }
        Some(fields)
    }

    /// The fields of a map, whatever they are.
    pub fn any_fields<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        match &node.value {
            Value::Map(entries) => Some(Fields { entries, at: &node.at }),
            _ => {
                self.wrong(&node.at, format!("{what} is a map of fields (name: value); here is {}", node.what()));
                None
            }
        }
    }

    /// A list; what stands alone is a list of one.
    pub fn list<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.value {
            Value::List(list) => list,
            _ => std::slice::from_ref(node),
        }
    }

    /// A list, and nothing else.
    pub fn must_list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            Value::List(list) => list,
            _ => {
                self.wrong(&node.at, format!("{what}: a list, each with \"- \" before it; here is {}", node.what()));
                &[]
            }
        }
    }

    /// A text on one line, of at most so many characters.
    pub fn text<'n>(&mut self, node: &'n Node, what: &str, longest: usize) -> Option<&'n str> {
        match &node.value {
            Value::Text { text, .. } if text.chars().count() > longest => {
                self.wrong(&node.at, format!("{what} is too long; at most {longest} characters"));
                None
            }
            Value::Text { text, .. } => Some(text),
            _ => {
                self.wrong(&node.at, format!("{what} is a text; here is {}", node.what()));
                None
            }
        }
    }

    /// A name: a plain word.
    pub fn name<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        const LONGEST: usize = 64;
        let name = self.text(node, what, LONGEST)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || !name.chars().all(is_plain) {
            self.wrong(&node.at, format!("{what} is one word of letters, digits, - _ and ., not {}", quoted(name)));
            return None;
        }
        Some(name)
    }

    /// A whole number within bounds.
    pub fn number(&mut self, node: &Node, what: &str, bounds: RangeInclusive<usize>) -> Option<usize> {
        let text = self.text(node, what, 40)?;
        let digits: String = text.chars().filter(|c| *c != '_').collect();
        let number = digits.parse().ok().filter(|number| bounds.contains(number));
        if number.is_none() {
            let (least, most) = (bounds.start(), bounds.end());
            self.wrong(&node.at, format!("{what} is a number from {least} to {most}, not {}", quoted(text)));
        }
        number
    }

    /// A length of time, in nanoseconds: `10s`, `1m 30s`, `250ms`.
    pub fn duration(&mut self, node: &Node, what: &str, bounds: RangeInclusive<u64>) -> Option<u64> {
        let text = self.text(node, what, 40)?;
        let Some(ns) = duration_ns(text) else {
            self.wrong(&node.at, format!("{what} is a time with its unit (250ms, 10s, 5m, 1h), not {}", quoted(text)));
            return None;
        };
        if !bounds.contains(&ns) {
            let (least, most) = (time_text(*bounds.start()), time_text(*bounds.end()));
            self.wrong(&node.at, format!("{what} is from {least} to {most}, not {}", quoted(text)));
            return None;
        }
        Some(ns)
    }

    /// Yes or no, as readers of YAML 1.1 and 1.2 write it; not by one letter.
    pub fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        match self.text(node, what, 40)? {
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
            other => {
                self.wrong(&node.at, format!("{what} is true or false, not {}", quoted(other)));
                None
            }
        }
    }

    /// A word of a table.
    pub fn word<T>(&mut self, node: &Node, what: &str, read: fn(&str) -> Option<T>, words: &[&str]) -> Option<T> {
        let text = self.text(node, what, 200)?;
        let found = read(text);
        if found.is_none() {
            self.wrong(&node.at, format!("{what} cannot be {}; {}", quoted(text), rather(text, words)));
        }
        found
    }
}

/// `10s`, `1m 30s`, `250ms` in nanoseconds; what is longer than any number of them is as long as may be.
pub fn duration_ns(text: &str) -> Option<u64> {
    match humantime::parse_duration(text.trim()) {
        Ok(duration) => Some(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)),
        Err(humantime::DurationError::NumberOverflow) => Some(u64::MAX),
        Err(_) => None,
    }
}

/// The other way round.
pub fn time_text(ns: u64) -> String {
    humantime::format_duration(core::time::Duration::from_nanos(ns)).to_string()
}
