//! Who may use whom (ARCHITECTURE.md), read off the sources: every path into the crate, every outside crate that has a
//! room of its own, `unsafe`, and clocks and files where there must be none.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests: a wrong test stops here

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a room may use of the crate, beside itself. The first row that fits a file is its own.
const ROOMS: [(&str, &[&str]); 17] = [
    ("signal.rs", &[]),
    ("error.rs", &["escape"]),
    ("escape.rs", &[]),
    ("clock.rs", &[]),
    ("event/", &["signal"]),
    ("filter/", &["event", "signal", "escape"]),
    ("model/", &["event", "signal", "escape"]),
    ("rules/", &["event", "signal", "filter", "escape"]),
    ("sink/", &["event", "signal", "escape", "clock", "model"]),
    ("ui/", &["event", "filter", "signal", "escape", "clock", "model"]),
    ("config/", &["clock", "escape", "signal", "ui"]),
    ("source/live/", &["event", "filter", "signal", "error", "source"]),
    ("source/", &["event", "filter", "signal", "clock", "error"]),
    ("cli", &["event", "filter", "signal", "clock"]),
    ("plan", &["cli", "clock", "config", "error", "escape", "event", "filter", "signal", "source", "ui"]),
    (
        "app",
        &[
            "cli", "escape", "clock", "config", "error", "event", "filter", "model", "plan", "rules", "signal", "sink",
            "source", "ui",
        ],
    ),
    ("main.rs", &["app", "cli", "error", "plan"]),
];

/// Words that stand only in some rooms: outside crates, `unsafe`, and what touches the world.
const ONLY_IN: [(&str, &[&str]); 18] = [
    ("unsafe", &["source/live/"]),
    ("libbpf_rs", &["source/live/"]),
    ("libbpf_sys", &["source/live/"]),
    ("procfs", &["source/live/", "app/"]),
    ("ratatui", &["ui/"]),
    ("crossterm", &["ui/"]),
    ("clap", &["cli", "main.rs"]),
    ("jiff", &["clock.rs"]),
    ("humantime", &["cli/", "rules/"]),
    ("serde_saphyr", &["rules/"]),
    ("zstd", &["sink/record.rs", "source/replay/"]),
    ("toml", &["config/"]),
    ("ureq", &["app/rules/"]),
    ("rustix", &["source/live/", "app/", "ui/term.rs"]),
    ("tokio", &["source/", "app", "ui/term.rs"]),
    ("Instant", &["app/", "source/synth"]),
    ("SystemTime", &["source/synth"]),
    ("clock_gettime", &["source/live/", "app/"]),
];

/// Parts of std that no pure room uses.
const WORLD: [&str; 6] = ["fs", "env", "net", "process", "thread", "time"];
const PURE: [&str; 9] =
    ["signal.rs", "error.rs", "escape.rs", "event/", "filter/", "model/", "rules/", "config/", "plan"];

struct Source {
    /// Below src/, with slashes.
    path: String,
    /// Without comments, texts and tests.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let read = |file: PathBuf| {
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        Source { code: code_of(&std::fs::read_to_string(&file).unwrap()), path }
    };
    let is_test = |source: &Source| source.path.ends_with("tests.rs") || source.path.contains("/tests/");
    let sources: Vec<Source> = files.into_iter().map(read).filter(|source| !is_test(source)).collect();
    assert!(sources.len() > 20);
    sources
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// The code alone: comments and texts become blanks, and what stands behind `#[cfg(test)]` at the end is cut off.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").map_or(rest.len(), |end| end + 2)
        } else if c == '"' {
            text_end(rest)
        } else if let Some(end) = character_end(rest) {
            end
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skipped..];
    }
    // Where the tests have a file of their own, code may follow.
    let is_here = |at: &usize| code[*at..].find(['{', ';']).is_some_and(|end| code[*at + end..].starts_with('{'));
    let tests = ["#[cfg(test)]\nmod ", "#[cfg(test)]\npub(crate) mod ", "#[cfg(test)]\npub(super) mod "];
    let ends = tests.iter().filter_map(|tests| code.match_indices(tests).map(|(at, _)| at).find(is_here));
    match ends.min() {
        Some(end) => code[..end].to_string(),
        None => code,
    }
}

