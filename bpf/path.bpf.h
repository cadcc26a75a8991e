/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Paths as the kernel has them: names of directories from the innermost outwards, across mounts. Not by bpf_d_path(),
 * which few hooks may call, and which ends at the caller's root: a chroot would hide what is above it.
 */
#ifndef SIGTOP_PATH_H
#define SIGTOP_PATH_H

#define NAME_SIZE 256 /* NAME_MAX and a NUL */

/* A place in the tree of mounts. */
struct place {
	struct dentry *dentry;
	struct mount *mount;
};

/* A file that was met. */
struct met {
	struct vfsmount *vfsmount; /* as struct path has them */
	struct dentry *dentry;
};

static __always_inline struct mount *mount_of(struct vfsmount *vfsmount)
{
	return (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/*
 * Members by plain pointers: what is read by way of a struct of our own, CO-RE would look for in the kernel's.
 */
static __always_inline struct dentry *parent_of(struct dentry *dentry)
{
	return BPF_CORE_READ(dentry, d_parent);
}

static __always_inline const unsigned char *name_of(struct dentry *dentry)
{
	return BPF_CORE_READ(dentry, d_name.name);
}

static __always_inline struct inode *inode_of(struct dentry *dentry)
{
	return BPF_CORE_READ(dentry, d_inode);
}

static __always_inline struct dentry *root_of(struct mount *mount)
{
	return BPF_CORE_READ(mount, mnt.mnt_root);
}

/* From the root of a mount to where it is mounted; false where it is the outermost. */
static __always_inline bool step_out(struct place *at)
{
	struct mount *inner = at->mount, *outer = BPF_CORE_READ(inner, mnt_parent);

	if (outer == inner)
		return false;
	at->dentry = BPF_CORE_READ(inner, mnt_mountpoint);
	at->mount = outer;
	return true;
}

/*
 * Writes the names into data[(at + *used) & mask], each ended by NUL, up to `root` or, without one, to the outermost
 * mount: at most `most` bytes and `depth` steps, constants both. Says in `cut` whether there was more.
 *
 * How much is used stands in memory, of which the verifier knows nothing: in a register it would be another number on
 * each way through the loop, and the verifier would follow all of them.
 */
static __always_inline void walk(u8 *data, u32 at, u32 mask, u32 most, int depth, struct place here, struct place root,
				 volatile u16 *used, bool *cut)
{
	*used = 0;
	*cut = false;
	for (int i = 0; i < depth; i++) {
		struct dentry *parent;
		long len;

		if (here.dentry == root.dentry && here.mount == root.mount)
			return;
		if (here.dentry == root_of(here.mount)) {
			if (!step_out(&here))
				return;
			continue;
		}
		parent = parent_of(here.dentry);
		if (!parent)
			return;
		if (*used > most - NAME_SIZE)
			break;
		len = bpf_probe_read_kernel_str(&data[(at + *used) & mask], NAME_SIZE, name_of(here.dentry));
		if (len <= 0)
			break;
		*used += len;
		if (parent == here.dentry) /* mounted nowhere: a memfd, a pipe */
			return;
		here.dentry = parent;
	}
	*cut = true;
}

#endif
