//! Rules held against a stream, batch by batch: each alert right behind the event that gave it, and then what the user
//! asked for. The same batches give the same alerts: time is the events' own, or is handed in.
//!
//! Nothing here waits, reads a clock or is a thread. Nothing is allocated for an event.

use crate::event::{AlertEvent, Event, FilterEvent};
use crate::filter::Filter;
use crate::filter::sieve::Sieve;
use crate::plan::Asked;
use crate::rules::{Engine, RuleSet};
use crate::source::Batch;

/// How often signals that are kept back are told of, in nanoseconds of the stream.
const COUNT_NS: u64 = 1_000_000_000;

/// What rules do: [`Engine`], and what stands for it in tests.
pub trait Watch: Send + 'static {
    /// [`Engine::take`].
    fn take(&mut self, event: &Event, alerts: &mut Vec<AlertEvent>);
    /// [`Engine::advance`].
    fn advance(&mut self, mono_ns: u64, alerts: &mut Vec<AlertEvent>);
    /// [`Engine::finish`].
    fn finish(&mut self, alerts: &mut Vec<AlertEvent>);
    /// [`Engine::due`].
    fn due(&self) -> Option<u64>;
    /// [`Engine::forgets`].
    fn forgets(&mut self) -> Vec<String>;
    /// [`Engine::set`].
    fn set(&mut self, rules: RuleSet);
}

impl Watch for Engine {
    fn take(&mut self, event: &Event, alerts: &mut Vec<AlertEvent>) {
        Engine::take(self, event, alerts);
    }

    fn advance(&mut self, mono_ns: u64, alerts: &mut Vec<AlertEvent>) {
        Engine::advance(self, mono_ns, alerts);
    }

    fn finish(&mut self, alerts: &mut Vec<AlertEvent>) {
        Engine::finish(self, alerts);
    }

    fn due(&self) -> Option<u64> {
        Engine::due(self)
    }

    fn forgets(&mut self) -> Vec<String> {
        Engine::forgets(self)
    }

    fn set(&mut self, rules: RuleSet) {
        Engine::set(self, rules);
    }
}

/// Whose a filter is that a source tells of.
pub enum Told {
    /// The reader's: this is what the reader asked for.
    Reader(Filter),
    /// Of rules that were read again: the reader's own is as it was.
    Rules,
    /// Of a recording, or a daemon.
    Foreign,
}

/// Who stands between a source and its reader.
pub struct Sentry<W> {
    watch: W,
    /// What the reader asked for; nothing where all passes on.
    sieve: Option<Sieve>,
    counted_ns: u64,
    last_ns: u64,
    /// Signals were kept back that are not told of.
    keeps_back: bool,
    /// What is put into the batch at hand, and before which of its events. Kept for its room.
    added: Vec<(usize, Event)>,
    alerts: Vec<AlertEvent>,
}

impl<W: Watch> Sentry<W> {
    /// Before a stream that begins at `began_ns`. Without `asked`, all passes on.
    pub fn new(watch: W, asked: Option<&Asked>, began_ns: u64) -> Sentry<W> {
        let sieve = asked.map(|asked| Sieve::new(asked.filter.clone(), asked.narrows).requesting(&asked.facts));
        let (counted_ns, last_ns) = (began_ns, began_ns);
        Sentry { watch, sieve, counted_ns, last_ns, keeps_back: false, added: Vec::new(), alerts: Vec::new() }
    }

    /// The rules.
    pub fn watch(&mut self) -> &mut W {
        &mut self.watch
    }

    /// The time of the newest event.
    pub fn last_ns(&self) -> u64 {
        self.last_ns
    }

    /// Takes in what happened next, and leaves what the reader gets. `told` is asked whose filter an event of the
    /// source tells of.
    pub fn take(&mut self, batch: &mut Batch, told: &mut dyn FnMut(&FilterEvent) -> Told) {
        let mut kept = 0;
        batch.retain_mut(|event| {
            let passes = self.event(event, kept, told);
            kept += usize::from(passes);
            passes
        });
        if !self.added.is_empty() {
            *batch = merge(std::mem::take(batch), &mut self.added);
        }
    }

