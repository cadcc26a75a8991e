//! What the recorder says to people.

use super::place::Limits;
use super::writer::{Done, End, Summary};
use crate::app::files::why;
use crate::error::Error;
use crate::escape::Quoted;
use crate::ui::text::thousands;
use rustix::io::Errno;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Why nothing can be recorded at this place.
pub(super) fn refused(path: &Path, error: &io::Error) -> Error {
    let name = path.display();
    if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) {
        return Error::usage(format!("{name} is a symbolic link, and none is followed"), "name the file itself");
    }
    if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) {
        return Error::usage(format!("nobody reads {name}"), "begin with the reader");
    }
    match error.kind() {
        ErrorKind::AlreadyExists => Error::usage(
            format!("{name} exists already"),
            "choose another name; or add --force, and what is there is written over",
        ),
        ErrorKind::WouldBlock => {
            Error::usage(format!("another sigtop records to {name}"), "end it first, or choose another place")
        }
        ErrorKind::NotADirectory if path.exists() => {
            Error::usage(format!("{name} is there, and is no directory"), "name a directory, or one that is to be made")
        }
        ErrorKind::IsADirectory => Error::usage(format!("{name} is a directory"), "name a file in it"),
        _ => Error::environment(format!("cannot write to {name}: {}", why(error)), ""),
    }
}

/// What was lost in a gap of this length.
pub(super) fn gap(lost: u64, length: &str) -> String {
    match lost {
        0 => format!("nothing was lost in {length}"),
        1 => format!("1 event of {length} was lost"),
        _ => format!("{} events of {length} were lost", thousands(lost)),
    }
}

/// What it says when it begins.
pub(super) fn beginning(path: &Path) -> String {
    let name = path.to_string_lossy();
    let typed = if name.contains(|c: char| !c.is_ascii_alphanumeric() && !"._-+/:@%=,".contains(c)) {
        Quoted(&name).to_string()
    } else {
        name.to_string()
    };
    format!("recording to {name}: ^C ends it, `sigtop --replay {typed}` plays it")
}

/// Why it ended of itself, where that needs words.
pub(super) fn ending(end: End, path: &Path, limits: &Limits) -> Option<String> {
    let name = name(path);
    match (end, limits) {
        (End::Size, Limits { max_bytes: Some(max), .. }) => {
            Some(format!("{name} would grow beyond --max-size {}: the recording ends", bytes(*max)))
        }
        (End::Age, Limits { max_age_ns: Some(age), .. }) => {
            Some(format!("{name} has reached --max-age {}: the recording ends", length(*age)))
        }
        _ => None,
    }
}

/// What it is called in messages.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard output".into() } else { path.display().to_string() }
}

/// There is no recording, though there should be one.
pub(super) fn nothing(done: &Done, path: &Path) -> Error {
    let what = match done.summary.lost {
        0 => format!("nothing could be written to {}", name(path)),
        1 => format!("nothing could be written to {}: 1 event lost, and that was all", name(path)),
        lost => format!("nothing could be written to {}: all {} events lost", name(path), thousands(lost)),
    };
    Error::environment(what, "make room, or choose another place")
}

/// What was written; of several files, `keep` are there still.
pub(super) fn summary(done: &Done, path: &Path, keep: Option<u32>) -> String {
    let Summary { events, bytes: size, files, lost, length_ns } = done.summary;
    let keep = keep.filter(|keep| *keep < files);
    let place = match (files, keep) {
        (1, _) => name(path),
        (_, None) => format!("{files} files, the newest {}", name(path)),
        (_, Some(1)) => format!("{files} files, of which only the newest is kept, {}", name(path)),
        (_, Some(keep)) => format!("{files} files, of which the newest {keep} are kept, up to {}", name(path)),
    };
    let lost = match lost {
        0 if keep.is_some() => "nothing else lost".into(),
        0 => "nothing lost".into(),
        1 => "1 event lost".into(),
        _ => format!("{} events lost", thousands(lost)),
    };
    let events = if events == 1 { "1 event".into() } else { format!("{} events", thousands(events)) };
    format!("{events} of {}, {} in {place}; {lost}", length(length_ns), bytes(size))
}

/// `512 B`, `1.2 KiB`, `29.1 MiB`, `3 GiB`.
fn bytes(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut tenths = bytes.saturating_mul(10);
    let mut unit = "B";
    for larger in units {
        if tenths < 10_240 {
            break;
        }
        (tenths, unit) = (tenths.div_ceil(1024), larger);
    }
    match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        tenth => format!("{}.{tenth} {unit}", tenths / 10),
    }
}

/// `0 s`, `0.4 s`, `12 s`, `1 min 03 s`, `2 h 05 min`, `3 d 04 h`.
pub(super) fn length(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        0..60 => match ns / 100_000_000 % 10 {
            0 => format!("{seconds} s"),
            tenth => format!("{seconds}.{tenth} s"),
        },
        60..3600 => format!("{minutes} min {:02} s", seconds % 60),
        3600..86400 => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{} d {:02} h", hours / 24, hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_lengths_are_short() {
        let sizes =
            [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (3 << 20, "3 MiB"), (5 << 40, "5 TiB")];
        for (size, said) in sizes {
            assert_eq!(bytes(size), said);
        }
        let lengths = [(0, "0 s"), (59, "59 s"), (63, "1 min 03 s"), (7500, "2 h 05 min"), (360_000, "4 d 04 h")];
        for (seconds, said) in lengths {
            assert_eq!(length(seconds * 1_000_000_000), said);
        }
        for (ms, said) in [(49, "0 s"), (430, "0.4 s"), (1999, "1.9 s"), (12_000, "12 s"), (59_950, "59.9 s")] {
            assert_eq!(length(ms * 1_000_000), said);
        }
    }

    #[test]
    fn the_end_is_said_in_one_line() {
        let summary = Summary { events: 12345, bytes: 1 << 20, files: 1, lost: 0, length_ns: 63_000_000_000 };
        let kept = |summary, keep| super::summary(&Done { summary, end: None }, Path::new("x.zst"), keep);
        let said = |summary| kept(summary, None);
        assert_eq!(said(summary), "12,345 events of 1 min 03 s, 1 MiB in x.zst; nothing lost");
        let more = Summary { events: 1, files: 3, lost: 1000, ..summary };
        assert_eq!(said(more), "1 event of 1 min 03 s, 1 MiB in 3 files, the newest x.zst; 1,000 events lost");
        assert_eq!(kept(more, Some(3)), said(more));
        let more = Summary { lost: 0, ..more };
        assert!(
            kept(more, Some(2)).ends_with("3 files, of which the newest 2 are kept, up to x.zst; nothing else lost")
        );
        assert!(kept(more, Some(1)).ends_with("of which only the newest is kept, x.zst; nothing else lost"));
    }

    #[test]
    fn a_recording_without_anything_is_an_error() {
        let done =
            |events, lost, bytes, end| Done { summary: Summary { events, lost, bytes, ..Summary::default() }, end };
        assert!(done(0, 12_345, 900, None).has_nothing(), "only the header");
        assert!(done(0, 0, 0, None).has_nothing(), "not even that");
        assert!(!done(0, 0, 900, None).has_nothing(), "nothing came");
        assert!(!done(1, 12_345, 900, None).has_nothing());
        assert!(!done(0, 0, 0, Some(End::Closed)).has_nothing(), "who reads may go");
        let said = nothing(&done(0, 12_345, 0, None), Path::new("x.zst"));
        assert_eq!((said.exit_code(), &*said.what), (3, "nothing could be written to x.zst: all 12,345 events lost"));
    }
}
