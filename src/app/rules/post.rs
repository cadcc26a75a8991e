//! `--webhook URL`: every alert posted, by the thread `sigtop-webhook`, which may be as slow as the other side is.
//!
//! The queue before it is bounded; what does not fit is dropped, the newest first, counted, said, and told in the next
//! request that is taken. A request is repeated while nobody answers, with longer and longer pauses; so and so often where
//! the answer is an error of the server's; never where it is refused. At the end what waits has a bounded time.

use super::outlets::{Item, Outlet};
use super::queue::Queue;
use super::secret::{Target, moved, seems_secret};
use super::voice::Voice;
use crate::cli::WebhookFormat;
use crate::error::Error;
use crate::escape::plain;
use crate::event::{Event, Header};
use crate::plan::Webhook;
use crate::sink::webhook::answer::{Meaning, meaning, pause};
use crate::sink::webhook::{Bodies, Format};
use rustix::time::{ClockId, clock_gettime};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// How many alerts may wait.
const QUEUED: usize = 1024;
/// How long a request may take, from the name's look-up to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take of that.
const CONNECT: Duration = Duration::from_secs(5);
/// So many errors of the server's, and the alerts are given up: others wait behind them.
const TRIES_MAX: u32 = 10;
/// So many redirects are followed.
const MOVES_MAX: usize = 3;
/// How much of an answer is read, and how much of that is said.
const ANSWER_MAX: u64 = 64 << 10;
const SAID_MAX: usize = 120;
/// Once nothing more comes, pauses are no longer than this.
const LAST_PAUSE: Duration = Duration::from_millis(200);
/// Certificates that this machine trusts, where the distributions have them.
const ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How the thread waits; the tests' does not.
type Wait = Box<dyn FnMut(Duration) + Send>;

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
    if webhook.is_shown && seems_secret(&webhook.url) {
        voice.say("the URL of the webhook seems to hold a secret, and the process list shows it: put it in a file (--webhook @FILE) or in SIGTOP_WEBHOOK_URL".into());
    }
    let queue = Arc::new(Queue::new(QUEUED));
    let waiting = queue.clone();
    let wait = Box::new(
        move |time: Duration| {
            if waiting.is_over() { thread::sleep(time.min(LAST_PAUSE)) } else { waiting.pause(time) }
        },
    );
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
    let in_hand = Arc::new(AtomicU64::new(0));
    let (mine, says, hand) = (name.clone(), voice.clone(), in_hand.clone());
    let late = move |post: &Outlet| {
        let left = post.queue.waiting() as u64 + in_hand.load(Relaxed) + post.queue.dropped();
        format!("{} {} not delivered to {}", left, were(left), post.name)
    };
    let post = Outlet { name, queue, voice, late: Box::new(late) };
    post.start("sigtop-webhook", move |from| {
        let poster = Poster {
            agent: agent(&target, timeout),
            target,
            name: mine,
            format,
            bodies: Bodies::new(format, &Header::default()),
            voice: says,
            dropped: 0,
            fails: false,
            in_hand: hand,
            wait,
        };
        poster.run(from);
    })
}

fn were(count: u64) -> &'static str {
    if count == 1 { "alert was" } else { "alerts were" }
}

/// Follows nothing by itself, takes no answer for an error, and waits for nobody for long.
fn agent(target: &Target, timeout: Duration) -> Agent {
    let mut config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .timeout_connect(Some(CONNECT.min(timeout)))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("sigtop/", env!("CARGO_PKG_VERSION")));
    if target.uri.scheme_str() == Some("https") {
        config = config.tls_config(TlsConfig::builder().root_certs(roots()).build());
    }
    config.build().new_agent()
}

/// What this machine trusts; where it says nothing, what browsers trust.
fn roots() -> RootCerts {
    let named = std::env::var("SSL_CERT_FILE").ok();
    let mut files = named.iter().map(String::as_str).chain(ROOTS);
    let Some(pem) = files.find_map(|path| std::fs::read(path).ok()) else { return RootCerts::WebPki };
    let certificates = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    match &*certificates.collect::<Vec<_>>() {
        [] => RootCerts::WebPki,
        certificates => RootCerts::new_with_certs(certificates),
    }
}

/// What became of a request.
enum Outcome {
    Delivered,
    /// Nobody answered, in words.
    Silence(String),
    /// To be repeated, perhaps not before that; why.
    Later(Option<Duration>, String),
    /// Refused.
    Never(String),
}

