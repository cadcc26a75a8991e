// Ways in which the kernel sends on its own account or on another process's: timers, files, dying parents, debuggers,
// pid namespaces, cgroups, memory.
#include "zoo.h"
#include <arpa/inet.h>
#include <mqueue.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

// ---- timers: they run out in whatever task happens to run

static void start_itimer(int which) {
    on(which == ITIMER_REAL ? SIGALRM : which == ITIMER_VIRTUAL ? SIGVTALRM : SIGPROF, say_ready);
    setitimer(which, &(struct itimerval){.it_value = {.tv_usec = 5000}}, NULL);
    if (which == ITIMER_REAL) pause_for_ever(0);
    for (volatile int i = 0;; i++) continue; // these count only work
}

static int timer_ran_out(void (*body)(int), int arg, int sig, const char *more) {
    const pid_t p = spawn(body, arg);
    await();
    sent((struct sent){.sig = sig, .from = NOBODY, .to = p, .origin = "timer", .scope = "$_", .more = more});
    handled(p, sig);
    finish(p);
    return 0;
}

static int itimer(void) { return timer_ran_out(start_itimer, ITIMER_REAL, SIGALRM, NULL); }
static int itimer_virtual(void) { return timer_ran_out(start_itimer, ITIMER_VIRTUAL, SIGVTALRM, NULL); }
static int itimer_prof(void) { return timer_ran_out(start_itimer, ITIMER_PROF, SIGPROF, NULL); }

static void let_run_out(int which) {
    setitimer(which, &(struct itimerval){.it_value = {.tv_usec = 5000}}, NULL);
    if (which == ITIMER_REAL) pause_for_ever(0);
    for (volatile int i = 0;; i++) continue;
}

static int timer_kills(int which, int sig) {
    const pid_t p = spawn(let_run_out, which);
    sent((struct sent){.sig = sig, .from = NOBODY, .to = p, .origin = "timer", .scope = "$_"});
    taken(p, sig, "default", "terminate", NULL);
    reap(p, NULL);
    return 0;
}

static int itimer_kills(void) { return timer_kills(ITIMER_REAL, SIGALRM); }
static int itimer_virtual_kills(void) { return timer_kills(ITIMER_VIRTUAL, SIGVTALRM); }
static int itimer_prof_kills(void) { return timer_kills(ITIMER_PROF, SIGPROF); }

static void run_timer(int sig, int notify) {
    struct sigevent event = {.sigev_notify = notify, .sigev_signo = sig};
    timer_t timer;
    event.sigev_value.sival_ptr = (void *)7;
    if (notify == SIGEV_THREAD_ID) event._sigev_un._tid = thread(pause_for_ever, 0);
    on(sig, say_ready);
    must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create");
    timer_settime(timer, 0, &(struct itimerspec){.it_value = {.tv_nsec = 5000000}}, NULL);
    pause_for_ever(0);
}

static void start_timer(int sig) { run_timer(sig, SIGEV_SIGNAL); }
static void start_thread_timer(int sig) { run_timer(sig, SIGEV_THREAD_ID); }

static int thread_timer(void) {
    const pid_t p = spawn(start_thread_timer, SIGUSR2);
    await();
    sent((struct sent){.sig = SIGUSR2,
                       .from = NOBODY,
                       .to = p,
                       .to_tid = ANY,
                       .origin = "timer",
                       .scope = "thread",
                       .more = "\"value\":7"});
    handled(p, SIGUSR2);
    finish(p);
    return 0;
}

static int posix_timer(void) {
    return timer_ran_out(start_timer, SIGUSR2, SIGUSR2, "\"code\":-2,\"code_name\":\"SI_TIMER\",\"value\":7");
}

// ---- files that are ready

static int io_pipe[2];

static void wait_for_io(int sig) {
    on(sig, say_ready);
    if (sig != SIGIO) must(fcntl(io_pipe[0], F_SETSIG, sig) == 0, "F_SETSIG");
    must(fcntl(io_pipe[0], F_SETOWN, getpid()) == 0 && fcntl(io_pipe[0], F_SETFL, O_ASYNC | O_NONBLOCK) == 0, "fcntl");
    ready(), pause_for_ever(0);
}

static int io_possible(int sig, const char *more) {
    must(pipe2(io_pipe, O_CLOEXEC) == 0, "pipe");
    const pid_t p = spawn(wait_for_io, sig);
    await();
    must(write(io_pipe[1], "", 1) == 1, "write");
    await();
    sent((struct sent){.sig = sig, .from = NOBODY, .to = p, .origin = "io", .more = more});
    handled(p, sig);
    finish(p);
    close(io_pipe[0]), close(io_pipe[1]);
    return 0;
}

