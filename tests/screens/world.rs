//! A small machine and what happened on it, told as events: what the screens in the tests show.

use sigtop::event::Disposition::Handler;
use sigtop::event::*;
use sigtop::model::{Limits, Model};
use sigtop::signal::Signal;

pub const MS: u64 = 1_000_000;
pub const S: u64 = 1_000 * MS;
/// The machine has been up for four days when the stream begins, at 2026-11-20 17:30:02 UTC.
pub const START: u64 = 345_600 * S;
const REAL_START: i64 = 1_795_195_802;
/// The moment of the picture.
pub const NOW: u64 = START + 132 * S;

pub fn header() -> Header {
    Header {
        version: "0.1.0".into(),
        host: "web-1".into(),
        kernel: "6.18.44".into(),
        arch: "x86_64".into(),
        mono_ns: START,
        began_ns: START,
        offset_ns: REAL_START * 1_000_000_000 - START as i64,
        missing: Vec::new(),
        roads: Vec::new(),
        ..Header::default()
    }
}

pub fn signal(name: &str) -> Signal {
    Signal::parse(name).unwrap()
}

pub fn party(name: &str, pid: u32, uid: u32) -> Party {
    let key = ProcKey { pid, start_ns: u64::from(pid) * 30 * S };
    Party { key, tid: pid, uid, name: name.into() }
}

pub struct World {
    pub model: Model,
    pub id: u64,
}

impl World {
    pub fn empty() -> World {
        World { model: Model::new(header(), Limits::default()), id: 0 }
    }

    pub fn apply(&mut self, event: Event) {
        self.model.apply(&event);
    }

    pub fn seen(&mut self, who: Party, parent: Option<Party>, tty: Tty, exe: &str, args: &[&str], cgroup: &str) {
        self.apply(Event::Seen(Box::new(SeenEvent {
            mono_ns: START,
            who,
            parent: parent.map(|p| p.key),
            tty,
            exe: exe.into(),
            argv: args.iter().map(|a| a.to_string()).collect(),
            cgroup_id: 1,
            cgroup: cgroup.into(),
            zombie: false,
        })));
    }

    pub fn event(&mut self, at: u64, name: &str, sender: Option<Party>, target: Party, origin: Origin) -> SignalEvent {
        self.id += 1;
        SignalEvent {
            code: if sender.is_some() { 0 } else { 0x80 },
            sender,
            origin,
            call: (origin == Origin::User).then_some(Call::Kill),
            ..SignalEvent::kill(self.id, at, signal(name), Party::default(), target)
        }
    }

    /// A signal between processes; its id.
    pub fn send(&mut self, at: u64, name: &str, from: Party, to: Party) -> u64 {
        let e = self.event(at, name, Some(from), to, Origin::User);
        self.apply(Event::Signal(e));
        e.id
    }

    /// A call that sends nothing: a signal's number, to whom and why it fails.
    pub fn attempt(
        &mut self,
        at: u64,
        number: i32,
        from: Party,
        aim: Aim,
        target: Option<Party>,
        errno: Option<Errno>,
    ) {
        self.id += 1;
        let (id, call) = (self.id, if matches!(aim, Aim::Fd(_)) { Call::Pidfd } else { Call::Kill });
        let (sender, sender_tty, nested, generation) = (from, Tty::NONE, false, 0);
        let mono_ns = at;
        let e = AttemptEvent { id, mono_ns, number, sender, sender_tty, aim, nested, target, call, errno, generation };
        self.apply(Event::Attempt(e));
    }

    /// A signal of the kernel; its id.
    pub fn kernel(&mut self, at: u64, name: &str, to: Party, origin: Origin, detail: Detail) -> u64 {
        let e = SignalEvent { detail, ..self.event(at, name, None, to, origin) };
        self.apply(Event::Signal(e));
        e.id
    }

    pub fn take(&mut self, id: u64, name: &str, who: Party, at: u64, latency: u64, disposition: Disposition) {
        let signal = signal(name);
        let action =
            if disposition == Disposition::Default { Action::from(signal.default_action()) } else { Action::None };
        self.apply(Event::Deliver(DeliverEvent {
            id: Some(id),
            mono_ns: at + latency,
            signal,
            target: who,
            disposition,
            action,
            latency_ns: Some(latency),
        }));
    }

