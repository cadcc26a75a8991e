//! Tests that stand in a file of rules: events, and the alerts that must come of them. All rules of the file are held
//! against them, those too that are switched off.
//!
//! ```yaml
//! tests:
//!   - name: a burst of forks
//!     events:
//!       - {kind: seen, pid: 10, comm: bash, cgroup: /user.slice/session-1.scope}
//!       - {kind: fork, at: 1s, ppid: 10, repeat: {times: 250, every: 2ms}}
//!     alerts: [fork-bomb]              # in order; [] for none; {rule: fork-bomb, folded: 3} for an announcement
//! ```
//! Fields of events are those of the JSON; what a kind needs and is not given is made up (`made.rs`).

mod made;

use super::fields::{Fields, Reader, quoted, rather};
use super::read;
use super::yaml::{At, Node, Source, Value};
use super::{Engine, File, Problem, Rule, RuleSet};
use crate::event::{AlertEvent, Event};
use crate::filter::Users;
use std::sync::Arc;

/// The most tests of a file.
const TESTS_MAX: usize = 500;
/// The most events of a test, repeated ones counted apart.
const EVENTS_MAX: usize = 200_000;
/// The most alerts of a test that are told.
const TOLD_MAX: usize = 12;

/// What became of the tests of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// How many rules there are.
    pub rules: usize,
    /// How many tests.
    pub tests: usize,
    /// Rules that no test expects an alert of.
    pub untested: Vec<String>,
    /// The tests that failed: what was expected, and what came.
    pub failed: Vec<Problem>,
}

/// A test.
struct Trial {
    name: String,
    events: Vec<Event>,
    expected: Vec<Expected>,
    /// Where the expected alerts stand.
    at: At,
}

/// An alert that is expected.
struct Expected {
    rule: String,
    folded: Option<u64>,
    count: Option<u64>,
    by: Option<String>,
}

/// Reads a file of rules, and runs its tests.
///
/// # Errors
/// All that is wrong with the rules; or with the tests, if the rules are right.
pub fn check(file: &File, users: Users<'_>) -> Result<Checked, Vec<Problem>> {
    // Names that are there twice.
    let rules = RuleSet::read(std::slice::from_ref(file), users)?;
    let contents = read::file(file, users)?;
    let source = Source::new(&file.name, &file.text);
    let mut reader = Reader { source: &source, problems: Vec::new() };
    let names: Vec<&str> = rules.rules().map(|rule| rule.info.name.as_str()).collect();
    let trials = contents.tests.map_or_else(Vec::new, |tests| trials(&mut reader, &tests, &names));
    if !reader.problems.is_empty() {
        let mut problems = reader.problems;
        problems.sort_by_key(|problem| (problem.line, problem.column));
        return Err(problems);
    }
    let all =
        RuleSet { rules: rules.rules().map(|rule| Arc::new(Rule { is_enabled: true, ..(**rule).clone() })).collect() };
    let is_expected = |name: &str| trials.iter().any(|trial| trial.expected.iter().any(|alert| alert.rule == name));
    Ok(Checked {
        rules: names.len(),
        tests: trials.len(),
        untested: names.iter().filter(|name| !is_expected(name)).map(|name| name.to_string()).collect(),
        failed: trials.iter().filter_map(|trial| trial.run(&all, &source)).collect(),
    })
}

impl Trial {
    /// What went wrong, if anything did.
    fn run(&self, rules: &RuleSet, source: &Source<'_>) -> Option<Problem> {
        let mut engine = Engine::new(rules.clone());
        let mut alerts = Vec::new();
        self.events.iter().for_each(|event| engine.take(event, &mut alerts));
        engine.finish(&mut alerts);
        let fits = alerts.len() == self.expected.len()
            && alerts.iter().zip(&self.expected).all(|(alert, expected)| expected.fits(alert));
        let expected = list(self.expected.iter().map(Expected::words));
        let came = list(alerts.iter().zip(self.expected.iter().map(Some).chain(std::iter::repeat(None))).map(came));
        let name = quoted(&self.name);
        (!fits).then(|| source.problem(&self.at, format!("test {name}: expected {expected}; what came: {came}")))
    }
}

fn list(words: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = words.collect();
    match all.len() {
        0 => "no alert".into(),
        1..=TOLD_MAX => all.join(", "),
        many => format!("{} and {} more", all[..TOLD_MAX].join(", "), many - TOLD_MAX),
    }
}

