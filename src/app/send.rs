//! Sends a signal to one process and to no other: by a pidfd that is opened first, and checked against the start time.
//!
//! The order makes it safe. A pidfd is one process's for ever; if /proc then tells under its pid the start time that is
//! meant, either the pidfd is that process's, or it is one's that is dead already, to which nothing can be sent.

use super::identity::find;
use crate::event::ProcKey;
use crate::signal::Signal;
use crate::source::live;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

/// Sends it.
///
/// # Errors
/// Why not, in words.
pub fn send(key: &ProcKey, signal: Signal) -> Result<(), String> {
    let pid = i32::try_from(key.pid).ok().and_then(Pid::from_raw).ok_or("no process has such a pid")?;
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).map_err(words)?;
    find(key).map_err(|absent| absent.words())?;
    let signal = live::number(signal).ok_or("the C library keeps it for its threads")?;
    pidfd_send_signal(&pidfd, signal).map_err(words)
}

fn words(error: Errno) -> String {
    match error {
        Errno::SRCH => "it is gone".into(),
        Errno::PERM => "not permitted: it is another user's".into(),
        Errno::AGAIN => "its queue of waiting signals is full".into(),
        Errno::NOSYS => "this kernel has no pidfd".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::identity::tests::Idle;
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn who_is_meant_is_hit() {
        for signal in [Signal::TERM, Signal::parse("RTMIN+3").unwrap()] {
            let mut idle = Idle::start();
            assert_eq!(send(&idle.key(), signal), Ok(()));
            assert_eq!(idle.0.wait().unwrap().signal(), Some(signal.number().into()));
            assert_eq!(send(&idle.key_of_the_dead(), signal), Err("it is gone".into()));
        }
    }

    #[test]
    fn who_only_has_the_same_pid_is_not_hit() {
        let mut idle = Idle::start();
        let key = idle.key();
        for start_ns in [idle.key_of_another().start_ns, key.start_ns.saturating_sub(1_000_000_000), 0] {
            let other = ProcKey { start_ns, ..key };
            assert_eq!(send(&other, Signal::KILL), Err("another process has that pid now".into()));
        }
        assert_eq!(idle.0.try_wait().unwrap(), None, "it lives");
        assert_eq!(send(&key, Signal::new(32).unwrap()), Err("the C library keeps it for its threads".into()));
        assert_eq!(send(&ProcKey::default(), Signal::KILL), Err("no process has such a pid".into()));
        assert_eq!(idle.0.try_wait().unwrap(), None, "it lives");
    }

    #[test]
    fn errors_are_words() {
        assert_eq!(words(Errno::PERM), "not permitted: it is another user's");
        assert!(!words(Errno::INVAL).is_empty());
    }
}
