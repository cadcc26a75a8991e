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

static __always_inline u32 current_generation(void)
{
	u32 zero = 0;
	u32 *now = bpf_map_lookup_elem(&generation, &zero);

	return now ? *now : 0;
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

/* Adds to a count that has no place among the recent ones; where the map has no room, to that of its signal. */
static __always_inline void count_in(void *map, struct sigtop_unsent_key *key, u64 more)
{
	u32 index = key->kind == SIGTOP_SIGNAL ? key->signal : 64 + key->kind;
	u64 *count = bpf_map_lookup_elem(map, key), *rest;

	if (count) {
		*count += more;
		return;
	}
	if (bpf_map_update_elem(map, key, &more, BPF_NOEXIST) == 0)
		return;
	if (key->why == SIGTOP_FILTERED)
		index += SIGTOP_REST;
	rest = bpf_map_lookup_elem(&unsent_rest, &index);
	if (rest)
		*rest += more;
}

static __always_inline void count_recent(void *recent, void *map, const struct sigtop_unsent_key *key)
{
	u32 zero = 0, place = (key->pid ^ key->signal ^ key->why << 3) % SIGTOP_RECENT;
	struct sigtop_recent *all = bpf_map_lookup_elem(recent, &zero);
	const u64 *new = (const u64 *)key, *old;

	if (!all)
		return;
	old = (const u64 *)&all->at[place].key;
	if (all->at[place].count && (old[0] != new[0] || old[1] != new[1])) {
		struct sigtop_unsent_key leaving = all->at[place].key;

		count_in(map, &leaving, all->at[place].count);
		all->at[place].count = 0;
	}
	all->at[place].key = *key;
	all->at[place].count += 1;
}

/*
 * Per processor, and no signal interrupts another's tracepoint (siglock is held with interrupts off): no atomics. One
 * may interrupt another kind's, which therefore has nothing to do with the recent counts.
 */
static __always_inline void count_unsent(struct sigtop_unsent_key *key)
{
	volatile u32 *epoch = &unsent_epoch, *any = &unsent_any;
	bool odd = *epoch & 1;

	if (key->kind == SIGTOP_SIGNAL && odd)
		count_recent(&recent_b, &unsent_b, key);
	else if (key->kind == SIGTOP_SIGNAL)
		count_recent(&recent_a, &unsent_a, key);
	else if (odd)
		count_in(&unsent_b, key, 1);
	else
		count_in(&unsent_a, key, 1);
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
