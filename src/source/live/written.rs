//! Where a path leads that a caller wrote, a moment later: of an open that failed, and of every chmod and rename on the
//! road of every call. Followed as that process sees it, below its own root, with its own `/proc/self`, as long as it
//! lives; after that as sigtop sees it. To follow a symlink to `/proc/self` (`/dev/fd`) would lead to sigtop's own: what
//! goes by such, or by a link of /proc to what a process has open, is followed link by link, for him.
//!
//! Nothing here may wait for ever, for the capture stands still meanwhile, and who is watched may mount a file system
//! that never answers. So first only what the kernel has in memory is asked for (RESOLVE_CACHED, since 5.12), which
//! after the call is nearly all; the rest by a thread that is given little time. Then the path stays as it was written.

use super::decode::Met;
use super::watches::Stat;
use crate::event::{Deed, Party};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, StatxFlags, makedev, open, openat2, statx};
use rustix::io::Errno;
use std::fs::{self, read_link};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// As long the capture may stand still for one path.
const PATIENCE: Duration = Duration::from_millis(50);
/// So many threads may wait for what does not answer; then nobody asks any more.
const STUCK_MAX: usize = 8;
/// So many directories above what is not there may not be there either.
const ABOVE_MAX: usize = 8;
/// So many links the kernel follows (MAXSYMLINKS, include/linux/namei.h).
const LINKS_MAX: usize = 40;

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
        let who = met.event.who;
        let root = Root::of(&who);
        let of_fd = met.linked.take().filter(|_| root.has_proc(&met.event.path, &who));
        let path = of_fd.as_deref().unwrap_or(&met.event.path);
        let found = self.resolve(&root, path, met.last_link, &who);
        met.event.path = of_fd.unwrap_or(found.path);
        met.stat = found.stat;
        if let Deed::Move { from } = &mut met.event.deed {
            *from = self.resolve(&root, from, true, &who).path;
        }
    }

    /// Where a path leads now, or the innermost directory in it that is there, where nothing is at its end or that itself
    /// is meant.
    fn resolve(&self, root: &Root, path: &str, last_link: bool, who: &Party) -> Place {
        let path = own_proc(path, who);
        let whole_path = path.trim_end_matches('/');
        let in_directory = || {
            whole_path.rmatch_indices('/').take(ABOVE_MAX).find_map(|(end, _)| {
                let real = self.lead(root, if end == 0 { "/" } else { &whole_path[..end] }, who)?.path;
                Some(Place::alone(format!("{}{}", real.trim_end_matches('/'), &whole_path[end..])))
            })
        };
        let whole = || self.lead(root, &path, who);
        let found = if last_link { in_directory() } else { whole().or_else(in_directory) };
        found.unwrap_or_else(|| Place::alone(path.clone()))
    }

    fn lead(&self, root: &Root, path: &str, who: &Party) -> Option<Place> {
        let below = root.below(path).to_string();
        match find(root.descriptor(), &below, root.flags | ResolveFlags::CACHED) {
            Err(Errno::AGAIN | Errno::INVAL | Errno::LOOP) => {}
            Ok(found) if is_own_proc(&found.path) => {}
            found => return found.ok(),
        }
        if Arc::strong_count(&self.waiting) > STUCK_MAX {
            return None;
        }
        let (sender, receiver) = sync_channel(1);
        let (waiting, flags, who) = (self.waiting.clone(), root.flags, *who);
        // CWD is no descriptor that could be duplicated.
        let directory = root.directory.as_ref().map(OwnedFd::try_clone).transpose().ok()?;
        let ask = move || {
            let descriptor = directory.as_ref().map_or(CWD, AsFd::as_fd);
            let found = match find(descriptor, &below, flags) {
                Err(Errno::LOOP) if directory.is_none() => by_links(&below, &who),
                Ok(found) if is_own_proc(&found.path) && directory.is_none() => by_links(&below, &who),
                found => found.ok(),
            };
            let _ = sender.send(found); // whether anybody still waits or not
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
        Root::other(who).unwrap_or(Root { directory: None, path: String::new(), flags: ResolveFlags::NO_MAGICLINKS })
    }

    /// Whether what looks like a link in /proc, at this path of the kernel's, is one: in a directory that somebody takes
    /// for his root it may be anything. As the kernel says, and not what is mounted there, which may never answer.
    fn has_proc(&self, path: &str, who: &Party) -> bool {
        if self.directory.is_none() {
            return path.starts_with("/proc/") || path.starts_with("/dev/"); // else he had another root, and is gone
        }
        fs::read_to_string(format!("/proc/{}/mountinfo", who.key.pid)).is_ok_and(|mounts| is_proc_there(&mounts))
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
        Some(Root { directory: Some(directory), path, flags: ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS })
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.directory.as_ref().map_or(CWD, AsFd::as_fd)
    }

    /// A path of the kernel's, below this root.
    fn below<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(&self.path).filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path)
    }
}

