//! The machine of the demo: who was there before the first story began.
//!
//! These never die, but for those that a story takes over whole (web workers, the java service): only their own
//! story may send to them. Everybody else is born and dies within one telling.

use super::stage::Stage;
use super::words::{Actor, Reaps, secs};
use crate::event::{Event, Name, Party, ProcKey, SeenEvent, Tty};
use Reaps::{Handler as H, Signalfd as S, Waiting as W};

/// Users.
pub const WWW: u32 = 33;
pub const POSTGRES_UID: u32 = 113;
pub const JAVA_UID: u32 = 990;
pub const GO_UID: u32 = 991;
pub const MIXER_UID: u32 = 992;
pub const ALICE: u32 = 1000;
pub const BOB: u32 = 1001;
pub const CAROL: u32 = 1002;
pub const CONTAINER_UID: u32 = 100_000;

/// Where a user is at home.
pub fn home(uid: u32) -> &'static str {
    match uid {
        ALICE => "/home/alice",
        BOB => "/home/bob",
        CAROL => "/home/carol",
        _ => "/",
    }
}

/// Processes that stories know by name.
pub const SYSTEMD: u32 = 1;
pub const RSYSLOGD: u32 = 611;
pub const CRON: u32 = 640;
pub const JAVA: u32 = 700;
pub const GO: u32 = 720;
pub const SSHD: u32 = 812;
pub const NGINX: u32 = 881;
pub const WEB_WORKERS: [u32; 4] = [882, 883, 884, 885];
pub const POSTGRES: u32 = 905;
pub const CHECKPOINTER: u32 = 907;
pub const ALICE_SHELL: u32 = 1234;
pub const BOB_SHELL: u32 = 2114;
pub const BOB_OTHER_SHELL: u32 = 2301;
pub const ALICE_LOG_SHELL: u32 = 4402;
pub const ALICE_OTHER_SHELL: u32 = 4405;
pub const VIM: u32 = 4410;
pub const ALICE_JOBS_SHELL: u32 = 4417;
pub const SHIM: u32 = 5120;
pub const NODE: u32 = 5144;
pub const MIXER: u32 = 6801;
pub const EFFECTS: u32 = 6804;

/// The first pid that the stories give out.
pub const FIRST_PID: u32 = 9_900;

/// Threads of the java service.
pub const JAVA_THREADS: &[&str] = &["GC Thread#0", "G1 Main Marker", "VM Thread", "Signal Dispatch", "http-nio-8080-e"];
/// Threads of the go service.
pub const GO_THREADS: &[&str] = &["go-svc", "go-svc", "go-svc", "go-svc", "go-svc"];

/// A process of the machine: pid, parent, user, pts (or -1), how it reaps, threads, cgroup, executable, title.
/// A title of one word is followed by arguments; one with a colon is what the process wrote over them.
type Resident = (u32, u32, u32, i32, Reaps, &'static [&'static str], &'static str, &'static str, &'static str);

const NONE: &[&str] = &[];
const POD: &str = "/system.slice/docker-4be1c0ffee5d3f9a7e2c6b81d90f4a3351c27be8d6f0a9e4c1b7352f8e6d0a19.scope";
const SESSION_4: &str = "/user.slice/user-1000.slice/session-4.scope";
const SESSION_9: &str = "/user.slice/user-1001.slice/session-9.scope";

