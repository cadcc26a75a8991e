//! Clients without sockets: what stands in their queues.

use super::*;
use crate::app::serve::queue::room;
use crate::event::{Kind, wire::Wire};
use crate::filter::tests::any_filter;
use crate::model::{Limits, Model};
use crate::signal::Signal;
use crate::sink::{Sink, json::Json};
use crate::source::synth::{self, Synth};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn events(count: usize) -> Vec<Event> {
    Synth::new(3).take(count).collect()
}

fn request(filter: &str, narrows: Narrows) -> Request {
    Request { filter: Filter::parse(filter, &|_| None).unwrap(), narrows, tell: Vec::new() }
}

/// All that waits, as if it were written.
fn read(queue: &RefCell<Queue>) -> String {
    let mut text = Vec::new();
    loop {
        let Some((chunk, from)) = queue.borrow().front() else { break };
        text.extend_from_slice(&chunk.bytes[from..]);
        queue.borrow_mut().advance(chunk.bytes.len() - from);
    }
    String::from_utf8(text).unwrap()
}

fn lines(events: &[Event]) -> String {
    let mut json = Json::new(Vec::new());
    json.header(&synth::header()).unwrap();
    json.get_mut().clear();
    events.iter().for_each(|event| json.event(event).unwrap());
    String::from_utf8(std::mem::take(json.get_mut())).unwrap()
}

/// A client that has read header and snapshot.
fn joined(hub: &mut Hub) -> (Id, Rc<RefCell<Queue>>) {
    let (id, queue) = hub.join();
    read(&queue);
    (id, queue)
}

