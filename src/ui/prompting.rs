//! What is typed into a prompt, and what is done with it: while it is typed, when it is given, when it is left.

use super::action::Effect;
use super::state::prompt::{Prompt, Wanted};
use super::{Popup, Ui};
use crate::model::Model;
use tui_input::InputRequest;

impl Ui {
    /// Asks for a line.
    #[allow(dead_code)] // until something asks
    pub(super) fn ask(&mut self, wanted: Wanted, text: &str) {
        self.popup = Some(Popup::Prompt(Prompt::new(wanted, text)));
    }

    /// The text is edited; what finds, finds at once.
    pub(super) fn edit_prompt(&mut self, request: InputRequest, model: &Model) {
        let Some(Popup::Prompt(prompt)) = &mut self.popup else { return };
        if prompt.edit(request) {
            prompt.said.clear();
            self.typed(model);
        }
    }

    fn typed(&mut self, _model: &Model) {
        self.typed_file();
    }

    /// Enter: the text is given.
    pub(super) fn given(&mut self, _model: &Model) -> Option<Effect> {
        if let Some(Popup::Prompt(Prompt { wanted: Wanted::File, input, .. })) = &self.popup {
            let name = input.value().to_string();
            return self.given_file(&name);
        }
        self.popup = None;
        None
    }

    /// Esc: it is left.
    pub(super) fn left(&mut self, _model: &Model) {
        self.popup = None;
    }
}
