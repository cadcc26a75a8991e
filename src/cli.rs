//! What the user typed: the command line, and nothing of what it means (that is `plan`).

use crate::clock::TimeStyle;
use crate::event::{Kind, Tty};
use crate::filter;
use crate::signal::{Signal, edit_distance};
use clap::{Args as ClapArgs, CommandFactory, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  sudo sigtop                               watch this machine's signals and processes
  sudo sigtop log -s KILL,TERM              one line for each SIGKILL and SIGTERM, and what came of it
  sudo sigtop log --events exit             who dies, and of what
  sudo sigtop log --events exec --tty pts/9 every program started on that terminal
  sudo sigtop log 1234                      what process 1234 and its descendants send and are sent
  sudo sigtop log 'from:deploy* !sig:CHLD'  a filter: --help tells the language
  sudo sigtop log --format json | jq .      the same for programs
  sudo timeout -s INT --preserve-status 60 sigtop log --rules builtin --alerts-only --fail-on-alert
                                            for a minute: exit code 1 if a rule fired
  sigtop --demo                             a synthetic history; needs no privileges";

/// Under which the options of every mode stand in the help.
const SELECTING: &str = "Selecting";
const ORIGIN: &str = "Where events come from";
const SCREEN: &str = "Screen and settings";
const RULES: &str = "Rules and alerts";

const RECORD_HELP: &str = "\
Examples:
  sudo sigtop record -o crash.jsonl.zst              until ^C
  sudo sigtop record -o kills.jsonl sig:KILL         of signals only these
  sudo sigtop record -o x.jsonl.zst --max-size 100M --rotate 10
                                                     the newest gigabyte, in ten files
  sigtop --replay crash.jsonl.zst                    the dashboard, played again
  sigtop why java --replay crash.jsonl.zst           who killed it
  ssh host sudo sigtop record -o - | sigtop --replay -";

const WHY_HELP: &str = "\
Examples:
  sigtop why nginx                               the newest death that was recorded
  sigtop why 881 --replay crash.jsonl.zst        from this recording, or from a directory
  sudo sigtop why --wait nginx                   watch until it dies, then say why
  sigtop why '*' --all --replay crash.jsonl.zst  every death
  sigtop why nginx --json | jq '.[0].cause'      the same for programs

Without --replay, --wait and --connect it looks into what `sigtop serve --record` kept in /var/lib/sigtop.
A name is that of the process as it died, or one that it had before, or its file's; * fits any characters.

Exit codes: 0 somebody died who was asked for; 1 nobody did; 2 wrong usage: no such recording, no such process to \
wait for; 3 it cannot be done here: nothing was recorded, no permission, no daemon.";

const SERVE_HELP: &str = "\
Examples:
  sudo sigtop serve                       clients at /run/sigtop.sock
  sudo sigtop serve --socket /run/sigtop.sock --socket-group adm --record /var/lib/sigtop
  sigtop --connect /run/sigtop.sock       the dashboard there; `log`, `record` and `why` too
  nc -U /run/sigtop.sock                  JSON Lines; type sig:KILL,TERM to narrow them

A client gets a header, who is alive, and then the stream. Each line that it sends is a filter for itself alone. \
SIGHUP begins a new file of the recorder; SIGTERM ends.";

const CONFIG_HELP: &str = "\
Settings are looked for in $XDG_CONFIG_HOME/sigtop/config.toml, or $HOME/.config/sigtop/config.toml, or \
/etc/sigtop/config.toml; themes in themes/NAME.toml beside it.

Under sudo, $HOME is usually root's: then name the file with --config, or put it into /etc/sigtop.

  sigtop config > ~/.config/sigtop/config.toml     a file to begin with, every entry explained";

/// top for signals: who sends which signal to whom, by which road, with what outcome, and why a process died.
#[derive(Parser, Debug)]
#[command(version, about, after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{}", filter::help()))]
pub struct Args {
    /// What to do; without it, the dashboard.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// What to look at.
    #[command(flatten)]
    pub select: Select,

    /// Only what this filter shows: sig:KILL,TERM from:bash* !to:1234 tree:812 tty:pts/3; bare numbers are pids, with
    /// their descendants
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
}

/// What to do.
#[derive(Subcommand, Debug, Clone)]
pub enum Command {
    /// One event a line on standard output
    Log(Log),
    /// Record the stream: what is recorded can be replayed in every mode
    #[command(after_help = RECORD_HELP)]
    Record(Record),
    /// Why a process died: who killed it, and what came before
    #[command(after_help = WHY_HELP)]
    Why(Why),
    /// A daemon: the stream for whoever comes, at a socket, and a flight recorder
    #[command(after_help = SERVE_HELP)]
    Serve(Serve),
    /// Check rules, or run them over a recording
    #[command(subcommand_required = true, arg_required_else_help = true)]
    Rules(Rules),
    /// What this kernel and these privileges allow, and what to do about each "no"
    Doctor,
    /// Print the settings that are in force, as a file of settings
    #[command(after_help = CONFIG_HELP)]
    Config(Config),
}

/// Options of every mode that mean nothing to `sigtop why`: it looks at everything, and draws no screen.
const NOT_OF_WHY: [&str; 14] = [
    "signal",
    "pid",
    "no_watch_children",
    "wait_for",
    "tty",
    "user",
    "comm",
    "failed",
    "all_signals",
    "threads",
    "read_only",
    "theme",
    "no_mouse",
    "state",
];

/// Those that mean something to `sigtop rules test`; to the others, none does.
const OF_RULES_TEST: [&str; 3] = ["replay", "demo", "fail_on_alert"];

/// Hides an option of every mode but for these.
fn for_rules(arg: clap::Arg, shown: &[&str]) -> clap::Arg {
    let is_hidden = arg.is_global_set() && !shown.contains(&arg.get_id().as_str());
    if is_hidden { arg.hide(true) } else { arg }
}

/// The command line as it is read: a command's help is without what means nothing to it.
pub fn command() -> clap::Command {
    let mut command = Args::command();
    command.build(); // only now commands have the options of every mode
    let hide = |arg: clap::Arg| {
        let is_nothing = NOT_OF_WHY.contains(&arg.get_id().as_str());
        if is_nothing { arg.hide(true) } else { arg }
    };
    command
        .mut_subcommand("why", |why| why.mut_args(hide))
        .mut_subcommand("rules", |rules| {
            let rules = rules.mut_args(|arg| for_rules(arg, &[]));
            let test = |test: clap::Command| test.mut_args(|arg| for_rules(arg, &OF_RULES_TEST));
            let none = |other: clap::Command| other.mut_args(|arg| for_rules(arg, &[]));
            rules.mut_subcommand("check", none).mut_subcommand("test", test).mut_subcommand("show", none)
        })
        .mut_subcommand("doctor", |doctor| doctor.mut_args(|arg| for_rules(arg, &["buffer"])))
}

/// Commands that the program will have: until then their names are no filters either.
pub const TO_COME: [&str; 2] = ["completions", "man"];

/// The command that was probably meant by a word that is none.
pub fn nearest_command(word: &str) -> Option<String> {
    let names = Args::command().get_subcommands().map(|command| command.get_name().to_string()).collect::<Vec<_>>();
    names.into_iter().find(|name| edit_distance(word, name) == 1)
}

/// Options of every mode.
#[derive(ClapArgs, Debug, Clone)]
pub struct Select {
    /// Of signals only these, and of processes what --events says: SIGKILL, kill, 9, RTMIN+3; repeatable and comma-separated
    #[arg(short, long, value_name = "SIG", value_delimiter = ',', value_parser = Signal::parse, global = true, help_heading = SELECTING)]
    pub signal: Vec<Signal>,

    /// Only from or to this process; repeatable and comma-separated; with its descendants
    #[arg(short, long, value_name = "PID", value_delimiter = ',', value_parser = parse_pid, global = true, help_heading = SELECTING)]
    pub pid: Vec<u32>,

    /// Watched processes without their descendants
    #[arg(long, global = true, help_heading = SELECTING)]
    pub no_watch_children: bool,

    /// Do not insist that watched processes are there already
    #[arg(long, global = true, help_heading = SELECTING)]
    pub wait_for: bool,

    /// Only from processes of this controlling terminal: /dev/pts/9, pts/9, pts9, tty1; repeatable
    #[arg(long, value_name = "TTY", value_delimiter = ',', value_parser = parse_tty, global = true, help_heading = SELECTING)]
    pub tty: Vec<Tty>,

    /// Only from processes of this user: a name or a number; repeatable
    #[arg(short, long, value_name = "USER", value_delimiter = ',', global = true, help_heading = SELECTING)]
    pub user: Vec<String>,

    /// Only from or to processes of this name; * fits any characters; repeatable
    #[arg(long, value_name = "NAME", global = true, help_heading = SELECTING)]
    pub comm: Vec<String>,

    /// Only what failed: sends and, with --events exec, executions
    #[arg(short = 'x', long, global = true, help_heading = SELECTING)]
    pub failed: bool,

    /// All signals: the default, accepted for clarity
    #[arg(short, long, conflicts_with = "signal", global = true, help_heading = SELECTING)]
    pub all_signals: bool,

    /// Only these kinds of events, comma-separated; open, chmod, move and connect are told only if named here, in a
    /// filter (kind:open) or by a rule; record and serve tell these beside all else [default of log: signal,deliver,fork,exec,exit,alert; with -x: signal,deliver]
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = parse_kind, global = true, help_heading = SELECTING)]
    pub events: Vec<Kind>,

    /// Report threads that begin and end, too
    #[arg(long, global = true, help_heading = SELECTING)]
    pub threads: bool,

    /// Ring buffer between kernel and sigtop; rounded up to a power of two
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = parse_size, global = true, help_heading = ORIGIN)]
    pub buffer: u32,

    /// A synthetic history instead of this kernel; the same seed gives the same history
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true, default_missing_value = "1", global = true, help_heading = ORIGIN)]
    pub demo: Option<u64>,

    /// A recording instead of this kernel: what `sigtop record` wrote, the newest in a directory of `sigtop serve --record`; - for standard input
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "demo", global = true, help_heading = ORIGIN)]
    pub replay: Option<PathBuf>,

    /// A running `sigtop serve` instead of this kernel: its socket, /run/sigtop.sock usually. Needs no other privilege
    #[arg(long, value_name = "PATH", conflicts_with_all = ["demo", "replay"], global = true, help_heading = ORIGIN)]
    pub connect: Option<PathBuf>,

    /// Where the dashboard begins to play a recording: 17:31:12, 2026-11-20 17:31, +30s, -10s (from the end), 50%, end
    #[arg(long, value_name = "TIME", requires = "replay", allow_hyphen_values = true)]
    pub at: Option<String>,

    /// How fast it plays: 0.1x to 600x [default: 1x]
    #[arg(long, value_name = "N", requires = "replay")]
    pub speed: Option<String>,

    /// Rules that give alerts: a file, or builtin for those that come with sigtop; repeatable
    #[arg(long, value_name = "FILE|builtin", global = true, help_heading = RULES)]
    pub rules: Vec<PathBuf>,

    /// Append every alert to this file, as JSON Lines with the host's name; SIGHUP opens it anew
    #[arg(long, value_name = "FILE", global = true, requires = "rules", help_heading = RULES)]
    pub alert_log: Option<PathBuf>,

    /// POST every alert to this URL; @FILE reads the URL from a file, so that no secret in it stands in the process list [env: SIGTOP_WEBHOOK_URL; SIGTOP_WEBHOOK_TOKEN is sent as a bearer token]
    #[arg(long, value_name = "URL|@FILE", global = true, requires = "rules", help_heading = RULES)]
    pub webhook: Option<String>,

    /// What is posted: sigtop's own JSON, or what Alertmanager takes at /api/v2/alerts
    #[arg(long, value_name = "FORMAT", default_value = "json", global = true, requires = "rules", help_heading = RULES)]
    pub webhook_format: WebhookFormat,

    /// Headers for the webhook, one a line (Authorization: Bearer ...), from a file that only you can read
    #[arg(long, value_name = "FILE", global = true, requires = "rules", help_heading = RULES)]
    pub webhook_headers: Option<PathBuf>,

    /// End with exit code 1 if a rule fired
    #[arg(long, global = true, help_heading = RULES)]
    pub fail_on_alert: bool,

    /// Send no signal from the dashboard: look, but do not touch
    #[arg(long, global = true, help_heading = SCREEN)]
    pub read_only: bool,

    /// Colours in the dashboard, of alerts in `sigtop log` and in what `sigtop why` prints: auto obeys NO_COLOR [default: what the settings say, else auto]
    #[arg(long, value_name = "WHEN", global = true, help_heading = SCREEN)]
    pub color: Option<Color>,

    /// Colours of the dashboard: 16, dark, light, contrast, mono, or a theme of the settings
    #[arg(long, value_name = "NAME", global = true, help_heading = SCREEN)]
    pub theme: Option<String>,

    /// Draw the dashboard with ASCII only
    #[arg(long, global = true, help_heading = SCREEN)]
    pub ascii: bool,

    /// Leave the mouse to the terminal, to select text with
    #[arg(long, global = true, help_heading = SCREEN)]
    pub no_mouse: bool,

    /// The file of settings [default: see `sigtop config --help`]
    #[arg(long, value_name = "FILE", global = true, help_heading = SCREEN)]
    pub config: Option<PathBuf>,

    /// Where layout and theme are kept that were chosen by keys; with --demo they are kept only if this is given
    /// [default: $XDG_STATE_HOME/sigtop/state.toml, else in ~/.local/state]
    #[arg(long, value_name = "FILE", global = true, help_heading = SCREEN)]
    pub state: Option<PathBuf>,
}

