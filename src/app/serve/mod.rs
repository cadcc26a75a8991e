//! `sigtop serve`: one stream to many outputs at once, over one set of BPF programs.
//!
//! The loop here only takes batches from the source and hands them on; each output has a thread of its own behind a
//! bounded queue ([`outlet`]), so that the capture waits for no client and no disk. The clients are served in
//! [`clients`], what each of them gets is decided in [`hub`].

mod clients;
mod hub;
mod lines;
mod log;
mod notify;
mod outlet;
mod queue;
mod request;
mod socket;
mod tally;

use crate::app::ending::Endings;
use crate::app::record::{Place, Recorder};
use crate::app::rules::{Guard, Reload};
use crate::app::users;
use crate::error::Error;
use crate::event::{Event, Header};
use crate::filter::Filter;
use crate::plan::Serving;
use crate::source::{Batch, Control, Source};
use log::{AlertLines, Log};
use notify::Manager;
use outlet::Outlet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use std::time::Duration;
use tally::Tally;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle as JoinTask;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How often the state of things is looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often losses are told of at most.
const LOSSES: Duration = Duration::from_secs(60);
/// After the end was asked for, how long the source may take to hand over what it has.
const LAST_BATCHES: Duration = Duration::from_secs(2);
/// After the source has ended, how long its last words may take.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// After the stream has ended, how long the outputs may take.
const LAST_OUTPUT: Duration = Duration::from_secs(5);

/// Serves until the stream ends, or SIGINT or SIGTERM comes. The flight recorder begins with a `filter` that the stream
/// does not tell of.
///
/// # Errors
/// What there cannot be, or what failed on the way: a service manager starts it again then.
pub async fn run(
    opening: impl Future<Output = Result<Source, Error>>,
    serving: &Serving,
    filter: Option<Filter>,
    guard: Option<&Guard>,
) -> Result<(), Error> {
    let environment = |e: io::Error| Error::environment("cannot start", e);
    let mut signals = Signals::new().map_err(|e| Error::environment("cannot catch signals", e))?;
    let group = serving.group.as_deref().map(socket::group).transpose()?;
    let mut bound = match &serving.socket {
        Some(path) => Some(socket::bind(path, group).await?),
        None => None,
    };
    let manager = Manager::from_env();
    let source = tokio::select! {
        source = opening => source?,
        () = signals.endings.asked_to_end() => return Ok(()),
    };
    let (log, log_writer) = log::spawn().map_err(environment)?;
    let tally = Arc::new(Tally::default());
    let mut clients = None;
    if let Some(listener) = bound.as_mut().and_then(|bound| bound.listener.take()) {
        let (outlet, batches) = Outlet::new();
        let (header, is_patient) = (source.header.clone(), serving.is_patient);
        let (users, tally, log) = (users::read(), tally.clone(), log.clone());
        let thread = clients::spawn(clients::Serving { listener, header, batches, is_patient, users, tally, log });
        clients = Some(Clients { outlet, thread: thread.map_err(environment)? });
    }
    let recorder = match &serving.record {
        Some(dir) => {
            let (place, log) = (Place::Directory { dir: dir.clone(), max_bytes: serving.record_size }, log.clone());
            let mut recorder = Recorder::open(place, source.header.clone(), Box::new(move |words| log.say(words)))?;
            filter.iter().for_each(|filter| recorder.tell_filter(filter, source.header.mono_ns));
            Some(recorder)
        }
        None => None,
    };
    introduce(&log, &source.header, serving, guard);
    manager.tell("READY=1");
    let Source { header, batches, control, mut problems } = source;
    let told = log.clone();
    let telling = tokio::spawn(async move {
        while let Some(problem) = problems.recv().await {
            told.say(problem);
        }
    });
    let alerts = guard.map(|_| AlertLines::new(&header));
    let daemon = Daemon {
        serving,
        guard,
        alerts,
        reload: Reload::default(),
        manager,
        tally,
        log,
        clients,
        recorder,
        failed: None,
        told_lost: 0,
        told_at: None,
        pulse: Pulse::default(),
    };
    let abort = telling.abort_handle();
    let ended = daemon.serve(batches, control, telling, &mut signals).await;
    abort.abort(); // if it has not ended: the log does with the last who may say something
    drop(bound);
    // Whoever does not read standard error does not keep the daemon.
    let _ = timeout(LAST_OUTPUT, tokio::task::spawn_blocking(move || log_writer.join())).await;
    ended
}

