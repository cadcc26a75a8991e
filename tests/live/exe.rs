//! `exe` of an exec: the file that runs, as the kernel resolved it, whatever the caller wrote (tests/zoo/deed.c).

use crate::deeds::{Place, deed};
use crate::harness::{self, Line, Sigtop};
use crate::zoo::sigzoo;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// The last exec of this process: file as it was named, and exe.
fn ran(lines: &[Line], pid: u32) -> (String, String) {
    let of_it = |line: &&Line| line.json["type"] == "exec" && line.json["pid"] == pid && line.json["errno"].is_null();
    let last = lines.iter().rfind(of_it).unwrap_or_else(|| panic!("no exec of {pid}"));
    let text = |key: &str| last.json[key].as_str().unwrap_or_else(|| panic!("no {key}: {}", last.text)).to_string();
    (text("filename"), text("exe"))
}

#[test]
fn what_runs_is_told_as_the_kernel_resolved_it() {
    let Some(_leave) = harness::beside_others("what_runs_is_told_as_the_kernel_resolved_it") else { return };
    let place = Place::new("exe");
    let program = |name: &str| {
        let program = place.program(name);
        deed(&["chmod", "plain", &program]);
        program
    };
    let zoo = fs::canonicalize(sigzoo().get_program()).unwrap().to_str().unwrap().to_string();
    let sigtop = Sigtop::start(&["--events", "signal,exec", "-s", "URG"]);
    let mut expected = Vec::new();
    for way in ["plain", "relative", "at", "self-fd", "symlink", "unlinked"] {
        let file = program(way);
        expected.push((way, deed(&["exec", way, &file]).0, file));
    }
    let file = program("memory");
    expected.push(("memory", deed(&["exec", "memory", &file]).0, "/memfd:in-memory".into()));
    expected.push(("self-exe", deed(&["exec", "self-exe", &file]).0, zoo));
    // Of a script, its interpreter; and that by a link.
    let interpreter = program("interpreter");
    symlink(&interpreter, place.path("link")).unwrap();
    for way in ["plain", "relative", "symlink", "self-fd"] {
        let script = place.file(&format!("script-{way}"));
        harness::write_script(Path::new(&script), &format!("#!{} exit\n", place.path("link")));
        deed(&["chmod", "plain", &script]);
        expected.push((way, deed(&["exec", way, &script]).0, interpreter.clone()));
    }
    let lines = sigtop.stop();
    let wrong: Vec<String> = expected
        .iter()
        .map(|(way, pid, exe)| (way, exe, ran(&lines, *pid)))
        .filter(|(_, exe, (_, told))| *exe != told)
        .map(|(way, exe, (filename, told))| format!("{way}: {told} and not {exe}; named {filename}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // As the caller named it stands beside it.
    let named = |at: usize| ran(&lines, expected[at].1).0;
    assert_eq!([named(1), named(4)], ["./relative".into(), place.path("symlink.symlink")]);
}
