//! What is posted to a webhook, and what an answer to it means ([`answer`]).
//!
//! Two formats: a line of JSON, the alert with the host and how many alerts could not be posted before it, which is what
//! `--alert-log` writes too; or what Alertmanager takes at `/api/v2/alerts`. Bytes only: no network, no clock but the
//! stream's.

pub mod answer;

use super::{Sink, json::Json, line::Line};
use crate::clock::{Clock, TimeStyle};
use crate::escape::plain;
use crate::event::{AlertEvent, Event, Header, Party};
use serde_json::{Map, Value, json};

/// The most alerts in one request to Alertmanager.
const TOGETHER: usize = 64;
/// How many letters a label has at most.
const LABEL_MAX: usize = 1024;
/// Where Alertmanager takes them.
const ALERTS: &str = "/api/v2/alerts";

/// What is posted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// An object an alert.
    Json,
    /// Alertmanager's API, version 2.
    Alertmanager,
}

impl Format {
    /// How many alerts go in one request.
    pub const fn together(self) -> usize {
        match self {
            Format::Json => 1,
            Format::Alertmanager => TOGETHER,
        }
    }

    /// The URL, completed where it names only a host and the format knows the rest.
    pub fn url(self, url: &str) -> String {
        let url = url.trim();
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        let is_bare = host.trim_end_matches('/').find(['/', '?', '#']).is_none();
        match self {
            Format::Alertmanager if is_bare => format!("{}{ALERTS}", url.trim_end_matches('/')),
            _ => url.into(),
        }
    }
}

/// Makes bodies of requests, or lines, of alerts.
pub struct Bodies {
    format: Format,
    host: String,
    json: Json<Vec<u8>>,
    line: Line<Vec<u8>>,
    clock: Clock,
}

impl Bodies {
    /// Of a stream.
    pub fn new(format: Format, header: &Header) -> Bodies {
        let (mut json, mut line) = (Json::new(Vec::new()), Line::new(Vec::new(), TimeStyle::Utc));
        let _ = (json.header(header), line.header(header)); // into memory: it cannot fail
        let clock = Clock::new(TimeStyle::Utc, header.mono_ns, header.offset_ns);
        Bodies { format, host: header.host.clone(), json, line, clock }
    }

    /// The wall clock was set.
    pub fn clock(&mut self, event: &Event) {
        if let Event::Clock(set) = event {
            self.clock.set_offset(set.offset_ns);
            let _ = (self.json.event(event), self.line.event(event)); // likewise
        }
    }

    /// The body of a request with these alerts, before which so many were dropped.
    pub fn body(&mut self, alerts: &[Event], dropped: u64) -> Vec<u8> {
        match self.format {
            Format::Json => alerts.iter().flat_map(|alert| self.object(alert, dropped)).collect(),
            Format::Alertmanager => {
                let alerts = alerts.iter().enumerate().filter_map(|(place, event)| match event {
                    // Once a request, so that a sum over all alerts is right.
                    Event::Alert(alert) => Some(self.labelled(alert, if place == 0 { dropped } else { 0 })),
                    _ => None,
                });
                Value::Array(alerts.collect()).to_string().into_bytes()
            }
        }
    }

    /// The alert's own line, and before its fields two more.
    fn object(&mut self, event: &Event, dropped: u64) -> Vec<u8> {
        self.json.get_mut().clear();
        let _ = self.json.event(event); // into memory
        let line = self.json.get_mut();
        let mut object = format!("{{\"host\":{}", Value::from(&*self.host));
        if dropped > 0 {
            object.push_str(&format!(",\"dropped\":{dropped}"));
        }
        object.push(',');
        let fields = line.strip_prefix(b"{").unwrap_or_default();
        [object.as_bytes(), fields].concat()
    }

    /// By its labels, Alertmanager knows an alert again: those of a rule differ as they are folded apart, by what it counts
    /// by, or else by the process.
    fn labelled(&mut self, alert: &AlertEvent, dropped: u64) -> Value {
        let mut labels = Map::new();
        labels.insert("alertname".into(), alert.rule.name.clone().into());
        labels.insert("severity".into(), alert.rule.severity.word().into());
        labels.insert("instance".into(), self.host.clone().into());
        labels.insert("source".into(), "sigtop".into());
        match &alert.who {
            _ if !alert.by.is_empty() => labels.insert("by".into(), bounded(&plain(&alert.by)).into()),
            Some(who) => labels.insert("process".into(), name(who).into()),
            None => None,
        };
        let mut notes = Map::new();
        let mut note = |name: &str, text: String| {
            if !text.is_empty() {
                notes.insert(name.into(), text.into());
            }
        };
        note("description", alert.rule.description.clone());
        note("false_alarms", alert.rule.false_alarms.clone());
        note("exe", plain(&alert.exe).into_owned());
        note("command", plain(&alert.argv.join(" ")).into_owned());
        note("process", alert.who.as_ref().map(name).unwrap_or_default());
        note("ancestors", alert.ancestors.iter().map(name).collect::<Vec<_>>().join(" < "));
        note("tags", alert.rule.tags.join(" "));
        note("count", alert.count.to_string());
        note("distinct", alert.distinct.map(|distinct| distinct.to_string()).unwrap_or_default());
        note("folded", if alert.is_folded() { alert.folded.to_string() } else { String::new() });
        note("event", alert.event.as_ref().map(|event| text(&mut self.line, event)).unwrap_or_default());
        note("dropped", if dropped > 0 { dropped.to_string() } else { String::new() });
        let begins = if alert.is_folded() { alert.since_ns } else { alert.mono_ns };
        let mut starts_at = String::new();
        self.clock.write_rfc3339(&mut starts_at, begins);
        json!({"labels": labels, "annotations": notes, "startsAt": starts_at})
    }
}

