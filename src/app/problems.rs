//! What could not be read of a recording, on standard error: where no screen shows it.

use crate::escape;
use tokio::sync::mpsc::Receiver;

/// Tells each problem as it is met. Never returns: when it is dropped, [`tell_rest`] has the last of them.
pub async fn tell(problems: &mut Receiver<String>) {
    while let Some(problem) = problems.recv().await {
        print(&problem);
    }
    std::future::pending().await
}

/// Tells those that wait, once the stream has ended.
pub fn tell_rest(problems: &mut Receiver<String>) {
    while let Ok(problem) = problems.try_recv() {
        print(&problem);
    }
}

fn print(problem: &str) {
    eprintln!("sigtop: {}", escape::plain(problem));
}
