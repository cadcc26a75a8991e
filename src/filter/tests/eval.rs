//! What each term means: a table over a small world, and the laws of `and`, `or` and `!`.

use super::super::*;
use super::events::*;
use super::{any_filter, users};
use crate::event::*;
use crate::signal::Signal;
use proptest::prelude::*;

const PTS3: Tty = Tty::from_device(136, 3);
const ID: &str = "3f2a9c0d5b7e41f8a6c2d9e0b1f3a5c7d8e9f0a1b2c3d4e5f60718293a4b5c6d";

fn bash() -> Party {
    party(100, 1000, "bash")
}

fn worker() -> Party {
    party(201, 33, "nginx: worker")
}

/// init (1) > login (50) > bash (100) on pts/3; init > nginx (200) > its worker (201).
fn world() -> Census {
    let docker = format!("/docker/{ID}/nginx.service");
    let session = "/user.slice/user-1000.slice/session-2.scope";
    let mut census = Census::default();
    for seen in [
        seen(party(1, 0, "init"), None, Tty::NONE, "/sbin/init", &["init"], "/init.scope"),
        seen(party(50, 0, "login"), Some(key(1)), PTS3, "/bin/login", &["login", "-p"], session),
        seen(bash(), Some(key(50)), PTS3, "/usr/bin/bash", &["-bash"], session),
        seen(
            party(200, 0, "nginx"),
            Some(key(1)),
            Tty::NONE,
            "/usr/sbin/nginx",
            &["nginx", "-g", "daemon off;"],
            &docker,
        ),
        seen(worker(), Some(key(200)), Tty::NONE, "/usr/sbin/nginx", &["nginx: worker process"], &docker),
    ] {
        census.apply(&Event::Seen(Box::new(seen)));
    }
    census
}

fn filter(text: &str) -> Filter {
    Filter::parse(text, &|name| users(name).or((name == "www").then_some(33))).unwrap()
}

/// Every filter of `fit` fits the event, and none of `unfit`; and the other way round with `!` before it.
fn check(event: &Event, people: &dyn People, fit: &[&str], unfit: &[&str]) {
    for (text, expected) in fit.iter().map(|t| (t, true)).chain(unfit.iter().map(|t| (t, false))) {
        assert_eq!(matches(&filter(text), event, people), expected, "{text} {event:?}");
        assert_eq!(matches(&filter(&format!("!({text})")), event, people), !expected, "!({text}) {event:?}");
    }
}

#[test]
fn a_signal_is_about_its_sender_and_its_target() {
    let kill = Event::Signal(SignalEvent { sender_tty: PTS3, ..signal(1, Signal::TERM, Some(bash()), worker()) });
    let fit = [
        "",
        "sig:TERM",
        "sig:KILL,TERM",
        "sig:all",
        "from:bash",
        "from:100",
        "from:b*,x",
        "to:201",
        "to:\"nginx: worker\"",
        "pid:bash",
        "pid:201",
        "pid:nginx*",
        "tree:100",
        "tree:50",
        "tree:1",
        "tree:9,200",
        "201",
        "uid:1000",
        "user:alice",
        "tty:pts/3",
        "tty:-,pts3",
        "unit:nginx",
        "unit:nginx.service",
        "unit:session-*",
        "unit:user-1000.slice",
        "container:3f2a",
        "cgroup:/docker",
        "cgroup:/user.slice/user-1000.slice",
        "cgroup:/",
        "result:queued",
        "origin:user",
        "kind:signal",
        "kind:exec,signal",
        "exe:bash",
        "exe:/usr/*",
        "exe:/usr/sbin/nginx",
        "arg:-bash",
        "arg:*process",
        "BASH",
        "Nginx",
        "worker",
        "\": w\"",
        "from:bash to:201",
        "from:zsh or to:201",
        "!sig:CHLD",
    ];
    let unfit = [
        "!()",
        "sig:KILL",
        "sig:none",
        "from:201",
        "from:ash",
        "from:Bash",
        "to:100",
        "to:nginx",
        "pid:50",
        "tree:300",
        "uid:33",
        "user:www",
        "uid:0",
        "tty:-",
        "tty:pts/4",
        "unit:ngin",
        "unit:session",
        "unit:service",
        "container:f2a9",
        "cgroup:/dock",
        "cgroup:/system.slice",
        "result:failed,probe",
        "origin:kernel",
        "kind:deliver",
        "exe:bin",
        "exe:sh",
        "arg:process",
        "arg:bash",
        "path:/usr/bin/bash",
        "path:**",
        "zsh",
        "login",
        "from:bash to:100",
        "!from:bash",
    ];
    check(&kill, &world(), &fit, &unfit);
}

