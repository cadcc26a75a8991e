//! `debounce`: after an alert the same rule and source is held back for a while, and what it would have said is counted
//! and announced at the end: never silence.
//!
//! Bounded: at most [`HOLDS_MAX`] sources of a rule are held back. If there are more, the oldest hold ends early: its
//! count is announced, and the source may speak again. Nothing that is new is ever held back for want of room.

use super::keys::Key;
use crate::event::{AlertEvent, Party, RuleInfo};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;

/// The most sources of a rule that are held back at a time.
pub const HOLDS_MAX: usize = 4096;

/// All that is held back of a rule.
#[derive(Default)]
pub struct Holds {
    held: FxHashMap<Key, Hold>,
    /// In the order in which they end: all last equally long.
    ends: VecDeque<(u64, Key)>,
}

/// What the announcement says.
struct Hold {
    since_ns: u64,
    folded: u64,
    uid: Option<u32>,
    other_users: bool,
    by: String,
    count: u64,
    distinct: Option<u64>,
    who: Option<Party>,
    ancestors: Vec<Party>,
}

impl Holds {
    /// Whether this source is held back; then one more is folded, the deed of this user.
    pub fn fold(&mut self, key: &Key, uid: Option<u32>) -> bool {
        let Some(hold) = self.held.get_mut(key) else { return false };
        hold.folded += 1;
        hold.other_users |= hold.uid != uid && hold.uid.is_some() && uid.is_some();
        true
    }

    /// Holds this source back from now on, after this alert. If another must be let go for it: what it has to say.
    pub fn begin(
        &mut self,
        key: Key,
        uid: Option<u32>,
        alert: &AlertEvent,
        now: u64,
        debounce_ns: u64,
    ) -> Option<AlertEvent> {
        let early = if self.held.len() >= HOLDS_MAX { self.end_first(&alert.rule, Some(now)) } else { None };
        let hold = Hold {
            since_ns: alert.mono_ns,
            folded: 0,
            uid,
            other_users: false,
            by: alert.by.clone(),
            count: alert.count,
            distinct: alert.distinct,
            who: alert.who,
            ancestors: alert.ancestors.clone(),
        };
        self.held.insert(key, hold);
        self.ends.push_back((now.saturating_add(debounce_ns), key));
        early.flatten()
    }

    /// When the first of them ends.
    pub fn first_end(&self) -> Option<u64> {
        self.ends.front().map(|(end, _)| *end)
    }

    /// Ends the first of them, at its time or at this one; what it has to say, if anything was folded. The outer
    /// nothing: there is none.
    pub fn end_first(&mut self, rule: &Arc<RuleInfo>, at: Option<u64>) -> Option<Option<AlertEvent>> {
        let (end, key) = self.ends.pop_front()?;
        let hold = self.held.remove(&key)?;
        Some((hold.folded > 0).then(|| AlertEvent {
            mono_ns: at.unwrap_or(end),
            rule: rule.clone(),
            by: hold.by,
            count: hold.count,
            distinct: hold.distinct,
            since_ns: hold.since_ns,
            folded: hold.folded,
            other_users: hold.other_users,
            who: hold.who,
            exe: String::new(),
            argv: Vec::new(),
            ancestors: hold.ancestors,
            event: None,
        }))
    }
}
