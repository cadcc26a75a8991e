//! What the user should know on the way, on standard error: where no screen shows it. What could not be read of a
//! recording or a socket is among it, so all of it is escaped here, once, whoever says it.

use crate::escape::plain;
use std::fmt::Display;
use std::io::Write;
use tokio::sync::mpsc::Receiver;

/// A line on standard error: standard output is for data. Who closed it does not want to know.
pub fn say(what: &str) {
    print(format_args!("sigtop: {}", plain(what)));
}

/// The same of what is whole as it is, and escaped. Where it cannot be written, as on a full disk, there is nobody to
/// tell; the exit code still says how it ended, which `eprintln!` would take away with a panic.
pub fn print(what: impl Display) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// The same of several lines.
pub fn say_lines(what: &str) {
    what.lines().for_each(say);
}

/// Tells each problem as it is met. Never returns: when it is dropped, [`tell_rest`] has the last of them.
pub async fn tell(problems: &mut Receiver<String>, mut say: impl FnMut(&str)) {
    while let Some(problem) = problems.recv().await {
        say(&plain(&problem));
    }
    std::future::pending().await
}

/// Tells those that wait, as after the end of a stream.
pub fn tell_rest(problems: &mut Receiver<String>, mut say: impl FnMut(&str)) {
    while let Ok(problem) = problems.try_recv() {
        say(&plain(&problem));
    }
}
