//! The dashboard's loop: events into the model, keys into the ui, its wishes out to the source and the terminal.
//!
//! When a picture is due, [`Pace`] says; where nothing changed in it, the terminal is told nothing.

use crate::app::ending::Endings;
use crate::app::pace::Pace;
use crate::app::{clip, export, facts, send};
use crate::error::Error;
use crate::event::{Event, Header};
use crate::filter::Filter;
use crate::model::{Limits, Model};
use crate::source::{Answer, Batch, Control, Source, live};
use crate::ui::kept::Kept;
use crate::ui::term::{Input, Term};
use crate::ui::{self, Action, Copied, Effect, Look, Start, Ui};
use rustix::process::{Signal, kill_current_process_group};
use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

/// The number of SIGCONT.
const CONT: i32 = 18;
/// How long the source may take before there is a picture without it.
const PATIENCE: Duration = Duration::from_millis(60);
/// How often time passes on the screen when nothing happens: rates fall, ages rise.
const TICK: Duration = Duration::from_secs(1);

/// Runs until the user, a signal or the terminal ends it; what is left is what is to be kept.
///
/// # Errors
/// Where the terminal cannot be used.
pub async fn run(
    opening: impl Future<Output = Result<Source, Error>>,
    look: Look,
    start: Start,
    mouse: bool,
    colour: bool,
) -> Result<Kept, Error> {
    let terminal_error = |e: io::Error| Error::environment(format!("cannot use the terminal: {e}"), "");
    let mut endings = Endings::new().map_err(terminal_error)?;
    let mut opening = pin!(opening);
    // What forbids it is known soon, and is said on a terminal that was never taken.
    let at_once = timeout(PATIENCE, &mut opening).await.ok().transpose()?;
    let mut term = Term::open(mouse, colour).map_err(terminal_error)?;
    let source = match at_once {
        Some(source) => source,
        None => {
            draw_start(&mut term, look, start.clone()).map_err(terminal_error)?;
            tokio::select! {
                () = endings.asked_to_end() => return Ok(start.kept),
                source = opening => source?,
            }
        }
    };
    let Source { header, batches, control, .. } = source;
    let now = Now { mono_ns: header.mono_ns, at: Instant::now() };
    // A daemon's socket may have come from elsewhere, through ssh say: then pids are not those of this machine.
    let is_here = !look.demo && (!look.attached || is_this_machines(&header));
    let start = Start { read_only: start.read_only || !(is_here || look.demo), ..start };
    let model = Model::new(header, Limits::default());
    let mut dashboard =
        Dashboard { ui: Ui::new(look, start), model, control, asked: VecDeque::new(), now, pace: Pace::new(), is_here };
    dashboard.resize(&mut term).map_err(terminal_error)?;
    let shown = dashboard.show(&mut term, endings, batches).await;
    drop(term); // before the source, which may take a moment to detach
    shown.map_err(terminal_error)?;
    Ok(dashboard.ui.keep())
}

fn is_this_machines(header: &Header) -> bool {
    !header.boot_id.is_empty() && header.boot_id == live::boot_id()
}

/// The screen before anything is known.
fn draw_start(term: &mut Term, look: Look, start: Start) -> io::Result<()> {
    let (width, height) = term.size()?;
    let model = Model::new(Header::default(), Limits::default());
    let mut ui = Ui::new(look, Start { is_waiting: true, ..start });
    ui.update(Action::Resize { width, height }, &model);
    term.draw(|buffer| ui::view::draw(buffer, &ui, &model))
}

/// What the loop owns.
struct Dashboard {
    ui: Ui,
    model: Model,
    control: Box<dyn Control>,
    /// The filters that the source was asked to obey and has not answered, the oldest first.
    asked: VecDeque<(Filter, Answer)>,
    now: Now,
    pace: Pace,
    /// The stream is of this machine: /proc is about the same processes.
    is_here: bool,
}

/// The stream's own time: that of its last event, and what has passed since.
#[derive(Clone, Copy)]
struct Now {
    mono_ns: u64,
    at: Instant,
}

