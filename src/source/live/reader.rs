//! The thread `sigtop-bpf`: reads the ring buffer, joins, lets pass what the filter shows, hands over batches; and puts
//! another filter in force when it is asked to ([`obey`]), for it alone knows who lives.
//!
//! Wake-ups decide what tracing costs. While records come, the thread sweeps the ring by itself, and nobody wakes it.
//! After two sweeps without any it says that it sleeps, and the next record wakes it (bpf/emit.bpf.h). When nothing
//! happens it is woken once a second, to look whether anything was counted.

mod obey;

use super::access::Access;
use super::attempts::{Asked, Attempts};
use super::clocks::{mono_ns, offset_ns};
use super::control::Word;
use super::decode::decode_snapshot;
use super::filters::Slots;
use super::lent::Lent;
use super::link::{Linker, OOM_WAIT_NS};
use super::load::{self, Loaded, refused};
use super::skel::{SigtopLinks, SigtopSkel};
use super::unsent::{Collector, Flags};
use super::written::Follower;
use super::{Options, Ready, seed};
use crate::error::Error;
use crate::event::{ClockEvent, Event, Header};
use crate::filter::sieve::{Narrows, Sieve};
use crate::filter::{Filter, Placement, Wanted};
use crate::signal::SignalSet;
use crate::source::{BATCH_EVENTS, Batch};
use libbpf_rs::{AsRawLibbpf, RingBuffer, RingBufferBuilder, libbpf_sys};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering, fence};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Between two sweeps while records come in numbers: what a sweep costs is nothing beside what it reads.
const SWEEP: Duration = Duration::from_millis(1);
/// Between two sweeps while they come in ones and twos: whoever waits for a line does not wait for long.
const SHORT_SWEEP: Duration = Duration::from_micros(100);
/// This many records in a sweep are numbers.
const BUSY: usize = 64;
/// After so many sweeps without a record, it sleeps.
const EMPTY_SWEEPS: u32 = 2;
/// A sweep with this many records stops, to look after everything else before the next.
const SWEEP_MAX: usize = 16 * BATCH_EVENTS;
/// How long to sleep at most: once a second the counts of what was not sent are collected.
const TURN: Duration = Duration::from_secs(1);
/// The wall clock was set if it moved this far against the monotonic one.
const CLOCK_STEP_NS: i64 = 10_000_000;

/// Where it goes.
pub struct Out {
    /// The events.
    pub batches: mpsc::Sender<Batch>,
    /// What the user should know on the way, in words.
    pub problems: mpsc::Sender<String>,
}

