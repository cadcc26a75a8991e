//! What processes do to files and addresses, as the terms about them see it.

use super::super::*;
use super::events::*;
use crate::event::*;

fn check(event: &Event, fit: &[&str], unfit: &[&str]) {
    for (text, expected) in fit.iter().map(|t| (t, true)).chain(unfit.iter().map(|t| (t, false))) {
        let filter = Filter::parse(text, &|_| None).unwrap();
        assert_eq!(matches(&filter, event, &Census::default()), expected, "{text} {event:?}");
    }
}

fn file(deed: Deed, path: &str) -> FileEvent {
    let (who, path) = (party(100, 1000, "cat"), path.to_string());
    FileEvent { mono_ns: 1, who, deed, path, same_as: String::new(), errno: None }
}

fn event(file: FileEvent) -> Event {
    Event::File(Box::new(file))
}

fn connect(address: Address, errno: Option<Errno>) -> Event {
    Event::Connect(Box::new(ConnectEvent { mono_ns: 1, who: party(100, 1000, "curl"), address, errno }))
}

#[test]
fn an_open_is_about_its_file_and_how_it_was_opened() {
    let open = file(Deed::Open { flags: 0, created: false }, "/root/.ssh/id_rsa");
    let fit = ["kind:open", "path:/root/**", "path:id_*", "id_rsa", "cat", "uid:1000", "pid:100", "access:read,write"];
    let unfit =
        ["path:/root/*", "path:/root", "kind:chmod", "access:write,created", "mode:+x", "port:22", "errno:EPERM"];
    check(&event(open.clone()), &fit, &unfit);
    check(&event(open.clone()), &["!result:failed", "!sig:KILL"], &["from:cat", "sig:all", "origin:user", "addr:::1"]);
    let denied = FileEvent { errno: Some(Errno::ACCES), ..open.clone() };
    check(&event(denied), &["result:failed", "errno:EACCES,EPERM", "errno:13"], &["errno:EPERM"]);
    let linked = FileEvent { same_as: "/etc/shadow".into(), path: "/tmp/link".into(), ..open };
    check(&event(linked), &["path:/etc/shadow", "path:/tmp/*", "shadow", "LINK"], &["path:/etc"]);
}

#[test]
fn how_it_was_opened_is_told_in_words() {
    for (flags, created, fit, unfit) in [
        (0o1101, true, "write created create trunc", "read,append,exec"),
        (0o2002, false, "read write append", "created,create,trunc"),
        (0o2000, false, "read", "append"),
        (0o40, false, "exec read", "write"),
        (flags::PATH, false, "", "read,write,exec"),
        (3, false, "", "read,write"),
    ] {
        let open = event(file(Deed::Open { flags, created }, "/x"));
        fit.split_whitespace().for_each(|way| check(&open, &[&format!("access:{way}")], &[]));
        check(&open, &[], &[&format!("access:{unfit}")]);
    }
}

#[test]
fn a_chmod_is_about_what_it_gives() {
    let chmod = |before, mode| event(file(Deed::Chmod { before, mode }, "/tmp/x"));
    check(
        &chmod(Some(0o644), 0o755),
        &["mode:+x", "mode:u+x", "mode:o+x,+s", "mode:755", "mode:0755", "path:/tmp/x", "kind:chmod"],
        &["mode:+r", "mode:+w", "mode:+s", "mode:4755", "mode:644", "access:read"],
    );
    check(&chmod(Some(0o755), 0o4755), &["mode:+s", "mode:u+s"], &["mode:+x", "mode:g+s", "mode:+t"]);
    check(&chmod(Some(0o755), 0o644), &["mode:644"], &["mode:+x", "mode:+r"]);
    check(&chmod(None, 0o755), &["mode:+x", "mode:+r"], &["mode:+s"]);
    check(&chmod(Some(0), 0o1002), &["mode:+t", "mode:o+t", "mode:o+w", "mode:+w"], &["mode:u+w", "mode:go+x"]);
}

