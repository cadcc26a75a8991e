//! Tests that stand in files of rules.

use super::*;

const RULES: &str = "\
rules:
  - {name: shadow, on: open, where: 'path:/etc/shadow', by: user}
  - {name: scan, on: connect, count: 20, within: 5s, distinct: ports, by: process}
  - {name: denied, on: signal, where: 'errno:EPERM sig:KILL', count: 5, within: 10s, enabled: false}
";

fn checked(tests: &str) -> Result<trial::Checked, Vec<Problem>> {
    let file = File { name: "t.yaml".into(), text: format!("{RULES}tests:\n{tests}") };
    trial::check(&file, &|_| None)
}

fn said(tests: &str) -> Vec<String> {
    let problems = checked(tests).map(|checked| checked.failed).unwrap_or_else(|problems| problems);
    problems.iter().map(|p| format!("{}:{}: {}", p.line, p.column, p.reason)).collect()
}

#[test]
fn events_are_made_of_what_is_given() {
    let tests = "  - name: reads
    events:
      - {kind: open, at: 1s, comm: cat, pid: 10, uid: 7, path: /etc/shadow}
      - {kind: open, at: 2s, comm: cat, pid: 12, uid: 7, path: /etc/shadow}
      - {kind: open, at: 3s, path: /etc/passwd}
    alerts: [{rule: shadow, by: user 7}, {rule: shadow, folded: 1}]
  - name: scans
    events:
      - {kind: connect, at: 1s, address: 10.0.0.1, port: 1, repeat: {times: 20, every: 10ms, vary: port}}
    alerts: [{rule: scan, count: 20}]
  - name: one port
    events:
      - {kind: connect, at: 1s, repeat: {times: 99, every: 10ms}}
    alerts: []
  - name: kills, of a rule that is switched off
    events:
      - {kind: signal, signal: KILL, sender: {comm: bash}, errno: EPERM, repeat: {times: 5, every: 10ms}}
    alerts: [denied]
";
    let checked = checked(tests).unwrap();
    assert_eq!((checked.rules, checked.tests), (3, 4));
    assert!(checked.failed.is_empty(), "{:#?}", checked.failed);
    assert!(checked.untested.is_empty());
}

#[test]
fn every_kind_is_made() {
    let kinds = "signal deliver fork exec exit rename seen cgroup open chmod move connect lost skipped clock";
    let events: String = kinds.split(' ').map(|kind| format!("      - {{kind: {kind}}}\n")).collect();
    assert_eq!(said(&format!("  - name: all\n    events:\n{events}    alerts: []\n")), [""; 0]);
}

#[test]
fn what_came_instead_is_told() {
    let tests = "  - {name: a, events: [{kind: open, path: /etc/shadow}], alerts: [{rule: shadow, folded: 2}, scan]}\n";
    assert_eq!(said(tests), ["6:58: test \"a\": expected shadow (folded 2), scan; what came: shadow"]);
}

#[test]
fn what_is_wrong_with_tests_is_told_with_its_place() {
    let tests = "  - name: a
    evnts: []
  - events: [{kind: opn}, {at: 3}, {kind: open, prot: 3}, {kind: connect, port: x}]
    name: b
    alerts: [shadwo]
  - name: c
    events: [{kind: signal, signal: KILLL}, {kind: chmod, mode: 9}, {kind: open, repeat: {times: 3, vary: path}}]
    alerts: []
";
    let expected = [
        "6:5: a test has events; add \"events: ...\"",
        "6:5: a test says which alerts come; add \"alerts: [...]\", [] for none",
        "7:5: a test has no field \"evnts\"; did you mean events?",
        "8:21: kind cannot be \"opn\"; did you mean open?",
        "8:28: an event has a kind; add \"kind: ...\": signal, deliver, fork, exec, exit, rename, seen, cgroup, open, \
         chmod, move, connect, lost, skipped, clock",
        "8:32: at is a time with its unit (250ms, 10s, 5m, 1h), not \"3\"",
        "8:49: an event has no field \"prot\"; did you mean port?",
        "8:81: port cannot be \"x\"",
        "10:14: no rule here is called \"shadwo\"; did you mean shadow?",
        "12:37: no signal is called \"KILLL\"; did you mean SIGKILL?",
        "12:65: mode cannot be \"9\"",
        "12:107: vary: this event has no number \"path\"",
    ];
    assert_eq!(said(tests), expected);
}

/// `time` counts, and a line of the JSON is taken as it is.
#[test]
fn times_and_lines_of_the_json_are_understood() {
    let tests = r#"  - name: too slow
    events: [{kind: connect, port: 1, repeat: {times: 19, every: 1ms, vary: port}}, {kind: connect, time: 6s, port: 99}]
    alerts: []
  - name: in time
    events: [{kind: connect, port: 1, repeat: {times: 19, every: 1ms, vary: port}}, {kind: connect, time: 4s, port: 99}]
    alerts: [scan]
  - name: json
    events:
      - {"v":1,"type":"open","time":"2026-11-20T17:00:00.5Z","mono_ns":8123456789,"pid":10,"tid":10,"uid":1000,"comm":"cat","start_ns":5,"path":"/etc/shadow","flags":["read"]}
      - {type: lost, kind: open, count: 3}
    alerts: [shadow]
  - name: times of day
    events:
      - {type: connect, time: "2026-11-20T17:00:00Z", port: 1, repeat: {times: 19, every: 1ms, vary: port}}
      - {type: connect, time: "2026-11-20T17:00:06Z", port: 99}
    alerts: []
"#;
    assert_eq!(said(tests), [""; 0]);
    assert!(said("  - {name: a, events: [{kind: open, time: soon}], alerts: []}\n")[0].contains("time is a time"));
}
