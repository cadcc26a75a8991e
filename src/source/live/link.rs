//! Records -> events: numbers each signal, and joins to it what comes later: its delivery, the death it causes, the
//! OOM killer's mark. A fold without clock or I/O; what it remembers is bounded.
//!
//! The kernel writes a signal's record and its delivery's under the same lock (`siglock`), so they come in order.

use super::decode::{Malformed, Mark, Met, Record, Stamp, decode};
use super::watches::LookedFor;
use crate::event::*;
use crate::signal::{DefaultAction, Signal, SignalSet};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// How many sent and not yet taken signals of one process are remembered one by one.
const PENDING_MAX: usize = 4096;
/// How many processes are remembered. Only exits that were lost let the table grow beyond those alive.
const TASKS_MAX: usize = 1 << 18;
/// The OOM killer's mark comes within microseconds of its signal, unless the (virtual) processor is taken away between
/// the two, which was seen to take more than 5 ms; after this long it does not come. Kernel SIGKILLs are rare.
pub const OOM_WAIT_NS: u64 = 100_000_000;
/// How many of the dead are still remembered: their SIGCHLD is yet to come, and signals to zombies.
const DEAD_MAX: usize = 8192;
/// How many cgroups have their path remembered. Those of machines that make many are mostly gone.
const CGROUPS_MAX: usize = 1 << 14;

/// A signal that was sent and not yet taken.
#[derive(Clone, Copy, Debug)]
struct Sent {
    signal: Signal,
    /// The thread that alone may take it; 0 where any thread may.
    tid: u32,
    mark: Mark,
    mono_ns: u64,
    cause: Cause,
}

/// What is remembered of one process.
#[derive(Debug, Default)]
struct Task {
    start_ns: u64,
    name: Name,
    dead: bool,
    pending: VecDeque<Sent>,
    /// Real-time signals that found no room in `pending`.
    untracked: u32,
    /// After how many gaps `pending` was last looked at: what waited before another is not known any more.
    gaps: u64,
    /// The signal it is dying of.
    dying: Option<(Signal, Option<Cause>)>,
    tty: Tty,
    cgroup_id: u64,
    /// Its user, as last told.
    uid: u32,
}

/// A SIGKILL of the kernel's own that may turn out to be the OOM killer's.
#[derive(Clone, Copy, Debug)]
struct Held {
    index: usize,
    id: u64,
    ran: u32,
    pid: u32,
    mono_ns: u64,
}

/// A filter that the kernel will obey, of which the stream does not tell yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// Rises by one with each change.
    pub generation: u32,
    /// The filter, as it would be typed; `None` for the one that the stream begins with, of which nothing is told.
    pub text: Option<String>,
    /// The signals that pass it whoever sends them to whom.
    pub certain: SignalSet,
}

/// The fold. Feed it with [`Linker::record`], take what is ready with [`Linker::take`].
#[derive(Debug)]
pub struct Linker {
    out: Vec<Event>,
    last_id: u64,
    tasks: FxHashMap<u32, Task>,
    /// In the order of `out`.
    held: VecDeque<Held>,
    /// Paths by id.
    cgroups: FxHashMap<u64, String>,
    /// The OOM killer's last marks: which thread, when.
    marks: VecDeque<(u32, u64)>,
    dead: VecDeque<ProcKey>,
    expected: VecDeque<Expected>,
    generation: u32,
    /// Those that pass the filter in force whoever sends them to whom.
    certain: SignalSet,
    malformed: u64,
    last_ns: u64,
    /// The last record's, and how often it changed.
    gap: u16,
    gaps: u64,
    /// What files the kernel looks for.
    looked_for: LookedFor,
}

impl Linker {
    /// Nothing folded yet; `certain` are the signals that pass the first filter whoever sends them to whom.
    pub fn new(certain: SignalSet) -> Linker {
        Linker {
            out: Vec::new(),
            last_id: 0,
            tasks: FxHashMap::default(),
            held: VecDeque::new(),
            cgroups: FxHashMap::default(),
            marks: VecDeque::new(),
            dead: VecDeque::new(),
            expected: VecDeque::new(),
            generation: 0,
            certain,
            malformed: 0,
            last_ns: 0,
            gap: 0,
            gaps: 0,
            looked_for: LookedFor::default(),
        }
    }

    /// From now on the kernel looks for these files.
    pub fn look_for(&mut self, files: LookedFor) {
        self.looked_for = files;
    }

