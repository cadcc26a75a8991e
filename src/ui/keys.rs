//! Every key, once: [`KEYS`] dispatches them, and the footer, the help and the README are drawn from it.
//!
//! A new key is one row in `table` and one arm in `update`. A [`Keymap`] is the table with the keys that the user chose
//! instead. Nothing here knows the state of the screen but the contexts that are active, and nothing acts.

mod name;
mod remap;
mod table;

pub use remap::{Refusal, Remap};
pub use table::KEYS;

use crate::ui::action::Action;
use crate::ui::layout::Panel;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use std::fmt::Write;

/// A key as it is pressed. Shift is not told apart: `G` and Shift-Tab are keys of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    code: KeyCode,
    held: Held,
}

/// What is held with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Held {
    Nothing,
    Ctrl,
    Alt,
}

const fn code(code: KeyCode) -> Key {
    Key { code, held: Held::Nothing }
}

const fn key(letter: char) -> Key {
    code(KeyCode::Char(letter))
}

const fn ctrl(letter: char) -> Key {
    Key { code: KeyCode::Char(letter), held: Held::Ctrl }
}

const fn alt(letter: char) -> Key {
    Key { code: KeyCode::Char(letter), held: Held::Alt }
}

const CTRL_LEFT: Key = Key { code: KeyCode::Left, held: Held::Ctrl };
const CTRL_RIGHT: Key = Key { code: KeyCode::Right, held: Held::Ctrl };
const ALT_BACKSPACE: Key = Key { code: KeyCode::Backspace, held: Held::Alt };

/// A function key.
const fn f(number: u8) -> Key {
    code(KeyCode::F(number))
}

/// Every letter that has no row of its own.
const LETTERS: Key = code(KeyCode::Null);

/// Where a key means what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// Everywhere.
    Always,
    /// Where there is a list to move in: on the main screen and in popups.
    Lists,
    /// On the main screen, in every panel.
    Screen,
    /// On the main screen, where a recording is played.
    Replay,
    /// In the process tree.
    Tree,
    /// In the log.
    Log,
    /// In the counters by signal and by sender.
    Counters,
    /// There, where the panel by sender has gone into a signal or a sender.
    Drill,
    /// In the pane of alerts.
    Alerts,
    /// In every popup.
    Popup,
    /// In a page: all about one thing.
    Page,
    /// In the checklist of signals.
    Checklist,
    /// In the chooser.
    Chooser,
    /// In the list of signals to send, where letters find one.
    Send,
    /// In the question whether it shall be sent.
    Confirm,
    /// In the filter bar.
    Bar,
    /// In a prompt.
    Prompt,
    /// Where letters are text: in the filter bar and in prompts.
    Text,
    /// In the help.
    Help,
}

impl Context {
    /// Those that are active at the same time, each before those that it hides letters from: no key may mean two things
    /// in any of these.
    pub const TOGETHER: &[&[Context]] = {
        use Context::{
            Alerts, Always, Bar, Checklist, Chooser, Confirm, Counters, Drill, Help, Lists, Log, Page, Popup, Prompt,
            Replay, Screen, Send, Text, Tree,
        };
        &[
            &[Screen, Lists, Always],
            &[Tree, Screen, Lists, Always],
            &[Log, Screen, Lists, Always],
            &[Counters, Screen, Lists, Always],
            &[Drill, Counters, Screen, Lists, Always],
            &[Alerts, Screen, Lists, Always],
            &[Replay, Screen, Lists, Always],
            &[Tree, Replay, Screen, Lists, Always],
            &[Log, Replay, Screen, Lists, Always],
            &[Counters, Replay, Screen, Lists, Always],
            &[Drill, Counters, Replay, Screen, Lists, Always],
            &[Alerts, Replay, Screen, Lists, Always],
            &[Page, Popup, Lists, Always],
            &[Checklist, Popup, Lists, Always],
            &[Chooser, Popup, Lists, Always],
            &[Help, Popup, Lists, Always],
            &[Send, Lists, Always],
            &[Confirm, Always],
            &[Bar, Text, Always],
            &[Prompt, Text, Always],
        ]
    };
}

