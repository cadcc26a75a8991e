//! Reading: the event, or the header, in an object. What is wrong is an error that names the field, never a panic; what
//! older versions did not write has a value that says so.

use super::{Wire, WireError, WireParty};
use crate::event::{
    Action, Call, Cause, CgroupEvent, ClockEvent, CountEvent, DeliverEvent, Detail, Disposition, End, Event, ExecEvent,
    ExitEvent, FilterEvent, ForkEvent, Header, Ignored, Kind, Masks, Name, Oom, Origin, Party, ProcKey, Reason,
    RenameEvent, Scope, SeenEvent, SendResult, SenderKey, SignalEvent, Told, Tty,
};
use crate::signal::{Signal, SignalSet};
use std::borrow::Cow;

/// A field that must be there.
pub(super) fn need<T>(field: &'static str, value: Option<T>) -> Result<T, WireError> {
    value.ok_or(WireError { field, found: None })
}

fn bad_number(field: &'static str, found: i64) -> WireError {
    WireError { field, found: Some(found.to_string()) }
}

/// A field whose number is of this type.
pub(super) fn fitting<T: TryFrom<i64>>(field: &'static str, value: Option<i64>) -> Result<Option<T>, WireError> {
    value.map(|n| T::try_from(n).map_err(|_| bad_number(field, n))).transpose()
}

/// A field that holds a word of a table.
pub(super) fn word<T>(
    field: &'static str,
    value: &Option<Cow<str>>,
    read: fn(&str) -> Option<T>,
) -> Result<Option<T>, WireError> {
    match value {
        Some(found) => read(found).map(Some).ok_or_else(|| WireError { field, found: Some(found.to_string()) }),
        None => Ok(None),
    }
}

/// Signals by name.
fn set(field: &'static str, names: &[Cow<str>]) -> Result<SignalSet, WireError> {
    let signal = |name: &Cow<str>| Signal::parse(name).map_err(|e| WireError { field, found: Some(e.text) });
    names.iter().map(signal).collect()
}

/// Later versions may know more.
fn kinds(words: &Option<Vec<Cow<str>>>) -> Vec<Kind> {
    words.iter().flatten().filter_map(|word| Kind::from_word(word)).collect()
}

