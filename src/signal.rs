//! Signals: numbers and names 1..64, default actions, `si_code` names, and sets of signals as one `u64`.
//!
//! Numbers are those of x86 and arm64 (asm-generic/signal.h); real-time signals are named from the C library's
//! `SIGRTMIN` (34), as `kill -l` names them: 32 and 33 belong to the C library's threads.
//! This module knows nothing else of the crate.

use std::fmt;

/// A signal number, 1..=64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

/// What the kernel does when a signal is neither handled nor ignored (signal(7), `include/linux/signal.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultAction {
    /// The process dies.
    Terminate,
    /// The process dies and may leave a core file.
    Core,
    /// Nothing happens.
    Ignore,
    /// The process stops.
    Stop,
    /// A stopped process goes on.
    Continue,
}

/// The C library's first real-time signal.
pub const RTMIN: u8 = 34;
/// The last signal of all, `SIGRTMAX`.
pub const MAX: u8 = 64;

/// Names and default actions of 1..=31, in order.
const STANDARD: [(&str, DefaultAction); 31] = {
    use DefaultAction::*;
    [
        ("SIGHUP", Terminate),
        ("SIGINT", Terminate),
        ("SIGQUIT", Core),
        ("SIGILL", Core),
        ("SIGTRAP", Core),
        ("SIGABRT", Core),
        ("SIGBUS", Core),
        ("SIGFPE", Core),
        ("SIGKILL", Terminate),
        ("SIGUSR1", Terminate),
        ("SIGSEGV", Core),
        ("SIGUSR2", Terminate),
        ("SIGPIPE", Terminate),
        ("SIGALRM", Terminate),
        ("SIGTERM", Terminate),
        ("SIGSTKFLT", Terminate),
        ("SIGCHLD", Ignore),
        ("SIGCONT", Continue),
        ("SIGSTOP", Stop),
        ("SIGTSTP", Stop),
        ("SIGTTIN", Stop),
        ("SIGTTOU", Stop),
        ("SIGURG", Ignore),
        ("SIGXCPU", Core),
        ("SIGXFSZ", Core),
        ("SIGVTALRM", Terminate),
        ("SIGPROF", Terminate),
        ("SIGWINCH", Ignore),
        ("SIGIO", Terminate),
        ("SIGPWR", Terminate),
        ("SIGSYS", Core),
    ]
};

/// Names of 32..=64: the two that the C library keeps, then `SIGRTMIN+n`.
const REAL_TIME: [&str; 33] = [
    "SIG32",
    "SIG33",
    "SIGRTMIN",
    "SIGRTMIN+1",
    "SIGRTMIN+2",
    "SIGRTMIN+3",
    "SIGRTMIN+4",
    "SIGRTMIN+5",
    "SIGRTMIN+6",
    "SIGRTMIN+7",
    "SIGRTMIN+8",
    "SIGRTMIN+9",
    "SIGRTMIN+10",
    "SIGRTMIN+11",
    "SIGRTMIN+12",
    "SIGRTMIN+13",
    "SIGRTMIN+14",
    "SIGRTMIN+15",
    "SIGRTMIN+16",
    "SIGRTMIN+17",
    "SIGRTMIN+18",
    "SIGRTMIN+19",
    "SIGRTMIN+20",
    "SIGRTMIN+21",
    "SIGRTMIN+22",
    "SIGRTMIN+23",
    "SIGRTMIN+24",
    "SIGRTMIN+25",
    "SIGRTMIN+26",
    "SIGRTMIN+27",
    "SIGRTMIN+28",
    "SIGRTMIN+29",
    "SIGRTMIN+30",
];

/// Other spellings that people type.
const ALIASES: [(&str, u8); 5] = [("IOT", 6), ("CLD", 17), ("POLL", 29), ("RTMAX", MAX), ("UNUSED", 31)];

