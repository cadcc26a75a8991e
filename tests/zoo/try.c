// Ways in which a call fails or only asks: no signal comes of it, no other program. What sigtop must say of each: once,
// who called, for whom, which number, why not. Done only where asked for ("try-"), for not every kernel shows them
// free.
#include "zoo.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { NOBODY_UID = 65534, NO_PID = 2000000000, NO_SIGNAL = 99 };

// The six calls, in the order of `CALLS`. A target is a process; a thread's id is that of its first.
enum call { BY_KILL, BY_TKILL, BY_TGKILL, BY_SIGQUEUE, BY_TGSIGQUEUE, BY_PIDFD, CALL_COUNT };
static const char *const CALLS[] = {"kill", "tkill", "tgkill", "sigqueue", "tgsigqueue", "pidfd_send_signal"};

// An attempt, as JSON must say it. What is left out has the value in brackets.
struct tried {
    enum call by;      // [kill]
    int number;        // [0: a probe]
    pid_t from;        // [this process]
    pid_t from_tid;    // [its leader]
    int uid;           // the sender's [this process's]
    const char *aim;   // the fields that say whom it was for
    pid_t target;      // the process meant [not known]
    const char *error; // [none: a probe that found its target]
    const char *more;  // further fields [none]
};

static void tried(struct tried t) {
    const pid_t from = t.from ? t.from : getpid();
    const bool to_thread = t.by == BY_TKILL || t.by == BY_TGKILL || t.by == BY_TGSIGQUEUE;
    expect("{\"type\":\"signal\",\"id\":\"$_\",\"signr\":%d,\"sender\":{\"pid\":%d,\"tid\":%d,\"uid\":%d,\"comm\":"
           "\"sigzoo\"},"
           "\"target\":%s,\"origin\":\"user\",\"call\":\"%s\",\"code\":\"$-\",\"scope\":\"%s\",\"result\":\"%s\","
           "\"errno\":\"%s\","
           "%s%s%s}",
           t.number, from, t.from_tid ? t.from_tid : from, t.uid ?: (int)getuid(),
           t.target ? text("{\"pid\":%d,\"comm\":\"sigzoo\"}", t.target) : "null", CALLS[t.by],
           to_thread ? "thread" : "process", t.number ? "failed" : "probe", t.error ?: "$-", t.aim, t.more ? "," : "",
           t.more ?: "");
}

static int pidfd_of(pid_t pid) {
    const int fd = syscall(SYS_pidfd_open, pid, 0);
    must(fd >= 0, "pidfd_open");
    return fd;
}

// Calls; for a pidfd, `pid` is the descriptor.
static int call(enum call by, pid_t pid, int number) {
    siginfo_t info = {.si_code = SI_QUEUE};
    switch (by) {
    case BY_KILL:
        return kill(pid, number);
    case BY_TKILL:
        return syscall(SYS_tkill, pid, number);
    case BY_TGKILL:
        return syscall(SYS_tgkill, pid, pid, number);
    case BY_SIGQUEUE:
        return syscall(SYS_rt_sigqueueinfo, pid, number, &info);
    case BY_TGSIGQUEUE:
        return syscall(SYS_rt_tgsigqueueinfo, pid, pid, number, &info);
    default:
        return syscall(SYS_pidfd_send_signal, pid, number, NULL, 0);
    }
}

static const char *aim_of(enum call by, pid_t pid) {
    switch (by) {
    case BY_PIDFD:
        return text("\"fd\":%d", pid);
    case BY_KILL:
    case BY_SIGQUEUE:
        return text("\"pid\":%d,\"tid\":\"$-\"", pid);
    default:
        return text("\"pid\":%d,\"tid\":%d", pid, pid);
    }
}

// By each of the six to a process (for a pidfd, to `fd`), which must give `error`, or 0; and says so.
static void try_all(pid_t pid, int fd, int number, int error, const char *name) {
    for (enum call by = 0; by < CALL_COUNT; by++) {
        const int to = by == BY_PIDFD ? fd : pid, result = call(by, to, number);
        must(error ? result < 0 && errno == error : result == 0, CALLS[by]);
        tried((struct tried){.by = by,
                             .number = number,
                             .aim = aim_of(by, to),
                             .target = by == BY_PIDFD ? 0 : pid,
                             .error = error ? name : NULL});
    }
}

// ---- why sends fail