/// Under which heading a key stands in the help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Getting about.
    Move,
    /// Whether the picture moves.
    Picture,
    /// The play head of a recording.
    Replay,
    /// What is captured, what is shown.
    Filters,
    /// The tree.
    Tree,
    /// The log.
    Log,
    /// Alerts and their rules.
    Alerts,
    /// The filter bar.
    Bar,
    /// Lines that are typed.
    Text,
    /// The chooser.
    Chooser,
    /// The checklist.
    Checklist,
    /// Sending a signal.
    Send,
    /// The program.
    Program,
}

impl Group {
    /// In the order of the help.
    pub const ALL: [Group; 13] = [
        Group::Move,
        Group::Picture,
        Group::Replay,
        Group::Filters,
        Group::Tree,
        Group::Log,
        Group::Alerts,
        Group::Chooser,
        Group::Program,
        Group::Send,
        Group::Checklist,
        Group::Bar,
        Group::Text,
    ];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Group::Move => "Moving",
            Group::Picture => "The picture",
            Group::Replay => "A recording",
            Group::Filters => "Filters: capture and view",
            Group::Tree => "Process tree",
            Group::Log => "Signal log",
            Group::Alerts => "Alerts",
            Group::Bar => "Filter bar",
            Group::Text => "Typing",
            Group::Chooser => "Chooser",
            Group::Checklist => "Signal checklist",
            Group::Send => "Sending a signal",
            Group::Program => "sigtop",
        }
    }
}

