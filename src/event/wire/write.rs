//! Writing: the object of an event, and of a stream's header. A field that a kind does not use is left out.

use super::{VERSION, Wire, WireParty};
use crate::event::{
    Action, CountEvent, Detail, End, Event, ExitEvent, Header, Kind, Party, ProcKey, SenderKey, SignalEvent, Tty,
};
use crate::signal::{Signal, SignalSet, code_name};
use std::borrow::Cow;

pub(super) fn text(s: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(s))
}

fn names(set: SignalSet) -> Vec<Cow<'static, str>> {
    set.iter().map(|signal| Cow::Borrowed(signal.name())).collect()
}

pub(super) fn texts(list: &[String]) -> Option<Vec<Cow<'_, str>>> {
    Some(list.iter().map(|s| Cow::Borrowed(s.as_str())).collect())
}

impl<'a> Wire<'a> {
    fn new(kind: &'a str, mono_ns: u64, time: &'a str) -> Wire<'a> {
        Wire { v: VERSION, r#type: Cow::Borrowed(kind), time: Cow::Borrowed(time), mono_ns, ..Wire::default() }
    }

    /// The object of a stream's header. `time` and `boot_time` are RFC 3339.
    pub fn from_header(header: &'a Header, time: &'a str, boot_time: &'a str) -> Wire<'a> {
        Wire {
            version: text(&header.version),
            host: text(&header.host),
            kernel: text(&header.kernel),
            arch: text(&header.arch),
            boot_id: text(&header.boot_id),
            began_ns: Some(header.began_ns),
            part: Some(header.part),
            boot_time: text(boot_time),
            offset_ns: Some(header.offset_ns),
            missing: texts(&header.missing),
            roads: texts(&header.roads),
            told: kind_words(&header.told.all),
            told_some: kind_words(&header.told.some),
            ..Wire::new("header", header.mono_ns, time)
        }
    }

    /// The object of an event; `time` is its time in RFC 3339.
    pub fn from_event(event: &'a Event, time: &'a str) -> Wire<'a> {
        let wire = Wire::new(event.kind().word(), event.mono_ns(), time);
        match event {
            Event::Signal(e) => wire.with_signal(e),
            Event::Attempt(e) => wire.with_attempt(e),
            Event::Deliver(e) => Wire {
                id: e.id,
                disposition: text(e.disposition.word()),
                action: text(e.action.word()),
                latency_ns: e.latency_ns,
                ..wire.with_number(e.signal).with_who(&e.target)
            },
            Event::Fork(e) => Wire { thread: e.is_thread(), ..wire.with_who(&e.child).with_parent(Some(e.parent)) },
            Event::Exec(e) => Wire {
                gid: Some(e.gid),
                filename: text(&e.filename),
                argv: texts(&e.argv),
                argv_cut: Some(e.argv_cut),
                tty: tty_name(e.tty),
                cwd: text(&e.cwd),
                exe: text(&e.exe).filter(|exe| !exe.is_empty()),
                ..wire.with_who(&e.who)
            },
            Event::FailedExec(e) => wire.with_failed_exec(e),
            Event::Exit(e) => wire.with_who(&e.who).with_end(e),
            Event::Rename(e) => wire.with_who(&e.who),
            Event::Seen(e) => Wire {
                tty: tty_name(e.tty),
                exe: text(&e.exe),
                argv: texts(&e.argv),
                cgroup_id: Some(e.cgroup_id),
                cgroup: text(&e.cgroup),
                zombie: e.zombie,
                ..wire.with_who(&e.who).with_parent(e.parent)
            },
            Event::Cgroup(e) => Wire { cgroup_id: Some(e.cgroup_id), cgroup: text(&e.cgroup), ..wire.with_who(&e.who) },
            Event::File(e) => wire.with_file(e),
            Event::Connect(e) => wire.with_connect(e),
            Event::Alert(e) => wire.with_alert(e, time),
            Event::Lost(e) | Event::Skipped(e) => wire.with_count(e),
            Event::Filter(e) => Wire { filter: text(&e.text), generation: Some(e.generation), ..wire },
            Event::Clock(e) => Wire { offset_ns: Some(e.offset_ns), ..wire },
        }
    }

