//! What the OOM killer found when it chose: how much its victim held, and which limit there was.

/// Of a SIGKILL of the OOM killer's. Amounts are counted in units of 4 KiB, up to 2 TiB, so that it stays small.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Oom {
    rss: u32,
    limit: u32,
    /// How many components of the path of the victim's cgroup name the one that was at its limit; 0 where none was, or it
    /// is not known which (cgroup v1).
    level: u8,
}

/// The most that is counted: 29 bits.
const MAX: u64 = (1 << 29) - 1;
const UNIT: u64 = 4096;
/// 6 bits.
const LEVEL_MAX: u32 = 63;

impl Oom {
    /// From amounts in bytes; `limit` 0 for none.
    pub fn new(rss: u64, limit: u64, level: u32) -> Oom {
        let units = |bytes: u64| (bytes / UNIT).min(MAX) as u32;
        let level = if level <= LEVEL_MAX && limit > 0 { level as u8 } else { 0 };
        Oom { rss: units(rss), limit: units(limit).max(u32::from(limit > 0)), level }
    }

    /// What of the victim was resident, in bytes: about, for many processors count it. `None` where that is not known.
    pub fn rss(self) -> Option<u64> {
        (self.rss > 0).then_some(u64::from(self.rss) * UNIT)
    }

    /// The limit that one of the victim's memory cgroups was at, in bytes; `None` where none was: then the machine had no
    /// memory left, or a part of it that the victim was bound to.
    pub fn limit(self) -> Option<u64> {
        (self.limit > 0).then_some(u64::from(self.limit) * UNIT)
    }

    /// How deep the cgroup with that limit is, where it is one of the unified hierarchy.
    pub fn level(self) -> Option<u32> {
        (self.level > 0).then_some(self.level.into())
    }

    /// That cgroup, an ancestor of the one with this path or itself.
    pub fn cgroup(self, path: &str) -> Option<&str> {
        let level = self.level()? as usize;
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
        path.starts_with('/').then(|| ends.map(|end| &path[..end]).nth(level - 1)).flatten()
    }

    /// In 64 bits.
    pub fn to_bits(self) -> u64 {
        u64::from(self.rss) | u64::from(self.limit) << 29 | u64::from(self.level) << 58
    }

    /// Back again.
    pub fn from_bits(bits: u64) -> Oom {
        Oom { rss: (bits & MAX) as u32, limit: (bits >> 29 & MAX) as u32, level: (bits >> 58) as u8 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cgroup_is_found_by_its_level() {
        let at = |level| Oom::new(1 << 20, 1 << 20, level).cgroup("/system.slice/web.service/worker").map(String::from);
        assert_eq!(at(1).as_deref(), Some("/system.slice"));
        assert_eq!(at(3).as_deref(), Some("/system.slice/web.service/worker"));
        assert_eq!((at(0), at(4), at(99)), (None, None, None));
        assert_eq!(Oom::new(1, 1, 1).cgroup(""), None);
        assert_eq!(Oom::new(1, 0, 1).level(), None, "no limit, no cgroup");
    }

    #[test]
    fn amounts_are_kept_as_far_as_they_go() {
        assert_eq!(Oom::new(8 << 20, 0, 0).rss(), Some(8 << 20));
        assert_eq!(Oom::new(0, 1, 0).limit(), Some(4096), "less than a page is no less a limit");
        assert_eq!(Oom::new(u64::MAX, u64::MAX, 0).rss(), Some(MAX * UNIT));
    }

    proptest! {
        #[test]
        fn bits_and_bytes_say_the_same(rss: u64, limit: u64, level: u32) {
            let oom = Oom::new(rss, limit, level);
            prop_assert_eq!(Oom::from_bits(oom.to_bits()), oom);
            prop_assert_eq!(Oom::new(oom.rss().unwrap_or(0), oom.limit().unwrap_or(0), oom.level().unwrap_or(0)), oom);
        }
    }
}
