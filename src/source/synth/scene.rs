//! The verbs of the stories: who runs what, who sends which signal to whom.
//!
//! A story plans all its events at once, with a time of its own that only it moves on. What a verb implies is done
//! here, so that no story can forget it: a death has its cause, takes its threads along and tells its parent; a
//! delivery has its signal; a thread its name.

use super::stage::{Number, Stage};
use super::words::{Actor, By, Reaps, Then, ms, us};
use crate::event::{
    Action, Cause, DeliverEvent, Disposition, End, Event, ExecEvent, ExitEvent, ForkEvent, Ignored, Masks, Name, Party,
    ProcKey, RenameEvent, SendResult, SignalEvent, Tty,
};
use crate::signal::{DefaultAction, Signal};

/// `si_code` of SIGCHLD: what became of the child.
const CLD_EXITED: i32 = 1;
const CLD_KILLED: i32 = 2;
const CLD_DUMPED: i32 = 3;
const CLD_STOPPED: i32 = 5;
const CLD_CONTINUED: i32 = 6;

/// One telling of a story.
pub struct Scene<'a> {
    stage: &'a mut Stage,
    /// The story's time: when its next event happens.
    now: u64,
    /// When the last of its events happens.
    end: u64,
}

impl<'a> Scene<'a> {
    /// A telling that begins at `now`.
    pub fn new(stage: &'a mut Stage, now: u64) -> Scene<'a> {
        Scene { stage, now, end: now }
    }

    /// When the story's next event happens.
    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// Where its plans go.
    pub(super) fn stage(&mut self) -> &mut Stage {
        self.stage
    }

    /// When the last of the events so far happens.
    pub fn end(&self) -> u64 {
        self.end.max(self.now)
    }

    /// Some nanoseconds from `low` to `high` go by.
    pub fn pause(&mut self, low: u64, high: u64) {
        self.now += self.between(low, high);
    }

    /// The moment between two steps of a program.
    fn tick(&mut self) {
        self.pause(us(2), us(25));
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.stage.rng.between(low, high)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of these.
    pub fn pick<T: Copy, const N: usize>(&mut self, from: [T; N]) -> T {
        from[self.between(0, N as u64 - 1) as usize]
    }

    /// What `aside` tells happens meanwhile: after it the story is where it was before.
    pub fn meanwhile(&mut self, aside: impl FnOnce(&mut Scene)) {
        let mut scene = Scene::new(self.stage, self.now);
        aside(&mut scene);
        self.end = self.end.max(scene.end());
    }

    /// Waits for all that was told as happening meanwhile.
    pub fn join(&mut self) {
        self.now = self.end();
        self.tick();
    }

    fn plan(&mut self, event: Event, number: Option<&Number>) {
        self.end = self.end.max(event.mono_ns());
        self.stage.plan(event, number);
    }

    /// A new process, still the same program as its parent.
    pub fn fork(&mut self, parent: &Actor) -> Actor {
        self.tick();
        let pid = self.stage.take_pids(1);
        let me = Party { key: ProcKey { pid, start_ns: self.now }, tid: pid, ..parent.me };
        self.plan(Event::Fork(ForkEvent { mono_ns: self.now, child: me, parent: parent.me.key }), None);
        Actor::child(me, parent)
    }

    /// Another program: `command` is its path and arguments.
    pub fn exec(&mut self, who: Actor, command: &str) -> Actor {
        self.tick();
        let filename = command.split(' ').next().unwrap_or("").to_string();
        let name = Name::from(filename.rsplit('/').next().unwrap_or(""));
        let argv = std::iter::once(name.as_str()).chain(command.split(' ').skip(1)).map(String::from).collect();
        let me = Party { name, ..who.me };
        let (gid, tty, cwd) = (me.uid, who.tty, super::cast::home(me.uid).to_string());
        let exec = ExecEvent {
            mono_ns: self.now,
            who: me,
            gid,
            tty,
            filename,
            argv,
            argv_cut: false,
            cwd,
            exe: String::new(),
        };
        self.plan(Event::Exec(Box::new(exec)), None);
        Actor { me, ..who }.reaping(Reaps::Waiting)
    }

    /// A new process with this program.
    pub fn run(&mut self, parent: &Actor, command: &str) -> Actor {
        self.run_as(parent, parent.me.uid, command)
    }

    /// A new process with this program, for this user.
    pub fn run_as(&mut self, parent: &Actor, uid: u32, command: &str) -> Actor {
        let child = self.fork(parent).as_user(uid);
        self.pause(us(150), us(600));
        self.exec(child, command)
    }

    /// Starts threads with these names.
    pub fn start_threads(&mut self, who: Actor, names: &'static [&'static str]) -> Actor {
        let first = self.stage.take_pids(names.len() as u32);
        let who = Actor { crew: (names, first), ..who };
        for thread in who.threads() {
            self.pause(us(80), ms(3));
            let unnamed = Party { name: who.me.name, ..thread.me };
            self.plan(Event::Fork(ForkEvent { mono_ns: self.now, child: unnamed, parent: who.parent.0.key }), None);
            self.tick();
            self.plan(Event::Rename(RenameEvent { mono_ns: self.now, who: thread.me }), None);
        }
        who
    }

    /// It ends by itself.
    pub fn exit(&mut self, who: Actor, code: u8) {
        self.end_threads(&who, End::Code(code), None, None);
        self.end_process(&who, End::Code(code), None, None);
        self.tell_parent(&who, CLD_EXITED, code.into());
    }

    /// A signal is sent by this road to `to`, and this comes of it. The next step is after what comes of it.
    pub fn send(&mut self, by: By, signal: Signal, to: &Actor, then: Then) {
        self.tick();
        let number = Number::default();
        let (sender, origin, call, code, scope, detail) = by.road(to);
        let (result, ignored) = match then {
            Then::Ignored(why) => (SendResult::Ignored, Some(why)),
            Then::Coalesced => (SendResult::Coalesced, None),
            Then::Overflow => (SendResult::Overflow, None),
            _ => (SendResult::Queued, None),
        };
        let sent = SignalEvent {
            id: 0,
            mono_ns: self.now,
            signal,
            code,
            sender: sender.map(|(who, _)| who),
            sender_tty: sender.map_or(Tty::NONE, |(_, tty)| tty),
            target: to.me,
            origin,
            call,
            scope,
            result,
            ignored,
            continued: matches!(then, Then::Continues),
            detail,
            masks: Some(masks(signal, then)),
            generation: 0,
        };
        self.plan(Event::Signal(sent), Some(&number));
        match then {
            Then::Caught(ns) => self.deliver(&sent, &number, ns, Disposition::Handler, Action::None),
            Then::Dies => self.die(&sent, &number, to),
            Then::Stops => {
                self.deliver(&sent, &number, us(30), Disposition::Default, Action::Stop);
                self.tell_parent(to, CLD_STOPPED, signal.number().into());
            }
            Then::Continues => self.tell_parent(to, CLD_CONTINUED, Signal::CONT.number().into()),
            Then::Ignored(_) | Then::Coalesced | Then::Overflow | Then::Waits => {}
        }
    }

    /// The target takes the signal after about `after_ns`.
    fn deliver(
        &mut self,
        sent: &SignalEvent,
        number: &Number,
        after_ns: u64,
        disposition: Disposition,
        action: Action,
    ) {
        let latency_ns = self.stage.rng.about(after_ns);
        self.now += latency_ns;
        let (mono_ns, signal, target) = (self.now, sent.signal, sent.target);
        let latency_ns = Some(latency_ns);
        let taken = DeliverEvent { id: None, mono_ns, signal, target, disposition, action, latency_ns };
        self.plan(Event::Deliver(taken), Some(number));
    }

    fn die(&mut self, sent: &SignalEvent, number: &Number, who: &Actor) {
        let action = Action::from(sent.signal.default_action());
        self.deliver(sent, number, us(45), Disposition::Default, action);
        let core = action == Action::Core;
        let end = End::Signal { signal: sent.signal, core };
        let cause = Cause { id: 0, origin: sent.origin, sender: sent.sender, detail: sent.detail };
        if core {
            self.pause(ms(8), ms(60));
        }
        self.end_threads(who, end, Some(cause), Some(number));
        self.end_process(who, end, Some(cause), Some(number));
        self.tell_parent(who, if core { CLD_DUMPED } else { CLD_KILLED }, sent.signal.number().into());
    }

    fn end_threads(&mut self, who: &Actor, end: End, cause: Option<Cause>, number: Option<&Number>) {
        for thread in who.threads() {
            self.tick();
            self.plan(Event::Exit(ExitEvent { mono_ns: self.now, who: thread.me, thread: true, end, cause }), number);
            self.stage.give_back(thread.me.tid);
        }
    }

    fn end_process(&mut self, who: &Actor, end: End, cause: Option<Cause>, number: Option<&Number>) {
        self.pause(us(40), us(300));
        self.plan(Event::Exit(ExitEvent { mono_ns: self.now, who: who.me, thread: false, end, cause }), number);
        self.stage.give_back(who.me.key.pid);
    }

    /// SIGCHLD to the parent.
    fn tell_parent(&mut self, who: &Actor, code: i32, status: i32) {
        let (me, reaps) = who.parent;
        let then = match reaps {
            Reaps::Handler => Then::Caught(us(14)),
            Reaps::Waiting => Then::Ignored(Ignored::Default),
            Reaps::Signalfd => Then::Waits,
        };
        self.send(By::Child(who, code, status), Signal::CHLD, &Actor { me, ..Actor::default() }, then);
    }
}

/// From here on a signal was surely blocked while it waited.
const LONG_NS: u64 = ms(10);

/// The masks of a target of a signal of which this comes.
fn masks(signal: Signal, then: Then) -> Masks {
    let is_blocked = match then {
        Then::Caught(ns) => ns >= LONG_NS,
        Then::Waits | Then::Coalesced | Then::Overflow => true,
        _ => false,
    };
    let is_pending = !matches!(then, Then::Ignored(_) | Then::Continues);
    let kills = matches!(then, Then::Dies) && signal.default_action() != DefaultAction::Core;
    let only = |are: bool, signal: Signal| are.then_some(signal);
    Masks {
        blocked: only(is_blocked, signal).into_iter().collect(),
        pending: only(is_pending, signal).into_iter().chain(only(kills, Signal::KILL)).collect(),
    }
}
