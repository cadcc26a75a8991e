//! Short texts for ends and their causes, the same in the tree, the detail and the lines of `sigtop log`.
//!
//! Names come from processes: they are escaped here, so that what comes out can be printed as it is.

use super::procs::{Death, Proc};
use crate::escape::plain;
use crate::event::{Detail, End, Origin, Party, Tty};

/// `bash(1234)`; `?(1234)` where the name was never told.
pub fn process(name: &str, pid: u32) -> String {
    format!("{}({pid})", if name.is_empty() { "?".into() } else { plain(name) })
}

/// Who sent: `bash(1234)`, `kernel (timer)`, `kernel (tty pts/3)`, `kernel (fault at 0x0)`.
pub fn sender(sender: Option<&Party>, origin: Origin, detail: Detail) -> String {
    if let Some(party) = sender {
        return process(party.name.as_str(), party.key.pid);
    }
    let word = origin.word();
    match (origin, detail) {
        (Origin::Fault, Detail::Address(address)) => format!("kernel ({word} at {address:#x})"),
        (Origin::Seccomp, Detail::Syscall(number)) => format!("kernel ({word}, system call {number})"),
        (Origin::Tty, Detail::Tty(tty)) if tty != Tty::NONE => format!("kernel ({word} {tty})"),
        (Origin::Kernel, _) => "kernel".into(),
        _ => format!("kernel ({word})"),
    }
}

/// How it ended: `exited 0`, `SIGKILL`, `SIGSEGV (core)`.
pub fn end(end: &End) -> String {
    match end {
        End::Code(code) => format!("exited {code}"),
        End::Signal { signal, core: false } => signal.name().into(),
        End::Signal { signal, core: true } => format!("{signal} (core)"),
    }
}

/// How it ended and who did it: `SIGKILL by systemd(1)`, `SIGSEGV (core) by kernel (fault at 0x0)`, `exited 0`.
pub fn summary(death: &Death) -> String {
    let end = end(&death.end);
    match &death.cause {
        Some(cause) => format!("{end} by {}", sender(cause.sender.as_ref(), cause.origin, cause.detail)),
        None => end,
    }
}

/// What there is to say of the end of `proc`, if it is dead.
pub fn of(proc: &Proc) -> Option<String> {
    match &proc.death {
        Some(death) => Some(summary(death)),
        None if proc.zombie => Some("ended unseen".into()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Cause, Name, ProcKey};
    use crate::signal::Signal;

    fn killed(signal: Signal, core: bool, origin: Origin, by: Option<&str>, detail: Detail) -> String {
        let party = |name: &str| Party { key: ProcKey { pid: 1, start_ns: 1 }, tid: 1, uid: 0, name: Name::from(name) };
        let cause = Some(Cause { id: 1, origin, sender: by.map(party), detail });
        summary(&Death { mono_ns: 1, end: End::Signal { signal, core }, cause })
    }

    #[test]
    fn ends_are_told_with_their_cause() {
        let kill = |origin, by, detail| killed(Signal::KILL, false, origin, by, detail);
        assert_eq!(kill(Origin::User, Some("systemd"), Detail::None), "SIGKILL by systemd(1)");
        assert_eq!(kill(Origin::User, Some(""), Detail::None), "SIGKILL by ?(1)");
        assert_eq!(kill(Origin::Oom, None, Detail::None), "SIGKILL by kernel (oom)");
        assert_eq!(kill(Origin::Kernel, None, Detail::None), "SIGKILL by kernel");
        assert_eq!(kill(Origin::Tty, None, Detail::Tty(Tty(0x8803))), "SIGKILL by kernel (tty pts/3)");
        assert_eq!(kill(Origin::Tty, None, Detail::None), "SIGKILL by kernel (tty)");
        let fault = killed(Signal::SEGV, true, Origin::Fault, None, Detail::Address(16));
        assert_eq!(fault, "SIGSEGV (core) by kernel (fault at 0x10)");
        let call = killed(Signal::SYS, true, Origin::Seccomp, None, Detail::Syscall(59));
        assert_eq!(call, "SIGSYS (core) by kernel (seccomp, system call 59)");
        assert_eq!(summary(&Death { mono_ns: 1, end: End::Code(3), cause: None }), "exited 3");
    }

    #[test]
    fn names_are_made_harmless() {
        let text = killed(Signal::KILL, false, Origin::User, Some("\x1b[2Jx\n"), Detail::None);
        assert_eq!(text, "SIGKILL by \\x1b[2Jx\\n(1)");
    }
}
