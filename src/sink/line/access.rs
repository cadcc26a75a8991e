//! Lines of what processes do to files and addresses.

use super::Ids;
use crate::escape::Quoted;
use crate::event::flags::LARGEFILE;
use crate::event::{Address, ConnectEvent, Deed, FileEvent, OpenFlags};
use std::fmt::{self, Write as _};

/// `OPEN: cat (pid=71, tgid=71) uid=1000 path="/etc/shadow" flags=read+cloexec failed EACCES`,
/// `CHMOD: ... path="/tmp/x" mode=0644->0755`, `MOVE: ... from="/a" path="/b"`.
pub(super) fn file(out: &mut String, e: &FileEvent) -> fmt::Result {
    let head = match e.deed {
        Deed::Open { .. } => "OPEN",
        Deed::Chmod { .. } => "CHMOD",
        Deed::Move { .. } => "MOVE",
    };
    write!(out, "{head}: {} uid={}", Ids(&e.who), e.who.uid)?;
    if let Deed::Move { from } = &e.deed {
        write!(out, " from={}", Quoted(from))?;
    }
    write!(out, " path={}", Quoted(&e.path))?;
    if !e.same_as.is_empty() {
        write!(out, " same_as={}", Quoted(&e.same_as))?;
    }
    match e.deed {
        Deed::Open { flags, created } => {
            // Every open of a 64-bit program has it, and it says nothing there.
            let flags = OpenFlags(flags & !LARGEFILE);
            write!(out, " flags={flags}{}", if created { " created" } else { "" })?;
        }
        Deed::Chmod { before: Some(before), mode } => write!(out, " mode={before:04o}->{mode:04o}")?,
        Deed::Chmod { before: None, mode } => write!(out, " mode={mode:04o}")?,
        Deed::Move { .. } => {}
    }
    e.errno.map_or(Ok(()), |errno| write!(out, " failed {errno}"))
}

/// `CONNECT: curl (pid=72, tgid=72) uid=1000 to=192.0.2.1:443 failed ECONNREFUSED`, `... to="/run/x.sock"`; of another
/// family its number. One that goes on in the background has not failed: `... EINPROGRESS`.
pub(super) fn connect(out: &mut String, e: &ConnectEvent) -> fmt::Result {
    write!(out, "CONNECT: {} uid={} ", Ids(&e.who), e.who.uid)?;
    match &e.address {
        Address::Inet(to) => write!(out, "to={to}")?,
        Address::Unix(path) => write!(out, "to={}", Quoted(path))?,
        Address::Other(family) => write!(out, "family={family}")?,
    }
    let failed = if e.failed() { " failed" } else { "" };
    e.errno.map_or(Ok(()), |errno| write!(out, "{failed} {errno}"))
}

#[cfg(test)]
mod tests {
    use crate::clock::TimeStyle;
    use crate::event::{Address, ConnectEvent, Deed, Errno, Event, FileEvent, Name, Party, ProcKey};
    use crate::sink::{Sink, line::Line};

    fn shown(event: &Event) -> String {
        let mut out = Vec::new();
        Line::new(&mut out, TimeStyle::Utc).event(event).unwrap();
        let line = String::from_utf8(out).unwrap();
        line.strip_prefix("[00:00:00.123] ").and_then(|line| line.strip_suffix('\n')).unwrap().to_string()
    }

    fn who(name: &str) -> Party {
        Party { key: ProcKey { pid: 71, start_ns: 7 }, tid: 72, uid: 1000, name: Name::from(name) }
    }

    fn file(deed: Deed, path: &str, same_as: &str, errno: Option<Errno>) -> Event {
        let (path, same_as) = (path.to_string(), same_as.to_string());
        Event::File(Box::new(FileEvent { mono_ns: 123_000_000, who: who("cat"), deed, path, same_as, errno }))
    }

    #[test]
    fn every_shape_of_line() {
        let open = |flags, created| Deed::Open { flags, created };
        let chmod = |before| Deed::Chmod { before, mode: 0o4755 };
        let moved = |from: &str| Deed::Move { from: from.into() };
        for (event, line) in [
            (file(open(super::LARGEFILE, false), "/x", "", None), r#"OPEN: P path="/x" flags=read"#),
            (
                file(open(0o1101, true), "/a b", "/etc/shadow", None),
                r#"OPEN: P path="/a b" same_as="/etc/shadow" flags=write+create+trunc created"#,
            ),
            (
                file(open(0o2_000_000, false), "/etc/shadow", "", Some(Errno::ACCES)),
                r#"OPEN: P path="/etc/shadow" flags=read+cloexec failed EACCES"#,
            ),
            (file(chmod(Some(0o755)), "/x", "", None), r#"CHMOD: P path="/x" mode=0755->4755"#),
            (
                file(chmod(None), "/x", "/y", Some(Errno::PERM)),
                r#"CHMOD: P path="/x" same_as="/y" mode=4755 failed EPERM"#,
            ),
            (file(moved("/a"), "/a.enc", "", None), r#"MOVE: P from="/a" path="/a.enc""#),
            (
                file(moved("/a\" path=\"/b"), "/c\n\x1b[2J\u{202e}", "", None),
                r#"MOVE: P from="/a\" path=\"/b" path="/c\n\x1b[2J\u{202e}""#,
            ),
        ] {
            assert_eq!(shown(&event), line.replace(" P ", " cat (pid=72, tgid=71) uid=1000 "));
        }
    }

    #[test]
    fn a_connection_says_where_it_goes() {
        let inet = |to: &str| Address::Inet(to.parse().unwrap());
        for (address, errno, line) in [
            (inet("192.0.2.1:443"), None, "to=192.0.2.1:443"),
            (inet("[fe80::1%2]:22"), Some(Errno(111)), "to=[fe80::1%2]:22 failed ECONNREFUSED"),
            (inet("[::ffff:192.0.2.1]:22"), Some(Errno::INPROGRESS), "to=[::ffff:192.0.2.1]:22 EINPROGRESS"),
            (Address::Unix("/run/a\"b".into()), None, r#"to="/run/a\"b""#),
            (Address::Unix("@a\n".into()), None, r#"to="@a\n""#),
            (Address::Other(16), Some(Errno::PERM), "family=16 failed EPERM"),
        ] {
            let event = ConnectEvent { mono_ns: 123_000_000, who: who("a (pid=1"), address, errno };
            let head = r"CONNECT: a \x28pid=1 (pid=72, tgid=71) uid=1000 ";
            assert_eq!(shown(&Event::Connect(Box::new(event))), format!("{head}{line}"));
        }
    }
}