// In a child that belongs to nobody: what it may not do. The zoo says what must be seen of it.
static void be_nobody(void) { must(setresuid(NOBODY_UID, NOBODY_UID, NOBODY_UID) == 0, "setresuid"); }

static int their_number;

static void nobody_tries(int target) {
    const int fd = pidfd_of(target);
    be_nobody();
    for (enum call by = 0; by < CALL_COUNT; by++)
        must(call(by, by == BY_PIDFD ? fd : target, their_number) < 0 && errno == EPERM, CALLS[by]);
    must(kill(-getpgid(target), their_number) < 0 && errno == EPERM, "kill a group");
}

static int denied_with(int number) {
    if (getuid()) return skip("needs root");
    const pid_t p = plain();
    must(setpgid(p, p) == 0, "setpgid");
    their_number = number;
    const pid_t q = spawn(nobody_tries, p);
    for (enum call by = 0; by < CALL_COUNT; by++)
        tried((struct tried){.by = by,
                             .number = number,
                             .from = q,
                             .uid = NOBODY_UID,
                             .aim = by == BY_PIDFD ? "\"fd\":\"$fd\"" : aim_of(by, p),
                             .target = by == BY_PIDFD ? 0 : p,
                             .error = "EPERM"});
    tried((struct tried){
        .number = number, .from = q, .uid = NOBODY_UID, .aim = text("\"group\":%d", p), .error = "EPERM"});
    reap(q, NULL);
    finish(p);
    return 0;
}

static int denied(void) { return denied_with(SIGTERM); }
static int probe_denied(void) { return denied_with(0); }

static int gone_with(int number) {
    const pid_t p = plain(), q = plain();
    const int fd = pidfd_of(p);
    finish(p);
    try_all(p, fd, number, ESRCH, "ESRCH");
    must(syscall(SYS_tgkill, q, p, number) < 0 && errno == ESRCH, "tgkill");
    tried((struct tried){
        .by = BY_TGKILL, .number = number, .aim = text("\"pid\":%d,\"tid\":%d", q, p), .target = q, .error = "ESRCH"});
    must(kill(NO_PID, number) < 0 && errno == ESRCH, "kill");
    tried((struct tried){.number = number, .aim = aim_of(BY_KILL, NO_PID), .error = "ESRCH"});
    must(kill(-NO_PID, number) < 0 && errno == ESRCH, "kill a group");
    tried((struct tried){.number = number, .aim = text("\"group\":%d", NO_PID), .error = "ESRCH"});
    must(syscall(SYS_tkill, NO_PID, number) < 0 && errno == ESRCH, "tkill");
    tried((struct tried){
        .by = BY_TKILL, .number = number, .aim = text("\"pid\":\"$-\",\"tid\":%d", NO_PID), .error = "ESRCH"});
    finish(q);
    close(fd);
    return 0;
}

static int gone(void) { return gone_with(SIGTERM); }
static int probe_gone(void) { return gone_with(0); }

// Numbers that are no signals, to a process that is there; ids and descriptors that are none.
static int invalid(void) {
    const pid_t p = plain();
    const int fd = pidfd_of(p);
    try_all(p, fd, NO_SIGNAL, EINVAL, "EINVAL");
    must(kill(p, -1) < 0 && errno == EINVAL, "kill");
    tried((struct tried){.number = -1, .aim = aim_of(BY_KILL, p), .target = p, .error = "EINVAL"});
    must(call(BY_TKILL, -5, SIGTERM) < 0 && errno == EINVAL, "tkill");
    tried((struct tried){.by = BY_TKILL, .number = SIGTERM, .aim = "\"tid\":-5", .error = "EINVAL"});
    must(call(BY_TGKILL, 0, SIGTERM) < 0 && errno == EINVAL, "tgkill");
    tried((struct tried){.by = BY_TGKILL, .number = SIGTERM, .aim = "\"pid\":0,\"tid\":0", .error = "EINVAL"});
    must(call(BY_PIDFD, 1 << 20, SIGTERM) < 0 && errno == EBADF, "pidfd_send_signal");
    tried((struct tried){.by = BY_PIDFD, .number = SIGTERM, .aim = text("\"fd\":%d", 1 << 20), .error = "EBADF"});
    must(syscall(SYS_rt_sigqueueinfo, p, SIGTERM, 8) < 0 && errno == EFAULT, "rt_sigqueueinfo");
    tried((struct tried){
        .by = BY_SIGQUEUE, .number = SIGTERM, .aim = aim_of(BY_SIGQUEUE, p), .target = p, .error = "EFAULT"});
    finish(p);
    close(fd);
    return 0;
}