    /// One record of the ring buffer; where a path leads that somebody wrote, `follow` knows.
    pub fn bytes(&mut self, bytes: &[u8], follow: &dyn Fn(&mut Met)) {
        match decode(bytes) {
            Ok((stamp, mut record)) => {
                self.stamp(stamp);
                if let Record::File(met) = &mut record {
                    follow(met);
                    self.looked_for.name(met);
                }
                self.record(record);
            }
            Err(Malformed) => {
                self.malformed += 1;
                self.gaps += 1;
            }
        }
    }

    /// What the next record says beside itself. A filter is told before its first record.
    fn stamp(&mut self, stamp: Stamp) {
        if stamp.generation > self.generation {
            self.tell_filters(stamp.generation, self.last_ns);
        }
        if stamp.gap != self.gap {
            self.gap = stamp.gap;
            self.gaps += 1;
        }
    }

    /// The kernel is about to obey this filter. It is told before its first record.
    pub fn expect(&mut self, filter: Expected) {
        self.expected.push_back(filter);
    }

    /// The kernel would not obey what was expected last.
    pub fn expect_not(&mut self) {
        self.expected.pop_back();
    }

    /// Tells the filters up to this generation, as far as no record of them did.
    pub fn tell_filters(&mut self, up_to: u32, mono_ns: u64) {
        while self.expected.front().is_some_and(|filter| filter.generation <= up_to) {
            let Some(Expected { generation, certain, text }) = self.expected.pop_front() else { return };
            // Of the others, more may have been sent or taken, unseen.
            let seen_before_and_after = SignalSet::from_bits(self.certain.bits() & certain.bits());
            self.tasks.values_mut().for_each(|task| task.keep(seen_before_and_after));
            self.generation = generation;
            self.certain = certain;
            let event = |text| Event::Filter(Box::new(FilterEvent { mono_ns, generation, text }));
            self.out.extend(text.map(event));
        }
    }

    /// A process of the start snapshot.
    pub fn seen(&mut self, event: SeenEvent) {
        let task = self.learn(&event.who);
        (task.tty, task.cgroup_id) = (event.tty, event.cgroup_id);
        if !event.cgroup.is_empty() {
            self.learn_cgroup(event.cgroup_id, event.cgroup.clone());
        }
        self.out.push(Event::Seen(Box::new(event)));
    }

    /// Something that needs no joining.
    pub fn push(&mut self, event: Event) {
        self.out.push(event);
    }

    /// So many records could not be read.
    pub fn count_malformed(&mut self, count: u64) {
        self.malformed += count;
    }

    /// What is ready: everything up to a signal for which the OOM killer's mark may still come; `now_ns` says when it
    /// cannot any more. How many records could not be read comes along, once.
    pub fn take(&mut self, now_ns: u64) -> Vec<Event> {
        while self.held.front().is_some_and(|held| held.mono_ns.saturating_add(OOM_WAIT_NS) <= now_ns) {
            self.held.pop_front();
        }
        if self.malformed > 0 {
            let count = std::mem::take(&mut self.malformed);
            let (mono_ns, kind, signal, sender, result) = (now_ns, None, None, None, None);
            self.out.push(Event::Lost(CountEvent { mono_ns, kind, count, signal, sender, result, since_ns: None }));
        }
        let ready = self.held.front().map_or(self.out.len(), |held| held.index);
        if ready == 0 {
            return Vec::new();
        }
        self.held.iter_mut().for_each(|held| held.index -= ready);
        let mut waiting = self.out.split_off(ready);
        waiting.reserve(ready.next_power_of_two());
        std::mem::replace(&mut self.out, waiting)
    }

    /// Whether something waits for the OOM killer's mark.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Folds one record.
    pub fn record(&mut self, record: Record) {
        match record {
            Record::Signal { event, mark, ran, alone, maybe_oom } => self.signal(event, mark, ran, alone, maybe_oom),
            Record::Deliver { event, mark } => self.deliver(event, mark),
            Record::Fork(event, cgroup_id) => self.fork(event, cgroup_id),
            Record::Cgroup { mono_ns, id, path, moved } => self.cgroup(mono_ns, id, path, moved),
            Record::Exec(event) => self.exec(event),
            Record::Attempt(event) => self.attempt(event),
            Record::FailedExec(event) => self.push_at(event.mono_ns, Event::FailedExec(event)),
            Record::File(met) => self.push_at(met.event.mono_ns, Event::File(Box::new(met.event))),
            Record::Connect(event) => self.push_at(event.mono_ns, Event::Connect(event)),
            Record::Exit(event) => self.exit(event),
            Record::Rename(event) => self.rename(event),
            Record::Oom { mono_ns, ran, pid, found } => self.oom(mono_ns, ran, pid, found),
        }
    }

