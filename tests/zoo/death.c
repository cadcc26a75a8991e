// Ways to die in company: of many threads, with a core, by a debugger, in another's place; and how the parent is told.
#include "zoo.h"
#include <sched.h>
#include <sys/ptrace.h>

// ---- many threads, one death

static void four_threads(int unused) {
    for (int i = 0; i < 3; i++) thread(pause_for_ever, 0);
    report(thread(pause_for_ever, 0)), pause_for_ever(unused);
}

// Each thread gets the kernel's SIGKILL, whichever comes first: it is one death, and told once.
static int dies_once(pid_t p, int sig, struct sent s) {
    s.sig = sig, s.to = p;
    sent(s);
    expect("{\"type\":\"deliver\",\"id\":\"$s\",\"pid\":%d,\"signr\":%d,\"disposition\":\"default\",\"action\":\"%s\"}",
           p, sig, sig == SIGQUIT ? "core" : "terminate");
    reap(p, NULL);
    return 0;
}

static int all_threads(int sig) {
    const pid_t p = spawn(four_threads, 0);
    awaited_pid();
    must(kill(p, sig) == 0, "kill");
    return dies_once(p, sig, (struct sent){.call = "kill"});
}

static int threads_term(void) { return all_threads(SIGTERM); }
static int threads_kill(void) { return all_threads(SIGKILL); }
static int threads_quit(void) { return all_threads(SIGQUIT); }

// Meant for one thread, it kills them all.
static int thread_term(void) {
    const pid_t p = spawn(four_threads, 0), tid = awaited_pid();
    must(syscall(SYS_tgkill, p, tid, SIGTERM) == 0, "tgkill");
    return dies_once(p, SIGTERM, (struct sent){.to_tid = tid, .call = "tgkill", .scope = "thread"});
}

// ---- a signal that waited: it is delivered under its own number

static int go[2];

