//! What rules found: the newest alerts, each with how much was folded into it since, and how many there were in all.
//!
//! An announcement of what was folded joins its alert, the newest one of the same rule and of the same `by`, or of the
//! same process where a rule has none; where that is not kept any more, or never was here, it stands by itself. Bounded by number and by bytes; totals are exact.

use super::deeds::alert_bytes;
use crate::event::{AlertEvent, ProcKey, Severity};
use rustc_hash::{FxHashMap, FxHasher};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The most bytes of alerts that are kept.
const BYTES_MAX: usize = 4 << 20;
/// The most rules that are counted one by one.
const RULES_MAX: usize = 1000;

/// An alert, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    /// Its number: they rise by one from 0, and each keeps its own.
    pub number: u64,
    /// The alert; of one that is not known, the announcement of what was folded into it.
    pub event: Arc<AlertEvent>,
    /// How often it would have fired again, as far as it was announced.
    pub folded: u64,
    /// Whether some of that was another user's deed.
    pub other_users: bool,
    /// When the last of that was announced.
    pub folded_ns: Option<u64>,
    /// The number of its row in the log.
    pub row: u64,
}

impl Alert {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.event.rule.severity
    }
}

/// How often a rule fired.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RuleCount {
    /// Alerts.
    pub alerts: u64,
    /// How much was folded into them.
    pub folded: u64,
}

/// All alerts.
pub struct Alerts {
    kept: VecDeque<Alert>,
    bytes: usize,
    first: u64,
    most: usize,
    /// The newest of each rule and source, by their hash.
    newest: FxHashMap<u64, u64>,
    by_severity: [u64; Severity::ALL.len()],
    by_rule: FxHashMap<Box<str>, RuleCount>,
    folded: u64,
    version: u64,
}

