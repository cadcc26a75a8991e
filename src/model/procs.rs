//! Who there is: every process by (pid, start time), its parent, what it runs, and for a while how it ended.
//!
//! Facts about a process come in any order and more than once: a snapshot fills gaps and never undoes what an event
//! told later. Parents are always older than their children, which is so in the kernel, and is demanded here of
//! hostile input too: so no walk from child to parent can go round in a circle.
//!
//! When a process dies its living children need another parent, and no tracepoint tells which. The kernel takes the
//! nearest living ancestor that asked for orphans (`PR_SET_CHILD_SUBREAPER`), else the init of the pid namespace. Who
//! asked is not known here, so init is taken, which is right for daemons; where it is not known, the nearest living
//! ancestor. A later snapshot puts right what was wrong.

use super::Limits;
use crate::event::{
    Cause, DeliverEvent, End, ExecEvent, ExitEvent, ForkEvent, Ignored, Name, Party, ProcKey, RenameEvent, SeenEvent,
    SignalEvent, Tty,
};
use crate::signal::Signal;
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Death {
    /// When.
    pub mono_ns: u64,
    /// How.
    pub end: End,
    /// By which signal and whose, where that was seen.
    pub cause: Option<Cause>,
}

/// The newest signal that a process was sent or took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastSignal {
    /// Which.
    pub signal: Signal,
    /// When it was sent; where that was not seen, when it was taken.
    pub mono_ns: u64,
    /// Whether the process dies of it.
    pub fatal: bool,
}

/// A process. Long texts are shared with its parent until it runs another program.
#[derive(Clone, Debug)]
pub struct Proc {
    /// Which.
    pub key: ProcKey,
    /// Its parent as of now. It may be unknown to [`Procs`].
    pub parent: Option<ProcKey>,
    /// The parent that made it.
    pub born_of: Option<ProcKey>,
    /// Its name.
    pub name: Name,
    /// Effective user id.
    pub uid: u32,
    /// Controlling terminal.
    pub tty: Tty,
    /// Executable, or the file as it was named at exec; empty where not known.
    pub exe: Arc<str>,
    /// Arguments.
    pub argv: Arc<[Box<str>]>,
    /// Directory at exec; empty where not known.
    pub cwd: Arc<str>,
    /// Path of its cgroup; empty where not known.
    pub cgroup: Arc<str>,
    /// Threads that were seen to begin and not to end, beside the first. 0 where the stream tells of no threads.
    pub threads: u32,
    /// Signals it sent.
    pub sent: u64,
    /// Signals it was sent, one by one.
    pub received: u64,
    /// How many of these it was not seen to take.
    pub waiting: u32,
    /// The newest of these.
    pub last: Option<LastSignal>,
    /// How it ended, if that was seen.
    pub death: Option<Box<Death>>,
    /// Dead, but how was not seen: it was dead when the stream began, or its exit was lost.
    pub zombie: bool,
    /// The newest of its rows that waited for it.
    pub(super) last_row: u64,
    /// Whether it was told of for its own sake, not only as one end of a signal.
    told: bool,
    /// When it was last heard of.
    heard_ns: u64,
    /// When its texts were told.
    texts_ns: u64,
}

impl Proc {
    fn new(party: &Party, mono_ns: u64) -> Proc {
        Proc {
            key: party.key,
            parent: None,
            born_of: None,
            name: party.name,
            uid: party.uid,
            tty: Tty::NONE,
            exe: Arc::default(),
            argv: Arc::default(),
            cwd: Arc::default(),
            cgroup: Arc::default(),
            threads: 0,
            sent: 0,
            received: 0,
            waiting: 0,
            last: None,
            death: None,
            zombie: false,
            last_row: 0,
            told: false,
            heard_ns: mono_ns,
            texts_ns: 0,
        }
    }

    /// Whether it lives.
    pub fn is_alive(&self) -> bool {
        self.death.is_none() && !self.zombie
    }

