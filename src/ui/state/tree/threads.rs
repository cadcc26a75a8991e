//! Threads as rows of the tree: whose are wanted, and what is known of them. They are told by the main loop.

use super::{TreeState, View};
use crate::event::{Name, ProcKey};

/// Threads are asked for again so often: a little less than the tick of a quiet screen.
const THREADS_NS: u64 = 950_000_000;

impl TreeState {
    /// Whether the threads of this process are shown, or asked for.
    pub fn has_threads(&self, key: &ProcKey) -> bool {
        self.asked.contains_key(key)
    }

    /// The threads of this process are wanted.
    pub fn want_threads(&mut self, key: ProcKey, now_ns: u64) {
        self.asked.insert(key, now_ns);
    }

    /// Hides the threads of a process.
    pub fn hide_threads(&mut self, key: ProcKey, view: View) {
        self.asked.remove(&key);
        self.threads.remove(&key);
        if self.selected.is_some_and(|(of, tid, _)| of == key && tid.is_some()) {
            self.selected = Some((key, None, false));
        }
        self.rebuild(view);
    }

    /// The threads of a process, its first too, as they are now. Whether there is anything to show.
    pub fn set_threads(&mut self, key: ProcKey, threads: &[(u32, Name)], view: View) -> bool {
        let others: Vec<(u32, Name)> = threads.iter().filter(|(tid, _)| *tid != key.pid).copied().collect();
        if !self.asked.contains_key(&key) {
            return true; // hidden meanwhile
        }
        let is_empty = others.is_empty() && !self.threads.contains_key(&key);
        if is_empty {
            self.asked.remove(&key);
        } else if self.threads.get(&key) != Some(&others) {
            self.threads.insert(key, others);
            self.rebuild(view);
        }
        !is_empty
    }

    /// Whose threads are to be asked for again.
    pub fn stale_threads(&mut self, now_ns: u64) -> Vec<ProcKey> {
        let stale = self.asked.iter_mut().filter(|(_, asked)| now_ns.saturating_sub(**asked) >= THREADS_NS);
        stale.map(|(key, asked)| (*asked = now_ns, *key).1).collect()
    }

    /// The name of a thread that is shown.
    pub fn thread_name(&self, key: &ProcKey, tid: u32) -> Name {
        let mut threads = self.threads.get(key).into_iter().flatten();
        threads.find(|(other, _)| *other == tid).map(|(_, name)| *name).unwrap_or_default()
    }
}
