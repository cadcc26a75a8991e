//! What is wished of the play head of a recording, and what becomes of the state when the head has gone somewhere.
//!
//! Reading the recording is the main loop's, on [`Effect::Play`]. Rows of the log have numbers that mean something only
//! within one reading: what points at rows is forgotten where another reading has other ones.

use super::action::Effect;
use super::head::{Play, State};
use super::layout::Panel;
use super::moment::{self, Frame};
use super::state::Subject;
use super::state::log::Rows;
use super::state::prompt::{Prompt, Wanted};
use super::state::story::Story;
use super::state::tree::TreeState;
use super::{Message, Page, Popup, Ui, jump, view};
use crate::event::{Event, ProcKey};
use crate::model::Model;

/// Why nothing of the head can be wished.
const PIPE: &str = "this comes from a pipe: it cannot be wound";

impl Ui {
    /// Whether the head is on its way.
    pub(super) fn is_reading(&self) -> bool {
        self.head.is_some_and(|head| matches!(head.state, State::Reading(_)))
    }

    /// Something is wished of the head. Back to the signal before is to where the log ended with it.
    pub(super) fn play(&mut self, play: Play, model: &Model) -> Option<Effect> {
        if self.head.is_none() {
            self.say(PIPE);
            return None;
        }
        if play != (Play::Step { forward: false }) {
            return Some(Effect::Play(play));
        }
        let is_here = |seq: u64| {
            seq + 1 == model.log.end() && self.entry(model, seq).is_some_and(|entry| entry.mono_ns() == self.now_ns)
        };
        match self.log.index.iter().rev().copied().find(|seq| !is_here(*seq)) {
            Some(seq) => return Some(Effect::Play(Play::Rows(seq + 1))),
            None => self.say("no signal before this one"),
        }
        None
    }

    /// Whether a step may end at this event: the log shows it.
    pub fn shows(&self, event: &Event, model: &Model) -> bool {
        self.log.would_show(event, Rows { model, frozen: None, view: &self.filters.view })
    }

    /// The head stands where it was to go: everything is taken out of the model, whatever was taken out lately.
    pub(super) fn arrived(&mut self, model: &Model) {
        self.in_tree(model, TreeState::rebuild);
        self.counters.refresh_all(model, self.now_ns);
        self.alerts.anew(model);
        self.rebuild_log(model);
    }

    /// The model is of another reading.
    pub(super) fn rewound(&mut self, same_rows: bool, model: &Model) {
        let height = self.rows(Panel::Log);
        self.log.anew(same_rows, Rows { model, frozen: None, view: &self.filters.view }, height);
        self.in_tree(model, TreeState::anew);
        self.alerts.anew(model);
        self.story = Story::default();
        if !same_rows {
            self.trail = jump::Trail::default();
        }
        let is_gone = |subject: Subject| match subject {
            Subject::Row(seq) => !same_rows || seq >= model.log.end(),
            Subject::Alert(number) => !same_rows || number >= model.alerts.end(),
            _ => false,
        };
        if matches!(self.popup, Some(Popup::Page(Page { subject, .. })) if is_gone(subject)) {
            self.popup = None;
        }
    }

    /// The head stands at the death of this process.
    pub(super) fn died(&mut self, key: &ProcKey, model: &Model) {
        let (Some(said), is_shown) = (self.fate(key, model), self.reach(key, model).is_none()) else { return };
        if is_shown {
            self.look_at(Panel::Tree);
        }
        let open = if is_shown && self.popup.is_none() { ": Enter tells more" } else { "" };
        self.message = Some(Message::alarm(format!("{said}{open}")));
    }

    /// Asks for the time to go to; of a pipe too, for the letters that follow are no keys.
    pub(super) fn ask_time(&mut self, model: &Model) {
        self.ask(Wanted::Time, "");
        self.typed_time(model);
    }

    /// While it is typed: which moment that is.
    pub(super) fn typed_time(&mut self, model: &Model) {
        let Some(text) = self.asked_time() else { return };
        if self.head.is_none() {
            return self.say_of_time(PIPE.into(), None);
        }
        let said = match self.moment(&text, model) {
            _ if text.trim().is_empty() => moment::EXAMPLES.to_string(),
            Ok(moment) => view::log::clock(self, model).full_second(moment),
            Err(_) => String::new(), // it may not be ready: what is wrong is said when it is given
        };
        self.say_of_time(said, None);
    }

    /// It is given.
    pub(super) fn given_time(&mut self, model: &Model) -> Option<Effect> {
        let text = self.asked_time()?;
        if self.head.is_none() {
            self.popup = None;
            self.say(PIPE);
            return None;
        }
        match self.moment(&text, model) {
            Ok(moment) => {
                self.popup = None;
                return Some(Effect::Play(Play::To(moment)));
            }
            Err(wrong) => self.say_of_time(wrong.to_string(), Some(wrong.at)),
        }
        None
    }

    fn asked_time(&self) -> Option<String> {
        match &self.popup {
            Some(Popup::Prompt(Prompt { wanted: Wanted::Time, input, .. })) => Some(input.value().to_string()),
            _ => None,
        }
    }

    fn say_of_time(&mut self, said: String, wrong: Option<std::ops::Range<usize>>) {
        if let Some(Popup::Prompt(prompt)) = &mut self.popup {
            (prompt.said, prompt.wrong) = (said, wrong);
        }
    }

    fn moment(&self, text: &str, model: &Model) -> Result<u64, moment::Wrong> {
        let clock = view::log::clock(self, model);
        let (begin_ns, end_ns) = self.head.map_or((0, None), |head| (head.begin_ns, head.end_ns));
        moment::parse(text, &Frame { clock: &clock, begin_ns, end_ns, at_ns: self.now_ns })
    }
}
