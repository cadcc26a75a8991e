//! The pane of alerts: which are listed and in which order, how many were there when it was last looked at, and where
//! rules come from.
//!
//! The list is taken out of the model only when something in it is another. While the picture stands still it is left
//! alone; how many there are now, the header asks the model.

use super::ranking::{Listed, Ranking};
use super::sort::Turn;
use crate::event::Severity;
use crate::model::{Alert, Alerts, Model};
use std::cmp::Ordering;

/// Who holds rules against the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Rules {
    /// Nobody, as far as is known: alerts may stand in the stream all the same.
    #[default]
    Nowhere,
    /// This program; how many rules, where that is known.
    Here(Option<usize>),
}

/// The columns of the pane, as the view numbers them.
pub mod alert_column {
    /// When.
    pub const TIME: usize = 0;
    /// How bad.
    pub const SEVERITY: usize = 1;
    /// Which rule.
    pub const RULE: usize = 2;
    /// Whose deed.
    pub const WHO: usize = 3;
    /// The event that made it fire.
    pub const WHAT: usize = 4;
    /// How many events did.
    pub const COUNT: usize = 5;
    /// How often it would have fired again.
    pub const MORE: usize = 6;
}

/// How many alerts there are, and how bad: by [`Severity`].
pub type Counts = [u64; Severity::ALL.len()];

/// State of the pane.
pub struct AlertsState {
    /// The alerts, in their order.
    pub list: Ranking<Alert, u64>,
    /// Who makes them.
    pub rules: Rules,
    /// How many there were in all when they were taken out of the model.
    pub counts: Counts,
    /// How much was folded into them.
    pub folded: u64,
    /// How many there were when somebody looked.
    seen: Counts,
    version: Option<u64>,
    /// Why rules that were read again did not hold.
    pub refusal: Option<String>,
}

impl AlertsState {
    /// No alert yet.
    pub fn new(rules: Rules) -> AlertsState {
        AlertsState {
            list: Ranking::new(alert_column::TIME, |alert| alert.number, order),
            rules,
            counts: Counts::default(),
            folded: 0,
            seen: Counts::default(),
            version: None,
            refusal: None,
        }
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        sum(&self.counts)
    }

    /// The alert with this number, if it is listed.
    pub fn get(&self, number: u64) -> Option<&Alert> {
        self.list.lines.iter().find(|alert| alert.number == number)
    }

    /// Selects that alert. Whether it is listed.
    pub fn select(&mut self, number: u64, height: usize) -> bool {
        let at = self.list.lines.iter().position(|alert| alert.number == number);
        if let Some(at) = at {
            self.list.choose(at);
            self.list.settle(height);
        }
        at.is_some()
    }

    /// Takes the alerts out of the model, if there is something new.
    pub fn refresh(&mut self, model: &Model) {
        let alerts = &model.alerts;
        if self.version != Some(alerts.version()) {
            self.version = Some(alerts.version());
            (self.counts, self.folded) = (counts(alerts), alerts.folded());
            self.list.fill(alerts.iter().cloned().collect());
        }
    }

    /// The model is another one: what was seen of it may not have come yet.
    pub fn anew(&mut self, model: &Model) {
        self.version = None;
        self.refresh(model);
        self.seen.iter_mut().zip(self.counts).for_each(|(seen, count)| *seen = count.min(*seen));
    }

    /// Sorts the list anew; which are listed is chosen anew when time passes.
    pub fn sort(&mut self, turn: Turn, columns: &[usize]) {
        self.list.turn(turn, columns);
        self.version = None;
    }

    /// Somebody looks at them.
    pub fn look(&mut self) {
        self.seen = self.counts;
    }

    /// How many nobody has looked at yet.
    pub fn unseen(&self, alerts: &Alerts) -> Counts {
        let mut unseen = counts(alerts);
        unseen.iter_mut().zip(self.seen).for_each(|(count, seen)| *count = count.saturating_sub(seen));
        unseen
    }
}

/// How many alerts of each severity there are.
pub fn counts(alerts: &Alerts) -> Counts {
    let mut out = Counts::default();
    Severity::ALL.iter().for_each(|severity| out[*severity as usize] = alerts.of(*severity));
    out
}

/// All of them.
pub fn sum(counts: &Counts) -> u64 {
    counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

/// The worst of which there are some.
pub fn worst(counts: &Counts) -> Option<Severity> {
    Severity::ALL.iter().rev().copied().find(|severity| counts[*severity as usize] > 0)
}

fn order(column: usize, a: &Alert, b: &Alert) -> Ordering {
    use alert_column::{COUNT, MORE, RULE, SEVERITY, WHAT, WHO};
    let (x, y) = (&a.event, &b.event);
    let kind = |alert: &Alert| alert.event.event.as_deref().map(crate::event::Event::kind);
    let first = match column {
        SEVERITY => b.severity().cmp(&a.severity()),
        RULE => x.rule.name.cmp(&y.rule.name),
        WHO => x.who.map(|who| (who.name, who.key)).cmp(&y.who.map(|who| (who.name, who.key))),
        WHAT => kind(a).cmp(&kind(b)),
        COUNT => y.count.cmp(&x.count),
        MORE => b.folded.cmp(&a.folded),
        _ => Ordering::Equal,
    };
    first.then(b.number.cmp(&a.number))
}
