//! What is looked for, as the kernel looks: inodes, hashes of names, ports, bits; and what it found, in words again.
//!
//! Inodes are looked up by the kernel itself (`look_up` in bpf/access.bpf.c), for stat(2) may name others. What was
//! looked up is looked at again once a second ([`super::looker`]), for files and directories are replaced. Until then, and
//! in another root (a container), names tell of the new one: a file's with its directory's, a directory's own. They are
//! found at other places too; the path decides.

use super::skel::types as abi;
use crate::filter::{Want, Wanted, Watch};
use crate::source::live::decode::Met;
use std::collections::{BTreeMap, BTreeSet};

use abi::{sigtop_facts as Fact, sigtop_watch_tag as Tag};

/// As bpf/sigtop.h and bpf/watch.bpf.h have them.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// An inode as the kernel has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inode {
    /// Its number.
    pub ino: u64,
    /// The device of its file system.
    pub dev: u32,
    /// Which of all that had this number; 0 where the file system does not count them.
    pub generation: u32,
}

/// What is at a path.
#[derive(Clone, Default, Debug)]
pub struct There {
    /// For the kernel; `None` where nothing is there, or nobody knows.
    pub inode: Option<Inode>,
    /// Where it is without symlinks.
    pub real: Option<String>,
    /// What stat(2) says of it.
    pub stat: Option<Stat>,
}

/// Device and inode as stat(2) has them, to be compared with each other alone.
pub type Stat = (u64, u64);

/// Looks it up.
type Look<'a> = dyn FnMut(&str) -> There + 'a;

/// What is wanted of one kind.
type Of = fn(&Wanted) -> &Want;

/// The kinds that are told on request, with their bits.
const FACTS: [(Fact, Of); 4] = [
    (Fact::SIGTOP_OF_OPEN, |wanted| &wanted.open),
    (Fact::SIGTOP_OF_CHMOD, |wanted| &wanted.chmod),
    (Fact::SIGTOP_OF_MOVE, |wanted| &wanted.moves),
    (Fact::SIGTOP_OF_CONNECT, |wanted| &wanted.connect),
];

/// The bits of what is wanted at all.
pub fn facts(wanted: &Wanted) -> u32 {
    FACTS.iter().filter(|(_, want)| *want(wanted) != Want::Nothing).fold(0, |bits, (fact, _)| bits | fact.0)
}

/// A key of the map `watched`: tag, device, value.
type Key = (u32, u32, u64);

/// What the maps of the kernel shall hold, and what it means.
#[derive(Clone, Default)]
pub struct Watches {
    /// In short.
    pub short: abi::sigtop_watches,
    /// One by one.
    pub entries: BTreeMap<Key, abi::sigtop_watched>,
    /// Names of what is found.
    pub files: LookedFor,
    /// What was looked up, and what was there then.
    seen: BTreeMap<String, There>,
}

impl Watches {
    /// Of what is wanted.
    pub fn new(wanted: &Wanted, look: &mut Look<'_>) -> Watches {
        let mut made = Watches::default();
        for (fact, want) in FACTS {
            match want(wanted) {
                Want::Nothing => {}
                Want::These(watches) => {
                    made.short.some |= fact.0;
                    watches.iter().for_each(|watch| made.add(fact, watch, look));
                }
                // All is told, but by which other name what is looked for is known must be found all the same.
                Want::Everything(watches) => {
                    made.short.all |= fact.0;
                    let known = watches.iter().filter(|watch| matches!(watch, Watch::File(_) | Watch::Under(_)));
                    known.for_each(|watch| made.add(fact, watch, look));
                }
            }
        }
        made
    }

    /// Whether something else is now where something was looked up; of what `inode` does not know, not.
    pub fn are_stale(&self, inode: &mut dyn FnMut(&str) -> Option<Option<Inode>>) -> bool {
        self.seen.iter().any(|(path, then)| inode(path).is_some_and(|now| now != then.inode))
    }

    /// What was last known to be there.
    pub fn known(&self, path: &str) -> There {
        self.seen.get(path).cloned().unwrap_or_default()
    }

