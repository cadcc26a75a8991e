//! The stage between a source that does as it is told and a reader, both of the test's own.

use super::super::sentry::tests::{Every, asked};
use super::*;
use crate::event::{Event, FilterEvent, Kind};
use crate::filter::{Placement, Wanted};
use crate::source::synth::{Synth, header};
use crate::source::{Answer, Batch, Control};
use std::time::Duration;
use tokio::sync::oneshot;

/// A source that says what it is asked for, and obeys when it is told to.
struct Slow(mpsc::UnboundedSender<(Filter, oneshot::Sender<Result<Placement, String>>)>);

impl Control for Slow {
    fn set_filter(&mut self, filter: Filter) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.0.send((filter, reply)).unwrap();
        answer
    }
}

struct Below {
    batches: mpsc::Sender<Batch>,
    wishes: mpsc::UnboundedReceiver<(Filter, oneshot::Sender<Result<Placement, String>>)>,
}

impl Below {
    fn obey(&mut self, generation: u32) -> String {
        let (filter, reply) = self.wishes.blocking_recv().unwrap();
        let text = filter.to_string();
        let placement = Placement { kernel: vec![text.clone()], here: Vec::new() };
        let told = Event::Filter(Box::new(FilterEvent { mono_ns: 1, generation, text: text.clone() }));
        self.batches.blocking_send(vec![told]).unwrap();
        reply.send(Ok(placement)).unwrap();
        text
    }
}

fn stage(user: &str, rules: &str, passes_all: bool) -> (Below, Source) {
    stage_of(user, rules, passes_all, Vec::new())
}

fn stage_of(user: &str, rules: &str, passes_all: bool, files: Vec<PathBuf>) -> (Below, Source) {
    let (batches, from) = mpsc::channel(4);
    let (wish, wishes) = mpsc::unbounded_channel();
    let stage = Stage {
        watch: Every { every: 10, ..Every::default() },
        rules: RuleSet::default(),
        needs: Needs { filter: asked(rules).filter, facts: Wanted::default() },
        files,
        asked: asked(user),
        passes_all,
        has_clock: true,
        outlets: Outlets::default(),
    };
    let source = stage.stand(Source::new(header(), from, Slow(wish))).unwrap();
    (Below { batches, wishes }, source)
}

fn rest(source: &mut Source) -> Vec<Event> {
    std::iter::from_fn(|| source.batches.blocking_recv()).flatten().collect()
}

fn filters(events: &[Event]) -> Vec<(u32, &str)> {
    fn told(event: &Event) -> Option<(u32, &str)> {
        if let Event::Filter(e) = event { Some((e.generation, &e.text)) } else { None }
    }
    events.iter().filter_map(told).collect()
}

#[test]
fn the_source_obeys_both_and_the_reader_hears_of_its_own_filter() {
    let (mut below, mut source) = stage("sig:TERM", "sig:KILL", false);
    let answer = source.control.set_filter(asked("sig:INT").filter);
    assert_eq!(below.obey(7), "sig:INT or sig:KILL");
    let placement = answer.blocking_recv().unwrap().unwrap();
    assert_eq!(placement.here, ["sig:INT"], "the kernel lets pass more than that");
    assert_eq!(placement.kernel, ["sig:INT or sig:KILL"]);
    let recorded = Event::Filter(Box::new(FilterEvent { mono_ns: 2, generation: 8, text: "sig:HUP".into() }));
    below.batches.blocking_send(vec![recorded]).unwrap();
    let events: Vec<Event> = Synth::new(7).take(2000).collect();
    below.batches.blocking_send(events).unwrap();
    drop(below);
    let out = rest(&mut source);
    assert_eq!(filters(&out), [(7, "sig:INT"), (8, "sig:HUP")]);
    let is_other = |e: &&Event| matches!(e, Event::Signal(e) if e.signal.number() != 2);
    assert_eq!(out.iter().find(is_other), None);
    assert!(out.iter().any(|e| e.kind() == Kind::Alert));
}

#[test]
fn where_rules_need_nothing_more_the_kernel_decides_all() {
    let (mut below, mut source) = stage("", "sig:KILL", false);
    let answer = source.control.set_filter(Filter::EVERYTHING);
    assert_eq!(below.obey(2), "");
    assert_eq!(answer.blocking_recv().unwrap().unwrap().here, [""; 0]);
    drop(below);
    assert_eq!(filters(&rest(&mut source)), [(2, "")]);
}

#[test]
fn a_refused_filter_leaves_all_as_it_was() {
    let (mut below, mut source) = stage("sig:TERM", "sig:KILL", false);
    let refused = source.control.set_filter(asked("sig:INT").filter);
    let (_, reply) = below.wishes.blocking_recv().unwrap();
    reply.send(Err("no room".into())).unwrap();
    assert_eq!(refused.blocking_recv().unwrap(), Err("no room".into()));
    let answer = source.control.set_filter(asked("sig:HUP").filter);
    below.obey(3);
    answer.blocking_recv().unwrap().unwrap();
    drop(below);
    assert_eq!(filters(&rest(&mut source)), [(3, "sig:HUP")]);
}

