//! What the path of a cgroup tells: the systemd units it is in, and the container.
//!
//! Pure text. How the paths look is the habit of those who make them (systemd, docker, podman, kubelet, LXC), no rule
//! of the kernel's.

/// Where the unified hierarchy is mounted.
const MOUNT: [&str; 3] = ["sys", "fs", "cgroup"];

/// A path as people type it, as the kernel has it: from the root of the hierarchy, `/` alone for the root.
pub fn path(typed: &str) -> String {
    let mut components: Vec<&str> = typed.split('/').filter(|component| !component.is_empty()).collect();
    while components.starts_with(&MOUNT) {
        components.drain(..MOUNT.len());
    }
    format!("/{}", components.join("/"))
}
