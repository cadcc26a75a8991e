// onpty ROWS COLUMNS WORDS COMMAND...: runs COMMAND on a terminal of its own, reads all that it draws, and tells when.
//
// First line: the command's pid, and the milliseconds from its start until one of WORDS (a|b|c) was drawn. Then, for
// each line `KEY WORDS` on stdin, KEY is typed (\e is Escape), and the answer is the milliseconds until then; - if it
// took more than ten seconds. At the end of stdin the command gets SIGTERM. A screen is drawn by its differences, so a
// word may come in pieces: give several.
#define _GNU_SOURCE
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TAIL = 256 };
static char seen[TAIL + 65536]; // the end of what was read before, and what came now
static size_t tail;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int found_in(const char *bytes, size_t count, const char *words) {
    for (size_t length; *words; words += length + (words[length] == '|')) {
        length = strcspn(words, "|");
        if (memmem(bytes, count, words, length)) return 1;
    }
    return 0;
}

// Reads once; whether one of the words was in it. Ends the program if the command is gone.
static int drew(int terminal, const char *words) {
    const ssize_t got = read(terminal, seen + tail, sizeof seen - tail);
    if (got <= 0) exit(fputs("onpty: the command ended\n", stderr) || 1);
    const size_t all = tail + got;
    const int found = found_in(seen, all, words);
    tail = all < TAIL ? all : TAIL;
    memmove(seen, seen + all - tail, tail);
    return found;
}

static void answer(int terminal, const char *words, double start) {
    struct pollfd fd = {terminal, POLLIN, 0};
    tail = 0; // what was drawn before does not count
    for (double left; (left = start + 10000 - now_ms()) > 0;)
        if (poll(&fd, 1, (int)left + 1) > 0 && drew(terminal, words)) {
            printf("%.1f\n", now_ms() - start);
            fflush(stdout);
            return;
        }
    puts("-"), fflush(stdout);
}

// A line "KEY WORDS".
static void type(int terminal, char *line) {
    char *words = strchr(line, ' ');
    if (!words) exit(2);
    *words++ = 0;
    words[strcspn(words, "\n")] = 0;
    const char *key = strcmp(line, "\\e") ? line : "\33";
    const double start = now_ms();
    if (write(terminal, key, strlen(key)) < 0) exit(1);
    answer(terminal, words, start);
}

int main(int argc, char **argv) {
    if (argc < 5) return fputs("usage: onpty ROWS COLUMNS WORDS COMMAND...\n", stderr), 2;
    struct winsize size = {.ws_row = atoi(argv[1]), .ws_col = atoi(argv[2])};
    char line[256];
    int terminal;
    const double start = now_ms();
    const pid_t pid = forkpty(&terminal, NULL, NULL, &size);
    if (pid < 0) return perror("forkpty"), 1;
    if (!pid) setenv("TERM", "xterm-256color", 1), execvp(argv[4], argv + 4), _exit(127);
    printf("%d ", pid);
    answer(terminal, argv[3], start);
    for (struct pollfd fds[] = {{terminal, POLLIN, 0}, {0, POLLIN, 0}};;) {
        poll(fds, 2, -1);
        if (fds[0].revents) drew(terminal, "");
        if (!fds[1].revents) continue;
        ssize_t got = read(0, line, sizeof line - 1);
        if (got <= 0) break;
        line[got] = 0;
        type(terminal, line);
    }
    kill(pid, SIGTERM);
    while (read(terminal, seen, sizeof seen) > 0) continue;
    waitpid(pid, NULL, 0);
    return 0;
}
