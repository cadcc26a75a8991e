//! What each command takes: `log`, `record`, `why`, `serve`, `rules`, `config`.

use super::help::RULES;
use super::values::{FILES_MAX, parse_age, parse_limit, parse_record};
use crate::clock::TimeStyle;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

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
        /// Files of rules; builtin for those that come with sigtop, - for standard input
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
