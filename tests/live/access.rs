//! What is told on request: opens, changed modes, moves, connections. The programs that see it come and go, and each deed
//! is told once. What is told of each way to do it is in tests/live/deeds.

use crate::harness;
use crate::inside::{self, DEFAULT_BUFFER, Reading, Watch};
use crate::program::Place;
use crate::zoo::{Mark, sigzoo};
use sigtop::event::{Address, Deed, Event, Kind};
use sigtop::filter::sieve::Narrows;
use sigtop::filter::{Filter, Want, Wanted, Watch as LookFor};
use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

fn filter(text: &str) -> Filter {
    Filter::parse(text, &|_| None).unwrap()
}

/// How many of the programs for it this process has attached.
fn attached() -> usize {
    let names = ["on_sys_exit", "on_open", "on_lsm", "on_hook", "on_connect"];
    inside::attached(|name| names.iter().any(|begin| name.starts_with(begin)))
}

/// Another process does it, for sigtop's own deeds are not told.
fn shell(script: &str) {
    assert!(Command::new("sh").args(["-c", script]).status().unwrap().success(), "{script}");
}

/// What was told until a mark.
fn told(events: &Receiver<Event>) -> Vec<Event> {
    let mark = Mark::new();
    let mut told = Vec::new();
    loop {
        match events.recv_timeout(harness::GUARD).expect("the mark") {
            event if mark.is(&event) => return told,
            Event::Lost(lost) if lost.kind == Some(Kind::Exec) => panic!("somebody floods this machine: {lost:?}"),
            event @ (Event::File(_) | Event::Connect(_)) => told.push(event),
            _ => {}
        }
    }
}

/// In words: what, whether it failed, where.
fn in_words(events: &[Event], place: &Place) -> Vec<String> {
    let here = place.0.to_str().unwrap();
    let words = events.iter().filter_map(|event| match event {
        Event::File(e) if e.path.starts_with(here) || e.same_as.starts_with(here) => {
            let deed = match &e.deed {
                Deed::Open { created, .. } => if *created { "create" } else { "open" }.to_string(),
                Deed::Chmod { mode, .. } => format!("chmod {mode:o}"),
                Deed::Move { from } => format!("move {}", from.replace(here, "")),
            };
            let errno = e.errno.map_or(String::new(), |errno| format!(" errno {}", errno.0));
            let same = if e.same_as.is_empty() { String::new() } else { format!(" = {}", e.same_as.replace(here, "")) };
            Some(format!("{deed} {}{same}{errno}", e.path.replace(here, "")))
        }
        _ => None,
    });
    words.collect()
}

#[test]
fn what_sees_opens_is_there_while_it_is_asked_for() {
    let Some(_leave) = harness::alone("what_sees_opens_is_there_while_it_is_asked_for") else { return };
    let place = Place::new("asked");
    let path = place.path("watched");
    fs::write(&path, "").unwrap();
    let watch = Watch::narrowed(DEFAULT_BUFFER, Filter::EVERYTHING, Narrows::Signals);
    let (sender, events) = channel();
    let mut reading = watch.read(move |event| drop(sender.send(event)));
    let control = reading.control.as_mut().unwrap();
    let before = attached();
    let open = || shell(&format!("cat {path}"));
    for _ in 0..2 {
        open();
        assert_eq!(told(&events), [], "nobody asked");
        let wanted = Wanted { open: Want::These(vec![LookFor::File(path.clone())]), ..Wanted::default() };
        let roads = control.ask(wanted).blocking_recv().unwrap().unwrap();
        assert!(roads.iter().any(|road| road.starts_with("opens are seen")), "{roads:?}");
        assert!(attached() > before);
        open();
        assert_eq!(in_words(&told(&events), &place), ["open /watched"]);
        control.ask(Wanted::default()).blocking_recv().unwrap().unwrap();
        assert_eq!(attached(), before, "detached after");
        let named = filter(&format!("kind:open path:{path} or !kind:open"));
        control.set_filter(named).blocking_recv().unwrap().unwrap();
        assert!(attached() > before);
        open();
        assert_eq!(in_words(&told(&events), &place), ["open /watched"]);
        control.set_filter(Filter::EVERYTHING).blocking_recv().unwrap().unwrap();
        assert_eq!(attached(), before, "detached after");
    }
    reading.stop();
}

