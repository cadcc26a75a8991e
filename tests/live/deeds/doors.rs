//! What lies in root's home and in /etc, and opens doors: a test's own directories, mounted there for the deed
//! alone.

use super::{BUILTIN, Deeds, Place, done, judge_after, watch};
use crate::harness;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// As a shell does it that has these as root's home and /etc.
fn apart(place: &Place, text: &str) -> (u32, String) {
    let mounts = format!("mount --bind {} /root && mount --bind {} /etc", place.path("root"), place.path("etc"));
    let nobody = "setpriv --reuid 65534 --clear-groups";
    let text = format!("{mounts} && {}", text.replace("NOBODY", nobody));
    done(Command::new("unshare").args(["-m", "sh", "-c", &text]), &[&text])
}

#[test]
fn doors_that_are_opened() {
    let Some(_leave) = harness::beside_others("doors_that_are_opened") else { return };
    let place = Place::new("deeds-doors");
    for file in [
        "root/note",
        "root/secret",
        "root/new",
        "root/.ssh/id_ed25519",
        "root/.ssh/id_ed25519.pub",
        "root/.ssh/authorized_keys",
        "etc/sudoers.d/one",
        "etc/new",
    ] {
        place.file(file);
    }
    for (path, mode) in [("root", 0o755), ("root/note", 0o644), ("root/secret", 0o600)] {
        fs::set_permissions(place.path(path), Permissions::from_mode(mode)).unwrap();
    }
    let apart = |text: &str| apart(&place, text);
    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    deeds.harmless("root at home", apart("cat /root/secret"));
    deeds.harmless("somebody else who is refused", apart("! NOBODY cat /root/secret"));
    deeds.harmless("the public key", apart("cat /root/.ssh/id_ed25519.pub"));
    deeds.harmless("who may log in is read", apart("cat /root/.ssh/authorized_keys"));
    deeds.harmless("sudo's rules are read", apart("cat /etc/sudoers.d/*"));
    deeds.bad(&["root-home"], "somebody else in root's home", apart("NOBODY cat /root/note"));
    deeds.bad(&["private-ssh-key"], "a key is copied", apart("cp /root/.ssh/id_ed25519 /root/copy"));
    deeds.bad(&["authorized-keys"], "a key more", apart("echo key >>/root/.ssh/authorized_keys"));
    deeds.bad(&["sudo-rules"], "a rule more", apart("echo all >/etc/sudoers.d/all"));
    judge_after(sigtop, &deeds);

    // What comes of one tree is folded: by another sigtop.
    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    let moved = apart("mv /root/new /root/.ssh/authorized_keys");
    deeds.bad(&["authorized-keys"], "another file in its place", moved);
    deeds.bad(&["sudo-rules"], "by a move", apart("mv /etc/new /etc/sudoers.d/all"));
    judge_after(sigtop, &deeds);
}
