/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reads of a task. No decisions here, only facts, and which kernels have them where. */
#ifndef SIGTOP_TASK_H
#define SIGTOP_TASK_H

#define PF_EXITING 0x4 /* include/linux/sched.h */

/* signal_struct.flags, include/linux/sched/signal.h */
#define SIGNAL_GROUP_EXIT 0x4
#define SIGNAL_CLD_STOPPED 0x10
#define SIGNAL_CLD_CONTINUED 0x20
#define SIGNAL_UNKILLABLE 0x40

/* From here on errors are the kernel's own, such as ERESTARTNOINTR: the call is done once more (include/linux/errno.h).
 */
#define ERESTARTSYS 512

/*
 * Reads a member: a pointer that the verifier trusts (`btf` is true) by a plain load, which costs next to nothing;
 * another by bpf_probe_read_kernel. `btf` must be a constant.
 */
#define READ(btf, ptr, ...) ((btf) ? ___arrow((ptr), ##__VA_ARGS__) : BPF_CORE_READ((ptr), ##__VA_ARGS__))

/*
 * Whether the verifier trusts the current task and its registers: bpf_get_current_task_btf came with 5.11 (commit
 * 3ca1032ab7ab), bpf_task_pt_regs with 5.15 (commit dd6e10fbd9fb). Before, both are mere numbers.
 */
#define HAS_CURRENT_BTF bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs)

static __always_inline void read_party(struct sigtop_party *party, struct task_struct *task, bool btf)
{
	party->start_ns = READ(btf, task, group_leader, start_time);
	party->pid = READ(btf, task, tgid);
	party->tid = READ(btf, task, pid);
	party->uid = READ(btf, task, cred, uid.val);
	party->pad = 0;
	bpf_probe_read_kernel(party->comm, SIGTOP_COMM, task->comm);
}

/* The controlling terminal as /proc/PID/stat has it (new_encode_dev), 0 for none. */
static __always_inline u32 read_tty(struct task_struct *task, bool btf)
{
	struct tty_struct *tty = READ(btf, task, signal, tty);
	u32 major, minor;

	if (!tty)
		return 0;
	major = READ(btf, tty, driver, major);
	minor = READ(btf, tty, driver, minor_start) + READ(btf, tty, index);
	return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

/* A process's exit status as wait(2) has it, by the rule of wait_task_zombie() in kernel/exit.c. */
static __always_inline int read_exit_code(struct task_struct *task)
{
	if (BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(task, signal, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}

/* The handler that a task, which the verifier trusts, has for a signal: 0 SIG_DFL, 1 SIG_IGN, else an address. */
static __always_inline u64 read_handler(struct task_struct *task, int sig)
{
	u64 handler = 0;
	u64 at = (u64)task->sighand;

	at += bpf_core_field_offset(struct sighand_struct, action);
	at += (u64)((sig - 1) & 63) * bpf_core_type_size(struct k_sigaction); /* masked: verifiers add no unknown number */
	at += bpf_core_field_offset(struct k_sigaction, sa) + bpf_core_field_offset(struct sigaction, sa_handler);
	bpf_probe_read_kernel(&handler, sizeof(handler), (void *)at);
	return handler;
}

/*
 * The signals that wait for a task, its own and those of its process. Where signal_generate fires, at the end of
 * __send_signal_locked() in kernel/signal.c, the new one is among them if it was queued, and so is SIGKILL if
 * complete_signal() found that the new one kills.
 */
static __always_inline u64 read_pending(struct task_struct *task)
{
	return task->pending.signal.sig[0] | task->signal->shared_pending.signal.sig[0];
}

/* What the current task had in its registers when it came into the kernel. */
static __always_inline void *user_registers(struct task_struct *cur, bool btf)
{
	if (btf)
		return (void *)bpf_task_pt_regs(cur);
	/* task_pt_regs() of both architectures */
	return BPF_CORE_READ(cur, stack) + config.stack_size - bpf_core_type_size(struct pt_regs___x86);
}

/* One of the first four arguments that `regs`, a task's, has of its call; `index` and `btf` must be constants. */
static __always_inline u64 argument_in(void *regs, int index, bool is_32, bool btf)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64 *arm64 = regs;
	u64 value;

	if (!bpf_core_field_exists(struct pt_regs___x86, orig_ax))
		value = index == 0 ? READ(btf, arm64, orig_x0) : READ(btf, arm64, regs[index]);
	else if (index == 0)
		value = is_32 ? READ(btf, x86, bx) : READ(btf, x86, di);
	else if (index == 1)
		value = is_32 ? READ(btf, x86, cx) : READ(btf, x86, si);
	else if (index == 2)
		value = READ(btf, x86, dx);
	else
		value = is_32 ? READ(btf, x86, si) : READ(btf, x86, r10);
	return is_32 ? (u32)value : value;
}

static __always_inline u64 argument(struct task_struct *cur, int index, bool is_32, bool btf)
{
	return argument_in(user_registers(cur, btf), index, is_32, btf);
}

/*
 * The number of the system call that the current task is in, or was last in. An interrupt or fault taken in user
 * mode overwrites it with something that is no number.
 */
static __always_inline int syscall_in(void *regs, bool btf)
{
	if (bpf_core_field_exists(struct pt_regs___x86, orig_ax))
		return READ(btf, (struct pt_regs___x86 *)regs, orig_ax);
	return READ(btf, (struct pt_regs___arm64 *)regs, syscallno);
}

static __always_inline int read_syscall(struct task_struct *cur, bool btf)
{
	return syscall_in(user_registers(cur, btf), btf);
}

/* Whether the current task's system call is a 32-bit one. */
static __always_inline bool is_compat(struct task_struct *cur, bool btf)
{
	if (bpf_core_field_exists(struct thread_info___x86, status))
		return READ(btf, (struct task_struct___x86 *)cur, thread_info.status) & 0x2; /* TS_COMPAT */
	return READ(btf, (struct task_struct___arm64 *)cur, thread_info.flags) & (1 << 22); /* TIF_32BIT */
}

/* Which of the calls that send signals the current task is in: SIGTOP_KILL.., 0 for none of them. */
static __always_inline u8 read_call(struct task_struct *cur, bool btf)
{
	u32 nr = read_syscall(cur, btf);
	bool compat = is_compat(cur, btf);

	for (int i = 0; i < SIGTOP_CALLS; i++)
		if (nr == (compat ? config.call_nr_compat[i] : config.call_nr[i]))
			return i + 1;
	return 0;
}

#endif
