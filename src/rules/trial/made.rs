//! Events of tests: from maps in the fields of the JSON, with what is not given made up, so that a test says only what
//! matters to it.
//!
//! `at`, or `time`, is the time since the beginning, else that of the event before; `time` may be a time of day in RFC
//! 3339, as in a line of the JSON, whose `type` is taken for `kind`. `repeat: {times, every, vary}` makes many of
//! one: `{}` in a text becomes their number, and `vary` names fields whose number rises (`port`, `sender.pid`).

mod filled;
mod names;

use crate::event::wire::Wire;
use crate::event::{Event, Kind};
use crate::rules::fields::{Reader, quoted};
use crate::rules::yaml::{At, Entry, Node, Value};
use filled::{ACTOR, TARGET, fill, fill_party};
use names::wire_fields;
use serde::de::Deserialize;
use serde_json::{Map, Value as Json, json};

/// Kinds that tests do not have: alerts come of rules, and a reader's filter is nothing to them.
const NOT_MADE: [Kind; 2] = [Kind::Alert, Kind::Filter];
/// Fields that are none of the JSON.
const OWN: [&str; 5] = ["kind", "at", "repeat", "type", "time"];
const TIMES_MAX: usize = 100_000;
const DAY: u64 = 86_400_000_000_000;

/// Makes the events of a test, one after the other.
#[derive(Default)]
pub struct Maker {
    now_ns: u64,
    made: u64,
    /// A time of day, and what it is in the test: of the first event that has one.
    clock: Option<(humantime::Timestamp, u64)>,
}

/// How often, how far apart, and what rises.
struct Repeat {
    times: usize,
    every_ns: u64,
    vary: Vec<(String, At)>,
}

impl Maker {
    /// The events of one map.
    pub fn make(&mut self, reader: &mut Reader<'_>, node: &Node, events: &mut Vec<Event>) {
        let Some(fields) = reader.any_fields(node, "an event") else { return };
        let before = reader.problems.len();
        let words: Vec<&str> = Kind::all_but(&NOT_MADE).map(Kind::word).collect();
        let is_json = fields.get("type").is_some();
        let kind = match fields.get("type").or_else(|| fields.get("kind")) {
            Some(node) => {
                let read = |word: &str| Kind::from_word(word).filter(|kind| !NOT_MADE.contains(kind));
                reader.word(node, "kind", read, &words)
            }
            None => {
                reader.wrong(fields.head(), format!("an event has a kind; add \"kind: ...\": {}", words.join(", ")));
                None
            }
        };
        if let Some(ns) = fields.get("at").and_then(|node| reader.duration(node, "at", 0..=DAY)) {
            self.now_ns = ns;
        } else if let Some(node) = fields.get("time") {
            self.time(reader, node);
        }
        if let Some(Value::Text { text, .. }) = fields.get("mono_ns").map(|node| &node.value)
            && let Ok(ns) = text.parse()
        {
            self.now_ns = ns;
        }
        let repeat = fields.get("repeat").map_or_else(Repeat::once, |node| repeat(reader, node));
        let given = given(reader, fields.entries(), is_json);
        let Some(kind) = kind.filter(|_| reader.problems.len() == before) else { return };
        for n in 0..repeat.times {
            if n > 0 {
                self.now_ns = self.now_ns.saturating_add(repeat.every_ns);
            }
            let mut map = given.clone();
            if let Err((at, reason)) = vary(&mut map, &repeat, n as u64) {
                return reader.wrong(&at, reason);
            }
            self.made += 1;
            fill(&mut map, kind, self.now_ns, self.made);
            match event(&Json::Object(map)) {
                Ok(event) => events.push(event),
                Err((field, reason)) => {
                    let at = fields.entry(&field).map_or(fields.head(), |entry| &entry.value.at);
                    return reader.wrong(at, reason);
                }
            }
        }
    }
}

