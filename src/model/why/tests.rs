//! Deaths, each told by the events of a small machine, and what is said of them.

mod asked;

use super::before::GROUPS;
use super::*;
use crate::event::*;
use crate::model::tests::{exit, key, party, seen, signal};
use crate::model::{Limits, Model};

const S: u64 = 1_000_000_000;

/// Seconds since the stream began, uids and paths as they are.
struct Plainly;

impl Teller for Plainly {
    fn time(&mut self, mono_ns: u64) -> String {
        format!("{}.{}", mono_ns / S, mono_ns % S / 100_000_000)
    }

    fn ago(&self, _: u64) -> String {
        "1s ago".into()
    }

    fn lasted(&self, ns: u64) -> String {
        format!("{}s", ns / S)
    }

    fn user(&self, uid: u32) -> String {
        format!("uid {uid}")
    }

    fn home(&self, cgroup: &str) -> Option<String> {
        cgroup.rsplit('/').next().filter(|name| !name.is_empty()).map(String::from)
    }

    fn from(&self) -> &'static str {
        "<"
    }
}

/// init (1), a shell (2) and its job (3), a service (4) with two workers (5, 6).
struct Town {
    model: Model,
    id: u64,
}

const INIT: u32 = 1;
const SHELL: u32 = 2;
const JOB: u32 = 3;
const SERVICE: u32 = 4;

fn who(pid: u32) -> ProcKey {
    key(pid, u64::from(pid) * S)
}

impl Town {
    /// The stream begins in second 400.
    fn new() -> Town {
        Town::with(Limits { log_rows: 100, ..Limits::default() })
    }

    fn with(limits: Limits) -> Town {
        let mut model = Model::new(Header { mono_ns: 400 * S, arch: "x86_64".into(), ..Header::default() }, limits);
        for (pid, parent, cgroup) in [
            (1, 0, "/init.scope"),
            (2, 1, "/s/session-4.scope"),
            (3, 2, "/s/session-4.scope"),
            (4, 1, "/s/web.service"),
            (5, 4, "/s/web.service"),
            (6, 4, "/s/web.service"),
        ] {
            let parent = (parent > 0).then(|| who(parent));
            let tty = if pid == 2 || pid == 3 { Tty(0x8803) } else { Tty::NONE };
            let seen = SeenEvent { tty, cgroup: cgroup.into(), ..seen(who(pid), parent, 400 * S) };
            model.apply(&Event::Seen(Box::new(seen)));
        }
        Town { model, id: 0 }
    }

    /// A signal at this second, from a process or (0) from the kernel.
    fn sent(&mut self, at: u64, from: u32, what: Signal, to: u32) -> SignalEvent {
        self.id += 1;
        let sender = (from > 0).then(|| who(from));
        let call = sender.map(|_| Call::Kill);
        let sender_tty = if from == JOB { Tty(0x8803) } else { Tty::NONE };
        SignalEvent { mono_ns: at * S, call, sender_tty, ..signal(self.id, what, sender, who(to)) }
    }

    fn send(&mut self, at: u64, from: u32, what: Signal, to: u32) -> SignalEvent {
        let e = self.sent(at, from, what, to);
        self.model.apply(&Event::Signal(e));
        e
    }

    fn handled(&mut self, e: SignalEvent) {
        self.model.apply(&Event::Deliver(DeliverEvent {
            id: Some(e.id),
            mono_ns: e.mono_ns + 1,
            signal: e.signal,
            target: e.target,
            disposition: Disposition::Handler,
            action: Action::None,
            latency_ns: Some(1),
        }));
    }

    fn ends(&mut self, at: u64, pid: u32, end: End, cause: Option<SignalEvent>) {
        let cause = cause.map(|e| Cause { id: e.id, origin: e.origin, sender: e.sender, detail: e.detail });
        self.model.apply(&Event::Exit(ExitEvent { end, cause, ..exit(who(pid), at * S + S / 10) }));
    }

    /// Killed by the kernel for this reason.
    fn ended_by(&mut self, what: Signal, core: bool, origin: Origin, detail: Detail, code: i32) {
        let e = SignalEvent { origin, detail, code, ..self.sent(500, 0, what, SERVICE) };
        self.model.apply(&Event::Signal(e));
        self.ends(500, SERVICE, End::Signal { signal: what, core }, Some(e));
    }

    fn why(&self, pid: u32) -> Vec<String> {
        let why = explain(&self.model, &who(pid)).unwrap();
        lines(&why, &mut Plainly).iter().map(|line| format!("{:7} {}", line.label, line.text())).collect()
    }
}

