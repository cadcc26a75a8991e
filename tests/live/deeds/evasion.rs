//! What is done to a file that is watched is told whatever the caller calls it, and whichever call he takes.

use super::{Place, alerts, deed, fired, of, watch};
use crate::harness::{self, Sigtop};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every way of sigzoo to open a file (tests/zoo/deed.c) that opens it under its own name, whatever the caller wrote.
const BY_ITS_NAME: [&str; 11] = [
    "plain",
    "relative",
    "dotted",
    "openat2",
    "in-root",
    "symlink",
    "self-root",
    "self-cwd",
    "again",
    "handle",
    "passed-path",
];
/// Those in which it has another name then, or is somewhere else.
const BY_ANOTHER: [&str; 4] = ["hard-link", "renamed", "bind-mount", "chroot"];

fn rules(place: &Place) -> String {
    let text = format!(
        "rules:\n  - {{name: key, on: open, where: 'path:{}', debounce: 0s}}\n  - {{name: vault, on: open, where: 'path:{}/**', \
         debounce: 0s}}\n  - {{name: made, on: chmod, where: 'mode:+x path:{}/**', then: {{on: exec, same: path, within: 1m}}, debounce: 0s}}\n",
        place.path("vault/key"),
        place.path("vault"),
        place.path("bin"),
    );
    let path = place.path("rules.yaml");
    fs::write(&path, text).unwrap();
    path
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).into()).collect()
}

#[test]
fn no_way_to_open_a_file_slips_by() {
    let Some(_leave) = harness::beside_others("no_way_to_open_a_file_slips_by") else { return };
    let place = Place::new("evasion-open");
    let key = place.file("vault/key");
    let beside = place.file("beside");
    let sigtop = watch(&rules(&place));
    let ways: Vec<&str> = [&BY_ITS_NAME[..], &BY_ANOTHER, &["bound-directory"]].concat();
    let done: Vec<(&str, u32)> = ways.iter().map(|way| (*way, deed(&["open", way, &key]).0)).collect();
    let (reader, opener) = deed(&["open", "by-another", &key]);
    let (harmless, _) = deed(&["open", "plain", &beside]);
    let (ring, _) = deed(&["open", "io-uring", &key]);
    let lines = sigtop.stop();
    let alerts = alerts(&lines);
    let mut wrong = Vec::new();
    for (way, pid) in done {
        let fired = fired(&alerts, pid);
        if !fired.contains("key") || BY_ITS_NAME.contains(&way) && fired != set(&["key", "vault"]) {
            wrong.push(format!("{way}: {fired:?}"));
        }
    }
    // Who opens is told, not who reads what was handed over: he opens nothing.
    let opener: u32 = opener.trim().parse().unwrap();
    let told: Vec<u32> = of(&alerts, reader).iter().filter_map(|alert| Some(alert.who?.key.pid)).collect();
    assert!(told.contains(&opener) && !told.contains(&reader), "{told:?}");
    assert!(fired(&alerts, harmless).is_empty());
    let by_ring = fired(&alerts, ring);
    let blind = roads().iter().any(|road| road.contains("io_uring's are not seen"));
    assert!(by_ring.contains("key") || blind, "io_uring slips by, and nobody says so");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Who asks for every open beside the rules does not make them blind: a file is known by its inode all the same.
#[test]
fn nor_where_every_open_is_asked_for() {
    let Some(_leave) = harness::beside_others("nor_where_every_open_is_asked_for") else { return };
    let place = Place::new("evasion-every-open");
    let (key, beside) = (place.file("vault/key"), place.file("beside"));
    let sigtop = Sigtop::start(&["--rules", &rules(&place), "--events", "open,signal,alert", "-s", "URG"]);
    let done = BY_ANOTHER.map(|way| (way, deed(&["open", way, &key]).0));
    let (harmless, _) = deed(&["open", "hard-link", &beside]);
    let lines = sigtop.stop();
    let alerts = alerts(&lines);
    let missed: Vec<&str> =
        done.iter().filter(|(_, pid)| !fired(&alerts, *pid).contains("key")).map(|(way, _)| *way).collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert!(fired(&alerts, harmless).is_empty());
}

/// Whether all that is seen of a chmod here is what the caller wrote: no mode that was before, no descriptor of his.
pub fn is_as_written() -> bool {
    roads().iter().any(|road| road.contains("changed modes") && road.contains("what the caller wrote"))
}

/// What this sigtop says of the roads that it takes.
fn roads() -> Vec<String> {
    let source = sigtop::source::live::open(sigtop::source::live::Options {
        buffer: 1 << 20,
        threads: false,
        filter: sigtop::filter::Filter::parse("kind:open,chmod", &|_| None).unwrap(),
        narrows: sigtop::filter::sieve::Narrows::All,
        facts: Default::default(),
    });
    let header = source.unwrap().header;
    header.roads.into_iter().chain(header.missing).collect()
}

#[test]
fn no_way_to_make_a_file_executable_slips_by() {
    let Some(_leave) = harness::beside_others("no_way_to_make_a_file_executable_slips_by") else { return };
    let place = Place::new("evasion-chmod");
    fs::create_dir(place.path("bin")).unwrap();
    let sigtop = watch(&rules(&place));
    let mut wrong = Vec::new();
    let mut done = Vec::new();
    for way in ["plain", "fd", "self-fd", "thread-fd", "dev-fd", "self-root", "at", "at2", "symlink"] {
        let program = place.program(&format!("bin/chmod-{way}"));
        deed(&["chmod", way, &program]);
        done.push((format!("chmod {way}"), deed(&["exec", "plain", &program]).0));
    }
    for way in ["plain", "relative", "at", "self-fd", "symlink"] {
        let program = place.program(&format!("bin/exec-{way}"));
        deed(&["chmod", "plain", &program]);
        done.push((format!("exec {way}"), deed(&["exec", way, &program]).0));
        let script = place.file(&format!("bin/script-{way}"));
        harness::write_script(Path::new(&script), "#!/bin/sh\ntrue\n");
        deed(&["chmod", "plain", &script]);
        // A script by a descriptor or a link: its name is what the kernel gives its interpreter.
        if matches!(way, "plain" | "relative") {
            done.push((format!("script {way}"), deed(&["exec", way, &script]).0));
        }
    }
    // What is promised is the file: a copy under another name is another file, made with its mode, and no mode changed.
    let program = place.program("bin/original");
    deed(&["chmod", "plain", &program]);
    let copy = place.path("copy");
    assert!(std::process::Command::new("cp").args([&program, &copy]).status().unwrap().success());
    let (copied, _) = deed(&["exec", "plain", &copy]);
    let lines = sigtop.stop();
    let alerts = alerts(&lines);
    let is_as_written = is_as_written();
    for (way, pid) in done {
        if is_as_written && way == "chmod symlink" {
            continue; // it may be gone a moment later: said by the road
        }
        if fired(&alerts, pid) != set(&["made"]) {
            wrong.push(format!("{way}: {:?}", fired(&alerts, pid)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fired(&alerts, copied).is_empty(), "a copy is another file");
}
