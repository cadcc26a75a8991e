//! What people meet on the command line: the messages, the exit codes of SPEC, pipes.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

const SIGTOP: &str = env!("CARGO_BIN_EXE_sigtop");

fn sigtop(args: &[&str]) -> Command {
    let mut command = Command::new(SIGTOP);
    command.args(args).stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A copy of the program that anybody may run: the build directory may be closed to others.
fn open_copy(name: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let dir = std::env::temp_dir().join(format!("sigtop-cli-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    let copy = dir.join("sigtop");
    // By another process: a child of another test may inherit a descriptor that writes, and then it is a busy file.
    assert!(Command::new("cp").arg(SIGTOP).arg(&copy).status().unwrap().success());
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap(); // whatever the mask
    copy
}

/// Past the test runner's capture, for a skip must be seen.
fn skipped(why: &str, name: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED ({why}): {name}");
}

#[test]
fn help_begins_with_the_purpose_and_has_examples() {
    let (code, out, _) = run(&mut sigtop(&["--help"]));
    assert_eq!(code, 0);
    assert!(out.starts_with("top for signals"), "{out}");
    assert!(out.contains("sudo sigtop log"), "{out}");
    assert_eq!(run(&mut sigtop(&["--version"])).1, format!("sigtop {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_right() {
    for (args, said) in [
        (&["-s", "SIGTREM"][..], "did you mean SIGTERM?"),
        (&["log", "-s", "99"][..], "number from 1 to 64"),
        (&["log", "--events", "banana"][..], "signal, deliver, fork, exec, exit"),
        (&["log", "--format", "xml"][..], "json"),
        (&["--buffer", "lots"][..], "16M"),
        (&["logs"][..], "log"),
    ] {
        let (code, _, err) = run(&mut sigtop(args));
        assert_eq!(code, 2, "{args:?}: {err}");
        assert!(err.contains(said), "{args:?}: {err}");
    }
}

#[test]
fn without_a_terminal_lines_are_printed_and_that_is_said_once() {
    let mut child = sigtop(&["--demo"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with('['));
    drop(lines);
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(err.matches("sigtop log").count(), 1, "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(child.wait().unwrap().success(), "a closed pipe is a normal end");
}

#[test]
fn a_pipe_that_nobody_reads_any_more_ends_it_also_while_nothing_happens() {
    // Nothing but renames is asked for, of which there are none: only the closed pipe can end it.
    let mut child =
        sigtop(&["--demo", "log", "--events", "rename", "--format", "json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut header = String::new();
    out.read_line(&mut header).unwrap();
    assert!(header.contains(r#""type":"header""#), "{header}");
    drop(out);
    assert!(child.wait().unwrap().success());
}

#[test]
fn signals_end_it_cleanly_even_when_its_reader_is_stuck() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut command = Command::new("env");
        command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_sigtop")]); // the tests may run under nohup
        command.args(["--demo", "log", "--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut String::new()).unwrap();
        // The demo's history is more than a pipe holds: from here on it is stuck in writing.
        kill_process(Pid::from_raw(child.id() as i32).unwrap(), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal:?}");
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "sigtop: the last lines are not written: for two seconds nobody read them\n", "{signal:?}");
    }
}

#[test]
fn a_full_disk_is_said() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = sigtop(&["--demo", "log"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(err.contains("No space left"), "{err}");
}

#[test]
fn a_file_that_may_not_grow_any_more_is_said() {
    let file = std::env::temp_dir().join(format!("sigtop-cli-{}-limit", std::process::id()));
    let script = "ulimit -f 8; exec \"$0\" --demo log >\"$1\"";
    let mut command = Command::new("bash");
    let (code, _, err) = run(command.args(["-c", script, SIGTOP]).arg(&file).stdin(Stdio::null()));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("cannot write to standard output") && err.contains("arge"), "{err}");
}

/// As where its words go to a file on a full disk: what they would have said is in the exit code.
#[test]
fn where_nothing_can_be_said_the_exit_code_still_tells() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let dir = std::env::temp_dir().join(format!("sigtop-cli-{}-full", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let (wrong, empty) = (dir.join("wrong.toml"), dir.join("empty.jsonl"));
    std::fs::write(&wrong, "nope = 1\n").unwrap();
    // A recording of nothing: its header alone.
    let mut lines = sigtop(&["--demo", "log", "--format", "json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut header = String::new();
    BufReader::new(lines.stdout.take().unwrap()).read_line(&mut header).unwrap();
    lines.wait().unwrap();
    std::fs::write(&empty, header).unwrap();
    for (code, args) in [
        (2, vec!["log", "sig:"]),
        (2, vec!["--config", "/nonexistent/config.toml", "log"]),
        (2, vec!["--config", wrong.to_str().unwrap(), "config", "--check"]),
        (1, vec!["why", "--replay", empty.to_str().unwrap(), "2147483647"]),
    ] {
        let output = sigtop(&args).stderr(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}");
    }
    // That it prints lines, for there is no terminal.
    let mut child = sigtop(&["--demo"]).stdout(Stdio::piped()).stderr(full()).spawn().unwrap();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    std::fs::remove_dir_all(&dir).unwrap();
}

/// By one who has no capability.
fn unprivileged(copy: &str) -> Command {
    if !is_root() {
        return sigtop(&[]);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]).arg(open_copy(copy));
    command
}

#[test]
fn without_privileges_it_says_what_it_needs() {
    let mut command = unprivileged("caps");
    let (code, out, err) = run(command.arg("log"));
    assert_eq!((code, out.as_str()), (3, ""), "{err}");
    assert!(err.contains("CAP_BPF") && err.contains("sudo") && err.contains("--demo"), "{err}");
    assert!(err.lines().count() <= 2, "{err}");
}

/// Line by line, with the remedy for each "no".
#[test]
fn doctor_says_what_is_missing_and_what_to_do() {
    let mut command = unprivileged("doctor");
    let (code, out, err) = run(command.arg("doctor"));
    assert_eq!((code, err.as_str()), (3, ""), "{out}");
    let privileges = out.split_once("no   privileges  ").unwrap().1;
    let (says, remedy) = privileges.split_once("-> ").unwrap();
    assert!(says.contains("CAP_BPF") && remedy.contains("sudo setcap"), "{out}");
    assert!(out.contains("\nyes  BTF ") && out.contains("\nno   capture     not tried"), "{out}");
    assert!(out.lines().all(|line| line.len() <= 80), "{out}");
}

#[test]
fn without_btf_it_says_so() {
    if !is_root() {
        return skipped("needs root", "without_btf_it_says_so");
    }
    let script = format!("mount -t tmpfs none /sys/kernel/btf && exec {SIGTOP} log");
    let (code, _, err) = run(Command::new("unshare").args(["--mount", "sh", "-c", &script]));
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("BTF") && err.contains("CONFIG_DEBUG_INFO_BTF"), "{err}");
    let (code, out, _) = run(Command::new("unshare").args(["--mount", "sh", "-c", &script.replace("log", "doctor")]));
    assert!(code == 3 && out.contains("no   BTF ") && out.contains("CONFIG_DEBUG_INFO_BTF"), "{out}");
}

#[test]
fn root_of_a_user_namespace_is_not_root_enough() {
    if !is_root() {
        return skipped("needs root", "root_of_a_user_namespace_is_not_root_enough");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "unshare", "--user", "--map-root-user"]);
    let (code, _, err) = run(command.arg(open_copy("userns")).arg("log"));
    if err.contains("unshare failed") || err.contains("/proc/self/uid_map") {
        return skipped("no user namespaces here", "root_of_a_user_namespace_is_not_root_enough");
    }
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("container"), "{err}");
    assert!(err.lines().count() <= 2, "{err}");
}

/// Between the markers stands what the tables say; `SIGTOP_UPDATE=1` writes it.
#[test]
fn the_readme_lists_the_keys_terms_and_rules_that_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let (keys, filters) = (sigtop::ui::keys::readme_table(), sigtop::filter::readme_table());
    for (name, table) in [("keys", keys), ("filters", filters), ("rules", rules_table())] {
        let readme = std::fs::read_to_string(path).unwrap();
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let (before, rest) = readme.split_once(&begin).unwrap();
        let (found, after) = rest.split_once(&end).unwrap();
        if std::env::var_os("SIGTOP_UPDATE").is_some() {
            std::fs::write(path, format!("{before}{begin}{table}{end}{after}")).unwrap();
        } else {
            assert_eq!(found, table);
        }
    }
}

/// The rules that come with the program.
fn rules_table() -> String {
    let files = sigtop::rules::RuleSet::builtin();
    let rules = sigtop::rules::RuleSet::read(&files, &|_| None).unwrap();
    let row = |rule: &Arc<sigtop::rules::Rule>| {
        let info = &rule.info;
        let words =
            [&info.description, &info.false_alarms].map(|words| words.trim().replace('|', "\\|").replace('\n', " "));
        format!("| `{}` | {} | {} | {} |\n", info.name, info.severity.word(), words[0], words[1])
    };
    "| rule | severity | fires when | harmless when |\n|---|---|---|---|\n".to_string()
        + &rules.enabled().map(row).collect::<String>()
}

/// The example of the settings lies beside the README, and is written by the same command.
#[test]
fn with_the_readme_goes_an_example_of_the_settings() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/config.example.toml");
    let text = sigtop::config::write(&sigtop::config::Config::default());
    if std::env::var_os("SIGTOP_UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    let (code, out, err) = run(sigtop(&["config"]).env("XDG_CONFIG_HOME", "/nonexistent"));
    assert_eq!((code, out.as_str(), err.as_str()), (0, &*text, ""));
}
