//! Every key, once: [`KEYS`] dispatches them, and the footer, the help and the README are drawn from it.
//!
//! A new key is one row here and one arm in `update`. Nothing here knows the state of the screen but the contexts
//! that are active, and nothing acts.

use crate::ui::action::Action;
use crate::ui::list::Step;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use std::fmt::Write;

/// A key as it is pressed. Shift is not told apart: `G` and Shift-Tab are keys of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    code: KeyCode,
    ctrl: bool,
}

const fn code(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

const fn key(letter: char) -> Key {
    code(KeyCode::Char(letter))
}

const fn ctrl(letter: char) -> Key {
    Key { code: KeyCode::Char(letter), ctrl: true }
}

impl Key {
    /// Its name on the screen: `Space`, `^C`, `PgUp`, and arrows as arrows unless only ASCII can be drawn.
    pub fn name(self, ascii: bool) -> String {
        let (arrow, word) = match self.code {
            KeyCode::Char(' ') => return "Space".into(),
            KeyCode::Char(c) if self.ctrl => return format!("^{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => return c.to_string(),
            KeyCode::Up => ("↑", "Up"),
            KeyCode::Down => ("↓", "Down"),
            KeyCode::Left => ("←", "Left"),
            KeyCode::Right => ("→", "Right"),
            KeyCode::Enter => ("Enter", "Enter"),
            KeyCode::Esc => ("Esc", "Esc"),
            KeyCode::Tab => ("Tab", "Tab"),
            KeyCode::BackTab => ("Shift-Tab", "Shift-Tab"),
            KeyCode::PageUp => ("PgUp", "PgUp"),
            KeyCode::PageDown => ("PgDn", "PgDn"),
            KeyCode::Home => ("Home", "Home"),
            KeyCode::End => ("End", "End"),
            _ => ("?", "?"),
        };
        if ascii { word.into() } else { arrow.into() }
    }
}

/// Where a key means what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// Everywhere.
    Always,
    /// On the main screen, in every panel.
    Screen,
    /// In the process tree.
    Tree,
    /// In every popup.
    Popup,
    /// In the checklist of signals.
    Checklist,
    /// In the help.
    Help,
}

/// Under which heading a key stands in the help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Getting about.
    Move,
    /// What is shown.
    Picture,
    /// The tree.
    Tree,
    /// The checklist.
    Checklist,
    /// The program.
    Program,
}

impl Group {
    /// In the order of the help.
    pub const ALL: [Group; 5] = [Group::Move, Group::Picture, Group::Tree, Group::Checklist, Group::Program];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Group::Move => "Moving",
            Group::Picture => "The picture",
            Group::Tree => "Process tree",
            Group::Checklist => "Signal checklist",
            Group::Program => "sigtop",
        }
    }
}

