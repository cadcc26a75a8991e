// Ways in which a process sends a signal to another: every system call, and every fate of what was sent.
#include "zoo.h"

#define KILL .call = "kill"
#define CODE(n) "\"code\":" #n

// Sends by kill(2) and says so.
static void send(pid_t to, int sig, const char *result, const char *more) {
    must(kill(to, sig) == 0, "kill");
    sent((struct sent){.sig = sig, .to = to, KILL, .result = result, .more = more});
}

static int terminated(void) {
    const pid_t p = plain();
    send(p, SIGTERM, "queued", "\"code\":0,\"code_name\":\"SI_USER\",\"signal\":\"SIGTERM\"");
    taken(p, SIGTERM, "default", "terminate", NULL);
    reap(p, NULL);
    return 0;
}

static int killed(void) {
    const pid_t p = plain();
    send(p, SIGKILL, "queued", CODE(0));
    taken(p, SIGKILL, "default", "terminate", NULL);
    reap(p, NULL);
    return 0;
}

static int cored(void) {
    const pid_t p = plain();
    send(p, SIGQUIT, "queued", CODE(0));
    taken(p, SIGQUIT, "default", "core", NULL);
    reap(p, NULL);
    return 0;
}

static int caught(void) {
    const pid_t p = handles(SIGUSR1);
    send(p, SIGUSR1, "queued", NULL);
    handled(p, SIGUSR1);
    await();
    finish(p);
    return 0;
}

static int ignored(void) {
    const pid_t p = ignores(SIGUSR1);
    send(p, SIGUSR1, "ignored", "\"why\":\"SIG_IGN\"");
    finish(p);
    return 0;
}

static int ignored_by_default(void) {
    const pid_t p = plain();
    send(p, SIGURG, "ignored", "\"why\":\"default\"");
    finish(p);
    return 0;
}

static int coalesced(void) {
    const pid_t p = blocks(SIGUSR1);
    send(p, SIGUSR1, "queued", NULL);
    must(kill(p, SIGUSR1) == 0, "kill");
    sent((struct sent){.sig = SIGUSR1, .to = p, KILL, .result = "coalesced", .id = "$second"});
    finish(p);
    return 0;
}

// The signal number that kill(2) sends to the child itself; 9 does not come back to it.
static void kill_self(int sig) { kill(getpid(), sig); }

static int suicide(void) {
    const pid_t p = spawn(kill_self, SIGKILL);
    sent((struct sent){.sig = SIGKILL, .from = p, .to = p, KILL});
    taken(p, SIGKILL, "default", "terminate", NULL);
    reap(p, NULL);
    return 0;
}

static int zombie(void) {
    const pid_t p = spawn(_exit, 3);
    siginfo_t info;
    must(waitid(P_PID, p, &info, WEXITED | WNOWAIT) == 0, "waitid");
    if (before(5, 17)) send(p, SIGTERM, "queued", NULL); // and left to lie
    else send(p, SIGTERM, "ignored", "\"why\":\"zombie\"");
    reap(p, NULL);
    return 0;
}

// Stops it, and lets it go on; a SIGCONT that nobody handles is "ignored" in the kernel's eyes, but does its work.
static void stop_and_go(pid_t p) {
    int status;
    send(p, SIGSTOP, "queued", NULL);
    taken(p, SIGSTOP, "default", "stop", NULL);
    must(waitpid(p, &status, WUNTRACED) == p && WIFSTOPPED(status), "waitpid");
    told(p, getpid(), CLD_STOPPED, ANY); // 0 where we waited before the kernel looked it up
    must(kill(p, SIGCONT) == 0, "kill");
    sent((struct sent){.sig = SIGCONT, .to = p, KILL, .id = "$cont", .more = "\"action\":\"continue\""});
}

static int stopped(void) {
    const pid_t p = plain();
    stop_and_go(p);
    // The parent is told when the child runs again, unless it is killed before that.
    may("{\"type\":\"signal\",\"pid\":%d,\"signr\":17,\"sender\":{\"pid\":%d},\"code\":6,\"status\":18}", getpid(), p);
    finish(p);
    return 0;
}

static int stopped_handler(void) {
    const pid_t p = handles(SIGCONT);
    stop_and_go(p);
    await();
    taken(p, SIGCONT, "handler", "none", "$cont");
    told(p, getpid(), CLD_CONTINUED, SIGCONT);
    finish(p);
    return 0;
}

// One event for each process of the group, all by one call.
static void join_group(int leader) { setpgid(0, leader), ready(), pause_for_ever(0); }

static int group(void) {
    pid_t p[3];
    for (int i = 0; i < 3; i++) p[i] = spawn(join_group, i ? p[0] : 0), await();
    must(kill(-p[0], SIGTERM) == 0, "kill");
    for (int i = 0; i < 3; i++) {
        char *id = text("$to%d", i);
        sent((struct sent){.sig = SIGTERM, .to = p[i], KILL, .id = id});
        taken(p[i], SIGTERM, "default", "terminate", id);
        reap(p[i], id);
    }
    return 0;
}

// Both ends belong to nobody.
static void nobody(int target) {
    must(setresuid(65534, 65534, 65534) == 0, "setresuid");
    if (target) must(kill(target, SIGTERM) == 0, "kill");
    else ready(), pause_for_ever(0);
}

static int other_user(void) {
    if (getuid()) return skip("needs root");
    const pid_t target = spawn(nobody, 0);
    await();
    const pid_t sender = spawn(nobody, target);
    sent((struct sent){.sig = SIGTERM, .from = sender, .uid = 65534, .to = target, KILL});
    taken(target, SIGTERM, "default", "terminate", NULL);
    reap(target, NULL);
    reap(sender, NULL);
    return 0;
}