impl Signal {
    /// Hang-up of the controlling terminal, or a daemon's "reload".
    pub const HUP: Signal = Signal(1);
    /// Interrupt from the keyboard.
    pub const INT: Signal = Signal(2);
    /// Quit from the keyboard.
    pub const QUIT: Signal = Signal(3);
    /// Trace or breakpoint trap.
    pub const TRAP: Signal = Signal(5);
    /// `abort()`.
    pub const ABRT: Signal = Signal(6);
    /// Bad memory access of another kind than [`Signal::SEGV`].
    pub const BUS: Signal = Signal(7);
    /// The signal that nobody can catch.
    pub const KILL: Signal = Signal(9);
    /// For users.
    pub const USR1: Signal = Signal(10);
    /// Bad memory access.
    pub const SEGV: Signal = Signal(11);
    /// For users.
    pub const USR2: Signal = Signal(12);
    /// Write to a pipe or socket that nobody reads.
    pub const PIPE: Signal = Signal(13);
    /// `alarm()` or `setitimer(ITIMER_REAL)`.
    pub const ALRM: Signal = Signal(14);
    /// The polite way to ask a process to end.
    pub const TERM: Signal = Signal(15);
    /// A child died, stopped or went on.
    pub const CHLD: Signal = Signal(17);
    /// Go on.
    pub const CONT: Signal = Signal(18);
    /// The stop that nobody can catch.
    pub const STOP: Signal = Signal(19);
    /// Stop from the keyboard.
    pub const TSTP: Signal = Signal(20);
    /// Urgent data on a socket; the Go runtime's preemption.
    pub const URG: Signal = Signal(23);
    /// Soft CPU time limit.
    pub const XCPU: Signal = Signal(24);
    /// File size limit.
    pub const XFSZ: Signal = Signal(25);
    /// The terminal's size changed.
    pub const WINCH: Signal = Signal(28);
    /// Input or output is possible.
    pub const IO: Signal = Signal(29);
    /// A forbidden system call.
    pub const SYS: Signal = Signal(31);

    /// The signal with this number, if there is one (1..=64).
    pub const fn new(number: u8) -> Option<Signal> {
        if number >= 1 && number <= MAX { Some(Signal(number)) } else { None }
    }

    /// All 64, ascending.
    pub fn all() -> impl Iterator<Item = Signal> {
        (1..=MAX).map(Signal)
    }

    /// The number, 1..=64.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The name with its prefix: `SIGTERM`, `SIGRTMIN+3`.
    pub const fn name(self) -> &'static str {
        if self.0 <= 31 { STANDARD[self.0 as usize - 1].0 } else { REAL_TIME[self.0 as usize - 32] }
    }

    /// The name without its prefix, for narrow columns: `TERM`, `RTMIN+3`.
    pub fn short_name(self) -> &'static str {
        self.name().strip_prefix("SIG").unwrap_or(self.name())
    }

    /// What the kernel does when nobody handles it.
    pub const fn default_action(self) -> DefaultAction {
        if self.0 <= 31 { STANDARD[self.0 as usize - 1].1 } else { DefaultAction::Terminate }
    }

    /// True for 32..=64: each one sent is queued by itself, none is merged.
    pub const fn is_real_time(self) -> bool {
        self.0 >= 32
    }

    /// Reads what people type: `SIGKILL`, `kill`, `9`, `RTMIN+3`, `SIGRTMAX-1`.
    ///
    /// # Errors
    /// [`UnknownSignal`] with the nearest name.
    pub fn parse(text: &str) -> Result<Signal, UnknownSignal> {
        let upper = text.trim().to_ascii_uppercase();
        let unknown = || UnknownSignal { text: text.to_string(), nearest: nearest(&upper) };
        if !upper.is_empty() && upper.bytes().all(|b| b.is_ascii_digit()) {
            return upper.parse().ok().and_then(Signal::new).ok_or_else(unknown);
        }
        let short = upper.strip_prefix("SIG").unwrap_or(&upper);
        if let Some(signal) = Signal::all().find(|s| s.short_name() == short) {
            return Ok(signal);
        }
        if let Some(&(_, number)) = ALIASES.iter().find(|(alias, _)| *alias == short) {
            return Ok(Signal(number));
        }
        let offset = |rest: &str| rest.parse::<u8>().ok().filter(|n| *n <= MAX - RTMIN);
        let number = if let Some(rest) = short.strip_prefix("RTMAX-") {
            offset(rest).map(|n| MAX - n)
        } else if let Some(rest) = short.strip_prefix("RTMIN+") {
            offset(rest).map(|n| RTMIN + n)
        } else {
            None
        };
        number.and_then(Signal::new).ok_or_else(unknown)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no signal's, and the one that was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSignal {
    /// As it was typed.
    pub text: String,
    /// The nearest name, where one is near.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for UnknownSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no such signal {:?}", self.text)?;
        match self.nearest {
            Some(name) => write!(f, ": did you mean {name}?"),
            None => write!(f, ": use a name (SIGTERM, term, RTMIN+3) or a number from 1 to {MAX}"),
        }
    }
}

