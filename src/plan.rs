//! What will be done: origin, output, limits, decided from what was typed and where it runs. Pure: all questions
//! to the environment are asked before, all work is done after.

mod filter;
mod screen;

pub use screen::{Playing, Screen, State, no_time, settings};

use crate::cli::{self, Args, Command, Format};
use crate::clock::TimeStyle;
use crate::config::{Color, Config};
use crate::error::Error;
use crate::event::Kind;
use crate::filter::sieve::Narrows;
use crate::filter::{Expr, Filter, Pattern, Term, Wanted, Who};
use crate::source::{connect, live, replay, synth};
use std::path::PathBuf;
use std::sync::Arc;

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
    /// The users that are known by name, and their ids.
    pub users: Arc<[(String, u32)]>,
    /// `$COLORTERM`.
    pub colorterm: Option<String>,
    /// `$SIGTOP_WEBHOOK_URL`.
    pub webhook: Option<String>,
    /// The settings, and what in them was not understood.
    pub settings: Config,
    /// One a line.
    pub problems: Vec<String>,
}

/// Where events come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// This kernel.
    Live(live::Options),
    /// A synthetic history.
    Demo(synth::Options),
    /// A recording.
    Replay(replay::Options),
    /// A running daemon.
    Connect(connect::Options),
}

impl Origin {
    /// What is sent one by one from the start.
    pub fn filter(&self) -> &Filter {
        match self {
            Origin::Live(options) => &options.filter,
            Origin::Demo(options) => &options.filter,
            Origin::Replay(options) => &options.filter,
            Origin::Connect(options) => &options.filter,
        }
    }

    /// What is asked of it.
    pub fn asked(&self) -> Asked {
        let (filter, narrows, facts) = match self {
            Origin::Live(options) => (&options.filter, options.narrows, &options.facts),
            Origin::Demo(options) => (&options.filter, options.narrows, &options.facts),
            Origin::Replay(options) => (&options.filter, options.narrows, &options.facts),
            Origin::Connect(options) => (&options.filter, options.narrows, &options.facts),
        };
        Asked { filter: filter.clone(), narrows, facts: facts.clone() }
    }

    /// The same origin, asked for something else.
    pub fn asking(mut self, asked: Asked) -> Origin {
        let (filter, narrows, facts) = match &mut self {
            Origin::Live(options) => (&mut options.filter, &mut options.narrows, &mut options.facts),
            Origin::Demo(options) => (&mut options.filter, &mut options.narrows, &mut options.facts),
            Origin::Replay(options) => (&mut options.filter, &mut options.narrows, &mut options.facts),
            Origin::Connect(options) => (&mut options.filter, &mut options.narrows, &mut options.facts),
        };
        (*filter, *narrows, *facts) = (asked.filter, asked.narrows, asked.facts);
        self
    }
}

/// What an origin is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// What is sent one by one.
    pub filter: Filter,
    /// What the filter narrows.
    pub narrows: Narrows,
    /// What is told beside that only on request.
    pub facts: Wanted,
}

/// Where they go.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// The screen.
    Dashboard(Box<Screen>),
    /// Lines on standard output.
    Log {
        /// Text or JSON.
        format: Format,
        /// Which kinds.
        events: Vec<Kind>,
        /// How text shows times.
        time: TimeStyle,
        /// Alerts in colour, for text on a terminal.
        colour: bool,
    },
    /// A recording.
    Record(Recording),
    /// The causes of deaths.
    Why(Question),
    /// Several at once, for whoever comes.
    Serve(Serving),
    /// What rules find, or what is wrong with them.
    Rules(RulesWork),
}

/// Rules at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alerting {
    /// Files; `builtin` for the rules that come with the program.
    pub rules: Vec<PathBuf>,
    /// Where every alert is appended.
    pub log: Option<PathBuf>,
    /// Where every alert is posted.
    pub webhook: Option<Webhook>,
    /// An alert makes the exit code 1.
    pub is_failure: bool,
}

/// Where alerts are posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// A URL, or `@` and the file that it stands in.
    pub url: String,
    /// It was typed, so the process list shows it.
    pub is_shown: bool,
    /// As what.
    pub format: cli::WebhookFormat,
    /// A file of headers.
    pub headers: Option<PathBuf>,
}

/// What is done with rules but for holding them against a stream of this kernel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulesWork {
    /// Read them, and run their tests.
    Check(Vec<PathBuf>),
    /// Run them over a recording.
    Test {
        /// Where they stand.
        files: Vec<PathBuf>,
        /// An alert makes the exit code 1.
        is_failure: bool,
    },
    /// Print those that come with the program.
    Show,
}

