//! A moment of a recording as it is typed: `17:31:12.5`, `2026-11-20 17:31`, `+30s`, `-10s`, `50%`, `end`.
//!
//! Only the grammar and what is said of a wrong one: days and zones are the clock's.

use crate::clock::{Clock, Day, TimeStyle};
use std::fmt;
use std::ops::Range;

/// What a moment is told against.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// From nanoseconds of `CLOCK_MONOTONIC` to times of day and back.
    pub clock: &'a Clock,
    /// Where the recording begins.
    pub begin_ns: u64,
    /// Where it ends, if that is known.
    pub end_ns: Option<u64>,
    /// What `+` and `-` count from.
    pub at_ns: u64,
}

/// What is wrong with it, and which letters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// Which letters, from 0.
    pub at: Range<usize>,
    /// What, in words.
    pub why: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "col {}: {}", self.at.start + 1, self.why)
    }
}

impl Wrong {
    /// The text, and below it a mark under the letters that are wrong.
    pub fn marked(&self, text: &str) -> String {
        let plain: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        format!("{plain}\n{}{}", " ".repeat(self.at.start), "^".repeat(self.at.len().max(1)))
    }
}

/// What may be typed.
pub const EXAMPLES: &str = "17:31:12, +30s, -10s, 50%, end";

const SECOND: u64 = 1_000_000_000;
/// How long each unit is, in nanoseconds.
const UNITS: [(&str, u64); 5] =
    [("ms", 1_000_000), ("s", SECOND), ("m", 60 * SECOND), ("h", 3600 * SECOND), ("d", 86_400 * SECOND)];

/// Reads it.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str, frame: &Frame) -> Result<u64, Wrong> {
    let mut reader = Reader { letters: text.chars().collect(), at: 0 };
    reader.blanks();
    let moment = match reader.peek() {
        None => return Err(reader.wrong(format!("a time is needed: {EXAMPLES}"))),
        Some('+' | '-') => reader.offset(frame)?,
        Some('0'..='9') => reader.number_or_time(frame)?,
        Some(_) => reader.word(frame)?,
    };
    reader.blanks();
    if reader.peek().is_some() {
        return Err(reader.wrong("nothing more is expected here".into()));
    }
    Ok(moment)
}

/// Whether it can be a moment of some recording.
///
/// # Errors
/// What is wrong with it, whatever is recorded.
pub fn check(text: &str) -> Result<(), Wrong> {
    // All that there may be, and in the middle of it.
    let clock = Clock::new(TimeStyle::Utc, 0, 0);
    parse(text, &Frame { clock: &clock, begin_ns: 0, end_ns: Some(u64::MAX), at_ns: u64::MAX / 2 }).map(drop)
}

struct Reader {
    letters: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn blanks(&mut self) {
        while self.take(' ') {}
    }

    /// These letters, or the one that the reader stands at, are wrong.
    fn wrong(&self, why: String) -> Wrong {
        Wrong { at: self.at..self.at + 1, why }
    }

    fn since(&self, start: usize, why: String) -> Wrong {
        Wrong { at: start..self.at.max(start + 1), why }
    }

