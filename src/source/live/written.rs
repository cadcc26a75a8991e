//! Where a path leads that a caller wrote, a moment later: of an open that failed, and of every chmod and rename on the
//! road of every call. Followed as that process sees it, below its own root, with its own `/proc/self`, as long as it
//! lives; after that as sigtop sees it. A symlink to `/proc/self` is sigtop's own: nobody can follow it for another.
//!
//! Nothing here may wait for ever, for the capture stands still meanwhile, and who is watched may mount a file system
//! that never answers. So first only what the kernel has in memory is asked for (RESOLVE_CACHED, since 5.12), which
//! after the call is nearly all; the rest by a thread that is given little time. Then the path stays as it was written.

use super::decode::Met;
use crate::event::{Deed, Party};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::Errno;
use std::fs::read_link;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// As long the capture may stand still for one path.
const PATIENCE: Duration = Duration::from_millis(50);
/// So many threads may wait for what does not answer; then nobody asks any more.
const STUCK_MAX: usize = 8;

/// Follows paths, and remembers who still waits.
pub struct Follower {
    /// One more reference for each thread that has not ended.
    waiting: Arc<()>,
    patience: Duration,
}

impl Default for Follower {
    fn default() -> Follower {
        Follower { waiting: Arc::default(), patience: PATIENCE }
    }
}

impl Follower {
    /// Puts where they lead in the place of paths that the caller wrote.
    pub fn follow(&self, met: &mut Met) {
        if !met.is_written {
            return;
        }
        let root = Root::of(&met.event.who);
        let who = met.event.who;
        met.event.path = self.resolve(&root, &own_proc(&met.event.path, &who), met.last_link);
        if let Deed::Move { from } = &mut met.event.deed {
            *from = self.resolve(&root, &own_proc(from, &who), true);
        }
    }

    /// Where a path leads now, or its directory, where there is nothing at its end or that itself is meant.
    fn resolve(&self, root: &Root, path: &str, last_link: bool) -> String {
        let in_directory = || {
            let (directory, name) = path.trim_end_matches('/').rsplit_once('/')?;
            let real = self.lead(root, if directory.is_empty() { "/" } else { directory })?;
            Some(format!("{}/{name}", real.trim_end_matches('/')))
        };
        let whole = || self.lead(root, path);
        let found = if last_link { in_directory() } else { whole().or_else(in_directory) };
        found.unwrap_or_else(|| path.into())
    }

    fn lead(&self, root: &Root, path: &str) -> Option<String> {
        let below = root.below(path).to_string();
        match find(root.descriptor(), &below, root.flags | ResolveFlags::CACHED) {
            Err(Errno::AGAIN | Errno::INVAL | Errno::NOSYS) => {}
            found => return found.ok(),
        }
        if Arc::strong_count(&self.waiting) > STUCK_MAX {
            return None;
        }
        let (sender, receiver) = sync_channel(1);
        let (waiting, flags) = (self.waiting.clone(), root.flags);
        let descriptor = root.descriptor().try_clone_to_owned().ok()?;
        let ask = move || {
            let _ = sender.send(find(descriptor.as_fd(), &below, flags).ok()); // whether anybody still waits or not
            drop(waiting);
        };
        thread::Builder::new().name("sigtop-path".into()).spawn(ask).ok()?;
        receiver.recv_timeout(self.patience).ok().flatten()
    }
}

/// Where a process's paths begin.
struct Root {
    /// Its root, if that is not sigtop's.
    directory: Option<OwnedFd>,
    /// The path of that, as the kernel's records have it.
    path: String,
    flags: ResolveFlags,
}

impl Root {
    fn of(who: &Party) -> Root {
        Root::other(who).unwrap_or(Root { directory: None, path: String::new(), flags: ResolveFlags::empty() })
    }

