// sigzoo storm SEED: a family that sends each other whatever there is, for tests that compare what two watchers saw.
//
// A family of processes of several names, users, sessions and terminals is born, and says its pids on stdout: the
// storm's own, then a child's and a grandchild's per line. It then waits for a byte on stdin, and once it has one,
// every process sends signals at random to the others, has children of its own that do so too, and ends. The storm
// returns when all of them have ended. The same seed gives the same storm.
#include "zoo.h"
#include <pty.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>
#include <sys/time.h>

enum { CHILDREN = 5, SENDS = 12 };

static unsigned long chance;
static pid_t family[2 * CHILDREN + 1];

static unsigned draw(unsigned below) {
    chance = chance * 6364136223846793005UL + 1442695040888963407UL;
    return (unsigned)(chance >> 33) % below;
}

static void caught(int sig) { (void)sig; }

// Handlers for some, so that nobody dies of what he gets; blocked, ignored and default ones among them.
static void prepare(void) {
    const int handled[] = {SIGUSR1, SIGTERM, SIGINT, SIGALRM, SIGRTMIN + 1, SIGIO};
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
        sigaction(handled[i], &(struct sigaction){.sa_handler = caught, .sa_flags = SA_RESTART}, NULL);
    signal(SIGUSR2, SIG_IGN), signal(SIGPIPE, SIG_IGN), signal(SIGHUP, SIG_IGN);
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, SIGQUIT), sigaddset(&set, SIGRTMIN + 2), block(SIGQUIT), block(SIGRTMIN + 2);
}

// A dead child of a dying parent: the storm hears of it from the dying one (forget_original_parent(), kernel/exit.c).
static void leave_an_orphan(void) {
    const pid_t child = fork();
    if (child == 0) {
        const pid_t grandchild = fork();
        if (grandchild == 0) _exit(0);
        while (waitid(P_PID, (id_t)grandchild, &(siginfo_t){0}, WEXITED | WNOWAIT) < 0 && errno == EINTR) continue;
        _exit(0);
    }
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

// A child that is stopped, goes on, and is killed.
static void stop_and_go(void) {
    const pid_t child = fork();
    if (child == 0)
        for (;;) pause();
    if (child < 0) return;
    kill(child, SIGSTOP);
    while (waitpid(child, NULL, WUNTRACED) < 0 && errno == EINTR) continue;
    kill(child, SIGCONT), kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

static void send_one(void) {
    const int signals[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGWINCH, SIGURG, SIGCONT, SIGQUIT, SIGRTMIN + 1, SIGRTMIN + 2};
    const int sig = signals[draw(sizeof signals / sizeof *signals)];
    const pid_t to = family[draw(2 * CHILDREN + 1)];
    int ends[2];
    switch (draw(10)) {
    case 0: sigqueue(to, sig, (union sigval){.sival_int = (int)draw(1000)}); break;
    case 1: syscall(SYS_tgkill, to, to, sig); break;
    case 2: raise(SIGUSR1); break;
    case 3: // nobody reads: SIGPIPE
        must(pipe(ends) == 0, "pipe"), close(ends[0]);
        if (write(ends[1], "", 1) < 0) errno = 0;
        close(ends[1]);
        break;
    case 4: // a timer of its own
        setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {.tv_usec = 100}}, NULL);
        break;
    case 5: stop_and_go(); break;
    case 6: leave_an_orphan(); break;
    default: kill(to, sig);
    }
}

static void send_all(int depth) {
    for (int n = 0; n < SENDS; n++) {
        send_one();
        if (depth == 0 || draw(6)) continue;
        const pid_t child = fork();
        if (child == 0) {
            chance += (unsigned long)getpid(); // else it would do what its parent does
            if (draw(2)) prctl(PR_SET_NAME, "storm-late");
            send_all(depth - 1);
            _exit(0);
        }
        while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
    }
}

// What makes this one of the family different from the others.
static void become(int number) {
    static const char *const names[] = {"storm-a", "storm-bb", "rain", "hail-stones-15", "storm-a"};
    static const uid_t users[] = {0, 1000, 65534, 0, 1000};
    int master, slave;
    prctl(PR_SET_NAME, names[number % CHILDREN]);
    if (number == 3 && openpty(&master, &slave, NULL, NULL, NULL) == 0) setsid(), ioctl(slave, TIOCSCTTY, 0);
    if (number == 2) setsid();
    must(setresuid((uid_t)-1, 0, (uid_t)-1) == 0 && setresuid(0, 0, 0) == 0, "setresuid"); // its parent may be somebody else
    must(setresuid(users[number % CHILDREN], users[number % CHILDREN], 0) == 0, "setresuid");
}

// One of the family, and its only child: each says that it is what it is to be, the one to the storm, with the pids of
// both, the other to the one; and goes on once the whole family is known.
static _Noreturn void live(int number, int said, int go) {
    int born[2];
    must(pipe(born) == 0, "pipe");
    become(number), prepare();
    pid_t pids[2] = {getpid(), fork()};
    if (pids[1] == 0) {
        become(++number), prepare();
        must(write(born[1], "", 1) == 1, "write");
    } else {
        must(read(born[0], &(char){0}, 1) == 1, "read");
        must(write(said, pids, sizeof pids) == sizeof pids, "write");
    }
    while (read(go, family, sizeof family) < 0) must(errno == EINTR, "read");
    chance += (unsigned long)number * 7919 + (pids[1] ? 1 : 0);
    send_all(2);
    for (int status; wait(&status) > 0 || errno == EINTR;) continue;
    _exit(0);
}

int storm(unsigned long seed) {
    int said[2], go[2];
    chance = seed * 2654435761UL;
    must(pipe(said) == 0 && pipe(go) == 0, "pipe");
    prctl(PR_SET_CHILD_SUBREAPER, 1), prepare();
    family[0] = getpid();
    printf("%d\n", getpid());
    for (int n = 0; n < CHILDREN; n++) {
        if (fork() == 0) live(n, said[1], go[0]);
        while (read(said[0], &family[1 + 2 * n], 2 * sizeof(pid_t)) < 0) must(errno == EINTR, "read");
        printf("%d %d\n", family[1 + 2 * n], family[2 + 2 * n]);
    }
    fflush(stdout);
    while (read(0, &(char){0}, 1) < 0) must(errno == EINTR, "read");
    for (int n = 0; n < 2 * CHILDREN; n++) must(write(go[1], family, sizeof family) == sizeof family, "write");
    for (int status; wait(&status) > 0 || errno == EINTR;) continue;
    return 0;
}