fn name(who: &Party) -> String {
    format!("{}/{}", plain(who.name.as_str()), who.key.pid)
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(LABEL_MAX) {
        None => text.into(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

/// The line of text of an event, without its time.
fn text(line: &mut Line<Vec<u8>>, event: &Event) -> String {
    line.get_mut().clear();
    let _ = line.event(event); // into memory
    let text = String::from_utf8_lossy(line.get_mut()).trim_end().to_string();
    text.split_once("] ").map(|(_, words)| words.to_string()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Name, ProcKey, RuleInfo, Severity};
    use std::sync::Arc;

    fn alert(folded: u64) -> Event {
        let rule = Arc::new(RuleInfo {
            name: "fork-bomb".into(),
            severity: Severity::Critical,
            description: "it \"forks\"".into(),
            tags: vec!["T1499".into(), "x".into()],
            false_alarms: "a build".into(),
        });
        let key = ProcKey { pid: 7, start_ns: 1 };
        let who = Party { key, tid: 7, name: Name::from("sh\n"), uid: 0 };
        let alert = AlertEvent {
            mono_ns: 2_000_000_000,
            rule,
            by: "tree sh/7".into(),
            count: 200,
            distinct: None,
            since_ns: 1_000_000_000,
            folded,
            other_users: false,
            who: Some(who),
            exe: "/usr/bin/dash".into(),
            argv: vec!["sh".into(), "-c\n".into()],
            ancestors: vec![who],
            event: None,
        };
        Event::Alert(Box::new(alert))
    }

    fn bodies(format: Format) -> Bodies {
        Bodies::new(format, &Header { host: "web\"1".into(), ..Header::default() })
    }

    #[test]
    fn an_object_says_whose_it_is_and_what_is_missing_before_it() {
        let mut bodies = bodies(Format::Json);
        let body = bodies.body(&[alert(0)], 0);
        let object: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((object["host"].as_str(), object["type"].as_str()), (Some("web\"1"), Some("alert")));
        assert!(object.get("dropped").is_none());
        let object: Value = serde_json::from_slice(&bodies.body(&[alert(0)], 3)).unwrap();
        assert_eq!(object["dropped"], 3);
    }

    #[test]
    fn alertmanager_gets_labels_by_which_it_knows_an_alert_again() {
        let mut bodies = bodies(Format::Alertmanager);
        let array: Value = serde_json::from_slice(&bodies.body(&[alert(0), alert(5)], 2)).unwrap();
        let (fired, folded) = (&array[0], &array[1]);
        assert_eq!(fired["labels"], folded["labels"]);
        assert_eq!(
            fired["labels"],
            json!({"alertname": "fork-bomb", "severity": "critical", "instance": "web\"1", "source": "sigtop", "by": "tree sh/7"})
        );
        assert_eq!(fired["startsAt"], "1970-01-01T00:00:02.000000000Z");
        assert_eq!(folded["startsAt"], "1970-01-01T00:00:01.000000000Z");
        let notes = json!({
            "description": "it \"forks\"", "process": "sh\\n/7", "ancestors": "sh\\n/7", "tags": "T1499 x", "count": "200",
            "false_alarms": "a build", "exe": "/usr/bin/dash", "command": "sh -c\\n",
            "folded": "5",
        });
        assert_eq!(folded["annotations"], notes);
        assert_eq!(fired["annotations"]["dropped"], "2", "once a request: a sum over all alerts is right");
    }

    /// Else Alertmanager takes two for one, and shows the later.
    #[test]
    fn alerts_of_one_rule_have_labels_that_tell_them_apart() {
        let mut bodies = bodies(Format::Alertmanager);
        let mut labels = |by: &str, pid: u32| {
            let Event::Alert(mut one) = alert(0) else { panic!() };
            let key = ProcKey { pid, start_ns: 1 };
            (one.by, one.who) = (by.into(), Some(Party { key, tid: pid, name: Name::from("sh\n"), uid: 0 }));
            let array: Value = serde_json::from_slice(&bodies.body(&[Event::Alert(one)], 0)).unwrap();
            array[0]["labels"].clone()
        };
        assert_eq!(
            (labels("", 7)["process"].as_str(), labels("", 8)["process"].as_str()),
            (Some("sh\\n/7"), Some("sh\\n/8"))
        );
        assert_eq!(labels("user 0", 7), labels("user 0", 8), "whose deed it was is not what that rule counts by");
        assert_ne!(labels("path /a", 7), labels("path /b", 7));
        assert_eq!(labels("path /a\n\x1b", 7)["by"], "path /a\\n\\x1b");
        let long = labels(&format!("path /{}", "\n".repeat(LABEL_MAX)), 7)["by"].as_str().unwrap().to_string();
        assert!(long.len() == LABEL_MAX + 3 && long.ends_with("\\n..."), "{long}");
    }

    #[test]
    fn the_path_of_alertmanager_need_not_be_typed() {
        let url = |url| Format::Alertmanager.url(url);
        for bare in ["http://am:9093", "http://am:9093/", " http://am:9093\n"] {
            assert_eq!(url(bare), "http://am:9093/api/v2/alerts");
        }
        assert_eq!(url("https://x.org/am/api/v2/alerts"), "https://x.org/am/api/v2/alerts");
        assert_eq!(Format::Json.url("http://x.org"), "http://x.org");
    }
}
