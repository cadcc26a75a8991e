//! What the path of a cgroup tells: the systemd units it is in, and the container.
//!
//! Pure text. How the paths look is the habit of those who make them (systemd, docker, podman, kubelet, LXC), no rule
//! of the kernel's.

mod home;

pub use home::{Container, Home, Runtime, Unit, home};

/// Where the unified hierarchy is mounted.
const MOUNT: [&str; 3] = ["sys", "fs", "cgroup"];

/// Kinds of units that have a cgroup, as their names end.
const UNITS: [&str; 6] = [".service", ".scope", ".slice", ".socket", ".mount", ".swap"];

/// A path as people type it, as the kernel has it: from the root of the hierarchy, `/` alone for the root.
pub fn path(typed: &str) -> String {
    let mut components: Vec<&str> = components(typed).collect();
    while components.starts_with(&MOUNT) {
        components.drain(..MOUNT.len());
    }
    format!("/{}", components.join("/"))
}

/// Whether `path` is the cgroup `above`, or below it. Both begin with `/`.
pub fn is_within(path: &str, above: &str) -> bool {
    let above = above.trim_end_matches('/');
    path.strip_prefix(above).is_some_and(|below| below.is_empty() || below.starts_with('/')) && !path.is_empty()
}

/// The systemd units that a cgroup belongs to, outermost first: its slices, its service or scope.
pub fn units(path: &str) -> impl Iterator<Item = &str> {
    // A name that could be a file of the kernel's has a `_` before it (systemd, CONTROL_GROUP_INTERFACE).
    let unescaped = components(path).map(|component| component.strip_prefix('_').unwrap_or(component));
    unescaped.filter(|name| UNITS.iter().any(|kind| name.len() > kind.len() && name.ends_with(kind)))
}

/// The id of the container that a cgroup belongs to (for LXC: its name), the innermost where one runs in another.
pub fn container_id(path: &str) -> Option<&str> {
    containers(path).last()
}

/// The ids of all containers that a cgroup is in, outermost first.
pub fn containers(path: &str) -> impl Iterator<Item = &str> {
    let mut parent = "";
    components(path).filter_map(move |component| {
        let above = std::mem::replace(&mut parent, component);
        match above {
            "lxc" | "lxc.payload" => Some(component),
            _ => component.strip_prefix("lxc.payload.").or_else(|| id_of(component)),
        }
    })
}

/// `docker-<id>.scope`, `cri-containerd-<id>.scope`, `crio-<id>`, `kubepods-...:cri-containerd:<id>`, or `<id>` alone;
/// an id is 64 hexadecimal digits. `crio-conmon-<id>.scope` holds who watches the container, not the container.
fn id_of(component: &str) -> Option<&str> {
    let name = component.strip_suffix(".scope").unwrap_or(component);
    let (runtime, id) = name.rsplit_once(['-', ':']).unwrap_or(("", name));
    let is_id = id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit());
    (is_id && !runtime.ends_with("conmon")).then_some(id)
}

fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|component| !component.is_empty())
}