#[rustfmt::skip]
const RESIDENTS: &[Resident] = &[
    (SYSTEMD, 0, 0, -1, S, NONE, "/init.scope", "/usr/lib/systemd/systemd", "/sbin/init"),
    (2, 0, 0, -1, W, NONE, "/", "", "kthreadd"),
    (14, 2, 0, -1, W, NONE, "/", "", "ksoftirqd/0"),
    (51, 2, 0, -1, W, NONE, "/", "", "kworker/u8:2"),
    (312, 1, 0, -1, S, NONE, "/system.slice/systemd-journald.service", "/usr/lib/systemd/systemd-journald", "/usr/lib/systemd/systemd-journald"),
    (355, 1, 0, -1, S, NONE, "/system.slice/systemd-udevd.service", "/usr/lib/systemd/systemd-udevd", "/usr/lib/systemd/systemd-udevd"),
    (588, 1, 101, -1, W, NONE, "/system.slice/dbus.service", "/usr/bin/dbus-daemon", "/usr/bin/dbus-daemon --system"),
    (RSYSLOGD, 1, 102, -1, W, NONE, "/system.slice/rsyslog.service", "/usr/sbin/rsyslogd", "/usr/sbin/rsyslogd -n"),
    (CRON, 1, 0, -1, W, NONE, "/system.slice/cron.service", "/usr/sbin/cron", "/usr/sbin/cron -f"),
    (663, 1, 0, -1, H, NONE, "/system.slice/containerd.service", "/usr/bin/containerd", "/usr/bin/containerd"),
    (690, 1, 0, -1, H, NONE, "/system.slice/docker.service", "/usr/bin/dockerd", "/usr/bin/dockerd -H fd://"),
    (JAVA, 1, JAVA_UID, -1, W, JAVA_THREADS, "/system.slice/java-app.service", "/usr/lib/jvm/bin/java", "/usr/lib/jvm/bin/java -Xmx2g -jar /opt/app/app.jar"),
    (GO, 1, GO_UID, -1, H, GO_THREADS, "/system.slice/go-svc.service", "/usr/local/bin/go-svc", "/usr/local/bin/go-svc --listen :9000"),
    (SSHD, 1, 0, -1, H, NONE, "/system.slice/ssh.service", "/usr/sbin/sshd", "sshd: /usr/sbin/sshd -D [listener]"),
    (820, 1, 0, -1, W, NONE, "/system.slice/getty@tty1.service", "/sbin/agetty", "/sbin/agetty --noclear tty1 linux"),
    (NGINX, 1, 0, -1, H, NONE, "/system.slice/nginx.service", "/usr/sbin/nginx", "nginx: master process /usr/sbin/nginx"),
    (WEB_WORKERS[0], NGINX, WWW, -1, H, NONE, "/system.slice/nginx.service", "/usr/sbin/nginx", "nginx: worker process"),
    (WEB_WORKERS[1], NGINX, WWW, -1, H, NONE, "/system.slice/nginx.service", "/usr/sbin/nginx", "nginx: worker process"),
    (WEB_WORKERS[2], NGINX, WWW, -1, H, NONE, "/system.slice/nginx.service", "/usr/sbin/nginx", "nginx: worker process"),
    (WEB_WORKERS[3], NGINX, WWW, -1, H, NONE, "/system.slice/nginx.service", "/usr/sbin/nginx", "nginx: worker process"),
    (POSTGRES, 1, POSTGRES_UID, -1, H, NONE, "/system.slice/postgresql.service", "/usr/lib/postgresql/17/bin/postgres", "/usr/lib/postgresql/17/bin/postgres -D /var/lib/postgresql"),
    (CHECKPOINTER, POSTGRES, POSTGRES_UID, -1, W, NONE, "/system.slice/postgresql.service", "/usr/lib/postgresql/17/bin/postgres", "postgres: checkpointer"),
    (908, POSTGRES, POSTGRES_UID, -1, W, NONE, "/system.slice/postgresql.service", "/usr/lib/postgresql/17/bin/postgres", "postgres: background writer"),
    (910, POSTGRES, POSTGRES_UID, -1, W, NONE, "/system.slice/postgresql.service", "/usr/lib/postgresql/17/bin/postgres", "postgres: walwriter"),
    (1221, SSHD, 0, -1, H, NONE, SESSION_4, "/usr/sbin/sshd", "sshd: alice [priv]"),
    (1230, 1221, ALICE, -1, H, NONE, SESSION_4, "/usr/sbin/sshd", "sshd: alice@pts/3"),
    (ALICE_SHELL, 1230, ALICE, 3, H, NONE, SESSION_4, "/usr/bin/bash", "-bash"),
    (2101, SSHD, 0, -1, H, NONE, SESSION_9, "/usr/sbin/sshd", "sshd: bob [priv]"),
    (2110, 2101, BOB, -1, H, NONE, SESSION_9, "/usr/sbin/sshd", "sshd: bob@pts/5"),
    (BOB_SHELL, 2110, BOB, 5, H, NONE, SESSION_9, "/usr/bin/bash", "-bash"),
    (2290, 1, BOB, -1, H, NONE, SESSION_9, "/usr/bin/tmux", "tmux new -s work"),
    (BOB_OTHER_SHELL, 2290, BOB, 6, H, NONE, SESSION_9, "/usr/bin/bash", "-bash"),
    (4390, 1, ALICE, -1, H, NONE, SESSION_4, "/usr/bin/tmux", "tmux new -s main"),
    (ALICE_LOG_SHELL, 4390, ALICE, 8, H, NONE, SESSION_4, "/usr/bin/bash", "-bash"),
    (ALICE_OTHER_SHELL, 4390, ALICE, 4, H, NONE, SESSION_4, "/usr/bin/bash", "-bash"),
    (VIM, ALICE_OTHER_SHELL, ALICE, 4, H, NONE, SESSION_4, "/usr/bin/vim", "vim src/main.rs"),
    (ALICE_JOBS_SHELL, 4390, ALICE, 9, H, NONE, SESSION_4, "/usr/bin/bash", "-bash"),
    (SHIM, 1, 0, -1, H, NONE, "/system.slice/containerd.service", "/usr/bin/containerd-shim-runc-v2", "/usr/bin/containerd-shim-runc-v2 -namespace moby -id 4be1c0ffee5d"),
    (NODE, SHIM, CONTAINER_UID, -1, H, NONE, POD, "/usr/local/bin/node", "/usr/local/bin/node /app/render.js"),
    (MIXER, 1, MIXER_UID, -1, W, NONE, "/system.slice/mixer.service", "/usr/bin/mixer", "/usr/bin/mixer --period 5ms"),
    (EFFECTS, MIXER, MIXER_UID, -1, W, NONE, "/system.slice/mixer.service", "/usr/bin/mixer-effects", "/usr/bin/mixer-effects"),
];

