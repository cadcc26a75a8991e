//! When a rule fires, and what its alerts say.

use super::*;

const BOMB: &str = "rules: [{name: bomb, on: fork, count: 3, within: 1s, by: tree, debounce: 5s}]";

#[test]
fn a_count_fires_when_it_is_full_within_its_time_and_begins_anew() {
    let rules = "rules: [{name: r, on: fork, count: 3, within: 1s, by: process, debounce: 0s}]";
    let forks =
        |times: &[u64]| -> Vec<Event> { times.iter().zip(20..).map(|(ms, child)| fork(ms * MS, 10, child)).collect() };
    assert_eq!(alerts(rules, &forks(&[0, 500, 1000])), ["r@1000 process p/10"], "the bound belongs to the window");
    assert!(alerts(rules, &forks(&[0, 500, 1001])).is_empty());
    assert_eq!(alerts(rules, &forks(&[0, 500, 1001, 1400])), ["r@1400 process p/10"]);
    assert_eq!(alerts(rules, &forks(&[0, 1, 2, 3, 4, 5])).len(), 2);
}

#[test]
fn a_tree_counts_together_however_its_ancestors_die() {
    // Each forks the next and dies: a line that nobody of is alive for long.
    let mut events = vec![moved(0, 10, "/a.scope")];
    for n in 10..400 {
        events.push(fork(u64::from(n) * 10 * MS, n, n + 1));
        let end = End::Code(0);
        events.push(Event::Exit(ExitEvent {
            mono_ns: u64::from(n) * 10 * MS,
            who: party(n),
            thread: false,
            end,
            cause: None,
        }));
    }
    let found = alerts(BOMB, &events);
    assert_eq!(found[0], "bomb@120 tree 10");
    assert_eq!(found.len(), 2, "all of it is one tree: one alert, and what was folded: {found:?}");
    assert_eq!(found[1], "bomb@3990 x129 tree 10");
}

#[test]
fn a_tree_ends_where_the_cgroup_does() {
    let events = [
        moved(0, 10, "/a.scope"),
        fork(MS, 10, 11),
        moved(2 * MS, 11, "/b.scope"),
        fork(3 * MS, 11, 12),
        fork(4 * MS, 10, 13),
        fork(5 * MS, 12, 14),
    ];
    assert!(alerts(BOMB, &events).is_empty(), "two each");
    assert_eq!(alerts(BOMB, &[&events[..], &[fork(6 * MS, 14, 15)]].concat()), ["bomb@6 tree p/11"]);
}

#[test]
fn a_tree_begins_below_init() {
    let of = |parent: u32, first: u32| (0..2).map(move |n| fork(u64::from(first + n) * MS, parent, first + n));
    let mut events: Vec<Event> = of(1, 10).chain(of(10, 20)).chain(of(11, 30)).collect();
    assert!(alerts(BOMB, &events).is_empty(), "two each, though all descend from one");
    events.push(fork(40 * MS, 30, 40));
    assert_eq!(alerts(BOMB, &events), ["bomb@40 tree p/11"]);
}

#[test]
fn what_would_fire_again_is_folded_and_announced_at_the_end() {
    let rules = "rules: [{name: r, on: open, where: 'path:/etc/**', debounce: 10s}]";
    let mut events: Vec<Event> = (0..38).map(|n| open(n * 100 * MS, 10, "/etc/shadow")).collect();
    events.push(open(S, 11, "/etc/shadow"));
    events.push(open(30 * S, 10, "/etc/shadow"));
    let expected = ["r@0", "r@1000", "r@10000 x37", "r@30000"];
    let mut sorted = events.clone();
    sorted.sort_by_key(Event::mono_ns);
    assert_eq!(alerts(rules, &sorted), expected);

    // The same whether time passes by itself.
    let mut engine = Engine::new(set(rules));
    let mut found = Vec::new();
    for event in &sorted[..39] {
        engine.take(event, &mut found);
    }
    engine.advance(10 * S - 1, &mut found);
    assert_eq!(found.len(), 2);
    engine.advance(25 * S, &mut found);
    assert_eq!(found.len(), 3, "announced where nothing else happens");
    engine.take(&sorted[39], &mut found);
    engine.finish(&mut found);
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), expected);
    assert_eq!(found[2].since_ns, 0, "since its alert");
    assert_eq!(found[2].event, None);
}

