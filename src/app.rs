//! Moves values: source -> sinks, source -> model -> ui, ui -> control. Holds no logic of its own.

mod clip;
mod dashboard;
pub mod doctor;
mod ending;
mod export;
mod facts;
pub mod feed;
mod files;
mod identity;
mod log;
mod pace;
pub mod playback;
pub mod problems;
pub mod record;
pub mod rules;
mod send;
mod serve;
pub mod settings;
mod state;
mod stdout;
pub mod users;
mod why;

use crate::clock::{Clock, TimeStyle};
use crate::error::Error;
use crate::filter::{Filter, Wanted, kernel};
use crate::model::{Limits, Model};
use crate::plan::{Origin, Output, Plan, Playing, Screen, no_time};
use crate::source::{self, Source, connect, live, replay, synth};
use crate::ui::moment::{self, Frame};
use crate::ui::state::alerts::Rules;
use crate::ui::{Look, Start, kept::Kept};
use feed::{Feed, Stream};
use playback::Playback;
use rules::Guard;
use std::path::Path;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Sent where a file grows over `ulimit -f`: caught, the write fails, and that is said.
const SIGXFSZ: i32 = 25;

/// Does what the plan says, until the stream or the user ends it. The exit code is 0 but where a question was answered
/// with no.
///
/// # Errors
/// What stopped it.
pub fn run(plan: Plan) -> Result<ExitCode, Error> {
    if let Some(note) = plan.note {
        problems::print(note);
    }
    if !matches!(plan.output, Output::Dashboard(_)) {
        plan.problems.iter().for_each(|problem| problems::say(problem));
    }
    if matches!(plan.origin, Origin::Live(_)) {
        insist_on(&plan.watched)?;
    }
    let passes_all = matches!(plan.output, Output::Record(_) | Output::Serve(_)); // a recording holds what the rules saw
    let guard = plan.alerting.as_ref().map(|alerting| Guard::new(alerting, passes_all)).transpose()?;
    let watch = guard.as_ref();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::environment("cannot start", e))?;
    let done = runtime.block_on(async {
        let broken = |e| Error::environment("cannot catch signals", e);
        signal(SignalKind::from_raw(SIGXFSZ)).map(drop).map_err(broken)?; // its handler stays
        let done = match plan.output {
            Output::Log { format, ref events, time, colour } => {
                log::run(open(&plan.origin, watch)?, log::Lines { format, events, time, colour }, watch).await
            }
            Output::Record(ref recording) => {
                let can_wait = !matches!(plan.origin, Origin::Live(_) | Origin::Connect(_));
                record::insist_on_another(&plan.origin, recording)?;
                record::run(open(&plan.origin, watch)?, recording, untold(&plan.origin), can_wait, watch).await
            }
            Output::Serve(ref serving) => {
                serving.record.iter().try_for_each(|dir| record::insist_on_elsewhere(&plan.origin, dir))?;
                let filter = untold(&plan.origin);
                serve::run(opening(plan.origin, guard.clone()), serving, filter, watch).await
            }
            Output::Rules(ref work) => return rules::work(work, &plan.origin).await,
            Output::Why(ref question) => return why::run(&plan.origin, question).await,
            Output::Dashboard(screen) => {
                let look = Look {
                    palette: screen.themes.palette(),
                    ascii: screen.ascii,
                    time: screen.time,
                    demo: matches!(plan.origin, Origin::Demo(..)),
                    attached: matches!(plan.origin, Origin::Connect(_)),
                    replay: matches!(plan.origin, Origin::Replay(..)),
                };
                let path = state::path(&screen.state);
                let kept = path.as_deref().map_or_else(Kept::default, state::read);
                let before = kept.clone();
                let (colour, mouse) = (screen.colour, screen.mouse);
                let playing = screen.playing.clone();
                let rules = watch.map_or(Rules::Nowhere, |guard| Rules::Here(Some(guard.rules())));
                let start = start(&plan.origin, *screen, kept, plan.problems, watch.is_some());
                let start = Start { rules, ..start };
                let opening = beginning(plan.origin, playing, look.time, guard.clone());
                let kept = dashboard::run(opening, look, start, mouse, colour).await?;
                if let Some(path) = path.filter(|_| kept != before) {
                    state::write(&path, &kept);
                }
                Ok(())
            }
        };
        done.map(|()| ExitCode::SUCCESS)
    });
    runtime.shutdown_background(); // a thread that is stuck in writing shall not keep the program alive
    let has_failed = guard.is_some_and(Guard::finish);
    done.map(|code| if has_failed { ExitCode::FAILURE } else { code })
}

