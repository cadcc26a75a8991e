//! What /proc tells of one living process, read when the screen asks.
//!
//! What is gone or forbidden is said in words, each for itself: who may not see a directory may yet see the masks.
//! Files that wait for the process's memory (its command line) are not read: a hung process shall not hang the screen.

use super::identity::find;
use crate::event::ProcKey;
use crate::signal::SignalSet;
use crate::ui::facts::{Facts, Masks, THREADS_MAX};
use procfs::process::{Process, Status};
use procfs::{ProcError, ProcResult};
use std::path::PathBuf;

/// Reads them; the list of threads only where it is asked for.
///
/// # Errors
/// Why nothing can be told, in words.
pub fn read(key: &ProcKey, threads: bool) -> Result<Box<Facts>, &'static str> {
    let process = find(key).map_err(|absent| absent.words())?;
    let status = process.status().map_err(|e| why(&e))?;
    let threads = if threads { thread_names(&process) } else { Vec::new() };
    Ok(Box::new(Facts {
        state: state(&status.state),
        masks: masks(&status),
        thread_count: status.threads,
        threads,
        cwd: path(process.cwd()),
        exe: path(process.exe()),
        cgroup: cgroup(&process),
    }))
}

fn masks(status: &Status) -> Masks {
    let set = SignalSet::from_bits;
    Masks {
        caught: set(status.sigcgt),
        blocked: set(status.sigblk),
        ignored: set(status.sigign),
        pending: set(status.shdpnd),
        pending_own: set(status.sigpnd),
    }
}

/// `S (sleeping)` as one word.
fn state(text: &str) -> &'static str {
    match text.as_bytes().first() {
        Some(b'R') => "running",
        Some(b'S') => "sleeping",
        Some(b'D') => "in uninterruptible sleep",
        Some(b'T') => "stopped",
        Some(b't') => "stopped by a tracer",
        Some(b'Z') => "a zombie",
        Some(b'X' | b'x') => "dead",
        Some(b'I') => "idle",
        _ => "in a state not known",
    }
}

fn path(path: ProcResult<PathBuf>) -> Result<String, &'static str> {
    path.map(|path| path.to_string_lossy().into_owned()).map_err(|e| why(&e))
}

fn why(error: &ProcError) -> &'static str {
    match error {
        ProcError::PermissionDenied(_) => "not permitted",
        ProcError::NotFound(_) => "there is none",
        _ => "cannot be read",
    }
}

/// In the unified hierarchy; on a machine without it, in systemd's own.
fn cgroup(process: &Process) -> String {
    let groups = process.cgroups().map(|groups| groups.0).unwrap_or_default();
    let unified = groups.iter().find(|group| group.hierarchy == 0 && group.pathname != "/");
    let systemd = || groups.iter().find(|group| group.controllers.iter().any(|c| c == "name=systemd"));
    let any = || groups.iter().find(|group| group.hierarchy == 0);
    unified.or_else(systemd).or_else(any).map(|group| group.pathname.clone()).unwrap_or_default()
}

fn thread_names(process: &Process) -> Vec<(u32, String)> {
    let Ok(tasks) = process.tasks() else { return Vec::new() };
    let name = |tid: i32| {
        let comm = std::fs::read(format!("/proc/{}/task/{tid}/comm", process.pid())).ok()?;
        Some((u32::try_from(tid).ok()?, String::from_utf8_lossy(&comm).trim_end_matches('\n').to_string()))
    };
    tasks.flatten().take(THREADS_MAX).filter_map(|task| name(task.tid)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::identity::tests::Idle;
    use super::*;
    use crate::signal::Signal;

    #[test]
    fn a_child_is_told_as_it_is() {
        let idle = Idle::start();
        let key = idle.key();
        let facts = read(&key, true).unwrap();
        assert_eq!((facts.thread_count, facts.threads.len()), (1, 1));
        assert_eq!(facts.threads[0].0, key.pid);
        assert_eq!(facts.cwd.as_deref(), Ok(std::env::current_dir().unwrap().to_str().unwrap()));
        assert!(facts.masks.caught.is_empty() && !facts.masks.ignored.contains(Signal::TERM), "{facts:?}");
        assert!(read(&key, false).unwrap().threads.is_empty());
        assert_eq!(read(&idle.key_of_another(), false), Err("another process has that pid now"));
        drop(idle);
        assert_eq!(read(&key, false), Err("it is gone"));
    }

    #[test]
    fn masks_are_those_of_the_file() {
        let own = Process::myself().unwrap();
        let mut status = own.status().unwrap();
        (status.sigcgt, status.sigign, status.sigblk) = (1 << 14, 1 << 12, 1 << 0);
        (status.sigpnd, status.shdpnd) = (1 << 1, 1 << 2);
        let Masks { caught, blocked, ignored, pending, pending_own } = masks(&status);
        let sets = [caught, ignored, blocked, pending, pending_own].map(|set| set.to_string());
        assert_eq!(sets, ["TERM", "PIPE", "HUP", "QUIT", "INT"]);
        assert_eq!((state("T (stopped)"), state("")), ("stopped", "in a state not known"));
    }
}
