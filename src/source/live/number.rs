//! A signal as the system calls take it. Here, for real-time signals have no name there, and making one from a number is
//! `unsafe`.

use crate::signal::{MAX, RTMIN, Signal};
use rustix::process::Signal as Number;

/// The signal; none for the two that the C library keeps for its threads.
pub fn number(signal: Signal) -> Option<Number> {
    let number = i32::from(signal.number());
    match signal.number() {
        // SAFETY: it is a real-time signal that the C library leaves to programs.
        RTMIN..=MAX => Some(unsafe { Number::from_raw_unchecked(number) }),
        _ => Number::from_named_raw(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_what_they_are() {
        for signal in Signal::all() {
            let expected = (!matches!(signal.number(), 32 | 33)).then_some(signal.number().into());
            assert_eq!(number(signal).map(Number::as_raw), expected, "{signal}");
        }
    }
}
