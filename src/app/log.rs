//! `sigtop log`: a source into a line sink on standard output.
//!
//! Lines are written by a thread of their own: a reader that stops reading blocks that thread, never the one that
//! obeys SIGTERM.

use crate::app::ending::Endings;
use crate::app::problems;
use crate::app::stdout::{closed, stdout};
use crate::cli::Format;
use crate::clock::TimeStyle;
use crate::error::Error;
use crate::event::Kind;
use crate::plan::ALWAYS;
use crate::sink::{Sink, json::Json, line::Line};
use crate::source::{Batch, Source};
use std::io::{self, BufWriter, ErrorKind};
use std::time::Duration;
use tokio::sync::mpsc;

/// Bytes gathered before they are written, while events come faster than they can be written one by one.
const BUFFER: usize = 64 << 10;
/// After the user ended it, how long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Writes until the stream ends, the reader closes the pipe, or SIGINT, SIGTERM or SIGHUP comes.
pub async fn run(source: Source, format: Format, events: &[Kind], time: TimeStyle) -> Result<(), Error> {
    let Source { header, batches, control, mut problems } = source;
    let mut endings = Endings::new().map_err(|e| Error::environment("cannot catch signals", e))?;
    let out = stdout()?;
    let watched = stdout()?;
    let kinds: Vec<Kind> = events.iter().chain(&ALWAYS).copied().collect();
    let mut writer = tokio::task::spawn_blocking(move || {
        let out = BufWriter::with_capacity(BUFFER, out);
        let mut sink: Box<dyn Sink> = match format {
            Format::Text => Box::new(Line::new(out, time)),
            Format::Json => Box::new(Json::new(out)),
        };
        sink.header(&header)?;
        sink.flush()?;
        write(&mut *sink, batches, &kinds)
    });
    let done = tokio::select! {
        done = &mut writer => Some(finish(done)),
        () = endings.asked_to_end() => None,
        () = closed(watched) => Some(Ok(())),
        () = problems::tell(&mut problems, problems::say) => None, // it never returns
    };
    drop(control); // the source ends its stream; what it still had is written
    let done = match done {
        Some(done) => done,
        None => tokio::time::timeout(LAST_LINES, writer).await.map_or(Ok(()), finish),
    };
    problems::tell_rest(&mut problems, problems::say);
    done
}

/// Every batch; flushed whenever no other is waiting.
fn write(sink: &mut dyn Sink, mut batches: mpsc::Receiver<Batch>, kinds: &[Kind]) -> io::Result<()> {
    while let Some(batch) = batches.blocking_recv() {
        for event in batch.iter().filter(|event| kinds.contains(&event.kind())) {
            sink.event(event)?;
        }
        if batches.is_empty() {
            sink.flush()?;
        }
    }
    sink.flush()
}

fn finish(done: Result<io::Result<()>, tokio::task::JoinError>) -> Result<(), Error> {
    match done {
        Ok(Ok(())) => Ok(()),
        Ok(Err(e)) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        Ok(Err(e)) => Err(Error::environment(format!("cannot write to standard output: {e}"), "")),
        Err(e) => Err(Error::environment(format!("the writing thread failed: {e}"), "")),
    }
}
