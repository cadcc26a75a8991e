//! Which facts a filter asks for that are not told otherwise: opens, changed modes, moves, connections. The kernel looks
//! for them only while somebody wants them, and tells only what may be wanted.
//!
//! A [`Watch`] is what the kernel can tell apart cheaply. It may let more through than was asked for, never less: the
//! filter decides in the end.

use super::{Expr, Filter, Term};
use crate::event::Kind;

/// What is wanted of each kind.
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
}

/// What is wanted of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Want {
    /// Nothing: nobody looks.
    #[default]
    Nothing,
    /// What fits one of these.
    These(Vec<Watch>),
    /// All of it.
    Everything,
}

/// What is looked for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Watch {
    /// This file: whatever is at this path, and what was there when it was looked up, wherever it is now.
    File(String),
    /// Everything below this directory, which ends without `/`; of the root: "".
    Under(String),
    /// Files of this name, in any directory.
    Name(String),
    /// Files in any directory of this name.
    In(String),
    /// Files whose name ends so: `.enc`.
    Ending(String),
    /// One of these permission bits is set that was not.
    Mode(u16),
    /// A port among these, both included.
    Ports(u16, u16),
}

/// Kinds that are told only if somebody asks for them by name.
pub const ON_REQUEST: [Kind; 4] = [Kind::Open, Kind::Chmod, Kind::Move, Kind::Connect];

impl Wanted {
    /// All of every kind.
    pub const EVERYTHING: Wanted =
        Wanted { open: Want::Everything, chmod: Want::Everything, moves: Want::Everything, connect: Want::Everything };

    /// What this filter asks for: only kinds that it names.
    pub fn by(filter: &Filter) -> Wanted {
        let mut wanted = Wanted::default();
        for kind in asked(filter) {
            if let Some(want) = wanted.of_mut(kind) {
                *want = Want::Everything;
            }
        }
        wanted
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
    /// What either wants.
    pub fn or(self, other: Want) -> Want {
        match (self, other) {
            (Want::Everything, _) | (_, Want::Everything) => Want::Everything,
            (Want::Nothing, want) | (want, Want::Nothing) => want,
            (Want::These(mut some), Want::These(more)) => {
                some.extend(more);
                some.sort_unstable();
                some.dedup();
                Want::These(some)
            }
        }
    }
}

/// The kinds on request that the filter names and does not exclude.
pub fn asked(filter: &Filter) -> Vec<Kind> {
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
