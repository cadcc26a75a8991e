//! Rules: what is worth an alert. A set of them is read from YAML; [`Engine`] holds it against a stream of events.
//!
//! Rules use the filter language, count in windows of the events' own time, and read no clock, no file and no
//! environment: a recording gives the alerts that were given live.
//!
//! ```yaml
//! rules:
//!   - name: port-scan                  # one word, no other rule has it
//!     description: many ports in a row # what it means, for whoever reads the alert
//!     on: connect                      # signal, deliver, fork, exec, exit, open, chmod, move, connect; or a list
//!     where: "!exe:nmap"               # the filter language; everything without
//!     count: 100                       # so many ...
//!     within: 10s                      # ... in this time make it fire; without: each event does
//!     distinct: ports                  # ports, addresses, paths, targets, processes: only different ones count
//!     by: process                      # process, parent, tree, user, target, path, unit: counted, and folded, apart;
//!                                      # without: all together where it counts, by tree where it does not
//!     severity: high                   # info, low, medium, high, critical; medium without
//!     debounce: 1m                     # as long the same is folded and announced at the end; 10s without
//!     tags: [T1046]
//!     false_alarms: monitoring that looks at every port
//!   - name: dropped-program
//!     on: chmod
//!     then: { on: exec, same: path, within: 1h } # fires when this follows; may have a where of its own
//! tests: []                            # see trial.rs
//! ```

pub mod engine;
mod fields;
mod fits;
mod holds;
mod index;
mod keys;
mod needs;
mod read;
mod rule;
mod slots;
mod state;
mod trees;
pub mod trial;
mod windows;
mod yaml;

pub use engine::Engine;
pub use needs::Needs;
pub use rule::{By, Counting, Distinct, Rule, Then};
pub use state::Tally;

use crate::filter::Users;
use std::sync::Arc;
use yaml::At;

/// The rules that come with the program: the names of their files, and what stands in them.
pub const BUILTIN: &[(&str, &str)] = &[("builtin.yaml", include_str!("../../assets/rules/builtin.yaml"))];

/// A file of rules: its name for messages, and what stands in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// As the user named it; `builtin/...` for those that come with the program.
    pub name: String,
    /// YAML.
    pub text: String,
}

/// What is wrong with a file of rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and the nearest word where there is one.
    pub reason: String,
    /// The line, and a mark below the column.
    pub snippet: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.reason)
    }
}

/// Rules that fit together: no two have one name.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Arc<Rule>>,
}

impl RuleSet {
    /// Reads files of rules; user names are looked up by `users`.
    ///
    /// # Errors
    /// All that is wrong with them, in order.
    pub fn read(files: &[File], users: Users<'_>) -> Result<RuleSet, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut read: Vec<(Rule, &File, At)> = Vec::new();
        for file in files {
            match read::file(file, users) {
                Ok(contents) => read.extend(contents.rules.into_iter().map(|(rule, at)| (rule, file, at))),
                Err(more) => problems.extend(more),
            }
        }
        problems.extend(twice(&read));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(RuleSet { rules: read.into_iter().map(|(rule, ..)| Arc::new(rule)).collect() })
    }

    /// The rules that come with the program, as files.
    pub fn builtin() -> Vec<File> {
        BUILTIN.iter().map(|(name, text)| File { name: format!("builtin/{name}"), text: (*text).into() }).collect()
    }

    /// All rules, in the order in which they were read.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Arc<Rule>> {
        self.rules.iter()
    }

    /// Whether moves are to be told, of whatever file: what a first step noted of a path goes along with it.
    pub fn wants_moves(&self) -> bool {
        self.enabled().any(|rule| rule.follows_paths())
    }

    /// Those that are not switched off.
    pub fn enabled(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.iter().filter(|rule| rule.is_enabled)
    }
}

/// Names that a rule of before has.
fn twice(read: &[(Rule, &File, At)]) -> Vec<Problem> {
    let mut first = rustc_hash::FxHashMap::default();
    let mut problems = Vec::new();
    for (rule, file, at) in read {
        let name = &rule.info.name;
        let Some((other, other_at)) = first.insert(name, (*file, at)) else { continue };
        let (line, column) = yaml::Source::new(&other.name, &other.text).place(other_at.start);
        let reason = format!("{name} is the name of another rule, at {}:{line}:{column}; each has its own", other.name);
        problems.push(yaml::Source::new(&file.name, &file.text).problem(at, reason));
    }
    problems
}

#[cfg(test)]
mod tests;
