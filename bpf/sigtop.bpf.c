// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The kernel side of sigtop: one program a hook. Each collects facts and hands them over; nothing is decided here
 * but what passes the filter. See sigtop.h for the records, maps.bpf.h for the maps.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "sigtop.h"
#include "maps.bpf.h"
#include "task.bpf.h"
#include "origin.bpf.h"
#include "filter.bpf.h"
#include "emit.bpf.h"
#include "exec.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void count_signal(int sig, u8 origin, u32 pid, u64 start_ns, u8 why)
{
	struct sigtop_unsent_key key = { .kind = SIGTOP_SIGNAL, .signal = sig, .origin = origin, .why = why };

	if (start_ns && (origin == SIGTOP_USER || origin == SIGTOP_CHILD || origin == SIGTOP_PDEATH ||
			 origin == SIGTOP_CGROUP_KILL)) {
		key.start_ns = start_ns;
		key.pid = pid;
	}
	count_unsent(&key);
}

static __always_inline int generate(int sig, struct kernel_siginfo *info, struct task_struct *target, int group,
				    int result, struct task_struct *cur, bool btf)
{
	u64 pid_tgid = bpf_get_current_pid_tgid();
	u64 start_ns = READ(btf, cur, group_leader, start_time);
	u32 number = current_generation(), sender = pid_tgid >> 32, uid = READ(btf, cur, cred, uid.val);
	struct sigtop_signal *record;
	struct road road;
	u8 flags = group ? SIGTOP_TO_PROCESS : 0;

	read_road(&road, sig, info, target, cur, sender, btf);
	if (is_by_proxy(&road, cur, btf)) {
		start_ns = 0;
		sender = read_child(&road, target);
		uid = road.uid;
		flags |= SIGTOP_BY_PROXY;
	}
	if (!filter_signal(number, sig)) {
		count_signal(sig, road.origin, sender, start_ns, SIGTOP_FILTERED);
		return 0;
	}
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_signal(sig, road.origin, sender, start_ns, SIGTOP_LOST);
		return 0;
	}
	fill_header(&record->header, SIGTOP_SIGNAL, sig, number);
	record->value = road.value;
	record->sender_start_ns = start_ns;
	record->sender_pid = sender;
	record->sender_tid = pid_tgid;
	record->sender_uid = uid;
	record->target_start_ns = target->group_leader->start_time;
	record->target_pid = target->tgid;
	record->target_tid = target->pid;
	record->target_uid = target->cred->uid.val;
	record->code = road.code;
	record->origin = road.origin;
	record->call = road.call;
	record->result = result == 1 ? result | read_ignored(target, sig) << 4 : result;
	if (sig == SIGCONT && (target->signal->flags & (SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED)))
		flags |= SIGTOP_CONTINUED;
	if (sig >= SIGRTMIN && result == 0 && is_alone(target, group))
		flags |= SIGTOP_ALONE;
	record->flags = flags;
	record->sender_tty = read_tty(cur, btf);
	record->word = road.word;
	emit(record);
	return 0;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal_generate, int sig, struct kernel_siginfo *info, struct task_struct *target, int group,
	     int result)
{
	if (HAS_CURRENT_BTF)
		return generate(sig, info, target, group, result, bpf_get_current_task_btf(), true);
	return generate(sig, info, target, group, result, (void *)bpf_get_current_task(), false);
}

/*
 * A signal that kills by default arrives as SIGKILL without siginfo, once in each thread: get_signal() in
 * kernel/signal.c. The number that was sent is in group_exit_code. Nothing is there when exit_group() or exec ends
 * a thread: that is no signal.
 */
static __always_inline int deliver(int sig, struct kernel_siginfo *info, struct k_sigaction *ka,
				   struct task_struct *cur, bool btf)
{
	u64 handler = (u64)BPF_CORE_READ(ka, sa.sa_handler), pid_tgid = bpf_get_current_pid_tgid();
	u8 disposition = handler > 1 ? SIGTOP_HANDLER : handler == 1 ? SIGTOP_IGNORED : SIGTOP_DEFAULT;
	u32 number = current_generation(), flags = READ(btf, cur, signal, flags);
	struct sigtop_deliver *record;
	struct info taken = {};

