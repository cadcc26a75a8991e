//! The engine against one that is slow and plain: it keeps every event, and counts again at each. Over any stream and
//! any rules both give the same alerts. And: whatever comes, what is kept stays within bounds.

use super::*;
use crate::rules::holds::HOLDS_MAX;
use crate::rules::keys::Key;
use crate::rules::windows::{KEYS_MAX, Span, Windows};
use proptest::collection::vec;
use proptest::prelude::*;

/// A rule of the slow engine: what it counts is given as functions of an event.
#[derive(Clone, Debug)]
struct Plain {
    by_process: bool,
    counting: Option<(usize, u64, bool)>,
    debounce_ms: u64,
}

impl Plain {
    fn yaml(&self, at: usize) -> String {
        let by = if self.by_process { ", by: process" } else { "" };
        let count = self.counting.map_or(String::new(), |(count, within, distinct)| {
            let distinct = if distinct { ", distinct: ports" } else { "" };
            format!(", count: {count}, within: {within}ms{distinct}")
        });
        format!("  - {{name: r{at}, on: connect, debounce: {}ms{by}{count}}}\n", self.debounce_ms)
    }
}

/// An event: when, whose, which port.
type Step = (u64, u32, u16);

/// What is to come of it: time, rule, folded.
type Told = (u64, usize, u64);

fn slow(rules: &[Plain], steps: &[Step]) -> Vec<Told> {
    let mut told: Vec<(u64, u8, usize, usize, Told)> = Vec::new();
    let last = steps.last().map_or(0, |step| step.0);
    for (nr, rule) in rules.iter().enumerate() {
        let key = |step: &Step| if rule.by_process || rule.counting.is_none() { step.1 } else { 0 };
        let mut keys: Vec<u32> = steps.iter().map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        for one in keys {
            // Where the count began anew, and the hold in force: its end, and how much is folded.
            let (mut from, mut hold): (usize, Option<(u64, u64, usize)>) = (0, None);
            for (at, step) in steps.iter().enumerate().filter(|(_, step)| key(step) == one) {
                if let Some((end, folded, began)) = hold.filter(|(end, ..)| *end <= step.0) {
                    if folded > 0 {
                        told.push((end, 0, nr, began, (end, nr, folded)));
                    }
                    hold = None;
                }
                let fires = match rule.counting {
                    None => true,
                    Some((count, within_ms, distinct)) => {
                        let within = |(n, other): &(usize, &Step)| {
                            *n >= from && key(other) == one && step.0 - other.0 <= within_ms * MS
                        };
                        let mut seen: Vec<Step> =
                            steps[..=at].iter().enumerate().filter(within).map(|(_, s)| *s).collect();
                        if distinct {
                            seen.sort_unstable_by_key(|step| step.2);
                            seen.dedup_by_key(|step| step.2);
                        }
                        seen.len() >= count
                    }
                };
                if !fires {
                    continue;
                }
                from = at + 1;
                match &mut hold {
                    Some((_, folded, _)) => *folded += 1,
                    None => {
                        told.push((step.0, 1, at, nr, (step.0, nr, 0)));
                        hold = (rule.debounce_ms > 0).then_some((step.0 + rule.debounce_ms * MS, 0, at));
                    }
                }
            }
            if let Some((end, folded, began)) = hold.filter(|hold| hold.1 > 0) {
                let at = if end <= last { end } else { last };
                let order = if end <= last { 0 } else { 2 };
                told.push((
                    if order == 0 { end } else { u64::MAX },
                    order,
                    if order == 0 { nr } else { 0 },
                    began,
                    (at, nr, folded),
                ));
            }
        }
    }
    // What is announced at the end of the stream comes in the order in which it would have: compared without one.
    told.sort_by_key(|(time, order, first, second, _)| (*time, *order, *first, *second));
    told.into_iter().map(|(.., told)| told).collect()
}

fn fast(rules: &[Plain], steps: &[Step], ticks: bool) -> Vec<Told> {
    let text: String = rules.iter().enumerate().map(|(at, rule)| rule.yaml(at)).collect();
    let mut engine = Engine::new(set(&format!("rules:\n{text}")));
    let mut alerts = Vec::new();
    for (mono_ns, pid, port) in steps {
        if ticks {
            engine.advance(*mono_ns, &mut alerts);
        }
        engine.take(&connect(*mono_ns, *pid, &format!("10.0.0.1:{port}")), &mut alerts);
    }
    engine.finish(&mut alerts);
    let told = |alert: &AlertEvent| (alert.mono_ns, alert.rule.name[1..].parse().unwrap(), alert.folded);
    alerts.iter().map(told).collect()
}

