//! The counters in the order in which they are shown: by total, the largest first, unless sorted otherwise.
//!
//! They are taken out of the model once in a while, not for every picture: ten thousand senders are a long list.

pub use super::counted::{Part, SECONDS, SenderFigures, SenderLine, SignalLine, sender_column, signal_column};
use super::counted::{figures, part_of, sender_line, sender_order, signal_line, signal_order, top_senders};
use super::drill::{Drill, Level};
use super::ranking::{Listed, Ranking, choose, sorted};
use super::sort::{Sort, Turn};
use super::{Frozen, Subject};
use crate::event::SenderKey;
use crate::model::Model;
use crate::signal::{Signal, SignalSet};

/// What is counted, as of one moment.
pub struct CountersState {
    /// All signals.
    pub total: u64,
    /// All probes, which are none.
    pub probes: u64,
    /// All that failed, which are none either.
    pub failed: u64,
    /// Per second, now.
    pub rate: f64,
    /// Per second, in the last minute, the newest last.
    pub spark: [u32; SECONDS],
    /// By signal.
    pub signals: Ranking<SignalLine, Option<Signal>>,
    /// By sender: the first of all in their order.
    pub senders: Ranking<SenderLine, SenderKey>,
    /// Where the panel by sender has gone into.
    pub drill: Drill,
    /// By the number of each signal, who sent most of it.
    top: Vec<Vec<Part>>,
    senders_ns: Option<u64>,
}

impl CountersState {
    /// How often the senders are put in order anew.
    const SENDERS_NS: u64 = 250_000_000;
    /// How many who sent most of a signal are known.
    pub const TOP: usize = 5;

    /// Nothing counted.
    pub fn new() -> CountersState {
        CountersState {
            total: 0,
            probes: 0,
            failed: 0,
            rate: 0.0,
            spark: [0; SECONDS],
            signals: Ranking::new(signal_column::TOTAL, |line| line.key, signal_order),
            senders: Ranking::new(
                sender_column::TOTAL,
                |line| line.figures.key,
                |column, a, b| sender_order(column, &a.figures, &b.figures),
            ),
            drill: Drill::new(),
            top: Vec::new(),
            senders_ns: None,
        }
    }

    /// Takes the counts out of the model.
    pub fn refresh(&mut self, model: &Model, now_ns: u64) {
        let counters = &model.counters;
        self.total = counters.total();
        self.probes = counters.probes();
        self.failed = counters.failed();
        self.rate = counters.rate(now_ns);
        self.spark = counters.spark(now_ns);
        let known = counters.signals().map(|(signal, count)| (Some(signal), count));
        let unknown = Some((None, counters.unknown_signal())).filter(|(_, count)| count.total > 0);
        self.signals.fill(known.chain(unknown).map(|(key, count)| signal_line(key, count, now_ns)).collect());
        let due = self.senders_ns.is_none_or(|then| now_ns.abs_diff(then) >= Self::SENDERS_NS);
        if due || self.senders.count < Ranking::<SenderLine, SenderKey>::MOST {
            self.senders_ns = Some(now_ns);
            self.refresh_senders(model, now_ns);
            self.drill.refresh(model, now_ns);
        }
    }

    /// The same, the senders too, however lately they were put in order.
    pub fn refresh_all(&mut self, model: &Model, now_ns: u64) {
        self.senders_ns = None;
        self.refresh(model, now_ns);
        self.drill.refresh_now(model, now_ns);
    }

    fn refresh_senders(&mut self, model: &Model, now_ns: u64) {
        let sort = self.senders.sort;
        let all = model.counters.senders();
        let mut all: Vec<_> = all.map(|count| (figures(count, now_ns, sort), count)).collect();
        self.top = top_senders(model);
        let count = all.len();
        choose(&mut all, |(a, _), (b, _)| sorted(sort, sender_order, a, b));
        self.senders.fill(all.into_iter().map(|(figures, count)| sender_line(figures, count, now_ns)).collect());
        self.senders.count = count;
    }

    /// Takes these orders, of lists that are empty yet. One by a column that there is not is left as it is.
    pub fn arrange(&mut self, signals: Sort, senders: Sort) {
        if signals.column <= signal_column::TREND {
            self.signals.sort = signals;
        }
        if senders.column <= sender_column::TREND {
            self.senders.sort = senders;
        }
    }

    /// Sorts the signals anew.
    pub fn sort_signals(&mut self, turn: Turn, columns: &[usize]) {
        self.signals.turn(turn, columns);
    }

    /// Sorts what the panel by sender shows anew. Who is listed is chosen anew too, unless the picture stands still.
    pub fn sort_senders(&mut self, turn: Turn, columns: &[usize], model: &Model, now_ns: u64, is_frozen: bool) {
        self.senders_list().sort(turn, columns);
        if !is_frozen {
            self.refresh_senders(model, now_ns);
            self.drill.refresh_now(model, now_ns);
        }
    }

    /// What the panel by sender shows.
    pub fn senders_list(&mut self) -> &mut dyn Listed {
        match self.drill.level() {
            Level::All => &mut self.senders,
            Level::Senders(_) => &mut self.drill.senders,
            Level::Targets(..) => &mut self.drill.targets,
        }
    }

    /// What part of that is shown, and how many lines it has.
    pub fn senders_shown(&self) -> (crate::ui::list::Window, usize) {
        match self.drill.level() {
            Level::All => self.senders.shown(),
            Level::Senders(_) => self.drill.senders.shown(),
            Level::Targets(..) => self.drill.targets.shown(),
        }
    }

    /// What is selected there.
    pub fn selected_sender(&self) -> Option<Subject> {
        match self.drill.level() {
            Level::All => self.senders.selected().map(Subject::Sender),
            _ => self.drill.selected(),
        }
    }

    /// Goes into a signal: to who sent it.
    pub fn enter_signal(&mut self, signal: Option<Signal>, model: &Model, now_ns: u64, frozen: Option<&Frozen>) {
        self.drill.enter_signal(signal);
        match frozen {
            None => self.drill.refresh_now(model, now_ns),
            Some(_) => {
                self.drill.senders.fill(self.senders.lines.iter().filter_map(|line| part_of(line, signal)).collect());
            }
        }
    }

    /// Who sent most of a signal.
    pub fn top(&self, signal: Option<Signal>) -> &[Part] {
        self.top.get(signal.map_or(0, |signal| signal.number().into())).map_or(&[], Vec::as_slice)
    }

    /// How many of these signals came one by one.
    pub fn came(&self, signals: SignalSet) -> u64 {
        let among = |line: &&SignalLine| line.key.is_some_and(|signal| signals.contains(signal));
        self.signals.lines.iter().filter(among).map(|line| line.results.iter().sum::<u64>()).sum()
    }
}

impl Default for CountersState {
    fn default() -> CountersState {
        CountersState::new()
    }
}
