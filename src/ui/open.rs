//! What Enter does on the main screen: opens the selected row.

use super::{Message, Page, Popup, Ui};

impl Ui {
    /// Opens the page of what is selected in the panel that has the keys.
    pub(super) fn open(&mut self) {
        match self.chosen() {
            Some(subject) => self.popup = Some(Popup::Page(Page { subject, top: 0 })),
            None => self.message = Some(Message::notice("select a row first")),
        }
    }
}
