//! `sigtop record`: a source into a recording. [`Recorder`] is for every mode that records.
//!
//! [`recorder`] takes events without waiting, [`writer`] makes frames of them in a thread of its own, [`place`] is
//! where the bytes go and [`own`] where they must not, [`words`] what is said. What is in a frame, a part and a gap is the sink's.

mod own;
pub mod place;
pub mod recorder;
mod words;
pub mod writer;

pub use own::{insist_on_another, insist_on_elsewhere};
pub use place::{Limits, Place};
pub use recorder::Recorder;

use crate::app::ending::{Order, Orders};
use crate::app::problems::{say, say_lines, tell, tell_rest};
use crate::app::rules::{Guard, Reload};
use crate::app::stdout::{closed, stdout};
use crate::error::Error;
use crate::filter::Filter;
use crate::plan::Recording;
use crate::source::Source;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// After the user ended it, how long the source and the disk may take for what is left.
const LAST_EVENTS: Duration = Duration::from_secs(5);

/// Records until the stream ends, a limit is reached, or SIGINT, SIGTERM or SIGHUP comes; with rules, SIGHUP has them read
/// again. The recording begins with a
/// `filter` that the stream does not tell of. A source that `can_wait` is read no faster than it is written.
///
/// # Errors
/// Where nothing can be recorded, or could be.
pub async fn run(
    source: Source,
    recording: &Recording,
    filter: Option<Filter>,
    can_wait: bool,
    guard: Option<&Guard>,
) -> Result<(), Error> {
    let Source { header, mut batches, control, mut problems } = source;
    let mut orders = Orders::new(guard.is_some()).map_err(|e| Error::environment("cannot catch signals", e))?;
    let path = &recording.path;
    let is_stream = path == Path::new("-");
    let limits = Limits { max_bytes: recording.max_bytes, max_age_ns: recording.max_age_ns };
    let began_ns = header.mono_ns;
    let mut recorder = Recorder::open(place(recording, limits)?, header, Box::new(say))?;
    filter.iter().for_each(|filter| recorder.tell_filter(filter, began_ns));
    let watched = if is_stream { Some(stdout()?) } else { None };
    let reader_gone = async {
        match watched {
            Some(out) => closed(out).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(reader_gone);
    if !is_stream {
        say(&words::beginning(path));
    }
    let mut control = Some(control);
    let mut until = Instant::now();
    let mut reload = Reload::default();
    loop {
        let is_ending = control.is_none();
        let takes = !can_wait || recorder.has_room();
        let room = recorder.room();
        tokio::select! {
            order = orders.next(), if !is_ending => match (order, &mut control) {
                (Order::Reload, Some(control)) => reload.ask(guard, &mut **control),
                _ => {
                    control = None; // the source ends its stream; what it still has is written
                    until = Instant::now() + LAST_EVENTS;
                }
            },
            said = reload.done() => say_lines(&said.unwrap_or_else(|why| why)),
            () = sleep_until(until), if is_ending => break,
            () = recorder.ended() => break,
            () = &mut reader_gone => break,
            () = room, if !takes => {}
            () = tell(&mut problems, say) => {} // it never returns
            batch = batches.recv(), if takes => match batch {
                Some(batch) => recorder.take(&Arc::new(batch)),
                None => break,
            },
        }
    }
    tell_rest(&mut problems, say);
    let Some(done) = recorder.finish(LAST_EVENTS).await else {
        return Err(Error::environment(format!("{} takes no more: its end is missing", words::name(path)), ""));
    };
    let why = done.end.and_then(|end| words::ending(end, path, &limits));
    why.iter().for_each(|why| say(why));
    if done.has_nothing() {
        return Err(words::nothing(&done, path));
    }
    if !is_stream || done.summary.lost > 0 {
        say(&words::summary(&done, path, recording.rotate));
    }
    Ok(())
}

fn place(recording: &Recording, limits: Limits) -> Result<Place, Error> {
    let Recording { path, rotate, force, .. } = recording;
    if path == Path::new("-") {
        return Ok(Place::Stream { file: stdout()?, limits });
    }
    Ok(Place::File { path: path.clone(), limits, keep: *rotate, force: *force })
}
