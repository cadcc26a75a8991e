//! `sigtop why`: who killed it, after the fact. From a recording, from every stream of the flight recorder, or, with
//! `--wait`, from this machine as it happens.
//!
//! What is true is found by `model::why`; here streams are read to their end ([`seek`]) or watched until it
//! happens ([`wait`]), and what was found is printed as
//! cards and lists ([`card`]), as JSON ([`data`]), or nothing was ([`nothing`]).

mod card;
mod data;
mod nothing;
mod places;
mod seek;
mod wait;

use crate::app::ending::Endings;
use crate::app::problems::{self, say, tell_rest};
use crate::app::users;
use crate::error::Error;
use crate::plan::{Origin, Question};
use crate::source::Source;
use rustix::time::{ClockId, clock_gettime};
use seek::{Found, Looked, Seeker};
use std::io::{self, Write};
use std::process::ExitCode;

/// Exit code where nothing was found.
const NOTHING: u8 = 1;

/// Prints why those died that are asked for, newest first; says by its exit code whether there were any.
///
/// # Errors
/// Where nothing can be read, or the question makes no sense here.
pub async fn run(origin: &Origin, question: &Question) -> Result<ExitCode, Error> {
    let mut endings = Endings::new().map_err(|e| Error::environment("cannot catch signals", e))?;
    let looked = match origin {
        Origin::Live(_) | Origin::Connect(_) | Origin::Demo(_) => {
            match wait::wait(origin, question, &mut endings).await? {
                Some(looked) => vec![looked],
                None => return Ok(ExitCode::from(NOTHING)),
            }
        }
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
                last => refused.into_iter().chain(last).for_each(problems::print),
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
    problems::print(nothing::words(looked, &manner).trim_end());
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
