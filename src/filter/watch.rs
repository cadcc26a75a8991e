//! What the kernel looks for among files and connections: a handful of questions that it can answer cheaply.
//!
//! The kernel may tell more than fits, never less: of a pattern the watch is taken that lets the least through and
//! everything that fits the pattern. What fits one is defined where that is tested.

use super::Pattern;

/// What is looked for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Watch {
    /// This file: whatever is at this path, in whatever root, and what was there when it was looked up, wherever it is
    /// now.
    File(String),
    /// This directory, which ends without `/`, and everything below it; of the root: "". Whatever is at this path, in
    /// whatever root, if it was made only now too; and what was there when it was looked up, wherever that is mounted.
    Under(String),
    /// Files of this name, in any directory.
    Name(String),
    /// Files below any directory of this name, however deep.
    In(String),
    /// Files whose name ends so: `.enc`.
    Ending(String),
    /// One of these permission bits is set that was not; where it is not known what was, it was not.
    Mode(u16),
    /// A port among these, both included.
    Ports(u16, u16),
}

impl Watch {
    /// The watch for files whose path fits a pattern as `path:` has it; none where only all of them would do.
    pub(super) fn of_path(pattern: &Pattern) -> Option<Watch> {
        let text = pattern.0.as_str();
        let (above, name) = text.rsplit_once('/').unwrap_or(("", text));
        if !text.contains('*') && text.starts_with('/') {
            return Some(Watch::File(text.into()));
        }
        let last = match name.rsplit_once('*') {
            None => Some(Watch::Name(name.into())),
            Some((_, end)) => Some(Watch::Ending(end.into())),
        };
        // Between the directories up to the first star and the name: those that are written out.
        let (fixed, open) = above.split_once('*').map_or((above, ""), |(fixed, open)| (fixed, open));
        let fixed = if open.is_empty() && !above.contains('*') {
            above
        } else {
            fixed.rsplit_once('/').map_or("", |(fixed, _)| fixed)
        };
        let within = open.split('/').skip(1).filter(|part| !part.contains('*') && !part.is_empty()).last();
        let under = text.starts_with('/').then(|| Watch::Under(fixed.into()));
        let watches = [last, within.map(|part| Watch::In(part.into())), under];
        watches.into_iter().flatten().filter(|watch| !watch.is_empty()).min_by_key(Watch::breadth)
    }

    /// Whether it asks nothing of a name.
    fn is_empty(&self) -> bool {
        matches!(self, Watch::Name(name) | Watch::Ending(name) if name.is_empty())
    }

    /// About how much it lets through, in no unit.
    pub(super) fn breadth(&self) -> u32 {
        match self {
            Watch::File(_) => 1,
            Watch::Name(_) => 4,
            Watch::Under(path) => match path.matches('/').count() {
                0 => 10_000,
                1 => 100,
                _ => 10,
            },
            Watch::In(_) | Watch::Ending(_) | Watch::Mode(_) => 20,
            Watch::Ports(first, last) => 1 + u32::from(last.saturating_sub(*first)),
        }
    }
}
