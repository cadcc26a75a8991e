/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The records of what was tried in vain, made when the system call is over. Its arguments are where the caller left
 * them, in the saved registers of the task; what a program is given of them, not every kernel's BTF knows (5.10).
 */
#ifndef SIGTOP_ATTEMPT_H
#define SIGTOP_ATTEMPT_H

#define EAGAIN 11
#define SIGNAL_MAX 64
#define REAL_TIME_MIN 32

/* sigtop_wanted: what user space asks for. Written by it while programs run. */
u32 wanted = 0;

/* A failed exec's record is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sigtop_exec_failed);
} exec_scratch SEC(".maps");

static __always_inline bool is_wanted(u32 what)
{
	volatile u32 *now = &wanted;

	return *now & what;
}

/* A call of those that name a process and one of its threads. */
static __always_inline bool names_thread(u8 call)
{
	return call == SIGTOP_TGKILL || call == SIGTOP_TGSIGQUEUE;
}

static __always_inline u8 signal_of(s32 number)
{
	return number >= 0 && number <= SIGNAL_MAX ? number : SIGTOP_NO_SIGNAL;
}

static __always_inline void emit_attempt(struct task_struct *cur, s32 number, u16 error, u8 call, bool is_32, bool btf)
{
	u64 pid_tgid = bpf_get_current_pid_tgid(), start_ns = READ(btf, cur, group_leader, start_time);
	struct sigtop_attempt *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record) {
		struct sigtop_unsent_key key = { .start_ns = start_ns,
						 .pid = pid_tgid >> 32,
						 .kind = SIGTOP_ATTEMPT,
						 .signal = signal_of(number),
						 .origin = SIGTOP_USER,
						 .why = SIGTOP_LOST };

		count_unsent(&key);
		return;
	}
	fill_header(&record->header, SIGTOP_ATTEMPT, signal_of(number), current_generation());
	record->start_ns = start_ns;
	record->pid = pid_tgid >> 32;
	record->tid = pid_tgid;
	record->uid = READ(btf, cur, cred, uid.val);
	record->tty = read_tty(cur, btf);
	record->aim = argument(cur, 0, is_32, btf);
	record->aim_tid = names_thread(call) ? argument(cur, 1, is_32, btf) : 0;
	record->number = number;
	record->error = error;
	record->call = call;
	record->nested = READ(btf, cur, thread_pid, level) != 0;
	emit(record);
}

static __always_inline void send_ended(struct task_struct *cur, long result, u8 call, bool is_32, bool btf)
{
	s32 number = names_thread(call) ? argument(cur, 2, is_32, btf) : argument(cur, 1, is_32, btf);

	if (!result && number)
		return;
	/* A full queue: signal_generate has told it, as an overflow (send_signal_locked(), kernel/signal.c). */
	if (result == -EAGAIN && number >= REAL_TIME_MIN)
		return;
	emit_attempt(cur, number, -result, call, is_32, btf);
}

/* After one of the calls that send signals: SIGTOP_KILL.. */
static __always_inline int after_send(long result, u8 call, bool is_32)
{
	if (result > 0 || result <= -ERESTARTSYS || !is_wanted(SIGTOP_WANT_ATTEMPTS))
		return 0;
	if (HAS_CURRENT_BTF)
		send_ended(bpf_get_current_task_btf(), result, call, is_32, true);
	else
		send_ended((void *)bpf_get_current_task(), result, call, is_32, false);
	return 0;
}

static __always_inline void emit_exec_failed(struct task_struct *cur, u16 error, u8 call, bool is_32, bool btf)
{
	u64 filename = call == SIGTOP_EXECVE ? argument(cur, 0, is_32, btf) : argument(cur, 1, is_32, btf);
	u32 zero = 0, size = 0;
	struct sigtop_exec_failed *record = bpf_map_lookup_elem(&exec_scratch, &zero);
	long len;

	if (!record)
		return;
	fill_header(&record->header, SIGTOP_EXEC_FAILED, 0, current_generation());
	read_party(&record->who, cur, btf);
	record->gid = READ(btf, cur, cred, gid.val);
	record->tty = read_tty(cur, btf);
	record->error = error;
	record->call = call;
	len = bpf_probe_read_user_str(record->filename, SIGTOP_PATH, (void *)filename); /* no page is fetched for it */
	if (len > 0)
		size = len & (2 * SIGTOP_PATH - 1);
	record->filename_len = size;
	size += __builtin_offsetof(struct sigtop_exec_failed, filename);
	if (size > sizeof(*record))
		return;
	if (bpf_ringbuf_output(&events, record, size, wakeup_flags()))
		count_lost(SIGTOP_EXEC_FAILED);
}

/* After one of the calls that start a program: SIGTOP_EXECVE.. One that succeeded has other registers by now. */
static __always_inline int after_exec(long result, u8 call, bool is_32)
{
	if (result >= 0 || result <= -ERESTARTSYS || !is_wanted(SIGTOP_WANT_EXECS))
		return 0;
	if (HAS_CURRENT_BTF)
		emit_exec_failed(bpf_get_current_task_btf(), -result, call, is_32, true);
	else
		emit_exec_failed((void *)bpf_get_current_task(), -result, call, is_32, false);
	return 0;
}

#endif