    fn add(&mut self, fact: Fact, watch: &Watch, look: &mut Look<'_>) {
        let bit = fact.0;
        match watch {
            Watch::Ports(first, last) if fact == Fact::SIGTOP_OF_CONNECT => {
                (*first..=*last).for_each(|port| self.short.ports[usize::from(port / 64)] |= 1 << (port % 64));
            }
            Watch::Mode(bits) if fact == Fact::SIGTOP_OF_CHMOD => self.short.modes |= u32::from(*bits),
            _ if fact == Fact::SIGTOP_OF_CONNECT => self.short.all |= bit,
            Watch::File(path) => {
                let there = self.look(path, look);
                let real = there.real.as_deref();
                let id = self.files.add(path, &there, false);
                self.add_inode(there.inode, |entry| (entry.file, entry.id) = (entry.file | bit as u8, id));
                for place in BTreeSet::from([Some(path.as_str()), real]).into_iter().flatten() {
                    self.add_place(place, bit, id, look);
                }
            }
            Watch::Under(path) if !path.is_empty() => {
                let there = self.look(path, look);
                let real = there.real.as_deref();
                let id = self.files.add(path, &there, true);
                self.short.below |= bit;
                self.add_inode(there.inode, |entry| {
                    entry.below |= bit as u8;
                    entry.under = if entry.under == 0 { id } else { entry.under };
                });
                for directory in [Some(path.as_str()), real].into_iter().flatten() {
                    self.add_directory(last_of(directory)).below |= bit as u8;
                }
            }
            Watch::Name(name) => self.add_name(name, bit),
            Watch::In(name) => {
                self.short.directories |= bit;
                self.add_directory(name).file |= bit as u8;
            }
            Watch::Ending(ending) => match ending.rfind('.') {
                Some(dot) => {
                    self.short.endings |= bit;
                    self.entry(Tag::SIGTOP_BY_ENDING, 0, hash(&ending[dot..])).file |= bit as u8;
                }
                None => self.short.all |= bit,
            },
            Watch::Under(_) | Watch::Mode(_) | Watch::Ports(..) => self.short.all |= bit,
        }
    }

    fn entry(&mut self, tag: Tag, dev: u32, value: u64) -> &mut abi::sigtop_watched {
        self.entries.entry((tag.0, dev, value)).or_default()
    }

    /// What is there now, asked for once.
    fn look(&mut self, path: &str, look: &mut Look<'_>) -> There {
        self.seen.entry(path.into()).or_insert_with(|| look(path)).clone()
    }

    /// What is there now.
    fn add_inode(&mut self, inode: Option<Inode>, with: impl FnOnce(&mut abi::sigtop_watched)) {
        let Some(Inode { ino, dev, generation }) = inode else { return };
        let entry = self.entry(Tag::SIGTOP_BY_INODE, dev, ino);
        entry.generation = generation;
        with(entry);
        let bit = ino.wrapping_mul(MIX) >> 48;
        self.short.bloom[(bit / 64) as usize] |= 1 << (bit % 64);
    }

    /// Whatever has this name in this directory, or in one of the same name.
    fn add_place(&mut self, path: &str, bit: u32, id: u32, look: &mut Look<'_>) {
        let Some((directory, name)) = path.rsplit_once('/') else { return };
        if directory.is_empty() {
            self.add_name(name, bit); // the root of a container may have any name
        }
        let above = hash(last_of(directory)).wrapping_mul(MIX);
        self.entry(Tag::SIGTOP_BY_NAMES, 0, hash(name) ^ above).file |= bit as u8;
        let directory = if directory.is_empty() { "/" } else { directory };
        self.add_length(name);
        self.entry(Tag::SIGTOP_BY_LAST, 0, hash(name)).failed |= bit as u8;
        if let Some(Inode { ino, dev, generation }) = self.look(directory, look).inode {
            let entry = self.entry(Tag::SIGTOP_BY_PLACE, dev, hash(name) ^ ino.wrapping_mul(MIX));
            (entry.file, entry.id, entry.generation) = (entry.file | bit as u8, id, generation);
        }
    }

    /// Whatever has this name, in any directory.
    fn add_name(&mut self, name: &str, bit: u32) {
        self.add_length(name);
        self.entry(Tag::SIGTOP_BY_LAST, 0, hash(name)).file |= bit as u8;
    }

    /// Directories of this name.
    fn add_directory(&mut self, name: &str) -> &mut abi::sigtop_watched {
        let len = name.len().min(255);
        self.short.above[len / 64] |= 1 << (len % 64);
        self.entry(Tag::SIGTOP_BY_DIRECTORY, 0, hash(name))
    }

    fn add_length(&mut self, name: &str) {
        let len = name.len().min(255);
        self.short.lengths[len / 64] |= 1 << (len % 64);
    }
}

