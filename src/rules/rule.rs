//! A rule, as it was read: what it looks at, what it counts, and what it says. Data alone.

use crate::event::words::words;
use crate::event::{Kind, RuleInfo};
use crate::filter::Filter;
use std::sync::Arc;

words! {
    /// What a rule counts apart, and whose repetitions `debounce` folds.
    By {
        /// Who did it: of a signal its sender, of a fork who forked.
        Process = "process",
        /// Its parent.
        Parent = "parent",
        /// The topmost of its ancestors in the same cgroup: a service, a login session, a container.
        Tree = "tree",
        /// Whose process it is.
        User = "user",
        /// Whom a signal was for; the address that was connected to.
        Target = "target",
        /// The file.
        Path = "path",
        /// The systemd unit of who did it.
        Unit = "unit",
    }
}

words! {
    /// What must differ to be counted.
    Distinct {
        /// Ports that were connected to.
        Ports = "ports",
        /// Addresses that were connected to.
        Addresses = "addresses",
        /// Files.
        Paths = "paths",
        /// Processes that signals were for.
        Targets = "targets",
        /// Those who did it: of forks, those who forked.
        Processes = "processes",
    }
}

/// What is worth an alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// What its alerts say of it.
    pub info: Arc<RuleInfo>,
    /// Which kinds of events it looks at: at least one.
    pub on: Vec<Kind>,
    /// Which of these.
    pub filter: Filter,
    /// How many of them; one is enough where there is none.
    pub counting: Option<Counting>,
    /// What is counted and held back apart. Without: see [`Rule::folds_by`].
    pub by: Option<By>,
    /// What must follow.
    pub then: Option<Then>,
    /// How long the same is folded after an alert.
    pub debounce_ns: u64,
    /// Whether it is held against the stream.
    pub is_enabled: bool,
}

/// How many in which time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counting {
    /// So many make it fire.
    pub count: usize,
    /// The last of them comes at most so long after the first.
    pub within_ns: u64,
    /// Only different ones count.
    pub distinct: Option<Distinct>,
}

/// The second step of a rule: it fires when this follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Then {
    /// Which kinds of events.
    pub on: Vec<Kind>,
    /// Which of these.
    pub filter: Filter,
    /// What both steps have in common.
    pub same: By,
    /// The second comes at most so long after the first.
    pub within_ns: u64,
}

impl Rule {
    /// What is counted and held back apart; nothing: all together. A rule that does not count and does not say folds by
    /// tree, for programs that live for a moment each would never be the same process.
    pub fn folds_by(&self) -> Option<By> {
        self.by.or(self.counting.is_none().then_some(By::Tree))
    }

    /// Whether its second step is about the same file as its first.
    pub fn follows_paths(&self) -> bool {
        self.then.as_ref().is_some_and(|then| then.same == By::Path)
    }
}

impl By {
    /// Whether events of this kind have such a thing.
    pub fn is_of(self, kind: Kind) -> bool {
        match self {
            By::Target => matches!(kind, Kind::Signal | Kind::Deliver | Kind::Connect),
            By::Path => matches!(kind, Kind::Open | Kind::Chmod | Kind::Move | Kind::Exec),
            _ => true,
        }
    }
}

impl Distinct {
    /// Whether events of this kind have such a thing.
    pub fn is_of(self, kind: Kind) -> bool {
        match self {
            Distinct::Ports | Distinct::Addresses => kind == Kind::Connect,
            Distinct::Paths => By::Path.is_of(kind),
            Distinct::Targets => By::Target.is_of(kind),
            Distinct::Processes => By::Process.is_of(kind),
        }
    }
}
