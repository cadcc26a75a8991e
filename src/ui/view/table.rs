//! Columns that give way: the same arithmetic for every list on the screen.
//!
//! A panel says once which columns it has, how wide they should be and which go first where there is no room. Knows
//! nothing of what stands in them.

use super::{Canvas, Pen};
use crate::ui::Ui;
use crate::ui::layout::Panel;
use crate::ui::list::Window;
use crate::ui::state::sort::Sort;
use crate::ui::theme::Role;
use ratatui::layout::Rect;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its head.
    pub title: &'static str,
    /// The least it needs, in cells.
    pub min: u16,
    /// What it needs to look well.
    pub want: u16,
    /// The most it can use.
    pub max: u16,
    /// Whether it holds numbers.
    pub right: bool,
    /// Whether a list sorted by it has the most on top, as is usual of it: of what is counted, not of names.
    pub falls: bool,
    /// The higher, the sooner it is left out; 0 never is. From [`NICE`] on it is only nice to have.
    pub rank: u8,
}

/// Columns from this rank on are shown only where the others have what they want.
pub const NICE: u8 = 10;

/// A column of text.
pub const fn text(title: &'static str, [min, want, max]: [u16; 3], rank: u8) -> Column {
    Column { title, min, want, max, right: false, falls: false, rank }
}

/// A column of numbers.
pub const fn number(title: &'static str, [min, want, max]: [u16; 3], rank: u8) -> Column {
    Column { title, min, want, max, right: true, falls: true, rank }
}

/// A column of graphs: of numbers, that begins at the left.
pub const fn graph(title: &'static str, [min, want, max]: [u16; 3], rank: u8) -> Column {
    Column { title, min, want, max, right: false, falls: true, rank }
}

/// Columns fitted to a width: for each its first cell and its width, `None` if it is left out.
#[derive(Clone, Debug)]
pub struct Table<const N: usize> {
    /// Cells from the left, and width.
    pub slots: [Option<(u16, u16)>; N],
    columns: [Column; N],
}

/// Leaves out columns of at least `rank`, the highest first, until the rest fits with these widths.
fn drop_until_fit<const N: usize>(
    columns: &[Column; N],
    kept: &mut [bool; N],
    room: u16,
    rank: u8,
    width: impl Fn(&Column) -> u16,
) {
    while needed(columns, kept, 1, &width) > room {
        let last = (0..N).filter(|i| kept[*i] && columns[*i].rank >= rank).max_by_key(|i| columns[*i].rank);
        match last {
            Some(i) => kept[i] = false,
            None => break,
        }
    }
}

/// Cells for the columns that are kept, and the gaps between them.
fn needed<const N: usize>(columns: &[Column; N], kept: &[bool; N], gap: u16, width: impl Fn(&Column) -> u16) -> u16 {
    let widths = columns.iter().zip(kept).filter(|(_, kept)| **kept).map(|(column, _)| width(column));
    let (sum, count) = widths.fold((0, 0), |(sum, count), width| (sum + width, count + 1));
    sum + gap * u16::saturating_sub(count, 1)
}

/// Widens columns towards `most`, each by its share of what it can still use. Cells that nobody can use are returned.
fn grow<const N: usize>(widths: &mut [u16; N], kept: &[bool; N], most: &[u16; N], mut rest: u16) -> u16 {
    let start = *widths;
    while rest > 0 {
        let share = |i: usize| u32::from(widths[i] - start[i]) * 256 / u32::from(most[i] - start[i]);
        let hungry = (0..N).filter(|i| kept[*i] && widths[*i] < most[*i]).min_by_key(|i| share(*i));
        let Some(i) = hungry else { break };
        widths[i] += 1;
        rest -= 1;
    }
    rest
}

/// Cells left free before the first column and after the last, for the mark of the selected row.
const MARGIN: u16 = 1;

impl<const N: usize> Table<N> {
    /// Fits columns into `width` cells. What is only nice to have is there if all others then still have what they
    /// want; the others go when even their least does not fit.
    pub fn fit(columns: &[Column; N], width: u16) -> Table<N> {
        let room = width.saturating_sub(2 * MARGIN);
        let mut kept = [true; N];
        drop_until_fit(columns, &mut kept, room, NICE, |column| column.want);
        drop_until_fit(columns, &mut kept, room, 1, |column| column.min);
        let gap = if needed(columns, &kept, 2, |column| column.want) <= room { 2 } else { 1 };
        let mut widths = columns.map(|column| column.min);
        let mut rest = room.saturating_sub(needed(columns, &kept, gap, |column| column.min));
        for most in [columns.map(|column| column.want), columns.map(|column| column.max)] {
            rest = grow(&mut widths, &kept, &most, rest);
        }
        let mut x = MARGIN;
        let mut slots = [None; N];
        for i in (0..N).filter(|i| kept[*i]) {
            slots[i] = Some((x, widths[i].min(width.saturating_sub(x))));
            x += widths[i] + gap;
        }
        Table { slots, columns: *columns }
    }

