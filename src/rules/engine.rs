//! Rules at work on a stream.
//!
//! Every event meets only the rules of its kind, and of its signal. Time is the stream's own: windows and `debounce`
//! know no other, so the same events give the same alerts. Where events were lost, a count is of those that came.
//!
//! Bounded, whatever the events: see `windows` and `holds`; all windows together hold at most [`BYTES_MAX`], and where
//! that is too little, the rule that holds most forgets first. For an event that fires nothing nothing is allocated,
//! but for windows as they grow.

use super::RuleSet;
use super::holds::Holds;
use super::keys::{self, Actor, Key};
use super::rule::{By, Counting, Rule};
use super::trees::Trees;
use super::windows::{Span, Windows};
use crate::event::{AlertEvent, Deed, Event, Kind, Party, ProcKey, SendResult};
use crate::filter::eval::Look;
use crate::filter::wanted::asks_for;
use crate::filter::{Census, Filter, People};
use std::sync::Arc;

/// What all windows may hold, in bytes.
pub const BYTES_MAX: usize = 64 << 20;

/// Rules, and what they remember of a stream. Bounded, whatever the events.
pub struct Engine {
    states: Vec<State>,
    index: Index,
    census: Census,
    trees: Trees,
    /// The time of the stream: it never falls.
    now: u64,
    /// When the first hold ends.
    due: u64,
    bytes: usize,
    /// [`BYTES_MAX`]
    bytes_max: usize,
    forgotten: u64,
    /// What rules that were taken out had still to say.
    leaving: Vec<AlertEvent>,
}

/// What became of a rule so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Events that it looks at and that its filter shows.
    pub matched: u64,
    /// Alerts.
    pub alerts: u64,
    /// What was folded into them.
    pub folded: u64,
}

/// A rule, and what it remembers.
struct State {
    rule: Arc<Rule>,
    tally: Tally,
    windows: Windows,
    holds: Holds,
    /// Since the last time somebody asked.
    forgotten: u64,
}

/// Which rules an event meets.
#[derive(Default)]
struct Index {
    kinds: Vec<Vec<Meeting>>,
    /// By the number of the signal; at 0 those that have none of the 64.
    signals: Vec<Vec<Meeting>>,
    /// Rules that note paths, which moves change.
    follow_paths: Vec<usize>,
    asks_tree: bool,
}

#[derive(Clone, Copy)]
struct Meeting {
    rule: usize,
    /// It is the second step of the rule.
    is_then: bool,
    /// It asks for what failed by name.
    asks_failed: bool,
}

impl Engine {
    /// At the beginning of a stream.
    pub fn new(rules: RuleSet) -> Engine {
        let mut engine = Engine {
            states: Vec::new(),
            index: Index::default(),
            census: Census::default(),
            trees: Trees::default(),
            now: 0,
            due: u64::MAX,
            bytes: 0,
            bytes_max: BYTES_MAX,
            forgotten: 0,
            leaving: Vec::new(),
        };
        engine.set(rules);
        engine
    }

    /// From here on these rules. What is known of processes stays, and so does what rules that did not change have
    /// counted. What the others held back is announced with the next event.
    pub fn set(&mut self, rules: RuleSet) {
        let mut before = std::mem::take(&mut self.states);
        for rule in rules.enabled() {
            let same = before.iter().position(|state| *state.rule == **rule);
            self.states.push(match same {
                Some(at) => State { rule: rule.clone(), ..before.swap_remove(at) },
                None => State::new(rule.clone()),
            });
        }
        before.sort_by(|a, b| a.rule.info.name.cmp(&b.rule.info.name));
        for mut state in before {
            while let Some(said) = state.holds.end_first(&state.rule.info, Some(self.now)) {
                self.leaving.extend(said);
            }
        }
        self.index = Index::of(&self.states);
        self.bytes = self.states.iter().map(|state| state.windows.bytes()).sum();
        self.due = if self.leaving.is_empty() { self.first_end() } else { 0 };
        self.census.remember(rules.pids());
    }

    /// Takes in what happened next; puts in the alerts that come of it, in order: announcements that are due first.
    /// Every event of the stream goes through here, in order. An alert of the stream's own is passed over.
    pub fn take(&mut self, event: &Event, alerts: &mut Vec<AlertEvent>) {
        if matches!(event, Event::Alert(_)) {
            return;
        }
        self.now = self.now.max(event.mono_ns());
        if self.due <= self.now {
            self.announce(self.now, None, alerts);
        }
        self.census.apply(event);
        if self.index.asks_tree {
            self.trees.begin(event, &self.census);
        }
        self.carry(event);
        self.meet(event, alerts);
        if self.index.asks_tree {
            self.trees.end(event);
        }
    }

