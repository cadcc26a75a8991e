/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the end of a system call says: a descriptor, by which the file is found, or an error and what the caller wrote.
 * Of a path that was only written down, the directory that it begins at is walked; user space does the rest.
 */
#ifndef SIGTOP_CALL_H
#define SIGTOP_CALL_H

#define O_CREAT_WRONLY_TRUNC 01101
#define O_NOFOLLOW_X86 0400000
#define AT_SYMLINK_NOFOLLOW 0x100
#define SYS_CONNECT 3 /* of socketcall(2), include/uapi/linux/net.h */
#define EAGAIN_CACHED 11
#define EFAULT 14

/* The file that a descriptor of the current task's is now, or none. */
static __always_inline struct file *file_of(s32 fd, bool btf)
{
	struct task_struct *cur = btf ? bpf_get_current_task_btf() : (void *)bpf_get_current_task();
	struct file *file = NULL, **files;

	if (fd < 0 || fd >= READ(btf, cur, files, fdt, max_fds))
		return NULL;
	files = READ(btf, cur, files, fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

static __always_inline struct file *file_of_fd(s32 fd)
{
	return HAS_CURRENT_BTF ? file_of(fd, true) : file_of(fd, false);
}

static __always_inline struct met met_by(struct file *file)
{
	struct met met = {};

	bpf_core_read(&met, sizeof(met), &file->f_path);
	return met;
}

/* Where a path begins that starts so, below this descriptor. */
static __always_inline struct met base_of(s32 dirfd, char first)
{
	struct task_struct *cur = (void *)bpf_get_current_task();
	struct fs_struct *fs = BPF_CORE_READ(cur, fs);
	struct met met = {};

	if (first == '/')
		bpf_core_read(&met, sizeof(met), &fs->root);
	else if (dirfd == AT_FDCWD)
		bpf_core_read(&met, sizeof(met), &fs->pwd);
	else
		met = met_by(file_of_fd(dirfd));
	return met;
}

/*
 * Puts behind `at` bytes of data the directory where this path of the caller's, or of the kernel's copy of it, begins, and
 * the path. Returns the bytes, of the walk in the low half.
 */
__noinline u64 put_written(u32 index, u32 at, s32 dirfd, u64 path, u32 of_user)
{
	struct scratch_file *scratch = scratch_at(index);
	struct met base;
	char first = 0;
	u32 walked = 0;
	long len;

	if (!scratch)
		return 0;
	if (of_user)
		bpf_probe_read_user(&first, 1, (void *)path);
	else
		bpf_probe_read_kernel(&first, 1, (void *)path);
	base = base_of(dirfd, first);
	if (base.dentry)
		walked = put_path(index, at, (u64)base.dentry, (u64)base.vfsmount);
	if (of_user)
		len = bpf_probe_read_user_str(&scratch->record.data[(at + walked) & SIGTOP_DATA_MASK], SIGTOP_PATH,
					      (void *)path);
	else
		len = bpf_probe_read_kernel_str(&scratch->record.data[(at + walked) & SIGTOP_DATA_MASK], SIGTOP_PATH,
						(void *)path);
	if (len < 0)
		len = 0;
	return (u64)(len & (2 * SIGTOP_PATH - 1)) << 32 | walked;
}

/*
 * Whether a path of the caller's, where nothing is there, may be below a directory that is looked for: by the names in it,
 * or because it begins there. By a symlink elsewhere it may be too; who looks there finds nothing, and is not told.
 */
static __always_inline bool may_be_below(u32 index, u32 len, s32 dirfd)
{
	struct scratch_file *scratch = scratch_at(index);
	volatile struct sigtop_watches *w = &watches;
	struct met base;
	char first;

	if (!scratch || !(w->below & SIGTOP_OF_OPEN))
		return false;
	first = scratch->name[0];
	if (is_written_below(index, len, SIGTOP_OF_OPEN))
		return true;
	if (first == '/')
		return false;
	base = base_of(dirfd, first);
	return base.dentry && is_base_below((u64)base.dentry, (u64)base.vfsmount, SIGTOP_OF_OPEN, index);
}

/* An open that failed. Where nothing is there, only what is looked for by a name, or below a directory, is told. */
__noinline int open_failed(s32 dirfd, u64 path, u32 flags, u32 error, u32 index_and_user)
{
	u32 index = index_and_user >> 1, of_user = index_and_user & 1;
	struct scratch_file *scratch = scratch_at(index);
	struct sigtop_file *record;
	u64 lens;
	long len;

	if (!scratch || flags & (O_PATH | FMODE_EXEC) || is_self())
		return 0;
	len = of_user ? bpf_probe_read_user_str(scratch->name, SIGTOP_PATH, (void *)path) :
			bpf_probe_read_kernel_str(scratch->name, SIGTOP_PATH, (void *)path);
	if (len < 0 && error != EFAULT) /* the caller has changed it meanwhile, or it is paged out: it may be anything */
		count_lost(SIGTOP_OPEN);
	if (len <= 0)
		return 0;
	if (!match_written(SIGTOP_OF_OPEN, index, len, error != ENOENT && error != ENOTDIR) &&
	    !may_be_below(index, len, dirfd))
		return 0;
	record = begin_file(scratch, SIGTOP_OPEN, MATCHED, flags, -(long)error);
	lens = put_written(index, 0, dirfd, path, of_user);
	record->walked_len = lens;
	record->written_len = lens >> 32;
	end_file(record, (u32)lens + (lens >> 32));
	return 0;
}

/* The descriptor that a link is to, of which this is the whole rest of a path. */
static __always_inline s32 number_at(const u8 *digits)
{
	s32 number = 0;

	for (int i = 0; i < 8; i++) {
		if (!digits[i])
			return i ? number : -1;
		if (digits[i] < '0' || digits[i] > '9')
			return -1;
		number = number * 10 + (digits[i] - '0');
	}
	return -1;
}

#define BEGINS(text, with) begins(text, with, sizeof(with) - 1)

static __always_inline bool begins(const u8 *text, const char *with, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		if (text[i] != with[i])
			return false;
	}
	return true;
}

/*
 * The file of a descriptor that is named by its link in /proc, as glibc and others do where a call takes no descriptor. A
 * moment later it may be closed.
 */
__noinline u64 linked_file(u64 path)
{
	u8 written[32] = {};
	s32 fd = -1;

	if (bpf_probe_read_user_str(written, sizeof(written), (void *)path) < 0)
		return 0;
	if (BEGINS(written, "/proc/self/fd/"))
		fd = number_at(written + sizeof("/proc/self/fd/") - 1);
	else if (BEGINS(written, "/dev/fd/"))
		fd = number_at(written + sizeof("/dev/fd/") - 1);
	else if (BEGINS(written, "/proc/thread-self/fd/"))
		fd = number_at(written + sizeof("/proc/thread-self/fd/") - 1);
	return (u64)file_of_fd(fd);
}

/* Puts behind `at` bytes of data where the file is that this link in /proc is to, for the caller may have another /proc. */
static __always_inline u32 put_linked(u32 index, u32 at, u64 path)
{
	struct file *file = (void *)linked_file(path);
	struct met met;

	if (!file)
		return 0;
	met = met_by(file);
	return put_path(index, at, (u64)met.dentry, (u64)met.vfsmount);
}

/* A chmod of a path. */
__noinline int chmod_called(s32 dirfd, u64 path, u32 mode, u32 error, u32 last_link)
{
	struct scratch_file *scratch = scratch_at(SCRATCH_CALL);
	struct sigtop_file *record;
	u64 lens;

	if (!scratch || is_self())
		return 0;
	record = begin_file(scratch, SIGTOP_CHMOD, MATCHED, mode & MODE_BITS, -(long)error);
	record->marks = last_link ? SIGTOP_LAST_LINK : 0;
	lens = put_written(SCRATCH_CALL, 0, dirfd, path, true);
	record->walked_len = lens;
	record->written_len = lens >> 32;
	if (!last_link)
		record->from_walked_len = put_linked(SCRATCH_CALL, (u32)lens + (lens >> 32), path);
	end_file(record, (u32)lens + (lens >> 32) + record->from_walked_len);
	return 0;
}

/* A move. */
__noinline int move_called(u64 dirfds, u64 from, u64 to, u32 error)
{
	struct scratch_file *scratch = scratch_at(SCRATCH_CALL);
	struct sigtop_file *record;
	u64 lens;
	u32 used;

	if (!scratch || is_self())
		return 0;
	record = begin_file(scratch, SIGTOP_MOVE, MATCHED, 0, -(long)error);
	record->marks = SIGTOP_LAST_LINK;
	lens = put_written(SCRATCH_CALL, 0, dirfds >> 32, to, true);
	record->walked_len = lens;
	record->written_len = lens >> 32;
	used = (u32)lens + (lens >> 32);
	lens = put_written(SCRATCH_CALL, used, dirfds, from, true);
	record->from_walked_len = lens;
	record->from_written_len = lens >> 32;
	end_file(record, used + (u32)lens + (lens >> 32));
	return 0;
}

/* Which fact a call is about. */
static __always_inline u32 fact_of(u8 call)
{
	return call <= SIGTOP_CALL_OPEN_BY_HANDLE ? SIGTOP_OF_OPEN :
	       call <= SIGTOP_CALL_FCHMODAT2	  ? SIGTOP_OF_CHMOD :
	       call <= SIGTOP_CALL_RENAMEAT2	  ? SIGTOP_OF_MOVE :
						    SIGTOP_OF_CONNECT;
}

#define ARG(n) argument_in(regs, n, is_32, btf)

static __always_inline int open_ended(void *regs, u8 call, long result, bool is_32, bool btf)
{
	s32 dirfd = AT_FDCWD;
	u64 path = ARG(0), flags = ARG(1);

	if (result >= 0) {
		struct file *file = file_of(result, btf);

		if (!file) /* another thread was quick to close it */
			count_lost(SIGTOP_OPEN);
		return file ? opened((u64)file, SCRATCH_CALL) : 0;
	}
	if (call == SIGTOP_CALL_OPEN_BY_HANDLE)
		return 0; /* nobody wrote a path */
	if (call == SIGTOP_CALL_CREAT)
		flags = O_CREAT_WRONLY_TRUNC;
	if (call == SIGTOP_CALL_OPENAT || call == SIGTOP_CALL_OPENAT2) {
		dirfd = path;
		path = flags;
		flags = ARG(2);
	}
	if (call == SIGTOP_CALL_OPENAT2) {
		u64 how = flags;

		flags = 0;
		bpf_probe_read_user(&flags, sizeof(flags), (void *)how);
	}
	return open_failed(dirfd, path, flags, -result, SCRATCH_CALL << 1 | 1);
}

static __always_inline int chmod_ended(void *regs, u8 call, long result, bool is_32, bool btf)
{
	if (call == SIGTOP_CALL_CHMOD)
		return chmod_called(AT_FDCWD, ARG(0), ARG(1), -result, false);
	if (call == SIGTOP_CALL_FCHMOD) {
		struct file *file = file_of(ARG(0), btf);

		return file ? changed(met_by(file), ARG(1), result, -1, SCRATCH_CALL) : 0;
	}
	return chmod_called(ARG(0), ARG(1), ARG(2), -result,
			    call == SIGTOP_CALL_FCHMODAT2 && ARG(3) & AT_SYMLINK_NOFOLLOW);
}

static __always_inline int move_ended(void *regs, u8 call, long result, bool is_32, bool btf)
{
	if (call == SIGTOP_CALL_RENAME)
		return move_called((u64)(u32)AT_FDCWD << 32 | (u32)AT_FDCWD, ARG(0), ARG(1), -result);
	return move_called(ARG(2) << 32 | (u32)ARG(0), ARG(1), ARG(3), -result);
}

static __always_inline int connect_ended(void *regs, u8 call, long result, bool is_32, bool btf)
{
	u32 args[3] = {};

	if (call == SIGTOP_CALL_CONNECT)
		return emit_connect(ARG(1), ARG(2), result, true);
	if (ARG(0) != SYS_CONNECT || bpf_probe_read_user(args, sizeof(args), (void *)ARG(1)))
		return 0;
	return emit_connect(args[1], args[2], result, true);
}

static __always_inline int call_ended(void *regs, u8 call, long result, bool is_32, bool btf)
{
	u32 fact = fact_of(call);

	if (!is_told(fact) || result <= -ERESTARTSYS)
		return 0;
	if (fact == SIGTOP_OF_OPEN)
		return open_ended(regs, call, result, is_32, btf);
	if (fact == SIGTOP_OF_CHMOD)
		return chmod_ended(regs, call, result, is_32, btf);
	if (fact == SIGTOP_OF_MOVE)
		return move_ended(regs, call, result, is_32, btf);
	return connect_ended(regs, call, result, is_32, btf);
}

#endif
