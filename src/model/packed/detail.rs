//! What more a signal carries, or at what an attempt was aimed, in 64 bits and a word that says which.

use crate::event::{Aim, Detail, Oom, Reason, Tty};

/// What the bits are: which [`Detail`], or of an attempt which [`Aim`].
#[derive(Clone, Copy)]
pub enum DetailKind {
    None,
    Value,
    Address,
    Status,
    Syscall,
    Tty,
    Oom,
    Reason,
    Process,
    Thread,
    Group,
    All,
    Fd,
    Deed,
}

impl DetailKind {
    /// What more a signal carries.
    pub fn detail(self, bits: u64) -> Detail {
        match self {
            DetailKind::None => Detail::None,
            DetailKind::Value => Detail::Value(bits),
            DetailKind::Address => Detail::Address(bits),
            DetailKind::Status => Detail::Status(bits as i32),
            DetailKind::Syscall => Detail::Syscall(bits as i32),
            DetailKind::Tty => Detail::Tty(Tty(bits as u32)),
            DetailKind::Reason => Reason::ALL.get(bits as usize).map_or(Detail::None, |reason| Detail::Reason(*reason)),
            DetailKind::Oom => Detail::Oom(Oom::from_bits(bits)),
            _ => Detail::None,
        }
    }

    /// Of an attempt, at what it was aimed.
    pub fn aim(self, bits: u64) -> Option<Aim> {
        let (first, second) = (bits as u32, (bits >> 32) as u32);
        Some(match self {
            DetailKind::Process => Aim::Process(first as i32),
            DetailKind::Thread => Aim::Thread { tgid: first as i32, tid: second as i32 },
            DetailKind::Group => Aim::Group(first),
            DetailKind::All => Aim::All,
            DetailKind::Fd => Aim::Fd(first as i32),
            _ => return None,
        })
    }
}

pub fn pack_aim(aim: Aim) -> (DetailKind, u64) {
    match aim {
        Aim::Process(pid) => (DetailKind::Process, u64::from(pid as u32)),
        Aim::Thread { tgid, tid } => (DetailKind::Thread, u64::from(tgid as u32) | u64::from(tid as u32) << 32),
        Aim::Group(pgid) => (DetailKind::Group, u64::from(pgid)),
        Aim::All => (DetailKind::All, 0),
        Aim::Fd(fd) => (DetailKind::Fd, u64::from(fd as u32)),
    }
}

pub fn pack_detail(detail: Detail) -> (DetailKind, u64) {
    match detail {
        Detail::None => (DetailKind::None, 0),
        Detail::Value(value) => (DetailKind::Value, value),
        Detail::Address(address) => (DetailKind::Address, address),
        Detail::Status(status) => (DetailKind::Status, u64::from(status as u32)),
        Detail::Syscall(number) => (DetailKind::Syscall, u64::from(number as u32)),
        Detail::Tty(tty) => (DetailKind::Tty, u64::from(tty.0)),
        Detail::Reason(reason) => (DetailKind::Reason, reason as u64),
        Detail::Oom(oom) => (DetailKind::Oom, oom.to_bits()),
    }
}
