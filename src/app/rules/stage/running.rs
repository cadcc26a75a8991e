//! The loop of the stage, on the thread `sigtop-rules`: takes each batch through the [`Sentry`] and hands it on, looks at
//! the time where announcements are due, and lets the reader's words and the source's answers go by in between.
//!
//! It waits for the reader only: alerts go to their outlets at once, and of problems those that find no room are dropped.

use super::back::{Back, Word, lock};
use super::questions::Questions;
use crate::app::rules::outlets::Outlets;
use crate::app::rules::sentry::{Sentry, Watch};
use crate::source::Batch;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Where nothing comes, announcements are looked after so often at most, and so late: what happened before may still be
/// on its way.
const LATE: Duration = Duration::from_secs(1);
/// That rules forget is said so often at most.
const FORGETS: Duration = Duration::from_secs(60);

/// The stage at work.
pub struct Running<W> {
    /// What holds the rules.
    pub sentry: Sentry<W>,
    /// Knows whose a filter is.
    pub back: Arc<Mutex<Back>>,
    /// What waits for the source's answers.
    pub questions: Questions,
    /// Where alerts go beside the stream.
    pub outlets: Outlets,
    /// The reader.
    pub out: mpsc::Sender<Batch>,
    /// Who hears of problems.
    pub problem: mpsc::Sender<String>,
    /// Time goes on where nothing comes.
    pub has_clock: bool,
    /// When the newest event came.
    pub seen: Instant,
    /// When time was last looked at.
    pub looked: Instant,
    /// When it was last said that some rules forget; nothing where they forget no more.
    pub told: Option<Instant>,
}

/// Whether the stream goes on.
type GoOn = Option<()>;

impl<W: Watch> Running<W> {
    /// Until the source ends, or the reader goes.
    pub async fn run(
        mut self,
        mut from: mpsc::Receiver<Batch>,
        mut words: mpsc::UnboundedReceiver<Word>,
        mut problems: mpsc::Receiver<String>,
    ) {
        loop {
            let (due, again) = (self.due(), self.told.and_then(|told| told.checked_add(FORGETS)));
            let go_on = tokio::select! {
                biased;
                said = self.questions.answer() => {
                    self.questions.answered(said, |rules| self.sentry.watch().set(rules));
                    Some(())
                }
                Some(word) = words.recv() => {
                    self.questions.heard(word, |rules| self.sentry.watch().set(rules));
                    Some(())
                }
                Some(problem) = problems.recv() => {
                    self.say(problem);
                    Some(())
                }
                batch = from.recv() => match batch {
                    Some(batch) => self.take(batch).await,
                    None => None,
                },
                () = self.out.closed() => None,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.looked = Instant::now();
                    let batch = self.sentry.advance(self.now_ns());
                    self.hand_on(batch).await
                }
                () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => {
                    self.tell_forgotten();
                    Some(())
                }
            };
            if go_on.is_none() {
                break;
            }
        }
        self.tell_forgotten();
        let rest = self.sentry.finish();
        self.hand_on(rest).await;
        while let Ok(problem) = problems.try_recv() {
            self.say(problem);
        }
    }

    async fn take(&mut self, mut batch: Batch) -> GoOn {
        let back = &self.back;
        self.sentry.take(&mut batch, &mut |event| lock(back).told(event));
        self.seen = Instant::now();
        if self.told.is_none_or(|told| told.elapsed() >= FORGETS) {
            self.tell_forgotten();
        }
        self.hand_on(batch).await
    }

    /// What rules forgot since the last time.
    fn tell_forgotten(&mut self) {
        let sentences = self.sentry.watch().forgets();
        self.told = Some(Instant::now()).filter(|_| !sentences.is_empty());
        sentences.into_iter().for_each(|what| self.say(what));
    }

    async fn hand_on(&mut self, batch: Batch) -> GoOn {
        batch.iter().for_each(|event| self.outlets.take(event));
        if batch.is_empty() { Some(()) } else { self.out.send(batch).await.ok() }
    }

    /// When time is to be looked at.
    fn due(&self) -> Option<Instant> {
        let due_ns = self.sentry.due().filter(|_| self.has_clock)?;
        let wait = Duration::from_nanos(due_ns.saturating_sub(self.sentry.last_ns()));
        self.seen.checked_add(wait)?.max(self.looked).checked_add(LATE)
    }

    /// The time of the stream, not later than what is still on its way.
    fn now_ns(&self) -> u64 {
        let since = self.seen.elapsed().saturating_sub(LATE);
        self.sentry.last_ns().saturating_add(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    fn say(&self, problem: String) {
        let _ = self.problem.try_send(problem); // of very many, the first are enough
    }
}
