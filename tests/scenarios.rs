//! Histories with a plot: `tests/scenarios/*.jsonl` are recordings (JSON Lines, as `sigtop log --format json` writes
//! them) with what the model must know in between.
//!
//! A line that starts with `#` is no event:
//! - `#expect QUESTION = ANSWER`: at this point the model answers so; see [`answer`] for the questions.
//! - `#advance SECONDS`: so much time passes after the newest event.
//! - `# text` says what happens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a wrong scenario file fails its test")]

use sigtop::event::wire::Wire;
use sigtop::event::{Header, Kind, ProcKey, SendResult, SenderKey};
use sigtop::model::{Entry, Limits, Model, Outcome, Proc, SenderCount, death, tree};
use sigtop::signal::Signal;
use std::fs;
use std::path::Path;

/// What the model says. PID is a number, or `pid@start_ns`; without a start, the living one or the one that died last.
///
/// | question | answer |
/// |---|---|
/// | `proc PID` | `alive`, `unknown`, or how it ended: `SIGTERM by bash(1234)` |
/// | `proc PID FIELD` | a field of its row |
/// | `path PID` | the tree from its root to it: `1/1234/5678` |
/// | `tree` | all rows, children in brackets: `1[1234[5678]] 9` |
/// | `ancestors PID` | who made it, nearest first: `bash(1234) systemd(1)` |
/// | `row ID` | what came of signal ID: `pending`, `handled 12000`, `ignored SIG_IGN` |
/// | `log` | all rows: `TERM failed:EPERM probe:found lost:5 filter:sig:TERM` |
/// | `count SIGNAL` | all of this signal by what became of them: `3: queued 2, lost 1` |
/// | `sender NAME(PID)`, `sender kernel (REASON)`, `sender others` | what it sent: `TERM 2, KILL 1, failed 3` |
/// | `rate SECONDS` | signals in the whole second before this one |
/// | `total` `lost` `skipped` `malformed` `alive` `dead` `filter` | numbers; the filter in force |
fn answer(model: &Model, question: &str) -> String {
    let (what, about) = question.split_once(' ').unwrap_or((question, ""));
    match what {
        "proc" => proc(model, about),
        "path" => path(model, &find(model, about).expect("a process").key),
        "tree" => forest(model),
        "ancestors" => {
            let names = model.procs.ancestors(&find(model, about).expect("a process").key).map(called);
            names.collect::<Vec<_>>().join(" ")
        }
        "row" => outcome(model, about.parse().expect("an id")),
        "log" => model.log.iter().map(|(_, entry)| entry_text(&entry)).collect::<Vec<_>>().join(" "),
        "count" => count(model, Signal::parse(about).expect("a signal")),
        "sender" => model.counters.senders().find(|s| sender_name(s) == about).map_or("none".into(), sent),
        "rate" => model.counters.rate(about.parse::<u64>().expect("seconds") * 1_000_000_000).to_string(),
        "total" => model.counters.total().to_string(),
        "lost" => model.stream.lost.to_string(),
        "skipped" => model.stream.skipped.to_string(),
        "malformed" => model.stream.malformed.to_string(),
        "filter" => model.stream.filter.clone(),
        "alive" => model.procs.alive_count().to_string(),
        "dead" => model.procs.dead_count().to_string(),
        _ => panic!("no such question: {question}"),
    }
}

fn find<'a>(model: &'a Model, pid: &str) -> Option<&'a Proc> {
    if let Some((pid, start)) = pid.split_once('@') {
        return model.procs.get(&ProcKey { pid: pid.parse().unwrap(), start_ns: start.parse().unwrap() });
    }
    let pid = pid.parse().expect("a pid");
    let dead = || model.procs.iter().map(|proc| proc.key).filter(|key| key.pid == pid).max_by_key(|key| key.start_ns);
    model.procs.get(&model.procs.alive(pid).or_else(dead)?)
}

fn proc(model: &Model, about: &str) -> String {
    let (pid, field) = about.split_once(' ').unwrap_or((about, "fate"));
    let Some(proc) = find(model, pid) else { return "unknown".into() };
    let pid_of = |key: Option<ProcKey>| key.map_or("none".into(), |key| key.pid.to_string());
    match field {
        "fate" => death::of(proc).unwrap_or_else(|| "alive".into()),
        "name" => sigtop::escape::plain(proc.name.as_str()).into_owned(),
        "uid" => proc.uid.to_string(),
        "tty" => proc.tty.to_string(),
        "exe" => proc.program.exe.to_string(),
        "argv" => format!("{:?}", proc.program.argv().collect::<Vec<_>>()),
        "cwd" => proc.program.cwd.to_string(),
        "cgroup" => proc.program.cgroup.to_string(),
        "parent" => pid_of(proc.parent),
        "born_of" => pid_of(proc.born_of),
        "threads" => proc.threads.to_string(),
        "sent" => proc.sent.to_string(),
        "received" => proc.received.to_string(),
        "waiting" => proc.waiting.to_string(),
        "last" => {
            let fatal = |fatal| if fatal { " fatal" } else { "" };
            proc.last.map_or("none".into(), |last| format!("{}{}", last.signal, fatal(last.fatal)))
        }
        _ => panic!("no such field: {field}"),
    }
}

