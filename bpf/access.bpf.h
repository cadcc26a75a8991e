/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The records of what is told on request: a file that was met, a path of which there is only what the caller wrote, an
 * address. Each is put together in memory of its program's own kind and copied, for it has no fixed size.
 */
#ifndef SIGTOP_ACCESS_H
#define SIGTOP_ACCESS_H

#define AT_FDCWD -100
#define O_PATH 010000000
#define FMODE_EXEC 0x20 /* in f_flags: the kernel opens it to run it (include/linux/fs.h) */
#define FMODE_NOACCOUNT 0x20000000 /* the kernel's own, behind a file of overlayfs: its user opened that one */
#define FMODE_CREATED 0x100000
#define ENOENT 2
#define ENOTDIR 20
#define MODE_BITS 07777
#define AF_INET 2
#define AF_INET6 10

/* This process, whose own doings are nobody's business: it looks at what is watched for again and again. */
const volatile u32 own_pid = 0;

static __always_inline bool is_self(void)
{
	return bpf_get_current_pid_tgid() >> 32 == own_pid;
}

static __always_inline void read_current(struct sigtop_party *party)
{
	if (HAS_CURRENT_BTF)
		read_party(party, bpf_get_current_task_btf(), true);
	else
		read_party(party, (void *)bpf_get_current_task(), false);
}

static __always_inline struct sigtop_file *begin_file(struct scratch_file *scratch, u8 kind, u64 matched, u32 flags,
						      long error)
{
	struct sigtop_file *record = &scratch->record;

	fill_header(&record->header, kind, 0, current_generation());
	read_current(&record->who);
	record->flags = flags;
	record->watch = MATCHED_ID(matched);
	record->error = -error;
	record->before = 0;
	record->walked_len = record->written_len = 0;
	record->from_walked_len = record->from_written_len = 0;
	record->below_len = 0;
	record->marks = record->pad = 0;
	return record;
}

/* Writes a path behind what is there. Functions of their own, which a verifier looks at by themselves. */
__noinline u32 put_path(u32 index, u32 at, u64 dentry, u64 vfsmount)
{
	struct place here = { (void *)dentry, mount_of((void *)vfsmount) }, nowhere = {};
	struct scratch_file *scratch = scratch_at(index);
	bool cut;

	if (!scratch)
		return 0;
	walk(scratch->record.data, at, SIGTOP_DATA_MASK, SIGTOP_WALK, SIGTOP_WALK_DEPTH, here, nowhere, &scratch->used,
	     &cut);
	if (cut)
		scratch->record.marks |= SIGTOP_CUT;
	return scratch->used;
}

/* Some names more, of as many as are wanted, by the way of match_some_above(): false where that is all there is to do. */
__noinline u32 put_some_below(u32 index, u32 start, u32 names)
{
	struct scratch_file *scratch = scratch_at(index);
	volatile u16 *used, *written;
	struct place at = {};

	if (!scratch)
		return 0;
	at.dentry = (void *)scratch->above;
	at.mount = (void *)scratch->above_mount;
	used = &scratch->used;
	written = &scratch->names;
	for (int i = 0; i < ABOVE_MAX; i++) {
		struct dentry *leaving = at.dentry;
		bool named;
		long len;

		if (*written >= names)
			return 0;
		if (*used > SIGTOP_WALK - NAME_SIZE || !climb(&at, parent_of(at.dentry), &named)) {
			scratch->record.marks |= SIGTOP_BELOW_CUT;
			return 0;
		}
		if (!named)
			continue;
		len = bpf_probe_read_kernel_str(&scratch->record.data[(start + *used) & SIGTOP_DATA_MASK], NAME_SIZE,
						name_of(leaving));
		if (len <= 0)
			return 0;
		*used += len;
		*written += 1;
	}
	scratch->above = (u64)at.dentry;
	scratch->above_mount = (u64)at.mount;
	return 1;
}

