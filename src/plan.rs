//! What will be done: origin, output, limits, decided from what was typed and where it runs. Pure: all questions
//! to the environment are asked before, all work is done after.

use crate::cli::{self, Args, Command, Format};
use crate::clock::TimeStyle;
use crate::config::{self, Color, Config};
use crate::error::Error;
use crate::escape::Quoted;
use crate::event::{Kind, SendResult};
use crate::filter::sieve::Narrows;
use crate::filter::{Expr, Filter, ParseError, Pattern, Side, Term, User, Users, Who};
use crate::source::{connect, live, replay, synth};
use crate::ui::arrange::Themes;
use crate::ui::head::Speed;
use crate::ui::keys::Keymap;
use crate::ui::layout::Preset;
use crate::ui::theme::{Depth, MONO, Theme};
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
}

/// The screen, as it is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// Colours, or only bold, dim and reverse.
    pub colour: bool,
    /// Only ASCII, or box drawing and block characters too.
    pub ascii: bool,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// How times are shown.
    pub time: TimeStyle,
    /// How it is divided.
    pub preset: Preset,
    /// What each key does.
    pub keys: Keymap,
    /// What it is painted with.
    pub themes: Themes,
    /// Where it is written down what keys changed of this.
    pub state: State,
    /// No signal is sent from it.
    pub read_only: bool,
    /// How a recording begins to play.
    pub playing: Playing,
}

/// How a recording begins to play.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Playing {
    /// Where, as it was typed: the recording knows its days.
    pub at: Option<String>,
    /// How fast.
    pub speed: Speed,
}

/// Where the state of the layout is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Where it usually is.
    Usual,
    /// In this file.
    File(PathBuf),
    /// Nowhere.
    Nowhere,
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
    },
    /// A recording.
    Record(Recording),
    /// The causes of deaths.
    Why(Question),
    /// Several at once, for whoever comes.
    Serve(Serving),
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
    /// The file of settings that was asked for.
    pub config: Option<PathBuf>,
    /// The origin can wait for clients.
    pub is_patient: bool,
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
}

/// Kinds that say something of the stream itself: printed whatever was asked for.
pub const ALWAYS: [Kind; 3] = [Kind::Lost, Kind::Filter, Kind::Clock];

/// Kinds that are printed where none are named.
const USUAL: [Kind; 5] = [Kind::Signal, Kind::Deliver, Kind::Fork, Kind::Exec, Kind::Exit];

/// Kinds for which signals must be watched: an exit says which signal it was.
const NEED_SIGNALS: [Kind; 3] = [Kind::Signal, Kind::Deliver, Kind::Exit];

/// Decides.
///
/// # Errors
/// A combination that makes no sense here, and what to do instead.
pub fn plan(args: &Args, surroundings: &Surroundings) -> Result<Plan, Error> {
    let (output, note) = output(args, surroundings)?;
    let filter = filter(args, &output, surroundings)?;
    let narrows = if matches!(output, Output::Log { .. }) { Narrows::All } else { Narrows::Signals };
    let select = &args.select;
    let threads = args.select.threads;
    let watched = if args.select.wait_for { Vec::new() } else { watched(&filter) };
    let usual = matches!(&output, Output::Why(question) if question.is_usual_place).then(|| FLIGHT_RECORDER.into());
    if matches!(output, Output::Why(_)) && !filter.is_everything() {
        let what = "`sigtop why` looks at everything: what is left out might be what killed it";
        return Err(Error::usage(what, "leave out -s, -p, -u, --tty, --comm and -x"));
    }
    let origin = match (select.demo, select.replay.as_ref().or(usual.as_ref()), &select.connect) {
        (Some(seed), ..) => Origin::Demo(synth::Options { seed, threads, filter, narrows }),
        (_, Some(path), _) => Origin::Replay(replay::Options { path: path.clone(), threads, filter, narrows }),
        (.., Some(path)) => Origin::Connect(connect::Options { path: path.clone(), threads, filter, narrows }),
        (None, None, None) => Origin::Live(live::Options { buffer: select.buffer, threads, filter, narrows }),
    };
    Ok(Plan { origin, output, note, problems: surroundings.problems.clone(), watched })
}