#[test]
fn a_move_is_about_both_its_ends() {
    let moved = event(file(Deed::Move { from: "/home/a/x".into() }, "/home/a/x.enc"));
    check(
        &moved,
        &["path:*.enc", "path:x", "path:/home/a/x", "kind:move"],
        &["path:/home/a", "access:read", "mode:+x"],
    );
}

#[test]
fn a_connection_is_about_where_it_goes() {
    let inet = |to: &str, errno| connect(Address::Inet(to.parse().unwrap()), errno);
    check(
        &inet("10.1.2.3:8080", None),
        &["port:8080", "port:22,8000-8100", "addr:10.0.0.0/8", "addr:10.1.2.3", "addr:0.0.0.0/0", "kind:connect"],
        &["port:80", "port:1-8079", "addr:10.1.2.4", "addr:11.0.0.0/8", "addr:::/0", "path:**", "result:failed"],
    );
    check(&inet("[::ffff:10.1.2.3]:1", None), &["addr:10.0.0.0/8", "addr:::ffff:10.1.2.3"], &["addr:::/0"]);
    check(
        &inet("[fe80::7%2]:1", None),
        &["addr:fe80::/10", "addr:fe80::7", "addr:::/0"],
        &["addr:0.0.0.0/0", "addr:::1"],
    );
    let going_on = inet("10.1.2.3:1", Some(Errno::INPROGRESS));
    check(&going_on, &["errno:EINPROGRESS", "!result:failed"], &["result:failed"]);
    check(&inet("10.1.2.3:1", Some(Errno(111))), &["result:failed", "errno:ECONNREFUSED"], &["result:probe"]);
    let socket = connect(Address::Unix("/run/docker.sock".into()), None);
    check(&socket, &["path:/run/*", "path:docker.sock", "docker"], &["port:1-65535", "addr:0.0.0.0/0"]);
    check(&connect(Address::Other(16), None), &["kind:connect"], &["port:0-65535", "addr:::/0,0.0.0.0/0", "path:**"]);
}

fn ran(filename: &str, cwd: &str, exe: &str) -> ExecEvent {
    let Event::Exec(exec) = exec(party(100, 1000, "sh"), Tty::NONE, filename, &["x"]) else { panic!() };
    ExecEvent { cwd: cwd.into(), exe: exe.into(), ..*exec }
}

#[test]
fn an_exec_is_about_what_was_named_and_what_runs() {
    let script = ran("./tools/../run.sh", "/home/a", "/usr/bin/dash");
    let script = Event::Exec(Box::new(script));
    let fit =
        ["path:/home/a/run.sh", "path:run.sh", "path:/usr/bin/*", "exe:/usr/bin/dash", "exe:dash", "run.sh", "dash"];
    check(&script, &fit, &["path:./tools/../run.sh", "path:/home/a/tools/**", "exe:run.sh", "exe:/home/**"]);
    for (cwd, filename, path) in [
        ("/", "x", "/x"),
        ("/a", "/b//c/./d", "/b/c/d"),
        ("/a", "../../../b", "/b"),
        ("/a/b", "..", "/a"),
        ("/a", "/", "/"),
        ("", "a/../x", "a/../x"),
        ("(unreachable)/a", "x", "x"),
    ] {
        let exec = Event::Exec(Box::new(ran(filename, cwd, "")));
        check(&exec, &[&format!("path:{path}"), &format!("exe:{filename}")], &["path:/none"]);
    }
}

#[test]
fn what_runs_is_known_from_then_on() {
    let mut census = Census::default();
    census.apply(&Event::Exec(Box::new(ran("./run.sh", "/home/a", "/usr/bin/dash"))));
    assert_eq!(census.facts(&key(100)).map(|facts| facts.exe), Some("/usr/bin/dash"));
    census.apply(&Event::Exec(Box::new(ran("/bin/true", "/home/a", ""))));
    assert_eq!(census.facts(&key(100)).map(|facts| facts.exe), Some("/bin/true"));
}
