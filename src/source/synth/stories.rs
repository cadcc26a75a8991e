//! What happens on the machine of the demo. A new story is one function and one row of [`STORIES`].
//!
//! A function is called once, to find its people; what it returns is called for each telling. Rules: whoever is
//! started in a telling is dead at its end, or replaces somebody who is; send only to those who are certain to live
//! (see [`super::cast`]). Everything else follows from the verbs of [`super::scene`].

use super::cast::*;
use super::facts::Beside;
use super::scene::Scene;
use super::stage::Play;
use super::words::{Actor, By::*, Reaps, Then::*, ms, secs, us};
use crate::event::{self, Errno, Tty};
use crate::signal::Signal;

/// A story: when it is told first, how long after its end again, and what it is.
pub struct Story {
    pub first: u64,
    pub every: (u64, u64),
    pub open: fn(&Town) -> Play,
}

const fn story(first: u64, every: (u64, u64), open: fn(&Town) -> Play) -> Story {
    Story { first, every, open }
}

#[rustfmt::skip]
pub const STORIES: &[Story] = &[
    //    first at   then after                what
    story(ms(200),   (ms(80), ms(500)),        go_preempts_itself),
    story(ms(400),   (ms(200), secs(2)),       database_session),
    story(secs(1),   (secs(2), secs(7)),       mixer_ticks),
    story(secs(2),   (secs(8), secs(20)),      build),
    story(secs(4),   (secs(10), secs(30)),     resized_window),
    story(secs(6),   (secs(9), secs(25)),      broken_pipe),
    story(secs(9),   (secs(10), secs(30)),     interrupted_by_key),
    story(secs(11),  (secs(20), secs(40)),     cron_job),
    story(secs(14),  (secs(15), secs(40)),     crash),
    story(secs(17),  (secs(25), secs(60)),     exec_storm),
    story(secs(20),  (secs(30), secs(70)),     job_control),
    story(secs(23),  (secs(30), secs(80)),     login_and_hang_up),
    story(secs(26),  (secs(20), secs(60)),     timeout),
    story(secs(29),  (secs(40), secs(90)),     signal_storm),
    story(secs(31),  (secs(45), secs(90)),     stubborn_service),
    story(secs(35),  (secs(25), secs(70)),     out_of_memory),
    story(secs(38),  (secs(40), secs(90)),     sandbox),
    story(secs(41),  (secs(30), secs(80)),     parent_dies),
    story(secs(44),  (secs(35), secs(90)),     container_killed),
    story(secs(46),  (secs(60), secs(120)),    watchdog),
    story(secs(49),  (secs(50), secs(100)),    too_much_time),
    story(secs(53),  (secs(35), secs(70)),     web_reload),
];

/// The second real-time signal that programs are free to use.
const RT1: Signal = match Signal::new(crate::signal::RTMIN + 1) {
    Some(signal) => signal,
    None => Signal::USR1,
};

/// `SEGV_MAPERR`, `SYS_PTRACE`.
const NOT_MAPPED: i32 = 1;
const PTRACE: i32 = 101;

/// The Go runtime interrupts its own threads, to share out their time.
fn go_preempts_itself(town: &Town) -> Play {
    let go = town.get(GO);
    let threads: Vec<Actor> = go.threads().collect();
    Box::new(move |s| {
        s.beside(|b| match b.between(1, 8) {
            1 => b.connect(&go, ([127, 0, 0, 1], 5432), None),
            2 => b.read(&go, "/var/lib/go-svc/routes.json"),
            _ => {}
        });
        for _ in 0..s.between(4, 24) {
            let (from, to) = (s.between(0, 4) as usize, s.between(0, 4) as usize);
            s.send(Tgkill(&threads[from]), Signal::URG, &threads[to], Caught(us(5)));
            s.pause(us(60), ms(11));
        }
    })
}

