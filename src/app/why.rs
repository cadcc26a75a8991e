//! `sigtop why`: who killed it, after the fact. From a recording, from every stream of the flight recorder, or, with
//! `--wait`, from this machine as it happens.
//!
//! What is true is found by `model::why`; here streams are read to their end ([`seek`]), and what was found is printed as
//! cards and lists ([`card`]), as JSON ([`data`]), or nothing was ([`nothing`]).

mod card;
mod data;
mod nothing;
mod places;
mod seek;

use crate::app::ending::Endings;
use crate::app::identity;
use crate::app::problems::{say, tell_rest};
use crate::app::users;
use crate::error::Error;
use crate::filter::Who;
use crate::plan::{Origin, Question};
use crate::source::Source;
use procfs::process::Process;
use rustix::time::{ClockId, clock_gettime};
use seek::{Found, Looked, Seeker};
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, interval, sleep_until};

/// Exit code where nothing was found.
const NOTHING: u8 = 1;
/// After a death, how long it is waited for what is still told of the time before it.
const LATE: Duration = Duration::from_millis(1500);

/// Prints why those died that are asked for, newest first; says by its exit code whether there were any.
///
/// # Errors
/// Where nothing can be read, or the question makes no sense here.
pub async fn run(origin: &Origin, question: &Question) -> Result<ExitCode, Error> {
    let mut endings = Endings::new().map_err(|e| Error::environment("cannot catch signals", e))?;
    let looked = match origin {
        Origin::Live(_) | Origin::Connect(_) | Origin::Demo(_) => match wait(origin, question, &mut endings).await? {
            Some(looked) => vec![looked],
            None => return Ok(ExitCode::from(NOTHING)),
        },
        Origin::Replay(options) => {
            let (places, problems) = places::of(options, question.is_usual_place)?;
            problems.iter().for_each(|problem| say(problem));
            let (mut looked, mut refused) = (Vec::new(), Vec::new());
            for place in places {
                // While one is read, the recorder may delete another: what is left is still an answer.
                match place.open() {
                    Ok(opened) => match read(opened, question, &mut endings).await {
                        Some(one) => looked.push(one),
                        None => return Ok(ExitCode::from(NOTHING)),
                    },
                    Err(error) => refused.push(error),
                }
            }
            match refused.pop() {
                Some(error) if looked.is_empty() => return Err(error),
                last => refused.into_iter().chain(last).for_each(|error| eprintln!("{error}")),
            }
            looked
        }
    };
    answer(&looked, question)
}

/// Cards, a list, an array, or what is there instead.
fn answer(looked: &[Looked], question: &Question) -> Result<ExitCode, Error> {
    let mut found: Vec<(&Looked, &Found)> = Vec::new();
    for one in looked {
        found.extend(one.found.iter().map(|found| (one, found)));
    }
    found.sort_by_key(|(looked, found)| std::cmp::Reverse((looked.real_ns(found.mono_ns), found.party.key)));
    let users = users::read();
    let manner = card::Manner { question, users: &users, now_ns: now_ns() };
    let text = match question.json {
        true => data::array(&found, &manner)?,
        false => card::cards(&found, looked.iter().map(|one| one.forgotten).sum(), &manner),
    };
    print(&text)?;
    if !found.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprint!("{}", nothing::words(looked, &manner));
    Ok(ExitCode::from(NOTHING))
}

/// Whoever stops reading has seen enough.
fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::environment(format!("cannot write to standard output: {e}"), ""))
        }
        _ => Ok(()),
    }
}

