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
        self.fits(self.part_of(path))
    }

    /// The same, but `*` stops at `/`; `**` does not.
    pub fn fits_path(&self, path: &str) -> bool {
        let path = self.part_of(path);
        let Some((first, rest)) = self.0.split_once('*') else { return self.0 == path };
        path.strip_prefix(first).is_some_and(|path| fits_components(&format!("*{rest}"), path))
    }

    fn part_of<'p>(&self, path: &'p str) -> &'p str {
        if self.0.contains('/') { path } else { path.rsplit('/').next().unwrap_or(path) }
    }
}

enum Piece {
    Byte(u8),
    Star,
    Stars,
}

/// All ways at once: after each byte, in which places of the pattern one may be.
fn fits_components(pattern: &str, text: &str) -> bool {
    let mut pieces = Vec::with_capacity(pattern.len());
    for byte in pattern.bytes() {
        match (byte, pieces.last()) {
            (b'*', Some(Piece::Star | Piece::Stars)) => {
                pieces.pop();
                pieces.push(Piece::Stars);
            }
            (b'*', _) => pieces.push(Piece::Star),
            (byte, _) => pieces.push(Piece::Byte(byte)),
        }
    }
    let end = pieces.len();
    let mut places = vec![false; end + 1];
    let mut next = places.clone();
    places[0] = true;
    pass_stars(&pieces, &mut places);
    for byte in text.bytes() {
        next.fill(false);
        for (at, piece) in pieces.iter().enumerate().filter(|(at, _)| places[*at]) {
            match piece {
                Piece::Byte(expected) => next[at + 1] |= *expected == byte,
                Piece::Star => next[at] |= byte != b'/',
                Piece::Stars => next[at] = true,
            }
        }
        std::mem::swap(&mut places, &mut next);
        pass_stars(&pieces, &mut places);
    }
    places[end]
}

/// A star may stand for nothing.
fn pass_stars(pieces: &[Piece], places: &mut [bool]) {
    for (at, piece) in pieces.iter().enumerate() {
        places[at + 1] |= places[at] && !matches!(piece, Piece::Byte(_));
    }
}
