//! What a filter asks for that is not told otherwise: opens, changed modes, moves, connections, and what was tried in
//! vain. The kernel looks for it only while somebody wants it, and tells only what may be wanted.
//!
//! A [`Watch`] is what the kernel can tell apart cheaply. It may let more through than was asked for, never less: the
//! filter decides in the end. So of terms that must all be true the narrowest is watched for, and what is denied narrows
//! nothing, but for kinds.

use super::{Expr, Filter, ModeTest, Side, Term, Watch};
use crate::event::{Kind, SendResult, Told};

/// What is wanted of what is told only on request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Of files that are opened.
    pub open: Want,
    /// Of modes that are changed.
    pub chmod: Want,
    /// Of files that are moved.
    pub moves: Want,
    /// Of sockets that are connected.
    pub connect: Want,
    /// Sends that failed, and probes: at any cost, where they are seen unasked only if that is free.
    pub failed_sends: bool,
    /// Execs that failed.
    pub failed_execs: bool,
}

/// What is wanted of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Want {
    /// Nothing: nobody looks.
    #[default]
    Nothing,
    /// What fits one of these.
    These(Vec<Watch>),
    /// All of it; and what is one of these, under whatever name, is to be known for it.
    Everything(Vec<Watch>),
}

/// Kinds that are told only if somebody asks for them by name.
pub const ON_REQUEST: [Kind; 4] = [Kind::Open, Kind::Chmod, Kind::Move, Kind::Connect];

impl Wanted {
    /// All of every kind on request; what failed is none.
    pub const EVERYTHING: Wanted = Wanted {
        open: Want::ALL,
        chmod: Want::ALL,
        moves: Want::ALL,
        connect: Want::ALL,
        failed_sends: false,
        failed_execs: false,
    };

    /// What this filter asks for: only kinds that it names, and of what failed only what it asks for by that.
    pub fn by(filter: &Filter) -> Wanted {
        let failed_sends = asks_for(filter, Kind::Signal, &[SendResult::Failed, SendResult::Probe]);
        let failed_execs = asks_for(filter, Kind::Exec, &[SendResult::Failed]);
        let mut wanted = Wanted { failed_sends, failed_execs, ..Wanted::default() };
        for kind in asked(filter) {
            if let Some(want) = wanted.of_mut(kind) {
                *want = want_of(&filter.0, kind, true);
            }
        }
        wanted
    }

    /// All of these kinds: those of them that are told only on request.
    pub fn of_kinds(kinds: &[Kind]) -> Wanted {
        Wanted::by(&Filter(Expr::Term(Term::Kind(kinds.to_vec()))))
    }

    /// The kinds of which all is wanted, or some.
    pub fn told(&self) -> Told {
        let (mut all, mut some) = (Vec::new(), Vec::new());
        for kind in ON_REQUEST {
            match self.of(kind) {
                Want::Nothing => {}
                Want::These(_) => some.push(kind),
                Want::Everything(_) => all.push(kind),
            }
        }
        Told { all, some }
    }

    /// Whether nothing is.
    pub fn is_nothing(&self) -> bool {
        *self == Wanted::default()
    }

    /// What either wants.
    pub fn or(self, other: Wanted) -> Wanted {
        Wanted {
            open: self.open.or(other.open),
            chmod: self.chmod.or(other.chmod),
            moves: self.moves.or(other.moves),
            connect: self.connect.or(other.connect),
            failed_sends: self.failed_sends || other.failed_sends,
            failed_execs: self.failed_execs || other.failed_execs,
        }
    }

    /// What is wanted of this kind; nothing of kinds that are told anyway.
    pub fn of(&self, kind: Kind) -> &Want {
        match kind {
            Kind::Open => &self.open,
            Kind::Chmod => &self.chmod,
            Kind::Move => &self.moves,
            Kind::Connect => &self.connect,
            _ => &Want::Nothing,
        }
    }

    fn of_mut(&mut self, kind: Kind) -> Option<&mut Want> {
        match kind {
            Kind::Open => Some(&mut self.open),
            Kind::Chmod => Some(&mut self.chmod),
            Kind::Move => Some(&mut self.moves),
            Kind::Connect => Some(&mut self.connect),
            _ => None,
        }
    }
}

impl Want {
    /// All of it, whatever it is.
    pub const ALL: Want = Want::Everything(Vec::new());

    /// What either wants.
    pub fn or(self, other: Want) -> Want {
        match (self, other) {
            (Want::Nothing, want) | (want, Want::Nothing) => want,
            (Want::These(some), Want::These(more)) => Want::These(merged(some, more)),
            (Want::These(some) | Want::Everything(some), Want::These(more) | Want::Everything(more)) => {
                Want::Everything(merged(some, more))
            }
        }
    }

    /// What is enough for both: the narrower.
    fn and(self, other: Want) -> Want {
        match (self, other) {
            (Want::Everything(some), Want::Everything(more)) => Want::Everything(merged(some, more)),
            (one, other) if other.breadth() < one.breadth() => other,
            (one, _) => one,
        }
    }

