//! Events into the bytes of a recording: JSON Lines, gathered into frames that each stand alone.
//!
//! A frame holds whole lines. In a compressed recording it is a zstd frame with a checksum: whoever finds a torn one
//! has all that came before it, and frames one after the other are what `zstd -dc` reads. In a plain one it is just
//! the lines. When a frame ends, and where its bytes go, is for whoever asks for it.

use super::{Sink, json::Json};
use crate::event::{Event, Header};
use std::io;
use zstd::bulk::Compressor;
use zstd::zstd_safe::{CParameter, compress_bound};

/// As many bytes of lines are worth a frame: more make it hardly smaller, and lose more where it is torn.
pub const FRAME_BYTES: usize = 1 << 20;

/// The fastest: a second one takes a third less space and twice the time.
const LEVEL: i32 = 1;

/// Lines that wait to become a frame.
pub struct Frames {
    json: Json<Vec<u8>>,
    packer: Option<Compressor<'static>>,
}

impl Frames {
    /// Frames of zstd, or of plain lines.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn new(compressed: bool) -> io::Result<Frames> {
        let mut packer = compressed.then(|| Compressor::new(LEVEL)).transpose()?;
        if let Some(packer) = &mut packer {
            packer.set_parameter(CParameter::ChecksumFlag(true))?;
        }
        Ok(Frames { json: Json::new(Vec::new()), packer })
    }

    /// The beginning of a file.
    ///
    /// # Errors
    /// What cannot be said in JSON.
    pub fn header(&mut self, header: &Header) -> io::Result<()> {
        self.json.header(header)
    }

    /// One event more.
    ///
    /// # Errors
    /// What cannot be said in JSON.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.json.event(event)
    }

    /// How many bytes of lines wait.
    pub fn waiting(&mut self) -> usize {
        self.json.get_mut().len()
    }

    /// Makes a frame of the lines that wait, in place of what is in `frame`; an empty one where none wait.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn pack(&mut self, frame: &mut Vec<u8>) -> io::Result<()> {
        let lines = self.json.get_mut();
        frame.clear();
        match &mut self.packer {
            Some(packer) if !lines.is_empty() => {
                frame.reserve(compress_bound(lines.len()));
                packer.compress_to_buffer(lines.as_slice(), frame)?;
            }
            _ => std::mem::swap(lines, frame),
        }
        self.json.get_mut().clear();
        Ok(())
    }

    /// Forgets the lines that wait.
    pub fn clear(&mut self) {
        self.json.get_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::synth::{Synth, header};
    use proptest::prelude::*;

    /// The events of a seed, with a frame behind each of these many.
    fn frames(seed: u64, sizes: &[usize], compressed: bool) -> Vec<Vec<u8>> {
        let mut frames = Frames::new(compressed).unwrap();
        let mut events = Synth::new(seed);
        frames.header(&header()).unwrap();
        let mut made = Vec::new();
        for size in sizes {
            events.by_ref().take(*size).for_each(|event| frames.event(&event).unwrap());
            let mut frame = Vec::new();
            frames.pack(&mut frame).unwrap();
            assert_eq!(frames.waiting(), 0);
            made.push(frame);
        }
        made
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn frames_are_the_lines_whatever_their_size(seed: u64, sizes in proptest::collection::vec(0..300usize, 1..9)) {
            let plain = frames(seed, &sizes, false).concat();
            let packed = frames(seed, &sizes, true);
            prop_assert_eq!(&zstd::decode_all(&packed.concat()[..]).unwrap(), &plain);
            for frame in packed.iter().filter(|frame| !frame.is_empty()) {
                let lines = zstd::decode_all(&frame[..]).unwrap();
                prop_assert_eq!(lines.last(), Some(&b'\n'), "whole lines");
            }
        }

        #[test]
        fn a_torn_or_damaged_frame_is_noticed(seed: u64, at in 0..1_000_000usize, bit in 0..8u8) {
            let frame = frames(seed, &[200], true).concat();
            let at = 5 + at % (frame.len() - 5);
            prop_assert!(zstd::decode_all(&frame[..at]).is_err());
            let mut damaged = frame.clone();
            damaged[at] ^= 1 << bit;
            // A few bits mean nothing: without them it is the same.
            let same = |lines: Vec<u8>| lines == zstd::decode_all(&frame[..]).unwrap();
            prop_assert!(zstd::decode_all(&damaged[..]).map_or(true, same));
        }
    }

    #[test]
    fn what_is_forgotten_is_in_no_frame() {
        let mut frames = Frames::new(true).unwrap();
        frames.header(&header()).unwrap();
        frames.clear();
        let mut frame = vec![1, 2, 3];
        frames.pack(&mut frame).unwrap();
        assert!(frame.is_empty());
    }
}