static int sigio(void) { return io_possible(SIGIO, NULL); }
static int sigio_chosen(void) { return io_possible(SIGRTMIN + 1, "\"code\":1"); }

static void wait_for_urgent(int fd) {
    on(SIGURG, say_ready);
    must(fcntl(fd, F_SETOWN, getpid()) == 0, "F_SETOWN");
    ready(), pause_for_ever(0);
}

// Urgent data over the loopback: it arrives in whatever task the network code runs.
static int urgent(void) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    const int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
              out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(door, (struct sockaddr *)&here, size) || listen(door, 1) ||
        getsockname(door, (struct sockaddr *)&here, &size) || connect(out, (struct sockaddr *)&here, size))
        return close(door), close(out), skip("no loopback: %s", strerror(errno));
    const int in = accept(door, NULL, NULL);
    const pid_t p = spawn(wait_for_urgent, in);
    await();
    must(send(out, "!", 1, MSG_OOB) == 1, "send");
    await();
    sent((struct sent){.sig = SIGURG, .from = NOBODY, .to = p, .origin = "io"});
    handled(p, SIGURG);
    finish(p);
    close(in), close(out), close(door);
    return 0;
}

static mqd_t queue;

static void wait_for_message(int unused) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
    event.sigev_value.sival_ptr = (void *)5;
    on(SIGUSR2, say_ready);
    must(mq_notify(queue, &event) == 0, "mq_notify");
    ready(), pause_for_ever(unused);
}

static int message(void) {
    const char *name = text("/zoo%d", getpid());
    queue = mq_open(name, O_CREAT | O_RDWR, 0600, &(struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 1});
    if (queue == (mqd_t)-1) return skip("no message queues: %s", strerror(errno));
    mq_unlink(name);
    const pid_t p = spawn(wait_for_message, 0);
    await();
    must(mq_send(queue, "", 1, 0) == 0, "mq_send");
    await();
    sent((struct sent){.sig = SIGUSR2,
                       .from = NOBODY,
                       .to = p,
                       .origin = "io",
                       .more = "\"code\":-3,\"code_name\":\"SI_MESGQ\",\"value\":5"});
    handled(p, SIGUSR2);
    finish(p);
    mq_close(queue);
    return 0;
}

// ---- another's end

static void ask_to_be_told(int parent) {
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    on(SIGUSR1, say_ready);
    report(getpid()), pause_for_ever(parent);
}

static void have_a_child(int unused) {
    (void)unused;
    if (!fork()) ask_to_be_told(0);
    pause_for_ever(0);
}

static void go_with_parent(int unused) {
    if (!fork()) prctl(PR_SET_PDEATHSIG, SIGTERM), report(getpid()), pause_for_ever(0);
    pause_for_ever(unused);
}

