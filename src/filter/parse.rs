//! Text to filter: [`Filter::parse`]. The grammar stands in `mod.rs`.
//!
//! The text may come from anybody (a socket client, a recording): it is bounded in length, depth and terms, every
//! refusal says where and why, and nothing here can panic or recurse without bound. What a term may hold is in
//! `values.rs`.

use super::parse_error::{nearest, quoted};
use super::values::{Value, term};
use super::*;
use std::borrow::Cow;

/// The longest filter, in bytes, as typed and as `Display` writes it.
pub const TEXT_MAX: usize = 4096;
/// The most parentheses within each other.
const DEPTH_MAX: usize = 32;
/// The most terms.
const TERMS_MAX: usize = 256;

/// Words that are no names.
pub(super) const RESERVED: [&str; 2] = ["and", "or"];

impl Filter {
    /// Reads a filter. `users` finds the id of a user by name.
    ///
    /// # Errors
    /// What is wrong, where, and what was expected.
    pub fn parse(text: &str, users: Users<'_>) -> Result<Filter, ParseError> {
        let too_long = |len: usize, said: &str| {
            let cut = (0..=TEXT_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            ParseError::at(text, (cut, text.len()), format!("{said}, {len} bytes"), format!("at most {TEXT_MAX}"))
        };
        if text.len() > TEXT_MAX {
            return Err(too_long(text.len(), "the filter is too long"));
        }
        let mut parser = Parser { text, at: 0, terms: 0, users };
        let expr = parser.any(0)?;
        if parser.peek() == Next::Close {
            let close = (parser.at, parser.at + 1);
            return Err(parser.wrong(close, "nothing was opened that \")\" closes", "a \"(\" before it"));
        }
        let filter = Filter(expr);
        // Names for numbers and escapes may make it longer. It is told in this form, and must be read again.
        match filter.to_string().len() {
            0..=TEXT_MAX => Ok(filter),
            len => Err(too_long(len, "the filter is too long when it is written out")),
        }
    }
}

/// Whether this character ends a value or a word that is not quoted.
pub(super) fn ends_bare(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | '(' | ')' | '"')
}

/// Whether this is read as a number.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// From where to where, in bytes.
pub(super) type Span = (usize, usize);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    End,
    Open,
    Close,
    Not,
    And,
    Or,
    Term,
}

pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    terms: usize,
    pub(super) users: Users<'a>,
}

impl<'a> Parser<'a> {
    pub(super) fn wrong(&self, span: Span, message: impl Into<String>, expected: impl Into<String>) -> ParseError {
        ParseError::at(self.text, span, message, expected)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next_char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The characters up to the next that ends a word.
    fn bare(&self) -> &'a str {
        let rest = self.rest();
        &rest[..rest.find(ends_bare).unwrap_or(rest.len())]
    }

    /// What comes next; blanks are passed.
    fn peek(&mut self) -> Next {
        self.at = self.text.len() - self.rest().trim_start().len();
        match self.next_char() {
            None => Next::End,
            Some('(') => Next::Open,
            Some(')') => Next::Close,
            Some('!') => Next::Not,
            Some(_) if self.is_reserved("and") => Next::And,
            Some(_) if self.is_reserved("or") => Next::Or,
            Some(_) => Next::Term,
        }
    }

    fn is_reserved(&self, word: &str) -> bool {
        let bare = self.bare();
        bare.eq_ignore_ascii_case(word) && !self.rest()[bare.len()..].starts_with([',', '"'])
    }

    /// Passes what `peek` saw.
    fn pass(&mut self, len: usize) -> Span {
        let start = self.at;
        self.at += len;
        (start, self.at)
    }

    fn any(&mut self, depth: usize) -> Result<Expr, ParseError> {
        let mut alternatives = Vec::new();
        let mut or = None;
        loop {
            let all = self.all(depth)?;
            let next = self.peek();
            let nothing = all.is_empty();
            if let Some(or) = or.filter(|_| nothing) {
                return Err(self.wrong(or, "nothing stands behind \"or\"", "a term"));
            }
            alternatives.push(Expr::all(all));
            if next != Next::Or {
                return Ok(Expr::any(alternatives));
            }
            let span = self.pass("or".len());
            if nothing {
                return Err(self.wrong(span, "nothing stands before \"or\"", "a term"));
            }
            or = Some(span);
        }
    }

