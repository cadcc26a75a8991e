// Ways to begin, to become another program, and to end.
#include "zoo.h"
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>

static char self[PATH_MAX];

static int exit_code(void) {
    reap(spawn(_exit, 7), NULL);
    return 0;
}

// As short a life as there is: its name and parent must still be known.
static int short_life(void) {
    for (int i = 0; i < 50; i++) reap(spawn(_exit, 0), NULL);
    return 0;
}

static void become(char *const *argv) {
    must(chdir("/") == 0, "chdir");
    execv(self, argv);
    must(false, "execv");
}

static char *const FEW[] = {"zoo", "exit", "7", "a b", "", "\"q\"\n\t\33[0m", NULL};
static void exec_few(int unused) { (void)unused, become(FEW); }

static void must_have_executed(pid_t p, const char *more) {
    expect("{\"type\":\"exec\",\"pid\":%d,\"tid\":%d,\"uid\":%d,\"gid\":%d,\"comm\":\"sigzoo\",\"filename\":\"%s\","
           "\"cwd\":\"/\",%s}",
           p, p, getuid(), getgid(), self, more);
}

static int executed(void (*body)(int), const char *more) {
    must(readlink("/proc/self/exe", self, sizeof self - 1) > 0, "/proc/self/exe");
    const pid_t p = spawn(body, 0);
    reap(p, NULL);
    must_have_executed(p, more);
    return 0;
}

static int exec(void) {
    return executed(exec_few,
                    "\"argv\":[\"zoo\",\"exit\",\"7\",\"a b\",\"\",\"\\\"q\\\"\\n\\t\\u001b[0m\"],\"argv_cut\":false");
}

static void exec_many(int unused) {
    char *argv[102] = {"zoo", "exit", "0"};
    (void)unused;
    for (int i = 3; i < 101; i++) argv[i] = "x";
    become(argv);
}

static int many_arguments(void) {
    char *list = "\"zoo\",\"exit\",\"0\"";
    for (int i = 3; i < 64; i++) list = text("%s,\"x\"", list);
    return executed(exec_many, text("\"argv\":[%s],\"argv_cut\":true", list));
}

// A second thread executes: it takes over the process's pid, and nothing has ended.
static void exec_in_thread(int unused) { (void)thread(exec_few, unused), pause_for_ever(0); }
static int thread_executes(void) { return executed(exec_in_thread, "\"argv_cut\":false"); }

static void stop_thread(int unused) { (void)unused, syscall(SYS_exit, 0); }

// Threads that come and go are no processes.
static void many_threads(int n) {
    for (int i = 0; i < n; i++) thread(stop_thread, 0);
    _exit(4);
}

static int threads(void) {
    reap(spawn(many_threads, 5), NULL);
    return 0;
}

// The first thread ends before the others: the process has not ended, until the last one ends it.
static int leader_told[2];
static void exit_after_leader(int unused) {
    char byte;
    (void)unused;
    must(read(leader_told[0], &byte, 1) == 1, "read");
    _exit(5);
}

static void leader_leaves(int unused) {
    thread(exit_after_leader, unused);
    ready();
    syscall(SYS_exit, 0);
}

static int leader_first(void) {
    must(pipe2(leader_told, O_CLOEXEC) == 0, "pipe");
    const pid_t p = spawn(leader_leaves, 0);
    await();
    while (!is_zombie(p)) sched_yield();
    must(write(leader_told[1], "", 1) == 1, "write");
    int status;
    must(waitpid(p, &status, 0) == p, "waitpid");
    ended(p, status, NULL);
    // Older kernels tell the parent the first thread's exit code, not the process's.
    expect("{\"type\":\"signal\",\"pid\":%d,\"signr\":17,\"sender\":{\"pid\":%d},\"code\":1}", getpid(), p);
    return 0;
}

static void rename_self(int unused) {
    prctl(PR_SET_NAME, "renamed");
    ready(), pause_for_ever(unused);
}

static int renamed(void) {
    const pid_t p = spawn(rename_self, 0);
    await();
    expect("{\"type\":\"rename\",\"pid\":%d,\"tid\":%d,\"comm\":\"renamed\"}", p, p);
    must(kill(p, SIGTERM) == 0, "kill");
    expect("{\"type\":\"signal\",\"id\":\"$s\",\"signr\":15,\"target\":{\"pid\":%d,\"comm\":\"renamed\"}}", p);
    taken(p, SIGTERM, "default", "terminate", NULL);
    reap(p, NULL);
    return 0;
}

// Two processes with one pid, one after the other: told apart by when they started.
static pid_t fork_as(pid_t pid) {
    struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (unsigned long)&pid, .set_tid_size = 1};
    return syscall(SYS_clone3, &args, sizeof args);
}

// It was called `name` here, began, was sent `sig`, and died of that.
static void lived(pid_t pid, const char *name, int sig) {
    int status;
    await();
    must(kill(pid, sig) == 0 && waitpid(pid, &status, 0) == pid, "kill");
    expect("{\"type\":\"fork\",\"pid\":%d,\"start_ns\":\"%s\"}", pid, name);
    expect("{\"type\":\"signal\",\"id\":\"$s%d\",\"signr\":%d,\"target\":{\"pid\":%d,\"start_ns\":\"%s\"}}", sig, sig,
           pid, name);
    taken(pid, sig, "default", "terminate", text("$s%d", sig));
    expect("{\"type\":\"exit\",\"pid\":%d,\"start_ns\":\"%s\",\"signr\":%d,\"cause\":\"$s%d\"}", pid, name, sig, sig);
    told(pid, getpid(), CLD_KILLED, sig);
}

static int reused_pid(void) {
    const pid_t first = fork();
    must(first >= 0, "fork");
    if (!first) ready(), pause_for_ever(0);
    lived(first, "$first", SIGTERM);
    const pid_t second = fork_as(first);
    if (second < 0) return skip("a pid cannot be chosen: %s", strerror(errno));
    if (!second) ready(), pause_for_ever(0);
    lived(second, "$second", SIGINT);
    also(first);
    return 0;
}

const struct way life_ways[] = {
    {"exit", "a process and its exit code", exit_code},
    {"short", "fifty that end at once", short_life},
    {"exec", "another program, with arguments and a directory", exec},
    {"exec-long", "more arguments than are kept", many_arguments},
    {"exec-thread", "a second thread executes", thread_executes},
    {"threads", "threads that come and go", threads},
    {"leader-first", "the first thread ends before the last", leader_first},
    {"rename", "PR_SET_NAME", renamed},
    {"reused-pid", "two processes with one pid", reused_pid},
    {},
};
