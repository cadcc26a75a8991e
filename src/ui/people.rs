//! What the model knows of processes, for filters that ask.

use crate::event::ProcKey;
use crate::filter::{Args, Facts, People};
use crate::model::{Proc, Procs};

/// The processes of the model, as a filter sees them. Of those that are forgotten nothing is known.
pub struct ModelPeople<'a>(pub &'a Procs);

impl People for ModelPeople<'_> {
    fn facts(&self, key: &ProcKey) -> Option<Facts<'_>> {
        let proc = self.0.get(key)?;
        let program = &proc.program;
        Some(Facts {
            parent: parent(proc),
            tty: proc.tty,
            exe: &program.exe,
            argv: Args::Packed(program.packed_argv()),
            cgroup: &program.cgroup,
        })
    }

    fn parent(&self, key: &ProcKey) -> Option<ProcKey> {
        self.0.get(key).and_then(parent)
    }
}

/// Who made it, as far as is known.
fn parent(proc: &Proc) -> Option<ProcKey> {
    proc.born_of.or(proc.parent)
}
