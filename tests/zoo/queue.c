// Ways of queued signals: with a value, real-time, into a full queue; and signals that are taken without a delivery.
#include "zoo.h"
#include <sys/signalfd.h>

static int sigqueued(void) {
    const pid_t p = handles(SIGUSR2);
    must(sigqueue(p, SIGUSR2, (union sigval){.sival_ptr = (void *)42}) == 0, "sigqueue");
    sent((struct sent){
        .sig = SIGUSR2, .to = p, .call = "sigqueue", .more = "\"code\":-1,\"code_name\":\"SI_QUEUE\",\"value\":42"});
    handled(p, SIGUSR2);
    await();
    finish(p);
    return 0;
}

static int tgsigqueued(void) {
    const pid_t p = handles(SIGRTMIN + 3);
    siginfo_t info = {.si_code = SI_QUEUE};
    info.si_pid = 1; // a lie: the sender is not to be read from here
    info.si_value.sival_ptr = (void *)-7L;
    must(syscall(SYS_rt_tgsigqueueinfo, p, p, SIGRTMIN + 3, &info) == 0, "rt_tgsigqueueinfo");
    sent((struct sent){.sig = SIGRTMIN + 3,
                       .to = p,
                       .call = "tgsigqueue",
                       .scope = "thread",
                       .more = "\"code\":-1,\"value\":-7,\"signal\":\"SIGRTMIN+3\""});
    handled(p, SIGRTMIN + 3);
    await();
    finish(p);
    return 0;
}

// A process may tell itself anything, a fault too: it was sent all the same, and by whom is known.
static void forge(int code) {
    siginfo_t info = {.si_code = code};
    on(SIGSEGV, say_ready);
    must(syscall(SYS_rt_sigqueueinfo, getpid(), SIGSEGV, &info) == 0, "rt_sigqueueinfo");
    pause_for_ever(0);
}

static int forged(void) {
    const pid_t p = spawn(forge, 1);
    await();
    sent((struct sent){.sig = SIGSEGV, .from = p, .to = p, .call = "sigqueue", .more = "\"code\":1"});
    handled(p, SIGSEGV);
    finish(p);
    return 0;
}

// To others, anything that the kernel itself only says with a negative code.
static int forged_timer(void) {
    const pid_t p = handles(SIGALRM);
    siginfo_t info = {.si_code = SI_TIMER};
    info.si_value.sival_ptr = (void *)9;
    must(syscall(SYS_rt_sigqueueinfo, p, SIGALRM, &info) == 0, "rt_sigqueueinfo");
    sent((struct sent){.sig = SIGALRM, .to = p, .call = "sigqueue", .more = "\"code\":-2,\"value\":9"});
    handled(p, SIGALRM);
    await();
    finish(p);
    return 0;
}

// Real-time signals are not merged: three sent, three handled, each its own.
static int real_time(void) {
    const pid_t p = handles(SIGRTMIN);
    for (int i = 0; i < 3; i++) {
        const char *id = text("$s%d", i);
        must(sigqueue(p, SIGRTMIN, (union sigval){.sival_ptr = (void *)(long)i}) == 0, "sigqueue");
        sent((struct sent){.sig = SIGRTMIN, .to = p, .id = id, .call = "sigqueue", .more = text("\"value\":%d", i)});
        taken(p, SIGRTMIN, "handler", "none", id);
    }
    for (int i = 0; i < 3; i++) await();
    finish(p);
    return 0;
}

static void no_queue(int sig) {
    block(sig), block(SIGUSR1);
    setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){0, 0});
    ready(), pause_for_ever(0);
}

// A queue without a place: a value cannot be kept, so it is refused; kill(2) has none, so it is sent bare; and an
// ordinary signal always has a place.
static int overflow(void) {
    const pid_t p = spawn(no_queue, SIGRTMIN);
    await();
    must(sigqueue(p, SIGRTMIN, (union sigval){.sival_int = 1}) < 0 && errno == EAGAIN, "sigqueue should fail");
    sent((struct sent){.sig = SIGRTMIN, .to = p, .id = "$full", .call = "sigqueue", .result = "overflow"});
    must(kill(p, SIGRTMIN) == 0, "kill");
    sent((struct sent){.sig = SIGRTMIN, .to = p, .id = "$bare", .call = "kill", .result = "info-lost"});
    must(kill(p, SIGUSR1) == 0, "kill");
    sent((struct sent){.sig = SIGUSR1, .to = p, .id = "$usr1", .call = "kill"});
    finish(p);
    return 0;
}

static void read_signalfd(int sig) {
    struct signalfd_siginfo info;
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, sig), block(sig);
    const int fd = signalfd(-1, &set, SFD_CLOEXEC);
    ready();
    must(read(fd, &info, sizeof info) == sizeof info, "signalfd");
    ready(), pause_for_ever(0);
}

static void wait_for_signal(int sig) {
    sigset_t set;
    int got;
    sigemptyset(&set), sigaddset(&set, sig), block(sig);
    ready();
    must(sigwait(&set, &got) == 0 && got == sig, "sigwait");
    ready(), pause_for_ever(0);
}

// Taken, but not delivered: the kernel does not say, and nobody may guess.
static int undelivered(void (*body)(int)) {
    const pid_t p = spawn(body, SIGUSR1);
    await();
    must(kill(p, SIGUSR1) == 0, "kill");
    sent((struct sent){.sig = SIGUSR1, .to = p, .call = "kill"});
    await();
    finish(p);
    return 0;
}

static int by_signalfd(void) { return undelivered(read_signalfd); }
static int by_sigwait(void) { return undelivered(wait_for_signal); }

// The first is waited for, the second is handled: which is which is known.
static void wait_then_handle(int sig) {
    sigset_t set;
    int got;
    on(sig, say_ready), block(sig), sigemptyset(&set), sigaddset(&set, sig);
    ready();
    must(sigwait(&set, &got) == 0 && got == sig, "sigwait");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    ready(), pause_for_ever(0);
}

static int waited_then_handled(void) {
    const int sig = SIGRTMIN + 2;
    const pid_t p = spawn(wait_then_handle, sig);
    for (int i = 0; i < 2; i++) {
        await();
        must(sigqueue(p, sig, (union sigval){.sival_int = i}) == 0, "sigqueue");
        sent((struct sent){
            .sig = sig, .to = p, .id = text("$s%d", i), .call = "sigqueue", .more = text("\"value\":%d", i)});
    }
    await();
    taken(p, sig, "handler", "none", "$s1");
    finish(p);
    return 0;
}

const struct way queue_ways[] = {
    {"sigqueue", "sigqueue(3) with a value", sigqueued},
    {"tgsigqueue", "rt_tgsigqueueinfo(2) that lies about its sender", tgsigqueued},
    {"forged", "a fault that a process sends itself", forged},
    {"forged-timer", "a timer that somebody else sends", forged_timer},
    {"real-time", "three of a real-time signal", real_time},
    {"overflow", "into a queue that is full", overflow},
    {"signalfd", "taken by signalfd(2)", by_signalfd},
    {"sigwait", "taken by sigwait(3)", by_sigwait},
    {"wait-then-handle", "the first of two is taken by sigwait(3), the second by a handler", waited_then_handled},
    {},
};
