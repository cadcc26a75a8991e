//! The ABI between kernel side and user side: what stands where in every record, and which numbers mean what.
//!
//! The table here is written by hand. The skeleton's types (made from the BPF object) and a C compiler that reads
//! bpf/sigtop.h must both agree with it. Who changes a record changes the table, and sees what he does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests: a wrong test stops here

use sigtop::source::live::abi;
use std::fmt::Write;
use std::process::Command;

/// One record: its size, and of each member its name, offset and size, in order.
struct Layout {
    name: &'static str,
    size: usize,
    members: Vec<(&'static str, usize, usize)>,
    /// The same, of the skeleton's type.
    found: Vec<(usize, usize)>,
    found_size: usize,
}

/// `name: size { member: offset, size; .. }`, which must name every member.
macro_rules! layouts {
    ($($name:ident: $size:literal { $($member:ident: $offset:literal, $length:literal;)+ })+) => {
        fn layouts() -> Vec<Layout> {
            vec![$({
                let value = abi::$name::default();
                let abi::$name { $($member),+ } = &value; // one that the table does not have is an error here
                Layout {
                    name: stringify!($name),
                    size: $size,
                    members: vec![$((stringify!($member), $offset, $length)),+],
                    found: vec![$((std::mem::offset_of!(abi::$name, $member), size_of_val($member))),+],
                    found_size: size_of::<abi::$name>(),
                }
            }),+]
        }
    };
}

layouts! {
    sigtop_header: 16 {
        time_ns: 0, 8; generation: 8, 4; kind: 12, 1; signal: 13, 1; gap: 14, 2;
    }
    sigtop_party: 40 {
        start_ns: 0, 8; pid: 8, 4; tid: 12, 4; uid: 16, 4; pad: 20, 4; comm: 24, 16;
    }
    sigtop_signal: 96 {
        header: 0, 16; value: 16, 8; sender_start_ns: 24, 8; target_start_ns: 32, 8;
        sender_pid: 40, 4; sender_tid: 44, 4; sender_uid: 48, 4;
        target_pid: 52, 4; target_tid: 56, 4; target_uid: 60, 4;
        code: 64, 4; origin: 68, 1; call: 69, 1; result: 70, 1; flags: 71, 1; sender_tty: 72, 4; word: 76, 4;
        blocked: 80, 8; pending: 88, 8;
    }
    sigtop_deliver: 48 {
        header: 0, 16; start_ns: 16, 8; pid: 24, 4; tid: 28, 4; uid: 32, 4; disposition: 36, 1; unkillable: 37, 1; pad: 38, 2;
        code: 40, 4; word: 44, 4;
    }
    sigtop_fork: 80 {
        header: 0, 16; child: 16, 40; parent_start_ns: 56, 8; cgroup_id: 64, 8; parent_pid: 72, 4; pad: 76, 4;
    }
    sigtop_cgroup: 552 { header: 0, 16; id: 16, 8; start_ns: 24, 8; pid: 32, 4; uid: 36, 4; path: 40, 512; }
    sigtop_exit: 64 { header: 0, 16; who: 16, 40; code: 56, 4; flags: 60, 4; }
    sigtop_rename: 56 { header: 0, 16; who: 16, 40; }
    sigtop_oom: 48 { header: 0, 16; tid: 16, 4; pid: 20, 4; rss: 24, 8; limit: 32, 8; level: 40, 4; known: 44, 4; }
    sigtop_exec: 8528 {
        header: 0, 16; who: 16, 40; gid: 56, 4; tty: 60, 4; filename_len: 64, 2; args_len: 66, 2; cwd_len: 68, 2;
        args_cut: 70, 1; cwd_cut: 71, 1; exe_len: 72, 2; exe_cut: 74, 1; pad: 75, 5; data: 80, 8448;
    }
    sigtop_attempt: 56 {
        header: 0, 16; start_ns: 16, 8; pid: 24, 4; tid: 28, 4; uid: 32, 4; tty: 36, 4; aim: 40, 4; aim_tid: 44, 4;
        number: 48, 4; error: 52, 2; call: 54, 1; nested: 55, 1;
    }
    sigtop_exec_failed: 1096 {
        header: 0, 16; who: 16, 40; gid: 56, 4; tty: 60, 4; error: 64, 2; filename_len: 66, 2; call: 68, 1; pad: 69, 3;
        filename: 72, 1024;
    }
    sigtop_file: 8528 {
        header: 0, 16; who: 16, 40; flags: 56, 4; watch: 60, 4; error: 64, 2; before: 66, 2; walked_len: 68, 2;
        written_len: 70, 2; from_walked_len: 72, 2; from_written_len: 74, 2; below_len: 76, 2; marks: 78, 1; pad: 79, 1;
        data: 80, 8448;
    }
    sigtop_connect: 176 { header: 0, 16; who: 16, 40; error: 56, 2; len: 58, 2; pad: 60, 4; address: 64, 112; }
    sigtop_watch_key: 16 { value: 0, 8; dev: 8, 4; tag: 12, 4; }
    sigtop_watched: 16 { id: 0, 4; under: 4, 4; file: 8, 1; below: 9, 1; failed: 10, 1; pad: 11, 1; generation: 12, 4; }
    sigtop_watches: 16472 {
        all: 0, 4; some: 4, 4; below: 8, 4; directories: 12, 4; endings: 16, 4; modes: 20, 4; lengths: 24, 32;
        above: 56, 32; ports: 88, 8192; bloom: 8280, 8192;
    }
    sigtop_name_hashes: 32 { name: 0, 8; ending: 8, 8; directory: 16, 8; len: 24, 4; pad: 28, 4; }
    sigtop_inode: 24 { ino: 0, 8; dev: 8, 4; generation: 12, 4; known: 16, 4; pad: 20, 4; }
    sigtop_access_calls: 1024 { of: 0, 512; of_compat: 512, 512; }
    sigtop_seen: 88 {
        header: 0, 16; who: 16, 40; parent_start_ns: 56, 8; cgroup_id: 64, 8; parent_pid: 72, 4; tty: 76, 4; zombie: 80, 4;
        pad: 84, 4;
    }
    sigtop_clause: 40 {
        signals: 0, 8; origins: 8, 4; results: 12, 4; from_need: 16, 4; from_not: 20, 4; to_need: 24, 4; to_not: 28, 4;
        any_need: 32, 4; pad: 36, 4;
    }
    sigtop_name: 40 { value: 0, 16; mask: 16, 16; bits: 32, 4; pad: 36, 4; }
    sigtop_place: 136 { text: 0, 128; bits: 128, 4; by_name: 132, 4; }
    sigtop_made: 256 { path: 0, 128; name: 128, 128; }
    sigtop_filter: 1544 {
        signals: 0, 8; everything: 8, 4; from_kinds: 12, 4; to_kinds: 16, 4; trees: 20, 4; blind: 24, 4; clause_count: 28, 4;
        name_count: 32, 4; place_count: 36, 4; clauses: 40, 320; names: 360, 640; places: 1000, 544;
    }
    sigtop_member_key: 16 { value: 0, 8; kind: 8, 4; slot: 12, 4; }
    sigtop_member: 16 { bits: 0, 4; inherited: 4, 4; start_ns: 8, 8; }
    sigtop_recent: 1536 { at: 0, 1536; }
    sigtop_unsent_key: 16 { start_ns: 0, 8; pid: 8, 4; kind: 12, 1; signal: 13, 1; origin: 14, 1; why: 15, 1; }
    sigtop_config: 72 {
        call_nr: 0, 24; call_nr_compat: 24, 24; exec_nr: 48, 8; exec_nr_compat: 56, 8; stack_size: 64, 4; threads: 68, 4;
    }
}

/// `enum { NAME = number, .. }`: numbers stay what they are, and none is used again for something else.
macro_rules! numbers {
    ($($name:ident { $($word:ident = $number:literal),+ $(,)? })+) => {
        /// (name of the enum, name of the number, as it should be, as the skeleton has it)
        fn numbers() -> Vec<(&'static str, &'static str, u32, u32)> {
            vec![$($((stringify!($name), stringify!($word), $number, abi::$name::$word.0)),+),+]
        }
    };
}

numbers! {
    sigtop_kind {
        SIGTOP_SIGNAL = 1, SIGTOP_DELIVER = 2, SIGTOP_FORK = 3, SIGTOP_EXEC = 4, SIGTOP_EXIT = 5, SIGTOP_RENAME = 6,
        SIGTOP_OOM = 7, SIGTOP_SEEN = 8, SIGTOP_CGROUP = 9, SIGTOP_ATTEMPT = 10,
        SIGTOP_EXEC_FAILED = 11, SIGTOP_OPEN = 12, SIGTOP_CHMOD = 13, SIGTOP_MOVE = 14, SIGTOP_CONNECT = 15,
    }
    sigtop_origin {
        SIGTOP_USER = 1, SIGTOP_FAULT = 2, SIGTOP_CHILD = 3, SIGTOP_TIMER = 4, SIGTOP_TTY = 5, SIGTOP_PIPE = 6,
        SIGTOP_IO = 7, SIGTOP_RLIMIT = 8, SIGTOP_SECCOMP = 10, SIGTOP_PDEATH = 11, SIGTOP_CGROUP_KILL = 12,
        SIGTOP_KERNEL = 13, SIGTOP_MAYBE_OOM = 14,
    }
    sigtop_reason { SIGTOP_NAMESPACE_END = 1, SIGTOP_TRACER_LEFT = 2, SIGTOP_PTRACE_KILL = 3 }
    sigtop_call {
        SIGTOP_KILL = 1, SIGTOP_TKILL = 2, SIGTOP_TGKILL = 3, SIGTOP_SIGQUEUE = 4, SIGTOP_TGSIGQUEUE = 5, SIGTOP_PIDFD = 6,
    }
    sigtop_exec_call { SIGTOP_EXECVE = 1, SIGTOP_EXECVEAT = 2 }
    sigtop_file_marks { SIGTOP_CREATED = 1, SIGTOP_BEFORE_KNOWN = 2, SIGTOP_CUT = 4, SIGTOP_LAST_LINK = 8, SIGTOP_BELOW_CUT = 16 }
    sigtop_facts { SIGTOP_OF_OPEN = 1, SIGTOP_OF_CHMOD = 2, SIGTOP_OF_MOVE = 4, SIGTOP_OF_CONNECT = 8 }
    sigtop_watch_tag {
        SIGTOP_BY_INODE = 1, SIGTOP_BY_PLACE = 2, SIGTOP_BY_LAST = 3, SIGTOP_BY_DIRECTORY = 4, SIGTOP_BY_ENDING = 5,
        SIGTOP_BY_NAMES = 6,
    }
    sigtop_access_call {
        SIGTOP_CALL_OPEN = 1, SIGTOP_CALL_CREAT = 2, SIGTOP_CALL_OPENAT = 3, SIGTOP_CALL_OPENAT2 = 4,
        SIGTOP_CALL_OPEN_BY_HANDLE = 5, SIGTOP_CALL_CHMOD = 6, SIGTOP_CALL_FCHMOD = 7, SIGTOP_CALL_FCHMODAT = 8,
        SIGTOP_CALL_FCHMODAT2 = 9, SIGTOP_CALL_RENAME = 10, SIGTOP_CALL_RENAMEAT = 11, SIGTOP_CALL_RENAMEAT2 = 12,
        SIGTOP_CALL_CONNECT = 13, SIGTOP_CALL_SOCKETCALL = 14,
    }
    sigtop_wanted { SIGTOP_WANT_ATTEMPTS = 1, SIGTOP_WANT_EXECS = 2 }
    sigtop_ignored {
        SIGTOP_SIG_IGN = 1, SIGTOP_DEFAULT_IGNORE = 2, SIGTOP_INIT = 3, SIGTOP_ZOMBIE = 4, SIGTOP_EXITING = 5,
    }
    sigtop_signal_flags { SIGTOP_TO_PROCESS = 1, SIGTOP_CONTINUED = 2, SIGTOP_BY_PROXY = 4, SIGTOP_ALONE = 8 }
    sigtop_disposition { SIGTOP_HANDLER = 1, SIGTOP_DEFAULT = 2, SIGTOP_IGNORED = 3, SIGTOP_GROUP_EXIT = 4 }
    sigtop_exit_flags { SIGTOP_GROUP_DEAD = 1 }
    sigtop_why { SIGTOP_LOST = 1, SIGTOP_FILTERED = 2 }
    sigtop_member_kind {
        SIGTOP_BY_PID = 1, SIGTOP_BY_UID = 4, SIGTOP_BY_TTY = 8, SIGTOP_BY_CGROUP = 16, SIGTOP_BY_NAME = 32,
    }
}

#[test]
fn every_member_stands_where_the_table_says() {
    for layout in layouts() {
        let members: Vec<(usize, usize)> = layout.members.iter().map(|(_, offset, size)| (*offset, *size)).collect();
        assert_eq!(layout.found, members, "{}", layout.name);
        assert_eq!(layout.found_size, layout.size, "{}", layout.name);
    }
}

/// Bytes that no member covers would carry what lay in the kernel's memory before.
#[test]
fn there_are_no_holes() {
    for layout in layouts() {
        let mut end = 0;
        for (member, offset, size) in layout.members {
            assert_eq!(offset, end, "before {}.{member}", layout.name);
            end = offset + size;
        }
        assert_eq!(end, layout.size, "at the end of {}", layout.name);
    }
}

#[test]
fn every_number_is_what_it_was() {
    for (of, name, number, found) in numbers() {
        assert_eq!(found, number, "{of} {name}");
    }
}

/// The header's records and numbers that the table does not have.
#[test]
fn the_table_is_complete() {
    let header = header();
    let declared = |word: &str| -> Vec<String> {
        let names = header.lines().filter_map(|line| line.strip_prefix(word)?.strip_suffix(" {").map(String::from));
        names.collect()
    };
    let structs: Vec<String> = layouts().iter().map(|layout| layout.name.to_string()).collect();
    let mut enums: Vec<String> = numbers().iter().map(|(of, ..)| of.to_string()).collect();
    enums.dedup();
    for (mut declared, mut known) in [(declared("struct "), structs), (declared("enum "), enums)] {
        declared.sort();
        known.sort();
        assert_eq!(declared, known);
    }
    let assigned = header.lines().filter(|line| line.starts_with("\tSIGTOP_") && line.contains(" = ")).count();
    assert_eq!(assigned, numbers().len());
}

fn header() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/bpf/sigtop.h")).unwrap()
}

/// The C compiler's word on it: it reads the header, not the BPF object.
#[test]
fn a_c_compiler_agrees() {
    let mut source = String::from(
        "#include <stddef.h>\n#include <stdint.h>\n\
         typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32; typedef uint64_t u64; typedef int32_t s32;\n\
         #include \"sigtop.h\"\n#define IS(what, n) _Static_assert((what) == (n), #what)\n",
    );
    for Layout { name, size, members, .. } in layouts() {
        writeln!(source, "IS(sizeof(struct {name}), {size});").unwrap();
        for (member, offset, size) in members {
            writeln!(source, "IS(offsetof(struct {name}, {member}), {offset});").unwrap();
            writeln!(source, "IS(sizeof(((struct {name} *)0)->{member}), {size});").unwrap();
        }
    }
    for (_, name, number, _) in numbers() {
        writeln!(source, "IS({name}, {number});").unwrap();
    }
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("abi.c");
    std::fs::write(&file, source).unwrap();
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-fsyntax-only", "-Wpadded", "-Werror=padded", "-I"]);
    let output = cc.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/bpf")).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