impl Wire<'_> {
    /// The header, if this object is one.
    pub fn to_header(&self) -> Option<Header> {
        let owned = |t: &Option<Cow<str>>| t.as_deref().unwrap_or("").to_string();
        (self.r#type == "header").then(|| Header {
            version: owned(&self.version),
            host: owned(&self.host),
            kernel: owned(&self.kernel),
            arch: owned(&self.arch),
            boot_id: owned(&self.boot_id),
            mono_ns: self.mono_ns,
            began_ns: self.began_ns.unwrap_or(self.mono_ns),
            part: self.part.unwrap_or(0),
            offset_ns: self.offset_ns.unwrap_or(0),
            missing: self.missing.iter().flatten().map(|m| m.to_string()).collect(),
            roads: self.roads.iter().flatten().map(|r| r.to_string()).collect(),
            told: Told { all: kinds(&self.told), some: kinds(&self.told_some) },
        })
    }

    /// Whether its type is one of this version: later ones may add some.
    pub fn is_known(&self) -> bool {
        Kind::from_word(&self.r#type).is_some()
    }

    /// The event in this object.
    ///
    /// # Errors
    /// The first field that is missing or holds what it cannot.
    pub fn to_event(&self) -> Result<Event, WireError> {
        let unknown = || WireError { field: "type", found: Some(self.r#type.to_string()) };
        let mono_ns = self.mono_ns;
        Ok(match Kind::from_word(&self.r#type).ok_or_else(unknown)? {
            Kind::Signal if self.result()?.is_some_and(SendResult::is_attempt) => Event::Attempt(self.to_attempt()?),
            Kind::Signal => Event::Signal(self.to_signal()?),
            Kind::Deliver => Event::Deliver(DeliverEvent {
                id: self.id,
                mono_ns,
                signal: need("signr", self.number()?)?,
                target: self.who()?,
                disposition: need("disposition", word("disposition", &self.disposition, Disposition::from_word)?)?,
                action: need("action", word("action", &self.action, Action::from_word)?)?,
                latency_ns: self.latency_ns,
            }),
            Kind::Fork => Event::Fork(ForkEvent { mono_ns, child: self.who()?, parent: need("ppid", self.parent())? }),
            Kind::Exec if self.errno.is_some() => Event::FailedExec(Box::new(self.to_failed_exec()?)),
            Kind::Exec => Event::Exec(Box::new(ExecEvent {
                mono_ns,
                who: self.who()?,
                gid: need("gid", self.gid)?,
                tty: self.tty()?,
                filename: self.filename.as_deref().unwrap_or("").to_string(),
                argv: self.argv.iter().flatten().map(|a| a.to_string()).collect(),
                argv_cut: self.argv_cut.unwrap_or(false),
                cwd: self.cwd.as_deref().unwrap_or("").to_string(),
                exe: self.exe.as_deref().unwrap_or("").to_string(),
            })),
            Kind::Exit => Event::Exit(self.to_exit()?),
            Kind::Rename => Event::Rename(RenameEvent { mono_ns, who: self.who()? }),
            Kind::Seen => Event::Seen(Box::new(SeenEvent {
                mono_ns,
                who: self.who()?,
                parent: self.parent(),
                tty: self.tty()?,
                exe: self.exe.as_deref().unwrap_or("").to_string(),
                argv: self.argv.iter().flatten().map(|a| a.to_string()).collect(),
                cgroup_id: self.cgroup_id.unwrap_or(0),
                cgroup: self.cgroup.as_deref().unwrap_or("").to_string(),
                zombie: self.zombie,
            })),
            Kind::Cgroup => Event::Cgroup(Box::new(CgroupEvent {
                mono_ns,
                who: self.who()?,
                cgroup_id: self.cgroup_id.unwrap_or(0),
                cgroup: self.cgroup.as_deref().unwrap_or("").to_string(),
            })),
            Kind::Open => Event::File(Box::new(self.to_open()?)),
            Kind::Chmod => Event::File(Box::new(self.to_chmod()?)),
            Kind::Move => Event::File(Box::new(self.to_move()?)),
            Kind::Connect => Event::Connect(Box::new(self.to_connect()?)),
            Kind::Alert => Event::Alert(Box::new(self.to_alert()?)),
            Kind::Lost => Event::Lost(self.to_count()?),
            Kind::Skipped => Event::Skipped(self.to_count()?),
            Kind::Filter => Event::Filter(Box::new(FilterEvent {
                mono_ns,
                generation: self.generation.unwrap_or(0),
                text: self.filter.as_deref().unwrap_or("").to_string(),
            })),
            Kind::Clock => Event::Clock(ClockEvent { mono_ns, offset_ns: need("offset_ns", self.offset_ns)? }),
        })
    }

    fn to_signal(&self) -> Result<SignalEvent, WireError> {
        Ok(SignalEvent {
            id: need("id", self.id)?,
            mono_ns: self.mono_ns,
            signal: need("signr", self.number()?)?,
            code: self.code.unwrap_or(0),
            sender: self.sender.iter().flatten().next().map(WireParty::to_party),
            sender_tty: self.sender.iter().flatten().next().map_or(Ok(Tty::NONE), WireParty::to_tty)?,
            target: need("target", self.target.iter().flatten().next())?.to_party(),
            origin: need("origin", word("origin", &self.origin, Origin::from_word)?)?,
            call: word("call", &self.call, Call::from_word)?,
            scope: need("scope", word("scope", &self.scope, Scope::from_word)?)?,
            result: need("result", self.result()?)?,
            ignored: word("why", &self.why, Ignored::from_word)?,
            continued: word("action", &self.action, Action::from_word)? == Some(Action::Continue),
            detail: self.detail()?,
            masks: self.masks()?,
            generation: self.generation.unwrap_or(0),
        })
    }

    /// Both or none: streams of older versions have none.
    fn masks(&self) -> Result<Option<Masks>, WireError> {
        let (Some(blocked), Some(pending)) = (&self.blocked, &self.pending) else { return Ok(None) };
        Ok(Some(Masks { blocked: set("blocked", blocked)?, pending: set("pending", pending)? }))
    }

    fn to_exit(&self) -> Result<ExitEvent, WireError> {
        let end = match (self.number()?, self.code) {
            (Some(signal), _) => End::Signal { signal, core: self.core.unwrap_or(false) },
            (None, Some(code)) => {
                let bad = |_| WireError { field: "code", found: Some(code.to_string()) };
                End::Code(u8::try_from(code).map_err(bad)?)
            }
            (None, None) => return Err(WireError { field: "code", found: None }),
        };
        let cause = match self.cause {
            Some(id) => Some(Cause {
                id,
                origin: need("origin", word("origin", &self.origin, Origin::from_word)?)?,
                sender: self.by.as_ref().map(WireParty::to_party),
                detail: self.detail()?,
            }),
            None => None,
        };
        Ok(ExitEvent { mono_ns: self.mono_ns, who: self.who()?, thread: self.thread, end, cause })
    }

    fn to_count(&self) -> Result<CountEvent, WireError> {
        let kind = match self.kind.as_deref() {
            Some("malformed") => None,
            _ => Some(need("kind", word("kind", &self.kind, Kind::from_word)?)?),
        };
        let sender = match (&self.sender, self.origin.as_deref()) {
            (Some(Some(p)), _) => Some(SenderKey::Process(p.to_party().key)),
            (_, Some("others")) => Some(SenderKey::Others),
            _ => word("origin", &self.origin, Origin::from_word)?.map(SenderKey::Kernel),
        };
        let count = need("count", self.count)?;
        let result = self.result()?.filter(|result| result.is_attempt());
        Ok(CountEvent {
            mono_ns: self.mono_ns,
            kind,
            count,
            since_ns: self.since_ns,
            signal: self.number()?,
            sender,
            result,
        })
    }

    fn result(&self) -> Result<Option<SendResult>, WireError> {
        word("result", &self.result, SendResult::from_word)
    }

    fn number(&self) -> Result<Option<Signal>, WireError> {
        let signal = |n: i32| u8::try_from(n).ok().and_then(Signal::new);
        self.signr.map(|n| signal(n).ok_or_else(|| bad_number("signr", n.into()))).transpose()
    }

    pub(super) fn who(&self) -> Result<Party, WireError> {
        let pid = need("pid", fitting("pid", self.pid)?)?;
        Ok(Party {
            key: ProcKey { pid, start_ns: self.start_ns.unwrap_or(0) },
            tid: fitting("tid", self.tid)?.unwrap_or(pid),
            uid: self.uid.unwrap_or(0),
            name: Name::from(self.comm.as_deref().unwrap_or("")),
        })
    }

    fn parent(&self) -> Option<ProcKey> {
        self.ppid.map(|pid| ProcKey { pid, start_ns: self.parent_start_ns.unwrap_or(0) })
    }

    pub(super) fn tty(&self) -> Result<Tty, WireError> {
        Ok(word("tty", &self.tty, Tty::parse)?.unwrap_or_default())
    }

    fn detail(&self) -> Result<Detail, WireError> {
        let hex = |t: &str| u64::from_str_radix(t.strip_prefix("0x")?, 16).ok();
        Ok(if let Some(address) = word("address", &self.address, hex)? {
            Detail::Address(address)
        } else if let Some(value) = self.value {
            let int = i32::try_from(value).map(|i| u64::from(i as u32));
            Detail::Value(int.unwrap_or(value as u64))
        } else if let Some(status) = self.status {
            Detail::Status(status)
        } else if let Some(number) = self.syscall {
            Detail::Syscall(number)
        } else if let Some(reason) = word("reason", &self.reason, Reason::from_word)? {
            Detail::Reason(reason)
        } else if let Some(rss) = self.oom_rss {
            Detail::Oom(Oom::new(rss, self.oom_limit.unwrap_or(0), self.oom_level.unwrap_or(0)))
        } else if self.tty.is_some() {
            Detail::Tty(self.tty()?)
        } else {
            Detail::None
        })
    }
}

impl WireParty<'_> {
    pub(super) fn to_party(&self) -> Party {
        Party {
            key: ProcKey { pid: self.pid, start_ns: self.start_ns },
            tid: self.tid,
            uid: self.uid,
            name: Name::from(self.comm.as_ref()),
        }
    }

    pub(super) fn to_tty(&self) -> Result<Tty, WireError> {
        Ok(word("tty", &self.tty, Tty::parse)?.unwrap_or_default())
    }
}
