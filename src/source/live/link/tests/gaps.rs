//! After lost records nothing is guessed.

use super::*;

#[test]
fn what_waited_before_a_gap_is_not_joined_after_it() {
    let mut fold = Fold::default();
    fold.kill(BOB, rt(0));
    fold.kill(BOB, Signal::USR1);
    fold.kill(21, Signal::USR1);
    fold.linker.stamp(Stamp { generation: 0, gap: 1 });
    let after = fold.kill(BOB, rt(0));
    assert_eq!(fold.handle(BOB, BOB, rt(0)), Some(after));
    assert_eq!(fold.handle(BOB, BOB, Signal::USR1), None);
    assert_eq!(fold.handle(21, 21, Signal::USR1), None);
}

/// A death that was told before the gap is what it was.
#[test]
fn who_is_dying_still_dies_of_it() {
    let mut fold = Fold::default();
    let id = fold.kill(BOB, Signal::TERM);
    fold.group_exit(BOB, BOB, Signal::TERM).unwrap();
    fold.linker.stamp(Stamp { generation: 0, gap: 1 });
    assert_eq!(fold.cause(BOB, Signal::TERM), Some(id));
}

#[test]
fn who_waited_through_a_gap_dies_of_something_unknown() {
    let mut fold = Fold::default();
    fold.kill(BOB, Signal::TERM);
    fold.linker.stamp(Stamp { generation: 0, gap: 65_535 });
    assert_eq!(fold.cause(BOB, Signal::TERM), None);
}