/// What holds at the start.
fn start(origin: &Origin, screen: Screen, kept: Kept, problems: Vec<String>, has_rules: bool) -> Start {
    let capture = origin.filter().clone();
    let places = match origin {
        Origin::Live(_) if !has_rules => kernel::placement,
        Origin::Live(_) | Origin::Demo(_) | Origin::Replay(_) | Origin::Connect(_) => source::placement,
    };
    let Screen { keys, themes, preset, read_only, .. } = screen;
    let (users, own_pid) = (users::read(), Some(std::process::id()));
    Start { capture, places, users, keys, themes, preset, kept, problems, read_only, own_pid, ..Start::default() }
}

/// The user's filter that holds from the start, where the stream does not tell of it: a recording has to.
fn untold(origin: &Origin) -> Option<Filter> {
    let is_told = matches!(origin, Origin::Connect(_)); // by the daemon, as it obeys
    Some(origin.filter().clone()).filter(|filter| !is_told && !filter.is_everything())
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
async fn opening(origin: Origin, guard: Option<Guard>) -> Result<Source, Error> {
    beside(move || open(&origin, guard.as_ref())).await
}

/// What may take its time is done on a thread of its own.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|e| Err(Error::environment("cannot start", e)))
}

/// Opens what the dashboard shows, likewise: a recording with a play head, where it can be read more than once.
async fn beginning(
    origin: Origin,
    playing: Playing,
    time: TimeStyle,
    guard: Option<Guard>,
) -> Result<(Feed, Model), Error> {
    let opened = beside(move || match origin {
        Origin::Replay(options) if is_file(&options.path) => play(options, &playing, time, guard),
        _ => {
            if playing != Playing::default() {
                return Err(Error::usage("--at and --speed are for a recording in a file, not for a stream", ""));
            }
            let source = open(&origin, guard.as_ref())?;
            let model = Model::new(source.header.clone(), Limits::default());
            let is_recorded = matches!(origin, Origin::Replay(_));
            Ok((Feed::Stream(Box::new(Stream::new(source, is_recorded))), model))
        }
    });
    opened.await
}

/// Whether it can be read more than once: no pipe, no socket.
fn is_file(path: &Path) -> bool {
    path != Path::new("-") && path.metadata().is_ok_and(|meta| meta.is_file() || meta.is_dir())
}

/// A recording with a play head.
fn play(
    options: replay::Options,
    playing: &Playing,
    time: TimeStyle,
    guard: Option<Guard>,
) -> Result<(Feed, Model), Error> {
    let (mut playback, model) = Playback::open(options, guard)?;
    let (begin_ns, end_ns) = playback.span();
    let moment = playing.at.as_deref().map_or(Ok(begin_ns), |text| {
        let header = playback.header();
        let clock = Clock::new(time, header.mono_ns, header.offset_ns);
        // Before anything was played, what is back is back from the end.
        let at_ns = if text.trim_start().starts_with('-') { end_ns.unwrap_or(begin_ns) } else { begin_ns };
        moment::parse(text, &Frame { clock: &clock, begin_ns, end_ns, at_ns }).map_err(|wrong| no_time(text, &wrong))
    })?;
    playback.begin_at(moment, playing.speed);
    Ok((Feed::Playback(Box::new(playback)), model))
}

/// Opens it, with the rules before its reader.
fn open(origin: &Origin, guard: Option<&Guard>) -> Result<Source, Error> {
    let Some(guard) = guard else { return bare(origin) };
    let has_clock = !matches!(origin, Origin::Replay(_));
    guard.stand(bare(&guard.widened(origin))?, origin.asked(), has_clock)
}

fn bare(origin: &Origin) -> Result<Source, Error> {
    match origin {
        Origin::Live(options) => live::open(options.clone()).map(|source| telling(source, origin)),
        Origin::Demo(options) => Ok(telling(synth::spawn(options.clone()), origin)),
        Origin::Replay(options) => replay::open(options.clone()),
        Origin::Connect(options) => connect::open(options.clone()),
    }
}

/// Its header says what was asked for of what is told only on request.
fn telling(mut source: Source, origin: &Origin) -> Source {
    let asked = origin.asked();
    source.header.told = Wanted::by(&asked.filter).or(asked.facts).told();
    source
}
