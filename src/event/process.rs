//! The life of processes: how they begin, run another program, change their name or cgroup, and end; and those that
//! were alive when the stream began.

use super::{Detail, Origin, Party, ProcKey, SenderKey, Tty, absolute};
use crate::signal::Signal;
use std::borrow::Cow;

/// A process or thread began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ForkEvent {
    /// When.
    pub mono_ns: u64,
    /// The new one. For a thread, `key` is its process and `tid` the thread.
    pub child: Party,
    /// Its parent.
    pub parent: ProcKey,
}

impl ForkEvent {
    /// Whether only a thread began.
    pub const fn is_thread(&self) -> bool {
        self.child.tid != self.child.key.pid
    }
}

/// A process started another program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExecEvent {
    /// When.
    pub mono_ns: u64,
    /// Who, under its new name.
    pub who: Party,
    /// Real group id.
    pub gid: u32,
    /// Controlling terminal.
    pub tty: Tty,
    /// The file, as the caller named it (a script's own name, not its interpreter's).
    pub filename: String,
    /// Up to 64 arguments, 4096 bytes in all.
    pub argv: Vec<String>,
    /// Whether there were more.
    pub argv_cut: bool,
    /// Current directory; empty where it could not be read.
    pub cwd: String,
    /// The file that runs, as the kernel knows it: of a script, its interpreter. Empty where it could not be read.
    pub exe: String,
}

impl ExecEvent {
    /// What runs from now on: the file as the kernel knows it, or else as the caller named it.
    pub fn runs(&self) -> &str {
        if self.exe.is_empty() { &self.filename } else { &self.exe }
    }

    /// The path that the caller gave, from the root: as it was written where it begins there, else made [`absolute`].
    /// Empty where it could not be read.
    pub fn named(&self) -> Cow<'_, str> {
        if self.filename.starts_with('/') {
            return Cow::Borrowed(&self.filename);
        }
        absolute(&self.cwd, &self.filename)
    }

    /// The file that runs, where it has another name than the one that the caller gave: the interpreter of a script,
    /// the end of a link. `/bin/ls` and `/usr/bin/ls` are the same.
    pub fn instead(&self) -> Option<&str> {
        let named = self.named();
        Some(self.exe.as_str()).filter(|exe| !exe.is_empty() && (named.is_empty() || !exe.ends_with(&*named)))
    }
}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// It exited with this code, 0..=255.
    Code(u8),
    /// This signal killed it.
    Signal {
        /// The signal that was sent.
        signal: Signal,
        /// Whether a core was dumped.
        core: bool,
    },
}

/// The signal that ended a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause {
    /// The id of the signal event.
    pub id: u64,
    /// Its origin.
    pub origin: Origin,
    /// Its sender, where a process sent it.
    pub sender: Option<Party>,
    /// What more it carried.
    pub detail: Detail,
}

impl Cause {
    /// Who sent it, as it is counted.
    pub fn sender_key(&self) -> SenderKey {
        self.sender.map_or(SenderKey::Kernel(self.origin), |s| SenderKey::Process(s.key))
    }
}

/// A process or thread ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitEvent {
    /// When.
    pub mono_ns: u64,
    /// Who. For a thread, `key` is its process and `tid` the thread.
    pub who: Party,
    /// Whether only a thread ended, and its process lives on.
    pub thread: bool,
    /// How.
    pub end: End,
    /// By which signal, where that was seen.
    pub cause: Option<Cause>,
}

/// A process changed its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RenameEvent {
    /// When.
    pub mono_ns: u64,
    /// Who, under its new name.
    pub who: Party,
}

/// A process that was alive when the stream began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenEvent {
    /// When it was looked at.
    pub mono_ns: u64,
    /// Who.
    pub who: Party,
    /// Its parent; `None` for the first processes.
    pub parent: Option<ProcKey>,
    /// Controlling terminal.
    pub tty: Tty,
    /// Executable; empty where it has none (a kernel thread) or it could not be read.
    pub exe: String,
    /// Arguments.
    pub argv: Vec<String>,
    /// Id of its cgroup in the unified hierarchy.
    pub cgroup_id: u64,
    /// Path of its cgroup.
    pub cgroup: String,
    /// Dead already: only its parent has not asked yet.
    pub zombie: bool,
}

/// A process is from here on in another cgroup.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CgroupEvent {
    /// When.
    pub mono_ns: u64,
    /// Who.
    pub who: Party,
    /// Id of the cgroup in the unified hierarchy.
    pub cgroup_id: u64,
    /// Its path; empty where it is not known.
    pub cgroup: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(cwd: &str, filename: &str, exe: &str) -> ExecEvent {
        let (cwd, filename, exe) = (cwd.into(), filename.into(), exe.into());
        let (who, tty, argv) = (Party::default(), Tty::NONE, Vec::new());
        ExecEvent { mono_ns: 1, who, gid: 0, tty, filename, argv, argv_cut: false, cwd, exe }
    }

    #[test]
    fn what_runs_is_told_where_it_is_not_what_was_named() {
        for (cwd, filename, exe, named, instead) in [
            ("/home/me", "/bin/ls", "/usr/bin/ls", "/bin/ls", None),
            ("/home/me", "./run.sh", "/usr/bin/dash", "/home/me/run.sh", Some("/usr/bin/dash")),
            ("/home/me", "../you/x", "/home/you/x", "/home/you/x", None),
            ("", "x", "/home/me/x", "x", None),
            ("/home/me", "", "/usr/bin/ls", "", Some("/usr/bin/ls")),
        ] {
            let e = exec(cwd, filename, exe);
            assert_eq!((&*e.named(), e.instead()), (named, instead), "{filename} in {cwd}");
        }
    }
}
