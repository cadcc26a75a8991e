//! What a filter means: [`matches`]. Everything else (what the kernel decides, what a stream remembers) is measured
//! against this one pure function.
//!
//! An event is looked at through a [`View`]: who sent, whom to, which signal. A new kind of event is one arm there.

use super::*;
use crate::event::{Address, ConnectEvent, Deed, End, Errno, Event, ExecEvent, FileEvent, Party, SeenEvent, absolute};
use crate::signal::Signal;
use core::net::SocketAddr;

/// The longest line of ancestors that `tree:` follows.
pub const ANCESTORS_MAX: usize = 1024;

/// Whether the filter shows this event. What the stream says of itself (lost, skipped, filter, clock) is always shown.
pub fn matches(filter: &Filter, event: &Event, people: &dyn People) -> bool {
    View::of(event).is_none_or(|view| view.shows(&filter.0, people))
}

/// An event that many filters are held against: the same as [`matches`] for each of them.
#[derive(Clone, Copy)]
pub struct Look<'a>(View<'a>);

impl<'a> Look<'a> {
    /// The event; nothing for what the stream says of itself.
    pub fn of(event: &'a Event) -> Option<Look<'a>> {
        View::of(event).map(Look)
    }

    /// Whether the filter shows it.
    pub fn shows(&self, filter: &Filter, people: &dyn People) -> bool {
        self.0.shows(&filter.0, people)
    }
}

/// What the terms of a filter ask of an event. What it does not have is `None`, and fits no term.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Which signal it is about.
    pub signal: Option<Signal>,
    /// Who sent the signal, or the one that caused this.
    pub from: Option<&'a Party>,
    /// Whom to, or the process that this is about.
    pub to: Option<&'a Party>,
    /// The pid that was meant, where it is not known who has it.
    pub aim: Option<u32>,
    /// Whose user and terminal are meant: the sender, or the process.
    pub who: Option<&'a Party>,
    /// The terminal, where the event says it; else what is known of `who`.
    pub tty: Option<Tty>,
    /// By which road.
    pub origin: Option<Origin>,
    /// What came of it.
    pub result: Option<SendResult>,
    /// Why it failed.
    pub errno: Option<Errno>,
    /// What the event says of `to` that others may not know yet.
    pub says: Says<'a>,
}

