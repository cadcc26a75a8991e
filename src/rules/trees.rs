//! Which processes belong together, for `by: tree`: the topmost ancestor of each in the same cgroup, below init. That
//! is a service, a login session or a container; where sessions have no cgroups of their own, what init started.
//!
//! It is settled at birth and handed down, so a fork costs the same however long the line is, and a line whose
//! ancestors die and are forgotten stays one tree. Bounded by the processes that live.

use crate::event::{Event, ProcKey};
use crate::filter::census::LIVING_MAX;
use crate::filter::{Census, People};
use rustc_hash::FxHashMap;

/// The longest line that is walked; whoever has a longer one was seen to be born, and walks none.
const LINE_MAX: usize = 1024;

/// Who is on top of whom.
#[derive(Default)]
pub struct Trees {
    tops: FxHashMap<ProcKey, ProcKey>,
}

impl Trees {
    /// The topmost ancestor of this process, or itself.
    pub fn top(&mut self, process: &ProcKey, census: &Census) -> ProcKey {
        if let Some(top) = self.tops.get(process) {
            return *top;
        }
        let cgroup = |key: &ProcKey| census.facts(key).map(|facts| facts.cgroup);
        let own = cgroup(process);
        let mut top = *process;
        for _ in 0..LINE_MAX {
            let Some(above) = census.parent(&top) else { break };
            if above.pid <= 1 || cgroup(&above) != own {
                break;
            }
            top = above;
            if let Some(known) = self.tops.get(&above) {
                top = *known;
                break;
            }
        }
        if census.facts(process).is_some() && self.tops.len() < LIVING_MAX {
            self.tops.insert(*process, top);
        }
        top
    }

    /// Before an event is looked at, and after the census knows it: who is born belongs to its parent's tree, who is
    /// moved begins one or joins its parent's.
    pub fn begin(&mut self, event: &Event, census: &Census) {
        match event {
            Event::Fork(fork) if !fork.is_thread() && fork.parent.pid > 1 => {
                let top = self.top(&fork.parent, census);
                if self.tops.len() < LIVING_MAX {
                    self.tops.insert(fork.child.key, top);
                }
            }
            Event::Cgroup(moved) => drop(self.tops.remove(&moved.who.key)),
            _ => {}
        }
    }

    /// After an event was looked at: the dead are forgotten.
    pub fn end(&mut self, event: &Event) {
        if let Event::Exit(exit) = event
            && !exit.thread
        {
            self.tops.remove(&exit.who.key);
        }
    }
}
