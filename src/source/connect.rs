//! `--connect PATH`: the stream of a running `sigtop serve`, from its socket. No privileges but the socket's own.
//!
//! The daemon narrows the stream, as it is asked to by a line; here is narrowed only until it obeys the first request.
//! Whatever comes from the socket is untrusted, as what stands in a recording is.

use super::lines::{self, Item, LINE_MAX, hot::Hot};
use super::narrow::{Narrow, is_of_thread, placement};
use super::{Answer, BATCH_EVENTS, Batch, Control, QUEUED_BATCHES, Source};
use crate::error::Error;
use crate::event::{CountEvent, Event, Header, Kind, Told};
use crate::filter::sieve::Narrows;
use crate::filter::{Filter, Placement, Wanted};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How much is read at once.
const BUFFER: usize = 256 << 10;
/// The most problems that wait to be told.
const QUEUED_PROBLEMS: usize = 64;
/// The most requests that wait for a daemon that does not read.
const QUEUED_REQUESTS: usize = 8;
/// How long a daemon may take to take a request in, or to begin.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the daemon is, and what is asked of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its socket.
    pub path: PathBuf,
    /// Report threads that begin and end too, if the daemon does.
    pub threads: bool,
    /// What passes one by one; signals that it does not show are only counted.
    pub filter: Filter,
    /// Whether it narrows events of processes too.
    pub narrows: Narrows,
    /// What is told beside that only on request: of kinds that the filter does not name, too.
    pub facts: Wanted,
}

/// Connects, and reads the header; the rest is read by a thread of its own.
///
/// # Errors
/// Why nothing can be had there, and what to do.
pub fn open(options: Options) -> Result<Source, Error> {
    let name = options.path.display().to_string();
    let broken = |e: io::Error| Error::environment(format!("cannot read from {name}: {e}"), "");
    let stream = UnixStream::connect(&options.path).map_err(|e| refused(&options.path, &e))?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(broken)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
    let mut input = BufReader::with_capacity(BUFFER, stream.try_clone().map_err(broken)?);
    let header = header(&mut input).map_err(|why| {
        Error::environment(
            format!("{name} does not speak as `sigtop serve` does: {why}"),
            "is it the socket of another program?",
        )
    })?;
    stream.set_read_timeout(None).map_err(broken)?;
    let (batch_sender, batches) = mpsc::channel(QUEUED_BATCHES);
    let (problem_sender, problems) = mpsc::channel(QUEUED_PROBLEMS);
    let asked = Arc::new(Mutex::new(VecDeque::new()));
    let requests = writer(stream.try_clone().map_err(broken)?, asked.clone())?;
    let (narrows, has_left) = (options.narrows, Arc::new(AtomicBool::new(false)));
    let mut remote = Remote {
        stream,
        requests,
        narrows,
        facts: options.facts.clone(),
        told: header.told.clone(),
        problems: problem_sender.downgrade(),
        said: None,
        asked: asked.clone(),
        has_left: has_left.clone(),
    };
    let first = remote.set_filter(options.filter.clone());
    let narrow = Narrow::new(options.filter, options.narrows, true, header.mono_ns).requesting(&options.facts);
    let reader = Reader {
        input,
        hot: Hot::default(),
        name,
        has_left,
        asked,
        first: Some((narrow, first)),
        threads: options.threads,
        line: 1,
        now_ns: header.mono_ns,
        problems: problem_sender,
    };
    thread::Builder::new()
        .name("sigtop-connect".into())
        .spawn(move || reader.read(&batch_sender))
        .map_err(|e| Error::environment("cannot start a thread", e))?;
    Ok(Source { header, batches, control: Box::new(remote), problems })
}

fn refused(path: &Path, e: &io::Error) -> Error {
    let name = path.display();
    match e.kind() {
        ErrorKind::NotFound => Error::environment(
            format!("there is no socket {name}"),
            "is `sigtop serve` running? Start it: sudo sigtop serve",
        ),
        ErrorKind::ConnectionRefused => Error::environment(
            format!("nobody serves {name}"),
            "is `sigtop serve` running? The file may be left over from one that was killed",
        ),
        ErrorKind::PermissionDenied => Error::environment(
            format!("not permitted to connect to {name}"),
            "its owner may, and the group that `sigtop serve --socket-group NAME` gives it to: `ls -l` says which",
        ),
        _ => Error::environment(format!("cannot connect to {name}: {e}"), "it must be the socket of a `sigtop serve`"),
    }
}