    fn all(&mut self, depth: usize) -> Result<Vec<Expr>, ParseError> {
        let mut parts = Vec::new();
        let mut and = None;
        loop {
            match (self.peek(), and) {
                (Next::Open | Next::Not | Next::Term, _) => {
                    parts.push(self.not(depth)?);
                    and = None;
                }
                (Next::And, None) => {
                    let span = self.pass("and".len());
                    if parts.is_empty() {
                        return Err(self.wrong(span, "nothing stands before \"and\"", "a term"));
                    }
                    and = Some(span);
                }
                (_, Some(and)) => return Err(self.wrong(and, "nothing stands behind \"and\"", "a term")),
                (Next::End | Next::Close | Next::Or, None) => return Ok(parts),
            }
        }
    }

    fn not(&mut self, depth: usize) -> Result<Expr, ParseError> {
        let mut denied = false;
        let mut last = None;
        loop {
            let expr = match (self.peek(), last) {
                (Next::Not, _) => {
                    last = Some(self.pass(1));
                    denied = !denied;
                    continue;
                }
                (Next::Open, _) => self.group(depth)?,
                (Next::Term, _) | (_, None) => self.term()?,
                (_, Some(last)) => return Err(self.wrong(last, "nothing stands behind \"!\"", "a term or \"(\"")),
            };
            return Ok(if denied { Expr::not(expr) } else { expr });
        }
    }

    fn group(&mut self, depth: usize) -> Result<Expr, ParseError> {
        let open = self.pass(1);
        if depth == DEPTH_MAX {
            return Err(self.wrong(open, "too many parentheses within each other", format!("at most {DEPTH_MAX}")));
        }
        let expr = self.any(depth + 1)?;
        if self.peek() != Next::Close {
            return Err(self.wrong(open, "this \"(\" is never closed", "a \")\""));
        }
        self.pass(1);
        Ok(expr)
    }

    fn term(&mut self) -> Result<Expr, ParseError> {
        self.terms += 1;
        let bare = self.bare();
        let span = (self.at, self.at + bare.len().max(1));
        if self.terms > TERMS_MAX {
            return Err(self.wrong(span, "too many terms", format!("at most {TERMS_MAX}")));
        }
        if let Some(colon) = bare.find(':') {
            let word = &bare[..colon];
            let span = self.pass(colon + 1);
            let (side, name) = ends::side_of(word);
            let key = Key::from_word(name).ok_or_else(|| self.no_such_key(name, span))?;
            if side.is_some() && !ends::OF_ONE_END.contains(&key) {
                return Err(self.not_of_one_end(key, span));
            }
            let values = self.values(key, span)?;
            let term = term(self, key, &values)?;
            return Ok(Expr::Term(side.map_or(term.clone(), |side| Term::Of(side, Box::new(term)))));
        }
        if self.next_char() == Some(',') {
            return Err(self.wrong(span, "a comma that is not between values", "a term"));
        }
        let value = self.value()?;
        self.ends(false)?;
        Ok(Expr::Term(match value.is_number() {
            true => Term::Tree(vec![value.number(self)?]),
            false => Term::Word(value.text.into_owned()),
        }))
    }

    fn no_such_key(&self, word: &str, span: Span) -> ParseError {
        let keys: Vec<String> = KEYS.iter().map(|key| format!("{}:", key.word())).collect();
        let expected = format!("one of {}; a word that holds a colon stands between quotes", keys.join(", "));
        let near = nearest(word, KEYS.iter().map(|key| key.word())).map(|key| format!("{key}:"));
        self.wrong(span, format!("no such key {}", quoted(&self.text[span.0..span.1])), expected).or_rather(near)
    }

    fn not_of_one_end(&self, key: Key, span: Span) -> ParseError {
        let keys: Vec<&str> = ends::OF_ONE_END.iter().map(|key| key.word()).collect();
        let expected = format!("from. or to. before one of {}", keys.join(", "));
        self.wrong(span, format!("\"{}:\" is not asked of one end", key.word()), expected)
    }

