//! What Enter does on the main screen: opens the selected row, or goes into it.

use super::{Message, Page, Popup, Ui};
use crate::model::Model;

impl Ui {
    /// Goes into what is selected in the panel that has the keys; where there is nothing to go into, opens its page.
    pub(super) fn open(&mut self, model: &Model) {
        if self.step_in(model) {
            return;
        }
        match self.chosen() {
            Some(subject) => self.popup = Some(Popup::Page(Page { subject, top: 0 })),
            None => self.message = Some(Message::notice("select a row first")),
        }
    }
}
