//! Rules that are being read again, for loops that wait for several things.

use super::Guard;
use crate::source::{Control, Reloaded};

/// Whether they are, and who will say what became of it.
#[derive(Default)]
pub struct Reload(Option<Reloaded>);

impl Reload {
    /// Has them read again, and the alert log opened anew.
    pub fn ask(&mut self, guard: Option<&Guard>, control: &mut dyn Control) {
        guard.map(Guard::reopen);
        self.0 = Some(control.reload_rules());
    }

    /// Whether they are being read.
    pub fn is_under_way(&self) -> bool {
        self.0.is_some()
    }

    /// Returns when they were read: what changed, or why not, in words. Dropping the future loses nothing.
    pub async fn done(&mut self) -> Result<String, String> {
        let Some(answer) = &mut self.0 else { return std::future::pending().await };
        let said = answer.await.unwrap_or_else(|_| Err("the stream has ended: no rules were read".into()));
        self.0 = None;
        said
    }
}
