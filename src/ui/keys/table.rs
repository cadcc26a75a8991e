//! The table itself: one row for each key and context. What the columns are stands in `keys.rs`.

use super::{ALT_BACKSPACE, Binding, CTRL_LEFT, CTRL_RIGHT, Context, Group, LETTERS, alt, code, ctrl, f, key, row};
use crate::ui::action::Action;
use crate::ui::head::{Pace, Play};
use crate::ui::layout::Panel;
use crate::ui::list::Step;
use crate::ui::state::filters::Which;
use crate::ui::state::sort::Turn;
use crossterm::event::KeyCode;
use tui_input::InputRequest;

/// The table: its name in the file of settings, keys, where, what, under which heading, word and rank in the footer, help.
#[rustfmt::skip] // a table is read by its columns
pub static KEYS: &[Binding] = {
    use Context::{Alerts, Always, Bar, Checklist, Chooser, Confirm, Drill, Help, Lists, Log, Page};
    use Context::{Popup, Prompt, Replay, Screen, Send, Text, Tree};
    use {Action as A, Group as G, InputRequest as E, KeyCode as K};
    const fn step(step: Step) -> Action {
        Action::Move(step)
    }
    const fn edit(request: InputRequest) -> Action {
        Action::Edit(request)
    }
    const fn play(play: Play) -> Action {
        Action::Play(play)
    }
    const LETTER: Action = Action::Letter(' ');
    &[
        row("pause", &[key(' ')], Screen, A::Pause, G::Picture, Some(("pause", 1)), "pause the picture, not the capture"),
        row("step", &[key('.')], Replay, play(Play::Step { forward: true }), G::Replay, Some(("step", 2)), "on to the next signal that is shown"),
        row("step-back", &[key(',')], Replay, play(Play::Step { forward: false }), G::Replay, None, "back to the one before"),
        row("next-death", &[key('d')], Replay, play(Play::Death { forward: true }), G::Replay, Some(("death", 2)), "to the next death by a signal"),
        row("previous-death", &[key('D')], Replay, play(Play::Death { forward: false }), G::Replay, None, "to the death before"),
        row("go-to", &[key(':')], Replay, A::AskTime, G::Replay, Some(("go to", 2)), "to a time: 17:31:12, +30s, 50%, end"),
        row("faster", &[key(')')], Replay, play(Play::Speed(Pace::Faster)), G::Replay, Some(("faster", 7)), "faster"),
        row("slower", &[key('(')], Replay, play(Play::Speed(Pace::Slower)), G::Replay, None, "slower"),
        row("usual-speed", &[key('=')], Replay, play(Play::Speed(Pace::Usual)), G::Replay, None, "as fast as it happened"),
        row("ten-on", &[CTRL_RIGHT], Replay, play(Play::By(10)), G::Replay, None, "ten seconds on"),
        row("ten-back", &[CTRL_LEFT], Replay, play(Play::By(-10)), G::Replay, None, "ten seconds back"),
        row("beginning", &[key('B')], Replay, play(Play::Begin), G::Replay, None, "back to the beginning"),
        row("end", &[key('E')], Replay, play(Play::End), G::Replay, None, "to the end"),
        row("back", &[code(K::Esc)], Screen, A::Back, G::Picture, None, "back: out of a find, a drill, a zoom"),
        row("next-layout", &[key('p')], Screen, A::Preset { forward: true }, G::Picture, None, "next layout: tree, log, counters large"),
        row("previous-layout", &[key('P')], Screen, A::Preset { forward: false }, G::Picture, None, "the layout before"),
        row("theme", &[key('C')], Screen, A::Theme, G::Picture, None, "colours: the next theme"),
        row("capture", &[key('f'), f(4)], Screen, A::Bar(Which::Capture), G::Filters, Some(("filter", 2)), "capture: what the source sends"),
        row("view", &[key('F')], Screen, A::Bar(Which::View), G::Filters, Some(("view", 4)), "view: what of it the log shows"),
        row("only", &[key('o')], Screen, A::Chooser { is_not: false }, G::Filters, Some(("only", 3)), "only what the row is about"),
        row("not", &[key('x')], Screen, A::Chooser { is_not: true }, G::Filters, Some(("not", 3)), "all but what the row is about"),
        row("signals", &[key('s')], Screen, A::Checklist, G::Filters, Some(("signals", 5)), "capture: choose the signals"),
        row("noise", &[key('n')], Screen, A::Noise, G::Filters, Some(("noise", 7)), "view: show CHLD, URG, probes, or not"),
        row("undo", &[key('u')], Screen, A::Undo, G::Filters, Some(("undo", 4)), "undo the last change of a filter"),
        row("redo", &[key('U')], Screen, A::Redo, G::Filters, None, "do it again"),
        row("up", &[code(K::Up)], Lists, step(Step::Up), G::Move, None, "up"),
        row("down", &[code(K::Down)], Lists, step(Step::Down), G::Move, None, "down"),
        row("page-up", &[code(K::PageUp), ctrl('b')], Lists, step(Step::PageUp), G::Move, None, "a page up"),
        row("page-down", &[code(K::PageDown), ctrl('f')], Lists, step(Step::PageDown), G::Move, None, "a page down"),
        row("first", &[code(K::Home), key('g')], Lists, step(Step::First), G::Move, None, "to the first row"),
        row("last", &[code(K::End), key('G')], Lists, step(Step::Last), G::Move, None, "to the last row; the log follows"),
        row("next-panel", &[code(K::Tab)], Screen, A::NextPanel, G::Move, Some(("panel", 6)), "next panel"),
        row("previous-panel", &[code(K::BackTab)], Screen, A::PreviousPanel, G::Move, None, "previous panel"),
        row("panels", &[key('1'), key('2'), key('3'), key('4'), key('5'), key('6')], Screen, A::Panel(Panel::Tree), G::Move, None, "to tree, log, counters, detail, alerts"),
        row("open", &[code(K::Enter)], Screen, A::Open, G::Move, Some(("open", 3)), "open what is selected"),
        row("zoom", &[key('z')], Screen, A::Zoom, G::Picture, Some(("zoom", 8)), "one panel takes the screen, or not"),
        row("step-out", &[code(K::Backspace)], Drill, A::StepOut, G::Move, Some(("back", 1)), "counters: back from what was opened"),
        row("sort-next", &[key('>'), f(6)], Screen, A::Sort(Turn::Next), G::Move, None, "sort by the next column"),
        row("sort-previous", &[key('<')], Screen, A::Sort(Turn::Previous), G::Move, None, "sort by the column before"),
        row("sort-reverse", &[key('I')], Screen, A::Sort(Turn::Reverse), G::Move, None, "sort the other way round"),
        row("find", &[key('/'), f(3)], Screen, A::Find, G::Move, Some(("find", 3)), "find by name, pid, command or user"),
        row("fold-in", &[code(K::Left), key('h'), key('-')], Tree, A::FoldIn, G::Tree, None, "hide the children; then to the parent"),
        row("fold-out", &[code(K::Right), key('l'), key('+')], Tree, A::FoldOut, G::Tree, None, "show the children; then to the first"),
        row("fold-all", &[key('*')], Tree, A::FoldAll, G::Tree, None, "fold all, or unfold if some are"),
        row("level-less", &[key('[')], Tree, A::Level { more: false }, G::Tree, None, "show one level less"),
        row("level-more", &[key(']')], Tree, A::Level { more: true }, G::Tree, None, "show one level more"),
        row("tree-list", &[key('t'), f(5)], Tree, A::Flat, G::Tree, Some(("list", 6)), "a tree, or one list"),
        row("follow", &[key('w')], Tree, A::Follow, G::Tree, Some(("follow", 6)), "follow the process, or no longer"),
        row("threads", &[key('H')], Tree, A::ShowThreads, G::Tree, None, "show its threads, or hide them"),
        row("sender", &[key('S')], Log, A::ToSender, G::Log, Some(("sender", 8)), "to the sender in the tree"),
        row("target", &[key('T')], Log, A::ToTarget, G::Log, Some(("target", 8)), "to the target in the tree"),
        row("jump-back", &[code(K::Backspace)], Log, A::JumpBack, G::Log, None, "back to where such a jump began"),
        row("tree-jump-back", &[code(K::Backspace)], Tree, A::JumpBack, G::Log, None, "back to the signal one came from"),
        row("mark", &[key('m')], Log, A::Mark, G::Log, Some(("mark", 9)), "mark the row, or unmark it"),
        row("mark-before", &[key('{')], Log, A::ToMark { forward: false }, G::Log, None, "to the mark before"),
        row("mark-next", &[key('}')], Log, A::ToMark { forward: true }, G::Log, None, "to the next mark"),
        row("copy", &[key('y')], Screen, A::Copy { json: false }, G::Log, None, "copy what is selected, as text"),
        row("copy-json", &[key('Y')], Screen, A::Copy { json: true }, G::Log, None, "copy it as JSON"),
        row("write", &[ctrl('s')], Screen, A::Write, G::Log, None, "write the rows shown to a file"),
        row("page-sender", &[key('S')], Page, A::ToSender, G::Log, Some(("sender", 1)), "to the signal's sender in the tree"),
        row("page-target", &[key('T')], Page, A::ToTarget, G::Log, Some(("target", 1)), "to its target"),
        row("page-jump-back", &[code(K::Backspace)], Page, A::JumpBack, G::Log, None, "back to the signal one came from"),
        row("page-copy", &[key('y')], Page, A::Copy { json: false }, G::Log, Some(("copy", 2)), "copy the page, as text"),
        row("page-copy-json", &[key('Y')], Page, A::Copy { json: true }, G::Log, Some(("as JSON", 3)), "copy what it is about, as JSON"),
        row("alerts", &[key('A')], Screen, A::Alerts, G::Alerts, None, "to the alerts, or back"),
        row("alert-process", &[key('S')], Alerts, A::ToSender, G::Alerts, Some(("process", 1)), "to the process in the tree"),
        row("alert-target", &[key('T')], Alerts, A::ToTarget, G::Alerts, None, "to the target of its signal"),
        row("alert-row", &[key('L')], Alerts, A::ToRow, G::Alerts, Some(("in log", 2)), "to its row in the log"),
        row("page-row", &[key('L')], Page, A::ToRow, G::Alerts, Some(("in log", 2)), "the same from its page"),
        row("alert-jump-back", &[code(K::Backspace)], Alerts, A::JumpBack, G::Alerts, None, "back to where such a jump began"),
        row("reload", &[key('R')], Screen, A::ReloadRules, G::Alerts, None, "read the files of rules again"),
        row("page-reload", &[key('R')], Page, A::ReloadRules, G::Alerts, Some(("reload", 1)), "the same from a page"),
        row("send", &[key('k'), f(9)], Screen, A::Send, G::Send, Some(("kill", 4)), "send a signal to what is selected"),
        row("page-send", &[key('k'), f(9)], Page, A::Send, G::Send, Some(("kill", 1)), "send a signal to what the page shows"),
        row("send-letter", &[LETTERS], Send, LETTER, G::Send, None, "find a signal by name or number"),
        row("send-backspace", &[code(K::Backspace)], Send, edit(E::DeletePrevChar), G::Send, None, "take back a letter"),
        row("send-choose", &[code(K::Enter)], Send, A::Apply, G::Send, Some(("choose", 0)), "choose the signal, then be asked"),
        row("send-leave", &[code(K::Esc)], Send, A::Close, G::Send, Some(("leave", 0)), "send nothing"),
        row("confirm-yes", &[key('y')], Confirm, A::Apply, G::Send, Some(("send", 0)), "yes, send it"),
        row("confirm-no", &[key('n'), code(K::Esc)], Confirm, A::Close, G::Send, Some(("back", 0)), "no, back to the signals"),
        row("text-letter", &[LETTERS], Text, LETTER, G::Text, None, "are the text"),
        row("bar-apply", &[code(K::Enter)], Bar, A::Apply, G::Bar, Some(("apply", 0)), "take what is chosen, else apply"),
        row("bar-complete", &[code(K::Tab)], Bar, A::Complete { forward: true }, G::Bar, Some(("complete", 1)), "choose what could stand here"),
        row("bar-complete-back", &[code(K::BackTab)], Bar, A::Complete { forward: false }, G::Bar, None, "the one before"),
        row("bar-older", &[code(K::Up), ctrl('p')], Bar, step(Step::Up), G::Bar, Some(("history", 2)), "an older filter; up in the list"),
        row("bar-newer", &[code(K::Down), ctrl('n')], Bar, step(Step::Down), G::Bar, None, "a newer one; down in the list"),
        row("text-left", &[code(K::Left), ctrl('b')], Text, edit(E::GoToPrevChar), G::Text, None, "a letter to the left"),
        row("text-right", &[code(K::Right), ctrl('f')], Text, edit(E::GoToNextChar), G::Text, None, "a letter to the right"),
        row("text-word-left", &[CTRL_LEFT, alt('b')], Text, edit(E::GoToPrevWord), G::Text, None, "a word to the left"),
        row("text-word-right", &[CTRL_RIGHT, alt('f')], Text, edit(E::GoToNextWord), G::Text, None, "a word to the right"),
        row("text-start", &[code(K::Home), ctrl('a')], Text, edit(E::GoToStart), G::Text, None, "to the beginning"),
        row("text-end", &[code(K::End), ctrl('e')], Text, edit(E::GoToEnd), G::Text, None, "to the end"),
        row("text-backspace", &[code(K::Backspace), ctrl('h')], Text, edit(E::DeletePrevChar), G::Text, None, "delete the letter before"),
        row("text-delete", &[code(K::Delete), ctrl('d')], Text, edit(E::DeleteNextChar), G::Text, None, "delete the letter"),
        row("text-cut-word", &[ctrl('w'), ALT_BACKSPACE], Text, edit(E::DeletePrevWord), G::Text, None, "cut the word before"),
        row("text-cut-before", &[ctrl('u')], Text, edit(E::DeleteFromStart), G::Text, None, "cut all before"),
        row("text-cut-behind", &[ctrl('k')], Text, edit(E::DeleteTillEnd), G::Text, None, "cut all behind"),
        row("text-paste", &[ctrl('y')], Text, edit(E::Yank), G::Text, None, "put in what was cut"),
        row("bar-leave", &[code(K::Esc)], Bar, A::Close, G::Bar, Some(("leave", 0)), "leave all as it is"),
        row("prompt-give", &[code(K::Enter)], Prompt, A::Apply, G::Text, Some(("do", 0)), "give it"),
        row("prompt-leave", &[code(K::Esc)], Prompt, A::Close, G::Text, Some(("leave", 0)), "leave it"),
        row("prompt-up", &[code(K::Up)], Prompt, step(Step::Up), G::Text, None, "a row up, where rows are found"),
        row("prompt-down", &[code(K::Down)], Prompt, step(Step::Down), G::Text, None, "a row down"),
        row("chooser-number", &[key('1'), key('2'), key('3'), key('4'), key('5')], Chooser, LETTER, G::Chooser, None, "choose the row with this number"),
        row("chooser-apply", &[code(K::Enter)], Chooser, A::Apply, G::Chooser, Some(("apply", 0)), "choose the row"),
        row("chooser-other", &[code(K::Tab), key('v')], Chooser, A::Other, G::Chooser, None, "for the view, or for the capture"),
        row("check", &[key(' ')], Checklist, A::Check, G::Checklist, Some(("on/off", 2)), "signal on or off"),
        row("check-left", &[code(K::Left), key('h')], Checklist, A::Left, G::Checklist, None, "a column to the left"),
        row("check-right", &[code(K::Right), key('l')], Checklist, A::Right, G::Checklist, None, "a column to the right"),
        row("check-all", &[key('a')], Checklist, A::CheckAll, G::Checklist, Some(("all", 3)), "all on"),
        row("check-none", &[key('n')], Checklist, A::CheckNone, G::Checklist, Some(("none", 4)), "all off"),
        row("check-invert", &[key('i')], Checklist, A::CheckInvert, G::Checklist, Some(("invert", 5)), "swap on and off"),
        row("check-apply", &[code(K::Enter)], Checklist, A::Apply, G::Checklist, Some(("apply", 0)), "capture what is checked"),
        row("help", &[key('?'), f(1)], Screen, A::Help, G::Program, Some(("help", 0)), "this list of keys"),
        row("help-close", &[key('?'), f(1)], Help, A::Close, G::Program, None, "close the list of keys"),
        row("close", &[code(K::Esc), key('q')], Popup, A::Close, G::Program, Some(("close", 0)), "close what is open, change nothing"),
        row("quit", &[key('q'), f(10)], Screen, A::Quit, G::Program, Some(("quit", 0)), "quit"),
        row("quit-now", &[ctrl('c')], Always, A::Quit, G::Program, None, "quit from anywhere"),
        row("suspend", &[ctrl('z')], Always, A::Suspend, G::Program, None, "suspend (fg comes back)"),
        row("redraw", &[ctrl('l')], Always, A::Redraw, G::Program, None, "draw the screen anew"),
    ]
};