    /// Row `seq` waits for it. How many rows before the last such row is; 0: there is none.
    pub(super) fn wait_for(&mut self, seq: u64) -> u32 {
        let back = if self.waiting > 0 { seq.saturating_sub(self.last_row) } else { 0 };
        self.waiting = self.waiting.saturating_add(1);
        self.last_row = seq;
        u32::try_from(back).unwrap_or(0)
    }
}

/// Whether `a` can be an ancestor of `b`.
fn is_older(a: &ProcKey, b: &ProcKey) -> bool {
    (a.start_ns, a.pid) < (b.start_ns, b.pid)
}

/// The longest text that is kept of a path, and of all arguments together, in bytes.
const TEXT_MAX: usize = 4096;

fn cut(text: &str) -> &str {
    let end = (0..=text.len().min(TEXT_MAX)).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    &text[..end]
}

fn cut_all(texts: &[String]) -> Arc<[Box<str>]> {
    let mut room = TEXT_MAX;
    let fits = |text: &&String| {
        let before = room;
        room = room.saturating_sub(text.len() + 1);
        before > 0
    };
    texts.iter().take_while(fits).map(|text| Box::from(cut(text))).collect()
}

/// All processes, living and lately dead.
pub struct Procs {
    known: FxHashMap<ProcKey, Box<Proc>>,
    /// The living ones by pid.
    alive: FxHashMap<u32, ProcKey>,
    /// The children of each parent, whether the parent is known or not.
    children: FxHashMap<ProcKey, BTreeSet<ProcKey>>,
    /// Those whose parent is not known.
    roots: BTreeSet<ProcKey>,
    /// The dead, in the order in which they died.
    graves: VecDeque<(u64, ProcKey)>,
    version: u64,
    limits: Limits,
}

// Reading.
impl Procs {
    pub(super) fn new(limits: Limits) -> Procs {
        Procs {
            known: FxHashMap::default(),
            alive: FxHashMap::default(),
            children: FxHashMap::default(),
            roots: BTreeSet::new(),
            graves: VecDeque::new(),
            version: 0,
            limits: Limits { procs_max: limits.procs_max.max(16), ..limits },
        }
    }

    /// The process, if it is known.
    pub fn get(&self, key: &ProcKey) -> Option<&Proc> {
        self.known.get(key).map(|proc| &**proc)
    }

    /// The living process that has this pid.
    pub fn alive(&self, pid: u32) -> Option<ProcKey> {
        self.alive.get(&pid).copied()
    }

    /// All, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Proc> {
        self.known.values().map(|proc| &**proc)
    }

    /// How many live.
    pub fn alive_count(&self) -> usize {
        self.alive.len()
    }

    /// How many dead are kept.
    pub fn dead_count(&self) -> usize {
        self.graves.len()
    }

    /// The children of a process, by pid and start time.
    pub fn children(&self, key: &ProcKey) -> impl ExactSizeIterator<Item = ProcKey> {
        static NONE: BTreeSet<ProcKey> = BTreeSet::new();
        self.children.get(key).unwrap_or(&NONE).iter().copied()
    }

    /// Those whose parent is not known, by pid and start time.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = ProcKey> {
        self.roots.iter().copied()
    }

    /// The ancestors of a process, nearest first: who made it, who made that, and so on; where a maker is forgotten,
    /// its stand-in.
    pub fn ancestors(&self, key: &ProcKey) -> impl Iterator<Item = &Proc> {
        let up = |proc: &Proc| [proc.born_of, proc.parent].iter().flatten().find_map(|key| self.get(key));
        std::iter::successors(self.get(key).and_then(up), move |proc| up(proc))
    }

    /// Another number whenever the tree has another shape, or one in it another name or fate. Counts do not change it.
    pub fn version(&self) -> u64 {
        self.version
    }
}