/// What a daemon serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// The socket where clients get the stream.
    pub socket: Option<PathBuf>,
    /// Who may use it beside its owner.
    pub group: Option<String>,
    /// The directory of the flight recorder.
    pub record: Option<PathBuf>,
    /// How many bytes are kept there.
    pub record_size: u64,
    /// The origin can wait for clients.
    pub is_patient: bool,
    /// The origin ends only when something went wrong there.
    pub must_last: bool,
}

/// Where clients look for a daemon.
pub const SOCKET: &str = "/run/sigtop.sock";

/// What is recorded where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The file; `-` for standard output.
    pub path: PathBuf,
    /// How large a file may grow.
    pub max_bytes: Option<u64>,
    /// How long one may tell of, in nanoseconds.
    pub max_age_ns: Option<u64>,
    /// How many files are kept, the newest of them; nothing: one is all.
    pub rotate: Option<u32>,
    /// Write over a file that is there.
    pub force: bool,
}

/// Whose deaths are explained, and how that is printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Whose.
    pub who: Who,
    /// JSON instead of text.
    pub json: bool,
    /// How text shows times.
    pub time: TimeStyle,
    /// A card for each, not only for the newest.
    pub all: bool,
    /// Watch until one dies.
    pub wait: bool,
    /// Colours, for text on a terminal.
    pub colour: bool,
    /// Standard output is a terminal.
    pub terminal: bool,
    /// ASCII only.
    pub ascii: bool,
    /// Nobody said where to look: it is [`FLIGHT_RECORDER`].
    pub is_usual_place: bool,
    /// The history is a synthetic one, with a clock of its own.
    pub is_made_up: bool,
}

/// Where `sigtop serve --record` keeps what it records, unless told otherwise.
pub const FLIGHT_RECORDER: &str = "/var/lib/sigtop";

/// What will be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where events come from.
    pub origin: Origin,
    /// Where they go.
    pub output: Output,
    /// Something to say first, on standard error.
    pub note: Option<&'static str>,
    /// What in the settings was not understood.
    pub problems: Vec<String>,
    /// Processes that must be there, by pid: to wait for what does not exist is seldom meant.
    pub watched: Vec<u32>,
    /// Which rules are held against the stream, and where alerts go beside the output.
    pub alerting: Option<Alerting>,
}

/// Kinds that say something of the stream itself: printed whatever was asked for.
pub const ALWAYS: [Kind; 3] = [Kind::Lost, Kind::Filter, Kind::Clock];

/// Kinds that are printed where none are named.
const USUAL: [Kind; 6] = [Kind::Signal, Kind::Deliver, Kind::Fork, Kind::Exec, Kind::Exit, Kind::Alert];

/// Kinds for which signals must be watched: an exit says which signal it was.
const NEED_SIGNALS: [Kind; 3] = [Kind::Signal, Kind::Deliver, Kind::Exit];

/// Decides.
///
/// # Errors
/// A combination that makes no sense here, and what to do instead.
pub fn plan(args: &Args, surroundings: &Surroundings) -> Result<Plan, Error> {
    let playing = screen::playing(&args.select)?;
    let (mut output, note) = output(args, surroundings)?;
    if playing.is_some() && !(matches!(output, Output::Dashboard(_)) && args.select.replay.is_some()) {
        let hint = "they are for `sigtop --replay FILE` on a terminal; with `log`, a filter or --events chooses";
        return Err(Error::usage("--at and --speed say how the dashboard begins to play a recording", hint));
    }
    let filter = filter::asked_for(args, &mut output, surroundings)?;
    let narrows = if matches!(output, Output::Log { .. } | Output::Rules(_)) { Narrows::All } else { Narrows::Signals };
    let select = &args.select;
    let threads = args.select.threads;
    let watched = if args.select.wait_for { Vec::new() } else { filter.asked_for() };
    let usual = matches!(&output, Output::Why(question) if question.is_usual_place).then(|| FLIGHT_RECORDER.into());
    if matches!(output, Output::Why(_)) && !filter.is_everything() {
        let what = "`sigtop why` looks at everything: what is left out might be what killed it";
        return Err(Error::usage(what, "leave out -s, -p, -u, --tty, --comm and -x"));
    }
    let facts = facts(args, &output, &filter);
    let origin = match (select.demo, select.replay.as_ref().or(usual.as_ref()), &select.connect) {
        (Some(seed), ..) => Origin::Demo(synth::Options { seed, threads, filter, narrows, facts }),
        (_, Some(path), _) => Origin::Replay(replay::Options { path: path.clone(), threads, filter, narrows, facts }),
        (.., Some(path)) => Origin::Connect(connect::Options { path: path.clone(), threads, filter, narrows, facts }),
        (None, None, None) => Origin::Live(live::Options { buffer: select.buffer, threads, filter, narrows, facts }),
    };
    let alerting = alerting(select, &output, surroundings)?;
    Ok(Plan { origin, output, note, problems: surroundings.problems.clone(), watched, alerting })
}

