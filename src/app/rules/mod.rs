//! Rules at work: read from their files ([`files`]), held against the stream by a stage before its readers ([`stage`],
//! [`sentry`]), their alerts handed on ([`outlets`]) to the alert log and the webhook. [`Guard`] is all of it for a run.

mod alert_log;
mod files;
mod guard;
mod outlets;
mod post;
mod queue;
mod reload;
mod secret;
mod sentry;
mod stage;
mod trust;
mod voice;
mod work;

pub use guard::Guard;
pub use reload::Reload;
pub use work::work;

#[cfg(test)]
mod tests {
    use crate::event::{AlertEvent, Event, RuleInfo, Severity};
    use std::sync::Arc;

    /// An alert of this rule, about nobody.
    pub fn alert(name: &str) -> Event {
        let (description, tags) = (String::new(), Vec::new());
        let rule = Arc::new(RuleInfo {
            name: name.into(),
            severity: Severity::High,
            description,
            tags,
            false_alarms: String::new(),
        });
        let (by, count, distinct, folded) = (String::new(), 1, None, 0);
        let (mono_ns, since_ns, who, ancestors, event) = (5, 5, None, Vec::new(), None);
        let (exe, argv) = (String::new(), Vec::new());
        let alert =
            AlertEvent { mono_ns, rule, by, count, distinct, since_ns, folded, who, exe, argv, ancestors, event };
        Event::Alert(Box::new(alert))
    }
}