/// A tree may have processes of several users, and an alert names but one.
#[test]
fn that_some_of_what_was_folded_was_of_other_users_is_said() {
    let others = |rules: &str, uids: &[u32]| -> Vec<bool> {
        let mut engine = Engine::new(set(rules));
        let mut found = Vec::new();
        for (uid, ns) in uids.iter().zip(0..) {
            let Event::File(mut e) = open(ns, 10, "/etc/shadow") else { panic!() };
            e.who.uid = *uid;
            engine.take(&Event::File(e), &mut found);
        }
        engine.finish(&mut found);
        found.iter().map(|alert| alert.other_users).collect()
    };
    let by_tree = "rules: [{name: r, on: open}]";
    assert_eq!(others(by_tree, &[0, 0, 0]), [false, false]);
    assert_eq!(others(by_tree, &[0, 65534, 0]), [false, true]);
    assert_eq!(others("rules: [{name: r, on: open, by: user}]", &[0, 65534, 0]), [false, false, false]);
}

#[test]
fn a_path_counts_apart() {
    let rules = "rules: [{name: r, on: open, count: 2, within: 1s, by: path}]";
    let events = [open(0, 1, "/a"), open(1, 2, "/b"), open(2, 3, "/a")];
    assert_eq!(alerts(rules, &events), ["r@0 path /a"]);
}

#[test]
fn only_different_ports_count() {
    let rules = "rules: [{name: scan, on: connect, count: 3, within: 1s, distinct: ports, by: process}]";
    let at = |ms: u64, port: u16| connect(ms * MS, 5, &format!("10.0.0.1:{port}"));
    assert!(alerts(rules, &[at(0, 1), at(1, 2), at(2, 1), at(3, 2), at(4, 1)]).is_empty());
    assert_eq!(alerts(rules, &[at(0, 1), at(900, 2), at(950, 1), at(1901, 3)]).len(), 0, "2 was too long ago");
    assert_eq!(alerts(rules, &[at(0, 1), at(900, 2), at(950, 1), at(1900, 3)]), ["scan@1900 process p/5"]);
}

/// Whoever alternates between the two ways of writing it is not counted in halves.
#[test]
fn an_ipv4_host_is_one_however_it_is_written() {
    let at = |ms: u64, host: &str| connect(ms * MS, 5, &format!("{host}:{}", 100 + ms));
    let scan = "rules: [{name: scan, on: connect, count: 4, within: 1s, distinct: ports, by: target}]";
    let both = [at(0, "127.0.0.1"), at(1, "[::ffff:127.0.0.1]"), at(2, "127.0.0.1"), at(3, "[::ffff:127.0.0.1]")];
    assert_eq!(alerts(scan, &both), ["scan@3 host 127.0.0.1"]);
    let sweep = "rules: [{name: sweep, on: connect, count: 2, within: 1s, distinct: addresses}]";
    assert!(alerts(sweep, &both).is_empty());
    let targets = "rules: [{name: sweep, on: connect, count: 2, within: 1s, distinct: targets}]";
    assert!(alerts(targets, &both).is_empty());
    assert_eq!(alerts(sweep, &[at(0, "[::1]"), at(1, "127.0.0.1")]), ["sweep@1"], "another host");
}

#[test]
fn a_second_step_fires_after_the_first_of_the_same_file() {
    let rules = "rules: [{name: drop, on: chmod, then: {on: exec, same: path, within: 1h}}]";
    assert_eq!(alerts(rules, &[chmod(0, 1, "/tmp/x"), exec(S, 2, "./x", "/tmp/x")]), ["drop@1000"]);
    assert_eq!(alerts(rules, &[chmod(0, 1, "/tmp/x.sh"), exec(S, 2, "/tmp/x.sh", "/bin/sh")]), ["drop@1000"]);
    assert_eq!(alerts(rules, &[chmod(0, 1, "/home/u/x.sh"), exec(S, 2, "./x.sh", "/bin/sh")]), ["drop@1000"]);
    assert!(alerts(rules, &[exec(0, 2, "/tmp/x", "/tmp/x"), chmod(S, 1, "/tmp/x")]).is_empty());
    assert!(alerts(rules, &[chmod(0, 1, "/tmp/x"), exec(S, 2, "/tmp/y", "/tmp/y")]).is_empty());
    let after = |ns: u64| alerts(rules, &[chmod(0, 1, "/tmp/x"), exec(ns, 2, "/tmp/x", "/tmp/x")]);
    assert_eq!(after(3600 * S), ["drop@3600000"], "the bound belongs to it");
    assert!(after(3600 * S + 1).is_empty());
    let rules = rules.replace("name: drop,", "name: drop, debounce: 0s,");
    let run = |ns: u64| exec(ns, 2, "/tmp/x", "/tmp/x");
    let (made, again) = (chmod(0, 1, "/tmp/x"), chmod(3 * S, 1, "/tmp/x"));
    let found = alerts(&rules, &[made, run(S), run(2 * S), again, run(4 * S)]);
    assert_eq!(found, ["drop@1000", "drop@4000"], "once for each first step");
}