fn named(signal: &str) -> Signal {
    Signal::parse(signal).unwrap()
}

fn killed(signal: Signal) -> End {
    End::Signal { signal, core: false }
}

#[test]
fn what_is_sent_all_the_time_hides_no_request() {
    let mut town = Town::with(Limits::default());
    let asked = town.send(450, JOB, Signal::TERM, SERVICE);
    town.handled(asked);
    for _ in 0..3000 {
        let e = town.send(455, SERVICE, named("URG"), SERVICE); // as every Go program does
        town.handled(e);
    }
    let kill = town.send(460, INIT, Signal::KILL, SERVICE);
    town.ends(460, SERVICE, killed(Signal::KILL), Some(kill));
    let told = town.why(SERVICE);
    assert!(told.iter().any(|line| line.contains("still alive 10s after SIGTERM")), "{told:?}");

    // What does matter is bounded as well, and then that is said.
    let mut town = Town::with(Limits::default());
    town.send(450, JOB, Signal::TERM, SERVICE);
    for _ in 0..3000 {
        let e = town.send(455, JOB, named("USR1"), SERVICE);
        town.handled(e);
    }
    let kill = town.send(460, INIT, Signal::KILL, SERVICE);
    town.ends(460, SERVICE, killed(Signal::KILL), Some(kill));
    let why = explain(&town.model, &who(SERVICE)).unwrap();
    assert!(why.asked.is_none() && why.gaps.contains(&Gap::Forgotten(455 * S)), "{:?}", why.gaps);
}

#[test]
fn kill_9_names_who_and_whence() {
    let mut town = Town::new();
    let e = town.send(800, JOB, Signal::KILL, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), Some(e));
    assert_eq!(
        town.why(SERVICE),
        [
            "ended   SIGKILL  800.1, 1s ago, after 796s",
            "sent by p3(3) uid 1000, kill(), si_code SI_USER",
            "        < p2(2) < p1(1), tty pts/3, session-4.scope",
            "unit    web.service",
        ]
    );
}

#[test]
fn a_kill_after_a_term_is_the_last_step() {
    let mut town = Town::new();
    let term = town.send(490, JOB, Signal::TERM, SERVICE);
    town.handled(term);
    for worker in [5, 6] {
        town.send(490, SERVICE, Signal::QUIT, worker);
        town.ends(490, worker, End::Code(0), None);
    }
    town.send(491, 5, Signal::CHLD, SERVICE); // noise
    let e = town.send(500, INIT, Signal::KILL, SERVICE);
    town.ends(500, SERVICE, killed(Signal::KILL), Some(e));
    assert_eq!(
        town.why(SERVICE),
        [
            "ended   SIGKILL  500.1, 1s ago, after 496s",
            "sent by p1(1) uid 1000, kill(), si_code SI_USER",
            "        init.scope",
            "because it was still alive 10s after SIGTERM (490.0, handled: the handler ran, the process stayed)",
            "        that SIGTERM came from p3(3) uid 1000 < p2(2) < p1(1), tty pts/3, session-4.scope",
            "before  490.0 QUIT to p5(5), p6(6) (exited 0)",
            "unit    web.service",
        ]
    );
}

#[test]
fn what_was_asked_long_ago_is_no_reason() {
    let mut town = Town::new();
    let term = town.send(410, JOB, Signal::TERM, SERVICE);
    town.handled(term);
    let hup = town.send(795, JOB, Signal::HUP, SERVICE); // "read your settings"
    town.handled(hup);
    let e = town.send(800, JOB, Signal::KILL, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), Some(e));
    let why = town.why(SERVICE).join("\n");
    assert!(!why.contains("because") && why.contains("before  795.0 HUP by p3(3) (handled)"), "{why}");
}

