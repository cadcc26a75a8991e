/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is sent to user space one by one. One predicate a function; what they reject is counted (emit.bpf.h). */
#ifndef SIGTOP_FILTER_H
#define SIGTOP_FILTER_H

static __always_inline u32 current_generation(void)
{
	u32 zero = 0;
	u32 *now = bpf_map_lookup_elem(&generation, &zero);

	return now ? *now : 0;
}

/* Whether the filter of this generation lets the signal pass. A new filter is written to a free slot first. */
static __always_inline bool filter_signal(u32 number, int sig)
{
	u32 slot = number % SIGTOP_FILTERS;
	struct sigtop_filter *filter = bpf_map_lookup_elem(&filters, &slot);

	return !filter || (filter->signals >> ((sig - 1) & 63) & 1);
}

#endif