impl Now {
    fn mono_ns(&self) -> u64 {
        self.mono_ns.saturating_add(u64::try_from(self.at.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn advance(&mut self, batch: &[Event]) {
        if let Some(last) = batch.last().map(Event::mono_ns).filter(|last| *last > self.mono_ns()) {
            *self = Now { mono_ns: last, at: Instant::now() };
        }
    }
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl Dashboard {
    async fn show(
        &mut self,
        term: &mut Term,
        mut endings: Endings,
        mut batches: mpsc::Receiver<Batch>,
    ) -> io::Result<()> {
        let mut input = Input::new();
        let mut continued = signal(SignalKind::from_raw(CONT))?;
        // Heard as what it is, not as input: it is not to wait behind keys.
        let mut resized = signal(SignalKind::window_change())?;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut flowing = true;
        loop {
            tokio::select! {
                biased;
                () = endings.asked_to_end() => return Ok(()),
                _ = continued.recv() => self.resume(term)?,
                _ = resized.recv() => self.resize(term)?,
                event = input.next() => {
                    let Some(event) = event else { return Ok(()) };
                    let Some(action) = self.ui.keys.action(self.ui.contexts(), &event?) else { continue };
                    if matches!(action, Action::Click { .. }) {
                        self.update(Action::Clock(self.now.mono_ns()), term)?;
                    }
                    if self.update(action, term)? == Next::End
                    {
                        return Ok(());
                    }
                    self.pace.at_once(Instant::now());
                }
                () = sleep_until(self.pace.due().unwrap_or_else(Instant::now)), if self.pace.due().is_some() => {
                    self.draw(term)?;
                    self.pace.drawn(Instant::now());
                }
                batch = batches.recv(), if flowing => match batch {
                    Some(batch) => self.fold(&batch),
                    None => {
                        flowing = false;
                        self.update(Action::Say("the stream has ended: nothing new will come".into()), term)?;
                        self.pace.at_once(Instant::now());
                    }
                },
                answer = first_answer(&mut self.asked), if !self.asked.is_empty() => {
                    self.update(answer, term)?;
                    self.pace.at_once(Instant::now());
                }
                _ = tick.tick() => self.pace.soon(Instant::now()),
            }
        }
    }

    fn fold(&mut self, batch: &[Event]) {
        batch.iter().for_each(|event| self.model.apply(event));
        self.now.advance(batch);
        self.pace.soon(Instant::now());
    }

    fn draw(&mut self, term: &mut Term) -> io::Result<()> {
        let now_ns = self.now.mono_ns();
        self.model.advance(now_ns);
        self.update(Action::Tick(now_ns), term)?;
        #[cfg(debug_assertions)]
        panic_if_asked();
        term.draw(|buffer| ui::view::draw(buffer, &self.ui, &self.model))
    }

    /// Changes the state, and does what that asks for.
    fn update(&mut self, action: Action, term: &mut Term) -> io::Result<Next> {
        let mut answers = Vec::new();
        for effect in self.ui.update(action, &self.model) {
            match effect {
                Effect::Quit => return Ok(Next::End),
                Effect::Redraw => term.forget(),
                Effect::Suspend => self.suspend(term)?,
                Effect::Copy(what) => answers.push(self.copy(what, term)?),
                Effect::Write(export) => answers.push(export::write(export, &self.ui, &self.model)),
                Effect::SetFilter(filter) => self.asked.push_back((filter.clone(), self.control.set_filter(filter))),
                Effect::Send { key, signal } => {
                    let result = send::send(&key, signal);
                    self.ui.update(Action::Sent(key, signal, result), &self.model);
                }
                Effect::Look { key, threads } => {
                    let facts = self.is_here.then(|| facts::read(&key, threads));
                    self.ui.update(Action::Looked(key, facts), &self.model);
                }
            }
        }
        for answer in answers {
            self.ui.update(answer, &self.model);
        }
        Ok(Next::GoOn)
    }

    fn copy(&self, what: Copied, term: &mut Term) -> io::Result<Action> {
        match clip::text(what, &self.ui, &self.model) {
            Ok(text) => {
                term.copy(&text)?;
                Ok(Action::Done(clip::said(&text)))
            }
            Err(why) => Ok(Action::Say(why)),
        }
    }

    /// What ^Z does elsewhere: stops the whole job, so that the shell comes back also from under sudo or make.
    /// In a process group that no shell minds, the kernel ignores it, and the screen comes back at once.
    fn suspend(&mut self, term: &mut Term) -> io::Result<()> {
        term.suspend();
        let stopped = kill_current_process_group(Signal::TSTP);
        self.resume(term)?;
        stopped.map_err(io::Error::from)
    }

    /// After a stop, whoever stopped it: the terminal was somebody else's, and may have another size.
    fn resume(&mut self, term: &mut Term) -> io::Result<()> {
        term.resume()?;
        self.resize(term)
    }

    /// The terminal may have another size. It may have been smaller in between, and have lost what stood there.
    fn resize(&mut self, term: &mut Term) -> io::Result<()> {
        term.forget();
        let (width, height) = term.size()?;
        self.update(Action::Resize { width, height }, term)?;
        self.pace.at_once(Instant::now());
        Ok(())
    }
}

/// What the source says to the oldest filter that it has not answered. Dropping the future loses nothing.
async fn first_answer(asked: &mut VecDeque<(Filter, Answer)>) -> Action {
    let Some((_, answer)) = asked.front_mut() else { return std::future::pending().await };
    let answer = answer.await.unwrap_or_else(|_| Err("the stream has ended".into()));
    let filter = asked.pop_front().map(|(filter, _)| filter).unwrap_or_default();
    answer.map_or_else(Action::Refused, |placement| Action::InForce(filter, placement))
}

/// For the test that the terminal is given back even then. Not in release builds.
#[cfg(debug_assertions)]
#[allow(clippy::panic)]
fn panic_if_asked() {
    if let Ok(why) = std::env::var("SIGTOP_PANIC") {
        panic!("{why}");
    }
}
