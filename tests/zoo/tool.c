// Small programs that are no ways: what tests other than the zoo's own need beside them.
//   sigzoo exit N ...             exits with N: what the ways that exec start
//   sigzoo flood N SIG PID ...    sends N times SIG to PID; the three may come again
//   sigzoo vain N SIG PID         sends N times SIG to PID, in vain each time
//   sigzoo opens N PATH           opens PATH N times, whether it is there or not
//   sigzoo queue N SIG PID        the same by sigqueue(3), with the values 0 to N - 1; waits where the queue is full
//   sigzoo crowd N SIG PID        N processes that send SIG to PID once each, one after the other
//   sigzoo handle SIG             handles SIG, writing its value, 4 bytes, to stdout each time; begins with -1
//   sigzoo block SIG ...          blocks these, writes 4 bytes to stdout, and waits
//   sigzoo storm SEED             a family that sends each other signals at random: see storm.c
//   sigzoo ticks SIG N            a timer every 100 us, N times, then ends
//   sigzoo deaf DIR               a file system that never answers: see deaf.c
//   sigzoo deed NAME ...          what rules look for: see deed.c
#include "zoo.h"
#include <time.h>

static int flood(char **argument) {
    for (; argument[0] && argument[1] && argument[2]; argument += 3) {
        const int sig = atoi(argument[1]), pid = atoi(argument[2]);
        for (long n = atol(argument[0]); n > 0; n--) must(kill(pid, sig) == 0, "kill");
    }
    return 0;
}

static int vain(long count, int sig, pid_t pid) {
    for (; count > 0; count--) must(kill(pid, sig) < 0, "kill should fail");
    return 0;
}

static int opens(long count, const char *path) {
    for (; count > 0; count--) {
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        must(fd >= 0 || errno == ENOENT, path);
        if (fd >= 0) close(fd);
    }
    return 0;
}

static int queue(int count, int sig, pid_t pid) {
    for (int n = 0; n < count; n++)
        while (sigqueue(pid, sig, (union sigval){.sival_int = n}) < 0) must(errno == EAGAIN, "sigqueue");
    return 0;
}

static void write_value(int sig, siginfo_t *info, void *unused) {
    (void)sig, (void)unused;
    must(write(1, &info->si_value.sival_int, sizeof(int)) == sizeof(int), "write");
}

static int crowd(long senders, int sig, pid_t pid) {
    for (; senders > 0; senders--) {
        const pid_t child = fork();
        must(child >= 0, "fork");
        if (!child) kill(pid, sig), _exit(0);
        must(waitpid(child, NULL, 0) == child, "waitpid");
    }
    return 0;
}

static int handle(int sig) {
    const int ready = -1;
    must(sigaction(sig, &(struct sigaction){.sa_sigaction = write_value, .sa_flags = SA_SIGINFO}, NULL) == 0, "sigaction");
    must(write(1, &ready, sizeof ready) == sizeof ready, "write");
    pause_for_ever(0);
}

static int block_all(char **argument) {
    const int ready = -1;
    for (; *argument; argument++) block(atoi(*argument));
    must(write(1, &ready, sizeof ready) == sizeof ready, "write");
    pause_for_ever(0);
}

static int ticks(int sig, int count) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig};
    const long interval = 100000;
    sigset_t set;
    timer_t id;
    sigemptyset(&set), sigaddset(&set, sig), block(sig);
    must(timer_create(CLOCK_MONOTONIC, &event, &id) == 0, "timer_create");
    timer_settime(id, 0, &(struct itimerspec){{.tv_nsec = interval}, {.tv_nsec = interval}}, NULL);
    for (int got; count > 0; count--) must(sigwait(&set, &got) == 0, "sigwait");
    return 0;
}

// The exit status of the program that was asked for, or -1 if none was.
int tool(int count, char **argument) {
    const char *const name = count > 1 ? argument[1] : "";
    if (!strcmp(name, "exit") && count > 2) return atoi(argument[2]);
    if (!strcmp(name, "flood") && count > 4) return flood(argument + 2);
    if (!strcmp(name, "vain") && count > 4) return vain(atol(argument[2]), atoi(argument[3]), atoi(argument[4]));
    if (!strcmp(name, "opens") && count > 3) return opens(atol(argument[2]), argument[3]);
    if (!strcmp(name, "queue") && count > 4) return queue(atoi(argument[2]), atoi(argument[3]), atoi(argument[4]));
    if (!strcmp(name, "crowd") && count > 4) return crowd(atol(argument[2]), atoi(argument[3]), atoi(argument[4]));
    if (!strcmp(name, "handle") && count > 2) return handle(atoi(argument[2]));
    if (!strcmp(name, "block") && count > 2) return block_all(argument + 2);
    if (!strcmp(name, "storm") && count > 2) return storm(strtoul(argument[2], NULL, 10));
    if (!strcmp(name, "ticks") && count > 3) return ticks(atoi(argument[2]), atoi(argument[3]));
    if (!strcmp(name, "deaf") && count > 2) return deaf(argument[2]);
    if (!strcmp(name, "deed")) return deed(count - 2, argument + 2);
    return -1;
}