    /// The values right behind a key.
    fn values(&mut self, key: Key, span: Span) -> Result<Vec<Value<'a>>, ParseError> {
        let mut values = Vec::new();
        let mut before = span;
        loop {
            match self.next_char() {
                Some('!') => {
                    let expected = format!("it before the key: !{}", key.example());
                    return Err(self.wrong((self.at, self.at + 1), "\"!\" before a value", expected));
                }
                Some(c) if c == '"' || !ends_bare(c) => {}
                Some(',') => {
                    let message = format!("a value of \"{}:\" is missing before this comma", key.word());
                    return Err(self.wrong((self.at, self.at + 1), message, key.example()));
                }
                _ if values.is_empty() => {
                    let expected = format!("a value right behind the colon, as in {}", key.example());
                    return Err(self.wrong(before, format!("\"{}:\" has no value", key.word()), expected));
                }
                _ => return Err(self.wrong(before, "nothing stands behind this comma", "a value right behind it")),
            }
            values.push(self.value()?);
            self.ends(true)?;
            if self.next_char() != Some(',') {
                return Ok(values);
            }
            before = self.pass(1);
        }
    }

    /// A word or value, quoted or not.
    fn value(&mut self) -> Result<Value<'a>, ParseError> {
        let start = self.at;
        let (text, quoted) = match self.next_char() {
            Some('"') => (Cow::Owned(self.quoted()?), true),
            _ => {
                let bare = self.bare();
                self.pass(bare.len());
                (Cow::Borrowed(bare), false)
            }
        };
        let span = (start, self.at);
        if text.is_empty() {
            return Err(self.wrong(span, "there is nothing between the quotes", "a word; * fits any"));
        }
        Ok(Value { text, quoted, span })
    }

    /// Text between quotes, with the escapes of [`crate::escape::Quoted`].
    fn quoted(&mut self) -> Result<String, ParseError> {
        let start = self.pass(1).0;
        let mut text = String::new();
        loop {
            match self.next_char() {
                None => return Err(self.wrong((start, self.at), "this quote is never closed", "another \"")),
                Some('"') => {
                    self.pass(1);
                    return Ok(text);
                }
                Some('\\') => text.push(self.escape()?),
                Some(c) => {
                    self.pass(c.len_utf8());
                    text.push(c);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let rest = self.rest();
        let numbered = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        let hex = |from: usize, to: usize| rest.get(from..to).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let (c, len) = match rest.chars().nth(1) {
            Some(c @ ('"' | '\\')) => (Some(c), 2),
            Some('n') => (Some('\n'), 2),
            Some('r') => (Some('\r'), 2),
            Some('t') => (Some('\t'), 2),
            Some('x') => (hex(2, 4).and_then(numbered).filter(char::is_ascii), 4),
            Some('u') => {
                let close = rest.chars().take(12).position(|c| c == '}').unwrap_or(3);
                let digits = rest.starts_with("\\u{").then(|| hex(3, close)).flatten();
                (digits.and_then(numbered), close + 1)
            }
            _ => (None, 2),
        };
        match c {
            Some(c) => {
                self.pass(len);
                Ok(c)
            }
            None => {
                let expected = "\\\" or \\\\, or an escape: \\n, \\r, \\t, \\x1b, \\u{202e}";
                let backslash = (self.at, self.at + 1);
                Err(self.wrong(backslash, "a backslash between quotes that escapes nothing", expected))
            }
        }
    }

    /// What follows a word must part it from the next; a comma may follow a value.
    fn ends(&self, comma: bool) -> Result<(), ParseError> {
        let (message, expected) = match self.next_char() {
            None | Some(')') => return Ok(()),
            Some(',') if comma => return Ok(()),
            Some(c) if c.is_whitespace() => return Ok(()),
            Some(',') => ("a comma behind a word", "it between values: from:bash,sshd"),
            Some('(') => ("a \"(\" right behind a word", "a blank before it, or the word between quotes"),
            Some('"') => ("a quote within a word", "quotes around the whole word"),
            Some(_) => ("something right behind a quote", "a blank"),
        };
        let len = self.next_char().map_or(1, char::len_utf8);
        Err(self.wrong((self.at, self.at + len), message, expected))
    }
}