/// Options of `sigtop record`.
#[derive(ClapArgs, Debug, Clone)]
pub struct Record {
    /// Where to; - for standard output. A name that ends in .zst: compressed
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// A file ends when it is this large: 500K, 100M, 2G
    #[arg(long, value_name = "SIZE", value_parser = parse_limit)]
    pub max_size: Option<u64>,

    /// A file ends when it is this old: 90s, 15m, 1h 30m, 7d
    #[arg(long, value_name = "DURATION", value_parser = parse_age)]
    pub max_age: Option<Duration>,

    /// When a file ends, go on in another, and keep N in all: FILE is the newest, FILE.1 the one before; x.jsonl.zst
    /// becomes x.1.jsonl.zst
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=FILES_MAX))]
    pub rotate: Option<u32>,

    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,

    /// Only what this filter shows of signals; the life of processes is always recorded
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
}

/// Options of `sigtop why`.
#[derive(ClapArgs, Debug, Clone)]
pub struct Why {
    /// The process: a pid, or a name with * for any characters
    #[arg(value_name = "PID|NAME")]
    pub who: String,

    /// Watch this machine until such a process dies, then say why
    #[arg(short, long, conflicts_with = "replay")]
    pub wait: bool,

    /// A card for each death, not only for the newest
    #[arg(long)]
    pub all: bool,