    /// A whole number of at most nine digits.
    fn digits(&mut self, what: &str) -> Result<u64, Wrong> {
        let start = self.at;
        let mut number = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.at += 1;
            if self.at - start > 9 {
                return Err(self.since(start, "too many digits".into()));
            }
            number = number * 10 + u64::from(digit);
        }
        if self.at == start { Err(self.wrong(format!("{what} expected"))) } else { Ok(number) }
    }

    /// What stands behind a point, in billionths.
    fn fraction(&mut self) -> Result<u64, Wrong> {
        if !self.take('.') {
            return Ok(0);
        }
        let start = self.at;
        let digits = self.digits("digits")?;
        Ok(digits * 10u64.pow(9u32.saturating_sub((self.at - start) as u32)))
    }

    fn letters(&mut self) -> (usize, String) {
        let start = self.at;
        while self.peek().is_some_and(char::is_alphabetic) {
            self.at += 1;
        }
        (start, self.letters[start..self.at].iter().collect::<String>().to_lowercase())
    }

    fn word(&mut self, frame: &Frame) -> Result<u64, Wrong> {
        match self.letters() {
            (_, word) if matches!(&*word, "begin" | "start") => Ok(frame.begin_ns),
            (start, word) if word == "end" => {
                frame.end_ns.ok_or_else(|| self.since(start, "where it ends is not known yet".into()))
            }
            (start, _) => Err(self.since(start, format!("no time; try {EXAMPLES}"))),
        }
    }

    /// `+1m30s`; without a unit, seconds.
    fn offset(&mut self, frame: &Frame) -> Result<u64, Wrong> {
        let is_back = self.peek() == Some('-');
        self.at += 1;
        let mut sum: u64 = 0;
        loop {
            let (whole, fraction) = (self.digits("a number")?, self.fraction()?);
            let (start, unit) = self.letters();
            let known = UNITS.iter().find(|(name, _)| *name == unit || unit.is_empty() && *name == "s");
            let Some((_, unit)) = known else {
                return Err(self.since(start, "no unit of time: there are ms, s, m, h, d".into()));
            };
            let part = u128::from(*unit) * (u128::from(whole) * u128::from(SECOND) + u128::from(fraction));
            sum = sum.saturating_add(u64::try_from(part / u128::from(SECOND)).unwrap_or(u64::MAX));
            if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
                break;
            }
        }
        let moment = if is_back { frame.at_ns.saturating_sub(sum) } else { frame.at_ns.saturating_add(sum) };
        Ok(moment.clamp(frame.begin_ns, frame.end_ns.unwrap_or(u64::MAX)))
    }

    fn number_or_time(&mut self, frame: &Frame) -> Result<u64, Wrong> {
        let start = self.at;
        let first = self.digits("a time")?;
        match self.peek() {
            Some('%' | '.') => self.percent(start, first, frame),
            Some(':') => self.time_of(start, None, first, frame),
            Some('-') => self.date(start, first, frame),
            _ => Err(self.wrong(format!("a colon expected, as in 17:31; or a unit, as in +{first}s"))),
        }
    }

    fn percent(&mut self, start: usize, whole: u64, frame: &Frame) -> Result<u64, Wrong> {
        let billionths = whole.saturating_mul(SECOND).saturating_add(self.fraction()?);
        if !self.take('%') {
            return Err(self.wrong("% expected".into()));
        }
        if billionths > 100 * SECOND {
            return Err(self.since(start, "from 0% to 100%".into()));
        }
        let end_ns = frame.end_ns.ok_or_else(|| self.since(start, "where it ends is not known yet".into()))?;
        let part = u128::from(end_ns.saturating_sub(frame.begin_ns)) * u128::from(billionths);
        Ok(frame.begin_ns.saturating_add((part / u128::from(100 * SECOND)) as u64))
    }

    /// `2026-11-20 17:31`, or with a T between.
    fn date(&mut self, start: usize, year: u64, frame: &Frame) -> Result<u64, Wrong> {
        self.take('-');
        let month = self.digits("a month")?;
        if !self.take('-') {
            return Err(self.wrong("a date is written 2026-11-20".into()));
        }
        let day = self.digits("a day")?;
        let day = Day::new(year, month, day).ok_or_else(|| self.since(start, "there is no such day".into()))?;
        if !self.take('T') {
            self.blanks();
        }
        let at = self.at;
        let hour = self.digits("a time of day")?;
        self.time_of(at, Some((day, start)), hour, frame)
    }

    /// What is behind the hour; then the moment on that day, or on the one that is nearest.
    fn time_of(&mut self, start: usize, day: Option<(Day, usize)>, hour: u64, frame: &Frame) -> Result<u64, Wrong> {
        if !self.take(':') {
            return Err(self.wrong("a colon expected, as in 17:31".into()));
        }
        let below = |reader: &Reader, start, number, end, what| {
            if number < end { Ok(number) } else { Err(reader.since(start, format!("{what} are 0 to {}", end - 1))) }
        };
        let at = self.at;
        let minute = self.digits("minutes")?;
        let minute = below(self, at, minute, 60, "minutes")?;
        let mut ns = 0;
        if self.take(':') {
            let at = self.at;
            let second = self.digits("seconds")?;
            ns = below(self, at, second, 60, "seconds")? * SECOND + self.fraction()?;
        }
        let is_utc = self.take('Z');
        if hour > 23 {
            return Err(Wrong { at: start..start + 2, why: "hours are 0 to 23".into() });
        }
        let ns = (hour * 60 + minute) * 60 * SECOND + ns;
        let is_inside = |moment: u64| {
            // To the second in which it begins and ends: nobody types more than is shown.
            moment.saturating_add(SECOND) > frame.begin_ns
                && frame.end_ns.is_none_or(|end| moment <= end.saturating_add(SECOND))
        };
        let moment = match day {
            Some((day, _)) => frame.clock.moment(day, ns, is_utc).filter(|moment| is_inside(*moment)),
            None => frame.clock.nearest(ns, is_utc, frame.at_ns, is_inside),
        };
        let from = day.map_or(start, |(_, from)| from);
        let moment = moment.ok_or_else(|| self.since(from, outside(frame)))?;
        Ok(moment.clamp(frame.begin_ns, frame.end_ns.unwrap_or(u64::MAX)))
    }
}

