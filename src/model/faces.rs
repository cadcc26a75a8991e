//! Who the two ends of a row were at that moment: kept once for all rows that say the same, and given up with the last of
//! them.

use crate::event::{Name, Party, ProcKey, Tty};

/// A [`Party`] but for its thread; of a sender, its terminal too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Face {
    key: ProcKey,
    uid: u32,
    pub tty: Tty,
    name: Name,
}

impl Face {
    fn of(party: &Party, tty: Tty) -> Face {
        Face { key: party.key, uid: party.uid, tty, name: party.name }
    }

    pub(super) fn party(&self, tid: u32) -> Party {
        Party { key: self.key, tid, uid: self.uid, name: self.name }
    }
}

/// The faces that rows hold, each with how many hold it.
#[derive(Default)]
pub(super) struct Faces {
    slots: Vec<(Face, u32)>,
    free: Vec<u32>,
}

impl Faces {
    pub(super) fn get(&self, at: u32) -> Option<&Face> {
        self.slots.get(at as usize).map(|(face, _)| face)
    }

    /// Whether this is a face of that process.
    pub(super) fn is_of(&self, at: u32, key: &ProcKey) -> bool {
        self.get(at).is_some_and(|face| face.key == *key)
    }

    /// Whose each face is, by its place; those that nobody holds too.
    pub(super) fn keys(&self) -> impl Iterator<Item = ProcKey> {
        self.slots.iter().map(|(face, _)| face.key)
    }

    /// Whose the face at this place is.
    pub(super) fn who(&self, at: u32) -> Option<(ProcKey, Name)> {
        self.get(at).map(|face| (face.key, face.name))
    }

    /// Holds the face of `party` once more. `hint` is where it was the last time, and is kept right.
    pub(super) fn hold(&mut self, party: &Party, tty: Tty, hint: &mut u32) -> u32 {
        let face = Face::of(party, tty);
        match self.slots.get_mut(*hint as usize) {
            Some((same, rows)) if *rows > 0 && *same == face => *rows += 1,
            _ => *hint = self.add(face),
        }
        *hint
    }

    fn add(&mut self, face: Face) -> u32 {
        if let Some(at) = self.free.pop() {
            self.slots[at as usize] = (face, 1);
            return at;
        }
        self.slots.push((face, 1));
        self.slots.len() as u32 - 1
    }

    /// One row less holds it.
    pub(super) fn release(&mut self, at: u32) {
        if let Some((_, rows)) = self.slots.get_mut(at as usize) {
            *rows -= 1;
            if *rows == 0 {
                self.free.push(at);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.slots.len() - self.free.len()
    }
}
