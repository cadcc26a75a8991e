//! `--demo[=SEED]`: a made-up machine that shows what a dashboard can show, without root.
//!
//! [`Synth`] is pure: from a seed always the same events, for ever, in order of time, and as consistent as a
//! kernel's. Its machine is in `cast`, its stories in `stories`, told in the verbs of `scene`, for what is told only on
//! request those of `facts`, and the nouns of `words`; a new story is one function and one row of the table there. [`spawn`] plays them in real time.
//! No chance but the seed's, no clock but for the pace, and nothing of the machine that it runs on.

mod cast;
mod facts;
mod play;
mod scene;
mod stage;
mod stories;
mod words;

pub use play::{Options, spawn};

use crate::event::{Event, Header};
use cast::Town;
use scene::Scene;
use stage::{Play, Stage};
use words::secs;

/// The seed of plain `--demo`.
pub const DEFAULT_SEED: u64 = 1;

/// How much has happened when the demo is first looked at, in nanoseconds: what [`spawn`] gives at once.
pub const HISTORY_NS: u64 = secs(60);

/// When the demo begins: its machine is then up for 3 days, 4:12:09.
const START_NS: u64 = secs(274_329);

/// [`START_NS`] in seconds since the epoch: 2026-11-20T17:31:00Z.
const START_TIME: i64 = 1_795_195_860;

/// What the demo says of itself; the same for every seed.
pub fn header() -> Header {
    Header {
        version: env!("CARGO_PKG_VERSION").to_string(),
        host: "demo".to_string(),
        kernel: "6.18.0-demo".to_string(),
        arch: "x86_64".to_string(),
        boot_id: "demo".to_string(),
        mono_ns: START_NS,
        began_ns: START_NS,
        part: 0,
        offset_ns: START_TIME * 1_000_000_000 - START_NS as i64,
        missing: Vec::new(),
        roads: Vec::new(),
        told: Default::default(),
    }
}

/// A story that is told again and again.
struct Running {
    next_ns: u64,
    every: (u64, u64),
    play: Play,
}

/// The events of a seed, without end: first who is there, then what happens, in order of time.
pub struct Synth {
    stage: Stage,
    stories: Vec<Running>,
}

impl Synth {
    /// The history of this seed.
    pub fn new(seed: u64) -> Synth {
        let mut stage = Stage::new(seed);
        let town = Town::open(&mut stage, START_NS);
        let stories = stories::STORIES.iter().map(|story| {
            let next_ns = START_NS + stage.rng.about(story.first);
            Running { next_ns, every: story.every, play: (story.open)(&town) }
        });
        Synth { stories: stories.collect(), stage }
    }

    /// The same history, and in it who opens which file, connects to where, and whatever else is told only on request.
    pub fn with_facts(seed: u64) -> Synth {
        let mut synth = Synth::new(seed);
        synth.stage.tell_facts(seed);
        synth
    }
}

impl Iterator for Synth {
    type Item = Event;

    /// Tells stories until no other can begin before the earliest event that is planned.
    fn next(&mut self) -> Option<Event> {
        loop {
            let story = self.stories.iter_mut().min_by_key(|s| s.next_ns)?;
            if self.stage.next_ns().is_some_and(|planned| planned <= story.next_ns) {
                return self.stage.take();
            }
            let mut scene = Scene::new(&mut self.stage, story.next_ns);
            (story.play)(&mut scene);
            story.next_ns = scene.end() + scene.between(story.every.0, story.every.1);
        }
    }
}

#[cfg(test)]
mod tests;
