//! How a recorder calls the files of a stream: in a flight recorder's directory `sigtop-20261120-173100-000003.jsonl.zst`,
//! where the last number is the part; of a file that is rotated `x.jsonl.zst`, and `x.1.jsonl.zst` the one before it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What the names of files end with that are numbered before the end, so that each is still known by it.
const ENDINGS: [&str; 5] = [".jsonl.zst", ".json.zst", ".jsonl", ".json", ".zst"];

/// The stream and the part, of a name that a flight recorder gave: `sigtop-YYYYMMDD-HHMMSS-PART.jsonl.zst`.
pub fn part(name: &OsStr) -> Option<(&[u8], u64)> {
    let middle = name.as_bytes().strip_suffix(b".jsonl.zst").filter(|name| name.starts_with(b"sigtop-"))?;
    let (stream, part) = middle.split_at_checked(b"sigtop-YYYYMMDD-HHMMSS".len())?;
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let (day, time) = (stream.get(7..15)?, stream.get(16..)?);
    let part = part.strip_prefix(b"-").filter(|part| is_number(part))?;
    let is_one = is_number(day) && stream.get(15) == Some(&b'-') && is_number(time);
    Some((stream, std::str::from_utf8(part).ok()?.parse().ok()?)).filter(|_| is_one)
}

/// The parts behind this one in its directory, where a flight recorder named it.
pub fn later(path: &Path) -> Vec<PathBuf> {
    let Some((stream, number)) = path.file_name().and_then(part) else { return Vec::new() };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names = fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.file_name()));
    let mut found: Vec<(u64, PathBuf)> = names
        .filter_map(|name| {
            let (_, number) = part(&name).filter(|(its, at)| *its == stream && *at > number)?;
            Some((number, path.with_file_name(name)))
        })
        .filter(|(_, path)| path.is_file())
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// The part before this one, if it is there.
pub fn earlier(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?;
    let before = match part(name) {
        Some((stream, number)) => {
            let mut before = stream.to_vec();
            before.extend(format!("-{:06}.jsonl.zst", number.checked_sub(1)?).bytes());
            path.with_file_name(OsString::from_vec(before))
        }
        None => {
            let (stem, ending) = split(name.as_bytes());
            let end = stem.iter().rposition(|byte| *byte == b'.').unwrap_or(stem.len());
            let number = stem.get(end + 1..).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok());
            let whole = if number.is_some() { [stem.get(..end)?, ending].concat() } else { name.as_bytes().to_vec() };
            numbered(&path.with_file_name(OsString::from_vec(whole)), number.unwrap_or(0).checked_add(1)?)
        }
    };
    Some(before).filter(|before| before.is_file())
}

/// The name of an older file: `x.1.jsonl.zst`, for programs tell by the end of a name what a file is.
pub fn numbered(path: &Path, number: u32) -> PathBuf {
    let (stem, ending) = split(path.file_name().unwrap_or_default().as_bytes());
    path.with_file_name(OsString::from_vec([stem, format!(".{number}").as_bytes(), ending].concat()))
}

/// A name before its ending, and that.
fn split(name: &[u8]) -> (&[u8], &[u8]) {
    let is_its = |ending: &&str| name.len() > ending.len() && ends_with(name, ending);
    name.split_at(name.len() - ENDINGS.into_iter().find(is_its).map_or(0, str::len))
}

/// Whether a name ends so, in capitals or not.
pub fn ends_with(name: &[u8], ending: &str) -> bool {
    let end = name.len().checked_sub(ending.len()).and_then(|at| name.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(ending.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_files_keep_the_end_of_their_name() {
        for (name, older) in [
            ("/a/x.jsonl.zst", "/a/x.3.jsonl.zst"),
            ("x.jsonl", "x.3.jsonl"),
            ("x", "x.3"),
            ("x.log", "x.log.3"),
            ("/a/.zst", "/a/.zst.3"),
            ("a.b.zst", "a.b.3.zst"),
            ("X.JSONL.ZST", "X.3.JSONL.ZST"),
        ] {
            assert_eq!(numbered(Path::new(name), 3), Path::new(older), "{name}");
        }
    }

    #[test]
    fn who_was_before_is_found_by_name() {
        let dir = std::env::temp_dir().join(format!("sigtop-names-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let part = |part: u32| format!("sigtop-20261120-173100-{part:06}.jsonl.zst");
        let names = ["x.jsonl", "x.1.jsonl", "x.2.jsonl", "y", "y.1", &part(8), &part(9), &part(10)];
        names.iter().for_each(|name| std::fs::write(dir.join(name), "").unwrap());
        let before = |name: &str| earlier(&dir.join(name)).map(|path| path.file_name().unwrap().to_owned());
        for (name, wanted) in [
            ("x.jsonl", Some("x.1.jsonl")),
            ("x.1.jsonl", Some("x.2.jsonl")),
            ("x.2.jsonl", None),
            ("y", Some("y.1")),
            ("z.log", None),
            (&part(10), Some(&*part(9))),
            (&part(8), None),
        ] {
            assert_eq!(before(name).as_deref(), wanted.map(OsStr::new), "{name}");
        }
        assert_eq!(later(&dir.join(part(8))), [dir.join(part(9)), dir.join(part(10))]);
        assert!(later(&dir.join(part(10))).is_empty() && later(&dir.join("x.1.jsonl")).is_empty());
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn only_our_own_names_are_ours() {
        assert!(part(OsStr::new("sigtop-20261120-173100-000000.jsonl.zst")).is_some());
        for name in [
            "sigtop-20261120-173100-.jsonl.zst",
            "sigtop-20261120-173100-000000.jsonl",
            "sigtop-2026112-173100-000000.jsonl.zst",
            "sigtop-20261120-173100-00000x.jsonl.zst",
            "sigtop-20261120-173100.jsonl.zst",
            "sigtop-20261120-173100-1-1.jsonl.zst",
            "mysigtop-20261120-173100-000000.jsonl.zst",
            "sigtop-.jsonl.zst",
            "",
        ] {
            assert!(part(OsStr::new(name)).is_none(), "{name}");
        }
    }
}
