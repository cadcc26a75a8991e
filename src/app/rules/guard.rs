//! The rules of a run and where their alerts go: read and opened before the stream is, put before each of its readers, and
//! brought to an end after it.

use super::outlets::Outlets;
use super::stage::{self, Stage};
use super::voice::Voice;
use super::{alert_log, files, post};
use crate::app::problems;
use crate::error::Error;
use crate::plan::{Alerting, Asked, Origin};
use crate::rules::{Engine, Needs, RuleSet};
use crate::source::Source;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// At the end, how long disk and network may take for the alerts that wait.
const LAST_ALERTS: Duration = Duration::from_secs(5);

/// Rules at work in a run.
#[derive(Clone)]
pub struct Guard {
    rules: RuleSet,
    needs: Needs,
    files: Vec<PathBuf>,
    passes_all: bool,
    is_failure: bool,
    outlets: Outlets,
    voice: Arc<Voice>,
}

impl Guard {
    /// Reads the rules and opens what alerts go to. With `passes_all`, all that is captured passes on, what the rules need
    /// too.
    ///
    /// # Errors
    /// Everything that is wrong with the rules, or why alerts cannot go there.
    pub fn new(alerting: &Alerting, passes_all: bool) -> Result<Guard, Error> {
        let rules = files::read(&alerting.rules)?;
        let voice = Arc::new(Voice::default());
        let log = alerting.log.as_ref().map(|path| alert_log::open(path, voice.clone())).transpose()?;
        let post = alerting.webhook.as_ref().map(|webhook| post::open(webhook, voice.clone())).transpose()?;
        let outlets = Outlets::new(log, post);
        if rules.enabled().next().is_none() {
            problems::say("no rule is in force: no alert can come");
        }
        let (needs, files, is_failure) = (rules.needs(), alerting.rules.clone(), alerting.is_failure);
        Ok(Guard { rules, needs, files, passes_all, is_failure, outlets, voice })
    }

    /// What the origin is to capture.
    pub fn widened(&self, origin: &Origin) -> Origin {
        origin.clone().asking(self.asking(&origin.asked()))
    }

    /// The same of what is asked of an origin.
    pub fn asking(&self, asked: &Asked) -> Asked {
        stage::union(asked, &self.needs)
    }

    /// Stands before the reader of a source that captures what [`Guard::asking`] says; the reader asked for this.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn stand(&self, source: Source, asked: Asked, has_clock: bool) -> Result<Source, Error> {
        let stage = Stage {
            watch: Engine::new(self.rules.clone()),
            rules: self.rules.clone(),
            needs: self.needs.clone(),
            files: self.files.clone(),
            asked,
            passes_all: self.passes_all,
            has_clock,
            outlets: self.outlets.clone(),
        };
        stage.stand(source)
    }

    /// How many rules watch.
    pub fn rules(&self) -> usize {
        self.rules.enabled().count()
    }

    /// What there is, in words.
    pub fn words(&self) -> String {
        let files: Vec<String> = self.files.iter().map(|path| path.display().to_string()).collect();
        let mut words = format!("alerts by the rules in {}", files.join(" and "));
        let to = self.outlets.names();
        if !to.is_empty() {
            words.push_str(&format!(", to {}", to.join(" and ")));
        }
        words
    }

    /// Whether there is an alert log.
    pub fn has_log(&self) -> bool {
        self.outlets.has_log()
    }

    /// The alert log goes on in the file that is at its path by now.
    pub fn reopen(&self) {
        self.outlets.reopen();
    }

    /// After the stream: what waits is delivered within a bounded time, and what could not be is said. Whether the run
    /// has failed by its alerts.
    pub fn finish(self) -> bool {
        self.outlets.finish(Instant::now() + LAST_ALERTS);
        self.voice.unsaid().iter().for_each(|what| problems::say(what));
        self.is_failure && self.outlets.alerts() > 0
    }
}
