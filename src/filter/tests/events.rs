//! Random events of a small world, and the builders that the other tests use. A process's start time follows from its
//! pid, a child has a higher pid than its parent, and names, users and terminals are those of [`super::any`].

use crate::event::*;
use crate::signal::Signal;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

/// The process with this pid.
pub(crate) fn key(pid: u32) -> ProcKey {
    ProcKey { pid, start_ns: u64::from(pid) * 10 }
}

/// A process's first thread.
pub(crate) fn party(pid: u32, uid: u32, name: &str) -> Party {
    Party { key: key(pid), tid: pid, uid, name: name.into() }
}

/// A plain kill().
pub(crate) fn signal(id: u64, signal: Signal, sender: Option<Party>, target: Party) -> SignalEvent {
    SignalEvent {
        sender,
        origin: if sender.is_some() { Origin::User } else { Origin::Kernel },
        call: sender.map(|_| Call::Kill),
        ..SignalEvent::kill(id, id.saturating_add(1000), signal, Party::default(), target)
    }
}

/// The target takes it by its handler.
pub(crate) fn deliver(id: Option<u64>, signal: Signal, target: Party) -> DeliverEvent {
    DeliverEvent {
        id,
        mono_ns: 2000,
        signal,
        target,
        disposition: Disposition::Handler,
        action: Action::None,
        latency_ns: id,
    }
}

/// A process begins.
pub(crate) fn fork(parent: ProcKey, child: Party) -> Event {
    Event::Fork(ForkEvent { mono_ns: 3000, child, parent })
}

/// It starts a program.
pub(crate) fn exec(who: Party, tty: Tty, filename: &str, argv: &[&str]) -> Event {
    Event::Exec(Box::new(ExecEvent {
        mono_ns: 4000,
        who,
        gid: who.uid,
        tty,
        filename: filename.into(),
        argv: argv.iter().map(|arg| (*arg).into()).collect(),
        argv_cut: false,
        cwd: "/".into(),
        exe: String::new(),
    }))
}

/// It ends.
pub(crate) fn exit(who: Party, end: End, cause: Option<Cause>) -> Event {
    Event::Exit(ExitEvent { mono_ns: 5000, who, thread: false, end, cause })
}

/// It was there before.
pub(crate) fn seen(who: Party, parent: Option<ProcKey>, tty: Tty, exe: &str, argv: &[&str], cgroup: &str) -> SeenEvent {
    SeenEvent {
        mono_ns: 1,
        who,
        parent,
        tty,
        exe: exe.into(),
        argv: argv.iter().map(|arg| (*arg).into()).collect(),
        cgroup_id: 1,
        cgroup: cgroup.into(),
        zombie: false,
    }
}

/// What the stream says of itself.
pub(crate) fn of_the_stream() -> Vec<Event> {
    let count =
        CountEvent { mono_ns: 6000, kind: None, count: 1, signal: None, sender: None, result: None, since_ns: None };
    vec![
        Event::Lost(count),
        Event::Skipped(count),
        Event::Filter(Box::new(FilterEvent { mono_ns: 6000, generation: 1, text: "sig:KILL".into() })),
        Event::Clock(ClockEvent { mono_ns: 6000, offset_ns: 0 }),
    ]
}

fn any_party() -> impl Strategy<Value = Party> {
    let names =
        select(vec!["bash", "sh", "nginx", "worker thread", "worker", "a-name-that-is-", "7", "or", "a:b", "日本"]);
    (1u32..12, select(vec![0u32, 7, 1000, 1001]), names).prop_map(|(pid, uid, name)| party(pid, uid, name))
}

fn any_signal() -> impl Strategy<Value = Signal> {
    prop_oneof![
        select(vec![Signal::KILL, Signal::TERM, Signal::CHLD]),
        (1u8..=64).prop_map(|n| Signal::new(n).unwrap())
    ]
}

fn any_tty() -> impl Strategy<Value = Tty> {
    select(vec![Tty::NONE, Tty::from_device(136, 3), Tty::from_device(4, 1)])
}

fn any_cgroup() -> impl Strategy<Value = &'static str> {
    select(vec!["", "/", "/system.slice/nginx.service", "/user.slice/user-1000.slice", "/lxc/web", "/x"])
}

