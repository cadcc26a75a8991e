//! Steps over bytes of JSON: what was expected is taken from the front, or nothing is and the answer is `None`.
//!
//! Each step accepts a part of what JSON allows, and reads that part as JSON means it. No allocation.

use crate::signal::Signal;

/// Length of a time in RFC 3339 with nanoseconds, in UTC.
const TIME_LEN: usize = 30;

/// What is still to be read.
pub struct Scan<'a>(pub &'a [u8]);

impl<'a> Scan<'a> {
    /// Exactly these bytes.
    #[inline(always)]
    pub fn eat(&mut self, bytes: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(bytes)?;
        Some(())
    }

    /// A time, which is not read, and the nanoseconds behind it, which are.
    #[inline]
    pub fn time(&mut self) -> Option<u64> {
        let (time, rest) = self.0.split_at_checked(TIME_LEN)?;
        // Digits, colons, letters: nothing that would end the text or begin an escape.
        if !time.iter().fold(true, |plain, byte| plain & (b'-'..=b'Z').contains(byte)) {
            return None;
        }
        self.0 = rest;
        self.eat(br#"","mono_ns":"#)?;
        self.number()
    }

    /// The number of a signal and its name.
    #[inline]
    pub fn signal(&mut self) -> Option<Signal> {
        self.eat(br#","signr":"#)?;
        let signal = Signal::new(u8::try_from(self.number()?).ok()?)?;
        self.eat(br#","signal":""#)?;
        self.eat(signal.name().as_bytes())?;
        self.eat(b"\"")?;
        Some(signal)
    }

    /// Text without escapes, and the quote behind it.
    #[inline]
    pub fn text(&mut self) -> Option<&'a str> {
        let is_end = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        let (text, rest) = self.0.split_at_checked(self.0.iter().position(is_end)?)?;
        self.0 = rest.strip_prefix(b"\"")?;
        std::str::from_utf8(text).ok()
    }

    /// Text of a table behind a key that ends with its opening quote.
    #[inline]
    pub fn word<T>(&mut self, key: &[u8], read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.eat(key)?;
        read(self.text()?)
    }

    /// The same where the key may be missing: then there is none.
    #[inline]
    pub fn maybe<T>(&mut self, key: &[u8], read: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
        match self.eat(key) {
            Some(()) => read(self.text()?).map(Some),
            None => Some(None),
        }
    }

    /// A number of 32 bits.
    #[inline]
    pub fn u32(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }

    /// A number of 32 bits with a sign.
    #[inline]
    pub fn i32(&mut self) -> Option<i32> {
        self.i64()?.try_into().ok()
    }

    /// A number of 64 bits with a sign.
    pub fn i64(&mut self) -> Option<i64> {
        if self.eat(b"-").is_none() {
            return self.number()?.try_into().ok();
        }
        let size = self.number()?;
        if size == 0 { None } else { 0i64.checked_sub_unsigned(size) } // -0 is no whole number
    }

    /// A number of 64 bits as JSON has it: without zeros before it.
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        let before = self.0;
        let mut number = 0u64;
        while let Some(eight) = self.0.first_chunk().and_then(|bytes| eight_digits(*bytes)) {
            number = number.checked_mul(100_000_000)?.checked_add(eight)?;
            self.0 = self.0.get(8..)?;
        }
        while let Some((digit @ b'0'..=b'9', rest)) = self.0.split_first() {
            number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            self.0 = rest;
        }
        let digits = before.len() - self.0.len();
        if digits == 0 || digits > 1 && before.first() == Some(&b'0') { None } else { Some(number) }
    }
}

/// The number in eight digits, in three multiplications.
#[inline]
fn eight_digits(bytes: [u8; 8]) -> Option<u64> {
    let mut word = u64::from_le_bytes(bytes);
    let high = word & 0xf0f0_f0f0_f0f0_f0f0;
    let carried = word.wrapping_add(0x0606_0606_0606_0606) & 0xf0f0_f0f0_f0f0_f0f0;
    if high != 0x3030_3030_3030_3030 || carried != high {
        return None;
    }
    word = (word & 0x0f0f_0f0f_0f0f_0f0f).wrapping_mul(2561) >> 8;
    word = (word & 0x00ff_00ff_00ff_00ff).wrapping_mul(6_553_601) >> 16;
    Some((word & 0x0000_ffff_0000_ffff).wrapping_mul(42_949_672_960_001) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_those_of_json(text in r"-?[0-9]{0,22}[,}.e]?") {
            let json: Option<u64> = serde_json::from_str(text.trim_end_matches([',', '}'])).ok();
            let mut scan = Scan(text.as_bytes());
            let read = scan.number().filter(|_| matches!(scan.0, b"" | b"," | b"}"));
            prop_assert_eq!(read, json);
            let json: Option<i64> = serde_json::from_str(text.trim_end_matches([',', '}'])).ok();
            let mut scan = Scan(text.as_bytes());
            let read = scan.i64().filter(|_| matches!(scan.0, b"" | b"," | b"}"));
            prop_assert!(read == json || read.is_none() && text.starts_with("-0"));
        }
    }
}
