//! Who is alive: what a stream that begins in the middle must say first, so that whoever reads it knows everybody.
//!
//! A fold of what events tell of processes, as the model folds them, but of the living alone and of no signals: those
//! cost nothing here. A snapshot of it and the rest of the stream give a model the same living processes as the whole
//! stream would. Two things it cannot know: a user that changed without a new program is told by the next signal; and
//! a process whose parent died has the parent that the model gives it, init, not the one that made it.
//! Bounded: of more than [`LIVING_MAX`] processes, the newest are left out.

use crate::event::{CgroupEvent, Event, ExecEvent, ForkEvent, Name, Party, ProcKey, SeenEvent, Tty};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The most processes that are known.
pub const LIVING_MAX: usize = 1 << 18;

/// How much is kept of a path, and of all arguments together, in bytes: as much as the model keeps.
const TEXT_MAX: usize = 4096;

/// Whether a roster changes by events like this one.
pub fn is_life(event: &Event) -> bool {
    match event {
        Event::Fork(e) => !e.is_thread(),
        Event::Exit(e) => !e.thread,
        Event::Rename(e) => e.who.tid == e.who.key.pid,
        Event::Exec(_) | Event::Seen(_) | Event::Cgroup(_) => true,
        _ => false,
    }
}

/// The living processes of a stream.
#[derive(Default)]
pub struct Roster {
    /// By pid, which has one living process at a time: of two, the older one's exit was lost.
    living: FxHashMap<u32, Proc>,
}

struct Proc {
    start_ns: u64,
    uid: u32,
    name: Name,
    tty: Tty,
    /// Who made it, unless a snapshot told otherwise. It may be dead.
    parent: Option<ProcKey>,
    program: Arc<Program>,
    /// When its program was told.
    program_ns: u64,
}

/// What a process runs and where: shared with its children until they run another.
#[derive(Clone, Default)]
struct Program {
    exe: Box<str>,
    argv: Box<[String]>,
    cgroup_id: u64,
    cgroup: Box<str>,
}

impl Roster {
    /// Takes in what happened next.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Fork(e) if !e.is_thread() => self.fork(e),
            Event::Exec(e) => self.exec(e),
            Event::Exit(e) if !e.thread => self.end(&e.who.key),
            Event::Rename(e) if e.who.tid == e.who.key.pid => {
                self.named(&e.who).into_iter().for_each(|proc| proc.name = e.who.name);
            }
            Event::Seen(e) => self.seen(e),
            Event::Cgroup(e) => self.cgroup(e),
            _ => {}
        }
    }

    /// How many are known.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.living.len()
    }

    /// Whether nobody is.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.living.is_empty()
    }

    /// Everybody who lives, as seen at this time: parents before their children.
    pub fn snapshot(&self, mono_ns: u64) -> Vec<Event> {
        let mut all: Vec<(&u32, &Proc)> = self.living.iter().collect();
        all.sort_unstable_by_key(|(pid, proc)| (proc.start_ns, **pid)); // parents are older
        all.into_iter().map(|(pid, proc)| self.seen_at(mono_ns, *pid, proc)).collect()
    }

    fn seen_at(&self, mono_ns: u64, pid: u32, proc: &Proc) -> Event {
        let key = ProcKey { pid, start_ns: proc.start_ns };
        let program = &proc.program;
        Event::Seen(Box::new(SeenEvent {
            mono_ns,
            who: Party { key, tid: pid, uid: proc.uid, name: proc.name },
            parent: self.parent(&key, proc),
            tty: proc.tty,
            exe: program.exe.to_string(),
            argv: program.argv.to_vec(),
            cgroup_id: program.cgroup_id,
            cgroup: program.cgroup.to_string(),
            zombie: false,
        }))
    }

    /// Its parent as the model has it: orphans are init's. Where init is not known, they keep the dead one's key.
    fn parent(&self, key: &ProcKey, proc: &Proc) -> Option<ProcKey> {
        let init = || self.living.get(&1).map(|init| ProcKey { pid: 1, start_ns: init.start_ns });
        let parent = proc.parent?;
        let adopter = if self.get(&parent).is_some() { None } else { init().filter(|init| is_older(init, key)) };
        Some(adopter.unwrap_or(parent))
    }
}

// What events tell.
impl Roster {
    /// The process of this party, new or known. None where a later one has its pid, or too many live.
    fn named(&mut self, who: &Party) -> Option<&mut Proc> {
        if self.living.len() >= LIVING_MAX && !self.living.contains_key(&who.key.pid) {
            return None;
        }
        let proc = self.living.entry(who.key.pid).or_insert_with(|| Proc::new(who));
        if proc.start_ns < who.key.start_ns {
            *proc = Proc::new(who);
        }
        proc.uid = who.uid;
        (proc.start_ns == who.key.start_ns).then_some(proc)
    }