#[test]
fn a_client_gets_the_header_who_is_alive_and_the_stream() {
    let mut hub = Hub::new(&synth::header());
    let (before, after) = (events(3000), events(4000).split_off(3000));
    hub.batch(&before);
    let (_, queue) = hub.join();
    let begin = read(&queue);
    assert!(begin.starts_with(r#"{"v":1,"type":"header","#));
    assert!(begin.lines().count() > 20 && begin.lines().skip(1).all(|line| line.contains(r#""type":"seen""#)));
    hub.batch(&after);
    assert_eq!(read(&queue), lines(&after));
}

/// What was before it joined, a client does not know: whoever asks since when it does looks at the header's time.
#[test]
fn a_client_knows_the_stream_from_when_it_joined() {
    let mut hub = Hub::new(&synth::header());
    let began = synth::header().began_ns;
    for batch in events(6000).chunks(2000) {
        hub.batch(batch);
        let begin = read(&hub.join().1);
        let now = batch.last().unwrap().mono_ns();
        let lines: Vec<serde_json::Value> = begin.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&lines[0]["mono_ns"], &lines[0]["began_ns"]), (&now.into(), &began.into()));
        assert!(lines[1..].iter().all(|seen| seen["mono_ns"] == now), "who is alive is told as of the same moment");
    }
}

#[test]
fn what_a_client_asks_for_holds_for_it_alone_and_is_told() {
    let mut hub = Hub::new(&synth::header());
    let ((one, of_one), (_, of_other)) = (joined(&mut hub), joined(&mut hub));
    hub.obey(one, request("sig:CHLD", Narrows::All));
    let told = read(&of_one);
    assert!(told.contains(r#""type":"filter""#) && told.contains(r#""generation":1"#), "{told}");
    let all = events(5000);
    hub.batch(&all);
    assert_eq!(read(&of_other), lines(&all));
    let narrowed = read(&of_one);
    assert!(narrowed.lines().count() > 0 && narrowed.lines().all(|line| line.contains(r#""signr":17"#)), "{narrowed}");
    let wrong = Wrong { message: "no".into(), place: Filter::parse("sig:XX", &|_| None).err() };
    hub.refuse(one, &wrong);
    let said: serde_json::Value = serde_json::from_str(&read(&of_one)).unwrap();
    assert_eq!((said["type"].as_str(), said["column"].as_u64(), said["v"].as_u64()), (Some("error"), Some(5), Some(1)));
    hub.batch(&all);
    assert!(read(&of_one).lines().all(|line| line.contains(r#""signr":17"#)), "the filter before stays in force");
    hub.obey(one, request("", Narrows::All));
    assert!(read(&of_one).contains(r#""generation":2"#));
    hub.batch(&all);
    assert_eq!(read(&of_one), lines(&all));
    assert_eq!(hub.groups.len(), 1, "the one without a member is gone");
}

#[test]
fn the_same_filter_is_judged_and_written_once() {
    let mut hub = Hub::new(&synth::header());
    let clients: Vec<_> = (0..10).map(|_| joined(&mut hub)).collect();
    clients.iter().for_each(|(id, _)| hub.obey(*id, request("sig:CHLD or sig:KILL", Narrows::All)));
    clients.iter().for_each(|(_, queue)| drop(read(queue)));
    assert_eq!(hub.groups.len(), 2);
    hub.batch(&events(2000));
    let chunks: Vec<_> = clients.iter().map(|(_, queue)| queue.borrow().front().unwrap().0).collect();
    assert!(chunks.iter().all(|chunk| Rc::ptr_eq(chunk, &chunks[0])));
}

#[test]
fn an_attached_dashboard_keeps_its_processes_and_its_totals() {
    let mut hub = Hub::new(&synth::header());
    let (id, queue) = joined(&mut hub);
    hub.obey(id, request("sig:KILL", Narrows::Signals));
    read(&queue);
    let all = events(5000);
    hub.batch(&all);
    hub.end();
    let count = |text: &str, word: &str| text.lines().filter(|line| line.contains(word)).count() as u64;
    let (got, full) = (read(&queue), lines(&all));
    for kind in ["fork", "exec", "exit"] {
        let word = format!(r#""type":"{kind}""#);
        assert_eq!(count(&got, &word), count(&full, &word), "{kind}");
    }
    let skipped = got.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let skipped: u64 =
        skipped.filter(|line| line["type"] == "skipped").map(|line| line["count"].as_u64().unwrap()).sum();
    let signals = all.iter().filter(|event| matches!(event, Event::Signal(_))).count() as u64;
    let shown = got
        .lines()
        .filter(|line| line.contains(r#""type":"signal""#) && !line.contains("errno") && !line.contains("probe"))
        .count() as u64;
    assert_eq!(shown + skipped, signals);
}

#[test]
fn who_does_not_read_is_told_what_it_lost_at_the_gap() {
    let mut hub = Hub::new(&synth::header());
    let ((_, stuck), (_, other)) = (joined(&mut hub), joined(&mut hub));
    let all: Vec<Event> = Synth::new(3).take(300_000).collect();
    let mut of_other = String::new();
    for batch in all.chunks(1000) {
        hub.batch(batch);
        of_other += &read(&other);
    }
    assert_eq!(of_other, lines(&all), "it slows nobody");
    assert!(stuck.borrow().is_over(room(2)));
    assert!(stuck.borrow().waiting() <= 2 * room(2));
    let got = read(&stuck);
    hub.refresh();
    let gap = read(&stuck);
    assert!(gap.contains(r#""type":"lost""#), "{gap}");
    // Deaths are kept, and who is alive is said again: they are not lost.
    let told = |text: &str, kind: &str| text.lines().filter(|line| line.contains(kind)).count() as u64;
    let kept = told(&gap, r#""type":"exit""#);
    assert!(kept > 0 && told(&gap, r#""type":"seen""#) > 20);
    assert_eq!(got.lines().count() as u64 + kept + sum(&gap, "lost"), all.len() as u64);
    assert!(gap.lines().filter(|line| line.contains(r#""kind":"signal""#)).all(|line| line.contains("signr")), "{gap}");
    let more = events(10);
    hub.batch(&more);
    assert_eq!(read(&stuck), lines(&more), "it goes on where a line begins");
}

/// What the counts of this type add up to.
fn sum(text: &str, kind: &str) -> u64 {
    let objects = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    objects.filter(|object| object["type"] == kind).map(|object| object["count"].as_u64().unwrap()).sum()
}

/// Whoever read nothing for long has the same processes in the end as who read all, and the same totals.
#[test]
fn after_a_gap_the_dead_are_dead() {
    let model = |text: &str| {
        let mut model = Model::new(synth::header(), Limits::default());
        for line in text.lines() {
            if let Ok(event) = serde_json::from_str::<Wire>(line).unwrap().to_event() {
                model.apply(&event);
            }
        }
        let living: BTreeSet<_> = model.procs.iter().filter(|proc| proc.is_alive()).map(|proc| proc.key).collect();
        (living, model.counters.total())
    };
    let mut hub = Hub::new(&synth::header());
    let ((_, stuck), (_, other)) = (hub.join(), hub.join());
    let mut of_other = String::new();
    for batch in Synth::new(3).take(300_000).collect::<Vec<_>>().chunks(1000) {
        hub.batch(batch);
        of_other += &read(&other);
    }
    assert!(stuck.borrow().lost() > 0);
    let mut of_stuck = read(&stuck);
    hub.end();
    hub.drained(&stuck);
    of_stuck += &read(&stuck);
    assert_eq!(model(&of_stuck), model(&of_other));
}

/// What its filter kept out is not lost to a client.
#[test]
fn what_a_filter_kept_out_in_a_gap_is_not_called_lost() {
    let mut hub = Hub::new(&synth::header());
    let (id, queue) = joined(&mut hub);
    hub.obey(id, request("sig:KILL", Narrows::Signals));
    let all: Vec<Event> = Synth::new(3).take(400_000).collect();
    all.chunks(1000).for_each(|batch| hub.batch(batch));
    assert!(queue.borrow().lost() > 0, "its processes alone were too much");
    let mut text = read(&queue);
    hub.end();
    hub.drained(&queue);
    text += &read(&queue);
    let signals = all.iter().filter(|event| matches!(event, Event::Signal(_))).count() as u64;
    let of_signals = |kind: &str, line: &str| line.contains(kind) && !line.contains("errno") && !line.contains("probe");
    let shown = text.lines().filter(|line| of_signals(r#""type":"signal""#, line)).count() as u64;
    let lost = text.lines().filter(|line| of_signals(r#""type":"lost""#, line) && line.contains(r#""kind":"signal""#));
    let lost = lost.filter(|line| !line.contains(r#""result""#)).map(|line| {
        assert!(line.contains(r#""signr":9,"#), "{line}");
        sum(line, "lost")
    });
    assert_eq!(shown + sum(&text, "skipped") + lost.sum::<u64>(), signals);
}

/// A loss on the way to all clients is told to those whom it may concern.
#[test]
fn a_loss_of_other_signals_is_no_news() {
    let mut hub = Hub::new(&synth::header());
    let clients: Vec<_> = ["sig:KILL", "!sig:KILL to:7", "", "sig:KILL"].map(|_| joined(&mut hub)).into();
    let asked = [
        ("sig:KILL", Narrows::All),
        ("!sig:KILL to:7", Narrows::All),
        ("", Narrows::All),
        ("sig:KILL", Narrows::Signals),
    ];
    for ((id, queue), (filter, narrows)) in clients.iter().zip(asked) {
        hub.obey(*id, request(filter, narrows));
        read(queue);
    }
    let (kind, signal) = (Some(Kind::Signal), Some(Signal::HUP));
    let lost = CountEvent { mono_ns: 9, since_ns: Some(5), kind, count: 3, signal, sender: None, result: None };
    hub.batch(&[Event::Lost(lost)]);
    let told: Vec<u64> = clients.iter().map(|(_, queue)| sum(&read(queue), "lost")).collect();
    assert_eq!(told, [0, 3, 3, 3]);
}

/// Who comes and goes all the time costs nobody anything: who is alive is looked up once in a while.
#[test]
fn who_is_alive_is_looked_up_once_in_a_while() {
    let mut hub = Hub::new(&synth::header());
    hub.batch(&events(3000));
    assert!(hub.may_join());
    joined(&mut hub);
    assert!(hub.may_join(), "it is still so");
    hub.batch(&events(3000));
    assert!(!hub.may_join());
    hub.refresh();
    assert!(hub.may_join());
}

/// Counts of what a filter kept back come each second, also for one who never reads.
#[test]
fn what_waits_for_a_stuck_dashboard_is_bounded() {
    let mut hub = Hub::new(&synth::header());
    let (id, queue) = joined(&mut hub);
    hub.obey(id, request("sig:KILL", Narrows::Signals));
    read(&queue);
    let all = events(3000);
    let bound = 2 * room(1) + (1 << 20);
    for _ in 0..400 {
        hub.batch(&all);
        hub.tick();
        assert!(queue.borrow().waiting() <= bound);
    }
    assert!(queue.borrow().lost() > 0, "it was enough for a gap");
}

#[test]
fn the_gap_is_told_when_the_client_reads_on_though_nothing_more_comes() {
    let mut hub = Hub::new(&synth::header());
    let (_, queue) = joined(&mut hub);
    for batch in events(200_000).chunks(1000) {
        hub.batch(batch);
    }
    let before = hub.lost;
    assert!(before > 0);
    hub.drained(&queue);
    assert_eq!(queue.borrow().lost(), before, "not before there is room");
    read(&queue);
    hub.end();
    hub.drained(&queue);
    assert!(read(&queue).contains(r#""type":"lost""#));
    assert!(queue.borrow().is_done());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However the stream is cut into batches and whatever others ask for, each gets what its filter means.
    #[test]
    fn each_gets_what_its_filter_means(filters in proptest::collection::vec((any_filter(), any::<bool>()), 1..5), size in 1usize..700) {
        let all = events(1500);
        let mut hub = Hub::new(&synth::header());
        hub.batch(&all[..500]);
        let mut clients = Vec::new();
        for (filter, is_all) in filters {
            let narrows = if is_all { Narrows::All } else { Narrows::Signals };
            let (id, queue) = joined(&mut hub);
            hub.obey(id, Request { filter: filter.clone(), narrows, tell: Vec::new() });
            clients.push((filter, narrows, queue));
        }
        clients.iter().for_each(|(_, _, queue)| drop(read(queue)));
        all[500..].chunks(size).for_each(|batch| hub.batch(batch));
        for (filter, narrows, queue) in clients {
            let mut census = Census::default();
            census.remember(Judge::new(filter.clone(), narrows).pids());
            all[..500].iter().for_each(|event| census.apply(event));
            let mut judge = Judge::new(filter, narrows);
            let mut expected = Vec::new();
            for event in &all[500..] {
                census.apply(event);
                let passes = judge.pass(event, &census);
                match event {
                    Event::Exit(exit) if passes && judge.hides_cause(exit) => {
                        expected.push(Event::Exit(crate::event::ExitEvent { cause: None, ..*exit }));
                    }
                    _ => expected.extend(passes.then(|| event.clone())),
                }
            }
            let got: String = read(&queue).lines().filter(|line| !line.contains(r#""type":"skipped""#)).flat_map(|line| [line, "\n"]).collect();
            prop_assert_eq!(got, lines(&expected));
        }
    }
}

#[test]
fn the_clock_is_told_in_its_place() {
    let mut hub = Hub::new(&synth::header());
    let ((one, of_one), (_, of_other)) = (joined(&mut hub), joined(&mut hub));
    hub.obey(one, request("!kind:clock", Narrows::All));
    read(&of_one);
    let mut all: Vec<Event> = events(3000).into_iter().filter(|event| event.kind() == Kind::Signal).take(9).collect();
    let mono_ns = all[4].mono_ns();
    all.insert(5, Event::Clock(crate::event::ClockEvent { mono_ns, offset_ns: 5_000_000_000 }));
    hub.batch(&all);
    let (full, part) = (read(&of_other), read(&of_one));
    assert_eq!(full, lines(&all));
    let filtered: String =
        full.lines().filter(|line| !line.contains(r#""type":"clock""#)).flat_map(|line| [line, "\n"]).collect();
    assert!(part == full || part == filtered);
    let (_, late) = hub.join();
    assert!(read(&late).contains(r#""offset_ns":5000000000"#), "who comes later is told the time as it is now");
}
