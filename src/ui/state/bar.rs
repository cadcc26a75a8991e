//! The filter bar: a line of text that is to become a filter, what is wrong with it, and what could come next.
//!
//! Nothing holds until it is applied, and a text that was refused stays for correction. The language itself is known
//! to the parser and the completion only.

use super::filters::Which;
use crate::filter::{Filter, Placement, TEXT_MAX};
use crate::ui::language::{Candidate, Language, Wrong};
use crate::ui::list::{Step, Window};
use crate::ui::text;
use std::collections::VecDeque;
use std::ops::Range;
use tui_input::{Input, InputRequest};

/// The most candidates that are shown at once.
pub const SHOWN: u16 = 8;

/// A filter that is being typed.
#[derive(Debug)]
pub struct Bar {
    /// Which of the two it will be.
    pub which: Which,
    /// The text and where the cursor is in it.
    pub input: Input,
    /// What it means, or what is wrong with it.
    pub parsed: Result<Filter, Wrong>,
    /// Which of its terms would be decided where.
    pub placement: Placement,
    /// What could stand at the cursor, while that is offered.
    pub offer: Option<Offer>,
    /// Why the source would not have it.
    pub refusal: Option<String>,
    /// The source is being asked.
    pub is_asking: bool,
    language: Language,
    /// How far back in the history it is, and what had been typed before.
    walk: Option<(usize, String)>,
}

/// What could stand at the cursor.
#[derive(Debug)]
pub struct Offer {
    /// The characters in whose place it would stand.
    pub place: Range<usize>,
    /// What could.
    pub candidates: Vec<Candidate>,
    /// What part of them is shown; `at` is the chosen one, if one is chosen.
    pub window: Window,
    /// Whether one is chosen.
    pub is_chosen: bool,
}

impl Offer {
    /// The one that is chosen.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidates.get(self.window.at).filter(|_| self.is_chosen)
    }

    /// How many lines of them are shown.
    pub fn lines(&self) -> u16 {
        self.candidates.len().min(SHOWN.into()) as u16
    }

    /// How wide the widest text and the widest note are.
    pub fn widths(&self) -> (usize, usize) {
        let most = |part: fn(&Candidate) -> &str| {
            self.candidates.iter().map(|c| text::width(&crate::escape::plain(part(c)))).max().unwrap_or(0)
        };
        (most(|c| &c.text), most(|c| &c.note))
    }

    fn choose(&mut self, at: usize) {
        self.window.at = at;
        self.is_chosen = true;
        self.window.settle(self.candidates.len(), self.lines().into());
    }

    /// One further or one back, from the end to the beginning.
    fn cycle(&mut self, forward: bool) {
        let len = self.candidates.len();
        self.choose(match (self.is_chosen, forward) {
            (true, true) => (self.window.at + 1) % len,
            (true, false) => (self.window.at + len - 1) % len,
            (false, true) => 0,
            (false, false) => len - 1,
        });
    }
}

impl Bar {
    /// With the filter in force, the cursor at its end.
    pub fn new(which: Which, filter: &Filter, language: Language) -> Bar {
        Bar {
            which,
            input: Input::new(filter.to_string()),
            parsed: Ok(filter.clone()),
            placement: language.place(filter),
            offer: None,
            refusal: None,
            is_asking: false,
            language,
            walk: None,
        }
    }

    /// A letter was typed.
    pub fn insert(&mut self, letter: char) {
        if self.input.value().len() < TEXT_MAX {
            self.input.handle(InputRequest::InsertChar(letter));
            self.changed();
            self.offer();
        }
    }

    /// The cursor moves, or something is deleted.
    pub fn edit(&mut self, request: InputRequest) {
        let before = self.input.clone();
        let done = self.input.handle(request);
        if self.input.value().len() > before.value().len().max(TEXT_MAX) {
            self.input = before;
            return;
        }
        if done.is_some_and(|done| done.value) {
            let was_offering = self.offer.is_some();
            self.changed();
            if was_offering {
                self.offer();
            }
        } else if done.is_some() {
            self.offer = None;
        }
    }

    /// Another text: it is read anew, and what was said of the old one is gone.
    fn changed(&mut self) {
        self.parsed = self.language.parse(self.input.value());
        self.placement =
            self.parsed.as_ref().map_or_else(|_| Placement::default(), |filter| self.language.place(filter));
        (self.offer, self.refusal, self.is_asking, self.walk) = (None, None, false, None);
    }

    /// What lives now.
    pub fn learn(&mut self, language: Language) {
        self.language = language;
    }

