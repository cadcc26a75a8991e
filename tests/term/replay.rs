//! The real program on a recording: played, gone about in, and given up again.

use super::pty::{ESC, Session};
use sigtop::event::Event;
use sigtop::sink::{Sink, json::Json};
use sigtop::source::synth::{self, Synth};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use vt100::Screen;

const SECOND: u64 = 1_000_000_000;
const CTRL_U: &str = "\x15";

/// A recording of the demo, from 17:31:00 to 17:31:50.
struct Tape(PathBuf);

impl Tape {
    fn new(name: &str) -> Tape {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.jsonl", std::process::id()));
        let (header, mut sink) = (synth::header(), Json::new(File::create(&path).unwrap()));
        sink.header(&header).unwrap();
        let end = header.mono_ns + 50 * SECOND;
        Synth::new(7).take_while(|event| event.mono_ns() <= end).for_each(|event: Event| sink.event(&event).unwrap());
        sink.flush().unwrap();
        Tape(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn play(&self, args: &[&str]) -> Session {
        let args: Vec<&str> = ["--replay", self.path()].into_iter().chain(args.iter().copied()).collect();
        Session::start(120, 36, env!("CARGO_BIN_EXE_sigtop"), &args, &[("TZ", "UTC")])
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The line of time, and the last line.
fn below(screen: &Screen) -> (String, String) {
    let text = screen.contents();
    let mut lines = text.lines().rev().map(String::from);
    let last = lines.next().unwrap_or_default();
    (lines.next().unwrap_or_default(), last)
}

fn shows(session: &mut Session, parts: &[&str]) {
    session.wait(&format!("{parts:?}"), |s| parts.iter().all(|part| below(s).0.contains(part)));
}

#[test]
fn it_plays_pauses_steps_and_jumps() {
    let tape = Tape::new("plays");
    let mut session = tape.play(&[]);
    session.wait_for("► REPLAY").wait_for("Processes").wait_for("systemd");
    shows(&mut session, &["► 17:31:", " 1x"]);
    // Time passes by itself, and stands when it is paused. Which seconds are seen is the machine's affair.
    let begun = below(session.screen()).0;
    session.wait("another second", |s| below(s).0.contains("► 17:31:") && below(s).0 != begun);
    session.press(" ").wait_for("‖ REPLAY");
    shows(&mut session, &["‖ 17:31:", "paused 1x"]);
    session.press("))");
    shows(&mut session, &["paused 5x"]);
    session.press("=((");
    shows(&mut session, &["paused 0.25x"]);
    // To a time, a wrong one first.
    session.press(":").wait_for("go to").press("17:31:77\r").wait_for("col 7: seconds are 0 to 59");
    session.press(CTRL_U).press("17:31:20.5\r");
    shows(&mut session, &["‖ 17:31:20.500"]);
    let before = below(session.screen()).0;
    session.press(".").wait("a step", |s| below(s).0 != before && below(s).0.contains("‖ 17:31:2"));
    session.press("\x1b[1;5D"); // Ctrl-Left
    shows(&mut session, &["‖ 17:31:1"]);
    session.press("d").wait("a death", |s| below(s).1.contains(" was killed by SIG"));
    session.press("\r").wait_for("ended   SIG").press(ESC).wait("closed", |s| !s.contents().contains("ended   SIG"));
    session.press("E");
    shows(&mut session, &["■ 17:31:", "END"]);
    session.press("d").wait_for("this is the end");
    session.press("B");
    shows(&mut session, &["‖ 17:31:00.000", "paused"]);
    session.press("D").wait_for("no death by a signal before this");
    session.press("k").wait_for("this is a recording");
    session.press("fsig:ALRM\r").wait_for("capture: sig:ALRM");
    session.press(":50%\r");
    shows(&mut session, &["‖ 17:31:2"]);
    session.wait("only ALRM is shown", |s| {
        let rows = super::rows(s);
        !rows.is_empty() && rows.iter().all(|row| row.contains("ALRM") || row.contains("filter"))
    });
    session.press("q");
    assert_eq!(session.end().0, 0);
}

#[test]
fn it_begins_where_it_is_told_to() {
    let tape = Tape::new("begins");
    for (args, wanted) in [
        (&["--at", "17:31:30", "--speed", "0.1"][..], "► 17:31:30."),
        (&["--at=-10s", "--speed", "0.1x"][..], "► 17:31:39."),
        (&["--at", "+12s", "--speed", "0.1x"][..], "► 17:31:12."),
        (&["--at", "end"][..], "■ 17:31:49."),
    ] {
        let mut session = tape.play(args);
        shows(&mut session, &[wanted]);
        session.press("q");
        assert_eq!(session.end().0, 0);
    }
    let wrong = |args: &[&str], words: &str| {
        let (code, text) = tape.play(args).end();
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(words), "{text}");
    };
    wrong(&["--at", "17:31:77"], "this is no time to begin at: col 7: seconds are 0 to 59");
    wrong(&["--at", "12:00"], "it is recorded from 2026-11-20 17:31:00 to 17:31:");
    wrong(&["--speed", "3x"], "there is no speed");
}

/// What comes through a pipe comes once: it is followed as live, and paused as live; at its end time stands still.
#[test]
fn a_pipe_is_followed() {
    let tape = Tape::new("pipe");
    let command = format!("cat '{}' | '{}' --replay -", tape.path(), env!("CARGO_BIN_EXE_sigtop"));
    let mut session = Session::start(120, 36, "sh", &["-c", &command], &[("TZ", "UTC")]);
    session.wait_for("the stream has ended").wait_for("■ ENDED 17:31:49").wait_for("handled");
    assert!(!below(session.screen()).0.contains("17:31"), "there is no play head");
    session.press(" ").wait_for("PAUSED +0").press(" ").wait("it goes on", |s| !s.contents().contains("PAUSED"));
    session.press("d").wait_for("this comes from a pipe").press(":").wait_for("go to").press("q\r");
    session.wait("the prompt is closed", |s| !s.contents().contains("go to")).wait_for("ENDED").press("q");
    assert_eq!(session.end().0, 0);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_played() {
    let tape = Tape::new("damaged");
    let text = std::fs::read_to_string(&tape.0).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(500, "{\"v\":1,\"type\":\"sig");
    lines.insert(600, "what is this");
    let mut file = File::create(&tape.0).unwrap();
    lines.iter().for_each(|line| writeln!(file, "{line}").unwrap());
    drop(file);
    let mut session = tape.play(&["--at", "end"]);
    session.wait_for("unreadable 2").wait("the newest is said", |s| below(s).1.contains("line 601:"));
    // Read again, it is known.
    session.press("B").wait("nothing is said", |s| !below(s).1.contains("line") && below(s).0.contains("17:31:00"));
    session.press("q");
    assert_eq!(session.end().0, 0);
}
