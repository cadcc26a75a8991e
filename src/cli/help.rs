//! The texts of the help beside what stands at each option: examples, headings, and which options a command's help is
//! without.

use super::Args;
use clap::CommandFactory;

pub(super) const EXAMPLES: &str = "\
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
pub(super) const SELECTING: &str = "Selecting";
pub(super) const ORIGIN: &str = "Where events come from";
pub(super) const SCREEN: &str = "Screen and settings";
pub(super) const RULES: &str = "Rules and alerts";

pub(super) const RECORD_HELP: &str = "\
Examples:
  sudo sigtop record -o crash.jsonl.zst              until ^C
  sudo sigtop record -o kills.jsonl sig:KILL         of signals only these
  sudo sigtop record -o x.jsonl.zst --max-size 100M --rotate 10
                                                     the newest gigabyte, in ten files
  sigtop --replay crash.jsonl.zst                    the dashboard, played again
  sigtop why java --replay crash.jsonl.zst           who killed it
  ssh host sudo sigtop record -o - | sigtop --replay -";

pub(super) const WHY_HELP: &str = "\
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

pub(super) const SERVE_HELP: &str = "\
Examples:
  sudo sigtop serve                       clients at /run/sigtop.sock
  sudo sigtop serve --socket /run/sigtop.sock --socket-group adm --record /var/lib/sigtop
  sigtop --connect /run/sigtop.sock       the dashboard there; `log`, `record` and `why` too
  nc -U /run/sigtop.sock                  JSON Lines; type sig:KILL,TERM to narrow them

A client gets a header, who is alive, and then the stream. Each line that it sends is a filter for itself alone. \
SIGHUP begins a new file of the recorder; SIGTERM ends.";

pub(super) const CONFIG_HELP: &str = "\
Settings are looked for in $XDG_CONFIG_HOME/sigtop/config.toml, or $HOME/.config/sigtop/config.toml, or \
/etc/sigtop/config.toml; themes in themes/NAME.toml beside it.

Under sudo, $HOME is usually root's: then name the file with --config, or put it into /etc/sigtop.

  sigtop config > ~/.config/sigtop/config.toml     a file to begin with, every entry explained";

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
