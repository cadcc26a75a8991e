//! The kinds of events: one table of words, for `--events`, filters, rules and JSON's `type`.

words! {
    /// Kinds of events, as `--events` and JSON's `type` name them.
    Kind {
        /// A signal was sent.
        Signal = "signal",
        /// A signal was taken.
        Deliver = "deliver",
        /// A process (or, on request, a thread) began.
        Fork = "fork",
        /// A process started another program.
        Exec = "exec",
        /// A process (or, on request, a thread) ended.
        Exit = "exit",
        /// A process changed its name.
        Rename = "rename",
        /// A process was alive when the stream began.
        Seen = "seen",
        /// A process was moved into another cgroup, or was born in another than its parent's.
        Cgroup = "cgroup",
        /// A process opened a file. Told on request.
        Open = "open",
        /// A process changed the mode of a file. Told on request.
        Chmod = "chmod",
        /// A process moved a file: gave it another name. Told on request.
        Move = "move",
        /// A process connected a socket. Told on request.
        Connect = "connect",
        /// A rule fired.
        Alert = "alert",
        /// Records did not fit.
        Lost = "lost",
        /// Signals that the filter kept in the kernel, counted there.
        Skipped = "skipped",
        /// From here on another filter holds.
        Filter = "filter",
        /// The wall clock was set: from here on times are converted anew.
        Clock = "clock",
    }
}

impl Kind {
    /// All but these, in order.
    pub fn all_but(these: &[Kind]) -> impl Iterator<Item = Kind> {
        Kind::ALL.iter().copied().filter(|kind| !these.contains(kind))
    }
}
