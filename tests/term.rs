//! The real program on a real terminal (a pty, read back by a terminal emulator): it starts, obeys keys and sizes,
//! and gives the terminal back however it ends. Nothing here sleeps: a test waits for the screen it wants to see.

#![allow(clippy::unwrap_used, clippy::panic)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use vt100::{MouseProtocolMode, Parser, Screen};

/// Only so that a broken program ends the test: nothing is judged by time.
const GIVE_UP: Duration = Duration::from_secs(20);

const TAB: &str = "\t";
const ESC: &str = "\x1b";
const CTRL_Z: &str = "\x1a";
const CTRL_C: &str = "\x03";

struct Session {
    parser: Parser,
    output: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { cols: columns, rows, pixel_width: 0, pixel_height: 0 }
}

fn nonzero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

impl Session {
    fn start(columns: u16, rows: u16, program: &str, args: &[&str], env: &[(&str, &str)]) -> Session {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env_remove("NO_COLOR");
        env.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 65536];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Session { parser: Parser::new(nonzero(rows), nonzero(columns), 0), output, keys, master: pair.master, child }
    }

    fn demo(columns: u16, rows: u16) -> Session {
        Session::start(columns, rows, env!("CARGO_BIN_EXE_sigtop"), &["--demo=7"], &[])
    }

    fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    fn text(&self) -> String {
        self.screen().contents()
    }

    /// Reads until the screen is as wanted.
    fn wait(&mut self, what: &str, wanted: impl Fn(&Screen) -> bool) -> &mut Session {
        let end = Instant::now() + GIVE_UP;
        while !wanted(self.parser.screen()) {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(error) => panic!("{what}: {error}; the screen is:\n{}", self.text()),
            }
        }
        self
    }

    fn wait_for(&mut self, text: &str) -> &mut Session {
        self.wait(text, |screen| screen.contents().contains(text))
    }

    fn press(&mut self, keys: &str) -> &mut Session {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self
    }

    fn resize(&mut self, columns: u16, rows: u16) -> &mut Session {
        self.master.resize(size(columns, rows)).unwrap();
        self.parser.screen_mut().set_size(nonzero(rows), nonzero(columns));
        self
    }

    fn kill(&mut self, signal: rustix::process::Signal) -> &mut Session {
        let pid = rustix::process::Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        self
    }

    /// Reads to the end; the terminal must be given back. Returns the exit code and the text on the main screen.
    fn end(mut self) -> (u32, String) {
        let status = self.child.wait().unwrap();
        // The pty ends with its last program; on Linux that is an error of read, which ends the reading thread.
        drop(self.keys);
        loop {
            match self.output.recv_timeout(GIVE_UP) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the terminal was not closed"),
            }
        }
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was not left");
        assert!(!screen.hide_cursor(), "the cursor was not shown again");
        assert_eq!(screen.mouse_protocol_mode(), MouseProtocolMode::None, "the mouse was not given back");
        (status.exit_code(), screen.contents())
    }
}

/// Whether the line discipline is as a shell wants it: lines, echoed (termios(3): ICANON, ECHO).
fn is_cooked(session: &Session) -> bool {
    const ICANON: u32 = 0x2;
    const ECHO: u32 = 0x8;
    let flags = session.master.get_termios().unwrap().local_flags.bits();
    flags & (ICANON | ECHO) == ICANON | ECHO
}

/// Past the test runner's capture, for a skip must be seen.
fn skipped(why: &str, name: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED ({why}): {name}");
}

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
    session.press("x").wait_for("Capture all but").press("2").wait_for("capture: !to:1");
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

/// This kernel, not the demo: needs root.
#[test]
fn the_live_kernel_is_shown() {
    if !rustix::process::geteuid().is_root() {
        return skipped("needs root", "the_live_kernel_is_shown");
    }
    let mut session = Session::start(160, 40, env!("CARGO_BIN_EXE_sigtop"), &[], &[]);
    session.wait_for("LIVE").wait_for("following");
    let mut victim = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    victim.kill().unwrap();
    victim.wait().unwrap();
    let row = format!("sleep {}", victim.id());
    session
        .wait("the victim's row", |s| s.contents().lines().any(|line| line.contains(&row) && line.contains("killed")));
    session.press("q");
    assert_eq!(session.end().0, 0);
}
