//! The lines of what was tried in vain, with the same heads as those of what was not.

use super::{At, Quoted, thread};
use crate::event::{AttemptEvent, FailedExecEvent};
use std::fmt::{self, Write as _};

/// `SIGNAL: SIGTERM (15) [bash/1234] -> [nginx/671] uid=1000 failed EPERM`; a number that is no signal stands alone,
/// and who is not known stands there as the sender named it: `[pid 671]`, `[group 671]`, `[all]`.
pub(super) fn attempt(out: &mut String, e: &AttemptEvent) -> fmt::Result {
    match e.signal() {
        Some(signal) => write!(out, "SIGNAL: {signal} ({}) [{}] -> ", e.number, At(&e.sender))?,
        None => write!(out, "SIGNAL: {} [{}] -> ", e.number, At(&e.sender))?,
    }
    match &e.target {
        Some(target) => write!(out, "[{}]", At(target))?,
        None if e.nested => write!(out, "[{} in its namespace]", e.aim)?,
        None => write!(out, "[{}]", e.aim)?,
    }
    write!(out, " uid={} {}", e.sender.uid, e.result().word())?;
    if let Some(errno) = e.errno {
        write!(out, " {errno}")?;
    }
    e.target.as_ref().map_or(Ok(()), |target| thread(out, target))
}

/// `EXEC: pid=5679 tid=5679 uid=1000 gid=1000 comm="sh" filename="/bin/nothing" failed ENOENT`.
pub(super) fn failed_exec(out: &mut String, e: &FailedExecEvent) -> fmt::Result {
    let (pid, tid, uid, gid) = (e.who.key.pid, e.who.tid, e.who.uid, e.gid);
    write!(out, "EXEC: pid={pid} tid={tid} uid={uid} gid={gid} comm={}", Quoted(e.who.name.as_str()))?;
    write!(out, " filename={} failed {}", Quoted(&e.filename), e.errno)
}

#[cfg(test)]
mod tests {
    use crate::clock::TimeStyle;
    use crate::event::{
        Aim, AttemptEvent, Call, CountEvent, Errno, Event, ExecCall, FailedExecEvent, Kind, Name, Party, ProcKey,
        SendResult, Tty,
    };
    use crate::sink::{Sink, line::Line};

    fn party(pid: u32, tid: u32, name: &str) -> Party {
        Party { key: ProcKey { pid, start_ns: 7 }, tid, uid: 1000, name: Name::from(name) }
    }

    fn denied() -> AttemptEvent {
        AttemptEvent {
            id: 1,
            mono_ns: 123_000_000,
            number: 15,
            sender: party(1234, 1234, "bash"),
            sender_tty: Tty::NONE,
            aim: Aim::Process(671),
            nested: false,
            target: Some(party(671, 671, "nginx")),
            call: Call::Kill,
            errno: Some(Errno::PERM),
            generation: 0,
        }
    }

    fn shown(event: &Event) -> String {
        let mut out = Vec::new();
        Line::new(&mut out, TimeStyle::Utc).event(event).unwrap();
        let line = String::from_utf8(out).unwrap();
        line.strip_prefix("[00:00:00.123] ").and_then(|line| line.strip_suffix('\n')).unwrap().to_string()
    }

    #[test]
    fn what_failed_has_the_heads_of_what_did_not() {
        let gone = AttemptEvent { target: None, errno: Some(Errno::SRCH), ..denied() };
        let aimed = |aim| AttemptEvent { aim, ..gone };
        let thread = Aim::Thread { tgid: 671, tid: 672 };
        for (e, line) in [
            (denied(), "SIGNAL: SIGTERM (15) [bash/1234] -> [nginx/671] uid=1000 failed EPERM"),
            (gone, "SIGNAL: SIGTERM (15) [bash/1234] -> [pid 671] uid=1000 failed ESRCH"),
            (aimed(Aim::Group(671)), "SIGNAL: SIGTERM (15) [bash/1234] -> [group 671] uid=1000 failed ESRCH"),
            (aimed(Aim::Group(0)), "SIGNAL: SIGTERM (15) [bash/1234] -> [own group] uid=1000 failed ESRCH"),
            (aimed(Aim::All), "SIGNAL: SIGTERM (15) [bash/1234] -> [all] uid=1000 failed ESRCH"),
            (aimed(Aim::Fd(5)), "SIGNAL: SIGTERM (15) [bash/1234] -> [fd 5] uid=1000 failed ESRCH"),
            (aimed(thread), "SIGNAL: SIGTERM (15) [bash/1234] -> [thread 672] uid=1000 failed ESRCH"),
            (
                AttemptEvent { aim: thread, target: Some(party(671, 672, "nginx")), ..denied() },
                "SIGNAL: SIGTERM (15) [bash/1234] -> [nginx/671] uid=1000 failed EPERM thread 672",
            ),
            (
                AttemptEvent { nested: true, ..gone },
                "SIGNAL: SIGTERM (15) [bash/1234] -> [pid 671 in its namespace] uid=1000 failed ESRCH",
            ),
            (
                AttemptEvent { number: 99, errno: Some(Errno::INVAL), ..denied() },
                "SIGNAL: 99 [bash/1234] -> [nginx/671] uid=1000 failed EINVAL",
            ),
            (
                AttemptEvent { number: 0, errno: None, ..denied() },
                "SIGNAL: 0 [bash/1234] -> [nginx/671] uid=1000 probe",
            ),
            (AttemptEvent { number: 0, ..gone }, "SIGNAL: 0 [bash/1234] -> [pid 671] uid=1000 probe ESRCH"),
            (
                AttemptEvent { errno: Some(Errno(524)), ..denied() },
                "SIGNAL: SIGTERM (15) [bash/1234] -> [nginx/671] uid=1000 failed 524",
            ),
        ] {
            assert_eq!(shown(&Event::Attempt(e)), line);
        }
    }

    #[test]
    fn an_exec_that_failed_says_why() {
        let e = FailedExecEvent {
            mono_ns: 123_000_000,
            who: party(5679, 5679, "sh"),
            gid: 100,
            tty: Tty::NONE,
            call: ExecCall::Execve,
            filename: "/no\nfile".into(),
            errno: Errno::NOENT,
        };
        assert_eq!(
            shown(&Event::FailedExec(Box::new(e))),
            r#"EXEC: pid=5679 tid=5679 uid=1000 gid=100 comm="sh" filename="/no\nfile" failed ENOENT"#
        );
    }

    #[test]
    fn lost_ones_are_told_apart_from_lost_signals() {
        let lost = CountEvent {
            mono_ns: 123_000_000,
            kind: Some(Kind::Signal),
            count: 3,
            signal: None,
            sender: None,
            result: Some(SendResult::Probe),
            since_ns: None,
        };
        assert_eq!(shown(&Event::Lost(lost)), "LOST: 3 probe signal records did not fit");
    }
}
