/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What is sent to user space one by one. One predicate a function; what they reject is counted (emit.bpf.h).
 *
 * This is never the whole filter: it only leaves out what the filter surely does not show, and user space decides the
 * rest (src/filter/kernel.rs makes these contents, src/filter/eval.rs says what they mean).
 */
#ifndef SIGTOP_FILTER_H
#define SIGTOP_FILTER_H

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
};

static __always_inline volatile u8 *pid_in(u32 slot, u64 pid)
{
	return &pids_in[slot & (SIGTOP_FILTERS - 1)][pid & (SIGTOP_PID_ENDS - 1)];
}

/*
 * These are functions of their own, which a verifier looks at once and by themselves (5.6, commit 51c39bb1d5d1),
 * for else the ways through them multiply. So they take numbers alone.
 */

/* The bits that somebody has by one property; `start_ns` goes with a pid. */
__noinline u32 member_bits(u32 slot, u32 kind, u64 value, u64 start_ns)
{
	struct sigtop_member_key key = { .value = value, .kind = kind, .slot = slot };
	struct sigtop_member *member = bpf_map_lookup_elem(&members, &key);

	if (!member)
		return 0;
	return member->start_ns == start_ns ? member->bits | member->inherited : member->bits;
}

static __always_inline u32 pid_bits(u32 slot, u64 pid, u64 start_ns)
{
	return *pid_in(slot, pid) ? member_bits(slot, SIGTOP_BY_PID, pid, start_ns) : 0;
}

/* The bits of a name, which is in two words as in task->comm. */
__noinline u32 name_bits(u32 slot, u64 first, u64 second)
{
	struct sigtop_filter *filter = bpf_map_lookup_elem(&filters, &slot);
	u32 bits = 0;

	if (!filter)
		return 0;
	for (int i = 0; i < SIGTOP_NAMES; i++) {
		struct sigtop_name *wanted = &filter->names[i];

		if (i >= filter->name_count)
			break;
		if (!(((first & wanted->mask[0]) ^ wanted->value[0]) | ((second & wanted->mask[1]) ^ wanted->value[1])))
			bits |= wanted->bits;
	}
	return bits;
}

/* Whether a clause fits. Of `from` and `to`, the low half says what they may be, the high half what they surely are. */
__noinline u32 fits_clause(u32 slot, u64 signal, u64 origin_and_results, u64 from, u64 to)
{
	struct sigtop_filter *filter = bpf_map_lookup_elem(&filters, &slot);
	u32 origin = origin_and_results, results = origin_and_results >> 32;

	if (!filter)
		return 1;
	for (int i = 0; i < SIGTOP_CLAUSES; i++) {
		struct sigtop_clause *clause = &filter->clauses[i];
		u32 lacks;

		if (i >= filter->clause_count)
			break;
		lacks = (clause->from_need & ~(u32)from) | (clause->to_need & ~(u32)to) |
			(clause->any_need & ~(u32)(from | to)) | (clause->from_not & (u32)(from >> 32)) |
			(clause->to_not & (u32)(to >> 32));
		if (lacks)
			continue;
		if ((clause->signals & signal) && (clause->origins & origin) && (clause->results & results))
			return 1;
	}
	return 0;
}

/* The same where who sent, and how, is not known any more. */
__noinline u32 fits_clause_to(u32 slot, u64 signal, u32 to)
{
	struct sigtop_filter *filter = bpf_map_lookup_elem(&filters, &slot);

	if (!filter)
		return 1;
	for (int i = 0; i < SIGTOP_CLAUSES; i++) {
		struct sigtop_clause *clause = &filter->clauses[i];

		if (i >= filter->clause_count)
			break;
		if (!((clause->to_need & ~to) | (clause->to_not & to)) && (clause->signals & signal))
			return 1;
	}
	return 0;
}

