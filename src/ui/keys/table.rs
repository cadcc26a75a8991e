//! The table itself: one row for each key and context. What the columns are stands in `keys.rs`.

use super::{ALT_BACKSPACE, Binding, CTRL_LEFT, CTRL_RIGHT, Context, Group, LETTERS, alt, code, ctrl, key, row};
use crate::ui::action::Action;
use crate::ui::list::Step;
use crate::ui::state::filters::Which;
use crossterm::event::KeyCode;
use tui_input::InputRequest;

/// The table.
pub static KEYS: &[Binding] = {
    use Context::{Always, Bar, Checklist, Chooser, Help, Lists, Popup, Screen, Tree};
    use InputRequest as Edit;
    use KeyCode as K;
    const fn step(step: Step) -> Action {
        Action::Move(step)
    }
    const fn edit(request: InputRequest) -> Action {
        Action::Edit(request)
    }
    const LETTER: Action = Action::Letter(' ');
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
            &[key('f')],
            Screen,
            Action::Bar(Which::Capture),
            Group::Filters,
            Some(("filter", 2)),
            "capture: what the source sends",
        ),
        row(
            &[key('F')],
            Screen,
            Action::Bar(Which::View),
            Group::Filters,
            Some(("view", 4)),
            "view: what of it the log shows",
        ),
        row(
            &[key('o')],
            Screen,
            Action::Chooser { is_not: false },
            Group::Filters,
            Some(("only", 3)),
            "only what the row is about",
        ),
        row(
            &[key('x')],
            Screen,
            Action::Chooser { is_not: true },
            Group::Filters,
            Some(("not", 3)),
            "all but what the row is about",
        ),
        row(
            &[key('s')],
            Screen,
            Action::Checklist,
            Group::Filters,
            Some(("signals", 5)),
            "capture: choose the signals",
        ),
        row(
            &[key('n')],
            Screen,
            Action::Noise,
            Group::Filters,
            Some(("noise", 7)),
            "view: show CHLD, URG, probes, or not",
        ),
        row(&[key('u')], Screen, Action::Undo, Group::Filters, Some(("undo", 4)), "undo the last change of a filter"),
        row(&[key('U')], Screen, Action::Redo, Group::Filters, None, "do it again"),
        row(&[code(K::Up)], Lists, step(Step::Up), Group::Move, None, "up"),
        row(&[code(K::Down)], Lists, step(Step::Down), Group::Move, None, "down"),
        row(&[code(K::PageUp), ctrl('b')], Lists, step(Step::PageUp), Group::Move, None, "a page up"),
        row(&[code(K::PageDown), ctrl('f')], Lists, step(Step::PageDown), Group::Move, None, "a page down"),
        row(&[code(K::Home), key('g')], Lists, step(Step::First), Group::Move, None, "to the first row"),
        row(&[code(K::End), key('G')], Lists, step(Step::Last), Group::Move, None, "to the last row; the log follows"),
        row(&[code(K::Tab)], Screen, Action::NextPanel, Group::Move, Some(("panel", 6)), "next panel"),
        row(&[code(K::BackTab)], Screen, Action::PreviousPanel, Group::Move, None, "previous panel"),
        row(&[code(K::Enter)], Tree, Action::Fold, Group::Tree, Some(("fold", 8)), "show or hide the children"),
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
        row(&[LETTERS], Bar, LETTER, Group::Bar, None, "are the text of the filter"),
        row(&[code(K::Enter)], Bar, Action::Apply, Group::Bar, Some(("apply", 0)), "take what is chosen, else apply"),
        row(
            &[code(K::Tab)],
            Bar,
            Action::Complete { forward: true },
            Group::Bar,
            Some(("complete", 1)),
            "choose what could stand here",
        ),
        row(&[code(K::BackTab)], Bar, Action::Complete { forward: false }, Group::Bar, None, "the one before"),
        row(
            &[code(K::Up), ctrl('p')],
            Bar,
            step(Step::Up),
            Group::Bar,
            Some(("history", 2)),
            "an older filter; up in the list",
        ),
        row(&[code(K::Down), ctrl('n')], Bar, step(Step::Down), Group::Bar, None, "a newer one; down in the list"),
        row(&[code(K::Left), ctrl('b')], Bar, edit(Edit::GoToPrevChar), Group::Bar, None, "a letter to the left"),
        row(&[code(K::Right), ctrl('f')], Bar, edit(Edit::GoToNextChar), Group::Bar, None, "a letter to the right"),
        row(&[CTRL_LEFT, alt('b')], Bar, edit(Edit::GoToPrevWord), Group::Bar, None, "a word to the left"),
        row(&[CTRL_RIGHT, alt('f')], Bar, edit(Edit::GoToNextWord), Group::Bar, None, "a word to the right"),
        row(&[code(K::Home), ctrl('a')], Bar, edit(Edit::GoToStart), Group::Bar, None, "to the beginning"),
        row(&[code(K::End), ctrl('e')], Bar, edit(Edit::GoToEnd), Group::Bar, None, "to the end"),
        row(
            &[code(K::Backspace), ctrl('h')],
            Bar,
            edit(Edit::DeletePrevChar),
            Group::Bar,
            None,
            "delete the letter before",
        ),
        row(&[code(K::Delete), ctrl('d')], Bar, edit(Edit::DeleteNextChar), Group::Bar, None, "delete the letter"),
        row(&[ctrl('w'), ALT_BACKSPACE], Bar, edit(Edit::DeletePrevWord), Group::Bar, None, "cut the word before"),
        row(&[ctrl('u')], Bar, edit(Edit::DeleteFromStart), Group::Bar, None, "cut all before"),
        row(&[ctrl('k')], Bar, edit(Edit::DeleteTillEnd), Group::Bar, None, "cut all behind"),
        row(&[ctrl('y')], Bar, edit(Edit::Yank), Group::Bar, None, "put in what was cut"),
        row(&[code(K::Esc)], Bar, Action::Close, Group::Bar, Some(("leave", 0)), "leave all as it is"),
        row(
            &[key('1'), key('2'), key('3'), key('4'), key('5')],
            Chooser,
            LETTER,
            Group::Chooser,
            None,
            "choose the row with this number",
        ),
        row(&[code(K::Enter)], Chooser, Action::Apply, Group::Chooser, Some(("apply", 0)), "choose the row"),
        row(
            &[code(K::Tab), key('v')],
            Chooser,
            Action::Other,
            Group::Chooser,
            None,
            "for the view, or for the capture",
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
