//! Rules at work on a stream.

use super::RuleSet;
use crate::event::{AlertEvent, Event};

/// Rules, and what they remember of a stream. Bounded, whatever the events.
pub struct Engine {
    _rules: RuleSet,
}

impl Engine {
    /// At the beginning of a stream.
    pub fn new(rules: RuleSet) -> Engine {
        Engine { _rules: rules }
    }

    /// From here on these rules. What is known of processes stays, and so does what rules that did not change have
    /// counted.
    pub fn set(&mut self, rules: RuleSet) {
        self._rules = rules;
    }

    /// Takes in what happened next; puts in the alerts that come of it, in order: announcements that are due first.
    /// Every event of the stream goes through here, in order. An alert of the stream's own is passed over.
    pub fn take(&mut self, _event: &Event, _alerts: &mut Vec<AlertEvent>) {}

    /// Lets time pass where nothing happens: announcements that are due by then.
    pub fn advance(&mut self, _mono_ns: u64, _alerts: &mut Vec<AlertEvent>) {}

    /// When the next announcement is due; nothing where none is held back. Before that time [`Engine::advance`] has nothing
    /// to do.
    pub fn due(&self) -> Option<u64> {
        None
    }

    /// The stream has ended: what is still held back is announced, at the time of the last event.
    pub fn finish(&mut self, _alerts: &mut Vec<AlertEvent>) {}

    /// How many counts were forgotten so far because there were too many to keep.
    pub fn forgotten(&self) -> u64 {
        0
    }
}
