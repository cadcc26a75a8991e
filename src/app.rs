//! Moves values: source -> sinks, source -> model -> ui, ui -> control. Holds no logic of its own.

mod clip;
mod dashboard;
mod ending;
mod export;
mod facts;
mod identity;
mod log;
mod pace;
mod problems;
pub mod record;
mod send;
mod serve;
pub mod settings;
mod state;
pub mod users;
mod why;

use crate::error::Error;
use crate::filter::kernel;
use crate::plan::{Origin, Output, Plan, Screen};
use crate::source::{self, Source, connect, live, replay, synth};
use crate::ui::{Look, Start, kept::Kept};
use std::path::Path;
use std::process::ExitCode;

/// Does what the plan says, until the stream or the user ends it. The exit code is 0 but where a question was answered
/// with no.
///
/// # Errors
/// What stopped it.
pub fn run(plan: Plan) -> Result<ExitCode, Error> {
    if let Some(note) = plan.note {
        eprintln!("{note}");
    }
    if !matches!(plan.output, Output::Dashboard(_)) {
        plan.problems.iter().for_each(|problem| eprintln!("sigtop: {problem}"));
    }
    if matches!(plan.origin, Origin::Live(_)) {
        insist_on(&plan.watched)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::environment("cannot start", e))?;
    let done = runtime.block_on(async {
        let done = match plan.output {
            Output::Log { format, ref events, time } => log::run(open(&plan.origin)?, format, events, time).await,
            Output::Record(ref recording) => {
                let can_wait = !matches!(plan.origin, Origin::Live(_) | Origin::Connect(_));
                record::run(open(&plan.origin)?, recording, can_wait).await
            }
            Output::Serve(ref serving) => serve::run(opening(plan.origin), serving).await,
            Output::Why(ref question) => return why::run(&plan.origin, question).await,
            Output::Dashboard(screen) => {
                let demo = matches!(plan.origin, Origin::Demo(..) | Origin::Replay(..));
                let attached = matches!(plan.origin, Origin::Connect(_));
                let (palette, ascii, time) = (screen.themes.palette(), screen.ascii, screen.time);
                let look = Look { palette, ascii, time, demo, attached };
                let path = state::path(&screen.state);
                let kept = path.as_deref().map_or_else(Kept::default, state::read);
                let before = kept.clone();
                let (colour, mouse) = (screen.colour, screen.mouse);
                let start = start(&plan.origin, *screen, kept, plan.problems);
                let kept = dashboard::run(opening(plan.origin), look, start, mouse, colour).await?;
                if let Some(path) = path.filter(|_| kept != before) {
                    state::write(&path, &kept);
                }
                Ok(())
            }
        };
        done.map(|()| ExitCode::SUCCESS)
    });
    runtime.shutdown_background(); // a thread that is stuck in writing shall not keep the program alive
    done
}

/// What holds at the start.
fn start(origin: &Origin, screen: Screen, kept: Kept, problems: Vec<String>) -> Start {
    let capture = origin.filter().clone();
    let places = match origin {
        Origin::Live(_) => kernel::placement,
        Origin::Demo(_) | Origin::Replay(_) | Origin::Connect(_) => source::placement,
    };
    let Screen { keys, themes, preset, read_only, .. } = screen;
    let (users, own_pid) = (users::read(), Some(std::process::id()));
    Start { capture, places, users, keys, themes, preset, kept, problems, read_only, own_pid, is_waiting: false }
}

/// Nobody waits for a process that was mistyped.
fn insist_on(pids: &[u32]) -> Result<(), Error> {
    match pids.iter().find(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
        Some(pid) => {
            Err(Error::usage(format!("there is no process {pid}"), "to wait until there is one, add --wait-for"))
        }
        None => Ok(()),
    }
}

/// Opens beside the screen, for the kernel takes its time to check the programs that it is given.
async fn opening(origin: Origin) -> Result<Source, Error> {
    let opened = tokio::task::spawn_blocking(move || open(&origin)).await;
    opened.unwrap_or_else(|e| Err(Error::environment("cannot start", e)))
}

fn open(origin: &Origin) -> Result<Source, Error> {
    match origin {
        Origin::Live(options) => live::open(options.clone()),
        Origin::Demo(options) => Ok(synth::spawn(options.clone())),
        Origin::Replay(options) => replay::open(options.clone()),
        Origin::Connect(options) => connect::open(options.clone()),
    }
}
