//! One rule at work: what it counts, what it holds back, when it fires, and what its alert says.

use super::holds::Holds;
use super::keys::{self, Actor, Key};
use super::rule::{By, Counting, Rule};
use super::trees::Trees;
use super::windows::{Span, Windows};
use crate::event::{AlertEvent, Event, Party, ProcKey};
use crate::filter::{Census, People};
use std::sync::Arc;

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
pub struct State {
    /// The rule.
    pub rule: Arc<Rule>,
    /// What became of it.
    pub tally: Tally,
    /// What it counts, and what its first step noted.
    pub windows: Windows,
    /// What it holds back.
    pub holds: Holds,
    /// Counts that it forgot since the last time somebody asked.
    pub forgotten: u64,
}

/// An event, and what is known beside it.
pub struct Scene<'a> {
    event: &'a Event,
    actor: Actor,
    now: u64,
    /// Who lives.
    pub census: &'a Census,
    trees: &'a mut Trees,
    /// What rules before this one asked for: many count by the same.
    keys: [Option<Key>; By::ALL.len()],
    other: Option<Option<Key>>,
}

impl<'a> Scene<'a> {
    /// Nothing worked out yet.
    pub fn new(event: &'a Event, actor: Actor, now: u64, census: &'a Census, trees: &'a mut Trees) -> Scene<'a> {
        Scene { event, actor, now, census, trees, keys: [None; By::ALL.len()], other: None }
    }

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
pub struct Fired {
    key: Key,
    count: u64,
    distinct: Option<u64>,
    since_ns: u64,
}

impl State {
    /// Nothing seen yet.
    pub fn new(rule: Arc<Rule>) -> State {
        State { rule, tally: Tally::default(), windows: Windows::default(), holds: Holds::default(), forgotten: 0 }
    }

    /// One more event that the rule is about.
    pub fn count(&mut self, scene: &mut Scene<'_>) -> Option<Fired> {
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
    pub fn follow(&mut self, scene: &mut Scene<'_>) -> Option<Fired> {
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

    /// How many counts it forgot just now: they are noted.
    pub fn note_forgotten(&mut self) -> u64 {
        let forgotten = self.windows.take_forgotten();
        self.forgotten += forgotten;
        forgotten
    }

    /// That it forgot counts since the last call, in a sentence.
    pub fn forgets(&mut self) -> Option<String> {
        let (name, count) = (&self.rule.info.name, std::mem::take(&mut self.forgotten));
        let said = || {
            format!(
                "rule {name} counts too many apart: {count} unfinished counts were forgotten, it may miss something"
            )
        };
        (count > 0).then(said)
    }

    /// An alert, or one more that is folded into the last. Whether a hold began.
    #[cold]
    pub fn fire(&mut self, fired: Fired, scene: &mut Scene<'_>, alerts: &mut Vec<AlertEvent>) -> bool {
        let uid = match scene.actor {
            Actor::Process(_, uid) => Some(uid),
            Actor::Kernel(_) => None,
        };
        if self.holds.fold(&fired.key, uid) {
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
            other_users: false,
            ancestors: who.map_or_else(Vec::new, |who| ancestors(who.key, scene.census)),
            who,
            exe,
            argv,
            event: Some(Box::new(scene.event.clone())),
        };
        let debounce_ns = self.rule.debounce_ns;
        if debounce_ns > 0 {
            alerts.extend(self.holds.begin(fired.key, uid, &alert, scene.now, debounce_ns));
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
