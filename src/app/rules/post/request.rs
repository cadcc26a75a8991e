//! One request to the webhook, and what became of it: redirects at the same host are followed, and what an answer says is
//! read as far as it is worth. Nobody is waited for beyond the time that is given; nothing here is repeated.

use crate::app::files::without_code;
use crate::app::rules::secret::{Target, moved};
use crate::app::rules::trust;
use crate::escape::plain;
use crate::sink::webhook::answer::{Meaning, meaning};
use rustix::time::{ClockId, clock_gettime};
use std::io::{ErrorKind, Read};
use std::net::IpAddr;
use std::time::Duration;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::TlsConfig;

/// How long a connection may take of a request's time.
const CONNECT: Duration = Duration::from_secs(5);
/// So many redirects are followed.
const MOVES_MAX: usize = 3;
/// How much of an answer is read, and how much of that is said.
const ANSWER_MAX: u64 = 64 << 10;
const SAID_MAX: usize = 120;

/// What became of a request.
pub enum Outcome {
    /// It was taken.
    Delivered,
    /// Nobody answered, in words.
    Silence(String),
    /// To be repeated, perhaps not before that; why.
    Later(Option<Duration>, String),
    /// Refused.
    Never(String),
}

/// Requests to one place, as one user.
pub struct Requests {
    agent: Agent,
    target: Target,
}

impl Requests {
    /// Each may take so long.
    pub fn new(target: Target, timeout: Duration) -> Requests {
        Requests { agent: agent(&target, timeout), target }
    }

    /// Posts it, where a redirect leads too, if that is to the same host.
    pub fn post(&self, body: &[u8]) -> Outcome {
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
        config = config.tls_config(TlsConfig::builder().root_certs(trust::roots()).build());
    }
    if is_here(&target.uri) {
        config = config.proxy(None); // whose own loopback is another
    }
    config.build().new_agent()
}

/// Whether it is on this machine, where no proxy of the environment leads.
fn is_here(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Nobody answered as HTTP does. The error's own words have no URL in them, but for those about URLs.
fn silence(error: &ureq::Error) -> Outcome {
    use ureq::Error as E;
    Outcome::Silence(match error {
        E::Timeout(_) => "no answer in time".into(),
        E::HostNotFound => "there is no such host".into(),
        E::ConnectionFailed => "nobody listens there".into(),
        E::Io(e) if e.kind() == ErrorKind::ConnectionRefused => "nobody listens there".into(),
        E::Io(e) if e.kind() == ErrorKind::InvalidData => format!("TLS: {e}"), // as rustls says it of a handshake
        E::Io(e) => without_code(e),
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
