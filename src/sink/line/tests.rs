//! Every shape of line, in a table; and hostile names, which must neither break a line nor forge a field.

use super::*;
use crate::event::{
    Action, ClockEvent, ForkEvent, Ignored, Kind, RenameEvent, SendResult, Tty, wire::tests::any_event,
};
use crate::signal::Signal;
use proptest::prelude::*;

fn party(pid: u32, name: &str) -> Party {
    Party { key: ProcKey { pid, start_ns: u64::from(pid) }, tid: pid, uid: 1000, name: Name::from(name) }
}

fn term() -> SignalEvent {
    SignalEvent::kill(42, 123_000_000, Signal::TERM, party(1234, "bash"), party(5678, "myapp"))
}

fn from_kernel(signal: Signal, origin: Origin, code: i32, detail: Detail) -> Event {
    Event::Signal(SignalEvent { signal, sender: None, origin, call: None, code, detail, ..term() })
}

fn taken() -> DeliverEvent {
    DeliverEvent {
        id: Some(42),
        mono_ns: 123_000_000,
        signal: Signal::TERM,
        target: party(5678, "myapp"),
        disposition: Disposition::Default,
        action: Action::Terminate,
        latency_ns: Some(41_300),
    }
}

fn died(signal: Signal, core: bool, cause: Option<Cause>) -> Event {
    let end = End::Signal { signal, core };
    Event::Exit(ExitEvent { mono_ns: 123_000_000, who: party(5679, "myapp"), thread: false, end, cause })
}

fn exited(tid: u32, code: u8) -> Event {
    let who = Party { tid, ..party(5679, "myapp") };
    let (mono_ns, thread, end) = (123_000_000, tid != 5679, End::Code(code));
    Event::Exit(ExitEvent { mono_ns, who, thread, end, cause: None })
}

fn by(origin: Origin, sender: Option<Party>, detail: Detail) -> Option<Cause> {
    Some(Cause { id: 42, origin, sender, detail })
}

fn count(kind: Option<Kind>, count: u64, signal: Option<Signal>, sender: Option<SenderKey>) -> Event {
    Event::Lost(CountEvent { mono_ns: 123_000_000, kind, count, signal, sender, result: None, since_ns: None })
}

/// The lines of these events, with times in UTC from midnight on.
fn lines(events: &[Event]) -> String {
    let mut out = Vec::new();
    let mut sink = Line::new(&mut out, TimeStyle::Utc);
    sink.header(&Header::default()).unwrap();
    events.iter().for_each(|e| sink.event(e).unwrap());
    drop(sink);
    String::from_utf8(out).unwrap()
}

