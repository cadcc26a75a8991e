/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * By which road a signal came. The current task is blamed only where it can be shown to have sent: a timer fires in
 * whatever task an interrupt hits, and ^C arrives through a kernel worker.
 *
 * What tells the roads apart is the siginfo that signal_generate sees: none at all (SEND_SIG_NOINFO), the kernel's
 * own (SEND_SIG_PRIV), or a filled one (include/linux/sched/signal.h), together with the state of the current task.
 */
#ifndef SIGTOP_ORIGIN_H
#define SIGTOP_ORIGIN_H

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGALRM 14
#define SIGCHLD 17
#define SIGCONT 18
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG 23
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGWINCH 28
#define SIGIO 29
#define SIGSYS 31
#define SIGRTMIN 32

/* include/uapi/asm-generic/siginfo.h */
#define SI_USER 0
#define SI_KERNEL 0x80
#define SI_TIMER -2
#define SI_MESGQ -3
#define SI_ASYNCIO -4
#define SI_SIGIO -5
#define SI_TKILL -6
#define SI_DETHREAD -7
#define SI_ASYNCNL -60
#define CLD_EXITED 1
#define CLD_DUMPED 3

#define RLIMIT_CPU 0
#define NSEC_PER_SEC 1000000000ULL

#define BIT(sig) (1ULL << (sig))
#define FAULTS (BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGSEGV))
#define TIMERS (BIT(SIGALRM) | BIT(SIGVTALRM) | BIT(SIGPROF))
#define JOB_CONTROL                                                                                                    \
	(BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGCONT) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU) |        \
	 BIT(SIGWINCH))
#define FILES (BIT(SIGIO) | BIT(SIGURG))

struct road {
	u64 value;
	int code;
	u32 word; /* the first two of the siginfo's union: a child's or caller's pid and uid, as the target sees them */
	u32 uid;
	u8 origin;
	u8 call;
	bool is_plain; /* kill() and the like: `call` is not known yet */
};

static __always_inline bool is_one_of(int sig, u64 set)
{
	return sig < 64 && (set >> sig & 1);
}

/* Whether a process sent: it asked for the signal, or the signal tells of its own end. */
static __always_inline bool has_sender(u8 origin)
{
	return origin == SIGTOP_USER || origin == SIGTOP_CHILD || origin == SIGTOP_PDEATH || origin == SIGTOP_CGROUP_KILL;
}

/* A call that lets its caller fill the siginfo, and so imitate the kernel's. */
static __always_inline bool fills_info(u8 call)
{
	return call == SIGTOP_SIGQUEUE || call == SIGTOP_TGSIGQUEUE || call == SIGTOP_PIDFD;
}

/*
 * Whether the siginfo lies on the current task's stack, where those calls have it. A timer that interrupts one of
 * them brings its own from elsewhere. The bound is generous: some kernels have stacks of two and four times the size.
 */
static __always_inline bool is_on_stack(struct kernel_siginfo *info, struct task_struct *cur, bool btf)
{
	u64 stack = (u64)READ(btf, cur, stack), at = (u64)info;

	if (at < stack)
		return false;
	barrier_var(at); /* two comparisons: of a pointer, a difference is no number to the verifier */
	return at < stack + 4 * config.stack_size;
}

/*
 * Whether a siginfo is no pointer but SEND_SIG_NOINFO, 0, or SEND_SIG_PRIV, 1 (include/linux/sched/signal.h). Never ask
 * whether it is 0: some verifiers (6.18) take what a tracepoint passes for a pointer that cannot be NULL, and drop
 * the branch without a word.
 */
#define SEND_SIG_PRIV 1

static __always_inline bool is_sentinel(struct kernel_siginfo *info)
{
	return (unsigned long)info <= SEND_SIG_PRIV;
}

/* SEND_SIG_NOINFO: looks like a kill() to the target, but no kill() makes it. */
static __always_inline u8 origin_without_info(int sig, struct task_struct *target, u32 cur_pid, u32 cur_flags)
{
	if ((cur_flags & PF_EXITING) && sig == BPF_CORE_READ(target, pdeath_signal))
		return SIGTOP_PDEATH; /* reparent_leader(), kernel/exit.c */
	if (sig == SIGPIPE)
		return SIGTOP_PIPE;
	if (sig == SIGXFSZ)
		return SIGTOP_RLIMIT;
	if (is_one_of(sig, JOB_CONTROL))
		return SIGTOP_TTY; /* TIOCNOTTY: disassociate_ctty(), drivers/tty/tty_jobctrl.c */
	if (sig != SIGKILL || (BPF_CORE_READ(target, ptrace) && BPF_CORE_READ(target, parent, tgid) == cur_pid))
		return SIGTOP_KERNEL; /* PTRACE_KILL: ptrace_request(), kernel/ptrace.c */
	return SIGTOP_CGROUP_KILL; /* __cgroup_kill(), kernel/cgroup/cgroup.c: who writes may be in the cgroup too */
}