fn any_program() -> impl Strategy<Value = (&'static str, Vec<&'static str>)> {
    let argv = vec(select(vec!["bash", "-l", "--daemon", "a b", "axby"]), 0..3);
    (select(vec!["", "/usr/bin/bash", "/bin/sh", "ls", "/usr/lib/a/sh"]), argv)
}

/// A signal, with this number in the stream.
pub(crate) fn any_signal_event(id: u64) -> impl Strategy<Value = SignalEvent> {
    let what = (any_signal(), select(Origin::ALL.to_vec()), select(SendResult::ALL[..5].to_vec()));
    (of(any_party()), any_party(), what, any_tty()).prop_map(move |(sender, target, (number, origin, result), tty)| {
        SignalEvent { origin, result, sender_tty: tty, ..signal(id, number, sender, target) }
    })
}

/// A call that sent nothing.
fn any_attempt() -> impl Strategy<Value = AttemptEvent> {
    let aim = prop_oneof![(1i32..12).prop_map(Aim::Process), Just(Aim::All), (1u32..12).prop_map(Aim::Group)];
    let what = (prop_oneof![Just(0), 1i32..70], 1u16..40, any::<bool>());
    (any_party(), any_tty(), aim, of(any_party()), what, any::<bool>()).prop_map(
        |(sender, sender_tty, aim, target, (number, errno, found), nested)| AttemptEvent {
            id: 1,
            mono_ns: 2500,
            number,
            sender,
            sender_tty,
            aim,
            nested,
            target,
            call: Call::Kill,
            errno: (number != 0 || !found).then_some(Errno(errno)),
            generation: 0,
        },
    )
}

/// A delivery of the signal with this number.
pub(crate) fn any_delivery(id: Option<u64>) -> impl Strategy<Value = DeliverEvent> {
    (any_signal(), any_party()).prop_map(move |(number, target)| deliver(id, number, target))
}

/// An event of a process.
pub(crate) fn any_process_event() -> impl Strategy<Value = Event> {
    let cause = (any_party(), select(Origin::ALL.to_vec())).prop_map(|(sender, origin)| Cause {
        id: 1,
        origin,
        sender: origin.has_sender().then_some(sender),
        detail: Detail::None,
    });
    let end = prop_oneof![
        any::<u8>().prop_map(End::Code),
        any_signal().prop_map(|signal| End::Signal { signal, core: false })
    ];
    prop_oneof![
        4 => (any_party(), 1u32..12).prop_map(|(child, parent)| fork(key(parent), child)),
        2 => (any_party(), any_tty(), any_program()).prop_map(|(who, tty, (file, argv))| exec(who, tty, file, &argv)),
        2 => (any_party(), end, of(cause)).prop_map(|(who, end, cause)| exit(who, end, cause)),
        1 => (any_party(), any_tty(), any_program(), 1u16..40).prop_map(|(who, tty, (file, _), errno)| {
            let (mono_ns, gid, call, filename) = (1, 0, ExecCall::Execve, file.to_string());
            Event::FailedExec(Box::new(FailedExecEvent { mono_ns, who, gid, tty, call, filename, errno: Errno(errno) }))
        }),
        1 => any_party().prop_map(|who| Event::Rename(RenameEvent { mono_ns: 1, who })),
        2 => (any_party(), of(1u32..12), any_tty(), any_program(), any_cgroup(), any::<bool>()).prop_map(
            |(who, parent, tty, (exe, argv), cgroup, zombie)| {
                let seen = seen(who, parent.map(key), tty, exe, &argv, cgroup);
                Event::Seen(Box::new(SeenEvent { zombie, ..seen }))
            }
        ),
    ]
}