    /// Lets time pass where nothing happens: announcements that are due by then. Only as far as is certain that no
    /// event of before comes any more: else an alert may come that would have been folded.
    pub fn advance(&mut self, mono_ns: u64, alerts: &mut Vec<AlertEvent>) {
        if self.due <= mono_ns {
            self.announce(mono_ns, None, alerts);
        }
    }

    /// When the next announcement is due; nothing where none is held back. Before that time [`Engine::advance`] has nothing
    /// to do.
    pub fn due(&self) -> Option<u64> {
        Some(self.due).filter(|due| *due < u64::MAX)
    }

    /// The stream has ended: what is still held back is announced, at the time of the last event.
    pub fn finish(&mut self, alerts: &mut Vec<AlertEvent>) {
        self.announce(u64::MAX, Some(self.now), alerts);
    }

    /// How many counts were forgotten so far because there were too many to keep.
    /// Counts of all sources share the room: a single one that makes tens of thousands of keys within the rule's time
    /// (processes, paths) pushes out those of others that stand as low. That is told, not prevented.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Which rules forgot counts since the last call: a sentence each.
    pub fn forgets(&mut self) -> Vec<String> {
        let forgot = self.states.iter_mut().filter(|state| state.forgotten > 0);
        let sentence = |state: &mut State| {
            let count = std::mem::take(&mut state.forgotten);
            let name = &state.rule.info.name;
            format!(
                "rule {name} counts too many apart: {count} unfinished counts were forgotten, it may miss something"
            )
        };
        forgot.map(sentence).collect()
    }

    /// What became of each rule that is held against the stream.
    pub fn tallies(&self) -> impl Iterator<Item = (&Rule, Tally)> {
        self.states.iter().map(|state| (&*state.rule, state.tally))
    }

    /// What first steps noted of a file goes along where it is moved. The two may have changed places, which is not
    /// told: what was noted of one of the names is noted of both.
    fn carry(&mut self, event: &Event) {
        let Event::File(file) = event else { return };
        let (Deed::Move { from }, None) = (&file.deed, file.errno) else { return };
        for rule in &self.index.follow_paths {
            let Some(state) = self.states.get_mut(*rule) else { continue };
            let within_ns = state.rule.then.as_ref().map_or(0, |then| then.within_ns);
            let before = state.windows.bytes();
            state.windows.share([Key::of_path(from), Key::of_path(&file.path)], self.now, within_ns);
            self.bytes = self.bytes + state.windows.bytes() - before;
        }
        if self.bytes > self.bytes_max {
            self.make_room();
        }
    }

    /// Lets the event meet the rules of its kind.
    fn meet(&mut self, event: &Event, alerts: &mut Vec<AlertEvent>) {
        let Engine { states, index, census, trees, .. } = self;
        let meetings = index.meetings(event);
        if meetings.is_empty() {
            return;
        }
        let (Some(look), Some(actor)) = (Look::of(event), keys::actor(event)) else { return };
        let is_failed = matches!(event, Event::Attempt(_) | Event::FailedExec(_));
        let mut scene = Scene { event, actor, now: self.now, census, trees, keys: [None; By::ALL.len()], other: None };
        let (mut grown, mut fires) = (0, false);
        for meeting in meetings {
            let Some(state) = states.get_mut(meeting.rule) else { continue };
            // Others may have asked for what failed: a rule that does not is told nothing of it, with them or without.
            if is_failed && !meeting.asks_failed {
                continue;
            }
            let filter = if meeting.is_then { state.rule.then.as_ref().map(|then| &then.filter) } else { None };
            if !look.shows(filter.unwrap_or(&state.rule.filter), scene.census) {
                continue;
            }
            state.tally.matched += 1;
            let before = state.windows.bytes();
            let fired = if meeting.is_then { state.follow(&mut scene) } else { state.count(&mut scene) };
            if let Some(fired) = fired {
                fires |= state.fire(fired, &mut scene, alerts);
            }
            grown += state.windows.bytes() as isize - before as isize;
            let forgotten = state.windows.take_forgotten();
            state.forgotten += forgotten;
            self.forgotten += forgotten;
        }
        self.bytes = self.bytes.saturating_add_signed(grown);
        if fires {
            self.due = self.first_end();
        }
        if self.bytes > self.bytes_max {
            self.make_room();
        }
    }

