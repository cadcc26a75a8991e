//! The values behind a key: what each kind of term holds, read from words that `parse.rs` cut out.
//!
//! Every value that is refused is told what would have been right, and the nearest word where there is a table of them.

use super::parse::{Parser, Span, is_number};
use super::parse_error::{nearest, quoted};
use super::*;
use crate::signal::{Signal, edit_distance};
use std::borrow::Cow;

/// A word or value, as it was typed.
pub(super) struct Value<'a> {
    /// Without its quotes.
    pub text: Cow<'a, str>,
    /// It had quotes: then it is no number.
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

impl Value<'_> {
    /// Whether it stands for a number.
    pub fn is_number(&self) -> bool {
        !self.quoted && is_number(&self.text)
    }

    /// The number.
    pub fn number(&self, parser: &Parser<'_>) -> Result<u32, ParseError> {
        if !is_number(&self.text) {
            return Err(self.wrong(parser, "no number", "digits alone"));
        }
        self.text.parse().map_err(|_| self.wrong(parser, "a number that is too large", format!("at most {}", u32::MAX)))
    }

    fn wrong(&self, parser: &Parser<'_>, what: &str, expected: impl Into<String>) -> ParseError {
        parser.wrong(self.span, format!("{what}: {}", quoted(&self.text)), expected)
    }

    fn pattern(&self) -> Pattern {
        Pattern(self.text.to_string())
    }
}

/// `key:values`.
pub(super) fn term(parser: &Parser<'_>, key: Key, values: &[Value<'_>]) -> Result<Term, ParseError> {
    let patterns = || values.iter().map(Value::pattern).collect();
    let party = |side| Ok(Term::Party(side, each(values, |value| who(parser, value))?));
    match key {
        Key::Sig => {
            let sets = each(values, |value| signals(parser, value))?;
            Ok(Term::Signal(SignalSet::from_bits(sets.iter().fold(0, |all, set| all | set.bits()))))
        }
        Key::From => party(Side::From),
        Key::To => party(Side::To),
        Key::Pid => party(Side::Either),
        Key::Tree => Ok(Term::Tree(each(values, |value| value.number(parser))?)),
        Key::Uid => Ok(Term::User(each(values, |value| uid(parser, value))?)),
        Key::User => Ok(Term::User(each(values, |value| user(parser, value))?)),
        Key::Tty => Ok(Term::Tty(each(values, |value| tty(parser, value))?)),
        Key::Same => Ok(Term::Same(each(values, |v| one_of(parser, v, key, Alike::ALL, Alike::word))?)),
        Key::Unit => Ok(Term::Unit(patterns())),
        Key::Container => Ok(Term::Container(values.iter().map(|value| value.text.to_string()).collect())),
        Key::Cgroup => Ok(Term::Cgroup(values.iter().map(|value| cgroup::path(&value.text)).collect())),
        Key::Result => Ok(Term::Result(each(values, |v| one_of(parser, v, key, SendResult::ALL, SendResult::word))?)),
        Key::Origin => Ok(Term::Origin(each(values, |v| one_of(parser, v, key, Origin::ALL, Origin::word))?)),
        Key::Kind => Ok(Term::Kind(each(values, |v| one_of(parser, v, key, Kind::ALL, Kind::word))?)),
        Key::Exe => Ok(Term::Exe(patterns())),
        Key::Arg => Ok(Term::Arg(patterns())),
        Key::Path => Ok(Term::Path(patterns())),
        Key::Port => Ok(Term::Port(each(values, |v| one(parser, v, Ports::parse, "port", PORTS))?)),
        Key::Addr => Ok(Term::Addr(each(values, |v| one(parser, v, Net::parse, "address", ADDRESSES))?)),
        Key::Mode => Ok(Term::Mode(each(values, |v| one(parser, v, ModeTest::parse, "mode", MODES))?)),
        Key::Access => Ok(Term::Access(each(values, |v| one_of(parser, v, key, Access::ALL, Access::word))?)),
        Key::Errno => Ok(Term::Errno(each(values, |value| errno(parser, value))?)),
    }
}