/// What an event says of its own process, beside its name.
#[derive(Clone, Copy)]
pub(super) enum Says<'a> {
    /// Nothing.
    Nothing,
    /// Who its parent is.
    Parent(ProcKey),
    /// Which program it runs from now on.
    Exec(&'a ExecEvent),
    /// Which program it could not run.
    FailedExec(&'a str),
    /// The path of its cgroup.
    Cgroup(&'a str),
    /// All there is.
    Seen(&'a SeenEvent),
    /// What it did to a file.
    File(&'a FileEvent),
    /// Where it connected to.
    Connect(&'a ConnectEvent),
}

impl<'a> View<'a> {
    /// The event as terms see it; nothing for those that no filter hides.
    pub fn of(event: &'a Event) -> Option<View<'a>> {
        let kind = event.kind();
        let process = |who: &'a Party, says| View {
            kind,
            signal: None,
            from: None,
            to: Some(who),
            aim: None,
            who: Some(who),
            tty: None,
            origin: None,
            result: None,
            errno: None,
            says,
        };
        Some(match event {
            Event::Signal(signal) => View {
                kind,
                signal: Some(signal.signal),
                from: signal.sender.as_ref(),
                to: Some(&signal.target),
                aim: None,
                who: signal.sender.as_ref(),
                tty: Some(signal.sender_tty),
                origin: Some(signal.origin),
                result: Some(signal.result),
                errno: None,
                says: Says::Nothing,
            },
            Event::Attempt(attempt) => View {
                kind,
                signal: attempt.signal(),
                from: Some(&attempt.sender),
                to: attempt.target.as_ref(),
                aim: attempt.pid().filter(|_| attempt.target.is_none()),
                who: Some(&attempt.sender),
                tty: Some(attempt.sender_tty),
                origin: Some(Origin::User),
                result: Some(attempt.result()),
                errno: attempt.errno,
                says: Says::Nothing,
            },
            Event::Deliver(deliver) => {
                View { signal: Some(deliver.signal), who: None, ..process(&deliver.target, Says::Nothing) }
            }
            Event::Fork(fork) => process(&fork.child, Says::Parent(fork.parent)),
            Event::Exec(exec) => process(&exec.who, Says::Exec(exec)),
            Event::FailedExec(exec) => View {
                tty: Some(exec.tty),
                result: Some(SendResult::Failed),
                errno: Some(exec.errno),
                ..process(&exec.who, Says::FailedExec(&exec.filename))
            },
            Event::Exit(exit) => View {
                signal: match exit.end {
                    End::Signal { signal, .. } => Some(signal),
                    End::Code(_) => None,
                },
                from: exit.cause.as_ref().and_then(|cause| cause.sender.as_ref()),
                origin: exit.cause.as_ref().map(|cause| cause.origin),
                ..process(&exit.who, Says::Nothing)
            },
            Event::Rename(rename) => process(&rename.who, Says::Nothing),
            Event::Seen(seen) => process(&seen.who, Says::Seen(seen)),
            Event::Cgroup(moved) => process(&moved.who, Says::Cgroup(&moved.cgroup)),
            Event::File(file) => View {
                result: file.errno.map(|_| SendResult::Failed),
                errno: file.errno,
                ..process(&file.who, Says::File(file))
            },
            Event::Connect(connect) => View {
                result: connect.failed().then_some(SendResult::Failed),
                errno: connect.errno,
                ..process(&connect.who, Says::Connect(connect))
            },
            Event::Alert(_) | Event::Lost(_) | Event::Skipped(_) | Event::Filter(_) | Event::Clock(_) => return None,
        })
    }

    /// Whether it is what the filter asks for.
    pub fn shows(&self, expr: &Expr, people: &dyn People) -> bool {
        match expr {
            Expr::All(parts) => parts.iter().all(|part| self.shows(part, people)),
            Expr::Any(parts) => parts.iter().any(|part| self.shows(part, people)),
            Expr::Not(part) => !self.shows(part, people),
            Expr::Term(term) => self.fits(term, people),
        }
    }

    fn fits(&self, term: &Term, people: &dyn People) -> bool {
        match term {
            Term::Signal(set) => self.signal.is_some_and(|signal| set.contains(signal)),
            Term::Party(side, who) => {
                self.side(*side).any(|party| who.iter().any(|who| who.is(party)))
                    || *side != Side::From && who.iter().any(|who| who.is_pid(self.aim))
            }
            Term::Tree(pids) => {
                self.either().any(|party| self.descends(party, pids, people))
                    || self.aim.is_some_and(|aim| pids.contains(&aim))
            }
            Term::Of(side, term) => self.only(*side).fits(term, people),
            Term::Same(alike) => alike.iter().any(|alike| self.is_alike(*alike, people)),
            Term::User(users) => self.who.is_some_and(|who| users.iter().any(|user| user.uid == who.uid)),
            Term::Tty(ttys) => self.tty(people).is_some_and(|tty| ttys.contains(&tty)),
            Term::Unit(units) => self.facts_fit(people, |facts| in_unit(facts.cgroup, units)),
            Term::Container(ids) => self.facts_fit(people, |facts| in_container(facts.cgroup, ids)),
            Term::Cgroup(paths) => {
                self.facts_fit(people, |facts| paths.iter().any(|above| cgroup::is_within(facts.cgroup, above)))
            }
            Term::Result(results) => self.result.is_some_and(|result| results.contains(&result)),
            Term::Origin(origins) => self.origin.is_some_and(|origin| origins.contains(&origin)),
            Term::Kind(kinds) => kinds.contains(&self.kind),
            Term::Exe(patterns) => self.facts_fit(people, |facts| {
                !facts.exe.is_empty() && patterns.iter().any(|pattern| pattern.fits_file(facts.exe))
            }),
            Term::Arg(patterns) => self.facts_fit(people, |facts| {
                facts.argv.iter().any(|arg| patterns.iter().any(|pattern| pattern.fits(arg)))
            }),
            Term::Path(patterns) => self.is_about(|file| patterns.iter().any(|pattern| pattern.fits_path(file))),
            Term::Port(ports) => self.inet().is_some_and(|to| ports.iter().any(|ports| ports.holds(to.port()))),
            Term::Addr(nets) => self.inet().is_some_and(|to| nets.iter().any(|net| net.holds(to.ip()))),
            Term::Mode(tests) => match self.deed() {
                Some(Deed::Chmod { before, mode }) => tests.iter().any(|test| test.fits(*before, *mode)),
                _ => false,
            },
            Term::Access(ways) => match self.deed() {
                Some(Deed::Open { flags, created }) => ways.iter().any(|way| way.fits(*flags, *created)),
                _ => false,
            },
            Term::Errno(errnos) => self.errno.is_some_and(|errno| errnos.contains(&errno)),
            Term::Word(word) => {
                self.either().any(|party| contains(party.name.as_str(), word))
                    || self.is_about(|file| contains(file, word))
            }
        }
    }

    fn side(&self, side: Side) -> impl Iterator<Item = &'a Party> {
        let from = self.from.filter(|_| side != Side::To);
        let to = self.to.filter(|_| side != Side::From);
        from.into_iter().chain(to)
    }

    fn either(&self) -> impl Iterator<Item = &'a Party> {
        self.side(Side::Either)
    }

    /// Whether one of the files that this is about is such.
    fn is_about(&self, is: impl Fn(&str) -> bool) -> bool {
        match self.says {
            Says::Exec(exec) => is(&absolute(&exec.cwd, &exec.filename)) || !exec.exe.is_empty() && is(&exec.exe),
            Says::FailedExec(filename) => is(&absolute("", filename)),
            Says::Connect(ConnectEvent { address: Address::Unix(path), .. }) => is(path),
            Says::File(file) => file.paths().any(is),
            _ => false,
        }
    }

    fn deed(&self) -> Option<&'a Deed> {
        if let Says::File(file) = self.says { Some(&file.deed) } else { None }
    }

    fn inet(&self) -> Option<&'a SocketAddr> {
        if let Says::Connect(connect) = self.says { connect.inet() } else { None }
    }

    fn tty(&self, people: &dyn People) -> Option<Tty> {
        let who = self.who?;
        self.tty.or_else(|| self.facts(who, people).map(|facts| facts.tty))
    }

    fn facts_fit(&self, people: &dyn People, fit: impl Fn(Facts<'_>) -> bool) -> bool {
        self.either().any(|party| self.facts(party, people).is_some_and(&fit))
    }

    /// What is known of this party: what the event says counts before what others know.
    fn facts<'f>(&'f self, party: &Party, people: &'f dyn People) -> Option<Facts<'f>> {
        let known = people.facts(&party.key);
        if self.to.is_none_or(|to| to.key != party.key) {
            return known;
        }
        match self.says {
            Says::Nothing | Says::FailedExec(_) | Says::File(_) | Says::Connect(_) => known,
            Says::Parent(parent) => Some(Facts { parent: Some(parent), ..known.unwrap_or_default() }),
            Says::Exec(exec) => {
                let (exe, argv) = (exec.runs(), Args::List(&exec.argv));
                Some(Facts { tty: exec.tty, exe, argv, ..known.unwrap_or_default() })
            }
            Says::Cgroup(cgroup) => Some(Facts { cgroup, ..known.unwrap_or_default() }),
            Says::Seen(seen) => Some(Facts {
                parent: known.and_then(|known| known.parent).or(seen.parent),
                tty: seen.tty,
                exe: &seen.exe,
                argv: Args::List(&seen.argv),
                cgroup: &seen.cgroup,
            }),
        }
    }

    /// Whether it is one of these, or descends from one of them.
    fn descends(&self, party: &Party, pids: &[u32], people: &dyn People) -> bool {
        let first = self.facts(party, people).and_then(|facts| facts.parent);
        pids.contains(&party.key.pid) || ancestors(first, people).any(|ancestor| pids.contains(&ancestor.pid))
    }
}

/// A parent, its parent, and so on.
pub(super) fn ancestors(first: Option<ProcKey>, people: &(impl People + ?Sized)) -> impl Iterator<Item = ProcKey> {
    std::iter::successors(first, |key| people.parent(key)).take(ANCESTORS_MAX)
}

impl Who {
    fn is(&self, party: &Party) -> bool {
        match self {
            Who::Pid(pid) => party.key.pid == *pid,
            Who::Name(pattern) => pattern.fits_name(&party.name),
        }
    }

    fn is_pid(&self, pid: Option<u32>) -> bool {
        matches!((self, pid), (Who::Pid(wanted), Some(pid)) if *wanted == pid)
    }
}

fn in_unit(path: &str, patterns: &[Pattern]) -> bool {
    cgroup::units(path).any(|unit| {
        let short = unit.strip_suffix(".service");
        patterns.iter().any(|pattern| pattern.fits(unit) || short.is_some_and(|short| pattern.fits(short)))
    })
}

fn in_container(path: &str, ids: &[String]) -> bool {
    cgroup::containers(path).any(|container| ids.iter().any(|id| container.starts_with(id.as_str())))
}

/// Whether a name contains the word, whatever the case of the letters.
fn contains(name: &str, word: &str) -> bool {
    let begins = |rest: &str| {
        let mut letters = lower(rest);
        lower(word).all(|c| letters.next() == Some(c))
    };
    name.char_indices().any(|(at, _)| begins(&name[at..]))
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}
