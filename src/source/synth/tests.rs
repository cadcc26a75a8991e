//! The demo is as consistent as a kernel, for any seed; and its player keeps back only what it says.

use super::play::Player;
use super::*;
use crate::event::{Action, CountEvent, Disposition, End, Kind, Origin, Party, ProcKey, SenderKey, SignalEvent};
use crate::filter::sieve::Narrows;
use crate::filter::{Expr, Filter, Placement};
use crate::signal::{Signal, SignalSet};
use crate::source::Source;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

/// Follows a stream and complains of what a kernel would not say.
#[derive(Default)]
struct Watcher {
    now: u64,
    last_id: u64,
    signals: HashMap<u64, SignalEvent>,
    alive: HashMap<u32, ProcKey>,
    threads: HashSet<(ProcKey, u32)>,
    known: HashSet<ProcKey>,
    most_alive: usize,
}

macro_rules! ensure {
    ($holds:expr, $($why:tt)*) => { if !$holds { return Err(format!($($why)*)); } };
}

impl Watcher {
    fn watch(&mut self, event: &Event) -> Result<(), String> {
        ensure!(event.mono_ns() >= self.now, "time went back to {event:?}");
        self.now = event.mono_ns();
        match event {
            Event::Signal(e) => {
                ensure!(e.id == self.last_id + 1, "number {} after {}", e.id, self.last_id);
                self.last_id = e.id;
                self.is_alive(&e.target)?;
                ensure!(e.sender.is_none_or(|s| self.known.contains(&s.key)), "unknown sender {e:?}");
                ensure!(e.sender.is_some() == e.origin.has_sender(), "blames the wrong one {e:?}");
                ensure!(e.call.is_some() == (e.origin == Origin::User), "call of {e:?}");
                ensure!(
                    e.origin != Origin::User || self.alive.contains_key(&e.sender.unwrap_or_default().key.pid),
                    "sent by a dead {e:?}"
                );
                self.signals.insert(e.id, *e);
            }
            Event::Deliver(e) => {
                let sent = self.signals.get(&e.id.unwrap_or(0)).ok_or(format!("signal of {e:?}"))?;
                ensure!((sent.signal, sent.target) == (e.signal, e.target), "{e:?} of {sent:?}");
                ensure!(e.latency_ns == Some(e.mono_ns - sent.mono_ns), "latency {e:?} of {sent:?}");
                let default = Action::from(e.signal.default_action());
                let expected = if e.disposition == Disposition::Default { default } else { Action::None };
                ensure!(e.action == expected, "{e:?} of {sent:?}");
                self.is_alive(&e.target)?;
            }
            Event::Fork(e) if e.is_thread() => {
                ensure!(self.threads.insert((e.child.key, e.child.tid)), "thread again {e:?}");
            }
            Event::Fork(e) => {
                ensure!(self.alive.get(&e.parent.pid) == Some(&e.parent), "parent {e:?}");
                ensure!(e.child.key.start_ns == e.mono_ns, "start {e:?}");
                ensure!(self.alive.insert(e.child.key.pid, e.child.key).is_none(), "pid in use {e:?}");
                self.known.insert(e.child.key);
            }
            Event::Exec(e) => self.is_alive(&e.who)?,
            Event::Rename(e) => self.is_alive(&e.who)?,
            Event::Exit(e) => {
                self.is_alive(&e.who)?;
                match e.end {
                    End::Code(_) => ensure!(e.cause.is_none(), "cause {e:?}"),
                    End::Signal { signal, .. } => {
                        let cause = e.cause.ok_or(format!("no cause {e:?}"))?;
                        let sent = self.signals.get(&cause.id).ok_or(format!("signal of {e:?}"))?;
                        ensure!((sent.signal, sent.target.key) == (signal, e.who.key), "{e:?} by {sent:?}");
                        ensure!(
                            (sent.sender, sent.origin, sent.detail) == (cause.sender, cause.origin, cause.detail),
                            "{e:?} by {sent:?}"
                        );
                    }
                }
                if e.thread {
                    ensure!(
                        self.threads.remove(&(e.who.key, e.who.tid)) || e.who.key.pid < cast::FIRST_PID,
                        "thread {e:?}"
                    );
                } else {
                    self.alive.remove(&e.who.key.pid);
                }
            }
            Event::Seen(e) => {
                ensure!(e.parent.is_none_or(|p| self.known.contains(&p)), "parent {e:?}");
                ensure!(e.who.key.start_ns < e.mono_ns, "start {e:?}");
                ensure!(self.alive.insert(e.who.key.pid, e.who.key).is_none(), "seen twice {e:?}");
                self.known.insert(e.who.key);
            }
            Event::File(e) => self.is_alive(&e.who)?,
            Event::Connect(e) => self.is_alive(&e.who)?,
            other => return Err(format!("unexpected {other:?}")),
        }
        self.most_alive = self.most_alive.max(self.alive.len());
        Ok(())
    }

