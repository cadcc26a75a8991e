//! What of the dashboard outlives it: a few names with a word each, read at the start and written at the end by whoever
//! runs it.
//!
//! A panel that wants something kept puts it in [`Ui::keep`] and asks for it in [`Ui::new`]; a word that it does not know
//! (any more) is as none. What was chosen with a key instead of what the settings say holds only as long as these say
//! the same: whoever changes the settings is obeyed.
//!
//! [`Ui::keep`]: super::Ui::keep
//! [`Ui::new`]: super::Ui::new

use std::collections::BTreeMap;

/// The names, and the word of each.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kept(BTreeMap<String, String>);

impl Kept {
    /// The most names, and the most letters of a name or a word: more is not ours.
    pub const MOST: usize = 64;

    /// The word of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Keeps a word. What is too long, or one too many, is not kept.
    pub fn put(&mut self, name: &str, word: &str) {
        let fits = name.len() <= Kept::MOST && word.len() <= Kept::MOST;
        if fits && (self.0.len() < Kept::MOST || self.0.contains_key(name)) {
            self.0.insert(name.into(), word.into());
        }
    }

    /// All names with their words.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, word)| (name.as_str(), word.as_str()))
    }

    /// What was chosen instead of `usual`, which is what the settings say.
    pub fn chosen(&self, name: &str, usual: &str) -> Option<&str> {
        self.get(name).filter(|_| self.get(&instead_of(name)) == Some(usual))
    }

    /// Keeps what was chosen instead of `usual`; nothing if that is the same.
    pub fn choose(&mut self, name: &str, word: &str, usual: &str) {
        self.0.remove(name);
        self.0.remove(&instead_of(name));
        if word != usual {
            self.put(name, word);
            self.put(&instead_of(name), usual);
        }
    }
}

fn instead_of(name: &str) -> String {
    format!("{name}-instead-of")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_holds_until_the_settings_change() {
        let mut kept = Kept::default();
        kept.choose("theme", "dark", "16");
        assert_eq!((kept.chosen("theme", "16"), kept.chosen("theme", "light")), (Some("dark"), None));
        kept.choose("theme", "light", "light");
        assert_eq!(kept, Kept::default());
    }

    #[test]
    fn it_is_bounded() {
        let mut kept = Kept::default();
        kept.put("long", &"x".repeat(65));
        (0..1000).for_each(|i| kept.put(&i.to_string(), "word"));
        assert_eq!((kept.iter().count(), kept.get("long")), (Kept::MOST, None));
        kept.put("1", "other");
        assert_eq!(kept.get("1"), Some("other"));
    }
}
