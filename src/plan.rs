//! What will be done: origin, output, limits, decided from what was typed and where it runs. Pure: all questions
//! to the environment are asked before, all work is done after.

use crate::cli::{self, Args, Command, Format};
use crate::clock::TimeStyle;
use crate::error::Error;
use crate::event::Kind;
use crate::signal::SignalSet;
use crate::source::{live, synth};

/// Where it runs.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Standard output is a terminal.
    pub terminal: bool,
    /// `$TERM`.
    pub term: Option<String>,
    /// `$NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// The locale's characters are UTF-8.
    pub utf8: bool,
}

/// Where events come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// This kernel.
    Live(live::Options),
    /// A synthetic history.
    Demo(synth::Options),
}

impl Origin {
    /// The signals that are sent one by one.
    pub fn signals(&self) -> SignalSet {
        match self {
            Origin::Live(options) => options.signals,
            Origin::Demo(options) => options.signals,
        }
    }
}

/// Where they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The screen.
    Dashboard {
        /// Colours, or only bold, dim and reverse.
        colour: bool,
        /// Box drawing and block characters, or only ASCII.
        unicode: bool,
    },
    /// Lines on standard output.
    Log {
        /// Text or JSON.
        format: Format,
        /// Which kinds.
        events: Vec<Kind>,
        /// How text shows times.
        time: TimeStyle,
    },
}

/// What will be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where events come from.
    pub origin: Origin,
    /// Where they go.
    pub output: Output,
    /// Something to say first, on standard error.
    pub note: Option<&'static str>,
}

/// Kinds that say something of the stream itself: printed whatever was asked for.
pub const ALWAYS: [Kind; 3] = [Kind::Lost, Kind::Filter, Kind::Clock];

/// Kinds for which signals must be watched: an exit says which signal it was.
const NEED_SIGNALS: [Kind; 3] = [Kind::Signal, Kind::Deliver, Kind::Exit];

/// Decides.
///
/// # Errors
/// A combination that makes no sense here, and what to do instead.
pub fn plan(args: &Args, surroundings: &Surroundings) -> Result<Plan, Error> {
    let (output, note) = output(args, surroundings)?;
    let signals = signals(&args.select, &output);
    let threads = args.select.threads;
    let origin = match args.select.demo {
        Some(seed) => Origin::Demo(synth::Options { seed, threads, signals }),
        None => Origin::Live(live::Options { buffer: args.select.buffer, threads, signals }),
    };
    Ok(Plan { origin, output, note })
}

fn output(args: &Args, surroundings: &Surroundings) -> Result<(Output, Option<&'static str>), Error> {
    match (&args.command, surroundings.terminal) {
        (Some(Command::Log(log)), _) => Ok((lines(log), None)),
        (None, false) => {
            let note = "sigtop: standard output is no terminal: printing the lines of `sigtop log`";
            Ok((lines(&cli::Log::default()), Some(note)))
        }
        (None, true) => Ok((dashboard(args, surroundings)?, None)),
    }
}

fn lines(log: &cli::Log) -> Output {
    Output::Log { format: log.format, events: log.events.clone(), time: log.time.into() }
}

fn dashboard(args: &Args, surroundings: &Surroundings) -> Result<Output, Error> {
    let term = surroundings.term.as_deref().unwrap_or("");
    if matches!(term, "" | "dumb" | "unknown") {
        return Err(Error::environment(
            format!("the dashboard needs a terminal that can place text, and TERM is {term:?}"),
            "set TERM to what your terminal is (xterm-256color, say), or use `sigtop log`",
        ));
    }
    let colour = match args.select.color {
        cli::Color::Auto => !surroundings.no_color,
        cli::Color::Always => true,
        cli::Color::Never => false,
    };
    Ok(Output::Dashboard { colour, unicode: surroundings.utf8 })
}

/// The signals that the kernel sends one by one. Where no kind asked for needs them, none.
fn signals(select: &cli::Select, output: &Output) -> SignalSet {
    let needed = match output {
        Output::Log { events, .. } => events.iter().any(|kind| NEED_SIGNALS.contains(kind)),
        Output::Dashboard { .. } => true,
    };
    match (needed, select.signal.is_empty()) {
        (false, _) => SignalSet::EMPTY,
        (true, true) => SignalSet::ALL,
        (true, false) => select.signal.iter().copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Signal;
    use clap::Parser;

    fn plan_of(line: &str, surroundings: &Surroundings) -> Result<Plan, Error> {
        plan(&Args::try_parse_from(line.split(' ')).unwrap(), surroundings)
    }

    fn terminal() -> Surroundings {
        Surroundings { terminal: true, term: Some("xterm".into()), no_color: false, utf8: true }
    }

    fn signals_of(line: &str) -> SignalSet {
        plan_of(line, &terminal()).unwrap().origin.signals()
    }

    #[test]
    fn without_a_terminal_lines_are_printed_and_that_is_said() {
        let plan = plan_of("sigtop", &Surroundings::default()).unwrap();
        assert!(matches!(plan.output, Output::Log { format: Format::Text, .. }));
        assert!(plan.note.is_some());
        assert_eq!(plan_of("sigtop log", &Surroundings::default()).unwrap().note, None);
    }

    #[test]
    fn a_terminal_that_cannot_place_text_is_refused() {
        for term in [None, Some("dumb"), Some("")] {
            let here = Surroundings { term: term.map(String::from), ..terminal() };
            assert_eq!(plan_of("sigtop", &here).unwrap_err().exit_code(), 3);
            assert!(plan_of("sigtop log", &here).is_ok());
        }
    }

    #[test]
    fn colours_obey() {
        let colour = |line: &str, no_color| {
            let here = Surroundings { no_color, ..terminal() };
            matches!(plan_of(line, &here).unwrap().output, Output::Dashboard { colour: true, .. })
        };
        assert!(colour("sigtop", false) && !colour("sigtop", true));
        assert!(colour("sigtop --color always", true) && !colour("sigtop --color never", false));
    }

    #[test]
    fn the_kernel_sends_what_is_needed() {
        assert_eq!(signals_of("sigtop"), SignalSet::ALL);
        assert_eq!(signals_of("sigtop log --events exec"), SignalSet::EMPTY);
        assert_eq!(signals_of("sigtop log --events exit"), SignalSet::ALL);
        let kill: SignalSet = [Signal::KILL].into_iter().collect();
        assert_eq!(signals_of("sigtop log -s KILL"), kill);
        assert_eq!(signals_of("sigtop --demo -s KILL"), kill);
    }
}