    fn fork(&mut self, e: &ForkEvent) {
        let is_new = self.get(&e.child.key).is_none();
        let inherited = self.get(&e.parent).map(|parent| (parent.tty, Arc::clone(&parent.program)));
        let Some(proc) = self.named(&e.child) else { return };
        if let Some(inherited) = inherited.filter(|_| is_new) {
            (proc.tty, proc.program) = inherited;
        }
        proc.parent = proc.parent.or(Some(e.parent).filter(|parent| is_older(parent, &e.child.key)));
    }

    fn exec(&mut self, e: &ExecEvent) {
        let Some(proc) = self.named(&e.who) else { return };
        (proc.name, proc.tty, proc.program_ns) = (e.who.name, e.tty, e.mono_ns);
        let Program { cgroup_id, cgroup, .. } = (*proc.program).clone();
        proc.program = Arc::new(Program { exe: cut(e.runs()), argv: cut_args(&e.argv), cgroup_id, cgroup });
    }

    fn cgroup(&mut self, e: &CgroupEvent) {
        let Some(proc) = self.named(&e.who) else { return };
        let program = Arc::make_mut(&mut proc.program);
        (program.cgroup_id, program.cgroup) = (e.cgroup_id, cut(&e.cgroup));
    }

    /// What is told later than the program stands; what is older only fills gaps.
    fn seen(&mut self, e: &SeenEvent) {
        if e.zombie {
            return self.end(&e.who.key);
        }
        let Some(proc) = self.named(&e.who) else { return };
        let is_news = e.mono_ns >= proc.program_ns;
        if is_news {
            (proc.name, proc.tty, proc.program_ns) = (e.who.name, e.tty, e.mono_ns);
        }
        let parent = e.parent.filter(|parent| is_older(parent, &e.who.key));
        proc.parent = if is_news { parent.or(proc.parent) } else { proc.parent.or(parent) };
        let program = Arc::make_mut(&mut proc.program);
        if !e.exe.is_empty() && (is_news || program.exe.is_empty()) {
            program.exe = cut(&e.exe);
        }
        if !e.argv.is_empty() && (is_news || program.argv.is_empty()) {
            program.argv = cut_args(&e.argv);
        }
        if !e.cgroup.is_empty() && (is_news || program.cgroup.is_empty()) {
            program.cgroup = cut(&e.cgroup);
        }
        if e.cgroup_id != 0 && (is_news || program.cgroup_id == 0) {
            program.cgroup_id = e.cgroup_id;
        }
    }

    fn end(&mut self, key: &ProcKey) {
        if self.get(key).is_some() {
            self.living.remove(&key.pid);
        }
    }

    fn get(&self, key: &ProcKey) -> Option<&Proc> {
        self.living.get(&key.pid).filter(|proc| proc.start_ns == key.start_ns)
    }
}

impl Proc {
    fn new(who: &Party) -> Proc {
        Proc {
            start_ns: who.key.start_ns,
            uid: who.uid,
            name: who.name,
            tty: Tty::NONE,
            parent: None,
            program: Arc::default(),
            program_ns: 0,
        }
    }
}

/// Whether `a` can be an ancestor of `b`.
fn is_older(a: &ProcKey, b: &ProcKey) -> bool {
    (a.start_ns, a.pid) < (b.start_ns, b.pid)
}

/// `text`, as much as is kept of it.
fn cut(text: &str) -> Box<str> {
    let end = (0..=text.len().min(TEXT_MAX)).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    text[..end].into()
}

