//! Programs of the objects beside the main one ([`super::attempts`], [`super::access`]): found by their names, attached, and
//! held as long as they are wanted. Also whether this kernel takes programs at the exits of its functions (fexit) at all.
//!
//! Who wants which, and when, is not known here.

use libbpf_rs::skel::Skel;
use libbpf_rs::{Link, libbpf_sys};
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// Programs that are attached as long as this lives.
pub struct Attached {
    _links: Vec<Link>,
    _drawer: Option<OwnedFd>,
}

impl Attached {
    /// Holds links as they are.
    pub fn held(links: Vec<Link>) -> Attached {
        Attached { _links: links, _drawer: None }
    }

    /// Holds links of fexit by files in a bpffs that is mounted nowhere, and gone with its descriptor.
    ///
    /// From 6.1 to 6.18 whoever closes such a link waits a tenth of a second, until no task is in what is taken away:
    /// a program with twelve of them ends late. What only a file holds, a worker of the kernel's closes (6.12; not 6.1).
    /// Where this cannot be done, the links are held as they are.
    pub fn in_drawer(links: Vec<Link>) -> Attached {
        let drawer = fsopen("bpf", FsOpenFlags::FSOPEN_CLOEXEC).and_then(|fs| {
            fsconfig_create(fs.as_fd())?;
            fsmount(fs.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())
        });
        let Ok(drawer) = drawer else { return Attached::held(links) };
        let put = |(number, mut link): (usize, Link)| {
            let put = link.pin(format!("/proc/self/fd/{}/{number}", drawer.as_raw_fd()));
            if put.is_ok() { None } else { Some(link) }
        };
        Attached { _links: links.into_iter().enumerate().filter_map(put).collect(), _drawer: Some(drawer) }
    }
}

/// Attaches those that were loaded and have such a name: all, or none.
pub fn attach<'object>(skel: &impl Skel<'object>, is: impl Fn(&str) -> bool) -> libbpf_rs::Result<Vec<Link>> {
    let chosen =
        skel.object().progs_mut().filter(|program| program.autoload() && is(&program.name().to_string_lossy()));
    chosen.map(|program| program.attach()).collect()
}

/// Whether the kernel refuses every program of this kind, whatever is in it. Asked with one that no kernel can take: where
/// such programs are allowed, it is the program that is wrong (EINVAL). To open the whole object takes ten times as long.
pub fn are_exits_forbidden() -> bool {
    const RETURN_0: [libbpf_sys::bpf_insn; 2] = [instruction(0xb7), instruction(0x95)]; // r0 = 0; exit
    let mut options = libbpf_sys::bpf_prog_load_opts {
        sz: size_of::<libbpf_sys::bpf_prog_load_opts>() as u64,
        expected_attach_type: libbpf_sys::BPF_TRACE_FEXIT,
        attach_btf_id: 1, // no function
        ..Default::default()
    };
    // SAFETY: all that is pointed to lives until the call returns, and the sizes are right.
    let error = unsafe {
        libbpf_sys::bpf_prog_load(
            libbpf_sys::BPF_PROG_TYPE_TRACING,
            c"probe".as_ptr(),
            c"GPL".as_ptr(),
            RETURN_0.as_ptr(),
            RETURN_0.len() as u64,
            &mut options,
        )
    };
    error == -rustix::io::Errno::PERM.raw_os_error()
}

const fn instruction(code: u8) -> libbpf_sys::bpf_insn {
    // SAFETY: integers only.
    let mut instruction: libbpf_sys::bpf_insn = unsafe { std::mem::zeroed() };
    instruction.code = code;
    instruction
}
