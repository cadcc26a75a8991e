//! Bytes <-> the structs of the skeleton: the only place that takes bytes for values. It knows nothing of what they
//! mean.

use super::{Malformed, abi};

/// The records of the ring buffer and of the snapshot: `repr(C)`, integers and byte arrays only, so that any bytes
/// of the right number are a value.
pub trait Plain: Copy {}
impl Plain for abi::sigtop_header {}
impl Plain for abi::sigtop_signal {}
impl Plain for abi::sigtop_deliver {}
impl Plain for abi::sigtop_fork {}
impl Plain for abi::sigtop_exit {}
impl Plain for abi::sigtop_rename {}
impl Plain for abi::sigtop_oom {}
impl Plain for abi::sigtop_cgroup {}
impl Plain for abi::sigtop_seen {}
impl Plain for abi::sigtop_unsent_key {}
impl Plain for abi::sigtop_filter {}
impl Plain for abi::sigtop_member_key {}
impl Plain for abi::sigtop_member {}
impl Plain for abi::sigtop_attempt {}
impl Plain for abi::sigtop_connect {}
impl Plain for abi::sigtop_watch_key {}
impl Plain for abi::sigtop_watched {}
impl Plain for abi::sigtop_watches {}
impl Plain for abi::sigtop_inode {}
impl Plain for abi::sigtop_exec {}
impl Plain for abi::sigtop_exec_failed {}
impl Plain for abi::sigtop_file {}

/// The value in exactly these bytes.
pub fn read<T: Plain>(bytes: &[u8]) -> Result<T, Malformed> {
    if bytes.len() != size_of::<T>() {
        return Err(Malformed);
    }
    // SAFETY: the length is right, any bits are a T (Plain), and the read does not ask for alignment.
    Ok(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}

/// A record of no fixed size: it ends where its parts end, at least `fixed` bytes. What is not there is 0.
pub(super) fn read_cut<T: Plain + Default>(bytes: &[u8], fixed: usize) -> Result<T, Malformed> {
    if bytes.len() < fixed || bytes.len() > size_of::<T>() {
        return Err(Malformed);
    }
    let mut whole = T::default();
    // SAFETY: any bits are a T (Plain), and the length was checked to fit.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), std::ptr::from_mut(&mut whole).cast::<u8>(), bytes.len()) };
    Ok(whole)
}

/// The bytes of a value, as a map takes them.
pub fn bytes_of<T: Plain>(value: &T) -> &[u8] {
    // SAFETY: the ABI structs have no padding (tests/abi.rs), so every byte is initialised.
    unsafe { std::slice::from_raw_parts(std::ptr::from_ref(value).cast(), size_of::<T>()) }
}
