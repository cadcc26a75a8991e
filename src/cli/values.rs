//! Values as they are typed: kinds, pids, terminals, sizes, ages. What is wrong is said with what would be right.

use crate::event::{Kind, Tty};
use crate::signal::edit_distance;
use std::time::Duration;

/// Kinds that `--events` does not take: what the stream says of itself is always told.
const OF_THE_STREAM: [Kind; 4] = [Kind::Lost, Kind::Skipped, Kind::Filter, Kind::Clock];

pub(super) fn parse_kind(text: &str) -> Result<Kind, String> {
    let words: Vec<&str> = Kind::all_but(&OF_THE_STREAM).map(Kind::word).collect();
    let kind = Kind::from_word(&text.to_ascii_lowercase()).filter(|kind| !OF_THE_STREAM.contains(kind));
    kind.ok_or_else(|| match words.iter().find(|word| edit_distance(text, word) <= 2) {
        Some(near) => format!("no such kind of event; did you mean {near}?"),
        None => format!("no such kind of event; there are {}", words.join(", ")),
    })
}

pub(super) fn parse_pid(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|pid| *pid > 0).ok_or_else(|| "a pid is a number from 1".into())
}

pub(super) fn parse_tty(text: &str) -> Result<Tty, String> {
    Tty::parse(text).ok_or_else(|| "no terminal's name; try pts/9, /dev/pts/9, tty1 or ttyS0".into())
}

/// The most files that a recording may keep.
pub(super) const FILES_MAX: i64 = 10_000;

/// The largest ring buffer: what fits the kernel's 32-bit size, as a power of two.
const BUFFER_MAX: u64 = 1 << 30;

/// Between 64 KiB and 1 GiB.
pub(super) fn parse_size(text: &str) -> Result<u32, String> {
    let bytes = Some(parse_bytes(text)?).filter(|bytes| (1 << 16..=BUFFER_MAX).contains(bytes));
    bytes.map(|b| b.next_power_of_two() as u32).ok_or_else(|| "use 64K to 1G".into())
}

/// The smallest file that a recording may end for.
const LIMIT_MIN: u64 = 64 << 10;

pub(super) fn parse_limit(text: &str) -> Result<u64, String> {
    Some(parse_bytes(text)?).filter(|bytes| *bytes >= LIMIT_MIN).ok_or_else(|| "use 64K or more".into())
}

/// The smallest flight recorder.
const RECORD_MIN: u64 = 1 << 20;

pub(super) fn parse_record(text: &str) -> Result<u64, String> {
    Some(parse_bytes(text)?).filter(|bytes| *bytes >= RECORD_MIN).ok_or_else(|| "use 1M or more".into())
}

/// The shortest time that a recording may end after.
const AGE_MIN: Duration = Duration::from_secs(1);

pub(super) fn parse_age(text: &str) -> Result<Duration, String> {
    let age = humantime::parse_duration(text).map_err(|e| format!("{e}; try 90s, 15m or 1h 30m"))?;
    Some(age).filter(|age| *age >= AGE_MIN).ok_or_else(|| "use 1s or more".into())
}

/// `65536`, `512K`, `16M`, `16MiB`, `1G`.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let digits = upper.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = upper[digits.len()..].trim().trim_end_matches("IB").trim_end_matches('B');
    let shift = match unit {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("use a number of bytes, or one with K, M or G: 16M".into()),
    };
    let number: u64 = digits.parse().map_err(|_| "use a number of bytes, or one with K, M or G: 16M".to_string())?;
    number.checked_mul(1 << shift).ok_or_else(|| "that is more than there can be".into())
}
