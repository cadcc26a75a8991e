//! The maps of the main object that the objects beside it ([`super::attempts`], [`super::access`]) use too: the same ring,
//! the same counts, the same words of memory.
//!
//! Which they are stands here once, for the one that lends and for those that are lent to.

use super::skel::SigtopSkel;
use libbpf_rs::{MapHandle, OpenMapMut};
use std::os::fd::AsFd;

/// Those maps of such an object, always in the same order.
macro_rules! shared {
    ($maps:expr $(, $mut:tt)?) => {{
        let maps = $maps;
        [
            &$($mut)? maps.events,
            &$($mut)? maps.generation,
            &$($mut)? maps.unsent_a,
            &$($mut)? maps.unsent_b,
            &$($mut)? maps.recent_a,
            &$($mut)? maps.recent_b,
            &$($mut)? maps.unsent_rest,
            &$($mut)? maps.bss_shared,
        ]
    }};
}
pub(super) use shared;

/// The main object's maps.
pub struct Lent(Vec<MapHandle>);

impl Lent {
    /// Of the loaded main object.
    pub fn new(skel: &SigtopSkel<'_>) -> libbpf_rs::Result<Lent> {
        shared!(&skel.maps).into_iter().map(MapHandle::try_from).collect::<libbpf_rs::Result<_>>().map(Lent)
    }

    /// To an object that is opened and not loaded: these of its maps, [`shared`], are the main object's.
    pub fn to(&self, maps: [&mut OpenMapMut<'_>; 8]) -> libbpf_rs::Result<()> {
        maps.into_iter().zip(&self.0).try_for_each(|(map, lent)| map.reuse_fd(lent.as_fd()))
    }
}
