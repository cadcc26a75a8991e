//! The built-in rules on a real kernel: each bad deed is really done (tests/zoo/deed.c), in a scratch directory and on
//! loopback, and its alert comes, of the right rule, process and ancestors; the harmless deed beside it fires nothing.
//!
//! That nothing fired is known because the stream has passed by: a mark came after the deed and was read.

mod bomb;
mod doors;
mod elsewhere;
mod evasion;
mod replayed;

use crate::harness::{self, Line, Sigtop, scratch};
use crate::zoo::sigzoo;
use sigtop::event::{AlertEvent, Event};
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The rules that come with the program.
pub const BUILTIN: &str = "builtin";

/// What is printed while rules run: alerts, and the marks of the harness.
pub const PRINTED: [&str; 4] = ["--events", "signal,alert", "-s", "URG"];

/// `sigtop log` with these rules.
pub fn watch(rules: &str) -> Sigtop {
    Sigtop::start(&[&["--rules", rules][..], &PRINTED].concat())
}

/// Everything that the rules said.
pub fn alerts(lines: &[Line]) -> Vec<&AlertEvent> {
    lines
        .iter()
        .filter_map(|line| if let Some(Event::Alert(alert)) = &line.event { Some(&**alert) } else { None })
        .collect()
}

/// Those that are about this process or a descendant of its.
pub fn of<'a>(alerts: &[&'a AlertEvent], pid: u32) -> Vec<&'a AlertEvent> {
    let is_of = |alert: &&&AlertEvent| alert.who.iter().chain(&alert.ancestors).any(|party| party.key.pid == pid);
    alerts.iter().filter(is_of).copied().collect()
}

/// The rules that fired for this process, each once.
pub fn fired(alerts: &[&AlertEvent], pid: u32) -> BTreeSet<String> {
    of(alerts, pid).iter().map(|alert| alert.rule.name.clone()).collect()
}

/// Does a deed, by a process of its own: its pid, and what it said.
pub fn deed(arguments: &[&str]) -> (u32, String) {
    done(sigzoo().arg("deed").args(arguments), arguments)
}

/// Runs a program to its end.
pub fn done(command: &mut Command, what: &[&str]) -> (u32, String) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{what:?}: {}", output.status);
    (pid, String::from_utf8(output.stdout).unwrap())
}

/// A directory of a test's own, taken away again.
pub struct Place(pub PathBuf);

impl Place {
    pub fn new(name: &str) -> Place {
        let path = scratch(&format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Place(fs::canonicalize(path).unwrap())
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_string()
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        fs::write(&path, "nothing worth to be stolen\n").unwrap();
        path
    }

    /// A copy of the zoo in it, which nobody may execute yet.
    pub fn program(&self, name: &str) -> String {
        let path = self.path(name);
        harness::copy_program(Path::new(sigzoo().get_program()), Path::new(&path));
        assert!(Command::new("chmod").args(["0644", &path]).status().unwrap().success());
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Cgroups of a test's own: in the unified hierarchy, and where limits are kept elsewhere, there too.
pub struct Group {
    /// The one with cgroup.kill, last; before it the one with pids.max, if that is another.
    pub paths: Vec<PathBuf>,
}

impl Group {
    /// This cgroup; nothing where the kernel has no cgroup.kill.
    pub fn new(name: &str) -> Option<Group> {
        let unified = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].iter().map(Path::new);
        let root = unified.into_iter().find(|root| root.join("cgroup.controllers").exists())?;
        let mut paths = Vec::new();
        let other = Path::new("/sys/fs/cgroup/pids");
        paths.extend(other.exists().then(|| other.join(name)));
        if paths.is_empty() {
            let _ = fs::write(root.join("cgroup.subtree_control"), "+pids");
        }
        paths.push(root.join(name));
        paths.iter().for_each(|path| fs::create_dir_all(path).unwrap());
        paths.last()?.join("cgroup.kill").exists().then_some(Group { paths })
    }

    /// Where processes are put to be in it, as far as `sigtop` is concerned.
    pub fn path(&self) -> &str {
        self.paths.last().unwrap().to_str().unwrap()
    }
}

impl Drop for Group {
    /// Whatever happens, nobody is left over.
    fn drop(&mut self) {
        let _ = fs::write(Path::new(self.path()).join("cgroup.kill"), "1");
        let is_empty = |path: &Path| fs::read_to_string(path.join("cgroup.procs")).is_ok_and(|all| all.is_empty());
        for path in &self.paths {
            for _ in 0..100_000 {
                if is_empty(path) && fs::remove_dir(path).is_ok() {
                    break;
                }
                std::thread::yield_now();
            }
        }
        // A slice that was made on the way.
        for above in self.paths.iter().filter_map(|path| path.parent()) {
            let _ = fs::remove_dir(above);
        }
    }
}

/// A child that is killed with the test.
pub struct Kept(pub Child);

impl Kept {
    /// One that says 4 bytes when it is ready.
    pub fn ready(command: &mut Command) -> Kept {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 4]).unwrap();
        Kept(child)
    }

