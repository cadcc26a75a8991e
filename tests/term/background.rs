//! The terminal belongs to somebody else: sigtop is in a process group that is not in front. It leaves the terminal
//! alone, stops as any program would, and ends when it is told to.

use super::pty::{CTRL_Z, Session};

const SIGTOP: &str = env!("CARGO_BIN_EXE_sigtop");

/// A shell that says at once what becomes of its jobs.
fn shell() -> Session {
    let mut session = Session::start(100, 30, "bash", &["--norc", "-i"], &[("PS1", "prompt> ")]);
    session.wait_for("prompt>").press("set -b\r").wait("set", |s| s.contents().matches("prompt>").count() > 1);
    session
}

fn leave(mut session: Session) {
    session.press("exec true\r"); // not `exit`, which asks again where a job is stopped
    assert_eq!(session.end().0, 0);
}

/// `timeout` of a script puts what it runs into a group of its own.
#[test]
fn a_script_with_a_timeout_goes_on() {
    let script = format!("timeout 0.5 '{SIGTOP}' --demo; echo \"ended with $?\"");
    let mut session = Session::start(100, 30, "bash", &["-c", &script], &[]);
    session.wait_for("ended with 124");
    assert_eq!(session.end().0, 0);
}

#[test]
fn started_in_the_background_it_waits_to_be_in_front() {
    let mut session = shell();
    session.press(&format!("'{SIGTOP}' --demo &\r"));
    session.wait_for("Stopped");
    assert!(!session.screen().alternate_screen());
    session.press("fg\r").wait("it is in front", |s| s.alternate_screen() && s.contents().contains("Processes"));
    session.press("q").wait("the shell again", |s| !s.alternate_screen());
    leave(session);
}

#[test]
fn started_in_the_background_it_is_ended() {
    let mut session = shell();
    session.press(&format!("'{SIGTOP}' --demo &\r"));
    session.wait_for("Stopped");
    session.press("kill -TERM %1; kill -CONT %1; wait; echo \"it is $((40 + 2))\"\r").wait_for("it is 42");
    leave(session);
}

#[test]
fn suspended_it_is_ended() {
    let mut session = shell();
    session.press(&format!("'{SIGTOP}' --demo\r")).wait_for("Processes").press(CTRL_Z);
    session.wait("the shell", |s| !s.alternate_screen() && s.contents().contains("Stopped"));
    session.press("kill -TERM %1; kill -CONT %1; wait; echo \"it is $((40 + 2))\"\r").wait_for("it is 42");
    assert!(!session.screen().alternate_screen());
    leave(session);
}

#[test]
fn sent_to_the_background_it_stops_again_and_is_ended_or_comes_back() {
    for comes_back in [true, false] {
        let mut session = shell();
        session.press(&format!("'{SIGTOP}' --demo\r")).wait_for("Processes").press(CTRL_Z);
        session.wait("the shell", |s| !s.alternate_screen() && s.contents().contains("Stopped"));
        session.press("bg\r").wait("stopped again", |s| s.contents().matches("Stopped").count() > 1);
        assert!(!session.screen().alternate_screen());
        if comes_back {
            session.press("fg %1\r").wait("back", |s| s.alternate_screen() && s.contents().contains("Processes"));
            session.press("q").wait("the shell again", |s| !s.alternate_screen());
        } else {
            session.press("kill -TERM %1; kill -CONT %1; wait; echo \"it is $((40 + 2))\"\r").wait_for("it is 42");
            assert!(!session.screen().alternate_screen());
        }
        leave(session);
    }
}
