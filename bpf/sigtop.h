/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The ABI between kernel side and user side: records in the ring buffer, and values of maps. The Rust side takes
 * these layouts from the generated skeleton, never from a second definition.
 *
 * Fixed-width integers, numbered enums, byte arrays; padding is explicit and there are no holes (tests/abi.rs).
 * Numbers of enums are never given to something else. Times are CLOCK_MONOTONIC in nanoseconds; pids and uids are
 * those of the initial namespaces.
 */
#ifndef SIGTOP_H
#define SIGTOP_H

#define SIGTOP_COMM 16
/* Bytes of arguments kept of an exec, as many as /proc readers usually show. */
#define SIGTOP_ARGS 4096
/* Bytes of file name kept. */
#define SIGTOP_PATH 1024
/* Path components of the current directory kept, innermost first, and bytes of them all. */
#define SIGTOP_CWD_DEPTH 24
#define SIGTOP_CWD 1024
/* Bytes kept of the path of a cgroup. */
#define SIGTOP_CGROUP_PATH 512

/* All of them fit below this mask; the verifier believes masks more readily than sums. */
#define SIGTOP_DATA_MASK 8191

/* sigtop_header.kind */
enum sigtop_kind {
	SIGTOP_SIGNAL = 1,
	SIGTOP_DELIVER = 2,
	SIGTOP_FORK = 3,
	SIGTOP_EXEC = 4,
	SIGTOP_EXIT = 5,
	SIGTOP_RENAME = 6,
	SIGTOP_OOM = 7,
	SIGTOP_SEEN = 8,
	SIGTOP_CGROUP = 9,
	SIGTOP_ATTEMPT = 10,
	SIGTOP_EXEC_FAILED = 11,
	SIGTOP_OPEN = 12,
	SIGTOP_CHMOD = 13,
	SIGTOP_MOVE = 14,
	SIGTOP_CONNECT = 15,
};

/* sigtop_signal.origin */
enum sigtop_origin {
	SIGTOP_USER = 1,
	SIGTOP_FAULT = 2,
	SIGTOP_CHILD = 3,
	SIGTOP_TIMER = 4,
	SIGTOP_TTY = 5,
	SIGTOP_PIPE = 6,
	SIGTOP_IO = 7,
	SIGTOP_RLIMIT = 8,
	SIGTOP_SECCOMP = 10,
	SIGTOP_PDEATH = 11,
	SIGTOP_CGROUP_KILL = 12,
	SIGTOP_KERNEL = 13,
	/* A SIGKILL of the kernel's own: the OOM killer's if SIGTOP_OOM of the same task follows, else the kernel's. */
	SIGTOP_MAYBE_OOM = 14,
};

/* sigtop_signal.value of a SIGKILL of SIGTOP_KERNEL; 0 where the reason is not known. */
enum sigtop_reason {
	SIGTOP_NAMESPACE_END = 1,
	SIGTOP_TRACER_LEFT = 2,
	SIGTOP_PTRACE_KILL = 3,
};

/* sigtop_signal.call; 0 for none. One more than the index in sigtop_config's tables. */
enum sigtop_call {
	SIGTOP_KILL = 1,
	SIGTOP_TKILL = 2,
	SIGTOP_TGKILL = 3,
	SIGTOP_SIGQUEUE = 4,
	SIGTOP_TGSIGQUEUE = 5,
	SIGTOP_PIDFD = 6,
};
#define SIGTOP_CALLS 6

/* sigtop_exec_failed.call. One more than the index in sigtop_config's tables. */
enum sigtop_exec_call {
	SIGTOP_EXECVE = 1,
	SIGTOP_EXECVEAT = 2,
};
#define SIGTOP_EXEC_CALLS 2
/* Every call above has a smaller number, on every architecture. */
#define SIGTOP_CALL_NR_MAX 512

/* What is asked for of what failed: bits of `wanted` in attempts.bpf.c. */
enum sigtop_wanted {
	SIGTOP_WANT_ATTEMPTS = 1,
	SIGTOP_WANT_EXECS = 2,
};

/* High half of sigtop_signal.result; 0 for not ignored. */
enum sigtop_ignored {
	SIGTOP_SIG_IGN = 1,
	SIGTOP_DEFAULT_IGNORE = 2,
	SIGTOP_INIT = 3,
	SIGTOP_ZOMBIE = 4,
	SIGTOP_EXITING = 5,
};