impl Maker {
    /// `time`: since the beginning, or a time of day; the first of these stands where the test is by then.
    fn time(&mut self, reader: &mut Reader<'_>, node: &Node) {
        let Some(text) = reader.text(node, "time", 40) else { return };
        let Ok(time) = text.parse::<humantime::Timestamp>() else {
            if let Some(ns) = reader.duration(node, "time", 0..=DAY) {
                self.now_ns = ns;
            }
            return;
        };
        let now_ns = self.now_ns;
        let first = self.clock.get_or_insert((time, now_ns));
        let since = time.duration_since(*first.0).unwrap_or_default();
        self.now_ns = first.1.saturating_add(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
    }
}

impl Repeat {
    fn once() -> Repeat {
        Repeat { times: 1, every_ns: 0, vary: Vec::new() }
    }
}

fn repeat(reader: &mut Reader<'_>, node: &Node) -> Repeat {
    let Some(fields) = reader.fields(node, "repeat", &["times", "every", "vary"]) else { return Repeat::once() };
    let times = match fields.get("times") {
        Some(node) => reader.number(node, "times", 1..=TIMES_MAX),
        None => {
            reader.wrong(fields.head(), "repeat says how often; add \"times: ...\"");
            None
        }
    };
    let every_ns = fields.get("every").and_then(|node| reader.duration(node, "every", 0..=DAY)).unwrap_or(0);
    let vary = fields.get("vary").map_or(&[][..], |node| reader.list(node));
    let vary = vary.iter().filter_map(|node| Some((reader.text(node, "vary", 64)?.to_string(), node.at.clone())));
    Repeat { vary: vary.collect(), times: times.unwrap_or(1), every_ns }
}

/// The fields of the JSON that are given.
fn given(reader: &mut Reader<'_>, entries: &[Entry], is_json: bool) -> Map<String, Json> {
    // Beside a type, kind is what the JSON has: of which events some were lost.
    let is_own = |key: &str| OWN.contains(&key) && !(is_json && key == "kind");
    let fields = wire_fields();
    let known: Vec<&str> = fields.iter().copied().filter(|field| *field != "type").chain(OWN).collect();
    let mut map = Map::new();
    for entry in entries.iter().filter(|entry| !is_own(&entry.key)) {
        let key = entry.key.as_str();
        if !known.contains(&key) {
            let nearest = crate::filter::nearest(key, known.iter().copied());
            let hint = nearest.map_or("they are those of the JSON".into(), |word| format!("did you mean {word}?"));
            reader.wrong(&entry.at, format!("an event has no field {}; {hint}", quoted(key)));
            continue;
        }
        if let ("signal", Value::Text { text, .. }) = (key, &entry.value.value)
            && let Err(unknown) = crate::signal::Signal::parse(text)
        {
            let hint = unknown.nearest.map_or(String::new(), |name| format!("; did you mean {name}?"));
            reader.wrong(&entry.value.at, format!("no signal is called {}{hint}", quoted(text)));
            continue;
        }
        match fitting(key, &entry.value) {
            Some(value) => drop(map.insert(key.into(), value)),
            None => reader.wrong(&entry.value.at, format!("{key} cannot be {}", shown(&entry.value))),
        }
    }
    map
}

fn shown(node: &Node) -> String {
    match &node.value {
        Value::Text { text, .. } => quoted(text),
        _ => node.what().into(),
    }
}

/// The value as the JSON has it in this field: what looks like a number may be a text there, and one text a list.
fn fitting(key: &str, node: &Node) -> Option<Json> {
    let is_right = |value: &Json| Wire::deserialize(&json!({ key: value })).is_ok();
    let mut value = json(node);
    if let Json::Object(party) = &mut value {
        fill_party(party, if key == "target" { TARGET } else { ACTOR });
    }
    let text = match &node.value {
        Value::Text { text, .. } => Some(Json::from(text.as_str())),
        _ => None,
    };
    let list = text.clone().map(|text| json!([text]));
    std::iter::once(value).chain(text).chain(list).find(|value| is_right(value))
}

fn json(node: &Node) -> Json {
    match &node.value {
        _ if node.is_nothing() => Json::Null,
        Value::Text { text, is_plain: true } => scalar(text),
        Value::Text { text, .. } => text.as_str().into(),
        Value::List(list) => list.iter().map(json).collect(),
        Value::Map(map) => map.iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect(),
    }
}

/// A number, yes or no, or a text: as YAML has it, but for what begins with 0, which is a mode.
fn scalar(text: &str) -> Json {
    let is_octal = text.len() > 1 && text.starts_with('0');
    match text {
        "true" => true.into(),
        "false" => false.into(),
        _ if is_octal => text.into(),
        _ => text.parse::<i64>().map_or_else(|_| text.parse::<u64>().map_or(text.into(), Json::from), Json::from),
    }
}

/// The `n`th of many.
fn vary(map: &mut Map<String, Json>, repeat: &Repeat, n: u64) -> Result<(), (At, String)> {
    if repeat.times > 1 {
        map.values_mut().for_each(|value| number_texts(value, n));
    }
    for (path, at) in &repeat.vary {
        let mut parts = path.split('.');
        let mut value = parts.next().and_then(|part| map.get_mut(part));
        for part in parts {
            value = value.and_then(|value| value.get_mut(part));
        }
        match value {
            Some(value) if value.is_i64() || value.is_u64() => {
                *value = (value.as_i64().unwrap_or(0).saturating_add_unsigned(n)).into();
            }
            Some(Json::String(_)) => {
                return Err((at.clone(), format!("{path} is a text: put {{}} where its number stands")));
            }
            _ => return Err((at.clone(), format!("vary: this event has no number {}", quoted(path)))),
        }
    }
    Ok(())
}

fn number_texts(value: &mut Json, n: u64) {
    match value {
        Json::String(text) if text.contains("{}") => *text = text.replace("{}", &n.to_string()),
        Json::Array(list) => list.iter_mut().for_each(|value| number_texts(value, n)),
        Json::Object(map) => map.values_mut().for_each(|value| number_texts(value, n)),
        _ => {}
    }
}

/// The event in this object; or the field that is wrong, and why.
fn event(object: &Json) -> Result<Event, (String, String)> {
    let wire = Wire::deserialize(object).map_err(|error| (String::new(), error.to_string()))?;
    wire.to_event().map_err(|error| {
        let field = if error.field == "signr" && object.get("signal").is_some() { "signal" } else { error.field };
        let reason = match &error.found {
            Some(found) => format!("{} cannot be {}", error.field, quoted(found)),
            None => format!("an event of this kind needs {}", error.field),
        };
        (field.to_string(), reason)
    })
}
