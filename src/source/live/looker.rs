//! What is at the paths that are looked for: asked for where the capture cannot be stopped by it. A path may lie on a file
//! system that does not answer, of a dead server or of somebody's own making, and who looks there waits with it.
//!
//! So the capture itself asks only for what the kernel has in memory (RESOLVE_CACHED, since 5.12); the rest is asked for by
//! a thread, which is given little time. What has not answered by then is said, and looked at again when it has.

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::fs::canonicalize;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

/// As long the capture may stand still for all paths of one round together.
const PATIENCE: Duration = Duration::from_millis(100);
/// As long, once, for those of the first round: at the start nothing is captured yet that could stand still, and what a busy
/// machine does not answer in time is not looked for by its inode until the next.
const FIRST_PATIENCE: Duration = Duration::from_secs(1);
/// As long at least for each: of one that does not answer the others must not suffer.
const PATIENCE_EACH: Duration = Duration::from_millis(5);
/// So many threads may wait for what does not answer; what is asked for then has not answered either.
const STUCK_MAX: usize = 64;

/// What is at a path.
#[derive(Debug, Default)]
pub struct Found {
    /// It, without opening it.
    pub file: Option<OwnedFd>,
    /// Where it is without symlinks.
    pub real: Option<String>,
}

/// A thread that looks at one path after the other.
#[derive(Debug)]
struct Asker {
    paths: Sender<String>,
    found: Receiver<Found>,
}

/// Looks at paths, and remembers which did not answer.
#[derive(Debug, Default)]
pub struct Looker {
    idle: Option<Asker>,
    /// Each with the thread that still waits for it, and whether that was said.
    stuck: BTreeMap<String, (Receiver<Found>, bool)>,
    patience: Duration,
    has_begun: bool,
    unsaid: Vec<String>,
}

impl Looker {
    /// From here on the capture may stand still as long as that again.
    pub fn begin(&mut self) {
        self.patience = if self.has_begun { PATIENCE } else { FIRST_PATIENCE };
        self.has_begun = true;
    }

    /// What is there, or `None` where nobody knows.
    pub fn look(&mut self, path: &str) -> Option<Found> {
        if let Some((found, is_said)) = self.stuck.get_mut(path) {
            let is_silent = matches!(found.try_recv(), Err(TryRecvError::Empty));
            if is_silent != *is_said {
                self.unsaid.push(if is_silent { does_not_answer(path) } else { format!("{path} answers again") });
            }
            if is_silent {
                *is_said = true;
                return None;
            }
            self.stuck.remove(path);
        }
        let asker = self.idle.take().or_else(|| self.start())?;
        asker.paths.send(path.into()).ok()?;
        let asked = now();
        let found = asker.found.recv_timeout(self.patience.max(PATIENCE_EACH));
        self.patience = self.patience.saturating_sub(now().saturating_sub(asked));
        match found {
            Ok(found) => {
                self.idle = Some(asker);
                Some(found)
            }
            Err(_) => {
                // It is asked for nothing more, and ends when it has answered. Said is it if a round later it has not.
                self.stuck.insert(path.into(), (asker.found, false));
                None
            }
        }
    }

    /// The file that is there, if any, without opening it; or `None` where nobody knows.
    pub fn file(&mut self, path: &str) -> Option<Option<OwnedFd>> {
        if !self.stuck.contains_key(path) {
            match openat2(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::CACHED) {
                Ok(file) => return Some(Some(file)),
                Err(Errno::AGAIN | Errno::INVAL | Errno::NOSYS) => {}
                Err(_) => return Some(None),
            }
        }
        self.look(path).map(|found| found.file)
    }

    /// What did not answer since this was last asked, and what does again, in words.
    pub fn unsaid(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unsaid)
    }

    fn start(&self) -> Option<Asker> {
        if self.stuck.len() >= STUCK_MAX {
            return None;
        }
        let ((paths, asked), (answer, found)) = (channel::<String>(), channel());
        let ask = move || {
            while let Ok(path) = asked.recv() {
                if answer.send(find(&path)).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("sigtop-paths".into()).spawn(ask).ok()?;
        Some(Asker { paths, found })
    }
}

fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default()
}

fn does_not_answer(path: &str) -> String {
    format!("{path} does not answer: until it does, it is looked for by its names alone")
}

/// As long as it takes.
fn find(path: &str) -> Found {
    let file = open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok();
    let real = canonicalize(path).ok().and_then(|real| real.into_os_string().into_string().ok());
    Found { file, real }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::fstat;
    use std::fs::{create_dir, remove_dir_all, write};
    use std::os::unix::fs::symlink;

    /// One that waits as long as a busy machine takes to start a thread.
    fn patient() -> Looker {
        Looker { patience: Duration::from_secs(60), ..Looker::default() }
    }

    #[test]
    fn what_is_at_a_path_is_found_where_it_really_is() {
        let place = std::env::temp_dir().join(format!("sigtop-looker-{}", std::process::id()));
        let _ = remove_dir_all(&place); // of one that was killed, and had this number
        create_dir(&place).unwrap();
        write(place.join("file"), "").unwrap();
        symlink("file", place.join("link")).unwrap();
        let path = |name: &str| place.join(name).to_str().unwrap().to_string();
        let mut looker = patient();
        let (file, link) = (looker.look(&path("file")).unwrap(), looker.look(&path("link")).unwrap());
        let absent = looker.look(&path("absent")).unwrap();
        let number = |file: &Option<OwnedFd>| file.as_ref().map(|file| fstat(file).unwrap().st_ino);
        let again = ["file", "link", "absent"].map(|name| number(&looker.file(&path(name)).unwrap()));
        let real = std::fs::canonicalize(place.join("file")).unwrap();
        remove_dir_all(&place).unwrap();
        let found = number(&file.file);
        assert!(found.is_some());
        assert_eq!((found, file.real.as_deref()), (number(&link.file), real.to_str()));
        assert_eq!((absent.real, absent.file.is_none()), (None, true));
        assert_eq!(again, [found, found, None], "by either way");
        assert_eq!(looker.unsaid(), Vec::<String>::new());
    }

    #[test]
    fn the_first_round_is_given_more_time() {
        let mut looker = Looker::default();
        let patience = [(); 3].map(|()| {
            looker.begin();
            looker.patience
        });
        assert_eq!(patience, [FIRST_PATIENCE, PATIENCE, PATIENCE]);
    }

    /// A pipe in the place of a thread that still waits.
    #[test]
    fn what_does_not_answer_is_said_once_and_again_when_it_does() {
        let mut looker = patient();
        let (answer, found) = channel();
        looker.stuck.insert("/".into(), (found, false));
        for _ in 0..2 {
            assert!(looker.look("/").is_none() && looker.file("/").is_none());
        }
        assert!(looker.look("/proc").is_some(), "another is not concerned");
        assert_eq!(looker.unsaid(), [does_not_answer("/")]);
        answer.send(Found::default()).unwrap();
        assert!(looker.look("/").unwrap().file.is_some(), "as it is now");
        assert_eq!(looker.unsaid(), ["/ answers again"]);
    }
}
