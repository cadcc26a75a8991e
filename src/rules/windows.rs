//! Counts in sliding windows, one for each key of a rule: exact, and bounded.
//!
//! A window keeps the times of the last events, at most as many as make the rule fire. There are at most [`KEYS_MAX`]
//! of them. Where one more is needed, one that ran out makes room; else, of those that have counted least, one that was
//! left alone since its turn came last, and that is counted. So whoever wants a count forgotten that stands at n must have
//! tens of thousands of others stand at n too (n rounded up to a power of two), within the rule's time.

use super::keys::Key;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// The most keys of a rule.
pub const KEYS_MAX: usize = 32_768;
/// How far counts are told apart: by powers of two, as far as [`COUNT_MAX`](super::read::COUNT_MAX).
const LEVELS: usize = 18;
/// What a window costs beside its times, about.
const WINDOW_BYTES: usize = size_of::<Window>() + 2 * size_of::<(Key, u32)>();
/// Rings of this many times are kept for the next key.
const SPARE: usize = 16;
const NONE: u32 = u32::MAX;

/// When a rule fires: so many, within so long.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// So many.
    pub count: usize,
    /// Within so long.
    pub within_ns: u64,
}

/// All windows of a rule.
#[derive(Default)]
pub struct Windows {
    found: FxHashMap<Key, u32>,
    windows: Vec<Window>,
    free: Vec<u32>,
    /// Windows by how much they have counted, in each row by when they came there. One that counted since then goes to
    /// the end when its turn comes to be forgotten, not each time that it counts.
    rows: [Row; LEVELS],
    bytes: usize,
    forgotten: u64,
}

struct Window {
    times: VecDeque<u64>,
    /// The first of `times`, or earlier: to be looked at without them.
    oldest: u64,
    newest: u64,
    /// When it came to its place in the row.
    placed: u64,
    before: u32,
    behind: u32,
    level: u8,
    key: Key,
    /// What must differ, beside each time; empty where nothing must.
    values: VecDeque<u64>,
}

#[derive(Clone, Copy)]
struct Row {
    first: u32,
    last: u32,
}

impl Default for Row {
    fn default() -> Row {
        Row { first: NONE, last: NONE }
    }
}

impl Windows {
    /// One more of this key, now; `value` is what must differ. If that makes the rule fire, since when: and the key
    /// begins anew. Times never fall.
    pub fn count(&mut self, key: Key, now: u64, value: Option<u64>, span: Span) -> Option<u64> {
        let at = match self.found.get(&key) {
            Some(at) => *at,
            None => self.add(key, now, span.within_ns),
        };
        let window = &mut self.windows[at as usize];
        let before = window.bytes();
        window.put(now, value, span);
        let (after, len, level) = (window.bytes(), window.times.len(), window.level);
        self.bytes = self.bytes + after - before;
        if len >= span.count {
            let since = window.times.front().copied();
            self.remove(at);
            return since;
        }
        if level_of(len) != usize::from(level) {
            self.unlink(at);
            self.link(at, level_of(len));
        }
        None
    }

    /// Takes this key out: when it was last counted, if that is not longer ago than `within_ns`.
    pub fn take(&mut self, key: Key, now: u64, within_ns: u64) -> Option<u64> {
        let at = *self.found.get(&key)?;
        let last = self.windows[at as usize].newest;
        self.remove(at);
        (now - last.min(now) <= within_ns).then_some(last)
    }

    /// Notes this key, now: for [`Windows::take`].
    pub fn note(&mut self, key: Key, now: u64, within_ns: u64) {
        self.take(key, now, within_ns);
        self.count(key, now, None, Span { count: usize::MAX, within_ns });
    }

    /// What is noted of one of these keys is noted of both, with the time of the later.
    pub fn share(&mut self, keys: [Key; 2], now: u64, within_ns: u64) {
        let last = keys.iter().filter_map(|key| self.take(*key, now, within_ns)).max();
        if let Some(last) = last {
            keys.iter().for_each(|key| self.note(*key, last, within_ns));
        }
    }

    /// How many windows there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// What they hold, in bytes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many counts were forgotten since the last call.
    pub fn take_forgotten(&mut self) -> u64 {
        std::mem::take(&mut self.forgotten)
    }

    /// Makes room: forgets one of those that have counted least. False if there is but one.
    pub fn forget_one(&mut self) -> bool {
        let level = self.rows.iter().position(|row| row.first != NONE);
        let Some(first) = level.filter(|_| self.len() > 1).map(|level| self.alone(level)) else { return false };
        self.remove(first);
        self.forgotten += 1;
        true
    }

    /// The one in this row, which has some, that was longest left alone.
    fn alone(&mut self, level: usize) -> u32 {
        loop {
            let first = self.rows[level].first;
            let window = &self.windows[first as usize];
            if window.newest <= window.placed {
                return first;
            }
            self.unlink(first);
            self.link(first, level);
        }
    }