    /// Lists what could stand at the cursor, if there is anything.
    fn offer(&mut self) {
        let (place, candidates) = self.language.complete(self.input.value(), self.input.cursor());
        let is_there =
            |c: &Candidate| self.input.value().chars().skip(place.start).take(place.len()).eq(c.text.chars());
        let is_done = candidates.iter().all(is_there);
        let offer = Offer { place, candidates, window: Window::default(), is_chosen: false };
        self.offer = (!is_done).then_some(offer);
    }

    /// Chooses the next candidate, or the one before; takes it if there is only one.
    pub fn complete(&mut self, forward: bool) {
        if self.offer.is_none() {
            self.offer();
        }
        let Some(offer) = &mut self.offer else { return };
        offer.cycle(forward);
        if offer.candidates.len() == 1 {
            self.take();
        }
    }

    /// Puts the chosen candidate in, and offers what could come next. Whether one was chosen.
    pub fn take(&mut self) -> bool {
        let Some(offer) = &self.offer else { return false };
        let Some(chosen) = offer.chosen() else { return false };
        let letters = || self.input.value().chars();
        let before: String = letters().take(offer.place.start).chain(chosen.text.chars()).collect();
        let after: String = letters().skip(offer.place.end).collect();
        let cursor = before.chars().count();
        self.input = std::mem::take(&mut self.input).with_value(before + &after).with_cursor(cursor);
        self.changed();
        self.offer();
        true
    }

    /// Chooses within the list, or walks through the filters that held before.
    pub fn step(&mut self, step: Step, recent: &VecDeque<String>) {
        match (&mut self.offer, step) {
            (Some(offer), Step::Up | Step::Down) => offer.cycle(step == Step::Down),
            (Some(offer), _) => {
                offer.window.step(step, offer.candidates.len(), offer.lines().into());
                offer.is_chosen = true;
            }
            (None, Step::Up) => self.walk(1, recent),
            (None, Step::Down) => self.walk(-1, recent),
            (None, _) => {}
        }
    }

    fn walk(&mut self, by: isize, recent: &VecDeque<String>) {
        let (at, draft) = match self.walk.take() {
            Some((at, draft)) => (at + 1, draft),
            None => (0, self.input.value().to_string()),
        };
        let others: Vec<&String> = recent.iter().filter(|text| **text != draft).collect();
        let to = at.saturating_add_signed(by).min(others.len());
        if to != at {
            let text = if to == 0 { &draft } else { others[to - 1] };
            self.input = std::mem::take(&mut self.input).with_value(text.clone());
            self.changed();
        }
        self.walk = to.checked_sub(1).map(|to| (to, draft));
    }

    /// Closes the list. Whether it was open.
    pub fn close_offer(&mut self) -> bool {
        self.offer.take().is_some()
    }

    /// Whether what is wrong is what is being typed at this moment, at the end of the text.
    pub fn is_unfinished(&self) -> bool {
        let end = self.input.value().chars().count();
        self.input.cursor() == end && self.parsed.as_ref().is_err_and(|wrong| wrong.place.end >= end)
    }

    /// Puts this candidate in.
    pub fn click(&mut self, at: usize) {
        let Some(offer) = &mut self.offer else { return };
        if at < offer.candidates.len() {
            offer.choose(at);
            self.take();
        }
    }

