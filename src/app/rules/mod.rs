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
    use crate::event::{Event, Severity, a_rule, an_alert};

    /// An alert of this rule, about nobody.
    pub fn alert(name: &str) -> Event {
        Event::Alert(Box::new(an_alert(a_rule(name, Severity::High), 5)))
    }
}