// What events tell.
impl Procs {
    /// A signal was sent to its target.
    pub(super) fn sent_to(&mut self, e: &SignalEvent) -> &mut Proc {
        let was_dead = matches!(e.ignored, Some(Ignored::Zombie | Ignored::Exiting));
        let proc = self.named(&e.target, e.mono_ns, was_dead);
        proc.received += 1;
        proc.last = Some(LastSignal { signal: e.signal, mono_ns: e.mono_ns, fatal: false });
        proc
    }

    /// This party sent a signal. Its process's name and user.
    pub(super) fn sent_by(&mut self, party: &Party, mono_ns: u64) -> (Name, u32) {
        let proc = self.named(party, mono_ns, false);
        proc.sent += 1;
        (proc.name, proc.uid)
    }

    /// This process sent `count` signals that the stream does not have. Its name and user, if it is known.
    pub(super) fn sent_unseen(&mut self, key: &ProcKey, count: u64) -> (Name, u32) {
        let Some(proc) = self.known.get_mut(key) else { return Default::default() };
        proc.sent = proc.sent.saturating_add(count);
        (proc.name, proc.uid)
    }

    /// A signal was taken.
    pub(super) fn taken_by(&mut self, e: &DeliverEvent) -> &mut Proc {
        let proc = self.named(&e.target, e.mono_ns, false);
        let fatal = e.action.is_fatal();
        match &mut proc.last {
            Some(last) if last.signal == e.signal => last.fatal = fatal,
            Some(_) if !fatal => {}
            last => *last = Some(LastSignal { signal: e.signal, mono_ns: e.mono_ns, fatal }),
        }
        proc
    }

    /// A process or thread began. The new process has all from its parent until it changes it.
    pub(super) fn fork(&mut self, e: &ForkEvent) {
        let key = e.child.key;
        if e.is_thread() {
            if let Some(proc) = self.known.get_mut(&key) {
                proc.threads = proc.threads.saturating_add(1);
            }
            return;
        }
        self.named(&e.child, e.mono_ns, false);
        let like = self
            .get(&e.parent)
            .map(|p| (p.tty, Arc::clone(&p.exe), Arc::clone(&p.argv), Arc::clone(&p.cwd), Arc::clone(&p.cgroup)));
        if let (Some(proc), Some((tty, exe, argv, cwd, cgroup))) = (self.known.get_mut(&key), like)
            && !proc.told
        {
            (proc.tty, proc.exe, proc.argv, proc.cwd, proc.cgroup) = (tty, exe, argv, cwd, cgroup);
            (proc.told, proc.texts_ns) = (true, e.mono_ns);
        }
        if let Some(proc) = self.known.get_mut(&key)
            && is_older(&e.parent, &key)
        {
            proc.born_of = Some(e.parent);
            if proc.parent.is_none() {
                self.put_under(&key, Some(e.parent));
            }
        }
    }

    /// A process runs another program.
    pub(super) fn exec(&mut self, e: &ExecEvent) {
        let proc = self.named(&e.who, e.mono_ns, false);
        (proc.told, proc.texts_ns) = (true, e.mono_ns);
        proc.tty = e.tty;
        proc.exe = cut(&e.filename).into();
        proc.argv = cut_all(&e.argv);
        if !e.cwd.is_empty() {
            proc.cwd = cut(&e.cwd).into();
        }
        self.rename_to(&e.who);
    }

    /// A process changed its name. A thread's name is its own.
    pub(super) fn rename(&mut self, e: &RenameEvent) {
        if e.who.tid == e.who.key.pid {
            self.named(&e.who, e.mono_ns, false);
            self.rename_to(&e.who);
        }
    }

    fn rename_to(&mut self, who: &Party) {
        if let Some(proc) = self.known.get_mut(&who.key)
            && proc.name != who.name
        {
            proc.name = who.name;
            self.version += 1;
        }
    }

