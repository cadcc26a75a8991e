// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What was tried in vain: sends that failed, probes (signal 0), execs that failed. No tracepoint of signals or of the
 * scheduler tells of them, so the end of the system call is looked at, by one of two roads:
 *
 *   fexit on the calls' own entry points, which costs nobody else anything, but which many kernels and lock-downs
 * refuse; sys_exit, which sees every system call of the machine and costs each of them: only while somebody asks.
 *
 * An object of its own, for a kernel that refuses the first road refuses the object: the capture must not suffer.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "sigtop.h"
#include "shared.bpf.h"
#include "task.bpf.h"
#include "emit.bpf.h"
#include "attempt.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define FEXIT(function, name, call, is_32)                                                                             \
	SEC("?fexit")                                                                                                  \
	int name(u64 *ctx)                                                                                             \
	{                                                                                                              \
		return function(ctx[1], call, is_32);                                                                  \
	}

/* User space says which function of the kernel each is for (source/live/attempts.rs). */
FEXIT(after_send, on_kill, SIGTOP_KILL, false)
FEXIT(after_send, on_tkill, SIGTOP_TKILL, false)
FEXIT(after_send, on_tgkill, SIGTOP_TGKILL, false)
FEXIT(after_send, on_sigqueue, SIGTOP_SIGQUEUE, false)
FEXIT(after_send, on_tgsigqueue, SIGTOP_TGSIGQUEUE, false)
FEXIT(after_send, on_pidfd, SIGTOP_PIDFD, false)
FEXIT(after_send, on_kill32, SIGTOP_KILL, true)
FEXIT(after_send, on_tkill32, SIGTOP_TKILL, true)
FEXIT(after_send, on_tgkill32, SIGTOP_TGKILL, true)
FEXIT(after_send, on_sigqueue32, SIGTOP_SIGQUEUE, true)
FEXIT(after_send, on_tgsigqueue32, SIGTOP_TGSIGQUEUE, true)
FEXIT(after_send, on_pidfd32, SIGTOP_PIDFD, true)
FEXIT(after_exec, on_execve, SIGTOP_EXECVE, false)
FEXIT(after_exec, on_execveat, SIGTOP_EXECVEAT, false)
FEXIT(after_exec, on_execve32, SIGTOP_EXECVE, true)
FEXIT(after_exec, on_execveat32, SIGTOP_EXECVEAT, true)

/* Bit n: one of the calls has the number n, in 64-bit or 32-bit programs. */
const volatile u64 numbers[SIGTOP_CALL_NR_MAX / 64] = {};

/* For every system call of the machine: away as soon as it can be known that it is none of ours. */
SEC("?tp_btf/sys_exit")
int on_sys_exit(u64 *ctx)
{
	long result = ctx[1];
	u32 nr;
	bool is_32;

	if (result > 0)
		return 0;
	nr = HAS_CURRENT_BTF ? read_syscall(bpf_get_current_task_btf(), true)
			     : read_syscall((void *)bpf_get_current_task(), false);
	if (nr >= SIGTOP_CALL_NR_MAX || !(numbers[nr / 64] >> (nr % 64) & 1))
		return 0;
	is_32 = HAS_CURRENT_BTF ? is_compat(bpf_get_current_task_btf(), true)
				: is_compat((void *)bpf_get_current_task(), false);
	for (int i = 0; i < SIGTOP_CALLS; i++)
		if (nr == (is_32 ? config.call_nr_compat[i] : config.call_nr[i]))
			return after_send(result, i + 1, is_32);
	for (int i = 0; i < SIGTOP_EXEC_CALLS; i++)
		if (nr == (is_32 ? config.exec_nr_compat[i] : config.exec_nr[i]))
			return after_exec(result, i + 1, is_32);
	return 0;
}