/* sigtop_signal.flags */
enum sigtop_signal_flags {
	SIGTOP_TO_PROCESS = 1, /* else to the thread alone */
	SIGTOP_CONTINUED = 2, /* a stopped target goes on */
	/* Of a child that did not run itself: sender_pid is from the siginfo, 0 if not known; sender_start_ns is 0. */
	SIGTOP_BY_PROXY = 4,
	/* A real-time signal, the only one that waits: what was sent to its queue before, was taken, seen or not. */
	SIGTOP_ALONE = 8,
};

/* sigtop_deliver.disposition */
enum sigtop_disposition {
	SIGTOP_HANDLER = 1,
	SIGTOP_DEFAULT = 2,
	SIGTOP_IGNORED = 3,
	/* The kernel's SIGKILL to each thread of a process that dies: header.signal is the signal that was sent. */
	SIGTOP_GROUP_EXIT = 4,
};

/* sigtop_exit.flags */
enum sigtop_exit_flags {
	SIGTOP_GROUP_DEAD = 1,
};

/* sigtop_unsent_key.why */
enum sigtop_why {
	SIGTOP_LOST = 1,
	SIGTOP_FILTERED = 2,
};
/* Entries of unsent_rest for each `why`. */
#define SIGTOP_REST 80

/* The start of every record: 16 bytes. */
struct sigtop_header {
	u64 time_ns;
	u32 generation; /* of the filter that let it pass */
	u8 kind;
	u8 signal; /* in sigtop_signal and sigtop_deliver; in sigtop_attempt see there */
	u16 gap; /* differs from the record's before if a signal or a delivery between the two did not fit */
};

/* A thread and its process, where its name may have changed: 40 bytes. */
struct sigtop_party {
	u64 start_ns; /* of the thread group leader */
	u32 pid; /* thread group id */
	u32 tid;
	u32 uid; /* real */
	u32 pad;
	u8 comm[SIGTOP_COMM];
};

/*
 * The hot record: 96 bytes. No names: user space knows them from the records of fork, exec, rename and the snapshot,
 * and each cache line more would cost every sender.
 */
struct sigtop_signal {
	struct sigtop_header header;
	u64 value; /* what the siginfo holds beyond its code: read_value() in origin.bpf.h */
	u64 sender_start_ns; /* whoever ran is the sender here, also where it did not send: see origin */
	u64 target_start_ns;
	u32 sender_pid;
	u32 sender_tid;
	u32 sender_uid;
	u32 target_pid;
	u32 target_tid;
	u32 target_uid;
	s32 code; /* si_code */
	u8 origin;
	u8 call;
	u8 result; /* low half: TRACE_SIGNAL_*, include/trace/events/signal.h; high half: sigtop_ignored */
	u8 flags; /* sigtop_signal_flags */
	u32 sender_tty; /* new_encode_dev, 0 for none */
	u32 word; /* the first of the siginfo's union, 0 without one: with the code, it tells which signal was taken */
	/* Masks, bit n - 1 for signal n, once it is settled what becomes of this one: see read_pending() in task.bpf.h. */
	u64 blocked; /* by the target thread */
	u64 pending; /* for that thread, or for all of its process */
};

struct sigtop_deliver {
	struct sigtop_header header;
	u64 start_ns;
	u32 pid;
	u32 tid;
	u32 uid;
	u8 disposition;
	u8 unkillable; /* 1: init of a pid namespace, no default action is taken */
	u16 pad;
	s32 code; /* as in sigtop_signal */
	u32 word;
};

struct sigtop_fork {
	struct sigtop_header header;
	struct sigtop_party child;
	u64 parent_start_ns;
	u64 cgroup_id; /* in the unified hierarchy */
	u32 parent_pid;
	u32 pad;
};

struct sigtop_exit {
	struct sigtop_header header;
	struct sigtop_party who;
	s32 code; /* as wait(2) has it: signal | 0x80 for core, or code << 8 */
	u32 flags; /* sigtop_exit_flags */
};

struct sigtop_rename {
	struct sigtop_header header;
	struct sigtop_party who;
};

/* The OOM killer chose: the record before it of the same task, with SIGTOP_MAYBE_OOM, was its signal. */
struct sigtop_oom {
	struct sigtop_header header;
	u32 tid; /* of the task that ran short of memory */
	u32 pid; /* of the victim */
	/* Pages. Counters of the kernel's that many processors add to: they may be a little behind. */
	u64 rss; /* what of the victim was resident */
	u64 limit; /* of the victim's innermost memory cgroup that was at its limit; 0: none was */
	u32 level; /* of that cgroup, below the root of the unified hierarchy; 0: it is in another */
	u32 known; /* 1: the victim could be looked at, or the three above say nothing */
};

