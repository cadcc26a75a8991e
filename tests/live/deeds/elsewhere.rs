//! What is watched is told of where it has another inode than the one that was looked up, or is found by its name alone:
//! in another root, mounted elsewhere, made anew, deep below. All in this test's own directory and mounts.

use super::{Place, alerts, done, fired, watch};
use crate::harness;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Of each rule its name and what it looks for. `stray` fires for nothing here, but makes the kernel match by name.
const RULES: [(&str, &str, &str); 8] = [
    ("key", "open", "PLACE/vault/key"),
    ("vault", "open", "PLACE/vault/**"),
    ("stray", "open", "/nowhere/*/key"),
    ("both", "open", "PLACE/both"),
    ("in-both", "open", "PLACE/both/**"),
    ("nested", "open", "PLACE/*/.keys/**"),
    ("anew", "open", "PLACE/anew/**"),
    ("taken", "move", "PLACE/vault/**"),
];

/// Another root, with nothing in it but this file, at the same path; what opens it there is the shell.
const ROOT: &str = "mount -t tmpfs none PLACE/root && mkdir -p PLACE/root/old PLACE/rootPLACE/vault/deep \
    && echo >PLACE/rootPLACE/vault/key && echo >PLACE/rootPLACE/vault/deep/other && cd PLACE/root && pivot_root . old && cd /";

/// What is done in mounts of its own, by one shell each, and which rules must fire for that.
const DEEDS: [(&str, &str, &[&str]); 12] = [
    ("plain", ": <PLACE/vault/key", &["key", "vault"]),
    ("beside", ": <PLACE/beside", &[]),
    ("another root, a file", "ROOT && : <PLACE/vault/key", &["key", "vault"]),
    ("another root, below a directory", "ROOT && : <PLACE/vault/deep/other", &["vault"]),
    (
        "another root, a file that is mounted by itself",
        "mount --bind PLACE/beside PLACE/vault/key && : <PLACE/vault/key",
        &["key", "vault"],
    ),
    (
        "another directory mounted there",
        "mount --bind PLACE/strangers PLACE/vault && : <PLACE/vault/key",
        &["key", "vault"],
    ),
    ("mounted elsewhere", "mount --bind PLACE/vault PLACE/mnt && : <PLACE/mnt/key", &["key", "vault"]),
    (
        "mounted elsewhere, another of its files",
        "mount --bind PLACE/vault PLACE/mnt && : <PLACE/mnt/sub/key",
        &["vault"],
    ),
    ("watched itself too", "mount --bind PLACE/both PLACE/mnt && : <PLACE/mnt/file", &["in-both"]),
    ("far below a directory of a name", ": <PLACE/home/.keys/a/b/key", &["nested"]),
    ("made anew", "rm -r PLACE/anew && mkdir PLACE/anew && : >PLACE/anew/file", &["anew"]),
    (
        "taken from where it is mounted",
        "mount --bind PLACE/vault PLACE/mnt && mv -T PLACE/mnt/loot PLACE/mnt/../mnt/loot2",
        &["taken"],
    ),
];

