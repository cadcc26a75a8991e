//! Rules that are being read again, for loops that wait for several things.

use super::Guard;
use crate::source::{Control, Reloaded};
use std::collections::VecDeque;

/// Who will say what became of it: each answer is said, in the order of the questions.
#[derive(Default)]
pub struct Reload(VecDeque<Reloaded>);

impl Reload {
    /// Has them read again, and the alert log opened anew.
    pub fn ask(&mut self, guard: Option<&Guard>, control: &mut dyn Control) {
        guard.map(Guard::reopen);
        self.0.push_back(control.reload_rules());
    }

    /// Whether they are being read.
    pub fn is_under_way(&self) -> bool {
        !self.0.is_empty()
    }

    /// Returns when they were read: what changed, or why not, in words. Dropping the future loses nothing.
    pub async fn done(&mut self) -> Result<String, String> {
        let Some(answer) = self.0.front_mut() else { return std::future::pending().await };
        let said = answer.await.unwrap_or_else(|_| Err("the stream has ended: no rules were read".into()));
        self.0.pop_front();
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;
    use crate::source::Answer;
    use tokio::sync::oneshot::{Sender, channel};

    /// Answers later.
    struct Slow(Vec<Sender<Result<String, String>>>);

    impl Control for Slow {
        fn set_filter(&mut self, _: Filter) -> Answer {
            channel().1
        }

        fn reload_rules(&mut self) -> Reloaded {
            let (reply, answer) = channel();
            self.0.push(reply);
            answer
        }
    }

    #[tokio::test]
    async fn whoever_asks_twice_hears_both_answers() {
        let (mut reload, mut control) = (Reload::default(), Slow(Vec::new()));
        reload.ask(None, &mut control);
        reload.ask(None, &mut control);
        for (reply, said) in control.0.into_iter().zip(["one new", "nothing changed"]) {
            reply.send(Ok(said.into())).unwrap();
        }
        assert_eq!(reload.done().await, Ok("one new".into()));
        assert!(reload.is_under_way());
        assert_eq!(reload.done().await, Ok("nothing changed".into()));
        assert!(!reload.is_under_way());
    }
}