/// What is served where, and what the stream says of itself.
fn introduce(log: &Log, header: &Header, serving: &Serving, guard: Option<&Guard>) {
    let mut what = Vec::new();
    what.extend(serving.socket.as_ref().map(|path| format!("clients at {}", path.display())));
    what.extend(serving.record.as_ref().map(|dir| format!("flight recorder in {}", dir.display())));
    what.extend(guard.map(|guard| guard.words()));
    log.say(format!("serving {} (Linux {}): {}", header.host, header.kernel, what.join(", ")));
    header.roads.iter().for_each(|road| log.say(format!("note: {road}")));
    header.missing.iter().for_each(|missing| log.say(format!("missing: {missing}")));
}

/// The signals that a daemon obeys.
struct Signals {
    endings: Endings,
    /// No end but an order, whatever it was at the start.
    hangup: Signal,
}

impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals {
            endings: Endings::of([SignalKind::interrupt(), SignalKind::terminate()])?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

/// Who serves the clients.
struct Clients {
    outlet: Outlet,
    thread: JoinHandle<io::Result<()>>,
}

struct Daemon<'a> {
    serving: &'a Serving,
    /// The rules that are held against the stream.
    guard: Option<&'a Guard>,
    /// How alerts stand in the log.
    alerts: Option<AlertLines>,
    /// Rules are being read again.
    reload: Reload,
    manager: Manager,
    tally: Arc<Tally>,
    log: Log,
    clients: Option<Clients>,
    recorder: Option<Recorder>,
    /// What of the daemon itself ended that should not have.
    failed: Option<&'static str>,
    /// How many losses were told of, and when.
    told_lost: u64,
    told_at: Option<Instant>,
    pulse: Pulse,
}

