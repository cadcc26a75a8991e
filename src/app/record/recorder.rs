//! What a mode hands its events to, to have them recorded. Handing over never waits: the writer is a thread of its
//! own, and what does not fit before it is a gap in the recording.

use super::place::{self, Place};
use super::words;
use super::writer::{Done, Say, Writer};
use crate::error::Error;
use crate::event::{Event, FilterEvent, Header};
use crate::filter::Filter;
use crate::sink::gap::Gap;
use crate::sink::roster::Roster;
use crate::source::Batch;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// How many events may wait for the writer: some seconds of a busy machine, about 20 MiB.
pub const QUEUED_EVENTS: usize = 1 << 17;

/// The number of the filter that holds from the start, as the kernel counts them.
const FIRST_FILTER: u32 = 1;

/// A recording that is being made.
pub struct Recorder {
    queue: mpsc::UnboundedSender<Arc<Batch>>,
    room: Arc<Semaphore>,
    /// The writer was told to go on in another file and has not come to it: to be told once is enough.
    wants_next: Arc<AtomicBool>,
    /// Who is alive, for what a gap ends with.
    roster: Roster,
    gap: Option<Gap>,
    lost: u64,
    writer: oneshot::Receiver<Done>,
    done: Option<Done>,
}

impl Recorder {
    /// Opens the place and begins a recording there. `say` is told what the user should know on the way.
    ///
    /// # Errors
    /// Why nothing can be recorded there, and what to do.
    pub fn open(place: Place, header: Header, say: Say) -> Result<Recorder, Error> {
        let opened = place::open(place, &header).map_err(|(path, e)| words::refused(&path, &e))?;
        let broken = |e| Error::environment("cannot start the recorder", e);
        let writer = Writer::new(opened, header, say).map_err(broken)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(broken)?;
        let (queue, batches) = mpsc::unbounded_channel();
        let (tell, done) = oneshot::channel();
        let room = Arc::new(Semaphore::new(QUEUED_EVENTS));
        let wants_next = Arc::new(AtomicBool::new(false));
        let (writers_room, heard) = (Arc::clone(&room), Arc::clone(&wants_next));
        let write = move || {
            let done = runtime.block_on(writer.run(batches, &writers_room, &heard));
            let _ = tell.send(done); // whoever asked may have gone
        };
        std::thread::Builder::new().name("sigtop-record".into()).spawn(write).map_err(broken)?;
        Ok(Recorder {
            queue,
            room,
            wants_next,
            roster: Roster::default(),
            gap: None,
            lost: 0,
            writer: done,
            done: None,
        })
    }

    /// Takes what happened next. Never waits: where there is no room, it is counted.
    pub fn take(&mut self, batch: &Arc<Batch>) {
        let Some(first) = batch.first() else { return };
        if self.gap.is_some() && self.room.available_permits() >= QUEUED_EVENTS / 2 {
            self.end_gap();
        }
        let has_room = self.gap.is_none() && self.reserve(room_of(batch));
        if has_room {
            let _ = self.queue.send(Arc::clone(batch)); // a writer that has ended takes nothing more
        } else {
            let gap = self.gap.get_or_insert_with(|| Gap::new(first.mono_ns()));
            let before = gap.total();
            batch.iter().for_each(|event| gap.lose(event));
            self.lost += gap.total() - before;
        }
        batch.iter().for_each(|event| self.roster.apply(event));
    }

    /// The filter that held when it began: who reads it later is to know what was kept out.
    pub fn tell_filter(&mut self, filter: &Filter, mono_ns: u64) {
        let told = FilterEvent { mono_ns, generation: FIRST_FILTER, text: filter.to_string() };
        self.take(&Arc::new(vec![Event::Filter(Box::new(told))]));
    }

    /// How many events did not fit before the writer.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether nothing is written any more: the writer has ended.
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Goes on in another file, where there may be several.
    pub fn next_file(&self) {
        let is_told = self.wants_next.swap(true, Relaxed);
        if !is_told {
            let _ = self.queue.send(Arc::default()); // an empty batch stands for that
        }
    }

    fn end_gap(&mut self) {
        let Some(gap) = self.gap.take() else { return };
        let told = Arc::new(gap.end(&self.roster));
        self.reserve(room_of(&told)); // there is: see `room_of`; or it is the end
        let _ = self.queue.send(told); // a writer that has ended writes nothing more, and said why
    }

    fn reserve(&self, events: usize) -> bool {
        let permit = u32::try_from(events).ok().and_then(|events| self.room.try_acquire_many(events).ok());
        permit.map(|permit| permit.forget()).is_some()
    }

    /// Whether much can be taken without loss. Sources that can wait are not read before that.
    pub fn has_room(&self) -> bool {
        self.room.available_permits() >= QUEUED_EVENTS / 2
    }

    /// Returns when it has.
    pub fn room(&self) -> impl Future<Output = ()> + use<> {
        let room = Arc::clone(&self.room);
        async move {
            let _ = room.acquire_many(QUEUED_EVENTS as u32 / 2).await; // and given back: nobody else takes of it
        }
    }

    /// Returns when the recording has ended of itself: nothing more is taken then.
    pub async fn ended(&mut self) {
        if self.done.is_none() {
            self.done = (&mut self.writer).await.ok();
        }
    }

    /// Writes all that waits, and says what was written; nothing where that takes longer than `patience`.
    pub async fn finish(mut self, patience: Duration) -> Option<Done> {
        self.end_gap();
        drop(self.queue);
        if self.done.is_none() {
            self.done = tokio::time::timeout(patience, self.writer).await.ok().and_then(Result::ok);
        }
        self.done
    }
}

/// How much room a batch takes: never more than the half that must be free for a gap to end, and none if it is empty.
pub(super) fn room_of(batch: &Batch) -> usize {
    batch.len().min(QUEUED_EVENTS / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::record::Limits;
    use crate::source::synth::{Synth, header};
    use std::fs::File;
    use std::os::fd::OwnedFd;

    /// However often it is told to go on in another file while the disk hangs, no more waits than may.
    #[test]
    fn wishes_for_another_file_make_no_room() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (reader, writer) = std::io::pipe().unwrap(); // nobody reads: it holds 64 KiB
            let place = Place::Stream { file: File::from(OwnedFd::from(writer)), limits: Limits::default() };
            let mut recorder = Recorder::open(place, header(), Box::new(|_| {})).unwrap();
            let batch = Arc::new(Synth::new(7).take(1024).collect::<Vec<_>>());
            while recorder.room.available_permits() >= batch.len() {
                recorder.take(&batch);
            }
            (0..100_000).for_each(|_| recorder.next_file());
            let room = Arc::clone(&recorder.room);
            let mut reader = reader;
            let drain = std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
            recorder.finish(Duration::from_secs(60)).await.unwrap();
            drain.join().unwrap().unwrap();
            assert_eq!(room.available_permits(), QUEUED_EVENTS);
        });
    }
}
