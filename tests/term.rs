//! The real program on a real terminal (a pty, read back by a terminal emulator): it starts, obeys keys and sizes,
//! and gives the terminal back however it ends. Nothing here sleeps: a test waits for the screen it wants to see.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "term/attached.rs"]
mod attached;
#[path = "term/background.rs"]
mod background;
#[path = "term/comfort.rs"]
mod comfort;
#[path = "serve/daemon.rs"]
#[allow(dead_code)] // of what tests of serve need, a part
mod daemon;
mod pty;
#[path = "term/replay.rs"]
mod replay;
#[path = "term/sessions.rs"]
mod sessions;

use pty::{CTRL_C, CTRL_Z, ESC, Session, TAB, is_cooked, skipped};
use vt100::Screen;

#[test]
fn it_starts_and_quits() {
    let mut session = Session::demo(120, 36);
    session.wait_for("DEMO").wait_for("Processes").wait_for("systemd");
    assert!(session.screen().alternate_screen());
    assert!(!is_cooked(&session));
    session.press("q");
    assert_eq!(session.end().0, 0);
}

#[test]
fn ctrl_c_quits() {
    let mut session = Session::demo(120, 36);
    session.wait_for("DEMO").press(CTRL_C);
    assert_eq!(session.end().0, 0);
}

#[test]
fn keys_are_obeyed() {
    let mut session = Session::demo(120, 36);
    session.wait_for("Processes").press("?").wait_for("page down").press(ESC);
    session.wait("help closed", |s| !s.contents().contains("page down"));
    session.press(" ").wait_for("PAUSED").press(" ").wait("going on", |s| !s.contents().contains("PAUSED"));
    session.press("s").wait_for("RTMIN+15").press("n").wait_for("0 of 64").press("\r");
    session.wait("nothing captured", |s| !s.contents().contains("capture: all"));
    session.press(TAB).press("q");
    assert_eq!(session.end().0, 0);
}

/// The rows of the log on a screen of 120x36: signal, sender, target.
fn rows(screen: &Screen) -> Vec<String> {
    let text = screen.contents();
    let rows = text.lines().skip(2).map(|line| line.chars().skip(48).collect::<String>());
    rows.filter(|row| row.get(1..4) == Some("17:")).map(|row| row.chars().skip(14).take(40).collect()).collect()
}

#[test]
fn filters_are_typed_applied_undone_and_refused() {
    const CTRL_U: &str = "\x15";
    let mut session = Session::demo(120, 36);
    session.wait_for("DEMO").wait_for("following");
    // A view: at once, of what is there already.
    session.press("F").wait_for("what fits is shown").press("sig:ALRM from:").press("x");
    session.press(CTRL_U).press("sig:ALRM\r");
    session.wait("only ALRM", |s| {
        s.contents().contains("view: sig:ALRM") && rows(s).len() > 2 && rows(s).iter().all(|row| row.contains("ALRM"))
    });
    session.press("u").wait_for("undone: view again everything");
    session.wait("all", |s| rows(s).iter().any(|row| !row.contains("ALRM")));
    session.press("U").wait_for("redone: view sig:ALRM");
    session.wait("only ALRM again", |s| rows(s).iter().all(|row| row.contains("ALRM")));
    session.press("u").wait_for("undone");
    // A capture: from now on, and said in the stream.
    session.press("f").wait_for("every signal is captured");
    session.press("sig:USR1,ALRM frm:x to:y\r").wait_for("col 15").wait_for("did you mean from:?");
    session.press(CTRL_U).press("sig:ALRM,USR1\r");
    session.wait_for("capture: sig:USR1,ALRM").wait_for("from here on: sig:USR1,ALRM");
    session.wait_for(" out");
    session.press("u").wait_for("undone: capture again everything").wait_for("capture: all");
    // A row of the tree.
    session.press("x").wait_for("Capture all but").press("3").wait_for("capture: !to:1");
    session.press("q");
    assert_eq!(session.end().0, 0);
}

#[test]
fn it_fits_every_size() {
    let mut session = Session::demo(200, 50);
    session.wait_for("COMMAND");
    session
        .resize(80, 24)
        .wait("80 columns", |s| s.contents().contains("Signals") && !s.contents().contains("COMMAND"));
    session.resize(30, 5).wait_for("40x12");
    let lines = session.text().lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 2, "{}", session.text());
    session.resize(120, 36).wait_for("By sender").press("q");
    assert_eq!(session.end().0, 0);
}

#[test]
fn signals_that_end_it_give_the_terminal_back() {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::HUP, rustix::process::Signal::INT] {
        let mut session = Session::demo(80, 24);
        session.wait_for("Processes").kill(signal);
        assert_eq!(session.end().0, 0, "{signal:?}");
    }
}

