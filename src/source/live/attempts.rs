//! Failed sends, probes and failed execs: opens bpf/attempts.bpf.c, finds the road that this kernel leaves to them, and
//! attaches what is asked for. The road that costs others is detached when nobody asks any more; the free one stays.
//!
//! An object beside the main one: it writes into the same ring and the same counts, and a kernel that refuses it refuses
//! nothing else. What is asked for follows from the filter.

use super::attempts_skel::{AttemptsSkel, AttemptsSkelBuilder, OpenAttemptsSkel};
use super::load::{self, refused};
use super::skel::{SigtopSkel, types::sigtop_wanted};
use crate::error::Error;
use crate::event::{Kind, SendResult};
use crate::filter::kernel::Program;
use crate::filter::sieve::Narrows;
use crate::filter::wanted::{asks_for, may_show};
use crate::filter::{Filter, Wanted};
use libbpf_rs::skel::{OpenSkel, Skel, SkelBuilder};
use libbpf_rs::{Link, MapCore, MapFlags, MapHandle, OpenObject, libbpf_sys};
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

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

/// What the main object lends: duplicated descriptors of its maps.
pub struct Lent {
    pub(super) events: MapHandle,
    pub(super) generation: MapHandle,
    pub(super) unsent_a: MapHandle,
    pub(super) unsent_b: MapHandle,
    pub(super) recent_a: MapHandle,
    pub(super) recent_b: MapHandle,
    pub(super) unsent_rest: MapHandle,
    pub(super) words: MapHandle,
}

impl Lent {
    /// Of the loaded main object.
    pub fn new(skel: &SigtopSkel<'_>) -> libbpf_rs::Result<Lent> {
        let maps = &skel.maps;
        Ok(Lent {
            events: MapHandle::try_from(&maps.events)?,
            generation: MapHandle::try_from(&maps.generation)?,
            unsent_a: MapHandle::try_from(&maps.unsent_a)?,
            unsent_b: MapHandle::try_from(&maps.unsent_b)?,
            recent_a: MapHandle::try_from(&maps.recent_a)?,
            recent_b: MapHandle::try_from(&maps.recent_b)?,
            unsent_rest: MapHandle::try_from(&maps.unsent_rest)?,
            words: MapHandle::try_from(&maps.bss_shared)?,
        })
    }
}

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
                "failed calls are seen at the exit of every system call (sys_exit), which costs each of them 20 to 50 ns, \
                 as long as they are asked for (result:failed)",
            ),
            Road::OnlyAsked => Some(
                "failed sends and probes are seen only while asked for (result:failed): the road left on this kernel \
                 costs every system call 20 to 50 ns",
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

/// Programs that are attached as long as this lives.
pub(super) struct Attached {
    _links: Vec<Link>,
    _drawer: Option<OwnedFd>,
}

impl Attached {
    /// Holds links as they are.
    pub(super) fn held(links: Vec<Link>) -> Attached {
        Attached { _links: links, _drawer: None }
    }

    /// Holds links of fexit by files in a bpffs that is mounted nowhere, and gone with its descriptor.
    ///
    /// From 6.1 to 6.18 whoever closes such a link waits a tenth of a second, until no task is in what is taken away:
    /// a program with twelve of them ends late. What only a file holds, a worker of the kernel's closes (6.12; not 6.1).
    /// Where this cannot be done, the links are held as they are.
    pub(super) fn in_drawer(links: Vec<Link>) -> Attached {
        let drawer = fsopen("bpf", FsOpenFlags::FSOPEN_CLOEXEC).and_then(|fs| {
            fsconfig_create(fs.as_fd())?;
            fsmount(fs.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())
        });
        let Ok(drawer) = drawer else { return Attached::held(links) };
        let put = |(number, mut link): (usize, Link)| {
            let put = link.pin(format!("/proc/self/fd/{}/{number}", drawer.as_raw_fd()));
            if put.is_ok() { None } else { Some(link) }
        };
        Attached { _links: links.into_iter().enumerate().filter_map(put).collect(), _drawer: Some(drawer) }
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

/// Attaches those that were loaded and have such a name: all, or none.
fn attach(skel: &AttemptsSkel<'_>, is: impl Fn(&str) -> bool) -> libbpf_rs::Result<Vec<Link>> {
    let chosen =
        skel.object().progs_mut().filter(|program| program.autoload() && is(&program.name().to_string_lossy()));
    chosen.map(|program| program.attach()).collect()
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

/// Whether the kernel refuses every program of this kind, whatever is in it. Asked with one that no kernel can take: where
/// such programs are allowed, it is the program that is wrong (EINVAL). To open the whole object takes ten times as long.
pub(super) fn are_exits_forbidden() -> bool {
    const RETURN_0: [libbpf_sys::bpf_insn; 2] = [instruction(0xb7), instruction(0x95)]; // r0 = 0; exit
    let mut options = libbpf_sys::bpf_prog_load_opts {
        sz: size_of::<libbpf_sys::bpf_prog_load_opts>() as u64,
        expected_attach_type: libbpf_sys::BPF_TRACE_FEXIT,
        attach_btf_id: 1, // no function
        ..Default::default()
    };
    // SAFETY: all that is pointed to lives until the call returns, and the sizes are right.
    let error = unsafe {
        libbpf_sys::bpf_prog_load(
            libbpf_sys::BPF_PROG_TYPE_TRACING,
            c"probe".as_ptr(),
            c"GPL".as_ptr(),
            RETURN_0.as_ptr(),
            RETURN_0.len() as u64,
            &mut options,
        )
    };
    error == -rustix::io::Errno::PERM.raw_os_error()
}

const fn instruction(code: u8) -> libbpf_sys::bpf_insn {
    // SAFETY: integers only.
    let mut instruction: libbpf_sys::bpf_insn = unsafe { std::mem::zeroed() };
    instruction.code = code;
    instruction
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
    let maps = &mut open.maps;
    for (map, lent) in [
        (&mut maps.events, &lent.events),
        (&mut maps.generation, &lent.generation),
        (&mut maps.unsent_a, &lent.unsent_a),
        (&mut maps.unsent_b, &lent.unsent_b),
        (&mut maps.recent_a, &lent.recent_a),
        (&mut maps.recent_b, &lent.recent_b),
        (&mut maps.unsent_rest, &lent.unsent_rest),
        (&mut maps.bss_shared, &lent.words),
    ] {
        map.reuse_fd(lent.as_fd())?;
    }
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
