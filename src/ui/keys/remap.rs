//! Keys that the user chose: laid over the table, as far as no key then means two things at once.
//!
//! What cannot be done is refused row by row and said; the other rows hold. There always is a key that quits.

use super::{Action, Binding, Bound, Context, KEYS, Key, Keymap, LETTERS};
use crossterm::event::KeyCode;
use std::fmt;

/// The keys that a row of the table shall have instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remap {
    /// The row's name.
    pub name: String,
    /// Its keys; none: nothing does it.
    pub keys: Vec<Key>,
}

/// Why a row keeps the keys that it had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// There is no such row.
    Unknown,
    /// Its keys are text or numbers.
    Fixed,
    /// Without it there would be no way out.
    Last,
    /// This key does that already, where the row holds too.
    Taken(Key, &'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unknown => f.write_str("there is no such key"),
            Refusal::Fixed => f.write_str("these keys are letters or numbers, and stay"),
            Refusal::Last => f.write_str("something that is no letter must end sigtop from anywhere: not changed"),
            Refusal::Taken(key, other) => write!(f, "{} is the key of {other:?}: not changed", key.name(true)),
        }
    }
}

/// Whether this is a letter, to be typed where letters are text.
fn is_letter(key: Key) -> bool {
    matches!(key, Key { code: KeyCode::Char(_), held: super::Held::Nothing })
}

/// Whether one press could mean both: a key of this row, and a key of another that may hold at the same time.
fn clash((a, key): (Context, Key), (b, other): (Context, Key)) -> bool {
    if key != other && key != LETTERS && other != LETTERS {
        return false;
    }
    Context::TOGETHER.iter().any(|active| {
        let at = |context| active.iter().position(|known| *known == context);
        let (Some(at_a), Some(at_b)) = (at(a), at(b)) else { return false };
        // Where letters are text, only what is looked up before would take one away.
        let takes =
            |letter: Key, at: usize, text: Key, at_text: usize| is_letter(letter) && text == LETTERS && at <= at_text;
        key == other || takes(key, at_a, other, at_b) || takes(other, at_b, key, at_a)
    })
}

/// The first key that `of` shares with a row that holds at the same time.
fn conflict(rows: &[Bound], of: usize) -> Option<(Key, usize)> {
    let bound = &rows[of];
    rows.iter().enumerate().filter(|(at, _)| *at != of).find_map(|(at, other)| {
        let is_taken =
            |key: Key| other.keys.iter().any(|taken| clash((bound.row.context, key), (other.row.context, *taken)));
        Some((bound.keys.iter().copied().find(|key| is_taken(*key))?, at))
    })
}

/// Why nobody may change the keys of this row to these.
fn refusal(row: &Binding, keys: &[Key]) -> Option<Refusal> {
    match row.action {
        _ if row.is_fixed() => Some(Refusal::Fixed),
        // A letter would be text in the filter bar.
        Action::Quit if row.context == Context::Always && keys.iter().all(|key| is_letter(*key)) => Some(Refusal::Last),
        _ => None,
    }
}