fn output(args: &Args, surroundings: &Surroundings) -> Result<(Output, Option<&'static str>), Error> {
    match (&args.command, surroundings.terminal) {
        (Some(Command::Log(log)), _) => Ok((lines(log, args, surroundings), None)),
        (Some(Command::Record(record)), _) => Ok((Output::Record(recording(record)?), None)),
        (Some(Command::Serve(serve)), _) => Ok((Output::Serve(serving(serve, &args.select)), None)),
        (Some(Command::Why(why)), _) => Ok((Output::Why(question(why, args, surroundings)), None)),
        (Some(Command::Config(_)) | None, false) => {
            let note = "sigtop: standard output is no terminal: printing the lines of `sigtop log`";
            Ok((lines(&cli::Log::default(), args, surroundings), Some(note)))
        }
        (Some(Command::Config(_)) | None, true) => Ok((dashboard(args, surroundings)?, None)),
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
        config: select.config.clone(),
        is_patient: select.replay.is_some(),
    }
}

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
    Ok(Recording { path, max_bytes: record.max_size, max_age_ns, rotate, force: record.force })
}

fn question(why: &cli::Why, args: &Args, surroundings: &Surroundings) -> Question {
    let color = args.select.color.map_or(surroundings.settings.color, Color::from);
    let is_endless = args.select.demo.is_some() || args.select.connect.is_some();
    Question {
        who: why.who.parse().map_or_else(|_| Who::Name(Pattern(why.who.clone())), Who::Pid),
        json: why.json,
        time: why.time.map_or(surroundings.settings.time, TimeStyle::from),
        all: why.all,
        wait: why.wait || is_endless, // it would be waited for anyway
        colour: match color {
            Color::Auto => surroundings.terminal && !surroundings.no_color,
            Color::Always => true,
            Color::Never => false,
        },
        terminal: surroundings.terminal,
        ascii: args.select.ascii || surroundings.settings.ascii || !surroundings.utf8,
        is_usual_place: !why.wait && !is_endless && args.select.replay.is_none(),
        is_made_up: args.select.demo.is_some(),
    }
}

impl From<cli::Color> for Color {
    fn from(color: cli::Color) -> Color {
        match color {
            cli::Color::Auto => Color::Auto,
            cli::Color::Always => Color::Always,
            cli::Color::Never => Color::Never,
        }
    }
}

fn lines(log: &cli::Log, args: &Args, surroundings: &Surroundings) -> Output {
    // Shells that look for a program along PATH fail all the time: who wants to see that says so.
    let usual = if args.select.failed { &USUAL[..2] } else { &USUAL };
    let events = if log.events.is_empty() { usual.to_vec() } else { log.events.clone() };
    Output::Log { format: log.format, events, time: log.time.map_or(surroundings.settings.time, TimeStyle::from) }
}

fn dashboard(args: &Args, surroundings: &Surroundings) -> Result<Output, Error> {
    let term = surroundings.term.as_deref().unwrap_or("");
    if matches!(term, "" | "dumb" | "unknown") {
        return Err(Error::environment(
            format!("the dashboard needs a terminal that can place text, and TERM is {term:?}"),
            "set TERM to what your terminal is (xterm-256color, say), or use `sigtop log`",
        ));
    }
    let settings = settings(args, &surroundings.settings)?;
    let colour = match settings.color {
        Color::Auto => !surroundings.no_color,
        Color::Always => true,
        Color::Never => false,
    };
    let list = if colour { settings.all_themes() } else { vec![Theme::own(MONO)] };
    let themes = Themes {
        at: list.iter().position(|theme| theme.name == settings.theme).unwrap_or(0),
        list,
        usual: surroundings.settings.theme.clone(),
        is_asked: args.select.theme.is_some() || !colour,
        depth: Depth::of(surroundings.colorterm.as_deref(), surroundings.term.as_deref()),
    };
    let state = match (&args.select.state, args.select.demo) {
        (Some(file), _) => State::File(file.clone()),
        (None, Some(_)) => State::Nowhere,
        (None, None) => State::Usual,
    };
    Ok(Output::Dashboard(Box::new(Screen {
        colour,
        ascii: settings.ascii || !surroundings.utf8,
        mouse: settings.mouse,
        time: settings.time,
        preset: settings.layout,
        keys: settings.keys,
        themes,
        state,
        read_only: settings.read_only,
        playing: playing(&args.select)?,
    })))
}