    pub fn die(&mut self, at: u64, who: Party, end: End, cause: Option<Cause>) {
        self.apply(Event::Exit(ExitEvent { mono_ns: at, who, thread: false, end, cause }));
    }

    pub fn killed(&mut self, at: u64, name: &str, by: Option<Party>, who: Party, origin: Origin, detail: Detail) {
        let e = SignalEvent { detail, ..self.event(at, name, by, who, origin) };
        self.apply(Event::Signal(e));
        self.take(e.id, name, who, at, 30_000, Disposition::Default);
        let cause = Cause { id: e.id, origin, sender: by, detail };
        let core = origin == Origin::Fault;
        self.die(at + 900_000, who, End::Signal { signal: e.signal, core }, Some(cause));
    }

    /// The background: a Go program preempting itself, children ending, a timer.
    pub fn background(&mut self, seconds: std::ops::Range<u64>) {
        let cron = party("cron", 640, 0);
        for second in seconds {
            let at = START + second * S;
            for n in 0..3 + (second * 7) % 11 {
                let id = self.send(at + n * 8 * MS, "URG", go(), go());
                self.take(id, "URG", go(), at + n * 8 * MS, 9_000, Handler);
            }
            if second % 5 == 0 {
                let id = self.kernel(at + 50 * MS, "ALRM", cron, Origin::Timer, Detail::None);
                self.take(id, "ALRM", cron, at + 50 * MS, 18_000, Handler);
            }
            if second % 9 == 0 {
                let child = Party { key: ProcKey { pid: 20_000 + second as u32, start_ns: at }, ..party("sh", 1, 0) };
                self.apply(Event::Fork(ForkEvent {
                    mono_ns: at,
                    child: Party { tid: child.key.pid, ..child },
                    parent: cron.key,
                }));
                let e = self.event(at + 60 * MS, "CHLD", Some(child), cron, Origin::Child);
                self.apply(Event::Signal(SignalEvent { code: 1, detail: Detail::Status(0), ..e }));
                self.take(e.id, "CHLD", cron, at + 60 * MS, 40_000, Handler);
                self.die(at + 59 * MS, child, End::Code(0), None);
            }
        }
    }
}

pub fn systemd() -> Party {
    party("systemd", 1, 0)
}
pub fn nginx() -> Party {
    party("nginx", 881, 0)
}
pub fn worker(n: u32) -> Party {
    party("nginx: worker", 881 + n, 33)
}
pub fn bash() -> Party {
    party("bash", 1234, 1000)
}
pub fn deploy() -> Party {
    party("deploy.sh", 9931, 1000)
}
pub fn java() -> Party {
    party("java", 701, 500)
}
pub fn go() -> Party {
    party("go-svc", 2210, 500)
}

/// The machine before anything happens.
pub fn quiet() -> World {
    let mut w = World::empty();
    let pts = Tty::parse("pts/3").unwrap();
    let none = Tty::NONE;
    let sshd = party("sshd", 812, 0);
    let cron = party("cron", 640, 0);
    w.seen(systemd(), None, none, "/usr/lib/systemd/systemd", &["/sbin/init", "splash"], "/init.scope");
    w.seen(party("kthreadd", 2, 0), None, none, "", &[], "/");
    for (pid, name) in [(14, "ksoftirqd/0"), (15, "rcu_preempt"), (38, "kworker/0:1-eve")] {
        w.seen(party(name, pid, 0), Some(party("kthreadd", 2, 0)), none, "", &[], "/");
    }
    w.seen(cron, Some(systemd()), none, "/usr/sbin/cron", &["/usr/sbin/cron", "-f"], "/system.slice/cron.service");
    w.seen(java(), Some(systemd()), none, "/usr/bin/java", &["java", "-jar", "shop.jar"], "/system.slice/shop.service");
    w.seen(sshd, Some(systemd()), none, "/usr/sbin/sshd", &["sshd: alice [priv]"], "/system.slice/ssh.service");
    let argv = ["nginx: master process", "/usr/sbin/nginx", "-g", "daemon on; master_process on;"];
    w.seen(nginx(), Some(systemd()), none, "/usr/sbin/nginx", &argv, "/system.slice/nginx.service");
    for n in 1..=4 {
        let argv = ["nginx: worker process"];
        w.seen(worker(n), Some(nginx()), none, "/usr/sbin/nginx", &argv, "/system.slice/nginx.service");
    }
    let session = "/user.slice/user-1000.slice/session-4.scope";
    w.seen(bash(), Some(sshd), pts, "/usr/bin/bash", &["-bash"], session);
    w.seen(go(), Some(systemd()), none, "/srv/go-svc", &["/srv/go-svc", "--port", "8080"], "/system.slice/go.service");
    w.seen(party("vim", 4410, 1000), Some(bash()), pts, "/usr/bin/vim", &["vim", "nginx.conf"], session);
    w.seen(party("chrome", 7712, 1000), Some(systemd()), none, "/opt/chrome", &["chrome", "--type=renderer"], session);
    w.seen(deploy(), Some(bash()), pts, "/usr/bin/bash", &["/bin/bash", "./deploy.sh", "--now"], session);
    w.seen(party("curl", 9950, 1000), Some(deploy()), pts, "/usr/bin/curl", &["curl", "-s", "http://x/"], session);
    w
}

