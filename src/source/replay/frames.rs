//! Frames of zstd, one behind the other, decoded as they come. A damaged one is told, and what follows it is found by
//! the magic number that every frame begins with.
//!
//! Memory is bounded: decoded bytes go out as there is room for them, and of a frame that may yet turn out damaged
//! only the last few MiB are kept to look through.

use std::io::{self, Read};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

/// What every frame begins with.
pub const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Bytes asked for at once.
const READ: usize = 128 << 10;

/// The most compressed bytes that are kept behind the place that is read.
const KEPT: usize = 2 << 20;

/// What a step gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// So many bytes.
    Bytes(usize),
    /// Nothing of what is at about this byte of the file: it is damaged.
    Damage(u64),
    /// The end; and whether it comes in the middle of something.
    End {
        /// Something began that is not whole.
        torn: bool,
    },
}

#[derive(Clone, Copy)]
enum Place {
    /// A frame must begin here.
    Between,
    /// In a frame that began here in what is held.
    Inside(usize),
    /// Somewhere in what is damaged.
    Searching,
}

/// Decodes what it reads.
pub struct Frames<R> {
    input: R,
    decoder: Decoder<'static>,
    held: Vec<u8>,
    /// How far what is held was decoded.
    at: usize,
    /// Where in the file what is held begins.
    offset: u64,
    place: Place,
    /// Damage that is to be told.
    damage: Option<u64>,
    /// Damage was met, and nothing decoded since: it is still the same.
    is_known: bool,
}

impl<R: Read> Frames<R> {
    /// Decodes `input`.
    ///
    /// # Errors
    /// Where there is no memory for a decoder.
    pub fn new(input: R) -> io::Result<Frames<R>> {
        let decoder = Decoder::new()?;
        let (held, place) = (Vec::new(), Place::Between);
        Ok(Frames { input, decoder, held, at: 0, offset: 0, place, damage: None, is_known: false })
    }

    /// The next bytes, into `out`: as soon as there are any.
    ///
    /// # Errors
    /// Those of the input.
    pub fn step(&mut self, out: &mut [u8]) -> io::Result<Step> {
        loop {
            if let Some(at) = self.damage.take() {
                return Ok(Step::Damage(at));
            }
            let step = match self.place {
                Place::Between => self.begin()?,
                Place::Inside(began) => self.decode(began, out)?,
                Place::Searching => self.search()?,
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    fn begin(&mut self) -> io::Result<Option<Step>> {
        let Some(first) = self.ahead().first_chunk() else {
            let is_end = !self.more()?;
            return Ok(is_end.then(|| Step::End { torn: !self.ahead().is_empty() }));
        };
        if is_frame(*first) {
            self.decoder.reinit()?;
            self.place = Place::Inside(self.at);
        } else {
            self.fail(self.at);
        }
        Ok(None)
    }

    fn decode(&mut self, began: usize, out: &mut [u8]) -> io::Result<Option<Step>> {
        let mut compressed = InBuffer::around(self.held.get(self.at..).unwrap_or_default());
        let mut bytes = OutBuffer::around(out);
        let ran = self.decoder.run(&mut compressed, &mut bytes);
        let (read, count) = (compressed.pos(), bytes.pos());
        self.at += read;
        self.is_known &= count == 0;
        match ran {
            Ok(0) => self.place = Place::Between,
            Ok(_) if count == 0 && read == 0 => return Ok((!self.more()?).then_some(Step::End { torn: true })),
            Ok(_) => {}
            Err(_) => self.fail(began + 1),
        }
        Ok((count > 0).then_some(Step::Bytes(count)))
    }

    /// From here on the next frame is looked for: the decoder may have gone too far.
    fn fail(&mut self, from: usize) {
        if !self.is_known {
            (self.damage, self.is_known) = (Some(self.offset + self.at as u64), true);
        }
        (self.at, self.place) = (from, Place::Searching);
    }

    fn search(&mut self) -> io::Result<Option<Step>> {
        match self.ahead().windows(MAGIC.len()).position(|bytes| bytes == MAGIC) {
            Some(found) => (self.at, self.place) = (self.at + found, Place::Between),
            None => {
                self.at = self.at.max(self.held.len().saturating_sub(MAGIC.len() - 1));
                return Ok((!self.more()?).then_some(Step::End { torn: false }));
            }
        }
        Ok(None)
    }

    fn ahead(&self) -> &[u8] {
        self.held.get(self.at..).unwrap_or_default()
    }

    /// Reads more; nothing where the input has ended.
    fn more(&mut self) -> io::Result<bool> {
        let keep = match self.place {
            Place::Inside(began) => began.max(self.at.saturating_sub(KEPT)),
            Place::Between | Place::Searching => self.at,
        };
        if keep >= KEPT || keep == self.held.len() {
            self.held.drain(..keep); // seldom, for what is behind it is moved
            self.at -= keep;
            self.offset += keep as u64;
            if let Place::Inside(began) = &mut self.place {
                *began = began.saturating_sub(keep);
            }
        }
        let len = self.held.len();
        self.held.resize(len + READ, 0);
        let read = loop {
            match self.input.read(self.held.get_mut(len..).unwrap_or_default()) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.held.truncate(len + read.as_ref().map_or(0, |count| *count));
        read.map(|count| count > 0)
    }
}

/// Whether a frame begins so, one of data or one to be skipped.
fn is_frame(first: [u8; 4]) -> bool {
    first == MAGIC || first[0] & 0xf0 == 0x50 && first[1..] == [0x2a, 0x4d, 0x18]
}