/* The bits that somebody has by what he is, but for his name. Of each pair, the first is the low half. */
__noinline u32 property_bits(u64 slot_and_kinds, u64 pid, u64 start_ns, u64 uid_and_tty, u64 cgroup)
{
	u32 slot = slot_and_kinds, kinds = slot_and_kinds >> 32, bits = 0;

	if (kinds & SIGTOP_BY_PID)
		bits |= pid_bits(slot, pid, start_ns);
	if (kinds & SIGTOP_BY_UID)
		bits |= member_bits(slot, SIGTOP_BY_UID, (u32)uid_and_tty, 0);
	if (kinds & SIGTOP_BY_TTY)
		bits |= member_bits(slot, SIGTOP_BY_TTY, uid_and_tty >> 32, 0);
	if (kinds & SIGTOP_BY_CGROUP)
		bits |= member_bits(slot, SIGTOP_BY_CGROUP, cgroup, 0);
	return bits;
}

static __always_inline u32 person_bits(u32 slot, u32 kinds, const struct person *who, bool btf)
{
	struct task_struct *task = who->task;
	u64 cgroup = 0, tty = 0, name[2] = {};
	u32 bits;

	if (kinds & SIGTOP_BY_CGROUP)
		cgroup = READ(btf, task, cgroups, dfl_cgrp, kn, id);
	if (kinds & SIGTOP_BY_TTY)
		tty = read_tty(task, btf);
	bits = property_bits((u64)kinds << 32 | slot, who->pid, who->start_ns, tty << 32 | who->uid, cgroup);
	if (kinds & SIGTOP_BY_NAME) {
		struct task_struct *leader = READ(btf, task, group_leader);

		bpf_probe_read_kernel(name, sizeof(name), leader->comm);
		bits |= name_bits(slot, name[0], name[1]);
	}
	return bits;
}

/* The kernel calls a SIGCONT ignored that made its target go on; the filter calls it queued. */
static __always_inline u32 result_bits(int sig, int result)
{
	return sig == SIGCONT ? 1 << result | 1 : 1 << result;
}

#define SURELY(bits) ((u64)(bits) << 32 | (bits))

/* Whether a signal may be one that the filter shows. `sender` without task: no process sent it. */
static __always_inline bool filter_signal(u32 number, int sig, int result, u8 origin, const struct person *sender,
					  bool by_proxy, const struct person *target, bool btf)
{
	struct sigtop_filter *filter = filter_of(number);
	u32 slot = number % SIGTOP_FILTERS;
	u64 signal = 1ULL << ((sig - 1) & 63), from = 0, to = 0;

	if (!filter || filter->everything || filter->blind)
		return true;
	if (!(filter->signals & signal))
		return false;
	if (filter->from_kinds && by_proxy)
		from = ~0U; /* known by its pid alone: may be anybody */
	else if (filter->from_kinds && sender->task)
		from = SURELY(person_bits(slot, filter->from_kinds, sender, btf));
	if (filter->to_kinds)
		to = SURELY(person_bits(slot, filter->to_kinds, target, true));
	return fits_clause(slot, signal, (u64)result_bits(sig, result) << 32 | 1U << (origin & 31), from, to);
}

/* The same for a delivery to the current task. */
static __always_inline bool filter_delivery(u32 number, int sig, const struct person *target, bool btf)
{
	struct sigtop_filter *filter = filter_of(number);
	u32 slot = number % SIGTOP_FILTERS, to = 0;
	u64 signal = 1ULL << ((sig - 1) & 63);

	if (!filter || filter->everything || filter->blind)
		return true;
	if (!(filter->signals & signal))
		return false;
	if (filter->to_kinds)
		to = person_bits(slot, filter->to_kinds, target, btf);
	return fits_clause_to(slot, signal, to);
}

/* A child is in the trees that its parent is in, before it can send or be sent anything. */
static __always_inline void grow_tree(u32 number, struct task_struct *child)
{
	struct sigtop_filter *filter = filter_of(number);
	struct task_struct *parent = child->real_parent; /* not who called: with CLONE_PARENT it is the caller's */
	struct sigtop_member_key key = { .value = child->tgid, .kind = SIGTOP_BY_PID, .slot = number % SIGTOP_FILTERS };
	struct sigtop_member member = { .start_ns = child->start_time }, *known;

	if (!filter || !filter->trees)
		return;
	member.inherited =
		filter->trees & pid_bits(key.slot, parent->tgid, parent->group_leader->start_time);
	if (!member.inherited)
		return;
	known = bpf_map_lookup_elem(&members, &key);
	if (known)
		member.bits = known->bits;
	*pid_in(key.slot, child->tgid) = 1;
	if (bpf_map_update_elem(&members, &key, &member, BPF_ANY))
		filter->blind = 1;
}