/*
 * Whether the target has used up its hard CPU limit: check_process_timers(), kernel/time/posix-cpu-timers.c, which
 * counts user and system time, not the scheduler's.
 */
static __always_inline bool is_over_cpu_limit(struct task_struct *target)
{
	u64 limit = BPF_CORE_READ(target, signal, rlim[RLIMIT_CPU].rlim_max);
	u64 used = BPF_CORE_READ(target, signal, cputimer.cputime_atomic.utime.counter) +
		   BPF_CORE_READ(target, signal, cputimer.cputime_atomic.stime.counter);

	return limit < (1ULL << 32) && used >= limit * NSEC_PER_SEC;
}

/* SEND_SIG_PRIV: the kernel itself. */
static __always_inline u8 origin_of_kernel(int sig, struct task_struct *target, u32 cur_pid, u32 cur_flags)
{
	if (is_one_of(sig, TIMERS))
		return SIGTOP_TIMER;
	if (is_one_of(sig, JOB_CONTROL))
		return SIGTOP_TTY;
	if (is_one_of(sig, FILES))
		return SIGTOP_IO;
	if (sig == SIGXCPU)
		return SIGTOP_RLIMIT;
	if (sig != SIGKILL || (cur_flags & PF_EXITING))
		return SIGTOP_KERNEL; /* a dying init takes its pid namespace along: zap_pid_ns_processes() */
	if (BPF_CORE_READ(target, tgid) == cur_pid && is_over_cpu_limit(target))
		return SIGTOP_RLIMIT;
	return SIGTOP_MAYBE_OOM;
}

/* Why the kernel itself kills, where it does not say: a tracer may have asked for that (PTRACE_O_EXITKILL). */
static __always_inline u64 reason_of_kill(struct task_struct *target, u32 cur_pid, u32 cur_flags)
{
	bool traced = BPF_CORE_READ(target, ptrace) && BPF_CORE_READ(target, parent, tgid) == cur_pid;

	if (!(cur_flags & PF_EXITING))
		return traced ? SIGTOP_PTRACE_KILL : 0;
	return traced ? SIGTOP_TRACER_LEFT : SIGTOP_NAMESPACE_END;
}

/* A filled siginfo with a positive code: the kernel says what happened. */
static __always_inline u8 origin_of_event(int sig, int code, u8 call, bool to_self)
{
	if (sig == SIGSYS)
		return SIGTOP_SECCOMP;
	/* Only to itself may a process send a positive code: do_rt_sigqueueinfo(), kernel/signal.c. */
	if (to_self && fills_info(call) && code != SI_KERNEL)
		return SIGTOP_USER;
	if (is_one_of(sig, FAULTS))
		return SIGTOP_FAULT;
	if (code == SI_KERNEL)
		return SIGTOP_KERNEL;
	return sig == SIGCHLD ? SIGTOP_CHILD : SIGTOP_IO;
}

/* A filled siginfo with a code of zero or less: somebody asked for it, now or earlier. */
static __always_inline u8 origin_of_request(int code, u8 call)
{
	if (fills_info(call))
		return SIGTOP_USER;
	switch (code) {
	case SI_TIMER:
		return SIGTOP_TIMER;
	case SI_MESGQ:
	case SI_ASYNCIO:
	case SI_SIGIO:
	case SI_ASYNCNL:
		return SIGTOP_IO;
	case SI_DETHREAD:
		return SIGTOP_KERNEL;
	}
	return SIGTOP_USER;
}

/*
 * The start of a siginfo: include/uapi/asm-generic/siginfo.h, the same on every 64-bit architecture, for programs are
 * given it. Read whole, for each read costs more than the bytes.
 */
struct info {
	int signo;
	int error;
	int code;
	int pad;
	union {
		u64 address; /* of a fault */
		u32 word[2]; /* pid and uid; or a timer's id and overruns */
	};
	union {
		u64 value; /* of a timer, a queue, a request */
		u32 status; /* of a child */
		u32 syscall;
	};
};

static __always_inline void read_info(struct info *info, struct kernel_siginfo *from)
{
	/* bpf_probe_read, for newer verifiers may take `from` for the number that it sometimes is. */
	if (bpf_probe_read_kernel(info, sizeof(*info), from))
		__builtin_memset(info, 0, sizeof(*info));
}

/*
 * What the siginfo holds beyond its code: an address, a status, a system call's number, or the value that somebody
 * sent along. Its union is read by the layout that fits, never by another. decode/signals.rs names it by the same rule.
 */