static void unblock_later(int sig) {
    char byte;
    sigset_t set;
    block(sig);
    ready();
    must(read(go[0], &byte, 1) == 1, "read");
    sigemptyset(&set), sigaddset(&set, sig);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int unblocked(void) {
    must(pipe2(go, O_CLOEXEC) == 0, "pipe2");
    const pid_t p = spawn(unblock_later, SIGTERM);
    await();
    must(kill(p, SIGTERM) == 0 && write(go[1], "", 1) == 1, "kill");
    close(go[0]), close(go[1]);
    return dies_once(p, SIGTERM, (struct sent){.call = "kill"});
}

// ---- with a core

static char core_dir[] = "/tmp/zoo-XXXXXX";

static void dump(int unused) {
    (void)unused;
    setrlimit(RLIMIT_CORE, &(struct rlimit){16 << 20, 16 << 20});
    must(chdir(core_dir) == 0, "chdir");
    abort();
}

// Whether one is written is this machine's matter; that it is told as wait(2) tells it is ours.
static int core_dumped(void) {
    must(mkdtemp(core_dir), "mkdtemp");
    const pid_t p = spawn(dump, 0);
    sent((struct sent){.sig = SIGABRT, .from = p, .to = p, .call = "tgkill", .scope = "thread"});
    taken(p, SIGABRT, "default", "core", NULL);
    reap(p, NULL);
    unlink(text("%s/core", core_dir)), unlink(text("%s/core.%d", core_dir, p)), rmdir(core_dir);
    return 0;
}

// ---- the parent is told by the signal of its choice

static pid_t clone_with(int sig, void (*body)(int), int arg) {
    const pid_t p = syscall(SYS_clone, sig, 0, 0, 0, 0);
    must(p >= 0, "clone");
    if (!p) body(arg), _exit(9);
    also(p);
    expect("{\"type\":\"fork\",\"pid\":%d,\"ppid\":%d}", p, getpid());
    return p;
}

static void leave_to_a_thread(int unused) {
    (void)unused;
    thread(pause_for_ever, 0);
    ready();
    syscall(SYS_exit, 0);
}

// `told` is SIGWINCH, which nobody minds.
static int ends_with_winch(pid_t p, int status, int code, int value) {
    int found;
    must(waitpid(p, &found, __WALL) == p && found == status, "waitpid");
    sent((struct sent){.sig = SIGWINCH,
                       .from = p,
                       .from_tid = ANY,
                       .to = getpid(),
                       .id = "$told",
                       .origin = "child",
                       .result = "ignored",
                       .more = text("\"why\":\"default\",\"code\":%d,\"status\":%d", code, value)});
    return 0;
}

static int exit_signal(void) {
    const pid_t p = clone_with(SIGWINCH, _exit, 7);
    expect("{\"type\":\"exit\",\"pid\":%d,\"code\":7}", p);
    return ends_with_winch(p, 7 << 8, CLD_EXITED, 7);
}

// The last thread is not the first: the parent is told all the same, and by the process.
static int exit_signal_leader(void) {
    const pid_t p = clone_with(SIGWINCH, leave_to_a_thread, 0);
    await();
    while (!is_zombie(p)) sched_yield();
    must(kill(p, SIGKILL) == 0, "kill");
    sent((struct sent){.sig = SIGKILL, .to = p, .call = "kill"});
    expect("{\"type\":\"deliver\",\"id\":\"$s\",\"pid\":%d,\"signr\":9}", p);
    expect("{\"type\":\"exit\",\"pid\":%d,\"signr\":9,\"cause\":\"$s\"}", p);
    // Seen: 5.10, 6.1 and 6.12 tell the parent how the first thread ended, 6.18 and newer how the process did.
    if (before(6, 18)) return ends_with_winch(p, SIGKILL, CLD_EXITED, 0);
    return ends_with_winch(p, SIGKILL, CLD_KILLED, SIGKILL);
}

// ---- a dead child of a dying parent: its new parent is told, by the parent's end, but of the child

static void leave_a_zombie(int unused) {
    siginfo_t info;
    (void)unused;
    const pid_t child = fork();
    if (!child) _exit(3);
    must(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0, "waitid");
    report(child);
}

static int orphaned_zombie(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t p = spawn(leave_a_zombie, 0), child = awaited_pid();
    also(child);
    reap(p, NULL);
    int status;
    must(waitpid(child, &status, 0) == child, "waitpid");
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    expect("{\"type\":\"fork\",\"pid\":%d,\"ppid\":%d}", child, p);
    ended(child, status, NULL);
    told(child, p, CLD_EXITED, 3);
    told(child, getpid(), CLD_EXITED, 3);
    return 0;
}

// ---- a debugger

static int traced_kill(void) {
    const pid_t p = plain();
    int status;
    must(ptrace(PTRACE_ATTACH, p, 0, 0) == 0 && waitpid(p, &status, 0) == p, "ptrace");
    sent((struct sent){.sig = SIGSTOP, .from = NOBODY, .to = p, .id = "$stop", .origin = "kernel", .scope = "thread"});
    told(p, getpid(), CLD_TRAPPED, ANY);
    must(ptrace(PTRACE_KILL, p, 0, 0) == 0, "PTRACE_KILL");
    // Before 5.19 (commit 6a2d90ba027a) the tracee was resumed with the signal, and none was sent.
    if (before(5, 19)) may("{\"type\":\"signal\",\"pid\":%d,\"signr\":9,\"sender\":null}", p);
    else
        sent((struct sent){.sig = SIGKILL,
                           .from = NOBODY,
                           .to = p,
                           .origin = "kernel",
                           .scope = "thread",
                           .more = "\"reason\":\"ptrace-kill\""});
    may("{\"type\":\"deliver\",\"pid\":%d,\"signr\":9}", p);
    must(waitpid(p, &status, 0) == p && WIFSIGNALED(status), "waitpid");
    reaped(p, status, before(5, 19) ? "" : NULL);
    return 0;
}

static pid_t victim;
static void trace_and_leave(int unused) {
    (void)unused;
    must(ptrace(PTRACE_SEIZE, victim, 0, PTRACE_O_EXITKILL) == 0, "ptrace");
}

// A tracer that ends takes its tracee along, if it asked for that.
static int tracer_left(void) {
    victim = plain();
    const pid_t tracer = spawn(trace_and_leave, 0);
    reap(tracer, NULL);
    sent((struct sent){.sig = SIGKILL,
                       .from = NOBODY,
                       .to = victim,
                       .origin = "kernel",
                       .scope = "$_",
                       .more = "\"reason\":\"tracer-left\""});
    taken(victim, SIGKILL, "default", "terminate", NULL);
    reap(victim, NULL);
    return 0;
}

const struct way death_ways[] = {
    {"threads-term", "TERM to a process of five threads", threads_term},
    {"threads-kill", "KILL to a process of five threads", threads_kill},
    {"threads-quit", "QUIT to a process of five threads", threads_quit},
    {"thread-term", "TERM to one of five threads", thread_term},
    {"unblocked", "TERM that waited until it was let in", unblocked},
    {"core", "a core is dumped", core_dumped},
    {"exit-signal", "the parent wants SIGWINCH when its child ends", exit_signal},
    {"exit-signal-leader", "the same, and the first thread had ended before", exit_signal_leader},
    {"orphaned-zombie", "a dead child gets a new parent", orphaned_zombie},
    {"ptrace-kill", "a debugger kills", traced_kill},
    {"ptrace-leaves", "a debugger ends, and its tracee with it", tracer_left},
    {},
};
