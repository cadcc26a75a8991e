//! The terminal: taken over, drawn to, listened to, and always given back.
//!
//! The only file that touches a terminal. However sigtop ends (quit, error, panic), the terminal is restored once:
//! by `Drop`, or by a panic hook that restores before the panic is printed. A terminal in front of which another process
//! group is belongs to that one: it is neither drawn to nor restored. Knows nothing of what is drawn.

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableMouseCapture, EnableMouseCapture, Event, EventStream};
use crossterm::style::force_color_output;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use futures_core::Stream;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::termios::{OptionalActions, tcgetattr, tcgetpgrp, tcsetattr};
use std::future::poll_fn;
use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::pin::Pin;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

/// Whether the terminal is ours, so that it is given back exactly once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A terminal that is ours as long as this lives.
pub struct Term {
    screen: Screen<BufWriter<Stdout>>,
    mouse: bool,
}

/// What is on the screen, and the way to change it.
pub struct Screen<W: Write> {
    backend: CrosstermBackend<W>,
    shown: Buffer,
    /// The picture that is to be there; kept, for its memory.
    next: Buffer,
    /// Nobody knows what is on the screen: it was somebody else's, or had another size.
    is_unknown: bool,
}

impl<W: Write> Screen<W> {
    /// An empty screen behind this writer.
    pub fn new(writer: W) -> Screen<W> {
        Screen {
            backend: CrosstermBackend::new(writer),
            shown: Buffer::default(),
            next: Buffer::default(),
            is_unknown: true,
        }
    }

    /// Draws one picture: sends what changed.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn draw(&mut self, area: Rect, picture: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        if self.is_unknown || self.shown.area != area {
            self.is_unknown = true;
            self.shown.resize(area);
            self.shown.reset();
            self.next.resize(area);
        }
        self.next.reset();
        picture(&mut self.next);
        let changes = self.shown.diff(&self.next);
        if changes.is_empty() && !self.is_unknown {
            return Ok(());
        }
        queue!(self.backend, BeginSynchronizedUpdate)?;
        if std::mem::take(&mut self.is_unknown) {
            queue!(self.backend, Clear(ClearType::All))?;
        }
        self.backend.draw(changes.into_iter())?;
        execute!(self.backend, EndSynchronizedUpdate)?;
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    /// The next picture is sent whole.
    pub fn forget(&mut self) {
        self.is_unknown = true;
    }
}

/// A picture that changes everything on a large screen, in bytes: it goes to the terminal in one write.
const PICTURE_BYTES: usize = 1 << 16;

impl Term {
    /// Takes the terminal over: raw mode, alternate screen, the mouse if asked for, colours or none.
    ///
    /// # Errors
    /// Where standard output is no terminal, or cannot be set up; it is then as it was before.
    pub fn open(mouse: bool, colour: bool) -> io::Result<Term> {
        restore_on_panic();
        force_color_output(colour); // whoever asks has looked at NO_COLOR and --color; crossterm would look again
        if let Err(error) = take(mouse) {
            give_back();
            return Err(error);
        }
        Ok(Term { screen: Screen::new(BufWriter::with_capacity(PICTURE_BYTES, stdout())), mouse })
    }

    /// Draws one picture. Only what changed is sent, and shown at once where the terminal can; where nothing changed,
    /// nothing is sent; nor where the terminal is somebody else's.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        if !TAKEN.load(Ordering::SeqCst) || !is_in_front() {
            return Ok(());
        }
        let (width, height) = self.size()?;
        self.screen.draw(Rect::new(0, 0, width, height), picture)
    }

    /// Forgets what is on the screen: the next picture is sent whole.
    pub fn forget(&mut self) {
        self.screen.forget();
    }

    /// Puts text into the terminal's clipboard, where the terminal lets programs do so (OSC 52). It does not answer.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// Where the terminal does not say.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.screen.backend.size()?;
        Ok((size.width, size.height))
    }

    /// Gives the terminal back for a while, for a shell to use.
    pub fn suspend(&mut self) {
        give_back();
    }

    /// Takes the terminal over again. Its size may be another one now.
    ///
    /// # Errors
    /// Where it cannot be set up any more.
    pub fn resume(&mut self) -> io::Result<()> {
        self.forget();
        take(self.mouse)
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        give_back();
    }
}

