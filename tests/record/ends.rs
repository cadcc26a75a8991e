//! What ends a recorder, and what does not.

use crate::{Recorder, Scratch, read, until};
use rustix::process::Signal;
use std::process::Command;

/// `nohup` ignores SIGHUP for whom it runs, and that is obeyed. A shell ignores SIGINT for what a script runs in the
/// background, and still it is how the script ends it.
#[test]
fn a_hang_up_that_was_ignored_at_the_start_does_not_end_it() {
    let scratch = Scratch::new("nohup");
    let file = scratch.join("x.jsonl");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP INT; exec \"$0\" record --demo -o \"$1\""]);
    command.arg(env!("CARGO_BIN_EXE_sigtop")).arg(&file);
    let recorder = Recorder::run(command);
    until("header", || !read(&file).headers.is_empty());
    recorder.send(Signal::HUP);
    let before = read(&file).events.len();
    until("more events", || read(&file).events.len() > before || recorder.is_over());
    assert!(!recorder.is_over(), "it has ended");
    recorder.send(Signal::INT);
    let (status, said) = recorder.wait();
    assert!(status.success() && read(&file).is_whole, "{said:#?}");
}
