// sigzoo: the main program, and what the ways share. See zoo.h.
//   sigzoo list         the ways, one a line
//   sigzoo WAY...       do these, or all but those that begin with "try-"; "try-" is all of them; exit status 77 if
//                       everything was skipped
//   sigzoo TOOL ...     see tool.c
#include "zoo.h"
#include <pthread.h>
#include <stdarg.h>
#include <sys/utsname.h>

static const struct way *const FAMILIES[] = {user_ways, queue_ways, fault_ways, kernel_ways,
                                             tty_ways,  life_ways,  death_ways, try_ways};
enum { FAMILY_COUNT = sizeof FAMILIES / sizeof *FAMILIES, SKIPPED = 77 };

static int gate[2];     // from the children to await()
static pid_t ours[256]; // the children of this way
static int our_count;

static void print(const char *word, const char *format, va_list args) {
    printf("%s ", word);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

void expect(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print("expect", format, args);
}

void may(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print("may", format, args);
}

void never(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print("never", format, args);
}

int skip(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print("skip", format, args);
    return SKIPPED;
}

void must(bool ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "sigzoo: %s: %s\n", what, strerror(errno));
    _exit(1);
}

char *text(const char *format, ...) {
    char *s;
    va_list args;
    va_start(args, format);
    must(vasprintf(&s, format, args) >= 0, "vasprintf");
    va_end(args);
    return s;
}

// ---- what sigtop must say

void sent(struct sent s) {
    const pid_t from = s.from ? s.from : getpid();
    const char *tid = s.from_tid == ANY ? "\"$_\"" : text("%d", s.from_tid ? s.from_tid : from);
    const char *uid = s.uid == ANY ? "\"$_\"" : text("%d", s.uid ?: (int)getuid());
    const char *sender = text("{\"pid\":%d,\"tid\":%s,\"uid\":%s}", from, tid, uid);
    const char *to_tid = s.to_tid == ANY ? "\"$_\"" : text("%d", s.to_tid ?: s.to);
    expect(
        "{\"type\":\"signal\",\"id\":\"%s\",\"pid\":%d,\"signr\":%d,\"sender\":%s,\"target\":{\"pid\":%d,\"tid\":%s},"
        "\"origin\":\"%s\",%s\"scope\":\"%s\",\"result\":\"%s\"%s}",
        s.id ?: "$s", s.to, s.sig, from == NOBODY ? "null" : sender, s.to, to_tid, s.origin ?: "user",
        s.call ? text("\"call\":\"%s\",", s.call) : "", s.scope ?: "process", s.result ?: "queued",
        s.more ? text(",%s", s.more) : "");
}

void taken(pid_t pid, int sig, const char *disposition, const char *action, const char *id) {
    expect("{\"type\":\"deliver\",\"id\":\"%s\",\"pid\":%d,\"signr\":%d,\"disposition\":\"%s\",\"action\":\"%s\","
           "\"latency_ns\":\"$_\"}",
           id ?: "$s", pid, sig, disposition, action);
}

void handled(pid_t pid, int sig) { taken(pid, sig, "handler", "none", NULL); }

void ended(pid_t pid, int status, const char *id) {
    if (WIFEXITED(status))
        expect("{\"type\":\"exit\",\"pid\":%d,\"tid\":\"$_\",\"code\":%d}", pid, WEXITSTATUS(status));
    else
        expect("{\"type\":\"exit\",\"pid\":%d,\"tid\":\"$_\",\"signr\":%d,\"core\":%s%s}", pid, WTERMSIG(status),
               WCOREDUMP(status) ? "true" : "false", id && !*id ? "" : text(",\"cause\":\"%s\"", id ?: "$s"));
}

void told(pid_t child, pid_t parent, int code, int status) {
    sent((struct sent){.sig = SIGCHLD,
                       .from = child,
                       .from_tid = ANY,
                       .uid = ANY,
                       .to = parent,
                       .id = "$_",
                       .origin = "child",
                       .result = "ignored",
                       .more = text("\"why\":\"default\",\"code\":%d,\"status\":%s", code,
                                    status == ANY ? "\"$_\"" : text("%d", status))});
}

void reaped(pid_t child, int status, const char *id) {
    ended(child, status, id);
    if (WIFEXITED(status)) told(child, getpid(), CLD_EXITED, WEXITSTATUS(status));
    else told(child, getpid(), WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED, WTERMSIG(status));
}

// ---- children

pid_t spawn(void (*body)(int), int arg) {
    const pid_t parent = getpid(), pid = fork();
    must(pid >= 0, "fork");
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // nothing is left over if a way fails
        body(arg);
        _exit(0);
    }
    expect("{\"type\":\"fork\",\"pid\":%d,\"tid\":%d,\"ppid\":%d,\"comm\":\"sigzoo\"}", pid, pid, parent);
    also(pid);
    return pid;
}

void also(pid_t pid) {
    if (our_count < (int)(sizeof ours / sizeof *ours)) ours[our_count++] = pid;
}

void report(pid_t pid) { must(write(gate[1], &pid, sizeof pid) == sizeof pid, "write"); }

pid_t awaited_pid(void) {
    pid_t pid;
    must(read(gate[0], &pid, sizeof pid) == sizeof pid, "the child did not answer");
    return pid;
}

void ready(void) { report(0); }
void await(void) { awaited_pid(); }
void say_ready(int sig) { (void)sig, ready(); }