/* A cgroup of the unified hierarchy was made, or a process was moved into one. */
struct sigtop_cgroup {
	struct sigtop_header header;
	u64 id;
	u64 start_ns; /* of the process that was moved */
	u32 pid; /* 0: made */
	u32 uid;
	u8 path[SIGTOP_CGROUP_PATH]; /* ended by NUL */
};

/*
 * Cut to length: file name, arguments (each ended by NUL), then components of the current directory and of the file that
 * runs, innermost first, each ended by NUL.
 */
struct sigtop_exec {
	struct sigtop_header header;
	struct sigtop_party who;
	u32 gid;
	u32 tty; /* new_encode_dev, 0 for none */
	u16 filename_len; /* with its NUL */
	u16 args_len;
	u16 cwd_len;
	u8 args_cut; /* 1: there were more than SIGTOP_ARGS bytes */
	u8 cwd_cut; /* 1: the directory is deeper than SIGTOP_CWD_DEPTH */
	u16 exe_len;
	u8 exe_cut;
	u8 pad[5];
	u8 data[SIGTOP_DATA_MASK + 1 + 256];
};

/*
 * A call that sent no signal. header.signal is its number where that is one, 0 for a probe, else SIGTOP_NO_SIGNAL.
 * Numbers of processes are as the caller gave them, in its pid namespace.
 */
#define SIGTOP_NO_SIGNAL 255
struct sigtop_attempt {
	struct sigtop_header header;
	u64 start_ns; /* of the sender */
	u32 pid;
	u32 tid;
	u32 uid;
	u32 tty; /* new_encode_dev, 0 for none */
	s32 aim; /* the first argument: pid, -pgid, tgid, tid or descriptor */
	s32 aim_tid; /* the second, of tgkill and rt_tgsigqueueinfo */
	s32 number;
	u16 error; /* 0: a probe that found its target */
	u8 call; /* sigtop_call */
	u8 nested; /* 1: the caller is in another pid namespace than the initial one */
};

/* Cut to length, as sigtop_exec. */
struct sigtop_exec_failed {
	struct sigtop_header header;
	struct sigtop_party who;
	u32 gid;
	u32 tty;
	u16 error;
	u16 filename_len; /* with its NUL; 0: it could not be read */
	u8 call; /* sigtop_exec_call */
	u8 pad[3];
	u8 filename[SIGTOP_PATH];
};

/*
 * A file was opened, changed its mode or was moved, or should have been. Cut to length. A path is what was walked,
 * components innermost first, each ended by NUL; and below that, where nothing could be walked, what the caller wrote,
 * ended by NUL. First the file, where it is after a move; then, of a move, where it was; then what was walked up to the
 * directory above it that is looked for, whatever is mounted where.
 */
#define SIGTOP_WALK 1536
#define SIGTOP_WALK_DEPTH 40
struct sigtop_file {
	struct sigtop_header header;
	struct sigtop_party who;
	u32 flags; /* of an open: file::f_flags; of chmod: the mode that was asked for */
	u32 watch; /* sigtop_watched.id of the file or of a directory above it; 0: none is */
	u16 error;
	u16 before; /* of chmod: the mode before, where it is known */
	u16 walked_len;
	u16 written_len;
	u16 from_walked_len;
	u16 from_written_len;
	u16 below_len;
	u8 marks; /* sigtop_file_marks */
	u8 pad;
	u8 data[SIGTOP_DATA_MASK + 1 + 256];
};

/* sigtop_file.marks */
enum sigtop_file_marks {
	SIGTOP_CREATED = 1,
	SIGTOP_BEFORE_KNOWN = 2,
	SIGTOP_CUT = 4, /* the outermost components are missing */
	SIGTOP_LAST_LINK = 8, /* a symlink at the end of what was written is meant itself */
	SIGTOP_BELOW_CUT = 16, /* as SIGTOP_CUT, of the path below what is looked for */
};

/* A socket was connected, or should have been. */
#define SIGTOP_ADDRESS 112
struct sigtop_connect {
	struct sigtop_header header;
	struct sigtop_party who;
	u16 error;
	u16 len; /* bytes of the address */
	u32 pad;
	u8 address[SIGTOP_ADDRESS]; /* struct sockaddr_*, as the caller gave it */
};