/// A connection: a backend of its own, timers, a nudge by the checkpointer, now and then a cancelled query.
fn database_session(town: &Town) -> Play {
    let (server, checkpointer) = (town.get(POSTGRES), town.get(CHECKPOINTER));
    Box::new(move |s| {
        let backend = s.fork(&server);
        s.beside(|b| {
            for table in [1259, 2619, 16_391] {
                b.read(&backend, &format!("/var/lib/postgresql/17/main/base/16384/{table}"));
            }
        });
        s.pause(ms(20), ms(600));
        for _ in 0..s.between(0, 3) {
            s.send(Timer, Signal::ALRM, &backend, Caught(us(7)));
            s.pause(ms(10), ms(300));
        }
        if s.chance(30) {
            s.send(Kill(&checkpointer), Signal::USR1, &backend, Caught(us(16)));
        }
        if s.chance(8) {
            s.send(Kill(&server), Signal::INT, &backend, Caught(us(21)));
            s.pause(ms(1), ms(5));
        }
        s.exit(backend, 0);
    })
}

/// Real-time signals with a value: each is queued by itself, until there is no room.
fn mixer_ticks(town: &Town) -> Play {
    let (mixer, effects) = (town.get(MIXER), town.get(EFFECTS));
    let mut period = 0;
    Box::new(move |s| {
        for _ in 0..s.between(1, 4) {
            period += 1;
            s.send(Queue(&mixer, period), RT1, &effects, Caught(us(6)));
            s.pause(ms(4), ms(6));
        }
        if s.chance(8) {
            s.meanwhile(|s| s.send(Queue(&mixer, 0), RT1, &effects, Caught(ms(40))));
            for value in 1..s.between(3, 8) as u32 {
                s.send(Queue(&mixer, value), RT1, &effects, Overflow);
            }
            s.join();
        }
    })
}

/// make and its compilers, many and short-lived; sometimes one fails.
fn build(town: &Town) -> Play {
    const UNITS: [&str; 8] = ["main", "net", "parse", "render", "store", "util", "log", "http"];
    let bob = town.get(BOB_SHELL);
    Box::new(move |s| {
        let make = s.run(&bob, "/usr/bin/make -j4").reaping(Reaps::Handler);
        let mut code = 0;
        for _ in 0..s.between(20, 60) {
            let unit = s.pick(UNITS);
            let failed = s.chance(1);
            s.meanwhile(|s| compile(s, &make, unit, failed.into()));
            s.pause(ms(60), ms(260));
            if failed {
                code = 2;
                break;
            }
        }
        s.join();
        s.exit(make, code);
    })
}

fn compile(s: &mut Scene, make: &Actor, unit: &str, code: u8) {
    let cc = s.run(make, &format!("/usr/bin/cc -O2 -c src/{unit}.c -o build/{unit}.o"));
    let cc1 = s.run(&cc, &format!("/usr/libexec/gcc/cc1 -quiet src/{unit}.c -O2 -o /tmp/{unit}.s"));
    s.beside(|b| {
        b.read(&cc1, &format!("/home/bob/src/{unit}.c"));
        b.read(&cc1, "/usr/include/stdio.h");
        b.create(&cc1, &format!("/tmp/{unit}.s"));
    });
    s.pause(ms(80), ms(700));
    s.exit(cc1, code);
    if code == 0 {
        let assembler = s.run(&cc, &format!("/usr/bin/as -o build/{unit}.o /tmp/{unit}.s"));
        s.beside(|b| b.create(&assembler, &format!("/home/bob/build/{unit}.o")));
        s.pause(ms(8), ms(40));
        s.exit(assembler, 0);
    }
    s.exit(cc, code);
}

/// Somebody drags the corner of a terminal.
fn resized_window(town: &Town) -> Play {
    let vim = town.get(VIM);
    Box::new(move |s| {
        for _ in 0..s.between(3, 9) {
            s.meanwhile(|s| s.send(Terminal, Signal::WINCH, &vim, Caught(us(240))));
            if s.chance(20) {
                s.pause(us(20), us(60));
                s.send(Terminal, Signal::WINCH, &vim, Coalesced);
            }
            s.pause(ms(12), ms(60));
        }
        s.join();
    })
}

