//! Columns that give way: the same arithmetic for every list on the screen.
//!
//! A panel says once which columns it has, how wide they should be and which go first where there is no room. Knows
//! nothing of what stands in them.

use super::{Canvas, Pen};
use crate::ui::list::Window;
use crate::ui::theme::Role;
use ratatui::layout::Rect;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its head.
    pub title: &'static str,
    /// The least it needs, in cells.
    pub min: u16,
    /// The most it can use.
    pub max: u16,
    /// Whether it holds numbers.
    pub right: bool,
    /// The higher, the sooner it is left out; 0 never is.
    pub rank: u8,
}

/// A column of text.
pub const fn text(title: &'static str, min: u16, max: u16, rank: u8) -> Column {
    Column { title, min, max, right: false, rank }
}

/// A column of numbers.
pub const fn number(title: &'static str, min: u16, max: u16, rank: u8) -> Column {
    Column { title, min, max, right: true, rank }
}

/// Columns fitted to a width: for each its first cell and its width, `None` if it is left out.
#[derive(Clone, Debug)]
pub struct Table<const N: usize> {
    /// Cells from the left, and width.
    pub slots: [Option<(u16, u16)>; N],
    columns: [Column; N],
}

/// Cells left free before the first column and after the last, for the mark of the selected row.
const MARGIN: u16 = 1;

impl<const N: usize> Table<N> {
    /// Fits columns into `width` cells.
    pub fn fit(columns: &[Column; N], width: u16) -> Table<N> {
        let room = width.saturating_sub(2 * MARGIN);
        let gap = if width >= 64 { 2 } else { 1 };
        let mut kept = [true; N];
        let needed = |kept: &[bool; N]| {
            let (mut sum, mut count) = (0u16, 0u16);
            for (column, _) in columns.iter().zip(kept).filter(|(_, kept)| **kept) {
                (sum, count) = (sum + column.min, count + 1);
            }
            sum + gap * count.saturating_sub(1)
        };
        while needed(&kept) > room {
            let last = (0..N).filter(|i| kept[*i] && columns[*i].rank > 0).max_by_key(|i| columns[*i].rank);
            match last {
                Some(i) => kept[i] = false,
                None => break,
            }
        }
        let mut widths = columns.map(|column| column.min);
        let mut rest = room.saturating_sub(needed(&kept));
        while rest > 0 {
            // The column that has least of what it can use gets the next cell.
            let hungry = (0..N).filter(|i| kept[*i] && widths[*i] < columns[*i].max).min_by_key(|i| {
                u32::from(widths[*i] - columns[*i].min) * 256 / u32::from(columns[*i].max - columns[*i].min)
            });
            let Some(i) = hungry else { break };
            widths[i] += 1;
            rest -= 1;
        }
        let mut x = MARGIN;
        let mut slots = [None; N];
        for i in (0..N).filter(|i| kept[*i]) {
            slots[i] = Some((x, widths[i].min(width.saturating_sub(x))));
            x += widths[i] + gap;
        }
        Table { slots, columns: *columns }
    }

    /// Draws the heads on the first line of `area`.
    pub fn heads(&self, canvas: &mut Canvas, area: Rect) {
        for (slot, column) in self.slots.iter().zip(&self.columns) {
            let Some((x, width)) = *slot else { continue };
            let pen = canvas.pen(Rect { x: area.x + x, width, ..area });
            Pen { align_right: column.right, ..pen }.put(column.title, Role::Head);
        }
    }

    /// Writes one row: for each column that is kept, `write` gets its number, and a pen that has its cells.
    pub fn row(&self, canvas: &mut Canvas, row: Row, mut write: impl FnMut(usize, &mut Pen)) {
        let mark = canvas.glyphs.mark;
        let mut pen = canvas.line(row.area, row.line, row.is_selected && row.has_keys);
        if row.is_selected && !row.has_keys {
            pen.text(mark, Role::Mark);
        }
        for (i, slot) in self.slots.iter().enumerate() {
            if let Some((x, width)) = *slot {
                pen.x = row.area.x + x;
                pen.end = (pen.x + width).min(row.area.right());
                pen.align_right = self.columns[i].right;
                write(i, &mut pen);
            }
        }
    }
}

/// A row of a list on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Where the rows of the list are.
    pub area: Rect,
    /// Its line there.
    pub line: u16,
    /// Whether it is selected.
    pub is_selected: bool,
    /// Whether its panel has the keys.
    pub has_keys: bool,
}

impl Row {
    /// The row at position `at` of a list, whose selected row is shown as such.
    pub fn new(area: Rect, window: Window, at: usize, has_keys: bool) -> Row {
        Row { area, line: at.saturating_sub(window.top) as u16, is_selected: at == window.at, has_keys }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [number("PID", 7, 7, 0), text("NAME", 10, 30, 0), text("COMMAND", 20, 200, 1)];

    #[test]
    fn columns_give_way_by_rank_and_grow_to_their_most() {
        let fit = |width| Table::fit(&COLUMNS, width).slots;
        assert_eq!(fit(30), [Some((1, 7)), Some((9, 20)), None]);
        assert_eq!(fit(44), [Some((1, 7)), Some((9, 12)), Some((22, 21))]);
        assert_eq!(fit(20), [Some((1, 7)), Some((9, 10)), None]);
        assert_eq!(fit(5), [Some((1, 4)), Some((9, 0)), None]);
    }

    #[test]
    fn columns_never_overlap_nor_leave_their_area() {
        for width in 19..300 {
            let slots = Table::fit(&COLUMNS, width).slots;
            let mut free = 0;
            for (x, cells) in slots.into_iter().flatten() {
                assert!(x > free || free == 0, "{width}: {slots:?}");
                free = x + cells;
            }
            assert!(free < width, "{width}: {slots:?}");
        }
    }
}
