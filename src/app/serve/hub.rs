//! Who gets what: the clients, in groups that have the same filter, which is judged once for all of a group.
//!
//! It knows no socket and no clock: events and requests come in, whole lines stand in queues. Nothing in it waits.

use super::lines::{Chunk, Lines, Shown, set_clock};
use super::queue::{Queue, room};
use super::request::{Request, Wrong};
use crate::event::{CountEvent, Event, FilterEvent, Header, Kind, wire::VERSION};
use crate::filter::kernel::Program;
use crate::filter::{Census, Filter, Judge, Narrows, ParseError, Wanted};
use crate::signal::SignalSet;
use crate::sink::gap::Gap;
use crate::sink::roster::{Roster, is_life};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How often what a filter keeps back is told of, in nanoseconds of the stream.
const COUNT_NS: u64 = 1_000_000_000;

/// A client, as long as it is connected.
pub type Id = u64;

struct Client {
    queue: Rc<RefCell<Queue>>,
    /// Of its last filter.
    generation: u32,
}

/// Clients with the same filter.
struct Group {
    text: String,
    narrows: Narrows,
    /// What is told only on request and passes beside the filter.
    tell: Vec<Kind>,
    judge: Judge,
    /// Signals that may pass it.
    signals: SignalSet,
    members: Vec<Id>,
    /// What of the batch at hand it is shown.
    shown: Vec<Shown>,
}

/// An object that is no event: what is said to one client.
#[derive(Serialize)]
struct Words<'a> {
    v: u32,
    r#type: &'static str,
    time: String,
    mono_ns: u64,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<&'a str>,
}

/// The clients of a stream.
pub struct Hub {
    lines: Lines,
    /// As one who comes now would be told it, but for the time.
    header: Header,
    roster: Roster,
    /// Who is alive, in lines: until something comes.
    snapshot: Option<Rc<Chunk>>,
    /// Another may be made: who comes and goes all the time is to slow nobody.
    may_look: bool,
    census: Census,
    clients: BTreeMap<Id, Client>,
    /// The first is those without a filter.
    groups: Vec<Group>,
    last_id: Id,
    now_ns: u64,
    counted_ns: u64,
    is_ended: bool,
    /// How many events clients did not get, in all.
    pub lost: u64,
}

impl Hub {
    /// For a stream that nothing came of yet.
    pub fn new(header: &Header) -> Hub {
        Hub {
            lines: Lines::new(header),
            header: header.clone(),
            roster: Roster::default(),
            snapshot: None,
            may_look: true,
            census: Census::default(),
            clients: BTreeMap::new(),
            groups: vec![Group::new(
                String::new(),
                Narrows::All,
                Judge::new(Filter::EVERYTHING, Narrows::All),
                Vec::new(),
            )],
            last_id: 0,
            now_ns: header.mono_ns,
            counted_ns: header.mono_ns,
            is_ended: false,
            lost: 0,
        }
    }

    /// How many there are.
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// One more, who gets the header, who is alive, and from here on everything. Its header has the time of now, for of
    /// what was before it knows nothing.
    pub fn join(&mut self) -> (Id, Rc<RefCell<Queue>>) {
        self.header.mono_ns = self.now_ns;
        let mut queue = Queue::default();
        queue.push(self.lines.header(&self.header));
        queue.push(self.snapshot());
        self.last_id += 1;
        let queue = Rc::new(RefCell::new(queue));
        self.clients.insert(self.last_id, Client { queue: queue.clone(), generation: 0 });
        self.groups[0].members.push(self.last_id);
        (self.last_id, queue)
    }

    fn snapshot(&mut self) -> Rc<Chunk> {
        if let Some(snapshot) = &self.snapshot {
            return snapshot.clone();
        }
        self.may_look = false;
        let bytes = self.lines.of(&self.roster.snapshot(self.now_ns)).bytes.clone();
        self.snapshot.insert(Rc::new(Chunk { bytes, is_snapshot: true })).clone()
    }

    /// Whether it can be said who is alive: whoever comes waits until then.
    pub fn may_join(&self) -> bool {
        self.may_look || self.snapshot.is_some()
    }

    /// So much time has passed that who is alive may be looked up again.
    pub fn refresh(&mut self) {
        self.may_look = true;
        self.end_gaps();
    }