/* The bits of a filter's places that this path or name is. */
__noinline u32 place_bits(u32 slot, u32 by_name)
{
	struct sigtop_filter *filter = bpf_map_lookup_elem(&filters, &slot);
	u32 zero = 0, bits = 0;
	struct sigtop_made *made = bpf_map_lookup_elem(&scratch_place, &zero);

	if (!filter || !made)
		return 0;
	for (int i = 0; i < SIGTOP_PLACES; i++) {
		struct sigtop_place *place = &filter->places[i];
		u64 differs = 0;

		if (i >= filter->place_count)
			break;
		for (int word = 0; word < SIGTOP_PLACE / 8; word++)
			differs |= place->text[word] ^ (by_name ? made->name[word] : made->path[word]);
		if (!differs && place->by_name == by_name)
			bits |= place->bits;
	}
	return bits;
}

/* A new cgroup has the bits of its parent, and of the places that it is itself. */
static __always_inline void grow_cgroup(u32 number, struct cgroup *cgroup, u64 parent)
{
	struct sigtop_filter *filter = filter_of(number);
	struct sigtop_member_key key = { .value = BPF_CORE_READ(cgroup, kn, id), .kind = SIGTOP_BY_CGROUP, .slot = number % SIGTOP_FILTERS };
	struct sigtop_member member = {};

	if (!filter || !filter->place_count)
		return;
	member.bits = member_bits(key.slot, SIGTOP_BY_CGROUP, parent, 0) | place_bits(key.slot, 0) | place_bits(key.slot, 1);
	if (member.bits && bpf_map_update_elem(&members, &key, &member, BPF_ANY))
		filter->blind = 1;
}

static __always_inline u64 read_parent(struct cgroup *cgroup)
{
	struct kernfs_node *node = BPF_CORE_READ(cgroup, kn);

	if (bpf_core_field_exists(struct kernfs_node___new, __parent))
		return BPF_CORE_READ((struct kernfs_node___new *)node, __parent, id);
	return BPF_CORE_READ((struct kernfs_node___old *)node, parent, id);
}

/* Cgroups are made one at a time (cgroup_mutex), and seldom; but the memory is a processor's own all the same. */
static __always_inline void grow_cgroups(struct cgroup *cgroup, const char *path)
{
	u32 zero = 0;
	struct sigtop_made *made = bpf_map_lookup_elem(&scratch_place, &zero);
	u64 parent = read_parent(cgroup);
	volatile u32 *next = &preparing;

	if (!made)
		return;
	__builtin_memset(made, 0, sizeof(*made));
	bpf_probe_read_kernel_str(made->path, sizeof(made->path), path);
	bpf_probe_read_kernel_str(made->name, sizeof(made->name), BPF_CORE_READ(cgroup, kn, name));
	grow_cgroup(current_generation(), cgroup, parent);
	if (*next)
		grow_cgroup(*next - 1, cgroup, parent);
}

/* Nobody can send to a process any more that was reaped: its pid is free. */
static __always_inline void prune_tree(u32 number, struct task_struct *task)
{
	struct sigtop_filter *filter = filter_of(number);
	struct sigtop_member_key key = { .kind = SIGTOP_BY_PID, .slot = number % SIGTOP_FILTERS };
	struct sigtop_member *member;

	if (!filter || !filter->trees)
		return;
	key.value = BPF_CORE_READ(task, tgid);
	if (key.value != BPF_CORE_READ(task, pid) || !*pid_in(key.slot, key.value))
		return;
	member = bpf_map_lookup_elem(&members, &key);
	if (!member || member->start_ns != BPF_CORE_READ(task, start_time))
		return;
	if (member->bits)
		member->inherited = 0; /* who has this pid next is asked for by it alone */
	else
		bpf_map_delete_elem(&members, &key);
}

#endif
