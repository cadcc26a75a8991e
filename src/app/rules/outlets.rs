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
    /// Alerts that were handed over and did not get there: they wait, are being tried, or were dropped.
    pub left: Arc<AtomicU64>,
    /// What is to be said where so many did not get there in time.
    pub late: fn(&str, u64) -> String,
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
        let item = Item::Event(event.clone());
        if let Event::Alert(_) = event {
            self.left.fetch_add(1, Relaxed);
            if self.queue.push(item) {
                self.voice.say(format!("too many alerts wait for {}: more are dropped", self.name));
            }
        } else {
            self.queue.push_surely(item); // without it, later times would be wrong
        }
    }

    /// See [`Item::Reopen`].
    pub fn reopen(&self) {
        self.queue.push_surely(Item::Reopen);
    }

    /// Nothing more comes: waits for what is on its way, and says what is too late.
    pub fn finish(&self, until: Instant) {
        self.queue.end(until);
        if !self.queue.is_done_by(until) {
            self.voice.say((self.late)(&self.name, self.left.load(Relaxed)));
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
        self.all().for_each(|outlet| outlet.queue.end(until));
        self.all().for_each(|outlet| outlet.finish(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::rules::tests::alert;
    use crate::event::ClockEvent;
    use std::sync::mpsc::channel;

    /// One is in hand, one waits, one did not fit: none of them got there.
    #[test]
    fn what_did_not_get_there_in_time_is_said_to_the_last_alert() {
        let (began, begins) = channel();
        let (go_on, may_go_on) = channel::<()>();
        let (queue, voice) = (Arc::new(Queue::new(1)), Arc::new(Voice::default()));
        let late = |name: &str, left: u64| format!("{name}: {left} too late");
        let outlet = Outlet { name: "stuck".into(), queue, voice: voice.clone(), left: Arc::default(), late };
        let stuck = move |from: &Queue<Item>| {
            from.next();
            began.send(()).unwrap();
            let _ = may_go_on.recv();
        };
        let outlet = outlet.start("stuck", stuck).unwrap();
        outlet.take(&alert("in hand"));
        begins.recv().unwrap();
        outlet.take(&alert("waits"));
        outlet.take(&Event::Clock(ClockEvent { mono_ns: 1, offset_ns: 2 }));
        outlet.take(&alert("did not fit"));
        assert_eq!((outlet.queue.waiting(), outlet.queue.dropped()), (2, 1), "the clock is no alert, and always fits");
        outlet.finish(Instant::now());
        assert_eq!(voice.unsaid(), ["too many alerts wait for stuck: more are dropped", "stuck: 3 too late"]);
        drop(go_on);
    }
}