    pub fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What was done, and which rules must have fired for it, and no others.
struct Done {
    what: &'static str,
    pid: u32,
    rules: &'static [&'static str],
}

/// All that was done while a sigtop watched.
#[derive(Default)]
struct Deeds(Vec<Done>);

impl Deeds {
    fn bad(&mut self, rule: &'static [&'static str], what: &'static str, (pid, _): (u32, String)) {
        self.0.push(Done { what, pid, rules: rule });
    }

    fn harmless(&mut self, what: &'static str, (pid, _): (u32, String)) {
        self.0.push(Done { what, pid, rules: &[] });
    }

    fn judge(&self, lines: &[Line]) {
        let alerts = alerts(lines);
        let mut wrong = Vec::new();
        for done in &self.0 {
            let fired = fired(&alerts, done.pid);
            let wanted: BTreeSet<String> = done.rules.iter().map(|rule| (*rule).into()).collect();
            if fired != wanted {
                wrong.push(format!("{} ({}): fired {fired:?}, not {wanted:?}", done.what, done.pid));
            }
            for alert in of(&alerts, done.pid).iter().filter(|alert| !alert.is_folded()) {
                let test = std::process::id();
                let descends = alert.ancestors.iter().any(|party| party.key.pid == test);
                let tells = alert.event.is_some() && !alert.rule.description.is_empty();
                if !descends || !tells {
                    wrong.push(format!("{}: no ancestors, event or words: {alert:?}", done.what));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// As a shell does it, by a program that everybody has.
fn shell(text: &str) -> (u32, String) {
    done(Command::new("sh").args(["-c", text]), &[text])
}

#[test]
fn files_that_are_none_of_their_business() {
    let Some(_leave) = harness::beside_others("files_that_are_none_of_their_business") else { return };
    let place = Place::new("deeds-files");
    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();

    // What is harmless comes first: what follows an alert in the same tree is folded into it, false alarms too.
    deeds.harmless("cat /etc/passwd", shell("exec cat /etc/passwd"));
    deeds.harmless("a program that reads it by trade", shell("exec passwd --status root"));
    deeds.harmless("to look at it opens nothing", shell("exec ls -l /etc/shadow /etc/gshadow"));
    deeds.harmless("another file of that name", deed(&["open", "plain", &place.file("etc/shadow")]));
    deeds.bad(&["password-file"], "cat /etc/shadow", shell("exec cat /etc/shadow"));

    deeds.harmless("its maps", shell("cat /proc/$PPID/maps; true"));
    deeds.bad(&["process-memory"], "another's memory", shell("head -c 0 /proc/$PPID/mem; true"));

    let program = place.program("dropper");
    let script = place.file("script.sh");
    harness::write_script(Path::new(&script), "#!/bin/sh\ntrue\n");
    let run = format!("chmod +x {program} && {program} exit 0");
    deeds.bad(&["made-executable"], "chmod +x, and run it", shell(&run));
    deeds.bad(&["made-executable"], "the same with a script", shell(&format!("chmod +x {script} && {script}")));
    let there = place.program("there");
    deeds.harmless("chmod +x, and not run", shell(&format!("chmod +x {there}")));
    deeds.harmless("run by sh", shell(&format!("cp {script} {script}2 && chmod 644 {script}2 && sh {script}2")));
    let runs = place.path("runs");
    harness::copy_program(Path::new(sigzoo().get_program()), Path::new(&runs));
    if !evasion::is_as_written() {
        deeds.harmless("chmod of what could be run before", shell(&format!("chmod go-rwx {runs} && {runs} exit 0")));
    }
    judge_after(sigtop, &deeds);

    // What comes of one tree is folded: by another sigtop.
    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    deeds.bad(&["password-file"], "/proc/self/root", deed(&["open", "self-root", "/etc/shadow"]));
    judge_after(sigtop, &deeds);
}

#[test]
fn names_that_ransomware_gives() {
    let Some(_leave) = harness::beside_others("names_that_ransomware_gives") else { return };
    let place = Place::new("deeds-names");
    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    for directory in ["few", "locked", "plain", "moved"] {
        fs::create_dir(place.path(directory)).unwrap();
    }
    deeds.harmless("a few of them", deed(&["create", &place.path("few"), "5", ".locked"]));
    deeds.harmless("many others", deed(&["create", &place.path("plain"), "200", ".lock"]));
    deeds.harmless("many others renamed", deed(&["rename", &place.path("plain"), "200", ".gz"]));
    deeds.bad(&["ransom-names"], "many renamed", deed(&["rename", &place.path("moved"), "40", ".encrypted"]));
    judge_after(sigtop, &deeds);

    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    deeds.bad(&["ransom-names"], "many made", deed(&["create", &place.path("locked"), "40", ".locked"]));
    judge_after(sigtop, &deeds);
}

#[test]
fn ports_and_hosts() {
    let Some(_leave) = harness::beside_others("ports_and_hosts") else { return };
    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    deeds.bad(&["port-scan"], "a hundred ports of a host", deed(&["connect", "1", "1", "100"]));
    deeds.bad(&["host-sweep"], "ssh of many hosts", deed(&["connect", "200", "22", "22"]));
    judge_after(sigtop, &deeds);

    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    deeds.harmless("a monitoring agent: 50 hosts", deed(&["connect", "50", "22", "22"]));
    deeds.harmless("a crawler: many hosts, one usual port", deed(&["connect", "200", "443", "443"]));
    deeds.harmless("some ports of many hosts", deed(&["connect", "30", "8000", "8009"]));
    deeds.harmless("ports that the kernel gave out", deed(&["connect", "1", "40000", "40200"]));
    judge_after(sigtop, &deeds);
}

#[test]
fn programs_one_after_the_other() {
    let Some(_leave) = harness::beside_others("programs_one_after_the_other") else { return };
    let zoo = sigzoo().get_program().to_str().unwrap().to_string();
    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    deeds.bad(&["rapid-exec"], "one that runs itself again and again", deed(&["run-again", &zoo, "100"]));
    deeds.harmless("a chain of wrappers", shell("exec env nice -n 0 env nice -n 0 sh -c 'exec env true'"));
    deeds.harmless("a thousand programs, a child each", deed(&["run", "/bin/true", "1000"]));
    deeds.harmless("a shell in a loop", shell("n=0; while [ $n -lt 500 ]; do /bin/true; n=$((n+1)); done"));
    deeds.harmless("three thousand children, one after the other", deed(&["fork", "3000"]));
    judge_after(sigtop, &deeds);
}

#[test]
fn signals_to_others() {
    let Some(_leave) = harness::alone("signals_to_others") else { return };
    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    let victim = Kept::ready(sigzoo().args(["block", "10", "12", "15"]));
    let pid = victim.pid();
    let zoo = |arguments: &[&str]| done(sigzoo().args(arguments), arguments);
    deeds.bad(&["signal-storm"], "a storm", zoo(&["flood", "50000", "10", &pid]));
    deeds.harmless("a few thousand", zoo(&["flood", "3000", "10", &pid]));
    deeds
        .harmless("kill -0, polled", shell(&format!("n=0; while [ $n -lt 3000 ]; do kill -0 {pid}; n=$((n+1)); done")));
    deeds.bad(&["stop-probing"], "one stopped after the other", deed(&["stop", "20"]));
    deeds.harmless("one stopped again and again", deed(&["stop-often", "100"]));
    deeds.bad(&["denied-kills"], "denied kills", deed(&["send-as", "54321", "30", "15", "1"]));
    deeds.harmless("denied once", deed(&["send-as", "54322", "1", "15", "1"]));
    deeds.harmless("denied probes", deed(&["send-as", "54323", "100", "0", "1"]));
    judge_after(sigtop, &deeds);
}

#[test]
fn whoever_watches_or_serves_is_killed() {
    let Some(_leave) = harness::beside_others("whoever_watches_or_serves_is_killed") else { return };
    let id = std::process::id();
    let groups = ["foo", "bar"].map(|name| Group::new(&format!("system.slice/sigtop-test-{name}-{id}.service")));
    let [Some(foo), Some(bar)] = groups else { panic!("no cgroups here") };
    let session = Group::new(&format!("user.slice/session-test-{id}.scope")).unwrap();
    let place = Place::new("deeds-guard");
    let guard = place.path("auditd");
    harness::copy_program(Path::new(sigzoo().get_program()), Path::new(&guard));
    let sigtop = watch(BUILTIN);
    let mut deeds = Deeds::default();
    let service = |group: &Group| Kept::ready(sigzoo().args(["deed", "stay-in", group.path()]));
    let kill = |from: &Group, signal: &str, to: &Kept| deed(&["send-from", from.path(), signal, &to.pid()]);

    deeds.bad(&["service-killed"], "a service killed from a session", kill(&session, "9", &service(&foo)));
    deeds.bad(&["service-killed"], "a service stopped by another", kill(&bar, "19", &service(&foo)));
    deeds.harmless("a service kills its own worker", kill(&foo, "9", &service(&foo)));
    deeds.harmless("a service is asked to end", kill(&session, "15", &service(&foo)));
    deeds.harmless("a service kills who is in a session", kill(&foo, "9", &service(&session)));

    let watching = || Kept::ready(Command::new(&guard).args(["block", "12"]));
    let signal = |name: &str, guard: &Kept| shell(&format!("kill -{name} {}", guard.pid()));
    deeds.bad(&["guard-killed"], "a guard stopped", signal("STOP", &watching()));
    deeds.bad(&["guard-killed"], "a guard killed", signal("KILL", &watching()));
    deeds.harmless("a guard told to read its rules again", signal("USR2", &watching()));
    judge_after(sigtop, &deeds);
}

/// Reads on until all that was done has passed by, then judges.
fn judge_after(sigtop: Sigtop, deeds: &Deeds) {
    deeds.judge(&sigtop.stop());
}
