//! Watching processes: by pid, with and without descendants, by terminal, user and name, as the options say it; and
//! filters that cannot be had.

use crate::harness::{self, GUARD, Line, Sigtop};
use crate::inside::{DEFAULT_BUFFER, Idle, Watch};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal as Number, kill_process};
use sigtop::event::{Event, Kind};
use sigtop::filter::{Expr, Filter, Side, Term, Who};
use sigtop::signal::{Signal, SignalSet};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::channel;

/// A shell that does one line at a time, each done when it has answered.
struct Shell {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Shell {
    fn start() -> Shell {
        let mut child = Command::new("sh").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Shell { child, stdin, stdout }
    }

    /// What the line prints.
    fn run(&mut self, line: &str) -> String {
        writeln!(self.stdin, "{line}; echo").unwrap();
        let mut answer = String::new();
        self.stdout.read_line(&mut answer).unwrap();
        answer.trim().into()
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who was sent a SIGURG.
fn urged(lines: &[Line]) -> HashSet<u32> {
    let target = |line: &Line| match &line.event {
        Some(Event::Signal(e)) if e.signal == Signal::URG => Some(e.target.key.pid),
        _ => None,
    };
    lines.iter().filter_map(target).collect()
}

/// A child that was there before, one that comes later, its own child, and one that lost its parent: all are watched,
/// from their first signal on. A neighbour is not.
#[test]
fn descendants_are_watched_before_their_first_signal() {
    let Some(_leave) = harness::beside_others("descendants_are_watched_before_their_first_signal") else { return };
    let (mut shell, mut neighbour) = (Shell::start(), Shell::start());
    let before: u32 = shell.run("sleep 1000 >/dev/null & printf $!").parse().unwrap();
    let urge_oneself =
        "sh -c 'kill -URG $$; printf \"$$ \"; sh -c \"kill -URG \\$\\$; printf \\$\\$; exit 0\"; exit 0'";
    for (options, children) in [(&["--no-watch-children"][..], false), (&[], true)] {
        let sigtop = Sigtop::start(&[&["-p", &shell.pid().to_string()], options].concat());
        let mut expected = HashSet::from([shell.pid()]);
        neighbour.run(&format!("kill -URG {} {before} $$", shell.pid()));
        let later = shell.run(urge_oneself);
        let orphan = shell.run("sh -c 'sh -c \"kill -URG \\$\\$; printf \\$\\$; exit 0\" & wait'");
        if children {
            expected.extend(later.split(' ').chain([orphan.as_str()]).map(|pid| pid.parse::<u32>().unwrap()));
            expected.insert(before);
        }
        assert_eq!(urged(&sigtop.end()), expected, "{options:?}");
    }
    shell.run(&format!("kill {before}"));
}

/// The classic: every exec of a terminal, and no other.
#[test]
fn the_execs_of_a_terminal() {
    let Some(_leave) = harness::beside_others("the_execs_of_a_terminal") else { return };
    let pty = native_pty_system().openpty(PtySize::default()).unwrap();
    let name = pty.master.tty_name().unwrap();
    let name = name.to_str().unwrap();
    let short = name.trim_start_matches("/dev/");
    for spelling in [name, short, &short.replace('/', "")] {
        let sigtop = Sigtop::start(&["--events", "exec", "--tty", spelling]);
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", "true; /bin/echo one two; exit 0"]);
        let mut child = pty.slave.spawn_command(command).unwrap();
        child.wait().unwrap();
        assert!(Command::new("/bin/echo").stdout(Stdio::null()).status().unwrap().success());
        let lines = sigtop.end();
        let execs = lines.iter().filter_map(|line| line.event.as_ref());
        let execs: Vec<_> = execs.filter(|event| event.kind() != Kind::Clock).collect(); // that is told always
        let argv: Vec<Vec<String>> = execs
            .iter()
            .map(|event| match event {
                Event::Exec(e) => {
                    assert_eq!(e.tty.to_string(), short);
                    e.argv.clone()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(argv.len(), 2, "{argv:?}");
        assert_eq!(argv[1], ["/bin/echo", "one", "two"]);
    }
}

#[test]
fn by_user_and_by_name() {
    let Some(_leave) = harness::beside_others("by_user_and_by_name") else { return };
    let idle = Idle::start();
    let by = |options: &[&str]| {
        let sigtop = Sigtop::start(options);
        let kill = format!("kill -URG {}", idle.pid());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let other = "kill -URG $$; exit 0";
        let mut as_nobody = Command::new("setpriv");
        as_nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", other]);
        assert!(as_nobody.status().unwrap().success());
        let told = urged(&sigtop.end());
        (told.contains(&idle.pid()), !told.is_empty())
    };
    assert_eq!(by(&["-u", "65534"]), (false, true));
    assert_eq!(by(&["-u", "root", "--comm", "cat"]), (true, true));
    assert_eq!(by(&["--comm", "nobody-is-called"]), (false, false));
}

#[test]
fn a_process_that_is_not_there_is_an_error_unless_it_is_waited_for() {
    let Some(_leave) = harness::beside_others("a_process_that_is_not_there_is_an_error") else { return };
    let mut gone = Command::new("true").spawn().unwrap();
    let pid = gone.id().to_string();
    gone.wait().unwrap();
    let mut sigtop = Command::new(env!("CARGO_BIN_EXE_sigtop"));
    let mut said = String::new();
    let mut child = sigtop.args(["log", &pid]).stderr(Stdio::piped()).spawn().unwrap();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{said}");
    assert!(said.contains(&pid) && said.contains("--wait-for"), "{said}");
    let lines = Sigtop::start(&[&pid, "--wait-for"]).end();
    let is_told = |line: &&Line| line.event.as_ref().is_some_and(|event| event.kind() != Kind::Clock);
    assert_eq!(lines.iter().filter(is_told).count(), 0);
}

/// More processes than the kernel can be told of: refused in words, and the filter in force stays.
#[test]
fn a_filter_that_does_not_fit_is_refused() {
    let Some(_leave) = harness::alone("a_filter_that_does_not_fit_is_refused") else { return };
    let idle = Idle::start();
    let watch = Watch::open(DEFAULT_BUFFER, SignalSet::from_iter([Signal::URG]));
    let (sender, events) = channel();
    let mut reading = watch.read(move |event| drop(sender.send(event)));
    let many = (1..70_000).map(Who::Pid).collect();
    let filter = Filter(Expr::Term(Term::Party(Side::From, many)));
    let answer = reading.control.as_mut().unwrap().set_filter(filter).blocking_recv().unwrap();
    assert!(answer.as_ref().is_err_and(|why| why.contains("too many processes")), "{answer:?}");
    for signal in [Number::WINCH, Number::URG] {
        kill_process(Pid::from_child(&idle.0), signal).unwrap();
    }
    loop {
        match events.recv_timeout(GUARD).unwrap() {
            Event::Signal(e) if e.target.key.pid == idle.pid() => break assert_eq!(e.signal, Signal::URG),
            Event::Filter(e) => panic!("{e:?}"),
            _ => {}
        }
    }
    reading.stop();
}