fn called(proc: &Proc) -> String {
    death::process(proc.name.as_str(), proc.key.pid)
}

fn path(model: &Model, key: &ProcKey) -> String {
    let above = model.procs.get(key).and_then(|proc| proc.parent).filter(|parent| model.procs.get(parent).is_some());
    above.map_or(String::new(), |parent| path(model, &parent) + "/") + &key.pid.to_string()
}

fn forest(model: &Model) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for row in tree::rows(&model.procs, &tree::Fold::default()) {
        match row.depth.checked_sub(depth) {
            Some(0) if out.is_empty() => {}
            Some(0) => out.push(' '),
            Some(_) => out.push('['),
            None => out.push_str(&("]".repeat(usize::from(depth - row.depth)) + " ")),
        }
        out.push_str(&row.key.pid.to_string());
        depth = row.depth;
    }
    out + &"]".repeat(usize::from(depth))
}

fn outcome(model: &Model, id: u64) -> String {
    let Some(Entry::Signal(row)) = model.log.find(id).and_then(|seq| model.log.get(seq)) else { return "none".into() };
    let word = match row.outcome {
        Outcome::Ignored(why) => format!("ignored {}", why.map_or("unseen", |why| why.word())),
        Outcome::InfoLost => "info-lost".into(),
        other => format!("{other:?}").split(' ').next().unwrap_or("").to_lowercase(),
    };
    row.outcome.latency_ns().map_or(word.clone(), |ns| format!("{word} {ns}"))
}

fn entry_text(entry: &Entry) -> String {
    match entry {
        Entry::Signal(row) => row.event.signal.short_name().into(),
        Entry::Attempt(e) => format!("{}:{}", e.result().word(), e.errno.map_or("found".into(), |e| e.to_string())),
        Entry::Lost(e) => format!("{}:{}", e.kind.map_or("malformed", |_| "lost"), e.count),
        Entry::Filter(e) => format!("filter:{}", e.text),
        Entry::File(_) | Entry::Connect(_) | Entry::Alert(_) => entry.event().kind().word().into(),
    }
}

fn count(model: &Model, signal: Signal) -> String {
    let count = model.counters.by_signal(signal);
    let results = SendResult::ALL.iter().map(|result| result.word()).zip(count.results);
    let parts = results.chain([(Kind::Lost.word(), count.lost), (Kind::Skipped.word(), count.skipped)]);
    let parts: Vec<String> = parts.filter(|(_, n)| *n > 0).map(|(word, n)| format!("{word} {n}")).collect();
    format!("{}: {}", count.total, parts.join(", "))
}

fn sender_name(sender: &SenderCount) -> String {
    match sender.key {
        SenderKey::Process(key) => death::process(sender.name.as_str(), key.pid),
        SenderKey::Kernel(origin) => death::sender(None, origin, Default::default()),
        SenderKey::Others => "others".into(),
    }
}

fn sent(sender: &SenderCount) -> String {
    let mut counts: Vec<(Signal, u64)> = sender.by_signal().collect();
    counts.sort_by_key(|(signal, n)| (std::cmp::Reverse(*n), *signal));
    let told: u64 = counts.iter().map(|(_, n)| n).sum();
    let mut parts: Vec<String> = counts.iter().map(|(signal, n)| format!("{} {n}", signal.short_name())).collect();
    if told < sender.total {
        parts.push(format!("? {}", sender.total - told));
    }
    for (count, word) in [(sender.failed, "failed"), (sender.probes, "probes")] {
        parts.extend((count > 0).then(|| format!("{word} {count}")));
    }
    parts.join(", ")
}

/// What a scenario got wrong, one line each.
fn run(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("a scenario");
    let mut model = Model::new(Header::default(), Limits::default());
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for (at, line) in text.lines().enumerate() {
        let place = || format!("{}:{}", file.file_name().unwrap_or_default().to_string_lossy(), at + 1);
        if let Some(expected) = line.strip_prefix("#expect ") {
            let (question, want) = expected.split_once(" = ").expect("QUESTION = ANSWER");
            let got = answer(&model, question);
            asked += 1;
            if got != want {
                wrong.push(format!("{}: {question}: expected {want}, got {got}", place()));
            }
        } else if let Some(seconds) = line.strip_prefix("#advance ") {
            model.advance(model.stream.last_ns + seconds.parse::<u64>().expect("seconds") * 1_000_000_000);
        } else if !line.starts_with('#') && !line.is_empty() {
            let wire: Wire = serde_json::from_str(line).unwrap_or_else(|e| panic!("{}: {e}", place()));
            if let Some(header) = wire.to_header() {
                model = Model::new(header, Limits::default());
                continue;
            }
            model.apply(&wire.to_event().unwrap_or_else(|e| panic!("{}: {e}", place())));
        }
    }
    if asked == 0 {
        wrong.push(format!("{}: expects nothing", file.display()));
    }
    wrong
}

#[test]
fn every_scenario_ends_as_expected() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = fs::read_dir(dir).expect("scenarios").map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ext| ext == "jsonl"));
    files.sort();
    assert!(!files.is_empty());
    let wrong: Vec<String> = files.iter().flat_map(|file| run(file)).collect();
    assert!(wrong.is_empty(), "{} of {} scenarios' answers:\n{}", wrong.len(), files.len(), wrong.join("\n"));
}