/* So many names, from the innermost outwards. */
__noinline u32 put_below(u32 index, u32 start, u64 dentry, u64 vfsmount, u32 names)
{
	struct scratch_file *scratch = scratch_at(index);

	if (!scratch)
		return 0;
	scratch->above = dentry;
	scratch->above_mount = (u64)mount_of((void *)vfsmount);
	scratch->used = 0;
	scratch->names = 0;
	for (int i = 0; i < ABOVE_TIMES; i++) {
		if (!put_some_below(index, start, names))
			break;
	}
	return scratch->used;
}

static __always_inline void end_file(struct sigtop_file *record, u32 data)
{
	u32 size = __builtin_offsetof(struct sigtop_file, data) + (data & SIGTOP_DATA_MASK);

	if (bpf_ringbuf_output(&events, record, size, wakeup_flags()))
		count_lost(record->header.kind);
}

/* Puts where a moved file was behind the rest. */
__noinline u32 put_from(u32 index, u64 dentry, u64 vfsmount)
{
	struct scratch_file *scratch = scratch_at(index);

	if (!scratch)
		return 0;
	scratch->record.from_walked_len = put_path(index, scratch->record.walked_len, dentry, vfsmount);
	return 1;
}

/* Tells of a file that was met: of what was begun, and where `put_from` said where it was. */
__noinline u32 end_met(u32 index, u64 matched)
{
	struct scratch_file *scratch = scratch_at(index);
	struct sigtop_file *record;
	u32 used;

	if (!scratch)
		return 0;
	record = &scratch->record;
	used = record->walked_len + record->from_walked_len;
	if (MATCHED_BELOW(matched)) {
		record->below_len = put_below(index, used, scratch->dentry, scratch->vfsmount, MATCHED_BELOW(matched));
		used += record->below_len;
	}
	end_file(record, used);
	return 1;
}

/* Begins a record of a file that was met. */
static __always_inline struct sigtop_file *begin_met(u32 index, u8 kind, u64 matched, u32 flags, long error,
						     const struct met *met)
{
	struct scratch_file *scratch = scratch_at(index);
	struct sigtop_file *record;

	if (!scratch)
		return NULL;
	record = begin_file(scratch, kind, matched, flags, error);
	scratch->dentry = (u64)met->dentry;
	scratch->vfsmount = (u64)met->vfsmount;
	record->walked_len = put_path(index, 0, scratch->dentry, scratch->vfsmount);
	return record;
}

/* A port in the order of the processor. */
static __always_inline u16 port_of(const u8 *address)
{
	return address[2] << 8 | address[3];
}

static __always_inline bool is_port_wanted(const u8 *address, u32 len)
{
	volatile struct sigtop_watches *w = &watches;
	u16 family = *(u16 *)address, port = port_of(address);
	u32 word = port / 64;

	if (w->all & SIGTOP_OF_CONNECT)
		return true;
	if ((family != AF_INET && family != AF_INET6) || len < 4)
		return false;
	barrier_var(word); /* where clang knows its bound, it masks nothing, and the verifiers of 5.10 and 6.1 lose it */
	return w->ports[word & (SIGTOP_PORTS / 64 - 1)] >> (port % 64) & 1;
}

/* Tells of a socket that was connected to what is at this address of the caller's memory or, in the kernel's, here. */
static __always_inline int emit_connect(u64 address, u32 len, long error, bool of_user)
{
	struct sigtop_connect record = {};

	if (!is_told(SIGTOP_OF_CONNECT) || is_self() || error <= -ERESTARTSYS)
		return 0;
	if (len > SIGTOP_ADDRESS)
		len = SIGTOP_ADDRESS;
	if (of_user ? bpf_probe_read_user(record.address, len, (void *)address) :
		      bpf_probe_read_kernel(record.address, len, (void *)address))
		len = 0;
	if (!is_port_wanted(record.address, len))
		return 0;
	fill_header(&record.header, SIGTOP_CONNECT, 0, current_generation());
	read_current(&record.who);
	record.error = -error;
	record.len = len;
	if (bpf_ringbuf_output(&events, &record, sizeof(record), wakeup_flags()))
		count_lost(SIGTOP_CONNECT);
	return 0;
}

#endif