    /// When time is to be looked at though nothing happens: something is to be announced, or was kept back.
    pub fn due(&self) -> Option<u64> {
        let counts = Some(self.counted_ns.saturating_add(COUNT_NS)).filter(|_| self.keeps_back);
        self.watch.due().into_iter().chain(counts).min()
    }

    /// Time passes, and nothing happens.
    pub fn advance(&mut self, mono_ns: u64) -> Batch {
        self.watch.advance(mono_ns, &mut self.alerts);
        let mut news = self.alerts();
        if self.keeps_back && mono_ns >= self.counted_ns.saturating_add(COUNT_NS) {
            (self.counted_ns, self.keeps_back) = (mono_ns, false);
            news.extend(self.sieve.as_mut().map(|sieve| sieve.skipped(mono_ns)).unwrap_or_default());
        }
        news
    }

    /// The stream has ended.
    pub fn finish(&mut self) -> Batch {
        self.watch.finish(&mut self.alerts);
        let mut rest = self.alerts();
        rest.extend(self.sieve.as_mut().map(|sieve| sieve.skipped(self.last_ns)).unwrap_or_default());
        rest
    }

    fn alerts(&mut self) -> Batch {
        self.alerts.drain(..).map(|alert| Event::Alert(Box::new(alert))).collect()
    }

    /// Whether it passes on; what it gives rise to stands before or behind the event that is `at` this place.
    fn event(&mut self, event: &mut Event, at: usize, told: &mut dyn FnMut(&FilterEvent) -> Told) -> bool {
        if matches!(event, Event::Alert(_)) {
            return false; // of rules of another time
        }
        let now = event.mono_ns();
        self.last_ns = self.last_ns.max(now);
        self.watch.take(event, &mut self.alerts);
        let mut news = None;
        if let Event::Filter(e) = event {
            match told(e) {
                Told::Reader(filter) => {
                    e.text = filter.to_string();
                    news = Some(filter);
                }
                Told::Rules => return false,
                Told::Foreign => {}
            }
        }
        if let Some(sieve) = &mut self.sieve {
            if news.is_some() || now >= self.counted_ns.saturating_add(COUNT_NS) {
                (self.counted_ns, self.keeps_back) = (now, false);
                self.added.extend(sieve.skipped(now).into_iter().map(|count| (at, count)));
            }
            news.into_iter().for_each(|filter| sieve.set(filter));
        }
        let passes = self.sieve.as_mut().is_none_or(|sieve| sieve.pass_mut(event));
        self.keeps_back |= !passes && matches!(event, Event::Signal(_));
        for alert in self.alerts.drain(..) {
            let behind = passes && alert.mono_ns >= now; // an announcement was due before
            self.added.push((at + usize::from(behind), Event::Alert(Box::new(alert))));
        }
        passes
    }
}

