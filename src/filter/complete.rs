//! What may stand where the cursor is: keys, and values of a key, for whoever types a filter.
//!
//! The text need not be a filter yet; nothing is said about what is wrong with it. What lives at the moment is handed
//! in, and comes back as it must be typed: quoted and escaped where the parser needs it.

use super::{Access, Alike, Errno, KEYS, Key, Kind, Origin, SendResult, display, ends, parse};
use crate::signal::Signal;

/// The most candidates.
pub const CANDIDATES_MAX: usize = 200;

/// What lives at the moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Known {
    /// Names of processes.
    pub names: Vec<String>,
    /// Their pids.
    pub pids: Vec<u32>,
    /// Systemd units.
    pub units: Vec<String>,
    /// Ids of containers.
    pub containers: Vec<String>,
    /// Terminals, as they are shown.
    pub ttys: Vec<String>,
    /// Names of users.
    pub users: Vec<String>,
}

/// What may stand before the cursor.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completion {
    /// Each candidate stands for the text from this byte up to the cursor.
    pub from: usize,
    /// Those that begin with what was typed, then those that contain it, whatever the case; of both, words in order,
    /// then numbers.
    pub candidates: Vec<String>,
}

/// What may stand before the cursor, which is a byte of the text.
pub fn complete(text: &str, cursor: usize, known: &Known) -> Completion {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let place = Place::of(&text[..cursor]);
    let typed = &text[place.from..cursor];
    let words = match place.key {
        None if typed.starts_with('"') => Vec::new(),
        None => KEYS.iter().map(|key| format!("{}:", key.word())).collect(),
        Some(word) => Key::from_word(ends::side_of(word).1).map_or_else(Vec::new, |key| values(key, known)),
    };
    Completion { from: place.from, candidates: sorted(words, as_candidates_begin(typed, place.key)) }
}

/// What was typed, without what no candidate begins with: quotes, and the `SIG` of signals.
fn as_candidates_begin<'a>(typed: &'a str, key: Option<&str>) -> &'a str {
    let typed = typed.strip_prefix('"').unwrap_or(typed);
    match (key.and_then(Key::from_word), typed.get(..3)) {
        (Some(Key::Sig), Some(prefix)) if prefix.eq_ignore_ascii_case("sig") => &typed[3..],
        _ => typed,
    }
}

/// Where the cursor is.
struct Place<'a> {
    /// Where the word or value begins that is being typed.
    from: usize,
    /// The key before it.
    key: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(text: &'a str) -> Place<'a> {
        let (mut from, mut key) = (0, None);
        let (mut quoted, mut escaped) = (false, false);
        for (at, c) in text.char_indices() {
            let behind = at + c.len_utf8();
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ if quoted => {}
                ':' if key.is_none() => (from, key) = (behind, Some(&text[from..at])),
                ',' if key.is_some() => from = behind,
                '!' if key.is_none() && at == from => from = behind,
                _ if parse::ends_bare(c) => (from, key) = (behind, None),
                _ => {}
            }
        }
        Place { from, key }
    }
}

/// Everything that may stand behind this key, as it is typed.
fn values(key: Key, known: &Known) -> Vec<String> {
    let as_value = |words: &[String]| words.iter().map(|word| display::value(word).into_owned()).collect();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
    let name = |name: &String| display::name_value(name).into_owned();
    let pids = || known.pids.iter().map(u32::to_string);
    match key {
        Key::Sig => Signal::all().map(|s| s.short_name().to_string()).chain(["all".into(), "none".into()]).collect(),
        Key::From | Key::To | Key::Pid => known.names.iter().map(name).chain(pids()).collect(),
        Key::Tree => pids().collect(),
        Key::User => known.users.iter().map(name).collect(),
        Key::Tty => known.ttys.iter().map(|tty| display::value(tty).into_owned()).chain(["-".into()]).collect(),
        Key::Same => words(&Alike::ALL.iter().map(|alike| alike.word()).collect::<Vec<_>>()),
        Key::Unit => as_value(&known.units),
        Key::Container => as_value(&known.containers),
        Key::Result => words(&SendResult::ALL.iter().map(|result| result.word()).collect::<Vec<_>>()),
        Key::Origin => words(&Origin::ALL.iter().map(|origin| origin.word()).collect::<Vec<_>>()),
        Key::Kind => words(&Kind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>()),
        Key::Access => words(&Access::ALL.iter().map(|way| way.word()).collect::<Vec<_>>()),
        Key::Mode => words(&["+x", "+s", "u+s", "g+s", "o+w"]),
        Key::Errno => Errno::names().map(String::from).collect(),
        Key::Uid | Key::Cgroup | Key::Exe | Key::Arg | Key::Path | Key::Addr | Key::Port => Vec::new(),
    }
}

/// Those that begin with what was typed, then those that contain it; of both, numbers last.
fn sorted(words: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let rank = |word: String| {
        let bare = word.strip_prefix('"').unwrap_or(&word).to_lowercase();
        let at = bare.find(&typed)?;
        Some((at > 0, word.parse::<u32>().ok(), bare, word))
    };
    let mut ranked: Vec<_> =
        words.into_iter().filter(|word| !matches!(word.as_str(), "" | "\"\"")).filter_map(rank).collect();
    ranked.sort();
    ranked.dedup();
    ranked.truncate(CANDIDATES_MAX);
    ranked.into_iter().map(|(.., word)| word).collect()
}
