//! Terms about one end of a signal, or about both together: `to.unit:`, `from.exe:`, `same:unit`.
//!
//! A key such as `unit:` asks of sender and target whether either fits. Who must be which is said before the key.

use super::eval::View;
use super::{Facts, Key, People, Side, cgroup};
use crate::event::Party;
use crate::event::words::words;

words! {
    /// What sender and target may have in common.
    Alike {
        /// They are one process.
        Process = "process",
        /// They are the same user's.
        User = "user",
        /// They have the same controlling terminal.
        Tty = "tty",
        /// They run the same file.
        Exe = "exe",
        /// They are in the same systemd unit that is no slice.
        Unit = "unit",
        /// They are in the same container.
        Container = "container",
    }
}

/// Keys that may be asked of one end.
pub(super) const OF_ONE_END: [Key; 8] =
    [Key::Unit, Key::Container, Key::Cgroup, Key::Exe, Key::Arg, Key::Uid, Key::User, Key::Tty];

/// `to.unit` is `unit`, of the target; a key alone is of either.
pub(super) fn side_of(word: &str) -> (Option<Side>, &str) {
    match word.split_once('.') {
        Some((side, key)) if side.eq_ignore_ascii_case("from") => (Some(Side::From), key),
        Some((side, key)) if side.eq_ignore_ascii_case("to") => (Some(Side::To), key),
        _ => (None, word),
    }
}

impl<'a> View<'a> {
    /// The event as if it had this end alone.
    pub(super) fn only(&self, side: Side) -> View<'a> {
        match side {
            Side::From => View { to: None, aim: None, who: self.from, ..*self },
            Side::To => View { from: None, who: self.to, tty: None, ..*self },
            Side::Either => *self,
        }
    }

    /// Whether both ends are known and have this in common.
    pub(super) fn is_alike(&self, what: Alike, people: &dyn People) -> bool {
        let (Some(from), Some(to)) = (self.from, self.to) else { return false };
        let both = |same: &dyn Fn(&Facts<'_>, &Facts<'_>) -> bool| {
            let facts = |party: &Party| people.facts(&party.key);
            facts(from).zip(facts(to)).is_some_and(|(from, to)| same(&from, &to))
        };
        match what {
            Alike::Process => from.key == to.key,
            Alike::User => from.uid == to.uid,
            Alike::Tty => both(&|from, to| from.tty.is_some() && from.tty == to.tty),
            Alike::Exe => both(&|from, to| !from.exe.is_empty() && from.exe == to.exe),
            Alike::Unit => {
                both(&|from, to| within_unit(from.cgroup).is_some_and(|unit| within_unit(to.cgroup) == Some(unit)))
            }
            Alike::Container => both(&|from, to| {
                let id = cgroup::container_id(from.cgroup);
                id.is_some() && id == cgroup::container_id(to.cgroup)
            }),
        }
    }
}

/// The path of a cgroup as far as the innermost unit that is no slice: two units of one name are different ones where
/// one is in a container.
fn within_unit(path: &str) -> Option<&str> {
    let unit = cgroup::units(path).filter(|unit| !unit.ends_with(".slice")).last()?;
    let end = path.rfind(unit)? + unit.len();
    path.get(..end)
}
