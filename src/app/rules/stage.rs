//! The stage between a source and its reader where rules are given: a thread of its own, `sigtop-rules`.
//!
//! Below, the source captures what the reader asked for or the rules need; above, the reader gets what it asked for, and
//! alerts. The way back is [`Remote`]: a filter of the reader's becomes one of the source's, and rules that are read again
//! hold once the source captures what they need. It sleeps while nothing comes, but for announcements that are due.

use super::files;
use super::outlets::Outlets;
use super::sentry::{Sentry, Told, Watch};
use crate::error::Error;
use crate::event::FilterEvent;
use crate::filter::{Expr, Filter, Narrows, Placement, Wanted};
use crate::plan::Asked;
use crate::rules::{Needs, RuleSet};
use crate::source::{self, Answer, Batch, Control, QUEUED_BATCHES, Reloaded, Source};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

/// How many problems may wait to be told.
const QUEUED_PROBLEMS: usize = 64;
/// Where nothing comes, announcements are looked after so often at most, and so late: what happened before may still be
/// on its way.
const LATE: Duration = Duration::from_secs(1);

/// That rules forget is said so often at most.
const FORGETS: Duration = Duration::from_secs(60);

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
        let (user, facts) = (self.asked.filter, self.asked.facts);
        let latest = Wish { id: 0, user, needs: Arc::new(self.needs), by_reader: true, text: String::new() };
        let in_force = latest;
        let back = Back { control: Some(control), in_force, wishes: VecDeque::new(), last_id: 0 };
        let back = Arc::new(Mutex::new(back));
        let remote = Remote { back: Arc::clone(&back), words: word, files: self.files, reading: Arc::default() };
        let running = Running {
            sentry,
            back,
            outlets: self.outlets,
            out,
            problem,
            asked: VecDeque::new(),
            seen: Instant::now(),
            looked: Instant::now(),
            has_clock: self.has_clock,
            rules: self.rules,
            facts,
            told: None,
        };
        let run = move || runtime.block_on(running.run(from, words, their_problems));
        thread::Builder::new().name("sigtop-rules".into()).spawn(run).map_err(cannot)?;
        Ok(Source { header, batches, control: Box::new(remote), problems })
    }
}

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
struct Back {
    /// Nothing once the reader has gone: the source ends by that.
    control: Option<Box<dyn Control>>,
    in_force: Wish,
    /// What was asked for and was not seen in the stream, the oldest first.
    wishes: VecDeque<Wish>,
    last_id: u64,
}

impl Back {
    fn latest(&self) -> &Wish {
        self.wishes.back().unwrap_or(&self.in_force)
    }

    /// Asks the source for this; nothing where it is gone.
    fn ask(&mut self, user: Filter, needs: Arc<Needs>, by_reader: bool) -> Option<(u64, Filter, Answer)> {
        let filter = both(&user, &needs);
        let answer = self.control.as_mut()?.set_filter(filter.clone());
        self.last_id += 1;
        self.wishes.push_back(Wish { id: self.last_id, user, needs, by_reader, text: filter.to_string() });
        Some((self.last_id, filter, answer))
    }

    /// What the source's filter means for the reader, if it was asked for here. Those asked for before hold no more.
    fn told(&mut self, event: &FilterEvent) -> Told {
        let Some(at) = self.wishes.iter().position(|wish| wish.text == event.text) else { return Told::Foreign };
        let mut by_reader = false;
        for wish in self.wishes.drain(..=at) {
            by_reader |= wish.by_reader;
            self.in_force = wish;
        }
        if by_reader { Told::Reader(self.in_force.user.clone()) } else { Told::Rules }
    }

    fn give_up(&mut self, id: u64) {
        self.wishes.retain(|wish| wish.id != id);
    }
}

fn lock(back: &Mutex<Back>) -> MutexGuard<'_, Back> {
    back.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What to do about wrong rules.
fn checkable(why: &str, paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    format!("{why}; try: sigtop rules check {}", paths.join(" "))
}

