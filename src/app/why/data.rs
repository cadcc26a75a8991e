//! Deaths as JSON: an array with an object for each, newest first. Field names are a contract, changed only by adding.
//! Events in it (`exit`, `event`) are objects as `sigtop log --format json` writes them.

use super::card::{Manner, Printer};
use super::seek::{Found, Looked};
use crate::clock::{Clock, TimeStyle};
use crate::error::Error;
use crate::event::wire::Wire;
use crate::event::{Event, ExitEvent, Party};
use crate::filter::cgroup;
use crate::model::death;
use crate::model::why::{self, Sender, Then, Why};
use serde::Serialize;
use serde_json::Value;

/// A death.
#[derive(Serialize)]
struct Death {
    /// The process, and its name as it died.
    pid: u32,
    comm: String,
    /// Another name that it had before, by which it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    once: Option<String>,
    uid: u32,
    /// When it started, monotonic: with the pid, which process it is.
    start_ns: u64,
    exe: String,
    argv: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tty: Option<String>,
    cgroup: String,
    /// The unit or container that the cgroup is.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    host: String,
    boot_id: String,
    /// When it died: RFC 3339, and monotonic.
    time: String,
    mono_ns: u64,
    lived_ns: u64,
    /// `SIGKILL`, `SIGSEGV (core)`, `exited 3`.
    end: String,
    /// The exit event, with code or signal, and with what the kernel told of a death of its own.
    exit: Value,
    /// By which signal; null where it exited, or that was not seen.
    cause: Option<Sent>,
    /// That it had been asked to end before; null where that was not seen.
    asked: Option<Asked>,
    /// What else it sent and was sent in its last seconds, oldest first.
    before: Vec<Group>,
    /// What was not seen, in words. Empty: nothing that matters is known to be missing.
    unseen: Vec<String>,
}

/// A signal and who sent it.
#[derive(Serialize)]
struct Sent {
    /// A word of the wire's `origin`.
    origin: &'static str,
    /// By which call, or for which reason of the kernel's, in words.
    how: String,
    /// Who sent it; null where no process did.
    sender: Option<From>,
    /// The signal event; null where it is not kept.
    event: Option<Value>,
}

/// A request to end.
#[derive(Serialize)]
struct Asked {
    /// So long before the end.
    before_ns: u64,
    /// What it did then: `stayed` until it was killed, `left`, or `raised` the same signal again.
    then: &'static str,
    /// What came of it, in words.
    outcome: &'static str,
    sender: Option<From>,
    event: Value,
}

/// A process that sent, as it was then.
#[derive(Serialize)]
struct From {
    pid: u32,
    comm: String,
    uid: u32,
    start_ns: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tty: Option<String>,
    cgroup: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// Who made it, who made that, and so on.
    ancestors: Vec<Process>,
    /// Whether these are all.
    ancestors_complete: bool,
}

#[derive(Serialize)]
struct Process {
    pid: u32,
    comm: String,
}

/// Signals of one kind, sent at about the same time.
#[derive(Serialize)]
struct Group {
    /// The first of them.
    event: Value,
    /// To whom.
    targets: Vec<Process>,
    /// What came of it, in words: how all of its targets ended, or else of the first signal.
    outcome: String,
}

/// The array.
///
/// # Errors
/// None that is known.
pub fn array(found: &[(&Looked, &Found)], manner: &Manner<'_>) -> Result<String, Error> {
    let deaths: Result<Vec<Death>, serde_json::Error> =
        found.iter().map(|(looked, found)| death(looked, found, &mut manner.of(looked))).collect();
    let text = deaths.and_then(|deaths| serde_json::to_string_pretty(&deaths));
    text.map(|text| text + "\n").map_err(|e| Error::environment(format!("cannot write JSON: {e}"), ""))
}

