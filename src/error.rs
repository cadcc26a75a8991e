//! What can go wrong, in the user's words: what is missing, what to do, and the exit code.
//! It may quote names of files and what a socket or a recording says, so nothing of it is printed unescaped.

use crate::escape::plain;
use std::fmt;

/// How `sigtop` ends when it does not end well (SPEC: exit codes).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// What was typed cannot be done: exit code 2.
    Usage,
    /// The environment does not allow it: exit code 3.
    Environment,
}

/// An error with advice: two lines at most.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// What is wrong.
    pub what: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl Error {
    /// Something typed that makes no sense.
    pub fn usage(what: impl fmt::Display, hint: impl fmt::Display) -> Error {
        Error { kind: Kind::Usage, what: what.to_string(), hint: hint.to_string() }
    }

    /// Something that this machine lacks or forbids.
    pub fn environment(what: impl fmt::Display, hint: impl fmt::Display) -> Error {
        Error { kind: Kind::Environment, what: what.to_string(), hint: hint.to_string() }
    }

    /// Neither root nor the capabilities.
    pub fn privileges() -> Error {
        Error::environment(
            "to look into the kernel, root is needed, or the capabilities CAP_BPF and CAP_PERFMON",
            "run it with sudo, or once: sudo setcap cap_bpf,cap_perfmon+ep $(command -v sigtop); sigtop --demo needs neither",
        )
    }

    /// A kernel without type information.
    pub fn no_btf() -> Error {
        Error::environment(
            "this kernel has no BTF (/sys/kernel/btf/vmlinux is missing), by which sigtop finds its way in it",
            "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y (5.10 or newer of any big distribution); in a container, mount /sys",
        )
    }

    /// Kernels before 5.11 charge BPF memory to RLIMIT_MEMLOCK.
    pub fn memlock() -> Error {
        Error::environment(
            "the limit on locked memory is too small for the BPF maps (kernels before 5.11 count them there)",
            "run `ulimit -l unlimited` first, or give a smaller --buffer",
        )
    }

    /// libbpf could not do `what` with the BPF object, for `reason`.
    pub fn bpf(what: &str, reason: &str, permission: bool) -> Error {
        let hint = if permission {
            "in a container: run sigtop on the host, or with --privileged; else the kernel may be locked down (lockdown=confidentiality)"
        } else {
            "sigtop needs Linux 5.10 or newer with BPF and BTF"
        };
        Error::environment(format!("cannot {what} the BPF programs: {reason}"), hint)
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Usage => 2,
            Kind::Environment => 3,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sigtop: {}", plain(&self.what))?;
        // A hint may have lines: a filter, and a mark below it.
        self.hint
            .lines()
            .enumerate()
            .try_for_each(|(n, line)| write!(f, "{}{}", if n == 0 { "\n  " } else { "\n" }, plain(line)))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_named_does_not_reach_the_terminal_as_it_is() {
        let error = Error::environment("cannot read \x1b]0;x\x07\nsigtop: all is well", "a filter\n  ^\u{202e}");
        let said = error.to_string();
        assert_eq!(said, "sigtop: cannot read \\x1b]0;x\\x07\\nsigtop: all is well\n  a filter\n  ^\\u{202e}");
        assert_eq!(Error::usage("no", "").to_string(), "sigtop: no");
    }
}