fn each<'v, 'a, T>(
    values: &'v [Value<'a>],
    read: impl Fn(&'v Value<'a>) -> Result<T, ParseError>,
) -> Result<Vec<T>, ParseError> {
    values.iter().map(read).collect()
}

fn signals(parser: &Parser<'_>, value: &Value<'_>) -> Result<SignalSet, ParseError> {
    if value.text.eq_ignore_ascii_case("all") {
        return Ok(SignalSet::ALL);
    }
    if value.text.eq_ignore_ascii_case("none") {
        return Ok(SignalSet::EMPTY);
    }
    Signal::parse(&value.text).map(|signal| SignalSet::from_iter([signal])).map_err(|unknown| {
        let expected = "a name (TERM, SIGTERM, RTMIN+3), a number from 1 to 64, all or none";
        value.wrong(parser, "no such signal", expected).or_rather(unknown.nearest)
    })
}

fn who(parser: &Parser<'_>, value: &Value<'_>) -> Result<Who, ParseError> {
    if value.is_number() { value.number(parser).map(Who::Pid) } else { Ok(Who::Name(value.pattern())) }
}

fn uid(parser: &Parser<'_>, value: &Value<'_>) -> Result<User, ParseError> {
    let named = (parser.users)(&value.text).map(|_| format!("user:{}", display::name_value(&value.text)));
    match value.number(parser) {
        Ok(uid) => Ok(User { uid, name: None }),
        Err(wrong) => Err(wrong.or_rather(named)),
    }
}

fn user(parser: &Parser<'_>, value: &Value<'_>) -> Result<User, ParseError> {
    if value.is_number() {
        return uid(parser, value);
    }
    match (parser.users)(&value.text) {
        Some(uid) => Ok(User { uid, name: Some(value.text.to_string()) }),
        None => Err(value.wrong(parser, "no such user", "the name or number of a user of this system")),
    }
}

fn tty(parser: &Parser<'_>, value: &Value<'_>) -> Result<Tty, ParseError> {
    if matches!(&*value.text, "-" | "none") {
        return Ok(Tty::NONE);
    }
    Tty::parse(&value.text).ok_or_else(|| {
        let expected = "a terminal (pts/3, pts3, tty1, ttyS0, /dev/pts/3), or - for none";
        value.wrong(parser, "no such terminal", expected)
    })
}

const PORTS: &str = "a port (22) or several (8000-8100), up to 65535";
const ADDRESSES: &str = "an IP address (192.0.2.1, ::1) or a network (10.0.0.0/8, fd00::/8)";
const MODES: &str = "what is given, as for chmod (+x, u+s, o+w), or all of the mode (4755)";

fn one<T>(
    parser: &Parser<'_>,
    value: &Value<'_>,
    read: fn(&str) -> Option<T>,
    what: &str,
    expected: &str,
) -> Result<T, ParseError> {
    read(&value.text).ok_or_else(|| value.wrong(parser, &format!("no such {what}"), expected))
}

fn errno(parser: &Parser<'_>, value: &Value<'_>) -> Result<Errno, ParseError> {
    Errno::parse(&value.text.to_ascii_uppercase()).ok_or_else(|| {
        let near = Errno::names().find(|name| edit_distance(name, &value.text.to_ascii_uppercase()) == 1);
        value.wrong(parser, "no such error", "a name (EPERM, EACCES) or a number").or_rather(near)
    })
}

fn one_of<T: Copy>(
    parser: &Parser<'_>,
    value: &Value<'_>,
    key: Key,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, ParseError> {
    let found = all.iter().find(|one| word(**one).eq_ignore_ascii_case(&value.text));
    found.copied().ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|one| word(*one)).collect();
        let near = nearest(&value.text, words.iter().copied());
        value.wrong(parser, &format!("no such {}", key.word()), format!("one of {}", words.join(", "))).or_rather(near)
    })
}