/// The first arguments, until there is enough.
fn cut_args(args: &[String]) -> Box<[String]> {
    let mut len = 0;
    let mut is_kept = |arg: &String| {
        let before = len;
        len += arg.len() + 1;
        before < TEXT_MAX
    };
    args.iter().take_while(|arg| is_kept(arg)).map(|arg| cut(arg).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::{exit, key, party, seen};
    use crate::model::{Limits, Model, Proc};
    use crate::source::synth::{Synth, header};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// What a model knows of each living process.
    fn living(model: &Model) -> BTreeMap<ProcKey, String> {
        let all = model.procs.iter().filter(|proc| proc.is_alive());
        let told = |proc: &Proc| {
            let argv: Vec<&str> = proc.program.argv().collect();
            let (program, name, uid, tty, parent) = (&proc.program, proc.name, proc.uid, proc.tty, proc.parent);
            let (exe, cgroup, id) = (&program.exe, &program.cgroup, program.cgroup_id);
            format!("{name:?} {uid} {tty} {exe} {argv:?} {cgroup} {id} {parent:?}")
        };
        all.map(|proc| (proc.key, told(proc))).collect()
    }

    fn feed<'a>(events: impl IntoIterator<Item = &'a Event>) -> Model {
        let mut model = Model::new(header(), Limits::default());
        events.into_iter().for_each(|event| model.apply(event));
        model
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_snapshot_and_the_rest_tell_of_the_same_processes(seed: u64, cut in 0..9_000usize) {
            let events: Vec<Event> = Synth::new(seed).take(9_000).collect();
            let mut roster = Roster::default();
            events[..cut].iter().for_each(|event| roster.apply(event));
            let snapshot = roster.snapshot(events.get(cut).map_or(0, Event::mono_ns));
            let whole = living(&feed(&events));
            prop_assert_eq!(&living(&feed(snapshot.iter().chain(&events[cut..]))), &whole, "in the middle");
            let chained = feed(events[..cut].iter().chain(&snapshot).chain(&events[cut..]));
            prop_assert_eq!(&living(&chained), &whole, "told again");
        }

        #[test]
        fn parents_come_first(seed: u64, cut in 0..9_000usize) {
            let mut roster = Roster::default();
            Synth::new(seed).take(cut).for_each(|event| roster.apply(&event));
            let mut known = Vec::new();
            for event in roster.snapshot(0) {
                let Event::Seen(seen) = event else { panic!("{event:?}") };
                prop_assert!(seen.parent.is_none_or(|parent| known.contains(&parent)), "{seen:?}");
                known.push(seen.who.key);
            }
            prop_assert_eq!(known.len(), roster.len());
        }
    }

    fn roster(events: &[Event]) -> Roster {
        let mut roster = Roster::default();
        events.iter().for_each(|event| roster.apply(event));
        roster
    }

    fn alive(pid: u32, start_ns: u64, parent: Option<ProcKey>) -> Event {
        Event::Seen(Box::new(seen(key(pid, start_ns), parent, 100)))
    }

    fn fork(child: ProcKey, parent: ProcKey) -> Event {
        Event::Fork(ForkEvent { mono_ns: child.start_ns, child: party(child), parent })
    }

    fn parents(roster: &Roster) -> Vec<(u32, Option<u32>)> {
        let parent = |event: Event| match event {
            Event::Seen(seen) => (seen.who.key.pid, seen.parent.map(|parent| parent.pid)),
            other => panic!("{other:?}"),
        };
        roster.snapshot(0).into_iter().map(parent).collect()
    }

    #[test]
    fn orphans_are_inits_where_it_is_known() {
        let family = [alive(1, 1, None), alive(2, 2, Some(key(1, 1))), fork(key(3, 103), key(2, 2))];
        let mut orphaned = roster(&family);
        orphaned.apply(&Event::Exit(exit(key(2, 2), 104)));
        assert_eq!(parents(&orphaned), [(1, None), (3, Some(1))]);
        let mut rootless = roster(&family[1..]);
        rootless.apply(&Event::Exit(exit(key(2, 2), 104)));
        assert_eq!(parents(&rootless), [(3, Some(2))]);
    }

    #[test]
    fn a_pid_has_one_living_process() {
        let (old, new) = (key(7, 7), key(7, 107));
        let mut roster = roster(&[alive(7, 7, None), fork(new, key(1, 1)), fork(old, key(1, 1))]);
        assert!(roster.get(&new).is_some() && roster.len() == 1, "the exit of the older one was lost");
        roster.apply(&Event::Exit(exit(old, 200)));
        assert_eq!(roster.len(), 1, "that of the younger one was not");
        roster.apply(&Event::Exit(exit(new, 201)));
        assert!(roster.is_empty());
    }

    #[test]
    fn what_is_older_only_fills_gaps_and_texts_are_bounded() {
        let late = SeenEvent { exe: "/late".into(), argv: vec!["x".repeat(5000); 9], ..seen(key(7, 7), None, 300) };
        let early = SeenEvent { exe: "/early".into(), parent: Some(key(1, 1)), ..seen(key(7, 7), None, 200) };
        let roster = roster(&[late, early].map(|seen| Event::Seen(Box::new(seen))));
        let proc = roster.get(&key(7, 7)).unwrap();
        assert_eq!((&*proc.program.exe, proc.parent), ("/late", Some(key(1, 1))));
        assert_eq!(proc.program.argv.iter().map(String::len).collect::<Vec<_>>(), [4096]);
    }

    #[test]
    fn threads_and_zombies_are_nobody() {
        let thread =
            Event::Fork(ForkEvent { mono_ns: 5, child: Party { tid: 8, ..party(key(7, 7)) }, parent: key(1, 1) });
        let zombie = Event::Seen(Box::new(SeenEvent { zombie: true, ..seen(key(9, 9), None, 100) }));
        assert!(roster(&[thread, zombie]).is_empty());
    }
}