#[test]
fn an_alert_says_who_and_after_whom() {
    let mut engine = Engine::new(set("rules: [{name: r, on: open, severity: high, description: D, tags: [T1]}]"));
    let mut found = Vec::new();
    for event in [fork(1, 2, 3), fork(2, 3, 4), open(3, 4, "/a")] {
        engine.take(&event, &mut found);
    }
    let alert = &found[0];
    assert_eq!(alert.who, Some(party(4)));
    assert_eq!(alert.ancestors.iter().map(|p| p.key.pid).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(alert.event.as_deref(), Some(&open(3, 4, "/a")));
    assert_eq!(alert.rule.severity, Severity::High);
    assert_eq!((alert.count, alert.since_ns, alert.folded), (1, 3, 0));
}

#[test]
fn rules_that_did_not_change_go_on_counting() {
    let counts = |name: &str| format!("{{name: {name}, on: fork, count: 2, within: 1s}}");
    let both = set(&format!("rules: [{}, {}]", counts("a"), counts("b")));
    let changed = set(&format!("rules: [{}, {}]", counts("b"), counts("c")));
    let mut engine = Engine::new(both);
    let mut found = Vec::new();
    engine.take(&fork(1, 2, 3), &mut found);
    engine.set(changed);
    engine.take(&fork(2, 2, 4), &mut found);
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), ["b@0"]);
}

#[test]
fn what_a_rule_that_is_gone_held_back_is_announced() {
    let mut engine = Engine::new(set("rules: [{name: a, on: fork}]"));
    let mut found = Vec::new();
    engine.take(&fork(1, 2, 3), &mut found);
    engine.take(&fork(2, 2, 4), &mut found);
    engine.set(RuleSet::default());
    engine.take(&fork(3, 2, 5), &mut found);
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), ["a@0", "a@0 x1"]);
}

#[test]
fn rules_need_no_more_than_they_look_at() {
    let needs =
        set("rules: [{name: a, on: signal, where: 'sig:KILL from:bash'}, {name: b, on: open, enabled: false}]").needs();
    assert_eq!(needs.filter.to_string(), "kind:signal sig:KILL from:bash");
    assert!(needs.facts.is_nothing());
    let needs =
        set("rules: [{name: a, on: [open, fork]}, {name: c, on: chmod, then: {on: exec, same: path, within: 1s}}]")
            .needs();
    assert_eq!(needs.filter.to_string(), "kind:fork or kind:exec");
    assert!(!needs.facts.is_nothing());
    let nothing = RuleSet::default().needs();
    assert!(!crate::filter::matches(&nothing.filter, &fork(1, 2, 3), &crate::filter::Census::default()));
    let text = nothing.filter.to_string();
    assert_eq!(crate::filter::Filter::parse(&text, &|_| None), Ok(nothing.filter), "{text}");
}

/// Programs that live for a moment each: what a shell starts in a loop is one source.
#[test]
fn a_rule_that_does_not_say_folds_by_tree() {
    let rules = "rules: [{name: r, on: open, debounce: 10s}]";
    let begin = [moved(0, 10, "/a.scope"), moved(0, 20, "/b.service")];
    let forks = (0..40).map(|n| fork(n * MS, if n == 39 { 20 } else { 10 }, 100 + n as u32));
    let opens = (0..40).map(|n| open((100 + n) * MS, 100 + n as u32, "/etc/shadow"));
    let events: Vec<Event> = begin.into_iter().chain(forks).chain(opens).collect();
    assert_eq!(alerts(rules, &events), ["r@100", "r@139", "r@139 x38"]);
}

