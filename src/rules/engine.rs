//! Rules at work on a stream.
//!
//! Every event meets only the rules of its kind, and of its signal. Time is the stream's own: windows and `debounce`
//! know no other, so the same events give the same alerts. Where events were lost, a count is of those that came.
//!
//! Bounded, whatever the events: see `windows` and `holds`; all windows together hold at most [`BYTES_MAX`], and where
//! that is too little, the rule that holds most forgets first. For an event that fires nothing nothing is allocated,
//! but for windows as they grow.

use super::RuleSet;
use super::index::Index;
use super::keys::{self, Key};
use super::rule::Rule;
use super::state::{Scene, State, Tally};
use super::trees::Trees;
use crate::event::{AlertEvent, Deed, Event};
use crate::filter::Census;
use crate::filter::eval::Look;

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
    /// What they forgot.
    left: Vec<String>,
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
            left: Vec::new(),
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
            self.left.extend(state.forgets());
            while let Some(said) = state.holds.end_first(&state.rule.info, Some(self.now)) {
                self.leaving.extend(said);
            }
        }
        self.index = Index::of(self.states.iter().map(|state| &*state.rule));
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
        let left = std::mem::take(&mut self.left);
        left.into_iter().chain(self.states.iter_mut().filter_map(State::forgets)).collect()
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
            self.forgotten += state.note_forgotten();
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
        let mut scene = Scene::new(event, actor, self.now, census, trees);
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
            self.forgotten += state.note_forgotten();
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
            self.forgotten += state.note_forgotten();
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
