// Ways in which a process meets a signal by what it does itself: faults, limits, forbidden calls, broken pipes.
// Nobody sent these, and nobody is to be blamed.
#include "zoo.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>

// The child runs into `sig`, which makes it end.
static int runs_into(void (*body)(int), struct sent s, const char *action) {
    const pid_t p = spawn(body, 0);
    s.from = NOBODY, s.to = p;
    sent(s);
    taken(p, s.sig, "default", action, NULL);
    reap(p, NULL);
    return 0;
}

static int faults(void (*body)(int), int sig, const char *more) {
    return runs_into(body, (struct sent){.sig = sig, .origin = "fault", .scope = "thread", .more = more}, "core");
}

static void write_to(volatile char *address) { no_core(), *address = 1; }
static void write_nowhere(int unused) { (void)unused, write_to((char *)0x10); }

static int segv(void) {
    return faults(write_nowhere, SIGSEGV, "\"code\":1,\"code_name\":\"SEGV_MAPERR\",\"address\":\"0x10\"");
}

static char *page; // of the parent's, at the same address in the child
static void write_page(int unused) { (void)unused, write_to(page); }

static int forbidden_page(void) {
    page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(page != MAP_FAILED, "mmap");
    return faults(write_page, SIGSEGV, text("\"code\":2,\"address\":\"%p\"", (void *)page));
}

static int beyond_the_file(void) {
    const int fd = memfd_create("zoo", 0);
    must(fd >= 0 && (page = mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0)) != MAP_FAILED, "mmap");
    close(fd);
    return faults(write_page, SIGBUS, text("\"code\":2,\"code_name\":\"BUS_ADRERR\",\"address\":\"%p\"", (void *)page));
}

#ifdef __x86_64__
static void divide(int zero) {
    no_core();
    __asm__ volatile("idivl %0" : : "r"(zero), "a"(1), "d"(0));
}
static void no_instruction(int unused) {
    (void)unused, no_core();
    __asm__ volatile("ud2");
}
static void breakpoint(int unused) {
    (void)unused, no_core();
    __asm__ volatile("int3");
}
static void not_canonical(int unused) { (void)unused, write_to((char *)(1UL << 63)); }

static int fpe(void) { return faults(divide, SIGFPE, "\"code\":1,\"code_name\":\"FPE_INTDIV\""); }
static int ill(void) { return faults(no_instruction, SIGILL, "\"code\":2,\"code_name\":\"ILL_ILLOPN\""); }
static int trap(void) { return faults(breakpoint, SIGTRAP, "\"code\":128"); }
static int general_protection(void) { return faults(not_canonical, SIGSEGV, "\"code\":128"); }
#endif

static void broken_pipe(int unused) {
    int end[2];
    (void)unused;
    must(pipe(end) == 0 && close(end[0]) == 0, "pipe");
    must(write(end[1], "", 1) == 1, "SIGPIPE should have come");
}

static int pipe_(void) {
    return runs_into(broken_pipe, (struct sent){.sig = SIGPIPE, .origin = "pipe", .scope = "thread"}, "terminate");
}

static void broken_socket(int unused) {
    int end[2];
    (void)unused;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, end) == 0 && close(end[0]) == 0, "socketpair");
    must(write(end[1], "", 1) == 1, "SIGPIPE should have come");
}

static int socket_(void) {
    return runs_into(broken_socket, (struct sent){.sig = SIGPIPE, .origin = "pipe", .scope = "thread"}, "terminate");
}

static void big_file(int unused) {
    (void)unused, no_core();
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1, 1});
    const int fd = memfd_create("zoo", 0);
    must(write(fd, "12", 2) == 1, "the first byte has room");
    must(write(fd, "3", 1) == 1, "SIGXFSZ should have come");
}

static int file_size(void) {
    return runs_into(big_file, (struct sent){.sig = SIGXFSZ, .origin = "rlimit", .scope = "thread"}, "core");
}

static void burn(int unused) {
    (void)unused, no_core();
    setrlimit(RLIMIT_CPU, &(struct rlimit){1, 5}); // whole seconds
    for (volatile int i = 0;; i++) continue;
}

static void burn_all(int unused) {
    setrlimit(RLIMIT_CPU, &(struct rlimit){1, 1});
    for (volatile int i = unused;; i++) continue;
}

static int cpu_time_hard(void) {
    return runs_into(burn_all, (struct sent){.sig = SIGKILL, .origin = "rlimit"}, "terminate");
}

static int cpu_time(void) {
    return runs_into(burn, (struct sent){.sig = SIGXCPU, .origin = "rlimit", .scope = "$_"}, "core");
}

// Everything but getppid(2) is allowed; for that, `what`.
static void forbid_getppid(int what) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, what),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    no_core();
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "seccomp");
    syscall(SYS_getppid);
}
static void trap_getppid(int unused) { (void)unused, forbid_getppid(SECCOMP_RET_TRAP); }
static void die_of_getppid(int unused) { (void)unused, forbid_getppid((int)SECCOMP_RET_KILL_PROCESS); }

static int seccomp_trap(void) {
    return runs_into(trap_getppid,
                     (struct sent){.sig = SIGSYS,
                                   .origin = "seccomp",
                                   .scope = "thread",
                                   .more = text("\"code\":1,\"syscall\":%d", SYS_getppid)},
                     "core");
}

// Kernels before 5.16 end the process without a signal: only its end is the same everywhere.
static int seccomp_kill(void) {
    const pid_t p = spawn(die_of_getppid, 0);
    int status;
    must(waitpid(p, &status, 0) == p && WTERMSIG(status) == SIGSYS, "waitpid");
    may("{\"type\":\"signal\",\"pid\":%d,\"signr\":31,\"sender\":null,\"origin\":\"seccomp\"}", p);
    may("{\"type\":\"deliver\",\"pid\":%d,\"signr\":31}", p);
    reaped(p, status, "");
    return 0;
}

const struct way fault_ways[] = {
    {"segv", "a write to no page", segv},
    {"segv-protected", "a write to a page that may only be read", forbidden_page},
    {"bus", "a write beyond the end of a mapped file", beyond_the_file},
#ifdef __x86_64__
    {"fpe", "a division by zero", fpe},
    {"ill", "no instruction", ill},
    {"trap", "a breakpoint", trap},
    {"segv-canonical", "an address that cannot be: no page fault, and no address known", general_protection},
#endif
    {"pipe", "a write to a pipe that nobody reads", pipe_},
    {"pipe-socket", "a write to a socket that nobody reads", socket_},
    {"file-size", "RLIMIT_FSIZE", file_size},
    {"cpu-time", "RLIMIT_CPU, after a second of work", cpu_time},
    {"cpu-time-hard", "the hard RLIMIT_CPU", cpu_time_hard},
    {"seccomp-trap", "a system call that seccomp traps", seccomp_trap},
    {"seccomp-kill", "a system call that seccomp kills for", seccomp_kill},
    {},
};
