/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Whether a file is looked for: by its inode, by its name in its directory, by its name anywhere, or because it is below
 * a directory, by the inode or the name of that. Most files are none of it, and are known to be by one look into a bit
 * map. Another root (a container) has other inodes at the same paths: there names alone find it, and user space, which
 * knows the whole path, decides.
 *
 * Directories are followed without regard to mounts first, so that what a bind mount hides is seen; user space says
 * what is looked for (source/live/watches.rs).
 */
#ifndef SIGTOP_WATCH_H
#define SIGTOP_WATCH_H

#define FNV_BASIS 0xcbf29ce484222325
#define FNV_PRIME 0x100000001b3
/* How far up a file's directories are followed: so often so many, for a verifier follows each step of one loop. */
#define ABOVE_MAX 32
#define ABOVE_TIMES 64
/* Mounts on mounts, up to the one that has the name. */
#define MOUNTS_MAX 4

struct sigtop_watches watches = {};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sigtop_watch_key);
	__type(value, struct sigtop_watched);
} watched SEC(".maps");

/*
 * Where names are hashed, and records are put together: one for each kind of program, for where the kernel may take the
 * processor away from one, another may run on it, but not the same (bpf_prog_enter: prog->active).
 */
enum scratch {
	SCRATCH_OPEN = 0,
	SCRATCH_OPENED,
	SCRATCH_CHMOD,
	SCRATCH_MOVE,
	SCRATCH_CALL,
	SCRATCH_RING,
	SCRATCHES,
};

struct scratch_file {
	struct sigtop_file record;
	struct sigtop_name_hashes hashes;
	u16 used; /* by what is being written */
	u16 names;
	u32 begun; /* where the name begins that is being hashed */
	u64 dentry; /* of the file that the record is about */
	u64 vfsmount;
	u64 above; /* how far its directories were followed: a dentry, and a struct mount */
	u64 above_mount;
	u64 found; /* by whose name it is looked for: MATCHED, or 0 */
	u8 name[SIGTOP_PATH];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, u32);
	__type(value, struct scratch_file);
} scratches SEC(".maps");

static __always_inline struct scratch_file *scratch_at(u32 index)
{
	return bpf_map_lookup_elem(&scratches, &index);
}

static __always_inline bool is_told(u32 fact)
{
	volatile struct sigtop_watches *w = &watches;

	return (w->all | w->some) & fact;
}

/* What was matched, in one number, for functions of their own return nothing else: whether, which watch, how far below. */
#define MATCHED (1ULL << 63)
#define MATCH(id, below) (MATCHED | (u64)((below) & 0xffff) << 32 | (u32)(id))
#define BELOW_MASK (0xffffULL << 32)
#define MATCHED_ID(match) ((u32)(match))
#define MATCHED_BELOW(match) ((u16)((match) >> 32))

/* What a dentry begins with: four members one behind the other, read at once, for each read costs every open. */
struct entry {
	struct dentry *parent;
	u32 hash;
	u32 len;
	const unsigned char *name;
	struct inode *inode;
};

static __always_inline struct entry read_entry(struct dentry *dentry)
{
	struct entry entry = {};

	if (bpf_core_field_offset(struct dentry, d_inode) - bpf_core_field_offset(struct dentry, d_parent) ==
	    __builtin_offsetof(struct entry, inode)) {
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (void *)dentry + bpf_core_field_offset(struct dentry, d_parent));
		return entry;
	}
	entry.parent = parent_of(dentry);
	entry.len = BPF_CORE_READ(dentry, d_name.len);
	entry.name = name_of(dentry);
	entry.inode = inode_of(dentry);
	return entry;
}

static __always_inline bool may_be_inode(u64 ino)
{
	volatile struct sigtop_watches *w = &watches;
	u32 bit = ino * SIGTOP_MIX >> 48;

	return w->bloom[(bit / 64) & (SIGTOP_BLOOM / 64 - 1)] >> (bit % 64) & 1;
}

static __always_inline struct sigtop_watched *look_for(u32 tag, u64 value, u32 dev)
{
	struct sigtop_watch_key key = { .value = value, .dev = dev, .tag = tag };

	return bpf_map_lookup_elem(&watched, &key);
}