#[test]
fn a_watched_file_is_told_by_every_name_it_has() {
    let Some(_leave) = harness::beside_others("a_watched_file_is_told_by_every_name_it_has") else { return };
    let place = Place::new("names");
    let path = place.path("watched");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let these = || Want::These(vec![LookFor::File(path.clone())]);
    let facts = Wanted { open: these(), chmod: these(), moves: these(), ..Wanted::default() };
    let (reading, events) = asking(facts);
    let here = place.0.to_str().unwrap();
    shell(&format!(
        "cd {here}; cat watched ./../$(basename {here})/watched /proc/self/root{path}; ln watched hard; cat hard; \
         ln -s watched soft; cat soft; chmod 640 hard"
    ));
    assert!(
        !Command::new("su")
            .args(["nobody", "-s", "/bin/sh", "-c", &format!("cat {here}/hard")])
            .status()
            .unwrap()
            .success()
    );
    shell(&format!("cd {here}; mv watched moved; echo >watched; cat watched; echo >other; cat other; chmod 644 other"));
    let words = in_words(&told(&events), &place);
    reading.stop();
    let expected = [
        "open /watched",
        "open /watched",
        "open /watched",
        "open /hard = /watched",
        "open /watched",
        "chmod 640 /hard = /watched",
        "move /watched /moved = /watched",
        "create /watched",
        "open /watched",
    ];
    let told: Vec<&str> = words.iter().map(String::as_str).filter(|w| !w.contains("errno")).collect();
    // A move has no inode on the road of every call: what its other names are is not known there.
    let alike = |told: &str| told.replace("/moved = /watched", "/moved");
    let told: Vec<String> = told.into_iter().filter(|w| !w.ends_with("/other")).map(alike).collect();
    assert_eq!(told, expected.map(alike));
    assert!(words.iter().any(|w| w.starts_with("open /hard") && w.ends_with("errno 13")), "{words:?}");
}

/// Whoever reads what is told where this is wanted.
fn asking(wanted: Wanted) -> (Reading, Receiver<Event>) {
    let (sender, events) = channel();
    (Watch::asking(wanted).read(move |event| drop(sender.send(event))), events)
}

/// A file in there, and whoever reads what is told of its opens.
fn watched(place: &Place) -> (String, Reading, Receiver<Event>) {
    let path = place.path("watched");
    fs::write(&path, "").unwrap();
    let (reading, events) =
        asking(Wanted { open: Want::These(vec![LookFor::File(path.clone())]), ..Wanted::default() });
    (path, reading, events)
}

/// Which names somebody looks for in a directory, in vain: however he writes them.
#[test]
fn a_name_that_is_not_there_is_told_below_a_directory() {
    let Some(_leave) = harness::beside_others("a_name_that_is_not_there_is_told_below_a_directory") else { return };
    let place = Place::new("absent");
    let (directory, here) = (place.path("sought"), place.0.display());
    fs::create_dir_all(format!("{directory}/deep")).unwrap();
    fs::create_dir(place.path("beside")).unwrap();
    let (reading, events) = asking(Wanted { open: Want::These(vec![LookFor::Under(directory)]), ..Wanted::default() });
    shell(&format!(
        "cat {here}/sought/a; cd {here}; cat sought/b ./sought/deep/c beside/../sought/no/such/d beside/other other; \
         cd sought; cat e deep/f ../other; cd deep; cat g ../h /proc/self/cwd/i; cd ../../beside; cat other; true"
    ));
    let words = in_words(&told(&events), &place);
    reading.stop();
    let told: Vec<&str> = words.iter().map(String::as_str).filter(|told| !told.contains("/other ")).collect();
    let expected = ["a", "b", "deep/c", "no/such/d", "e", "deep/f", "deep/g", "h"];
    assert_eq!(told, expected.map(|name| format!("open /sought/{name} errno 2")), "{words:?}");
}