/// The first line. A daemon that has enough clients says so in it.
fn header(input: &mut impl BufRead) -> Result<Header, String> {
    let mut line = Vec::new();
    match next_line(input, &mut line) {
        Ok(0) => return Err("it ended at once".into()),
        Ok(_) => {}
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            return Err("it says nothing".into());
        }
        Err(e) => return Err(e.to_string()),
    }
    match lines::read(line.trim_ascii_end()) {
        Ok(Item::Header(header)) => Ok(*header),
        Ok(Item::Event(_) | Item::Unknown) => {
            Err(complaint(&line).unwrap_or_else(|| "it begins without a header".into()))
        }
        Err(why) => Err(why.to_string()),
    }
}

/// Reads one line, but not more than one that is bounded.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    line.clear();
    let count = input.take(LINE_MAX as u64).read_until(b'\n', line)?;
    if count == LINE_MAX && !line.ends_with(b"\n") {
        return Err(io::Error::other("a line has no end"));
    }
    Ok(count)
}

/// What an object of type `error` says.
fn complaint(line: &[u8]) -> Option<String> {
    let object: Value = serde_json::from_slice(line).ok()?;
    let is_error = object.get("type").and_then(Value::as_str) == Some("error");
    is_error.then(|| object.get("message").and_then(Value::as_str).unwrap_or("no reason given").to_string())
}

/// A filter that the daemon was asked to obey, and where to answer.
type Wish = (Filter, oneshot::Sender<Result<Placement, String>>);
type Asked = Arc<Mutex<VecDeque<Wish>>>;

struct Remote {
    stream: UnixStream,
    requests: SyncSender<String>,
    narrows: Narrows,
    /// What is wanted beside the filter of what is told only on request.
    facts: Wanted,
    /// What the daemon tells of that.
    told: Told,
    /// Where to say that it does not.
    problems: mpsc::WeakSender<String>,
    /// What was said of it last.
    said: Option<String>,
    asked: Asked,
    /// It was dropped: that the stream ends then is no news.
    has_left: Arc<AtomicBool>,
}

impl Control for Remote {
    fn set_filter(&mut self, filter: Filter) -> Answer {
        let (reply, answer) = oneshot::channel();
        let narrows = if self.narrows == Narrows::All { "all" } else { "signals" };
        self.say_untold(&filter);
        let facts = self.facts.told();
        let mut request = json!({"filter": filter.to_string(), "narrows": narrows});
        if facts != Told::default() {
            request["tell"] = facts.all.iter().chain(&facts.some).map(|kind| kind.word()).collect();
        }
        let request = format!("{request}\n");
        // Before it is sent: the answer may be here at once.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push_back((filter, reply));
        let why = match self.requests.try_send(request) {
            Ok(()) => return answer,
            Err(TrySendError::Full(_)) => "it does not read",
            Err(TrySendError::Disconnected(_)) => "it listens no more",
        };
        if let Some((_, reply)) = self.asked.lock().unwrap_or_else(PoisonError::into_inner).pop_back() {
            let _ = reply.send(Err(format!("the daemon cannot be asked: {why}")));
        }
        answer
    }

    /// It is asked for with the next filter.
    fn ask(&mut self, wanted: Wanted) -> super::Asked {
        self.facts = wanted;
        let (answer, answered) = oneshot::channel();
        let _ = answer.send(Ok(Vec::new())); // its other end is here
        answered
    }
}

impl Remote {
    /// Silence shall not be taken for nothing having happened.
    fn say_untold(&mut self, filter: &Filter) {
        let untold = untold(&self.told, &Wanted::by(filter).or(self.facts.clone()));
        if untold != self.said {
            self.said.clone_from(&untold);
            let problems = self.problems.upgrade();
            untold.iter().zip(problems).for_each(|(what, problems)| drop(problems.try_send(what.clone())));
        }
    }
}

/// What is wanted of a daemon that it does not tell, in words: what to do comes first, for a narrow screen cuts the end.
fn untold(told: &Told, wanted: &Wanted) -> Option<String> {
    let wanted = wanted.told();
    let kinds: Vec<Kind> = wanted.all.into_iter().chain(wanted.some).filter(|kind| !told.all.contains(kind)).collect();
    let (some, none): (Vec<Kind>, Vec<Kind>) = kinds.iter().partition(|kind| told.some.contains(kind));
    let words = |kinds: &[Kind], and: &str| kinds.iter().map(|kind| kind.word()).collect::<Vec<&str>>().join(and);
    let mut said = Vec::new();
    if !none.is_empty() {
        said.push(format!("tells no {}", words(&none, ", no ")));
    }
    if !some.is_empty() {
        said.push(format!("tells {} only as far as its own rules or filter look for it", words(&some, " and ")));
    }
    let events = words(&kinds, ",");
    (!said.is_empty())
        .then(|| format!("start the daemon with --events {events} for all of it: it {}", said.join(", and ")))
}

