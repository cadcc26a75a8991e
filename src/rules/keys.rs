//! What a rule counts apart: keys of fixed size, made of an event without allocating. Texts are hashed; what a key is
//! called is only worked out for an alert.

use super::rule::{By, Distinct};
use super::trees::Trees;
use crate::event::{Address, Aim, AttemptEvent, ConnectEvent, Event, ExecEvent, Origin, Party, ProcKey, absolute};
use crate::filter::{Census, People, cgroup};
use core::net::{IpAddr, SocketAddr}; // plain data, as all of core: no sockets are made here
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What is counted apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Key {
    /// Everything together.
    All,
    /// A process.
    Process(ProcKey),
    /// No process did it: the kernel, for this reason.
    Kernel(Origin),
    /// It is not known whose it was.
    Unknown,
    /// A user.
    User(u32),
    /// A text, hashed: a path, a unit. The hash cannot be steered to meet another by less than trying 2^32.
    Text(u64),
}

impl Key {
    /// That of a file.
    pub fn of_path(path: &str) -> Key {
        Key::Text(hash(path.as_bytes()))
    }
}

/// Who did it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A process, and whose it is.
    Process(ProcKey, u32),
    /// The kernel, for this reason.
    Kernel(Origin),
}

/// Who did it; nothing for what the stream says of itself.
pub fn actor(event: &Event) -> Option<Actor> {
    let by = |who: &Party| Some(Actor::Process(who.key, who.uid));
    match event {
        Event::Signal(signal) => Some(match &signal.sender {
            Some(sender) => Actor::Process(sender.key, sender.uid),
            None => Actor::Kernel(signal.origin),
        }),
        Event::Attempt(attempt) => by(&attempt.sender),
        Event::Deliver(deliver) => by(&deliver.target),
        // A fork is its parent's deed; at that moment the child is its image.
        Event::Fork(fork) => Some(Actor::Process(fork.parent, fork.child.uid)),
        Event::Exec(exec) => by(&exec.who),
        Event::FailedExec(exec) => by(&exec.who),
        Event::Exit(exit) => by(&exit.who),
        Event::File(file) => by(&file.who),
        Event::Connect(connect) => by(&connect.who),
        Event::Rename(_) | Event::Seen(_) | Event::Cgroup(_) | Event::Alert(_) => None,
        Event::Lost(_) | Event::Skipped(_) | Event::Filter(_) | Event::Clock(_) => None,
    }
}

/// The process that did it, as it is called then.
pub fn party(event: &Event, census: &Census) -> Option<Party> {
    match event {
        Event::Signal(signal) => signal.sender,
        Event::Attempt(attempt) => Some(attempt.sender),
        Event::Deliver(deliver) => Some(deliver.target),
        Event::Fork(fork) => {
            let known = census.party(&fork.parent).filter(|parent| !parent.name.is_empty());
            Some(known.unwrap_or(Party { key: fork.parent, tid: fork.parent.pid, ..fork.child }))
        }
        Event::Exec(exec) => Some(exec.who),
        Event::FailedExec(exec) => Some(exec.who),
        Event::Exit(exit) => Some(exit.who),
        Event::File(file) => Some(file.who),
        Event::Connect(connect) => Some(connect.who),
        _ => None,
    }
}

/// What the event is counted under.
pub fn key(by: By, event: &Event, actor: Actor, census: &Census, trees: &mut Trees) -> Key {
    let (process, uid) = match (by, actor) {
        (By::Target, _) => return target(event),
        (By::Path, _) => return path(event).map_or(Key::Unknown, |path| Key::of_path(&path)),
        (_, Actor::Kernel(origin)) => return Key::Kernel(origin),
        (_, Actor::Process(process, uid)) => (process, uid),
    };
    match by {
        By::Parent => census.parent(&process).map_or(Key::Unknown, Key::Process),
        By::Tree => Key::Process(trees.top(&process, census)),
        By::User => Key::User(uid),
        By::Unit => unit(&process, census).map_or(Key::Unknown, |(path, _)| Key::Text(hash(path.as_bytes()))),
        By::Process | By::Target | By::Path => Key::Process(process),
    }
}

/// What a key is called: `process cat/123`, `path /etc/shadow`.
pub fn name(by: By, event: &Event, key: Key, census: &Census) -> String {
    let process = |key: &ProcKey| {
        let known = census.party(key).map(|party| party.name.as_str().to_string()).filter(|name| !name.is_empty());
        match known.or_else(|| named(event, key)) {
            Some(name) => format!("{} {name}/{}", by.word(), key.pid),
            None => format!("{} {}", by.word(), key.pid),
        }
    };
    match (by, key) {
        (By::Path, _) => format!("path {}", path(event).unwrap_or_default()),
        (_, Key::Process(key)) => process(&key),
        (_, Key::Kernel(origin)) => format!("{} kernel ({})", by.word(), origin.word()),
        (_, Key::User(uid)) => format!("user {uid}"),
        (By::Target, Key::Text(_)) => match event {
            Event::Attempt(attempt) => format!("target {}", aim(attempt)),
            Event::Connect(connect) => match &connect.address {
                Address::Inet(address) => format!("host {}", host(address)),
                Address::Unix(path) => format!("target {path}"),
                Address::Other(family) => format!("target of family {family}"),
            },
            _ => "target".into(),
        },
        (By::Unit, Key::Text(_)) => {
            let unit = match actor(event) {
                Some(Actor::Process(process, _)) => unit(&process, census).map(|(_, unit)| unit),
                _ => None,
            };
            format!("unit {}", unit.unwrap_or("unknown"))
        }
        _ => format!("{} unknown", by.word()),
    }
}

