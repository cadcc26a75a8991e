//! The JSON of an alert: the rule, what it counted, whose deed it was, and the event that made it fire, whole.
//!
//! An alert within an alert is refused while it is read, so that no line makes its reader recurse without bound.

use super::read::{need, word};
use super::write::{text, texts};
use super::{Wire, WireError, WireParty};
use crate::event::{AlertEvent, Kind, RuleInfo, Severity};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::cell::Cell;
use std::sync::Arc;

/// The object of an event within that of an alert. It holds no further one.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested<'a>(pub Box<Wire<'a>>);

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Nested<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Nested<'a>, D::Error> {
        thread_local!(static IS_WITHIN: Cell<bool> = const { Cell::new(false) });
        if IS_WITHIN.replace(true) {
            return Err(de::Error::custom("an event within an event within an alert"));
        }
        let read = Wire::deserialize(from);
        IS_WITHIN.set(false);
        read.map(|wire| Nested(Box::new(wire)))
    }
}

/// The most tags that are read.
const TAGS_MAX: usize = 64;

impl<'a> Wire<'a> {
    /// `time` is the alert's, in RFC 3339: the event's too.
    pub(super) fn with_alert(self, e: &'a AlertEvent, time: &'a str) -> Wire<'a> {
        let rule = &e.rule;
        Wire {
            rule: text(&rule.name),
            severity: text(rule.severity.word()),
            description: text(&rule.description),
            false_alarms: text(&rule.false_alarms).filter(|when| !when.is_empty()),
            tags: Some(rule.tags.iter().map(|tag| tag.as_str().into()).collect()),
            source: text(&e.by).filter(|by| !by.is_empty()),
            count: Some(e.count),
            distinct: e.distinct,
            folded: (e.folded > 0).then_some(e.folded),
            other_users: e.other_users,
            since_ns: Some(e.since_ns),
            process: e.who.as_ref().map(|who| WireParty {
                exe: text(&e.exe).filter(|exe| !exe.is_empty()),
                argv: texts(&e.argv).filter(|argv| !argv.is_empty()),
                ..WireParty::from(who)
            }),
            ancestors: Some(e.ancestors.iter().map(WireParty::from).collect()),
            event: e.event.as_deref().map(|event| Nested(Box::new(Wire::from_event(event, time)))),
            ..self
        }
    }

    pub(super) fn to_alert(&self) -> Result<AlertEvent, WireError> {
        let owned = |text: &Option<std::borrow::Cow<str>>| text.as_deref().unwrap_or("").to_string();
        let rule = RuleInfo {
            name: need("rule", self.rule.as_deref())?.to_string(),
            severity: need("severity", word("severity", &self.severity, Severity::from_word)?)?,
            description: owned(&self.description),
            tags: self.tags.iter().flatten().take(TAGS_MAX).map(|tag| tag.to_string()).collect(),
            false_alarms: owned(&self.false_alarms),
        };
        let event = match &self.event {
            Some(Nested(event)) if event.r#type == Kind::Alert.word() => {
                return Err(WireError { field: "event", found: Some(event.r#type.to_string()) });
            }
            Some(Nested(event)) => Some(Box::new(event.to_event()?)),
            None => None,
        };
        Ok(AlertEvent {
            mono_ns: self.mono_ns,
            rule: Arc::new(rule),
            by: owned(&self.source),
            count: self.count.unwrap_or(1),
            distinct: self.distinct,
            since_ns: self.since_ns.unwrap_or(self.mono_ns),
            folded: self.folded.unwrap_or(0),
            other_users: self.other_users,
            who: self.process.as_ref().map(WireParty::to_party),
            exe: self.process.as_ref().map(|who| owned(&who.exe)).unwrap_or_default(),
            argv: self.process.iter().flat_map(|who| who.argv.iter().flatten()).map(|arg| arg.to_string()).collect(),
            ancestors: self
                .ancestors
                .iter()
                .flatten()
                .take(AlertEvent::ANCESTORS_MAX)
                .map(WireParty::to_party)
                .collect(),
            event,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::{any_but_alert, any_party, one_of};
    use super::*;
    use crate::event::Event;
    use proptest::prelude::*;

    pub(in super::super) fn any_alert() -> impl Strategy<Value = Event> {
        let rule = (".{1,9}", one_of(Severity::ALL), ".*", proptest::collection::vec(".{0,9}", 0..4), ".{0,9}");
        let rule = rule.prop_map(|(name, severity, description, tags, false_alarms)| RuleInfo {
            name,
            severity,
            description,
            tags,
            false_alarms,
        });
        let numbers = (any::<u64>(), any::<u64>(), proptest::option::of(any::<u64>()), any::<u64>(), any::<u64>());
        let who = (any_party(), ".{0,9}", proptest::collection::vec(".{0,9}", 0..4));
        let people = (proptest::option::of(who), proptest::collection::vec(any_party(), 0..16));
        (rule, ".*", numbers, any::<bool>(), people, proptest::option::of(any_but_alert())).prop_map(
            |(rule, by, (mono_ns, count, distinct, since_ns, folded), other_users, (who, ancestors), event)| {
                let (rule, event) = (Arc::new(rule), event.map(Box::new));
                // What runs is told within who it is.
                let (who, exe, argv) = who.map_or_else(Default::default, |(who, exe, argv)| (Some(who), exe, argv));
                Event::Alert(Box::new(AlertEvent {
                    mono_ns,
                    rule,
                    by,
                    count,
                    distinct,
                    since_ns,
                    folded,
                    other_users,
                    who,
                    exe,
                    argv,
                    ancestors,
                    event,
                }))
            },
        )
    }

    proptest! {
        #[test]
        fn every_alert_reads_back(alert in any_alert()) {
            let line = serde_json::to_string(&Wire::from_event(&alert, "2026-11-20T17:00:00.000000000Z")).unwrap();
            prop_assert!(!line.contains('\n'));
            let wire: Wire = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(wire.to_event(), Ok(alert), "{}", line);
        }
    }

    #[test]
    fn an_alert_within_an_alert_is_refused() {
        let mut line = r#"{"type":"fork","pid":1,"ppid":2}"#.to_string();
        let alert = |event: &str| format!(r#"{{"type":"alert","rule":"r","severity":"low","event":{event}}}"#);
        line = alert(&line);
        assert!(serde_json::from_str::<Wire>(&line).unwrap().to_event().is_ok());
        let twice = r#"{"type":"alert","rule":"r","severity":"low"}"#;
        let error = serde_json::from_str::<Wire>(&alert(twice)).unwrap().to_event().unwrap_err();
        assert_eq!(error.to_string(), r#"field "event" cannot be "alert""#);
        for _ in 0..1000 {
            line = alert(&line);
        }
        assert!(serde_json::from_str::<Wire>(&line).is_err(), "too deep to be read");
        assert!(serde_json::from_str::<Wire>(&alert(r#"{"type":"fork","pid":1,"ppid":2}"#)).is_ok(), "and after it");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let read = |line: &str| serde_json::from_str::<Wire>(line).unwrap().to_event().map_err(|e| e.to_string());
        assert_eq!(read(r#"{"type":"alert"}"#), Err("field \"rule\" is missing".into()));
        let line = r#"{"type":"alert","rule":"r","severity":"bad"}"#;
        assert_eq!(read(line), Err("field \"severity\" cannot be \"bad\"".into()));
    }
}