/// Sends requests from a thread of its own: whoever asks must not wait for a daemon that does not read.
fn writer(mut stream: UnixStream, asked: Asked) -> Result<SyncSender<String>, Error> {
    let (sender, requests) = sync_channel::<String>(QUEUED_REQUESTS);
    let write = move || {
        let Some(e) = requests.iter().find_map(|request| stream.write_all(request.as_bytes()).err()) else { return };
        drop(requests); // from here on, whoever asks is told at once
        for (_, reply) in asked.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = reply.send(Err(format!("the daemon cannot be asked: {e}"))); // whoever asked may have gone
        }
    };
    let thread = thread::Builder::new().name("sigtop-ask".into()).spawn(write);
    thread.map_err(|e| Error::environment("cannot start a thread", e))?;
    Ok(sender)
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.has_left.store(true, Ordering::Relaxed);
        let _ = self.stream.shutdown(Shutdown::Both); // the reading thread ends
    }
}

struct Reader {
    input: BufReader<UnixStream>,
    hot: Hot,
    /// Where the daemon is.
    name: String,
    has_left: Arc<AtomicBool>,
    asked: Asked,
    /// Until the daemon obeys the first filter, it is obeyed here; its answer, which nobody waits for.
    first: Option<(Narrow, Answer)>,
    threads: bool,
    line: u64,
    now_ns: u64,
    problems: mpsc::Sender<String>,
}

impl Reader {
    /// Until the end of the daemon, or of whoever reads.
    fn read(mut self, out: &mpsc::Sender<Batch>) {
        let mut batch = Batch::new();
        let mut line = Vec::new();
        loop {
            while let Some((event, len)) = self.hot.read(self.input.buffer()).filter(|_| batch.len() < BATCH_EVENTS) {
                self.line += 1;
                self.input.consume(len);
                self.event(event, &mut batch);
            }
            // A batch is handed over when it is full, and before anything is waited for.
            let is_full = batch.len() >= BATCH_EVENTS;
            if (is_full || !self.input.buffer().contains(&b'\n')) && !hand_over(&mut batch, out) {
                return;
            }
            if is_full {
                continue;
            }
            let count = next_line(&mut self.input, &mut line);
            if self.has_left.load(Ordering::Relaxed) && !line.ends_with(b"\n") {
                break; // most often in the middle of a line
            }
            // One that ended without having read all that it was asked leaves no end but a reset.
            match count.or_else(|e| if e.kind() == ErrorKind::ConnectionReset { Ok(0) } else { Err(e) }) {
                Ok(0) => {
                    self.tell(format!("the daemon at {} has ended", self.name));
                    break;
                }
                Ok(_) => self.take(&line, &mut batch),
                Err(e) => {
                    self.tell(format!("reading ends after line {}: {e}", self.line));
                    break;
                }
            }
        }
        hand_over(&mut batch, out);
    }

    fn take(&mut self, line: &[u8], batch: &mut Batch) {
        self.line += 1;
        match lines::read(line.trim_ascii_end()) {
            Ok(Item::Event(event)) => self.event(event, batch),
            Ok(Item::Header(_)) => {}
            Ok(Item::Unknown) => complaint(line).into_iter().for_each(|why| self.refused(why)),
            Err(why) => {
                self.tell(format!("line {}: {why}", self.line));
                let (mono_ns, kind, count) = (self.now_ns, None, 1);
                batch.push(Event::Lost(CountEvent {
                    mono_ns,
                    kind,
                    count,
                    signal: None,
                    sender: None,
                    result: None,
                    since_ns: None,
                }));
            }
        }
    }

    fn event(&mut self, event: Event, batch: &mut Batch) {
        self.now_ns = self.now_ns.max(event.mono_ns());
        if let Event::Filter(told) = &event
            && self.obeyed(&told.text)
            && let Some((mut narrow, _)) = self.first.take()
        {
            batch.extend(narrow.count(self.now_ns)); // what held here holds there: no news for whoever reads
            return;
        }
        match &mut self.first {
            _ if !self.threads && is_of_thread(&event) => {}
            Some((narrow, _)) => narrow.take(event, batch),
            None => batch.push(event),
        }
    }

