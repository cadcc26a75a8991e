/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What both objects have in common (sigtop.bpf.c, attempts.bpf.c): the ring, the generation, the counts of what was not
 * sent. The first makes these maps, the second is given them. Of each: who writes it, who reads it, why this size.
 */
#ifndef SIGTOP_SHARED_H
#define SIGTOP_SHARED_H

/* Set by user space before loading. */
const volatile struct sigtop_config config = {};

/*
 * Words that both sides write, in a section of their own: the second object takes the first one's memory for it
 * (bpf_map__reuse_fd), so this section must hold just these, which both have from here.
 */
#define SHARED SEC(".bss.shared")

/* Set by the reader before it blocks, taken by the first record after that, which then wakes it (emit.bpf.h). */
u32 reader_asleep SHARED;

/* Set whenever something was counted in unsent_*: nothing to collect while it is 0. */
u32 unsent_any SHARED;

/* Rises with every signal or delivery that did not fit: user space then knows that it does not know what waits. */
u32 gaps SHARED;

/* Its lowest bit says into which unsent_* map counts go. Written by the reader. */
u32 unsent_epoch SHARED;

/* Records, kernel to user. User space sets the size (--buffer). */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} events SEC(".maps");

/* The generation of the filter in force: rises with every change, and says which slot of `filters` holds. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} generation SEC(".maps");

/*
 * Counts of what was not sent, in turn: while the kernel counts in one, user space collects and empties the other.
 * 8192 pairs of sender and signal between two collections; what does not fit goes to `unsent_rest`.
 */
struct unsent {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct sigtop_unsent_key);
	__type(value, u64);
};
struct unsent unsent_a SEC(".maps");
struct unsent unsent_b SEC(".maps");

/* Before them, for a look into a hash costs more than all else of a count: who makes room here goes there. */
struct recent {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sigtop_recent);
};
struct recent recent_a SEC(".maps");
struct recent recent_b SEC(".maps");

/* The same without senders: rises for ever, at [why - 1][signal, or 64 + kind for other records]. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * SIGTOP_REST);
	__type(key, u32);
	__type(value, u64);
} unsent_rest SEC(".maps");

#endif