    /// For programs: an array with an object for each death, newest first
    #[arg(long)]
    pub json: bool,

    /// Times: of day here, of day in UTC, or seconds since the start [default: what the settings say, else local]
    #[arg(long, value_name = "STYLE")]
    pub time: Option<Time>,
}

/// Options of `sigtop serve`.
#[derive(ClapArgs, Debug, Clone)]
pub struct Serve {
    /// Where clients connect [default: /run/sigtop.sock, unless --record alone is given]
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,

    /// Who may connect beside the owner: a group
    #[arg(long, value_name = "NAME")]
    pub socket_group: Option<String>,

    /// Keep a flight recorder in this directory
    #[arg(long, value_name = "DIR")]
    pub record: Option<PathBuf>,

    /// How much of the disk the flight recorder may take
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = parse_record, requires = "record")]
    pub record_size: u64,

    /// Only what this filter shows of signals; the life of processes is always served
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
}

/// Options of `sigtop config`.
#[derive(ClapArgs, Debug, Clone)]
pub struct Config {
    /// End with exit code 2 if an entry was not understood
    #[arg(long)]
    pub check: bool,
}

/// Options of `sigtop log`.
#[derive(ClapArgs, Debug, Clone)]
pub struct Log {
    /// text for people, json for programs: JSON Lines, a header object first
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,

