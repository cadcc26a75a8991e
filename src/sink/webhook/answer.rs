//! What an answer of a webhook means: delivered, again later, or never. Nothing of an answer is believed beyond its bounds.

use crate::clock;
use std::time::Duration;

/// The first pause; each doubles the one before, up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause of our own.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// The longest that a server may ask for.
const ASKED_MAX: Duration = Duration::from_secs(300);

/// What an answer means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// It was taken.
    Delivered,
    /// To be tried again: not before this time has passed, where the server says so.
    Later(Option<Duration>),
    /// To be asked for elsewhere.
    Moved,
    /// It will not be taken, however often it is tried.
    Never,
}

/// By the status, and by `Retry-After` where there is one; `now` is the time in seconds since the epoch.
pub fn meaning(status: u16, retry_after: Option<&str>, now: i64) -> Meaning {
    match status {
        200..=299 => Meaning::Delivered,
        307 | 308 => Meaning::Moved, // 301 to 303 turn a POST into a GET, which would say nothing of the alert
        408 | 425 | 429 | 500..=599 => Meaning::Later(retry_after.and_then(|text| asked(text, now))),
        _ => Meaning::Never,
    }
}

/// Seconds, or a date.
fn asked(text: &str, now: i64) -> Option<Duration> {
    let text = text.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => u64::try_from(clock::http_date(text)?.saturating_sub(now)).unwrap_or(0),
    };
    Some(Duration::from_secs(seconds).min(ASKED_MAX))
}

/// How long to wait before try number `tries`, from 1, is repeated: longer each time, and between half and all of that by
/// `chance`, so that many who failed together do not come back together.
pub fn pause(tries: u32, chance: u64) -> Duration {
    let longest = PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(6)).min(PAUSE_MAX);
    let half = longest / 2;
    half + Duration::from_nanos(chance % u64::try_from(half.as_nanos()).unwrap_or(u64::MAX).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_taken_later_is_tried_again() {
        for status in [200, 201, 202, 204] {
            assert_eq!(meaning(status, None, 0), Meaning::Delivered);
        }
        for status in [400, 401, 403, 404, 410, 413, 422, 301, 302, 303, 304, 100, 600, 0] {
            assert_eq!(meaning(status, Some("5"), 0), Meaning::Never, "{status}");
        }
        for status in [408, 429, 500, 502, 503, 599] {
            assert_eq!(meaning(status, None, 0), Meaning::Later(None), "{status}");
        }
        assert_eq!(meaning(307, None, 0), Meaning::Moved);
    }

    #[test]
    fn a_server_may_say_when_but_not_for_ever() {
        let date = 784_111_777; // of the example in RFC 9110
        let said = |text| meaning(429, Some(text), date - 20);
        let seconds = |seconds| Meaning::Later(Some(Duration::from_secs(seconds)));
        assert_eq!(said("7"), seconds(7));
        assert_eq!(said(" 0 "), seconds(0));
        assert_eq!(said("Sun, 06 Nov 1994 08:49:37 GMT"), seconds(20));
        assert_eq!(said("Sun, 06 Nov 1994 08:49:00 GMT"), seconds(0));
        assert_eq!(said("99999999999"), seconds(300));
        assert_eq!(said("Sun, 06 Nov 9994 08:49:37 GMT"), seconds(300));
        for nonsense in ["", "soon", "-5", "7.5", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(said(nonsense), Meaning::Later(None), "{nonsense}");
        }
    }

    #[test]
    fn pauses_grow_and_differ() {
        for (tries, most) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (u32::MAX, 60)] {
            let most = Duration::from_secs(most);
            for chance in [0, 1, 499_999_999, u64::MAX] {
                let pause = pause(tries, chance);
                assert!(pause >= most / 2 && pause <= most, "{tries} {pause:?}");
            }
        }
        assert_ne!(pause(3, 1), pause(3, 1_000_000));
    }
}