/// The reader has had enough.
fn broken_pipe(town: &Town) -> Play {
    let bob = town.get(BOB_OTHER_SHELL);
    Box::new(move |s| {
        let curl = s.run(&bob, "/usr/bin/curl -sN https://demo.example/events");
        s.beside(|b| b.connect(&curl, ([192, 0, 2, 80], 443), Some(Errno::INPROGRESS)));
        let head = s.run(&bob, "/usr/bin/head -n 3");
        s.pause(ms(200), secs(2));
        s.exit(head, 0);
        s.pause(ms(5), ms(200));
        s.send(Pipe, Signal::PIPE, &curl, Dies);
    })
}

/// ^C: one dies of it, another has something to say first.
fn interrupted_by_key(town: &Town) -> Play {
    let shell = town.get(ALICE_LOG_SHELL);
    Box::new(move |s| {
        if s.chance(50) {
            let tail = s.run(&shell, "/usr/bin/tail -f /var/log/app.log");
            s.pause(secs(1), secs(6));
            s.send(Terminal, Signal::INT, &tail, Dies);
        } else {
            let ping = s.run(&shell, "/usr/bin/ping db-1.demo.example");
            for _ in 0..s.between(2, 6) {
                s.pause(ms(999), ms(1001));
                s.send(Timer, Signal::ALRM, &ping, Caught(us(9)));
            }
            s.send(Terminal, Signal::INT, &ping, Caught(us(31)));
            s.exit(ping, 0);
        }
    })
}

/// cron wakes; logrotate moves the logs away and tells those who write them.
fn cron_job(town: &Town) -> Play {
    let (cron, rsyslogd, nginx) = (town.get(CRON), town.get(RSYSLOGD), town.get(NGINX));
    Box::new(move |s| {
        s.send(Timer, Signal::ALRM, &cron, Caught(us(18)));
        let job = s.fork(&cron);
        let shell = s.run(&job, "/bin/sh -c /etc/cron.hourly/logrotate");
        let logrotate = s.run(&shell, "/usr/sbin/logrotate /etc/logrotate.conf");
        s.beside(|b| {
            b.read(&logrotate, "/etc/logrotate.conf");
            b.rename(&logrotate, "/var/log/app.log", "/var/log/app.log.1");
            b.create(&logrotate, "/var/log/app.log");
            b.chmod(&logrotate, "/var/log/app.log", 0o600, 0o640);
        });
        s.pause(ms(30), ms(120));
        s.send(Kill(&logrotate), Signal::HUP, &rsyslogd, Caught(us(26)));
        s.send(Kill(&logrotate), Signal::USR1, &nginx, Caught(us(11)));
        s.pause(ms(2), ms(20));
        s.exit(logrotate, 0);
        s.exit(shell, 0);
        s.exit(job, 0);
    })
}

/// A null pointer, or worse; the kernel writes a core, and a collector picks it up.
fn crash(town: &Town) -> Play {
    let systemd = town.get(SYSTEMD);
    Box::new(move |s| {
        let thumbs = s.run_as(&systemd, WWW, "/usr/local/bin/thumbnailer --queue /var/spool/thumbs");
        s.pause(ms(300), secs(3));
        let address = s.pick([0, 0x18, 0x7f3a_9c00_0ff8, 0xffff_ffff_ffff_fff0]);
        s.send(Fault(NOT_MAPPED, address), Signal::SEGV, &thumbs, Dies);
        let collector = s.run(&systemd, "/usr/lib/systemd/systemd-coredump");
        s.pause(ms(100), ms(400));
        s.exit(collector, 0);
    })
}