    /// What fits one of these; of those for which there is no watch, everything.
    fn these(watches: impl Iterator<Item = Option<Watch>>) -> Want {
        let (known, unknown): (Vec<_>, Vec<_>) = watches.partition(Option::is_some);
        let known = merged(known.into_iter().flatten().collect(), Vec::new());
        match known.is_empty() {
            _ if !unknown.is_empty() => Want::Everything(known),
            true => Want::Nothing,
            false => Want::These(known),
        }
    }

    /// About how much it lets through.
    fn breadth(&self) -> u32 {
        match self {
            Want::Nothing => 0,
            Want::These(watches) => watches.iter().fold(0, |sum: u32, watch| sum.saturating_add(watch.breadth())),
            Want::Everything(_) => u32::MAX,
        }
    }
}

fn merged(mut some: Vec<Watch>, more: Vec<Watch>) -> Vec<Watch> {
    some.extend(more);
    some.sort_unstable();
    some.dedup();
    some
}

/// What must be told of this kind so that all is told for which `expr` is true, or with `wanted` false, not true.
/// `signal` stands for calls that sent none.
fn want_of(expr: &Expr, kind: Kind, wanted: bool) -> Want {
    let each = |part: &Expr| want_of(part, kind, wanted);
    match (expr, wanted) {
        (Expr::Not(inner), _) => want_of(inner, kind, !wanted),
        (Expr::All(parts), true) | (Expr::Any(parts), false) => parts.iter().map(each).fold(Want::ALL, Want::and),
        (Expr::Any(parts), true) | (Expr::All(parts), false) => parts.iter().map(each).fold(Want::Nothing, Want::or),
        (Expr::Term(Term::Kind(kinds)), _) if kinds.contains(&kind) != wanted => Want::Nothing,
        (Expr::Term(term), true) => want_of_term(term, kind),
        (Expr::Term(_), false) => Want::ALL,
    }
}

fn want_of_term(term: &Term, kind: Kind) -> Want {
    let is_tried = |result: &SendResult| *result == SendResult::Failed || kind == Kind::Signal && result.is_attempt();
    let may = match term {
        Term::Path(patterns) if matches!(kind, Kind::Open | Kind::Chmod | Kind::Move) => {
            return Want::these(patterns.iter().map(Watch::of_path));
        }
        Term::Mode(tests) if kind == Kind::Chmod => {
            let of =
                |test: &ModeTest| if let ModeTest::Sets(sets) = test { Some(Watch::Mode(sets.bits())) } else { None };
            return Want::these(tests.iter().map(of));
        }
        Term::Port(ports) if kind == Kind::Connect => {
            return Want::these(ports.iter().map(|ports| Some(Watch::Ports(ports.first, ports.last))));
        }
        Term::Addr(_) => kind == Kind::Connect,
        Term::Access(_) => kind == Kind::Open,
        Term::Path(_) => kind != Kind::Signal,
        Term::Mode(_) | Term::Port(_) => false,
        Term::Result(results) => results.iter().any(is_tried),
        Term::Signal(_) | Term::Origin(_) | Term::Party(Side::From, _) => kind == Kind::Signal,
        _ => true,
    };
    if may { Want::ALL } else { Want::Nothing }
}

/// Whether a filter asks, by name, for one of these results of calls of this kind, or for why they failed: what failed
/// may cost something, and does only while somebody does. `signal` stands for sends, `exec` for programs.
pub fn asks_for(filter: &Filter, kind: Kind, wanted: &[SendResult]) -> bool {
    fn asks(expr: &Expr, kind: Kind, wanted: &[SendResult]) -> bool {
        match expr {
            Expr::All(parts) | Expr::Any(parts) => {
                want_of(expr, kind, true) != Want::Nothing && parts.iter().any(|part| asks(part, kind, wanted))
            }
            Expr::Term(Term::Result(results)) => results.iter().any(|result| wanted.contains(result)),
            Expr::Term(Term::Errno(_)) => true,
            Expr::Not(_) | Expr::Term(_) => false,
        }
    }
    asks(&filter.0, kind, wanted)
}

/// Whether the filter may show a call of this kind that failed.
pub fn may_show(filter: &Filter, kind: Kind) -> bool {
    want_of(&filter.0, kind, true) != Want::Nothing
}

/// The kinds on request that the filter names.
pub(super) fn asked(filter: &Filter) -> Vec<Kind> {
    let mut kinds = Vec::new();
    named(&filter.0, &mut kinds);
    ON_REQUEST.into_iter().filter(|kind| kinds.contains(kind)).collect()
}

fn named(expr: &Expr, kinds: &mut Vec<Kind>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| named(part, kinds)),
        Expr::Term(Term::Kind(more)) => kinds.extend(more),
        Expr::Not(_) | Expr::Term(_) => {}
    }
}