fn playing(select: &cli::Select) -> Result<Playing, Error> {
    let speed = select.speed.as_deref().map(|text| {
        Speed::parse(text).map_err(|there_are| Error::usage(format!("there is no speed {}", Quoted(text)), there_are))
    });
    Ok(Playing { at: select.at.clone(), speed: speed.transpose()?.unwrap_or_default() })
}

/// The settings, and what the command line says instead.
///
/// # Errors
/// A theme that there is not.
pub fn settings(args: &Args, settings: &Config) -> Result<Config, Error> {
    let mut merged = settings.clone();
    let select = &args.select;
    if let Some(name) = &select.theme {
        let all = settings.all_themes();
        let names = || all.iter().map(|theme| &*theme.name);
        if names().all(|known| known != name) {
            let hint = match config::nearest(name, names()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
            };
            return Err(Error::usage(format!("there is no theme {}", Quoted(name)), hint));
        }
        merged.theme.clone_from(name);
    }
    merged.color = select.color.map_or(merged.color, Color::from);
    merged.ascii |= select.ascii;
    merged.mouse &= !select.no_mouse;
    merged.read_only |= select.read_only;
    Ok(merged)
}

/// What is asked for, as one filter: each option is a term, and so is each word.
fn filter(args: &Args, output: &Output, surroundings: &Surroundings) -> Result<Filter, Error> {
    let users = |name: &str| surroundings.users.iter().find(|(known, _)| known == name).map(|(_, uid)| *uid);
    let (pids, words) = bare_pids(match &args.command {
        Some(Command::Log(log)) => &log.filter,
        Some(Command::Record(record)) => &record.filter,
        Some(Command::Serve(serve)) => &serve.filter,
        Some(Command::Why(_)) => &[],
        Some(Command::Config(_)) | None => &args.filter,
    });
    let mut parts = options(&args.select, pids, &users)?;
    if !args.select.signal.is_empty() {
        parts.push(signals(&args.select, output));
    }
    if let (None, Some(command)) = (&args.command, words.first().and_then(|word| cli::nearest_command(word))) {
        let what = format!("there is no command {}; did you mean `sigtop {command}`?", Quoted(words[0]));
        return Err(Error::usage(what, "to look for it in names, write it between quotes of its own: '\"word\"'"));
    }
    if let (None, Some(word)) = (&args.command, words.first().filter(|word| cli::TO_COME.contains(word))) {
        let hint = format!("to look for it in names, write it between quotes of its own: '\"{word}\"'");
        return Err(Error::usage(format!("`sigtop {word}` is not there yet"), hint));
    }
    let text = words.join(" "); // so that parentheses and `or` may be words of their own
    let wrong = |e: ParseError| Error::usage(format!("this is no filter: {e}"), e.marked(&text).replace('\n', "\n  "));
    let typed = Filter::parse(&text, &users).map_err(wrong)?;
    parts.push(if args.select.no_watch_children { without_children(typed.0) } else { typed.0 });
    if let Output::Log { events, .. } = output
        && !events.iter().any(|kind| NEED_SIGNALS.contains(kind))
    {
        parts.push(Expr::not(Expr::Term(Term::Kind(vec![Kind::Signal, Kind::Deliver, Kind::Exit]))));
    }
    if let Output::Log { events, .. } = output
        && !events.contains(&Kind::Exec)
    {
        parts.push(Expr::not(Expr::Term(Term::Kind(vec![Kind::Exec])))); // those that fail are looked for only if asked for
    }
    Ok(Filter(Expr::all(parts)))
}

