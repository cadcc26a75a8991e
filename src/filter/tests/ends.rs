//! Terms about one end, and about both together.

use super::super::*;
use super::events::*;
use super::users;
use crate::event::*;
use crate::signal::Signal;

const NGINX: &str = "/system.slice/nginx.service";
const INNER: &str =
    "/docker/3f2a9c0d5b7e41f8a6c2d9e0b1f3a5c7d8e9f0a1b2c3d4e5f60718293a4b5c6d/system.slice/nginx.service";

/// Master and worker of a service, a shell in a session, and a service of the same name in a container.
fn world() -> Census {
    let mut census = Census::default();
    for (pid, uid, name, exe, cgroup) in [
        (200, 0, "nginx", "/usr/sbin/nginx", NGINX),
        (201, 33, "worker", "/usr/sbin/nginx", "/system.slice/nginx.service/workers"),
        (300, 1000, "bash", "/usr/bin/bash", "/user.slice/user-1000.slice/session-2.scope"),
        (400, 0, "nginx", "/usr/sbin/nginx", INNER),
        (500, 0, "kthread", "", "/"),
    ] {
        census.apply(&Event::Seen(Box::new(seen(party(pid, uid, name), None, Tty::NONE, exe, &[name], cgroup))));
    }
    census
}

fn fits(text: &str, from: Option<(u32, u32)>, to: (u32, u32)) -> bool {
    let filter = Filter::parse(text, &users).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(Filter::parse(&filter.to_string(), &users).unwrap(), filter, "{filter}");
    let end = |(pid, uid)| party(pid, uid, "x");
    matches(&filter, &Event::Signal(signal(1, Signal::KILL, from.map(end), end(to))), &world())
}

const MASTER: (u32, u32) = (200, 0);
const WORKER: (u32, u32) = (201, 33);
const SHELL: (u32, u32) = (300, 1000);
const INSIDE: (u32, u32) = (400, 0);
const KERNEL_THREAD: (u32, u32) = (500, 0);

#[test]
fn one_end_is_asked_alone() {
    for (text, fits_to_worker, fits_to_shell) in [
        ("unit:nginx.service", true, true),
        ("to.unit:nginx.service", true, false),
        ("from.unit:nginx.service", false, true),
        ("from.exe:bash to.exe:/usr/sbin/nginx", true, false),
        ("to.uid:33", true, false),
        ("from.user:alice", true, false),
        ("TO.uid:1000", false, true),
        ("to.tty:-", true, true),
        ("to.cgroup:/user.slice", false, true),
        ("!to.arg:worker", false, true),
    ] {
        assert_eq!(fits(text, Some(SHELL), WORKER), fits_to_worker, "{text}");
        assert_eq!(fits(text, Some(WORKER), SHELL), fits_to_shell, "{text}");
    }
    assert!(!fits("from.uid:0", None, MASTER), "nobody sent it");
}

#[test]
fn what_both_have_in_common() {
    for (text, from, to, expected) in [
        ("same:process", MASTER, MASTER, true),
        ("same:process", MASTER, WORKER, false),
        ("same:user", MASTER, INSIDE, true),
        ("same:user", MASTER, WORKER, false),
        ("same:exe", MASTER, WORKER, true),
        ("same:exe", MASTER, SHELL, false),
        ("same:exe", KERNEL_THREAD, KERNEL_THREAD, false),
        ("same:unit", MASTER, WORKER, true),
        ("same:unit", MASTER, SHELL, false),
        ("same:unit", MASTER, INSIDE, false),
        ("same:container", INSIDE, INSIDE, true),
        ("same:container", MASTER, WORKER, false),
        ("same:process,user", MASTER, INSIDE, true),
    ] {
        assert_eq!(fits(text, Some(from), to), expected, "{text} {from:?} {to:?}");
    }
    assert!(!fits("same:user", None, MASTER), "nobody sent it");
}

#[test]
fn not_every_key_is_of_one_end() {
    for (text, near) in [("to.sig:KILL", "not asked of one end"), ("from.unti:x", "unit"), ("same:unti", "unit")] {
        let said = Filter::parse(text, &users).unwrap_err().to_string();
        assert!(said.contains(near), "{said}");
    }
}