/// The hook is in debug builds only, which tests are.
#[test]
fn a_panic_gives_the_terminal_back_and_is_readable() {
    let mut session = Session::start(
        80,
        24,
        env!("CARGO_BIN_EXE_sigtop"),
        &["--demo"],
        &[("SIGTOP_PANIC", "as asked"), ("RUST_BACKTRACE", "0")],
    );
    session.wait("the panic", |s| s.contents().contains("panicked"));
    let (code, text) = session.end();
    assert_eq!(code, 101);
    assert!(text.contains("as asked"), "{text}");
}

#[test]
fn it_is_suspended_and_comes_back() {
    let mut session = Session::start(100, 30, "bash", &["--norc", "-i"], &[("PS1", "prompt> ")]);
    session.wait_for("prompt>").press(concat!(env!("CARGO_BIN_EXE_sigtop"), " --demo\r"));
    session.wait_for("Processes").press(CTRL_Z);
    session.wait("the shell", |s| !s.alternate_screen() && s.contents().contains("Stopped"));
    assert!(!session.screen().hide_cursor());
    session.press("fg\r").wait("back", |s| s.alternate_screen() && s.contents().contains("Processes"));
    session.press("q").wait("the shell again", |s| !s.alternate_screen());
    session.press("exit\r");
    assert_eq!(session.end().0, 0);
}

#[test]
fn no_color_is_obeyed() {
    let has_colour = |screen: &Screen| {
        let (rows, columns) = screen.size();
        let cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
        cells.filter_map(|(row, column)| screen.cell(row, column)).any(|cell| cell.fgcolor() != vt100::Color::Default)
    };
    for (env, args, colour) in [
        (&[][..], &["--demo"][..], true),
        (&[("NO_COLOR", "1")][..], &["--demo"][..], false),
        (&[("NO_COLOR", "1")][..], &["--demo", "--color", "always"][..], true),
    ] {
        let mut session = Session::start(100, 30, env!("CARGO_BIN_EXE_sigtop"), args, env);
        session.wait_for("handled");
        assert_eq!(has_colour(session.screen()), colour, "{env:?} {args:?}");
        session.press("q");
        session.end();
    }
}

#[test]
fn a_locale_without_utf8_gets_ascii() {
    let mut session = Session::start(100, 30, env!("CARGO_BIN_EXE_sigtop"), &["--demo"], &[("LC_ALL", "C")]);
    session.wait_for("Processes");
    assert!(session.text().is_ascii(), "{}", session.text());
    session.press("q");
    assert_eq!(session.end().0, 0);
}

#[test]
fn a_terminal_that_cannot_place_text_is_said() {
    let mut session = Session::start(80, 24, env!("CARGO_BIN_EXE_sigtop"), &["--demo"], &[("TERM", "dumb")]);
    session.wait_for("sigtop log");
    assert_eq!(session.end().0, 3);
}

#[test]
fn rows_are_copied_to_the_terminals_clipboard() {
    let mut session = Session::demo(120, 36);
    session.wait_for("DEMO").wait_for("handled").press(" ").wait_for("PAUSED").press(TAB).press("\x1b[A");
    session.press("y");
    let text = session.wait_for_clipboard();
    assert!(text.contains("] SIGNAL: SIG") && text.contains(" -> ["), "{text}");
    session.wait_for("copied: [").press("Y");
    let json: serde_json::Value = serde_json::from_str(&session.wait_for_clipboard()).unwrap();
    assert_eq!(json["type"], "signal");
    let name = json["signal"].as_str().unwrap();
    assert!(text.contains(&format!("SIGNAL: {name} ({})", json["signr"])), "{text}\n{json}");
    session.press("\r").wait_for("by default").press("y");
    let page = session.wait_for_clipboard();
    assert!(page.starts_with(&format!("Signal {name}\n")) && page.contains("\nwhen    "), "{page}");
    session.press(ESC).wait("page closed", |s| !s.contents().contains("by default")).press("q");
    assert_eq!(session.end().0, 0);
}

#[test]
fn what_is_shown_is_written_to_a_file_that_was_not_there() {
    const CTRL_S: &str = "\x13";
    const CTRL_U: &str = "\x15";
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("export-{}.jsonl", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let mut session = Session::demo(120, 36);
    session.wait_for("DEMO").wait_for("handled").press(CTRL_S).wait_for("write to").wait_for(".log");
    session.press(CTRL_U).press(path.to_str().unwrap()).wait_for("as JSON Lines").press("\r").wait_for("written to");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines[0]["type"].as_str(), lines[1]["type"].as_str()), (Some("header"), Some("signal")));
    session.press(CTRL_S).wait_for("write to").press(CTRL_U).press(path.to_str().unwrap()).press("\r");
    session.wait_for("exists already: choose another name");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    session.press(ESC).wait("prompt closed", |s| !s.contents().contains("write to")).press("q");
    assert_eq!(session.end().0, 0);
    std::fs::remove_file(&path).unwrap();
}

