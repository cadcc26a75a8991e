//! The rows of the log that the user marked, by their sequence numbers.
//!
//! Bounded: there is room for [`Marks::MOST`]. A mark goes with its row.

use std::collections::BTreeSet;

/// Marked rows.
#[derive(Debug, Default)]
pub struct Marks(BTreeSet<u64>);

impl Marks {
    /// The most rows that are marked at a time.
    pub const MOST: usize = 1000;

    /// Marks a row, or takes its mark away. Whether there was room.
    pub fn toggle(&mut self, seq: u64) -> bool {
        if self.0.remove(&seq) {
            return true;
        }
        let has_room = self.0.len() < Marks::MOST;
        if has_room {
            self.0.insert(seq);
        }
        has_room
    }

    /// Whether this row is marked.
    pub fn contains(&self, seq: u64) -> bool {
        self.0.contains(&seq)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those after this row, nearest first.
    pub fn after(&self, seq: u64) -> impl Iterator<Item = u64> {
        self.0.range(seq.saturating_add(1)..).copied()
    }

    /// Those before it, nearest first.
    pub fn before(&self, seq: u64) -> impl Iterator<Item = u64> {
        self.0.range(..seq).rev().copied()
    }

    /// Rows before this one are gone.
    pub fn forget_before(&mut self, first: u64) {
        while self.0.first().is_some_and(|seq| *seq < first) {
            self.0.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_and_go_and_are_bounded() {
        let mut marks = Marks::default();
        assert!((0..Marks::MOST as u64).all(|seq| marks.toggle(seq)));
        assert!(!marks.toggle(5000) && marks.toggle(7) && marks.toggle(5000), "one goes, another has room");
        assert_eq!(
            (marks.before(9).next(), marks.before(8).next(), marks.after(998).collect()),
            (Some(8), Some(6), vec![999, 5000])
        );
        marks.forget_before(1000);
        assert_eq!((marks.len(), marks.contains(5000), marks.after(u64::MAX).next()), (1, true, None));
    }
}
