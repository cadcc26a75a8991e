//! The stage between a source and its reader where rules are given: a thread of its own, `sigtop-rules`.
//!
//! Below, the source captures what the reader asked for or the rules need; above, the reader gets what it asked for, and
//! alerts. Here the stage is put together: the loop that takes the stream through ([`running`]), the way back to the source
//! ([`back`]), and what waits for its answers ([`questions`]). What is done with an event is the sentry's.

mod back;
mod questions;
mod running;

use super::outlets::Outlets;
use super::sentry::{Sentry, Watch};
use crate::error::Error;
use crate::filter::{Expr, Filter, Narrows};
use crate::plan::Asked;
use crate::rules::{Needs, RuleSet};
use crate::source::{QUEUED_BATCHES, Source};
use back::{Back, Remote};
use questions::Questions;
use running::Running;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How many problems may wait to be told.
const QUEUED_PROBLEMS: usize = 64;

/// What a stage is made of.
pub struct Stage<W> {
    /// The rules at work.
    pub watch: W,
    /// The same, as they were read.
    pub rules: RuleSet,
    /// What they need.
    pub needs: Needs,
    /// Where they were read, to be read again.
    pub files: Vec<PathBuf>,
    /// What the reader asked for.
    pub asked: Asked,
    /// All that is captured passes on: the readers narrow it themselves.
    pub passes_all: bool,
    /// Time goes on where nothing comes: it is no recording.
    pub has_clock: bool,
    /// Where alerts go beside the stream.
    pub outlets: Outlets,
}

/// What a source is to capture for both.
pub fn union(asked: &Asked, needs: &Needs) -> Asked {
    let filter = both(&asked.filter, needs);
    Asked { filter, narrows: Narrows::Signals, facts: asked.facts.clone().or(needs.facts.clone()) }
}

/// Either. What is told only on request is asked for beside it.
fn both(filter: &Filter, needs: &Needs) -> Filter {
    Filter(Expr::any(vec![filter.0.clone(), needs.filter.0.clone()]))
}

impl<W: Watch> Stage<W> {
    /// Puts it before the reader. The source captures the [`union`] already.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn stand(self, below: Source) -> Result<Source, Error> {
        let cannot = |e| Error::environment("cannot start a thread for the rules", e);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(cannot)?;
        let (out, batches) = mpsc::channel(QUEUED_BATCHES);
        let (problem, problems) = mpsc::channel(QUEUED_PROBLEMS);
        let (word, words) = mpsc::unbounded_channel();
        let Source { header, batches: from, control, problems: their_problems } = below;
        self.outlets.begin(&header, &problem);
        let sentry = Sentry::new(self.watch, Some(&self.asked).filter(|_| !self.passes_all), header.mono_ns);
        let Asked { filter, facts, .. } = self.asked;
        let back = Arc::new(Mutex::new(Back::new(control, filter, self.needs)));
        let running = Running {
            sentry,
            questions: Questions::new(Arc::clone(&back), self.rules, facts),
            back: Arc::clone(&back),
            outlets: self.outlets,
            out,
            problem,
            has_clock: self.has_clock,
            seen: Instant::now(),
            looked: Instant::now(),
            told: None,
        };
        let run = move || runtime.block_on(running.run(from, words, their_problems));
        thread::Builder::new().name("sigtop-rules".into()).spawn(run).map_err(cannot)?;
        Ok(Source { header, batches, control: Box::new(Remote::new(back, word, self.files)), problems })
    }
}

#[cfg(test)]
mod tests;
