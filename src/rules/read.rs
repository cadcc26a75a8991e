//! Files of rules: from YAML to [`Rule`]s, or to all that is wrong with them.
//!
//! A file may come from anybody: everything is bounded, and every refusal says where, why, and what would be right.

use super::fields::{Fields, Reader, time_text};
use super::fits;
use super::rule::{By, Counting, Distinct, Rule, Then};
use super::yaml::{self, At, Node, Source};
use super::{File, Problem};
use crate::event::{Kind, RuleInfo, Severity};
use crate::filter::{Filter, Users};
use std::sync::Arc;

/// The most rules of a file.
pub const RULES_MAX: usize = 500;
/// The largest `count`; of a rule that counts distinct values [`DISTINCT_MAX`].
pub const COUNT_MAX: usize = 65_536;
/// The largest `count` of distinct values.
pub const DISTINCT_MAX: usize = 1000;
/// How long the same is folded where a rule does not say.
pub const DEBOUNCE: &str = "10s";

const MS: u64 = 1_000_000;
const DAY: u64 = 86_400_000 * MS;
const TEXT_MAX: usize = 400;

/// What rules may be about.
pub const KINDS: [Kind; 9] = [
    Kind::Signal,
    Kind::Deliver,
    Kind::Fork,
    Kind::Exec,
    Kind::Exit,
    Kind::Open,
    Kind::Chmod,
    Kind::Move,
    Kind::Connect,
];

const FIELDS: [&str; 14] = [
    "name",
    "description",
    "on",
    "where",
    "count",
    "within",
    "by",
    "distinct",
    "then",
    "severity",
    "debounce",
    "tags",
    "enabled",
    "false_alarms",
];

/// What stands in one file.
pub struct Contents {
    /// Its rules, and where their names stand.
    pub rules: Vec<(Rule, At)>,
    /// Its tests.
    pub tests: Option<Node>,
}

/// Reads one file.
///
/// # Errors
/// All that is wrong with it, in order.
pub fn file(file: &File, users: Users<'_>) -> Result<Contents, Vec<Problem>> {
    let source = Source::new(&file.name, &file.text);
    let root = yaml::tree(&source).map_err(|problem| vec![problem])?;
    let mut reader = Reader { source: &source, problems: Vec::new() };
    let mut contents = Contents { rules: Vec::new(), tests: None };
    let Some(mut root) = root else {
        reader.wrong(&(0..0), "no rules here; a file begins with \"rules:\"");
        return Err(reader.problems);
    };
    if let yaml::Value::List(list) = &root.value
        && list.first().is_some_and(|first| matches!(first.value, yaml::Value::Map(_)))
    {
        reader.wrong(&(0..0), "rules stand below \"rules:\"; put that line above");
        return Err(reader.problems);
    }
    if let Some(fields) = reader.fields(&root, "a file of rules", &["rules", "tests"]) {
        match fields.get("rules") {
            Some(list) => contents.rules = rules(&mut reader, list, users),
            None => match fields.entry("rules") {
                Some(entry) => reader.wrong(&entry.at, "no rules here; nothing stands below \"rules:\""),
                None => reader.wrong(fields.head(), "no rules here; a file begins with \"rules:\""),
            },
        }
    }
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| (problem.line, problem.column));
    if !problems.is_empty() {
        return Err(problems);
    }
    if let yaml::Value::Map(fields) = &mut root.value
        && let Some(at) = fields.iter().position(|entry| entry.key == "tests")
    {
        contents.tests = Some(fields.swap_remove(at).value).filter(|tests| !tests.is_nothing());
    }
    Ok(contents)
}

fn rules(reader: &mut Reader<'_>, list: &Node, users: Users<'_>) -> Vec<(Rule, At)> {
    let list = reader.must_list(list, "rules");
    if let Some(beyond) = list.get(RULES_MAX) {
        reader.wrong(&beyond.at, format!("too many rules; at most {RULES_MAX} in a file"));
    }
    let mut rules: Vec<(Rule, At)> = Vec::new();
    for node in list.iter().take(RULES_MAX) {
        if let Some(fields) = reader.fields(node, "a rule", &FIELDS)
            && let Some((rule, at)) = rule(reader, fields, users)
        {
            rules.push((rule, at));
        }
    }
    rules
}