/// A configure script: hundreds of programs, each for a few milliseconds.
fn exec_storm(town: &Town) -> Play {
    const TOOLS: [&str; 6] = [
        "/usr/bin/sed -n s/x/y/p conftest.c",
        "/usr/bin/grep -q main conftest.c",
        "/usr/bin/cat confdefs.h conftest.c",
        "/usr/bin/rm -f conftest.o conftest.c",
        "/usr/bin/expr a : (a)",
        "/usr/bin/cc -c conftest.c",
    ];
    let bob = town.get(BOB_OTHER_SHELL);
    Box::new(move |s| {
        let configure = s.run(&bob, "/bin/sh ./configure --prefix=/usr/local");
        for _ in 0..s.between(120, 260) {
            let tool = s.pick(TOOLS);
            let tool = s.run(&configure, tool);
            s.pause(ms(1), ms(7));
            s.exit(tool, 0);
        }
        s.exit(configure, 0);
    })
}

/// ^Z, fg, and a training that never comes to its end.
fn job_control(town: &Town) -> Play {
    let shell = town.get(ALICE_JOBS_SHELL);
    Box::new(move |s| {
        let job = s.run(&shell, "/usr/bin/python3 train.py --epochs 500");
        s.pause(secs(2), secs(5));
        for _ in 0..s.between(1, 2) {
            s.send(Terminal, Signal::TSTP, &job, Stops);
            s.pause(secs(1), secs(4));
            s.send(Kill(&shell), Signal::CONT, &job, Continues);
            s.pause(secs(1), secs(3));
        }
        if s.chance(50) {
            s.send(Kill(&shell), Signal::KILL, &job, Dies);
        } else {
            s.send(Terminal, Signal::QUIT, &job, Dies);
        }
    })
}

/// carol logs in, looks around, and her train enters a tunnel.
fn login_and_hang_up(town: &Town) -> Play {
    let sshd = town.get(SSHD);
    Box::new(move |s| {
        let guard = s.run(&sshd, "/usr/sbin/sshd -D -R").reaping(Reaps::Handler);
        s.beside(|b| {
            b.read(&guard, "/etc/passwd");
            b.read(&guard, "/etc/shadow");
            b.read(&guard, "/home/carol/.ssh/authorized_keys");
        });
        s.pause(ms(60), ms(300));
        let session = s.fork(&guard).as_user(CAROL);
        let shell = s.fork(&session).on(Tty::from_device(136, 7));
        let shell = s.exec(shell, "/usr/bin/bash --login").reaping(Reaps::Handler);
        for command in ["/usr/bin/ls --color -l", "/usr/bin/git status", "/usr/bin/df -h"] {
            s.pause(ms(300), secs(2));
            let command = s.run(&shell, command);
            s.pause(ms(3), ms(60));
            s.exit(command, 0);
        }
        let top = s.run(&shell, "/usr/bin/top");
        s.pause(secs(2), secs(6));
        s.send(Terminal, Signal::HUP, &shell, Caught(us(48)));
        s.send(Terminal, Signal::CONT, &shell, Ignored(event::Ignored::Default));
        s.send(Kill(&shell), Signal::HUP, &top, Dies);
        s.exit(shell, 129);
        s.exit(session, 255);
        s.exit(guard, 255);
    })
}

/// timeout(1) does what it is for.
fn timeout(town: &Town) -> Play {
    let bob = town.get(BOB_OTHER_SHELL);
    Box::new(move |s| {
        let timeout = s.run(&bob, "/usr/bin/timeout 5 ./flaky-test --all").reaping(Reaps::Handler);
        let test = s.run(&timeout, "./flaky-test --all");
        s.pause(ms(4999), ms(5001));
        s.send(Timer, Signal::ALRM, &timeout, Caught(us(13)));
        s.send(Kill(&timeout), Signal::TERM, &test, Dies);
        s.exit(timeout, 124);
    })
}