#[test]
fn every_shape_of_line() {
    let bash = party(1234, "bash");
    let main = bash.key;
    let pts3 = Tty::from_device(136, 3);
    let thread = Party { tid: 5680, ..party(5678, "myapp") };
    let exec = |argv: &[&str], argv_cut| {
        Event::Exec(Box::new(ExecEvent {
            mono_ns: 123_000_000,
            who: party(5679, "ls"),
            gid: 1000,
            tty: pts3,
            filename: "/usr/bin/ls".into(),
            argv: argv.iter().map(|a| a.to_string()).collect(),
            argv_cut,
            cwd: "/tmp".into(),
            exe: String::new(),
        }))
    };
    let table: Vec<(Event, &str)> = vec![
        (Event::Signal(term()), "SIGNAL: SIGTERM (15) [bash/1234] -> [myapp/5678] uid=1000 queued"),
        (
            Event::Signal(SignalEvent { result: SendResult::Ignored, ignored: Some(Ignored::SigIgn), ..term() }),
            "SIGNAL: SIGTERM (15) [bash/1234] -> [myapp/5678] uid=1000 ignored (SIG_IGN)",
        ),
        (
            Event::Signal(SignalEvent { signal: Signal::CONT, continued: true, ..term() }),
            "SIGNAL: SIGCONT (18) [bash/1234] -> [myapp/5678] uid=1000 queued continue",
        ),
        (
            Event::Signal(SignalEvent {
                target: thread,
                scope: Scope::Thread,
                call: Some(Call::Tgkill),
                code: -6,
                ..term()
            }),
            "SIGNAL: SIGTERM (15) [bash/1234] -> [myapp/5678] uid=1000 queued thread 5680",
        ),
        (
            Event::Signal(SignalEvent { call: Some(Call::Sigqueue), code: -1, detail: Detail::Value(7), ..term() }),
            "SIGNAL: SIGTERM (15) [bash/1234] -> [myapp/5678] uid=1000 queued value=7",
        ),
        (
            Event::Signal(SignalEvent {
                call: Some(Call::Sigqueue),
                code: -1,
                detail: Detail::Value(0xffff_ffff),
                ..term()
            }),
            "SIGNAL: SIGTERM (15) [bash/1234] -> [myapp/5678] uid=1000 queued value=-1",
        ),
        (
            Event::Signal(SignalEvent { call: Some(Call::Sigqueue), code: -2, ..term() }),
            "SIGNAL: SIGTERM (15) [bash/1234] -> [myapp/5678] uid=1000 queued SI_TIMER",
        ),
        (
            Event::Signal(SignalEvent { call: Some(Call::Sigqueue), code: -77, ..term() }),
            "SIGNAL: SIGTERM (15) [bash/1234] -> [myapp/5678] uid=1000 queued code=-77",
        ),
        (
            Event::Signal(SignalEvent {
                signal: Signal::CHLD,
                origin: Origin::Child,
                call: None,
                code: 1,
                detail: Detail::Status(3),
                ..term()
            }),
            "SIGNAL: SIGCHLD (17) [bash/1234] -> [myapp/5678] uid=1000 queued child CLD_EXITED status=3",
        ),
        (
            from_kernel(Signal::ALRM, Origin::Timer, 0x80, Detail::None),
            "SIGNAL: SIGALRM (14) [kernel (timer)] -> [myapp/5678] queued",
        ),
        (
            from_kernel(Signal::INT, Origin::Tty, 0x80, Detail::Tty(pts3)),
            "SIGNAL: SIGINT (2) [kernel (tty pts/3)] -> [myapp/5678] queued",
        ),
        (
            from_kernel(Signal::SEGV, Origin::Fault, 1, Detail::Address(0)),
            "SIGNAL: SIGSEGV (11) [kernel (fault)] -> [myapp/5678] queued SEGV_MAPERR at 0x0",
        ),
        (
            from_kernel(Signal::SYS, Origin::Seccomp, 1, Detail::Syscall(101)),
            "SIGNAL: SIGSYS (31) [kernel (seccomp)] -> [myapp/5678] queued SYS_SECCOMP syscall=101",
        ),
        (Event::Deliver(taken()), "DELIVER: SIGTERM (15) [myapp/5678] default terminate 41µs"),
        (
            Event::Deliver(DeliverEvent {
                disposition: Disposition::Handler,
                action: Action::None,
                latency_ns: Some(12_000),
                ..taken()
            }),
            "DELIVER: SIGTERM (15) [myapp/5678] handler 12µs",
        ),
        (
            Event::Deliver(DeliverEvent {
                disposition: Disposition::Ignored,
                action: Action::None,
                latency_ns: None,
                target: thread,
                ..taken()
            }),
            "DELIVER: SIGTERM (15) [myapp/5678] ignored thread 5680",
        ),
        (
            Event::Fork(ForkEvent { mono_ns: 123_000_000, child: party(5679, "myapp"), parent: party(5678, "").key }),
            "FORK: myapp (pid=5679, tgid=5679, ppid=5678)",
        ),
        (
            Event::Fork(ForkEvent { mono_ns: 123_000_000, child: thread, parent: main }),
            "FORK: myapp (pid=5680, tgid=5678, ppid=1234)",
        ),
        (
            exec(&["ls", "-l"], false),
            r#"EXEC: pid=5679 tid=5679 uid=1000 gid=1000 comm="ls" filename="/usr/bin/ls" argv=["ls","-l"]"#,
        ),
        (
            exec(&["ls"], true),
            r#"EXEC: pid=5679 tid=5679 uid=1000 gid=1000 comm="ls" filename="/usr/bin/ls" argv=["ls",...]"#,
        ),
        (exec(&[], false), r#"EXEC: pid=5679 tid=5679 uid=1000 gid=1000 comm="ls" filename="/usr/bin/ls" argv=[]"#),
        (exited(5679, 3), "EXIT: myapp (pid=5679, tgid=5679) exited 3"),
        (exited(5681, 0), "EXIT: myapp (pid=5681, tgid=5679) exited 0"),
        (died(Signal::TERM, false, None), "EXIT: myapp (pid=5679, tgid=5679) killed by SIGTERM"),
        (
            died(Signal::TERM, false, by(Origin::User, Some(bash), Detail::None)),
            "EXIT: myapp (pid=5679, tgid=5679) killed by SIGTERM from bash/1234",
        ),
        (
            died(Signal::KILL, false, by(Origin::CgroupKill, Some(bash), Detail::None)),
            "EXIT: myapp (pid=5679, tgid=5679) killed by SIGKILL from bash/1234 (cgroup-kill)",
        ),
        (
            died(Signal::KILL, false, by(Origin::Oom, None, Detail::None)),
            "EXIT: myapp (pid=5679, tgid=5679) killed by SIGKILL from kernel (oom)",
        ),
        (
            died(Signal::SEGV, false, by(Origin::Fault, None, Detail::Address(0))),
            "EXIT: myapp (pid=5679, tgid=5679) killed by SIGSEGV at 0x0 from kernel (fault)",
        ),
        (
            died(Signal::QUIT, true, by(Origin::Tty, None, Detail::Tty(pts3))),
            "EXIT: myapp (pid=5679, tgid=5679) killed by SIGQUIT (core dumped) from kernel (tty pts/3)",
        ),
        (Event::Rename(RenameEvent { mono_ns: 123_000_000, who: thread }), "RENAME: myapp (pid=5680, tgid=5678)"),
        (
            Event::Seen(Box::new(SeenEvent {
                mono_ns: 123_000_000,
                who: bash,
                parent: None,
                tty: pts3,
                exe: "/bin/bash".into(),
                argv: vec!["-bash".into()],
                cgroup_id: 9,
                cgroup: "/user.slice".into(),
                zombie: true,
            })),
            concat!(
                "SEEN: bash (pid=1234, tgid=1234, ppid=0) uid=1000 tty=pts/3 zombie ",
                r#"exe="/bin/bash" argv=["-bash"] cgroup="/user.slice""#
            ),
        ),
        (
            count(Some(Kind::Signal), 312, Some(Signal::USR1), Some(SenderKey::Process(main))),
            "LOST: 312 signal records did not fit (SIGUSR1 from bash/1234)",
        ),
        (
            count(Some(Kind::Signal), 1, None, Some(SenderKey::Process(ProcKey { pid: 1234, start_ns: 5 }))),
            "LOST: 1 signal record did not fit (from pid 1234)",
        ),
        (
            count(Some(Kind::Signal), 2, Some(Signal::ALRM), Some(SenderKey::Kernel(Origin::Timer))),
            "LOST: 2 signal records did not fit (SIGALRM from kernel (timer))",
        ),
        (
            count(Some(Kind::Signal), 2, Some(Signal::ALRM), Some(SenderKey::Others)),
            "LOST: 2 signal records did not fit (SIGALRM from several)",
        ),
        (count(Some(Kind::Signal), 2, Some(Signal::ALRM), None), "LOST: 2 signal records did not fit (SIGALRM)"),
        (count(Some(Kind::Exec), 7, None, None), "LOST: 7 exec records did not fit"),
        (count(None, 3, None, None), "LOST: 3 records could not be read"),
        (
            Event::Filter(Box::new(FilterEvent { mono_ns: 123_000_000, generation: 2, text: "sig:TERM".into() })),
            r#"FILTER: "sig:TERM" (generation 2)"#,
        ),
        (
            Event::Filter(Box::new(FilterEvent { mono_ns: 123_000_000, generation: 3, text: String::new() })),
            "FILTER: everything (generation 3)",
        ),
    ];
    let (events, expected): (Vec<Event>, Vec<&str>) = table.into_iter().unzip();
    let shown = lines(&events);
    for (shown, expected) in shown.lines().zip(&expected) {
        assert_eq!(shown, format!("[00:00:00.123] {expected}"));
    }
    assert_eq!(shown.lines().count(), expected.len());
}

#[test]
fn a_clock_that_was_set_moves_the_lines_after_it() {
    let set = |offset_ns| Event::Clock(ClockEvent { mono_ns: 123_000_000, offset_ns });
    assert_eq!(
        lines(&[set(3_600_000_000_000), set(3_599_900_000_000), exited(5679, 0)]),
        "[01:00:00.123] CLOCK: the wall clock was set by +3600s\n\
         [01:00:00.023] CLOCK: the wall clock was set by -100ms\n\
         [01:00:00.023] EXIT: myapp (pid=5679, tgid=5679) exited 0\n"
    );
}

#[test]
fn what_was_skipped_has_no_line() {
    let skipped = CountEvent {
        mono_ns: 0,
        kind: Some(Kind::Signal),
        count: 1,
        signal: None,
        sender: None,
        result: None,
        since_ns: None,
    };
    assert_eq!(lines(&[Event::Skipped(skipped)]), "");
}

#[test]
fn spans_keep_two_digits() {
    let shown: Vec<String> = [0, 999, 1_000, 1_590, 9_999, 10_000, 999_999, 4_200_000, 1 << 33, 99_000_000_000]
        .map(|ns| Span(ns).to_string())
        .into();
    assert_eq!(shown, ["0ns", "999ns", "1.0µs", "1.5µs", "9.9µs", "10µs", "999µs", "4.2ms", "8.5s", "99s"]);
}

/// Names that try to look like something else.
fn hostile() -> impl Strategy<Value = Name> {
    let words = proptest::sample::select(
        &[
            "]",
            "[",
            "/",
            "1",
            "] -> [",
            " (pid=",
            "tgid=1)",
            ")",
            "(",
            " (",
            "\\",
            "\\x5d",
            "\"",
            "\n",
            "\r",
            "\x1b[2J",
            " ",
            "uid=0",
            "kernel (timer)",
            "\u{202e}",
            "é",
            "a",
            "from ",
            ",",
        ][..],
    );
    proptest::collection::vec(words, 0..6).prop_map(|words| Name::from(words.concat().as_str()))
}

/// Takes the escapes out again.
fn unescape(shown: &str) -> String {
    let mut out = String::new();
    let mut rest = shown;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (code, len) = match &rest[at + 1..at + 2] {
            "\\" => ('\\' as u32, 2),
            "n" => ('\n' as u32, 2),
            "r" => ('\r' as u32, 2),
            "t" => ('\t' as u32, 2),
            "x" => (u32::from_str_radix(&rest[at + 2..at + 4], 16).unwrap(), 4),
            "u" => {
                let end = at + rest[at..].find('}').unwrap();
                (u32::from_str_radix(&rest[at + 3..end], 16).unwrap(), end + 1 - at)
            }
            other => panic!("{other:?} in {shown:?}"),
        };
        out.push(char::from_u32(code).unwrap());
        rest = &rest[at + len..];
    }
    out + rest
}