/* By a value with the number of this inode. Another that was given its number is of another generation. */
static __always_inline struct sigtop_watched *look_for_inode(u32 tag, u64 value, struct inode *inode)
{
	struct sigtop_watched *found = look_for(tag, value, BPF_CORE_READ(inode, i_sb, s_dev));

	return found && found->generation == BPF_CORE_READ(inode, i_generation) ? found : NULL;
}

/*
 * Hashes what is in `name`, of at most `len` bytes: a name, or a path as the caller wrote it. What is remembered stands
 * in memory, of which the verifier knows nothing, so that the ways through the loop do not multiply.
 */
__noinline u32 hash_name(u32 index, u32 len)
{
	struct scratch_file *scratch = scratch_at(index);
	volatile struct sigtop_name_hashes *h;

	if (!scratch)
		return 0;
	h = &scratch->hashes;
	h->name = FNV_BASIS;
	h->ending = 0;
	h->directory = 0;
	for (u32 i = 0; i <= SIGTOP_NAME_MAX; i++) {
		u8 c = scratch->name[i];

		if (i >= len || !c)
			break;
		if (c == '/') {
			if (h->name != FNV_BASIS)
				h->directory = h->name;
			h->name = FNV_BASIS;
			h->ending = 0;
			continue;
		}
		h->name = (h->name ^ c) * FNV_PRIME;
		if (c == '.')
			h->ending = FNV_BASIS;
		if (h->ending)
			h->ending = (h->ending ^ c) * FNV_PRIME;
	}
	return 1;
}

static __always_inline bool hash_entry(u32 index, const struct entry *entry)
{
	struct scratch_file *scratch = scratch_at(index);
	u32 len = entry->len & SIGTOP_NAME_MAX;

	if (!scratch || entry->len > SIGTOP_NAME_MAX)
		return false;
	bpf_probe_read_kernel(scratch->name, len, entry->name);
	return hash_name(index, len);
}

/* Whether names of this length are looked for, or names by their endings. */
static __always_inline bool may_be_name(u32 len, u32 fact)
{
	volatile struct sigtop_watches *w = &watches;

	return w->endings & fact || w->lengths[(len / 64) & 3] >> (len % 64) & 1;
}

/* From the root of a mount, which has its name where it is mounted. */
static __always_inline void step_to_name(struct place *at)
{
	for (int i = 0; i < MOUNTS_MAX && at->dentry == root_of(at->mount); i++) {
		if (!step_out(at))
			return;
	}
}

/* Of a file that is looked for at one place: whether it is there, or where that may be in another root. */
static __always_inline u64 match_place(struct dentry *parent, struct vfsmount *vfsmount, u32 fact, u32 index)
{
	struct place above = { parent, mount_of(vfsmount) };
	struct scratch_file *scratch = scratch_at(index);
	struct inode *inode = inode_of(parent);
	struct sigtop_watched *found;
	struct entry entry;
	u64 name;

	if (!scratch)
		return 0;
	name = scratch->hashes.name;
	found = look_for_inode(SIGTOP_BY_PLACE, name ^ BPF_CORE_READ(inode, i_ino) * SIGTOP_MIX, inode);
	if (found && found->file & fact)
		return MATCH(found->id, 0);
	step_to_name(&above);
	entry = read_entry(above.dentry);
	if (!hash_entry(index, &entry))
		return 0;
	found = look_for(SIGTOP_BY_NAMES, name ^ scratch->hashes.name * SIGTOP_MIX, 0);
	return found && found->file & fact ? MATCHED : 0;
}

/* By its name, in its directory or anywhere. */
__noinline u64 match_name(u64 address, u64 vfsmount, u32 fact, u32 index)
{
	volatile struct sigtop_watches *w = &watches;
	struct scratch_file *scratch = scratch_at(index);
	struct entry entry = read_entry((void *)address);
	struct sigtop_watched *found;
	u64 matched = 0, ending;

	if (!scratch || !hash_entry(index, &entry))
		return 0;
	ending = scratch->hashes.ending;
	found = look_for(SIGTOP_BY_LAST, scratch->hashes.name, 0);
	if (found && found->failed & fact)
		matched = match_place(entry.parent, (void *)vfsmount, fact, index);
	if (!matched && found && found->file & fact)
		matched = MATCHED;
	if (matched || !(w->endings & fact))
		return matched;
	found = look_for(SIGTOP_BY_ENDING, ending, 0);
	return found && found->file & fact ? MATCHED : 0;
}

