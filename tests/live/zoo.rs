//! The zoo (tests/zoo): every way in which a signal comes about, done for real. What sigzoo says must be seen is seen,
//! field by field; no process of its own sees anything else; and sigtop's stream is the witness's.

use crate::harness::{self, Line, Sigtop};
use crate::{laws, witness::Witness, witness::family};
use serde_json::Value;
use sigtop::event::Event;
use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A rule of a way, as zoo.h says.
struct Rule {
    word: String,
    object: Value,
}

struct Way {
    name: String,
    rules: Vec<Rule>,
    skipped: Option<String>,
}

fn read_ways(text: &str) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for line in text.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or_else(|| panic!("no rule: {line}"));
        match (word, ways.last_mut()) {
            ("way", _) => ways.push(Way { name: rest.into(), rules: Vec::new(), skipped: None }),
            ("skip", Some(way)) => way.skipped = Some(rest.into()),
            ("expect" | "may" | "never", Some(way)) => {
                let object = serde_json::from_str(rest).unwrap_or_else(|e| panic!("{e}: {rest}"));
                way.rules.push(Rule { word: word.into(), object });
            }
            _ => panic!("no rule: {line}"),
        }
    }
    ways
}

/// What names stand for in one way.
type Bound = HashMap<String, Value>;

/// Whether `found` has all that `wanted` has. A text that begins with $ is a name; `$_` is anything, `$-` nothing.
fn fits(wanted: &Value, found: &Value, bound: &mut Bound) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted.iter().all(|(key, value)| match found.get(key) {
            Some(found) => value != "$-" && fits(value, found, bound),
            None => value == "$-",
        }),
        (Value::String(name), _) if name == "$_" => true,
        (Value::String(name), _) if name.starts_with('$') => {
            bound.entry(name.clone()).or_insert_with(|| found.clone()) == found
        }
        _ => wanted == found,
    }
}

/// What is wrong in this way. Takes the events that it expects.
fn judge(way: &Way, lines: &[Line], taken: &mut [bool]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut bound = Bound::new();
    for rule in way.rules.iter().filter(|rule| rule.word != "never") {
        let found = (0..lines.len()).find(|n| {
            let mut attempt = bound.clone();
            let fits = !taken[*n] && fits(&rule.object, &lines[*n].json, &mut attempt);
            if fits {
                bound = attempt;
            }
            fits
        });
        match found {
            Some(n) => taken[n] = true,
            None if rule.word == "may" || way.skipped.is_some() => {}
            None => wrong.push(format!("MISSING {}\n{}", rule.object, near(&rule.object, lines, taken))),
        }
    }
    wrong
}

/// Events that no way expects, about processes for which it expected all.
fn unexpected(ways: &[Way], lines: &[Line], taken: &[bool]) -> Vec<String> {
    let never =
        || ways.iter().filter(|way| way.skipped.is_none()).flat_map(|way| &way.rules).filter(|r| r.word == "never");
    let is = |n: &usize| !taken[*n] && never().any(|rule| fits(&rule.object, &lines[*n].json, &mut Bound::new()));
    (0..lines.len()).filter(is).map(|n| format!("UNEXPECTED {}", lines[n].text)).collect()
}

/// Events of the same kind about the same process, for whoever reads the failure.
fn near(wanted: &Value, lines: &[Line], taken: &[bool]) -> String {
    let alike = |line: &Line| ["type", "pid", "signr"].iter().all(|key| line.json.get(*key) == wanted.get(*key));
    let shown = (0..lines.len()).filter(|n| !taken[*n] && alike(&lines[*n])).take(3);
    shown.map(|n| format!("   there {}\n", lines[n].text)).collect()
}

pub fn sigzoo() -> Command {
    Command::new(harness::compiled("sigzoo", "tests/zoo", &[]))
}

/// An exec that nothing else makes, not even the test beside this one: what was done before it is told before it.
pub struct Mark(String);

impl Mark {
    /// Makes it.
    pub fn new() -> Mark {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let mark = format!("mark-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        assert!(sigzoo().args(["exit", "0", &mark]).status().unwrap().success());
        Mark(mark)
    }

    /// Whether this event tells of it.
    pub fn is(&self, event: &Event) -> bool {
        matches!(event, Event::Exec(exec) if exec.argv.last() == Some(&self.0))
    }
}

/// What the zoo's processes are called: also by PR_SET_NAME.
const NAMES: [&str; 3] = ["sigzoo", "renamed", "*2J*"];

/// Does these ways while sigtop, with these options, and the witness watch.
fn visit(ways: &[String], options: &[&str]) {
    let mut zoo = sigzoo();
    let mut sigtop = Sigtop::start(&[options, &["--events", "signal,deliver,fork,exec,exit,rename"]].concat());
    let witness = Witness::start(&NAMES);
    let zoo = zoo.args(ways).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let first = zoo.id();
    let told = zoo.wait_with_output().unwrap();
    sigtop.until_now();
    let facts = witness.stop();
    let lines = sigtop.end();
    assert!(told.status.success(), "sigzoo: {}", told.status);

    laws::hold(&lines);
    let ways_done = read_ways(std::str::from_utf8(&told.stdout).unwrap());
    assert_eq!(ways_done.len(), ways.len());
    let mut taken = vec![false; lines.len()];
    let mut wrong: Vec<String> = Vec::new();
    for way in &ways_done {
        wrong.extend(judge(way, &lines, &mut taken).into_iter().map(|what| format!("{}: {what}", way.name)));
        if let Some(why) = &way.skipped {
            harness::tell(&format!("SKIPPED ({why}): the zoo's {}", way.name));
        }
    }
    wrong.extend(unexpected(&ways_done, &lines, &taken));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    laws::agree(&lines, &facts, &family(&facts, first));
}

/// The names of the ways, as `sigzoo list` has them in order: those in which something is tried in vain, or the others.
fn ways(tried: bool) -> Vec<String> {
    let list = sigzoo().arg("list").output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let names = list.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| name.starts_with("try-") == tried).map(String::from).collect()
}

#[test]
fn every_way_of_the_zoo_is_told() {
    let Some(_leave) = harness::beside_others("every_way_of_the_zoo_is_told") else { return };
    visit(&ways(false), &[]);
}

/// With all of them around a queue that is full: what signal_generate told as an overflow is not told as a failure too.
#[test]
fn what_is_tried_in_vain_is_told() {
    let Some(_leave) = harness::beside_others("what_is_tried_in_vain_is_told") else { return };
    visit(&[vec!["overflow".into()], ways(true)].concat(), &["result:failed,probe or !result:failed,probe"]);
}
