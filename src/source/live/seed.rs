//! The processes alive at the start: BPF `iter/task` says who they are without a race, /proc adds what the iterator
//! lacks: command line, executable, path of the cgroup. Also which cgroups there are, and which start of the machine this is.

use super::load::refused;
use super::skel::SigtopSkel;
use crate::error::Error;
use crate::event::{Name, Party, ProcKey, SeenEvent, Tty};
use libbpf_rs::Iter;
use procfs::process::Process;
use std::collections::HashSet;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Which start of the machine this is; empty where /proc does not say.
pub fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim_end().to_string()
}

/// Runs the snapshot: the bytes that it wrote (`decode::decode_snapshot` reads them).
pub fn snapshot(skel: &SigtopSkel<'_>) -> Result<Vec<u8>, Error> {
    let link = skel.progs.snapshot.attach().map_err(|e| refused("attach", &e))?;
    let mut bytes = Vec::new();
    Iter::new(&link)
        .map_err(|e| refused("run", &e))?
        .read_to_end(&mut bytes)
        .map_err(|e| Error::environment("cannot read the list of processes from the kernel", e))?;
    Ok(bytes)
}

/// Parents that the iterator did not list although children name them: a hardened kernel hides some tasks, init
/// foremost. Their key is exact, for the children have it; their name is /proc's.
pub fn add_unlisted_parents(processes: &mut Vec<SeenEvent>) {
    let listed: HashSet<ProcKey> = processes.iter().map(|p| p.who.key).collect();
    let mut unlisted: Vec<(ProcKey, u64)> = processes
        .iter()
        .filter_map(|p| Some((p.parent?, p.mono_ns)))
        .filter(|(key, _)| !listed.contains(key))
        .collect();
    unlisted.sort_unstable();
    unlisted.dedup_by_key(|(key, _)| *key);
    for (key, mono_ns) in unlisted.into_iter().rev() {
        let Some(process) = open(key.pid) else { continue };
        let name = process.status().map(|status| status.name).unwrap_or_default();
        let uid = process.status().map_or(0, |status| status.ruid);
        let who = Party { key, tid: key.pid, uid, name: Name::from(name.as_str()) };
        let seen = SeenEvent {
            mono_ns,
            who,
            parent: None,
            tty: Tty::NONE,
            exe: String::new(),
            argv: Vec::new(),
            cgroup_id: 0,
            cgroup: String::new(),
            zombie: false,
        };
        processes.insert(0, seen);
    }
}

/// Whether the unified hierarchy is the only one, so that the kernel's idea of where a process is is everybody's.
pub fn has_only_unified_cgroups() -> bool {
    Path::new("/sys/fs/cgroup/cgroup.controllers").exists()
}

/// The cgroups that there are: id and path of each. Whoever is born into one that was empty is then known to be there.
pub fn cgroups() -> Vec<(u64, String)> {
    const ROOTS: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
    let is_unified = |root: &&str| Path::new(root).join("cgroup.controllers").exists();
    let Some(root) = ROOTS.into_iter().find(is_unified) else { return Vec::new() };
    let mut found = Vec::new();
    let mut waiting = vec![PathBuf::from(root)];
    while let Some(directory) = waiting.pop() {
        let path = directory.strip_prefix(root).map_or_else(|_| String::new(), |p| p.to_string_lossy().into_owned());
        let Ok(status) = std::fs::metadata(&directory) else { continue };
        found.push((status.ino(), format!("/{path}")));
        let inside = std::fs::read_dir(&directory).into_iter().flatten().flatten();
        waiting.extend(inside.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()));
    }
    found
}

fn open(pid: u32) -> Option<Process> {
    Process::new(i32::try_from(pid).ok()?).ok()
}

/// What /proc knows of it; fields of a process that is gone, or that may not be read, stay empty.
pub fn add_from_proc(seen: &mut SeenEvent) {
    let Some(process) = open(seen.who.key.pid) else { return };
    seen.argv = process.cmdline().unwrap_or_default();
    seen.exe = process.exe().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let groups = process.cgroups().map(|groups| groups.0).unwrap_or_default();
    // Hierarchy 0 is the unified one; on a machine without it, systemd's own.
    let of = |wanted: fn(&procfs::ProcessCGroup) -> bool| groups.iter().find(|g| wanted(g)).map(|g| g.pathname.clone());
    seen.cgroup = of(|g| g.hierarchy == 0 && g.pathname != "/")
        .or_else(|| of(|g| g.controllers.iter().any(|c| c == "name=systemd")))
        .or_else(|| of(|g| g.hierarchy == 0))
        .unwrap_or_default();
}