    fn with_signal(self, e: &'a SignalEvent) -> Wire<'a> {
        Wire {
            id: Some(e.id),
            pid: Some(e.target.key.pid.into()),
            sender: Some(e.sender.as_ref().map(|s| WireParty { tty: tty_name(e.sender_tty), ..WireParty::from(s) })),
            target: Some(Some(WireParty::from(&e.target))),
            origin: text(e.origin.word()),
            call: e.call.and_then(|c| text(c.word())),
            code: Some(e.code),
            code_name: code_name(e.signal, e.code).and_then(text),
            scope: text(e.scope.word()),
            result: text(e.result.word()),
            why: e.ignored.and_then(|w| text(w.word())),
            action: if e.continued { text(Action::Continue.word()) } else { None },
            blocked: e.masks.map(|masks| names(masks.blocked)),
            pending: e.masks.map(|masks| names(masks.pending)),
            generation: (e.generation != 0).then_some(e.generation),
            ..self.with_number(e.signal).with_detail(e.detail)
        }
    }

    fn with_number(self, signal: Signal) -> Wire<'a> {
        Wire { signr: Some(signal.number().into()), signal: text(signal.name()), ..self }
    }

    pub(super) fn with_who(self, who: &'a Party) -> Wire<'a> {
        Wire {
            pid: Some(who.key.pid.into()),
            tid: Some(who.tid.into()),
            uid: Some(who.uid),
            comm: text(who.name.as_str()),
            start_ns: Some(who.key.start_ns),
            ..self
        }
    }

    fn with_parent(self, parent: Option<ProcKey>) -> Wire<'a> {
        Wire { ppid: parent.map(|p| p.pid), parent_start_ns: parent.map(|p| p.start_ns), ..self }
    }

    fn with_detail(self, detail: Detail) -> Wire<'a> {
        match detail {
            Detail::None => self,
            Detail::Value(v) if v >> 32 == 0 => Wire { value: Some(i64::from(v as u32 as i32)), ..self },
            Detail::Value(v) => Wire { value: Some(v as i64), ..self },
            Detail::Address(a) => Wire { address: Some(format!("{a:#x}").into()), ..self },
            Detail::Status(s) => Wire { status: Some(s), ..self },
            Detail::Syscall(n) => Wire { syscall: Some(n), ..self },
            Detail::Tty(tty) => Wire { tty: tty_name(tty), ..self },
            Detail::Reason(reason) => Wire { reason: text(reason.word()), ..self },
            Detail::Oom(oom) => {
                Wire { oom_rss: Some(oom.rss().unwrap_or(0)), oom_limit: oom.limit(), oom_level: oom.level(), ..self }
            }
        }
    }

    fn with_end(self, e: &'a ExitEvent) -> Wire<'a> {
        let wire = match e.end {
            End::Code(code) => Wire { code: Some(i32::from(code)), ..self },
            End::Signal { signal, core } => Wire { core: Some(core), ..self.with_number(signal) },
        };
        let wire = Wire { thread: e.thread, ..wire };
        match &e.cause {
            Some(cause) => Wire {
                cause: Some(cause.id),
                by: cause.sender.as_ref().map(WireParty::from),
                origin: text(cause.origin.word()),
                ..wire.with_detail(cause.detail)
            },
            None => wire,
        }
    }

    fn with_count(self, e: &'a CountEvent) -> Wire<'a> {
        let wire = match e.signal {
            Some(signal) => self.with_number(signal),
            None => self,
        };
        let (kind, result) = (text(e.kind.map_or("malformed", Kind::word)), e.result.and_then(|r| text(r.word())));
        let wire = Wire { kind, result, count: Some(e.count), since_ns: e.since_ns, ..wire };
        match e.sender {
            Some(SenderKey::Process(key)) => Wire { sender: Some(Some(WireParty::from(key))), ..wire },
            Some(SenderKey::Kernel(origin)) => Wire { sender: Some(None), origin: text(origin.word()), ..wire },
            Some(SenderKey::Others) => Wire { sender: Some(None), origin: text("others"), ..wire },
            None => wire,
        }
    }
}

pub(super) fn tty_name(tty: Tty) -> Option<Cow<'static, str>> {
    tty.is_some().then(|| tty.to_string().into())
}

impl<'a> From<&'a Party> for WireParty<'a> {
    fn from(p: &'a Party) -> WireParty<'a> {
        let (pid, start_ns) = (p.key.pid, p.key.start_ns);
        WireParty {
            pid,
            tid: p.tid,
            uid: p.uid,
            comm: Cow::Borrowed(p.name.as_str()),
            start_ns,
            ..WireParty::default()
        }
    }
}

impl From<ProcKey> for WireParty<'_> {
    fn from(key: ProcKey) -> Self {
        WireParty { pid: key.pid, tid: key.pid, start_ns: key.start_ns, ..WireParty::default() }
    }
}

/// Words of kinds; nothing of none.
fn kind_words(kinds: &[Kind]) -> Option<Vec<Cow<'static, str>>> {
    (!kinds.is_empty()).then(|| kinds.iter().map(|kind| kind.word().into()).collect())
}
