//! What keys do to the two filters: the bar, the chooser, the checklist, undo and redo.
//!
//! Every way ends in [`Ui::wish`]: a new view holds at once, a new capture is asked of the source.

use super::action::Effect;
use super::language::Language;
use super::state::bar::Bar;
use super::state::chooser::Chooser;
use super::state::filters::{Reply, Which, with_signals};
use super::{Message, Popup, Ui};
use crate::filter::{Filter, Placement};
use crate::model::Model;
use tui_input::InputRequest;

impl Ui {
    /// Opens the bar with the filter in force.
    pub(super) fn open_bar(&mut self, which: Which, model: &Model) {
        let language = Language::new(&self.users, self.places, model);
        self.popup = Some(Popup::Bar(Box::new(Bar::new(which, self.filters.get(which), language))));
    }

    /// Opens the chooser for the selected row.
    pub(super) fn open_chooser(&mut self, is_not: bool, model: &Model) {
        match Chooser::new(is_not, self.chosen(), self, model) {
            Some(chooser) => self.popup = Some(Popup::Chooser(chooser)),
            None => self.message = Some(Message::notice("select a row first: a process, a signal or a sender")),
        }
    }

    /// A letter, where letters are text or numbers of rows.
    pub(super) fn letter(&mut self, letter: char, model: &Model) -> Option<Effect> {
        match &mut self.popup {
            Some(Popup::Bar(bar)) => bar.insert(letter),
            Some(Popup::Prompt(_)) => self.edit_prompt(InputRequest::InsertChar(letter), model),
            Some(Popup::Send(sending)) => sending.letter(letter),
            Some(Popup::Chooser(chooser)) => {
                let number = letter.to_digit(10).and_then(|n| usize::try_from(n).ok());
                if number.is_some_and(|number| chooser.pick(number)) {
                    return self.apply(model);
                }
            }
            _ => {}
        }
        None
    }

    /// Edits the text of the bar, or of the prompt; of what finds a signal to send, only its last letter.
    pub(super) fn edit(&mut self, request: InputRequest, model: &Model) {
        match &mut self.popup {
            Some(Popup::Bar(bar)) => bar.edit(request),
            Some(Popup::Send(sending)) => sending.backspace(),
            _ => self.edit_prompt(request, model),
        }
    }

    /// Chooses the next of what could stand at the bar's cursor, or the one before.
    pub(super) fn complete(&mut self, forward: bool, model: &Model) {
        if let Some(Popup::Bar(bar)) = &mut self.popup {
            if bar.offer.is_none() {
                bar.learn(Language::new(&self.users, self.places, model));
            }
            bar.complete(forward);
        }
    }

    /// What is open shall hold.
    pub(super) fn apply(&mut self, model: &Model) -> Option<Effect> {
        if let Some(Popup::Send(_)) = &self.popup {
            return self.send(model);
        }
        if let Some(Popup::Bar(bar)) = &mut self.popup
            && bar.take()
        {
            return None;
        }
        let (which, filter) = match &self.popup {
            Some(Popup::Bar(bar)) => (bar.which, bar.parsed.as_ref().ok()?.clone()),
            Some(Popup::Chooser(chooser)) => (chooser.which, chooser.result(self.filters.get(chooser.which))),
            Some(Popup::Checklist(list)) if list.set == self.filters.signals() => {
                self.popup = None;
                return None;
            }
            Some(Popup::Checklist(list)) => (Which::Capture, with_signals(&self.filters.capture, list.set)),
            _ => return None,
        };
        let effect = self.wish(which, filter, model);
        match &mut self.popup {
            Some(Popup::Bar(bar)) if effect.is_some() => bar.is_asking = true,
            _ => self.popup = None,
        }
        effect
    }

    fn wish(&mut self, which: Which, filter: Filter, model: &Model) -> Option<Effect> {
        let asked_for = filter.clone();
        let reply = self.filters.change(which, filter);
        if which == Which::View && matches!(reply, Reply::Done(_)) {
            self.log.unhide(&asked_for);
        }
        self.follow(reply, model)
    }

    /// Undoes the last change of a filter.
    pub(super) fn undo(&mut self, model: &Model) -> Option<Effect> {
        let reply = self.filters.undo();
        self.follow(reply, model)
    }

    /// Does again what was undone.
    pub(super) fn redo(&mut self, model: &Model) -> Option<Effect> {
        let reply = self.filters.redo();
        self.follow(reply, model)
    }

    fn follow(&mut self, reply: Reply, model: &Model) -> Option<Effect> {
        match reply {
            Reply::Ask(filter) => return Some(Effect::SetFilter(filter)),
            Reply::Done(said) => {
                self.say(said);
                self.show_anew(model);
            }
            Reply::Nothing(why) => self.say(why),
        }
        None
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.message = Some(Message::notice(text));
        }
    }

    /// The source obeys this filter.
    pub(super) fn in_force(&mut self, filter: Filter, placement: Placement, model: &Model) {
        let asked_for = filter.clone();
        let said = self.filters.in_force(filter, placement);
        self.say(said);
        if self.log.unhide(&asked_for) {
            self.show_anew(model);
        }
        if matches!(&self.popup, Some(Popup::Bar(bar)) if bar.is_asking) {
            self.popup = None;
        }
    }

    /// The source would not have it: said where it was typed, if it still is there.
    pub(super) fn refused(&mut self, why: String) {
        self.filters.refused();
        match &mut self.popup {
            Some(Popup::Bar(bar)) if bar.is_asking => {
                bar.is_asking = false;
                bar.refusal = Some(why);
            }
            _ => self.message = Some(Message::alarm(why)),
        }
    }
}
