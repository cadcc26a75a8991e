// The zoo: one way after another in which a signal comes about, or a process lives and dies, and what sigtop must say.
// A way does the thing for real, in children of its own, and prints what it did as lines for tests/zoo/expect:
//   way NAME      what follows is about this way
//   expect {...}  there is one event with (at least) these fields; "$name" stands for any value, the same wherever the
//                 name is used in this way; "$_" for any value at all, "$-" for none: the field is not there
//   may {...}     as expect, but it need not be there
//   never {...}   there is no event like this but those expected
//   skip WHY      this cannot be done here; the way is not judged
// No way waits for time to pass: each step is answered over a pipe (await) or by wait(2). Pids are this process's view
// of them, so the zoo must run in the initial pid namespace.
#ifndef ZOO_H
#define ZOO_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// A way: its name, what happens, and the function that does it. It returns 0, or what skip() returns.
struct way {
    const char *name, *what;
    int (*run)(void);
};
extern const struct way user_ways[], queue_ways[], fault_ways[], kernel_ways[], tty_ways[], life_ways[], death_ways[];
extern const struct way try_ways[]; // done only by name, or all by "try-"

// A signal, as JSON must say it. What is left out has the value in brackets.
struct sent {
    int sig;
    pid_t from, from_tid; // the sending process [this one], or NOBODY; its thread [the leader], or ANY
    int uid;              // the sender's, or ANY [this process's]
    pid_t to, to_tid;     // the target; its thread [the leader], or ANY
    const char *id;       // a name for the signal's number ["$s"]
    const char *origin;   // ["user"]
    const char *call;     // [not looked at]
    const char *scope;    // ["process"]
    const char *result;   // ["queued"]
    const char *more;     // further fields [none]
};
enum { NOBODY = -1, ANY = -2 };

int tool(int count, char **argument); // tool.c
int storm(unsigned long seed);            // storm.c
int deed(int count, char **argument);     // deed.c
int deaf(const char *directory);               // see deaf.c

void expect(const char *format, ...) __attribute__((format(printf, 1, 2)));
void may(const char *format, ...) __attribute__((format(printf, 1, 2)));
void never(const char *format, ...) __attribute__((format(printf, 1, 2)));
int skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
void must(bool ok, const char *what);                                      // or say why not, and end
char *text(const char *format, ...) __attribute__((format(printf, 1, 2))); // as printf, in memory that stays

// What sigtop must say. `id` is the name given in `sent`, NULL for "$s".
void sent(struct sent s);
void taken(pid_t pid, int sig, const char *disposition, const char *action, const char *id);
void handled(pid_t pid, int sig);                           // taken by a handler
void ended(pid_t pid, int status, const char *id);          // status as of wait(2); `id` of the signal that killed it
void told(pid_t child, pid_t parent, int code, int status); // the SIGCHLD; code is CLD_*, status may be ANY
void reaped(pid_t child, int status, const char *id);       // both

// Children. Each is in the list of those who must get no signal but the expected ones.
pid_t spawn(void (*body)(int), int arg); // forks, runs body in the child
void also(pid_t pid);                    // this one as well, which the way made by itself
void ready(void);                        // in a child: answers await()
void await(void);
void report(pid_t pid); // in a child: answers awaited_pid()
pid_t awaited_pid(void);
pid_t host_pid(void);                     // this process's pid as /proc has it, even inside another pid namespace
pid_t thread(void (*body)(int), int arg); // in a child: a thread that runs body; returns its tid
void pause_for_ever(int unused) __attribute__((noreturn));

// Victims: children that say ready() and pause.
pid_t plain(void);
pid_t handles(int sig); // says ready() once more each time its handler runs
pid_t ignores(int sig);
pid_t blocks(int sig);

// What a child does about a signal.
void on(int sig, void (*handler)(int));
void say_ready(int sig); // a handler
void block(int sig);
void no_core(void);

int reap(pid_t pid, const char *id);       // waits for its end, says what must be seen of it
bool is_zombie(pid_t pid);                 // it has ended, or its first thread has
void finish(pid_t pid);                    // kills it and reaps it; the id is "$end" and the pid
void put(const char *path, const char *s); // into a file
bool before(int major, int minor);         // whether this kernel is older

#ifdef __x86_64__
// By the 32-bit door; pointers must lie below 4 GiB. Where that is shut the child dies of it.
static inline long door32(long nr, long a, long b, long c, long d) {
    __asm__ volatile("int $0x80"
                     : "+a"(nr)
                     : "b"(a), "c"(b), "d"(c), "S"(d), "D"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)nr;
}
#endif

#endif
