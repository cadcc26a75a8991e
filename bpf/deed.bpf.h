/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is done to a file that the kernel has in hand: is it looked for, and then a record of it. */
#ifndef SIGTOP_DEED_H
#define SIGTOP_DEED_H

#define NOT_KNOWN -1

static __always_inline bool is_error(u64 pointer)
{
	return pointer > -4096UL; /* IS_ERR() */
}

static __always_inline struct met met_at(struct path *path)
{
	struct met met = {};

	bpf_probe_read_kernel(&met, sizeof(met), path);
	return met;
}

/* A file was opened; not to look at its name alone, and not to run it, which is told as an exec. */
__noinline int opened(u64 address, u32 index)
{
	struct file *file = (void *)address;
	struct met met = {};
	struct sigtop_file *record;
	u32 flags, mode;
	u64 matched;

	bpf_core_read(&met, sizeof(met), &file->f_path);
	matched = match(&met, SIGTOP_OF_OPEN, index);
	if (!matched || is_self())
		return 0;
	flags = BPF_CORE_READ(file, f_flags);
	mode = BPF_CORE_READ(file, f_mode);
	if (flags & (O_PATH | FMODE_EXEC) || mode & FMODE_NOACCOUNT)
		return 0;
	record = begin_met(index, SIGTOP_OPEN, matched, flags, 0, &met);
	if (!record)
		return 0;
	if (mode & FMODE_CREATED)
		record->marks |= SIGTOP_CREATED;
	return end_met(index, matched);
}

static __always_inline int opening(u64 file)
{
	return is_told(SIGTOP_OF_OPEN) ? opened(file, SCRATCH_OPEN) : 0;
}

/* A mode was changed, or is about to be; `before` where that is known. */
static __always_inline int changed(struct met met, u32 mode, long error, s32 before, u32 index)
{
	volatile struct sigtop_watches *w = &watches;
	u32 set = mode & ~(before == NOT_KNOWN ? 0 : before);
	u64 matched = match(&met, SIGTOP_OF_CHMOD, index);
	struct sigtop_file *record;

	if (!matched && w->modes & set)
		matched = MATCHED;
	if (!matched || is_self())
		return 0;
	record = begin_met(index, SIGTOP_CHMOD, matched, mode & MODE_BITS, error, &met);
	if (!record)
		return 0;
	if (before != NOT_KNOWN) {
		record->before = before;
		record->marks |= SIGTOP_BEFORE_KNOWN;
	}
	return end_met(index, matched);
}

static __always_inline u32 mode_of(struct dentry *dentry)
{
	return BPF_CORE_READ(dentry, d_inode, i_mode) & MODE_BITS;
}

static __always_inline int changing(struct path *path, u32 mode)
{
	struct met met = met_at(path);

	if (!is_told(SIGTOP_OF_CHMOD))
		return 0;
	return changed(met, mode, 0, mode_of(met.dentry), SCRATCH_CHMOD);
}

static __always_inline void moved_from(u32 index, const struct met *from)
{
	struct scratch_file *scratch = scratch_at(index);

	if (!scratch)
		return;
	scratch->dentry = (u64)from->dentry;
	scratch->vfsmount = (u64)from->vfsmount;
}

/* A file is about to be moved: what is looked for may be there, or where it goes. */
static __always_inline int moving(struct path *old_dir, struct dentry *old, struct path *new_dir, struct dentry *new)
{
	struct met from = met_at(old_dir), to = met_at(new_dir);
	bool is_from = false;
	u64 matched, was;

	if (!is_told(SIGTOP_OF_MOVE) || is_self())
		return 0;
	from.dentry = old;
	to.dentry = new;
	matched = match(&to, SIGTOP_OF_MOVE, SCRATCH_MOVE);
	if (!MATCHED_ID(matched)) {
		was = match(&from, SIGTOP_OF_MOVE, SCRATCH_MOVE);
		is_from = MATCHED_ID(was) || !matched;
		matched = is_from ? was : matched;
	}
	if (!matched || !begin_met(SCRATCH_MOVE, SIGTOP_MOVE, matched, 0, 0, &to))
		return 0;
	if (is_from) /* what is below what is looked for is where it was */
		moved_from(SCRATCH_MOVE, &from);
	put_from(SCRATCH_MOVE, (u64)from.dentry, (u64)from.vfsmount);
	return end_met(SCRATCH_MOVE, matched);
}

#endif
