//! Standard output where it is for data: without a buffer of its own, and watched for its reader's end.

use crate::error::Error;
use rustix::event::{PollFd, PollFlags, poll};
use std::fs::File;
use tokio::sync::oneshot;

/// Standard output without the line buffer that the standard library puts before it.
///
/// # Errors
/// Where it is closed.
pub fn stdout() -> Result<File, Error> {
    let fd = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 0);
    Ok(File::from(fd.map_err(|e| Error::environment(format!("standard output is closed: {e}"), ""))?))
}

/// Returns when nobody reads the pipe any more, also while there is nothing to write.
pub async fn closed(out: File) {
    let (sender, receiver) = oneshot::channel();
    // No events are asked for: only the error of a pipe without a reader ends the poll.
    let watch = move || {
        let mut fds = [PollFd::new(&out, PollFlags::empty())];
        while poll(&mut fds, None).is_err() {}
        let _ = sender.send(());
    };
    match std::thread::Builder::new().name("sigtop-stdout".into()).spawn(watch) {
        Ok(_) => drop(receiver.await),
        Err(_) => std::future::pending().await, // then the next line finds out
    }
}
