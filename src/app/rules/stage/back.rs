//! The way back through the stage: a filter of the reader's goes down to the source together with what the rules need,
//! and a filter that the source tells of is known again as the reader's, or as that of rules which were read again.
//!
//! Here the source is asked, and never waited for: what waits for its answers is in [`super::questions`].

use super::both;
use crate::app::rules::files;
use crate::app::rules::sentry::Told;
use crate::event::FilterEvent;
use crate::filter::{Filter, Placement, Wanted};
use crate::rules::{Needs, RuleSet};
use crate::source::{Answer, Asked, Control, Reloaded};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use tokio::sync::{mpsc, oneshot};

/// A filter of the reader's, and what the source was asked for by it.
struct Wish {
    id: u64,
    user: Filter,
    needs: Arc<Needs>,
    /// It is the reader's wish, not that of rules that were read again.
    by_reader: bool,
    /// The filter that the source was asked to obey, as it will tell of it.
    text: String,
}

/// The back-edge to the source.
pub struct Back {
    /// Nothing once the reader has gone: the source ends by that.
    control: Option<Box<dyn Control>>,
    in_force: Wish,
    /// What was asked for and was not seen in the stream, the oldest first.
    wishes: VecDeque<Wish>,
    last_id: u64,
}

impl Back {
    /// To a source that captures for this filter of the reader's and for rules with these needs.
    pub fn new(control: Box<dyn Control>, user: Filter, needs: Needs) -> Back {
        let in_force = Wish { id: 0, user, needs: Arc::new(needs), by_reader: true, text: String::new() };
        Back { control: Some(control), in_force, wishes: VecDeque::new(), last_id: 0 }
    }

    fn latest(&self) -> &Wish {
        self.wishes.back().unwrap_or(&self.in_force)
    }

    /// What the rules need that the source was asked for last.
    pub fn needs(&self) -> Arc<Needs> {
        Arc::clone(&self.latest().needs)
    }

    /// Asks the source for the reader's filter; nothing where it is gone.
    fn ask_for_reader(&mut self, user: Filter) -> Option<(u64, Filter, Answer)> {
        self.ask(user, self.needs(), true)
    }

    /// Asks it for what other rules need.
    pub fn ask_for_rules(&mut self, needs: Arc<Needs>) -> Option<(u64, Answer)> {
        let (id, _, answer) = self.ask(self.latest().user.clone(), needs, false)?;
        Some((id, answer))
    }

    fn ask(&mut self, user: Filter, needs: Arc<Needs>, by_reader: bool) -> Option<(u64, Filter, Answer)> {
        let filter = both(&user, &needs);
        let answer = self.control.as_mut()?.set_filter(filter.clone());
        self.last_id += 1;
        self.wishes.push_back(Wish { id: self.last_id, user, needs, by_reader, text: filter.to_string() });
        Some((self.last_id, filter, answer))
    }

    /// Asks it for what is told only on request.
    pub fn ask_facts(&mut self, wanted: Wanted) -> Option<Asked> {
        Some(self.control.as_mut()?.ask(wanted))
    }

    /// What the source's filter means for the reader, if it was asked for here. Those asked for before hold no more.
    pub fn told(&mut self, event: &FilterEvent) -> Told {
        let Some(at) = self.wishes.iter().position(|wish| wish.text == event.text) else { return Told::Foreign };
        let mut by_reader = false;
        for wish in self.wishes.drain(..=at) {
            by_reader |= wish.by_reader;
            self.in_force = wish;
        }
        if by_reader { Told::Reader(self.in_force.user.clone()) } else { Told::Rules }
    }

    /// The source does not obey this one.
    pub fn give_up(&mut self, id: u64) {
        self.wishes.retain(|wish| wish.id != id);
    }
}

/// For a moment: nobody waits while holding it.
pub fn lock(back: &Mutex<Back>) -> MutexGuard<'_, Back> {
    back.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A filter of the reader's that the source was asked for.
pub struct Request {
    /// What [`Back::give_up`] calls it.
    pub id: u64,
    /// What the reader wished for.
    pub user: Filter,
    /// What the source was asked to obey.
    pub union: Filter,
    /// The source's answer to that.
    pub answer: Answer,
    /// Where the reader waits for it.
    pub reply: oneshot::Sender<Result<Placement, String>>,
}

/// What the reader says to the stage.
pub enum Word {
    /// The source was asked for this.
    Filter(Request),
    /// Rules were read again, or why not; where the reader waits for what becomes of that.
    Rules(Result<RuleSet, String>, oneshot::Sender<Result<String, String>>),
}

/// The reader's end.
pub struct Remote {
    back: Arc<Mutex<Back>>,
    words: mpsc::UnboundedSender<Word>,
    files: Vec<PathBuf>,
    /// Files are read one after the other, so that what was read last holds in the end.
    reading: Arc<Mutex<()>>,
}

impl Remote {
    /// Rules are read again from these files.
    pub fn new(back: Arc<Mutex<Back>>, words: mpsc::UnboundedSender<Word>, files: Vec<PathBuf>) -> Remote {
        Remote { back, words, files, reading: Arc::default() }
    }
}

impl Control for Remote {
    fn set_filter(&mut self, user: Filter) -> Answer {
        let (reply, replied) = oneshot::channel();
        let mut back = lock(&self.back);
        if let Some((id, union, answer)) = back.ask_for_reader(user.clone()) {
            // A stage that has ended answers nothing.
            let _ = self.words.send(Word::Filter(Request { id, user, union, answer, reply }));
        }
        replied
    }

    /// Files may be slow: they are read beside the stream.
    fn reload_rules(&mut self) -> Reloaded {
        let (reply, replied) = oneshot::channel();
        let (words, paths, reading) = (self.words.clone(), self.files.clone(), Arc::clone(&self.reading));
        let read = move || {
            let _one = reading.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = words.send(Word::Rules(files::again(&paths), reply)); // likewise
        };
        // Without a thread there is no answer.
        let _ = thread::Builder::new().name("sigtop-reload".into()).spawn(read);
        replied
    }

    fn turns(&self) -> Option<u64> {
        lock(&self.back).control.as_ref()?.turns()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let control = lock(&self.back).control.take();
        drop(control); // which is how the source knows that it shall end
    }
}
