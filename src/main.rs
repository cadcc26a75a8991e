//! Parse, read the settings, plan, run; map an error to its exit code.

// As in lib.rs.
#![cfg_attr(not(test), deny(clippy::print_stderr, clippy::print_stdout))]

use clap::FromArgMatches;
use sigtop::app::{self, problems, settings};
use sigtop::cli::{self, Args, Command};
use sigtop::error::Error;
use sigtop::plan::{self, Surroundings};
use std::env;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::from_arg_matches(&cli::command().get_matches()).unwrap_or_else(|e| e.exit());
    match settings::read(args.select.config.as_deref()).and_then(|settings| run(&args, settings)) {
        Ok(code) => code,
        Err(error) => {
            problems::print(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(args: &Args, settings: settings::Settings) -> Result<ExitCode, Error> {
    if let Some(Command::Config(config)) = &args.command {
        return settings::print(&plan::settings(args, &settings.config)?, &settings, config.check);
    }
    if let Some(Command::Doctor) = &args.command {
        return app::doctor::run(args.select.buffer);
    }
    app::run(plan::plan(args, &surroundings(settings))?)
}

fn surroundings(settings: settings::Settings) -> Surroundings {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name)).unwrap_or_default().to_lowercase();
    Surroundings {
        terminal: std::io::stdout().is_terminal(),
        term: env::var("TERM").ok(),
        no_color: set("NO_COLOR").is_some(),
        // No locale at all is common in containers and under sudo, on terminals that do know UTF-8.
        users: app::users::read(),
        colorterm: set("COLORTERM"),
        webhook: set("SIGTOP_WEBHOOK_URL"),
        problems: settings.problems(),
        settings: settings.config,
        utf8: locale.is_empty() || locale.contains("utf-8") || locale.contains("utf8"),
    }
}