    /// The daemon obeys: the oldest request is answered, if that is the one.
    fn obeyed(&self, text: &str) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_answer = asked.front().is_some_and(|(filter, _)| filter.to_string() == text);
        if is_answer && let Some((filter, reply)) = asked.pop_front() {
            let _ = reply.send(Ok(placement(&filter))); // whoever asked may have gone
        }
        is_answer
    }

    /// It does not, and says why. Where that is the first filter, it goes on being obeyed here.
    fn refused(&self, why: String) {
        match self.asked.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            Some((_, reply)) => drop(reply.send(Err(why))),
            None => self.tell(why),
        }
    }

    fn tell(&self, problem: String) {
        let _ = self.problems.try_send(problem); // of very many, the first are enough
    }
}

/// False where nobody reads any more.
fn hand_over(batch: &mut Batch, out: &mpsc::Sender<Batch>) -> bool {
    batch.is_empty() || out.blocking_send(std::mem::take(batch)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::wire::Wire;
    use crate::source::synth;
    use std::os::unix::net::UnixListener;

    #[test]
    fn what_a_daemon_does_not_tell_is_said() {
        let asked = |text: &str| Wanted::by(&Filter::parse(text, &|_| None).unwrap());
        let told = Told { all: vec![Kind::Move], some: vec![Kind::Open] };
        assert_eq!(untold(&told, &asked("kind:move,exec")), None);
        assert_eq!(
            untold(&told, &asked("kind:connect,chmod port:22")).as_deref(),
            Some("start the daemon with --events connect for all of it: it tells no connect"),
        );
        assert_eq!(
            untold(&told, &asked("kind:open,chmod path:/etc/**")).as_deref(),
            Some(
                "start the daemon with --events open,chmod for all of it: it tells no chmod, and tells open only as far \
                 as its own rules or filter look for it"
            ),
        );
    }

    /// To a daemon that says this behind its header, and nothing more; and its end.
    fn attached(name: &str, says: &str) -> (Source, UnixStream) {
        let path = std::env::temp_dir().join(format!("sigtop-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path); // of one that was killed, and had this number
        let listener = UnixListener::bind(&path).unwrap();
        let header = serde_json::to_string(&Wire::from_header(&synth::header(), "", "")).unwrap();
        let said = format!("{header}\n{says}");
        let daemon = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(said.as_bytes()).unwrap();
            stream
        });
        let (filter, narrows) = (Filter::EVERYTHING, Narrows::Signals);
        let options = Options { path: path.clone(), threads: false, filter, narrows, facts: Wanted::default() };
        let source = open(options).unwrap();
        std::fs::remove_file(path).unwrap();
        (source, daemon.join().unwrap())
    }

    /// Whoever asks is the dashboard, which must go on.
    #[test]
    fn a_daemon_that_reads_nothing_keeps_nobody_waiting() {
        let (mut source, stream) = attached("deaf", "");
        let long = format!("to:{}", "x".repeat(4_000));
        let filter = Filter::parse(&long, &|_| None).unwrap();
        let mut answers: Vec<Answer> = (0..500).map(|_| source.control.set_filter(filter.clone())).collect();
        let last = answers.pop().unwrap().blocking_recv().unwrap();
        assert_eq!(last, Err("the daemon cannot be asked: it does not read".into()));
        assert!(answers[0].try_recv().is_err(), "the first may still be taken in");
        drop((stream, source));
    }

    /// One that is killed, most often: what it was asked last it has not read, which the kernel calls a reset.
    #[test]
    fn a_daemon_that_ends_without_reading_has_ended_all_the_same() {
        let (mut source, mut stream) = attached("killed", "");
        stream.read_exact(&mut [0]).unwrap(); // it was asked, and reads no more
        drop(stream);
        let said = source.problems.blocking_recv().unwrap();
        assert!(said.ends_with("has ended"), "{said}");
    }

    /// Whoever leaves does so in the middle of a line, most often.
    #[test]
    fn what_is_torn_by_leaving_is_no_news() {
        let (mut source, stream) = attached("torn", "{\"v\":1,\"type\":\"fo");
        drop(source.control);
        assert_eq!(source.batches.blocking_recv(), None, "nothing is counted as lost");
        assert_eq!(source.problems.blocking_recv(), None);
        drop(stream);
    }
}
