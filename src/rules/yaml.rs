//! YAML as a tree in which everything knows where it stands: what the rest of the reading walks over.
//!
//! Only what files of rules need: one document of maps, lists and plain texts. Anchors, aliases and tags are refused,
//! so that no small file becomes a large tree. Bounded in size and depth; a tree is never deeper than
//! [`DEPTH_MAX`], so nobody who walks it recurses without bound.

use super::Problem;
use crate::escape::plain;
use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, options};
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// The longest file, in bytes.
pub const TEXT_MAX: usize = 1 << 20;
/// How deep maps and lists stand within each other.
const DEPTH_MAX: usize = 12;
/// The most fields of one map.
const FIELDS_MAX: usize = 64;
/// The widest part of a line that a snippet shows.
const SNIPPET_MAX: usize = 100;

/// From where to where, in bytes of the file.
pub type At = Range<usize>;

/// A map, a list, or a text.
#[derive(Debug)]
pub struct Node {
    /// Where.
    pub at: At,
    /// What.
    pub value: Value,
}

/// What a [`Node`] is.
#[derive(Debug)]
pub enum Value {
    /// A text, a number, yes or no: what it is its reader knows.
    Text {
        /// As it is meant.
        text: String,
        /// Written without quotes.
        is_plain: bool,
    },
    /// `- a`, `[a, b]`
    List(Vec<Node>),
    /// `a: b`
    Map(Vec<Entry>),
}

/// A field of a map.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub key: String,
    /// Where that stands.
    pub at: At,
    /// What it holds.
    pub value: Node,
}

impl Node {
    /// Whether nothing stands there: `description:` and no more.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.value, Value::Text { text, is_plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// What it is, in words.
    pub fn what(&self) -> &'static str {
        match &self.value {
            _ if self.is_nothing() => "nothing",
            Value::Text { .. } => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// A file that is read, and where its lines begin.
pub struct Source<'a> {
    name: &'a str,
    /// Its text.
    pub text: &'a str,
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    /// The file of this name.
    pub fn new(name: &'a str, text: &'a str) -> Source<'a> {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Source { name, text, lines }
    }

    /// What is wrong, and where.
    pub fn problem(&self, at: &At, reason: impl Into<String>) -> Problem {
        let (line, column) = self.place(at.start);
        Problem { file: self.name.into(), line, column, reason: reason.into(), snippet: self.snippet(at) }
    }

    /// Line and column, both from 1.
    pub fn place(&self, byte: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= byte).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        (line, self.text.get(start..byte).map_or(1, |before| before.chars().count() + 1))
    }

    /// The line, and a mark below the place: two lines. Of a long line the part around it; of an
    /// empty one nothing.
    fn snippet(&self, at: &At) -> String {
        let (line, _) = self.place(at.start);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let rest = self.text.get(start..).unwrap_or("");
        let whole = rest.lines().next().unwrap_or("");
        if whole.is_empty() {
            return String::new();
        }
        let from = at.start.saturating_sub(start).min(whole.len());
        let to = at.end.saturating_sub(start).clamp(from, whole.len());
        let (before, marked) = (whole.get(..from).unwrap_or(""), whole.get(from..to).unwrap_or(""));
        let cut = before.char_indices().rev().nth(SNIPPET_MAX / 2).map_or(0, |(at, _)| at);
        let before = &before[cut..];
        let behind = whole.get(to..).unwrap_or("");
        let shown: String = [before, marked, behind].concat().chars().take(SNIPPET_MAX).collect();
        let marked: String = marked.chars().take(SNIPPET_MAX / 2).collect();
        let width = |text: &str| plain(text).width();
        format!("{}\n{}{}", plain(&shown), " ".repeat(width(before)), "^".repeat(width(&marked).max(1)))
    }

    /// Where in the file the `character`th character of a text stands, which quotes, escapes and line breaks may have
    /// moved; as well as can be told.
    pub fn within(&self, node: &Node, character: usize) -> usize {
        let Value::Text { text, .. } = &node.value else { return node.at.start };
        let raw = self.text.get(node.at.clone()).unwrap_or("");
        let header = if raw.starts_with(['|', '>']) { raw.find('\n').unwrap_or(0) } else { 0 };
        let mut rest = raw[header..].char_indices().peekable();
        let is_between = |c: char| c.is_whitespace() || matches!(c, '\\' | '"' | '\'');
        let mut at = header;
        for wanted in text.chars().take(character.saturating_add(1)) {
            while let Some((_, c)) = rest.peek()
                && *c != wanted
                && is_between(*c)
            {
                rest.next();
            }
            let Some((byte, c)) = rest.peek().copied() else { return node.at.start + raw.len() };
            at = header + byte;
            if c == wanted {
                rest.next();
            }
        }
        // Right behind the text.
        if character >= text.chars().count() {
            at = rest.peek().map_or(raw.len(), |(byte, _)| header + byte);
        }
        node.at.start + at
    }
}