    /// It is gone.
    pub fn leave(&mut self, id: Id) {
        self.clients.remove(&id);
        self.leave_group(id);
    }

    fn leave_group(&mut self, id: Id) -> Option<Judge> {
        let at = self.groups.iter().position(|group| group.members.contains(&id))?;
        let group = self.groups.get_mut(at)?;
        group.members.retain(|member| *member != id);
        let judge = group.judge.clone();
        if group.members.is_empty() && at > 0 {
            self.groups.remove(at);
        }
        Some(judge)
    }

    /// From here on it gets what its request says; the line that says so stands between before and after.
    pub fn obey(&mut self, id: Id, request: Request) {
        self.tell_skipped();
        let (text, mono_ns) = (request.filter.to_string(), self.now_ns);
        let before = self.leave_group(id);
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.generation += 1;
        let told = FilterEvent { mono_ns, generation: client.generation, text: text.clone() };
        let is_first = client.generation == 1;
        let told = self.lines.of(&[Event::Filter(Box::new(told))]);
        client.queue.borrow_mut().push(told);
        let same =
            |group: &&mut Group| group.text == text && group.narrows == request.narrows && group.tell == request.tell;
        match self.groups.iter_mut().find(same) {
            Some(group) => group.members.push(id),
            None => {
                // Deliveries still follow the signals that were shown before. With a first filter they do not: who
                // sends it at once wants nothing else.
                let mut judge = Judge::new(request.filter.clone(), request.narrows);
                if let Some(before) = before.filter(|_| !is_first) {
                    judge = before.followed_by(request.filter, request.narrows);
                }
                judge.request(&Wanted::of_kinds(&request.tell));
                let group = Group::new(text, request.narrows, judge, request.tell);
                self.groups.push(Group { members: vec![id], ..group });
            }
        }
        self.census.remember(self.groups.iter().flat_map(|group| group.judge.pids()).collect());
    }

    /// Its request was none.
    pub fn refuse(&mut self, id: Id, wrong: &Wrong) {
        let line = self.words(&wrong.message, wrong.place.as_ref());
        if let Some(client) = self.clients.get(&id) {
            client.queue.borrow_mut().push(line);
        }
    }

    /// A line with words for people and, where a filter was wrong, its place.
    pub fn words(&mut self, message: &str, place: Option<&ParseError>) -> Rc<Chunk> {
        let words = Words {
            v: VERSION,
            r#type: "error",
            time: self.lines.time(self.now_ns),
            mono_ns: self.now_ns,
            message,
            column: place.map(|place| place.column),
            expected: place.map(|place| &*place.expected),
            nearest: place.and_then(|place| place.nearest.as_deref()),
        };
        let mut bytes = serde_json::to_vec(&words).unwrap_or_default();
        bytes.push(b'\n');
        Rc::new(Chunk { bytes, ..Chunk::default() })
    }

    /// Events for everyone.
    pub fn batch(&mut self, batch: &[Event]) {
        let Some(last) = batch.last() else { return };
        self.end_gaps(); // who is alive is told as it was before what follows
        self.now_ns = self.now_ns.max(last.mono_ns());
        self.snapshot = None;
        for (at, event) in batch.iter().enumerate() {
            if is_life(event) {
                self.roster.apply(event);
            }
            self.census.apply(event);
            for group in &mut self.groups {
                group.judge(at as u32, event, &self.census);
            }
        }
        self.lines.begin(batch);
        self.hand_out(batch);
        if let Some(offset_ns) = set_clock(batch) {
            self.header.offset_ns = offset_ns; // who comes later is told the time as it is by then
        }
        if self.now_ns >= self.counted_ns.saturating_add(COUNT_NS) {
            self.tell_skipped();
        }
    }