    /// Draws the heads on the first line of `area`, the one that the list is sorted by with a mark: most or last on
    /// top, or the other way round.
    pub fn heads(&self, canvas: &mut Canvas, area: Rect, sort: Option<Sort>) {
        for (i, (slot, column)) in self.slots.iter().zip(&self.columns).enumerate() {
            let Some((x, width)) = *slot else { continue };
            let Some(sort) = sort.filter(|sort| sort.column == i) else {
                let pen = canvas.pen(Rect { x: area.x + x, width, ..area });
                Pen { align_right: column.right, ..pen }.put(column.title, Role::Head);
                continue;
            };
            let falls = column.falls != sort.reversed;
            let mark = if falls { canvas.glyphs.down } else { canvas.glyphs.up };
            // Of numbers the mark stands before the head where there is room: digits stand under its last letter.
            let (x, text) = match column.right {
                true if column.title.len() < usize::from(width) || x > 0 => {
                    (x + width - (column.title.len() as u16 + 1).min(x + width), format!("{mark}{}", column.title))
                }
                _ => (x, format!("{}{mark}", column.title)),
            };
            canvas
                .pen(Rect { x: area.x + x, width: area.width.saturating_sub(x), ..area })
                .text(&text, Role::HeadSorted);
        }
    }

    /// The columns that are not left out.
    pub fn kept(&self) -> impl Iterator<Item = usize> {
        (0..N).filter(|i| self.slots[*i].is_some())
    }

    /// The first cell of a column that is kept, from the left of the table.
    pub fn from(&self, column: usize) -> Option<u16> {
        self.slots.get(column).copied().flatten().map(|(x, _)| x)
    }

    /// The column at this cell of the table, from its left.
    pub fn column_at(&self, x: u16) -> Option<usize> {
        self.slots.iter().position(|slot| slot.is_some_and(|(from, width)| (from..from + width).contains(&x)))
    }

    /// Writes one row: for each column that is kept, `write` gets its number, and a pen that has its cells.
    pub fn row(&self, canvas: &mut Canvas, row: Row, mut write: impl FnMut(usize, &mut Pen)) {
        let mark = canvas.glyphs.mark;
        let mut pen = canvas.line(row.area, row.line, row.is_selected);
        match row.sign {
            Some(sign) => {
                pen.text(sign, if row.is_marked { Role::Mark } else { Role::Notice });
            }
            None if row.is_marked => {
                pen.text(mark, Role::Mark);
            }
            None => {}
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
    /// Whether it is selected in the panel that has the keys.
    pub is_selected: bool,
    /// Whether the detail is about it, while another panel has the keys.
    pub is_marked: bool,
    /// The sign before it, if it has one of its own.
    pub sign: Option<&'static str>,
}

impl Row {
    /// The row at position `at` of a panel's list.
    pub fn new(area: Rect, window: Window, at: usize, panel: Panel, ui: &Ui) -> Row {
        let (is_at, has_keys) = (at == window.at, ui.focus() == panel);
        Row {
            area,
            line: at.saturating_sub(window.top) as u16,
            is_selected: is_at && has_keys,
            is_marked: is_at && !has_keys && ui.subject_panel() == Some(panel),
            sign: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] =
        [number("PID", [7; 3], 1), text("NAME", [10, 12, 30], 0), text("COMMAND", [10, 20, 200], NICE)];

    #[test]
    fn columns_give_way_by_rank_and_grow_to_their_most() {
        let fit = |width| Table::fit(&COLUMNS, width).slots;
        assert_eq!(fit(18), [None, Some((1, 16)), None]);
        assert_eq!(fit(20), [Some((1, 7)), Some((9, 10)), None]);
        assert_eq!(fit(42), [Some((1, 7)), Some((10, 30)), None]);
        assert_eq!(fit(43), [Some((1, 7)), Some((9, 12)), Some((22, 20))]);
        assert_eq!(fit(5), [None, Some((1, 4)), None]);
    }

    #[test]
    fn columns_never_overlap_nor_leave_their_area() {
        for width in 12..300 {
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
