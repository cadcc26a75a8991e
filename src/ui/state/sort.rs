//! By which column a list is sorted, and which way: the same for every list.
//!
//! Columns are numbered as the panel's view has them. What a column's order is, its list knows.

use std::fmt;

/// An order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sort {
    /// The column.
    pub column: usize,
    /// The other way round than is usual for it: most first for numbers, from A for names.
    pub reversed: bool,
}

/// A change of the order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// By the next column.
    Next,
    /// By the column before.
    Previous,
    /// The other way round.
    Reverse,
    /// By this column; where it is so already, the other way round: a click on its head.
    Column(usize),
}

/// `3`, or `-3` the other way round: for what is kept between runs.
impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}{}", if self.reversed { "-" } else { "" }, self.column)
    }
}

impl Sort {
    /// Reads what is written by `Display`. Whether there is such a column, the list knows.
    pub fn read(text: &str) -> Option<Sort> {
        let digits = text.strip_prefix('-');
        let column = digits.unwrap_or(text).parse().ok()?;
        Some(Sort { column, reversed: digits.is_some() })
    }

    /// By this column, as is usual for it.
    pub const fn by(column: usize) -> Sort {
        Sort { column, reversed: false }
    }

    /// The order after this change, among these columns.
    pub fn turned(self, turn: Turn, columns: &[usize]) -> Sort {
        let at = columns.iter().position(|column| *column == self.column).unwrap_or(0);
        let nth = |at: usize| columns.get(at % columns.len().max(1)).map_or(self, |column| Sort::by(*column));
        match turn {
            Turn::Next => nth(at + 1),
            Turn::Previous => nth(at + columns.len().max(1) - 1),
            Turn::Column(column) if column != self.column => {
                if columns.contains(&column) {
                    Sort::by(column)
                } else {
                    self
                }
            }
            Turn::Reverse | Turn::Column(_) => Sort { reversed: !self.reversed, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_turn_in_a_ring_and_reverse() {
        let sort = Sort::by(3);
        let columns = [0, 3, 5];
        assert_eq!(sort.turned(Turn::Next, &columns), Sort::by(5));
        assert_eq!(sort.turned(Turn::Next, &columns).turned(Turn::Next, &columns), Sort::by(0));
        assert_eq!(Sort::by(0).turned(Turn::Previous, &columns), Sort::by(5));
        assert_eq!(sort.turned(Turn::Column(3), &columns), Sort { column: 3, reversed: true });
        assert_eq!(sort.turned(Turn::Reverse, &columns).turned(Turn::Next, &columns), Sort::by(5), "each as is usual");
        assert_eq!(sort.turned(Turn::Column(4), &columns), sort, "no order is by that column");
        assert_eq!(sort.turned(Turn::Next, &[]), sort);
    }

    #[test]
    fn an_order_is_read_as_it_is_written() {
        for sort in [Sort::by(0), Sort { column: 7, reversed: true }] {
            assert_eq!(Sort::read(&sort.to_string()), Some(sort));
        }
        assert_eq!((Sort::read(""), Sort::read("-"), Sort::read("name")), (None, None, None));
    }
}