    /// Only what this filter shows
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,

    /// Print only alerts, and what is said of gaps in the stream
    #[arg(long, conflicts_with = "events", help_heading = RULES)]
    pub alerts_only: bool,

    /// Times in text: of day here, of day in UTC, or seconds since the start [default: what the settings say, else local]
    #[arg(long, value_name = "STYLE")]
    pub time: Option<Time>,
}

impl Default for Log {
    /// What `sigtop log` without options means.
    fn default() -> Log {
        Log { filter: Vec::new(), format: Format::Text, alerts_only: false, time: None }
    }
}

/// `--format`.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `sigtop rules`.
#[derive(ClapArgs, Debug, Clone)]
pub struct Rules {
    /// What to do with them.
    #[command(subcommand)]
    pub what: RulesCommand,
}

/// What `sigtop rules` does.
#[derive(Subcommand, Debug, Clone)]
pub enum RulesCommand {
    /// Read rules, say what is wrong with them, and run the tests that stand in them
    Check {
        /// Files of rules; builtin for those that come with sigtop
        #[arg(value_name = "FILE|builtin", required = true)]
        files: Vec<PathBuf>,
    },
    /// Run rules over a recording: which events fire which rule
    Test {
        /// Files of rules; builtin for those that come with sigtop
        #[arg(value_name = "FILE|builtin", required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the rules that come with sigtop: a file to begin with
    Show,
}

/// `--webhook-format`.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookFormat {
    /// An object an alert, as `--alert-log` has them.
    Json,
    /// Alertmanager's API, version 2.
    Alertmanager,
}

