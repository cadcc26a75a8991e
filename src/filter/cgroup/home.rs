//! What a cgroup is to the one who made it: a systemd unit, a login session, a container and whose, a pod.
//!
//! Pure text, read off the path, innermost last: docker in docker is the inner one. A word for people, not for filters.

use super::{components, id_of, units};
use std::fmt;

/// Who made a container, as far as the path tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Runtime {
    /// docker, moby.
    Docker,
    /// containerd, by kubelet, nerdctl or ctr.
    Containerd,
    /// podman, buildah.
    Podman,
    /// CRI-O.
    Crio,
    /// LXC, LXD, Incus.
    Lxc,
    /// Somebody else.
    Unknown,
}

impl Runtime {
    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Runtime::Docker => "docker",
            Runtime::Containerd => "containerd",
            Runtime::Podman => "podman",
            Runtime::Crio => "cri-o",
            Runtime::Lxc => "lxc",
            Runtime::Unknown => "container",
        }
    }
}

/// A container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Container<'a> {
    /// Who made it.
    pub runtime: Runtime,
    /// Its id; of LXC, its name.
    pub id: &'a str,
    /// The uid of the pod that it is in.
    pub pod: Option<String>,
}

/// A systemd unit that is no slice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit<'a> {
    /// Of the system's manager.
    System(&'a str),
    /// Of a user's own manager.
    User {
        /// Whose.
        uid: u32,
        /// Its name.
        name: &'a str,
    },
    /// A login.
    Session {
        /// Whose.
        uid: u32,
        /// Its name.
        name: &'a str,
    },
}

/// Where a process is at home.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Home<'a> {
    /// The innermost container.
    pub container: Option<Container<'a>>,
    /// The innermost unit; of a process in a container, that within.
    pub unit: Option<Unit<'a>>,
}

/// What the path of a cgroup tells of who is in it; nothing for slices and the root.
pub fn home(path: &str) -> Option<Home<'_>> {
    let mut home = Home::default();
    let (mut parent, mut pod) = ("", None);
    for component in components(path) {
        pod = pod_of(component).or(pod);
        if let Some((runtime, id)) = container(parent, component) {
            home = Home { container: Some(Container { runtime, id, pod: pod.clone() }), unit: None };
        } else if let Some(name) = units(component).next().filter(|name| !name.ends_with(".slice")) {
            home.unit = Some(unit(name, parent, home.unit));
        }
        parent = component;
    }
    (home != Home::default()).then_some(home)
}

/// A unit below the slice or unit `parent`, where `outer` holds so far.
fn unit<'a>(name: &'a str, parent: &str, outer: Option<Unit<'a>>) -> Unit<'a> {
    let number = |text: &str, from, to| text.strip_prefix(from)?.strip_suffix(to)?.parse().ok();
    if let Some(uid) = number(parent, "user-", ".slice").filter(|_| name.starts_with("session-")) {
        return Unit::Session { uid, name };
    }
    match outer {
        Some(Unit::User { uid, .. }) => Unit::User { uid, name },
        Some(Unit::System(manager)) => match number(manager, "user@", ".service") {
            Some(uid) => Unit::User { uid, name },
            None => Unit::System(name),
        },
        _ => Unit::System(name),
    }
}

/// The container that begins with this component.
fn container<'a>(parent: &str, component: &'a str) -> Option<(Runtime, &'a str)> {
    if matches!(parent, "lxc" | "lxc.payload") {
        return Some((Runtime::Lxc, component));
    }
    if let Some(name) = component.strip_prefix("lxc.payload.") {
        return Some((Runtime::Lxc, name));
    }
    let id = id_of(component)?;
    let before = component.split_once(id).map_or("", |(before, _)| before);
    let maker = before.trim_end_matches(['-', ':']).rsplit([':', '/']).next().unwrap_or("");
    let runtime = match (maker, parent) {
        ("docker", _) | ("", "docker") => Runtime::Docker,
        ("cri-containerd" | "nerdctl", _) | ("", "k8s.io" | "moby") => Runtime::Containerd,
        ("libpod", _) | ("", "libpod_parent") => Runtime::Podman,
        ("crio", _) => Runtime::Crio,
        _ => Runtime::Unknown,
    };
    Some((runtime, id))
}

/// The uid of a pod: `pod<uid>` of the cgroupfs driver; `kubepods-burstable-pod<uid>.slice` of the systemd driver, which
/// writes `_` for `-`.
fn pod_of(component: &str) -> Option<String> {
    let slice = component.split_once(".slice").map(|(name, _)| name).filter(|name| name.starts_with("kubepods"));
    let uid = match slice {
        Some(slice) => slice.rsplit_once("-pod")?.1,
        None => component.strip_prefix("pod")?,
    };
    let is_uid = uid.len() >= 8 && uid.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'-' | b'_'));
    is_uid.then(|| uid.replace('_', "-"))
}

impl fmt::Display for Container<'_> {
    /// `docker 3f2a9c0d5b7e`, `containerd 3f2a9c0d5b7e in k8s pod 6f1c3e1e-9c11-4f6c-8d19-ac4b9a0e7a11`: the id as
    /// short as the runtimes print it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = if self.runtime == Runtime::Lxc { self.id } else { self.id.get(..12).unwrap_or(self.id) };
        write!(f, "{} {id}", self.runtime.word())?;
        match &self.pod {
            Some(pod) => write!(f, " in k8s pod {pod}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Unit<'_> {
    /// `nginx.service`, `session-4.scope (uid 1000)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unit::System(name) => f.write_str(name),
            Unit::User { uid, name } | Unit::Session { uid, name } => write!(f, "{name} (uid {uid})"),
        }
    }
}

impl fmt::Display for Home<'_> {
    /// `nginx.service`, `docker 3f2a9c0d5b7e`, `nginx.service in docker 3f2a9c0d5b7e`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.unit, &self.container) {
            (Some(unit), Some(container)) => write!(f, "{unit} in {container}"),
            (Some(unit), None) => write!(f, "{unit}"),
            (None, Some(container)) => write!(f, "{container}"),
            (None, None) => f.write_str("-"),
        }
    }
}