struct sigtop_seen {
	struct sigtop_header header;
	struct sigtop_party who;
	u64 parent_start_ns;
	u64 cgroup_id;
	u32 parent_pid; /* 0 for none */
	u32 tty;
	u32 zombie;
	u32 pad;
};

#define SIGTOP_FILTERS 16
#define SIGTOP_CLAUSES 8
#define SIGTOP_NAMES 16
#define SIGTOP_PLACES 4
/* Bytes of a path or name of a cgroup that is asked for, with its NUL. */
#define SIGTOP_PLACE 128

/*
 * What a filter asks of a process is numbered, and each number has a bit: "it is one of these pids", "it is called
 * bash or zsh". A clause says which of these the sender or the target must have, and which they must not.
 */
struct sigtop_clause {
	u64 signals; /* bit n - 1: signal n fits */
	u32 origins; /* bit n: sigtop_origin n fits */
	u32 results; /* bit n: TRACE_SIGNAL_* n fits */
	u32 from_need;
	u32 from_not;
	u32 to_need;
	u32 to_not;
	u32 any_need; /* sender or target, for each bit on its own */
	u32 pad;
};

/* A name fits if it agrees with `value` where `mask` is set: all of it, or its beginning. */
struct sigtop_name {
	u64 value[2];
	u64 mask[2];
	u32 bits;
	u32 pad;
};

/* A cgroup that gives bits to whoever is in it or below, also if it is made later. */
struct sigtop_place {
	u64 text[SIGTOP_PLACE / 8]; /* its path, or its own name; the rest is 0 */
	u32 bits;
	u32 by_name;
};

/* sigtop_filter.from_kinds, to_kinds: what must be looked at; and sigtop_member_key.kind, one at a time. */
enum sigtop_member_kind {
	SIGTOP_BY_PID = 1,
	SIGTOP_BY_UID = 4,
	SIGTOP_BY_TTY = 8,
	SIGTOP_BY_CGROUP = 16,
	SIGTOP_BY_NAME = 32, /* in sigtop_filter.names */
};

/* One filter: a slot of the map `filters`. A signal passes if one of its clauses fits. */
struct sigtop_filter {
	u64 signals; /* of all clauses; 0: nothing passes */
	u32 everything; /* 1: everything passes */
	u32 from_kinds;
	u32 to_kinds;
	u32 trees; /* the bits that children inherit */
	u32 blind; /* 1: a child found no room in `members`; so that nothing is missed, everything passes */
	u32 clause_count;
	u32 name_count;
	u32 place_count;
	struct sigtop_clause clauses[SIGTOP_CLAUSES];
	struct sigtop_name names[SIGTOP_NAMES];
	struct sigtop_place places[SIGTOP_PLACES];
};

/* Pids that end alike in their low bits share a byte of `pids_in`. */
#define SIGTOP_PID_ENDS 8192

struct sigtop_member_key {
	u64 value; /* pid, uid, terminal or cgroup id */
	u32 kind; /* sigtop_member_kind */
	u32 slot; /* of `filters` */
};

struct sigtop_member {
	u32 bits; /* of whoever has this value */
	u32 inherited; /* of the process with this pid that started then, from its parent */
	u64 start_ns;
};

/* The kinds that are told on request: bits. */
enum sigtop_facts {
	SIGTOP_OF_OPEN = 1,
	SIGTOP_OF_CHMOD = 2,
	SIGTOP_OF_MOVE = 4,
	SIGTOP_OF_CONNECT = 8,
};

/* sigtop_watch_key.tag */
enum sigtop_watch_tag {
	SIGTOP_BY_INODE = 1, /* value: its number */
	SIGTOP_BY_PLACE = 2, /* value: the name's hash, mixed with the number of the inode of its directory */
	SIGTOP_BY_LAST = 3, /* value: the name's hash; no device, as in the two below */
	SIGTOP_BY_DIRECTORY = 4, /* that of the directory's name */
	SIGTOP_BY_ENDING = 5, /* that of the name from its last dot */
	SIGTOP_BY_NAMES = 6, /* the name's hash, mixed with that of the directory's name: in whatever root */
};

/* What is looked for. Hashes are FNV-1a, SIGTOP_MIX multiplies. */
struct sigtop_watch_key {
	u64 value;
	u32 dev; /* of the file system's super block */
	u32 tag;
};

