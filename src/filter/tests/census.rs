//! Who is remembered, how long, and how much that may be.

use super::super::census::*;
use super::super::{Args, Census, People, eval};
use super::events::*;
use crate::event::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

const PTS3: Tty = Tty::from_device(136, 3);

fn plain(pid: u32) -> Party {
    party(pid, 0, "p")
}

fn dies(pid: u32) -> Event {
    exit(plain(pid), End::Code(0), None)
}

fn of(events: impl IntoIterator<Item = Event>) -> Census {
    let mut census = Census::default();
    events.into_iter().for_each(|event| census.apply(&event));
    census
}

fn first(pid: u32) -> Event {
    Event::Seen(Box::new(seen(plain(pid), None, PTS3, "/bin/p", &["p", "-x"], "/p.slice")))
}

/// Whether `tree:pid` is true of the process.
fn descends(census: &Census, pid: u32, from: u32) -> bool {
    pid == from || eval::ancestors(census.parent(&key(pid)), census).any(|ancestor| ancestor.pid == from)
}

fn living(census: &Census) -> Vec<u32> {
    let mut pids: Vec<u32> = census.living().map(|living| living.key.pid).collect();
    pids.sort_unstable();
    pids
}

#[test]
fn a_child_has_what_its_parent_has_until_it_starts_a_program() {
    let mut census = of([first(1), fork(key(1), plain(2))]);
    let parent = census.facts(&key(1)).unwrap();
    let child = census.facts(&key(2)).unwrap();
    assert_eq!((child.tty, child.exe, child.argv, child.cgroup), (PTS3, "/bin/p", parent.argv, "/p.slice"));
    assert_eq!(child.parent, Some(key(1)));
    assert!(
        matches!((child.argv, parent.argv), (Args::List(own), Args::List(above)) if std::ptr::eq(own, above)),
        "shared"
    );
    census.apply(&exec(Party { name: "q".into(), ..plain(2) }, Tty::NONE, "/bin/q", &["q"]));
    let child = census.facts(&key(2)).unwrap();
    assert_eq!(
        (child.tty, child.exe, child.argv, child.cgroup),
        (Tty::NONE, "/bin/q", Args::Packed("q\0"), "/p.slice")
    );
    assert_eq!(census.living().find(|living| living.key == key(2)).unwrap().name, "q".into());
    assert_eq!(census.facts(&key(1)).unwrap().exe, "/bin/p");
}

#[test]
fn a_parent_is_who_made_the_child_not_who_adopted_it() {
    let adopted = Event::Seen(Box::new(seen(plain(3), Some(key(1)), PTS3, "/bin/p", &[], "/")));
    let census = of([first(1), fork(key(1), plain(2)), fork(key(2), plain(3)), dies(2), adopted]);
    assert_eq!(census.facts(&key(3)).unwrap().parent, Some(key(2)));
    assert!(descends(&census, 3, 2) && descends(&census, 3, 1));
}

#[test]
fn a_snapshot_may_come_in_any_order() {
    let child = Event::Seen(Box::new(seen(plain(3), Some(key(2)), PTS3, "/bin/p", &[], "/")));
    let parent = Event::Seen(Box::new(seen(plain(2), Some(key(1)), PTS3, "/bin/p", &[], "/")));
    let census = of([child, parent, first(1)]);
    assert!(descends(&census, 3, 1));
    assert_eq!(living(&census), [1, 2, 3]);
}

#[test]
fn threads_are_no_processes() {
    let thread = Party { tid: 9, name: "thread".into(), ..plain(1) };
    let census = of([
        first(1),
        fork(key(1), thread),
        Event::Rename(RenameEvent { mono_ns: 1, who: thread }),
        Event::Exit(ExitEvent { mono_ns: 1, who: thread, thread: true, end: End::Code(0), cause: None }),
    ]);
    assert_eq!(living(&census), [1]);
    assert_eq!(census.living().next().unwrap().name, "p".into());
}

#[test]
fn of_two_with_one_pid_the_older_is_dead() {
    let newer = ProcKey { pid: 2, start_ns: 99 };
    let census = of([first(1), fork(key(1), plain(2)), fork(key(1), Party { key: newer, ..plain(2) })]);
    assert_eq!(census.alive(2), Some(newer));
    assert!(census.facts(&key(2)).is_some());
    let census = of([first(1), fork(key(1), Party { key: newer, ..plain(2) }), fork(key(1), plain(2))]);
    assert_eq!(census.alive(2), Some(newer));
}

#[test]
fn a_zombie_is_known_but_does_not_live() {
    let zombie = SeenEvent { zombie: true, ..seen(plain(2), Some(key(1)), PTS3, "", &[], "/p.slice") };
    let census = of([first(1), Event::Seen(Box::new(zombie))]);
    assert_eq!(living(&census), [1]);
    assert_eq!(census.facts(&key(2)).unwrap().cgroup, "/p.slice");
}

