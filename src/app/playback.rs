//! A recording that can be gone about in: where the play head is, whether and how fast it moves, and how it gets
//! elsewhere.
//!
//! On, events are read up to where the head is to be. Back, the recording is opened anew and read into a model of its
//! own, while the picture stays; so is it for another filter, that all of the past obeys it. The same events give the
//! same model, so that a moment looks the same however one came there. What is read ahead is bounded; time is handed in.
//! A recording may grow meanwhile: who is at its end and wants to go on has it read anew.

mod reader;

use super::feed::News;
use crate::app::rules::Guard;
use crate::error::Error;
use crate::event::{Event, Header};
use crate::filter::Filter;
use crate::model::Model;
use crate::source::placement;
use crate::source::replay::{self, Options};
use crate::ui::Action;
use crate::ui::head::{Deaths, Head, Play, Speed, State};
use reader::{Goal, Mark, Reader, is_same};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// However slow the head is, it is looked after so often.
const LONG: Duration = Duration::from_secs(3600);

/// A recording that is played.
pub struct Playback {
    options: Options,
    /// Rules that are held against what is read.
    guard: Option<Guard>,
    /// The filter that the picture obeys; that of the options is the one that it is to obey.
    in_force: Filter,
    /// Those that were asked for and are not in force yet, the oldest first.
    asked: Vec<Filter>,
    /// What is read into the picture.
    reader: Reader,
    /// Another reading, from the beginning, that is to take its place.
    aside: Option<Box<(Reader, Model)>>,
    goal: Option<Goal>,
    /// Where the reading that is under way began.
    from_ns: u64,
    begin_ns: u64,
    end_ns: Option<u64>,
    /// What the recording was like when its end was looked for.
    measured: Mark,
    /// Where the head is; while it moves, where it was then.
    at_ns: u64,
    since: Option<Instant>,
    /// Whether it is to move, once it is where it goes to.
    is_playing: bool,
    speed: Speed,
    deaths: Deaths,
    /// How many problems were told: another reading meets them again.
    told: u64,
}

/// The head has come to where it was to go.
pub struct Arrival {
    /// The model of the other reading, if there was one.
    pub model: Option<Model>,
    /// What the screen is to be told of it, before time is what it is now.
    pub before: Vec<Action>,
    /// And then.
    pub after: Vec<Action>,
}

impl Arrival {
    fn new() -> Arrival {
        Arrival { model: None, before: Vec::new(), after: vec![Action::Arrived] }
    }

    fn say(&mut self, what: &str) {
        self.after.push(Action::Done(what.into()));
    }
}

