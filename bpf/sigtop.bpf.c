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
#include "shared.bpf.h"
#include "maps.bpf.h"
#include "task.bpf.h"
#include "origin.bpf.h"
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "path.bpf.h"
#include "exec.bpf.h"
#include "oom.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void count_signal(int sig, u8 origin, const struct person *sender, u8 why)
{
	struct sigtop_unsent_key key = { .kind = SIGTOP_SIGNAL, .signal = sig, .origin = origin, .why = why };

	if (sender->task) {
		key.start_ns = sender->start_ns;
		key.pid = sender->pid;
	}
	count_unsent(&key);
}

static __always_inline int generate(int sig, struct kernel_siginfo *info, struct task_struct *target, int group,
				    int result, struct task_struct *cur, bool btf)
{
	u64 pid_tgid = bpf_get_current_pid_tgid();
	struct person sender = {
		.task = cur,
		.start_ns = READ(btf, cur, group_leader, start_time),
		.pid = pid_tgid >> 32,
		.uid = READ(btf, cur, cred, uid.val),
	};
	struct person receiver = {
		.task = target,
		.start_ns = target->group_leader->start_time,
		.pid = target->tgid,
		.uid = target->cred->uid.val,
	};
	u32 number = current_generation();
	volatile u64 *victim = &maybe_victim;
	struct sigtop_signal *record;
	struct road road;
	u8 flags = group ? SIGTOP_TO_PROCESS : 0;

	read_road(&road, sig, info, target, cur, sender.pid, btf);
	if (road.origin == SIGTOP_MAYBE_OOM)
		*victim = (u64)target;
	if (is_by_proxy(&road, cur, btf)) {
		sender = (struct person){ .pid = read_child(&road, target), .uid = road.uid };
		flags |= SIGTOP_BY_PROXY;
	} else if (!has_sender(road.origin)) {
		sender.task = NULL;
	}
	if (!filter_signal(number, sig, result, road.origin, &sender, flags & SIGTOP_BY_PROXY, &receiver, btf)) {
		count_signal(sig, road.origin, &sender, SIGTOP_FILTERED);
		return 0;
	}
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_signal(sig, road.origin, &sender, SIGTOP_LOST);
		return 0;
	}
	fill_header(&record->header, SIGTOP_SIGNAL, sig, number);
	record->value = road.value;
	record->sender_start_ns = sender.start_ns;
	record->sender_pid = sender.pid;
	record->sender_tid = pid_tgid;
	record->sender_uid = sender.uid;
	record->target_start_ns = receiver.start_ns;
	record->target_pid = receiver.pid;
	record->target_tid = target->pid;
	record->target_uid = receiver.uid;
	record->code = road.code;
	record->origin = road.origin;
	record->call = road.is_plain ? read_senders_call(info, cur, btf) : road.call;
	record->result = result == 1 ? result | read_ignored(target, sig) << 4 : result;
	if (sig == SIGCONT && (target->signal->flags & (SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED)))
		flags |= SIGTOP_CONTINUED;
	if (sig >= SIGRTMIN && result == 0 && is_alone(target, group))
		flags |= SIGTOP_ALONE;
	record->flags = flags;
	record->sender_tty = sender.task ? read_tty(cur, btf) : 0;
	record->word = road.word;
	record->blocked = target->blocked.sig[0];
	record->pending = read_pending(target);
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
	struct person who = { .task = cur, .start_ns = READ(btf, cur, group_leader, start_time), .pid = pid_tgid >> 32 };
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
	if (!filter_delivery(number, sig, &who, btf))
		return 0;
	if (!is_sentinel(info))
		read_info(&taken, info);
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(SIGTOP_DELIVER);
		return 0;
	}
	fill_header(&record->header, SIGTOP_DELIVER, sig, number);
	record->start_ns = who.start_ns;
	record->pid = who.pid;
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
	volatile u32 *next = &preparing;

	if (child->pid == child->tgid) {
		grow_tree(current_generation(), child);
		if (*next)
			grow_tree(*next - 1, child);
	}
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
	record->cgroup_id = child->cgroups->dfl_cgrp->kn->id;
	record->parent_pid = child->real_parent->tgid;
	record->pad = 0;
	emit(record);
	return 0;
}

/*
 * This one and those of cgroups are plain raw tracepoints: they have little to read, and to load a program with BTF costs
 * a search through all names of the kernel's, 8 ms each (6.18: bpf_check_attach_target(), kernel/bpf/verifier.c).
 */
SEC("raw_tp/sched_process_free")
int BPF_PROG(on_sched_process_free, struct task_struct *task)
{
	volatile u32 *next = &preparing;

	prune_tree(current_generation(), task);
	if (*next)
		prune_tree(*next - 1, task);
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
	volatile u64 *last = &maybe_victim;
	struct sigtop_oom *record;
	u64 victim = ctx[0];
	struct task_struct *task = victim >> 32 ? (void *)victim : (void *)*last;

	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(SIGTOP_OOM);
		return 0;
	}
	fill_header(&record->header, SIGTOP_OOM, 0, current_generation());
	record->tid = (u32)bpf_get_current_pid_tgid();
	record->rss = record->limit = record->level = 0;
	record->known = victim >> 32 || BPF_CORE_READ(task, pid) == (u32)victim;
	record->pid = record->known ? BPF_CORE_READ(task, tgid) : victim;
	if (record->known) {
		record->rss = read_resident(task);
		read_limit(record, task);
	}
	emit(record);
	return 0;
}

/* A process was moved into a cgroup; without process, the cgroup was made. */
static __always_inline int emit_cgroup(struct cgroup *cgroup, const char *path, const struct person *moved)
{
	struct sigtop_cgroup *record;

	if (BPF_CORE_READ(cgroup, root, hierarchy_id)) /* 0 is the unified one: cgroup_init(), kernel/cgroup/cgroup.c */
		return 0;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count_lost(SIGTOP_CGROUP);
		return 0;
	}
	fill_header(&record->header, SIGTOP_CGROUP, 0, current_generation());
	record->id = BPF_CORE_READ(cgroup, kn, id);
	record->start_ns = moved->start_ns;
	record->pid = moved->pid;
	record->uid = moved->uid;
	record->path[0] = 0;
	bpf_probe_read_kernel_str(record->path, sizeof(record->path), path);
	emit(record);
	return 0;
}

SEC("raw_tp/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	struct person nobody = {};

	if (!BPF_CORE_READ(cgroup, root, hierarchy_id))
		grow_cgroups(cgroup, path);
	return emit_cgroup(cgroup, path, &nobody);
}

SEC("raw_tp/cgroup_attach_task")
int BPF_PROG(on_cgroup_attach_task, struct cgroup *cgroup, const char *path, struct task_struct *task)
{
	struct person moved = {
		.start_ns = BPF_CORE_READ(task, start_time),
		.pid = BPF_CORE_READ(task, tgid),
		.uid = BPF_CORE_READ(task, cred, uid.val),
	};

	if (BPF_CORE_READ(task, pid) != moved.pid)
		return 0;
	return emit_cgroup(cgroup, path, &moved);
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