/// Words that are numbers are watched processes as those of `-p` are, alternatives; but not within an expression.
fn bare_pids(words: &[String]) -> (Vec<u32>, Vec<&str>) {
    let is_sign = |word: &String| word.contains(['(', ')', '!']) || word.eq_ignore_ascii_case("or");
    if words.iter().any(is_sign) {
        return (Vec::new(), words.iter().map(String::as_str).collect());
    }
    let pids = words.iter().filter_map(|word| word.parse().ok()).collect();
    (pids, words.iter().map(String::as_str).filter(|word| word.parse::<u32>().is_err()).collect())
}

/// What `-s` says: of signals only these. Lines about processes are left as they are.
fn signals(select: &cli::Select, output: &Output) -> Expr {
    let only = Expr::signals(select.signal.iter().copied().collect());
    match output {
        Output::Dashboard(_) | Output::Record(_) | Output::Why(_) | Output::Serve(_) => only,
        Output::Log { .. } => {
            Expr::any(vec![only, Expr::not(Expr::Term(Term::Kind(vec![Kind::Signal, Kind::Deliver])))])
        }
    }
}

/// The terms that the other options stand for. Watched pids and terminals are alternatives; all else must hold too.
fn options(select: &cli::Select, mut pids: Vec<u32>, users: Users<'_>) -> Result<Vec<Expr>, Error> {
    let mut parts = Vec::new();
    let mut term = |is_asked: bool, term: Term| parts.extend(is_asked.then_some(Expr::Term(term)));
    let users = select.user.iter().map(|name| user(name, users)).collect::<Result<Vec<User>, Error>>()?;
    term(!users.is_empty(), Term::User(users));
    let names = select.comm.iter().map(|name| Who::Name(Pattern(name.clone()))).collect();
    term(!select.comm.is_empty(), Term::Party(Side::Either, names));
    term(select.failed, Term::Result(vec![SendResult::Overflow, SendResult::Failed]));

    let mut watched = Vec::new();
    pids.splice(0..0, select.pid.iter().copied());
    if !pids.is_empty() {
        watched.push(Expr::Term(match select.no_watch_children {
            true => Term::Party(Side::Either, pids.into_iter().map(Who::Pid).collect()),
            false => Term::Tree(pids),
        }));
    }
    if !select.tty.is_empty() {
        watched.push(Expr::Term(Term::Tty(select.tty.clone())));
    }
    if !watched.is_empty() {
        parts.push(Expr::any(watched));
    }
    Ok(parts)
}

fn user(name: &str, users: Users<'_>) -> Result<User, Error> {
    let by_number = || Some(User { uid: name.parse().ok()?, name: None });
    let by_name = || Some(User { uid: users(name)?, name: Some(name.into()) });
    let unknown = || {
        Error::usage(format!("there is no user {}", Quoted(name)), "give a name that this machine knows, or a number")
    };
    by_number().or_else(by_name).ok_or_else(unknown)
}

/// The same, but every `tree:` is the process alone.
fn without_children(expr: Expr) -> Expr {
    match expr {
        Expr::All(parts) => Expr::All(parts.into_iter().map(without_children).collect()),
        Expr::Any(parts) => Expr::Any(parts.into_iter().map(without_children).collect()),
        Expr::Not(part) => Expr::Not(Box::new(without_children(*part))),
        Expr::Term(Term::Tree(pids)) => Expr::Term(Term::Party(Side::Either, pids.into_iter().map(Who::Pid).collect())),
        other => other,
    }
}