// ---- probes

static int probe(void) {
    const pid_t p = plain();
    const int fd = pidfd_of(p);
    try_all(p, fd, 0, 0, NULL);
    finish(p);
    close(fd);
    return 0;
}

static int probe_many(void) {
    must(kill(0, 0) == 0, "kill(0, 0)");
    tried((struct tried){.aim = "\"group\":0"});
    must(kill(-getpgrp(), 0) == 0, "kill(-pgrp, 0)");
    tried((struct tried){.aim = text("\"group\":%d", getpgrp())});
    must(kill(-1, 0) == 0, "kill(-1, 0)");
    tried((struct tried){.aim = "\"all\":true"});
    return 0;
}

// ---- who calls

static void try_and_report(int target) {
    must(kill(target, SIGTERM) < 0 && errno == ESRCH, "kill");
    report(syscall(SYS_gettid)), pause_for_ever(0);
}

static void in_a_thread(int target) { thread(try_and_report, target), pause_for_ever(0); }

static int by_thread(void) {
    const pid_t p = spawn(in_a_thread, NO_PID), tid = awaited_pid();
    tried((struct tried){
        .number = SIGTERM, .from = p, .from_tid = tid, .aim = aim_of(BY_KILL, NO_PID), .error = "ESRCH"});
    finish(p);
    return 0;
}

// The first process of a pid namespace: its numbers say nothing outside.
static int nested(void) {
    if (getuid()) return skip("needs root");
    const pid_t init = syscall(SYS_clone, 0x20000000 /* CLONE_NEWPID */ | SIGCHLD, 0, 0, 0, 0);
    must(init >= 0, "clone");
    if (!init) _exit(kill(2, SIGTERM) < 0 && errno == ESRCH && kill(1, 0) == 0 ? 0 : 1);
    also(init);
    expect("{\"type\":\"fork\",\"pid\":%d}", init);
    tried((struct tried){
        .number = SIGTERM, .from = init, .aim = "\"pid\":2", .error = "ESRCH", .more = "\"nested\":true"});
    tried((struct tried){.from = init, .aim = "\"pid\":1", .more = "\"nested\":true"});
    reap(init, NULL);
    return 0;
}

// ---- execs

static const char *dir; // of files that cannot be executed