#[test]
fn where_no_process_sent_there_is_no_sender() {
    let kill = Event::Signal(SignalEvent { origin: Origin::Oom, ..signal(1, Signal::KILL, None, bash()) });
    let fit =
        ["sig:KILL", "to:bash", "pid:100", "tree:50", "origin:oom", "unit:session-2.scope", "exe:bash", "!from:*"];
    let unfit = ["from:*", "from:100", "uid:1000", "uid:0", "user:root", "tty:-", "tty:pts/3", "origin:user"];
    check(&kill, &world(), &fit, &unfit);
}

#[test]
fn a_sender_that_is_not_known_has_only_what_the_event_says() {
    let stranger = party(300, 1000, "stranger");
    let kill = Event::Signal(signal(1, Signal::KILL, Some(stranger), party(301, 0, "")));
    check(
        &kill,
        &world(),
        &["from:300", "tree:300", "tree:301", "uid:1000", "tty:-"],
        &["tree:1", "cgroup:/", "exe:*", "arg:*"],
    );
}

#[test]
fn a_delivery_alone_is_about_its_target() {
    let taken = Event::Deliver(deliver(None, Signal::TERM, bash()));
    let fit = ["sig:TERM", "to:bash", "pid:100", "tree:50", "kind:deliver", "bash", "unit:session-2.scope"];
    let unfit = ["sig:KILL", "from:*", "uid:1000", "tty:pts/3", "kind:signal", "result:queued", "origin:user"];
    check(&taken, &world(), &fit, &unfit);
}

#[test]
fn a_process_event_is_about_its_process() {
    let child = party(101, 1000, "bash");
    let renamed = Event::Rename(RenameEvent { mono_ns: 1, who: Party { name: "zsh".into(), ..bash() } });
    let nothing_of_signals = ["sig:all", "sig:none", "from:*", "result:queued", "origin:user"];

    let mut people = world();
    let begun = fork(key(100), child);
    let fit = ["to:bash", "to:101", "pid:101", "tree:101", "tree:50", "uid:1000", "kind:fork", "bash", "!sig:CHLD"];
    check(&begun, &people, &fit, &nothing_of_signals);
    check(&begun, &people, &[], &["tty:pts/3", "pid:100", "tree:200", "kind:exec", "path:**"]);
    people.apply(&begun);
    check(&begun, &people, &["tty:pts/3", "exe:bash", "arg:-bash", "cgroup:/user.slice"], &["tty:-"]);

    let ls = exec(Party { name: "ls".into(), ..child }, Tty::NONE, "/usr/bin/ls", &["ls", "-l"]);
    let fit = [
        "kind:exec",
        "to:ls",
        "tree:100",
        "tty:-",
        "exe:/usr/bin/ls",
        "exe:ls",
        "arg:-l",
        "path:/usr/**",
        "path:ls",
        "/BIN/",
    ];
    check(&ls, &people, &fit, &nothing_of_signals);
    check(
        &ls,
        &people,
        &["cgroup:/user.slice"],
        &["tty:pts/3", "exe:bash", "arg:-bash", "path:/usr/*", "path:/bin/ls"],
    );
    check(&ls, &Census::default(), &["tty:-", "exe:ls", "arg:-l"], &["tree:100", "cgroup:/"]);

    check(&renamed, &people, &["kind:rename", "zsh", "to:zsh", "tty:pts/3", "tree:1"], &["bash", "to:bash"]);
    check(&exit(bash(), End::Code(0), None), &people, &["kind:exit", "to:bash", "uid:1000"], &nothing_of_signals);
}