/// What may be read.
fn limits() -> Options {
    let mut limits = options! {};
    limits.emit_unresolved_aliases = true;
    limits.disallow_directives = true;
    limits.flow_nesting_limit = DEPTH_MAX;
    limits.block_nesting_limit = DEPTH_MAX;
    limits.simple_key_max_lookahead = 256;
    limits
}

/// A map or list that is not closed yet.
struct Open {
    at: At,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    /// The fields so far, and the name of the one whose value comes next.
    Map(Vec<Entry>, Option<(String, At)>),
}

/// The document in this file; none if it holds nothing.
///
/// # Errors
/// Why it is no YAML, or none that is read here.
pub fn tree(source: &Source<'_>) -> Result<Option<Node>, Problem> {
    if source.text.len() > TEXT_MAX {
        let reason = format!("the file is too long, {} bytes; at most {TEXT_MAX} are read", source.text.len());
        return Err(source.problem(&(0..0), reason));
    }
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut documents = 0;
    for next in Parser::new_from_str_with_options(source.text, limits()) {
        let (event, span) = next.map_err(|error| no_yaml(source, &error))?;
        let at = span.byte_range().unwrap_or(0..0);
        let wrong = |reason: &str| Err(source.problem(&at, reason));
        let is_marked = |anchor: usize, is_tagged: bool| anchor > 0 || is_tagged;
        let done = match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    return wrong("a second document begins here; a file of rules is one");
                }
                None
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                return wrong("no aliases here (*name): write it out; a text that begins with * stands between quotes");
            }
            Event::Scalar(_, _, anchor, ref tag)
            | Event::SequenceStart(_, anchor, ref tag)
            | Event::MappingStart(_, anchor, ref tag)
                if is_marked(anchor, tag.is_some()) =>
            {
                return wrong("no anchors and tags here (&name, !name): a text that begins so stands between quotes");
            }
            Event::Scalar(text, style, ..) => {
                let value = Value::Text { text: text.into_owned(), is_plain: style == ScalarStyle::Plain };
                Some(Node { at, value })
            }
            Event::SequenceStart(..) => {
                open.push(Open { at, items: Items::List(Vec::new()) });
                None
            }
            Event::MappingStart(..) => {
                open.push(Open { at, items: Items::Map(Vec::new(), None) });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|open| open.close(at.end)),
            _ => None,
        };
        if open.len() > DEPTH_MAX {
            return Err(
                source.problem(&(span.byte_range().unwrap_or(0..0)), "too deep: lists within lists within lists")
            );
        }
        if let Some(node) = done {
            match open.last_mut() {
                Some(above) => above.put(node, source)?,
                None => root = Some(node),
            }
        }
    }
    Ok(root.filter(|node| !node.is_nothing()))
}

impl Open {
    fn close(self, end: usize) -> Node {
        let value = match self.items {
            Items::List(list) => Value::List(list),
            Items::Map(map, _) => Value::Map(map),
        };
        Node { at: self.at.start..end.max(self.at.end), value }
    }

    fn put(&mut self, node: Node, source: &Source<'_>) -> Result<(), Problem> {
        match &mut self.items {
            Items::List(list) => list.push(node),
            Items::Map(map, name @ None) => match node.value {
                _ if map.len() >= FIELDS_MAX => return Err(source.problem(&node.at, "too many fields in one map")),
                Value::Text { text, .. } => *name = Some((text, node.at)),
                _ => return Err(source.problem(&node.at, "the name of a field is a text")),
            },
            Items::Map(map, name) => {
                if let Some((key, at)) = name.take() {
                    if map.iter().any(|entry| entry.key == key) {
                        return Err(source.problem(&at, format!("{key} is there twice")));
                    }
                    map.push(Entry { key, at, value: node });
                }
            }
        }
        Ok(())
    }
}

/// What the parser found, in our words.
fn no_yaml(source: &Source<'_>, error: &ScanError) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(0).min(source.text.len());
    let info = error.info();
    let info = if info.is_empty() { "something is wrong here".to_string() } else { info };
    let line = source.text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let hint = match line.trim_start().chars().next() {
        _ if info.contains("tab") => "; YAML is indented by blanks",
        Some('!' | '*' | '&' | '%' | '@' | '`') => "; a text that begins so stands between quotes",
        _ if info.contains("mapping value") && line.contains(": ") => {
            "; a text that holds \": \" stands between quotes"
        }
        _ if info.contains("unclosed quote") || info.contains("multiline quoted") => {
            "; a quote is opened and not closed"
        }
        _ if info.contains("indent") || info.contains("block") || info.contains("key expected") => {
            "; fields of one map begin in the same column, deeper than what they belong to"
        }
        _ => "",
    };
    source.problem(&(at..at + 1), format!("no YAML: {info}{hint}"))
}