impl Playback {
    /// Opens a recording; the head will play from its beginning. The model is empty.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(options: Options, guard: Option<Guard>) -> Result<(Playback, Model), Error> {
        let measured = Mark::of(&options.path);
        let span = replay::span(&options.path);
        let (reader, model) = Reader::open(options.clone(), None, guard.as_ref())?;
        let begin_ns = reader.header.mono_ns;
        let playback = Playback {
            in_force: options.filter.clone(),
            options,
            guard,
            asked: Vec::new(),
            reader,
            aside: None,
            goal: Some(Goal::Time(begin_ns)),
            from_ns: begin_ns,
            begin_ns,
            end_ns: span.map(|(_, end)| end.max(begin_ns)),
            measured,
            at_ns: begin_ns,
            since: None,
            is_playing: true,
            speed: Speed::USUAL,
            deaths: Deaths::new(begin_ns),
            told: 0,
        };
        Ok((playback, model))
    }

    /// What the recording says of itself.
    pub fn header(&self) -> &Header {
        &self.reader.header
    }

    /// Where it begins and, if that is known, ends.
    pub fn span(&self) -> (u64, Option<u64>) {
        (self.begin_ns, self.end_ns)
    }

    /// Begins there, and so fast.
    pub fn begin_at(&mut self, at_ns: u64, speed: Speed) {
        (self.goal, self.speed) = (Some(Goal::Time(at_ns)), speed);
    }

    /// How fast the head moves, if it does.
    pub fn speed(&self) -> Option<Speed> {
        Some(self.speed).filter(|_| self.is_playing && self.goal.is_none())
    }

    /// Waits until there is something to do, or to say. Giving up loses nothing.
    pub async fn news(&mut self) -> News {
        let (is_going, is_playing) = (self.goal.is_some(), self.is_playing);
        let (at_ns, since, factor) = (self.at_ns, self.since, self.speed.factor());
        let Reader { problems, input, last_ns, .. } =
            self.aside.as_mut().map_or(&mut self.reader, |aside| &mut aside.0);
        let due = async {
            if !is_going && !is_playing {
                std::future::pending::<()>().await;
            }
            input.fill().await;
            if let Some(since) = since.filter(|_| !is_going) {
                let next_ns = input.next_ns().unwrap_or(*last_ns).saturating_sub(at_ns);
                sleep_until(since + Duration::from_secs_f64(next_ns as f64 / 1e9 / factor).min(LONG)).await;
            }
        };
        // What is read again is known: only what is met for the first time is told.
        let told = self.told;
        let new_problem = async {
            loop {
                let (problem, count) = problems.next().await;
                if count > told {
                    return (problem, count);
                }
            }
        };
        tokio::select! {
            biased;
            (problem, count) = new_problem => {
                self.told = count;
                News::Problem(without_directory(&self.options, problem), count)
            }
            () = due => News::Due,
        }
    }

    /// The time of the picture. The head does not run ahead of what was read.
    pub fn now_ns(&mut self, now: Instant) -> u64 {
        if self.goal.is_some() && self.aside.is_none() {
            self.at_ns = self.at_ns.max(self.reader.last_ns);
        }
        if let Some(since) = self.since.replace(now).filter(|_| self.goal.is_none()) {
            let passed = now.saturating_duration_since(since).as_nanos() as f64 * self.speed.factor();
            let wanted = self.at_ns.saturating_add(passed as u64);
            let input = &self.reader.input;
            let most = match input.next_ns() {
                Some(next) => next.max(self.reader.last_ns),
                None => self.reader.last_ns, // it is the end, or what comes next is not read yet
            };
            self.at_ns = wanted.min(most.max(self.at_ns));
        } else {
            self.since = None;
        }
        self.at_ns
    }

    /// The head, as the screen is told of it.
    pub fn head(&self) -> Head {
        let state = match self.goal {
            Some(goal) => State::Reading(self.percent(goal)),
            None if self.is_playing => State::Playing,
            None if self.is_at_end() => State::End,
            None => State::Paused,
        };
        let (begin_ns, at_ns) = (self.begin_ns, self.at_ns);
        let end_ns = self.end_ns.map(|end| end.max(at_ns)); // it may have grown since it was looked for
        Head { begin_ns, end_ns, at_ns, state, speed: self.speed, deaths: self.deaths }
    }

    fn is_at_end(&self) -> bool {
        self.reader.input.is_over() && self.at_ns >= self.reader.last_ns
    }

    /// How far the reading is that is under way.
    fn percent(&self, goal: Goal) -> Option<u8> {
        let last_ns = self.aside.as_ref().map_or(self.reader.last_ns, |aside| aside.0.last_ns);
        let to_ns = match goal {
            Goal::Time(moment) => moment,
            _ if self.aside.is_some() => self.at_ns,
            _ => self.end_ns?,
        };
        let (done, all) = (last_ns.saturating_sub(self.from_ns), to_ns.saturating_sub(self.from_ns));
        let percent = (u128::from(done) * 100).checked_div(u128::from(all))?;
        Some(percent.min(100) as u8)
    }

    /// Does what is wished. Sometimes that is all, and the head is there at once.
    ///
    /// # Errors
    /// Why it cannot be done, in words.
    pub fn play(&mut self, play: Play, now: Instant) -> Result<Option<Arrival>, String> {
        let at_ns = self.now_ns(now);
        self.measure();
        let clamped = |moment: u64, playback: &Playback| {
            moment.clamp(playback.begin_ns, playback.end_ns.unwrap_or(u64::MAX).max(playback.begin_ns))
        };
        match play {
            Play::Toggle if self.goal.is_none() && self.is_at_end() => {
                self.is_playing = true;
                self.seek(Goal::Time(self.begin_ns))?;
            }
            Play::Toggle => {
                self.is_playing = !self.is_playing;
                match (self.is_playing, self.goal) {
                    (_, Some(_)) => {}
                    (true, None) => self.since = Some(now),
                    (false, None) => self.seek(Goal::Time(at_ns))?, // of this very moment there may be more to read
                }
            }
            Play::Step { .. } if self.goal.is_some() => {}
            Play::Step { .. } => self.stop_at(Goal::Signal(0))?,
            Play::Rows(rows) => self.stop_at(Goal::Rows(rows))?,
            Play::Death { forward } => {
                let before = match self.goal {
                    Some(Goal::Death(death)) => death,
                    _ => self.reader.deaths,
                };
                let is_at_it = self.goal.is_some() || self.reader.died.is_some_and(|(_, when)| when == at_ns);
                match if forward { before + 1 } else { before.saturating_sub(u64::from(is_at_it)) } {
                    0 => return Err("no death by a signal before this".into()),
                    death => self.stop_at(Goal::Death(death))?,
                }
            }
            Play::Speed(turn) => self.speed = self.speed.turned(turn),
            Play::By(seconds) => {
                let from = if let Some(Goal::Time(moment)) = self.goal { moment } else { at_ns };
                let by = seconds.unsigned_abs().saturating_mul(1_000_000_000);
                let to = if seconds < 0 { from.saturating_sub(by) } else { from.saturating_add(by) };
                self.seek(Goal::Time(clamped(to, self)))?;
            }
            Play::To(moment) => self.seek(Goal::Time(clamped(moment, self)))?,
            Play::Begin => self.seek(Goal::Time(self.begin_ns))?,
            Play::End => self.stop_at(Goal::End)?,
            Play::Stop if self.goal.is_none() => {}
            Play::Stop => {
                (self.goal, self.aside, self.is_playing) = (None, None, false);
                let mut arrival = Arrival::new();
                let stopped = || "stopped: the filter is what it was".to_string();
                arrival.before.extend(self.asked.drain(..).map(|_| Action::Refused(stopped())));
                self.options.filter = self.in_force.clone();
                if arrival.before.is_empty() {
                    arrival.say("stopped on the way");
                }
                return Ok(Some(arrival));
            }
        }
        Ok(None)
    }

    /// Has all of the recording obey another filter, up to where the head is or goes to.
    ///
    /// # Errors
    /// Why it cannot be read again, in words.
    pub fn set_filter(&mut self, filter: Filter, now: Instant) -> Result<(), String> {
        let at_ns = self.now_ns(now);
        let before = std::mem::replace(&mut self.options.filter, filter.clone());
        self.asked.push(filter);
        let goal = match self.goal {
            Some(goal @ (Goal::Time(_) | Goal::Death(_) | Goal::End)) => goal,
            // Rows have other numbers with another filter.
            Some(Goal::Signal(_) | Goal::Rows(_)) | None => Goal::Time(at_ns),
        };
        let done = self.seek(goal);
        if done.is_err() {
            self.options.filter = before;
            self.asked.pop();
        }
        done
    }

    fn stop_at(&mut self, goal: Goal) -> Result<(), String> {
        self.is_playing = false;
        self.seek(goal)
    }

    /// Looks where the recording ends by now, if it has grown.
    fn measure(&mut self) {
        let mark = Mark::of(&self.options.path);
        if mark != std::mem::replace(&mut self.measured, mark) && self.is_newest() {
            let end_ns = replay::span(&self.options.path).map(|(_, end)| end);
            self.end_ns = self.end_ns.max(end_ns); // what was seen of it was there
        }
    }

    /// Whether what is measured is what is played: in a directory another stream may have begun.
    fn is_newest(&self) -> bool {
        let path = &self.options.path;
        let newest = || Some(replay::streams(path).ok()?.streams.pop()?.header);
        !path.is_dir() || newest().is_some_and(|header| is_same(&header, &self.reader.header))
    }

    /// Goes there: with this reading if it is ahead, else with another one; so too where this one has come to its end
    /// and the recording has not.
    fn seek(&mut self, goal: Goal) -> Result<(), String> {
        let is_behind = match goal {
            Goal::Time(moment) => moment < self.at_ns,
            Goal::Death(death) => death <= self.reader.deaths,
            Goal::Rows(_) => true,
            Goal::Signal(_) | Goal::End => false,
        };
        let has_grown = self.reader.input.is_over() && self.reader.mark != self.measured;
        let goal = match goal {
            Goal::Signal(_) if has_grown => Goal::Signal(self.reader.last_ns.saturating_add(1)),
            goal => goal,
        };
        let aside = if is_behind || has_grown || !self.asked.is_empty() {
            let (options, header) = (self.options.clone(), Some(&self.reader.header));
            let reading = Reader::open(options, header, self.guard.as_ref()).map_err(|e| e.to_string())?;
            Some(Box::new(reading))
        } else {
            None
        };
        self.from_ns = if aside.is_some() { self.begin_ns } else { self.reader.last_ns };
        (self.aside, self.goal, self.since) = (aside, Some(goal), None);
        Ok(())
    }

    /// Does a part of what is to be done, and not for long. What there is to say once the head is where it was to go.
    pub fn work(&mut self, model: &mut Model, shows: &dyn Fn(&Event, &Model) -> bool, now: Instant) -> Option<Arrival> {
        let Some(goal) = self.goal else { return self.go_on(model, shows, now) };
        let is_there = match &mut self.aside {
            Some(aside) => aside.0.go(goal, &mut aside.1, &mut self.deaths, shows),
            None => self.reader.go(goal, model, &mut self.deaths, shows),
        };
        is_there.then(|| self.arrive(goal, now))
    }

    /// What has become due while the head moves.
    fn go_on(&mut self, model: &mut Model, shows: &dyn Fn(&Event, &Model) -> bool, now: Instant) -> Option<Arrival> {
        let passed = now.saturating_duration_since(self.since?).as_nanos() as f64 * self.speed.factor();
        let wanted = Goal::Time(self.at_ns.saturating_add(passed as u64));
        self.reader.go(wanted, model, &mut self.deaths, shows);
        let is_over = self.reader.input.is_over() && self.now_ns(now) >= self.reader.last_ns;
        is_over.then(|| self.arrive(Goal::End, now))
    }

    fn arrive(&mut self, goal: Goal, now: Instant) -> Arrival {
        let mut arrival = Arrival::new();
        if let Some((reader, model)) = self.aside.take().map(|aside| *aside) {
            (self.reader, arrival.model) = (reader, Some(model));
            self.in_force = self.options.filter.clone();
            // A flight recorder throws away its oldest files: then rows are counted from elsewhere.
            let begin_ns = std::mem::replace(&mut self.begin_ns, self.reader.header.mono_ns);
            arrival.before.push(Action::Rewound { same_rows: self.asked.is_empty() && begin_ns == self.begin_ns });
        }
        let in_force = |filter: Filter| Action::InForce(filter.clone(), placement(&filter));
        arrival.before.extend(self.asked.drain(..).map(in_force));
        let Reader { input, last_ns, deaths, died, .. } = &self.reader;
        let is_over = input.is_over();
        if is_over {
            self.end_ns = Some(*last_ns);
        }
        self.at_ns = match goal {
            Goal::Time(moment) if is_over => moment.min(*last_ns),
            Goal::Time(moment) => moment,
            _ => *last_ns,
        };
        match goal {
            Goal::Death(death) if *deaths >= death => arrival.after.extend(died.map(|(key, _)| Action::Died(key))),
            Goal::Death(_) => arrival.say("no other death by a signal: this is the end"),
            Goal::Signal(_) if is_over => arrival.say("this is the end"),
            _ => {}
        }
        self.goal = None;
        self.is_playing &= !self.is_at_end();
        self.since = self.is_playing.then_some(now);
        arrival
    }
}

/// What is said of a file, without where that is: there is one line for it.
fn without_directory(options: &Options, problem: String) -> String {
    let directory = options.path.parent().map_or(String::new(), |parent| format!("{}/", parent.display()));
    problem.strip_prefix(&directory).map_or(problem.clone(), String::from)
}