    /// The rule that holds most forgets, until all fits.
    #[cold]
    fn make_room(&mut self) {
        while self.bytes > self.bytes_max {
            let most = self.states.iter_mut().filter(|state| state.windows.len() > 1);
            let Some(state) = most.max_by_key(|state| state.windows.bytes()) else { break };
            let before = state.windows.bytes();
            state.windows.forget_one();
            let forgotten = state.windows.take_forgotten();
            state.forgotten += forgotten;
            self.forgotten += forgotten;
            self.bytes -= before - state.windows.bytes();
        }
    }

    fn first_end(&self) -> u64 {
        self.states.iter().filter_map(|state| state.holds.first_end()).min().unwrap_or(u64::MAX)
    }

    /// Ends the holds that end until then, in the order in which they do; of those that end together, in the order of
    /// their rules.
    #[cold]
    fn announce(&mut self, until: u64, at: Option<u64>, alerts: &mut Vec<AlertEvent>) {
        alerts.append(&mut self.leaving);
        loop {
            let ends = self.states.iter_mut().filter_map(|state| Some((state.holds.first_end()?, state)));
            let Some((_, state)) = ends.min_by_key(|(end, _)| *end).filter(|(end, _)| *end <= until) else { break };
            if let Some(said) = state.holds.end_first(&state.rule.info, at) {
                alerts.extend(said);
            }
        }
        self.due = self.first_end();
    }
}

impl Index {
    fn of(states: &[State]) -> Index {
        let (kinds, signals) = (vec![Vec::new(); Kind::ALL.len()], vec![Vec::new(); 65]);
        let mut index = Index { kinds, signals, ..Index::default() };
        for (rule, state) in states.iter().enumerate() {
            // What follows comes first: an event may be the second step of what was, and the first of what comes.
            if let Some(then) = &state.rule.then {
                index.asks_tree |= then.same == By::Tree;
                index.add((rule, true), &then.on, &then.filter);
            }
            index.asks_tree |= state.rule.folds_by() == Some(By::Tree);
            if state.rule.follows_paths() {
                index.follow_paths.push(rule);
            }
            index.add((rule, false), &state.rule.on, &state.rule.filter);
        }
        index
    }

    fn add(&mut self, (rule, is_then): (usize, bool), on: &[Kind], filter: &Filter) {
        for kind in on {
            let asks_failed = asks_for(filter, *kind, &[SendResult::Failed, SendResult::Probe]);
            let meeting = Meeting { rule, is_then, asks_failed };
            if *kind != Kind::Signal {
                self.kinds[*kind as usize].push(meeting);
                continue;
            }
            let signals = filter.signals();
            for (number, meetings) in self.signals.iter_mut().enumerate() {
                let signal = u8::try_from(number).ok().and_then(crate::signal::Signal::new);
                if signal.is_none_or(|signal| signals.contains(signal)) {
                    meetings.push(meeting);
                }
            }
        }
    }

    fn meetings(&self, event: &Event) -> &[Meeting] {
        let of_signal = |number: usize| self.signals.get(number).map_or(&[][..], Vec::as_slice);
        match event {
            Event::Signal(signal) => of_signal(usize::from(signal.signal.number())),
            Event::Attempt(attempt) => of_signal(attempt.signal().map_or(0, |signal| usize::from(signal.number()))),
            // Threads are told only to those who ask for them: rules must not depend on that.
            Event::Fork(fork) if fork.is_thread() => &[],
            Event::Exit(exit) if exit.thread => &[],
            _ => self.kinds.get(event.kind() as usize).map_or(&[][..], Vec::as_slice),
        }
    }
}

/// An event, and what is known beside it.
struct Scene<'a> {
    event: &'a Event,
    actor: Actor,
    now: u64,
    census: &'a Census,
    trees: &'a mut Trees,
    /// What rules before this one asked for: many count by the same.
    keys: [Option<Key>; By::ALL.len()],
    other: Option<Option<Key>>,
}

impl Scene<'_> {
    fn key(&mut self, by: By) -> Key {
        let known = &mut self.keys[by as usize];
        *known.get_or_insert_with(|| keys::key(by, self.event, self.actor, self.census, self.trees))
    }

    /// [`keys::other_path`]
    fn other_path(&mut self) -> Option<Key> {
        *self.other.get_or_insert_with(|| keys::other_path(self.event))
    }
}

