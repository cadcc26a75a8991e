//! What a target had blocked and what waited for it when a signal was sent, as /proc has it just before.

use crate::harness::{self, Sigtop};
use crate::zoo::sigzoo;
use rustix::process::{Pid, kill_process};
use sigtop::event::{Event, Masks, SignalEvent};
use sigtop::signal::{Signal, SignalSet};
use std::io::Read;
use std::process::{Child, Stdio};

fn set(signals: &[Signal]) -> SignalSet {
    signals.iter().copied().collect()
}

/// A mask in /proc/PID/status.
fn mask(pid: u32, field: &str) -> SignalSet {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let bits = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
    SignalSet::from_bits(u64::from_str_radix(bits.trim(), 16).unwrap())
}

fn pending(pid: u32) -> SignalSet {
    SignalSet::from_bits(mask(pid, "SigPnd").bits() | mask(pid, "ShdPnd").bits())
}

fn kill(child: &Child, signal: rustix::process::Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// What this process was sent, once sigtop has told it all.
fn told(sigtop: Sigtop, pid: u32) -> Vec<SignalEvent> {
    let signal = |line: harness::Line| if let Some(Event::Signal(e)) = line.event { Some(e) } else { None };
    sigtop.stop().into_iter().filter_map(signal).filter(|e| e.target.key.pid == pid).collect()
}

/// A process that has USR1 and TERM blocked, and TERM waiting, is sent USR1, again, and KILL.
#[test]
fn masks_are_those_of_proc_just_before() {
    use rustix::process::Signal as S;
    let Some(_leave) = harness::beside_others("masks_are_those_of_proc_just_before") else { return };
    let sigtop = Sigtop::start(&["--events", "signal"]);
    let blocks = [Signal::USR1, Signal::TERM].map(|signal| signal.number().to_string());
    let mut child = sigzoo().arg("block").args(blocks).stdout(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 4]).unwrap();
    let pid = child.id();
    let mut before = Vec::new();
    for signal in [S::TERM, S::USR1, S::USR1, S::KILL] {
        before.push((mask(pid, "SigBlk"), pending(pid)));
        kill(&child, signal);
    }
    child.wait().unwrap();
    let told = told(sigtop, pid);
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(before[1], (set(&[Signal::USR1, Signal::TERM]), set(&[Signal::TERM])), "this is what is to be seen");
    for (e, (blocked, pending)) in told.iter().zip(before) {
        let mut after = pending;
        after.insert(e.signal);
        assert_eq!(e.masks, Some(Masks { blocked, pending: after }), "{e:?}");
    }
}

/// Of one that kills, SIGKILL waits already; one that is ignored waits nowhere.
#[test]
fn what_is_certain_to_kill_waits_as_sigkill() {
    use rustix::process::Signal as S;
    let Some(_leave) = harness::beside_others("what_is_certain_to_kill_waits_as_sigkill") else { return };
    let sigtop = Sigtop::start(&["--events", "signal"]);
    let ignoring = "trap '' USR1; echo; read -r _";
    let mut shell = std::process::Command::new("sh");
    let mut shell = shell.args(["-c", ignoring]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    shell.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    kill(&shell, S::USR1);
    kill(&shell, S::TERM);
    shell.wait().unwrap();
    let told = told(sigtop, shell.id());
    let pending: Vec<SignalSet> = told.iter().map(|e| e.masks.unwrap().pending).collect();
    assert_eq!(pending, [SignalSet::EMPTY, set(&[Signal::TERM, Signal::KILL])]);
}
