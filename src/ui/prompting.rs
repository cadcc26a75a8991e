//! What is typed into a prompt, and what is done with it: while it is typed, when it is given, when it is left.

use super::action::Effect;
use super::state::prompt::{Prompt, Wanted};
use super::{Popup, Ui};
use crate::model::Model;
use tui_input::InputRequest;

impl Ui {
    /// Asks for a line.
    pub(super) fn ask(&mut self, wanted: Wanted, text: &str) {
        self.popup = Some(Popup::Prompt(Prompt::new(wanted, text)));
    }

    /// The text is edited; what finds, finds at once.
    pub(super) fn edit_prompt(&mut self, request: InputRequest, model: &Model) {
        let Some(Popup::Prompt(prompt)) = &mut self.popup else { return };
        if prompt.edit(request) {
            prompt.said.clear();
            prompt.wrong = None;
            self.typed(model);
        }
    }

    /// After the text changed.
    pub(super) fn typed(&mut self, model: &Model) {
        let Some(Popup::Prompt(Prompt { wanted, input, .. })) = &self.popup else { return };
        let (wanted, text) = (*wanted, input.value().to_string());
        let said = match wanted {
            Wanted::Find(panel) => self.find(panel, &text, model),
            Wanted::File => return self.typed_file(),
            Wanted::Time => return self.typed_time(model),
        };
        if let Some(Popup::Prompt(prompt)) = &mut self.popup {
            prompt.said = said;
        }
    }

    /// Enter: the text is given.
    pub(super) fn given(&mut self, model: &Model) -> Option<Effect> {
        if let Some(Popup::Prompt(Prompt { wanted: Wanted::File, input, .. })) = &self.popup {
            let name = input.value().to_string();
            return self.given_file(&name);
        }
        if matches!(&self.popup, Some(Popup::Prompt(Prompt { wanted: Wanted::Time, .. }))) {
            return self.given_time(model);
        }
        self.popup = None;
        None
    }

    /// Esc: it is left.
    pub(super) fn left(&mut self, model: &Model) {
        let Some(Popup::Prompt(prompt)) = self.popup.take() else { return };
        match prompt.wanted {
            Wanted::Find(panel) => self.leave_find(panel, model),
            Wanted::File | Wanted::Time => {}
        }
    }
}
