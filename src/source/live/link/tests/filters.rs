//! Filters: when they are told, and what they make unknown.

use super::*;

fn set(signals: &[Signal]) -> SignalSet {
    signals.iter().copied().collect()
}

impl Fold {
    fn expect(&mut self, generation: u32, certain: SignalSet) {
        let text = Some(format!("number {generation}"));
        self.linker.expect(Expected { generation, certain, text });
    }

    /// A signal that passed the filter of `generation`.
    fn pass(&mut self, generation: u32, signal: Signal) -> u64 {
        self.linker.stamp(Stamp { generation, gap: 0 });
        self.kill(BOB, signal)
    }

    /// What came out, in short: the generation of a filter, or the number of a signal.
    fn told(&mut self) -> Vec<Result<u32, u8>> {
        let short = |event: Event| match event {
            Event::Filter(e) => Ok(e.generation),
            Event::Signal(e) => Err(e.signal.number()),
            other => panic!("{other:?}"),
        };
        self.linker.take(self.now).into_iter().map(short).collect()
    }
}

#[test]
fn a_filter_is_told_before_its_first_record() {
    let mut fold = Fold::default();
    fold.pass(0, Signal::TERM);
    fold.expect(1, SignalSet::ALL);
    fold.pass(0, Signal::HUP); // the kernel does not obey yet
    fold.pass(1, Signal::INT);
    fold.pass(1, Signal::USR1);
    assert_eq!(fold.told(), [Err(15), Err(1), Ok(1), Err(2), Err(10)]);
}

#[test]
fn a_filter_that_nothing_passes_is_told_once_it_holds() {
    let mut fold = Fold::default();
    fold.expect(1, SignalSet::EMPTY);
    fold.linker.tell_filters(0, 6);
    assert_eq!(fold.told(), []);
    fold.linker.tell_filters(1, 7);
    fold.linker.tell_filters(1, 8);
    assert_eq!(fold.told(), [Ok(1)]);
}

#[test]
fn one_that_the_kernel_refused_is_never_told() {
    let mut fold = Fold::default();
    fold.expect(1, SignalSet::ALL);
    fold.linker.expect_not();
    fold.expect(1, SignalSet::EMPTY);
    fold.linker.tell_filters(1, 7);
    assert_eq!(fold.told(), [Ok(1)]);
}

#[test]
fn filters_that_came_and_went_unseen_are_told_too() {
    let mut fold = Fold::default();
    for generation in 1..=3 {
        fold.expect(generation, SignalSet::ALL);
    }
    fold.pass(2, Signal::TERM);
    fold.pass(1, Signal::HUP); // of another processor, a moment late
    fold.pass(3, Signal::INT);
    assert_eq!(fold.told(), [Ok(1), Ok(2), Err(15), Err(1), Ok(3), Err(2)]);
}

/// While a signal is filtered, more of it may be sent and taken unseen: what waited then is no longer known.
#[test]
fn what_was_filtered_in_between_is_not_joined() {
    let mut fold = Fold::default();
    let term = fold.pass(0, Signal::TERM);
    fold.pass(0, rt(0));
    fold.expect(1, set(&[Signal::TERM]));
    fold.expect(2, SignalSet::ALL);
    fold.linker.stamp(Stamp { generation: 2, gap: 0 });
    assert_eq!(fold.handle(BOB, BOB, rt(0)), None);
    assert_eq!(fold.handle(BOB, BOB, Signal::TERM), Some(term));
}
