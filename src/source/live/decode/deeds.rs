//! Records of what processes do to files and addresses: open, chmod, move, connect.

use super::plain::read_cut;
use super::text::{directory, text};
use super::{Malformed, Met, abi, party};
use crate::event::{Address, ConnectEvent, Deed, Errno, FileEvent};
use core::net::{Ipv4Addr, Ipv6Addr}; // plain data

pub(super) fn file(bytes: &[u8]) -> Result<Met, Malformed> {
    use abi::sigtop_file_marks as marks;
    const FIXED: usize = std::mem::offset_of!(abi::sigtop_file, data);
    let whole: abi::sigtop_file = read_cut(bytes, FIXED)?;
    let mut rest = &bytes[FIXED..];
    let mut part = |len: u16| -> Result<&[u8], Malformed> {
        let (head, tail) = rest.split_at_checked(usize::from(len)).ok_or(Malformed)?;
        rest = tail;
        Ok(head)
    };
    let has = |mark: marks| u32::from(whole.marks) & mark.0 != 0;
    let cut = has(marks::SIGTOP_CUT);
    let path = place(part(whole.walked_len)?, part(whole.written_len)?, cut);
    let from = place(part(whole.from_walked_len)?, part(whole.from_written_len)?, cut);
    let below = part(whole.below_len)?;
    let mode = (whole.flags & 0o7777) as u16;
    let is_written = whole.written_len != 0;
    let mut linked = None;
    let deed = match abi::sigtop_kind(u32::from(whole.header.kind)) {
        abi::sigtop_kind::SIGTOP_OPEN => Deed::Open { flags: whole.flags, created: has(marks::SIGTOP_CREATED) },
        abi::sigtop_kind::SIGTOP_CHMOD => {
            linked = (is_written && whole.from_walked_len != 0).then_some(from);
            Deed::Chmod { before: has(marks::SIGTOP_BEFORE_KNOWN).then_some(whole.before & 0o7777), mode }
        }
        _ => Deed::Move { from },
    };
    let errno = (whole.error != 0).then_some(Errno(whole.error));
    let who = party(&whole.who);
    Ok(Met {
        event: FileEvent { mono_ns: whole.header.time_ns, who, deed, path, same_as: String::new(), errno },
        watch: whole.watch,
        below: match (directory(below, false), has(marks::SIGTOP_BELOW_CUT)) {
            _ if below.is_empty() => String::new(),
            (path, true) => format!("/...{path}"),
            (path, false) => path,
        },
        is_written,
        stat: None,
        linked,
        last_link: has(marks::SIGTOP_LAST_LINK),
    })
}

/// A path: components that were walked, and below them what a caller wrote.
fn place(walked: &[u8], written: &[u8], cut: bool) -> String {
    let base = directory(walked, cut);
    match text(written).as_str() {
        "" => base,
        written if base == "/" => format!("/{}", written.trim_start_matches('/')),
        written => format!("{base}/{}", written.trim_start_matches('/')),
    }
}

pub(super) fn connect(r: &abi::sigtop_connect) -> Result<ConnectEvent, Malformed> {
    let bytes = r.address.get(..usize::from(r.len)).ok_or(Malformed)?;
    let errno = (r.error != 0).then_some(Errno(r.error));
    Ok(ConnectEvent { mono_ns: r.header.time_ns, who: party(&r.who), address: address(bytes), errno })
}

/// A `struct sockaddr_*` as a caller gave it. What is too short for its family has no more than that.
fn address(bytes: &[u8]) -> Address {
    const AF_UNIX: u16 = 1;
    const AF_INET: u16 = 2;
    const AF_INET6: u16 = 10;
    let array = |at: usize| bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map(u16::from_be_bytes);
    let family = bytes.get(..2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_ne_bytes);
    let v4 = || Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?));
    let v6 = || Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?));
    match (family, array(2)) {
        (AF_UNIX, _) => Address::Unix(match bytes.get(2..).unwrap_or_default() {
            [0, name @ ..] => format!("@{}", String::from_utf8_lossy(name)),
            path => text(path),
        }),
        (AF_INET, Some(port)) => v4().map_or(Address::Other(family), |ip| Address::Inet((ip, port).into())),
        (AF_INET6, Some(port)) => v6().map_or(Address::Other(family), |ip| Address::Inet((ip, port).into())),
        _ => Address::Other(family),
    }
}