/// `--time`.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// Time of day here.
    Local,
    /// Time of day in UTC.
    Utc,
    /// Seconds since the stream began.
    Relative,
}

impl From<Time> for TimeStyle {
    fn from(time: Time) -> TimeStyle {
        match time {
            Time::Local => TimeStyle::Local,
            Time::Utc => TimeStyle::Utc,
            Time::Relative => TimeStyle::Relative,
        }
    }
}

/// `--color`.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// Unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Kinds that `--events` does not take: what the stream says of itself is always told.
const OF_THE_STREAM: [Kind; 4] = [Kind::Lost, Kind::Skipped, Kind::Filter, Kind::Clock];

fn parse_kind(text: &str) -> Result<Kind, String> {
    let words: Vec<&str> = Kind::all_but(&OF_THE_STREAM).map(Kind::word).collect();
    let kind = Kind::from_word(&text.to_ascii_lowercase()).filter(|kind| !OF_THE_STREAM.contains(kind));
    kind.ok_or_else(|| match words.iter().find(|word| edit_distance(text, word) <= 2) {
        Some(near) => format!("no such kind of event; did you mean {near}?"),
        None => format!("no such kind of event; there are {}", words.join(", ")),
    })
}

fn parse_pid(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|pid| *pid > 0).ok_or_else(|| "a pid is a number from 1".into())
}

fn parse_tty(text: &str) -> Result<Tty, String> {
    Tty::parse(text).ok_or_else(|| "no terminal's name; try pts/9, /dev/pts/9, tty1 or ttyS0".into())
}

