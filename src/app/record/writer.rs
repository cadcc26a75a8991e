//! The thread that writes: events into frames, frames into files, one file after the other.
//!
//! It alone may be held up by a disk. What waits is written when it makes a frame, and a second after the first of it
//! came at the latest; where nothing waits, nothing wakes it. When a write fails, what is there stays, what comes is
//! counted, and it is tried again each second; when it goes well, the gap is told and who is alive by then.

use super::place::{Files, Limits, Opened, Out};
use crate::app::files;
use crate::event::{Event, Header};
use crate::sink::gap::Gap;
use crate::sink::part::Part;
use crate::sink::record::{FRAME_BYTES, Frames};
use crate::source::Batch;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout_at};

/// The longest that something waits to be written, and between two tries.
const SECOND: Duration = Duration::from_secs(1);
/// A file has room for at least so many frames.
const FRAMES_IN_FILE: u64 = 4;
/// No frame is worth less.
const FRAME_MIN: u64 = 16 << 10;

/// Says something to the user, on the way.
pub type Say = Box<dyn FnMut(&str) + Send>;

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// How many events.
    pub events: u64,
    /// How many bytes, in all files together.
    pub bytes: u64,
    /// In how many files.
    pub files: u32,
    /// How many events are not there, the kernel's own losses among them.
    pub lost: u64,
    /// From the first event to the last, in nanoseconds.
    pub length_ns: u64,
}

/// Why a recording ended, other than that its stream did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Nobody reads it any more.
    Closed,
    /// The file is as large as it may be.
    Size,
    /// It is as old as it may be.
    Age,
}

/// How a recording ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Done {
    /// What was written.
    pub summary: Summary,
    /// Why it ended of itself, if it did.
    pub end: Option<End>,
}

impl Done {
    /// Whether nothing is there of what came, though somebody would read it.
    pub fn has_nothing(&self) -> bool {
        let Summary { events, bytes, lost, .. } = self.summary;
        self.end != Some(End::Closed) && (bytes == 0 || events == 0 && lost > 0)
    }
}

/// Some events of a batch.
struct Slice {
    batch: Arc<Batch>,
    range: Range<usize>,
}

impl Slice {
    fn events(&self) -> &[Event] {
        self.batch.get(self.range.clone()).unwrap_or(&[])
    }
}

/// What cannot be written at the moment.
struct Trouble {
    gap: Gap,
    again: Instant,
}

pub(super) struct Writer {
    files: Files,
    /// Nothing where the next file could not be opened yet.
    out: Option<Out>,
    limits: Limits,
    is_compressed: bool,
    frame_bytes: usize,
    frames: Frames,
    frame: Vec<u8>,
    part: Part,
    /// What the frame will hold: `part` knows nothing of it yet.
    waiting: Vec<Slice>,
    /// When that is written at the latest.
    due: Option<Instant>,
    trouble: Option<Trouble>,
    /// When the file is too old: by the time of events, and by the clock where none come.
    until_ns: Option<u64>,
    until: Option<Instant>,
    began_ns: u64,
    summary: Summary,
    end: Option<End>,
    say: Say,
}

impl Writer {
    pub(super) fn new(opened: Opened, header: Header, say: Say) -> io::Result<Writer> {
        let Opened { files, out, limits, is_compressed } = opened;
        let share = limits.max_bytes.map_or(u64::MAX, |max| (max / FRAMES_IN_FILE).max(FRAME_MIN));
        let mut frames = Frames::new(is_compressed)?;
        frames.header(&header)?;
        let mut writer = Writer {
            files,
            out: Some(out),
            limits,
            is_compressed,
            frame_bytes: FRAME_BYTES.min(usize::try_from(share).unwrap_or(FRAME_BYTES)),
            frames,
            frame: Vec::new(),
            began_ns: header.mono_ns,
            part: Part::first(header),
            waiting: Vec::new(),
            due: Some(Instant::now()), // the header, so that whoever looks finds a recording
            trouble: None,
            until_ns: None,
            until: None,
            summary: Summary { files: 1, ..Summary::default() },
            end: None,
            say,
        };
        writer.set_age();
        Ok(writer)
    }