#[test]
fn reasons_of_the_kernel_are_told() {
    for (signal, core, origin, detail, code, said) in [
        (
            Signal::SEGV,
            true,
            Origin::Fault,
            Detail::Address(16),
            1,
            "kernel (fault): a fault of its own at address 0x10: a null pointer (SEGV_MAPERR)",
        ),
        (
            Signal::SEGV,
            true,
            Origin::Fault,
            Detail::Address(0x7f00_0000_1000),
            2,
            "kernel (fault): a fault of its own at address 0x7f0000001000: what is mapped there may not be used so (SEGV_ACCERR)",
        ),
        (
            Signal::SEGV,
            true,
            Origin::Fault,
            Detail::None,
            128,
            "kernel (fault): a fault of its own; of this kind no address is told (SI_KERNEL)",
        ),
        (
            Signal::BUS,
            true,
            Origin::Fault,
            Detail::Address(0x5000),
            2,
            "kernel (fault): a fault of its own at address 0x5000: behind the end of a mapped file, or no memory (BUS_ADRERR)",
        ),
        (
            named("FPE"),
            true,
            Origin::Fault,
            Detail::Address(0x5000),
            1,
            "kernel (fault): a fault of its own at instruction 0x5000: a division by zero (FPE_INTDIV)",
        ),
        (
            named("ILL"),
            true,
            Origin::Fault,
            Detail::Address(0x5000),
            2,
            "kernel (fault): a fault of its own at instruction 0x5000: no instruction of this processor (ILL_ILLOPN)",
        ),
        (Signal::KILL, false, Origin::Oom, Detail::None, 128, "kernel (oom): memory ran out, and it was chosen"),
        (
            Signal::KILL,
            false,
            Origin::Oom,
            Detail::Oom(Oom::new(498 << 20, 512 << 20, 2)),
            128,
            "kernel (oom): memory cgroup /s/web.service was at its limit of 512 MiB; its resident memory, shared pages included, was about 498 MiB",
        ),
        (
            Signal::KILL,
            false,
            Origin::Oom,
            Detail::Oom(Oom::new(36 << 20, 30 << 20, 0)),
            128,
            "kernel (oom): a memory cgroup that it was in was at its limit of 30.0 MiB; its resident memory, shared pages included, was about 36.0 MiB",
        ),
        (
            Signal::KILL,
            false,
            Origin::Oom,
            Detail::Oom(Oom::new(0, 3 << 29, 0)),
            128,
            "kernel (oom): a memory cgroup that it was in was at its limit of 1.5 GiB",
        ),
        (
            Signal::KILL,
            false,
            Origin::Oom,
            Detail::Oom(Oom::new(9_265_152, 0, 0)),
            128,
            "kernel (oom): the machine had no memory left, and no cgroup that it was in was at a limit; its resident memory, shared pages included, was about 8.8 MiB",
        ),
        (
            Signal::KILL,
            false,
            Origin::Kernel,
            Detail::Reason(Reason::NamespaceEnd),
            128,
            "kernel: the init of its pid namespace ended, and all of the namespace with it",
        ),
        (
            Signal::KILL,
            false,
            Origin::Kernel,
            Detail::Reason(Reason::TracerLeft),
            128,
            "kernel: its tracer ended, and had asked for that (PTRACE_O_EXITKILL)",
        ),
        (
            Signal::KILL,
            false,
            Origin::Rlimit,
            Detail::None,
            128,
            "kernel (rlimit): it went over its hard CPU time limit (RLIMIT_CPU)",
        ),
        (
            Signal::PIPE,
            false,
            Origin::Pipe,
            Detail::None,
            0,
            "kernel (pipe): it wrote to a pipe or socket that nobody reads",
        ),
        (
            Signal::XCPU,
            true,
            Origin::Rlimit,
            Detail::None,
            128,
            "kernel (rlimit): it went over its CPU time limit (RLIMIT_CPU)",
        ),
        (
            Signal::XFSZ,
            true,
            Origin::Rlimit,
            Detail::None,
            0,
            "kernel (rlimit): it went over its file size limit (RLIMIT_FSIZE)",
        ),
        (
            Signal::SYS,
            true,
            Origin::Seccomp,
            Detail::Syscall(59),
            1,
            "kernel (seccomp): its seccomp filter forbids system call 59 (execve)",
        ),
        (Signal::INT, false, Origin::Tty, Detail::Tty(Tty(0x8803)), 128, "kernel (tty): ^C was typed on pts/3"),
        (Signal::HUP, false, Origin::Tty, Detail::Tty(Tty(0x8803)), 128, "kernel (tty): hang-up of the terminal pts/3"),
        (
            Signal::ALRM,
            false,
            Origin::Timer,
            Detail::None,
            128,
            "kernel (timer): a timer of its own ran out (alarm() or setitimer()), and it had no handler",
        ),
    ] {
        let mut town = Town::new();
        town.ended_by(signal, core, origin, detail, code);
        let why = town.why(SERVICE);
        let end = if core { format!("{signal} (core)") } else { signal.to_string() };
        assert!(why[0].starts_with(&format!("ended   {end}  500.1")), "{why:#?}");
        assert_eq!(why[1..], [format!("sent by {said}"), "unit    web.service".into()], "{signal}");
    }
}