#[test]
fn what_is_elsewhere_does_not_slip_by() {
    let Some(_leave) = harness::beside_others("what_is_elsewhere_does_not_slip_by") else { return };
    let place = Place::new("elsewhere");
    let root = place.path("");
    let here = |text: &str| text.replace("ROOT", ROOT).replace("PLACE", root.trim_end_matches('/'));
    for file in [
        "beside",
        "vault/key",
        "vault/sub/key",
        "vault/loot",
        "strangers/key",
        "both/file",
        "home/.keys/a/b/key",
        "anew/file",
    ] {
        place.file(file);
    }
    for directory in ["root", "mnt"] {
        fs::create_dir(place.path(directory)).unwrap();
    }
    let rule = |(name, on, path): &(&str, &str, &str)| {
        format!("  - {{name: {name}, on: {on}, where: 'path:{}', debounce: 0s}}\n", here(path))
    };
    let rules = place.path("rules.yaml");
    fs::write(&rules, format!("rules:\n{}", RULES.iter().map(rule).collect::<String>())).unwrap();
    let sigtop = watch(&rules);
    let pids = DEEDS.map(|(what, script, _)| {
        let script = here(script);
        done(Command::new("unshare").args(["-m", "--propagation", "private", "sh", "-c", &script]), &[what]).0
    });
    let lines = sigtop.stop();
    let alerts = alerts(&lines);
    let is_as_written = super::evasion::is_as_written();
    let mut wrong = Vec::new();
    for ((what, _, expected), pid) in DEEDS.iter().zip(pids) {
        if is_as_written && expected.contains(&"taken") {
            continue; // by a path of his own mounts, which are not sigtop's: said by the road
        }
        let expected: BTreeSet<String> = expected.iter().map(|rule| (*rule).into()).collect();
        if fired(&alerts, pid) != expected {
            wrong.push(format!("{what}: {:?}", fired(&alerts, pid)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A file alone is looked for by its name in a directory of that name; nothing else makes the kernel look here.
#[test]
fn a_file_is_found_in_another_root_without_help() {
    let Some(_leave) = harness::beside_others("a_file_is_found_in_another_root_without_help") else { return };
    let place = Place::new("elsewhere-alone");
    let (key, root) = (place.file("vault/key"), place.path(""));
    fs::create_dir(place.path("root")).unwrap();
    let rules = place.path("rules.yaml");
    fs::write(&rules, format!("rules:\n  - {{name: key, on: open, where: 'path:{key}', debounce: 0s}}\n")).unwrap();
    let sigtop = watch(&rules);
    let run = |what: &str, script: &str| {
        let script = script.replace("ROOT", ROOT).replace("PLACE", root.trim_end_matches('/'));
        done(Command::new("unshare").args(["-m", "--propagation", "private", "sh", "-c", &script]), &[what]).0
    };
    let pids = [run("the file", "ROOT && : <PLACE/vault/key"), run("another", "ROOT && : <PLACE/vault/deep/other")];
    let lines = sigtop.stop();
    let alerts = alerts(&lines);
    assert_eq!(pids.map(|pid| fired(&alerts, pid).len()), [1, 0]);
}

/// Deeper than a path is told, and deeper than one stretch of the kernel's search.
#[test]
fn nothing_is_too_deep() {
    let Some(_leave) = harness::beside_others("nothing_is_too_deep") else { return };
    let place = Place::new("deep");
    let rules = place.path("rules.yaml");
    let text =
        format!("rules:\n  - {{name: vault, on: open, where: 'path:{}', debounce: 0s}}\n", place.path("vault/**"));
    fs::write(&rules, text).unwrap();
    let depths = [3, 31, 32, 33, 47, 64, 65, 300, 900];
    let long = [4, 9].map(|times| format!("vault/{}file", format!("{}/", "n".repeat(255)).repeat(times)));
    let files: Vec<String> =
        depths.iter().map(|depth| format!("vault/{}file", "d/".repeat(*depth))).chain(long).collect();
    for file in &files {
        assert!(Path::new(&place.file(file)).exists());
    }
    let sigtop = watch(&rules);
    let pids: Vec<u32> = files
        .iter()
        .map(|file| done(Command::new("sh").args(["-c", ": <\"$0\"", &place.path(file)]), &[file]).0)
        .collect();
    let lines = sigtop.stop();
    let alerts = alerts(&lines);
    let blind: Vec<&String> =
        files.iter().zip(pids).filter(|(_, pid)| fired(&alerts, *pid).is_empty()).map(|(file, _)| file).collect();
    let blind: Vec<(usize, usize)> = blind.iter().map(|file| (file.matches('/').count(), file.len())).collect();
    assert!(blind.is_empty(), "directories and bytes: {blind:?}");
}
