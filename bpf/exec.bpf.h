/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The record of an exec: file name, arguments, current directory, the file that runs. Of no fixed size: it is put
 * together in `scratch` and copied, each part right behind the one before.
 */
#ifndef SIGTOP_EXEC_H
#define SIGTOP_EXEC_H

/* Where a process is, up to its own root. Functions of their own, which a verifier looks at by themselves. */
__noinline u32 read_cwd(u32 at)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u32 zero = 0;
	struct sigtop_exec *record = bpf_map_lookup_elem(&scratch, &zero);
	struct place here = { BPF_CORE_READ(task, fs, pwd.dentry), mount_of(BPF_CORE_READ(task, fs, pwd.mnt)) };
	struct place root = { BPF_CORE_READ(task, fs, root.dentry), mount_of(BPF_CORE_READ(task, fs, root.mnt)) };
	bool cut;

	if (!record)
		return 0;
	walk(record->data, at, SIGTOP_DATA_MASK, SIGTOP_CWD, SIGTOP_CWD_DEPTH, here, root, &record->cwd_len, &cut);
	record->cwd_cut = cut;
	return record->cwd_len;
}

/* The file that runs, of a script its interpreter's, up to the outermost mount. */
__noinline u32 read_exe(u64 address, u32 at)
{
	struct file *file = (void *)address;
	u32 zero = 0;
	struct sigtop_exec *record = bpf_map_lookup_elem(&scratch, &zero);
	struct place here = { BPF_CORE_READ(file, f_path.dentry), mount_of(BPF_CORE_READ(file, f_path.mnt)) };
	struct place nowhere = {};
	bool cut;

	if (!record)
		return 0;
	walk(record->data, at, SIGTOP_DATA_MASK, SIGTOP_CWD, SIGTOP_CWD_DEPTH, here, nowhere, &record->exe_len, &cut);
	record->exe_cut = cut;
	return record->exe_len;
}

static __always_inline void emit_exec(struct task_struct *task, struct linux_binprm *bprm)
{
	u32 zero = 0, at, want;
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
	__builtin_memset(record->pad, 0, sizeof(record->pad));

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

	at += read_cwd(at);
	at &= SIGTOP_DATA_MASK;
	at += read_exe((u64)BPF_CORE_READ(bprm, file), at);
	at &= SIGTOP_DATA_MASK;
	if (bpf_ringbuf_output(&events, record, __builtin_offsetof(struct sigtop_exec, data) + at, wakeup_flags()))
		count_lost(SIGTOP_EXEC);
}

#endif
