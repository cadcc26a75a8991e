//! Failed sends, probes and failed execs: opens bpf/attempts.bpf.c, finds the road that this kernel leaves to them, and
//! attaches what is asked for. The road that costs others is detached when nobody asks any more; the free one stays.
//!
//! An object beside the main one: it writes into the same ring and the same counts, and a kernel that refuses it refuses
//! nothing else. What is asked for follows from the filter.

use super::attached::{Attached, are_exits_forbidden, attach};
use super::attempts_skel::{AttemptsSkel, AttemptsSkelBuilder, OpenAttemptsSkel};
use super::lent::{Lent, shared};
use super::load::{self, refused};
use super::skel::types::sigtop_wanted;
use crate::error::Error;
use crate::event::{Kind, SendResult};
use crate::filter::kernel::Program;
use crate::filter::sieve::Narrows;
use crate::filter::wanted::{asks_for, may_show};
use crate::filter::{Filter, Wanted};
use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use libbpf_rs::{MapCore, MapFlags, OpenObject};
use std::mem::MaybeUninit;

/// The programs for the exits of the calls, each with its function in the kernel. Those whose name ends in 32 are for
/// 32-bit programs; a kernel without them has not these functions.
#[cfg(target_arch = "x86_64")]
const EXITS: [(&str, &str); 16] = [
    ("on_kill", "__x64_sys_kill"),
    ("on_tkill", "__x64_sys_tkill"),
    ("on_tgkill", "__x64_sys_tgkill"),
    ("on_sigqueue", "__x64_sys_rt_sigqueueinfo"),
    ("on_tgsigqueue", "__x64_sys_rt_tgsigqueueinfo"),
    ("on_pidfd", "__x64_sys_pidfd_send_signal"),
    ("on_kill32", "__ia32_sys_kill"),
    ("on_tkill32", "__ia32_sys_tkill"),
    ("on_tgkill32", "__ia32_sys_tgkill"),
    ("on_sigqueue32", "__ia32_compat_sys_rt_sigqueueinfo"),
    ("on_tgsigqueue32", "__ia32_compat_sys_rt_tgsigqueueinfo"),
    ("on_pidfd32", "__ia32_sys_pidfd_send_signal"),
    ("on_execve", "__x64_sys_execve"),
    ("on_execveat", "__x64_sys_execveat"),
    ("on_execve32", "__ia32_compat_sys_execve"),
    ("on_execveat32", "__ia32_compat_sys_execveat"),
];
/// The same for arm64, where most calls of 32-bit programs go to the same functions.
#[cfg(target_arch = "aarch64")]
const EXITS: [(&str, &str); 12] = [
    ("on_kill", "__arm64_sys_kill"),
    ("on_tkill", "__arm64_sys_tkill"),
    ("on_tgkill", "__arm64_sys_tgkill"),
    ("on_sigqueue", "__arm64_sys_rt_sigqueueinfo"),
    ("on_tgsigqueue", "__arm64_sys_rt_tgsigqueueinfo"),
    ("on_pidfd", "__arm64_sys_pidfd_send_signal"),
    ("on_sigqueue32", "__arm64_compat_sys_rt_sigqueueinfo"),
    ("on_tgsigqueue32", "__arm64_compat_sys_rt_tgsigqueueinfo"),
    ("on_execve", "__arm64_sys_execve"),
    ("on_execveat", "__arm64_sys_execveat"),
    ("on_execve32", "__arm64_compat_sys_execve"),
    ("on_execveat32", "__arm64_compat_sys_execveat"),
];
const EVERY_CALL: &str = "on_sys_exit";
const EXECS: &str = "on_exec";

/// How far the search for a road has come.
enum State {
    /// Nobody has asked yet.
    Unknown,
    /// The kernel lets the exits of the calls be looked at.
    Exits(AttemptsSkel<'static>),
    /// It does not.
    Refused,
    /// It does not, and somebody asked all the same.
    EveryCall(AttemptsSkel<'static>),
}

/// What failed never became a signal, or another program, and is seen only where somebody looks for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Sends that failed, and probes.
    pub attempts: Wish,
    /// Execs that failed. Shells that look for a program make many.
    pub failed_execs: bool,
}

/// How much something is wished for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// Not at all.
    No,
    /// Where it costs nobody else anything.
    IfFree,
    /// Whatever it costs.
    Yes,
}

impl Asked {
    /// Neither.
    pub const NOTHING: Asked = Asked { attempts: Wish::No, failed_execs: false };