	if (sig == SIGKILL && is_sentinel(info)) {
		disposition = SIGTOP_GROUP_EXIT;
		sig = READ(btf, cur, signal, group_exit_code) & 0x7f;
		if (!(flags & SIGNAL_GROUP_EXIT) || !sig)
			return 0;
	}
	if (!filter_signal(number, sig))
		return 0;
	if (!is_sentinel(info))
		read_info(&taken, info);
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(SIGTOP_DELIVER);
		return 0;
	}
	fill_header(&record->header, SIGTOP_DELIVER, sig, number);
	record->start_ns = READ(btf, cur, group_leader, start_time);
	record->pid = pid_tgid >> 32;
	record->tid = pid_tgid;
	record->uid = READ(btf, cur, cred, uid.val);
	record->disposition = disposition;
	record->unkillable = (flags & SIGNAL_UNKILLABLE) != 0;
	record->pad = 0;
	record->code = taken.code;
	record->word = taken.word[0];
	emit(record);
	return 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(on_signal_deliver, int sig, struct kernel_siginfo *info, struct k_sigaction *ka)
{
	if (HAS_CURRENT_BTF)
		return deliver(sig, info, ka, bpf_get_current_task_btf(), true);
	return deliver(sig, info, ka, (void *)bpf_get_current_task(), false);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct sigtop_fork *record;

	if (child->pid != child->tgid && !config.threads)
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(SIGTOP_FORK);
		return 0;
	}
	fill_header(&record->header, SIGTOP_FORK, 0, current_generation());
	read_party(&record->child, child, true);
	/* Not `parent`, which only called: with CLONE_PARENT its own parent becomes the child's. */
	record->parent_start_ns = child->real_parent->group_leader->start_time;
	record->parent_pid = child->real_parent->tgid;
	record->pad = 0;
	emit(record);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_sched_process_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	emit_exec(task, bprm);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_sched_process_exit, struct task_struct *task)
{
	bool last = task->signal->live.counter == 0;
	struct sigtop_exit *record;

	if (!last && !config.threads)
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(SIGTOP_EXIT);
		return 0;
	}
	fill_header(&record->header, SIGTOP_EXIT, 0, current_generation());
	if (last)
		read_party(&record->who, task->group_leader, true);
	else
		read_party(&record->who, task, true);
	record->code = last ? read_exit_code(task) : task->exit_code;
	record->flags = last ? SIGTOP_GROUP_DEAD : 0;
	emit(record);
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(on_task_rename, struct task_struct *task, const char *name)
{
	struct sigtop_rename *record;

	if (task->pid != task->tgid && !config.threads)
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(SIGTOP_RENAME);
		return 0;
	}
	fill_header(&record->header, SIGTOP_RENAME, 0, current_generation());
	read_party(&record->who, task, true);
	__builtin_memset(record->who.comm, 0, SIGTOP_COMM);
	bpf_probe_read_kernel_str(record->who.comm, SIGTOP_COMM, name);
	emit(record);
	return 0;
}

/* The argument is the victim's task since 6.9 (commit 72ba14deb40a), its pid before. */
SEC("tp_btf/mark_victim")
int on_mark_victim(u64 *ctx)
{
	struct sigtop_oom *record;
	u64 victim = ctx[0];

	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(SIGTOP_OOM);
		return 0;
	}
	fill_header(&record->header, SIGTOP_OOM, 0, current_generation());
	record->tid = (u32)bpf_get_current_pid_tgid();
	record->pid = victim >> 32 ? BPF_CORE_READ((struct task_struct *)victim, tgid) : victim;
	emit(record);
	return 0;
}

/* Every process that is alive at the start; threads are left to their process. */
SEC("iter/task")
int snapshot(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *parent;
	struct sigtop_seen record = {};

	if (!task || task->pid != task->tgid)
		return 0;
	fill_header(&record.header, SIGTOP_SEEN, 0, 0);
	read_party(&record.who, task, true);
	parent = task->real_parent;
	record.parent_start_ns = parent->group_leader->start_time;
	record.parent_pid = parent->tgid;
	record.cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	record.tty = read_tty(task, true);
	record.zombie = task->signal->live.counter == 0;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}
