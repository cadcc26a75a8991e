//! `sigtop record`: a source into a recording.

use crate::app::ending::Endings;
use crate::error::Error;
use crate::plan::Recording;
use crate::sink::{Sink, json::Json};
use crate::source::Source;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Records until the stream ends, or SIGINT, SIGTERM or SIGHUP comes.
///
/// # Errors
/// Where the file cannot be written.
pub async fn run(source: Source, recording: &Recording) -> Result<(), Error> {
    let Source { header, mut batches, control, .. } = source;
    let refused = |e: io::Error| Error::environment(format!("cannot write {}: {e}", recording.path.display()), "");
    let mut endings = Endings::new().map_err(|e| Error::environment("cannot catch signals", e))?;
    let mut control = Some(control);
    let mut sink = Json::new(BufWriter::new(create(&recording.path).map_err(refused)?));
    sink.header(&header).map_err(refused)?;
    loop {
        tokio::select! {
            () = endings.asked_to_end(), if control.is_some() => control = None, // what the source still has is written
            batch = batches.recv() => {
                let Some(batch) = batch else { break };
                batch.iter().try_for_each(|event| sink.event(event)).map_err(refused)?;
            }
        }
    }
    sink.flush().map_err(refused)
}

fn create(path: &Path) -> io::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdout()));
    }
    Ok(Box::new(File::create(path)?))
}
