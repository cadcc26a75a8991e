/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reserve or count, and when to wake the reader.
 *
 * Waking somebody for every record costs several microseconds, each paid by whoever sends a signal. So the reader
 * looks by itself as long as records come; only when it has found nothing twice it sets reader_asleep, and the next
 * record takes that flag and wakes it. Two processors may both take it: one wake-up too many does no harm.
 */
#ifndef SIGTOP_EMIT_H
#define SIGTOP_EMIT_H

static __always_inline u64 wakeup_flags(void)
{
	volatile u32 *asleep = &reader_asleep;

	if (!*asleep)
		return BPF_RB_NO_WAKEUP;
	*asleep = 0;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void fill_header(struct sigtop_header *header, u8 kind, u8 signal, u32 number)
{
	volatile u32 *gap = &gaps;

	header->time_ns = bpf_ktime_get_ns();
	header->generation = number;
	header->kind = kind;
	header->signal = signal;
	header->gap = *gap;
}

/* False where the map has no room for another sender. */
static __always_inline bool count_in(void *map, struct sigtop_unsent_key *key)
{
	u64 one = 1, *count = bpf_map_lookup_elem(map, key);

	if (count) {
		*count += 1;
		return true;
	}
	return bpf_map_update_elem(map, key, &one, BPF_NOEXIST) == 0;
}

/* Per processor, and no signal interrupts another's tracepoint (siglock is held with interrupts off): no atomics. */
static __always_inline void count_unsent(struct sigtop_unsent_key *key)
{
	volatile u32 *epoch = &unsent_epoch, *any = &unsent_any;
	u32 index;
	u64 *rest;
	bool counted;

	if (*epoch & 1)
		counted = count_in(&unsent_b, key);
	else
		counted = count_in(&unsent_a, key);
	if (!counted) {
		index = key->kind == SIGTOP_SIGNAL ? key->signal : 64 + key->kind;
		if (key->why == SIGTOP_FILTERED)
			index += SIGTOP_REST;
		rest = bpf_map_lookup_elem(&unsent_rest, &index);
		if (rest)
			*rest += 1;
	}
	if (!*any) /* many processors read this cache line, so it is written no more often than it must be */
		*any = 1;
	/* By atomic, for here processors meet; a target's next record comes under the same siglock, so it sees this. */
	if (key->why == SIGTOP_LOST && key->kind <= SIGTOP_DELIVER)
		__sync_fetch_and_add(&gaps, 1);
}

/* A record that did not fit, of a kind that is counted by kind alone. */
static __always_inline void count_lost(u8 kind)
{
	struct sigtop_unsent_key key = { .kind = kind, .why = SIGTOP_LOST };

	count_unsent(&key);
}

#define emit(record) bpf_ringbuf_submit(record, wakeup_flags())

#endif
