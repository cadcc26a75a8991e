// sigzoo deed NAME ...: what the built-in rules look for, really done, and the harmless deeds beside them.
//
// No ways of the zoo, for nothing here is about one signal: tests/live/deeds says what must be told of each. Each deed is
// done by this very process unless it says otherwise, so that the test knows whose pid to look for. What a deed makes
// beside its file it takes away again.
#include "zoo.h"
#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { DENIED = 3 }; // exit status: this kernel or these privileges do not allow it

static int last(const char *path) { return (int)(strrchr(path, '/') - path); }
static const char *name_of(const char *path) { return path + last(path) + 1; }
static const char *directory_of(const char *path) { return text("%.*s", last(path) ?: 1, path); }

// ---- ways to open a file: each gives a descriptor

static int open_plain(const char *path) { return open(path, O_RDONLY); }

static int open_relative(const char *path) {
    must(chdir(directory_of(path)) == 0, "chdir");
    return open(name_of(path), O_RDONLY);
}

static int open_dotted(const char *path) {
    return open(text("%s/.//../%s/%s", directory_of(path), name_of(directory_of(path)), name_of(path)), O_RDONLY);
}

static int open_openat2(const char *path) {
    const int dir = open(directory_of(path), O_PATH | O_DIRECTORY);
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, dir, name_of(path), &how, sizeof how);
}

// As if the directory were the root.
static int open_in_root(const char *path) {
    const int dir = open(directory_of(path), O_PATH | O_DIRECTORY);
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_IN_ROOT};
    return (int)syscall(SYS_openat2, dir, text("/../../%s", name_of(path)), &how, sizeof how);
}

static int open_symlink(const char *path) {
    const char *link = text("%s.symlink", path);
    must(symlink(path, link) == 0, "symlink");
    const int fd = open(link, O_RDONLY);
    unlink(link);
    return fd;
}

static int open_hard_link(const char *path) {
    const char *other = text("%s.hardlink", path);
    must(link(path, other) == 0, "link");
    const int fd = open(other, O_RDONLY);
    unlink(other);
    return fd;
}

static int open_renamed(const char *path) {
    const char *other = text("%s.renamed", path);
    must(rename(path, other) == 0, "rename");
    const int fd = open(other, O_RDONLY);
    must(rename(other, path) == 0, "rename back");
    return fd;
}

static int open_self_root(const char *path) { return open(text("/proc/self/root%s", path), O_RDONLY); }

static int open_self_cwd(const char *path) {
    must(chdir(directory_of(path)) == 0, "chdir");
    return open(text("/proc/self/cwd/%s", name_of(path)), O_RDONLY);
}

// Only where it is, which opens nothing; then what is in it.
static int open_again(const char *path) {
    const int fd = open(path, O_PATH);
    must(fd >= 0, path);
    return open(text("/proc/self/fd/%d", fd), O_RDONLY);
}

static int open_chroot(const char *path) {
    must(chroot(directory_of(path)) == 0 && chdir("/") == 0, "chroot");
    return open(text("/%s", name_of(path)), O_RDONLY);
}

static int open_bind_mount(const char *path) {
    const char *other = text("%s.bind", path);
    must(unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "unshare");
    must(close(open(other, O_WRONLY | O_CREAT, 0600)) == 0, other);
    must(mount(path, other, NULL, MS_BIND, NULL) == 0, "mount");
    const int fd = open(other, O_RDONLY);
    umount2(other, MNT_DETACH), unlink(other);
    return fd;
}

// The directory, somewhere else.
static int open_bound_directory(const char *path) {
    const char *other = text("%s.binddir", path);
    must(unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "unshare");
    must(mkdir(other, 0700) == 0 && mount(directory_of(path), other, NULL, MS_BIND, NULL) == 0, "mount");
    const int fd = open(text("%s/%s", other, name_of(path)), O_RDONLY);
    umount2(other, MNT_DETACH), rmdir(other);
    return fd;
}