/// What the reader says to the stage.
enum Word {
    /// The source was asked for a filter of the reader's.
    Filter { id: u64, user: Filter, union: Filter, answer: Answer, reply: oneshot::Sender<Result<Placement, String>> },
    /// Rules were read again.
    Rules(Result<RuleSet, String>, oneshot::Sender<Result<String, String>>),
}

/// The reader's end.
struct Remote {
    back: Arc<Mutex<Back>>,
    words: mpsc::UnboundedSender<Word>,
    files: Vec<PathBuf>,
    /// Files are read one after the other, so that what was read last holds in the end.
    reading: Arc<Mutex<()>>,
}

impl Control for Remote {
    fn set_filter(&mut self, user: Filter) -> Answer {
        let (reply, replied) = oneshot::channel();
        let mut back = lock(&self.back);
        let needs = Arc::clone(&back.latest().needs);
        if let Some((id, union, answer)) = back.ask(user.clone(), needs, true) {
            let _ = self.words.send(Word::Filter { id, user, union, answer, reply }); // a stage that has ended answers nothing
        }
        replied
    }

    /// Files may be slow: they are read beside the stream.
    fn reload_rules(&mut self) -> Reloaded {
        let (reply, replied) = oneshot::channel();
        let (words, paths, reading) = (self.words.clone(), self.files.clone(), Arc::clone(&self.reading));
        let read = move || {
            let _one = reading.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = words.send(Word::Rules(files::again(&paths).map_err(|why| checkable(&why, &paths)), reply));
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

/// What the source was asked for, and has not answered.
enum Question {
    /// A filter of the reader's.
    Filter { id: u64, answer: Answer, user: Filter, union: Filter, reply: oneshot::Sender<Result<Placement, String>> },
    /// What other rules need of what is told only on request.
    Facts(source::Asked, Change),
    /// And then of everything else.
    Rules(u64, Answer, Change),
}

/// Rules that are to hold.
struct Change {
    rules: RuleSet,
    needs: Arc<Needs>,
    reply: oneshot::Sender<Result<String, String>>,
}

/// An answer of the source.
enum Said {
    Filter(Result<Placement, String>),
    Facts(Result<(), String>),
}

struct Running<W> {
    sentry: Sentry<W>,
    back: Arc<Mutex<Back>>,
    outlets: Outlets,
    out: mpsc::Sender<Batch>,
    problem: mpsc::Sender<String>,
    asked: VecDeque<Question>,
    /// When the newest event came.
    seen: Instant,
    /// When time was last looked at.
    looked: Instant,
    has_clock: bool,
    /// Those in force.
    rules: RuleSet,
    /// What the reader asked for of what is told only on request.
    facts: Wanted,
    /// When it was last said that some of them forget.
    told: Option<Instant>,
}

/// Whether the stream goes on.
type GoOn = Option<()>;

impl<W: Watch> Running<W> {
    async fn run(
        mut self,
        mut from: mpsc::Receiver<Batch>,
        mut words: mpsc::UnboundedReceiver<Word>,
        mut problems: mpsc::Receiver<String>,
    ) {
        let (mut listens, mut has_problems) = (true, true);
        loop {
            let due = self.due();
            let go_on = tokio::select! {
                biased;
                answer = first_answer(&mut self.asked), if !self.asked.is_empty() => {
                    self.answered(answer);
                    Some(())
                }
                word = words.recv(), if listens => {
                    match word {
                        Some(word) => self.heard(word),
                        None => listens = false,
                    }
                    Some(())
                }
                problem = problems.recv(), if has_problems => {
                    match problem {
                        Some(problem) => self.say(problem),
                        None => has_problems = false,
                    }
                    Some(())
                }
                batch = from.recv() => match batch {
                    Some(batch) => self.take(batch).await,
                    None => break,
                },
                () = self.out.closed() => None,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.looked = Instant::now();
                    let batch = self.sentry.advance(self.now_ns());
                    self.hand_on(batch).await
                }
            };
            if go_on.is_none() {
                break;
            }
        }
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
            let sentences = self.sentry.watch().forgets();
            self.told = Some(Instant::now()).filter(|_| !sentences.is_empty()).or(self.told);
            sentences.into_iter().for_each(|what| self.say(what));
        }
        self.hand_on(batch).await
    }

    async fn hand_on(&mut self, batch: Batch) -> GoOn {
        batch.iter().for_each(|event| self.outlets.take(event));
        if batch.is_empty() { Some(()) } else { self.out.send(batch).await.ok() }
    }

    /// When time is to be looked at.
    fn due(&mut self) -> Option<Instant> {
        let due_ns = self.sentry.due().filter(|_| self.has_clock)?;
        let wait = Duration::from_nanos(due_ns.saturating_sub(self.sentry.last_ns()));
        self.seen.checked_add(wait)?.max(self.looked).checked_add(LATE)
    }

    /// The time of the stream, not later than what is still on its way.
    fn now_ns(&self) -> u64 {
        let since = self.seen.elapsed().saturating_sub(LATE);
        self.sentry.last_ns().saturating_add(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    fn heard(&mut self, word: Word) {
        match word {
            Word::Filter { id, user, union, answer, reply } => {
                self.asked.push_back(Question::Filter { id, answer, user, union, reply });
            }
            Word::Rules(Err(why), reply) => drop(reply.send(Err(why))), // whoever asked may have gone
            Word::Rules(Ok(rules), reply) => {
                let needs = Arc::new(rules.needs());
                self.change(Change { rules, needs, reply });
            }
        }
    }

    /// Other rules hold, once the source captures what they need: first what is told only on request.
    fn change(&mut self, change: Change) {
        let before = Arc::clone(&lock(&self.back).latest().needs);
        if *before == *change.needs {
            return self.obey(change);
        }
        if before.facts == change.needs.facts {
            return self.ask(change);
        }
        if let Some(answer) = self.ask_facts(&change.needs) {
            self.asked.push_back(Question::Facts(answer, change));
        }
    }

    fn ask_facts(&self, needs: &Needs) -> Option<source::Asked> {
        let wanted = self.facts.clone().or(needs.facts.clone());
        Some(lock(&self.back).control.as_mut()?.ask(wanted))
    }

    fn ask(&mut self, change: Change) {
        let mut back = lock(&self.back);
        let user = back.latest().user.clone();
        if let Some((id, _, answer)) = back.ask(user, Arc::clone(&change.needs), false) {
            self.asked.push_back(Question::Rules(id, answer, change));
        }
    }

    fn obey(&mut self, Change { rules, reply, .. }: Change) {
        let said = files::reloaded(&self.rules, &rules);
        self.rules = rules.clone();
        self.sentry.watch().set(rules);
        let _ = reply.send(Ok(said)); // whoever asked may have gone
    }

    /// What the source says to the oldest question.
    fn answered(&mut self, said: Said) {
        match (self.asked.pop_front(), said) {
            (Some(Question::Filter { id, user, union, reply, .. }), Said::Filter(answer)) => {
                if answer.is_err() {
                    lock(&self.back).give_up(id);
                }
                let _ = reply.send(answer.map(|below| placement(&user, &union, below))); // likewise
            }
            (Some(Question::Facts(_, change)), Said::Facts(Ok(()))) => self.ask(change),
            (Some(Question::Facts(_, change)), Said::Facts(Err(why))) => refuse(change, &why),
            (Some(Question::Rules(_, _, change)), Said::Filter(Ok(_))) => self.obey(change),
            (Some(Question::Rules(id, _, change)), Said::Filter(Err(why))) => {
                lock(&self.back).give_up(id);
                let before = Arc::clone(&lock(&self.back).latest().needs);
                let _ = self.ask_facts(&before); // as before: what is told beyond that does no harm
                refuse(change, &why);
            }
            _ => {}
        }
    }

    fn say(&self, problem: String) {
        let _ = self.problem.try_send(problem); // of very many, the first are enough
    }
}

/// Where the terms of the reader's filter are decided. What the source captures for both, it decides; of that, the
/// reader's own terms are decided here.
fn placement(user: &Filter, union: &Filter, below: Placement) -> Placement {
    if user == union {
        return below;
    }
    Placement { kernel: below.kernel, ..source::placement(user) }
}

/// The old rules stay.
fn refuse(change: Change, why: &str) {
    let _ = change.reply.send(Err(format!("the rules stay as they were: {why}"))); // whoever asked may have gone
}

/// What the source says to the oldest question. Dropping the future loses nothing.
async fn first_answer(asked: &mut VecDeque<Question>) -> Said {
    let ended = || "the stream has ended".to_string();
    match asked.front_mut() {
        None => std::future::pending().await,
        Some(Question::Filter { answer, .. } | Question::Rules(_, answer, _)) => {
            Said::Filter(answer.await.unwrap_or_else(|_| Err(ended())))
        }
        Some(Question::Facts(answer, _)) => Said::Facts(answer.await.unwrap_or_else(|_| Err(ended())).map(drop)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sentry::tests::{Every, asked};
    use super::*;
    use crate::event::{Event, Kind};
    use crate::source::synth::{Synth, header};

    /// A source that says what it is asked for, and obeys when it is told to.
    struct Slow(mpsc::UnboundedSender<(Filter, oneshot::Sender<Result<Placement, String>>)>);

    impl Control for Slow {
        fn set_filter(&mut self, filter: Filter) -> Answer {
            let (reply, answer) = oneshot::channel();
            self.0.send((filter, reply)).unwrap();
            answer
        }
    }

    struct Below {
        batches: mpsc::Sender<Batch>,
        wishes: mpsc::UnboundedReceiver<(Filter, oneshot::Sender<Result<Placement, String>>)>,
    }

    impl Below {
        fn obey(&mut self, generation: u32) -> String {
            let (filter, reply) = self.wishes.blocking_recv().unwrap();
            let text = filter.to_string();
            let placement = Placement { kernel: vec![text.clone()], here: Vec::new() };
            let told = Event::Filter(Box::new(FilterEvent { mono_ns: 1, generation, text: text.clone() }));
            self.batches.blocking_send(vec![told]).unwrap();
            reply.send(Ok(placement)).unwrap();
            text
        }
    }

    fn stage(user: &str, rules: &str, passes_all: bool) -> (Below, Source) {
        stage_of(user, rules, passes_all, Vec::new())
    }

    fn stage_of(user: &str, rules: &str, passes_all: bool, files: Vec<PathBuf>) -> (Below, Source) {
        let (batches, from) = mpsc::channel(4);
        let (wish, wishes) = mpsc::unbounded_channel();
        let stage = Stage {
            watch: Every { every: 10, ..Every::default() },
            rules: RuleSet::default(),
            needs: Needs { filter: asked(rules).filter, facts: Wanted::default() },
            files,
            asked: asked(user),
            passes_all,
            has_clock: true,
            outlets: Outlets::default(),
        };
        let source = stage.stand(Source::new(header(), from, Slow(wish))).unwrap();
        (Below { batches, wishes }, source)
    }

    fn rest(source: &mut Source) -> Vec<Event> {
        std::iter::from_fn(|| source.batches.blocking_recv()).flatten().collect()
    }

    fn filters(events: &[Event]) -> Vec<(u32, &str)> {
        fn told(event: &Event) -> Option<(u32, &str)> {
            if let Event::Filter(e) = event { Some((e.generation, &e.text)) } else { None }
        }
        events.iter().filter_map(told).collect()
    }

    #[test]
    fn the_source_obeys_both_and_the_reader_hears_of_its_own_filter() {
        let (mut below, mut source) = stage("sig:TERM", "sig:KILL", false);
        let answer = source.control.set_filter(asked("sig:INT").filter);
        assert_eq!(below.obey(7), "sig:INT or sig:KILL");
        let placement = answer.blocking_recv().unwrap().unwrap();
        assert_eq!(placement.here, ["sig:INT"], "the kernel lets pass more than that");
        assert_eq!(placement.kernel, ["sig:INT or sig:KILL"]);
        let recorded = Event::Filter(Box::new(FilterEvent { mono_ns: 2, generation: 8, text: "sig:HUP".into() }));
        below.batches.blocking_send(vec![recorded]).unwrap();
        let events: Vec<Event> = Synth::new(7).take(2000).collect();
        below.batches.blocking_send(events).unwrap();
        drop(below);
        let out = rest(&mut source);
        assert_eq!(filters(&out), [(7, "sig:INT"), (8, "sig:HUP")]);
        let is_other = |e: &&Event| matches!(e, Event::Signal(e) if e.signal.number() != 2);
        assert_eq!(out.iter().find(is_other), None);
        assert!(out.iter().any(|e| e.kind() == Kind::Alert));
    }

    #[test]
    fn where_rules_need_nothing_more_the_kernel_decides_all() {
        let (mut below, mut source) = stage("", "sig:KILL", false);
        let answer = source.control.set_filter(Filter::EVERYTHING);
        assert_eq!(below.obey(2), "");
        assert_eq!(answer.blocking_recv().unwrap().unwrap().here, [""; 0]);
        drop(below);
        assert_eq!(filters(&rest(&mut source)), [(2, "")]);
    }

    #[test]
    fn a_refused_filter_leaves_all_as_it_was() {
        let (mut below, mut source) = stage("sig:TERM", "sig:KILL", false);
        let refused = source.control.set_filter(asked("sig:INT").filter);
        let (_, reply) = below.wishes.blocking_recv().unwrap();
        reply.send(Err("no room".into())).unwrap();
        assert_eq!(refused.blocking_recv().unwrap(), Err("no room".into()));
        let answer = source.control.set_filter(asked("sig:HUP").filter);
        below.obey(3);
        answer.blocking_recv().unwrap().unwrap();
        drop(below);
        assert_eq!(filters(&rest(&mut source)), [(3, "sig:HUP")]);
    }

    /// What rules need beside it is no filter of anybody's.
    #[test]
    fn where_all_passes_the_filter_told_is_the_readers_all_the_same() {
        let (mut below, mut source) = stage("sig:TERM", "sig:KILL", true);
        let answer = source.control.set_filter(asked("sig:INT").filter);
        below.obey(2);
        answer.blocking_recv().unwrap().unwrap();
        below.batches.blocking_send(Synth::new(7).take(2000).collect()).unwrap();
        drop(below);
        let out = rest(&mut source);
        assert_eq!(filters(&out), [(2, "sig:INT")]);
        let without: Vec<&Event> = out.iter().filter(|e| !matches!(e.kind(), Kind::Alert | Kind::Filter)).collect();
        assert!(without.into_iter().eq(&Synth::new(7).take(2000).collect::<Vec<_>>()));
    }

    /// Rules that are read again are no filter of the reader's, though the source obeys another one.
    #[test]
    fn rules_that_are_read_again_tell_of_no_filter() {
        let file = std::env::temp_dir().join(format!("sigtop-{}-stage.yaml", std::process::id()));
        std::fs::write(&file, "rules:\n  - name: hups\n    on: signal\n    where: sig:HUP\n").unwrap();
        for passes_all in [true, false] {
            let (mut below, mut source) = stage_of("sig:TERM", "sig:KILL", passes_all, vec![file.clone()]);
            let answer = source.control.reload_rules();
            assert!(below.obey(2).starts_with("sig:TERM or "));
            assert!(answer.blocking_recv().unwrap().is_ok());
            let answer = source.control.set_filter(asked("sig:INT").filter);
            assert!(below.obey(3).starts_with("sig:INT or "));
            answer.blocking_recv().unwrap().unwrap();
            drop(below);
            assert_eq!(filters(&rest(&mut source)), [(3, "sig:INT")]);
        }
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn the_source_ends_with_its_reader() {
        let (mut below, source) = stage("", "", false);
        drop(source);
        assert!(below.wishes.blocking_recv().is_none(), "its control is gone");
        while below.batches.blocking_send(Synth::new(7).take(1).collect()).is_ok() {}
    }
}
