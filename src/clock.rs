//! From nanoseconds of `CLOCK_MONOTONIC` to times of day. Reads no clock: the offset comes with the stream.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use std::fmt::Write;

/// How times are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TimeStyle {
    /// The time of day here.
    #[default]
    Local,
    /// The time of day in UTC.
    Utc,
    /// Seconds since the stream began.
    Relative,
}

const SECOND: i64 = 1_000_000_000;

/// A recording is looked through so many days before and behind for a time of day without a date.
const DAYS: i64 = 400;

/// A day of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Day(Date);

impl Day {
    /// That day, if there is such a one.
    pub fn new(year: u64, month: u64, day: u64) -> Option<Day> {
        Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok().map(Day)
    }
}

/// Converts and formats; keeps the text of the last second, for most events share it.
pub struct Clock {
    style: TimeStyle,
    zone: TimeZone,
    start_ns: u64,
    /// Of times before the first of these, the first holds. Never empty.
    offsets: Vec<Offset>,
    second: Option<i64>,
    text: String,
}

/// From this monotonic time on, real time is so far ahead of monotonic time, both in nanoseconds.
pub type Offset = (u64, i64);

/// How far real time was ahead at this time; `offsets` ascending.
pub fn offset_at(offsets: &[Offset], mono_ns: u64) -> i64 {
    let next = offsets.partition_point(|(since, _)| *since <= mono_ns);
    offsets.get(next.saturating_sub(1)).map_or(0, |(_, offset)| *offset)
}

/// Seconds since the epoch of a date as HTTP has it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp().as_second())
}

impl Clock {
    /// A clock for a stream that began at `start_ns` (monotonic), with real time `offset_ns` ahead of monotonic.
    pub fn new(style: TimeStyle, start_ns: u64, offset_ns: i64) -> Clock {
        Clock::over(style, start_ns, &[(start_ns, offset_ns)])
    }

    /// The same where real time was set in between: each time is shown as it was then.
    pub fn over(style: TimeStyle, start_ns: u64, offsets: &[Offset]) -> Clock {
        let zone = if style == TimeStyle::Local { TimeZone::system() } else { TimeZone::UTC };
        Clock { style, zone, start_ns, offsets: offsets.to_vec(), second: None, text: String::new() }
    }

    /// From here on real time is `offset_ns` ahead of monotonic time, whatever it was before.
    pub fn set_offset(&mut self, offset_ns: i64) {
        self.offsets.clear();
        self.offsets.push((0, offset_ns));
        self.second = None;
    }

    /// Seconds since the epoch and nanoseconds within.
    fn real(&self, mono_ns: u64) -> (i64, i64) {
        let ns = i64::try_from(mono_ns).unwrap_or(i64::MAX).saturating_add(offset_at(&self.offsets, mono_ns));
        (ns.div_euclid(SECOND), ns.rem_euclid(SECOND))
    }

    /// Appends `22:33:49.123`; with [`TimeStyle::Relative`] `12.345678` seconds since the stream began.
    pub fn write_short(&mut self, out: &mut String, mono_ns: u64) {
        if self.style == TimeStyle::Relative {
            let us = (i128::from(mono_ns) - i128::from(self.start_ns)) / 1000;
            let sign = if us < 0 { "-" } else { "" };
            let us = us.unsigned_abs();
            let _ = write!(out, "{sign}{}.{:06}", us / 1_000_000, us % 1_000_000);
            return;
        }
        let (second, ns) = self.real(mono_ns);
        self.set_second(second, "%H:%M:%S");
        let _ = write!(out, "{}.{:03}", self.text, ns / 1_000_000);
    }

    /// Appends RFC 3339 in UTC with nanoseconds, as JSON has it. Only on a clock of [`TimeStyle::Utc`].
    pub fn write_rfc3339(&mut self, out: &mut String, mono_ns: u64) {
        let (second, ns) = self.real(mono_ns);
        self.set_second(second, "%Y-%m-%dT%H:%M:%S");
        out.push_str(&self.text);
        let mut digits = *b".000000000Z";
        let mut rest = ns;
        for digit in digits[1..10].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        out.push_str(std::str::from_utf8(&digits).unwrap_or("Z"));
    }

    /// Appends date and time to the nanosecond, `2026-11-20 22:33:49.123456789`; relative ones as
    /// [`Clock::write_short`] does.
    pub fn write_full(&mut self, out: &mut String, mono_ns: u64) {
        if self.style == TimeStyle::Relative {
            return self.write_short(out, mono_ns);
        }
        let (second, ns) = self.real(mono_ns);
        let _ = write!(out, "{}.{ns:09}", self.text_of(second, "%Y-%m-%d %H:%M:%S"));
    }

    /// Date and time for the name of a file: `20261120-223349`.
    pub fn stamp(&self, mono_ns: u64) -> String {
        self.text_of(self.real(mono_ns).0, "%Y%m%d-%H%M%S")
    }