    /// What this filter asks for: what failed by its name, or signals at all. Where it leaves processes as they are,
    /// nobody looks at execs that failed.
    pub fn by(filter: &Filter, narrows: Narrows) -> Asked {
        let attempts = if !may_show(filter, Kind::Signal) || Program::new(filter).signals().is_empty() {
            Wish::No
        } else if asks_for(filter, Kind::Signal, &[SendResult::Failed, SendResult::Probe]) {
            Wish::Yes
        } else {
            Wish::IfFree
        };
        let shows_execs = narrows == Narrows::All && may_show(filter, Kind::Exec);
        Asked { attempts, failed_execs: shows_execs && asks_for(filter, Kind::Exec, &[SendResult::Failed]) }
    }

    /// The same, and what is wanted beside the filter.
    pub fn and(self, beside: &Wanted) -> Asked {
        let attempts = if beside.failed_sends { Wish::Yes } else { self.attempts };
        Asked { attempts, failed_execs: self.failed_execs || beside.failed_execs }
    }
}

/// By which road it is seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Road {
    /// By none: nobody asked.
    Off,
    /// At the exits of the calls themselves (fexit).
    Exits,
    /// At the exit of every system call (sys_exit).
    EveryCall,
    /// By none: the only one left is that of every call, and nobody wanted it at that price.
    OnlyAsked,
}

impl Road {
    /// What a stream's header says of it.
    pub const fn sentence(self) -> Option<&'static str> {
        match self {
            Road::Off => None,
            Road::Exits => Some(
                "failed sends and probes are seen at the exit of the calls themselves (fexit), which costs nobody else \
                 anything; what seccomp forbids is not seen",
            ),
            Road::EveryCall => Some(
                "failed calls are seen at the exit of every system call (sys_exit), which costs each of them 20 to 130 ns, \
                 as long as they are asked for (result:failed)",
            ),
            Road::OnlyAsked => Some(
                "failed sends and probes are seen only while asked for (result:failed): the road left on this kernel \
                 costs every system call 20 to 130 ns",
            ),
        }
    }
}

/// The programs for what failed, and those of them that are attached.
pub struct Attempts {
    lent: Lent,
    state: State,
    /// Of sends; of everything on the road of every call.
    sends: Option<Attached>,
    /// Of execs.
    execs: Option<Attached>,
    asked: Asked,
}

impl Attempts {
    /// Nothing opened yet.
    pub fn new(lent: Lent) -> Attempts {
        Attempts { lent, state: State::Unknown, sends: None, execs: None, asked: Asked::NOTHING }
    }

    /// What is told now.
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// From now on tells what is asked for and nothing more, and says by which road.
    ///
    /// # Errors
    /// Why it cannot be told, in words; then what was told before goes on.
    pub fn ask(&mut self, asked: Asked) -> Result<Road, String> {
        match self.tell(asked) {
            Ok(road) => {
                self.asked = asked;
                Ok(road)
            }
            Err(error) => {
                let _ = self.tell(self.asked); // as it could be told before
                Err(error.what)
            }
        }
    }

    fn tell(&mut self, asked: Asked) -> Result<Road, Error> {
        if asked == Asked::NOTHING {
            self.be_silent();
            return Ok(Road::Off);
        }
        if let State::Unknown = self.state {
            self.state = open_exits(&self.lent).map_or(State::Refused, State::Exits);
        }
        let sends = asked.attempts != Wish::No;
        if let State::Exits(skel) = &self.state {
            match attach_exits(skel, sends.then_some(&mut self.sends), asked.failed_execs.then_some(&mut self.execs)) {
                Ok(()) => {
                    self.want(sends, asked.failed_execs);
                    return Ok(Road::Exits);
                }
                Err(_) => self.give_up_exits(), // arm64 before 6.12: they load, and cannot be attached
            }
        }
        if asked.attempts != Wish::Yes && !asked.failed_execs {
            self.be_silent();
            return Ok(Road::OnlyAsked);
        }
        self.attach_every_call()?;
        self.want(sends, asked.failed_execs);
        Ok(Road::EveryCall)
    }

    /// Makes the programs silent at once, and detaches those that cost others something. The free ones stay: to detach
    /// them takes the kernel long, and not every one attaches them again (before 5.13, commit f3a95075549e).
    pub fn be_silent(&mut self) {
        self.want(false, false);
        if let State::EveryCall(_) = self.state {
            self.sends = None;
        }
    }

    fn give_up_exits(&mut self) {
        (self.sends, self.execs) = (None, None);
        self.state = State::Refused;
    }