pid_t host_pid(void) {
    char link[16] = "";
    must(readlink("/proc/self", link, sizeof link - 1) > 0, "/proc/self");
    return atoi(link);
}

struct start {
    void (*body)(int);
    int arg, tid[2]; // a pipe for its tid
};

static void *start_thread(void *arg) {
    struct start start = *(struct start *)arg;
    const pid_t tid = syscall(SYS_gettid);
    must(write(start.tid[1], &tid, sizeof tid) == sizeof tid, "write");
    start.body(start.arg);
    return NULL;
}

pid_t thread(void (*body)(int), int arg) {
    struct start start = {body, arg, {0}};
    pthread_t unused;
    pid_t tid;
    must(pipe(start.tid) == 0 && pthread_create(&unused, NULL, start_thread, &start) == 0, "pthread_create");
    must(read(start.tid[0], &tid, sizeof tid) == sizeof tid, "read");
    close(start.tid[0]), close(start.tid[1]);
    return tid;
}

void pause_for_ever(int unused) {
    (void)unused;
    for (;;) pause();
}

void on(int sig, void (*handler)(int)) {
    must(sigaction(sig, &(struct sigaction){.sa_handler = handler}, NULL) == 0, "sigaction");
}

void block(int sig) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, sig);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

void no_core(void) { prctl(PR_SET_DUMPABLE, 0); }

static void victim_plain(int unused) { ready(), pause_for_ever(unused); }
static void victim_handles(int sig) { on(sig, say_ready), victim_plain(sig); }
static void victim_ignores(int sig) { on(sig, SIG_IGN), victim_plain(sig); }
static void victim_blocks(int sig) { block(sig), victim_plain(sig); }

static pid_t victim(void (*body)(int), int sig) {
    const pid_t pid = spawn(body, sig);
    await();
    return pid;
}

pid_t plain(void) { return victim(victim_plain, 0); }
pid_t handles(int sig) { return victim(victim_handles, sig); }
pid_t ignores(int sig) { return victim(victim_ignores, sig); }
pid_t blocks(int sig) { return victim(victim_blocks, sig); }

int reap(pid_t pid, const char *id) {
    int status;
    must(waitpid(pid, &status, 0) == pid, "waitpid");
    reaped(pid, status, id);
    return status;
}

void finish(pid_t pid) {
    const char *id = text("$end%d", pid);
    must(kill(pid, SIGKILL) == 0, "kill");
    sent((struct sent){.sig = SIGKILL, .to = pid, .call = "kill", .id = id});
    taken(pid, SIGKILL, "default", "terminate", id);
    reap(pid, id);
}

void put(const char *path, const char *s) {
    const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    must(fd >= 0 && write(fd, s, strlen(s)) == (ssize_t)strlen(s), path);
    close(fd);
}

bool before(int major, int minor) {
    struct utsname name;
    int here[2] = {0};
    must(uname(&name) == 0 && sscanf(name.release, "%d.%d", &here[0], &here[1]) == 2, "uname");
    return here[0] < major || (here[0] == major && here[1] < minor);
}

bool is_zombie(pid_t pid) {
    char line[128] = "";
    FILE *f = fopen(text("/proc/%d/stat", pid), "re");
    if (f && fgets(line, sizeof line, f)) fclose(f);
    const char *name_end = strrchr(line, ')');
    return name_end && name_end[2] == 'Z';
}

// ---- main

static bool tries(const char *name) { return !strncmp(name, "try-", 4); }

static int run(const struct way *way) {
    printf("way %s\n", way->name);
    our_count = 0;
    must(pipe2(gate, O_CLOEXEC) == 0, "pipe2");
    also(getpid());
    const int result = way->run();
    for (int i = 0; i < our_count; i++) {
        never("{\"type\":\"signal\",\"pid\":%d}", ours[i]);
        never("{\"type\":\"deliver\",\"pid\":%d}", ours[i]);
        if (ours[i] != getpid()) never("{\"type\":\"exit\",\"pid\":%d}", ours[i]);
        if (tries(way->name)) {
            never("{\"type\":\"signal\",\"sender\":{\"pid\":%d},\"call\":\"$_\"}", ours[i]);
            never("{\"type\":\"exec\",\"pid\":%d,\"errno\":\"$_\"}", ours[i]);
        }
    }
    close(gate[0]), close(gate[1]);
    return result;
}

static bool chosen(const char *name, char **names) {
    if (!*names) return !tries(name);
    while (*names && strcmp(*names, name) && !(tries(name) && !strcmp(*names, "try-"))) names++;
    return *names;
}

int main(int argc, char **argv) {
    const int status = tool(argc, argv);
    if (status >= 0) return status;
    const bool list = argc > 1 && !strcmp(argv[1], "list");
    int done = 0, skipped = 0;
    setlinebuf(stdout);
    for (int sig = 1; sig < NSIG; sig++) signal(sig, SIG_DFL); // nohup, say, leaves some ignored to its children
    for (int f = 0; f < FAMILY_COUNT; f++)
        for (const struct way *way = FAMILIES[f]; way->name; way++) {
            if (list) printf("%-16s %s\n", way->name, way->what), done++;
            else if (!chosen(way->name, argv + 1)) continue;
            else if (run(way) == SKIPPED) skipped++;
            else done++;
        }
    if (!done && !skipped) fprintf(stderr, "sigzoo: no such way; see 'sigzoo list'\n");
    return done ? 0 : skipped ? SKIPPED : 2;
}
