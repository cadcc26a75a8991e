//! By which road the signal came that ended a process, in words: the kernel's reasons above all, with their numbers.

use super::{Blame, Why, syscalls};
use crate::escape::plain;
use crate::event::{Detail, End, Oom, Origin, Reason};
use crate::signal::{Signal, code_name};

/// A fault at an address below this is said to be that of a null pointer: a page, as with `vm.mmap_min_addr` at its least.
const NULL_PAGE: u64 = 4096;

/// By which call, or for which reason of the kernel's.
pub fn how(blame: &Blame, why: &Why) -> String {
    let signal = match why.end {
        Some((_, End::Signal { signal, .. })) => Some(signal),
        _ => None,
    };
    let (origin, detail) = (blame.cause.origin, blame.cause.detail);
    match (origin, detail) {
        (Origin::User, detail) => call(blame, why, signal, detail),
        (Origin::Fault, detail) => fault(blame, signal, detail),
        (Origin::Timer, _) => timer(signal).into(),
        (Origin::Tty, Detail::Tty(tty)) if tty.is_some() => format!("{} {tty}", typed(signal)),
        (Origin::Tty, _) => format!("{} it was on", typed(signal)),
        (Origin::Pipe, _) => "it wrote to a pipe or socket that nobody reads".into(),
        (Origin::Io, _) => "a file that it watches was ready, and it had no handler".into(),
        (Origin::Rlimit, _) => limit(signal).into(),
        (Origin::Oom, Detail::Oom(oom)) => out_of_memory(oom, &why.cgroup),
        (Origin::Oom, _) => "memory ran out, and it was chosen".into(),
        (Origin::Seccomp, Detail::Syscall(number)) => {
            let name = syscalls::name(&why.arch, number).map_or(String::new(), |name| format!(" ({name})"));
            format!("its seccomp filter forbids system call {number}{name}")
        }
        (Origin::Seccomp, _) => "its seccomp filter forbids a system call that it made".into(),
        (Origin::Pdeath, _) => "its parent, which died: it had asked for that (PR_SET_PDEATHSIG)".into(),
        (Origin::CgroupKill, _) => "by a write to cgroup.kill".into(),
        (Origin::Child, _) => "a child of its changed".into(),
        (Origin::Kernel, Detail::Reason(why)) => reason(why).into(),
        (Origin::Kernel, _) => "no reason is told: ptrace, the end of a pid namespace, or the like".into(),
    }
}

/// `kill(), si_code SI_USER`.
fn call(blame: &Blame, why: &Why, signal: Option<Signal>, detail: Detail) -> String {
    let Some(e) = &blame.event else { return "a call".into() };
    let call = e.call.map_or("a call".into(), |call| format!("{}()", call.word()));
    let code = code_name(e.signal, e.code).map_or_else(|| e.code.to_string(), String::from);
    let value = if let Detail::Value(value) = detail { format!(", value {value}") } else { String::new() };
    let by_itself = blame.cause.sender.is_some_and(|sender| sender.key == why.key);
    let abort = if by_itself && signal == Some(Signal::ABRT) { ": abort(), as after a failed assertion" } else { "" };
    format!("{call}, si_code {code}{value}{abort}")
}

/// `a fault of its own at address 0x10: a null pointer (SEGV_MAPERR)`.
fn fault(blame: &Blame, signal: Option<Signal>, detail: Detail) -> String {
    let code = blame.event.and_then(|e| code_name(e.signal, e.code));
    // SI_KERNEL: a general protection fault, of which no address is told.
    let address = if let Detail::Address(address) = detail { Some(address) } else { None };
    let Some(address) = address.filter(|_| code != Some("SI_KERNEL")) else {
        let what = if is_one_of(signal, &["TRAP"]) {
            "a breakpoint of its own, and no debugger"
        } else {
            "a fault of its own; of this kind no address is told"
        };
        return code.map_or(what.into(), |code| format!("{what} ({code})"));
    };
    let what = match code {
        _ if signal == Some(Signal::SEGV) && address < NULL_PAGE => Some("a null pointer"),
        Some("SEGV_MAPERR") => Some("nothing is mapped there"),
        Some("SEGV_ACCERR") => Some("what is mapped there may not be used so"),
        Some("BUS_ADRALN") => Some("not aligned"),
        Some("BUS_ADRERR") => Some("behind the end of a mapped file, or no memory"),
        Some("BUS_MCEERR_AR" | "BUS_MCEERR_AO") => Some("the memory itself is broken (hardware)"),
        Some("FPE_INTDIV") => Some("a division by zero"),
        Some("FPE_INTOVF") => Some("an integer overflow"),
        Some("FPE_FLTDIV") => Some("a floating point division by zero"),
        Some("ILL_ILLOPC" | "ILL_ILLOPN") => Some("no instruction of this processor"),
        Some("TRAP_BRKPT") => Some("a breakpoint, and no debugger"),
        _ => None,
    };
    // Of these, the address is that of the instruction.
    let at = if is_one_of(signal, &["FPE", "ILL", "TRAP"]) { "instruction" } else { "address" };
    let what = what.map_or(String::new(), |what| format!(": {what}"));
    let code = code.map_or(String::new(), |code| format!(" ({code})"));
    format!("a fault of its own at {at} {address:#x}{what}{code}")
}

