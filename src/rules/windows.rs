//! Counts in sliding windows, one for each key of a rule: exact, and bounded.
//!
//! A window keeps the times of the last events, at most as many as make the rule fire. There are at most [`KEYS_MAX`]
//! of them. Where one more is needed, one that ran out makes room; else, of those that have counted least, one that was
//! left alone since its turn came last, and that is counted. So whoever wants a count forgotten that stands at n must have
//! tens of thousands of others stand at n too (n rounded up to a power of two), within the rule's time.

use super::keys::Key;
use super::slots::{Packed, Slots};
use std::collections::VecDeque;

/// The most keys of a rule.
pub const KEYS_MAX: usize = 32_768;
/// How far counts are told apart: by powers of two, as far as [`COUNT_MAX`](super::read::COUNT_MAX).
const LEVELS: usize = 18;
/// What a window costs beside its times, about.
const WINDOW_BYTES: usize = size_of::<Window>() + 4 * size_of::<u32>();
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
    found: Slots,
    windows: Vec<Window>,
    free: Vec<u32>,
    /// Windows by how much they have counted, in each row by when they came there. One that counted since then goes to
    /// the end when its turn comes to be forgotten, not each time that it counts.
    rows: [Row; LEVELS],
    bytes: usize,
    forgotten: u64,
}

/// What each count looks at stands in the first 64 bytes, one line of the processor's cache.
#[repr(C, align(64))]
struct Window {
    times: VecDeque<u64>,
    key: Packed,
    /// The first of `times`, or earlier: to be looked at without them.
    oldest: u64,
    newest: u64,
    /// What must differ, beside each time; empty where nothing must.
    values: VecDeque<u64>,
    /// When it came to its place in the row.
    placed: u64,
    before: u32,
    behind: u32,
    level: u8,
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
        let key = Packed::from(key);
        let at = match self.find(key) {
            Some(at) => at,
            None => self.add(key, now, span.within_ns),
        };
        let window = &mut self.windows[at as usize];
        let before = window.times.len();
        self.bytes += window.put(now, value, span);
        let len = window.times.len();
        if len >= span.count {
            let since = window.times.front().copied();
            self.remove(at);
            return since;
        }
        if level_of(len) != level_of(before) {
            self.unlink(at);
            self.link(at, level_of(len));
        }
        None
    }

    /// Takes this key out: when it was last counted, if that is not longer ago than `within_ns`.
    pub fn take(&mut self, key: Key, now: u64, within_ns: u64) -> Option<u64> {
        let at = self.find(key.into())?;
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

    fn find(&self, key: Packed) -> Option<u32> {
        self.found.find(key, |slot| self.windows[slot as usize].key)
    }

    fn add(&mut self, key: Packed, now: u64, within_ns: u64) -> u32 {
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
        self.found.insert(at, |slot| self.windows[slot as usize].key);
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
        self.found.remove(at, |slot| self.windows[slot as usize].key);
        let window = &mut self.windows[at as usize];
        self.bytes -= window.bytes();
        for ring in [&mut window.times, &mut window.values] {
            ring.clear();
            if ring.capacity() > SPARE {
                *ring = VecDeque::new();
            }
        }
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
    fn new(key: Packed, now: u64) -> Window {
        Window {
            times: VecDeque::new(),
            key,
            oldest: now,
            newest: now,
            values: VecDeque::new(),
            placed: now,
            before: NONE,
            behind: NONE,
            level: 0,
        }
    }

    /// One more, now; those that ran out go. By how many bytes it grows.
    fn put(&mut self, now: u64, value: Option<u64>, span: Span) -> usize {
        if ran_out(self.oldest, now, span.within_ns) {
            while self.times.front().is_some_and(|first| ran_out(*first, now, span.within_ns)) {
                self.times.pop_front();
                if value.is_some() {
                    self.values.pop_front();
                }
            }
            self.oldest = self.times.front().copied().unwrap_or(now);
        }
        let mut grown = 0;
        if let Some(value) = value {
            // Of the same value only the last time matters.
            if let Some(at) = self.values.iter().rposition(|known| *known == value) {
                self.times.remove(at);
                self.values.remove(at);
            }
            grown = push(&mut self.values, value);
        }
        self.newest = now;
        grown + push(&mut self.times, now)
    }

    fn bytes(&self) -> usize {
        WINDOW_BYTES + (self.times.capacity() + self.values.capacity()) * size_of::<u64>()
    }
}

/// By how many bytes the ring grows.
fn push(ring: &mut VecDeque<u64>, value: u64) -> usize {
    let before = ring.capacity();
    ring.push_back(value);
    (ring.capacity() - before) * size_of::<u64>()
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
                assert_eq!(self.find(window.key), Some(at));
                (before, at, rows) = (at, window.behind, rows + 1);
            }
            assert_eq!(row.last, before);
        }
        assert_eq!(rows, self.found.len());
        assert_eq!(rows + self.free.len(), self.windows.len());
        let windows = self.windows.iter().zip(0..).filter(|(window, at)| self.find(window.key) == Some(*at));
        let bytes: usize = windows.map(|(window, _)| window.bytes()).sum();
        assert_eq!(bytes, self.bytes);
    }
}