/// Owns the BPF object from open to detach. Says in `ready` how the start went; ends when the control side does.
pub fn run(options: Options, out: Out, ready: Sender<Result<Ready, Error>>, bell: Arc<OwnedFd>) {
    let Out { batches, problems } = out;
    let Loaded { mut skel, missing } = match load::load(&options) {
        Ok(loaded) => loaded,
        Err(error) => return drop(ready.send(Err(error))),
    };
    let (word_sender, words) = channel();
    let linker = RefCell::new(Linker::new(SignalSet::ALL));
    let started = seed::snapshot(&skel).and_then(|processes| {
        let ring = ring(&skel, &linker).map_err(|e| refused("read from", &e))?;
        let lend = || Lent::new(&skel).map_err(|e| refused("share the maps of", &e));
        let lent = (lend()?, lend()?);
        let memory = skel.maps.bss_data.take().zip(skel.maps.bss_shared_data.take());
        let memory = memory.ok_or_else(|| Error::environment("the BPF object has no memory", ""))?;
        Ok((processes, ring, lent, memory))
    });
    let (processes, ring, lent, (bss, words_shared)) = match started {
        Ok(started) => started,
        Err(error) => return drop(ready.send(Err(error))),
    };
    let mut header = header(missing);
    let (mut attempts, mut access) = (Attempts::new(lent.0), Access::new(lent.1));
    match attempts.ask(Asked::by(&options.filter, options.narrows).and(&options.facts)) {
        Ok(road) => header.roads.extend(road.sentence().map(String::from)),
        Err(why) => header.missing.push(format!("failed sends and probes are not seen: {why}")),
    }
    match access.ask(Wanted::by(&options.filter).or(options.facts.clone())) {
        Ok(roads) => header.roads.extend(roads),
        Err(why) => header.missing.push(format!("opens, changed modes, moves and connections are not seen: {why}")),
    }
    linker.borrow_mut().look_for(access.looked_for());
    let offset_ns = header.offset_ns;
    let turns = Arc::new(AtomicU64::new(0));
    if ready.send(Ok(Ready { header, words: word_sender, turns: turns.clone() })).is_err() {
        return;
    }
    let flags = Flags {
        reader_asleep: shared(&mut words_shared.reader_asleep),
        unsent_any: shared(&mut words_shared.unsent_any),
        unsent_epoch: shared(&mut words_shared.unsent_epoch),
    };
    let mut reader = Reader {
        ring,
        linker: &linker,
        sieve: Sieve::new(options.filter.clone(), options.narrows).requesting(&options.facts),
        narrows: options.narrows,
        expected: VecDeque::new(),
        slots: Slots::new(shared(&mut bss.preparing), bss.pids_in.iter_mut().map(|slot| shared_bytes(slot)).collect()),
        words,
        asked: VecDeque::new(),
        facts: options.facts.clone(),
        batches,
        problems,
        bell,
        turns,
        flags,
        collector: Collector::new(),
        offset_ns,
        access,
        attempts,
    };
    reader.begin(&skel, &processes, options.filter);
    reader.read(&skel);
    reader.attempts.be_silent();
    reader.access.be_silent();
    skel.links = SigtopLinks::default(); // detaches: from here on nothing is counted any more
    reader.finish(&skel);
}

/// A word of the object's memory, which the kernel writes too.
fn shared(word: &mut u32) -> &AtomicU32 {
    // SAFETY: the word is aligned, lives as long as the borrow, and from here on is used through this only.
    unsafe { AtomicU32::from_ptr(word) }
}

/// The same of bytes.
fn shared_bytes(bytes: &mut [u8]) -> &[AtomicU8] {
    // SAFETY: AtomicU8 has the size and alignment of u8; they live as long as the borrow, and are used through this only.
    unsafe { &*(std::ptr::from_mut(bytes) as *const [AtomicU8]) }
}

fn ring<'a>(skel: &SigtopSkel<'_>, linker: &'a RefCell<Linker>) -> libbpf_rs::Result<RingBuffer<'a>> {
    let mut builder = RingBufferBuilder::new();
    let follower = Follower::default();
    builder.add(&skel.maps.events, move |bytes: &[u8]| {
        linker.borrow_mut().bytes(bytes, &|met| follower.follow(met));
        0
    })?;
    builder.build()
}

struct Reader<'a> {
    ring: RingBuffer<'a>,
    linker: &'a RefCell<Linker>,
    sieve: Sieve,
    narrows: Narrows,
    /// Filters that the kernel obeys, or is about to, with their generation, until the stream tells of them.
    expected: VecDeque<(u32, Filter)>,
    slots: Slots<'a>,
    words: Receiver<Word>,
    /// Filters that were asked for and wait for their turn.
    asked: VecDeque<(Filter, oneshot::Sender<Result<Placement, String>>)>,
    /// What is wanted beside the filter of what is told only on request.
    facts: Wanted,
    batches: mpsc::Sender<Batch>,
    problems: mpsc::Sender<String>,
    bell: Arc<OwnedFd>,
    /// How often it went round.
    turns: Arc<AtomicU64>,
    flags: Flags<'a>,
    collector: Collector,
    offset_ns: i64,
    access: Access,
    /// The last to be dropped: to detach may take long, and then nobody waits any more.
    attempts: Attempts,
}

/// Whether the stream goes on.
type GoOn = Option<()>;

