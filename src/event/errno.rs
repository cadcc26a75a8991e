//! Why a system call failed: the kernel's numbers and their names, one table.
//!
//! The numbers are those of x86 and arm64 (`include/uapi/asm-generic/errno-base.h` and `errno.h`). Numbers that have no
//! name, among them those that the kernel keeps to itself (from 512), are shown as numbers.

use std::fmt;

/// An error number, as a system call gives it: 1 and above.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Errno(pub u16);

/// By number, from 1. 41 and 58 were other names of `EAGAIN` and `EDEADLK` once, and belong to none.
const NAMES: [&str; 133] = [
    "EPERM",
    "ENOENT",
    "ESRCH",
    "EINTR",
    "EIO",
    "ENXIO",
    "E2BIG",
    "ENOEXEC",
    "EBADF",
    "ECHILD",
    "EAGAIN",
    "ENOMEM",
    "EACCES",
    "EFAULT",
    "ENOTBLK",
    "EBUSY",
    "EEXIST",
    "EXDEV",
    "ENODEV",
    "ENOTDIR",
    "EISDIR",
    "EINVAL",
    "ENFILE",
    "EMFILE",
    "ENOTTY",
    "ETXTBSY",
    "EFBIG",
    "ENOSPC",
    "ESPIPE",
    "EROFS",
    "EMLINK",
    "EPIPE",
    "EDOM",
    "ERANGE",
    "EDEADLK",
    "ENAMETOOLONG",
    "ENOLCK",
    "ENOSYS",
    "ENOTEMPTY",
    "ELOOP",
    "",
    "ENOMSG",
    "EIDRM",
    "ECHRNG",
    "EL2NSYNC",
    "EL3HLT",
    "EL3RST",
    "ELNRNG",
    "EUNATCH",
    "ENOCSI",
    "EL2HLT",
    "EBADE",
    "EBADR",
    "EXFULL",
    "ENOANO",
    "EBADRQC",
    "EBADSLT",
    "",
    "EBFONT",
    "ENOSTR",
    "ENODATA",
    "ETIME",
    "ENOSR",
    "ENONET",
    "ENOPKG",
    "EREMOTE",
    "ENOLINK",
    "EADV",
    "ESRMNT",
    "ECOMM",
    "EPROTO",
    "EMULTIHOP",
    "EDOTDOT",
    "EBADMSG",
    "EOVERFLOW",
    "ENOTUNIQ",
    "EBADFD",
    "EREMCHG",
    "ELIBACC",
    "ELIBBAD",
    "ELIBSCN",
    "ELIBMAX",
    "ELIBEXEC",
    "EILSEQ",
    "ERESTART",
    "ESTRPIPE",
    "EUSERS",
    "ENOTSOCK",
    "EDESTADDRREQ",
    "EMSGSIZE",
    "EPROTOTYPE",
    "ENOPROTOOPT",
    "EPROTONOSUPPORT",
    "ESOCKTNOSUPPORT",
    "EOPNOTSUPP",
    "EPFNOSUPPORT",
    "EAFNOSUPPORT",
    "EADDRINUSE",
    "EADDRNOTAVAIL",
    "ENETDOWN",
    "ENETUNREACH",
    "ENETRESET",
    "ECONNABORTED",
    "ECONNRESET",
    "ENOBUFS",
    "EISCONN",
    "ENOTCONN",
    "ESHUTDOWN",
    "ETOOMANYREFS",
    "ETIMEDOUT",
    "ECONNREFUSED",
    "EHOSTDOWN",
    "EHOSTUNREACH",
    "EALREADY",
    "EINPROGRESS",
    "ESTALE",
    "EUCLEAN",
    "ENOTNAM",
    "ENAVAIL",
    "EISNAM",
    "EREMOTEIO",
    "EDQUOT",
    "ENOMEDIUM",
    "EMEDIUMTYPE",
    "ECANCELED",
    "ENOKEY",
    "EKEYEXPIRED",
    "EKEYREVOKED",
    "EKEYREJECTED",
    "EOWNERDEAD",
    "ENOTRECOVERABLE",
    "ERFKILL",
    "EHWPOISON",
];

impl Errno {
    /// Operation not permitted: the sender may not send to this target.
    pub const PERM: Errno = Errno(1);
    /// No such file.
    pub const NOENT: Errno = Errno(2);
    /// No such process.
    pub const SRCH: Errno = Errno(3);
    /// Not now: where a queue is full.
    pub const AGAIN: Errno = Errno(11);
    /// Permission denied.
    pub const ACCES: Errno = Errno(13);
    /// Invalid argument, such as a signal number that is none.
    pub const INVAL: Errno = Errno(22);

    /// What was begun goes on: of a connection no failure.
    pub const INPROGRESS: Errno = Errno(115);

    /// All names, by number.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(|name| !name.is_empty())
    }

    /// Its name, `EPERM`, if it has one.
    pub fn name(self) -> Option<&'static str> {
        let at = usize::from(self.0).checked_sub(1)?;
        NAMES.get(at).copied().filter(|name| !name.is_empty())
    }

    /// Reads a name, or the number of one without.
    pub fn parse(text: &str) -> Option<Errno> {
        if let Some(at) = NAMES.iter().position(|name| *name == text && !name.is_empty()) {
            return Some(Errno(at as u16 + 1));
        }
        text.parse().ok().filter(|number| *number > 0).map(Errno)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => f.pad(&self.0.to_string()),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_names() {
        for (number, name) in [
            (1, "EPERM"),
            (3, "ESRCH"),
            (11, "EAGAIN"),
            (35, "EDEADLK"),
            (42, "ENOMSG"),
            (95, "EOPNOTSUPP"),
            (115, "EINPROGRESS"),
            (133, "EHWPOISON"),
        ] {
            assert_eq!(Errno(number).to_string(), name);
        }
        for unnamed in [0, 41, 58, 134, 512, 4095] {
            assert_eq!((Errno(unnamed).name(), Errno(unnamed).to_string()), (None, unnamed.to_string()));
        }
    }

    #[test]
    fn every_number_reads_back() {
        for number in 1..=4095 {
            assert_eq!(Errno::parse(&Errno(number).to_string()), Some(Errno(number)));
        }
        for text in ["", "0", "EBANANA", "-1", "70000", "eperm"] {
            assert_eq!(Errno::parse(text), None, "{text}");
        }
    }
}