/// A rule; nothing if it cannot be made sense of, which is noted.
fn rule(reader: &mut Reader<'_>, fields: Fields<'_>, users: Users<'_>) -> Option<(Rule, At)> {
    let name = match fields.get("name") {
        Some(node) => reader.name(node, "name").map(|name| (name.to_string(), node.at.clone())),
        None => {
            reader.wrong(fields.head(), "a rule has a name; add \"name: ...\"");
            None
        }
    };
    let text = |reader: &mut Reader<'_>, field: &str| {
        fields.get(field).and_then(|node| reader.text(node, field, TEXT_MAX)).unwrap_or("").trim().to_string()
    };
    let description = text(reader, "description");
    let false_alarms = text(reader, "false_alarms");
    let severity = fields.get("severity").map_or(Some(Severity::Medium), |node| {
        let words: Vec<&str> = Severity::ALL.iter().map(|severity| severity.word()).collect();
        reader.word(node, "severity", Severity::from_word, &words)
    });
    let on = on(reader, fields, "a rule");
    let filter = filter(reader, fields, on.as_deref(), users);
    let by = fields.get("by").map(|node| by(reader, node, "by", on.as_deref()));
    let counting = counting(reader, fields, on.as_deref());
    let then = fields.get("then").map(|node| then(reader, node, fields, on.as_deref(), users));
    let debounce_ns = match fields.get("debounce") {
        Some(node) => reader.duration(node, "debounce", 0..=DAY),
        None => super::fields::duration_ns(DEBOUNCE),
    };
    let is_enabled = fields.get("enabled").map_or(Some(true), |node| reader.flag(node, "enabled"));
    let tags = tags(reader, fields);
    let (name, at) = name?;
    let info = Arc::new(RuleInfo { name, severity: severity?, description, tags, false_alarms });
    let rule = Rule {
        info,
        on: on?,
        filter: filter?,
        counting: counting?,
        by: flat(by)?,
        then: flat(then)?,
        debounce_ns: debounce_ns?,
        is_enabled: is_enabled?,
    };
    Some((rule, at))
}

/// What is not there is well; what is there and wrong is not.
fn flat<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

fn on(reader: &mut Reader<'_>, fields: Fields<'_>, what: &str) -> Option<Vec<Kind>> {
    let words: Vec<&str> = KINDS.iter().map(|kind| kind.word()).collect();
    let Some(node) = fields.get("on") else {
        reader.wrong(fields.head(), format!("{what} says what it is about; add \"on: ...\": {}", words.join(", ")));
        return None;
    };
    let read = |word: &str| Kind::from_word(word).filter(|kind| KINDS.contains(kind));
    let mut kinds = Vec::new();
    let mut is_right = true;
    for node in reader.list(node).iter().take(KINDS.len()) {
        match reader.word(node, "on", read, &words) {
            Some(kind) if !kinds.contains(&kind) => kinds.push(kind),
            Some(_) => {}
            None => is_right = false,
        }
    }
    if kinds.is_empty() && is_right {
        reader.wrong(&node.at, format!("on names at least one of: {}", words.join(", ")));
    }
    (is_right && !kinds.is_empty()).then_some(kinds)
}

fn filter(reader: &mut Reader<'_>, fields: Fields<'_>, on: Option<&[Kind]>, users: Users<'_>) -> Option<Filter> {
    let Some(entry) = fields.entry("where") else { return Some(Filter::EVERYTHING) };
    let node = &entry.value;
    let text = reader.text(node, "where", crate::filter::TEXT_MAX)?;
    if node.is_nothing() || text.trim().is_empty() {
        reader.wrong(&entry.at, "where holds nothing; leave it out, and every event of the kind is meant");
        return None;
    }
    match Filter::parse(text, users) {
        Ok(filter) => {
            let Some(misfit) = on.and_then(|on| fits::misfit(&filter, on)) else { return Some(filter) };
            let found = text.find(&misfit.part).map(|byte| text[..byte].chars().count());
            let at = found.map_or(node.at.clone(), |first| {
                let start = reader.source.within(node, first);
                let end = reader.source.within(node, first + misfit.part.chars().count().max(1) - 1).max(start);
                start..end + 1
            });
            reader.wrong(&at, format!("where: {}", misfit.reason));
            None
        }
        Err(error) => {
            let start = reader.source.within(node, error.column - 1);
            let end = reader.source.within(node, error.column + error.len - 2).max(start);
            let said = error.to_string();
            // Its column is the filter's own; the file's is said beside it.
            let reason = said.split_once(": ").map_or(said.as_str(), |(_, reason)| reason);
            reader.wrong(&(start..end + 1), format!("where: {reason}"));
            None
        }
    }
}