impl Reader<'_> {
    /// The processes alive at the start, before everything else. Then the kernel obeys the filter too, which asks for
    /// some of them.
    fn begin(&mut self, skel: &SigtopSkel<'_>, snapshot: &[u8], filter: Filter) {
        self.seed(snapshot);
        if !filter.is_everything() {
            // Where the kernel cannot take it, all comes here, and is judged here: slower, and the same.
            let _ = self.change(skel, filter, None);
        }
    }

    fn seed(&mut self, snapshot: &[u8]) {
        let (mut processes, malformed) = decode_snapshot(snapshot);
        seed::add_unlisted_parents(&mut processes);
        let mut linker = self.linker.borrow_mut();
        seed::cgroups().into_iter().for_each(|(id, path)| linker.learn_cgroup(id, path));
        for mut process in processes {
            seed::add_from_proc(&mut process);
            linker.seen(process);
        }
        linker.count_malformed(malformed);
    }

    /// Until the control side or the reader of the batches is gone.
    fn read(&mut self, skel: &SigtopSkel<'_>) {
        let mut next_turn = mono_ns() + TURN.as_nanos() as u64;
        let mut empty = 0;
        while self.obey(skel).is_some() {
            self.turns.fetch_add(1, Ordering::Relaxed);
            let records = self.sweep();
            if records < SWEEP_MAX {
                self.tell_filters(); // else what passed the filter before is still to come
            }
            empty = if records == 0 { empty + 1 } else { 0 };
            let now = mono_ns();
            if now >= next_turn {
                next_turn = now + TURN.as_nanos() as u64;
                self.turn(skel, now);
            }
            if self.hand_over(now).is_none() {
                return;
            }
            match records {
                0 if empty >= EMPTY_SWEEPS => self.sleep(Duration::from_nanos(next_turn.saturating_sub(now))),
                0..BUSY => drop(self.wait(SHORT_SWEEP, false)),
                BUSY..SWEEP_MAX => drop(self.wait(SWEEP, false)),
                _ => {} // there is more
            }
        }
    }

    /// The kernel obeys all that were expected: those that no record told of are told here.
    fn tell_filters(&mut self) {
        self.linker.borrow_mut().tell_filters(u32::MAX, mono_ns());
    }

    /// Reads what is in the ring, and says how many records that was: at least SWEEP_MAX where there may be more, for
    /// a flood must not keep the thread from everything else.
    fn sweep(&mut self) -> usize {
        let mut records = 0;
        while records < SWEEP_MAX {
            let n = usize::try_from(self.ring.consume_raw_n(BATCH_EVENTS)).unwrap_or(0);
            records += n;
            if n < BATCH_EVENTS || self.hand_over(mono_ns()).is_none() {
                break;
            }
        }
        records
    }

    /// Once a second: the wall clock, and counts of what was not sent.
    fn turn(&mut self, skel: &SigtopSkel<'_>, now: u64) {
        if self.access.look_again() {
            self.linker.borrow_mut().look_for(self.access.looked_for());
        }
        for what in self.access.unsaid() {
            let _ = self.problems.try_send(what); // of very many, the first are enough
        }
        let mut linker = self.linker.borrow_mut();
        let offset_ns = offset_ns();
        if offset_ns.abs_diff(self.offset_ns) > CLOCK_STEP_NS.unsigned_abs() {
            self.offset_ns = offset_ns;
            linker.push(Event::Clock(ClockEvent { mono_ns: now, offset_ns }));
        }
        for event in self.collector.collect(skel, &self.flags, now) {
            linker.push(event);
        }
        self.access.missed(now).into_iter().for_each(|event| linker.push(event));
        self.sieve.skipped(now).into_iter().for_each(|event| linker.push(event));
        self.slots.clear_old(skel);
    }

    /// Hands over what is ready and passes the filter; waits if the other side is behind.
    fn hand_over(&mut self, now: u64) -> GoOn {
        let mut batch = self.linker.borrow_mut().take(now);
        batch.retain_mut(|event| self.passes(event));
        if batch.is_empty() {
            return if self.batches.is_closed() { None } else { Some(()) };
        }
        self.batches.blocking_send(batch).ok()
    }

    /// Whether the filter in force shows it: all of the filter, whatever the kernel decided of it.
    fn passes(&mut self, event: &mut Event) -> bool {
        if let Event::Filter(told) = event {
            while self.expected.front().is_some_and(|(generation, _)| *generation <= told.generation) {
                self.expected.pop_front().into_iter().for_each(|(_, filter)| self.sieve.set(filter));
            }
        }
        self.sieve.pass_mut(event)
    }

    /// Says that it sleeps, looks once more, and blocks until a record, the control side or the time wakes it.
    fn sleep(&mut self, at_most: Duration) {
        if self.linker.borrow().holds() {
            self.wait(SWEEP, true); // nothing wakes for the mark while nobody says that he sleeps
            return;
        }
        self.flags.reader_asleep.store(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        // A record that was reserved before the flag could be seen may not be readable yet, and will wake nobody:
        // wait a moment and look again, and sleep only on a ring where nothing is reserved.
        if self.backlog() == 0 && self.wait(SWEEP, true) && self.backlog() == 0 {
            self.wait(at_most, true);
        }
    }

    /// Bytes in the ring that were not read, reserved ones among them.
    fn backlog(&self) -> usize {
        let ring = self.ring.as_libbpf_object().as_ptr();
        // SAFETY: the ring buffer lives as long as self and has exactly one ring, of index 0.
        unsafe { libbpf_sys::ring__avail_data_size(libbpf_sys::ring_buffer__ring(ring, 0)) as usize }
    }

    /// Blocks until the time is up (true), or until the control side or, with `ring`, a record wakes it (false).
    fn wait(&self, at_most: Duration, ring: bool) -> bool {
        // SAFETY: the descriptor belongs to the ring buffer, which lives as long as self.
        let ring_fd = unsafe { BorrowedFd::borrow_raw(self.ring.epoll_fd()) };
        let mut fds = [PollFd::new(&self.bell, PollFlags::IN), PollFd::from_borrowed_fd(ring_fd, PollFlags::IN)];
        let timeout = Timespec { tv_sec: at_most.as_secs() as i64, tv_nsec: i64::from(at_most.subsec_nanos()) };
        let fds = if ring { &mut fds[..] } else { &mut fds[..1] };
        let woken = poll(fds, Some(&timeout)).unwrap_or(0) > 0;
        if fds[0].revents().contains(PollFlags::IN) {
            let _ = rustix::io::read(self.bell.as_fd(), &mut [0u8; 8]); // silences the bell
        }
        !woken
    }

    /// After detaching: what is still in the ring, and all counts.
    fn finish(&mut self, skel: &SigtopSkel<'_>) {
        while self.sweep() >= SWEEP_MAX {}
        self.tell_filters();
        let now = mono_ns();
        self.hand_over(now.saturating_add(OOM_WAIT_NS));
        let mut counts = self.collector.collect_all(skel, now);
        counts.extend(self.access.missed(now));
        let counts = counts.into_iter().chain(self.sieve.skipped(now));
        counts.for_each(|event| self.linker.borrow_mut().push(event));
        self.hand_over(now);
    }
}

fn header(missing: Vec<String>) -> Header {
    let system = rustix::system::uname();
    let text = |s: &std::ffi::CStr| s.to_string_lossy().into_owned();
    let mono_ns = mono_ns();
    Header {
        version: env!("CARGO_PKG_VERSION").into(),
        host: text(system.nodename()),
        kernel: text(system.release()),
        arch: text(system.machine()),
        boot_id: seed::boot_id(),
        mono_ns,
        began_ns: mono_ns,
        part: 0,
        offset_ns: offset_ns(),
        missing,
        roads: Vec::new(),
        told: Default::default(),
    }
}
