//! A program on a real terminal: a pty, read back by a terminal emulator. Nothing here sleeps: a test waits for the
//! screen that it wants to see.

#![allow(dead_code)] // each test program uses its part

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use vt100::{MouseProtocolMode, Parser, Screen};

/// Only so that a broken program ends the test: nothing is judged by time.
pub const GIVE_UP: Duration = Duration::from_secs(60);

pub const TAB: &str = "\t";
pub const ESC: &str = "\x1b";
pub const CTRL_Z: &str = "\x1a";
pub const CTRL_C: &str = "\x03";

/// So many bytes are kept for a look at them: a storm brings more than anybody wants to see.
const RAW: usize = 4 << 20;

pub struct Session {
    parser: Parser,
    /// The first bytes that came.
    raw: Vec<u8>,
    output: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    pub master: Box<dyn MasterPty + Send>,
    pub child: Box<dyn Child + Send + Sync>,
}

pub fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { cols: columns, rows, pixel_width: 0, pixel_height: 0 }
}

pub fn nonzero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

impl Session {
    pub fn start(columns: u16, rows: u16, program: &str, args: &[&str], env: &[(&str, &str)]) -> Session {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8"); // which goes before all others
        command.env("TZ", "UTC"); // the demo begins at 17:31 there
        command.env_remove("NO_COLOR");
        command.env_remove("COLORTERM");
        // Nothing of who runs the tests is read, and nothing is left with them.
        for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
            command.env(name, concat!(env!("CARGO_TARGET_TMPDIR"), "/nobody"));
        }
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
        let parser = Parser::new(nonzero(rows), nonzero(columns), 0);
        Session { parser, raw: Vec::new(), output, keys, master: pair.master, child }
    }

    pub fn demo(columns: u16, rows: u16) -> Session {
        Session::start(columns, rows, env!("CARGO_BIN_EXE_sigtop"), &["--demo=7"], &[])
    }

    pub fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    pub fn text(&self) -> String {
        self.screen().contents()
    }

    /// Reads until the screen is as wanted.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&Screen) -> bool) -> &mut Session {
        let end = Instant::now() + GIVE_UP;
        while !wanted(self.parser.screen()) {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!("{what}: {error}; the screen is:\n{}", self.text()),
            }
        }
        self
    }

    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend(bytes.iter().take(RAW.saturating_sub(self.raw.len())));
        self.parser.process(bytes);
    }

    /// Reads until the program has put something into the clipboard (OSC 52): what.
    pub fn wait_for_clipboard(&mut self) -> String {
        let end = Instant::now() + GIVE_UP;
        let mut bytes = Vec::new();
        loop {
            let new = self.output.recv_timeout(end.saturating_duration_since(Instant::now())).unwrap();
            self.take(&new);
            bytes.extend(new);
            let text = String::from_utf8_lossy(&bytes);
            if let Some((copy, _)) = text.split_once("\x1b]52;c;").and_then(|(_, rest)| rest.split_once("\x1b\\")) {
                return String::from_utf8(decoded(copy)).unwrap();
            }
        }
    }

    pub fn wait_for(&mut self, text: &str) -> &mut Session {
        self.wait(text, |screen| screen.contents().contains(text))
    }

    pub fn press(&mut self, keys: &str) -> &mut Session {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self
    }

    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Session {
        self.master.resize(size(columns, rows)).unwrap();
        self.parser.screen_mut().set_size(nonzero(rows), nonzero(columns));
        self
    }

    pub fn kill(&mut self, signal: rustix::process::Signal) -> &mut Session {
        let pid = rustix::process::Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        self
    }

    /// Reads to the end; the terminal must be given back. Returns the exit code and the text on the main screen.
    pub fn end(self) -> (u32, String) {
        let (code, text, _) = self.end_raw();
        (code, text)
    }

    /// The same, and the bytes that came.
    pub fn end_raw(mut self) -> (u32, String, Vec<u8>) {
        let status = self.child.wait().unwrap();
        // The pty ends with its last program; on Linux that is an error of read, which ends the reading thread.
        drop(std::mem::replace(&mut self.keys, Box::new(std::io::sink())));
        loop {
            match self.output.recv_timeout(GIVE_UP) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the terminal was not closed"),
            }
        }
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was not left");
        assert!(!screen.hide_cursor(), "the cursor was not shown again");
        assert_eq!(screen.mouse_protocol_mode(), MouseProtocolMode::None, "the mouse was not given back");
        let text = screen.contents();
        (status.exit_code(), text, self.raw)
    }
}

/// Whether the line discipline is as a shell wants it: lines, echoed (termios(3): ICANON, ECHO).
pub fn is_cooked(session: &Session) -> bool {
    const ICANON: u32 = 0x2;
    const ECHO: u32 = 0x8;
    let flags = session.master.get_termios().unwrap().local_flags.bits();
    flags & (ICANON | ECHO) == ICANON | ECHO
}

/// The bytes of a base64 text.
fn decoded(text: &str) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut held, mut bits) = (0u32, 0);
    for letter in text.bytes().filter(|b| *b != b'=') {
        let value = LETTERS.iter().position(|l| *l == letter).unwrap_or_else(|| panic!("no base64: {text}"));
        (held, bits) = (held << 6 | value as u32, bits + 6);
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
        }
    }
    out
}

/// Past the test runner's capture, for a skip must be seen.
pub fn skipped(why: &str, name: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED ({why}): {name}");
}
