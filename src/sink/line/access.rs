//! Lines of what processes do to files and addresses.

use super::Ids;
use crate::escape::Quoted;
use crate::event::{Address, ConnectEvent, Deed, Errno, FileEvent};
use std::fmt::{self, Write as _};

/// `OPEN: cat (pid=..) path="/etc/shadow" ...`
pub(super) fn file(out: &mut String, e: &FileEvent) -> fmt::Result {
    let path = Quoted(&e.path);
    match &e.deed {
        Deed::Open { flags, created } => {
            write!(out, "OPEN: {} path={path} flags={}", Ids(&e.who), flags_text(*flags))?;
            if *created {
                out.push_str(" created");
            }
        }
        Deed::Chmod { before, mode } => {
            write!(out, "CHMOD: {} path={path} ", Ids(&e.who))?;
            match before {
                Some(before) => write!(out, "mode={before:04o}->{mode:04o}")?,
                None => write!(out, "mode={mode:04o}")?,
            }
        }
        Deed::Move { from } => write!(out, "MOVE: {} from={} path={path}", Ids(&e.who), Quoted(from))?,
    }
    if !e.same_as.is_empty() {
        write!(out, " same_as={}", Quoted(&e.same_as))?;
    }
    failed(out, e.errno)
}

/// `CONNECT: curl (pid=..) 192.0.2.1:443`
pub(super) fn connect(out: &mut String, e: &ConnectEvent) -> fmt::Result {
    write!(out, "CONNECT: {} ", Ids(&e.who))?;
    match &e.address {
        Address::Inet(address) => write!(out, "{address}")?,
        Address::Unix(path) => write!(out, "unix={}", Quoted(path))?,
        Address::Other(family) => write!(out, "family={family}")?,
    }
    failed(out, e.errno)
}

fn failed(out: &mut String, errno: Option<Errno>) -> fmt::Result {
    errno.map_or(Ok(()), |errno| write!(out, " failed {errno}"))
}

/// The access mode in a word, and the rest in hexadecimal.
fn flags_text(flags: u32) -> String {
    let access = match flags & 3 {
        0 => "read",
        1 => "write",
        _ => "read-write",
    };
    access.into()
}
