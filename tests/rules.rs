//! `sigtop rules` by the real program: exit codes, what is said where, and the table of a recording.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests: a wrong test stops here

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const GOOD: &str = "rules:
  - {name: shadow, on: open, where: 'path:/etc/shadow'}
  - {name: kills, on: signal, where: 'sig:KILL'}
tests:
  - {name: read, events: [{kind: open, path: /etc/shadow}], alerts: [shadow]}
";

/// A file of this test's own, taken away again.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Scratch {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Scratch(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Exit code, standard output, standard error.
fn rules(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    let Output { status, stdout, stderr } = command.arg("rules").args(args).stdin(Stdio::null()).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn check_tells_by_its_exit_code() {
    let good = Scratch::new("good.yaml", GOOD);
    let (code, out, err) = rules(&["check", good.path()]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.ends_with(": 2 rules, 1 test, all passed; no test makes these fire: kills\n"), "{out}");

    let failed = Scratch::new("failed.yaml", &GOOD.replace("alerts: [shadow]", "alerts: []"));
    let (code, out, err) = rules(&["check", failed.path()]);
    assert!(code == 1 && out.contains("1 failed") && err.contains("what came: shadow"), "{code} {out} {err}");

    let wrong = Scratch::new("wrong.yaml", &GOOD.replace("on: open", "on: opne"));
    let (code, _, err) = rules(&["check", wrong.path()]);
    assert!(code == 2 && err.contains("did you mean open?"), "{code} {err}");

    let (code, _, err) = rules(&["check", good.path(), good.path()]);
    assert!(code == 2 && err.contains("is named twice"), "{code} {err}");
}

#[test]
fn the_built_in_rules_are_well() {
    let (code, out, err) = rules(&["check", "builtin"]);
    assert!(code == 0 && out.ends_with(", all passed\n") && err.is_empty(), "{code} {out} {err}");
}

/// A recording without opens: a rule about them is not said to have seen nothing.
#[test]
fn a_recording_is_tested_and_what_it_lacks_is_told() {
    let good = Scratch::new("tried.yaml", GOOD);
    let recorded = r#"{"v":1,"type":"header","mono_ns":8000000000,"version":"0.1.0","host":"web-1","kernel":"6.18.44","arch":"x86_64","offset_ns":0}
{"v":1,"type":"seen","mono_ns":8000000001,"pid":10,"tid":10,"uid":0,"comm":"bash","start_ns":5,"ppid":1,"parent_start_ns":1}
"#;
    let open = r#"{"v":1,"type":"open","mono_ns":8000000002,"pid":10,"tid":10,"uid":0,"comm":"bash","start_ns":5,"path":"/etc/shadow","flags":["read"]}
"#;
    let without = Scratch::new("without.jsonl", recorded);
    let (code, out, err) = rules(&["test", good.path(), "--replay", without.path()]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("shadow  medium             0         0         0  never fired"), "{out}");
    assert!(err.contains("this recording holds no open events: record with --events open or with --rules"), "{err}");

    let with = Scratch::new("with.jsonl", &format!("{recorded}{open}"));
    let (code, out, err) = rules(&["test", good.path(), "--replay", with.path()]);
    assert!(code == 0 && !err.contains("holds no"), "{code} {err}");
    assert!(out.contains("ALERT") && out.contains("shadow  medium             1         1         0\n"), "{out}");
}

/// Exit code, standard output, standard error, with this on standard input.
fn fed(args: &[&str], input: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()); // who refuses it does not read it
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn check_reads_standard_input() {
    let (code, out, err) = fed(&["rules", "check", "-"], GOOD);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("standard input: 2 rules, 1 test, all passed"), "{out}");
    let (code, _, err) = fed(&["rules", "check", "-"], &GOOD.replace("on: open", "on: opne"));
    assert!(code == 2 && err.contains("standard input:2:24: "), "{code} {err}");
    let (code, _, err) = fed(&["rules", "check", "-"], &"#".repeat(5 << 20));
    assert!(code == 2 && err == "sigtop: standard input is larger than 4 MiB: no file of rules is\n", "{code} {err}");
    // A run reads its rules again.
    let (code, _, err) = fed(&["log", "--demo", "--rules", "-"], GOOD);
    assert!(code == 2 && err.starts_with("sigtop: rules are read from files"), "{code} {err}");
    assert!(err.contains("sigtop rules check -"), "{err}");
}

/// What is no file of rules is refused at once.
#[test]
fn what_is_no_file_of_rules_is_refused() {
    let here = env!("CARGO_TARGET_TMPDIR");
    let pipe = Scratch(PathBuf::from(here).join(format!("{}-pipe", std::process::id())));
    assert!(Command::new("mkfifo").arg(pipe.path()).status().unwrap().success());
    let large = Scratch::new("large.yaml", "");
    std::fs::File::options().write(true).open(&large.0).unwrap().set_len(100 << 20).unwrap();
    let empty = Scratch::new("empty.yaml", "");
    let binary = Scratch::new("binary.yaml", "");
    std::fs::write(&binary.0, [0xff, 0xfe]).unwrap();
    for (path, why) in [
        (here, "that is a directory"),
        ("/dev/zero", "larger than 4 MiB"),
        (large.path(), "larger than 4 MiB"),
        (pipe.path(), "is a pipe: rules are read from files"), // nobody writes: it must not wait
        ("/dev/null", "no rules here; a file begins with \"rules:\""),
        (empty.path(), "no rules here; a file begins with \"rules:\""),
        (binary.path(), "not UTF-8"),
        ("/nonexistent/rules.yaml", "no such file"),
    ] {
        let (code, _, err) = rules(&["check", path]);
        assert!(code == 2 && err.contains(path) && err.contains(why), "{path}: {code} {err}");
        assert!(err.lines().all(|line| !matches!(line.trim(), "" | "^")), "nothing is shown of nothing: {err}");
    }
}

/// Rules of which none is in force are no mistake; but who runs them is told that nothing can come of it.
#[test]
fn where_no_rule_is_in_force_that_is_said() {
    let off = GOOD
        .replace("{name: shadow,", "{name: shadow, enabled: false,")
        .replace("{name: kills,", "{name: kills, enabled: false,");
    let off = off.split("tests:").next().unwrap();
    let recording = Scratch::new(
        "nothing.jsonl",
        "{\"v\":1,\"type\":\"header\",\"mono_ns\":1,\"version\":\"0.1.0\",\"host\":\"web-1\",\"kernel\":\"6.18.44\",\"arch\":\"x86_64\",\"offset_ns\":0}\n",
    );
    for (name, text, is_said) in [("none.yaml", "rules: []\n", true), ("off.yaml", off, true), ("on.yaml", GOOD, false)]
    {
        let file = Scratch::new(name, text);
        assert_eq!(rules(&["check", file.path()]).0, 0, "{text}");
        let (code, _, err) = fed(&["log", "--rules", file.path(), "--replay", recording.path()], "");
        assert_eq!((code, err.contains("no rule is in force: no alert can come")), (0, is_said), "{text}: {err}");
    }
}