impl std::error::Error for UnknownSignal {}

/// The standard name within two edits of `upper`, if any. Numbers have no neighbours.
fn nearest(upper: &str) -> Option<&'static str> {
    if upper.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let short = upper.strip_prefix("SIG").unwrap_or(upper);
    let (distance, name) = STANDARD
        .iter()
        .map(|(name, _)| (edit_distance(short, name.strip_prefix("SIG").unwrap_or(name)), *name))
        // Of two as near, the one that begins alike: KLL is KILL, not ILL.
        .min_by_key(|(distance, name)| (*distance, name.as_bytes().get(3) != short.as_bytes().first()))?;
    (distance <= 2 && distance < short.len()).then_some(name)
}

/// How many letters must be put in, left out, changed or swapped with their neighbour to make `a` into `b`
/// (optimal string alignment).
pub fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// A set of signals: bit `n - 1` is signal `n`, as the kernel's `sigset_t` has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SignalSet(u64);

impl SignalSet {
    /// No signal.
    pub const EMPTY: SignalSet = SignalSet(0);
    /// All 64.
    pub const ALL: SignalSet = SignalSet(u64::MAX);

    /// The set with these bits.
    pub const fn from_bits(bits: u64) -> SignalSet {
        SignalSet(bits)
    }

    /// The bits: bit `n - 1` is signal `n`.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether `signal` is in the set.
    pub const fn contains(self, signal: Signal) -> bool {
        self.0 & Self::bit(signal) != 0
    }

    /// Puts `signal` in.
    pub fn insert(&mut self, signal: Signal) {
        self.0 |= Self::bit(signal);
    }

    /// Takes `signal` out.
    pub fn remove(&mut self, signal: Signal) {
        self.0 &= !Self::bit(signal);
    }

    /// Puts `signal` in if it is out, and out if it is in.
    pub fn toggle(&mut self, signal: Signal) {
        self.0 ^= Self::bit(signal);
    }

    /// How many are in.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether none is in.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All that are not in.
    pub const fn complement(self) -> SignalSet {
        SignalSet(!self.0)
    }

    /// Those in the set, ascending.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        Signal::all().filter(move |s| self.contains(*s))
    }

    const fn bit(signal: Signal) -> u64 {
        1 << (signal.0 - 1)
    }
}

impl FromIterator<Signal> for SignalSet {
    fn from_iter<I: IntoIterator<Item = Signal>>(signals: I) -> SignalSet {
        let mut set = SignalSet::EMPTY;
        signals.into_iter().for_each(|s| set.insert(s));
        set
    }
}

