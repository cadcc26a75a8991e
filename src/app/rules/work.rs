//! `sigtop rules`: what is wrong with rules and whether their tests pass (`check`), which events of a recording fire
//! which rule (`test`), and the rules that come with the program (`show`).
//!
//! What is asked for goes to standard output, what is wrong to standard error. Exit code: 0 if all is well, 1 if a test
//! failed or, under `--fail-on-alert`, a rule fired, 2 if a file is wrong.

use super::files;
use crate::app;
use crate::app::ending::Endings;
use crate::app::problems::{say, tell_rest};
use crate::app::stdout::stdout;
use crate::clock::TimeStyle;
use crate::error::Error;
use crate::escape::plain;
use crate::event::{Event, Kind};
use crate::filter::wanted::ON_REQUEST;
use crate::filter::{Narrows, Wanted};
use crate::plan::{Asked, Origin, RulesWork};
use crate::rules::trial::{self, Checked};
use crate::rules::{BUILTIN, Engine, Problem, Rule, RuleSet};
use crate::sink::{Sink, line::Line};
use crate::source::Source;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// A test failed.
const FAILED: u8 = 1;
/// A file is wrong.
const WRONG: u8 = 2;

/// Does it. The exit code is 0 if all was well.
///
/// # Errors
/// What cannot be read.
pub async fn work(work: &RulesWork, origin: &Origin) -> Result<ExitCode, Error> {
    let mut out = BufWriter::new(stdout()?);
    let done = match work {
        RulesWork::Check(paths) => check(&mut out, paths)?,
        RulesWork::Test { files, is_failure } => test(&mut out, files, *is_failure, origin).await?,
        RulesWork::Show => show(&mut out).map(|()| ExitCode::SUCCESS),
    };
    match done.and_then(|code| out.flush().map(|()| code)) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        done => done.map_err(|e| Error::environment(format!("cannot write to standard output: {e}"), "")),
    }
}

