//! The checklist of signals: 64 boxes in columns, and the one the keys are on.
//!
//! Nothing holds until it is applied: the set here is a draft.

use crate::signal::{Signal, SignalSet};
use crate::ui::layout::popup_width;
use crate::ui::list::Step;
use ratatui::layout::{Position, Rect};

/// A draft of the signals to capture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checklist {
    /// The signals that are on.
    pub set: SignalSet,
    /// Which box the keys are on, 0..64.
    pub at: usize,
    /// The first line shown, where not all fit.
    pub top: usize,
}

/// How the boxes are laid out: down the columns, then to the right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grid {
    /// The popup with its frame.
    pub area: Rect,
    /// Where the boxes go.
    pub boxes: Rect,
    /// Boxes in a column.
    pub lines: usize,
    /// Cells from one column to the next.
    pub pitch: u16,
}

/// Boxes in all.
const COUNT: usize = 64;
/// Lines of explanation below the boxes.
pub const NOTES: u16 = 3;

impl Grid {
    /// The grid for a screen of this size. There are four columns where there is room, with totals where there is more.
    pub fn new(width: u16, height: u16) -> Grid {
        let (narrow, wide) = (17, 25);
        let pitch = if width >= 4 * wide + 6 { wide } else { narrow };
        let columns = (width.saturating_sub(6) / pitch).clamp(1, 4);
        let lines = COUNT.div_ceil(columns.into());
        let shown = (lines as u16).min(height.saturating_sub(4 + NOTES)).max(1);
        let (w, h) = (popup_width(columns * pitch + 4, width), (shown + NOTES + 2).min(height));
        let area = Rect { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h };
        let boxes = Rect { x: area.x + 2, y: area.y + 1, width: w.saturating_sub(4), height: shown };
        Grid { area, boxes, lines, pitch }
    }

    /// Where box `at` is, if it is shown with this line on top.
    pub fn place(&self, at: usize, top: usize) -> Option<Position> {
        let (column, line) = (at / self.lines, (at % self.lines).checked_sub(top)?);
        (line < self.boxes.height.into())
            .then(|| Position { x: self.boxes.x + column as u16 * self.pitch, y: self.boxes.y + line as u16 })
    }

    /// The box at this cell.
    fn at(&self, column: u16, row: u16, top: usize) -> Option<usize> {
        if !self.boxes.contains(Position { x: column, y: row }) {
            return None;
        }
        let line = usize::from(row - self.boxes.y) + top;
        let at = usize::from((column - self.boxes.x) / self.pitch) * self.lines + line;
        (line < self.lines && at < COUNT).then_some(at)
    }
}

impl Checklist {
    /// A draft that begins with what holds.
    pub fn new(set: SignalSet) -> Checklist {
        Checklist { set, at: 0, top: 0 }
    }

    /// The signal the keys are on.
    pub fn signal(&self) -> Option<Signal> {
        Signal::all().nth(self.at)
    }

    /// The signal the keys are on goes on or off.
    pub fn check(&mut self) {
        if let Some(signal) = self.signal() {
            self.set.toggle(signal);
        }
    }

    /// Moves by lines.
    pub fn step(&mut self, step: Step, grid: &Grid) {
        let page = usize::from(grid.boxes.height).max(1);
        self.at = match step {
            Step::Up => self.at.saturating_sub(1),
            Step::Down => self.at + 1,
            Step::PageUp => self.at.saturating_sub(page),
            Step::PageDown => self.at + page,
            Step::First => 0,
            Step::Last => COUNT,
        }
        .min(COUNT - 1);
        self.settle(grid);
    }

    /// Moves by columns; stays where there is none.
    pub fn sideways(&mut self, right: bool, grid: &Grid) {
        let to = if right { self.at.checked_add(grid.lines) } else { self.at.checked_sub(grid.lines) };
        self.at = to.filter(|to| *to < COUNT).unwrap_or(self.at);
        self.settle(grid);
    }

    /// Puts the keys on the box at this cell and toggles it.
    pub fn click(&mut self, column: u16, row: u16, grid: &Grid) {
        if let Some(at) = grid.at(column, row, self.top) {
            self.at = at;
            self.check();
        }
    }

    /// After a move or a change of size: the box that the keys are on is shown.
    pub fn settle(&mut self, grid: &Grid) {
        let (line, shown) = (self.at % grid.lines, usize::from(grid.boxes.height).max(1));
        self.top = self.top.clamp((line + 1).saturating_sub(shown), line).min(grid.lines.saturating_sub(shown));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_box_has_its_own_place_and_is_found_there() {
        for (width, height) in [(40, 12), (80, 24), (120, 36), (200, 50)] {
            let grid = Grid::new(width, height);
            assert!(grid.area.right() <= width && grid.area.bottom() <= height);
            for at in 0..COUNT {
                let mut list = Checklist { at, ..Checklist::new(SignalSet::ALL) };
                list.settle(&grid);
                let place = grid.place(at, list.top).unwrap();
                assert!(grid.boxes.contains(place), "{at} at {width}x{height}");
                assert_eq!(grid.at(place.x + 3, place.y, list.top), Some(at));
            }
        }
        assert_eq!(Grid::new(80, 24).lines, 16);
    }

    #[test]
    fn columns_are_crossed_and_ends_are_kept() {
        let grid = Grid::new(80, 24);
        let mut list = Checklist::new(SignalSet::ALL);
        list.sideways(true, &grid);
        assert_eq!(list.at, 16);
        list.sideways(false, &grid);
        list.sideways(false, &grid);
        assert_eq!(list.at, 0);
        list.step(Step::Last, &grid);
        assert_eq!(list.signal().map(Signal::number), Some(64));
        list.sideways(true, &grid);
        assert_eq!(list.at, 63);
        list.check();
        assert_eq!(list.set.len(), 63);
    }
}
