//! How a signal comes: by which road, for which reason of the kernel's, by which system call, to a thread or a process.
//! One table of words each.

words! {
    /// By which road a signal came: a process asked for it, or why the kernel made it.
    Origin {
        /// A process called kill, tkill, tgkill, sigqueue, tgsigqueue or pidfd_send_signal.
        User = "user",
        /// The processor met a fault in the target's own code (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP).
        Fault = "fault",
        /// A child died, stopped or went on; the sender is that child.
        Child = "child",
        /// A timer of the target ran out.
        Timer = "timer",
        /// The terminal: a key (^C, ^\, ^Z), hang-up, window size, background read or write.
        Tty = "tty",
        /// The target wrote to a pipe or socket that nobody reads.
        Pipe = "pipe",
        /// A file, socket or message queue is ready and the target had asked to be told.
        Io = "io",
        /// The target went over its CPU time or file size limit.
        Rlimit = "rlimit",
        /// The out-of-memory killer chose the target.
        Oom = "oom",
        /// A seccomp filter forbids the target's system call.
        Seccomp = "seccomp",
        /// The target's parent died and it had asked to be told (`PR_SET_PDEATHSIG`); the sender is that parent.
        Pdeath = "pdeath",
        /// Somebody wrote to `cgroup.kill`; the sender is who wrote.
        CgroupKill = "cgroup-kill",
        /// Another reason of the kernel's: ptrace, the end of a pid namespace, power failure.
        Kernel = "kernel",
    }
}

impl Origin {
    /// Whether [`SignalEvent::sender`](super::SignalEvent::sender) names a process for this origin: one that asked, or
    /// whose own end it was.
    pub const fn has_sender(self) -> bool {
        matches!(self, Origin::User | Origin::Child | Origin::Pdeath | Origin::CgroupKill)
    }
}

words! {
    /// Why the kernel itself killed ([`Origin::Kernel`]).
    Reason {
        /// The init of the target's pid namespace ended, and all of the namespace with it.
        NamespaceEnd = "namespace-end",
        /// Its tracer ended, and had asked for that (`PTRACE_O_EXITKILL`).
        TracerLeft = "tracer-left",
        /// Its tracer killed it (`PTRACE_KILL`).
        PtraceKill = "ptrace-kill",
    }
}

words! {
    /// The system call that sent a signal.
    Call {
        /// kill(2): to a process, a process group, or all.
        Kill = "kill",
        /// tkill(2): to a thread.
        Tkill = "tkill",
        /// tgkill(2): to a thread of a given process; raise(3), abort(3), pthread_kill(3).
        Tgkill = "tgkill",
        /// rt_sigqueueinfo(2), sigqueue(3): to a process, with a value.
        Sigqueue = "sigqueue",
        /// rt_tgsigqueueinfo(2), pthread_sigqueue(3): to a thread, with a value.
        Tgsigqueue = "tgsigqueue",
        /// pidfd_send_signal(2).
        Pidfd = "pidfd_send_signal",
    }
}

words! {
    /// Whom a signal is for.
    Scope {
        /// One thread.
        Thread = "thread",
        /// The process: any of its threads may take it.
        Process = "process",
    }
}
