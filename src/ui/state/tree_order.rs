//! In which order processes stand: a number for each, the lowest first, and what decides between equals.

use super::sort::{Sort, Turn};
use crate::model::Proc;
use crate::ui::language::Accounts;
use std::cmp::Ordering;

/// The columns, as the view numbers them.
pub mod column {
    /// The pid.
    pub const PID: usize = 0;
    /// The name.
    pub const NAME: usize = 1;
    /// Signals it sent.
    pub const SENT: usize = 2;
    /// Signals it was sent.
    pub const RECEIVED: usize = 3;
    /// The last signal.
    pub const LAST: usize = 4;
    /// How long ago that was.
    pub const AGE: usize = 5;
    /// The user.
    pub const USER: usize = 6;
    /// The command line.
    pub const COMMAND: usize = 7;
    /// Those that can be sorted by. By the age is by the last signal.
    pub const SORTED: [usize; 7] = [PID, NAME, SENT, RECEIVED, LAST, USER, COMMAND];
}
use column::{AGE, COMMAND, LAST, NAME, PID, RECEIVED, SENT, USER};

/// By pid, the lowest first: numbers have the most first else.
pub const BY_PID: Sort = Sort { column: PID, reversed: true };

/// The order after this change, among the columns that are shown.
pub fn turned(sort: Sort, turn: Turn, shown: &[usize]) -> Sort {
    let turn = if turn == Turn::Column(AGE) { Turn::Column(LAST) } else { turn };
    match sort.turned(turn, shown) {
        Sort { column: PID, .. } if sort.column != PID => BY_PID,
        turned => turned,
    }
}

/// Whether the order changes as signals come.
pub const fn is_by_counts(sort: Sort) -> bool {
    matches!(sort.column, SENT | RECEIVED | LAST)
}

/// Whether what is most, last or newest stands on top.
pub const fn falls(sort: Sort) -> bool {
    matches!(sort.column, PID | SENT | RECEIVED | LAST) != sort.reversed
}

/// The number by which a process is put in order.
pub fn rank(sort: Sort, proc: &Proc, users: &Accounts) -> u128 {
    let number = match sort.column {
        NAME => letters(proc.name.as_str()),
        SENT => !u128::from(proc.sent),
        RECEIVED => !u128::from(proc.received),
        LAST => match proc.last {
            Some(last) => !u128::from(last.mono_ns),
            None => return u128::MAX, // last, either way
        },
        USER => match user(proc.uid, users) {
            Some(name) => letters(name),
            None => u128::MAX - u128::from(u32::MAX - proc.uid),
        },
        COMMAND => letters(start(proc)),
        _ => !u128::from(proc.key.pid),
    };
    if sort.reversed { !number } else { number }
}

/// What decides where the numbers are the same: of commands only their beginning is in the number.
pub fn ties(sort: Sort, a: &Proc, b: &Proc) -> Ordering {
    match (sort.column, sort.reversed) {
        (COMMAND, false) => whole(a).cmp(&whole(b)),
        (COMMAND, true) => whole(b).cmp(&whole(a)),
        _ => Ordering::Equal,
    }
}

/// A user's name.
pub fn user(uid: u32, users: &Accounts) -> Option<&str> {
    users.iter().find(|(_, other)| *other == uid).map(|(name, _)| name.as_str())
}

fn whole(proc: &Proc) -> (&str, &str) {
    (proc.program.packed_argv(), &proc.program.exe)
}

/// What of the command is looked at first.
fn start(proc: &Proc) -> &str {
    let (args, exe) = whole(proc);
    if args.is_empty() { exe } else { args }
}

/// The first sixteen bytes of a text as a number, so that numbers are in the order of texts, capitals as small letters.
fn letters(text: &str) -> u128 {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(text.bytes()) {
        *to = from.to_ascii_lowercase();
    }
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_letters() {
        assert!(letters("Apache") < letters("bash") && letters("bash") < letters("basht"));
        assert!(letters("") < letters("a"));
    }

    #[test]
    fn by_pid_the_lowest_is_first_and_else_the_most() {
        let shown = [PID, NAME, SENT];
        let by_sent = turned(BY_PID, Turn::Previous, &shown);
        assert_eq!((by_sent, falls(by_sent)), (Sort::by(SENT), true));
        assert_eq!(turned(by_sent, Turn::Next, &shown), BY_PID);
        assert!(!falls(BY_PID) && !falls(Sort::by(NAME)) && falls(Sort::by(LAST)));
        assert_eq!(turned(BY_PID, Turn::Reverse, &shown), Sort::by(PID));
        assert_eq!(turned(BY_PID, Turn::Column(PID), &shown), Sort::by(PID));
        assert_eq!(turned(BY_PID, Turn::Column(AGE), &[PID, LAST]), Sort::by(LAST));
    }
}