/// `name/pid` as it was before.
fn at(shown: &str) -> (String, u32) {
    let (name, pid) = shown.rsplit_once('/').unwrap();
    (unescape(name), pid.parse().unwrap())
}

/// The line with everything between quotes taken out.
fn skeleton(line: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for c in line.chars() {
        match c {
            '"' if !escaped => quoted = !quoted,
            c if !quoted => out.push(c),
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
    }
    out
}

proptest! {
    #[test]
    fn one_event_is_one_line_of_plain_text(event in any_event()) {
        let shown = lines(std::slice::from_ref(&event));
        let expected = usize::from(!matches!(event, Event::Skipped(_)));
        prop_assert_eq!(shown.matches('\n').count(), expected);
        prop_assert_eq!(shown.ends_with('\n'), expected == 1);
        let line = shown.trim_end_matches('\n');
        prop_assert_eq!(escape::plain(line), line);
    }

    #[test]
    fn names_cannot_forge_the_ends_of_a_signal(from in hostile(), to in hostile()) {
        let (sender, target) = (Party { name: from, ..party(1234, "") }, Party { name: to, ..party(5678, "") });
        let shown = lines(&[Event::Signal(SignalEvent { sender: Some(sender), target, ..term() })]);
        let rest = shown.strip_prefix("[00:00:00.123] SIGNAL: SIGTERM (15) [").unwrap();
        let (sender, rest) = rest.split_once(']').unwrap();
        let (target, rest) = rest.strip_prefix(" -> [").unwrap().split_once(']').unwrap();
        prop_assert_eq!(at(sender), (from.as_str().to_string(), 1234));
        prop_assert_eq!(at(target), (to.as_str().to_string(), 5678));
        prop_assert_eq!(rest, " uid=1000 queued\n");
    }

    #[test]
    fn names_cannot_forge_a_fork_or_an_exit(who in hostile(), from in hostile()) {
        let cause = by(Origin::User, Some(Party { name: from, ..party(1234, "") }), Detail::None);
        let who = Party { name: who, ..party(5679, "") };
        let end = End::Signal { signal: Signal::TERM, core: true };
        let shown = lines(&[
            Event::Fork(ForkEvent { mono_ns: 123_000_000, child: who, parent: party(5678, "").key }),
            Event::Exit(ExitEvent { mono_ns: 123_000_000, who, thread: false, end, cause }),
        ]);
        let (fork, exit) = shown.split_once('\n').unwrap();
        let (name, rest) = fork.strip_prefix("[00:00:00.123] FORK: ").unwrap().split_once(" (").unwrap();
        prop_assert_eq!(unescape(name), who.name.as_str());
        prop_assert_eq!(rest, "pid=5679, tgid=5679, ppid=5678)");
        let (name, rest) = exit.strip_prefix("[00:00:00.123] EXIT: ").unwrap().split_once(" (").unwrap();
        prop_assert_eq!(unescape(name), who.name.as_str());
        let sender = rest.strip_prefix("pid=5679, tgid=5679) killed by SIGTERM (core dumped) from ").unwrap();
        prop_assert_eq!(at(sender.trim_end_matches('\n')), (from.as_str().to_string(), 1234));
    }

    #[test]
    fn arguments_cannot_forge_an_exec(filename in "[\"\\\\\n ]|uid=0|.{0,5}", argv in proptest::collection::vec("[\"\\\\,\\] ]{0,5}", 2)) {
        let who = party(5679, "\" x=\"");
        let shown = lines(&[Event::Exec(Box::new(ExecEvent {
            mono_ns: 123_000_000, who, gid: 1, tty: Tty::NONE, filename, argv, argv_cut: false, cwd: String::new(), exe: String::new(),
        }))]);
        prop_assert_eq!(
            skeleton(&shown),
            "[00:00:00.123] EXEC: pid=5679 tid=5679 uid=1000 gid=1 comm= filename= argv=[,]\n"
        );
    }
}