/// The machine's processes, as stories find them.
pub struct Town(Vec<Actor>);

impl Town {
    /// Plans who is seen at the start, parents first.
    pub fn open(stage: &mut Stage, now: u64) -> Town {
        let mut town = Town(Vec::new());
        for resident in RESIDENTS {
            let actor = town.actor(resident, now);
            stage.plan(Event::Seen(Box::new(seen(resident, &actor, now))), None);
            town.0.push(actor);
        }
        town
    }

    /// The process with this pid; one that nobody knows, if there is none.
    pub fn get(&self, pid: u32) -> Actor {
        self.0.iter().find(|a| a.me.key.pid == pid).copied().unwrap_or_default()
    }

    fn actor(&self, &(pid, parent, uid, pts, reaps, crew, _, exe, title): &Resident, now: u64) -> Actor {
        let file = if exe.is_empty() { title } else { exe.rsplit('/').next().unwrap_or(exe) };
        let key = ProcKey { pid, start_ns: started(pid, now) };
        let me = Party { key, tid: pid, uid, name: Name::from(file) };
        let tty = u32::try_from(pts).map_or(Tty::NONE, |n| Tty::from_device(136, n));
        Actor { crew: (crew, pid + 1), ..Actor::child(me, &self.get(parent)).on(tty).reaping(reaps) }
    }
}

/// Pids rise with time: the first thousand as the machine starts, the others evenly until now.
fn started(pid: u32, now: u64) -> u64 {
    let boot = secs(12);
    match pid.checked_sub(1000) {
        None => u64::from(pid) * boot / 1000,
        Some(later) => boot + (now - boot) / u64::from(FIRST_PID - 1000) * u64::from(later),
    }
}

fn seen(&(_, parent, .., cgroup, exe, title): &Resident, actor: &Actor, now: u64) -> SeenEvent {
    let argv = match title {
        _ if exe.is_empty() => Vec::new(),
        title if title.contains(": ") => vec![title.to_string()],
        title => title.split(' ').map(String::from).collect(),
    };
    SeenEvent {
        mono_ns: now,
        who: actor.me,
        parent: (parent != 0).then_some(actor.parent.0.key),
        tty: actor.tty,
        exe: exe.to_string(),
        argv,
        cgroup_id: cgroup.bytes().fold(1, |id, b| (id * 31 + u64::from(b)) % 100_000),
        cgroup: cgroup.to_string(),
        zombie: false,
    }
}