/// The pids that a filter asks for: not those that it excludes.
fn watched(filter: &Filter) -> Vec<u32> {
    fn collect(expr: &Expr, pids: &mut Vec<u32>) {
        match expr {
            Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| collect(part, pids)),
            Expr::Not(_) => {}
            Expr::Term(Term::Tree(tree)) => pids.extend(tree),
            Expr::Term(Term::Party(_, who)) => {
                pids.extend(who.iter().filter_map(|who| if let Who::Pid(pid) = who { Some(pid) } else { None }))
            }
            Expr::Term(_) => {}
        }
    }
    let mut pids = Vec::new();
    collect(&filter.0, &mut pids);
    pids
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn plan_of(line: &str, surroundings: &Surroundings) -> Result<Plan, Error> {
        plan(&Args::try_parse_from(line.split(' ')).unwrap(), surroundings)
    }

    fn terminal() -> Surroundings {
        let users = [("root".into(), 0), ("alice".into(), 1000)].into();
        Surroundings { terminal: true, term: Some("xterm".into()), utf8: true, users, ..Surroundings::default() }
    }

    fn filter_of(line: &str) -> String {
        plan_of(line, &terminal()).unwrap().origin.filter().to_string()
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

    fn screen_of(line: &str, here: &Surroundings) -> Screen {
        match plan_of(line, here).unwrap().output {
            Output::Dashboard(screen) => *screen,
            _ => panic!("{line}"),
        }
    }

    fn settings_of(text: &str) -> Config {
        let file = config::File { name: "config.toml".into(), text: text.into() };
        let (settings, problems) = config::read(Some(&file), &[]);
        assert!(problems.is_empty(), "{problems:?}");
        settings
    }

    #[test]
    fn colours_obey() {
        let colour = |line: &str, no_color, color: &str| {
            let settings = settings_of(&format!("color = '{color}'"));
            screen_of(line, &Surroundings { no_color, settings, ..terminal() }).colour
        };
        assert!(colour("sigtop", false, "auto") && !colour("sigtop", true, "auto"));
        assert!(colour("sigtop --color always", true, "never") && !colour("sigtop --color never", false, "always"));
        assert!(colour("sigtop", true, "always") && !colour("sigtop --color auto", true, "always"));
        let here = Surroundings { no_color: true, ..terminal() };
        let themes = screen_of("sigtop --theme dark", &here).themes;
        assert!(themes.list.len() == 1 && themes.palette() == crate::ui::theme::Palette::mono());
    }

    #[test]
    fn the_command_line_goes_before_the_settings() {
        let settings = settings_of(
            "theme = 'light'\nmouse = false\nascii = false\ntime = 'utc'\nlayout = 'log'\n[keys]\nundo = []\n[themes.sea]\n",
        );
        let here = Surroundings { settings, colorterm: Some("truecolor".into()), ..terminal() };
        let screen = screen_of("sigtop", &here);
        let theme = |screen: &Screen| screen.themes.list[screen.themes.at].name.clone();
        assert_eq!(
            (theme(&screen).as_str(), screen.themes.usual.as_str(), screen.themes.is_asked),
            ("light", "light", false)
        );
        assert_eq!((screen.mouse, screen.ascii, screen.time), (false, false, TimeStyle::Utc));
        assert_eq!((screen.preset, screen.themes.depth), (Preset::Log, Depth::True));
        assert_eq!((screen.keys.first("undo"), screen.state), (None, State::Usual));
        let screen = screen_of("sigtop --theme sea --ascii --demo", &here);
        assert_eq!(
            (theme(&screen).as_str(), screen.themes.usual.as_str(), screen.themes.is_asked),
            ("sea", "light", true)
        );
        assert!(screen.ascii && screen.state == State::Nowhere);
        assert_eq!(screen_of("sigtop --demo --state /x", &here).state, State::File("/x".into()));
        assert!(!screen_of("sigtop --no-mouse", &terminal()).mouse && screen_of("sigtop", &terminal()).mouse);
        let time = |line: &str| match plan_of(line, &here).unwrap().output {
            Output::Log { time, .. } => time,
            _ => panic!("{line}"),
        };
        assert_eq!((time("sigtop log"), time("sigtop log --time local")), (TimeStyle::Utc, TimeStyle::Local));
        let error = plan_of("sigtop --theme drak", &here).unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains("did you mean dark?"), "{error}");
    }

    #[test]
    fn read_only_is_passed_on() {
        let is = |line: &str, settings: &str| {
            screen_of(line, &Surroundings { settings: settings_of(settings), ..terminal() }).read_only
        };
        assert!(is("sigtop --read-only", "") && is("sigtop --demo --read-only", "") && !is("sigtop", ""));
        assert!(is("sigtop", "read_only = true"));
    }

    #[test]
    fn the_kernel_sends_what_is_needed() {
        for (line, filter) in [
            ("sigtop", ""),
            ("sigtop log --events exec", "!kind:signal,deliver,exit"),
            ("sigtop log --events exit", "!kind:exec"),
            ("sigtop log -s KILL", "sig:KILL or !kind:signal,deliver"),
            ("sigtop --demo -s KILL,term -a", ""),
        ] {
            if line.contains("-a") {
                assert!(Args::try_parse_from(line.split(' ')).is_err(), "{line}");
            } else {
                assert_eq!(filter_of(line), filter, "{line}");
            }
        }
    }

    #[test]
    fn options_and_words_are_one_filter() {
        for (line, filter) in [
            ("sigtop log 1234 9012", "tree:1234,9012"),
            ("sigtop log 12 -p 13 --tty pts/1 sig:KILL", "(tree:13,12 or tty:pts/1) sig:KILL"),
            ("sigtop log 12 or 13", "tree:12 or tree:13"),
            ("sigtop log -p 1234 -p 9012", "tree:1234,9012"),
            ("sigtop log -p 1234,9012 --no-watch-children", "pid:1234,9012"),
            ("sigtop log 1234 --no-watch-children", "pid:1234"),
            ("sigtop --tty pts9 --tty /dev/tty1 log", "tty:pts/9,tty1"),
            ("sigtop -p 7 --tty pts/9", "tree:7 or tty:pts/9"),
            ("sigtop -u alice --user 0 --comm nginx", "user:alice,0 pid:nginx"),
            ("sigtop log -x", "result:overflow,failed !kind:exec"),
            ("sigtop log -x --events signal,exec", "result:overflow,failed"),
            ("sigtop -s TERM ( from:a or to:b )", "sig:TERM (from:a or to:b)"),
            ("sigtop log -s TERM from:a", "(sig:TERM or !kind:signal,deliver) from:a"),
            ("sigtop -s TERM from:a or to:b", "sig:TERM (from:a or to:b)"),
        ] {
            assert_eq!(filter_of(line), filter, "{line}");
        }
    }

    #[test]
    fn what_is_watched_must_be_there() {
        let watched = |line: &str| plan_of(line, &terminal()).unwrap().watched;
        assert_eq!(watched("sigtop log 12 -p 13 from:14 !to:15 from:bash"), [13, 12, 14]);
        assert_eq!(watched("sigtop log 12 --wait-for"), Vec::<u32>::new());
    }

    #[test]
    fn a_wrong_filter_is_answered_with_the_place() {
        let said = |line: &str| plan_of(line, &terminal()).unwrap_err();
        let error = said("sigtop log sig:KILL form:bash");
        assert_eq!(error.exit_code(), 2);
        let text = error.to_string();
        assert!(text.contains("column 10") && text.contains("from:"), "{text}");
        assert!(text.contains("\n  sig:KILL form:bash\n           ^"), "{text}");
        assert!(said("sigtop -u nobody-here").to_string().contains("nobody-here"));
    }
}