#[test]
fn who_the_kernel_acts_for_is_named() {
    let mut town = Town::new();
    let e = SignalEvent { origin: Origin::CgroupKill, call: None, ..town.sent(500, INIT, Signal::KILL, SERVICE) };
    town.model.apply(&Event::Signal(e));
    town.ends(500, SERVICE, killed(Signal::KILL), Some(e));
    assert_eq!(town.why(SERVICE)[1], "sent by p1(1) uid 1000, by a write to cgroup.kill");
    let mut town = Town::new();
    let e = SignalEvent { code: -6, call: Some(Call::Tgkill), ..town.sent(500, SERVICE, Signal::ABRT, SERVICE) };
    town.model.apply(&Event::Signal(e));
    town.ends(500, SERVICE, End::Signal { signal: Signal::ABRT, core: true }, Some(e));
    assert_eq!(
        town.why(SERVICE)[1],
        "sent by itself, tgkill(), si_code SI_TKILL: abort(), as after a failed assertion"
    );
}

#[test]
fn who_exits_is_not_killed() {
    let mut town = Town::new();
    town.ends(500, SERVICE, End::Code(3), None);
    assert_eq!(
        town.why(SERVICE),
        [
            "ended   exited 3  500.1, 1s ago, after 496s",
            "asked   by nobody in its last 60 s: it exited by itself",
            "unit    web.service",
        ]
    );
    let mut town = Town::new();
    let term = town.send(499, INIT, Signal::TERM, SERVICE);
    town.handled(term);
    town.ends(500, SERVICE, End::Code(143), None);
    assert_eq!(
        town.why(SERVICE),
        [
            "ended   exited 143  500.1, 1s ago, after 496s  (143 is what shells say for SIGTERM)",
            "after   SIGTERM, 1s before (499.0, handled)",
            "        that SIGTERM came from p1(1) uid 1000 init.scope",
            "unit    web.service",
        ]
    );
}

#[test]
fn what_was_not_seen_is_said() {
    // Killed, and the signal was lost, or filtered, or older than the stream.
    let mut town = Town::new();
    let filter = FilterEvent { mono_ns: 410 * S, generation: 1, text: "sig:TERM".into() };
    town.model.apply(&Event::Filter(Box::new(filter)));
    let lost = CountEvent {
        mono_ns: 499 * S,
        kind: Some(Kind::Signal),
        count: 12,
        signal: Some(Signal::KILL),
        sender: None,
        result: None,
        since_ns: None,
    };
    town.model.apply(&Event::Lost(lost));
    town.ends(500, SERVICE, killed(Signal::KILL), None);
    assert_eq!(
        town.why(SERVICE)[1..],
        [
            "unit    web.service",
            "unseen  who sent that SIGKILL, and when",
            "        12 records that did not fit: one of them may matter here",
            "        what the filter kept out: sig:TERM",
            "        what was sent before 400.0, when sigtop began",
        ]
    );
    // Dead when it was first looked at.
    town.model.apply(&Event::Seen(Box::new(SeenEvent { zombie: true, ..seen(who(9), None, 500 * S) })));
    assert_eq!(
        town.why(9)[..],
        [
            "ended   unseen",
            "unit    c",
            "unseen  how it ended: it was dead when it was first looked at, or the record was lost"
        ]
    );
}

/// The counts of what is lost come up to a second late, and lines of a recording may be damaged.
#[test]
fn what_is_told_late_is_of_the_time_before() {
    let lost = |at: u64, kind, count| {
        Event::Lost(CountEvent { mono_ns: at, kind, count, signal: None, sender: None, result: None, since_ns: None })
    };
    let mut town = Town::new();
    let e = town.send(800, JOB, Signal::KILL, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), Some(e));
    town.model.apply(&lost(801 * S, Some(Kind::Signal), 1));
    town.model.apply(&lost(801 * S, None, 2));
    town.model.apply(&lost(802 * S, Some(Kind::Signal), 70));
    assert_eq!(
        town.why(SERVICE)[4..],
        [
            "unseen  1 record that did not fit: one of them may matter here",
            "        2 lines of the recording that cannot be read: one of them may matter here",
        ]
    );
}

