//! `sigtop rules` by the real program: exit codes, what is said where, and the table of a recording.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests: a wrong test stops here

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