    /// The moment `ns` after midnight of that day, by the clocks here or in UTC: in nanoseconds of `CLOCK_MONOTONIC`, if
    /// it is one of them.
    pub fn moment(&self, day: Day, ns: u64, is_utc: bool) -> Option<u64> {
        let time = Time::midnight().checked_add(i64::try_from(ns).ok()?.nanoseconds()).ok()?;
        let zone = if is_utc { &TimeZone::UTC } else { &self.zone };
        let stamp = zone.to_ambiguous_zoned(day.0.to_datetime(time)).compatible().ok()?.timestamp();
        u64::try_from(stamp.as_nanosecond() - i128::from(offset_at(&self.offsets, u64::MAX))).ok()
    }

    /// The moment so long after a midnight that is nearest to `near_ns`, among those that are wanted.
    pub fn nearest(&self, ns: u64, is_utc: bool, near_ns: u64, wanted: impl Fn(u64) -> bool) -> Option<u64> {
        let today = self.zoned(self.real(near_ns).0).date();
        let days = (-DAYS..=DAYS).filter_map(|days| today.checked_add(days.days()).ok());
        let moments = days.filter_map(|day| self.moment(Day(day), ns, is_utc)).filter(|moment| wanted(*moment));
        moments.min_by_key(|moment| moment.abs_diff(near_ns))
    }

    /// `2026-11-20 17:31:12`, or seconds since the start.
    pub fn full_second(&self, mono_ns: u64) -> String {
        if self.style == TimeStyle::Relative {
            let seconds = (i128::from(mono_ns) - i128::from(self.start_ns)).div_euclid(i128::from(SECOND));
            return format!("{seconds} s");
        }
        self.text_of(self.real(mono_ns).0, "%Y-%m-%d %H:%M:%S")
    }

    fn text_of(&self, second: i64, format: &str) -> String {
        self.zoned(second).strftime(format).to_string()
    }

    fn zoned(&self, second: i64) -> jiff::Zoned {
        Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.zone.clone())
    }

    fn set_second(&mut self, second: i64, format: &str) {
        if self.second != Some(second) {
            self.text = self.text_of(second, format);
            self.second = Some(second);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(clock: &mut Clock, ns: u64) -> String {
        let mut out = String::new();
        clock.write_short(&mut out, ns);
        out
    }

    #[test]
    fn times_are_shown_in_each_style() {
        let noon = 1_795_176_000 * SECOND; // 2026-11-20T12:00:00Z
        let mut utc = Clock::new(TimeStyle::Utc, 0, noon);
        assert_eq!(short(&mut utc, 1_234_567_890), "12:00:01.234");
        let mut rfc = Clock::new(TimeStyle::Utc, 0, noon);
        let mut out = String::new();
        rfc.write_rfc3339(&mut out, 1_000_000_007);
        assert_eq!(out, "2026-11-20T12:00:01.000000007Z");
        let mut full = String::new();
        utc.write_full(&mut full, 1_234_567_890);
        assert_eq!(
            (full.as_str(), utc.stamp(1_234_567_890).as_str()),
            ("2026-11-20 12:00:01.234567890", "20261120-120001")
        );
        assert_eq!(short(&mut utc, 1_234_567_890), "12:00:01.234", "the text of a second is one of its own");
        let mut relative = Clock::new(TimeStyle::Relative, 5_000_000_000, noon);
        assert_eq!(short(&mut relative, 6_500_000_000), "1.500000");
        assert_eq!(short(&mut relative, 4_500_000_000), "-0.500000");
    }

    #[test]
    fn a_clock_that_was_set_is_followed() {
        let mut utc = Clock::new(TimeStyle::Utc, 0, 0);
        assert_eq!(short(&mut utc, 0), "00:00:00.000");
        utc.set_offset(3600 * SECOND);
        assert_eq!(short(&mut utc, 0), "01:00:00.000");
    }

    #[test]
    fn what_was_before_the_clock_was_set_keeps_its_time() {
        let mut clock = Clock::over(TimeStyle::Utc, 0, &[(0, 0), (10 * SECOND as u64, 3600 * SECOND)]);
        let shown: Vec<String> = [9, 10, 9].iter().map(|second| short(&mut clock, second * SECOND as u64)).collect();
        assert_eq!(shown, ["00:00:09.000", "01:00:10.000", "00:00:09.000"]);
        assert_eq!((offset_at(&[], 5), offset_at(&[(7, 3)], 5)), (0, 3));
    }

    #[test]
    fn absurd_times_do_not_panic() {
        for offset in [i64::MIN, -1, i64::MAX] {
            let mut clock = Clock::new(TimeStyle::Utc, 0, offset);
            for ns in [0, 1, u64::MAX] {
                short(&mut clock, ns);
                clock.write_rfc3339(&mut String::new(), ns);
                clock.write_full(&mut String::new(), ns);
                clock.stamp(ns);
            }
        }
    }
}