static int open_by_handle(const char *path) {
    struct {
        struct file_handle head;
        unsigned char bytes[MAX_HANDLE_SZ];
    } handle = {.head.handle_bytes = MAX_HANDLE_SZ};
    int mount_id;
    if (name_to_handle_at(AT_FDCWD, path, &handle.head, &mount_id, 0) < 0) return -1;
    return open_by_handle_at(open(directory_of(path), O_RDONLY | O_DIRECTORY), &handle.head, O_RDONLY);
}

// By the kernel's worker for io_uring, or at once in its name; without liburing.
static int open_io_uring(const char *path) {
    struct io_uring_params p = {0};
    const int ring = (int)syscall(SYS_io_uring_setup, 4, &p);
    if (ring < 0) return -1;
    const size_t rings = p.sq_off.array + p.sq_entries * sizeof(unsigned);
    const size_t done = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
    char *sq = mmap(NULL, rings > done ? rings : done, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    char *cq = p.features & IORING_FEAT_SINGLE_MMAP
                   ? sq
                   : mmap(NULL, done, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
    struct io_uring_sqe *entries = mmap(NULL, p.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
                                        IORING_OFF_SQES);
    must(sq != MAP_FAILED && cq != MAP_FAILED && entries != MAP_FAILED, "mmap");
    entries[0] = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
                                       .flags = IOSQE_ASYNC,
                                       .fd = AT_FDCWD,
                                       .addr = (unsigned long)path,
                                       .open_flags = O_RDONLY};
    ((unsigned *)(sq + p.sq_off.array))[0] = 0;
    __atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) return -1;
    const int result = ((struct io_uring_cqe *)(cq + p.cq_off.cqes))[0].res;
    if (result < 0) errno = -result;
    return result;
}

// ---- descriptors that come from another process

static void pass(int socket, int fd) {
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec byte = {"", 1};
    struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    must(sendmsg(socket, &message, 0) == 1, "sendmsg");
}

