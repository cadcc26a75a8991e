//! The JSON of what processes do to files and addresses: `open`, `chmod`, `move`, `connect`.
//!
//! Modes are octal text of four digits (`"0755"`), as people write them. The flags of an open are words, which mean the
//! same on every machine; bits without a word are one more, in hexadecimal. An address is text: of IPv6 with the number
//! of its interface behind a `%`, where it has one; of a Unix socket its path.

use super::read::{need, word};
use super::write::text;
use super::{Wire, WireError};
use crate::event::{Address, ConnectEvent, Deed, Errno, FileEvent, OpenFlags};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::borrow::Cow;

/// All permission bits.
const MODE_MAX: u16 = 0o7777;

impl<'a> Wire<'a> {
    pub(super) fn with_file(self, e: &'a FileEvent) -> Wire<'a> {
        let wire = Wire {
            path: text(&e.path),
            same_as: text(&e.same_as).filter(|path| !path.is_empty()),
            errno: e.errno.map(|errno| errno.to_string().into()),
            ..self.with_who(&e.who)
        };
        match &e.deed {
            Deed::Open { flags, created } => {
                let words = OpenFlags(*flags).words().map(|word| word.to_string().into());
                Wire { flags: Some(words.collect()), created: *created, ..wire }
            }
            Deed::Chmod { before, mode } => Wire { mode_before: before.map(octal), mode: Some(octal(*mode)), ..wire },
            Deed::Move { from } => Wire { from: text(from), ..wire },
        }
    }

    pub(super) fn with_connect(self, e: &'a ConnectEvent) -> Wire<'a> {
        let errno = e.errno.map(|errno| errno.to_string().into());
        let wire = Wire { errno, ..self.with_who(&e.who) };
        match &e.address {
            Address::Inet(SocketAddr::V4(to)) => {
                Wire { family: text("inet"), address: Some(to.ip().to_string().into()), port: Some(to.port()), ..wire }
            }
            Address::Inet(SocketAddr::V6(to)) => {
                let address = match to.scope_id() {
                    0 => to.ip().to_string(),
                    interface => format!("{}%{interface}", to.ip()),
                };
                Wire { family: text("inet6"), address: Some(address.into()), port: Some(to.port()), ..wire }
            }
            Address::Unix(path) => Wire { family: text("unix"), address: text(path), ..wire },
            Address::Other(family) => Wire { family: Some(family.to_string().into()), ..wire },
        }
    }

    pub(super) fn to_open(&self) -> Result<FileEvent, WireError> {
        let words = need("flags", self.flags.as_deref())?;
        let flags = OpenFlags::from_words(words.iter().map(|word| &**word));
        let OpenFlags(flags) = flags.ok_or_else(|| WireError { field: "flags", found: Some(words.join(",")) })?;
        self.to_file(Deed::Open { flags, created: self.created })
    }

    pub(super) fn to_chmod(&self) -> Result<FileEvent, WireError> {
        let mode = need("mode", word("mode", &self.mode, read_octal)?)?;
        self.to_file(Deed::Chmod { before: word("mode_before", &self.mode_before, read_octal)?, mode })
    }

    pub(super) fn to_move(&self) -> Result<FileEvent, WireError> {
        self.to_file(Deed::Move { from: need("from", self.from.as_deref())?.to_string() })
    }

    fn to_file(&self, deed: Deed) -> Result<FileEvent, WireError> {
        Ok(FileEvent {
            mono_ns: self.mono_ns,
            who: self.who()?,
            deed,
            path: need("path", self.path.as_deref())?.to_string(),
            same_as: self.same_as.as_deref().unwrap_or("").to_string(),
            errno: word("errno", &self.errno, Errno::parse)?,
        })
    }

    pub(super) fn to_connect(&self) -> Result<ConnectEvent, WireError> {
        let port = || need("port", self.port);
        let address = match need("family", self.family.as_deref())? {
            "inet" => {
                let ip: Ipv4Addr = need("address", word("address", &self.address, |text| text.parse().ok())?)?;
                Address::Inet(SocketAddr::new(IpAddr::V4(ip), port()?))
            }
            "inet6" => {
                let (ip, interface) = need("address", word("address", &self.address, read_inet6)?)?;
                Address::Inet(SocketAddr::V6(SocketAddrV6::new(ip, port()?, 0, interface)))
            }
            "unix" => Address::Unix(self.address.as_deref().unwrap_or("").to_string()),
            _ => Address::Other(need("family", word("family", &self.family, |text| text.parse().ok())?)?),
        };
        let errno = word("errno", &self.errno, Errno::parse)?;
        Ok(ConnectEvent { mono_ns: self.mono_ns, who: self.who()?, address, errno })
    }
}

fn octal(mode: u16) -> Cow<'static, str> {
    format!("{:04o}", mode & MODE_MAX).into()
}

fn read_octal(text: &str) -> Option<u16> {
    let is_octal = text.bytes().all(|b| matches!(b, b'0'..=b'7')) && text.len() <= 5;
    u16::from_str_radix(text, 8).ok().filter(|mode| is_octal && *mode <= MODE_MAX)
}

fn read_inet6(text: &str) -> Option<(Ipv6Addr, u32)> {
    match text.split_once('%') {
        Some((ip, interface)) => Some((ip.parse().ok()?, interface.parse().ok()?)),
        None => Some((text.parse().ok()?, 0)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::{any_party, read_line};
    use super::*;
    use crate::event::{Event, Name, Party, ProcKey};
    use proptest::option::of;
    use proptest::prelude::*;

    fn any_errno() -> impl Strategy<Value = Option<Errno>> {
        of((1u16..600).prop_map(Errno))
    }

    pub(in crate::event::wire) fn any_file() -> impl Strategy<Value = FileEvent> {
        let deed = prop_oneof![
            (any::<u32>(), any::<bool>()).prop_map(|(flags, created)| Deed::Open { flags, created }),
            (of(0..=MODE_MAX), 0..=MODE_MAX).prop_map(|(before, mode)| Deed::Chmod { before, mode }),
            ".*".prop_map(|from| Deed::Move { from }),
        ];
        (any::<u64>(), any_party(), deed, ".*", ".*", any_errno()).prop_map(
            |(mono_ns, who, deed, path, same_as, errno)| FileEvent { mono_ns, who, deed, path, same_as, errno },
        )
    }

    pub(in crate::event::wire) fn any_connect() -> impl Strategy<Value = ConnectEvent> {
        let inet6 = (any::<u128>(), any::<u16>(), prop_oneof![Just(0), any::<u32>()]);
        let address = prop_oneof![
            (any::<u32>(), any::<u16>()).prop_map(|(ip, port)| Address::Inet((Ipv4Addr::from_bits(ip), port).into())),
            inet6.prop_map(|(ip, port, scope)| Address::Inet(SocketAddrV6::new(ip.into(), port, 0, scope).into())),
            ".*".prop_map(Address::Unix),
            any::<u16>().prop_map(Address::Other),
        ];
        (any::<u64>(), any_party(), address, any_errno()).prop_map(|(mono_ns, who, address, errno)| ConnectEvent {
            mono_ns,
            who,
            address,
            errno,
        })
    }

    fn written(event: &Event) -> String {
        serde_json::to_string(&Wire::from_event(event, "")).unwrap()
    }

    fn cat() -> Party {
        let name = Name::from("cat");
        Party { key: ProcKey { pid: 71, start_ns: 5 }, tid: 71, uid: 1000, name }
    }

    const HEAD: &str = r#"{"v":1,"type":"TYPE","time":"","mono_ns":9,"pid":71,"tid":71,"#;
    const WHO: &str = r#""uid":1000,"comm":"cat","start_ns":5,"#;

    /// Fields in the order in which they are written.
    fn line(kind: &str, errno: &str, rest: &str) -> String {
        format!("{}{errno}{WHO}{rest}}}", HEAD.replace("TYPE", kind))
    }

    #[test]
    fn they_are_written_as_promised() {
        let file = |deed, errno| {
            let (path, same_as) = ("/etc/shadow".to_string(), String::new());
            Event::File(Box::new(FileEvent { mono_ns: 9, who: cat(), deed, path, same_as, errno }))
        };
        let connect =
            |address, errno| Event::Connect(Box::new(ConnectEvent { mono_ns: 9, who: cat(), address, errno }));
        let open = Deed::Open { flags: 0o1101 | 0x400_0000, created: true };
        let inet = |text: &str| Address::Inet(text.parse().unwrap());
        for (event, expected) in [
            (
                file(open, None),
                line(
                    "open",
                    "",
                    r#""path":"/etc/shadow","flags":["write","create","trunc","0x4000000"],"created":true"#,
                ),
            ),
            (
                file(Deed::Open { flags: 0, created: false }, Some(Errno::ACCES)),
                line("open", r#""errno":"EACCES","#, r#""path":"/etc/shadow","flags":["read"]"#),
            ),
            (
                file(Deed::Chmod { before: Some(0o644), mode: 0o4755 }, None),
                line("chmod", "", r#""path":"/etc/shadow","mode_before":"0644","mode":"4755""#),
            ),
            (
                file(Deed::Move { from: "/etc/shadow-".into() }, None),
                line("move", "", r#""path":"/etc/shadow","from":"/etc/shadow-""#),
            ),
            (
                connect(inet("[fe80::1%2]:22"), Some(Errno(115))),
                line("connect", r#""errno":"EINPROGRESS","address":"fe80::1%2","#, r#""family":"inet6","port":22"#),
            ),
            (
                connect(inet("192.0.2.1:443"), None),
                line("connect", r#""address":"192.0.2.1","#, r#""family":"inet","port":443"#),
            ),
            (
                connect(Address::Unix("/run/x".into()), None),
                line("connect", r#""address":"/run/x","#, r#""family":"unix""#),
            ),
            (connect(Address::Other(16), None), line("connect", "", r#""family":"16""#)),
        ] {
            assert_eq!(written(&event), expected);
            assert_eq!(read_line(&expected), Ok(event));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (kind, rest, said) in [
            ("open", r#""path":"/x""#, "field \"flags\" is missing"),
            ("open", r#""path":"/x","flags":["read","rite"]"#, "field \"flags\" cannot be \"read,rite\""),
            ("open", r#""flags":[]"#, "field \"path\" is missing"),
            ("chmod", r#""path":"/x""#, "field \"mode\" is missing"),
            ("chmod", r#""path":"/x","mode":"0o755""#, "field \"mode\" cannot be \"0o755\""),
            ("chmod", r#""path":"/x","mode":"+755""#, "field \"mode\" cannot be \"+755\""),
            ("chmod", r#""path":"/x","mode":"17777""#, "field \"mode\" cannot be \"17777\""),
            ("chmod", r#""path":"/x","mode":"0755","mode_before":"9""#, "field \"mode_before\" cannot be \"9\""),
            ("move", r#""path":"/x""#, "field \"from\" is missing"),
            ("connect", r#""port":1"#, "field \"family\" is missing"),
            ("connect", r#""family":"inet","address":"::1","port":1"#, "field \"address\" cannot be \"::1\""),
            ("connect", r#""family":"inet6","address":"::1%x","port":1"#, "field \"address\" cannot be \"::1%x\""),
            ("connect", r#""family":"inet","address":"192.0.2.1""#, "field \"port\" is missing"),
            ("connect", r#""family":"ipx""#, "field \"family\" cannot be \"ipx\""),
            ("connect", r#""family":"99999""#, "field \"family\" cannot be \"99999\""),
        ] {
            let read = read_line(&line(kind, "", rest)).map_err(|error| error.to_string());
            assert_eq!(read, Err(said.to_string()), "{kind} {rest}");
        }
    }
}