/// The most files that a recording may keep.
const FILES_MAX: i64 = 10_000;

/// The largest ring buffer: what fits the kernel's 32-bit size, as a power of two.
const BUFFER_MAX: u64 = 1 << 30;

/// Between 64 KiB and 1 GiB.
fn parse_size(text: &str) -> Result<u32, String> {
    let bytes = Some(parse_bytes(text)?).filter(|bytes| (1 << 16..=BUFFER_MAX).contains(bytes));
    bytes.map(|b| b.next_power_of_two() as u32).ok_or_else(|| "use 64K to 1G".into())
}

/// The smallest file that a recording may end for.
const LIMIT_MIN: u64 = 64 << 10;

fn parse_limit(text: &str) -> Result<u64, String> {
    Some(parse_bytes(text)?).filter(|bytes| *bytes >= LIMIT_MIN).ok_or_else(|| "use 64K or more".into())
}

/// The smallest flight recorder.
const RECORD_MIN: u64 = 1 << 20;

fn parse_record(text: &str) -> Result<u64, String> {
    Some(parse_bytes(text)?).filter(|bytes| *bytes >= RECORD_MIN).ok_or_else(|| "use 1M or more".into())
}

/// The shortest time that a recording may end after.
const AGE_MIN: Duration = Duration::from_secs(1);

fn parse_age(text: &str) -> Result<Duration, String> {
    let age = humantime::parse_duration(text).map_err(|e| format!("{e}; try 90s, 15m or 1h 30m"))?;
    Some(age).filter(|age| *age >= AGE_MIN).ok_or_else(|| "use 1s or more".into())
}

/// `65536`, `512K`, `16M`, `16MiB`, `1G`.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let digits = upper.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = upper[digits.len()..].trim().trim_end_matches("IB").trim_end_matches('B');
    let shift = match unit {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("use a number of bytes, or one with K, M or G: 16M".into()),
    };
    let number: u64 = digits.parse().map_err(|_| "use a number of bytes, or one with K, M or G: 16M".to_string())?;
    number.checked_mul(1 << shift).ok_or_else(|| "that is more than there can be".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in
            [("16M", 16 << 20), ("16MiB", 16 << 20), ("65536", 65536), ("100k", 128 << 10), ("1g", 1 << 30)]
        {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "M", "0", "2G", "12Q", "-1", "99999999999999999999", "16 M M"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn options_stand_before_and_after_the_command() {
        for line in ["sigtop -s KILL log", "sigtop log -s kill", "sigtop log --signal 9"] {
            let args = Args::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(args.select.signal, [Signal::KILL], "{line}");
        }
        let args = Args::try_parse_from(["sigtop", "log", "-s", "HUP,INT", "-s", "RTMIN+1"]).unwrap();
        assert_eq!(args.select.signal.len(), 3);
    }

    #[test]
    fn the_seed_may_be_left_out() {
        let demo = |line: &str| Args::try_parse_from(line.split(' ')).unwrap().select.demo;
        assert_eq!((demo("sigtop --demo"), demo("sigtop --demo=7"), demo("sigtop")), (Some(1), Some(7), None));
    }

    #[test]
    fn the_default_log_is_what_the_options_say() {
        let Some(Command::Log(log)) = Args::try_parse_from(["sigtop", "log"]).unwrap().command else { panic!() };
        assert_eq!(
            (log.alerts_only, log.format, log.time),
            (Log::default().alerts_only, Log::default().format, Log::default().time)
        );
    }

    #[test]
    fn wrong_words_are_answered() {
        let said = |line: &str| Args::try_parse_from(line.split(' ')).unwrap_err().to_string();
        assert!(said("sigtop -s SIGTREM").contains("did you mean SIGTERM?"));
        assert!(said("sigtop log --events banana").contains("signal, deliver, fork"));
        assert!(said("sigtop --buffer 3G").contains("64K to 1G"));
    }
}
