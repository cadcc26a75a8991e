// The loops that `make bench` times, and what it reads sigtop's output with. See scripts/bench.sh.
//   killbench time N LOOP...   nanoseconds an operation for each LOOP, N times each, all on one line: of the pieces of
//                              each loop the one that three quarters are slower than, for others may use the machine
//   killbench send N MICROS    N times SIGUSR1 to a child that ignores it, so far apart
//   killbench crowd N SIGNALS  N idle children, SIGNALS signals to all of them in turn, then waits for a line on stdin
//   killbench tally            reads JSON lines: how many signals, how many lost, and the nanoseconds from event to
//   line
// Loops: ignored (kill a child that ignores it), blocked (that blocks it), handled (raise a signal with a handler),
// getppid, open (and close of a file that no rule looks for), fork (and exit), exec (of nothing much).
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t target;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void nothing(int sig) { (void)sig; }

static void kill_target(void) { kill(target, SIGUSR1); }
static void raise_handled(void) { syscall(SYS_tgkill, getpid(), getpid(), SIGUSR2); }
static void call_getppid(void) { syscall(SYS_getppid); }

static void open_and_close(void) { close(open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }

static void fork_and_exit(void) {
    const pid_t pid = vfork();
    if (!pid) _exit(0);
    waitpid(pid, NULL, 0);
}

static void exec_true(void) {
    static char *const argv[] = {"true", NULL}, *const environment[] = {NULL};
    const pid_t pid = vfork();
    if (!pid) execve("/bin/true", argv, environment), _exit(1);
    waitpid(pid, NULL, 0);
}

static const struct loop {
    const char *name;
    void (*step)(void);
    int share; // 1 of so many steps of N, for the slow ones
    bool blocks;
} LOOPS[] = {
    {"ignored", kill_target, 1, false},  {"blocked", kill_target, 1, true},  {"handled", raise_handled, 4, false},
    {"getppid", call_getppid, 1, false}, {"open", open_and_close, 2, false}, {"fork", fork_and_exit, 200, false},
    {"exec", exec_true, 2000, false},
};

// A child that ignores or blocks SIGUSR1; it is ready when it closes the pipe.
static pid_t victim(bool blocks) {
    int gate[2];
    char byte;
    if (pipe(gate)) exit(1);
    const pid_t pid = fork();
    if (!pid) {
        sigset_t all;
        sigfillset(&all);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGUSR1, SIG_IGN);
        if (blocks) sigprocmask(SIG_BLOCK, &all, NULL);
        close(gate[0]), close(gate[1]);
        for (;;) pause();
    }
    close(gate[1]);
    (void)!read(gate[0], &byte, 1);
    close(gate[0]);
    return pid;
}

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

enum { PIECES = 20 };

static int by_size(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double time_loop(const struct loop *loop, long n) {
    const long steps = n / loop->share / PIECES + 1;
    int64_t ns[PIECES];
    target = victim(loop->blocks);
    for (int piece = -1; piece < PIECES; piece++) { // the first only warms
        const int64_t start = now_ns();
        for (long i = 0; i < steps; i++) loop->step();
        if (piece >= 0) ns[piece] = now_ns() - start;
    }
    end(target);
    qsort(ns, PIECES, sizeof *ns, by_size);
    return (double)ns[PIECES / 4] / steps;
}

static int time_loops(long n, char **names) {
    signal(SIGUSR2, nothing);
    for (; *names; names++)
        for (size_t i = 0; i < sizeof LOOPS / sizeof *LOOPS; i++)
            if (!strcmp(LOOPS[i].name, *names)) printf("%.1f ", time_loop(&LOOPS[i], n));
    putchar('\n');
    return 0;
}

static int send_slowly(long n, long micros) {
    target = victim(false);
    for (long i = 0; i < n; i++) {
        if (micros) nanosleep(&(struct timespec){micros / 1000000, micros % 1000000 * 1000}, NULL);
        kill_target();
    }
    end(target);
    return 0;
}

static int crowd(long n, long signals) {
    pid_t *pids = calloc((size_t)n, sizeof *pids);
    for (long i = 0; i < n; i++) pids[i] = victim(false);
    for (long i = 0; i < signals; i++) kill(pids[i % n], SIGUSR1);
    puts("sent"), fflush(stdout);
    (void)getchar();
    for (long i = 0; i < n; i++) end(pids[i]);
    return 0;
}

// ---- tally

enum { BUCKETS = 1 << 20, BUCKET_NS = 1000 };
static uint32_t delays[BUCKETS]; // of so many microseconds

static int64_t number_after(const char *line, const char *field) {
    const char *at = strstr(line, field);
    return at ? atoll(at + strlen(field)) : 0;
}

static double delay_at(double share, uint64_t count) {
    uint64_t seen = 0;
    for (int i = 0; i < BUCKETS; i++)
        if ((seen += delays[i]) > share * count) return i * (BUCKET_NS / 1000.0);
    return BUCKETS;
}

static int tally(void) {
    static char buffer[1 << 20];
    size_t held = 0;
    uint64_t signals = 0, lost = 0;
    for (ssize_t got; (got = read(0, buffer + held, sizeof buffer - held - 1)) > 0;) {
        const int64_t now = now_ns();
        buffer[held += got] = 0;
        char *line = buffer;
        for (char *stop; (stop = memchr(line, '\n', buffer + held - line)); line = stop + 1) {
            *stop = 0;
            if (!strncmp(line, "{\"v\":1,\"type\":\"lost\"", 20)) lost += number_after(line, "\"count\":");
            if (strncmp(line, "{\"v\":1,\"type\":\"signal\"", 22)) continue;
            signals++;
            int64_t delay = (now - number_after(line, "\"mono_ns\":")) / BUCKET_NS;
            delays[delay < 0 ? 0 : delay >= BUCKETS ? BUCKETS - 1 : delay]++;
        }
        memmove(buffer, line, held -= line - buffer);
    }
    printf("%lu %lu %.0f %.0f\n", signals, lost, delay_at(0.5, signals), delay_at(0.99, signals));
    return 0;
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "";
    if (!strcmp(mode, "time") && argc > 3) return time_loops(atol(argv[2]), argv + 3);
    if (!strcmp(mode, "send") && argc == 4) return send_slowly(atol(argv[2]), atol(argv[3]));
    if (!strcmp(mode, "crowd") && argc == 4) return crowd(atol(argv[2]), atol(argv[3]));
    if (!strcmp(mode, "tally")) return tally();
    return fputs("see the first lines of killbench.c\n", stderr), 2;
}
