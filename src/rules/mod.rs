//! Rules: what is worth an alert. A set of them is read from YAML; [`Engine`] holds it against a stream of events.
//!
//! Rules use the filter language, count in windows of the events' own time, and read no clock, no file and no
//! environment: a recording gives the alerts that were given live.

pub mod engine;

pub use engine::Engine;

use crate::filter::{Filter, Users, Wanted};

/// A file of rules: its name for messages, and what stands in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// As the user named it; `builtin` for those that come with the program.
    pub name: String,
    /// YAML.
    pub text: String,
}

/// What is wrong with a file of rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Line, from 1; 0 where it is about the file as a whole.
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

/// Rules that fit together.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {}

/// What rules must be told to do their work.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    /// The events that at least one rule looks at.
    pub filter: Filter,
    /// What is told only on request.
    pub facts: Wanted,
}

impl RuleSet {
    /// Reads files of rules; user names are looked up by `users`.
    ///
    /// # Errors
    /// All that is wrong with them, in order.
    pub fn read(_files: &[File], _users: Users<'_>) -> Result<RuleSet, Vec<Problem>> {
        Ok(RuleSet {})
    }

    /// What these rules must be told.
    pub fn needs(&self) -> Needs {
        Needs::default()
    }
}