/// What rules need beside it is no filter of anybody's.
#[test]
fn where_all_passes_the_filter_told_is_the_readers_all_the_same() {
    let (mut below, mut source) = stage("sig:TERM", "sig:KILL", true);
    let answer = source.control.set_filter(asked("sig:INT").filter);
    below.obey(2);
    answer.blocking_recv().unwrap().unwrap();
    below.batches.blocking_send(Synth::new(7).take(2000).collect()).unwrap();
    drop(below);
    let out = rest(&mut source);
    assert_eq!(filters(&out), [(2, "sig:INT")]);
    let without: Vec<&Event> = out.iter().filter(|e| !matches!(e.kind(), Kind::Alert | Kind::Filter)).collect();
    assert!(without.into_iter().eq(&Synth::new(7).take(2000).collect::<Vec<_>>()));
}

/// Rules that are read again are no filter of the reader's, though the source obeys another one.
#[test]
fn rules_that_are_read_again_tell_of_no_filter() {
    let file = std::env::temp_dir().join(format!("sigtop-{}-stage.yaml", std::process::id()));
    std::fs::write(&file, "rules:\n  - name: hups\n    on: signal\n    where: sig:HUP\n").unwrap();
    for passes_all in [true, false] {
        let (mut below, mut source) = stage_of("sig:TERM", "sig:KILL", passes_all, vec![file.clone()]);
        let answer = source.control.reload_rules();
        assert!(below.obey(2).starts_with("sig:TERM or "));
        assert!(answer.blocking_recv().unwrap().is_ok());
        let answer = source.control.set_filter(asked("sig:INT").filter);
        assert!(below.obey(3).starts_with("sig:INT or "));
        answer.blocking_recv().unwrap().unwrap();
        drop(below);
        assert_eq!(filters(&rest(&mut source)), [(3, "sig:INT")]);
    }
    std::fs::remove_file(file).unwrap();
}

/// That rules forget is said at once, then now and then; and what was not said yet is said at the end.
#[test]
fn all_that_rules_forgot_is_told_by_the_end() {
    let (below, mut source) = stage("", "", true);
    let events: Vec<Event> = Synth::new(7).take(2000).collect();
    let signals = events.iter().filter(|event| event.kind() == Kind::Signal).count();
    for part in events.chunks(500) {
        below.batches.blocking_send(part.to_vec()).unwrap();
    }
    drop(below);
    rest(&mut source);
    let said: Vec<String> = std::iter::from_fn(|| source.problems.blocking_recv()).collect();
    let counts: Vec<usize> = said.iter().filter_map(|said| said.strip_suffix(" forgotten")?.parse().ok()).collect();
    assert_eq!((counts.len(), counts.iter().sum()), (2, signals), "{said:?}");
}

/// What is forgotten later is told after a while, and not at the next event only.
#[test]
fn what_rules_forget_is_told_though_nothing_else_comes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let signals: Batch = Synth::new(7).filter(|event| event.kind() == Kind::Signal).take(30).collect();
    runtime.block_on(async {
        let (batches, from) = mpsc::channel(4);
        let (out, mut reader) = mpsc::channel(4);
        let (problem, mut problems) = mpsc::channel(4);
        let (_word, words) = mpsc::unbounded_channel();
        let (wish, _wishes) = mpsc::unbounded_channel();
        let needs = Needs { filter: Filter::EVERYTHING, facts: Wanted::default() };
        let back = Arc::new(Mutex::new(Back::new(Box::new(Slow(wish)), Filter::EVERYTHING, needs)));
        let running = Running {
            sentry: Sentry::new(Every { every: 100, ..Every::default() }, None, 0),
            questions: Questions::new(Arc::clone(&back), RuleSet::default(), Wanted::default()),
            back,
            outlets: Outlets::default(),
            out,
            problem,
            has_clock: false,
            seen: Instant::now(),
            looked: Instant::now(),
            told: None,
        };
        let test = async {
            for (count, part) in [10, 20].into_iter().zip([&signals[..10], &signals[10..]]) {
                batches.send(part.to_vec()).await.unwrap();
                reader.recv().await.unwrap();
                let said = tokio::time::timeout(Duration::from_secs(100), problems.recv()).await;
                assert_eq!(said, Ok(Some(format!("{count} forgotten"))));
            }
            drop(batches);
        };
        tokio::join!(running.run(from, words, mpsc::channel(1).1), test);
    });
}

#[test]
fn the_source_ends_with_its_reader() {
    let (mut below, source) = stage("", "", false);
    drop(source);
    assert!(below.wishes.blocking_recv().is_none(), "its control is gone");
    while below.batches.blocking_send(Synth::new(7).take(1).collect()).is_ok() {}
}
