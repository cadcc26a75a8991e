//! The filter language as the bar needs it: with the names of this machine, and with what a candidate is.

use crate::filter::complete::{Known, complete};
use crate::filter::{Filter, KEYS, ParseError, Placement, cgroup};
use crate::model::{Model, Proc};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// Users and their ids.
pub type Accounts = Arc<[(String, u32)]>;

/// Tells which terms of a filter would be decided where.
pub type Places = fn(&Filter) -> Placement;

/// What is wrong with a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// The letters that are wrong.
    pub place: Range<usize>,
    /// Where and why, in words.
    pub why: String,
    /// What would be right.
    pub hint: String,
}

impl From<ParseError> for Wrong {
    fn from(error: ParseError) -> Wrong {
        let from = error.column.saturating_sub(1);
        let hint = match &error.nearest {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => format!("expected {}", error.expected),
        };
        let why = format!("col {}: {}", error.column, error.message);
        Wrong { place: from..from + error.len, why, hint }
    }
}

/// What could stand somewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// The text to put in.
    pub text: String,
    /// What it is.
    pub note: String,
}

/// The language, and the names that there are.
#[derive(Clone, Debug)]
pub struct Language {
    users: Accounts,
    places: Places,
    known: Known,
    /// The names of processes, for those who see only their pids.
    names: FxHashMap<u32, Arc<str>>,
}

impl Language {
    /// With what lives in the model.
    pub fn new(users: &Accounts, places: Places, model: &Model) -> Language {
        let living = || model.procs.iter().filter(|proc| proc.is_alive());
        let each = |text: fn(&Proc) -> Option<String>| living().filter_map(text).collect::<BTreeSet<_>>();
        let cgroups: BTreeSet<&str> = living().map(|proc| &*proc.program.cgroup).collect();
        let units: BTreeSet<&str> = cgroups.iter().flat_map(|path| cgroup::units(path)).collect();
        let containers: BTreeSet<&str> = cgroups.iter().filter_map(|path| cgroup::container_id(path)).collect();
        let texts = |set: BTreeSet<&str>| set.into_iter().map(String::from).collect();
        let mut pids: Vec<u32> = living().map(|proc| proc.key.pid).collect();
        pids.sort_unstable();
        let known = Known {
            names: each(|proc| Some(proc.name.as_str().to_string())).into_iter().collect(),
            pids,
            units: texts(units),
            containers: texts(containers),
            ttys: each(|proc| proc.tty.is_some().then(|| proc.tty.to_string())).into_iter().collect(),
            users: users.iter().map(|(name, _)| name.clone()).collect(),
        };
        let names = living().map(|proc| (proc.key.pid, proc.name.as_str().into())).collect();
        Language { users: users.clone(), places, known, names }
    }

    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(&self, text: &str) -> Result<Filter, Wrong> {
        let user = |name: &str| self.users.iter().find(|(user, _)| user == name).map(|(_, uid)| *uid);
        Filter::parse(text, &user).map_err(Wrong::from)
    }

    /// Which terms of a filter would be decided where.
    pub fn place(&self, filter: &Filter) -> Placement {
        (self.places)(filter)
    }

    /// What could stand before letter `cursor`, and in place of which letters.
    pub fn complete(&self, text: &str, cursor: usize) -> (Range<usize>, Vec<Candidate>) {
        let cursor_byte = text.char_indices().nth(cursor).map_or(text.len(), |(at, _)| at);
        let found = complete(text, cursor_byte, &self.known);
        let from = text.get(..found.from).map_or(0, |before| before.chars().count());
        let key = text[..found.from].rsplit([' ', '(', '!']).next().and_then(|term| term.split_once(':'));
        let candidate = |text: String| Candidate { note: self.note(&text, key.map(|(key, _)| key)), text };
        let mut candidates: Vec<Candidate> = found.candidates.into_iter().map(candidate).collect();
        if key.is_none() && from == cursor {
            candidates.sort_by_key(|c| KEYS.iter().position(|key| c.text.strip_suffix(':') == Some(key.word())));
        }
        (from..cursor, candidates)
    }

    /// What a candidate is, where its text does not say it: what a key matches, who has a pid.
    fn note(&self, text: &str, key: Option<&str>) -> String {
        let Some(key) = key else {
            let word = text.strip_suffix(':').unwrap_or(text);
            return KEYS.iter().find(|key| key.word() == word).map_or(String::new(), |key| key.what().into());
        };
        let pid = if PIDS.contains(&key) { text.parse().ok() } else { None };
        pid.and_then(|pid: u32| self.names.get(&pid)).map_or(String::new(), |name| name.to_string())
    }
}

/// Keys whose numbers are pids.
const PIDS: [&str; 4] = ["from", "to", "pid", "tree"];
