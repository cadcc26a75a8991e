//! A signal about to be sent: to whom, which one, and whether that has been chosen and only waits for a yes.
//!
//! A draft: nothing is sent here. The process is held by its key, so that what is confirmed is what was selected, however
//! the lists move meanwhile.

use crate::event::{Name, ProcKey};
use crate::signal::Signal;
use crate::ui::Page;
use crate::ui::layout::popup_width;
use crate::ui::list::{Step, Window};
use ratatui::layout::{Margin, Position, Rect};

/// The draft.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sending {
    /// Whom to.
    pub to: ProcKey,
    /// Its name.
    pub name: Name,
    /// Its user.
    pub uid: u32,
    /// Why one should think twice.
    pub caution: Option<&'static str>,
    /// Who shields it from signals that it does not handle itself, KILL too.
    pub shield: Option<&'static str>,
    /// Which of the signals is chosen, and which are shown.
    pub window: Window,
    /// What was typed to find it.
    pub typed: String,
    /// Whether it is chosen, and is to be confirmed.
    pub is_chosen: bool,
    /// The page that it was asked for on.
    pub back: Option<Page>,
}

/// The signals that can be sent: all but the two that the C library keeps for its threads.
pub fn signals() -> impl DoubleEndedIterator<Item = Signal> + Clone {
    (1..=64).filter(|number| !matches!(number, 32 | 33)).filter_map(Signal::new)
}

/// How many these are.
const COUNT: usize = 62;
/// Cells of the popups, and the most lines of signals that are shown at a time.
const WIDTH: u16 = 58;
const SHOWN: u16 = 20;
/// The longest text that finds a signal: `SIGRTMIN+30`.
const TYPED: usize = 11;

impl Sending {
    /// A draft with SIGTERM, the polite one.
    pub fn new(to: ProcKey, name: Name, uid: u32, back: Option<Page>) -> Sending {
        let window = Window { top: 0, at: position(Signal::TERM) };
        Sending { to, name, uid, caution: None, shield: None, window, typed: String::new(), is_chosen: false, back }
    }

    /// The signal that the keys are on.
    pub fn signal(&self) -> Signal {
        signals().nth(self.window.at).unwrap_or(Signal::TERM)
    }

    /// Moves by rows.
    pub fn step(&mut self, step: Step, screen: (u16, u16)) {
        if !self.is_chosen {
            self.typed.clear();
            self.window.step(step, COUNT, shown(screen));
        }
    }

    /// Goes to the first signal that begins with what was typed so far, or has that number; where there is none, what
    /// was typed before is forgotten.
    pub fn letter(&mut self, letter: char) {
        if self.typed.len() < TYPED {
            self.typed.push(letter.to_ascii_uppercase());
        }
        if !self.find() {
            self.typed = letter.to_ascii_uppercase().to_string();
            if !self.find() {
                self.typed.clear();
            }
        }
    }

    /// Takes back the last letter.
    pub fn backspace(&mut self) {
        self.typed.pop();
        self.find();
    }

    fn find(&mut self) -> bool {
        let typed = self.typed.strip_prefix("SIG").unwrap_or(&self.typed);
        let is_number = !typed.is_empty() && typed.bytes().all(|b| b.is_ascii_digit());
        let fits = |signal: &Signal| match is_number {
            true => typed.parse() == Ok(signal.number()),
            false => signal.short_name().starts_with(typed),
        };
        let found = signals().find(fits).filter(|_| !typed.is_empty());
        if let Some(signal) = found {
            self.window.at = position(signal);
        }
        // On the way to SIG..., nothing is found yet, and nothing is wrong.
        found.is_some() || "SIG".starts_with(&self.typed)
    }

    /// Goes to the signal on this cell. Whether there is one.
    pub fn click(&mut self, column: u16, row: u16, screen: (u16, u16)) -> bool {
        let area = area(screen);
        let rows = area.inner(Margin::new(1, 1));
        if self.is_chosen || !rows.contains(Position { x: column, y: row }) {
            return false;
        }
        self.window.at = (self.window.top + usize::from(row - rows.y)).min(COUNT - 1);
        true
    }