/// Puts in what was added, each before the event of its place.
fn merge(batch: Batch, added: &mut Vec<(usize, Event)>) -> Batch {
    let mut merged = Batch::with_capacity(batch.len() + added.len());
    let mut added = added.drain(..).peekable();
    for (at, event) in batch.into_iter().enumerate() {
        while let Some((_, more)) = added.next_if(|(place, _)| *place <= at) {
            merged.push(more);
        }
        merged.push(event);
    }
    merged.extend(added.map(|(_, more)| more));
    merged
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::event::{Kind, Severity, a_rule, an_alert};
    use crate::filter::{Narrows, Wanted};
    use crate::source::synth::{Synth, header};

    /// Fires at every `every`th signal, and announces ten seconds after that. Of each signal it forgets something.
    #[derive(Default)]
    pub struct Every {
        pub every: u64,
        pub signals: u64,
        pub due: Option<u64>,
        pub rules: usize,
        pub forgotten: u64,
    }

    fn alert(mono_ns: u64, folded: u64, event: Option<&Event>) -> AlertEvent {
        let event = event.cloned().map(Box::new);
        AlertEvent { folded, event, ..an_alert(a_rule("every", Severity::High), mono_ns) }
    }

    impl Watch for Every {
        fn take(&mut self, event: &Event, alerts: &mut Vec<AlertEvent>) {
            self.advance(event.mono_ns(), alerts);
            if matches!(event, Event::Signal(_)) {
                self.signals += 1;
                self.forgotten += 1;
                if self.signals.is_multiple_of(self.every) {
                    alerts.push(alert(event.mono_ns(), 0, Some(event)));
                    self.due.get_or_insert(event.mono_ns() + 10_000_000_000);
                }
            }
        }

        fn advance(&mut self, mono_ns: u64, alerts: &mut Vec<AlertEvent>) {
            alerts.extend(self.due.take_if(|due| *due <= mono_ns).map(|due| alert(due, 1, None)));
        }

        fn finish(&mut self, alerts: &mut Vec<AlertEvent>) {
            self.advance(u64::MAX, alerts);
        }

        fn due(&self) -> Option<u64> {
            self.due
        }

        fn forgets(&mut self) -> Vec<String> {
            let count = std::mem::take(&mut self.forgotten);
            if count > 0 { vec![format!("{count} forgotten")] } else { Vec::new() }
        }

        fn set(&mut self, _: RuleSet) {
            self.rules += 1;
        }
    }

    pub fn asked(text: &str) -> Asked {
        let filter = Filter::parse(text, &|_| None).unwrap();
        Asked { filter, narrows: Narrows::Signals, facts: Wanted::default() }
    }

    fn through(batch: usize, asked: Option<&Asked>) -> Vec<Event> {
        let events: Vec<Event> = Synth::new(7).take(20_000).collect();
        let mut sentry = Sentry::new(Every { every: 10, ..Every::default() }, asked, header().mono_ns);
        let mut out = Vec::new();
        for part in events.chunks(batch) {
            let mut part = part.to_vec();
            sentry.take(&mut part, &mut |_| Told::Foreign);
            out.extend(part);
        }
        out.extend(sentry.finish());
        out
    }

    #[test]
    fn an_alert_stands_right_behind_its_event_and_an_announcement_before_what_is_later() {
        let out = through(512, None);
        assert!(out == through(1, None) && out == through(20_000, None), "however they come");
        let mut fired = 0;
        for (before, event) in out.iter().zip(&out[1..]) {
            let Event::Alert(alert) = event else { continue };
            match &alert.event {
                Some(event) => assert_eq!(&**event, before),
                None => assert!(before.mono_ns() <= alert.mono_ns || before.kind() == Kind::Alert),
            }
            fired += 1;
        }
        assert!(fired > 20, "{fired}");
        let without: Vec<&Event> = out.iter().filter(|event| event.kind() != Kind::Alert).collect();
        assert!(without.into_iter().eq(&Synth::new(7).take(20_000).collect::<Vec<_>>()));
    }

    /// Nothing is lost: what does not pass is counted, and alerts are those of all that happened.
    #[test]
    fn what_the_reader_did_not_ask_for_is_counted_and_still_fires() {
        let (all, some) = (through(512, None), through(512, Some(&asked("sig:CHLD"))));
        let alerts =
            |events: &[Event]| events.iter().filter(|e| matches!(e, Event::Alert(_))).cloned().collect::<Vec<Event>>();
        assert_eq!(alerts(&all), alerts(&some));
        let signals = |events: &[Event]| events.iter().filter(|e| e.kind() == Kind::Signal).count() as u64;
        let skipped = |events: &[Event]| -> u64 {
            events.iter().map(|e| if let Event::Skipped(count) = e { count.count } else { 0 }).sum()
        };
        assert!(signals(&some) > 0 && signals(&some) < signals(&all));
        assert_eq!(signals(&some) + skipped(&some), signals(&all) + skipped(&all));
    }

    #[test]
    fn alerts_of_a_recording_are_of_rules_of_another_time() {
        let mut sentry = Sentry::new(Every { every: 10, ..Every::default() }, None, 0);
        let mut batch = vec![Event::Alert(Box::new(alert(1, 0, None)))];
        sentry.take(&mut batch, &mut |_| Told::Foreign);
        assert!(batch.is_empty());
    }
}
