//! What a page tells of its process beside what the process itself holds: its rows of the log, and why it ended.
//!
//! Found by walking the log backwards, which is too much for every picture: it is kept, and looked for anew a few times
//! a second at most, while the page is open. In a paused picture the story is that of the picture.

use super::Frozen;
use super::log::LogState;
use crate::event::{Header, ProcKey};
use crate::model::why::{self, Past, Why};
use crate::model::{Entry, Model, Proc};
use crate::ui::Ui;

/// The most rows that are told.
pub const ROWS: usize = 200;
/// It is told anew this often at most.
const EVERY_NS: u64 = 300_000_000;

/// The story of the process whose page is open.
#[derive(Debug, Default)]
pub struct Story {
    of: Option<Told>,
    /// Sequence numbers of the rows from and to it that are no noise, oldest first; the newest [`ROWS`] of them.
    pub rows: Vec<u64>,
    /// Whether there are older ones.
    pub has_older: bool,
    /// Why it ended, if it did.
    pub why: Option<Why>,
    /// The process itself, as it was known last: who reads of a dead one is not interrupted when it is forgotten.
    proc: Option<Box<Proc>>,
}

/// Of whom it was told, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Told {
    key: ProcKey,
    is_still: bool,
    at_ns: u64,
    log_end: u64,
}

impl Story {
    /// The story of this process in the picture that stands still, or as it is now.
    fn tell(&mut self, told: Told, frozen: Option<&Frozen>, log: &LogState, model: &Model) {
        let key = &told.key;
        let mut rows: Vec<u64> = match frozen {
            Some(frozen) => frozen.about(key).map(|(seq, _)| seq).take(ROWS + 1).collect(),
            None => {
                let is_noise = |seq: &u64| {
                    let signal = model.log.signal(*seq);
                    signal.is_some_and(|s| log.hidden.contains(s)) || log.hides_probes && model.log.is_probe(*seq)
                };
                model.log.about(key).filter(|seq| !is_noise(seq)).take(ROWS + 1).collect()
            }
        };
        rows.reverse();
        self.has_older = rows.len() > ROWS;
        self.rows = rows.split_off(usize::from(self.has_older));
        let still;
        let past: &dyn Past = match frozen {
            Some(frozen) => {
                still = StillPast { frozen, model };
                &still
            }
            None => model,
        };
        if let Some(proc) = past.proc(key) {
            self.proc = Some(Box::new(proc.clone()));
            self.why = why::explain(past, key);
        }
        self.of = Some(told);
    }
}

impl Ui {
    /// Tells the story of this process, unless it was told just now.
    pub(in crate::ui) fn tell(&mut self, of: Option<ProcKey>, model: &Model) {
        let Some(key) = of else {
            self.story = Story::default();
            return;
        };
        let is_still = self.frozen.is_some();
        let told = Told { key, is_still, at_ns: self.now_ns, log_end: model.log.end() };
        let is_new = match self.story.of {
            Some(before) if before.key == key && before.is_still == is_still => {
                let has_ended = self.story.why.is_none() && model.procs.get(&key).is_none_or(|proc| !proc.is_alive());
                let is_old = told.at_ns.saturating_sub(before.at_ns) >= EVERY_NS;
                !is_still && (is_old && before.log_end != told.log_end || has_ended && before.at_ns != told.at_ns)
            }
            _ => true,
        };
        if self.story.of.is_some_and(|before| before.key != key) {
            self.story = Story::default();
        }
        if is_new {
            self.story.tell(told, self.frozen.as_deref(), &self.log, model);
        }
    }
}

impl Ui {
    /// A process as it is shown; of the one whose page is open, as it was known last.
    pub fn told<'a>(&'a self, model: &'a Model, key: &ProcKey) -> Option<&'a Proc> {
        self.proc(model, key).or_else(|| self.story.proc.as_deref().filter(|proc| proc.key == *key))
    }
}

/// A picture that stands still, as the past is asked of it. When the stream began never changes.
struct StillPast<'a> {
    frozen: &'a Frozen,
    model: &'a Model,
}

impl Past for StillPast<'_> {
    fn proc(&self, key: &ProcKey) -> Option<&Proc> {
        self.frozen.proc(key)
    }

    fn about<'a>(&'a self, key: &'a ProcKey) -> Box<dyn Iterator<Item = Entry> + 'a> {
        Box::new(self.frozen.about(key).map(|(_, entry)| entry).filter(|entry| entry.is_signal()).cloned())
    }

    fn notes(&self) -> Box<dyn Iterator<Item = &Entry> + '_> {
        let rows = self.frozen.entries().map(|(_, entry)| entry).rev();
        Box::new(rows.filter(|entry| matches!(entry, Entry::Lost(_) | Entry::Filter(_))))
    }

    fn header(&self) -> &Header {
        self.model.header()
    }

    fn skipped(&self) -> u64 {
        self.model.skipped()
    }

    fn kept_from_ns(&self) -> Option<u64> {
        self.frozen.entries().next().filter(|(seq, _)| *seq > 0).map(|(_, entry)| entry.mono_ns())
    }
}