    /// After a move or a change of size: the chosen one is shown.
    pub fn settle(&mut self, screen: (u16, u16)) {
        self.window.settle(COUNT, shown(screen));
    }

    /// Positions in [`signals`] that are shown.
    pub fn rows(&self, screen: (u16, u16)) -> std::ops::Range<usize> {
        self.window.shown(COUNT, shown(screen) as u16)
    }
}

fn position(signal: Signal) -> usize {
    signals().position(|other| other == signal).unwrap_or(0)
}

/// How many signals a screen of this size shows.
fn shown((_, height): (u16, u16)) -> usize {
    SHOWN.min(height.saturating_sub(4)).max(1).into()
}

/// The list with its frame.
pub fn area(screen: (u16, u16)) -> Rect {
    centred(WIDTH, shown(screen) as u16 + 2, screen)
}

/// The question with its frame, for so many lines.
pub fn question(lines: usize, screen: (u16, u16)) -> Rect {
    centred(WIDTH, lines as u16 + 2, screen)
}

fn centred(width: u16, height: u16, (columns, rows): (u16, u16)) -> Rect {
    let (w, h) = (popup_width(width, columns), height.min(rows));
    Rect { x: (columns - w) / 2, y: (rows - h) / 2, width: w, height: h }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> (String, String) {
        let mut sending = Sending::new(ProcKey::default(), Name::default(), 0, None);
        text.chars().for_each(|letter| sending.letter(letter));
        (sending.signal().short_name().to_string(), sending.typed)
    }

    #[test]
    fn a_screen_of_nothing_has_no_cell_to_click_on() {
        let mut sending = Sending::new(ProcKey::default(), Name::default(), 0, None);
        for screen in [(0, 0), (1, 1), (2, 2), (3, 200), (200, 3)] {
            assert!(!sending.click(0, 0, screen), "{screen:?}");
        }
    }

    #[test]
    fn names_and_numbers_are_found_as_they_are_typed() {
        for (text, signal, left) in [
            ("", "TERM", ""),
            ("k", "KILL", "K"),
            ("ki", "KILL", "KI"),
            ("sigk", "KILL", "SIGK"),
            ("s", "SEGV", "S"),
            ("st", "STKFLT", "ST"),
            ("sto", "STOP", "STO"),
            ("9", "KILL", "9"),
            ("1", "HUP", "1"),
            ("12", "USR2", "12"),
            ("rtmin+3", "RTMIN+3", "RTMIN+3"),
            ("64", "RTMIN+30", "64"),
            ("99", "KILL", "9"),
            ("hupk", "KILL", "K"),
            ("?", "TERM", ""),
            ("32", "USR2", ""),
        ] {
            let expected = if text == "32" { typed("32") } else { (signal.to_string(), left.to_string()) };
            assert_eq!(typed(text), expected, "{text}");
            assert!(!matches!(typed(text).0.as_str(), "32" | "33"));
        }
    }

    #[test]
    fn all_but_the_c_librarys_own_can_be_sent() {
        assert_eq!(signals().count(), COUNT);
        assert!(signals().all(|signal| !matches!(signal.number(), 32 | 33)));
    }

    #[test]
    fn the_chosen_one_is_always_shown() {
        for screen in [(40, 12), (80, 24), (200, 50)] {
            let mut sending = Sending::new(ProcKey::default(), Name::default(), 0, None);
            for step in [Step::First, Step::Last, Step::PageUp, Step::Up, Step::PageDown, Step::Down] {
                sending.step(step, screen);
                sending.settle(screen);
                assert!(sending.rows(screen).contains(&sending.window.at));
            }
            let area = area(screen);
            assert!(area.right() <= screen.0 && area.bottom() <= screen.1);
            assert!(sending.click(area.x + 1, area.y + 1, screen) && sending.window.at == sending.window.top);
            assert!(!sending.click(area.x, area.y, screen));
        }
    }
}