/// One row of [`KEYS`].
#[derive(Debug)]
pub struct Binding {
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

const fn row(
    keys: &'static [Key],
    context: Context,
    action: Action,
    group: Group,
    footer: Option<(&'static str, u8)>,
    help: &'static str,
) -> Binding {
    Binding { keys, context, action, help, group, footer }
}

/// The table.
pub static KEYS: &[Binding] = {
    use Context::{Always, Checklist, Help, Popup, Screen, Tree};
    use KeyCode as K;
    const fn step(step: Step) -> Action {
        Action::Move(step)
    }
    &[
        row(
            &[key(' ')],
            Screen,
            Action::Pause,
            Group::Picture,
            Some(("pause", 1)),
            "pause the picture, not the capture",
        ),
        row(
            &[key('s')],
            Screen,
            Action::Checklist,
            Group::Picture,
            Some(("signals", 2)),
            "choose the signals to capture",
        ),
        row(
            &[key('n')],
            Screen,
            Action::Noise,
            Group::Picture,
            Some(("noise", 3)),
            "show or hide CHLD and URG in the log",
        ),
        row(&[code(K::Up), key('k')], Always, step(Step::Up), Group::Move, None, "up"),
        row(&[code(K::Down), key('j')], Always, step(Step::Down), Group::Move, None, "down"),
        row(&[code(K::PageUp), ctrl('b')], Always, step(Step::PageUp), Group::Move, None, "a page up"),
        row(&[code(K::PageDown), ctrl('f')], Always, step(Step::PageDown), Group::Move, None, "a page down"),
        row(&[code(K::Home), key('g')], Always, step(Step::First), Group::Move, None, "to the first row"),
        row(&[code(K::End), key('G')], Always, step(Step::Last), Group::Move, None, "to the last row; the log follows"),
        row(&[code(K::Tab)], Screen, Action::NextPanel, Group::Move, Some(("panel", 4)), "next panel"),
        row(&[code(K::BackTab)], Screen, Action::PreviousPanel, Group::Move, None, "previous panel"),
        row(&[code(K::Enter)], Tree, Action::Fold, Group::Tree, Some(("fold", 5)), "show or hide the children"),
        row(
            &[code(K::Left), key('h'), key('-')],
            Tree,
            Action::FoldIn,
            Group::Tree,
            None,
            "hide the children; then to the parent",
        ),
        row(
            &[code(K::Right), key('l'), key('+')],
            Tree,
            Action::FoldOut,
            Group::Tree,
            None,
            "show the children; then to the first",
        ),
        row(&[key(' ')], Checklist, Action::Check, Group::Checklist, Some(("on/off", 2)), "signal on or off"),
        row(&[code(K::Left), key('h')], Checklist, Action::Left, Group::Checklist, None, "a column to the left"),
        row(&[code(K::Right), key('l')], Checklist, Action::Right, Group::Checklist, None, "a column to the right"),
        row(&[key('a')], Checklist, Action::CheckAll, Group::Checklist, Some(("all", 3)), "all on"),
        row(&[key('n')], Checklist, Action::CheckNone, Group::Checklist, Some(("none", 4)), "all off"),
        row(&[key('i')], Checklist, Action::CheckInvert, Group::Checklist, Some(("invert", 5)), "swap on and off"),
        row(
            &[code(K::Enter)],
            Checklist,
            Action::Apply,
            Group::Checklist,
            Some(("apply", 0)),
            "capture what is checked",
        ),
        row(&[key('?')], Screen, Action::Help, Group::Program, Some(("help", 0)), "this list of keys"),
        row(&[key('?')], Help, Action::Close, Group::Program, None, "close the list of keys"),
        row(
            &[code(K::Esc), key('q')],
            Popup,
            Action::Close,
            Group::Program,
            Some(("close", 1)),
            "close what is open, change nothing",
        ),
        row(&[key('q')], Screen, Action::Quit, Group::Program, Some(("quit", 0)), "quit"),
        row(&[ctrl('c')], Always, Action::Quit, Group::Program, None, "quit from anywhere"),
        row(&[ctrl('z')], Always, Action::Suspend, Group::Program, None, "suspend (fg comes back)"),
        row(&[ctrl('l')], Always, Action::Redraw, Group::Program, None, "draw the screen anew"),
    ]
};

/// The rows that hold in these contexts, in the order of the table.
pub fn active(contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
    KEYS.iter().filter(move |b| contexts.contains(&b.context))
}

/// What an input means in these contexts, if anything.
pub fn action(contexts: &[Context], event: &Event) -> Option<Action> {
    match event {
        Event::Key(event) if event.kind != KeyEventKind::Release => {
            let key = pressed(event)?;
            active(contexts).find(|b| b.keys.contains(&key)).map(|b| b.action.clone())
        }
        Event::Mouse(event) => {
            let (column, row) = (event.column, event.row);
            match event.kind {
                MouseEventKind::Down(MouseButton::Left) => Some(Action::Click { column, row }),
                MouseEventKind::ScrollUp => Some(Action::Wheel { column, row, down: false }),
                MouseEventKind::ScrollDown => Some(Action::Wheel { column, row, down: true }),
                _ => None,
            }
        }
        Event::Resize(width, height) => Some(Action::Resize { width: *width, height: *height }),
        _ => None,
    }
}

/// The key of an event; none where it is held with Alt or another modifier that no key here has.
fn pressed(event: &KeyEvent) -> Option<Key> {
    let rest = event.modifiers.difference(KeyModifiers::SHIFT | KeyModifiers::CONTROL);
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let code = match event.code {
        KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        code => code,
    };
    rest.is_empty().then_some(Key { code, ctrl })
}

/// The names of a row's keys: `↑ k`.
pub fn names(binding: &Binding, ascii: bool) -> String {
    binding.keys.iter().map(|k| k.name(ascii)).collect::<Vec<_>>().join(" ")
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
    let _ = writeln!(out, "| Mouse | click, wheel | select a row, scroll the panel under the pointer |");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use Context::*;

    /// The contexts that are active together.
    const TOGETHER: [&[Context]; 4] =
        [&[Screen, Always], &[Tree, Screen, Always], &[Checklist, Popup, Always], &[Help, Popup, Always]];

    #[test]
    fn a_key_means_one_thing_in_a_context() {
        for contexts in TOGETHER {
            let keys: Vec<Key> = active(contexts).flat_map(|b| b.keys).copied().collect();
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
    fn help_and_quit_never_leave_the_footer() {
        for contexts in TOGETHER {
            let first = active(contexts).filter_map(|b| b.footer).filter(|(_, rank)| *rank == 0).count();
            assert!(first >= 1 || contexts.contains(&Help), "{contexts:?}");
        }
        let screen: Vec<&str> = active(&[Screen]).filter_map(|b| b.footer).map(|(word, _)| word).collect();
        assert_eq!(screen, ["pause", "signals", "noise", "panel", "help", "quit"]);
    }

    #[test]
    fn events_become_actions() {
        let press = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
        let (none, shift, control) = (KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::CONTROL);
        let screen = |event: Event| action(&[Tree, Screen, Always], &event);
        assert_eq!(screen(press(KeyCode::Char('G'), shift)), Some(Action::Move(Step::Last)));
        assert_eq!(screen(press(KeyCode::Tab, shift)), Some(Action::PreviousPanel));
        assert_eq!(screen(press(KeyCode::Char('c'), control)), Some(Action::Quit));
        assert_eq!(screen(press(KeyCode::Char('c'), none)), None);
        assert_eq!(screen(press(KeyCode::Char('q'), KeyModifiers::ALT)), None);
        assert_eq!(action(&[Help, Popup, Always], &press(KeyCode::Char('?'), none)), Some(Action::Close));
        assert_eq!(screen(Event::Resize(80, 24)), Some(Action::Resize { width: 80, height: 24 }));
        let mut release = KeyEvent::new(KeyCode::Char('q'), none);
        release.kind = KeyEventKind::Release;
        assert_eq!(screen(Event::Key(release)), None);
    }

    #[test]
    fn the_readme_has_every_key() {
        let table = readme_table();
        assert_eq!(table.lines().count(), KEYS.len() + 3);
        assert!(table.contains("| Moving | `↑` `k` | up |"));
    }
}