// Reading.
impl Alerts {
    /// Those that are kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Alert> + ExactSizeIterator {
        self.kept.iter()
    }

    /// The one with this number, if it is kept.
    pub fn get(&self, number: u64) -> Option<&Alert> {
        self.kept.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// One past the number of the newest.
    pub fn end(&self) -> u64 {
        self.first + self.kept.len() as u64
    }

    /// How many there were in all.
    pub fn total(&self) -> u64 {
        self.by_severity.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// How many of them were that bad.
    pub fn of(&self, severity: Severity) -> u64 {
        self.by_severity[severity as usize]
    }

    /// How often this rule fired; nothing of one beyond the most that are counted.
    pub fn rule(&self, name: &str) -> RuleCount {
        self.by_rule.get(name).copied().unwrap_or_default()
    }

    /// How much was folded into all of them.
    pub fn folded(&self) -> u64 {
        self.folded
    }

    /// Another number whenever something here is another.
    pub fn version(&self) -> u64 {
        self.version
    }
}

// Writing.
impl Alerts {
    pub(super) fn new(most: usize) -> Alerts {
        Alerts {
            kept: VecDeque::new(),
            bytes: 0,
            first: 0,
            most: most.max(1),
            newest: FxHashMap::default(),
            by_severity: [0; Severity::ALL.len()],
            by_rule: FxHashMap::default(),
            folded: 0,
            version: 0,
        }
    }

    /// An alert, or an announcement; its row in the log is the one with this number.
    pub(super) fn take(&mut self, e: &Arc<AlertEvent>, row: u64) {
        self.version += 1;
        self.folded = self.folded.saturating_add(e.folded);
        self.count(e);
        if e.is_folded() && self.join(e) {
            return;
        }
        if !e.is_folded() {
            let count = &mut self.by_severity[e.rule.severity as usize];
            *count = count.saturating_add(1);
        }
        let number = self.end();
        let folded_ns = e.is_folded().then_some(e.mono_ns);
        self.newest.insert(hash(e), number);
        self.bytes += alert_bytes(e);
        let (folded, other_users) = (e.folded, e.other_users);
        self.kept.push_back(Alert { number, event: Arc::clone(e), folded, other_users, folded_ns, row });
        while self.kept.len() > self.most || self.bytes > BYTES_MAX && self.kept.len() > 1 {
            self.drop_first();
        }
    }

    fn count(&mut self, e: &AlertEvent) {
        if !self.by_rule.contains_key(e.rule.name.as_str()) {
            if self.by_rule.len() >= RULES_MAX {
                return;
            }
            self.by_rule.insert(e.rule.name.as_str().into(), RuleCount::default());
        }
        if let Some(count) = self.by_rule.get_mut(e.rule.name.as_str()) {
            count.alerts = count.alerts.saturating_add(u64::from(!e.is_folded()));
            count.folded = count.folded.saturating_add(e.folded);
        }
    }

    /// What was folded joins its alert, if that is kept.
    fn join(&mut self, e: &AlertEvent) -> bool {
        let place = self.newest.get(&hash(e)).and_then(|number| number.checked_sub(self.first));
        let Some(alert) = place.and_then(|at| self.kept.get_mut(usize::try_from(at).ok()?)) else { return false };
        if !is_same(&alert.event, e) {
            return false;
        }
        alert.folded = alert.folded.saturating_add(e.folded);
        alert.other_users |= e.other_users;
        alert.folded_ns = Some(e.mono_ns);
        true
    }

    fn drop_first(&mut self) {
        let Some(alert) = self.kept.pop_front() else { return };
        self.first += 1;
        self.bytes -= alert_bytes(&alert.event);
        let key = hash(&alert.event);
        if self.newest.get(&key) == Some(&alert.number) {
            self.newest.remove(&key);
        }
    }
}

fn is_same(a: &AlertEvent, b: &AlertEvent) -> bool {
    a.rule.name == b.rule.name && source(a) == source(b)
}

/// What is held back together: what the rule counts by; where that is nothing, each process.
fn source(e: &AlertEvent) -> (&str, Option<ProcKey>) {
    (&e.by, if e.by.is_empty() { e.who.map(|who| who.key) } else { None })
}

fn hash(e: &AlertEvent) -> u64 {
    let mut hasher = FxHasher::default();
    (e.rule.name.as_str(), source(e)).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Party, a_rule, an_alert};

    fn alert(rule: &str, by: &str, folded: u64) -> Arc<AlertEvent> {
        let severity = if rule == "bad" { Severity::Critical } else { Severity::Low };
        Arc::new(AlertEvent { by: by.into(), folded, ..an_alert(a_rule(rule, severity), 7) })
    }

    #[test]
    fn what_was_folded_joins_the_newest_alert_of_its_rule_and_source() {
        let mut alerts = Alerts::new(10);
        for (rule, by, folded) in [("bad", "a", 0), ("bad", "b", 0), ("bad", "a", 0), ("bad", "a", 37), ("bad", "a", 5)]
        {
            alerts.take(&alert(rule, by, folded), 0);
        }
        assert_eq!(alerts.iter().map(|alert| alert.folded).collect::<Vec<_>>(), [0, 0, 42]);
        assert_eq!((alerts.total(), alerts.folded(), alerts.of(Severity::Critical)), (3, 42, 3));
        assert_eq!(alerts.rule("bad"), RuleCount { alerts: 3, folded: 42 });
        alerts.take(&alert("other", "a", 3), 0);
        assert_eq!(
            alerts.iter().last().map(|alert| (alert.number, alert.folded)),
            Some((3, 3)),
            "its alert is not here"
        );
        assert_eq!(alerts.total(), 3, "which is no alert");
    }

    #[test]
    fn where_a_rule_counts_by_nothing_each_process_has_its_own() {
        let of = |pid: u32, folded| {
            let who = Party { key: ProcKey { pid, start_ns: 1 }, ..Party::default() };
            Arc::new(AlertEvent { who: Some(who), ..(*alert("bad", "", folded)).clone() })
        };
        let mut alerts = Alerts::new(10);
        [of(1, 0), of(2, 0), of(1, 37)].iter().for_each(|e| alerts.take(e, 0));
        assert_eq!(alerts.iter().map(|alert| alert.folded).collect::<Vec<_>>(), [37, 0]);
    }

    #[test]
    fn a_flood_is_counted_and_the_newest_are_kept() {
        let mut alerts = Alerts::new(10);
        for n in 0..10_000 {
            alerts.take(&alert(&format!("rule {n}"), "", 0), n);
        }
        assert_eq!((alerts.total(), alerts.iter().len(), alerts.newest.len()), (10_000, 10, 10));
        assert_eq!(alerts.by_rule.len(), RULES_MAX);
        assert_eq!((alerts.get(9_989), alerts.get(9_990).map(|alert| alert.row)), (None, Some(9_990)));
        let long = alert(&"x".repeat(BYTES_MAX / 2), "", 0);
        (0..10).for_each(|_| alerts.take(&long, 0));
        assert!(alerts.bytes <= BYTES_MAX && !alerts.kept.is_empty(), "{}", alerts.bytes);
    }
}