static int parent_kills(void) {
    const pid_t p = spawn(go_with_parent, 0), child = awaited_pid();
    expect("{\"type\":\"fork\",\"pid\":%d,\"ppid\":%d}", child, p);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    finish(p);
    also(child);
    sent((struct sent){.sig = SIGTERM, .from = p, .to = child, .origin = "pdeath"});
    taken(child, SIGTERM, "default", "terminate", NULL);
    reap(child, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    return 0;
}

static int parent_died(void) {
    const pid_t p = spawn(have_a_child, 0), child = awaited_pid();
    expect("{\"type\":\"fork\",\"pid\":%d,\"ppid\":%d}", child, p);
    prctl(PR_SET_CHILD_SUBREAPER, 1); // the orphan becomes ours
    finish(p);
    await();
    sent((struct sent){.sig = SIGUSR1, .from = p, .to = child, .origin = "pdeath"});
    handled(child, SIGUSR1);
    also(child);
    finish(child);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    return 0;
}

static int traced(void) {
    const pid_t p = plain();
    int status;
    must(ptrace(PTRACE_ATTACH, p, 0, 0) == 0 && waitpid(p, &status, 0) == p, "ptrace");
    sent((struct sent){.sig = SIGSTOP, .from = NOBODY, .to = p, .origin = "kernel", .scope = "thread"});
    told(p, getpid(), CLD_TRAPPED, ANY);
    must(ptrace(PTRACE_DETACH, p, 0, 0) == 0, "detach");
    finish(p);
    return 0;
}

// ---- pid namespaces: what is pid 1 inside has another pid here

static void member(void) {
    block(SIGUSR1);
    report(host_pid());
    pause_for_ever(0);
}

static void namespace_init(int members) {
    const bool kill_all = members > 1;
    for (int i = 0; i < members; i++)
        if (!fork()) member();
    char go;
    must(read(io_pipe[0], &go, 1) == 1, "read");
    if (kill_all) must(kill(-1, SIGUSR1) == 0, "kill(-1)");
    ready(), pause_for_ever(0);
}

// Makes a namespace whose init has `n` members, tells it to go on, and gives all their pids. 0: it cannot be made.
static pid_t namespace(int n, pid_t *members) {
    must(pipe2(io_pipe, O_CLOEXEC) == 0, "pipe");
    const pid_t init = syscall(SYS_clone, 0x20000000 /* CLONE_NEWPID */ | SIGCHLD, 0, 0, 0, 0);
    if (init < 0) return 0;
    if (!init) namespace_init(n);
    also(init);
    expect("{\"type\":\"fork\",\"pid\":%d,\"ppid\":%d}", init, getpid());
    for (int i = 0; i < n; i++) {
        also(members[i] = awaited_pid());
        expect("{\"type\":\"fork\",\"pid\":%d,\"ppid\":%d}", members[i], init);
    }
    must(write(io_pipe[1], "", 1) == 1, "write");
    await();
    return init;
}

// Ends the init from outside; the kernel then ends the members.
static int end_namespace(pid_t init, const pid_t *members, int n) {
    finish(init);
    for (int i = 0; i < n; i++) {
        const char *id = text("$end%d", i);
        sent((struct sent){.sig = SIGKILL,
                           .from = NOBODY,
                           .to = members[i],
                           .id = id,
                           .origin = "kernel",
                           .more = "\"reason\":\"namespace-end\""});
        taken(members[i], SIGKILL, "default", "terminate", id);
        ended(members[i], SIGKILL, id);
    }
    close(io_pipe[0]), close(io_pipe[1]);
    return 0;
}

static int namespace_end(void) {
    pid_t members[1];
    const pid_t init = namespace(1, members);
    if (!init) return skip("no pid namespaces: %s", strerror(errno));
    must(kill(init, SIGTERM) == 0, "kill");
    sent((struct sent){
        .sig = SIGTERM, .to = init, .call = "kill", .id = "$term", .result = "ignored", .more = "\"why\":\"init\""});
    return end_namespace(init, members, 1);
}

// Nothing can stop or kill the init of a namespace but what comes from outside, and only KILL and STOP.
static int namespace_stop(void) {
    int status;
    const pid_t init = namespace(0, NULL);
    if (!init) return skip("no pid namespaces: %s", strerror(errno));
    must(kill(init, SIGSTOP) == 0 && waitpid(init, &status, WUNTRACED) == init && WIFSTOPPED(status), "stop");
    sent((struct sent){.sig = SIGSTOP, .to = init, .call = "kill", .id = "$stop"});
    taken(init, SIGSTOP, "default", "stop", "$stop");
    told(init, getpid(), CLD_STOPPED, ANY);
    return end_namespace(init, NULL, 0);
}

static int kill_all(void) {
    pid_t members[3];
    const pid_t init = namespace(3, members);
    if (!init) return skip("no pid namespaces: %s", strerror(errno));
    for (int i = 0; i < 3; i++)
        sent((struct sent){.sig = SIGUSR1, .from = init, .to = members[i], .id = text("$all%d", i), .call = "kill"});
    return end_namespace(init, members, 3);
}

// ---- cgroups

static void into_cgroup(const char *dir) { put(text("%s/cgroup.procs", dir), text("%d", getpid())); }

// A new cgroup in which `file` is, under one of these places; NULL if there is none.
static const char *new_cgroup(const char *const *roots, const char *file) {
    for (; *roots; roots++) {
        const char *dir = text("%s/zoo%d", *roots, getpid());
        if (mkdir(dir, 0755) == 0) {
            if (access(text("%s/%s", dir, file), W_OK) == 0) return dir;
            rmdir(dir);
        }
    }
    return NULL;
}

static const char *cgroup;
static void in_cgroup(int unused) { into_cgroup(cgroup), ready(), pause_for_ever(unused); }

static int cgroup_kill(void) {
    cgroup = new_cgroup((const char *const[]){"/sys/fs/cgroup", "/sys/fs/cgroup/unified", NULL}, "cgroup.kill");
    if (!cgroup) return skip("no cgroup.kill here (it needs root, cgroup v2 and Linux 5.14)");
    pid_t p[2];
    for (int i = 0; i < 2; i++) p[i] = spawn(in_cgroup, 0), await();
    put(text("%s/cgroup.kill", cgroup), "1");
    for (int i = 0; i < 2; i++) {
        const char *id = text("$kill%d", i);
        sent((struct sent){.sig = SIGKILL, .to = p[i], .id = id, .origin = "cgroup-kill", .scope = "$_"});
        taken(p[i], SIGKILL, "default", "terminate", id);
        reap(p[i], id);
    }
    rmdir(cgroup);
    return 0;
}

static void kill_my_cgroup(int unused) {
    (void)unused;
    into_cgroup(cgroup);
    put(text("%s/cgroup.kill", cgroup), "1");
}

// Who writes is in it too, as where a container's last process ends it all.
static int cgroup_suicide(void) {
    cgroup = new_cgroup((const char *const[]){"/sys/fs/cgroup", "/sys/fs/cgroup/unified", NULL}, "cgroup.kill");
    if (!cgroup) return skip("no cgroup.kill here (it needs root, cgroup v2 and Linux 5.14)");
    const pid_t other = spawn(in_cgroup, 0);
    await();
    const pid_t p = spawn(kill_my_cgroup, 0), both[2] = {other, p};
    for (int i = 0; i < 2; i++) {
        const char *id = text("$kill%d", i);
        sent((struct sent){.sig = SIGKILL, .from = p, .to = both[i], .id = id, .origin = "cgroup-kill", .scope = "$_"});
        taken(both[i], SIGKILL, "default", "terminate", id);
        reap(both[i], id);
    }
    rmdir(cgroup);
    return 0;
}

static void eat_memory(int unused) {
    (void)unused;
    into_cgroup(cgroup);
    const size_t much = 256 << 20;
    char *memory = mmap(NULL, much, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < much; i += 4096) memory[i] = 1;
}

static int out_of_memory(void) {
    const int control = open("/sys/fs/cgroup/cgroup.subtree_control", O_WRONLY);
    if (control >= 0) (void)!write(control, "+memory", 7), close(control);
    const char *limit = "memory.max";
    cgroup = new_cgroup((const char *const[]){"/sys/fs/cgroup", "/sys/fs/cgroup/unified", NULL}, limit);
    if (!cgroup)
        limit = "memory.limit_in_bytes",
        cgroup = new_cgroup((const char *const[]){"/sys/fs/cgroup/memory", NULL}, limit);
    if (!cgroup) return skip("no memory cgroup can be made here");
    put(text("%s/%s", cgroup, limit), "8388608");
    const pid_t p = spawn(eat_memory, 0);
    const char *const found = "\"oom_rss\":\"$_\",\"oom_limit\":8388608";
    sent((struct sent){.sig = SIGKILL, .from = NOBODY, .to = p, .origin = "oom", .more = found});
    taken(p, SIGKILL, "default", "terminate", NULL);
    reap(p, NULL);
    rmdir(cgroup);
    return 0;
}

const struct way kernel_ways[] = {
    {"itimer", "setitimer(2), as alarm(2) does", itimer},
    {"itimer-virtual", "a timer of the work done by the program", itimer_virtual},
    {"itimer-prof", "a timer of the work done for the program", itimer_prof},
    {"itimer-kills", "alarm(2) without a handler", itimer_kills},
    {"itimer-virtual-kills", "the same with a timer of the work done by the program", itimer_virtual_kills},
    {"itimer-prof-kills", "the same with a timer of the work done for the program", itimer_prof_kills},
    {"timer", "timer_create(2) with a value", posix_timer},
    {"timer-thread", "timer_create(2) for a thread", thread_timer},
    {"sigio-chosen", "the same, by the signal that F_SETSIG chose", sigio_chosen},
    {"urgent", "urgent data on a socket", urgent},
    {"sigio", "a pipe that has something to read", sigio},
    {"mq", "a message in a queue", message},
    {"parent-death", "PR_SET_PDEATHSIG", parent_died},
    {"parent-kills", "PR_SET_PDEATHSIG without a handler", parent_kills},
    {"ptrace", "a debugger attaches", traced},
    {"namespace", "TERM to the init of a pid namespace, then its end", namespace_end},
    {"namespace-stop", "STOP to the init of a pid namespace", namespace_stop},
    {"kill-all", "kill(-1): one event for each process", kill_all},
    {"cgroup-kill", "cgroup.kill", cgroup_kill},
    {"cgroup-suicide", "cgroup.kill by one that is in it", cgroup_suicide},
    {"oom", "out of memory in a cgroup", out_of_memory},
    {},
};
