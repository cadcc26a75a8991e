//! Whole sessions, as somebody has them who looks for who killed a process: on this kernel, and in the demo.

use super::Sleep;
use super::pty::{ESC, Session, skipped};
use rustix::process::{Pid, Signal, kill_process};
use vt100::Screen;

/// Whether a line of the screen has all of these.
fn has(screen: &Screen, parts: &[&str]) -> bool {
    screen.contents().lines().any(|line| parts.iter().all(|part| line.contains(part)))
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid as i32).unwrap(), signal).unwrap();
}

/// Started, seen to appear, signalled, filtered to, paused, opened, killed from the dashboard, its death explained.
#[test]
fn from_its_first_moment_to_its_death_card() {
    if !rustix::process::geteuid().is_root() {
        return skipped("needs root", "from_its_first_moment_to_its_death_card");
    }
    let mut session = Session::start(160, 50, env!("CARGO_BIN_EXE_sigtop"), &[], &[]);
    session.wait_for("LIVE").wait_for("following");

    let mut prey = Sleep::start();
    let (pid, name) = (prey.0.id(), format!("sleep {}", prey.0.id()));
    session.press(&format!("/{pid} sleep")).wait_for("1 match").press("\r");
    let title = format!("Process {name} ");
    session.wait_for(&format!("┬ {title}"));
    super::view_only(&mut session, pid);

    send(pid, Signal::STOP);
    session.wait("it stopped", |s| has(s, &["STOP", &name, "stopped"]));
    send(pid, Signal::CONT);
    session.wait("it went on", |s| has(s, &["CONT", &name, "continued"]));

    session.press("o").wait_for("Capture only").press("\r").wait_for(&format!("capture: pid:{pid}"));
    session.press(" ").wait_for("PAUSED +0");
    send(pid, Signal::WINCH);
    session.wait("the signal is counted and not shown", |s| {
        !s.contents().contains("PAUSED +0") && !has(s, &["WINCH", &name])
    });
    session.press(" ").wait("it goes on where it was", |s| has(s, &["WINCH", &name, "ignored default"]));

    session.press("\r").wait_for(&format!("┌ {title}")).wait_for("blocked").wait_for("/sleep");
    session.press(ESC).wait("the page to close", |s| !s.contents().contains(&format!("┌ {title}")));
    session.press("k").wait_for(&format!("Send to {name}")).press("kill\r");
    session.wait_for(&format!("Send SIGKILL (9) to {name} (uid 0")).press("y").wait_for("SIGKILL sent to");
    session.wait("its row", |s| has(s, &["KILL", "sigtop ", &name, "killed"]));
    session.wait("its mark in the tree", |s| has(s, &["✗ sleep", "KILL by sigtop("]));
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&prey.0.wait().unwrap()), Some(9));
    session.press("\r").wait("its death card", |s| has(s, &["ended", "SIGKILL"]) && has(s, &["sent by", "sigtop("]));
    session.wait("what was before", |s| has(s, &["STOP"]) && has(s, &["CONT"]));
    session.press(ESC).wait("the card to close", |s| !has(s, &["sent by"]));
    session.press("q");
    assert_eq!(session.end().0, 0);
}

/// Needs nobody's rights: the demo has a service that is stopped the hard way.
#[test]
fn who_killed_java_in_the_demo() {
    let mut session = Session::demo(120, 36);
    session.wait("java was killed", |s| has(s, &["✗ java", "KILL by systemd(1)"]));
    session.press("/700 java").wait_for("1 match").press("\r").wait_for("Process java ");
    session.press("\r").wait_for("sent by systemd(1)").wait_for("it was still alive").wait_for("SIGTERM");
    session.press(ESC).wait("the card to close", |s| !has(s, &["sent by"]));
    session.press("k").wait_for("there is nobody to send to");
    session.press("\x1b\x1b").wait("all processes again", |s| s.contents().contains("systemd-journal"));
    // From the signals to who sends most, to whom, and back.
    session.press("3\r").wait_for("›").press("\r").wait_for("targets").press("\x7f\x7f");
    session.wait("the senders again", |s| s.contents().contains("By sender"));
    session.press("2\x1b[A").wait("a row is selected", |s| s.contents().contains("Signal SIG")).press("\r");
    session.wait_for("si_code").press("T").wait_for("Backspace goes back").press("\x7f").wait_for("si_code");
    session.press("\x1b\x1bq");
    assert_eq!(session.end().0, 0);
}