/// Where a path leads.
struct Place {
    path: String,
    /// Of what is there.
    stat: Option<Stat>,
}

impl Place {
    /// Of which there is only the path.
    fn alone(path: String) -> Place {
        Place { path, stat: None }
    }
}

/// Device and inode of an open file, as the kernel has them in memory: its file system may never answer.
pub fn stat_of(file: BorrowedFd<'_>) -> Option<Stat> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let stat = statx(file, "", flags, StatxFlags::INO).ok()?;
    Some((makedev(stat.stx_dev_major, stat.stx_dev_minor), stat.stx_ino))
}

/// What the kernel calls what is at this path.
fn find(root: BorrowedFd<'_>, path: &str, how: ResolveFlags) -> Result<Place, Errno> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let file = openat2(root, path, flags, Mode::empty(), how)?;
    let link = read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).map_err(|_| Errno::NOENT)?;
    let path = link.into_os_string().into_string().map_err(|_| Errno::ILSEQ)?;
    if path.ends_with(" (deleted)") { Err(Errno::NOENT) } else { Ok(Place { path, stat: stat_of(file.as_fd()) }) } // gone since
}

/// Whether the outermost of what is mounted at `/proc` is one, by `/proc/PID/mountinfo` (proc_pid_mountinfo(5)).
fn is_proc_there(mounts: &str) -> bool {
    let at_proc = |mount: &&str| mount.split(' ').nth(4) == Some("/proc");
    let last = mounts.lines().rfind(at_proc).and_then(|mount| mount.split_once(" - "));
    last.is_some_and(|(_, what)| what.starts_with("proc "))
}

/// Whether a path leads to what is sigtop's own in `/proc`: by a symlink that is another to everybody.
fn is_own_proc(path: &str) -> bool {
    let rest = path.strip_prefix("/proc/").and_then(|rest| rest.strip_prefix(&std::process::id().to_string()));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where a path leads, followed link by link: his `/proc/self` is taken for him, and what he has open is where the
/// kernel says it is. `None` where he is gone, or nothing is there.
fn by_links(path: &str, who: &Party) -> Option<Place> {
    let mut links = 0;
    let mut rest: Vec<String> = path.rsplit('/').map(String::from).collect();
    let mut at = String::new();
    while let Some(name) = rest.pop() {
        match name.as_str() {
            "" | "." => continue,
            ".." => {
                at.truncate(at.rfind('/').unwrap_or(0));
                continue;
            }
            name => at = format!("{at}/{name}"),
        }
        let target = match at.as_str() {
            "/proc/self" => who.key.pid.to_string(),
            "/proc/thread-self" => format!("{}/task/{}", who.key.pid, who.tid),
            link => match read_link(link) {
                Ok(target) => target.into_os_string().into_string().ok()?,
                Err(e) if e.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => continue, // no link
                Err(_) => return None,
            },
        };
        links += 1;
        let is_of_no_file = at.starts_with("/proc/") && !target.starts_with('/') && target.contains(':');
        if links > LINKS_MAX || is_of_no_file || target.ends_with(" (deleted)") {
            return None;
        }
        at.truncate(if target.starts_with('/') { 0 } else { at.rfind('/').unwrap_or(0) });
        rest.extend(target.rsplit('/').map(String::from));
    }
    if at.is_empty() {
        at.push('/');
    }
    Some(find(CWD, &at, ResolveFlags::NO_MAGICLINKS).unwrap_or(Place::alone(at)))
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
        let nobody = Party::default();
        let lead =
            |path: &str, last_link| follower.resolve(&own(), &format!("{place}/{path}"), last_link, &nobody).path;
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
        let in_root = follower.resolve(&root, &format!("{place}/in-root"), false, &nobody).path;
        fs::remove_dir_all(&place).unwrap();
        assert_eq!(told, ["file", "link", "absent", "no/such/file"].map(|name| format!("{place}/{name}")));
        assert_eq!(in_root, format!("{place}/file"));
    }

    #[test]
    fn a_proc_is_believed_only_where_it_is_one() {
        let proc = "22 28 0:20 / /proc rw,nosuid shared:5 - proc proc rw\n";
        let other = "99 22 0:77 / /proc rw - fuse.liar liar rw\n";
        let below = "98 22 0:76 / /proc/x rw - tmpfs none rw\n";
        assert!(is_proc_there(proc) && is_proc_there(&[other, proc, below].concat()));
        assert!(!is_proc_there(&[proc, other].concat()) && !is_proc_there("") && !is_proc_there(below));
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
