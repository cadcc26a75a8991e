// Ways of the terminal: keys, window size, hang-up, background reading. They reach their target through a kernel
// thread or another's call: nobody sent them.
#include "zoo.h"
#include <sys/ioctl.h>

static int master;
static char slave[64];

static void new_terminal(void) {
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    must(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0, "posix_openpt");
    must(ptsname_r(master, slave, sizeof slave) == 0, "ptsname");
}

// In a child: a session of its own on the terminal.
static void lead_session(void) {
    close(master);
    must(setsid() >= 0, "setsid");
    const int fd = open(slave, O_RDWR);
    must(fd >= 0 && ioctl(fd, TIOCSCTTY, 0) == 0, "TIOCSCTTY");
}

static void lead_and_handle(int sig) { lead_session(), on(sig, say_ready), ready(), pause_for_ever(0); }

static pid_t on_terminal(int sig) {
    new_terminal();
    const pid_t p = spawn(lead_and_handle, sig);
    await();
    return p;
}

// The end of the way. As the leader of a session dies, it still gets the hang-up of its own terminal.
static int gone(pid_t p) {
    finish(p);
    for (int sig = SIGHUP; sig; sig = sig == SIGHUP ? SIGCONT : 0)
        may("{\"type\":\"signal\",\"pid\":%d,\"signr\":%d,\"sender\":null,\"origin\":\"tty\"}", p, sig);
    close(master);
    return 0;
}

static int from_terminal(pid_t p, int sig) {
    sent((struct sent){
        .sig = sig, .from = NOBODY, .to = p, .origin = "tty", .more = text("\"tty\":\"%s\"", slave + strlen("/dev/"))});
    handled(p, sig);
    await();
    return gone(p);
}

static int key(const char *byte, int sig) {
    const pid_t p = on_terminal(sig);
    must(write(master, byte, 1) == 1, "write");
    return from_terminal(p, sig);
}

static int interrupt(void) { return key("\3", SIGINT); }
static int quit(void) { return key("\34", SIGQUIT); }

static int window_size(void) {
    const pid_t p = on_terminal(SIGWINCH);
    must(ioctl(master, TIOCSWINSZ, &(struct winsize){.ws_row = 7, .ws_col = 70}) == 0, "TIOCSWINSZ");
    return from_terminal(p, SIGWINCH);
}

static int hang_up(void) {
    const pid_t p = on_terminal(SIGHUP);
    close(master);
    sent((struct sent){.sig = SIGHUP, .from = NOBODY, .to = p, .origin = "tty", .id = "$hup"});
    taken(p, SIGHUP, "handler", "none", "$hup");
    sent((struct sent){.sig = SIGCONT, .from = NOBODY, .to = p, .origin = "tty", .id = "$cont", .result = "ignored"});
    await();
    master = -1;
    return gone(p);
}

// A job in the background that reads is stopped; its leader tells us once it saw that.
static void read_in_background(void) {
    char byte;
    setpgid(0, 0);
    report(getpid());
    must(read(open(slave, O_RDWR), &byte, 1) >= 0, "read");
    pause_for_ever(0);
}

static void lead_a_job(int unused) {
    int status;
    lead_session();
    const pid_t job = fork();
    if (!job) read_in_background();
    must(waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN, "waitpid");
    ready();
    must(waitpid(job, &status, 0) == job, "waitpid");
    ready(), pause_for_ever(unused);
}

static int background_read(void) {
    new_terminal();
    const pid_t p = spawn(lead_a_job, 0), job = awaited_pid();
    also(job);
    expect("{\"type\":\"fork\",\"pid\":%d,\"ppid\":%d}", job, p);
    await();
    sent((struct sent){.sig = SIGTTIN, .from = NOBODY, .to = job, .origin = "tty", .id = "$ttin"});
    taken(job, SIGTTIN, "default", "stop", "$ttin");
    told(job, p, CLD_STOPPED, ANY);
    must(kill(job, SIGKILL) == 0, "kill");
    await();
    sent((struct sent){.sig = SIGKILL, .to = job, .call = "kill", .id = "$job"});
    taken(job, SIGKILL, "default", "terminate", "$job");
    ended(job, SIGKILL, "$job");
    told(job, p, CLD_KILLED, SIGKILL);
    return gone(p);
}

const struct way tty_ways[] = {
    {"tty-interrupt", "^C", interrupt},
    {"tty-quit", "^\\", quit},
    {"tty-size", "a new window size", window_size},
    {"tty-hangup", "the terminal goes away", hang_up},
    {"tty-read", "a background job reads", background_read},
    {},
};
