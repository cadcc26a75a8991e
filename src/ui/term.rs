//! The terminal: taken over, drawn to, listened to, and always given back.
//!
//! The only file that touches a terminal. However sigtop ends (quit, error, panic), the terminal is restored once:
//! by `Drop`, or by a panic hook that restores before the panic is printed. Knows nothing of what is drawn.

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableMouseCapture, EnableMouseCapture, Event, EventStream};
use crossterm::style::force_color_output;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use futures_core::Stream;
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use std::future::poll_fn;
use std::io::{self, Stdout, Write, stdout};
use std::pin::Pin;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the terminal is ours, so that it is given back exactly once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A terminal that is ours as long as this lives.
pub struct Term {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
}

impl Term {
    /// Takes the terminal over: raw mode, alternate screen, the mouse if asked for, colours or none.
    ///
    /// # Errors
    /// Where standard output is no terminal, or cannot be set up; it is then as it was before.
    pub fn open(mouse: bool, colour: bool) -> io::Result<Term> {
        restore_on_panic();
        force_color_output(colour); // whoever asks has looked at NO_COLOR and --color; crossterm would look again
        let taken = take(mouse).and_then(|()| Terminal::new(CrosstermBackend::new(stdout())));
        match taken {
            Ok(terminal) => Ok(Term { terminal, mouse }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws one picture; only what changed is sent, and shown at once where the terminal can.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame)) -> io::Result<()> {
        queue!(stdout(), BeginSynchronizedUpdate)?;
        self.terminal.draw(picture)?;
        execute!(stdout(), EndSynchronizedUpdate)
    }

    /// Forgets what is on the screen: the next picture is sent whole.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn clear(&mut self) -> io::Result<()> {
        // Not Terminal::clear: it asks the terminal where the cursor is, and not every terminal answers.
        execute!(stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(())
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// Where the terminal does not say.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
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
        take(self.mouse)?;
        self.clear()
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        give_back();
    }
}

fn take(mouse: bool) -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, Hide)?;
    if mouse { execute!(stdout(), EnableMouseCapture) } else { Ok(()) }
}

/// Leaves the terminal as it was. Errors have nowhere to go: the terminal may be gone.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
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
        poll_fn(|context| Pin::new(&mut self.events).poll_next(context)).await
    }
}

impl Default for Input {
    fn default() -> Input {
        Input::new()
    }
}