    fn push_at(&mut self, mono_ns: u64, event: Event) {
        self.last_ns = mono_ns;
        self.out.push(event);
    }

    /// What is remembered of this process; of an older one with its pid, nothing is.
    fn task(&mut self, key: ProcKey) -> &mut Task {
        if self.tasks.len() >= TASKS_MAX && !self.tasks.contains_key(&key.pid) {
            self.forget();
        }
        let task = self.tasks.entry(key.pid).or_default();
        if task.start_ns != key.start_ns {
            *task = Task { start_ns: key.start_ns, ..Task::default() };
        }
        if task.gaps != self.gaps {
            task.gaps = self.gaps;
            task.pending.clear();
            task.untracked = 0;
        }
        task
    }

    /// The same, and what it is called now, if `who` is not just one of its threads.
    fn learn(&mut self, who: &Party) -> &mut Task {
        let task = self.task(who.key);
        task.uid = who.uid;
        if who.tid == who.key.pid {
            task.name = who.name;
        }
        task
    }

    /// Fills in what the kernel left out: the name, and the start time of one that is known by its pid alone.
    fn known(&mut self, mut who: Party) -> Option<Party> {
        if who.key.start_ns == 0 {
            who.key.start_ns = self.tasks.get(&who.key.pid)?.start_ns;
        }
        let task = self.task(who.key);
        who.name = task.name;
        task.uid = who.uid;
        Some(who)
    }

    /// Only lost exits let the table grow this large: forget those that nothing waits for, or else all.
    #[cold]
    fn forget(&mut self) {
        self.tasks.retain(|_, task| !task.dead && !task.pending.is_empty());
        if self.tasks.len() >= TASKS_MAX {
            self.tasks.clear();
        }
    }

    fn signal(&mut self, mut event: SignalEvent, mark: Mark, ran: u32, alone: bool, maybe_oom: bool) {
        self.last_id += 1;
        event.id = self.last_id;
        event.sender = event.sender.and_then(|sender| self.known(sender));
        if maybe_oom {
            if self.marks.iter().any(|(tid, ns)| *tid == ran && event.mono_ns < ns + OOM_WAIT_NS) {
                event.origin = Origin::Oom; // it also kills those that share the victim's memory, or its whole cgroup
            }
            let (index, id, mono_ns, pid) = (self.out.len(), event.id, event.mono_ns, event.target.key.pid);
            self.held.push_back(Held { index, id, ran, pid, mono_ns });
        }
        let task = self.task(event.target.key);
        event.target.name = task.name;
        task.uid = event.target.uid;
        if event.detail == Detail::Tty(Tty::NONE) {
            event.detail = Detail::Tty(task.tty); // at hang-up the kernel has cut it off already
        }
        task.cancel(event.signal);
        if matches!(event.result, SendResult::Queued | SendResult::InfoLost) {
            let cause = Cause { id: event.id, origin: event.origin, sender: event.sender, detail: event.detail };
            let tid = if event.scope == Scope::Thread { event.target.tid } else { 0 };
            if alone {
                task.forget_queue(tid);
            }
            let sent = Sent { signal: event.signal, tid, mark, mono_ns: event.mono_ns, cause };
            task.remember(sent, event.result == SendResult::InfoLost);
        }
        self.push_at(event.mono_ns, Event::Signal(event));
    }

    fn attempt(&mut self, mut event: AttemptEvent) {
        self.last_id += 1;
        event.id = self.last_id;
        event.sender = self.known(event.sender).unwrap_or(event.sender);
        event.target = self.meant(&event);
        self.push_at(event.mono_ns, Event::Attempt(event));
    }

    /// Whom an attempt was meant for: the last process that had this pid. Of threads only the first is known by its id.
    fn meant(&self, e: &AttemptEvent) -> Option<Party> {
        let pid = e.pid()?;
        let tid = if let Aim::Thread { tid, .. } = e.aim { u32::try_from(tid).ok()? } else { pid };
        let task = self.tasks.get(&pid)?;
        Some(Party { key: ProcKey { pid, start_ns: task.start_ns }, tid, uid: task.uid, name: task.name })
    }

