//! The processes alive at the start: BPF `iter/task` says who they are without a race, /proc adds what the iterator
//! lacks: command line, executable, path of the cgroup.

use super::load::refused;
use super::skel::SigtopSkel;
use crate::error::Error;
use crate::event::SeenEvent;
use libbpf_rs::Iter;
use procfs::process::Process;
use std::io::Read;

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

/// What /proc knows of it; fields of a process that is gone, or that may not be read, stay empty.
pub fn add_from_proc(seen: &mut SeenEvent) {
    let Ok(process) = i32::try_from(seen.who.key.pid).map_err(drop).and_then(|pid| Process::new(pid).map_err(drop))
    else {
        return;
    };
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