    /// A process was there when somebody looked. What events told since then stands.
    pub(super) fn seen(&mut self, e: &SeenEvent) {
        let key = e.who.key;
        let proc = self.named(&e.who, e.mono_ns, e.zombie);
        let is_news = e.mono_ns >= proc.texts_ns;
        if is_news || !proc.told {
            (proc.tty, proc.texts_ns) = (e.tty, e.mono_ns);
            proc.argv = cut_all(&e.argv);
        }
        for (text, seen) in [(&mut proc.exe, &e.exe), (&mut proc.cgroup, &e.cgroup)] {
            if !seen.is_empty() && (is_news || text.is_empty()) {
                *text = cut(seen).into();
            }
        }
        proc.told = true;
        proc.born_of = proc.born_of.or(e.parent.filter(|parent| is_older(parent, &key)));
        let (alive, orphan) = (proc.is_alive(), proc.parent.is_none());
        if is_news {
            self.rename_to(&e.who);
        }
        if e.zombie && alive {
            self.end_unseen(&key, e.mono_ns);
        }
        if let Some(parent) = e.parent.filter(|_| is_news || orphan) {
            self.put_under(&key, Some(parent));
        }
    }

    /// A process or thread ended. The process, if it is one that was not known to be dead.
    pub(super) fn exit(&mut self, e: &ExitEvent) -> Option<&mut Proc> {
        let key = e.who.key;
        if e.thread {
            if let Some(proc) = self.known.get_mut(&key) {
                proc.threads = proc.threads.saturating_sub(1);
            }
            return None;
        }
        let proc = self.named(&e.who, e.mono_ns, false);
        if proc.death.is_some() {
            return None;
        }
        let was_alive = proc.is_alive();
        proc.death = Some(Box::new(Death { mono_ns: e.mono_ns, end: e.end, cause: e.cause }));
        proc.zombie = false;
        if let (End::Signal { signal, .. }, Some(last)) = (e.end, &mut proc.last) {
            last.fatal = last.signal == signal;
        }
        if was_alive {
            self.bury(&key, e.mono_ns);
        }
        self.version += 1;
        self.known.get_mut(&key).map(|proc| &mut **proc)
    }

    /// Forgets the dead that are past keeping at `now_ns`.
    pub(super) fn forget_before(&mut self, now_ns: u64) {
        while let Some(&(mono_ns, key)) = self.graves.front()
            && now_ns.saturating_sub(mono_ns) >= self.limits.dead_keep_ns
        {
            self.graves.pop_front();
            self.forget(&key);
        }
    }
}

// Keeping the tree whole.
impl Procs {
    /// The process of this party, made if it is new; one that is named because it is dead is made dead.
    fn named(&mut self, party: &Party, mono_ns: u64, dead: bool) -> &mut Proc {
        if !self.known.contains_key(&party.key) {
            self.admit(party, mono_ns, dead);
        }
        let proc = self.known.entry(party.key).or_insert_with(|| Box::new(Proc::new(party, mono_ns)));
        proc.heard_ns = mono_ns;
        proc.uid = party.uid;
        proc
    }

    #[cold]
    fn admit(&mut self, party: &Party, mono_ns: u64, dead: bool) {
        self.make_room();
        let key = party.key;
        self.known.insert(key, Box::new(Proc::new(party, mono_ns)));
        self.roots.insert(key);
        for child in self.children.get(&key).into_iter().flatten() {
            self.roots.remove(child);
        }
        self.version += 1;
        // A pid has one living process: of two, the older one's exit was lost.
        match self.alive.insert(key.pid, key) {
            Some(other) if is_older(&other, &key) => self.end_unseen(&other, mono_ns),
            Some(other) => {
                self.end_unseen(&key, mono_ns);
                self.alive.insert(key.pid, other);
            }
            None => {}
        }
        if dead {
            self.end_unseen(&key, mono_ns);
        }
    }

    /// The process is dead, and nobody saw how.
    fn end_unseen(&mut self, key: &ProcKey, mono_ns: u64) {
        if let Some(proc) = self.known.get_mut(key)
            && proc.is_alive()
        {
            proc.zombie = true;
            self.bury(key, mono_ns);
        }
    }