    fn is_alive(&self, who: &Party) -> Result<(), String> {
        ensure!(self.alive.get(&who.key.pid) == Some(&who.key), "{who:?} is not alive");
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_history_is_consistent(seed: u64) {
        let mut watcher = Watcher::default();
        for event in Synth::with_facts(seed).take(10_000) {
            prop_assert_eq!(watcher.watch(&event), Ok(()));
        }
    }

    /// Whoever does not ask for it has the same history, to the byte.
    #[test]
    fn what_is_told_on_request_changes_nothing_else(seed: u64) {
        let is_told = |event: &Event| !matches!(event, Event::File(_) | Event::Connect(_));
        prop_assert!(Synth::with_facts(seed).filter(is_told).take(8_000).eq(Synth::new(seed).take(8_000)));
    }

    #[test]
    fn a_seed_is_a_history(seed: u64) {
        let first: Vec<Event> = Synth::new(seed).take(2_000).collect();
        let again: Vec<Event> = Synth::new(seed).take(2_000).collect();
        let other: Vec<Event> = Synth::new(seed ^ 1).take(2_000).collect();
        prop_assert!(first == again);
        prop_assert!(first != other);
    }

    #[test]
    fn nothing_is_lost_by_a_filter(seed: u64, bits: u64, at in 0..60u64) {
        let (plain, filtered) = (told(seed, |_| None), told(seed, |s| (s == at).then_some(SignalSet::from_bits(bits))));
        let mut ids = HashSet::new();
        let (mut shown, mut skipped, mut changed) = (0, 0, false);
        for event in &filtered {
            match event {
                Event::Signal(e) => {
                    prop_assert_eq!(e.generation, u32::from(changed));
                    prop_assert!(!changed || SignalSet::from_bits(bits).contains(e.signal));
                    prop_assert!(ids.insert(e.id));
                    shown += 1;
                }
                Event::Deliver(e) => prop_assert!(e.id.is_none_or(|id| ids.contains(&id))),
                Event::Exit(e) => prop_assert!(e.cause.is_none_or(|c| ids.contains(&c.id))),
                Event::Skipped(e) => skipped += e.count,
                Event::Filter(_) => changed = true,
                _ => {}
            }
        }
        prop_assert!(changed);
        prop_assert!(filtered.is_sorted_by_key(Event::mono_ns));
        prop_assert_eq!(shown + skipped, plain.iter().filter(|e| e.kind() == Kind::Signal).count() as u64);
    }
}

fn options(seed: u64) -> Options {
    Options { seed, threads: true, filter: Filter::EVERYTHING, narrows: Narrows::Signals, facts: Default::default() }
}

/// A history of 70 seconds, with the filter set at the seconds that `wish` says, and the counts of its end.
fn told(seed: u64, wish: impl Fn(u64) -> Option<SignalSet>) -> Vec<Event> {
    let mut player = Player::new(options(seed));
    let mut events = Vec::new();
    for second in 0..70 {
        let now = START_NS + secs(second);
        events.extend(std::iter::from_fn(|| player.batch_until(now)).flatten());
        events.extend(wish(second).into_iter().flat_map(|on| player.set_filter(Filter(Expr::signals(on)), now)));
    }
    events.extend(player.count(START_NS + secs(70)));
    events
}

#[test]
fn it_runs_for_ever_on_a_machine_that_does_not_grow() {
    let mut watcher = Watcher::default();
    for (n, event) in Synth::new(DEFAULT_SEED).take(400_000).enumerate() {
        assert_eq!(watcher.watch(&event), Ok(()));
        if n % 20_000 == 0 {
            watcher.signals.retain(|id, _| id + 20_000 > watcher.last_id);
        }
    }
    assert!(watcher.most_alive < 100, "{}", watcher.most_alive);
    let pids: HashSet<u32> = watcher.known.iter().map(|key| key.pid).collect();
    assert!(pids.len() < watcher.known.len(), "no pid was used again");
}

#[test]
fn the_first_minute_shows_what_there_is_to_see() {
    let events: Vec<Event> = Synth::new(DEFAULT_SEED).take_while(|e| e.mono_ns() < START_NS + HISTORY_NS).collect();
    let signals = events.iter().filter_map(|e| if let Event::Signal(e) = e { Some(e) } else { None });
    let signals: Vec<&SignalEvent> = signals.collect();
    assert!((2_000..20_000).contains(&signals.len()), "{}", signals.len());
    let seen = |what: &str, found: bool| assert!(found, "no {what}");
    use crate::event::{Ignored, SendResult};
    for origin in Origin::ALL.iter().filter(|o| !matches!(o, Origin::Io | Origin::Kernel)) {
        seen(origin.word(), signals.iter().any(|e| e.origin == *origin));
    }
    for result in [SendResult::Queued, SendResult::Ignored, SendResult::Coalesced] {
        seen(result.word(), signals.iter().any(|e| e.result == result));
    }
    for signal in ["HUP", "INT", "KILL", "TERM", "SEGV", "PIPE", "ALRM", "URG", "WINCH", "TSTP", "CONT", "RTMIN+1"] {
        let signal = Signal::parse(signal).unwrap();
        seen(signal.name(), signals.iter().any(|e| e.signal == signal));
    }
    seen("SIG_IGN", signals.iter().any(|e| e.ignored == Some(Ignored::SigIgn)));
    seen("continue", signals.iter().any(|e| e.continued));
    for kind in [Kind::Seen, Kind::Fork, Kind::Exec, Kind::Exit, Kind::Rename, Kind::Deliver] {
        seen(kind.word(), events.iter().any(|e| e.kind() == kind));
    }
}

#[test]
fn there_is_something_for_rules_to_find() {
    let shown = |text: &str| {
        let filter = Filter::parse(text, &|_| None).unwrap();
        let mut player = Player::new(Options { filter, narrows: Narrows::All, ..options(DEFAULT_SEED) });
        let told = std::iter::from_fn(|| player.batch_until(START_NS + HISTORY_NS)).flatten();
        told.filter(|event| event.kind() != Kind::Skipped).collect::<Vec<Event>>()
    };
    for (text, at_least) in [
        ("kind:open", 500),
        ("kind:open path:/etc/shadow", 2),
        ("kind:open result:failed", 3),
        ("kind:open access:created", 100),
        ("kind:move path:*.enc", 50),
        ("kind:chmod mode:+x path:/home/**", 1),
        ("kind:connect addr:10.20.0.0/16 result:failed", 30),
        ("kind:connect port:5432", 5),
    ] {
        let events = shown(text);
        assert!(events.len() >= at_least, "{} of {text}", events.len());
        assert!(events.iter().all(|event| text.contains(event.kind().word())), "{text}");
    }
    let is_fact = |event: &Event| matches!(event, Event::File(_) | Event::Connect(_));
    assert!(!shown("").iter().any(is_fact) && !shown("uid:0").iter().any(is_fact));
}

#[test]
fn the_header_is_that_of_a_fixed_moment() {
    let header = header();
    let mut clock = crate::clock::Clock::new(crate::clock::TimeStyle::Utc, header.mono_ns, header.offset_ns);
    let mut time = String::new();
    clock.write_rfc3339(&mut time, header.mono_ns);
    assert_eq!((time.as_str(), header.host.as_str()), ("2026-11-20T17:31:00.000000000Z", "demo"));
}

#[test]
fn a_filter_is_said_in_the_shorter_way() {
    let set = |names: &[&str]| names.iter().map(|n| Signal::parse(n).unwrap()).collect::<SignalSet>();
    let said = |on| match Player::new(options(1)).set_filter(Filter(Expr::signals(on)), START_NS).pop() {
        Some(Event::Filter(e)) => (e.generation, e.text),
        other => panic!("{other:?}"),
    };
    assert_eq!(said(SignalSet::ALL), (1, String::new()));
    assert_eq!(said(set(&["TERM", "KILL"])), (1, "sig:KILL,TERM".into()));
    assert_eq!(said(set(&["CHLD", "URG"]).complement()), (1, "!sig:CHLD,URG".into()));
}

#[test]
fn kept_back_signals_are_counted_by_sender() {
    let events = told(DEFAULT_SEED, |s| (s == 0).then_some(SignalSet::EMPTY));
    let counts = events.iter().filter_map(|e| if let Event::Skipped(e) = e { Some(*e) } else { None });
    let go = |e: &CountEvent| {
        e.signal == Some(Signal::URG) && matches!(e.sender, Some(SenderKey::Process(k)) if k.pid == cast::GO)
    };
    let counts: Vec<CountEvent> = counts.filter(go).collect();
    assert!((40..=71).contains(&counts.len()), "about one a second: {}", counts.len());
    assert!(!events.iter().any(|e| matches!(e.kind(), Kind::Signal | Kind::Deliver)));
}

#[test]
fn threads_are_told_of_only_where_asked_for() {
    let is_thread = |e: &Event| match e {
        Event::Fork(e) => e.is_thread(),
        Event::Exit(e) => e.thread,
        Event::Rename(e) => e.who.tid != e.who.key.pid,
        _ => false,
    };
    for threads in [true, false] {
        let mut player = Player::new(Options { threads, ..options(DEFAULT_SEED) });
        let events: Vec<Event> =
            std::iter::from_fn(|| player.batch_until(START_NS + HISTORY_NS)).flatten().filter(is_thread).collect();
        assert_eq!(!events.is_empty(), threads, "{events:?}");
    }
}

#[test]
fn the_past_comes_at_once_and_wishes_are_answered() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let Source { mut batches, mut control, .. } = spawn(options(DEFAULT_SEED));
        let mut told = Vec::new();
        while told.last().is_none_or(|e: &Event| e.mono_ns() < START_NS + secs(59)) {
            told.extend(batches.recv().await.unwrap());
        }
        let expected: Vec<Event> = Synth::new(DEFAULT_SEED).take(told.len()).collect();
        assert!(told == expected);
        let answer = control.set_filter(Filter(Expr::signals(SignalSet::EMPTY)));
        while !told.iter().any(|e| e.kind() == Kind::Filter) {
            told = batches.recv().await.unwrap();
        }
        assert_eq!(answer.await.unwrap(), Ok(Placement { kernel: vec![], here: vec!["sig:none".into()] }));
        drop(control);
        while batches.recv().await.is_some() {}
    });
}

#[test]
fn nobody_plays_to_an_empty_house() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let Source { batches, mut control, .. } = spawn(options(DEFAULT_SEED));
        drop(batches);
        while control.set_filter(Filter::EVERYTHING).await.is_ok_and(|answer| answer.is_ok()) {
            tokio::task::yield_now().await;
        }
    });
}
