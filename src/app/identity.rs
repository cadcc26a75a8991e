//! Whether the process that has a pid now is the one that is meant: pids are used again, start times are not.
//!
//! Both ask here before they believe a pid: who reads /proc, and who sends. Nothing is kept, and nothing is changed.

use crate::event::ProcKey;
use procfs::process::Process;
use procfs::{ProcError, ProcResult};
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Why a process cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Absent {
    /// It has ended.
    Gone,
    /// Its pid has been given to another one since.
    Another,
    /// It may be there: we may not look.
    Forbidden,
}

impl Absent {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Absent::Gone => "it is gone",
            Absent::Another => "another process has that pid now",
            Absent::Forbidden => "not permitted to look into /proc",
        }
    }
}

impl From<ProcError> for Absent {
    /// What /proc cannot tell is most often gone: a read of a process that has just ended fails with ESRCH.
    fn from(error: ProcError) -> Absent {
        if matches!(error, ProcError::PermissionDenied(_)) { Absent::Forbidden } else { Absent::Gone }
    }
}

/// The process, held open in /proc: what is read of it later is its own, or an error.
///
/// # Errors
/// Where that pid is nobody's, or another's.
pub fn find(key: &ProcKey) -> Result<Process, Absent> {
    let pid = i32::try_from(key.pid).map_err(|_| Absent::Gone)?;
    let process = Process::new(pid)?;
    let start = start_ticks(&process)?;
    match is_start(key.start_ns, start, slept_ns(), procfs::ticks_per_second()) {
        true => Ok(process),
        false => Err(Absent::Another),
    }
}

/// Whether this process has certainly ended: reaped or not. Of pids of another pid namespace than /proc's nothing is
/// certain.
pub fn has_ended(key: &ProcKey) -> bool {
    is_at_home()
        && match find(key) {
            Ok(process) => process.stat().is_ok_and(|stat| matches!(stat.state, 'Z' | 'X')),
            Err(absent) => absent != Absent::Forbidden,
        }
}

/// Whether /proc counts pids as the kernel does: in its first pid namespace (PROC_PID_INIT_INO, include/linux/proc_ns.h).
fn is_at_home() -> bool {
    std::fs::read_link("/proc/self/ns/pid").is_ok_and(|link| link.as_os_str() == "pid:[4026531836]")
}

fn start_ticks(process: &Process) -> ProcResult<u64> {
    process.stat().map(|stat| stat.starttime)
}

/// How long this machine has slept since it was booted.
fn slept_ns() -> u64 {
    let ns = |time: Timespec| {
        u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
    };
    let awake = ns(clock_gettime(ClockId::Monotonic)); // first: what passes in between is then taken for sleep
    ns(clock_gettime(ClockId::Boottime)).saturating_sub(awake)
}

/// Whether the start that /proc tells, in ticks (field 22 of `/proc/PID/stat`), can be that of the process that started
/// at `start_ns`.
///
/// The kernel keeps two start times. A `ProcKey` has `start_time`, of a clock that stands still while the machine
/// sleeps; /proc prints `start_boottime`, of one that does not, rounded down to ticks. They differ by what the machine
/// had slept before the process started. That is not known, but lies between nothing and what it has slept by now: on
/// a machine that never slept the answer is exact to a tick, 10 ms; on another, a process that started that much later
/// is taken for the same.
fn is_start(start_ns: u64, ticks: u64, slept_ns: u64, ticks_per_second: u64) -> bool {
    let tick_ns = 1_000_000_000 / ticks_per_second.clamp(1, 1_000_000_000);
    let latest = start_ns.saturating_add(slept_ns) / tick_ns;
    (start_ns / tick_ns..=latest).contains(&ticks)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};

    const MS: u64 = 1_000_000;
    const HOUR: u64 = 3_600_000 * MS;

    /// A child that does nothing, and is gone with the value.
    pub struct Idle(pub Child);

    impl Idle {
        pub fn start() -> Idle {
            let mut command = Command::new("sleep");
            command.arg("1000").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            Idle(command.spawn().unwrap())
        }

        /// What its key was, once it has been waited for.
        pub fn key_of_the_dead(&self) -> ProcKey {
            ProcKey { pid: self.0.id(), start_ns: 1 }
        }

        /// The key of one that had its pid a minute later, however long this machine has slept.
        pub fn key_of_another(&self) -> ProcKey {
            let key = self.key();
            ProcKey { start_ns: key.start_ns + slept_ns() + 60_000 * MS, ..key }
        }

        /// Its pid, and the first nanosecond of the tick that /proc says it started in.
        pub fn key(&self) -> ProcKey {
            let process = Process::new(self.0.id() as i32).unwrap();
            let tick = 10 * MS;
            ProcKey { pid: self.0.id(), start_ns: (start_ticks(&process).unwrap() - slept_ns() / tick) * tick }
        }
    }

    impl Drop for Idle {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_machine_that_never_slept_is_told_to_the_tick() {
        let is = |start_ns, ticks| is_start(start_ns, ticks, 400, 100);
        assert!(is(0, 0) && is(9_999_000, 0) && is(10 * MS, 1) && is(12_345 * MS, 1234) && is(12_349_999_000, 1234));
        assert!(!is(12_345 * MS, 1233) && !is(12_345 * MS, 1235) && !is(10 * MS, 0) && !is(9_999_000, 1));
        // The two clocks are read one after the other: what passes in between does not matter but at the very edge.
        assert!(is(9_999_999, 1) && is(9_999_999, 0));
    }

    #[test]
    fn what_was_slept_before_the_start_is_not_known() {
        let start = 5 * HOUR;
        let is = |ticks_ns| is_start(start, ticks_ns / (10 * MS), 2 * HOUR, 100);
        assert!(is(start) && is(start + HOUR) && is(start + 2 * HOUR));
        assert!(!is(start - 10 * MS) && !is(start + 2 * HOUR + 10 * MS) && !is(0));
    }

    #[test]
    fn absurd_numbers_are_no_panic() {
        for number in [0, 1, u64::MAX] {
            is_start(number, number, number, number);
        }
        assert!(is_start(u64::MAX, u64::MAX, u64::MAX, 1_000_000_000));
    }

    #[test]
    fn a_process_is_found_by_pid_and_start_only() {
        let idle = Idle::start();
        let key = idle.key();
        assert_eq!(find(&key).unwrap().pid(), key.pid as i32);
        assert_eq!(find(&idle.key_of_another()).err(), Some(Absent::Another));
        drop(idle);
        assert_eq!(find(&key).err(), Some(Absent::Gone));
        assert_eq!(find(&ProcKey { pid: u32::MAX, start_ns: 0 }).err(), Some(Absent::Gone));
    }
}