struct Poster {
    agent: Agent,
    target: Target,
    name: String,
    format: Format,
    bodies: Bodies,
    voice: Arc<Voice>,
    /// Not delivered since the last that were.
    dropped: u64,
    /// It was said that it does not work.
    fails: bool,
    /// Taken out of the queue, and not delivered.
    in_hand: Arc<AtomicU64>,
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
            self.in_hand.store(alerts.len() as u64, Relaxed);
            self.deliver(&alerts, from);
            self.in_hand.store(0, Relaxed);
        }
        self.dropped += from.dropped();
        if self.dropped > 0 {
            let (dropped, name) = (self.dropped, &self.name);
            self.voice.say(format!("{dropped} {} not delivered to {name}", were(dropped)));
        }
    }

    /// Until they are delivered, or given up.
    fn deliver(&mut self, alerts: &[Event], from: &Queue<Item>) {
        let mut errors = 0;
        for tries in 1.. {
            self.dropped += from.dropped();
            let body = self.bodies.body(alerts, self.dropped);
            let (asked, why) = match self.post(&body) {
                Outcome::Delivered => return self.delivered(),
                Outcome::Never(why) => {
                    self.dropped += alerts.len() as u64;
                    self.say_failing(&format!("{} refuses alerts: {why}", self.name));
                    return;
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
            if errors >= TRIES_MAX {
                self.dropped += alerts.len() as u64;
                return;
            }
            (self.wait)(asked.unwrap_or_else(|| pause(tries, RandomState::new().hash_one(tries))));
        }
    }

    fn delivered(&mut self) {
        let dropped = std::mem::take(&mut self.dropped);
        if std::mem::take(&mut self.fails) {
            let lost = if dropped > 0 { format!("; {dropped} {} dropped", were(dropped)) } else { String::new() };
            self.voice.say(format!("{} takes alerts again{lost}", self.name));
        }
    }

    /// Once, until it works again.
    fn say_failing(&mut self, what: &str) {
        if !std::mem::replace(&mut self.fails, true) {
            self.voice.say(what.into());
        }
    }

    fn post(&self, body: &[u8]) -> Outcome {
        let mut uri = self.target.uri.clone();
        for _ in 0..=MOVES_MAX {
            match self.post_to(&uri, body) {
                Ok(outcome) => return outcome,
                Err(Some(to)) => uri = to,
                Err(None) => return Outcome::Never("it redirects to another host, which gets nothing".into()),
            }
        }
        Outcome::Never("it redirects without end".into())
    }

    /// Or it is to be asked for there, if that is a place to go.
    fn post_to(&self, uri: &Uri, body: &[u8]) -> Result<Outcome, Option<Uri>> {
        let mut request = self.agent.post(uri).content_type("application/json");
        for (name, value) in &self.target.headers {
            request = request.header(name, value);
        }
        let mut response = match request.send(body) {
            Ok(response) => response,
            Err(e) => return Ok(silence(&e)),
        };
        let status = response.status();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let now = clock_gettime(ClockId::Realtime).tv_sec;
        let meaning = meaning(status.as_u16(), header("retry-after"), now);
        if meaning == Meaning::Moved {
            return Err(header("location").and_then(|location| moved(uri, location)));
        }
        let mut answer = Vec::new();
        let _ = response.body_mut().as_reader().take(ANSWER_MAX).read_to_end(&mut answer); // what there is of it
        let why = words(status.as_u16(), &answer);
        Ok(match meaning {
            Meaning::Delivered => Outcome::Delivered,
            Meaning::Later(asked) => Outcome::Later(asked, why),
            Meaning::Moved | Meaning::Never => Outcome::Never(why),
        })
    }
}

fn is_alert(event: &Event) -> bool {
    matches!(event, Event::Alert(_))
}

/// Nobody answered as HTTP does. The error's own words have no URL in them, but for those about URLs.
fn silence(error: &ureq::Error) -> Outcome {
    use ureq::Error as E;
    Outcome::Silence(match error {
        E::Timeout(_) => "no answer in time".into(),
        E::HostNotFound => "there is no such host".into(),
        E::ConnectionFailed => "nobody listens there".into(),
        E::Io(e) if e.kind() == ErrorKind::ConnectionRefused => "nobody listens there".into(),
        E::Io(e) => e.to_string(),
        E::Tls(what) => format!("TLS: {what}"),
        E::Rustls(e) => format!("TLS: {e}"),
        E::Protocol(e) => format!("that is no HTTP: {e}"),
        _ => "the request failed".into(),
    })
}

/// The status, and the beginning of what was said with it.
fn words(status: u16, answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer.get(..answer.len().min(4 * SAID_MAX)).unwrap_or_default()).into_owned();
    let line: String = text.trim().lines().next().unwrap_or_default().chars().take(SAID_MAX).collect();
    if line.is_empty() { format!("status {status}") } else { format!("status {status}: {}", plain(&line)) }
}

#[cfg(test)]
mod tests;
