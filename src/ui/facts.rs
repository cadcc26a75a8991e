//! What /proc tells of a living process beside the stream, while somebody looks at it: how it treats signals, its
//! threads, where it is now.
//!
//! Only data, and when to ask for it: reading is the main loop's, on [`super::Effect::Look`]. While the picture is
//! paused nothing is asked, so that what is shown stays as it was.

use super::state::Subject;
use super::{Popup, Ui};
use crate::event::ProcKey;
use crate::model::{Model, Proc};
use crate::signal::SignalSet;
use crate::ui::action::Effect;
use crate::ui::layout::Panel;

/// The most threads that are listed.
pub const THREADS_MAX: usize = 1000;

/// Facts older than this are read again. A little less than the tick of a quiet screen, so that none is missed.
const STALE_NS: u64 = 950_000_000;

/// How a process treats signals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Masks {
    /// A handler of its own takes them.
    pub caught: SignalSet,
    /// They wait until its first thread lets them in again.
    pub blocked: SignalSet,
    /// It has the kernel throw them away.
    pub ignored: SignalSet,
    /// They wait for any of its threads.
    pub pending: SignalSet,
    /// They wait for its first thread.
    pub pending_own: SignalSet,
}

/// What was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// What it does, in words: `sleeping`, `stopped`.
    pub state: &'static str,
    /// How it treats signals.
    pub masks: Masks,
    /// How many threads it has, the first among them.
    pub thread_count: u64,
    /// Their ids and names, up to [`THREADS_MAX`]; none where they were not asked for.
    pub threads: Vec<(u32, String)>,
    /// Its directory; or why that is not known.
    pub cwd: Result<String, &'static str>,
    /// Its executable, with ` (deleted)` where that is gone; or why it is not known.
    pub exe: Result<String, &'static str>,
    /// Path of its cgroup; empty where it has none.
    pub cgroup: String,
}

/// The answer to [`Effect::Look`]: nothing where the stream is not of this machine; an error in words.
pub type Looked = Option<Result<Box<Facts>, &'static str>>;

/// The last answer.
#[derive(Debug, Default)]
pub struct FactsState {
    of: Option<ProcKey>,
    with_threads: bool,
    asked_ns: u64,
    answer: Looked,
}

impl FactsState {
    /// What was read of this process.
    pub fn of(&self, key: &ProcKey) -> Option<&Facts> {
        self.answer(key)?.as_ref().ok().map(|facts| &**facts)
    }

    /// Why nothing could be read of it.
    pub fn error(&self, key: &ProcKey) -> Option<&'static str> {
        self.answer(key)?.as_ref().err().copied()
    }

    fn answer(&self, key: &ProcKey) -> Option<&Result<Box<Facts>, &'static str>> {
        self.answer.as_ref().filter(|_| self.of.as_ref() == Some(key))
    }
}

impl Ui {
    /// What is to be read now, if anything is.
    pub(super) fn look(&mut self, model: &Model) -> Option<Effect> {
        let lives = |key: &ProcKey| model.procs.get(key).is_some_and(Proc::is_alive);
        let (key, threads) = self.looked_at().filter(|(key, _)| self.frozen.is_none() && lives(key))?;
        let facts = &mut self.facts;
        let is_same = facts.of == Some(key) && (facts.with_threads || !threads);
        if is_same && self.now_ns.saturating_sub(facts.asked_ns) < STALE_NS {
            return None;
        }
        if facts.of != Some(key) {
            facts.answer = None;
        }
        (facts.of, facts.with_threads, facts.asked_ns) = (Some(key), threads, self.now_ns);
        Some(Effect::Look { key, threads })
    }

    /// The process whose facts are on the screen, and whether its threads are.
    fn looked_at(&self) -> Option<(ProcKey, bool)> {
        let process = |subject| if let Subject::Process(key) = subject { Some(key) } else { None };
        match &self.popup {
            Some(Popup::Page(page)) => process(page.subject).map(|key| (key, true)),
            Some(Popup::Send(sending)) => Some((sending.to, false)),
            _ if self.layout(self.width, self.height).place(Panel::Detail).is_none() => None,
            _ => self.subject().and_then(process).map(|key| (key, false)),
        }
    }

    /// The answer came.
    pub(super) fn looked(&mut self, key: ProcKey, answer: Looked) {
        if self.frozen.is_none() && self.facts.of == Some(key) {
            self.facts.answer = answer;
        }
    }

    /// What was read of a process that lives in the picture.
    pub fn facts(&self, proc: &Proc) -> Option<&Facts> {
        self.facts.of(&proc.key).filter(|_| proc.is_alive())
    }
}
