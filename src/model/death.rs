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