static void make(const char *name, mode_t mode) {
    const int fd = open(text("%s/%s", dir, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    must(fd >= 0 && write(fd, "\177no program\n", 12) == 12 && fchmod(fd, mode) == 0, name);
    close(fd);
}

static char *const ARGS[] = {"x", NULL};

static void exec_fails(int unused) {
    (void)unused;
    const int at = open(dir, O_PATH | O_CLOEXEC), file = open(text("%s/plain", dir), O_RDONLY | O_CLOEXEC);
    must(execve(text("%s/nothing", dir), ARGS, NULL) < 0 && errno == ENOENT, "execve");
    must(execve(text("%s/plain", dir), ARGS, NULL) < 0 && errno == EACCES, "execve");
    must(execve(text("%s/garbage", dir), ARGS, NULL) < 0 && errno == ENOEXEC, "execve");
    must(syscall(SYS_execve, 8, ARGS, NULL) < 0 && errno == EFAULT, "execve");
    must(syscall(SYS_execveat, at, "nothing", ARGS, NULL, 0) < 0 && errno == ENOENT, "execveat");
    must(syscall(SYS_execveat, file, "", ARGS, NULL, AT_EMPTY_PATH) < 0 && errno == EACCES, "execveat");
    must(syscall(SYS_execveat, -1, "nothing", ARGS, NULL, 0) < 0 && errno == EBADF, "execveat");
}

static void not_executed(pid_t pid, const char *call, const char *file, const char *error) {
    expect("{\"type\":\"exec\",\"pid\":%d,\"tid\":%d,\"uid\":%d,\"gid\":%d,\"comm\":\"sigzoo\",\"call\":\"%s\","
           "\"filename\":\"%s\",\"argv\":\"$-\",\"errno\":\"%s\"}",
           pid, pid, getuid(), getgid(), call, file, error);
}

static int exec_failed(void) {
    dir = text("/tmp/sigzoo-%d", getpid());
    must(mkdir(dir, 0700) == 0, dir);
    make("plain", 0600), make("garbage", 0700);
    const pid_t p = spawn(exec_fails, 0);
    not_executed(p, "execve", text("%s/nothing", dir), "ENOENT");
    not_executed(p, "execve", text("%s/plain", dir), "EACCES");
    not_executed(p, "execve", text("%s/garbage", dir), "ENOEXEC");
    not_executed(p, "execve", "", "EFAULT");
    not_executed(p, "execveat", "nothing", "ENOENT");
    not_executed(p, "execveat", "", "EACCES");
    not_executed(p, "execveat", "nothing", "EBADF");
    reap(p, NULL);
    unlink(text("%s/plain", dir)), unlink(text("%s/garbage", dir)), rmdir(dir);
    return 0;
}

// ---- 32-bit programs

#ifdef __x86_64__
enum { KILL32 = 37, TKILL32 = 238, TGKILL32 = 270, SIGQUEUE32 = 178, TGSIGQUEUE32 = 335, PIDFD32 = 424 };
enum { EXECVE32 = 11, EXECVEAT32 = 358 };

static void try32(int fd) {
    const long gone = NO_PID;
    char *const low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    must(low != MAP_FAILED, "mmap");
    int *const info = (int *)low; // si_signo, si_errno, si_code, the same in both
    char *const name = strcpy(low + 1024, "/no/such/file");
    info[2] = SI_QUEUE;
    no_core();
    if (door32(KILL32, gone, SIGTERM, 0, 0) != -ESRCH) raise(SIGSEGV);
    must(door32(TKILL32, gone, SIGTERM, 0, 0) == -ESRCH, "tkill");
    must(door32(TGKILL32, gone, gone, SIGTERM, 0) == -ESRCH, "tgkill");
    must(door32(SIGQUEUE32, gone, SIGTERM, (long)info, 0) == -ESRCH, "rt_sigqueueinfo");
    must(door32(TGSIGQUEUE32, gone, gone, SIGTERM, (long)info) == -ESRCH, "rt_tgsigqueueinfo");
    must(door32(PIDFD32, fd, SIGTERM, 0, 0) == -ESRCH, "pidfd_send_signal");
    must(door32(KILL32, getpid(), 0, 0, 0) == 0, "probe");
    must(door32(EXECVE32, (long)name, 0, 0, 0) == -ENOENT, "execve");
    must(door32(EXECVEAT32, -1, (long)(name + 1), 0, 0) == -EBADF, "execveat");
}

static int from_32_bit(void) {
    const pid_t gone = plain();
    const int fd = pidfd_of(gone);
    int status;
    finish(gone);
    const pid_t p = spawn(try32, fd);
    must(waitpid(p, &status, 0) == p, "waitpid");
    if (!WIFEXITED(status)) return skip("this kernel has no 32-bit system calls");
    must(status == 0, "a 32-bit call");
    for (enum call by = 0; by < CALL_COUNT; by++) {
        const char *aim = by == BY_TKILL ? text("\"tid\":%d", NO_PID) : aim_of(by, by == BY_PIDFD ? fd : NO_PID);
        tried((struct tried){.by = by, .number = SIGTERM, .from = p, .aim = aim, .error = "ESRCH"});
    }
    tried((struct tried){.from = p, .aim = aim_of(BY_KILL, p), .target = p});
    not_executed(p, "execve", "/no/such/file", "ENOENT");
    not_executed(p, "execveat", "no/such/file", "EBADF");
    reaped(p, status, NULL);
    close(fd);
    return 0;
}
#endif

const struct way try_ways[] = {
    {"try-denied", "the six calls, and kill(-pgid), from nobody to root", denied},
    {"try-gone", "the same to a process that is dead and reaped, and to none", gone},
    {"try-invalid", "numbers that are no signals, ids that are none", invalid},
    {"try-probe", "signal 0 by the six calls", probe},
    {"try-probe-denied", "signal 0 from nobody to root", probe_denied},
    {"try-probe-gone", "signal 0 to a process that is dead and reaped, and to none", probe_gone},
    {"try-probe-many", "signal 0 to groups and to all", probe_many},
    {"try-thread", "by a second thread", by_thread},
    {"try-nested", "from inside a pid namespace", nested},
    {"try-exec", "execve(2) and execveat(2) that fail", exec_failed},
#ifdef __x86_64__
    {"try-32", "all of them as a 32-bit program calls them", from_32_bit},
#endif
    {},
};