/// A gap is told of when it ends: however long after the death that is, what matters may be in it.
#[test]
fn a_gap_is_of_all_the_time_since_it_began() {
    let lost = |since: u64, at: u64, count| {
        let (kind, since_ns) = (Some(Kind::Signal), Some(since * S));
        Event::Lost(CountEvent { mono_ns: at * S, since_ns, kind, count, signal: None, sender: None, result: None })
    };
    let mut town = Town::new();
    town.model.apply(&lost(400, 450, 1)); // too early
    town.ends(800, SERVICE, killed(Signal::KILL), None);
    town.model.apply(&lost(790, 900, 20));
    town.model.apply(&lost(801, 801, 300)); // too late
    assert_eq!(
        town.why(SERVICE)[2..],
        ["unseen  who sent that SIGKILL, and when", "        20 records that did not fit: one of them may matter here",]
    );
}

/// A recording that was narrowed from its start has no event that says so, but counts.
#[test]
fn what_a_filter_kept_out_is_a_gap() {
    let mut town = Town::new();
    let sender = Some(SenderKey::Process(who(JOB)));
    let (kind, signal) = (Some(Kind::Signal), Some(Signal::KILL));
    town.model.apply(&Event::Skipped(CountEvent {
        mono_ns: 799 * S,
        kind,
        count: 1,
        signal,
        sender,
        result: None,
        since_ns: None,
    }));
    town.ends(800, SERVICE, killed(Signal::KILL), None);
    assert_eq!(
        town.why(SERVICE)[2..],
        [
            "unseen  who sent that SIGKILL, and when",
            "        1 signal that a filter kept out: one of them may matter here"
        ]
    );
}

/// A sender of which nothing but its signal is known: who made it is not, and that is said.
#[test]
fn ancestors_that_are_not_known_are_a_gap() {
    let mut town = Town::new();
    let e = town.send(800, 77, Signal::KILL, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), Some(e));
    assert_eq!(
        town.why(SERVICE)[1..],
        [
            "sent by p77(77) uid 1000, kill(), si_code SI_USER",
            "unit    web.service",
            "unseen  who started p77(77), or who was before: not known to sigtop",
        ]
    );
}

/// Whose maker is forgotten stands below another, and that one is not said to have made it.
#[test]
fn ancestors_that_were_forgotten_are_a_gap() {
    for (at, is_known) in [(412, true), (500, false)] {
        let mut town = Town::new();
        for (child, parent) in [(7, JOB), (8, 7)] {
            let child = party(who(child));
            town.model.apply(&Event::Fork(ForkEvent { mono_ns: 410 * S, child, parent: who(parent) }));
        }
        town.ends(411, 7, End::Code(0), None);
        town.model.advance(at * S);
        let e = town.send(at, 8, Signal::TERM, SERVICE);
        town.ends(at, SERVICE, killed(Signal::TERM), Some(e));
        let why = explain(&town.model, &who(SERVICE)).unwrap();
        assert_eq!(why.blame.unwrap().sender.unwrap().is_whole, is_known, "{at}");
    }
}

#[test]
fn rows_that_are_forgotten_are_a_gap() {
    let mut town = Town::with(Limits { log_rows: 10, ..Limits::default() });
    town.send(690, JOB, Signal::TERM, SERVICE);
    for at in 700..790 {
        town.send(at, SHELL, Signal::USR1, INIT);
    }
    let e = town.send(800, JOB, Signal::KILL, SERVICE);
    town.ends(800, SERVICE, killed(Signal::KILL), Some(e));
    let why = town.why(SERVICE);
    assert_eq!(why.last().unwrap(), "unseen  what was sent before 781.0: too long ago to be kept");
    assert!(!why.iter().any(|line| line.contains("because")));
}

#[test]
fn the_living_and_the_unknown_have_no_death() {
    let town = Town::new();
    assert_eq!(explain(&town.model, &who(SERVICE)), None);
    assert_eq!(explain(&town.model, &who(77)), None);
}

#[test]
fn many_signals_are_a_few_groups_and_names_are_made_harmless() {
    let mut town = Town::new();
    let evil = Party { name: "\x1b[2J\n".into(), ..party(who(JOB)) };
    for n in 0..50 {
        let e = SignalEvent {
            sender: Some(evil),
            mono_ns: 480 * S + n * S / 4,
            ..town.sent(0, JOB, Signal::USR1, SERVICE)
        };
        town.model.apply(&Event::Signal(e));
    }
    let e = town.send(500, JOB, Signal::KILL, SERVICE);
    town.ends(500, SERVICE, killed(Signal::KILL), Some(e));
    let why = town.why(SERVICE);
    assert_eq!(why.iter().filter(|line| line.contains("USR1")).count(), GROUPS);
    assert!(why.iter().all(|line| !line.contains(['\x1b', '\n'])), "{why:#?}");
}