    /// Writes until the stream or the recording ends. Gives back the room that each batch took; an empty one stands for
    /// the wish to go on in another file, and is `heard`.
    pub(super) async fn run(
        mut self,
        mut queue: mpsc::UnboundedReceiver<Arc<Batch>>,
        room: &Semaphore,
        heard: &AtomicBool,
    ) -> Done {
        while self.end.is_none() {
            let next = match self.alarm() {
                Some(at) => timeout_at(at, queue.recv()).await,
                None => Ok(queue.recv().await),
            };
            match next {
                Ok(Some(batch)) => {
                    room.add_permits(super::recorder::room_of(&batch));
                    if batch.is_empty() {
                        heard.store(false, Relaxed);
                    }
                    self.take(batch);
                    if queue.is_empty() && matches!(self.files, Files::Stream) {
                        self.flush();
                    }
                    self.look_at_clock();
                }
                Ok(None) => break,
                Err(_) => self.look_at_clock(),
            }
        }
        self.finish()
    }

    /// The next time to do something unasked.
    fn alarm(&self) -> Option<Instant> {
        match &self.trouble {
            Some(trouble) => Some(trouble.again),
            None => self.due.into_iter().chain(self.until).min(),
        }
    }

    fn look_at_clock(&mut self) {
        if self.alarm().is_none_or(|at| at > Instant::now()) {
            return;
        }
        if self.trouble.is_some() {
            return self.try_again();
        }
        self.flush();
        if self.until.is_some_and(|until| until <= Instant::now()) {
            self.grow_old();
        }
    }

    fn take(&mut self, batch: Arc<Batch>) {
        let Some(first) = batch.first() else {
            self.flush();
            if self.files.go_on() {
                self.grow_old();
            }
            return;
        };
        if self.trouble.is_none() && self.until_ns.is_some_and(|until| first.mono_ns() >= until) {
            self.flush();
            self.grow_old();
        }
        if self.until_ns.is_none() {
            self.until_ns = self.limits.max_age_ns.map(|age| first.mono_ns().saturating_add(age));
        }
        let mut at = 0;
        while at < batch.len() && self.end.is_none() {
            match &mut self.trouble {
                Some(trouble) => {
                    for event in batch.iter().skip(at) {
                        self.part.apply(event);
                        trouble.gap.lose(event);
                    }
                    return;
                }
                None => at = self.write_from(&batch, at),
            }
        }
    }

    /// Writes the events of a batch from this place on, as many as make a frame; the place behind them.
    fn write_from(&mut self, batch: &Arc<Batch>, from: usize) -> usize {
        let mut to = from;
        let mut written = Ok(());
        for event in batch.iter().skip(from) {
            written = self.frames.event(event);
            to += 1;
            if written.is_err() || self.frames.waiting() >= self.frame_bytes {
                break;
            }
        }
        self.waiting.push(Slice { batch: Arc::clone(batch), range: from..to });
        self.due.get_or_insert_with(|| Instant::now() + SECOND);
        if let Err(e) = written {
            self.fail(&e);
        } else if self.frames.waiting() >= self.frame_bytes {
            self.flush();
        }
        to
    }

    /// Writes what waits.
    fn flush(&mut self) {
        self.due = None;
        if self.trouble.is_some() || self.end.is_some() || self.frames.waiting() == 0 {
            return;
        }
        match self.write_frame() {
            Ok(()) if self.end.is_some() => {}
            Ok(()) => {
                // A file that may be followed by another holds more than its header, however large the next frame is.
                if let Some(out) = self.out.as_mut().filter(|_| self.waiting.is_empty() && self.files.go_on()) {
                    out.has_begun();
                }
                for slice in std::mem::take(&mut self.waiting) {
                    slice.events().iter().for_each(|event| self.part.apply(event));
                    self.count(slice.events());
                }
            }
            Err(e) => self.fail(&e),
        }
    }

    fn count(&mut self, events: &[Event]) {
        self.summary.events += events.len() as u64;
        let lost = events.iter().filter_map(|event| if let Event::Lost(e) = event { Some(e.count) } else { None });
        self.summary.lost = lost.fold(self.summary.lost, u64::saturating_add);
    }

    /// Makes a frame of the lines that wait, and writes it to this file or, where it is full, to the next.
    fn write_frame(&mut self) -> io::Result<()> {
        let mut frame = std::mem::take(&mut self.frame);
        let written = self.frames.pack(&mut frame).and_then(|()| self.put(&frame));
        self.frame = frame;
        written
    }

    fn put(&mut self, frame: &[u8]) -> io::Result<()> {
        let max = self.limits.max_bytes.unwrap_or(u64::MAX);
        if self.out.as_ref().is_none_or(|out| !out.fits(frame.len(), max)) {
            if !self.files.go_on() {
                self.end = Some(End::Size);
                return Ok(());
            }
            self.next_file()?;
        }
        let Some(out) = &mut self.out else { return Err(ErrorKind::NotFound.into()) };
        self.files.make_room(out.size() + frame.len() as u64)?;
        out.write(frame)?;
        self.summary.bytes += frame.len() as u64;
        Ok(())
    }