/// Waits until this process group is in front of the terminal: the kernel stops who sets it and is not. To be called
/// while SIGTERM still ends the program by itself, for who is stopped here handles no signal.
///
/// # Errors
/// Where nobody could bring it to the front, or there is no terminal.
pub fn wait_for_turn() -> io::Result<()> {
    let terminal = stdout();
    Ok(tcsetattr(&terminal, OptionalActions::Now, &tcgetattr(&terminal)?)?)
}

/// Whether the terminal is ours to use. One that does not tell of groups is nobody else's.
pub fn is_in_front() -> bool {
    tcgetpgrp(stdout()).map_or(true, |group| group == getpgrp())
}

fn take(mouse: bool) -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    disable_raw_mode()?; // where it was stopped from outside, a shell has set what it likes in between
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, Hide)?;
    if mouse { execute!(stdout(), EnableMouseCapture) } else { Ok(()) }
}

/// Leaves the terminal as it was. Errors have nowhere to go: the terminal may be gone. Whoever is in front by now has
/// set it anew, and to set it from behind would stop us.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) && is_in_front() {
        let _ = execute!(stdout(), EndSynchronizedUpdate, DisableMouseCapture, LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
        let _ = stdout().flush();
    }
}

fn restore_on_panic() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
    });
}

/// Keys, mouse and changes of size, as they come.
pub struct Input {
    events: EventStream,
}

impl Input {
    /// Listens to the terminal. To be made after [`Term::open`].
    pub fn new() -> Input {
        Input { events: EventStream::new() }
    }

    /// The next one; `None` when the terminal is gone. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<io::Result<Event>> {
        poll_fn(|context| {
            if is_hung_up() {
                return Poll::Ready(None);
            }
            Pin::new(&mut self.events).poll_next(context)
        })
        .await
    }
}

/// Whether the terminal is gone: then crossterm waits for it for ever, and SIGHUP may be ignored. It is the one that is
/// drawn to: standard input may be a pipe with a recording, which ends while the terminal lives on.
fn is_hung_up() -> bool {
    let terminal = stdout();
    // Asked for nothing, poll(2) still tells of these.
    let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
    let told = poll(&mut watched, Some(&Timespec::default())).is_ok_and(|count| count > 0);
    told && watched[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
}

impl Default for Input {
    fn default() -> Input {
        Input::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// Keeps what is written, for a look at it.
    #[derive(Clone, Default)]
    struct Paper(Rc<RefCell<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        fn take(&self) -> String {
            String::from_utf8(self.0.take()).unwrap()
        }
    }

    #[test]
    fn only_what_changed_is_sent_and_nothing_where_nothing_did() {
        let paper = Paper::default();
        let mut screen = Screen::new(paper.clone());
        let mut draw = |width, text: &str| {
            screen.draw(Rect::new(0, 0, width, 5), |buffer| {
                buffer.set_string(0, 2, text, Style::default());
            })
        };
        draw(20, "signals").unwrap();
        assert!(paper.take().contains("signals"));
        draw(20, "signals").unwrap();
        assert_eq!(paper.take(), "");
        draw(20, "signaLs").unwrap();
        let sent = paper.take();
        assert!(sent.contains('L') && !sent.contains("sig"), "{sent:?}");
        assert!(sent.starts_with("\x1b[?2026h") && sent.ends_with("\x1b[?2026l"), "shown at once: {sent:?}");
        draw(30, "signaLs").unwrap();
        assert!(paper.take().contains("signaLs"), "another size: all of it");
        screen.forget();
        screen.draw(Rect::new(0, 0, 30, 5), |_| ()).unwrap();
        assert!(paper.take().contains("\x1b[2J"), "nobody knew what stood there");
    }
}
