//! The verbs for what is told only on request: who opens, moves, connects, beside what a story tells anyway.
//!
//! It has a chance and a time of its own, so that a history is the same whether it is told or not: whatever happens
//! here, no process begins or ends by it, and no signal comes sooner or later.

use super::scene::Scene;
use super::stage::Stage;
use super::words::{Actor, us};
use crate::event::flags::{CREATE, TRUNC, WRITE};
use crate::event::{Address, ConnectEvent, Deed, Errno, Event, FileEvent};

/// What happens beside a story, from its present moment on.
pub struct Beside<'a> {
    stage: &'a mut Stage,
    now: u64,
}

impl Scene<'_> {
    /// What also happens from now on, where it is told. It must be over before whoever does it is gone.
    pub fn beside(&mut self, tell: impl FnOnce(&mut Beside)) {
        let now = self.now();
        let stage = self.stage();
        if stage.facts.is_some() {
            tell(&mut Beside { stage, now });
        }
    }
}

impl Beside<'_> {
    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.stage.facts.as_mut().map_or(low, |rng| rng.between(low, high))
    }

    /// Some nanoseconds from `low` to `high` go by.
    pub fn pause(&mut self, low: u64, high: u64) {
        self.now += self.between(low, high);
    }

    /// It opens a file to read it.
    pub fn read(&mut self, who: &Actor, path: &str) {
        self.file(who, Deed::Open { flags: 0, created: false }, path, None);
    }

    /// It is not allowed to.
    pub fn may_not_read(&mut self, who: &Actor, path: &str) {
        self.file(who, Deed::Open { flags: 0, created: false }, path, Some(Errno::ACCES));
    }

    /// It makes a file.
    pub fn create(&mut self, who: &Actor, path: &str) {
        self.file(who, Deed::Open { flags: WRITE | CREATE | TRUNC, created: true }, path, None);
    }

    /// It changes the mode of a file.
    pub fn chmod(&mut self, who: &Actor, path: &str, before: u16, mode: u16) {
        self.file(who, Deed::Chmod { before: Some(before), mode }, path, None);
    }

    /// It gives a file another name.
    pub fn rename(&mut self, who: &Actor, from: &str, path: &str) {
        self.file(who, Deed::Move { from: from.to_string() }, path, None);
    }

    /// It connects to this address and port.
    pub fn connect(&mut self, who: &Actor, to: ([u8; 4], u16), errno: Option<Errno>) {
        self.tick();
        let address = Address::Inet(to.into());
        let connect = ConnectEvent { mono_ns: self.now, who: who.me, address, errno };
        self.stage.plan(Event::Connect(Box::new(connect)), None);
    }

    fn file(&mut self, who: &Actor, deed: Deed, path: &str, errno: Option<Errno>) {
        self.tick();
        let (mono_ns, path, same_as) = (self.now, path.to_string(), String::new());
        let file = FileEvent { mono_ns, who: who.me, deed, path, same_as, errno };
        self.stage.plan(Event::File(Box::new(file)), None);
    }

    /// The moment between two system calls.
    fn tick(&mut self) {
        self.pause(us(1), us(9));
    }
}
