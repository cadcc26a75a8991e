//! What a process or thread is called: a [`Name`], as long as the kernel keeps one, and without heap.

use std::fmt;

/// A process or thread name: at most 15 bytes of UTF-8 (`TASK_COMM_LEN` - 1).
/// Bytes that are not UTF-8 were replaced by `?` when it was read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name {
    len: u8,
    bytes: [u8; 15],
}

impl Name {
    /// The longest name, in bytes.
    pub const MAX: usize = 15;

    /// The name in the kernel's `comm`: up to the first NUL, at most 15 bytes.
    pub fn from_kernel(comm: &[u8; 16]) -> Name {
        let len = comm.iter().position(|b| *b == 0).unwrap_or(Self::MAX).min(Self::MAX);
        let mut name = Name { len: len as u8, bytes: [0; 15] };
        name.bytes[..len].copy_from_slice(&comm[..len]);
        if !name.bytes.is_ascii() {
            name.replace_invalid();
        }
        name
    }

    /// Every byte that is not part of a UTF-8 character becomes `?`.
    #[cold]
    fn replace_invalid(&mut self) {
        let len = self.len as usize;
        let mut at = 0;
        while let Err(error) = std::str::from_utf8(&self.bytes[at..len]) {
            let bad = at + error.valid_up_to();
            let end = error.error_len().map_or(len, |n| bad + n);
            self.bytes[bad..end].fill(b'?');
            at = end;
        }
    }

    /// The name as text. It may hold control characters: `escape::plain` before it is shown.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..(self.len as usize).min(Self::MAX)]).unwrap_or("?")
    }

    /// Whether the name has no letter at all.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl From<&str> for Name {
    /// Cuts at 15 bytes, between characters.
    fn from(text: &str) -> Name {
        let text = text.split('\0').next().unwrap_or("");
        let len = (0..=text.len().min(Self::MAX)).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
        let mut name = Name { len: len as u8, bytes: [0; 15] };
        name.bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
        name
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_that_is_not_utf8_loses_only_the_bad_bytes() {
        let name = Name::from_kernel(b"caf\xc3\xa9\xff\xfex\0garbage");
        assert_eq!(name.as_str(), "café??x");
        assert_eq!(Name::from_kernel(b"0123456789abcde\0").as_str(), "0123456789abcde");
        assert_eq!(Name::from_kernel(b"0123456789abcdef").as_str(), "0123456789abcde");
        assert_eq!(Name::from_kernel(b"cut in \xe6\x97\xa5\xe6\x97\xa5\xe6\x97\0").as_str(), "cut in 日日??");
    }

    proptest! {
        #[test]
        fn any_sixteen_bytes_are_a_name(comm in any::<[u8; 16]>()) {
            let name = Name::from_kernel(&comm);
            prop_assert!(name.as_str().len() <= Name::MAX);
            prop_assert_eq!(Name::from(name.as_str()), name);
        }

        #[test]
        fn any_text_is_a_name(text in ".*") {
            prop_assert!(text.starts_with(Name::from(text.as_str()).as_str()));
        }
    }
}