static int passed(int socket) {
    char control[CMSG_SPACE(sizeof(int))], byte;
    struct iovec into = {&byte, 1};
    struct msghdr message = {.msg_iov = &into, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int fd;
    must(recvmsg(socket, &message, 0) == 1 && CMSG_FIRSTHDR(&message), "recvmsg");
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

// A child opens it, and says its pid; this process, which opened nothing, reads.
static int open_by_another(const char *path) {
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    const pid_t child = fork();
    if (child == 0) pass(pair[1], open(path, O_RDONLY)), _exit(0);
    const int fd = passed(pair[0]);
    must(waitpid(child, NULL, 0) == child, "waitpid");
    printf("%d\n", child);
    return fd;
}

// A child passes what opens nothing, and this process opens that.
static int open_passed_path(const char *path) {
    int pair[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    const pid_t child = fork();
    if (child == 0) pass(pair[1], open(path, O_PATH)), _exit(0);
    const int fd = passed(pair[0]);
    must(waitpid(child, NULL, 0) == child, "waitpid");
    return open(text("/proc/self/fd/%d", fd), O_RDONLY);
}

// ---- ways to make a file executable

static int chmod_plain(const char *path) { return chmod(path, 0755); }
static int chmod_self_root(const char *path) { return chmod(text("/proc/self/root%s", path), 0755); }
static int chmod_fd(const char *path) { return fchmod(open(path, O_RDONLY), 0755); }

// The descriptor is closed when it returns, as glibc's own does.
static int chmod_by_link(const char *path, const char *link) {
    const int fd = open(path, O_PATH), result = chmod(text("%s/%d", link, fd), 0755);
    close(fd);
    return result;
}
static int chmod_self_fd(const char *path) { return chmod_by_link(path, "/proc/self/fd"); }
static int chmod_thread_fd(const char *path) { return chmod_by_link(path, "/proc/thread-self/fd"); }
static int chmod_dev_fd(const char *path) { return chmod_by_link(path, "/dev/fd"); }

static int chmod_at(const char *path) {
    return fchmodat(open(directory_of(path), O_PATH | O_DIRECTORY), name_of(path), 0755, 0);
}

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
static int chmod_at2(const char *path) {
    return (int)syscall(SYS_fchmodat2, open(path, O_PATH), "", 0755, AT_EMPTY_PATH);
}

static int chmod_symlink(const char *path) {
    const char *link = text("%s.symlink", path);
    must(symlink(path, link) == 0, "symlink");
    const int result = chmod(link, 0755);
    unlink(link);
    return result;
}

// Opens FILE, as descriptor 9, makes it 0700 by each of these links, and lives on until its input ends.
static int chmod_by_links(const char *path, char **links) {
    must(dup2(open(path, O_RDONLY), 9) == 9, "open");
    for (; *links; links++) must(chmod(*links, 0700) == 0, *links);
    char byte;
    return read(0, &byte, 1) != 0;
}

// ---- ways to execute it: they do not come back

static char *to_end[] = {"sigzoo", "exit", "0", NULL}; // for a copy of this program
static int exec_plain(const char *path) { return execv(path, to_end); }

static int exec_relative(const char *path) {
    must(chdir(directory_of(path)) == 0, "chdir");
    return execv(text("./%s", name_of(path)), to_end);
}

static int exec_at(const char *path) {
    return (int)syscall(SYS_execveat, open(path, O_PATH), "", to_end, (char *[]){NULL}, AT_EMPTY_PATH);
}

static int exec_self_fd(const char *path) { return execv(text("/proc/self/fd/%d", open(path, O_PATH)), to_end); }

// The link stays: a script's interpreter opens it.
static int exec_symlink(const char *path) {
    const char *link = text("%s.symlink", path);
    must(symlink(path, link) == 0, "symlink");
    return execv(link, to_end);
}

// What was read from it, and is in no directory.
static int exec_memory(const char *path) {
    const int from = open(path, O_RDONLY), to = memfd_create("in-memory", 0);
    must(from >= 0 && to >= 0, "memfd_create");
    for (ssize_t n; (n = sendfile(to, from, NULL, 1 << 20)) != 0;) must(n > 0, "sendfile");
    return (int)syscall(SYS_execveat, to, "", to_end, (char *[]){NULL}, AT_EMPTY_PATH);
}

// It runs, and is in its directory no more.
static int exec_unlinked(const char *path) {
    const int fd = open(path, O_PATH);
    must(fd >= 0 && unlink(path) == 0, path);
    return (int)syscall(SYS_execveat, fd, "", to_end, (char *[]){NULL}, AT_EMPTY_PATH);
}

// This very program again, whatever file is named.
static int exec_self_exe(const char *path) { return path ? execv("/proc/self/exe", to_end) : -1; }

struct how {
    const char *name;
    int (*run)(const char *);
};

static const struct how OPENS[] = {{"plain", open_plain},
                                   {"relative", open_relative},
                                   {"dotted", open_dotted},
                                   {"openat2", open_openat2},
                                   {"in-root", open_in_root},
                                   {"symlink", open_symlink},
                                   {"hard-link", open_hard_link},
                                   {"renamed", open_renamed},
                                   {"self-root", open_self_root},
                                   {"self-cwd", open_self_cwd},
                                   {"again", open_again},
                                   {"chroot", open_chroot},
                                   {"bind-mount", open_bind_mount},
                                   {"bound-directory", open_bound_directory},
                                   {"handle", open_by_handle},
                                   {"io-uring", open_io_uring},
                                   {"by-another", open_by_another},
                                   {"passed-path", open_passed_path},
                                   {NULL, NULL}};
static const struct how CHMODS[] = {{"plain", chmod_plain},     {"fd", chmod_fd},   {"self-fd", chmod_self_fd},
                                    {"thread-fd", chmod_thread_fd}, {"dev-fd", chmod_dev_fd},
                                    {"self-root", chmod_self_root}, {"at", chmod_at}, {"at2", chmod_at2},
                                    {"symlink", chmod_symlink}, {NULL, NULL}};
static const struct how EXECS[] = {{"plain", exec_plain},
                                   {"relative", exec_relative},
                                   {"at", exec_at},
                                   {"self-fd", exec_self_fd},
                                   {"symlink", exec_symlink},
                                   {"memory", exec_memory},
                                   {"unlinked", exec_unlinked},
                                   {"self-exe", exec_self_exe},
                                   {NULL, NULL}};

static int by(const struct how *table, const char *name, const char *path) {
    for (; table->name; table++)
        if (!strcmp(table->name, name)) {
            if (table->run(path) >= 0) return 0;
            fprintf(stderr, "sigzoo: %s: %s\n", name, strerror(errno));
            return errno == ENOSYS || errno == EPERM || errno == EOPNOTSUPP ? DENIED : 1;
        }
    return 2;
}

// ---- many of them

// To ports from..to of `hosts` addresses of the loopback network, one after the other; nobody need listen.
static int connect_all(int hosts, int from, int to) {
    for (int host = 1; host <= hosts; host++)
        for (int port = from; port <= to; port++) {
            const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
            at.sin_addr.s_addr = htonl(0x7f000000U + (unsigned)(host / 250 << 8 | (host % 250 + 1)));
            must(fd >= 0, "socket");
            if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) errno = 0;
            close(fd);
        }
    return 0;
}

// One connection: unix PATH, abstract NAME, tcp ADDRESS PORT, and tcp-later, which does not wait for it. Fails as it does;
// its error is the exit status.
static int reach(const char *kind, const char *where, int port) {
    const bool is_unix = !strcmp(kind, "unix"), is_abstract = !strcmp(kind, "abstract"), later = !strcmp(kind, "tcp-later");
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};
    struct sockaddr *address = (struct sockaddr *)&local;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(where) + 1);
    if (is_unix || is_abstract) strncpy(local.sun_path + is_abstract, where, sizeof local.sun_path - 2);
    else if (inet_pton(AF_INET, where, &four.sin_addr) == 1) address = (struct sockaddr *)&four, size = sizeof four;
    else if (inet_pton(AF_INET6, where, &six.sin6_addr) == 1) address = (struct sockaddr *)&six, size = sizeof six;
    else return 2;
    const int fd = socket(address->sa_family, SOCK_STREAM | (later ? SOCK_NONBLOCK : 0), 0);
    must(fd >= 0, "socket");
    return connect(fd, address, size) == 0 ? 0 : errno;
}

