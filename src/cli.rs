//! What the user typed: the command line, and nothing of what it means (that is `plan`).
//!
//! The options of every mode stand here; those of a command in `cli/modes.rs`, how values are read in
//! `cli/values.rs`, the longer texts of the help in `cli/help.rs`.

mod help;
mod modes;
mod values;

pub use help::command;
pub use modes::{Config, Format, Log, Record, Rules, RulesCommand, Serve, Time, Why};

use crate::event::{Kind, Tty};
use crate::filter;
use crate::signal::{Signal, edit_distance};
use clap::{Args as ClapArgs, CommandFactory, Parser, Subcommand, ValueEnum};
use help::{CONFIG_HELP, EXAMPLES, ORIGIN, RECORD_HELP, RULES, SCREEN, SELECTING, SERVE_HELP, WHY_HELP};
use std::path::PathBuf;
use values::{parse_kind, parse_pid, parse_size, parse_tty};

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

    /// What is posted: sigtop's own JSON, or what Alertmanager takes at /api/v2/alerts [default: json]
    #[arg(long, value_name = "FORMAT", global = true, requires = "rules", help_heading = RULES)]
    pub webhook_format: Option<WebhookFormat>,

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

/// `--webhook-format`.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookFormat {
    /// An object an alert, as `--alert-log` has them.
    Json,
    /// Alertmanager's API, version 2.
    Alertmanager,
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

#[cfg(test)]
mod tests;