/// What a process does to a file.
pub(crate) fn any_file_event() -> impl Strategy<Value = FileEvent> {
    let path = || select(FILES.to_vec()).prop_map(String::from);
    let mode = || prop_oneof![select(vec![0o644, 0o755, 0o4755, 0o777, 0]), 0u16..0o10000];
    let flags = prop_oneof![select(vec![0u32, 1, 2, 0o1101, 0o2001, 0o40]), any::<u32>()];
    let deed = prop_oneof![
        3 => (flags, any::<bool>()).prop_map(|(flags, created)| Deed::Open { flags, created }),
        2 => (of(mode()), mode()).prop_map(|(before, mode)| Deed::Chmod { before, mode }),
        1 => path().prop_map(|from| Deed::Move { from }),
    ];
    let same_as = prop_oneof![3 => Just(String::new()), 1 => path()];
    let errno = of((1u16..40).prop_map(Errno));
    (any_party(), deed, path(), same_as, errno).prop_map(|(who, deed, path, same_as, errno)| FileEvent {
        mono_ns: 7000,
        who,
        deed,
        path,
        same_as,
        errno,
    })
}

const FILES: [&str; 20] = [
    "/etc/shadow",
    "/etc/shadow-",
    "/root",
    "/root/",
    "/root/.ssh/id_rsa",
    "/home/a/.ssh/id_rsa",
    "/home/a/.ssh/",
    "/home/.ssh/a/b",
    "/proc/7/mem",
    "/proc/7/task/7/mem",
    "/tmp/a.enc",
    "/tmp/.enc",
    "/tmp/x",
    "/tmp/a/x",
    "/tmp",
    "/",
    "x/y",
    "/x/y",
    "memfd:x.enc",
    "",
];

/// A process connects.
pub(crate) fn any_connect_event() -> impl Strategy<Value = ConnectEvent> {
    let ips = vec!["10.1.2.3", "192.0.2.1", "::ffff:10.9.9.9", "::1", "fe80::1", "2001:db8::1"];
    let ip = select(ips).prop_map(|ip| ip.parse::<core::net::IpAddr>().unwrap());
    let port = prop_oneof![select(vec![22u16, 8000, 8100, 8101]), any::<u16>()];
    let address = prop_oneof![
        4 => (ip, port).prop_map(|to| Address::Inet(to.into())),
        1 => select(vec!["/tmp/x", "@abstract", "", "/root/.ssh/agent"]).prop_map(|path| Address::Unix(path.into())),
        1 => any::<u16>().prop_map(Address::Other),
    ];
    let errno = of(prop_oneof![1u16..40, Just(115)].prop_map(Errno));
    (any_party(), address, errno).prop_map(|(who, address, errno)| ConnectEvent { mono_ns: 7000, who, address, errno })
}

/// What is told on request.
pub(crate) fn any_fact() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => any_file_event().prop_map(|file| Event::File(Box::new(file))),
        1 => any_connect_event().prop_map(|connect| Event::Connect(Box::new(connect))),
    ]
}

/// Any event; not in the order of a stream.
pub(crate) fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => any_signal_event(1).prop_map(Event::Signal),
        1 => any_attempt().prop_map(Event::Attempt),
        1 => any_delivery(None).prop_map(Event::Deliver),
        3 => any_process_event(),
        2 => any_fact(),
        1 => select(of_the_stream()),
    ]
}

/// A stream: signals have rising numbers, deliveries follow their signals, or were sent before the stream began.
pub(crate) fn any_stream() -> impl Strategy<Value = Vec<Event>> {
    let step = prop_oneof![
        4 => any_signal_event(0).prop_map(Event::Signal),
        2 => (any_delivery(None), of(0u64..10)).prop_map(|(d, back)| Event::Deliver(DeliverEvent { id: back, ..d })),
        1 => any_attempt().prop_map(Event::Attempt),
        3 => any_process_event(),
        1 => any_fact(),
        1 => select(of_the_stream()),
    ];
    vec(step, 0..60).prop_map(|mut events| {
        let mut sent: Vec<SignalEvent> = Vec::new();
        for event in &mut events {
            match event {
                Event::Signal(signal) => {
                    signal.id = sent.len() as u64 + 1;
                    sent.push(*signal);
                }
                Event::Deliver(delivery) => {
                    let back = delivery.id.take().and_then(|back| (sent.len() as u64).checked_sub(back + 1));
                    if let Some(of) = back.map(|at| sent[at as usize]) {
                        (delivery.id, delivery.signal, delivery.target) = (Some(of.id), of.signal, of.target);
                    }
                }
                _ => {}
            }
        }
        events
    })
}