/// What must be told beside what the filter names, of what is told only on request: of `log` what it prints, of who
/// records or serves what is to be added.
fn facts(args: &Args, output: &Output, filter: &Filter) -> Wanted {
    let kinds = &args.select.events;
    let named = Expr::Term(Term::Kind(kinds.clone()));
    match output {
        Output::Log { .. } if !kinds.is_empty() => Wanted::by(&Filter(Expr::all(vec![named, filter.0.clone()]))),
        Output::Record(_) | Output::Serve(_) => Wanted::of_kinds(kinds),
        _ => Wanted::default(),
    }
}

/// What others write to for standard output and standard error.
const STREAMS: [&str; 3] = ["-", "/dev/stdout", "/dev/stderr"];

fn alerting(select: &cli::Select, output: &Output, surroundings: &Surroundings) -> Result<Option<Alerting>, Error> {
    if select.rules.is_empty() {
        return match output {
            Output::Rules(RulesWork::Test { .. }) => Ok(None),
            _ if select.fail_on_alert => {
                Err(Error::usage("--fail-on-alert, but no rule", "name a file of rules, or --rules builtin"))
            }
            Output::Log { events, .. }
                if *events == [Kind::Alert] && select.replay.is_none() && select.connect.is_none() =>
            {
                Err(Error::usage("no rule, no alert", "name a file of rules, or --rules builtin"))
            }
            _ => Ok(None),
        };
    }
    if matches!(output, Output::Why(_) | Output::Rules(_)) {
        return Err(Error::usage("--rules is for the dashboard, log, record and serve", "leave it out"));
    }
    let webhook = select.webhook.as_ref().or(surroundings.webhook.as_ref()).map(|url| Webhook {
        url: url.clone(),
        is_shown: select.webhook.is_some(),
        format: select.webhook_format.unwrap_or(cli::WebhookFormat::Json),
        headers: select.webhook_headers.clone(),
    });
    let of_webhook = [(select.webhook_headers.is_some(), "headers"), (select.webhook_format.is_some(), "a format")];
    if let (None, Some((_, what))) = (&webhook, of_webhook.iter().find(|(is_given, _)| *is_given)) {
        let hint = "add --webhook URL|@FILE, or set SIGTOP_WEBHOOK_URL";
        return Err(Error::usage(format!("{what}, but no webhook"), hint));
    }
    if let Some(log) = select.alert_log.as_ref().filter(|log| STREAMS.iter().any(|stream| log.as_os_str() == *stream)) {
        let hint = "sigtop log --alerts-only --format json writes alerts on standard output";
        return Err(Error::usage(format!("the alert log is a file, not {}", log.display()), hint));
    }
    let (rules, log) = (select.rules.clone(), select.alert_log.clone());
    Ok(Some(Alerting { rules, log, webhook, is_failure: select.fail_on_alert }))
}

fn output(args: &Args, surroundings: &Surroundings) -> Result<(Output, Option<&'static str>), Error> {
    match (&args.command, surroundings.terminal) {
        (Some(Command::Log(log)), _) => Ok((lines(log, args, surroundings), None)),
        (Some(Command::Record(record)), _) => Ok((Output::Record(recording(record)?), None)),
        (Some(Command::Serve(serve)), _) => Ok((Output::Serve(serving(serve, &args.select)), None)),
        (Some(Command::Rules(rules)), _) => Ok((Output::Rules(rules_work(rules, &args.select)?), None)),
        (Some(Command::Why(why)), _) => Ok((Output::Why(question(why, args, surroundings)), None)),
        (Some(Command::Config(_) | Command::Doctor) | None, false) => {
            let note = "sigtop: standard output is no terminal: printing the lines of `sigtop log`";
            Ok((lines(&cli::Log::default(), args, surroundings), Some(note)))
        }
        (Some(Command::Config(_) | Command::Doctor) | None, true) => Ok((screen::dashboard(args, surroundings)?, None)),
    }
}

