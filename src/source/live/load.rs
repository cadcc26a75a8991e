//! Opens, loads and attaches the BPF object; says in words what this kernel or these privileges lack.

use super::skel::{OpenSigtopSkel, SigtopSkel, SigtopSkelBuilder};
use super::{Options, filters};
use crate::error::Error;
use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use libbpf_rs::{OpenObject, PrintLevel};
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Mutex;

/// What libbpf said last: the reason behind an error number. Printed only when loading fails.
static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A hook that sigtop can do without: the function in the BTF of a kernel that has it, the program, what is lost.
const OPTIONAL: [(&str, &str, &str); 6] = [
    ("btf_trace_signal_deliver", "on_signal_deliver", "no hook signal_deliver: outcomes of signals are not seen"),
    (
        "btf_trace_sched_process_exec",
        "on_sched_process_exec",
        "no hook sched_process_exec: programs started are not seen",
    ),
    ("btf_trace_task_rename", "on_task_rename", "no hook task_rename: changed names are seen at the next signal"),
    ("btf_trace_cgroup_mkdir", "on_cgroup_mkdir", "no hook cgroup_mkdir: new cgroups have no path"),
    (
        "btf_trace_cgroup_attach_task",
        "on_cgroup_attach_task",
        "no hook cgroup_attach_task: of which unit or container a new process is may be said wrongly",
    ),
    ("btf_trace_mark_victim", "on_mark_victim", "no hook mark_victim: OOM kills are shown as the kernel's own"),
];

/// Numbers of kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal, and of the 32-bit ones.
#[cfg(target_arch = "x86_64")]
pub const CALLS: ([u32; 6], [u32; 6]) = ([62, 200, 234, 129, 297, 424], [37, 238, 270, 178, 335, 424]);
/// The same for arm64 and its 32-bit programs.
#[cfg(target_arch = "aarch64")]
pub const CALLS: ([u32; 6], [u32; 6]) = ([129, 130, 131, 138, 240, 424], [37, 238, 268, 178, 363, 424]);

/// Numbers of execve and execveat, and of the 32-bit ones.
#[cfg(target_arch = "x86_64")]
pub const EXECS: ([u32; 2], [u32; 2]) = ([59, 322], [11, 358]);
/// The same for arm64 and its 32-bit programs.
#[cfg(target_arch = "aarch64")]
pub const EXECS: ([u32; 2], [u32; 2]) = ([221, 281], [11, 387]);

/// THREAD_SIZE of x86_64 and of arm64 with 4 KiB pages.
pub const STACK_SIZE: u32 = 16 << 10;

const CAP_SYS_ADMIN: u32 = 21;
const CAP_PERFMON: u32 = 38;
const CAP_BPF: u32 = 39;

/// Whether this process may look into the kernel.
///
/// # Errors
/// What it lacks, and what to do.
pub fn check_privileges() -> Result<(), Error> {
    if has_capabilities() { Ok(()) } else { Err(Error::privileges()) }
}

/// Whether the kernel says what its own structures look like.
///
/// # Errors
/// What to do.
pub fn check_btf() -> Result<(), Error> {
    if Path::new("/sys/kernel/btf/vmlinux").exists() { Ok(()) } else { Err(Error::no_btf()) }
}

/// Whether this process has CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, which holds both.
fn has_capabilities() -> bool {
    let effective = procfs::process::Process::myself().and_then(|p| p.status()).map_or(0, |status| status.capeff);
    let has = |capability: u32| effective >> capability & 1 == 1;
    has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON))
}

/// A loaded and attached object, and what had to be left out.
pub struct Loaded {
    /// The object; its links live as long as it does.
    pub skel: SigtopSkel<'static>,
    /// One sentence for each thing left out.
    pub missing: Vec<String>,
}

