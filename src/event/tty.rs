//! A controlling terminal: the kernel's device number, and the name that people know it by.

use std::fmt;

/// A controlling terminal: the device number as `/proc/PID/stat` has it (`new_encode_dev`), 0 for none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Tty(pub u32);

impl Tty {
    /// No controlling terminal.
    pub const NONE: Tty = Tty(0);

    /// Whether there is one.
    pub const fn is_some(self) -> bool {
        self.0 != 0
    }

    /// The terminal with this device number.
    pub const fn from_device(major: u32, minor: u32) -> Tty {
        Tty(((major & 0xfff) << 8) | (minor & 0xff) | ((minor & 0xfff00) << 12))
    }

    /// Reads a terminal's name as people type it: `/dev/pts/9`, `pts/9`, `pts9`, `tty1`, `ttyS0`, `tty(4:70)`.
    pub fn parse(text: &str) -> Option<Tty> {
        let name = text.strip_prefix("/dev/").unwrap_or(text);
        let number = |prefix: &str| name.strip_prefix(prefix).and_then(|n| n.parse::<u32>().ok());
        if let Some(n) = number("pts/").or_else(|| number("pts")).filter(|n| *n < 8 * 256) {
            return Some(Tty::from_device(136 + n / 256, n % 256));
        }
        let numbered = [
            ("ttyS", 4, 64, 192),
            ("ttyUSB", 188, 0, 256),
            ("ttyAMA", 204, 64, 16),
            ("hvc", 229, 0, 8),
            ("tty", 4, 0, 64),
        ];
        for (prefix, major, first, count) in numbered {
            if let Some(n) = number(prefix).filter(|n| *n < count) {
                return Some(Tty::from_device(major, first + n));
            }
        }
        match name {
            "tty" => Some(Tty::from_device(5, 0)),
            "console" => Some(Tty::from_device(5, 1)),
            _ => {
                let (major, minor) = name.strip_prefix("tty(")?.strip_suffix(')')?.split_once(':')?;
                Some(Tty::from_device(major.parse().ok()?, minor.parse().ok()?))
            }
        }
    }

    /// Major and minor device number.
    pub const fn device(self) -> (u32, u32) {
        ((self.0 >> 8) & 0xfff, (self.0 & 0xff) | ((self.0 >> 12) & 0xfff00))
    }
}

impl fmt::Display for Tty {
    /// `pts/3`, `tty1`, `ttyS0`, `console`, else `tty(4:70)`; `-` for none.
    /// Majors are those of Documentation/admin-guide/devices.txt.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_some() {
            return f.pad("-");
        }
        let text = match self.device() {
            (major @ 136..=143, minor @ 0..256) => format!("pts/{}", (major - 136) * 256 + minor),
            (4, minor @ 0..=63) => format!("tty{minor}"),
            (4, minor @ 64..256) => format!("ttyS{}", minor - 64),
            (5, 0) => "tty".into(),
            (5, 1) => "console".into(),
            (188, minor @ 0..256) => format!("ttyUSB{minor}"),
            (204, minor @ 64..80) => format!("ttyAMA{}", minor - 64),
            (229, minor @ 0..8) => format!("hvc{minor}"),
            (major, minor) => format!("tty({major}:{minor})"),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ttys_have_their_usual_names() {
        for (nr, name) in [(0x8803, "pts/3"), (0x401, "tty1"), (0x440, "ttyS0"), (0x501, "console"), (0, "-")] {
            assert_eq!(Tty(nr).to_string(), name);
        }
        assert_eq!(Tty::from_device(137, 0).to_string(), "pts/256");
        for text in ["/dev/pts/9", "pts/9", "pts9"] {
            assert_eq!(Tty::parse(text), Some(Tty::from_device(136, 9)));
        }
        for text in ["pts/", "pts/99999999999", "tty64x", "", "-", "tty(1:"] {
            assert_eq!(Tty::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_tty_reads_back(major in 0u32..4096, minor in 0u32..1 << 20) {
            let tty = Tty::from_device(major, minor);
            prop_assert_eq!(tty.device(), (major, minor));
            prop_assume!(tty.is_some());
            prop_assert_eq!(Tty::parse(&tty.to_string()), Some(tty));
        }
    }
}