static __always_inline u64 pick_value(struct info *info, u8 origin)
{
	switch (origin) {
	case SIGTOP_FAULT:
		return info->address;
	case SIGTOP_CHILD:
		return info->status;
	case SIGTOP_SECCOMP:
		return info->syscall;
	case SIGTOP_TIMER:
		return info->value;
	case SIGTOP_IO:
	case SIGTOP_USER:
		if (info->code < 0 && info->code != SI_TKILL)
			return info->value;
	}
	return 0;
}

/*
 * Whether somebody else tells of a child's end: a dying parent whose dead children get a new one, or a debugger
 * (forget_original_parent() and release_task(), kernel/exit.c). A task that tells of its own has its exit_state.
 */
static __always_inline bool is_by_proxy(const struct road *road, struct task_struct *cur, bool btf)
{
	return road->origin == SIGTOP_CHILD && road->code >= CLD_EXITED && road->code <= CLD_DUMPED &&
	       !READ(btf, cur, exit_state);
}

/* The child, as long as its number in the target's pid namespace is the one that everybody knows. */
static __always_inline u32 read_child(const struct road *road, struct task_struct *target)
{
	return BPF_CORE_READ(target, thread_pid, level) ? 0 : road->word;
}

/* The call that the current task sends by; none where it only happens to be in one while an interrupt sends. */
static __always_inline u8 read_senders_call(struct kernel_siginfo *info, struct task_struct *cur, bool btf)
{
	u8 call = READ(btf, cur, flags) & PF_EXITING ? 0 : read_call(cur, btf);

	return fills_info(call) && !is_on_stack(info, cur, btf) ? 0 : call;
}

static __always_inline void read_road(struct road *road, int sig, struct kernel_siginfo *info,
				      struct task_struct *target, struct task_struct *cur, u32 cur_pid, bool btf)
{
	u32 cur_flags = READ(btf, cur, flags);
	struct info read;

	__builtin_memset(road, 0, sizeof(*road));
	if (is_sentinel(info)) {
		barrier_var(info); /* or clang asks for 0 after all */
		if ((unsigned long)info == SEND_SIG_PRIV) {
			road->code = SI_KERNEL;
			road->origin = origin_of_kernel(sig, target, cur_pid, cur_flags);
			if (road->origin == SIGTOP_TTY)
				road->value = read_tty(target, true);
		} else {
			road->origin = origin_without_info(sig, target, cur_pid, cur_flags);
		}
		if (sig == SIGKILL && road->origin == SIGTOP_KERNEL)
			road->value = reason_of_kill(target, cur_pid, cur_flags);
		return;
	}
	read_info(&read, info);
	road->code = read.code;
	road->word = read.word[0];
	road->uid = read.word[1];
	if ((cur_flags & PF_EXITING) && sig == READ(btf, cur, group_leader, exit_signal) && road->code > 0) {
		road->origin = SIGTOP_CHILD; /* clone() lets a parent choose another signal than SIGCHLD */
	} else if (road->code == SI_USER || road->code == SI_TKILL) {
		road->origin = SIGTOP_USER; /* whatever the call, which is looked for once the signal passes the filter */
		road->is_plain = true;
	} else {
		u8 call = read_senders_call(info, cur, btf);

		road->origin = road->code > 0 ? origin_of_event(sig, road->code, call, target->tgid == cur_pid)
					      : origin_of_request(road->code, call);
		road->call = road->origin == SIGTOP_USER ? call : 0;
	}
	if (road->code)
		road->value = pick_value(&read, road->origin);
}

/* Whether just one signal waits in the queue of the process (`group`) or of the thread; call it for trusted tasks. */
static __always_inline bool is_alone(struct task_struct *target, int group)
{
	if (group)
		return target->signal->shared_pending.list.next == target->signal->shared_pending.list.prev;
	return target->pending.list.next == target->pending.list.prev;
}

/* Why a signal was ignored, by the order of prepare_signal() and sig_ignored() in kernel/signal.c. */
static __always_inline u8 read_ignored(struct task_struct *target, int sig)
{
	u32 flags = target->signal->flags;
	u64 handler;

	if (target->signal->live.counter == 0)
		return SIGTOP_ZOMBIE;
	if (flags & SIGNAL_GROUP_EXIT)
		return SIGTOP_EXITING;
	handler = read_handler(target, sig);
	if (handler == 1)
		return SIGTOP_SIG_IGN;
	if ((flags & SIGNAL_UNKILLABLE) && !is_one_of(sig, BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH)))
		return SIGTOP_INIT;
	return SIGTOP_DEFAULT_IGNORE;
}

#endif