// ---- by the 32-bit door

#ifdef __x86_64__
static char *low; // pointers must lie below 4 GiB

static long copied(const char *s) {
    char *const copy = strcpy(low, s);
    low += strlen(s) + 1;
    return (long)copy;
}

// What a 32-bit program does to a file that it makes. Where that door is shut it dies of SIGSEGV.
static int by_door32(const char *path, int port) {
    enum { OPEN32 = 5, CHMOD32 = 15, RENAME32 = 38, SOCKETCALL32 = 102, OPENAT32 = 295, CONNECT32 = 362, CONNECT = 3 };
    low = mmap(NULL, 4 * PATH_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    must(low != MAP_FAILED, "mmap");
    struct sockaddr_in *const to = (void *)low;
    *to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    to->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    unsigned *const arguments = (void *)(to + 1);
    low = (void *)(arguments + 3);
    const int first = socket(AF_INET, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0);
    arguments[0] = (unsigned)first, arguments[1] = (unsigned)(long)to, arguments[2] = sizeof *to;
    const long name = copied(path), other = copied(text("%s.moved", path)), gone = copied(text("%s.gone", path));
    no_core();
    const long fd = door32(OPEN32, name, O_WRONLY | O_CREAT | O_EXCL, 0600, 0);
    if (fd < 0) raise(SIGSEGV);
    must(door32(OPENAT32, AT_FDCWD, name, O_RDONLY, 0) >= 0, "openat");
    must(door32(OPEN32, gone, O_RDONLY, 0, 0) == -ENOENT, "open");
    must(door32(CHMOD32, name, 0711, 0, 0) == 0, "chmod");
    must(door32(RENAME32, name, other, 0, 0) == 0, "rename");
    must(door32(SOCKETCALL32, CONNECT, (long)arguments, 0, 0) == -ECONNREFUSED, "socketcall");
    must(door32(CONNECT32, second, (long)to, sizeof *to, 0) == -ECONNREFUSED, "connect");
    return 0;
}
#endif

// New files with this ending.
static int create_all(const char *dir, int count, const char *ending) {
    for (int n = 0; n < count; n++) {
        const int fd = open(text("%s/file%d%s", dir, n, ending), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        must(fd >= 0, "open");
        close(fd);
    }
    return 0;
}

// Files get this ending, as one does who has encrypted them where they were.
static int rename_all(const char *dir, int count, const char *ending) {
    for (int n = 0; n < count; n++) {
        const char *before = text("%s/text%d", dir, n);
        must(close(open(before, O_WRONLY | O_CREAT, 0600)) == 0, "open");
        must(rename(before, text("%s%s", before, ending)) == 0, "rename");
    }
    return 0;
}

// ---- processes

// A child, and its end, and the next.
static int fork_one_by_one(int count) {
    for (; count > 0; count--) {
        const pid_t child = fork();
        must(child >= 0, "fork");
        if (child == 0) _exit(0);
        must(waitpid(child, NULL, 0) == child, "waitpid");
    }
    return 0;
}

static _Noreturn void fork_until_full(int full) {
    while (fork() >= 0) continue;
    must(write(full, "", 1) == 1, "write"); // pids.max
    pause_for_ever(0);
}

// A fork bomb in these cgroups, the first with a limit of processes, the last with cgroup.kill. Says so once no more can
// be born, waits for a byte, kills them all, and says how many it reaped.
static int bomb(char **cgroups) {
    int full[2];
    char byte;
    must(pipe(full) == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "prepare");
    const pid_t first = fork();
    must(first >= 0, "fork");
    if (first == 0) {
        for (; *cgroups; cgroups++) put(text("%s/cgroup.procs", *cgroups), text("%d", getpid()));
        fork_until_full(full[1]);
    }
    while (cgroups[1]) cgroups++;
    must(read(full[0], &byte, 1) == 1, "read");
    printf("%d full\n", first), fflush(stdout);
    must(read(0, &byte, 1) >= 0, "read");
    put(text("%s/cgroup.kill", *cgroups), "1");
    long reaped = 0;
    while (wait(NULL) > 0 || errno == EINTR) reaped++;
    printf("%ld reaped\n", reaped);
    return 0;
}

// The same process runs itself anew, so often.
static int run_again(const char *program, int count) {
    if (count == 0) return 0;
    execl(program, "sigzoo", "deed", "run-again", program, text("%d", count - 1), NULL);
    must(false, "execl");
    return 1;
}

// Children that run a program, one after the other.
static int run_one_by_one(const char *program, int count) {
    char *const end[] = {(char *)program, NULL};
    for (int status; count > 0; count--) {
        pid_t child;
        must(posix_spawn(&child, program, NULL, NULL, end, (char *[]){NULL}) == 0, "posix_spawn");
        must(waitpid(child, &status, 0) == child && status == 0, "waitpid");
    }
    return 0;
}

// ---- signals

// Stops each of its children, and lets them go on.
static int stop_all(int count) {
    pid_t *const children = calloc((size_t)count, sizeof *children);
    for (int n = 0; n < count; n++) {
        must((children[n] = fork()) >= 0, "fork");
        if (children[n] == 0) pause_for_ever(0);
    }
    for (int n = 0; n < count; n++) must(kill(children[n], SIGSTOP) == 0 && kill(children[n], SIGCONT) == 0, "kill");
    for (int n = 0; n < count; n++) kill(children[n], SIGKILL), waitpid(children[n], NULL, 0);
    free(children);
    return 0;
}

// Stops one child again and again, as cpulimit does.
static int stop_often(int count) {
    const pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) pause_for_ever(0);
    for (; count > 0; count--) must(kill(child, SIGSTOP) == 0 && kill(child, SIGCONT) == 0, "kill");
    kill(child, SIGKILL), waitpid(child, NULL, 0);
    return 0;
}

// Sends as this user, who may not.
static int send_as(uid_t uid, int count, int sig, pid_t pid) {
    must(setresuid(uid, uid, uid) == 0, "setresuid");
    for (; count > 0; count--) must(kill(pid, sig) < 0 && errno == EPERM, "kill should be denied");
    return 0;
}

// Sends from this cgroup.
static int send_from(const char *cgroup, int sig, pid_t pid) {
    put(text("%s/cgroup.procs", cgroup), text("%d", getpid()));
    must(kill(pid, sig) == 0, "kill");
    return 0;
}

// Does nothing, in this cgroup, until it is killed; says 4 bytes when it is there.
static int stay_in(const char *cgroup) {
    const int ready = -1;
    put(text("%s/cgroup.procs", cgroup), text("%d", getpid()));
    must(write(1, &ready, sizeof ready) == sizeof ready, "write");
    pause_for_ever(0);
}

// The exit status of the deed, or 2 if there is none of this name.
int deed(int count, char **a) {
    const char *const name = count > 0 ? a[0] : "";
    const bool three = count > 3;
    if (!strcmp(name, "open") && count > 2) return by(OPENS, a[1], a[2]);
    if (!strcmp(name, "chmod") && count > 2) return by(CHMODS, a[1], a[2]);
    if (!strcmp(name, "chmod-by-links") && count > 2) return chmod_by_links(a[1], a + 2);
    if (!strcmp(name, "exec") && count > 2) return by(EXECS, a[1], a[2]);
    if (!strcmp(name, "connect") && three) return connect_all(atoi(a[1]), atoi(a[2]), atoi(a[3]));
    if (!strcmp(name, "reach") && count > 2) return reach(a[1], a[2], three ? atoi(a[3]) : 0);
#ifdef __x86_64__
    if (!strcmp(name, "door32") && count > 2) return by_door32(a[1], atoi(a[2]));
#endif
    if (!strcmp(name, "create") && three) return create_all(a[1], atoi(a[2]), a[3]);
    if (!strcmp(name, "rename") && three) return rename_all(a[1], atoi(a[2]), a[3]);
    if (!strcmp(name, "fork") && count > 1) return fork_one_by_one(atoi(a[1]));
    if (!strcmp(name, "bomb") && count > 1) return bomb(a + 1);
    if (!strcmp(name, "run-again") && count > 2) return run_again(a[1], atoi(a[2]));
    if (!strcmp(name, "run") && count > 2) return run_one_by_one(a[1], atoi(a[2]));
    if (!strcmp(name, "stop") && count > 1) return stop_all(atoi(a[1]));
    if (!strcmp(name, "stop-often") && count > 1) return stop_often(atoi(a[1]));
    if (!strcmp(name, "send-as") && count > 4) return send_as((uid_t)atoi(a[1]), atoi(a[2]), atoi(a[3]), atoi(a[4]));
    if (!strcmp(name, "send-from") && three) return send_from(a[1], atoi(a[2]), atoi(a[3]));
    if (!strcmp(name, "stay-in") && count > 1) return stay_in(a[1]);
    return 2;
}