struct sigtop_watched {
	u32 id; /* of what user space calls it; 0: nothing */
	u32 under; /* the same, for everything below it */
	u8 file; /* sigtop_facts that it is looked for in */
	u8 below; /* the same, for everything below this directory */
	u8 failed; /* the same, where a file could not be met */
	u8 pad;
	u32 generation; /* of the inode in the key, whose number may be given again; 0 where the file system keeps none */
};

#define SIGTOP_PORTS 65536
#define SIGTOP_BLOOM 65536
#define SIGTOP_MIX 0x9e3779b97f4a7c15
#define SIGTOP_NAME_MAX 255

/* What is looked for, in short: one look here, and most of what happens on a machine is known to be none of it. */
struct sigtop_watches {
	u32 all; /* sigtop_facts, all that happens of which is told */
	u32 some; /* of which some may be */
	u32 below; /* that are looked for below directories */
	u32 directories; /* ... by the name of the directory */
	u32 endings; /* ... by the ending of the name */
	u32 modes; /* permission bits that, newly set, are looked for */
	u64 lengths[4]; /* bit n: names of n bytes are looked for */
	u64 above[4]; /* ... of directories */
	u64 ports[SIGTOP_PORTS / 64];
	u64 bloom[SIGTOP_BLOOM / 64]; /* of inodes' numbers, by the upper bits of their product with SIGTOP_MIX */
};

/* A hash for each way to look for a name. */
struct sigtop_name_hashes {
	u64 name;
	u64 ending; /* 0: it has none */
	u64 directory; /* of the component before, of a path as it was written */
	u32 len;
	u32 pad;
};

/* Where an inode is asked for by user space: which it is. */
struct sigtop_inode {
	u64 ino;
	u32 dev;
	u32 generation;
	u32 known; /* 1: it is */
	u32 pad;
};

/* sigtop_access_calls.of: the calls that do what is told on request. */
enum sigtop_access_call {
	SIGTOP_CALL_OPEN = 1,
	SIGTOP_CALL_CREAT = 2,
	SIGTOP_CALL_OPENAT = 3,
	SIGTOP_CALL_OPENAT2 = 4,
	SIGTOP_CALL_OPEN_BY_HANDLE = 5,
	SIGTOP_CALL_CHMOD = 6,
	SIGTOP_CALL_FCHMOD = 7,
	SIGTOP_CALL_FCHMODAT = 8,
	SIGTOP_CALL_FCHMODAT2 = 9,
	SIGTOP_CALL_RENAME = 10,
	SIGTOP_CALL_RENAMEAT = 11,
	SIGTOP_CALL_RENAMEAT2 = 12,
	SIGTOP_CALL_CONNECT = 13,
	SIGTOP_CALL_SOCKETCALL = 14,
};

/* Which call has which number, in 64-bit and in 32-bit programs; 0: another one. */
struct sigtop_access_calls {
	u8 of[SIGTOP_CALL_NR_MAX];
	u8 of_compat[SIGTOP_CALL_NR_MAX];
};

/* What is not sent one by one is counted under this key. */
struct sigtop_unsent_key {
	u64 start_ns; /* of the sender; 0 where origin says that no process sent */
	u32 pid; /* of the sender, likewise */
	u8 kind; /* of the record */
	u8 signal;
	u8 origin; /* for SIGTOP_SIGNAL */
	u8 why;
};

#define SIGTOP_RECENT 64

/* The pairs of sender and signal counted last, each at a place that its key gives: most counts are for one of them. */
struct sigtop_recent {
	struct {
		struct sigtop_unsent_key key;
		u64 count; /* 0: nobody is here */
	} at[SIGTOP_RECENT];
};

/* Path and name of a cgroup that is being made. */
struct sigtop_made {
	u64 path[SIGTOP_PLACE / 8];
	u64 name[SIGTOP_PLACE / 8];
};

/* Set before loading. */
struct sigtop_config {
	u32 call_nr[SIGTOP_CALLS]; /* numbers of the calls SIGTOP_KILL.. SIGTOP_PIDFD on this architecture */
	u32 call_nr_compat[SIGTOP_CALLS]; /* and for its 32-bit programs */
	u32 exec_nr[SIGTOP_EXEC_CALLS];
	u32 exec_nr_compat[SIGTOP_EXEC_CALLS];
	u32 stack_size; /* THREAD_SIZE, for kernels without bpf_task_pt_regs */
	u32 threads; /* 1: forks, exits and names of threads as well */
};

#endif