    /// The process has just died: it keeps its place for a while, and its living children are put elsewhere.
    fn bury(&mut self, key: &ProcKey, mono_ns: u64) {
        if self.alive.get(&key.pid) == Some(key) {
            self.alive.remove(&key.pid);
        }
        self.version += 1;
        let children: Vec<ProcKey> = self.children(key).filter(|child| self.is_alive(child)).collect();
        for child in children {
            self.put_under(&child, Some(*key));
        }
        self.graves.push_back((mono_ns, *key));
        if self.graves.len() > self.limits.dead_max.max(1)
            && let Some((_, oldest)) = self.graves.pop_front()
        {
            self.forget(&oldest);
        }
    }

    fn is_alive(&self, key: &ProcKey) -> bool {
        self.get(key).is_some_and(Proc::is_alive)
    }

    /// Gives a process another parent. The living are not put under the dead.
    fn put_under(&mut self, key: &ProcKey, parent: Option<ProcKey>) {
        let mut parent = parent.filter(|parent| is_older(parent, key));
        if let Some(dead) = parent.and_then(|parent| self.get(&parent)).filter(|p| !p.is_alive())
            && self.is_alive(key)
        {
            parent = self.adopter(dead, key);
        }
        let Some(proc) = self.known.get_mut(key) else { return };
        let old = std::mem::replace(&mut proc.parent, parent);
        if old == parent {
            return;
        }
        if let Some(old) = old {
            self.unlink(key, &old);
        }
        if let Some(parent) = parent {
            self.children.entry(parent).or_default().insert(*key);
        }
        if parent.is_some_and(|parent| self.known.contains_key(&parent)) {
            self.roots.remove(key);
        } else {
            self.roots.insert(*key);
        }
        self.version += 1;
    }

    fn unlink(&mut self, key: &ProcKey, parent: &ProcKey) {
        if let Some(siblings) = self.children.get_mut(parent) {
            siblings.remove(key);
            if siblings.is_empty() {
                self.children.remove(parent);
            }
        }
    }

    /// Who takes the orphan `child` of `dead`.
    fn adopter(&self, dead: &Proc, child: &ProcKey) -> Option<ProcKey> {
        let init = self.alive(1).filter(|init| is_older(init, child));
        let parent = |proc: &&Proc| self.get(&proc.parent?);
        let mut ancestors = std::iter::successors(Some(dead), parent);
        init.or_else(|| ancestors.find(|proc| proc.is_alive()).map(|proc| proc.key))
    }

    /// Takes a process out. Its living children go where orphans go, the others become roots.
    fn forget(&mut self, key: &ProcKey) {
        if let Some(proc) = self.known.get_mut(key) {
            proc.zombie = true;
        }
        if self.alive.get(&key.pid) == Some(key) {
            self.alive.remove(&key.pid);
        }
        let children: Vec<ProcKey> = self.children(key).collect();
        for child in children {
            let parent = self.is_alive(&child).then_some(*key);
            self.put_under(&child, parent);
        }
        if let Some(parent) = self.known.remove(key).and_then(|proc| proc.parent) {
            self.unlink(key, &parent);
        }
        self.roots.remove(key);
        self.version += 1;
    }

    /// With too many living ones, an eighth goes: first those known only from signals, then the longest unheard.
    /// That happens only where many exits were lost, or on machines larger than the limit.
    fn make_room(&mut self) {
        let max = self.limits.procs_max;
        if self.alive.len() < max {
            return;
        }
        let mut living: Vec<(bool, u64, ProcKey)> = self
            .iter()
            .filter(|proc| proc.is_alive() && proc.key.pid != 1)
            .map(|proc| (proc.told, proc.heard_ns, proc.key))
            .collect();
        living.sort_unstable();
        for (_, _, key) in living.iter().take(max / 8) {
            self.forget(key);
        }
    }
}
