// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What is told on request: files that are opened, changed in mode or moved, sockets that are connected. By one of these
 * roads for each, which user space chooses (source/live/access/ways.rs):
 *
 *   the exit of the function that all ways to do it go through (fexit), which knows how it ended; the security hook
 * before it (as an LSM's, or fentry), which does not; the exit of every system call (sys_exit), which finds the file by
 * its descriptor, of chmod and rename has only what the caller wrote, and costs every call of the machine.
 *
 * An object of its own, for a kernel that refuses it refuses nothing else. Attached only while somebody asks.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "sigtop.h"
#include "shared.bpf.h"
#include "task.bpf.h"
#include "emit.bpf.h"
#include "path.bpf.h"
#include "watch.bpf.h"
#include "access.bpf.h"
#include "deed.bpf.h"
#include "call.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile struct sigtop_access_calls calls = {};

/* How many arguments do_file_open_root() has: from 5.13 on one less (commit ffb37ca3bd16). */
const volatile u32 open_root_arguments = 3;

/* An argument of the function, as a number: of a pointer the verifier knows the type, and takes it for no number. */
static __always_inline u64 number(u64 *ctx, int index)
{
	u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), &ctx[index]);
	return value;
}

/* ---- the ends of the functions */

static __always_inline void open_ends(u64 *ctx)
{
	struct filename *filename = (void *)number(ctx, 1);
	struct open_flags *how = (void *)number(ctx, 2);
	u64 result = number(ctx, 3);

	if (!is_told(SIGTOP_OF_OPEN))
		return;
	if (!is_error(result))
		opened(result, SCRATCH_OPEN);
	else if (-result != EAGAIN_CACHED) /* what io_uring tries first: nothing but what is in memory */
		open_failed(number(ctx, 0), (u64)BPF_CORE_READ(filename, name), BPF_CORE_READ(how, open_flag), -result,
			    SCRATCH_OPEN << 1);
}

SEC("?fexit")
int on_open_end(u64 *ctx)
{
	open_ends(ctx); /* the kernel takes 0 alone from such a program */
	return 0;
}

/* By a handle, and the kernel itself. */
SEC("?fexit")
int on_open_root_end(u64 *ctx)
{
	u64 result = number(ctx, open_root_arguments);

	if (is_told(SIGTOP_OF_OPEN) && !is_error(result))
		opened(result, SCRATCH_OPENED);
	return 0;
}

SEC("?fexit")
int on_connect_end(u64 *ctx)
{
	emit_connect(number(ctx, 1), ctx[2], ctx[4], false);
	return 0;
}

/* ---- the security hooks: as programs of an LSM, and before the functions that call all LSMs */

#define HOOK(name, expression)                                                                                         \
	SEC("?lsm/" #name)                                                                                             \
	int on_lsm_##name(u64 *ctx)                                                                                    \
	{                                                                                                              \
		expression;                                                                                            \
		return 0;                                                                                              \
	}                                                                                                              \
	SEC("?fentry/security_" #name)                                                                                 \
	int on_hook_##name(u64 *ctx)                                                                                   \
	{                                                                                                              \
		expression;                                                                                            \
		return 0;                                                                                              \
	}

HOOK(file_open, opening(number(ctx, 0)))
HOOK(path_chmod, changing((void *)number(ctx, 0), ctx[1]))
HOOK(path_rename,
     moving((void *)number(ctx, 0), (void *)number(ctx, 1), (void *)number(ctx, 2), (void *)number(ctx, 3)))
HOOK(socket_connect, emit_connect(number(ctx, 1), ctx[2], 0, false))

/* ---- every call */

/* For every system call of the machine: away as soon as it can be known that it is none of ours. */
SEC("?tp_btf/sys_exit")
int on_sys_exit(u64 *ctx)
{
	long result = ctx[1];
	bool is_32;
	u8 call;
	u32 nr;

	if (HAS_CURRENT_BTF)
		nr = syscall_in((void *)ctx[0], true);
	else
		nr = read_syscall((void *)bpf_get_current_task(), false);
	if (nr >= SIGTOP_CALL_NR_MAX || !(calls.of[nr] | calls.of_compat[nr]))
		return 0;
	is_32 = HAS_CURRENT_BTF ? is_compat(bpf_get_current_task_btf(), true) :
				  is_compat((void *)bpf_get_current_task(), false);
	call = is_32 ? calls.of_compat[nr] : calls.of[nr];
	if (!call)
		return 0;
	if (HAS_CURRENT_BTF)
		return call_ended((void *)ctx[0], call, result, is_32, true);
	return call_ended(user_registers((void *)bpf_get_current_task(), false), call, result, is_32, false);
}

/* ---- what user space asks */

struct sigtop_inode looked_up = {};

/* Which inode this descriptor of the caller's is, as the kernel has it: stat(2) may say something else (btrfs, overlayfs). */
SEC("?raw_tp")
int look_up(u64 *ctx)
{
	struct file *file = file_of_fd(ctx[0]);
	struct inode *inode;

	looked_up.known = 0;
	if (!file)
		return 0;
	inode = BPF_CORE_READ(file, f_path.dentry, d_inode);
	looked_up.ino = BPF_CORE_READ(inode, i_ino);
	looked_up.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	looked_up.generation = BPF_CORE_READ(inode, i_generation);
	looked_up.known = inode != NULL;
	return 0;
}
