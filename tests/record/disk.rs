//! A disk that is full, and then not any more: real ENOSPC of a small tmpfs.

use crate::harness;
use crate::{Recorder, Scratch, Target, lost, read, until};
use rustix::fs::statvfs;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use rustix::process::Signal;
use sigtop::event::{Event, Kind};
use std::io::ErrorKind;
use std::path::PathBuf;

/// A disk of 32 MiB: room for all who are alive on a large machine, and for what others do meanwhile.
struct Disk {
    scratch: Scratch,
}

impl Disk {
    fn new() -> Disk {
        let scratch = Scratch::new("disk");
        let path = scratch.join("");
        mount("tmpfs", &path, "tmpfs", MountFlags::empty(), c"size=32m").unwrap();
        Disk { scratch }
    }

    /// Leaves a quarter of a MiB of it, if nobody was quicker.
    fn fill(&self) {
        let disk = statvfs(self.scratch.join("")).unwrap();
        let left = (disk.f_bavail * disk.f_frsize).saturating_sub(256 << 10);
        match std::fs::write(self.filler(), vec![0; left as usize]) {
            Err(e) if e.kind() != ErrorKind::StorageFull => panic!("{e}"),
            _ => {}
        }
    }

    fn filler(&self) -> PathBuf {
        self.scratch.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = unmount(self.scratch.join(""), UnmountFlags::DETACH);
    }
}

#[test]
fn a_full_disk_is_a_gap_that_is_counted() {
    let Some(_leave) = harness::alone("a_full_disk_is_a_gap_that_is_counted") else { return };
    for name in ["x.jsonl", "x.jsonl.zst"] {
        let disk = Disk::new();
        let file = disk.scratch.join(name);
        let mut recorder = Recorder::start(&file, &[]);
        until("header", || !read(&file).headers.is_empty());
        let target = Target::start();
        target.send(Signal::URG, 100);
        until("signals on the disk", || target.count(&read(&file).events, Signal::URG) == 100);
        disk.fill();
        let mut sent = 100;
        until("full disk", || {
            target.send(Signal::URG, 500);
            sent += 500;
            recorder.has_said("the disk is full; what comes is counted")
        });
        // Each second it is tried again, and cut back again.
        until("last whole frame that it is cut back to", || read(&file).is_whole);
        let born = Target::start(); // whose birth nobody wrote down
        target.send(Signal::URG, 1000);
        sent += 1000;
        std::fs::remove_file(disk.filler()).unwrap();
        recorder.wait_for("again:");
        target.send(Signal::URG, 200);
        target.send(Signal::WINCH, 1);
        sent += 200;
        until("mark on the disk", || target.count(&read(&file).events, Signal::WINCH) == 1);
        let said = recorder.stop();

        let all = read(&file);
        assert!(all.is_whole && all.headers.len() == 1);
        let (recorded, lost) = (target.count(&all.events, Signal::URG), lost(&all.events, Signal::URG));
        assert_eq!(recorded + lost, sent, "{name}: {recorded} recorded, {lost} lost");
        assert!(lost >= 1000 && recorded >= 300, "{name}: {recorded} recorded, {lost} lost");
        let gap = all.events.iter().position(|event| event.kind() == Kind::Lost).unwrap();
        assert!(target.count(&all.events[gap..], Signal::URG) >= 200, "what came after it is there one by one");
        let (seen, after) = (|event: &Event| event.kind() == Kind::Seen, &all.events[gap..]);
        assert!(after.iter().any(seen), "who is alive is told again");
        // If the recorder was slow, its birth came after the gap.
        let is_born = |event: &Event| match event {
            Event::Seen(e) => e.who.key.pid == born.0.id(),
            Event::Fork(e) => e.child.key.pid == born.0.id(),
            _ => false,
        };
        assert!(after.iter().any(is_born), "{name}");
        assert_eq!(said.iter().filter(|line| line.contains("disk is full")).count(), 1, "{said:#?}");
        assert!(said.last().unwrap().contains("events lost"), "{said:#?}");
    }
}