/* The same of a file that is mounted by itself: it has the name of where that is. */
__noinline u64 match_mounted(u64 address, u64 vfsmount, u32 fact, u32 index)
{
	struct place at = { (void *)address, mount_of((void *)vfsmount) };
	struct entry entry;

	step_to_name(&at);
	entry = read_entry(at.dentry);
	if (!may_be_name(entry.len, fact))
		return 0;
	return match_name((u64)at.dentry, (u64)at.mount + bpf_core_field_offset(struct mount, mnt), fact, index);
}

/*
 * To the directory above: of the file system, whatever part of it is mounted, and only from its root to where it is
 * mounted. What is mounted somewhere is so below the directory that it hides. Says in `named` whether that is one name.
 */
static __always_inline bool climb(struct place *at, struct dentry *parent, bool *named)
{
	*named = parent != at->dentry;
	if (!*named)
		return step_out(at);
	at->dentry = parent;
	return parent;
}

/*
 * So many directories further up: by the inode of one, or, remembered, by its name. Nothing at the outermost; where there
 * is more, `scratch->above` says from where on.
 */
__noinline u64 match_some_above(u32 fact, u32 index)
{
	volatile struct sigtop_watches *w = &watches;
	struct scratch_file *scratch = scratch_at(index);
	volatile u16 *names;
	struct place at = {};
	struct entry entry;

	if (!scratch)
		return 0;
	at.dentry = (void *)scratch->above;
	at.mount = (void *)scratch->above_mount;
	names = &scratch->names;
	scratch->above = 0;
	entry = read_entry(at.dentry);
	for (int i = 0; i < ABOVE_MAX; i++) {
		struct sigtop_watched *found;
		struct inode *inode;
		bool named;
		u64 ino;

		if (!climb(&at, entry.parent, &named))
			return 0;
		if (named)
			*names += 1;
		entry = read_entry(at.dentry);
		inode = entry.inode;
		ino = BPF_CORE_READ(inode, i_ino);
		if (may_be_inode(ino)) {
			found = look_for_inode(SIGTOP_BY_INODE, ino, inode);
			if (found && found->below & fact)
				return MATCH(found->under, *names);
		}
		if (!(w->above[(entry.len / 64) & 3] >> (entry.len % 64) & 1) || !hash_entry(index, &entry))
			continue;
		found = look_for(SIGTOP_BY_DIRECTORY, scratch->hashes.name, 0);
		if (found && (found->file | found->below) & fact)
			scratch->found = MATCHED;
	}
	scratch->above = (u64)at.dentry;
	scratch->above_mount = (u64)at.mount;
	return 0;
}

/* By a directory above it. What is too deep for that may be looked for. */
__noinline u64 match_above(u64 dentry, u64 vfsmount, u32 fact, u32 index)
{
	struct scratch_file *scratch = scratch_at(index);

	if (!scratch)
		return 0;
	scratch->above = dentry;
	scratch->above_mount = (u64)mount_of((void *)vfsmount);
	scratch->found = 0;
	scratch->names = 0;
	for (int i = 0; i < ABOVE_TIMES; i++) {
		u64 matched = match_some_above(fact, index);

		if (matched)
			return matched;
		if (!scratch->above)
			return scratch->found;
	}
	return MATCHED;
}

/*
 * Whether this file, or this name where there is none yet, is looked for. Its name alone does not say which of what is
 * looked for it is: a directory above it may.
 */