/// This kernel, not the demo: needs root.
#[test]
fn the_live_kernel_is_shown() {
    if !rustix::process::geteuid().is_root() {
        return skipped("needs root", "the_live_kernel_is_shown");
    }
    let mut session = Session::start(160, 40, env!("CARGO_BIN_EXE_sigtop"), &[], &[]);
    session.wait_for("LIVE").wait_for("following");
    let mut victim = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    view_only(&mut session, victim.id());
    victim.kill().unwrap();
    victim.wait().unwrap();
    // By its pid: spawn returns when exec closes its descriptors, which is before exec renames the process.
    let row = format!(" {} ", victim.id());
    session
        .wait("the victim's row", |s| s.contents().lines().any(|line| line.contains(&row) && line.contains("killed")));
    session.press("q");
    assert_eq!(session.end().0, 0);
}

/// What is selected is sent to, and to nobody else: the signal, its outcome and the death are then seen as any other.
#[test]
fn a_signal_is_sent_from_the_screen() {
    if !rustix::process::geteuid().is_root() {
        return skipped("needs root", "a_signal_is_sent_from_the_screen");
    }
    let (mut victim, mut other) = (Sleep::start(), Sleep::start());
    let (pid, name) = (victim.0.id(), format!("sleep {}", victim.0.id()));
    let mut session = Session::start(160, 50, env!("CARGO_BIN_EXE_sigtop"), &[&pid.to_string()], &[]);
    session.wait_for("LIVE").wait_for("Processes");
    session.wait_for(&format!("Process {name} "));
    session.press("k").wait_for(&format!("Send to {name}")).press("term\r");
    session.wait_for(&format!("Send SIGTERM (15) to {name} (uid 0")).press("\r").press("y");
    session.wait_for(&format!("SIGTERM sent to {name}"));
    let is_row = |line: &str| line.contains("TERM") && line.contains("sigtop ") && line.contains("killed");
    session.wait("its row", |s| s.contents().lines().any(|line| line.contains(&name) && is_row(line)));
    session.wait("its end", |s| s.contents().lines().any(|l| l.contains("✗ sleep") && l.contains("TERM by sigtop(")));
    session.press("\r").wait_for("ended   SIGTERM").wait_for("pidfd_send_signal(), si_code SI_USER");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&victim.0.wait().unwrap()), Some(15));
    assert_eq!(other.0.try_wait().unwrap(), None);
    session.press(ESC).wait("the page closed", |s| !s.contents().contains("si_code"));
    session.press("k").wait_for("is dead: nothing can be sent to it").press("q");
    assert_eq!(session.end().0, 0);
}

/// Rows about this process alone: on a busy machine others' push them off the screen before anybody has looked.
fn view_only(session: &mut Session, pid: u32) {
    session.press("F").wait_for("what fits is shown").press(&format!("pid:{pid}\r"));
    session.wait_for(&format!("view: pid:{pid}"));
}

/// A process that does nothing, gone with the value; who reads the test's output need not wait for it.
struct Sleep(std::process::Child);

impl Sleep {
    fn start() -> Sleep {
        let mut command = std::process::Command::new("sleep");
        let null = std::process::Stdio::null;
        Sleep(command.arg("1000").stdin(null()).stdout(null()).stderr(null()).spawn().unwrap())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn read_only_sends_nothing() {
    let mut session = Session::start(120, 36, env!("CARGO_BIN_EXE_sigtop"), &["--demo", "--read-only"], &[]);
    session.wait_for("DEMO").wait_for("Enter open");
    assert!(!session.text().contains("k kill"));
    session.press("k").wait_for("read-only: no signal is sent").press("q");
    assert_eq!(session.end().0, 0);
}

/// `script` is the terminal here: killed, it hangs up.
#[test]
fn a_terminal_that_is_gone_ends_it() {
    for _ in 0..5 {
        let program = format!("stty rows 24 cols 80; exec {} --demo", env!("CARGO_BIN_EXE_sigtop"));
        let mut script = std::process::Command::new("script")
            .args(["-qfc", &program, "/dev/null"])
            .env("TERM", "xterm-256color")
            .env("SHELL", "/bin/sh") // which it runs the program by
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut drawn = [0; 4096];
        let out = script.stdout.as_mut().unwrap();
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("Processes") {
            let got = std::io::Read::read(out, &mut drawn).unwrap();
            assert!(got > 0, "it ended: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&drawn[..got]);
        }
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", script.id())).unwrap();
        let sigtop: u32 = children.split_whitespace().next().unwrap().parse().unwrap();
        script.kill().unwrap();
        script.wait().unwrap();
        let end = std::time::Instant::now() + pty::GIVE_UP;
        while is_running(sigtop) {
            assert!(std::time::Instant::now() < end, "it goes on without a terminal");
            std::thread::yield_now();
        }
    }
}

/// Whether a process lives: who ended and was not waited for does not.
fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
