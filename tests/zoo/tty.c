// Ways of the terminal: keys, window size, hang-up, background reading. They reach their target through a kernel
// thread or another's call: nobody sent them.
#include "zoo.h"
#include <sys/ioctl.h>
#include <termios.h>

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

// The same, and nobody handles it.
static void lead_and_die(int unused) { no_core(), lead_session(), ready(), pause_for_ever(unused); }

static int dies_of_terminal(int sig, const char *byte, const char *action) {
    new_terminal();
    const pid_t p = spawn(lead_and_die, 0);
    await();
    if (byte) must(write(master, byte, 1) == 1, "write");
    else close(master), master = -1;
    sent((struct sent){.sig = sig, .from = NOBODY, .to = p, .origin = "tty"});
    taken(p, sig, "default", action, NULL);
    reap(p, NULL);
    const int more[] = {SIGHUP, SIGCONT, SIGCONT}; // of its terminal's, and of its own end
    for (int i = 0; i < 3; i++)
        may("{\"type\":\"signal\",\"pid\":%d,\"signr\":%d,\"sender\":null,\"origin\":\"tty\"}", p, more[i]);
    close(master);
    return 0;
}

static int interrupt_kills(void) { return dies_of_terminal(SIGINT, "\3", "terminate"); }
static int quit_kills(void) { return dies_of_terminal(SIGQUIT, "\34", "core"); }
static int hang_up_kills(void) { return dies_of_terminal(SIGHUP, NULL, "terminate"); }

static int stop_key(void) { return key("\32", SIGTSTP); }

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

// The leader goes: whoever is in the foreground is told by the kernel, in the leader's own end.
static void in_foreground(void) {
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    must(tcsetpgrp(open(slave, O_RDWR), getpid()) == 0, "tcsetpgrp");
    on(SIGHUP, say_ready);
    report(getpid()), pause_for_ever(0);
}

static void lead_foreground(int unused) {
    lead_session();
    if (!fork()) in_foreground();
    pause_for_ever(unused);
}

static int leader_goes(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    new_terminal();
    const pid_t p = spawn(lead_foreground, 0), job = awaited_pid();
    also(job);
    gone(p);
    await();
    sent((struct sent){.sig = SIGHUP,
                       .from = NOBODY,
                       .to = job,
                       .origin = "tty",
                       .id = "$hup",
                       .more = text("\"tty\":\"%s\"", slave + strlen("/dev/"))});
    taken(job, SIGHUP, "handler", "none", "$hup");
    finish(job);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    return 0;
}

// The leader gives its terminal up.
static void give_up(int sig) {
    lead_session();
    on(sig, say_ready);
    must(ioctl(open(slave, O_RDWR | O_NOCTTY), TIOCNOTTY, 0) == 0, "TIOCNOTTY");
    pause_for_ever(0);
}

static int given_up(void) {
    new_terminal();
    const pid_t p = spawn(give_up, SIGHUP);
    await();
    sent((struct sent){.sig = SIGHUP, .from = NOBODY, .to = p, .origin = "tty", .id = "$hup"});
    taken(p, SIGHUP, "handler", "none", "$hup");
    sent((struct sent){.sig = SIGCONT, .from = NOBODY, .to = p, .origin = "tty", .id = "$cont", .result = "ignored"});
    return gone(p);
}

// A job that the terminal stops; its leader tells us once it saw that.
static void read_in_background(void) {
    char byte;
    setpgid(0, 0);
    report(getpid());
    must(read(open(slave, O_RDWR), &byte, 1) >= 0, "read");
    pause_for_ever(0);
}

static void write_in_background(void) {
    struct termios modes;
    setpgid(0, 0);
    report(getpid());
    const int fd = open(slave, O_RDWR);
    must(tcgetattr(fd, &modes) == 0 && tcsetattr(fd, TCSANOW, &modes) == 0, "tcsetattr");
    pause_for_ever(0);
}

static void wait_for_key(void) {
    setpgid(0, 0);
    block(SIGTTOU);
    must(tcsetpgrp(open(slave, O_RDWR), getpid()) == 0, "tcsetpgrp");
    report(getpid()), pause_for_ever(0);
}

static void lead_a_job(int sig) {
    int status;
    lead_session();
    const pid_t job = fork();
    if (!job) sig == SIGTTIN ? read_in_background() : sig == SIGTTOU ? write_in_background() : wait_for_key();
    must(waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status) && WSTOPSIG(status) == sig, "waitpid");
    ready();
    must(waitpid(job, &status, 0) == job, "waitpid");
    ready(), pause_for_ever(0);
}

static int job_stops(int sig) {
    new_terminal();
    const pid_t p = spawn(lead_a_job, sig), job = awaited_pid();
    also(job);
    expect("{\"type\":\"fork\",\"pid\":%d,\"ppid\":%d}", job, p);
    if (sig == SIGTSTP) must(write(master, "\32", 1) == 1, "write");
    await();
    sent((struct sent){.sig = sig,
                       .from = NOBODY,
                       .to = job,
                       .origin = "tty",
                       .id = "$stop",
                       .more = text("\"tty\":\"%s\"", slave + strlen("/dev/"))});
    taken(job, sig, "default", "stop", "$stop");
    told(job, p, CLD_STOPPED, ANY);
    must(kill(job, SIGKILL) == 0, "kill");
    await();
    sent((struct sent){.sig = SIGKILL, .to = job, .call = "kill", .id = "$job"});
    taken(job, SIGKILL, "default", "terminate", "$job");
    ended(job, SIGKILL, "$job");
    told(job, p, CLD_KILLED, SIGKILL);
    return gone(p);
}

static int background_read(void) { return job_stops(SIGTTIN); }
static int background_write(void) { return job_stops(SIGTTOU); }
static int foreground_stop(void) { return job_stops(SIGTSTP); }

const struct way tty_ways[] = {
    {"tty-interrupt", "^C", interrupt},
    {"tty-quit", "^\\", quit},
    {"tty-interrupt-kills", "^C without a handler", interrupt_kills},
    {"tty-quit-kills", "^\\ without a handler", quit_kills},
    {"tty-hangup-kills", "the terminal goes away, without a handler", hang_up_kills},
    {"tty-stop", "^Z, a handler runs", stop_key},
    {"tty-stop-job", "^Z stops the job in the foreground", foreground_stop},
    {"tty-size", "a new window size", window_size},
    {"tty-hangup", "the terminal goes away", hang_up},
    {"tty-leader", "the leader of the session ends", leader_goes},
    {"tty-given-up", "the leader of the session gives its terminal up", given_up},
    {"tty-write", "a background job changes the terminal", background_write},
    {"tty-read", "a background job reads", background_read},
    {},
};
