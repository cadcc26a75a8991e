//! The values of terms about files and addresses: `mode:`, `access:`, `addr:`, `port:`; what they mean, how they are
//! read and written.

pub use crate::event::flags::Access;
use core::net::IpAddr; // plain data, as all of core: no sockets are made here
use std::fmt::{self, Display, Formatter, Write as _};

/// What is asked of a changed mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModeTest {
    /// Of these permission bits, one is set that was not: written as for chmod(1).
    Sets(Sets),
    /// All permission bits are these.
    Is(u16),
}

/// Permission bits in the words of chmod(1): `+x` for anybody, `u+s`, `o+w`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sets {
    /// Bits of [`WHO`], by place.
    who: u8,
    /// Bits of [`WHAT`], by place.
    what: u8,
}

/// Who: all of them need not be written.
const WHO: &str = "ugo";
/// What, and its bits for each of them.
const WHAT: [(char, [u16; 3]); 5] = [
    ('r', [0o400, 0o040, 0o004]),
    ('w', [0o200, 0o020, 0o002]),
    ('x', [0o100, 0o010, 0o001]),
    ('s', [0o4000, 0o2000, 0]),
    ('t', [0, 0, 0o1000]),
];
/// All permission bits.
const MODE_MAX: u16 = 0o7777;

impl ModeTest {
    /// Reads `+x`, `u+s`, `go+w`, `4755`.
    pub fn parse(text: &str) -> Option<ModeTest> {
        if !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| matches!(b, b'0'..=b'7')) {
            return u16::from_str_radix(text, 8).ok().filter(|mode| *mode <= MODE_MAX).map(ModeTest::Is);
        }
        let (who, what) = text.split_once('+')?;
        let who = match who {
            "" | "a" => Some(0b111),
            some => places(some, |c| WHO.find(c)),
        };
        let what = places(what, |c| WHAT.iter().position(|(known, _)| *known == c));
        let sets = Sets { who: who?, what: what? };
        (sets.bits() != 0).then_some(ModeTest::Sets(sets))
    }

    /// Whether a mode that was changed is what is asked for. Where it is not known what it was before, all is new.
    pub fn fits(self, before: Option<u16>, mode: u16) -> bool {
        match self {
            ModeTest::Sets(sets) => mode & !before.unwrap_or(0) & sets.bits() != 0,
            ModeTest::Is(exactly) => mode == exactly,
        }
    }
}

impl Sets {
    /// The permission bits.
    pub fn bits(self) -> u16 {
        let whose = |what: &[u16; 3]| (0..3).filter(|at| self.who >> at & 1 == 1).fold(0, |bits, at| bits | what[at]);
        WHAT.iter()
            .enumerate()
            .filter(|(at, _)| self.what >> at & 1 == 1)
            .fold(0, |bits, (_, (_, what))| bits | whose(what))
    }
}

/// The places of these letters, as bits; none of no letters, or where one has no place.
fn places(letters: &str, place: impl Fn(char) -> Option<usize>) -> Option<u8> {
    let all = letters.chars().try_fold(0, |all, c| place(c).map(|at| all | 1 << at))?;
    (all != 0).then_some(all)
}

impl Display for ModeTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ModeTest::Is(mode) => write!(f, "{mode:04o}"),
            ModeTest::Sets(sets) => {
                let all = sets.who == 0b111;
                WHO.chars()
                    .enumerate()
                    .filter(|(at, _)| !all && sets.who >> at & 1 == 1)
                    .try_for_each(|(_, c)| f.write_char(c))?;
                f.write_char('+')?;
                WHAT.iter()
                    .enumerate()
                    .filter(|(at, _)| sets.what >> at & 1 == 1)
                    .try_for_each(|(_, (c, _))| f.write_char(*c))
            }
        }
    }
}

/// Addresses that begin alike: `10.0.0.0/8`, or one alone. An IPv4 address within IPv6 (`::ffff:192.0.2.1`) is that
/// IPv4 address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Net {
    /// The first of them.
    ip: IpAddr,
    /// How many bits are alike.
    bits: u8,
}

impl Net {
    /// Reads an address, and how many bits of it count.
    pub fn parse(text: &str) -> Option<Net> {
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) => (ip, Some(bits)),
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().ok()?;
        let most = width(&ip);
        let bits = match bits {
            Some(bits) if !bits.starts_with('+') => bits.parse().ok().filter(|bits| *bits <= most)?,
            Some(_) => return None,
            None => most,
        };
        Some(Net::new(ip, bits))
    }

    /// The network of `bits` bits that this address is in.
    pub fn new(ip: IpAddr, bits: u8) -> Net {
        let bits = bits.min(width(&ip));
        match (ip, ip.to_canonical()) {
            (IpAddr::V6(_), IpAddr::V4(ip)) if bits >= 96 => Net::of(ip.into(), bits - 96),
            _ => Net::of(ip, bits),
        }
    }

    fn of(ip: IpAddr, bits: u8) -> Net {
        let ip = match ip {
            IpAddr::V4(ip) => IpAddr::V4((ip.to_bits() & !u32::MAX.checked_shr(bits.into()).unwrap_or(0)).into()),
            IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & !u128::MAX.checked_shr(bits.into()).unwrap_or(0)).into()),
        };
        Net { ip, bits }
    }

    /// Whether this address is one of them.
    pub fn holds(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        width(&ip) == width(&self.ip) && Net::of(ip, self.bits) == *self
    }
}

fn width(ip: &IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

impl Display for Net {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.bits {
            bits if bits == width(&self.ip) => write!(f, "{}", self.ip),
            bits => write!(f, "{}/{bits}", self.ip),
        }
    }
}

/// Ports from the first to the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ports {
    /// The first.
    pub first: u16,
    /// The last: the same, or a higher one.
    pub last: u16,
}

impl Ports {
    /// Reads `22`, `8000-8100`.
    pub fn parse(text: &str) -> Option<Ports> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| text.parse().ok().filter(|_: &u16| text.bytes().all(|b| b.is_ascii_digit()));
        let (first, last) = (port(first)?, port(last)?);
        (first <= last).then_some(Ports { first, last })
    }

    /// Whether this port is among them.
    pub fn holds(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl Display for Ports {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.first == self.last { self.first.fmt(f) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}