    /// Of a process that lives, and has another than sigtop.
    fn other(who: &Party) -> Option<Root> {
        let of = |pid: &str, what: &str| read_link(format!("/proc/{pid}/{what}")).ok();
        let pid = who.key.pid.to_string();
        let path = of(&pid, "root")?;
        if Some(&path) == of("self", "root").as_ref() && of(&pid, "ns/mnt") == of("self", "ns/mnt") {
            return None;
        }
        let path = path.into_os_string().into_string().ok()?;
        let directory = open(format!("/proc/{pid}/root"), OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let path = path.trim_end_matches('/').into();
        Some(Root { directory: Some(directory), path, flags: ResolveFlags::IN_ROOT })
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.directory.as_ref().map_or(CWD, AsFd::as_fd)
    }

    /// A path of the kernel's, below this root.
    fn below<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(&self.path).filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path)
    }
}

/// What the kernel calls what is at this path.
fn find(root: BorrowedFd<'_>, path: &str, how: ResolveFlags) -> Result<String, Errno> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let file = match openat2(root, path, flags, Mode::empty(), how) {
        Err(Errno::NOSYS) if how.is_empty() => open(path, flags, Mode::empty()), // before 5.6
        other => other,
    }?;
    let link = read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).map_err(|_| Errno::NOENT)?;
    let path = link.into_os_string().into_string().map_err(|_| Errno::ILSEQ)?;
    if path.ends_with(" (deleted)") { Err(Errno::NOENT) } else { Ok(path) } // gone since
}

/// `/proc/self` is another one to everybody; the root in it is where his paths begin anyway, even when he is gone.
fn own_proc(path: &str, who: &Party) -> String {
    let pid = who.key.pid;
    [
        ("/proc/self/root/", "/".into()),
        ("/proc/thread-self/root/", "/".into()),
        ("/proc/self/", format!("/proc/{pid}/")),
        ("/proc/thread-self/", format!("/proc/{pid}/task/{}/", who.tid)),
    ]
    .into_iter()
    .find_map(|(own, its)| Some(its + path.strip_prefix(own)?))
    .unwrap_or_else(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn own() -> Root {
        Root { directory: None, path: String::new(), flags: ResolveFlags::empty() }
    }

    #[test]
    fn links_are_followed_and_what_is_not_there_is_in_its_directory() {
        let place = std::env::temp_dir().join(format!("sigtop-written-{}", std::process::id()));
        let _ = fs::remove_dir_all(&place); // of one that was killed, and had this number
        fs::create_dir(&place).unwrap();
        let place = fs::canonicalize(place).unwrap().into_os_string().into_string().unwrap();
        fs::write(format!("{place}/file"), "").unwrap();
        symlink("file", format!("{place}/link")).unwrap();
        symlink(&place, format!("{place}/again")).unwrap();
        // As long as a busy machine takes to start a thread.
        let follower = Follower { patience: Duration::from_secs(60), ..Follower::default() };
        let lead = |path: &str, last_link| follower.resolve(&own(), &format!("{place}/{path}"), last_link);
        let told = [
            lead("again/./link", false),
            lead("again/link", true),
            lead("again/absent", false),
            lead("no/such/file", false),
        ];
        let root = Root {
            directory: Some(open(&place, OFlags::PATH, Mode::empty()).unwrap()),
            path: place.clone(),
            flags: ResolveFlags::IN_ROOT,
        };
        symlink("/file", format!("{place}/in-root")).unwrap();
        let in_root = follower.resolve(&root, &format!("{place}/in-root"), false);
        fs::remove_dir_all(&place).unwrap();
        assert_eq!(told, ["file", "link", "absent", "no/such/file"].map(|name| format!("{place}/{name}")));
        assert_eq!(in_root, format!("{place}/file"));
    }

    #[test]
    fn everybody_has_a_proc_self_of_his_own() {
        let mut who = Party::default();
        (who.key.pid, who.tid) = (7, 8);
        assert_eq!(own_proc("/proc/self/cwd/x", &who), "/proc/7/cwd/x");
        assert_eq!(own_proc("/proc/thread-self/fd/3", &who), "/proc/7/task/8/fd/3");
        assert_eq!(own_proc("/proc/self/root/etc/x", &who), "/etc/x");
        assert_eq!(own_proc("/proc/selfish", &who), "/proc/selfish");
    }
}
