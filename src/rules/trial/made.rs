//! Events of tests: from maps in the fields of the JSON, with what is not given made up, so that a test says only what
//! matters to it.
//!
//! `at`, or `time`, is the time since the beginning, else that of the event before; `time` may be a time of day in RFC
//! 3339, as in a line of the JSON, whose `type` is taken for `kind`. `repeat: {times, every, vary}` makes many of
//! one: `{}` in a text becomes their number, and `vary` names fields whose number rises (`port`, `sender.pid`).

use crate::event::wire::Wire;
use crate::event::{Event, Kind};
use crate::rules::fields::{Reader, quoted};
use crate::rules::yaml::{At, Entry, Node, Value};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde_json::{Map, Value as Json, json};

/// Kinds that tests do not have: alerts come of rules, and a reader's filter is nothing to them.
const NOT_MADE: [Kind; 2] = [Kind::Alert, Kind::Filter];
/// Fields that are none of the JSON.
const OWN: [&str; 5] = ["kind", "at", "repeat", "type", "time"];
const TIMES_MAX: usize = 100_000;
const DAY: u64 = 86_400_000_000_000;
/// Who does what nobody is named for, and whom it is done to.
const ACTOR: u64 = 100;
const TARGET: u64 = 200;
/// Children are numbered from here.
const CHILDREN: u64 = 10_000;

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

/// What is not given, made up.
fn fill(map: &mut Map<String, Json>, kind: Kind, now_ns: u64, made: u64) {
    let mut or = |field: &str, value: Json| {
        map.entry(field).or_insert(value);
    };
    or("v", crate::event::wire::VERSION.into());
    or("type", kind.word().into());
    or("mono_ns", now_ns.into());
    match kind {
        Kind::Signal => fill_signal(map, made),
        Kind::Lost | Kind::Skipped => {
            or("kind", "signal".into());
            or("count", 1.into());
        }
        Kind::Clock => or("offset_ns", 0.into()),
        _ => {
            or("pid", if kind == Kind::Fork { CHILDREN + made } else { ACTOR }.into());
            fill_process(map, kind);
        }
    }
}

fn fill_process(map: &mut Map<String, Json>, kind: Kind) {
    let text = |map: &Map<String, Json>, field: &str| map.get(field).and_then(Json::as_str).unwrap_or("").to_string();
    fill_party(map, ACTOR);
    signal_number(map);
    let (filename, exe, address) = (text(map, "filename"), text(map, "exe"), text(map, "address"));
    let mut or = |field: &str, value: Json| {
        map.entry(field).or_insert(value);
    };
    match kind {
        Kind::Fork => or("ppid", ACTOR.into()),
        Kind::Seen => or("ppid", 1.into()),
        Kind::Exec => {
            or("gid", 0.into());
            or("filename", if exe.is_empty() { "/usr/bin/true".into() } else { exe.into() });
            or("exe", filename.into());
            or("cwd", "/".into());
        }
        Kind::Exit => or("code", 0.into()),
        Kind::Deliver => {
            or("signr", 15.into());
            or("disposition", "default".into());
            or("action", "terminate".into());
        }
        Kind::Open => {
            or("flags", json!([]));
            or("path", "/tmp/file".into());
        }
        Kind::Chmod => {
            or("mode", "0644".into());
            or("path", "/tmp/file".into());
        }
        Kind::Move => {
            or("from", "/tmp/before".into());
            or("path", "/tmp/file".into());
        }
        Kind::Connect => {
            let family = match address.chars().next() {
                Some('/' | '@') => "unix",
                _ if address.contains(':') => "inet6",
                _ => "inet",
            };
            or("family", family.into());
            if family != "unix" {
                or("address", "192.0.2.1".into());
                or("port", 80.into());
            }
        }
        _ => {}
    }
    if let Some(ppid) = map.get("ppid").and_then(Json::as_u64) {
        map.entry("parent_start_ns").or_insert(ppid.into());
    }
}

fn fill_signal(map: &mut Map<String, Json>, made: u64) {
    signal_number(map);
    let is_failed = map.contains_key("errno") || map.get("result").is_some_and(|result| result == "failed");
    let is_from_user = map.get("origin").is_none_or(|origin| origin == "user");
    let mut or = |field: &str, value: Json| {
        map.entry(field).or_insert(value);
    };
    or("id", made.into());
    or("signr", 15.into());
    or("origin", "user".into());
    or("scope", "process".into());
    if is_from_user {
        or("call", "kill".into());
        or("sender", json!({}));
    }
    or("result", if is_failed { "failed" } else { "queued" }.into());
    if is_failed {
        or("errno", "EPERM".into());
    }
    or("target", json!({}));
    for (field, pid) in [("sender", ACTOR), ("target", TARGET)] {
        if let Some(Json::Object(party)) = map.get_mut(field) {
            party.retain(|_, value| !value.is_null());
            fill_party(party, pid);
        }
    }
    let target = map.get("target").and_then(|target| target.get("pid")).cloned();
    map.entry("pid").or_insert(target.unwrap_or(TARGET.into()));
}

/// A process that is as old as its pid is high.
fn fill_party(party: &mut Map<String, Json>, pid: u64) {
    let pid = party.entry("pid").or_insert(pid.into()).clone();
    for (field, value) in [("tid", pid.clone()), ("uid", 1000.into()), ("comm", "test".into()), ("start_ns", pid)] {
        party.entry(field).or_insert(value);
    }
}

/// `signal: KILL` says the number too.
fn signal_number(map: &mut Map<String, Json>) {
    let named = map.get("signal").and_then(Json::as_str).and_then(|name| crate::signal::Signal::parse(name).ok());
    if let Some(signal) = named {
        map.entry("signr").or_insert(signal.number().into());
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

/// The fields of the JSON: as its own reader knows them.
fn wire_fields() -> &'static [&'static str] {
    match Wire::deserialize(Names) {
        Err(Told(fields)) => fields,
        Ok(_) => &[],
    }
}

/// Holds nothing; asked for a struct, it refuses with the names of its fields.
struct Names;

#[derive(Debug)]
struct Told(&'static [&'static str]);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("names of fields")
    }
}

impl std::error::Error for Told {}

impl de::Error for Told {
    fn custom<T: std::fmt::Display>(_: T) -> Told {
        Told(&[])
    }
}

impl<'de> Deserializer<'de> for Names {
    type Error = Told;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Told> {
        Err(Told(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Told> {
        Err(Told(fields))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