/// Why a rule fires.
struct Fired {
    key: Key,
    count: u64,
    distinct: Option<u64>,
    since_ns: u64,
}

impl State {
    fn new(rule: Arc<Rule>) -> State {
        State { rule, tally: Tally::default(), windows: Windows::default(), holds: Holds::default(), forgotten: 0 }
    }

    /// One more event that the rule is about.
    fn count(&mut self, scene: &mut Scene<'_>) -> Option<Fired> {
        if let Some(then) = &self.rule.then {
            let (same, within_ns) = (then.same, then.within_ns);
            let key = scene.key(same);
            self.windows.note(key, scene.now, within_ns);
            return None;
        }
        let Some(Counting { count, within_ns, distinct }) = self.rule.counting else {
            let key = scene.key(self.rule.folds_by().unwrap_or(By::Tree));
            return Some(Fired { key, count: 1, distinct: None, since_ns: scene.event.mono_ns() });
        };
        let value = match distinct {
            Some(distinct) => Some(keys::value(distinct, scene.event)?),
            None => None,
        };
        let key = self.rule.by.map_or(Key::All, |by| scene.key(by));
        let since_ns = self.windows.count(key, scene.now, value, Span { count, within_ns })?;
        let count = count as u64;
        Some(Fired { key, count, distinct: distinct.map(|_| count), since_ns })
    }

    /// The second step: whether the first came before it.
    fn follow(&mut self, scene: &mut Scene<'_>) -> Option<Fired> {
        let then = self.rule.then.as_ref()?;
        let (same, within_ns) = (then.same, then.within_ns);
        let mut since = self.windows.take(scene.key(same), scene.now, within_ns);
        if same == By::Path
            && let Some(other) = scene.other_path()
        {
            since = since.or(self.windows.take(other, scene.now, within_ns));
        }
        let key = scene.key(self.rule.folds_by().unwrap_or(By::Tree));
        Some(Fired { key, count: 2, distinct: None, since_ns: since? })
    }

    /// An alert, or one more that is folded into the last. Whether a hold began.
    #[cold]
    fn fire(&mut self, fired: Fired, scene: &mut Scene<'_>, alerts: &mut Vec<AlertEvent>) -> bool {
        if self.holds.fold(&fired.key) {
            self.tally.folded += 1;
            return false;
        }
        self.tally.alerts += 1;
        let who = keys::party(scene.event, scene.census);
        let (exe, argv) = who.map_or_else(Default::default, |who| image(&who.key, scene.census));
        let by = self.rule.by.map(|by| keys::name(by, scene.event, fired.key, scene.census));
        let alert = AlertEvent {
            mono_ns: scene.event.mono_ns(),
            rule: self.rule.info.clone(),
            by: by.unwrap_or_default(),
            count: fired.count,
            distinct: fired.distinct,
            since_ns: fired.since_ns,
            folded: 0,
            ancestors: who.map_or_else(Vec::new, |who| ancestors(who.key, scene.census)),
            who,
            exe,
            argv,
            event: Some(Box::new(scene.event.clone())),
        };
        let debounce_ns = self.rule.debounce_ns;
        if debounce_ns > 0 {
            alerts.extend(self.holds.begin(fired.key, &alert, scene.now, debounce_ns));
        }
        alerts.push(alert);
        debounce_ns > 0
    }
}

/// What a process runs, and with which arguments.
fn image(process: &ProcKey, census: &Census) -> (String, Vec<String>) {
    let facts = census.facts(process);
    facts.map_or_else(Default::default, |facts| (facts.exe.into(), facts.argv.iter().map(str::to_string).collect()))
}

/// Who made it, who made that one, and so on.
fn ancestors(process: ProcKey, census: &Census) -> Vec<Party> {
    let line = std::iter::successors(census.parent(&process), |above| census.parent(above));
    let party = |key: ProcKey| census.party(&key).unwrap_or(Party { key, tid: key.pid, ..Party::default() });
    line.take(AlertEvent::ANCESTORS_MAX).map(party).collect()
}

#[cfg(test)]
impl Engine {
    /// The same with less room.
    pub(super) fn with_room(self, bytes_max: usize) -> Engine {
        Engine { bytes_max, ..self }
    }

    /// What all windows hold.
    pub(super) fn bytes(&self) -> usize {
        let bytes = self.states.iter().map(|state| state.windows.bytes()).sum();
        assert_eq!(self.bytes, bytes, "it counts right");
        bytes
    }
}
