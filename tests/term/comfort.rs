//! The real program with settings: what a terminal without colours, without Unicode or with a mouse of its own gets, what
//! the file of settings does, and what is there again the next time.

use super::*;
use std::fs;
use std::path::{Path, PathBuf};

/// A directory of this test alone, empty.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn sigtop(args: &[&str], env: &[(&str, &str)]) -> Session {
    let args: Vec<&str> = ["--demo=7"].into_iter().chain(args.iter().copied()).collect();
    Session::start(120, 36, env!("CARGO_BIN_EXE_sigtop"), &args, env)
}

/// With this file of settings, in a directory of that name.
fn with_settings(name: &str, text: &str) -> (PathBuf, Session) {
    let home = directory(name);
    fs::create_dir(home.join("sigtop")).unwrap();
    fs::write(home.join("sigtop/config.toml"), text).unwrap();
    let session = sigtop(&[], &[("XDG_CONFIG_HOME", home.to_str().unwrap())]);
    (home, session)
}

/// The parameters of every escape that sets how letters look (`ESC [ ... m`).
fn looks(raw: &[u8]) -> Vec<Vec<u16>> {
    let text = String::from_utf8_lossy(raw);
    let ends = |part: &str| {
        part.find(|c: char| !c.is_ascii_digit() && c != ';')
            .map(|end| (part[..end].to_string(), part[end..].starts_with('m')))
    };
    let parts = text.split("\x1b[").skip(1).filter_map(ends).filter(|(_, is_look)| *is_look);
    parts.map(|(numbers, _)| numbers.split(';').filter_map(|n| n.parse().ok()).collect()).collect()
}

/// Whether an escape sets a colour: 30 to 38, 40 to 48, 90 to 97, 100 to 107. (39 and 49 are the terminal's own.)
fn has_colour(raw: &[u8]) -> bool {
    let is_colour = |n: &u16| matches!(*n, 30..=38 | 40..=48 | 90..=97 | 100..=107);
    looks(raw).iter().flatten().any(is_colour)
}

/// Looks around, and quits.
fn all_of_it(mut session: Session) -> Vec<u8> {
    session.wait_for("DEMO").wait_for("handled").press("?").wait_for("page down").press(ESC);
    session.wait("help closed", |s| !s.contents().contains("page down"));
    session.press("s").wait_for("RTMIN+15").press("q").wait("closed", |s| !s.contents().contains("RTMIN+15"));
    session
        .press("x")
        .wait_for("Capture all but")
        .press("q")
        .press("C")
        .wait_for("theme")
        .press(" ")
        .wait_for("PAUSED");
    session.press("q");
    let (code, _, raw) = session.end_raw();
    assert_eq!(code, 0);
    raw
}

#[test]
fn no_color_means_no_escape_of_a_colour_at_all() {
    let quiet = |session: Session| {
        let mut session = session;
        session.wait_for("DEMO").wait_for("handled").press("?").wait_for("page down").press(ESC);
        session.wait("help closed", |s| !s.contents().contains("page down"));
        session.press("C").wait_for("no colours").press("q");
        session.end_raw().2
    };
    assert!(has_colour(&all_of_it(sigtop(&[], &[]))));
    for (args, env) in [
        (&[][..], &[("NO_COLOR", "1")][..]),
        (&["--color", "never"][..], &[("COLORTERM", "truecolor")][..]),
        (&["--theme", "contrast"][..], &[("NO_COLOR", "1")][..]),
    ] {
        let raw = quiet(sigtop(args, env));
        assert!(!looks(&raw).is_empty() && !has_colour(&raw), "{args:?} {env:?}");
    }
}

#[test]
fn a_locale_without_utf8_gets_ascii_and_nothing_else() {
    for (args, env) in [(&[][..], &[("LC_ALL", "C")][..]), (&["--ascii"][..], &[][..])] {
        let raw = all_of_it(sigtop(args, env));
        assert!(raw.is_ascii(), "{args:?} {env:?}");
    }
}

#[test]
fn a_theme_has_the_colours_that_the_terminal_has() {
    let raw = |args: &[&str], env: &[(&str, &str)]| {
        let mut session = sigtop(args, env);
        session.wait_for("handled").press("q");
        looks(&session.end_raw().2)
    };
    let has =
        |looks: &[Vec<u16>], part: &[u16]| looks.iter().any(|numbers| numbers.windows(part.len()).any(|w| w == part));
    let dark = raw(&["--theme", "dark"], &[("COLORTERM", "truecolor")]);
    assert!(has(&dark, &[38, 2, 0x87, 0xcf, 0x87]), "handled, in 24 bits");
    let dark = raw(&["--theme", "dark"], &[]);
    assert!(has(&dark, &[38, 5, 114]) && !has(&dark, &[38, 2]), "of 256: {dark:?}");
    let dark = raw(&["--theme", "dark"], &[("TERM", "xterm")]);
    assert!(!has(&dark, &[38, 2]), "of 16: {dark:?}");
    let contrast = raw(&["--theme", "contrast"], &[("COLORTERM", "24bit")]);
    assert!(has(&contrast, &[48, 2, 0, 0, 0]), "its own background");
}

#[test]
fn without_the_mouse_none_is_asked_for() {
    let (_, session) = with_settings("mouse", "mouse = false");
    for session in [sigtop(&["--no-mouse"], &[]), session] {
        let raw = all_of_it(session);
        for mode in ["1000", "1002", "1003", "1006", "1015"] {
            assert!(!String::from_utf8_lossy(&raw).contains(&format!("\x1b[?{mode}h")), "{mode}");
        }
    }
    let raw = all_of_it(sigtop(&[], &[]));
    assert!(String::from_utf8_lossy(&raw).contains("\x1b[?1000h"));
}