    fn hand_out(&mut self, batch: &[Event]) {
        let room = room(self.clients.len());
        let mut of_all: Option<Rc<Chunk>> = None;
        for group in &mut self.groups {
            let shown = std::mem::take(&mut group.shown);
            if shown.is_empty() || group.members.is_empty() {
                group.shown = cleared(shown);
                continue;
            }
            let is_all = shown.len() == batch.len() && shown.iter().all(|shown| shown.with_cause);
            // Made for the first who takes it: who is stuck costs no lines.
            let mut chunk = of_all.clone().filter(|_| is_all);
            let mut lost: Option<Gap> = None;
            for client in group.members.iter().filter_map(|id| self.clients.get(id)) {
                let mut queue = client.queue.borrow_mut();
                if queue.takes(room) {
                    queue.push(chunk.get_or_insert_with(|| self.lines.some(batch, &shown)).clone());
                    continue;
                }
                self.lost += queue.lose(lost.get_or_insert_with(|| gap_of(batch, &shown)));
            }
            if is_all {
                of_all = chunk;
            }
            group.shown = cleared(shown);
        }
    }

    /// What filters kept back of signals, to those who count.
    fn tell_skipped(&mut self) {
        self.counted_ns = self.now_ns;
        let room = room(self.clients.len());
        for group in &mut self.groups {
            let skipped = group.judge.skipped(self.now_ns);
            if skipped.is_empty() || group.narrows == Narrows::All {
                continue;
            }
            let chunk = self.lines.of(&skipped);
            let mut lost = Gap::new(self.now_ns);
            skipped.iter().for_each(|event| lost.lose(event));
            for client in group.members.iter().filter_map(|id| self.clients.get(id)) {
                let mut queue = client.queue.borrow_mut();
                if queue.takes(room) {
                    queue.push(chunk.clone());
                } else {
                    self.lost += queue.lose(&lost);
                }
            }
        }
    }

    /// A client has read on: it is told of a gap as soon as it may be.
    pub fn drained(&mut self, queue: &RefCell<Queue>) {
        let mut queue = queue.borrow_mut();
        let Some(gap) = queue.due_gap(room(self.clients.len())) else { return };
        let (has_lives, told) = (gap.has_lives(), gap.told());
        if has_lives && !self.may_join() && !self.is_ended {
            return; // soon
        }
        let snapshot = has_lives.then(|| self.snapshot());
        queue.end_gap([self.lines.of(&told)].into_iter().chain(snapshot));
    }

    fn end_gaps(&mut self) {
        let queues: Vec<_> = self.clients.values().map(|client| client.queue.clone()).collect();
        queues.iter().for_each(|queue| self.drained(queue));
    }

    /// A second has passed in which, maybe, nothing came.
    pub fn tick(&mut self) {
        if self.groups.iter().any(|group| group.narrows == Narrows::Signals) {
            self.tell_skipped();
        }
    }

    /// Whether one has so much waiting that an origin that can wait should.
    pub fn is_pressed(&self) -> bool {
        let room = room(self.clients.len());
        self.clients.values().any(|client| client.queue.borrow().is_over(room))
    }

    /// Nothing more will come: what waits is still written.
    pub fn end(&mut self) {
        self.tell_skipped();
        self.is_ended = true;
        for client in self.clients.values() {
            client.queue.borrow_mut().end();
        }
    }
}

impl Group {
    fn new(text: String, narrows: Narrows, judge: Judge, tell: Vec<Kind>) -> Group {
        let signals = Program::new(judge.filter()).signals();
        Group { text, narrows, tell, judge, signals, members: Vec::new(), shown: Vec::new() }
    }

    fn judge(&mut self, at: u32, event: &Event, census: &Census) {
        if self.judge.pass(event, census) && !self.is_nothing_of(event) {
            let with_cause = !matches!(event, Event::Exit(exit) if self.judge.hides_cause(exit));
            self.shown.push(Shown { at, with_cause });
        }
    }

    /// A loss of signals of which its filter shows none. Who counts all of them is told all the same.
    fn is_nothing_of(&self, event: &Event) -> bool {
        let Event::Lost(CountEvent { signal: Some(signal), result: None, .. }) = event else { return false };
        self.narrows == Narrows::All && !self.signals.contains(*signal)
    }
}

/// What of a batch somebody does not get.
fn gap_of(batch: &[Event], which: &[Shown]) -> Gap {
    let mut events = which.iter().filter_map(|shown| shown.of(batch)).peekable();
    let mut gap = Gap::new(events.peek().map_or(0, |event| event.mono_ns()));
    events.for_each(|event| gap.lose(&event));
    gap
}

/// The room of a list, for the next.
fn cleared(mut list: Vec<Shown>) -> Vec<Shown> {
    list.clear();
    list
}

#[cfg(test)]
mod tests;