impl Expected {
    fn fits(&self, alert: &AlertEvent) -> bool {
        alert.rule.name == self.rule
            && alert.folded == self.folded.unwrap_or(0)
            && self.count.is_none_or(|count| count == alert.count)
            && self.by.as_ref().is_none_or(|by| *by == alert.by)
    }

    fn words(&self) -> String {
        words(&self.rule, self.folded.unwrap_or(0), self.count, self.by.as_deref())
    }
}

/// An alert that came, as precisely as the one that was expected in its place.
fn came((alert, expected): (&AlertEvent, Option<&Expected>)) -> String {
    let count = expected.and_then(|expected| expected.count).map(|_| alert.count);
    let by = expected.and_then(|expected| expected.by.as_ref()).map(|_| alert.by.as_str());
    words(&alert.rule.name, alert.folded, count, by)
}

fn words(rule: &str, folded: u64, count: Option<u64>, by: Option<&str>) -> String {
    let mut words = rule.to_string();
    if folded > 0 {
        words.push_str(&format!(" (folded {folded})"));
    }
    if let Some(count) = count {
        words.push_str(&format!(" (count {count})"));
    }
    if let Some(by) = by {
        words.push_str(&format!(" (by {})", quoted(by)));
    }
    words
}

fn trials(reader: &mut Reader<'_>, node: &Node, rules: &[&str]) -> Vec<Trial> {
    let list = reader.must_list(node, "tests");
    if let Some(beyond) = list.get(TESTS_MAX) {
        reader.wrong(&beyond.at, format!("too many tests; at most {TESTS_MAX} in a file"));
    }
    let mut trials = Vec::new();
    for node in list.iter().take(TESTS_MAX) {
        if let Some(fields) = reader.fields(node, "a test", &["name", "events", "alerts"]) {
            trials.extend(trial(reader, fields, rules));
        }
    }
    trials
}

fn trial(reader: &mut Reader<'_>, fields: Fields<'_>, rules: &[&str]) -> Option<Trial> {
    let name = match fields.get("name") {
        Some(node) => reader.text(node, "name", 200)?.to_string(),
        None => {
            reader.wrong(fields.head(), "a test has a name, which says what it shows; add \"name: ...\"");
            return None;
        }
    };
    let mut events = Vec::new();
    match fields.get("events") {
        Some(node) => {
            let mut maker = made::Maker::default();
            for node in reader.must_list(node, "events") {
                maker.make(reader, node, &mut events);
                if events.len() > EVENTS_MAX {
                    reader.wrong(&node.at, format!("too many events; at most {EVENTS_MAX} in a test"));
                    return None;
                }
            }
        }
        None => reader.wrong(fields.head(), "a test has events; add \"events: ...\""),
    }
    let Some(entry) = fields.entry("alerts").filter(|entry| !entry.value.is_nothing()) else {
        reader.wrong(fields.head(), "a test says which alerts come; add \"alerts: [...]\", [] for none");
        return None;
    };
    let expected = reader.must_list(&entry.value, "alerts").iter().filter_map(|node| expected(reader, node, rules));
    Some(Trial { name, events, expected: expected.collect(), at: entry.at.clone() })
}

fn expected(reader: &mut Reader<'_>, node: &Node, rules: &[&str]) -> Option<Expected> {
    if matches!(node.value, Value::Text { .. }) {
        return Some(Expected { rule: rule(reader, node, rules)?, folded: None, count: None, by: None });
    }
    let fields = reader.fields(node, "an alert", &["rule", "folded", "count", "by"])?;
    let Some(named) = fields.get("rule") else {
        reader.wrong(fields.head(), "an alert names its rule; add \"rule: ...\"");
        return None;
    };
    let mut number = |field: &str| {
        let node = fields.get(field)?;
        reader.number(node, field, 1..=usize::MAX).map(|number| number as u64)
    };
    let (folded, count) = (number("folded"), number("count"));
    let by = fields.get("by").and_then(|node| reader.text(node, "by", 4096)).map(String::from);
    Some(Expected { rule: rule(reader, named, rules)?, folded, count, by })
}

fn rule(reader: &mut Reader<'_>, node: &Node, rules: &[&str]) -> Option<String> {
    let name = reader.text(node, "the name of a rule", 200)?;
    if !rules.contains(&name) {
        reader.wrong(&node.at, format!("no rule here is called {}; {}", quoted(name), rather(name, rules)));
        return None;
    }
    Some(name.into())
}
