//! A file's text into settings, entry by entry.

use super::problem::hint;
use super::{COLORS, Config, File, LAYOUTS, Problem, TIMES, Words};
use crate::escape::Quoted;
use crate::ui::keys::{KEYS, Key, Keymap, Refusal, Remap};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// What a file may say.
const ENTRIES: [&str; 9] = ["theme", "color", "ascii", "mouse", "read_only", "time", "layout", "keys", "themes"];

/// The most keys of one row.
const MOST_KEYS: usize = 8;

/// The most problems that are told.
const MOST_PROBLEMS: usize = 50;

/// A table's entries, in the order of the text.
pub(super) fn entries<'a, 'i>(table: &'a DeTable<'i>) -> Vec<(&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// Gathers what is wrong in one file.
pub(super) struct Reader<'a> {
    pub(super) file: &'a File,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// The file's table; none if it is no TOML.
    pub(super) fn parse(&mut self) -> Option<Spanned<DeTable<'a>>> {
        match DeTable::parse(&self.file.text) {
            Ok(table) => Some(table),
            Err(error) => {
                let what = format!("{}; nothing of this file holds", error.message());
                self.wrong(error.span().unwrap_or(0..0), &what);
                None
            }
        }
    }

    pub(super) fn wrong(&mut self, span: Range<usize>, what: &str) {
        self.problems.push(Problem::at(&self.file.name, &self.file.text, span, what));
    }

    /// Says that a value is of the wrong kind.
    pub(super) fn expected(&mut self, name: &str, value: &Spanned<DeValue>, what: &str) {
        let kind = value.get_ref().type_str();
        self.wrong(value.span(), &format!("{}: expected {what}, not {kind}", Quoted(name)));
    }

    pub(super) fn text<'v>(&mut self, name: &str, value: &'v Spanned<DeValue>, what: &str) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.expected(name, value, what);
        }
        text
    }

    pub(super) fn flag(&mut self, name: &str, value: &Spanned<DeValue>) -> Option<bool> {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.expected(name, value, "true or false");
        }
        flag
    }

    fn word<T: Copy + PartialEq>(&mut self, name: &str, value: &Spanned<DeValue>, words: &Words<T>) -> Option<T> {
        let all = words.all().collect::<Vec<_>>();
        let text = self.text(name, value, &format!("one of {}", all.join(", ")))?;
        let found = words.value(text);
        if found.is_none() {
            let hint = hint(text, all.iter().copied());
            self.wrong(value.span(), &format!("{name}: there is no {}{hint}", Quoted(text)));
        }
        found
    }

    /// The keys of one row: one, or several.
    fn keys(&mut self, name: &str, value: &Spanned<DeValue>) -> Option<Vec<Key>> {
        let one = std::slice::from_ref(value);
        let several = value.get_ref().as_array();
        let values: Vec<&Spanned<DeValue>> = several.map_or(one.iter().collect(), |array| array.iter().collect());
        if values.len() > MOST_KEYS {
            self.wrong(value.span(), &format!("{name}: at most {MOST_KEYS} keys"));
            return None;
        }
        let mut keys = Vec::new();
        for value in values {
            let text = self.text(name, value, "a key, or a list of keys")?;
            match Key::parse(text) {
                Ok(key) => keys.push(key),
                Err(why) => {
                    self.wrong(value.span(), &format!("{name}: there is no key {}: {why}", Quoted(text)));
                    return None;
                }
            }
        }
        Some(keys)
    }

    fn keymap(&mut self, value: &Spanned<DeValue>) -> Keymap {
        let Some(table) = value.get_ref().as_table() else {
            self.expected("keys", value, "a table: [keys]");
            return Keymap::default();
        };
        let mut spans = Vec::new();
        let mut remaps = Vec::new();
        for (name, value) in entries(table) {
            let known = name.get_ref().to_string();
            if KEYS.iter().all(|row| row.name != known) {
                let hint = hint(&known, KEYS.iter().map(|row| row.name));
                self.wrong(name.span(), &format!("keys: nothing is called {}{hint}", Quoted(&known)));
            } else if let Some(keys) = self.keys(&known, value) {
                remaps.push(Remap { name: known, keys });
                spans.push(value.span());
            }
        }
        let (map, refused) = Keymap::with(&remaps);
        for ((remap, span), why) in remaps.iter().zip(spans).zip(&refused) {
            if let Some(why) = why {
                // A row that is written with the keys that it has anyway is no wish.
                let is_usual = KEYS.iter().any(|row| row.name == remap.name && row.keys == remap.keys);
                if !(is_usual && *why == Refusal::Fixed) {
                    self.wrong(span, &format!("{}: {why}", remap.name));
                }
            }
        }
        map
    }
}

/// Sets `field` if there is a value.
fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Reads the settings, and the themes that have files of their own, each named by its file.
pub fn read(main: Option<&File>, others: &[(String, File)]) -> (Config, Vec<Problem>) {
    let mut config = Config::default();
    let mut problems = Vec::new();
    let mut asked = None;
    if let Some(file) = main {
        let mut reader = Reader { file, problems: &mut problems };
        if let Some(table) = reader.parse() {
            for (name, value) in entries(table.get_ref()) {
                match &**name.get_ref() {
                    "theme" => {
                        asked =
                            reader.text("theme", value, "a theme's name").map(|text| (text.to_string(), value.span()))
                    }
                    "color" => set(&mut config.color, reader.word("color", value, &COLORS)),
                    "ascii" => set(&mut config.ascii, reader.flag("ascii", value)),
                    "mouse" => set(&mut config.mouse, reader.flag("mouse", value)),
                    "read_only" => set(&mut config.read_only, reader.flag("read_only", value)),
                    "time" => set(&mut config.time, reader.word("time", value, &TIMES)),
                    "layout" => set(&mut config.layout, reader.word("layout", value, &LAYOUTS)),
                    "keys" => config.keys = reader.keymap(value),
                    "themes" => reader.themes(value, &mut config.themes),
                    other => {
                        let hint = hint(other, ENTRIES);
                        reader.wrong(name.span(), &format!("there is no setting {}{hint}", Quoted(other)));
                    }
                }
            }
        }
    }
    for (name, file) in others {
        let mut reader = Reader { file, problems: &mut problems };
        if let Some(table) = reader.parse() {
            reader.add_theme(name, 0..0, table.get_ref(), &mut config.themes);
        }
    }
    if let (Some((theme, span)), Some(file)) = (asked, main) {
        let all = config.all_themes();
        if all.iter().any(|known| known.name == theme) {
            config.theme = theme;
        } else {
            let hint = hint(&theme, all.iter().map(|theme| &*theme.name));
            let what = format!("theme: there is no {}{hint}", Quoted(&theme));
            Reader { file, problems: &mut problems }.wrong(span, &what);
        }
    }
    // In the order of the text; those of the main file first.
    problems.sort_by(|a, b| {
        let is_other = |problem: &Problem| main.is_none_or(|main| problem.file != main.name);
        (is_other(a), &a.file, a.place).cmp(&(is_other(b), &b.file, b.place))
    });
    let more = problems.len().saturating_sub(MOST_PROBLEMS);
    if let (1.., Some(file)) = (more, main) {
        problems.truncate(MOST_PROBLEMS);
        problems.push(Problem::of_file(&file.name, &format!("and {more} more")));
    }
    (config, problems)
}
