//! The nouns of the stories: who plays, by which road a signal comes, what comes of it.
//!
//! Plain data, `Copy`; what a word does to the plan is in [`super::scene`].

use crate::event::{Call, Detail, Ignored, Name, Oom, Origin, Party, Scope, Tty};

/// Microseconds, in nanoseconds.
pub const fn us(n: u64) -> u64 {
    n * 1_000
}

/// Milliseconds, in nanoseconds.
pub const fn ms(n: u64) -> u64 {
    n * 1_000_000
}

/// Seconds, in nanoseconds.
pub const fn secs(n: u64) -> u64 {
    n * 1_000_000_000
}

/// How a process learns of its dead children.
#[derive(Clone, Copy, Default)]
pub enum Reaps {
    /// It only waits: SIGCHLD has its default, which is to ignore it.
    #[default]
    Waiting,
    /// By a handler of SIGCHLD.
    Handler,
    /// Through a signalfd: nothing is delivered.
    Signalfd,
}

/// A process, or one thread of it, as a story knows it.
#[derive(Clone, Copy, Default)]
pub struct Actor {
    /// Who it is.
    pub me: Party,
    /// Its controlling terminal.
    pub tty: Tty,
    /// How it learns of its dead children.
    pub reaps: Reaps,
    /// Its parent, and how that one learns of its death.
    pub parent: (Party, Reaps),
    /// The names of its other threads, and the id of the first of them; the others follow.
    pub crew: (&'static [&'static str], u32),
}

impl Actor {
    /// A new child of `parent`.
    pub fn child(me: Party, parent: &Actor) -> Actor {
        Actor { me, tty: parent.tty, reaps: parent.reaps, parent: (parent.me, parent.reaps), crew: (&[], 0) }
    }

    /// The same, with another way to learn of its dead children.
    pub fn reaping(self, reaps: Reaps) -> Actor {
        Actor { reaps, ..self }
    }

    /// The same, after setuid.
    pub fn as_user(self, uid: u32) -> Actor {
        Actor { me: Party { uid, ..self.me }, ..self }
    }

    /// The same, on another terminal.
    pub fn on(self, tty: Tty) -> Actor {
        Actor { tty, ..self }
    }

    /// The same, after its parent died and left it to another.
    pub fn adopted_by(self, parent: &Actor) -> Actor {
        Actor { parent: (parent.me, parent.reaps), ..self }
    }

    /// Its threads but the first.
    pub fn threads(&self) -> impl Iterator<Item = Actor> + use<> {
        let (actor, (names, first)) = (*self, self.crew);
        (first..)
            .zip(names)
            .map(move |(tid, name)| Actor { me: Party { tid, name: Name::from(*name), ..actor.me }, ..actor })
    }
}

/// By which road a signal is sent, and by whom.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// kill(2).
    Kill(&'a Actor),
    /// tgkill(2), to the thread.
    Tgkill(&'a Actor),
    /// sigqueue(3) with this value.
    Queue(&'a Actor, u32),
    /// pidfd_send_signal(2).
    Pidfd(&'a Actor),
    /// The target's terminal.
    Terminal,
    /// A timer of the target.
    Timer,
    /// The target's own code: `si_code` and address.
    Fault(i32, u64),
    /// The target wrote to nobody.
    Pipe,
    /// Memory ran out.
    Oom,
    /// CPU time ran out.
    Rlimit,
    /// A forbidden system call, by number.
    Seccomp(i32),
    /// The death of this parent.
    Pdeath(&'a Actor),
    /// `cgroup.kill`, written by this one.
    Cgroup(&'a Actor),
    /// This child: `si_code` and status.
    Child(&'a Actor, i32, i32),
}

/// What comes of a signal.
#[derive(Clone, Copy)]
pub enum Then {
    /// A handler runs after about so many nanoseconds.
    Caught(u64),
    /// It is thrown away.
    Ignored(Ignored),
    /// The same one is pending already.
    Coalesced,
    /// No room in the queue.
    Overflow,
    /// It is queued, and taken without a delivery (signalfd, sigwait).
    Waits,
    /// The process dies by the default, its threads with it.
    Dies,
    /// The process stops by the default.
    Stops,
    /// The stopped process goes on.
    Continues,
}

/// What the kernel reports of a road: sender with its terminal, origin, call, `si_code`, scope and what more there is.
pub type Road = (Option<(Party, Tty)>, Origin, Option<Call>, i32, Scope, Detail);

impl By<'_> {
    /// The road to `target`.
    pub fn road(self, target: &Actor) -> Road {
        use Scope::{Process, Thread};
        const SI_KERNEL: i32 = 0x80;
        let sent = |who: &Actor, call, code, scope, detail| {
            (Some((who.me, who.tty)), Origin::User, Some(call), code, scope, detail)
        };
        let about =
            |who: &Actor, origin, code, scope, detail| (Some((who.me, who.tty)), origin, None, code, scope, detail);
        let kernel = |origin, code, scope, detail| (None, origin, None, code, scope, detail);
        match self {
            By::Kill(who) => sent(who, Call::Kill, 0, Process, Detail::None),
            By::Tgkill(who) => sent(who, Call::Tgkill, -6, Thread, Detail::None),
            By::Queue(who, value) => sent(who, Call::Sigqueue, -1, Process, Detail::Value(value.into())),
            By::Pidfd(who) => sent(who, Call::Pidfd, 0, Process, Detail::None),
            By::Pdeath(who) => about(who, Origin::Pdeath, 0, Process, Detail::None),
            By::Cgroup(who) => about(who, Origin::CgroupKill, 0, Thread, Detail::None),
            By::Child(who, code, status) => about(who, Origin::Child, code, Process, Detail::Status(status)),
            By::Terminal => kernel(Origin::Tty, SI_KERNEL, Process, Detail::Tty(target.tty)),
            By::Timer => kernel(Origin::Timer, SI_KERNEL, Process, Detail::None),
            By::Fault(code, address) => kernel(Origin::Fault, code, Thread, Detail::Address(address)),
            By::Pipe => kernel(Origin::Pipe, 0, Thread, Detail::None),
            // The container's limit: two levels down, system.slice and its scope.
            By::Oom => kernel(Origin::Oom, SI_KERNEL, Process, Detail::Oom(Oom::new(611 << 20, 640 << 20, 2))),
            By::Rlimit => kernel(Origin::Rlimit, SI_KERNEL, Process, Detail::None),
            By::Seccomp(number) => kernel(Origin::Seccomp, 1, Thread, Detail::Syscall(number)),
        }
    }
}
