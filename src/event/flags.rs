//! How a file is opened, in words: the flags of open(2), one table.
//!
//! The numbers are the kernel's (`include/uapi/asm-generic/fcntl.h`, and what x86 and arm64 have of their own), so that
//! words mean the same on every machine and numbers do not: JSON and text have the words. Flags without a name are
//! shown as a number.

use std::fmt;

/// `O_ACCMODE`.
const ACCESS: u32 = 3;
/// `O_WRONLY`.
pub const WRITE: u32 = 1;
/// `O_RDWR`.
pub const READ_WRITE: u32 = 2;
/// `__FMODE_EXEC`: the kernel opens it to execute it.
pub const EXEC: u32 = 0o40;
/// `O_CREAT`.
pub const CREATE: u32 = 0o100;
/// `O_TRUNC`.
pub const TRUNC: u32 = 0o1000;
/// `O_APPEND`.
pub const APPEND: u32 = 0o2000;
/// `O_PATH`: only where it is, not what is in it.
pub const PATH: u32 = 0o10_000_000;

/// `O_DIRECT`, `O_LARGEFILE`, `O_DIRECTORY`, `O_NOFOLLOW`.
const OWN: [u32; 4] = if cfg!(target_arch = "aarch64") {
    [0o200_000, 0o400_000, 0o40_000, 0o100_000]
} else {
    [0o40_000, 0o100_000, 0o200_000, 0o400_000]
};

/// `O_LARGEFILE`.
pub const LARGEFILE: u32 = OWN[1];

/// Flags of one bit each, beside reading and writing.
const WORDS: [(&str, u32); 18] = [
    ("append", APPEND),
    ("create", CREATE),
    ("excl", 0o200),
    ("trunc", TRUNC),
    ("exec", EXEC),
    ("noctty", 0o400),
    ("nonblock", 0o4000),
    ("dsync", 0o10_000),
    ("async", 0o20_000),
    ("direct", OWN[0]),
    ("largefile", LARGEFILE),
    ("directory", OWN[2]),
    ("nofollow", OWN[3]),
    ("noatime", 0o1_000_000),
    ("cloexec", 0o2_000_000),
    ("sync", 0o4_000_000),
    ("path", PATH),
    ("tmpfile", 0o20_000_000),
];

/// Flags of open(2) as the kernel keeps them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenFlags(pub u32);

impl OpenFlags {
    /// Whether what is in the file can be read.
    pub const fn reads(self) -> bool {
        matches!(self.0 & ACCESS, 0 | READ_WRITE) && self.0 & PATH == 0
    }

    /// Whether what is in the file can be changed.
    pub const fn writes(self) -> bool {
        matches!(self.0 & ACCESS, WRITE | READ_WRITE) && self.0 & PATH == 0
    }

    /// Whether all of these bits are set.
    pub const fn has(self, bits: u32) -> bool {
        self.0 & bits == bits
    }

    /// Their words: `read` and `write` first, and last what has no word.
    pub fn words(self) -> impl Iterator<Item = Word> {
        let rest = WORDS.iter().fold(self.0, |rest, (_, bit)| rest & !bit);
        let access = self.0 & ACCESS;
        let named = match access {
            0 if self.has(PATH) => [None, None],
            0 => [Some("read"), None],
            WRITE => [None, Some("write")],
            READ_WRITE => [Some("read"), Some("write")],
            _ => [None, None],
        };
        let rest = if access == ACCESS { rest } else { rest & !ACCESS };
        let words = WORDS.iter().filter(move |(_, bit)| self.has(*bit)).map(|(word, _)| *word);
        let rest = (rest != 0).then_some(Word::Rest(rest));
        named.into_iter().flatten().chain(words).map(Word::Named).chain(rest)
    }

    /// Reads them. `None` for what is no such word, or no number.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<OpenFlags> {
        let (mut reads, mut writes, mut flags) = (false, false, 0);
        for word in words {
            match word {
                "read" => reads = true,
                "write" => writes = true,
                word => flags |= bits(word)?,
            }
        }
        Some(OpenFlags(flags | if reads && writes { READ_WRITE } else { u32::from(writes) }))
    }
}

words! {
    /// How a file was opened.
    Access {
        /// To be read.
        Read = "read",
        /// To be written.
        Write = "write",
        /// To be written at its end.
        Append = "append",
        /// To be executed: by the kernel.
        Exec = "exec",
        /// What was in it is thrown away.
        Trunc = "trunc",
        /// It may be made.
        Create = "create",
        /// It was made: it was not there before.
        Created = "created",
    }
}

impl Access {
    /// Whether it is how this file was opened.
    pub fn fits(self, flags: u32, created: bool) -> bool {
        let flags = OpenFlags(flags);
        match self {
            Access::Read => flags.reads(),
            Access::Write => flags.writes(),
            Access::Append => flags.writes() && flags.has(APPEND),
            Access::Exec => flags.has(EXEC),
            Access::Trunc => flags.has(TRUNC),
            Access::Create => flags.has(CREATE),
            Access::Created => created,
        }
    }
}

fn bits(word: &str) -> Option<u32> {
    match WORDS.iter().find(|(known, _)| *known == word) {
        Some((_, bit)) => Some(*bit),
        None => u32::from_str_radix(word.strip_prefix("0x")?, 16).ok(),
    }
}

/// One flag, or all that have no word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// Its word.
    Named(&'static str),
    /// The bits that are left.
    Rest(u32),
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Word::Named(word) => f.write_str(word),
            Word::Rest(bits) => write!(f, "{bits:#x}"),
        }
    }
}

impl fmt::Display for OpenFlags {
    /// `read`, `write+create+trunc`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().enumerate().try_for_each(|(at, word)| write!(f, "{}{word}", if at > 0 { "+" } else { "" }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn flags_have_their_words() {
        for (flags, words) in [
            (0, "read"),
            (WRITE | CREATE | TRUNC, "write+create+trunc"),
            (READ_WRITE | APPEND, "read+write+append"),
            (PATH, "path"),
            (3, "0x3"),
            (EXEC | 0x400_0000, "read+exec+0x4000000"),
        ] {
            assert_eq!(OpenFlags(flags).to_string(), words);
        }
        #[cfg(target_arch = "x86_64")]
        assert_eq!(OpenFlags(0o2_700_000).to_string(), "read+largefile+directory+nofollow+cloexec");
        for wrong in ["", "reed", "0x", "0x1ffffffff", "12"] {
            assert_eq!(OpenFlags::from_words([wrong]), None, "{wrong}");
        }
    }

    #[test]
    fn what_can_be_read_and_written() {
        let can = |flags: u32| (OpenFlags(flags).reads(), OpenFlags(flags).writes());
        assert_eq!([can(0), can(1), can(2), can(3)], [(true, false), (false, true), (true, true), (false, false)]);
        assert_eq!(can(PATH), (false, false));
    }

    proptest! {
        #[test]
        fn all_flags_read_back(flags: u32) {
            let words: Vec<String> = OpenFlags(flags).words().map(|word| word.to_string()).collect();
            prop_assert_eq!(OpenFlags::from_words(words.iter().map(String::as_str)), Some(OpenFlags(flags)));
        }
    }
}
