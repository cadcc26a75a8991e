/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What is sent to user space one by one. One predicate a function; what they reject is counted (emit.bpf.h).
 *
 * This is never the whole filter: it only leaves out what the filter surely does not show, and user space decides the
 * rest (src/filter/kernel.rs makes these contents, src/filter/eval.rs says what they mean).
 */
#ifndef SIGTOP_FILTER_H
#define SIGTOP_FILTER_H

static __always_inline u32 current_generation(void)
{
	u32 zero = 0;
	u32 *now = bpf_map_lookup_elem(&generation, &zero);

	return now ? *now : 0;
}

/* The filter of this generation. A new filter is written to a free slot first. */
static __always_inline struct sigtop_filter *filter_of(u32 number)
{
	u32 slot = number % SIGTOP_FILTERS;

	return bpf_map_lookup_elem(&filters, &slot);
}

/* A process as a filter sees it. */
struct person {
	struct task_struct *task;
	u64 start_ns;
	u32 pid;
	u32 uid;
	u32 tty;
};

/* Which bits somebody surely has, and which he may have. */
struct bits {
	u32 surely;
	u32 maybe;
};

static __always_inline u32 member_bits(u32 slot, u32 kind, u64 value, u64 start_ns)
{
	struct sigtop_member_key key = { .value = value, .kind = kind, .slot = slot };
	struct sigtop_member *member = bpf_map_lookup_elem(&members, &key);

	return member && (!member->start_ns || member->start_ns == start_ns) ? member->bits : 0;
}

static __always_inline u32 name_bits(struct sigtop_filter *filter, struct task_struct *task, bool btf)
{
	struct task_struct *leader = READ(btf, task, group_leader);
	u64 name[2] = {};
	u32 bits = 0;

	bpf_probe_read_kernel(name, sizeof(name), leader->comm);
	for (int i = 0; i < SIGTOP_NAMES; i++) {
		struct sigtop_name *wanted = &filter->names[i];

		if (i >= filter->name_count)
			break;
		if ((name[0] & wanted->mask[0]) == wanted->value[0] && (name[1] & wanted->mask[1]) == wanted->value[1])
			bits |= wanted->bits;
	}
	return bits;
}

static __always_inline u32 person_bits(struct sigtop_filter *filter, u32 slot, u32 kinds, const struct person *who,
				       bool btf)
{
	u32 bits = 0;

	if (kinds & (SIGTOP_BY_PID | SIGTOP_BY_TREE))
		bits |= member_bits(slot, SIGTOP_BY_PID, who->pid, 0);
	if (kinds & SIGTOP_BY_TREE)
		bits |= member_bits(slot, SIGTOP_BY_TREE, who->pid, who->start_ns);
	if (kinds & SIGTOP_BY_UID)
		bits |= member_bits(slot, SIGTOP_BY_UID, who->uid, 0);
	if (kinds & SIGTOP_BY_TTY)
		bits |= member_bits(slot, SIGTOP_BY_TTY, who->tty, 0);
	if (kinds & SIGTOP_BY_CGROUP)
		bits |= member_bits(slot, SIGTOP_BY_CGROUP, READ(btf, who->task, cgroups, dfl_cgrp, kn, id), 0);
	if (kinds & SIGTOP_BY_NAME)
		bits |= name_bits(filter, who->task, btf);
	return bits;
}

/* The kernel calls a SIGCONT ignored that made its target go on; the filter calls it queued. */
static __always_inline u32 result_bits(int sig, int result)
{
	return sig == SIGCONT ? 1 << result | 1 : 1 << result;
}

/* Whether a signal may be one that the filter shows. `sender` without task: no process sent it. */
static __always_inline bool filter_signal(u32 number, int sig, int result, u8 origin, const struct person *sender,
					  bool by_proxy, const struct person *target, bool btf)
{
	struct sigtop_filter *filter = filter_of(number);
	u32 slot = number % SIGTOP_FILTERS, results = result_bits(sig, result);
	struct bits from = {}, to = {};

	if (!filter || filter->everything || filter->blind)
		return true;
	if (!(filter->signals >> ((sig - 1) & 63) & 1))
		return false;
	if (filter->from_kinds && by_proxy)
		from.maybe = ~0U; /* known by its pid alone */
	else if (filter->from_kinds && sender->task)
		from.surely = from.maybe = person_bits(filter, slot, filter->from_kinds, sender, btf);
	if (filter->to_kinds)
		to.surely = to.maybe = person_bits(filter, slot, filter->to_kinds, target, true);
	for (int i = 0; i < SIGTOP_CLAUSES; i++) {
		struct sigtop_clause *clause = &filter->clauses[i];

		if (i >= filter->clause_count)
			break;
		if ((clause->signals >> ((sig - 1) & 63) & 1) && (clause->origins >> (origin & 31) & 1) &&
		    (clause->results & results) && (clause->from_need & ~from.maybe) == 0 &&
		    (clause->to_need & ~to.maybe) == 0 && (clause->from_not & from.surely) == 0 &&
		    (clause->to_not & to.surely) == 0 && (clause->any_need & ~(from.maybe | to.maybe)) == 0)
			return true;
	}
	return false;
}

/* The same for a delivery to the current task: who sent the signal, and how, is not known any more. */
static __always_inline bool filter_delivery(u32 number, int sig, const struct person *target, bool btf)
{
	struct sigtop_filter *filter = filter_of(number);
	u32 slot = number % SIGTOP_FILTERS, to = 0;

	if (!filter || filter->everything || filter->blind)
		return true;
	if (!(filter->signals >> ((sig - 1) & 63) & 1))
		return false;
	if (filter->to_kinds)
		to = person_bits(filter, slot, filter->to_kinds, target, btf);
	for (int i = 0; i < SIGTOP_CLAUSES; i++) {
		struct sigtop_clause *clause = &filter->clauses[i];

		if (i >= filter->clause_count)
			break;
		if ((clause->signals >> ((sig - 1) & 63) & 1) && (clause->to_need & ~to) == 0 && (clause->to_not & to) == 0)
			return true;
	}
	return false;
}

/* A child is in the trees that its parent is in, before it can send or be sent anything. */
static __always_inline void grow_tree(u32 number, struct task_struct *child)
{
	struct sigtop_filter *filter = filter_of(number);
	struct task_struct *parent = child->real_parent; /* not who called: with CLONE_PARENT it is the caller's */
	struct sigtop_member_key key = { .value = child->tgid, .kind = SIGTOP_BY_TREE, .slot = number % SIGTOP_FILTERS };
	struct sigtop_member member = { .start_ns = child->start_time };

	if (!filter || !filter->trees)
		return;
	member.bits = filter->trees & (member_bits(key.slot, SIGTOP_BY_PID, parent->tgid, 0) |
				       member_bits(key.slot, SIGTOP_BY_TREE, parent->tgid, parent->group_leader->start_time));
	if (member.bits && bpf_map_update_elem(&members, &key, &member, BPF_ANY))
		filter->blind = 1;
}

/* Nobody can send to a process any more that was reaped: its pid is free. */
static __always_inline void prune_tree(u32 number, struct task_struct *task)
{
	struct sigtop_filter *filter = filter_of(number);
	struct sigtop_member_key key = { .value = task->tgid, .kind = SIGTOP_BY_TREE, .slot = number % SIGTOP_FILTERS };

	if (filter && filter->trees && member_bits(key.slot, SIGTOP_BY_TREE, key.value, task->start_time))
		bpf_map_delete_elem(&members, &key);
}

#endif