fn outside(frame: &Frame) -> String {
    let (begin, end) = (frame.clock.full_second(frame.begin_ns), frame.end_ns.map(|end| frame.clock.full_second(end)));
    match end {
        Some(end) => {
            // The day is said once, where it is the same.
            let day = begin.split_once(' ').map_or(0, |(day, _)| day.len() + 1);
            let is_same = end.get(..day) == begin.get(..day);
            format!("it is recorded from {begin} to {}", if is_same { &end[day..] } else { &end })
        }
        None => format!("it is recorded from {begin} on"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: u64 = 3600 * SECOND;
    /// 2026-11-20T17:31:00Z, an hour after the machine started.
    const REAL: i64 = 1_795_195_860;
    const BEGIN: u64 = HOUR;

    fn read(text: &str, end_ns: Option<u64>) -> Result<u64, String> {
        let clock = Clock::new(TimeStyle::Utc, BEGIN, REAL * 1_000_000_000 - BEGIN as i64);
        let frame = Frame { clock: &clock, begin_ns: BEGIN, end_ns, at_ns: BEGIN + 60 * SECOND };
        parse(text, &frame).map_err(|wrong| wrong.to_string())
    }

    /// Seconds from the beginning of a recording of ten minutes.
    fn seconds(text: &str) -> Result<f64, String> {
        read(text, Some(BEGIN + 600 * SECOND)).map(|ns| (ns - BEGIN) as f64 / 1e9)
    }

    #[test]
    fn moments_are_read() {
        for (text, wanted) in [
            ("17:31:12", 12.0),
            ("17:31:12.5", 12.5),
            (" 17:35 ", 240.0),
            ("2026-11-20 17:31:30", 30.0),
            ("2026-11-20T17:31:30.25Z", 30.25),
            ("17:30:59.5", 0.0),
            ("17:41:00.999", 600.0),
            ("+30s", 90.0),
            ("+30", 90.0),
            ("-10s", 50.0),
            ("+1m30s", 150.0),
            ("+1.5m", 150.0),
            ("+250ms", 60.25),
            ("-3h", 0.0),
            ("+2d", 600.0),
            ("50%", 300.0),
            ("12.5%", 75.0),
            ("0%", 0.0),
            ("end", 600.0),
            ("Begin", 0.0),
            ("start", 0.0),
        ] {
            assert_eq!(seconds(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn wrong_ones_are_answered_where_they_are_wrong() {
        for (text, wanted) in [
            ("", "col 1: a time is needed: 17:31:12, +30s, -10s, 50%, end"),
            ("17:32:99", "col 7: seconds are 0 to 59"),
            ("17:71", "col 4: minutes are 0 to 59"),
            ("25:31", "col 1: hours are 0 to 23"),
            ("17", "col 3: a colon expected, as in 17:31; or a unit, as in +17s"),
            ("17:", "col 4: minutes expected"),
            ("17:31 pm", "col 7: nothing more is expected here"),
            ("+30 s", "col 5: nothing more is expected here"),
            ("+30y", "col 4: no unit of time: there are ms, s, m, h, d"),
            ("+", "col 2: a number expected"),
            ("101%", "col 1: from 0% to 100%"),
            ("tomorrow", "col 1: no time; try 17:31:12, +30s, -10s, 50%, end"),
            ("2026-02-30 17:31", "col 1: there is no such day"),
            ("2026-11-20", "col 11: a time of day expected"),
            ("12:00", "col 1: it is recorded from 2026-11-20 17:31:00 to 17:41:00"),
            ("2026-11-21 17:31", "col 1: it is recorded from 2026-11-20 17:31:00 to 17:41:00"),
        ] {
            assert_eq!(seconds(text), Err(wanted.into()), "{text}");
        }
        assert_eq!(read("end", None), Err("col 1: where it ends is not known yet".into()));
        assert_eq!(read("50%", None), Err("col 1: where it ends is not known yet".into()));
        assert_eq!(read("+1h", None), Ok(BEGIN + 60 * SECOND + HOUR));
        let wrong = Wrong { at: 6..8, why: String::new() };
        assert_eq!(wrong.marked("17:32:99"), "17:32:99\n      ^^");
    }

    #[test]
    fn what_is_no_time_in_any_recording_is_known_without_one() {
        for text in ["17:31:12", "2026-11-20 17:31", "+30s", "-10s", "50%", "end", "23:59:59.9Z", "0:00"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in ["99:00", "", "tomorrow", "17:71", "101%", "2026-02-30 17:31", "+3y"] {
            assert!(check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_of_day_is_that_of_the_day_that_is_nearest() {
        let end = Some(BEGIN + 72 * HOUR);
        assert_eq!(read("18:31", end), Ok(BEGIN + HOUR));
        assert_eq!(read("17:30", end), Ok(BEGIN + 24 * HOUR - 60 * SECOND), "not the day before it began");
        assert_eq!(read("2026-11-22 17:31", end), Ok(BEGIN + 48 * HOUR));
        assert!(read("2026-11-24 12:00", end).unwrap_err().ends_with("17:31:00 to 2026-11-23 17:31:00"));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_answered(text in "[0-9:.+%a-zT -]{0,24}|.{0,24}", has_end: bool) {
            let end = has_end.then_some(BEGIN + 600 * SECOND);
            match read(&text, end) {
                Ok(moment) => prop_assert!(moment >= BEGIN && end.is_none_or(|end| moment <= end)),
                Err(why) => prop_assert!(why.starts_with("col ")),
            }
        }
    }
}
