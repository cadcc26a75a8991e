//! Moves values: source -> sinks, source -> model -> ui, ui -> control. Holds no logic of its own.

mod dashboard;
mod ending;
mod log;

use crate::clock::TimeStyle;
use crate::error::Error;
use crate::plan::{Origin, Output, Plan};
use crate::source::{Source, live, synth};
use crate::ui::{Look, theme::Palette};

/// Does what the plan says, until the stream or the user ends it.
///
/// # Errors
/// What stopped it.
pub fn run(plan: Plan) -> Result<(), Error> {
    if let Some(note) = plan.note {
        eprintln!("{note}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::environment("cannot start", e))?;
    let done = runtime.block_on(async {
        match plan.output {
            Output::Log { format, ref events, time } => log::run(open(&plan.origin)?, format, events, time).await,
            Output::Dashboard { colour, unicode } => {
                let palette = if colour { Palette::Colour } else { Palette::Mono };
                let demo = matches!(plan.origin, Origin::Demo(..));
                let look = Look { palette, ascii: !unicode, time: TimeStyle::Local, demo };
                dashboard::run(open(&plan.origin)?, look, plan.origin.signals()).await
            }
        }
    });
    runtime.shutdown_background(); // a thread that is stuck in writing shall not keep the program alive
    done
}

fn open(origin: &Origin) -> Result<Source, Error> {
    match origin {
        Origin::Live(options) => live::open(options.clone()),
        Origin::Demo(options) => Ok(synth::spawn(*options)),
    }
}
