//! What is told of a recording that could not be read as it stands: the first of it in words, of the rest how much.

use std::fmt::Display;
use tokio::sync::mpsc;

/// How many problems are told one by one.
const TOLD: usize = 16;
/// Room for these, for those of the directory before, and for the last word: nothing that is told gets lost.
const QUEUED: usize = 2 * TOLD + 4;

/// Tells problems, and knows which file they are of.
pub struct Words {
    /// What the recording is called.
    pub name: String,
    problems: mpsc::Sender<String>,
    told: usize,
    untold: u64,
}

impl Words {
    /// Of the recording `name`; `before` was met before it was opened.
    pub fn new(name: String, before: Vec<String>) -> (Words, mpsc::Receiver<String>) {
        let (problems, receiver) = mpsc::channel(QUEUED);
        let words = Words { name, problems, told: 0, untold: 0 };
        let more = before.len().saturating_sub(TOLD);
        before.into_iter().take(TOLD).for_each(|problem| words.send(problem));
        if more > 0 {
            words.send(format!("and {more} more files like these"));
        }
        (words, receiver)
    }

    /// One more.
    pub fn tell(&mut self, what: impl Display) {
        if self.told == TOLD {
            self.untold += 1;
            return;
        }
        self.told += 1;
        self.send(format!("{}: {what}", self.name));
    }

    /// At the end: how many more there were, and how many lines are of later versions.
    pub fn finish(&self, unknown: u64) {
        match self.untold {
            0 => {}
            1 => self.send(format!("{}: and one more like these", self.name)),
            more => self.send(format!("{}: and {more} more like these", self.name)),
        }
        if unknown > 0 {
            let lines = if unknown == 1 { "one line is" } else { &format!("{unknown} lines are") };
            self.send(format!("{}: {lines} of a kind that only later versions know: passed over", self.name));
        }
    }

    fn send(&self, problem: String) {
        let _ = self.problems.try_send(problem); // nobody may listen
    }
}
