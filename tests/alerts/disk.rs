//! The alert log where there is no more room: a limit on the size of files, which takes half a line as a full disk does,
//! and which nobody has to be root for.

use super::*;

/// Runs it with files of 16 KiB at most; without the signal that comes with such a limit.
fn run_small(args: &[&str]) -> Output {
    let script = r#"ulimit -f 32; exec "$0" "$@""#;
    Command::new("sh").args(["-c", script, SIGTOP]).args(args).stdin(Stdio::null()).output().unwrap()
}

/// How many alerts are said not to be there.
fn missing(said: &str) -> usize {
    let count = |line: &str| line.split_once(" alert")?.0.rsplit(' ').next()?.parse::<usize>().ok();
    said.lines().filter(|line| line.contains(" not in ")).filter_map(count).sum()
}

/// The kernel takes as much of a line as there is room for: that is taken back.
#[test]
fn a_line_of_which_only_half_found_room_is_not_there() {
    let room = Room::new("torn");
    let recording = recording(&room);
    let file = rules(&room, "rules:\n  - name: all\n    on: signal\n    debounce: 0s\n");
    let log = room.at("alerts.jsonl");
    let args = ["log", "--replay", &recording, "--rules", &file, "--alerts-only"];
    let all = text(&run(&args).stdout).lines().count();
    let said = text(&run_small(&[&args[..], &["--alert-log", log.to_str().unwrap()]].concat()).stderr);
    assert!(said.contains("(ulimit -f); alerts go on elsewhere"), "{said}");
    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.ends_with("}\n") && logged.len() <= 16 << 10, "{logged}");
    assert!(logged.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{logged}");
    assert_eq!(logged.lines().count() + missing(&said), all, "{said}");
}
