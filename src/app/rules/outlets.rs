//! Where alerts go beside the stream: the alert log and the webhook, each with a thread of its own behind a bounded queue
//! ([`Outlet`]), and both of them for a stage ([`Outlets`]). What is done with an alert is theirs.
//!
//! Handing over never waits. Only at the end it is waited for what is on its way, for a bounded time.

use super::queue::Queue;
use super::voice::Voice;
use crate::error::Error;
use crate::event::{Event, Header};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Instant;
use tokio::sync::mpsc::{self, WeakSender};

/// What waits before an outlet.
pub enum Item {
    /// What stream it is.
    Begin(Box<Header>),
    /// An alert, or that the clock was set.
    Event(Event),
    /// What writes to a file goes on in the one that is at its path by now.
    Reopen,
}

/// The end of one to hand alerts to.
pub struct Outlet {
    /// What it is called.
    pub name: String,
    /// What waits for it.
    pub queue: Arc<Queue<Item>>,
    /// Where it says what the user should know.
    pub voice: Arc<Voice>,
    /// What is to be said where it did not take all of it in time.
    pub late: Box<dyn Fn(&Outlet) -> String + Send + Sync>,
}

impl Outlet {
    /// Starts its thread, which takes out of the queue until nothing more comes.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn start(self, thread: &str, run: impl FnOnce(&Queue<Item>) + Send + 'static) -> Result<Outlet, Error> {
        let from = self.queue.clone();
        let run = move || {
            run(&from);
            from.done();
        };
        let started = thread::Builder::new().name(thread.into()).spawn(run);
        started.map_err(|e| Error::environment("cannot start a thread", e))?;
        Ok(self)
    }

    /// What stream it is, and who hears of problems.
    pub fn begin(&self, header: &Header, problems: WeakSender<String>) {
        self.voice.through(problems);
        self.queue.push_surely(Item::Begin(Box::new(header.clone())));
    }

    /// Takes an alert, or that the clock was set.
    pub fn take(&self, event: &Event) {
        self.queue.push(Item::Event(event.clone()));
    }

    /// See [`Item::Reopen`].
    pub fn reopen(&self) {
        self.queue.push_surely(Item::Reopen);
    }

    /// Nothing more comes: waits for what is on its way, and says what is too late.
    pub fn finish(&self, until: Instant) {
        self.queue.end();
        if !self.queue.is_done_by(until) {
            self.voice.say((self.late)(self));
        }
    }
}

/// The outlets of one stage.
#[derive(Clone, Default)]
pub struct Outlets {
    log: Option<Arc<Outlet>>,
    post: Option<Arc<Outlet>>,
    /// How many alerts there were in all.
    alerts: Arc<AtomicU64>,
    /// How many of them came through here. A recording that is read again from its beginning gives the same ones again,
    /// and they are handed on once.
    count: u64,
}

impl Outlets {
    /// Those of a run: the alert log and the webhook.
    pub fn new(log: Option<Outlet>, post: Option<Outlet>) -> Outlets {
        Outlets { log: log.map(Arc::new), post: post.map(Arc::new), alerts: Arc::default(), count: 0 }
    }

    fn all(&self) -> impl Iterator<Item = &Outlet> {
        self.log.iter().chain(&self.post).map(|outlet| &**outlet)
    }

    /// What they are called.
    pub fn names(&self) -> Vec<&str> {
        self.all().map(|outlet| &*outlet.name).collect()
    }

    /// What stream it is, and who is told what the user should know, as long as it lasts.
    pub fn begin(&self, header: &Header, problems: &mpsc::Sender<String>) {
        self.all().for_each(|outlet| outlet.begin(header, problems.downgrade()));
    }

    /// Takes an event of the stream; what is none of theirs is passed over.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Alert(_) => {
                self.count += 1;
                if self.alerts.fetch_max(self.count, Relaxed) >= self.count {
                    return;
                }
            }
            Event::Clock(_) => {}
            _ => return,
        }
        self.all().for_each(|outlet| outlet.take(event));
    }

    /// How many alerts there were.
    pub fn alerts(&self) -> u64 {
        self.alerts.load(Relaxed)
    }

    /// Whether there is an alert log.
    pub fn has_log(&self) -> bool {
        self.log.is_some()
    }

    /// The alert log goes on in the file that is at its path by now.
    pub fn reopen(&self) {
        self.log.iter().for_each(|log| log.reopen());
    }

    /// Nothing more comes. All of them have the same time.
    pub fn finish(&self, until: Instant) {
        self.all().for_each(|outlet| outlet.queue.end());
        self.all().for_each(|outlet| outlet.finish(until));
    }
}