/// FNV-1a.
fn hash(name: &str) -> u64 {
    name.bytes().fold(FNV_BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

fn last_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The files and directories that are looked for, by the numbers that the kernel's records have.
#[derive(Clone, Default, Debug)]
pub struct LookedFor {
    files: Vec<Sought>,
}

#[derive(Clone, PartialEq, Debug)]
struct Sought {
    /// What was asked for.
    asked: String,
    /// Where that really is.
    real: Option<String>,
    /// All below is meant.
    below: bool,
    /// It itself.
    stat: Option<Stat>,
}

impl LookedFor {
    /// One more, and its number.
    fn add(&mut self, path: &str, there: &There, below: bool) -> u32 {
        let known = self.files.iter().position(|known| known.asked == path && known.below == below);
        let at = known.unwrap_or_else(|| {
            let There { real, stat, .. } = there.clone();
            self.files.push(Sought { asked: path.into(), real, below, stat });
            self.files.len() - 1
        });
        at as u32 + 1
    }

    /// Puts into words what the kernel found.
    pub fn name(&self, met: &mut Met) {
        let path = &met.event.path;
        let found = (met.watch as usize).checked_sub(1).and_then(|at| self.files.get(at));
        let same_as = match found {
            Some(Sought { asked, below: false, .. }) => Some(asked.clone()),
            Some(Sought { asked, .. }) if !met.below.is_empty() => Some(format!("{asked}{}", met.below)),
            _ => self.files.iter().find_map(|Sought { asked, real, below, stat }| {
                if !below && met.stat.is_some() && met.stat == *stat {
                    return Some(asked.clone()); // by a hard link, or where it is mounted
                }
                let rest = path.strip_prefix(real.as_deref()?)?;
                let fits = if *below { rest.starts_with('/') } else { rest.is_empty() };
                fits.then(|| format!("{asked}{rest}"))
            }),
        };
        met.event.same_as = same_as.filter(|same| same != path).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel in which the inode of a path is as long as it is.
    fn made(wanted: &Wanted) -> Watches {
        Watches::new(wanted, &mut |path| There {
            inode: Some(Inode { ino: path.len() as u64, dev: 7, generation: 3 }),
            ..There::default()
        })
    }

    fn opens(watches: &[Watch]) -> Wanted {
        Wanted { open: Want::These(watches.to_vec()), ..Wanted::default() }
    }

    #[test]
    fn a_file_is_looked_for_by_inode_and_by_name_in_its_directory() {
        let made = made(&opens(&[Watch::File("/no-such-dir/shadow".into())]));
        let name = hash("shadow");
        let place = name ^ 12u64.wrapping_mul(MIX);
        for key in [(Tag::SIGTOP_BY_INODE.0, 7, 19), (Tag::SIGTOP_BY_PLACE.0, 7, place)] {
            let entry = made.entries.get(&key).unwrap_or_else(|| panic!("{key:?}"));
            assert_eq!((entry.file, entry.id, entry.generation), (Fact::SIGTOP_OF_OPEN.0 as u8, 1, 3));
        }
        assert_eq!(made.entries[&(Tag::SIGTOP_BY_LAST.0, 0, name)].failed, 1);
        let names = name ^ hash("no-such-dir").wrapping_mul(MIX);
        assert_eq!(made.entries[&(Tag::SIGTOP_BY_NAMES.0, 0, names)].file, 1, "in whatever root");
        assert_eq!((made.short.some, made.short.all, made.short.lengths), (1, 0, [1 << 6, 0, 0, 0]));
        assert_eq!(made.short.bloom.iter().map(|word| word.count_ones()).sum::<u32>(), 1);
    }

    #[test]
    fn a_directory_is_looked_for_itself_and_for_what_is_below_it() {
        let path = "/no-such-dir/vault";
        let made = made(&opens(&[Watch::File(path.into()), Watch::Under(path.into())]));
        let entry = made.entries[&(Tag::SIGTOP_BY_INODE.0, 7, 18)];
        assert_eq!((entry.file, entry.id, entry.below, entry.under), (1, 1, 1, 2));
        let named = made.entries[&(Tag::SIGTOP_BY_DIRECTORY.0, 0, hash("vault"))];
        assert_eq!((named.file, named.below, made.short.above), (0, 1, [1 << 5, 0, 0, 0]));
    }

    #[test]
    fn where_everything_is_told_files_are_known_all_the_same() {
        let watches = [Watch::File("/no-such-dir/shadow".into()), Watch::Under("/no-such".into())];
        let (some, all) =
            (made(&opens(&watches)), made(&opens(&watches).or(Wanted { open: Want::ALL, ..Wanted::default() })));
        assert_eq!(all.entries.keys().collect::<Vec<_>>(), some.entries.keys().collect::<Vec<_>>());
        assert_eq!((all.short.all, all.short.below, all.files.files), (1, 1, some.files.files));
        let names = [Watch::Name("shadow".into()), Watch::Ending(".enc".into()), Watch::In(".ssh".into())];
        let all = made(&Wanted { open: Want::Everything(names.to_vec()), ..Wanted::default() });
        assert!(all.entries.is_empty() && all.short.endings == 0, "no other name is known by these");
    }

    #[test]
    fn what_cannot_be_looked_for_is_told_whole() {
        for watch in [Watch::Under(String::new()), Watch::Ending("~".into()), Watch::Ports(1, 2), Watch::Mode(1)] {
            assert_eq!(made(&opens(std::slice::from_ref(&watch))).short.all, 1, "{watch:?}");
        }
        let connects = Wanted { connect: Want::These(vec![Watch::Ports(22, 70)]), ..Wanted::default() };
        let short = made(&connects).short;
        assert_eq!((short.all, short.some), (0, Fact::SIGTOP_OF_CONNECT.0));
        assert_eq!(short.ports.iter().map(|word| word.count_ones()).sum::<u32>(), 49);
    }
}