#[test]
fn settings_are_obeyed_and_what_is_wrong_is_said() {
    let text = "theme = 'sea'\nlayout = 'lgo'\ncolour = 1\n[keys]\npause = 'F8'\n[themes.sea]\nbase = 'dark'\n";
    let (home, mut session) = with_settings("settings", text);
    session.wait_for("2 entries were not understood: ? lists them").press("?").press("\x1b[F");
    session.wait_for("config.toml:2:10: layout").wait_for("config.toml:3:1: there is no").press(ESC);
    session.wait("help closed", |s| !s.contents().contains("config.toml"));
    session.wait_for("F8 pause").press("\x1b[19~").wait_for("PAUSED").press("q");
    assert_eq!(session.end().0, 0);
    // The same in pipes: on standard error, a line each, and the same for `config`.
    let run = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sigtop"));
        command.args(args).env("XDG_CONFIG_HOME", &home).stdin(std::process::Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = run(&["config"]);
    assert_eq!((code, err.lines().count()), (0, 2), "{err}");
    assert!(err.contains("sigtop/config.toml:2:10: layout: there is no \"lgo\"; did you mean \"log\"?"), "{err}");
    assert!(
        out.contains("theme = \"sea\"") && out.contains("\npause = \"F8\"") && out.contains("[themes.\"sea\"]"),
        "{out}"
    );
    assert_eq!(run(&["config", "--check"]).0, 2);
    // What is printed is a file without errors that says the same.
    let file = home.join("printed.toml");
    fs::write(&file, &out).unwrap();
    let (code, again, err) = run(&["config", "--check", "--config", file.to_str().unwrap()]);
    assert_eq!((code, again, err), (0, out, String::new()));
    let (code, out, _) = run(&["config", "--theme", "light", "--no-mouse", "--ascii", "--color", "never"]);
    assert_eq!(code, 0);
    for line in ["theme = \"light\"", "mouse = false", "ascii = true", "color = \"never\""] {
        assert!(out.lines().any(|found| found == line), "{line}");
    }
    let (code, _, err) = run(&["config", "--config", "/nonexistent.toml"]);
    assert!(code == 2 && err.contains("cannot read /nonexistent.toml"), "{err}");
    let (code, _, err) = run(&["config", "--theme", "se"]);
    assert!(code == 2 && err.contains("did you mean sea?"), "{err}");
}

#[test]
fn lines_say_what_is_wrong_in_the_settings_once() {
    let home = directory("pipe");
    fs::create_dir(home.join("sigtop")).unwrap();
    fs::write(home.join("sigtop/config.toml"), "time = 'relative'\nmouse = 1\n").unwrap();
    let mut command = std::process::Command::new("sh");
    let line = concat!(env!("CARGO_BIN_EXE_sigtop"), " --demo log | head -n 2");
    let output = command.args(["-c", line]).env("XDG_CONFIG_HOME", &home).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(err, "sigtop: config.toml:2:9: \"mouse\": expected true or false, not integer\n");
    assert!(out.starts_with("[0."), "seconds since the start: {out}");
}

#[test]
fn what_keys_arranged_is_there_the_next_time() {
    let home = directory("state");
    let file = home.join("a/state.toml");
    let args = ["--state", file.to_str().unwrap()];
    let mut session = sigtop(&args, &[]);
    session.wait_for("DEMO").press("C").wait_for("theme: dark").press("P").wait_for("layout: counters").press("z");
    session.wait_for("zoomed").press("q");
    assert_eq!(session.end().0, 0);
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.contains("\"theme\" = \"dark\"") && kept.contains("\"layout\" = \"counters\""), "{kept}");
    let mut session = sigtop(&args, &[]);
    session.wait_for("DEMO").wait("counters above", |s| {
        let text = s.contents();
        text.lines().nth(1).is_some_and(|line| line.contains("By signal") && line.contains("By sender"))
    });
    assert!(!session.text().contains("zoomed"));
    session.press("C").wait_for("theme: light").press("p").wait_for("layout: default").press("q");
    assert_eq!(session.end().0, 0);
    assert!(!fs::read_to_string(&file).unwrap().contains("layout"));
    // Junk is nothing, and a place that cannot be written to neither.
    fs::write(&file, "\0\x1b]0;x\x07 = [[[").unwrap();
    let mut session = sigtop(&["--state", "/proc/nothing/state.toml"], &[]);
    session.wait_for("DEMO").press("p").wait_for("layout: tree").press("q");
    assert_eq!(session.end().0, 0);
    let mut session = sigtop(&args, &[]);
    session.wait_for("DEMO").press("C").wait_for("theme: dark").press("q");
    assert_eq!(session.end().0, 0);
}

#[test]
fn the_demo_leaves_no_trace() {
    let home = directory("demo");
    let mut session = sigtop(&[], &[("XDG_STATE_HOME", home.to_str().unwrap())]);
    session.wait_for("DEMO").press("C").wait_for("theme: dark").press("q");
    assert_eq!(session.end().0, 0);
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn the_footer_is_clicked() {
    let mut session = sigtop(&[], &[]);
    session.wait_for("Space pause").wait_for("handled");
    let click = |column: usize, row: usize| format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m");
    session.press(&click(4, 36)).wait_for("PAUSED");
    // A row of the tree, twice: it is opened.
    session.press(&click(20, 5)).press(&click(20, 5)).wait_for("Esc close").press("q").press("q");
    assert_eq!(session.end().0, 0);
}