fn by(reader: &mut Reader<'_>, node: &Node, field: &str, on: Option<&[Kind]>) -> Option<By> {
    let words: Vec<&str> = By::ALL.iter().map(|by| by.word()).collect();
    let by = reader.word(node, field, By::from_word, &words)?;
    match on.unwrap_or(&[]).iter().find(|kind| !by.is_of(**kind)) {
        None => Some(by),
        Some(kind) => {
            let (by, kind) = (by.word(), kind.word());
            let fit: Vec<&str> = KINDS
                .iter()
                .filter(|kind| By::from_word(by).is_some_and(|by| by.is_of(**kind)))
                .map(|kind| kind.word())
                .collect();
            reader.wrong(
                &node.at,
                format!("{field}: {by} is nothing that an event of the kind {kind} has; on: {}", fit.join(", ")),
            );
            None
        }
    }
}

/// Nothing if it is wrong; none if it does not count.
fn counting(reader: &mut Reader<'_>, fields: Fields<'_>, on: Option<&[Kind]>) -> Option<Option<Counting>> {
    let Some(node) = fields.get("count") else {
        let alone = ["within", "distinct"].into_iter().find_map(|field| fields.entry(field));
        if let Some(entry) = alone {
            let field = &entry.key;
            reader
                .wrong(&entry.at, format!("{field} is for rules that count; add \"count: ...\", or leave {field} out"));
            return None;
        }
        return Some(None);
    };
    let words: Vec<&str> = Distinct::ALL.iter().map(|distinct| distinct.word()).collect();
    let distinct = fields.get("distinct").map(|node| {
        let distinct = reader.word(node, "distinct", Distinct::from_word, &words)?;
        let misfit = on.unwrap_or(&[]).iter().find(|kind| !distinct.is_of(**kind));
        if let Some(kind) = misfit {
            let reason = format!("distinct: an event of the kind {} has no {}", kind.word(), distinct.word());
            reader.wrong(&node.at, reason);
        }
        misfit.is_none().then_some(distinct)
    });
    let most = if distinct.is_some() { DISTINCT_MAX } else { COUNT_MAX };
    let count = reader.number(node, "count", 2..=most);
    let within = match fields.get("within") {
        Some(node) => reader.duration(node, "within", MS..=DAY),
        None => {
            reader.wrong(&node.at, "count needs the time in which they come; add \"within: 10s\" or the like");
            None
        }
    };
    Some(Some(Counting { count: count?, within_ns: within?, distinct: flat(distinct)? }))
}

fn then(
    reader: &mut Reader<'_>,
    node: &Node,
    rule: Fields<'_>,
    first: Option<&[Kind]>,
    users: Users<'_>,
) -> Option<Then> {
    let fields = reader.fields(node, "then", &["on", "where", "same", "within"])?;
    if let Some(count) = rule.entry("count") {
        reader.wrong(&count.at, "a rule counts, or has a second step (then), not both");
    }
    let on = on(reader, fields, "then");
    let filter = filter(reader, fields, on.as_deref(), users);
    let both: Vec<Kind> = first.unwrap_or(&[]).iter().chain(on.iter().flatten()).copied().collect();
    let same = match fields.get("same") {
        Some(node) => by(reader, node, "same", Some(&both)),
        None => {
            reader.wrong(fields.head(), "then says what both steps have in common; add \"same: process\" or the like");
            None
        }
    };
    let within = match fields.get("within") {
        Some(node) => reader.duration(node, "within", MS..=DAY),
        None => {
            let day = time_text(DAY);
            reader.wrong(fields.head(), format!("then says how soon it follows; add \"within: 1h\" (at most {day})"));
            None
        }
    };
    Some(Then { on: on?, filter: filter?, same: same?, within_ns: within? })
}

fn tags(reader: &mut Reader<'_>, fields: Fields<'_>) -> Vec<String> {
    const TAGS_MAX: usize = 16;
    let Some(node) = fields.get("tags") else { return Vec::new() };
    let list = reader.list(node);
    if let Some(beyond) = list.get(TAGS_MAX) {
        reader.wrong(&beyond.at, format!("too many tags; at most {TAGS_MAX}"));
    }
    list.iter().take(TAGS_MAX).filter_map(|node| reader.name(node, "a tag").map(String::from)).collect()
}