// The child's second thread; the first only waits.
static void two_threads(int sig) { on(sig, say_ready), report(thread(pause_for_ever, 0)), pause_for_ever(0); }

static int tkilled(void) {
    const pid_t p = handles(SIGUSR1);
    must(syscall(SYS_tkill, p, SIGUSR1) == 0, "tkill");
    sent((struct sent){.sig = SIGUSR1, .to = p, .call = "tkill", .scope = "thread", .more = CODE(-6)});
    handled(p, SIGUSR1);
    await();
    finish(p);
    return 0;
}

static int tgkilled(void) {
    const pid_t p = spawn(two_threads, SIGUSR1), tid = awaited_pid();
    must(syscall(SYS_tgkill, p, tid, SIGUSR1) == 0, "tgkill");
    sent((struct sent){.sig = SIGUSR1, .to = p, .to_tid = tid, .call = "tgkill", .scope = "thread", .more = CODE(-6)});
    expect("{\"type\":\"deliver\",\"id\":\"$s\",\"pid\":%d,\"tid\":%d,\"disposition\":\"handler\"}", p, tid);
    await();
    finish(p);
    return 0;
}

static void call_abort(int unused) { (void)unused, no_core(), abort(); }

static int aborted(void) {
    const pid_t p = spawn(call_abort, 0);
    sent((struct sent){.sig = SIGABRT, .from = p, .to = p, .call = "tgkill", .scope = "thread", .more = CODE(-6)});
    taken(p, SIGABRT, "default", "core", NULL);
    reap(p, NULL);
    return 0;
}

static int by_pidfd(void) {
    const pid_t p = plain();
    const int fd = syscall(SYS_pidfd_open, p, 0);
    must(fd >= 0 && syscall(SYS_pidfd_send_signal, fd, SIGHUP, NULL, 0) == 0, "pidfd_send_signal");
    close(fd);
    sent((struct sent){.sig = SIGHUP, .to = p, .call = "pidfd_send_signal", .more = CODE(0)});
    taken(p, SIGHUP, "default", "terminate", NULL);
    reap(p, NULL);
    return 0;
}

#ifdef __x86_64__
// kill(2) by the 32-bit door. Where that is shut the child dies of it.
static void kill32(int target) {
    long result = 37;
    no_core();
    __asm__ volatile("int $0x80" : "+a"(result) : "b"((long)target), "c"((long)SIGTERM) : "memory");
    if (result < 0) raise(SIGSEGV);
}

static int from_32_bit(void) {
    const pid_t p = plain(), q = fork();
    int status;
    must(q >= 0, "fork");
    if (!q) kill32(p), _exit(0);
    must(waitpid(q, &status, 0) == q, "waitpid");
    if (!WIFEXITED(status)) {
        finish(p);
        return skip("this kernel has no 32-bit system calls");
    }
    sent((struct sent){.sig = SIGTERM, .from = q, .to = p, KILL});
    taken(p, SIGTERM, "default", "terminate", NULL);
    reap(p, NULL);
    reaped(q, status, NULL);
    return 0;
}
#endif

// A name that would clear the screen, end the line and the string, and is no UTF-8.
static void hostile(int sig) {
    (void)sig;
    prctl(PR_SET_NAME, "\33[2J\"\\\n\xff");
    ready(), pause_for_ever(0);
}

static int hostile_name(void) {
    const pid_t p = spawn(hostile, 0);
    await();
    expect("{\"type\":\"rename\",\"pid\":%d,\"comm\":\"\\u001b[2J\\\"\\\\\\n?\"}", p);
    send(p, SIGTERM, "queued", NULL);
    taken(p, SIGTERM, "default", "terminate", NULL);
    expect("{\"type\":\"exit\",\"pid\":%d,\"signr\":15,\"comm\":\"\\u001b[2J\\\"\\\\\\n?\"}", p);
    int status;
    must(waitpid(p, &status, 0) == p, "waitpid");
    told(p, getpid(), CLD_KILLED, SIGTERM);
    return 0;
}

const struct way user_ways[] = {
    {"term", "kill -TERM, nobody handles it", terminated},
    {"kill", "kill -KILL", killed},
    {"quit", "kill -QUIT: the default is to dump core", cored},
    {"handler", "kill -USR1, a handler runs", caught},
    {"ignore", "kill -USR1 of one that ignores it", ignored},
    {"ignore-default", "kill -URG: the default is to ignore", ignored_by_default},
    {"coalesced", "the same signal twice, blocked", coalesced},
    {"suicide", "kill(getpid(), 9)", suicide},
    {"zombie", "kill -TERM of one that is dead already", zombie},
    {"stop", "SIGSTOP and SIGCONT, and what the parent is told", stopped},
    {"stop-handler", "the same, and SIGCONT has a handler", stopped_handler},
    {"group", "kill(-pgid): one event for each process", group},
    {"user", "from nobody to nobody", other_user},
    {"tkill", "tkill(2)", tkilled},
    {"tgkill", "tgkill(2) of a second thread", tgkilled},
    {"abort", "abort(3)", aborted},
    {"pidfd", "pidfd_send_signal(2)", by_pidfd},
#ifdef __x86_64__
    {"kill32", "kill(2) as a 32-bit program calls it", from_32_bit},
#endif
    {"hostile-name", "a name full of terminal escapes", hostile_name},
    {},
};
