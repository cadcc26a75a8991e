/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The record of an exec: file name, arguments, current directory. The only record of no fixed size: it is put
 * together in `scratch` and copied, each part right behind the one before.
 */
#ifndef SIGTOP_EXEC_H
#define SIGTOP_EXEC_H

#define NAME_SIZE 256 /* NAME_MAX and a NUL */

/* Names of directories from the innermost outwards, across mounts, up to the process's root. Returns the bytes. */
static __always_inline u32 read_cwd(struct sigtop_exec *record, u32 at, struct task_struct *task)
{
	struct dentry *dentry = BPF_CORE_READ(task, fs, pwd.dentry), *root = BPF_CORE_READ(task, fs, root.dentry);
	struct vfsmount *vfsmount = BPF_CORE_READ(task, fs, pwd.mnt), *root_mount = BPF_CORE_READ(task, fs, root.mnt);
	struct mount *mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	u32 used = 0;

	for (int i = 0; i < SIGTOP_CWD_DEPTH; i++) {
		struct dentry *mount_root = BPF_CORE_READ(mount, mnt.mnt_root), *parent;
		struct mount *outer;
		const unsigned char *name;
		long len;

		if (dentry == root && (void *)mount + bpf_core_field_offset(struct mount, mnt) == (void *)root_mount)
			return used;
		if (dentry == mount_root) {
			outer = BPF_CORE_READ(mount, mnt_parent);
			if (outer == mount)
				return used;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = outer;
			continue;
		}
		parent = BPF_CORE_READ(dentry, d_parent);
		if (parent == dentry)
			return used;
		name = BPF_CORE_READ(dentry, d_name.name);
		if (used > SIGTOP_CWD - NAME_SIZE)
			break;
		len = bpf_probe_read_kernel_str(&record->data[(at + used) & SIGTOP_DATA_MASK], NAME_SIZE, name);
		if (len <= 0)
			break;
		used += len & 0x1ff;
		dentry = parent;
	}
	record->cwd_cut = 1;
	return used;
}

static __always_inline void emit_exec(struct task_struct *task, struct linux_binprm *bprm)
{
	u32 zero = 0, at, want, size;
	struct sigtop_exec *record = bpf_map_lookup_elem(&scratch, &zero);
	unsigned long start, end;
	long len;

	if (!record)
		return;
	fill_header(&record->header, SIGTOP_EXEC, 0, current_generation());
	read_party(&record->who, task, true);
	record->gid = BPF_CORE_READ(task, cred, gid.val);
	record->tty = read_tty(task, true);
	record->args_cut = 0;
	record->cwd_cut = 0;

	len = bpf_probe_read_kernel_str(record->data, SIGTOP_PATH, BPF_CORE_READ(bprm, filename));
	at = len > 0 ? len : 0;
	at &= 2 * SIGTOP_PATH - 1;
	record->filename_len = at;

	start = BPF_CORE_READ(task, mm, arg_start);
	end = BPF_CORE_READ(task, mm, arg_end);
	want = end - start;
	if (end - start > SIGTOP_ARGS) {
		want = SIGTOP_ARGS;
		record->args_cut = 1;
	}
	want &= 2 * SIGTOP_ARGS - 1;
	if (want > SIGTOP_ARGS)
		want = SIGTOP_ARGS;
	if (bpf_probe_read_user(&record->data[at], want, (void *)start)) {
		record->args_cut = 1; /* a page of them is not in memory */
		want = 0;
	}
	record->args_len = want;
	at += want;

	size = read_cwd(record, at, task);
	record->cwd_len = size;
	at += size;
	at &= SIGTOP_DATA_MASK;
	if (bpf_ringbuf_output(&events, record, __builtin_offsetof(struct sigtop_exec, data) + at, wakeup_flags()))
		count_lost(SIGTOP_EXEC);
}

#endif