fn any_rule() -> impl Strategy<Value = Plain> {
    let counting = proptest::option::weighted(0.8, (2usize..6, 1u64..40, any::<bool>()));
    (any::<bool>(), counting, prop_oneof![Just(0u64), 1u64..60]).prop_map(|(by_process, counting, debounce_ms)| Plain {
        by_process,
        counting,
        debounce_ms,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_same_alerts_as_by_counting_again(
        rules in vec(any_rule(), 1..4),
        steps in vec((0u64..12, 1u32..4, 1u16..6), 0..80),
    ) {
        let mut now = 0;
        let steps: Vec<Step> = steps.into_iter().map(|(ms, pid, port)| { now += ms * MS; (now, pid, port) }).collect();
        let (mut expected, mut found) = (slow(&rules, &steps), fast(&rules, &steps, false));
        prop_assert_eq!(&found, &fast(&rules, &steps, true), "whether time passes by itself");
        prop_assert!(found.iter().zip(found.iter().skip(1)).all(|(a, b)| a.0 <= b.0), "in order: {:?}", found);
        // Of one moment: the order of rules and sources is looked at elsewhere.
        expected.sort_unstable();
        found.sort_unstable();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_file_with_anything_in_it_is_rules_or_mistakes(text in "\\PC{0,200}|[-a-z:{}\\[\\]&*!|>'\" \n\t0-9,#%]{0,300}") {
        check(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn so_is_a_good_file_that_was_damaged(at in any::<proptest::sample::Index>(), len in 0usize..12, with in "\\PC{0,8}|[-:{}\\[\\] \n'\"]{0,8}") {
        let good = GOOD;
        let from = (0..=at.index(good.len())).rev().find(|at| good.is_char_boundary(*at)).unwrap();
        let to = (from + len..).find(|to| *to >= good.len() || good.is_char_boundary(*to)).unwrap().min(good.len());
        check(&format!("{}{with}{}", &good[..from], &good[to..]));
    }
}

/// Of everything a bit, and quickly tried.
const GOOD: &str = r#"
rules:
  # who opens it
  - name: vault
    description: somebody opened the key of the vault
    on: [open, move]
    where: >-
      path:/srv/vault/**,*.key
      !exe:/usr/bin/vault
    severity: high
    debounce: 1m
    tags: [T1552.004, "a b"]
    false_alarms: the nightly backup
  - {name: logins, on: connect, where: "port:22,80-90", count: 3, within: 10s, distinct: addresses, by: user}
  - name: dropped
    on: chmod
    where: 'mode:+x path:/tmp/**'
    then: {on: exec, same: path, within: 10m}
    enabled: true
tests:
  - name: cat reads it
    events:
      - {kind: open, path: /srv/vault/key, flags: [read], comm: cat}
    alerts: [vault]
  - name: some logins
    events: [{kind: connect, address: "10.0.0.{}", port: 22, repeat: {times: 4, every: 10ms}}]
    alerts: [logins]
"#;

/// Rules, or mistakes that say where.
fn check(text: &str) {
    let file = File { name: "any.yaml".into(), text: text.into() };
    for problem in trial::check(&file, &|_| None).map(|_| Vec::new()).unwrap_or_else(|problems| problems) {
        assert!(problem.line >= 1 && problem.column >= 1, "{problem:?}");
        assert!(problem.line <= text.lines().count().max(1) + 1, "{problem:?}");
        assert!(!problem.reason.is_empty());
        assert_eq!(crate::escape::plain(&problem.snippet.replace('\n', "")), problem.snippet.replace('\n', ""));
    }
}

#[test]
fn large_and_deep_files_are_refused_and_soon() {
    for text in [
        "[".repeat(1 << 18),
        "{a: ".repeat(50_000),
        "- ".repeat(100_000),
        "a:\n".repeat(60_000),
        (0..50_000).map(|n| format!("a{n}: 1\n")).collect::<String>(),
        format!("rules:\n{}", "  - {name: a, on: fork}\n".repeat(9_000)),
        format!("rules: [{}]", "x,".repeat(100_000)),
        format!("a: &a [x]\nb: &b [*a, *a]\nc: [{}]", "*b,".repeat(1000)),
        "\"".repeat(1 << 18),
        "a: |\n".to_string() + &" x\n".repeat(60_000),
        "? ".repeat(100_000),
    ] {
        check(&text);
        assert!(read(&text).is_err(), "{}", &text[..40]);
    }
}

#[test]
fn however_many_processes_count_what_is_kept_is_bounded() {
    let rules = "rules: [{name: a, on: fork, count: 9, within: 1h, by: process}, {name: b, on: open, by: process, debounce: 1h}]";
    let mut engine = Engine::new(set(rules));
    let mut alerts = Vec::new();
    // One counts slowly, and is not forgotten for those that count once.
    for n in 0..8 {
        engine.take(&fork(n, 7, 8), &mut alerts);
    }
    for n in 0..(2 * KEYS_MAX as u32) {
        engine.take(&fork(100 + u64::from(n), 1000 + n, 8), &mut alerts);
        alerts.clear();
    }
    assert!(engine.forgotten() > 0);
    assert!(engine.forgets()[0].starts_with("rule a counts too many apart"));
    assert!(engine.forgets().is_empty(), "said once");
    engine.take(&fork(S, 7, 8), &mut alerts);
    assert_eq!(alerts.len(), 1, "the ninth of one that was never forgotten");
    alerts.clear();
    for n in 0..(HOLDS_MAX as u32 + 100) {
        engine.take(&open(2 * S, 1000 + n, "/a"), &mut alerts);
        engine.take(&open(2 * S, 1000 + n, "/a"), &mut alerts);
    }
    let early = alerts.iter().filter(|alert| alert.is_folded()).count();
    assert_eq!((alerts.len() - early, early), (HOLDS_MAX + 100, 100), "all speak, and what was folded early is told");
    alerts.clear();
    engine.finish(&mut alerts);
    assert_eq!(alerts.len(), HOLDS_MAX);
}

/// Whatever made a rule forget, and whatever became of the rule: all of it is told, once.
#[test]
fn every_count_that_is_forgotten_is_told() {
    let told = |engine: &mut Engine| -> u64 {
        let counts = engine.forgets().into_iter().map(|said| {
            let words: Vec<String> = said.split(' ').map(String::from).collect();
            words.iter().find_map(|word| word.parse::<u64>().ok()).unwrap()
        });
        counts.sum()
    };
    let many = KEYS_MAX as u32;
    let mut engine = Engine::new(set("rules: [{name: a, on: fork, count: 9, within: 1h, by: process}]"));
    let mut alerts = Vec::new();
    (0..many + 30).for_each(|n| engine.take(&fork(u64::from(n), 1000 + n, 8), &mut alerts));
    assert_eq!(told(&mut engine), 30);
    (30..100).for_each(|n| engine.take(&fork(u64::from(many), 1000 + many + n, 8), &mut alerts));
    engine.set(set("rules: [{name: drop, on: chmod, then: {on: exec, same: path, within: 1h}}]"));
    assert_eq!(told(&mut engine), 70, "of a rule that is gone");
    (0..many).for_each(|n| engine.take(&chmod(S, 7, &format!("/{n}")), &mut alerts));
    assert_eq!(told(&mut engine), 0);
    engine.take(&file(S, 7, "/new", Deed::Move { from: "/0".into() }), &mut alerts);
    assert_eq!(told(&mut engine), 1, "for both names of a file that was moved");
    assert_eq!(engine.forgotten(), 101);
}

#[test]
fn long_counts_share_what_there_is_and_the_greatest_pays() {
    const ROOM: usize = 1 << 20;
    let rules = "rules: [{name: a, on: fork, count: 60000, within: 1h, by: process}, {name: b, on: open, count: 3, within: 1h}]";
    let mut engine = Engine::new(set(rules)).with_room(ROOM);
    let mut alerts = Vec::new();
    engine.take(&open(1, 5, "/a"), &mut alerts);
    engine.take(&open(1, 5, "/a"), &mut alerts);
    for pid in 10..60 {
        for n in 0..5000 {
            engine.take(&fork(n, pid, 8), &mut alerts);
        }
    }
    assert!(engine.bytes() <= ROOM, "{}", engine.bytes());
    assert!(engine.forgotten() > 0);
    engine.take(&open(S, 5, "/a"), &mut alerts);
    assert_eq!(alerts.len(), 1, "the small one was left alone");
}

#[test]
fn a_rule_has_room_for_so_many_keys_and_for_none_more() {
    let mut windows = Windows::default();
    let span = Span { count: 2, within_ns: 1000 * S };
    for uid in 0..KEYS_MAX as u32 {
        windows.count(Key::User(uid), S, None, span);
    }
    assert_eq!((windows.len(), windows.take_forgotten()), (KEYS_MAX, 0));
    windows.count(Key::User(KEYS_MAX as u32), S, None, span);
    assert_eq!((windows.len(), windows.take_forgotten()), (KEYS_MAX, 1));
    windows.check();
}

proptest! {
    #[test]
    fn windows_count_their_bytes_right(steps in vec((0u64..3, 0u32..12, 0u64..20, 0u8..9), 0..400)) {
        let mut windows = Windows::default();
        let mut now = 0;
        for (ms, pid, value, what) in steps {
            now += ms * MS;
            let (key, span) = (Key::User(pid), Span { count: 6, within_ns: 9 * MS });
            match what {
                0 => drop(windows.take(key, now, 5)),
                1 => drop(windows.forget_one()),
                2 => windows.note(key, now, 9 * MS),
                _ => drop(windows.count(key, now, (pid % 2 == 0).then_some(value), span)),
            }
            windows.check();
        }
    }
}