    fn deliver(&mut self, mut event: DeliverEvent, mark: Option<Mark>) {
        let task = self.task(event.target.key);
        if mark.is_none() && task.dying.is_some() {
            return; // another thread of a process whose death is told already
        }
        event.target.name = task.name;
        let sent = task.take(event.signal, event.target.tid, mark);
        if event.action.is_fatal() {
            task.dying = Some((event.signal, sent.map(|s| s.cause)));
        }
        event.id = sent.map(|s| s.cause.id);
        event.latency_ns = sent.map(|s| event.mono_ns.saturating_sub(s.mono_ns));
        self.push_at(event.mono_ns, Event::Deliver(event));
    }

    fn fork(&mut self, event: ForkEvent, cgroup_id: u64) {
        self.push_at(event.mono_ns, Event::Fork(event));
        if event.is_thread() {
            return;
        }
        let parent = self.tasks.get(&event.parent.pid).filter(|parent| parent.start_ns == event.parent.start_ns);
        let (tty, parents_id) = parent.map_or((Tty::NONE, 0), |parent| (parent.tty, parent.cgroup_id));
        let task = self.learn(&event.child);
        (task.tty, task.cgroup_id) = (tty, cgroup_id);
        if cgroup_id != parents_id {
            self.tell_cgroup(event.mono_ns, event.child, cgroup_id); // clone3() with CLONE_INTO_CGROUP
        }
    }

    /// A cgroup has this path, and the process that was moved is in it.
    fn cgroup(&mut self, mono_ns: u64, id: u64, path: String, moved: Option<Party>) {
        self.learn_cgroup(id, path);
        let Some(who) = moved else { return };
        let task = self.task(who.key);
        task.cgroup_id = id;
        let who = Party { name: task.name, ..who };
        self.tell_cgroup(mono_ns, who, id);
    }

    fn tell_cgroup(&mut self, mono_ns: u64, who: Party, cgroup_id: u64) {
        let cgroup = self.cgroups.get(&cgroup_id).cloned().unwrap_or_default();
        self.push_at(mono_ns, Event::Cgroup(Box::new(CgroupEvent { mono_ns, who, cgroup_id, cgroup })));
    }

    /// Ids are not used again, so of those that are gone only the memory is to be kept small.
    pub fn learn_cgroup(&mut self, id: u64, path: String) {
        if self.cgroups.len() >= CGROUPS_MAX {
            self.cgroups.clear();
        }
        self.cgroups.insert(id, path);
    }

    fn exec(&mut self, event: Box<ExecEvent>) {
        let task = self.task(event.who.key);
        task.name = event.who.name; // whichever thread called, it is the process now
        task.uid = event.who.uid;
        task.tty = event.tty;
        self.push_at(event.mono_ns, Event::Exec(event));
    }

    fn rename(&mut self, event: RenameEvent) {
        self.learn(&event.who);
        self.push_at(event.mono_ns, Event::Rename(event));
    }

    fn exit(&mut self, mut event: ExitEvent) {
        if event.thread {
            return self.push_at(event.mono_ns, Event::Exit(event));
        }
        let task = self.learn(&event.who);
        if task.dead {
            return; // two threads ended at once, and each saw itself as the last
        }
        task.dead = true;
        if let End::Signal { signal, .. } = event.end {
            event.cause = match task.dying {
                Some((dying, cause)) if dying == signal => cause,
                _ => task.take(signal, event.who.tid, None).map(|sent| sent.cause),
            };
        }
        task.pending = VecDeque::new();
        self.bury(event.who.key);
        self.push_at(event.mono_ns, Event::Exit(event));
    }

    /// Remembers one more of the dead, and forgets the one that is dead longest.
    fn bury(&mut self, key: ProcKey) {
        self.dead.push_back(key);
        if self.dead.len() > DEAD_MAX {
            let oldest = self.dead.pop_front().unwrap_or_default();
            if self.tasks.get(&oldest.pid).is_some_and(|task| task.start_ns == oldest.start_ns) {
                self.tasks.remove(&oldest.pid);
            }
        }
    }

