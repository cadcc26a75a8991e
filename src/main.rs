//! Parse, plan, run; map an error to its exit code.

use clap::Parser;
use sigtop::plan::{self, Surroundings};
use sigtop::{app, cli::Args};
use std::env;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    match plan::plan(&args, &surroundings()).and_then(app::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn surroundings() -> Surroundings {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name)).unwrap_or_default().to_lowercase();
    Surroundings {
        terminal: std::io::stdout().is_terminal(),
        term: env::var("TERM").ok(),
        no_color: set("NO_COLOR").is_some(),
        // No locale at all is common in containers and under sudo, on terminals that do know UTF-8.
        users: app::users::read(),
        utf8: locale.is_empty() || locale.contains("utf-8") || locale.contains("utf8"),
    }
}
