//! The fold, record by record: what is joined to what, what never is, and that it stays bounded.

use super::lives::{DEAD_MAX, TASKS_MAX};
use super::task::PENDING_MAX;
use super::*;
use crate::event::{Detail, Name, Party};
use crate::signal::Signal;
use proptest::prelude::*;

mod attempts;
mod deaths;
mod deliveries;
mod filters;
mod gaps;
mod names;
mod oom;
mod queues;

const BOB: u32 = 20;

fn key(pid: u32) -> ProcKey {
    ProcKey { pid, start_ns: u64::from(pid) * 1000 }
}

/// The thread `tid` of process `pid`, as a hot record has it: without a name.
fn thread(pid: u32, tid: u32) -> Party {
    Party { key: key(pid), tid, ..Party::default() }
}

fn process(pid: u32) -> Party {
    thread(pid, pid)
}

fn named(who: Party, name: &str) -> Party {
    Party { name: Name::from(name), ..who }
}

fn rt(n: u8) -> Signal {
    Signal::new(34 + n).unwrap()
}

/// From process 10 to `target`, queued.
fn sent(at: u64, signal: Signal, target: Party, scope: Scope) -> SignalEvent {
    SignalEvent { scope, ..SignalEvent::kill(0, at, signal, process(10), target) }
}

fn taken(at: u64, signal: Signal, target: Party, disposition: Disposition) -> DeliverEvent {
    let action = if disposition == Disposition::Default { signal.default_action().into() } else { Action::None };
    DeliverEvent { id: None, mono_ns: at, signal, target, disposition, action, latency_ns: None }
}

fn exited(at: u64, who: Party, end: End) -> ExitEvent {
    ExitEvent { mono_ns: at, who, thread: who.tid != who.key.pid, end, cause: None }
}

fn by_signal(signal: Signal) -> End {
    End::Signal { signal, core: false }
}

/// A linker, and what came out of it so far.
struct Fold {
    linker: Linker,
    now: u64,
}

impl Default for Fold {
    fn default() -> Fold {
        Fold { linker: Linker::new(SignalSet::ALL), now: 0 }
    }
}

impl Fold {
    fn send(&mut self, event: SignalEvent) -> u64 {
        self.linker.record(Record::Signal { event, mark: Mark::default(), ran: 10, alone: false, maybe_oom: false });
        self.linker.last_id
    }

    /// To the whole process, at the next nanosecond.
    fn kill(&mut self, pid: u32, signal: Signal) -> u64 {
        self.now += 1;
        self.send(sent(self.now, signal, process(pid), Scope::Process))
    }

    fn tkill(&mut self, pid: u32, tid: u32, signal: Signal) -> u64 {
        self.now += 1;
        self.send(sent(self.now, signal, thread(pid, tid), Scope::Thread))
    }

    fn result(&mut self, pid: u32, signal: Signal, result: SendResult) -> u64 {
        self.now += 1;
        self.send(SignalEvent { result, ..sent(self.now, signal, process(pid), Scope::Process) })
    }

    /// A SIGKILL of the kernel's own, made by the thread `ran`.
    fn kernel_kill(&mut self, ran: u32, pid: u32) -> u64 {
        self.now += 1;
        let event = SignalEvent {
            sender: None,
            call: None,
            origin: Origin::Kernel,
            ..sent(self.now, Signal::KILL, process(pid), Scope::Process)
        };
        self.linker.record(Record::Signal { event, mark: Mark::default(), ran, alone: false, maybe_oom: true });
        self.linker.last_id
    }

    fn oom_mark(&mut self, ran: u32) {
        self.now += 1;
        self.linker.record(Record::Oom { mono_ns: self.now, ran, pid: 0, found: None });
    }

    /// The mark of a kernel that says more: of whom, and what was found.
    fn oom_found(&mut self, ran: u32, pid: u32, found: Oom) {
        self.now += 1;
        self.linker.record(Record::Oom { mono_ns: self.now, ran, pid, found: Some(found) });
    }

    /// The handler of `tid` runs: the id of the signal that it is said to be.
    fn handle(&mut self, pid: u32, tid: u32, signal: Signal) -> Option<u64> {
        self.now += 1;
        let event = taken(self.now, signal, thread(pid, tid), Disposition::Handler);
        self.deliver(event, false).unwrap().id
    }

    /// The SIGKILL of a dying process's thread: what is told, if anything.
    fn group_exit(&mut self, pid: u32, tid: u32, signal: Signal) -> Option<DeliverEvent> {
        self.now += 1;
        self.deliver(taken(self.now, signal, thread(pid, tid), Disposition::Default), true)
    }

    fn deliver(&mut self, event: DeliverEvent, group_exit: bool) -> Option<DeliverEvent> {
        let before = self.linker.out.len();
        self.linker.record(Record::Deliver { event, mark: (!group_exit).then_some(Mark::default()) });
        match self.linker.out.get(before..) {
            Some([Event::Deliver(event)]) => Some(*event),
            Some([]) => None,
            more => panic!("{more:?}"),
        }
    }

    fn exit(&mut self, pid: u32, end: End) -> Option<ExitEvent> {
        self.now += 1;
        let before = self.linker.out.len();
        self.linker.record(Record::Exit(exited(self.now, process(pid), end)));
        match self.linker.out.get(before..) {
            Some([Event::Exit(event)]) => Some(*event),
            Some([]) => None,
            more => panic!("{more:?}"),
        }
    }

    fn cause(&mut self, pid: u32, signal: Signal) -> Option<u64> {
        self.exit(pid, by_signal(signal)).unwrap().cause.map(|cause| cause.id)
    }

    fn fork(&mut self, parent: u32, child: Party) {
        self.now += 1;
        self.linker.record(Record::Fork(ForkEvent { mono_ns: self.now, child, parent: key(parent) }, 0));
    }

    fn rename(&mut self, who: Party) {
        self.now += 1;
        self.linker.record(Record::Rename(RenameEvent { mono_ns: self.now, who }));
    }

    fn exec(&mut self, who: Party, tty: Tty) {
        self.now += 1;
        let event = ExecEvent {
            mono_ns: self.now,
            who,
            gid: 0,
            tty,
            filename: String::new(),
            argv: Vec::new(),
            argv_cut: false,
            cwd: String::new(),
            exe: String::new(),
        };
        self.linker.record(Record::Exec(Box::new(event)));
    }

    fn seen(&mut self, who: Party, tty: Tty) {
        let event = SeenEvent {
            mono_ns: self.now,
            who,
            parent: None,
            tty,
            exe: String::new(),
            argv: Vec::new(),
            cgroup_id: 0,
            cgroup: String::new(),
            zombie: false,
        };
        self.linker.seen(event);
    }

    fn signals(&mut self) -> Vec<SignalEvent> {
        let events = self.linker.take(self.now + OOM_WAIT_NS);
        events.into_iter().filter_map(|e| if let Event::Signal(e) = e { Some(e) } else { None }).collect()
    }

    /// The last signal event, with its names filled in.
    fn last_signal(&mut self) -> SignalEvent {
        self.signals().pop().unwrap()
    }
}
