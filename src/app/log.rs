//! `sigtop log`: a source into a line sink on standard output.
//!
//! Lines are written by a thread of their own: a reader that stops reading blocks that thread, never the one that
//! obeys SIGTERM.

use crate::app::ending::{Order, Orders};
use crate::app::problems;
use crate::app::rules::{Guard, Reload};
use crate::app::stdout::{closed, stdout};
use crate::cli::Format;
use crate::clock::TimeStyle;
use crate::error::Error;
use crate::event::{Event, Kind};
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
/// Where that was not enough.
const NOT_READ: &str = "the last lines are not written: for two seconds nobody read them";

/// How lines are written.
pub struct Lines<'a> {
    /// Text or JSON.
    pub format: Format,
    /// Which kinds.
    pub events: &'a [Kind],
    /// How text shows times.
    pub time: TimeStyle,
    /// Alerts in colour.
    pub colour: bool,
}

/// Writes until the stream ends, the reader closes the pipe, or SIGINT, SIGTERM or SIGHUP comes; with rules, SIGHUP has them
/// read again.
pub async fn run(source: Source, lines: Lines<'_>, guard: Option<&Guard>) -> Result<(), Error> {
    let Lines { format, events, time, colour } = lines;
    let Source { header, batches, mut control, mut problems } = source;
    let mut orders = Orders::new(guard.is_some()).map_err(|e| Error::environment("cannot catch signals", e))?;
    let out = stdout()?;
    let watched = stdout()?;
    let kinds: Vec<Kind> = events.iter().chain(&ALWAYS).copied().collect();
    let mut writer = tokio::task::spawn_blocking(move || {
        let out = BufWriter::with_capacity(BUFFER, out);
        let mut sink: Box<dyn Sink> = match format {
            Format::Text => Box::new(Line::new(out, time).coloured(colour)),
            Format::Json => Box::new(Json::new(out)),
        };
        sink.header(&header)?;
        sink.flush()?;
        write(&mut *sink, batches, &kinds)
    });
    let (mut reload, reader_gone) = (Reload::default(), closed(watched));
    tokio::pin!(reader_gone);
    let done = loop {
        tokio::select! {
            done = &mut writer => break Some(finish(done)),
            order = orders.next() => match order {
                Order::End => break None,
                Order::Reload => reload.ask(guard, &mut *control),
            },
            said = reload.done() => problems::say_lines(&said.unwrap_or_else(|why| why)),
            () = &mut reader_gone => break Some(Ok(())),
            () = problems::tell(&mut problems, problems::say) => {} // it never returns
        }
    };
    drop(control); // the source ends its stream; what it still had is written
    let done = match done {
        Some(done) => done,
        None => match tokio::time::timeout(LAST_LINES, writer).await {
            Ok(done) => finish(done),
            Err(_) => {
                problems::say(NOT_READ);
                Ok(())
            }
        },
    };
    problems::tell_rest(&mut problems, problems::say);
    done
}

/// Every batch; flushed whenever no other is waiting, and at once where there is an alert.
fn write(sink: &mut dyn Sink, mut batches: mpsc::Receiver<Batch>, kinds: &[Kind]) -> io::Result<()> {
    while let Some(batch) = batches.blocking_recv() {
        for event in batch.iter().filter(|event| kinds.contains(&event.kind())) {
            sink.event(event)?;
        }
        if batches.is_empty() || batch.iter().any(|event| matches!(event, Event::Alert(_))) {
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
