//! `sigtop why --wait` of a process that ends while sigtop still attaches, on a machine that is never quiet.

use crate::harness::{self, GUARD};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;

/// Killed when it goes.
struct Working(Child);

impl Drop for Working {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn working(program: &str, args: &[&str]) -> Working {
    Working(Command::new(program).args(args).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap())
}

/// Whether this process has begun to look into the kernel: then it has looked at whom it waits for.
fn is_attaching(pid: u32) -> bool {
    let tasks = Path::new("/proc").join(pid.to_string()).join("task");
    let names = std::fs::read_dir(tasks).into_iter().flatten().flatten();
    names
        .filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok())
        .any(|name| name.trim() == "sigtop-bpf")
}

#[test]
fn who_ends_meanwhile_is_not_waited_for() {
    let Some(_leave) = harness::beside_others("who_ends_meanwhile_is_not_waited_for") else { return };
    let _busy = working("sh", &["-c", "while :; do /bin/true; done"]);
    let mut target = working("sleep", &["1000"]);
    let pid = target.0.id().to_string();
    let mut sigtop = working(env!("CARGO_BIN_EXE_sigtop"), &["why", "--wait", &pid, "--config", "/dev/null"]);
    while !is_attaching(sigtop.0.id()) {
        assert!(sigtop.0.try_wait().unwrap().is_none(), "it ended before it attached");
        std::thread::yield_now();
    }
    target.0.kill().unwrap();
    target.0.wait().unwrap();
    // It says why, or that this was not seen, but it does end.
    let (ended, end) = channel();
    let stderr = BufReader::new(sigtop.0.stderr.take().unwrap());
    std::thread::spawn(move || {
        let said: Vec<String> = stderr.lines().map_while(Result::ok).collect();
        let _ = ended.send(said);
    });
    let said = end.recv_timeout(GUARD).expect("it waits for ever");
    assert!(said.iter().any(|line| line.contains(&pid)), "{said:?}");
}