#[test]
fn a_death_is_about_its_cause_too() {
    let sender = party(200, 0, "nginx");
    let cause = Cause { id: 7, origin: Origin::User, sender: Some(sender), detail: Detail::None };
    let died = exit(bash(), End::Signal { signal: Signal::KILL, core: false }, Some(cause));
    let fit = [
        "sig:KILL",
        "from:nginx",
        "origin:user",
        "to:bash",
        "pid:200",
        "uid:1000",
        "tty:pts/3",
        "tree:200",
        "kind:exit",
    ];
    check(&died, &world(), &fit, &["sig:TERM", "from:bash", "uid:0", "tty:-", "result:queued"]);
    let died = exit(bash(), End::Signal { signal: Signal::SEGV, core: true }, None);
    check(&died, &world(), &["sig:SEGV"], &["from:*", "origin:fault"]);
}

#[test]
fn one_that_was_seen_says_all_of_itself() {
    let cgroup = "/system.slice/cron.service";
    let cron = seen(party(60, 0, "cron"), Some(key(1)), Tty::NONE, "/usr/sbin/cron", &["cron", "-f"], cgroup);
    let cron = Event::Seen(Box::new(cron));
    let fit = ["kind:seen", "to:cron", "tree:1", "tty:-", "exe:cron", "arg:-f", "unit:cron", "uid:0"];
    check(&cron, &Census::default(), &fit, &["tree:50", "path:/usr/sbin/cron", "from:*"]);
    let mut people = world();
    people.apply(&fork(key(50), party(60, 0, "cron")));
    check(&cron, &people, &["tree:50"], &["tree:100"]);
}

#[test]
fn what_the_stream_says_of_itself_is_always_shown() {
    for event in of_the_stream() {
        for text in ["", "!()", "sig:KILL", "kind:signal", "!kind:lost"] {
            assert!(matches(&filter(text), &event, &world()), "{text} {event:?}");
        }
    }
}

/// People who say that somebody is its own grandparent.
struct Circle;

impl People for Circle {
    fn facts(&self, key: &ProcKey) -> Option<Facts<'_>> {
        Some(Facts { parent: Some(super::events::key(key.pid ^ 1)), ..Facts::default() })
    }
}

#[test]
fn a_circle_of_ancestors_is_left() {
    let kill = Event::Signal(signal(1, Signal::KILL, Some(party(8, 0, "a")), party(9, 0, "b")));
    check(&kill, &Circle, &["tree:8", "tree:9"], &["tree:10"]);
}

proptest! {
    #[test]
    fn the_laws_of_logic_hold(
        (a, b) in (any_filter(), any_filter()),
        history in prop::collection::vec(any_process_event(), 0..30),
        event in any_event(),
    ) {
        let mut people = Census::default();
        history.iter().for_each(|event| people.apply(event));
        let is = |expr: Expr| matches(&Filter(expr), &event, &people);
        let (of_a, of_b) = (is(a.0.clone()), is(b.0.clone()));
        let always = matches!(event.kind(), Kind::Lost | Kind::Skipped | Kind::Filter | Kind::Clock);
        prop_assert_eq!(is(Expr::not(a.0.clone())), always || !of_a);
        prop_assert_eq!(is(Expr::not(Expr::not(a.0.clone()))), of_a);
        prop_assert_eq!(Expr::not(Expr::not(a.0.clone())), a.0.clone());
        prop_assert_eq!(is(Expr::all(vec![a.0.clone(), b.0.clone()])), of_a && of_b);
        prop_assert_eq!(is(Expr::any(vec![a.0.clone(), b.0.clone()])), of_a || of_b);
        prop_assert!(is(Expr::default()));
        let read = Filter::parse(&a.to_string(), &users).map(|again| matches(&again, &event, &people));
        prop_assert_eq!(read, Ok(of_a));
    }
}
