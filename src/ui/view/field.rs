//! A line of text that is being typed: scrolled so that its cursor is seen. For the filter bar and for prompts.

use super::Canvas;
use crate::escape;
use crate::ui::text;
use crate::ui::theme::Role;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::ops::Range;
use tui_input::Input;

/// The text as it is shown: what of it, and where each letter is.
pub struct Field<'a> {
    text: &'a str,
    /// The letter that the cursor stands on.
    cursor: usize,
    /// How many cells stand before each letter, and before the end.
    cells: Vec<usize>,
    /// Letters before the first one that is shown.
    pub skipped: usize,
    /// Its cells.
    pub area: Rect,
}

impl<'a> Field<'a> {
    /// Scrolled as far as is needed to show the cursor.
    pub fn new(input: &'a Input, area: Rect) -> Field<'a> {
        let text = input.value();
        let mut end = 0;
        let mut cells = vec![0];
        cells.extend(text.chars().map(|letter| {
            end += text::width(&escape::plain(letter.encode_utf8(&mut [0; 4])));
            end
        }));
        let before_cursor = cells.get(input.cursor()).copied().unwrap_or(end);
        let room = usize::from(area.width.saturating_sub(1));
        let skipped = cells.partition_point(|before| before + room < before_cursor);
        Field { text, cursor: input.cursor(), cells, skipped, area }
    }

    /// The letters that are shown, and those behind them.
    fn shown(&self) -> &'a str {
        let from = self.text.char_indices().nth(self.skipped).map_or(self.text.len(), |(at, _)| at);
        &self.text[from..]
    }

    /// The cell of letter `at`, if it is shown.
    pub fn cell(&self, at: usize) -> Option<u16> {
        let before = |at: usize| self.cells.get(at).or(self.cells.last()).copied().unwrap_or(0);
        let cells = before(at).checked_sub(before(self.skipped))?;
        u16::try_from(cells).ok().filter(|cells| *cells < self.area.width).map(|cells| self.area.x + cells)
    }

    /// The cells of these letters, as far as they are shown; one where there is none of them.
    pub fn cells(&self, letters: &Range<usize>) -> Option<Rect> {
        let from = self.cell(letters.start.max(self.skipped))?;
        let end = self.cell(letters.end).unwrap_or(self.area.right());
        Some(Rect { x: from, width: end.saturating_sub(from).max(1), ..self.area })
    }

    /// Draws the text.
    pub fn render(&self, canvas: &mut Canvas) {
        canvas.pen(self.area).text(self.shown(), Role::Strong);
    }

    /// Draws the cursor: on a letter, or behind the last one.
    pub fn cursor(&self, canvas: &mut Canvas) {
        let letters = self.cursor..self.cursor + usize::from(self.cursor < self.cells.len() - 1);
        if let Some(cells) = self.cells(&letters) {
            canvas.buffer.set_style(cells, Style::new().add_modifier(Modifier::REVERSED));
        }
    }
}
