//! `--webhook URL`: every alert posted, by the thread `sigtop-webhook`, which may be as slow as the other side is.
//!
//! The queue before it is bounded; what does not fit is dropped, the newest first, counted, said when that begins and when
//! it is over, and told in the next request that is taken. A request is repeated while nobody answers, with longer and
//! longer pauses; so and so often where the answer is an error of the server's; never where it is refused. At the end what
//! waits has a bounded time; a server that asks for more than that gets no further request. What is one request is in
//! [`request`].

mod request;

use super::outlets::{Item, Outlet};
use super::queue::{Pause, Queue};
use super::secret::{Target, seems_secret};
use super::trust;
use super::voice::Voice;
use crate::cli::WebhookFormat;
use crate::error::Error;
use crate::event::{Event, Header};
use crate::plan::Webhook;
use crate::sink::webhook::answer::pause;
use crate::sink::webhook::{Bodies, Format};
use request::{Outcome, Requests};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How many alerts may wait.
const QUEUED: usize = 1024;
/// How long a request may take, from the name's look-up to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// So many errors of the server's, and the alerts are given up: others wait behind them.
const TRIES_MAX: u32 = 10;

/// How the thread waits; the tests' does not.
type Wait = Box<dyn FnMut(Duration) -> Pause + Send>;

/// Reads what secrets there are, and starts the thread.
///
/// # Errors
/// What is no URL, or a file that cannot be used.
pub fn open(webhook: &Webhook, voice: Arc<Voice>) -> Result<Outlet, Error> {
    let format = match webhook.format {
        WebhookFormat::Json => Format::Json,
        WebhookFormat::Alertmanager => Format::Alertmanager,
    };
    let target = Target::of(webhook, |url| format.url(url))?;
    if target.uri.scheme_str() == Some("https") {
        trust::check_named()?;
    }
    if webhook.is_shown && seems_secret(&webhook.url) {
        voice.say("the URL of the webhook seems to hold a secret, and the process list shows it: put it in a file (--webhook @FILE) or in SIGTOP_WEBHOOK_URL".into());
    }
    let queue = Arc::new(Queue::new(QUEUED));
    let waiting = queue.clone();
    let wait = Box::new(move |time| waiting.pause(time));
    start(target, format, voice, queue, wait, TIMEOUT)
}

fn start(
    target: Target,
    format: Format,
    voice: Arc<Voice>,
    queue: Arc<Queue<Item>>,
    wait: Wait,
    timeout: Duration,
) -> Result<Outlet, Error> {
    let name = target.name();
    let left = Arc::new(AtomicU64::new(0));
    let (mine, says, leaves) = (name.clone(), voice.clone(), left.clone());
    let late = |name: &str, left: u64| format!("{left} {} not delivered to {name}", were(left));
    let post = Outlet { name, queue, voice, left, late };
    post.start("sigtop-webhook", move |from| {
        let poster = Poster {
            requests: Requests::new(target, timeout),
            name: mine,
            format,
            bodies: Bodies::new(format, &Header::default()),
            voice: says,
            dropped: 0,
            unsaid: 0,
            fails: false,
            is_too_late: false,
            left: leaves,
            wait,
        };
        poster.run(from);
    })
}

fn were(count: u64) -> &'static str {
    if count == 1 { "alert was" } else { "alerts were" }
}

struct Poster {
    requests: Requests,
    name: String,
    format: Format,
    bodies: Bodies,
    voice: Arc<Voice>,
    /// Not delivered, and not told in a request yet.
    dropped: u64,
    /// The same, and not said yet.
    unsaid: u64,
    /// It was said that it does not work.
    fails: bool,
    /// What is left has no time any more.
    is_too_late: bool,
    left: Arc<AtomicU64>,
    wait: Wait,
}

impl Poster {
    fn run(mut self, from: &Queue<Item>) {
        while let Some(item) = from.next() {
            let event = match item {
                Item::Begin(header) => {
                    self.bodies = Bodies::new(self.format, &header);
                    continue;
                }
                Item::Event(event) => event,
                Item::Reopen => continue, // it has no file
            };
            if !is_alert(&event) {
                self.bodies.clock(&event);
                continue;
            }
            let mut alerts = vec![event];
            while alerts.len() < self.format.together() {
                let Some(Item::Event(more)) = from.next_if(|item| matches!(item, Item::Event(e) if is_alert(e))) else {
                    break;
                };
                alerts.push(more);
            }
            self.deliver(&alerts, from);
        }
        self.lose(from.dropped());
        if self.unsaid > 0 {
            let (unsaid, name) = (self.unsaid, &self.name);
            self.voice.say(format!("{unsaid} {} not delivered to {name}", were(unsaid)));
        }
    }

    /// Until they are delivered, or given up.
    fn deliver(&mut self, alerts: &[Event], from: &Queue<Item>) {
        let (mut tries, mut errors) = (0, 0);
        while !self.is_too_late && errors < TRIES_MAX {
            self.lose(from.dropped());
            let body = self.bodies.body(alerts, self.dropped);
            let (asked, why) = match self.requests.post(&body) {
                Outcome::Delivered => {
                    self.left.fetch_sub(alerts.len() as u64, Relaxed);
                    return self.delivered(from);
                }
                Outcome::Never(why) => {
                    self.say_failing(&format!("{} refuses alerts: {why}", self.name));
                    break;
                }
                Outcome::Silence(why) => (None, why),
                Outcome::Later(asked, why) => {
                    errors += 1;
                    (asked, why)
                }
            };
            self.say_failing(&format!(
                "{} takes no alerts: {why}; they are kept, up to {QUEUED}, and tried again",
                self.name
            ));
            if errors < TRIES_MAX {
                tries += 1;
                let pause = asked.unwrap_or_else(|| pause(tries, RandomState::new().hash_one(tries)));
                match (self.wait)(pause) {
                    Pause::Passed => {}
                    Pause::CutShort if asked.is_none() => tries = 0, // it may be back: short pauses have time
                    Pause::CutShort | Pause::TooLong => self.is_too_late = true,
                }
            }
        }
        self.lose(alerts.len() as u64);
    }

    fn lose(&mut self, alerts: u64) {
        self.dropped += alerts;
        self.unsaid += alerts;
    }

    /// What was lost before is told; it is said once that is over.
    fn delivered(&mut self, from: &Queue<Item>) {
        self.dropped = 0;
        self.lose(from.dropped()); // meanwhile
        let again = match (self.fails, self.unsaid) {
            (true, _) => "takes alerts again",
            (false, unsaid) if unsaid > 0 && from.waiting() == 0 => "keeps up again",
            _ => return,
        };
        self.fails = false;
        from.close_gap();
        let lost = match std::mem::take(&mut self.unsaid) {
            0 => String::new(),
            lost => format!("; {lost} {} dropped", were(lost)),
        };
        self.voice.say(format!("{} {again}{lost}", self.name));
    }

    /// Once, until it works again.
    fn say_failing(&mut self, what: &str) {
        if !std::mem::replace(&mut self.fails, true) {
            self.voice.say(what.into());
        }
    }
}

fn is_alert(event: &Event) -> bool {
    matches!(event, Event::Alert(_))
}

#[cfg(test)]
mod tests;