/// A benchmark: far more signals than the target can take, and another target that wants none.
fn signal_storm(town: &Town) -> Play {
    let bob = town.get(BOB_SHELL);
    Box::new(move |s| {
        let target = s.run(&bob, "/home/bob/bin/sink --handle USR1 --ignore USR2");
        let storm = s.run(&bob, "/home/bob/bin/storm --signals USR1,USR2");
        s.pause(ms(50), ms(100));
        for _ in 0..s.between(150, 400) {
            s.meanwhile(|s| s.send(Kill(&storm), Signal::USR1, &target, Caught(us(160))));
            for _ in 0..s.between(0, 4) {
                s.send(Kill(&storm), Signal::USR1, &target, Coalesced);
            }
            s.join();
            s.send(Kill(&storm), Signal::USR2, &target, Ignored(event::Ignored::SigIgn));
            s.pause(us(100), ms(2));
        }
        s.send(Pidfd(&storm), Signal::TERM, &target, Dies);
        s.exit(storm, 0);
    })
}

/// A service that does not end when asked; after ten seconds it is not asked again.
fn stubborn_service(town: &Town) -> Play {
    let (systemd, shell) = (town.get(SYSTEMD), town.get(ALICE_OTHER_SHELL));
    let mut java = town.get(JAVA);
    Box::new(move |s| {
        let systemctl = s.run(&shell, "/usr/bin/systemctl restart java-app.service");
        s.pause(ms(8), ms(20));
        let heard = s.pick([Caught(us(38)), Caught(us(95)), Ignored(event::Ignored::SigIgn)]);
        s.send(Kill(&systemd), Signal::TERM, &java, heard);
        s.send(Kill(&systemd), Signal::CONT, &java, Ignored(event::Ignored::Default));
        s.pause(secs(10), secs(10) + ms(3));
        s.send(Kill(&systemd), Signal::KILL, &java, Dies);
        s.pause(ms(100), ms(110));
        let next = s.run_as(&systemd, JAVA_UID, "/usr/lib/jvm/bin/java -Xmx2g -jar /opt/app/app.jar");
        java = s.start_threads(next, JAVA_THREADS);
        s.exit(systemctl, 0);
    })
}

/// A page too large for the container.
fn out_of_memory(town: &Town) -> Play {
    let node = town.get(NODE);
    Box::new(move |s| {
        let page = s.pick(["report", "gallery", "map"]);
        let chrome = s.run(&node, &format!("/opt/chrome/chrome --headless --type=renderer --page={page}"));
        let chrome = s.start_threads(chrome, &["Compositor", "ThreadPoolForeg", "Chrome_ChildIOT"]);
        s.pause(secs(2), secs(6));
        s.send(Oom, Signal::KILL, &chrome, Dies);
    })
}

/// A program tries what its sandbox forbids.
fn sandbox(town: &Town) -> Play {
    let node = town.get(NODE);
    Box::new(move |s| {
        let plugin = s.run(&node, "/app/plugins/untrusted --job 7");
        s.beside(|b| look_around(b, &plugin));
        s.pause(ms(100), secs(1));
        s.send(Seccomp(PTRACE), Signal::SYS, &plugin, Dies);
    })
}

/// It asks for what it must not have, and for an open port next door.
fn look_around(b: &mut Beside, who: &Actor) {
    const REFUSED: Option<Errno> = Some(Errno(111));
    b.read(who, "/etc/passwd");
    for path in ["/etc/shadow", "/root/.ssh/id_rsa", "/proc/1/mem"] {
        b.may_not_read(who, path);
    }
    for port in [21, 22, 23, 25, 53, 80, 110, 111, 139, 143, 389, 443, 445, 631, 993, 1433, 2049, 3306, 3389, 5432] {
        b.pause(us(300), ms(2));
        b.connect(who, ([10, 20, 0, 7], port), REFUSED.filter(|_| port != 22));
    }
    for host in 8..28 {
        b.pause(us(300), us(900));
        b.connect(who, ([10, 20, 0, host], 22), REFUSED);
    }
}

