//! Where the dashboard's events come from, and what time it is there: a stream that comes as it comes, or a recording
//! with a play head.
//!
//! Waiting loses nothing when it is given up: what had come is kept for the next time.

use super::playback::Playback;
use super::rules::Reload;
use crate::event::Event;
use crate::filter::Filter;
use crate::model::Model;
use crate::source::{Answer, Batch, Control, Source};
use crate::ui::Action;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How often time passes on the screen when nothing happens: rates fall, ages rise.
const TICK: Duration = Duration::from_secs(1);
const SECOND: u64 = 1_000_000_000;

/// Where events come from.
pub enum Feed {
    /// They come as they come.
    Stream(Box<Stream>),
    /// They are played.
    Playback(Box<Playback>),
}

/// What has come.
pub enum News {
    /// Events, to be folded.
    Events(Batch),
    /// The stream has ended.
    Ended,
    /// The source says something to a filter.
    Answer(Action),
    /// Something could not be read: what, and how often that was so by now.
    Problem(String, u64),
    /// The play head has work to do: [`Playback::work`].
    Due,
}

impl Feed {
    /// Waits for what comes next. With an error in what is read, or at the end of it, for ever.
    pub async fn news(&mut self) -> News {
        match self {
            Feed::Stream(stream) => stream.news().await,
            Feed::Playback(playback) => playback.news().await,
        }
    }

    /// The time of the picture.
    pub fn now_ns(&mut self) -> u64 {
        match self {
            Feed::Stream(stream) => stream.now.mono_ns(),
            Feed::Playback(playback) => playback.now_ns(Instant::now()),
        }
    }

    /// How often time is to pass on the screen when nothing happens; never where it stands still.
    pub fn tick(&self) -> Option<Duration> {
        match self {
            Feed::Stream(stream) => (!stream.now.is_over).then_some(TICK),
            Feed::Playback(playback) => {
                playback.speed().map(|speed| TICK.div_f64(speed.factor()).clamp(TICK / 10, TICK))
            }
        }
    }
}

/// Events as they come, and the way back to who sends them.
pub struct Stream {
    batches: mpsc::Receiver<Batch>,
    problems: Problems,
    control: Box<dyn Control>,
    /// The filters that the source was asked to obey and has not answered, the oldest first.
    asked: VecDeque<(Filter, Answer)>,
    /// Rules that are being read again.
    reload: Reload,
    now: Now,
    is_flowing: bool,
    /// Time ends with the stream: it is a recording.
    is_recorded: bool,
}

impl Stream {
    /// Of this source, now.
    pub fn new(source: Source, is_recorded: bool) -> Stream {
        let now = Now { mono_ns: source.header.mono_ns, at: Instant::now(), is_over: false };
        Stream {
            batches: source.batches,
            problems: Problems::new(source.problems),
            control: source.control,
            asked: VecDeque::new(),
            reload: Reload::default(),
            now,
            is_flowing: true,
            is_recorded,
        }
    }

    /// Asks the source to obey this filter.
    pub fn set_filter(&mut self, filter: Filter) {
        self.asked.push_back((filter.clone(), self.control.set_filter(filter)));
    }

    /// Has the rules read again. Who asks while that goes on gets that answer.
    pub fn reload_rules(&mut self) {
        if !self.reload.is_under_way() {
            self.reload.ask(None, &mut *self.control);
        }
    }

    async fn news(&mut self) -> News {
        tokio::select! {
            biased;
            said = self.reload.done() => News::Answer(Action::Reloaded(said)),
            answer = first_answer(&mut self.asked), if !self.asked.is_empty() => News::Answer(answer),
            (problem, count) = self.problems.next() => News::Problem(problem, count),
            batch = self.batches.recv(), if self.is_flowing => match batch {
                Some(batch) => {
                    self.now.advance(&batch);
                    News::Events(batch)
                }
                None => {
                    self.is_flowing = false;
                    if self.is_recorded {
                        self.now.stop();
                    }
                    News::Ended
                }
            },
            else => std::future::pending().await,
        }
    }
}

/// What could not be read, as it is met.
pub struct Problems {
    words: Option<mpsc::Receiver<String>>,
    count: u64,
}

impl Problems {
    /// As the source tells them.
    pub fn new(words: mpsc::Receiver<String>) -> Problems {
        Problems { words: Some(words), count: 0 }
    }

    /// The next, and the how manieth it is.
    pub async fn next(&mut self) -> (String, u64) {
        if let Some(words) = &mut self.words {
            if let Some(problem) = words.recv().await {
                self.count += 1;
                return (problem, self.count);
            }
            self.words = None;
        }
        std::future::pending().await
    }
}

/// The stream's own time: that of its last event, and what has passed since.
#[derive(Clone, Copy)]
struct Now {
    mono_ns: u64,
    at: Instant,
    /// It stands still.
    is_over: bool,
}

impl Now {
    fn mono_ns(&self) -> u64 {
        let since = if self.is_over { 0 } else { u64::try_from(self.at.elapsed().as_nanos()).unwrap_or(u64::MAX) };
        self.mono_ns.saturating_add(since)
    }

    fn advance(&mut self, batch: &[Event]) {
        if let Some(last) = batch.last().map(Event::mono_ns).filter(|last| *last > self.mono_ns()) {
            *self = Now { mono_ns: last, at: Instant::now(), ..*self };
        }
    }

    fn stop(&mut self) {
        (self.mono_ns, self.is_over) = (self.mono_ns(), true);
    }
}

/// What the source says to the oldest filter that it has not answered. Dropping the future loses nothing.
async fn first_answer(asked: &mut VecDeque<(Filter, Answer)>) -> Action {
    let Some((_, answer)) = asked.front_mut() else { return std::future::pending().await };
    let answer = answer.await.unwrap_or_else(|_| Err("the stream has ended".into()));
    let filter = asked.pop_front().map(|(filter, _)| filter).unwrap_or_default();
    answer.map_or_else(Action::Refused, |placement| Action::InForce(filter, placement))
}

/// Takes an event into the model. The dead are forgotten at whole seconds of the stream's own time, so that the same
/// events give the same model whenever pictures were drawn on the way.
pub fn fold(model: &mut Model, event: &Event) {
    let second = event.mono_ns() / SECOND;
    if second > model.stream.last_ns / SECOND {
        model.advance(second * SECOND);
    }
    model.apply(event);
}

/// Lets time pass in the model, by whole seconds likewise.
pub fn advance(model: &mut Model, now_ns: u64) {
    model.advance(now_ns / SECOND * SECOND);
}