    fn add(&mut self, key: Key, now: u64, within_ns: u64) -> u32 {
        self.drop_run_out(now, within_ns);
        if self.len() >= KEYS_MAX {
            self.forget_one();
        }
        let at = match self.free.pop() {
            Some(at) => {
                let window = &mut self.windows[at as usize];
                (window.key, window.oldest, window.newest) = (key, now, now);
                at
            }
            None => {
                self.windows.push(Window::new(key, now));
                (self.windows.len() - 1) as u32
            }
        };
        self.found.insert(key, at);
        self.bytes += self.windows[at as usize].bytes();
        self.link(at, 0);
        at
    }

    /// Those whose time has run out count nothing: a few of them make room whenever one is added.
    fn drop_run_out(&mut self, now: u64, within_ns: u64) {
        for level in 0..LEVELS {
            for _ in 0..2 {
                let first = self.rows[level].first;
                if first == NONE || !ran_out(self.windows[first as usize].placed, now, within_ns) {
                    break;
                }
                if ran_out(self.windows[first as usize].newest, now, within_ns) {
                    self.remove(first);
                } else {
                    self.unlink(first);
                    self.link(first, level);
                }
            }
        }
    }

    fn remove(&mut self, at: u32) {
        self.unlink(at);
        let window = &mut self.windows[at as usize];
        self.bytes -= window.bytes();
        for ring in [&mut window.times, &mut window.values] {
            ring.clear();
            if ring.capacity() > SPARE {
                *ring = VecDeque::new();
            }
        }
        self.found.remove(&window.key);
        self.free.push(at);
    }

    fn unlink(&mut self, at: u32) {
        let Window { before, behind, level, .. } = self.windows[at as usize];
        match before {
            NONE => self.rows[level as usize].first = behind,
            before => self.windows[before as usize].behind = behind,
        }
        match behind {
            NONE => self.rows[level as usize].last = before,
            behind => self.windows[behind as usize].before = before,
        }
    }

    fn link(&mut self, at: u32, level: usize) {
        let last = std::mem::replace(&mut self.rows[level].last, at);
        match last {
            NONE => self.rows[level].first = at,
            last => self.windows[last as usize].behind = at,
        }
        let window = &mut self.windows[at as usize];
        (window.before, window.behind, window.level) = (last, NONE, level as u8);
        window.placed = window.newest;
    }
}

impl Window {
    fn new(key: Key, now: u64) -> Window {
        Window {
            times: VecDeque::new(),
            oldest: now,
            newest: now,
            placed: now,
            before: NONE,
            behind: NONE,
            level: 0,
            key,
            values: VecDeque::new(),
        }
    }

    fn put(&mut self, now: u64, value: Option<u64>, span: Span) {
        if ran_out(self.oldest, now, span.within_ns) {
            while self.times.front().is_some_and(|first| ran_out(*first, now, span.within_ns)) {
                self.times.pop_front();
                self.values.pop_front();
            }
            self.oldest = self.times.front().copied().unwrap_or(now);
        }
        if let Some(value) = value {
            // Of the same value only the last time matters.
            if let Some(at) = self.values.iter().rposition(|known| *known == value) {
                self.times.remove(at);
                self.values.remove(at);
            }
            self.values.push_back(value);
        }
        self.times.push_back(now);
        self.newest = now;
    }

    fn bytes(&self) -> usize {
        WINDOW_BYTES + (self.times.capacity() + self.values.capacity()) * size_of::<u64>()
    }
}

fn ran_out(time: u64, now: u64, within_ns: u64) -> bool {
    now.saturating_sub(time) > within_ns
}

/// 0 for none, 1 for one, 2 for two and three, 3 for four to seven, ...
fn level_of(len: usize) -> usize {
    ((usize::BITS - len.leading_zeros()) as usize).min(LEVELS - 1)
}

#[cfg(test)]
impl Windows {
    /// That rows, bytes and what is found agree.
    pub(super) fn check(&self) {
        let mut rows = 0;
        for (level, row) in self.rows.iter().enumerate() {
            let (mut at, mut before) = (row.first, NONE);
            while at != NONE {
                let window = &self.windows[at as usize];
                assert_eq!((window.before, window.level as usize), (before, level));
                assert_eq!(level, level_of(window.times.len()));
                assert_eq!(self.found.get(&window.key), Some(&at));
                (before, at, rows) = (at, window.behind, rows + 1);
            }
            assert_eq!(row.last, before);
        }
        assert_eq!(rows, self.found.len());
        assert_eq!(rows + self.free.len(), self.windows.len());
        let bytes: usize = self.found.values().map(|at| self.windows[*at as usize].bytes()).sum();
        assert_eq!(bytes, self.bytes);
    }
}