/// What must differ, hashed; nothing if the event has no such thing.
pub fn value(distinct: Distinct, event: &Event) -> Option<u64> {
    match (distinct, event) {
        (Distinct::Ports, Event::Connect(connect)) => match &connect.address {
            Address::Inet(address) => Some(address.port().into()),
            _ => None,
        },
        (Distinct::Addresses, Event::Connect(connect)) => Some(address(connect)),
        (Distinct::Paths, _) => path(event).map(|path| hash(path.as_bytes())),
        (Distinct::Targets, _) => Some(hash_of(&target(event))),
        (Distinct::Processes, _) => match actor(event)? {
            Actor::Process(process, _) => Some(hash_of(&process)),
            Actor::Kernel(_) => None,
        },
        _ => None,
    }
}

/// The file that the event is about. Of an exec, what runs: as the kernel knows it, or as the caller named it.
pub fn path(event: &Event) -> Option<Cow<'_, str>> {
    match event {
        Event::File(file) => Some(Cow::Borrowed(&file.path)),
        Event::Exec(exec) if !exec.exe.is_empty() => Some(Cow::Borrowed(&exec.exe)),
        Event::Exec(exec) => Some(as_named(exec)),
        Event::FailedExec(exec) => Some(absolute("", &exec.filename)),
        _ => None,
    }
}

/// Other names of the same file, under which a first step may have been noted: of a script its own (what runs is its
/// interpreter), of a file one that it is known to be the same as.
pub fn other_path(event: &Event) -> Option<Key> {
    match event {
        Event::Exec(exec) if !exec.exe.is_empty() => Some(Key::of_path(&as_named(exec))),
        Event::File(file) if !file.same_as.is_empty() => Some(Key::of_path(&file.same_as)),
        _ => None,
    }
}

/// The path that the caller gave, from the root: without a look at links.
fn as_named(exec: &ExecEvent) -> Cow<'_, str> {
    absolute(&exec.cwd, &exec.filename)
}

fn target(event: &Event) -> Key {
    match event {
        Event::Signal(signal) => Key::Process(signal.target.key),
        Event::Deliver(deliver) => Key::Process(deliver.target.key),
        Event::Attempt(attempt) => match &attempt.target {
            Some(target) => Key::Process(target.key),
            None => Key::Text(hash_of(&aim_number(attempt))),
        },
        Event::Connect(connect) => Key::Text(address(connect)),
        _ => Key::Unknown,
    }
}

/// The host, whatever the port.
fn address(connect: &ConnectEvent) -> u64 {
    match &connect.address {
        Address::Inet(address) => hash_of(&host(address)),
        Address::Unix(path) => hash(path.as_bytes()),
        Address::Other(family) => hash_of(family),
    }
}

/// An IPv4 address within IPv6 is that IPv4 address, as it is for `addr:`.
fn host(address: &SocketAddr) -> IpAddr {
    address.ip().to_canonical()
}

/// Whom an attempt was meant for, where that is no process that is known.
fn aim_number(attempt: &AttemptEvent) -> (u8, i64) {
    match attempt.aim {
        Aim::Process(pid) => (0, pid.into()),
        Aim::Thread { tid, .. } => (1, tid.into()),
        Aim::Group(group) => (2, group.into()),
        Aim::All => (3, 0),
        Aim::Fd(fd) => (4, fd.into()),
    }
}

fn aim(attempt: &AttemptEvent) -> String {
    match aim_number(attempt) {
        (0, pid) => format!("{pid}"),
        (1, tid) => format!("thread {tid}"),
        (2, group) => format!("group {group}"),
        (3, _) => "all".into(),
        (_, fd) => format!("fd {fd}"),
    }
}

/// The innermost unit of a process: the path of its cgroup as far as that, and its name.
fn unit<'a>(process: &ProcKey, census: &'a Census) -> Option<(&'a str, &'a str)> {
    let path = census.facts(process)?.cgroup;
    let unit = cgroup::units(path).last()?;
    let end = path.rfind(unit)? + unit.len();
    Some((&path[..end], unit))
}

/// How the event calls this process, if it speaks of it.
fn named(event: &Event, key: &ProcKey) -> Option<String> {
    if let Event::Fork(fork) = event {
        return (fork.parent == *key).then(|| fork.child.name.as_str().to_string());
    }
    let parties: [Option<&Party>; 2] = match event {
        Event::Signal(signal) => [signal.sender.as_ref(), Some(&signal.target)],
        Event::Attempt(attempt) => [Some(&attempt.sender), attempt.target.as_ref()],
        Event::Deliver(deliver) => [Some(&deliver.target), None],
        Event::Exec(exec) => [Some(&exec.who), None],
        Event::FailedExec(exec) => [Some(&exec.who), None],
        Event::Exit(exit) => [Some(&exit.who), None],
        Event::File(file) => [Some(&file.who), None],
        Event::Connect(connect) => [Some(&connect.who), None],
        _ => [None, None],
    };
    parties.into_iter().flatten().find(|party| party.key == *key).map(|party| party.name.as_str().to_string())
}

fn hash(bytes: &[u8]) -> u64 {
    hash_of(bytes)
}

fn hash_of<T: Hash + ?Sized>(of: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
