//! The dashboard's loop: events into the model, keys into the ui, its wishes out to the source and the terminal.
//!
//! Where events come from and what time it is there, [`Feed`] knows. When a picture is due, [`Pace`] says; where nothing
//! changed in it, the terminal is told nothing.

use crate::app::ending::Endings;
use crate::app::feed::{self, Feed, News};
use crate::app::pace::Pace;
use crate::app::playback::Arrival;
use crate::app::{clip, export, facts, send};
use crate::error::Error;
use crate::event::Header;
use crate::filter::Filter;
use crate::model::{Limits, Model};
use crate::source::live;
use crate::ui::head::Play;
use crate::ui::kept::Kept;
use crate::ui::term::{self, Input, Term};
use crate::ui::{self, Action, Copied, Effect, Look, Start, Ui};
use rustix::process::{Signal, kill_current_process_group};
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until, timeout};

/// The number of SIGCONT.
const CONT: i32 = 18;
/// How long the source may take before there is a picture without it.
const PATIENCE: Duration = Duration::from_millis(60);

/// Runs until the user, a signal or the terminal ends it; what is left is what is to be kept.
///
/// # Errors
/// Where the terminal cannot be used.
pub async fn run(
    opening: impl Future<Output = Result<(Feed, Model), Error>>,
    look: Look,
    start: Start,
    mouse: bool,
    colour: bool,
) -> Result<Kept, Error> {
    let terminal_error = |e: io::Error| Error::environment(format!("cannot use the terminal: {e}"), "");
    let mut opening = pin!(opening);
    // What forbids it is known soon, and is said on a terminal that was never taken.
    let at_once = timeout(PATIENCE, &mut opening).await.ok().transpose()?;
    term::wait_for_turn().map_err(terminal_error)?;
    let mut endings = Endings::new().map_err(terminal_error)?; // till now they just ended it
    let mut term = Term::open(mouse, colour).map_err(terminal_error)?;
    let (feed, model) = match at_once {
        Some(opened) => opened,
        None => {
            draw_start(&mut term, look, start.clone()).map_err(terminal_error)?;
            tokio::select! {
                () = endings.asked_to_end() => return Ok(start.kept),
                opened = opening => opened?,
            }
        }
    };
    // A daemon's socket may have come from elsewhere, through ssh say: then pids are not those of this machine.
    let is_here = look.is_here() && (!look.attached || is_this_machines(&model.stream.header));
    let start = Start { read_only: start.read_only || look.attached && !is_here, ..start };
    let (began, pace) = (Instant::now(), Pace::new());
    let mut dashboard = Dashboard { ui: Ui::new(look, start), model, feed, began, pace, is_here };
    dashboard.resize(&mut term).map_err(terminal_error)?;
    dashboard.tell_head(&mut term).map_err(terminal_error)?;
    let shown = dashboard.show(&mut term, endings).await;
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
    feed: Feed,
    began: Instant,
    pace: Pace,
    /// The stream is of this machine: /proc is about the same processes.
    is_here: bool,
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl Dashboard {
    async fn show(&mut self, term: &mut Term, mut endings: Endings) -> io::Result<()> {
        let mut input = Input::new();
        let mut continued = signal(SignalKind::from_raw(CONT))?;
        // Heard as what it is, not as input: it is not to wait behind keys.
        let mut resized = signal(SignalKind::window_change())?;
        let mut ticked = Instant::now();
        self.pace.soon(ticked);
        loop {
            let tick = self.feed.tick().map(|tick| ticked + tick);
            tokio::select! {
                biased;
                () = endings.asked_to_end() => return Ok(()),
                _ = continued.recv() => self.resume(term)?,
                _ = resized.recv() => self.resize(term)?,
                event = input.next() => {
                    let Some(event) = event else { return Ok(()) };
                    let Some(action) = self.ui.keys.action(self.ui.contexts(), &event?) else { continue };
                    if matches!(action, Action::Click { .. }) {
                        let ns = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
                        self.update(Action::Clock(ns), term)?;
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
                news = self.feed.news() => self.take(news, term)?,
                () = sleep_until(tick.unwrap_or(ticked)), if tick.is_some() => {
                    ticked = Instant::now();
                    self.pace.soon(ticked);
                }
            }
        }
    }

    /// What has come.
    fn take(&mut self, news: News, term: &mut Term) -> io::Result<()> {
        match news {
            News::Events(batch) => {
                batch.iter().for_each(|event| feed::fold(&mut self.model, event));
                self.pace.soon(Instant::now());
                return Ok(());
            }
            News::Due => return self.play_on(term),
            News::Ended => {
                let now_ns = self.feed.now_ns();
                self.update(Action::Ended(now_ns), term)?;
            }
            News::Problem(what, 1) => self.say(what, term)?,
            News::Problem(what, count) => self.say(format!("{what} (the newest of {count})"), term)?,
            News::Answer(answer) => {
                self.update(answer, term)?;
            }
        }
        self.pace.at_once(Instant::now());
        Ok(())
    }

    fn say(&mut self, what: String, term: &mut Term) -> io::Result<()> {
        self.update(Action::Say(what), term).map(drop)
    }

    /// Lets the play head do a part of its work.
    fn play_on(&mut self, term: &mut Term) -> io::Result<()> {
        let Feed::Playback(playback) = &mut self.feed else { return Ok(()) };
        let ui = &self.ui;
        match playback.work(&mut self.model, &|event, model| ui.shows(event, model), Instant::now()) {
            Some(arrival) => self.arrived(arrival, term),
            None => {
                self.pace.soon(Instant::now());
                Ok(())
            }
        }
    }

    /// The play head is where it was to go.
    fn arrived(&mut self, arrival: Arrival, term: &mut Term) -> io::Result<()> {
        if let Some(model) = arrival.model {
            self.model = model;
        }
        for action in arrival.before {
            self.update(action, term)?;
        }
        self.tick(term)?;
        for action in arrival.after {
            self.update(action, term)?;
        }
        self.pace.at_once(Instant::now());
        Ok(())
    }

    /// Does something with the play head.
    fn play(&mut self, play: Play, term: &mut Term) -> io::Result<()> {
        let Feed::Playback(playback) = &mut self.feed else { return Ok(()) };
        match playback.play(play, Instant::now()) {
            Ok(Some(arrival)) => self.arrived(arrival, term),
            Ok(None) => Ok(()),
            Err(why) => self.say(why, term),
        }
    }

    /// Asks the source to obey this filter; of a recording, all that was read of it is to obey.
    fn set_filter(&mut self, filter: Filter, term: &mut Term) -> io::Result<()> {
        let refused = match &mut self.feed {
            Feed::Stream(stream) => {
                stream.set_filter(filter);
                None
            }
            Feed::Playback(playback) => playback.set_filter(filter, Instant::now()).err(),
        };
        refused.map_or(Ok(()), |why| self.update(Action::Refused(why), term).map(drop))
    }

    /// Lets time pass in the model and on the screen.
    fn tick(&mut self, term: &mut Term) -> io::Result<()> {
        let now_ns = self.feed.now_ns();
        self.tell_head(term)?;
        // After the end nobody is forgotten: what is seen stays as it was.
        feed::advance(&mut self.model, self.ui.ended_ns.map_or(now_ns, |ended| ended.min(now_ns)));
        self.update(Action::Tick(now_ns), term).map(drop)
    }

    /// Where the play head is, if there is one.
    fn tell_head(&mut self, term: &mut Term) -> io::Result<()> {
        let Feed::Playback(playback) = &self.feed else { return Ok(()) };
        let head = playback.head();
        self.update(Action::Head(head), term).map(drop)
    }

    fn draw(&mut self, term: &mut Term) -> io::Result<()> {
        self.tick(term)?;
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
                Effect::SetFilter(filter) => self.set_filter(filter, term)?,
                Effect::ReloadRules => answers.extend(self.reload_rules()),
                Effect::Play(play) => self.play(play, term)?,
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

    /// Has the rules read again; the answer comes with the news, unless there is none to ask.
    fn reload_rules(&mut self) -> Option<Action> {
        match &mut self.feed {
            Feed::Stream(stream) => {
                stream.reload_rules();
                None
            }
            Feed::Playback(_) => {
                Some(Action::Reloaded(Err("a recording is played: start it again to read the rules again".into())))
            }
        }
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
        kill_current_process_group(Signal::TSTP)?;
        // Else it was continued in the background: SIGCONT is heard, but first the signals that end it.
        if term::is_in_front() { self.resume(term) } else { Ok(()) }
    }

    /// After a stop, whoever stopped it: the terminal was somebody else's, and may have another size. If it still is,
    /// the job stops again, as with any program that needs its terminal; between two stops it may be told to end.
    fn resume(&mut self, term: &mut Term) -> io::Result<()> {
        if !term::is_in_front() {
            return Ok(kill_current_process_group(Signal::TTOU)?);
        }
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

/// For the test that the terminal is given back even then. Not in release builds.
#[cfg(debug_assertions)]
#[allow(clippy::panic)]
fn panic_if_asked() {
    if let Ok(why) = std::env::var("SIGTOP_PANIC") {
        panic!("{why}");
    }
}