/// One row of [`KEYS`].
#[derive(PartialEq, Debug)]
pub struct Binding {
    /// Its name in the file of settings: no other row has it.
    pub name: &'static str,
    /// The keys that do it; the first stands in the footer.
    pub keys: &'static [Key],
    /// Where.
    pub context: Context,
    /// What.
    pub action: Action,
    /// What it does, for the help.
    pub help: &'static str,
    /// Its heading in the help.
    pub group: Group,
    /// Its word in the footer, and its rank there: the higher, the sooner it gives way.
    pub footer: Option<(&'static str, u8)>,
}

impl Binding {
    /// Whether its keys are text or numbers: nobody may choose others.
    pub const fn is_fixed(&self) -> bool {
        matches!(self.action, Action::Letter(_))
    }
}

const fn row(
    name: &'static str,
    keys: &'static [Key],
    context: Context,
    action: Action,
    group: Group,
    footer: Option<(&'static str, u8)>,
    help: &'static str,
) -> Binding {
    Binding { name, keys, context, action, help, group, footer }
}

/// The table with its keys as they are now.
#[derive(Clone, PartialEq, Debug)]
pub struct Keymap {
    rows: Vec<Bound>,
}

/// A row of the table, and the keys that do it.
#[derive(Clone, PartialEq, Debug)]
pub struct Bound {
    /// The row.
    pub row: &'static Binding,
    /// The keys; the first stands in the footer. None: nothing does it.
    pub keys: Vec<Key>,
}

impl Bound {
    /// The names of its keys: `↑ ^P`.
    pub fn names(&self, ascii: bool) -> String {
        self.keys.iter().map(|k| k.name(ascii)).collect::<Vec<_>>().join(" ")
    }
}

impl Default for Keymap {
    fn default() -> Keymap {
        Keymap { rows: KEYS.iter().map(|row| Bound { row, keys: row.keys.to_vec() }).collect() }
    }
}

impl Keymap {
    /// Every row, in the order of the table.
    pub fn rows(&self) -> &[Bound] {
        &self.rows
    }

    /// The key of the row with this name that is shown first; none where nothing does it.
    pub fn first(&self, name: &str) -> Option<Key> {
        self.rows.iter().find(|bound| bound.row.name == name)?.keys.first().copied()
    }

    /// The rows that hold in these contexts, in the order of the table.
    pub fn active(&self, contexts: &[Context]) -> impl Iterator<Item = &Bound> {
        self.rows.iter().filter(move |bound| contexts.contains(&bound.row.context))
    }

    /// What an input means in these contexts, if anything.
    pub fn action(&self, contexts: &[Context], event: &Event) -> Option<Action> {
        match event {
            Event::Key(event) if event.kind != KeyEventKind::Release => self.pressed(contexts, pressed(event)?),
            Event::Mouse(event) => {
                let (column, row) = (event.column, event.row);
                match event.kind {
                    MouseEventKind::Down(MouseButton::Left) => Some(Action::Click { column, row }),
                    MouseEventKind::ScrollUp => Some(Action::Wheel { column, row, down: false }),
                    MouseEventKind::ScrollDown => Some(Action::Wheel { column, row, down: true }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What a key means in the first of these contexts that knows it, be it as one of the letters that are text there.
    fn pressed(&self, contexts: &[Context], key: Key) -> Option<Action> {
        let letter = if let Key { code: KeyCode::Char(c), held: Held::Nothing } = key { Some(c) } else { None };
        let has = |context: &Context, key| {
            self.rows.iter().find(|bound| bound.row.context == *context && bound.keys.contains(&key))
        };
        let text = |context| letter.and_then(|_| has(context, LETTERS));
        let bound = contexts.iter().find_map(|context| has(context, key).or_else(|| text(context)))?;
        Some(match (&bound.row.action, letter) {
            (Action::Letter(_), Some(letter)) => Action::Letter(letter),
            (Action::Panel(first), _) => {
                let at = bound.keys.iter().position(|bound| *bound == key);
                Action::Panel(at.and_then(|at| Panel::ALL.get(at)).copied().unwrap_or(*first))
            }
            (action, _) => action.clone(),
        })
    }
}

/// The key of an event; none where more is held than any key here has.
fn pressed(event: &KeyEvent) -> Option<Key> {
    let held = match event.modifiers.difference(KeyModifiers::SHIFT) {
        KeyModifiers::NONE => Held::Nothing,
        KeyModifiers::CONTROL => Held::Ctrl,
        KeyModifiers::ALT => Held::Alt,
        _ => return None,
    };
    let code = match event.code {
        KeyCode::Char(c) if held == Held::Ctrl => KeyCode::Char(c.to_ascii_lowercase()),
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        code => code,
    };
    Some(Key { code, held })
}

/// The table of keys as the README has it (Markdown).
pub fn readme_table() -> String {
    let mut out = String::from("| | key | does |\n|---|---|---|\n");
    for group in Group::ALL {
        let mut title = group.title();
        for binding in KEYS.iter().filter(|b| b.group == group) {
            let keys: Vec<String> = binding.keys.iter().map(|k| format!("`{}`", k.name(false))).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(out, "| {title} | {} | {} |", keys.join(" "), binding.help);
            title = "";
        }
    }
    let _ = writeln!(
        out,
        "| Mouse | click, double click, wheel | select or choose, open, scroll what is under the pointer; sort by a column's head; press a key of the last line |"
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::list::Step;
    use Context::*;
    use tui_input::InputRequest;

    #[test]
    fn a_key_means_one_thing_in_a_context() {
        for contexts in Context::TOGETHER {
            let map = Keymap::default();
            let keys: Vec<Key> = map.active(contexts).flat_map(|bound| &bound.keys).copied().collect();
            for (i, key) in keys.iter().enumerate() {
                assert!(!keys[..i].contains(key), "{} twice in {contexts:?}", key.name(false));
            }
        }
    }

    #[test]
    fn every_row_is_named_explained_and_short() {
        for binding in KEYS {
            assert!(!binding.keys.is_empty(), "{binding:?}");
            assert!((2..=38).contains(&binding.help.len()), "{:?}", binding.help);
            assert!(!binding.help.ends_with('.') && binding.help.is_ascii(), "{:?}", binding.help);
            for key in binding.keys {
                assert!(key.name(false) != "?" || *key == super::key('?'), "{binding:?} has a key with no name");
                assert!(key.name(true).is_ascii());
            }
            assert!(binding.footer.is_none_or(|(word, _)| word.len() <= 8 && !word.is_empty()));
        }
    }

    #[test]
    fn names_are_unique_and_plain() {
        let names: std::collections::BTreeSet<&str> = KEYS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), KEYS.len());
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    }

    #[test]
    fn help_and_quit_never_leave_the_footer() {
        for contexts in Context::TOGETHER {
            let first =
                Keymap::default().active(contexts).filter_map(|b| b.row.footer).filter(|(_, rank)| *rank == 0).count();
            assert!(first >= 1 || contexts.contains(&Help), "{contexts:?}");
        }
        let screen: Vec<&str> =
            Keymap::default().active(&[Screen]).filter_map(|b| b.row.footer).map(|(word, _)| word).collect();
        assert_eq!(
            screen,
            [
                "pause", "filter", "view", "only", "not", "signals", "noise", "undo", "panel", "open", "zoom", "find",
                "kill", "help", "quit"
            ]
        );
    }

    #[test]
    fn events_become_actions() {
        let press = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
        let (none, shift, control) = (KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::CONTROL);
        let map = Keymap::default();
        let screen = |event: Event| map.action(&[Tree, Screen, Lists, Always], &event);
        assert_eq!(screen(press(KeyCode::Char('G'), shift)), Some(Action::Move(Step::Last)));
        assert_eq!(screen(press(KeyCode::Tab, shift)), Some(Action::PreviousPanel));
        assert_eq!(screen(press(KeyCode::Char('c'), control)), Some(Action::Quit));
        assert_eq!(screen(press(KeyCode::Char('c'), none)), None);
        assert_eq!(screen(press(KeyCode::Char('q'), KeyModifiers::ALT)), None);
        assert_eq!(screen(press(KeyCode::Char('j'), none)), None);
        assert_eq!(screen(press(KeyCode::Char('k'), none)), Some(Action::Send));
        let list = |letter| map.action(&[Send, Lists, Always], &press(KeyCode::Char(letter), none));
        assert_eq!((list('g'), list('q')), (Some(Action::Letter('g')), Some(Action::Letter('q'))), "letters are names");
        assert_eq!(map.action(&[Confirm, Always], &press(KeyCode::Enter, none)), None, "Enter does not send");
        assert_eq!(map.action(&[Help, Popup, Always], &press(KeyCode::Char('?'), none)), Some(Action::Close));
        let mut release = KeyEvent::new(KeyCode::Char('q'), none);
        release.kind = KeyEventKind::Release;
        assert_eq!(screen(Event::Key(release)), None);
    }

    #[test]
    fn in_the_bar_letters_are_text_and_nothing_else() {
        let map = Keymap::default();
        let press = |code, held| map.action(&[Bar, Text, Always], &Event::Key(KeyEvent::new(code, held)));
        for letter in ('!'..='~').chain([' ', 'ä', '日']) {
            assert_eq!(press(KeyCode::Char(letter), KeyModifiers::NONE), Some(Action::Letter(letter)));
        }
        assert_eq!(press(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Action::Letter('G')));
        assert_eq!(press(KeyCode::Char('x'), KeyModifiers::ALT), None);
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Quit));
        assert_eq!(press(KeyCode::Char('b'), KeyModifiers::ALT), Some(Action::Edit(InputRequest::GoToPrevWord)));
        assert_eq!(press(KeyCode::Left, KeyModifiers::CONTROL), Some(Action::Edit(InputRequest::GoToPrevWord)));
        let chooser = |c| {
            let event = Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
            map.action(&[Chooser, Popup, Lists, Always], &event)
        };
        assert_eq!((chooser('2'), chooser('9'), chooser('q')), (Some(Action::Letter('2')), None, Some(Action::Close)));
    }

    #[test]
    fn the_readme_has_every_key() {
        let table = readme_table();
        assert_eq!(table.lines().count(), KEYS.len() + 3);
        assert!(table.contains("| Moving | `↑` | up |"));
    }
}
