//! The JSON of what was tried in vain: a `signal` whose result is `failed` or `probe`, an `exec` with an `errno`.
//!
//! Whom a send was meant for stands in `pid`, in `pid` and `tid`, in `group`, in `all` or in `fd`.

use super::read::{fitting, need, word};
use super::write::{text, tty_name};
use super::{Wire, WireError, WireParty};
use crate::event::{Aim, AttemptEvent, Call, Errno, ExecCall, FailedExecEvent, Origin};

impl<'a> Wire<'a> {
    pub(super) fn with_attempt(self, e: &'a AttemptEvent) -> Wire<'a> {
        let meant = e.target.as_ref().map(|target| i64::from(target.key.pid));
        let wire = match e.aim {
            Aim::Process(pid) => Wire { pid: Some(pid.into()), ..self },
            Aim::Thread { tid, .. } if e.call == Call::Tkill => Wire { pid: meant, tid: Some(tid.into()), ..self },
            Aim::Thread { tgid, tid } => Wire { pid: Some(tgid.into()), tid: Some(tid.into()), ..self },
            Aim::Group(pgid) => Wire { group: Some(pgid), ..self },
            Aim::All => Wire { all: true, ..self },
            Aim::Fd(fd) => Wire { pid: meant, fd: Some(fd), ..self },
        };
        Wire {
            id: Some(e.id),
            nested: e.nested,
            signr: Some(e.number),
            signal: e.signal().and_then(|signal| text(signal.name())),
            sender: Some(Some(WireParty { tty: tty_name(e.sender_tty), ..WireParty::from(&e.sender) })),
            target: Some(e.target.as_ref().map(WireParty::from)),
            origin: text(Origin::User.word()),
            call: text(e.call.word()),
            scope: text(e.scope().word()),
            result: text(e.result().word()),
            errno: e.errno.map(|errno| errno.to_string().into()),
            generation: (e.generation != 0).then_some(e.generation),
            ..wire
        }
    }

    pub(super) fn with_failed_exec(self, e: &'a FailedExecEvent) -> Wire<'a> {
        Wire {
            gid: Some(e.gid),
            filename: text(&e.filename),
            tty: tty_name(e.tty),
            call: text(e.call.word()),
            errno: Some(e.errno.to_string().into()),
            ..self.with_who(&e.who)
        }
    }

    pub(super) fn to_attempt(&self) -> Result<AttemptEvent, WireError> {
        let call = need("call", word("call", &self.call, Call::from_word)?)?;
        let number = need("signr", self.signr)?;
        let errno = word("errno", &self.errno, Errno::parse)?;
        let sender = need("sender", self.sender.iter().flatten().next())?;
        Ok(AttemptEvent {
            id: need("id", self.id)?,
            mono_ns: self.mono_ns,
            number,
            sender: sender.to_party(),
            sender_tty: sender.to_tty()?,
            aim: self.aim(call)?,
            nested: self.nested,
            target: self.target.iter().flatten().next().map(WireParty::to_party),
            call,
            errno: if number == 0 { errno } else { Some(need("errno", errno)?) },
            generation: self.generation.unwrap_or(0),
        })
    }

    fn aim(&self, call: Call) -> Result<Aim, WireError> {
        let pid = || fitting("pid", self.pid);
        Ok(if self.all {
            Aim::All
        } else if let Some(pgid) = self.group {
            Aim::Group(pgid)
        } else if let Some(fd) = self.fd {
            Aim::Fd(fd)
        } else if let Some(tid) = fitting("tid", self.tid)? {
            Aim::Thread { tgid: if call == Call::Tkill { 0 } else { pid()?.unwrap_or(0) }, tid }
        } else {
            Aim::Process(need("pid", pid()?)?)
        })
    }

    pub(super) fn to_failed_exec(&self) -> Result<FailedExecEvent, WireError> {
        Ok(FailedExecEvent {
            mono_ns: self.mono_ns,
            who: self.who()?,
            gid: need("gid", self.gid)?,
            tty: self.tty()?,
            call: need("call", word("call", &self.call, ExecCall::from_word)?)?,
            filename: self.filename.as_deref().unwrap_or("").to_string(),
            errno: need("errno", word("errno", &self.errno, Errno::parse)?)?,
        })
    }
}
