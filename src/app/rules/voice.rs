//! What the threads of the outlets have to say: with the problems of the stream while there is one, else at the end.

use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::WeakSender;

/// The most lines that wait for the end.
const UNSAID_MAX: usize = 32;

/// A way to the user.
#[derive(Default)]
pub struct Voice(Mutex<Words>);

#[derive(Default)]
struct Words {
    problems: Option<WeakSender<String>>,
    unsaid: Vec<String>,
}

impl Voice {
    fn lock(&self) -> MutexGuard<'_, Words> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on this way, as long as there is one.
    pub fn through(&self, problems: WeakSender<String>) {
        self.lock().problems = Some(problems);
    }

    /// Says it, now or at the end. Does not wait.
    pub fn say(&self, what: String) {
        let mut words = self.lock();
        let rest = match words.problems.as_ref().and_then(WeakSender::upgrade) {
            Some(problems) => problems.try_send(what).err().map(|e| e.into_inner()),
            None => Some(what),
        };
        if words.unsaid.len() < UNSAID_MAX {
            words.unsaid.extend(rest);
        }
    }

    /// What could not be said.
    pub fn unsaid(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().unsaid)
    }
}
