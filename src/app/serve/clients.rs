//! The thread that serves the clients: accepts them, reads their requests, writes what waits for them. It has a loop of
//! its own, so that a hundred readers never keep the capture from reading; one client's socket never keeps another's.

use super::hub::{Hub, Id};
use super::log::Log;
use super::queue::{Queue, room};
use super::request::{self, Splitter, Wrong};
use super::tally::Tally;
use crate::event::Header;
use crate::source::Batch;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::os::unix::net::UnixListener as StdListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// The most clients at once.
pub const CLIENTS_MAX: usize = 256;
/// After a request, how long the next one waits: a filter is not free for the others.
const REQUEST_PAUSE: Duration = Duration::from_millis(50);
/// After the end, how long clients may take to read what waits for them.
const LAST_LINES: Duration = Duration::from_secs(2);
/// How often is looked whether a client that says nothing more is still there.
const LOOK: Duration = Duration::from_secs(1);
/// How often who is alive may be looked up for those who come.
const REFRESH: Duration = Duration::from_millis(100);
/// So often in a second.
const TURNS: u32 = 10;
/// After no client could be accepted (too many open files), how long to wait.
const NO_ACCEPT: Duration = Duration::from_millis(200);

/// What the thread is given.
pub struct Serving {
    /// Where clients come in.
    pub listener: StdListener,
    /// Of the stream.
    pub header: Header,
    /// The stream.
    pub batches: mpsc::Receiver<Arc<Batch>>,
    /// The origin can wait: nothing begins before there is a client, and nobody loses anything.
    pub is_patient: bool,
    /// Who is known by name, for filters.
    pub users: Arc<[(String, u32)]>,
    /// What is counted.
    pub tally: Arc<Tally>,
    /// What is said.
    pub log: Log,
}

/// Starts the thread; it ends when the stream does.
///
/// # Errors
/// Where there can be no thread.
pub fn spawn(serving: Serving) -> io::Result<JoinHandle<io::Result<()>>> {
    thread::Builder::new().name("sigtop-clients".into()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, run(serving))
    })
}

/// What all tasks of the thread share; never borrowed while one waits.
#[derive(Clone)]
struct Shared {
    hub: Rc<RefCell<Hub>>,
    /// Somebody joined, left or read.
    changed: Rc<Notify>,
    /// Who is alive may be looked up again.
    refreshed: Rc<Notify>,
    /// How many wait for that.
    coming: Rc<Cell<usize>>,
    users: Arc<[(String, u32)]>,
    tally: Arc<Tally>,
    log: Log,
}

async fn run(serving: Serving) -> io::Result<()> {
    let Serving { listener, header, mut batches, is_patient, users, tally, log } = serving;
    listener.set_nonblocking(true)?;
    let listener = UnixListener::from_std(listener)?;
    let hub = Rc::new(RefCell::new(Hub::new(&header)));
    let shared = Shared {
        hub,
        changed: Rc::new(Notify::new()),
        refreshed: Rc::new(Notify::new()),
        coming: Rc::default(),
        users,
        tally,
        log,
    };
    let accepting = spawn_local(accept(listener, shared.clone()));
    let ticking = spawn_local(tick(shared.clone()));
    if is_patient {
        shared.until(|hub| hub.clients() > 0).await;
    }
    while let Some(batch) = batches.recv().await {
        shared.hub.borrow_mut().batch(&batch);
        shared.tally.missed.store(shared.hub.borrow().lost, Relaxed);
        yield_now().await; // whoever can be written to is written to before more comes
        if is_patient {
            shared.until(|hub| !hub.is_pressed()).await;
        }
    }
    accepting.abort();
    ticking.abort();
    shared.hub.borrow_mut().end();
    let last_lines = if is_patient { Duration::MAX } else { LAST_LINES };
    // Who has not read its last lines by then is told no more.
    let _ = timeout(last_lines, shared.until(|hub| hub.clients() == 0)).await;
    Ok(())
}

impl Shared {
    /// Waits until this is so.
    async fn until(&self, is: impl Fn(&Hub) -> bool) {
        while !is(&self.hub.borrow()) {
            self.changed.notified().await;
        }
    }
}

async fn tick(shared: Shared) {
    let mut time = interval(REFRESH);
    time.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for turn in 0_u32.. {
        time.tick().await;
        shared.hub.borrow_mut().refresh();
        shared.refreshed.notify_waiters();
        if turn % TURNS == 0 {
            shared.hub.borrow_mut().tick();
        }
    }
}

