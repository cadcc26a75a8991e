//! The system calls that open, change a mode, move or connect: which they are for the programs, and their numbers.

use crate::source::live::skel::types::sigtop_access_call as Call;

/// The calls with their numbers in 64-bit and 32-bit programs; 0: there is none.
#[cfg(target_arch = "x86_64")]
pub const CALLS: [(Call, u16, u16); 14] = [
    (Call::SIGTOP_CALL_OPEN, 2, 5),
    (Call::SIGTOP_CALL_CREAT, 85, 8),
    (Call::SIGTOP_CALL_OPENAT, 257, 295),
    (Call::SIGTOP_CALL_OPENAT2, 437, 437),
    (Call::SIGTOP_CALL_OPEN_BY_HANDLE, 304, 342),
    (Call::SIGTOP_CALL_CHMOD, 90, 15),
    (Call::SIGTOP_CALL_FCHMOD, 91, 94),
    (Call::SIGTOP_CALL_FCHMODAT, 268, 306),
    (Call::SIGTOP_CALL_FCHMODAT2, 452, 452),
    (Call::SIGTOP_CALL_RENAME, 82, 38),
    (Call::SIGTOP_CALL_RENAMEAT, 264, 302),
    (Call::SIGTOP_CALL_RENAMEAT2, 316, 353),
    (Call::SIGTOP_CALL_CONNECT, 42, 362),
    (Call::SIGTOP_CALL_SOCKETCALL, 0, 102),
];
/// The same for arm64 and its 32-bit programs.
#[cfg(target_arch = "aarch64")]
pub const CALLS: [(Call, u16, u16); 14] = [
    (Call::SIGTOP_CALL_OPEN, 0, 5),
    (Call::SIGTOP_CALL_CREAT, 0, 8),
    (Call::SIGTOP_CALL_OPENAT, 56, 322),
    (Call::SIGTOP_CALL_OPENAT2, 437, 437),
    (Call::SIGTOP_CALL_OPEN_BY_HANDLE, 265, 371),
    (Call::SIGTOP_CALL_CHMOD, 0, 15),
    (Call::SIGTOP_CALL_FCHMOD, 52, 94),
    (Call::SIGTOP_CALL_FCHMODAT, 53, 333),
    (Call::SIGTOP_CALL_FCHMODAT2, 452, 452),
    (Call::SIGTOP_CALL_RENAME, 0, 38),
    (Call::SIGTOP_CALL_RENAMEAT, 38, 329),
    (Call::SIGTOP_CALL_RENAMEAT2, 276, 382),
    (Call::SIGTOP_CALL_CONNECT, 203, 283),
    (Call::SIGTOP_CALL_SOCKETCALL, 0, 102),
];