/// What a process writes of its own descriptors and directory leads to his, and not to sigtop's.
#[test]
fn own_links_in_proc_are_his() {
    let Some(_leave) = harness::beside_others("own_links_in_proc_are_his") else { return };
    let place = Place::new("links");
    let path = place.path("file");
    fs::write(&path, "").unwrap();
    symlink("/proc/self/cwd", place.path("by-self")).unwrap();
    let (reading, events) = asking(Wanted { chmod: Want::Everything(Vec::new()), ..Wanted::default() });
    symlink("/dev/fd/9", place.path("by-fd")).unwrap();
    let links = ["/dev/fd/9", "/proc/self/fd/9", "/proc/self/cwd/file", "/proc/thread-self/cwd/file"];
    let links = links.into_iter().chain(["by-self/file", "by-fd", "/dev/fd/../cwd/file"]);
    // It lives until all of it was told, as its /proc does.
    let mut command = sigzoo();
    command.args(["deed", "chmod-by-links", "file"]).args(links.clone()).current_dir(&place.0).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut told = Vec::new();
    while told.len() < links.clone().count() {
        match events.recv_timeout(harness::GUARD).expect("each of them") {
            Event::File(e) if e.who.key.pid == child.id() => told.push(e.path),
            _ => {}
        }
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    reading.stop();
    assert!(told.iter().all(|told| *told == path), "{told:?}");
}

/// Elsewhere it is known until its path is looked at again, which may be at once.
#[test]
fn a_file_that_was_moved_is_known_where_it_went() {
    let Some(_leave) = harness::beside_others("a_file_that_was_moved_is_known_where_it_went") else { return };
    let is_known = || {
        let place = Place::new("moved");
        let (_, reading, events) = watched(&place);
        shell(&format!("cd {}; mv watched moved; cat moved", place.0.display()));
        let words = in_words(&told(&events), &place);
        reading.stop();
        words == ["open /moved = /watched"]
    };
    assert!((0..20).any(|_| is_known()), "twenty times it was looked at in between");
}

/// Names tell of a new file at once; by a name that nobody looks for it is known when it was looked up again.
#[test]
fn a_file_that_took_its_place_is_known_by_its_inode_too() {
    let Some(_leave) = harness::beside_others("a_file_that_took_its_place_is_known_by_its_inode_too") else { return };
    let place = Place::new("replaced");
    let (_, reading, events) = watched(&place);
    shell(&format!("cd {}; echo >other; ln other hard; mv other watched; cat watched", place.0.display()));
    let words = in_words(&told(&events), &place);
    assert_eq!(words.last().map(String::as_str), Some("open /watched"), "{words:?}");
    let began = Instant::now();
    let found = || {
        shell(&format!("cat {}", place.path("hard")));
        in_words(&told(&events), &place) == ["open /hard = /watched"]
    };
    while !found() {
        assert!(began.elapsed() < harness::GUARD, "it is not looked up again");
    }
    reading.stop();
}

/// Between the end of a file and the next look at its path another may be given its number.
#[test]
fn a_number_that_is_given_again_is_another_file() {
    let name = "a_number_that_is_given_again_is_another_file";
    let Some(_leave) = harness::beside_others(name) else { return };
    let was_given_again = (0..20).any(|_| {
        let place = Place::new("reused");
        let (_, reading, events) = watched(&place);
        let script = "n=$(stat -c %i watched); rm watched; for i in $(seq 99); do echo >$i; \
                      [ $(stat -c %i $i) = $n ] && exec cat $i; done; exit 9";
        let done = Command::new("sh").args(["-c", script]).current_dir(&place.0).status().unwrap();
        assert!([Some(0), Some(9)].contains(&done.code()), "{done}");
        assert_eq!(in_words(&told(&events), &place), Vec::<String>::new());
        reading.stop();
        done.success() // else somebody else's file has it, or the file system gives none twice
    });
    if !was_given_again {
        harness::tell(&format!("SKIPPED (this file system gives no number again): {name}"));
    }
}

#[test]
fn connections_are_told_by_port() {
    let Some(_leave) = harness::beside_others("connections_are_told_by_port") else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ports = vec![LookFor::Ports(port, port), LookFor::Ports(closed, closed)];
    let (reading, events) = asking(Wanted { connect: Want::These(ports), ..Wanted::default() });
    let connect = |port: u16| {
        let script = format!("echo 2>/dev/null >/dev/tcp/127.0.0.1/{port}");
        let mut child = Command::new("bash").args(["-c", &script]).spawn().unwrap();
        (child.id(), child.wait().unwrap().success())
    };
    let (done, refused) = (connect(port), connect(closed));
    assert!(done.1 && !refused.1);
    let told = told(&events);
    reading.stop();
    // Only these two: another test that scans ports may meet the same.
    let of = |event: &Event| match event {
        Event::Connect(e) if [done.0, refused.0].contains(&e.who.key.pid) => match e.address {
            Address::Inet(address) => Some((address.port(), e.errno.map(|errno| errno.0))),
            _ => Some((0, None)),
        },
        _ => None,
    };
    assert_eq!(told.iter().filter_map(of).collect::<Vec<_>>(), [(port, None), (closed, Some(111))]);
}

#[test]
fn connections_of_every_kind_are_told() {
    let Some(_leave) = harness::beside_others("connections_of_every_kind_are_told") else { return };
    let six = TcpListener::bind("[::1]:0").unwrap().local_addr().unwrap().port();
    let four = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (reading, events) = asking(Wanted { connect: Want::Everything(Vec::new()), ..Wanted::default() });
    shell(&format!("exec bash -c '(: >/dev/tcp/::1/{six}) 2>/dev/null; : >/dev/udp/127.0.0.1/{four}'"));
    let told = told(&events);
    reading.stop();
    let has = |ip: &str, port: u16, errno: Option<u16>| {
        told.iter().any(|event| match event {
            Event::Connect(e) => {
                e.address == Address::Inet(SocketAddr::new(ip.parse().unwrap(), port))
                    && e.errno.map(|errno| errno.0) == errno
            }
            _ => false,
        })
    };
    assert!(has("::1", six, Some(111)) && has("127.0.0.1", four, None), "{told:?}");
}

/// Exactly as many as a loop makes.
#[test]
fn every_open_is_told_or_counted() {
    let Some(_leave) = harness::alone("every_open_is_told_or_counted") else { return };
    let place = Place::new("count");
    let (path, reading, events) = watched(&place);
    shell(&format!("i=0; while [ $i -lt 20000 ]; do : <{path}; i=$((i+1)); done"));
    reading.stop();
    let events: Vec<Event> = events.iter().collect();
    let of_opens = |event: &Event| match event {
        Event::Lost(e) if e.kind == Some(Kind::Open) => Some(e.count),
        _ => None,
    };
    let (told, lost) = (in_words(&events, &place).len() as u64, events.iter().filter_map(of_opens).sum::<u64>());
    assert_eq!(told + lost, 20_000, "{lost} lost");
}
