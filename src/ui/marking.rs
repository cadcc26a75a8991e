//! Marks in the log: put on the selected row, taken off again, gone to.

use super::Ui;
use super::layout::Panel;
use super::state::marks::Marks;

impl Ui {
    /// Marks the selected row, or takes its mark away.
    pub(super) fn mark(&mut self) {
        match self.log.selected() {
            None => self.say("select a row first"),
            Some(seq) if self.log.marks.toggle(seq) => {}
            Some(_) => self.say(format!("there are {} marks already: m on one of them takes it away", Marks::MOST)),
        }
    }

    /// To the next mark, or to the one before.
    pub(super) fn go_to_mark(&mut self, forward: bool) {
        let height = self.rows(Panel::Log);
        match self.log.next_mark(forward) {
            Some(seq) => {
                self.log.select(seq, height);
            }
            None if self.log.marks.is_empty() => self.say("no row is marked: m marks one"),
            None => self.say(if forward { "no mark after this one" } else { "no mark before this one" }),
        }
    }
}