impl Daemon<'_> {
    async fn serve(
        mut self,
        mut batches: tokio::sync::mpsc::Receiver<Batch>,
        mut control: Box<dyn Control>,
        telling: JoinTask<()>,
        signals: &mut Signals,
    ) -> Result<(), Error> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let watchdog = self.manager.watchdog.map_or(Duration::from_secs(1 << 30), |every| every / 2);
        let mut watchdog = interval(watchdog.max(Duration::from_millis(100)));
        let mut waiting: Option<Arc<Batch>> = None;
        let is_asked = loop {
            tokio::select! {
                // Ends and reloads are obeyed however much comes.
                biased;
                () = signals.endings.asked_to_end() => break true,
                _ = signals.hangup.recv() => self.reload(&mut *control),
                what = self.reload.done() => self.end_reload(what),
                _ = watchdog.tick() => self.watch(&*control),
                _ = tick.tick() => self.look(),
                () = ready(&self.clients, &self.recorder), if waiting.is_some() => {
                    waiting.take().into_iter().for_each(|batch| self.hand_on(&batch));
                }
                batch = batches.recv(), if waiting.is_none() => {
                    let Some(batch) = batch else { break false };
                    let batch = Arc::new(batch);
                    if self.serving.is_patient { waiting = Some(batch) } else { self.hand_on(&batch) }
                }
            }
            self.failed = self.dead_output();
            if self.failed.is_some() {
                break false;
            }
        };
        self.manager.tell("STOPPING=1\nSTATUS=ending");
        drop(control); // the source ends its stream; what it still had is handed on
        let rest = async {
            waiting.take().into_iter().for_each(|batch| self.hand_on(&batch));
            while let Some(batch) = batches.recv().await {
                self.hand_on(&Arc::new(batch));
            }
        };
        if timeout(LAST_BATCHES, rest).await.is_err() {
            self.log.say("the source took too long to end: what it still had is not served");
        }
        let _ = timeout(LAST_WORDS, telling).await; // a source that does not end may have more to say, for ever
        let (failed, must_last) = (self.failed, self.serving.must_last);
        let is_patient = self.serving.is_patient && !is_asked;
        tokio::select! {
            () = self.end(is_patient) => {}
            () = signals.endings.asked_to_end(), if is_patient => {}
        }
        match failed {
            Some(what) => Err(Error::environment(format!("{what} has failed"), "")),
            None if must_last && !is_asked => {
                Err(Error::environment("the stream has ended of itself", "nobody is served any more: start it again"))
            }
            None => Ok(()),
        }
    }

    /// An output whose thread is no more.
    fn dead_output(&self) -> Option<&'static str> {
        let no_clients = self.clients.as_ref().is_some_and(|clients| clients.outlet.is_closed());
        let no_recorder = self.recorder.as_ref().is_some_and(Recorder::is_closed);
        let what = [(no_clients, "the thread that serves the clients"), (no_recorder, "the flight recorder's thread")];
        what.iter().find(|(is, _)| *is).map(|(_, what)| *what)
    }

    fn hand_on(&mut self, batch: &Arc<Batch>) {
        self.tally.events.fetch_add(batch.len() as u64, Relaxed);
        let lost = batch.iter().map(|event| if let Event::Lost(lost) = event { lost.count } else { 0 });
        self.tally.lost.fetch_add(lost.sum(), Relaxed);
        if let Some(alerts) = &mut self.alerts {
            let found = alerts.take(batch, &self.log);
            self.tally.alerts.fetch_add(found, Relaxed);
        }
        if let Some(clients) = &mut self.clients {
            self.tally.late.fetch_add(clients.outlet.offer(batch), Relaxed);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.take(batch);
        }
    }

    /// Once a second.
    fn look(&mut self) {
        if let Some(clients) = &mut self.clients {
            clients.outlet.flush();
        }
        if let Some(recorder) = &self.recorder {
            self.tally.unrecorded.store(recorder.lost(), Relaxed);
        }
        self.manager.tell(&format!("STATUS={}", self.tally.words()));
        let all = self.tally.all_lost();
        if all > self.told_lost && self.told_at.is_none_or(|at| at.elapsed() >= LOSSES) {
            (self.told_lost, self.told_at) = (all, Some(Instant::now()));
            self.log.say(format!("lost so far: {}", self.tally.losses()));
        }
    }

    /// The watchdog hears that all is well only while the capture goes round; where there is none, while this does.
    fn watch(&mut self, control: &dyn Control) {
        if self.pulse.beats(control.turns()) {
            self.manager.tell("WATCHDOG=1");
        }
    }

    /// SIGHUP: rules are read again, the alert log and the flight recorder go on in another file.
    fn reload(&mut self, control: &mut dyn Control) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let micros = now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1000);
        self.manager.tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
        let mut done = Vec::new();
        if let Some(recorder) = &self.recorder {
            recorder.next_file();
            done.push("the flight recorder goes on in another file");
        }
        if self.guard.is_some_and(Guard::has_log) {
            done.push("the alert log is opened anew");
        }
        match self.guard {
            Some(_) => {
                done.push("the rules are read again");
                self.reload.ask(self.guard, control);
            }
            None if self.recorder.is_some() => done.push("there is nothing else to reload"),
            None => done.push("there is nothing to reload without a flight recorder or rules"),
        }
        self.log.say(format!("SIGHUP: {}", done.join("; ")));
        if !self.reload.is_under_way() {
            self.manager.tell("READY=1");
        }
    }

    /// Other rules hold, or why not.
    fn end_reload(&mut self, what: Result<String, String>) {
        match what {
            Ok(said) => self.log.say(said),
            Err(why) => why.lines().for_each(|line| self.log.alarm(line)),
        }
        self.manager.tell("READY=1");
    }

    /// Every output gets what it is still to get, within a bounded time.
    async fn end(self, is_patient: bool) {
        let patience = if is_patient { Duration::MAX } else { LAST_OUTPUT };
        if let Some(recorder) = self.recorder {
            match recorder.finish(patience).await {
                Some(done) => {
                    let (events, files) = (done.summary.events, done.summary.files);
                    let (s, lost) = (if files == 1 { "" } else { "s" }, done.summary.lost);
                    self.log.say(format!("recorded {events} events in {files} file{s}, {lost} lost"));
                }
                None if self.failed.is_some() => {}
                None => self.log.say("the disk takes no more: the end of the recording is missing"),
            }
        }
        let Some(Clients { outlet, thread }) = self.clients else { return };
        let ending = async {
            outlet.end().await;
            tokio::task::spawn_blocking(move || thread.join()).await
        };
        match timeout(patience, ending).await {
            Ok(Ok(Ok(Err(e)))) => self.log.say(format!("clients cannot be served: {e}")),
            Ok(Ok(Err(_))) => self.log.say("the thread that serves the clients has failed"),
            _ => {}
        }
        self.log.say(format!("served {} events; lost: {}", self.tally.events.load(Relaxed), self.tally.losses()));
    }
}

/// How far the capture was when it was last looked at.
#[derive(Default)]
struct Pulse(Option<u64>);

impl Pulse {
    fn beats(&mut self, turns: Option<u64>) -> bool {
        let beats = turns.is_none() || turns != self.0;
        self.0 = turns;
        beats
    }
}

/// Waits until every output has room: for an origin that can wait.
async fn ready(clients: &Option<Clients>, recorder: &Option<Recorder>) {
    if let Some(clients) = clients {
        clients.outlet.is_ready().await;
    }
    if let Some(recorder) = recorder {
        recorder.room().await;
    }
}

#[cfg(test)]
mod tests {
    use super::Pulse;

    #[test]
    fn a_capture_that_stands_still_is_not_well() {
        let mut pulse = Pulse::default();
        let looked = [Some(0), Some(3), Some(3), Some(3), Some(4)];
        assert_eq!(looked.map(|turns| pulse.beats(turns)), [true, true, false, false, true]);
        assert!(pulse.beats(None) && pulse.beats(None), "a made-up history needs no watching");
    }
}