fn rules_work(rules: &cli::Rules, select: &cli::Select) -> Result<RulesWork, Error> {
    match &rules.what {
        cli::RulesCommand::Check { files } => Ok(RulesWork::Check(files.clone())),
        cli::RulesCommand::Test { files } if select.replay.is_some() || select.demo.is_some() => {
            Ok(RulesWork::Test { files: files.clone(), is_failure: select.fail_on_alert })
        }
        cli::RulesCommand::Test { .. } => {
            let hint = "add --replay FILE, with what `sigtop record` wrote; live: sigtop log --rules FILE";
            Err(Error::usage("`sigtop rules test` runs rules over a recording", hint))
        }
        cli::RulesCommand::Show => Ok(RulesWork::Show),
    }
}

fn serving(serve: &cli::Serve, select: &cli::Select) -> Serving {
    let is_wanted = serve.record.is_none() || serve.socket_group.is_some();
    let usual = is_wanted.then(|| PathBuf::from(SOCKET));
    Serving {
        socket: serve.socket.clone().or(usual),
        group: serve.socket_group.clone(),
        record: serve.record.clone(),
        record_size: serve.record_size,
        is_patient: select.replay.is_some(),
        must_last: select.replay.is_none() && select.demo.is_none(),
    }
}

/// How names end of files that are compressed as no recording is.
const FOREIGN: [&str; 6] = [".gz", ".tgz", ".bz2", ".xz", ".lz4", ".zip"];

fn recording(record: &cli::Record) -> Result<Recording, Error> {
    let (path, rotate) = (record.output.clone(), record.rotate);
    let max_age_ns = record.max_age.map(|age| u64::try_from(age.as_nanos()).unwrap_or(u64::MAX));
    if rotate.is_some() && record.max_size.is_none() && max_age_ns.is_none() {
        let hint = "say when a file is full: --max-size 100M, --max-age 1h, or both";
        return Err(Error::usage("--rotate alone never rotates", hint));
    }
    if rotate.is_some() && path.as_os_str() == "-" {
        return Err(Error::usage("standard output cannot be rotated", "leave out --rotate, or name a file"));
    }
    let name = path.to_string_lossy().to_ascii_lowercase();
    if let Some(ending) = FOREIGN.iter().find(|ending| name.ends_with(**ending)) {
        let what = format!("{}: no {ending} is written here, only plain lines and zstd", path.display());
        return Err(Error::usage(what, "give it a name that ends in .jsonl.zst, or in .jsonl for plain lines"));
    }
    Ok(Recording { path, max_bytes: record.max_size, max_age_ns, rotate, force: record.force })
}

fn question(why: &cli::Why, args: &Args, surroundings: &Surroundings) -> Question {
    let is_endless = args.select.demo.is_some() || args.select.connect.is_some();
    Question {
        who: why.who.parse().map_or_else(|_| Who::Name(Pattern(why.who.clone())), Who::Pid),
        json: why.json,
        time: why.time.map_or(surroundings.settings.time, TimeStyle::from),
        all: why.all,
        wait: why.wait || is_endless, // it would be waited for anyway
        colour: colour(args, surroundings),
        terminal: surroundings.terminal,
        ascii: args.select.ascii || surroundings.settings.ascii || !surroundings.utf8,
        is_usual_place: !why.wait && !is_endless && args.select.replay.is_none(),
        is_made_up: args.select.demo.is_some(),
    }
}

/// Whether text on standard output is coloured.
fn colour(args: &Args, surroundings: &Surroundings) -> bool {
    match args.select.color.map_or(surroundings.settings.color, Color::from) {
        Color::Auto => surroundings.terminal && !surroundings.no_color,
        Color::Always => true,
        Color::Never => false,
    }
}

fn lines(log: &cli::Log, args: &Args, surroundings: &Surroundings) -> Output {
    // Shells that look for a program along PATH fail all the time: who wants to see that says so.
    let usual = if args.select.failed { &USUAL[..2] } else { &USUAL };
    let events = match &args.select.events {
        _ if log.alerts_only => vec![Kind::Alert],
        named if named.is_empty() => usual.to_vec(),
        named => named.clone(),
    };
    let time = log.time.map_or(surroundings.settings.time, TimeStyle::from);
    Output::Log { format: log.format, events, time, colour: colour(args, surroundings) }
}

#[cfg(test)]
mod tests;
