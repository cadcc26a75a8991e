//! Paths as systemd, docker, podman, kubelet and LXC make them.

use super::super::cgroup::*;

const ID: &str = "3f2a9c0d5b7e41f8a6c2d9e0b1f3a5c7d8e9f0a1b2c3d4e5f60718293a4b5c6d";
const OUTER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn of_id(template: &str) -> String {
    template.replace("ID", ID).replace("OUTER", OUTER)
}

#[test]
fn a_path_is_read_however_it_is_typed() {
    for typed in ["/system.slice/a", "system.slice/a/", "//system.slice//a", "/sys/fs/cgroup/system.slice/a"] {
        assert_eq!(path(typed), "/system.slice/a", "{typed}");
    }
    for typed in ["/", "", "/sys/fs/cgroup", "/sys/fs/cgroup/sys/fs/cgroup/"] {
        assert_eq!(path(typed), "/", "{typed}");
    }
    assert_eq!(path("/sys/fs/cgroups/a"), "/sys/fs/cgroups/a");
}

#[test]
fn within_goes_by_whole_components() {
    assert!(is_within("/a/b", "/a/b") && is_within("/a/b/c", "/a/b") && is_within("/a", "/") && is_within("/", "/"));
    for (path, above) in [("/a/bc", "/a/b"), ("/a", "/a/b"), ("/", "/a"), ("", "/"), ("", "/a")] {
        assert!(!is_within(path, above), "{path} {above}");
    }
}

#[test]
fn units_are_found() {
    let of = |path: &'static str| units(path).collect::<Vec<_>>();
    assert_eq!(of("/system.slice/nginx.service"), ["system.slice", "nginx.service"]);
    assert_eq!(
        of("/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-x.scope"),
        ["user.slice", "user-1000.slice", "user@1000.service", "app.slice", "app-gnome-x.scope"]
    );
    assert_eq!(of("/system.slice/system-getty.slice/getty@tty1.service/sub")[2], "getty@tty1.service");
    assert_eq!(of("/system.slice/_cpu.service"), ["system.slice", "cpu.service"]);
    assert!(of("/").is_empty() && of("").is_empty() && of("/lxc/web/.service").is_empty());
}

#[test]
fn containers_are_found() {
    for template in [
        "/system.slice/docker-ID.scope",
        "/docker/ID",
        "/docker/ID/init",
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f.slice/cri-containerd-ID.scope",
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1f.slice/crio-ID.scope",
        "/kubepods/besteffort/pod6f1c3e1e-9c11-4f6c-8d19-ac4b9a0e7a11/ID",
        "/kubepods/burstable/pod6f1c3e1e/crio-ID",
        "/system.slice/containerd.service/kubepods-burstable-pod1f.slice:cri-containerd:ID",
        "/machine.slice/libpod-ID.scope/container",
        "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope",
        "/libpod_parent/libpod-ID",
        "/ecs/task/ID",
        "/docker/OUTER/docker/ID",
    ] {
        assert_eq!(container_id(&of_id(template)), Some(ID), "{template}");
    }
    assert_eq!(containers(&of_id("/docker/OUTER/docker/ID")).collect::<Vec<_>>(), [OUTER, ID]);
    assert_eq!(container_id("/lxc.payload.web/system.slice"), Some("web"));
    assert_eq!(container_id("/lxc/web/init.scope"), Some("web"));
    assert_eq!(container_id("/lxc.payload/web"), Some("web"));
    for template in [
        "/",
        "",
        "/system.slice/docker.service",
        "/machine.slice/libpod-conmon-ID.scope",
        "/system.slice/crio-conmon-ID.scope",
        "/system.slice/docker-3f2a.scope",
        "/lxc.monitor.web",
        "/docker/gID",
    ] {
        assert_eq!(container_id(&of_id(template)), None, "{template}");
    }
}