    fn attach_every_call(&mut self) -> Result<(), Error> {
        if let State::Refused = self.state {
            self.state = State::EveryCall(open_every_call(&self.lent)?);
        }
        if let State::EveryCall(skel) = &self.state
            && self.sends.is_none()
        {
            let links = attach(skel, |name| name == EVERY_CALL).map_err(|e| refused("attach", &e))?;
            self.sends = Some(Attached::held(links));
        }
        Ok(())
    }

    /// Tells the programs what is wanted, which they obey at once.
    fn want(&self, sends: bool, execs: bool) {
        let (State::Exits(skel) | State::EveryCall(skel)) = &self.state else { return };
        let bit = |on: bool, bit: sigtop_wanted| if on { bit.0 } else { 0 };
        let wanted = bit(sends, sigtop_wanted::SIGTOP_WANT_ATTEMPTS) | bit(execs, sigtop_wanted::SIGTOP_WANT_EXECS);
        // One word of memory: an update of an array that exists cannot fail.
        let _ = skel.maps.bss.update(&0u32.to_ne_bytes(), &wanted.to_ne_bytes(), MapFlags::ANY);
    }
}

/// Attaches what is wanted and not yet attached: all, or none.
fn attach_exits(
    skel: &AttemptsSkel<'_>,
    sends: Option<&mut Option<Attached>>,
    execs: Option<&mut Option<Attached>>,
) -> libbpf_rs::Result<()> {
    for (attached, of_execs) in [(sends, false), (execs, true)] {
        if let Some(attached) = attached.filter(|attached| attached.is_none()) {
            let links = attach(skel, |name| name.starts_with(EXECS) == of_execs)?;
            *attached = Some(Attached::in_drawer(links));
        }
    }
    Ok(())
}

/// With the programs for the exits that this kernel has. `None` where it lacks or forbids them.
fn open_exits(lent: &Lent) -> Option<AttemptsSkel<'static>> {
    if are_exits_forbidden() {
        return None;
    }
    let mut open = open(lent).ok()?;
    for mut program in open.open_object_mut().progs_mut() {
        let name = program.name().to_string_lossy().into_owned();
        let Some((_, function)) = EXITS.iter().find(|(program, _)| *program == name) else { continue };
        match program.set_attach_target(0, Some((*function).into())) {
            Ok(()) => program.set_autoload(true),
            Err(_) if name.ends_with("32") => {}
            Err(_) => return None,
        }
    }
    let loaded = open.load().ok();
    load::forget_what_was_said();
    loaded
}

fn open_every_call(lent: &Lent) -> Result<AttemptsSkel<'static>, Error> {
    let mut open = open(lent).map_err(|e| refused("open", &e))?;
    open.progs.on_sys_exit.set_autoload(true);
    open.load().map_err(|e| refused("load", &e))
}

fn open(lent: &Lent) -> libbpf_rs::Result<OpenAttemptsSkel<'static>> {
    // At most twice a process, one for each road.
    let object: &'static mut MaybeUninit<OpenObject> = Box::leak(Box::new(MaybeUninit::uninit()));
    let mut open = AttemptsSkelBuilder::default().open(object)?;
    if let Some(rodata) = open.maps.rodata_data.as_deref_mut() {
        let config = &mut rodata.config;
        (config.call_nr, config.call_nr_compat) = load::CALLS;
        (config.exec_nr, config.exec_nr_compat) = load::EXECS;
        config.stack_size = load::STACK_SIZE;
        let (calls, execs) = (load::CALLS, load::EXECS);
        for nr in calls.0.into_iter().chain(calls.1).chain(execs.0).chain(execs.1) {
            rodata.numbers[nr as usize / 64] |= 1 << (nr % 64);
        }
    }
    lent.to(shared!(&mut open.maps, mut))?;
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_follows_from_the_filter() {
        use {Narrows::*, Wish::*};
        for (text, narrows, attempts, failed_execs) in [
            ("", All, IfFree, false),
            ("sig:TERM", Signals, IfFree, false),
            ("result:failed", All, Yes, true),
            ("result:failed", Signals, Yes, false),
            ("result:failed !kind:exec", All, Yes, false),
            ("result:probe", All, Yes, false),
            ("kind:exec", All, No, false),
            ("kind:exec result:failed", All, No, true),
            ("kind:open result:failed", All, No, false),
            ("sig:TERM or kind:open result:failed", All, IfFree, false),
            ("result:queued", All, No, false),
            ("errno:EPERM", Signals, Yes, false),
            ("path:/etc/shadow errno:EACCES", All, No, true),
        ] {
            let filter = Filter::parse(text, &|_| None).unwrap();
            assert_eq!(Asked::by(&filter, narrows), Asked { attempts, failed_execs }, "{text}");
        }
    }
}