/// Loads all hooks (where that fails, once more without those that this kernel lacks), lets everything pass, and
/// attaches: in this order, so that even the first record has passed the filter.
pub fn load(options: &Options) -> Result<Loaded, Error> {
    libbpf_rs::set_print(Some((PrintLevel::Warn, |_, text| {
        if let Ok(mut said) = SAID.lock() {
            said.push(text.trim().to_string());
        }
    })));
    let (loaded, missing) = match open(options)?.load() {
        Ok(skel) => (Ok(skel), Vec::new()),
        Err(_) => {
            let lacking = lacking_hooks();
            let mut open = open(options)?;
            for program in open.open_object_mut().progs_mut() {
                let mut program = program;
                if lacking.iter().any(|(_, name, _)| program.name() == *name) {
                    program.set_autoload(false);
                }
            }
            let missing = lacking.iter().map(|(_, _, what)| what.to_string()).collect();
            (open.load(), missing)
        }
    };
    let mut skel = loaded.map_err(|e| refused("load", &e))?;
    filters::write_first(&skel).map_err(|why| Error::environment(why, ""))?;
    attach(&mut skel)?;
    Ok(Loaded { skel, missing })
}

fn open(options: &Options) -> Result<OpenSigtopSkel<'static>, Error> {
    // Once a process: the object lives until it ends, and the skeleton wants to borrow it for that long.
    let object: &'static mut MaybeUninit<OpenObject> = Box::leak(Box::new(MaybeUninit::uninit()));
    let mut open = SigtopSkelBuilder::default().open(object).map_err(|e| refused("open", &e))?;
    if let Some(rodata) = open.maps.rodata_data.as_deref_mut() {
        rodata.config.call_nr = CALLS.0;
        rodata.config.call_nr_compat = CALLS.1;
        rodata.config.stack_size = STACK_SIZE;
        rodata.config.threads = u32::from(options.threads);
    }
    open.maps.events.set_max_entries(options.buffer).map_err(|e| refused("size the ring buffer of", &e))?;
    Ok(open)
}

/// Attaches what was loaded. Not `skel.attach()`: that would also run the snapshot.
fn attach(skel: &mut SigtopSkel<'static>) -> Result<(), Error> {
    let progs = &mut skel.progs;
    let links = &mut skel.links;
    for (program, link) in [
        (&mut progs.on_sched_process_fork, &mut links.on_sched_process_fork),
        (&mut progs.on_sched_process_free, &mut links.on_sched_process_free),
        (&mut progs.on_sched_process_exec, &mut links.on_sched_process_exec),
        (&mut progs.on_sched_process_exit, &mut links.on_sched_process_exit),
        (&mut progs.on_task_rename, &mut links.on_task_rename),
        (&mut progs.on_cgroup_mkdir, &mut links.on_cgroup_mkdir),
        (&mut progs.on_cgroup_attach_task, &mut links.on_cgroup_attach_task),
        (&mut progs.on_mark_victim, &mut links.on_mark_victim),
        (&mut progs.on_signal_deliver, &mut links.on_signal_deliver),
        (&mut progs.on_signal_generate, &mut links.on_signal_generate),
    ] {
        if program.autoload() {
            *link = Some(program.attach().map_err(|e| refused("attach", &e))?);
        }
    }
    Ok(())
}

/// The optional hooks whose tracepoint is not in this kernel's BTF.
fn lacking_hooks() -> Vec<(&'static str, &'static str, &'static str)> {
    let Ok(btf) = libbpf_rs::btf::Btf::from_vmlinux() else { return Vec::new() };
    let has = |name: &str| btf.type_by_name::<libbpf_rs::btf::types::Typedef<'_>>(name).is_some();
    OPTIONAL.into_iter().filter(|(typedef, _, _)| !has(typedef)).collect()
}

/// Drops what libbpf said of something that may fail.
pub fn forget_what_was_said() {
    if let Ok(mut said) = SAID.lock() {
        said.clear();
    }
}

/// An error of libbpf's as one of ours: what was refused, the kernel's last words, what to do.
pub fn refused(what: &str, error: &libbpf_rs::Error) -> Error {
    let said = SAID.lock().map(|mut said| std::mem::take(&mut *said)).unwrap_or_default();
    let reason = said.iter().rev().find(|line| !line.is_empty()).map_or_else(|| error.to_string(), Clone::clone);
    let permission = error.kind() == libbpf_rs::ErrorKind::PermissionDenied;
    if permission && said.iter().any(|line| line.contains("ulimit -l")) {
        return Error::memlock();
    }
    Error::bpf(what, &reason, permission)
}