fn is_one_of(signal: Option<Signal>, names: &[&str]) -> bool {
    signal.is_some_and(|signal| names.contains(&signal.short_name()))
}

fn timer(signal: Option<Signal>) -> &'static str {
    match signal.map(Signal::short_name) {
        Some("ALRM") => "a timer of its own ran out (alarm() or setitimer()), and it had no handler",
        Some("VTALRM") => "a timer of its CPU time ran out (ITIMER_VIRTUAL), and it had no handler",
        Some("PROF") => "a timer of its CPU time ran out (ITIMER_PROF), and it had no handler",
        _ => "a timer of its own ran out, and it had no handler",
    }
}

const fn limit(signal: Option<Signal>) -> &'static str {
    match signal {
        Some(Signal::XFSZ) => "it went over its file size limit (RLIMIT_FSIZE)",
        Some(Signal::KILL) => "it went over its hard CPU time limit (RLIMIT_CPU)",
        _ => "it went over its CPU time limit (RLIMIT_CPU)",
    }
}

/// Who was over, and how much: `memory cgroup /web.service was at its limit of 512 MiB; its resident memory, shared pages
/// included, was about 498 MiB`. That may be more than the limit: not all of it is charged to this cgroup.
fn out_of_memory(oom: Oom, cgroup: &str) -> String {
    let said = |bytes| format!("; its resident memory, shared pages included, was about {}", memory(bytes));
    let held = oom.rss().map_or(String::new(), said);
    match (oom.limit(), oom.cgroup(cgroup)) {
        (Some(limit), Some(path)) => {
            format!("memory cgroup {} was at its limit of {}{held}", plain(path), memory(limit))
        }
        (Some(limit), None) => format!("a memory cgroup that it was in was at its limit of {}{held}", memory(limit)),
        (None, _) => format!("the machine had no memory left, and no cgroup that it was in was at a limit{held}"),
    }
}

/// Why the kernel itself killed.
pub const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NamespaceEnd => "the init of its pid namespace ended, and all of the namespace with it",
        Reason::TracerLeft => "its tracer ended, and had asked for that (PTRACE_O_EXITKILL)",
        Reason::PtraceKill => "its tracer killed it (PTRACE_KILL)",
    }
}

/// What the OOM killer found: `held about 498 MiB, limit 512 MiB`.
pub fn found(oom: Oom) -> Option<String> {
    let held = oom.rss().map(|bytes| format!("held about {}", memory(bytes)));
    let limit = oom.limit().map(|bytes| format!("limit {}", memory(bytes)));
    let parts: Vec<String> = [held, limit].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `8.0 MiB`, `512 MiB`, `1.5 GiB`.
pub fn memory(bytes: u64) -> String {
    let mut unit = "KiB";
    let mut tenths = bytes.saturating_mul(10) >> 10;
    for next in ["MiB", "GiB", "TiB"] {
        if tenths < 10_240 {
            break;
        }
        (tenths, unit) = (tenths >> 10, next);
    }
    if tenths < 1000 { format!("{}.{} {unit}", tenths / 10, tenths % 10) } else { format!("{} {unit}", tenths / 10) }
}

const fn typed(signal: Option<Signal>) -> &'static str {
    match signal {
        Some(Signal::INT) => "^C was typed on",
        Some(Signal::QUIT) => "^\\ was typed on",
        Some(Signal::HUP) => "hang-up of the terminal",
        _ => "the terminal",
    }
}