#[test]
fn the_dead_are_kept_for_their_heirs_and_a_while() {
    let mut census = of([first(1), fork(key(1), plain(2)), fork(key(2), plain(3)), dies(2)]);
    for pid in 10..10 + DEAD_MAX as u32 {
        census.apply(&fork(key(1), plain(pid)));
        census.apply(&dies(pid));
    }
    assert!(census.facts(&key(10)).is_some(), "among the latest");
    assert!(descends(&census, 3, 2), "needed");
    census.apply(&dies(3));
    assert!(descends(&census, 3, 2), "dead, but lately");
    assert!(census.facts(&key(10)).is_none() && census.facts(&key(12)).is_some());
    for pid in 10_000..10_000 + DEAD_MAX as u32 {
        census.apply(&fork(key(1), plain(pid)));
        census.apply(&dies(pid));
    }
    assert!(census.facts(&key(2)).is_none() && census.facts(&key(3)).is_none());
    assert_eq!(living(&census), [1]);
}

/// Pids of a daemon that forks itself anew `times`, from pid 1 on; with helpers, each generation makes one, which dies
/// a generation later.
fn refork(times: u32, helpers: bool) -> (Vec<u32>, Vec<Event>) {
    let (mut daemons, mut helper, mut events) = (vec![1], None, vec![first(1)]);
    let mut next = 2..;
    for _ in 0..times {
        let old = daemons[daemons.len() - 1];
        let old_helper = helper;
        if helpers {
            helper = next.next();
            events.extend(helper.map(|pid| fork(key(old), plain(pid))));
        }
        daemons.extend(next.next());
        events.push(fork(key(old), plain(daemons[daemons.len() - 1])));
        events.extend(Some(old).filter(|old| *old != 1).map(dies));
        events.extend(old_helper.map(dies));
    }
    (daemons, events)
}

#[test]
fn a_daemon_that_forks_itself_for_ever_costs_nothing() {
    for helpers in [false, true] {
        let (daemons, events) = refork(20_000, helpers);
        let mut census = Census::default();
        census.remember(vec![daemons[5000], daemons[1000]]);
        events.iter().for_each(|event| census.apply(event));
        let last = daemons[20_000];
        for (generation, known) in
            [(0, true), (1000, true), (5000, true), (19_999, true), (2000, false), (10_000, false)]
        {
            assert_eq!(descends(&census, last, daemons[generation]), known, "{generation}");
        }
        assert!(census.known() <= DEAD_MAX + usize::from(LINE_MAX) + 8, "{}", census.known());
        assert!(eval::ancestors(census.parent(&key(last)), &census).count() <= usize::from(LINE_MAX) + 4);
        assert!(census.descendants(&[daemons[5000]]).any(|heir| heir == key(last)));
        census.check();
    }
}

#[test]
fn many_long_lines_of_the_dead_are_bounded() {
    let mut census = of([first(1)]);
    let mut pid = 2;
    let mut last = Vec::new();
    for _ in 0..200 {
        let mut parent = 1;
        for _ in 0..100 {
            census.apply(&fork(key(parent), plain(pid)));
            if parent != 1 {
                census.apply(&dies(parent));
            }
            (parent, pid) = (pid, pid + 1);
        }
        last.push(parent);
    }
    assert!(census.known() <= HELD_MAX + DEAD_MAX + 201, "{}", census.known());
    assert!(last.iter().all(|pid| descends(&census, *pid, 1)));
    census.check();
    assert_eq!(census.descendants(&[1]).count(), 201);
    last.iter().for_each(|pid| census.apply(&dies(*pid)));
    assert!(census.known() <= DEAD_MAX + 1, "{}", census.known());
}

/// Remembers everything.
#[derive(Default)]
struct Elephant {
    parents: HashMap<ProcKey, ProcKey>,
    alive: HashSet<ProcKey>,
}

impl Elephant {
    fn descends(&self, key: &ProcKey, pid: u32) -> bool {
        key.pid == pid || self.parents.get(key).is_some_and(|parent| self.descends(parent, pid))
    }
}

proptest! {
    /// Any history of forks and deaths, as the kernel makes them: only the living fork.
    #[test]
    fn descent_is_known_of_all_who_live(steps in vec((any::<prop::sample::Index>(), 0..3), 0..200), asked in vec(1u32..200, 1..4)) {
        let mut census = of([first(1)]);
        let mut elephant = Elephant::default();
        elephant.alive.insert(key(1));
        let mut alive = vec![1];
        for (next, (who, what)) in (2..).zip(steps) {
            let at = who.index(alive.len());
            if what > 0 {
                census.apply(&fork(key(alive[at]), plain(next)));
                elephant.parents.insert(key(next), key(alive[at]));
                alive.push(next);
            } else if alive.len() > 1 {
                census.apply(&dies(alive.swap_remove(at)));
            }
        }
        elephant.alive = alive.iter().map(|pid| key(*pid)).collect();
        let expected: HashSet<ProcKey> =
            elephant.alive.iter().copied().filter(|key| asked.iter().any(|pid| elephant.descends(key, *pid))).collect();
        prop_assert_eq!(census.descendants(&asked).collect::<HashSet<_>>(), expected);
        alive.sort_unstable();
        prop_assert_eq!(living(&census), alive);
    }

    /// Events in no sensible order neither panic nor make a circle, and the counts of heirs stay right.
    #[test]
    fn nonsense_is_survived(events in vec(any_process_event(), 0..300)) {
        let census = of(events);
        for living in census.living() {
            prop_assert!(eval::ancestors(living.facts.parent, &census).count() <= 12);
            prop_assert_eq!(census.alive(living.key.pid), Some(living.key));
        }
        census.check();
    }
}
