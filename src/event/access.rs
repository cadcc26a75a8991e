//! What processes do to files and addresses: told only while somebody asks for it, since much of it happens.
//!
//! Paths are the kernel's own, walked from the file that was met, whatever the caller wrote: no symlink, relative
//! path or other root hides it. They begin at the topmost mount of the process's mount namespace.

use super::{Errno, Party};
use core::net::SocketAddr; // plain data, as all of core: no sockets are made here

/// A process opened a file, changed its mode, or moved it; or tried to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileEvent {
    /// When.
    pub mono_ns: u64,
    /// Who.
    pub who: Party,
    /// What it did.
    pub deed: Deed,
    /// The file: for a move, where it is now. Of what failed before there was a file: the path as the caller wrote it,
    /// made absolute without a look at the file system.
    pub path: String,
    /// Another path that was watched for and that is the same file, or leads to it: a hard link, a bind mount, a file
    /// that was moved. Empty where there is none.
    pub same_as: String,
    /// Why it failed, where the road that saw it can tell.
    pub errno: Option<Errno>,
}

/// What was done to a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// open(2), openat(2), openat2(2), creat(2), open_by_handle_at(2), and io_uring's where the road sees them.
    Open {
        /// As the kernel keeps them in `file::f_flags`: `O_ACCMODE` and the rest.
        flags: u32,
        /// The file was not there before.
        created: bool,
    },
    /// chmod(2), fchmod(2), fchmodat(2), fchmodat2(2).
    Chmod {
        /// The permission bits before (07777), where they are known.
        before: Option<u16>,
        /// The permission bits that were asked for.
        mode: u16,
    },
    /// rename(2), renameat(2), renameat2(2).
    Move {
        /// Where it was.
        from: String,
    },
}

/// A process connected a socket, or tried to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectEvent {
    /// When.
    pub mono_ns: u64,
    /// Who.
    pub who: Party,
    /// Where to.
    pub address: Address,
    /// Why it failed, or `EINPROGRESS`, where the road that saw it can tell.
    pub errno: Option<Errno>,
}

impl ConnectEvent {
    /// Whether it failed: one that goes on in the background did not, so far.
    pub fn failed(&self) -> bool {
        self.errno.is_some_and(|errno| errno != Errno::INPROGRESS)
    }

    /// The IP address and port, where it has such.
    pub fn inet(&self) -> Option<&SocketAddr> {
        match &self.address {
            Address::Inet(to) => Some(to),
            Address::Unix(_) | Address::Other(_) => None,
        }
    }
}

impl FileEvent {
    /// Every path of the file that is known: where it is, another that is the same, where it was.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let from = match &self.deed {
            Deed::Move { from } => from,
            Deed::Open { .. } | Deed::Chmod { .. } => "",
        };
        [self.path.as_str(), self.same_as.as_str(), from].into_iter().filter(|path| !path.is_empty())
    }
}

/// Where a socket is connected to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    /// IPv4 or IPv6, and a port. Of IPv6 the flow label is not kept; the number of the interface is.
    Inet(SocketAddr),
    /// A path; one that begins with `@` is abstract.
    Unix(String),
    /// Another family: its number (`AF_*`).
    Other(u16),
}
