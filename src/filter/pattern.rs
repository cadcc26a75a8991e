//! Patterns: `*` stands for any characters. Matching takes time linear in the text, whatever the pattern: there is no
//! trying again, for patterns come from clients and texts from processes.

use super::Pattern;
use crate::event::Name;

impl Pattern {
    /// Whether the whole text fits.
    pub fn fits(&self, text: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else { return self.0 == text };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(mut text) = text.strip_prefix(first) else { return false };
        // The leftmost place for each piece leaves the most for those behind it.
        for piece in middle.split('*') {
            match text.find(piece) {
                Some(at) => text = &text[at + piece.len()..],
                None => return false,
            }
        }
        text.ends_with(last)
    }

    /// Whether a process's name fits. Names are cut at 15 bytes: without `*`, so is the pattern.
    pub fn fits_name(&self, name: &Name) -> bool {
        match self.exact_name() {
            Some(exact) => exact == *name,
            None => self.fits(name.as_str()),
        }
    }

    /// The only name that fits, if the pattern has no `*`: what the kernel would make of it.
    pub fn exact_name(&self) -> Option<Name> {
        if self.0.contains('*') {
            return None;
        }
        let mut comm = [0; 16];
        let len = self.0.len().min(Name::MAX);
        comm[..len].copy_from_slice(&self.0.as_bytes()[..len]);
        Some(Name::from_kernel(&comm))
    }

    /// Whether a file fits: its whole path, or, if the pattern has no `/`, the last component.
    pub fn fits_file(&self, path: &str) -> bool {
        !self.ends_otherwise(path) && self.fits(self.part_of(path))
    }

    /// The same, but `*` stops at `/`; `**` does not.
    pub fn fits_path(&self, path: &str) -> bool {
        if self.ends_otherwise(path) {
            return false;
        }
        let (pattern, text) = (self.0.as_bytes(), self.part_of(path).as_bytes());
        // Most files end at the first bytes.
        let plain =
            pattern.iter().zip(text).take_while(|(expected, byte)| **expected != b'*' && expected == byte).count();
        match &pattern[plain..] {
            b"" => plain == text.len(),
            b"**" => true,
            rest if rest[0] != b'*' => false,
            rest => {
                let tail = rest.rsplit(|byte| *byte == b'*').next().unwrap_or(b"");
                text[plain..].ends_with(tail) && fits_components(rest, &text[plain..])
            }
        }
    }

    /// Most paths end otherwise: one look at the last byte is enough for them.
    fn ends_otherwise(&self, path: &str) -> bool {
        matches!((self.0.as_bytes().last(), path.as_bytes().last()), (Some(expected), Some(byte)) if *expected != b'*' && expected != byte)
    }

    fn part_of<'p>(&self, path: &'p str) -> &'p str {
        if self.0.starts_with('/') || self.0.contains('/') { path } else { path.rsplit('/').next().unwrap_or(path) }
    }
}

/// Patterns up to this length allocate nothing.
const PLACES: usize = 1024;

/// All ways at once: after each byte, in which places of the pattern one may be. Places are bits.
fn fits_components(pattern: &[u8], text: &[u8]) -> bool {
    let words = pattern.len() / 64 + 1;
    let mut small = [[0; PLACES / 64]; 2];
    let mut large = [Vec::new(), Vec::new()];
    let [places, next] = if words <= PLACES / 64 {
        small.each_mut().map(|words_of| &mut words_of[..words])
    } else {
        large.each_mut().map(|words_of| {
            words_of.resize(words, 0);
            &mut words_of[..]
        })
    };
    let (mut places, mut next) = (places, next);
    enter(pattern, places, 0);
    for byte in text {
        next.fill(0);
        let mut any = false;
        for at in set(places).take_while(|at| *at < pattern.len()) {
            any = true;
            match pattern[at] {
                b'*' if *byte != b'/' || is_double(pattern, at) => enter(pattern, next, at),
                expected if expected == *byte && expected != b'*' => enter(pattern, next, at + 1),
                _ => {}
            }
        }
        if !any {
            return false;
        }
        std::mem::swap(&mut places, &mut next);
    }
    places[pattern.len() / 64] >> (pattern.len() % 64) & 1 == 1
}

/// From here one may go on; and behind a star, for it may stand for nothing.
fn enter(pattern: &[u8], places: &mut [u64], from: usize) {
    let stars = pattern[from..].iter().take_while(|byte| **byte == b'*').count();
    for at in from..=from + stars {
        places[at / 64] |= 1 << (at % 64);
    }
}

/// This star is one of several in a row: no `/` stops it.
fn is_double(pattern: &[u8], at: usize) -> bool {
    let star = Some(&b'*');
    pattern.get(at + 1) == star || at > 0 && pattern.get(at - 1) == star
}

/// The bits that are set.
fn set(places: &[u64]) -> impl Iterator<Item = usize> {
    places.iter().enumerate().flat_map(|(word, bits)| {
        let rest = std::iter::successors(Some(*bits), |bits| Some(bits & bits.wrapping_sub(1)));
        rest.take_while(|bits| *bits != 0).map(move |bits| word * 64 + bits.trailing_zeros() as usize)
    })
}