#[test]
fn what_was_noted_of_a_file_goes_along_where_it_is_moved() {
    let rules = "rules: [{name: drop, on: chmod, then: {on: exec, same: path, within: 1h}}]";
    let to = |at: u64, from: &str, path: &str| file(at, 1, path, Deed::Move { from: from.into() });
    let run = |at: u64, path: &str| exec(at, 2, path, path);
    let fires = |events: &[Event]| alerts(rules, events).len();
    assert_eq!(fires(&[chmod(0, 1, "/tmp/a"), to(S, "/tmp/a", "/tmp/b"), run(2 * S, "/tmp/b")]), 1);
    let twice = [chmod(0, 1, "/tmp/a"), to(S, "/tmp/a", "/tmp/b"), to(S, "/tmp/b", "/c"), run(2 * S, "/c")];
    assert_eq!(fires(&twice), 1);
    assert_eq!(fires(&[chmod(0, 1, "/tmp/a"), to(S, "/tmp/b", "/tmp/a"), run(2 * S, "/tmp/b")]), 1, "exchanged");
    assert_eq!(fires(&[chmod(0, 1, "/tmp/a"), to(S, "/tmp/c", "/tmp/b"), run(2 * S, "/tmp/b")]), 0);
    let late = [chmod(0, 1, "/tmp/a"), to(3599 * S, "/tmp/a", "/tmp/b"), run(3601 * S, "/tmp/b")];
    assert_eq!(fires(&late), 0, "the time is that of the first step");
    let refused = match to(S, "/tmp/a", "/tmp/b") {
        Event::File(file) => Event::File(Box::new(FileEvent { errno: Some(Errno::PERM), ..*file })),
        other => other,
    };
    assert_eq!(fires(&[chmod(0, 1, "/tmp/a"), refused, run(2 * S, "/tmp/b")]), 0);
    assert!(set(rules).wants_moves() && !set("rules: [{name: r, on: open}]").wants_moves());
}

/// Sends that fail are told while somebody asks for them: a rule that does not counts none, whoever else does.
#[test]
fn what_failed_is_for_rules_that_name_it() {
    let counts = "{name: a, on: signal, where: 'sig:USR2', count: 3, within: 10s}";
    let asks = "{name: b, on: signal, where: 'sig:USR2 result:failed', count: 3, within: 10s}";
    let attempt = |n: u64| {
        Event::Attempt(AttemptEvent {
            id: n,
            mono_ns: n * MS,
            number: 12,
            sender: party(5),
            sender_tty: Tty::NONE,
            aim: Aim::Process(9),
            nested: false,
            target: None,
            call: Call::Kill,
            errno: Some(Errno::SRCH),
            generation: 0,
        })
    };
    let events: Vec<Event> = (0..3).map(attempt).collect();
    assert!(alerts(&format!("rules: [{counts}]"), &events).is_empty());
    assert_eq!(alerts(&format!("rules: [{counts}, {asks}]"), &events), ["b@2"]);
    let fails = Event::FailedExec(Box::new(FailedExecEvent {
        mono_ns: 0,
        who: party(5),
        gid: 0,
        tty: Tty::NONE,
        call: ExecCall::Execve,
        filename: "/x".into(),
        errno: Errno::NOENT,
    }));
    assert!(alerts("rules: [{name: r, on: exec}]", std::slice::from_ref(&fails)).is_empty());
    assert_eq!(alerts("rules: [{name: r, on: exec, where: 'errno:ENOENT'}]", &[fails]).len(), 1);
}

#[test]
fn an_alert_says_what_its_process_ran_then() {
    let rules = "rules: [{name: r, on: open, debounce: 1s}]";
    let mut engine = Engine::new(set(rules));
    let mut run = exec(1, 10, "./deed.sh", "/usr/bin/dash");
    if let Event::Exec(exec) = &mut run {
        exec.argv = vec!["/bin/sh".into(), "./deed.sh".into()];
    }
    let (mut found, child) = (Vec::new(), fork(2, 10, 11));
    for event in
        [run, child, open(3, 11, "/x"), exec(4, 11, "/bin/cat", "/usr/bin/cat"), open(5, 11, "/x"), open(6, 12, "/x")]
    {
        engine.take(&event, &mut found);
    }
    engine.finish(&mut found);
    let said: Vec<_> = found.iter().map(|alert| (alert.exe.as_str(), alert.argv.join(" "), alert.folded)).collect();
    let first = ("/usr/bin/dash", "/bin/sh ./deed.sh".to_string(), 0);
    assert_eq!(
        said,
        [first, ("", String::new(), 0), ("", String::new(), 1)],
        "as it was; and of one that is not known"
    );
}
