//! `sigtop why`: the causes of deaths, from a stream that is read to its end.
//!
//! Each death is explained when it comes: then the model knows most of it.

use crate::clock::Clock;
use crate::error::Error;
use crate::event::{Event, ProcKey};
use crate::filter::Who;
use crate::model::why::{self, Teller, Why};
use crate::model::{Limits, Model};
use crate::plan::Question;
use crate::source::Source;

/// The most deaths that are told.
const DEATHS_MAX: usize = 100;

/// Reads the stream to its end and prints why those died that are asked for, newest first.
///
/// # Errors
/// Where nothing can be read.
pub async fn run(source: Source, question: &Question) -> Result<(), Error> {
    let Source { header, mut batches, .. } = source;
    let mut model = Model::new(header, Limits::default());
    let mut found: Vec<Why> = Vec::new();
    while let Some(batch) = batches.recv().await {
        for event in &batch {
            model.apply(event);
            if let Event::Exit(exit) = event
                && !exit.thread
                && is_asked_for(&model, &exit.who.key, &question.who)
            {
                found.extend(why::explain(&model, &exit.who.key));
            }
        }
    }
    let mut printer = Printer {
        clock: Clock::new(question.time, model.stream.header.mono_ns, model.stream.offset_ns),
        last_ns: model.stream.last_ns,
    };
    for why in found.iter().rev().take(DEATHS_MAX) {
        for line in why::lines(why, &mut printer) {
            println!("  {:<9} {}", line.label, line.text());
        }
    }
    Ok(())
}

fn is_asked_for(model: &Model, key: &ProcKey, who: &Who) -> bool {
    match who {
        Who::Pid(pid) => key.pid == *pid,
        Who::Name(pattern) => model.procs.get(key).is_some_and(|proc| pattern.fits_name(&proc.name)),
    }
}

struct Printer {
    clock: Clock,
    last_ns: u64,
}

impl Teller for Printer {
    fn time(&mut self, mono_ns: u64) -> String {
        let mut out = String::new();
        self.clock.write_short(&mut out, mono_ns);
        out
    }

    fn ago(&self, mono_ns: u64) -> String {
        format!("{} s before the end of the recording", self.last_ns.saturating_sub(mono_ns) / 1_000_000_000)
    }

    fn lasted(&self, ns: u64) -> String {
        format!("{} s", ns / 1_000_000_000)
    }

    fn user(&self, uid: u32) -> String {
        format!("uid {uid}")
    }

    fn home(&self, cgroup: &str) -> Option<String> {
        (!cgroup.is_empty()).then(|| crate::escape::plain(cgroup).into_owned())
    }

    fn from(&self) -> &'static str {
        "←"
    }
}
