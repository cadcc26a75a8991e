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

/// As they stand in /proc/PID/cgroup of machines with both hierarchies, both of docker's and kubelet's drivers.
#[test]
fn homes_are_told_in_words() {
    const POD: &str = "6f1c3e1e-9c11-4f6c-8d19-ac4b9a0e7a11";
    for (template, words) in [
        // systemd
        ("/system.slice/nginx.service", "nginx.service"),
        ("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"),
        ("/system.slice/docker.service", "docker.service"),
        ("/init.scope", "init.scope"),
        ("/user.slice/user-1000.slice/session-4.scope", "session-4.scope (uid 1000)"),
        ("/user.slice/user-1000.slice/session-c1.scope", "session-c1.scope (uid 1000)"),
        ("/user.slice/user-1000.slice/user@1000.service", "user@1000.service"),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-x.scope", "app-gnome-x.scope (uid 1000)"),
        ("/user.slice/user-0.slice/user@0.service/init.scope", "init.scope (uid 0)"),
        // docker: systemd driver, cgroupfs driver, within it
        ("/system.slice/docker-ID.scope", "docker 3f2a9c0d5b7e"),
        ("/docker/ID", "docker 3f2a9c0d5b7e"),
        ("/docker/ID/init", "docker 3f2a9c0d5b7e"),
        ("/docker/OUTER/docker/ID", "docker 3f2a9c0d5b7e"),
        ("/docker/ID/system.slice/nginx.service", "nginx.service in docker 3f2a9c0d5b7e"),
        // kubelet: systemd driver with containerd and CRI-O, cgroupfs driver, containerd's own way of the first
        (
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podPOD_.slice/cri-containerd-ID.scope",
            "containerd 3f2a9c0d5b7e in k8s pod POD",
        ),
        ("/kubepods.slice/kubepods-podPOD_.slice/crio-ID.scope", "cri-o 3f2a9c0d5b7e in k8s pod POD"),
        ("/kubepods/besteffort/podPOD/ID", "container 3f2a9c0d5b7e in k8s pod POD"),
        (
            "/system.slice/containerd.service/kubepods-burstable-podPOD_.slice:cri-containerd:ID",
            "containerd 3f2a9c0d5b7e in k8s pod POD",
        ),
        ("/k8s.io/ID", "containerd 3f2a9c0d5b7e"),
        ("/system.slice/nerdctl-ID.scope", "containerd 3f2a9c0d5b7e"),
        // podman: root, and a user's
        ("/machine.slice/libpod-ID.scope/container", "podman 3f2a9c0d5b7e"),
        ("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope", "podman 3f2a9c0d5b7e"),
        ("/libpod_parent/libpod-ID", "podman 3f2a9c0d5b7e"),
        // LXC
        ("/lxc.payload.web/system.slice/nginx.service", "nginx.service in lxc web"),
        ("/lxc/web", "lxc web"),
        ("/ecs/task/ID", "container 3f2a9c0d5b7e"),
        // who watches a container is in none
        ("/machine.slice/libpod-conmon-ID.scope", "libpod-conmon-ID.scope"),
    ] {
        let fill = |text: &str| of_id(text).replace("POD_", &POD.replace('-', "_")).replace("POD", POD);
        let path = fill(template);
        assert_eq!(home(&path).map(|home| home.to_string()), Some(fill(words)), "{template}");
    }
    for none in ["", "/", "/system.slice", "/user.slice/user-1000.slice", "/kubepods.slice", "/sub/group"] {
        assert_eq!(home(none), None, "{none}");
    }
}
