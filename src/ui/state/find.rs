//! What is looked for among processes: words that must all be found in what is shown of one.
//!
//! Letters are the same in both cases. What fits is marked where it is drawn by the same rule.

use crate::event::{Name, ProcKey};
use crate::model::{Proc, Program};
use crate::ui::language::Accounts;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

/// What is looked for.
#[derive(Debug)]
pub struct Find {
    /// As it was typed.
    pub text: String,
    words: Vec<Word>,
    /// What was found of each process, by its place: command lines are long, and few change.
    known: RefCell<Vec<Known>>,
}

/// What was found of a process, and what it was like then.
#[derive(Clone, Debug, Default)]
struct Known {
    key: ProcKey,
    name: Name,
    uid: u32,
    fits: Option<bool>,
    program: Option<Arc<Program>>,
}

/// A word, and the users whose name has it.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    uids: Vec<u32>,
}

impl Find {
    /// What is looked for by this text; nothing if it has no word. Where more was typed behind what was looked for
    /// before, what did not fit then does not fit now.
    pub fn new(text: &str, users: &Accounts, before: Option<Find>) -> Option<Find> {
        let word = |text: &str| {
            let text = text.to_lowercase();
            let uids = users.iter().filter(|(name, _)| contains(name, &text)).map(|(_, uid)| *uid).collect();
            Word { text, uids }
        };
        let words: Vec<Word> = text.split_whitespace().map(word).collect();
        let mut known = before.filter(|find| text.starts_with(&find.text)).map_or_else(Vec::new, |f| f.known.take());
        known.iter_mut().for_each(|known| known.fits = known.fits.filter(|fits| !fits));
        (!words.is_empty()).then(|| Find { text: text.trim().into(), words, known: RefCell::new(known) })
    }

    /// Whether every word is in the name, the pid, the command line or the user's name. What was found of the process
    /// at this place is remembered for as long as it is the same.
    pub fn fits(&self, place: usize, proc: &Proc) -> bool {
        let mut all = self.known.borrow_mut();
        if all.len() <= place {
            all.resize_with(place + 1, Known::default);
        }
        let known = &mut all[place];
        let is_same = (known.key, known.name, known.uid) == (proc.key, proc.name, proc.uid)
            && known.program.as_ref().is_some_and(|program| Arc::ptr_eq(program, &proc.program));
        match known.fits.filter(|_| is_same) {
            Some(fits) => fits,
            None => {
                let fits = self.fits_now(proc);
                let (key, name, uid, program) = (proc.key, proc.name, proc.uid, Arc::clone(&proc.program));
                *known = Known { key, name, uid, fits: Some(fits), program: Some(program) };
                fits
            }
        }
    }

    fn fits_now(&self, proc: &Proc) -> bool {
        let program = &proc.program;
        let args = program.packed_argv();
        let command = if args.is_empty() { &program.exe } else { args };
        self.words.iter().all(|word| {
            contains(proc.name.as_str(), &word.text)
                || word.uids.contains(&proc.uid)
                || has_digits(proc.key.pid, &word.text)
                || contains(command, &word.text)
        })
    }

    /// How well a process that fits does so, the best first: it is called so or has that pid, its name has it, its pid
    /// has it, something else of it has.
    pub fn rank(&self, proc: &Proc) -> u8 {
        let (name, pid) = (proc.name.as_str(), proc.key.pid.to_string());
        let any = |fits: &dyn Fn(&str) -> bool| self.words.iter().any(|word| fits(&word.text));
        if any(&|word| word == pid || name.eq_ignore_ascii_case(word)) {
            0
        } else if any(&|word| contains(name, word)) {
            1
        } else if any(&|word| pid.contains(word)) {
            2
        } else {
            3
        }
    }

    /// Whether every word is in this text.
    pub fn fits_text(&self, text: &str) -> bool {
        self.words.iter().all(|word| contains(text, &word.text))
    }

    /// Where the words stand in a text, in bytes.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        for word in &self.words {
            let mut from = 0;
            while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
                match begins(rest, &word.text) {
                    Some(long) => {
                        out.push(from..from + long);
                        from += long;
                    }
                    None => from += rest.chars().next().map_or(1, char::len_utf8),
                }
            }
        }
        out
    }
}

/// Whether `text` has `word`, which is in small letters.
fn contains(text: &str, word: &str) -> bool {
    if !word.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some((first, rest)) = word.split_first() else { return true };
    let Some(last) = text.len().checked_sub(word.len()) else { return false };
    let is_first = |byte: &u8| byte.to_ascii_lowercase() == *first;
    let begins = |at: usize| text[at + 1..at + word.len()].eq_ignore_ascii_case(rest);
    text[..=last].iter().enumerate().any(|(at, byte)| is_first(byte) && begins(at))
}

/// Whether the number as it is written has these digits.
fn has_digits(number: u32, word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit()) && number.to_string().contains(word)
}

/// How many bytes of `text` are `word`, if it begins with it.
fn begins(text: &str, word: &str) -> Option<usize> {
    let mut word = word.chars();
    let mut next = word.next();
    for (at, c) in text.char_indices() {
        let Some(wanted) = next else { return Some(at) };
        let mut lower = c.to_lowercase();
        if lower.next() != Some(wanted) {
            return None;
        }
        next = word.next();
        for more in lower {
            if next != Some(more) {
                return None;
            }
            next = word.next();
        }
    }
    next.is_none().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn find(text: &str) -> Find {
        Find::new(text, &[("alice".to_string(), 1000)].into(), None).unwrap()
    }

    #[test]
    fn all_words_must_be_there_in_any_case() {
        assert!(find("NGINX work").fits_text("nginx: Worker process"));
        assert!(!find("nginx master").fits_text("nginx: worker process"));
        assert!(find("ä").fits_text("BÄR") && find("日").fits_text("x日"));
        assert!(Find::new("  ", &[].into(), None).is_none());
        assert!(has_digits(8812, "81") && !has_digits(8812, "18") && !has_digits(8812, "x"));
    }

    #[test]
    fn words_are_marked_where_they_stand() {
        let marks =
            |word: &str, text: &'static str| find(word).marks(text).into_iter().map(|m| &text[m]).collect::<Vec<_>>();
        assert_eq!(marks("in g", "nGINx"), ["IN", "G"]);
        assert_eq!(marks("aa", "aaaa"), ["aa", "aa"]);
        assert_eq!(marks("är", "xÄRx"), ["ÄR"]);
        assert_eq!(marks("i̇", "İ"), ["İ"]);
        assert!(marks("abc", "ab").is_empty());
    }

    proptest! {
        #[test]
        fn what_fits_is_marked(text in "[a-cA-C日Ä]{0,12}", word in "[a-cÄ]{1,3}") {
            let find = find(&word);
            prop_assert_eq!(find.fits_text(&text), !find.marks(&text).is_empty());
            prop_assert_eq!(find.fits_text(&text), text.to_lowercase().contains(&word.to_lowercase()));
            prop_assert!(find.marks(&text).into_iter().all(|mark| text.get(mark).is_some()));
        }
    }
}
