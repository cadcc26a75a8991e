/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Every map: who writes it, who reads it, why it has this size. */
#ifndef SIGTOP_MAPS_H
#define SIGTOP_MAPS_H

/* Set by user space before loading. */
const volatile struct sigtop_config config = {};

/* Set by the reader before it blocks, taken by the first record after that, which then wakes it (emit.bpf.h). */
u32 reader_asleep = 0;

/* Set whenever something was counted in unsent_*: nothing to collect while it is 0. */
u32 unsent_any = 0;

/* Rises with every signal or delivery that did not fit: user space then knows that it does not know what waits. */
u32 gaps = 0;

/* Its lowest bit says into which unsent_* map counts go. Written by the reader. */
u32 unsent_epoch = 0;

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
 * One slot in force, one being written, and as many changes as may come while a program is held up between reading
 * the generation and its slot: a processor taken away by a hypervisor.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SIGTOP_FILTERS);
	__type(key, u32);
	__type(value, struct sigtop_filter);
} filters SEC(".maps");

/* One more than the slot that is being filled: its trees grow from then on, before it is in force. 0: none is. */
u32 preparing = 0;

/*
 * Who has which bits of a filter. Written by user space, but for descendants: those are put in by their birth and
 * taken out by their end. Memory is taken only for what is in it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sigtop_member_key);
	__type(value, struct sigtop_member);
} members SEC(".maps");

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

/* An exec record is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sigtop_exec);
} scratch SEC(".maps");

/* Never read: makes every record's type part of the object, so that the skeleton has it. */
const volatile struct {
	struct sigtop_signal signal;
	struct sigtop_deliver deliver;
	struct sigtop_fork fork;
	struct sigtop_exit exit;
	struct sigtop_rename rename;
	struct sigtop_oom oom;
	struct sigtop_seen seen;
	struct sigtop_cgroup cgroup;
	enum sigtop_kind kind;
	enum sigtop_origin origin;
	enum sigtop_call call;
	enum sigtop_ignored ignored;
	enum sigtop_signal_flags signal_flags;
	enum sigtop_disposition disposition;
	enum sigtop_exit_flags exit_flags;
	enum sigtop_why why;
	enum sigtop_member_kind member_kind;
} abi = {};

#endif
