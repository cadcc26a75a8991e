//! What is typed, and what is done then.

use super::*;
use crate::config;
use crate::filter::Want;
use crate::ui::layout::Preset;
use crate::ui::theme::Depth;
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

#[test]
fn how_a_recording_begins_to_play_is_looked_at_wherever_it_goes() {
    let refused = |line: &str, here: &Surroundings| {
        let e = plan_of(line, here).unwrap_err();
        assert_eq!(e.exit_code(), 2, "{line}");
        e.what
    };
    let pipe = Surroundings { terminal: false, ..terminal() };
    for here in [&terminal(), &pipe] {
        for origin in ["--replay x", "--demo"] {
            let wrong = refused(&format!("sigtop {origin} --at 99:00"), here);
            assert_eq!(wrong, "this is no time to begin at: col 1: hours are 0 to 23");
            assert_eq!(refused(&format!("sigtop {origin} --speed 7x"), here), "there is no speed \"7x\"");
        }
        for line in ["sigtop --replay x --at 12:00 log", "sigtop --replay x --speed 1 log", "sigtop --demo --at end"] {
            assert!(refused(line, here).contains("how the dashboard begins to play"), "{line}");
        }
    }
    assert!(refused("sigtop --replay x --at 12:00", &pipe).contains("how the dashboard begins to play"));
    assert!(plan_of("sigtop --replay x --at 12:00 --speed 2", &terminal()).is_ok());
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
    assert_eq!((theme(&screen).as_str(), screen.themes.usual.as_str(), screen.themes.is_asked), ("sea", "light", true));
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

/// Who asks for a kind by name gets to see it.
#[test]
fn what_a_filter_of_log_names_is_printed() {
    let events = |line: &str| match plan_of(line, &terminal()).unwrap().output {
        Output::Log { events, .. } => events,
        _ => panic!("{line}"),
    };
    let with = |more: &[Kind]| [&USUAL, more].concat();
    assert_eq!(events("sigtop log kind:open path:/etc/**"), with(&[Kind::Open]));
    assert_eq!(events("sigtop log sig:TERM or kind:connect,chmod"), with(&[Kind::Connect, Kind::Chmod]));
    assert_eq!(events("sigtop log kind:rename,exec !kind:open"), with(&[Kind::Rename]));
    assert_eq!(events("sigtop log --rules x --alerts-only kind:open"), [Kind::Alert]);
    assert_eq!(events("sigtop log --events signal kind:open"), [Kind::Signal]);
    assert_eq!(events("sigtop log -x kind:exec"), [Kind::Signal, Kind::Deliver, Kind::Exec]);
    assert_eq!(filter_of("sigtop log -x kind:exec"), "result:overflow,failed kind:exec");
}

/// For who records or serves, what is told only on request is told beside everything else.
#[test]
fn what_is_told_on_request_is_added_to_what_is_recorded_and_served() {
    for mode in ["record -o x", "serve"] {
        let asked = |line: &str| plan_of(&format!("sigtop {mode} {line}"), &terminal()).unwrap().origin.asked();
        let added = asked("--events open,connect");
        assert!(added.filter.is_everything(), "{}", added.filter);
        assert_eq!((&added.facts.open, &added.facts.connect), (&Want::ALL, &Want::ALL));
        assert_eq!(added.facts.chmod, Want::Nothing);
        assert_eq!(asked("--events open,exec").filter.to_string(), "kind:exec");
        let kills = asked("--events open -s KILL");
        assert_eq!((kills.filter.to_string().as_str(), kills.facts.open), ("sig:KILL", Want::ALL));
    }
    assert_eq!(filter_of("sigtop --events open"), "kind:open");
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

/// Of every mode only what means something there.
#[test]
fn the_help_of_rules_is_short_and_an_alert_fails_a_run_of_them() {
    let help = |line: &str| cli::command().try_get_matches_from(line.split(' ')).unwrap_err().to_string();
    for line in ["sigtop rules --help", "sigtop rules check --help", "sigtop rules show --help"] {
        let text = help(line);
        assert!(!text.contains("--webhook") && !text.contains("--replay") && !text.contains("--theme"), "{text}");
    }
    let text = help("sigtop rules test --help");
    assert!(text.contains("--replay") && text.contains("--fail-on-alert") && !text.contains("--webhook"), "{text}");
    let work = |line: &str| plan_of(line, &terminal()).unwrap().output;
    let test = |is_failure| Output::Rules(RulesWork::Test { files: vec!["f".into()], is_failure });
    assert_eq!(work("sigtop rules test f --replay r --fail-on-alert"), test(true));
    assert_eq!(work("sigtop rules test f --replay r"), test(false));
    for line in ["sigtop log --fail-on-alert", "sigtop rules check f --fail-on-alert"] {
        assert_eq!(plan_of(line, &terminal()).unwrap_err().what, "--fail-on-alert, but no rule", "{line}");
    }
}

#[test]
fn what_is_watched_must_be_there() {
    let watched = |line: &str| plan_of(line, &terminal()).unwrap().watched;
    assert_eq!(watched("sigtop log 12 -p 13 from:14 !to:15 from:bash"), [13, 12, 14]);
    assert_eq!(watched("sigtop log 12 !tree:13 --no-watch-children"), [12]);
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