impl fmt::Display for SignalSet {
    /// `CHLD,URG`: short names, comma-separated; `-` for none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("-");
        }
        for (i, signal) in self.iter().enumerate() {
            write!(f, "{}{}", if i > 0 { "," } else { "" }, signal.short_name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for SignalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

/// The name of an `si_code` for this signal, as sigaction(2) and `include/uapi/asm-generic/siginfo.h` have it.
/// `None` where the number has no name: a sender may choose any negative one.
pub fn code_name(signal: Signal, code: i32) -> Option<&'static str> {
    match code {
        0 => return Some("SI_USER"),
        0x80 => return Some("SI_KERNEL"),
        -1 => return Some("SI_QUEUE"),
        -2 => return Some("SI_TIMER"),
        -3 => return Some("SI_MESGQ"),
        -4 => return Some("SI_ASYNCIO"),
        -5 => return Some("SI_SIGIO"),
        -6 => return Some("SI_TKILL"),
        -7 => return Some("SI_DETHREAD"),
        -60 => return Some("SI_ASYNCNL"),
        _ => {}
    }
    let names: &[&str] = match signal.number() {
        4 => &[
            "ILL_ILLOPC",
            "ILL_ILLOPN",
            "ILL_ILLADR",
            "ILL_ILLTRP",
            "ILL_PRVOPC",
            "ILL_PRVREG",
            "ILL_COPROC",
            "ILL_BADSTK",
        ],
        5 => &["TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT", "TRAP_UNK", "TRAP_PERF"],
        7 => &["BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR", "BUS_MCEERR_AO"],
        8 => &[
            "FPE_INTDIV",
            "FPE_INTOVF",
            "FPE_FLTDIV",
            "FPE_FLTOVF",
            "FPE_FLTUND",
            "FPE_FLTRES",
            "FPE_FLTINV",
            "FPE_FLTSUB",
        ],
        11 => &[
            "SEGV_MAPERR",
            "SEGV_ACCERR",
            "SEGV_BNDERR",
            "SEGV_PKUERR",
            "SEGV_ACCADI",
            "SEGV_ADIDERR",
            "SEGV_ADIPERR",
            "SEGV_MTEAERR",
            "SEGV_MTESERR",
            "SEGV_CPERR",
        ],
        17 => &["CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"],
        29 => &["POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP"],
        31 => &["SYS_SECCOMP", "SYS_USER_DISPATCH"],
        _ => &[],
    };
    usize::try_from(code).ok().and_then(|c| c.checked_sub(1)).and_then(|c| names.get(c)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_the_kernels() {
        for (signal, number) in [
            (Signal::HUP, 1),
            (Signal::KILL, 9),
            (Signal::SEGV, 11),
            (Signal::TERM, 15),
            (Signal::CHLD, 17),
            (Signal::STOP, 19),
            (Signal::URG, 23),
            (Signal::WINCH, 28),
            (Signal::SYS, 31),
        ] {
            assert_eq!(signal.number(), number);
        }
        assert_eq!(Signal::new(0), None);
        assert_eq!(Signal::new(65), None);
    }

    #[test]
    fn every_spelling_is_read() {
        for text in ["SIGKILL", "kill", "Kill", "9", "sigkill", " 9 "] {
            assert_eq!(Signal::parse(text), Ok(Signal::KILL), "{text}");
        }
        for (text, number) in
            [("RTMIN", 34), ("SIGRTMIN+3", 37), ("rtmax", 64), ("RTMAX-1", 63), ("CLD", 17), ("32", 32)]
        {
            assert_eq!(Signal::parse(text).map(Signal::number), Ok(number), "{text}");
        }
    }

    #[test]
    fn a_wrong_name_gets_the_nearest() {
        let said = |text| Signal::parse(text).map_err(|e| e.to_string());
        assert_eq!(said("KLL"), Err("no such signal \"KLL\": did you mean SIGKILL?".into()));
        assert_eq!(said("SIGTREM"), Err("no such signal \"SIGTREM\": did you mean SIGTERM?".into()));
        assert_eq!(said("kil"), Err("no such signal \"kil\": did you mean SIGKILL?".into()));
        for text in ["0", "65", "999", "", "RTMIN+31", "RTMAX-99", "-1", "xyzzyplugh"] {
            assert!(said(text).is_err_and(|e| e.contains("from 1 to 64")), "{text}");
        }
    }

    #[test]
    fn codes_are_named_by_their_signal() {
        assert_eq!(code_name(Signal::SEGV, 1), Some("SEGV_MAPERR"));
        assert_eq!(code_name(Signal::CHLD, 2), Some("CLD_KILLED"));
        assert_eq!(code_name(Signal::TERM, 0), Some("SI_USER"));
        assert_eq!(code_name(Signal::TERM, -6), Some("SI_TKILL"));
        assert_eq!(code_name(Signal::TERM, 7), None);
        assert_eq!(code_name(Signal::SEGV, i32::MIN), None);
    }

    proptest! {
        #[test]
        fn every_name_and_number_reads_back(n in 1u8..=64) {
            let signal = Signal::new(n).unwrap();
            prop_assert_eq!(Signal::parse(signal.name()), Ok(signal));
            prop_assert_eq!(Signal::parse(signal.short_name()), Ok(signal));
            prop_assert_eq!(Signal::parse(&n.to_string()), Ok(signal));
        }

        #[test]
        fn parse_never_panics(text in ".{0,20}") {
            let _ = Signal::parse(&text);
        }

        #[test]
        fn a_set_holds_what_was_put_in(numbers in proptest::collection::btree_set(1u8..=64, 0..64)) {
            let set: SignalSet = numbers.iter().filter_map(|n| Signal::new(*n)).collect();
            prop_assert_eq!(set.len(), numbers.len());
            prop_assert!(set.iter().map(Signal::number).eq(numbers.iter().copied()));
            prop_assert!(set.complement().iter().all(|s| !numbers.contains(&s.number())));
        }
    }
}
