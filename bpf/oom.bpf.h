/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the OOM killer's mark is told with: how much of the victim was resident, and which limit there was.
 * By bpf_probe_read throughout: it is rare, and the victim is a mere number on kernels before 6.9.
 */
#ifndef SIGTOP_OOM_H
#define SIGTOP_OOM_H

/* The deepest cgroup that is looked at. */
#define LEVELS 32
/* include/linux/mm_types_task.h */
#define MM_FILEPAGES 0
#define MM_ANONPAGES 1
#define MM_SHMEMPAGES 3
/* include/linux/memcontrol.h, enum memcg_memory_event */
#define MEMCG_OOM 3
/* PAGE_COUNTER_MAX is larger, whatever a page's size: include/linux/page_counter.h. */
#define UNLIMITED (1ULL << 46)

static __always_inline u64 positive(s64 count)
{
	return count > 0 ? count : 0;
}

static __always_inline u64 read_resident(struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct mm_struct___old *old = (void *)mm;
	struct mm_struct___new *new = (void *)mm;

	if (!mm)
		return 0;
	if (bpf_core_field_exists(new->rss_stat[MM_FILEPAGES].count))
		return positive(BPF_CORE_READ(new, rss_stat[MM_FILEPAGES].count)) +
		       positive(BPF_CORE_READ(new, rss_stat[MM_ANONPAGES].count)) +
		       positive(BPF_CORE_READ(new, rss_stat[MM_SHMEMPAGES].count));
	if (bpf_core_field_exists(old->rss_stat.count))
		return positive(BPF_CORE_READ(old, rss_stat.count[MM_FILEPAGES].counter)) +
		       positive(BPF_CORE_READ(old, rss_stat.count[MM_ANONPAGES].counter)) +
		       positive(BPF_CORE_READ(old, rss_stat.count[MM_SHMEMPAGES].counter));
	return 0;
}

static __always_inline struct cgroup_subsys_state *read_memory_css(struct task_struct *task)
{
	struct cgroup_subsys_state *css = NULL;
	u64 at = (u64)BPF_CORE_READ(task, cgroups);

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	at += bpf_core_field_offset(struct css_set, subsys);
	at += bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) * sizeof(css);
	bpf_probe_read_kernel(&css, sizeof(css), (void *)at);
	return css;
}

/*
 * Whether a counter is at its limit: the charge that did not fit is not in it, and others may have given back some since.
 */
static __always_inline bool is_full(u64 usage, u64 max)
{
	return max < UNLIMITED && usage + max / 16 + 64 >= max;
}

/*
 * The innermost of the victim's memory cgroups that was at its limit and out of memory (mem_cgroup_oom(), mm/memcontrol.c,
 * counts that). One that is only full of cache is at its limit too, but never was out of memory.
 */
static __always_inline void read_limit(struct sigtop_oom *record, struct task_struct *task)
{
	struct cgroup_subsys_state *css = read_memory_css(task);

	for (int i = 0; i < LEVELS && css; i++) {
		struct mem_cgroup *group = (void *)css - bpf_core_field_offset(struct mem_cgroup, css);
		u64 max = BPF_CORE_READ(group, memory.max);
		bool is_unified = !BPF_CORE_READ(css, cgroup, root, hierarchy_id);

		if (BPF_CORE_READ(group, memory_events_local[MEMCG_OOM].counter)) {
			if (!is_full(BPF_CORE_READ(group, memory.usage.counter), max) && !is_unified) {
				max = BPF_CORE_READ(group, memsw.max); /* memory and swap together, only there */
				if (!is_full(BPF_CORE_READ(group, memsw.usage.counter), max))
					max = UNLIMITED;
			} else if (!is_full(BPF_CORE_READ(group, memory.usage.counter), max)) {
				max = UNLIMITED;
			}
			if (max < UNLIMITED) {
				record->limit = max;
				record->level = is_unified ? BPF_CORE_READ(css, cgroup, level) : 0;
				return;
			}
		}
		css = BPF_CORE_READ(css, parent);
	}
}

#endif