/// The rules that come with the program, one file after the other.
fn show(out: &mut impl Write) -> io::Result<()> {
    for (at, (name, text)) in BUILTIN.iter().enumerate() {
        if BUILTIN.len() > 1 {
            writeln!(out, "{}# {name}", if at > 0 { "\n" } else { "" })?;
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Reads each file by itself and runs its tests, then all together: names must differ.
fn check(out: &mut impl Write, paths: &[PathBuf]) -> Result<io::Result<ExitCode>, Error> {
    let files = files::files(paths, files::file_or_stdin)?;
    let checked: Vec<Result<Checked, Vec<Problem>>> =
        files::with_users(|users| files.iter().map(|file| trial::check(file, users)).collect());
    let mut code = 0;
    for (file, checked) in files.iter().zip(&checked) {
        let problems = match checked {
            Ok(checked) => &checked.failed,
            Err(problems) => problems,
        };
        problems.iter().for_each(tell);
        let said = match checked {
            Ok(checked) => writeln!(out, "{}: {}", file.name, summary(checked)),
            Err(problems) => writeln!(out, "{}: {}", file.name, counted(problems.len(), "mistake")),
        };
        if let Err(e) = said {
            return Ok(Err(e));
        }
        code = code.max(match checked {
            Ok(checked) if checked.failed.is_empty() => 0,
            Ok(_) => FAILED,
            Err(_) => WRONG,
        });
    }
    // What is wrong with each was said.
    if code < WRONG
        && let Err(problems) = files::with_users(|users| RuleSet::read(&files, users))
    {
        problems.iter().for_each(tell);
        code = WRONG;
    }
    Ok(Ok(ExitCode::from(code)))
}

/// What is wrong, the line, and a mark below the place.
fn tell(problem: &Problem) {
    say(&problem.to_string());
    for line in problem.snippet.lines() {
        let _ = writeln!(io::stderr(), "  {}", plain(line));
    }
}

/// `4 rules, 9 tests, all passed`
fn summary(checked: &Checked) -> String {
    let passed = match (checked.tests, checked.failed.len()) {
        (0, _) => "no tests".into(),
        (tests, 0) => format!("{}, all passed", counted(tests, "test")),
        (tests, failed) => format!("{}, {failed} failed", counted(tests, "test")),
    };
    let untested = match &*checked.untested {
        some if checked.tests == 0 || some.is_empty() => String::new(),
        some => format!("; no test makes these fire: {}", some.join(", ")),
    };
    format!("{}, {passed}{untested}", counted(checked.rules, "rule"))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Runs rules over a recording: a line for each alert, then what became of each rule.
async fn test(
    out: &mut impl Write,
    paths: &[PathBuf],
    is_failure: bool,
    origin: &Origin,
) -> Result<io::Result<ExitCode>, Error> {
    if !matches!(origin, Origin::Replay(_) | Origin::Demo(_)) {
        let hint = "add --replay FILE, with what `sigtop record` wrote; live: sigtop log --rules FILE";
        return Err(Error::usage("`sigtop rules test` runs rules over a recording", hint));
    }
    let rules = files::read(paths)?;
    let asked = Asked { narrows: Narrows::All, facts: Wanted::EVERYTHING, ..origin.asked() };
    let mut endings = Endings::new().map_err(|e| Error::environment("cannot catch signals", e))?;
    let Source { header, mut batches, mut problems, control: _control } =
        app::open(&origin.clone().asking(asked), None)?;
    if matches!(origin, Origin::Demo(_)) {
        say("the demo has no end: ^C ends it, then comes the table");
    }
    let mut seen = [false; Kind::ALL.len()];
    let mut line = Line::new(&mut *out, TimeStyle::default());
    let mut engine = Engine::new(rules);
    let mut done = line.header(&header);
    let mut alerts = Vec::new();
    while done.is_ok() {
        let batch = tokio::select! {
            biased;
            () = endings.asked_to_end() => None,
            batch = batches.recv() => batch,
        };
        let Some(batch) = batch else { break };
        for event in &batch {
            seen[event.kind() as usize] = true;
            engine.take(event, &mut alerts);
            if let Event::Clock(_) = event {
                done = done.and_then(|()| line.event(event));
            }
            done = alerts
                .drain(..)
                .fold(done, |done, alert| done.and_then(|()| line.event(&Event::Alert(Box::new(alert)))));
        }
        tell_rest(&mut problems, say);
    }
    engine.finish(&mut alerts);
    done = alerts.drain(..).fold(done, |done, alert| done.and_then(|()| line.event(&Event::Alert(Box::new(alert)))));
    tell_rest(&mut problems, say);
    engine.forgets().iter().for_each(|sentence| say(sentence));
    let has_failed = is_failure && engine.tallies().any(|(_, tally)| tally.alerts > 0);
    let code = if has_failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS };
    let done = done.and_then(|()| table(out, &engine)).and_then(|()| out.flush());
    let missing = missing(&engine, &seen);
    if !missing.is_empty() {
        let (or, with) = (missing.join(" or "), missing.join(","));
        say(&format!("this recording holds no {or} events: record with --events {with} or with --rules"));
    }
    Ok(done.map(|()| code))
}

/// Kinds that are recorded on request alone, of which there was none, and for want of which a rule could not fire.
fn missing(engine: &Engine, seen: &[bool]) -> Vec<&'static str> {
    let lacks = |on: &[Kind]| on.iter().all(|kind| ON_REQUEST.contains(kind) && !seen[*kind as usize]);
    let steps = |rule: &Rule| [Some(rule.on.clone()), rule.then.as_ref().map(|then| then.on.clone())];
    let lacking = engine.tallies().flat_map(|(rule, _)| steps(rule)).flatten().filter(|on| lacks(on));
    let kinds: Vec<Kind> = lacking.flatten().collect();
    ON_REQUEST.iter().filter(|kind| kinds.contains(kind)).map(|kind| kind.word()).collect()
}

/// What became of each rule; those that never fired come last.
fn table(out: &mut impl Write, engine: &Engine) -> io::Result<()> {
    let mut rows: Vec<_> = engine.tallies().collect();
    rows.sort_by_key(|(rule, tally)| (tally.alerts == 0, std::cmp::Reverse(rule.info.severity)));
    let width = rows.iter().map(|(rule, _)| rule.info.name.len()).fold("rule".len(), usize::max);
    writeln!(out, "\n{:<width$}  {:<8}  {:>10}  {:>8}  {:>8}", "rule", "severity", "matched", "alerts", "folded")?;
    for (rule, tally) in rows {
        let (name, severity) = (&rule.info.name, rule.info.severity.word());
        let never = if tally.alerts == 0 { "  never fired" } else { "" };
        let (matched, alerts, folded) = (tally.matched, tally.alerts, tally.folded);
        writeln!(out, "{name:<width$}  {severity:<8}  {matched:>10}  {alerts:>8}  {folded:>8}{never}")?;
    }
    Ok(())
}