    /// The file is too old, or another one is asked for.
    fn grow_old(&mut self) {
        if self.trouble.is_some() || self.end.is_some() {
            return;
        }
        if !self.files.go_on() {
            self.end = Some(End::Age);
        } else if self.out.as_ref().is_some_and(Out::is_bare) {
            self.set_age(); // another one would hold no more
        } else if let Err(e) = self.next_file() {
            self.fail(&e);
        }
    }

    /// Goes on in another file, which begins with all that holds.
    fn next_file(&mut self) -> io::Result<()> {
        self.out = None;
        let mut out = self.files.next(self.part.header().part.saturating_add(1))?;
        self.summary.files = self.summary.files.saturating_add(1);
        let (header, events) = self.part.begin_next();
        // Not `self.frames`: what waits there is told by the clock that it knows.
        let mut frames = Frames::new(self.is_compressed)?;
        frames.header(header)?;
        self.set_age();
        let mut frame = Vec::new();
        let begun = events.chunks(1024).chain([&[][..]]).try_for_each(|chunk| {
            chunk.iter().try_for_each(|event| frames.event(event))?;
            if !chunk.is_empty() && frames.waiting() < self.frame_bytes {
                return Ok(());
            }
            frames.pack(&mut frame)?;
            self.files.make_room(out.size() + frame.len() as u64)?;
            out.write(&frame)?;
            self.summary.bytes += frame.len() as u64;
            Ok(())
        });
        out.has_begun();
        self.out = Some(out);
        begun
    }

    fn set_age(&mut self) {
        self.until_ns = None;
        self.until = self.limits.max_age_ns.map(|age| Instant::now() + Duration::from_nanos(age));
    }

    /// What waited is lost: it is said once, and from now on all is counted.
    fn fail(&mut self, error: &io::Error) {
        if error.kind() == ErrorKind::BrokenPipe {
            self.end = Some(End::Closed);
            return;
        }
        let why = files::why(error);
        let name = self.files.name();
        (self.say)(&format!("cannot write to {name}: {why}; what comes is counted, and each second it is tried again"));
        let waiting = std::mem::take(&mut self.waiting);
        let began_ns = waiting.first().and_then(|slice| slice.events().first()).map(Event::mono_ns);
        let mut gap = Gap::new(began_ns.unwrap_or(self.part.last_ns()));
        for event in waiting.iter().flat_map(Slice::events) {
            self.part.apply(event);
            gap.lose(event);
        }
        self.frames.clear();
        self.due = None;
        self.trouble = Some(Trouble { gap, again: Instant::now() + SECOND });
    }

    /// Tells of the gap and goes on, if there is room again.
    fn try_again(&mut self) {
        let Some(mut trouble) = self.trouble.take() else { return };
        let events = trouble.gap.end(self.part.roster());
        match self.go_on_with(&events) {
            Ok(()) if self.end.is_some() => self.trouble = Some(trouble),
            Ok(()) => {
                self.count(&events);
                let (lost, length) = (trouble.gap.total(), super::words::length(trouble.gap.length_ns()));
                let name = self.files.name();
                (self.say)(&format!("writing to {name} again: {}", super::words::gap(lost, &length)));
            }
            Err(e) if e.kind() == ErrorKind::BrokenPipe => self.end = Some(End::Closed),
            Err(_) => {
                self.frames.clear();
                trouble.again = Instant::now() + SECOND;
                self.trouble = Some(trouble);
            }
        }
    }

    fn go_on_with(&mut self, events: &[Event]) -> io::Result<()> {
        if self.out.as_ref().is_some_and(|out| out.size() == 0) {
            self.frames.header(self.part.header())?;
        }
        events.iter().try_for_each(|event| self.frames.event(event))?;
        self.write_frame()
    }

    /// Writes what is left, if that can be.
    fn finish(mut self) -> Done {
        if self.end.is_none() {
            self.flush();
            self.try_again();
        }
        if let Some(trouble) = &self.trouble {
            self.summary.lost = self.summary.lost.saturating_add(trouble.gap.total());
        }
        self.summary.length_ns = self.part.last_ns().saturating_sub(self.began_ns);
        Done { summary: self.summary, end: self.end }
    }
}

#[cfg(test)]
mod tests;
