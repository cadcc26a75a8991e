//! One line that is asked for in the place of the footer: what to find, where to write to.
//!
//! Holds the text and what it is for. What is done with it is done by `ui/prompting.rs`.

use crate::ui::layout::Panel;
use std::ops::Range;
use tui_input::{Input, InputRequest};

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// What the rows of this panel are to contain.
    Find(Panel),
    /// The file to write to what is shown.
    File,
    /// The time to go to in a recording.
    Time,
}

impl Wanted {
    /// What stands before the text.
    pub const fn label(self) -> &'static str {
        match self {
            Wanted::Find(_) => "find",
            Wanted::File => "write to",
            Wanted::Time => "go to",
        }
    }
}

/// A line that is being typed.
#[derive(Debug)]
pub struct Prompt {
    /// What for.
    pub wanted: Wanted,
    /// The text, and where the cursor is in it.
    pub input: Input,
    /// What there is to say of it: how many fit, or what is wrong with it.
    pub said: String,
    /// Which letters are wrong.
    pub wrong: Option<Range<usize>>,
}

/// The most bytes of it.
const TEXT_MAX: usize = 4096;

impl Prompt {
    /// With this text, the cursor at its end.
    pub fn new(wanted: Wanted, text: &str) -> Prompt {
        Prompt { wanted, input: Input::new(text.into()), said: String::new(), wrong: None }
    }

    /// Whether it finds in the tree, where the selection can be moved meanwhile.
    pub fn is_of_tree(&self) -> bool {
        self.wanted == Wanted::Find(Panel::Tree)
    }

    /// The cursor moves, or something is put in or deleted. Whether the text is another one.
    pub fn edit(&mut self, request: InputRequest) -> bool {
        let before = self.input.clone();
        let done = self.input.handle(request);
        if self.input.value().len() > before.value().len().max(TEXT_MAX) {
            self.input = before;
            return false;
        }
        done.is_some_and(|done| done.value)
    }
}