    /// The mark: what this thread just sent to `pid` was the OOM killer's, and what it found.
    fn oom(&mut self, mono_ns: u64, ran: u32, pid: u32, found: Option<Oom>) {
        self.marks.retain(|(_, ns)| mono_ns < ns + OOM_WAIT_NS);
        self.marks.push_back((ran, mono_ns));
        let is_its = |held: &Held| held.ran == ran && held.pid == pid;
        // Before 6.9 the pid may be that of a thread.
        let at = self.held.iter().rposition(is_its).or_else(|| self.held.iter().rposition(|held| held.ran == ran));
        let Some(held) = at.and_then(|at| self.held.remove(at)) else { return };
        let detail = found.filter(|_| held.pid == pid).map_or(Detail::None, Detail::Oom);
        let mut target = None;
        for event in self.out.iter_mut().skip(held.index) {
            match event {
                Event::Signal(e) if e.id == held.id => {
                    (e.origin, e.detail) = (Origin::Oom, detail);
                    target = Some(e.target.key.pid);
                }
                Event::Exit(ExitEvent { cause: Some(cause), .. }) if cause.id == held.id => {
                    (cause.origin, cause.detail) = (Origin::Oom, detail);
                }
                _ => {}
            }
        }
        if let Some(task) = target.and_then(|pid| self.tasks.get_mut(&pid)) {
            task.correct_cause(held.id, Origin::Oom, detail);
        }
    }
}

impl Sent {
    /// Whether a signal that was taken with this siginfo can be this one. The kernel may have made the siginfo only when
    /// it was taken (PIPE, cgroup.kill: `SEND_SIG_NOINFO`), or have had no memory for it: then it tells nothing.
    fn has(&self, taken: Mark) -> bool {
        self.mark.word == 0 || taken.word == 0 || self.mark == taken
    }
}

impl Task {
    /// Forgets what waits of other signals than these: more may have been sent, and taken, unseen.
    fn keep(&mut self, signals: SignalSet) {
        self.pending.retain(|sent| signals.contains(sent.signal));
        if signals != SignalSet::ALL {
            self.untracked = 0;
        }
    }

    /// A SIGCONT, whatever becomes of it, throws away the stops that wait, and a stop the SIGCONTs: prepare_signal().
    fn cancel(&mut self, sent: Signal) {
        let cancelled = match sent.default_action() {
            DefaultAction::Stop => DefaultAction::Continue,
            DefaultAction::Continue => DefaultAction::Stop,
            _ => return,
        };
        self.pending.retain(|s| s.signal.default_action() != cancelled);
    }

    /// All that waited in this queue was taken: also by signalfd or sigwait, unseen.
    fn forget_queue(&mut self, tid: u32) {
        self.pending.retain(|sent| sent.tid != tid);
        self.untracked = 0;
    }

    /// `bare`: it found no room in the kernel's queue.
    fn remember(&mut self, sent: Sent, bare: bool) {
        let real_time = sent.signal.is_real_time();
        let like = |s: &Sent| s.signal == sent.signal && s.tid == sent.tid;
        let same = if real_time && !bare { None } else { self.pending.iter().position(like) };
        match same {
            // At most one of each can wait: if there is another, signalfd or sigwait took it, unseen.
            Some(at) if !real_time => self.pending[at] = sent,
            Some(_) => {} // only a mark that there is one, which it adds nothing to: collect_signal()
            None if real_time && (self.untracked > 0 || self.pending.len() >= PENDING_MAX) => {
                self.untracked = self.untracked.saturating_add(u32::from(!bare));
            }
            None => self.pending.push_back(sent),
        }
    }

    /// The oldest of this mark that `tid` may take, its own before its process's, as dequeue_signal() does: another
    /// mark is another's signal, whose sending the filter left out. Without a mark, another thread's will do: its
    /// signal kills them all.
    fn take(&mut self, signal: Signal, tid: u32, mark: Option<Mark>) -> Option<Sent> {
        let of = |s: &Sent, t: u32| s.signal == signal && s.tid == t && mark.is_none_or(|mark| s.has(mark));
        let at = self
            .pending
            .iter()
            .position(|s| of(s, tid))
            .or_else(|| self.pending.iter().position(|s| of(s, 0)))
            .or_else(|| if mark.is_none() { self.pending.iter().position(|s| s.signal == signal) } else { None });
        if at.is_none() && signal.is_real_time() {
            self.untracked = self.untracked.saturating_sub(1);
        }
        self.pending.remove(at?)
    }

    fn correct_cause(&mut self, id: u64, origin: Origin, detail: Detail) {
        let dying = self.dying.iter_mut().filter_map(|(_, cause)| cause.as_mut());
        let pending = self.pending.iter_mut().map(|sent| &mut sent.cause);
        for cause in dying.chain(pending).filter(|cause| cause.id == id) {
            (cause.origin, cause.detail) = (origin, detail);
        }
    }
}

#[cfg(test)]
mod tests;