/// Documents become something that only whoever has the key can read.
fn lock_up(b: &mut Beside, who: &Actor) {
    const KINDS: [&str; 4] = ["report.odt", "budget.ods", "plan.pdf", "photo.jpg"];
    let folder = b.between(1, 99);
    for number in 0..b.between(6, 12) {
        for kind in KINDS {
            let path = format!("/srv/shared/{folder:02}/{number:02}-{kind}");
            b.read(who, &path);
            b.pause(ms(1), ms(8));
            b.rename(who, &path, &format!("{path}.enc"));
        }
    }
    b.create(who, &format!("/srv/shared/{folder:02}/READ-ME.txt"));
}

/// Who asked for it dies with its parent.
fn parent_dies(town: &Town) -> Play {
    let (systemd, bob, alice) = (town.get(SYSTEMD), town.get(BOB_SHELL), town.get(ALICE_SHELL));
    Box::new(move |s| {
        let parent = s.run(&bob, "/usr/bin/bwrap --die-with-parent --dev-bind / / ./agent");
        s.beside(|b| b.chmod(&parent, "/home/bob/agent", 0o644, 0o755));
        let agent = s.run(&parent, "./agent");
        s.pause(secs(2), secs(7));
        let sudo = s.run_as(&alice, 0, "/usr/bin/sudo kill bwrap");
        s.send(Kill(&sudo), Signal::TERM, &parent, Dies);
        s.send(Pdeath(&parent), Signal::KILL, &agent.adopted_by(&systemd), Dies);
        s.exit(sudo, 0);
    })
}

/// A whole container at one stroke.
fn container_killed(town: &Town) -> Play {
    let shim = town.get(SHIM);
    Box::new(move |s| {
        let init = s.run_as(&shim, CONTAINER_UID, "/usr/bin/tini -- worker").reaping(Reaps::Handler);
        let workers = [(); 3].map(|()| s.run(&init, "/usr/bin/worker --queue jobs"));
        s.beside(|b| workers.iter().for_each(|worker| lock_up(b, worker)));
        s.pause(secs(2), secs(8));
        let runc = s.run(&shim, "/usr/bin/runc kill --all jobs KILL");
        for worker in workers {
            s.send(Cgroup(&runc), Signal::KILL, &worker, Dies);
        }
        s.send(Cgroup(&runc), Signal::KILL, &init, Dies);
        s.exit(runc, 0);
    })
}

/// A service that has not reported for too long is made to leave a core.
fn watchdog(town: &Town) -> Play {
    let systemd = town.get(SYSTEMD);
    Box::new(move |s| {
        let sensor = s.run_as(&systemd, MIXER_UID, "/usr/local/bin/sensord --i2c /dev/i2c-1");
        s.pause(secs(5), secs(9));
        s.send(Kill(&systemd), Signal::ABRT, &sensor, Dies);
    })
}

/// `ulimit -t`.
fn too_much_time(town: &Town) -> Play {
    let bob = town.get(BOB_OTHER_SHELL);
    Box::new(move |s| {
        let job = s.run(&bob, "/usr/bin/sha512sum /dev/zero");
        s.pause(secs(3), secs(4));
        s.send(Rlimit, Signal::XCPU, &job, Dies);
    })
}

/// alice deploys: new workers are started, the old ones finish what they are at.
fn web_reload(town: &Town) -> Play {
    let (shell, master) = (town.get(ALICE_SHELL), town.get(NGINX));
    let mut workers = WEB_WORKERS.map(|pid| town.get(pid));
    Box::new(move |s| {
        let deploy = s.run(&shell, "/home/alice/bin/deploy.sh --reload web-1");
        s.pause(ms(200), ms(900));
        s.send(Kill(&deploy), Signal::HUP, &master, Caught(us(12)));
        s.pause(ms(2), ms(6));
        let new = [(); 4].map(|()| s.fork(&master).as_user(WWW));
        for old in std::mem::replace(&mut workers, new) {
            s.send(Kill(&master), Signal::QUIT, &old, Caught(us(9)));
            s.meanwhile(|s| {
                s.pause(ms(4), secs(3));
                s.exit(old, 0);
            });
        }
        s.exit(deploy, 0);
    })
}
