//! Opens and loads bpf/access.bpf.c, for one of its two roads: the kernel's own functions, by the best ways that this one
//! has, or the exit of every call. Attaches nothing.

use super::calls::CALLS;
use super::ways::{By, OPEN_ROOT, Ways, choose};
use crate::error::Error;
use crate::source::live::access_skel::{AccessSkel, AccessSkelBuilder, OpenAccessSkel};
use crate::source::live::attached::are_exits_forbidden;
use crate::source::live::lent::{Lent, shared};
use crate::source::live::load::{self, refused};
use libbpf_rs::OpenObject;
use libbpf_rs::btf::types::{Func, FuncProto};
use libbpf_rs::btf::{Btf, ReferencesType};
use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use std::fs;
use std::mem::MaybeUninit;

/// Since 5.12 (commit cc440e8738e5) a worker of io_uring is a thread of the process that it works for.
const OWN_WORKERS: &str = "create_io_thread";

/// With the programs for the functions that this kernel has: as an LSM's where it is one, then without. `None` where
/// the kernel lacks or forbids them.
pub fn open_functions(lent: &Lent) -> Option<(Box<AccessSkel<'static>>, Ways)> {
    if are_exits_forbidden() {
        return None;
    }
    let btf = Btf::from_vmlinux().ok()?;
    let has = |name: &str| btf.type_by_name::<Func<'_>>(name).is_some();
    let lists_bpf =
        fs::read_to_string("/sys/kernel/security/lsm").is_ok_and(|list| list.trim().split(',').any(|lsm| lsm == "bpf"));
    let found = [true, false].into_iter().skip(usize::from(!lists_bpf)).find_map(|with_lsm| {
        let ways = Ways { taken: choose(&has, with_lsm)?, own_workers: has(OWN_WORKERS) };
        let mut open = open(lent).ok()?;
        if let Some(rodata) = open.maps.rodata_data.as_deref_mut() {
            rodata.open_root_arguments = arguments_of(&btf, OPEN_ROOT).unwrap_or(rodata.open_root_arguments);
        }
        for mut program in open.open_object_mut().progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            let Some(way) = ways.taken.iter().find(|way| way.program == name) else { continue };
            let function = way.functions.iter().find(|function| has(function))?;
            if way.by != By::Lsm {
                program.set_attach_target(0, Some((*function).into())).ok()?;
            }
            program.set_autoload(true);
        }
        Some((Box::new(open.load().ok()?), ways))
    });
    load::forget_what_was_said();
    found
}

/// How many arguments a function has.
fn arguments_of(btf: &Btf<'_>, name: &str) -> Option<u32> {
    let prototype = FuncProto::try_from(btf.type_by_name::<Func<'_>>(name)?.referenced_type()).ok()?;
    Some(prototype.len() as u32)
}

/// With the program for the exit of every call, which every kernel has.
pub fn open_every_call(lent: &Lent) -> Result<Box<AccessSkel<'static>>, Error> {
    let mut open = open(lent).map_err(|e| refused("open", &e))?;
    open.progs.on_sys_exit.set_autoload(true);
    open.load().map(Box::new).map_err(|e| refused("load", &e))
}

fn open(lent: &Lent) -> libbpf_rs::Result<OpenAccessSkel<'static>> {
    // A few bytes, as often as a road is looked for: the skeleton wants to borrow them for as long as it lives.
    let object: &'static mut MaybeUninit<OpenObject> = Box::leak(Box::new(MaybeUninit::uninit()));
    let mut open = AccessSkelBuilder::default().open(object)?;
    if let Some(rodata) = open.maps.rodata_data.as_deref_mut() {
        rodata.config.stack_size = load::STACK_SIZE;
        rodata.own_pid = std::process::id();
        for (call, native, compat) in CALLS {
            for (numbers, nr) in [(&mut rodata.calls.of, native), (&mut rodata.calls.of_compat, compat)] {
                if nr != 0 {
                    numbers[usize::from(nr)] = call.0 as u8;
                }
            }
        }
    }
    open.progs.look_up.set_autoload(true);
    lent.to(shared!(&mut open.maps, mut))?;
    Ok(open)
}