/// A busy two minutes on that machine.
pub fn busy() -> World {
    let mut w = quiet();
    w.background(0..121);
    let vim = party("vim", 4410, 1000);
    // What matters: a deployment that goes wrong.
    let t = START + 120 * S;
    let id = w.send(t + 114 * MS, "TERM", deploy(), nginx());
    w.take(id, "TERM", nginx(), t + 114 * MS, 12_000, Handler);
    for n in 1..=4 {
        let id = w.send(t + 114 * MS, "QUIT", nginx(), worker(n));
        w.take(id, "QUIT", worker(n), t + 114 * MS, 8_000 + 1_000 * u64::from(n), Handler);
    }
    w.die(t + 190 * MS, worker(4), End::Code(0), None);
    let curl = party("curl", 9950, 1000);
    w.killed(t + 215 * MS, "PIPE", None, curl, Origin::Pipe, Detail::None);
    let tty = Detail::Tty(Tty::parse("pts/3").unwrap());
    let id = w.kernel(t + 320 * MS, "INT", vim, Origin::Tty, tty);
    w.take(id, "INT", vim, t + 320 * MS, 31_000, Handler);
    let id = w.kernel(t + 350 * MS, "WINCH", vim, Origin::Tty, tty);
    w.take(id, "WINCH", vim, t + 350 * MS, 1_310_000, Handler);
    w.background(121..128);
    w.send(t + 7_314 * MS, "TERM", bash(), java());
    let e = w.event(t + 7_400 * MS, "HUP", Some(bash()), java(), Origin::User);
    w.apply(Event::Signal(SignalEvent { result: SendResult::Ignored, ignored: Some(Ignored::SigIgn), ..e }));
    let e = w.event(t + 7_500 * MS, "TERM", Some(bash()), java(), Origin::User);
    w.apply(Event::Signal(SignalEvent { result: SendResult::Coalesced, ..e }));
    let id = w.kernel(t + 8_000 * MS, "TSTP", deploy(), Origin::Tty, tty);
    w.take(id, "TSTP", deploy(), t + 8_000 * MS, 70_000, Disposition::Default);
    let e = w.event(t + 8_500 * MS, "CONT", Some(bash()), deploy(), Origin::User);
    w.apply(Event::Signal(SignalEvent { continued: true, ..e }));
    let e = w.event(t + 8_600 * MS, "RTMIN+3", Some(bash()), go(), Origin::User);
    let value = SignalEvent { call: Some(Call::Sigqueue), code: -1, detail: Detail::Value(42), ..e };
    w.apply(Event::Signal(value));
    w.background(128..131);
    w.killed(t + 10_120 * MS, "KILL", Some(systemd()), nginx(), Origin::User, Detail::None);
    let chrome = party("chrome", 7712, 1000);
    w.killed(t + 10_301 * MS, "KILL", None, chrome, Origin::Oom, Detail::None);
    w.killed(t + 10_400 * MS, "SEGV", None, worker(3), Origin::Fault, Detail::Address(0));
    w.background(131..132);
    w.model.advance(NOW);
    w
}
