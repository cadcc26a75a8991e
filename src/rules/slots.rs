//! Finds the window of a key: a table of numbers of windows, and the keys stand in the windows themselves. Four bytes a
//! place stay in the processor's cache where whole keys would not: who counts a thousand processes by fifty rules looks
//! into this table more often than at anything else.
//!
//! Keys come from processes, so where they stand is a secret of each table: nobody can choose many that meet.

use super::keys::Key;
use std::hash::{BuildHasher, RandomState};

const NONE: u32 = u32::MAX;

/// A key in two words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Packed(u64, u64);

impl From<Key> for Packed {
    fn from(key: Key) -> Packed {
        match key {
            Key::All => Packed(0, 0),
            Key::Unknown => Packed(1, 0),
            Key::Process(process) => Packed(2 | u64::from(process.pid) << 32, process.start_ns),
            Key::Kernel(origin) => Packed(3, origin as u64),
            Key::User(uid) => Packed(4, u64::from(uid)),
            Key::Text(hash) => Packed(5, hash),
        }
    }
}

/// The table: at most half full, and from where a key belongs there is no gap until where it stands.
pub struct Slots {
    places: Vec<u32>,
    len: usize,
    secret: [u64; 2],
}

impl Default for Slots {
    fn default() -> Slots {
        let random = RandomState::new();
        Slots { places: Vec::new(), len: 0, secret: [random.hash_one(0), random.hash_one(1)] }
    }
}

impl Slots {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The window of this key. `key_of` says whose a window is.
    pub fn find(&self, key: Packed, key_of: impl Fn(u32) -> Packed) -> Option<u32> {
        let mut at = self.home(key);
        loop {
            match *self.places.get(at)? {
                NONE => return None,
                slot if key_of(slot) == key => return Some(slot),
                _ => at = self.behind(at),
            }
        }
    }

    /// Puts in a window, of a key that is not there.
    pub fn insert(&mut self, slot: u32, key_of: impl Fn(u32) -> Packed) {
        if 2 * (self.len + 1) > self.places.len() {
            let more = vec![NONE; (2 * self.places.len()).max(8)];
            let before = std::mem::replace(&mut self.places, more);
            before.into_iter().filter(|slot| *slot != NONE).for_each(|slot| self.place(slot, key_of(slot)));
        }
        self.place(slot, key_of(slot));
        self.len += 1;
    }

    /// Takes out a window that is there. Those behind it move up, as far as they belong there.
    pub fn remove(&mut self, slot: u32, key_of: impl Fn(u32) -> Packed) {
        let mut gap = self.home(key_of(slot));
        while self.places[gap] != slot {
            gap = self.behind(gap);
        }
        let mut at = gap;
        loop {
            at = self.behind(at);
            let next = self.places[at];
            if next == NONE {
                break;
            }
            let from_home = self.distance(self.home(key_of(next)), at);
            if from_home >= self.distance(gap, at) {
                self.places[gap] = next;
                gap = at;
            }
        }
        self.places[gap] = NONE;
        self.len -= 1;
    }

    fn place(&mut self, slot: u32, key: Packed) {
        let mut at = self.home(key);
        while self.places[at] != NONE {
            at = self.behind(at);
        }
        self.places[at] = slot;
    }

    /// Where a key belongs.
    fn home(&self, key: Packed) -> usize {
        let product = u128::from(key.0 ^ self.secret[0]) * u128::from(key.1 ^ self.secret[1]);
        (product ^ product >> 64) as usize & self.places.len().wrapping_sub(1)
    }

    fn behind(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.places.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        /// As a map of the standard library does it.
        #[test]
        fn what_was_put_in_is_found_until_it_is_taken_out(deeds in proptest::collection::vec((any::<bool>(), 0u32..40), 0..300)) {
            let key_of = |slot: u32| Packed::from(Key::User(slot / 2));
            let (mut slots, mut known) = (Slots::default(), HashMap::new());
            for (is_put, slot) in deeds {
                let uid = slot / 2;
                match (is_put, known.get(&uid).copied()) {
                    (true, None) => {
                        slots.insert(slot, key_of);
                        known.insert(uid, slot);
                    }
                    (false, Some(there)) => {
                        slots.remove(there, key_of);
                        known.remove(&uid);
                    }
                    _ => {}
                }
                prop_assert_eq!(slots.len(), known.len());
                for uid in 0..20 {
                    prop_assert_eq!(slots.find(Packed::from(Key::User(uid)), key_of), known.get(&uid).copied());
                }
            }
        }
    }
}