async fn accept(listener: UnixListener, shared: Shared) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) if shared.hub.borrow().clients() + shared.coming.get() < CLIENTS_MAX => {
                shared.coming.update(|coming| coming + 1);
                drop(spawn_local(serve(stream, shared.clone())))
            }
            Ok((stream, _)) => turn_away(&stream, &shared),
            Err(e) => {
                shared.log.often(format!("no client can be accepted: {e}"));
                sleep(NO_ACCEPT).await;
            }
        }
    }
}

/// Says why; what does not fit into the socket's own queue is not said.
fn turn_away(stream: &UnixStream, shared: &Shared) {
    let why = format!("there are {CLIENTS_MAX} clients already: no more are served");
    let line = shared.hub.borrow_mut().words(&why, None);
    let _ = stream.try_write(&line.bytes);
    shared.log.often(why);
}

/// One client, from its coming to its going.
async fn serve(stream: UnixStream, shared: Shared) {
    let peer = match stream.peer_cred() {
        Ok(peer) => format!("uid {} pid {}", peer.uid(), peer.pid().unwrap_or(0)),
        Err(e) => format!("unknown peer ({e})"),
    };
    while !shared.hub.borrow().may_join() {
        shared.refreshed.notified().await;
    }
    let (id, queue) = shared.hub.borrow_mut().join();
    shared.coming.update(|coming| coming - 1);
    shared.count();
    shared.log.often(format!("client {id} connected: {peer}"));
    let ended = tokio::select! {
        ended = write(&stream, &queue, &shared) => ended,
        ended = read(&stream, id, &queue, &shared) => ended,
    };
    shared.hub.borrow_mut().leave(id);
    shared.count();
    match ended {
        Err(e) if !matches!(e.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
            shared.log.often(format!("client {id} disconnected: {peer}: {e}"));
        }
        _ => shared.log.often(format!("client {id} disconnected: {peer}")),
    }
}

impl Shared {
    fn count(&self) {
        self.tally.clients.store(self.hub.borrow().clients() as u64, Relaxed);
        self.changed.notify_waiters();
        self.changed.notify_one();
    }
}

/// Writes what waits, for as long as something may come.
async fn write(stream: &UnixStream, queue: &RefCell<Queue>, shared: &Shared) -> io::Result<()> {
    let filled = queue.borrow().filled.clone();
    loop {
        let front = queue.borrow().front();
        let Some((chunk, from)) = front else {
            shared.hub.borrow_mut().drained(queue);
            if queue.borrow().is_done() {
                return Ok(());
            }
            if queue.borrow().front().is_none() {
                filled.notified().await;
            }
            continue;
        };
        stream.writable().await?;
        match stream.try_write(chunk.bytes.get(from..).unwrap_or_default()) {
            Ok(written) => {
                queue.borrow_mut().advance(written);
                shared.changed.notify_one();
                yield_now().await; // the others' turn
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(e) => return Err(e),
        }
    }
}

/// Obeys what the client asks for, until it is gone. That it says nothing more does not mean that it is.
async fn read(stream: &UnixStream, id: Id, queue: &RefCell<Queue>, shared: &Shared) -> io::Result<()> {
    let drained = queue.borrow().drained.clone();
    let mut splitter = Splitter::default();
    let mut bytes = [0; 4096];
    loop {
        stream.readable().await?;
        let count = match stream.try_read(&mut bytes) {
            Ok(0) => return until_gone(stream).await,
            Ok(count) => count,
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => continue,
            Err(e) => return Err(e),
        };
        let mut rest = bytes.get(..count).unwrap_or_default();
        while !rest.is_empty() {
            let (taken, line) = splitter.take(rest);
            rest = rest.get(taken..).unwrap_or_default();
            let Some(line) = line else { continue };
            // Who does not read the answers is not heard either.
            while queue.borrow().is_over(room(shared.hub.borrow().clients())) {
                drained.notified().await;
            }
            obey(id, line, shared);
            sleep(REQUEST_PAUSE).await;
        }
        yield_now().await;
    }
}

fn obey(id: Id, line: Result<Vec<u8>, Wrong>, shared: &Shared) {
    let users = |name: &str| shared.users.iter().find(|(known, _)| known == name).map(|(_, uid)| *uid);
    let request = line.and_then(|line| request::read(&line, &users));
    let mut hub = shared.hub.borrow_mut();
    match request {
        Ok(request) => hub.obey(id, request),
        Err(wrong) => hub.refuse(id, &wrong),
    }
}

/// Half-closed or wholly: the end of what is read looks the same, and only the kernel's flag tells.
async fn until_gone(stream: &UnixStream) -> io::Result<()> {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    loop {
        let mut fds = [PollFd::new(stream, PollFlags::empty())];
        poll(&mut fds, Some(&at_once))?;
        if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) {
            return Ok(());
        }
        sleep(LOOK).await;
    }
}