impl Keymap {
    /// The table with these keys instead, and for each wish whether it was refused, and why.
    pub fn with(remaps: &[Remap]) -> (Keymap, Vec<Option<Refusal>>) {
        let row_of = |remap: &Remap| KEYS.iter().position(|row| row.name == remap.name);
        let places: Vec<Option<usize>> = remaps.iter().map(row_of).collect();
        let mut refused: Vec<Option<Refusal>> = remaps
            .iter()
            .zip(&places)
            .map(|(remap, at)| at.map_or(Some(Refusal::Unknown), |at| refusal(&KEYS[at], &remap.keys)))
            .collect();
        loop {
            let mut map = Keymap::default();
            for ((remap, at), refused) in remaps.iter().zip(&places).zip(&refused) {
                if let (Some(at), None) = (at, refused) {
                    map.rows[*at].keys.clone_from(&remap.keys);
                }
            }
            // The later wish gives way. One that does takes its old keys back, which may be another's now: once more.
            let clash = (0..remaps.len()).rev().filter(|i| refused[*i].is_none()).find_map(|i| {
                let (key, other) = conflict(&map.rows, places[i]?)?;
                Some((i, Refusal::Taken(key, KEYS[other].name)))
            });
            match clash {
                Some((i, why)) => refused[i] = Some(why),
                None => return (map, refused),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{Event, KeyEvent, KeyModifiers};
    use proptest::prelude::*;

    fn remap(name: &str, keys: &[&str]) -> Remap {
        Remap { name: name.into(), keys: keys.iter().map(|key| Key::parse(key).unwrap()).collect() }
    }

    fn keys_of(map: &Keymap, name: &str) -> String {
        map.rows().iter().find(|bound| bound.row.name == name).unwrap().names(true)
    }

    #[test]
    fn keys_are_swapped_taken_away_and_refused() {
        let (map, refused) = Keymap::with(&[
            remap("pause", &["n", "F8"]),
            remap("noise", &["Space"]),
            remap("undo", &[]),
            remap("signals", &["q"]),
            remap("fold-in", &["Tab"]),
            remap("nothing", &["x"]),
            remap("quit-now", &[]),
            remap("text-letter", &["x"]),
        ]);
        let said: Vec<String> =
            refused.iter().map(|why| why.as_ref().map_or(String::new(), Refusal::to_string)).collect();
        assert_eq!(&said[..3], ["", "", ""]);
        assert_eq!((keys_of(&map, "pause"), keys_of(&map, "noise")), ("n F8".into(), "Space".into()));
        assert_eq!((keys_of(&map, "undo"), keys_of(&map, "signals")), (String::new(), "s".into()));
        assert_eq!(said[3], "q is the key of \"quit\": not changed");
        assert_eq!(said[4], "Tab is the key of \"next-panel\": not changed");
        assert_eq!(refused[5..], [Some(Refusal::Unknown), Some(Refusal::Last), Some(Refusal::Fixed)]);
        assert_eq!(keys_of(&map, "quit-now"), "^C");
    }

    #[test]
    fn a_refused_wish_takes_its_old_key_back() {
        // `only` cannot have q, so it keeps o, so `not` cannot have o.
        let (map, refused) = Keymap::with(&[remap("not", &["o"]), remap("only", &["q"])]);
        assert_eq!((keys_of(&map, "only"), keys_of(&map, "not")), ("o".into(), "x".into()));
        assert!(refused.iter().all(Option::is_some));
    }

    #[test]
    fn letters_stay_text_where_they_are() {
        let (map, refused) =
            Keymap::with(&[remap("redraw", &["r"]), remap("bar-leave", &["x"]), remap("quit-now", &["Q"])]);
        assert!(matches!(refused[..], [None, Some(Refusal::Taken(..)), Some(Refusal::Last)]), "{refused:?}");
        let press = Event::Key(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::NONE));
        let pressed = |contexts| map.action(contexts, &press);
        assert_eq!(pressed(&[Context::Bar, Context::Text, Context::Always]), Some(Action::Letter('r')));
        assert_eq!(pressed(&[Context::Tree, Context::Screen, Context::Lists, Context::Always]), Some(Action::Redraw));
    }

    fn any_remaps() -> impl Strategy<Value = Vec<Remap>> {
        let keys = proptest::sample::select(KEYS.iter().flat_map(|row| row.keys).copied().collect::<Vec<_>>());
        let name = proptest::sample::select(KEYS.iter().map(|row| row.name.to_string()).collect::<Vec<_>>());
        let remap = (name, proptest::collection::vec(keys, 0..3)).prop_map(|(name, keys)| Remap { name, keys });
        proptest::collection::vec(remap, 0..12)
    }

    proptest! {
        #[test]
        fn no_key_means_two_things_at_once(remaps in any_remaps()) {
            let (map, refused) = Keymap::with(&remaps);
            prop_assert_eq!(refused.len(), remaps.len());
            for contexts in Context::TOGETHER {
                let mut seen: Vec<((Context, Key), &str)> = Vec::new();
                for bound in map.active(contexts) {
                    for key in &bound.keys {
                        let mine = (bound.row.context, *key);
                        let is_other = |(other, row): &&((Context, Key), &str)| *row != bound.row.name && clash(mine, *other);
                        let twice = seen.iter().find(is_other);
                        prop_assert!(twice.is_none(), "{} of {} and {twice:?}", key.name(true), bound.row.name);
                        seen.push((mine, bound.row.name));
                    }
                }
                let quits = map.active(contexts).any(|bound| bound.row.action == Action::Quit && !bound.keys.is_empty());
                prop_assert!(quits);
            }
        }

        #[test]
        fn what_is_not_refused_holds(remaps in any_remaps()) {
            let (map, refused) = Keymap::with(&remaps);
            for (i, (remap, _)) in remaps.iter().zip(&refused).enumerate().filter(|(_, (_, why))| why.is_none()) {
                let is_last = remaps[i + 1..].iter().zip(&refused[i + 1..]).all(|(r, why)| r.name != remap.name || why.is_some());
                let bound = map.rows().iter().find(|bound| bound.row.name == remap.name).unwrap();
                prop_assert!(!is_last || bound.keys == remap.keys);
            }
        }
    }
}