/// The wall clock, in nanoseconds since the epoch.
fn now_ns() -> i128 {
    let now = clock_gettime(ClockId::Realtime);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

/// One stream, to its end; nothing where the user ended it.
async fn read((name, source): (String, Source), question: &Question, endings: &mut Endings) -> Option<Looked> {
    let Source { header, mut batches, mut problems, control: _control } = source;
    let mut seeker = Seeker::new(name, header, question);
    loop {
        tokio::select! {
            biased;
            () = endings.asked_to_end() => {
                say("ended before all of it was read");
                return None;
            }
            batch = batches.recv() => match batch {
                Some(batch) => batch.iter().for_each(|event| seeker.take(event)),
                None => break,
            },
        }
        tell(&mut problems, &mut seeker);
    }
    tell(&mut problems, &mut seeker);
    Some(seeker.finish())
}

/// What in a recording cannot be read is said as it is met.
fn tell(problems: &mut tokio::sync::mpsc::Receiver<String>, seeker: &mut Seeker) {
    tell_rest(problems, |problem| {
        say(problem);
        seeker.is_damaged = true;
    });
}

/// Watches until one dies that is asked for; nothing where the user ended it, or it can die no more.
async fn wait(origin: &Origin, question: &Question, endings: &mut Endings) -> Result<Option<Looked>, Error> {
    let is_live = matches!(origin, Origin::Live(_) | Origin::Connect(_));
    let pid = if let Who::Pid(pid) = question.who { Some(pid).filter(|_| is_live) } else { None };
    let started = pid.map(start_of).transpose()?;
    let source = super::open(origin, None)?;
    let Source { header, mut batches, mut problems, control: _control } = source;
    let whom = nothing::whom(question, pid.and_then(name_of).as_deref());
    say(&format!("waiting for {whom} to die; ^C ends"));
    let mut seeker = Seeker::new("this machine".into(), header, question);
    // From here on its end is seen, so what is not there now ended before.
    let mut has_ended = false;
    let mut is_gone = pid.is_some_and(|pid| start_of(pid).ok() != started);
    let mut until = None; // counted from when it is over, however much else happens
    let mut look = interval(LATE);
    let mut unseen = None;
    loop {
        // A death may be known already while what was lost before it is not yet.
        if is_gone || unseen.is_some() || seeker.has_found() {
            until.get_or_insert_with(|| Instant::now() + LATE);
        }
        tokio::select! {
            biased;
            () = endings.asked_to_end() => {
                say(&format!("ended; {whom} was not seen to die"));
                return Ok(None);
            }
            () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => break,
            batch = batches.recv() => match batch {
                Some(batch) => {
                    batch.iter().for_each(|event| seeker.take(event));
                    if seeker.is_explained() {
                        break;
                    }
                }
                None => {
                    has_ended = true;
                    break;
                }
            },
            Some(problem) = problems.recv() => {
                say(&problem);
                seeker.is_damaged = true;
            }
            // An end that was lost does not come.
            _ = look.tick(), if is_live && unseen.is_none() && seeker.lost() > 0 => {
                unseen = seeker.alive().find(|party| identity::has_ended(&party.key));
            }
        }
        is_gone &= !seeker.has_found();
    }
    tell(&mut problems, &mut seeker);
    if has_ended && !seeker.has_found() {
        let what = if matches!(origin, Origin::Connect(_)) { "the daemon" } else { "the stream" };
        eprintln!("sigtop: {what} ended; {whom} was not seen to die");
        return Ok(None);
    }
    if is_gone && !seeker.has_found() {
        say(&format!("{whom} ended before it could be watched: who ended it was not seen"));
        return Ok(None);
    }
    if let Some(party) = unseen.filter(|_| !seeker.has_found()) {
        let (name, pid, lost) = (party.name.as_str(), party.key.pid, seeker.lost());
        say(&format!(
            "{name}[{pid}] has ended, and why is not known: its end was lost (records that did not fit: {lost})"
        ));
        return Ok(None);
    }
    Ok(Some(seeker.finish()))
}

/// When a process of this machine started, in ticks.
fn start_of(pid: u32) -> Result<u64, Error> {
    let missing = || {
        Error::usage(
            format!("there is no process {pid}"),
            "to look for its death in what was recorded, leave out --wait",
        )
    };
    let pid = i32::try_from(pid).map_err(|_| missing())?;
    let stat = Process::new(pid).and_then(|process| process.stat()).map_err(|_| missing())?;
    match stat.state {
        'Z' | 'X' => Err(Error::usage(
            format!("process {pid} is dead already; only its parent has not asked yet"),
            "to look for its death in what was recorded, leave out --wait",
        )),
        _ => Ok(stat.starttime),
    }
}

fn name_of(pid: u32) -> Option<String> {
    Process::new(i32::try_from(pid).ok()?).and_then(|process| process.stat()).ok().map(|stat| stat.comm)
}