/// Behind the closing quote of the text that begins here.
fn text_end(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Behind a character like 'x' or '\n'; nothing for a lifetime.
fn character_end(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    let len = if first == '\\' { inner[2..].find('\'')? + 2 } else { first.len_utf8() };
    inner[len..].starts_with('\'').then_some(len + 2)
}

/// The words right behind each `prefix`: one, or the first of each part of a `{list}`.
fn heads(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let parts = match rest.strip_prefix('{') {
            Some(list) => top_level_parts(list),
            None => vec![rest],
        };
        let word = |part: &str| -> String {
            part.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        found.extend(parts.into_iter().map(word).filter(|word| !word.is_empty()));
    }
    found
}

/// `a::{b, c}, d}..` -> `a::{b, c}`, `d`.
fn top_level_parts(list: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0, 0);
    let mut parts = Vec::new();
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&list[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

/// The modules that the file itself is in, from the root: `ui/view/log.rs` is `[ui, view, log]`.
fn modules(path: &str) -> Vec<&str> {
    let path = path.strip_suffix(".rs").unwrap();
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if matches!(path, "lib" | "main") { Vec::new() } else { path.split('/').collect() }
}

/// The top-level modules that the file uses by `crate::`, `sigtop::` (in main.rs) or by as many `super::` as lead out.
fn uses(source: &Source) -> BTreeSet<String> {
    let mut used = heads(&source.code, "crate::");
    used.extend(heads(&source.code, "sigtop::"));
    let depth = modules(&source.path).len();
    used.extend(heads(&source.code, &"super::".repeat(depth)).into_iter().filter(|_| depth > 0));
    used.remove("super");
    used
}

#[test]
fn every_room_uses_only_what_it_may() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path != "lib.rs") {
        let room = ROOMS.iter().find(|(room, _)| source.path.starts_with(room));
        let (_, may) = room.unwrap_or_else(|| panic!("{} is in no room of the table", source.path));
        let own = modules(&source.path).first().map(|own| own.to_string());
        let more = uses(source).into_iter().filter(|used| Some(used) != own.as_ref() && !may.contains(&used.as_str()));
        wrong.extend(more.map(|used| format!("{} uses {used}", source.path)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// source/mod.rs and synth know nothing of the live kernel, nor the live kernel of them but the common types.
#[test]
fn origins_do_not_know_each_other() {
    for source in sources().iter().filter(|source| source.path.starts_with("source/")) {
        let others = if source.path.starts_with("source/live/") { "synth" } else { "live" };
        let used = source.code.replace(&format!("pub mod {others};"), "").contains(&format!("{others}::"));
        assert!(!used, "{} uses {others}", source.path);
    }
}

#[test]
fn what_has_a_room_of_its_own_is_nowhere_else() {
    let mut wrong = Vec::new();
    for source in sources() {
        let words: BTreeSet<&str> = source.code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for (word, rooms) in ONLY_IN {
            if words.contains(word) && !rooms.iter().any(|room| source.path.starts_with(room)) {
                wrong.push(format!("{} has {word}", source.path));
            }
        }
        for world in WORLD {
            let used = heads(&source.code, "std::").contains(world);
            if used && PURE.iter().any(|room| source.path.starts_with(room)) {
                wrong.push(format!("{} uses std::{world}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The table names what is there: a room that is gone leaves the table too.
#[test]
fn every_row_has_its_room() {
    let sources = sources();
    let rooms = ROOMS.iter().map(|(room, _)| *room).chain(ONLY_IN.iter().flat_map(|(_, rooms)| rooms.iter().copied()));
    for room in rooms.chain(PURE) {
        assert!(sources.iter().any(|source| source.path.starts_with(room)), "no {room}");
    }
}

#[test]
fn the_reader_of_sources_reads() {
    let code = code_of(
        "use crate::{a::{b, c}, d}; // crate::e\nlet s = \"crate::f \\\" crate::g\"; 'x: loop { '\"' } crate::h();\n#[cfg(test)]\nmod tests { crate::i }",
    );
    assert_eq!(heads(&code, "crate::").into_iter().collect::<Vec<_>>(), ["a", "d", "h"]);
    let beside = "#[cfg(test)]\nmod tests;\nuse crate::j;\n#[cfg(test)]\nmod more { crate::k }";
    assert_eq!(heads(&code_of(beside), "crate::").into_iter().collect::<Vec<_>>(), ["j"]);
    let source = |path: &str, code: &str| Source { path: path.into(), code: code.into() };
    assert_eq!(
        uses(&source("ui/view/log.rs", "use super::super::super::model::Model;")),
        BTreeSet::from(["model".into()])
    );
    assert_eq!(uses(&source("plan.rs", "use super::cli;")), BTreeSet::from(["cli".into()]));
    assert!(uses(&source("ui/mod.rs", "use self::keys; use ui::x;")).is_empty());
}