__noinline u64 match_file(u64 address, u64 vfsmount, u32 fact, u32 index)
{
	volatile struct sigtop_watches *w = &watches;
	struct entry entry = read_entry((void *)address);
	struct inode *inode = entry.inode;
	u64 ino = inode ? BPF_CORE_READ(inode, i_ino) : 0, matched = 0, above;

	if (inode && may_be_inode(ino)) {
		struct sigtop_watched *found = look_for_inode(SIGTOP_BY_INODE, ino, inode);

		if (found && found->file & fact)
			return MATCH(found->id, 0);
	}
	if (may_be_name(entry.len, fact))
		matched = match_name(address, vfsmount, fact, index);
	if (!matched && address == (u64)root_of(mount_of((void *)vfsmount)))
		matched = match_mounted(address, vfsmount, fact, index);
	if (!MATCHED_ID(matched) && (w->below | w->directories) & fact) {
		above = match_above(address, vfsmount, fact, index);
		matched = above ? above : matched;
	}
	return matched || !(w->all & fact) ? matched : MATCHED;
}

static __always_inline u64 match(const struct met *met, u32 fact, u32 index)
{
	return match_file((u64)met->dentry, (u64)met->vfsmount, fact, index);
}

/* Whether one of the directories that are written in `scratch->name` has the name of one that is looked for. */
__noinline u32 is_written_below(u32 index, u32 len, u32 fact)
{
	struct scratch_file *scratch = scratch_at(index);
	volatile struct sigtop_watches *w = &watches;
	volatile struct sigtop_name_hashes *h;
	volatile u32 *begun;

	if (!scratch)
		return 0;
	h = &scratch->hashes;
	begun = &scratch->begun;
	h->name = FNV_BASIS;
	*begun = 0;
	for (u32 i = 0; i <= SIGTOP_NAME_MAX; i++) {
		u8 c = scratch->name[i];

		if (i >= len || !c)
			return 0;
		if (c == '/') {
			u32 size = i - *begun;

			if (w->above[(size / 64) & 3] >> (size % 64) & 1) {
				struct sigtop_watched *found = look_for(SIGTOP_BY_DIRECTORY, h->name, 0);

				if (found && found->below & fact)
					return 1;
			}
			h->name = FNV_BASIS;
			*begun = i + 1;
			continue;
		}
		h->name = (h->name ^ c) * FNV_PRIME;
	}
	return 1; /* too long to say */
}

/* Whether a directory, at which a path begins, is looked for, or below one that is. */
__noinline u32 is_base_below(u64 dentry, u64 vfsmount, u32 fact, u32 index)
{
	struct entry entry = read_entry((void *)dentry);
	volatile struct sigtop_watches *w = &watches;
	struct inode *inode = entry.inode;
	struct sigtop_watched *found;

	found = inode ? look_for_inode(SIGTOP_BY_INODE, BPF_CORE_READ(inode, i_ino), inode) : NULL;
	if (found && found->below & fact)
		return 1;
	if (w->above[(entry.len / 64) & 3] >> (entry.len % 64) & 1 && hash_entry(index, &entry)) {
		struct scratch_file *scratch = scratch_at(index);

		found = scratch ? look_for(SIGTOP_BY_DIRECTORY, scratch->hashes.name, 0) : NULL;
		if (found && (found->file | found->below) & fact)
			return 1;
	}
	return match_above(dentry, vfsmount, fact, index) != 0;
}

/*
 * Whether something like it, of which there is only what the caller wrote, is: `scratch->name` has that. What is there
 * and was refused may be anything, by whatever links; user space follows them.
 */
static __always_inline bool match_written(u32 fact, u32 index, u32 len, bool is_there)
{
	volatile struct sigtop_watches *w = &watches;
	struct scratch_file *scratch = scratch_at(index);
	struct sigtop_watched *found;

	if (!scratch || w->all & fact || is_there || len > SIGTOP_NAME_MAX)
		return scratch;
	if (!hash_name(index, len))
		return false;
	found = look_for(SIGTOP_BY_LAST, scratch->hashes.name, 0);
	if (found && (found->file | found->failed) & fact)
		return true;
	found = w->endings & fact ? look_for(SIGTOP_BY_ENDING, scratch->hashes.ending, 0) : NULL;
	if (found && found->file & fact)
		return true;
	found = w->directories & fact ? look_for(SIGTOP_BY_DIRECTORY, scratch->hashes.directory, 0) : NULL;
	return found && found->file & fact;
}

#endif
