//! What a rule found: itself an event, so that alerts go wherever events go, recordings and sockets too.

use super::{Event, Party};
use std::sync::Arc;

words! {
    /// How bad it is.
    Severity {
        /// Worth a line.
        Info = "info",
        /// Unusual.
        Low = "low",
        /// Somebody should look at it today.
        Medium = "medium",
        /// Somebody should look at it now.
        High = "high",
        /// Something is being lost.
        Critical = "critical",
    }
}

/// A rule fired; or what was folded into an alert after it did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertEvent {
    /// When: the time of the event that made it fire; of a folded one, when the rule's `debounce` ended.
    pub mono_ns: u64,
    /// The rule, as it is where it was read.
    pub rule: Arc<RuleInfo>,
    /// What the rule counts by, and whose it was: `process bash/1234`, `path /etc/shadow`. Empty without `by`.
    pub by: String,
    /// How many events made it fire. 1 for a rule that does not count.
    pub count: u64,
    /// Of a rule that counts distinct values: how many.
    pub distinct: Option<u64>,
    /// When the first of them was; of a folded one, when its alert was.
    pub since_ns: u64,
    /// How often it would have fired again while `debounce` held it back: nothing for the alert itself, and one or more
    /// for the announcement at the end.
    pub folded: u64,
    /// Whether some of that was another user's deed than the alert.
    pub other_users: bool,
    /// Whose deed it was, where that is one process's.
    pub who: Option<Party>,
    /// The file that it ran then. Empty where that is not known, and in the announcement.
    pub exe: String,
    /// With which arguments: as many as an exec keeps. Of a fork its parent's, of an exec the new ones.
    pub argv: Vec<String>,
    /// Its parent, the parent of that one, and so on: who made whom. At most [`AlertEvent::ANCESTORS_MAX`].
    pub ancestors: Vec<Party>,
    /// The event that made it fire; none in the announcement.
    pub event: Option<Box<Event>>,
}

/// What an alert says of its rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleInfo {
    /// Its name.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it means, in words.
    pub description: String,
    /// Whatever the author sorts rules by: MITRE ids (`T1110`) and the like.
    pub tags: Vec<String>,
    /// When it fires without harm, in words.
    pub false_alarms: String,
}

impl AlertEvent {
    /// The most ancestors that are told.
    pub const ANCESTORS_MAX: usize = 16;

    /// Whether it only says how much was folded into an alert of before.
    pub const fn is_folded(&self) -> bool {
        self.folded > 0
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A rule that says nothing but its name and how bad it is.
    pub(crate) fn a_rule(name: &str, severity: Severity) -> RuleInfo {
        let (description, tags, false_alarms) = (String::new(), Vec::new(), String::new());
        RuleInfo { name: name.into(), severity, description, tags, false_alarms }
    }

    /// An alert that says nothing but its rule and when: a test adds what it is about.
    pub(crate) fn an_alert(rule: RuleInfo, mono_ns: u64) -> AlertEvent {
        AlertEvent {
            mono_ns,
            rule: Arc::new(rule),
            by: String::new(),
            count: 1,
            distinct: None,
            since_ns: mono_ns,
            folded: 0,
            other_users: false,
            who: None,
            exe: String::new(),
            argv: Vec::new(),
            ancestors: Vec::new(),
            event: None,
        }
    }
}
