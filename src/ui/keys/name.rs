//! Keys by their names: as the screen and the help write them, and as people write them in a file of settings.

use super::{Held, Key};
use crossterm::event::KeyCode;

/// Keys that have a name of their own: as the screen writes it, the same in ASCII, and what else it is called.
#[rustfmt::skip] // a table is read by its columns
const NAMED: [(KeyCode, &str, &str, &[&str]); 17] = [
    (KeyCode::Char(' '), "Space", "Space", &[]),
    (KeyCode::Null, "letters", "letters", &[]),
    (KeyCode::Up, "↑", "Up", &[]),
    (KeyCode::Down, "↓", "Down", &[]),
    (KeyCode::Left, "←", "Left", &[]),
    (KeyCode::Right, "→", "Right", &[]),
    (KeyCode::Enter, "Enter", "Enter", &["Return"]),
    (KeyCode::Esc, "Esc", "Esc", &["Escape"]),
    (KeyCode::Backspace, "Backspace", "Backspace", &["Bksp"]),
    (KeyCode::Delete, "Del", "Del", &["Delete"]),
    (KeyCode::Insert, "Ins", "Ins", &["Insert"]),
    (KeyCode::Tab, "Tab", "Tab", &[]),
    (KeyCode::BackTab, "Shift-Tab", "Shift-Tab", &["BackTab"]),
    (KeyCode::PageUp, "PgUp", "PgUp", &["PageUp"]),
    (KeyCode::PageDown, "PgDn", "PgDn", &["PageDown", "PgDown"]),
    (KeyCode::Home, "Home", "Home", &[]),
    (KeyCode::End, "End", "End", &[]),
];

/// What is held, as it is written before the key. The first that fits is read.
const HELD: [(&str, Held); 6] = [
    ("Ctrl-", Held::Ctrl),
    ("C-", Held::Ctrl),
    ("^", Held::Ctrl),
    ("Alt-", Held::Alt),
    ("M-", Held::Alt),
    ("", Held::Nothing),
];

/// Letters that terminals send with Ctrl for another key, and that key.
const SAME: [(char, &str); 3] = [('i', "Tab"), ('m', "Enter"), ('[', "Esc")];

impl Key {
    /// Its name on the screen: `Space`, `^C`, `Alt-b`, `PgUp`, and arrows as arrows unless only ASCII can be drawn.
    pub fn name(self, ascii: bool) -> String {
        let held = match self.held {
            Held::Nothing => "",
            Held::Ctrl => "^",
            Held::Alt => "Alt-",
        };
        let named = NAMED.iter().find(|(code, ..)| *code == self.code);
        match (self.code, named) {
            (_, Some((_, name, word, _))) => format!("{held}{}", if ascii { word } else { name }),
            (KeyCode::Char(c), _) if self.held == Held::Ctrl => format!("^{}", c.to_ascii_uppercase()),
            (KeyCode::Char(c), _) => format!("{held}{c}"),
            (KeyCode::F(number), _) => format!("{held}F{number}"),
            _ => "?".into(),
        }
    }

    /// The key of this name: what [`Key::name`] writes, also as `Ctrl-c` or `C-c`, `M-b`, `PageUp`. In words the case
    /// does not matter, in letters it does.
    ///
    /// # Errors
    /// Why there is no such key, in words.
    pub fn parse(text: &str) -> Result<Key, String> {
        let mut wrong = None;
        for (prefix, held) in HELD {
            let Some(rest) = strip(text, prefix).filter(|rest| !rest.is_empty()) else { continue };
            match code(rest) {
                Some(KeyCode::Char(c)) if held == Held::Ctrl => {
                    let c = c.to_ascii_lowercase();
                    match SAME.iter().find(|(same, _)| *same == c) {
                        Some((_, other)) => wrong = Some(format!("a terminal sends {other} for it; name that")),
                        None => return Ok(Key { code: KeyCode::Char(c), held }),
                    }
                }
                Some(KeyCode::Null) if held != Held::Nothing => {}
                Some(code) => return Ok(Key { code, held }),
                None => {}
            }
        }
        Err(wrong.unwrap_or_else(|| "write it as \"q\", \"Ctrl-b\", \"Alt-b\", \"F9\", \"PgUp\", \"Space\"".into()))
    }
}

/// What follows `prefix`, whatever its case.
fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn code(text: &str) -> Option<KeyCode> {
    let is = |name: &str| name.eq_ignore_ascii_case(text);
    let named = NAMED.iter().find(|(_, name, word, others)| is(name) || is(word) || others.iter().any(|name| is(name)));
    if let Some((code, ..)) = named {
        return Some(*code);
    }
    let mut letters = text.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(KeyCode::Char(letter)).filter(|_| !letter.is_control());
    }
    let number: u8 = text.strip_prefix(['F', 'f'])?.parse().ok()?;
    (1..=24).contains(&number).then_some(KeyCode::F(number))
}

#[cfg(test)]
mod tests {
    use super::super::KEYS;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_key_of_the_table_is_read_back() {
        for key in KEYS.iter().flat_map(|row| row.keys) {
            for ascii in [false, true] {
                assert_eq!(Key::parse(&key.name(ascii)), Ok(*key), "{}", key.name(ascii));
            }
        }
    }

    #[test]
    fn friendly_names_are_read() {
        for (text, name) in [
            ("Ctrl-c", "^C"),
            ("ctrl-C", "^C"),
            ("C-c", "^C"),
            ("^c", "^C"),
            ("^", "^"),
            ("Alt-b", "Alt-b"),
            ("alt-B", "Alt-B"),
            ("M-x", "Alt-x"),
            ("f9", "F9"),
            ("pageup", "PgUp"),
            ("SPACE", "Space"),
            (" ", "Space"),
            ("Ctrl-Space", "^Space"),
            ("shift-tab", "Shift-Tab"),
            ("Ctrl-Left", "^←"),
            ("G", "G"),
            ("g", "g"),
            ("ä", "ä"),
            ("M-", ""),
        ] {
            assert_eq!(Key::parse(text).map(|key| key.name(false)).unwrap_or_default(), name, "{text}");
        }
        for text in ["", "banana", "F0", "F25", "Ctrl-", "Shift-x", "Ctrl-Alt-x", "\u{7}", "Ctrl-letters"] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
        assert!(Key::parse("Ctrl-i").unwrap_err().contains("Tab"));
    }

    fn any_key() -> impl Strategy<Value = Key> {
        let codes = NAMED.iter().map(|(code, ..)| *code).filter(|code| *code != KeyCode::Null);
        let named = proptest::sample::select(codes.collect::<Vec<_>>());
        let code = prop_oneof![named, (1u8..=24).prop_map(KeyCode::F), proptest::char::any().prop_map(KeyCode::Char)];
        let held = prop_oneof![Just(Held::Nothing), Just(Held::Ctrl), Just(Held::Alt)];
        (code, held).prop_filter_map("no such key", |(code, held)| match code {
            KeyCode::Char(c) if c.is_control() || "↑↓←→".contains(c) => None,
            KeyCode::Char(c) if held == Held::Ctrl && SAME.iter().any(|(same, _)| *same == c) => None,
            KeyCode::Char(c) if held == Held::Ctrl && c.is_ascii_uppercase() => None,
            code => Some(Key { code, held }),
        })
    }

    proptest! {
        #[test]
        fn every_key_is_read_back(key in any_key(), ascii: bool) {
            prop_assert_eq!(Key::parse(&key.name(ascii)), Ok(key));
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,12}|.{0,4}") {
            let _ = Key::parse(&text);
        }
    }
}
