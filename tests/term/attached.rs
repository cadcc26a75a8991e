//! The dashboard of a running daemon.

use super::daemon::{Daemon, Room, SIGTOP};
use super::pty::Session;

/// A log that stays empty because nobody looks is no quiet machine: what the daemon does not tell is said below it.
#[test]
fn what_its_daemon_does_not_tell_is_said_when_it_is_asked_for() {
    let room = Room::new("dashboard");
    for (socket, more, tells) in [("s", &[][..], false), ("t", &["--events", "open"], true)] {
        let socket = room.at(socket);
        let socket = socket.to_str().unwrap();
        let daemon = Daemon::start(&[&["--demo=7", "--socket", socket], more].concat());
        let mut session = Session::start(120, 36, SIGTOP, &["--connect", socket], &[]);
        session.wait_for("ATTACHED").press("f").press("kind:open\r").wait_for("capture: kind:open");
        if tells {
            session.wait("a row of an open", |s| s.contents().contains("OPEN "));
        } else {
            session.wait_for("start the daemon with --events open for all of it: it tells no open");
        }
        assert_eq!(session.text().contains("start the daemon with"), !tells);
        session.press("q");
        assert_eq!(session.end().0, 0);
        assert!(daemon.end().0.success());
    }
}