    /// Moves the list's window.
    pub fn scroll(&mut self, rows: isize) {
        if let Some(offer) = &mut self.offer {
            let lines = offer.lines().into();
            offer.window.scroll(rows, offer.candidates.len(), lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Header;
    use crate::model::{Limits, Model};
    use InputRequest as Edit;
    use proptest::prelude::*;

    fn bar(text: &str) -> Bar {
        let model = Model::new(Header::default(), Limits::default());
        let language = Language::new(&[("alice".to_string(), 1000)].into(), |_| Placement::default(), &model);
        let filter = language.parse(text).unwrap();
        Bar::new(Which::Capture, &filter, language)
    }

    fn typed(bar: &mut Bar, text: &str) {
        text.chars().for_each(|letter| bar.insert(letter));
    }

    fn candidates(bar: &Bar) -> Vec<&str> {
        bar.offer.iter().flat_map(|offer| &offer.candidates).map(|candidate| candidate.text.as_str()).collect()
    }

    #[test]
    fn it_begins_with_the_filter_in_force_and_reads_every_change() {
        let mut bar = bar("sig:TERM");
        assert_eq!((bar.input.value(), bar.input.cursor()), ("sig:TERM", 8));
        assert!(bar.offer.is_none());
        typed(&mut bar, ",KILL");
        assert_eq!(bar.parsed.as_ref().unwrap().to_string(), "sig:KILL,TERM");
        typed(&mut bar, " frm:x");
        let wrong = bar.parsed.clone().unwrap_err();
        assert_eq!((wrong.place, wrong.hint.as_str()), (14..18, "did you mean from:?"));
        assert!(wrong.why.starts_with("col 15: no such key"), "{}", wrong.why);
        bar.edit(Edit::DeleteFromStart);
        assert_eq!(bar.parsed, Ok(Filter::EVERYTHING));
        bar.edit(Edit::Yank);
        assert_eq!(bar.input.value(), "sig:TERM,KILL frm:x");
        typed(&mut bar, &"x".repeat(2 * TEXT_MAX));
        assert_eq!(bar.input.value().len(), TEXT_MAX);
        bar.edit(Edit::DeleteFromStart);
        bar.edit(Edit::Yank);
        bar.edit(Edit::Yank);
        assert_eq!(bar.input.value().len(), TEXT_MAX, "what was cut does not make it longer than a filter may be");
    }

    #[test]
    fn a_refusal_and_a_question_are_about_the_text_as_it_was() {
        let mut bar = bar("");
        (bar.refusal, bar.is_asking) = (Some("no".into()), true);
        bar.edit(Edit::GoToStart);
        assert!(bar.refusal.is_some());
        bar.insert('x');
        assert!(bar.refusal.is_none() && !bar.is_asking);
    }

    #[test]
    fn up_and_down_walk_through_filters_that_held_before() {
        let recent: VecDeque<String> = ["sig:TERM", "uid:0", "from:bash"].map(String::from).into();
        let mut bar = bar("sig:TERM");
        let mut walk = |step| {
            bar.step(step, &recent);
            bar.input.value().to_string()
        };
        assert_eq!([Step::Up, Step::Up, Step::Up].map(&mut walk), ["uid:0", "from:bash", "from:bash"]);
        assert_eq!([Step::Down, Step::Down, Step::Down].map(&mut walk), ["uid:0", "sig:TERM", "sig:TERM"]);
        walk(Step::Up);
        assert_eq!(bar.parsed.as_ref().unwrap().to_string(), "uid:0");
        bar.insert('1');
        bar.close_offer();
        bar.step(Step::Up, &recent);
        assert_eq!(bar.input.value(), "sig:TERM", "what was changed is a text of its own");
        bar.step(Step::Down, &recent);
        assert_eq!(bar.input.value(), "uid:01");
    }

    #[test]
    fn candidates_are_chosen_and_taken() {
        let mut bar = bar("");
        assert!(!bar.take());
        bar.complete(true);
        let all = candidates(&bar).len();
        assert!(all > 5 && bar.offer.as_ref().unwrap().is_chosen);
        bar.complete(false);
        assert_eq!(bar.offer.as_ref().unwrap().window.at, all - 1);
        bar.step(Step::Down, &VecDeque::new());
        assert_eq!(bar.offer.as_ref().unwrap().window.at, 0);
        assert!(bar.close_offer() && !bar.close_offer());
        typed(&mut bar, "fro");
        assert_eq!(candidates(&bar), ["from:"]);
        assert!(!bar.take(), "offered, not chosen");
        bar.complete(true);
        assert_eq!(bar.input.value(), "from:", "the only one is taken at once");
        typed(&mut bar, "x use");
        bar.edit(Edit::GoToPrevChar);
        assert!(bar.offer.is_none(), "the cursor has gone elsewhere");
        bar.edit(Edit::GoToNextChar);
        bar.complete(true);
        assert_eq!(bar.input.value(), "from:x user:");
        typed(&mut bar, "al");
        bar.click(0);
        assert_eq!((bar.input.value(), bar.input.cursor()), ("from:x user:alice", 17));
        assert!(bar.offer.is_none(), "nothing more to offer: {:?}", bar.offer);
    }

    proptest! {
        #[test]
        fn no_typing_panics(keys in proptest::collection::vec((0..12u8, "[ -~äéß日\u{301}]"), 0..60)) {
            let recent: VecDeque<String> = ["sig:TERM", "uid:0"].map(String::from).into();
            let mut bar = bar("sig:TERM");
            for (key, letter) in keys {
                match key {
                    0 => bar.edit(Edit::DeletePrevChar),
                    1 => bar.edit(Edit::GoToPrevWord),
                    2 => bar.edit(Edit::GoToNextChar),
                    3 => bar.complete(true),
                    4 => bar.complete(false),
                    5 => bar.step(Step::Up, &recent),
                    6 => bar.step(Step::PageDown, &recent),
                    7 => bar.click(2),
                    8 => drop(bar.take()),
                    _ => letter.chars().for_each(|letter| bar.insert(letter)),
                }
                if let Some(offer) = &bar.offer {
                    prop_assert!(!offer.candidates.is_empty() && offer.window.at < offer.candidates.len());
                }
            }
        }
    }
}
