// sigzoo deaf DIR: a file system that never answers, mounted on DIR in a mount namespace of its own.
//
// It answers the kernel's first word (INIT) and nothing after that: whoever looks up a path there waits, as below a dead
// NFS server. Writes 4 bytes when the namespace is there, waits for a byte, mounts, writes 4 bytes, and 4 more for each
// question that it leaves without an answer. When it ends the kernel answers for it: who
// waits cannot be killed before, so it ends by itself, later than any test waits.
#include "zoo.h"
#include <linux/fuse.h>
#include <sched.h>
#include <sys/mount.h>

static void say(int word) { must(write(1, &word, sizeof word) == sizeof word, "write"); }

int deaf(const char *directory) {
    char question[FUSE_MIN_READ_BUFFER * 2], byte;
    const struct fuse_in_header *const head = (void *)question;
    const int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    must(fuse >= 0, "/dev/fuse");
    alarm(90);
    must(unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "unshare");
    say(-1);
    must(read(0, &byte, 1) == 1, "read");
    const char *options = text("fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
    must(mount("deaf", directory, "fuse.deaf", MS_NOSUID | MS_NODEV, options) == 0, "mount");
    must(read(fuse, question, sizeof question) > 0 && head->opcode == FUSE_INIT, "INIT");
    struct {
        struct fuse_out_header head;
        struct fuse_init_out init;
    } answer = {{sizeof answer, 0, head->unique},
                {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096}};
    must(write(fuse, &answer, sizeof answer) == sizeof answer, "answer");
    say(0);
    while (read(fuse, question, sizeof question) > 0) say((int)head->opcode);
    return 0;
}