fn death(looked: &Looked, found: &Found, teller: &mut Printer<'_>) -> Result<Death, serde_json::Error> {
    let clock = Times { looked };
    let (party, program) = (&found.party, &found.program);
    let (mono_ns, who, end, cause) = (found.mono_ns, *party, found.end, found.cause);
    let exit = clock.event(&Event::Exit(ExitEvent { mono_ns, who, thread: false, end, cause }))?;
    let why = found.why.as_ref();
    let too_long = || vec!["its story: too long ago to be kept".to_string()];
    Ok(Death {
        pid: party.key.pid,
        comm: party.name.as_str().into(),
        once: found.once.map(|name| name.as_str().into()),
        uid: party.uid,
        start_ns: party.key.start_ns,
        exe: program.exe.to_string(),
        argv: program.argv().map(String::from).collect(),
        tty: found.tty.is_some().then(|| found.tty.to_string()),
        cgroup: program.cgroup.to_string(),
        unit: unit(&program.cgroup),
        host: looked.header.host.clone(),
        boot_id: looked.header.boot_id.clone(),
        time: clock.time(mono_ns),
        mono_ns,
        lived_ns: mono_ns.saturating_sub(party.key.start_ns),
        end: death::end(&found.end),
        exit,
        cause: why.map(|why| sent(why, &clock)).transpose()?.flatten(),
        asked: why.map(|why| asked(why, &clock)).transpose()?.flatten(),
        before: why.map(|why| before(why, &clock)).transpose()?.unwrap_or_default(),
        unseen: why.map_or_else(too_long, |why| why.gaps.iter().map(|gap| why::unseen(gap, teller)).collect()),
    })
}

fn sent(why: &Why, clock: &Times<'_>) -> Result<Option<Sent>, serde_json::Error> {
    let Some(blame) = &why.blame else { return Ok(None) };
    Ok(Some(Sent {
        origin: blame.cause.origin.word(),
        how: why::how(blame, why),
        sender: blame.sender.as_ref().map(from),
        event: blame.event.map(|e| clock.event(&Event::Signal(e))).transpose()?,
    }))
}

fn asked(why: &Why, clock: &Times<'_>) -> Result<Option<Asked>, serde_json::Error> {
    let Some(asked) = &why.asked else { return Ok(None) };
    Ok(Some(Asked {
        before_ns: asked.before_ns,
        then: match asked.then {
            Then::Stayed => "stayed",
            Then::Left => "left",
            Then::Raised(_) => "raised",
        },
        outcome: why::came_of(asked),
        sender: asked.sender.as_ref().map(from),
        event: clock.event(&Event::Signal(asked.row.event))?,
    }))
}

fn before(why: &Why, clock: &Times<'_>) -> Result<Vec<Group>, serde_json::Error> {
    let group = |group: &why::Group| {
        Ok(Group {
            event: clock.event(&Event::Signal(group.row.event))?,
            targets: group.targets.iter().map(process).collect(),
            outcome: group.end.map_or_else(|| why::word(group.row.outcome).into(), |end| death::end(&end)),
        })
    };
    why.before.iter().map(group).collect()
}

fn from(sender: &Sender) -> From {
    let party = &sender.party;
    From {
        pid: party.key.pid,
        comm: party.name.as_str().into(),
        uid: party.uid,
        start_ns: party.key.start_ns,
        tty: sender.tty.is_some().then(|| sender.tty.to_string()),
        cgroup: sender.cgroup.to_string(),
        unit: unit(&sender.cgroup),
        ancestors: sender
            .ancestors
            .iter()
            .map(|(name, pid)| Process { pid: *pid, comm: name.as_str().into() })
            .collect(),
        ancestors_complete: sender.is_whole,
    }
}

fn process(party: &Party) -> Process {
    Process { pid: party.key.pid, comm: party.name.as_str().into() }
}

fn unit(path: &str) -> Option<String> {
    cgroup::home(path).map(|home| home.to_string())
}

/// The times of one stream.
struct Times<'a> {
    looked: &'a Looked,
}

impl Times<'_> {
    fn time(&self, mono_ns: u64) -> String {
        let mut out = String::new();
        let mut clock = Clock::over(TimeStyle::Utc, self.looked.header.mono_ns, &self.looked.offsets);
        clock.write_rfc3339(&mut out, mono_ns);
        out
    }

    fn event(&self, event: &Event) -> Result<Value, serde_json::Error> {
        serde_json::to_value(Wire::from_event(event, &self.time(event.mono_ns())))
    }
}
