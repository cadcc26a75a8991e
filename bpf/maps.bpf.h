/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The maps of sigtop.bpf.c alone: who writes each, who reads it, why it has this size. Others are in shared.bpf.h. */
#ifndef SIGTOP_MAPS_H
#define SIGTOP_MAPS_H

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
 * The target of the last signal that may be the OOM killer's: before 6.9 its mark tells no more than a pid. One is enough,
 * for it kills one after the other (oom_lock), and it is only believed if the pid is right.
 */
u64 maybe_victim = 0;

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
 * Whether a slot of `members` may have a pid: nearly all processes are known to be none of a tree by this one look. Set by
 * who puts a pid in, before he does, on either side; emptied by user space before a slot is filled. A byte each and not
 * a bit, for two who set bits beside each other need an atomic operation, which BPF does not have before 5.12.
 */
u8 pids_in[SIGTOP_FILTERS][SIGTOP_PID_ENDS] = {};

/* Where a new cgroup's path and name are compared. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sigtop_made);
} scratch_place SEC(".maps");

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
	struct sigtop_attempt attempt;
	struct sigtop_exec_failed exec_failed;
	struct sigtop_file file;
	struct sigtop_connect connect;
	struct sigtop_watch_key watch_key;
	struct sigtop_watched watched;
	struct sigtop_watches watches;
	struct sigtop_name_hashes name_hashes;
	struct sigtop_inode inode;
	struct sigtop_access_calls access_calls;
	enum sigtop_file_marks file_marks;
	enum sigtop_facts facts;
	enum sigtop_watch_tag watch_tag;
	enum sigtop_access_call access_call;
	enum sigtop_kind kind;
	enum sigtop_origin origin;
	enum sigtop_reason reason;
	enum sigtop_call call;
	enum sigtop_exec_call exec_call;
	enum sigtop_wanted wanted;
	enum sigtop_ignored ignored;
	enum sigtop_signal_flags signal_flags;
	enum sigtop_disposition disposition;
	enum sigtop_exit_flags exit_flags;
	enum sigtop_why why;
	enum sigtop_member_kind member_kind;
} abi = {};

#endif
